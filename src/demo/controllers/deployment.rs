//! The Deployment controller's decisions: which ReplicaSet is the new one, how it is made and numbered, and the order of a sync.
//!
//! Pure: one sync is one call with the Deployment and its ReplicaSets; scaling is in `scaling`, status in `status`.

mod scaling;
mod status;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::super::resource::{DEPLOYMENTS, REPLICASETS};
use super::json::{
    annotate, annotation, created, deleting, label, name, namespace, number, object_at, owner_reference,
    text, truth,
};
use super::names::template_hash;
use super::plan::{Decision, Note, Write, about};

/// The component that its events name.
pub const COMPONENT: &str = "deployment-controller";

/// The annotation that numbers a revision.
pub const REVISION: &str = "deployment.kubernetes.io/revision";
/// The numbers that a ReplicaSet had before.
pub const HISTORY: &str = "deployment.kubernetes.io/revision-history";
/// The wanted replicas when the ReplicaSet was last scaled.
pub const DESIRED: &str = "deployment.kubernetes.io/desired-replicas";
/// The most replicas allowed when the ReplicaSet was last scaled.
pub const MAX: &str = "deployment.kubernetes.io/max-replicas";

/// Annotations that are not copied between a Deployment and its ReplicaSets.
const NOT_COPIED: &[&str] = &[
    "kubectl.kubernetes.io/last-applied-configuration",
    REVISION,
    HISTORY,
    DESIRED,
    MAX,
    "deprecated.deployment.rollback.to",
];

/// A Deployment with its ReplicaSets, told apart.
struct Rollout<'a> {
    deployment: &'a Value,
    new: Option<&'a Value>,
    /// Oldest first.
    old: Vec<&'a Value>,
    now: Timestamp,
}

impl<'a> Rollout<'a> {
    fn all(&self) -> impl Iterator<Item = &'a Value> {
        self.old.iter().copied().chain(self.new)
    }

    fn wanted(&self) -> i64 {
        number(self.deployment, "/spec/replicas").unwrap_or(1)
    }
}

/// One sync. `live_pods` tells whether a ReplicaSet still has pods that run (for Recreate).
pub fn reconcile(deployment: &Value, replicasets: &[Value], live_pods: bool, now: Timestamp) -> Decision {
    let mut sets: Vec<&Value> = replicasets.iter().filter(|rs| !deleting(rs)).collect();
    sets.sort_by(|a, b| created(a).cmp(&created(b)).then_with(|| name(a).cmp(name(b))));
    let template = bare_template(deployment);
    let new = sets.iter().copied().find(|rs| bare_template(rs) == template);
    let old = sets.iter().copied().filter(|rs| new.is_none_or(|n| !std::ptr::eq(*rs, n))).collect();
    let rollout = Rollout { deployment, new, old, now };
    if deleting(deployment) {
        return status::sync(&rollout);
    }
    if let Some(decision) = status::pause_or_resume(&rollout) {
        return decision;
    }
    if truth(deployment, "/spec/paused") {
        let scaled = scaling::proportionally(&rollout);
        return if scaled.is_empty() { status::sync(&rollout) } else { finish(&rollout, scaled) };
    }
    if scaling::is_scaling_event(&rollout) {
        let scaled = scaling::proportionally(&rollout);
        if !scaled.is_empty() {
            return finish(&rollout, scaled);
        }
    }
    if text(deployment, "/spec/strategy/type") == "Recreate" {
        return recreate(&rollout, live_pods);
    }
    let revised = revise(&rollout);
    if !revised.is_empty() {
        return Decision::act(revised);
    }
    let up = scaling::scale_new(&rollout);
    if !up.is_empty() {
        return finish(&rollout, up);
    }
    let down = scaling::scale_old(&rollout);
    if !down.is_empty() {
        return finish(&rollout, down);
    }
    clean_or_sync(&rollout)
}

fn recreate(rollout: &Rollout<'_>, live_pods: bool) -> Decision {
    let down: Vec<Write> = rollout
        .old
        .iter()
        .filter(|rs| number(rs, "/spec/replicas").unwrap_or(0) > 0)
        .flat_map(|rs| scaling::scale(rollout, rs, 0))
        .collect();
    if !down.is_empty() {
        return finish(rollout, down);
    }
    if live_pods && rollout.new.is_none_or(|rs| number(rs, "/spec/replicas") == Some(0)) {
        return status::sync(rollout);
    }
    let revised = revise(rollout);
    if !revised.is_empty() {
        return Decision::act(revised);
    }
    let up = scaling::scale_new(rollout);
    if up.is_empty() { clean_or_sync(rollout) } else { finish(rollout, up) }
}

/// Writes after scaling: the status follows with the next sync, which the scaled ReplicaSet brings about.
fn finish(rollout: &Rollout<'_>, writes: Vec<Write>) -> Decision {
    let mut decision = status::sync(rollout);
    decision.writes.splice(0..0, writes);
    decision
}

fn clean_or_sync(rollout: &Rollout<'_>) -> Decision {
    let mut decision = status::sync(rollout);
    if status::is_complete(rollout.deployment) {
        decision.writes.extend(clean(rollout));
    }
    decision
}

/// Removes the oldest revisions beyond `revisionHistoryLimit`.
fn clean(rollout: &Rollout<'_>) -> Vec<Write> {
    let limit = number(rollout.deployment, "/spec/revisionHistoryLimit").unwrap_or(10);
    let mut old = rollout.old.clone();
    old.sort_by_key(|rs| revision(rs));
    let surplus = (old.len() as i64 - limit).max(0) as usize;
    old.iter()
        .take(surplus)
        .filter(|rs| {
            number(rs, "/status/replicas").unwrap_or(0) == 0 && number(rs, "/spec/replicas") == Some(0)
        })
        .map(|rs| Write::Delete(REPLICASETS, namespace(rs).to_owned(), name(rs).to_owned()))
        .collect()
}

/// Finds or makes the new ReplicaSet, gives it the highest revision, and notes that on the Deployment.
fn revise(rollout: &Rollout<'_>) -> Vec<Write> {
    let highest = rollout.old.iter().map(|rs| revision(rs)).max().unwrap_or(0);
    let Some(current) = rollout.new else { return create(rollout, highest + 1) };
    let mut renumbered = current.clone();
    if copy_annotations(rollout, &mut renumbered, highest + 1, false) {
        return vec![Write::Update(REPLICASETS, renumbered)];
    }
    let number = annotation(current, REVISION);
    let mut deployment = rollout.deployment.clone();
    let mut changed = annotate(&mut deployment, REVISION, number);
    if super::json::condition(&deployment, "Progressing").is_none() && status::has_deadline(&deployment) {
        let message = format!("Found new replica set \"{}\"", name(current));
        status::progressing(&mut deployment, "True", "FoundNewReplicaSet", &message, rollout.now);
        changed = true;
    }
    if changed { vec![Write::Update(DEPLOYMENTS, deployment)] } else { Vec::new() }
}

fn create(rollout: &Rollout<'_>, number: i64) -> Vec<Write> {
    let deployment = rollout.deployment;
    let mut template = bare_template(deployment);
    let hash =
        template_hash(&template, super::json::number(deployment, "/status/collisionCount").unwrap_or(0));
    object_at(&mut template, &["metadata", "labels"]).insert("pod-template-hash".to_owned(), json!(hash));
    let mut selector = deployment["spec"]["selector"].clone();
    object_at(&mut selector, &["matchLabels"]).insert("pod-template-hash".to_owned(), json!(hash));
    let replicas = scaling::size_of_new(rollout, 0);
    let set_name = format!("{}-{hash}", name(deployment));
    let mut set = json!({
        "apiVersion": "apps/v1", "kind": "ReplicaSet",
        "metadata": {
            "name": set_name, "namespace": namespace(deployment),
            "labels": template["metadata"]["labels"],
            "ownerReferences": [owner_reference(deployment, "apps/v1", "Deployment")],
        },
        "spec": {"replicas": replicas, "selector": selector, "template": template},
        "status": {"replicas": 0},
    });
    if let Some(seconds) = super::json::number(deployment, "/spec/minReadySeconds") {
        set["spec"]["minReadySeconds"] = json!(seconds);
    }
    copy_annotations(rollout, &mut set, number, true);
    let mut noted = deployment.clone();
    annotate(&mut noted, REVISION, &number.to_string());
    if status::has_deadline(deployment) {
        let message = format!("Created new replica set \"{set_name}\"");
        status::progressing(&mut noted, "True", "NewReplicaSetCreated", &message, rollout.now);
    }
    let mut writes = vec![Write::Create(REPLICASETS, set), Write::Update(DEPLOYMENTS, noted)];
    if replicas > 0 {
        let message = format!("Scaled up replica set {set_name} from 0 to {replicas}");
        writes.push(Note::normal(about(DEPLOYMENTS, deployment), COMPONENT, "ScalingReplicaSet", message));
    }
    writes
}

/// Copies the Deployment's annotations and a higher revision to its new ReplicaSet; tells whether that changed it.
fn copy_annotations(rollout: &Rollout<'_>, set: &mut Value, number: i64, fresh: bool) -> bool {
    let mut changed = false;
    if let Some(map) = rollout.deployment["metadata"]["annotations"].as_object() {
        for (key, value) in map {
            if !NOT_COPIED.contains(&key.as_str()) {
                changed |= annotate(set, key, value.as_str().unwrap_or_default());
            }
        }
    }
    let before = annotation(set, REVISION).to_owned();
    if before.parse::<i64>().unwrap_or(0) < number {
        if !before.is_empty() {
            let history = match annotation(set, HISTORY) {
                "" => before,
                earlier => format!("{earlier},{before}"),
            };
            annotate(set, HISTORY, &history);
        }
        changed |= annotate(set, REVISION, &number.to_string());
    }
    if fresh {
        let (desired, max) = (rollout.wanted(), rollout.wanted() + scaling::max_surge(rollout.deployment));
        annotate(set, DESIRED, &desired.to_string());
        annotate(set, MAX, &max.to_string());
    }
    changed
}

/// The number of a ReplicaSet's revision; zero where it has none.
pub fn revision(set: &Value) -> i64 {
    annotation(set, REVISION).parse().unwrap_or(0)
}

/// The pod template without the label that its own hash put there.
pub fn bare_template(object: &Value) -> Value {
    let mut template = object["spec"]["template"].clone();
    if label(&template, "pod-template-hash").is_some() {
        object_at(&mut template, &["metadata", "labels"]).remove("pod-template-hash");
    }
    // A template that carries no creation time and one that carries a null are the same.
    if let Some(meta) = template.get_mut("metadata").and_then(Value::as_object_mut) {
        meta.remove("creationTimestamp");
    }
    template
}

#[cfg(test)]
mod tests;
