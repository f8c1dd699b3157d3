//! The canary screen: what it shows of the workloads behind a service, and where one gets from it.

use std::time::Duration;

use dogwatch::demo::store::DeleteOptions;
use dogwatch::demo::{Fault, resource};
use serde_json::{Value, json};

use crate::harness::{Session, Setup};
use crate::steer::read_the_plan;

/// A deployment as it is.
pub fn deployment(session: &Session, name: &str) -> Value {
    session.cluster.store().get(resource::DEPLOYMENTS, "production", name).unwrap().value().clone()
}

/// Opens the canary screen of `frontend`.
pub async fn open(session: &mut Session) {
    session.press("3 /").await;
    session.type_text("frontend").await;
    session.press("enter g").await;
    session.run_for(Duration::from_millis(200)).await;
    session.press("B").await;
    session.until_text("no HPA on either side").await;
    session.sees("Canary behind service/frontend in production");
}

/// What stands in the line of a workload.
pub fn row(session: &Session, name: &str) -> String {
    let lines = session.screen();
    let found = lines.lines().find(|line| line.split_whitespace().nth(1) == Some(name));
    found
        .unwrap_or_else(|| panic!("no line of {name}:\n{lines}"))
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
}

/// Makes a copy of a deployment under another name and with other labels of its pods.
pub fn copy(session: &Session, of: &str, name: &str, change: impl FnOnce(&mut Value)) {
    let mut object = deployment(session, of);
    let old = object["metadata"].take();
    object["metadata"] = json!({"name": name, "namespace": "production", "labels": old["labels"]});
    object["status"] = json!({});
    change(&mut object);
    session.cluster.store().create(resource::DEPLOYMENTS, object).unwrap();
}

#[tokio::test(start_paused = true)]
async fn the_screen_shows_both_sides_and_what_tells_them_apart() {
    let mut session = Setup::default().size(140, 40).live().await;
    open(&mut session).await;
    session.sees("selects app=guestbook,tier=frontend");
    session.sees("4 of 4 endpoints ready");
    assert!(
        row(&session, "frontend").contains("track=stable gb-frontend:v4"),
        "{}",
        row(&session, "frontend")
    );
    assert!(
        row(&session, "frontend").contains("3/3 █████████··· 75% rolled out (its pods carry track=stable)")
    );
    assert!(row(&session, "frontend-canary").contains("1/1 ███········· 25%"));
    session.until_text("the templates differ in their images only").await;
    session.sees(
        "frontend gets gb-frontend:v5, then frontend is scaled to 4, then frontend-canary is scaled to 0",
    );
    // A pod of the canary that is not ready takes its share away, and says why.
    session
        .cluster
        .store()
        .update(resource::DEPLOYMENTS, "production", "frontend-canary", |object| {
            object["spec"]["replicas"] = 2.into();
            object["spec"]["template"]["spec"]["containers"][0]["image"] =
                "gb-frontend:does-not-exist".into();
            Ok(())
        })
        .unwrap();
    session.until_text("ImagePullBackOff").await;
    assert!(
        row(&session, "frontend-canary").contains(" of 2 updated: "),
        "{}",
        row(&session, "frontend-canary")
    );
}

#[tokio::test(start_paused = true)]
async fn it_is_opened_from_a_workload_and_left_to_where_one_was() {
    let mut session = Setup::default().size(120, 40).live().await;
    session.press("1 /").await;
    session.type_text("frontend").await;
    session.press("enter G").await;
    session.run_for(Duration::from_millis(200)).await;
    let before = session.screen();
    session.press("B").await;
    session.until_text("no HPA on either side").await;
    session.until_text("images only").await;
    // Down to the release screen of the selected one, its log, and back again.
    let shown = session.screen();
    session.press("enter").await;
    session.until_text("Release of deployment/frontend-canary").await;
    session.press("esc").await;
    assert_eq!(session.screen(), shown);
    session.press("up l").await;
    session.until_text("following").await;
    assert!(
        session.shows("Logs of deployment/frontend ") && !session.shows("deployment/frontend-canary"),
        "{}",
        session.screen()
    );
    session.press("esc").await;
    session.sees("stable: its pods carry track=stable");
    session.press("?").await;
    session.until_text("On the canary screen").await;
    session.press("esc esc").await;
    assert_eq!(session.screen(), before);
    assert!(session.state().operations.open().next().is_none(), "{:?}", session.state().operations);
    // One that stands behind no service with another has none.
    session.press("esc /").await;
    session.type_text("users-v1").await;
    session.press("enter g B").await;
    session.sees("no service has several deployments behind it here");
}

#[tokio::test(start_paused = true)]
async fn one_workload_is_no_canary() {
    let mut session = Setup::default().size(80, 24).writes().live().await;
    session.press("3 /").await;
    session.type_text("checkout").await;
    session.press("enter g").await;
    session.run_for(Duration::from_millis(200)).await;
    session.press("B").await;
    session.until_text("no HPA").await;
    session.sees("only    checkout");
    session.sees("only: nothing else is behind the service");
    for keys in ["%", "+", "P", "a"] {
        session.press(keys).await;
        session.sees("no other deployment is behind service/checkout: there is no canary");
    }
    session.press("esc").await;
    session.sees("3 Services");
}

#[tokio::test(start_paused = true)]
async fn an_autoscaler_and_a_second_service_are_seen() {
    let mut session = Setup::default().size(140, 40).live().await;
    let store = session.cluster.store();
    store
        .create(
            resource::HPAS,
            json!({"metadata": {"name": "front", "namespace": "production"}, "spec": {"minReplicas": 3, "maxReplicas": 9,
                "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "frontend"}}}),
        )
        .unwrap();
    store
        .create(
            resource::SERVICES,
            json!({"metadata": {"name": "guestbook", "namespace": "production"},
                "spec": {"type": "ClusterIP", "clusterIP": "10.96.40.99", "selector": {"app": "guestbook"},
                    "ports": [{"port": 80, "protocol": "TCP", "targetPort": 8080}]}}),
        )
        .unwrap();
    session.run_for(Duration::from_secs(5)).await;
    session.press("1 /").await;
    session.type_text("frontend").await;
    session.press("enter g").await;
    session.run_for(Duration::from_millis(200)).await;
    session.press("B").await;
    session.sees("Canary behind");
    session.sees("frontend, frontend-canary");
    session.type_text("guest").await;
    session.press("enter").await;
    session.until_text("Canary behind service/guestbook").await;
    session.until_text("HPA front (3..9) decides the replicas of frontend: it may undo a share").await;
    // Without the right to list them it says so.
    session.press("esc").await;
    session.cluster.faults().add("GET", "/horizontalpodautoscalers", None, Fault::status(403));
    session.press("B enter").await;
    session.until_text("not known just now: ").await;
    session.sees("horizontalpodautoscalers");
}

#[tokio::test(start_paused = true)]
async fn a_service_that_goes_is_said_to_be_gone() {
    let mut session = Setup::default().size(120, 40).live().await;
    open(&mut session).await;
    session
        .cluster
        .store()
        .delete(resource::SERVICES, "production", "frontend", &DeleteOptions::now())
        .unwrap();
    session.until_text("gone: this is how it was").await;
    assert!(row(&session, "frontend").contains("gb-frontend:v4"), "{}", session.screen());
    session.press("esc").await;
    session.sees("3 Services");
}

#[tokio::test(start_paused = true)]
async fn what_is_no_deployment_has_a_share_too() {
    let mut session = Setup::default().size(140, 40).writes().live().await;
    session
        .cluster
        .store()
        .create(
            resource::STATEFULSETS,
            json!({"metadata": {"name": "front", "namespace": "production"}, "spec": {"replicas": 1, "serviceName": "front",
                "selector": {"matchLabels": {"app": "guestbook", "set": "front"}},
                "template": {"metadata": {"labels": {"app": "guestbook", "tier": "frontend", "set": "front"}},
                    "spec": {"containers": [{"name": "web", "image": "registry.example.io/shop/gb-frontend:v6"}]}}}}),
        )
        .unwrap();
    session.run_for(Duration::from_secs(20)).await;
    open(&mut session).await;
    assert!(row(&session, "statefulset/front").contains("- 1/1 ██·········· 20%"), "{}", session.screen());
    session.press("G %").await;
    session
        .sees("statefulset/front is no side of a canary: a StatefulSet: shares are set between Deployments");
    session.press("S").await;
    session.sees("only a deployment behind the service is a side");
    session.press("l").await;
    session.until_text("Logs of statefulset/front").await;
    session.press("esc enter").await;
    session.until_text("Release of statefulset/front").await;
    session.press("esc").await;
    assert!(session.line_with("statefulset/front ").starts_with('>'), "{}", session.screen());
    // Another namespace has nothing to say of it.
    session.press("enter").await;
    session.command("ns staging").await;
    session.press("esc").await;
    session.sees("namespace production is not watched now");
    session.sees("what is behind it is not read now");
}

#[tokio::test(start_paused = true)]
async fn draws_at_any_size() {
    let mut session = Setup::default().size(120, 40).writes().live().await;
    open(&mut session).await;
    for keys in ["", "+", "esc ?", "esc a"] {
        session.press_all(keys).await;
        for (width, height) in (1..=200_u16)
            .step_by(7)
            .flat_map(|width| (1..=50_u16).step_by(3).map(move |height| (width, height)))
        {
            let mut buffer =
                ratatui::buffer::Buffer::empty(ratatui::layout::Rect { x: 0, y: 0, width, height });
            dogwatch::screen::draw(session.state(), session.app.now(), &mut buffer);
        }
        for (width, height) in [(1, 1), (2, 3), (20, 5), (40, 8), (80, 24), (120, 40)] {
            session.resize(width, height).await;
            session.press("down up").await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn pictures() {
    for (width, height) in [(80, 24), (200, 50)] {
        for plain in [false, true] {
            let setup = Setup::default().size(width, height).writes();
            let mut session = if plain { setup.plain() } else { setup }.live().await;
            let mono = if plain { "-mono" } else { "" };
            open(&mut session).await;
            session.until_text("images only").await;
            crate::snapshots::picture(&format!("canary{mono}-{width}x{height}"), &session);
            session.press("P").await;
            read_the_plan(&mut session).await;
            crate::snapshots::picture(&format!("canary-promote{mono}-{width}x{height}"), &session);
            session.press("esc %").await;
            session.type_text("50").await;
            session.press("enter").await;
            read_the_plan(&mut session).await;
            session.press("y").await;
            session.until_text("step 1 of 2").await;
            session.until_text("not ready").await;
            crate::snapshots::picture(&format!("canary-share{mono}-{width}x{height}"), &session);
        }
    }
}
