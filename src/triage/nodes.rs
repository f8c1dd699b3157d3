//! Rules about nodes. They are looked at whatever the namespaces are; the pods on them are those that are known.

use super::gather::{Gathered, Hit};
use super::ground::{Ground, of_meta};
use crate::model::record::{Health, Kind, Node, Record};

fn nodes<'a>(ground: &Ground<'a>) -> impl Iterator<Item = &'a Node> {
    ground.records(Kind::Node).filter_map(|record| match record {
        Record::Node(it) => Some(&**it),
        _ => None,
    })
}

/// Pods by their number, in words: `, 31 pods on it`.
fn pods(count: usize) -> String {
    match count {
        0 => String::new(),
        1 => ", 1 pod on it".to_owned(),
        many => format!(", {many} pods on it"),
    }
}

pub(super) fn not_ready(ground: &Ground<'_>, out: &mut Gathered) {
    for it in nodes(ground).filter(|it| it.health == Health::Fault) {
        let word = it.status.split(',').next().unwrap_or("NotReady");
        let on_it = pods(ground.on_node(&it.meta.name).0);
        let mut hit = Hit::itself(of_meta(Kind::Node, &it.meta), format!("{word}{on_it}"), it.since);
        it.reason.trim_end_matches('.').clone_into(&mut hit.helps);
        out.push(hit);
    }
}

pub(super) fn pressure(ground: &Ground<'_>, out: &mut Gathered) {
    for it in nodes(ground).filter(|it| it.health == Health::Warning) {
        let words = format!("{}{}", it.reason, pods(ground.on_node(&it.meta.name).0));
        out.push(Hit::itself(of_meta(Kind::Node, &it.meta), words, it.since));
    }
}

pub(super) fn cordoned(ground: &Ground<'_>, out: &mut Gathered) {
    for it in nodes(ground) {
        // Pods that are on every node stay on a node that was emptied.
        let (_, free) = ground.on_node(&it.meta.name);
        let off = it.status.contains("SchedulingDisabled") && it.health == Health::Idle;
        if off && free > 0 {
            let words = format!("cordoned{}", pods(free));
            out.push(Hit::itself(of_meta(Kind::Node, &it.meta), words, 0));
        }
    }
}
