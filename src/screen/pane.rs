//! One table on the screen: a view of a kind with a cursor, marks, a filter, and what has just happened to its rows.
//!
//! The cursor and the marks belong to objects, never to row numbers (invariant 5).

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use ratatui::layout::Rect;

use crate::action::Action;
use crate::model::cache::Cache;
use crate::model::column::{Column, Cx, When};
use crate::model::columns::columns;
use crate::model::feed::Selectors;
use crate::model::filter::Filter;
use crate::model::groups::Groups;
use crate::model::placed::Placed;
use crate::model::record::{Health, Kind, Record};
use crate::model::table::{Delta, Slot, Table};
use crate::model::uid::Uid;
use crate::model::view::{Membership, Progress, View};
use crate::screen::fleet::Fleet;
use crate::screen::home::layout::ABOVE;
use crate::screen::sides::Sides;
use crate::state::selected::Selected;
use crate::state::session::Session;
use crate::state::{Now, Parked};

pub mod draw;
pub mod events;
pub mod flash;
pub mod order;
pub mod tally;

use flash::Flashes;
use order::default_sort;
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
    /// From where on it is none.
    pub filter_error_at: usize,
    /// Rows that fit on the screen, as of the last [`Pane::settle`].
    pub height: usize,
    /// The columns that were chosen, in their order; `None`: those of the kind.
    pub chosen: Option<Vec<String>>,
    /// What the configuration sorts it by.
    usual: Vec<(String, bool)>,
    /// What the server is asked for; empty: everything.
    pub selectors: Selectors,
    /// What was marked last.
    last_mark: Option<Uid>,
    /// The contexts whose rows it shows, where these are not the session's own.
    pub fleet: Option<Box<Fleet>>,
    /// Events that say the same are one row.
    pub groups: Option<Box<Groups>>,
    /// The widest text of each column so far.
    widths: Vec<u16>,
}

/// What all panes look at.
#[derive(Debug, Clone, Copy)]
pub struct Sight<'a> {
    /// The records.
    pub cache: &'a Cache,
    /// What the server selected for tables of their own.
    pub selected: &'a Selected,
    /// The time.
    pub now: Now,
    /// The scope has more than one namespace.
    pub many_namespaces: bool,
    /// What pods put on nodes, and mount.
    pub placed: Option<&'a Placed>,
    /// The version of the server.
    pub server: &'a str,
}

impl<'a> Sight<'a> {
    /// What panes look at in a session.
    pub fn new(
        cache: &'a Cache,
        selected: &'a Selected,
        parked: &'a HashMap<Option<Box<str>>, Parked>,
        session: &'a Session,
        now: Now,
    ) -> Self {
        // The pods of all namespaces may be read beside those that are shown.
        let beside = parked.get(&None).map(|kept| kept.cache.placed()).filter(|placed| placed.knows_all());
        let placed = beside.filter(|_| !cache.placed().knows_all()).unwrap_or_else(|| cache.placed());
        let many_namespaces = session.namespace.is_none();
        Self { cache, selected, now, many_namespaces, placed: Some(placed), server: &session.version }
    }

    /// What cells look at.
    pub fn cx(&self) -> Cx<'a> {
        Cx {
            now: self.now.unix,
            endpoints: self.cache.endpoints(),
            usage: self.cache.usage(),
            places: &[],
            placed: self.placed,
            server: self.server,
        }
    }

    /// The records of a table.
    pub fn table(&self, pane: &Pane) -> &'a Table {
        let apart = || self.selected.get(&(pane.kind, pane.selectors.clone()));
        let apart = if pane.selectors.is_empty() { None } else { apart() };
        apart.map_or(self.cache, |kept| &kept.cache).table(pane.kind)
    }

    /// What a table on a screen of its own looks at.
    pub fn look_at(&self, pane: &Pane, height: usize) -> Look<'a> {
        Look { table: self.table(pane), ..self.look(pane.kind, height) }
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
            filter_error_at: 0,
            height: 0,
            usual: Vec::new(),
            chosen: None,
            selectors: Selectors::default(),
            last_mark: None,
            fleet: None,
            groups: None,
            widths: vec![0; columns.len()],
        }
    }

    /// Gives it other columns: those that the server says come with the first rows. What it is sorted by and filtered by stays,
    /// as far as it is a column of these.
    pub fn set_columns(&mut self, columns: &'static [Column]) {
        if std::ptr::eq(self.view.columns(), columns) {
            return;
        }
        let by_default = self.is_sorted_by_default();
        self.view.set_columns(columns);
        if by_default {
            self.view.set_sort(&self.default_sort());
        }
        self.widths = vec![0; columns.len()];
        let text = self.filter_text.clone();
        self.set_filter(&text);
    }

    /// What it looks at.
    pub fn look<'a>(&'a self, sight: &Sight<'a>, height: usize) -> Look<'a> {
        match (&self.fleet, &self.groups) {
            (Some(fleet), _) => fleet.look(sight, height),
            (None, Some(groups)) => Look { table: groups.table(), ..sight.look_at(self, height) },
            (None, None) => sight.look_at(self, height),
        }
    }

    /// The rows of several contexts, where they are shown side by side.
    pub fn sides(&self) -> Option<(&Fleet, &Sides)> {
        let fleet = self.fleet.as_deref()?;
        let sides = fleet.sides.as_ref()?;
        sides.open.is_none().then_some((fleet, sides))
    }

    /// The same, to be changed.
    pub fn sides_mut(&mut self) -> Option<&mut Sides> {
        let sides = self.fleet.as_mut()?.sides.as_mut()?;
        sides.open.is_none().then_some(sides)
    }

    /// Does something to it with what it looks at.
    pub fn with_look<R>(&mut self, sight: &Sight<'_>, act: impl FnOnce(&mut Self, Look<'_>) -> R) -> R {
        let (fleet, groups) = (self.fleet.take(), self.groups.take());
        let look = match (&fleet, &groups) {
            (Some(fleet), _) => fleet.look(sight, self.height),
            (None, Some(groups)) => Look { table: groups.table(), ..sight.look_at(self, self.height) },
            (None, None) => sight.look_at(self, self.height),
        };
        let done = act(self, look);
        (self.fleet, self.groups) = (fleet, groups);
        done
    }

    /// The columns that there are, with their index, in their order: the name always.
    pub fn all_columns(&self, many_namespaces: bool) -> Vec<(usize, &'static Column)> {
        let all = || self.view.columns().iter().enumerate();
        let has_room = |column: &Column| column.when != When::ManyNamespaces || many_namespaces;
        let Some(ids) = &self.chosen else {
            return all().filter(|(_, one)| has_room(one) && (one.when != When::Wide || self.wide)).collect();
        };
        let mut shown: Vec<_> =
            ids.iter().filter_map(|id| all().find(|(_, column)| column.id == *id)).collect();
        let mut known = HashSet::new();
        shown.retain(|(at, column)| has_room(column) && known.insert(*at));
        for id in ["name", "namespace"] {
            if let Some(missing) = all().find(|(_, column)| column.id == id && has_room(column))
                && shown.iter().all(|(at, _)| *at != missing.0)
            {
                shown.insert(0, missing);
            }
        }
        if self.wide {
            let others: Vec<_> =
                all().filter(|one| has_room(one.1) && shown.iter().all(|(at, _)| *at != one.0)).collect();
            shown.extend(others);
        }
        shown
    }

    /// The columns that are shown: the name always, the others from `left` on.
    pub fn columns(&self, many_namespaces: bool) -> Vec<(usize, &'static Column)> {
        let mut skip = self.left;
        self.all_columns(many_namespaces)
            .into_iter()
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
        if let Some(mut groups) = self.groups.take() {
            let changed = groups.follow(deltas, look.table);
            let memberships = self.follow_rows(&changed, live, now, Look { table: groups.table(), ..look });
            self.groups = Some(groups);
            return memberships;
        }
        self.follow_rows(deltas, live, now, look)
    }

    fn follow_rows(
        &mut self,
        deltas: &[Delta],
        live: bool,
        now: Duration,
        look: Look<'_>,
    ) -> Vec<Membership> {
        if deltas.is_empty() {
            return Vec::new();
        }
        if live {
            self.flashes.before(deltas, &self.view, now);
        }
        let memberships = self.view.apply(deltas, look.table, &look.cx);
        if self.kind == Kind::Service || self.kind.needs_objects() {
            // How these are doing is told by endpoints, which their records do not hold; they are few.
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
            let is_chosen = self.chosen.as_ref().is_some_and(|ids| ids.iter().any(|id| id == column.id));
            if column.when == When::Wide && !self.wide && !is_chosen {
                continue;
            }
            // Widths only grow, so that columns stand still while one scrolls.
            let widest = records.iter().map(|record| {
                let cell = (column.cell)(record, &look.cx);
                unicode_width::UnicodeWidthStr::width(cell.text.as_ref()) as u16
            });
            // Behind the title stand an arrow and, of several sort columns, a number.
            let signs = 1 + u16::from(!self.ranks().is_empty());
            let widest = widest.max().unwrap_or(0).max(column.title.len() as u16 + signs);
            self.widths[at] = self.widths[at].max(widest);
        }
    }

    /// The cursor goes to a row, and belongs to its object from now on.
    pub fn go(&mut self, row: usize, table: &Table) {
        self.row = row.min(self.view.shown().len().saturating_sub(1));
        self.selected = self.record(table).map(|record| record.meta().uid.clone());
    }

    /// Puts the cursor on the row in this line of the terminal; whether there is one.
    pub fn click(&mut self, area: Rect, y: u16, table: &Table) -> bool {
        let Some(line) = y.checked_sub(area.y + ABOVE) else { return false };
        let row = self.offset + usize::from(line);
        let there = row < self.view.shown().len();
        if there {
            self.go(row, table);
        }
        there
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
                    self.last_mark = Some(uid.clone());
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
            Action::MarkRange => self.mark_range(look),
            Action::ClearMarks => self.marks.clear(),
            Action::FaultsOnly => self.view.set_faults(!self.view.faults()),
            Action::SortNext => self.sort_by_next(false, look),
            Action::SortAdd => self.sort_by_next(true, look),
            Action::SortReverse => {
                let mut keys = self.view.sort().to_vec();
                let first = if self.ranks().is_empty() { 0 } else { keys.len() - 1 };
                for key in &mut keys[first..] {
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

    /// Marks what lies between what was marked last and the cursor, both too.
    fn mark_range(&mut self, look: Look<'_>) {
        let from = self.last_mark.as_ref().and_then(|uid| look.table.slot_of(uid));
        let from = from.and_then(|slot| self.view.position(slot)).unwrap_or(self.row);
        let shown = self.view.shown();
        let last = shown.len().saturating_sub(1);
        let range = from.min(self.row)..=from.max(self.row).min(last);
        let between = shown.get(range).unwrap_or_default();
        let marked = between.iter().filter_map(|slot| look.table.get(*slot));
        self.marks.extend(marked.map(|record| record.meta().uid.clone()));
        self.last_mark = self.record(look.table).map(|record| record.meta().uid.clone());
    }

    /// Makes events that say the same one row, or shows each by itself again.
    pub fn group(&mut self, events: &Table) {
        self.groups = if self.groups.is_some() { None } else { Some(Box::new(Groups::of(events))) };
        self.marks.clear();
        self.selected = None;
        (self.row, self.offset) = (0, 0);
        self.begin_anew(self.selectors.clone());
    }

    /// Looks at another table of the same kind: its rows come in with the next steps.
    pub fn begin_anew(&mut self, selectors: Selectors) {
        self.selectors = selectors;
        let (sort, scope, faults) =
            (self.view.sort().to_vec(), self.view.scope().clone(), self.view.faults());
        self.view = View::new(self.view.columns(), &sort);
        self.view.set_scope(scope, None);
        self.view.set_faults(faults);
        let text = self.filter_text.clone();
        self.set_filter(&text);
        self.flashes = Flashes::default();
        self.tally = Tally::default();
        self.widths.fill(0);
    }

    /// Takes a filter as it is typed; what is no filter is said, and the one before stays in force.
    pub fn set_filter(&mut self, text: &str) {
        text.clone_into(&mut self.filter_text);
        match Filter::parse(text, self.view.columns()) {
            Ok(filter) => {
                self.filter_error = None;
                self.view.set_filter(filter);
            }
            Err(error) => {
                self.filter_error_at = error.at;
                self.filter_error = Some(error.to_string());
            }
        }
    }

    /// What a filter that is broken leaves on the screen: the rows of the one before.
    pub fn shown_meanwhile(&self) -> String {
        let filter = self.view.filter();
        if filter.is_empty() {
            "all rows shown".to_owned()
        } else {
            format!("rows of `{}` shown", filter.text())
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
        self.groups = self.groups.take().map(|_| Box::default());
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
