//! Where the rows of a table are to be saved: one typed line.

use crate::widget::line_edit::LineEdit;

/// The line, and what is saved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SaveAsk {
    /// The path that is being typed.
    pub line: LineEdit,
    /// How many rows.
    pub rows: usize,
    /// What is saved: the rows of the moment in which it was asked for.
    pub text: String,
}
