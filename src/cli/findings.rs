//! What is wrong, for who has no screen: as lines, as JSON, and as an exit code. Pure: text from a report.

use jiff::Timestamp;
use serde_json::{Value, json};
use unicode_width::UnicodeWidthStr as _;

use crate::model::record::{Kind, Seconds};
use crate::model::units;
use crate::screen::triage::draw;
use crate::state::Now;
use crate::terminal::painted::WHOLE;
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

/// What is not looked at where nothing is.
pub(super) const CLUSTER: &str = "the cluster";
/// The namespace is not there.
pub(super) const NAMESPACE: &str = "the namespace";

/// Where it was looked, and for what.
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
    /// It ended before all was read.
    pub cut_short: bool,
    /// From which grade on something is wrong.
    pub fail_on: Grade,
}

/// What was still being read is not looked at, for this reason. Where nothing was read, it is the cluster.
pub(super) fn ended(mut report: Report, why: &str) -> Report {
    let is_read = |kind: &Kind| !report.loading.iter().any(|what| what == kind.resource().2);
    if !Kind::ALL.iter().any(is_read) {
        report.loading = vec![CLUSTER.to_owned()];
    }
    report.not_looked.extend(std::mem::take(&mut report.loading).into_iter().map(
        |what| match what.as_str() {
            CLUSTER => NotLooked::everything(what, why),
            _ => NotLooked::kind(what, why),
        },
    ));
    report
}

/// Whether all that matters was looked at.
fn suffices(report: &Report, place: Place<'_>) -> bool {
    report.is_complete(place.fail_on, place.namespace.is_none())
}

/// Whether all was looked at.
fn is_complete(report: &Report) -> bool {
    report.loading.is_empty() && report.not_looked.is_empty()
}

/// The exit code: something wrong says more than that not all was looked at.
pub(super) fn code(report: &Report, place: Place<'_>) -> u8 {
    let wrong = report.findings.iter().any(|finding| finding.grade <= place.fail_on);
    match (wrong, suffices(report, place)) {
        (true, _) => WRONG,
        (false, false) => NOT_LOOKED,
        (false, true) => WELL,
    }
}

/// What is so, in a few words.
fn headline(report: &Report, place: Place<'_>) -> String {
    let not = |what: &str| report.not_looked.iter().find(|not| not.what == what);
    if let Some(cluster) = not(CLUSTER) {
        return format!("the cluster could not be looked at: {}", cluster.why);
    }
    if let Some(namespace) = not(NAMESPACE) {
        return format!("could not be looked at: {}", namespace.why);
    }
    match (report.findings.is_empty(), suffices(report, place)) {
        (true, _) if place.cut_short => "incomplete: nothing is known to be wrong so far".to_owned(),
        (false, _) if place.cut_short => format!("incomplete: {} so far", draw::counts(report)),
        (false, _) => draw::counts(report),
        (true, true) => "nothing is wrong, as far as was looked".to_owned(),
        (true, false) => "nothing is known to be wrong, but not all could be looked at".to_owned(),
    }
}

/// A line that says what there is, then a line for each finding.
pub(super) fn table(report: &Report, place: Place<'_>, width: u16) -> Vec<Vec<Piece>> {
    let scope = match place.namespace {
        Some(namespace) if place.by_itself => format!("{namespace} only (-A shows all namespaces)"),
        Some(namespace) => namespace.to_owned(),
        None => "all namespaces".to_owned(),
    };
    let words = headline(report, place);
    let title = format!("{} / {scope}: {words}", place.context);
    let mut out: Vec<Vec<Piece>> =
        wrap(&title, width).into_iter().map(|line| vec![piece(Role::TitleFocused, line)]).collect();
    let now = Now { unix: place.now, ..Now::default() };
    if width == WHOLE {
        out.extend(whole(report, place));
        return out;
    }
    let lines = draw::lines(report, place.namespace.is_none(), now, width);
    out.extend(lines.into_iter().map(|line| fit(line, width)));
    out
}

/// The findings under their titles, with nothing cut.
fn whole(report: &Report, place: Place<'_>) -> Vec<Vec<Piece>> {
    let many = place.namespace.is_none();
    let row = |finding: &Finding| {
        let subject = &finding.subject;
        let count = if finding.count > 1 { format!(" x{}", finding.count) } else { String::new() };
        let namespace = match &*subject.namespace {
            _ if !many => "",
            "" => "-",
            namespace => namespace,
        };
        [format!("{} {}{count}", subject.word(), subject.name), namespace.to_owned()]
    };
    let titles = ["WHAT", if many { "NAMESPACE" } else { "" }];
    let rows: Vec<[String; 2]> = report.findings.iter().map(row).collect();
    let widths = [0, 1]
        .map(|at| rows.iter().map(|row| row[at].width()).chain([titles[at].width()]).max().unwrap_or(0));
    let cells = |row: [&str; 2]| {
        let mut out = String::new();
        for (cell, width) in row.into_iter().zip(widths).filter(|(_, width)| *width > 0) {
            out.push_str(cell);
            out.push_str(&" ".repeat(width - cell.width() + 1));
        }
        out
    };
    let head = format!("    {}SINCE WHAT IS SO", cells(titles));
    let heads = (!rows.is_empty()).then(|| vec![piece(Role::Header, head)]);
    let lines = report.findings.iter().zip(&rows).map(|(finding, [what, namespace])| {
        let since = finding.since.map_or_else(String::new, |since| units::coarse_age(place.now, since));
        let helps = if finding.helps.is_empty() { String::new() } else { format!("  {}", finding.helps) };
        let text = format!(
            " {:<2} {}{since:>5} {}{helps}",
            finding.grade.sign(),
            cells([what, namespace]),
            finding.reason
        );
        vec![piece(Role::Text, text)]
    });
    heads.into_iter().chain(lines).collect()
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
pub(super) fn json(report: &Report, place: Place<'_>) -> String {
    let findings: Vec<Value> = report.findings.iter().map(finding).collect();
    let not_looked: Vec<Value> =
        report.not_looked.iter().map(|not| json!({"what": not.what, "why": not.why})).collect();
    let count = |grade| report.count(grade);
    let value = json!({
        "context": place.context,
        "namespace": place.namespace,
        "time": time(place.now),
        "complete": is_complete(report),
        "exitCode": code(report, place),
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
    use crate::triage::{Concern, RULES};

    const PLACE: Place<'_> = Place {
        context: "prod",
        namespace: Some("shop"),
        by_itself: false,
        now: 1_700_000_600,
        cut_short: false,
        fail_on: Grade::Broken,
    };

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
        let not = |what: &&str| match *what {
            CLUSTER => NotLooked::everything(*what, "forbidden"),
            "3 certificates" => {
                NotLooked { concern: Concern::Nothing, ..NotLooked::kind(*what, "forbidden") }
            }
            what => NotLooked {
                what: what.to_owned(),
                concern: Concern::Kinds(what.split(" outside").take(1).map(str::to_owned).collect()),
                ..NotLooked::kind("", "forbidden")
            },
        };
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
            // What no rule of the grade needs does not matter, nor what is of no namespace; what says whether anything runs does.
            (&[], &["nodes", "events", "resourcequotas", "3 certificates"], &[], Broken, WELL),
            (&[], &["certificates"], &[], Broken, NOT_LOOKED),
            (&[], &["persistentvolumeclaims"], &[], Broken, NOT_LOOKED),
            (&[], &["jobs", "poddisruptionbudgets"], &[], Broken, WELL),
            (&[], &["jobs"], &[], Warning, NOT_LOOKED),
            (&[Note], &["resourcequotas"], &[], Warning, NOT_LOOKED),
            (&[Warning], &["resourcequotas"], &[], Warning, WRONG),
            (&[], &["poddisruptionbudgets"], &[], Warning, WELL),
            (&[], &["poddisruptionbudgets"], &[], Note, NOT_LOOKED),
            (&[], &["events"], &[], Note, NOT_LOOKED),
            (&[], &["pods"], &[], Broken, NOT_LOOKED),
            (&[], &["services outside a, b"], &[], Broken, NOT_LOOKED),
            (&[], &["the cluster"], &[], Broken, NOT_LOOKED),
            (&[Note], &["deployments"], &[], Broken, NOT_LOOKED),
            (&[Broken], &["pods"], &[], Broken, WRONG),
            (&[], &[], &["nodes"], Broken, NOT_LOOKED),
        ] {
            let report = report(grades, not_looked, loading);
            let place = Place { fail_on, ..PLACE };
            assert_eq!(code(&report, place), expected, "{grades:?} {not_looked:?} {loading:?}");
        }
    }

    /// What matters for a grade follows from the rules: whatever one of them needs, and could not be looked at, is told.
    #[test]
    fn what_a_rule_needs_matters_from_its_grade_on() {
        for rule in RULES {
            for plural in rule.needs {
                for fail_on in [Grade::Broken, Grade::Warning, Grade::Note] {
                    let place = Place { fail_on, namespace: None, ..PLACE };
                    let told = code(&report(&[], &[plural], &[]), place) == NOT_LOOKED;
                    assert!(told || rule.grade > fail_on, "{rule:?} needs {plural} for {fail_on:?}");
                }
            }
        }
    }

    #[test]
    fn what_was_not_read_in_time_is_named() {
        let report = ended(report(&[], &["nodes"], &["pods", "jobs"]), "no answer within 2s");
        assert!(report.loading.is_empty());
        assert_eq!(code(&report, PLACE), NOT_LOOKED);
        assert_eq!(
            not_looked(&report).as_deref(),
            Some("not looked at: nodes (forbidden); pods, jobs (no answer within 2s)")
        );
        let plurals: Vec<&str> = Kind::ALL.iter().map(|kind| kind.resource().2).collect();
        let nothing = ended(super::tests::report(&[], &[], &plurals), "connection refused");
        assert_eq!(not_looked(&nothing).as_deref(), Some("not looked at: the cluster (connection refused)"));
        assert_eq!(code(&nothing, PLACE), NOT_LOOKED);
        let jobs_only = ended(super::tests::report(&[], &[], &["jobs"]), "no answer within 2s");
        assert_eq!(code(&jobs_only, PLACE), WELL, "no rule of this grade needs jobs");
        assert_eq!(code(&jobs_only, Place { fail_on: Grade::Warning, ..PLACE }), NOT_LOOKED);
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
    fn into_a_pipe_nothing_is_cut() {
        let long = "word ".repeat(60);
        let mut report = report(&[Grade::Broken], &[], &[]);
        report.findings.push(found(&"long".repeat(20), Grade::Warning, &long));
        report.findings[1].helps = "revision 3 worked".to_owned();
        let text = painted::text(&table(&report, PLACE, WHOLE), None);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 4, "{text}");
        assert!(
            lines[2].starts_with(" !! deploy web x3 ") && lines[2].ends_with("  10m crash loop"),
            "{text}"
        );
        let expected = format!(" deploy {} x3   10m {long}  revision 3 worked", "long".repeat(20));
        assert!(lines[3].ends_with(&expected), "{text}");
        let column = |line: &str, of: &str| line.find(of);
        assert_eq!(column(lines[1], "WHAT IS SO"), column(lines[2], "crash loop"), "{text}");
        let everywhere = table(&report, Place { namespace: None, ..PLACE }, WHOLE);
        let text = painted::text(&everywhere, None);
        assert!(text.contains(" x3 shop        10m word word"), "{text}");
    }

    #[test]
    fn nothing_wrong_is_said_only_as_far_as_was_looked() {
        use Grade::{Broken, Warning};
        for (grades, not_looked, cut_short, expected) in [
            (&[][..], &["nodes"][..], false, "nothing is wrong, as far as was looked"),
            (&[], &["pods"], false, "nothing is known to be wrong, but not all could be looked at"),
            (&[], &["pods"], true, "incomplete: nothing is known to be wrong so far"),
            (&[], &["jobs"], true, "incomplete: nothing is known to be wrong so far"),
            (&[Broken, Warning], &["pods"], true, "incomplete: 1 broken, 1 warning so far"),
            (&[Broken, Warning], &["pods"], false, "1 broken, 1 warning"),
            (&[], &[CLUSTER], false, "the cluster could not be looked at: forbidden"),
            (&[], &[CLUSTER], true, "the cluster could not be looked at: forbidden"),
            (&[], &["certificates", NAMESPACE], false, "could not be looked at: forbidden"),
        ] {
            let lines = table(&report(grades, not_looked, &[]), Place { cut_short, ..PLACE }, WHOLE);
            let text = painted::text(&lines, None);
            assert_eq!(
                text.lines().next(),
                Some(format!("prod / shop: {expected}").as_str()),
                "{not_looked:?}"
            );
        }
        let everywhere = Place { namespace: None, ..PLACE };
        let text = painted::text(&table(&report(&[Grade::Note], &[], &[]), everywhere, 80), None);
        assert!(text.starts_with("prod / all namespaces: 1 note\n") && text.contains(" NS "), "{text}");
        let own = Place { by_itself: true, ..PLACE };
        let text = painted::text(&table(&report(&[], &[], &[]), own, 120), None);
        assert!(text.starts_with("prod / shop only (-A shows all namespaces): nothing is wrong"), "{text}");
    }

    #[test]
    fn complete_is_only_what_was_looked_at_wholly() {
        for (not_looked, loading, complete) in [
            (&[][..], &[][..], true),
            (&["nodes"], &[], false),
            (&["certificates"], &[], false),
            (&[], &["jobs"], false),
        ] {
            let text = json(&report(&[], not_looked, loading), PLACE);
            let value: Value = serde_json::from_str(&text).unwrap();
            assert_eq!(value["complete"], complete, "{not_looked:?} {loading:?}");
        }
    }

    #[test]
    fn json_has_every_field() {
        let mut report = report(&[Grade::Broken], &["nodes"], &[]);
        report.findings[0].helps = "revision 3 worked".to_owned();
        let value: Value = serde_json::from_str(&json(&report, PLACE)).unwrap();
        assert_eq!(
            value,
            json!({
                "context": "prod", "namespace": "shop", "time": "2023-11-14T22:23:20Z", "complete": false,
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
