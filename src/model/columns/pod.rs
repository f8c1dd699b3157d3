//! Columns of pods.

use super::{
    AGE, CPU, MEMORY, NAME, NAMESPACE, accessor, by_health, by_share, image, joined, ratio, since, tone,
};
use crate::model::column::{Align, Cell, Column, Tone, When};
use crate::model::record::{Health, Pod, Record};

accessor!(pod: Pod(Pod));

pub(super) const COLUMNS: &[Column] = &[
    NAMESPACE,
    NAME,
    Column {
        id: "ready",
        title: "READY",
        help: "Ready containers of all containers.",
        align: Align::Left,
        when: When::Always,
        max: 7,
        cell: |record, _| match record {
            Record::Pod(pod) => ratio(pod.ready, pod.containers, ready_tone(pod)),
            _ => Cell::plain(""),
        },
        order: |a, b, _| by_share(share(a), share(b)),
    },
    Column {
        id: "status",
        title: "STATUS",
        help: "What the pod is doing, as kubectl says it.",
        align: Align::Left,
        when: When::Always,
        max: 26,
        cell: |record, _| Cell::toned(status(record), tone(record.health())),
        order: |a, b, _| by_health(a, b, status),
    },
    Column {
        id: "restarts",
        title: "RST",
        help: "Restarts of its containers, and how long ago the last one was.",
        align: Align::Right,
        when: When::Always,
        max: 12,
        cell: |record, cx| match record {
            Record::Pod(Pod { restarts: 0, .. }) => Cell::toned("0", Tone::Dim),
            Record::Pod(pod) => {
                let text = match pod.restarted {
                    Some(then) => format!("{} ({} ago)", pod.restarts, since(then, cx)),
                    None => pod.restarts.to_string(),
                };
                // A restart is news for an hour.
                let fresh = pod.restarted.is_some_and(|then| cx.now.saturating_sub(then) < 3600);
                Cell::toned(text, if fresh { Tone::Warn } else { Tone::Plain })
            }
            _ => Cell::plain(""),
        },
        order: |a, b, _| restarts(a).cmp(&restarts(b)),
    },
    AGE,
    Column {
        id: "why",
        title: "WHY",
        help: "Why it is not ready, in a few words.",
        align: Align::Left,
        when: When::Always,
        max: 0,
        cell: |record, _| {
            // The status has the colour; these are words to read.
            let tone = if record.health() <= Health::Warning { tone(record.health()) } else { Tone::Dim };
            Cell::toned(pod(record, |pod| &*pod.reason), tone)
        },
        order: |a, b, _| pod(a, |pod| &*pod.reason).cmp(pod(b, |pod| &*pod.reason)),
    },
    CPU,
    MEMORY,
    Column {
        id: "ip",
        title: "IP",
        help: "The pod's address.",
        align: Align::Left,
        when: When::Wide,
        max: 39,
        cell: |record, _| match pod(record, |pod| pod.ip) {
            Some(ip) => Cell::plain(ip.to_string()),
            None => Cell::toned("<none>", Tone::Dim),
        },
        order: |a, b, _| pod(a, |pod| pod.ip).cmp(&pod(b, |pod| pod.ip)),
    },
    Column {
        id: "node",
        title: "NODE",
        help: "The node it runs on.",
        align: Align::Left,
        when: When::Wide,
        max: 40,
        cell: |record, _| match pod(record, |pod| &*pod.node) {
            "" => Cell::toned("<none>", Tone::Dim),
            node => Cell::plain(node),
        },
        order: |a, b, _| pod(a, |pod| &*pod.node).cmp(pod(b, |pod| &*pod.node)),
    },
    Column {
        id: "image",
        title: "IMAGE",
        help: "The first container's image, and how many more there are.",
        align: Align::Left,
        when: When::Wide,
        max: 40,
        cell: |record, _| match record {
            Record::Pod(pod) => Cell::plain(image(&pod.images)),
            _ => Cell::plain(""),
        },
        order: |a, b, _| images(a).cmp(images(b)),
    },
    Column {
        id: "images",
        title: "IMAGES",
        help: "The images of all containers, in full.",
        align: Align::Left,
        when: When::Wide,
        max: 120,
        cell: |record, _| Cell::toned(joined(images(record)), Tone::Dim),
        order: |a, b, _| images(a).cmp(images(b)),
    },
];

fn status(record: &Record) -> &str {
    pod(record, |pod| &*pod.status)
}

fn restarts(record: &Record) -> (u32, Option<i64>) {
    pod(record, |pod| (pod.restarts, pod.restarted))
}

fn share(record: &Record) -> (u32, u32) {
    pod(record, |pod| (u32::from(pod.ready), u32::from(pod.containers)))
}

fn images(record: &Record) -> impl Iterator<Item = &str> {
    pod(record, |pod| &*pod.images).iter().map(|image| &*image.image)
}

fn ready_tone(pod: &Pod) -> Tone {
    match pod.health {
        Health::Idle => Tone::Dim,
        _ if pod.ready < pod.containers => tone(pod.health),
        _ => Tone::Plain,
    }
}
