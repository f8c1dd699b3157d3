//! The rows of services, endpoints and what leads to them.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{age, items, label_selector, name, or_none, pairs, text};

/// The cells of a Service.
pub(super) fn service(object: &Value, now: Timestamp) -> Vec<Value> {
    let ports: Vec<String> = items(object, "/spec/ports")
        .iter()
        .map(|port| match port["nodePort"].as_i64().filter(|n| *n > 0) {
            Some(node) => format!("{}:{node}/{}", port["port"], text(port, "/protocol")),
            None => format!("{}/{}", port["port"], text(port, "/protocol")),
        })
        .collect();
    vec![
        name(object),
        json!(text(object, "/spec/type")),
        json!(or_none(text(object, "/spec/clusterIP"))),
        json!(external(object)),
        json!(or_none(&ports.join(","))),
        age(object, now),
        json!(or_none(&pairs(object.pointer("/spec/selector")))),
    ]
}

fn addresses(object: &Value) -> Vec<&str> {
    let of = |entry| [text(entry, "/ip"), text(entry, "/hostname")].into_iter().find(|t| !t.is_empty());
    items(object, "/status/loadBalancer/ingress").iter().filter_map(of).collect()
}

fn external(object: &Value) -> String {
    let mut found: Vec<&str> = items(object, "/spec/externalIPs").iter().filter_map(Value::as_str).collect();
    match text(object, "/spec/type") {
        "ExternalName" => text(object, "/spec/externalName").to_owned(),
        "LoadBalancer" => {
            found.splice(0..0, addresses(object));
            if found.is_empty() { "<pending>".to_owned() } else { found.join(",") }
        }
        _ => or_none(&found.join(",")),
    }
}

/// At most three of a list, and how many more there are.
fn some(list: &[String], none: &str) -> String {
    match list.len() {
        0 => none.to_owned(),
        1..=3 => list.join(","),
        more => format!("{} + {} more...", list[..3].join(","), more - 3),
    }
}

/// The cells of an EndpointSlice.
pub(super) fn endpoint_slice(object: &Value, now: Timestamp) -> Vec<Value> {
    let port = |port: &Value| port["port"].as_i64().map_or_else(|| "*".to_owned(), |n| n.to_string());
    let ports: Vec<String> = items(object, "/ports").iter().map(port).collect();
    let endpoints = items(object, "/endpoints").iter().flat_map(|e| items(e, "/addresses"));
    let endpoints: Vec<String> = endpoints.filter_map(Value::as_str).map(str::to_owned).collect();
    vec![
        name(object),
        json!(text(object, "/addressType")),
        json!(some(&ports, "<unset>")),
        json!(some(&endpoints, "<unset>")),
        age(object, now),
    ]
}

/// The cells of an Endpoints object.
pub(super) fn endpoints(object: &Value, now: Timestamp) -> Vec<Value> {
    let mut list = Vec::new();
    for subset in items(object, "/subsets") {
        for address in items(subset, "/addresses") {
            for port in items(subset, "/ports") {
                list.push(format!("{}:{}", text(address, "/ip"), port["port"]));
            }
        }
    }
    vec![name(object), json!(some(&list, "<none>")), age(object, now)]
}

/// The cells of an Ingress.
pub(super) fn ingress(object: &Value, now: Timestamp) -> Vec<Value> {
    let mut hosts: Vec<String> = Vec::new();
    for rule in items(object, "/spec/rules") {
        let host = text(rule, "/host").to_owned();
        if !host.is_empty() && !hosts.contains(&host) {
            hosts.push(host);
        }
    }
    let ports = if items(object, "/spec/tls").is_empty() { "80" } else { "80, 443" };
    vec![
        name(object),
        json!(or_none(text(object, "/spec/ingressClassName"))),
        json!(some(&hosts, "*")),
        json!(addresses(object).join(",")),
        json!(ports),
        age(object, now),
    ]
}

/// The cells of an `IngressClass`.
pub(super) fn ingress_class(object: &Value, now: Timestamp) -> Vec<Value> {
    let parameters = object.pointer("/spec/parameters");
    let parameters = parameters.map(|p| format!("{}/{}", text(p, "/kind"), text(p, "/name")));
    vec![
        name(object),
        json!(text(object, "/spec/controller")),
        json!(parameters.unwrap_or_else(|| "<none>".to_owned())),
        age(object, now),
    ]
}

/// The cells of a `NetworkPolicy`.
pub(super) fn network_policy(object: &Value, now: Timestamp) -> Vec<Value> {
    vec![name(object), json!(label_selector(object.pointer("/spec/podSelector"))), age(object, now)]
}
