//! Forwarded ports: what is typed, what is offered, and which pod and port of it are meant.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use serde_json::Value;

use crate::model::text::clean;
use crate::release::json::{items, name, number, text, texts};
use crate::release::selector::ports;
use crate::release::{Target, history, pod};

/// Ports below this one need a privilege on this machine.
const PRIVILEGED: u16 = 1024;

/// A port as it is said: a number, or a name by which the service or the containers call it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Port {
    /// A number.
    Number(u16),
    /// A name.
    Named(String),
}

impl fmt::Display for Port {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => write!(f, "{number}"),
            Self::Named(name) => f.write_str(name),
        }
    }
}

/// What was asked for, e.g. `8080:80`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ports {
    /// Where it listens; `None`: on loopback.
    pub address: Option<IpAddr>,
    /// The local port; 0: a free one.
    pub local: u16,
    /// The port of the object.
    pub remote: Port,
}

impl Ports {
    /// Reads `[[ADDRESS:]LOCAL:]REMOTE`; an empty local port or 0 is a free one, as kubectl takes it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let wrong = |what: &str, why: &str| format!("`{what}` is no {why}");
        let (before, remote) = match text.rsplit_once(':') {
            Some((before, remote)) => (Some(before), remote),
            None => (None, text),
        };
        let remote = match remote.parse::<u16>() {
            Ok(0) => return Err(wrong(remote, "port of a pod")),
            Ok(number) => Port::Number(number),
            Err(_) if is_name(remote) => Port::Named(remote.to_owned()),
            Err(_) => return Err(wrong(remote, "port")),
        };
        let Some(before) = before else {
            let local = match &remote {
                Port::Number(number) => *number,
                Port::Named(_) => 0,
            };
            return Ok(Self { address: None, local, remote });
        };
        let (address, local) = match before.rsplit_once(':') {
            Some((address, local)) => {
                let bare =
                    address.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(address);
                let address = match bare {
                    "localhost" => Ok(None),
                    bare => bare.parse().map(Some).map_err(|_| wrong(address, "address")),
                };
                (address?, local)
            }
            None => (None, before),
        };
        let local = if local.is_empty() { 0 } else { local.parse().map_err(|_| wrong(local, "port"))? };
        Ok(Self { address, local, remote })
    }

    /// Where it listens, the first must be had: loopback is IPv4 and, where there is one, IPv6.
    pub fn addresses(&self) -> Vec<SocketAddr> {
        let hosts = match self.address {
            Some(address) => vec![address],
            None => vec![IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)],
        };
        hosts.into_iter().map(|host| SocketAddr::new(host, self.local)).collect()
    }
}

/// What is said of an address that others than this machine reach; `None` for loopback.
pub fn open_to_others(address: IpAddr) -> Option<&'static str> {
    let loopback = address.to_canonical().is_loopback();
    (!loopback).then_some("open to others")
}

/// An IANA service name, as ports of containers are called.
fn is_name(text: &str) -> bool {
    let inside = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    (1..=15).contains(&text.len())
        && text.chars().all(inside)
        && text.contains(|c: char| c.is_ascii_lowercase())
}

/// Why a socket does not listen, in words that say what helps.
pub fn not_listening(at: SocketAddr, error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::AddrInUse => {
            format!("port {} is in use on {}: choose another one, or 0 for a free one", at.port(), at.ip())
        }
        std::io::ErrorKind::PermissionDenied if at.port() < PRIVILEGED => {
            format!(
                "port {} needs a privilege that this user does not have: choose one from {PRIVILEGED} on, or 0",
                at.port()
            )
        }
        std::io::ErrorKind::AddrNotAvailable => format!("{} is no address of this machine", at.ip()),
        _ => format!("{at}: {error}"),
    }
}

/// A port that an object says it has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// Its number.
    pub port: u16,
    /// Its name; empty when it has none.
    pub name: String,
}

impl Offer {
    /// What is put into the line: the same port here, or one that needs no privilege.
    pub fn typed(&self) -> String {
        let local = if self.port < PRIVILEGED { self.port + 8000 } else { self.port };
        format!("{local}:{}", self.port)
    }

    /// `80 http`.
    pub fn words(&self) -> String {
        format!("{} {}", self.port, self.name).trim_end().to_owned()
    }
}

/// The ports that a pod, a service or a workload says it has; only TCP can be forwarded.
pub fn offers(object: &Value) -> Vec<Offer> {
    let is_tcp = |port: &&Value| matches!(text(port, "/protocol"), "" | "TCP");
    let offer = |port: &Value, field: &str| {
        let number = number(port, field).and_then(|number| u16::try_from(number).ok())?;
        Some(Offer { port: number, name: clean(text(port, "/name")).into_owned() })
    };
    if text(object, "/kind") == "Service" {
        return items(object, "/spec/ports")
            .iter()
            .filter(is_tcp)
            .filter_map(|port| offer(port, "/port"))
            .collect();
    }
    let spec = if text(object, "/kind") == "Pod" { "/spec" } else { "/spec/template/spec" };
    items(object, &format!("{spec}/containers"))
        .iter()
        .flat_map(|container| items(container, "/ports"))
        .filter(is_tcp)
        .filter_map(|port| offer(port, "/containerPort"))
        .collect()
}

/// What is forwarded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Forward {
    /// The pod, the service or the workload.
    pub target: Target,
    /// The ports.
    pub ports: Ports,
}

/// Which pods stand behind an object: a label selector, or an error that says that there can be none.
pub fn selector(object: &Value) -> Result<String, String> {
    let selector = if text(object, "/kind") == "Service" {
        let pairs = texts(object, "/spec/selector");
        pairs.iter().map(|(key, value)| format!("{key}={value}")).collect::<Vec<_>>().join(",")
    } else {
        history::selector(object)
    };
    if selector.is_empty() { Err(format!("{} selects no pods", name(object))) } else { Ok(selector) }
}

/// The pod to use: the one that is used now as long as it is ready, else the first that is.
pub fn choose<'a>(pods: &'a [Value], current: &str) -> Option<&'a Value> {
    let ready = |pod: &&Value| pod::is_ready(pod, false);
    let mut known: Vec<&Value> = pods.iter().filter(ready).collect();
    known.sort_by_key(|pod| (name(pod) != current, name(pod)));
    known.first().copied()
}

/// What a port of an object is on one of its pods.
pub fn on_pod(object: &Value, port: &Port, pod: &Value) -> Result<u16, String> {
    if text(object, "/kind") == "Service" {
        let of = name(object);
        let known = ports::of(object);
        let mut found = known.iter().filter(|known| match port {
            Port::Number(number) => known.port == i64::from(*number),
            Port::Named(name) => known.name == *name,
        });
        let Some(known) = found.next() else { return Err(format!("service {of} has no port {port}")) };
        if known.protocol != "TCP" {
            return Err(format!(
                "port {port} of service {of} is {}: only TCP can be forwarded",
                known.protocol
            ));
        }
        let on = known.on(pod).number().and_then(|number| u16::try_from(number).ok());
        return on.ok_or_else(|| format!("pod {} has no port {}", name(pod), known.target_words()));
    }
    match port {
        Port::Number(number) => Ok(*number),
        Port::Named(wanted) => offers(&with_kind(pod))
            .into_iter()
            .find(|offer| offer.name == *wanted)
            .map(|offer| offer.port)
            .ok_or_else(|| format!("pod {} has no port {wanted}", name(pod))),
    }
}

/// Items of a list do not say what they are.
fn with_kind(pod: &Value) -> Value {
    let mut pod = pod.clone();
    pod["kind"] = Value::from("Pod");
    pod
}

/// What went through a forward.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Traffic {
    /// Connections that are open.
    pub open: u64,
    /// All connections so far.
    pub all: u64,
    /// Bytes that came from the pod.
    pub received: u64,
    /// Bytes that were sent to it.
    pub sent: u64,
}

/// What happened to a forward.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ForwardUpdate {
    /// It listens there.
    Listens(Vec<SocketAddr>),
    /// It leads to this pod and port from now on, and why it left the one before.
    LeadsTo {
        /// The pod.
        pod: String,
        /// Its port.
        port: u16,
        /// Why not the one before; empty at first.
        why: String,
    },
    /// So much has gone through.
    Traffic(Traffic),
    /// A connection failed; the forward goes on.
    Failed(String),
    /// It is over: because that was asked for, or because of this.
    Ended(Result<Traffic, String>),
}

/// `1.2 MB`, in steps of a thousand.
pub fn bytes(count: u64) -> String {
    const UNITS: [&str; 5] = ["kB", "MB", "GB", "TB", "PB"];
    if count < 1000 {
        return format!("{count} B");
    }
    let (mut value, mut unit) = (count as f64 / 1000.0, 0);
    while value >= 999.95 && unit + 1 < UNITS.len() {
        value /= 1000.0;
        unit += 1;
    }
    format!("{value:.1} {}", UNITS[unit])
}

#[cfg(test)]
mod tests;
