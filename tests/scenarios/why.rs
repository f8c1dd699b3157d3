//! Why something is as it is, over real HTTP on the story: the conclusion, the chain, going along it, what may not be read.

use std::time::Duration;

use dogwatch::demo::resource;
use dogwatch::demo::store::DeleteOptions;
use serde_json::json;

use crate::gate::only_reads;
use crate::harness::{Session, Setup};
use crate::snapshots::picture;

/// Asks why of the first row of a table.
async fn ask(session: &mut Session, table: &str, title: &str) {
    session.command(table).await;
    session.until(&format!("a row of {table}"), |screen| screen.contains("\n>")).await;
    session.press(".").await;
    session.until_text(title).await;
    session.until_text("read ").await;
}

/// The line under the cursor.
fn cursor(session: &Session) -> String {
    session.screen().lines().find(|line| line.starts_with('>')).unwrap_or_default().to_owned()
}

const STORY: [(&str, &str, &str, &str); 5] = [
    (
        "checkout",
        "deploy /checkout",
        "Why Deployment production/checkout",
        "deployment checkout is stuck because image checkout:3.8.0-does-not-exist does not exist",
    ),
    (
        "orders",
        "deploy /orders",
        "Why Deployment production/orders",
        "exit 137 (SIGKILL), OOMKilled: it wanted more memory than its limit of 256Mi",
    ),
    (
        "thumbnails",
        "deploy /thumbnails",
        "Why Deployment production/thumbnails",
        "deployment thumbnails has none of 1 pods ready because no node takes it",
    ),
    (
        "reports",
        "svc /reports",
        "Why Service production/reports",
        "has no ready endpoints because its selector app=reports,release=current matches no pod",
    ),
    (
        "node-4",
        "nodes /node-4",
        "Why Node node-4",
        "node node-4 is not ready because it says: Kubelet stopped",
    ),
];

#[tokio::test(start_paused = true)]
async fn the_troubles_of_the_story() {
    for (name, table, title, says) in STORY {
        let mut session = Setup::default().size(200, 50).live().await;
        ask(&mut session, table, title).await;
        session.sees(says);
        picture(&format!("why-{name}-200x50"), &session);
        session.resize(80, 24).await;
        picture(&format!("why-{name}-80x24"), &session);
    }
}

/// Who asks why while the server hangs is told so in time, and how old everything is.
#[tokio::test(start_paused = true)]
async fn a_server_that_hangs_is_told_with_the_age() {
    let mut session = Setup::default().size(200, 50).live().await;
    session.command("deploy /checkout").await;
    session.until("a row", |screen| screen.contains("\n>")).await;
    session.faults().silence(true);
    let top = |screen: &str| screen.lines().next().unwrap_or_default().to_owned();
    session.within(Duration::from_secs(15), "stale", |screen| top(screen).contains("stale ")).await;
    // What is asked for now is no row of a feed that is live: the link alone says how old all is.
    session.press(".").await;
    session.sees("reading…");
    assert!(top(&session.screen()).contains("stale "), "{}", session.screen());
    let hung = |screen: &str| !screen.contains("reading…") && screen.contains("no answer in time");
    session.within(Duration::from_secs(12), "why it is not read", hung).await;
    let words = top(&session.screen());
    assert!(words.contains("stale ") && words.contains(" s, "), "{words}");
}

#[tokio::test(start_paused = true)]
async fn one_goes_along_the_chain_and_back() {
    let mut session = Setup::default().size(200, 50).live().await;
    ask(&mut session, "deploy /checkout", "Why Deployment production/checkout").await;
    session.sees("; revision 3 works (3 ready)");
    let step = session.line_with("replicaset/checkout-");
    assert!(step.contains("revision 4: checkout:3.7.1 -> checkout:3.8.0-does-not-exist"), "{step}");
    assert!(step.contains("3.8.0: express delivery"), "{step}");
    // To the pod of the chain, in its table, and back to the same step.
    let name = |line: &str| {
        let at = line.find("pod/").unwrap_or_else(|| panic!("no pod in {line}"));
        line[at + 4..].split_whitespace().next().unwrap().to_owned()
    };
    let pod = name(&session.line_with("pod/checkout-"));
    for _ in 0..20 {
        if cursor(&session).contains(&pod) {
            break;
        }
        session.press("j").await;
    }
    session.press("enter").await;
    session.until_no("Why Deployment").await;
    assert!(cursor(&session).contains(&pod), "{}", session.screen());
    session.press("esc").await;
    session.until_text("Why Deployment production/checkout").await;
    assert!(cursor(&session).contains(&pod), "{}", session.screen());
    // And why of the pod itself, from there.
    session.press("w").await;
    session.until_text(&format!("Why Pod production/{pod}")).await;
    session
        .until_text("is in ImagePullBackOff because image checkout:3.8.0-does-not-exist does not exist")
        .await;
    session.press("esc").await;
    session.until_text("Why Deployment production/checkout").await;
    session.press("c").await;
    let sent = String::from_utf8_lossy(&session.sent()).into_owned();
    assert!(sent.contains("\u{1b}]52;"), "copied");
}

#[tokio::test(start_paused = true)]
async fn it_is_read_again_when_the_object_changes_and_by_hand() {
    let mut session = Setup::default().size(160, 40).live().await;
    ask(&mut session, "deploy /web", "Why Deployment production/web").await;
    session.sees("nothing is wrong with deployment web");
    let pause = |object: &mut serde_json::Value| {
        object["spec"]["paused"] = json!(true);
        Ok(())
    };
    session.cluster.store().update(resource::DEPLOYMENTS, "production", "web", pause).unwrap();
    session.until_text("somebody paused its rollout").await;
    let before = session.cluster.requests().len();
    session.press("ctrl-r").await;
    session.until("it is read again", |screen| screen.contains("read ")).await;
    assert!(session.cluster.requests().len() > before + 3);
    let options = DeleteOptions::default();
    session.cluster.store().delete(resource::DEPLOYMENTS, "production", "web", &options).unwrap();
    session.until_text("gone: this is how it was").await;
}

#[tokio::test(start_paused = true)]
async fn from_triage_and_from_the_release_screen() {
    let mut session = Setup::default().size(120, 40).live().await;
    session.press("Q").await;
    session.until_text("deploy checkout").await;
    for _ in 0..20 {
        if session.line_with("rule ").contains("shown by pod checkout") {
            break;
        }
        session.press("j").await;
    }
    session.press("w").await;
    session.until_text("Why Deployment production/checkout").await;
    session.until_text("is stuck because image checkout:3.8.0-does-not-exist").await;
    session.press("esc").await;
    session.until_text(" Triage").await;
    session.command("deploy /orders").await;
    session.until("the row", |screen| screen.contains("> orders")).await;
    session.press("R").await;
    session.until_text("REV").await;
    session.press("w").await;
    session.until_text("Why Deployment production/orders").await;
}

#[tokio::test(start_paused = true)]
async fn what_may_not_be_read_is_named() {
    let mut session = Setup::default().size(160, 40).live().await;
    session.faults().deny("list", "events", "production");
    session.faults().deny("get", "nodes", "");
    session.faults().deny("list", "horizontalpodautoscalers", "production");
    ask(&mut session, "deploy /checkout", "Why Deployment production/checkout").await;
    session.sees("is stuck because image checkout:3.8.0-does-not-exist");
    session.sees("not looked at: events (forbidden: list events");
    session.sees("autoscalers (forbidden");
    let screen = session.screen();
    assert!(screen.contains("node node-") || screen.contains("node ("), "{screen}");
    // And when the object itself may not be read, that is what is said.
    session.faults().deny("get", "deployments", "production");
    session.press("ctrl-r").await;
    session.until_text("forbidden: get deployments").await;
}

/// Of a missing Secret only its name is asked for, and nothing but plain reads leaves the program.
#[tokio::test(start_paused = true)]
async fn nothing_of_a_secret_is_read() {
    let mut session = Setup::default().size(160, 40).live().await;
    let pod = json!({"metadata": {"name": "needs-keys", "namespace": "production"}, "spec": {"nodeSelector": {"pool": "gpu"},
        "containers": [{"name": "app", "image": "web:1",
            "envFrom": [{"secretRef": {"name": "api-keys"}}, {"secretRef": {"name": "postgres"}}]}]}});
    session.cluster.store().create(resource::PODS, pod).unwrap();
    ask(&mut session, "po /needs-keys", "Why Pod production/needs-keys").await;
    session.until_text("secret/api-keys  is missing; the pod names it (env from all keys)").await;
    let requests = session.cluster.requests();
    let mut secrets = 0;
    for request in &requests {
        assert!(only_reads(request), "{request:?}");
        if request.path_and_query.contains("/secrets/") {
            secrets += 1;
            assert!(request.accept.contains("PartialObjectMetadata"), "{request:?}");
        }
    }
    assert!(secrets >= 2, "{requests:?}");
    session.sees_no("correct-horse");
}
