//! The row of a pod: its status in one word, as kubectl says it.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{age, items, name, number, or_none, since, text};

struct Summary {
    ready: usize,
    total: usize,
    reason: String,
    restarts: i64,
    last_restart: Option<Timestamp>,
}

/// The cells of a pod.
pub(super) fn pod(pod: &Value, now: Timestamp) -> Vec<Value> {
    let summary = summary(pod);
    let restarts = match summary.last_restart {
        Some(time) if summary.restarts > 0 => {
            format!("{} ({} ago)", summary.restarts, since(&time.to_string(), now))
        }
        _ => summary.restarts.to_string(),
    };
    let ip = items(pod, "/status/podIPs").first().map_or(text(pod, "/status/podIP"), |ip| text(ip, "/ip"));
    vec![
        name(pod),
        json!(format!("{}/{}", summary.ready, summary.total)),
        json!(summary.reason),
        json!(restarts),
        age(pod, now),
        json!(or_none(ip)),
        json!(or_none(text(pod, "/spec/nodeName"))),
        json!(or_none(text(pod, "/status/nominatedNodeName"))),
        json!(gates(pod)),
    ]
}

fn gates(pod: &Value) -> String {
    let gates = items(pod, "/spec/readinessGates");
    if gates.is_empty() {
        return "<none>".to_owned();
    }
    let met = |gate: &&Value| {
        items(pod, "/status/conditions")
            .iter()
            .any(|c| c["type"] == gate["conditionType"] && c["status"] == "True")
    };
    format!("{}/{}", gates.iter().filter(met).count(), gates.len())
}

fn is_restartable(pod: &Value, container: &str) -> bool {
    items(pod, "/spec/initContainers")
        .iter()
        .any(|c| c["name"] == container && c["restartPolicy"] == "Always")
}

fn summary(pod: &Value) -> Summary {
    let sidecars =
        items(pod, "/spec/initContainers").iter().filter(|c| c["restartPolicy"] == "Always").count();
    let status_reason = text(pod, "/status/reason");
    let phase = text(pod, "/status/phase");
    let mut summary = Summary {
        ready: 0,
        total: items(pod, "/spec/containers").len() + sidecars,
        reason: if status_reason.is_empty() { phase } else { status_reason }.to_owned(),
        restarts: 0,
        last_restart: None,
    };
    let conditions = items(pod, "/status/conditions");
    if conditions.iter().any(|c| c["type"] == "PodScheduled" && c["reason"] == "SchedulingGated") {
        "SchedulingGated".clone_into(&mut summary.reason);
    }
    let (initializing, sidecar_restarts) = init_containers(pod, &mut summary);
    let initialized = conditions.iter().any(|c| c["type"] == "Initialized" && c["status"] == "True");
    if !initializing || initialized {
        main_containers(pod, &mut summary, sidecar_restarts);
    }
    if pod["metadata"]["deletionTimestamp"].is_string() {
        if status_reason == "NodeLost" {
            "Unknown".clone_into(&mut summary.reason);
        } else if !matches!(phase, "Succeeded" | "Failed") {
            "Terminating".clone_into(&mut summary.reason);
        }
    }
    summary
}

/// Walks the init containers; whether one is still at work, and the restarts of sidecars.
fn init_containers(pod: &Value, summary: &mut Summary) -> (bool, (i64, Option<Timestamp>)) {
    let count = items(pod, "/spec/initContainers").len();
    let (mut sidecars, mut sidecars_last) = (0, None);
    for (at, container) in items(pod, "/status/initContainerStatuses").iter().enumerate() {
        let restartable = is_restartable(pod, text(container, "/name"));
        summary.restarts += number(container, "/restartCount");
        summary.last_restart = summary.last_restart.max(finished(container));
        if restartable {
            sidecars += number(container, "/restartCount");
            sidecars_last = sidecars_last.max(finished(container));
        }
        let state = &container["state"];
        let terminated = &state["terminated"];
        if terminated.is_object() && number(terminated, "/exitCode") == 0 {
            continue;
        }
        if restartable && container["started"] == Value::Bool(true) {
            if container["ready"] == Value::Bool(true) {
                summary.ready += 1;
            }
            continue;
        }
        let waiting = text(state, "/waiting/reason");
        summary.reason = if terminated.is_object() {
            format!("Init:{}", ended(terminated))
        } else if !waiting.is_empty() && waiting != "PodInitializing" {
            format!("Init:{waiting}")
        } else {
            format!("Init:{at}/{count}")
        };
        return (true, (sidecars, sidecars_last));
    }
    (false, (sidecars, sidecars_last))
}

fn main_containers(pod: &Value, summary: &mut Summary, sidecars: (i64, Option<Timestamp>)) {
    (summary.restarts, summary.last_restart) = sidecars;
    let mut running = false;
    for container in items(pod, "/status/containerStatuses").iter().rev() {
        summary.restarts += number(container, "/restartCount");
        summary.last_restart = summary.last_restart.max(finished(container));
        let state = &container["state"];
        let terminated = &state["terminated"];
        let waiting = text(state, "/waiting/reason");
        if !waiting.is_empty() {
            waiting.clone_into(&mut summary.reason);
        } else if terminated.is_object() {
            summary.reason = ended(terminated);
        } else if container["ready"] == Value::Bool(true) && state["running"].is_object() {
            running = true;
            summary.ready += 1;
        }
    }
    if summary.reason == "Completed" && running {
        let ready =
            items(pod, "/status/conditions").iter().any(|c| c["type"] == "Ready" && c["status"] == "True");
        if ready { "Running" } else { "NotReady" }.clone_into(&mut summary.reason);
    }
}

fn ended(terminated: &Value) -> String {
    let reason = text(terminated, "/reason");
    match number(terminated, "/signal") {
        _ if !reason.is_empty() => reason.to_owned(),
        0 => format!("ExitCode:{}", number(terminated, "/exitCode")),
        signal => format!("Signal:{signal}"),
    }
}

fn finished(container: &Value) -> Option<Timestamp> {
    text(container, "/lastState/terminated/finishedAt").parse().ok()
}
