//! Rules about autoscalers: they cannot see, or may not go on.

use super::gather::{Gathered, Hit};
use super::ground::{Ground, of_row};
use super::thresholds::seconds;
use crate::model::facts::{Autoscaler, Facts};
use crate::model::record::Row;
use crate::model::resource::Resource;

fn autoscalers<'a>(ground: &Ground<'a>) -> impl Iterator<Item = (&'a Row, &'a Autoscaler)> {
    ground.rows(&Resource::AUTOSCALERS).filter_map(|(row, facts)| match facts {
        Facts::Autoscaler(it) => Some((row, it)),
        _ => None,
    })
}

pub(super) fn blind(ground: &Ground<'_>, out: &mut Gathered) {
    for (row, it) in autoscalers(ground) {
        // Whoever scaled its workload to 0 has switched it off.
        if it.blocked.is_empty() || &*it.blocked == "ScalingDisabled" {
            continue;
        }
        let words = match &*it.blocked {
            why if why.starts_with("FailedGet") && why.contains("Metric") => {
                format!("has no metrics ({why})")
            }
            why => format!("cannot scale ({why})"),
        };
        let mut hit = Hit::itself(of_row(row), words, it.since);
        hit.helps = format!("{} stays at {}", it.target, it.current);
        out.push(hit);
    }
}

pub(super) fn at_maximum(ground: &Ground<'_>, out: &mut Gathered) {
    let wait = seconds(ground.scene.thresholds.at_maximum_for);
    for (row, it) in autoscalers(ground).filter(|(_, it)| it.blocked.is_empty() && it.max > it.min) {
        if it.current < it.max {
            continue;
        }
        let due = it.since.saturating_add(wait);
        if it.since > 0 && due > ground.now() {
            out.turns_at(due);
            continue;
        }
        let more = if it.limited { ", wants more" } else { "" };
        let words = format!("at its maximum, {}/{}{more}", it.current, it.max);
        out.push(Hit::itself(of_row(row), words, it.since));
    }
}
