//! What the cluster's events say of an object: the warnings, the newest first, each thing once.

use serde_json::Value;

use super::Evidence;
use super::ground::{Ground, time};
use crate::model::column::Tone;
use crate::model::json::{name, number, text, uid};
use crate::model::record::Seconds;
use crate::model::resource::Resource;

/// So many warnings of one object are told.
const MOST: usize = 3;

/// When an event was seen last.
pub(super) fn last(event: &Value) -> Option<Seconds> {
    let places = ["/series/lastObservedTime", "/lastTimestamp", "/eventTime", "/metadata/creationTimestamp"];
    places.iter().find_map(|pointer| time(event, pointer))
}

/// The warnings about an object, the newest first.
pub(super) fn warnings<'a>(ground: &Ground<'a>, object: &Value) -> Vec<&'a Value> {
    let kind = text(object, "/kind");
    let is_about = |event: &Value| {
        let about = text(event, "/involvedObject/uid");
        // The kubelet writes a node's name where its UID belongs.
        (!about.is_empty() && about == uid(object))
            || (kind == "Node"
                && text(event, "/involvedObject/kind") == "Node"
                && text(event, "/involvedObject/name") == name(object))
    };
    let all = ground.all(&Resource::EVENTS).into_iter();
    let mut own: Vec<&Value> =
        all.filter(|event| text(event, "/type") == "Warning" && is_about(event)).collect();
    own.sort_by_key(|event| std::cmp::Reverse(last(event)));
    own
}

/// How often it came.
fn times(event: &Value) -> i64 {
    number(event, "/series/count").or_else(|| number(event, "/count")).unwrap_or(1)
}

/// The newest warning with one of these reasons whose message has a text.
pub(super) fn find<'a>(
    ground: &Ground<'a>,
    object: &Value,
    reasons: &[&str],
    has: &str,
) -> Option<&'a Value> {
    let is_one =
        |event: &&Value| reasons.contains(&text(event, "/reason")) && text(event, "/message").contains(has);
    warnings(ground, object).into_iter().find(is_one)
}

/// `Unhealthy x12: Readiness probe failed: …`.
pub(super) fn words(event: &Value) -> String {
    let often = match times(event) {
        1 => String::new(),
        times => format!(" x{times}"),
    };
    format!("event {}{often}: {}", text(event, "/reason"), text(event, "/message").trim())
}

/// The newest warnings as steps, each reason once.
pub(super) fn steps(ground: &Ground<'_>, object: &Value) -> Vec<Evidence> {
    let mut reasons: Vec<&str> = Vec::new();
    let mut out = Vec::new();
    for event in warnings(ground, object) {
        let reason = text(event, "/reason");
        if reasons.contains(&reason) || out.len() == MOST {
            continue;
        }
        reasons.push(reason);
        out.push(step(object, event));
    }
    out
}

/// One event as a step.
pub(super) fn step(object: &Value, event: &Value) -> Evidence {
    Evidence::of(object, words(event), Tone::Warn).at(last(event))
}
