//! What the journal screen asks for and does: reading it, taking an old change back, ending to follow one.

use crate::action::Action;
use crate::effect::{Effect, OpId};
use crate::journal::Entry;
use crate::screen::journal::{JournalScreen, Row, draw};
use crate::screen::scroll::Scroll;
use crate::screen::{self, Screen};
use crate::state::notices::Severity;
use crate::state::steer::invert::back;
use crate::state::{Now, State};

impl State {
    /// Opens the journal.
    pub(super) fn open_journal(&mut self, now: Now, effects: &mut Vec<Effect>) {
        let op = self.start_op("read the journal");
        effects.push(Effect::ReadJournal(op));
        self.stack.push(Screen::Journal(Box::new(JournalScreen::new(op, &self.journalled))));
        self.watch_what_is_shown(now, effects);
    }

    /// The journal was read.
    pub fn on_journal_read(&mut self, op: OpId, read: Result<Vec<Entry>, String>) {
        self.operations.end(op);
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
        let body = screen::body(self.size);
        let height = draw::height(body.height);
        let Some(Screen::Journal(screen)) = self.stack.last() else { return false };
        let rows = screen.rows(self);
        let row = rows.get(screen.position(&rows)).copied();
        match (action, row) {
            (Action::Invert, Some(Row::Entry(entry))) => {
                let entry = entry.clone();
                self.invert_entry(entry, now, effects);
            }
            (Action::Invert | Action::StopFollowing | Action::RingWhenDone, Some(Row::Running(id, _))) => {
                self.act_on_running(action, id, now, effects);
            }
            (Action::StopFollowing | Action::RingWhenDone, Some(Row::Entry(_))) => {
                self.tell(Severity::Info, "it is not followed by this session", now);
            }
            (Action::Open, row) => {
                let open = screen.open.is_none() && row.is_some();
                if let Some(Screen::Journal(screen)) = self.stack.last_mut() {
                    screen.open = open.then(Scroll::default);
                }
            }
            (Action::Back, _) if screen.open.is_some() => {
                if let Some(Screen::Journal(screen)) = self.stack.last_mut() {
                    screen.open = None;
                }
            }
            (action, row) if screen.open.is_some() => {
                let len = row.map_or(0, |row| draw::details(row, self, body.width).len());
                let Some(Screen::Journal(screen)) = self.stack.last_mut() else { return false };
                return screen.open.as_mut().is_some_and(|scroll| scroll.act(action, len, height + 1));
            }
            (action, _) => {
                let Some(to) = screen.target(action, self, height) else { return false };
                if let Some(Screen::Journal(screen)) = self.stack.last_mut() {
                    screen.go(to, height);
                }
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
        self.begin_plan(Action::Invert, entry.inverse, back(entry.ordered), now, effects);
    }
}
