//! Going down and back: pods, containers, logs, YAML.

use std::time::Duration;

use dogwatch::demo::resource;
use serde_json::json;

use crate::harness::{Session, Setup};

/// Where one is, as far as `Esc` must bring it back.
fn place(session: &Session) -> String {
    let state = session.state();
    let home = &state.home;
    let panes = [&home.deployments, &home.pods, &home.services];
    let cursors = panes.map(|pane| (pane.row, pane.offset, pane.filter_text.clone()));
    format!("{:?} {:?} {} {cursors:?} {}", home.focus, home.lead, home.zoom, state.stack.len())
}

#[tokio::test(start_paused = true)]
async fn down_to_the_log_and_back_to_exactly_where_one_was() {
    let mut session = Setup::default().size(160, 24).live().await;
    session.press("G k k").await;
    let (at_deployment, shown) = (place(&session), session.screen());
    session.press("enter").await;
    session.sees("2 Pods of users-v1 2");
    session.press("j").await;
    let (at_pod, pods_shown) = (place(&session), session.screen());
    session.press("enter").await;
    session.until_text("1 ready of 1").await;
    session.sees("Containers of Pod production/users-v1-");
    session.press("enter").await;
    session.until_text("following").await;
    session.sees("Log of users-v1-");
    session.press("esc").await;
    session.sees("1 ready of 1");
    session.press("esc").await;
    assert_eq!((place(&session), session.screen()), (at_pod.clone(), pods_shown));
    session.press("esc").await;
    assert_eq!(place(&session).replace("(1, 0, ", "(0, 0, "), at_deployment);
    // The pods pane keeps its cursor too: going down again leads to the same pod.
    let left = |screen: &str| -> Vec<String> {
        screen.lines().take(20).map(|line| line.chars().take(79).collect()).collect()
    };
    assert_eq!(left(&session.screen()), left(&shown));
    session.press("enter").await;
    assert_eq!(place(&session), at_pod);
}

#[tokio::test(start_paused = true)]
async fn back_from_a_zoomed_pane_with_a_filter() {
    let mut session = Session::live().await;
    session.press("z /").await;
    session.type_text("kafka").await;
    session.press("enter j").await;
    let before = (place(&session), session.screen());
    session.press("y").await;
    session.until_text("kind: Deployment").await;
    session.sees("name: kafka-2");
    session.press("esc").await;
    assert_eq!((place(&session), session.screen()), before);
    // The next Esc takes the filter.
    session.press("esc").await;
    session.sees("Deployments 16");
}

#[tokio::test(start_paused = true)]
async fn the_logs_of_a_deployment_are_those_of_all_its_pods() {
    let mut session = Session::live().await;
    session.press("l").await;
    session.until_text("following").await;
    session.sees("Logs of deployment/api-status-blue");
    session.sees("3 streams");
    session.press("esc").await;
    session.sees("1 Deployments");
    // Its stream ended with it.
    assert!(session.state().operations.open().next().is_none(), "{:?}", session.state().operations);
}

#[tokio::test(start_paused = true)]
async fn logs_follow_and_stay_where_one_reads() {
    let mut session = Setup::default().size(100, 12).live().await;
    session.press("l").await;
    session.until_text("following").await;
    session.run_for(Duration::from_mins(1)).await;
    let count = |session: &Session| -> usize {
        // `line 12/345, following`.
        let line = session.line(1);
        let total = line.split('/').next_back().unwrap().split(',').next().unwrap().to_owned();
        total.replace(',', "").parse().unwrap_or_else(|_| panic!("no count in {line}"))
    };
    let before = count(&session);
    session.run_for(Duration::from_mins(2)).await;
    assert!(count(&session) > before, "new lines come by themselves");
    session.press("k").await;
    session.sees("paused here");
    let reading = session.line(3);
    session.run_for(Duration::from_mins(2)).await;
    assert_eq!(session.line(3), reading, "who reads keeps the lines before the eyes");
    session.press("f").await;
    session.sees("following");
    assert_ne!(session.line(3), reading);
}

#[tokio::test(start_paused = true)]
async fn logs_have_times_wrap_and_search() {
    let mut session = Setup::default().size(60, 16).live().await;
    session.press("l").await;
    session.until_text("following").await;
    session.run_for(Duration::from_mins(1)).await;
    session.sees_no("\n   11-21 ");
    session.press("t").await;
    session.sees("\n   11-21 0");
    session.press("u").await;
    assert!(session.line(3)[..23].ends_with("Z "), "{}", session.line(3));
    session.press("u").await;
    session.sees("…");
    session.press("w").await;
    assert!(!session.screen().lines().skip(2).any(|line| line.contains('…')), "{}", session.screen());
    session.press("w t g /").await;
    session.type_text("/[/").await;
    assert!(session.line(-1).contains("search"), "{}", session.line(-1));
    assert!(session.state().search_error().is_some());
    session.press("esc /").await;
    session.type_text("error").await;
    session.press("enter").await;
    session.press("n").await;
    session.sees("match ");
    session.sees("\"error\"");
    assert_ne!(session.style_of("error"), session.style_of("level"), "a match is highlighted");
    session.press("C").await;
    session.sees("line 0/0");
}

#[tokio::test(start_paused = true)]
async fn a_container_that_has_not_started_has_no_log_and_the_screen_says_why() {
    let mut session = Session::live().await;
    session.press("j j tab g l").await;
    session.until_text("waiting: ImagePullBackOff").await;
    session.sees_no("interrupted");
    session.sees_no("Is this address really");
    session.press("esc").await;
    session.sees("2 Pods of checkout");
    session.sees_no("unexpected answer");
}

#[tokio::test(start_paused = true)]
async fn the_previous_run_of_a_container_that_crashes() {
    let mut session = Session::live().await;
    session.press("/").await;
    session.type_text("orders").await;
    session.press("enter enter p").await;
    session.until_text("(previous run)").await;
    session.until_text("ended").await;
    session.press("p").await;
    session.sees("this is that log");
    // From the log of this run as well.
    session.press("esc l").await;
    session.until("the log of this run", |screen| screen.contains("Log of orders")).await;
    session.sees_no("(previous run)");
    session.press("p").await;
    session.until_text("(previous run)").await;
}

#[tokio::test(start_paused = true)]
async fn yaml_is_searched_and_follows_its_object() {
    let mut session = Setup::default().size(100, 20).live().await;
    session.press("y").await;
    session.until_text("apiVersion: apps/v1").await;
    session.sees("line 1/");
    session.sees_no("managedFields");
    session.press("/").await;
    session.type_text("replicas").await;
    session.press("enter").await;
    session.sees("replicas: 3");
    let store = session.cluster.store().clone();
    store
        .update(resource::DEPLOYMENTS, "production", "api-status-blue", |object| {
            object["spec"]["replicas"] = json!(4);
            Ok(())
        })
        .unwrap();
    session.until_text("replicas: 4").await;
    store
        .delete(
            resource::DEPLOYMENTS,
            "production",
            "api-status-blue",
            &dogwatch::demo::store::DeleteOptions::default(),
        )
        .unwrap();
    session.until_text("gone: this is how it was").await;
    session.sees("replicas: 4");
}

#[tokio::test(start_paused = true)]
async fn a_service_goes_down_to_its_pods() {
    let mut session = Session::live().await;
    session.press("3 g enter").await;
    session.sees("2 Pods of svc api-status 3");
    assert_eq!(session.state().home.focus as usize, 1);
    session.press("esc").await;
    assert_eq!(session.state().home.focus as usize, 2);
}

#[tokio::test(start_paused = true)]
async fn a_name_is_copied() {
    let mut session = Session::live().await;
    session.press("j c").await;
    // Where there is no clipboard the message says so; nothing is lost silently.
    session
        .until("an answer", |screen| {
            screen.contains("copied api-status-green") || screen.contains("not copied")
        })
        .await;
}
