//! What was not looked at, why, and whether that leaves open what was asked.

use std::collections::HashSet;

use super::{Certificates, Feed, Grade, RULES, Report, Scene, Standing};
use crate::model::record::Kind;
use crate::model::sync::Skipped;
use crate::model::units;

/// The word under which rules name the certificates in Secrets.
const CERTIFICATES: &str = "certificates";

/// Characters of why objects could not be read.
const LONGEST: usize = 100;

/// What something that was not looked at leaves open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Concern {
    /// Everything: there is no cluster, or no namespace.
    Everything,
    /// What rules say of these kinds, by their plurals.
    Kinds(Vec<String>),
    /// Nothing that was asked for: it was switched off, say.
    Nothing,
}

/// Something that was not looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotLooked {
    /// What: the plural of a kind, e.g. `secrets`.
    pub what: String,
    /// Why.
    pub why: String,
    /// What that leaves open.
    pub concern: Concern,
}

impl NotLooked {
    /// A kind, by its plural.
    pub fn kind(plural: impl Into<String>, why: impl Into<String>) -> Self {
        let what = plural.into();
        Self { concern: Concern::Kinds(vec![what.clone()]), what, why: why.into() }
    }

    /// Everything, by a name for it.
    pub fn everything(what: impl Into<String>, why: impl Into<String>) -> Self {
        Self { what: what.into(), why: why.into(), concern: Concern::Everything }
    }

    /// Whether it leaves open what is asked: from which grade on, of all namespaces or of one.
    fn matters(&self, grade: Grade, everywhere: bool) -> bool {
        match &self.concern {
            Concern::Everything => true,
            Concern::Nothing => false,
            Concern::Kinds(plurals) => plurals.iter().any(|plural| is_needed(plural, grade, everywhere)),
        }
    }
}

/// Whether a kind must be looked at to answer: the kinds that say whether anything runs always, and those that rules of this
/// grade, or worse ones, need. What is of no namespace is not asked for by who asks of one: it is looked at where that may be.
fn is_needed(plural: &str, grade: Grade, everywhere: bool) -> bool {
    let hot = Kind::ALL.into_iter().find(|kind| kind.resource().2 == plural);
    if hot.is_some_and(|kind| !kind.namespaced()) && !everywhere {
        return false;
    }
    hot.is_some_and(|kind| kind.namespaced() && kind != Kind::Event)
        || RULES.iter().any(|rule| rule.grade <= grade && rule.needs.contains(&plural))
}

impl Report {
    /// Whether all was looked at that is needed to say what is wrong at a grade or above it, of all namespaces or of one.
    pub fn is_complete(&self, grade: Grade, everywhere: bool) -> bool {
        self.loading.is_empty() && !self.not_looked.iter().any(|not| not.matters(grade, everywhere))
    }
}

/// Whether every Kubernetes server has it, so that one without is none, or something stands before it. Of other groups servers
/// may be too old, or have nothing installed for them.
pub fn is_always_served(group: &str) -> bool {
    matches!(group, "" | "apps" | "batch" | "discovery.k8s.io" | "networking.k8s.io")
}

/// What a parser says may quote what it met.
fn clip(words: &str) -> String {
    let mut all = words.chars();
    let short: String = all.by_ref().take(LONGEST).collect();
    if all.next().is_some() { format!("{short}…") } else { short }
}

fn why_not(feed: &Feed) -> Option<String> {
    match &feed.standing {
        Standing::Not(why) => Some(why.clone()),
        Standing::NotServed if is_always_served(feed.kind.resource().0) => Some("not served here".to_owned()),
        // What the server need not have cannot be wrong.
        Standing::NotServed | Standing::Looked | Standing::Loading => None,
    }
}

/// Tells what was not looked at, and what is still being read.
pub(super) fn tell(scene: &Scene<'_>, report: &mut Report) {
    let mut named = HashSet::new();
    let mut outside: Vec<(&Vec<String>, Vec<&str>)> = Vec::new();
    for feed in scene.feeds {
        let (.., plural, _) = feed.kind.resource();
        if feed.standing == Standing::Loading {
            report.loading.push(plural.to_owned());
        }
        if let Some(why) = why_not(feed)
            && named.insert(plural)
        {
            report.not_looked.push(NotLooked::kind(plural, why));
        }
        if let Some(Skipped { count, why }) = &feed.skipped {
            let what = match count {
                1 => format!("1 of {plural}"),
                many => format!("{} {plural}", units::count(u64::from(*many))),
            };
            let why = format!("could not be read: {}", clip(why));
            report.not_looked.push(NotLooked { what, ..NotLooked::kind(plural, why) });
        }
        if !feed.only_in.is_empty() {
            match outside.iter_mut().find(|(within, _)| **within == feed.only_in) {
                Some((_, plurals)) => plurals.push(plural),
                None => outside.push((&feed.only_in, vec![plural])),
            }
        }
    }
    for (within, plurals) in outside {
        report.not_looked.push(NotLooked {
            what: format!("{} outside {}", plurals.join(", "), within.join(", ")),
            why: "forbidden".to_owned(),
            concern: Concern::Kinds(plurals.into_iter().map(str::to_owned).collect()),
        });
    }
    match scene.certificates {
        Certificates::Read(ends) if ends.unreadable > 0 => {
            let s = if ends.unreadable == 1 { "" } else { "s" };
            report.not_looked.push(NotLooked {
                what: format!("{} Secret{s} of the type kubernetes.io/tls", ends.unreadable),
                why: "no certificate in it that can be read".to_owned(),
                concern: Concern::Nothing,
            });
        }
        Certificates::Read(_) => {}
        Certificates::Loading => report.loading.push(CERTIFICATES.to_owned()),
        Certificates::Not(why) => report.not_looked.push(NotLooked::kind(CERTIFICATES, why)),
        Certificates::Off(why) => {
            let not = NotLooked { concern: Concern::Nothing, ..NotLooked::kind(CERTIFICATES, why) };
            report.not_looked.push(not);
        }
    }
}
