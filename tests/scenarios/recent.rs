//! What changed lately: from what objects remember, and from what the session saw; and how one object changes.

use std::time::Duration;

use dogwatch::demo::resource::{self, Resource};
use dogwatch::demo::store::Write;
use serde_json::{Value, json};

use crate::harness::{Session, Setup};
use crate::snapshots::picture;

/// Edits an object of the shop as somebody else does, whose manager is named.
fn edited(
    session: &Session,
    of: &'static Resource,
    name: &str,
    manager: &str,
    change: impl FnOnce(&mut Value),
) {
    let write = Write { manager, ..Write::default() };
    let change = |object: &mut Value| {
        change(object);
        Ok(())
    };
    session.cluster.store().update_as(of, "production", name, write, change).unwrap();
}

fn greet(session: &Session, words: &str) {
    edited(session, resource::CONFIGMAPS, "qotd", "kubectl-edit", |map| {
        map["data"]["MESSAGE"] = json!(words);
    });
}

fn switch(session: &Session, label: &str) {
    edited(session, resource::SERVICES, "api-status", "kubectl-patch", |service| {
        service["spec"]["selector"]["label"] = json!(label);
    });
}

#[tokio::test(start_paused = true)]
async fn what_happened_before_the_start_and_since() {
    for (name, width, height) in [("changes-80x24", 80, 24), ("changes-200x50", 200, 50)] {
        let mut session = Setup::default().size(width, height).live().await;
        // Nobody looked at config maps: it is told by who manages the fields.
        greet(&session, "hello");
        session.command("changes").await;
        session.until_text("Changes of production, last 1 h").await;
        session.until_text("read ").await;
        session.sees("configmap/qotd");
        session.sees("wrote data.MESSAGE");
        session.sees("kubectl-edit");
        session.sees("rollout  deployment/checkout");
        picture(name, &session);
        // And what is watched is told as it changes, without asking again.
        switch(&session, "green");
        session.until_text("selector label=blue -> label=green").await;
    }
}

#[tokio::test(start_paused = true)]
async fn one_looks_back_further_and_less_far() {
    let mut session = Setup::default().size(120, 30).live().await;
    session.press(",").await;
    session.command("changes 30m").await;
    session.until_text("last 30 min").await;
    session.press("+ +").await;
    session.until_text("last 3 h").await;
    session.press("-").await;
    session.until_text("last 1 h").await;
    session.command("changes 1d").await;
    session.until_text("last 1 d").await;
    session.command("changes soon").await;
    session.sees("soon is no span of time");
}

#[tokio::test(start_paused = true)]
async fn of_an_object_and_what_it_has_to_do_with() {
    let mut session = Setup::default().size(120, 30).live().await;
    greet(&session, "hello");
    switch(&session, "green");
    session.command("deploy /web").await;
    session.until_text("Deployments").await;
    session.press(",").await;
    session.until_text("Changes of deployment web").await;
    session.until_text("read ").await;
    // The config map is in its environment; the service is somebody else's.
    session.sees("configmap/qotd");
    session.sees_no("api-status");
    session.press("a").await;
    session.until_text("Changes of production").await;
    session.until_text("service/api-status").await;
    // To the object, and back to the same line.
    session.press("g").await;
    let row = session.line_with(">");
    session.press("enter").await;
    session.until_no("Changes of").await;
    session.press("esc").await;
    assert_eq!(session.line_with(">")[10..], row[10..], "{}", session.screen());
}

#[tokio::test(start_paused = true)]
async fn what_may_not_be_read_is_named() {
    let mut session = Setup::default().size(120, 30).live().await;
    session.faults().deny("list", "secrets", "production");
    session.faults().deny("list", "configmaps", "production");
    session.command("changes").await;
    session.until_text("not looked at: configmaps").await;
    session.sees("secrets (");
    session.sees("rollout  deployment/checkout");
    let requests = session.cluster.requests();
    let secrets = requests.iter().filter(|one| one.path_and_query.contains("/secrets"));
    for one in secrets {
        assert!(one.accept.contains("PartialObjectMetadata"), "{one:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_object_is_compared_version_by_version() {
    let mut session = Setup::default().size(100, 30).live().await;
    session.command("svc /api-status").await;
    session.until_text("Services").await;
    switch(&session, "canary");
    session.until_text("label=canary").await;
    session.press(";").await;
    session.until_text("nothing has changed since").await;
    session.sees("seen in this session before");
    session.sees("selector label=blue -> label=canary");
    session.run_for(Duration::from_secs(61)).await;
    switch(&session, "green");
    session.until_text("+ green").await;
    session.sees("spec.selector.label");
    session.sees("- canary");
    picture("diff-100x30", &session);
}

#[tokio::test(start_paused = true)]
async fn values_of_secrets_are_in_no_diff() {
    let mut session = Setup::default().size(100, 30).live().await;
    session.command("secrets /postgres").await;
    session.until_text("Secrets").await;
    session.press(";").await;
    session.until_text("nothing has changed since").await;
    edited(&session, resource::SECRETS, "postgres", "kubectl-edit", |secret| {
        secret["data"]["POSTGRES_PASSWORD"] = json!("c2hvcnQ=");
    });
    session.until_text("data.POSTGRES_PASSWORD").await;
    session.sees("- 21");
    session.sees("+ 5");
    edited(&session, resource::SECRETS, "postgres", "kubectl-edit", |secret| {
        secret["data"]["POSTGRES_PASSWORD"] = json!("b3RoZXI=");
    });
    session.until_text("values of a Secret are not compared").await;
    for hidden in ["c2hv", "short", "b3Ro", "other", "correct"] {
        session.sees_no(hidden);
    }
}
