//! The paths in a set of fields (`fieldsV1`), as a person reads them.
//!
//! Source: <https://kubernetes.io/docs/reference/using-api/server-side-apply/#field-management>. `f:name` is a field, `k:{..}` an
//! item of a list by its keys, `v:..` an item by its value, `i:N` one by its place, `.` the thing itself.

use serde_json::{Map, Value};

use crate::model::text::clean;

/// So many paths are named; of more, how many there are below what.
const MOST: usize = 4;
/// Nothing is looked at that lies deeper: a set of fields is a tree of the user's making.
const DEEPEST: usize = 40;

/// The paths of all leaves, in the order of the tree: `spec.template.spec.containers[app].image`.
pub(super) fn paths(fields: &Value) -> Vec<String> {
    let mut out = Vec::new();
    if let Value::Object(map) = fields {
        walk(map, String::new(), 0, &mut out);
    }
    out
}

fn walk(map: &Map<String, Value>, at: String, depth: usize, out: &mut Vec<String>) {
    let mut leaf = true;
    if depth < DEEPEST {
        for (key, below) in map {
            let Some(path) = step(&at, key) else { continue };
            leaf = false;
            match below {
                Value::Object(below) => walk(below, path, depth + 1, out),
                _ => out.push(path),
            }
        }
    }
    if leaf && !at.is_empty() {
        out.push(at);
    }
}

/// One step of a path; `None` for the thing itself.
fn step(at: &str, key: &str) -> Option<String> {
    let (form, name) = key.split_once(':')?;
    match form {
        "f" if at.is_empty() => Some(clean(name).into_owned()),
        // Keys of labels and annotations have dots of their own.
        "f" if name.contains('.') || name.contains('/') => Some(format!("{at}[{}]", clean(name))),
        "f" => Some(format!("{at}.{}", clean(name))),
        "k" => {
            let keys: Value = serde_json::from_str(name).unwrap_or_default();
            let word = |value: &Value| match value {
                Value::String(text) => clean(text).into_owned(),
                value => value.to_string(),
            };
            let words: Vec<String> =
                keys.as_object().into_iter().flatten().map(|(_, value)| word(value)).collect();
            Some(format!("{at}[{}]", words.join(",")))
        }
        "v" | "i" => Some(format!("{at}[{}]", clean(name.trim_matches('"')))),
        _ => None,
    }
}

/// Paths in one line: named when they are few, otherwise counted below what they have in common.
pub(super) fn summary(paths: &[String]) -> String {
    if paths.len() <= MOST {
        return paths.join(", ");
    }
    let mut groups: Vec<(String, usize)> = Vec::new();
    for path in paths {
        let mut parts = path.splitn(3, '.');
        let head = [parts.next(), parts.next()].into_iter().flatten().collect::<Vec<_>>().join(".");
        let head = head.split('[').next().unwrap_or_default().to_owned();
        match groups.iter_mut().find(|(known, _)| *known == head) {
            Some((_, count)) => *count += 1,
            None => groups.push((head, 1)),
        }
    }
    let more = groups.len().saturating_sub(MOST);
    let mut words: Vec<String> = groups
        .into_iter()
        .take(MOST)
        .map(|(head, count)| if count == 1 { head } else { format!("{head} ({count} fields)") })
        .collect();
    if more > 0 {
        words.push(format!("{more} more"));
    }
    words.join(", ")
}
