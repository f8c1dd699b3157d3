//! Any kind: its fields as a tree, as kubectl describes what it has no words for.

use serde_json::Value;

use super::common::{head, word};
use super::sheet::Sheet;

/// Words that are written in capitals.
const ACRONYMS: [&str; 5] = ["API", "URL", "UID", "OSB", "GUID"];
/// Fields of an object that were told before, or that say nothing to a person.
const TOLD: [&str; 5] = [
    ".metadata.managedFields",
    ".metadata.name",
    ".metadata.namespace",
    ".metadata.labels",
    ".metadata.annotations",
];

/// Name, labels and annotations, then all fields.
pub fn describe(sheet: &mut Sheet, object: &Value) {
    head(sheet, object);
    below(sheet, 0, object, "", &TOLD);
}

/// All fields of a value.
pub fn tree(sheet: &mut Sheet, level: usize, value: &Value) {
    below(sheet, level, value, "", &[]);
}

fn below(sheet: &mut Sheet, level: usize, value: &Value, path: &str, without: &[&str]) {
    for (field, value) in value.as_object().into_iter().flatten() {
        let path = format!("{path}.{field}");
        if without.contains(&path.as_str()) {
            continue;
        }
        let label = label(field);
        match value {
            Value::Object(_) => {
                sheet.put(level, format!("{label}:"));
                below(sheet, level + 1, value, &path, without);
            }
            Value::Array(all) => {
                sheet.put(level, format!("{label}:"));
                for one in all {
                    match one {
                        Value::Object(_) => below(sheet, level + 1, one, &path, without),
                        plain => sheet.put(level + 1, word(plain)),
                    }
                }
            }
            Value::Null => sheet.put(level, format!("{label}:\t<nil>")),
            plain => sheet.put(level, format!("{label}:\t{}", word(plain))),
        }
    }
}

/// The name of a field as words: `apiVersion` is `API Version`.
pub fn label(field: &str) -> String {
    if field.chars().any(|c| !c.is_alphabetic() && c != '-') {
        return field.to_owned();
    }
    let mut words: Vec<String> = Vec::new();
    let letters: Vec<char> = field.chars().collect();
    for (at, c) in letters.iter().enumerate() {
        let before = at.checked_sub(1).map(|at| letters[at]);
        let lower_next = letters.get(at + 1).is_some_and(|c| c.is_lowercase());
        // A word begins where small letters end, and with the last of several capitals.
        let begins = match before {
            None => true,
            Some(before) => {
                (c.is_uppercase() && (!before.is_uppercase() || lower_next))
                    || (c.is_alphabetic() != before.is_alphabetic())
            }
        };
        match words.last_mut() {
            Some(word) if !begins => word.push(*c),
            _ => words.push(c.to_string()),
        }
    }
    let shown = words.into_iter().map(|word| {
        let upper = word.to_uppercase();
        if ACRONYMS.contains(&upper.as_str()) {
            return upper;
        }
        let mut letters = word.chars();
        letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
    });
    shown.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn labels_are_kubectls() {
        for (field, said) in [
            ("apiVersion", "API Version"),
            ("creationTimestamp", "Creation Timestamp"),
            ("uid", "UID"),
            ("podCIDR", "Pod CIDR"),
            ("clusterIPs", "Cluster I Ps"),
            ("some.key/x", "some.key/x"),
            ("kind", "Kind"),
        ] {
            assert_eq!(label(field), said);
        }
    }

    #[test]
    fn fields_are_a_tree() {
        let object = json!({
            "apiVersion": "example.io/v1", "kind": "Widget",
            "metadata": {"name": "a", "namespace": "shop", "managedFields": [{}], "uid": "u"},
            "spec": {"size": 3, "parts": [{"name": "x"}, {"name": "y"}], "tags": ["a", "b"], "on": true},
        });
        let mut sheet = Sheet::default();
        describe(&mut sheet, &object);
        let lines: Vec<String> =
            sheet.lines().iter().map(|line| line.iter().map(|(_, text)| text.as_str()).collect()).collect();
        assert_eq!(
            lines,
            [
                "Name:         a",
                "Namespace:    shop",
                "Labels:       <none>",
                "Annotations:  <none>",
                "API Version:  example.io/v1",
                "Kind:         Widget",
                "Metadata:",
                "  UID:  u",
                "Spec:",
                "  On:  true",
                "  Parts:",
                "    Name:  x",
                "    Name:  y",
                "  Size:    3",
                "  Tags:",
                "    a",
                "    b",
            ]
        );
    }
}
