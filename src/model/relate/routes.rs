//! Where requests go: an Ingress or a route to services, and from them to their endpoints.

use serde_json::Value;

use super::{Edge, Presence, Seen, Way};
use crate::model::json::{items, name, text};
use crate::model::resource::Resource;

/// The endpoints of a service: the pod's name and UID, and whether it is ready.
pub(super) fn endpoints<'a>(slices: &'a [Value], service: &str) -> Vec<(&'a str, &'a str, bool)> {
    let of = |slice: &&Value| {
        let label = slice.pointer("/metadata/labels").and_then(|labels| labels.get(SERVICE_NAME));
        label.and_then(Value::as_str) == Some(service)
    };
    let mut out: Vec<(&str, &str, bool)> = Vec::new();
    for endpoint in slices.iter().filter(of).flat_map(|slice| items(slice, "/endpoints")) {
        let (pod, uid) = (text(endpoint, "/targetRef/name"), text(endpoint, "/targetRef/uid"));
        // What says nothing of its readiness is ready; two families name the same pods.
        let ready = endpoint.pointer("/conditions/ready").and_then(Value::as_bool).unwrap_or(true);
        if !pod.is_empty() && !out.iter().any(|known| known.1 == uid) {
            out.push((pod, uid, ready));
        }
    }
    out.sort_unstable();
    out
}

const SERVICE_NAME: &str = "kubernetes.io/service-name";

/// Who is asked for what: `host/path` to a service's port.
struct Route<'a> {
    service: &'a str,
    words: String,
}

fn of_ingress(ingress: &Value) -> Vec<Route<'_>> {
    let port = |service: &Value| {
        service
            .pointer("/port/number")
            .map_or_else(|| text(service, "/port/name").to_owned(), Value::to_string)
    };
    let mut out = Vec::new();
    let default = &ingress["spec"]["defaultBackend"]["service"];
    if default.is_object() {
        let words = format!("everything else, port {}", port(default));
        out.push(Route { service: name_of(default), words });
    }
    for rule in items(ingress, "/spec/rules") {
        let host = Some(text(rule, "/host")).filter(|host| !host.is_empty()).unwrap_or("*");
        for path in items(rule, "/http/paths") {
            let service = &path["backend"]["service"];
            let words = format!("{host}{}, port {}", text(path, "/path"), port(service));
            out.push(Route { service: name_of(service), words });
        }
    }
    out
}

fn of_http_route(route: &Value) -> Vec<Route<'_>> {
    let hosts: Vec<&str> = items(route, "/spec/hostnames").iter().filter_map(Value::as_str).collect();
    let hosts = if hosts.is_empty() { "*".to_owned() } else { hosts.join(",") };
    let mut out = Vec::new();
    for rule in items(route, "/spec/rules") {
        let path = items(rule, "/matches").first().map_or("", |first| text(first, "/path/value"));
        for backend in items(rule, "/backendRefs") {
            let kind = text(backend, "/kind");
            if kind.is_empty() || kind == "Service" {
                let weight = backend.pointer("/weight").map_or(String::new(), |it| format!(", weight {it}"));
                let words = format!("{hosts}{path}{weight}");
                out.push(Route { service: name_of(backend), words });
            }
        }
    }
    out
}

fn name_of(reference: &Value) -> &str {
    text(reference, "/name")
}

fn of<'a>(resource: &Resource, object: &'a Value) -> Vec<Route<'a>> {
    match &*resource.plural {
        "ingresses" => of_ingress(object),
        "httproutes" => of_http_route(object),
        _ => Vec::new(),
    }
}

pub(super) fn routes_to(seen: &Seen<'_>) -> Vec<Edge> {
    let slices = seen.list(&Resource::ENDPOINT_SLICES);
    let mut out = Vec::new();
    if seen.is(&Resource::ENDPOINT_SLICES) {
        for endpoint in items(seen.object(), "/endpoints") {
            let (ready, pod) = (endpoint.pointer("/conditions/ready"), text(endpoint, "/targetRef/name"));
            let words = if ready == Some(&Value::Bool(false)) { "not ready" } else { "ready" };
            if !pod.is_empty() {
                out.push(seen.named(Way::RoutesTo, &Resource::PODS, pod, words, false));
            }
        }
    }
    for Route { service, words } in of(seen.resource, seen.object()) {
        let behind = slices.map(|slices| endpoints(slices, service));
        let ready = behind.as_ref().map(|all| all.iter().filter(|one| one.2).count());
        let words = match (ready, &behind) {
            (Some(0), _) => format!("{words}: no ready endpoint"),
            (Some(ready), Some(all)) => format!("{words}: {ready} of {} endpoints ready", all.len()),
            _ => words,
        };
        let edge = seen.named(Way::RoutesTo, &Resource::SERVICES, service, &words, false);
        let missing = edge.presence == Presence::Missing;
        out.push(edge);
        for (pod, _, ready) in behind.into_iter().flatten().filter(|_| !missing) {
            let words = if ready { "ready" } else { "not ready" };
            let edge = seen.named(Way::RoutesTo, &Resource::PODS, pod, words, false);
            out.push(Edge { depth: 1, ..edge });
        }
    }
    out
}

pub(super) fn routed_from(seen: &Seen<'_>) -> Vec<Edge> {
    let own = name(seen.object());
    let mut out = Vec::new();
    if seen.is(&Resource::SERVICES) {
        for resource in [Resource::INGRESSES, Resource::HTTP_ROUTES] {
            for object in seen.objects(&resource) {
                for route in of(&resource, object).into_iter().filter(|route| route.service == own) {
                    out.push(Seen::to(Way::RoutedFrom, &resource, object, route.words));
                }
            }
        }
    }
    if seen.is(&Resource::GATEWAYS) {
        let names = |route: &&Value| items(route, "/spec/parentRefs").iter().any(|one| name_of(one) == own);
        let routes = seen.objects(&Resource::HTTP_ROUTES).iter().filter(names);
        out.extend(routes.map(|route| Seen::to(Way::RoutesTo, &Resource::HTTP_ROUTES, route, "")));
    }
    if seen.is(&Resource::HTTP_ROUTES) {
        for parent in items(seen.object(), "/spec/parentRefs") {
            let elsewhere = text(parent, "/namespace");
            if elsewhere.is_empty() || elsewhere == seen.namespace() {
                out.push(seen.named(Way::RoutedFrom, &Resource::GATEWAYS, name_of(parent), "", false));
            }
        }
    }
    if seen.is(&Resource::ENDPOINT_SLICES) {
        let service = seen.object().pointer("/metadata/labels").and_then(|labels| labels.get(SERVICE_NAME));
        if let Some(service) = service.and_then(Value::as_str) {
            out.push(seen.named(Way::RoutedFrom, &Resource::SERVICES, service, "", false));
        }
    }
    out
}
