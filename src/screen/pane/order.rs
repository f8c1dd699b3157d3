//! What a table is sorted by: the usual order of its kind, or the columns that were asked for.

use super::{Look, Pane};
use crate::model::column::Column;
use crate::model::record::Kind;
use crate::model::view::SortKey;

impl Pane {
    /// The columns that it is sorted by, where it was asked to sort by several.
    pub fn ranks(&self) -> &[SortKey] {
        let keys = self.view.sort();
        if keys.len() > 1 && !self.is_sorted_by_default() { keys } else { &[] }
    }

    /// Whether nobody asked for another order.
    pub fn is_sorted_by_default(&self) -> bool {
        self.view.sort() == self.default_sort()
    }

    /// The order in which the configuration wants it, where nobody asked for another: ids, and whether the largest comes first.
    pub fn set_usual_order(&mut self, usual: Vec<(String, bool)>) {
        let by_default = self.is_sorted_by_default();
        self.usual = usual;
        if by_default {
            self.view.set_sort(&self.default_sort());
        }
    }

    pub(super) fn default_sort(&self) -> Vec<SortKey> {
        let columns = self.view.columns();
        let mut keys: Vec<SortKey> = self
            .usual
            .iter()
            .filter_map(|(id, descending)| SortKey::find(columns, id, *descending))
            .collect();
        // Only tables of several contexts have that column; the fleet itself is away while the table is worked on.
        let of_fleet = columns.iter().any(|column| column.id == "context");
        if keys.is_empty() {
            keys = if of_fleet { fleet_sort(self.kind, columns) } else { default_sort(self.kind, columns) };
        }
        keys
    }

    /// Another column for the last of those that it is sorted by, or one more behind them.
    pub(super) fn sort_by_next(&mut self, one_more: bool, look: Look<'_>) {
        let shown = self.columns(look.many_namespaces);
        let mut keys = self.ranks().to_vec();
        if keys.is_empty() {
            // The first that is before the eyes is what it is sorted by.
            let is_shown = |key: &&SortKey| shown.iter().any(|(column, _)| *column == key.column);
            keys.extend(self.view.sort().iter().find(is_shown));
        }
        let last = keys.last().and_then(|last| shown.iter().position(|(column, _)| *column == last.column));
        if !one_more {
            keys.pop();
        }
        let start = last.map_or(0, |at| at + 1);
        let next = (0..shown.len()).map(|step| shown[(start + step) % shown.len()].0);
        let free = |column: &usize| keys.iter().all(|key| key.column != *column);
        if let Some(column) = next.into_iter().find(free) {
            keys.push(SortKey { column, descending: false });
            self.view.set_sort(&keys);
        }
    }

    /// Sorts by this column too, behind those that it is sorted by; the other way round where it is one of them.
    pub fn sort_also_by(&mut self, id: &str) {
        let Some(key) = SortKey::find(self.view.columns(), id, false) else { return };
        let mut keys = if self.is_sorted_by_default() { Vec::new() } else { self.view.sort().to_vec() };
        match keys.iter_mut().find(|known| known.column == key.column) {
            Some(known) => known.descending = !known.descending,
            None => keys.push(key),
        }
        self.view.set_sort(&keys);
    }

    /// The column that an action sorts by here.
    fn sort_key(&self, id: &str, descending: bool) -> Option<SortKey> {
        // The status of a workload is told by its state column.
        let id = if id == "status" && self.kind == Kind::Deployment { "state" } else { id };
        SortKey::find(self.view.columns(), id, descending)
    }

    /// Whether there is a column to sort by.
    pub fn sorts_by(&self, id: &str) -> bool {
        self.sort_key(id, false).is_some()
    }

    /// Sorts by a column; the other way round when it is sorted by it already. False when the kind has no such column.
    pub(super) fn sort_by(&mut self, id: &str, descending: bool) -> bool {
        let Some(key) = self.sort_key(id, descending) else { return false };
        let again = self.view.sort().first() == Some(&key);
        self.view.set_sort(&[SortKey { descending: descending != again, ..key }]);
        true
    }
}

/// The same object of several clusters stands together.
pub fn fleet_sort(kind: Kind, columns: &[Column]) -> Vec<SortKey> {
    match kind {
        Kind::Event => default_sort(kind, columns),
        _ => ["namespace", "name", "context"]
            .iter()
            .filter_map(|id| SortKey::find(columns, id, false))
            .collect(),
    }
}

/// Events are read newest first; everything else by namespace and name, as kubectl lists it.
pub(super) fn default_sort(kind: Kind, columns: &[Column]) -> Vec<SortKey> {
    match kind {
        Kind::Event => SortKey::find(columns, "last-seen", false).into_iter().collect(),
        _ => ["namespace", "name"].iter().filter_map(|id| SortKey::find(columns, id, false)).collect(),
    }
}
