//! What is wrong now, worst first: rules that look at the records that are kept, and what could not be looked at.
//!
//! Pure: [`look`] takes a [`Scene`] and answers with a [`Report`]; it reads no clock and asks nobody. Each rule is a row of
//! [`RULES`] with the question that it answers; none says more than it knows: where what it needs was not read, it says
//! nothing, and the report names it. Findings are grouped by owner: forty pods of one deployment are one line.

use crate::model::cache::Cache;
use crate::model::record::{Kind, Seconds};
use crate::model::text::Text;
use crate::model::uid::Uid;

mod autoscalers;
mod budgets;
mod certificates;
mod claims;
mod events;
mod gather;
mod ground;
mod ingresses;
mod jobs;
mod nodes;
mod not_looked;
mod pods;
mod quotas;
mod rollouts;
mod rules;
mod services;
mod thresholds;

pub use certificates::Certificates;
pub use ground::{Feed, Standing};
pub use not_looked::{Concern, NotLooked, is_always_served};
pub use rules::{RULES, Rule, Topic, markdown, rule};
pub use thresholds::Thresholds;

use gather::Gathered;
use ground::Ground;

/// How bad it is; ordered, the worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Grade {
    /// Something does not work.
    Broken,
    /// Something may stop working, or works in part.
    Warning,
    /// Good to know.
    Note,
}

impl Grade {
    /// The sign before a line.
    pub fn sign(self) -> &'static str {
        match self {
            Self::Broken => "!!",
            Self::Warning => "!",
            Self::Note => ".",
        }
    }

    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Broken => "broken",
            Self::Warning => "warning",
            Self::Note => "note",
        }
    }
}

/// An object that a finding names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Object {
    /// Its kind as in manifests, e.g. `Deployment`; `Event` with a reason as its name for what is grouped by reason.
    pub kind: Text,
    /// Its namespace; empty for cluster-scoped ones.
    pub namespace: Text,
    /// Its name.
    pub name: Text,
    /// Its UID.
    pub uid: Uid,
    /// The table in which it is a row, where it is one that is kept.
    pub row: Option<Kind>,
}

impl Object {
    /// The short word that kubectl has for its kind.
    pub fn word(&self) -> String {
        let short = match &*self.kind {
            "Deployment" => "deploy",
            "ReplicaSet" => "rs",
            "StatefulSet" => "sts",
            "DaemonSet" => "ds",
            "Service" => "svc",
            "Ingress" => "ing",
            "CronJob" => "cj",
            "HorizontalPodAutoscaler" => "hpa",
            "PodDisruptionBudget" => "pdb",
            "PersistentVolumeClaim" => "pvc",
            "ResourceQuota" => "quota",
            other => return other.to_ascii_lowercase(),
        };
        short.to_owned()
    }
}

/// Something that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The rule that says so.
    pub rule: &'static str,
    /// How bad it is.
    pub grade: Grade,
    /// What is wrong: the owner by which rows are grouped, e.g. the deployment of pods.
    pub subject: Object,
    /// The row that shows it, e.g. the worst pod.
    pub shown_by: Object,
    /// What is so, in words.
    pub reason: String,
    /// Since when, where that is known.
    pub since: Option<Seconds>,
    /// How many rows show it: pods, routes, resources. 1 for the object itself.
    pub count: usize,
    /// What worked before, or helps, in a few words; empty when nothing is known.
    pub helps: String,
    /// Other rules that found the same subject, whose words are in the reason.
    pub with: Vec<&'static str>,
}

/// By what a finding is known again in another report.
pub type Key = (Uid, &'static str);

impl Finding {
    /// By what it is known again.
    pub fn key(&self) -> Key {
        (self.subject.uid.clone(), self.rule)
    }
}

/// What was found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// What is wrong, worst first; the order does not depend on how old things are, so that lines stay where they are.
    pub findings: Vec<Finding>,
    /// What could not be looked at.
    pub not_looked: Vec<NotLooked>,
    /// What is still being read.
    pub loading: Vec<String>,
    /// When time alone makes it another one: a threshold is reached then, if nothing happens before.
    pub turns: Option<Seconds>,
}

impl Report {
    /// How many findings there are of a grade.
    pub fn count(&self, grade: Grade) -> usize {
        self.findings.iter().filter(|finding| finding.grade == grade).count()
    }
}

/// What is looked at.
#[derive(Debug, Clone, Copy)]
pub struct Scene<'a> {
    /// The records.
    pub cache: &'a Cache,
    /// The time.
    pub now: Seconds,
    /// From when on something counts.
    pub thresholds: &'a Thresholds,
    /// What was read, and what was not.
    pub feeds: &'a [Feed],
    /// What is known of certificates.
    pub certificates: &'a Certificates,
}

/// Looks at everything by every rule.
pub fn look(scene: &Scene<'_>) -> Report {
    let ground = Ground::new(scene);
    let mut gathered = Gathered::default();
    for rule in RULES {
        gathered.begin(rule);
        (rule.look)(&ground, &mut gathered);
    }
    let (findings, turns) = gathered.into_findings();
    let mut report = Report { findings, turns, ..Report::default() };
    not_looked::tell(scene, &mut report);
    report
}

#[cfg(test)]
mod tests;
