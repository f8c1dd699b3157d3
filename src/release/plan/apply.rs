//! A manifest by server-side apply: what it makes or changes, as far as that can be told before the server has merged it.
//!
//! Only the server knows what becomes of lists and of fields that are no longer named; its dry run answers with the object as it
//! would be, and [`exact`] says what that differs in.

use serde_json::Value;

use super::around::be;
use super::edit::{HIDDEN, consequences, difference_lines, is_workload};
use super::quotas::{self, Coming};
use super::{Draft, Level, Line, kubectl};
use crate::model::resource::Resource;
use crate::release::apply::for_object;
use crate::release::change::Propagation;
use crate::release::edit::shown;
use crate::release::facts::{Facts, Query};
use crate::release::follow::Goal;
use crate::release::json::{flag, texts};
use crate::release::request::{Refusal, apply};
use crate::release::{Change, Target};

/// What the plan asks for: the same as an edit that leaves the manifest's fields behind.
pub(super) fn lists(manifest: &Value, target: &Target, object: &Value) -> Vec<Query> {
    if object.is_null() {
        return if starts(target, manifest) > 0 { vec![quotas::query()] } else { Vec::new() };
    }
    super::edit::lists(None, &near("", object, manifest), target, object)
}

pub(super) fn draft(
    manifest: &Value,
    force: bool,
    change: &Change,
    target: &Target,
    facts: &Facts,
) -> Result<Draft, Refusal> {
    let object = &facts.gathered.object;
    for_object(manifest, target)?;
    let request = apply(target, object, manifest, force);
    let command = kubectl::command(change, target);
    if !target.is_bound() {
        let workload = is_workload(target);
        let words = format!(
            "{target} is not there yet: it is made; if somebody makes one meanwhile, this is merged into it"
        );
        let mut lines = vec![Line::effect("object", words)];
        lines.extend(made(target, manifest, facts));
        return Ok(Draft {
            request,
            goal: if workload && !flag(manifest, "/spec/paused") { Goal::Rollout } else { Goal::Written },
            inverse: Some(Change::Delete { propagation: Propagation::Background, grace: None }),
            lines,
            level: Level::Reversible,
            kubectl: command,
        });
    }
    let mut lines = differences(target, object, manifest);
    let differs = !lines.is_empty();
    if !differs {
        lines.push(Line::effect("fields", "none has another value: only who owns them is noted"));
    }
    if force {
        let words =
            "fields that others applied are taken over: they will not keep them any more, or take them back";
        lines.push(Line::warning("force", words));
    }
    lines.push(Line::effect(
        "other fields",
        "stay, but for those that dogwatch applied before and nobody else owns: the dry run says which",
    ));
    let then = near("", object, manifest);
    let (level, goal) = consequences(target, object, &then, facts, &mut lines);
    Ok(Draft {
        request,
        goal,
        inverse: Some(Change::Edit { base: None, wanted: Box::new(old(object)) }),
        lines,
        level: match (differs, force) {
            (_, true) => level.max(Level::Traffic),
            (true, false) => level,
            (false, false) => Level::Reversible,
        },
        kubectl: command,
    })
}

/// The object as it was, bound to no version.
fn old(object: &Value) -> Value {
    let mut old = shown(object);
    if let Some(meta) = old.get_mut("metadata").and_then(Value::as_object_mut) {
        meta.remove("resourceVersion");
        meta.remove("generation");
    }
    old
}

/// What differs by the server's own answer to the dry run.
pub fn exact(target: &Target, object: &Value, answered: &Value) -> Vec<Line> {
    difference_lines(target, object, answered)
}

/// How many pods an object starts that is made; of a DaemonSet the nodes decide that.
fn starts(target: &Target, manifest: &Value) -> i64 {
    if is_workload(target) && target.resource != Resource::DAEMON_SETS {
        crate::release::json::number(manifest, "/spec/replicas").unwrap_or(1)
    } else {
        0
    }
}

/// What an object that is made brings with it.
fn made(target: &Target, manifest: &Value, facts: &Facts) -> Vec<Line> {
    let mut lines = Vec::new();
    if is_workload(target) && target.resource != Resource::DAEMON_SETS {
        let replicas = starts(target, manifest);
        lines.push(Line::effect("pods", format!("{replicas} {} started", be(replicas))));
        let spec = manifest.pointer("/spec/template/spec").unwrap_or(&Value::Null);
        let coming = Coming { now: &Value::Null, ..Coming::more(spec, replicas) };
        lines.extend(quotas::lines(facts, &coming));
    }
    for (container, image) in crate::release::history::images(&manifest["spec"]["template"]) {
        lines.push(Line::change(format!("image of {container}"), "(not set)", image));
    }
    let selector = texts(manifest, "/spec/selector");
    if target.resource == Resource::SERVICES && !selector.is_empty() {
        lines.push(Line::effect("selector", crate::release::labelled::written(&selector)));
    }
    lines
}

/// The fields of a manifest that have another value in the object. Elements of lists are found by what the API tells them apart
/// by; what the object has beside them stays.
fn differences(target: &Target, object: &Value, manifest: &Value) -> Vec<Line> {
    let mut found = Vec::new();
    differ("", object, manifest, &mut found);
    let secret = target.resource == Resource::SECRETS;
    found
        .into_iter()
        .map(|(path, from, to)| {
            if secret && !path.starts_with("metadata.labels") {
                let hidden = |value: &Value| if value.is_null() { "(not set)" } else { HIDDEN };
                return Line::change(path, hidden(&from), hidden(&to));
            }
            Line::change(path, word(&from), word(&to))
        })
        .collect()
}

fn word(value: &Value) -> String {
    match value {
        Value::Null => "(not set)".to_owned(),
        Value::String(text) => text.clone(),
        value => value.to_string(),
    }
}

/// The keys by which the API tells elements of lists apart, the more telling first (`x-kubernetes-list-map-keys` and patch merge
/// keys of the built-in kinds).
const KEYS: &[&str] =
    &["name", "containerPort", "port", "mountPath", "devicePath", "key", "type", "ip", "topologyKey", "uid"];

/// Maps that are one value to an apply (`x-kubernetes-map-type: atomic`): a key that is not named goes.
const ATOMIC: &[&str] = &["spec.selector", "spec.template.spec.nodeSelector"];

/// The element of a list that is meant by another one.
fn same<'a>(list: &'a [Value], wanted: &Value) -> Option<&'a Value> {
    let key = KEYS.iter().find(|key| wanted.get(**key).is_some())?;
    list.iter().find(|one| one.get(*key) == wanted.get(*key))
}

fn differ(path: &str, here: &Value, wanted: &Value, found: &mut Vec<(String, Value, Value)>) {
    match (here, wanted) {
        (Value::Object(_) | Value::Null, Value::Object(fields))
            if !fields.is_empty() && !ATOMIC.contains(&path) =>
        {
            for (key, wanted) in fields {
                let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                if !matches!(path.as_str(), "apiVersion" | "kind" | "metadata.name" | "metadata.namespace") {
                    differ(&path, here.get(key).unwrap_or(&Value::Null), wanted, found);
                }
            }
        }
        (Value::Array(list), Value::Array(elements))
            if elements.iter().all(|one| same(list, one).is_some()) =>
        {
            for wanted in elements {
                let key = KEYS.iter().find_map(|key| wanted.get(*key)).map(word).unwrap_or_default();
                differ(&format!("{path}[{key}]"), same(list, wanted).unwrap_or(&Value::Null), wanted, found);
            }
        }
        (here, wanted) if here == wanted || wanted.is_null() => {}
        (here, wanted) => found.push((path.to_owned(), here.clone(), wanted.clone())),
    }
}

/// What the object is like afterwards, near enough to say what follows: maps are merged, and a list that the manifest does not
/// change is the object's own.
fn near(path: &str, object: &Value, manifest: &Value) -> Value {
    match (object, manifest) {
        (Value::Object(map), Value::Object(fields)) if !ATOMIC.contains(&path) => {
            let mut map = map.clone();
            for (key, wanted) in fields {
                let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                let then = near(&path, map.get(key).unwrap_or(&Value::Null), wanted);
                map.insert(key.clone(), then);
            }
            Value::Object(map)
        }
        (here, wanted) => {
            let mut found = Vec::new();
            differ(path, here, wanted, &mut found);
            if found.is_empty() { here.clone() } else { wanted.clone() }
        }
    }
}
