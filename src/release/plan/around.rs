//! What stands around a workload: the pods of its template, the services that select them, and the bounds of its rollouts.

use serde_json::Value;

use super::Line;
use crate::release::facts::{Facts, PodFact, ServiceFact, selects};
use crate::release::json::{number, text, texts};

/// Labels as pairs.
pub(super) fn pairs(value: &Value, pointer: &str) -> Vec<(String, String)> {
    texts(value, pointer).into_iter().collect()
}

/// The services that select pods with these labels; `None`: services are not watched here.
pub(super) fn services<'a>(facts: &'a Facts, labels: &[(String, String)]) -> Option<Vec<&'a ServiceFact>> {
    let all = facts.around.services.as_ref()?;
    Some(all.iter().filter(|service| selects(&service.selector, labels)).collect())
}

/// The pods of these names of controllers.
pub(super) fn owned<'a>(facts: &'a Facts, owners: &[String]) -> Vec<&'a PodFact> {
    let pods = facts.around.pods.as_deref().unwrap_or_default();
    pods.iter().filter(|pod| owners.contains(&pod.owner)).collect()
}

/// What a workload's services have now, and that they are touched: one line each.
pub(super) fn service_lines(
    facts: &Facts,
    object: &Value,
    after: impl Fn(&ServiceFact) -> String,
) -> Vec<Line> {
    let labels = pairs(object, "/spec/template/metadata/labels");
    match services(facts, &labels) {
        None => vec![Line::Unknown {
            what: "services".to_owned(),
            why: "the namespace is not on the screen".to_owned(),
        }],
        Some(services) if services.is_empty() => {
            vec![Line::effect("services", "none selects its pods")]
        }
        Some(services) => services
            .into_iter()
            .map(|service| Line::effect(format!("service {}", service.name), after(service)))
            .collect(),
    }
}

/// `maxSurge` and `maxUnavailable` in pods, as the Deployment controller rounds them: surge up, unavailable down, and never
/// both nought (`util/deployment_util.go`, `ResolveFenceposts`).
pub(super) fn bounds(object: &Value) -> (i64, i64) {
    let wanted = number(object, "/spec/replicas").unwrap_or(1);
    let of = |pointer: &str, up: bool| {
        let value = object.pointer(pointer);
        let percent = match value {
            Some(Value::Number(number)) => return number.as_i64().unwrap_or_default(),
            Some(Value::String(text)) => text.trim_end_matches('%').parse::<i64>().unwrap_or_default(),
            _ => 25,
        };
        if up { (wanted * percent + 99) / 100 } else { wanted * percent / 100 }
    };
    let surge = of("/spec/strategy/rollingUpdate/maxSurge", true);
    let unavailable = of("/spec/strategy/rollingUpdate/maxUnavailable", false);
    if surge == 0 && unavailable == 0 { (0, 1) } else { (surge, unavailable) }
}

/// `is` for one, `are` for more.
pub(super) fn be(count: i64) -> &'static str {
    if count == 1 { "is" } else { "are" }
}

/// How pods are replaced by a rollout, in words.
pub(super) fn replacing(object: &Value) -> String {
    let wanted = number(object, "/spec/replicas").unwrap_or(1);
    if text(object, "/spec/updateStrategy/type") == "OnDelete" {
        return "none is replaced until it is deleted (OnDelete)".to_owned();
    }
    match (text(object, "/kind"), text(object, "/spec/strategy/type")) {
        (_, "Recreate") if wanted == 1 => "1 is ended first, then 1 is started (Recreate)".to_owned(),
        (_, "Recreate") => format!("all {wanted} are ended first, then {wanted} are started (Recreate)"),
        ("StatefulSet", _) => ordered(object, wanted),
        ("DaemonSet", _) => {
            let nodes = number(object, "/status/desiredNumberScheduled").unwrap_or_default();
            let by = if nodes == 1 { "" } else { ", node by node" };
            format!("{nodes} {} replaced{by}", be(nodes))
        }
        _ => {
            let (surge, unavailable) = bounds(object);
            format!(
                "{wanted} {} replaced, at most {surge} more and {unavailable} fewer meanwhile",
                be(wanted)
            )
        }
    }
}

/// The pods of a StatefulSet are replaced from the last one down to its partition.
fn ordered(object: &Value, wanted: i64) -> String {
    let partition = number(object, "/spec/updateStrategy/rollingUpdate/partition").unwrap_or(0);
    let kept = partition.clamp(0, wanted);
    let replaced = wanted - kept;
    let order = if replaced > 1 { " one after the other, the last first" } else { "" };
    match (replaced, kept) {
        (_, 0) => format!("{replaced} {} replaced{order}", be(replaced)),
        (0, _) => {
            format!("none is replaced: the partition {partition} keeps {wanted} of {wanted} as they are")
        }
        (1, _) => format!("the last of {wanted} is replaced; the partition {partition} keeps the others"),
        _ => {
            format!("{replaced} of {wanted} are replaced{order}; the partition {partition} keeps the others")
        }
    }
}
