//! Going again to where one came back from.

use crate::effect::Effect;
use crate::screen::Screen;
use crate::screen::detail::Subject;
use crate::state::notices::Severity;
use crate::state::{Now, State};

/// So many screens are kept.
const MOST: usize = 16;

impl State {
    /// The top screen is left by going back: what can be shown again as it was is kept.
    pub(super) fn keep_ahead(&mut self) {
        match self.stack.last() {
            Some(
                Screen::Table(_)
                | Screen::Yaml(_)
                | Screen::Containers(_)
                | Screen::Operations(_)
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
            Screen::Yaml(yaml) => {
                let subject = self.again(&yaml.subject);
                effects.push(Effect::GetYaml(subject.op, subject.object.clone()));
                yaml.subject.op = subject.op;
            }
            Screen::Containers(containers) => {
                let subject = self.again(&containers.subject);
                effects.push(Effect::GetContainers(subject.op, subject.object.clone()));
                containers.subject.op = subject.op;
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
    fn again(&mut self, subject: &Subject) -> Again {
        let op = self.start_op(format!("read {}", subject.object.name));
        Again { op, object: subject.object.clone() }
    }
}

struct Again {
    op: crate::effect::OpId,
    object: crate::effect::ObjectRef,
}
