//! The plan screen: what will be sent, before it is sent. Nothing leaves without it.
//!
//! It holds what was asked for, what was read for it, the plan that follows, and what the dry run said; the user confirms
//! exactly what is drawn. Keys typed before the plan was on the screen do not count.

use std::time::Duration;

use crate::action::Action;
use crate::effect::OpId;
use crate::gate::{Asks, Ground, Refused, asks};
use crate::model::text::clean;
use crate::model::trouble::Trouble;
use crate::release::facts::Gathered;
use crate::release::plan::{Line, Plan};
use crate::release::{Change, Target};
use crate::screen::scroll::Scroll;

pub mod draw;
pub mod left;
mod smoke;

/// A plan has to be on the screen for so long, and no key typed, before a key can confirm it: what was typed before it came does
/// not, nor does a key that is held down or hammered since then.
pub const QUARANTINE: Duration = Duration::from_millis(400);

/// One object of what was asked.
#[derive(Debug)]
pub struct Part {
    /// The operation that gathers for it.
    pub op: OpId,
    /// The object.
    pub target: Target,
    /// What is to be done with it.
    pub change: Change,
    /// What was read for it.
    pub gathered: Option<Result<Box<Gathered>, Trouble>>,
}

/// How far the dry run is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DryRun {
    /// Not asked for yet.
    NotYet,
    /// Nobody wants it: the plan is only told.
    Unwanted,
    /// It may not be asked, for nothing may be sent.
    Barred(Refused),
    /// On its way.
    Waiting {
        /// When it was asked, monotonic.
        since: Duration,
    },
    /// The server would do all of it.
    Accepted {
        /// How long the answer took.
        took: Duration,
        /// Steps that cannot be rehearsed, since they follow from earlier ones.
        not_rehearsed: usize,
    },
    /// The server would refuse it.
    Refused(Trouble),
    /// It was not answered.
    Unknown(Trouble),
}

impl DryRun {
    /// Whether any of it has been answered, one way or the other.
    pub fn is_answered(&self) -> bool {
        !matches!(self, Self::NotYet | Self::Unwanted | Self::Barred(_) | Self::Waiting { .. })
    }

    /// In one word.
    pub fn word(&self) -> &'static str {
        match self {
            Self::NotYet | Self::Unwanted | Self::Barred(_) => "not asked",
            Self::Waiting { .. } => "asked",
            Self::Accepted { .. } => "accepted",
            Self::Refused(_) => "refused",
            Self::Unknown(Trouble { status: Some(_), .. }) => "failed",
            Self::Unknown(_) => "not answered",
        }
    }

    /// In words.
    pub fn words(&self) -> String {
        match self {
            Self::NotYet => "not asked yet".to_owned(),
            Self::Unwanted => "not asked; nothing is sent".to_owned(),
            Self::Barred(refused) => format!("not asked: {refused}"),
            Self::Waiting { .. } => "asking the server…".to_owned(),
            Self::Accepted { took, not_rehearsed: 0 } => {
                format!("accepted by the server ({:.2} s)", took.as_secs_f64())
            }
            Self::Accepted { took, not_rehearsed } => {
                let rest = match not_rehearsed {
                    1 => "1 follows from it and is not asked".to_owned(),
                    rest => format!("{rest} follow from it and are not asked"),
                };
                format!("the first step was accepted by the server ({:.2} s); {rest}", took.as_secs_f64())
            }
            Self::Refused(trouble) => format!("refused by the server: {trouble}"),
            Self::Unknown(trouble) => match trouble.status {
                Some(status) => format!("failed, answered {status}: {}", trouble.said),
                None => format!("not answered: {trouble}"),
            },
        }
    }
}

/// The plan screen.
#[derive(Debug)]
pub struct PlanScreen {
    /// The action that it began with.
    pub by: Action,
    /// What was asked for.
    pub parts: Vec<Part>,
    /// How the parts become one plan.
    pub joined: Joined,
    /// The plan; an error says why there is none.
    pub plan: Option<Result<Plan, String>>,
    /// What the dry run said.
    pub dry_run: DryRun,
    /// Dry runs that met an object which had just moved on: they are asked again, a few times.
    pub conflicts: u32,
    /// Operations of dry runs that are not answered.
    pub rehearsing: Vec<OpId>,
    /// The operations of all dry runs of this plan, one for each step that is rehearsed.
    pub asked: Vec<OpId>,
    /// What the dry runs said beyond yes or no, by step.
    pub answers: Vec<(usize, Vec<Line>)>,
    /// What the pods of the other side were asked, and what they said.
    pub smoked: Vec<Smoked>,
    /// Where one reads.
    pub scroll: Scroll,
    /// Requests and bodies are shown.
    pub requests: bool,
    /// Why, as the user said it.
    pub reason: String,
    /// The word that was typed to confirm.
    pub word: String,
    /// Why this plan is shown again.
    pub note: String,
    /// When it was first drawn as it is now, or a key came after that and too early; monotonic.
    pub drawn: Option<Duration>,
    /// The last key came too early, so that its repetitions do too.
    early: bool,
    /// The last key is one of those repetitions.
    pub held: bool,
    /// The operation that follows the object while the plan is shown.
    pub follow: Option<OpId>,
    /// Its end is to be announced.
    pub rings: bool,
    /// Marked objects of it that the table does not show.
    pub hidden: Option<Hidden>,
}

/// A pod that was asked by a smoke check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Smoked {
    /// The operation that asks.
    pub op: OpId,
    /// The pod.
    pub pod: String,
    /// What was asked.
    pub path: String,
    /// What it said, or why there is no answer; `None`: not yet.
    pub answer: Option<Result<crate::release::smoke::Answer, String>>,
}

/// Objects that are meant and not before the eyes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hidden {
    /// How many.
    pub count: usize,
    /// A filter hides them; otherwise what the table is narrowed to.
    pub filtered: bool,
}

/// How several parts become one plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Joined {
    /// The same change of several objects; or there is one.
    Bulk,
    /// Each after the one before has reached its goal.
    Sequence,
}

impl PlanScreen {
    /// A plan that has just been asked for.
    pub fn new(by: Action, parts: Vec<Part>, joined: Joined) -> Self {
        Self {
            by,
            parts,
            joined,
            plan: None,
            dry_run: DryRun::NotYet,
            conflicts: 0,
            rehearsing: Vec::new(),
            asked: Vec::new(),
            answers: Vec::new(),
            smoked: Vec::new(),
            scroll: Scroll::default(),
            requests: false,
            reason: String::new(),
            word: String::new(),
            note: String::new(),
            drawn: None,
            early: true,
            held: false,
            follow: None,
            rings: false,
            hidden: None,
        }
    }

    /// The plan, when there is one.
    pub fn ready(&self) -> Option<&Plan> {
        self.plan.as_ref()?.as_ref().ok()
    }

    /// Whether any part is such a change.
    pub fn is_of(&self, such: impl Fn(&Change) -> bool) -> bool {
        self.parts.iter().any(|part| such(&part.change))
    }

    /// What confirms it, when there is a plan.
    pub fn asks(&self, ground: Ground<'_>) -> Option<Asks> {
        self.ready().map(|plan| asks(ground, plan))
    }

    /// Whether what it is made from is being read anew: the plan that is shown is of an object that is no more.
    pub fn is_read_anew(&self) -> bool {
        self.plan.is_some() && self.parts.iter().any(|part| part.gathered.is_none())
    }

    /// Whether every dry run has been answered, one way or the other; a refusal does not stop who insists, for the server
    /// decides.
    pub fn is_rehearsed(&self) -> bool {
        self.rehearsing.is_empty() && self.dry_run.is_answered()
    }

    /// In one line, before there is a plan too.
    pub fn title(&self) -> String {
        match (self.ready(), self.parts.as_slice()) {
            (Some(plan), _) => plan.title.clone(),
            (None, [only]) => only.change.title(&only.target),
            (None, parts) => match parts.first() {
                Some(first) => format!("{} {} objects", first.change.word(), parts.len()),
                None => String::new(),
            },
        }
    }

    /// It was drawn as it is now.
    pub fn on_drawn(&mut self, now: Duration) {
        if self.plan.is_some() && self.drawn.is_none() {
            (self.drawn, self.early) = (Some(now), true);
        }
    }

    /// A key came, `again` when it is the one that came just before: the time in which no key counts begins anew, and what is held
    /// down since then does not count after it either.
    pub fn on_key(&mut self, again: bool, now: Duration) {
        let soon = self.drawn.is_none_or(|since| now < since + QUARANTINE);
        if soon {
            self.drawn = self.drawn.map(|_| now);
        }
        self.held = again && self.early;
        self.early = soon || self.held;
    }

    /// It is shown anew: what was confirmed before does not count.
    pub fn renew(&mut self) {
        self.drawn = None;
        self.word.clear();
        // Other pods may be meant.
        self.smoked.clear();
    }

    /// Does what a text can do; false when the action means nothing here.
    pub fn act(&mut self, action: Action, len: usize, height: usize) -> bool {
        if action == Action::ShowRequest {
            self.requests = !self.requests;
            self.scroll = Scroll::default();
            return true;
        }
        self.scroll.act(action, len, height)
    }
}

/// The plan with every text cleaned that came from the cluster (invariant 8): what is sent stays as it is.
pub fn cleaned(mut plan: Plan) -> Plan {
    wash(&mut plan.title);
    plan.kubectl.iter_mut().for_each(wash);
    plan.lines = plan.lines.into_iter().map(clean_line).collect();
    plan
}

/// One line of it.
pub fn clean_line(mut line: Line) -> Line {
    match &mut line {
        Line::Change { what, from, to } => [what, from, to].into_iter().for_each(wash),
        Line::Effect { what, words } | Line::Warning { what, words } => {
            [what, words].into_iter().for_each(wash);
        }
        Line::Unknown { what, why } => [what, why].into_iter().for_each(wash),
        Line::Diff(line) => wash(&mut line.text),
        Line::Object { words } => wash(words),
    }
    line
}

fn wash(text: &mut String) {
    if let std::borrow::Cow::Owned(clean) = clean(text) {
        *text = clean;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_step_follows_and_several_follow() {
        for (not_rehearsed, said) in
            [(1, "; 1 follows from it and is not asked"), (2, "; 2 follow from it and are not asked")]
        {
            let words = DryRun::Accepted { took: Duration::ZERO, not_rehearsed }.words();
            assert!(words.ends_with(said), "{words}");
        }
    }
}
