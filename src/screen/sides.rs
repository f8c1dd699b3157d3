//! The deployments of several contexts side by side: a line for each, a column for each cluster. It is another face of their
//! table: the same rows, the same filter; one line is opened as rows and closed again.
//!
//! Holds where one is and the lines as they were made last; what differs is worked out in [`crate::model::matrix`].

use ratatui::layout::Rect;

use crate::action::Action;
use crate::model::matrix::{Column, Line, lines};
use crate::model::record::{Kind, Record};
use crate::model::table::{Slot, Table};
use crate::screen::operations::{kept_in_view, moved};

pub mod draw;

/// Lines above the rows: the title, the clusters, how current they are.
pub const ABOVE: u16 = 3;

/// Where one is.
#[derive(Debug, Clone, Default)]
pub struct Sides {
    /// The deployment under the cursor; `None`: nobody chose, the first has it.
    selected: Option<(String, String)>,
    /// The first line on the screen.
    pub top: usize,
    /// Clusters scrolled away.
    pub left: usize,
    /// Only what differs or is unwell.
    pub only: bool,
    /// One line is open as rows; the filter that was there before.
    pub open: Option<String>,
    /// The lines that are shown.
    lines: Vec<Line>,
    /// All lines, shown or not, and how many of them differ or are unwell.
    counts: (usize, usize),
    /// What they were made of.
    made_of: Option<MadeOf>,
}

/// What lines are made of: as long as it is the same, so are they.
#[derive(Debug, Clone, PartialEq, Eq)]
struct MadeOf {
    version: u64,
    shown: Vec<Slot>,
    columns: Vec<Column>,
    only: bool,
}

impl Sides {
    /// The lines that are shown.
    pub fn lines(&self) -> &[Line] {
        &self.lines
    }

    /// How many lines there are, and how many of them differ or are unwell.
    pub fn counts(&self) -> (usize, usize) {
        self.counts
    }

    /// Where the cursor is.
    pub fn position(&self) -> usize {
        let here = |(namespace, name): &(String, String)| {
            self.lines.iter().position(|line| line.namespace == *namespace && line.name == *name)
        };
        self.selected.as_ref().and_then(here).unwrap_or(0)
    }

    /// The line under the cursor.
    pub fn current(&self) -> Option<&Line> {
        self.lines.get(self.position())
    }

    /// Puts the cursor on a line.
    fn go(&mut self, to: usize) {
        self.selected = self.lines.get(to).map(|line| (line.namespace.clone(), line.name.clone()));
    }

    /// Whether an action means something here; what is done to one object is done to its rows, or in its context.
    pub fn takes(action: Action) -> bool {
        use Action as A;
        let moves = moved(action, 0, 1, 1).is_some();
        moves
            || matches!(action, A::Open | A::Back | A::Filter | A::FaultsOnly | A::CopyName)
            || matches!(action, A::ScrollLeft | A::ScrollRight)
    }

    /// Moves; false when the action is none of that. `clusters`: how many there are.
    pub fn act(&mut self, action: Action, clusters: usize, height: usize) -> bool {
        match action {
            Action::FaultsOnly => self.only = !self.only,
            Action::ScrollRight => self.left = (self.left + 1).min(clusters.saturating_sub(1)),
            Action::ScrollLeft => self.left = self.left.saturating_sub(1),
            _ => match moved(action, self.position(), self.lines.len(), height) {
                Some(to) => self.go(to),
                None => return false,
            },
        }
        true
    }

    /// Puts the cursor on the line in this row of the terminal; whether there is one.
    pub fn click(&mut self, area: Rect, y: u16) -> bool {
        let Some(row) = y.checked_sub(area.y + ABOVE) else { return false };
        let at = self.top + usize::from(row);
        let there = at < self.lines.len();
        if there {
            self.go(at);
        }
        there
    }

    /// Makes the lines, where something of what they are made of is new, and brings the cursor into view. A deployment is shown
    /// whole where the filter lets any of its rows through.
    pub fn settle(
        &mut self,
        table: &Table,
        version: u64,
        shown: &[Slot],
        columns: Vec<Column>,
        height: usize,
    ) {
        let same = self.made_of.as_ref().is_some_and(|made| {
            made.version == version
                && made.only == self.only
                && made.shown == shown
                && made.columns == columns
        });
        if !same {
            let rows = table.iter().filter_map(|(_, record)| match record {
                Record::Deployment(row) => Some((usize::from(row.meta.place()).checked_sub(1)?, &**row)),
                _ => None,
            });
            let passing: std::collections::HashSet<(&str, &str)> = shown
                .iter()
                .filter_map(|slot| table.get(*slot))
                .map(|record| (&*record.meta().namespace, &*record.meta().name))
                .collect();
            let mut all = lines(rows, &columns);
            self.counts = (all.len(), all.iter().filter(|line| !line.findings.is_empty()).count());
            all.retain(|line| {
                passing.contains(&(line.namespace.as_str(), line.name.as_str()))
                    && !(self.only && line.findings.is_empty())
            });
            self.lines = all;
            let (shown, only) = (shown.to_vec(), self.only);
            self.made_of = Some(MadeOf { version, shown, columns, only });
        }
        self.left =
            self.left.min(self.made_of.as_ref().map_or(0, |made| made.columns.len().saturating_sub(1)));
        let last = self.lines.len().saturating_sub(height.max(1));
        self.top = kept_in_view(self.top.min(last), self.position(), height);
    }

    /// The filter that finds one deployment's rows in all clusters.
    pub fn filter_of(line: &Line) -> String {
        format!("name={} namespace={}", line.name, line.namespace)
    }

    /// The kind that is shown so.
    pub const KIND: Kind = Kind::Deployment;
}
