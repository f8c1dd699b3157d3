//! What a service's port is on a pod: a number as it is, a name by the pod's containers.
//!
//! Source: `k8s.io/endpointslice/utils.go`, `FindPort` and `getEndpointPorts`: the first container that has a port of that
//! name and protocol; init containers count only when they stay (`restartPolicy: Always`); a pod on which a port is not
//! found is an endpoint without it, so it matches and serves nothing there.

use std::fmt;

use serde_json::Value;

use crate::release::json::{items, number, text};

/// A port of a service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServicePort {
    /// Its name; empty when it has none.
    pub name: String,
    /// The port that clients use.
    pub port: i64,
    /// What it is on the pods.
    pub target: PortTarget,
    /// `TCP`, `UDP` or `SCTP`.
    pub protocol: String,
}

/// `targetPort` of a service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PortTarget {
    /// This number on every pod.
    Number(i64),
    /// Whatever the pod calls by this name.
    Named(String),
}

/// What a pod has for a port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Resolved {
    /// The number that the service says; whether anything listens there, nobody knows.
    Number(i64),
    /// The port of that name, and the container that has it.
    Named {
        /// The number.
        port: i64,
        /// The container.
        container: String,
    },
    /// No container has a port of that name.
    Missing,
}

impl Resolved {
    /// The port's number on the pod.
    pub fn number(&self) -> Option<i64> {
        match self {
            Self::Number(port) | Self::Named { port, .. } => Some(*port),
            Self::Missing => None,
        }
    }
}

/// `http`, or `80` when it has no name.
impl fmt::Display for ServicePort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.name.is_empty() { write!(f, "{}", self.port) } else { f.write_str(&self.name) }
    }
}

/// The ports of a service. Without `targetPort` a port is the same on the pods; without a protocol it is TCP (API defaults).
pub fn of(service: &Value) -> Vec<ServicePort> {
    let protocol = |port: &Value| protocol(port).to_owned();
    let target = |port: &Value| match port.get("targetPort") {
        Some(Value::String(name)) => PortTarget::Named(name.clone()),
        Some(Value::Number(target)) if target.as_i64() != Some(0) => {
            PortTarget::Number(target.as_i64().unwrap_or_default())
        }
        _ => PortTarget::Number(number(port, "/port").unwrap_or_default()),
    };
    items(service, "/spec/ports")
        .iter()
        .map(|port| ServicePort {
            name: text(port, "/name").to_owned(),
            port: number(port, "/port").unwrap_or_default(),
            target: target(port),
            protocol: protocol(port),
        })
        .collect()
}

fn protocol(port: &Value) -> &str {
    match text(port, "/protocol") {
        "" => "TCP",
        protocol => protocol,
    }
}

impl ServicePort {
    /// What it is on a pod.
    pub fn on(&self, pod: &Value) -> Resolved {
        let name = match &self.target {
            PortTarget::Number(number) => return Resolved::Number(*number),
            PortTarget::Named(name) => name,
        };
        let stays = |container: &&Value| text(container, "/restartPolicy") == "Always";
        let containers = items(pod, "/spec/containers").iter();
        containers
            .chain(items(pod, "/spec/initContainers").iter().filter(stays))
            .find_map(|container| {
                let ports = items(container, "/ports").iter();
                let mut named =
                    ports.filter(|port| text(port, "/name") == name && protocol(port) == self.protocol);
                let port = number(named.next()?, "/containerPort")?;
                Some(Resolved::Named { port, container: text(container, "/name").to_owned() })
            })
            .unwrap_or(Resolved::Missing)
    }

    /// The name or the number on the pods.
    pub fn target_words(&self) -> String {
        match &self.target {
            PortTarget::Number(number) => number.to_string(),
            PortTarget::Named(name) => name.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn ports_are_found_as_the_controller_finds_them() {
        let pod = json!({"spec": {
            "initContainers": [
                {"name": "once", "ports": [{"name": "admin", "containerPort": 1}]},
                {"name": "proxy", "restartPolicy": "Always", "ports": [{"name": "admin", "containerPort": 2}]}],
            "containers": [
                {"name": "log"},
                {"name": "web", "ports": [
                    {"name": "http", "containerPort": 5353, "protocol": "UDP"}, {"name": "http", "containerPort": 8080}]}]}});
        let named = |port: i64, container: &str| Resolved::Named { port, container: container.to_owned() };
        for (port, found) in [
            (json!({"port": 80, "targetPort": "http"}), named(8080, "web")),
            (json!({"port": 80, "targetPort": "http", "protocol": "UDP"}), named(5353, "web")),
            (json!({"port": 80, "targetPort": "admin"}), named(2, "proxy")),
            (json!({"port": 80, "targetPort": "http", "protocol": "SCTP"}), Resolved::Missing),
            (json!({"port": 80, "targetPort": "grpc"}), Resolved::Missing),
            (json!({"port": 80, "targetPort": 9090}), Resolved::Number(9090)),
            (json!({"port": 80}), Resolved::Number(80)),
        ] {
            let service = json!({"spec": {"ports": [port]}});
            assert_eq!(of(&service)[0].on(&pod), found, "{port}");
        }
    }
}
