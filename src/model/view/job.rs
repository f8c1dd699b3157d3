//! A new order, worked out in bounded steps.
//!
//! Rows are gathered and sorted in short runs, runs are merged two by two, and the result is filtered. Rows that change
//! meanwhile are left out (their records no longer fit the runs they are in) and put in at the end.

use std::cmp::Ordering;
use std::collections::VecDeque;

use hashbrown::HashSet;

use super::SortKey;
use super::order::{Order, Spec};
use crate::model::column::Cx;
use crate::model::table::{Delta, Slot, Table};

/// Rows of a run that is sorted at once.
const RUN: usize = 1024;

/// The work on a new order.
#[derive(Debug)]
pub(super) struct Job {
    pub(super) spec: Spec,
    phase: Phase,
    /// The rows that can be in scope; `None`: the whole table.
    candidates: Option<Vec<Slot>>,
    /// Only the filter changed: `all` stays as it is.
    filter_only: bool,
    /// Rows that changed since the work began.
    dirty: HashSet<Slot>,
    runs: VecDeque<Vec<Slot>>,
}

#[derive(Debug)]
enum Phase {
    Gather { at: usize, run: Vec<Slot> },
    Merge(Option<Merge>),
    Filter(Filtering),
}

/// Rows are looked at in the order of their slots, as they lie in memory, which is several times faster than in sorted
/// order; what passes is marked, and read off in sorted order at the end.
#[derive(Debug)]
struct Filtering {
    rows: Vec<Slot>,
    by_slot: Vec<Slot>,
    at: usize,
    passing: Vec<bool>,
}

impl Filtering {
    fn new(rows: Vec<Slot>) -> Self {
        let mut by_slot = rows.clone();
        by_slot.sort_unstable();
        let passing = vec![false; by_slot.last().map_or(0, |last| *last as usize + 1)];
        Self { rows, by_slot, at: 0, passing }
    }

    fn again(&mut self) {
        self.at = 0;
        self.passing.fill(false);
    }

    /// True when it is through.
    fn step(&mut self, budget: usize, passes: impl Fn(Slot) -> bool) -> bool {
        let end = self.at.saturating_add(budget).min(self.by_slot.len());
        for slot in &self.by_slot[self.at..end] {
            self.passing[*slot as usize] = passes(*slot);
        }
        self.at = end;
        end == self.by_slot.len()
    }

    fn shown(&self) -> Vec<Slot> {
        self.rows.iter().copied().filter(|slot| self.passing[*slot as usize]).collect()
    }
}

#[derive(Debug)]
struct Merge {
    left: Vec<Slot>,
    right: Vec<Slot>,
    left_at: usize,
    right_at: usize,
    out: Vec<Slot>,
}

impl Job {
    /// Scope, sort and filter.
    pub(super) fn everything(spec: Spec, candidates: Option<Vec<Slot>>) -> Self {
        Self {
            spec,
            phase: Phase::Gather { at: 0, run: Vec::new() },
            candidates,
            filter_only: false,
            dirty: HashSet::new(),
            runs: VecDeque::new(),
        }
    }

    /// Only the filter, over sorted rows.
    pub(super) fn filter_only(spec: Spec, rows: Vec<Slot>) -> Self {
        let phase = Phase::Filter(Filtering::new(rows));
        Self { phase, filter_only: true, ..Self::everything(spec, None) }
    }

    pub(super) fn is_full(&self) -> bool {
        !self.filter_only
    }

    /// Starts again with another sort.
    pub(super) fn sort_anew(&mut self, keys: &[SortKey]) {
        self.spec.sort = keys.to_vec();
        self.runs.clear();
        self.phase = Phase::Gather { at: 0, run: Vec::new() };
    }

    /// Goes on with another filter; what is sorted stays sorted.
    pub(super) fn filter_anew(&mut self, spec: Spec) {
        self.spec = spec;
        if let Phase::Filter(filtering) = &mut self.phase {
            filtering.again();
        }
    }

    /// These rows changed.
    pub(super) fn note(&mut self, deltas: &[Delta]) {
        self.dirty.extend(deltas.iter().map(|delta| delta.slot));
    }

    /// Works for about so many rows; true when there is nothing left but [`Job::finish`].
    pub(super) fn step(&mut self, table: &Table, cx: &Cx<'_>, mut budget: usize) -> bool {
        while budget > 0 {
            match &mut self.phase {
                Phase::Gather { .. } => self.gather(table, cx, &mut budget),
                Phase::Merge(_) => self.merge(table, cx, &mut budget),
                Phase::Filter(filtering) => {
                    return filtering.step(budget, |slot| {
                        !self.dirty.contains(&slot)
                            && table.get(slot).is_some_and(|record| self.spec.passes(record, cx))
                    });
                }
            }
        }
        false
    }

    fn gather(&mut self, table: &Table, cx: &Cx<'_>, budget: &mut usize) {
        let Phase::Gather { at, run } = &mut self.phase else { return };
        let end = self.candidates.as_ref().map_or(table.end() as usize, Vec::len);
        while *at < end && run.len() < RUN && *budget > 0 {
            let slot = self.candidates.as_ref().map_or(*at as Slot, |candidates| candidates[*at]);
            *at += 1;
            *budget -= 1;
            if !self.dirty.contains(&slot)
                && table.get(slot).is_some_and(|record| self.spec.scope.matches(record))
            {
                run.push(slot);
            }
        }
        if *at < end && run.len() < RUN {
            return;
        }
        let done = *at >= end;
        let mut run = std::mem::take(run);
        // Rows that are gone since would have no order.
        run.retain(|slot| !self.dirty.contains(slot));
        if !run.is_empty() {
            run.sort_unstable_by(|a, b| self.spec.compare_rows(table, *a, *b, cx));
            self.runs.push_back(run);
        }
        if done {
            self.phase = Phase::Merge(None);
        }
    }

    fn merge(&mut self, table: &Table, cx: &Cx<'_>, budget: &mut usize) {
        let Phase::Merge(merge) = &mut self.phase else { return };
        let Some(current) = merge else {
            match (self.runs.pop_front(), self.runs.pop_front()) {
                (Some(left), Some(right)) => {
                    let out = Vec::with_capacity(left.len() + right.len());
                    *merge = Some(Merge { left, right, left_at: 0, right_at: 0, out });
                }
                (rows, _) => self.phase = Phase::Filter(Filtering::new(rows.unwrap_or_default())),
            }
            return;
        };
        while *budget > 0 {
            *budget -= 1;
            match (current.left.get(current.left_at), current.right.get(current.right_at)) {
                (Some(slot), _) if self.dirty.contains(slot) => current.left_at += 1,
                (_, Some(slot)) if self.dirty.contains(slot) => current.right_at += 1,
                (Some(left), Some(right)) => {
                    if self.spec.compare_rows(table, *left, *right, cx) == Ordering::Greater {
                        current.out.push(*right);
                        current.right_at += 1;
                    } else {
                        current.out.push(*left);
                        current.left_at += 1;
                    }
                }
                _ => {
                    current.out.extend_from_slice(&current.left[current.left_at..]);
                    current.out.extend_from_slice(&current.right[current.right_at..]);
                    self.runs.push_back(std::mem::take(&mut current.out));
                    *merge = None;
                    return;
                }
            }
        }
    }

    /// Makes it the order of the view.
    pub(super) fn finish(self, order: &mut Order, table: &Table, cx: &Cx<'_>) {
        let Self { spec, phase, filter_only, dirty, .. } = self;
        let fresh = |rows: &mut Vec<Slot>| {
            if !dirty.is_empty() {
                rows.retain(|slot| !dirty.contains(slot));
            }
        };
        let (rows, mut shown) = match phase {
            Phase::Filter(filtering) => {
                let shown = filtering.shown();
                (filtering.rows, shown)
            }
            Phase::Gather { .. } | Phase::Merge(_) => (Vec::new(), Vec::new()),
        };
        let mut all = if filter_only { std::mem::take(&mut order.all) } else { rows };
        fresh(&mut all);
        fresh(&mut shown);
        *order = Order::of(spec, all, shown);
        order.put_in(dirty.into_iter(), table, cx);
    }
}
