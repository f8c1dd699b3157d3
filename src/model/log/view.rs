//! The lines of a ring that a query lets through, in their order, and which of them have what is searched; kept up with what comes
//! and what falls out.
//!
//! To look through a hundred thousand lines takes longer than a key may wait: so a new question is worked out in steps, and until
//! it is answered what was shown before is shown.

use super::query::Query;
use super::ring::Ring;
use crate::model::search::Search;

mod hits;
mod passing;

use hits::Hits;
use passing::Passing;

/// Lines that are looked at as soon as something is asked: most logs are not longer.
const AT_ONCE: usize = 4_000;

/// A line that has what is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Found {
    /// Its place.
    pub index: usize,
    /// The how manieth of those that have it, from 1.
    pub nth: usize,
    /// How many have it.
    pub of: usize,
    /// It was found beyond the end, from the other side.
    pub around: bool,
}

/// The lines that are shown.
#[derive(Debug, Clone, Default)]
pub struct View {
    query: Query,
    /// `None`: all lines of the ring.
    shown: Option<Passing>,
    /// What the query lets through, while that is worked out.
    next: Option<Passing>,
    hits: Option<Hits>,
    /// The first and the one after the last line of the ring, as of the last look.
    first: u64,
    end: u64,
}

impl View {
    /// What is asked.
    pub fn query(&self) -> &Query {
        &self.query
    }

    /// Asks something else: all lines are looked at again, the first of them at once, the others by [`View::work`].
    pub fn set_query(&mut self, ring: &Ring, query: Query) {
        self.query = query;
        self.next = None;
        if self.query.is_empty() {
            self.shown = None;
        } else {
            self.next = Some(Passing::default());
        }
        self.on_pushed(ring);
        self.work(ring, AT_ONCE);
    }

    /// Looks for something else: in the first lines at once, in the others by [`View::work`].
    pub fn look_for(&mut self, ring: &Ring, search: Option<&Search>) {
        if self.hits.as_ref().map(Hits::search) != search {
            self.hits = search.cloned().map(Hits::of);
            self.work(ring, AT_ONCE);
        }
    }

    /// Goes on with what was asked, for so many lines; true while there is more to do.
    pub fn work(&mut self, ring: &Ring, lines: usize) -> bool {
        let end = |from: u64| from.max(ring.first()).saturating_add(lines as u64).min(ring.end());
        if let Some(next) = &mut self.next {
            next.take(ring, &self.query, end(next.upto()));
            if next.upto() == ring.end() {
                self.shown = self.next.take();
            }
        }
        if let Some(hits) = &mut self.hits {
            hits.take(ring, end(hits.upto()));
        }
        self.is_looking()
    }

    /// Whether what is shown is not yet what was asked for, or matches may be missing.
    pub fn is_looking(&self) -> bool {
        self.is_narrowing() || self.hits.as_ref().is_some_and(|hits| hits.upto() < self.end)
    }

    /// Whether what is shown is not yet what was asked for.
    pub fn is_narrowing(&self) -> bool {
        self.next.is_some()
    }

    /// Looks at what came into the ring, and lets go what fell out of it.
    pub fn on_pushed(&mut self, ring: &Ring) {
        let before = self.end;
        (self.first, self.end) = (ring.first(), ring.end());
        match &mut self.shown {
            // They are of what was asked before.
            Some(shown) if self.next.is_some() => shown.forget_before(self.first),
            Some(shown) => shown.take(ring, &self.query, self.end),
            None => {}
        }
        if let Some(hits) = self.hits.as_mut().filter(|hits| hits.upto() == before) {
            hits.take(ring, self.end);
        }
    }

    /// Lines that are shown.
    pub fn len(&self) -> usize {
        self.shown.as_ref().map_or((self.end - self.first) as usize, |shown| shown.lines().len())
    }

    /// Whether none is.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Kept lines that are not shown.
    pub fn hidden(&self) -> usize {
        (self.end - self.first) as usize - self.len()
    }

    /// The number of the line at a place.
    pub fn nth(&self, index: usize) -> Option<u64> {
        match &self.shown {
            Some(shown) => shown.lines().get(index).map(|entry| entry.number),
            None => Some(self.first + index as u64).filter(|number| *number < self.end),
        }
    }

    /// Whether the line at a place only stands around one that is asked for.
    pub fn is_context(&self, index: usize) -> bool {
        self.shown.as_ref().and_then(|shown| shown.lines().get(index)).is_some_and(|entry| entry.context)
    }

    /// The place of a line, or of the first one after it.
    pub fn index_of(&self, number: u64) -> usize {
        match &self.shown {
            Some(shown) => shown.lines().partition_point(|entry| entry.number < number),
            None => number.clamp(self.first, self.end).saturating_sub(self.first) as usize,
        }
    }

    /// Of the lines that were looked at, the next one that has what is [looked for](Self::look_for), from a place on and not at it
    /// (`None`: from the beginning, or backwards from the end), and around the end if need be.
    pub fn find(&self, from: Option<usize>, forward: bool) -> Option<Found> {
        let (mut of, mut first, mut last, mut ahead) = (0, None, None, None);
        for index in self.found() {
            of += 1;
            let this = Some((index, of));
            first = first.or(this);
            last = this;
            match from {
                Some(from) if forward && index > from => ahead = ahead.or(this),
                Some(from) if !forward && index < from => ahead = this,
                Some(_) => {}
                None if forward => ahead = ahead.or(this),
                None => ahead = this,
            }
        }
        let (index, nth) = ahead.or(if forward { first } else { last })?;
        Some(Found { index, nth, of, around: ahead.is_none() })
    }

    /// The places of the shown lines that have what is looked for, in their order.
    fn found(&self) -> impl Iterator<Item = usize> {
        let lines = self.shown.as_ref().map(Passing::lines);
        let mut at = 0;
        self.hits.iter().flat_map(|hits| hits.numbers(self.first)).filter_map(move |number| {
            let Some(lines) = lines else { return Some((number - self.first) as usize) };
            while lines.get(at).is_some_and(|entry| entry.number < number) {
                at += 1;
            }
            lines.get(at).is_some_and(|entry| entry.number == number).then_some(at)
        })
    }
}

#[cfg(test)]
mod tests;
