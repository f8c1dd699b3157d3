//! Jobs, and what makes them by the clock.

use serde_json::Value;

use super::common::{
    at, at_or, controlled, has, head, names, optional, or, seconds, selector, tags, time, truth,
};
use super::pod::template;
use super::sheet::Sheet;
use crate::model::column::Tone;
use crate::model::units;
use crate::release::json::{items, number, text};

/// A job.
pub fn describe(sheet: &mut Sheet, object: &Value) {
    let (spec, status) = (&object["spec"], &object["status"]);
    names(sheet, object);
    sheet.put(0, format!("Selector:\t{}", selector(&spec["selector"])));
    tags(sheet, object);
    controlled(sheet, object);
    optional(sheet, "Parallelism", spec, "/parallelism");
    sheet.put(0, format!("Completions:\t{}", at_or(spec, "/completions", "<unset>")));
    optional(sheet, "Completion Mode", spec, "/completionMode");
    optional(sheet, "Suspend", spec, "/suspend");
    optional(sheet, "Backoff Limit", spec, "/backoffLimit");
    optional(sheet, "TTL Seconds After Finished", spec, "/ttlSecondsAfterFinished");
    for (title, pointer) in [("Start Time", "/startTime"), ("Completed At", "/completionTime")] {
        if has(status, pointer) {
            sheet.put(0, format!("{title}:\t{}", time(status, pointer)));
        }
    }
    let moment = |pointer| seconds(status, pointer);
    if let (Some(begun), Some(ended)) = (moment("/startTime"), moment("/completionTime")) {
        sheet.put(0, format!("Duration:\t{}", units::age(ended, begun)));
    }
    if has(spec, "/activeDeadlineSeconds") {
        sheet.put(0, format!("Active Deadline Seconds:\t{}s", at(spec, "/activeDeadlineSeconds")));
    }
    let of = |field: &str| number(status, &format!("/{field}")).unwrap_or_default();
    let ready = if has(status, "/ready") { format!(" ({} Ready)", of("ready")) } else { String::new() };
    let failed = of("failed");
    let words = format!(
        "Pods Statuses:\t{} Active{ready} / {} Succeeded / {failed} Failed",
        of("active"),
        of("succeeded")
    );
    sheet.toned(0, words, if failed > 0 { Tone::Warn } else { Tone::Plain });
    if text(spec, "/completionMode") == "Indexed" {
        sheet.put(0, format!("Completed Indexes:\t{}", at_or(status, "/completedIndexes", "<none>")));
    }
    template(sheet, &spec["template"]);
}

/// A cron job.
pub fn cron(sheet: &mut Sheet, object: &Value) {
    let spec = &object["spec"];
    head(sheet, object);
    sheet.put(0, format!("Schedule:\t{}", at(spec, "/schedule")));
    if has(spec, "/timeZone") {
        sheet.put(0, format!("Time Zone:\t{}", at(spec, "/timeZone")));
    }
    sheet.put(0, format!("Concurrency Policy:\t{}", at_or(spec, "/concurrencyPolicy", "Allow")));
    let suspended = spec["suspend"] == true;
    let tone = if suspended { Tone::Warn } else { Tone::Plain };
    sheet.toned(0, format!("Suspend:\t{}", truth(suspended)), tone);
    sheet.put(
        0,
        format!("Successful Job History Limit:\t{}", at_or(spec, "/successfulJobsHistoryLimit", "<unset>")),
    );
    sheet.put(0, format!("Failed Job History Limit:\t{}", at_or(spec, "/failedJobsHistoryLimit", "<unset>")));
    match number(spec, "/startingDeadlineSeconds") {
        Some(seconds) => sheet.put(0, format!("Starting Deadline Seconds:\t{seconds}s")),
        None => sheet.put(0, "Starting Deadline Seconds:\t<unset>"),
    }
    let job = &spec["jobTemplate"]["spec"];
    let chosen = if has(job, "/selector") { selector(&job["selector"]) } else { "<unset>".to_owned() };
    sheet.put(0, format!("Selector:\t{chosen}"));
    sheet.put(0, format!("Parallelism:\t{}", at_or(job, "/parallelism", "<unset>")));
    sheet.put(0, format!("Completions:\t{}", at_or(job, "/completions", "<unset>")));
    if has(job, "/activeDeadlineSeconds") {
        sheet.put(0, format!("Active Deadline Seconds:\t{}s", at(job, "/activeDeadlineSeconds")));
    }
    template(sheet, &job["template"]);
    let last = time(object, "/status/lastScheduleTime");
    sheet.put(0, format!("Last Schedule Time:\t{last}"));
    let active = items(object, "/status/active").iter().map(|job| text(job, "/name").to_owned());
    sheet.put(0, format!("Active Jobs:\t{}", or(active.collect::<Vec<_>>().join(", "), "<none>")));
}
