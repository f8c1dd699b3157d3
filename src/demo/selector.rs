//! Label and field selectors as queries carry them.
//!
//! Pure: text to selector, selector against an object.

use super::object::{Labels, Object};
use super::resource::Resource;
use super::status::ApiError;

/// One condition on labels.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Requirement {
    key: String,
    rule: Rule,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Rule {
    In(Vec<String>),
    NotIn(Vec<String>),
    Exists,
    Absent,
}

/// A label selector: every requirement must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LabelSelector(Vec<Requirement>);

impl LabelSelector {
    /// Reads `a=b,c!=d,e in (f,g),h,!i`.
    pub fn parse(text: &str) -> Result<Self, ApiError> {
        let refused = |why: &str| {
            ApiError::bad_request(format!(
                "unable to parse requirement: {why}, expected: a label selector, found '{text}'"
            ))
        };
        let parts = split_outside_parentheses(text).ok_or_else(|| refused("unbalanced parentheses"))?;
        let mut requirements = Vec::new();
        for part in parts.into_iter().map(str::trim).filter(|part| !part.is_empty()) {
            requirements.push(requirement(part).ok_or_else(|| refused("invalid term"))?);
        }
        Ok(Self(requirements))
    }

    /// The selector of a map: every pair must be there.
    pub fn of_pairs(pairs: &Labels) -> Self {
        let one = |(key, value): (&String, &String)| Requirement {
            key: key.clone(),
            rule: Rule::In(vec![value.clone()]),
        };
        Self(pairs.iter().map(one).collect())
    }

    /// Whether it selects everything.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether labels satisfy it.
    pub fn matches(&self, labels: &Labels) -> bool {
        self.0.iter().all(|r| {
            let value = labels.get(&r.key);
            match &r.rule {
                Rule::In(values) => value.is_some_and(|v| values.contains(v)),
                Rule::NotIn(values) => value.is_none_or(|v| !values.contains(v)),
                Rule::Exists => value.is_some(),
                Rule::Absent => value.is_none(),
            }
        })
    }
}

fn split_outside_parentheses(text: &str) -> Option<Vec<&str>> {
    let (mut parts, mut start, mut inside) = (Vec::new(), 0, false);
    for (at, c) in text.char_indices() {
        match c {
            '(' if !inside => inside = true,
            ')' if inside => inside = false,
            '(' | ')' => return None,
            ',' if !inside => {
                parts.push(&text[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&text[start..]);
    (!inside).then_some(parts)
}

fn requirement(part: &str) -> Option<Requirement> {
    let make = |key: &str, rule| {
        let key = key.trim();
        let good = !key.is_empty()
            && key.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '/'));
        good.then(|| Requirement { key: key.to_owned(), rule })
    };
    let one = |value: &str| vec![value.trim().to_owned()];
    if let Some(key) = part.strip_prefix('!') {
        return make(key, Rule::Absent);
    }
    if let Some((head, values)) = part.strip_suffix(')').and_then(|p| p.split_once('(')) {
        let values: Vec<String> = values.split(',').map(|v| v.trim().to_owned()).collect();
        let (key, word) = head.trim().rsplit_once(char::is_whitespace)?;
        return match word {
            "in" => make(key, Rule::In(values)),
            "notin" => make(key, Rule::NotIn(values)),
            _ => None,
        };
    }
    if let Some((key, value)) = part.split_once("!=") {
        return make(key, Rule::NotIn(one(value)));
    }
    if let Some((key, value)) = part.split_once("==").or_else(|| part.split_once('=')) {
        return make(key, Rule::In(one(value)));
    }
    make(part, Rule::Exists)
}

/// A field selector: pairs of field and value, each equal or not.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FieldSelector(Vec<(String, bool, String)>);

impl FieldSelector {
    /// Reads `metadata.name=x,status.phase!=Running`; 400 for fields that a kind cannot be selected by.
    pub fn parse(res: &Resource, text: &str) -> Result<Self, ApiError> {
        let mut terms = Vec::new();
        for part in text.split(',').filter(|part| !part.is_empty()) {
            let (field, equal, value) = if let Some((field, value)) = part.split_once("!=") {
                (field, false, value)
            } else if let Some((field, value)) = part.split_once("==").or_else(|| part.split_once('=')) {
                (field, true, value)
            } else {
                let message = format!("invalid selector: '{text}'; can't understand '{part}'");
                return Err(ApiError::bad_request(message));
            };
            if !selectable(res, field) {
                let what = format!("{}, Resource={}", res.api_version(), res.plural);
                let message = format!(
                    "Unable to find \"{what}\" that match label selector \"\", field selector \"{text}\": field label not supported: {field}"
                );
                return Err(ApiError::bad_request(message));
            }
            terms.push((field.to_owned(), equal, value.to_owned()));
        }
        Ok(Self(terms))
    }

    /// Whether it selects everything.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The one name that it asks for, if it does.
    pub fn name(&self) -> Option<&str> {
        self.0.iter().find(|(f, equal, _)| f == "metadata.name" && *equal).map(|(_, _, v)| v.as_str())
    }

    /// Whether an object satisfies it.
    pub fn matches(&self, object: &Object) -> bool {
        self.0.iter().all(|(field, equal, value)| (field_of(object, field) == *value) == *equal)
    }
}

fn selectable(res: &Resource, field: &str) -> bool {
    if field == "metadata.name" || (field == "metadata.namespace" && res.namespaced) {
        return true;
    }
    let fields: &[&str] = match res.plural {
        "pods" => &[
            "spec.nodeName",
            "spec.restartPolicy",
            "spec.schedulerName",
            "spec.serviceAccountName",
            "spec.hostNetwork",
            "status.phase",
            "status.podIP",
            "status.nominatedNodeName",
        ],
        "events" => &[
            "involvedObject.kind",
            "involvedObject.namespace",
            "involvedObject.name",
            "involvedObject.uid",
            "involvedObject.apiVersion",
            "involvedObject.resourceVersion",
            "involvedObject.fieldPath",
            "reason",
            "reportingComponent",
            "source",
            "type",
        ],
        "secrets" => &["type"],
        "namespaces" => &["status.phase"],
        "nodes" => &["spec.unschedulable"],
        "replicasets" => &["status.replicas"],
        "jobs" => &["status.successful"],
        _ => &[],
    };
    fields.contains(&field)
}

fn field_of(object: &Object, field: &str) -> String {
    match field {
        "metadata.name" => return object.name.to_string(),
        "metadata.namespace" => return object.namespace.to_string(),
        "source" => return object.text(&["source", "component"]).unwrap_or_default(),
        _ => {}
    }
    let path: Vec<&str> = field.split('.').collect();
    if let Some(text) = object.text(&path) {
        return text;
    }
    let raw = sonic_rs::get_from_slice(object.json.as_ref(), path.as_slice());
    match raw {
        Ok(raw) => raw.as_raw_str().to_owned(),
        Err(_) if matches!(field, "spec.unschedulable" | "spec.hostNetwork") => "false".to_owned(),
        Err(_) => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::demo::clock::Clock;
    use crate::demo::resource::{CONFIGMAPS, PODS};
    use crate::demo::store::Store;

    #[test]
    fn label_selectors_follow_the_set_rules() {
        let labels = Labels::from([("app".into(), "web".into()), ("track".into(), "canary".into())]);
        let table = [
            ("", true),
            ("app=web", true),
            ("app==web,track!=stable", true),
            ("app in (web, api),track notin (stable)", true),
            ("app notin (web)", false),
            ("track", true),
            ("!track", false),
            ("!tier", true),
            ("tier!=x", true),
            ("tier notin (x)", true),
            ("tier in (x)", false),
            ("app=api", false),
        ];
        for (text, expected) in table {
            assert_eq!(LabelSelector::parse(text).unwrap().matches(&labels), expected, "{text}");
        }
        for bad in ["a in (b", "a b", "=x", "a)"] {
            assert_eq!(LabelSelector::parse(bad).unwrap_err().code, 400, "{bad}");
        }
    }

    #[test]
    fn field_selectors_read_the_object() {
        let store = Store::new(Clock::wall(), 1);
        let pod = json!({"metadata": {"name": "p", "namespace": "a"}, "spec": {"nodeName": "n1"},
            "status": {"phase": "Running"}});
        let pod = store.create(PODS, pod).unwrap();
        let table = [
            ("spec.nodeName=n1", true),
            ("spec.nodeName=n1,status.phase!=Running", false),
            ("metadata.name==p,metadata.namespace=a", true),
            ("status.podIP=", true),
            ("spec.hostNetwork=false", true),
        ];
        for (text, expected) in table {
            assert_eq!(FieldSelector::parse(PODS, text).unwrap().matches(&pod), expected, "{text}");
        }
        assert_eq!(FieldSelector::parse(CONFIGMAPS, "data.x=1").unwrap_err().code, 400);
        assert_eq!(FieldSelector::parse(PODS, "metadata.name=p").unwrap().name(), Some("p"));
    }
}
