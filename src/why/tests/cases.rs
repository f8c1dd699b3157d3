//! The table: a world, the object that is asked for, the conclusion, and steps that must be there.

use serde_json::{Value, json};

use super::world::{World, deployment, event, merge, node, object, pod, replica_set, times};

/// One row.
pub(super) struct Case {
    pub title: &'static str,
    pub world: World,
    pub kind: &'static str,
    pub name: &'static str,
    pub says: &'static str,
    pub steps: &'static [&'static str],
}

fn case(
    title: &'static str,
    objects: &[Value],
    (kind, name): (&'static str, &'static str),
    says: &'static str,
    steps: &'static [&'static str],
) -> Case {
    Case { title, world: World::new(objects), kind, name, says, steps }
}

fn with(mut object: Value, over: &Value) -> Value {
    merge(&mut object, over);
    object
}

fn runs() -> Value {
    json!({"running": {"startedAt": times(10)}})
}

/// The pod's one container, with more of its status and its spec.
fn container(mut pod: Value, status: &Value, spec: &Value) -> Value {
    merge(&mut pod["status"]["containerStatuses"][0], status);
    merge(&mut pod["spec"]["containers"][0], spec);
    pod
}

fn not_ready(mut pod: Value) -> Value {
    pod["status"]["conditions"][0]["status"] = json!("False");
    pod["status"]["containerStatuses"][0]["ready"] = json!(false);
    pod
}

fn unscheduled(message: &str) -> Value {
    let mut pod = pod("web-1", "web-a", json!({"waiting": {}}));
    pod["status"]["containerStatuses"] = json!([]);
    pod["status"]["conditions"] =
        json!([{"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": message}]);
    pod
}

fn crashed(ended: &Value) -> Value {
    let waits = json!({"waiting": {"reason": "CrashLoopBackOff", "message": "back-off 5m0s"}});
    container(
        pod("web-1", "web-a", waits),
        &json!({"restartCount": 7, "lastState": {"terminated": ended}}),
        &json!({"resources": {"limits": {"memory": "256Mi"}}}),
    )
}

fn service(selector: impl Into<Value>, target: impl Into<Value>) -> Value {
    let (selector, target): (Value, Value) = (selector.into(), target.into());
    object(
        "v1",
        "Service",
        "web",
        &json!({"spec": {"selector": selector, "ports": [{"port": 80, "targetPort": target}]}}),
    )
}

fn slice(of: &str, pods: &[(&str, bool)]) -> Value {
    let endpoints: Vec<Value> = pods
        .iter()
        .map(|(pod, ready)| json!({"conditions": {"ready": ready}, "targetRef": {"uid": format!("uid-{pod}")}}))
        .collect();
    let labels = json!({"metadata": {"labels": {"kubernetes.io/service-name": of}}, "endpoints": endpoints});
    object("discovery.k8s.io/v1", "EndpointSlice", &format!("{of}-x"), &labels)
}

fn ingress(service: &str, port: i64) -> Value {
    object(
        "networking.k8s.io/v1",
        "Ingress",
        "site",
        &json!({"spec": {"rules": [{"host": "shop.example", "http": {"paths": [{"path": "/a",
                "backend": {"service": {"name": service, "port": {"number": port}}}}]}}]},
            "status": {"loadBalancer": {"ingress": [{"ip": "203.0.113.1"}]}}}),
    )
}

fn condition(kind: &str, status: &str, reason: &str, message: &str) -> Value {
    json!([{"type": kind, "status": status, "reason": reason, "message": message, "lastTransitionTime": times(60)}])
}

fn claim(phase: &str, class: &str) -> Value {
    object(
        "v1",
        "PersistentVolumeClaim",
        "data",
        &json!({"spec": {"storageClassName": class}, "status": {"phase": phase}}),
    )
}

fn job(conditions: impl Into<Value>, failed: i64) -> Value {
    let conditions: Value = conditions.into();
    object(
        "batch/v1",
        "Job",
        "import",
        &json!({"spec": {"selector": {"matchLabels": {"job": "import"}}}, "status": {"failed": failed, "conditions": conditions}}),
    )
}

fn of_job(state: Value) -> Value {
    let mut pod = pod("import-1", "import", state);
    pod["metadata"]["labels"] = json!({"job": "import"});
    pod["metadata"]["ownerReferences"][0]["kind"] = json!("Job");
    pod["status"]["phase"] = json!("Failed");
    pod
}

fn quota(used: &str) -> Value {
    object(
        "v1",
        "ResourceQuota",
        "compute",
        &json!({"status": {"hard": {"pods": "10"}, "used": {"pods": used}}}),
    )
}

fn scaler(conditions: impl Into<Value>, current: i64) -> Value {
    let conditions: Value = conditions.into();
    object(
        "autoscaling/v2",
        "HorizontalPodAutoscaler",
        "web",
        &json!({"spec": {"maxReplicas": 4, "scaleTargetRef": {"kind": "Deployment", "name": "web"}},
            "status": {"currentReplicas": current, "conditions": conditions}}),
    )
}

const OOM: &str = r#"{"exitCode": 137, "reason": "OOMKilled", "finishedAt": "2026-11-21T02:00:00Z"}"#;

fn parsed(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

/// All rows.
pub(super) fn all() -> Vec<Case> {
    let mut out = pods();
    out.extend(workloads());
    out.extend(services());
    out.extend(others());
    out
}

fn pods() -> Vec<Case> {
    let p = ("Pod", "web-1");
    vec![
        case(
            "well",
            &[pod("web-1", "web-a", runs())],
            p,
            "nothing is wrong with pod web-1, as far as was looked",
            &[],
        ),
        case(
            "no image",
            &[pod(
                "web-1",
                "web-a",
                json!({"waiting": {"reason": "ErrImagePull", "message": "manifest unknown"}}),
            )],
            p,
            "pod web-1 is in ErrImagePull because image web:1 does not exist (the registry says: manifest unknown)",
            &[" Pod web-1: container app waits: ErrImagePull: manifest unknown"],
        ),
        case(
            "image: the cause stands in an event",
            &[
                pod(
                    "web-1",
                    "web-a",
                    json!({"waiting": {"reason": "ImagePullBackOff", "message": "Back-off pulling image"}}),
                ),
                event("web-1", "Failed", "Failed to pull image \"web:1\": 401 Unauthorized", 4),
            ],
            p,
            "pod web-1 is in ImagePullBackOff because image web:1 may not be pulled (unauthorized)",
            &["event Failed x4"],
        ),
        case(
            "out of memory",
            &[crashed(&parsed(OOM))],
            p,
            "pod web-1 is in CrashLoopBackOff because container app ends again and again with exit 137 (SIGKILL), OOMKilled: it wanted more memory than its limit of 256Mi",
            &[
                "waits for its next start, 7 restarts",
                "last run of container app: exit 137 (SIGKILL), OOMKilled",
            ],
        ),
        case(
            "exit code and last words",
            &[crashed(&json!({"exitCode": 127, "reason": "Error", "message": "x\nno such file\n"}))],
            p,
            "pod web-1 is in CrashLoopBackOff because container app ends again and again with exit 127 (the command was not found)",
            &["its last words: no such file"],
        ),
        case(
            "killed by its liveness probe",
            &[
                crashed(&json!({"exitCode": 137, "reason": "Error"})),
                event("web-1", "Unhealthy", "Liveness probe failed: HTTP 500", 3),
            ],
            p,
            "pod web-1 is in CrashLoopBackOff because container app ends again and again with exit 137 (SIGKILL); its liveness probe fails (Liveness probe failed: HTTP 500)",
            &[],
        ),
        case(
            "not ready by its probe",
            &[
                container(
                    not_ready(pod("web-1", "web-a", runs())),
                    &json!({}),
                    &json!({"readinessProbe": {"httpGet": {"port": 8080, "path": "/ok"}}}),
                ),
                event("web-1", "Unhealthy", "Readiness probe failed: 503", 12),
            ],
            p,
            "pod web-1 is not ready because the readiness probe of container app does not pass: Readiness probe failed: 503",
            &["event Unhealthy x12", "the readiness probe GET port 8080 /ok"],
        ),
        case(
            "still starting",
            &[container(
                not_ready(pod("web-1", "web-a", runs())),
                &json!({"started": false}),
                &json!({"startupProbe": {"tcpSocket": {"port": 1}}, "readinessProbe": {"exec": {}}}),
            )],
            p,
            "pod web-1 is not ready because the startup probe of container app has not passed yet",
            &["the startup probe connects to port 1"],
        ),
        case(
            "ready, restarted before",
            &[container(
                pod("web-1", "web-a", runs()),
                &json!({"restartCount": 3, "lastState": {"terminated": parsed(OOM)}}),
                &json!({}),
            )],
            p,
            "pod web-1 works now, but container app was restarted 3 times, last after exit 137 (SIGKILL), OOMKilled: out of memory, and it has no limit of its own",
            &[],
        ),
        case(
            "ready, restarted long ago",
            &[container(
                pod("web-1", "web-a", runs()),
                &json!({"restartCount": 3, "lastState": {"terminated": {"exitCode": 1, "finishedAt": "2026-10-01T02:00:00Z"}}}),
                &json!({}),
            )],
            p,
            "nothing is wrong with pod web-1, as far as was looked",
            &["last run of container app: exit 1"],
        ),
        case(
            "no node",
            &[unscheduled(
                "0/5 nodes are available: 5 Insufficient cpu. preemption: 0/5 nodes are available.",
            )],
            p,
            "pod web-1 is in Pending because no node takes it: 0/5 nodes are available: 5 Insufficient cpu",
            &[],
        ),
        case(
            "no node of those that it wants",
            &[
                with(
                    unscheduled("0/1 nodes are available."),
                    &json!({"spec": {"nodeSelector": {"pool": "batch"}}}),
                ),
                node("n-4", false),
            ],
            p,
            "pod web-1 is in Pending because no node takes it: 0/1 nodes are available",
            &[
                "spec.nodeSelector asks for pool=batch: 1 node",
                "  Node n-4: node is not ready: Kubelet stopped posting node status",
            ],
        ),
        case(
            "a node that it wants and that nobody has",
            &[
                with(
                    unscheduled("0/1 nodes are available."),
                    &json!({"spec": {"nodeSelector": {"pool": "gpu"}}}),
                ),
                node("n-4", true),
            ],
            p,
            "pod web-1 is in Pending because no node takes it: 0/1 nodes are available",
            &["asks for pool=gpu, and no node has that"],
        ),
        case(
            "its node is silent",
            &[
                with(not_ready(pod("web-1", "web-a", runs())), &json!({"spec": {"nodeName": "n-4"}})),
                node("n-4", false),
            ],
            p,
            "pod web-1 is not ready because its node n-4 is not ready: Kubelet stopped posting node status",
            &[],
        ),
        case(
            "its node is well",
            &[with(pod("web-1", "web-a", runs()), &json!({"spec": {"nodeName": "n-4"}})), node("n-4", true)],
            p,
            "nothing is wrong with pod web-1, as far as was looked",
            &["Node n-4: node is ready"],
        ),
        case(
            "thrown out",
            &[with(
                pod("web-1", "web-a", json!({"terminated": {"exitCode": 0}})),
                &json!({"status": {"phase": "Failed", "reason": "Evicted", "message": "The node was low on resource: memory."}}),
            )],
            p,
            "pod web-1 is in Evicted because its node says Evicted: The node was low on resource: memory.",
            &[],
        ),
        case(
            "does not go away",
            &[with(
                pod("web-1", "web-a", runs()),
                &json!({"metadata": {"deletionTimestamp": times(5), "finalizers": ["example.io/hold"]}}),
            )],
            p,
            "pod web-1 is being deleted and does not go away because it waits for example.io/hold",
            &[],
        ),
        case(
            "a key is missing",
            &[pod(
                "web-1",
                "web-a",
                json!({"waiting": {"reason": "CreateContainerConfigError", "message": "couldn't find key A in ConfigMap shop/words"}}),
            )],
            p,
            "pod web-1 is in CreateContainerConfigError because container app cannot be started: couldn't find key A in ConfigMap shop/words",
            &[],
        ),
        case(
            "what is optional may be missing",
            &[container(
                pod("web-1", "web-a", json!({"waiting": {"reason": "ContainerCreating"}})),
                &json!({}),
                &json!({"envFrom": [{"configMapRef": {"name": "words", "optional": true}}]}),
            )],
            p,
            "pod web-1 is in ContainerCreating; nothing that was looked at says why",
            &[],
        ),
        case(
            "a volume that does not come",
            &[
                pod("web-1", "web-a", json!({"waiting": {"reason": "ContainerCreating"}})),
                event("web-1", "FailedMount", "MountVolume.SetUp failed", 2),
            ],
            p,
            "pod web-1 is in ContainerCreating because FailedMount: MountVolume.SetUp failed",
            &[],
        ),
        case(
            "a claim that is not bound",
            &[
                with(
                    unscheduled("0/5 nodes are available: pod has unbound immediate PersistentVolumeClaims."),
                    &json!({"spec": {"volumes": [{"name": "d", "persistentVolumeClaim": {"claimName": "data"}}]}}),
                ),
                claim("Pending", "fast"),
            ],
            p,
            "pod web-1 is in Pending because no node takes it: 0/5 nodes are available: pod has unbound immediate PersistentVolumeClaims (and 1 other cause, below)",
            &["PersistentVolumeClaim data: status.phase: Pending", "StorageClass fast: is missing"],
        ),
        case(
            "a gate",
            &[with(
                not_ready(pod("web-1", "web-a", runs())),
                &json!({"spec": {"readinessGates": [{"conditionType": "example.io/lb"}]}}),
            )],
            p,
            "pod web-1 is not ready because readiness gate example.io/lb is not open",
            &[],
        ),
    ]
}

fn workloads() -> Vec<Case> {
    let waits = || json!({"waiting": {"reason": "ImagePullBackOff", "message": "not found"}});
    let d = ("Deployment", "web");
    let stuck = with(
        deployment("web", 3, 3),
        &json!({"spec": {"template": {"spec": {"containers": [{"name": "app", "image": "web:2-rc1"}]}}},
            "status": {"updatedReplicas": 1, "conditions": condition("Progressing", "False", "ProgressDeadlineExceeded", "ReplicaSet \"web-b\" has timed out progressing.")}}),
    );
    let mut broken = pod("web-b1", "web-b", waits());
    broken["spec"]["containers"][0]["image"] = json!("registry.example/web:2-rc1");
    let failure = condition(
        "ReplicaFailure",
        "True",
        "FailedCreate",
        "pods \"web-a-x\" is forbidden: exceeded quota: compute, requested: pods=1, used: pods=10, limited: pods=10",
    );
    vec![
        case(
            "well",
            &[deployment("web", 1, 1), pod("web-1", "web-a", runs())],
            d,
            "nothing is wrong with deployment web, as far as was looked",
            &[],
        ),
        case(
            "scaled to 0",
            &[deployment("web", 0, 0)],
            d,
            "nothing is wrong with deployment web, as far as was looked",
            &["it is scaled to 0"],
        ),
        case(
            "a rollout that is stuck",
            &[
                stuck,
                replica_set("web-a", "web", 11, "web:1", 3),
                replica_set("web-b", "web", 12, "web:2-rc1", 0),
                broken,
                pod("web-1", "web-a", runs()),
            ],
            d,
            "deployment web is stuck because image web:2-rc1 does not exist (the registry says: not found); revision 11 works (3 ready)",
            &[
                "Deployment web: Progressing is False: ProgressDeadlineExceeded",
                " ReplicaSet web-b: revision 12: web:1 -> web:2-rc1",
                " ReplicaSet web-a: revision 11 works: 3 of 3 ready",
                "  Pod web-b1: ImagePullBackOff, 0 of 1 containers ready",
            ],
        ),
        case(
            "a quota",
            &[
                deployment("web", 1, 0),
                with(replica_set("web-a", "web", 1, "web:1", 0), &json!({"status": {"conditions": failure}})),
                quota("10"),
            ],
            d,
            "deployment web has none of 1 pods ready because its pods cannot be created: pods \"web-a-x\" is forbidden: exceeded quota: compute, requested: pods=1, used: pods=10, limited: pods=10",
            &[" ResourceQuota compute: pods: 10 of 10 used"],
        ),
        case(
            "paused half-way",
            &[with(
                deployment("web", 3, 3),
                &json!({"spec": {"paused": true}, "status": {"updatedReplicas": 1}}),
            )],
            d,
            "deployment web is paused with 1 of 3 pods updated because it is paused",
            &[],
        ),
        case(
            "well now, and started again and again",
            &[
                deployment("web", 1, 1),
                replica_set("web-a", "web", 1, "web:1", 1),
                container(
                    pod("web-1", "web-a", runs()),
                    &json!({"restartCount": 37, "lastState": {"terminated": parsed(OOM)}}),
                    &json!({}),
                ),
            ],
            d,
            "deployment web works now, but container app was restarted 37 times, last after exit 137 (SIGKILL), OOMKilled: out of memory, and it has no limit of its own",
            &["  Pod web-1: last run of container app"],
        ),
        case(
            "not looked at by its controller",
            &[with(deployment("web", 1, 1), &json!({"metadata": {"generation": 2}}))],
            d,
            "deployment web was not looked at by its controller since it was changed; nothing that was looked at says why",
            &[],
        ),
        case(
            "a set whose pods come one after the other",
            &[
                object(
                    "apps/v1",
                    "StatefulSet",
                    "web",
                    &json!({"spec": {"replicas": 3, "selector": {"matchLabels": {"app": "web"}}}, "status": {"updatedReplicas": 1, "readyReplicas": 0}}),
                ),
                with(
                    pod("web-0", "web", waits()),
                    &json!({"metadata": {"ownerReferences": [{"kind": "StatefulSet", "name": "web", "uid": "uid-web", "controller": true}]}}),
                ),
            ],
            ("StatefulSet", "web"),
            "StatefulSet web has 1 of 3 pods updated and none ready because image web:1 does not exist (the registry says: not found)",
            &["Pod web-0: the pods come one after the other"],
        ),
        case(
            "a pod knows its revision",
            &[
                deployment("web", 1, 0),
                replica_set("web-a", "web", 2, "web:1", 0),
                replica_set("web-0", "web", 1, "web:0", 2),
                pod("web-1", "web-a", waits()),
            ],
            ("Pod", "web-1"),
            "pod web-1 is in ImagePullBackOff because image web:1 does not exist (the registry says: not found); revision 1 works (2 ready)",
            &["ReplicaSet web-a: revision 2: web:0 -> web:1"],
        ),
    ]
}

fn services() -> Vec<Case> {
    let s = ("Service", "web");
    let i = ("Ingress", "site");
    let good = || {
        container(
            pod("web-1", "web-a", runs()),
            &json!({}),
            &json!({"ports": [{"name": "http", "containerPort": 80}]}),
        )
    };
    let bad =
        || pod("web-1", "web-a", json!({"waiting": {"reason": "ImagePullBackOff", "message": "not found"}}));
    vec![
        case(
            "well",
            &[service(json!({"app": "web"}), json!("http")), slice("web", &[("web-1", true)]), good()],
            s,
            "nothing is wrong with service web, as far as was looked",
            &[],
        ),
        case(
            "selects nothing",
            &[service(json!({"app": "web", "release": "current"}), json!(80)), pod("web-1", "web-a", runs())],
            s,
            "service web has no ready endpoints because its selector app=web,release=current matches no pod",
            &[" Pod web-1: 1 pod with app=web; this one has no label release"],
        ),
        case(
            "nothing is ready",
            &[service(json!({"app": "web"}), json!(80)), slice("web", &[("web-1", false)]), bad()],
            s,
            "service web has no ready endpoints because image web:1 does not exist (the registry says: not found)",
            &["app=web selects 1 pod, 0 ready"],
        ),
        case(
            "a port that no container has",
            &[service(json!({"app": "web"}), json!("grpc")), slice("web", &[("web-1", true)]), good()],
            s,
            "service web has a port that leads nowhere because port 80 goes to `grpc`, and no container of its pods has a port of that name",
            &[" Pod web-1: its containers name http"],
        ),
        case(
            "no selector",
            &[object("v1", "Service", "web", &json!({"spec": {}}))],
            s,
            "nothing is wrong with service web, as far as was looked",
            &["it has no selector"],
        ),
        case(
            "ingress",
            &[
                ingress("web", 80),
                service(json!({"app": "web"}), json!(80)),
                slice("web", &[("web-1", true)]),
                good(),
            ],
            i,
            "nothing is wrong with ingress site, as far as was looked",
            &["Service web: shop.example/a leads there: it is well"],
        ),
        case(
            "ingress to nothing",
            &[ingress("shop", 80)],
            i,
            "ingress site leads nowhere by 1 of 1 way because shop.example/a leads to service shop, which does not exist",
            &["Service shop: is missing"],
        ),
        case(
            "ingress to a port that is not there",
            &[
                ingress("web", 81),
                service(json!({"app": "web"}), json!(80)),
                slice("web", &[("web-1", true)]),
                good(),
            ],
            i,
            "ingress site leads nowhere by 1 of 1 way because shop.example/a leads to port 81 of service web, which has no such port",
            &[],
        ),
        case(
            "ingress to pods that are not ready",
            &[
                ingress("web", 80),
                service(json!({"app": "web"}), json!(80)),
                slice("web", &[("web-1", false)]),
                bad(),
            ],
            i,
            "ingress site leads nowhere by 1 of 1 way because service web, where shop.example/a leads, has no ready endpoints because image web:1 does not exist (the registry says: not found)",
            &["  Pod web-1: ImagePullBackOff"],
        ),
        case(
            "ingress without its certificate",
            &[
                with(ingress("web", 80), &json!({"spec": {"tls": [{"secretName": "cert"}]}})),
                service(json!({"app": "web"}), json!(80)),
                slice("web", &[("web-1", true)]),
                good(),
            ],
            i,
            "ingress site works in part because Secret cert, where its certificate should be, does not exist",
            &[],
        ),
    ]
}

fn others() -> Vec<Case> {
    let failed =
        |reason: &str| condition("Failed", "True", reason, "Job has reached the specified backoff limit");
    let cron = |suspend: bool| {
        object(
            "batch/v1",
            "CronJob",
            "nightly",
            &json!({"spec": {"schedule": "0 2 * * *", "suspend": suspend}}),
        )
    };
    let of_cron = with(
        job(failed("BackoffLimitExceeded"), 3),
        &json!({"metadata": {"ownerReferences": [{"kind": "CronJob", "name": "nightly", "uid": "uid-nightly", "controller": true}]}}),
    );
    let ended = || of_job(json!({"terminated": {"exitCode": 4, "reason": "Error"}}));
    let class = with(
        object(
            "storage.k8s.io/v1",
            "StorageClass",
            "fast",
            &json!({"provisioner": "x", "volumeBindingMode": "WaitForFirstConsumer"}),
        ),
        &json!({}),
    );
    vec![
        case(
            "job: done",
            &[job(condition("Complete", "True", "", ""), 0)],
            ("Job", "import"),
            "nothing is wrong with job import, as far as was looked",
            &[],
        ),
        case(
            "job: failed",
            &[job(failed("BackoffLimitExceeded"), 3), ended()],
            ("Job", "import"),
            "job import has failed because container app ended with exit 4",
            &["Failed: BackoffLimitExceeded"],
        ),
        case(
            "job: failed, and its pods are gone",
            &[job(failed("DeadlineExceeded"), 3)],
            ("Job", "import"),
            "job import has failed because it ran longer than its deadline",
            &["its pods are gone"],
        ),
        case(
            "cron: suspended",
            &[cron(true)],
            ("CronJob", "nightly"),
            "CronJob nightly starts nothing because it is suspended",
            &[],
        ),
        case(
            "cron: well",
            &[cron(false)],
            ("CronJob", "nightly"),
            "nothing is wrong with CronJob nightly, as far as was looked",
            &[],
        ),
        case(
            "cron: its last job failed",
            &[cron(false), of_cron, ended()],
            ("CronJob", "nightly"),
            "CronJob nightly fails because its last Job import failed: container app ended with exit 4",
            &[],
        ),
        case(
            "claim: bound",
            &[claim("Bound", "fast")],
            ("PersistentVolumeClaim", "data"),
            "nothing is wrong with claim data, as far as was looked",
            &[],
        ),
        case(
            "claim: no class",
            &[claim("Pending", "fast")],
            ("PersistentVolumeClaim", "data"),
            "claim data is Pending because StorageClass fast does not exist",
            &[],
        ),
        case(
            "claim: waits",
            &[claim("Pending", "fast"), class.clone()],
            ("PersistentVolumeClaim", "data"),
            "claim data is Pending perhaps because it waits for a pod that uses it to be scheduled (WaitForFirstConsumer)",
            &[],
        ),
        case(
            "claim: refused",
            &[claim("Pending", "fast"), class, event("data", "ProvisioningFailed", "out of disks", 2)],
            ("PersistentVolumeClaim", "data"),
            "claim data is Pending because ProvisioningFailed: out of disks (and 1 other cause, below)",
            &[],
        ),
        case(
            "autoscaler: no metrics",
            &[
                scaler(condition("ScalingActive", "False", "FailedGetResourceMetric", "no metrics"), 2),
                deployment("web", 2, 2),
            ],
            ("HorizontalPodAutoscaler", "web"),
            "autoscaler web does not scale because FailedGetResourceMetric: no metrics",
            &["Deployment web: it scales this: 2 replicas, 2 ready"],
        ),
        case(
            "autoscaler: at its maximum",
            &[
                scaler(condition("ScalingLimited", "True", "TooManyReplicas", "more"), 4),
                deployment("web", 4, 4),
            ],
            ("HorizontalPodAutoscaler", "web"),
            "autoscaler web is at its maximum because it wants more than its maximum of 4",
            &[],
        ),
        case(
            "autoscaler: no target",
            &[scaler(json!([]), 2)],
            ("HorizontalPodAutoscaler", "web"),
            "autoscaler web does not scale because Deployment web, which it scales, does not exist",
            &[],
        ),
        case(
            "autoscaler: well",
            &[scaler(condition("ScalingLimited", "False", "", ""), 2), deployment("web", 2, 2)],
            ("HorizontalPodAutoscaler", "web"),
            "nothing is wrong with autoscaler web, as far as was looked",
            &[],
        ),
        case(
            "budget",
            &[object(
                "policy/v1",
                "PodDisruptionBudget",
                "web",
                &json!({"status": {"disruptionsAllowed": 0, "currentHealthy": 1, "desiredHealthy": 2, "expectedPods": 3}}),
            )],
            ("PodDisruptionBudget", "web"),
            "budget web lets no pod be disrupted because 1 of 3 pods are healthy, and 2 must be",
            &[],
        ),
        case(
            "quota: full",
            &[quota("10")],
            ("ResourceQuota", "compute"),
            "quota compute is used up because pods: 10 of 10 used (compute)",
            &[],
        ),
        case(
            "quota: room",
            &[quota("9")],
            ("ResourceQuota", "compute"),
            "nothing is wrong with quota compute, as far as was looked",
            &[],
        ),
        case(
            "node: silent",
            &[node("n-4", false)],
            ("Node", "n-4"),
            "node n-4 is not ready because it says: Kubelet stopped posting node status",
            &[],
        ),
        case(
            "node: well",
            &[node("n-4", true)],
            ("Node", "n-4"),
            "nothing is wrong with node n-4, as far as was looked",
            &[],
        ),
        case(
            "node: cordoned",
            &[with(node("n-4", true), &json!({"spec": {"unschedulable": true}}))],
            ("Node", "n-4"),
            "node n-4 takes no new pods because somebody cordoned it",
            &[],
        ),
        case(
            "any other",
            &[object(
                "example.io/v1",
                "Widget",
                "w",
                &json!({"status": {"conditions": condition("Ready", "False", "NoPower", "unplugged")}}),
            )],
            ("Widget", "w"),
            "widget w is not well because Ready is False: NoPower: unplugged",
            &[],
        ),
        case(
            "any other: what a condition means is not known",
            &[object(
                "example.io/v1",
                "Widget",
                "w",
                &json!({"status": {"conditions": condition("Lit", "False", "Day", "")}}),
            )],
            ("Widget", "w"),
            "nothing is wrong with widget w, as far as was looked",
            &["Widget w: Lit is False: Day"],
        ),
    ]
}
