//! What the rules found, made into lines: one for each rule and subject, and one alone for a workload with all that is wrong
//! with it.

use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};

use super::rules::{Rule, Topic};
use super::{Finding, Object};
use crate::model::record::Seconds;
use crate::model::uid::Uid;

/// One row that shows that something is wrong.
pub(super) struct Hit {
    /// What is wrong: rows of the same subject are one line.
    pub subject: Object,
    /// The row.
    pub shown_by: Object,
    /// What is so.
    pub reason: String,
    /// Since when; 0 when that is not known.
    pub since: Seconds,
    /// How many this one stands for.
    pub count: usize,
    /// Of several rows the one with the most speaks for all.
    pub weight: u64,
    /// What helps.
    pub helps: String,
}

impl Hit {
    /// An object that shows itself what is wrong with it.
    pub(super) fn itself(object: Object, reason: impl Into<String>, since: Seconds) -> Self {
        let (shown_by, reason) = (object.clone(), reason.into());
        Self { subject: object, shown_by, reason, since, count: 1, weight: 0, helps: String::new() }
    }
}

/// What is found of one rule and subject.
struct Line {
    finding: Finding,
    order: usize,
    topic: Topic,
    weight: u64,
}

/// What the rules found so far.
#[derive(Default)]
pub(super) struct Gathered {
    lines: Vec<Line>,
    known: HashMap<(Uid, usize), usize>,
    /// Pods about which a rule has spoken; the first one does.
    spoken: HashSet<Uid>,
    turns: Option<Seconds>,
    rule: Option<&'static Rule>,
    order: usize,
}

impl Gathered {
    /// The next rule looks.
    pub(super) fn begin(&mut self, rule: &'static Rule) {
        self.order += usize::from(self.rule.is_some());
        self.rule = Some(rule);
    }

    /// Whether a rule before has spoken about this row; what it said is worse.
    pub(super) fn is_spoken_of(&self, uid: &Uid) -> bool {
        self.spoken.contains(uid)
    }

    /// Time alone makes a difference at this moment.
    pub(super) fn turns_at(&mut self, at: Seconds) {
        self.turns = Some(self.turns.map_or(at, |known| known.min(at)));
    }

    /// A row shows that something is wrong.
    pub(super) fn push(&mut self, hit: Hit) {
        let Some(rule) = self.rule else { return };
        self.spoken.insert(hit.shown_by.uid.clone());
        self.spoken.insert(hit.subject.uid.clone());
        let since = (hit.since > 0).then_some(hit.since);
        let key = (hit.subject.uid.clone(), self.order);
        if let Some(at) = self.known.get(&key) {
            let line = &mut self.lines[*at];
            let finding = &mut line.finding;
            finding.count += hit.count;
            // The oldest of the heaviest speaks: it stays the same while others come and go.
            let heavier = (hit.weight, Reverse(since.unwrap_or(0)), Reverse(&hit.shown_by.name))
                > (line.weight, Reverse(finding.since.unwrap_or(0)), Reverse(&finding.shown_by.name));
            if heavier {
                (finding.shown_by, finding.reason, finding.helps) = (hit.shown_by, hit.reason, hit.helps);
                line.weight = hit.weight;
            }
            finding.since = earlier(finding.since, since);
            return;
        }
        self.known.insert(key, self.lines.len());
        let finding = Finding {
            rule: rule.name,
            grade: rule.grade,
            subject: hit.subject,
            shown_by: hit.shown_by,
            reason: hit.reason,
            since,
            count: hit.count,
            helps: hit.helps,
            with: Vec::new(),
        };
        let (order, topic) = (self.order, rule.topic);
        self.lines.push(Line { finding, order, topic, weight: hit.weight });
    }

    /// The findings, worst first, and when time changes them.
    pub(super) fn into_findings(mut self) -> (Vec<Finding>, Option<Seconds>) {
        self.lines.sort_by(|a, b| {
            let key = |line: &Line| (line.finding.grade, line.order);
            let names = |line: &'_ Line| {
                let subject = &line.finding.subject;
                (subject.namespace.clone(), subject.name.clone(), subject.uid.clone())
            };
            key(a).cmp(&key(b)).then_with(|| names(a).cmp(&names(b)))
        });
        let mut out: Vec<Finding> = Vec::new();
        let mut workloads: HashMap<Uid, usize> = HashMap::new();
        for line in self.lines {
            if !line.topic.is_of_workloads() {
                out.push(line.finding);
                continue;
            }
            match workloads.get(&line.finding.subject.uid) {
                Some(at) => join(&mut out[*at], line),
                None => {
                    workloads.insert(line.finding.subject.uid.clone(), out.len());
                    out.push(line.finding);
                }
            }
        }
        (out, self.turns)
    }
}

/// One line says what two rules found of the same workload: the worse first.
fn join(first: &mut Finding, line: Line) {
    let other = line.finding;
    let after = if first.rule == "rollout-stuck" && first.with.is_empty() { ": " } else { "; " };
    first.reason = format!("{}{after}{}", first.reason, other.reason);
    first.with.push(other.rule);
    first.since = earlier(first.since, other.since);
    if first.helps.is_empty() {
        first.helps = other.helps;
    }
    // The workload itself shows less than one of its pods.
    if first.shown_by.uid == first.subject.uid && other.shown_by.uid != first.subject.uid {
        (first.shown_by, first.count) = (other.shown_by, other.count);
    } else if other.shown_by.uid != first.subject.uid {
        first.count += other.count;
    }
}

fn earlier(one: Option<Seconds>, other: Option<Seconds>) -> Option<Seconds> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}
