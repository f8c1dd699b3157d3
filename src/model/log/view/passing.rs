//! The lines of a ring that a query lets through, as far as they were looked at.

use std::collections::{HashMap, VecDeque};

use crate::model::log::{Query, Ring, SourceId};

/// So far back the lines of the same container are looked for, to stand before a match.
const BACK: u64 = 2_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) number: u64,
    /// Not asked for itself: it stands around one that is.
    pub(super) context: bool,
}

#[derive(Debug, Clone, Default)]
pub(super) struct Passing {
    lines: VecDeque<Entry>,
    upto: u64,
    /// Of each container, how many of its next lines stand after a match.
    after: HashMap<SourceId, usize>,
}

impl Passing {
    pub(super) fn lines(&self) -> &VecDeque<Entry> {
        &self.lines
    }

    /// The number before which all lines were looked at.
    pub(super) fn upto(&self) -> u64 {
        self.upto
    }

    /// Lets go what fell out.
    pub(super) fn forget_before(&mut self, first: u64) {
        while self.lines.front().is_some_and(|entry| entry.number < first) {
            self.lines.pop_front();
        }
    }

    /// Looks at the lines before `end`, and lets go what fell out.
    pub(super) fn take(&mut self, ring: &Ring, query: &Query, end: u64) {
        self.forget_before(ring.first());
        let numbers = self.upto.max(ring.first())..end;
        self.upto = end;
        // What is to be kept is looked for in many lines at once; what is to be left out only in those that are kept, unless
        // all are.
        let with = |search| ring.matches(search, numbers.clone()).peekable();
        let mut kept = query.keep.as_ref().map(with);
        let mut left_out = query.exclude.as_ref().filter(|_| query.keep.is_none()).map(with);
        for (number, row) in ring.range(numbers.clone()) {
            let has = kept.as_mut().is_none_or(|kept| kept.next_if_eq(&number).is_some());
            let has_not = match (&mut left_out, &query.exclude) {
                (Some(out), _) => out.next_if_eq(&number).is_none(),
                (None, Some(exclude)) => has && !exclude.is_in(row.text),
                (None, None) => true,
            };
            if query.lets(&row, has && has_not) {
                // A word about the log has nothing around it.
                if query.context > 0 && !row.note {
                    self.before(ring, number, row.source, query.context);
                    self.after.insert(row.source, query.context);
                }
                self.lines.push_back(Entry { number, context: false });
            } else if let Some(left) = self.after.get_mut(&row.source).filter(|left| **left > 0) {
                *left -= 1;
                self.lines.push_back(Entry { number, context: true });
            }
        }
    }

    /// Puts the lines of the same container before a match, those that are not there yet.
    fn before(&mut self, ring: &Ring, number: u64, source: SourceId, count: usize) {
        let mut left = count;
        let oldest = number.saturating_sub(BACK).max(ring.first());
        for at in (oldest..number).rev() {
            if left == 0 {
                return;
            }
            let Some(row) = ring.get(at) else { return };
            if row.source != source || row.note {
                continue;
            }
            left -= 1;
            let place = self.lines.partition_point(|entry| entry.number < at);
            if self.lines.get(place).is_some_and(|entry| entry.number == at) {
                return;
            }
            self.lines.insert(place, Entry { number: at, context: true });
        }
    }
}
