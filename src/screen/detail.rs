//! One object in detail: as text, or a pod's containers. Both are read anew when the object changes.

use crate::action::Action;
use crate::describe::{self, Material};
use crate::effect::{ObjectRef, OpId};
use crate::model::container::{self, Container};
use crate::model::record::Seconds;
use crate::model::trouble::Trouble;
use crate::model::uid::Uid;
use crate::model::yaml::Line;
use crate::screen::scroll::Scroll;

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
    /// What they were read from.
    material: Option<Box<Material>>,
    /// What is told of the selected one.
    pub lines: Vec<Line>,
    /// Where one reads that.
    pub scroll: Scroll,
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
        Self {
            subject,
            rows: Vec::new(),
            material: None,
            lines: Vec::new(),
            scroll: Scroll::default(),
            selected: String::new(),
            expected: None,
            previous: false,
        }
    }

    /// Takes what was read; the selection stays on its container.
    pub fn on_material(&mut self, material: Material) {
        self.rows = container::containers(&material.object);
        self.material = Some(Box::new(material));
        self.subject.reading = Reading::Done;
        if let Some(joined) = self.expected.take_if(|name| self.rows.iter().any(|row| row.name == *name)) {
            self.selected = joined;
        }
        if !self.rows.iter().any(|row| row.name == self.selected) {
            let first_main = self.rows.iter().find(|row| row.role == crate::model::container::Role::Main);
            self.selected = first_main.or(self.rows.first()).map(|row| row.name.clone()).unwrap_or_default();
            self.scroll = Scroll::default();
        }
        self.tell();
    }

    /// What is told follows the selection.
    fn tell(&mut self) {
        let material = self.material.as_deref();
        self.lines =
            material.map(|material| describe::container(material, &self.selected)).unwrap_or_default();
    }

    /// Time has passed: ages are written anew when they are old.
    pub fn settle(&mut self, now: Seconds) {
        if let Some(material) = &mut self.material
            && now >= material.now + text::AGES
        {
            material.now = now;
            self.tell();
        }
    }

    /// In how many seconds the ages are written anew.
    pub fn ages_in(&self, now: Seconds) -> Option<Seconds> {
        self.material.as_ref().map(|material| (material.now + text::AGES - now).max(1))
    }

    /// A container has joined the pod: the selection goes to it.
    pub fn on_joined(&mut self, name: &str) {
        if self.rows.iter().any(|row| row.name == name) {
            name.clone_into(&mut self.selected);
            self.tell();
        } else {
            self.expected = Some(name.to_owned());
        }
    }

    /// The place of the selected container.
    pub fn position(&self) -> usize {
        self.rows.iter().position(|row| row.name == self.selected).unwrap_or(0)
    }

    /// Moves the selection, or what is told of it; false when the action is no movement. So many lines of it are shown.
    pub fn act(&mut self, action: Action, told: usize) -> bool {
        let last = self.rows.len().saturating_sub(1);
        let at = self.position();
        let to = match action {
            Action::Down => at + 1,
            Action::Up => at.saturating_sub(1),
            Action::Top => 0,
            Action::Bottom => last,
            _ => return self.scroll.act(action, self.lines.len(), told),
        };
        self.expected = None;
        if let Some(row) = self.rows.get(to.min(last)) {
            self.selected.clone_from(&row.name);
            self.scroll = Scroll::default();
            self.tell();
        }
        true
    }
}
