//! What pods and nodes use: asked only while somebody looks, said when it is old or not to be had.

use std::time::Duration;

use dogwatch::demo::Fault;

use crate::harness::{Session, Setup};
use crate::snapshots::picture;

fn asked(session: &Session) -> usize {
    let all = session.cluster.requests();
    all.iter().filter(|one| one.path_and_query.starts_with("/apis/metrics.k8s.io/v1beta1")).count()
}

#[tokio::test(start_paused = true)]
async fn it_is_asked_only_while_it_is_on_the_screen() {
    for (name, width, height) in [("usage-80x24", 80, 24), ("usage-200x50", 200, 50)] {
        let mut session = Setup::default().size(width, height).live().await;
        session.command("po").await;
        session.until_text("Pods").await;
        session.run_for(Duration::from_mins(1)).await;
        assert_eq!(asked(&session), 0, "nobody looks");
        session.press("ctrl-w").await;
        session.until("numbers", |screen| screen.contains("%L") || width < 100).await;
        let first = asked(&session);
        assert_eq!(first, 1);
        if width < 100 {
            session.press("right right right right right").await;
            session.until_text("%L").await;
        }
        picture(name, &session);
        let before = session.screen();
        session.run_for(Duration::from_secs(61)).await;
        assert!((3..=5).contains(&asked(&session)), "{}", asked(&session));
        assert_ne!(session.screen(), before, "the numbers move");
        session.press("ctrl-w").await;
        let then = asked(&session);
        session.run_for(Duration::from_mins(2)).await;
        assert_eq!(asked(&session), then, "nobody looks any more");
    }
}

#[tokio::test(start_paused = true)]
async fn rows_are_filtered_by_it() {
    let mut session = Setup::default().size(200, 50).live().await;
    session.command("po").await;
    session.until_text("Pods").await;
    session.press("/").await;
    session.type_text("cpu>1m").await;
    session.until("pods that use any", |screen| screen.contains("Pods") && !screen.contains("Pods 0/")).await;
    session.press("ctrl-u").await;
    session.type_text("cpu>900000m").await;
    session.until_text("Pods 0/").await;
    session.press("ctrl-u").await;
    session.type_text("mem>lots").await;
    session.until_text("nor a quantity like 500m, 1Gi").await;
}

#[tokio::test(start_paused = true)]
async fn nodes_have_it_against_what_they_have() {
    let mut session = Setup::default().size(200, 50).live().await;
    session.command("no").await;
    session.until_text("Nodes").await;
    session.press("ctrl-w").await;
    session.until("shares of nodes", |screen| screen.contains("% ")).await;
    // The one that is not ready measures nothing.
    let row = session.line_with("NotReady");
    assert!(row.contains(" - "), "{row}");
}

#[tokio::test(start_paused = true)]
async fn what_is_not_measured_is_said_once() {
    let mut session = Setup::default().size(160, 40).live().await;
    session.faults().add("GET", "/apis/metrics.k8s.io", None, Fault::status(404));
    session.command("po").await;
    session.until_text("Pods").await;
    session.press("ctrl-w").await;
    session.until_text("n/a").await;
    session.sees("the server has no metrics.k8s.io");
    session.run_for(Duration::from_secs(700)).await;
    session.press("m").await;
    session.until_text("Messages").await;
    let said = session.screen().matches("the server has no metrics.k8s.io").count();
    assert_eq!(said, 1, "{}", session.screen());
}

#[tokio::test(start_paused = true)]
async fn old_numbers_say_how_old_they_are() {
    let mut session = Setup::default().size(160, 40).live().await;
    session.command("po").await;
    session.until_text("Pods").await;
    session.press("ctrl-w").await;
    session.until_text("%L").await;
    session.faults().add("GET", "/apis/metrics.k8s.io", None, Fault::status(503));
    session.run_for(Duration::from_secs(58)).await;
    session.sees_no("usage ");
    session.until_text("usage 75 s old").await;
    session.sees("%L");
    session.faults().clear();
    session.until_no("usage ").await;
}
