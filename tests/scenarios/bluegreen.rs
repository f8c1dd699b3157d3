//! Blue/green: a service is switched with a preview, confirmed by its EndpointSlices, and switched back by one key.

use std::time::Duration;

use dogwatch::demo::resource;
use serde_json::{Value, json};

use crate::harness::{Session, Setup};
use crate::steer::{changes, read_the_plan};

fn selector(session: &Session) -> Value {
    session.cluster.store().get(resource::SERVICES, "production", "api-status").unwrap().value()["spec"]["selector"].clone()
}

/// The pods that are ready behind the service, by its EndpointSlices.
fn endpoints(session: &Session) -> Vec<String> {
    let slices = session.cluster.store().list(resource::ENDPOINTSLICES, Some("production")).1;
    let mut names: Vec<String> = slices
        .iter()
        .filter(|slice| slice.value()["metadata"]["labels"]["kubernetes.io/service-name"] == "api-status")
        .flat_map(|slice| slice.value()["endpoints"].as_array().cloned().unwrap_or_default())
        .filter(|endpoint| endpoint["conditions"]["ready"] != json!(false))
        .map(|endpoint| endpoint["targetRef"]["name"].as_str().unwrap_or_default().to_owned())
        .collect();
    names.sort();
    names
}

async fn choose_green(session: &mut Session) {
    session.press("3 g b").await;
    session.sees("Switch to");
    session.sees("label=green");
    session.press("enter").await;
}

#[tokio::test(start_paused = true)]
async fn a_service_is_switched_and_switched_back() {
    let mut session = Setup::default().size(120, 40).writes().live().await;
    assert!(endpoints(&session).iter().all(|name| name.contains("blue")));
    choose_green(&mut session).await;
    read_the_plan(&mut session).await;
    session.sees("label=blue -> app=api-status,label=green");
    session.sees("3 ready of 3 -> 3 ready of 3");
    session.sees("+ api-status-green-");
    session.press("y").await;
    session.until_text("done: endpoints 3/3 as selected").await;
    assert_eq!(selector(&session), json!({"app": "api-status", "label": "green"}));
    let now = endpoints(&session);
    assert!(now.len() == 3 && now.iter().all(|name| name.contains("green")), "{now:?}");
    let sent: Value = serde_json::from_slice(&changes(&session)[0].body).unwrap();
    assert_eq!(sent["spec"], json!({"selector": {"label": "green"}}));
    session.press("U").await;
    read_the_plan(&mut session).await;
    session.press("y").await;
    session.run_for(Duration::from_secs(5)).await;
    assert_eq!(selector(&session), json!({"app": "api-status", "label": "blue"}));
    assert!(endpoints(&session).iter().all(|name| name.contains("blue")));
    assert_eq!(changes(&session).len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_side_that_is_not_ready_is_refused_unless_one_insists() {
    let mut session = Setup::default().size(120, 40).writes().live().await;
    session
        .cluster
        .store()
        .update(resource::DEPLOYMENTS, "production", "api-status-green", |object| {
            object["spec"]["replicas"] = json!(1);
            Ok(())
        })
        .unwrap();
    session.run_for(Duration::from_mins(1)).await;
    choose_green(&mut session).await;
    session.until_text("insist to do it all the same").await;
    session.run_for(Duration::from_secs(1)).await;
    session.press("y").await;
    assert_eq!(changes(&session).len(), 0);
    session.press("I").await;
    read_the_plan(&mut session).await;
    session.sees("1 pod with app=api-status,label=green would serve, 3 do now");
    session.press("y").await;
    session.until_text("done: endpoints 1/1 as selected").await;
}

#[tokio::test(start_paused = true)]
async fn pictures() {
    for (width, height) in [(80, 24), (200, 50)] {
        for plain in [false, true] {
            let setup = Setup::default().size(width, height).writes();
            let mut session = if plain { setup.plain() } else { setup }.live().await;
            choose_green(&mut session).await;
            read_the_plan(&mut session).await;
            let mono = if plain { "-mono" } else { "" };
            crate::snapshots::picture(&format!("bluegreen{mono}-{width}x{height}"), &session);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn the_other_side_is_asked_before_the_switch() {
    let mut session = Setup::default().size(120, 50).writes().live().await;
    choose_green(&mut session).await;
    read_the_plan(&mut session).await;
    session.press("s").await;
    session.sees("no path is known: annotate service/api-status with dogwatch.io/smoke-path");
    session.press("esc").await;
    session
        .cluster
        .store()
        .update(resource::SERVICES, "production", "api-status", |object| {
            object["metadata"]["annotations"] = json!({"dogwatch.io/smoke-path": "/healthz"});
            Ok(())
        })
        .unwrap();
    // One of them is broken, by the cluster's own word.
    let pods = session.cluster.store().list(resource::PODS, Some("production")).1;
    let one = pods.iter().find(|pod| pod.name.contains("api-status-green")).unwrap().name.clone();
    session.faults().add("GET", &format!("{one}:"), Some(1), dogwatch::demo::Fault::status(503));
    choose_green(&mut session).await;
    read_the_plan(&mut session).await;
    session.press("s").await;
    session.until_text("3 of 3 answered").await;
    session.sees("ok, this is api-status-green-");
    session.sees("503 in ");
    let asked = session.cluster.requests();
    let asked: Vec<_> = asked.iter().filter(|one| one.path_and_query.contains("/proxy")).collect();
    assert_eq!(asked.len(), 3);
    for request in asked {
        assert_eq!(request.method, "GET");
        assert!(request.path_and_query.contains("/pods/api-status-green-"), "{request:?}");
        assert!(request.path_and_query.ends_with("/proxy/healthz"), "{request:?}");
    }
    assert_eq!(changes(&session).len(), 0);
}

#[tokio::test(start_paused = true)]
async fn read_only_asks_no_pod() {
    let mut session = Setup::default().size(120, 50).live().await;
    session.command("smoke-check").await;
    session.sees("read-only: a smoke check needs get pods/proxy");
}
