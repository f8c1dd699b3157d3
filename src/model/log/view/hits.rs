//! The lines of a ring that have what is searched, as far as they were looked at.

use std::collections::VecDeque;

use crate::model::log::Ring;
use crate::model::search::Search;

#[derive(Debug, Clone)]
pub(super) struct Hits {
    search: Search,
    numbers: VecDeque<u64>,
    upto: u64,
}

impl Hits {
    pub(super) fn of(search: Search) -> Self {
        Self { search, numbers: VecDeque::new(), upto: 0 }
    }

    pub(super) fn search(&self) -> &Search {
        &self.search
    }

    /// The number before which all lines were looked at.
    pub(super) fn upto(&self) -> u64 {
        self.upto
    }

    /// The lines from one on.
    pub(super) fn numbers(&self, from: u64) -> impl Iterator<Item = u64> {
        let first = self.numbers.partition_point(|number| *number < from);
        self.numbers.range(first..).copied()
    }

    /// Looks at the lines before `end`, and forgets those that fell out.
    pub(super) fn take(&mut self, ring: &Ring, end: u64) {
        while self.numbers.front().is_some_and(|number| *number < ring.first()) {
            self.numbers.pop_front();
        }
        self.numbers.extend(ring.matches(&self.search, self.upto..end));
        self.upto = end;
    }
}
