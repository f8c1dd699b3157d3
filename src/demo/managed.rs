//! `managedFields`: who wrote which field, kept as the API keeps it.
//!
//! A set of fields is a tree in the form of `fieldsV1`: `f:name` for a field, `k:{..}` for an item of a keyed
//! list, `v:..` for an item of a set, `.` for the thing itself; a leaf is an empty map.

use serde_json::{Map, Value, json};

use super::object::{metadata, text};
use super::schema::{ListKind, is_atomic_map, list_kind};
use super::store::Write;

/// Fields that nobody manages.
const UNMANAGED: &[&str] = &[
    "name",
    "namespace",
    "uid",
    "resourceVersion",
    "generation",
    "creationTimestamp",
    "managedFields",
    "deletionTimestamp",
    "deletionGracePeriodSeconds",
    "selfLink",
];

/// The fields of an object that can be managed.
pub fn fields_of(object: &Value) -> Value {
    let object = manageable(object);
    tree(&object, &mut Vec::new(), true)
}

fn manageable(object: &Value) -> Value {
    let mut object = object.clone();
    if let Value::Object(map) = &mut object {
        map.remove("apiVersion");
        map.remove("kind");
    }
    if let Some(Value::Object(meta)) = object.get_mut("metadata") {
        meta.retain(|key, _| !UNMANAGED.contains(&key.as_str()));
    }
    object
}

fn tree<'a>(value: &'a Value, path: &mut Vec<&'a str>, top: bool) -> Value {
    let mut out = Map::new();
    match value {
        Value::Object(map) if !is_atomic_map(path) => {
            if !top && !map.is_empty() && path.len() > 1 {
                out.insert(".".to_owned(), json!({}));
            }
            for (key, field) in map {
                path.push(key);
                let set = tree(field, path, false);
                path.pop();
                out.insert(format!("f:{key}"), set);
            }
        }
        Value::Array(list) => {
            let kind = list_kind(path);
            if kind != ListKind::Atomic && !list.is_empty() {
                out.insert(".".to_owned(), json!({}));
            }
            for item in list {
                match kind {
                    ListKind::Keyed(keys) => {
                        out.insert(item_key(item, keys), tree(item, path, false));
                    }
                    ListKind::Set => {
                        out.insert(format!("v:{item}"), json!({}));
                    }
                    ListKind::Atomic => {}
                }
            }
        }
        _ => {}
    }
    Value::Object(out)
}

fn item_key(item: &Value, keys: &[&str]) -> String {
    let mut named = Map::new();
    for key in keys {
        if let Some(value) = item.get(key) {
            named.insert((*key).to_owned(), value.clone());
        } else if *key == "protocol" {
            named.insert("protocol".to_owned(), json!("TCP"));
        }
    }
    format!("k:{}", Value::Object(named))
}

/// The fields whose value an update changed or added.
pub fn changed(before: &Value, after: &Value) -> Value {
    let (before, after) = (manageable(before), manageable(after));
    difference(&before, &after, &mut Vec::new())
}

fn difference<'a>(before: &Value, after: &'a Value, path: &mut Vec<&'a str>) -> Value {
    let mut out = Map::new();
    let mut note = |key: String, old: Option<&Value>, new: &'a Value, path: &mut Vec<&'a str>| match old {
        None => {
            out.insert(key, tree(new, path, false));
        }
        Some(old) if old == new => {}
        Some(old) => {
            let mixed = old.is_object() != new.is_object() || old.is_array() != new.is_array();
            let whole = mixed
                || !(new.is_object() || new.is_array())
                || (new.is_object() && is_atomic_map(path))
                || (new.is_array() && list_kind(path) == ListKind::Atomic);
            let set = if whole { json!({}) } else { difference(old, new, path) };
            if whole || set.as_object().is_some_and(|s| !s.is_empty()) {
                out.insert(key, set);
            }
        }
    };
    match after {
        Value::Object(map) => {
            for (key, new) in map {
                path.push(key);
                note(format!("f:{key}"), before.get(key), new, path);
                path.pop();
            }
        }
        Value::Array(list) => {
            let had = before.as_array().map(Vec::as_slice).unwrap_or_default();
            match list_kind(path) {
                ListKind::Keyed(keys) => {
                    for new in list {
                        let key = item_key(new, keys);
                        let old = had.iter().find(|old| item_key(old, keys) == key);
                        note(key, old, new, path);
                    }
                }
                ListKind::Set => {
                    for new in list.iter().filter(|new| !had.contains(new)) {
                        note(format!("v:{new}"), None, &Value::Null, path);
                    }
                }
                ListKind::Atomic => {}
            }
        }
        _ => {}
    }
    Value::Object(out)
}

fn is_leaf(set: &Value) -> bool {
    set.as_object().is_none_or(Map::is_empty)
}

/// All fields of both sets.
pub fn union(a: &Value, b: &Value) -> Value {
    let mut out = a.as_object().cloned().unwrap_or_default();
    for (key, set) in b.as_object().into_iter().flatten() {
        let merged = out.get(key).map_or_else(|| set.clone(), |have| union(have, set));
        out.insert(key.clone(), merged);
    }
    Value::Object(out)
}

/// The fields of the first set that are not in the second.
pub fn subtract(a: &Value, b: &Value) -> Value {
    let mut out = Map::new();
    for (key, set) in a.as_object().into_iter().flatten() {
        match b.get(key) {
            None => {
                out.insert(key.clone(), set.clone());
            }
            Some(_) if is_leaf(set) => {}
            Some(other) => {
                let rest = subtract(set, other);
                if rest.as_object().is_some_and(|r| r.keys().any(|k| k != ".")) {
                    out.insert(key.clone(), rest);
                }
            }
        }
    }
    Value::Object(out)
}

/// The fields of the first set that exist in the second.
pub fn existing(a: &Value, b: &Value) -> Value {
    let mut out = Map::new();
    for (key, set) in a.as_object().into_iter().flatten() {
        let Some(other) = b.get(key) else { continue };
        if is_leaf(set) {
            out.insert(key.clone(), set.clone());
            continue;
        }
        let rest = existing(set, other);
        if !is_leaf(&rest) {
            out.insert(key.clone(), rest);
        }
    }
    Value::Object(out)
}

/// The leaves of a set, as dotted paths that messages show.
pub fn leaves(set: &Value) -> Vec<String> {
    fn walk(set: &Value, at: &str, out: &mut Vec<String>) {
        for (key, inner) in set.as_object().into_iter().flatten().filter(|(key, _)| *key != ".") {
            let here = if let Some(field) = key.strip_prefix("f:") {
                format!("{at}.{field}")
            } else {
                let item = key.split_once(':').map_or("", |(_, item)| item);
                let pairs: Value = serde_json::from_str(item).unwrap_or(Value::Null);
                let text: Vec<String> =
                    pairs.as_object().into_iter().flatten().map(|(k, v)| format!("{k}={v}")).collect();
                format!("{at}[{}]", text.join(","))
            };
            if is_leaf(inner) { out.push(here) } else { walk(inner, &here, out) }
        }
    }
    let mut out = Vec::new();
    walk(set, "", &mut out);
    out
}

/// Notes what a writer changed: its entry gains the fields, the others lose them, and gone fields leave all.
pub fn record(before: Option<&Value>, after: &mut Value, write: Write<'_>, now: &str) {
    let written = match before {
        None => fields_of(after),
        Some(before) => changed(before, after),
    };
    note(after, &written, write, now);
}

/// As [`record`], with the fields given.
pub fn note(after: &mut Value, written: &Value, write: Write<'_>, now: &str) {
    let operation = if write.apply { "Apply" } else { "Update" };
    let present = fields_of(after);
    let old = after.pointer("/metadata/managedFields").and_then(Value::as_array).cloned().unwrap_or_default();
    let is_own = |entry: &Value| {
        entry["manager"] == write.manager
            && entry["operation"] == operation
            && text(entry, "/subresource") == write.subresource
    };
    let mut entries = Vec::new();
    let mut own = json!({});
    for mut entry in old {
        let fields = existing(&entry["fieldsV1"], &present);
        if is_own(&entry) {
            own = fields;
            continue;
        }
        let rest = if write.apply { fields } else { subtract(&fields, written) };
        if !is_leaf(&rest) {
            entry["fieldsV1"] = rest;
            entries.push(entry);
        }
    }
    let fields = if write.apply { written.clone() } else { union(&own, written) };
    if !is_leaf(&fields) {
        let mut entry = json!({
            "manager": write.manager, "operation": operation, "apiVersion": after["apiVersion"], "time": now,
            "fieldsType": "FieldsV1", "fieldsV1": fields,
        });
        if !write.subresource.is_empty() {
            entry["subresource"] = json!(write.subresource);
        }
        entries.push(entry);
    }
    let meta = metadata(after);
    if entries.is_empty() {
        meta.remove("managedFields");
    } else {
        meta.insert("managedFields".to_owned(), Value::Array(entries));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn writer(manager: &str) -> Write<'_> {
        Write { manager, ..Write::default() }
    }

    #[test]
    fn a_field_has_the_manager_that_changed_it_last() {
        let mut object = json!({"apiVersion": "apps/v1", "metadata": {"name": "d"},
            "spec": {"replicas": 3, "template": {"spec": {"containers": [{"name": "c", "image": "1"}]}}}});
        record(None, &mut object, writer("one"), "t1");
        let before = object.clone();
        object["spec"]["replicas"] = json!(5);
        record(Some(&before), &mut object, writer("two"), "t2");
        let entries = object["metadata"]["managedFields"].as_array().unwrap();
        assert_eq!(entries.len(), 2);
        assert_eq!(entries[1]["fieldsV1"], json!({"f:spec": {"f:replicas": {}}}));
        assert!(entries[0]["fieldsV1"].pointer("/f:spec/f:replicas").is_none());
        let containers = &entries[0]["fieldsV1"]["f:spec"]["f:template"]["f:spec"]["f:containers"];
        assert!(containers["k:{\"name\":\"c\"}"]["f:image"].is_object());
    }

    #[test]
    fn sets_are_added_and_taken_away() {
        let a = json!({"f:x": {}, "f:y": {"f:z": {}}});
        let b = json!({"f:y": {"f:z": {}, "f:w": {}}});
        assert_eq!(union(&a, &b), json!({"f:x": {}, "f:y": {"f:z": {}, "f:w": {}}}));
        assert_eq!(subtract(&a, &b), json!({"f:x": {}}));
        assert_eq!(existing(&a, &b), json!({"f:y": {"f:z": {}}}));
        let keyed = json!({"f:spec": {"f:c": {"k:{\"name\":\"a\"}": {".": {}, "f:image": {}}}}});
        assert_eq!(leaves(&keyed), [".spec.c[name=\"a\"].image"]);
    }
}
