//! Rules of the configuration on the screen: what they deny is not begun, what they ask is asked, and their words are told.

use std::time::Duration;

use dogwatch::gate::rules::ruled;
use dogwatch::journal::{Journal, SHOWN};

use crate::apply::{apply, file};
use crate::gate::{only_reads, rehearsal};
use crate::harness::{Session, Setup, story};
use crate::journal::{lines, scale};
use crate::steer::read_the_plan;

const RULES: &str = "policy:\n\
    - { context: demo, action: delete, deny: ask the owners }\n\
    - { context: demo, namespace: production, kind: deployments, action: [scale, restart], confirm: context, reason: required }\n\
    - { kind: Deployment, action: set-image, confirm: name }\n";

async fn scaling(session: &mut Session) {
    session.press("s").await;
    session.press("ctrl-u 5 enter").await;
    read_the_plan(session).await;
}

#[tokio::test(start_paused = true)]
async fn what_a_rule_denies_is_not_begun_and_told() {
    let dir = tempfile::tempdir().unwrap();
    let journal = Journal::open(dir.path()).unwrap();
    let cluster = story(false).await;
    let mut session = Setup::default()
        .size(120, 30)
        .config(RULES)
        .writes()
        .journal(&journal)
        .cluster(&cluster)
        .live()
        .await;
    session.command("delete").await;
    session.sees("policy: ask the owners (rule 1 of ");
    assert!(session.state().stack.is_empty());
    // A rollout of the same object is none of the rule's business.
    session.command("restart").await;
    session.until_text("PLAN").await;
    let written = session.state().journalled.clone();
    assert!(
        written.iter().any(|entry| entry.outcome == "refused" && entry.words.contains("ask the owners")),
        "{written:?}"
    );
    drop(session);
    assert!(journal.read(SHOWN).unwrap().iter().any(|entry| entry.words.contains("ask the owners")));
}

#[tokio::test(start_paused = true)]
async fn what_a_rule_asks_is_asked_before_anything_is_sent() {
    let dir = tempfile::tempdir().unwrap();
    let journal = Journal::open(dir.path()).unwrap();
    let cluster = story(false).await;
    let mut session = Setup::default()
        .size(120, 40)
        .config(RULES)
        .writes()
        .journal(&journal)
        .cluster(&cluster)
        .live()
        .await;
    scaling(&mut session).await;
    session.sees(": type the context");
    session.sees(": say why");
    session.sees("say why first");
    let sent = || cluster.requests().iter().filter(|one| !only_reads(one) && !rehearsal(one)).count();
    // Why comes first, then the word, and Enter sends nothing.
    session.press("y").await;
    session.sees("reason: ");
    session.type_text("orders are lost").await;
    session.press("enter").await;
    read_the_plan(&mut session).await;
    session.press("y").await;
    session.sees("type demo to confirm");
    session.type_text("frontend").await;
    session.press("enter y").await;
    session.sees("type demo to confirm");
    session.press("ctrl-u").await;
    session.type_text("demo").await;
    session.press("enter").await;
    assert_eq!(sent(), 0);
    session.press("y").await;
    session.until_no("PLAN").await;
    session.run_for(Duration::from_secs(1)).await;
    assert_eq!(sent(), 1);
    assert!(session.state().journalled.iter().any(|entry| entry.reason == "orders are lost"));
}

#[tokio::test(start_paused = true)]
async fn the_reason_becomes_the_cause_of_the_revision() {
    let cluster = story(false).await;
    let mut session = Setup::default().size(160, 50).config(RULES).writes().cluster(&cluster).live().await;
    session.command("restart").await;
    read_the_plan(&mut session).await;
    session.press("y").await;
    session.type_text("a leak").await;
    session.press("enter").await;
    read_the_plan(&mut session).await;
    session.sees("change cause");
    session.sees("kubernetes.io/change-cause='a leak'");
    session.press("y").await;
    session.type_text("demo").await;
    session.press("enter y").await;
    session.until_no("PLAN").await;
    session.run_for(Duration::from_secs(1)).await;
    let patched =
        cluster.requests().into_iter().rfind(|one| one.method == "PATCH" && !rehearsal(one)).unwrap();
    assert!(String::from_utf8_lossy(&patched.body).contains("\"kubernetes.io/change-cause\":\"a leak\""));
}

/// Whatever does something is stopped by a rule on its name: nothing but reads leaves, not even a dry run.
#[tokio::test(start_paused = true)]
async fn a_rule_for_all_lets_nothing_out() {
    let cluster = story(false).await;
    let start = async || {
        Setup::default()
            .size(80, 24)
            .config("policy:\n- { deny: frozen }\n")
            .writes()
            .cluster(&cluster)
            .live()
            .await
    };
    let mut session = start().await;
    for action in ruled() {
        crate::gate::home(&mut session).await;
        session.command(action.info().name).await;
    }
    for action in ruled() {
        assert!(session.state().stack.is_empty() || !session.shows("PLAN"), "{action}");
    }
    session.run_for(Duration::from_secs(2)).await;
    for request in cluster.requests() {
        assert!(only_reads(&request), "{request:?}");
    }
    assert!(session.state().journalled.iter().any(|entry| entry.words.contains("policy: frozen")));
}

/// What is refused in read-only mode is told with the right that it would need, and written down: every action of the table.
#[tokio::test(start_paused = true)]
async fn every_refusal_says_what_it_would_need_and_is_written_down() {
    let mut session = Setup::default().size(160, 40).live().await;
    for action in ruled() {
        // On the screen of an object that each can mean something for.
        let way = match action.info().name {
            "switch" => "3",
            "force-delete" | "orphan" | "debug" | "copy-files" | "endpoint" => "2",
            _ => "1",
        };
        crate::gate::home(&mut session).await;
        session.press(way).await;
        session.command(action.info().name).await;
        let said = session.line(-1);
        assert!(said.contains("read-only: "), "{action}: {said}\n{}", session.screen());
        assert!(said.contains(" needs ") || action.info().name == "pager", "{action}: {said}");
        let words = said.trim().to_owned();
        let entry = session.state().journalled.iter().find(|entry| words.starts_with(&entry.words));
        assert!(entry.is_some_and(|entry| entry.is_refusal()), "{action}: {words}");
    }
}

/// What is typed for, and what opens a channel, by its own name, on an object that it can mean something for.
#[tokio::test(start_paused = true)]
async fn labels_orphans_and_channels_are_stopped_by_their_names() {
    for (rule, command, pane) in [
        ("label", "label", "1"),
        ("annotate", "annotate", "1"),
        ("orphan", "orphan", "2"),
        ("forward", "forward", "2"),
        ("exec", "exec-aside", "2"),
        ("exec", "copy-files", "2"),
        ("exec", "debug", "2"),
        ("attach", "attach-aside", "2"),
    ] {
        let config: &'static str = format!("policy: [{{ action: {rule}, deny: frozen }}]\n").leak();
        let mut session = Setup::default().size(120, 30).config(config).writes().live().await;
        session.press(pane).await;
        session.command(command).await;
        session.sees("policy: frozen (rule 1 of ");
        assert!(session.state().stack.is_empty() && session.state().prompt.is_none(), "{command}");
        session.run_for(Duration::from_secs(1)).await;
        for request in session.cluster.requests() {
            assert!(only_reads(&request), "{command}: {request:?}");
        }
    }
}

/// Other replicas in a manifest, and what takes them back later, are held to the rule on `scale`.
#[tokio::test(start_paused = true)]
async fn who_may_not_scale_does_not_by_a_manifest_nor_by_taking_back() {
    const USERS: &str =
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: { name: users-v2 }\nspec: { replicas: 3 }\n";
    let dir = tempfile::tempdir().unwrap();
    let journal = Journal::open(dir.path()).unwrap();
    let cluster = story(false).await;
    let (_dir, path) = file(USERS);
    let setup = || Setup::default().size(120, 40).writes().journal(&journal).cluster(&cluster);
    let mut session = setup().live().await;
    scale(&mut session, "5").await;
    lines(&mut session, &journal, 2).await;
    apply(&mut session, &path).await;
    read_the_plan(&mut session).await;
    session.press("y").await;
    session.until_no("PLAN").await;
    lines(&mut session, &journal, 4).await;
    drop(session);

    let sent = || cluster.requests().iter().filter(|one| !only_reads(one)).count();
    let before = sent();
    let config = "policy: [{ kind: deploy, action: scale, deny: frozen }]\n";
    let mut session = setup().config(config).live().await;
    // What was applied is taken back by an edit: it is known to scale when it is planned.
    session.press("J").await;
    session.until_text("apply deployment/users-v2").await;
    session.press("U").await;
    session.until_text("not asked: policy: frozen").await;
    session.press("esc down U").await;
    session.sees("policy: frozen (rule 1 of ");
    session.sees_no("PLAN");
    crate::gate::home(&mut session).await;
    let (_dir, path) = file(&USERS.replace("replicas: 3", "replicas: 7"));
    apply(&mut session, &path).await;
    session.until_text("not asked: policy: frozen").await;
    // The plan stands long enough to be confirmed.
    session.run_for(Duration::from_secs(1)).await;
    session.press("y").await;
    session.run_for(Duration::from_secs(1)).await;
    assert_eq!(sent(), before, "not even a dry run");
    let written = &session.state().journalled;
    assert!(written.iter().any(|entry| entry.outcome == "refused" && entry.words.contains("frozen")));
}
