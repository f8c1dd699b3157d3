//! What rows show of other objects: what pods put on nodes, who mounts a claim, where routes lead; and events by reason.

use dogwatch::demo::resource::{ENDPOINTSLICES, NODES, PODS};
use dogwatch::demo::store::DeleteOptions;
use serde_json::{Value, json};

use crate::harness::{Session, Setup};
use crate::snapshots::picture;

/// Opens a kind by a name and waits until its rows follow the cluster.
async fn open(session: &mut Session, name: &str, title: &str) {
    session.command(name).await;
    let read = |screen: &str| {
        screen.lines().nth(1).is_some_and(|line| {
            line.trim_start().starts_with(title) && !line.contains('?') && !line.contains("so far")
        })
    };
    session.until(title, read).await;
}

fn pod(namespace: &str, name: &str, node: &str, cpu: &str) -> Value {
    json!({"metadata": {"name": name, "namespace": namespace},
        "spec": {"nodeName": node, "containers": [
            {"name": "c", "image": "i:1", "resources": {"requests": {"cpu": cpu, "memory": "1Gi"}}}]},
        "status": {"phase": "Running"}})
}

/// Pods on a node that have not ended, in all namespaces.
fn on_node(session: &Session, node: &str) -> usize {
    let pods = session.cluster.store().list(PODS, None).1;
    let ended = |value: &Value| matches!(value["status"]["phase"].as_str(), Some("Succeeded" | "Failed"));
    pods.iter().filter(|pod| pod.value()["spec"]["nodeName"] == node && !ended(&pod.value())).count()
}

/// How often the pods of all namespaces were asked for.
fn asked_for_all_pods(session: &Session) -> usize {
    let all = session.cluster.requests();
    all.iter().filter(|one| one.path_and_query.starts_with("/api/v1/pods?")).count()
}

fn old_kubelet(session: &Session) {
    let change = |node: &mut Value| {
        node["status"]["nodeInfo"]["kubeletVersion"] = "v1.32.4".into();
        Ok(())
    };
    session.cluster.store().update(NODES, "", "node-2", change).unwrap();
}

#[tokio::test(start_paused = true)]
async fn nodes_say_their_skew_and_what_is_on_them() {
    for (name, width, height) in [("nodes-wide-80x24", 80, 24), ("nodes-wide-200x50", 200, 50)] {
        let mut session = Setup::default().size(width, height).live().await;
        old_kubelet(&session);
        open(&mut session, "no", "Nodes 5").await;
        session.until_text("v1.32.4 (-4)").await;
        session.sees_no("PODS");
        assert_eq!(asked_for_all_pods(&session), 0, "nobody looks at what pods do to nodes");
        session.press("ctrl-w").await;
        if width > 100 {
            session.until_text(&format!(" {}/110", on_node(&session, "node-2"))).await;
        }
        assert!(asked_for_all_pods(&session) > 0);
        picture(name, &session);
    }
}

#[tokio::test(start_paused = true)]
async fn a_pod_of_another_namespace_counts_on_its_node_as_it_comes_and_goes() {
    let mut session = Setup::default().size(200, 30).live().await;
    open(&mut session, "no", "Nodes 5").await;
    session.press("ctrl-w").await;
    let before = on_node(&session, "node-2");
    session.until_text(&format!(" {before}/110")).await;
    let shares = |session: &Session| session.line_with("node-2");
    let alone = shares(&session);
    let store = session.cluster.store().clone();
    store.create(PODS, pod("staging", "heavy", "node-2", "8")).unwrap();
    session.until_text(&format!(" {}/110", before + 1)).await;
    assert_ne!(shares(&session), alone, "it asks for CPU and memory");
    store.delete(PODS, "staging", "heavy", &DeleteOptions::now()).unwrap();
    session.until_text(&format!(" {before}/110")).await;
    // All namespaces are in scope: the same numbers, of one watch.
    session.command("no all").await;
    session.until_text(&format!(" {before}/110")).await;
}

#[tokio::test(start_paused = true)]
async fn what_is_on_nodes_is_not_known_where_pods_of_all_namespaces_are_forbidden() {
    let mut session = Setup::default().size(200, 30).live().await;
    session.faults().deny_across("list", "pods");
    session.faults().deny_across("watch", "pods");
    open(&mut session, "no", "Nodes 5").await;
    session.press("ctrl-w").await;
    session.until_text("what is on nodes is not known").await;
    session.sees("?/110");
    session.sees("node-5");
    session.press("esc").await;
    session.sees("Deployments 16");
    session.sees_no("stale");
}

#[tokio::test(start_paused = true)]
async fn a_claim_says_which_pods_mount_it() {
    let mut session = Setup::default().size(80, 24).live().await;
    open(&mut session, "pvc production", "PersistentVolumeClaims 1").await;
    session.until_text("db-6968bd9cc8").await;
    picture("claims-80x24", &session);
    let mut more = pod("production", "aaa-reader", "node-2", "1");
    more["spec"]["volumes"] = json!([{"name": "data", "persistentVolumeClaim": {"claimName": "db-data"}}]);
    let store = session.cluster.store().clone();
    store.create(PODS, more).unwrap();
    session.until_text("aaa-reader +1").await;
    store.delete(PODS, "production", "aaa-reader", &DeleteOptions::now()).unwrap();
    session.until_no("aaa-reader").await;
    session.sees("db-6968bd9cc8");
    open(&mut session, "pvc staging", "PersistentVolumeClaims 1").await;
    session.sees("<none>");
}

#[tokio::test(start_paused = true)]
async fn faults_of_ingresses_follow_the_endpoints_alone() {
    let mut session = Setup::default().size(120, 30).live().await;
    open(&mut session, "ing", "Ingresses 2").await;
    session.press("!").await;
    session.until_text("Ingresses 1/2").await;
    session.sees("1 failing");
    let slice = json!({"metadata": {"name": "basket-x", "namespace": "production",
            "labels": {"kubernetes.io/service-name": "basket"}},
        "addressType": "IPv4", "ports": [],
        "endpoints": [{"addresses": ["10.9.9.9"], "conditions": {"ready": true}}]});
    let store = session.cluster.store().clone();
    store.create(ENDPOINTSLICES, slice).unwrap();
    session.until_text("Ingresses 0/2").await;
    session.sees_no("failing");
    store.delete(ENDPOINTSLICES, "production", "basket-x", &DeleteOptions::now()).unwrap();
    session.until_text("Ingresses 1/2").await;
    session.sees("1 failing");
}

#[tokio::test(start_paused = true)]
async fn what_matters_most_is_seen_at_80_columns() {
    let mut session = Setup::default().size(80, 24).live().await;
    open(&mut session, "cj", "CronJobs 2").await;
    for text in ["NEXT RUN", "LAST RESULT", "suspended"] {
        session.sees(text);
    }
    picture("cronjobs-80x24", &session);
    open(&mut session, "ing", "Ingresses 2").await;
    session.sees("old.example.io/basket -> basket dead end");
    picture("ingresses-80x24", &session);
}

#[tokio::test(start_paused = true)]
async fn a_very_long_name_leaves_the_other_columns_on_the_screen() {
    let name = format!("very-long-{}", "x".repeat(53));
    let mut session = Setup::default().size(80, 24).live().await;
    session.press("2").await;
    session.cluster.store().create(PODS, pod("production", &name, "node-2", "1")).unwrap();
    session.press("=").await;
    session.press("/").await;
    session.type_text("very-long").await;
    session.press("enter").await;
    session.until_text("very-long-xxx").await;
    session.sees("xxx…");
    for title in ["READY", "STATUS", "AGE"] {
        session.sees(title);
    }
    session.sees_no(&name);
    // The whole name is on the description.
    session.press("d").await;
    session.until_text(&name).await;
}

#[tokio::test(start_paused = true)]
async fn events_by_reason_and_back() {
    for (name, width, height) in [("events-by-reason-80x24", 80, 24), ("events-by-reason-200x50", 200, 50)] {
        let mut session = Setup::default().size(width, height).live().await;
        open(&mut session, "ev", "Events").await;
        let all = session.state().cache.table(dogwatch::model::record::Kind::Event).len();
        session.press("#").await;
        session.until_text("Events by reason").await;
        picture(name, &session);
        session.command("edit").await;
        session.until_text("this line is a group of events, no object").await;
        session.run_for(std::time::Duration::from_secs(30)).await;
        session.press("/").await;
        session.type_text("backoff").await;
        session.press("enter").await;
        session.until_text("BackOff").await;
        // Nothing of an object is done to a line that stands for many.
        session.press("y").await;
        session.sees("Events by reason");
        session.press("enter").await;
        session.until_text("Events of BackOff of pods").await;
        session.press("#").await;
        session.until_text("these are of one line already").await;
        session.press("esc").await;
        session.until_text("Events by reason").await;
        session.sees("filter backoff");
        session.press("esc").await;
        session.press("#").await;
        session.until_no("by reason").await;
        session.sees(&format!("Events {all}"));
    }
}

#[tokio::test(start_paused = true)]
async fn a_group_follows_its_events() {
    let mut session = Setup::default().size(120, 30).live().await;
    open(&mut session, "ev", "Events").await;
    session.press("#").await;
    session.until_text("Events by reason").await;
    let event = |at: usize| {
        json!({"metadata": {"name": format!("odd-{at}"), "namespace": "production"},
        "type": "Warning", "reason": "OddThing", "message": format!("odd thing {at}"), "count": 3,
        "involvedObject": {"kind": "Pod", "namespace": "production", "name": format!("pod-{at}")},
        "firstTimestamp": "2026-11-21T02:00:31Z", "lastTimestamp": "2026-11-21T02:00:31Z"})
    };
    let store = session.cluster.store().clone();
    let events = dogwatch::demo::resource::EVENTS;
    store.create(events, event(1)).unwrap();
    session.until_text("OddThing").await;
    session.sees("pod/pod-1");
    store.create(events, event(2)).unwrap();
    session.until_text("odd thing 2").await;
    session.sees("2 pods");
    assert!(session.line_with("OddThing").contains(" 6 "), "{}", session.line_with("OddThing"));
    store.delete(events, "production", "odd-1", &DeleteOptions::now()).unwrap();
    store.delete(events, "production", "odd-2", &DeleteOptions::now()).unwrap();
    session.until_no("OddThing").await;
}

#[tokio::test(start_paused = true)]
async fn events_on_a_narrow_screen_are_their_messages() {
    let mut session = Setup::default().size(80, 24).live().await;
    session.press("0").await;
    session.until_live().await;
    open(&mut session, "ev", "Events").await;
    session.press("/").await;
    session.type_text("FailedScheduling").await;
    session.press("enter").await;
    session.until_text("Warning FailedScheduling: pod/thumbnails-").await;
    // The title is where the column begins: half of the width is left for it.
    let head = session.line_with(" MESSAGE");
    assert!(head.find("MESSAGE").is_some_and(|at| at <= 42), "{head}");
    session.sees_no("NAMESPACE");
    session.sees("in production");
    session.sees("0/5 nodes are available: ");
    session.sees("node(s) had untolerated taint");
    picture("events-80x24", &session);
}
