//! `dogwatch check`, `get`, and plain `dogwatch` where there is no terminal.

use std::net::TcpListener;
use std::time::Duration;

use dogwatch::demo::{Fault, resource};
use serde_json::{Value, json};

use super::here::{Here, Ran, run};
use super::{dogwatch, kubeconfig};

#[test]
fn check_says_by_its_exit_code_whether_anything_is_wrong() {
    let here = Here::story();
    let table = here.run(&["check"]);
    assert_eq!(table.code, Some(1), "{}{}", table.out, table.err);
    assert!(
        table.out.starts_with("a / production only (-A shows all namespaces): 4 broken, "),
        "{}",
        table.out
    );
    assert!(table.out.contains(" !! deploy orders "), "{}", table.out);
    assert!(!table.out.contains('\u{1b}'), "no colours in a pipe: {:?}", table.out);

    let told = here.run(&["check", "-o", "json", "--fail-on", "note"]);
    assert_eq!(told.code, Some(1));
    let json = told.json();
    assert_eq!(
        (&json["context"], &json["namespace"], &json["exitCode"]),
        (&"a".into(), &"production".into(), &1.into())
    );
    let findings = json["findings"].as_array().unwrap();
    assert_eq!(findings.len() + 2, table.out.lines().count(), "the same as the table: {}", table.out);
    for reason in findings.iter().map(|one| one["reason"].as_str().unwrap()) {
        assert!(table.out.contains(reason), "into a pipe nothing is cut: {reason}: {}", table.out);
    }
    assert!(table.out.lines().any(|line| line.chars().count() > 80), "{}", table.out);
    let orders = findings.iter().find(|one| one["subject"]["name"] == "orders").unwrap();
    assert_eq!((&orders["grade"], &orders["shownBy"]["kind"]), (&"broken".into(), &"Pod".into()), "{orders}");
    let since = orders["since"].as_str().unwrap();
    assert!(since.ends_with('Z') && since.len() == "2026-01-01T00:00:00Z".len(), "{since}");
    assert_eq!((&json["notLooked"], &json["complete"]), (&serde_json::json!([]), &true.into()), "{json}");

    // The same where a full screen cannot be, whatever TERM says; and everywhere.
    let plain = here.run(&[]);
    assert_eq!((plain.code, plain.out.as_str()), (Some(1), table.out.as_str()));
    let dumb = dogwatch(here.home())
        .args(["--kubeconfig", "kubeconfig", "-A"])
        .env("TERM", "dumb")
        .output()
        .unwrap();
    let dumb = String::from_utf8(dumb.stdout).unwrap();
    assert!(dumb.starts_with("a / all namespaces: ") && dumb.contains(" pvc db-restore "), "{dumb}");
    // As wide as it is said to be; what is cut is marked, in ASCII where that is asked for.
    let narrow = |locale: &str, args: &[&str]| {
        let mut command = dogwatch(here.home());
        command.args(["--kubeconfig", "kubeconfig", "check"]).args(args);
        command.env("LC_ALL", locale).env("COLUMNS", "60").output().unwrap().stdout
    };
    let utf8 = String::from_utf8(narrow("C.UTF-8", &[])).unwrap();
    assert!(utf8.contains('…') && utf8.lines().all(|line| line.chars().count() <= 60), "{utf8}");
    for ascii in [narrow("en_US.ISO-8859-1", &[]), narrow("C.UTF-8", &["--ascii"])] {
        assert!(ascii.is_ascii() && ascii.contains(&b'~'), "{}", String::from_utf8_lossy(&ascii));
    }
    let asked = here.run(&["check", "-n", "production"]);
    assert!(asked.out.starts_with("a / production: 4 broken, "), "{}", asked.out);
    assert_eq!(here.writes(), [""; 0], "it only reads");
}

#[test]
fn check_tells_what_it_could_not_look_at() {
    let here = Here::empty();
    let well = here.run(&["check", "--fail-on", "note"]);
    assert_eq!((well.code, well.err.as_str()), (Some(0), ""), "{}", well.out);
    assert_eq!(
        well.out,
        "a / default only (-A shows all namespaces): nothing is wrong, as far as was looked\n"
    );
    assert!(well.took < Duration::from_secs(9), "it ends as soon as all is read: {:?}", well.took);

    let read_only = here.run(&["check", "--readonly"]);
    assert_eq!(read_only.code, Some(0));
    assert!(read_only.err.contains("not looked at: certificates (read-only"), "{}", read_only.err);

    let missing = here.run(&["check", "-n", "nosuch"]);
    assert_eq!(missing.code, Some(2), "{}{}", missing.out, missing.err);
    assert_eq!(missing.out, "a / nosuch: could not be looked at: namespace nosuch does not exist\n");
    assert!(missing.err.contains("namespace nosuch does not exist"), "{}", missing.err);

    // Who may not read nodes is told so, and no more.
    here.cluster.faults().deny("*", "nodes", "");
    let nodes = here.run(&["check"]);
    assert_eq!(nodes.code, Some(0), "{}", nodes.err);
    assert!(nodes.err.contains("not looked at: nodes (forbidden)"), "{}", nodes.err);
    let nodes = here.run(&["check", "-o", "json"]);
    assert_eq!((nodes.code, &nodes.json()["complete"]), (Some(0), &false.into()), "{}", nodes.out);

    // All of the cluster was asked for: they are of it.
    let everywhere = here.run(&["check", "-A"]);
    assert_eq!(everywhere.code, Some(2), "{}{}", everywhere.out, everywhere.err);

    // What rules of the grade that is asked for need counts, and no more.
    here.cluster.faults().deny("*", "jobs", "");
    for (grade, code) in [("broken", 0), ("warning", 2), ("note", 2)] {
        let jobs = here.run(&["check", "--fail-on", grade]);
        assert_eq!(jobs.code, Some(code), "{grade}: {}{}", jobs.out, jobs.err);
        assert!(jobs.err.contains("not looked at: nodes, jobs (forbidden)"), "{}", jobs.err);
    }

    here.cluster.faults().deny("*", "pods", "");
    let pods = here.run(&["check", "--output=json"]);
    assert_eq!(pods.code, Some(2), "{}", pods.out);
    let json = pods.json();
    let not: Vec<&str> =
        json["notLooked"].as_array().unwrap().iter().filter_map(|one| one["what"].as_str()).collect();
    assert!(not.contains(&"pods") && not.contains(&"nodes") && json["complete"] == false, "{json}");
    assert_eq!(here.writes(), [""; 0]);
}

/// What cannot be read does not vanish: it is named, and nothing is well because of it.
#[test]
fn check_names_what_it_could_not_read() {
    let here = Here::empty();
    // What has no identity can be no row.
    let bad = json!({"metadata": {"name": "odd", "namespace": "default", "uid": ""}});
    here.cluster.store().create(resource::PODS, bad).unwrap();
    let ran = here.run(&["check", "-o", "json"]);
    let json = ran.json();
    let not = json["notLooked"].as_array().unwrap();
    let odd = not.iter().find(|one| one["what"] == "1 of pods").unwrap_or_else(|| panic!("{}", ran.out));
    assert!(odd["why"].as_str().unwrap().starts_with("could not be read: "), "{odd}");
    assert_eq!((ran.code, &json["complete"]), (Some(2), &false.into()), "{}", ran.out);
}

/// A server that has no pods is none of Kubernetes', or something stands before it: that is no cluster in which nothing is wrong.
#[test]
fn check_is_not_well_where_nothing_is_served() {
    let here = Here::empty();
    here.cluster.faults().add("GET", "/", None, Fault::status(404));
    let nothing = here.run(&["check"]);
    assert_eq!(nothing.code, Some(2), "{}{}", nothing.out, nothing.err);
    let words = "nothing is known to be wrong, but not all could be looked at";
    assert!(nothing.out.contains(words), "{}", nothing.out);
    for plural in ["pods", "services", "deployments", "endpointslices", "jobs", "cronjobs", "nodes"] {
        assert!(nothing.err.contains(plural), "{plural}: {}", nothing.err);
    }
    assert!(nothing.err.contains("(not served here)"), "{}", nothing.err);
    assert!(!nothing.err.contains("poddisruptionbudgets"), "older servers have none: {}", nothing.err);
}

#[test]
fn check_does_not_take_longer_than_it_may() {
    let here = Here::empty();
    here.cluster.faults().add("GET", "/pods", None, Fault::Hang);
    let late = here.run(&["check", "--timeout", "2s"]);
    assert_eq!(late.code, Some(2), "{}{}", late.out, late.err);
    assert!(late.err.contains("pods (no answer within 2s"), "{}", late.err);
    assert_eq!(
        late.out,
        "a / default only (-A shows all namespaces): incomplete: nothing is known to be wrong so far\n"
    );
    assert!(late.took >= Duration::from_secs(2) && late.took < Duration::from_secs(20), "{:?}", late.took);
}

#[test]
fn a_cluster_that_is_not_reached_is_said_at_once() {
    let home = tempfile::tempdir().unwrap();
    // A port that was free a moment ago has nobody behind it.
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    kubeconfig(home.path(), &address.to_string(), "default");
    let args = |rest: &[&'static str]| [&["--kubeconfig", "kubeconfig"], rest].concat();
    let check = run(home.path(), &args(&["check", "--timeout", "60s"]));
    assert_eq!(check.code, Some(2), "{}{}", check.out, check.err);
    assert!(
        check.err.starts_with("dogwatch: not looked at: the cluster (connection refused"),
        "{}",
        check.err
    );
    assert_eq!(check.err.lines().count(), 1, "{}", check.err);
    let headline =
        "a / default only (-A shows all namespaces): the cluster could not be looked at: connection refused";
    assert!(check.out.starts_with(headline) && check.out.lines().count() == 1, "{}", check.out);
    assert!(check.took < Duration::from_secs(40), "{:?}", check.took);
    let json = run(home.path(), &args(&["check", "-o", "json"])).json();
    assert_eq!((&json["complete"], &json["exitCode"]), (&false.into(), &2.into()), "{json}");
    for rest in [&["get", "po"][..], &["plan", "restart", "deploy/web"]] {
        let ran = run(home.path(), &args(rest));
        assert_eq!((ran.code, ran.out.as_str()), (Some(1), ""), "{rest:?}");
        assert!(ran.err.contains("connection refused"), "{rest:?}: {}", ran.err);
    }
    // Nothing to connect with is no cluster that is well.
    let none = run(home.path(), &["--kubeconfig", "nothing-here", "check", "-o", "json"]);
    assert_eq!((none.code, &none.json()["exitCode"]), (Some(2), &2.into()), "{}", none.err);
    assert!(none.err.contains("nothing-here"), "{}", none.err);
}

#[test]
fn get_prints_one_frame_of_a_table() {
    let here = Here::story();
    let text = here.run(&["get", "deploy"]);
    assert_eq!((text.code, text.err.as_str()), (Some(0), ""));
    assert!(text.out.starts_with("NAME  ") && text.out.contains("REV"), "{}", text.out);
    let names = |ran: &Ran| -> Vec<String> {
        let rows = ran.json();
        rows.as_array()
            .unwrap()
            .iter()
            .map(|row| row["metadata"]["name"].as_str().unwrap().to_owned())
            .collect()
    };
    let all = names(&here.run(&["get", "deployments.apps", "-o", "json"]));
    assert_eq!(all.len() + 1, text.out.lines().count());
    let back = names(&here.run(&["get", "deploy", "-o", "json", "--sort-by", "-name"]));
    assert!(back.iter().rev().eq(&all), "{back:?}");
    assert_eq!(names(&here.run(&["get", "deploy", "orders", "-o", "json"])), ["orders"]);
    let some = names(&here.run(&["get", "po", "-l", "app=orders", "--filter", "restarts>=1", "-o", "json"]));
    assert!(!some.is_empty() && some.iter().all(|name| name.starts_with("orders-")), "{some:?}");
    let wide = here.run(&["get", "no", "-o", "wide"]);
    assert!(wide.out.contains("CPU") && wide.out.contains("node-1"), "{}{}", wide.out, wide.err);
    assert!(!wide.out.contains('?'), "the pods of all namespaces are waited for: {}", wide.out);
    let other = here.run(&["get", "ing", "-A", "-o", "csv"]);
    assert!(other.out.starts_with("NAMESPACE,NAME") && other.out.contains("legacy"), "{}", other.out);
    let yaml = here.run(&["get", "cj", "-o", "yaml"]);
    let yaml: Value = serde_yaml::from_str(&yaml.out).unwrap();
    assert_eq!((&yaml[0]["kind"], &yaml[0]["values"]), (&"CronJob".into(), &serde_json::json!({})), "{yaml}");
    let both = here.run(&["get", "svc,no", "-o", "json"]).json();
    let kinds: Vec<&str> = both.as_array().unwrap().iter().map(|row| row["kind"].as_str().unwrap()).collect();
    assert!(
        kinds[0] == "Service" && kinds.last() == Some(&"Node") && kinds.is_sorted_by(|a, b| a >= b),
        "{kinds:?}"
    );
    assert!(
        both[0]["metadata"]["namespace"] == "production" && both[0]["metadata"]["uid"].is_string(),
        "{both}"
    );
    let tables = here.run(&["get", "deploy,svc"]).out;
    let (deploys, services) = tables.split_once("\n\n").unwrap();
    assert_eq!(format!("{deploys}\n"), text.out);
    assert!(services.starts_with("NAME  ") && services.contains("CLUSTER-IP"), "{tables}");
    let none = here.run(&["get", "po", "-l", "app=nobody"]);
    assert_eq!(
        (none.code, none.out.as_str(), none.err.as_str()),
        (Some(0), "", "dogwatch: no po in namespace production\n")
    );
    assert_eq!(here.writes(), [""; 0]);

    for (args, said) in [
        (&["get", "nosuch"][..], "no such kind or command: nosuch"),
        (&["get", "po,nosuch"], "no such kind or command: nosuch"),
        (&["get", "po,"], "`po,` is no list of kinds"),
        (&["get", "deploi"], "did you mean deploy"),
        (&["get", "all"], "several kinds are called so: pods, "),
        (&["get", "po", "nope"], "there is no po called nope in namespace production"),
        (&["get", "po", "-n", "nosuch"], "namespace nosuch does not exist"),
        (&["get", "po", "--filter", "restarts>=x("], "filter: "),
        (&["get", "po", "--sort-by", "shoe"], "there is no column shoe to sort by: "),
    ] {
        let ran = here.run(args);
        assert_eq!((ran.code, ran.out.as_str()), (Some(1), ""), "{args:?}: {}", ran.err);
        assert!(ran.err.contains(said), "{args:?}: {}", ran.err);
    }
    here.cluster.faults().deny_across("*", "services");
    let narrowed = here.run(&["get", "svc", "-A"]);
    assert_eq!(narrowed.code, Some(1), "it is not all that was asked for: {}", narrowed.out);
    assert!(
        narrowed.out.contains("api-status") && narrowed.err.contains("services of all namespaces: forbidden"),
        "{}",
        narrowed.err
    );
    here.cluster.faults().deny("list", "configmaps", "");
    let forbidden = here.run(&["get", "cm"]);
    assert_eq!((forbidden.code, forbidden.out.as_str()), (Some(1), ""));
    assert!(
        forbidden.err.contains("forbidden: list configmaps in namespace production"),
        "{}",
        forbidden.err
    );
}

#[test]
fn get_tells_values_with_their_types() {
    let here = Here::story();
    let pods = here.run(&["get", "po", "-l", "app=orders", "-o", "json"]).json();
    let pod = &pods[0];
    assert_eq!((&pod["kind"], &pod["metadata"]["namespace"]), (&"Pod".into(), &"production".into()), "{pod}");
    assert_eq!(pod["metadata"]["labels"]["app"], "orders", "{pod}");
    let created = pod["metadata"]["created"].as_str().unwrap();
    assert!(created.parse::<jiff::Timestamp>().is_ok(), "{created}");
    let restarts = pod["values"]["restarts"].as_u64().unwrap();
    assert!(pod["cells"]["restarts"].as_str().unwrap().starts_with(&restarts.to_string()), "{pod}");
}

#[test]
fn what_is_on_nodes_is_unknown_only_where_pods_may_not_be_listed() {
    let here = Here::story();
    // Sorting by it reads it too.
    let sorted = here.run(&["get", "no", "-o", "json", "--sort-by", "-pods"]).json();
    let pods: Vec<u64> =
        sorted.as_array().unwrap().iter().map(|row| row["values"]["pods"].as_u64().unwrap()).collect();
    assert!(pods[0] > 0 && pods.is_sorted_by(|a, b| a >= b), "{pods:?}");
    let everywhere = here.run(&["get", "no", "-A", "-o", "wide"]);
    assert!(everywhere.code == Some(0) && !everywhere.out.contains('?'), "{}", everywhere.out);

    here.cluster.faults().deny_across("*", "pods");
    let forbidden = here.run(&["get", "no", "-o", "wide"]);
    assert_eq!(forbidden.code, Some(0), "{}", forbidden.err);
    assert!(forbidden.out.contains('?'), "{}", forbidden.out);
    assert!(forbidden.err.contains("what is on nodes is not known: forbidden"), "{}", forbidden.err);
    assert!(forbidden.took < Duration::from_secs(9), "{:?}", forbidden.took);
}

#[test]
fn get_never_tells_what_a_secret_holds() {
    let here = Here::story();
    let listed = here.run(&["get", "secrets", "-A", "-o", "json"]);
    assert!(listed.out.contains("api-tls"), "{}{}", listed.out, listed.err);
    let (_, objects) = here.cluster.store().list(dogwatch::demo::resource::SECRETS, None);
    let values: Vec<String> = objects
        .iter()
        .filter_map(|object| object.value()["data"].as_object().cloned())
        .flat_map(|data| data.into_iter().filter_map(|(_, value)| value.as_str().map(str::to_owned)))
        .filter(|value| value.len() > 6)
        .collect();
    assert!(!values.is_empty());
    for form in ["text", "wide", "json", "yaml", "csv"] {
        let ran = here.run(&["get", "secrets", "-A", "-o", form]);
        assert_eq!(ran.code, Some(0), "{}", ran.err);
        assert!(values.iter().all(|value| !ran.out.contains(value.as_str())), "{form}: {}", ran.out);
    }
}
