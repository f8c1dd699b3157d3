//! Disruption budgets of pods that go: how many of theirs are healthy now and then, and that they hold nothing back here.
//!
//! Sources: `pkg/controller/disruption/disruption.go` (`getExpectedPodCount`: percentages round up, `maxUnavailable` counts from
//! what is expected), and that only evictions ask a budget ("Disruptions" of the documentation).

use serde_json::Value;

use super::Line;
use super::around::alone;
use crate::model::resource::Resource;
use crate::release::facts::{Facts, Query};
use crate::release::json::{name, number};
use crate::release::labelled::{Labels, matches};
use crate::release::selector::side::plural;

/// How pods go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Going {
    /// Others take their place: so many are missing meanwhile, at most.
    Replaced,
    /// Fewer are wanted from then on.
    Fewer,
    /// They are deleted, and others take their place.
    Deleted,
    /// They are deleted with what wanted them.
    DeletedForGood,
}

/// What has to be read for it.
pub(super) fn query() -> Query {
    Query::all(Resource::DISRUPTION_BUDGETS)
}

/// A line for each budget of pods with one of these labels, of which so many healthy ones go.
pub(super) fn lines(facts: &Facts, pods: &[(Labels, i64)], going: Going) -> Vec<Line> {
    let budgets = facts.gathered.objects(&Resource::DISRUPTION_BUDGETS).iter();
    let of = |budget: &Value| {
        let mut of =
            pods.iter().filter(|(labels, _)| matches(budget.pointer("/spec/selector"), labels)).peekable();
        of.peek()?;
        Some(of.map(|(_, count)| count).sum::<i64>())
    };
    budgets.filter_map(|budget| Some(line(budget, of(budget)?, going, alone(facts)))).collect()
}

fn line(budget: &Value, gone: i64, going: Going, alone: &str) -> Line {
    let what = format!("budget {}", name(budget));
    let wants = wanted(budget);
    let status = |key: &str| number(budget, &format!("/status/{key}"));
    let (Some(healthy), Some(expected)) = (status("currentHealthy"), status("expectedPods")) else {
        return Line::effect(what, format!("{wants}: its pods are not counted yet"));
    };
    let allowed = match status("disruptionsAllowed").unwrap_or_default() {
        0 => "no disruption".to_owned(),
        allowed => plural(allowed as usize, "disruption"),
    };
    let now = format!("{wants}, {healthy} of {expected} healthy now, {allowed} allowed");
    let then = (healthy - gone).max(0);
    let for_good = matches!(going, Going::Fewer | Going::DeletedForGood);
    let least = least(budget, if for_good { (expected - gone).max(0) } else { expected });
    let (when, by) = match going {
        Going::Replaced => ("meanwhile", "a rollout is"),
        Going::Fewer => ("then", "a scale-down is"),
        Going::Deleted => ("until another one is ready", "a deletion is"),
        Going::DeletedForGood => ("then", "a deletion is"),
    };
    let least_then = if going == Going::Replaced { "at least " } else { "" };
    if then < least {
        let words = format!(
            "{now}; {least_then}{then} {when}, fewer than the {least} it wants: {by} not held back by it, only evictions are"
        );
        return Line::warning(what, words);
    }
    Line::effect(what, format!("{now}; {least_then}{then} {when}{alone}"))
}

/// What it asks for, as it is written.
fn wanted(budget: &Value) -> String {
    let field = |key: &str| match budget.pointer(&format!("/spec/{key}"))? {
        Value::String(text) => Some(format!("{key} {text}")),
        Value::Number(count) => Some(format!("{key} {count}")),
        _ => None,
    };
    // Without either the API takes one for what may be missing.
    field("minAvailable").or_else(|| field("maxUnavailable")).unwrap_or_else(|| "maxUnavailable 1".to_owned())
}

/// How many healthy pods it wants of so many.
fn least(budget: &Value, expected: i64) -> i64 {
    let of = |key: &str| match budget.pointer(&format!("/spec/{key}"))? {
        Value::Number(count) => count.as_i64(),
        Value::String(text) => {
            let percent = text.strip_suffix('%')?.parse::<i64>().ok()?;
            Some(expected.saturating_mul(percent).saturating_add(99) / 100)
        }
        _ => None,
    };
    of("minAvailable").unwrap_or_else(|| (expected - of("maxUnavailable").unwrap_or(1)).max(0))
}
