//! The Job controller's decisions: pods until enough succeeded or too many failed.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::super::clock::seconds;
use super::super::resource::{JOBS, PODS};
use super::json::{
    condition_holds, deleting, items, name, namespace, number, object_at, owner_reference, set_condition,
    set_count, text, time, truth, uid,
};
use super::names::Dice;
use super::plan::{Decision, Note, Write, about};
use super::pods::{from_template, is_active, is_ready};

/// The component that its events name.
pub const COMPONENT: &str = "job-controller";

/// Whether a Job ended, well or not.
pub fn is_finished(job: &Value) -> bool {
    condition_holds(job, "Complete") || condition_holds(job, "Failed")
}

/// One sync with the pods that it controls.
pub fn reconcile(job: &Value, pods: &[Value], dice: &mut Dice, now: Timestamp) -> Decision {
    if deleting(job) {
        return Decision::rest();
    }
    if job["spec"].get("selector").is_none_or(Value::is_null) {
        return Decision::act(vec![Write::Update(JOBS, with_selector(job))]);
    }
    if is_finished(job) {
        return expire(job, now);
    }
    let succeeded = count(pods, "Succeeded");
    let failed = count(pods, "Failed");
    let active = pods.iter().filter(|p| is_active(p)).count() as i64;
    let wanted = number(job, "/spec/completions").unwrap_or(1);
    let limit = number(job, "/spec/backoffLimit").unwrap_or(6);
    let mut decision = Decision::rest();
    let mut after = job.clone();
    let retries: i64 = pods.iter().map(super::pods::restarts).sum();
    if succeeded >= wanted {
        conclude(
            &mut after,
            "Complete",
            "CompletionsReached",
            "Reached expected number of succeeded pods",
            now,
        );
        let status = object_at(&mut after, &["status"]);
        status.insert("completionTime".to_owned(), json!(seconds(now)));
        let message = "Job completed".to_owned();
        decision.writes.push(Note::normal(about(JOBS, job), COMPONENT, "Completed", message));
    } else if failed > limit || retries > limit {
        let why = "Job has reached the specified backoff limit";
        conclude(&mut after, "Failed", "BackoffLimitExceeded", why, now);
        for pod in pods.iter().filter(|p| is_active(p)) {
            decision.writes.push(Write::Delete(PODS, namespace(pod).to_owned(), name(pod).to_owned()));
        }
        let note = Note::warning(about(JOBS, job), COMPONENT, "BackoffLimitExceeded", why.to_owned());
        decision.writes.push(note);
    } else if !truth(job, "/spec/suspend") {
        make_pods(job, pods, active, (wanted - succeeded).max(0), dice, now, &mut decision);
    }
    let status = object_at(&mut after, &["status"]);
    status.entry("startTime").or_insert(json!(seconds(now)));
    status.entry("uncountedTerminatedPods").or_insert(json!({}));
    let finished = status.contains_key("conditions");
    set_count(status, "active", if finished { 0 } else { active });
    set_count(status, "succeeded", succeeded);
    set_count(status, "failed", failed);
    status.insert("terminating".to_owned(), json!(pods.iter().filter(|p| deleting(p)).count()));
    let ready = pods.iter().filter(|p| is_active(p) && is_ready(p)).count();
    status.insert("ready".to_owned(), json!(ready));
    if after["status"] != job["status"] {
        decision.writes.push(Write::Update(JOBS, after));
    }
    decision
}

fn count(pods: &[Value], phase: &str) -> i64 {
    pods.iter().filter(|p| text(p, "/status/phase") == phase).count() as i64
}

fn conclude(job: &mut Value, kind: &str, reason: &str, message: &str, now: Timestamp) {
    let mut conditions = items(job, "/status/conditions").to_vec();
    let first = if kind == "Complete" { "SuccessCriteriaMet" } else { "FailureTarget" };
    for kind in [first, kind] {
        let new = json!({
            "type": kind, "status": "True", "reason": reason, "message": message, "lastProbeTime": seconds(now),
        });
        set_condition(&mut conditions, new, now);
    }
    object_at(job, &["status"]).insert("conditions".to_owned(), Value::Array(conditions));
}

/// What the API server adds to a Job that brings no selector: its own UID as label.
pub fn with_selector(job: &Value) -> Value {
    let mut after = job.clone();
    let id = uid(job).to_owned();
    after["spec"]["selector"] = json!({"matchLabels": {"batch.kubernetes.io/controller-uid": id}});
    let labels = object_at(&mut after, &["spec", "template", "metadata", "labels"]);
    for prefix in ["", "batch.kubernetes.io/"] {
        labels.insert(format!("{prefix}controller-uid"), json!(id));
        labels.insert(format!("{prefix}job-name"), json!(name(job)));
    }
    after
}

fn make_pods(
    job: &Value,
    pods: &[Value],
    active: i64,
    missing: i64,
    dice: &mut Dice,
    now: Timestamp,
    decision: &mut Decision,
) {
    let parallel = number(job, "/spec/parallelism").unwrap_or(1);
    let failures = count(pods, "Failed");
    if failures > 0 {
        let last = pods.iter().filter_map(finished_at).max().unwrap_or(now);
        let delay = SignedDuration::from_secs((10_i64 << (failures - 1).min(5)).min(360));
        let due = last.saturating_add(delay).unwrap_or(now);
        if now < due {
            decision.look_again(due);
            return;
        }
    }
    for _ in active..parallel.min(missing) {
        let owner = owner_reference(job, "batch/v1", "Job");
        let prefix = format!("{}-", name(job));
        let pod = from_template(&job["spec"]["template"], namespace(job), &prefix, &owner, dice);
        let message = format!("Created pod: {}", name(&pod));
        decision.writes.push(Write::Create(PODS, pod));
        decision.writes.push(Note::normal(about(JOBS, job), COMPONENT, "SuccessfulCreate", message));
    }
}

fn finished_at(pod: &Value) -> Option<Timestamp> {
    items(pod, "/status/containerStatuses")
        .iter()
        .filter_map(|c| time(c, "/state/terminated/finishedAt"))
        .max()
}

fn expire(job: &Value, now: Timestamp) -> Decision {
    let Some(kept) = number(job, "/spec/ttlSecondsAfterFinished") else { return Decision::rest() };
    let ended = items(job, "/status/conditions").iter().filter_map(|c| time(c, "/lastTransitionTime")).max();
    let due = ended.unwrap_or(now).saturating_add(SignedDuration::from_secs(kept)).unwrap_or(now);
    if now < due {
        return Decision::wait(due);
    }
    Decision::act(vec![Write::Delete(JOBS, namespace(job).to_owned(), name(job).to_owned())])
}
