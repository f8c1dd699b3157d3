//! The events of one object.

use serde_json::Value;

use super::Material;
use super::common::{at, seconds, since, word};
use super::sheet::Sheet;
use crate::model::column::Tone;
use crate::model::record::Seconds;
use crate::model::resource::Resource;
use crate::release::json::{number, text};

/// When an event was seen last.
fn last(event: &Value) -> Option<Seconds> {
    [
        "/series/lastObservedTime",
        "/lastTimestamp",
        "/eventTime",
        "/firstTimestamp",
        "/metadata/creationTimestamp",
    ]
    .iter()
    .find_map(|pointer| seconds(event, pointer))
}

/// The end of a description: what happened to the object, the latest last.
pub fn describe(sheet: &mut Sheet, material: &Material) {
    if let Some(trouble) = material.trouble(&Resource::EVENTS) {
        sheet.toned(0, format!("Events:\tnot known: {trouble}"), Tone::Warn);
        return;
    }
    let mut all: Vec<&Value> = material.of(&Resource::EVENTS).iter().collect();
    if all.is_empty() {
        return sheet.put(0, "Events:\t<none>");
    }
    all.sort_by_key(|event| last(event));
    // The columns of the events begin anew.
    sheet.put(0, "Events:");
    material.say_cut(sheet, 1, &Resource::EVENTS);
    rows(sheet, 1, &all, material.now);
}

/// A table of events.
pub fn rows(sheet: &mut Sheet, level: usize, all: &[&Value], now: Seconds) {
    sheet.put(level, "Type\tReason\tAge\tFrom\tMessage");
    sheet.put(level, "----\t------\t----\t----\t-------");
    for event in all {
        let kind = text(event, "/type");
        let from = match text(event, "/source/component") {
            "" => text(event, "/reportingComponent"),
            component => component,
        };
        let (reason, message) = (text(event, "/reason"), text(event, "/message").trim());
        let row =
            format!("{kind}\t{reason}\t{}\t{from}\t{}", interval(event, now), message.replace('\n', " "));
        sheet.toned(level, row, if kind == "Warning" { Tone::Warn } else { Tone::Plain });
    }
}

/// How old it is, and how often it came since when.
fn interval(event: &Value, now: Seconds) -> String {
    let first = ["/eventTime", "/firstTimestamp", "/metadata/creationTimestamp"]
        .iter()
        .find(|pointer| seconds(event, pointer).is_some())
        .map_or_else(|| "<unknown>".to_owned(), |pointer| since(event, pointer, now));
    if event["series"].is_object() {
        let times = at(event, "/series/count");
        return format!("{} (x{times} over {first})", since(event, "/series/lastObservedTime", now));
    }
    match number(event, "/count") {
        Some(times) if times > 1 => {
            format!("{} (x{times} over {first})", since(event, "/lastTimestamp", now))
        }
        _ => first,
    }
}

/// The screen of the events alone: newest first, with what they say of which part.
pub fn alone(sheet: &mut Sheet, material: &Material) {
    if let Some(trouble) = material.trouble(&Resource::EVENTS) {
        return sheet.toned(0, format!("not known: {trouble}"), Tone::Warn);
    }
    let mut all: Vec<&Value> = material.of(&Resource::EVENTS).iter().collect();
    if all.is_empty() {
        return sheet.remark(0, "no events of this object; the cluster keeps them for an hour or so");
    }
    all.sort_by_key(|event| std::cmp::Reverse(last(event)));
    material.say_cut(sheet, 0, &Resource::EVENTS);
    rows(sheet, 0, &all, material.now);
    let parts = all.iter().filter_map(|event| event.pointer("/involvedObject/fieldPath").map(word));
    let mut parts: Vec<String> = parts.filter(|part| !part.is_empty()).collect();
    parts.sort();
    parts.dedup();
    if !parts.is_empty() {
        sheet.remark(0, "");
        sheet.remark(0, &format!("of {}", parts.join(", ")));
    }
}
