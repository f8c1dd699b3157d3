//! What bounds others: autoscalers, budgets, quotas.

use serde_json::Value;

use super::ground::{Ground, Look, condition, is, named, said, time, unseen};
use super::{Account, Cause, Evidence, Sure, events};
use crate::model::column::Tone;
use crate::model::json::{name, number, text, texts};
use crate::model::quantity::Quantity;
use crate::model::resource::Resource;

/// What an autoscaler scales, by resource and name.
pub(super) fn target(scaler: &Value) -> Option<(Resource, &str)> {
    let known = [Resource::DEPLOYMENTS, Resource::STATEFUL_SETS, Resource::REPLICA_SETS];
    let kind = text(scaler, "/spec/scaleTargetRef/kind");
    let resource = known.into_iter().find(|one| one.kind == kind)?;
    Some((resource, text(scaler, "/spec/scaleTargetRef/name")))
}

/// What is told of an autoscaler.
pub(super) fn autoscaler(ground: &Ground<'_>, scaler: &Value) -> Account {
    let mut told = Account::default();
    let namespace = text(scaler, "/metadata/namespace");
    for (kind, state) in [("AbleToScale", "does not scale"), ("ScalingActive", "does not scale")] {
        if let Some(condition) = condition(scaler, kind).filter(|one| text(one, "/status") == "False") {
            told.state.get_or_insert_with(|| state.to_owned());
            let at = time(condition, "/lastTransitionTime");
            let step =
                Evidence::of(scaler, format!("{kind} is False: {}", said(condition)), Tone::Bad).at(at);
            let words = said(condition);
            told.causes.push(Cause { sure: Sure::Said, words, steps: vec![step], shown: None });
        }
    }
    if let Some((resource, target)) = target(scaler) {
        match ground.one(&resource, namespace, target) {
            Look::Missing => {
                told.state.get_or_insert_with(|| "does not scale".to_owned());
                let words = format!("{} {target}, which it scales, does not exist", resource.kind);
                let step = Evidence {
                    about: unseen(&resource, namespace, target),
                    uid: String::new(),
                    ..Evidence::of(scaler, "is missing; it scales this", Tone::Bad)
                };
                told.causes.insert(0, Cause { sure: Sure::Said, words, steps: vec![step], shown: None });
            }
            Look::There(target) => {
                let replicas = number(target, "/spec/replicas").unwrap_or(1);
                let ready = number(target, "/status/readyReplicas").unwrap_or(0);
                let words = format!("it scales this: {replicas} replicas, {ready} ready");
                told.tail.push(Evidence::of(target, words, Tone::Plain).deeper(1));
            }
            Look::NotLooked => {}
        }
    }
    let most = number(scaler, "/spec/maxReplicas").unwrap_or(0);
    let now = number(scaler, "/status/currentReplicas").unwrap_or(0);
    if is(scaler, "ScalingLimited", "True") && now >= most {
        told.state.get_or_insert_with(|| "is at its maximum".to_owned());
        let limited = condition(scaler, "ScalingLimited").map(said).unwrap_or_default();
        let words = format!("it wants more than its maximum of {most}");
        let step = Evidence::of(scaler, format!("{now} of {most} replicas; {limited}"), Tone::Warn);
        told.causes.push(Cause { sure: Sure::Said, words, steps: vec![step], shown: None });
    } else {
        told.tail.push(Evidence::of(scaler, format!("{now} replicas, {most} at most"), Tone::Plain));
    }
    told.tail.extend(events::steps(ground, scaler));
    told
}

/// What scales a workload and is not well, as steps for the workload.
pub(super) fn scaled_by(ground: &Ground<'_>, workload: &Value) -> Vec<Evidence> {
    let about = named(workload);
    let own = |scaler: &&Value| {
        target(scaler).is_some_and(|(resource, name)| resource.kind == about.kind && name == about.name)
    };
    let mut out = Vec::new();
    for scaler in ground.all(&Resource::AUTOSCALERS).into_iter().filter(own) {
        for cause in autoscaler(ground, scaler).causes {
            let words = format!("its autoscaler: {}", cause.words);
            out.push(Evidence::of(scaler, words, Tone::Warn));
        }
    }
    out
}

/// What is told of a disruption budget.
pub(super) fn budget(ground: &Ground<'_>, budget: &Value) -> Account {
    let mut told = Account::default();
    let at = |pointer: &str| number(budget, pointer).unwrap_or(0);
    let (allowed, healthy, wanted, all) = (
        at("/status/disruptionsAllowed"),
        at("/status/currentHealthy"),
        at("/status/desiredHealthy"),
        at("/status/expectedPods"),
    );
    let words = format!("{healthy} of {all} pods healthy, {wanted} must be; {allowed} may be disrupted");
    let step = Evidence::of(budget, words, if allowed > 0 { Tone::Good } else { Tone::Warn });
    if allowed > 0 || all == 0 {
        told.tail.push(step);
        if all == 0 {
            told.tail.push(Evidence::of(budget, "its selector matches no pod", Tone::Warn));
        }
        return told;
    }
    told.state = Some("lets no pod be disrupted".to_owned());
    let words = if healthy < wanted {
        format!("{healthy} of {all} pods are healthy, and {wanted} must be")
    } else {
        format!("all {wanted} of its healthy pods must stay")
    };
    let failed = condition(budget, "DisruptionAllowed").filter(|one| text(one, "/reason") == "SyncFailed");
    let mut steps = vec![step];
    steps.extend(failed.map(|one| Evidence::of(budget, said(one), Tone::Bad)));
    told.causes.push(Cause { sure: Sure::Said, words, steps, shown: None });
    told.tail.extend(events::steps(ground, budget));
    told
}

/// What of a quota is used up, as steps.
pub(super) fn full(quota: &Value) -> Vec<Evidence> {
    let used = texts(quota, "/status/used");
    let line = |(what, hard): (String, String)| {
        let used = used.get(&what)?;
        let is_full = match (Quantity::parse(used), Quantity::parse(&hard)) {
            (Some(used), Some(hard)) => !hard.exceeds(used),
            _ => false,
        };
        let tone = if is_full { Tone::Bad } else { Tone::Dim };
        Some(Evidence::of(quota, format!("{what}: {used} of {hard} used"), tone))
    };
    let mut all: Vec<Evidence> = texts(quota, "/status/hard").into_iter().filter_map(line).collect();
    all.sort_by_key(|step| step.tone != Tone::Bad);
    all
}

/// What is told of a quota.
pub(super) fn quota(quota: &Value) -> Account {
    let (bad, fine): (Vec<Evidence>, Vec<Evidence>) =
        full(quota).into_iter().partition(|step| step.tone == Tone::Bad);
    let mut told = Account { tail: fine, ..Account::default() };
    if !bad.is_empty() {
        told.state = Some("is used up".to_owned());
        let words: Vec<&str> = bad.iter().map(|step| step.words.as_str()).collect();
        let words = format!("{} ({})", words.join(", "), name(quota));
        told.causes.push(Cause { sure: Sure::Said, words, steps: bad, shown: None });
    }
    told
}
