//! The page, and that nothing of a secret is on it.

use serde_json::json;

use super::*;
use crate::describe::Ask;
use crate::model::trouble::TroubleKind;
use crate::triage::NotLooked;

fn shown() -> Shown {
    Shown { namespace: "shop".to_owned(), pod: "web-1".to_owned(), container: "web".to_owned() }
}

fn page(report: &Report) -> Page<'_> {
    Page {
        context: "prod-eu",
        namespace: "shop",
        server: "https://api.example",
        version: "v1.36.2",
        program: "0.1.0",
        readonly: true,
        time: "2026-11-21 02:00:30 UTC",
        now: 1_795_000_600,
        span: "hour",
        about: "Pod shop/web-1",
        report,
    }
}

#[test]
fn the_environment_has_names_and_no_values_of_secrets() {
    let pod = json!({"metadata": {"name": "web-1", "namespace": "shop"}, "spec": {"containers": [{"name": "web", "image": "web:1",
        "resources": {"limits": {"memory": "256Mi"}},
        "env": [{"name": "A", "value": "b"}, {"name": "PASSWORD", "valueFrom": {"secretKeyRef": {"name": "keys", "key": "p"}}}],
        "envFrom": [{"configMapRef": {"name": "words"}}]}]}});
    let found = Found::Known(vec![pod]);
    let beside = vec![(Ask::all("pods", Resource::PODS, "shop"), found)];
    let material =
        Material { resource: Resource::DEPLOYMENTS, object: json!({}), beside, cut: Vec::new(), now: 0 };
    let lines = of_container(&material, &shown()).unwrap();
    assert_eq!(
        lines,
        [
            "image web:1",
            "limits memory=256Mi",
            "env A=b",
            "env PASSWORD from secretKeyRef keys p",
            "env from all keys of ConfigMap words"
        ]
    );
    assert_eq!(of_container(&material, &Shown { pod: "web-2".to_owned(), ..shown() }), None);
}

#[test]
fn words_of_the_cluster_are_masked_cleaned_and_cannot_be_markup() {
    let report = Report {
        not_looked: vec![NotLooked::kind("secrets", "forbidden")],
        loading: vec!["jobs".to_owned()],
        ..Report::default()
    };
    let log = "2026-11-21T02:00:00Z # no heading <script>\n2026-11-21T02:00:01Z \u{1b}[31mpassword=hunter2\u{1b}[0m\u{202e}\n";
    let trouble = || Trouble::new(TroubleKind::Rejected, "there was no run before");
    let handed = Handed {
        why: Some(Ok(Why { conclusion: "because of token=abc".to_owned(), ..Why::default() })),
        events: Found::Known(vec![
            json!({"type": "Warning", "reason": "Failed", "message": "GET https://ann:pw@x/\nfailed", "count": 3,
                "lastTimestamp": "2026-11-18T12:26:40Z"}),
        ]),
        logs: vec![
            Log { shown: shown(), previous: false, text: Ok(log.to_owned()) },
            Log { shown: shown(), previous: true, text: Err(trouble()) },
        ],
        container: Some(vec!["env DB_PASSWORD=correct-horse".to_owned()]),
        changes: Some(Err(trouble())),
    };
    let text = markdown(&page(&report), &handed);
    for secret in ["hunter2", "abc", ":pw@", "correct-horse", "\u{1b}", "\u{202e}"] {
        assert!(!text.contains(secret), "{secret:?} in\n{text}");
    }
    for words in [
        "    context    prod-eu\n",
        "READ-ONLY",
        "    because of token=****\n",
        "Warning Failed x3: GET https://ann:****@x/ failed",
        "    2026-11-21T02:00:01Z password=****",
        "    env DB_PASSWORD=****\n",
        "    triage: secrets (forbidden)\n",
        "    triage: jobs (not read yet)\n",
        "    log of the run before of web in web-1: ",
        "    what changed: ",
    ] {
        assert!(text.contains(words), "{words:?} is not in\n{text}");
    }
    // What is no word of ours is indented, so that it is text and nothing else.
    let ours = |line: &str| {
        line.is_empty() || line.starts_with("    ") || line.starts_with('#') || !line.contains('<')
    };
    assert!(text.lines().all(ours), "{text}");
    assert_eq!(text.lines().filter(|line| line.starts_with("# ")).count(), 1);
}

#[test]
fn it_is_bounded() {
    let report = Report::default();
    let line = "x".repeat(WIDEST * 2);
    let log = vec![line.as_str(); 5_000].join("\n");
    let handed =
        Handed { logs: vec![Log { shown: shown(), previous: false, text: Ok(log) }], ..Handed::default() };
    let text = markdown(&page(&report), &handed);
    assert_eq!(text.matches(" (cut)\n").count(), LINES);
    assert!(text.len() < (WIDEST + 100) * (LINES + 1), "{}", text.len());
}
