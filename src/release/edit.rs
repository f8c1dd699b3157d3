//! An object as text for an editor, and what became of the text: a change, nothing, or a reason to open it again.
//!
//! As `kubectl edit` does it (`cmd/util/editor/editoptions.go`): comments on top, an empty file or an unchanged object end the
//! edit, a text that cannot be used is opened again with the reason in its comments and nothing of it lost. Two differences:
//! `status` is not shown, since an edit cannot change it; and what is sent is a merge patch (RFC 7386) of what differs, with
//! lists as a whole, bound to the version that is there, so that lists of two people are never mixed.

use serde_json::{Map, Value};

use super::change::Change;
use super::history::plain;
use super::json::text;
use super::request::Refusal;
use super::target::Target;
use super::yaml;

/// kubectl's words when nothing differs.
pub const NO_CHANGES: &str = "Edit cancelled, no changes made.";
/// kubectl's words when there is nothing left.
pub const EMPTY: &str = "Edit cancelled, saved file was empty.";

/// kubectl's comment on top.
const INTRODUCTION: &str = "\
# Please edit the object below. Lines beginning with a '#' will be ignored,
# and an empty file will abort the edit. If an error occurs while saving this file will be
# reopened with the relevant failures.
#
# The status is not shown: it is what controllers report, and an edit cannot change it.
#
";
/// Below it is the user's text.
const END: &str = "# ---- the object ----\n";

/// Fields of `metadata` that only the server writes.
const KEPT: &[&str] =
    &["uid", "resourceVersion", "generation", "creationTimestamp", "deletionTimestamp", "selfLink"];

/// What became of an edited text.
#[derive(Debug, Clone, PartialEq)]
pub enum Edited {
    /// The object is wanted otherwise.
    Change(Change),
    /// Nothing is changed, in kubectl's words.
    Cancelled(&'static str),
    /// The text cannot be used; why, in words. [`again`] gives it back to the user.
    Again(String),
}

/// An object without what an edit does not show: `managedFields` and `status`.
pub fn shown(object: &Value) -> Value {
    let mut shown = object.clone();
    if let Some(map) = shown.as_object_mut() {
        map.remove("status");
    }
    if let Some(meta) = shown.get_mut("metadata").and_then(Value::as_object_mut) {
        meta.remove("managedFields");
    }
    shown
}

/// The text for the editor.
pub fn text_of(object: &Value) -> String {
    format!("{INTRODUCTION}{END}{}", yaml::text(&shown(object)))
}

/// The same text again, with the reasons as comments on top; everything below the comments stays as it was typed.
pub fn again(edited: &str, why: &str) -> String {
    let reasons: Vec<String> = why.lines().map(|line| format!("# {line}")).collect();
    format!("{INTRODUCTION}{}\n#\n{END}{}", reasons.join("\n"), body(edited))
}

/// What the user typed.
fn body(edited: &str) -> &str {
    edited.split_once(END).map_or(edited, |(_, body)| body)
}

/// How the API begins what is wrong with a field (`field.ErrorType`).
const WRONG: &[&str] = &[
    "Invalid value",
    "Required value",
    "Unsupported value",
    "Duplicate value",
    "Forbidden",
    "Not found",
    "Too long",
    "Too many",
    "Internal error",
];

/// The server's words about a text that it rejected, from its message: a line for each field, as kubectl shows them
/// (`editResults.addError`).
pub fn rejected(target: &Target, said: &str) -> String {
    let what = format!("{} {:?}", target.resource.group_resource(), target.name);
    let Some((_, fields)) = said.split_once(" is invalid: ") else {
        return format!("{what} could not be patched: {said}");
    };
    let list = fields.strip_prefix('[').and_then(|fields| fields.strip_suffix(']')).unwrap_or(fields);
    let mut lines: Vec<String> = Vec::new();
    for part in list.split(", ") {
        // What a message says may have commas of its own: a new one begins with a field and what is wrong with it.
        let begins = part.split_once(": ").is_some_and(|(field, said)| {
            !field.contains(' ') && WRONG.iter().any(|word| said.starts_with(word))
        });
        match lines.last_mut() {
            Some(line) if !begins => *line = format!("{line}, {part}"),
            _ => lines.push(format!("* {part}")),
        }
    }
    format!("{what} was not valid:\n{}", lines.join("\n"))
}

/// Reads an edited text. `original` is the object that [`text_of`] was given.
pub fn read(edited: &str, original: &Value, target: &Target) -> Edited {
    let full = edited.lines().any(|line| !line.trim().is_empty() && !line.trim_start().starts_with('#'));
    if !full {
        return Edited::Cancelled(EMPTY);
    }
    let documents = match yaml::documents(edited) {
        Ok(documents) => documents,
        Err(error) => return Edited::Again(format!("The edited file had a syntax error: {error}")),
    };
    let wanted = match documents.as_slice() {
        [one] if one.value.is_object() => &one.value,
        [_] => return Edited::Again("The edited file is no object: it must be a map of fields".to_owned()),
        _ => {
            return Edited::Again(format!(
                "The edited file has {} documents: only one is edited",
                documents.len()
            ));
        }
    };
    let base = shown(original);
    if let Err(refusal) = same_object(&base, wanted, target) {
        return Edited::Again(refusal.0);
    }
    if difference(&base, wanted).is_none() {
        return Edited::Cancelled(NO_CHANGES);
    }
    Edited::Change(Change::Edit { base: Some(Box::new(base)), wanted: Box::new(wanted.clone()) })
}

/// Refuses what would be another object, or what only the server writes.
pub fn same_object(base: &Value, wanted: &Value, target: &Target) -> Result<(), Refusal> {
    if ["/apiVersion", "/kind", "/metadata/name"].iter().any(|field| text(base, field) != text(wanted, field))
    {
        return Err(Refusal("At least one of apiVersion, kind and name was changed".to_owned()));
    }
    let (here, there) = (text(base, "/metadata/namespace"), text(wanted, "/metadata/namespace"));
    if here != there && !there.is_empty() {
        return Err(Refusal(format!(
            "the namespace from the provided object {there:?} does not match the namespace {here:?}"
        )));
    }
    if wanted.get("status").is_some_and(|status| !status.is_null()) {
        return Err(Refusal(format!(
            "status: it is what controllers report; an edit of {target} cannot change it"
        )));
    }
    for field in KEPT.iter().chain(&["managedFields"]) {
        let of = |value: &Value| value["metadata"].get(field).filter(|value| !value.is_null()).cloned();
        if let Some(there) = of(wanted).filter(|there| of(base).as_ref() != Some(there)) {
            return Err(Refusal(format!(
                "metadata.{field}: Invalid value: {there}: only the server writes it; it may be left out"
            )));
        }
    }
    Ok(())
}

/// The patch from one object to another, without what an edit cannot change; `None`: they are the same.
pub fn difference(from: &Value, to: &Value) -> Option<Value> {
    let editable = |value: &Value| {
        let mut value = shown(value);
        if let Some(meta) = value.get_mut("metadata").and_then(Value::as_object_mut) {
            // A namespace that is left out stays.
            meta.retain(|key, _| !KEPT.contains(&key.as_str()) && key != "namespace");
        }
        value
    };
    merge_patch(&editable(from), &editable(to))
}

/// The merge patch (RFC 7386) that makes `to` of `from`; `None`: they are the same. Null is the same as absent, as it is in
/// the API.
pub fn merge_patch(from: &Value, to: &Value) -> Option<Value> {
    let (Value::Object(one), Value::Object(other)) = (from, to) else {
        return (from != to).then(|| without_nulls(to));
    };
    let there = |map: &Map<String, Value>, key: &str| map.get(key).filter(|value| !value.is_null()).cloned();
    let mut patch = Map::new();
    for key in one.keys().chain(other.keys()) {
        match (there(one, key), there(other, key)) {
            (Some(_), None) => {
                patch.insert(key.clone(), Value::Null);
            }
            (Some(from), Some(to)) => patch.extend(merge_patch(&from, &to).map(|value| (key.clone(), value))),
            (None, Some(to)) => {
                patch.insert(key.clone(), without_nulls(&to));
            }
            (None, None) => {}
        }
    }
    (!patch.is_empty()).then_some(Value::Object(patch))
}

/// A value without the nulls of its maps: in a patch they would be orders to take away.
fn without_nulls(value: &Value) -> Value {
    match value {
        Value::Object(map) => {
            let kept = map.iter().filter(|(_, value)| !value.is_null());
            kept.map(|(key, value)| (key.clone(), without_nulls(value))).collect::<Map<_, _>>().into()
        }
        value => value.clone(),
    }
}

/// Applies a merge patch: what the server makes of it.
pub fn merged(object: &Value, patch: &Value) -> Value {
    let Value::Object(fields) = patch else { return patch.clone() };
    let mut map = object.as_object().cloned().unwrap_or_default();
    for (key, value) in fields {
        if value.is_null() {
            map.remove(key);
        } else {
            let under = map.get(key).cloned().unwrap_or(Value::Null);
            map.insert(key.clone(), merged(&under, value));
        }
    }
    Value::Object(map)
}

/// What a patch touches and somebody else changed since `base` was read: paths, with the value of then and of now.
///
/// A base with a `resourceVersion` was read from the server: what differs from it was changed. One without is what a patch was
/// expected to leave: the server may have filled in defaults, so it only has to be contained.
pub fn conflicts(base: &Value, current: &Value, patch: &Value) -> Vec<String> {
    let version = text(base, "/metadata/resourceVersion");
    if !version.is_empty() && version == text(current, "/metadata/resourceVersion") {
        return Vec::new();
    }
    let mut found = Vec::new();
    collide("", base, current, patch, version.is_empty(), &mut found);
    found
}

fn collide(path: &str, base: &Value, current: &Value, patch: &Value, filled: bool, found: &mut Vec<String>) {
    if let (Value::Object(fields), true, true) = (patch, base.is_object(), current.is_object()) {
        for (key, patch) in fields {
            let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
            let of = |value: &Value| value.get(key).cloned().unwrap_or(Value::Null);
            collide(&path, &of(base), &of(current), patch, filled, found);
        }
        return;
    }
    let (was, is) = (meant(base), meant(current));
    let same = if filled { contains(&is, &was) } else { was == is };
    if !same && is != meant(patch) {
        let word = |value: &Value| if value.is_null() { "nothing".to_owned() } else { value.to_string() };
        found.push(format!("{path} ({} then, {} now)", word(base), word(current)));
    }
}

/// [`plain`], with nothing for what is empty as a whole: the server leaves out a map whose last key was taken away.
fn meant(value: &Value) -> Value {
    match plain(value) {
        Value::Object(map) if map.is_empty() => Value::Null,
        Value::Array(list) if list.is_empty() => Value::Null,
        value => value,
    }
}

/// Whether everything of `part` is in `whole`; lists have as many elements.
fn contains(whole: &Value, part: &Value) -> bool {
    match (whole, part) {
        (Value::Object(whole), Value::Object(part)) => {
            part.iter().all(|(key, value)| whole.get(key).is_some_and(|whole| contains(whole, value)))
        }
        (Value::Array(whole), Value::Array(part)) => {
            whole.len() == part.len() && whole.iter().zip(part).all(|(whole, part)| contains(whole, part))
        }
        (whole, part) => whole == part,
    }
}

#[cfg(test)]
mod tests;
