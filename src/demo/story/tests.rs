//! The story as it is told, and that nothing moves when it starts.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use super::*;
use crate::demo::controllers;
use crate::demo::controllers::json::{condition, condition_holds};
use crate::demo::resource::{
    CRONJOBS, DAEMONSETS, ENDPOINTS, ENDPOINTSLICES, EVENTS, HPAS, JOBS, SERVICES, STATEFULSETS,
};

fn clock() -> Clock {
    Clock::starting_at("2026-11-21T04:00:30Z".parse().unwrap())
}

fn seeded(pods: usize) -> (Store, Clock) {
    let clock = clock();
    let store = Store::new(clock, 7);
    seed(&store, &clock, &Options { pods, lively: false, seed: 7 });
    (store, clock)
}

fn get(store: &Store, resource: &'static Resource, ns: &str, name: &str) -> Value {
    store.get(resource, ns, name).unwrap_or_else(|| panic!("{ns}/{name}")).value()
}

/// STATUS as kubectl would say it, roughly.
fn word(pod: &Value) -> String {
    if !text(pod, "/metadata/deletionTimestamp").is_empty() {
        return "Terminating".to_owned();
    }
    let waiting = text(pod, "/status/containerStatuses/0/state/waiting/reason");
    if waiting.is_empty() { text(pod, "/status/phase").to_owned() } else { waiting.to_owned() }
}

#[test]
fn every_document_is_a_step() {
    let now: Timestamp = "2026-11-21T04:00:30Z".parse().unwrap();
    for chapter in CHAPTERS.iter().chain(EXTENSIONS) {
        let documents = serde_yaml::Deserializer::from_str(chapter)
            .map(|d| <Value as serde::Deserialize>::deserialize(d).unwrap())
            .collect::<Vec<_>>();
        let steps = step::read(&[chapter], now);
        assert!(steps.len() >= documents.len());
        let applied = steps.iter().filter(|s| matches!(s.act, Act::Apply(..))).count();
        let objects = documents.iter().filter(|d| d.get("object").is_some()).count();
        assert_eq!(applied, objects, "an object whose kind is unknown or whose age cannot be read");
    }
}

#[tokio::test(start_paused = true)]
async fn the_story_is_as_it_is_told() {
    let begun = Instant::now();
    let (store, _) = seeded(0);
    eprintln!("seeded in {:?}, version {}", begun.elapsed(), store.version());
    let mut seen: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for pod in store.list(PODS, None).1 {
        let value = pod.value();
        let app = pod.labels.get("app").or(pod.labels.get("k8s-app")).cloned().unwrap_or_default();
        let line = format!("{} {} {}", pod.name, word(&value), text(&value, "/spec/nodeName"));
        seen.entry(format!("{}/{app}", pod.namespace)).or_default().push(line);
    }
    let words = |key: &str| -> Vec<String> {
        seen[key].iter().map(|l| l.split(' ').nth(1).unwrap().to_owned()).collect()
    };
    assert_eq!(words("production/api-status"), vec!["Running"; 6]);
    assert_eq!(words("production/guestbook"), vec!["Running"; 4]);
    assert_eq!(words("production/web"), vec!["Running"; 2]);
    assert_eq!(words("production/kafka"), vec!["Running"; 3]);
    let checkout = words("production/checkout");
    assert_eq!(checkout.iter().filter(|w| *w == "Running").count(), 3, "{checkout:?}");
    assert_eq!(checkout.iter().filter(|w| w.contains("Image")).count(), 1, "{checkout:?}");
    let mut thumbnails = words("production/thumbnails");
    thumbnails.sort();
    assert_eq!(thumbnails, ["Pending", "Terminating"]);

    let stuck = get(&store, DEPLOYMENTS, "production", "checkout");
    assert_eq!(text(condition(&stuck, "Progressing").unwrap(), "/reason"), "ProgressDeadlineExceeded");
    assert!(condition_holds(&stuck, "Available"));
    assert_eq!(annotation(&stuck, "deployment.kubernetes.io/revision"), "4");
    assert_eq!(annotation(&stuck, "kubernetes.io/change-cause"), "3.8.0: express delivery");

    let orders = store.list(PODS, Some("production")).1;
    let orders: Vec<Value> =
        orders.iter().filter(|p| p.name.starts_with("orders-")).map(|p| p.value()).collect();
    assert_eq!(orders.len(), 2);
    for pod in &orders {
        assert!(number(pod, "/status/containerStatuses/0/restartCount").unwrap() > 10);
        assert_eq!(text(pod, "/status/containerStatuses/0/lastState/terminated/reason"), "OOMKilled");
    }

    let blue = store.owned(REPLICASETS, uid(&get(&store, DEPLOYMENTS, "production", "api-status-blue")));
    let mut history: Vec<(i64, String)> = blue
        .iter()
        .map(|rs| rs.value())
        .map(|rs| {
            (controllers::deployment::revision(&rs), annotation(&rs, "kubernetes.io/change-cause").to_owned())
        })
        .collect();
    history.sort();
    assert_eq!(history.len(), 4);
    assert_eq!(history[0], (1, "first release".to_owned()));
    assert_eq!(history[3].0, 4);

    let slices = store.owned(ENDPOINTSLICES, uid(&get(&store, SERVICES, "production", "api-status")));
    assert_eq!(slices.len(), 1);
    assert_eq!(slices[0].value()["endpoints"].as_array().unwrap().len(), 3);
    let empty = store.owned(ENDPOINTSLICES, uid(&get(&store, SERVICES, "production", "reports")));
    assert_eq!(empty[0].value()["endpoints"], Value::Null);
    assert!(get(&store, ENDPOINTS, "production", "reports").get("subsets").is_none());

    assert_eq!(store.count(NODES), 5);
    assert!(!condition_holds(&get(&store, NODES, "", "node-4"), "Ready"));
    let memcached = get(&store, STATEFULSETS, "production", "memcached");
    assert_eq!(number(&memcached, "/status/readyReplicas"), Some(1));
    assert!(store.get(PODS, "production", "memcached-0").is_some());
    let proxy = get(&store, DAEMONSETS, "kube-system", "kube-proxy");
    assert_eq!(number(&proxy, "/status/desiredNumberScheduled"), Some(5));
    assert_eq!(number(&proxy, "/status/numberReady"), Some(4));
    assert!(condition_holds(&get(&store, JOBS, "production", "migrate-orders-5-1"), "Complete"));
    assert!(condition_holds(&get(&store, JOBS, "production", "import-catalogue"), "Failed"));
    assert!(number(&get(&store, HPAS, "production", "search"), "/status/currentReplicas").is_some());
    assert!(
        !text(&get(&store, CRONJOBS, "production", "exchange-rates"), "/status/lastScheduleTime").is_empty()
    );
    let reasons: Vec<String> =
        store.list(EVENTS, None).1.iter().map(|e| text(&e.value(), "/reason").to_owned()).collect();
    for reason in
        ["BackOff", "Failed", "FailedScheduling", "ScalingReplicaSet", "SawCompletedJob", "NodeNotReady"]
    {
        assert!(reasons.iter().any(|r| r == reason), "no event {reason} in {reasons:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn nothing_is_written_when_the_controllers_start() {
    let (store, clock) = seeded(300);
    let version = store.version();
    let task = controllers::run(store.clone(), clock, false);
    tokio::time::sleep(Duration::from_millis(400)).await;
    let mut changed = Vec::new();
    for resource in crate::demo::resource::ALL {
        for change in store.changes(resource, version).unwrap() {
            changed.push(format!(
                "{:?} {} {}/{}",
                change.kind, resource.plural, change.object.namespace, change.object.name
            ));
        }
    }
    assert!(changed.is_empty(), "{changed:#?}");
    task.abort();
}

#[tokio::test(start_paused = true)]
async fn a_large_cluster_is_consistent() {
    let begun = Instant::now();
    let (plain, _) = seeded(0);
    let without = begun.elapsed();
    let begun = Instant::now();
    let (store, clock) = seeded(2000);
    eprintln!("story {without:?}, with 2000 pods {:?}", begun.elapsed());
    assert_eq!(store.count(PODS), plain.count(PODS) + 2000);
    let bulk: Vec<_> =
        store.list(PODS, None).1.into_iter().filter(|p| p.namespace.starts_with("bulk-")).collect();
    assert_eq!(bulk.len(), 2000);
    for pod in bulk.iter().step_by(97) {
        let value = pod.value();
        assert_eq!(uid(&value), &*pod.uid);
        assert_eq!(value["metadata"]["resourceVersion"], json!(pod.version.to_string()));
        for (key, label) in pod.labels.iter() {
            assert_eq!(value["metadata"]["labels"][key], json!(label));
        }
        let set = pod.value()["metadata"]["ownerReferences"][0]["name"].as_str().unwrap().to_owned();
        assert_eq!(uid(&get(&store, REPLICASETS, &pod.namespace, &set)), pod.owner_uid.as_deref().unwrap());
    }
    // A touched ReplicaSet finds its numbers right: its controller changes nothing but what was touched.
    let mut world = World::new(store.clone(), 1, clock.now());
    world.load(|_| true);
    for resource in [DEPLOYMENTS, REPLICASETS, SERVICES] {
        let kind = match resource.plural {
            "deployments" => Kind::Deployment,
            "replicasets" => Kind::ReplicaSet,
            _ => Kind::Service,
        };
        for object in store.list(resource, Some("bulk-000")).1 {
            world.queue.push(Key::new(kind, &object.namespace, &object.name));
        }
    }
    let version = store.version();
    while world.turn(1000) {}
    let mut changed = Vec::new();
    for resource in [DEPLOYMENTS, REPLICASETS, ENDPOINTSLICES, ENDPOINTS, PODS] {
        for change in store.changes(resource, version).unwrap() {
            let before = change.previous.as_ref().map(|p| String::from_utf8_lossy(&p.json).into_owned());
            changed.push(format!(
                "{} {:?} -> {}",
                resource.plural,
                before,
                String::from_utf8_lossy(&change.object.json)
            ));
        }
    }
    assert!(changed.is_empty(), "{} changes, first {}", changed.len(), changed[0]);
}

/// A measurement, not a test: `cargo test --lib measure_a_hundred_thousand -- --ignored --nocapture`.
#[tokio::test(start_paused = true)]
#[ignore = "a measurement"]
async fn measure_a_hundred_thousand_pods() {
    let memory = || {
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        status.lines().find(|l| l.starts_with("VmRSS")).unwrap_or_default().to_owned()
    };
    let clock = clock();
    let store = Store::new(clock, 7);
    let begun = Instant::now();
    bulk::fill(&store, 100_000, 7, clock.now());
    eprintln!("filled in {:?}, {} pods, {}", begun.elapsed(), store.count(PODS), memory());
    let begun = Instant::now();
    let mut world = World::new(store.clone(), 1, clock.now());
    world.load(|_| true);
    eprintln!("controllers loaded in {:?}, {}", begun.elapsed(), memory());
}

#[tokio::test(start_paused = true)]
async fn a_lively_cluster_lives_and_stays_sound() {
    let (store, clock) = seeded(120);
    let begin = store.version();
    controllers::run(store.clone(), clock, true);
    tokio::time::sleep(Duration::from_secs(150)).await;
    let changes = store.changes(PODS, begin).unwrap();
    let of = |start: &str| changes.iter().filter(|c| c.object.namespace.starts_with(start)).count();
    assert!(of("bulk-") > 150, "churn: {}", of("bulk-"));
    assert!((10..2000).contains(&of("production")), "{}", of("production"));
    let runs = store.list(JOBS, Some("production")).1;
    let rates: Vec<_> = runs.iter().filter(|j| j.name.starts_with("exchange-rates-")).collect();
    assert!((3..=4).contains(&rates.len()), "{rates:?}");
    let blue = get(&store, DEPLOYMENTS, "production", "api-status-blue");
    assert_eq!(number(&blue, "/status/availableReplicas"), Some(3));
    let pods = store.list(PODS, None).1;
    assert_eq!(
        pods.iter()
            .filter(|p| p.namespace.starts_with("bulk-")
                && !p.value()["metadata"]["deletionTimestamp"].is_string())
            .count(),
        120
    );
    let size = number(&get(&store, DEPLOYMENTS, "production", "search"), "/spec/replicas").unwrap();
    assert!((2..=8).contains(&size), "{size}");
    let rescaled =
        store.list(EVENTS, Some("production")).1.iter().any(|e| e.value()["reason"] == "SuccessfulRescale");
    assert!(rescaled, "the autoscaler moves");
}
