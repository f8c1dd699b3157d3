//! Labels and annotations as they are typed and as the API takes them, and the labels that part a pod from its controller.

use serde_json::Value;

use super::facts::{Facts, Found};
use super::json::{name, texts};
use super::labelled::{Labels, matches, needed, service_selects, with};
use super::pod::{self, Owner, controller};
use super::request::Refusal;
use crate::model::resource::Resource;

/// Keys with their new value; `None` takes one away.
pub type Keys = Vec<(String, Option<String>)>;

/// A label's name and its value have at most so many bytes (`api/validate/content/kube.go`).
const LONGEST: usize = 63;
/// A key's prefix has at most so many (`api/validate/content/dns.go`).
const LONGEST_PREFIX: usize = 253;
/// All annotations of an object have at most so many (`api/validation/objectmeta.go`, `TotalAnnotationSizeLimitB`).
const ANNOTATIONS: usize = 256 * 1024;

/// Which of the two maps is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    /// `metadata.labels`.
    Labels,
    /// `metadata.annotations`.
    Annotations,
}

impl Field {
    /// Its name in `metadata`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Labels => "labels",
            Self::Annotations => "annotations",
        }
    }
}

/// `key=value key2- other='with blanks'`, as `kubectl label` and `kubectl annotate` take it after the object. A label's text has
/// one `=` (`cmd/label/label.go`, `parseLabels`); an annotation's value may have more (`cmd/util`, `ParsePairs`).
pub fn parse(text: &str, field: Field) -> Result<Keys, Refusal> {
    let mut keys: Keys = Vec::new();
    for word in words(text)? {
        let pair = match (word.split_once('='), word.strip_suffix('-'), field) {
            (Some((_, value)), _, Field::Labels) if value.contains('=') => {
                return Err(Refusal(format!("invalid label spec: {word}")));
            }
            (Some((key, value)), ..) if !key.is_empty() => (key.to_owned(), Some(value.to_owned())),
            (None, Some(key), _) if !key.is_empty() => (key.to_owned(), None),
            (.., Field::Labels) => return Err(Refusal(format!("unknown label spec: {word}"))),
            (.., Field::Annotations) => return Err(Refusal(format!("invalid annotation format: {word}"))),
        };
        match keys.iter_mut().find(|(key, _)| *key == pair.0) {
            Some((_, value)) if value.is_some() != pair.1.is_some() => {
                let one = field.word().trim_end_matches('s');
                let article = if one.starts_with('a') { "an" } else { "a" };
                return Err(Refusal(format!(
                    "can not both modify and remove {article} {one} in the same command"
                )));
            }
            Some(known) => *known = pair,
            None => keys.push(pair),
        }
    }
    valid(&keys, field)?;
    Ok(keys)
}

/// The words of a line; quotes keep blanks together, as in a shell.
fn words(text: &str) -> Result<Vec<String>, Refusal> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    for c in text.chars() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (None, '\'' | '"') => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (None, c) if c.is_whitespace() => words.extend(word.take()),
            (_, c) => word.get_or_insert_default().push(c),
        }
    }
    if let Some(open) = quote {
        return Err(Refusal(format!("a quote {open} is open")));
    }
    words.extend(word);
    Ok(words)
}

/// Whether the API takes these keys and values.
pub fn valid(keys: &[(String, Option<String>)], field: Field) -> Result<(), Refusal> {
    let path = format!("metadata.{}", field.word());
    for (key, value) in keys {
        match (field, value) {
            (Field::Labels, _) => {
                valid_key(&path, key)?;
                valid_value(key, value.as_deref().unwrap_or_default())?;
            }
            // The API looks at annotation keys in lower case (`ValidateAnnotations`).
            (Field::Annotations, _) => valid_key(&path, &key.to_lowercase())?,
        }
    }
    let size: usize = keys.iter().map(|(key, value)| key.len() + value.as_ref().map_or(0, String::len)).sum();
    if field == Field::Annotations && size > ANNOTATIONS {
        return Err(Refusal(format!("{path}: Too long: may not be more than {ANNOTATIONS} bytes")));
    }
    Ok(())
}

/// Whether a key is a label key, in the API's words (`api/validate/content/kube.go`, `IsLabelKey`). `path` is where it stands.
pub fn valid_key(path: &str, key: &str) -> Result<(), Refusal> {
    const CHARS: &str = "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an \
        alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is \
        '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
    const DNS: &str = "prefix part a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' \
        or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is \
        '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
    let mut wrong: Vec<String> = Vec::new();
    let (prefix, name) = match key.split('/').collect::<Vec<_>>().as_slice() {
        [name] => (None, *name),
        [prefix, name] => (Some(*prefix), *name),
        _ => {
            return Err(Refusal(format!(
                "{path}: Invalid value: {key:?}: a valid label key {CHARS} with an optional DNS subdomain prefix and '/' \
                 (e.g. 'example.com/MyName')"
            )));
        }
    };
    match prefix {
        Some("") => wrong.push("prefix part must be non-empty".to_owned()),
        Some(prefix) => {
            if prefix.len() > LONGEST_PREFIX {
                wrong.push(format!("prefix part must be no more than {LONGEST_PREFIX} bytes"));
            }
            if !prefix.split('.').all(dns_label) {
                wrong.push(DNS.to_owned());
            }
        }
        None => {}
    }
    if name.is_empty() {
        wrong.push("name part must be non-empty".to_owned());
    } else if name.len() > LONGEST {
        wrong.push(format!("name part must be no more than {LONGEST} bytes"));
    }
    if !qualified(name) {
        wrong.push(format!("name part {CHARS}"));
    }
    if wrong.is_empty() {
        Ok(())
    } else {
        Err(Refusal(format!("{path}: Invalid value: {key:?}: {}", wrong.join("; "))))
    }
}

/// Whether a value is a label value, in kubectl's words (`cmd/label/label.go`, `api/validate/content/kube.go`,
/// `IsLabelValue`).
pub fn valid_value(key: &str, value: &str) -> Result<(), Refusal> {
    let mut wrong: Vec<String> = Vec::new();
    if value.len() > LONGEST {
        wrong.push(format!("must be no more than {LONGEST} bytes"));
    }
    if !(value.is_empty() || qualified(value)) {
        wrong.push(
            "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start \
             and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation \
             is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"
                .to_owned(),
        );
    }
    if wrong.is_empty() {
        return Ok(());
    }
    Err(Refusal(format!("invalid label value: {:?}: {}", format!("{key}={value}"), wrong.join(";"))))
}

fn qualified(text: &str) -> bool {
    let edge = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
    edge(text.chars().next())
        && edge(text.chars().next_back())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))
}

fn dns_label(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    text.starts_with(plain) && text.ends_with(plain) && text.chars().all(|c| plain(c) || c == '-')
}

/// The labels that part a pod from its controller, so that it goes on by itself and another one is made in its place.
///
/// A controller keeps a pod while its selector matches, and lets it go when it no longer does (`controller_ref_manager.go`,
/// `ClaimObject`). So the labels that the selector needs are taken away:
///
/// - `keep_serving`: all but those that a service asks for that selects the pod. Pods of deployments can always serve on,
///   since nobody but their ReplicaSet asks for `pod-template-hash`. Refused when nothing is left to take away.
/// - otherwise all of them, and of every service that would still select it the first key, too: it serves nobody, and
///   autoscalers, budgets and `kubectl logs deployment/…`, which go by the workload's labels, no longer count it.
///
/// They are taken away and not changed: a value of one's own could be some other controller's.
pub fn orphan(facts: &Facts, keep_serving: bool) -> Result<Keys, Refusal> {
    let object = &facts.gathered.object;
    let Some(owner) = controller(object) else {
        return Err(Refusal(format!("pod/{} has no controller already", name(object))));
    };
    let Some(keeper) = find(facts, &owner) else {
        return Err(Refusal(format!("{owner} was not found: which labels it asks for is not known")));
    };
    let labels = pod::labels(object);
    let selector = &keeper["spec"]["selector"];
    let services: Vec<(String, Labels)> = services(facts)
        .unwrap_or_default()
        .into_iter()
        .filter(|(_, one)| service_selects(one, &labels))
        .collect();
    let mut keys: Vec<String> = needed(selector).into_iter().filter(|key| labels.contains_key(key)).collect();
    if keep_serving {
        let asked = |key: &String| services.iter().any(|(_, selector)| selector.contains_key(key));
        keys.retain(|key| !asked(key));
        if keys.is_empty() {
            let names: Vec<&str> = services.iter().map(|(name, _)| name.as_str()).collect();
            return Err(Refusal(format!(
                "every label that {owner} asks for is asked for by service {} too: the pod cannot leave the one and stay \
                 with the other",
                names.join(", ")
            )));
        }
    } else {
        for (_, selector) in &services {
            if !selector.keys().any(|key| keys.contains(key)) {
                keys.extend(selector.keys().next().cloned());
            }
        }
    }
    Ok(keys.into_iter().map(|key| (key, None)).collect())
}

/// The controller of an owner reference, as far as it was read.
pub fn find<'a>(facts: &'a Facts, owner: &Owner) -> Option<&'a Value> {
    let resource = keeper(&owner.kind)?;
    facts.gathered.objects(&resource).iter().find(|one| super::json::uid(one) == owner.uid)
}

/// What keeps pods or ReplicaSets by a selector.
pub fn keeper(kind: &str) -> Option<Resource> {
    let kept =
        [Resource::REPLICA_SETS, Resource::STATEFUL_SETS, Resource::DAEMON_SETS, Resource::DEPLOYMENTS];
    kept.into_iter().find(|resource| resource.kind == kind)
}

/// The services of the namespace with their selectors; `None`: not known.
pub fn services(facts: &Facts) -> Option<Vec<(String, Labels)>> {
    if let Some(watched) = &facts.around.services {
        let pair = |service: &super::facts::ServiceFact| {
            (service.name.clone(), service.selector.iter().cloned().collect())
        };
        return Some(watched.iter().map(pair).collect());
    }
    match facts.gathered.list(&Resource::SERVICES) {
        Found::Known(services) => {
            let pair = |service: &Value| (name(service).to_owned(), texts(service, "/spec/selector"));
            Some(services.iter().map(pair).collect())
        }
        _ => None,
    }
}

/// ReplicaSets that would take a pod with other labels: those whose selector matches it, if it has no controller or its own
/// lets it go (`controller_ref_manager.go`, `ClaimObject`; one that is being deleted takes none).
pub fn adopters<'a>(facts: &'a Facts, then: &Labels) -> Vec<&'a Value> {
    let sets = facts.gathered.objects(&Resource::REPLICA_SETS).iter();
    sets.filter(|set| !pod::terminating(set) && matches(set.pointer("/spec/selector"), then)).collect()
}

/// The labels of an object after a change of them.
pub fn after(object: &Value, keys: &[(String, Option<String>)]) -> Labels {
    with(&pod::labels(object), keys)
}

#[cfg(test)]
mod tests;
