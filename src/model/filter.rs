//! The live filter of a pane: text typed by the user, what it matches, and what of a cell it marks.
//!
//! Words side by side are all required, as with `and`; `or`, `not` and parentheses combine them otherwise. `word` substring
//! (small letters match both cases), `~abc` fuzzy over namespace/name, `/regex/`, `key=value` and `key!=value` labels,
//! `column:text`, `status=Running`, `restarts>=5`, `age<2h` and `cpu>500m`, `"quoted text"`; `!` before any of them inverts
//! it. `-l` and `-f` are for the server. A filter that cannot be read is an error with its place, never ignored.

mod compare;
mod needle;
mod parse;
mod term;
mod tree;

#[cfg(test)]
mod tests;

use std::ops::Range;
use std::sync::Arc;

use super::column::{Column, Cx};
use super::feed::Selectors;
use super::record::Record;
use term::Cells;
use tree::Node;

/// A filter; cheap to clone. The default one lets everything pass.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    text: Arc<str>,
    /// All of them must pass.
    nodes: Arc<[Node]>,
    selectors: Selectors,
    columns: &'static [Column],
    wide: bool,
}

/// The forms of a filter, for the help and the docs.
pub const FORMS: &[(&str, &str)] = &[
    ("word", "rows with this text in a cell; a capital letter says that case matters"),
    ("~word", "the letters in this order, in namespace or name (fuzzy)"),
    ("/regex/", "rows with a cell that the regular expression matches"),
    ("\"two words\"", "rows with this text, whatever is in it"),
    ("!form, not form", "rows that a form does not match"),
    ("form form, form and form", "rows that both match"),
    ("form or form", "rows that one of them matches; parentheses group: `(crash or error) and not kube`"),
    (
        "key=value",
        "rows with this label; `key!=value` without it; `label:key=value` where a column has that name",
    ),
    ("column:text", "rows with this text in this column"),
    (
        "column=value",
        "rows with this in this column, `column!=value` all others: status=Running, restarts=0, node=",
    ),
    ("column>=value", "compared by what it means: restarts>=5, age<2h, cpu>500m, mem>=1Gi, ready<100%"),
    (
        "-l app=web,tier!=db",
        "asks the server for the objects with these labels, as `kubectl get -l`, when Enter is pressed",
    ),
    (
        "-f status.phase=Failed",
        "asks the server for the objects with these fields, as `kubectl get --field-selector`",
    ),
];

/// Why a filter cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{why}")]
pub struct FilterError {
    /// Where in the text (in bytes, at the start of a character).
    pub at: usize,
    /// What is wrong, in words.
    pub why: String,
}

impl Filter {
    /// Reads a filter for rows with these columns.
    pub fn parse(text: &str, columns: &'static [Column]) -> Result<Self, FilterError> {
        let parse::Parsed { nodes, selectors } = parse::parse(text, columns)?;
        Ok(Self { text: text.into(), nodes: nodes.into(), selectors, columns, wide: false })
    }

    /// Whether words are searched in the columns of the wide form too.
    #[must_use]
    pub fn with_wide(self, wide: bool) -> Self {
        Self { wide, ..self }
    }

    /// The text as it was typed.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether it lets everything pass that the server sends.
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// What the server is asked for.
    pub fn selectors(&self) -> &Selectors {
        &self.selectors
    }

    /// Whether a row passes.
    pub fn matches(&self, record: &Record, cx: &Cx<'_>) -> bool {
        self.nodes.is_empty() || {
            let cells = Cells { record, cx, columns: self.columns, wide: self.wide };
            self.nodes.iter().all(|node| node.matches(&cells))
        }
    }

    /// Whether everything that passes this one passes `old`: then only what `old` shows needs to be looked at.
    pub fn narrows(&self, old: &Self) -> bool {
        let same_cells = self.wide == old.wide && std::ptr::eq(self.columns, old.columns);
        old.nodes.is_empty()
            || same_cells && old.nodes.iter().all(|old| self.nodes.iter().any(|node| node.implies(old)))
    }

    /// Whether it looks at this column by name.
    pub fn reads(&self, id: &str) -> bool {
        let of = |at: usize| self.columns.get(at).is_some_and(|column| column.id == id);
        self.nodes.iter().any(|node| node.any_term(&|term| term.column().is_some_and(of)))
    }

    /// What it marks in a cell of a column: ranges of bytes, ascending, not overlapping.
    pub fn highlights(&self, column: &str, cell: &str) -> Vec<Range<usize>> {
        let mut ranges = Vec::new();
        for node in self.nodes.iter() {
            node.highlights(column, cell, self.columns, &mut ranges);
        }
        ranges.sort_unstable_by_key(|range: &Range<usize>| (range.start, range.end));
        let mut merged: Vec<Range<usize>> = Vec::with_capacity(ranges.len());
        for range in ranges {
            match merged.last_mut() {
                Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
                _ => merged.push(range),
            }
        }
        merged
    }
}

impl PartialEq for Filter {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text && self.wide == other.wide && std::ptr::eq(self.columns, other.columns)
    }
}

impl Eq for Filter {}
