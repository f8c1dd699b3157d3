//! The DaemonSet controller's decisions: one pod on every node that fits, renewed a few at a time.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::super::resource::{DAEMONSETS, PODS};
use super::json::{
    deleting, int_or_percent, label, name, namespace, number, object_at, owner_reference, text,
};
use super::names::Dice;
use super::plan::{Decision, Note, Write, about};
use super::pods::{from_template, is_active, is_available, is_ready};
use super::revisions::{clean, present};
use super::scheduler::{selected, tolerates};

/// The component that its events name.
pub const COMPONENT: &str = "daemonset-controller";

const REVISION: &str = "controller-revision-hash";

/// Taints that every pod of a DaemonSet tolerates.
const TOLERATED: &[(&str, &str)] = &[
    ("node.kubernetes.io/not-ready", "NoExecute"),
    ("node.kubernetes.io/unreachable", "NoExecute"),
    ("node.kubernetes.io/disk-pressure", "NoSchedule"),
    ("node.kubernetes.io/memory-pressure", "NoSchedule"),
    ("node.kubernetes.io/pid-pressure", "NoSchedule"),
    ("node.kubernetes.io/unschedulable", "NoSchedule"),
    ("node.kubernetes.io/unreachable", "NoSchedule"),
    ("node.kubernetes.io/not-ready", "NoSchedule"),
];

/// One sync with the cluster's nodes and the pods and revisions that it controls.
pub fn reconcile(
    set: &Value,
    nodes: &[Value],
    pods: &[Value],
    revisions: &[Value],
    dice: &mut Dice,
    now: Timestamp,
) -> Decision {
    let present = present(set, DAEMONSETS, revisions);
    let mut decision = Decision::act(present.writes);
    let probe = tolerant(&json!({"spec": set["spec"]["template"]["spec"]}));
    let fitting: Vec<&Value> = nodes
        .iter()
        .filter(|n| selected(&probe, n) && tolerates(&probe, n, &["NoSchedule", "NoExecute"]))
        .collect();
    if !deleting(set) {
        place(set, &fitting, pods, &present.hash, dice, &mut decision);
        if text(set, "/spec/updateStrategy/type") != "OnDelete" && decision.writes.is_empty() {
            renew(set, fitting.len() as i64, pods, &present.hash, &mut decision);
        }
        let mut live: Vec<String> =
            pods.iter().filter_map(|p| label(p, REVISION)).map(str::to_owned).collect();
        live.push(present.name);
        decision.writes.extend(clean(set, revisions, &live));
    }
    if let Some(write) = status(set, &fitting, pods, &present.hash, now) {
        decision.writes.push(write);
    }
    decision
}

fn tolerant(pod: &Value) -> Value {
    let mut pod = pod.clone();
    if let Some(list) =
        object_at(&mut pod, &["spec"]).entry("tolerations").or_insert(json!([])).as_array_mut()
    {
        for (key, effect) in TOLERATED {
            list.push(json!({"key": key, "operator": "Exists", "effect": effect}));
        }
    }
    pod
}

fn on(pod: &Value) -> &str {
    match text(pod, "/spec/nodeName") {
        "" => {
            let terms = "/spec/affinity/nodeAffinity/requiredDuringSchedulingIgnoredDuringExecution\
                         /nodeSelectorTerms/0/matchFields/0/values/0";
            text(pod, terms)
        }
        node => node,
    }
}

fn place(
    set: &Value,
    fitting: &[&Value],
    pods: &[Value],
    hash: &str,
    dice: &mut Dice,
    decision: &mut Decision,
) {
    for node in fitting {
        if pods
            .iter()
            .any(|p| on(p) == name(node) && !matches!(text(p, "/status/phase"), "Failed" | "Succeeded"))
        {
            continue;
        }
        let owner = owner_reference(set, "apps/v1", "DaemonSet");
        let mut template = tolerant(&json!({"spec": set["spec"]["template"]["spec"]}));
        template["metadata"] = set["spec"]["template"]["metadata"].clone();
        let mut pod = from_template(&template, namespace(set), &format!("{}-", name(set)), &owner, dice);
        let labels = object_at(&mut pod, &["metadata", "labels"]);
        labels.insert(REVISION.to_owned(), json!(hash));
        let generation = number(set, "/metadata/generation").unwrap_or(1).to_string();
        labels.insert("pod-template-generation".to_owned(), json!(generation));
        pod["spec"]["affinity"] = json!({"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {
            "nodeSelectorTerms": [{"matchFields": [
                {"key": "metadata.name", "operator": "In", "values": [name(node)]},
            ]}],
        }}});
        let message = format!("Created pod: {}", name(&pod));
        decision.writes.push(Write::Create(PODS, pod));
        decision.writes.push(Note::normal(about(DAEMONSETS, set), COMPONENT, "SuccessfulCreate", message));
    }
    for pod in pods.iter().filter(|p| !deleting(p)) {
        let failed = text(pod, "/status/phase") == "Failed";
        if failed || !fitting.iter().any(|n| name(n) == on(pod)) {
            remove(set, pod, decision);
        }
    }
}

fn remove(set: &Value, pod: &Value, decision: &mut Decision) {
    let message = format!("Deleted pod: {}", name(pod));
    decision.writes.push(Write::Delete(PODS, namespace(pod).to_owned(), name(pod).to_owned()));
    decision.writes.push(Note::normal(about(DAEMONSETS, set), COMPONENT, "SuccessfulDelete", message));
}

fn renew(set: &Value, wanted: i64, pods: &[Value], hash: &str, decision: &mut Decision) {
    let field = set.pointer("/spec/updateStrategy/rollingUpdate/maxUnavailable");
    let allowed = int_or_percent(field, wanted, true, "1").max(1);
    let missing = wanted - pods.iter().filter(|p| is_active(p) && is_ready(p)).count() as i64;
    let mut budget = allowed - missing;
    for pod in pods.iter().filter(|p| is_active(p) && label(p, REVISION) != Some(hash)) {
        // A pod that is not ready costs nothing to replace.
        if !is_ready(pod) {
            remove(set, pod, decision);
        } else if budget > 0 {
            budget -= 1;
            remove(set, pod, decision);
        }
    }
}

fn status(set: &Value, fitting: &[&Value], pods: &[Value], hash: &str, now: Timestamp) -> Option<Write> {
    let patience = number(set, "/spec/minReadySeconds").unwrap_or(0);
    let placed: Vec<&Value> =
        pods.iter().filter(|p| is_active(p) && fitting.iter().any(|n| name(n) == on(p))).collect();
    let count = |keep: &dyn Fn(&Value) -> bool| placed.iter().filter(|p| keep(p)).count() as i64;
    let wanted = fitting.len() as i64;
    let available = count(&|p| is_available(p, patience, now));
    let mut after = set.clone();
    let status = object_at(&mut after, &["status"]);
    let mut put = |key: &str, value: i64| status.insert(key.to_owned(), json!(value));
    put("currentNumberScheduled", placed.len() as i64);
    put("numberMisscheduled", pods.iter().filter(|p| is_active(p)).count() as i64 - placed.len() as i64);
    put("desiredNumberScheduled", wanted);
    put("numberReady", count(&is_ready));
    put("observedGeneration", number(set, "/metadata/generation").unwrap_or(1));
    super::json::set_count(status, "updatedNumberScheduled", count(&|p| label(p, REVISION) == Some(hash)));
    super::json::set_count(status, "numberAvailable", available);
    super::json::set_count(status, "numberUnavailable", wanted - available);
    (after["status"] != set["status"]).then_some(Write::Update(DAEMONSETS, after))
}
