//! Logs of a service go with its selector, and what those can read who may read little. Lines are numbered: none is lost or repeated.

use std::time::Duration;

use dogwatch::demo::store::DeleteOptions;
use dogwatch::demo::{Cluster, resource};
use dogwatch::model::log::{LogQuery, LogTarget};
use dogwatch::model::record::Kind;
use serde_json::{Value, json};

use crate::log_streams::{Reading, crash, empty, labelled_pod, query, run};

/// A blue and a green pod, and a service in front of the blue one.
fn blue_green() -> (Cluster, Reading) {
    let cluster = empty();
    for side in ["blue", "green"] {
        labelled_pod(&cluster, &format!("api-{side}"), &json!({"app": "api", "label": side}), "lines:100");
    }
    make(&cluster, &json!({"app": "api", "label": "blue"}));
    let service = LogTarget::Selected { kind: Kind::Service, namespace: "shop".into(), name: "api".into() };
    let reading = Reading::new(&cluster, query(service));
    (cluster, reading)
}

fn make(cluster: &Cluster, selector: &Value) {
    let service = json!({"metadata": {"name": "api", "namespace": "shop"},
        "spec": {"selector": selector, "ports": [{"port": 80}]}});
    cluster.store().create(resource::SERVICES, service).unwrap();
}

fn switch(cluster: &Cluster, selector: Value) {
    let update = |service: &mut Value| {
        service["spec"]["selector"] = selector;
        Ok(())
    };
    cluster.store().update(resource::SERVICES, "shop", "api", update).unwrap();
}

fn said(reading: &Reading, words: &str) -> usize {
    reading.rest.iter().filter(|said| *said == words).count()
}

/// The numbers of all lines of a pod, however often it joined: they must be 1, 2, 3...
fn whole(reading: &Reading, pod: &str) -> usize {
    let mut lines = Vec::new();
    for (id, _) in reading.names.iter().filter(|(_, source)| *source.pod == *pod) {
        lines.extend(reading.lines.get(id).into_iter().flatten());
    }
    let numbers: Vec<usize> = lines.iter().map(|line| line[5..12].parse().unwrap()).collect();
    assert!(numbers.iter().copied().eq(1..=numbers.len()), "{pod} has gaps or repeats: {:?}", reading.rest);
    numbers.len()
}

const NOT_ANY_MORE: &str = "the pod is not selected any more";

#[tokio::test(start_paused = true)]
async fn a_switch_is_followed_there_and_back() {
    let (cluster, mut reading) = blue_green();
    reading.hear(Duration::from_secs(5)).await;
    assert!(whole(&reading, "api-blue") > 450 && whole(&reading, "api-green") == 0, "{:?}", reading.counts());

    switch(&cluster, json!({"app": "api", "label": "green"}));
    reading.until("green lines", |reading| whole(reading, "api-green") > 0).await;
    reading.hear(Duration::from_secs(5)).await;
    let left = format!("left api-blue: {NOT_ANY_MORE}");
    assert_eq!(
        reading.rest,
        ["joined api-blue", "api now selects app=api,label=green", "joined api-green", &left]
    );
    assert!(whole(&reading, "api-green") > 900, "{:?}", reading.counts());
    let blue = whole(&reading, "api-blue");
    assert!(blue < 800, "blue is let go: {blue}");

    // Back, while nothing reaches the cluster; blue goes on where it was.
    cluster.faults().refuse(true);
    cluster.faults().cut_all();
    switch(&cluster, json!({"app": "api", "label": "blue"}));
    reading.hear(Duration::from_secs(8)).await;
    cluster.faults().refuse(false);
    reading.until("blue again", |reading| whole(reading, "api-blue") > 1_500).await;
    reading.hear(Duration::from_secs(5)).await;
    assert_eq!(said(&reading, &format!("left api-green: {NOT_ANY_MORE}")), 1);
    assert_eq!(said(&reading, "joined api-blue"), 2);
    whole(&reading, "api-green");

    // Who is in both selections stays.
    switch(&cluster, json!({"app": "api"}));
    reading.until("both", |reading| said(reading, "joined api-green") == 2).await;
    reading.hear(Duration::from_secs(5)).await;
    assert_eq!((said(&reading, &left), said(&reading, "joined api-blue")), (1, 2), "{:?}", reading.rest);
    let (blue, green) = (whole(&reading, "api-blue"), whole(&reading, "api-green"));
    assert!(blue.abs_diff(green) < 50 && blue > 2_500, "{blue} and {green}");
}

#[tokio::test(start_paused = true)]
async fn a_service_without_a_selector_or_gone_has_no_logs_until_it_has_pods_again() {
    let (cluster, mut reading) = blue_green();
    reading.hear(Duration::from_secs(2)).await;
    switch(&cluster, json!({}));
    let left = |reading: &Reading| said(reading, &format!("left api-blue: {NOT_ANY_MORE}"));
    reading.until("let go", |reading| left(reading) == 1).await;
    assert_eq!(said(&reading, "api selects no pods now"), 1);
    switch(&cluster, json!({"label": "blue"}));
    reading.until("back", |reading| said(reading, "joined api-blue") == 2).await;
    reading.hear(Duration::from_secs(2)).await;

    let gone = DeleteOptions { grace: Some(0), ..DeleteOptions::default() };
    cluster.store().delete(resource::SERVICES, "shop", "api", &gone).unwrap();
    reading.until("let go with the service", |reading| left(reading) == 2).await;
    let words = "service api is gone, its pods are let go; one of this name is followed again";
    assert_eq!(said(&reading, words), 1, "{:?}", reading.rest);
    make(&cluster, &json!({"label": "green"}));
    reading.until("the new service", |reading| whole(reading, "api-green") > 100).await;
    assert_eq!(said(&reading, "api now selects label=green"), 1);
    reading.hear(Duration::from_mins(1)).await;
    assert_eq!(said(&reading, "ended") + left(&reading), 2, "{:?}", reading.rest);
    whole(&reading, "api-blue");
}

#[tokio::test(start_paused = true)]
async fn who_may_only_get_a_service_sees_its_switch_later() {
    let (cluster, mut reading) = blue_green();
    cluster.faults().deny("list", "services", "");
    cluster.faults().deny("watch", "services", "");
    reading.hear(Duration::from_secs(5)).await;
    switch(&cluster, json!({"app": "api", "label": "green"}));
    reading.hear(Duration::from_secs(15)).await;
    assert_eq!(said(&reading, "api now selects app=api,label=green"), 1, "{:?}", reading.rest);
    assert!(whole(&reading, "api-green") > 900);
    switch(&cluster, json!({}));
    reading.hear(Duration::from_secs(15)).await;
    assert_eq!(said(&reading, "api selects no pods now"), 1, "{:?}", reading.rest);
}

fn named() -> LogTarget {
    LogTarget::Pod { namespace: "shop".into(), name: "api-blue".into(), container: None }
}

#[tokio::test(start_paused = true)]
async fn who_may_only_get_a_pod_reads_its_logs() {
    let (cluster, _) = blue_green();
    for verb in ["list", "watch"] {
        cluster.faults().deny(verb, "pods", "");
    }
    let mut reading = Reading::new(&cluster, query(named()));
    reading.hear(Duration::from_secs(10)).await;
    assert!(whole(&reading, "api-blue") > 900, "{:?} {:?}", reading.counts(), reading.rest);
    let words = "you may not list and watch pods: api-blue is asked for every 10 s, and a pod in its place is not followed";
    assert_eq!(said(&reading, words), 1, "{:?}", reading.rest);
    // Another run of its container is seen when it is asked for.
    crash(&cluster, "api-blue");
    reading.hear(Duration::from_secs(1)).await;
    run(&cluster, "api-blue", 2);
    reading.hear(Duration::from_secs(25)).await;
    assert!(reading.assert_whole() > 2_000, "{:?}", reading.counts());
    assert_eq!(said(&reading, "restarted api-blue: Error, exit code 1"), 1, "{:?}", reading.rest);
    let gone = DeleteOptions { grace: Some(0), ..DeleteOptions::default() };
    cluster.store().delete(resource::PODS, "shop", "api-blue", &gone).unwrap();
    reading.until("ended", |reading| said(reading, "ended") == 1).await;
    assert_eq!((said(&reading, "left api-blue: the pod is gone"), said(&reading, words)), (1, 1));

    // What is there, once; a pod that is not there; and nothing at all.
    let once = |name: &str| LogQuery {
        follow: false,
        ..query(LogTarget::Pod { namespace: "shop".into(), name: name.into(), container: None })
    };
    let mut reading = Reading::new(&cluster, once("api-green"));
    reading.until("ended", |reading| said(reading, "ended") == 1).await;
    assert!(whole(&reading, "api-green") > 4_000 && said(&reading, words) == 0);
    let mut reading = Reading::new(&cluster, once("api-red"));
    reading.until("failed", |reading| reading.rest.iter().any(|said| said.starts_with("failed: "))).await;
    assert!(reading.rest[0].contains("pods \"api-red\" not found"), "{:?}", reading.rest);
    cluster.faults().deny("get", "pods", "");
    let mut reading = Reading::new(&cluster, once("api-green"));
    reading.until("failed", |reading| reading.rest.iter().any(|said| said.starts_with("failed: "))).await;
    assert_eq!(reading.rest, ["failed: forbidden: list pods in namespace shop"]);
}
