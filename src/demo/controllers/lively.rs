//! What happens by itself in a lively cluster: a container that ends now and then, a failing probe, heartbeats, churn.

use jiff::SignedDuration;
use serde_json::{Value, json};

use super::super::clock::seconds;
use super::super::resource::{NODES, PODS};
use super::json::{items, name, text};
use super::kubelet::crash;
use super::plan::{Note, Write, about_container};
use super::queue::{Key, Kind};
use super::scheduler::is_ready;
use super::world::World;

/// The prefix of namespaces that were made in bulk.
pub const BULK: &str = "bulk-";

/// Pods whose containers end now and then: the start of their names, in the namespace of the story.
const FRAGILE: &[&str] = &["web-", "kafka-", "users-v1-", "db-"];

/// Every so many seconds a container ends.
const CRASH_EVERY: i64 = 45;
/// Every so many seconds a probe fails once.
const PROBE_EVERY: i64 = 20;
/// Every so many seconds the nodes report.
const HEARTBEAT_EVERY: i64 = 60;

/// Starts what happens by itself.
pub fn start(world: &mut World, bulk: bool) {
    for (what, seconds) in [("crash", 20), ("probe", 10), ("heartbeat", HEARTBEAT_EVERY), ("churn", 1)] {
        if what != "churn" || bulk {
            again(world, Key::new(Kind::Mischief, "", what), seconds);
        }
    }
}

fn again(world: &mut World, key: Key, seconds: i64) {
    let at = world.now.saturating_add(SignedDuration::from_secs(seconds)).unwrap_or(world.now);
    world.queue.push_at(key, at);
}

/// Does one of these things, and asks for the next.
pub fn sync(world: &mut World, key: Key) {
    let pause = match key.name.as_str() {
        "crash" => {
            end_one(world);
            CRASH_EVERY + world.dice.below(30) as i64
        }
        "probe" => {
            fail_probe(world);
            PROBE_EVERY + world.dice.below(20) as i64
        }
        "heartbeat" => {
            beat(world);
            HEARTBEAT_EVERY
        }
        _ => {
            churn(world);
            1
        }
    };
    again(world, key, pause);
}

fn running(pod: &Value) -> bool {
    text(pod, "/status/phase") == "Running" && !super::json::deleting(pod)
}

fn pick(world: &mut World, fragile: bool) -> Option<Value> {
    let (_, pods) = world.store.list(PODS, Some("production"));
    let fitting: Vec<_> =
        pods.iter().filter(|p| !fragile || FRAGILE.iter().any(|start| p.name.starts_with(start))).collect();
    let index = world.dice.below(fitting.len() as u64) as usize;
    fitting.get(index).map(|o| o.value()).filter(running)
}

fn end_one(world: &mut World) {
    let Some(pod) = pick(world, true) else { return };
    let container = text(&pod, "/spec/containers/0/name").to_owned();
    let code = if world.dice.below(3) == 0 { 137 } else { 1 };
    world.write(Write::Update(PODS, crash(&pod, &container, code, world.now)));
}

fn fail_probe(world: &mut World) {
    let Some(pod) = pick(world, false) else { return };
    let container = &pod["spec"]["containers"][0];
    if container.get("readinessProbe").is_none() {
        return;
    }
    let target = about_container(&pod, text(container, "/name"), "containers");
    let message = "Readiness probe failed: Get \"http://10.244.0.1:8080/healthz\": context deadline exceeded";
    world.write(Note::warning(target, super::kubelet::COMPONENT, "Unhealthy", message.to_owned()));
}

/// Nodes that are alive report that they are.
fn beat(world: &mut World) {
    let alive: Vec<Value> = world.nodes.iter().filter(|n| is_ready(n)).cloned().collect();
    for mut node in alive {
        let stamp = seconds(world.now);
        for condition in node["status"]["conditions"].as_array_mut().into_iter().flatten() {
            condition["lastHeartbeatTime"] = json!(stamp);
        }
        world.write(Write::Update(NODES, node));
    }
}

/// In a large cluster something changes every moment: some pods are replaced, some containers end.
fn churn(world: &mut World) {
    let (_, namespaces) = world.store.list(super::super::resource::NAMESPACES, None);
    let bulk: Vec<_> = namespaces.iter().filter(|n| n.name.starts_with(BULK)).collect();
    if bulk.is_empty() {
        return;
    }
    let changes = 1 + (world.store.count(PODS) / 10_000).min(20);
    for _ in 0..changes {
        let namespace = bulk[world.dice.below(bulk.len() as u64) as usize];
        let (_, pods) = world.store.list(PODS, Some(&namespace.name));
        let index = world.dice.below(pods.len() as u64) as usize;
        let Some(pod) = pods.get(index).map(|o| o.value()).filter(running) else { continue };
        if world.dice.below(4) == 0 {
            world.write(Write::Delete(PODS, namespace.name.to_string(), name(&pod).to_owned()));
        } else if let Some(container) = items(&pod, "/spec/containers").first() {
            let ended = crash(&pod, text(container, "/name"), 1, world.now);
            world.write(Write::Update(PODS, ended));
        }
    }
}
