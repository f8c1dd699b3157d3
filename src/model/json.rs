//! Reading JSON trees of the API's objects: what is missing or of another type reads as absent.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

/// The text at a JSON pointer; empty when there is none.
pub fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

/// The number at a JSON pointer.
pub fn number(value: &Value, pointer: &str) -> Option<i64> {
    value.pointer(pointer).and_then(Value::as_i64)
}

/// Whether there is `true` at a JSON pointer.
pub fn flag(value: &Value, pointer: &str) -> bool {
    value.pointer(pointer).and_then(Value::as_bool).unwrap_or_default()
}

/// The elements at a JSON pointer.
pub fn items<'a>(value: &'a Value, pointer: &str) -> &'a [Value] {
    value.pointer(pointer).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// The map of texts at a JSON pointer (labels, annotations, a selector).
pub fn texts(value: &Value, pointer: &str) -> BTreeMap<String, String> {
    let map = value.pointer(pointer).and_then(Value::as_object);
    map.into_iter()
        .flatten()
        .filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned())))
        .collect()
}

/// Puts a value below keys; what is no map on the way becomes one.
pub fn put(value: &mut Value, keys: &[&str], new: Value) {
    let Some((key, rest)) = keys.split_first() else {
        *value = new;
        return;
    };
    if !value.is_object() {
        *value = Value::Object(Map::new());
    }
    if let Some(map) = value.as_object_mut() {
        put(map.entry(*key).or_insert(Value::Null), rest, new);
    }
}

/// The object's own UID as text.
pub fn uid(value: &Value) -> &str {
    text(value, "/metadata/uid")
}

/// The object's name.
pub fn name(value: &Value) -> &str {
    text(value, "/metadata/name")
}

/// Whether the controller of an object has this UID.
pub fn controlled_by(value: &Value, owner: &str) -> bool {
    items(value, "/metadata/ownerReferences")
        .iter()
        .any(|reference| flag(reference, "/controller") && text(reference, "/uid") == owner)
}
