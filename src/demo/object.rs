//! One stored object: its JSON text, and the few things of it that lists and controllers ask for all the time.
//!
//! Text instead of a tree, because a tree of a pod takes ten times the memory.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use serde_json::{Map, Value};

/// The labels of an object; objects with equal labels share them.
pub type Labels = BTreeMap<String, String>;

/// An object as it was at one version.
#[derive(Debug)]
pub struct Object {
    /// Empty for objects of the cluster.
    pub namespace: Box<str>,
    /// Its name.
    pub name: Box<str>,
    /// Its uid.
    pub uid: Box<str>,
    /// The global counter's value when it was written.
    pub version: u64,
    /// Its labels.
    pub labels: Arc<Labels>,
    /// The uid of the owner that controls it.
    pub owner_uid: Option<Box<str>>,
    /// Compact JSON text of the whole object; `apiVersion`, `kind` and `metadata` come first, in this order.
    pub json: Bytes,
}

impl Object {
    /// The object as a tree.
    pub fn value(&self) -> Value {
        serde_json::from_slice(&self.json).unwrap_or(Value::Null)
    }

    /// One string of the object, without reading the rest of it into a tree.
    pub fn text(&self, path: &[&str]) -> Option<String> {
        let found = sonic_rs::get_from_slice(self.json.as_ref(), path).ok()?;
        sonic_rs::from_str::<String>(found.as_raw_str()).ok()
    }
}

/// The JSON text of an object, `apiVersion`, `kind` and `metadata` first, as the real server writes it.
pub fn render(value: &Value) -> Bytes {
    let Value::Object(fields) = value else { return Bytes::from_static(b"{}") };
    // Written to a large buffer and copied: a shrunk one would leave a hole behind every stored object.
    let mut out = Vec::with_capacity(64 * 1024);
    out.push(b'{');
    for key in ["apiVersion", "kind", "metadata"] {
        if let Some(field) = fields.get(key) {
            member(&mut out, key, field);
        }
    }
    for (key, field) in fields {
        if !matches!(key.as_str(), "apiVersion" | "kind" | "metadata") {
            member(&mut out, key, field);
        }
    }
    out.push(b'}');
    Bytes::copy_from_slice(&out)
}

fn member(out: &mut Vec<u8>, key: &str, value: &Value) {
    if out.len() > 1 {
        out.push(b',');
    }
    // Writing JSON into a Vec has no way to fail.
    let _ = serde_json::to_writer(&mut *out, key);
    out.push(b':');
    let _ = serde_json::to_writer(&mut *out, value);
}

/// A string at a path of a tree, empty when absent.
pub fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

/// The `metadata` of a tree, made when it is missing.
pub fn metadata(value: &mut Value) -> &mut Map<String, Value> {
    if !value.is_object() {
        *value = Value::Object(Map::new());
    }
    let slot = &mut value["metadata"];
    if !slot.is_object() {
        *slot = Value::Object(Map::new());
    }
    match slot {
        Value::Object(map) => map,
        _ => unreachable!("made an object above"),
    }
}

/// A map of strings at a path, `metadata.labels` for one.
pub fn string_map(value: &Value, pointer: &str) -> Labels {
    let Some(Value::Object(map)) = value.pointer(pointer) else { return Labels::new() };
    map.iter().filter_map(|(k, v)| Some((k.clone(), v.as_str()?.to_owned()))).collect()
}

/// The uid of the owner that controls an object.
pub fn controller_uid(value: &Value) -> Option<&str> {
    let owners = value.pointer("/metadata/ownerReferences")?.as_array()?;
    owners.iter().find(|o| o["controller"] == Value::Bool(true))?["uid"].as_str()
}
