//! The plan of a change: what will be sent, what it will do, and what one should know before.
//!
//! A pure function of the [`Change`], its [`Target`] and the [`Facts`]. A plan is what the user sees; the gate makes a
//! permit of exactly this. Each file below writes one kind of change; none of them sends anything.

use serde_json::Value;

use super::amounts;
use super::change::Change;
use super::facts::{Facts, Query};
use super::follow::Goal;
use super::history;
use super::history::holder;
use super::labels::{Field, orphan};
use super::request::{Refusal, WriteRequest};
use super::target::Target;
use crate::action::Action;
use crate::model::record::Seconds;
use crate::model::resource::Resource;

pub mod apply;
mod around;
mod budgets;
mod debug;
mod delete;
mod edit;
pub mod kubectl;
mod labels;
mod owners;
mod quotas;
mod scale;
pub mod selector;
mod template;

pub use around::leave;

#[cfg(test)]
mod tests;

/// How much is at stake; what has to be done to confirm it follows from this and from the context.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Its inverse gives everything back.
    Reversible,
    /// Nothing that runs is touched, and what is added cannot be taken away again.
    Lasting,
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
    /// What follows is about this object, or this step; for plans of several.
    Object {
        /// Which.
        words: String,
    },
}

impl Line {
    /// A value that changes.
    pub fn change(what: impl Into<String>, from: impl Into<String>, to: impl Into<String>) -> Self {
        Self::Change { what: what.into(), from: from.into(), to: to.into() }
    }

    /// What follows.
    pub fn effect(what: impl Into<String>, words: impl Into<String>) -> Self {
        Self::Effect { what: what.into(), words: words.into() }
    }

    /// What should be known.
    pub fn warning(what: impl Into<String>, words: impl Into<String>) -> Self {
        Self::Warning { what: what.into(), words: words.into() }
    }
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
    /// What it amounts to by the table of actions: what rules are asked about.
    pub amounts: Vec<Action>,
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

/// What one kind of change has to say for its plan.
struct Draft {
    request: WriteRequest,
    goal: Goal,
    inverse: Option<Change>,
    lines: Vec<Line>,
    level: Level,
    kubectl: String,
}

/// What has to be read of the server for the plan of a change, beside the object itself. Asked once the object is there,
/// since label selectors follow from it.
pub fn lists_for(change: &Change, target: &Target, object: &Value) -> Vec<Query> {
    let history =
        || holder(&target.resource).map(|holder| Query::labelled(holder, history::selector(object)));
    match change {
        Change::Scale { .. } => scale::lists(),
        Change::SetImage { .. } | Change::Restart { .. } => vec![budgets::query(), quotas::query()],
        Change::Undo { .. } => history()
            .into_iter()
            .chain([
                Query::names(Resource::CONFIG_MAPS),
                Query::names(Resource::SECRETS),
                Query::all(Resource::AUTOSCALERS),
                budgets::query(),
                quotas::query(),
            ])
            .collect(),
        Change::Selector { keys, how, .. } => selector::lists(keys, *how, object),
        Change::Labels { keys } => labels::lists(keys, target, object),
        Change::Orphan { .. } => labels::lists(&[], target, object),
        Change::Delete { .. } => delete::lists(target, object),
        Change::Edit { base, wanted } => edit::lists(base.as_deref(), wanted, target, object),
        Change::Pause
        | Change::Resume
        | Change::Strategy { .. }
        | Change::Annotations { .. }
        | Change::Debug { .. } => Vec::new(),
        Change::Apply { manifest, .. } => apply::lists(manifest, target, object),
    }
}

/// The plan of one change of one object.
pub fn plan(change: &Change, target: &Target, facts: &Facts) -> Result<Plan, Refusal> {
    let applies = matches!(change, Change::Apply { .. });
    if !applies && !target.is_bound() {
        return Err(Refusal(format!(
            "which {target} is meant is not known: only what is applied may not be there yet"
        )));
    }
    // What is applied is for whatever has the name now, or for nothing.
    let target = &if applies { target.bound_to(&facts.gathered.object) } else { target.clone() };
    if super::json::uid(&facts.gathered.object) != target.uid.to_string() {
        return Err(Refusal(format!("{target} is another object now: it was deleted and made again")));
    }
    if let Some(Err(why)) = facts.gathered.allowed.known() {
        return Err(Refusal(why.clone()));
    }
    let title = change.title(target);
    let change = &match change {
        Change::Orphan { keep_serving } => Change::Labels { keys: orphan(facts, *keep_serving)? },
        Change::Debug { .. } => debug::named(change, facts),
        change => change.clone(),
    };
    let mut draft = match change {
        Change::Scale { replicas } => scale::draft(*replicas, change, target, facts)?,
        Change::SetImage { .. } | Change::Restart { .. } => template::rolled(change, target, facts)?,
        Change::Undo { to } => template::undone(to.as_ref(), change, target, facts)?,
        Change::Pause | Change::Resume | Change::Strategy { .. } => template::steered(change, target, facts)?,
        Change::Selector { keys, how, insist } => {
            selector::draft(keys, *how, *insist, change, target, facts)?
        }
        Change::Labels { keys } => labels::draft(Field::Labels, keys, change, target, facts)?,
        Change::Orphan { .. } => return Err(Refusal(format!("{target} keeps its controller"))),
        Change::Annotations { keys } => labels::draft(Field::Annotations, keys, change, target, facts)?,
        Change::Debug { image, target: shared, name } => {
            debug::draft((image, shared, name), change, target, facts)?
        }
        Change::Delete { propagation, grace } => delete::draft(*propagation, *grace, change, target, facts)?,
        Change::Edit { base, wanted } => edit::draft(base.as_deref(), wanted, target, facts)?,
        Change::Apply { manifest, force, .. } => apply::draft(manifest, *force, change, target, facts)?,
    };
    draft.lines.extend(owners::lines(&facts.gathered.object, change));
    for (query, found) in &facts.gathered.lists {
        draft.lines.extend(found.trouble().map(|trouble| Line::Unknown {
            what: query.resource.plural.to_string(),
            why: trouble.to_string(),
        }));
    }
    let step = Step {
        target: target.clone(),
        change: change.clone(),
        amounts: amounts::of_request(change, &draft.request, target, facts),
        request: draft.request,
        goal: draft.goal,
        inverse: draft.inverse,
    };
    Ok(Plan {
        title,
        steps: vec![step],
        order: Order::AtOnce,
        lines: draft.lines,
        level: draft.level,
        kubectl: vec![draft.kubectl],
    })
}

/// The time of a restart, which is part of the plan: one second is one restart.
pub fn restart(now: Seconds) -> Change {
    Change::Restart { at: now }
}
