//! A Deployment's status: counts, the conditions Available and Progressing, and the progress deadline.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::super::super::clock::seconds;
use super::super::super::resource::DEPLOYMENTS;
use super::super::json::{
    condition, items, name, number, object_at, set_condition, set_count, text, time, truth,
};
use super::super::plan::{Decision, Write};
use super::Rollout;
use super::scaling::max_unavailable;

/// Whether the Deployment has a progress deadline.
pub(super) fn has_deadline(deployment: &Value) -> bool {
    number(deployment, "/spec/progressDeadlineSeconds").is_some_and(|s| s < i64::from(i32::MAX))
}

/// Writes the condition Progressing; the same status and reason leave it as it is.
pub(super) fn progressing(deployment: &mut Value, status: &str, reason: &str, message: &str, now: Timestamp) {
    put(deployment, "Progressing", status, reason, message, now);
}

fn put(deployment: &mut Value, kind: &str, status: &str, reason: &str, message: &str, now: Timestamp) {
    if let Some(known) = condition(deployment, kind)
        && text(known, "/status") == status
        && text(known, "/reason") == reason
    {
        return;
    }
    force(deployment, kind, status, reason, message, now);
}

fn force(deployment: &mut Value, kind: &str, status: &str, reason: &str, message: &str, now: Timestamp) {
    let mut list = items(deployment, "/status/conditions").to_vec();
    let new = json!({
        "type": kind, "status": status, "reason": reason, "message": message, "lastUpdateTime": seconds(now),
    });
    set_condition(&mut list, new, now);
    object_at(deployment, &["status"]).insert("conditions".to_owned(), Value::Array(list));
}

/// Notes that the Deployment was paused or resumed; `None` when there is nothing to note.
pub(super) fn pause_or_resume(rollout: &Rollout<'_>) -> Option<Decision> {
    let deployment = rollout.deployment;
    if !has_deadline(deployment) {
        return None;
    }
    let known = condition(deployment, "Progressing");
    let reason = known.map_or("", |c| text(c, "/reason"));
    if reason == "ProgressDeadlineExceeded" {
        return None;
    }
    let paused = truth(deployment, "/spec/paused");
    let (reason, message) = match (paused, reason == "DeploymentPaused") {
        (true, false) => ("DeploymentPaused", "Deployment is paused"),
        (false, true) => ("DeploymentResumed", "Deployment is resumed"),
        _ => return None,
    };
    let mut noted = deployment.clone();
    progressing(&mut noted, "Unknown", reason, message, rollout.now);
    Some(Decision::act(vec![Write::Update(DEPLOYMENTS, noted)]))
}

/// Whether the last written status says that the rollout is complete.
pub(super) fn is_complete(deployment: &Value) -> bool {
    let wanted = number(deployment, "/spec/replicas").unwrap_or(1);
    let count = |field: &str| number(deployment, field).unwrap_or(0);
    count("/status/updatedReplicas") == wanted
        && count("/status/replicas") == wanted
        && count("/status/availableReplicas") == wanted
        && count("/status/observedGeneration") >= count("/metadata/generation")
}

/// The Deployment with its status brought up to date, if that changed, and when its deadline comes.
pub(super) fn sync(rollout: &Rollout<'_>) -> Decision {
    let before = rollout.deployment;
    let mut after = before.clone();
    count(rollout, &mut after);
    let mut decision = Decision::rest();
    if has_deadline(before) && !truth(before, "/spec/paused") {
        judge_progress(rollout, &mut after, &mut decision);
    }
    if after["status"] != before["status"] {
        decision.writes.push(Write::Update(DEPLOYMENTS, after));
    }
    decision
}

fn count(rollout: &Rollout<'_>, after: &mut Value) {
    let sum = |field: &str| rollout.all().map(|rs| number(rs, field).unwrap_or(0)).sum::<i64>();
    let (total, available) = (sum("/status/replicas"), sum("/status/availableReplicas"));
    let updated = rollout.new.and_then(|rs| number(rs, "/status/replicas")).unwrap_or(0);
    let generation = number(rollout.deployment, "/metadata/generation").unwrap_or(1);
    let status = object_at(after, &["status"]);
    status.insert("observedGeneration".to_owned(), json!(generation));
    set_count(status, "replicas", total);
    set_count(status, "updatedReplicas", updated);
    set_count(status, "readyReplicas", sum("/status/readyReplicas"));
    set_count(status, "availableReplicas", available);
    set_count(status, "unavailableReplicas", (sum("/spec/replicas") - available).max(0));
    status.insert("terminatingReplicas".to_owned(), json!(sum("/status/terminatingReplicas")));
    let least = rollout.wanted() - max_unavailable(rollout.deployment);
    if available >= least {
        let message = "Deployment has minimum availability.";
        put(after, "Available", "True", "MinimumReplicasAvailable", message, rollout.now);
    } else {
        let message = "Deployment does not have minimum availability.";
        put(after, "Available", "False", "MinimumReplicasUnavailable", message, rollout.now);
    }
}

fn judge_progress(rollout: &Rollout<'_>, after: &mut Value, decision: &mut Decision) {
    let before = rollout.deployment;
    let subject = rollout.new.map_or_else(
        || format!("Deployment \"{}\"", name(before)),
        |rs| format!("ReplicaSet \"{}\"", name(rs)),
    );
    let known = condition(before, "Progressing");
    let reason = known.map_or("", |c| text(c, "/reason"));
    let of = |value: &Value, field: &str| number(value, &format!("/status/{field}")).unwrap_or(0);
    if of(after, "replicas") == of(after, "updatedReplicas") && reason == "NewReplicaSetAvailable" {
        return;
    }
    if is_complete(after) {
        let message = format!("{subject} has successfully progressed.");
        progressing(after, "True", "NewReplicaSetAvailable", &message, rollout.now);
        return;
    }
    let old = |value: &Value| of(value, "replicas") - of(value, "updatedReplicas");
    let moved = ["updatedReplicas", "readyReplicas", "availableReplicas"]
        .iter()
        .any(|field| of(after, field) > of(before, field))
        || old(after) < old(before);
    if moved {
        let message = format!("{subject} is progressing.");
        force(after, "Progressing", "True", "ReplicaSetUpdated", &message, rollout.now);
    }
    let Some(known) = condition(after, "Progressing") else { return };
    let reason = text(known, "/reason");
    if matches!(reason, "NewReplicaSetAvailable" | "ProgressDeadlineExceeded") {
        return;
    }
    let Some(since) = time(known, "/lastUpdateTime") else { return };
    let allowed = number(before, "/spec/progressDeadlineSeconds").unwrap_or(600);
    let due = since.saturating_add(SignedDuration::from_secs(allowed)).unwrap_or(Timestamp::MAX);
    if rollout.now > due {
        let message = format!("{subject} has timed out progressing.");
        progressing(after, "False", "ProgressDeadlineExceeded", &message, rollout.now);
    } else {
        // One second more, because the timestamps in the status are whole seconds.
        decision.look_again(due.saturating_add(SignedDuration::from_secs(1)).unwrap_or(Timestamp::MAX));
    }
}
