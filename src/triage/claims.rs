//! Rules about volume claims: they have no volume, or have lost it.

use super::gather::{Gathered, Hit};
use super::ground::{Ground, of_row};
use super::thresholds::seconds;
use crate::model::facts::{Claim, Facts};
use crate::model::record::Row;
use crate::model::resource::Resource;

fn claims<'a>(ground: &Ground<'a>, phase: &'static str) -> impl Iterator<Item = (&'a Row, &'a Claim)> {
    let rows = ground.rows(&Resource::PERSISTENT_VOLUME_CLAIMS);
    rows.filter_map(move |(row, facts)| match facts {
        Facts::Claim(it) if &*it.phase == phase && row.meta.deleting.is_none() => Some((row, it)),
        _ => None,
    })
}

pub(super) fn lost(ground: &Ground<'_>, out: &mut Gathered) {
    for (row, _) in claims(ground, "Lost") {
        out.push(Hit::itself(of_row(row), "its volume is gone (Lost)", 0));
    }
}

pub(super) fn pending(ground: &Ground<'_>, out: &mut Gathered) {
    let wait = seconds(ground.scene.thresholds.not_ready_for);
    for (row, it) in claims(ground, "Pending") {
        let due = row.meta.created.saturating_add(wait);
        if due > ground.now() {
            out.turns_at(due);
            continue;
        }
        let event = ground.last_event(&row.meta.uid);
        // It gets one when a pod uses it: so its class wants it.
        if event.is_some_and(|event| &*event.reason == "WaitForFirstConsumer") {
            continue;
        }
        let words = match event.filter(|event| &*event.kind == "Warning") {
            Some(event) => format!("has no volume: {}", event.message),
            None if it.class.is_empty() => "has no volume, and names no storage class".to_owned(),
            None => format!("has no volume of class {}", it.class),
        };
        out.push(Hit::itself(of_row(row), words, row.meta.created));
    }
}
