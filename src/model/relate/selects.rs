//! Who selects whom by labels, and what is scaled by whom.

use std::collections::BTreeMap;

use serde_json::Value;

use super::uses::template_labels;
use super::{Edge, Seen, Way};
use crate::model::json::{items, text, texts, uid};
use crate::model::resource::Resource;

/// What a label selector (`matchLabels`, `matchExpressions`) says about labels; an empty one selects everything.
fn matches(selector: &Value, labels: &BTreeMap<String, String>) -> bool {
    let equal = texts(selector, "/matchLabels");
    let expression = |one: &Value| {
        let has = labels.get(text(one, "/key"));
        let among = |value: &String| items(one, "/values").iter().any(|known| known == value.as_str());
        match text(one, "/operator") {
            "In" => has.is_some_and(among),
            "NotIn" => !has.is_some_and(among),
            "Exists" => has.is_some(),
            "DoesNotExist" => has.is_none(),
            _ => false,
        }
    };
    equal.iter().all(|(key, value)| labels.get(key) == Some(value))
        && items(selector, "/matchExpressions").iter().all(expression)
}

/// A service's selector is plain pairs, and an empty one selects nothing.
fn selected_by_service(service: &Value, labels: &BTreeMap<String, String>) -> bool {
    let selector = texts(service, "/spec/selector");
    !selector.is_empty() && selector.iter().all(|(key, value)| labels.get(key) == Some(value))
}

/// Whether the server counts a network policy or a budget for these labels; one without a selector is for all pods of its
/// namespace, save that of a budget, which is for none.
fn covers(resource: &Resource, object: &Value, labels: &BTreeMap<String, String>) -> bool {
    let (pointer, missing) = if *resource == Resource::NETWORK_POLICIES {
        ("/spec/podSelector", true)
    } else {
        ("/spec/selector", false)
    };
    object.pointer(pointer).map_or(missing, |selector| matches(selector, labels))
}

pub(super) fn selects(seen: &Seen<'_>) -> Vec<Edge> {
    let pods = seen.objects(&Resource::PODS);
    let labels = |pod: &Value| texts(pod, "/metadata/labels");
    if seen.is(&Resource::SERVICES) {
        let object = seen.object();
        let own = pods.iter().filter(|pod| selected_by_service(object, &labels(pod)));
        return own
            .map(|pod| Seen::to(Way::Selects, &Resource::PODS, pod, endpoint_words(seen, pod)))
            .collect();
    }
    for resource in [Resource::NETWORK_POLICIES, Resource::DISRUPTION_BUDGETS] {
        if seen.is(&resource) {
            let own = pods.iter().filter(|pod| covers(&resource, seen.object(), &labels(pod)));
            return own.map(|pod| Seen::to(Way::Selects, &Resource::PODS, pod, "")).collect();
        }
    }
    if seen.is(&Resource::AUTOSCALERS) {
        let target = &seen.object()["spec"]["scaleTargetRef"];
        let known = [Resource::DEPLOYMENTS, Resource::STATEFUL_SETS, Resource::REPLICA_SETS];
        let resource = known.iter().find(|one| one.kind == text(target, "/kind"));
        return resource
            .map(|resource| seen.named(Way::Selects, resource, text(target, "/name"), "scales it", false))
            .into_iter()
            .collect();
    }
    Vec::new()
}

/// Whether a pod is among the endpoints of the service.
fn endpoint_words(seen: &Seen<'_>, pod: &Value) -> &'static str {
    let service = text(seen.object(), "/metadata/name");
    let Some(slices) = seen.list(&Resource::ENDPOINT_SLICES) else { return "" };
    match super::routes::endpoints(slices, service).into_iter().find(|(_, of, _)| *of == uid(pod)) {
        Some((.., true)) => "ready endpoint",
        Some((.., false)) => "endpoint, not ready",
        None => "no endpoint",
    }
}

fn budget_words(object: &Value) -> String {
    match object.pointer("/status/disruptionsAllowed").and_then(Value::as_i64) {
        Some(allowed) => format!("{allowed} may be disrupted"),
        None => String::new(),
    }
}

pub(super) fn selected_by(seen: &Seen<'_>) -> Vec<Edge> {
    let Some(labels) = template_labels(seen.resource, seen.object()) else { return Vec::new() };
    let mut out = Vec::new();
    for service in seen.objects(&Resource::SERVICES) {
        if selected_by_service(service, &labels) {
            out.push(Seen::to(Way::SelectedBy, &Resource::SERVICES, service, ""));
        }
    }
    for resource in [Resource::NETWORK_POLICIES, Resource::DISRUPTION_BUDGETS] {
        for object in seen.objects(&resource).iter().filter(|one| covers(&resource, one, &labels)) {
            out.push(Seen::to(Way::SelectedBy, &resource, object, budget_words(object)));
        }
    }
    out.extend(scaled_by(seen));
    out
}

fn scaled_by(seen: &Seen<'_>) -> Vec<Edge> {
    let own = |scaler: &&Value| {
        text(scaler, "/spec/scaleTargetRef/kind") == seen.resource.kind
            && text(scaler, "/spec/scaleTargetRef/name") == text(seen.object(), "/metadata/name")
    };
    let edge = |scaler: &Value| {
        let most = scaler.pointer("/spec/maxReplicas").and_then(Value::as_i64).unwrap_or_default();
        Seen::to(Way::SelectedBy, &Resource::AUTOSCALERS, scaler, format!("scales it, to {most} at most"))
    };
    seen.objects(&Resource::AUTOSCALERS).iter().filter(own).map(edge).collect()
}
