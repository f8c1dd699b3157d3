//! Columns of StatefulSets and DaemonSets: kubectl's, the image, and where the rollout is.

use std::cmp::Ordering;

use super::{AGE, NAME, NAMESPACE, by_health, by_share, image, joined, number, pairs, ratio, tone};
use crate::model::column::{Align, Cell, Column, Cx, Tone, When};
use crate::model::record::{Health, Image, PodSet, Record};

fn set<'a, T: Default>(record: &'a Record, get: impl FnOnce(&'a PodSet) -> T) -> T {
    match record {
        Record::StatefulSet(it) | Record::DaemonSet(it) => get(it),
        _ => T::default(),
    }
}

fn images(record: &Record) -> &[Image] {
    match record {
        Record::StatefulSet(it) | Record::DaemonSet(it) => &it.images,
        _ => &[],
    }
}

/// A count of pods.
const fn count(
    id: &'static str,
    title: &'static str,
    help: &'static str,
    when: When,
    cell: for<'a> fn(&'a Record, &Cx<'a>) -> Cell<'a>,
    order: fn(&Record, &Record, &Cx<'_>) -> Ordering,
) -> Column {
    Column { id, title, help, align: Align::Right, when, max: 11, cell, order }
}

const DESIRED: Column = count(
    "desired",
    "DESIRED",
    "Pods that are wished for.",
    When::Always,
    |record, _| number(set(record, |it| it.desired)),
    |a, b, _| set(a, |it| it.desired).cmp(&set(b, |it| it.desired)),
);

const CURRENT: Column = count(
    "current",
    "CURRENT",
    "Pods that exist.",
    When::Always,
    |record, _| number(set(record, |it| it.current)),
    |a, b, _| set(a, |it| it.current).cmp(&set(b, |it| it.current)),
);

const READY: Column = count(
    "ready",
    "READY",
    "Pods that are ready.",
    When::Always,
    |record, _| {
        let (ready, desired, health) = set(record, |it| (it.ready, it.desired, Some(it.health)));
        match health {
            Some(health) if ready < desired => Cell::toned(ready.to_string(), tone(health)),
            _ => number(ready),
        }
    },
    |a, b, _| set(a, |it| it.ready).cmp(&set(b, |it| it.ready)),
);

const READY_OF: Column = Column {
    id: "ready",
    title: "READY",
    help: "Ready pods of the pods that are wished for.",
    align: Align::Left,
    when: When::Always,
    max: 11,
    cell: |record, _| {
        let (ready, desired, health) = set(record, |it| (it.ready, it.desired, Some(it.health)));
        match health {
            Some(health) if ready < desired => ratio(ready, desired, tone(health)),
            _ => ratio(ready, desired, Tone::Plain),
        }
    },
    order: |a, b, _| {
        let share = |record| set(record, |it| (it.ready, it.desired));
        by_share(share(a), share(b))
    },
};

const UPDATED: Column = count(
    "updated",
    "UP-TO-DATE",
    "Pods of the newest template.",
    When::Roomy,
    |record, _| number(set(record, |it| it.updated)),
    |a, b, _| set(a, |it| it.updated).cmp(&set(b, |it| it.updated)),
);

const AVAILABLE: Column = count(
    "available",
    "AVAILABLE",
    "Pods that have been ready for long enough.",
    When::Roomy,
    |record, _| number(set(record, |it| it.available)),
    |a, b, _| set(a, |it| it.available).cmp(&set(b, |it| it.available)),
);

const NODE_SELECTOR: Column = Column {
    id: "node-selector",
    title: "NODE SELECTOR",
    help: "The labels of the nodes that get a pod.",
    align: Align::Left,
    when: When::Roomy,
    max: 40,
    cell: |record, _| match record {
        Record::StatefulSet(it) | Record::DaemonSet(it) => Cell::plain(pairs(&it.node_selector)),
        _ => Cell::plain(""),
    },
    order: |a, b, _| {
        let of = |record| set(record, |it| Some(&it.node_selector));
        of(a).cmp(&of(b))
    },
};

const IMAGE: Column = Column {
    id: "image",
    title: "IMAGE",
    help: "The first container's image, and how many more there are.",
    align: Align::Left,
    when: When::Always,
    max: 32,
    cell: |record, _| Cell::plain(image(images(record))),
    order: |a, b, _| {
        let of = |record| images(record).iter().map(|image| &*image.image);
        of(a).cmp(of(b))
    },
};

const STATE: Column = Column {
    id: "state",
    title: "STATE",
    help: "Where its rollout is.",
    align: Align::Left,
    when: When::Always,
    max: 0,
    cell: |record, _| match record {
        Record::StatefulSet(it) | Record::DaemonSet(it) => {
            Cell::toned(&*it.progress, if it.health == Health::Ok { Tone::Dim } else { tone(it.health) })
        }
        _ => Cell::plain(""),
    },
    order: |a, b, _| by_health(a, b, |record| set(record, |it| &*it.progress)),
};

const STATUS: Column = Column {
    id: "status",
    title: "STATUS",
    help: "In a word: Ready, Progressing, Stuck, Degraded or ScaledDown.",
    align: Align::Left,
    when: When::Wide,
    max: 11,
    cell: |record, _| Cell::toned(set(record, status), tone(record.health())),
    order: |a, b, _| by_health(a, b, |record| set(record, status)),
};

/// How it is doing, in a word.
fn status(it: &PodSet) -> &'static str {
    match it.health {
        Health::Fault => "Degraded",
        _ if !it.progress.is_empty() => "Progressing",
        _ if it.desired == 0 => "ScaledDown",
        _ if it.ready < it.desired => "Degraded",
        _ => "Ready",
    }
}

const CONTAINERS: Column = Column {
    id: "containers",
    title: "CONTAINERS",
    help: "The names of its containers.",
    align: Align::Left,
    when: When::Wide,
    max: 40,
    cell: |record, _| Cell::plain(joined(images(record).iter().map(|image| &*image.container))),
    order: |a, b, _| {
        let of = |record| images(record).iter().map(|image| &*image.container);
        of(a).cmp(of(b))
    },
};

const IMAGES: Column = Column {
    id: "images",
    title: "IMAGES",
    help: "The images of its containers, in full.",
    align: Align::Left,
    when: When::Wide,
    max: 120,
    cell: |record, _| Cell::toned(joined(images(record).iter().map(|image| &*image.image)), Tone::Dim),
    order: |a, b, _| {
        let of = |record| images(record).iter().map(|image| &*image.image);
        of(a).cmp(of(b))
    },
};

pub(super) const STATEFUL_SET: &[Column] =
    &[NAMESPACE, NAME, READY_OF, STATUS, UPDATED, IMAGE, AGE, STATE, CONTAINERS, IMAGES];

pub(super) const DAEMON_SET: &[Column] = &[
    NAMESPACE,
    NAME,
    DESIRED,
    CURRENT,
    READY,
    STATUS,
    UPDATED,
    AVAILABLE,
    NODE_SELECTOR,
    IMAGE,
    AGE,
    STATE,
    CONTAINERS,
    IMAGES,
];
