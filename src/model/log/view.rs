//! The lines of a ring that a query lets through, in their order; kept up with what comes and what falls out.

use std::collections::{HashMap, VecDeque};

use super::SourceId;
use super::query::Query;
use super::ring::Ring;
use crate::model::search::Search;

/// So far back the lines of the same container are looked for, to stand before a match.
const BACK: u64 = 2_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Entry {
    number: u64,
    /// Not asked for itself: it stands around one that is.
    context: bool,
}

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
    lines: Option<VecDeque<Entry>>,
    /// The first and the one after the last line of the ring, as of the last look.
    first: u64,
    end: u64,
    /// Of each container, how many of its next lines stand after a match.
    after: HashMap<SourceId, usize>,
}

impl View {
    /// What is asked.
    pub fn query(&self) -> &Query {
        &self.query
    }

    /// Asks something else: all lines are looked at again.
    pub fn set_query(&mut self, ring: &Ring, query: Query) {
        self.lines = (!query.is_empty()).then(VecDeque::new);
        self.query = query;
        self.after.clear();
        (self.first, self.end) = (ring.first(), ring.first());
        self.on_pushed(ring);
    }

    /// Looks at what came into the ring, and lets go what fell out of it.
    pub fn on_pushed(&mut self, ring: &Ring) {
        let from = self.end.max(ring.first());
        (self.first, self.end) = (ring.first(), ring.end());
        let Some(lines) = &mut self.lines else { return };
        while lines.front().is_some_and(|entry| entry.number < self.first) {
            lines.pop_front();
        }
        // What is to be kept is looked for in many lines at once.
        let mut kept = self.query.keep.as_ref().map(|keep| ring.matches(keep, from..self.end).peekable());
        for (number, row) in ring.range(from..self.end) {
            let has = kept.as_mut().is_none_or(|kept| kept.next_if_eq(&number).is_some());
            if self.query.lets(&row, has) {
                // A word about the log has nothing around it.
                if self.query.context > 0 && !row.note {
                    before(lines, ring, number, row.source, self.query.context);
                    self.after.insert(row.source, self.query.context);
                }
                lines.push_back(Entry { number, context: false });
            } else if let Some(left) = self.after.get_mut(&row.source).filter(|left| **left > 0) {
                *left -= 1;
                lines.push_back(Entry { number, context: true });
            }
        }
    }

    /// Lines that are shown.
    pub fn len(&self) -> usize {
        self.lines.as_ref().map_or((self.end - self.first) as usize, VecDeque::len)
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
        match &self.lines {
            Some(lines) => lines.get(index).map(|entry| entry.number),
            None => Some(self.first + index as u64).filter(|number| *number < self.end),
        }
    }

    /// Whether the line at a place only stands around one that is asked for.
    pub fn is_context(&self, index: usize) -> bool {
        self.lines.as_ref().and_then(|lines| lines.get(index)).is_some_and(|entry| entry.context)
    }

    /// The place of a line, or of the first one after it.
    pub fn index_of(&self, number: u64) -> usize {
        match &self.lines {
            Some(lines) => lines.partition_point(|entry| entry.number < number),
            None => number.clamp(self.first, self.end).saturating_sub(self.first) as usize,
        }
    }

    /// The next line that has what is looked for, from a place on and not at it (`None`: from the beginning, or backwards from
    /// the end), and around the end if need be; all of it in one pass.
    pub fn find(&self, ring: &Ring, search: &Search, from: Option<usize>, forward: bool) -> Option<Found> {
        let (mut of, mut first, mut last, mut ahead) = (0, None, None, None);
        for index in ring.matches(search, self.first..self.end).filter_map(|number| self.place(number)) {
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

    /// The place of a line, if it is shown.
    fn place(&self, number: u64) -> Option<usize> {
        let index = self.index_of(number);
        (self.nth(index) == Some(number)).then_some(index)
    }
}

/// Puts the lines of the same container before a match, those that are not there yet.
fn before(lines: &mut VecDeque<Entry>, ring: &Ring, number: u64, source: SourceId, count: usize) {
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
        let place = lines.partition_point(|entry| entry.number < at);
        if lines.get(place).is_some_and(|entry| entry.number == at) {
            return;
        }
        lines.insert(place, Entry { number: at, context: true });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::log::{Batch, Level};

    fn push(ring: &mut Ring, source: SourceId, lines: &[&str]) {
        let mut batch = Batch::new(source);
        for line in lines {
            batch.push(None, line.as_bytes());
        }
        ring.push(&batch);
    }

    fn shown(view: &View, ring: &Ring) -> Vec<String> {
        let line = |index| {
            let row = ring.get(view.nth(index).unwrap()).unwrap();
            format!("{}{}", if view.is_context(index) { "-" } else { "" }, row.text)
        };
        (0..view.len()).map(line).collect()
    }

    fn keep(text: &str) -> Query {
        Query { keep: Search::parse(text).unwrap(), ..Query::default() }
    }

    #[test]
    fn everything_passes_an_empty_query() {
        let (mut ring, mut view) = (Ring::new(3), View::default());
        push(&mut ring, 0, &["a", "b", "c", "d"]);
        view.on_pushed(&ring);
        assert_eq!(shown(&view, &ring), ["b", "c", "d"]);
        assert_eq!((view.index_of(2), view.index_of(0), view.nth(3), view.hidden()), (1, 0, None, 0));
    }

    #[test]
    fn a_query_keeps_up_with_the_ring() {
        let (mut ring, mut view) = (Ring::new(4), View::default());
        push(&mut ring, 0, &["x1", "y1", "x2"]);
        view.set_query(&ring, keep("x"));
        assert_eq!((shown(&view, &ring), view.hidden()), (vec!["x1".into(), "x2".into()], 1));
        push(&mut ring, 0, &["y2", "x3", "y3"]);
        view.on_pushed(&ring);
        assert_eq!((shown(&view, &ring), view.hidden()), (vec!["x2".into(), "x3".into()], 2));
        assert_eq!((view.index_of(3), view.index_of(4), view.index_of(99)), (1, 1, 2));
        ring.note(0, "pod joined");
        view.on_pushed(&ring);
        assert_eq!(shown(&view, &ring).last().unwrap(), "pod joined", "words about the log always pass");
        view.set_query(&ring, Query::default());
        assert_eq!(view.len(), 4);
    }

    #[test]
    fn parts_of_a_query_hold_together() {
        let mut ring = Ring::new(99);
        push(
            &mut ring,
            0,
            &[
                r#"{"level":"error","status":500,"path":"/a"}"#,
                r#"{"level":"error","status":500,"path":"/healthz"}"#,
                r#"{"level":"info","status":500,"path":"/a"}"#,
                r#"{"level":"error","status":404,"path":"/a"}"#,
                r#"{"level":"error","status":500,"path":"/b"}"#,
            ],
        );
        let mut view = View::default();
        let query = Query {
            keep: Search::parse("/path.*a/").unwrap(),
            exclude: Search::parse("healthz").unwrap(),
            at_least: Some(Level::Warn),
            fields: super::super::FieldTest::parse_all("status>=500").unwrap(),
            context: 0,
        };
        view.set_query(&ring, query);
        assert_eq!(view.nth(0), Some(0));
        assert_eq!(view.len(), 1);
    }

    #[test]
    fn context_is_of_the_same_container_and_stands_once() {
        let (mut ring, mut view) = (Ring::new(99), View::default());
        view.set_query(&ring, Query { context: 1, ..keep("hit") });
        push(&mut ring, 1, &["a1", "a2"]);
        push(&mut ring, 2, &["b1", "b2"]);
        view.on_pushed(&ring);
        assert!(view.is_empty());
        push(&mut ring, 1, &["hit a"]);
        push(&mut ring, 2, &["b3", "hit b"]);
        push(&mut ring, 1, &["a3", "a4", "hit a", "hit a"]);
        view.on_pushed(&ring);
        assert_eq!(shown(&view, &ring), ["-a2", "hit a", "-b3", "hit b", "-a3", "-a4", "hit a", "hit a"]);
    }

    #[test]
    fn searches_both_ways_and_around() {
        let (mut ring, mut view) = (Ring::new(99), View::default());
        push(&mut ring, 0, &["x hit", "y", "x hit", "hit but no ex", "x"]);
        let search = Search::parse("hit").unwrap().unwrap();
        for (query, matches) in [(keep("/^x/"), vec![0, 1]), (Query::default(), vec![0, 2, 3])] {
            view.set_query(&ring, query);
            let of = matches.len();
            let last = of - 1;
            for (from, forward, nth, around) in [
                (None, true, 0, false),
                (Some(matches[0]), true, 1, false),
                (Some(matches[last]), true, 0, true),
                (Some(matches[0]), false, last, true),
                (Some(matches[last]), false, last - 1, false),
                (None, false, last, false),
            ] {
                let found = Found { index: matches[nth], nth: nth + 1, of, around };
                assert_eq!(view.find(&ring, &search, from, forward), Some(found), "{from:?} {forward}");
            }
        }
        let none = Search::parse("nowhere").unwrap().unwrap();
        assert_eq!(view.find(&ring, &none, Some(1), true), None);
    }
}
