//! Changes of several steps: canaries, surges; and orphans.

use std::time::Duration;

use dogwatch::demo::resource;
use serde_json::Value;

use crate::harness::{Session, Setup};
use crate::steer::{changes, read_the_plan};

fn deployment(session: &Session, name: &str) -> Value {
    session.cluster.store().get(resource::DEPLOYMENTS, "production", name).unwrap().value().clone()
}

fn replicas(session: &Session) -> (i64, i64) {
    let of = |name: &str| deployment(session, name)["spec"]["replicas"].as_i64().unwrap();
    (of("frontend"), of("frontend-canary"))
}

/// Opens what can be done with the canary of `frontend`, and chooses.
async fn choose(session: &mut Session, what: &str) {
    session.press("3 /").await;
    session.type_text("frontend").await;
    session.press("enter g").await;
    session.run_for(Duration::from_millis(200)).await;
    session.press("B").await;
    session.sees("stable: frontend with 3 of 4 ready");
    session.sees("25 % of 4 ready endpoints now");
    session.type_text(what).await;
    session.press("enter").await;
}

#[tokio::test(start_paused = true)]
async fn the_share_of_a_canary_is_set_and_taken_back() {
    let mut session = Setup::default().size(120, 40).writes().live().await;
    choose(&mut session, "share").await;
    session.type_text("50").await;
    session.sees("2 canary, 2 stable");
    session.press("enter").await;
    read_the_plan(&mut session).await;
    session.sees("scale deployment/frontend-canary, then scale deployment/frontend");
    session.press("y").await;
    session.until_text("done: 2 of 2 ready").await;
    assert_eq!(replicas(&session), (2, 2));
    assert_eq!(changes(&session).len(), 2);
    session.press("U").await;
    read_the_plan(&mut session).await;
    session.press("y").await;
    session.run_for(Duration::from_secs(20)).await;
    assert_eq!(replicas(&session), (3, 1));
}

#[tokio::test(start_paused = true)]
async fn a_canary_is_promoted_when_its_rollout_is_complete() {
    let mut session = Setup::default().size(120, 40).writes().live().await;
    let image = |value: &Value| value["spec"]["template"]["spec"]["containers"][0]["image"].clone();
    let wanted = image(&deployment(&session, "frontend-canary"));
    assert_ne!(image(&deployment(&session, "frontend")), wanted);
    choose(&mut session, "promote").await;
    read_the_plan(&mut session).await;
    session.press("y").await;
    session.until_text("done: 0 of 0 ready").await;
    assert_eq!(image(&deployment(&session, "frontend")), wanted);
    assert_eq!(replicas(&session), (3, 0));
    let sent: Vec<String> = changes(&session).iter().map(|request| request.path_and_query.clone()).collect();
    assert!(sent[0].contains("/frontend?") && sent[1].contains("/frontend-canary/scale"), "{sent:?}");
}

#[tokio::test(start_paused = true)]
async fn a_promotion_that_gets_stuck_keeps_its_canary() {
    let mut session = Setup::default().size(120, 40).writes().live().await;
    choose(&mut session, "promote").await;
    read_the_plan(&mut session).await;
    // Somebody else changes the stable side in the middle of its rollout.
    session.press("y").await;
    session.run_for(Duration::from_millis(300)).await;
    session
        .cluster
        .store()
        .update(resource::DEPLOYMENTS, "production", "frontend", |object| {
            object["spec"]["template"]["spec"]["containers"][0]["image"] = "broken:does-not-exist".into();
            Ok(())
        })
        .unwrap();
    session.until_text("superseded").await;
    assert_eq!(replicas(&session).1, 1, "the canary is kept");
    assert_eq!(changes(&session).len(), 1, "the second step was not begun");
}

#[tokio::test(start_paused = true)]
async fn a_canary_is_aborted() {
    let mut session = Setup::default().size(120, 40).writes().live().await;
    choose(&mut session, "abort").await;
    read_the_plan(&mut session).await;
    session.press("y").await;
    session.until_text("done: 0 of 0 ready").await;
    assert_eq!(replicas(&session), (4, 0));
}

#[tokio::test(start_paused = true)]
async fn a_surge_scales_out_rolls_and_scales_back_in() {
    let mut session = Setup::default().size(120, 40).writes().live().await;
    session.press("1 /").await;
    session.type_text("users-v2").await;
    session.press("enter g").await;
    session.command("surge").await;
    session.type_text("1").await;
    session.press("enter").await;
    read_the_plan(&mut session).await;
    session.sees("replicas         2 -> 3");
    session.sees("back to 2 in the end");
    session.sees("2 follow from it and are not asked");
    session.press("y").await;
    session.until_text("step 2 of 3").await;
    session.until_text("done: 2 of 2 ready").await;
    let sent = changes(&session);
    assert_eq!(sent.len(), 3);
    let object = deployment(&session, "users-v2");
    assert_eq!(object["spec"]["replicas"], 2);
    assert!(object["spec"]["template"].to_string().contains("restartedAt"));
}

#[tokio::test(start_paused = true)]
async fn a_pod_is_orphaned_replaced_and_given_back() {
    let mut session = Setup::default().size(120, 40).writes().live().await;
    session.press("1 /").await;
    session.type_text("users-v2").await;
    session.press("enter g 2 g").await;
    session.command("orphan").await;
    session.sees("keep serving");
    session.press("enter").await;
    read_the_plan(&mut session).await;
    session.sees("it leaves: 2 ready endpoints now, 1 after");
    session.sees("which starts another one at once");
    session.press("y").await;
    session.until_text("done: the labels are set").await;
    let body: Value = serde_json::from_slice(&changes(&session)[0].body).unwrap();
    let labels = body["metadata"]["labels"].as_object().unwrap().clone();
    assert!(labels.contains_key("pod-template-hash") && labels.values().all(Value::is_null), "{labels:?}");
    session.run_for(Duration::from_secs(20)).await;
    let pods = session.cluster.store().list(resource::PODS, Some("production")).1;
    assert_eq!(
        pods.iter().filter(|pod| pod.name.starts_with("users-v2-")).count(),
        3,
        "it goes on beside its successor"
    );
}

#[tokio::test(start_paused = true)]
async fn a_promotion_says_what_it_does_not_carry_over() {
    let mut session = Setup::default().size(120, 40).writes().live().await;
    session
        .cluster
        .store()
        .update(resource::DEPLOYMENTS, "production", "frontend-canary", |object| {
            let container = &mut object["spec"]["template"]["spec"]["containers"][0];
            container["env"] = serde_json::json!([{"name": "FLAG", "value": "on"}]);
            Ok(())
        })
        .unwrap();
    session.run_for(Duration::from_mins(1)).await;
    choose(&mut session, "promote").await;
    read_the_plan(&mut session).await;
    session.sees("tried with more than its images");
    session.sees("env");
}

#[tokio::test(start_paused = true)]
async fn pictures() {
    for (width, height) in [(80, 24), (200, 50)] {
        for plain in [false, true] {
            let setup = Setup::default().size(width, height).writes();
            let mut session = if plain { setup.plain() } else { setup }.live().await;
            let mono = if plain { "-mono" } else { "" };
            session.press("3 /").await;
            session.type_text("frontend").await;
            session.press("enter g").await;
            session.run_for(Duration::from_millis(200)).await;
            session.press("B").await;
            crate::snapshots::picture(&format!("canary{mono}-{width}x{height}"), &session);
            session.type_text("promote").await;
            session.press("enter").await;
            read_the_plan(&mut session).await;
            crate::snapshots::picture(&format!("canary-promote{mono}-{width}x{height}"), &session);
        }
    }
}
