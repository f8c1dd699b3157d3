//! Leaving, the program or a context, while changes are on their way.

use crate::effect::{Effect, OpId};
use crate::state::changes::Followed;
use crate::state::notices::Severity;
use crate::state::{Now, State};

impl State {
    /// Whether leaving (the program, the context) would leave a change behind whose outcome is not known.
    pub fn uncertain(&self) -> bool {
        self.changes.running().any(Followed::is_uncertain)
    }

    /// Leaves the program; a change whose answer is awaited keeps it once, for what the cluster has would not be known.
    pub(in crate::state) fn quit(&mut self, now: Now, effects: &mut Vec<Effect>) {
        if self.uncertain() && !std::mem::replace(&mut self.leaving, true) {
            let words =
                "a change is on its way, and its answer is awaited: press again to leave all the same";
            return self.tell(Severity::Warning, words, now);
        }
        self.leave_changes("the program was left", now, effects);
        self.close_forwards(now, effects);
        self.cancel_copies(now, effects);
        effects.push(Effect::Quit);
    }

    /// The program was asked to end: nobody is there to be asked.
    pub fn terminate(&mut self, now: Now, effects: &mut Vec<Effect>) {
        self.leaving = true;
        self.quit(now, effects);
    }

    /// Follows nothing of this context any more.
    pub(in crate::state) fn leave_changes(&mut self, why: &str, now: Now, effects: &mut Vec<Effect>) {
        let ids: Vec<OpId> = self.changes.running().map(|followed| followed.id).collect();
        for id in ids {
            if let Some(news) = self.changes.leave(id, why, now, effects) {
                self.on_news(&news, now, effects);
            }
        }
    }
}
