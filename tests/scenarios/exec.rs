//! Getting into containers from the screen: who is meant, what is asked, refused, said and written down.

use std::time::Duration;

use dogwatch::app::Leave;
use dogwatch::demo::resource;
use dogwatch::journal::Journal;
use dogwatch::model::remote::{End, Ended, Entrance, What};
use dogwatch::model::trouble::{Trouble, TroubleKind};
use serde_json::{Value, json};

use crate::harness::{Session, Setup};
use crate::journal::lines;

/// A session that may, its cursor on a pod.
async fn on_pod(setup: Setup, name: &str) -> Session {
    let mut session = setup.writes().live().await;
    session.command("po").await;
    session.until_live().await;
    session.press("/").await;
    session.type_text(name).await;
    session.press("enter").await;
    session.until("the rows", |screen| screen.contains(name)).await;
    session
}

fn entrance(session: &Session) -> Entrance {
    session.app.to_enter().unwrap().0
}

fn ended(end: End) -> Ended {
    Ended { command: vec!["bash".to_owned()], end, took: Duration::from_secs(192) }
}

fn pod(name: &str, containers: &Value, annotations: &Value) -> Value {
    let names: Vec<Value> = containers.as_array().unwrap().iter().map(|one| one["name"].clone()).collect();
    let statuses: Vec<Value> = names
        .iter()
        .map(|name| json!({"name": name, "ready": true, "state": {"running": {"startedAt": "2026-11-21T01:00:00Z"}}}))
        .collect();
    json!({
        "metadata": {"name": name, "namespace": "production", "annotations": annotations},
        "spec": {"nodeName": "node-1", "containers": containers},
        "status": {"phase": "Running", "containerStatuses": statuses},
    })
}

#[tokio::test(start_paused = true)]
async fn a_shell_in_a_pod_and_back() {
    let dir = tempfile::tempdir().unwrap();
    let journal = Journal::open(dir.path()).unwrap();
    let mut session = Box::pin(on_pod(Setup::default().journal(&journal), "api-status-blue")).await;
    let before = session.screen();
    session.press_and_leave("x", Leave::Enter).await;
    let entrance = entrance(&session);
    assert!(entrance.pod.starts_with("api-status-blue-"), "{entrance:?}");
    assert_eq!((entrance.container.as_str(), &entrance.what), ("api-status", &What::Shell));
    assert!(session.app.to_enter().unwrap().1.is_some(), "something opens it");
    session.app.left(ended(End::Exit(3))).unwrap();
    session.app.resumed().unwrap();
    session.until_text("bash ended with exit code 3 after 3m12s").await;
    // Up to the ages: coming back, the program reads the time anew.
    let frame = |screen: &str| -> Vec<String> {
        screen.lines().skip(1).take(30).map(|line| line.chars().take(66).collect()).collect()
    };
    assert_eq!(frame(&session.screen()), frame(&before), "the screen is as it was");
    session.press("J").await;
    session.until_text("exec: a shell in container api-status").await;
    let lines = lines(&mut session, &journal, 2).await;
    let outcomes: Vec<&str> = lines.iter().map(|line| line.outcome.as_str()).collect();
    assert_eq!(outcomes, ["opened", "ended"], "{lines:?}");
    assert!(lines[1].words.contains("exit code 3") && lines[1].object.starts_with("pod/api-status-blue-"));
    assert!(lines[0].requests[0].ends_with("/exec") && lines[0].values == ["container: api-status"]);
}

#[tokio::test(start_paused = true)]
async fn how_it_ended_is_told() {
    let mut session = Box::pin(on_pod(Setup::default(), "api-status-blue")).await;
    let trouble = |said: &str| Trouble {
        kind: TroubleKind::Unreachable,
        tried: String::new(),
        said: said.to_owned(),
        status: None,
        wait: None,
        missing: None,
    };
    for (end, words) in [
        (End::Exit(0), "bash ended after 3m12s"),
        (End::Lost(trouble("reset")), "connection lost after 3m12s; the command may still run"),
        (End::Left, "left after 3m12s; bash may still run"),
        (End::Failed("no shell is there".into()), "no shell is there"),
    ] {
        session.press_and_leave("x", Leave::Enter).await;
        session.app.left(ended(end)).unwrap();
        session.until_text(words).await;
    }
}

#[tokio::test(start_paused = true)]
async fn read_only_refuses_and_nothing_leaves() {
    let dir = tempfile::tempdir().unwrap();
    let journal = Journal::open(dir.path()).unwrap();
    let mut session = Setup::default().journal(&journal).live().await;
    session.command("po").await;
    session.until_live().await;
    for (keys, words) in
        [("x", "read-only: exec needs create pods/exec"), ("a", "read-only: attach needs create pods/attach")]
    {
        session.press(keys).await;
        session.until_text(words).await;
    }
    session.command("exec rm -rf /").await;
    session.sees("read-only: exec needs create pods/exec");
    session.run_for(Duration::from_secs(1)).await;
    let sent = session.cluster.requests();
    assert!(
        !sent
            .iter()
            .any(|request| ["/exec", "/attach"].iter().any(|sub| request.path_and_query.contains(sub)))
    );
    let refused = lines(&mut session, &journal, 2).await;
    assert_eq!(refused.iter().filter(|line| line.is_refusal()).count(), 2, "{refused:?}");
    assert!(session.app.to_enter().is_none());
}

#[tokio::test(start_paused = true)]
async fn several_containers_are_asked_and_a_default_is_taken() {
    let mut session = Setup::default().writes().start().await;
    let two = json!([{"name": "app", "image": "a:1"}, {"name": "proxy", "image": "p:1"}]);
    let store = session.cluster.store().clone();
    store.create(resource::PODS, pod("two-1", &two, &json!({}))).unwrap();
    let default = json!({"kubectl.kubernetes.io/default-container": "proxy"});
    store.create(resource::PODS, pod("with-default", &two, &default)).unwrap();
    session.until_live().await;
    session.command("po").await;
    session.until_live().await;
    session.press("/").await;
    session.type_text("two-1").await;
    session.press("enter").await;
    session.until_text("2/2").await;
    session.press("x").await;
    session.until_text("Container 2/2").await;
    session.press("down").await;
    session.press_and_leave("enter", Leave::Enter).await;
    assert_eq!(entrance(&session).container, "proxy");
    session.app.left(ended(End::Exit(0))).unwrap();
    session.press("esc /").await;
    session.type_text("with-default").await;
    session.press("enter").await;
    session.press_and_leave("x", Leave::Enter).await;
    assert_eq!(entrance(&session).container, "proxy");
}

#[tokio::test(start_paused = true)]
async fn of_a_workload_the_first_ready_pod_is_meant() {
    let mut session = Setup::default().writes().live().await;
    session.press("/").await;
    session.type_text("api-status-green").await;
    session.press("enter").await;
    session.press_and_leave("x", Leave::Enter).await;
    let entrance = entrance(&session);
    assert!(entrance.pod.starts_with("api-status-green-"), "{entrance:?}");
    session.app.left(ended(End::Left)).unwrap();
    session.press("m").await;
    session.until_text("is the first ready pod of deployment/api-status-green").await;
}

#[tokio::test(start_paused = true)]
async fn a_command_is_typed() {
    let mut session = Box::pin(on_pod(Setup::default(), "api-status-blue")).await;
    session.press(":").await;
    session.type_text("exec ls -l 'a b'").await;
    session.sees("Enter: run ls -l a b");
    session.press_and_leave("enter", Leave::Enter).await;
    assert_eq!(entrance(&session).what, What::Command(["ls", "-l", "a b"].map(str::to_owned).to_vec()));
}

#[tokio::test(start_paused = true)]
async fn keys_typed_meanwhile_are_meant_for_the_shell() {
    let mut session = Box::pin(on_pod(Setup::default(), "api-status-blue")).await;
    session.press_and_leave("x l s - l enter", Leave::Enter).await;
    assert_eq!(session.app.typed_ahead().unwrap(), b"ls-l\r");
    assert_eq!(session.app.typed_ahead().unwrap(), b"", "none twice");
    session.app.left(ended(End::Exit(0))).unwrap();
    session.until_text("bash ended").await;
    session.sees_no("following");
}

#[tokio::test(start_paused = true)]
async fn what_happens_meanwhile_is_taken_in() {
    let mut session = Box::pin(on_pod(Setup::default(), "api-status-blue")).await;
    session.press_and_leave("x", Leave::Enter).await;
    let store = session.cluster.store().clone();
    let one = json!([{"name": "app", "image": "a:1"}]);
    store.create(resource::PODS, pod("api-status-blue-new", &one, &json!({}))).unwrap();
    // The screen is somebody else's.
    let frames = session.cost().0;
    let attended = tokio::time::timeout(Duration::from_mins(1), session.app.attend()).await;
    assert!(attended.is_err(), "{attended:?}");
    assert_eq!(session.cost().0, frames, "nothing is drawn");
    let known = session.state().cache.table(dogwatch::model::record::Kind::Pod);
    assert!(
        known.iter().any(|(_, record)| &*record.meta().name == "api-status-blue-new"),
        "not kept waiting"
    );
    session.app.left(ended(End::Exit(0))).unwrap();
    session.app.resumed().unwrap();
    session.until_text("api-status-blue-new").await;
}

#[tokio::test(start_paused = true)]
async fn esc_gives_up_while_the_pod_is_read() {
    let mut session = Box::pin(on_pod(Setup::default(), "api-status-blue")).await;
    session.faults().add("GET", "/pods/api-status-blue", None, dogwatch::demo::Fault::Hang);
    session.press("x l esc").await;
    session.until_text("not opened").await;
    session.press("l").await;
    session.until_text("following").await;
}

#[tokio::test(start_paused = true)]
async fn beside_needs_tmux_and_another_cluster_than_the_one_inside() {
    let mut session = Box::pin(on_pod(Setup::default(), "api-status-blue")).await;
    session.press("ctrl-x").await;
    session.sees("this terminal is not in tmux");
    session.app.state.settings.tmux = Some(dogwatch::config::Tmux::Pane);
    session.press("ctrl-x").await;
    session.sees("the embedded cluster lives in this process");
}
