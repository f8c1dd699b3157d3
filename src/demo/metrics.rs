//! `metrics.k8s.io`: what running pods and ready nodes use. The numbers move every 15 seconds, and follow from the object and
//! the time alone, so that every run tells the same.
//!
//! Source of the form: `k8s.io/metrics/pkg/apis/metrics/v1beta1`.

use serde_json::{Value, json};

use super::body::{Answer, json as json_answer};
use super::faults::Faults;
use super::object::text;
use super::query::Query;
use super::resource::{NODES, PODS};
use super::status::ApiError;
use super::store::Store;
use crate::model::json::items;
use crate::model::quantity::Quantity;

/// The group and its version.
pub const GROUP: (&str, &str) = ("metrics.k8s.io", "v1beta1");
/// Its resources: plural, kind, whether they live in namespaces.
pub const SERVED: [(&str, &str, bool); 2] = [("nodes", "NodeMetrics", false), ("pods", "PodMetrics", true)];
/// How often it is measured.
const EVERY: i64 = 15;

/// Answers a GET below the group's path; none if the path is another one.
pub fn metrics(
    store: &Store,
    faults: &Faults,
    path: &str,
    query: &Query,
    user: &str,
) -> Option<Result<Answer, ApiError>> {
    let rest = path.strip_prefix("/apis/metrics.k8s.io/v1beta1/")?;
    let parts: Vec<&str> = rest.split('/').collect();
    let (nodes, namespace, name) = match parts[..] {
        ["nodes"] => (true, "", None),
        ["nodes", name] => (true, "", Some(name)),
        ["pods"] => (false, "", None),
        ["namespaces", namespace, "pods"] => (false, namespace, None),
        ["namespaces", namespace, "pods", name] => (false, namespace, Some(name)),
        _ => return Some(Err(ApiError::no_such_path())),
    };
    let plural = if nodes { "nodes.metrics.k8s.io" } else { "pods.metrics.k8s.io" };
    let verb = if name.is_some() { "get" } else { "list" };
    if faults.is_denied(verb, plural, namespace) {
        let res = if nodes { NODES } else { PODS };
        let within = Some(namespace).filter(|namespace| !namespace.is_empty());
        return Some(Err(ApiError::forbidden(user, verb, res, "", within, name.unwrap_or_default())));
    }
    let all = if nodes { of_nodes(store) } else { of_pods(store, namespace) };
    if let Some(name) = name {
        let found = all.into_iter().find(|one| one["metadata"]["name"] == name);
        let res = if nodes { NODES } else { PODS };
        return Some(found.map(|one| json_answer(200, &one)).ok_or_else(|| ApiError::not_found(res, name)));
    }
    Some(Ok(json_answer(200, &page(if nodes { "NodeMetricsList" } else { "PodMetricsList" }, &all, query))))
}

/// A page of a list; the token is the number of the first that is left.
fn page(kind: &str, all: &[Value], query: &Query) -> Value {
    let number = |key: &str| query.get(key).and_then(|text| text.parse::<usize>().ok());
    let from = number("continue").unwrap_or(0).min(all.len());
    let to =
        number("limit").filter(|limit| *limit > 0).map_or(all.len(), |limit| (from + limit).min(all.len()));
    let mut metadata = json!({});
    if to < all.len() {
        metadata["continue"] = json!(to.to_string());
    }
    json!({"kind": kind, "apiVersion": "metrics.k8s.io/v1beta1", "metadata": metadata, "items": all[from..to]})
}

/// Between 0 and 999, by what is measured and when.
fn chance(seed: &str, at: i64) -> u64 {
    let start = 0xcbf2_9ce4_8422_2325_u64 ^ at.unsigned_abs().wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let hash = seed.bytes().fold(start, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    (hash >> 24) % 1000
}

/// CPU in billionths and memory in bytes of a container: about what it asks for, a little more or less each time.
fn used(uid: &str, container: &Value, round: i64) -> (u64, u64) {
    let seed = format!("{uid}/{}", text(container, "/name"));
    let asked = |name: &str| {
        container.pointer(&format!("/resources/requests/{name}")).and_then(Quantity::of).unwrap_or_default()
    };
    let (steady, now) = (chance(&seed, 0), chance(&seed, round));
    let cpu = asked("cpu").nano().max(20_000_000);
    let memory = asked("memory").ones().max(48 << 20);
    // A third to all of it, by what it is; a tenth of that comes and goes.
    (cpu / 1000 * (300 + steady * 6 / 10 + now / 10), memory / 1000 * (400 + steady / 2 + now / 50))
}

struct Moment {
    stamp: String,
    round: i64,
}

fn moment(store: &Store) -> Moment {
    let round = store.clock().now().as_second() / EVERY;
    let stamp = jiff::Timestamp::from_second(round * EVERY).map(|at| at.to_string()).unwrap_or_default();
    Moment { stamp, round }
}

fn amounts((cpu, memory): (u64, u64)) -> Value {
    json!({"cpu": format!("{cpu}n"), "memory": format!("{}Ki", memory >> 10)})
}

fn of_pods(store: &Store, namespace: &str) -> Vec<Value> {
    let Moment { stamp, round } = moment(store);
    let within = Some(namespace).filter(|namespace| !namespace.is_empty());
    let (_, pods) = store.list(PODS, within);
    let measured = pods.iter().filter_map(|pod| {
        let value = pod.value();
        let running: Vec<&str> = items(&value, "/status/containerStatuses")
            .iter()
            .filter(|status| status.pointer("/state/running").is_some())
            .map(|status| text(status, "/name"))
            .collect();
        let containers: Vec<Value> = items(&value, "/spec/containers")
            .iter()
            .filter(|container| running.contains(&text(container, "/name")))
            .map(|one| json!({"name": one["name"], "usage": amounts(used(&pod.uid, one, round))}))
            .collect();
        let metadata = json!({"name": pod.name, "namespace": pod.namespace, "creationTimestamp": stamp,
            "labels": value["metadata"]["labels"]});
        (!containers.is_empty()).then(|| {
            json!({"kind": "PodMetrics", "apiVersion": "metrics.k8s.io/v1beta1", "metadata": metadata,
                "timestamp": stamp, "window": "15s", "containers": containers})
        })
    });
    measured.collect()
}

fn of_nodes(store: &Store) -> Vec<Value> {
    let Moment { stamp, round } = moment(store);
    let (_, pods) = store.list(PODS, None);
    let (_, nodes) = store.list(NODES, None);
    let ready = |one: &Value| one["type"] == "Ready" && one["status"] == "True";
    let measured = nodes.iter().filter_map(|node| {
        let value = node.value();
        if !items(&value, "/status/conditions").iter().any(ready) {
            return None;
        }
        // The system's own, and that of its pods.
        let mut all = (150_000_000 + chance(&node.uid, round) * 100_000, 600 << 20);
        for pod in &pods {
            let pod_value = pod.value();
            if text(&pod_value, "/spec/nodeName") == &*node.name {
                for container in items(&pod_value, "/spec/containers") {
                    let (cpu, memory) = used(&pod.uid, container, round);
                    all = (all.0 + cpu, all.1 + memory);
                }
            }
        }
        Some(json!({"kind": "NodeMetrics", "apiVersion": "metrics.k8s.io/v1beta1",
            "metadata": {"name": node.name, "creationTimestamp": stamp}, "timestamp": stamp, "window": "15s",
            "usage": amounts(all)}))
    });
    measured.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_end() {
        let all: Vec<Value> = (0..5).map(|at| json!(at)).collect();
        let of = |query: &str| page("X", &all, &Query::parse(query));
        assert_eq!(of("")["items"].as_array().unwrap().len(), 5);
        let first = of("limit=2");
        assert_eq!((&first["items"], &first["metadata"]["continue"]), (&json!([0, 1]), &json!("2")));
        let last = of("limit=2&continue=4");
        assert_eq!((&last["items"], &last["metadata"]), (&json!([4]), &json!({})));
    }

    #[test]
    fn numbers_move_a_little_and_stay_about_what_is_asked_for() {
        let container = json!({"name": "web", "resources": {"requests": {"cpu": "1", "memory": "1Gi"}}});
        let first = used("a", &container, 1);
        assert_eq!(first, used("a", &container, 1));
        assert_ne!(first, used("a", &container, 2));
        for round in 0..50 {
            let (cpu, memory) = used("a", &container, round);
            assert!((300_000_000..1_100_000_000).contains(&cpu), "{cpu}");
            assert!(((400 << 20)..(1100 << 20)).contains(&memory), "{memory}");
        }
    }
}
