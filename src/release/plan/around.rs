//! What stands around a workload: the pods of its template, the services that select them, and the bounds of its rollouts.

use serde_json::Value;

use super::Line;
use super::budgets::{self, Going};
use super::quotas::{self, Coming};
use crate::release::Change;
use crate::release::facts::{Facts, PodFact, ServiceFact, Surroundings, selects};
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
        None => vec![Line::Unknown { what: "services".to_owned(), why: facts.around.no_services() }],
        Some(services) if services.is_empty() => {
            vec![Line::effect("services", "none selects its pods")]
        }
        Some(services) => services
            .into_iter()
            .map(|service| Line::effect(format!("service {}", service.name), after(service)))
            .collect(),
    }
}

/// What a step leaves for those that come after it in the same plan: endpoints of the services that select its pods.
pub fn leave(change: &Change, object: &Value, around: &mut Surroundings) {
    let Change::Scale { replicas } = change else { return };
    let labels = pairs(object, "/spec/template/metadata/labels");
    let by = i32::try_from(moved(object, i64::from(*replicas))).unwrap_or_default();
    for service in around.services.iter_mut().flatten().filter(|one| selects(&one.selector, &labels)) {
        service.ready = service.ready.saturating_add_signed(by);
        service.total = service.total.saturating_add_signed(by);
    }
}

/// How many ready pods come or go with so many replicas: all that come get ready, and those that are not go first.
pub(super) fn moved(object: &Value, then: i64) -> i64 {
    let now = wanted(object);
    let ready = match object.pointer("/status/observedGeneration") {
        // What is nought is left out.
        Some(_) => number(object, "/status/readyReplicas").unwrap_or(0),
        None => now,
    };
    if then < now { (then - ready).min(0) } else { then - now }
}

/// How many pods more and how many fewer there are during a rollout, as each controller rounds them: surge up, unavailable of a
/// Deployment or a StatefulSet down, of a DaemonSet up, and never both nought (`util/deployment_util.go`, `ResolveFenceposts`;
/// `daemon/update.go`; `statefulset/stateful_set_control.go`).
pub(super) fn bounds(object: &Value) -> (i64, i64) {
    let wanted = wanted(object);
    let of = |field: &str, otherwise: Value, up: bool| {
        let value = object.pointer(&format!("/spec/{field}")).unwrap_or(&otherwise);
        match value {
            Value::String(text) => {
                let percent = text.trim_end_matches('%').parse::<i64>().unwrap_or_default();
                let parts = wanted.saturating_mul(percent);
                if up { parts.saturating_add(99) / 100 } else { parts / 100 }
            }
            value => value.as_i64().unwrap_or_default(),
        }
    };
    let kind = text(object, "/kind");
    let (surge, unavailable) = match kind {
        _ if replaced(object) == 0 => return (0, 0),
        "StatefulSet" => (0, of("updateStrategy/rollingUpdate/maxUnavailable", 1.into(), false)),
        "DaemonSet" => (
            of("updateStrategy/rollingUpdate/maxSurge", 0.into(), true),
            of("updateStrategy/rollingUpdate/maxUnavailable", 1.into(), true),
        ),
        _ if text(object, "/spec/strategy/type") == "Recreate" => (0, wanted),
        _ => (
            of("strategy/rollingUpdate/maxSurge", "25%".into(), true),
            of("strategy/rollingUpdate/maxUnavailable", "25%".into(), false),
        ),
    };
    if surge == 0 && unavailable == 0 { (0, 1) } else { (surge, unavailable) }
}

/// How many pods a workload wants.
pub(super) fn wanted(object: &Value) -> i64 {
    if text(object, "/kind") == "DaemonSet" {
        return number(object, "/status/desiredNumberScheduled").unwrap_or_default();
    }
    number(object, "/spec/replicas").unwrap_or(1)
}

/// How many of its pods a rollout replaces.
pub(super) fn replaced(object: &Value) -> i64 {
    let wanted = wanted(object);
    match (text(object, "/kind"), text(object, "/spec/updateStrategy/type")) {
        (_, "OnDelete") => 0,
        ("StatefulSet", _) => {
            let partition = number(object, "/spec/updateStrategy/rollingUpdate/partition").unwrap_or(0);
            wanted - partition.clamp(0, wanted.max(0))
        }
        _ => wanted,
    }
}

/// What the rollout of a template that starts so many pods takes from disruption budgets and asks of quotas.
pub(super) fn limits(facts: &Facts, now: &Value, then: &Value, started: i64) -> Vec<Line> {
    let replaced = replaced(then).min(started);
    if replaced <= 0 {
        return Vec::new();
    }
    let (surge, unavailable) = bounds(then);
    let labels = texts(now, "/spec/template/metadata/labels");
    // Another count of replicas may come with the template.
    let more = wanted(then) - wanted(now);
    let (fewer, more) = ((-more).max(0), more.max(0));
    let gone = fewer + unavailable.min(replaced);
    let mut lines = budgets::lines(facts, &[(labels, gone)], Going::Replaced);
    let spec = |object: &Value| object.pointer("/spec/template/spec").cloned().unwrap_or_default();
    let (then, now) = (spec(then), spec(now));
    let coming = Coming {
        then: &then,
        now: &now,
        more: more + surge.min(replaced),
        replaced: (replaced - more).max(0),
    };
    lines.extend(quotas::lines(facts, &coming));
    lines
}

/// What has to be added where others that are planned together are not counted.
pub(super) fn alone(facts: &Facts) -> &'static str {
    if facts.several { ", counted alone" } else { "" }
}

/// `is` for one, `are` for more.
pub(super) fn be(count: i64) -> &'static str {
    if count == 1 { "is" } else { "are" }
}

/// How pods are replaced by a rollout, in words.
pub(super) fn replacing(object: &Value) -> String {
    let wanted = wanted(object);
    if text(object, "/spec/updateStrategy/type") == "OnDelete" {
        return "none is replaced until it is deleted (OnDelete)".to_owned();
    }
    match (text(object, "/kind"), text(object, "/spec/strategy/type")) {
        (_, "Recreate") if wanted == 1 => "1 is ended first, then 1 is started (Recreate)".to_owned(),
        (_, "Recreate") => format!("all {wanted} are ended first, then {wanted} are started (Recreate)"),
        ("StatefulSet", _) => ordered(wanted, replaced(object)),
        ("DaemonSet", _) => {
            let by = if wanted == 1 { "" } else { ", node by node" };
            format!("{wanted} {} replaced{by}", be(wanted))
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
fn ordered(wanted: i64, replaced: i64) -> String {
    let order = if replaced > 1 { " one after the other, the last first" } else { "" };
    match (replaced, wanted - replaced) {
        (_, 0) => format!("{replaced} {} replaced{order}", be(replaced)),
        (0, _) => format!("none is replaced: the partition keeps all {wanted} as they are"),
        (1, _) => format!("the last of {wanted} is replaced, the partition keeps the others"),
        _ => format!("{replaced} of {wanted} are replaced{order}; the partition keeps the others"),
    }
}
