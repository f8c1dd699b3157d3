//! Columns of services and EndpointSlices.

use std::borrow::Cow;
use std::cmp::Ordering;

use super::{AGE, NAME, NAMESPACE, accessor, by_share, pairs, ratio};
use crate::model::column::{Align, Cell, Column, Cx, Tone, When};
use crate::model::endpoints::Count;
use crate::model::record::{EndpointSlice, Labels, Record, Service};

accessor!(service: Service(Service));
accessor!(slice: EndpointSlice(EndpointSlice));

pub(super) const SERVICE: &[Column] = &[
    NAMESPACE,
    NAME,
    Column {
        id: "type",
        title: "TYPE",
        help: "How it can be reached.",
        align: Align::Left,
        when: When::Roomy,
        max: 12,
        cell: |record, _| Cell::plain(service(record, |it| &*it.kind)),
        order: |a, b, _| service(a, |it| &*it.kind).cmp(service(b, |it| &*it.kind)),
    },
    Column {
        id: "cluster-ip",
        title: "CLUSTER-IP",
        help: "Its address inside the cluster.",
        align: Align::Left,
        when: When::Always,
        max: 39,
        cell: |record, _| none_dim(service(record, |it| &*it.cluster_ip)),
        order: |a, b, _| by_address(service(a, |it| &*it.cluster_ip), service(b, |it| &*it.cluster_ip)),
    },
    Column {
        id: "external-ip",
        title: "EXTERNAL-IP",
        help: "Its addresses outside the cluster.",
        align: Align::Left,
        when: When::Wide,
        max: 40,
        cell: |record, _| match service(record, |it| &*it.external_ip) {
            "<pending>" => Cell::toned("<pending>", Tone::Warn),
            text => none_dim(text),
        },
        order: |a, b, _| by_address(service(a, |it| &*it.external_ip), service(b, |it| &*it.external_ip)),
    },
    Column {
        id: "ports",
        title: "PORT(S)",
        help: "Port, node port and protocol.",
        align: Align::Left,
        when: When::Always,
        max: 28,
        cell: |record, _| none_dim(service(record, |it| &*it.ports)),
        order: |a, b, _| first_number(a).cmp(&first_number(b)).then_with(|| ports(a).cmp(ports(b))),
    },
    Column {
        id: "endpoints",
        title: "ENDPOINTS",
        help: "Ready endpoints of all; none: its selector matches no pod; -: it has no selector.",
        align: Align::Left,
        when: When::Always,
        max: 11,
        cell: endpoints,
        order: by_endpoints,
    },
    Column {
        id: "selector",
        title: "SELECTOR",
        help: "The labels of the pods that it sends to.",
        align: Align::Left,
        when: When::Always,
        max: 0,
        cell: |record, _| match record {
            Record::Service(it) if it.selector.is_empty() => Cell::toned("<none>", Tone::Dim),
            Record::Service(it) => Cell::plain(pairs(&it.selector)),
            _ => Cell::plain(""),
        },
        order: |a, b, _| selector(a).cmp(&selector(b)),
    },
    AGE,
];

pub(super) const ENDPOINT_SLICE: &[Column] = &[
    NAMESPACE,
    NAME,
    Column {
        id: "addresstype",
        title: "ADDRESSTYPE",
        help: "IPv4, IPv6 or FQDN.",
        align: Align::Left,
        when: When::Always,
        max: 11,
        cell: |record, _| Cell::plain(slice(record, |it| &*it.address_type)),
        order: |a, b, _| slice(a, |it| &*it.address_type).cmp(slice(b, |it| &*it.address_type)),
    },
    Column {
        id: "service",
        title: "SERVICE",
        help: "The service that it belongs to.",
        align: Align::Left,
        when: When::Always,
        max: 40,
        cell: |record, _| Cell::plain(slice(record, |it| &*it.service)),
        order: |a, b, _| slice(a, |it| &*it.service).cmp(slice(b, |it| &*it.service)),
    },
    Column {
        id: "ready",
        title: "READY",
        help: "Ready endpoints of all.",
        align: Align::Left,
        when: When::Always,
        max: 9,
        cell: |record, _| match record {
            Record::EndpointSlice(it) => counted(Count { ready: it.ready, total: it.total }),
            _ => Cell::plain(""),
        },
        order: |a, b, _| {
            let share = |record| slice(record, |it| (it.ready, it.total));
            by_share(share(a), share(b))
        },
    },
    Column {
        id: "ports",
        title: "PORTS",
        help: "The ports of the endpoints.",
        align: Align::Left,
        when: When::Always,
        max: 28,
        cell: |record, _| none_dim(slice(record, |it| &*it.ports)),
        order: |a, b, _| slice(a, |it| &*it.ports).cmp(slice(b, |it| &*it.ports)),
    },
    AGE,
    Column {
        id: "endpoints",
        title: "ENDPOINTS",
        help: "The first addresses.",
        align: Align::Left,
        when: When::Always,
        max: 0,
        cell: |record, _| none_dim(slice(record, |it| &*it.addresses)),
        order: |a, b, _| slice(a, |it| &*it.addresses).cmp(slice(b, |it| &*it.addresses)),
    },
];

/// Placeholders in angle brackets are of less interest.
fn none_dim(text: &str) -> Cell<'_> {
    Cell::toned(text, if text.starts_with('<') { Tone::Dim } else { Tone::Plain })
}

fn counted<'a>(count: Count) -> Cell<'a> {
    let tone = match count {
        Count { total: 0, .. } => return Cell::toned("none", Tone::Bad),
        Count { ready: 0, .. } => Tone::Bad,
        Count { ready, total } if ready < total => Tone::Warn,
        Count { .. } => Tone::Good,
    };
    ratio(count.ready, count.total, tone)
}

fn endpoints<'a>(record: &'a Record, cx: &Cx<'a>) -> Cell<'a> {
    match count(record, cx) {
        None => Cell::toned("-", Tone::Dim),
        Some(count) => counted(count),
    }
}

/// The endpoints of a service; `None` when it has neither a selector nor slices kept by hand.
fn count(record: &Record, cx: &Cx<'_>) -> Option<Count> {
    let Record::Service(it) = record else { return None };
    let known = cx.endpoints.of(&it.meta.namespace, &it.meta.name);
    if it.selector.is_empty() { known } else { Some(known.unwrap_or_default()) }
}

/// Those that nothing stands behind first, those that need none last.
fn by_endpoints(a: &Record, b: &Record, cx: &Cx<'_>) -> Ordering {
    let share = |count: Count| if count.total == 0 { (0, 1) } else { (count.ready, count.total) };
    match (count(a, cx), count(b, cx)) {
        (Some(a), Some(b)) => by_share(share(a), share(b)),
        (a, b) => b.is_some().cmp(&a.is_some()),
    }
}

/// Addresses as numbers, other texts after them.
fn by_address(a: &str, b: &str) -> Ordering {
    let key = |text: &str| text.parse::<std::net::IpAddr>();
    match (key(a), key(b)) {
        (Ok(a), Ok(b)) => a.cmp(&b),
        (a_parsed, b_parsed) => b_parsed.is_ok().cmp(&a_parsed.is_ok()).then_with(|| a.cmp(b)),
    }
}

fn ports(record: &Record) -> &str {
    service(record, |it| &*it.ports)
}

fn first_number(record: &Record) -> Option<u32> {
    ports(record).split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}

fn selector(record: &Record) -> Cow<'_, Labels> {
    match record {
        Record::Service(it) => Cow::Borrowed(&it.selector),
        _ => Cow::Owned(Labels::from([])),
    }
}
