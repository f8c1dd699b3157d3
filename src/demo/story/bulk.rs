//! A large cluster on demand: namespaces `bulk-000` and on, with deployments, ReplicaSets, services, EndpointSlices and pods.
//!
//! Poured from moulds: a pod is rendered once per state by the kubelet's own rules, and then only names are filled in,
//! so that a hundred thousand take seconds and no more memory than their text.

mod mould;

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::super::controllers::endpoints::zone_of;
use super::super::controllers::kubelet::status::node_ip;
use super::super::controllers::lively::BULK;
use super::super::controllers::names::Dice;
use super::super::object::{Labels, Object};
use super::super::resource::{NAMESPACES, NODES, PODS, Resource};
use super::super::store::Store;
use super::seconds;
use mould::{State, owner_moulds, pod_mould};

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
