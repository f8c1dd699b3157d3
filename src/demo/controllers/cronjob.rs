//! The CronJob controller's decisions: when a Job is due, which old ones go; and the five fields of a schedule.

use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use serde_json::{Value, json};

use super::super::clock::seconds;
use super::super::resource::{CRONJOBS, JOBS};
use super::job::is_finished;
use super::json::{
    condition_holds, created, deleting, name, namespace, number, object_at, owner_reference, text, time,
    truth, uid,
};
use super::plan::{Decision, Note, Write, about};

/// The component that its events name.
pub const COMPONENT: &str = "cronjob-controller";

/// One sync with the Jobs that it controls. Runs that were missed are not made up for, but for the last.
pub fn reconcile(cron: &Value, jobs: &[Value], now: Timestamp) -> Decision {
    if deleting(cron) {
        return Decision::rest();
    }
    let mut decision = Decision::rest();
    let mut after = cron.clone();
    settle_finished(cron, jobs, &mut after, &mut decision);
    if !truth(cron, "/spec/suspend") {
        let last = time(cron, "/status/lastScheduleTime").unwrap_or_else(|| created(cron));
        let earliest = last.max(now.saturating_sub(SignedDuration::from_secs(90)).unwrap_or(last));
        match next_after(text(cron, "/spec/schedule"), earliest) {
            Some(due) if due <= now => start(cron, jobs, due, &mut after, &mut decision),
            Some(due) => decision.look_again(due),
            None => {}
        }
        if let Some(next) = next_after(text(cron, "/spec/schedule"), now) {
            decision.look_again(next);
        }
    }
    if after["status"] != cron["status"] {
        decision.writes.push(Write::Update(CRONJOBS, after));
    }
    decision
}

fn start(cron: &Value, jobs: &[Value], due: Timestamp, after: &mut Value, decision: &mut Decision) {
    let running: Vec<&Value> = jobs.iter().filter(|j| !is_finished(j) && !deleting(j)).collect();
    match text(cron, "/spec/concurrencyPolicy") {
        "Forbid" if !running.is_empty() => return,
        "Replace" => {
            for job in running {
                decision.writes.push(Write::Delete(JOBS, namespace(job).to_owned(), name(job).to_owned()));
            }
        }
        _ => {}
    }
    let called = format!("{}-{}", name(cron), due.as_second() / 60);
    object_at(after, &["status"]).insert("lastScheduleTime".to_owned(), json!(seconds(due)));
    if jobs.iter().any(|j| name(j) == called) {
        return;
    }
    let template = &cron["spec"]["jobTemplate"];
    let mut job = json!({
        "apiVersion": "batch/v1", "kind": "Job",
        "metadata": {
            "name": called, "namespace": namespace(cron),
            "annotations": {"batch.kubernetes.io/cronjob-scheduled-timestamp": seconds(due)},
            "ownerReferences": [owner_reference(cron, "batch/v1", "CronJob")],
        },
        "spec": template["spec"],
    });
    if let Some(labels) = template.pointer("/metadata/labels") {
        job["metadata"]["labels"] = labels.clone();
    }
    decision.writes.push(Write::Create(JOBS, job));
    let message = format!("Created job {called}");
    decision.writes.push(Note::normal(about(CRONJOBS, cron), COMPONENT, "SuccessfulCreate", message));
}

fn settle_finished(cron: &Value, jobs: &[Value], after: &mut Value, decision: &mut Decision) {
    let was_active = |job: &Value| {
        cron["status"]["active"].as_array().is_some_and(|list| list.iter().any(|r| r["uid"] == uid(job)))
    };
    for job in jobs.iter().filter(|j| is_finished(j) && was_active(j)) {
        let how = if condition_holds(job, "Complete") { "Complete" } else { "Failed" };
        let message = format!("Saw completed job: {}, condition: {how}", name(job));
        decision.writes.push(Note::normal(about(CRONJOBS, cron), COMPONENT, "SawCompletedJob", message));
    }
    let active: Vec<Value> = jobs
        .iter()
        .filter(|j| !is_finished(j) && !deleting(j))
        .map(|j| {
            json!({"kind": "Job", "apiVersion": "batch/v1", "namespace": namespace(j), "name": name(j), "uid": uid(j)})
        })
        .collect();
    let status = object_at(after, &["status"]);
    if active.is_empty() {
        status.remove("active");
    } else {
        status.insert("active".to_owned(), Value::Array(active));
    }
    if let Some(done) = jobs.iter().filter_map(|j| time(j, "/status/completionTime")).max() {
        status.insert("lastSuccessfulTime".to_owned(), json!(seconds(done)));
    }
    for (kind, field, default) in
        [("Complete", "/spec/successfulJobsHistoryLimit", 3), ("Failed", "/spec/failedJobsHistoryLimit", 1)]
    {
        let mut done: Vec<&Value> =
            jobs.iter().filter(|j| condition_holds(j, kind) && !deleting(j)).collect();
        done.sort_by_key(|j| created(j));
        let surplus = (done.len() as i64 - number(cron, field).unwrap_or(default)).max(0) as usize;
        for job in done.into_iter().take(surplus) {
            decision.writes.push(Write::Delete(JOBS, namespace(job).to_owned(), name(job).to_owned()));
        }
    }
}

/// The first minute after `from` that a schedule names; `None` for one that cannot be read or never comes.
pub fn next_after(schedule: &str, from: Timestamp) -> Option<Timestamp> {
    let schedule = match schedule {
        "@hourly" => "0 * * * *",
        "@daily" | "@midnight" => "0 0 * * *",
        "@weekly" => "0 0 * * 0",
        "@monthly" => "0 0 1 * *",
        other => other,
    };
    let fields: Vec<&str> = schedule.split_whitespace().collect();
    let [minute, hour, day, month, weekday] = fields.as_slice() else { return None };
    let mut at = Timestamp::from_second((from.as_second() / 60 + 1) * 60).ok()?;
    // Days first, so that a yearly schedule is found in some hundred steps.
    for _ in 0..800 {
        let here = at.to_zoned(TimeZone::UTC);
        let today = matches(month, i64::from(here.month()), 1)
            && matches(day, i64::from(here.day()), 1)
            && matches(weekday, i64::from(here.weekday().to_sunday_zero_offset()), 0);
        let rest = 1440 - i64::from(here.hour()) * 60 - i64::from(here.minute());
        if today {
            for step in 0..rest {
                let moment = at.saturating_add(SignedDuration::from_mins(step)).ok()?;
                let clock = moment.to_zoned(TimeZone::UTC);
                if matches(minute, i64::from(clock.minute()), 0) && matches(hour, i64::from(clock.hour()), 0)
                {
                    return Some(moment);
                }
            }
        }
        at = at.saturating_add(SignedDuration::from_mins(rest)).ok()?;
    }
    None
}

/// Whether a field (`*`, `*/5`, `1,2`, `1-5`) names a number.
fn matches(field: &str, number: i64, lowest: i64) -> bool {
    field.split(',').any(|part| {
        let (range, step) = part.split_once('/').unwrap_or((part, "1"));
        let Ok(step) = step.parse::<i64>() else { return false };
        let bounds = match range.split_once('-') {
            _ if range == "*" => Some((lowest, i64::MAX)),
            Some((first, last)) => first.parse().ok().zip(last.parse().ok()),
            None => range.parse().ok().map(|only| (only, if part.contains('/') { i64::MAX } else { only })),
        };
        bounds.is_some_and(|(first, last)| {
            step > 0 && (first..=last).contains(&number) && (number - first) % step == 0
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schedules_name_their_next_minute() {
        let from: Timestamp = "2026-11-21T03:37:20Z".parse().unwrap();
        for (schedule, expected) in [
            ("* * * * *", Some("2026-11-21T03:38:00Z")),
            ("*/5 * * * *", Some("2026-11-21T03:40:00Z")),
            ("0 2 * * *", Some("2026-11-22T02:00:00Z")),
            ("30 4 * * 1-5", Some("2026-11-23T04:30:00Z")),
            ("15,45 * * * *", Some("2026-11-21T03:45:00Z")),
            ("0 0 1 1 *", Some("2027-01-01T00:00:00Z")),
            ("@hourly", Some("2026-11-21T04:00:00Z")),
            ("nonsense", None),
            ("* * 31 2 *", None),
        ] {
            assert_eq!(next_after(schedule, from), expected.map(|t| t.parse().unwrap()), "{schedule}");
        }
    }

    #[test]
    fn a_due_run_makes_a_job_named_after_its_minute() {
        let cron = json!({
            "metadata": {"name": "report", "namespace": "shop", "uid": "u", "creationTimestamp": "2026-11-21T03:37:20Z"},
            "spec": {"schedule": "* * * * *", "jobTemplate": {"spec": {"template": {}}}},
        });
        let decision = reconcile(&cron, &[], "2026-11-21T03:38:00Z".parse().unwrap());
        assert!(
            matches!(&decision.writes[0], Write::Create(_, job) if name(job) == "report-29920538"),
            "{decision:?}"
        );
        assert_eq!(decision.again, Some("2026-11-21T03:39:00Z".parse().unwrap()));
        let waiting = reconcile(&cron, &[], "2026-11-21T03:37:40Z".parse().unwrap());
        assert_eq!(waiting.again, Some("2026-11-21T03:38:00Z".parse().unwrap()));
        assert!(waiting.writes.iter().all(|w| !matches!(w, Write::Create(..))));
    }
}
