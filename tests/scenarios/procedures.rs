//! Changes of several steps of one deployment, and of a pod's own labels: surges, orphans.

use std::time::Duration;

use dogwatch::demo::resource;
use serde_json::Value;

use crate::harness::Setup;
use crate::steer::{changes, read_the_plan};

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
    session.until_text("done: all 3 steps; users-v2 2 of 2 ready").await;
    let sent = changes(&session);
    assert_eq!(sent.len(), 3);
    let object = session.cluster.store().get(resource::DEPLOYMENTS, "production", "users-v2").unwrap();
    let object = object.value();
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
