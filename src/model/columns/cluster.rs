//! Columns of nodes and events.

use super::{AGE, CPU, MEMORY, NAME, NAMESPACE, accessor, by_health, number, since, tone};
use crate::model::column::{Align, Cell, Column, Tone, When};
use crate::model::record::{EventRecord, Health, Node, Record};

mod load;
mod skew;

accessor!(node: Node(Node));
accessor!(event: Event(EventRecord));

/// A column of text: the field of the record as it is.
macro_rules! text {
    ($of:ident.$field:ident, $id:literal, $title:literal, $when:ident, $max:literal, $help:literal) => {
        Column {
            id: $id,
            title: $title,
            help: $help,
            align: Align::Left,
            when: When::$when,
            max: $max,
            cell: |record, _| Cell::plain($of(record, |it| &*it.$field)),
            order: |a, b, _| $of(a, |it| &*it.$field).cmp($of(b, |it| &*it.$field)),
        }
    };
}

pub(super) const NODE: &[Column] = &[
    NAME,
    Column {
        id: "status",
        title: "STATUS",
        help: "Ready or not, and whether pods may be put on it.",
        align: Align::Left,
        when: When::Always,
        max: 28,
        cell: |record, _| Cell::toned(node(record, |it| &*it.status), tone(record.health())),
        order: |a, b, _| by_health(a, b, |record| node(record, |it| &*it.status)),
    },
    text!(node.roles, "roles", "ROLES", Always, 24, "Its roles, by label."),
    AGE,
    Column {
        id: "version",
        title: "VERSION",
        help: "The version of its kubelet, and how many minor versions that is before (-) or after (+) the API server; a warning where Kubernetes does not support it: after the server, or more than 3 before it.",
        align: Align::Left,
        when: When::Always,
        max: 30,
        cell: |record, cx| skew::cell(node(record, |it| &*it.version), cx.server),
        order: |a, b, _| skew::order(node(a, |it| &*it.version), node(b, |it| &*it.version)),
    },
    Column {
        id: "why",
        title: "WHY",
        help: "What presses it, or why it is not ready.",
        align: Align::Left,
        when: When::Always,
        max: 0,
        cell: |record, _| Cell::toned(node(record, |it| &*it.reason), tone(record.health())),
        order: |a, b, _| node(a, |it| &*it.reason).cmp(node(b, |it| &*it.reason)),
    },
    load::PODS,
    load::CPU_REQUESTS,
    load::MEMORY_REQUESTS,
    text!(node.taints, "taints", "TAINTS", Wide, 60, "What keeps pods away that do not tolerate it."),
    CPU,
    MEMORY,
    text!(node.internal_ip, "internal-ip", "INTERNAL-IP", Wide, 39, "Its address inside the network."),
    text!(node.os_image, "os-image", "OS-IMAGE", Wide, 40, "Its operating system."),
    text!(node.kernel, "kernel", "KERNEL-VERSION", Wide, 40, "Its kernel and architecture."),
    text!(node.runtime, "runtime", "CONTAINER-RUNTIME", Wide, 32, "Its container runtime."),
];

pub(super) const EVENT: &[Column] = &[
    NAMESPACE,
    Column {
        id: "last-seen",
        title: "LAST SEEN",
        help: "How long ago it was seen last.",
        align: Align::Right,
        when: When::Always,
        max: 10,
        cell: |record, cx| Cell::plain(since(event(record, |it| it.seen), cx)),
        order: |a, b, _| event(b, |it| it.seen).cmp(&event(a, |it| it.seen)),
    },
    Column {
        id: "type",
        title: "TYPE",
        help: "Normal or Warning.",
        align: Align::Left,
        when: When::Always,
        max: 8,
        cell: |record, _| {
            let tone = if record.health() == Health::Warning { Tone::Warn } else { Tone::Dim };
            Cell::toned(event(record, |it| &*it.kind), tone)
        },
        order: |a, b, _| by_health(a, b, |record| event(record, |it| &*it.kind)),
    },
    text!(event.reason, "reason", "REASON", Always, 24, "What happened, in a word."),
    text!(event.object, "object", "OBJECT", Always, 56, "The object that it is about."),
    Column {
        id: "count",
        title: "COUNT",
        help: "How often it happened.",
        align: Align::Right,
        when: When::Always,
        max: 6,
        cell: |record, _| number(event(record, |it| it.count)),
        order: |a, b, _| event(a, |it| it.count).cmp(&event(b, |it| it.count)),
    },
    text!(event.message, "message", "MESSAGE", Always, 0, "What happened, in words."),
    Column { when: When::Wide, ..AGE },
    Column { when: When::Wide, ..NAME },
];
