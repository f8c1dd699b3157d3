//! The rows of custom resources: what the JSON paths of their definition's columns find.
//!
//! <https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#additional-printer-columns>.
//! Of `JSONPath`: fields (also `\.` and `['a.b']`), indexes, `[*]`, and filters that compare with a text.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::super::resource::PrinterColumn;
use super::{name, since};

/// The cells of an object of a custom kind.
pub(super) fn cells(columns: &[PrinterColumn], object: &Value, now: Timestamp) -> Vec<Value> {
    let mut cells = vec![name(object)];
    cells.extend(columns.iter().map(|column| {
        let found = find(object, column.path);
        match (column.kind, found.as_slice()) {
            (_, []) => Value::Null,
            ("date", [first, ..]) => json!(since(first.as_str().unwrap_or_default(), now)),
            ("string", many) => json!(many.iter().map(|value| printed(value)).collect::<Vec<_>>().join(" ")),
            (_, [first, ..]) => (*first).clone(),
        }
    }));
    cells
}

/// `columnDefinitions`.
pub(super) fn definitions(columns: &[PrinterColumn]) -> Value {
    let mut all =
        vec![json!({"name": "Name", "type": "string", "format": "name", "description": "", "priority": 0})];
    all.extend(columns.iter().map(|column| {
        json!({"name": column.name, "type": column.kind, "format": column.format,
            "description": column.description, "priority": column.priority})
    }));
    Value::Array(all)
}

fn printed(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// What a path finds; what it does not understand finds nothing.
fn find<'a>(object: &'a Value, path: &str) -> Vec<&'a Value> {
    let mut found = vec![object];
    for step in steps(path) {
        found = found.into_iter().flat_map(|value| step.of(value)).collect();
    }
    found
}

enum Step {
    Field(String),
    Index(usize),
    All,
    /// `[?(@.type=="Ready")]`.
    Where(Vec<Step>, String),
    Nothing,
}

impl Step {
    fn of<'a>(&self, value: &'a Value) -> Vec<&'a Value> {
        match self {
            Self::Field(key) => value.get(key).into_iter().collect(),
            Self::Index(at) => value.get(at).into_iter().collect(),
            Self::All => match value {
                Value::Array(items) => items.iter().collect(),
                Value::Object(map) => map.values().collect(),
                _ => Vec::new(),
            },
            Self::Where(path, text) => value
                .as_array()
                .map(Vec::as_slice)
                .unwrap_or_default()
                .iter()
                .filter(|item| {
                    let mut found = vec![*item];
                    for step in path {
                        found = found.into_iter().flat_map(|value| step.of(value)).collect();
                    }
                    found.iter().any(|value| printed(value) == *text)
                })
                .collect(),
            Self::Nothing => Vec::new(),
        }
    }
}

fn steps(path: &str) -> Vec<Step> {
    let mut steps = Vec::new();
    let mut rest = path;
    while let Some(first) = rest.chars().next() {
        if first == '[' {
            let Some(end) = rest.find(']') else { return vec![Step::Nothing] };
            steps.push(bracket(&rest[1..end]));
            rest = &rest[end + 1..];
            continue;
        }
        rest = rest.strip_prefix('.').unwrap_or(rest);
        let (mut field, mut end, mut escaped) = (String::new(), rest.len(), false);
        for (at, c) in rest.char_indices() {
            match c {
                '\\' if !escaped => escaped = true,
                '.' | '[' if !escaped => {
                    end = at;
                    break;
                }
                c => {
                    field.push(c);
                    escaped = false;
                }
            }
        }
        rest = &rest[end..];
        if !field.is_empty() {
            steps.push(Step::Field(field));
        }
    }
    steps
}

fn bracket(inner: &str) -> Step {
    let quoted = |text: &str| -> Option<String> {
        let text = text.trim();
        let inner = text.strip_prefix('"').and_then(|t| t.strip_suffix('"'));
        inner.or_else(|| text.strip_prefix('\'').and_then(|t| t.strip_suffix('\''))).map(str::to_owned)
    };
    if inner == "*" {
        return Step::All;
    }
    if let Ok(at) = inner.parse() {
        return Step::Index(at);
    }
    if let Some(field) = quoted(inner) {
        return Step::Field(field);
    }
    let filter = inner.strip_prefix("?(@").and_then(|f| f.strip_suffix(')')).and_then(|f| f.split_once("=="));
    match filter.and_then(|(path, text)| Some((path, quoted(text)?))) {
        Some((path, text)) => Step::Where(steps(path.trim()), text),
        None => Step::Nothing,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_find_what_kubectl_finds() {
        let object = json!({"metadata": {"annotations": {"a.b/c": "x"}}, "spec": {"n": 3, "hosts": ["a", "b"]},
            "status": {"conditions": [{"type": "Ready", "status": "True"}, {"type": "Other", "status": "False"}]}});
        for (path, found) in [
            (".spec.n", vec![json!(3)]),
            (".spec.hosts", vec![json!(["a", "b"])]),
            (".spec.hosts[*]", vec![json!("a"), json!("b")]),
            (".spec.hosts[1]", vec![json!("b")]),
            (r".metadata.annotations.a\.b/c", vec![json!("x")]),
            (".metadata.annotations['a.b/c']", vec![json!("x")]),
            (r#".status.conditions[?(@.type=="Ready")].status"#, vec![json!("True")]),
            (".status.conditions[?(@.type=='None')].status", vec![]),
            (".spec.missing.deeper", vec![]),
            (".spec[unclosed", vec![]),
        ] {
            assert_eq!(find(&object, path).into_iter().cloned().collect::<Vec<_>>(), found, "{path}");
        }
    }
}
