//! Rules about Jobs and CronJobs: what failed, and what did not run. A Job of a CronJob is said with it.

use super::gather::{Gathered, Hit};
use super::ground::{Ground, of_row};
use super::thresholds::seconds;
use crate::model::facts::{CronJob, Facts};
use crate::model::record::{Kind, Row};
use crate::model::resource::Resource;
use crate::model::uid::Uid;

fn cron_jobs<'a>(ground: &Ground<'a>) -> impl Iterator<Item = (&'a Row, &'a CronJob)> {
    ground.rows(&Resource::CRON_JOBS).filter_map(|(row, facts)| match facts {
        Facts::CronJob(it) => Some((row, it)),
        _ => None,
    })
}

/// When a CronJob succeeded last; `None` when it is not known.
fn succeeded(ground: &Ground<'_>, uid: &Uid) -> Option<i64> {
    match ground.row(&Resource::CRON_JOBS, uid)?.facts.as_deref()? {
        Facts::CronJob(it) => Some(it.succeeded),
        _ => None,
    }
}

/// What the reasons of the Job controller mean.
fn words(failure: &str) -> &str {
    match failure {
        "BackoffLimitExceeded" => "failed: too many of its pods did (BackoffLimitExceeded)",
        "DeadlineExceeded" => "failed: it took too long (DeadlineExceeded)",
        "PodFailurePolicy" => "failed: by its rule for failures of pods (PodFailurePolicy)",
        other => other,
    }
}

pub(super) fn failed(ground: &Ground<'_>, out: &mut Gathered) {
    for (row, facts) in ground.rows(&Resource::JOBS) {
        let Facts::Job(it) = facts else { continue };
        let later = row.meta.owner.as_ref().and_then(|owner| succeeded(ground, &owner.uid));
        // A later run of its CronJob succeeded: it is history.
        if it.failure.is_empty() || later.is_some_and(|later| later > it.ended) {
            continue;
        }
        let mut hit = Hit::itself(of_row(row), words(&it.failure), it.ended);
        if it.failed > 0 {
            let s = if it.failed == 1 { "" } else { "s" };
            hit.reason = format!("{}, {} pod{s}", hit.reason, it.failed);
        }
        hit.subject = ground.owner(Kind::Other(row.resource), &row.meta);
        // The newest run speaks.
        hit.weight = u64::try_from(it.ended).unwrap_or(0);
        out.push(hit);
    }
}

pub(super) fn last_failed(ground: &Ground<'_>, out: &mut Gathered) {
    for (row, it) in cron_jobs(ground) {
        if !it.suspended && it.last_result() == "failed" && !out.is_spoken_of(&row.meta.uid) {
            let words =
                if it.succeeded == 0 { "no run has succeeded yet" } else { "the last run did not succeed" };
            out.push(Hit::itself(of_row(row), words, it.last));
        }
    }
}

pub(super) fn missed(ground: &Ground<'_>, out: &mut Gathered) {
    let late = seconds(ground.scene.thresholds.late_by);
    for (row, it) in cron_jobs(ground) {
        // What still runs may forbid the next.
        if it.suspended || it.active > 0 {
            continue;
        }
        let Some(due) = it.schedule.next(it.last.max(row.meta.created)) else { continue };
        if due.saturating_add(late) > ground.now() {
            out.turns_at(due.saturating_add(late));
            continue;
        }
        let words = if it.last == 0 { "never ran, and should have" } else { "missed its run" };
        out.push(Hit::itself(of_row(row), words, due));
    }
}
