//! What a change amounts to, by the names of the table of actions: what rules are asked about. Pure.
//!
//! The same thing is done by more than one door: an edit that writes `spec.replicas` scales, and whoever joins a pod with a shell of
//! his own need not `exec`. So an action is also what it opens, and what is sent is also what it writes. Of an object that is not
//! there yet everything counts that it brings: who deletes and applies has changed it, too.

use std::collections::BTreeMap;

use serde_json::Value;

use super::facts::Facts;
use super::json::{flag, items, text};
use super::labelled::matches;
use super::labels::find;
use super::pod::{controller, labels};
use super::request::{MANAGER, WriteRequest};
use super::{Change, Target};
use crate::action::Action;
use crate::model::resource::Resource;

/// What an action is, whatever it is done with: itself, and what it opens as well.
pub fn of_action(action: Action) -> Vec<Action> {
    use Action as A;
    let opens: &[Action] = match action {
        // Each runs a command in the pod, or a shell beside it.
        A::ExecAside | A::CopyFiles | A::Debug => &[A::Exec],
        A::AttachAside => &[A::Attach],
        A::ForceDelete => &[A::Delete],
        _ => &[],
    };
    std::iter::once(action).chain(opens.iter().copied()).collect()
}

/// What a change is before it is known what it meets.
pub fn of_change(change: &Change) -> Vec<Action> {
    use Action as A;
    match change {
        Change::Scale { .. } => vec![A::Scale],
        Change::SetImage { .. } => vec![A::SetImage],
        Change::Restart { .. } => vec![A::Restart],
        Change::Pause => vec![A::PauseRollout, A::TogglePause],
        Change::Resume => vec![A::ResumeRollout, A::TogglePause],
        Change::Strategy { .. } => vec![A::Strategy],
        Change::Undo { .. } => vec![A::Undo],
        Change::Selector { .. } => vec![A::SwitchService],
        Change::Labels { .. } => vec![A::Label],
        Change::Orphan { .. } => vec![A::Orphan, A::Label],
        Change::Annotations { .. } => vec![A::Annotate],
        Change::Delete { grace: Some(0), .. } => vec![A::Delete, A::ForceDelete],
        Change::Delete { .. } => vec![A::Delete],
        Change::Debug { .. } => of_action(A::Debug),
        Change::Edit { .. } => vec![A::Edit],
        Change::Apply { .. } => vec![A::Apply],
    }
}

/// What a change is once its request is known: what it is anyway, and what it writes. A template of before is an `undo` only by
/// that name.
pub fn of_request(change: &Change, request: &WriteRequest, target: &Target, facts: &Facts) -> Vec<Action> {
    let now = &facts.gathered.object;
    let then = match change {
        Change::Edit { .. } | Change::Labels { .. } | Change::Annotations { .. } => {
            super::edit::merged(now, &request.body)
        }
        Change::Apply { .. } => applied(now, &request.body),
        _ => return of_change(change),
    };
    let mut all = of_change(change);
    for action in of_contents(target, now, &then, facts) {
        if !all.contains(&action) {
            all.push(action);
        }
    }
    all
}

/// What it is to make one object of another.
fn of_contents(target: &Target, now: &Value, then: &Value, facts: &Facts) -> Vec<Action> {
    use Action as A;
    let differs = |pointer: &str| present(now.pointer(pointer)) != present(then.pointer(pointer));
    let mut all = Vec::new();
    if replicas(target, now) != replicas(target, then) {
        all.push(A::Scale);
    }
    if images(now) != images(then) {
        all.push(A::SetImage);
    }
    // Its only effect is that pods are replaced, whichever annotation it is.
    if differs("/spec/template/metadata/annotations") {
        all.push(A::Restart);
    }
    match (flag(now, "/spec/paused"), flag(then, "/spec/paused")) {
        (false, true) => all.extend([A::PauseRollout, A::TogglePause]),
        (true, false) => all.extend([A::ResumeRollout, A::TogglePause]),
        _ => {}
    }
    if differs("/spec/strategy") || differs("/spec/updateStrategy") {
        all.push(A::Strategy);
    }
    if target.resource == Resource::SERVICES && differs("/spec/selector") {
        all.push(A::SwitchService);
    }
    if differs("/metadata/labels") {
        all.push(A::Label);
    }
    if differs("/metadata/annotations") {
        all.push(A::Annotate);
    }
    if leaves_its_owner(now, then, facts) {
        all.push(A::Orphan);
    }
    all
}

/// A value that says something: null and an empty map are as good as none.
fn present(value: Option<&Value>) -> Option<&Value> {
    value.filter(|value| !value.is_null() && value.as_object().is_none_or(|map| !map.is_empty()))
}

/// How many pods an object wants; one where its kind has that as the default.
fn replicas(target: &Target, object: &Value) -> Option<Value> {
    let defaults = ["Deployment", "StatefulSet", "ReplicaSet", "ReplicationController"];
    let default =
        || (object.is_object() && defaults.contains(&target.resource.kind.as_ref())).then(|| Value::from(1));
    present(object.pointer("/spec/replicas")).cloned().or_else(default)
}

/// All images of an object by where they stand, elements of lists by their names, so that their order is no change.
fn images(object: &Value) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for part in ["spec", "template"] {
        collect(part, &object[part], &mut found);
    }
    found
}

fn collect(path: &str, value: &Value, found: &mut BTreeMap<String, String>) {
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                match value {
                    Value::String(image) if key == "image" => {
                        found.insert(path.to_owned(), image.clone());
                    }
                    value => collect(&format!("{path}.{key}"), value, found),
                }
            }
        }
        Value::Array(list) => {
            for (at, one) in list.iter().enumerate() {
                let name =
                    one.get("name").and_then(Value::as_str).map_or_else(|| at.to_string(), str::to_owned);
                collect(&format!("{path}[{name}]"), one, found);
            }
        }
        _ => {}
    }
}

/// Whether the controller of an object lets it go: it is no longer named, or its selector no longer matches. Of a controller
/// that was not read it is not known what it selects by: any label that is not what it was may be it.
fn leaves_its_owner(now: &Value, then: &Value, facts: &Facts) -> bool {
    let Some(owner) = controller(now) else { return false };
    if controller(then).is_none_or(|other| other.uid != owner.uid) {
        return true;
    }
    let (was, is) = (labels(now), labels(then));
    match find(facts, &owner) {
        Some(keeper) => {
            let selector = keeper.pointer("/spec/selector");
            matches(selector, &was) && !matches(selector, &is)
        }
        None => was.iter().any(|(key, value)| is.get(key) != Some(value)),
    }
}

/// What the server makes of an apply, as near as it can be told: what the manifest names is so, a null is nothing, and what was
/// applied from here before and is no longer named goes, unless somebody else has it as well.
fn applied(now: &Value, manifest: &Value) -> Value {
    let mut then = laid("", now, manifest);
    let (ours, others): (Vec<&Value>, Vec<&Value>) =
        items(now, "/metadata/managedFields").iter().partition(|one| {
            text(one, "/manager") == MANAGER
                && text(one, "/operation") == "Apply"
                && text(one, "/subresource").is_empty()
        });
    let others: Vec<&Value> = others.into_iter().map(|one| &one["fieldsV1"]).collect();
    for own in ours {
        abandon(&own["fieldsV1"], manifest, &others, &mut then);
    }
    then
}

/// Maps whose keys go when the manifest names others (`x-kubernetes-map-type: atomic`).
const ATOMIC: &str = ".spec.selector";

fn laid(path: &str, here: &Value, wanted: &Value) -> Value {
    let named = |list: &[Value]| list.iter().all(|one| one.get("name").is_some());
    match (here, wanted) {
        (Value::Object(map), Value::Object(fields)) if path != ATOMIC => {
            let mut map = map.clone();
            for (key, wanted) in fields {
                let under = laid(&format!("{path}.{key}"), map.get(key).unwrap_or(&Value::Null), wanted);
                map.insert(key.clone(), under);
            }
            Value::Object(map)
        }
        (Value::Array(list), Value::Array(elements)) if named(list) && named(elements) => {
            let mut list = list.clone();
            for wanted in elements {
                match list.iter_mut().find(|one| one["name"] == wanted["name"]) {
                    Some(one) => *one = laid(&format!("{path}[]"), one, wanted),
                    None => list.push(wanted.clone()),
                }
            }
            Value::Array(list)
        }
        (_, wanted) => wanted.clone(),
    }
}

/// Takes fields out of an object that were ours (`fieldsV1`), that the manifest does not name, and that nobody else has.
fn abandon(fields: &Value, manifest: &Value, others: &[&Value], then: &mut Value) {
    let Some(fields) = fields.as_object() else { return };
    for (key, under) in fields {
        let shared: Vec<&Value> = others.iter().filter_map(|other| other.get(key)).collect();
        if let Some(field) = key.strip_prefix("f:") {
            let named = manifest.get(field).unwrap_or(&Value::Null);
            if manifest.get(field).is_none() && shared.is_empty() {
                then.as_object_mut().map(|map| map.remove(field));
            } else if let Some(then) = then.get_mut(field) {
                abandon(under, named, &shared, then);
            }
        } else if let Some(Ok(Value::Object(by))) = key.strip_prefix("k:").map(serde_json::from_str) {
            let is_it = |one: &Value| by.iter().all(|(key, value)| one.get(key) == Some(value));
            let named = manifest.as_array().and_then(|list| list.iter().find(|one| is_it(one)));
            let Some(list) = then.as_array_mut() else { continue };
            if named.is_none() && shared.is_empty() {
                list.retain(|one| !is_it(one));
            } else if let Some(then) = list.iter_mut().find(|one| is_it(one)) {
                abandon(under, named.unwrap_or(&Value::Null), &shared, then);
            }
        }
    }
}

#[cfg(test)]
mod tests;
