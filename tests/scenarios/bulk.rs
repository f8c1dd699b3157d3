//! The same change of several marked objects, and labels and annotations in every table: one plan that names them all, one
//! request for each, and one outcome.

use std::time::Duration;

use dogwatch::demo::resource::{self, Resource};
use serde_json::Value;

use crate::harness::{Session, Setup};
use crate::snapshots::picture;
use crate::steer::{changes, read_the_plan};

fn object(session: &Session, resource: &'static Resource, namespace: &str, name: &str) -> Option<Value> {
    session.cluster.store().get(resource, namespace, name).map(|object| object.value())
}

/// Marks the deployments that a filter leaves, and takes the filter away.
async fn mark(session: &mut Session, filter: &str) {
    session.press("1 /").await;
    session.type_text(filter).await;
    session.press("enter * esc").await;
}

async fn answer(session: &mut Session, text: &str) {
    session.type_text(text).await;
    session.press("enter").await;
}

#[tokio::test(start_paused = true)]
async fn marked_deployments_are_scaled_restarted_and_taken_back() {
    let mut session = Setup::default().size(120, 40).writes().live().await;
    mark(&mut session, "kafka").await;
    session.sees("3 marked");
    session.press("s").await;
    session.sees("replicas of 3 objects:");
    session.type_text("+1").await;
    session.sees("1 -> 2, 1 -> 2, 1 -> 2");
    session.press("enter").await;
    read_the_plan(&mut session).await;
    session.sees("PLAN  scale 3 objects");
    session.sees("objects          3 objects");
    for name in ["kafka-1", "kafka-2", "kafka-3"] {
        session.sees(&format!("   deployment/{name}  in production"));
        session.sees(&format!("kubectl -n production scale deployment/{name} --replicas=2"));
    }
    session.press("y").await;
    session.until_text("scale 3 objects: done: all 3 objects").await;
    assert_eq!(changes(&session).len(), 3);
    // The marks were for this change.
    session.sees_no("marked");
    session.press("U").await;
    read_the_plan(&mut session).await;
    session.sees("takes back: scale 3 objects");
    session.press("y").await;
    session.until_text("scale 3 objects: done: all 3 objects").await;
    for name in ["kafka-1", "kafka-2", "kafka-3"] {
        let deployment = object(&session, resource::DEPLOYMENTS, "production", name).unwrap();
        assert_eq!(deployment["spec"]["replicas"], 1, "{name}");
    }
    assert_eq!(changes(&session).len(), 6);
    mark(&mut session, "kafka").await;
    session.press("r").await;
    read_the_plan(&mut session).await;
    session.press("y").await;
    session.until_text("restart 3 objects: done: all 3 objects").await;
    assert_eq!(changes(&session).len(), 9);
}

#[tokio::test(start_paused = true)]
async fn what_is_marked_and_not_shown_is_counted() {
    let mut session = Setup::default().size(120, 40).writes().live().await;
    mark(&mut session, "kafka").await;
    session.press("/").await;
    answer(&mut session, "-1").await;
    session.press("L").await;
    answer(&mut session, "tier=queue").await;
    read_the_plan(&mut session).await;
    session.sees("3 objects, 2 of them not shown by the filter");
    session.press("esc /").await;
    answer(&mut session, "users").await;
    session.press("L").await;
    answer(&mut session, "tier=queue").await;
    read_the_plan(&mut session).await;
    session.sees("3 objects, all not shown by the filter");
    session.press("esc").await;
    // Pods of another deployment than the one that is selected: what the cursor is on is not meant.
    session.press("esc ctrl-\\ g 2 space 1 j 2 L").await;
    answer(&mut session, "tier=queue").await;
    read_the_plan(&mut session).await;
    session.sees("it is marked, and not shown by the table just now");
    session.sees("PLAN  label pod/api-status-blue-");
    assert_eq!(changes(&session).len(), 0);
}

#[tokio::test(start_paused = true)]
async fn one_of_several_that_fails_is_named() {
    let mut session = Setup::default().size(120, 40).writes().live().await;
    mark(&mut session, "kafka").await;
    session.press("L").await;
    answer(&mut session, "tier=queue").await;
    read_the_plan(&mut session).await;
    let fault = dogwatch::demo::Fault::status(422);
    session.cluster.faults().add("PATCH", "deployments/kafka-2?fieldManager", Some(1), fault);
    session.press("y").await;
    session.until_text("label 3 objects: refused: 1 of 3: deployment/kafka-2:").await;
    let tier = |session: &Session, name: &str| {
        object(session, resource::DEPLOYMENTS, "production", name).unwrap()["metadata"]["labels"]["tier"]
            .clone()
    };
    assert_eq!((tier(&session, "kafka-1"), tier(&session, "kafka-3")), ("queue".into(), "queue".into()));
    assert_ne!(tier(&session, "kafka-2"), "queue");
    // What was done is taken back, what was not is not touched.
    session.sees("U takes it back");
    session.press("U").await;
    read_the_plan(&mut session).await;
    session.sees("objects          2 objects");
    session.press("y").await;
    session.until_text("label 2 objects: done: all 2 objects").await;
    assert_ne!(tier(&session, "kafka-1"), "queue");
}

#[tokio::test(start_paused = true)]
async fn several_that_go_in_a_protected_context_are_counted_by_who_confirms() {
    let mut session = Setup::default().size(120, 40).protected().live().await;
    mark(&mut session, "kafka").await;
    session.press("ctrl-d").await;
    read_the_plan(&mut session).await;
    session.sees("type 3 objects to confirm");
    session.press("y").await;
    answer(&mut session, "kafka-1").await;
    session.press("y esc").await;
    assert_eq!(changes(&session).len(), 0, "one name is not all of them");
    session.press("y").await;
    answer(&mut session, "3 objects").await;
    session.press("y").await;
    session.until_text("delete 3 objects: done: all 3 objects").await;
    assert_eq!(changes(&session).len(), 3);
    assert!(object(&session, resource::DEPLOYMENTS, "production", "kafka-2").is_none());
}

/// Labels and annotations can be set on whatever a table shows, and taken back.
#[tokio::test(start_paused = true)]
async fn labels_and_annotations_in_every_table() {
    for (typed, resource, namespace) in [
        ("po", resource::PODS, "production"),
        ("deploy", resource::DEPLOYMENTS, "production"),
        ("svc", resource::SERVICES, "production"),
        ("rs", resource::REPLICASETS, "production"),
        ("sts", resource::STATEFULSETS, "production"),
        ("ds", resource::DAEMONSETS, "kube-system"),
        ("no", resource::NODES, ""),
        ("eps", resource::ENDPOINTSLICES, "production"),
    ] {
        let scope = if namespace.is_empty() { "production" } else { namespace };
        let mut session = Setup::default().size(120, 40).namespace(scope).writes().live().await;
        session.command(typed).await;
        session.until_live().await;
        let row = session.line_with(">").trim_start_matches(['>', ' ', '+', '~']).to_owned();
        let name = row.split_whitespace().next().unwrap().to_owned();
        let before = object(&session, resource, namespace, &name)
            .unwrap_or_else(|| panic!("{typed}: {name:?}\n{}", session.screen()));
        for (key, field) in [("L", "labels"), ("@", "annotations")] {
            session.press(key).await;
            session.sees(&format!("{field} of "));
            answer(&mut session, "team.example/note=seen").await;
            read_the_plan(&mut session).await;
            session.sees("team.example/note");
            session.press("y").await;
            session.until_text("done: ").await;
            let now = object(&session, resource, namespace, &name).unwrap();
            assert_eq!(now["metadata"][field]["team.example/note"], "seen", "{typed}");
            session.press("U").await;
            read_the_plan(&mut session).await;
            session.press("y").await;
            session.run_for(Duration::from_secs(3)).await;
            let then = object(&session, resource, namespace, &name).unwrap();
            assert_eq!(then["metadata"][field], before["metadata"][field], "{typed}");
        }
        assert_eq!(changes(&session).len(), 4, "{typed}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_pod_is_orphaned_by_a_key_and_given_back() {
    let mut session = Setup::default().size(120, 40).writes().live().await;
    session.press("2 D").await;
    // How is chosen first: out of its services too, or serving on.
    session.sees("out of service");
    session.sees("keep serving");
    session.press("enter").await;
    read_the_plan(&mut session).await;
    session.sees("PLAN  orphan pod/api-status-blue-");
    session.sees("it leaves");
    session.press("y").await;
    session.until_text("U takes it back").await;
    session.press("U").await;
    read_the_plan(&mut session).await;
    session.press("y").await;
    session.until_text("done: ").await;
    assert_eq!(changes(&session).len(), 2);
    // On anything else it is said what it is for.
    session.press("1 D").await;
    session.sees("orphan does not apply to a Deployment");
}

#[tokio::test(start_paused = true)]
async fn pictures() {
    for (size, width, height) in [("80x24", 80, 24), ("120x40", 120, 40)] {
        let mut session = Setup::default().size(width, height).writes().live().await;
        mark(&mut session, "kafka").await;
        session.press("/").await;
        answer(&mut session, "kafka-1").await;
        session.press("s").await;
        answer(&mut session, "2").await;
        session.until("the dry run", |screen| screen.contains("accepted")).await;
        session.run_for(Duration::from_millis(500)).await;
        picture(&format!("plan-of-several-{size}"), &session);
    }
}
