//! The rows of everything that makes pods.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{age, containers, human, items, label_selector, name, number, or_none, pairs, since, text};

const TEMPLATE: &str = "/spec/template/spec/containers";

/// The cells of a Deployment.
pub(super) fn deployment(object: &Value, now: Timestamp) -> Vec<Value> {
    let [names, images] = containers(object, TEMPLATE);
    vec![
        name(object),
        json!(ready(object)),
        json!(number(object, "/status/updatedReplicas")),
        json!(number(object, "/status/availableReplicas")),
        age(object, now),
        names,
        images,
        json!(label_selector(object.pointer("/spec/selector"))),
    ]
}

fn ready(object: &Value) -> String {
    format!("{}/{}", number(object, "/status/readyReplicas"), number(object, "/spec/replicas"))
}

/// The cells of a ReplicaSet or a `ReplicationController`.
pub(super) fn replicaset(object: &Value, now: Timestamp) -> Vec<Value> {
    let [names, images] = containers(object, TEMPLATE);
    let selector = if object["kind"] == "ReplicationController" {
        or_none(&pairs(object.pointer("/spec/selector")))
    } else {
        label_selector(object.pointer("/spec/selector"))
    };
    vec![
        name(object),
        json!(number(object, "/spec/replicas")),
        json!(number(object, "/status/replicas")),
        json!(number(object, "/status/readyReplicas")),
        age(object, now),
        names,
        images,
        json!(selector),
    ]
}

/// The cells of a StatefulSet.
pub(super) fn statefulset(object: &Value, now: Timestamp) -> Vec<Value> {
    let [names, images] = containers(object, TEMPLATE);
    vec![name(object), json!(ready(object)), age(object, now), names, images]
}

/// The cells of a DaemonSet.
pub(super) fn daemonset(object: &Value, now: Timestamp) -> Vec<Value> {
    let [names, images] = containers(object, TEMPLATE);
    vec![
        name(object),
        json!(number(object, "/status/desiredNumberScheduled")),
        json!(number(object, "/status/currentNumberScheduled")),
        json!(number(object, "/status/numberReady")),
        json!(number(object, "/status/updatedNumberScheduled")),
        json!(number(object, "/status/numberAvailable")),
        json!(or_none(&pairs(object.pointer("/spec/template/spec/nodeSelector")))),
        age(object, now),
        names,
        images,
        json!(label_selector(object.pointer("/spec/selector"))),
    ]
}

/// The cells of a Job.
pub(super) fn job(object: &Value, now: Timestamp) -> Vec<Value> {
    let [names, images] = containers(object, TEMPLATE);
    let succeeded = number(object, "/status/succeeded");
    let completions = match (object["spec"]["completions"].as_i64(), number(object, "/spec/parallelism")) {
        (Some(wanted), _) => format!("{succeeded}/{wanted}"),
        (None, many) if many > 1 => format!("{succeeded}/1 of {many}"),
        (None, _) => format!("{succeeded}/1"),
    };
    let start: Option<Timestamp> = text(object, "/status/startTime").parse().ok();
    let end: Timestamp = text(object, "/status/completionTime").parse().unwrap_or(now);
    vec![
        name(object),
        json!(job_status(object)),
        json!(completions),
        json!(start.map(|start| human(end.duration_since(start))).unwrap_or_default()),
        age(object, now),
        names,
        images,
        json!(label_selector(object.pointer("/spec/selector"))),
    ]
}

fn job_status(object: &Value) -> &'static str {
    let has = |kind: &str| {
        items(object, "/status/conditions").iter().any(|c| c["type"] == kind && c["status"] == "True")
    };
    match () {
        () if has("Complete") => "Complete",
        () if has("Failed") => "Failed",
        () if object["metadata"]["deletionTimestamp"].is_string() => "Terminating",
        () if has("Suspended") => "Suspended",
        () if has("FailureTarget") => "FailureTarget",
        () if has("SuccessCriteriaMet") => "SuccessCriteriaMet",
        () => "Running",
    }
}

/// The cells of a CronJob.
pub(super) fn cronjob(object: &Value, now: Timestamp) -> Vec<Value> {
    let [names, images] = containers(object, "/spec/jobTemplate/spec/template/spec/containers");
    let last = text(object, "/status/lastScheduleTime");
    let suspended = object["spec"]["suspend"] == Value::Bool(true);
    vec![
        name(object),
        json!(text(object, "/spec/schedule")),
        json!(or_none(text(object, "/spec/timeZone"))),
        json!(if suspended { "True" } else { "False" }),
        json!(items(object, "/status/active").len()),
        json!(if last.is_empty() { "<none>".to_owned() } else { since(last, now) }),
        age(object, now),
        names,
        images,
        json!(label_selector(object.pointer("/spec/jobTemplate/spec/selector"))),
    ]
}

/// The cells of a `HorizontalPodAutoscaler`.
pub(super) fn autoscaler(object: &Value, now: Timestamp) -> Vec<Value> {
    let target = &object["spec"]["scaleTargetRef"];
    let minimum = object["spec"]["minReplicas"].as_i64().map_or("<unset>".to_owned(), |n| n.to_string());
    vec![
        name(object),
        json!(format!("{}/{}", text(target, "/kind"), text(target, "/name"))),
        json!(metrics(object)),
        json!(minimum),
        json!(number(object, "/spec/maxReplicas")),
        json!(number(object, "/status/currentReplicas")),
        age(object, now),
    ]
}

fn metrics(object: &Value) -> String {
    let wanted = items(object, "/spec/metrics");
    let mut parts = Vec::new();
    for metric in wanted.iter().take(2) {
        let resource = &metric["resource"];
        let name = text(resource, "/name");
        let current = items(object, "/status/currentMetrics").iter().find(|m| m["resource"]["name"] == name);
        let percent = |value: Option<&Value>| value.and_then(Value::as_i64).map(|n| format!("{n}%"));
        let now = current.and_then(|m| {
            percent(m.pointer("/resource/current/averageUtilization")).or_else(|| {
                Some(text(m, "/resource/current/averageValue").to_owned()).filter(|t| !t.is_empty())
            })
        });
        let goal = percent(resource.pointer("/target/averageUtilization"))
            .unwrap_or_else(|| text(resource, "/target/averageValue").to_owned());
        let now = now.unwrap_or_else(|| "<unknown>".to_owned());
        parts.push(format!("{name}: {now}/{goal}"));
    }
    match wanted.len() {
        0 => "<none>".to_owned(),
        1 | 2 => parts.join(", "),
        more => format!("{} + {} more...", parts.join(", "), more - 2),
    }
}

/// The cells of a `PodDisruptionBudget`.
pub(super) fn disruption_budget(object: &Value, now: Timestamp) -> Vec<Value> {
    let bound = |key: &str| match &object["spec"][key] {
        Value::Null => "N/A".to_owned(),
        Value::String(text) => text.clone(),
        number => number.to_string(),
    };
    vec![
        name(object),
        json!(bound("minAvailable")),
        json!(bound("maxUnavailable")),
        json!(number(object, "/status/disruptionsAllowed")),
        age(object, now),
    ]
}

/// The cells of a `ControllerRevision`.
pub(super) fn controller_revision(object: &Value, now: Timestamp) -> Vec<Value> {
    let owner = items(object, "/metadata/ownerReferences").iter().find(|o| o["controller"] == true);
    let owner = owner.map_or("<none>".to_owned(), |owner| {
        let group = text(owner, "/apiVersion").split_once('/').map_or("", |(group, _)| group);
        let kind = text(owner, "/kind").to_lowercase();
        let dot = if group.is_empty() { "" } else { "." };
        format!("{kind}{dot}{group}/{}", text(owner, "/name"))
    });
    vec![name(object), json!(owner), json!(number(object, "/revision")), age(object, now)]
}

/// The cells of a `PodTemplate`.
pub(super) fn pod_template(object: &Value) -> Vec<Value> {
    let [names, images] = containers(object, "/template/spec/containers");
    vec![name(object), names, images, json!(or_none(&pairs(object.pointer("/template/metadata/labels"))))]
}
