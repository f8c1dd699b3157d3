//! Deleting: force and what becomes of what an object owns are choices on the plan, each with its request and its level.

use std::time::Duration;

use serde_json::{Value, json};

use crate::harness::{Session, Setup};
use crate::steer::{changes, read_the_plan};

async fn on(session: &mut Session, pane: &str, name: &str) {
    session.press(pane).await;
    session.press("/").await;
    session.type_text(name).await;
    session.press("enter g").await;
    session.run_for(Duration::from_millis(200)).await;
}

#[tokio::test(start_paused = true)]
async fn force_is_a_choice_on_the_plan_and_destructive() {
    let mut session = Setup::default().size(120, 40).writes().live().await;
    on(&mut session, "= 2", "users-v2").await;
    session.press("ctrl-d").await;
    read_the_plan(&mut session).await;
    session.sees("affects traffic");
    session.sees("f force");
    session.press("f").await;
    read_the_plan(&mut session).await;
    session.sees("destructive");
    session.sees("--grace-period=0 --force");
    session.sees("the server forgets the pod at once");
    session.press("f").await;
    read_the_plan(&mut session).await;
    session.sees("affects traffic");
    session.press("f").await;
    read_the_plan(&mut session).await;
    session.press("y").await;
    session.until_text("done: ").await;
    let sent = changes(&session);
    let body: Value = serde_json::from_slice(&sent[0].body).unwrap();
    assert_eq!((sent.len(), &body["gracePeriodSeconds"]), (1, &json!(0)));
}

#[tokio::test(start_paused = true)]
async fn a_forced_delete_in_a_protected_context_asks_for_the_name() {
    let mut session = Setup::default().size(120, 40).protected().live().await;
    on(&mut session, "= 2", "users-v2").await;
    session.press("ctrl-d").await;
    read_the_plan(&mut session).await;
    session.press("f").await;
    read_the_plan(&mut session).await;
    session.press("y").await;
    session.sees("to confirm: ");
    assert_eq!(changes(&session).len(), 0);
}

#[tokio::test(start_paused = true)]
async fn what_it_owns_goes_first_afterwards_or_stays() {
    let mut session = Setup::default().size(120, 40).writes().live().await;
    on(&mut session, "1", "users-v2").await;
    session.press("ctrl-d").await;
    read_the_plan(&mut session).await;
    session.sees("go after it");
    session.press("C").await;
    read_the_plan(&mut session).await;
    session.sees("go before it");
    session.sees("--cascade=foreground");
    session.press("C").await;
    read_the_plan(&mut session).await;
    session.sees("stay, without an owner");
    session.press("y").await;
    session.until_text("done: ").await;
    let body: Value = serde_json::from_slice(&changes(&session)[0].body).unwrap();
    assert_eq!(body["propagationPolicy"], "Orphan");
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_forced_says_so() {
    let mut session = Setup::default().size(120, 40).writes().live().await;
    on(&mut session, "1", "users-v2").await;
    session.press("r").await;
    read_the_plan(&mut session).await;
    session.press("f").await;
    session.sees("there is nothing to force here");
    session.press("C").await;
    session.sees("that is for the plan of a delete");
}
