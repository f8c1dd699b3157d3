//! What differs between two JSON trees, as a person reads it: by path, lists of named things by their names.

use serde_json::Value;

/// One difference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// Where, e.g. `spec.containers[web].image`.
    pub path: String,
    /// What was there; `None`: nothing.
    pub from: Option<String>,
    /// What is there afterwards; `None`: nothing.
    pub to: Option<String>,
}

/// A value longer than this is cut: a diff is read, not copied.
const LONGEST: usize = 160;

/// The differences, in the order of the keys.
pub fn differences(from: &Value, to: &Value) -> Vec<Difference> {
    let mut out = Vec::new();
    compare("", Some(from), Some(to), &mut out);
    out
}

fn compare(path: &str, from: Option<&Value>, to: Option<&Value>, out: &mut Vec<Difference>) {
    let (from, to) = (from.filter(|value| !value.is_null()), to.filter(|value| !value.is_null()));
    if from == to {
        return;
    }
    match (from, to) {
        (Some(Value::Object(_)) | None, Some(Value::Object(_))) | (Some(Value::Object(_)), None) => {
            let map = |value: Option<&Value>| value.and_then(Value::as_object).cloned().unwrap_or_default();
            let (from_map, to_map) = (map(from), map(to));
            if from_map.is_empty() && to_map.is_empty() {
                out.push(difference(path, from, to));
            }
            let mut keys: Vec<&String> = from_map.keys().chain(to_map.keys()).collect();
            keys.sort();
            keys.dedup();
            for key in keys {
                compare(&join(path, key), from_map.get(key), to_map.get(key), out);
            }
        }
        (Some(Value::Array(_)) | None, Some(Value::Array(_))) | (Some(Value::Array(_)), None)
            if named(from) && named(to) =>
        {
            let list = |value: Option<&Value>| value.and_then(Value::as_array).cloned().unwrap_or_default();
            let (from_list, to_list) = (list(from), list(to));
            let mut names: Vec<&str> = Vec::new();
            for name in from_list.iter().chain(&to_list).filter_map(name_of) {
                if !names.contains(&name) {
                    names.push(name);
                }
            }
            for name in names {
                // The name is in the path.
                let find = |list: &[Value]| {
                    let mut found = list.iter().find(|value| name_of(value) == Some(name)).cloned();
                    if let Some(map) = found.as_mut().and_then(Value::as_object_mut) {
                        map.remove("name");
                    }
                    found
                };
                let (one, other) = (find(&from_list), find(&to_list));
                compare(&format!("{path}[{name}]"), one.as_ref(), other.as_ref(), out);
            }
        }
        _ => out.push(difference(path, from, to)),
    }
}

fn difference(path: &str, from: Option<&Value>, to: Option<&Value>) -> Difference {
    Difference { path: path.to_owned(), from: from.map(show), to: to.map(show) }
}

fn join(path: &str, key: &str) -> String {
    let key = if key.contains(['.', '/']) { format!("[{key}]") } else { key.to_owned() };
    match (path.is_empty(), key.starts_with('[')) {
        (true, _) => key,
        (false, true) => format!("{path}{key}"),
        (false, false) => format!("{path}.{key}"),
    }
}

fn name_of(value: &Value) -> Option<&str> {
    value.get("name").and_then(Value::as_str)
}

/// Every element has a name of its own (or there is no list).
fn named(value: Option<&Value>) -> bool {
    let Some(list) = value.and_then(Value::as_array) else { return value.is_none() };
    let mut names: Vec<&str> = list.iter().filter_map(name_of).collect();
    names.sort_unstable();
    let all = names.len();
    names.dedup();
    all == list.len() && names.len() == all
}

fn show(value: &Value) -> String {
    let text = match value {
        Value::String(text) => text.clone(),
        value => value.to_string(),
    };
    match text.char_indices().nth(LONGEST) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text,
    }
}

impl Difference {
    /// Where, in the shortest words that say it in a template: `image`, `env FEATURE_X`, `resources.limits.memory`. With
    /// several containers the container is named.
    pub fn words(&self, one_container: bool) -> String {
        let path = self.path.strip_prefix("spec.").unwrap_or(&self.path);
        for (list, word) in [("containers[", ""), ("initContainers[", "init ")] {
            let Some((container, rest)) = path.strip_prefix(list).and_then(|rest| rest.split_once(']'))
            else {
                continue;
            };
            let field = rest.trim_start_matches('.');
            let field = match field.strip_prefix("env[").and_then(|rest| rest.split_once(']')) {
                Some((name, "" | ".value" | ".name")) => format!("env {name}"),
                Some((name, rest)) => format!("env {name}{rest}"),
                None if field.is_empty() => "container".to_owned(),
                None => field.to_owned(),
            };
            return if one_container && word.is_empty() {
                field
            } else {
                format!("{field} of {word}{container}")
            };
        }
        let path = path.strip_prefix("metadata.").unwrap_or(path);
        if let Some(label) = path.strip_prefix("labels.").or_else(|| path.strip_prefix("labels")) {
            return format!("label {}", label.trim_matches(['[', ']']));
        }
        match path.strip_prefix("annotations.").or_else(|| path.strip_prefix("annotations")) {
            Some(annotation) => format!("annotation {}", annotation.trim_matches(['[', ']'])),
            None => path.to_owned(),
        }
    }

    /// What was there, in words.
    pub fn from_words(&self) -> &str {
        self.from.as_deref().unwrap_or("(not set)")
    }

    /// What is there afterwards, in words.
    pub fn to_words(&self) -> &str {
        self.to.as_deref().unwrap_or("(removed)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn templates_differ_by_names() {
        let from = json!({"metadata": {"labels": {"app": "pay"}, "annotations": {"a.b/c": "1"}},
            "spec": {"containers": [{"name": "pay", "image": "pay:2", "env": [{"name": "X", "value": "on"}],
                "args": ["a"]}], "volumes": []}});
        let to = json!({"metadata": {"labels": {"app": "pay", "v": "1"}},
            "spec": {"containers": [{"name": "pay", "image": "pay:1", "args": ["a", "b"]},
                {"name": "log", "image": "log:1"}]}});
        let words: Vec<String> = differences(&from, &to)
            .iter()
            .map(|one| format!("{}: {} -> {}", one.words(false), one.from_words(), one.to_words()))
            .collect();
        assert_eq!(
            words,
            [
                "annotation a.b/c: 1 -> (removed)",
                "label v: (not set) -> 1",
                "args of pay: [\"a\"] -> [\"a\",\"b\"]",
                "env X of pay: on -> (removed)",
                "image of pay: pay:2 -> pay:1",
                "image of log: (not set) -> log:1",
            ]
        );
        assert!(differences(&from, &from).is_empty());
        assert!(differences(&json!({"a": null}), &json!({})).is_empty(), "null is absent");
    }
}
