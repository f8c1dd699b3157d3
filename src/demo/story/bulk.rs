//! A large cluster on demand: namespaces `bulk-000` and on, with deployments, ReplicaSets, services, EndpointSlices and pods.
//!
//! Poured from moulds: a pod is rendered once per state by the kubelet's own rules, and then only names are filled in,
//! so that a hundred thousand take seconds and no more memory than their text.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::super::controllers::endpoints::zone_of;
use super::super::controllers::kubelet::{self, behaviour::ANNOTATION, status::node_ip};
use super::super::controllers::lively::BULK;
use super::super::controllers::names::Dice;
use super::super::controllers::plan::Write;
use super::super::controllers::pods::from_template;
use super::super::object::{Labels, Object, render};
use super::super::resource::{
    DEPLOYMENTS, ENDPOINTS, ENDPOINTSLICES, NAMESPACES, NODES, PODS, REPLICASETS, Resource, SERVICES,
};
use super::super::store::Store;
use super::{object_at, seconds};

const NODES_OF_BULK: &[&str] = &["node-2", "node-3", "node-5"];
const APPS: &[&str] = &[
    "accounts",
    "basket",
    "billing",
    "catalogue",
    "coupons",
    "gateway",
    "invoices",
    "ledger",
    "mailer",
    "media",
    "notifier",
    "payments",
    "pricing",
    "profiles",
    "ratings",
    "recommender",
    "sessions",
    "shipping",
    "stock",
    "tax",
];

/// A text with places to fill in: `@0@`, `@1@` ...; `"@=3@"` takes JSON instead of a string.
#[derive(Debug)]
struct Mould {
    parts: Vec<(String, Option<usize>)>,
}

impl Mould {
    fn new(text: &str) -> Self {
        let mut parts = Vec::new();
        let mut literal = String::new();
        let mut rest = text;
        while let Some(at) = rest.find('@') {
            let raw = rest[at..].starts_with("@=");
            let digit_at = at + if raw { 2 } else { 1 };
            let digit = rest[digit_at..].chars().next().and_then(|c| c.to_digit(16));
            let closes = rest.get(digit_at + 1..digit_at + 2) == Some("@");
            if let Some(slot) = digit.filter(|_| closes) {
                literal.push_str(&rest[..at - usize::from(raw)]);
                parts.push((std::mem::take(&mut literal), Some(slot as usize)));
                rest = &rest[digit_at + 2 + usize::from(raw)..];
            } else {
                literal.push_str(&rest[..=at]);
                rest = &rest[at + 1..];
            }
        }
        literal.push_str(rest);
        parts.push((literal, None));
        Self { parts }
    }

    fn of(value: &Value) -> Self {
        Self::new(&String::from_utf8_lossy(&render(value)))
    }

    fn fill(&self, values: &[&str]) -> Bytes {
        let length =
            self.parts.iter().map(|(text, slot)| text.len() + slot.map_or(0, |s| values[s].len())).sum();
        let mut out = Vec::with_capacity(length);
        for (text, slot) in &self.parts {
            out.extend_from_slice(text.as_bytes());
            if let Some(slot) = slot {
                out.extend_from_slice(values[*slot].as_bytes());
            }
        }
        Bytes::from(out)
    }
}

/// The states that a poured pod can be in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Running,
    Crashing,
    NoImage,
    Creating,
}

/// Slots of the pod mould: name, uid, namespace, app, hash, owner, node, host address, address, time, container, tag, version, team.
fn pod_mould(state: State) -> Mould {
    let start = Timestamp::UNIX_EPOCH;
    let owner = json!({
        "apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "@3@-@4@", "uid": "@5@", "controller": true,
        "blockOwnerDeletion": true,
    });
    let mut pod = from_template(&template(), "@2@", "@3@-@4@-", &owner, &mut Dice::new(1));
    pod["apiVersion"] = json!("v1");
    pod["kind"] = json!("Pod");
    pod["metadata"]["name"] = json!("@0@");
    pod["metadata"]["uid"] = json!("@1@");
    pod["metadata"]["resourceVersion"] = json!("@c@");
    pod["metadata"]["creationTimestamp"] = json!("@9@");
    pod["spec"]["nodeName"] = json!("@6@");
    pod["status"]["conditions"] = json!([
        {"type": "PodScheduled", "status": "True", "lastProbeTime": null, "lastTransitionTime": "@9@"},
    ]);
    if state == State::NoImage {
        pod["metadata"]["annotations"][ANNOTATION] = json!("noimage");
    }
    let moments: &[i64] = if state == State::Creating { &[0] } else { &[0, 4, 9] };
    for second in moments {
        advance(&mut pod, start, *second);
    }
    if state == State::Crashing {
        pod["status"]["containerStatuses"][0]["restartCount"] = json!(14);
        pod = kubelet::crash(&pod, "app", 1, at(start, 9));
        advance(&mut pod, start, 11);
    }
    object_at(&mut pod, &["metadata", "annotations"]).remove(ANNOTATION);
    let status = object_at(&mut pod, &["status"]);
    status.insert("hostIP".to_owned(), json!("@7@"));
    status.insert("hostIPs".to_owned(), json!([{"ip": "@7@"}]));
    if status.contains_key("podIP") {
        status.insert("podIP".to_owned(), json!("@8@"));
        status.insert("podIPs".to_owned(), json!([{"ip": "@8@"}]));
    }
    let container = &mut status["containerStatuses"][0];
    if container.get("containerID").is_some() {
        container["containerID"] = json!("containerd://@a@");
    }
    if container["lastState"].get("terminated").is_some() {
        container["lastState"]["terminated"]["containerID"] = json!("containerd://@a@");
    }
    let mut text = String::from_utf8_lossy(&render(&pod)).into_owned();
    for second in 0..=11 {
        text = text.replace(&seconds(at(start, second)), "@9@");
    }
    Mould::new(&text)
}

fn at(start: Timestamp, second: i64) -> Timestamp {
    start.saturating_add(SignedDuration::from_secs(second)).unwrap_or(start)
}

fn advance(pod: &mut Value, start: Timestamp, second: i64) {
    for write in kubelet::reconcile(pod, false, at(start, second)).writes {
        if let Write::Update(_, next) = write {
            *pod = next;
        }
    }
}

fn template() -> Value {
    json!({
        "metadata": {
            "labels": {
                "app.kubernetes.io/name": "@3@", "app.kubernetes.io/part-of": "bulk", "app": "@3@",
                "pod-template-hash": "@4@", "team": "@d@",
            },
            "annotations": {"prometheus.io/scrape": "true", "prometheus.io/port": "8080"},
        },
        "spec": {
            "containers": [{
                "name": "app", "image": "registry.example.io/bulk/@3@:@b@", "imagePullPolicy": "IfNotPresent",
                "ports": [{"name": "http", "containerPort": 8080, "protocol": "TCP"}],
                "resources": {
                    "requests": {"cpu": "50m", "memory": "64Mi"}, "limits": {"memory": "128Mi"},
                },
                "terminationMessagePath": "/dev/termination-log", "terminationMessagePolicy": "File",
            }],
            "restartPolicy": "Always", "terminationGracePeriodSeconds": 30, "dnsPolicy": "ClusterFirst",
            "securityContext": {}, "schedulerName": "default-scheduler",
        },
    })
}

/// One deployment of the bulk, with everything that belongs to it.
struct Batch {
    namespace: String,
    app: String,
    team: String,
    hash: String,
    tag: String,
    time: String,
    deployment_uid: String,
    set_uid: String,
    service_uid: String,
    pods: Vec<Pod>,
}

struct Pod {
    name: String,
    uid: String,
    state: State,
    node: &'static str,
    ip: String,
}

impl Batch {
    fn ready(&self) -> usize {
        self.pods.iter().filter(|p| p.state == State::Running).count()
    }
}

fn plan(pods: usize, seed: u64, now: Timestamp) -> Vec<Batch> {
    let mut dice = Dice::new(seed ^ 0xb01d);
    let per_namespace = (pods / 50).clamp(50, 1000);
    let mut batches = Vec::new();
    let mut planned = 0;
    while planned < pods {
        let namespace = format!("{BULK}{:03}", planned / per_namespace);
        let in_namespace = planned % per_namespace;
        let left = (per_namespace - in_namespace).min(pods - planned);
        let size = (8 + dice.below(25) as usize).min(left);
        let age = SignedDuration::from_secs(3600 + dice.below(40 * 86_400) as i64);
        let app = format!("{}-{:02}", APPS[batches.len() % APPS.len()], dice.below(100));
        let hash = dice.suffix(10);
        let broken = dice.below(12) == 0;
        let members = (0..size).map(|index| member(&mut dice, index, planned + index, broken)).collect();
        batches.push(Batch {
            team: format!("team-{}", planned / per_namespace % 12),
            tag: format!("1.{}.{}", dice.below(30), dice.below(10)),
            time: seconds(now.saturating_sub(age).unwrap_or(now)),
            deployment_uid: dice.uid(),
            set_uid: dice.uid(),
            service_uid: dice.uid(),
            app: format!("{app}-{}", batches.len()),
            namespace,
            hash,
            pods: members,
        });
        let batch = batches.last_mut();
        if let Some(batch) = batch {
            for pod in &mut batch.pods {
                pod.name = format!("{}-{}-{}", batch.app, batch.hash, pod.name);
            }
        }
        planned += size;
    }
    batches
}

fn member(dice: &mut Dice, index: usize, number: usize, broken: bool) -> Pod {
    let state = match (broken && index == 0, number % 4) {
        (true, 0) => State::NoImage,
        (true, 1) => State::Creating,
        (true, _) => State::Crashing,
        (false, _) => State::Running,
    };
    Pod {
        name: dice.suffix(5),
        uid: dice.uid(),
        state,
        node: NODES_OF_BULK[number % NODES_OF_BULK.len()],
        ip: format!("10.{}.{}.{}", 128 + number / 62_500, number / 250 % 250, 2 + number % 250),
    }
}

/// Fills the store with `pods` pods and what they belong to.
pub(super) fn fill(store: &Store, pods: usize, seed: u64, now: Timestamp) {
    widen_nodes(store, pods);
    let batches = plan(pods, seed, now);
    let mut last = "";
    for batch in &batches {
        if batch.namespace != last {
            last = &batch.namespace;
            let meta = json!({"name": last, "creationTimestamp": batch.time, "labels": {"team": batch.team}});
            let _ = store.create(NAMESPACES, json!({"metadata": meta}));
        }
    }
    pour_pods(store, &batches);
    pour_owners(store, &batches);
}

/// The story's nodes take the load, so they allow for it.
fn widen_nodes(store: &Store, pods: usize) {
    for node in NODES_OF_BULK {
        let room = (pods / 2 + 1000).to_string();
        let _ = store.update(NODES, "", node, |node| {
            node["status"]["capacity"]["pods"] = json!(room);
            node["status"]["allocatable"]["pods"] = json!(room);
            Ok(())
        });
    }
}

fn labels(pairs: &[(&str, &str)]) -> Arc<Labels> {
    Arc::new(pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect::<BTreeMap<_, _>>())
}

fn pour_pods(store: &Store, batches: &[Batch]) {
    let states = [State::Running, State::Crashing, State::NoImage, State::Creating];
    let moulds = states.map(pod_mould);
    let mut dice = Dice::new(3);
    for batch in batches {
        let shared = labels(&[
            ("app.kubernetes.io/name", &batch.app),
            ("app.kubernetes.io/part-of", "bulk"),
            ("app", &batch.app),
            ("pod-template-hash", &batch.hash),
            ("team", &batch.team),
        ]);
        store.load(PODS, batch.pods.len(), |index, version| {
            let pod = &batch.pods[index];
            let mould = states.iter().position(|s| *s == pod.state).unwrap_or(0);
            let (host, container, counter) = (node_ip(pod.node), dice.hex(64), version.to_string());
            let json = moulds[mould].fill(&[
                &pod.name,
                &pod.uid,
                &batch.namespace,
                &batch.app,
                &batch.hash,
                &batch.set_uid,
                pod.node,
                &host,
                &pod.ip,
                &batch.time,
                &container,
                &batch.tag,
                &counter,
                &batch.team,
            ]);
            Object {
                namespace: batch.namespace.as_str().into(),
                name: pod.name.as_str().into(),
                uid: pod.uid.as_str().into(),
                version,
                labels: shared.clone(),
                owner_uid: Some(batch.set_uid.as_str().into()),
                json,
            }
        });
    }
}

/// Slots of the owners' moulds: name, uid, namespace, app, hash, owner, size, ready, unready, time, available, tag,
/// version, team, list of endpoints.
fn owner_moulds() -> [(&'static Resource, Mould); 5] {
    let meta = |name: &str, labels: Value, owner: Value| {
        json!({
            "name": name, "namespace": "@2@", "uid": "@1@", "resourceVersion": "@c@", "generation": 1,
            "creationTimestamp": "@9@", "labels": labels, "ownerReferences": owner,
        })
    };
    let own = json!({"app": "@3@", "team": "@d@"});
    let mut bare = template();
    object_at(&mut bare, &["metadata", "labels"]).remove("pod-template-hash");
    let selector = json!({"matchLabels": {"app": "@3@"}});
    let mut set_selector = selector.clone();
    set_selector["matchLabels"]["pod-template-hash"] = json!("@4@");
    let owner = |kind: &str, api: &str, name: &str| json!([{"apiVersion": api, "kind": kind, "name": name, "uid": "@5@", "controller": true, "blockOwnerDeletion": true}]);
    let condition = |kind: &str, status: &str, reason: &str, message: &str| {
        json!({
            "type": kind, "status": status, "reason": reason, "message": message, "lastUpdateTime": "@9@",
            "lastTransitionTime": "@9@",
        })
    };
    let mut deployment = json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": meta("@3@", own.clone(), Value::Null),
        "spec": {
            "replicas": "@=6@", "selector": selector, "template": bare, "revisionHistoryLimit": 10,
            "progressDeadlineSeconds": 600,
            "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": "25%", "maxUnavailable": "25%"}},
        },
        "status": {
            "observedGeneration": 1, "replicas": "@=6@", "updatedReplicas": "@=6@", "readyReplicas": "@=7@",
            "availableReplicas": "@=7@", "terminatingReplicas": 0,
            "conditions": [
                condition("Available", "True", "MinimumReplicasAvailable", "Deployment has minimum availability."),
                condition("Progressing", "True", "NewReplicaSetAvailable",
                    "ReplicaSet \"@3@-@4@\" has successfully progressed."),
            ],
        },
    });
    deployment["metadata"]["annotations"] = json!({"deployment.kubernetes.io/revision": "1"});
    let mut set_labels = own.clone();
    set_labels["pod-template-hash"] = json!("@4@");
    let mut set = json!({
        "apiVersion": "apps/v1", "kind": "ReplicaSet",
        "metadata": meta("@3@-@4@", set_labels, owner("Deployment", "apps/v1", "@3@")),
        "spec": {"replicas": "@=6@", "selector": set_selector, "template": template()},
        "status": {
            "observedGeneration": 1, "replicas": "@=6@", "fullyLabeledReplicas": "@=6@", "readyReplicas": "@=7@",
            "availableReplicas": "@=7@", "terminatingReplicas": 0,
        },
    });
    set["metadata"]["annotations"] = json!({
        "deployment.kubernetes.io/revision": "1", "deployment.kubernetes.io/desired-replicas": "@6@",
        "deployment.kubernetes.io/max-replicas": "@8@",
    });
    let mut service = json!({
        "apiVersion": "v1", "kind": "Service", "metadata": meta("@3@", own.clone(), Value::Null),
        "spec": {
            "type": "ClusterIP", "clusterIP": "@a@", "clusterIPs": ["@a@"], "selector": {"app": "@3@"},
            "ports": [{"name": "http", "port": 80, "protocol": "TCP", "targetPort": "http"}],
            "sessionAffinity": "None", "ipFamilies": ["IPv4"], "ipFamilyPolicy": "SingleStack",
            "internalTrafficPolicy": "Cluster",
        },
        "status": {"loadBalancer": {}},
    });
    object_at(&mut service, &["metadata"]).remove("generation");
    let mut slice_labels = own.clone();
    slice_labels["kubernetes.io/service-name"] = json!("@3@");
    slice_labels["endpointslice.kubernetes.io/managed-by"] = json!("endpointslice-controller.k8s.io");
    let slice = json!({
        "apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice",
        "metadata": meta("@3@-@4@", slice_labels, owner("Service", "v1", "@3@")),
        "addressType": "IPv4", "endpoints": "@=e@",
        "ports": [{"name": "http", "protocol": "TCP", "port": 8080}],
    });
    let mut endpoint_labels = own;
    endpoint_labels["endpoints.kubernetes.io/managed-by"] = json!("endpoint-controller");
    let mut endpoints = json!({
        "apiVersion": "v1", "kind": "Endpoints", "metadata": meta("@3@", endpoint_labels, Value::Null),
        "subsets": "@=e@",
    });
    object_at(&mut endpoints, &["metadata"]).remove("generation");
    let clean = |mut value: Value| {
        if value["metadata"]["ownerReferences"].is_null() {
            object_at(&mut value, &["metadata"]).remove("ownerReferences");
        }
        Mould::of(&value)
    };
    [
        (DEPLOYMENTS, clean(deployment)),
        (REPLICASETS, clean(set)),
        (SERVICES, clean(service)),
        (ENDPOINTSLICES, clean(slice)),
        (ENDPOINTS, clean(endpoints)),
    ]
}

fn pour_owners(store: &Store, batches: &[Batch]) {
    let mut dice = Dice::new(5);
    for (resource, mould) in owner_moulds() {
        store.load(resource, batches.len(), |index, version| {
            let batch = &batches[index];
            let (name, uid, owner) = match resource.plural {
                "deployments" => (batch.app.clone(), batch.deployment_uid.clone(), ""),
                "replicasets" => (
                    format!("{}-{}", batch.app, batch.hash),
                    batch.set_uid.clone(),
                    batch.deployment_uid.as_str(),
                ),
                "services" => (batch.app.clone(), batch.service_uid.clone(), ""),
                "endpointslices" => {
                    (format!("{}-{}", batch.app, batch.hash), dice.uid(), batch.service_uid.as_str())
                }
                _ => (batch.app.clone(), dice.uid(), ""),
            };
            let size = batch.pods.len();
            let surge = size + size.div_ceil(4);
            let cluster_ip = format!("10.{}.{}.{}", 97 + index / 62_500, index / 250 % 250, 1 + index % 250);
            let list = match resource.plural {
                "endpointslices" => slice_list(batch),
                "endpoints" => subsets(batch),
                _ => String::new(),
            };
            let (size, ready) = (size.to_string(), batch.ready().to_string());
            let json = mould.fill(&[
                &name,
                &uid,
                &batch.namespace,
                &batch.app,
                &batch.hash,
                owner,
                &size,
                &ready,
                &surge.to_string(),
                &batch.time,
                &cluster_ip,
                &batch.tag,
                &version.to_string(),
                &batch.team,
                &list,
            ]);
            Object {
                namespace: batch.namespace.as_str().into(),
                labels: owner_labels(resource, batch),
                owner_uid: (!owner.is_empty()).then(|| owner.into()),
                name: name.into(),
                uid: uid.into(),
                version,
                json,
            }
        });
    }
}

fn owner_labels(resource: &Resource, batch: &Batch) -> Arc<Labels> {
    let mut pairs = vec![("app", batch.app.as_str()), ("team", batch.team.as_str())];
    match resource.plural {
        "replicasets" => pairs.push(("pod-template-hash", &batch.hash)),
        "endpointslices" => {
            pairs.push(("kubernetes.io/service-name", &batch.app));
            pairs.push(("endpointslice.kubernetes.io/managed-by", "endpointslice-controller.k8s.io"));
        }
        "endpoints" => pairs.push(("endpoints.kubernetes.io/managed-by", "endpoint-controller")),
        _ => {}
    }
    labels(&pairs)
}

/// Pods with an address, in the order in which the endpoints controller lists them.
fn addressed(batch: &Batch) -> Vec<&Pod> {
    let mut pods: Vec<&Pod> = batch.pods.iter().filter(|p| p.state != State::Creating).collect();
    pods.sort_by(|a, b| a.name.cmp(&b.name));
    pods
}

fn reference(batch: &Batch, pod: &Pod) -> String {
    format!(r#"{{"kind":"Pod","name":"{}","namespace":"{}","uid":"{}"}}"#, pod.name, batch.namespace, pod.uid)
}

fn slice_list(batch: &Batch) -> String {
    let one = |pod: &&Pod| {
        let ready = pod.state == State::Running;
        format!(
            r#"{{"addresses":["{}"],"conditions":{{"ready":{ready},"serving":{ready},"terminating":false}},"nodeName":"{}","targetRef":{},"zone":"{}"}}"#,
            pod.ip,
            pod.node,
            reference(batch, pod),
            zone_of(pod.node)
        )
    };
    format!("[{}]", addressed(batch).iter().map(one).collect::<Vec<_>>().join(","))
}

fn subsets(batch: &Batch) -> String {
    let one = |pod: &&Pod| {
        format!(r#"{{"ip":"{}","nodeName":"{}","targetRef":{}}}"#, pod.ip, pod.node, reference(batch, pod))
    };
    let (ready, not): (Vec<&Pod>, Vec<&Pod>) =
        addressed(batch).into_iter().partition(|p| p.state == State::Running);
    let mut fields = Vec::new();
    for (field, pods) in [("addresses", ready), ("notReadyAddresses", not)] {
        if !pods.is_empty() {
            fields.push(format!(r#""{field}":[{}]"#, pods.iter().map(one).collect::<Vec<_>>().join(",")));
        }
    }
    if fields.is_empty() {
        return "[]".to_owned();
    }
    fields.push(r#""ports":[{"name":"http","port":8080,"protocol":"TCP"}]"#.to_owned());
    format!("[{{{}}}]", fields.join(","))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mould_fills_strings_and_json() {
        let mould =
            Mould::of(&json!({"metadata": {"name": "@0@-x", "mail": "a@x@"}, "spec": {"replicas": "@=1@"}}));
        let filled: Value = serde_json::from_slice(&mould.fill(&["web", "3"])).unwrap();
        assert_eq!(filled, json!({"metadata": {"name": "web-x", "mail": "a@x@"}, "spec": {"replicas": 3}}));
    }

    #[test]
    fn poured_pods_are_in_the_state_that_they_should_be() {
        for (state, phase, reason) in [
            (State::Running, "Running", ""),
            (State::Crashing, "Running", "CrashLoopBackOff"),
            (State::NoImage, "Pending", "ImagePullBackOff"),
            (State::Creating, "Pending", "ContainerCreating"),
        ] {
            let text = pod_mould(state).fill(&[
                "p",
                "u",
                "n",
                "a",
                "h",
                "o",
                "node-2",
                "1.1.1.1",
                "2.2.2.2",
                "2026-11-01T00:00:00Z",
                "c",
                "t",
                "7",
                "team",
            ]);
            let pod: Value = serde_json::from_slice(&text).unwrap();
            assert_eq!(pod["status"]["phase"], phase, "{state:?}");
            let waiting = &pod["status"]["containerStatuses"][0]["state"]["waiting"]["reason"];
            assert_eq!(waiting.as_str().unwrap_or_default(), reason, "{state:?}");
            assert!(!String::from_utf8_lossy(&text).contains("1970"), "{state:?}");
            assert!((1800..4000).contains(&text.len()), "{}", text.len());
        }
    }
}
