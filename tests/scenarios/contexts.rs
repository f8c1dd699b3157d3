//! Going over to another context, which happens only when that one answers.

use dogwatch::demo::Cluster;

use crate::harness::{Session, Setup, story};
use crate::snapshots::picture;

/// A session in `lab`, beside which there is `prod-eu`.
async fn two(size: (u16, u16)) -> (Session, Cluster) {
    let (lab, prod) = (story(false).await, story(false).await);
    let contexts = [("lab", &lab), ("prod-eu", &prod)];
    let session = Setup::default().size(size.0, size.1).writes().contexts(&contexts).live().await;
    (session, prod)
}

#[tokio::test(start_paused = true)]
async fn the_list_says_what_is_protected_and_where_contexts_lead() {
    for (name, size) in [("contexts-80x24", (80, 24)), ("contexts-200x50", (200, 50))] {
        let (mut session, _) = two(size).await;
        session.command("ctx").await;
        session.sees("prod-eu-c / production");
        assert!(session.line_with("prod-eu-c").contains("PROTECTED"), "{}", session.screen());
        assert!(session.line_with("lab-c").contains("here"), "{}", session.screen());
        picture(name, &session);
    }
}

#[tokio::test(start_paused = true)]
async fn the_context_before_stays_live_until_the_other_answers() {
    let (mut session, prod) = two((120, 30)).await;
    prod.faults().silence(true);
    session.command("ctx prod-eu").await;
    session.until_live().await;
    assert!(session.line(0).starts_with(" lab / production"), "{}", session.screen());
    // It can be worked with: another kind is read from it.
    session.command("cm").await;
    session.until_text("ConfigMaps 2").await;
    assert!(session.line(0).starts_with(" lab"), "{}", session.screen());
    prod.faults().clear();
    session.until("the other context", |screen| screen.starts_with(" prod-eu / production")).await;
    session.until_live().await;
    session.sees("PROTECTED");
    session.sees("Deployments 16");
}

#[tokio::test(start_paused = true)]
async fn where_one_goes_in_another_context_is_noted() {
    let dir = tempfile::tempdir().unwrap();
    let (lab, prod) = (story(false).await, story(false).await);
    let start = |first: &'static str| {
        let mut contexts = [("lab", &lab), ("prod-eu", &prod)];
        contexts.sort_by_key(|(name, _)| *name != first);
        Setup::default().size(120, 30).contexts(&contexts).notes(dir.path())
    };
    let mut session = start("lab").live().await;
    session.command("svc staging @prod-eu").await;
    session.until("the other context", |screen| screen.starts_with(" prod-eu / staging")).await;
    session.until_text("Services").await;
    session.until_live().await;
    drop(session);
    let mut session = start("prod-eu").start().await;
    session.until("where it was", |screen| screen.starts_with(" prod-eu / staging")).await;
    session.until_live().await;
    session.sees_no("Deployments");
    session.sees("Services");
}

#[tokio::test(start_paused = true)]
async fn a_context_that_does_not_answer_is_told_and_changes_nothing() {
    let (mut session, prod) = two((120, 30)).await;
    prod.faults().refuse(true);
    session.command("cm").await;
    session.until_text("ConfigMaps 2").await;
    session.command("po @prod-eu").await;
    session.until_text("context prod-eu was not opened").await;
    session.sees("ConfigMaps 2");
    session.until_live().await;
    assert!(session.line(0).starts_with(" lab"), "{}", session.screen());
    // What was wanted there is not done elsewhere.
    prod.faults().clear();
    session.command("ctx prod-eu").await;
    session.until("the other context", |screen| screen.starts_with(" prod-eu")).await;
    session.until_text("Deployments 16").await;
}

#[tokio::test(start_paused = true)]
async fn opening_can_be_cancelled() {
    let (mut session, prod) = two((120, 30)).await;
    prod.faults().silence(true);
    session.command("ctx prod-eu").await;
    session.command("operations").await;
    session.until_text("open context prod-eu").await;
    session.press("x").await;
    session.until_text("cancelled: open context prod-eu").await;
    prod.faults().clear();
    session.run_for(std::time::Duration::from_secs(20)).await;
    assert!(session.line(0).starts_with(" lab"), "{}", session.screen());
}

#[tokio::test(start_paused = true)]
async fn a_context_may_only_read_while_others_change() {
    let (lab, audit) = (story(false).await, story(false).await);
    let contexts = [("lab", &lab), ("audit-ro", &audit)];
    let mut session = Setup::default().size(120, 30).writes().contexts(&contexts).live().await;
    session.sees_no("READ-ONLY");
    session.command("ctx").await;
    assert!(session.line_with("audit-ro-c").contains("READ-ONLY"), "{}", session.screen());
    assert!(!session.line_with(" lab-c").contains("READ-ONLY"), "{}", session.screen());
    session.press("esc").await;
    session.command("ctx audit-ro").await;
    session.until("the other context", |screen| screen.starts_with(" audit-ro")).await;
    session.until_live().await;
    session.sees("READ-ONLY");
    session.press("r").await;
    session.sees("read-only");
    assert!(session.app.to_enter().is_none());
    session.command("ctx lab").await;
    session.until("and back", |screen| screen.starts_with(" lab")).await;
    session.until_live().await;
    session.sees_no("READ-ONLY");
}

#[tokio::test(start_paused = true)]
async fn nobody_is_moved_in_the_middle_of_a_line() {
    let (mut session, prod) = two((120, 30)).await;
    prod.faults().silence(true);
    session.command("ctx prod-eu").await;
    session.press("/").await;
    session.type_text("orders").await;
    prod.faults().clear();
    session.until_text("filter orders").await;
    session.run_for(std::time::Duration::from_secs(20)).await;
    assert!(session.line(0).starts_with(" lab"), "{}", session.screen());
    session.press("esc").await;
    session.until("the other context", |screen| screen.starts_with(" prod-eu")).await;
}
