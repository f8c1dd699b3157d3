//! Another selector of a service: which pods it selects now and then, whether anything would serve it, and on which ports.
//!
//! Selectors are equality only: every key must match, in the same namespace. A named `targetPort` is resolved for each pod:
//! one without that port name matches and serves nothing (`core/v1` Service, `discovery` controller).

use serde_json::Value;

use super::{DiffLine, Draft, Level, Line, kubectl};
use crate::model::resource::Resource;
use crate::model::units;
use crate::release::change::Merge;
use crate::release::facts::{Facts, PodFact, Query, selects};
use crate::release::follow::Goal;
use crate::release::json::{items, name, number, text, texts};
use crate::release::request::{Refusal, simple};
use crate::release::{Change, Target};

/// Pods that are listed by name on each side.
const LISTED: usize = 6;

type Pairs = Vec<(String, String)>;

/// The pods of both sides, whole: their ports are not watched. And the budgets that guard them.
pub(super) fn lists(keys: &[(String, Option<String>)], how: Merge, object: &Value) -> Vec<Query> {
    let now: Pairs = texts(object, "/spec/selector").into_iter().collect();
    let then = selector_after(&now, keys, how);
    let common: Vec<String> =
        now.iter().filter(|pair| then.contains(pair)).map(|(key, value)| format!("{key}={value}")).collect();
    // Without a common key all pods of the namespace would be read; their ports are not worth that.
    let pods = (!common.is_empty()).then(|| Query::labelled(Resource::PODS, common.join(",")));
    pods.into_iter().chain([Query::all(Resource::DISRUPTION_BUDGETS)]).collect()
}

pub(super) fn draft(
    keys: &[(String, Option<String>)],
    how: Merge,
    insist: bool,
    change: &Change,
    target: &Target,
    facts: &Facts,
) -> Result<Draft, Refusal> {
    let object = &facts.gathered.object;
    let now: Pairs = texts(object, "/spec/selector").into_iter().collect();
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
        let mut found: Vec<&PodFact> = pods.iter().filter(|pod| selects(selector, &pod.labels)).collect();
        found.sort_by(|one, other| one.name.cmp(&other.name));
        found
    };
    let (old, new) = (side(&now), side(&then));
    let (ready_now, ready_then) = (ready(&old), ready(&new));
    let enough =
        ready_then.len() * 100 >= ready_now.len() * facts.least_ready as usize && !ready_then.is_empty();
    if !enough && !insist {
        return Err(Refusal(format!(
            "{} of {} pods with {} are ready, {} of {} serve it now: not switched; insist to do it all the same",
            ready_then.len(),
            new.len(),
            words(&then),
            ready_now.len(),
            old.len()
        )));
    }
    let mut lines = vec![
        Line::change("selector", words(&now), words(&then)),
        Line::change("pods", count(&old), count(&new)),
        Line::change("image", images(&old), images(&new)),
        Line::change("oldest pod", oldest(&old, facts.now), oldest(&new, facts.now)),
    ];
    if !enough {
        let said = format!("{} ready now, {} then: you insist", ready_now.len(), ready_then.len());
        lines.push(Line::warning("endpoints", said));
    }
    lines.extend(keys_line(keys, how, &now, &then));
    lines.extend(ports(object, &new, facts));
    lines.extend(others(target, &old, &new, facts));
    lines.extend(named('-', &old));
    lines.extend(named('+', &new));
    lines.push(Line::effect("the old side", "stays up; one key switches back"));
    Ok(Draft {
        request: simple(change, target, object, true)?,
        goal: Goal::Endpoints {
            selector: then.clone(),
            ready: ready_then.iter().map(|pod| pod.name.clone()).collect(),
        },
        inverse: Some(Change::Selector {
            keys: now.into_iter().map(|(key, value)| (key, Some(value))).collect(),
            how: Merge::Replace,
            insist: false,
        }),
        lines,
        level: if ready_then.is_empty() { Level::Destructive } else { Level::Traffic },
        kubectl: kubectl::command(change, target),
    })
}

/// The whole selector afterwards, sorted by key.
pub(crate) fn selector_after(
    now: &[(String, String)],
    keys: &[(String, Option<String>)],
    how: Merge,
) -> Pairs {
    let kept =
        now.iter().filter(|(key, _)| how == Merge::Merge && !keys.iter().any(|(named, _)| named == key));
    let mut then: Pairs = kept.cloned().collect();
    then.extend(keys.iter().filter_map(|(key, value)| Some((key.clone(), value.clone()?))));
    then.sort();
    then
}

/// Both ways to mean it, and which one is: a patch merges keys, setting a selector replaces all of them. Each has its
/// accident: a stale key that stays, a key that goes and widens the match.
fn keys_line(
    keys: &[(String, Option<String>)],
    how: Merge,
    now: &[(String, String)],
    then: &[(String, String)],
) -> Vec<Line> {
    let mut lines = Vec::new();
    let other = match how {
        Merge::Merge => selector_after(now, keys, Merge::Replace),
        Merge::Replace => selector_after(now, keys, Merge::Merge),
    };
    let (meant, not_meant) = match how {
        Merge::Merge => ("merged", "replaced"),
        Merge::Replace => ("replaced", "merged"),
    };
    let said = if other == then {
        format!("{meant}; as {not_meant} it would be the same")
    } else {
        format!("{meant}; {not_meant} it would be {}", words(&other))
    };
    lines.push(Line::effect("keys", said));
    let dropped: Vec<&str> = now
        .iter()
        .filter(|(key, _)| !then.iter().any(|(known, _)| known == key))
        .map(|(key, _)| key.as_str())
        .collect();
    if !dropped.is_empty() {
        let said = format!("no longer asked for: {}; more pods may match", dropped.join(", "));
        lines.push(Line::warning("selector", said));
    }
    lines
}

/// How each port of the service is served by the pods of the new side.
fn ports(object: &Value, new: &[&PodFact], facts: &Facts) -> Vec<Line> {
    let all = facts.gathered.objects(&Resource::PODS);
    let whole: Vec<&Value> = all.iter().filter(|pod| new.iter().any(|fact| fact.name == name(pod))).collect();
    if whole.is_empty() {
        return Vec::new();
    }
    items(object, "/spec/ports")
        .iter()
        .map(|port| {
            let own = number(port, "/port").unwrap_or_default();
            let called = text(port, "/name");
            let what = format!("port {}", if called.is_empty() { own.to_string() } else { called.to_owned() });
            match port.get("targetPort") {
                Some(Value::String(wanted)) => {
                    let numbers: Vec<Option<i64>> = whole.iter().map(|pod| container_port(pod, wanted)).collect();
                    let missing = numbers.iter().filter(|number| number.is_none()).count();
                    let mut found: Vec<i64> = numbers.iter().flatten().copied().collect();
                    found.sort_unstable();
                    found.dedup();
                    let list = found.iter().map(i64::to_string).collect::<Vec<_>>().join(", ");
                    if missing == 0 {
                        Line::effect(what, format!("{wanted} is {list} on {} pods", whole.len()))
                    } else {
                        Line::warning(
                            what,
                            format!("{missing} of {} pods have no port named {wanted}: they match and serve nothing", whole.len()),
                        )
                    }
                }
                target => {
                    let number = target.and_then(Value::as_i64).filter(|number| *number > 0).unwrap_or(own);
                    Line::effect(what, format!("{number} on {} pods", whole.len()))
                }
            }
        })
        .collect()
}

fn container_port(pod: &Value, wanted: &str) -> Option<i64> {
    items(pod, "/spec/containers")
        .iter()
        .flat_map(|container| items(container, "/ports"))
        .find(|port| text(port, "/name") == wanted)
        .and_then(|port| number(port, "/containerPort"))
}

/// What else selects the pods of each side.
fn others(target: &Target, old: &[&PodFact], new: &[&PodFact], facts: &Facts) -> Vec<Line> {
    let budgets = facts.gathered.objects(&Resource::DISRUPTION_BUDGETS);
    let of = |pods: &[&PodFact]| -> String {
        let mut found: Vec<String> = Vec::new();
        for service in facts.around.services.iter().flatten().filter(|service| service.name != target.name) {
            if pods.iter().any(|pod| selects(&service.selector, &pod.labels)) {
                found.push(format!("svc {}", service.name));
            }
        }
        for budget in budgets {
            let selector: Pairs = texts(budget, "/spec/selector/matchLabels").into_iter().collect();
            if pods.iter().any(|pod| selects(&selector, &pod.labels)) {
                found.push(format!("pdb {}", name(budget)));
            }
        }
        if found.is_empty() { "nothing".to_owned() } else { found.join(", ") }
    };
    vec![Line::change("also selected by", of(old), of(new))]
}

fn named(sign: char, pods: &[&PodFact]) -> Vec<Line> {
    let mut lines: Vec<Line> = pods
        .iter()
        .take(LISTED)
        .map(|pod| {
            let state = if pod.ready { "ready" } else { pod.status.as_str() };
            Line::Diff(DiffLine { sign, text: format!("{}  {state}", pod.name) })
        })
        .collect();
    if pods.len() > LISTED {
        let text = format!("and {} more", pods.len() - LISTED);
        lines.push(Line::Diff(DiffLine { sign, text }));
    }
    lines
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

fn oldest(pods: &[&PodFact], now: i64) -> String {
    pods.iter().map(|pod| pod.created).min().map_or_else(|| "none".to_owned(), |at| units::age(now, at))
}

fn images(pods: &[&PodFact]) -> String {
    let mut all: Vec<&str> =
        pods.iter().flat_map(|pod| &pod.images).map(|(_, image)| image.as_str()).collect();
    all.sort_unstable();
    all.dedup();
    if all.is_empty() { "none".to_owned() } else { all.join(", ") }
}
