//! The plan of a change: what will be sent, what it will do, and what one should know before.
//!
//! A pure function of the [`Change`], its [`Target`] and the [`Facts`]. A plan is what the user sees; the gate makes a
//! permit of exactly this. Each file below adds one part; none of them sends anything.

use super::change::Change;
use super::facts::{Facts, Query};
use super::follow::Goal;
use super::request::{Refusal, WriteRequest, simple};
use super::target::Target;
use crate::model::record::Seconds;

pub mod kubectl;

/// How much is at stake; what has to be done to confirm it follows from this and from the context.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Its inverse gives everything back.
    Reversible,
    /// Pods are replaced or traffic moves.
    Traffic,
    /// Something is gone afterwards.
    Destructive,
}

/// One line of a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Line {
    /// A value that changes.
    Change {
        /// What.
        what: String,
        /// Its value now.
        from: String,
        /// Its value afterwards.
        to: String,
    },
    /// What follows from it, or does not.
    Effect {
        /// On what.
        what: String,
        /// In words.
        words: String,
    },
    /// What should be known before.
    Warning {
        /// About what.
        what: String,
        /// In words.
        words: String,
    },
    /// What could not be looked at, and why.
    Unknown {
        /// What.
        what: String,
        /// Why.
        why: String,
    },
    /// A line of a diff.
    Diff(DiffLine),
}

/// A line of a diff.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DiffLine {
    /// `+`, `-` or a blank.
    pub sign: char,
    /// The text.
    pub text: String,
}

/// One write of a plan, and how one sees that it has happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// On which object.
    pub target: Target,
    /// What.
    pub change: Change,
    /// What is sent.
    pub request: WriteRequest,
    /// What is waited for afterwards.
    pub goal: Goal,
    /// What gives the object back, as far as anything can.
    pub inverse: Option<Change>,
}

/// Whether a step waits for the one before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// One after the other, each when the one before has reached its goal; a failure stops the rest.
    WhenReached,
    /// One after the other without waiting for goals: the same change of several objects.
    AtOnce,
}

/// A plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// In one line, e.g. `scale deployment/web`.
    pub title: String,
    /// What is written; never empty.
    pub steps: Vec<Step>,
    /// How the steps follow each other.
    pub order: Order,
    /// What it does and what should be known.
    pub lines: Vec<Line>,
    /// How much is at stake.
    pub level: Level,
    /// The kubectl commands that do the same.
    pub kubectl: Vec<String>,
}

impl Plan {
    /// The object of the first step.
    pub fn target(&self) -> &Target {
        &self.steps[0].target
    }
}

/// What has to be read of the server for the plan of a change, beside the object itself. Asked once the object is there,
/// since label selectors follow from it.
pub fn lists_for(change: &Change, object: &serde_json::Value) -> Vec<Query> {
    let _ = (change, object);
    Vec::new()
}

/// The plan of one change of one object.
pub fn plan(change: &Change, target: &Target, facts: &Facts) -> Result<Plan, Refusal> {
    if super::json::uid(&facts.gathered.object) != target.uid.to_string() {
        return Err(Refusal(format!("{target} is another object now: it was deleted and made again")));
    }
    if let Some(Err(why)) = facts.gathered.allowed.known() {
        return Err(Refusal(why.clone()));
    }
    let request = simple(change, target, &facts.gathered.object, true)?;
    let step = Step {
        target: target.clone(),
        change: change.clone(),
        request,
        goal: goal(change, facts),
        inverse: None,
    };
    Ok(Plan {
        title: change.title(target),
        kubectl: vec![kubectl::command(change, target)],
        steps: vec![step],
        order: Order::AtOnce,
        lines: Vec::new(),
        level: Level::Traffic,
    })
}

fn goal(change: &Change, _facts: &Facts) -> Goal {
    match change {
        Change::Scale { replicas } => Goal::Replicas(*replicas),
        Change::Pause => Goal::Paused(true),
        Change::Resume => Goal::Paused(false),
        Change::Delete { .. } => Goal::Gone,
        Change::Labels { keys } => Goal::Metadata { field: "labels", keys: keys.clone() },
        Change::Annotations { keys } => Goal::Metadata { field: "annotations", keys: keys.clone() },
        Change::SetImage { .. } | Change::Restart { .. } | Change::Undo { .. } => Goal::Rollout,
        _ => Goal::Written,
    }
}

/// The time of a restart, which is part of the plan: one second is one restart.
pub fn restart(now: Seconds) -> Change {
    Change::Restart { at: now }
}
