//! The list of a kind's columns: which are shown, in which order, and what it is sorted by.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::model::column::Align;
use crate::model::record::Kind;
use crate::screen::pane::Pane;
use crate::state::State;
use crate::theme::Role;
use crate::widget::chrome;
use crate::widget::grid::put;

/// The open list.
#[derive(Debug, Clone)]
pub struct ColumnsView {
    /// Whose columns.
    pub kind: Kind,
    /// All of them.
    pub entries: Vec<Entry>,
    /// Which is selected.
    pub selected: usize,
}

/// One column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its id.
    pub id: &'static str,
    /// Its title.
    pub title: &'static str,
    /// What it shows.
    pub help: &'static str,
    /// Whether it is shown.
    pub shown: bool,
}

impl ColumnsView {
    /// The columns of a table, those that are shown first.
    pub fn of(pane: &Pane) -> Self {
        let shown = pane.all_columns(true);
        let entry = |column: &'static crate::model::column::Column, shown: bool| Entry {
            id: column.id,
            title: column.title,
            help: column.help,
            shown,
        };
        let mut entries: Vec<Entry> = shown.iter().map(|(_, column)| entry(column, true)).collect();
        let others =
            pane.view.columns().iter().filter(|column| shown.iter().all(|(_, one)| one.id != column.id));
        entries.extend(others.map(|column| entry(column, false)));
        Self { kind: pane.kind, entries, selected: 0 }
    }

    /// The selected one.
    pub fn current(&self) -> Option<&Entry> {
        self.entries.get(self.selected)
    }

    /// Moves the selection, staying in the list.
    pub fn step(&mut self, by: isize) {
        self.selected = self.selected.saturating_add_signed(by).min(self.entries.len().saturating_sub(1));
    }

    /// Shows the selected one or hides it; the name stays.
    pub fn toggle(&mut self) {
        if let Some(entry) = self.entries.get_mut(self.selected).filter(|entry| entry.id != "name") {
            entry.shown = !entry.shown;
        }
    }

    /// Moves the selected one.
    pub fn shift(&mut self, by: isize) {
        let to = self.selected.saturating_add_signed(by).min(self.entries.len().saturating_sub(1));
        if self.selected < self.entries.len() {
            self.entries.swap(self.selected, to);
            self.selected = to;
        }
    }

    /// The ids of what is shown, in their order.
    pub fn chosen(&self) -> Vec<String> {
        self.entries.iter().filter(|entry| entry.shown).map(|entry| entry.id.to_owned()).collect()
    }
}

/// Draws it over the screen.
pub fn draw(view: &ColumnsView, state: &State, screen: Rect, buffer: &mut Buffer) {
    let theme = state.theme();
    let height = (view.entries.len() as u16 + 2).min(screen.height.saturating_sub(2));
    let area = chrome::centred(screen, 76, height);
    let shown = view.entries.iter().filter(|entry| entry.shown).count();
    let (.., plural, _) = view.kind.resource();
    let title = format!("Columns of {plural} {shown}/{}", view.entries.len());
    let inside =
        chrome::dialog(area, &title, super::frame::dialog_border(state), theme, state.settings.ascii, buffer);
    let rows = usize::from(inside.height);
    let top = (view.selected + 1).saturating_sub(rows);
    let order = state.ranks_of(view.kind);
    for (at, entry) in view.entries.iter().enumerate().skip(top).take(rows) {
        let y = inside.y + (at - top) as u16;
        let selected = at == view.selected;
        let style = theme.style(if selected { Role::Cursor } else { Role::Text });
        let cursor = if selected { ">" } else { " " };
        let box_of = if entry.shown { "[x]" } else { "[ ]" };
        let rank = order.iter().position(|(id, _)| *id == entry.id);
        let rank = rank.map_or(String::new(), |rank| {
            let way = if order[rank].1 { "down" } else { "up" };
            format!(" {}{way}", rank + 1)
        });
        let text = format!("{cursor} {box_of} {}{rank}", entry.title);
        put(buffer, inside.x, y, inside.width.min(30), &text, Align::Left, style);
        let x = inside.x + 31;
        put(buffer, x, y, inside.right().saturating_sub(x), entry.help, Align::Left, theme.style(Role::Dim));
    }
}
