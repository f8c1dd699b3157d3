//! When the cluster, the link or a right is missing: rows stay, the screen says how old they are, and it mends by
//! itself.

use std::path::Path;
use std::time::Duration;

use dogwatch::cluster::{self, ConnectOptions, Target};
use dogwatch::demo::{Fault, resource};
use serde_json::json;

use crate::harness::{Session, Setup, is_live, says_live, story};

/// How soon after its return a link must be live again.
const BACK: Duration = Duration::from_secs(2);
/// Longer than the program may take to notice a link that is open and silent.
const NOTICED: Duration = Duration::from_secs(10);

fn is_stale(screen: &str) -> bool {
    screen.contains("stale") && !says_live(screen)
}

/// Rows stay and are called stale; `mend` makes it live again without a key.
async fn survives(session: &mut Session, what: &str, mend: impl FnOnce(&Session)) {
    session.within(NOTICED + BACK, what, is_stale).await;
    for row in ["api-status-blue", "checkout", "app=api-status", "10.96.40.1"] {
        session.sees(row);
    }
    session.run_for(Duration::from_secs(5)).await;
    assert!(is_stale(&session.screen()), "{what}:\n{}", session.screen());
    mend(session);
    session
        .within(BACK, &format!("{what}: live again"), |screen| is_live(screen) && !screen.contains("stale"))
        .await;
}

#[tokio::test(start_paused = true)]
async fn a_server_that_restarts() {
    let mut session = Session::live().await;
    session.faults().refuse(true);
    session.faults().cut_all();
    survives(&mut session, "connections cut and refused", |session| session.faults().refuse(false)).await;
    // What happened meanwhile is there.
    session.faults().refuse(true);
    session.faults().cut_all();
    session.run_for(Duration::from_secs(30)).await;
    let store = session.cluster.store().clone();
    store
        .update(resource::DEPLOYMENTS, "production", "web", |object| {
            object["spec"]["replicas"] = json!(7);
            Ok(())
        })
        .unwrap();
    session.faults().clear();
    session.within(BACK, "live again", is_live).await;
    session
        .until("the change", |screen| screen.lines().any(|line| line.contains("web ") && line.contains("/7")))
        .await;
}

#[tokio::test(start_paused = true)]
async fn a_cut_without_an_outage_is_mended_at_once() {
    let mut session = Session::live().await;
    session.faults().cut_all();
    session.run_for(Duration::from_millis(100)).await;
    session.within(BACK, "live again", is_live).await;
}

#[tokio::test(start_paused = true)]
async fn a_link_that_is_open_but_silent() {
    let mut session = Session::live().await;
    session.faults().silence(true);
    survives(&mut session, "silence", |session| session.faults().silence(false)).await;
}

#[tokio::test(start_paused = true)]
async fn connections_that_a_firewall_forgot() {
    let mut session = Session::live().await;
    session.faults().silence_open();
    // New connections work, so only the streams themselves can tell: their bookmarks are missed. (On a real network
    // TCP's own probes end such connections sooner.)
    let store = session.cluster.store().clone();
    store
        .update(resource::DEPLOYMENTS, "production", "db", |object| {
            object["spec"]["replicas"] = json!(2);
            Ok(())
        })
        .unwrap();
    let patience = Duration::from_secs(100);
    session
        .within(patience, "changes arrive", |screen| {
            screen.lines().any(|line| line.contains("db ") && line.contains("2/2"))
        })
        .await;
    session.until_live().await;
}

#[tokio::test(start_paused = true)]
async fn server_errors() {
    for (code, words) in [(500, "server error"), (429, "throttled"), (503, "server error")] {
        let mut session = Session::live().await;
        session.faults().add("GET", "", None, Fault::status(code));
        session.faults().cut_all();
        session.until(&format!("stale after {code} ({words})"), is_stale).await;
        session.sees("api-status-blue");
        session.faults().clear();
        // It backs off from a server that is in trouble, but not for long.
        session.within(Duration::from_secs(5), "live again", is_live).await;
    }
}

#[tokio::test(start_paused = true)]
async fn the_version_that_the_server_forgot() {
    let mut session = Session::live().await;
    let store = session.cluster.store().clone();
    session.faults().refuse(true);
    session.faults().cut_all();
    session.run_for(Duration::from_secs(3)).await;
    store
        .update(resource::DEPLOYMENTS, "production", "db", |object| {
            object["spec"]["replicas"] = json!(2);
            Ok(())
        })
        .unwrap();
    store.forget_history();
    session.faults().refuse(false);
    session.within(BACK, "live again", is_live).await;
    session
        .until("the change", |screen| screen.lines().any(|line| line.contains("db ") && line.contains("2/2")))
        .await;
    session.sees("Deployments 16");
}

#[tokio::test(start_paused = true)]
async fn one_kind_is_forbidden_and_the_others_are_live() {
    let cluster = story(false).await;
    cluster.faults().deny("list", "pods", "");
    cluster.faults().deny("watch", "pods", "");
    let mut session = Setup::default().size(200, 50).cluster(&cluster).start().await;
    session.until_text("forbidden: list pods").await;
    session.until_text("api-status-blue").await;
    session.sees("10.96.40.1");
    assert!(!is_live(&session.screen()), "{}", session.line(0));
    // It goes on by itself when the right is given.
    session.faults().clear();
    // What is forbidden is asked for again every 30 s.
    session.within(Duration::from_secs(40), "a live screen", is_live).await;
    session.sees("2 Pods of api-status-blue 3");
}

#[tokio::test(start_paused = true)]
async fn a_right_that_is_taken_away() {
    let mut session = Session::live().await;
    session.faults().deny("*", "pods", "");
    session.faults().cut_all();
    session.until_text("forbidden: ").await;
    let title = session.line_with("2 Pods of");
    assert!(title.contains("stale") && title.contains("pods"), "{title}");
    session.sees("1 Deployments 16");
    session.sees("api-status-blue-");
    assert!(!says_live(&session.screen()), "{}", session.screen());
}

/// A kubeconfig with two contexts for the embedded cluster, one with a token from a file.
fn kubeconfig(dir: &Path, token: &str) -> Target {
    let (file, token_file) = (dir.join("config"), dir.join("token"));
    std::fs::write(&token_file, token).unwrap();
    let text = format!(
        "apiVersion: v1\nkind: Config\ncurrent-context: first\n\
         clusters:\n- name: demo\n  cluster: {{server: http://embedded}}\n\
         users:\n- name: token\n  user: {{tokenFile: {}}}\n- name: nobody\n  user: {{}}\n\
         contexts:\n- name: first\n  context: {{cluster: demo, user: token, namespace: production}}\n\
         - name: second\n  context: {{cluster: demo, user: nobody, namespace: staging}}\n",
        token_file.display()
    );
    std::fs::write(&file, text).unwrap();
    cluster::load(&ConnectOptions { kubeconfig: Some(file), ..ConnectOptions::default() }).unwrap()
}

#[tokio::test(start_paused = true)]
async fn an_expired_token_is_renewed() {
    let dir = tempfile::tempdir().unwrap();
    let cluster = story(false).await;
    cluster.faults().require_token(Some("first"));
    let mut session = Setup::default().cluster(&cluster).target(kubeconfig(dir.path(), "first")).live().await;
    // The token changes, as one that is projected into a pod does: the file has the new one already.
    std::fs::write(dir.path().join("token"), "second").unwrap();
    session.faults().require_token(Some("second"));
    session.faults().cut_all();
    session.run_for(Duration::from_secs(1)).await;
    session.until_live().await;
    session.sees("api-status-blue");
    // Refused for good: rows stay, and the words say whose fault it is.
    session.faults().require_token(Some("third"));
    session.faults().cut_all();
    session.until("stale", is_stale).await;
    session.sees("api-status-blue");
    std::fs::write(dir.path().join("token"), "third").unwrap();
    session.press("ctrl-r").await;
    session.until_live().await;
}

#[tokio::test(start_paused = true)]
async fn an_unreachable_cluster_is_explained_and_tried_again() {
    let cluster = story(false).await;
    cluster.faults().refuse(true);
    let mut session = Setup::default().cluster(&cluster).start().await;
    session.until_text("Cannot see cluster demo").await;
    for words in ["tried", "/version", "said", "next", "retry", "contexts"] {
        session.sees(words);
    }
    assert!(!says_live(&session.screen()));
    session.press("r").await;
    session.until("a second try", |screen| !screen.contains("1 try so far")).await;
    session.faults().refuse(false);
    session.within(BACK, "live", is_live).await;
    session.sees("api-status-blue");
}

#[tokio::test(start_paused = true)]
async fn a_server_that_takes_the_request_and_never_answers() {
    let cluster = story(false).await;
    cluster.faults().add("GET", "", None, Fault::Hang);
    let mut session = Setup::default().cluster(&cluster).start().await;
    session.run_for(Duration::from_secs(1)).await;
    session.sees("connecting");
    session.until_text("did not answer within").await;
    session.faults().clear();
    session.press("r").await;
    session.until_live().await;
}

#[tokio::test(start_paused = true)]
async fn refused_credentials_are_explained_and_another_context_is_chosen() {
    let dir = tempfile::tempdir().unwrap();
    let cluster = story(false).await;
    cluster.faults().require_token(Some("right"));
    let mut session =
        Setup::default().cluster(&cluster).target(kubeconfig(dir.path(), "wrong")).start().await;
    session.until_text("credentials refused").await;
    session.sees("Cannot see cluster first");
    session.sees("Log in again");
    session.press("c").await;
    session.sees("Context 2/2");
    session.sees("here");
    session.faults().require_token(None);
    session.type_text("sec").await;
    session.press("enter").await;
    session.until_live().await;
    assert!(session.line(0).contains("second / staging"), "{}", session.line(0));
    session.sees("Deployments 6");
}

#[tokio::test(start_paused = true)]
async fn a_list_that_breaks_off_half_way() {
    let cluster = story(false).await;
    cluster.faults().add("GET", "/pods", Some(1), Fault::CutAfter(20_000));
    let mut session = Setup::default().cluster(&cluster).start().await;
    session.until_live().await;
    session.sees("2 Pods of api-status-blue 3");
    let pods = session.state().cache.table(dogwatch::model::record::Kind::Pod).len();
    let (_, stored) = session.cluster.store().list(resource::PODS, Some("production"));
    assert_eq!(pods, stored.len());
}

#[tokio::test(start_paused = true)]
async fn a_slow_list_shows_its_rows_as_they_come() {
    let cluster = story(false).await;
    cluster.faults().add("GET", "/pods", Some(1), Fault::Drip(4_000, Duration::from_millis(200)));
    let mut session = Setup::default().cluster(&cluster).start().await;
    session.until("a count while it loads", |screen| screen.contains("so far")).await;
    assert!(!is_live(&session.screen()));
    session.until_live().await;
}

#[tokio::test(start_paused = true)]
async fn keys_work_while_the_cluster_does_not() {
    let mut session = Session::live().await;
    session.faults().silence(true);
    session.press("j j").await;
    session.sees("2 Pods of checkout 4");
    session.press("y").await;
    session.sees("reading…");
    session.press("esc").await;
    session.sees("1 Deployments 16");
    session.press("n").await;
    session.sees("reading the namespaces…");
    session.press("esc").await;
}
