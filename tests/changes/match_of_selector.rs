//! A plan of a selector says which pods would be matched and which of them would serve: the slices then show just these.

use std::collections::{BTreeMap, BTreeSet};

use dogwatch::demo::controllers::kubelet::behaviour::ANNOTATION;
use dogwatch::demo::{Clock, Cluster, resource};
use dogwatch::model::resource::Resource;
use dogwatch::release::change::{Change, Merge};
use dogwatch::release::facts::{PodFact, Surroundings};
use dogwatch::release::plan::plan;
use dogwatch::release::selector::{Preview, after};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::bench::{Bench, run};

type Map = BTreeMap<String, String>;

#[derive(Debug, Clone)]
struct Pod {
    labels: Map,
    behaviour: &'static str,
    /// Whether it has a port of the name that services ask for.
    named: bool,
    /// It was told to go and still is there.
    leaving: bool,
}

fn map(least: usize) -> impl Strategy<Value = Map> {
    prop::collection::btree_map("[abc]", "[xy]", least..4)
}

fn pod() -> impl Strategy<Value = Pod> {
    let behaviour = prop::sample::select(vec!["", "", "", "unready", "noimage", "exit:2:0", "exit:2:1"]);
    (map(0), behaviour, prop::bool::weighted(0.8), prop::bool::weighted(0.1))
        .prop_map(|(labels, behaviour, named, leaving)| Pod { labels, behaviour, named, leaving })
}

fn pod_object(number: usize, pod: &Pod) -> Value {
    let name = if pod.named { "http" } else { "other" };
    // A finalizer holds what is told to go.
    json!({"metadata": {"name": format!("pod-{number}"), "namespace": "default", "labels": pod.labels,
            "annotations": {ANNOTATION: pod.behaviour}, "finalizers": ["test/held"]},
        "spec": {"restartPolicy": if pod.behaviour == "exit:2:0" { "Never" } else { "Always" },
            "containers": [{"name": "main", "image": "image:1", "ports": [{"name": name, "containerPort": 8080}]}]}})
}

/// An empty cluster with one node, these pods, and a service that selects some of them.
async fn stage(pods: &[Pod], selector: &Map, publish: bool, named: bool) -> Bench {
    let clock = || Clock::starting_at("2026-11-21T04:00:00Z".parse().unwrap());
    let empty = Cluster::empty(clock(), 1);
    let store = empty.store();
    let status = json!({"conditions": [{"type": "Ready", "status": "True"}],
        "allocatable": {"cpu": "8", "memory": "32Gi", "pods": "110"}});
    store
        .create(resource::NODES, json!({"metadata": {"name": "node-1"}, "spec": {}, "status": status}))
        .unwrap();
    for (number, pod) in pods.iter().enumerate() {
        store.create(resource::PODS, pod_object(number, pod)).unwrap();
    }
    let port = if named { json!("http") } else { json!(8080) };
    let spec = json!({"type": "ClusterIP", "clusterIP": "10.0.0.1", "selector": selector,
        "publishNotReadyAddresses": publish, "ports": [{"port": 80, "protocol": "TCP", "targetPort": port}]});
    let service = json!({"metadata": {"name": "web", "namespace": "default"}, "spec": spec});
    store.create(resource::SERVICES, service).unwrap();
    let bench = Bench::of(empty.twin(clock(), false)).await;
    bench.settle().await;
    for (number, _) in pods.iter().enumerate().filter(|(_, pod)| pod.leaving) {
        let options = dogwatch::demo::store::DeleteOptions::default();
        bench.cluster.store().delete(resource::PODS, "default", &format!("pod-{number}"), &options).unwrap();
    }
    bench.settle().await;
    bench
}

/// The pods as a watch knows them.
fn watched(pods: &[Value]) -> Vec<PodFact> {
    let fact = |pod: &Value| {
        let conditions = pod["status"]["conditions"].as_array().cloned().unwrap_or_default();
        let ready = conditions.iter().any(|c| c["type"] == "Ready" && c["status"] == "True");
        let labels: Map = serde_json::from_value(pod["metadata"]["labels"].clone()).unwrap_or_default();
        PodFact {
            name: pod["metadata"]["name"].as_str().unwrap().to_owned(),
            labels: labels.into_iter().collect(),
            owner: String::new(),
            ready: ready && pod["metadata"]["deletionTimestamp"].is_null(),
            status: String::new(),
            images: Vec::new(),
            created: 0,
        }
    };
    pods.iter().map(fact).collect()
}

/// Names of the endpoints that the slices of the service show: all, those that are ready, and those of them that have a port.
async fn shown(bench: &mut Bench) -> [BTreeSet<String>; 3] {
    let mut sets = [const { BTreeSet::new() }; 3];
    for slice in bench.all(Resource::ENDPOINT_SLICES, "default").await {
        let ported = slice["ports"].as_array().is_some_and(|ports| !ports.is_empty());
        for endpoint in slice["endpoints"].as_array().into_iter().flatten() {
            let name = endpoint["targetRef"]["name"].as_str().unwrap();
            let ready = endpoint["conditions"]["ready"] == json!(true);
            for (set, belongs) in sets.iter_mut().zip([true, ready, ready && ported]) {
                if belongs {
                    set.insert(name.to_owned());
                }
            }
        }
    }
    sets
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_predicted_match_is_what_the_slices_show(
        pods in prop::collection::vec(pod(), 0..9),
        now in map(1),
        keys in prop::collection::btree_map("[abc]", prop::option::weighted(0.8, "[xy]"), 1..3),
        replace: bool, publish in prop::bool::weighted(0.1), named: bool, watches: bool,
    ) {
        let keys: Vec<(String, Option<String>)> = keys.into_iter().collect();
        let how = if replace { Merge::Replace } else { Merge::Merge };
        run(async {
            let mut bench = stage(&pods, &now, publish, named).await;
            let target = bench.target(Resource::SERVICES, "default", "web").await;
            let change = Change::Selector { keys: keys.clone(), how, insist: true };
            let all = bench.all(Resource::PODS, "default").await;
            let common = after(&now, &keys, how).iter().any(|(key, value)| now.get(key) == Some(value));
            // Without a pair that stays nothing is read: then only a watch knows the pods, and not their ports.
            let watch = watches || !common;
            let around = Surroundings { pods: watch.then(|| watched(&all)), ..Surroundings::default() };
            let facts = bench.facts(&change, &target, around).await;
            let Ok(made) = plan(&change, &target, &facts) else { return Ok(()) };
            let preview = Preview::of(&keys, how, &target, &facts).unwrap();
            // Both sides: what is told of now is what is shown now, what is told of then is shown then.
            for (side, switched) in [(&preview.now, false), (&preview.then, true)] {
                if switched {
                    let (status, answer) = bench.send(&made.steps[0].request).await;
                    prop_assert_eq!(status, 200, "{}", answer);
                    bench.settle().await;
                }
                let [members, ready, serving] = shown(&mut bench).await;
                let told: BTreeSet<String> = side.pods.iter().map(|pod| pod.name.clone()).collect();
                prop_assert!(members.is_subset(&told), "{:?} of {:?}", members, told);
                // What matches and is not shown has no address, or has ended.
                for name in told.difference(&members) {
                    let pod = all.iter().find(|pod| pod["metadata"]["name"] == **name).unwrap();
                    let ended = matches!(pod["status"]["phase"].as_str(), Some("Succeeded" | "Failed"));
                    prop_assert!(ended || pod["status"]["podIP"].as_str().unwrap_or_default().is_empty(), "{}", pod);
                }
                // Without the whole pods, being ready is all that is known of them.
                if common || !publish {
                    prop_assert_eq!(side.ready_names().into_iter().collect::<BTreeSet<_>>(), ready);
                }
                if common {
                    prop_assert_eq!(side.serving(), serving.len());
                }
            }
            Ok(())
        })?;
    }
}
