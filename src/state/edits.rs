//! Editing an object in the user's editor: what is being edited, and what was typed, until it has been taken.

use serde_json::Value;

use crate::action::Action;
use crate::effect::{Effect, OpId};
use crate::model::trouble::Trouble;
use crate::release::facts::Gathered;
use crate::release::{Change, Target, edit};
use crate::screen::plan::Joined;
use crate::state::notices::Severity;
use crate::state::{Now, State};

/// An edit that is on its way.
#[derive(Debug, Clone, PartialEq)]
pub struct Edit {
    /// The operation that reads the object, then that of the editor.
    pub op: OpId,
    /// The object.
    pub target: Target,
    /// As it was when the editor was opened; null before.
    pub original: Value,
    /// What was typed, when it could not be taken: nothing is lost.
    pub kept: Option<String>,
    /// Why it could not be taken.
    pub said: String,
}

impl State {
    /// Begins to edit an object: it is read first. What was typed before and could not be taken comes again.
    pub(super) fn begin_edit(&mut self, target: Target, effects: &mut Vec<Effect>) {
        let op = self.start_op(format!("read {target} to edit it"));
        let change = Change::Edit { patch: Box::new(Value::Null) };
        effects.push(Effect::Gather(op, target.clone(), Box::new(change)));
        let before = self.edit.take().filter(|edit| edit.target == target);
        let (kept, said) = before.map_or((None, String::new()), |edit| (edit.kept, edit.said));
        self.edit = Some(Edit { op, target, original: Value::Null, kept, said });
    }

    /// The object to be edited was read; false when it was read for something else.
    pub(super) fn on_edit_gathered(
        &mut self,
        op: OpId,
        result: &Result<Box<Gathered>, Trouble>,
        now: Now,
        effects: &mut Vec<Effect>,
    ) -> bool {
        let Some(edit) = self.edit.as_mut().filter(|edit| edit.op == op && edit.original.is_null()) else {
            return false;
        };
        match result {
            Ok(gathered) => {
                edit.original.clone_from(&gathered.object);
                let text = match &edit.kept {
                    Some(kept) => Ok(edit::again(kept, &edit.said)),
                    None => edit::text(&edit.original, ""),
                };
                let op = edit.op;
                match text {
                    Ok(text) => effects.push(Effect::OpenEditor(op, text)),
                    Err(why) => self.tell(Severity::Error, why, now),
                }
            }
            Err(trouble) => {
                let words = format!("cannot be read: {trouble}");
                self.tell(Severity::Error, words, now);
            }
        }
        true
    }

    /// The editor was left.
    pub fn on_edited(
        &mut self,
        op: OpId,
        result: Result<String, String>,
        now: Now,
        effects: &mut Vec<Effect>,
    ) {
        let Some(edit) = self.edit.as_mut().filter(|edit| edit.op == op) else { return };
        let key = |state: &Self| {
            let keys = state.keymap().keys_for(Action::Edit, state.context().stack());
            keys.into_iter().next().unwrap_or_else(|| ":edit".to_owned())
        };
        let text = match result {
            Ok(text) => text,
            Err(why) => return self.tell(Severity::Error, why, now),
        };
        match edit::patch(&edit.original, &text) {
            Ok(None) => {
                self.edit = None;
                self.tell(Severity::Info, "Edit cancelled, no changes made.", now);
            }
            Ok(Some(patch)) => {
                // Kept until the server has taken it.
                edit.kept = Some(text);
                "this is what you typed before; it was not sent, or not taken".clone_into(&mut edit.said);
                let wanted = vec![(edit.target.clone(), Change::Edit { patch: Box::new(patch) })];
                self.begin_plan(wanted, Joined::Bulk, now, effects);
            }
            Err(why) => {
                edit.kept = Some(text);
                edit.said.clone_from(&why);
                let key = key(self);
                self.tell(Severity::Error, format!("{why}; {key} opens what you typed again"), now);
            }
        }
    }
}
