//! What the journal screen asks for and does: reading it, taking an old change back, ending to follow one.

use crate::action::Action;
use crate::effect::{Effect, OpId};
use crate::journal::Entry;
use crate::screen::journal::{self, JournalScreen, Row};
use crate::screen::plan::Joined;
use crate::screen::{self, Screen};
use crate::state::notices::Severity;
use crate::state::{Now, State};

impl State {
    /// Opens the journal.
    pub(super) fn open_journal(&mut self, now: Now, effects: &mut Vec<Effect>) {
        let op = self.start_op("read the journal");
        effects.push(Effect::ReadJournal(op));
        self.stack.push(Screen::Journal(Box::new(JournalScreen::new(op))));
        self.watch_what_is_shown(now, effects);
    }

    /// The journal was read.
    pub fn on_journal_read(&mut self, op: OpId, read: Result<Vec<Entry>, String>) {
        self.operations.remove(&op);
        for screen in &mut self.stack {
            if let Screen::Journal(screen) = screen
                && screen.op == op
            {
                return screen.on_read(read);
            }
        }
    }

    /// Does what the journal screen can do; false when the action means nothing there.
    pub(super) fn act_on_journal(&mut self, action: Action, now: Now, effects: &mut Vec<Effect>) -> bool {
        let Some(Screen::Journal(screen)) = self.stack.last() else { return false };
        let rows = screen.rows(self);
        let count = rows.len();
        let row = rows.get(screen.selected).copied();
        match (action, row) {
            (Action::Back, _) if screen.open => {
                if let Some(Screen::Journal(screen)) = self.stack.last_mut() {
                    screen.open = false;
                }
            }
            (Action::Invert, Some(Row::Entry(entry))) => {
                let entry = entry.clone();
                self.invert_entry(entry, now, effects);
            }
            (Action::Invert, Some(Row::Running(id))) => {
                let inverse = self.changes.get(id).filter(|one| !one.is_uncertain()).map(|one| one.inverse());
                match inverse {
                    Some(wanted) if !wanted.is_empty() => {
                        self.begin_plan(wanted, Joined::Bulk, now, effects);
                    }
                    _ => self.tell(Severity::Info, "nothing takes it back, or it is not known yet", now),
                }
            }
            (Action::StopFollowing, Some(Row::Running(id))) => {
                if let Some(news) = self.changes.leave(id, "no longer followed", now, effects) {
                    self.on_news(&news, now, effects);
                }
            }
            (Action::RingWhenDone, Some(Row::Running(id))) => {
                if let Some(followed) = self.changes.get_mut(id) {
                    followed.rings = !followed.rings;
                    let words =
                        if followed.rings { "its end will be announced" } else { "its end is only shown" };
                    self.tell(Severity::Info, words, now);
                }
            }
            (action, _) => {
                let height = journal::height(screen::body(self.size).height);
                let Some(Screen::Journal(screen)) = self.stack.last_mut() else { return false };
                return screen.act(action, count, height);
            }
        }
        true
    }

    /// The inverse of an old change, planned against the objects as they are now.
    fn invert_entry(&mut self, entry: Entry, now: Now, effects: &mut Vec<Effect>) {
        let place = &self.session.place;
        if entry.context != place.context || entry.server != place.server {
            let words =
                format!("it was made in context {} ({}): go there first", entry.context, entry.server);
            return self.tell(Severity::Warning, words, now);
        }
        if entry.inverse.is_empty() {
            return self.tell(Severity::Info, "nothing takes it back", now);
        }
        let (target, change) = entry.inverse[0].clone();
        if self.may(Action::Invert, &target, &change, now, effects) {
            self.begin_plan(entry.inverse, Joined::Bulk, now, effects);
        }
    }
}
