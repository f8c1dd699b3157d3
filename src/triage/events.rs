//! Rules about events: warnings of what no other rule speaks of, by their reason.

use std::collections::{HashMap, HashSet};

use super::Object;
use super::gather::{Gathered, Hit};
use super::ground::{Ground, of_meta};
use super::thresholds::seconds;
use crate::model::record::{EventRecord, Kind, Record};
use crate::model::uid::Uid;

pub(super) fn warnings(ground: &Ground<'_>, out: &mut Gathered) {
    let age = seconds(ground.scene.thresholds.event_age);
    let mut groups: HashMap<&str, Vec<&EventRecord>> = HashMap::new();
    for record in ground.records(Kind::Event) {
        let Record::Event(event) = record else { continue };
        let until = event.seen.saturating_add(age);
        if &*event.kind != "Warning" || until <= ground.now() || is_covered(ground, event, out) {
            continue;
        }
        out.turns_at(until);
        groups.entry(&event.reason).or_default().push(event);
    }
    for (reason, events) in groups {
        let newest = events.iter().max_by_key(|event| (event.seen, &event.meta.uid));
        let Some(newest) = newest else { continue };
        let objects: HashSet<&str> = events.iter().map(|event| &*event.object).collect();
        let one_place = events.iter().all(|event| event.meta.namespace == newest.meta.namespace);
        let times = newest.count;
        let times = if times > 1 { format!(" (x{times})") } else { String::new() };
        let subject = Object {
            kind: "Event".into(),
            namespace: if one_place { newest.meta.namespace.clone() } else { "".into() },
            name: reason.into(),
            // What is grouped by reason is known again by it.
            uid: Uid::new(&format!("events/{reason}")),
            row: None,
        };
        let since =
            events.iter().map(|event| event.meta.created).filter(|at| *at > 0).min().unwrap_or(newest.seen);
        out.push(Hit {
            subject,
            shown_by: of_meta(Kind::Event, &newest.meta),
            reason: format!("{}: {}{times}", newest.object, newest.message),
            since,
            count: objects.len(),
            weight: 0,
            helps: String::new(),
        });
    }
}

/// Whether another rule speaks of the object, or of what it belongs to.
fn is_covered(ground: &Ground<'_>, event: &EventRecord, out: &Gathered) -> bool {
    let Some(uid) = &event.object_uid else { return false };
    if out.is_spoken_of(uid) {
        return true;
    }
    let kind = match event.object.split('/').next() {
        Some("pod") => Kind::Pod,
        Some("replicaset") => Kind::ReplicaSet,
        _ => return false,
    };
    let record = ground.scene.cache.get(kind, uid);
    record.is_some_and(|record| out.is_spoken_of(&ground.owner(kind, record.meta()).uid))
}
