//! Jobs and CronJobs: what failed, and how the containers of their pods ended.

use serde_json::Value;

use super::ground::{Ground, condition, is, said, time};
use super::{Account, Cause, Evidence, Sure, count, events, workload};
use crate::model::column::Tone;
use crate::model::json::{flag, name, number, text, uid};
use crate::model::record::Seconds;
use crate::model::resource::Resource;

/// What is told of a Job.
pub(super) fn account(ground: &Ground<'_>, job: &Value) -> Account {
    let mut told = Account::default();
    let failed = number(job, "/status/failed").unwrap_or(0);
    if let Some(condition) = condition(job, "Failed").filter(|one| text(one, "/status") == "True") {
        told.state = Some("has failed".to_owned());
        let at = time(condition, "/lastTransitionTime");
        told.head.push(Evidence::of(job, format!("Failed: {}", said(condition)), Tone::Bad).at(at));
    } else if is(job, "Complete", "True") {
        told.tail.push(Evidence::of(job, "it has done its work: Complete", Tone::Good));
    } else if flag(job, "/spec/suspend") {
        told.state = Some("does not run".to_owned());
        let step = Evidence::of(job, "spec.suspend is true", Tone::Warn);
        told.causes.push(Cause {
            sure: Sure::Said,
            words: "it is suspended".to_owned(),
            steps: vec![step],
            shown: None,
        });
    } else if failed > 0 {
        told.state = Some(format!("is tried again after {failed} failed"));
    }
    let pods = ground.owned(&Resource::PODS, uid(job));
    let causes = workload::of_pods(ground, &pods, 1);
    if told.state.is_none() && !is(job, "Complete", "True") && !causes.is_empty() {
        told.state = Some("does not get on".to_owned());
    }
    if told.state.is_some() {
        let nothing = causes.is_empty();
        told.causes.extend(causes);
        if let (true, Some(words)) = (nothing, own_words(job)) {
            told.causes.push(Cause { sure: Sure::Said, words, steps: Vec::new(), shown: None });
        }
        let event = events::find(ground, job, &["FailedCreate"], "");
        if let (true, Some(event)) = (pods.is_empty(), event) {
            let words = format!("its pods cannot be created: {}", text(event, "/message").trim());
            let steps = vec![events::step(job, event)];
            told.causes.push(Cause { sure: Sure::Said, words, steps, shown: None });
        }
        if pods.is_empty() {
            told.tail.push(Evidence::of(job, "its pods are gone: how they ended is not known", Tone::Plain));
        }
        told.tail.extend(events::steps(ground, job));
    }
    told
}

/// What a Job says itself of its end, where its pods say nothing.
fn own_words(job: &Value) -> Option<String> {
    let condition = condition(job, "Failed").filter(|one| text(one, "/status") == "True")?;
    let failed = usize::try_from(number(job, "/status/failed").unwrap_or(0)).unwrap_or(0);
    Some(match text(condition, "/reason") {
        "DeadlineExceeded" => "it ran longer than its deadline".to_owned(),
        "BackoffLimitExceeded" => {
            format!("{} of it failed, more than its limit allows", count(failed, "pod"))
        }
        _ => said(condition),
    })
}

/// When a Job failed; `None`: it did not.
fn failed_at(job: &Value) -> Option<Seconds> {
    let condition = condition(job, "Failed").filter(|one| text(one, "/status") == "True")?;
    time(condition, "/lastTransitionTime")
}

/// The Jobs of a CronJob, the newest first.
pub(super) fn jobs<'a>(ground: &Ground<'a>, cron: &Value) -> Vec<&'a Value> {
    let mut jobs = ground.owned(&Resource::JOBS, uid(cron));
    jobs.sort_by_key(|job| std::cmp::Reverse(text(job, "/metadata/creationTimestamp")));
    jobs
}

/// What is told of a CronJob.
pub(super) fn cron(ground: &Ground<'_>, cron: &Value) -> Account {
    let mut told = Account::default();
    if flag(cron, "/spec/suspend") {
        told.state = Some("starts nothing".to_owned());
        let step = Evidence::of(cron, "spec.suspend is true: somebody suspended it", Tone::Warn);
        told.causes.push(Cause {
            sure: Sure::Said,
            words: "it is suspended".to_owned(),
            steps: vec![step],
            shown: None,
        });
    }
    let (last, good) = (time(cron, "/status/lastScheduleTime"), time(cron, "/status/lastSuccessfulTime"));
    let words = format!("schedule {}, started last", text(cron, "/spec/schedule"));
    let words = if last.is_some() { words } else { format!("schedule {}", text(cron, "/spec/schedule")) };
    told.tail.push(Evidence::of(cron, words, Tone::Plain).at(last));
    if good.is_some() {
        told.tail.push(Evidence::of(cron, "succeeded last", Tone::Good).at(good));
    }
    let jobs = jobs(ground, cron);
    if let Some(newest) = jobs.first().filter(|job| failed_at(job).is_some()) {
        let of = account(ground, newest).sorted();
        told.state = Some("fails".to_owned());
        let why = of.causes.first().map_or_else(|| "it failed".to_owned(), |cause| cause.words.clone());
        let words = format!("its last Job {} failed: {why}", name(newest));
        let shown = of.causes.iter().find_map(|cause| cause.shown.clone());
        told.causes.push(Cause { sure: Sure::Said, words, steps: of.steps(1), shown });
    }
    let failed = jobs.iter().filter(|job| failed_at(job).is_some()).count();
    if failed > 1 {
        let words = format!("{} of the {} that are kept failed", failed, count(jobs.len(), "Job"));
        told.tail.push(Evidence::of(cron, words, Tone::Warn));
    }
    told.tail.extend(events::steps(ground, cron));
    told
}
