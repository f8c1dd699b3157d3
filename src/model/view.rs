//! The order in which a pane shows a table: scoped, sorted, filtered, kept up to date in place.
//!
//! A view owns two lists of slots: `all` (the rows in scope, sorted) and `shown` (those of them that pass the filter).
//! A changed row is taken out and put back in its sorted place; nothing is sorted again for it. A new sort, scope or
//! filter is worked out in bounded steps ([`View::step`]) while the old order stays visible and follows the table, so
//! that keys are handled in between. It knows no screen and no clock.

mod job;
mod order;
mod rows;
pub mod scope;

#[cfg(test)]
mod tests;

use super::column::{Column, Cx};
use super::filter::Filter;
use super::table::{Delta, Slot, Table};
use job::Job;
use order::{Order, Spec};
pub use scope::{Part, Scope};

/// One column that a view is sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SortKey {
    /// Index into the kind's columns.
    pub column: usize,
    /// Largest first.
    pub descending: bool,
}

impl SortKey {
    /// The key for a column's id; `None` when there is no such column.
    pub fn find(columns: &[Column], id: &str, descending: bool) -> Option<Self> {
        let column = columns.iter().position(|column| column.id == id)?;
        Some(Self { column, descending })
    }
}

/// What a delta did to the membership of its row in a view.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Membership {
    /// The row.
    pub slot: Slot,
    /// It was in scope.
    pub was: bool,
    /// It is in scope.
    pub is: bool,
    /// It was shown.
    pub was_shown: bool,
    /// It is shown.
    pub is_shown: bool,
}

/// How far a new order is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// There was nothing to do.
    Idle,
    /// There is more to do.
    More,
    /// The new order is visible now. What is counted over the rows in scope is to be counted again.
    Done,
}

/// A sorted, filtered, scoped order over a table.
#[derive(Debug)]
pub struct View {
    order: Order,
    job: Option<Job>,
}

impl View {
    /// A view of everything. Rows that are in the table already come in with [`View::step`].
    pub fn new(columns: &'static [Column], sort: &[SortKey]) -> Self {
        let spec = Spec::new(columns, sort);
        Self { job: Some(Job::everything(spec.clone(), None)), order: Order::new(spec) }
    }

    /// Sorts by these columns, the first one first; then by namespace, name and UID.
    pub fn set_sort(&mut self, keys: &[SortKey]) {
        if self.wanted().sort == keys {
            return;
        }
        if let Some(job) = self.job.as_mut().filter(|job| job.is_full()) {
            job.sort_anew(keys);
            return;
        }
        let spec = Spec { sort: keys.to_vec(), ..self.wanted().clone() };
        self.job = Some(Job::everything(spec, Some(self.order.all.clone())));
    }

    /// The kind has other columns. It is sorted by the same ones, as far as they are among these, and the filter, which reads
    /// columns, has to be set anew.
    pub fn set_columns(&mut self, columns: &'static [Column]) {
        let before = self.columns();
        let of = |key: &SortKey| SortKey::find(columns, before.get(key.column)?.id, key.descending);
        let sort: Vec<SortKey> = self.wanted().sort.iter().filter_map(of).collect();
        let spec = Spec { columns, sort, filter: Filter::default(), ..self.wanted().clone() };
        self.order.spec.columns = columns;
        self.order.spec.sort.clone_from(&spec.sort);
        self.order.spec.filter = Filter::default();
        self.job = Some(Job::everything(spec, None));
    }

    /// Shows what passes this filter.
    pub fn set_filter(&mut self, filter: Filter) {
        self.refilter(Spec { filter, ..self.wanted().clone() });
    }

    /// Shows only what is not as it should be, or everything again.
    pub fn set_faults(&mut self, only: bool) {
        self.refilter(Spec { faults: only, ..self.wanted().clone() });
    }

    fn refilter(&mut self, spec: Spec) {
        if self.wanted().same_filter(&spec) {
            return;
        }
        match &mut self.job {
            Some(job) if job.is_full() => job.filter_anew(spec),
            job => {
                // Narrowing needs only what is shown now.
                let narrows = spec.narrows(&self.order.spec);
                let rows = if narrows { self.order.shown.clone() } else { self.order.all.clone() };
                *job = Some(Job::filter_only(spec, rows));
            }
        }
    }

    /// Shows what this scope holds. `candidates` are the only rows that can be in it, where an index knows them
    /// (`Cache::candidates`); without them the whole table is looked at.
    pub fn set_scope(&mut self, scope: Scope, candidates: Option<Vec<Slot>>) {
        if self.wanted().scope == scope {
            return;
        }
        let spec = Spec { scope, ..self.wanted().clone() };
        self.job = Some(Job::everything(spec, candidates));
    }

    /// The table was cleared: there are no rows.
    pub fn clear(&mut self) {
        let spec = self.wanted().clone();
        self.order = Order::new(spec);
        self.job = None;
    }

    /// Works on a new order, for about so many rows. To be called between keys until it is no longer
    /// [`Progress::More`].
    pub fn step(&mut self, table: &Table, cx: &Cx<'_>, budget_rows: usize) -> Progress {
        let Some(mut job) = self.job.take() else { return Progress::Idle };
        if job.step(table, cx, budget_rows.max(1)) {
            job.finish(&mut self.order, table, cx);
            return Progress::Done;
        }
        self.job = Some(job);
        Progress::More
    }

    /// Works on a new order until it is there.
    pub fn finish(&mut self, table: &Table, cx: &Cx<'_>) -> Progress {
        match self.step(table, cx, usize::MAX) {
            Progress::More => {
                while self.step(table, cx, usize::MAX) == Progress::More {}
                Progress::Done
            }
            progress => progress,
        }
    }

    /// Follows the table: one delta for each row that changed, the table as it is after all of them. Returns for each
    /// delta what it did to its row's membership.
    pub fn apply(&mut self, deltas: &[Delta], table: &Table, cx: &Cx<'_>) -> Vec<Membership> {
        if let Some(job) = &mut self.job {
            job.note(deltas);
        }
        self.order.apply(deltas, table, cx)
    }

    /// The rows that are shown, in order.
    pub fn shown(&self) -> &[Slot] {
        &self.order.shown
    }

    /// The rows in scope, in order, whether the filter shows them or not.
    pub fn all(&self) -> &[Slot] {
        &self.order.all
    }

    /// How many rows are shown, of how many in scope.
    pub fn counts(&self) -> (usize, usize) {
        (self.order.shown.len(), self.order.all.len())
    }

    /// Where a row is among those that are shown.
    pub fn position(&self, slot: Slot) -> Option<usize> {
        if self.order.is_shown(slot) { rows::find(&self.order.shown, slot) } else { None }
    }

    /// Whether a row is in scope.
    pub fn contains(&self, slot: Slot) -> bool {
        self.order.is_in(slot)
    }

    /// Whether a new order is being worked out.
    pub fn pending(&self) -> bool {
        self.job.is_some()
    }

    /// The columns of the kind.
    pub fn columns(&self) -> &'static [Column] {
        self.order.spec.columns
    }

    /// What it is, or will be, sorted by.
    pub fn sort(&self) -> &[SortKey] {
        &self.wanted().sort
    }

    /// What it is, or will be, filtered by.
    pub fn filter(&self) -> &Filter {
        &self.wanted().filter
    }

    /// Whether it shows, or will show, only what is not as it should be.
    pub fn faults(&self) -> bool {
        self.wanted().faults
    }

    /// What its scope is, or will be.
    pub fn scope(&self) -> &Scope {
        &self.wanted().scope
    }

    fn wanted(&self) -> &Spec {
        self.job.as_ref().map_or(&self.order.spec, |job| &job.spec)
    }
}
