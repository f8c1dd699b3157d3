//! One complete order of a view: what it is by, the rows, and where each row stands.

use std::cmp::Ordering;

use super::rows::Moves;
use super::scope::Scope;
use super::{Membership, SortKey};
use crate::model::column::{Column, Cx};
use crate::model::filter::Filter;
use crate::model::record::{Health, Record};
use crate::model::table::{Delta, Slot, Table, What};

/// What a view is by.
#[derive(Debug, Clone)]
pub(super) struct Spec {
    pub(super) columns: &'static [Column],
    pub(super) sort: Vec<SortKey>,
    pub(super) filter: Filter,
    pub(super) faults: bool,
    pub(super) scope: Scope,
}

impl Spec {
    pub(super) fn new(columns: &'static [Column], sort: &[SortKey]) -> Self {
        Self {
            columns,
            sort: sort.to_vec(),
            filter: Filter::default(),
            faults: false,
            scope: Scope::default(),
        }
    }

    /// The order of two records: by the sort columns, then by namespace, name and UID, so that it is total.
    pub(super) fn compare(&self, a: &Record, b: &Record, cx: &Cx<'_>) -> Ordering {
        for key in &self.sort {
            let Some(column) = self.columns.get(key.column) else { continue };
            let order = (column.order)(a, b, cx);
            if order.is_ne() {
                return if key.descending { order.reverse() } else { order };
            }
        }
        let (a, b) = (a.meta(), b.meta());
        (&a.namespace, &a.name, &a.uid).cmp(&(&b.namespace, &b.name, &b.uid))
    }

    /// The order of two rows. Rows that are gone come last.
    pub(super) fn compare_rows(&self, table: &Table, a: Slot, b: Slot, cx: &Cx<'_>) -> Ordering {
        match (table.get(a), table.get(b)) {
            (Some(left), Some(right)) => self.compare(left, right, cx),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (None, None) => a.cmp(&b),
        }
    }

    /// Whether a record is shown, if it is in scope.
    pub(super) fn passes(&self, record: &Record, cx: &Cx<'_>) -> bool {
        (!self.faults || is_fault(record, cx)) && self.filter.matches(record, cx)
    }

    pub(super) fn same_filter(&self, other: &Self) -> bool {
        self.faults == other.faults && self.filter == other.filter
    }

    /// Whether everything that this one shows is shown by `other`, which has the same scope.
    pub(super) fn narrows(&self, other: &Self) -> bool {
        (self.faults || !other.faults) && self.filter.narrows(&other.filter)
    }
}

/// Whether the faults filter shows it: broken, or not as it should be. A service is at fault when it selects pods and
/// its slices say that none is ready, an ingress when it leads to such a one; where slices cannot be read nothing is
/// claimed.
fn is_fault(record: &Record, cx: &Cx<'_>) -> bool {
    if let Record::Service(service) = record {
        let endpoints = cx.endpoints.of(&service.meta.namespace, &service.meta.name);
        return !service.selector.is_empty() && endpoints.is_some_and(|count| count.ready == 0);
    }
    if let Record::Row(row) = record
        && let Some(facts) = &row.facts
        && facts.has_dead_end(&row.meta.namespace, cx.endpoints)
    {
        return true;
    }
    record.health() <= Health::Warning
}

const IN_ALL: u8 = 1;
const IN_SHOWN: u8 = 2;

/// The rows of a view in the order of its spec.
#[derive(Debug)]
pub(super) struct Order {
    pub(super) spec: Spec,
    pub(super) all: Vec<Slot>,
    pub(super) shown: Vec<Slot>,
    /// Of which list each slot is a member, so that rows outside cost nothing.
    place: Vec<u8>,
}

impl Order {
    pub(super) fn new(spec: Spec) -> Self {
        Self { spec, all: Vec::new(), shown: Vec::new(), place: Vec::new() }
    }

    /// An order of finished lists.
    pub(super) fn of(spec: Spec, all: Vec<Slot>, shown: Vec<Slot>) -> Self {
        let mut order = Self::new(spec);
        for (rows, flag) in [(&all, IN_ALL), (&shown, IN_SHOWN)] {
            for slot in rows {
                *place_mut(&mut order.place, *slot) |= flag;
            }
        }
        order.all = all;
        order.shown = shown;
        order
    }

    pub(super) fn is_in(&self, slot: Slot) -> bool {
        self.place.get(slot as usize).is_some_and(|place| place & IN_ALL != 0)
    }

    pub(super) fn is_shown(&self, slot: Slot) -> bool {
        self.place.get(slot as usize).is_some_and(|place| place & IN_SHOWN != 0)
    }

    /// Follows the table. A row whose sort columns did not change stays where it is; the others are all taken out
    /// before any is put back, so that what is searched is sorted by the records as they are now.
    pub(super) fn apply(&mut self, deltas: &[Delta], table: &Table, cx: &Cx<'_>) -> Vec<Membership> {
        let mut all = Moves::default();
        let mut shown = Moves::default();
        let mut memberships = Vec::with_capacity(deltas.len());
        for delta in deltas {
            let slot = delta.slot;
            let record = table.get(slot);
            let is = record.is_some_and(|record| self.spec.scope.matches(record));
            let is_shown = is && record.is_some_and(|record| self.spec.passes(record, cx));
            let (was, was_shown) = (self.is_in(slot), self.is_shown(slot));
            if was || is {
                let keeps = match (&delta.old, record) {
                    (Some(old), Some(new)) if delta.what == What::Changed => {
                        self.spec.compare(old, new, cx).is_eq()
                    }
                    _ => false,
                };
                all.note(slot, was, is, keeps);
                shown.note(slot, was_shown, is_shown, keeps);
                *place_mut(&mut self.place, slot) =
                    if is { IN_ALL } else { 0 } | if is_shown { IN_SHOWN } else { 0 };
            }
            memberships.push(Membership { slot, was, is, was_shown, is_shown });
        }
        self.run(all, shown, table, cx);
        memberships
    }

    fn run(&mut self, all: Moves, shown: Moves, table: &Table, cx: &Cx<'_>) {
        let order = |a, b| self.spec.compare_rows(table, a, b, cx);
        all.run(&mut self.all, order);
        if shown.are_few() {
            shown.run(&mut self.shown, order);
        } else {
            // `all` has the order already: one pass over the flags instead of comparing once more.
            let is_shown = |slot: &Slot| self.place.get(*slot as usize).is_some_and(|p| p & IN_SHOWN != 0);
            self.shown.clear();
            self.shown.extend(self.all.iter().copied().filter(is_shown));
        }
    }

    /// Puts in rows that are in none of the lists.
    pub(super) fn put_in(&mut self, slots: impl Iterator<Item = Slot>, table: &Table, cx: &Cx<'_>) {
        let mut all = Moves::default();
        let mut shown = Moves::default();
        for slot in slots {
            let Some(record) = table.get(slot).filter(|record| self.spec.scope.matches(record)) else {
                continue;
            };
            let passes = self.spec.passes(record, cx);
            all.note(slot, false, !self.is_in(slot), false);
            shown.note(slot, false, passes && !self.is_shown(slot), false);
            *place_mut(&mut self.place, slot) = IN_ALL | if passes { IN_SHOWN } else { 0 };
        }
        self.run(all, shown, table, cx);
    }
}

fn place_mut(place: &mut Vec<u8>, slot: Slot) -> &mut u8 {
    let at = slot as usize;
    if at >= place.len() {
        place.resize(at + 1, 0);
    }
    &mut place[at]
}
