//! Ephemeral containers: asked for, planned, sent once, and seen to run.

use dogwatch::demo::resource;
use serde_json::Value;

use crate::harness::{Session, Setup};
use crate::snapshots::picture;
use crate::steer::{changes, read_the_plan};

fn only_pod(session: &Session, prefix: &str) -> Value {
    let (_, pods) = session.cluster.store().list(resource::PODS, Some("production"));
    let pod = pods
        .iter()
        .find(|pod| pod.value()["metadata"]["name"].as_str().unwrap().starts_with(prefix))
        .unwrap();
    pod.value()
}

#[tokio::test(start_paused = true)]
async fn a_debug_container_is_planned_and_followed_until_it_runs() {
    let mut session = Setup::default().size(120, 40).writes().live().await;
    session.press("2 K").await;
    session.sees("image to debug api-status with: busybox");
    session.sees("busybox");
    session.press("enter").await;
    read_the_plan(&mut session).await;
    session.sees("it cannot be changed or taken away again");
    session.sees("--target=api-status -c debugger-");
    assert_eq!(changes(&session).len(), 0);
    session.press("y").await;
    session.until_text(" runs").await;
    let sent = changes(&session);
    assert_eq!(sent.len(), 1, "{sent:?}");
    assert!(sent[0].path_and_query.contains("/ephemeralcontainers?"), "{sent:?}");
    let pod = only_pod(&session, "api-status-blue");
    let one = &pod["spec"]["ephemeralContainers"][0];
    assert_eq!((&one["image"], &one["targetContainerName"]), (&"busybox".into(), &"api-status".into()));
    session.press("U").await;
    session.sees_no("PLAN  ");
}

#[tokio::test(start_paused = true)]
async fn plans_of_debug_containers() {
    for (width, height) in [(80, 24), (200, 50)] {
        let mut session = Setup::default().size(width, height).writes().live().await;
        session.press("2 K enter").await;
        read_the_plan(&mut session).await;
        picture(&format!("debug-plan-{width}x{height}"), &session);
    }
}

#[tokio::test(start_paused = true)]
async fn an_image_that_cannot_be_pulled_is_a_failure_that_is_told() {
    let mut session = Setup::default().size(120, 40).writes().live().await;
    session.press("2 K").await;
    session.type_text(":nope").await;
    session.press("enter").await;
    read_the_plan(&mut session).await;
    session.press("y").await;
    session.until_text("cannot be started").await;
}

#[tokio::test(start_paused = true)]
async fn of_several_containers_one_is_chosen() {
    let mut session = Setup::default().size(120, 40).writes().live().await;
    session.press("= 2 /").await;
    session.type_text("memcached").await;
    session.press("enter K").await;
    session.sees("see its processes");
    session.sees("share the network only");
    session.press("down enter").await;
    session.sees("image to debug ");
}

#[tokio::test(start_paused = true)]
async fn read_only_debugs_nothing() {
    let mut session = Setup::default().size(120, 40).live().await;
    session.press("2 K").await;
    session.sees("read-only: debug needs patch pods/ephemeralcontainers");
    assert_eq!(changes(&session).len(), 0);
}
