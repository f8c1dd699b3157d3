//! One table on the screen: a view of a kind with a cursor, marks, a filter, and what has just happened to its rows.
//!
//! The cursor and the marks belong to objects, never to row numbers (invariant 5).

use std::collections::HashSet;
use std::time::Duration;

use crate::action::Action;
use crate::model::cache::Cache;
use crate::model::column::{Column, Cx, When};
use crate::model::columns::columns;
use crate::model::filter::Filter;
use crate::model::record::{Health, Kind, Record};
use crate::model::table::{Delta, Slot, Table};
use crate::model::uid::Uid;
use crate::model::view::{Membership, Progress, SortKey, View};
use crate::screen::fleet::Fleet;
use crate::state::Now;

pub mod draw;
pub mod flash;
pub mod tally;

use flash::Flashes;
use tally::Tally;

/// A table on the screen.
#[derive(Debug)]
pub struct Pane {
    /// What it shows.
    pub kind: Kind,
    /// Whose rows it shows, in words; empty: all.
    pub of: String,
    /// The order of its rows.
    pub view: View,
    /// The object under the cursor; `None`: nobody chose, the first row has it.
    pub selected: Option<Uid>,
    /// The row of the cursor.
    pub row: usize,
    /// The first row on the screen.
    pub offset: usize,
    /// Columns scrolled away, not counting the name.
    pub left: usize,
    /// The wide form.
    pub wide: bool,
    /// Marked objects.
    pub marks: HashSet<Uid>,
    /// What has just happened.
    pub flashes: Flashes,
    /// How many of the shown rows are doing how.
    pub tally: Tally,
    /// The filter as typed.
    pub filter_text: String,
    /// Why what was typed last is no filter; the one before is still in force.
    pub filter_error: Option<String>,
    /// Rows that fit on the screen, as of the last [`Pane::settle`].
    pub height: usize,
    /// The contexts whose rows it shows, where these are not the session's own.
    pub fleet: Option<Box<Fleet>>,
    /// The widest text of each column so far.
    widths: Vec<u16>,
}

/// What all panes look at.
#[derive(Debug, Clone, Copy)]
pub struct Sight<'a> {
    /// The records.
    pub cache: &'a Cache,
    /// The time.
    pub now: Now,
    /// The scope has more than one namespace.
    pub many_namespaces: bool,
}

impl<'a> Sight<'a> {
    /// What cells look at.
    pub fn cx(&self) -> Cx<'a> {
        Cx { now: self.now.unix, endpoints: self.cache.endpoints(), places: &[] }
    }

    /// What one pane looks at.
    pub fn look(&self, kind: Kind, height: usize) -> Look<'a> {
        Look {
            table: self.cache.table(kind),
            cx: self.cx(),
            height,
            many_namespaces: self.many_namespaces && kind.namespaced(),
        }
    }
}

/// What one pane looks at.
#[derive(Debug, Clone, Copy)]
pub struct Look<'a> {
    /// The records.
    pub table: &'a Table,
    /// What cells look at.
    pub cx: Cx<'a>,
    /// Rows that fit.
    pub height: usize,
    /// The scope has more than one namespace.
    pub many_namespaces: bool,
}

impl Pane {
    /// A pane of a kind, sorted as its kind is by default.
    pub fn new(kind: Kind, wide: bool) -> Self {
        let columns = columns(kind);
        Self {
            kind,
            of: String::new(),
            view: View::new(columns, &default_sort(kind, columns)),
            selected: None,
            row: 0,
            offset: 0,
            left: 0,
            wide,
            marks: HashSet::new(),
            flashes: Flashes::default(),
            tally: Tally::default(),
            filter_text: String::new(),
            filter_error: None,
            height: 0,
            fleet: None,
            widths: vec![0; columns.len()],
        }
    }

    /// Gives it other columns: those that the server says come with the first rows. What it is sorted by and filtered by stays,
    /// as far as it is a column of these.
    pub fn set_columns(&mut self, columns: &'static [Column]) {
        if std::ptr::eq(self.view.columns(), columns) {
            return;
        }
        self.view.set_columns(columns);
        self.widths = vec![0; columns.len()];
        let text = self.filter_text.clone();
        self.set_filter(&text);
    }

    /// What it looks at.
    pub fn look<'a>(&'a self, sight: &Sight<'a>, height: usize) -> Look<'a> {
        match &self.fleet {
            Some(fleet) => fleet.look(sight, height),
            None => sight.look(self.kind, height),
        }
    }

    /// Does something to it with what it looks at.
    pub fn with_look<R>(&mut self, sight: &Sight<'_>, act: impl FnOnce(&mut Self, Look<'_>) -> R) -> R {
        let fleet = self.fleet.take();
        let look = match &fleet {
            Some(fleet) => fleet.look(sight, self.height),
            None => sight.look(self.kind, self.height),
        };
        let done = act(self, look);
        self.fleet = fleet;
        done
    }

    /// The columns that are shown, with their index: the name always, the others from `left` on.
    pub fn columns(&self, many_namespaces: bool) -> Vec<(usize, &'static Column)> {
        let shown = self.view.columns().iter().enumerate().filter(|(_, column)| match column.when {
            When::Always | When::Roomy => true,
            When::ManyNamespaces => many_namespaces,
            When::Wide => self.wide,
        });
        let mut skip = self.left;
        shown
            .filter(|(_, column)| {
                let scrolled = column.id != "name" && skip > 0;
                skip -= usize::from(scrolled);
                !scrolled
            })
            .collect()
    }

    /// The widest text of a column so far.
    pub fn width(&self, column: usize) -> u16 {
        self.widths.get(column).copied().unwrap_or_default()
    }

    /// Other rows are shown from now on: what was wide among those before does not matter any more.
    pub fn measure_anew(&mut self) {
        self.widths.fill(0);
    }

    /// The slot under the cursor.
    pub fn slot(&self) -> Option<Slot> {
        self.view.shown().get(self.row).copied()
    }

    /// The record under the cursor.
    pub fn record<'a>(&self, table: &'a Table) -> Option<&'a Record> {
        self.slot().and_then(|slot| table.get(slot))
    }

    /// Follows the table. `live`: the first list is complete, so what comes now is news.
    pub fn follow(&mut self, deltas: &[Delta], live: bool, now: Duration, look: Look<'_>) -> Vec<Membership> {
        if live {
            self.flashes.before(deltas, &self.view, now);
        }
        let memberships = self.view.apply(deltas, look.table, &look.cx);
        if self.kind == Kind::Service {
            // How a service is doing is told by its endpoints, which its record does not hold; services are few.
            self.tally = Tally::count(self.view.shown(), look.table, &look.cx);
        } else {
            self.tally.follow(deltas, &memberships, look.table, &look.cx);
        }
        if live {
            self.flashes.after(deltas, &memberships, now);
        }
        for delta in deltas.iter().filter(|delta| delta.what == crate::model::table::What::Removed) {
            self.marks.remove(&delta.uid);
        }
        self.place_cursor(look.table);
        memberships
    }

    /// Goes on with a new order; true while there is more to do.
    pub fn work(&mut self, rows: usize, look: Look<'_>) -> (bool, bool) {
        let progress = self.view.step(look.table, &look.cx, rows);
        if progress == Progress::Done {
            self.tally = Tally::count(self.view.shown(), look.table, &look.cx);
            self.place_cursor(look.table);
        }
        (progress == Progress::More, progress == Progress::Done)
    }

    /// Finds the cursor's object again after rows moved, and keeps it at its line of the screen.
    fn place_cursor(&mut self, table: &Table) {
        let before = self.row;
        let last = self.view.shown().len().saturating_sub(1);
        let found = self
            .selected
            .as_ref()
            .and_then(|uid| table.slot_of(uid))
            .and_then(|slot| self.view.position(slot));
        match found {
            Some(row) => {
                self.row = row;
                if self.offset > 0 {
                    self.offset = (self.offset + row).saturating_sub(before);
                }
            }
            // Its object is gone or hidden: the next one takes the cursor, unless the object may come back.
            None => self.row = self.row.min(last),
        }
    }

    /// Brings the cursor into view. To be called when everything else is done.
    pub fn settle(&mut self, look: Look<'_>) {
        let shown = self.view.shown().len();
        self.row = self.row.min(shown.saturating_sub(1));
        if look.height > 0 {
            self.offset = self.offset.min(shown.saturating_sub(look.height));
            if self.row < self.offset {
                self.offset = self.row;
            } else if self.row >= self.offset + look.height {
                self.offset = self.row + 1 - look.height;
            }
        }
    }

    /// Measures what is in view, once before each frame: every cell there is made into text for it.
    pub fn measure(&mut self, look: Look<'_>) {
        let slots = self.view.shown().iter().skip(self.offset).take(look.height);
        let records: Vec<&Record> = slots.filter_map(|slot| look.table.get(*slot)).collect();
        for (at, column) in self.view.columns().iter().enumerate() {
            if column.when == When::Wide && !self.wide {
                continue;
            }
            // Widths only grow, so that columns stand still while one scrolls.
            let widest = records.iter().map(|record| {
                let cell = (column.cell)(record, &look.cx);
                unicode_width::UnicodeWidthStr::width(cell.text.as_ref()) as u16
            });
            let widest = widest.max().unwrap_or(0).max(column.title.len() as u16 + 1);
            self.widths[at] = self.widths[at].max(widest);
        }
    }

    /// The cursor goes to a row, and belongs to its object from now on.
    pub fn go(&mut self, row: usize, table: &Table) {
        self.row = row.min(self.view.shown().len().saturating_sub(1));
        self.selected = self.record(table).map(|record| record.meta().uid.clone());
    }

    /// The cursor goes to an object, where it is shown.
    pub fn go_to(&mut self, uid: &Uid, table: &Table) {
        self.selected = Some(uid.clone());
        self.place_cursor(table);
    }

    /// Does what a table can do; false when the action means nothing here.
    pub fn act(&mut self, action: Action, look: Look<'_>) -> bool {
        let page = look.height.saturating_sub(1).max(1);
        let half = (look.height / 2).max(1);
        let to = match action {
            Action::Down => self.row + 1,
            Action::Up => self.row.saturating_sub(1),
            Action::PageDown => self.row + page,
            Action::PageUp => self.row.saturating_sub(page),
            Action::HalfPageDown => self.row + half,
            Action::HalfPageUp => self.row.saturating_sub(half),
            Action::Top => 0,
            Action::Bottom => usize::MAX - 1,
            Action::Mark => {
                if let Some(uid) = self.record(look.table).map(|record| record.meta().uid.clone())
                    && !self.marks.remove(&uid)
                {
                    self.marks.insert(uid);
                }
                self.row + 1
            }
            _ => return self.act_on_rows(action, look),
        };
        self.go(to, look.table);
        true
    }

    fn act_on_rows(&mut self, action: Action, look: Look<'_>) -> bool {
        match action {
            Action::ScrollRight => {
                // Two columns always stay: the name, and the one that was scrolled to.
                if self.columns(look.many_namespaces).len() > 2 {
                    self.left += 1;
                }
            }
            Action::ScrollLeft => self.left = self.left.saturating_sub(1),
            Action::Wide => {
                self.wide = !self.wide;
                self.left = 0;
            }
            Action::MarkAll => {
                let shown = self.view.shown().iter().filter_map(|slot| look.table.get(*slot));
                self.marks.extend(shown.map(|record| record.meta().uid.clone()));
            }
            Action::ClearMarks => self.marks.clear(),
            Action::FaultsOnly => self.view.set_faults(!self.view.faults()),
            Action::SortNext => {
                let shown = self.columns(look.many_namespaces);
                let current = self.view.sort().first().map(|key| key.column);
                let at = shown.iter().position(|(column, _)| Some(*column) == current);
                if let Some((column, _)) = shown.get(at.map_or(0, |at| (at + 1) % shown.len().max(1))) {
                    self.view.set_sort(&[SortKey { column: *column, descending: false }]);
                }
            }
            Action::SortReverse => {
                let mut keys = self.view.sort().to_vec();
                for key in &mut keys {
                    key.descending = !key.descending;
                }
                self.view.set_sort(&keys);
            }
            _ => {
                let Some((id, descending)) = action.sorts_by() else { return false };
                return self.sort_by(id, descending);
            }
        }
        true
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
    fn sort_by(&mut self, id: &str, descending: bool) -> bool {
        let Some(key) = self.sort_key(id, descending) else { return false };
        let again = self.view.sort().first() == Some(&key);
        self.view.set_sort(&[SortKey { descending: descending != again, ..key }]);
        true
    }

    /// Takes a filter as it is typed; what is no filter is said, and the one before stays in force.
    pub fn set_filter(&mut self, text: &str) {
        text.clone_into(&mut self.filter_text);
        match Filter::parse(text, self.view.columns()) {
            Ok(filter) => {
                self.filter_error = None;
                self.view.set_filter(filter);
            }
            Err(error) => self.filter_error = Some(error.to_string()),
        }
    }

    /// Clears filter and faults; true when there was something to clear.
    pub fn clear_filter(&mut self) -> bool {
        let had = !self.filter_text.is_empty() || self.filter_error.is_some() || self.view.faults();
        self.set_filter("");
        self.view.set_faults(false);
        had
    }

    /// The records are gone (another namespace, another cluster): nothing is left to point at.
    pub fn reset(&mut self) {
        self.view.clear();
        self.marks.clear();
        self.flashes = Flashes::default();
        self.tally = Tally::default();
        self.selected = None;
        (self.row, self.offset, self.left) = (0, 0, 0);
        self.widths.fill(0);
    }

    /// Whether any of the shown rows is broken.
    pub fn has_faults(&self) -> bool {
        self.tally.of(Health::Fault) > 0
    }
}

/// Events are read newest first; everything else by namespace and name, as kubectl lists it.
fn default_sort(kind: Kind, columns: &[Column]) -> Vec<SortKey> {
    match kind {
        Kind::Event => SortKey::find(columns, "last-seen", false).into_iter().collect(),
        _ => ["namespace", "name"].iter().filter_map(|id| SortKey::find(columns, id, false)).collect(),
    }
}
