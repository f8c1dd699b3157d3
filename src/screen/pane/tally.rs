//! How many rows of a pane are doing how, kept up to date as rows change.
//!
//! Not for services and ingresses: how they are doing depends on endpoints, so their panes count anew.

use crate::model::column::Cx;
use crate::model::record::{Health, Record};
use crate::model::table::{Delta, Slot, Table};
use crate::model::view::Membership;

/// Counts by health.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    counts: [usize; 5],
}

impl Tally {
    /// Counts rows.
    pub fn count(slots: &[Slot], table: &Table, cx: &Cx<'_>) -> Self {
        let mut tally = Self::default();
        for record in slots.iter().filter_map(|slot| table.get(*slot)) {
            tally.counts[health(record, cx) as usize] += 1;
        }
        tally
    }

    /// How many are doing so.
    pub fn of(&self, health: Health) -> usize {
        self.counts[health as usize]
    }

    /// Follows what a view did with its deltas.
    pub fn follow(&mut self, deltas: &[Delta], memberships: &[Membership], table: &Table, cx: &Cx<'_>) {
        for (delta, membership) in deltas.iter().zip(memberships) {
            if membership.was_shown {
                // The record of a touched row is the same as before.
                let old = delta.old.as_ref().or_else(|| table.get(delta.slot));
                if let Some(old) = old {
                    let count = &mut self.counts[health(old, cx) as usize];
                    *count = count.saturating_sub(1);
                }
            }
            if membership.is_shown
                && let Some(new) = table.get(delta.slot)
            {
                self.counts[health(new, cx) as usize] += 1;
            }
        }
    }
}

/// How a row is doing: a service and an ingress by the endpoints, everything else by its record.
pub fn health(record: &Record, cx: &Cx<'_>) -> Health {
    match record {
        Record::Service(service) if !service.selector.is_empty() => {
            match cx.endpoints.of(&service.meta.namespace, &service.meta.name) {
                Some(count) if count.ready > 0 && count.ready < count.total => Health::Warning,
                Some(count) if count.ready > 0 => Health::Ok,
                _ => Health::Fault,
            }
        }
        Record::Row(row) => match &row.facts {
            Some(facts) if facts.has_dead_end(&row.meta.namespace, cx.endpoints) => Health::Fault,
            _ => row.health,
        },
        record => record.health(),
    }
}
