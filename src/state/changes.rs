//! Changes that were confirmed: each is followed from its sending until the cluster shows the outcome, wherever the user
//! is meanwhile. Nothing is ever called done because a request was accepted, and nothing is sent twice.

use std::time::Duration;

use serde_json::Value;

use crate::action::Action;
use crate::effect::{Effect, OpId};
use crate::event::WriteAnswer;
use crate::gate::Permit;
use crate::model::text::clean;
use crate::model::trouble::Trouble;
use crate::release::follow::{Follow, Goal, Mark, Verdict, judge, shown};
use crate::release::plan::{Order, Step};
use crate::release::{Change, Target};
use crate::state::Now;

mod whole;

/// So long after the cluster was first looked at, a write whose answer did not come may still show there.
const DOUBT: Duration = Duration::from_secs(10);

/// How one ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The cluster shows it.
    Done(String),
    /// The cluster says that it failed.
    Failed(String),
    /// The server did not do it.
    Refused(Trouble),
    /// The object was another one than was planned with: nothing was done.
    Conflict(Trouble),
    /// It was not answered, and the cluster does not show it.
    NotDone(String),
    /// Somebody else changed the object meanwhile.
    Superseded(String),
    /// It was done, and its goal was not reached in time.
    TimedOut(String),
    /// It is no longer followed; it was not taken back.
    Left(String),
    /// It was not begun, and why.
    NotBegun(String),
}

impl Outcome {
    /// One word, for the journal and for lists.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Done(_) => "done",
            Self::Failed(_) => "failed",
            Self::Refused(_) => "refused",
            Self::Conflict(_) => "conflict",
            Self::NotDone(_) => "not done",
            Self::Superseded(_) => "superseded",
            Self::TimedOut(_) => "timed out",
            Self::Left(_) => "left",
            Self::NotBegun(_) => "not begun",
        }
    }

    /// What there is to say about it.
    pub fn words(&self) -> String {
        match self {
            Self::Done(words)
            | Self::Failed(words)
            | Self::NotDone(words)
            | Self::Superseded(words)
            | Self::TimedOut(words)
            | Self::Left(words)
            | Self::NotBegun(words) => words.clone(),
            Self::Refused(trouble) | Self::Conflict(trouble) => trouble.to_string(),
        }
    }

    /// Whether the object is changed, as far as is known.
    pub fn changed(&self) -> bool {
        matches!(
            self,
            Self::Done(_) | Self::Failed(_) | Self::Superseded(_) | Self::TimedOut(_) | Self::Left(_)
        )
    }
}

/// How far a step is.
#[derive(Debug, PartialEq, Eq)]
pub enum Phase {
    /// Not begun; the permit is kept for it.
    Waiting(Permit),
    /// On its way to the server.
    Sending,
    /// Its answer did not come: the cluster is looked at.
    Doubtful {
        /// What came instead.
        trouble: Trouble,
        /// When the object was first seen since, monotonic; as long as it was not, nothing is known.
        looked: Option<Duration>,
    },
    /// Done by the server; its goal is waited for.
    Following,
    /// Over.
    Ended(Outcome),
}

/// One step of a change.
#[derive(Debug, PartialEq, Eq)]
pub struct StepState {
    /// What.
    pub step: Step,
    /// How far.
    pub phase: Phase,
    /// How far in words.
    pub progress: String,
    /// The operation of its sending.
    send_op: OpId,
    /// The operation of its following.
    follow_op: OpId,
    /// When it was sent, monotonic.
    pub since: Duration,
    mark: Mark,
}

impl StepState {
    /// How it ended, if it has.
    pub fn outcome(&self) -> Option<&Outcome> {
        match &self.phase {
            Phase::Ended(outcome) => Some(outcome),
            _ => None,
        }
    }
}

/// A change that was confirmed.
#[derive(Debug, PartialEq, Eq)]
pub struct Followed {
    /// The action that it began with.
    pub by: Action,
    /// Its number in this session.
    pub id: OpId,
    /// In one line.
    pub title: String,
    /// Why, as the user said it.
    pub reason: String,
    /// The context it was made in.
    pub context: String,
    /// What the dry run had said.
    pub dry_run: String,
    /// Values before and after.
    pub values: Vec<String>,
    /// Its steps.
    pub steps: Vec<StepState>,
    /// How they follow each other.
    pub order: Order,
    /// When it was confirmed.
    pub began: Now,
    /// When the last step ended.
    pub ended: Option<Now>,
    /// Its end is to be announced.
    pub rings: bool,
}

impl Followed {
    /// Its id in the journal, which no other change of this machine has: the time and the number in the session.
    pub fn journal_id(&self) -> String {
        format!("{}-{}", self.began.unix, self.id)
    }

    /// Whether all of it is over.
    pub fn is_over(&self) -> bool {
        self.ended.is_some()
    }

    /// Whether a write of it has left and is not answered: what the cluster has is not known.
    pub fn is_uncertain(&self) -> bool {
        self.steps.iter().any(|step| matches!(step.phase, Phase::Sending | Phase::Doubtful { .. }))
    }

    /// The outcome of the whole: that of the first step that did not succeed, else of the last.
    pub fn outcome(&self) -> Option<&Outcome> {
        self.ended?;
        let outcomes = || self.steps.iter().filter_map(StepState::outcome);
        outcomes().find(|outcome| !matches!(outcome, Outcome::Done(_))).or_else(|| outcomes().next_back())
    }

    /// What there is to say about the outcome of the whole; of several objects, how many and which.
    pub fn outcome_words(&self) -> String {
        let Some(outcome) = self.outcome() else { return String::new() };
        let all = self.steps.len();
        if self.order != Order::AtOnce || all < 2 {
            return self.all_steps(outcome).unwrap_or_else(|| outcome.words());
        }
        let apart = |state: &&StepState| !matches!(state.outcome(), Some(Outcome::Done(_)));
        match self.steps.iter().find(apart) {
            None => format!("all {all} objects"),
            Some(first) => {
                let count = self.steps.iter().filter(apart).count();
                format!("{count} of {all}: {}: {}", first.step.target, outcome.words())
            }
        }
    }

    /// In one line, with how far it is.
    pub fn line(&self) -> String {
        format!("{}: {}", self.title, self.tail())
    }

    /// The same in so many cells: what became of it is worth more than what it was.
    pub fn line_within(&self, width: u16) -> String {
        let tail = self.tail();
        let room = usize::from(width).saturating_sub(tail.chars().count() + 2).max(12);
        let title = crate::widget::grid::cut(&self.title, room as u16);
        format!("{title}: {tail}")
    }

    fn tail(&self) -> String {
        if let Some(outcome) = self.outcome() {
            return format!("{}: {}", outcome.word(), self.outcome_words());
        }
        let over = self.steps.iter().filter(|step| step.outcome().is_some()).count();
        let of = if self.steps.len() > 1 {
            format!("step {} of {}: ", (over + 1).min(self.steps.len()), self.steps.len())
        } else {
            String::new()
        };
        let now = self.steps.iter().find(|step| step.outcome().is_none() && !step.progress.is_empty());
        format!("{of}{}", now.map_or("sending", |step| step.progress.as_str()))
    }

    /// The pod and the name of the ephemeral container that it has added, if that is what it did.
    pub fn debugger(&self) -> Option<(&Target, &str)> {
        self.steps.iter().find_map(|state| match (&state.step.goal, state.outcome()) {
            (Goal::Debugging(name), Some(Outcome::Done(_))) => Some((&state.step.target, name.as_str())),
            _ => None,
        })
    }

    /// What gives everything back that was changed, the last first; empty when nothing can.
    pub fn inverse(&self) -> Vec<(Target, Change)> {
        let changed = self.steps.iter().filter(|step| step.outcome().is_none_or(Outcome::changed));
        let mut inverse: Vec<(Target, Change)> = Vec::new();
        for state in changed.rev() {
            let Some(change) = state.step.inverse.clone() else { continue };
            // Of several steps with the same value of an object, the first has what it was in the beginning.
            inverse.retain(|(target, later)| *target != state.step.target || later.word() != change.word());
            inverse.push((state.step.target.clone(), change));
        }
        inverse
    }
}

/// All changes of the session, oldest first.
#[derive(Debug, Default)]
pub struct Changes {
    all: Vec<Followed>,
    /// How long a goal may take.
    pub deadline: Duration,
}

/// What has to be told of a change.
#[derive(Debug, PartialEq, Eq)]
pub enum News {
    /// It has ended: its number.
    Ended(OpId),
    /// It met another object than was planned with, and nothing was done: plan it again.
    Conflict(OpId),
}

impl Changes {
    /// All of them, oldest first.
    pub fn all(&self) -> &[Followed] {
        &self.all
    }

    /// One by its number.
    pub fn get(&self, id: OpId) -> Option<&Followed> {
        self.all.iter().find(|followed| followed.id == id)
    }

    /// One by its number, to be marked.
    pub fn get_mut(&mut self, id: OpId) -> Option<&mut Followed> {
        self.all.iter_mut().find(|followed| followed.id == id)
    }

    /// Those that are not over.
    pub fn running(&self) -> impl DoubleEndedIterator<Item = &Followed> {
        self.all.iter().filter(|followed| !followed.is_over())
    }

    /// Begins a confirmed change. `steps`: each with its permit, and two operations that are its own.
    pub fn begin(
        &mut self,
        mut followed: Followed,
        steps: Vec<(Step, Permit, OpId, OpId)>,
        now: Now,
        effects: &mut Vec<Effect>,
    ) {
        followed.steps = steps
            .into_iter()
            .map(|(step, permit, send_op, follow_op)| StepState {
                step,
                phase: Phase::Waiting(permit),
                progress: String::new(),
                send_op,
                follow_op,
                since: now.mono,
                mark: Mark::default(),
            })
            .collect();
        send_next(&mut followed, now, effects);
        self.all.push(followed);
    }

    /// A write was answered; `None` when it is not one of these.
    pub fn on_written(
        &mut self,
        op: OpId,
        answer: WriteAnswer,
        now: Now,
        effects: &mut Vec<Effect>,
    ) -> Option<Option<News>> {
        let followed = self.all.iter_mut().find(|one| one.steps.iter().any(|step| step.send_op == op))?;
        let state = followed.steps.iter_mut().find(|step| step.send_op == op)?;
        let uid = state.step.target.uid.to_string();
        match answer {
            WriteAnswer::Accepted(object) => {
                state.mark = Mark::of(&object, &uid);
                // What the write has made is known from now on, so that it can be taken back.
                state.step.target = state.step.target.bound_to(&object);
                if state.step.goal == Goal::Written {
                    state.phase = Phase::Ended(Outcome::Done("written".to_owned()));
                } else {
                    state.phase = Phase::Following;
                    "accepted, waiting for the cluster to show it".clone_into(&mut state.progress);
                    let follow = Follow::of(&state.step.target, &state.step.goal);
                    effects.push(Effect::Follow(state.follow_op, follow));
                }
            }
            WriteAnswer::Refused(trouble) => {
                let conflict = is_conflict(&trouble) || is_failed_test(&trouble);
                let outcome = if conflict { Outcome::Conflict(trouble) } else { Outcome::Refused(trouble) };
                state.phase = Phase::Ended(outcome);
            }
            WriteAnswer::Unknown(trouble) => {
                state.mark = Mark { uid, template: Value::Null };
                let came = came(&trouble);
                state.progress = match trouble.status {
                    Some(_) => format!("{came}; looking at the cluster whether it was done"),
                    None => format!("{came}: looking at the cluster"),
                };
                state.phase = Phase::Doubtful { trouble, looked: None };
                // The object itself says whether it was done, whatever its goal is seen by.
                let follow = Follow::of(&state.step.target, &Goal::Written);
                effects.push(Effect::Follow(state.follow_op, follow));
            }
        }
        Some(go_on(followed, now, effects))
    }

    /// Followed objects were seen, or not; `None` when they are not of these.
    pub fn on_seen(
        &mut self,
        op: OpId,
        seen: Result<Vec<Value>, Trouble>,
        now: Now,
        effects: &mut Vec<Effect>,
    ) -> Option<Option<News>> {
        let followed = self.all.iter_mut().find(|one| one.steps.iter().any(|step| step.follow_op == op))?;
        let state = followed.steps.iter_mut().find(|step| step.follow_op == op)?;
        let seen = match seen {
            Ok(seen) => seen,
            Err(trouble) => {
                state.progress = format!("not seen just now: {trouble}");
                return Some(None);
            }
        };
        match &mut state.phase {
            Phase::Doubtful { trouble, looked } => {
                looked.get_or_insert(now.mono);
                let here = seen.iter().find(|object| crate::release::json::uid(object) == state.mark.uid);
                let gone = matches!(state.step.change, Change::Delete { .. }) && here.is_none();
                if gone || here.is_some_and(|object| shown::shows(&state.step, object)) {
                    if let Some(object) = here {
                        state.mark = Mark::of(object, &state.mark.uid);
                    }
                    effects.push(Effect::Cancel(state.follow_op));
                    if state.step.goal == Goal::Written {
                        let words = format!("written, though: {}", came(trouble));
                        state.phase = Phase::Ended(Outcome::Done(words));
                    } else {
                        state.phase = Phase::Following;
                        let follow = Follow::of(&state.step.target, &state.step.goal);
                        effects.push(Effect::Follow(state.follow_op, follow));
                    }
                }
            }
            Phase::Following => match judge(&state.step.goal, &state.mark, &seen) {
                Verdict::Going(words) => state.progress = clean(&words).into_owned(),
                Verdict::Done(words) => end(state, Outcome::Done(clean(&words).into_owned()), effects),
                Verdict::Failed(words) => end(state, Outcome::Failed(clean(&words).into_owned()), effects),
                Verdict::Superseded(words) => {
                    end(state, Outcome::Superseded(clean(&words).into_owned()), effects);
                }
            },
            Phase::Waiting(_) | Phase::Sending | Phase::Ended(_) => {}
        }
        Some(go_on(followed, now, effects))
    }

    /// Ends what has waited too long.
    pub fn on_time(&mut self, now: Now, effects: &mut Vec<Effect>) -> Vec<News> {
        let deadline = self.deadline;
        let mut news = Vec::new();
        for followed in self.all.iter_mut().filter(|followed| !followed.is_over()) {
            for state in &mut followed.steps {
                let waited = now.mono.saturating_sub(state.since);
                let outcome = match &state.phase {
                    Phase::Doubtful { trouble, looked: Some(looked) } if now.mono >= *looked + DOUBT => {
                        Outcome::NotDone(format!(
                            "{}; the cluster does not show it; it was not sent again",
                            came(trouble)
                        ))
                    }
                    Phase::Doubtful { trouble, looked: None } if waited >= deadline => {
                        Outcome::TimedOut(format!(
                            "{}, and the cluster could not be looked at for {} minutes: it may be done",
                            came(trouble),
                            deadline.as_secs() / 60
                        ))
                    }
                    Phase::Following if waited >= deadline => Outcome::TimedOut(format!(
                        "not reached within {} minutes: {}",
                        deadline.as_secs() / 60,
                        state.progress
                    )),
                    _ => continue,
                };
                end(state, outcome, effects);
            }
            news.extend(go_on(followed, now, effects));
        }
        news
    }

    /// When the next one has waited too long, monotonic.
    pub fn next_end(&self) -> Option<Duration> {
        let steps = self.all.iter().filter(|followed| !followed.is_over()).flat_map(|one| &one.steps);
        steps
            .filter_map(|state| match &state.phase {
                Phase::Doubtful { looked: Some(looked), .. } => Some(*looked + DOUBT),
                Phase::Doubtful { looked: None, .. } | Phase::Following => Some(state.since + self.deadline),
                _ => None,
            })
            .min()
    }

    /// Stops following: what was done stays done, what was not begun is not begun.
    pub fn leave(&mut self, id: OpId, why: &str, now: Now, effects: &mut Vec<Effect>) -> Option<News> {
        let followed = self.all.iter_mut().find(|followed| followed.id == id && !followed.is_over())?;
        for state in &mut followed.steps {
            match state.phase {
                Phase::Waiting(_) => state.phase = Phase::Ended(Outcome::NotBegun(why.to_owned())),
                Phase::Following | Phase::Doubtful { .. } => {
                    let words = format!("{why}; last seen: {}", state.progress);
                    end(state, Outcome::Left(words), effects);
                }
                // What has left is waited for: its answer says what the cluster has.
                Phase::Sending | Phase::Ended(_) => {}
            }
        }
        go_on(followed, now, effects)
    }
}

/// What came when it is not known whether a write was done: an answer that does not say it, or none.
fn came(trouble: &Trouble) -> String {
    match trouble.status {
        Some(status) if trouble.said.is_empty() => format!("answered {status}"),
        Some(status) => format!("answered {status}: {}", trouble.said),
        None => format!("no answer ({})", trouble.kind.word()),
    }
}

fn end(state: &mut StepState, outcome: Outcome, effects: &mut Vec<Effect>) {
    effects.push(Effect::Cancel(state.follow_op));
    state.phase = Phase::Ended(outcome);
}

/// Sends the first step that waits.
fn send_next(followed: &mut Followed, now: Now, effects: &mut Vec<Effect>) {
    let Some(state) = followed.steps.iter_mut().find(|step| matches!(step.phase, Phase::Waiting(_))) else {
        return;
    };
    if let Phase::Waiting(permit) = std::mem::replace(&mut state.phase, Phase::Sending) {
        state.since = now.mono;
        "sending".clone_into(&mut state.progress);
        effects.push(Effect::Send(state.send_op, permit));
    }
}

/// What follows from a step's new phase: the next step, or the end.
fn go_on(followed: &mut Followed, now: Now, effects: &mut Vec<Effect>) -> Option<News> {
    if followed.is_over() {
        return None;
    }
    let failed = followed
        .steps
        .iter()
        .any(|step| step.outcome().is_some_and(|outcome| !matches!(outcome, Outcome::Done(_))));
    if failed && followed.order == Order::WhenReached {
        for state in followed.steps.iter_mut().filter(|step| matches!(step.phase, Phase::Waiting(_))) {
            let why = "an earlier step did not succeed".to_owned();
            state.phase = Phase::Ended(Outcome::NotBegun(why));
        }
    }
    let blocked = |step: &StepState| match followed.order {
        Order::WhenReached => !matches!(step.phase, Phase::Waiting(_) | Phase::Ended(_)),
        Order::AtOnce => matches!(step.phase, Phase::Sending),
    };
    if !followed.steps.iter().any(blocked) {
        send_next(followed, now, effects);
    }
    if followed.steps.iter().any(|step| step.outcome().is_none()) {
        return None;
    }
    followed.ended = Some(now);
    let conflict = followed.steps.iter().all(|step| matches!(step.phase, Phase::Ended(Outcome::Conflict(_))));
    Some(if conflict { News::Conflict(followed.id) } else { News::Ended(followed.id) })
}

/// Whether the object was another one than the request was bound to. That others own what is applied is no such thing: nothing
/// becomes better by planning it again.
pub(super) fn is_conflict(trouble: &Trouble) -> bool {
    trouble.status == Some(409) && crate::release::apply::conflicts_in(&trouble.said).is_empty()
}

/// A JSON patch whose `test` failed: the object is another than was planned with.
fn is_failed_test(trouble: &Trouble) -> bool {
    trouble.status == Some(422)
        && trouble.said.contains("the server rejected our request due to an error in our request")
}

#[cfg(test)]
mod tests;
