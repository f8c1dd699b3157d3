//! Any other kind: what its conditions and its events say, and no more.

use serde_json::Value;

use super::ground::{Ground, said, time};
use super::{Account, Cause, Evidence, Sure, events};
use crate::describe::condition_tone;
use crate::model::column::Tone;
use crate::model::json::{items, text};

/// What is told of an object that nothing more is known of.
pub(super) fn account(ground: &Ground<'_>, object: &Value) -> Account {
    let mut told = Account::default();
    let deleted = time(object, "/metadata/deletionTimestamp");
    if deleted.is_some() {
        told.state = Some("is being deleted and is still there".to_owned());
        let lists = ["/metadata/finalizers", "/spec/finalizers"];
        let finalizers: Vec<&str> =
            lists.iter().flat_map(|list| items(object, list)).filter_map(Value::as_str).collect();
        if !finalizers.is_empty() {
            let words = format!("it waits for {}", finalizers.join(", "));
            let step = Evidence::of(object, words.clone(), Tone::Warn).at(deleted);
            told.causes.push(Cause { sure: Sure::Said, words, steps: vec![step], shown: None });
        }
    }
    for condition in items(object, "/status/conditions") {
        let (kind, status) = (text(condition, "/type"), text(condition, "/status"));
        let at = time(condition, "/lastTransitionTime");
        let words = match said(condition).as_str() {
            "" => format!("{kind} is {status}"),
            said => format!("{kind} is {status}: {said}"),
        };
        let step = Evidence::of(object, words.clone(), condition_tone(kind, status)).at(at);
        // Only of what every kind means the same by is it known which way is well.
        let known = matches!(kind, "Ready" | "Available" | "Healthy" | "Synced" | "Programmed" | "Accepted")
            && status == "False"
            || matches!(kind, "Failed" | "Degraded" | "Stalled") && status == "True"
            || kind.contains("Failure") && status == "True";
        if known {
            told.state.get_or_insert_with(|| "is not well".to_owned());
            told.causes.push(Cause { sure: Sure::Said, words, steps: vec![step], shown: None });
        } else {
            told.tail
                .push(Evidence { tone: if step.tone == Tone::Bad { Tone::Warn } else { step.tone }, ..step });
        }
    }
    let phase = text(object, "/status/phase");
    if !phase.is_empty() {
        told.tail.push(Evidence::of(object, format!("status.phase: {phase}"), Tone::Plain));
    }
    told.tail.extend(events::steps(ground, object));
    told
}
