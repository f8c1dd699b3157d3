//! Editing an object: the editor's text becomes a plan, and nothing that was typed is lost.

use std::time::Duration;

use dogwatch::app::Leave;
use dogwatch::demo::{Fault, resource};

use crate::harness::{Session, Setup};
use crate::steer::{changes, read_the_plan};

/// Presses the key, and answers the text with which the editor is opened.
async fn open(session: &mut Session) -> String {
    session.press_and_leave("e", Leave::Edit).await;
    session.app.to_edit().unwrap().to_owned()
}

async fn on(session: &mut Session, name: &str) {
    session.press("1 /").await;
    session.type_text(name).await;
    session.press("enter g").await;
    session.run_for(Duration::from_millis(200)).await;
}

#[tokio::test(start_paused = true)]
async fn what_was_changed_is_planned_sent_and_taken_back() {
    let mut session = Setup::default().size(120, 40).writes().live().await;
    on(&mut session, "users-v2").await;
    let text = open(&mut session).await;
    assert!(
        text.starts_with("# Please edit the object below.") && text.contains("kind: Deployment"),
        "{text}"
    );
    session.app.edited(Ok(text.replace("  replicas: 2", "  replicas: 3"))).unwrap();
    read_the_plan(&mut session).await;
    session.sees("PLAN  edit deployment/users-v2");
    session.sees("spec.replicas    2 -> 3");
    session.press("y").await;
    session.until_text("done: successfully rolled out").await;
    let replicas = |session: &Session| {
        session.cluster.store().get(resource::DEPLOYMENTS, "production", "users-v2").unwrap().value()["spec"]
            ["replicas"]
            .clone()
    };
    assert_eq!(replicas(&session), 3);
    session.press("U").await;
    read_the_plan(&mut session).await;
    session.press("y").await;
    session.run_for(Duration::from_secs(2)).await;
    assert_eq!(replicas(&session), 2);
    assert_eq!(changes(&session).len(), 2);
}

#[tokio::test(start_paused = true)]
async fn nothing_typed_is_lost() {
    let mut session = Setup::default().size(120, 40).writes().live().await;
    on(&mut session, "users-v2").await;
    let text = open(&mut session).await;
    // Not YAML: said, and opened again with what was typed.
    session.app.edited(Ok(text.replace("  replicas: 2", "  replicas: ["))).unwrap();
    session.run_for(Duration::from_millis(200)).await;
    session.sees("The edited file had a syntax error: yaml: line ");
    let again = open(&mut session).await;
    assert!(
        again.contains("# The edited file had a syntax error") && again.contains("  replicas: ["),
        "{again}"
    );
    // Refused by the server's dry run: the same.
    let refused = Fault::status(422);
    session.cluster.faults().add("PATCH", "dryRun=All", Some(1), refused);
    session.app.edited(Ok(again.replace("  replicas: [", "  replicas: 4"))).unwrap();
    session.until_text("refused by the server").await;
    session.press("esc").await;
    let again = open(&mut session).await;
    assert!(
        again.contains("  replicas: 4") && again.contains("# deployments.apps \"users-v2\" could not be"),
        "{again}"
    );
    session.app.edited(Ok(text)).unwrap();
    session.run_for(Duration::from_millis(200)).await;
    session.sees("Edit cancelled, no changes made.");
    assert_eq!(changes(&session).len(), 0);
}

#[tokio::test(start_paused = true)]
async fn read_only_opens_no_editor() {
    let mut session = Session::live().await;
    session.press("e").await;
    session.sees("read-only: edit needs patch deployments.apps");
    assert_eq!(session.app.to_edit(), None);
}

#[tokio::test(start_paused = true)]
async fn what_was_typed_for_one_object_outlives_the_edit_of_another() {
    let mut session = Setup::default().size(120, 40).writes().live().await;
    let kept = |session: &Session| {
        session.state().unsent_edits().map(|(target, _)| target.name.clone()).collect::<Vec<_>>()
    };
    on(&mut session, "users-v2").await;
    let text = open(&mut session).await;
    session.app.edited(Ok(text.replace("  replicas: 2", "  replicas: 3"))).unwrap();
    read_the_plan(&mut session).await;
    session.press("esc").await;
    // Another object is edited, and that is sent.
    session.press("1 esc").await;
    on(&mut session, "db").await;
    let other = open(&mut session).await;
    assert!(other.contains("  name: db\n") && !other.contains("users-v2"), "{other}");
    session.app.edited(Ok(other.replace("  revisionHistoryLimit: 10", "  revisionHistoryLimit: 9"))).unwrap();
    read_the_plan(&mut session).await;
    assert_eq!(kept(&session), ["users-v2", "db"]);
    session.press("y").await;
    session.until_text("done: ").await;
    assert_eq!(kept(&session), ["users-v2"], "what was taken is not kept any more");
    session.press("1 esc").await;
    on(&mut session, "users-v2").await;
    let again = open(&mut session).await;
    assert!(again.contains("  replicas: 3"), "{again}");
}
