//! The rows of nodes, events, configuration and storage.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{age, items, name, number, or_none, since, text};

/// The cells of a Node.
pub(super) fn node(object: &Value, now: Timestamp) -> Vec<Value> {
    let ready = items(object, "/status/conditions").iter().find(|c| c["type"] == "Ready");
    let mut status = match ready {
        Some(condition) if condition["status"] == "True" => "Ready",
        Some(_) => "NotReady",
        None => "Unknown",
    }
    .to_owned();
    if object["spec"]["unschedulable"] == Value::Bool(true) {
        status.push_str(",SchedulingDisabled");
    }
    let address = |kind: &str| {
        let found = items(object, "/status/addresses").iter().find(|a| a["type"] == kind);
        json!(or_none(found.map(|a| text(a, "/address")).unwrap_or_default()))
    };
    let info = |key: &str| text(object, &format!("/status/nodeInfo/{key}")).to_owned();
    let kernel = match (info("kernelVersion"), info("architecture")) {
        (kernel, arch) if kernel.is_empty() || arch.is_empty() => kernel,
        (kernel, arch) => format!("{kernel} ({arch})"),
    };
    let unknown = |text: String| json!(if text.is_empty() { "<unknown>".to_owned() } else { text });
    vec![
        name(object),
        json!(status),
        json!(roles(object)),
        age(object, now),
        json!(info("kubeletVersion")),
        address("InternalIP"),
        address("ExternalIP"),
        unknown(info("osImage")),
        unknown(kernel),
        unknown(info("containerRuntimeVersion")),
    ]
}

fn roles(object: &Value) -> String {
    let mut roles = Vec::new();
    if let Some(Value::Object(labels)) = object.pointer("/metadata/labels") {
        for (key, value) in labels {
            if let Some(role) = key.strip_prefix("node-role.kubernetes.io/").filter(|r| !r.is_empty()) {
                roles.push(role);
            } else if key == "kubernetes.io/role" {
                roles.extend(value.as_str());
            }
        }
    }
    roles.sort_unstable();
    roles.dedup();
    or_none(&roles.join(","))
}

/// The cells of an Event.
pub(super) fn event(object: &Value, now: Timestamp) -> Vec<Value> {
    let first_of = |paths: &[&str]| {
        paths.iter().map(|path| text(object, path)).find(|t| !t.is_empty()).unwrap_or_default().to_owned()
    };
    let first = first_of(&["/firstTimestamp", "/eventTime"]);
    let last = first_of(&["/series/lastObservedTime", "/lastTimestamp", "/eventTime"]);
    let source = [
        first_of(&["/source/component", "/reportingComponent"]),
        first_of(&["/source/host", "/reportingInstance"]),
    ];
    let source = source.into_iter().filter(|s| !s.is_empty()).collect::<Vec<_>>().join(", ");
    let count = [number(object, "/series/count"), number(object, "/count")].into_iter().find(|n| *n > 0);
    let about = &object["involvedObject"];
    vec![
        json!(since(&last, now)),
        json!(text(object, "/type")),
        json!(text(object, "/reason")),
        json!(format!("{}/{}", text(about, "/kind").to_lowercase(), text(about, "/name"))),
        json!(text(about, "/fieldPath")),
        json!(source),
        json!(text(object, "/message").trim()),
        json!(since(&first, now)),
        json!(count.unwrap_or(1)),
        name(object),
    ]
}

fn size(object: &Value, key: &str) -> usize {
    object[key].as_object().map_or(0, serde_json::Map::len)
}

/// The cells of a ConfigMap.
pub(super) fn configmap(object: &Value, now: Timestamp) -> Vec<Value> {
    vec![name(object), json!(size(object, "data") + size(object, "binaryData")), age(object, now)]
}

/// The cells of a Secret.
pub(super) fn secret(object: &Value, now: Timestamp) -> Vec<Value> {
    vec![name(object), json!(text(object, "/type")), json!(size(object, "data")), age(object, now)]
}

/// The cells of a Namespace.
pub(super) fn namespace(object: &Value, now: Timestamp) -> Vec<Value> {
    vec![name(object), json!(text(object, "/status/phase")), age(object, now)]
}

/// The cells of a `ServiceAccount`.
pub(super) fn service_account(object: &Value, now: Timestamp) -> Vec<Value> {
    vec![name(object), json!(items(object, "/secrets").len()), age(object, now)]
}

fn access_modes(modes: &[Value]) -> String {
    let short = |mode: &Value| match mode.as_str().unwrap_or_default() {
        "ReadWriteOnce" => "RWO",
        "ReadOnlyMany" => "ROX",
        "ReadWriteMany" => "RWX",
        "ReadWriteOncePod" => "RWOP",
        _ => "",
    };
    modes.iter().map(short).collect::<Vec<_>>().join(",")
}

/// The cells of a `PersistentVolumeClaim`.
pub(super) fn claim(object: &Value, now: Timestamp) -> Vec<Value> {
    let bound = !text(object, "/spec/volumeName").is_empty();
    let deleting = object["metadata"]["deletionTimestamp"].is_string();
    let phase = if deleting { "Terminating" } else { text(object, "/status/phase") };
    let capacity = if bound { text(object, "/status/capacity/storage") } else { "" };
    let modes = if bound { access_modes(items(object, "/status/accessModes")) } else { String::new() };
    let mode = text(object, "/spec/volumeMode");
    vec![
        name(object),
        json!(phase),
        json!(text(object, "/spec/volumeName")),
        json!(capacity),
        json!(modes),
        json!(text(object, "/spec/storageClassName")),
        json!(unset(text(object, "/spec/volumeAttributesClassName"))),
        age(object, now),
        json!(unset(mode)),
    ]
}

fn unset(text: &str) -> &str {
    if text.is_empty() { "<unset>" } else { text }
}

/// The cells of a `PersistentVolume`.
pub(super) fn volume(object: &Value, now: Timestamp) -> Vec<Value> {
    let claim = object.pointer("/spec/claimRef");
    let claim = claim.map(|c| format!("{}/{}", text(c, "/namespace"), text(c, "/name"))).unwrap_or_default();
    let deleting = object["metadata"]["deletionTimestamp"].is_string();
    vec![
        name(object),
        json!(text(object, "/spec/capacity/storage")),
        json!(access_modes(items(object, "/spec/accessModes"))),
        json!(text(object, "/spec/persistentVolumeReclaimPolicy")),
        json!(if deleting { "Terminating" } else { text(object, "/status/phase") }),
        json!(claim),
        json!(text(object, "/spec/storageClassName")),
        json!(unset(text(object, "/spec/volumeAttributesClassName"))),
        json!(text(object, "/status/reason")),
        age(object, now),
        json!(unset(text(object, "/spec/volumeMode"))),
    ]
}

/// The cells of a `StorageClass`.
pub(super) fn storage_class(object: &Value, now: Timestamp) -> Vec<Value> {
    let annotations = &object["metadata"]["annotations"];
    let default = annotations["storageclass.kubernetes.io/is-default-class"] == "true";
    let label = text(object, "/metadata/name");
    let or = |key: &str, default: &str| {
        let found = text(object, key);
        json!(if found.is_empty() { default } else { found })
    };
    vec![
        json!(if default { format!("{label} (default)") } else { label.to_owned() }),
        json!(text(object, "/provisioner")),
        or("/reclaimPolicy", "Delete"),
        or("/volumeBindingMode", "Immediate"),
        json!(object["allowVolumeExpansion"].as_bool().unwrap_or(false)),
        age(object, now),
    ]
}

/// The cells of a `ResourceQuota`.
pub(super) fn quota(object: &Value, now: Timestamp) -> Vec<Value> {
    let (mut requests, mut limits) = (Vec::new(), Vec::new());
    for (key, hard) in object.pointer("/status/hard").and_then(Value::as_object).into_iter().flatten() {
        let used = object["status"]["used"][key].as_str().unwrap_or("0");
        let text = format!("{key}: {used}/{}", hard.as_str().unwrap_or_default());
        if key.starts_with("limits") { limits.push(text) } else { requests.push(text) }
    }
    vec![name(object), json!(requests.join(", ")), json!(limits.join(", ")), age(object, now)]
}

/// The cells of a Lease.
pub(super) fn lease(object: &Value, now: Timestamp) -> Vec<Value> {
    vec![name(object), json!(text(object, "/spec/holderIdentity")), age(object, now)]
}

/// The cells of a `PriorityClass`.
pub(super) fn priority_class(object: &Value, now: Timestamp) -> Vec<Value> {
    vec![
        name(object),
        json!(number(object, "/value")),
        json!(object["globalDefault"].as_bool().unwrap_or(false)),
        age(object, now),
        json!(text(object, "/preemptionPolicy")),
    ]
}
