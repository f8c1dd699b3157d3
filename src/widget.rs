//! Dumb drawing: tables, lines, dialogs, and the editing of one line. No widget knows a kind, a screen or the state.

pub mod chrome;
pub mod grid;
pub mod line_edit;
