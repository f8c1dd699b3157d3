//! The story that the embedded cluster tells: what was deployed when, and what went wrong.
//!
//! It is data (`story/*.yaml`), and it is played, not painted: the steps are applied at their times in the past and the
//! controllers do the rest, so that ages, events, revisions and restarts are what the controllers themselves made.

mod bulk;
mod node;
mod step;

use std::collections::HashSet;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::Options;
use super::clock::{Clock, seconds};
use super::controllers::deployment::{DESIRED, MAX};
use super::controllers::json::{annotate, annotation, name, namespace, number, object_at, text, uid};
use super::controllers::kubelet::crash;
use super::controllers::names::fnv;
use super::controllers::plan::Write;
use super::controllers::pods::admit;
use super::controllers::queue::{Key, Kind};
use super::controllers::world::World;
use super::resource::{APISERVICES, DEPLOYMENTS, NODES, PODS, REPLICASETS, Resource};
use super::store::Store;
use step::{Act, Step};

const CHAPTERS: &[&str] = &[
    include_str!("story/cluster.yaml"),
    include_str!("story/production.yaml"),
    include_str!("story/staging.yaml"),
];
/// What nothing in the story depends on; it is put in when the story has been played.
const EXTENSIONS: &[&str] = &[include_str!("story/extensions.yaml")];

/// Fills an empty store with the story, as it is at the clock's present.
pub fn seed(store: &Store, clock: &Clock, options: &Options) {
    let now = clock.now();
    let steps = step::read(CHAPTERS, now);
    let start = steps.first().map_or(now, |s| s.at);
    let mut world = World::new(store.clone(), options.seed, start);
    world.past = true;
    for step in steps {
        world.play_until(step.at);
        perform(&mut world, step);
    }
    world.play_until(now);
    settle(&mut world);
    store.aside(|| {
        for step in step::read(EXTENSIONS, now) {
            perform(&mut world, step);
        }
        api_services(store, now);
    });
    if options.pods > 0 {
        bulk::fill(store, options.pods, options.seed, now);
    }
}

/// Every group and version that the server serves by itself has an `APIService`.
fn api_services(store: &Store, now: Timestamp) {
    let made = now.saturating_sub(SignedDuration::from_hours(62 * 24)).unwrap_or(now);
    let mut known = HashSet::new();
    for res in store.kinds().all().filter(|res| known.insert((res.group, res.version))) {
        let mut service = json!({
            "metadata": {"name": format!("{}.{}", res.version, res.group), "creationTimestamp": seconds(made)},
            "spec": {"group": res.group, "version": res.version, "groupPriorityMinimum": 17_800, "versionPriority": 15},
            "status": {"conditions": [{"type": "Available", "status": "True", "reason": "Local",
                "message": "Local APIServices are always available", "lastTransitionTime": seconds(made)}]},
        });
        service["metadata"]["uid"] = json!(uid_of(APISERVICES, &service));
        // A store that is filled twice has them already.
        let _ = store.create(APISERVICES, service);
    }
}

fn perform(world: &mut World, step: Step) {
    match step.act {
        Act::Apply(resource, object) => apply(world, resource, object, step.created),
        Act::Patch { resource, namespace, name, with } => {
            change(world, resource, &namespace, &name, |object| merge(object, &with));
        }
        Act::Revise { resource, namespace, name, image, cause, behaviour, replicas } => {
            change(world, resource, &namespace, &name, |object| {
                revise(object, &image, &cause, &behaviour, replicas);
            });
        }
        Act::Node(described) => {
            let node = node::render(&described, world.now);
            let _ = world.store.create(NODES, node);
        }
        Act::StaticPod(described) => static_pod(world, &described),
        Act::Silence(name) => {
            let at = world.now;
            change(world, NODES, "", &name, |object| node::silence(object, at));
        }
        Act::Crash { namespace, prefix, code } => {
            let (_, pods) = world.store.list(PODS, Some(&namespace));
            if let Some(pod) = pods.iter().find(|p| p.name.starts_with(&*prefix)).map(|o| o.value()) {
                let container = text(&pod, "/spec/containers/0/name").to_owned();
                world.write(Write::Update(PODS, crash(&pod, &container, code, world.now)));
            }
        }
    }
}

fn apply(world: &mut World, resource: &'static Resource, mut object: Value, created: Timestamp) {
    let id = uid_of(resource, &object);
    if resource.plural == "services" && object.pointer("/spec/clusterIP").is_some() {
        let ip = object["spec"]["clusterIP"].clone();
        object["spec"]["clusterIPs"] = json!([ip]);
    }
    let meta = object_at(&mut object, &["metadata"]);
    meta.insert("creationTimestamp".to_owned(), json!(seconds(created)));
    meta.insert("uid".to_owned(), json!(id));
    // The data of the story are held by a test; an object that is refused would be missing there.
    let _ = world.store.create(resource, object);
}

/// UIDs of the story's own objects follow from their names: they stay from run to run.
fn uid_of(resource: &Resource, object: &Value) -> String {
    let who = format!("{}/{}/{}", resource.plural, namespace(object), name(object));
    super::controllers::names::Dice::new(fnv(who.as_bytes())).uid()
}

fn change(
    world: &mut World,
    resource: &'static Resource,
    namespace: &str,
    name: &str,
    how: impl FnOnce(&mut Value),
) {
    let _ = world.store.update(resource, namespace, name, |object| {
        how(object);
        Ok(())
    });
}

/// A JSON merge patch.
fn merge(target: &mut Value, patch: &Value) {
    let Value::Object(fields) = patch else {
        *target = patch.clone();
        return;
    };
    for (key, value) in fields {
        if value.is_null() {
            object_at(target, &[]).remove(key);
        } else {
            merge(object_at(target, &[]).entry(key.clone()).or_insert(Value::Null), value);
        }
    }
}

fn revise(object: &mut Value, image: &str, cause: &str, behaviour: &str, replicas: Option<i64>) {
    object["spec"]["template"]["spec"]["containers"][0]["image"] = json!(image);
    if !cause.is_empty() {
        annotate(object, "kubernetes.io/change-cause", cause);
    }
    let template = &mut object["spec"]["template"];
    if !behaviour.is_empty() {
        annotate(template, super::controllers::kubelet::behaviour::ANNOTATION, behaviour);
    }
    if let Some(replicas) = replicas {
        object["spec"]["replicas"] = json!(replicas);
    }
}

/// A pod that a kubelet runs from a file, as the control plane's are.
fn static_pod(world: &mut World, described: &Value) {
    let component = text(described, "/component");
    let node = text(described, "/node").to_owned();
    let owner = world.nodes.iter().find(|n| name(n) == node).map(|n| uid(n).to_owned());
    let mut pod = json!({
        "metadata": {
            "name": text(described, "/name"), "namespace": text(described, "/namespace"), "generation": 1,
            "creationTimestamp": seconds(world.now),
            "labels": {"component": component, "tier": "control-plane"},
            "annotations": {"kubernetes.io/config.source": "file"},
            "ownerReferences": [{
                "apiVersion": "v1", "kind": "Node", "name": node, "controller": true,
                "uid": owner.unwrap_or_default(),
            }],
        },
        "spec": {
            "nodeName": node, "hostNetwork": true, "automountServiceAccountToken": false,
            "priorityClassName": "system-node-critical", "tolerations": [{"operator": "Exists", "effect": "NoExecute"}],
            "containers": [{
                "name": component, "image": text(described, "/image"), "command": [component],
                "resources": {"requests": {"cpu": "100m"}},
            }],
        },
        "status": {"phase": "Pending", "conditions": [
            {"type": "PodScheduled", "status": "True", "lastProbeTime": null, "lastTransitionTime": seconds(world.now)},
        ]},
    });
    let mut dice = world.dice.clone();
    admit(&mut pod, &mut dice);
    let _ = world.store.create(PODS, pod);
}

/// Old revisions were played without pods; their notes of size are put right, as if they had served.
fn settle(world: &mut World) {
    for object in world.store.list(DEPLOYMENTS, None).1 {
        let deployment = object.value();
        let newest = annotation(&deployment, super::controllers::deployment::REVISION).to_owned();
        let wanted = number(&deployment, "/spec/replicas").unwrap_or(1);
        let rolling = text(&deployment, "/spec/strategy/type") == "RollingUpdate";
        let surge = if rolling { (wanted + 3) / 4 } else { 0 };
        for set in world.owned(REPLICASETS, uid(&deployment)) {
            let is_newest = annotation(&set, super::controllers::deployment::REVISION) == newest;
            if !is_newest && number(&set, "/spec/replicas") == Some(0) {
                let place = (namespace(&set).to_owned(), name(&set).to_owned());
                change(world, REPLICASETS, &place.0, &place.1, |set| {
                    annotate(set, DESIRED, &wanted.to_string());
                    annotate(set, MAX, &(wanted + surge).to_string());
                });
            }
        }
    }
    let known: HashSet<String> =
        world.store.list(PODS, None).1.iter().map(|p| format!("{}/{}", p.namespace, p.name)).collect();
    for pod in known {
        if let Some((namespace, name)) = pod.split_once('/') {
            world.queue.push(Key::new(Kind::Pod, namespace, name));
        }
    }
    let now = world.now;
    world.play_until(now);
}

#[cfg(test)]
mod tests;
