//! Small records for the tests of the cache. Only compiled for tests.

use std::sync::Arc;

use super::column::{Align, Cell, Column, Cx, Tone, When};
use super::endpoints::Endpoints;
use super::record::{
    Deployment, EndpointSlice, Health, Labels, Meta, Owner, Pod, Record, ReplicaSet, Rollout, Service,
};
use super::uid::Uid;

pub fn uid(id: u128) -> Uid {
    Uid::Uuid(id.to_be_bytes())
}

/// `labels("app=web,tier=front")`.
pub fn labels(text: &str) -> Labels {
    let mut pairs: Vec<_> = text
        .split(',')
        .filter_map(|pair| pair.split_once('='))
        .map(|(key, value)| (key.into(), value.into()))
        .collect();
    pairs.sort();
    pairs.into()
}

pub fn meta(id: u128, namespace: &str, name: &str) -> Meta {
    Meta {
        uid: uid(id),
        name: name.into(),
        namespace: namespace.into(),
        labels: labels(""),
        owner: None,
        created: 1_000,
        deleting: None,
        own: None,
    }
}

pub fn owned(mut meta: Meta, kind: &str, owner: u128) -> Meta {
    let name = format!("{kind}-{owner}");
    meta.owner = Some(Arc::new(Owner { kind: kind.into(), name: name.as_str().into(), uid: uid(owner) }));
    meta
}

pub fn pod_of(meta: Meta, is_ready: bool, restarts: u32) -> Record {
    let (status, health) =
        if is_ready { ("Running", Health::Ok) } else { ("CrashLoopBackOff", Health::Fault) };
    Record::Pod(Pod {
        meta,
        status: status.into(),
        reason: "".into(),
        ready: u16::from(is_ready),
        containers: 1,
        restarts,
        restarted: None,
        is_ready,
        node: "node-1".into(),
        ip: None,
        images: Arc::new([]),
        since: 0,
        ended: None,
        health,
        finished: false,
        extras: None,
    })
}

pub fn pod(id: u128, namespace: &str, name: &str) -> Record {
    pod_of(meta(id, namespace, name), true, 0)
}

pub fn labelled_pod(id: u128, namespace: &str, name: &str, pairs: &str, is_ready: bool) -> Record {
    pod_of(Meta { labels: labels(pairs), ..meta(id, namespace, name) }, is_ready, 0)
}

pub fn replica_set(id: u128, namespace: &str, name: &str, deployment: u128) -> Record {
    Record::ReplicaSet(Box::new(ReplicaSet {
        meta: owned(meta(id, namespace, name), "Deployment", deployment),
        desired: 1,
        current: 1,
        ready: 1,
        revision: 1,
        images: Arc::new([]),
        health: Health::Ok,
    }))
}

pub fn deployment(id: u128, namespace: &str, name: &str, selector: &str, template: &str) -> Record {
    Record::Deployment(Box::new(Deployment {
        meta: meta(id, namespace, name),
        desired: 1,
        current: 1,
        updated: 1,
        ready: 1,
        available: 1,
        observed: true,
        paused: false,
        recreate: false,
        revision: 1,
        cause: "".into(),
        images: Arc::new([]),
        selector: labels(selector),
        template_labels: labels(template),
        rollout: Rollout::Complete,
        reason: "".into(),
        since: 0,
        health: Health::Ok,
    }))
}

pub fn service(id: u128, namespace: &str, name: &str, selector: &str) -> Record {
    Record::Service(Box::new(Service {
        meta: meta(id, namespace, name),
        kind: "ClusterIP".into(),
        cluster_ip: "10.0.0.1".into(),
        external_ip: "<none>".into(),
        ports: "80/TCP".into(),
        named_ports: Box::new([]),
        selector: labels(selector),
    }))
}

pub fn slice(id: u128, namespace: &str, service: &str, ready: u32, total: u32) -> Record {
    Record::EndpointSlice(Box::new(EndpointSlice {
        meta: meta(id, namespace, &format!("{service}-{id}")),
        service: service.into(),
        address_type: "IPv4".into(),
        ready,
        total,
        ports: "80".into(),
        addresses: "".into(),
    }))
}

pub fn cx(endpoints: &Endpoints) -> Cx<'_> {
    Cx { now: 10_000, endpoints, usage: crate::model::usage::NONE, places: &[], placed: None, server: "" }
}

fn pod_row(record: &Record) -> Option<&Pod> {
    match record {
        Record::Pod(pod) => Some(pod),
        _ => None,
    }
}

fn restarts(record: &Record) -> u32 {
    pod_row(record).map_or(0, |pod| pod.restarts)
}

fn ready(record: &Record, cx: &Cx<'_>) -> u32 {
    match record {
        Record::Pod(pod) => pod.ready.into(),
        Record::Service(service) => {
            cx.endpoints.of(&service.meta.namespace, &service.meta.name).map_or(0, |count| count.ready)
        }
        _ => 0,
    }
}

/// A small table of columns.
pub static COLUMNS: [Column; 6] = [
    Column {
        id: "namespace",
        title: "NAMESPACE",
        help: "Namespace.",
        align: Align::Left,
        when: When::ManyNamespaces,
        max: 20,
        cell: |record, _| Cell::plain(record.meta().namespace.as_ref()),
        order: |a, b, _| a.meta().namespace.cmp(&b.meta().namespace),
    },
    Column {
        id: "name",
        title: "NAME",
        help: "Name.",
        align: Align::Left,
        when: When::Always,
        max: 0,
        cell: |record, _| Cell::plain(record.meta().name.as_ref()),
        order: |a, b, _| a.meta().name.cmp(&b.meta().name),
    },
    Column {
        id: "status",
        title: "STATUS",
        help: "Status.",
        align: Align::Left,
        when: When::Always,
        max: 20,
        cell: |record, _| Cell::toned(pod_row(record).map_or("", |pod| pod.status.as_ref()), Tone::Good),
        order: |a, b, _| pod_row(a).map(|pod| &pod.status).cmp(&pod_row(b).map(|pod| &pod.status)),
    },
    Column {
        id: "ready",
        title: "READY",
        help: "Ready.",
        align: Align::Right,
        when: When::Always,
        max: 8,
        cell: |record, cx| Cell::plain(ready(record, cx).to_string()),
        order: |a, b, cx| ready(a, cx).cmp(&ready(b, cx)),
    },
    Column {
        id: "restarts",
        title: "RESTARTS",
        help: "Restarts.",
        align: Align::Right,
        when: When::Always,
        max: 8,
        cell: |record, _| Cell::plain(restarts(record).to_string()),
        order: |a, b, _| restarts(a).cmp(&restarts(b)),
    },
    Column {
        id: "node",
        title: "NODE",
        help: "Node.",
        align: Align::Left,
        when: When::Wide,
        max: 20,
        cell: |record, _| Cell::plain(pod_row(record).map_or("", |pod| pod.node.as_ref())),
        order: |a, b, _| pod_row(a).map(|pod| &pod.node).cmp(&pod_row(b).map(|pod| &pod.node)),
    },
];
