//! `dogwatch plan` and `journal`, which change nothing; and readers that read no further.

use std::fs;
use std::process::Stdio;

use super::dogwatch;
use super::here::{Here, run};

#[test]
fn a_plan_is_told_and_nothing_is_sent() {
    let here = Here::story();
    let rollback = here.run(&["plan", "rollback", "deploy/frontend"]);
    assert_eq!((rollback.code, rollback.err.as_str()), (Some(0), ""));
    for said in [
        "PLAN  roll back deployment/frontend",
        "-> the template of 2 \"v3: cookie banner\"",
        "service frontend 4/4 ready now",
        "dry run          not asked; nothing is sent",
        "kubectl -n production rollout undo deployment/frontend",
    ] {
        assert!(rollback.out.contains(said), "{said}: {}", rollback.out);
    }
    // What is copied stands in one line, whatever the width.
    let narrow = dogwatch(here.home())
        .args(["--kubeconfig", "kubeconfig", "plan", "rollback", "deploy/frontend", "--request"])
        .env("COLUMNS", "40")
        .output()
        .unwrap();
    let narrow = String::from_utf8(narrow.stdout).unwrap();
    let one_line = |words: &str| narrow.lines().any(|line| line.contains(words));
    assert!(one_line("kubectl -n production rollout undo deployment/frontend"), "{narrow}");
    assert!(one_line("PATCH /apis/apps/v1/namespaces/production/deployments/frontend?"), "{narrow}");
    assert!(!one_line("4/4 ready now; its selector"), "the rest is wrapped: {narrow}");
    assert!(!rollback.out.contains("PATCH"), "requests only where they are asked for: {}", rollback.out);
    let first =
        here.run(&["--readonly", "plan", "rollback", "deploy/frontend", "--to-revision=1", "--request"]);
    assert_eq!(first.code, Some(0), "it is told in read-only mode too: {}", first.err);
    assert!(first.out.contains("--to-revision=1") && first.out.contains("PATCH"), "{}", first.out);
    let json =
        here.run(&["plan", "scale", "deploy/frontend", "--replicas", "5", "-o", "json", "--request"]).json();
    assert_eq!(
        json["lines"][0],
        serde_json::json!({"is": "change", "what": "replicas", "from": "3", "to": "5"})
    );
    assert_eq!((&json["context"], &json["dryRun"]["state"]), (&"a".into(), &"not asked".into()), "{json}");
    assert_eq!(json["requests"][0]["body"]["spec"]["replicas"], 5, "{json}");

    fs::write(
        here.home().join("cm.yaml"),
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\ndata: {a: b}\n",
    )
    .unwrap();
    for (args, said) in [
        (
            &["switch", "svc/api-status", "label=green"][..],
            "app=api-status,label=blue -> app=api-status,label=green",
        ),
        (&["restart", "deploy/orders", "deploy/checkout"], "PLAN  restart 2 objects"),
        (&["set-image", "deploy/frontend", "php-redis=gb:v9"], "gb:v9"),
        (&["pause", "deploy/frontend"], "PLAN  pause deployment/frontend"),
        (&["delete", "deploy/orders"], "destructive"),
        (&["apply", "cm.yaml"], "configmap/x is not there yet"),
    ] {
        let ran = here.run(&[&["plan"], args].concat());
        assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""), "{args:?}");
        assert!(ran.out.contains(said), "{args:?}: {}", ran.out);
    }
    for (args, said) in [
        (&["restart", "deploy/nope"][..], "there is no deployment/nope in namespace production"),
        (&["restart", "thing/x"], "the server has no kind called thing"),
        (&["restart", "svc/api-status"], "restart is not for services"),
        (&["rollback", "deploy/frontend", "--to-revision", "99"], "has no revision 99: 1, 2, 3"),
        (&["set-image", "deploy/frontend", "nope=x"], "unable to find container named \"nope\""),
        (&["scale", "deploy/frontend"], "scale needs --replicas"),
        (&["restart", "deploy/frontend", "-A"], "say in which namespace"),
        (&["apply", "nothing.yaml"], "nothing.yaml"),
    ] {
        let ran = here.run(&[&["plan"], args].concat());
        assert_eq!((ran.code, ran.out.as_str()), (Some(1), ""), "{args:?}: {}", ran.err);
        assert!(ran.err.contains(said), "{args:?}: {}", ran.err);
    }
    assert_eq!(here.writes(), [""; 0], "nothing but reads has left");
}

#[test]
fn the_server_is_asked_what_a_plan_would_do_only_where_that_is_said() {
    let here = Here::story();
    let args = ["plan", "scale", "deploy/frontend", "--replicas", "5", "--dry-run=server"];
    let asked = here.run(&args);
    assert_eq!((asked.code, asked.err.as_str()), (Some(0), ""), "{}", asked.out);
    assert!(asked.out.contains("accepted by the server"), "{}", asked.out);
    let writes = here.writes();
    assert!(!writes.is_empty() && writes.iter().all(|one| one.contains("dryRun=All")), "{writes:?}");
    let read_only = here.run(&[&["--readonly"], &args[..]].concat());
    assert_eq!((read_only.code, read_only.out.as_str()), (Some(1), ""));
    assert!(read_only.err.contains("read-only: no dry run is sent"), "{}", read_only.err);
    assert_eq!(here.writes(), writes);

    here.cluster.faults().deny("patch", "deployments/scale", "");
    let forbidden = here.run(&args[..5]);
    assert_eq!((forbidden.code, forbidden.out.as_str()), (Some(1), ""));
    assert!(forbidden.err.contains("needs patch deployments.apps/scale"), "{}", forbidden.err);
}

#[test]
fn what_a_rule_denies_is_not_planned() {
    let here = Here::story();
    let config = "policy:\n  - namespace: production\n    action: [delete]\n    deny: ask the owners\n";
    fs::write(here.home().join("rules.yaml"), config).unwrap();
    let denied = here.run(&["--config", "rules.yaml", "plan", "delete", "deploy/orders"]);
    assert_eq!((denied.code, denied.out.as_str()), (Some(1), ""), "{}", denied.err);
    assert!(denied.err.contains("ask the owners") && denied.err.contains("rule 1 of "), "{}", denied.err);
    let other = here.run(&["--config", "rules.yaml", "plan", "restart", "deploy/orders"]);
    assert_eq!(other.code, Some(0), "{}", other.err);
    assert_eq!(here.writes(), [""; 0]);
}

/// An apply that scales is told with the rule that denies it, whether the server is asked or not.
#[test]
fn what_a_manifest_writes_is_denied_by_name() {
    let here = Here::story();
    let config = "policy:\n  - { kind: deploy, action: scale, deny: ask the owners }\n  - { action: set-image, confirm: context }\n";
    fs::write(here.home().join("rules.yaml"), config).unwrap();
    let manifest = |spec: &str| {
        let head =
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: { name: orders, namespace: production }\n";
        fs::write(here.home().join("m.yaml"), format!("{head}spec: {spec}\n")).unwrap();
    };
    let plan =
        |more: &[&str]| here.run(&[&["--config", "rules.yaml", "plan", "apply", "m.yaml"], more].concat());
    manifest("{ replicas: 77 }");
    for more in [&[][..], &["--dry-run=server"], &["-o", "json"]] {
        let denied = plan(more);
        assert_eq!(denied.code, Some(1), "{more:?} {}", denied.out);
        assert!(denied.err.contains("policy: ask the owners (rule 1 of "), "{}", denied.err);
        assert!(denied.out.contains("77") && denied.out.contains("ask the owners"), "{}", denied.out);
    }
    assert!(plan(&["-o", "json"]).json()["denied"].as_str().unwrap().starts_with("ask the owners"));
    manifest("{ minReadySeconds: 3 }");
    let other = plan(&[]);
    assert_eq!((other.code, other.err.as_str()), (Some(0), ""));
    assert_eq!(here.writes(), [""; 0]);
}

#[test]
fn the_journal_is_read_and_what_is_damaged_is_counted() {
    let home = tempfile::tempdir().unwrap();
    let empty = run(home.path(), &["journal"]);
    assert_eq!((empty.code, empty.out.as_str()), (Some(0), ""));
    assert!(!home.path().join("dogwatch").exists(), "to look makes nothing");
    fs::create_dir(home.path().join("dogwatch")).unwrap();
    let line = |id: &str, time: &str, object: &str, outcome: &str| {
        format!(
            "{{\"id\":\"{id}\",\"time\":\"{time}\",\"user\":\"ada\",\"context\":\"prod\",\"namespace\":\"shop\",\
             \"object\":\"{object}\",\"title\":\"restart {object}\",\"outcome\":\"{outcome}\"}}\n"
        )
    };
    let now = jiff::Timestamp::now().to_string();
    let lines = [
        line("1", "2020-01-01T00:00:00Z", "deployment/web", "sent"),
        line("1", "2020-01-01T00:00:09Z", "deployment/web", "done"),
        "{\"id\": damaged\n".to_owned(),
        line("2", &now, "deployment/api", "failed"),
    ];
    fs::write(home.path().join("dogwatch/journal.jsonl"), lines.concat()).unwrap();
    let all = run(home.path(), &["journal"]);
    assert_eq!(all.code, Some(0));
    let rows: Vec<&str> = all.out.lines().collect();
    assert_eq!(rows.len(), 3, "lines of one change are one: {}", all.out);
    assert!(rows[1].contains("done") && rows[1].contains("restart deployment/web"), "{}", all.out);
    assert!(rows[2].contains("failed"), "the newest last: {}", all.out);
    assert_eq!(all.err, "dogwatch: 1 line of the journal is damaged and could not be read\n");
    for (args, left) in [
        (&["--since", "24h"][..], vec!["2"]),
        (&["--since", "3650d"], vec!["1", "2"]),
        (&["--object", "deploy/web"], vec!["1"]),
        (&["--context", "prod", "-n", "shop"], vec!["1", "2"]),
        (&["--context", "staging"], vec![]),
    ] {
        let ran = run(home.path(), &[&["journal", "-o", "json"], args].concat());
        let json = ran.json();
        let ids: Vec<&str> =
            json["entries"].as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap()).collect();
        assert_eq!((ids, &json["damaged"]), (left, &1.into()), "{args:?}");
    }
}

#[test]
fn who_reads_no_further_is_no_failure() {
    let home = tempfile::tempdir().unwrap();
    for args in [&["--demo", "get", "po", "-A", "-o", "json"][..], &["check", "--demo"]] {
        let mut child =
            dogwatch(home.path()).args(args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let ended = child.wait_with_output().unwrap();
        let said = String::from_utf8(ended.stderr).unwrap();
        assert!(ended.status.code().is_some_and(|code| code <= 1), "{args:?}: {:?}", ended.status);
        assert!(!said.contains("panic") && !said.contains("Broken pipe"), "{args:?}: {said}");
    }
}
