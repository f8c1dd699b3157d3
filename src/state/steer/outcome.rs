//! What is answered: dry runs, and what became of a change that was sent.

use crate::effect::{Effect, OpId};
use crate::event::WriteAnswer;
use crate::release::plan::Order;
use crate::release::{Change, Target};
use crate::screen::Screen;
use crate::screen::plan::{DryRun, Joined};
use crate::state::changes::{News, Outcome, is_conflict};
use crate::state::notices::Severity;
use crate::state::{Now, State};

/// A dry run that meets a newer object is asked again so often.
const MOST_CONFLICTS: u32 = 5;

impl State {
    /// A write or a dry run was answered.
    pub fn on_written(&mut self, op: OpId, answer: WriteAnswer, now: Now, effects: &mut Vec<Effect>) {
        if let Some(place) = self.plan_where(|screen| screen.rehearsing.contains(&op)) {
            self.operations.end(op);
            self.on_apply_rehearsed(place, op, &answer);
            self.on_rehearsed(place, op, answer, now, effects);
        } else if let Some(Some(news)) = self.changes.on_written(op, answer, now, effects) {
            self.on_news(&news, now, effects);
        }
    }

    /// A dry run was answered. Of several, a refusal says more than an answer that is missing, and that more than a yes.
    fn on_rehearsed(
        &mut self,
        place: usize,
        op: OpId,
        answer: WriteAnswer,
        now: Now,
        effects: &mut Vec<Effect>,
    ) {
        let Some(screen) = self.plan_at(place) else { return };
        screen.rehearsing.retain(|known| *known != op);
        match answer {
            WriteAnswer::Refused(trouble) if is_conflict(&trouble) && screen.conflicts < MOST_CONFLICTS => {
                // A controller was faster; a dry run changes nothing, so it can be asked again.
                screen.conflicts += 1;
                return self.gather_again(place, effects);
            }
            WriteAnswer::Refused(trouble) => {
                let edited = screen.parts.iter().find(|part| matches!(part.change, Change::Edit { .. }));
                let edited = edited.map(|part| part.target.clone());
                screen.dry_run = DryRun::Refused(trouble.clone());
                screen.drawn = None;
                if let Some(target) = edited {
                    self.on_edit_rejected(&target, &trouble);
                }
                return;
            }
            WriteAnswer::Unknown(_) if matches!(screen.dry_run, DryRun::Refused(_)) => {}
            WriteAnswer::Unknown(trouble) => screen.dry_run = DryRun::Unknown(trouble),
            WriteAnswer::Accepted(_) => {
                if let DryRun::Waiting { since } = screen.dry_run
                    && screen.rehearsing.is_empty()
                {
                    let steps = screen.ready().map_or(0, |plan| plan.steps.len());
                    let rehearsed = match screen.ready().map(|plan| plan.order) {
                        Some(Order::WhenReached) => 1,
                        _ => steps,
                    };
                    screen.dry_run = DryRun::Accepted {
                        took: now.mono.saturating_sub(since),
                        not_rehearsed: steps.saturating_sub(rehearsed),
                    };
                }
            }
        }
        screen.drawn = None;
    }

    /// Something became of a change.
    pub(in crate::state) fn on_news(&mut self, news: &News, now: Now, effects: &mut Vec<Effect>) {
        let (News::Ended(id) | News::Conflict(id)) = *news;
        let Some(followed) = self.changes.get(id) else { return };
        let outcome = followed.outcome().cloned();
        let (whole, rings) = (followed.line(), followed.rings);
        let severity = match outcome {
            Some(Outcome::Done(_) | Outcome::Left(_)) => Severity::Info,
            Some(Outcome::Superseded(_) | Outcome::Conflict(_)) => Severity::Warning,
            _ => Severity::Error,
        };
        let taken: Vec<Target> = followed
            .steps
            .iter()
            .filter(|state| matches!(state.step.change, Change::Edit { .. }))
            .filter(|state| state.outcome().is_some_and(Outcome::changed))
            .map(|state| state.step.target.clone())
            .collect();
        let rejected = followed.steps.iter().find_map(|state| match (&state.step.change, state.outcome()) {
            (Change::Edit { .. }, Some(Outcome::Refused(trouble))) => {
                Some((state.step.target.clone(), trouble.clone()))
            }
            _ => None,
        });
        for target in &taken {
            self.edit_taken(target);
        }
        if let Some((target, trouble)) = rejected {
            self.on_edit_rejected(&target, &trouble);
        }
        if let Some(entry) = self.ended_entry(id, now) {
            self.write_down(entry, effects);
        }
        if rings {
            effects.push(Effect::Ring(whole.clone()));
        }
        let offer = match self.attach_offer(id) {
            Some(offer) => offer,
            None => self.invert_offer(id),
        };
        // What can be done about it must not be cut off.
        let room = self.size.0.saturating_sub(offer.chars().count() as u16 + 2);
        let line = self.changes.get(id).map_or(whole, |followed| followed.line_within(room));
        self.tell(severity, format!("{line}{offer}"), now);
        if matches!(news, News::Conflict(_)) {
            self.plan_again(id, now, effects);
        }
    }

    /// A change met an object other than it was planned with: nothing was done, and the new plan is shown, unless the user
    /// is in the middle of something else.
    fn plan_again(&mut self, id: OpId, now: Now, effects: &mut Vec<Effect>) {
        let busy = self.prompt.is_some()
            || self.overlay.is_some()
            || matches!(self.stack.last(), Some(Screen::Plan(_)));
        let Some(followed) = self.changes.get(id).filter(|_| !busy) else { return };
        let wanted = followed
            .steps
            .iter()
            .map(|state| (state.step.target.clone(), state.step.change.clone()))
            .collect();
        let joined = match followed.order {
            Order::AtOnce => Joined::Bulk,
            Order::WhenReached => Joined::Sequence,
        };
        let (by, reason) = (followed.by, followed.reason.clone());
        if self.begin_plan(by, wanted, joined, now, effects)
            && let Some(screen) = self.plan_on_top()
        {
            "it had changed before this arrived: nothing was done; this is the plan as it would be now"
                .clone_into(&mut screen.note);
            screen.reason = reason;
        }
    }
}
