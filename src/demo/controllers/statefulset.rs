//! The StatefulSet controller's decisions: pods with ordinals, made, updated and removed in order.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::super::resource::{PODS, STATEFULSETS};
use super::json::{deleting, label, name, namespace, number, object_at, owner_reference, set_count, text};
use super::names::Dice;
use super::plan::{Decision, Note, Write, about};
use super::pods::{from_template, is_active, is_available, is_ready};
use super::revisions::{clean, present};

/// The component that its events name.
pub const COMPONENT: &str = "statefulset-controller";

const REVISION: &str = "controller-revision-hash";

/// The ordinal in a pod's name.
pub fn ordinal(pod: &Value) -> i64 {
    name(pod).rsplit('-').next().and_then(|n| n.parse().ok()).unwrap_or(-1)
}

/// One sync with the pods and revisions that it controls.
pub fn reconcile(
    set: &Value,
    pods: &[Value],
    revisions: &[Value],
    dice: &mut Dice,
    now: Timestamp,
) -> Decision {
    let present = present(set, STATEFULSETS, revisions);
    let mut decision = Decision::act(present.writes);
    let update = present.name;
    let current = match text(set, "/status/currentRevision") {
        "" => update.clone(),
        known if revisions.iter().any(|r| name(r) == known) => known.to_owned(),
        _ => update.clone(),
    };
    if !deleting(set) {
        let templates = Templates { set, revisions, update: &update, current: &current };
        move_pods(&templates, pods, dice, now, &mut decision);
        let live = [update.clone(), current.clone()];
        decision.writes.extend(clean(set, revisions, &live));
    }
    if let Some(write) = status(set, pods, &update, &current, now) {
        decision.writes.push(write);
    }
    decision
}

struct Templates<'a> {
    set: &'a Value,
    revisions: &'a [Value],
    update: &'a str,
    current: &'a str,
}

impl Templates<'_> {
    fn make(&self, index: i64, dice: &mut Dice) -> Value {
        let set = self.set;
        let partition = number(set, "/spec/updateStrategy/rollingUpdate/partition").unwrap_or(0);
        let revision = if index < partition { self.current } else { self.update };
        let kept = self.revisions.iter().find(|r| name(r) == revision).filter(|_| revision != self.update);
        let template = kept.map_or(&set["spec"]["template"], |r| &r["data"]["spec"]["template"]);
        let owner = owner_reference(set, "apps/v1", "StatefulSet");
        let mut pod = from_template(template, namespace(set), &format!("{}-", name(set)), &owner, dice);
        let called = format!("{}-{index}", name(set));
        pod["metadata"]["name"] = json!(called);
        let labels = object_at(&mut pod, &["metadata", "labels"]);
        labels.insert(REVISION.to_owned(), json!(revision));
        labels.insert("statefulset.kubernetes.io/pod-name".to_owned(), json!(called));
        labels.insert("apps.kubernetes.io/pod-index".to_owned(), json!(index.to_string()));
        let spec = object_at(&mut pod, &["spec"]);
        spec.insert("hostname".to_owned(), json!(called));
        spec.insert("subdomain".to_owned(), set["spec"]["serviceName"].clone());
        pod
    }
}

fn move_pods(
    templates: &Templates<'_>,
    pods: &[Value],
    dice: &mut Dice,
    now: Timestamp,
    decision: &mut Decision,
) {
    let set = templates.set;
    let wanted = number(set, "/spec/replicas").unwrap_or(1);
    let ordered = text(set, "/spec/podManagementPolicy") != "Parallel";
    let patience = number(set, "/spec/minReadySeconds").unwrap_or(0);
    let tell = |reason: &'static str, message: String| {
        Note::normal(about(STATEFULSETS, set), COMPONENT, reason, message)
    };
    for index in 0..wanted {
        let Some(pod) = pods.iter().find(|p| ordinal(p) == index) else {
            let pod = templates.make(index, dice);
            let message = format!("create Pod {} in StatefulSet {} successful", name(&pod), name(set));
            decision.writes.push(Write::Create(PODS, pod));
            decision.writes.push(tell("SuccessfulCreate", message));
            if ordered {
                return;
            }
            continue;
        };
        if matches!(text(pod, "/status/phase"), "Failed" | "Succeeded") {
            decision.writes.push(Write::Delete(PODS, namespace(pod).to_owned(), name(pod).to_owned()));
            return;
        }
        if ordered && (deleting(pod) || !is_available(pod, patience, now)) {
            return;
        }
    }
    let remove = |pod: &Value, decision: &mut Decision| {
        let message = format!("delete Pod {} in StatefulSet {} successful", name(pod), name(set));
        decision.writes.push(Write::Delete(PODS, namespace(pod).to_owned(), name(pod).to_owned()));
        decision.writes.push(tell("SuccessfulDelete", message));
    };
    let mut surplus: Vec<&Value> = pods.iter().filter(|p| ordinal(p) >= wanted).collect();
    surplus.sort_by_key(|p| -ordinal(p));
    for pod in surplus {
        if !deleting(pod) {
            remove(pod, decision);
        }
        if ordered {
            return;
        }
    }
    if text(set, "/spec/updateStrategy/type") == "OnDelete" || pods.iter().any(deleting) {
        return;
    }
    let partition = number(set, "/spec/updateStrategy/rollingUpdate/partition").unwrap_or(0);
    let mut members: Vec<&Value> =
        pods.iter().filter(|p| (partition..wanted).contains(&ordinal(p))).collect();
    members.sort_by_key(|p| -ordinal(p));
    for pod in members {
        if label(pod, REVISION) != Some(templates.update) {
            remove(pod, decision);
            return;
        }
        if !is_ready(pod) {
            return;
        }
    }
}

fn status(set: &Value, pods: &[Value], update: &str, current: &str, now: Timestamp) -> Option<Write> {
    let wanted = number(set, "/spec/replicas").unwrap_or(1);
    let patience = number(set, "/spec/minReadySeconds").unwrap_or(0);
    let active: Vec<&Value> = pods.iter().filter(|p| is_active(p)).collect();
    let count = |keep: &dyn Fn(&Value) -> bool| active.iter().filter(|p| keep(p)).count() as i64;
    let updated = count(&|p| label(p, REVISION) == Some(update));
    let ready = count(&is_ready);
    let whole = updated == wanted && ready == wanted && active.len() as i64 == wanted;
    let current = if whole { update } else { current };
    let mut after = set.clone();
    let status = object_at(&mut after, &["status"]);
    status.insert("observedGeneration".to_owned(), json!(number(set, "/metadata/generation").unwrap_or(1)));
    status.insert("replicas".to_owned(), json!(active.len()));
    set_count(status, "readyReplicas", ready);
    status.insert("availableReplicas".to_owned(), json!(count(&|p| is_available(p, patience, now))));
    set_count(status, "currentReplicas", count(&|p| label(p, REVISION) == Some(current)));
    set_count(status, "updatedReplicas", updated);
    status.insert("currentRevision".to_owned(), json!(current));
    status.insert("updateRevision".to_owned(), json!(update));
    status.insert("collisionCount".to_owned(), json!(0));
    (after["status"] != set["status"]).then_some(Write::Update(STATEFULSETS, after))
}
