//! Server-side apply: what a manager applied is merged in, what it no longer applies goes, and what others own
//! is a conflict unless forced.

use serde_json::{Map, Value, json};

use super::managed::{changed, existing, fields_of, leaves, note, subtract, union};
use super::object::text;
use super::resource::Resource;
use super::schema::{ListKind, list_kind};
use super::status::ApiError;
use super::store::Write;

/// Applies a configuration to an object. The object's `managedFields` are brought up to date here, too.
pub fn apply(
    res: &Resource,
    object: &mut Value,
    applied: &Value,
    write: Write<'_>,
    force: bool,
    now: &str,
) -> Result<(), ApiError> {
    let before = object.clone();
    let wanted = fields_of(applied);
    merge(object, applied, &mut Vec::new());
    let contested = changed(&before, object);
    let entries =
        before.pointer("/metadata/managedFields").and_then(Value::as_array).cloned().unwrap_or_default();
    let own = |entry: &Value| entry["manager"] == write.manager && entry["operation"] == "Apply";
    let mut conflicts = Vec::new();
    for entry in entries.iter().filter(|entry| !own(entry)) {
        for field in leaves(&existing(&existing(&entry["fieldsV1"], &wanted), &contested)) {
            conflicts.push((entry, field));
        }
    }
    if !conflicts.is_empty() && !force {
        return Err(refusal(&conflicts));
    }
    let others = entries.iter().filter(|e| !own(e)).fold(json!({}), |all, e| union(&all, &e["fieldsV1"]));
    if let Some(mine) = entries.iter().find(|entry| own(entry)) {
        let dropped = subtract(&subtract(&mine["fieldsV1"], &wanted), &others);
        prune(object, &dropped);
    }
    if force {
        let taken = contested;
        for entry in
            object.pointer_mut("/metadata/managedFields").and_then(Value::as_array_mut).into_iter().flatten()
        {
            if !own(entry) {
                entry["fieldsV1"] = subtract(&entry["fieldsV1"], &existing(&taken, &wanted));
            }
        }
    }
    let _ = res;
    note(object, &wanted, write, now);
    keep_time(&before, object, write.manager);
    Ok(())
}

/// An apply that changed nothing keeps its entry's time, so that nothing is written.
fn keep_time(before: &Value, after: &mut Value, manager: &str) {
    let own = |entry: &&Value| entry["manager"] == manager && entry["operation"] == "Apply";
    let old =
        before.pointer("/metadata/managedFields").and_then(Value::as_array).into_iter().flatten().find(own);
    let Some(old) = old.cloned() else { return };
    for entry in
        after.pointer_mut("/metadata/managedFields").and_then(Value::as_array_mut).into_iter().flatten()
    {
        if own(&&*entry) && entry["fieldsV1"] == old["fieldsV1"] {
            entry["time"] = old["time"].clone();
        }
    }
}

fn refusal(conflicts: &[(&Value, String)]) -> ApiError {
    let with = |entry: &Value| {
        let sub = text(entry, "/subresource");
        let sub = if sub.is_empty() { String::new() } else { format!(" with subresource \"{sub}\"") };
        let (manager, version) = (text(entry, "/manager"), text(entry, "/apiVersion"));
        let using =
            if text(entry, "/operation") == "Update" { format!(" using {version}") } else { String::new() };
        format!("conflict with \"{manager}\"{sub}{using}")
    };
    let causes: Vec<Value> = conflicts
        .iter()
        .map(|(entry, field)| json!({"reason": "FieldManagerConflict", "message": with(entry), "field": field}))
        .collect();
    let count = conflicts.len();
    let message = if let [(entry, field)] = conflicts {
        format!("Apply failed with 1 conflict: {}: {field}", with(entry))
    } else {
        let lines: Vec<String> =
            conflicts.iter().map(|(entry, field)| format!("{}: {field}", with(entry))).collect();
        format!("Apply failed with {count} conflicts: {}", lines.join("\n"))
    };
    let mut error = ApiError::new(409, "Conflict", message);
    error.details = json!({"causes": causes});
    error
}

fn merge<'a>(target: &mut Value, applied: &'a Value, path: &mut Vec<&'a str>) {
    match applied {
        Value::Object(fields) if !super::schema::is_atomic_map(path) => {
            if !target.is_object() {
                *target = Value::Object(Map::new());
            }
            let Value::Object(map) = target else { return };
            for (key, value) in fields {
                path.push(key);
                merge(map.entry(key.clone()).or_insert(Value::Null), value, path);
                path.pop();
            }
        }
        Value::Array(items) => {
            let kind = list_kind(path);
            if kind == ListKind::Atomic || !target.is_array() {
                *target = json!([]);
            }
            let Value::Array(have) = target else { return };
            for item in items {
                let at = match kind {
                    ListKind::Keyed(keys) => have.iter().position(|other| same_item(other, item, keys)),
                    ListKind::Set => have.iter().position(|other| other == item),
                    ListKind::Atomic => None,
                };
                match at {
                    Some(at) => merge(&mut have[at], item, path),
                    None => have.push(item.clone()),
                }
            }
        }
        _ => *target = applied.clone(),
    }
}

fn same_item(a: &Value, b: &Value, keys: &[&str]) -> bool {
    let tcp = json!("TCP");
    keys.iter().all(|key| {
        let default = if *key == "protocol" { &tcp } else { &Value::Null };
        a.get(key).unwrap_or(default) == b.get(key).unwrap_or(default)
    })
}

/// Removes the fields of a set from a tree.
fn prune(value: &mut Value, set: &Value) {
    for (key, inner) in set.as_object().into_iter().flatten() {
        let leaf = inner.as_object().is_none_or(|i| i.is_empty() || i.contains_key("."));
        if let Some(field) = key.strip_prefix("f:") {
            if leaf && inner.as_object().is_none_or(Map::is_empty) {
                if let Value::Object(map) = value {
                    map.remove(field);
                }
            } else if let Some(slot) = value.get_mut(field) {
                prune(slot, inner);
                if leaf && (slot == &json!({}) || slot == &json!([])) {
                    value.as_object_mut().map(|map| map.remove(field));
                }
            }
        } else if let (Some(item), Value::Array(list)) = (key.strip_prefix("k:"), &mut *value) {
            let wanted: Value = serde_json::from_str(item).unwrap_or(Value::Null);
            let is_it = |entry: &Value| {
                wanted.as_object().is_some_and(|w| w.iter().all(|(k, v)| entry.get(k) == Some(v)))
            };
            if leaf {
                list.retain(|entry| !is_it(entry));
            } else {
                list.iter_mut().filter(|entry| is_it(entry)).for_each(|entry| prune(entry, inner));
            }
        } else if let (Some(item), Value::Array(list)) = (key.strip_prefix("v:"), &mut *value) {
            let gone: Value = serde_json::from_str(item).unwrap_or(Value::Null);
            list.retain(|entry| *entry != gone);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::resource::DEPLOYMENTS;

    fn manager(name: &str) -> Write<'_> {
        Write { manager: name, apply: true, ..Write::default() }
    }

    fn config(replicas: Option<i64>, labels: &Value) -> Value {
        let mut value = json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "d", "labels": labels}, "spec": {}});
        if let Some(replicas) = replicas {
            value["spec"]["replicas"] = json!(replicas);
        }
        value
    }

    #[test]
    fn an_applied_field_that_is_left_out_goes_and_a_foreign_one_conflicts() {
        let mut object = json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "d"}});
        let first = config(Some(3), &json!({"a": "1", "b": "2"}));
        apply(DEPLOYMENTS, &mut object, &first, manager("me"), false, "t1").unwrap();
        let second = config(Some(3), &json!({"a": "1"}));
        apply(DEPLOYMENTS, &mut object, &second, manager("me"), false, "t2").unwrap();
        assert_eq!(object["metadata"]["labels"], json!({"a": "1"}));
        let other = config(Some(9), &json!({}));
        let error = apply(DEPLOYMENTS, &mut object.clone(), &other, manager("you"), false, "t3").unwrap_err();
        assert_eq!(error.message, "Apply failed with 1 conflict: conflict with \"me\": .spec.replicas");
        apply(DEPLOYMENTS, &mut object, &other, manager("you"), true, "t3").unwrap();
        assert_eq!(object["spec"]["replicas"], json!(9));
        assert_eq!(object["metadata"]["labels"], json!({"a": "1"}));
        let again = object.clone();
        apply(DEPLOYMENTS, &mut object, &other, manager("you"), false, "t4").unwrap();
        assert_eq!(object, again);
    }
}
