//! The story's data: reads the YAML documents and puts their steps in the order of time.

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::{Value, json};

use super::super::resource::{Kinds, Resource};
use super::{name, namespace, number, text};

/// One thing that happened.
#[derive(Debug, Clone)]
pub(super) struct Step {
    /// When it is played.
    pub at: Timestamp,
    /// The creation time that the object gets: it may have come before it is played.
    pub created: Timestamp,
    /// What happened.
    pub act: Act,
}

/// What happened.
#[derive(Debug, Clone)]
pub(super) enum Act {
    /// Somebody created an object.
    Apply(&'static Resource, Value),
    /// Somebody changed an object by a merge patch.
    Patch { resource: &'static Resource, namespace: String, name: String, with: Value },
    /// Somebody rolled out another image.
    Revise {
        resource: &'static Resource,
        namespace: String,
        name: String,
        image: String,
        cause: String,
        behaviour: String,
        replicas: Option<i64>,
    },
    /// A node joined.
    Node(Value),
    /// A kubelet started a pod from a file.
    StaticPod(Value),
    /// A node stopped talking.
    Silence(String),
    /// A container of the first pod of this name ended.
    Crash { namespace: String, prefix: String, code: i64 },
}

/// The documents of a chapter, each a step or a workload with its history. Fails loudly in the tests only: a chapter
/// that cannot be read is left out.
pub(super) fn read(chapters: &[&str], now: Timestamp) -> Vec<Step> {
    let documents = chapters.iter().flat_map(|chapter| serde_yaml::Deserializer::from_str(chapter));
    let documents: Vec<Value> = documents.filter_map(|document| Value::deserialize(document).ok()).collect();
    // Kinds that the story itself defines.
    let mut kinds = Kinds::default();
    let objects = documents.iter().filter_map(|document| document.get("object"));
    objects.filter(|o| o["kind"] == "CustomResourceDefinition").for_each(|o| kinds.define(o));
    let mut steps: Vec<Step> = documents.iter().flat_map(|document| parse(document, &kinds, now)).collect();
    // The order of the data is kept among steps of the same time.
    steps.sort_by_key(|step| step.at);
    steps
}

/// `12d`, `5h`, `38m`, `20s`.
pub(super) fn ago(text: &str) -> Option<SignedDuration> {
    let unit = text.chars().last()?;
    let count: i64 = text[..text.len() - unit.len_utf8()].parse().ok()?;
    Some(match unit {
        'd' => SignedDuration::from_hours(24 * count),
        'h' => SignedDuration::from_hours(count),
        'm' => SignedDuration::from_mins(count),
        's' => SignedDuration::from_secs(count),
        _ => return None,
    })
}

/// A time before now, at a moment of the minute that differs from step to step.
fn moment(age: &str, salt: &str, now: Timestamp) -> Option<Timestamp> {
    let jitter = (super::fnv(salt.as_bytes()) % 50) as i64;
    let past = ago(age)? + SignedDuration::from_secs(jitter);
    now.saturating_sub(past).ok()
}

fn parse(document: &Value, kinds: &Kinds, now: Timestamp) -> Vec<Step> {
    let field = |key: &str| document.get(key).filter(|v| !v.is_null());
    let salt = document.to_string();
    // What joins the cluster first has no jitter: nodes and namespaces have to be there for the others.
    let first = field("node").is_some() || text(document, "/object/kind") == "Namespace";
    let age = text(document, "/at");
    let at = if first {
        ago(age).and_then(|a| now.saturating_sub(a + SignedDuration::from_mins(2)).ok())
    } else {
        moment(age, &salt, now)
    };
    let Some(at) = at else { return Vec::new() };
    let created = moment(text(document, "/created"), &salt, now).unwrap_or(at);
    let one = |act: Act| vec![Step { at, created, act }];
    if let Some(object) = field("object") {
        let kind = (text(object, "/apiVersion"), text(object, "/kind"));
        let resource = kinds.all().find(|r| r.is_of(kind.0, kind.1));
        return resource.map_or_else(Vec::new, |r| workload(r, document, object, at, created, now));
    }
    if let Some(described) = field("node") {
        return one(Act::Node(described.clone()));
    }
    if let Some(described) = field("pod") {
        return one(Act::StaticPod(described.clone()));
    }
    if let Some(node) = field("silence").and_then(Value::as_str) {
        return one(Act::Silence(node.to_owned()));
    }
    if let Some(crash) = field("crash") {
        return one(Act::Crash {
            namespace: text(crash, "/namespace").to_owned(),
            prefix: text(crash, "/prefix").to_owned(),
            code: number(crash, "/code").unwrap_or(1),
        });
    }
    if let Some(target) = field("patch") {
        let plural = text(target, "/resource");
        let found = kinds.all().find(|r| r.plural == plural);
        return found.map_or_else(Vec::new, |resource| {
            one(Act::Patch {
                resource,
                namespace: text(target, "/namespace").to_owned(),
                name: text(target, "/name").to_owned(),
                with: document["with"].clone(),
            })
        });
    }
    Vec::new()
}

/// An object and, for a workload, its later revisions. Until the first revision that is `live` it has no pods:
/// nobody can see the pods of the past, and playing them takes time.
fn workload(
    resource: &'static Resource,
    document: &Value,
    object: &Value,
    at: Timestamp,
    created: Timestamp,
    now: Timestamp,
) -> Vec<Step> {
    let history = document.get("history").and_then(Value::as_array).cloned().unwrap_or_default();
    let live_from = history
        .iter()
        .position(|entry| entry["live"] == json!(true))
        .unwrap_or(history.len().saturating_sub(1));
    let replicas = number(object, "/spec/replicas").unwrap_or(1);
    let mut steps = Vec::new();
    let mut object = object.clone();
    for (index, entry) in history.iter().enumerate() {
        let (image, cause) = (text(entry, "/image").to_owned(), text(entry, "/cause").to_owned());
        let behaviour = text(entry, "/behaviour").to_owned();
        let alive = (index >= live_from).then_some(replicas);
        if index == 0 {
            super::revise(&mut object, &image, &cause, &behaviour, Some(alive.unwrap_or(0)));
            steps.push(Step { at, created, act: Act::Apply(resource, object.clone()) });
            continue;
        }
        let Some(at) = moment(text(entry, "/age"), &format!("{image}{}", name(&object)), now) else {
            continue;
        };
        let act = Act::Revise {
            resource,
            namespace: namespace(&object).to_owned(),
            name: name(&object).to_owned(),
            image,
            cause,
            behaviour,
            replicas: alive,
        };
        steps.push(Step { at, created: at, act });
    }
    if steps.is_empty() {
        steps.push(Step { at, created, act: Act::Apply(resource, object) });
    }
    steps
}
