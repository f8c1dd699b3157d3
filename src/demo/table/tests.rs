//! Columns and cells against a real server's answers about the same objects.

use super::*;
use crate::demo::resource::{
    CONFIGMAPS, CRDS, CRONJOBS, DAEMONSETS, DEPLOYMENTS, EVENTS, HPAS, INGRESSES, JOBS, NODES, PODS,
    REPLICASETS, SERVICES, STATEFULSETS,
};

fn data(name: &str) -> Value {
    let path = format!("{}/tests/data/real-api/{name}.json", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&std::fs::read_to_string(&path).expect(&path)).unwrap()
}

#[test]
fn columns_are_the_real_servers() {
    let table = [
        (PODS, "pods"),
        (DEPLOYMENTS, "deployments"),
        (REPLICASETS, "replicasets"),
        (STATEFULSETS, "statefulsets"),
        (DAEMONSETS, "daemonsets"),
        (SERVICES, "services"),
        (NODES, "nodes"),
        (EVENTS, "events"),
        (HPAS, "hpa"),
        (INGRESSES, "ingresses"),
        (JOBS, "jobs"),
        (CRONJOBS, "cronjobs"),
        (CONFIGMAPS, "configmaps"),
        (CRDS, "crds"),
    ];
    for (res, name) in table {
        assert_eq!(column_definitions(res), data(&format!("table-{name}"))["columnDefinitions"], "{name}");
    }
}

/// Compares the row of an object with the recorded one, all cells but those that depend on when it was asked.
fn same_row(res: &Resource, object: &Value, table: &str, relative: &[usize]) {
    let recorded = data(table);
    let name = &object["metadata"]["name"];
    let Some(row) = items(&recorded, "/rows").iter().find(|row| row["cells"][0] == *name) else {
        panic!("no recorded row of {name}");
    };
    let ours = cells(res, object, "2026-11-21T02:32:00Z".parse().unwrap());
    for (at, theirs) in items(row, "/cells").iter().enumerate() {
        if relative.contains(&at) {
            let word =
                |v: &Value| v.as_str().unwrap_or_default().split(' ').next().unwrap_or_default().to_owned();
            assert!(!word(&ours[at]).is_empty());
        } else {
            assert_eq!(ours[at], *theirs, "{name} cell {at}");
        }
    }
    assert_eq!(ours.len(), items(row, "/cells").len());
}

#[test]
fn pods_read_as_the_real_server_says() {
    let all = [
        "CrashLoopBackOff",
        "ContainerCreating",
        "ImagePullBackOff",
        "Running",
        "Pending",
        "Failed",
        "Succeeded",
    ];
    let recorded = data("table-pods");
    let mut compared = 0;
    for status in all {
        let pod = data(&format!("pod-{status}"));
        if items(&recorded, "/rows").iter().any(|row| row["cells"][0] == pod["metadata"]["name"]) {
            same_row(PODS, &pod, "table-pods", &[3, 4]);
            compared += 1;
        }
    }
    assert!(compared >= 5, "only {compared} of the recorded pods are in the recorded table");
}

#[test]
fn a_restart_says_when_it_was() {
    let pod = data("pod-CrashLoopBackOff");
    let last =
        items(&pod, "/status/containerStatuses").iter().map(|c| text(c, "/lastState/terminated/finishedAt"));
    let last: Timestamp = last.max().unwrap().parse().unwrap();
    let now = last + jiff::SignedDuration::from_secs(150);
    let restarts = cells(PODS, &pod, now)[3].as_str().unwrap().to_owned();
    assert!(restarts.ends_with(" (2m30s ago)"), "{restarts}");
}

#[test]
fn nodes_services_and_workloads_read_as_the_real_server_says() {
    same_row(NODES, &data("node"), "table-nodes", &[3]);
    same_row(SERVICES, &data("service"), "table-services", &[5]);
    let deployment = data("deployment");
    let row = cells(DEPLOYMENTS, &deployment, "2026-11-21T02:32:00Z".parse().unwrap());
    assert_eq!(row[..5], [json!("checkout-000-green"), json!("9/9"), json!(9), json!(9), json!("45m")]);
    for set in items(&data("replicasets"), "/items") {
        let row = cells(REPLICASETS, set, "2026-11-21T02:33:00Z".parse().unwrap());
        assert!(row[7].as_str().unwrap().starts_with("app=web,pod-template-hash="), "{row:?}");
    }
}

#[test]
fn init_containers_and_terminating_pods() {
    let now = "2026-11-21T02:32:00Z".parse().unwrap();
    let base = json!({"metadata": {"name": "p"}, "spec": {"containers": [{"name": "c"}],
        "initContainers": [{"name": "i"}, {"name": "s", "restartPolicy": "Always"}]}, "status": {"phase": "Pending"}});
    let with = |status: Value| {
        let mut pod = base.clone();
        pod["status"] = status;
        pod
    };
    let waiting = |reason: &str| json!({"waiting": {"reason": reason}});
    let table = [
        (
            with(
                json!({"phase": "Pending", "initContainerStatuses": [{"name": "i", "state": {"running": {}}}]}),
            ),
            "Init:0/2",
            "0/2",
        ),
        (
            with(
                json!({"phase": "Pending", "initContainerStatuses": [{"name": "i", "state": waiting("CrashLoopBackOff")}]}),
            ),
            "Init:CrashLoopBackOff",
            "0/2",
        ),
        (
            with(
                json!({"phase": "Pending", "initContainerStatuses": [{"name": "i", "state": {"terminated": {"exitCode": 3}}}]}),
            ),
            "Init:ExitCode:3",
            "0/2",
        ),
        (
            with(
                json!({"phase": "Running", "initContainerStatuses": [{"name": "i", "state": {"terminated": {"exitCode": 0}}},
            {"name": "s", "started": true, "ready": true, "state": {"running": {}}}],
            "containerStatuses": [{"name": "c", "ready": true, "state": {"running": {}}}]}),
            ),
            "Running",
            "2/2",
        ),
        (with(json!({"phase": "Failed", "reason": "Evicted"})), "Evicted", "0/2"),
    ];
    for (pod, status, ready) in table {
        let row = cells(PODS, &pod, now);
        assert_eq!((row[2].as_str(), row[1].as_str()), (Some(status), Some(ready)));
    }
    let mut gone = base;
    gone["metadata"]["deletionTimestamp"] = json!("2026-11-21T02:31:00Z");
    assert_eq!(cells(PODS, &gone, now)[2], json!("Terminating"));
}

#[test]
fn custom_resources_read_as_the_real_server_says() {
    let recorded = data("table-widgets");
    let column = |name: &str, kind: &str, path: &str| json!({"name": name, "type": kind, "jsonPath": path});
    let mut kinds = crate::demo::resource::Kinds::default();
    kinds.define(&json!({"metadata": {"name": "widgets.realk8s.dev"}, "spec": {"group": "realk8s.dev",
        "scope": "Namespaced", "names": {"plural": "widgets", "kind": "Widget"},
        "versions": [{"name": "v1", "served": true, "storage": true, "additionalPrinterColumns": [
            column("Size", "integer", ".spec.size"), column("Colour", "string", ".spec.colour"),
            column("Phase", "string", ".status.phase"), column("Age", "date", ".metadata.creationTimestamp")]}]}}));
    let res = kinds.by_plural("realk8s.dev", "v1", "widgets").unwrap();
    let without_help = |definitions: &Value| -> Vec<Value> {
        let one = |c: &Value| json!([c["name"], c["type"], c["format"], c["priority"]]);
        definitions.as_array().unwrap().iter().map(one).collect()
    };
    assert_eq!(without_help(&column_definitions(res)), without_help(&recorded["columnDefinitions"]));
    let widget = json!({"metadata": {"name": "widget-0", "creationTimestamp": "2026-11-21T01:48:00Z"},
        "spec": {"size": 1, "colour": "blue"}});
    let row = cells(res, &widget, "2026-11-21T02:32:00Z".parse().unwrap());
    assert_eq!(json!(row), recorded["rows"][0]["cells"]);
}

#[test]
fn access_reads_as_kubectl_prints_it() {
    use crate::demo::resource::{APISERVICES, SIGNING_REQUESTS};
    let now = "2026-11-21T02:32:00Z".parse().unwrap();
    let at = "2026-11-21T02:00:00Z";
    let mut request = json!({"metadata": {"name": "r", "creationTimestamp": at},
        "spec": {"signerName": "s", "username": "u", "expirationSeconds": 86_400}});
    assert_eq!(cells(SIGNING_REQUESTS, &request, now), ["r", "32m", "s", "u", "24h", "Pending"]);
    request["status"] = json!({"conditions": [{"type": "Approved"}], "certificate": "x"});
    assert_eq!(cells(SIGNING_REQUESTS, &request, now)[5], "Approved,Issued");
    let service = json!({"metadata": {"name": "v1.x", "creationTimestamp": at}, "spec": {"service": {"namespace": "n",
        "name": "x"}}, "status": {"conditions": [{"type": "Available", "status": "False", "reason": "MissingEndpoints"}]}});
    assert_eq!(cells(APISERVICES, &service, now), ["v1.x", "n/x", "False (MissingEndpoints)", "32m"]);
}
