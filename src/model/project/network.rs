//! Services and EndpointSlices: addresses and ports as kubectl prints them.

use std::borrow::Cow;

use super::shared::{Shared, small};
use super::wire::{self, Port, ServicePort, Str};
use crate::model::record::{EndpointSlice, Service};
use crate::model::text::Text;

const NONE: &str = "<none>";

/// The record of a service.
pub(super) fn service(it: &wire::Service<'_>, shared: &mut Shared) -> Service {
    let spec = &it.spec;
    let kind = if spec.kind.is_empty() { "ClusterIP" } else { &spec.kind };
    let cluster_ip = match spec.cluster_ips.first() {
        Some(first) => first,
        None => &spec.cluster_ip,
    };
    Service {
        meta: shared.meta(&it.meta),
        kind: shared.text(kind),
        cluster_ip: shared.text(if cluster_ip.is_empty() { NONE } else { cluster_ip }),
        external_ip: shared.text(&external_ip(it, kind)),
        ports: shared.joined(spec.ports.iter().map(service_port)),
        named_ports: named_ports(it, shared),
        selector: shared.labels(&spec.selector),
    }
}

/// The names of pods' ports that it leads to.
fn named_ports(it: &wire::Service<'_>, shared: &mut Shared) -> Box<[Text]> {
    let names = it.spec.ports.iter().map(|port| &port.target.0).filter(|name| !name.is_empty());
    names.map(|name| shared.text(name)).collect()
}

fn service_port<'a>(port: &ServicePort<'_>) -> Str<'a> {
    let protocol = protocol(port);
    let number = port.port.unwrap_or(0);
    Cow::Owned(match port.node_port {
        node_port if node_port > 0 => format!("{number}:{node_port}/{protocol}"),
        _ => format!("{number}/{protocol}"),
    })
}

/// The API's default protocol is TCP.
fn protocol<'a>(port: &'a ServicePort<'_>) -> &'a str {
    if port.protocol.is_empty() { "TCP" } else { &port.protocol }
}

fn external_ip<'a>(it: &'a wire::Service<'_>, kind: &str) -> Cow<'a, str> {
    let spec = &it.spec;
    let by_hand = || spec.external_ips.join(",");
    match kind {
        "ExternalName" if !spec.external_name.is_empty() => Cow::Borrowed(&spec.external_name),
        "LoadBalancer" => {
            let mut ways: Vec<&str> = it
                .status
                .load_balancer
                .ingress
                .iter()
                .map(|way| if way.ip.is_empty() { way.hostname.as_ref() } else { way.ip.as_ref() })
                .filter(|way| !way.is_empty())
                .collect();
            // The printer keeps them in a set, hence sorted; those set by hand come after.
            ways.sort_unstable();
            ways.dedup();
            ways.extend(spec.external_ips.iter().map(AsRef::as_ref));
            Cow::Owned(if ways.is_empty() { "<pending>".to_owned() } else { ways.join(",") })
        }
        _ if !spec.external_ips.is_empty() => Cow::Owned(by_hand()),
        _ => Cow::Borrowed(NONE),
    }
}

/// The record of an EndpointSlice.
pub(super) fn endpoint_slice(it: &wire::EndpointSlice<'_>, shared: &mut Shared) -> EndpointSlice {
    let service = it.meta.labels.0.iter().find(|(key, _)| key == "kubernetes.io/service-name");
    // `ready` absent means "unknown", which the API says to read as ready.
    let ready = it.endpoints.iter().filter(|e| e.conditions.ready.unwrap_or(true)).count();
    EndpointSlice {
        meta: shared.meta(&it.meta),
        service: shared.text(service.map_or("", |(_, name)| name)),
        address_type: shared.text(&it.address_type),
        ready: small(ready as i64),
        total: small(it.endpoints.len() as i64),
        ports: slice_ports(&it.ports, shared),
        addresses: shared.text(&addresses(it)),
    }
}

fn slice_ports(ports: &[Port<'_>], shared: &mut Shared) -> Text {
    if ports.is_empty() {
        return shared.text("<unset>");
    }
    let numbers = ports.iter().map(|port| match port.port {
        Some(number) => Cow::Owned(number.to_string()),
        None if port.name.is_empty() => Cow::Borrowed("*"),
        None => Cow::Borrowed(port.name.as_ref()),
    });
    let numbers: Vec<Str<'_>> = numbers.collect();
    shared.text(&more(&numbers, 3))
}

fn addresses(it: &wire::EndpointSlice<'_>) -> String {
    let all: Vec<Str<'_>> =
        it.endpoints.iter().flat_map(|e| e.addresses.iter().map(|a| Cow::Borrowed(a.as_ref()))).collect();
    if all.is_empty() { "<unset>".to_owned() } else { more(&all, 3) }
}

/// The first few, and how many more.
fn more(parts: &[Str<'_>], most: usize) -> String {
    let mut out = parts.iter().take(most).map(AsRef::as_ref).collect::<Vec<&str>>().join(",");
    if parts.len() > most {
        out = format!("{out} + {} more...", parts.len() - most);
    }
    out
}

#[cfg(test)]
mod tests;
