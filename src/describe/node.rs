//! Nodes, with what runs on them.

use serde_json::Value;

use super::Material;
use super::common::{at, at_or, condition_tone, created, joined, list, optional, since, tags, time};
use super::container::amount_of;
use super::sheet::Sheet;
use crate::model::column::Tone;
use crate::model::resource::Resource;
use crate::release::json::{items, name, text, texts};
use crate::release::quantity::Quantity;

/// A node.
pub fn describe(sheet: &mut Sheet, material: &Material) {
    let node = &material.object;
    sheet.put(0, format!("Name:\t{}", name(node)));
    let labels = texts(node, "/metadata/labels");
    let roles = labels.iter().filter_map(|(key, value)| match key.strip_prefix("node-role.kubernetes.io/") {
        Some(role) if !role.is_empty() => Some(role.to_owned()),
        _ if key == "kubernetes.io/role" => Some(value.clone()),
        _ => None,
    });
    let roles = roles.collect::<Vec<_>>().join(",");
    sheet.put(0, format!("Roles:\t{}", super::common::or(roles, "<none>")));
    tags(sheet, node);
    created(sheet, node);
    taints(sheet, node);
    let closed = node["spec"]["unschedulable"] == true;
    sheet.toned(0, format!("Unschedulable:\t{closed}"), if closed { Tone::Warn } else { Tone::Plain });
    lease(sheet, material);
    conditions(sheet, node);
    sheet.put(0, "Addresses:");
    for address in items(node, "/status/addresses") {
        sheet.put(1, format!("{}:\t{}", text(address, "/type"), text(address, "/address")));
    }
    for (title, pointer) in [("Capacity", "/status/capacity"), ("Allocatable", "/status/allocatable")] {
        let map = node.pointer(pointer).and_then(Value::as_object);
        if let Some(map) = map.filter(|map| !map.is_empty()) {
            sheet.put(0, format!("{title}:"));
            for (name, amount) in map {
                sheet.put(1, format!("{name}:\t{}", amount_of(amount)));
            }
        }
    }
    sheet.put(0, "System Info:");
    for (title, field) in [
        ("Machine ID", "machineID"),
        ("System UUID", "systemUUID"),
        ("Boot ID", "bootID"),
        ("Kernel Version", "kernelVersion"),
        ("OS Image", "osImage"),
        ("Operating System", "operatingSystem"),
        ("Architecture", "architecture"),
        ("Container Runtime Version", "containerRuntimeVersion"),
        ("Kubelet Version", "kubeletVersion"),
        ("Kube-Proxy Version", "kubeProxyVersion"),
    ] {
        sheet.put(1, format!("{title}:\t{}", at(node, &format!("/status/nodeInfo/{field}"))));
    }
    optional(sheet, "PodCIDR", node, "/spec/podCIDR");
    if !items(node, "/spec/podCIDRs").is_empty() {
        sheet.put(0, format!("PodCIDRs:\t{}", joined(node, "/spec/podCIDRs", ",")));
    }
    optional(sheet, "ProviderID", node, "/spec/providerID");
    pods(sheet, material);
}

fn taints(sheet: &mut Sheet, node: &Value) {
    let line = |taint: &Value| match text(taint, "/value") {
        "" => format!("{}:{}", text(taint, "/key"), text(taint, "/effect")),
        value => format!("{}={value}:{}", text(taint, "/key"), text(taint, "/effect")),
    };
    let mut all: Vec<String> = items(node, "/spec/taints").iter().map(line).collect();
    all.sort();
    list(sheet, "Taints", &all);
}

fn lease(sheet: &mut Sheet, material: &Material) {
    if let Some(trouble) = material.trouble(&Resource::LEASES) {
        return sheet.toned(0, format!("Lease:\tFailed to get lease: {trouble}"), Tone::Warn);
    }
    sheet.put(0, "Lease:");
    let none = Value::Null;
    let lease = material.of(&Resource::LEASES).first().unwrap_or(&none);
    sheet.put(1, format!("HolderIdentity:\t{}", at_or(lease, "/spec/holderIdentity", "<unset>")));
    sheet.put(1, format!("AcquireTime:\t{}", time(lease, "/spec/acquireTime")));
    sheet.put(1, format!("RenewTime:\t{}", time(lease, "/spec/renewTime")));
}

fn conditions(sheet: &mut Sheet, node: &Value) {
    let all = items(node, "/status/conditions");
    if all.is_empty() {
        return;
    }
    sheet.put(0, "Conditions:");
    sheet.put(1, "Type\tStatus\tLastHeartbeatTime\tLastTransitionTime\tReason\tMessage");
    sheet.put(1, "----\t------\t-----------------\t------------------\t------\t-------");
    for one in all {
        let (kind, status) = (text(one, "/type"), text(one, "/status"));
        let (heard, changed) = (time(one, "/lastHeartbeatTime"), time(one, "/lastTransitionTime"));
        let (reason, message) = (text(one, "/reason"), text(one, "/message"));
        let tone = match condition_tone(kind, status) {
            Tone::Good => Tone::Plain,
            other => other,
        };
        sheet.toned(1, format!("{kind} \t{status} \t{heard} \t{changed} \t{reason} \t{message}"), tone);
    }
}

/// What a pod asks for, or is limited to, of a resource: its containers together, or the largest of the init containers with
/// the sidecars that run by then; and its overhead.
fn amount(pod: &Value, what: &str, resource: &str) -> Quantity {
    let of = |container: &Value| {
        container["resources"][what].get(resource).and_then(Quantity::of).unwrap_or_default()
    };
    let mut sidecars = Quantity::default();
    let mut first = Quantity::default();
    for container in items(pod, "/spec/initContainers") {
        if container["restartPolicy"] == "Always" {
            sidecars = sidecars.plus(of(container));
            first = first.most(sidecars);
        } else {
            first = first.most(sidecars.plus(of(container)));
        }
    }
    let main = items(pod, "/spec/containers").iter().map(of).fold(sidecars, Quantity::plus).most(first);
    // What the whole pod is given counts instead of its containers.
    let whole = pod["spec"]["resources"][what].get(resource).and_then(Quantity::of).unwrap_or(main);
    let overhead = pod["spec"]["overhead"].get(resource).and_then(Quantity::of);
    match overhead {
        Some(overhead) if what == "requests" || whole.is_some() => whole.plus(overhead),
        _ => whole,
    }
}

fn pods(sheet: &mut Sheet, material: &Material) {
    let node = &material.object;
    if let Some(trouble) = material.trouble(&Resource::PODS) {
        return sheet.toned(0, format!("Pods:\tnot authorized: {trouble}"), Tone::Warn);
    }
    let mut pods: Vec<&Value> = material.of(&Resource::PODS).iter().collect();
    pods.sort_by_key(|pod| (text(pod, "/metadata/namespace"), name(pod)));
    sheet.put(0, format!("Non-terminated Pods:\t({} in total)", pods.len()));
    sheet.put(1, "Namespace\tName\t\tCPU Requests\tCPU Limits\tMemory Requests\tMemory Limits\tAge");
    sheet.put(1, "---------\t----\t\t------------\t----------\t---------------\t-------------\t---");
    let allocatable = match &node["status"]["allocatable"] {
        Value::Object(map) if !map.is_empty() => &node["status"]["allocatable"],
        _ => &node["status"]["capacity"],
    };
    let share = |amount: Quantity, resource: &str| {
        let all = allocatable.get(resource).and_then(Quantity::of).unwrap_or_default();
        format!("{amount} ({}%)", amount.percent_of(all))
    };
    for pod in &pods {
        let cells = [("requests", "cpu"), ("limits", "cpu"), ("requests", "memory"), ("limits", "memory")]
            .map(|(what, resource)| share(amount(pod, what, resource), resource));
        let age = since(pod, "/metadata/creationTimestamp", material.now);
        let (namespace, name) = (text(pod, "/metadata/namespace"), name(pod));
        sheet.put(1, format!("{namespace}\t{name}\t\t{}\t{age}", cells.join("\t")));
    }
    sheet.put(0, "Allocated resources:");
    sheet.put(1, "(Total limits may be over 100 percent, i.e., overcommitted.)");
    sheet.put(1, "Resource\tRequests\tLimits");
    sheet.put(1, "--------\t--------\t------");
    let sum = |what: &str, resource: &str| {
        pods.iter().map(|pod| amount(pod, what, resource)).fold(Quantity::default(), Quantity::plus)
    };
    for resource in ["cpu", "memory", "ephemeral-storage"] {
        let (requests, limits) = (sum("requests", resource), sum("limits", resource));
        sheet.put(1, format!("{resource}\t{}\t{}", share(requests, resource), share(limits, resource)));
    }
    let own =
        |resource: &&String| !matches!(resource.as_str(), "cpu" | "memory" | "ephemeral-storage" | "pods");
    for resource in allocatable.as_object().into_iter().flat_map(|map| map.keys()).filter(own) {
        let (requests, limits) = (sum("requests", resource), sum("limits", resource));
        if resource.starts_with("hugepages-") {
            sheet.put(1, format!("{resource}\t{}\t{}", share(requests, resource), share(limits, resource)));
        } else {
            sheet.put(1, format!("{resource}\t{requests}\t{limits}"));
        }
    }
}
