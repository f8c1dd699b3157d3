//! The rows of access and of the API itself: bindings, signing requests, API services.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::{age, human, items, name, text};

/// The cells of a `RoleBinding` or `ClusterRoleBinding`.
pub(super) fn role_binding(object: &Value, now: Timestamp) -> Vec<Value> {
    let subjects = |kind: &str| {
        let of = items(object, "/subjects").iter().filter(|s| s["kind"] == kind);
        let name = |s: &Value| match text(s, "/namespace") {
            "" => text(s, "/name").to_owned(),
            ns => format!("{ns}/{}", text(s, "/name")),
        };
        json!(of.map(name).collect::<Vec<_>>().join(", "))
    };
    vec![
        name(object),
        json!(format!("{}/{}", text(object, "/roleRef/kind"), text(object, "/roleRef/name"))),
        age(object, now),
        subjects("User"),
        subjects("Group"),
        subjects("ServiceAccount"),
    ]
}

/// The cells of a `CertificateSigningRequest`.
pub(super) fn signing_request(object: &Value, now: Timestamp) -> Vec<Value> {
    let wished = object["spec"]["expirationSeconds"].as_i64();
    vec![
        name(object),
        age(object, now),
        json!(text(object, "/spec/signerName")),
        json!(text(object, "/spec/username")),
        json!(wished.map_or("<none>".to_owned(), |seconds| human(SignedDuration::from_secs(seconds)))),
        json!(signing_status(object)),
    ]
}

/// `Pending`, or `Approved,Issued`.
fn signing_status(object: &Value) -> String {
    let has = |kind: &str| items(object, "/status/conditions").iter().any(|c| c["type"] == kind);
    let mut words = match () {
        () if has("Denied") => "Denied".to_owned(),
        () if has("Approved") => "Approved".to_owned(),
        () => "Pending".to_owned(),
    };
    if has("Failed") {
        words.push_str(",Failed");
    }
    if !text(object, "/status/certificate").is_empty() {
        words.push_str(",Issued");
    }
    words
}

/// The cells of an `APIService`.
pub(super) fn api_service(object: &Value, now: Timestamp) -> Vec<Value> {
    let service = object.pointer("/spec/service").filter(|service| !service.is_null());
    let served_by = service.map(|s| format!("{}/{}", text(s, "/namespace"), text(s, "/name")));
    let available = items(object, "/status/conditions").iter().find(|c| c["type"] == "Available");
    let available = available.map_or("Unknown".to_owned(), |condition| match text(condition, "/status") {
        "True" => "True".to_owned(),
        status => format!("{status} ({})", text(condition, "/reason")),
    });
    vec![
        name(object),
        json!(served_by.unwrap_or_else(|| "Local".to_owned())),
        json!(available),
        age(object, now),
    ]
}
