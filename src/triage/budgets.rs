//! Rules about disruption budgets: they let nothing be evicted, so that a drain waits.

use super::gather::{Gathered, Hit};
use super::ground::{Ground, of_row};
use crate::model::facts::Facts;
use crate::model::resource::Resource;

pub(super) fn blocks(ground: &Ground<'_>, out: &mut Gathered) {
    for (row, facts) in ground.rows(&Resource::DISRUPTION_BUDGETS) {
        let Facts::Budget(it) = facts else { continue };
        if it.allowed > 0 || it.pods == 0 {
            continue;
        }
        let words =
            format!("no pod may be evicted: {} of {} healthy, {} wanted", it.healthy, it.pods, it.wished);
        let mut hit = Hit::itself(of_row(row), words, it.since);
        if it.wished >= it.pods {
            "it never lets one go".clone_into(&mut hit.helps);
        }
        out.push(hit);
    }
}
