//! Pods.

use serde_json::json;

use super::*;

/// The rows.
pub(super) fn rows() -> Vec<Case> {
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
