//! Several contexts in one table: each cluster as current as it is, whatever the others do.

use std::time::Duration;

use dogwatch::demo::store::DeleteOptions;
use dogwatch::demo::{Cluster, resource};
use serde_json::json;

use crate::harness::{Session, Setup, is_live, story};
use crate::snapshots::picture;

struct Three {
    session: Session,
    eu: Cluster,
    us: Cluster,
}

/// A session in `lab`, beside which there are `prod-eu` and `prod-us`, which are the group `prod`.
async fn three(size: (u16, u16)) -> Three {
    let (lab, eu, us) = (story(false).await, story(false).await, story(false).await);
    // So that one can be told from the other: they have the same UIDs.
    for name in ["users-v1", "users-v2", "web"] {
        us.store().delete(resource::DEPLOYMENTS, "production", name, &DeleteOptions::now()).unwrap();
    }
    let contexts = [("lab", &lab), ("prod-eu", &eu), ("prod-us", &us)];
    let setup = Setup::default().size(size.0, size.1).writes().contexts(&contexts);
    let setup = setup.group("prod", &["prod-eu", "prod-us"]).group("nobody", &[]);
    let session = setup.live().await;
    Three { session, eu, us }
}

async fn deployments(three: &mut Three, typed: &str) {
    three.session.command(typed).await;
    three.session.until_text("prod-eu live").await;
    three.session.until_text("prod-us live").await;
}

#[tokio::test(start_paused = true)]
async fn the_rows_of_several_contexts_are_one_table() {
    for (name, size) in [("fleet-80x24", (80, 24)), ("fleet-200x50", (200, 50))] {
        let mut three = three(size).await;
        deployments(&mut three, "deploy @prod").await;
        let session = &mut three.session;
        // 16 in one, 13 in the other, though their UIDs are the same.
        session.until_text("Deployments 29").await;
        assert!(session.line(0).starts_with(" prod-eu,prod-us / production"), "{}", session.screen());
        assert!(is_live(&session.screen()), "{}", session.line(0));
        picture(name, session);
        session.press("/").await;
        session.type_text("context:us web").await;
        session.until_text("Deployments 0/29").await;
        session.press("esc").await;
    }
}

#[tokio::test(start_paused = true)]
async fn one_that_goes_away_keeps_its_rows_and_the_others_stay_live() {
    let mut three = three((160, 45)).await;
    deployments(&mut three, "deploy @prod-eu,prod-us").await;
    let Three { session, eu, us } = &mut three;
    us.faults().refuse(true);
    us.faults().cut_all();
    session.until_text("prod-us stale").await;
    session.sees("prod-eu live");
    session.sees("Deployments 29");
    assert!(!is_live(&session.screen()), "{}", session.line(0));
    session.run_for(Duration::from_secs(20)).await;
    session
        .until("its age", |screen| screen.contains("prod-us stale 2") && screen.contains("prod-eu live"))
        .await;
    // What is asked of the lost one says why it does not come.
    session.press("j y").await;
    session.sees("YAML @prod-us of Deployment");
    session.sees_no("reading…");
    session.press("esc").await;
    // The other one goes on.
    eu.store().delete(resource::DEPLOYMENTS, "production", "web", &DeleteOptions::now()).unwrap();
    session.until_text("Deployments 28").await;
    us.store().delete(resource::DEPLOYMENTS, "production", "search", &DeleteOptions::now()).unwrap();
    us.faults().refuse(false);
    session.until_text("prod-us live").await;
    session.until_text("Deployments 27").await;
    // The session's own cluster has nothing to do with all that.
    session.press("esc").await;
    session.until_live().await;
    session.sees("Deployments 16");
}

#[tokio::test(start_paused = true)]
async fn nothing_is_changed_in_another_context() {
    let mut three = three((160, 45)).await;
    deployments(&mut three, "deploy @prod").await;
    let session = &mut three.session;
    for keys in ["s", "r", "ctrl-d", "R", "d", "v", "w", "C", "space u r"] {
        session.press(keys).await;
        session.sees("open its context first (Enter)");
        session.sees("Deployments 29");
    }
}

#[tokio::test(start_paused = true)]
async fn a_row_is_read_in_its_own_cluster_and_enter_opens_its_context() {
    let mut three = three((160, 45)).await;
    let (eu, us) = (three.eu.clone(), three.us.clone());
    for (cluster, at) in [(&eu, "of-eu"), (&us, "of-us")] {
        let mark = |object: &mut serde_json::Value| {
            object["metadata"]["labels"]["where"] = json!(at);
            Ok(())
        };
        cluster.store().update(resource::DEPLOYMENTS, "production", "search", mark).unwrap();
    }
    deployments(&mut three, "deploy @prod /search context:us").await;
    let session = &mut three.session;
    session.until_text("Deployments 1/29").await;
    session.press("y").await;
    session.until_text("where: of-us").await;
    session.sees("YAML @prod-us of Deployment");
    session.press("esc").await;
    session.sees("Deployments 1/29");
    session.press("enter").await;
    session.until("its context", |screen| screen.starts_with(" prod-us / production")).await;
    session.until_text("Deployments 1/13  filter search").await;
    session.until_live().await;
    session.sees_no("CONTEXT");
}

#[tokio::test(start_paused = true)]
async fn one_that_lets_nothing_be_listed_everywhere_shows_its_own_namespace() {
    let mut three = three((160, 45)).await;
    three.us.faults().deny_across("*", "deployments");
    let session = &mut three.session;
    session.command("deploy all @prod").await;
    session.until_text("prod-us live in production alone").await;
    session.until_text("prod-eu live").await;
    session.until_text("NAMESPACE").await;
    // 24 of all namespaces in one, 13 of one namespace in the other.
    session.until_text("Deployments 37").await;
}

#[tokio::test(start_paused = true)]
async fn logs_of_a_row_are_read_in_its_own_cluster() {
    let mut three = three((160, 45)).await;
    let (lab, us) = (three.session.cluster.clone(), three.us.clone());
    deployments(&mut three, "po @prod /api-status-blue context:us").await;
    let session = &mut three.session;
    let asked = |cluster: &Cluster| {
        let all = cluster.requests();
        all.iter().filter(|request| request.path_and_query.contains("/log?")).count()
    };
    session.press("l").await;
    session.until_text("Log @prod-us of api-status-blue-").await;
    session.until("lines", |screen| screen.lines().filter(|line| line.contains("11-2")).count() > 1).await;
    assert_eq!((asked(&lab), asked(&three.eu)), (0, 0));
    let before = asked(&us);
    assert!(before > 0);
    // The run before and another span are asked of the same cluster.
    session.press("p").await;
    session.until_text("(previous run)").await;
    session.run_for(Duration::from_secs(2)).await;
    assert!(asked(&us) > before);
    assert_eq!((asked(&lab), asked(&three.eu)), (0, 0));
    session.press("esc").await;
    session.until_text("prod-us live").await;
    // Of marked rows of two contexts there is no one log.
    session.press("esc").await;
    session.press("space space l").await;
    session.sees("logs are read of one at a time");
    // When the table is left, so are its sessions: it does not come again.
    session.press("esc").await;
    session.until_live().await;
    session.press("]").await;
    session.sees("there is nothing ahead");
}

#[tokio::test(start_paused = true)]
async fn what_is_no_context_is_told() {
    let mut three = three((120, 30)).await;
    let session = &mut three.session;
    session.command("deploy @prod-eu,prod-asia").await;
    session.until_text("the kubeconfig has no context prod-asia").await;
    session.sees("Deployments 16");
    session.command("deploy @nobody").await;
    session.until_text("nobody names no context").await;
    session.command("@nobody").await;
    session.until_text("nobody names no context").await;
    session.sees("Deployments 16");
    // A kind that only the server knows, and a pattern.
    session.command("cm @prod-*").await;
    session.until_text("ConfigMaps 4").await;
    session.until_text("prod-us live").await;
}
