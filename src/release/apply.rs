//! Manifests as text: which objects they are for, what of them is applied, and who owns what they would change.
//!
//! `kubectl apply --server-side -f`: each document is one object, sent as it is by server-side apply. What a document may be is
//! kubectl's (`cli-runtime/pkg/resource`, `visitor.go` and `mapper.go`): YAML or JSON, several in one text, lists of objects.

use serde_json::Value;

use super::json::{items, text};
use super::request::Refusal;
use super::target::Target;
use super::yaml::{self, YamlError};
use super::{change::Change, plan::Line};
use crate::model::resource::Resource;

/// What only the server writes: it is no part of what is wanted, and is left out.
const LEFT_OUT: &[&str] = &[
    "managedFields",
    "uid",
    "resourceVersion",
    "generation",
    "creationTimestamp",
    "deletionTimestamp",
    "selfLink",
];

/// One object of a text.
#[derive(Debug, Clone, PartialEq)]
pub struct Manifest {
    /// The line in which its document begins, from 1.
    pub line: usize,
    /// Which object; whether there is one is not known yet.
    pub target: Target,
    /// What is wanted of it.
    pub object: Value,
    /// What was left out of it, since only the server writes it.
    pub left_out: Vec<String>,
}

/// What is wrong with a text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {words}")]
pub struct Fault {
    /// The line, from 1; 0 when it is not known.
    pub line: usize,
    /// In words.
    pub words: String,
}

impl From<YamlError> for Fault {
    fn from(error: YamlError) -> Self {
        Self { line: error.line, words: error.words }
    }
}

/// Which resource an `apiVersion` and a `kind` are; `None`: the server serves none.
pub type Lookup<'a> = &'a dyn Fn(&str, &str) -> Option<Resource>;

/// The resources that the program knows without asking.
pub fn known(api_version: &str, kind: &str) -> Option<Resource> {
    Resource::KNOWN.iter().find(|one| one.kind == kind && one.api_version() == api_version).cloned()
}

/// Reads a text; `namespace` is for objects that say none. All faults are told, not only the first.
pub fn read(text: &str, namespace: &str, lookup: Lookup<'_>) -> Result<Vec<Manifest>, Vec<Fault>> {
    let documents = yaml::documents(text).map_err(|error| vec![error.into()])?;
    let (mut manifests, mut faults): (Vec<Manifest>, Vec<Fault>) = (Vec::new(), Vec::new());
    for document in documents {
        for object in flat(document.value) {
            match manifest(object, document.line, namespace, lookup) {
                Ok(one) if manifests.iter().any(|known| known.target == one.target) => {
                    let words = format!("{} is there twice", one.target);
                    faults.push(Fault { line: one.line, words });
                }
                Ok(one) => manifests.push(one),
                Err(words) => faults.push(Fault { line: document.line, words }),
            }
        }
    }
    if manifests.is_empty() && faults.is_empty() {
        // kubectl's words.
        faults.push(Fault { line: 0, words: "no objects passed to apply".to_owned() });
    }
    if faults.is_empty() { Ok(manifests) } else { Err(faults) }
}

/// The objects of a document: of a list each of its items.
fn flat(value: Value) -> Vec<Value> {
    match (text(&value, "/kind").ends_with("List"), value.get("items")) {
        (true, Some(Value::Array(items))) => items.iter().cloned().flat_map(flat).collect(),
        _ => vec![value],
    }
}

fn manifest(mut object: Value, line: usize, namespace: &str, lookup: Lookup<'_>) -> Result<Manifest, String> {
    if !object.is_object() {
        return Err("this is no object: a manifest is a map of fields".to_owned());
    }
    let (api_version, kind) = (text(&object, "/apiVersion").to_owned(), text(&object, "/kind").to_owned());
    let unset: Vec<&str> = [("apiVersion", &api_version), ("kind", &kind)]
        .iter()
        .filter(|(_, value)| value.is_empty())
        .map(|(field, _)| *field)
        .collect();
    if !unset.is_empty() {
        return Err(format!("{} not set", unset.join(" and ")));
    }
    let Some(resource) = lookup(&api_version, &kind) else {
        return Err(format!(
            "no matches for kind {kind:?} in version {api_version:?}; its definition has to be there first"
        ));
    };
    let name = text(&object, "/metadata/name").to_owned();
    if name.is_empty() {
        let made = !text(&object, "/metadata/generateName").is_empty();
        let why = if made { ": server-side apply makes no names, so generateName does not help" } else { "" };
        return Err(format!("{kind}: resource name may not be empty{why}"));
    }
    let own = text(&object, "/metadata/namespace").to_owned();
    let namespace = match (resource.namespaced, own.is_empty()) {
        (false, _) => String::new(),
        (true, true) => namespace.to_owned(),
        (true, false) => own,
    };
    let left_out = leave_out(&mut object, &namespace);
    Ok(Manifest { line, target: Target::unborn(resource, namespace, name), object, left_out })
}

/// Takes out what only the server writes, and says what that was.
fn leave_out(object: &mut Value, namespace: &str) -> Vec<String> {
    let mut out = Vec::new();
    let Some(map) = object.as_object_mut() else { return out };
    out.extend(map.remove("status").map(|_| "status".to_owned()));
    if let Some(meta) = map.get_mut("metadata").and_then(Value::as_object_mut) {
        for field in LEFT_OUT {
            out.extend(meta.remove(*field).map(|_| format!("metadata.{field}")));
        }
        meta.remove("namespace");
        if !namespace.is_empty() {
            meta.insert("namespace".to_owned(), namespace.into());
        }
    }
    out
}

impl Manifest {
    /// What is wanted, as a change.
    pub fn change(&self, from: &str) -> Change {
        Change::Apply { manifest: Box::new(self.object.clone()), force: false, from: from.to_owned() }
    }
}

/// Fields that a manifest would change and that somebody else applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conflict {
    /// The other manager.
    pub manager: String,
    /// By which version and when, as the server says it; may be empty.
    pub using: String,
    /// Its fields, e.g. `.spec.replicas`.
    pub fields: Vec<String>,
}

/// The conflicts of a refused apply, from the server's `Status` (`managedfields/internal/conflict.go`: one cause for each
/// field); from its message when it names no causes.
pub fn conflicts(status: &Value) -> Vec<Conflict> {
    let mut all = Vec::new();
    for cause in items(status, "/details/causes") {
        if text(cause, "/reason") == "FieldManagerConflict"
            && let Some(head) = Head::of(text(cause, "/message"))
        {
            add(&mut all, &head, text(cause, "/field"));
        }
    }
    if all.is_empty() { conflicts_in(text(status, "/message")) } else { all }
}

/// The same from the message alone, where fields follow a manager: `Apply failed with 2 conflicts: conflicts with "a" using v1:`
/// and a line `- .x` for each. Line breaks may have become marks when the text was cleaned.
pub fn conflicts_in(message: &str) -> Vec<Conflict> {
    let message = message.replace('⏎', "\n");
    let mut all = Vec::new();
    let mut rest = message.as_str();
    while let Some(head) = Head::of(rest) {
        let end = [head.after.find("conflict with \""), head.after.find("conflicts with \"")];
        let end = end.into_iter().flatten().min().unwrap_or(head.after.len());
        let fields = head.after[..end].lines().map(|line| line.trim().trim_start_matches("- "));
        for field in fields.filter(|field| !field.is_empty()) {
            add(&mut all, &head, field);
        }
        rest = &head.after[end..];
    }
    all
}

/// The beginning of a conflict: `conflict with "kubectl" using apps/v1 at 2026-01-01T00:00:00Z: `.
struct Head<'a> {
    manager: String,
    using: &'a str,
    after: &'a str,
}

impl<'a> Head<'a> {
    /// The first of a text.
    fn of(text: &'a str) -> Option<Self> {
        let begins = ["conflict with \"", "conflicts with \""];
        let at = begins.iter().filter_map(|word| Some(text.find(word)? + word.len())).min()?;
        let quoted = &text[at..];
        // The name is quoted as Go does it.
        let mut escaped = false;
        let close = quoted.char_indices().find(|(_, c)| {
            let ends = *c == '"' && !escaped;
            escaped = *c == '\\' && !escaped;
            ends
        });
        let (close, _) = close?;
        let after = &quoted[close + 1..];
        // A time has colons, too, but none before a blank.
        let colon = after
            .match_indices(':')
            .map(|(at, _)| at)
            .find(|at| after[at + 1..].chars().next().is_none_or(char::is_whitespace));
        let (using, after) = colon.map_or((after, ""), |at| (&after[..at], &after[at + 1..]));
        Some(Self { manager: quoted[..close].replace("\\\"", "\""), using: using.trim(), after })
    }
}

fn add(all: &mut Vec<Conflict>, head: &Head<'_>, field: &str) {
    match all.iter_mut().find(|one| one.manager == head.manager && one.using == head.using) {
        Some(known) => known.fields.push(field.to_owned()),
        None => all.push(Conflict {
            manager: head.manager.clone(),
            using: head.using.to_owned(),
            fields: vec![field.to_owned()],
        }),
    }
}

impl Conflict {
    /// What it says in a plan.
    pub fn line(&self) -> Line {
        let using = if self.using.is_empty() { String::new() } else { format!(" ({})", self.using) };
        Line::warning(
            format!("owned by {}", self.manager),
            format!("{}{using}; force takes them over", self.fields.join(", ")),
        )
    }
}

/// Refuses a manifest that is for another object than the one that is there.
pub fn for_object(manifest: &Value, target: &Target) -> Result<(), Refusal> {
    let same = text(manifest, "/kind") == target.resource.kind
        && text(manifest, "/apiVersion") == target.resource.api_version()
        && text(manifest, "/metadata/name") == target.name
        && text(manifest, "/metadata/namespace") == target.namespace;
    if same { Ok(()) } else { Err(Refusal(format!("this manifest is not for {target}"))) }
}

#[cfg(test)]
mod tests;
