//! What is remembered from one run to the next, as far as the screen has to do with it: orders, columns, wide or not, filters, bookmarks.

use crate::action::Action;
use crate::effect::Effect;
use crate::memory::{BOOKMARKS, Bookmark, Memory, Sort, name_of};
use crate::model::record::Kind;
use crate::model::view::SortKey;
use crate::screen::columns::ColumnsView;
use crate::screen::overlay::Overlay;
use crate::screen::pane::Pane;
use crate::screen::picker::{Command, Entry, Go};
use crate::screen::{Prompt, Screen};
use crate::state::notices::Severity;
use crate::state::{Now, State};
use crate::widget::line_edit::LineEdit;

/// Where one is in the filters that were used.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Browsing {
    /// How far back; 0: what is being typed.
    back: usize,
    /// What was being typed.
    typed: String,
}

impl State {
    /// Takes what was remembered.
    pub fn recall(&mut self, memory: Memory) {
        self.memory = memory;
        self.dress_home();
        // What was opened at the start came before it.
        let Self { stack, memory, settings, kinds, .. } = self;
        for screen in stack {
            if let Screen::Table(pane) = screen {
                kinds.dress(pane);
                dress(pane, memory, &settings.columns);
            }
        }
    }

    /// The panes of the home screen are as they are remembered.
    pub(super) fn dress_home(&mut self) {
        let Self { home, memory, settings, kinds, .. } = self;
        for pane in home.panes_mut() {
            kinds.dress(pane);
            dress(pane, memory, &settings.columns);
        }
    }

    /// A new table is as the tables of its kind are remembered.
    pub(super) fn dress(&mut self, pane: &mut Pane) {
        self.kinds.dress(pane);
        dress(pane, &self.memory, &self.settings.columns);
    }

    /// What is to be written down is, after whatever was done.
    pub(super) fn remember(&mut self, effects: &mut Vec<Effect>) {
        if std::mem::take(&mut self.learnt) {
            effects.push(Effect::Remember(Box::new(self.memory.clone())));
        }
    }

    /// The table that has the keyboard.
    fn table_here(&mut self) -> Option<&mut Pane> {
        match self.stack.last_mut() {
            Some(Screen::Table(pane)) => Some(pane),
            Some(_) => None,
            None => self.home.focused_mut(),
        }
    }

    /// The table that has the keyboard is sorted as it is from now on.
    pub(super) fn remember_order(&mut self) {
        let Some(pane) = self.table_here() else { return };
        let columns = pane.view.columns();
        let sort = |key: &SortKey| {
            let column = columns.get(key.column)?.id.to_owned();
            Some(Sort { column, descending: key.descending })
        };
        let by_default = pane.is_sorted_by_default();
        let keys: Vec<Sort> = pane.view.sort().iter().filter_map(sort).collect();
        let name = name_of(pane.kind);
        if by_default {
            self.memory.sorts.remove(&name);
        } else {
            self.memory.sorts.insert(name, keys);
        }
        self.learnt = true;
    }

    /// The tables of the kind that has the keyboard show as many columns as it does from now on.
    pub(super) fn remember_wide(&mut self) {
        let usual = self.settings.wide;
        let Some(pane) = self.table_here() else { return };
        let (name, wide) = (name_of(pane.kind), pane.wide);
        if wide == usual {
            self.memory.wide.remove(&name);
        } else {
            self.memory.wide.insert(name, wide);
        }
        self.learnt = true;
    }

    /// What the table of a kind that has the keyboard is sorted by, where somebody asked for it: ids, and whether the largest
    /// comes first.
    pub fn ranks_of(&self, kind: Kind) -> Vec<(&'static str, bool)> {
        let pane = match self.stack.last() {
            Some(Screen::Table(pane)) => Some(&**pane),
            Some(_) => None,
            None => self.home.focused(),
        };
        let Some(pane) = pane.filter(|pane| pane.kind == kind && !pane.is_sorted_by_default()) else {
            return Vec::new();
        };
        let columns = pane.view.columns();
        let id = |key: &SortKey| Some((columns.get(key.column)?.id, key.descending));
        pane.view.sort().iter().filter_map(id).collect()
    }

    pub(super) fn open_columns(&mut self, now: Now) {
        match self.table_here() {
            Some(pane) => {
                let view = ColumnsView::of(pane);
                self.overlay = Some(Overlay::Columns(view));
            }
            None => self.tell(Severity::Info, "there is no table here", now),
        }
    }

    /// Does what can be done in the list of columns; what is chosen shows at once.
    pub(super) fn act_on_columns(&mut self, action: Action) {
        let Some(Overlay::Columns(view)) = &mut self.overlay else { return };
        match action {
            Action::Back | Action::Quit | Action::Columns => return self.overlay = None,
            Action::Down => return view.step(1),
            Action::Up => return view.step(-1),
            Action::Top => return view.step(isize::MIN),
            Action::Bottom => return view.step(isize::MAX),
            Action::Mark | Action::Open => view.toggle(),
            Action::ColumnEarlier => view.shift(-1),
            Action::ColumnLater => view.shift(1),
            Action::SortAdd => {
                let id = view.current().map(|entry| entry.id);
                if let (Some(id), Some(pane)) = (id, self.table_here()) {
                    pane.sort_also_by(id);
                    self.remember_order();
                }
                return;
            }
            Action::ColumnsDefault => {
                let name = name_of(view.kind);
                self.memory.columns.remove(&name);
                self.learnt = true;
                let configured = configured(&self.settings.columns, view.kind);
                if let Some(pane) = self.table_here() {
                    pane.chosen = configured;
                    let view = ColumnsView::of(pane);
                    self.overlay = Some(Overlay::Columns(view));
                }
                return;
            }
            _ => return,
        }
        let (name, chosen) = (name_of(view.kind), view.chosen());
        if let Some(pane) = self.table_here() {
            pane.chosen = Some(chosen.clone());
            pane.left = 0;
        }
        self.memory.columns.insert(name, chosen);
        self.learnt = true;
    }

    /// A filter was used.
    pub(super) fn note_filter(&mut self) {
        self.browsing = Browsing::default();
        if let Some(Prompt::Filter(line)) = &self.prompt
            && !line.text().trim().is_empty()
        {
            let text = line.text().to_owned();
            self.memory.note_filter(&text);
            self.learnt = true;
        }
    }

    /// Puts a filter that was used into the line: `back`: the one before.
    pub(super) fn browse_filters(&mut self, back: bool, now: Now) {
        let Some(Prompt::Filter(line)) = &mut self.prompt else { return };
        let filters = &self.memory.filters;
        let Browsing { back: at, typed } = &mut self.browsing;
        if *at == 0 {
            line.text().clone_into(typed);
        }
        let to = if back { (*at + 1).min(filters.len()) } else { at.saturating_sub(1) };
        if to == *at {
            return;
        }
        *at = to;
        let text = if to == 0 { typed.as_str() } else { &filters[filters.len() - to] };
        *line = LineEdit::with(text);
        self.line_changed(now);
    }

    /// Gives the kind, the namespace and the filter that are shown a name.
    pub(super) fn bookmark(&mut self, name: &str, now: Now) {
        if name.is_empty() {
            let words = "`:bookmark NAME` gives this kind, namespace and filter a name";
            return self.tell(Severity::Info, words, now);
        }
        let namespace = self.session.namespace.clone();
        let Some(pane) = self.table_here() else {
            return self.tell(Severity::Info, "only a table can be bookmarked", now);
        };
        let (kind, filter) = (name_of(pane.kind), pane.filter_text.clone());
        let is_taken = |entry: &Entry| entry.label == name || entry.aliases.contains(&name);
        let known = self.memory.bookmarks.contains_key(name);
        if !known && self.palette().iter().any(is_taken) {
            return self.tell(Severity::Warning, format!("{name} means something else already"), now);
        }
        if !known && self.memory.bookmarks.len() >= BOOKMARKS {
            let words = format!("there are {BOOKMARKS} bookmarks; `:unbookmark NAME` takes one away");
            return self.tell(Severity::Warning, words, now);
        }
        let bookmark = Bookmark { kind, namespace, filter };
        self.tell(Severity::Info, format!(":{name} goes to {}", bookmark.words()), now);
        self.memory.bookmarks.insert(name.to_owned(), bookmark);
        self.learnt = true;
    }

    /// Takes a bookmark away.
    pub(super) fn unbookmark(&mut self, name: &str, now: Now) {
        if self.memory.bookmarks.remove(name).is_some() {
            self.learnt = true;
            self.tell(Severity::Info, format!("bookmark {name} is gone"), now);
        } else {
            self.tell(Severity::Warning, format!("there is no bookmark {name}"), now);
        }
    }

    /// The palette's entries for bookmarks.
    pub(super) fn bookmark_entries(&self) -> Vec<Entry> {
        let entry = |(name, bookmark): (&String, &Bookmark)| Entry {
            label: name.clone(),
            aliases: &[],
            hint: format!("bookmark: {}", bookmark.words()),
            command: Command::Go(bookmark.go()),
        };
        self.memory.bookmarks.iter().map(entry).collect()
    }
}

impl Bookmark {
    fn words(&self) -> String {
        let filter = if self.filter.is_empty() { String::new() } else { format!(" /{}", self.filter) };
        format!("{} in {}{filter}", self.kind, self.namespace.as_deref().unwrap_or("all namespaces"))
    }

    fn go(&self) -> Go {
        Go {
            kind: self.kind.clone(),
            namespace: Some(self.namespace.clone()),
            filter: Some(self.filter.clone()).filter(|filter| !filter.is_empty()),
            context: None,
        }
    }
}

pub(super) type Columns = std::collections::BTreeMap<String, Vec<String>>;

/// What the configuration says of a kind's columns, by its plural with or without the group.
fn configured(columns: &Columns, kind: Kind) -> Option<Vec<String>> {
    let (.., plural, _) = kind.resource();
    columns.get(&name_of(kind)).or_else(|| columns.get(plural)).cloned()
}

/// Columns and order of a table as they are remembered, or configured. Those of the server come with its first rows, so this is
/// said again then.
pub(super) fn dress(pane: &mut Pane, memory: &Memory, columns: &Columns) {
    let name = name_of(pane.kind);
    pane.chosen = memory.columns.get(&name).cloned().or_else(|| configured(columns, pane.kind));
    if let Some(wide) = memory.wide.get(&name) {
        pane.wide = *wide;
    }
    if let Some(sorts) = memory.sorts.get(&name) {
        let known = pane.view.columns();
        let key = |sort: &Sort| SortKey::find(known, &sort.column, sort.descending);
        let keys: Vec<SortKey> = sorts.iter().filter_map(key).collect();
        if !keys.is_empty() {
            pane.view.set_sort(&keys);
        }
    }
}
