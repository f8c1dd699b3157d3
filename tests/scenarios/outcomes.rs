//! Faults between a confirmed change and its answer: what is told of it is what the cluster has, and nothing is sent twice.

use std::time::Duration;

use dogwatch::demo::{Fault, resource};
use serde_json::{Value, json};

use crate::harness::{Session, Setup};
use crate::steer::{changes, read_the_plan};

/// What happens to a write.
#[derive(Debug, Clone, Copy)]
enum What {
    /// It is refused, and not done.
    Refuse(u16),
    /// It is done, and answered with this status.
    DoneAnd(u16),
    /// It is done, and the connection is cut in the answer.
    DoneAndCut,
    /// It is done, and its answer does not come.
    DoneAndSilent,
    /// It is taken, and the connection is cut before anything is done.
    TakenAndCut,
    /// It is taken and never answered.
    TakenAndSilent,
}

/// Each with the word for its outcome, and whether the cluster has it.
const FAULTS: &[(What, &str, bool)] = &[
    (What::Refuse(400), "refused", false),
    (What::Refuse(403), "refused", false),
    (What::Refuse(409), "conflict", false),
    (What::Refuse(422), "refused", false),
    (What::Refuse(429), "refused", false),
    (What::Refuse(500), "not done", false),
    (What::Refuse(503), "not done", false),
    (What::Refuse(504), "not done", false),
    // A success that is somebody else's.
    (What::Refuse(200), "not done", false),
    (What::DoneAnd(200), "done", true),
    (What::DoneAndSilent, "done", true),
    (What::DoneAnd(500), "done", true),
    (What::DoneAnd(503), "done", true),
    (What::DoneAnd(504), "done", true),
    (What::DoneAndCut, "done", true),
    (What::TakenAndCut, "not done", false),
    (What::TakenAndSilent, "not done", false),
];

/// A change: how its plan is reached, the request of it, and what shows that the cluster has it.
struct Case {
    /// Keys, or text after a quotation mark.
    keys: &'static [&'static str],
    method: &'static str,
    path: &'static str,
    has: fn(&Session) -> bool,
}

fn object(session: &Session, resource: &'static resource::Resource, name: &str) -> Option<Value> {
    session.cluster.store().get(resource, "production", name).map(|object| object.value())
}

async fn ends(case: &Case, what: What) -> (&'static str, bool, usize, String) {
    let mut session = Setup::default().size(120, 40).writes().live().await;
    for step in case.keys {
        match step.strip_prefix('\'') {
            Some(text) => session.type_text(text).await,
            None => session.press(step).await,
        }
        session.run_for(Duration::from_millis(200)).await;
    }
    read_the_plan(&mut session).await;
    let fault = match what {
        What::Refuse(code) => Fault::status(code),
        What::DoneAnd(code) => Fault::Status { code, retry_after: Some(1), after_work: true },
        What::DoneAndCut => Fault::CutAfter(0),
        What::DoneAndSilent => Fault::StallAfter(0),
        What::TakenAndCut | What::TakenAndSilent => Fault::Hang,
    };
    let rule = session.faults().add(case.method, case.path, None, fault);
    session.press("y").await;
    if matches!(what, What::TakenAndCut) {
        session.run_for(Duration::from_secs(1)).await;
        assert_eq!(session.faults().fired(rule), 1, "it has left");
        session.faults().cut_all();
    }
    for _ in 0..240 {
        if session.state().changes.all().first().is_some_and(|change| change.is_over()) {
            break;
        }
        session.run_for(Duration::from_secs(1)).await;
    }
    // Whoever would send it again has the time to.
    session.run_for(Duration::from_secs(45)).await;
    let outcome = session.state().changes.all()[0].outcome();
    let outcome = outcome.unwrap_or_else(|| panic!("{what:?}: no outcome\n{}", session.screen()));
    (outcome.word(), (case.has)(&session), changes(&session).len(), session.screen())
}

async fn hold(case: &Case) {
    for (what, word, done) in FAULTS {
        let (told, has, sent, screen) = Box::pin(ends(case, *what)).await;
        let place = format!("{} {}: {what:?}\n{screen}", case.method, case.path);
        assert_eq!((told, has, sent), (*word, *done, 1), "{place}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_scale() {
    hold(&Case {
        keys: &["1 /", "'users-v1", "enter s", "'4", "enter"],
        method: "PATCH",
        path: "/deployments/users-v1/scale?fieldManager",
        has: |session| object(session, resource::DEPLOYMENTS, "users-v1").unwrap()["spec"]["replicas"] == 4,
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_label() {
    hold(&Case {
        keys: &["1 /", "'kafka-1", "enter L", "'tier=middle", "enter"],
        method: "PATCH",
        path: "/deployments/kafka-1?fieldManager",
        has: |session| {
            object(session, resource::DEPLOYMENTS, "kafka-1").unwrap()["metadata"]["labels"]["tier"]
                == "middle"
        },
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_switch() {
    hold(&Case {
        keys: &["3 b", "enter"],
        method: "PATCH",
        path: "/services/api-status?fieldManager",
        has: |session| {
            object(session, resource::SERVICES, "api-status").unwrap()["spec"]["selector"]["label"]
                == json!("green")
        },
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_deletion() {
    hold(&Case {
        keys: &["1 /", "'kafka-1", "enter ctrl-d"],
        method: "DELETE",
        path: "/deployments/kafka-1",
        has: |session| object(session, resource::DEPLOYMENTS, "kafka-1").is_none(),
    })
    .await;
}
