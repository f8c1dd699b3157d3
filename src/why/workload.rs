//! Deployments, ReplicaSets, StatefulSets, DaemonSets: how many pods are well, what their controller says, and down to the worst
//! of their pods.

use serde_json::Value;

use super::ground::{Ground, Look, condition, is, said, time};
use super::{Account, Cause, Evidence, Sure, count, events, limits, pod, revision};
use crate::model::column::Tone;
use crate::model::json::{flag, name, number, text, uid};
use crate::model::resource::Resource;

/// So many pods are gone into.
pub(super) const WORST: usize = 3;

/// How many pods there should be, are updated, are ready.
struct Numbers {
    wanted: i64,
    updated: i64,
    ready: i64,
    observed: bool,
}

fn numbers(object: &Value) -> Numbers {
    let at = |pointer: &str| number(object, pointer).unwrap_or(0);
    let observed = at("/status/observedGeneration") >= at("/metadata/generation");
    match text(object, "/kind") {
        "DaemonSet" => Numbers {
            wanted: at("/status/desiredNumberScheduled"),
            updated: at("/status/updatedNumberScheduled"),
            ready: at("/status/numberReady"),
            observed,
        },
        kind => {
            let wanted = number(object, "/spec/replicas").unwrap_or(1);
            let updated = if kind == "ReplicaSet" { wanted } else { at("/status/updatedReplicas") };
            Numbers { wanted, updated, ready: at("/status/readyReplicas"), observed }
        }
    }
}

/// The pods of a workload, as far as they were read.
pub(super) fn pods<'a>(ground: &Ground<'a>, object: &Value) -> Vec<&'a Value> {
    if text(object, "/kind") != "Deployment" {
        return ground.owned(&Resource::PODS, uid(object));
    }
    let sets = ground.owned(&Resource::REPLICA_SETS, uid(object));
    sets.into_iter().flat_map(|set| ground.owned(&Resource::PODS, uid(set))).collect()
}

/// What is wrong, a verb first.
fn state(object: &Value, numbers: &Numbers) -> Option<String> {
    let Numbers { wanted, updated, ready, observed } = *numbers;
    if condition(object, "Progressing").is_some_and(|one| text(one, "/reason") == "ProgressDeadlineExceeded")
    {
        return Some("is stuck".to_owned());
    }
    if !observed {
        return Some("was not looked at by its controller since it was changed".to_owned());
    }
    if updated < wanted && flag(object, "/spec/paused") {
        return Some(format!("is paused with {updated} of {wanted} pods updated"));
    }
    if ready < wanted {
        let rolls =
            updated < wanted || is(object, "Progressing", "True") && text(object, "/kind") == "Deployment";
        let many = if ready == 0 { "none".to_owned() } else { format!("{ready}") };
        return Some(if updated < wanted && rolls {
            format!("has {updated} of {wanted} pods updated and {many} ready")
        } else {
            format!("has {many} of {wanted} pods ready")
        });
    }
    (updated < wanted).then(|| format!("has {updated} of {wanted} pods updated"))
}

/// What is told of a workload.
pub(super) fn account(ground: &Ground<'_>, object: &Value) -> Account {
    let mut told = Account::default();
    let numbers = numbers(object);
    told.state = state(object, &numbers);
    let pods = pods(ground, object);
    for kind in ["Progressing", "Available"] {
        let bad = condition(object, kind).filter(|one| text(one, "/status") == "False");
        if let Some(condition) = bad {
            let words = format!("{kind} is False: {}", said(condition));
            let at = time(condition, "/lastTransitionTime");
            told.head.push(Evidence::of(object, words, Tone::Bad).at(at));
        }
    }
    if told.state.is_some() {
        let Numbers { wanted, updated, ready, .. } = numbers;
        let words = format!("{ready} of {wanted} pods ready, {updated} updated");
        told.head.push(Evidence::of(object, words, Tone::Warn));
    } else if numbers.wanted == 0 {
        told.tail.push(Evidence::of(object, "it is scaled to 0: it has no pods", Tone::Plain));
    } else {
        let words = format!("{} of {} pods ready", numbers.ready, numbers.wanted);
        told.head.push(Evidence::of(object, words, Tone::Good));
    }
    if flag(object, "/spec/paused") {
        let step = Evidence::of(object, "spec.paused is true: somebody paused its rollout", Tone::Warn);
        let cause =
            Cause { sure: Sure::Said, words: "it is paused".to_owned(), steps: vec![step], shown: None };
        if told.state.is_some() && numbers.updated < numbers.wanted {
            told.causes.push(cause);
        } else {
            told.tail.extend(cause.steps);
        }
    }
    not_created(ground, object, &mut told);
    let rolled = revision::of(ground, object);
    if told.state.is_some() {
        told.head.extend(rolled.steps().into_iter().map(|step| step.deeper(1)));
        told.helps = if numbers.ready < numbers.wanted || numbers.updated < numbers.wanted {
            rolled.helps()
        } else {
            String::new()
        };
    }
    told.causes.extend(of_pods(ground, &pods, if text(object, "/kind") == "Deployment" { 2 } else { 1 }));
    ordered(object, &numbers, &pods, &mut told);
    told.tail.extend(limits::scaled_by(ground, object));
    if told.state.is_some() {
        told.tail.extend(events::steps(ground, object));
    }
    told
}

/// The causes that its pods show: the worst of those that are in the same one, with how many those are.
pub(super) fn of_pods(ground: &Ground<'_>, pods: &[&Value], deeper: usize) -> Vec<Cause> {
    let mut out: Vec<Cause> = Vec::new();
    for worst in pod::worst(pods, WORST) {
        let word = pod::word(worst);
        let same = pods.iter().filter(|pod| !pod::is_well(pod) && pod::word(pod) == word).count();
        let mut told = pod::own(ground, worst);
        told.causes.sort_by_key(|cause| cause.sure);
        let leaving = pod::is_leaving(worst);
        for step in &mut told.head {
            if same > 1 {
                step.words = format!("{} ({} like this)", step.words, count(same, "pod"));
            }
        }
        let mut head: Vec<Evidence> = told.head.into_iter().map(|step| step.deeper(deeper)).collect();
        let mut tail: Vec<Evidence> = told.tail.into_iter().map(|step| step.deeper(deeper)).collect();
        let last = told.causes.len().saturating_sub(1);
        if told.state.is_none() && told.causes.is_empty() {
            continue;
        }
        if told.causes.is_empty() {
            let words = format!("pod {} {}", name(worst), told.state.unwrap_or_default());
            let steps = head.into_iter().chain(tail).collect();
            out.push(Cause { sure: Sure::Perhaps, words, steps, shown: None });
            continue;
        }
        for (at, cause) in told.causes.into_iter().enumerate() {
            let mut steps = if at == 0 { std::mem::take(&mut head) } else { Vec::new() };
            steps.extend(cause.steps.into_iter().map(|step| step.deeper(deeper)));
            if at == last {
                steps.append(&mut tail);
            }
            // One that goes is in nobody's way.
            let sure = if leaving { Sure::Perhaps } else { cause.sure };
            out.push(Cause { sure, steps, ..cause });
        }
    }
    out
}

/// What keeps its pods from being created: a quota, an admission, a missing account.
fn not_created(ground: &Ground<'_>, object: &Value, told: &mut Account) {
    let mut holders: Vec<&Value> = vec![object];
    holders.extend(ground.owned(&Resource::REPLICA_SETS, uid(object)));
    let mut known: Vec<String> = Vec::new();
    for holder in holders {
        let failure = condition(holder, "ReplicaFailure").filter(|one| text(one, "/status") == "True");
        let event = events::find(ground, holder, &["FailedCreate"], "");
        let (message, step) = match (failure, event) {
            (Some(failure), _) => {
                let step = Evidence::of(holder, format!("ReplicaFailure: {}", said(failure)), Tone::Bad);
                (text(failure, "/message").trim(), step.at(time(failure, "/lastTransitionTime")))
            }
            // An event alone is of then, the missing pods are of now.
            (None, Some(event)) if told.state.is_some() && text(holder, "/kind") != "Deployment" => {
                (text(event, "/message").trim(), events::step(holder, event))
            }
            _ => continue,
        };
        // The pod's name in it is another one each time.
        let essence = message.split_once(": ").filter(|_| message.starts_with("Error creating"));
        let message = essence.map_or(message, |(_, rest)| rest);
        let words = format!("its pods cannot be created: {message}");
        if known.contains(&words) {
            continue;
        }
        known.push(words.clone());
        let mut steps = vec![step];
        if let Some(quota) = exceeded(message)
            && let Look::There(quota) =
                ground.one(&Resource::RESOURCE_QUOTAS, text(object, "/metadata/namespace"), quota)
        {
            steps.extend(limits::full(quota).into_iter().map(|step| step.deeper(1)));
        }
        told.causes.push(Cause { sure: Sure::Said, words, steps, shown: None });
    }
}

/// The quota that a message says is exceeded.
pub(super) fn exceeded(message: &str) -> Option<&str> {
    let (_, rest) = message.split_once("exceeded quota: ")?;
    rest.split([',', ' ']).next().filter(|name| !name.is_empty())
}

/// A StatefulSet makes and replaces its pods one after the other.
fn ordered(object: &Value, numbers: &Numbers, pods: &[&Value], told: &mut Account) {
    let in_order = text(object, "/kind") == "StatefulSet"
        && text(object, "/spec/podManagementPolicy") != "Parallel"
        && told.state.is_some();
    let missing = (pods.len() as i64) < numbers.wanted || numbers.updated < numbers.wanted;
    let first = pods.iter().filter(|pod| !pod::is_well(pod)).min_by_key(|pod| name(pod));
    if let (true, true, Some(first)) = (in_order, missing, first) {
        let words = "the pods come one after the other: the next waits until this one is ready";
        told.tail.push(Evidence::of(first, words, Tone::Warn).deeper(1));
    }
}
