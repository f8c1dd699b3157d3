//! Steering: from what the user wants changed to a plan on the screen, and from a confirmed plan to its sending.
//!
//! What follows after the sending is [`crate::state::changes`]' business; what a plan says is [`crate::release`]'s.

use crate::action::Action;
use crate::effect::Effect;
use crate::model::record::Record;
use crate::release::{Change, Target, plan};
use crate::screen::ask::{Ask, Question};
use crate::screen::plan::{Joined, PlanScreen};
use crate::screen::{Prompt, Screen};
use crate::state::notices::Severity;
use crate::state::{Now, State};
use crate::widget::line_edit::LineEdit;

mod applied;
pub mod around;
mod bulk;
mod canary;
mod colours;
mod confirm;
mod debug;
mod followed;
mod force;
mod image;
pub(super) mod invert;
mod leave;
mod outcome;
mod planning;
pub mod record;
mod smoke;

#[cfg(test)]
mod tests;

impl State {
    /// Begins what an action wants changed; false when it is none of these.
    pub(super) fn act_on_change(&mut self, action: Action, now: Now, effects: &mut Vec<Effect>) -> bool {
        use Action as A;
        if !matches!(
            action,
            A::Scale
                | A::SetImage
                | A::SwitchService
                | A::SetShare
                | A::MoreShare
                | A::LessShare
                | A::Promote
                | A::Abort
                | A::Surge
                | A::Orphan
                | A::Debug
                | A::Edit
                | A::Restart
                | A::PauseRollout
                | A::ResumeRollout
                | A::Undo
                | A::Strategy
                | A::Label
                | A::Annotate
                | A::Delete
                | A::ForceDelete
                | A::Invert
                | A::Apply
                | A::SmokeCheck
        ) {
            return false;
        }
        match action {
            A::Invert => {
                self.invert_last(now, effects);
                return true;
            }
            A::Apply => {
                self.ask_for_manifest(now, effects);
                return true;
            }
            A::SmokeCheck => {
                self.smoke_check(now, effects);
                return true;
            }
            A::SetShare | A::MoreShare | A::LessShare | A::Promote | A::Abort => {
                return self.steer_canary(action, now, effects);
            }
            _ => {}
        }
        let records = match self.stack.last() {
            // On the list of a pod's containers it is the pod, whatever was marked below.
            Some(Screen::Containers(_)) if action == A::Debug => self.object().cloned().into_iter().collect(),
            // On the list of what is wrong: what it belongs to, where the row itself cannot be changed so.
            Some(Screen::Triage(_) | Screen::Why(_)) => self.found_for(action).cloned().into_iter().collect(),
            _ => self.chosen(),
        };
        let targets: Vec<Target> = records.iter().map(Target::of).collect();
        if targets.is_empty() {
            self.tell(Severity::Info, "nothing is selected", now);
            return true;
        }
        match action {
            A::Scale => {
                let question = Question::Replicas { now: records.iter().map(desired).collect() };
                self.ask(question, targets);
            }
            A::SetImage => self.choose_image(&records, now),
            A::SwitchService => self.choose_side(&records, now),
            A::Edit => match targets.as_slice() {
                [only] => self.begin_edit(only.clone(), effects),
                _ => self.tell(Severity::Info, "one object at a time is edited", now),
            },
            A::Surge => self.ask_surge(&records, targets, now),
            A::Orphan => self.orphan(&records, now),
            A::Debug => self.choose_debugged(&records, now),
            A::Label => self.ask(Question::Labels, targets),
            A::Annotate => self.ask(Question::Annotations, targets),
            A::Strategy => self.ask(Question::Strategy, targets),
            _ => {
                let change = match action {
                    A::Restart => plan::restart(now.unix),
                    A::PauseRollout => Change::Pause,
                    A::ResumeRollout => Change::Resume,
                    A::Undo => Change::Undo { to: None },
                    A::ForceDelete => delete(Some(0)),
                    _ => delete(None),
                };
                let wanted = targets.into_iter().map(|target| (target, change.clone())).collect();
                self.begin_plan(action, wanted, Joined::Bulk, now, effects);
            }
        }
        true
    }

    fn ask(&mut self, question: Question, targets: Vec<Target>) {
        self.prompt = Some(Prompt::Ask(Ask { question, targets, line: LineEdit::default() }));
    }

    /// The typed value leads to a plan.
    pub(super) fn answer_ask(&mut self, ask: Ask, now: Now, effects: &mut Vec<Effect>) {
        match ask.meaning() {
            Some(Ok(_)) if let Question::Share(pair) = &ask.question => {
                self.set_share(pair.clone(), ask.line.text(), now, effects);
            }
            Some(Ok(changes)) => {
                // Several changes of one object are the steps of a procedure.
                let steps = ask.targets.len() == 1 && changes.len() > 1;
                let joined = if steps { Joined::Sequence } else { Joined::Bulk };
                let targets = ask.targets.iter().cycle().take(changes.len()).cloned();
                let wanted = targets.zip(changes).collect();
                self.begin_plan(ask.question.action(), wanted, joined, now, effects);
            }
            Some(Err(why)) => {
                self.tell(Severity::Warning, why, now);
                self.prompt = Some(Prompt::Ask(ask));
            }
            None => {}
        }
    }

    /// The place of a plan in the stack: plans may lie over each other, and what arrives is for one of them.
    fn plan_where(&self, wanted: impl Fn(&PlanScreen) -> bool) -> Option<usize> {
        self.stack.iter().position(|screen| matches!(screen, Screen::Plan(plan) if wanted(plan)))
    }

    fn plan_at(&mut self, place: usize) -> Option<&mut PlanScreen> {
        match self.stack.get_mut(place)? {
            Screen::Plan(screen) => Some(screen),
            _ => None,
        }
    }

    /// The plan that is shown.
    pub(super) fn plan_on_top(&mut self) -> Option<&mut PlanScreen> {
        self.plan_at(self.stack.len().checked_sub(1)?)
    }
}

fn delete(grace: Option<u32>) -> Change {
    Change::Delete { propagation: crate::release::change::Propagation::Background, grace }
}

fn desired(record: &Record) -> u32 {
    match record {
        Record::Deployment(record) => record.desired,
        Record::ReplicaSet(record) => record.desired,
        Record::StatefulSet(record) => record.desired,
        _ => 0,
    }
}
