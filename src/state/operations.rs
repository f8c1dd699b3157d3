//! What is on its way: every read, follow and dry run with its words and since when (invariant 4). Each can be cancelled; one
//! that is cancelled is answered like one that failed, so whoever waits for it says so.
//!
//! Changes that were confirmed have a list of their own ([`super::changes`]): what has left cannot be called back.

use std::collections::BTreeMap;

use crate::action::Action;
use crate::effect::{Effect, OpId};
use crate::event::WriteAnswer;
use crate::model::log::LogUpdate;
use crate::model::trouble::{Trouble, TroubleKind};
use crate::screen::operations::{self, OperationsScreen, Row};
use crate::screen::{self, Screen};
use crate::state::notices::Severity;
use crate::state::{Now, State};

/// One that waits for an answer, or goes on until it is ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operation {
    /// What it is, in words.
    pub words: String,
    /// Since when.
    pub since: Now,
}

/// All of them, oldest first.
#[derive(Debug, Default)]
pub struct Operations {
    open: BTreeMap<OpId, Operation>,
    last: OpId,
}

impl Operations {
    /// The next id, for something that has a list of its own.
    pub fn id(&mut self) -> OpId {
        self.last += 1;
        self.last
    }

    /// Begins one.
    pub fn begin(&mut self, words: impl Into<String>, since: Now) -> OpId {
        let op = self.id();
        self.open.insert(op, Operation { words: words.into(), since });
        op
    }

    /// One that had ended goes on, e.g. a read that is done again.
    pub fn again(&mut self, op: OpId, words: impl Into<String>, since: Now) {
        self.open.insert(op, Operation { words: words.into(), since });
    }

    /// It has ended.
    pub fn end(&mut self, op: OpId) {
        self.open.remove(&op);
    }

    /// All have ended: their ids.
    pub fn end_all(&mut self) -> Vec<OpId> {
        std::mem::take(&mut self.open).into_keys().collect()
    }

    /// One of them.
    pub fn get(&self, op: OpId) -> Option<&Operation> {
        self.open.get(&op)
    }

    /// All that are on their way, oldest first.
    pub fn open(&self) -> impl DoubleEndedIterator<Item = (OpId, &Operation)> {
        self.open.iter().map(|(op, operation)| (*op, operation))
    }
}

impl State {
    /// Opens the list of what is on its way.
    pub(super) fn open_operations(&mut self, now: Now, effects: &mut Vec<Effect>) {
        self.stack.push(Screen::Operations(OperationsScreen::default()));
        self.watch_what_is_shown(now, effects);
    }

    /// Does what the list can do; false when the action means nothing there.
    pub(super) fn act_on_operations(&mut self, action: Action, now: Now, effects: &mut Vec<Effect>) -> bool {
        let Some(Screen::Operations(screen)) = self.stack.last() else { return false };
        let row = screen.row(self);
        match (action, row) {
            (Action::Back, _) if screen.open.is_some() => {
                if let Some(Screen::Operations(screen)) = self.stack.last_mut() {
                    screen.open = None;
                }
            }
            (Action::Invert | Action::StopFollowing | Action::RingWhenDone, Some(Row::Change(id))) => {
                self.act_on_running(action, id, now, effects);
            }
            (Action::StopFollowing, Some(Row::Open(op))) => self.cancel(op, now, effects),
            (Action::Invert | Action::StopFollowing | Action::RingWhenDone, _) => {
                self.tell(Severity::Info, "that is for a change", now);
            }
            (action, _) => {
                let body = screen::body(self.size);
                let (rows, lines) = (screen.rows(self), screen.detail_len(self, body.width));
                let Some(Screen::Operations(screen)) = self.stack.last_mut() else { return false };
                return screen.act(action, &rows, lines, operations::height(body.height));
            }
        }
        true
    }

    /// Takes a change of this session back, follows it no longer, or has its end announced.
    pub(super) fn act_on_running(&mut self, action: Action, id: OpId, now: Now, effects: &mut Vec<Effect>) {
        let Some(followed) = self.changes.get_mut(id) else { return };
        let over = followed.is_over();
        match action {
            Action::Invert => self.invert_change(id, now, effects),
            _ if over => self.tell(Severity::Info, "it is over already", now),
            Action::StopFollowing => {
                match self.changes.leave(id, "no longer followed", now, effects) {
                    Some(news) => self.on_news(&news, now, effects),
                    // What was not begun is not begun any more.
                    None => {
                        let words = "what has been sent cannot be called back: its answer is awaited";
                        self.tell(Severity::Warning, words, now);
                    }
                }
            }
            _ => {
                followed.rings = !followed.rings;
                let words =
                    if followed.rings { "its end will be announced" } else { "its end is only shown" };
                self.tell(Severity::Info, words, now);
            }
        }
    }

    /// Ends an operation: whoever waits for it gets an answer that says so.
    fn cancel(&mut self, op: OpId, now: Now, effects: &mut Vec<Effect>) {
        let Some(operation) = self.operations.get(op) else { return };
        let trouble = Trouble {
            kind: TroubleKind::Cancelled,
            tried: operation.words.clone(),
            said: String::new(),
            status: None,
            wait: None,
            missing: None,
        };
        let words = format!("cancelled: {}", operation.words);
        // It says itself when it has ended, and what went through it.
        if self.stop_forward(op, effects) {
            return;
        }
        self.end(op, effects);
        // Ids are unique: the one that knows it takes it.
        self.on_yaml(op, Err(trouble.clone()), effects);
        self.on_described(op, Err(trouble.clone()), now, effects);
        self.on_revealed(op, Err(trouble.clone()), now);
        self.on_log(op, LogUpdate::Failed(trouble.clone()));
        self.on_namespaces(op, Err(trouble.clone()), now, effects);
        self.on_opened(op, Err(trouble.clone()), now);
        self.on_explained(op, Err(trouble.clone()));
        self.on_gathered(op, Err(trouble.clone()), now, effects);
        self.on_file_read(op, Err("it was cancelled".to_owned()), now, effects);
        self.on_kinds(op, Err(trouble.clone()), now, effects);
        self.on_probed(op, Err(trouble.clone()));
        self.on_called(op, Err(trouble.clone()), now, effects);
        self.on_inquired(op, Err(trouble.clone()), now, effects);
        self.cancel_copy(op, now, effects);
        self.on_ports(op, Err(trouble.clone()), now);
        self.on_seen(op, Err(trouble.clone()), now, effects);
        self.on_written(op, WriteAnswer::Unknown(trouble), now, effects);
        self.on_journal_read(op, Err("it was cancelled".to_owned()));
        self.tell(Severity::Info, words, now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_ended_is_on_no_list() {
        let mut operations = Operations::default();
        let (one, unlisted) = (operations.begin("read a", Now::default()), operations.id());
        let other = operations.begin("read b", Now::default());
        assert!(one < unlisted && unlisted < other);
        let open = |operations: &Operations| operations.open().map(|(op, _)| op).collect::<Vec<_>>();
        assert_eq!(open(&operations), [one, other]);
        operations.end(one);
        assert_eq!(open(&operations), [other]);
        operations.again(one, "read a", Now::default());
        assert_eq!(operations.end_all(), [one, other]);
        assert_eq!(operations.open().count(), 0);
    }
}
