//! Ephemeral containers: asked for, planned, sent once, and seen to run.

use dogwatch::app::Leave;
use dogwatch::demo::{Fault, resource};
use dogwatch::model::remote::{End, Ended, What};
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
    assert!(
        session.line_with("PLAN  ").trim_end().ends_with("  cannot be taken away again"),
        "{}",
        session.line(1)
    );
    session.sees_no("affects traffic");
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

/// Has a debug container run, from where the keys lead.
async fn debugging(session: &mut Session, keys: &str) -> String {
    session.press(keys).await;
    session.press("K enter").await;
    read_the_plan(session).await;
    session.press("y").await;
    session.until_text(" runs").await;
    let pod = only_pod(session, "api-status-blue");
    let all = pod["spec"]["ephemeralContainers"].as_array().unwrap();
    all.last().unwrap()["name"].as_str().unwrap().to_owned()
}

#[tokio::test(start_paused = true)]
async fn what_runs_is_attached_to_by_one_key() {
    // On the pod, and on its containers.
    for (keys, back) in [("2", ""), ("2 enter", "down up")] {
        let mut session = Setup::default().size(160, 40).writes().live().await;
        let first = debugging(&mut session, keys).await;
        session.sees("   a attaches");
        session.press_and_leave("a", Leave::Enter).await;
        let (entrance, _) = session.app.to_enter().unwrap();
        assert_eq!((&entrance.container, &entrance.what), (&first, &What::Attach), "{keys}");
        assert!(entrance.stdin && entrance.tty, "{entrance:?}");
        let ended = Ended { command: Vec::new(), end: End::Left, took: std::time::Duration::from_secs(2) };
        session.app.left(ended).unwrap();
        session.app.resumed().unwrap();
        session.until_text("left after 2.0s; it goes on").await;
        // It is there to come back to, and the newest of several is meant; the pod's own containers by their row.
        session.press_and_leave(&format!("{back} a"), Leave::Enter).await;
        let (again, _) = session.app.to_enter().unwrap();
        let own = "api-status".to_owned();
        assert_eq!(again.container, if back.is_empty() { first } else { own }, "{keys}");
    }
}

#[tokio::test(start_paused = true)]
async fn elsewhere_the_pod_is_named_and_the_newest_is_meant() {
    let mut session = Setup::default().size(160, 40).writes().live().await;
    let first = debugging(&mut session, "2").await;
    session.press("K enter").await;
    read_the_plan(&mut session).await;
    // Time to go elsewhere.
    let slow = Fault::Delay(std::time::Duration::from_secs(3));
    session.faults().add("PATCH", "/ephemeralcontainers?", Some(1), slow);
    session.press("y 1").await;
    session.until_text("   a on api-status-blue-").await;
    let pod = only_pod(&session, "api-status-blue");
    let second = pod["spec"]["ephemeralContainers"][1]["name"].as_str().unwrap().to_owned();
    assert_ne!(first, second);
    session.press_and_leave("2 a", Leave::Enter).await;
    assert_eq!(session.app.to_enter().unwrap().0.container, second);
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
