//! Endpoints and EndpointSlices of a service: which pods it selects, ready or not, and at which ports.

use std::borrow::Borrow;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::super::clock::seconds;
use super::super::resource::{ENDPOINTS, ENDPOINTSLICES};
use super::json::{items, name, namespace, number, owner_reference, text, truth};
use super::names::Dice;
use super::plan::{Decision, Write};
use super::pods::PodView;

/// Name, protocol and number of a port.
type Port = (String, String, i64);
type Ports = Vec<Port>;
type Groups<'a> = Vec<(Ports, Vec<&'a PodView>)>;

/// Whether the controller keeps endpoints for this service: not for one without selector or of type `ExternalName`.
pub fn is_kept(service: &Value) -> bool {
    service["spec"]["selector"].as_object().is_some_and(|s| !s.is_empty())
        && text(service, "/spec/type") != "ExternalName"
}

/// One sync: `pods` are those that the service selects, `slices` those made for it so far.
pub fn reconcile<P: Borrow<PodView>>(
    service: &Value,
    pods: &[P],
    endpoints: Option<&Value>,
    slices: &[Value],
    dice: &mut Dice,
    now: Timestamp,
) -> Decision {
    if !is_kept(service) {
        return Decision::rest();
    }
    let mut decision = Decision::rest();
    let mut members: Vec<&PodView> =
        pods.iter().map(Borrow::borrow).filter(|p| !p.ip.is_empty() && !p.is_finished()).collect();
    members.sort_by(|a, b| a.name.cmp(&b.name));
    slice_writes(service, &members, slices, dice, now, &mut decision);
    endpoints_writes(service, &members, endpoints, now, &mut decision);
    decision
}

/// The ports of the service as one pod serves them; `None` for a named port that the pod does not have.
fn ports_of(service: &Value, pod: &PodView) -> Ports {
    let resolve = |port: &Value| match port.get("targetPort") {
        Some(Value::String(named)) => match pod.ports.iter().find(|(n, _)| n == named) {
            Some((_, number)) => Some(*number),
            None => named.parse().ok(),
        },
        Some(Value::Number(n)) if n.as_i64() != Some(0) => n.as_i64(),
        _ => number(port, "/port"),
    };
    items(service, "/spec/ports")
        .iter()
        .filter_map(|port| {
            let protocol = match text(port, "/protocol") {
                "" => "TCP",
                protocol => protocol,
            };
            Some((text(port, "/name").to_owned(), protocol.to_owned(), resolve(port)?))
        })
        .collect()
}

fn is_ready(service: &Value, pod: &PodView) -> bool {
    truth(service, "/spec/publishNotReadyAddresses") || (pod.ready && !pod.deleting)
}

/// Pods grouped by the ports that they serve: pods of different revisions may name them differently.
fn groups<'a>(service: &Value, pods: &[&'a PodView]) -> Groups<'a> {
    let mut groups: Groups<'a> = Vec::new();
    for pod in pods {
        let ports = ports_of(service, pod);
        match groups.iter_mut().find(|(known, _)| *known == ports) {
            Some((_, members)) => members.push(pod),
            None => groups.push((ports, vec![pod])),
        }
    }
    groups
}

fn slice_ports(ports: &[Port]) -> Value {
    ports.iter().map(|(n, protocol, port)| json!({"name": n, "protocol": protocol, "port": port})).collect()
}

fn endpoint(service: &Value, pod: &PodView) -> Value {
    json!({
        "addresses": [pod.ip],
        "conditions": {
            "ready": is_ready(service, pod), "serving": pod.ready, "terminating": pod.deleting,
        },
        "targetRef": {"kind": "Pod", "namespace": namespace(service), "name": pod.name, "uid": pod.uid},
        "nodeName": pod.node,
        "zone": zone_of(&pod.node),
    })
}

/// The zone of a node of the embedded cluster.
pub fn zone_of(node: &str) -> String {
    let digits: u64 = node.trim_start_matches(|c: char| !c.is_ascii_digit()).parse().unwrap_or(0);
    format!("eu-west-1{}", char::from(b'a' + (digits % 3) as u8))
}

fn slice_writes(
    service: &Value,
    pods: &[&PodView],
    slices: &[Value],
    dice: &mut Dice,
    now: Timestamp,
    decision: &mut Decision,
) {
    let mut wanted: Vec<(Value, Value)> = Vec::new();
    for (ports, members) in groups(service, pods) {
        // A slice holds a hundred endpoints at most.
        for part in members.chunks(100) {
            let list = part.iter().map(|p| endpoint(service, p)).collect();
            wanted.push((slice_ports(&ports), list));
        }
    }
    if wanted.is_empty() {
        wanted.push((Value::Null, Value::Null));
    }
    let mut free: Vec<&Value> = slices.iter().collect();
    for (ports, endpoints) in wanted {
        // A slice that has these ports keeps them; else any slice that is left over is used again.
        let found = free.iter().position(|s| s["ports"] == ports).or((!free.is_empty()).then_some(0));
        match found {
            Some(at) => {
                let current = free.remove(at);
                let mut updated = current.clone();
                updated["ports"] = ports;
                updated["endpoints"] = endpoints;
                if updated != *current {
                    stamp(&mut updated, now);
                    decision.writes.push(Write::Update(ENDPOINTSLICES, updated));
                }
            }
            None => decision
                .writes
                .push(Write::Create(ENDPOINTSLICES, new_slice(service, &ports, &endpoints, dice, now))),
        }
    }
    for left in free {
        let (ns, name) = (namespace(left).to_owned(), name(left).to_owned());
        decision.writes.push(Write::Delete(ENDPOINTSLICES, ns, name));
    }
}

fn stamp(object: &mut Value, now: Timestamp) {
    super::json::annotate(object, "endpoints.kubernetes.io/last-change-trigger-time", &seconds(now));
}

fn new_slice(service: &Value, ports: &Value, endpoints: &Value, dice: &mut Dice, now: Timestamp) -> Value {
    let mut labels: Map<String, Value> =
        service["metadata"]["labels"].as_object().cloned().unwrap_or_default();
    labels.insert("kubernetes.io/service-name".to_owned(), json!(name(service)));
    let manager = "endpointslice-controller.k8s.io";
    labels.insert("endpointslice.kubernetes.io/managed-by".to_owned(), json!(manager));
    let prefix = format!("{}-", name(service));
    let mut slice = json!({
        "apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice",
        "metadata": {
            "name": format!("{prefix}{}", dice.suffix(5)), "generateName": prefix,
            "namespace": namespace(service), "labels": labels,
            "ownerReferences": [owner_reference(service, "v1", "Service")],
        },
        "addressType": "IPv4", "endpoints": endpoints, "ports": ports,
    });
    stamp(&mut slice, now);
    slice
}

fn endpoints_writes(
    service: &Value,
    pods: &[&PodView],
    current: Option<&Value>,
    now: Timestamp,
    decision: &mut Decision,
) {
    let address = |pod: &&PodView| {
        json!({
            "ip": pod.ip, "nodeName": pod.node,
            "targetRef": {"kind": "Pod", "namespace": namespace(service), "name": pod.name, "uid": pod.uid},
        })
    };
    let mut subsets = Vec::new();
    let lasting: Vec<&PodView> = pods.iter().copied().filter(|p| !p.deleting).collect();
    for (ports, members) in groups(service, &lasting) {
        if ports.is_empty() {
            continue;
        }
        let (ready, not): (Vec<&PodView>, Vec<&PodView>) =
            members.into_iter().partition(|p| is_ready(service, p));
        let mut subset = json!({"ports": ports.iter().map(|(n, protocol, port)| {
            let mut entry = json!({"port": port, "protocol": protocol});
            if !n.is_empty() { entry["name"] = json!(n); }
            entry
        }).collect::<Vec<_>>()});
        for (field, list) in [("addresses", ready), ("notReadyAddresses", not)] {
            if !list.is_empty() {
                subset[field] = list.iter().map(address).collect();
            }
        }
        subsets.push(subset);
    }
    let mut new = current.cloned().unwrap_or_else(|| {
        json!({
            "apiVersion": "v1", "kind": "Endpoints",
            "metadata": {"name": name(service), "namespace": namespace(service)},
        })
    });
    if let Some(labels) = service["metadata"].get("labels").filter(|l| l.is_object()) {
        new["metadata"]["labels"] = labels.clone();
    }
    new["metadata"]["labels"]["endpoints.kubernetes.io/managed-by"] = json!("endpoint-controller");
    if subsets.is_empty() {
        new.as_object_mut().map(|map| map.remove("subsets"));
    } else {
        new["subsets"] = Value::Array(subsets);
    }
    match current {
        Some(current) if *current == new => {}
        Some(_) => {
            stamp(&mut new, now);
            decision.writes.push(Write::Update(ENDPOINTS, new));
        }
        None => {
            stamp(&mut new, now);
            decision.writes.push(Write::Create(ENDPOINTS, new));
        }
    }
}

#[cfg(test)]
mod tests;
