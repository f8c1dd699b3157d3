//! What is wrong, for who has no screen: as lines, as JSON, and as an exit code. Pure: text from a report.

use jiff::Timestamp;
use serde_json::{Value, json};
use unicode_width::UnicodeWidthStr as _;

use crate::model::record::{Kind, Seconds};
use crate::screen::triage::draw;
use crate::state::Now;
use crate::theme::Role;
use crate::triage::{Finding, Grade, NotLooked, Object, Report};
use crate::widget::chrome::{Piece, piece, wrap};
use crate::widget::grid::cut;

/// Nothing is wrong, as far as was looked, and all that matters was looked at.
pub(super) const WELL: u8 = 0;
/// Something is wrong.
pub(super) const WRONG: u8 = 1;
/// It could not be looked.
pub(super) const NOT_LOOKED: u8 = 2;

/// Where it was looked.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place<'a> {
    /// The context's name.
    pub context: &'a str,
    /// The namespace; `None`: all.
    pub namespace: Option<&'a str>,
    /// Nobody asked for this namespace: it is the context's own.
    pub by_itself: bool,
    /// When.
    pub now: Seconds,
}

/// What was still being read is not looked at, for this reason. Where nothing was read, it is the cluster.
pub(super) fn ended(mut report: Report, why: &str) -> Report {
    let not = |what| NotLooked { what, why: why.to_owned() };
    let is_read = |kind: &Kind| !report.loading.iter().any(|what| what == kind.resource().2);
    if !Kind::ALL.iter().any(is_read) {
        report.loading = vec!["the cluster".to_owned()];
    }
    report.not_looked.extend(std::mem::take(&mut report.loading).into_iter().map(not));
    report
}

/// Whether that it was not looked at leaves open whether anything runs: the kinds that say so, but not nodes and events, which
/// many may not read.
fn matters(not: &NotLooked) -> bool {
    let what = not.what.split(' ').next().unwrap_or_default();
    let plural = |kind: Kind| kind.resource().2 == what;
    what == "the"
        || Kind::ALL.into_iter().any(|kind| plural(kind) && !matches!(kind, Kind::Node | Kind::Event))
}

/// Whether all that matters was looked at.
pub(super) fn is_complete(report: &Report) -> bool {
    report.loading.is_empty() && !report.not_looked.iter().any(matters)
}

/// The exit code: something wrong says more than that not all was looked at.
pub(super) fn code(report: &Report, fail_on: Grade) -> u8 {
    let wrong = report.findings.iter().any(|finding| finding.grade <= fail_on);
    match (wrong, is_complete(report)) {
        (true, _) => WRONG,
        (false, false) => NOT_LOOKED,
        (false, true) => WELL,
    }
}

/// A line that says what there is, then a line for each finding.
pub(super) fn table(report: &Report, place: Place<'_>, width: u16) -> Vec<Vec<Piece>> {
    let scope = match place.namespace {
        Some(namespace) if place.by_itself => format!("{namespace} only (-A shows all namespaces)"),
        Some(namespace) => namespace.to_owned(),
        None => "all namespaces".to_owned(),
    };
    let words = match (report.findings.is_empty(), is_complete(report)) {
        (false, _) => draw::counts(report),
        (true, true) => "nothing is wrong, as far as was looked".to_owned(),
        (true, false) => "nothing is known to be wrong, but not all could be looked at".to_owned(),
    };
    let title = format!("{} / {scope}: {words}", place.context);
    let mut out: Vec<Vec<Piece>> =
        wrap(&title, width).into_iter().map(|line| vec![piece(Role::TitleFocused, line)]).collect();
    let now = Now { unix: place.now, ..Now::default() };
    let lines = draw::lines(report, place.namespace.is_none(), now, width);
    out.extend(lines.into_iter().map(|line| fit(line, width)));
    out
}

/// A line in so many cells.
fn fit(line: Vec<Piece>, width: u16) -> Vec<Piece> {
    let mut left = width;
    let fitted = line.into_iter().map(|Piece { text, role }| {
        let text = cut(&text, left).into_owned();
        left = left.saturating_sub(text.width() as u16);
        piece(role, text)
    });
    fitted.collect()
}

/// What was not looked at, by why; nothing where everything was.
pub(super) fn not_looked(report: &Report) -> Option<String> {
    (!report.not_looked.is_empty())
        .then(|| format!("not looked at: {}", draw::not_looked(&report.not_looked)))
}

/// The same as JSON. The names stay; more may come.
pub(super) fn json(report: &Report, place: Place<'_>, fail_on: Grade) -> String {
    let findings: Vec<Value> = report.findings.iter().map(finding).collect();
    let not_looked: Vec<Value> =
        report.not_looked.iter().map(|not| json!({"what": not.what, "why": not.why})).collect();
    let count = |grade| report.count(grade);
    let value = json!({
        "context": place.context,
        "namespace": place.namespace,
        "time": time(place.now),
        "complete": is_complete(report),
        "exitCode": code(report, fail_on),
        "counts": {
            "broken": count(Grade::Broken), "warning": count(Grade::Warning), "note": count(Grade::Note),
        },
        "findings": findings,
        "notLooked": not_looked,
    });
    format!("{value:#}\n")
}

fn time(at: Seconds) -> Option<String> {
    Timestamp::from_second(at).ok().map(|time| time.to_string())
}

fn finding(finding: &Finding) -> Value {
    json!({
        "rule": finding.rule,
        "grade": finding.grade.word(),
        "subject": object(&finding.subject),
        "shownBy": object(&finding.shown_by),
        "reason": finding.reason,
        "since": finding.since.and_then(time),
        "count": finding.count,
        "helps": (!finding.helps.is_empty()).then_some(&finding.helps),
        "with": finding.with,
    })
}

fn object(object: &Object) -> Value {
    json!({
        "kind": &*object.kind,
        "namespace": (!object.namespace.is_empty()).then_some(&*object.namespace),
        "name": &*object.name,
        "uid": object.uid.to_string(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::uid::Uid;
    use crate::terminal::painted;

    const PLACE: Place<'_> =
        Place { context: "prod", namespace: Some("shop"), by_itself: false, now: 1_700_000_600 };

    fn found(name: &str, grade: Grade, reason: &str) -> Finding {
        let object = |kind: &str, name: &str| Object {
            kind: kind.into(),
            namespace: "shop".into(),
            name: name.into(),
            uid: Uid::new(name),
            row: Some(Kind::Deployment),
        };
        Finding {
            rule: "pod-crashes",
            grade,
            subject: object("Deployment", name),
            shown_by: object("Pod", &format!("{name}-x")),
            reason: reason.to_owned(),
            since: Some(1_700_000_000),
            count: 3,
            helps: String::new(),
            with: vec!["rollout-stuck"],
        }
    }

    fn report(grades: &[Grade], not_looked: &[&str], loading: &[&str]) -> Report {
        let not = |what: &&str| NotLooked { what: (*what).to_owned(), why: "forbidden".to_owned() };
        Report {
            findings: grades.iter().map(|grade| found("web", *grade, "crash loop")).collect(),
            not_looked: not_looked.iter().map(not).collect(),
            loading: loading.iter().map(|what| (*what).to_owned()).collect(),
            turns: None,
        }
    }

    #[test]
    fn the_code_says_what_is_so() {
        use Grade::{Broken, Note, Warning};
        for (grades, not_looked, loading, fail_on, expected) in [
            (&[][..], &[][..], &[][..], Broken, WELL),
            (&[Broken], &[], &[], Broken, WRONG),
            (&[Warning], &[], &[], Broken, WELL),
            (&[Warning], &[], &[], Warning, WRONG),
            (&[Note], &[], &[], Warning, WELL),
            (&[Note], &[], &[], Note, WRONG),
            (&[Broken, Note], &[], &[], Note, WRONG),
            // What many may not read does not matter; what says whether anything runs does.
            (
                &[],
                &["nodes", "events", "certificates", "resourcequotas", "3 certificates"],
                &[],
                Broken,
                WELL,
            ),
            (&[], &["pods"], &[], Broken, NOT_LOOKED),
            (&[], &["services outside a, b"], &[], Broken, NOT_LOOKED),
            (&[], &["the cluster"], &[], Broken, NOT_LOOKED),
            (&[Note], &["deployments"], &[], Broken, NOT_LOOKED),
            (&[Broken], &["pods"], &[], Broken, WRONG),
            (&[], &[], &["nodes"], Broken, NOT_LOOKED),
        ] {
            let report = report(grades, not_looked, loading);
            assert_eq!(code(&report, fail_on), expected, "{grades:?} {not_looked:?} {loading:?}");
        }
    }

    #[test]
    fn what_was_not_read_in_time_is_named() {
        let report = ended(report(&[], &["nodes"], &["pods", "jobs"]), "no answer within 2s");
        assert!(report.loading.is_empty());
        assert_eq!(code(&report, Grade::Broken), NOT_LOOKED);
        assert_eq!(
            not_looked(&report).as_deref(),
            Some("not looked at: nodes (forbidden); pods, jobs (no answer within 2s)")
        );
        let plurals: Vec<&str> = Kind::ALL.iter().map(|kind| kind.resource().2).collect();
        let nothing = ended(super::tests::report(&[], &[], &plurals), "connection refused");
        assert_eq!(not_looked(&nothing).as_deref(), Some("not looked at: the cluster (connection refused)"));
        assert_eq!(code(&nothing, Grade::Broken), NOT_LOOKED);
        let jobs_only = ended(super::tests::report(&[], &[], &["jobs"]), "no answer within 2s");
        assert_eq!(code(&jobs_only, Grade::Broken), WELL, "jobs alone do not say whether anything runs");
    }

    #[test]
    fn a_finding_is_one_line_that_fits() {
        let long = "word ".repeat(60);
        let mut report = report(&[Grade::Broken], &[], &[]);
        report.findings.push(found(&"long".repeat(20), Grade::Warning, &long));
        for width in [80, 120, 40] {
            let lines = table(&report, PLACE, width);
            let text = painted::text(&lines, None);
            assert_eq!(text.lines().count(), 4, "{text}");
            for line in text.lines() {
                let cells = line.width();
                assert!(cells <= usize::from(width), "{width}: {cells}: {line}");
            }
        }
        let text = painted::text(&table(&report, PLACE, 80), None);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0], "prod / shop: 1 broken, 1 warning");
        assert!(lines[1].starts_with("    WHAT") && lines[1].ends_with("WHAT IS SO"), "{text}");
        assert!(lines[2].starts_with(" !! deploy web x3 ") && lines[2].ends_with("10m crash loop"), "{text}");
    }

    #[test]
    fn nothing_wrong_is_said_only_as_far_as_was_looked() {
        for (not_looked, expected) in [
            (&["nodes"][..], "prod / shop: nothing is wrong, as far as was looked\n"),
            (&["pods"], "prod / shop: nothing is known to be wrong, but not all could be looked at\n"),
        ] {
            let lines = table(&report(&[], not_looked, &[]), PLACE, 80);
            assert_eq!(painted::text(&lines, None), expected);
        }
        let everywhere = Place { namespace: None, ..PLACE };
        let text = painted::text(&table(&report(&[Grade::Note], &[], &[]), everywhere, 80), None);
        assert!(text.starts_with("prod / all namespaces: 1 note\n") && text.contains(" NS "), "{text}");
        let own = Place { by_itself: true, ..PLACE };
        let text = painted::text(&table(&report(&[], &[], &[]), own, 120), None);
        assert!(text.starts_with("prod / shop only (-A shows all namespaces): nothing is wrong"), "{text}");
    }

    #[test]
    fn json_has_every_field() {
        let mut report = report(&[Grade::Broken], &["nodes"], &[]);
        report.findings[0].helps = "revision 3 worked".to_owned();
        let value: Value = serde_json::from_str(&json(&report, PLACE, Grade::Broken)).unwrap();
        assert_eq!(
            value,
            json!({
                "context": "prod", "namespace": "shop", "time": "2023-11-14T22:23:20Z", "complete": true,
                "exitCode": 1, "counts": {"broken": 1, "warning": 0, "note": 0},
                "notLooked": [{"what": "nodes", "why": "forbidden"}],
                "findings": [{
                    "rule": "pod-crashes", "grade": "broken", "reason": "crash loop",
                    "subject": {"kind": "Deployment", "namespace": "shop", "name": "web", "uid": "web"},
                    "shownBy": {"kind": "Pod", "namespace": "shop", "name": "web-x", "uid": "web-x"},
                    "since": "2023-11-14T22:13:20Z", "count": 3, "helps": "revision 3 worked",
                    "with": ["rollout-stuck"],
                }],
            })
        );
    }
}
