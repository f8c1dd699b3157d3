//! Rules about quotas: nothing more is let in.

use super::gather::{Gathered, Hit};
use super::ground::{Ground, of_row};
use crate::model::facts::{Facts, Limited};
use crate::model::resource::Resource;

pub(super) fn full(ground: &Ground<'_>, out: &mut Gathered) {
    let from = ground.scene.thresholds.quota_percent;
    for (row, facts) in ground.rows(&Resource::RESOURCE_QUOTAS) {
        let Facts::Quota(it) = facts else { continue };
        let full: Vec<&Limited> = it.amounts.iter().filter(|one| one.percent >= from).collect();
        if let Some(worst) = full.iter().rev().max_by_key(|one| one.percent) {
            let Limited { resource, used, hard, percent } = worst;
            let words = format!("{percent}% used: {used} of {hard} {resource}");
            let mut hit = Hit::itself(of_row(row), words, 0);
            hit.count = full.len();
            out.push(hit);
        }
    }
}
