//! Nodes: what they say of themselves.

use serde_json::Value;

use super::ground::{Ground, condition, is, said, time};
use super::{Account, Cause, Evidence, Sure, events};
use crate::model::column::Tone;
use crate::model::json::{flag, items, text};
use crate::model::resource::Resource;

/// What is true of a node that lacks something.
const PRESSURES: [(&str, &str); 4] = [
    ("MemoryPressure", "it is short of memory"),
    ("DiskPressure", "it is short of disk"),
    ("PIDPressure", "it is short of process ids"),
    ("NetworkUnavailable", "its network is not set up"),
];

/// What is true of a node of which nobody says how it is.
const SILENT: &str = "it has no Ready condition";

/// Why a node is not ready, in words; `None`: it is.
pub(super) fn not_ready(node: &Value) -> Option<(String, Option<i64>)> {
    let Some(ready) = condition(node, "Ready") else { return Some((SILENT.to_owned(), None)) };
    (text(ready, "/status") != "True").then(|| {
        let message = text(ready, "/message").trim_end_matches('.');
        let words = if message.is_empty() { "it does not say why" } else { message };
        (words.to_owned(), time(ready, "/lastTransitionTime"))
    })
}

/// One line about a node, for what runs on it.
pub(super) fn step(node: &Value) -> Evidence {
    let (mut words, mut tone, at) = match not_ready(node) {
        Some((why, at)) => (format!("node is not ready: {why}"), Tone::Bad, at),
        None => ("node is ready".to_owned(), Tone::Dim, None),
    };
    for (kind, pressed) in PRESSURES {
        if is(node, kind, "True") {
            words = format!("{words}; {pressed}");
            tone = if tone == Tone::Bad { tone } else { Tone::Warn };
        }
    }
    if flag(node, "/spec/unschedulable") {
        words.push_str("; cordoned");
    }
    Evidence::of(node, words, tone).at(at)
}

fn taints(node: &Value) -> Vec<String> {
    let taint = |taint: &Value| {
        let (key, value, effect) = (text(taint, "/key"), text(taint, "/value"), text(taint, "/effect"));
        if value.is_empty() { format!("{key}:{effect}") } else { format!("{key}={value}:{effect}") }
    };
    items(node, "/spec/taints").iter().map(taint).collect()
}

/// What is told of a node.
pub(super) fn account(ground: &Ground<'_>, node: &Value) -> Account {
    let mut told = Account::default();
    if condition(node, "Ready").is_none() {
        told.state = Some("is Unknown".to_owned());
        let words = "status.conditions has no Ready: nobody says whether it is";
        told.causes.push(Cause {
            sure: Sure::Said,
            words: SILENT.to_owned(),
            steps: vec![Evidence::of(node, words, Tone::Bad)],
            shown: None,
        });
    } else if let Some((why, at)) = not_ready(node) {
        told.state = Some("is not ready".to_owned());
        let ready = condition(node, "Ready").map(said).unwrap_or_default();
        let mut steps = vec![Evidence::of(node, format!("Ready is not True: {ready}"), Tone::Bad).at(at)];
        let lease = ground.all(&Resource::LEASES).into_iter();
        for lease in lease.filter(|lease| super::ground::named(lease).name == super::ground::named(node).name)
        {
            let renewed = time(lease, "/spec/renewTime");
            steps.push(
                Evidence::of(lease, "its kubelet renewed its lease last", Tone::Plain).at(renewed).deeper(1),
            );
        }
        let words = format!("it says: {why}");
        told.causes.push(Cause { sure: Sure::Said, words, steps, shown: None });
    }
    for (kind, pressed) in PRESSURES {
        if let Some(condition) = condition(node, kind).filter(|one| text(one, "/status") == "True") {
            let words = format!("{kind}: {}", said(condition));
            let step = Evidence::of(node, words, Tone::Bad).at(time(condition, "/lastTransitionTime"));
            told.state.get_or_insert_with(|| "is under pressure".to_owned());
            told.causes.push(Cause {
                sure: Sure::Said,
                words: pressed.to_owned(),
                steps: vec![step],
                shown: None,
            });
        }
    }
    if flag(node, "/spec/unschedulable") {
        told.state.get_or_insert_with(|| "takes no new pods".to_owned());
        let step = Evidence::of(node, "spec.unschedulable is true: cordoned", Tone::Warn);
        told.causes.push(Cause {
            sure: Sure::Said,
            words: "somebody cordoned it".to_owned(),
            steps: vec![step],
            shown: None,
        });
    }
    let taints = taints(node);
    if !taints.is_empty() {
        told.tail.push(Evidence::of(node, format!("taints: {}", taints.join(", ")), Tone::Plain));
    }
    told.tail.extend(events::steps(ground, node));
    told
}
