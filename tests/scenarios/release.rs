//! The release screen: what it shows of a rollout, and what is done from it.

use std::time::Duration;

use dogwatch::demo::resource;

use crate::harness::{Session, Setup};
use crate::steer::{changes, read_the_plan};

async fn on(session: &mut Session, name: &str) {
    session.press("1 /").await;
    session.type_text(name).await;
    session.press("enter g").await;
    session.run_for(Duration::from_millis(200)).await;
    session.press("R").await;
    session.until_text("current").await;
}

#[tokio::test(start_paused = true)]
async fn a_stuck_rollout_is_shown_with_both_sides_and_rolled_back_to_a_chosen_revision() {
    let mut session = Setup::default().size(120, 40).writes().live().await;
    on(&mut session, "checkout").await;
    session.sees("Release of deployment/checkout");
    session.sees("stuck, no progress for");
    session.sees("new    4");
    session.sees("ImagePullBackOff");
    session.sees("3 of 3, 3 ready");
    session.sees("serving: svc checkout 3/4");
    session.sees("events ");
    // The first revision below the two that have pods.
    let history = session.cluster.store().list(resource::REPLICASETS, Some("production")).1;
    assert!(history.iter().filter(|set| set.name.starts_with("checkout-")).count() >= 3);
    session.press("G enter").await;
    read_the_plan(&mut session).await;
    session.sees("PLAN  roll back deployment/checkout");
    session.sees("--to-revision=");
    session.press("esc").await;
    session.sees("Release of deployment/checkout");
    session.press("u").await;
    read_the_plan(&mut session).await;
    session.press("y").await;
    session.until_text("done: successfully rolled out").await;
    session.sees("Release of deployment/checkout");
    session.until_text("revision 5").await;
    assert_eq!(changes(&session).len(), 1);
    session.press("esc").await;
    session.sees("1 Deployments");
    assert!(
        session.state().operations.open().count() < 10,
        "what it followed has ended: {:?}",
        session.state().operations
    );
}

#[tokio::test(start_paused = true)]
async fn another_image_is_chosen_or_typed() {
    let mut session = Setup::default().size(120, 40).writes().live().await;
    on(&mut session, "users-v2").await;
    session.press("i").await;
    session.sees("Image");
    session.sees("revision 1");
    session.type_text(":2.1.1").await;
    session.press("enter").await;
    read_the_plan(&mut session).await;
    session.sees("users:2.1.1");
    session.press("y").await;
    session.until_text("done: successfully rolled out").await;
    let object = session.cluster.store().get(resource::DEPLOYMENTS, "production", "users-v2").unwrap();
    let image =
        object.value()["spec"]["template"]["spec"]["containers"][0]["image"].as_str().unwrap().to_owned();
    assert!(image.ends_with("users:2.1.1"), "{image}");
    assert_eq!(changes(&session).len(), 1);
}

#[tokio::test(start_paused = true)]
async fn pausing_and_resuming_is_one_key() {
    let mut session = Setup::default().size(120, 40).writes().live().await;
    on(&mut session, "users-v2").await;
    for (said, word) in [("paused: nothing is rolled out", "pause"), ("successfully rolled out", "resume")] {
        session.press("P").await;
        read_the_plan(&mut session).await;
        session.sees(&format!("PLAN  {word} deployment/users-v2"));
        session.press("y").await;
        session.until_text(&format!("{word} deployment/users-v2: done")).await;
        session.until_text(said).await;
    }
}

#[tokio::test(start_paused = true)]
async fn it_opens_from_a_pod_and_leads_to_its_containers() {
    let mut session = Setup::default().size(120, 40).live().await;
    session.press("1 /").await;
    session.type_text("web").await;
    session.press("enter g 2 R").await;
    session.until_text("current").await;
    session.sees("Release of deployment/web");
    session.press("j enter").await;
    session.until_text("Containers of Pod production/web-").await;
    session.press("esc").await;
    session.sees("Release of deployment/web");
    session.press("g enter").await;
    session.sees("read-only: roll back needs patch deployments.apps");
}

#[tokio::test(start_paused = true)]
async fn pictures() {
    for (width, height) in [(80, 24), (200, 50)] {
        for plain in [false, true] {
            let setup = Setup::default().size(width, height).writes();
            let mut session = if plain { setup.plain() } else { setup }.live().await;
            on(&mut session, "checkout").await;
            let mono = if plain { "-mono" } else { "" };
            session.run_for(Duration::from_secs(1)).await;
            crate::snapshots::picture(&format!("release{mono}-{width}x{height}"), &session);
            session.press("u").await;
            read_the_plan(&mut session).await;
            crate::snapshots::picture(&format!("rollback{mono}-{width}x{height}"), &session);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_stateful_set_is_rolled_back_by_its_controller_revisions() {
    let mut session = Setup::default().size(120, 40).writes().live().await;
    session.command("sts").await;
    session.until_text("StatefulSets").await;
    session.until_text("1/1").await;
    // It has two containers: the first is chosen.
    session.press("i").await;
    session.sees("Container");
    session.press("enter").await;
    session.type_text(":1.6.99").await;
    session.press("enter").await;
    read_the_plan(&mut session).await;
    session.sees("1 is replaced");
    session.press("y").await;
    session.until_text("done: rolling update complete").await;
    session.press("R").await;
    session.until_text("current").await;
    session.sees("Release of statefulset/");
    session.press("u").await;
    read_the_plan(&mut session).await;
    session.sees("rollout undo statefulset/");
    session.sees("1.6.99 -> ");
    session.press("y").await;
    session.until_text("roll back statefulset/").await;
    session.until_text("done: rolling update complete").await;
    let sets = session.cluster.store().list(resource::STATEFULSETS, Some("production")).1;
    assert!(!sets[0].value()["spec"]["template"].to_string().contains("1.6.99"));
    assert_eq!(changes(&session).len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_daemon_set_restarts_and_its_pods_are_a_table_of_their_own() {
    let mut session = Setup::default().size(120, 40).namespace("kube-system").writes().live().await;
    session.command("ds").await;
    session.until_text("DaemonSets").await;
    session.until_text("NODE SELECTOR").await;
    session.press("enter").await;
    session.until_text("Pods of daemonset/").await;
    session.press("esc").await;
    session.sees("DaemonSets");
    session.press("r").await;
    read_the_plan(&mut session).await;
    session.sees("node by node");
    session.press("y").await;
    session.until_text("restart daemonset/").await;
    session.run_for(Duration::from_secs(5)).await;
    let sets = session.cluster.store().list(resource::DAEMONSETS, Some("kube-system")).1;
    assert!(sets.iter().any(|set| set.value()["spec"]["template"].to_string().contains("restartedAt")));
}

#[tokio::test(start_paused = true)]
async fn every_size_is_drawn() {
    let mut session = Setup::default().size(120, 40).writes().live().await;
    on(&mut session, "checkout").await;
    // The release screen, a plan, its requests, a value that is asked for, images, the journal.
    for keys in ["", "u", "p", "esc s", "esc i", "esc J"] {
        session.press_all(keys).await;
        session.run_for(Duration::from_secs(1)).await;
        for (width, height) in (1..=200_u16)
            .step_by(7)
            .flat_map(|width| (1..=50_u16).step_by(3).map(move |height| (width, height)))
        {
            let mut buffer =
                ratatui::buffer::Buffer::empty(ratatui::layout::Rect { x: 0, y: 0, width, height });
            dogwatch::screen::draw(session.state(), session.app.now(), &mut buffer);
        }
        for (width, height) in [(1, 1), (2, 3), (20, 5), (80, 24), (120, 40)] {
            session.resize(width, height).await;
            session.press("down up").await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn the_rollout_of_a_service_is_that_of_the_workload_behind_it() {
    for (service, keys, said) in [
        ("checkout", "", &["Release of deployment/checkout"][..]),
        ("memcached", "", &["Release of statefulset/memcached", "memcached-0"]),
        (
            "frontend",
            "",
            &[
                "Release of",
                "> deployment/frontend ",
                "3/3 ready",
                "deployment/frontend-canary ",
                "1/1 ready",
            ],
        ),
        ("frontend", "down enter", &["Release of deployment/frontend-canary"]),
        ("frontend", "esc", &["3 Services"]),
    ] {
        let mut session = Setup::default().size(120, 40).live().await;
        session.press("3 /").await;
        session.type_text(service).await;
        session.press("enter g").await;
        session.run_for(Duration::from_millis(200)).await;
        session.sees("rollout");
        session.press("R").await;
        if !keys.is_empty() {
            session.press(keys).await;
        }
        session.run_for(Duration::from_secs(1)).await;
        for said in said {
            session.sees(said);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn the_rollout_of_a_service_of_a_daemon_set_is_that_daemon_sets() {
    let mut session = Setup::default().size(120, 40).live().await;
    let service = serde_json::json!({"apiVersion": "v1", "kind": "Service",
        "metadata": {"name": "proxies", "namespace": "kube-system"},
        "spec": {"clusterIP": "None", "selector": {"k8s-app": "kube-proxy"}, "ports": [{"port": 10_249}]}});
    session.cluster.store().create(resource::SERVICES, service).unwrap();
    session.press(":").await;
    session.type_text("ns kube-system").await;
    session.press("enter 3 /").await;
    session.type_text("proxies").await;
    session.press("enter g").await;
    session.run_for(Duration::from_secs(1)).await;
    session.press("R").await;
    session.until_text("Release of daemonset/kube-proxy").await;
}

#[tokio::test(start_paused = true)]
async fn what_is_done_on_the_release_of_a_service_is_done_with_its_workload() {
    let mut session = Setup::default().size(120, 40).writes().live().await;
    session.press("3 /").await;
    session.type_text("memcached").await;
    session.press("enter g R").await;
    session.until_text("memcached-0").await;
    // Its kind is watched by this screen alone.
    session.press("r").await;
    session.until_text("restart statefulset/memcached").await;
    session.until_text("1 is replaced").await;
}
