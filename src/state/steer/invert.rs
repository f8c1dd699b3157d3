//! Taking back: the inverse of a change of this session, as a plan of its own.

use crate::action::Action;
use crate::effect::{Effect, OpId};
use crate::release::plan::Order;
use crate::screen::plan::Joined;
use crate::state::notices::Severity;
use crate::state::{Now, State};

impl State {
    pub(super) fn invert_offer(&self, id: OpId) -> String {
        if self.changes.get(id).is_none_or(|followed| followed.inverse().is_empty()) {
            return String::new();
        }
        let key = self.keymap().keys_for(Action::Invert, self.context().stack()).into_iter().next();
        key.map_or_else(String::new, |key| format!("   {key} takes it back"))
    }

    /// The inverse of the last change, as a plan.
    pub(super) fn invert_last(&mut self, now: Now, effects: &mut Vec<Effect>) {
        let last = self.changes.all().iter().rev().find(|followed| {
            followed.context == self.session.place.context && !followed.inverse().is_empty()
        });
        match last.map(|followed| followed.id) {
            None => {
                self.tell(Severity::Info, "there is no change of this session that could be taken back", now);
            }
            Some(id) => self.invert_change(id, now, effects),
        }
    }

    /// The inverse of a change of this session, as a plan.
    pub(in crate::state) fn invert_change(&mut self, id: OpId, now: Now, effects: &mut Vec<Effect>) {
        let Some(followed) = self.changes.get(id) else { return };
        let (title, wanted) = (followed.title.clone(), followed.inverse());
        let joined = back(followed.order == Order::WhenReached);
        if followed.is_uncertain() {
            self.tell(Severity::Warning, "wait: it is not known yet what became of it", now);
        } else if followed.context != self.session.place.context {
            let words = format!("it was made in context {}: go there first", followed.context);
            self.tell(Severity::Warning, words, now);
        } else if !wanted.is_empty() {
            if self.begin_plan(Action::Invert, wanted, joined, now, effects)
                && let Some(screen) = self.plan_on_top()
            {
                screen.note = format!("takes back: {title}");
            }
        } else {
            self.tell(Severity::Info, "nothing takes it back", now);
        }
    }
}

/// How the steps back follow each other. Steps that waited for each other go back the same way, the last first and each when the
/// one before is done: what shrank last grows first, so that there are never fewer pods than on the way there.
pub(in crate::state) fn back(ordered: bool) -> Joined {
    if ordered { Joined::Sequence } else { Joined::Bulk }
}
