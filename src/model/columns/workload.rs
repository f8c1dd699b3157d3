//! Columns of deployments and ReplicaSets, and the words for where a rollout is.

use std::borrow::Cow;

use super::{AGE, NAME, NAMESPACE, accessor, by_health, by_share, image, joined, number, pairs, ratio, tone};
use crate::model::column::{Align, Cell, Column, Tone, When};
use crate::model::record::{Deployment, Health, Image, Record, ReplicaSet, Rollout};
use crate::model::text::Text;

accessor!(deployment: Deployment(Deployment));
accessor!(replica_set: ReplicaSet(ReplicaSet));

pub(super) const DEPLOYMENT: &[Column] = &[
    NAMESPACE,
    NAME,
    Column {
        id: "ready",
        title: "READY",
        help: "Ready pods of the pods that are wished for.",
        align: Align::Left,
        when: When::Always,
        max: 11,
        cell: |record, _| match record {
            Record::Deployment(it) if it.desired == 0 => ratio(it.ready, it.desired, Tone::Dim),
            Record::Deployment(it) if it.ready < it.desired => ratio(it.ready, it.desired, tone(it.health)),
            Record::Deployment(it) => ratio(it.ready, it.desired, Tone::Plain),
            _ => Cell::plain(""),
        },
        order: |a, b, _| {
            let share = |record| deployment(record, |it| (it.ready, it.desired));
            by_share(share(a), share(b))
        },
    },
    Column {
        id: "updated",
        title: "UPDATED",
        help: "Pods of the newest template.",
        align: Align::Right,
        when: When::Roomy,
        max: 7,
        cell: |record, _| number(deployment(record, |it| it.updated)),
        order: |a, b, _| deployment(a, |it| it.updated).cmp(&deployment(b, |it| it.updated)),
    },
    Column {
        id: "status",
        title: "STATUS",
        help: "In a word: Ready, Progressing, Stuck, Degraded or ScaledDown.",
        align: Align::Left,
        when: When::Wide,
        max: 11,
        cell: |record, _| Cell::toned(deployment(record, status), tone(record.health())),
        order: |a, b, _| by_health(a, b, |record| deployment(record, status)),
    },
    Column {
        id: "available",
        title: "AVAILABLE",
        help: "Pods that have been ready for long enough.",
        align: Align::Right,
        when: When::Wide,
        max: 9,
        cell: |record, _| number(deployment(record, |it| it.available)),
        order: |a, b, _| deployment(a, |it| it.available).cmp(&deployment(b, |it| it.available)),
    },
    Column {
        id: "image",
        title: "IMAGE",
        help: "The first container's image, and how many more there are.",
        align: Align::Left,
        when: When::Always,
        max: 32,
        cell: |record, _| match record {
            Record::Deployment(it) => Cell::plain(image(&it.images)),
            _ => Cell::plain(""),
        },
        order: |a, b, _| images(a).cmp(images(b)),
    },
    Column {
        id: "rev",
        title: "REV",
        help: "The revision of the newest template.",
        align: Align::Right,
        when: When::Always,
        max: 6,
        cell: |record, _| revision(deployment(record, |it| it.revision)),
        order: |a, b, _| deployment(a, |it| it.revision).cmp(&deployment(b, |it| it.revision)),
    },
    AGE,
    Column {
        id: "state",
        title: "STATE",
        help: "Where its rollout is, and what keeps it.",
        align: Align::Left,
        when: When::Always,
        max: 0,
        cell: |record, _| match record {
            Record::Deployment(it) => {
                Cell::toned(state(it), if it.health == Health::Ok { Tone::Dim } else { tone(it.health) })
            }
            _ => Cell::plain(""),
        },
        order: |a, b, _| by_health(a, b, |record| deployment(record, |it| &*it.reason)),
    },
    Column {
        id: "cause",
        title: "CAUSE",
        help: "Why it was changed (kubernetes.io/change-cause).",
        align: Align::Left,
        when: When::Wide,
        max: 40,
        cell: |record, _| Cell::plain(deployment(record, |it| &*it.cause)),
        order: |a, b, _| deployment(a, |it| &*it.cause).cmp(deployment(b, |it| &*it.cause)),
    },
    Column {
        id: "containers",
        title: "CONTAINERS",
        help: "The names of its containers.",
        align: Align::Left,
        when: When::Wide,
        max: 40,
        cell: |record, _| Cell::plain(joined(containers(record))),
        order: |a, b, _| containers(a).cmp(containers(b)),
    },
    Column {
        id: "images",
        title: "IMAGES",
        help: "The images of its containers, in full.",
        align: Align::Left,
        when: When::Wide,
        max: 120,
        cell: |record, _| Cell::toned(joined(images(record)), Tone::Dim),
        order: |a, b, _| images(a).cmp(images(b)),
    },
    Column {
        id: "selector",
        title: "SELECTOR",
        help: "The labels by which it finds its pods.",
        align: Align::Left,
        when: When::Wide,
        max: 60,
        cell: |record, _| match record {
            Record::Deployment(it) => Cell::plain(pairs(&it.selector)),
            _ => Cell::plain(""),
        },
        order: |a, b, _| selector(a).cmp(selector(b)),
    },
];

pub(super) const REPLICA_SET: &[Column] = &[
    NAMESPACE,
    NAME,
    Column {
        id: "desired",
        title: "DESIRED",
        help: "Pods that are wished for.",
        align: Align::Right,
        when: When::Always,
        max: 7,
        cell: |record, _| number(replica_set(record, |it| it.desired)),
        order: |a, b, _| replica_set(a, |it| it.desired).cmp(&replica_set(b, |it| it.desired)),
    },
    Column {
        id: "current",
        title: "CURRENT",
        help: "Pods that exist.",
        align: Align::Right,
        when: When::Always,
        max: 7,
        cell: |record, _| number(replica_set(record, |it| it.current)),
        order: |a, b, _| replica_set(a, |it| it.current).cmp(&replica_set(b, |it| it.current)),
    },
    Column {
        id: "ready",
        title: "READY",
        help: "Pods that are ready.",
        align: Align::Right,
        when: When::Always,
        max: 7,
        cell: |record, _| match record {
            Record::ReplicaSet(it) if it.ready < it.desired => {
                Cell::toned(it.ready.to_string(), tone(it.health))
            }
            _ => number(replica_set(record, |it| it.ready)),
        },
        order: |a, b, _| replica_set(a, |it| it.ready).cmp(&replica_set(b, |it| it.ready)),
    },
    Column {
        id: "rev",
        title: "REV",
        help: "The revision of the deployment that it is.",
        align: Align::Right,
        when: When::Always,
        max: 6,
        cell: |record, _| revision(replica_set(record, |it| it.revision)),
        order: |a, b, _| replica_set(a, |it| it.revision).cmp(&replica_set(b, |it| it.revision)),
    },
    Column {
        id: "image",
        title: "IMAGE",
        help: "The first container's image, and how many more there are.",
        align: Align::Left,
        when: When::Always,
        max: 0,
        cell: |record, _| match record {
            Record::ReplicaSet(it) => Cell::plain(image(&it.images)),
            _ => Cell::plain(""),
        },
        order: |a, b, _| images(a).cmp(images(b)),
    },
    AGE,
    Column {
        id: "owner",
        title: "OWNER",
        help: "The object that controls it.",
        align: Align::Left,
        when: When::Wide,
        max: 48,
        cell: |record, _| Cell::plain(owner(record)),
        order: |a, b, _| owner(a).cmp(owner(b)),
    },
    Column {
        id: "containers",
        title: "CONTAINERS",
        help: "The names of its containers.",
        align: Align::Left,
        when: When::Wide,
        max: 40,
        cell: |record, _| Cell::plain(joined(containers(record))),
        order: |a, b, _| containers(a).cmp(containers(b)),
    },
    Column {
        id: "images",
        title: "IMAGES",
        help: "The images of its containers, in full.",
        align: Align::Left,
        when: When::Wide,
        max: 120,
        cell: |record, _| Cell::toned(joined(images(record)), Tone::Dim),
        order: |a, b, _| images(a).cmp(images(b)),
    },
];

fn images(record: &Record) -> impl Iterator<Item = &str> {
    all_images(record).iter().map(|image| &*image.image)
}

fn containers(record: &Record) -> impl Iterator<Item = &str> {
    all_images(record).iter().map(|image| &*image.container)
}

fn all_images(record: &Record) -> &[Image] {
    match record {
        Record::Deployment(it) => &it.images,
        Record::ReplicaSet(it) => &it.images,
        _ => &[],
    }
}

fn selector(record: &Record) -> &[(Text, Text)] {
    match record {
        Record::Deployment(it) => &it.selector,
        _ => &[],
    }
}

fn owner(record: &Record) -> &str {
    record.meta().owner.as_ref().map_or("", |owner| &*owner.name)
}

fn revision(revision: u64) -> Cell<'static> {
    if revision == 0 { Cell::toned("-", Tone::Dim) } else { Cell::plain(revision.to_string()) }
}

/// Where a deployment is, and on which track.
fn state(it: &Deployment) -> Cow<'_, str> {
    let rollout = rollout_words(it);
    match it.meta.labels.iter().find(|(key, _)| &**key == "track") {
        Some((_, track)) if rollout.is_empty() => format!("track {track}").into(),
        Some((_, track)) => format!("{rollout}, track {track}").into(),
        None => rollout,
    }
}

/// How it is doing, in a word.
fn status(it: &Deployment) -> &'static str {
    match it.rollout {
        Rollout::Stuck => "Stuck",
        _ if it.health == Health::Fault => "Degraded",
        Rollout::Complete if it.desired == 0 => "ScaledDown",
        Rollout::Complete if it.ready < it.desired => "Degraded",
        Rollout::Complete => "Ready",
        _ => "Progressing",
    }
}

/// Where its rollout is, in words: trouble first, then progress, then what is so on purpose; nothing when it is complete.
pub fn rollout_words(it: &Deployment) -> Cow<'_, str> {
    // The controller's own sentences for these say no more than the word and the numbers do, and are long; what really
    // keeps the rollout stands on its pods, beside it.
    let told = ["has timed out progressing", "does not have minimum availability"];
    let why = |words: &'static str| match &*it.reason {
        reason if reason.is_empty() || told.iter().any(|told| reason.contains(told)) => {
            let (count, what) =
                if it.updated < it.desired { (it.updated, "updated") } else { (it.available, "available") };
            Cow::Owned(format!("{words}, {count} of {} {what}", it.desired))
        }
        reason => Cow::Owned(format!("{words}: {reason}")),
    };
    let progress = match it.rollout {
        Rollout::Stuck => return why("stuck"),
        _ if it.health == Health::Fault => return why("failing"),
        Rollout::Complete => "".into(),
        Rollout::Unobserved => "change not seen yet".into(),
        Rollout::Updating => Cow::Owned(format!("{} of {} updated", it.updated, it.desired)),
        Rollout::Terminating => Cow::Owned(format!("{} old to end", it.current.saturating_sub(it.updated))),
        Rollout::Availing => Cow::Owned(format!("{} of {} available", it.available, it.updated)),
    };
    let mut parts: Vec<Cow<'_, str>> = Vec::new();
    if it.paused {
        parts.push("paused".into());
    }
    if !progress.is_empty() {
        parts.push(progress);
    } else if it.desired == 0 {
        parts.push("scaled to 0".into());
    }
    match <[Cow<'_, str>; 1]>::try_from(parts) {
        Ok([only]) => only,
        Err(parts) => Cow::Owned(parts.join(", ")),
    }
}
