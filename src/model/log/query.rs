//! Which lines are shown: what is kept, what is left out, how grave, which fields; all of it together.

use super::field::FieldTest;
use super::level::Level;
use super::ring::Row;
use crate::model::search::Search;

/// A question to the lines that are kept; the empty one lets everything through.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Query {
    /// Lines that have this.
    pub keep: Option<Search>,
    /// But not this.
    pub exclude: Option<Search>,
    /// Lines that are at least so grave.
    pub at_least: Option<Level>,
    /// Lines whose fields are so.
    pub fields: Vec<FieldTest>,
    /// So many lines of the same container around each.
    pub context: usize,
}

impl Query {
    /// Whether everything passes.
    pub fn is_empty(&self) -> bool {
        self.keep.is_none() && self.exclude.is_none() && self.at_least.is_none() && self.fields.is_empty()
    }

    /// Whether a line is one that is asked for, of which it is known whether it `has` what is to be kept and nothing of what is to be
    /// left out. Words about the log always are.
    pub(super) fn lets(&self, row: &Row<'_>, has: bool) -> bool {
        row.note
            || has
                && self.at_least.is_none_or(|least| row.level >= least)
                && self.fields.iter().all(|test| test.holds(row.text, row.level))
    }
}
