//! A hand-over: asked for, read, written, and what is in the file.

use std::os::unix::fs::PermissionsExt as _;

use dogwatch::demo::resource;
use serde_json::json;

use crate::gate::only_reads;
use crate::harness::{Session, Setup};

/// Goes to the line of checkout in the list of what is wrong.
async fn at_checkout(session: &mut Session) {
    session.press("Q").await;
    session.until_text("deploy checkout").await;
    session.until_no("still loading").await;
    for _ in 0..20 {
        if session.line_with("rule ").contains("shown by pod checkout") {
            break;
        }
        session.press("j").await;
    }
}

/// Puts a password where programs put it: into the environment, and into an event.
fn careless(session: &Session) {
    let store = session.cluster.store();
    let pods = store.list(resource::PODS, Some("production")).1;
    let is_it = |name: &str| name.starts_with("checkout-");
    for pod in pods.iter().filter(|pod| is_it(&pod.name)) {
        let env = |object: &mut serde_json::Value| {
            object["spec"]["containers"][0]["env"] = json!([{"name": "DB_PASSWORD", "value": "hunter2"}, {"name": "SHOP", "value": "https://ann:tok3n@shop.example"}]);
            Ok(())
        };
        store.update(resource::PODS, "production", &pod.name, env).unwrap();
    }
    let uid = store.list(resource::DEPLOYMENTS, Some("production")).1;
    let uid = uid.iter().find(|object| &*object.name == "checkout").unwrap().uid.to_string();
    let event = json!({"metadata": {"name": "checkout.careless", "namespace": "production"}, "type": "Warning",
        "reason": "Careless", "message": "sent Authorization: Bearer abcdef0123456789", "count": 1,
        "lastTimestamp": "2026-11-21T02:00:00Z",
        "involvedObject": {"apiVersion": "apps/v1", "kind": "Deployment", "namespace": "production", "name": "checkout", "uid": uid}});
    store.create(resource::EVENTS, event).unwrap();
}

#[tokio::test(start_paused = true)]
async fn from_triage_to_a_file() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("note.md");
    let mut session = Setup::default().size(120, 40).live().await;
    careless(&session);
    at_checkout(&mut session).await;
    session.press("b").await;
    session.sees("hand-over to: dogwatch-demo-20261121-");
    session.press("ctrl-u").await;
    session.type_text(&path.display().to_string()).await;
    session.press("enter").await;
    session.until_text("saved ").await;
    let text = std::fs::read_to_string(&path).unwrap();
    for words in [
        "# Hand-over\n",
        "context    demo",
        "namespace  production",
        "v1.36.2",
        concat!("dogwatch   ", env!("CARGO_PKG_VERSION"), ", READ-ONLY"),
        "about      Deployment production/checkout",
        "!! deploy checkout  production",
        "deploy orders",
        "deployment checkout is stuck because image checkout:3.8.0-does-not-exist does not exist",
        "revision 4: checkout:3.7.1 -> checkout:3.8.0-does-not-exist",
        "Warning Careless: sent Authorization: Bearer ****",
        "env DB_PASSWORD=****",
        "env SHOP=https://ann:****@shop.example",
        "## What changed in the last hour",
        "rollout deployment/checkout",
        "## Not looked at",
        "triage: certificates (",
        "log of this run of checkout in checkout-",
    ] {
        assert!(text.contains(words), "{words:?} is not in\n{text}");
    }
    for secret in ["hunter2", "tok3n", "abcdef0123456789", "correct-horse"] {
        assert!(!text.contains(secret), "{secret} in\n{text}");
    }
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    for request in session.cluster.requests() {
        assert!(only_reads(&request), "{request:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_end_of_both_logs_is_in_it() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("note.md");
    let mut session = Setup::default().size(120, 40).live().await;
    session.command("deploy /orders").await;
    session.until("the row", |screen| screen.contains("> orders")).await;
    session.command(&format!("bundle {}", path.display())).await;
    session.until_text("saved ").await;
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(text.contains("## Log of the run before, the last 100 lines\n\n    pod orders-"), "{text}");
    let (_, log) = text.split_once("## Log of the run before").unwrap();
    let log: Vec<&str> = log.lines().take_while(|line| !line.starts_with("## ")).collect();
    let lines = log.iter().filter(|line| line.starts_with("    2026-11-2")).count();
    assert!((1..=100).contains(&lines), "{log:?}");
    // It was not the list of what is wrong that was shown: what is not read is said.
    assert!(text.contains("(not read yet)"), "{text}");
}

#[tokio::test(start_paused = true)]
async fn a_file_that_is_there_is_not_touched_and_another_is_asked_for() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("note.md");
    std::fs::write(&path, "mine").unwrap();
    let mut session = Setup::default().size(160, 40).live().await;
    session.command(&format!("bundle {}", path.display())).await;
    session.until_text("write the hand-over to another file: ").await;
    let reads = session.cluster.requests().len();
    session.type_text(".2").await;
    session.press("enter").await;
    session.until_text("saved ").await;
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "mine");
    let text = std::fs::read_to_string(dir.path().join("note.md.2")).unwrap();
    assert!(text.starts_with("# Hand-over\n"), "{text}");
    let again = session.cluster.requests();
    let logs = again[reads..].iter().filter(|request| request.path_and_query.contains("/log?")).count();
    assert_eq!(logs, 0, "it is not read twice");
    // Esc gives it up.
    session.command("bundle").await;
    session.sees("hand-over to: ");
    session.press("esc").await;
    session.sees_no("hand-over to: ");
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 2);
}

#[tokio::test(start_paused = true)]
async fn what_may_not_be_read_is_named_in_it() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("note.md");
    let mut session = Setup::default().size(120, 40).live().await;
    session.faults().deny("get", "pods/log", "production");
    session.faults().deny("list", "secrets", "production");
    session.faults().deny("list", "events", "production");
    session.command("deploy /orders").await;
    session.until("the row", |screen| screen.contains("> orders")).await;
    session.command(&format!("bundle {}", path.display())).await;
    session.until_text("saved ").await;
    let text = std::fs::read_to_string(&path).unwrap();
    let (_, not) = text.split_once("## Not looked at").unwrap();
    for words in [
        "log of the run before of orders in orders-",
        "what changed: secrets (",
        "its events: forbidden",
        "why: events (",
    ] {
        assert!(not.contains(words), "{words:?} is not in\n{not}");
    }
    assert!(text.contains("OOMKilled"), "the rest is there\n{text}");
}
