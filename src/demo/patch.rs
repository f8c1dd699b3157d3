//! JSON patches (RFC 6902) and merge patches (RFC 7386).
//!
//! Pure functions on trees; which object, and what else must hold, is for the handlers.

use serde_json::Value;

use super::status::ApiError;

/// Applies a JSON patch.
pub fn json_patch(target: &mut Value, patch: &Value) -> Result<(), ApiError> {
    let Some(operations) = patch.as_array() else {
        return Err(ApiError::bad_request(
            "json: cannot unmarshal object into Go value of type jsonpatch.Patch",
        ));
    };
    for operation in operations {
        apply_one(target, operation).ok_or_else(ApiError::rejected)?;
    }
    Ok(())
}

fn apply_one(target: &mut Value, operation: &Value) -> Option<()> {
    let path = operation["path"].as_str()?;
    match operation["op"].as_str()? {
        "test" => (target.pointer(path) == operation.get("value")).then_some(()),
        "add" => add(target, path, operation.get("value")?.clone()),
        "remove" => remove(target, path).map(drop),
        "replace" => {
            *target.pointer_mut(path)? = operation.get("value")?.clone();
            Some(())
        }
        "copy" => {
            let value = target.pointer(operation["from"].as_str()?)?.clone();
            add(target, path, value)
        }
        "move" => {
            let value = remove(target, operation["from"].as_str()?)?;
            add(target, path, value)
        }
        _ => None,
    }
}

fn split(path: &str) -> Option<(&str, String)> {
    let (parent, key) = path.rsplit_once('/')?;
    Some((parent, key.replace("~1", "/").replace("~0", "~")))
}

fn add(target: &mut Value, path: &str, value: Value) -> Option<()> {
    if path.is_empty() {
        *target = value;
        return Some(());
    }
    let (parent, key) = split(path)?;
    match target.pointer_mut(parent)? {
        Value::Object(map) => {
            map.insert(key, value);
        }
        Value::Array(list) if key == "-" => list.push(value),
        Value::Array(list) => {
            let at: usize = key.parse().ok()?;
            (at <= list.len()).then(|| list.insert(at, value))?;
        }
        _ => return None,
    }
    Some(())
}

fn remove(target: &mut Value, path: &str) -> Option<Value> {
    let (parent, key) = split(path)?;
    match target.pointer_mut(parent)? {
        Value::Object(map) => map.remove(&key),
        Value::Array(list) => {
            let at: usize = key.parse().ok()?;
            (at < list.len()).then(|| list.remove(at))
        }
        _ => None,
    }
}

/// Applies a merge patch: maps merge, null deletes, everything else replaces.
pub fn merge_patch(target: &mut Value, patch: &Value) {
    let Value::Object(fields) = patch else {
        *target = patch.clone();
        return;
    };
    if !target.is_object() {
        *target = Value::Object(serde_json::Map::new());
    }
    let Value::Object(map) = target else { return };
    for (key, value) in fields {
        if value.is_null() {
            map.remove(key);
        } else {
            merge_patch(map.entry(key.clone()).or_insert(Value::Null), value);
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn json_patches_follow_the_rfc() {
        let table = [
            (json!([{"op": "add", "path": "/a/b", "value": 1}]), Some(json!({"a": {"b": 1}, "l": [1, 2]}))),
            (json!([{"op": "add", "path": "/l/-", "value": 3}]), Some(json!({"a": {}, "l": [1, 2, 3]}))),
            (json!([{"op": "add", "path": "/l/0", "value": 0}]), Some(json!({"a": {}, "l": [0, 1, 2]}))),
            (json!([{"op": "remove", "path": "/l/1"}]), Some(json!({"a": {}, "l": [1]}))),
            (
                json!([{"op": "add", "path": "/a~1b", "value": 1}]),
                Some(json!({"a": {}, "a/b": 1, "l": [1, 2]})),
            ),
            (json!([{"op": "move", "from": "/l/0", "path": "/a/x"}]), Some(json!({"a": {"x": 1}, "l": [2]}))),
            (
                json!([{"op": "copy", "from": "/l", "path": "/a/x"}]),
                Some(json!({"a": {"x": [1, 2]}, "l": [1, 2]})),
            ),
            (json!([{"op": "test", "path": "/l/0", "value": 1}]), Some(json!({"a": {}, "l": [1, 2]}))),
            (json!([{"op": "test", "path": "/l/0", "value": 2}]), None),
            (json!([{"op": "replace", "path": "/none", "value": 2}]), None),
            (json!([{"op": "remove", "path": "/none"}]), None),
        ];
        for (patch, expected) in table {
            let mut target = json!({"a": {}, "l": [1, 2]});
            let outcome = json_patch(&mut target, &patch);
            match expected {
                Some(expected) => assert_eq!((outcome, target), (Ok(()), expected), "{patch}"),
                None => assert_eq!(outcome.unwrap_err().code, 422, "{patch}"),
            }
        }
    }

    #[test]
    fn merge_patches_follow_the_rfc() {
        let mut target = json!({"a": {"b": 1, "c": 2}, "l": [1]});
        merge_patch(&mut target, &json!({"a": {"b": null, "d": {"e": null, "f": 1}}, "l": [2]}));
        assert_eq!(target, json!({"a": {"c": 2, "d": {"f": 1}}, "l": [2]}));
    }
}
