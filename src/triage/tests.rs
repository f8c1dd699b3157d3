//! Every rule has a case for it and one against it; findings are grouped, ordered, and say what was not looked at.

use serde_json::json;

use super::*;
use cases::CASES;
use stage::{NOW, Stage, crashing, deployment, imageless, past_deadline, replica_set, settled, well};

#[allow(clippy::needless_pass_by_value, reason = "objects are written where they are handed over")]
mod cases;
#[allow(clippy::needless_pass_by_value, reason = "the same")]
mod stage;

/// `subject: reason | helps`.
fn said(finding: &Finding) -> String {
    let Finding { subject, reason, helps, .. } = finding;
    format!("{} {}: {reason} | {helps}", subject.word(), subject.name)
}

#[test]
fn every_case_says_what_it_should() {
    for (at, case) in CASES.iter().enumerate() {
        let stage = (case.stage)();
        let found: Vec<String> = stage.found(case.rule).iter().map(said).collect();
        match case.says {
            Some(says) => {
                assert_eq!(found.len(), 1, "case {at}, {}: {found:?}", case.rule);
                assert!(found[0].starts_with(says), "case {at}, {}: {}\nnot {says}", case.rule, found[0]);
            }
            None => assert_eq!(found, [""; 0], "case {at}, {} should be silent", case.rule),
        }
    }
}

#[test]
fn every_rule_has_a_case_for_it_and_one_against_it() {
    for rule in RULES {
        let of = |says: bool| CASES.iter().any(|case| case.rule == rule.name && case.says.is_some() == says);
        assert!(of(true), "no case in which {} finds something", rule.name);
        assert!(of(false), "no case in which {} finds nothing", rule.name);
    }
    for case in CASES {
        assert!(super::rule(case.rule).is_some(), "{} is no rule", case.rule);
    }
}

#[test]
fn rules_ask_a_question_and_stand_worst_first() {
    assert!(RULES.is_sorted_by_key(|rule| rule.grade));
    for (at, rule) in RULES.iter().enumerate() {
        assert!(rule.asks.ends_with('?'), "{}", rule.name);
        assert!(RULES[..at].iter().all(|other| other.name != rule.name), "{} twice", rule.name);
    }
}

#[test]
fn forty_pods_of_a_deployment_are_one_line() {
    let mut stage = Stage::new()
        .add("Deployment", deployment(60, 20, 60, past_deadline()))
        .add("ReplicaSet", replica_set(11, 20))
        .add("ReplicaSet", replica_set(12, 0));
    for at in 0..40 {
        stage = stage.add("Pod", crashing(&format!("web-{at:02}"), at));
    }
    for at in 0..5 {
        stage = stage.add("Pod", imageless(&format!("web-x{at}")));
    }
    let report = stage.report();
    let [finding] = report.findings.as_slice() else { panic!("{:#?}", report.findings) };
    assert_eq!((finding.rule, finding.count), ("rollout-stuck", 45));
    assert_eq!(finding.with, ["pod-crashes", "pod-image"]);
    assert_eq!(&*finding.shown_by.name, "web-39", "the one that restarted most");
    assert_eq!(
        said(finding),
        "deploy web: rollout stuck: crash loop, 39 restarts, exit 137 OOMKilled (limit 256Mi); \
         image pay:3 not found | rev 11 worked"
    );
    assert_eq!(finding.since, Some(NOW - 900));
}

/// The phases of one loop are one finding: its key, its grade, its words stay, and it is never "since 0s".
#[test]
fn a_crash_loop_is_the_same_in_all_its_phases() {
    let run = |end: Seconds| {
        let mut run = stage::ended(1, "Error", end);
        run["terminated"]["startedAt"] = json!(stage::ago(end + 12));
        run
    };
    let waits = json!({"waiting": {"reason": "CrashLoopBackOff", "message": "back-off"}});
    let runs = json!({"running": {}});
    let phases = [
        ("waits", false, 40, waits, run(40)),
        ("runs", false, 900, runs.clone(), run(30)),
        ("runs, ready at once", true, 2, runs.clone(), run(2)),
        ("has just ended", false, 0, run(0), run(300)),
    ];
    for (phase, ready, since, state, last) in phases {
        let pod = stage::pod("web-a", ready, since, stage::container(ready, 9, state, last));
        let stage = Stage::new().add("Deployment", deployment(3, 2, 3, settled(120)));
        let report = stage.add("ReplicaSet", replica_set(12, 3)).add("Pod", pod).report();
        let [found] = report.findings.as_slice() else { panic!("{phase}: {:#?}", report.findings) };
        assert_eq!((found.rule, found.grade), ("pod-crashes", Grade::Broken), "{phase}");
        assert!(
            found.reason.starts_with("crash loop, 9 restarts, exit 1 Error"),
            "{phase}: {}",
            found.reason
        );
        assert!(found.since.is_some_and(|since| since <= NOW - 12), "{phase}: {:?}", found.since);
    }
    // It runs well for longer than before: it is believed, and what is left is that it restarted often.
    let well = stage::container(true, 9, runs, run(70));
    let report = Stage::new().add("Pod", stage::pod("web-a", true, 65, well)).report();
    assert_eq!(report.findings.iter().map(|found| found.rule).collect::<Vec<_>>(), ["pod-restarts"]);
}

#[test]
fn the_worst_come_first_and_stay_where_they_are() {
    let stage = Stage::new()
        .certificate("web-tls", -60)
        .certificate("api-tls", 86_400)
        .add("Deployment", deployment(3, 2, 3, settled(120)))
        .add("Pod", crashing("alone", 3));
    let names = |stage: &Stage| -> Vec<(Grade, String)> {
        let report = stage.report();
        report.findings.iter().map(|finding| (finding.grade, finding.subject.name.to_string())).collect()
    };
    let before = names(&stage);
    let named = |names: &[(Grade, &str)]| -> Vec<(Grade, String)> {
        names.iter().map(|(grade, name)| (*grade, (*name).to_owned())).collect()
    };
    assert_eq!(
        before,
        named(&[
            (Grade::Broken, "web-12"),
            (Grade::Broken, "web-tls"),
            (Grade::Warning, "web"),
            (Grade::Warning, "api-tls")
        ])
    );
    // One more restart, one more pod: the lines stay.
    let stage = stage.add("Pod", crashing("alone", 4)).add("Pod", crashing("other", 9));
    assert_eq!(names(&stage), before);
}

/// Where objects could not be read, nothing is said that they could make wrong.
#[test]
fn what_could_not_be_read_is_named_and_nothing_is_built_on_it() {
    let service = || json!({"metadata": {"name": "web"}, "spec": {"selector": {"app": "web"}, "ports": [{"port": 80}]}});
    let stage = || Stage::new().add("Service", service());
    assert_eq!(stage().found("service-no-match").len(), 1);
    for (kind, what) in [(Kind::Pod, "3 pods"), (Kind::Deployment, "3 deployments")] {
        let stage = stage().skipped(kind, 3);
        assert_eq!(stage.found("service-no-match"), [], "{what}");
        let report = stage.report();
        let [not] = &report.not_looked[..] else { panic!("{:?}", report.not_looked) };
        assert_eq!((not.what.as_str(), not.why.as_str()), (what, "could not be read: spec: no map"));
        assert!(!report.is_complete(Grade::Broken, false), "{what}");
    }
    let stage = stage().skipped(Kind::Node, 1);
    assert_eq!(stage.found("service-no-match").len(), 1, "it does not stand on nodes");
    assert_eq!(stage.report().not_looked[0].what, "1 of nodes");
}

#[test]
fn what_was_not_looked_at_is_named() {
    let mut stage = Stage::new()
        .add("Pod", well("web-a"))
        .standing(Kind::Node, Standing::Not("forbidden: list nodes".to_owned()))
        .standing(Kind::Event, Standing::Loading)
        // A server may be too old for budgets; one without jobs is no Kubernetes server.
        .standing(Kind::Other(&stage::OTHERS[0]), Standing::NotServed)
        .standing(Kind::Other(&stage::OTHERS[4]), Standing::NotServed);
    stage.certificates = Certificates::Not("forbidden: list secrets".to_owned());
    for feed in stage.feeds.iter_mut().filter(|feed| matches!(feed.kind, Kind::Pod | Kind::Node)) {
        feed.only_in = vec!["a".to_owned(), "b".to_owned()];
    }
    let report = stage.report();
    let not: Vec<String> =
        report.not_looked.iter().map(|not| format!("{} ({})", not.what, not.why)).collect();
    assert_eq!(
        not,
        [
            "nodes (forbidden: list nodes)",
            "jobs (not served here)",
            "pods, nodes outside a, b (forbidden)",
            "certificates (forbidden: list secrets)"
        ]
    );
    assert_eq!(report.loading, ["events"]);
    assert_eq!(report.findings, []);
}

#[test]
fn the_report_says_when_time_changes_it() {
    let pod = stage::pod("web-a", false, 100, stage::container(false, 0, json!({"running": {}}), json!({})));
    assert_eq!(Stage::new().add("Pod", pod).report().turns, Some(NOW + 200));
    assert_eq!(Stage::new().report().turns, None);
    assert_eq!(Stage::new().certificate("web-tls", 22 * 86_400).report().turns, Some(NOW + 86_400));
}

#[test]
fn the_table_names_rules_and_their_settings() {
    let table = markdown(|key| format!("<{key}>"));
    assert!(table.contains("| `!!` | `pod-crashes` | Which pods crash again and again"), "{table}");
    assert!(table.contains("`triage.restarts` (<triage.restarts>), `triage.restarts-within`"), "{table}");
    assert_eq!(table.lines().count(), RULES.len() + 2);
}
