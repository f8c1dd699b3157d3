//! The ReplicaSet controller's decisions: which pods are its own, which to make, which to remove.

use std::borrow::Borrow;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::super::resource::{PODS, REPLICASETS};
use super::json::{deleting, name, namespace, number, object_at, owner_reference, selects, set_count};
use super::names::Dice;
use super::plan::{Decision, Note, Write, about};
use super::pods::{PodView, from_template};

/// The component that its events name.
pub const COMPONENT: &str = "replicaset-controller";

/// One sync: `owned` are the pods that it controls, `orphans` the namespace's pods that nobody controls.
pub fn reconcile<P: Borrow<PodView>>(
    set: &Value,
    owned: &[P],
    orphans: &[P],
    dice: &mut Dice,
    now: Timestamp,
) -> Decision {
    let selector = &set["spec"]["selector"];
    let (own, strangers): (Vec<&PodView>, Vec<&PodView>) =
        owned.iter().map(Borrow::borrow).partition(|p| selects(selector, |key| p.label(key)));
    let mut decision = Decision::rest();
    let mut members: Vec<&PodView> = own;
    if !deleting(set) {
        for stranger in strangers {
            decision.writes.push(owner_change(set, stranger, json!([])));
        }
        for orphan in orphans
            .iter()
            .map(Borrow::borrow)
            .filter(|p| p.is_active() && selects(selector, |key| p.label(key)))
        {
            let reference = json!([owner_reference(set, "apps/v1", "ReplicaSet")]);
            decision.writes.push(owner_change(set, orphan, reference));
            members.push(orphan);
        }
    }
    let active: Vec<&PodView> = members.iter().copied().filter(|p| p.is_active()).collect();
    let wanted = number(set, "/spec/replicas").unwrap_or(1);
    if !deleting(set) {
        resize(set, &active, wanted, dice, &mut decision);
    }
    let seconds = number(set, "/spec/minReadySeconds").unwrap_or(0);
    for pod in active.iter().filter(|p| !p.is_available(seconds, now)) {
        if let Some(at) = pod.available_at(seconds) {
            decision.look_again(at);
        }
    }
    let leaving = members.iter().filter(|p| p.deleting && !p.is_finished()).count() as i64;
    if let Some(update) = status(set, &active, leaving, seconds, now) {
        decision.writes.push(update);
    }
    decision
}

fn owner_change(set: &Value, pod: &PodView, owners: Value) -> Write {
    Write::Own(namespace(set).to_owned(), pod.name.clone(), pod.uid.clone(), owners)
}

fn resize(set: &Value, active: &[&PodView], wanted: i64, dice: &mut Dice, decision: &mut Decision) {
    let difference = active.len() as i64 - wanted;
    let prefix = format!("{}-", name(set));
    for _ in difference..0 {
        let owner = owner_reference(set, "apps/v1", "ReplicaSet");
        let pod = from_template(&set["spec"]["template"], namespace(set), &prefix, &owner, dice);
        let message = format!("Created pod: {}", name(&pod));
        decision.writes.push(Write::Create(PODS, pod));
        decision.writes.push(Note::normal(about(REPLICASETS, set), COMPONENT, "SuccessfulCreate", message));
    }
    for pod in first_to_go(active).into_iter().take(difference.max(0) as usize) {
        decision.writes.push(Write::Delete(PODS, namespace(set).to_owned(), pod.name.clone()));
        let message = format!("Deleted pod: {}", pod.name);
        decision.writes.push(Note::normal(about(REPLICASETS, set), COMPONENT, "SuccessfulDelete", message));
    }
}

/// Pods in the order in which they are given up: without node, not running, not ready, cheap, crowded, young.
fn first_to_go<'a>(active: &[&'a PodView]) -> Vec<&'a PodView> {
    let crowd = |pod: &PodView| active.iter().filter(|p| p.node == pod.node).count();
    let phase = |pod: &PodView| match pod.phase.as_str() {
        "Pending" => 0,
        "Unknown" => 1,
        _ => 2,
    };
    let mut pods: Vec<&PodView> = active.to_vec();
    pods.sort_by_cached_key(|p| {
        (
            !p.node.is_empty(),
            phase(p),
            p.ready,
            p.deletion_cost,
            std::cmp::Reverse(crowd(p)),
            std::cmp::Reverse(p.ready_since),
            std::cmp::Reverse(p.restarts),
            std::cmp::Reverse(p.created),
            p.name.clone(),
        )
    });
    pods
}

fn status(set: &Value, active: &[&PodView], leaving: i64, seconds: i64, now: Timestamp) -> Option<Write> {
    let count = |keep: &dyn Fn(&PodView) -> bool| active.iter().filter(|p| keep(p)).count() as i64;
    let template = set["spec"]["template"]["metadata"]["labels"].as_object();
    let mut after = set.clone();
    let status = object_at(&mut after, &["status"]);
    status.insert("replicas".to_owned(), json!(active.len()));
    set_count(
        status,
        "fullyLabeledReplicas",
        count(&|p| template.is_none_or(|t| t.iter().all(|(k, v)| p.label(k) == v.as_str()))),
    );
    set_count(status, "readyReplicas", count(&|p| p.ready));
    set_count(status, "availableReplicas", count(&|p| p.is_available(seconds, now)));
    status.insert("terminatingReplicas".to_owned(), json!(leaving));
    status.insert("observedGeneration".to_owned(), json!(number(set, "/metadata/generation").unwrap_or(1)));
    (after["status"] != set["status"]).then_some(Write::Update(REPLICASETS, after))
}

#[cfg(test)]
mod tests;
