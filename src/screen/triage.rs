//! What is wrong now, as one list, worst first; below it what the line under the cursor says in full, and what was not looked
//! at.
//!
//! Holds the last report and where one is. The cursor belongs to a finding by its subject and rule, never to a line.

use std::time::Duration;

use crate::effect::OpId;
use crate::model::record::{Kind, Seconds};
use crate::screen::operations::kept_in_view;
use crate::triage::{Certificates, Finding, Key, Report};

pub mod draw;

/// The screen.
#[derive(Debug, Clone)]
pub struct TriageScreen {
    /// What was found when it was looked last.
    pub report: Report,
    /// When that was, monotonic; `None`: not yet.
    pub looked: Option<Duration>,
    /// When that was, in Unix time.
    pub at: Seconds,
    /// Something changed since.
    pub old: bool,
    /// The kinds beside those that have records of their own, as far as the server has them.
    pub others: Vec<Kind>,
    /// Whether it is known which of them it has.
    pub kinds_known: bool,
    /// What is known of certificates.
    pub certificates: Certificates,
    /// The reading of them that is on its way.
    pub op: Option<OpId>,
    /// In which namespaces they were asked for; `None`: not yet.
    pub asked_in: Option<Vec<String>>,
    /// When they are asked for again, monotonic.
    pub ask_at: Duration,
    /// What narrows the lines, as typed.
    pub filter: String,
    /// The selected finding; `None`: nobody chose, the first line has the cursor.
    pub selected: Option<Key>,
    /// The line that it was on: when it is gone, the one that came there is selected.
    line: usize,
    /// The first line on the screen.
    pub top: usize,
}

impl Default for TriageScreen {
    fn default() -> Self {
        Self {
            report: Report::default(),
            looked: None,
            at: 0,
            old: true,
            others: Vec::new(),
            kinds_known: false,
            certificates: Certificates::Loading,
            op: None,
            asked_in: None,
            ask_at: Duration::ZERO,
            filter: String::new(),
            selected: None,
            line: 0,
            top: 0,
        }
    }
}

impl TriageScreen {
    /// The kinds whose watches it needs.
    pub fn kinds(&self) -> Vec<Kind> {
        Kind::ALL.into_iter().chain(self.others.iter().copied()).collect()
    }

    /// The findings that the filter leaves.
    pub fn rows(&self) -> Vec<&Finding> {
        let words: Vec<String> = self.filter.split_whitespace().map(str::to_lowercase).collect();
        self.report.findings.iter().filter(|finding| words.is_empty() || passes(finding, &words)).collect()
    }

    /// The line of the cursor.
    pub fn position(&self, rows: &[&Finding]) -> usize {
        let Some((uid, rule)) = &self.selected else { return 0 };
        let same = |finding: &&&Finding| finding.subject.uid == *uid;
        // What is wrong with it may have become something else.
        let exact = rows.iter().position(|finding| finding.subject.uid == *uid && finding.rule == *rule);
        exact
            .or_else(|| rows.iter().position(|finding| same(&finding)))
            .unwrap_or_else(|| self.line.min(rows.len().saturating_sub(1)))
    }

    /// The finding under the cursor.
    pub fn current(&self) -> Option<&Finding> {
        let rows = self.rows();
        rows.get(self.position(&rows)).copied()
    }

    /// The cursor goes to a line.
    pub fn go(&mut self, line: usize, height: usize) {
        self.selected = self.rows().get(line).map(|finding| finding.key());
        self.line = line;
        self.top = kept_in_view(self.top, line, height);
    }

    /// Takes a new report; the cursor stays with its finding.
    pub fn take(&mut self, report: Report, mono: Duration, unix: Seconds) {
        self.report = report;
        (self.looked, self.at, self.old) = (Some(mono), unix, false);
    }

    /// Brings the cursor into view of so many lines.
    pub fn settle(&mut self, height: usize) {
        if self.selected.is_none() {
            self.top = self.top.min(self.rows().len().saturating_sub(height));
            return;
        }
        let rows = self.rows();
        let (at, len) = (self.position(&rows), rows.len());
        self.top = self.top.min(len.saturating_sub(height));
        self.go(at, height);
    }

    /// Takes the filter away; true when there was one.
    pub fn clear_filter(&mut self) -> bool {
        !std::mem::take(&mut self.filter).is_empty()
    }
}

/// Whether all words are in what a line says, `!word` in none of it.
fn passes(finding: &Finding, words: &[String]) -> bool {
    let Finding { rule, subject, shown_by, reason, helps, grade, .. } = finding;
    let parts = [
        rule,
        grade.word(),
        &subject.word(),
        &*subject.kind,
        &*subject.name,
        &*subject.namespace,
        &*shown_by.name,
        reason,
        helps,
    ];
    let text = parts.join(" ").to_lowercase();
    words.iter().all(|word| match word.strip_prefix('!') {
        Some(word) => !text.contains(word),
        None => text.contains(word.as_str()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::uid::Uid;
    use crate::triage::{Grade, Object};

    fn finding(name: &str, rule: &'static str) -> Finding {
        let subject = Object {
            kind: "Deployment".into(),
            namespace: "shop".into(),
            name: name.into(),
            uid: Uid::new(name),
            row: Some(Kind::Deployment),
        };
        Finding {
            rule,
            grade: Grade::Broken,
            shown_by: subject.clone(),
            subject,
            reason: "crash loop".to_owned(),
            since: None,
            count: 1,
            helps: String::new(),
            with: Vec::new(),
        }
    }

    fn report(findings: &[(&str, &'static str)]) -> Report {
        let findings = findings.iter().map(|(name, rule)| finding(name, rule)).collect();
        Report { findings, ..Report::default() }
    }

    #[test]
    fn the_cursor_stays_with_its_finding() {
        let mut screen = TriageScreen::default();
        let take = |screen: &mut TriageScreen, findings: &[(&str, &'static str)]| {
            screen.take(report(findings), Duration::ZERO, 0);
            screen.settle(10);
            screen.current().map(|finding| (finding.subject.name.to_string(), finding.rule))
        };
        let at = |name: &str, rule| Some((name.to_owned(), rule));
        assert_eq!(
            take(&mut screen, &[("a", "x"), ("b", "x")]),
            at("a", "x"),
            "the first, while nobody chose"
        );
        assert_eq!(take(&mut screen, &[("0", "x"), ("a", "x")]), at("0", "x"));
        take(&mut screen, &[("a", "x"), ("b", "x"), ("c", "x")]);
        screen.go(1, 10);
        assert_eq!(take(&mut screen, &[("0", "x"), ("a", "x"), ("b", "x"), ("c", "x")]), at("b", "x"));
        assert_eq!(take(&mut screen, &[("a", "x"), ("b", "y"), ("c", "x")]), at("b", "y"), "it is worse now");
        assert_eq!(
            take(&mut screen, &[("a", "x"), ("c", "x")]),
            at("c", "x"),
            "it is mended: what came there"
        );
        assert_eq!(take(&mut screen, &[]), None);
    }

    #[test]
    fn words_narrow_the_lines() {
        let mut screen = TriageScreen::default();
        screen.take(report(&[("web", "pod-crashes"), ("db", "pod-image")]), Duration::ZERO, 0);
        for (filter, left) in
            [("", 2), ("WEB", 1), ("crash", 2), ("pod-image", 1), ("!web", 1), ("deploy web", 1), ("zzz", 0)]
        {
            filter.clone_into(&mut screen.filter);
            assert_eq!(screen.rows().len(), left, "{filter}");
        }
        assert!(screen.clear_filter() && !screen.clear_filter());
    }
}
