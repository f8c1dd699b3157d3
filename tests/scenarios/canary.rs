//! The canary screen: what it shows of the workloads behind a service, and what is done from it.

use std::time::Duration;

use dogwatch::demo::store::DeleteOptions;
use dogwatch::demo::{Fault, resource};
use serde_json::{Value, json};

use crate::harness::{Session, Setup};
use crate::steer::{changes, read_the_plan};

fn deployment(session: &Session, name: &str) -> Value {
    session.cluster.store().get(resource::DEPLOYMENTS, "production", name).unwrap().value().clone()
}

fn replicas(session: &Session) -> (i64, i64) {
    let of = |name: &str| deployment(session, name)["spec"]["replicas"].as_i64().unwrap();
    (of("frontend"), of("frontend-canary"))
}

/// Opens the canary screen of `frontend`.
async fn open(session: &mut Session) {
    session.press("3 /").await;
    session.type_text("frontend").await;
    session.press("enter g").await;
    session.run_for(Duration::from_millis(200)).await;
    session.press("B").await;
    session.until_text("no HPA on either side").await;
    session.sees("Canary behind service/frontend in production");
}

/// What stands in the line of a workload.
fn row(session: &Session, name: &str) -> String {
    let lines = session.screen();
    let found = lines.lines().find(|line| line.split_whitespace().nth(1) == Some(name));
    found
        .unwrap_or_else(|| panic!("no line of {name}:\n{lines}"))
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
}

/// Makes a copy of a deployment under another name and with other labels of its pods.
fn copy(session: &Session, of: &str, name: &str, change: impl FnOnce(&mut Value)) {
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
    session.sees("frontend gets gb-frontend:v5, then frontend-canary is scaled to 0");
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
        session.shows("Log of frontend-") && !session.shows("Log of frontend-canary"),
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
async fn the_share_of_a_canary_is_set_and_taken_back() {
    let mut session = Setup::default().size(120, 40).writes().live().await;
    open(&mut session).await;
    session.press("%").await;
    session.sees("percent for frontend-canary:");
    session.sees("25 % now");
    session.type_text("50").await;
    session.sees("2 canary, 2 stable");
    session.press("enter").await;
    read_the_plan(&mut session).await;
    session.sees("scale deployment/frontend-canary, then scale deployment/frontend");
    session.press("y").await;
    session.until_text("Canary behind service/frontend").await;
    session.until_text("done: 2 of 2 ready").await;
    assert_eq!(replicas(&session), (2, 2));
    assert_eq!(changes(&session).len(), 2);
    for name in ["frontend", "frontend-canary"] {
        session.run_for(Duration::from_secs(5)).await;
        assert!(row(&session, name).contains("2/2 ██████······ 50%"), "{}", session.screen());
    }
    session.press("U").await;
    read_the_plan(&mut session).await;
    session.press("y").await;
    session.run_for(Duration::from_secs(20)).await;
    assert_eq!(replicas(&session), (3, 1));
    assert!(row(&session, "frontend-canary").contains("25%"), "{}", session.screen());
}

#[tokio::test(start_paused = true)]
async fn a_step_is_one_pod_up_or_down() {
    let mut session = Setup::default().size(120, 40).writes().live().await;
    open(&mut session).await;
    for (keys, said) in [
        ("+", "2 canary, 2 stable"),
        ("up", "3 canary, 1 stable"),
        ("up", "4 canary, 0 stable"),
        ("down down down", "it has"),
        ("esc -", "0 canary, 4 stable"),
    ] {
        session.press_all(keys).await;
        if said == "it has" {
            session.sees("that are the replicas that both have now");
        } else {
            session.sees(said);
        }
    }
    session.press("esc %").await;
    session.type_text("110").await;
    session.sees("`110` is no share between 0 and 100");
}

#[tokio::test(start_paused = true)]
async fn a_canary_is_promoted_when_its_rollout_is_complete() {
    let mut session = Setup::default().size(120, 40).writes().live().await;
    let image = |value: &Value| value["spec"]["template"]["spec"]["containers"][0]["image"].clone();
    let wanted = image(&deployment(&session, "frontend-canary"));
    assert_ne!(image(&deployment(&session, "frontend")), wanted);
    open(&mut session).await;
    session.press("P").await;
    read_the_plan(&mut session).await;
    session.press("y").await;
    session.until_text("step 1 of 2").await;
    session.until_text("done: 0 of 0 ready").await;
    assert_eq!(image(&deployment(&session, "frontend")), wanted);
    assert_eq!(replicas(&session), (3, 0));
    let sent: Vec<String> = changes(&session).iter().map(|request| request.path_and_query.clone()).collect();
    assert!(sent[0].contains("/frontend?") && sent[1].contains("/frontend-canary/scale"), "{sent:?}");
    session.run_for(Duration::from_secs(5)).await;
    assert!(row(&session, "frontend").contains("gb-frontend:v5"), "{}", session.screen());
    assert!(row(&session, "frontend-canary").contains("0/0 ············ 0%"), "{}", session.screen());
    session.sees("scaled to 0");
    session.sees("not now: deployment/frontend has the images of deployment/frontend-canary already");
    session.press("P").await;
    session.sees("has the images of deployment/frontend-canary already");
    session.press("a").await;
    session.sees("has no pods: there is nothing to abort");
}

#[tokio::test(start_paused = true)]
async fn a_promotion_that_gets_stuck_keeps_its_canary() {
    let mut session = Setup::default().size(120, 40).writes().live().await;
    open(&mut session).await;
    session.press("P").await;
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
    open(&mut session).await;
    session.press("a").await;
    read_the_plan(&mut session).await;
    session.press("y").await;
    session.until_text("done: 0 of 0 ready").await;
    assert_eq!(replicas(&session), (4, 0));
    session.run_for(Duration::from_secs(5)).await;
    assert!(row(&session, "frontend").contains("4/4 ████████████ 100%"), "{}", session.screen());
}

#[tokio::test(start_paused = true)]
async fn what_was_asked_is_of_the_sides_that_it_was_asked_for() {
    let mut session = Setup::default().size(120, 40).writes().live().await;
    open(&mut session).await;
    session.press("%").await;
    session.type_text("50").await;
    // Meanwhile another one takes the name.
    session
        .cluster
        .store()
        .delete(resource::DEPLOYMENTS, "production", "frontend-canary", &DeleteOptions::now())
        .unwrap();
    copy(&session, "frontend", "frontend-canary", |object| {
        object["spec"]["selector"]["matchLabels"]["track"] = "canary".into();
        object["spec"]["template"]["metadata"]["labels"]["track"] = "canary".into();
    });
    session.run_for(Duration::from_secs(5)).await;
    session.press("enter").await;
    session.sees("deployment/frontend-canary is gone: nothing is planned");
    assert_eq!(changes(&session).len(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_share_is_refused_to_whoever_only_looks() {
    let mut session = Setup::default().size(120, 40).live().await;
    open(&mut session).await;
    for keys in ["%", "+", "-", "P", "a"] {
        session.press(keys).await;
        session.sees("read-only: ");
        assert!(session.state().prompt.is_none() && session.state().stack.len() == 1, "{keys}");
    }
    // Which one is the stable side changes nothing in the cluster.
    session.press("S").await;
    session.sees("stable: chosen here");
    assert!(row(&session, "frontend").starts_with("canary? frontend"), "{}", session.screen());
    session.press("S").await;
    session.sees("canary: its pods carry track=canary");
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
async fn of_three_workloads_the_selected_one_is_meant() {
    let mut session = Setup::default().size(140, 40).writes().live().await;
    copy(&session, "frontend", "frontend-old", |object| {
        object["spec"]["replicas"] = 4.into();
        object["spec"]["selector"]["matchLabels"]["track"] = "old".into();
        object["spec"]["template"]["metadata"]["labels"]["track"] = "old".into();
    });
    session.run_for(Duration::from_secs(30)).await;
    open(&mut session).await;
    session.sees("8 of 8 endpoints ready");
    assert!(row(&session, "frontend").starts_with("stable frontend track=stable"), "{}", session.screen());
    assert!(row(&session, "frontend-canary").contains("13%"), "{}", session.screen());
    session.press("g P").await;
    session.sees("several canaries: select the one that is meant");
    session.press("G").await;
    assert!(session.line_with("frontend-canary ").starts_with('>'), "{}", session.screen());
    // Shares are of all endpoints; those of the third one stay.
    session.press("%").await;
    session.type_text("60").await;
    session.sees("others behind it keep 4 of 8 pods: 50 % at most");
    session.press("backspace backspace").await;
    session.type_text("25").await;
    session.sees("2 canary, 2 stable");
    session.press("enter").await;
    read_the_plan(&mut session).await;
    session.press("y").await;
    session.until_text("done: 2 of 2 ready").await;
    session.run_for(Duration::from_secs(5)).await;
    assert!(row(&session, "frontend-canary").contains("25%"), "{}", session.screen());
    assert!(row(&session, "frontend-old").contains("50%"), "{}", session.screen());
    assert_eq!(replicas(&session), (2, 2));
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
    open(&mut session).await;
    session.until_text("not promoted: containers[php-redis].env").await;
    session.press("P").await;
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
