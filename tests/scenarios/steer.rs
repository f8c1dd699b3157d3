//! Changing a cluster: the plan before, exactly one request per confirmed change, and the outcome the cluster shows.

use std::time::Duration;

use dogwatch::app::Leave;
use dogwatch::demo::{Fault, Recorded, resource};
use dogwatch::keymap::key::KeyPress;
use dogwatch::screen::Screen;
use dogwatch::screen::plan::left::FIRST_REPEAT;
use dogwatch::terminal::input::InputEvent;

use crate::harness::{Session, Setup};

/// Everything that left and could have changed something, dry runs too.
fn writes(session: &Session) -> Vec<Recorded> {
    let plain = |request: &Recorded| {
        request.method == "GET" || request.path_and_query.contains("selfsubjectaccessreviews")
    };
    session.cluster.requests().into_iter().filter(|request| !plain(request)).collect()
}

/// The writes that were no dry runs.
pub fn changes(session: &Session) -> Vec<Recorded> {
    let dry = |request: &Recorded| {
        request.path_and_query.contains("dryRun=All")
            || String::from_utf8_lossy(&request.body).contains("dryRun")
    };
    writes(session).into_iter().filter(|request| !dry(request)).collect()
}

fn replicas(session: &Session, name: &str) -> i64 {
    let object = session.cluster.store().get(resource::DEPLOYMENTS, "production", name).unwrap();
    object.value()["spec"]["replicas"].as_i64().unwrap()
}

/// The plan is on the screen, answered, and for long enough to be read.
pub async fn read_the_plan(session: &mut Session) {
    let accepted =
        |screen: &str| screen.contains("accepted by the server") || screen.contains("dry run accepted");
    session.until("the dry run's answer", accepted).await;
    session.run_for(Duration::from_millis(500)).await;
}

#[tokio::test(start_paused = true)]
async fn scaling_shows_its_plan_and_is_followed_to_its_end() {
    let mut session = Setup::default().size(120, 40).writes().live().await;
    session.press("s").await;
    session.sees("replicas of deployment/api-status-blue:");
    session.type_text("5").await;
    session.sees("3 -> 5");
    session.press("enter").await;
    read_the_plan(&mut session).await;
    session.sees("PLAN  scale deployment/api-status-blue");
    session.sees("kubectl -n production scale deployment/api-status-blue --replicas=5");
    session.sees("context");
    assert_eq!(changes(&session).len(), 0, "nothing is sent before it is confirmed");
    session.press("enter").await;
    assert_eq!(changes(&session).len(), 0, "Enter never confirms");
    session.paste("y").await;
    assert_eq!(changes(&session).len(), 0, "paste never confirms");
    session.press("y").await;
    session.until_text("done: 5 of 5 ready").await;
    assert_eq!(changes(&session).len(), 1, "one request for one change: {:?}", changes(&session));
    assert_eq!(replicas(&session, "api-status-blue"), 5);
}

#[tokio::test(start_paused = true)]
async fn keys_typed_before_the_plan_was_there_do_not_confirm_it() {
    let mut session = Setup::default().writes().live().await;
    session.cluster.faults().add(
        "GET",
        "/deployments/api-status-blue",
        Some(1),
        Fault::Delay(Duration::from_secs(2)),
    );
    session.press("s").await;
    session.type_text("5").await;
    session.press("enter y y y").await;
    read_the_plan(&mut session).await;
    assert_eq!(changes(&session).len(), 0);
    session.sees("PLAN");
    session.press("esc").await;
    session.sees_no("PLAN");
    assert_eq!(changes(&session).len(), 0);
    assert_eq!(replicas(&session, "api-status-blue"), 3);
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_was_lost_is_looked_up() {
    let mut session = Setup::default().writes().live().await;
    session.press("s").await;
    session.type_text("4").await;
    session.press("enter").await;
    read_the_plan(&mut session).await;
    let lost = Fault::Status { code: 504, retry_after: None, after_work: true };
    session.cluster.faults().add("PATCH", "/scale?fieldManager", None, lost);
    session.press("y").await;
    session.until_text("done: 4 of 4 ready").await;
    assert_eq!(changes(&session).len(), 1, "it is not sent again");
    assert_eq!(replicas(&session, "api-status-blue"), 4);
}

#[tokio::test(start_paused = true)]
async fn an_object_that_changed_meanwhile_is_planned_again() {
    let mut session = Setup::default().writes().live().await;
    session.press("s").await;
    session.type_text("4").await;
    session.press("enter").await;
    read_the_plan(&mut session).await;
    session.cluster.faults().add("PATCH", "/scale?fieldManager", Some(1), Fault::status(409));
    session.press("y").await;
    session.until_text("nothing was done").await;
    session.until_text("accepted by the server").await;
    session.sees("PLAN  scale deployment/api-status-blue");
    assert_eq!(replicas(&session, "api-status-blue"), 3);
    session.run_for(Duration::from_millis(500)).await;
    session.press("y").await;
    session.until_text("done: 4 of 4 ready").await;
}

#[tokio::test(start_paused = true)]
async fn what_may_not_be_done_is_said_before() {
    let mut session = Setup::default().writes().live().await;
    session.cluster.faults().deny("patch", "deployments/scale", "production");
    session.press("s").await;
    session.type_text("4").await;
    session.press("enter").await;
    session.until_text("needs patch deployments.apps/scale in namespace production").await;
    session.run_for(Duration::from_secs(1)).await;
    session.press("y").await;
    assert_eq!(writes(&session).len(), 0, "not even a dry run");
}

#[tokio::test(start_paused = true)]
async fn read_only_says_what_it_does_not_do() {
    let mut session = Session::live().await;
    session.sees("READ-ONLY");
    session.press("s").await;
    session.sees("read-only: scale needs patch deployments.apps/scale");
    session.press("u").await;
    session.sees("read-only: undo needs patch deployments.apps");
    assert_eq!(writes(&session).len(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_dry_run_that_meets_a_newer_object_is_asked_again() {
    let mut session = Setup::default().writes().live().await;
    let rule = session.cluster.faults().add("PATCH", "dryRun=All", Some(2), Fault::status(409));
    session.press("s").await;
    session.type_text("4").await;
    session.press("enter").await;
    read_the_plan(&mut session).await;
    assert_eq!(session.cluster.faults().fired(rule), 2);
    assert_eq!(changes(&session).len(), 0);
    // It does not go on for ever.
    session.cluster.faults().add("PATCH", "dryRun=All", None, Fault::status(409));
    session.press("esc s").await;
    session.type_text("5").await;
    session.press("enter").await;
    session.until_text("refused by the server").await;
}

#[tokio::test(start_paused = true)]
async fn budgets_and_quotas_of_the_cluster_are_counted_in_the_plan() {
    let flat = |session: &Session| session.screen().split_whitespace().collect::<Vec<_>>().join(" ");
    let mut session = Setup::default().size(200, 50).writes().live().await;
    for (keys, to, said) in [
        (
            "s",
            "1",
            "budget api-status ! minAvailable 2, 3 of 3 healthy now, 1 disruption allowed; 1 then, fewer than the 2 it wants: \
             a scale-down is not held back by it, only evictions are",
        ),
        (
            "s",
            "4",
            "quota compute pods 38/200, 1 more; requests.cpu 6200m/40, 100m more; requests.memory 11Gi/128Gi, 128Mi more fit",
        ),
        (
            "s",
            "400",
            "quota compute ! pods 38/200, 397 more; requests.cpu 6200m/40, 39700m more would not fit",
        ),
        (
            "r",
            "",
            "budget api-status minAvailable 2, 3 of 3 healthy now, 1 disruption allowed; at least 3 meanwhile",
        ),
    ] {
        session.press(keys).await;
        if !to.is_empty() {
            session.type_text(to).await;
            session.press("enter").await;
        }
        read_the_plan(&mut session).await;
        assert!(flat(&session).contains(said), "{said}: {}", session.screen());
        session.press("esc").await;
    }
    session.cluster.faults().add("GET", "/poddisruptionbudgets", None, Fault::status(403));
    session.cluster.faults().add("GET", "/resourcequotas", None, Fault::status(403));
    session.press("r").await;
    read_the_plan(&mut session).await;
    for said in ["poddisruptionbudgets not looked at: forbidden", "resourcequotas not looked at: forbidden"] {
        assert!(flat(&session).contains(said), "{said}: {}", session.screen());
    }
}

/// A key that was down before the plan could be read confirms nothing, however long it is held; one that is pressed after that does.
#[tokio::test(start_paused = true)]
async fn a_held_key_confirms_nothing() {
    let y = || InputEvent::Key(KeyPress::parse_sequence("y").unwrap()[0]);
    // When it is pressed after Enter, when it is repeated first, and how often then.
    for (pressed, first, every) in [(0, 180, 10), (0, 590, 10), (150, 590, 30), (0, 30, 30)] {
        let mut session = Setup::default().size(120, 40).writes().live().await;
        session.press("s").await;
        session.type_text("4").await;
        session.press("enter").await;
        session.run_for(Duration::from_millis(pressed)).await;
        session.send_at_once(y()).await;
        session.run_for(Duration::from_millis(first)).await;
        for _ in 0..60 {
            session.send_at_once(y()).await;
            session.run_for(Duration::from_millis(every)).await;
        }
        assert!(changes(&session).is_empty(), "{pressed} {first} {every}: {}", session.screen());
        session.run_for(FIRST_REPEAT).await;
        session.send_at_once(y()).await;
        assert_eq!(changes(&session).len(), 1, "{pressed} {first} {every}: {}", session.screen());
    }
}

/// What is forbidden is said as such.
#[tokio::test(start_paused = true)]
async fn services_that_may_not_be_listed_are_said_to_be_forbidden() {
    let mut session = Setup::default().size(120, 40).writes().start().await;
    session.cluster.faults().add("GET", "/services", None, Fault::status(403));
    session.until_text("partly forbidden").await;
    session.press("r").await;
    read_the_plan(&mut session).await;
    let flat = session.screen().split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(flat.contains("services not looked at: forbidden: list services"), "{flat}");
}

#[tokio::test(start_paused = true)]
async fn keys_right_after_a_plan_do_not_reach_the_screen_below() {
    let key = |keys: &str| InputEvent::Key(KeyPress::parse_sequence(keys).unwrap()[0]);
    for (leaves, again) in [("y", "y"), ("esc", "y"), ("y", "q")] {
        let mut session = Setup::default().size(120, 40).writes().live().await;
        session.press("s").await;
        session.type_text("5").await;
        session.press("enter").await;
        read_the_plan(&mut session).await;
        session.send_at_once(key(leaves)).await;
        assert!(session.state().stack.is_empty());
        session.send_at_once(key(again)).await;
        session.sees("came right after the plan: it does nothing");
        assert!(session.state().stack.is_empty(), "{leaves} {again}: {}", session.screen());
        assert_eq!(changes(&session).len(), usize::from(leaves == "y"));
        session.run_for(FIRST_REPEAT).await;
        session.send_at_once(key("y")).await;
        assert!(matches!(session.state().stack.last(), Some(Screen::Text(_))), "{}", session.screen());
    }
    let mut session = Setup::default().size(120, 40).writes().live().await;
    session.press("s").await;
    session.type_text("5").await;
    session.press("enter").await;
    read_the_plan(&mut session).await;
    // It is held down, and repeated after half a second.
    session.send_at_once(key("y")).await;
    session.run_for(Duration::from_millis(500)).await;
    for _ in 0..30 {
        session.send_at_once(key("y")).await;
        assert!(session.state().stack.is_empty(), "{}", session.screen());
    }
    session.press("s").await;
    session.type_text("6").await;
    session.press("enter").await;
    read_the_plan(&mut session).await;
    session.send_at_once(key("esc")).await;
    assert_eq!(session.leave(key("ctrl-c")).await, Some(Leave::Quit), "Ctrl-C is no stray key");
}
