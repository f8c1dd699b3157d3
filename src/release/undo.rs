//! Rolling back, exactly as kubectl does it.
//!
//! Source: kubectl's `polymorphichelpers/rollback.go`. A Deployment gets the template and the annotations of the chosen
//! ReplicaSet by a JSON patch; a StatefulSet or DaemonSet the patch that its ControllerRevision holds.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::history::{Revision, revisions};
use super::json::{flag, number, put, text, texts};
use super::request::{Content, MANAGER, Method, Refusal, WriteRequest};
use super::target::Target;
use crate::model::uid::Uid;

/// Annotations of a Deployment that a rollback leaves as they are.
const KEPT: [&str; 6] = [
    "kubectl.kubernetes.io/last-applied-configuration",
    "deployment.kubernetes.io/revision",
    "deployment.kubernetes.io/revision-history",
    "deployment.kubernetes.io/desired-replicas",
    "deployment.kubernetes.io/max-replicas",
    "deprecated.deployment.rollback.to",
];

/// A rollback that can be sent.
#[derive(Debug, Clone, PartialEq)]
pub struct Undo {
    /// What is sent.
    pub request: WriteRequest,
    /// Where to.
    pub to: Revision,
    /// Where from, as far as the history has it.
    pub from: Option<Revision>,
    /// The object's annotations afterwards.
    pub annotations: BTreeMap<String, String>,
}

/// The rollback of an object to the revision with this UID, or to the one before the current.
pub fn undo(target: &Target, object: &Value, holders: &[Value], to: Option<&Uid>) -> Result<Undo, Refusal> {
    let all = revisions(object, holders);
    let kind = target.resource.word();
    let chosen = match to {
        Some(uid) => all.iter().find(|revision| revision.uid == *uid).ok_or_else(|| {
            Refusal(format!("unable to find specified revision in history: it is gone from {target}"))
        })?,
        None => all
            .get(1)
            .ok_or_else(|| Refusal(format!("no rollout history found for {kind} \"{}\"", target.name)))?,
    };
    if flag(object, "/spec/paused") {
        return Err(Refusal(format!(
            "you cannot rollback a paused {kind}; resume it first with 'kubectl rollout resume' and try again"
        )));
    }
    if chosen.current {
        return Err(Refusal(format!(
            "skipped rollback (current template already matches revision {})",
            chosen.number
        )));
    }
    let from = all.iter().find(|revision| revision.current).cloned();
    let now = texts(object, "/metadata/annotations");
    let (request, annotations) = match &chosen.data {
        Some(data) if !data.is_object() => {
            return Err(Refusal(format!("revision {} of {target} holds no patch", chosen.number)));
        }
        Some(data) => (by_data(target, object, data), now),
        None => {
            let annotations = annotations(&now, &chosen.annotations);
            (by_template(target, object, &chosen.template, &annotations), annotations)
        }
    };
    Ok(Undo { request, to: chosen.clone(), from, annotations })
}

/// The Deployment's own bookkeeping stays, everything else comes from the ReplicaSet: what only the Deployment has is lost.
fn annotations(
    deployment: &BTreeMap<String, String>,
    set: &BTreeMap<String, String>,
) -> BTreeMap<String, String> {
    let kept = |key: &str| KEPT.contains(&key);
    let own = deployment.iter().filter(|(key, _)| kept(key));
    let others = set.iter().filter(|(key, _)| !kept(key));
    own.chain(others).map(|(key, value)| (key.clone(), value.clone())).collect()
}

fn by_template(
    target: &Target,
    object: &Value,
    template: &Value,
    annotations: &BTreeMap<String, String>,
) -> WriteRequest {
    let now = object.pointer("/metadata/annotations").filter(|value| !value.is_null());
    // What was shown is what is replaced: the same object, the same generation of its spec, the same annotations. Its
    // status may move meanwhile, as it does in the middle of a rollout.
    let mut patch = vec![
        json!({"op": "test", "path": "/metadata/uid", "value": target.uid.to_string()}),
        json!({"op": "test", "path": "/metadata/generation",
            "value": number(object, "/metadata/generation").unwrap_or_default()}),
    ];
    patch.extend(now.map(|now| json!({"op": "test", "path": "/metadata/annotations", "value": now})));
    patch.push(json!({"op": "replace", "path": "/spec/template", "value": template}));
    let op = if now.is_some() { "replace" } else { "add" };
    patch.push(json!({"op": op, "path": "/metadata/annotations", "value": annotations}));
    WriteRequest {
        method: Method::Patch,
        path: target.path(),
        query: vec![("fieldManager", MANAGER)],
        content: Content::JsonPatch,
        body: Value::Array(patch),
    }
}

fn by_data(target: &Target, object: &Value, data: &Value) -> WriteRequest {
    let mut body = data.clone();
    put(&mut body, &["metadata", "uid"], json!(target.uid.to_string()));
    put(&mut body, &["metadata", "resourceVersion"], json!(text(object, "/metadata/resourceVersion")));
    WriteRequest {
        method: Method::Patch,
        path: target.path(),
        query: vec![("fieldManager", MANAGER)],
        content: Content::Strategic,
        body,
    }
}

#[cfg(test)]
mod tests;
