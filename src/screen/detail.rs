//! One object in detail: its YAML, or a pod's containers. Both are read anew when the object changes.

use std::borrow::Cow;

use crate::action::Action;
use crate::effect::{ObjectRef, OpId};
use crate::model::container::Container;
use crate::model::search::{Hit, Search};
use crate::model::trouble::Trouble;
use crate::model::uid::Uid;
use crate::model::yaml::Line;
use crate::screen::scroll::Scroll;

pub mod draw;

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

/// An object as YAML.
#[derive(Debug, Clone)]
pub struct Yaml {
    /// Which.
    pub subject: Subject,
    /// Its lines.
    pub lines: Vec<Line>,
    /// Where one reads.
    pub scroll: Scroll,
    /// What is searched.
    pub search: Option<Search>,
    /// Why what was typed cannot be searched.
    pub search_error: Option<String>,
    /// The match that one is at.
    pub hit: Option<Hit>,
}

impl Yaml {
    /// Asked for, nothing read yet.
    pub fn new(subject: Subject) -> Self {
        Self {
            subject,
            lines: Vec::new(),
            scroll: Scroll::default(),
            search: None,
            search_error: None,
            hit: None,
        }
    }

    /// Takes what was read.
    pub fn on_lines(&mut self, lines: Vec<Line>, height: usize) {
        self.lines = lines;
        self.hit = None;
        self.subject.reading = Reading::Done;
        self.scroll.top = self.scroll.top.min(self.lines.len().saturating_sub(height));
    }

    /// Searches for what is typed.
    pub fn search_for(&mut self, text: &str) {
        self.hit = None;
        match Search::parse(text) {
            Ok(search) => {
                self.search = search;
                self.search_error = None;
            }
            Err(error) => self.search_error = Some(error),
        }
    }

    /// Does what a text can do; false when the action means nothing here.
    pub fn act(&mut self, action: Action, height: usize) -> bool {
        match action {
            Action::SearchNext => self.find(true, height),
            Action::SearchPrevious => self.find(false, height),
            _ => return self.scroll.act(action, self.lines.len(), height),
        }
        true
    }

    fn find(&mut self, forward: bool, height: usize) {
        let Some(search) = &self.search else { return };
        let line = |at: usize| -> Cow<'_, str> {
            self.lines[at].iter().map(|(_, piece)| piece.as_str()).collect::<String>().into()
        };
        // From the match one is at, as long as it is on the screen; else from what is on the screen.
        let page = self.scroll.top..self.scroll.top + height.max(1);
        let from = match self.hit.map(|hit| hit.line).filter(|line| page.contains(line)) {
            Some(line) => Some(line),
            None if forward => self.scroll.top.checked_sub(1),
            None => Some(page.end),
        };
        self.hit = search.step(self.lines.len(), from, forward, line);
        if let Some(hit) = self.hit {
            self.scroll.top = hit.line.min(self.lines.len().saturating_sub(height));
        }
    }
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
