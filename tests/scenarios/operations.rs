//! The list of what is on its way: everything that runs is on it, and can be stopped from it (invariant 4).

use std::time::Duration;

use dogwatch::demo::{Fault, resource};

use crate::harness::{Session, Setup};
use crate::snapshots::picture;
use crate::steer::{changes, read_the_plan};

/// A rollout that never ends.
async fn stuck(session: &mut Session) {
    session.press("1 /").await;
    session.type_text("users-v2").await;
    session.press("enter g i").await;
    session.type_text(":does-not-exist").await;
    session.press("enter").await;
    read_the_plan(session).await;
    session.press("e").await;
    session.type_text("ticket 4711").await;
    session.press("enter y").await;
    session.until_text("set image of deployment/users-v2:").await;
}

/// What is on its way, in words.
fn open(session: &Session) -> Vec<String> {
    session.state().operations.open().map(|(_, operation)| operation.words.clone()).collect()
}

#[tokio::test(start_paused = true)]
async fn changes_are_listed_with_how_far_they_are_and_left() {
    let mut session = Setup::default().size(120, 40).writes().live().await;
    stuck(&mut session).await;
    session.press("o").await;
    session.sees("changes: 1 running, 0 over");
    session.sees("running    set image of deployment/users-v2: ");
    session.press("b").await;
    session.until_text("(its end will be announced)").await;
    session.press("enter").await;
    session.sees("ticket 4711");
    session.sees("set image of deployment/users-v2 in namespace production");
    session.sees("/apis/apps/v1/namespaces/production/deployments/users-v2");
    session.sees("when it has ended");
    session.press("esc x").await;
    session.until_text("left       set image of deployment/users-v2: no longer followed").await;
    session.sees("changes: 0 running, 1 over");
    assert!(!session.sent().is_empty(), "the end of one that rings is announced");
    // It is over: there is nothing to stop, and it can be taken back.
    session.press("x").await;
    session.sees("it is over already");
    session.press("U").await;
    session.until_text("takes back: set image of deployment/users-v2").await;
    assert_eq!(changes(&session).len(), 1);
}

#[tokio::test(start_paused = true)]
async fn what_waits_for_its_turn_is_not_begun_when_it_is_stopped() {
    let mut session = Setup::default().size(120, 40).writes().live().await;
    session.press("space space s").await;
    session.type_text("4").await;
    session.press("enter").await;
    read_the_plan(&mut session).await;
    // The answer of the first takes its time.
    let slow = Fault::Delay(Duration::from_secs(5));
    session.cluster.faults().add("PATCH", "/scale?fieldManager", Some(1), slow);
    session.press("y o x").await;
    session.sees("what has been sent cannot be called back");
    session.until_text("changes: 0 running, 1 over").await;
    session.run_for(Duration::from_secs(20)).await;
    assert_eq!(changes(&session).len(), 1, "the second was never sent");
    session.sees("not begun  scale 2 objects: 1 of 2: deployment/api-status-green: ");
    session.press("enter").await;
    session.sees("1. scale deployment/api-status-blue in namespace production");
    session.sees("done: 4 of 4 ready");
    session.sees("2. scale deployment/api-status-green in namespace production");
    session.sees("not begun: no longer followed");
}

#[tokio::test(start_paused = true)]
async fn what_is_read_is_listed_and_cancelled() {
    let mut session = Setup::default().size(120, 40).writes().live().await;
    let slow = || Fault::Delay(Duration::from_mins(1));
    // A document.
    session.cluster.faults().add("GET", "/deployments/api-status-blue", Some(1), slow());
    session.press("y o").await;
    session.sees("open       read api-status-blue");
    session.press("x").await;
    session.sees("cancelled: read api-status-blue");
    session.press("esc").await;
    session.sees("YAML of Deployment production/api-status-blue");
    session.until_text("cancelled").await;
    assert_eq!(open(&session), Vec::<String>::new());
    session.press("esc").await;
    // What a plan is made from.
    session.cluster.faults().add("GET", "/deployments/api-status-blue", Some(1), slow());
    session.press("r o").await;
    session.sees("open       read deployment/api-status-blue for its plan");
    session.press("x esc").await;
    session.sees("no plan");
    session.sees("cancelled");
    session.press("esc").await;
    // A dry run.
    session.cluster.faults().add("PATCH", "dryRun=All", Some(1), slow());
    session.press("r").await;
    session.until_text("asking the server").await;
    session.press("o").await;
    session.sees("open       dry run");
    session.sees("open       follow deployment/api-status-blue while its plan is shown");
    session.press("g").await;
    while session.line_with(">    ").contains("follow") {
        session.press("j").await;
    }
    session.press("x esc").await;
    session.sees("not answered: cancelled");
    session.press("esc").await;
    // A log.
    session.press("l").await;
    session.until_text("following").await;
    session.press("o").await;
    session.sees("open       log of deployment/api-status-blue");
    session.press("x esc").await;
    session.until_text("cancelled").await;
    session.press("esc").await;
    assert_eq!(changes(&session).len(), 0);
    assert_eq!(open(&session), Vec::<String>::new());
}

/// Whatever was opened and left again leaves nothing behind.
#[tokio::test(start_paused = true)]
async fn nothing_stays_on_the_list() {
    let mut session = Setup::default().size(120, 40).writes().live().await;
    for keys in [
        "y esc",
        "2 enter esc 1",
        "l esc",
        "R esc",
        "R i esc esc",
        "r esc",
        "R u esc esc",
        "J esc",
        "n esc",
        "2 y : n s space s t a g i n g enter",
        "2 l : n s space p r o d u c t i o n enter",
        "e",
    ] {
        if keys == "e" {
            session.press_and_leave("e", dogwatch::app::Leave::Edit).await;
            session.app.edited(Err("closed".to_owned())).unwrap();
        } else {
            session.press(keys).await;
        }
        session.run_for(Duration::from_secs(3)).await;
        assert_eq!(open(&session), Vec::<String>::new(), "after {keys}");
    }
    // A change, from its plan to its end.
    session.press("1 g s").await;
    session.type_text("4").await;
    session.press("enter").await;
    read_the_plan(&mut session).await;
    session.press("y").await;
    session.until_text("done: 4 of 4 ready").await;
    assert_eq!(open(&session), Vec::<String>::new());
    let list = session.cluster.store().get(resource::DEPLOYMENTS, "production", "api-status-blue").unwrap();
    assert_eq!(list.value()["spec"]["replicas"], 4);
}

#[tokio::test(start_paused = true)]
async fn pictures() {
    for (size, width, height) in [("80x24", 80, 24), ("120x40", 120, 40)] {
        let mut session = Setup::default().size(width, height).writes().live().await;
        session.press("s").await;
        session.type_text("4").await;
        session.press("enter").await;
        read_the_plan(&mut session).await;
        session.press("y").await;
        session.until_text("done: 4 of 4 ready").await;
        stuck(&mut session).await;
        session.run_for(Duration::from_secs(20)).await;
        session.press("l o").await;
        session.run_for(Duration::from_secs(1)).await;
        picture(&format!("operations-{size}"), &session);
        session.press("g enter").await;
        picture(&format!("operations-change-{size}"), &session);
    }
}
