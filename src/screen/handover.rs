//! Where a hand-over is to be written: one typed line.

use crate::inquiry::Subject;
use crate::widget::line_edit::LineEdit;

/// The line, and what is handed over.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HandoverAsk {
    /// The path that is being typed.
    pub line: LineEdit,
    /// The object that was under the cursor when it was asked for.
    pub about: Option<Subject>,
    /// The page, where it was read already and could not be written; `None`: it is read when the path is known.
    pub text: Option<String>,
    /// Why the path that stands there was refused, until something is typed.
    pub refused: Option<String>,
}

impl HandoverAsk {
    /// What stands before the line.
    pub fn prompt(&self) -> &'static str {
        if self.text.is_some() { "write the hand-over to another file: " } else { "hand-over to: " }
    }
}
