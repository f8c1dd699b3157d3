//! What is done on the plan screen: reading it, confirming it, leaving it.

use super::record;
use crate::action::Action;
use crate::effect::Effect;
use crate::gate::{self, Answer, Asks, Refused};
use crate::release::{Change, Target};
use crate::screen::plan::left::Left;
use crate::screen::plan::{PlanScreen, QUARANTINE};
use crate::screen::{self, Prompt, Screen};
use crate::state::changes::Followed;
use crate::state::notices::Severity;
use crate::state::{Now, State};
use crate::widget::line_edit::LineEdit;

impl State {
    /// Does what the plan screen can do; false when the action means nothing there.
    pub(in crate::state) fn act_on_plan(
        &mut self,
        action: Action,
        now: Now,
        effects: &mut Vec<Effect>,
    ) -> bool {
        let body = screen::body(self.size);
        let height = screen::plan::draw::height(body.height);
        let len = match self.stack.last() {
            Some(Screen::Plan(screen)) => screen::plan::draw::lines(screen, self, body.width).len(),
            _ => return false,
        };
        let Some(Screen::Plan(screen)) = self.stack.last_mut() else { return false };
        match action {
            Action::Confirm => self.confirm(now, effects),
            Action::CopyName => {
                if let Some(plan) = screen.ready() {
                    effects.push(Effect::Copy(plan.kubectl.join("\n")));
                }
            }
            Action::Reason => {
                self.prompt = Some(Prompt::Reason(LineEdit::with(&screen.reason)));
            }
            Action::RingWhenDone => {
                screen.rings = !screen.rings;
                let words = if screen.rings { "its end will be announced" } else { "its end is only shown" };
                self.tell(Severity::Info, words, now);
            }
            Action::Insist => self.insist(now, effects),
            Action::ToggleForce => self.toggle_force(now, effects),
            Action::Cascade => self.next_cascade(now, effects),
            Action::Back => return false,
            action => return screen.act(action, len, height),
        }
        true
    }

    /// The plan is made although fewer ready pods would serve a service.
    fn insist(&mut self, now: Now, effects: &mut Vec<Effect>) {
        let Some(place) = self.stack.len().checked_sub(1) else { return };
        let Some(screen) = self.plan_at(place) else { return };
        let mut meant = false;
        for part in &mut screen.parts {
            if let Change::Selector { insist, .. } = &mut part.change {
                meant |= !std::mem::replace(insist, true);
            }
        }
        if meant {
            self.make_plan(place, now, effects);
        } else {
            self.tell(Severity::Info, "there is nothing to insist on", now);
        }
    }

    /// The key that confirms was pressed.
    fn confirm(&mut self, now: Now, effects: &mut Vec<Effect>) {
        let Some(Screen::Plan(screen)) = self.stack.last() else { return };
        let Some(plan) = screen.ready() else {
            return self.tell(Severity::Info, "there is no plan to confirm", now);
        };
        if screen.is_read_anew() {
            return self.tell(Severity::Info, "it changed and is read anew: nothing was sent", now);
        }
        if screen.held || screen.drawn.is_none_or(|since| now.mono < since + QUARANTINE) {
            return self.tell(
                Severity::Info,
                "that came before the plan could be read: nothing was sent",
                now,
            );
        }
        let ground = self.ground(screen.by);
        if gate::writable(ground, plan).is_ok()
            && ground.demand(plan).reason.is_some()
            && screen.reason.is_empty()
        {
            self.prompt = Some(Prompt::Reason(LineEdit::default()));
            return;
        }
        let asked = gate::asks(ground, plan);
        if let Asks::Word(word) = &asked
            && screen.word != *word
        {
            self.prompt = Some(Prompt::Word(LineEdit::default()));
            return;
        }
        let answer = match &asked {
            Asks::Word(_) => Answer::Word(&screen.word),
            Asks::Key | Asks::KeyAfterDryRun => Answer::Key,
        };
        let permits = match gate::confirm(ground, plan, &answer, screen.is_rehearsed(), &screen.reason) {
            Ok(permits) => permits,
            Err(refused) => {
                let words = refused.to_string();
                if matches!(refused, Refused::NoJournal | Refused::Denied(_)) {
                    // Whether that is still so is found out by writing it down.
                    let targets: Vec<Target> = plan.steps.iter().map(|step| step.target.clone()).collect();
                    let word = plan.steps[0].change.word();
                    self.write_refusal(word, &targets, &words, now, effects);
                }
                return self.tell(Severity::Warning, words, now);
            }
        };
        let Some(Screen::Plan(screen)) = self.stack.pop() else { return };
        self.leave_plan(&screen, effects);
        let PlanScreen { by, plan: Some(Ok(plan)), dry_run, reason, rings, .. } = *screen else { return };
        let id = self.operations.id();
        let steps = plan.steps.iter().cloned().zip(permits);
        let steps: Vec<_> = steps
            .map(|(step, permit)| {
                let (send, follow) = (self.operations.id(), self.operations.id());
                (step, permit, send, follow)
            })
            .collect();
        let followed = Followed {
            id,
            by,
            title: plan.title.clone(),
            reason,
            context: self.session.place.context.clone(),
            dry_run: dry_run.words(),
            values: record::values(&plan),
            steps: Vec::new(),
            order: plan.order,
            began: now,
            ended: None,
            rings,
        };
        // The line is written before the request leaves: a program that dies leaves it behind.
        let entry = self.sent_entry(&followed, &plan, now);
        self.write_down(entry, effects);
        self.changes.begin(followed, steps, now, effects);
        self.forget_marks_of(&plan);
        self.watch_what_is_shown(now, effects);
    }

    /// The word that has to be typed to confirm the plan on the screen.
    pub fn asked_word(&self) -> Option<String> {
        let Some(Screen::Plan(screen)) = self.stack.last() else { return None };
        match screen.asks(self.ground(screen.by)) {
            Some(Asks::Word(word)) => Some(word),
            _ => None,
        }
    }

    /// Ends what runs for a plan that is no longer shown.
    pub(in crate::state) fn leave_plan(&mut self, screen: &PlanScreen, effects: &mut Vec<Effect>) {
        self.plan_left = Some(Left::new(self.now.mono));
        let ops = screen.parts.iter().map(|part| part.op).chain(screen.rehearsing.iter().copied());
        let ops = ops.chain(screen.smoked.iter().map(|smoked| smoked.op));
        for op in ops.chain(screen.follow) {
            self.operations.end(op);
            effects.push(Effect::Cancel(op));
        }
    }

    /// A word or a reason was typed for the plan on the screen.
    pub(in crate::state) fn typed_for_plan(&mut self, word: Option<&str>, reason: Option<&str>) {
        let Some(screen) = self.plan_on_top() else { return };
        if let Some(word) = word {
            word.trim().clone_into(&mut screen.word);
        }
        if let Some(reason) = reason {
            reason.trim().clone_into(&mut screen.reason);
        }
    }

    /// The screen was drawn as it is now: from here on keys can confirm the plan on it.
    pub fn on_drawn(&mut self, now: Now) {
        if let Some(Screen::Plan(screen)) = self.stack.last_mut() {
            screen.on_drawn(now.mono);
        }
    }

    /// A key that is typed while a word is asked for must be a key: pasted text confirms nothing.
    pub(in crate::state) fn takes_paste(&self) -> bool {
        !matches!(self.prompt, Some(Prompt::Word(_)))
    }
}
