//! What changed lately: asked for, shown, and gone along.

use crate::action::Action;
use crate::effect::{Effect, OpId};
use crate::inquiry::Subject;
use crate::model::measure;
use crate::model::resource::Resource;
use crate::model::trouble::Trouble;
use crate::recent::Recent;
use crate::screen::detail::Reading;
use crate::screen::recent::RecentScreen;
use crate::screen::{self, Screen};
use crate::state::notices::Severity;
use crate::state::{Now, State};

/// How far one looks back to begin with, in minutes.
const MINUTES: i64 = 60;

impl State {
    /// The object under the cursor, by name.
    pub(super) fn subject_here(&self) -> Option<Subject> {
        // A line of triage names the owner, and shows it by a pod.
        let owner = self.triage().and_then(|screen| self.record_of(&screen.current()?.subject));
        let record = owner.or_else(|| self.object())?;
        let meta = record.meta();
        Some(Subject {
            resource: Resource::from(record.kind()),
            namespace: meta.namespace.to_string(),
            name: meta.name.to_string(),
        })
    }

    /// Shows what changed in the namespaces in scope, or of the object under the cursor and what it has to do with.
    pub(super) fn open_recent(
        &mut self,
        of_object: bool,
        minutes: Option<i64>,
        now: Now,
        effects: &mut Vec<Effect>,
    ) {
        let subject = if of_object { self.subject_here() } else { None };
        if of_object && subject.is_none() {
            return self.tell(Severity::Info, "nothing is selected", now);
        }
        let own = subject.as_ref().map(|subject| subject.namespace.clone()).filter(|name| !name.is_empty());
        let namespace = own.or_else(|| self.session.namespace.as_deref().map(str::to_owned));
        let op = self.start_op("read what changed");
        let screen = RecentScreen::new(op, namespace, subject, minutes.unwrap_or(MINUTES), now);
        effects.push(Effect::Inquire(op, screen.question(now)));
        self.stack.push(Screen::Recent(Box::new(screen)));
        self.watch_what_is_shown(now, effects);
    }

    /// `:changes SPAN`: a duration as `30m`, `2h`, `1d`.
    pub(super) fn recent_typed(&mut self, words: &str, now: Now, effects: &mut Vec<Effect>) {
        match measure::duration(words) {
            Some(span) if span >= 60 => self.open_recent(false, Some(span / 60), now, effects),
            _ => self.tell(
                Severity::Info,
                format!("{words} is no span of time: `:changes 30m`, `2h`, `1d`"),
                now,
            ),
        }
    }

    /// What changed was read, or not.
    pub(super) fn on_recent(&mut self, op: OpId, result: Result<Recent, Trouble>, now: Now) {
        let screens = self.stack.iter_mut().chain(&mut self.ahead);
        for screen in screens {
            if let Screen::Recent(screen) = screen
                && screen.op == op
            {
                match result {
                    Ok(recent) => {
                        screen.recent = recent;
                        screen.reading = Reading::Done;
                        screen.read = now;
                    }
                    Err(trouble) => screen.reading = Reading::Failed(trouble),
                }
                return;
            }
        }
    }

    fn ask_recent_again(&mut self, now: Now, effects: &mut Vec<Effect>) {
        let Some(Screen::Recent(screen)) = self.stack.last_mut() else { return };
        screen.reading = Reading::Waiting;
        let (op, question) = (screen.op, screen.question(now));
        // What was asked before is not waited for.
        effects.push(Effect::Cancel(op));
        let op = self.start_op("read what changed");
        if let Some(Screen::Recent(screen)) = self.stack.last_mut() {
            screen.op = op;
        }
        effects.push(Effect::Inquire(op, question));
    }

    /// Does what the screen can do; false when the action means nothing there.
    pub(super) fn act_on_recent(&mut self, action: Action, now: Now, effects: &mut Vec<Effect>) -> bool {
        let body = screen::body(self.size);
        let Some(Screen::Recent(screen)) = self.stack.last() else { return false };
        let current = screen.current(self, now);
        match action {
            Action::Open => {
                if let Some(one) = current {
                    self.go_to_named(&one.about, &one.uid, now, effects);
                }
            }
            Action::CopyName => {
                if let Some(one) = current {
                    effects
                        .push(Effect::Copy(format!("{} {}: {}", one.about.kind, one.about.name, one.words)));
                }
            }
            Action::Retry => self.ask_recent_again(now, effects),
            Action::LookBackFurther | Action::LookBackLess => {
                if let Some(Screen::Recent(screen)) = self.stack.last_mut() {
                    screen.turn(action == Action::LookBackFurther);
                }
                self.ask_recent_again(now, effects);
            }
            Action::Recent | Action::RecentOfObject => {
                // From an object to all, and not a screen upon a screen.
                if let Some(Screen::Recent(screen)) = self.stack.last_mut()
                    && screen.subject.take().is_some()
                {
                    self.ask_recent_again(now, effects);
                }
            }
            action => {
                let lines = screen.lines(self, now);
                let Some(Screen::Recent(screen)) = self.stack.last_mut() else { return false };
                return screen.act(action, &lines, body);
            }
        }
        true
    }
}
