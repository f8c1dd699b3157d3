//! Changes of the story's objects end to end: what is sent, what the cluster has then, and that the inverse gives it back.

use std::time::Duration;

use dogwatch::demo::resource::{self, Resource};
use serde_json::{Value, json};

use crate::harness::{Session, Setup};
use crate::steer::{changes, read_the_plan};

fn object(session: &Session, resource: &'static Resource, name: &str) -> Value {
    session.cluster.store().get(resource, "production", name).unwrap().value().clone()
}

/// The cursor goes to a deployment.
async fn on_deployment(session: &mut Session, name: &str) {
    session.press("1 /").await;
    session.type_text(name).await;
    session.press("enter g").await;
    session.run_for(Duration::from_millis(200)).await;
}

/// What of an object a user sees as its own: not what the server and the controllers write.
fn essence(value: &Value) -> Value {
    let mut value = value.clone();
    let map = value.as_object_mut().unwrap();
    map.remove("status");
    let meta = map["metadata"].as_object_mut().unwrap();
    for written in ["resourceVersion", "generation", "managedFields"] {
        meta.remove(written);
    }
    if let Some(annotations) = meta.get_mut("annotations").and_then(Value::as_object_mut) {
        annotations.remove("deployment.kubernetes.io/revision");
    }
    value
}

#[tokio::test(start_paused = true)]
async fn the_stuck_rollout_is_rolled_back_with_two_keys() {
    let mut session = Setup::default().size(120, 40).writes().live().await;
    on_deployment(&mut session, "checkout").await;
    session.press("u").await;
    read_the_plan(&mut session).await;
    session.sees("PLAN  roll back deployment/checkout");
    session.sees("image");
    session.sees("3.8.0-does-not-exist -> ");
    session.sees("already has 3 ready");
    session.sees("not rolled back");
    assert_eq!(changes(&session).len(), 0);
    session.press("y").await;
    session.until_text("done: successfully rolled out").await;
    let sent = changes(&session);
    assert_eq!(sent.len(), 1);
    let body: Value = serde_json::from_slice(&sent[0].body).unwrap();
    let ops: Vec<(&str, &str)> = body
        .as_array()
        .unwrap()
        .iter()
        .map(|op| (op["op"].as_str().unwrap(), op["path"].as_str().unwrap()))
        .collect();
    assert_eq!(
        ops,
        [
            ("test", "/metadata/uid"),
            ("test", "/metadata/generation"),
            ("test", "/metadata/annotations"),
            ("replace", "/spec/template"),
            ("replace", "/metadata/annotations")
        ]
    );
    let image = &object(&session, resource::DEPLOYMENTS, "checkout")["spec"]["template"]["spec"]["containers"]
        [0]["image"];
    assert!(!image.as_str().unwrap().contains("does-not-exist"), "{image}");
    session.press("U").await;
    read_the_plan(&mut session).await;
    session.sees("takes back: roll back deployment/checkout");
    session.sees("-> registry.example.io/shop/checkout:3.8.0-does-not-exist");
}

#[tokio::test(start_paused = true)]
async fn every_change_can_be_taken_back() {
    for (name, keys, typed) in [
        ("users-v1", "s", Some("4")),
        ("web", ":", Some("strategy")),
        ("users-v1", ":", Some("pause")),
        ("kafka-1", "L", Some("tier=middle app-")),
        ("kafka-1", ":", Some("annotate")),
        ("checkout", "u", None),
    ] {
        let mut session = Setup::default().size(120, 40).writes().live().await;
        on_deployment(&mut session, name).await;
        let before = essence(&object(&session, resource::DEPLOYMENTS, name));
        session.press(keys).await;
        if let Some(typed) = typed {
            session.type_text(typed).await;
            session.press("enter").await;
        }
        match typed {
            Some("strategy") => session.type_text("surge=2 unavailable=1").await,
            Some("annotate") => session.type_text("team.example/note=hello").await,
            _ => {}
        }
        if matches!(typed, Some("strategy" | "annotate")) {
            session.press("enter").await;
        }
        read_the_plan(&mut session).await;
        session.press("y").await;
        session.until_text(": done: ").await;
        let between = essence(&object(&session, resource::DEPLOYMENTS, name));
        assert_ne!(between, before, "{name} {typed:?}");
        session.press("U").await;
        read_the_plan(&mut session).await;
        session.press("y").await;
        // The rollout that is brought back may be one that never completes; what counts is the object.
        session.run_for(Duration::from_secs(5)).await;
        assert_eq!(essence(&object(&session, resource::DEPLOYMENTS, name)), before, "{name} {typed:?}");
        assert_eq!(changes(&session).len(), 2, "one request each way");
    }
}

#[tokio::test(start_paused = true)]
async fn a_restart_replaces_the_pods() {
    let mut session = Setup::default().size(120, 40).writes().live().await;
    on_deployment(&mut session, "users-v2").await;
    session.press("r").await;
    read_the_plan(&mut session).await;
    session.sees("2 are replaced, at most 1 more and 0 fewer meanwhile");
    session.press("y").await;
    session.until_text("done: successfully rolled out").await;
    let template = &object(&session, resource::DEPLOYMENTS, "users-v2")["spec"]["template"];
    assert!(template["metadata"]["annotations"]["kubectl.kubernetes.io/restartedAt"].is_string());
}

#[tokio::test(start_paused = true)]
async fn a_pod_that_is_deleted_comes_back() {
    let mut session = Setup::default().size(120, 40).writes().live().await;
    on_deployment(&mut session, "users-v2").await;
    session.press("2 g ctrl-d").await;
    read_the_plan(&mut session).await;
    session.sees("starts another one at once");
    session.press("y").await;
    session.until_text("done: it is gone").await;
    let body: Value = serde_json::from_slice(&changes(&session)[0].body).unwrap();
    assert_eq!(body["propagationPolicy"], json!("Background"));
    assert!(body["preconditions"]["uid"].is_string());
}

#[tokio::test(start_paused = true)]
async fn several_marked_objects_are_one_plan_and_one_request_each() {
    let mut session = Setup::default().size(120, 40).writes().live().await;
    session.press("1 /").await;
    session.type_text("kafka").await;
    session.press("enter g space space space").await;
    // A filter hides two of the three; they are meant all the same.
    session.press("/").await;
    session.type_text("-1").await;
    session.press("enter r").await;
    read_the_plan(&mut session).await;
    for name in ["kafka-1", "kafka-2", "kafka-3"] {
        session.sees(&format!("deployment/{name}"));
    }
    session.press("y").await;
    session.until_text("restart 3 objects: done").await;
    assert_eq!(changes(&session).len(), 3);
}

#[tokio::test(start_paused = true)]
async fn what_is_destructive_in_a_protected_context_is_typed_by_name() {
    let mut session = Setup::default().size(120, 40).protected().live().await;
    session.sees("PROTECTED");
    on_deployment(&mut session, "users-v2").await;
    session.press("ctrl-d").await;
    read_the_plan(&mut session).await;
    session.sees("destructive");
    session.press("y").await;
    session.sees("type users-v2 to confirm:");
    session.paste("users-v2").await;
    session.press("enter y").await;
    session.press("esc").await;
    assert_eq!(changes(&session).len(), 0, "paste confirms nothing");
    session.press("y").await;
    session.type_text("users-v1").await;
    session.press("enter y esc").await;
    assert_eq!(changes(&session).len(), 0, "another name");
    session.press("y").await;
    session.type_text("users-v2").await;
    session.press("enter").await;
    assert_eq!(changes(&session).len(), 0, "Enter never confirms");
    session.press("y").await;
    session.until_text("done: it is gone").await;
    assert_eq!(changes(&session).len(), 1);
}
