//! The labels pane: which label is selected, what narrows the list. The counts themselves are the home screen's.

use crate::action::Action;
use crate::model::labels::counts::{LabelCounts, LabelRow};
use crate::model::search::Search;
use crate::model::text::Text;

/// The labels pane.
#[derive(Debug, Default)]
pub struct LabelsPane {
    /// The selected label; `None`: nobody chose, the first row is selected. A folded key has no value.
    chosen: Option<(Text, Option<Text>)>,
    /// The row of the cursor among the shown ones.
    pub row: usize,
    /// The first row on the screen.
    pub offset: usize,
    /// Rows that fit.
    pub height: usize,
    /// The filter as typed.
    pub filter_text: String,
    /// Why it is none.
    pub filter_error: Option<String>,
    filter: Option<Search>,
}

impl LabelsPane {
    /// Indices of the rows that are shown.
    pub fn shown(&self, counts: &LabelCounts) -> Vec<usize> {
        let Some(filter) = &self.filter else { return (0..counts.len()).collect() };
        (0..counts.len()).filter(|at| counts.row(*at).is_some_and(|row| filter.is_in(&text(&row)))).collect()
    }

    /// How many rows are shown.
    pub fn count(&self, counts: &LabelCounts) -> usize {
        if self.filter.is_none() { counts.len() } else { self.shown(counts).len() }
    }

    /// What marks the text of a row.
    pub fn search(&self) -> Option<&Search> {
        self.filter.as_ref()
    }

    /// The label under the cursor.
    pub fn selected(&self, counts: &LabelCounts) -> Option<(Text, Option<Text>)> {
        let at = self.shown(counts).get(self.row).copied()?;
        counts.row(at).map(|row| (row.key.clone(), row.value.cloned()))
    }

    /// Keeps the cursor on its label and in view.
    pub fn settle(&mut self, counts: &LabelCounts, height: usize) {
        self.height = height;
        let shown = self.shown(counts);
        if let Some((key, value)) = &self.chosen
            && let Some(at) = counts.position(key, value.as_ref())
            && let Ok(row) = shown.binary_search(&at)
        {
            self.row = row;
        }
        self.row = self.row.min(shown.len().saturating_sub(1));
        if height > 0 {
            self.offset = self.offset.min(shown.len().saturating_sub(height)).min(self.row);
            self.offset = self.offset.max((self.row + 1).saturating_sub(height));
        }
    }

    /// Moves the cursor; false when the action is no movement.
    pub fn act(&mut self, action: Action, counts: &LabelCounts) -> bool {
        let last = self.count(counts).saturating_sub(1);
        let page = self.height.saturating_sub(1).max(1);
        let to = match action {
            Action::Down => self.row + 1,
            Action::Up => self.row.saturating_sub(1),
            Action::PageDown => self.row + page,
            Action::PageUp => self.row.saturating_sub(page),
            Action::HalfPageDown => self.row + (self.height / 2).max(1),
            Action::HalfPageUp => self.row.saturating_sub((self.height / 2).max(1)),
            Action::Top => 0,
            Action::Bottom => last,
            _ => return false,
        };
        self.row = to.min(last);
        self.chosen = self.selected(counts);
        true
    }

    /// Puts the cursor on the nth row that is in view; whether there is one.
    pub fn click(&mut self, nth: usize, counts: &LabelCounts) -> bool {
        let row = self.offset + nth;
        let there = row < self.count(counts);
        if there {
            self.row = row;
            self.chosen = self.selected(counts);
        }
        there
    }

    /// Takes a filter as it is typed.
    pub fn set_filter(&mut self, text: &str) {
        text.clone_into(&mut self.filter_text);
        match Search::parse(text) {
            Ok(filter) => {
                self.filter = filter;
                self.filter_error = None;
            }
            Err(error) => self.filter_error = Some(error),
        }
    }

    /// Clears the filter; true when there was one.
    pub fn clear_filter(&mut self) -> bool {
        let had = !self.filter_text.is_empty();
        self.set_filter("");
        had
    }
}

/// A row's label as text.
pub fn text(row: &LabelRow<'_>) -> String {
    match row.value {
        Some(value) => format!("{}={value}", row.key),
        None => format!("{}=… {} values", row.key, row.values),
    }
}
