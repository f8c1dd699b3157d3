//! The journal: what is written, what is shown of it, and taking an old change back.

use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use dogwatch::demo::resource;
use dogwatch::journal::{Entry, Journal, SHOWN};
use dogwatch::model::resource::Resource;
use dogwatch::model::uid::Uid;
use dogwatch::release::{Change, Target};
use dogwatch::screen::plan::left::FIRST_REPEAT;

use crate::harness::{Session, Setup, story};
use crate::snapshots::picture;
use crate::steer::{changes, read_the_plan};

/// Scales what is under the cursor, and waits for its end.
pub async fn scale(session: &mut Session, to: &str) {
    session.press("s").await;
    session.type_text(to).await;
    session.press("enter").await;
    read_the_plan(session).await;
    session.press("e").await;
    session.type_text("more load").await;
    session.press("enter y").await;
    session.until_text(&format!("done: {to} of {to} ready")).await;
}

fn replicas(session: &Session) -> i64 {
    let object = session.cluster.store().get(resource::DEPLOYMENTS, "production", "api-status-blue").unwrap();
    object.value()["spec"]["replicas"].as_i64().unwrap()
}

/// Waits until so many lines are in the file.
pub async fn lines(session: &mut Session, journal: &Journal, count: usize) -> Vec<Entry> {
    written(session, journal, |lines| lines.len() >= count).await
}

/// Waits until the lines in the file are so: another thread writes them.
pub async fn written(
    session: &mut Session,
    journal: &Journal,
    wanted: impl Fn(&[Entry]) -> bool,
) -> Vec<Entry> {
    for _ in 0..1_000 {
        let read = journal.read(SHOWN).unwrap();
        if wanted(&read) {
            return read;
        }
        session.run_for(Duration::from_millis(20)).await;
        tokio::task::spawn_blocking(std::thread::yield_now).await.unwrap();
    }
    panic!("only {:?}", journal.read(SHOWN));
}

#[tokio::test(start_paused = true)]
async fn a_change_is_written_down_and_taken_back_from_a_later_session() {
    let dir = tempfile::tempdir().unwrap();
    let journal = Journal::open(dir.path()).unwrap();
    let cluster = story(false).await;
    let mut session =
        Setup::default().size(120, 40).writes().journal(&journal).cluster(&cluster).live().await;
    scale(&mut session, "5").await;
    let read = lines(&mut session, &journal, 2).await;
    assert_eq!(read[0].outcome, "sent");
    assert_eq!(read[1].outcome, "done");
    assert_eq!(read[0].id, read[1].id);
    assert_eq!(read[0].reason, "more load");
    assert_eq!(read[0].values, ["replicas: 3 -> 5"]);
    assert_eq!(read[0].context, "demo");
    assert!(
        read[0].requests[0]
            .starts_with("PATCH /apis/apps/v1/namespaces/production/deployments/api-status-blue/scale")
    );
    let mode = std::fs::metadata(journal.path()).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    drop(session);

    let mut session =
        Setup::default().size(120, 40).writes().journal(&journal).cluster(&cluster).live().await;
    session.press("J").await;
    session.until_text("scale deployment/api-status-blue").await;
    session.sees("done");
    session.sees("replicas: 3 -> 5");
    session.sees("\"more load\"");
    session.press("enter").await;
    session.sees("its inverse");
    session.sees("scale deployment/api-status-blue");
    session.sees("done: 5 of 5 ready");
    session.press("esc U").await;
    read_the_plan(&mut session).await;
    session.press("y").await;
    session.until_text("done: 3 of 3 ready").await;
    assert_eq!(replicas(&session), 3);
}

#[tokio::test(start_paused = true)]
async fn what_read_only_refuses_is_written_down_too() {
    let dir = tempfile::tempdir().unwrap();
    let journal = Journal::open(dir.path()).unwrap();
    let mut session = Setup::default().journal(&journal).live().await;
    session.press("r").await;
    session.sees("read-only: restart needs patch deployments.apps");
    let read = lines(&mut session, &journal, 1).await;
    assert_eq!(
        (read[0].outcome.as_str(), read[0].object.as_str()),
        ("refused", "deployment/api-status-blue")
    );
}

#[tokio::test(start_paused = true)]
async fn a_journal_that_is_required_and_cannot_be_written_refuses_changes() {
    let dir = tempfile::tempdir().unwrap();
    let journal = Journal::open(dir.path()).unwrap();
    let mut session =
        Setup::default().size(120, 40).writes().journal(&journal).journal_required().live().await;
    // The file becomes a directory: nothing can be appended.
    std::fs::remove_file(journal.path()).unwrap();
    std::fs::create_dir(journal.path()).unwrap();
    session.press("s").await;
    session.type_text("4").await;
    session.press("enter").await;
    read_the_plan(&mut session).await;
    session.press("y").await;
    until_trouble(&mut session, true).await;
    session.run_for(Duration::from_secs(20)).await;
    assert!(changes(&session).is_empty(), "also the first one is not sent");
    let change = &session.state().changes.all()[0];
    assert!(change.outcome_words().contains("nothing was sent"), "{}", change.outcome_words());
    session.press("s").await;
    session.type_text("5").await;
    session.press("enter").await;
    session.run_for(Duration::from_secs(2)).await;
    session.press("y").await;
    session.sees("without it nothing is changed");
    assert!(changes(&session).is_empty());
}

#[tokio::test(start_paused = true)]
async fn refusals_are_counted_apart_written_once_a_minute_and_can_be_hidden() {
    let dir = tempfile::tempdir().unwrap();
    let journal = Journal::open(dir.path()).unwrap();
    journal.append(&entry("a", "ada", "restart deployment/web", "prod-eu")).unwrap();
    journal
        .append(&Entry {
            outcome: "refused".to_owned(),
            ..entry("b", "bob", "pause deployment/web", "prod-eu")
        })
        .unwrap();
    let mut session = Setup::default().size(120, 40).journal(&journal).live().await;
    session.press("r r r u r u r").await;
    lines(&mut session, &journal, 4).await;
    session.run_for(Duration::from_secs(61)).await;
    session.press("r").await;
    // Two of the restart, for a minute went by, whatever came in between; one of the rollback.
    assert_eq!(lines(&mut session, &journal, 5).await.len(), 5);
    session.press("J").await;
    // What the server refused was a change.
    session.until_text("2 changes, 3 refused").await;
    session.press("/").await;
    session.type_text("!read-only").await;
    session.sees("2 of 2 changes, 0 of 3 refused");
    session.sees("pause deployment/web");
    session.sees_no("undo deployment");
}

#[tokio::test(start_paused = true)]
async fn the_plan_says_that_a_change_is_not_kept() {
    let dir = tempfile::tempdir().unwrap();
    let journal = Journal::open(dir.path()).unwrap();
    let mut session = Setup::default().size(120, 40).writes().journal(&journal).live().await;
    std::fs::remove_file(journal.path()).unwrap();
    std::fs::create_dir(journal.path()).unwrap();
    session.press("s").await;
    session.type_text("4").await;
    session.press("enter").await;
    read_the_plan(&mut session).await;
    session.sees_no("this change is not kept");
    session.press("y").await;
    until_trouble(&mut session, true).await;
    session.run_for(Duration::from_secs(20)).await;
    session.press("s").await;
    session.type_text("5").await;
    session.press("enter").await;
    read_the_plan(&mut session).await;
    let words = session.screen().split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.contains("journal cannot be written ("), "{}", session.screen());
    assert!(words.contains("is not a regular file): this change is not kept"), "{}", session.screen());
    session.press("y").await;
    session.run_for(Duration::from_secs(20)).await;
    assert_eq!(replicas(&session), 5);
}

/// Waits until the journal is known to be in trouble, or out of it: another thread finds it out.
async fn until_trouble(session: &mut Session, is: bool) {
    for _ in 0..1_000 {
        if session.state().settings.journal_trouble.is_some() == is {
            return;
        }
        session.run_for(Duration::from_millis(20)).await;
        tokio::task::spawn_blocking(std::thread::yield_now).await.unwrap();
    }
    panic!("{:?}", session.state().settings.journal_trouble);
}

#[tokio::test(start_paused = true)]
async fn a_journal_that_is_written_again_is_no_trouble() {
    let dir = tempfile::tempdir().unwrap();
    let journal = Journal::open(dir.path()).unwrap();
    let mut session =
        Setup::default().size(120, 40).writes().journal(&journal).journal_required().live().await;
    std::fs::remove_file(journal.path()).unwrap();
    std::fs::create_dir(journal.path()).unwrap();
    session.press("s").await;
    session.type_text("4").await;
    session.press("enter").await;
    read_the_plan(&mut session).await;
    session.press("y").await;
    until_trouble(&mut session, true).await;
    assert!(session.state().settings.policy.no_journal);
    session.run_for(Duration::from_secs(20)).await;
    session.press("s").await;
    session.type_text("5").await;
    session.press("enter").await;
    session.run_for(Duration::from_secs(2)).await;
    session.sees("cannot be written");
    // The disk has room again, which is found out by the line that says the refusal.
    std::fs::remove_dir(journal.path()).unwrap();
    session.press("y").await;
    until_trouble(&mut session, false).await;
    assert_eq!(journal.read(SHOWN).unwrap()[0].outcome, "refused");
    read_the_plan(&mut session).await;
    session.sees("the journal is written again");
    session.sees_no("cannot be written");
    assert_eq!(replicas(&session), 3, "what was confirmed before is not sent afterwards");
    // A key that comes sooner may be the one of before, held down.
    session.run_for(FIRST_REPEAT).await;
    session.press("y").await;
    session.run_for(Duration::from_secs(20)).await;
    assert_eq!(replicas(&session), 5);
}

#[tokio::test(start_paused = true)]
async fn the_plan_says_why_nothing_can_be_sent_without_a_journal() {
    let mut session = Setup::default().size(80, 24).writes().live().await;
    // As at a start with a journal that cannot be opened.
    let settings = &mut session.app.state.settings;
    settings.journal_required = true;
    settings.policy.no_journal = true;
    settings.journal_trouble =
        Some("/home/ada/.local/state/dogwatch: journal.jsonl is a directory (os error 21)".to_owned());
    session.press("s").await;
    session.type_text("4").await;
    session.press("enter").await;
    session.run_for(Duration::from_secs(2)).await;
    // Whole, though it is longer than the screen is wide.
    let words = session.screen().split_whitespace().collect::<Vec<_>>().join(" ");
    for said in [
        "journal cannot be written (/home/ada/.local/state/dogwatch: journal.jsonl is a directory (os error 21)): \
         nothing can be sent",
        "dry run not asked: the journal cannot be written, and without it nothing is changed (`journal.required`)",
    ] {
        assert!(words.contains(said), "{said}: {}", session.screen());
    }
    session.sees_no("waiting for the dry run");
    session.sees_no("not asked yet");
    assert!(session.line(-2).starts_with(" nothing can be sent"), "{}", session.screen());
}

#[tokio::test(start_paused = true)]
async fn a_running_change_is_listed_and_left_without_being_taken_back() {
    let mut session = Setup::default().size(120, 40).writes().live().await;
    session.press("1 /").await;
    session.type_text("users-v2").await;
    session.press("enter g i").await;
    session.type_text(":does-not-exist").await;
    session.press("enter").await;
    read_the_plan(&mut session).await;
    session.press("y").await;
    session.until_text("set image of deployment/users-v2:").await;
    session.press("J").await;
    session.until_text("running").await;
    session.press("g x").await;
    session.until_text("left: no longer followed").await;
    let object = session.cluster.store().get(resource::DEPLOYMENTS, "production", "users-v2").unwrap();
    assert!(
        object.value()["spec"]["template"].to_string().contains("does-not-exist"),
        "it was not taken back"
    );
}

/// Somebody else's line of the same file.
fn entry(id: &str, user: &str, title: &str, context: &str) -> Entry {
    Entry {
        id: id.to_owned(),
        time: "2026-11-21T01:50:00Z".to_owned(),
        user: user.to_owned(),
        ssh_client: "192.0.2.7 50123 22".to_owned(),
        context: context.to_owned(),
        server: "https://elsewhere".to_owned(),
        namespace: "production".to_owned(),
        title: title.to_owned(),
        outcome: "failed".to_owned(),
        words: "the deployment exceeded its progress deadline".to_owned(),
        requests: (0..40)
            .map(|n| format!("PATCH /apis/apps/v1/namespaces/shop/deployments/web-{n}"))
            .collect(),
        ..Entry::default()
    }
}

#[tokio::test(start_paused = true)]
async fn what_happens_meanwhile_is_shown() {
    let dir = tempfile::tempdir().unwrap();
    let journal = Journal::open(dir.path()).unwrap();
    journal.append(&entry("a", "ada", "restart deployment/web", "prod-eu")).unwrap();
    let mut session = Setup::default().size(120, 40).writes().journal(&journal).live().await;
    session.press("s").await;
    session.type_text("5").await;
    session.press("enter").await;
    read_the_plan(&mut session).await;
    session.press("y J").await;
    session.until_text("restart deployment/web").await;
    session.sees("running    ");
    session.sees("ada@192.0.2.7");
    // The cursor stays on what it was on while rows come and change.
    session.press("j").await;
    assert!(session.line_with("restart deployment/web").starts_with('>'), "{}", session.screen());
    session.until_text("done       ").await;
    assert!(session.line_with("restart deployment/web").starts_with('>'), "{}", session.screen());
    assert_eq!(
        session.screen().matches("scale deployment/api-status-blue").count(),
        2,
        "its row and the message"
    );
    // What is longer than the screen can be read to its end.
    session.press("enter").await;
    session.sees("192.0.2.7 50123 22");
    session.sees_no("exceeded its progress deadline");
    session.press("G").await;
    session.sees("failed: the deployment exceeded its progress deadline");
    session.press("esc").await;
    // It was made elsewhere.
    session.press("U").await;
    session.sees("it was made in context prod-eu (https://elsewhere): go there first");
}

#[tokio::test(start_paused = true)]
async fn rows_are_filtered() {
    let dir = tempfile::tempdir().unwrap();
    let journal = Journal::open(dir.path()).unwrap();
    for (id, user, title) in [("a", "ada", "restart deployment/web"), ("b", "bob", "scale deployment/web")] {
        journal.append(&entry(id, user, title, "prod-eu")).unwrap();
    }
    let mut session = Setup::default().size(120, 40).journal(&journal).live().await;
    session.press("J").await;
    session.until_text("2 changes").await;
    session.press("/").await;
    session.type_text("web !ada").await;
    session.sees("1 of 2 changes");
    session.sees("bob@192.0.2.7");
    session.sees_no("ada@");
    session.press("enter").await;
    session.sees("/web !ada");
    session.press("esc").await;
    session.sees("2 changes");
    session.press("esc").await;
    session.sees("1 Deployments");
}

#[tokio::test(start_paused = true)]
async fn a_journal_that_is_gone_is_empty_and_read_only_takes_nothing_back() {
    let dir = tempfile::tempdir().unwrap();
    let journal = Journal::open(dir.path()).unwrap();
    std::fs::remove_file(journal.path()).unwrap();
    let mut session = Setup::default().size(120, 40).journal(&journal).live().await;
    session.press("J").await;
    session.until_text("nothing has been changed yet").await;
    session.sees("0 changes");
    session.press("esc").await;
    // One of this place, which could be taken back in another mode.
    let place = &session.state().session.place;
    let target = Target {
        resource: Resource::DEPLOYMENTS,
        namespace: "production".to_owned(),
        name: "web".to_owned(),
        uid: Uid::new("0b1f6a9c-0000-4000-8000-000000000000"),
    };
    let inverse = vec![(target, Change::Scale { replicas: 2 })];
    let here = Entry {
        context: place.context.clone(),
        server: place.server.clone(),
        inverse,
        ..entry("c", "eve", "scale deployment/web", "")
    };
    journal.append(&here).unwrap();
    session.press("J").await;
    session.until_text("eve@192.0.2.7").await;
    session.press("U").await;
    session.sees("read-only: scale needs patch deployments.apps/scale");
    // The refusal is on the screen at once, and in the file.
    session.sees("refused");
    lines(&mut session, &journal, 2).await;
}

#[tokio::test(start_paused = true)]
async fn pictures() {
    for (size, width, height) in [("80x24", 80, 24), ("120x40", 120, 40)] {
        let dir = tempfile::tempdir().unwrap();
        let journal = Journal::open(dir.path()).unwrap();
        for (id, user, title, context) in [
            ("a", "ada", "restart deployment/web", "prod-eu"),
            ("b", "ops", "switch selector of service/api-status", "demo"),
        ] {
            let known = entry(id, user, title, context);
            journal
                .append(&Entry { requests: Vec::new(), reason: "release 3.8".to_owned(), ..known })
                .unwrap();
        }
        let mut session = Setup::default().size(width, height).writes().journal(&journal).live().await;
        scale(&mut session, "5").await;
        session.run_for(Duration::from_secs(20)).await;
        session.press("J").await;
        session.until_text("3 changes").await;
        picture(&format!("journal-{size}"), &session);
        session.press("enter").await;
        picture(&format!("journal-entry-{size}"), &session);
    }
}
