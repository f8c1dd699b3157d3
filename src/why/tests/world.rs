//! A cluster of a few objects that answers questions as a server does.

use serde_json::{Value, json};

use super::super::{Material, Why, wanted, why};
use crate::describe::Ask;
use crate::model::json::{name, text, texts, uid};
use crate::model::resource::Resource;
use crate::model::trouble::{Trouble, TroubleKind};
use crate::release::facts::Found;

/// It.
#[derive(Clone, Default)]
pub(super) struct World {
    objects: Vec<Value>,
    forbidden: Vec<&'static str>,
}

/// When everything is asked.
pub(super) const NOW: i64 = 1_795_230_000;

/// A time so many seconds after the beginning.
pub(super) fn times(seconds: i64) -> String {
    jiff::Timestamp::from_second(1_795_000_000 + seconds).unwrap().to_string()
}

/// An object of the shop.
pub(super) fn object(api_version: &str, kind: &str, named: &str, rest: &Value) -> Value {
    let mut object = json!({"apiVersion": api_version, "kind": kind, "metadata": {"name": named,
        "namespace": "shop", "uid": format!("uid-{named}"), "creationTimestamp": times(0)}});
    merge(&mut object, rest);
    object
}

/// Puts one tree over another.
pub(super) fn merge(target: &mut Value, over: &Value) {
    match (target, over) {
        (Value::Object(target), Value::Object(over)) => {
            for (key, value) in over {
                merge(target.entry(key.clone()).or_insert(Value::Null), value);
            }
        }
        (target, over) => *target = over.clone(),
    }
}

fn owned(kind: &str, owner: &str) -> Value {
    json!([{"apiVersion": "apps/v1", "kind": kind, "name": owner, "uid": format!("uid-{owner}"), "controller": true}])
}

/// A deployment `app=NAME` with so many pods, so many of which are ready.
pub(super) fn deployment(named: &str, wanted: i64, ready: i64) -> Value {
    object(
        "apps/v1",
        "Deployment",
        named,
        &json!({"metadata": {"generation": 1}, "spec": {"replicas": wanted, "selector": {"matchLabels": {"app": named}},
                "template": {"metadata": {"labels": {"app": named}}, "spec": {"containers": [{"name": "app", "image": format!("{named}:1")}]}}},
            "status": {"observedGeneration": 1, "updatedReplicas": wanted, "readyReplicas": ready}}),
    )
}

/// A revision of it.
pub(super) fn replica_set(named: &str, of: &str, revision: i64, image: &str, ready: i64) -> Value {
    object(
        "apps/v1",
        "ReplicaSet",
        named,
        &json!({"metadata": {"labels": {"app": of}, "ownerReferences": owned("Deployment", of), "creationTimestamp": times(revision * 60),
                "annotations": {"deployment.kubernetes.io/revision": revision.to_string()}},
            "spec": {"replicas": ready, "selector": {"matchLabels": {"app": of}},
                "template": {"metadata": {"labels": {"app": of}}, "spec": {"containers": [{"name": "app", "image": image}]}}},
            "status": {"readyReplicas": ready}}),
    )
}

/// A pod with one container that is in a state; one that runs is ready.
pub(super) fn pod(named: &str, set: &str, state: impl Into<Value>) -> Value {
    let state: Value = state.into();
    let app = set.split('-').next().unwrap_or(set);
    let runs = state.get("running").is_some();
    let ready = if runs { "True" } else { "False" };
    object(
        "v1",
        "Pod",
        named,
        &json!({"metadata": {"labels": {"app": app}, "ownerReferences": owned("ReplicaSet", set)},
            "spec": {"containers": [{"name": "app", "image": format!("{app}:1")}]},
            "status": {"phase": if runs { "Running" } else { "Pending" },
                "conditions": [{"type": "Ready", "status": ready, "lastTransitionTime": times(300)}],
                "containerStatuses": [{"name": "app", "ready": runs, "restartCount": 0, "state": state}]}}),
    )
}

/// A warning about an object.
pub(super) fn event(about: &str, reason: &str, message: &str, count: i64) -> Value {
    object(
        "v1",
        "Event",
        &format!("{about}.{reason}"),
        &json!({"type": "Warning", "reason": reason, "message": message, "count": count, "lastTimestamp": times(600),
            "involvedObject": {"kind": "Pod", "name": about, "uid": format!("uid-{about}")}}),
    )
}

/// A node, ready or not.
pub(super) fn node(named: &str, ready: bool) -> Value {
    let mut node = object(
        "v1",
        "Node",
        named,
        &json!({"metadata": {"labels": {"pool": "batch"}}, "status": {"conditions": [
            {"type": "Ready", "status": if ready { "True" } else { "Unknown" }, "reason": "NodeStatusUnknown",
                "message": "Kubelet stopped posting node status.", "lastTransitionTime": times(100)}]}}),
    );
    node["metadata"].as_object_mut().unwrap().remove("namespace");
    node
}

impl World {
    pub fn new(objects: &[Value]) -> Self {
        Self { objects: objects.to_vec(), forbidden: Vec::new() }
    }

    /// A resource that may not be read.
    pub fn forbid(mut self, plural: &'static str) -> Self {
        self.forbidden.push(plural);
        self
    }

    fn answer(&self, ask: &Ask) -> Found<Vec<Value>> {
        if self.forbidden.contains(&&*ask.resource.plural) {
            return Found::Unknown(Trouble::new(TroubleKind::Forbidden, "no"));
        }
        let pairs = |selector: &str| -> Vec<(String, String)> {
            let parts = selector.split(',').filter_map(|part| part.split_once('='));
            parts.map(|(key, value)| (key.to_owned(), value.to_owned())).collect()
        };
        let is_asked = |object: &&Value| {
            let labels = texts(object, "/metadata/labels");
            let wanted = ask.labels.as_deref().map(pairs).unwrap_or_default();
            let fields = ask.fields.as_deref().map(pairs).unwrap_or_default();
            text(object, "/kind") == ask.resource.kind
                && text(object, "/apiVersion") == ask.resource.api_version()
                && ask.name.as_deref().is_none_or(|named| named == name(object))
                && wanted.iter().all(|(key, value)| labels.get(key) == Some(value))
                && fields
                    .iter()
                    .all(|(key, value)| text(object, &format!("/{}", key.replace('.', "/"))) == value)
        };
        Found::Known(self.objects.iter().filter(is_asked).cloned().collect())
    }

    /// All that is wanted, step by step.
    pub fn material(&self, kind: &str, named: &str) -> Material {
        let is_it = |object: &&Value| text(object, "/kind") == kind && name(object) == named;
        let object = self.objects.iter().find(is_it).unwrap_or_else(|| panic!("no {kind} {named}"));
        let version = text(object, "/apiVersion");
        let known = Resource::KNOWN.iter().find(|one| one.kind == kind && one.api_version() == version);
        let resource = known.cloned().unwrap_or_else(|| Resource {
            group: version.split_once('/').map_or("", |(group, _)| group).to_owned().into(),
            version: "v1".into(),
            plural: kind.to_lowercase().into(),
            kind: kind.to_owned().into(),
            namespaced: true,
        });
        let mut material =
            Material { resource, object: object.clone(), beside: Vec::new(), cut: Vec::new(), now: NOW };
        for _ in 0..10 {
            let mut asks = wanted(&material);
            asks.retain(|ask| !material.beside.iter().any(|(known, _)| known == ask));
            if asks.is_empty() {
                assert!(!uid(&material.object).is_empty());
                return material;
            }
            material.beside.extend(asks.into_iter().map(|ask| {
                let found = self.answer(&ask);
                (ask, found)
            }));
        }
        panic!("what is wanted has no end");
    }

    /// Why it is as it is.
    pub fn why(&self, kind: &str, named: &str) -> Why {
        why(&self.material(kind, named))
    }
}
