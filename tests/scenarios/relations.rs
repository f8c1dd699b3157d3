//! What objects have to do with others, both ways; going along a relation, and back.

use dogwatch::demo::resource;
use dogwatch::demo::store::DeleteOptions;

use crate::harness::{Session, Setup};
use crate::snapshots::picture;

/// Opens the relations of the first object that a kind and a filter show.
async fn relations(session: &mut Session, kind: &str, title: &str) {
    session.command(kind).await;
    session.until_no("reading").await;
    session.press("w").await;
    session.until_text(&format!("Relations of {title}")).await;
    session.until_text("ago").await;
}

#[tokio::test(start_paused = true)]
async fn a_workload_its_pods_and_back() {
    for (name, width, height) in [("relations-80x24", 80, 24), ("relations-200x50", 200, 50)] {
        let mut session = Setup::default().size(width, height).live().await;
        relations(&mut session, "deploy /web", "Deployment production/web").await;
        session.sees("owns        ReplicaSet web-");
        session.sees("Secret postgres (env POSTGRES_USER, env POSTGRES_PASSWORD)");
        session.sees("ConfigMap qotd (env from all keys)");
        session.sees("selected by Service web");
        picture(name, &session);
        // To a pod, and exactly back.
        session.press("j j j").await;
        let before = session.screen();
        let row = session.line_with(">  owns");
        let pod = row.split_whitespace().find(|word| word.starts_with("web-")).unwrap().to_owned();
        session.press("enter").await;
        session.until_text("Pods").await;
        assert!(session.line_with(&format!(" {pod}")).contains('>'), "{}", session.screen());
        session.press("esc").await;
        let same = |one: &str| one.lines().skip(2).map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(same(&session.screen()), same(&before));
        // Along the relations of the pod itself.
        session.press("w").await;
        session.until_text(&format!("Relations of Pod production/{pod}")).await;
        session.until_text("owned by    ReplicaSet web-").await;
        session.sees("  Deployment web");
        session.sees("Node ");
        session.press("esc esc esc").await;
        session.sees("Deployments");
    }
}

#[tokio::test(start_paused = true)]
async fn kinds_of_the_server_are_gone_to_by_their_relations() {
    let mut session = Setup::default().size(120, 30).live().await;
    relations(&mut session, "cm /qotd", "ConfigMap production/qotd").await;
    session.sees("used by     Deployment web (env from all keys)");
    session.press("esc").await;
    relations(&mut session, "ing", "Ingress production/api").await;
    session.sees("uses        Secret api-tls (TLS)");
    session.sees("routes to   Service users-v1 (api.example.io/v1/users, port 80: ");
    session.press("enter").await;
    session.until_text("Secrets").await;
    assert!(session.line_with("api-tls").contains('>'), "{}", session.screen());
    session.sees_no("(key of api.example.io)");
}

#[tokio::test(start_paused = true)]
async fn what_is_missing_is_marked_and_what_is_forbidden_is_named() {
    let mut session = Setup::default().size(120, 30).live().await;
    let store = session.cluster.store().clone();
    store.delete(resource::CONFIGMAPS, "production", "qotd", &DeleteOptions::default()).unwrap();
    session.faults().deny("list", "secrets", "production");
    relations(&mut session, "deploy /web", "Deployment production/web").await;
    session.sees("ConfigMap qotd (env from all keys)  missing");
    session.sees("not looked at: secrets (forbidden: list secrets in namespace production)");
    session.press("/").await;
    session.faults().clear();
    session.press("ctrl-r").await;
    session.until_no("not looked at").await;
    session.sees("ConfigMap qotd (env from all keys)  missing");
}

#[tokio::test(start_paused = true)]
async fn a_failed_reading_is_said_and_read_again() {
    let mut session = Setup::default().size(120, 30).live().await;
    session.faults().deny("get", "deployments", "");
    session.press("w").await;
    session.until_text("forbidden: get deployments.apps").await;
    session.faults().clear();
    session.press("ctrl-r").await;
    session.until_text("owns        ReplicaSet").await;
}

#[tokio::test(start_paused = true)]
async fn relations_are_read_again_when_the_object_changes() {
    let mut session = Setup::default().size(120, 30).live().await;
    relations(&mut session, "deploy /web", "Deployment production/web").await;
    session.sees("Secret postgres");
    // The ready ones of a ReplicaSet, of those that are wanted.
    let ready = session.line_with("ReplicaSet web-");
    assert!(ready.split_whitespace().next_back().is_some_and(|word| word.contains('/')), "{ready}");
    // What no row shows.
    let change = |object: &mut serde_json::Value| {
        object["metadata"]["ownerReferences"] = serde_json::json!([{"apiVersion": "v1", "kind": "ConfigMap",
            "name": "the-shop", "uid": "none"}]);
        Ok(())
    };
    session.cluster.store().update(resource::DEPLOYMENTS, "production", "web", change).unwrap();
    session.until_text("ConfigMap the-shop").await;
}

#[tokio::test(start_paused = true)]
async fn one_goes_forward_to_relations_and_fields_again() {
    let mut session = Setup::default().size(120, 30).live().await;
    relations(&mut session, "deploy /web", "Deployment production/web").await;
    session.press("j").await;
    let before = session.line_with(">  ");
    session.press("[").await;
    session.until_text("filter web").await;
    session.press("]").await;
    session.until_text("Relations of Deployment production/web").await;
    session.until_text("ago").await;
    assert_eq!(session.line_with(">  "), before);
    session.press("esc").await;
    session.command("explain deploy").await;
    session.until_text("Explain deployment").await;
    session.until_text("> ").await;
    session.press("j j j").await;
    let before = session.line_with("> ");
    session.press("[").await;
    session.until_no("Explain deployment").await;
    session.press("]").await;
    session.until_text("Explain deployment").await;
    assert_eq!(session.line_with("> "), before);
}
