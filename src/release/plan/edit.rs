//! An edited object: what differs, and what follows from it where that is known (pods of another template, another selector,
//! labels of a pod).

use serde_json::Value;

use super::around::replaced;
use super::template::rollout_lines;
use super::{Draft, Level, Line, budgets, kubectl, labels, quotas, scale, selector};
use crate::model::diff::differences;
use crate::model::resource::Resource;
use crate::release::change::Merge;
use crate::release::edit::{NO_CHANGES, conflicts, difference, merged, same_object, shown};
use crate::release::facts::{Facts, Query};
use crate::release::follow::Goal;
use crate::release::json::{flag, number, texts};
use crate::release::labels::Keys;
use crate::release::request::{Refusal, bound};
use crate::release::selector::Preview;
use crate::release::{Change, Target};

/// Stands for a value of a Secret.
pub(super) const HIDDEN: &str = "(not shown)";

/// What the plan asks for: the same as the changes that are part of the edit.
pub(super) fn lists(base: Option<&Value>, wanted: &Value, target: &Target, object: &Value) -> Vec<Query> {
    let patch = difference(base.unwrap_or(object), wanted).filter(|_| wanted.is_object());
    let Some(patch) = patch else { return Vec::new() };
    let then = merged(object, &patch);
    if *then.get("spec").unwrap_or(&Value::Null) != object["spec"] && target.resource == Resource::SERVICES {
        return selector::lists(&whole(&then, "/spec/selector"), Merge::Replace, object);
    }
    if scaled(target, object, &then).is_some() {
        return scale::lists();
    }
    if is_workload(target) && then.pointer("/spec/template") != object.pointer("/spec/template") {
        return vec![budgets::query(), quotas::query()];
    }
    match changed(object, &then, "/metadata/labels") {
        keys if keys.is_empty() => Vec::new(),
        keys => labels::lists(&keys, target, object),
    }
}

pub(super) fn draft(
    base: Option<&Value>,
    wanted: &Value,
    target: &Target,
    facts: &Facts,
) -> Result<Draft, Refusal> {
    let object = &facts.gathered.object;
    let base = base.unwrap_or(object);
    same_object(&shown(object), &without_version(wanted), target)?;
    let Some(patch) = difference(base, wanted) else { return Err(Refusal(NO_CHANGES.to_owned())) };
    let collisions = conflicts(base, object, &patch);
    if !collisions.is_empty() {
        return Err(Refusal(format!(
            "{target} was changed meanwhile, where it was edited: {}; edit it again",
            collisions.join(", ")
        )));
    }
    let then = merged(object, &patch);
    if difference(object, &then).is_none() {
        return Err(Refusal(format!("{target} is so already")));
    }
    let mut lines = difference_lines(target, object, &then);
    let (level, goal) = consequences(target, object, &then, facts, &mut lines);
    let command = kubectl::patch(target, &patch);
    Ok(Draft {
        request: bound(target, object, patch),
        goal,
        inverse: Some(Change::Edit {
            base: Some(Box::new(without_version(&shown(&then)))),
            wanted: Box::new(without_version(&shown(object))),
        }),
        lines,
        level,
        kubectl: command,
    })
}

/// What differs, line by line; of Secrets only where.
pub(super) fn difference_lines(target: &Target, now: &Value, then: &Value) -> Vec<Line> {
    let secret = target.resource == Resource::SECRETS;
    let plain = |value: &Value| {
        let mut value = shown(value);
        if let Some(meta) = value.get_mut("metadata").and_then(Value::as_object_mut) {
            meta.retain(|key, _| {
                matches!(key.as_str(), "labels" | "annotations" | "finalizers" | "ownerReferences")
            });
        }
        value
    };
    differences(&plain(now), &plain(then))
        .iter()
        .map(|one| {
            let hidden = |value: &Option<String>| value.as_ref().map_or("(not set)", |_| HIDDEN).to_owned();
            if secret && !one.path.starts_with("metadata.labels") {
                return Line::change(one.path.clone(), hidden(&one.from), hidden(&one.to));
            }
            Line::change(one.path.clone(), one.from_words(), one.to_words())
        })
        .collect()
}

/// What follows from the edit, how much is at stake, and how one sees that it has happened.
pub(super) fn consequences(
    target: &Target,
    now: &Value,
    then: &Value,
    facts: &Facts,
    lines: &mut Vec<Line>,
) -> (Level, Goal) {
    let differs = |pointer: &str| now.pointer(pointer) != then.pointer(pointer);
    let replicas = scaled(target, now, then);
    if (is_workload(target) && differs("/spec")) || replicas.is_some() {
        let paused = flag(then, "/spec/paused");
        let rolls = is_workload(target) && differs("/spec/template");
        let mut level = Level::Traffic;
        if let Some((from, to)) = replicas {
            // A paused rollout makes more pods of the template that runs.
            let made_of = if paused { now } else { then };
            let spec = made_of.pointer("/spec/template/spec").unwrap_or(&Value::Null);
            let by_rollout = rolls && !paused && replaced(then) > 0;
            let (stake, follows) =
                scale::consequences(target, (from, to), (!by_rollout).then_some(spec), facts);
            level = level.max(stake);
            lines.extend(follows);
        }
        let empty = replicas.is_some_and(|(_, to)| to == 0);
        if rolls && !empty {
            lines.extend(rollout_lines(now, then, facts, paused));
        } else if replicas.is_none() {
            lines.push(Line::effect("pods", "keep their template: none is replaced by it"));
        }
        return (level, if paused || !is_workload(target) { Goal::Written } else { Goal::Rollout });
    }
    if target.resource == Resource::SERVICES && differs("/spec/selector") {
        return switch(target, then, facts, lines);
    }
    let keys = changed(now, then, "/metadata/labels");
    if !keys.is_empty() {
        let follow = labels::consequences(&keys, target, facts);
        let touches = follow.iter().any(|line| matches!(line, Line::Warning { .. } | Line::Unknown { .. }));
        lines.extend(follow);
        if touches {
            return (Level::Traffic, Goal::Written);
        }
    }
    let parts = || now.as_object().into_iter().chain(then.as_object()).flat_map(serde_json::Map::keys);
    let only_metadata =
        parts().all(|key| matches!(key.as_str(), "metadata" | "status") || now.get(key) == then.get(key));
    (if only_metadata { Level::Reversible } else { Level::Traffic }, Goal::Written)
}

/// Whether it has pods that a rollout replaces.
pub(super) fn is_workload(target: &Target) -> bool {
    matches!(target.resource.kind.as_ref(), "Deployment" | "StatefulSet" | "DaemonSet")
}

/// How many replicas there are now and then, when that differs.
fn scaled(target: &Target, now: &Value, then: &Value) -> Option<(i64, i64)> {
    let scales = matches!(
        target.resource.kind.as_ref(),
        "Deployment" | "StatefulSet" | "ReplicaSet" | "ReplicationController"
    );
    let of = |object: &Value| number(object, "/spec/replicas").unwrap_or(1);
    (scales && of(now) != of(then)).then(|| (of(now), of(then)))
}

/// Another selector, as a switch shows it. An edit is typed by hand, so what a switch refuses is a warning here; it is confirmed
/// like what is destructive, for a switch would have to be insisted on.
fn switch(target: &Target, then: &Value, facts: &Facts, lines: &mut Vec<Line>) -> (Level, Goal) {
    match Preview::of(&whole(then, "/spec/selector"), Merge::Replace, target, facts) {
        Err(refusal) => {
            lines.push(Line::warning("selector", refusal.0));
            (Level::Destructive, Goal::Written)
        }
        Ok(preview) => {
            let against = preview.against(facts.least_ready);
            let level = if against.is_some() { Level::Destructive } else { Level::Traffic };
            lines.extend(against.map(|refusal| Line::warning("endpoints", refusal.0)));
            lines.extend(selector::lines(&preview));
            (level, selector::goal(&preview))
        }
    }
}

/// All pairs of a map as keys to be set.
fn whole(object: &Value, pointer: &str) -> Keys {
    texts(object, pointer).into_iter().map(|(key, value)| (key, Some(value))).collect()
}

/// The pairs of a map that differ, with what they are then.
fn changed(now: &Value, then: &Value, pointer: &str) -> Keys {
    let (now, then) = (texts(now, pointer), texts(then, pointer));
    let gone = now.keys().filter(|key| !then.contains_key(*key)).map(|key| (key.clone(), None));
    let other = then.iter().filter(|(key, value)| now.get(*key) != Some(*value));
    gone.chain(other.map(|(key, value)| (key.clone(), Some(value.clone())))).collect()
}

/// An object that is bound to no version: what it was when it was read is no part of what is wanted.
fn without_version(object: &Value) -> Value {
    let mut object = object.clone();
    if let Some(meta) = object.get_mut("metadata").and_then(Value::as_object_mut) {
        meta.remove("resourceVersion");
        meta.remove("generation");
    }
    object
}
