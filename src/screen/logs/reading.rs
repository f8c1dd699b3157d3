//! Where one reads: by the numbers of lines, so that it stays while lines come and go; and the moves of marks and searches.

use super::place::{Page, Place};
use super::{Logs, Waiting, rows, words};
use crate::action::Action;
use crate::model::log::Found;

/// Where one reads, by the numbers of lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reading {
    End,
    At { cursor: u64, top: (u64, usize) },
}

impl Logs {
    /// Rows and columns for the text of lines.
    pub(super) fn text_size(&self) -> (usize, usize) {
        let above = words::above(self).len() as u16;
        let height = self.size.1.saturating_sub(above);
        let indent = rows::indent(self) as u16;
        (usize::from(height), usize::from(self.size.0.saturating_sub(indent)).max(1))
    }

    /// Where one reads, by indices.
    pub(super) fn place(&self) -> Place {
        match self.reading {
            Reading::End => Place::End,
            Reading::At { cursor, top } => {
                let (cursor, at) = (self.view.index_of(cursor), self.view.index_of(top.0));
                let row = if self.view.nth(at) == Some(top.0) { top.1 } else { 0 };
                // Where all that is still shown is older, the last page of it is read.
                let cursor = cursor.min(self.view.len().saturating_sub(1));
                let top = self.with_page(|page| page.last_top()).min((at, row));
                Place::At { cursor, top }
            }
        }
    }

    pub(super) fn read_at(&mut self, place: Place) {
        let number = |index: usize| self.view.nth(index).unwrap_or_else(|| self.ring.end());
        self.reading = match place {
            Place::End => Reading::End,
            Place::At { cursor, top } => Reading::At { cursor: number(cursor), top: (number(top.0), top.1) },
        };
    }

    /// Calls `with` with what is read.
    pub(super) fn with_page<T>(&self, with: impl FnOnce(Page<'_>) -> T) -> T {
        let (height, width) = self.text_size();
        let rows = |index: usize| rows::count(self, index, width);
        with(Page { len: self.view.len(), height, rows: &rows })
    }

    /// The first row on the screen, and the line under the cursor while one reads.
    pub fn top_and_cursor(&self) -> ((usize, usize), Option<usize>) {
        match self.place() {
            Place::End => (self.with_page(|page| page.last_top()), None),
            Place::At { cursor, top } => (top, Some(cursor)),
        }
    }

    /// The number of the line under the cursor: of the last one while the end is followed.
    pub fn current(&self) -> Option<u64> {
        match self.place() {
            Place::End => self.view.len().checked_sub(1).and_then(|last| self.view.nth(last)),
            Place::At { cursor, .. } => self.view.nth(cursor),
        }
    }

    pub(super) fn mark(&mut self) {
        let Some(number) = self.current() else { return };
        if !self.marks.remove(&number) {
            self.marks.insert(number);
        }
        let place = self.place();
        let next = if place == Place::End { Action::Follow } else { Action::Down };
        // At the last line the mark stays under the cursor.
        let moved = self.with_page(|page| page.act(place, next));
        match moved {
            Some(Place::End) | None => {}
            Some(place) => self.read_at(place),
        }
    }

    /// To the next match; the first one is looked for from what is on the screen.
    pub(super) fn find(&mut self, forward: bool) {
        if self.narrow.search.is_none() {
            return;
        }
        let from = match self.place() {
            // At the end: the last one is the first to be wanted.
            Place::End => (!forward).then_some(self.view.len()),
            Place::At { cursor, .. } => Some(cursor),
        };
        self.hit = None;
        let Some(found) = self.view.find(from, forward) else { return };
        let Found { index, nth, of, around } = found;
        self.hit = self.view.nth(index).map(|number| (number, nth, of, around));
        let place = self.place();
        let place = self.with_page(|page| page.show(place, index));
        self.read_at(place);
    }

    /// What is typed is searched from where one reads: backwards from the end, and at the line under the cursor too.
    pub fn find_first(&mut self) {
        if self.view.is_looking() {
            return self.waiting.push(Waiting::FirstMatch);
        }
        match self.place() {
            Place::End => self.find(false),
            Place::At { cursor, top } => {
                let before = Place::At { cursor: cursor + 1, top };
                self.read_at(before);
                self.find(false);
            }
        }
    }
}
