//! Editing an object in the user's editor: what is being edited, and what was typed, until it has been taken.

use serde_json::Value;

use crate::action::Action;
use crate::effect::{Effect, OpId};
use crate::model::trouble::Trouble;
use crate::release::edit::{self, Edited};
use crate::release::facts::Gathered;
use crate::release::{Change, Target};
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
        // Nothing is wanted yet, so nothing beside the object is read.
        let change = Change::Edit { base: None, wanted: Box::new(Value::Null) };
        effects.push(Effect::Gather(op, target.clone(), Box::new(change)));
        let before = self.kept_edit(&target);
        let (kept, said) = before.map_or((None, String::new()), |edit| (edit.kept, edit.said));
        self.edit = Some(Edit { op, target, original: Value::Null, kept, said });
    }

    /// What was typed before for an object; what was typed for another one is put aside, and comes again with it.
    fn kept_edit(&mut self, target: &Target) -> Option<Edit> {
        self.put_aside.extend(self.edit.take().filter(|edit| edit.kept.is_some()));
        let at = self.put_aside.iter().position(|edit| edit.target == *target)?;
        Some(self.put_aside.remove(at))
    }

    /// The server has taken what was typed for an object.
    pub(super) fn edit_taken(&mut self, target: &Target) {
        self.edit.take_if(|edit| edit.target == *target);
        self.put_aside.retain(|edit| edit.target != *target);
    }

    /// What was typed and not taken by the server, with its object.
    pub fn unsent_edits(&self) -> impl Iterator<Item = (&Target, &str)> {
        let all = self.put_aside.iter().chain(&self.edit);
        all.filter_map(|edit| Some((&edit.target, edit.kept.as_deref()?)))
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
                    Some(kept) => edit::again(kept, &edit.said),
                    None => edit::text_of(&edit.original),
                };
                effects.push(Effect::OpenEditor(edit.op, text));
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
        match edit::read(&text, &edit.original, &edit.target) {
            Edited::Cancelled(words) => {
                self.edit = None;
                self.tell(Severity::Info, words, now);
            }
            Edited::Change(change) => {
                // Kept until the server has taken it.
                edit.kept = Some(text);
                "this is what you typed before; it was not sent, or not taken".clone_into(&mut edit.said);
                let wanted = vec![(edit.target.clone(), change)];
                self.begin_plan(Action::Edit, wanted, Joined::Bulk, now, effects);
            }
            Edited::Again(why) => {
                edit.kept = Some(text);
                edit.said.clone_from(&why);
                let key = key(self);
                self.tell(Severity::Error, format!("{why}; {key} opens what you typed again"), now);
            }
        }
    }

    /// The server took none of it: its words stand above the text when it is opened again.
    pub(super) fn on_edit_rejected(&mut self, target: &Target, trouble: &Trouble) {
        let mut all = self.edit.iter_mut().chain(&mut self.put_aside);
        if let Some(edit) = all.find(|edit| edit.target == *target) {
            edit.said = edit::rejected(target, &trouble.said);
        }
    }
}
