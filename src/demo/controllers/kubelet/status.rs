//! The status of a pod as its kubelet writes it: container states, conditions, phase.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::super::super::clock::seconds;
use super::super::json::{items, name, namespace, number, object_at, set_condition, text, truth, uid};
use super::super::names::{Dice, fnv};
use super::behaviour::exit_reason;

/// The status of a container that was not started yet.
pub(super) fn waiting_container(container: &Value, reason: &str) -> Value {
    let mut status = json!({
        "name": text(container, "/name"), "state": {"waiting": {"reason": reason}}, "lastState": {},
        "ready": false, "restartCount": 0, "image": text(container, "/image"), "imageID": "", "started": false,
    });
    if let Some(resources) =
        container.get("resources").filter(|r| r.as_object().is_some_and(|m| !m.is_empty()))
    {
        if let Some(requests) = resources.get("requests") {
            status["allocatedResources"] = requests.clone();
        }
        status["resources"] = resources.clone();
    }
    let mounts: Vec<Value> = items(container, "/volumeMounts").iter().map(mount_status).collect();
    if !mounts.is_empty() {
        status["volumeMounts"] = Value::Array(mounts);
    }
    status
}

fn mount_status(mount: &Value) -> Value {
    let mut status = json!({"name": mount["name"], "mountPath": mount["mountPath"]});
    if truth(mount, "/readOnly") {
        status["readOnly"] = json!(true);
        status["recursiveReadOnly"] = json!("Disabled");
    }
    status
}

/// Makes a container run from `now` on.
pub(super) fn run(status: &mut Value, pod_uid: &str, restarts: i64, now: Timestamp) {
    let image = text(status, "/image").to_owned();
    let who = format!("{pod_uid}/{}/{restarts}", text(status, "/name"));
    if let Some(terminated) = status["state"].get("terminated").cloned() {
        status["lastState"] = json!({"terminated": terminated});
    }
    status["state"] = json!({"running": {"startedAt": seconds(now)}});
    status["restartCount"] = json!(restarts);
    status["containerID"] = json!(format!("containerd://{}", Dice::of(&who).hex(64)));
    status["imageID"] = json!(image_id(&image));
    status["started"] = json!(true);
    status["ready"] = json!(false);
}

/// The digest under which an image is known on its node.
pub fn image_id(image: &str) -> String {
    let repository = match image.rfind(':') {
        Some(colon) if !image[colon..].contains('/') => &image[..colon],
        _ => image,
    };
    format!("{repository}@sha256:{}", Dice::new(fnv(image.as_bytes())).hex(64))
}

/// Ends a running container.
pub(super) fn end(status: &mut Value, code: i64, now: Timestamp) {
    let started = text(status, "/state/running/startedAt").to_owned();
    let id = text(status, "/containerID").to_owned();
    status["state"] = json!({"terminated": {
        "exitCode": code, "reason": exit_reason(code), "startedAt": started, "finishedAt": seconds(now),
        "containerID": id,
    }});
    status["ready"] = json!(false);
    status["started"] = json!(false);
}

/// Makes a container wait; what it did before becomes its last state.
pub(super) fn wait(status: &mut Value, reason: &str, message: Option<String>) {
    if let Some(terminated) = status["state"].get("terminated").cloned() {
        status["lastState"] = json!({"terminated": terminated});
    }
    status["state"] = json!({"waiting": {"reason": reason}});
    if let Some(message) = message {
        status["state"]["waiting"]["message"] = json!(message);
    }
    status["ready"] = json!(false);
    status["started"] = json!(false);
}

/// The address of a pod: within its node's range.
pub fn pod_ip(node: &str, pod_uid: &str) -> String {
    let hash = fnv(pod_uid.as_bytes());
    format!("10.244.{}.{}", node_number(node), 2 + hash % 250)
}

/// The address of a node.
pub fn node_ip(node: &str) -> String {
    format!("10.0.{}.{}", node_number(node) / 250, 10 + node_number(node) % 240)
}

fn node_number(node: &str) -> u64 {
    let digits = node.trim_start_matches(|c: char| !c.is_ascii_digit());
    digits.parse::<u64>().unwrap_or_else(|_| fnv(node.as_bytes())) % 250
}

/// The first status on a node: conditions, addresses, containers that wait.
pub(super) fn begin(pod: &mut Value, now: Timestamp) {
    let node = text(pod, "/spec/nodeName").to_owned();
    let has_init = !items(pod, "/spec/initContainers").is_empty();
    let reason = if has_init { "PodInitializing" } else { "ContainerCreating" };
    let all = |field: &str| -> Vec<Value> {
        items(pod, field).iter().map(|c| waiting_container(c, reason)).collect()
    };
    let (containers, inits) = (all("/spec/containers"), all("/spec/initContainers"));
    let status = object_at(pod, &["status"]);
    status.insert("startTime".to_owned(), json!(seconds(now)));
    status.insert("hostIP".to_owned(), json!(node_ip(&node)));
    status.insert("hostIPs".to_owned(), json!([{"ip": node_ip(&node)}]));
    status.insert("containerStatuses".to_owned(), Value::Array(containers));
    if has_init {
        status.insert("initContainerStatuses".to_owned(), Value::Array(inits));
    }
}

/// Conditions and phase, as they follow from the container states.
pub(super) fn conclude(pod: &mut Value, now: Timestamp) {
    let statuses = items(pod, "/status/containerStatuses").to_vec();
    let inits = items(pod, "/status/initContainerStatuses");
    let initialized = inits.iter().all(|c| number(c, "/state/terminated/exitCode") == Some(0));
    let policy = text(pod, "/spec/restartPolicy").to_owned();
    let codes: Vec<Option<i64>> = statuses.iter().map(|c| number(c, "/state/terminated/exitCode")).collect();
    let ended = !codes.is_empty() && codes.iter().all(Option::is_some) && policy != "Always";
    let failed_init = policy == "Never"
        && inits.iter().any(|c| number(c, "/state/terminated/exitCode").is_some_and(|code| code != 0));
    let started =
        |c: &Value| c["state"].get("waiting").is_none() || c["lastState"].get("terminated").is_some();
    let phase = if failed_init || (ended && policy == "Never" && codes.iter().any(|c| *c != Some(0))) {
        "Failed"
    } else if ended && codes.iter().all(|c| *c == Some(0)) {
        "Succeeded"
    } else if statuses.iter().all(started) && initialized {
        "Running"
    } else {
        "Pending"
    };
    let finished = matches!(phase, "Failed" | "Succeeded");
    let has_sandbox = !finished
        && (!items(pod, "/status/podIPs").is_empty()
            || statuses.iter().any(|c| {
                !matches!(text(c, "/state/waiting/reason"), "ContainerCreating" | "PodInitializing")
            }));
    let unready: Vec<&str> =
        statuses.iter().filter(|c| !truth(c, "/ready")).map(|c| text(c, "/name")).collect();
    let generation = number(pod, "/metadata/generation").unwrap_or(1);
    let (reason, message) = if finished {
        (if phase == "Failed" { "PodFailed" } else { "PodCompleted" }, String::new())
    } else {
        ("ContainersNotReady", format!("containers with unready status: [{}]", unready.join(" ")))
    };
    let mut conditions = items(pod, "/status/conditions").to_vec();
    let mut put = |kind: &str, holds: bool, reason: &str, message: &str| {
        let mut new = json!({
            "type": kind, "status": if holds { "True" } else { "False" }, "lastProbeTime": null,
            "observedGeneration": generation,
        });
        if !reason.is_empty() {
            new["reason"] = json!(reason);
        }
        if !message.is_empty() {
            new["message"] = json!(message);
        }
        set_condition(&mut conditions, new, now);
    };
    let pending_init = if initialized { "" } else { "ContainersNotInitialized" };
    put("PodReadyToStartContainers", has_sandbox, "", "");
    put("Initialized", initialized, if finished { reason } else { pending_init }, "");
    let ready = unready.is_empty() && !finished;
    let (why, words) = if ready { ("", "") } else { (reason, message.as_str()) };
    put("Ready", ready, why, words);
    put("ContainersReady", ready, why, words);
    let order = ["PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady", "PodScheduled"];
    conditions.sort_by_key(|c| order.iter().position(|kind| c["type"] == *kind).unwrap_or(order.len()));
    let status = object_at(pod, &["status"]);
    status.insert("conditions".to_owned(), Value::Array(conditions));
    status.insert("phase".to_owned(), json!(phase));
    status.insert("observedGeneration".to_owned(), json!(generation));
}

/// Gives the pod its address.
pub(super) fn give_address(pod: &mut Value) {
    if !text(pod, "/status/podIP").is_empty() {
        return;
    }
    let ip = if truth(pod, "/spec/hostNetwork") {
        text(pod, "/status/hostIP").to_owned()
    } else {
        pod_ip(text(pod, "/spec/nodeName"), uid(pod))
    };
    let status = object_at(pod, &["status"]);
    status.insert("podIP".to_owned(), json!(ip));
    status.insert("podIPs".to_owned(), json!([{"ip": ip}]));
}

/// `name_namespace(uid)`, as kubelets call a pod.
pub(super) fn full_name(pod: &Value) -> String {
    format!("{}_{}({})", name(pod), namespace(pod), uid(pod))
}
