//! Patches as a server applies them, for tests of what requests leave behind. Maps only: lists are replaced, which is what a
//! merge patch does (RFC 7386); a strategic merge patch is the same where no list is touched.

use serde_json::{Map, Value};

use super::request::{Content, WriteRequest};

/// Applies a merge patch: maps are merged, null takes away, everything else replaces.
pub(crate) fn merge(target: &mut Value, patch: &Value) {
    let Value::Object(fields) = patch else {
        *target = patch.clone();
        return;
    };
    if !target.is_object() {
        *target = Value::Object(Map::new());
    }
    let Value::Object(map) = target else { return };
    for (key, value) in fields {
        if value.is_null() {
            map.remove(key);
        } else {
            merge(map.entry(key.clone()).or_insert(Value::Null), value);
        }
    }
}

/// Applies a strategic merge patch that touches no list: null takes away, maps are merged.
pub(crate) fn strategic(target: &mut Value, patch: &Value) {
    merge(target, patch);
}

/// Applies a patch request as a server does: refused when it is bound to another object or version.
pub(crate) fn send(object: &mut Value, request: &WriteRequest) -> Result<(), &'static str> {
    for key in ["uid", "resourceVersion"] {
        let bound = request.body.pointer(&format!("/metadata/{key}"));
        if bound.is_some_and(|bound| object["metadata"].get(key) != Some(bound)) {
            return Err("409");
        }
    }
    match request.content {
        Content::Merge => merge(object, &request.body),
        Content::Strategic => strategic(object, &request.body),
        Content::JsonPatch | Content::Apply | Content::Json => return Err("not a merge"),
    }
    let version: u64 =
        object["metadata"]["resourceVersion"].as_str().and_then(|text| text.parse().ok()).unwrap_or(0);
    object["metadata"]["resourceVersion"] = (version + 1).to_string().into();
    Ok(())
}
