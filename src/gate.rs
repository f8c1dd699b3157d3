//! The gate: the one door through which a change leaves the program (invariant 2).
//!
//! Four rings, each with its test. The access class of every action ([`crate::action::Access`]); the [`Permit`], which
//! only [`confirm`] makes, of exactly the plan that was shown, and which only the writer takes; two clients, a reader
//! that cannot write and a writer that does not exist in read-only mode ([`crate::cluster`]); and the compiler, which
//! refuses a write elsewhere (`clippy.toml`). Pure: it decides, and sends nothing.

use crate::action::{Access, Action};
use crate::release::amounts::{of_action, of_change};
use crate::release::plan::{Level, Plan};
use crate::release::request::WriteRequest;
use crate::release::{Change, Target};

pub mod rules;
#[cfg(test)]
pub mod testing;

pub use rules::Rules;
use rules::{Confirm, Deed, Demand};

/// What the program may do at all. It is set at the start and cannot be changed from inside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mode {
    /// Looks only.
    ReadOnly,
    /// Changes what was confirmed.
    #[default]
    ReadWrite,
}

/// What confirming depends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Policy {
    /// What the program may do.
    pub mode: Mode,
    /// The context is protected: what is destructive there is confirmed by typing the object's name.
    pub protected: bool,
    /// The journal cannot be written, and configuration asks for one.
    pub no_journal: bool,
    /// A value of a Secret may be shown although nothing may be changed.
    pub reveals: bool,
}

/// What something is judged by.
#[derive(Debug, Clone, Copy)]
pub struct Ground<'a> {
    /// What the program may do, and how.
    pub policy: Policy,
    /// The rules of the configuration.
    pub rules: &'a Rules,
    /// The context in which it is done.
    pub context: &'a str,
    /// The action that it began with.
    pub by: Action,
}

impl Ground<'_> {
    /// What the rules ask of a plan: of each step by what it began with, by what it is, and by what it writes.
    pub fn demand(&self, plan: &Plan) -> Demand {
        let steps = plan.steps.iter();
        self.demand_of(steps.map(|step| (&step.target, &step.change, step.amounts.as_slice())))
    }

    fn demand_of<'t>(&self, wanted: impl Iterator<Item = (&'t Target, &'t Change, &'t [Action])>) -> Demand {
        let deeds: Vec<Deed<'_>> = wanted
            .map(|(target, change, amounts)| {
                let is = of_action(self.by).into_iter().chain(of_change(change));
                Deed { target: Some(target), actions: is.chain(amounts.iter().copied()).collect() }
            })
            .collect();
        self.rules.weigh(self.context, &deeds)
    }
}

/// What has to be done to confirm a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Asks {
    /// A key.
    Key,
    /// A key, once the dry run has been answered.
    KeyAfterDryRun,
    /// This word has to be typed, once the dry run has been answered.
    Word(String),
}

/// What the user did to confirm.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer<'a> {
    /// Pressed the key.
    Key,
    /// Typed a word.
    Word(&'a str),
}

/// Why something does not leave.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// The program only reads.
    #[error("read-only: {0}")]
    ReadOnly(String),
    /// Without a journal nothing is changed.
    #[error("the journal cannot be written, and without it nothing is changed (`journal.required`)")]
    NoJournal,
    /// The dry run has not been answered yet.
    #[error("the dry run has not been answered yet")]
    DryRunWaits,
    /// The word was not typed.
    #[error("type {0} to confirm")]
    Word(String),
    /// A rule of the configuration denies it.
    #[error("policy: {0}")]
    Denied(String),
    /// A rule of the configuration asks why.
    #[error("policy: say why first ({0})")]
    Reason(String),
}

/// The right to send one request, once: it cannot be copied, made elsewhere or looked into.
#[derive(Debug, PartialEq, Eq)]
pub struct Permit {
    request: WriteRequest,
}

impl Permit {
    /// What is to be sent. The writer's: taking it uses the permit up.
    pub fn into_request(self) -> WriteRequest {
        self.request
    }
}

/// The right to ask the server what it would do.
#[derive(Debug, PartialEq, Eq)]
pub struct Rehearsal {
    request: WriteRequest,
}

impl Rehearsal {
    /// What is to be sent: always a dry run.
    pub fn into_request(self) -> WriteRequest {
        self.request
    }
}

/// Whether an action may be begun with these objects (none: it is not known yet with which); `what` names what it would need,
/// e.g. `scale needs patch deployments.apps/scale`.
pub fn may_begin(ground: Ground<'_>, targets: &[Target], what: &str) -> Result<(), Refused> {
    let access = ground.by.info().access;
    // One value of a Secret, where that is allowed: it is read, and shown.
    let shown = ground.by == Action::Reveal && ground.policy.reveals;
    match (access, ground.policy.mode) {
        (Access::Look, _) => return Ok(()),
        (Access::Connect | Access::Change, Mode::ReadOnly) if !shown => {
            return Err(Refused::ReadOnly(what.to_owned()));
        }
        (Access::Connect | Access::Change, _) => {}
    }
    let deed = |target| Deed { target, actions: of_action(ground.by) };
    let mut deeds: Vec<Deed<'_>> = targets.iter().map(|target| deed(Some(target))).collect();
    if deeds.is_empty() {
        deeds.push(deed(None));
    }
    denied(&ground.rules.weigh(ground.context, &deeds))
}

/// Whether a plan of these changes may be made.
pub fn may_plan(ground: Ground<'_>, wanted: &[(Target, Change)]) -> Result<(), Refused> {
    if ground.policy.mode == Mode::ReadOnly {
        let what = wanted.first().map(|(target, change)| needs(target, change));
        return Err(Refused::ReadOnly(what.unwrap_or_default()));
    }
    denied(&ground.demand_of(wanted.iter().map(|(target, change)| (target, change, [].as_slice()))))
}

/// The right that a change needs, in words: `scale needs patch deployments.apps/scale`.
pub fn needs(target: &Target, change: &Change) -> String {
    let (verb, subresource) = change.right();
    let resource = target.resource.group_resource();
    let resource = subresource.map_or(resource.clone(), |sub| format!("{resource}/{sub}"));
    format!("{} needs {verb} {resource}", change.word())
}

fn denied(demand: &Demand) -> Result<(), Refused> {
    demand.denied().map_or(Ok(()), |why| Err(Refused::Denied(why)))
}

/// Dry runs of all steps of a plan. A later step is bound to what an earlier one makes, so only those that stand alone
/// can be rehearsed: the first of several that wait for each other, all of those that do not.
pub fn rehearse(ground: Ground<'_>, plan: &Plan) -> Result<Vec<Rehearsal>, Refused> {
    writable(ground, plan)?;
    let alone = match plan.order {
        crate::release::plan::Order::AtOnce => plan.steps.len(),
        crate::release::plan::Order::WhenReached => 1,
    };
    Ok(plan.steps.iter().take(alone).map(|step| Rehearsal { request: step.request.dry_run() }).collect())
}

/// What a plan asks for: what follows from how much is at stake, or what a rule asks, the stricter of both.
pub fn asks(ground: Ground<'_>, plan: &Plan) -> Asks {
    let least = match plan.level {
        Level::Reversible => None,
        Level::Destructive if ground.policy.protected => Some(Confirm::Name),
        Level::Lasting | Level::Traffic | Level::Destructive => Some(Confirm::Plain),
    };
    let ruled = ground.demand(plan).confirm.map(|(how, _)| how);
    match least.max(ruled) {
        None => Asks::Key,
        Some(Confirm::Plain) => Asks::KeyAfterDryRun,
        Some(Confirm::Name) => Asks::Word(word_for(plan)),
        Some(Confirm::Context) => Asks::Word(ground.context.to_owned()),
    }
}

/// Permits for all steps of the plan that was shown, in order. `rehearsed`: every dry run has been answered; `reason`: why it is
/// done, as the user said it.
pub fn confirm(
    ground: Ground<'_>,
    plan: &Plan,
    answer: &Answer<'_>,
    rehearsed: bool,
    reason: &str,
) -> Result<Vec<Permit>, Refused> {
    writable(ground, plan)?;
    if let Some(origin) = ground.demand(plan).reason.filter(|_| reason.trim().is_empty()) {
        return Err(Refused::Reason(origin.to_string()));
    }
    match asks(ground, plan) {
        Asks::Key => {}
        _ if !rehearsed => return Err(Refused::DryRunWaits),
        Asks::KeyAfterDryRun => {}
        Asks::Word(word) if *answer == Answer::Word(&word) => {}
        Asks::Word(word) => return Err(Refused::Word(word)),
    }
    Ok(plan.steps.iter().map(|step| Permit { request: step.request.clone() }).collect())
}

/// What has to be typed: the object's name; of several how many they are, so that it is counted what goes.
fn word_for(plan: &Plan) -> String {
    let targets: std::collections::HashSet<_> = plan.steps.iter().map(|step| &step.target).collect();
    match targets.len() {
        1 => plan.target().name.clone(),
        count => format!("{count} objects"),
    }
}

/// Whether anything of a plan may be sent at all, however it is confirmed.
pub fn writable(ground: Ground<'_>, plan: &Plan) -> Result<(), Refused> {
    let policy = ground.policy;
    if policy.mode == Mode::ReadOnly {
        return Err(Refused::ReadOnly(plan.title.clone()));
    }
    if policy.no_journal {
        return Err(Refused::NoJournal);
    }
    denied(&ground.demand(plan))
}

#[cfg(test)]
mod tests;
