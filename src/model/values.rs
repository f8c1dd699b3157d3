//! Rows of a table for programs: what records know, with its type, beside the cells that people read. Pure.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::column::Cx;
use super::export::Sheet;
use super::record::{Amounts, Image, Labels, Meta, Node, Pod, PodSet, Record, Seconds};

/// A row: which object it is (`metadata`), what is known of it (`values`), and what its columns say (`cells`).
pub fn row(record: &Record, sheet: &Sheet, cells: &[String], cx: &Cx<'_>) -> Value {
    let cells: Map<String, Value> = sheet
        .columns
        .iter()
        .zip(cells)
        .map(|((id, _), cell)| ((*id).to_owned(), Value::from(cell.as_str())))
        .collect();
    json!({
        "kind": record.kind().resource().3,
        "metadata": metadata(record.meta()),
        "values": values(record, cx),
        "cells": cells,
    })
}

/// A time as RFC 3339; `null` where it is not known.
fn time(at: Seconds) -> Option<String> {
    (at != 0).then(|| Timestamp::from_second(at).ok()).flatten().map(|time| time.to_string())
}

/// Text; `null` where there is none.
fn text(text: &str) -> Option<&str> {
    (!text.is_empty()).then_some(text)
}

fn pairs(labels: &Labels) -> Value {
    labels.iter().map(|(key, value)| (key.to_string(), Value::from(&**value))).collect::<Map<_, _>>().into()
}

fn metadata(meta: &Meta) -> Value {
    let owner = meta
        .owner
        .as_ref()
        .map(|owner| json!({"kind": &*owner.kind, "name": &*owner.name, "uid": owner.uid.to_string()}));
    json!({
        "name": &*meta.name,
        "namespace": text(&meta.namespace),
        "uid": meta.uid.to_string(),
        "labels": pairs(&meta.labels),
        "created": time(meta.created),
        "deleting": meta.deleting.and_then(time),
        "owner": owner,
    })
}

fn images(all: &[Image]) -> Value {
    all.iter().map(|one| json!({"container": &*one.container, "image": &*one.image})).collect()
}

/// Thousandths of a CPU, and bytes.
fn amounts(amounts: Amounts) -> Value {
    json!({"cpuMillis": amounts.cpu.div_ceil(1_000_000), "memoryBytes": amounts.memory})
}

/// What is known of an object by its kind. Of kinds that the server draws only its cells are known.
fn values(record: &Record, cx: &Cx<'_>) -> Value {
    match record {
        Record::Pod(it) => pod(it),
        Record::Deployment(it) => json!({
            "desired": it.desired, "current": it.current, "updated": it.updated, "ready": it.ready,
            "available": it.available, "paused": it.paused, "revision": (it.revision > 0).then_some(it.revision),
            "cause": text(&it.cause), "reason": text(&it.reason), "images": images(&it.images),
            "selector": pairs(&it.selector),
        }),
        Record::ReplicaSet(it) => json!({
            "desired": it.desired, "current": it.current, "ready": it.ready,
            "revision": (it.revision > 0).then_some(it.revision), "images": images(&it.images),
        }),
        Record::StatefulSet(it) | Record::DaemonSet(it) => pod_set(it),
        Record::Service(it) => {
            let count = cx.endpoints.of(&it.meta.namespace, &it.meta.name);
            json!({
                "type": &*it.kind, "selector": pairs(&it.selector),
                "readyEndpoints": count.map(|count| count.ready), "endpoints": count.map(|count| count.total),
            })
        }
        Record::EndpointSlice(it) => json!({
            "service": text(&it.service), "addressType": &*it.address_type, "ready": it.ready, "endpoints": it.total,
        }),
        Record::Node(it) => node(it, cx),
        Record::Event(it) => json!({
            "type": &*it.kind, "reason": &*it.reason, "object": &*it.object, "message": &*it.message,
            "count": it.count, "seen": time(it.seen),
        }),
        Record::Row(_) => json!({}),
    }
}

fn pod(pod: &Pod) -> Value {
    json!({
        "status": &*pod.status, "reason": text(&pod.reason), "ready": pod.ready, "containers": pod.containers,
        "isReady": pod.is_ready, "restarts": pod.restarts, "restarted": pod.restarted.and_then(time),
        "node": text(&pod.node), "ip": pod.ip.map(|ip| ip.to_string()), "images": images(&pod.images),
        "requests": amounts(pod.requests()),
    })
}

fn pod_set(set: &PodSet) -> Value {
    json!({
        "desired": set.desired, "current": set.current, "updated": set.updated, "ready": set.ready,
        "available": set.available, "images": images(&set.images),
    })
}

fn node(node: &Node, cx: &Cx<'_>) -> Value {
    // What pods put on it is known only where the pods of all namespaces are.
    let load = cx.placed.and_then(|placed| placed.on_node(&node.meta.name));
    json!({
        "status": &*node.status, "reason": text(&node.reason), "version": &*node.version,
        "allocatable": amounts(node.allocatable), "mostPods": (node.most_pods > 0).then_some(node.most_pods),
        "pods": load.map(|load| load.pods), "requests": load.map(|load| amounts(load.requests)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::endpoints::Endpoints;
    use crate::model::placed::Placed;
    use crate::model::project::Projector;
    use crate::model::record::Kind;

    fn told(kind: Kind, object: &str, placed: Option<&Placed>) -> Value {
        let record = Projector::new(kind).object(object.as_bytes()).unwrap();
        let endpoints = Endpoints::default();
        let usage = crate::model::usage::NONE;
        let cx = Cx { now: 0, endpoints: &endpoints, usage, places: &[], placed, server: "" };
        let sheet = Sheet { columns: vec![("name", "NAME"), ("age", "AGE")], rows: Vec::new() };
        row(&record, &sheet, &["web".to_owned(), "5m".to_owned()], &cx)
    }

    #[test]
    fn a_pod_is_told_with_types_beside_its_cells() {
        let pod = r#"{"metadata":{"name":"web-1","namespace":"shop","uid":"u-1","labels":{"app":"web"},
            "creationTimestamp":"2023-11-14T22:13:20Z"},
            "spec":{"nodeName":"n-1","containers":[{"name":"web","image":"web:1",
            "resources":{"requests":{"cpu":"250m","memory":"1Ki"}}}]},
            "status":{"phase":"Running","containerStatuses":[{"name":"web","restartCount":7}]}}"#;
        let value = told(Kind::Pod, pod, None);
        assert_eq!(value["kind"], "Pod");
        assert_eq!(
            value["metadata"],
            json!({"name": "web-1", "namespace": "shop", "uid": "u-1", "labels": {"app": "web"},
                "created": "2023-11-14T22:13:20Z", "deleting": null, "owner": null})
        );
        assert_eq!(value["cells"], json!({"name": "web", "age": "5m"}));
        let values = &value["values"];
        assert_eq!((&values["restarts"], &values["containers"]), (&json!(7), &json!(1)), "{value}");
        assert_eq!(values["requests"], json!({"cpuMillis": 250, "memoryBytes": 1024}), "{value}");
        assert_eq!(values["images"], json!([{"container": "web", "image": "web:1"}]), "{value}");
        assert_eq!((&values["node"], &values["ip"]), (&json!("n-1"), &Value::Null), "{value}");
    }

    #[test]
    fn what_is_not_known_is_null() {
        let node = r#"{"metadata":{"name":"n-1","uid":"u"},"status":{"allocatable":{"pods":"110"}}}"#;
        let mut placed = Placed::default();
        for (known, pods) in [(false, Value::Null), (true, json!(0))] {
            if known {
                placed.know(None);
            }
            let value = told(Kind::Node, node, Some(&placed));
            assert_eq!(
                (&value["values"]["pods"], &value["values"]["mostPods"]),
                (&pods, &json!(110)),
                "{value}"
            );
            assert_eq!(
                (&value["metadata"]["namespace"], &value["metadata"]["created"]),
                (&Value::Null, &Value::Null)
            );
        }
    }

    #[test]
    fn every_kind_of_our_own_has_values() {
        for kind in Kind::ALL {
            let value = told(kind, r#"{"metadata":{"name":"a"}}"#, None);
            assert!(value["values"].as_object().is_some_and(|values| !values.is_empty()), "{value}");
        }
    }
}
