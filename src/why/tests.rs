//! Each cause by a table, for it and against it; what a real server recorded; what may not be read.
//!
//! A small world answers what is wanted, step by step, as the server does.

mod cases;
mod world;

use serde_json::{Value, json};

use super::*;
use world::{NOW, World, deployment, pod, replica_set, times};

fn conclusion(world: &World, kind: &str, name: &str) -> String {
    world.why(kind, name).conclusion
}

#[test]
fn each_cause_is_found_and_nothing_else() {
    for case in cases::all() {
        let why = case.world.why(case.kind, case.name);
        assert_eq!(why.conclusion, case.says, "{}\n{:#?}", case.title, why.steps);
        for words in case.steps {
            let found = why.steps.iter().any(|step| {
                format!("{}{} {}: {}", " ".repeat(step.depth), step.about.kind, step.about.name, step.words)
                    .contains(words)
            });
            assert!(found, "{}: no step says {words:?}\n{:#?}", case.title, why.steps);
        }
        assert!(why.not_looked.is_empty(), "{}: {:?}", case.title, why.not_looked);
    }
}

/// What a real server recorded, alone: the pods' own words are enough.
#[test]
fn recorded_pods() {
    for (file, says, container) in [
        (
            include_str!("../../tests/data/real-api/pod-CrashLoopBackOff.json"),
            "is in CrashLoopBackOff because container app ends again and again with exit",
            "app",
        ),
        (
            include_str!("../../tests/data/real-api/pod-ImagePullBackOff.json"),
            "is in ImagePullBackOff because image postgres:0.0.1 does not exist (the registry says: not found)",
            "app",
        ),
        (
            include_str!("../../tests/data/real-api/pod-Pending.json"),
            "is in Pending because no node takes it: 0/41 nodes are available: 1 node(s) had untolerated taint(s), 40 node(s) didn't match Pod's node affinity/selector",
            "",
        ),
        (
            include_str!("../../tests/data/real-api/pod-Failed.json"),
            "has failed because container work ended with exit 1",
            "work",
        ),
        (
            include_str!("../../tests/data/real-api/pod-Running.json"),
            "is not ready because the readiness probe of container app does not pass",
            "app",
        ),
        (include_str!("../../tests/data/real-api/pod-Succeeded.json"), "nothing is wrong with pod", ""),
    ] {
        let object: Value = serde_json::from_str(file).unwrap();
        let material =
            Material { resource: Resource::PODS, object, beside: Vec::new(), cut: Vec::new(), now: NOW };
        let why = why(&material);
        assert!(why.conclusion.contains(says), "{says}\n{}\n{:#?}", why.conclusion, why.steps);
        assert_eq!(why.shown.map(|shown| shown.container).unwrap_or_default(), container, "{says}");
        assert!(!wanted(&material).is_empty());
    }
}

#[test]
fn what_may_not_be_read_is_named_and_nothing_is_claimed_of_it() {
    let mut creating = pod("web-1", "web-a", json!({"waiting": {"reason": "ContainerCreating"}}));
    creating["spec"]["containers"][0]["envFrom"] = json!([{"secretRef": {"name": "keys"}}]);
    let world = World::new(&[deployment("web", 1, 0), replica_set("web-a", "web", 1, "web:1", 0), creating]);
    let why = world.clone().forbid("secrets").why("Pod", "web-1");
    assert_eq!(why.conclusion, "pod web-1 is in ContainerCreating; nothing that was looked at says why");
    assert!(why.not_looked.iter().any(|what| what.starts_with("Secret keys (")), "{:?}", why.not_looked);
    let why = world.why("Pod", "web-1");
    assert_eq!(
        why.conclusion,
        "pod web-1 is in ContainerCreating because Secret keys is missing (env from all keys)"
    );
    // Without its pods a deployment says what it says itself.
    let why = world.forbid("pods").why("Deployment", "web");
    assert_eq!(
        why.conclusion,
        "deployment web has none of 1 pods ready; nothing that was looked at says why"
    );
    assert!(why.not_looked.iter().any(|what| what.starts_with("pods (")), "{:?}", why.not_looked);
}

#[test]
fn of_secrets_only_names_are_wanted() {
    let mut creating = pod("web-1", "web-a", json!({"waiting": {"reason": "ContainerCreating"}}));
    creating["spec"]["containers"][0]["envFrom"] =
        json!([{"secretRef": {"name": "keys"}}, {"configMapRef": {"name": "words"}}]);
    let world = World::new(&[creating]);
    let asks = world.material("Pod", "web-1").beside;
    let confidential = asks.iter().filter(|(ask, _)| ask.resource.is_confidential());
    let mut seen = 0;
    for (ask, _) in confidential {
        assert!(ask.names_only, "{ask:?}");
        seen += 1;
    }
    assert_eq!(seen, 2);
}

#[test]
fn pods_in_the_same_state_are_one_step() {
    let waits = || json!({"waiting": {"reason": "ImagePullBackOff", "message": "not found"}});
    let mut objects = vec![deployment("web", 40, 0), replica_set("web-a", "web", 1, "web:1", 0)];
    objects.extend((0..40).map(|at| pod(&format!("web-{at}"), "web-a", waits())));
    let world = World::new(&objects);
    let why = world.why("Deployment", "web");
    assert_eq!(
        why.conclusion,
        "deployment web has none of 40 pods ready because image web:1 does not exist (the registry says: not found)"
    );
    let pods: Vec<&Evidence> = why.steps.iter().filter(|step| step.about.kind == "Pod").collect();
    assert_eq!(pods.len(), 2, "{pods:#?}");
    assert!(pods[0].words.contains("40 pods like this"), "{pods:#?}");
    // However many there are, of few everything is read.
    assert!(world.material("Deployment", "web").beside.len() < 12);
}

#[test]
fn steps_say_when() {
    let waits = json!({"waiting": {"reason": "ImagePullBackOff", "message": "not found"}});
    let world = World::new(&[
        pod("web-1", "web-a", waits),
        world::event("web-1", "Failed", "Error: ErrImagePull", 3),
    ]);
    let why = world.why("Pod", "web-1");
    let event = why.steps.iter().find(|step| step.words == "event Failed x3: Error: ErrImagePull").unwrap();
    assert_eq!(event.at, times(600).parse::<jiff::Timestamp>().ok().map(jiff::Timestamp::as_second));
    assert_eq!(event.uid, "uid-web-1");
}

#[test]
fn words_of_the_cluster_are_cleaned_and_bounded() {
    let message = format!("\u{1b}[31mred\u{202e}\n{}", "x".repeat(5_000));
    let waits = json!({"waiting": {"reason": "CreateContainerError", "message": message}});
    let why = World::new(&[pod("web-1", "web-a", waits)]).why("Pod", "web-1");
    let all = why.steps.iter().map(|step| &step.words).chain([&why.conclusion]);
    for words in all {
        assert!(!words.contains(['\u{1b}', '\u{202e}', '\n']), "{words:?}");
        assert!(words.chars().count() <= LONGEST, "{}", words.len());
    }
    assert!(
        conclusion(&World::new(&[pod("a", "b", json!({"running": {}}))]), "Pod", "a").starts_with("nothing")
    );
}
