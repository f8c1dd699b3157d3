//! One namespace, several, and what stands in for all.

use std::time::Duration;

use dogwatch::demo::store::DeleteOptions;
use dogwatch::demo::{Cluster, resource};

use serde_json::json;

use crate::harness::{Session, Setup, is_live, story};
use crate::snapshots::picture;

/// A pod that is scheduled nowhere.
fn pod(namespace: &str, name: &str) -> serde_json::Value {
    json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {"name": name, "namespace": namespace},
        "spec": {"nodeName": "node-1", "containers": [{"name": "main", "image": "extra:1"}]},
    })
}

#[tokio::test(start_paused = true)]
async fn several_namespaces_are_one_table_and_each_lists_only_its_own() {
    let mut session = Setup::default().size(160, 40).live().await;
    session.command("ns production,staging").await;
    session.until_live().await;
    assert!(session.line(0).starts_with(" demo / production,staging"), "{}", session.screen());
    session.command("po").await;
    session.until_text("NAMESPACE").await;
    session.until_live().await;
    session.sees("production");
    session.sees_no("kube-system");
    // Something comes and goes in either, and a new list of one does not take the rows of the other.
    let store = session.cluster.store().clone();
    for namespace in ["production", "staging"] {
        store.create(resource::PODS, pod(namespace, &format!("aaa-{namespace}"))).unwrap();
    }
    session.press("/").await;
    session.type_text("aaa").await;
    session.press("enter").await;
    session.until_text("aaa-production").await;
    session.until_text("aaa-staging").await;
    store.delete(resource::PODS, "staging", "aaa-staging", &DeleteOptions::now()).unwrap();
    session.until_no("aaa-staging").await;
    session.faults().cut_all();
    session.run_for(Duration::from_secs(10)).await;
    session.until_live().await;
    session.sees("aaa-production");
    // One of them alone, and both again.
    session.command("ns production").await;
    session.until_live().await;
    session.until_text("aaa-production").await;
    session.sees_no("NAMESPACE");
    session.command("ns production,staging").await;
    session.until_live().await;
    session.until_text("NAMESPACE").await;
    session.sees("aaa-production");
}

#[tokio::test(start_paused = true)]
async fn patterns_are_the_namespaces_that_match() {
    for (name, size) in [("namespaces-several-80x24", (80, 24)), ("namespaces-several-200x50", (200, 50))] {
        let mut session = Setup::default().size(size.0, size.1).live().await;
        session.command("ns *t*").await;
        session.until("the scope", |screen| screen.starts_with(" demo / *t*")).await;
        session.until_live().await;
        session.command("deploy").await;
        session.until_text("NAMESPACE").await;
        session.until_live().await;
        session.sees("production");
        picture(name, &session);
        session.command("ns x*y").await;
        session.until_text("no namespace matches x*y").await;
        // There and back again.
        session.press("0").await;
        session.until("all", |screen| screen.starts_with(" demo / all namespaces")).await;
        session.press("0").await;
        session.until("the scope", |screen| screen.starts_with(" demo / *t*")).await;
    }
}

/// Makes a namespace, or deletes it with what is in it.
fn namespace(session: &Session, name: &str, there: bool) {
    let store = session.cluster.store();
    if there {
        let object = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}});
        store.create(resource::NAMESPACES, object).unwrap();
        store.create(resource::PODS, pod(name, &format!("aaa-{name}"))).unwrap();
    } else {
        store.delete(resource::PODS, name, &format!("aaa-{name}"), &DeleteOptions::now()).unwrap();
        store.delete(resource::NAMESPACES, "", name, &DeleteOptions::now()).unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn a_namespace_that_comes_and_matches_joins_and_one_that_is_deleted_leaves() {
    let mut session = Setup::default().size(160, 40).live().await;
    namespace(&session, "team-a", true);
    session.command("ns team-*").await;
    // One that matches alone is shown by the pattern too.
    session.until("the scope", |screen| screen.starts_with(" demo / team-*")).await;
    session.until_live().await;
    session.command("po").await;
    session.until_text("aaa-team-a").await;
    namespace(&session, "team-b", true);
    namespace(&session, "other", true);
    session.until_text("aaa-team-b").await;
    session.sees("namespaces of team-*: team-b joined");
    session.until_live().await;
    session.sees("Pods 2");
    // The cursor stays where it is while one leaves.
    session.press("j").await;
    namespace(&session, "team-a", false);
    session.until_text("namespaces of team-*: team-a gone").await;
    session.until_text("Pods 1").await;
    session.sees("> team-b");
    namespace(&session, "team-b", false);
    session.until_text("no namespace matches team-* any more").await;
    assert!(session.line(0).starts_with(" demo / team-*"), "{}", session.screen());
    // One comes again, after the watch was cut too.
    session.faults().cut_all();
    namespace(&session, "team-c", true);
    session.until_text("aaa-team-c").await;
    session.until_live().await;
    // A name that is typed is no pattern: nobody joins.
    session.command("ns team-c,other").await;
    session.until_text("aaa-other").await;
    namespace(&session, "team-d", true);
    session.run_for(Duration::from_secs(5)).await;
    session.sees_no("team-d");
}

#[tokio::test(start_paused = true)]
async fn kinds_without_namespaces_come_again_after_the_namespace_changed() {
    let mut session = Setup::default().size(160, 40).live().await;
    session.command("no").await;
    session.until_text("node-1").await;
    session.press("esc").await;
    session.command("ns staging").await;
    session.until_live().await;
    session.command("no").await;
    session.until_text("node-1").await;
    session.until_live().await;
}

#[tokio::test(start_paused = true)]
async fn the_list_opens_on_the_namespace_that_is_shown() {
    let mut session = Setup::default().size(100, 30).live().await;
    for (go, at) in [("staging", "staging"), ("all", "all"), ("production", "production"), ("*t*", "*t*")] {
        session.command(&format!("ns {go}")).await;
        session.until_live().await;
        session.command("ns").await;
        session.until_text("kube-system").await;
        let line = session.line_with("\u{2502}> ");
        assert!(line.split_whitespace().any(|word| word == at), "{go}: {line}\n{}", session.screen());
        // Nobody is moved by Enter alone.
        let before = session.line(0);
        session.press("enter").await;
        session.until_live().await;
        assert_eq!(session.line(0), before);
    }
}

#[tokio::test(start_paused = true)]
async fn one_of_several_that_is_forbidden_is_told_and_the_others_stay() {
    let mut session = Setup::default().size(160, 40).live().await;
    session.faults().deny("*", "pods", "staging");
    session.command("ns production,staging").await;
    session.command("po").await;
    session.until_text("list pods in namespace staging").await;
    session.until_text("api-status-blue-").await;
    assert!(!is_live(&session.screen()), "{}", session.screen());
    session.faults().clear();
    session.until_live().await;
}

#[tokio::test(start_paused = true)]
async fn without_the_right_to_list_namespaces_the_known_ones_are_offered() {
    let mut session = Setup::default().size(120, 30).live().await;
    session.faults().deny("list", "namespaces", "");
    session.command("ns staging").await;
    session.until_live().await;
    session.command("ns production").await;
    session.until_live().await;
    session.command("ns").await;
    session.until_text("a name that is typed works all the same").await;
    session.sees("staging");
    session.press("esc").await;
    session.command("ns st*").await;
    session.until("the only one", |screen| screen.starts_with(" demo / staging")).await;
    session.until_live().await;
}

async fn across(verbs: &[&str]) -> Cluster {
    let cluster = story(false).await;
    for verb in verbs {
        cluster.faults().deny_across("*", verb);
    }
    cluster
}

#[tokio::test(start_paused = true)]
async fn what_may_not_be_listed_everywhere_is_shown_where_it_may() {
    let cluster = across(&["configmaps"]).await;
    let mut session = Setup::default().size(160, 30).cluster(&cluster).live().await;
    session.command("ns all").await;
    session.until_live().await;
    session.command("cm").await;
    session.until_text("ConfigMaps 2  in production alone").await;
    session.until_live().await;
    session.press("m").await;
    session.sees("configmaps of all namespaces: forbidden");
    session.press("esc").await;
    // Everything else still is of all namespaces.
    assert!(session.line(0).starts_with(" demo / all namespaces"), "{}", session.screen());
    session.command("ns production").await;
    session.until_live().await;
    session.sees("ConfigMaps 2");
    session.sees_no("alone");
}

#[tokio::test(start_paused = true)]
async fn who_may_list_nothing_everywhere_gets_the_context_s_namespace() {
    let cluster = across(&["deployments", "pods", "replicasets", "services", "endpointslices"]).await;
    let mut session = Setup::default().size(160, 30).cluster(&cluster).live().await;
    session.command("ns all").await;
    session
        .until("the fall back", |screen| {
            screen.starts_with(" demo / production") && screen.contains("is shown instead")
        })
        .await;
    session.until_live().await;
    session.sees("Deployments 16");
}

#[tokio::test(start_paused = true)]
async fn favourites_and_recent_ones_come_first() {
    for (name, size) in [("namespaces-80x24", (80, 24)), ("namespaces-200x50", (200, 50))] {
        let dir = tempfile::tempdir().unwrap();
        let mut session = Setup::default().size(size.0, size.1).notes(dir.path()).live().await;
        session.command("ns staging").await;
        session.until_live().await;
        session.command("ns").await;
        session.until_text("kube-system").await;
        session.type_text("kube-system").await;
        session.press("ctrl-f").await;
        session.sees("favourite");
        session.press("esc").await;
        drop(session);
        // It is known to the next session, which begins where this one was.
        let mut session: Session = Setup::default().size(size.0, size.1).notes(dir.path()).live().await;
        assert!(session.line(0).starts_with(" demo / staging"), "{}", session.screen());
        session.command("ns").await;
        session.until_text("production").await;
        picture(name, &session);
        let screen = session.screen();
        let at = |text: &str| screen.lines().skip(2).position(|line| line.contains(text)).unwrap();
        assert!(at("kube-system") < at("here  recent"), "{screen}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_session_opens_where_the_one_before_was() {
    let dir = tempfile::tempdir().unwrap();
    let mut session = Setup::default().size(120, 30).notes(dir.path()).live().await;
    session.command("cj kube-system,production /nightly").await;
    session.until_text("CronJobs 1/2").await;
    drop(session);
    let mut session = Setup::default().size(120, 30).notes(dir.path()).start().await;
    session.until_text("CronJobs 1/2  filter nightly").await;
    assert!(session.line(0).starts_with(" demo / kube-system,production"), "{}", session.screen());
    // What is left by Esc is the home screen, and that is where the next one begins.
    session.press("esc esc").await;
    session.command("ns staging").await;
    drop(session);
    let session = Setup::default().size(120, 30).notes(dir.path()).live().await;
    session.sees("Deployments");
    assert!(session.line(0).starts_with(" demo / staging"), "{}", session.screen());
}

#[tokio::test(start_paused = true)]
async fn a_filter_stays_when_the_namespaces_change() {
    let mut session = Setup::default().size(160, 40).namespace("staging").live().await;
    // The pattern is matched when the namespaces have been read: after the table has its filter.
    session.command("pods prod* /status=CrashLoopBackOff").await;
    session.until("its namespaces", |screen| screen.starts_with(" demo / prod*")).await;
    session.until_live().await;
    session.sees("Pods 2/");
    session.sees("filter status=CrashLoopBackOff");
}
