//! The one form of a key, shared with the keymap.

pub use crate::keymap::key::{KeyCode, KeyPress};
