//! Nodes: STATUS and ROLES as kubectl prints them, and what presses them.

use super::shared::{Shared, amounts};
use super::why;
use super::wire;
use crate::model::record::{Health, Node};

/// The record of a node.
pub(super) fn project(it: &wire::Node<'_>, shared: &mut Shared) -> Node {
    let (info, conditions) = (&it.status.info, &it.status.conditions);
    let ready = conditions.iter().find(|c| c.kind == "Ready");
    let mut status = match ready {
        Some(ready) if ready.status == "True" => "Ready",
        Some(_) => "NotReady",
        None => "Unknown",
    }
    .to_owned();
    if it.spec.unschedulable {
        status.push_str(",SchedulingDisabled");
    }
    let is_ready = ready.is_some_and(|c| c.status == "True");
    let mut troubles: Vec<&str> = conditions
        .iter()
        .filter(|c| c.kind != "Ready" && c.status == "True")
        .map(|c| c.kind.as_ref())
        .collect();
    let health = match () {
        () if !is_ready => Health::Fault,
        () if !troubles.is_empty() => Health::Warning,
        () if it.spec.unschedulable => Health::Idle,
        () => Health::Ok,
    };
    if let Some(ready) = ready.filter(|c| c.status != "True" && !c.message.is_empty()) {
        troubles.insert(0, &ready.message);
    }
    let internal = it.status.addresses.iter().find(|a| a.kind == "InternalIP");
    let or = |text: &str, none: &str| if text.is_empty() { none.to_owned() } else { text.to_owned() };
    let kernel = match (info.kernel.as_ref(), info.architecture.as_ref()) {
        ("", _) => "<unknown>".to_owned(),
        (kernel, "") => kernel.to_owned(),
        (kernel, architecture) => format!("{kernel} ({architecture})"),
    };
    Node {
        meta: shared.meta(&it.meta),
        status: shared.text(&status),
        roles: shared.text(&or(&roles(it), "<none>")),
        version: shared.text(&info.kubelet),
        internal_ip: shared.text(&or(internal.map_or("", |a| &a.address), "<none>")),
        os_image: shared.text(&or(&info.os_image, "<unknown>")),
        kernel: shared.text(&kernel),
        taints: shared.text(&or(&taints(it), "<none>")),
        runtime: shared.text(&or(&info.runtime, "<unknown>")),
        allocatable: amounts(&it.status.allocatable),
        most_pods: it.status.allocatable.pods.parse().unwrap_or(0),
        reason: shared.text(&why::short(&troubles.join(", "))),
        since: since(it),
        health,
    }
}

/// Since when it is not ready; or the earliest pressure.
fn since(it: &wire::Node<'_>) -> i64 {
    let conditions = &it.status.conditions;
    let not_ready = conditions.iter().find(|c| c.kind == "Ready" && c.status != "True");
    let pressed = conditions.iter().filter(|c| c.kind != "Ready" && c.status == "True");
    let at = match not_ready {
        Some(condition) => condition.since.0,
        None => pressed.filter_map(|condition| condition.since.0).min(),
    };
    at.unwrap_or(0)
}

/// `dedicated=batch:NoSchedule,node-role.kubernetes.io/control-plane:NoSchedule`.
fn taints(it: &wire::Node<'_>) -> String {
    let one = |taint: &wire::Taint<'_>| match taint.value.as_ref() {
        "" => format!("{}:{}", taint.key, taint.effect),
        value => format!("{}={value}:{}", taint.key, taint.effect),
    };
    it.spec.taints.iter().map(one).collect::<Vec<_>>().join(",")
}

/// Roles are labels, by their names or by the value of the old one.
fn roles(it: &wire::Node<'_>) -> String {
    let mut roles: Vec<&str> = it
        .meta
        .labels
        .0
        .iter()
        .filter_map(|(key, value)| match key.strip_prefix("node-role.kubernetes.io/") {
            Some(role) => Some(role),
            None => (key == "kubernetes.io/role").then_some(value.as_ref()),
        })
        .filter(|role| !role.is_empty())
        .collect();
    roles.sort_unstable();
    roles.dedup();
    roles.join(",")
}

#[cfg(test)]
mod tests {
    use crate::model::project::Projector;
    use crate::model::record::{Health, Kind, Node, Record};

    fn node(spec: &str, conditions: &str, labels: &str) -> Node {
        let json = format!(
            r#"{{"metadata":{{"name":"n","labels":{labels}}},"spec":{spec},"status":{{"conditions":{conditions}}}}}"#
        );
        match Projector::new(Kind::Node).object(json.as_bytes()).unwrap() {
            Record::Node(node) => *node,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn status_reason_health() {
        let ready = r#"{"type":"Ready","status":"True","message":"kubelet is posting ready status"}"#;
        let lost = r#"{"type":"Ready","status":"Unknown","message":"Kubelet stopped posting node status."}"#;
        let pressed = r#"{"type":"MemoryPressure","status":"True","message":"m"}"#;
        let relaxed = r#"{"type":"DiskPressure","status":"False","message":"m"}"#;
        let off = r#"{"unschedulable":true}"#;
        for (spec, conditions, status, reason, health) in [
            ("{}", format!("[{relaxed},{ready}]"), "Ready", "", Health::Ok),
            (off, format!("[{ready}]"), "Ready,SchedulingDisabled", "", Health::Idle),
            ("{}", format!("[{pressed},{ready}]"), "Ready", "MemoryPressure", Health::Warning),
            ("{}", format!("[{lost}]"), "NotReady", "Kubelet stopped posting node status.", Health::Fault),
            (
                off,
                format!("[{pressed},{lost}]"),
                "NotReady,SchedulingDisabled",
                "Kubelet stopped posting node status., MemoryPressure",
                Health::Fault,
            ),
            ("null", "null".to_owned(), "Unknown", "", Health::Fault),
        ] {
            let node = node(spec, &conditions, "{}");
            assert_eq!((&*node.status, &*node.reason, node.health), (status, reason, health), "{conditions}");
            assert_eq!((&*node.internal_ip, &*node.kernel), ("<none>", "<unknown>"));
        }
    }

    #[test]
    fn taints_read_as_kubectl_writes_them() {
        for (spec, taints) in [
            ("{}", "<none>"),
            (
                r#"{"taints":[{"key":"dedicated","value":"batch","effect":"NoSchedule"},{"key":"a/b","effect":"NoExecute"}]}"#,
                "dedicated=batch:NoSchedule,a/b:NoExecute",
            ),
        ] {
            assert_eq!(&*node(spec, "[]", "{}").taints, taints);
        }
    }

    #[test]
    fn roles_are_sorted_and_named_once() {
        for (labels, roles) in [
            ("{}", "<none>"),
            (r#"{"node-role.kubernetes.io/worker":""}"#, "worker"),
            (
                r#"{"node-role.kubernetes.io/worker":"","kubernetes.io/role":"worker","node-role.kubernetes.io/control-plane":""}"#,
                "control-plane,worker",
            ),
            (r#"{"node-role.kubernetes.io/":"x","kubernetes.io/role":""}"#, "<none>"),
        ] {
            assert_eq!(&*node("{}", "[]", labels).roles, roles);
        }
    }
}
