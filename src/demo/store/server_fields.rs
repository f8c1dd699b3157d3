//! What belongs to the server in an object, whatever a client writes.

use serde_json::Value;

use super::super::defaults;
use super::super::object::{metadata, text};
use super::super::resource::Resource;
use super::super::status::ApiError;

/// Puts back what only the server sets, and checks the version and the uid that were sent along.
pub(super) fn keep_server_fields(
    res: &Resource,
    name: &str,
    before: &Value,
    after: &mut Value,
) -> Result<(), ApiError> {
    let was = &before["metadata"];
    let asked = text(after, "/metadata/resourceVersion");
    if !asked.is_empty() && asked != text(before, "/metadata/resourceVersion") {
        return Err(ApiError::stale(res, name));
    }
    let asked = text(after, "/metadata/uid");
    if !asked.is_empty() && asked != text(before, "/metadata/uid") {
        let is = text(before, "/metadata/uid");
        let why = format!("Precondition failed: UID in precondition: {asked}, UID in object meta: {is}");
        return Err(ApiError::conflict(res, name, &why));
    }
    after["apiVersion"] = before["apiVersion"].clone();
    after["kind"] = before["kind"].clone();
    let meta = metadata(after);
    let owned = [
        "name",
        "namespace",
        "uid",
        "resourceVersion",
        "creationTimestamp",
        "generation",
        "deletionTimestamp",
        "deletionGracePeriodSeconds",
        "generateName",
    ];
    for field in owned {
        match was.get(field) {
            Some(value) => meta.insert(field.to_owned(), value.clone()),
            None => meta.remove(field),
        };
    }
    for field in ["labels", "annotations", "finalizers", "ownerReferences"] {
        let empty = match meta.get(field) {
            Some(Value::Object(map)) => map.is_empty(),
            Some(Value::Array(list)) => list.is_empty(),
            Some(Value::Null) => true,
            _ => false,
        };
        if empty {
            meta.remove(field);
        }
    }
    defaults::apply(res, after);
    Ok(())
}
