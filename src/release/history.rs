//! The revisions of a workload: what `kubectl rollout history` lists, with what belongs to each.
//!
//! Source: kubectl's `polymorphichelpers/history.go`. A rollback gives the old template a new number, so a revision is
//! known by the UID of the object that holds it, never by its number.

use std::collections::BTreeMap;

use serde_json::Value;

use super::json::{controlled_by, items, name, number, text, texts, uid};
use crate::model::resource::Resource;
use crate::model::uid::Uid;

/// The annotation in which the Deployment controller keeps a ReplicaSet's number.
pub const REVISION: &str = "deployment.kubernetes.io/revision";
/// The annotation in which users say why.
pub const CAUSE: &str = "kubernetes.io/change-cause";
/// The label by which the controller tells the pods of its ReplicaSets apart.
pub const HASH: &str = "pod-template-hash";

/// One revision.
#[derive(Debug, Clone, PartialEq)]
pub struct Revision {
    /// Of the `ReplicaSet` or `ControllerRevision` that holds it.
    pub uid: Uid,
    /// Its name.
    pub name: String,
    /// Its number; 0 when it has none.
    pub number: i64,
    /// Why, as somebody said it.
    pub cause: String,
    /// Container and image.
    pub images: Vec<(String, String)>,
    /// The template, without the hash.
    pub template: Value,
    /// The annotations of the holder.
    pub annotations: BTreeMap<String, String>,
    /// Pods that its holder wants; a `ControllerRevision` wants none.
    pub wanted: i64,
    /// Pods that are ready.
    pub ready: i64,
    /// When it was made, RFC 3339.
    pub created: String,
    /// The object has this template now.
    pub current: bool,
    /// `data` of a `ControllerRevision`: the patch that brings it back.
    pub data: Option<Value>,
}

/// What holds the revisions of a kind of workload; `None`: it has none.
pub fn holder(resource: &Resource) -> Option<Resource> {
    match resource.kind.as_ref() {
        "Deployment" => Some(Resource::REPLICA_SETS),
        "StatefulSet" | "DaemonSet" => Some(Resource::CONTROLLER_REVISIONS),
        _ => None,
    }
}

/// The `matchLabels` of an object's selector, as a label selector; what kubectl asks its history with.
pub fn selector(object: &Value) -> String {
    let mut parts: Vec<String> = texts(object, "/spec/selector/matchLabels")
        .iter()
        .map(|(key, value)| format!("{key}={value}"))
        .collect();
    for expression in items(object, "/spec/selector/matchExpressions") {
        let key = text(expression, "/key");
        let values: Vec<&str> = items(expression, "/values").iter().filter_map(Value::as_str).collect();
        parts.push(match text(expression, "/operator") {
            "In" => format!("{key} in ({})", values.join(",")),
            "NotIn" => format!("{key} notin ({})", values.join(",")),
            "DoesNotExist" => format!("!{key}"),
            _ => key.to_owned(),
        });
    }
    parts.join(",")
}

/// The revisions of a workload, newest first. Of `holders` only those count whose controller is the object: others may
/// match its selector.
pub fn revisions(object: &Value, holders: &[Value]) -> Vec<Revision> {
    let owner = uid(object);
    let now = without_hash(&object["spec"]["template"]);
    let mut all: Vec<Revision> = holders
        .iter()
        .filter(|holder| controlled_by(holder, owner))
        .map(|holder| revision(holder, &now))
        .collect();
    all.sort_by(|one, other| (other.number, &other.created).cmp(&(one.number, &one.created)));
    // Two holders may have the same template: the newer one is the current.
    let mut seen = false;
    for revision in &mut all {
        revision.current &= !seen;
        seen |= revision.current;
    }
    all
}

fn revision(holder: &Value, now: &Value) -> Revision {
    let data = holder.get("data").cloned();
    let template = match &data {
        Some(data) => {
            let mut template = data["spec"]["template"].clone();
            if let Some(map) = template.as_object_mut() {
                map.remove("$patch");
            }
            without_hash(&template)
        }
        None => without_hash(&holder["spec"]["template"]),
    };
    let annotations = texts(holder, "/metadata/annotations");
    let number = match &data {
        Some(_) => number(holder, "/revision").unwrap_or_default(),
        None => annotations.get(REVISION).and_then(|text| text.parse().ok()).unwrap_or_default(),
    };
    Revision {
        uid: Uid::new(uid(holder)),
        name: name(holder).to_owned(),
        number,
        cause: annotations.get(CAUSE).cloned().unwrap_or_default(),
        images: images(&template),
        current: plain(&template) == plain(now),
        template,
        annotations,
        wanted: super::json::number(holder, "/spec/replicas").unwrap_or_default(),
        ready: super::json::number(holder, "/status/readyReplicas").unwrap_or_default(),
        created: text(holder, "/metadata/creationTimestamp").to_owned(),
        data,
    }
}

/// Containers of a template with their images, init containers last.
pub fn images(template: &Value) -> Vec<(String, String)> {
    ["containers", "initContainers"]
        .iter()
        .flat_map(|list| items(template, &format!("/spec/{list}")))
        .map(|container| (text(container, "/name").to_owned(), text(container, "/image").to_owned()))
        .collect()
}

/// A template without the label that only the controller writes.
pub fn without_hash(template: &Value) -> Value {
    let mut template = template.clone();
    if let Some(labels) = template.pointer_mut("/metadata/labels").and_then(Value::as_object_mut) {
        labels.remove(HASH);
    }
    template
}

/// A tree without what means nothing: nulls, empty maps and lists.
pub fn plain(value: &Value) -> Value {
    let empty = |value: &Value| match value {
        Value::Null => true,
        Value::Object(map) => map.is_empty(),
        Value::Array(list) => list.is_empty(),
        _ => false,
    };
    match value {
        Value::Object(map) => map
            .iter()
            .map(|(key, value)| (key.clone(), plain(value)))
            .filter(|(_, value)| !empty(value))
            .collect::<serde_json::Map<_, _>>()
            .into(),
        Value::Array(list) => Value::Array(list.iter().map(plain).collect()),
        value => value.clone(),
    }
}
