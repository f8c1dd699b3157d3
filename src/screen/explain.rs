//! The fields of a kind as the server documents them: a tree that one walks.

use std::sync::Arc;

use crate::action::Action;
use crate::effect::OpId;
use crate::model::resource::Resource;
use crate::model::schema::{Field, Node, Schemas};
use crate::model::trouble::Trouble;

pub mod draw;

/// How far reading is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reading {
    /// Asked for.
    Waiting,
    /// Here it is.
    Done,
    /// It could not be read.
    Failed(Trouble),
}

/// The screen.
#[derive(Debug)]
pub struct Explain {
    /// Which kind.
    pub resource: Resource,
    /// The operation whose answer belongs here.
    pub op: OpId,
    /// How far reading is.
    pub reading: Reading,
    /// From the kind to the field that is shown.
    pub path: Vec<String>,
    /// What is said there.
    pub node: Node,
    /// What there is no field for.
    pub missing: Option<String>,
    /// Which of its fields is selected.
    pub selected: usize,
    schemas: Option<Arc<Schemas>>,
}

impl Explain {
    /// Asked for, nothing read yet.
    pub fn new(resource: Resource, path: Vec<String>, op: OpId) -> Self {
        Self {
            resource,
            op,
            reading: Reading::Waiting,
            path,
            node: Node::default(),
            missing: None,
            selected: 0,
            schemas: None,
        }
    }

    /// Takes what was read.
    pub fn on_schemas(&mut self, result: Result<Arc<Schemas>, Trouble>) {
        match result {
            Ok(schemas) => {
                self.schemas = Some(schemas);
                self.reading = Reading::Done;
                self.show(None);
            }
            Err(trouble) => self.reading = Reading::Failed(trouble),
        }
    }

    /// Shows what is at the path, with this field selected; where there is nothing, the nearest that there is.
    fn show(&mut self, selected: Option<&str>) {
        let Some(schemas) = &self.schemas else { return };
        self.missing = None;
        self.node = loop {
            match schemas.at(&self.resource, &self.path) {
                Ok(node) => break node,
                Err(why) => {
                    self.missing.get_or_insert(why);
                    if self.path.pop().is_none() {
                        break Node::default();
                    }
                }
            }
        };
        let at = self.node.fields.iter().position(|field| Some(field.name.as_str()) == selected);
        self.selected = at.unwrap_or(0);
    }

    /// The selected field.
    pub fn field(&self) -> Option<&Field> {
        self.node.fields.get(self.selected)
    }

    /// `deployment.spec.strategy`, as `:explain` takes it.
    pub fn name(&self) -> String {
        let kind = self.resource.kind.to_lowercase();
        std::iter::once(kind.as_str())
            .chain(self.path.iter().map(String::as_str))
            .collect::<Vec<_>>()
            .join(".")
    }

    /// Goes up one level; false where there is none.
    pub fn up(&mut self) -> bool {
        let Some(name) = self.path.pop() else { return false };
        self.show(Some(&name));
        true
    }

    /// Does what the screen can do; false when the action means nothing here.
    pub fn act(&mut self, action: Action, page: usize) -> bool {
        let last = self.node.fields.len().saturating_sub(1);
        let page = page.saturating_sub(1).max(1);
        let to = match action {
            Action::Down => self.selected + 1,
            Action::Up => self.selected.saturating_sub(1),
            Action::PageDown | Action::HalfPageDown => self.selected + page,
            Action::PageUp | Action::HalfPageUp => self.selected.saturating_sub(page),
            Action::Top => 0,
            Action::Bottom => last,
            Action::Open => {
                if let Some(field) = self.field().filter(|field| field.leads) {
                    self.path.push(field.name.clone());
                    self.show(None);
                }
                return true;
            }
            _ => return false,
        };
        self.selected = to.min(last);
        true
    }
}
