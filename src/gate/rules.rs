//! The rules of the configuration: what is not done where, and what has to be done to confirm it. Pure: matching and weighing.
//!
//! A rule says where and what it is for by patterns, and what it asks; what it does not name, it is for all of. All rules that
//! match hold together, and of what they ask the strictest. The administrator's come first, so that they are the ones named.

use std::collections::HashSet;
use std::fmt;

use crate::action::{Access, Action};
use crate::model::glob::glob;
use crate::release::Target;

/// All of them, the administrator's first.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Rules(pub Vec<Rule>);

/// One rule. An empty list of patterns matches everything.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Rule {
    /// Where it stands.
    pub origin: Origin,
    /// Patterns of contexts.
    pub contexts: Vec<String>,
    /// Patterns of namespaces.
    pub namespaces: Vec<String>,
    /// Patterns of plurals, of plurals with their group, or of kinds.
    pub kinds: Vec<String>,
    /// Patterns of the names of actions.
    pub actions: Vec<String>,
    /// It is not done, and why.
    pub deny: Option<String>,
    /// What has to be typed.
    pub confirm: Option<Confirm>,
    /// So many objects at once.
    pub max_bulk: Option<u32>,
    /// Why it is done has to be said.
    pub reason: bool,
}

/// Where a rule stands.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Origin {
    /// The file.
    pub file: String,
    /// Which of the file's rules, from 1.
    pub number: usize,
}

/// `rule 2 of /etc/dogwatch/config.yaml`.
impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "rule {} of {}", self.number, self.file)
    }
}

/// How a change is confirmed; each is stricter than the one before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Confirm {
    /// A key, once the dry run has been answered.
    Plain,
    /// The object's name is typed; of several how many they are.
    Name,
    /// The context's name is typed.
    Context,
}

/// Something that is to be done with an object, or with none that is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deed<'a> {
    /// The object.
    pub target: Option<&'a Target>,
    /// What it is by the table of actions: what it began with, and what is sent.
    pub actions: Vec<Action>,
}

/// What all rules that match ask, each with the rule that asks it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Demand {
    /// It is not done; why.
    pub deny: Option<(String, Origin)>,
    /// What has to be typed.
    pub confirm: Option<(Confirm, Origin)>,
    /// Why it is done has to be said.
    pub reason: Option<Origin>,
}

impl Demand {
    /// Why it is not done, with the rule that says so.
    pub fn denied(&self) -> Option<String> {
        self.deny.as_ref().map(|(why, origin)| format!("{why} ({origin})"))
    }

    /// What the rules ask, in words, each with its rule.
    pub fn words(&self) -> Vec<String> {
        let confirm = self.confirm.as_ref().map(|(how, origin)| {
            let how = match how {
                Confirm::Plain => "wait for the dry run",
                Confirm::Name => "type the name",
                Confirm::Context => "type the context",
            };
            format!("{origin}: {how}")
        });
        let deny = self.deny.as_ref().map(|(why, origin)| format!("{origin}: {why}"));
        let reason = self.reason.as_ref().map(|origin| format!("{origin}: say why"));
        deny.into_iter().chain(confirm).chain(reason).collect()
    }
}

impl Rules {
    /// What all rules that match any of these ask together.
    pub fn weigh(&self, context: &str, deeds: &[Deed<'_>]) -> Demand {
        let mut demand = Demand::default();
        for rule in &self.0 {
            let matching = || deeds.iter().filter(|deed| rule.is_for(context, deed));
            if matching().next().is_none() {
                continue;
            }
            let origin = || rule.origin.clone();
            if let Some(why) = rule.deny.as_ref().filter(|_| demand.deny.is_none()) {
                demand.deny = Some((why.clone(), origin()));
            }
            if let Some(most) = rule.max_bulk.filter(|_| demand.deny.is_none()) {
                let count = matching().filter_map(|deed| deed.target).collect::<HashSet<_>>().len();
                if count > most as usize {
                    demand.deny = Some((format!("{count} objects at once, and {most} may be"), origin()));
                }
            }
            if let Some(how) = rule.confirm
                && demand.confirm.as_ref().is_none_or(|(known, _)| *known < how)
            {
                demand.confirm = Some((how, origin()));
            }
            if rule.reason && demand.reason.is_none() {
                demand.reason = Some(origin());
            }
        }
        demand
    }
}

impl Rule {
    fn is_for(&self, context: &str, deed: &Deed<'_>) -> bool {
        let any = |patterns: &[String], names: &[String]| {
            patterns.is_empty() || patterns.iter().any(|pattern| names.iter().any(|name| glob(pattern, name)))
        };
        let any_case = |patterns: &[String], names: &[String]| {
            let lower = |all: &[String]| all.iter().map(|one| one.to_lowercase()).collect::<Vec<_>>();
            any(&lower(patterns), &lower(names))
        };
        let actions: Vec<String> = deed.actions.iter().map(|action| action.info().name.to_owned()).collect();
        any(&self.contexts, &[context.to_owned()])
            && any(&self.namespaces, &namespaces(deed))
            && any_case(&self.kinds, &kinds(deed))
            && any(&self.actions, &actions)
    }
}

/// Where it is done. A namespace itself is its own: what is denied in it is denied to it.
fn namespaces(deed: &Deed<'_>) -> Vec<String> {
    let Some(target) = deed.target else { return vec![String::new()] };
    let mut out = vec![target.namespace.clone()];
    if target.resource.plural == "namespaces" {
        out.push(target.name.clone());
    }
    out
}

/// What it is done to. What goes into a container goes into a pod, whatever it was asked of.
fn kinds(deed: &Deed<'_>) -> Vec<String> {
    let mut out = Vec::new();
    if let Some(target) = deed.target {
        let resource = &target.resource;
        out.extend([resource.plural.to_string(), resource.group_resource(), resource.kind.to_string()]);
    }
    if deed.actions.iter().any(|action| goes_into_pods(*action)) {
        out.extend(["pods", "Pod"].map(str::to_owned));
    }
    if out.is_empty() {
        out.push(String::new());
    }
    out
}

fn goes_into_pods(action: Action) -> bool {
    let into = |subresource| matches!(subresource, "exec" | "attach" | "portforward" | "proxy");
    action.right().and_then(|(_, subresource)| subresource).is_some_and(into)
}

/// The actions that rules can be about.
pub fn ruled() -> impl Iterator<Item = Action> {
    Action::ALL.iter().filter(|info| info.access != Access::Look).map(|info| info.action)
}

#[cfg(test)]
mod tests;
