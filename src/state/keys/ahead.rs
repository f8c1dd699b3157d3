//! Going again to where one came back from.

use crate::describe::What;
use crate::effect::{Effect, OpId};
use crate::screen::Screen;
use crate::screen::detail::Subject;
use crate::screen::detail::text::Form;
use crate::state::details::read;
use crate::state::notices::Severity;
use crate::state::{Now, State};

/// So many screens are kept.
const MOST: usize = 16;

impl State {
    /// The top screen is left by going back: what can be shown again as it was is kept.
    pub(super) fn keep_ahead(&mut self) {
        match self.stack.last() {
            // Its sessions end with it.
            Some(Screen::Table(pane)) if pane.fleet.is_some() => self.ahead.clear(),
            Some(
                Screen::Table(_)
                | Screen::Text(_)
                | Screen::Containers(_)
                | Screen::Relations(_)
                | Screen::Recent(_)
                | Screen::Why(_)
                | Screen::Explain(_)
                | Screen::Operations(_)
                | Screen::Triage(_)
                | Screen::Forwards(_),
            ) => {
                self.ahead.extend(self.stack.pop());
                let over = self.ahead.len().saturating_sub(MOST);
                self.ahead.drain(..over);
            }
            // A log, a plan and the like are of their moment.
            _ => self.ahead.clear(),
        }
    }

    /// Goes to where one came back from.
    pub(super) fn go_forward(&mut self, now: Now, effects: &mut Vec<Effect>) {
        if self.stack.is_empty() && self.home.go_forward() {
            return;
        }
        let Some(mut screen) = self.ahead.pop() else {
            return self.tell(Severity::Info, "there is nothing ahead: nobody went back from there", now);
        };
        match &mut screen {
            Screen::Text(text) => {
                text.subject.op = self.again(&text.subject);
                effects.push(read(text.form, &text.subject));
            }
            Screen::Containers(containers) => {
                containers.subject.op = self.again(&containers.subject);
                effects.push(read(Form::Told(What::Containers), &containers.subject));
            }
            // Its columns may be other ones by now.
            Screen::Table(pane) => self.kinds.dress(pane),
            _ => {}
        }
        self.stack.push(screen);
        self.watch_what_is_shown(now, effects);
        self.work(now, usize::MAX);
    }

    /// What was read is read again; what is known of it stays until then.
    fn again(&mut self, subject: &Subject) -> OpId {
        self.start_op(format!("read {}", subject.object.name))
    }
}
