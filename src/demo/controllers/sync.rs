//! From a key to a decision: reads what a controller needs, asks it, and has its answer carried out.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::super::clock::seconds;
use super::super::resource::{
    CONTROLLERREVISIONS, CRONJOBS, DAEMONSETS, DEPLOYMENTS, ENDPOINTS, ENDPOINTSLICES, HPAS, JOBS, NODES,
    PDBS, PODS, REPLICASETS, SERVICES, STATEFULSETS,
};
use super::json::{
    condition_holds, deleting, int_or_percent, items, name, namespace, number, object_at, selects,
    set_condition, text, time, uid,
};
use super::plan::{Decision, Note, Write, about};
use super::pods::PodView;
use super::queue::{Key, Kind};
use super::world::World;
use super::{
    cronjob, daemonset, deployment, endpoints, hpa, job, kubelet, replicaset, scheduler, statefulset,
};

/// Looks at one key.
pub fn sync(world: &mut World, key: Key) {
    match key.kind {
        Kind::Pod => sync_pod(world, key),
        Kind::ReplicaSet => sync_replicaset(world, key),
        Kind::Deployment => sync_deployment(world, key),
        Kind::StatefulSet | Kind::DaemonSet => sync_ordered(world, key),
        Kind::Job | Kind::CronJob => sync_batch(world, key),
        Kind::Service => sync_service(world, key),
        Kind::Hpa => sync_hpa(world, key),
        Kind::Pdb => sync_pdb(world, &key),
        Kind::Node => sync_node(world, &key),
        Kind::Event => world.expire_events(),
        Kind::Mischief => super::lively::sync(world, key),
    }
}

fn sync_pod(world: &mut World, key: Key) {
    let Some(pod) = world.get(PODS, &key.namespace, &key.name) else { return };
    let place = (key.namespace.clone(), key.name.clone());
    let node = text(&pod, "/spec/nodeName");
    if node.is_empty() {
        if deleting(&pod) || !scheduler::is_for_us(&pod) {
            return;
        }
        let decision = scheduler::reconcile(&pod, &world.nodes, &world.load, world.now);
        let placed = decision
            .writes
            .iter()
            .any(|w| matches!(w, Write::Update(_, bound) if !text(bound, "/spec/nodeName").is_empty()));
        if placed {
            world.unplaced.remove(&place);
        } else {
            world.unplaced.insert(place);
        }
        world.carry_out(key, decision);
        // The next pod of this turn must see that this node has one more.
        world.drain();
    } else if world.node_is_alive(node) {
        let first = deleting(&pod) && world.stopping.insert(uid(&pod).to_owned());
        let decision = kubelet::reconcile(&pod, first, world.now);
        world.carry_out(key, decision);
    } else {
        let decision = on_dead_node(world, &pod, node);
        world.carry_out(key, decision);
    }
}

/// A pod whose kubelet is silent: not ready any more, and after its tolerated time marked for deletion.
fn on_dead_node(world: &World, pod: &Value, node: &str) -> Decision {
    let Some(node) = world.nodes.iter().find(|n| name(n) == node) else {
        // The node was removed: its pods go with it.
        let gone = Write::Remove(PODS, namespace(pod).to_owned(), name(pod).to_owned());
        return Decision::act(vec![gone]);
    };
    let mut decision = Decision::rest();
    if condition_holds(pod, "Ready") {
        let mut after = pod.clone();
        let mut conditions = items(pod, "/status/conditions").to_vec();
        for condition in conditions.clone().iter().filter(|c| text(c, "/type") == "Ready") {
            let mut lost = condition.clone();
            lost["status"] = json!("False");
            set_condition(&mut conditions, lost, world.now);
        }
        object_at(&mut after, &["status"]).insert("conditions".to_owned(), Value::Array(conditions));
        decision.writes.push(Write::Update(PODS, after));
        let component = "node-controller";
        decision.writes.push(Note::warning(
            about(PODS, pod),
            component,
            "NodeNotReady",
            "Node is not ready".to_owned(),
        ));
    }
    if deleting(pod) {
        return decision;
    }
    let taint = items(node, "/spec/taints").iter().find(|t| text(t, "/effect") == "NoExecute");
    let Some(taint) = taint else { return decision };
    let covering: Vec<&Value> =
        items(pod, "/spec/tolerations").iter().filter(|t| scheduler::tolerates_taint(t, taint)).collect();
    if covering.iter().any(|t| t.get("tolerationSeconds").is_none()) {
        return decision;
    }
    let patience = covering.iter().filter_map(|t| number(t, "/tolerationSeconds")).min().unwrap_or(0);
    let since = time(taint, "/timeAdded").unwrap_or(world.now);
    let due = since.saturating_add(SignedDuration::from_secs(patience)).unwrap_or(Timestamp::MAX);
    if world.now < due {
        decision.look_again(due);
        return decision;
    }
    let message = format!("Marking for deletion Pod {}/{}", namespace(pod), name(pod));
    decision.writes.push(Note::normal(
        about(PODS, pod),
        "taint-eviction-controller",
        "TaintManagerEviction",
        message,
    ));
    decision.writes.push(Write::Delete(PODS, namespace(pod).to_owned(), name(pod).to_owned()));
    decision
}

fn sync_replicaset(world: &mut World, key: Key) {
    let Some(set) = world.get(REPLICASETS, &key.namespace, &key.name) else { return };
    let members = world.store.owned(PODS, uid(&set));
    let owned: Vec<Arc<PodView>> = members.iter().map(|o| world.view(o)).collect();
    let selector = &set["spec"]["selector"];
    let (_, all) = world.store.list(PODS, Some(&key.namespace));
    let orphans: Vec<Arc<PodView>> = all
        .iter()
        .filter(|o| o.owner_uid.is_none() && selects(selector, |k| o.labels.get(k).map(String::as_str)))
        .map(|o| world.view(o))
        .collect();
    let decision = replicaset::reconcile(&set, &owned, &orphans, &mut world.dice, world.now);
    world.carry_out(key, decision);
}

fn sync_deployment(world: &mut World, key: Key) {
    let Some(deployment) = world.get(DEPLOYMENTS, &key.namespace, &key.name) else { return };
    let mut sets = world.owned(REPLICASETS, uid(&deployment));
    adopt_sets(world, &deployment, &mut sets);
    let recreates = text(&deployment, "/spec/strategy/type") == "Recreate";
    let live = recreates
        && sets
            .iter()
            .flat_map(|rs| world.store.owned(PODS, uid(rs)))
            .any(|pod| !PodView::read(&pod).is_finished());
    let decision = deployment::reconcile(&deployment, &sets, live, world.now);
    world.carry_out(key, decision);
}

/// ReplicaSets that nobody controls and the selector matches become the Deployment's own.
fn adopt_sets(world: &mut World, deployment: &Value, sets: &mut Vec<Value>) {
    if deleting(deployment) {
        return;
    }
    let selector = &deployment["spec"]["selector"];
    let (_, all) = world.store.list(REPLICASETS, Some(namespace(deployment)));
    for set in all {
        if set.owner_uid.is_none() && selects(selector, |k| set.labels.get(k).map(String::as_str)) {
            let mut adopted = set.value();
            let owner = super::json::owner_reference(deployment, "apps/v1", "Deployment");
            object_at(&mut adopted, &["metadata"]).insert("ownerReferences".to_owned(), json!([owner]));
            world.write(Write::Update(REPLICASETS, adopted));
            sets.extend(world.get(REPLICASETS, &set.namespace, &set.name));
        }
    }
}

fn sync_ordered(world: &mut World, key: Key) {
    let resource = if key.kind == Kind::StatefulSet { STATEFULSETS } else { DAEMONSETS };
    let Some(set) = world.get(resource, &key.namespace, &key.name) else { return };
    let pods = world.owned(PODS, uid(&set));
    let revisions = world.owned(CONTROLLERREVISIONS, uid(&set));
    let decision = if key.kind == Kind::StatefulSet {
        statefulset::reconcile(&set, &pods, &revisions, &mut world.dice, world.now)
    } else {
        daemonset::reconcile(&set, &world.nodes, &pods, &revisions, &mut world.dice, world.now)
    };
    world.carry_out(key, decision);
}

fn sync_batch(world: &mut World, key: Key) {
    if key.kind == Kind::Job {
        let Some(job) = world.get(JOBS, &key.namespace, &key.name) else { return };
        let pods = world.owned(PODS, uid(&job));
        let decision = job::reconcile(&job, &pods, &mut world.dice, world.now);
        world.carry_out(key, decision);
    } else {
        let Some(cron) = world.get(CRONJOBS, &key.namespace, &key.name) else { return };
        let jobs = world.owned(JOBS, uid(&cron));
        let decision = cronjob::reconcile(&cron, &jobs, world.now);
        world.carry_out(key, decision);
    }
}

fn sync_service(world: &mut World, key: Key) {
    let Some(service) = world.get(SERVICES, &key.namespace, &key.name) else {
        // Slices go with their owner; the Endpoints object has none and goes by its name.
        world.write(Write::Remove(ENDPOINTS, key.namespace, key.name));
        return;
    };
    if !endpoints::is_kept(&service) {
        return;
    }
    let selector = &service["spec"]["selector"];
    let (_, all) = world.store.list(PODS, Some(&key.namespace));
    let pods: Vec<Arc<PodView>> = all
        .iter()
        .filter(|o| super::json::map_matches(selector, |k| o.labels.get(k).map(String::as_str)))
        .map(|o| world.view(o))
        .collect();
    let slices = world.owned(ENDPOINTSLICES, uid(&service));
    let current = world.get(ENDPOINTS, &key.namespace, &key.name);
    let decision =
        endpoints::reconcile(&service, &pods, current.as_ref(), &slices, &mut world.dice, world.now);
    world.carry_out(key, decision);
}

fn sync_hpa(world: &mut World, key: Key) {
    let Some(hpa) = world.get(HPAS, &key.namespace, &key.name) else { return };
    let target = text(&hpa, "/spec/scaleTargetRef/name");
    let resource = match text(&hpa, "/spec/scaleTargetRef/kind") {
        "StatefulSet" => STATEFULSETS,
        _ => DEPLOYMENTS,
    };
    let Some(object) = world.get(resource, &key.namespace, target) else { return };
    let replicas = number(&object, "/spec/replicas").unwrap_or(1);
    let load = hpa::load(&hpa, world.lively, world.now);
    // The status is written at most every fifteen seconds: not when its own write brings it here.
    let verdict = hpa::reconcile(&hpa, replicas, load, world.now);
    if let Some(size) = verdict.size {
        let mut scaled = object;
        scaled["spec"]["replicas"] = json!(size);
        world.write(Write::Update(resource, scaled));
    }
    world.carry_out(key, verdict.decision);
}

fn sync_pdb(world: &mut World, key: &Key) {
    let Some(budget) = world.get(PDBS, &key.namespace, &key.name) else { return };
    let selector = &budget["spec"]["selector"];
    let (_, all) = world.store.list(PODS, Some(&key.namespace));
    let pods: Vec<Arc<PodView>> = all
        .iter()
        .filter(|o| selects(selector, |k| o.labels.get(k).map(String::as_str)))
        .map(|o| world.view(o))
        .filter(|p| p.is_active())
        .collect();
    let expected = pods.len() as i64;
    let healthy = pods.iter().filter(|p| p.ready).count() as i64;
    let desired = match (budget["spec"].get("minAvailable"), budget["spec"].get("maxUnavailable")) {
        (Some(least), _) => int_or_percent(Some(least), expected, true, "0"),
        (None, most) => expected - int_or_percent(most, expected, true, "1"),
    };
    let allowed = (healthy - desired).max(0);
    let mut after = budget.clone();
    let mut conditions = items(&budget, "/status/conditions").to_vec();
    let (holds, reason) =
        if allowed > 0 { ("True", "SufficientPods") } else { ("False", "InsufficientPods") };
    let generation = number(&budget, "/metadata/generation").unwrap_or(1);
    let new = json!({
        "type": "DisruptionAllowed", "status": holds, "reason": reason, "message": "",
        "observedGeneration": generation,
    });
    set_condition(&mut conditions, new, world.now);
    object_at(&mut after, &[]).insert(
        "status".to_owned(),
        json!({
            "conditions": conditions, "currentHealthy": healthy, "desiredHealthy": desired,
            "disruptionsAllowed": allowed, "expectedPods": expected, "observedGeneration": generation,
        }),
    );
    if after["status"] != budget["status"] {
        world.write(Write::Update(PDBS, after));
    }
}

/// Keeps the taint of a cordoned node, and looks at the pods of a node that fell silent or came back.
fn sync_node(world: &mut World, key: &Key) {
    let Some(node) = world.get(NODES, "", &key.name) else { return };
    let taint_key = "node.kubernetes.io/unschedulable";
    let cordoned = super::json::truth(&node, "/spec/unschedulable");
    let mut taints = items(&node, "/spec/taints").to_vec();
    let tainted = taints.iter().any(|t| text(t, "/key") == taint_key);
    if cordoned != tainted {
        let mut after = node.clone();
        taints.retain(|t| text(t, "/key") != taint_key);
        if cordoned {
            taints.push(json!({"key": taint_key, "effect": "NoSchedule", "timeAdded": seconds(world.now)}));
        }
        let spec = object_at(&mut after, &["spec"]);
        if taints.is_empty() {
            spec.remove("taints");
        } else {
            spec.insert("taints".to_owned(), Value::Array(taints));
        }
        world.write(Write::Update(NODES, after));
    }
    if scheduler::is_ready(&node) {
        return;
    }
    for object in world.store.list(PODS, None).1 {
        if object.text(&["spec", "nodeName"]).as_deref() == Some(key.name.as_str()) {
            world.queue.push(Key::new(Kind::Pod, &object.namespace, &object.name));
        }
    }
}
