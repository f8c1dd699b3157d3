//! The journal: what is written, what is shown of it, and taking an old change back.

use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use dogwatch::demo::resource;
use dogwatch::journal::{Journal, SHOWN};

use crate::harness::{Session, Setup, story};
use crate::steer::{changes, read_the_plan};

async fn scale(session: &mut Session, to: &str) {
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

/// Waits until so many lines are in the file: another thread writes them.
async fn lines(session: &mut Session, journal: &Journal, count: usize) -> Vec<dogwatch::journal::Entry> {
    for _ in 0..1_000 {
        let read = journal.read(SHOWN).unwrap();
        if read.len() >= count {
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
    session.sees("taken back by  scale deployment/api-status-blue");
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
    let mut session = Setup::default().size(120, 40).writes().journal(&journal).live().await;
    session.app.state.settings.journal_required = true;
    // The file becomes a directory: nothing can be appended.
    std::fs::remove_file(journal.path()).unwrap();
    std::fs::create_dir(journal.path()).unwrap();
    session.press("s").await;
    session.type_text("4").await;
    session.press("enter").await;
    read_the_plan(&mut session).await;
    session.press("y").await;
    session.until("the refusal of the disk", |screen| screen.contains("the journal cannot be written")).await;
    let before = changes(&session).len();
    session.press("s").await;
    session.type_text("5").await;
    session.press("enter").await;
    session.run_for(Duration::from_secs(2)).await;
    session.press("y").await;
    session.sees("without it nothing is changed");
    assert_eq!(changes(&session).len(), before);
}

#[tokio::test(start_paused = true)]
async fn the_end_of_a_change_rings_when_that_is_asked_for() {
    let mut session = Setup::default().size(120, 40).writes().live().await;
    session.app.state.settings.ring = vec!["bell".to_owned(), "osc9".to_owned()];
    session.press("s").await;
    session.type_text("4").await;
    session.press("enter").await;
    read_the_plan(&mut session).await;
    session.press("b y").await;
    session.until_text("done: 4 of 4 ready").await;
    let sent = String::from_utf8_lossy(&session.sent()).into_owned();
    assert!(
        sent.contains('\u{7}') && sent.contains("\u{1b}]9;scale deployment/api-status-blue: done"),
        "{sent:?}"
    );
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
