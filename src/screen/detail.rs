//! One object in detail: as text, or a pod's containers. Both are read anew when the object changes.

use crate::action::Action;
use crate::effect::{ObjectRef, OpId};
use crate::model::container::Container;
use crate::model::trouble::Trouble;
use crate::model::uid::Uid;

pub mod draw;
pub mod text;

/// How far reading is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reading {
    /// Asked for.
    Waiting,
    /// Here it is.
    Done,
    /// It could not be read; what was read before stays.
    Failed(Trouble),
    /// The object is gone; what was read stays.
    Gone,
}

/// What belongs to both screens.
#[derive(Debug, Clone)]
pub struct Subject {
    /// The operation whose answer belongs here.
    pub op: OpId,
    /// Which object.
    pub object: ObjectRef,
    /// Its identity: a namesake is another object.
    pub uid: Uid,
    /// How far reading is.
    pub reading: Reading,
    /// It changed while it was being read: read once more.
    pub stale: bool,
}

/// A pod's containers.
#[derive(Debug, Clone)]
pub struct Containers {
    /// Which pod.
    pub subject: Subject,
    /// Its containers, in the order in which they start.
    pub rows: Vec<Container>,
    /// The selected container, by name.
    pub selected: String,
    /// A container that has just joined the pod: the selection goes to it as soon as it is among the rows.
    pub expected: Option<String>,
    /// The log of its run before is what was asked for.
    pub previous: bool,
}

impl Containers {
    /// Asked for, nothing read yet.
    pub fn new(subject: Subject) -> Self {
        Self { subject, rows: Vec::new(), selected: String::new(), expected: None, previous: false }
    }

    /// Takes what was read; the selection stays on its container.
    pub fn on_rows(&mut self, rows: Vec<Container>) {
        self.rows = rows;
        self.subject.reading = Reading::Done;
        if let Some(joined) = self.expected.take_if(|name| self.rows.iter().any(|row| row.name == *name)) {
            self.selected = joined;
        }
        if !self.rows.iter().any(|row| row.name == self.selected) {
            let first_main = self.rows.iter().find(|row| row.role == crate::model::container::Role::Main);
            self.selected = first_main.or(self.rows.first()).map(|row| row.name.clone()).unwrap_or_default();
        }
    }

    /// A container has joined the pod: the selection goes to it.
    pub fn on_joined(&mut self, name: &str) {
        if self.rows.iter().any(|row| row.name == name) {
            name.clone_into(&mut self.selected);
        } else {
            self.expected = Some(name.to_owned());
        }
    }

    /// The place of the selected container.
    pub fn position(&self) -> usize {
        self.rows.iter().position(|row| row.name == self.selected).unwrap_or(0)
    }

    /// Moves the selection; false when the action is no movement.
    pub fn act(&mut self, action: Action) -> bool {
        let last = self.rows.len().saturating_sub(1);
        let at = self.position();
        let to = match action {
            Action::Down => at + 1,
            Action::Up => at.saturating_sub(1),
            Action::Top | Action::PageUp | Action::HalfPageUp => 0,
            Action::Bottom | Action::PageDown | Action::HalfPageDown => last,
            _ => return false,
        };
        self.expected = None;
        if let Some(row) = self.rows.get(to.min(last)) {
            self.selected.clone_from(&row.name);
        }
        true
    }
}
