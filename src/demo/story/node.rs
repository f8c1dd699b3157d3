//! The nodes of the story, written out in full; and a node that fell silent.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::super::controllers::endpoints::zone_of;
use super::super::controllers::json::{items, number, object_at, set_condition, text};
use super::super::controllers::kubelet::status::{image_id, node_ip};
use super::super::controllers::names::{Dice, fnv};
use super::{fnv as hash, seconds};

/// The version of every component.
pub(super) const VERSION: &str = "v1.36.2";

/// A node, ready, as its kubelet reports it.
pub(super) fn render(described: &Value, now: Timestamp) -> Value {
    let name = text(described, "/name");
    let (cpu, memory) = (number(described, "/cpu").unwrap_or(8), number(described, "/memory").unwrap_or(32));
    let mut labels = json!({
        "beta.kubernetes.io/arch": "amd64", "beta.kubernetes.io/os": "linux", "kubernetes.io/arch": "amd64",
        "kubernetes.io/hostname": name, "kubernetes.io/os": "linux",
        "node.kubernetes.io/instance-type": text(described, "/type"),
        "topology.kubernetes.io/region": "eu-west-1", "topology.kubernetes.io/zone": zone_of(name),
    });
    let mut spec = json!({
        "podCIDR": format!("10.244.{}.0/24", digits(name)), "podCIDRs": [format!("10.244.{}.0/24", digits(name))],
        "providerID": format!("aws:///{}/i-{}", zone_of(name), Dice::of(name).hex(17)),
    });
    match text(described, "/role") {
        "control-plane" => {
            labels["node-role.kubernetes.io/control-plane"] = json!("");
            spec["taints"] =
                json!([{"key": "node-role.kubernetes.io/control-plane", "effect": "NoSchedule"}]);
        }
        _ => labels["node-role.kubernetes.io/worker"] = json!(""),
    }
    let pool = text(described, "/pool");
    if !pool.is_empty() {
        labels["pool"] = json!(pool);
        spec["taints"] = json!([{"key": "dedicated", "value": pool, "effect": "NoSchedule"}]);
    }
    let capacity = json!({
        "cpu": cpu.to_string(), "ephemeral-storage": "104845292Ki", "hugepages-1Gi": "0", "hugepages-2Mi": "0",
        "memory": format!("{}Ki", memory * 1_048_576 - 431_000), "pods": "110",
    });
    let mut allocatable = capacity.clone();
    allocatable["cpu"] = json!(format!("{}m", cpu * 1000 - 80));
    allocatable["memory"] = json!(format!("{}Ki", memory * 1_048_576 - 1_450_000));
    allocatable["ephemeral-storage"] = json!("95551679124");
    json!({
        "metadata": {
            "name": name, "labels": labels, "creationTimestamp": seconds(now),
            "uid": Dice::new(hash(format!("nodes/{name}").as_bytes())).uid(),
            "annotations": {
                "node.alpha.kubernetes.io/ttl": "0",
                "volumes.kubernetes.io/controller-managed-attach-detach": "true",
            },
        },
        "spec": spec,
        "status": {
            "capacity": capacity, "allocatable": allocatable, "conditions": conditions(now),
            "addresses": [
                {"type": "InternalIP", "address": node_ip(name)}, {"type": "Hostname", "address": name},
            ],
            "daemonEndpoints": {"kubeletEndpoint": {"Port": 10250}},
            "nodeInfo": info(name),
            "images": images(),
        },
    })
}

fn digits(name: &str) -> u64 {
    name.trim_start_matches(|c: char| !c.is_ascii_digit()).parse::<u64>().unwrap_or(0) % 250
}

fn conditions(now: Timestamp) -> Value {
    let stamp = seconds(now);
    let one = |kind: &str, status: &str, reason: &str, message: &str| {
        json!({
            "type": kind, "status": status, "reason": reason, "message": message,
            "lastHeartbeatTime": stamp, "lastTransitionTime": stamp,
        })
    };
    json!([
        one(
            "MemoryPressure",
            "False",
            "KubeletHasSufficientMemory",
            "kubelet has sufficient memory available"
        ),
        one("DiskPressure", "False", "KubeletHasNoDiskPressure", "kubelet has no disk pressure"),
        one("PIDPressure", "False", "KubeletHasSufficientPID", "kubelet has sufficient PID available"),
        one("Ready", "True", "KubeletReady", "kubelet is posting ready status"),
    ])
}

fn info(name: &str) -> Value {
    let mut dice = Dice::of(name);
    json!({
        "machineID": dice.hex(32), "systemUUID": dice.uid(), "bootID": dice.uid(),
        "kernelVersion": "6.12.41+deb13-cloud-amd64", "osImage": "Debian GNU/Linux 13 (trixie)",
        "containerRuntimeVersion": "containerd://2.1.4", "kubeletVersion": VERSION, "kubeProxyVersion": "",
        "operatingSystem": "linux", "architecture": "amd64",
    })
}

fn images() -> Value {
    let names = [
        "registry.k8s.io/kube-proxy:v1.36.2",
        "registry.example.io/shop/api-status:v1.4.2",
        "registry.example.io/shop/gb-frontend:v4",
        "registry.example.io/shop/web:1.9.1",
        "postgres:17.6",
    ];
    let one = |image: &&str| {
        let size = 20_000_000 + fnv(image.as_bytes()) % 150_000_000;
        json!({"names": [image_id(image), image], "sizeBytes": size})
    };
    names.iter().map(one).collect()
}

/// What the node lifecycle controller makes of a node whose kubelet fell silent.
pub(super) fn silence(node: &mut Value, now: Timestamp) {
    let mut conditions = items(node, "/status/conditions").to_vec();
    for kind in ["MemoryPressure", "DiskPressure", "PIDPressure", "Ready"] {
        let beat = json!(seconds(now));
        let new = json!({
            "type": kind, "status": "Unknown", "reason": "NodeStatusUnknown",
            "message": "Kubelet stopped posting node status.", "lastHeartbeatTime": beat,
        });
        set_condition(&mut conditions, new, now);
    }
    object_at(node, &["status"]).insert("conditions".to_owned(), Value::Array(conditions));
    let mut taints = items(node, "/spec/taints").to_vec();
    for effect in ["NoSchedule", "NoExecute"] {
        let taint =
            json!({"key": "node.kubernetes.io/unreachable", "effect": effect, "timeAdded": seconds(now)});
        taints.push(taint);
    }
    object_at(node, &["spec"]).insert("taints".to_owned(), Value::Array(taints));
}
