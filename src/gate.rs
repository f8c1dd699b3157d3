//! The gate: the one door through which a change leaves the program (invariant 2).
//!
//! Four rings, each with its test. The access class of every action ([`crate::action::Access`]); the [`Permit`], which
//! only [`confirm`] makes, of exactly the plan that was shown, and which only the writer takes; two clients, a reader
//! that cannot write and a writer that does not exist in read-only mode ([`crate::cluster`]); and the compiler, which
//! refuses a write elsewhere (`clippy.toml`). Pure: it decides, and sends nothing.

use crate::action::Access;
use crate::release::plan::{Level, Plan};
use crate::release::request::WriteRequest;

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

/// Whether an action of this class may be begun; `what` names what it would need, e.g. `scale needs patch
/// deployments.apps/scale`.
pub fn may_begin(policy: Policy, access: Access, what: &str) -> Result<(), Refused> {
    match (access, policy.mode) {
        (Access::Look, _) | (_, Mode::ReadWrite) => Ok(()),
        (Access::Connect | Access::Change, Mode::ReadOnly) => Err(Refused::ReadOnly(what.to_owned())),
    }
}

/// Dry runs of all steps of a plan. A later step is bound to what an earlier one makes, so only those that stand alone
/// can be rehearsed: the first of several that wait for each other, all of those that do not.
pub fn rehearse(policy: Policy, plan: &Plan) -> Result<Vec<Rehearsal>, Refused> {
    writable(policy, plan)?;
    let alone = match plan.order {
        crate::release::plan::Order::AtOnce => plan.steps.len(),
        crate::release::plan::Order::WhenReached => 1,
    };
    Ok(plan.steps.iter().take(alone).map(|step| Rehearsal { request: step.request.dry_run() }).collect())
}

/// What a plan asks for.
pub fn asks(policy: Policy, plan: &Plan) -> Asks {
    match plan.level {
        Level::Reversible => Asks::Key,
        Level::Destructive if policy.protected => Asks::Word(word_for(plan)),
        Level::Lasting | Level::Traffic | Level::Destructive => Asks::KeyAfterDryRun,
    }
}

/// Permits for all steps of the plan that was shown, in order. `rehearsed`: every dry run has been answered.
pub fn confirm(
    policy: Policy,
    plan: &Plan,
    answer: &Answer<'_>,
    rehearsed: bool,
) -> Result<Vec<Permit>, Refused> {
    writable(policy, plan)?;
    match asks(policy, plan) {
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
pub fn writable(policy: Policy, plan: &Plan) -> Result<(), Refused> {
    if policy.mode == Mode::ReadOnly {
        return Err(Refused::ReadOnly(plan.title.clone()));
    }
    if policy.no_journal {
        return Err(Refused::NoJournal);
    }
    Ok(())
}

#[cfg(test)]
mod tests;
