//! The scheduler's decision: the node for a pod, or in the scheduler's own words why there is none.

use std::collections::{BTreeMap, HashMap};

use serde_json::{Value, json};

use super::super::resource::PODS;
use super::json::{condition_holds, items, name, namespace, number, object_at, set_condition, text, truth};
use super::plan::{Decision, Note, Write, about};
use jiff::Timestamp;

/// How many pods are on each node.
pub type Load = HashMap<String, i64>;

/// The component that its events name.
pub const COMPONENT: &str = "default-scheduler";

/// Whether a pod waits for this scheduler: `spec.schedulerName` may name another one, which this cluster does not have.
pub fn is_for_us(pod: &Value) -> bool {
    matches!(text(pod, "/spec/schedulerName"), "" | COMPONENT)
}

/// Gives a pod a node, or notes why it cannot. `load` counts the pods on each node.
pub fn reconcile(pod: &Value, nodes: &[Value], load: &Load, now: Timestamp) -> Decision {
    match choose(pod, nodes, load) {
        Ok(node) => {
            let mut bound = pod.clone();
            bound["spec"]["nodeName"] = json!(node);
            condition(&mut bound, json!({"type": "PodScheduled", "status": "True"}), now);
            let message = format!("Successfully assigned {}/{} to {node}", namespace(pod), name(pod));
            Decision::act(vec![
                Write::Update(PODS, bound),
                Note::normal(about(PODS, pod), COMPONENT, "Scheduled", message),
            ])
        }
        Err(why) => {
            let mut waiting = pod.clone();
            let refused =
                json!({"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": why});
            condition(&mut waiting, refused, now);
            let mut decision = Decision::rest();
            if waiting["status"] != pod["status"] {
                decision.writes.push(Write::Update(PODS, waiting));
                decision.writes.push(Note::warning(about(PODS, pod), COMPONENT, "FailedScheduling", why));
            }
            decision
        }
    }
}

fn condition(pod: &mut Value, mut new: Value, now: Timestamp) {
    new["lastProbeTime"] = Value::Null;
    new["observedGeneration"] = json!(number(pod, "/metadata/generation").unwrap_or(1));
    let mut conditions = items(pod, "/status/conditions").to_vec();
    set_condition(&mut conditions, new, now);
    object_at(pod, &["status"]).insert("conditions".to_owned(), Value::Array(conditions));
}

/// The emptiest node that fits.
///
/// # Errors
/// Why no node fits, as the scheduler words it.
pub fn choose(pod: &Value, nodes: &[Value], load: &Load) -> Result<String, String> {
    let mut refusals: BTreeMap<String, usize> = BTreeMap::new();
    let mut fitting: Vec<(i64, &str)> = Vec::new();
    for node in nodes {
        let used = load.get(name(node)).copied().unwrap_or(0);
        match refusal(pod, node, used) {
            Some(why) => *refusals.entry(why).or_default() += 1,
            None => fitting.push((used, name(node))),
        }
    }
    if let Some((_, node)) = fitting.into_iter().min() {
        return Ok(node.to_owned());
    }
    let total = nodes.len();
    let reasons: Vec<String> = refusals.iter().map(|(why, count)| format!("{count} {why}")).collect();
    let reasons = if reasons.is_empty() { "no nodes available".to_owned() } else { reasons.join(", ") };
    Err(format!(
        "0/{total} nodes are available: {reasons}. no new claims to deallocate, preemption: 0/{total} nodes \
         are available: {total} Preemption is not helpful for scheduling."
    ))
}

fn refusal(pod: &Value, node: &Value, used: i64) -> Option<String> {
    if truth(node, "/spec/unschedulable") && !tolerates_key(pod, "node.kubernetes.io/unschedulable") {
        return Some("node(s) were unschedulable".to_owned());
    }
    if !tolerates(pod, node, &["NoSchedule", "NoExecute"]) {
        return Some("node(s) had untolerated taint(s)".to_owned());
    }
    if !selected(pod, node) {
        return Some("node(s) didn't match Pod's node affinity/selector".to_owned());
    }
    if used >= number_of(text(node, "/status/allocatable/pods")).unwrap_or(110.0) as i64 {
        return Some("Too many pods".to_owned());
    }
    for resource in ["cpu", "memory"] {
        let wanted: f64 = items(pod, "/spec/containers")
            .iter()
            .filter_map(|c| number_of(text(c, &format!("/resources/requests/{resource}"))))
            .sum();
        let has = number_of(text(node, &format!("/status/allocatable/{resource}")));
        if has.is_some_and(|has| wanted > has) {
            return Some(format!("Insufficient {resource}"));
        }
    }
    None
}

/// Whether a pod wants to be on a node: its node selector, and the affinity by name that a DaemonSet writes.
pub fn selected(pod: &Value, node: &Value) -> bool {
    let labels = &node["metadata"]["labels"];
    let selector = pod["spec"]["nodeSelector"].as_object();
    let by_labels = selector.is_none_or(|map| map.iter().all(|(key, want)| labels.get(key) == Some(want)));
    let terms = items(
        pod,
        "/spec/affinity/nodeAffinity/requiredDuringSchedulingIgnoredDuringExecution/nodeSelectorTerms",
    );
    let by_name = terms.is_empty()
        || terms.iter().any(|term| {
            items(term, "/matchFields")
                .iter()
                .all(|rule| items(rule, "/values").iter().any(|v| v == name(node)))
        });
    by_labels && by_name
}

/// Whether a pod tolerates all taints of a node that have one of these effects.
pub fn tolerates(pod: &Value, node: &Value, effects: &[&str]) -> bool {
    items(node, "/spec/taints").iter().filter(|taint| effects.contains(&text(taint, "/effect"))).all(
        |taint| {
            items(pod, "/spec/tolerations").iter().any(|toleration| {
                // Tolerating for a while keeps a pod where it is; it does not let a new one in.
                toleration.get("tolerationSeconds").is_none() && tolerates_taint(toleration, taint)
            })
        },
    )
}

/// Whether a toleration covers a taint.
pub fn tolerates_taint(toleration: &Value, taint: &Value) -> bool {
    let effect = text(toleration, "/effect");
    let key = text(toleration, "/key");
    let exists = text(toleration, "/operator") == "Exists";
    (effect.is_empty() || effect == text(taint, "/effect"))
        && ((key.is_empty() && exists) || key == text(taint, "/key"))
        && (exists || text(toleration, "/value") == text(taint, "/value"))
}

fn tolerates_key(pod: &Value, key: &str) -> bool {
    items(pod, "/spec/tolerations").iter().any(|t| text(t, "/key") == key && text(t, "/operator") == "Exists")
}

/// Whether a node is ready.
pub fn is_ready(node: &Value) -> bool {
    condition_holds(node, "Ready")
}

/// A quantity (`100m`, `64Mi`, `2`) as a number.
pub fn number_of(quantity: &str) -> Option<f64> {
    let split = quantity.find(|c: char| c.is_ascii_alphabetic()).unwrap_or(quantity.len());
    let (digits, unit) = quantity.split_at(split);
    let factor = match unit {
        "" => 1.0,
        "m" => 1e-3,
        "k" => 1e3,
        "M" => 1e6,
        "G" => 1e9,
        "Ki" => 1024.0,
        "Mi" => 1_048_576.0,
        "Gi" => 1_073_741_824.0,
        "Ti" => 1_099_511_627_776.0,
        _ => return None,
    };
    Some(digits.parse::<f64>().ok()? * factor)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(name: &str, spec: &Value, labels: &Value) -> Value {
        json!({"metadata": {"name": name, "labels": labels}, "spec": spec,
               "status": {"allocatable": {"cpu": "4", "memory": "16Gi", "pods": "2"}}})
    }

    #[test]
    fn the_emptiest_fitting_node_is_chosen() {
        let nodes = [node("a", &json!({}), &json!({})), node("b", &json!({}), &json!({}))];
        let load = HashMap::from([("a".to_owned(), 1)]);
        assert_eq!(choose(&json!({}), &nodes, &load), Ok("b".to_owned()));
    }

    #[test]
    fn a_refusal_counts_every_reason() {
        let tainted = json!({"taints": [{"key": "dedicated", "value": "batch", "effect": "NoSchedule"}]});
        let nodes = [
            node("a", &tainted, &json!({})),
            node("b", &json!({"unschedulable": true}), &json!({})),
            node("c", &json!({}), &json!({})),
            node("d", &json!({}), &json!({"pool": "gpu"})),
        ];
        let load = HashMap::from([("d".to_owned(), 2)]);
        let pod = json!({"spec": {"nodeSelector": {"pool": "gpu"}}});
        assert_eq!(
            choose(&pod, &nodes, &load).unwrap_err(),
            "0/4 nodes are available: 1 Too many pods, 1 node(s) didn't match Pod's node affinity/selector, \
             1 node(s) had untolerated taint(s), 1 node(s) were unschedulable. no new claims to deallocate, \
             preemption: 0/4 nodes are available: 4 Preemption is not helpful for scheduling."
        );
        let hungry = json!({"spec": {"containers": [{"resources": {"requests": {"cpu": "5000m"}}}]}});
        assert!(choose(&hungry, &nodes[2..3], &HashMap::new()).unwrap_err().contains("1 Insufficient cpu"));
    }
}
