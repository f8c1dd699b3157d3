//! The release screen: the rollout of one workload, its revisions down to the pods, and what to do about it.
//!
//! Holds the followed objects and where one is; what is shown is [`crate::release::cockpit`]'s. The cursor belongs to a
//! revision or a pod by UID or name, never to a line.

use std::collections::HashSet;

use serde_json::Value;

use crate::action::Action;
use crate::effect::OpId;
use crate::model::record::Kind;
use crate::model::trouble::Trouble;
use crate::model::uid::Uid;
use crate::release::Target;
use crate::release::cockpit::{Cockpit, RevisionView};
use crate::screen::logs::Logs;

pub mod draw;

/// What a line of the tree is.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Place {
    /// A revision, by its holder.
    Revision(Uid),
    /// A pod, by its name (names of pods are not taken again within a workload's life).
    Pod(String),
}

/// The release screen.
#[derive(Debug, Clone)]
pub struct Release {
    /// The workload.
    pub target: Target,
    /// The operation that follows it.
    pub object_op: OpId,
    /// The operation that follows the holders of its revisions, once it is asked.
    pub holders_op: Option<OpId>,
    /// The workload as it is; null before it was seen.
    pub object: Value,
    /// The holders of its revisions.
    pub holders: Vec<Value>,
    /// It is gone.
    pub gone: bool,
    /// Why it is not seen just now.
    pub trouble: Option<Trouble>,
    /// Where the cursor is; `None`: on the first line.
    pub selected: Option<Place>,
    /// Revisions whose folding was turned around by the user.
    pub turned: HashSet<Uid>,
    /// The first line of the tree on the screen.
    pub top: usize,
    /// The last log lines of the new revision are wished for.
    pub beside: bool,
    /// Those lines.
    pub logs: Option<Box<Logs>>,
}

impl Release {
    /// The kind of its workload.
    pub fn kind(&self) -> Option<Kind> {
        Kind::ALL.into_iter().find(|kind| self.target.resource == (*kind).into())
    }

    /// A screen that has just been opened.
    pub fn new(target: Target, object_op: OpId) -> Self {
        Self {
            target,
            object_op,
            holders_op: None,
            object: Value::Null,
            holders: Vec::new(),
            gone: false,
            trouble: None,
            selected: None,
            turned: HashSet::new(),
            top: 0,
            beside: true,
            logs: None,
        }
    }

    /// Whether the pods of a revision are shown: by default those of the newest, and of any that has one not ready.
    pub fn is_open(&self, view: &RevisionView) -> bool {
        let by_default = !view.pods.is_empty() && (view.revision.current || view.ready() < view.pods.len());
        by_default != self.turned.contains(&view.revision.uid)
    }

    /// The lines of the tree.
    pub fn places(&self, cockpit: &Cockpit) -> Vec<Place> {
        let mut out = Vec::new();
        for view in &cockpit.revisions {
            out.push(Place::Revision(view.revision.uid.clone()));
            if self.is_open(view) {
                out.extend(view.pods.iter().map(|pod| Place::Pod(pod.name.clone())));
            }
        }
        out
    }

    /// The line of the cursor.
    pub fn position(&self, places: &[Place]) -> usize {
        self.selected.as_ref().and_then(|place| places.iter().position(|known| known == place)).unwrap_or(0)
    }

    /// Moves the cursor or folds; false when the action means nothing here.
    pub fn act(&mut self, action: Action, cockpit: &Cockpit, height: usize) -> bool {
        let places = self.places(cockpit);
        let at = self.position(&places);
        let last = places.len().saturating_sub(1);
        let page = height.max(2) - 1;
        let to = match action {
            Action::Down => at + 1,
            Action::Up => at.saturating_sub(1),
            Action::PageDown | Action::HalfPageDown => at + page,
            Action::PageUp | Action::HalfPageUp => at.saturating_sub(page),
            Action::Top => 0,
            Action::Bottom => last,
            Action::Mark => {
                let revision = places[..=at.min(last)].iter().rev().find_map(|place| match place {
                    Place::Revision(uid) => Some(uid.clone()),
                    Place::Pod(_) => None,
                });
                if let Some(uid) = revision.filter(|_| !places.is_empty()) {
                    if !self.turned.remove(&uid) {
                        self.turned.insert(uid.clone());
                    }
                    self.selected = Some(Place::Revision(uid));
                }
                return true;
            }
            _ => return false,
        };
        self.selected = places.get(to.min(last)).cloned();
        true
    }

    /// Brings the cursor into view of so many lines.
    pub fn settle(&mut self, cockpit: &Cockpit, height: usize) {
        let places = self.places(cockpit);
        let at = self.position(&places);
        self.top = self.top.min(places.len().saturating_sub(height.max(1)));
        if at < self.top {
            self.top = at;
        } else if height > 0 && at >= self.top + height {
            self.top = at + 1 - height;
        }
    }
}
