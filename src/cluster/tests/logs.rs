//! Readings of logs: what is asked, what is told, and that no line is lost or repeated.

mod runs;
mod stage;
mod streams;

use serde_json::{Value, json};

use self::stage::Stage;
use super::*;
use crate::model::log::{Containers, LogQuery, LogTarget, LogUpdate};

/// All lines of a pod's container and what comes.
fn query(target: LogTarget) -> LogQuery {
    LogQuery {
        targets: vec![target],
        containers: Containers::All { init: false },
        previous: false,
        follow: true,
        since: None,
        tail: None,
        most: 10,
    }
}

fn single(container: Option<&str>) -> LogTarget {
    LogTarget::Pod { namespace: "shop".into(), name: "web-1".into(), container: container.map(str::to_owned) }
}

fn labelled(selector: &str) -> LogTarget {
    LogTarget::Labels { namespace: Some("shop".into()), selector: selector.into() }
}

/// An update as a few words.
fn short(update: &LogUpdate) -> String {
    match update {
        LogUpdate::Joined(id, source) => format!("joined {id} {}/{}", source.pod, source.container),
        LogUpdate::Lines(batch) => {
            format!("{}: {}", batch.source, batch.iter().map(|(text, _)| text).collect::<Vec<_>>().join("|"))
        }
        LogUpdate::Restarted(id, how) => format!("restarted {id} ({})", how.as_deref().unwrap_or("?")),
        LogUpdate::Interrupted(id, trouble) => format!("interrupted {id} {}", trouble.said),
        LogUpdate::Waiting(id, reason, words) => format!("waiting {id} {reason}: {words}"),
        LogUpdate::Said(words) => format!("said {words}"),
        LogUpdate::Resumed(id) => format!("resumed {id}"),
        LogUpdate::Left(id, why) => format!("left {id} {why}"),
        LogUpdate::Streams { open, of } => format!("{open} of {of}"),
        LogUpdate::PodsUnseen(trouble) => format!("unseen {:?}", trouble.kind),
        LogUpdate::PodsSeen => "seen".to_owned(),
        LogUpdate::Ended => "ended".to_owned(),
        LogUpdate::Failed(trouble) => format!("failed {:?} {}", trouble.kind, trouble.said),
    }
}

/// A pod of `shop` with one container and its status.
fn pod(name: &str, status: &Value) -> Value {
    let mut status = status.clone();
    status["name"] = json!("web");
    json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {"name": name, "namespace": "shop", "uid": format!("u-{name}"), "resourceVersion": "5"},
        "spec": {"restartPolicy": "Always", "containers": [{"name": "web", "image": "i"}]},
        "status": {"phase": "Running", "containerStatuses": [status]},
    })
}

/// A status: the container runs for the `n`th time; how the run before ended.
fn running(n: u32, before: Option<(i64, &str)>) -> Value {
    let mut status = json!({"containerID": format!("containerd://{n}"), "restartCount": n - 1,
        "state": {"running": {"startedAt": format!("2026-01-01T00:0{n}:00Z")}}, "lastState": {}});
    if let Some((code, reason)) = before {
        status["lastState"] = ended(n - 1, code, reason)["state"].clone();
    }
    status
}

fn ended(n: u32, code: i64, reason: &str) -> Value {
    json!({"containerID": format!("containerd://{n}"), "restartCount": n - 1, "state": {"terminated": {
        "containerID": format!("containerd://{n}"), "exitCode": code, "reason": reason,
        "startedAt": format!("2026-01-01T00:0{n}:00Z"), "finishedAt": format!("2026-01-01T00:0{n}:30Z")}}})
}

fn waiting(reason: &str) -> Value {
    json!({"restartCount": 0, "state": {"waiting": {"reason": reason}}})
}
