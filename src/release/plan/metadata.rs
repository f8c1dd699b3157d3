//! Labels and annotations, with what follows from a label: who selects the pod, and who owns it.

use super::around::pairs;
use super::{Draft, Level, Line, kubectl};
use crate::release::facts::{Facts, selects};
use crate::release::follow::Goal;
use crate::release::json::{text, texts};
use crate::release::request::{Refusal, simple};
use crate::release::{Change, Target};

/// The syntax of label values and of the name part of keys (`apimachinery/pkg/util/validation`).
const LONGEST: usize = 63;

pub(super) fn draft(
    field: &'static str,
    keys: &[(String, Option<String>)],
    change: &Change,
    target: &Target,
    facts: &Facts,
) -> Result<Draft, Refusal> {
    let object = &facts.gathered.object;
    for (key, value) in keys {
        valid_key(key)?;
        if field == "labels" {
            valid_value(value.as_deref().unwrap_or_default())?;
        }
    }
    let now = texts(object, &format!("/metadata/{field}"));
    let word = field.trim_end_matches('s');
    let mut lines = Vec::new();
    for (key, value) in keys.iter().filter(|(key, value)| now.get(key) != value.as_ref()) {
        let from = now.get(key).map_or("(not set)", String::as_str);
        lines.push(Line::change(format!("{word} {key}"), from, value.as_deref().unwrap_or("(removed)")));
    }
    let mut level = Level::Reversible;
    if field == "labels" && target.resource == crate::model::resource::Resource::PODS {
        let (consequences, touches) = pod_lines(keys, facts);
        lines.extend(consequences);
        if touches {
            level = Level::Traffic;
        }
    }
    let before = keys.iter().map(|(key, _)| (key.clone(), now.get(key).cloned())).collect();
    Ok(Draft {
        request: simple(change, target, object, true)?,
        goal: Goal::Metadata { field, keys: keys.to_vec() },
        inverse: Some(match field {
            "labels" => Change::Labels { keys: before },
            _ => Change::Annotations { keys: before },
        }),
        lines,
        level,
        kubectl: kubectl::command(change, target),
    })
}

/// What a pod leaves and joins by other labels; whether it leaves or joins anything.
fn pod_lines(keys: &[(String, Option<String>)], facts: &Facts) -> (Vec<Line>, bool) {
    let object = &facts.gathered.object;
    let now = pairs(object, "/metadata/labels");
    let mut then: Vec<(String, String)> =
        now.iter().filter(|(key, _)| !keys.iter().any(|(named, _)| named == key)).cloned().collect();
    then.extend(keys.iter().filter_map(|(key, value)| Some((key.clone(), value.clone()?))));
    then.sort();
    let mut lines = Vec::new();
    for service in facts.around.services.iter().flatten() {
        let (was, is) = (selects(&service.selector, &now), selects(&service.selector, &then));
        let words = match (was, is) {
            (true, false) => {
                format!("it leaves: {}/{} ready now, one fewer after", service.ready, service.total)
            }
            (false, true) => format!(
                "it joins: {}/{} ready now, it is added when it is ready",
                service.ready, service.total
            ),
            _ => continue,
        };
        lines.push(Line::warning(format!("service {}", service.name), words));
    }
    if facts.around.services.is_none() {
        let why = "the namespace is not on the screen".to_owned();
        lines.push(Line::Unknown { what: "services".to_owned(), why });
    }
    let owner = text(object, "/metadata/ownerReferences/0/name");
    if text(object, "/metadata/ownerReferences/0/kind") == "ReplicaSet" {
        // A ReplicaSet's selector has its deployment's labels and the hash; what the pod was made with is all of them.
        let hash = now.iter().find(|(key, _)| key == crate::release::history::HASH);
        let keeps = hash.is_none_or(|hash| then.contains(hash))
            && keys.iter().all(|(key, value)| {
                let was = now.iter().find(|(known, _)| known == key).map(|(_, value)| value);
                was.is_none() || was == value.as_ref() || !selected_by_owner(key, facts)
            });
        if !keeps {
            let words = format!(
                "it leaves ReplicaSet {owner}, which starts another one; this pod goes on without an owner"
            );
            lines.push(Line::warning("orphan", words));
        }
    }
    let touches = !lines.is_empty();
    (lines, touches)
}

/// Whether a label may be one that the pod's controller selects by: all its siblings have the same value.
fn selected_by_owner(key: &str, facts: &Facts) -> bool {
    let object = &facts.gathered.object;
    let owner = text(object, "/metadata/ownerReferences/0/uid");
    let siblings = facts.around.pods.iter().flatten().filter(|pod| pod.owner == owner);
    let value = texts(object, "/metadata/labels").get(key).cloned();
    siblings
        .into_iter()
        .all(|pod| pod.labels.iter().find(|(known, _)| known == key).map(|(_, v)| v) == value.as_ref())
}

fn valid_key(key: &str) -> Result<(), Refusal> {
    let (prefix, name) = key.rsplit_once('/').map_or((None, key), |(prefix, name)| (Some(prefix), name));
    if let Some(prefix) = prefix
        && (prefix.is_empty() || prefix.len() > 253 || !prefix.split('.').all(dns_label))
    {
        return Err(Refusal(format!("`{key}`: its prefix must be a DNS name")));
    }
    if name.is_empty() || name.len() > LONGEST || !qualified(name) {
        return Err(Refusal(format!(
            "`{key}`: a key has at most {LONGEST} letters, digits, -, _ and ., and begins and ends with a letter or digit"
        )));
    }
    Ok(())
}

fn valid_value(value: &str) -> Result<(), Refusal> {
    if value.len() > LONGEST || !(value.is_empty() || qualified(value)) {
        return Err(Refusal(format!(
            "`{value}`: a label value has at most {LONGEST} letters, digits, -, _ and ., and begins and ends with a letter or digit"
        )));
    }
    Ok(())
}

fn qualified(text: &str) -> bool {
    let edge = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
    edge(text.chars().next())
        && edge(text.chars().next_back())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))
}

fn dns_label(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= LONGEST
        && !text.starts_with('-')
        && !text.ends_with('-')
        && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
}
