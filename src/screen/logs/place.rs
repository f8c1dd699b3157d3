//! Where one reads: at the end, which is followed, or at a line with a cursor on it. A place is kept by the numbers of lines,
//! which never change, so that what is before the eyes stays there while lines come and fall out.
//!
//! Knows lines by their index in what is shown and by how many rows each takes; no text.

use crate::action::Action;

/// The actions that move.
pub(super) const MOVES: [Action; 9] = [
    Action::Follow,
    Action::Top,
    Action::Bottom,
    Action::Up,
    Action::Down,
    Action::PageUp,
    Action::PageDown,
    Action::HalfPageUp,
    Action::HalfPageDown,
];

/// A row of a line: the line's index, and which of its rows.
pub type Spot = (usize, usize);

/// Where one reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// The end; new lines push the old ones up.
    End,
    /// At a line.
    At {
        /// The line under the cursor.
        cursor: usize,
        /// The first row on the screen.
        top: Spot,
    },
}

/// What is read: so many lines, of which each takes so many rows, on a page of so many rows.
#[derive(Clone, Copy)]
pub struct Page<'a> {
    /// Lines.
    pub len: usize,
    /// Rows of the page.
    pub height: usize,
    /// Rows of a line, at least one.
    pub rows: &'a dyn Fn(usize) -> usize,
}

impl Page<'_> {
    /// The first row of the last page.
    pub fn last_top(self) -> Spot {
        let mut missing = self.height;
        for line in (0..self.len).rev() {
            let rows = (self.rows)(line);
            if rows >= missing {
                return (line, rows - missing);
            }
            missing -= rows;
        }
        (0, 0)
    }

    fn up(self, (mut line, mut row): Spot, by: usize) -> Spot {
        let mut left = by;
        while left > row {
            if line == 0 {
                return (0, 0);
            }
            left -= row + 1;
            line -= 1;
            row = (self.rows)(line).saturating_sub(1);
        }
        (line, row - left)
    }

    fn down(self, (mut line, mut row): Spot, by: usize) -> Spot {
        let mut left = by;
        while line < self.len {
            let rest = (self.rows)(line).saturating_sub(row + 1);
            if left <= rest {
                return (line, row + left);
            }
            left -= rest + 1;
            line += 1;
            row = 0;
        }
        self.last_top()
    }

    /// The last line that is on the page as a whole, or the first one that is on it.
    fn last_on(self, top: Spot) -> usize {
        let mut left = self.height + top.1;
        let mut line = top.0;
        while line < self.len {
            let rows = (self.rows)(line);
            if rows > left {
                break;
            }
            left -= rows;
            line += 1;
        }
        line.saturating_sub(1).max(top.0).min(self.len.saturating_sub(1))
    }

    /// The page on which a line is, as little away from `top` as can be.
    fn with(self, top: Spot, line: usize) -> Spot {
        if line < top.0 {
            return (line, 0);
        }
        let end = self.up((line, (self.rows)(line).saturating_sub(1)), self.height.saturating_sub(1));
        // Of a line that is taller than the page, its beginning.
        let end = if end.0 == line { (line, 0) } else { end };
        top.max(end).min((line, 0))
    }

    /// Whether the last row of a line is on the page.
    fn shows_end_of(self, top: Spot, line: usize) -> bool {
        self.up((line, (self.rows)(line).saturating_sub(1)), self.height.saturating_sub(1)) <= top
    }

    /// Where one reads after a movement; `None` when the action is none.
    pub fn act(self, place: Place, action: Action) -> Option<Place> {
        let last = self.len.saturating_sub(1);
        let step = self.height.saturating_sub(1).max(1);
        let half = (self.height / 2).max(1);
        let (cursor, top) = match place {
            Place::End => (last, self.last_top()),
            Place::At { cursor, top } => (cursor.min(last), top),
        };
        if self.len == 0 {
            return MOVES.contains(&action).then_some(Place::End);
        }
        let to = |cursor: usize, top: Spot| Place::At { cursor, top: self.with(top, cursor) };
        Some(match action {
            Action::Follow if place == Place::End => Place::At { cursor, top },
            Action::Follow | Action::Bottom => Place::End,
            Action::Top => Place::At { cursor: 0, top: (0, 0) },
            Action::Up if cursor == top.0 && top.1 > 0 => Place::At { cursor, top: self.up(top, 1) },
            Action::Up => to(cursor.saturating_sub(1), top),
            Action::Down if !self.shows_end_of(top, cursor) => Place::At { cursor, top: self.down(top, 1) },
            Action::Down if cursor == last => Place::End,
            Action::Down => to(cursor + 1, top),
            Action::PageUp | Action::HalfPageUp => {
                let top = self.up(top, if action == Action::PageUp { step } else { half });
                Place::At { cursor: top.0, top }
            }
            Action::PageDown | Action::HalfPageDown => {
                let by = if action == Action::PageDown { step } else { half };
                if place == Place::End || top >= self.last_top() {
                    return Some(Place::End);
                }
                let top = self.down(top, by).min(self.last_top());
                Place::At { cursor: self.last_on(top), top }
            }
            _ => return None,
        })
    }

    /// A line in the middle of the page, unless it is on the page already.
    pub fn show(self, place: Place, line: usize) -> Place {
        let top = match place {
            Place::End => self.last_top(),
            Place::At { top, .. } => top,
        };
        let seen = line >= top.0 && self.shows_end_of(top, line);
        let top = if seen { top } else { self.up((line, 0), self.height / 3) };
        Place::At { cursor: line, top }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn walk(page: Page<'_>, from: Place, actions: &[Action]) -> Place {
        actions.iter().fold(from, |place, action| page.act(place, *action).unwrap())
    }

    #[test]
    fn lines_of_one_row() {
        let page = Page { len: 100, height: 10, rows: &|_| 1 };
        let at = |cursor, top| Place::At { cursor, top: (top, 0) };
        for (actions, place) in [
            (&[Action::Up][..], at(98, 90)),
            (&[Action::Up, Action::Down, Action::Down], Place::End),
            (&[Action::PageUp], at(81, 81)),
            (&[Action::PageUp, Action::PageUp, Action::PageDown], at(90, 81)),
            (&[Action::PageUp, Action::PageDown], at(99, 90)),
            (&[Action::PageUp, Action::PageDown, Action::PageDown], Place::End),
            (&[Action::Top], at(0, 0)),
            (&[Action::Top, Action::Up], at(0, 0)),
            (&[Action::Top, Action::HalfPageDown], at(14, 5)),
            (&[Action::Follow], at(99, 90)),
            (&[Action::Follow, Action::Follow], Place::End),
            (&[Action::Top, Action::Bottom], Place::End),
        ] {
            assert_eq!(walk(page, Place::End, actions), place, "{actions:?}");
        }
        assert_eq!(page.act(Place::End, Action::Open), None);
        assert_eq!(page.show(Place::End, 50), at(50, 47));
        assert_eq!(page.show(Place::End, 95), at(95, 90));
        let ups = [Action::Up; 12];
        assert_eq!(walk(page, Place::End, &ups), at(87, 87), "the page goes with the cursor");
        let empty = Page { len: 0, ..page };
        assert_eq!(empty.act(Place::End, Action::Up), Some(Place::End));
    }

    #[test]
    fn a_line_that_is_taller_than_the_page_is_read_row_by_row() {
        // The line in the middle takes 25 rows.
        let page = Page { len: 3, height: 10, rows: &|line| if line == 1 { 25 } else { 1 } };
        assert_eq!(page.last_top(), (1, 16));
        let mut place = page.act(Place::End, Action::Top).unwrap();
        let mut seen = Vec::new();
        for _ in 0..40 {
            place = page.act(place, Action::Down).unwrap();
            match place {
                Place::At { top, .. } => seen.push(top),
                Place::End => break,
            }
        }
        assert_eq!(place, Place::End);
        assert!((0..16).all(|row| seen.contains(&(1, row))), "{seen:?}");
        // And up again.
        let mut place = page.act(Place::End, Action::Up).unwrap();
        for _ in 0..40 {
            place = page.act(place, Action::Up).unwrap();
        }
        assert_eq!(place, Place::At { cursor: 0, top: (0, 0) });
    }

    #[test]
    fn short_logs_have_one_page() {
        let page = Page { len: 3, height: 10, rows: &|_| 1 };
        assert_eq!(page.last_top(), (0, 0));
        assert_eq!(page.act(Place::End, Action::PageUp), Some(Place::At { cursor: 0, top: (0, 0) }));
        assert_eq!(page.act(Place::End, Action::PageDown), Some(Place::End));
    }
}
