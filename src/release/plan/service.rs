//! Another selector of a service: which pods it selects now and then, and whether anything would serve it.

use super::{Draft, Level, Line, kubectl};
use crate::release::change::Merge;
use crate::release::facts::{Facts, PodFact, selects};
use crate::release::follow::Goal;
use crate::release::json::{text, texts};
use crate::release::request::{Refusal, simple};
use crate::release::{Change, Target};

pub(super) fn draft(
    keys: &[(String, Option<String>)],
    how: Merge,
    change: &Change,
    target: &Target,
    facts: &Facts,
) -> Result<Draft, Refusal> {
    let object = &facts.gathered.object;
    let now: Vec<(String, String)> = texts(object, "/spec/selector").into_iter().collect();
    if text(object, "/spec/type") == "ExternalName" || now.is_empty() {
        return Err(Refusal(format!("{target} selects no pods: its endpoints are kept by hand")));
    }
    let then = selector_after(&now, keys, how);
    if then == now {
        return Err(Refusal(format!("{target} has this selector already")));
    }
    let Some(pods) = &facts.around.pods else {
        return Err(Refusal(format!(
            "the pods of namespace {} are not on the screen, so nobody could say what would serve {target}",
            target.namespace
        )));
    };
    let side = |selector: &[(String, String)]| -> Vec<&PodFact> {
        pods.iter().filter(|pod| selects(selector, &pod.labels)).collect()
    };
    let (old, new) = (side(&now), side(&then));
    let mut lines = vec![Line::change("selector", words(&now), words(&then))];
    lines.push(Line::change("pods", count(&old), count(&new)));
    lines.push(Line::change("image", images(&old), images(&new)));
    let (ready_now, ready_then) = (ready(&old), ready(&new));
    if ready_then.is_empty() {
        lines.push(Line::warning("endpoints", "no ready pod would serve it"));
    } else if ready_then.len() < ready_now.len() {
        let words = format!("{} ready now, {} then", ready_now.len(), ready_then.len());
        lines.push(Line::warning("endpoints", words));
    }
    let dropped: Vec<&str> = now
        .iter()
        .filter(|(key, _)| !then.iter().any(|(known, _)| known == key))
        .map(|(key, _)| key.as_str())
        .collect();
    if !dropped.is_empty() {
        let words = format!("no longer asked for: {}; more pods may match", dropped.join(", "));
        lines.push(Line::warning("selector", words));
    }
    lines.push(Line::effect("the old side", "stays up; one key switches back"));
    let level = if ready_then.is_empty() { Level::Destructive } else { Level::Traffic };
    Ok(Draft {
        request: simple(change, target, object, true)?,
        goal: Goal::Endpoints {
            selector: then.clone(),
            ready: ready_then.iter().map(|pod| pod.name.clone()).collect(),
        },
        inverse: Some(Change::Selector {
            keys: now.into_iter().map(|(key, value)| (key, Some(value))).collect(),
            how: Merge::Replace,
        }),
        lines,
        level,
        kubectl: kubectl::command(change, target),
    })
}

/// The whole selector afterwards, sorted by key.
pub(crate) fn selector_after(
    now: &[(String, String)],
    keys: &[(String, Option<String>)],
    how: Merge,
) -> Vec<(String, String)> {
    let kept =
        now.iter().filter(|(key, _)| how == Merge::Merge && !keys.iter().any(|(named, _)| named == key));
    let mut then: Vec<(String, String)> = kept.cloned().collect();
    then.extend(keys.iter().filter_map(|(key, value)| Some((key.clone(), value.clone()?))));
    then.sort();
    then
}

fn words(selector: &[(String, String)]) -> String {
    selector.iter().map(|(key, value)| format!("{key}={value}")).collect::<Vec<_>>().join(",")
}

fn ready<'a>(pods: &[&'a PodFact]) -> Vec<&'a PodFact> {
    pods.iter().copied().filter(|pod| pod.ready).collect()
}

fn count(pods: &[&PodFact]) -> String {
    format!("{} ready of {}", ready(pods).len(), pods.len())
}

fn images(pods: &[&PodFact]) -> String {
    let mut all: Vec<&str> =
        pods.iter().flat_map(|pod| &pod.images).map(|(_, image)| image.as_str()).collect();
    all.sort_unstable();
    all.dedup();
    if all.is_empty() { "none".to_owned() } else { all.join(", ") }
}
