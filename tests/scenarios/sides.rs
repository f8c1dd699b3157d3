//! The deployments of several contexts side by side.

use std::time::Duration;

use dogwatch::demo::store::DeleteOptions;
use dogwatch::demo::{Cluster, resource};
use serde_json::Value;

use crate::harness::{Session, Setup, story};
use crate::snapshots::picture;

struct Group {
    session: Session,
    eu: Cluster,
    us: Cluster,
}

fn image(cluster: &Cluster, name: &str, image: &str) {
    let change = |object: &mut Value| {
        object["spec"]["template"]["spec"]["containers"][0]["image"] = image.into();
        Ok(())
    };
    cluster.store().update(resource::DEPLOYMENTS, "production", name, change).unwrap();
}

/// A session in `lab`, and the group `prod` of `prod-eu` and `prod-us`, of which the second lacks one and has another image.
async fn group(size: (u16, u16)) -> Group {
    let (lab, eu, us) = (story(false).await, story(false).await, story(false).await);
    us.store().delete(resource::DEPLOYMENTS, "production", "users-v1", &DeleteOptions::now()).unwrap();
    image(&us, "search", "registry.us.example.io/search:9.9");
    let contexts = [("lab", &lab), ("prod-eu", &eu), ("prod-us", &us)];
    let setup = Setup::default().size(size.0, size.1).contexts(&contexts);
    let setup = setup.group("prod", &["prod-eu", "prod-us"]).group("every", &["lab", "prod-eu", "prod-us"]);
    Group { session: setup.live().await, eu, us }
}

async fn open(session: &mut Session, typed: &str) {
    session.command(typed).await;
    session.until_text("Side by side 16").await;
    session
        .until("both are live", |screen| {
            screen.lines().nth(3).is_some_and(|line| line.matches("live").count() >= 2)
        })
        .await;
}

#[tokio::test(start_paused = true)]
async fn a_group_shows_the_same_deployment_across_clusters() {
    for (name, size, typed) in [
        ("sides-80x24", (80, 24), "home @prod"),
        ("sides-three-80x24", (80, 24), "@every"),
        ("sides-200x50", (200, 50), "@every"),
    ] {
        let mut group = group(size).await;
        let session = &mut group.session;
        open(session, typed).await;
        // What is not there, and what has another image, is said in words and by a sign.
        session
            .until("another image", |screen| {
                screen.lines().any(|line| line.contains(" search ") && line.contains("\u{2260}9.9"))
            })
            .await;
        let missing = session.line_with(" users-v1 ");
        assert_eq!(missing.matches("missing").count(), 2, "{missing}");
        session.run_for(Duration::from_mins(3)).await;
        picture(name, session);
    }
}

#[tokio::test(start_paused = true)]
async fn only_what_differs_is_shown_and_one_is_opened_and_closed() {
    let mut group = group((120, 40)).await;
    let session = &mut group.session;
    open(session, "@prod").await;
    session.until_text(" frontend ").await;
    session.press("!").await;
    session.sees("only these");
    session.sees("users-v1");
    session.sees("search");
    session.press("esc").await;
    session.sees_no("only these");
    session.press("/").await;
    session.type_text("users").await;
    session.press("enter").await;
    session.until_text("Side by side 2/16").await;
    session.press("G").await;
    let current = session.line_with(">");
    let name = current.split_whitespace().nth(1).unwrap().to_owned();
    session.press("d").await;
    session.sees("Enter shows its row in each context");
    session.press("enter").await;
    session.until_text(&format!("filter name={name} namespace=production")).await;
    session.until_text("CONTEXT").await;
    // Its rows can be read as those of any such table.
    session.press("y").await;
    session.until_text(&format!("name: {name}")).await;
    session.press("esc").await;
    session.press("esc").await;
    session.until_text("Side by side 2/16").await;
    assert!(session.line_with(">").contains(&name), "{}", session.screen());
    session.press("esc esc").await;
    session.until_live().await;
    session.sees("Services");
}

#[tokio::test(start_paused = true)]
async fn one_that_comes_and_goes_keeps_its_column_while_the_other_stays() {
    let Group { mut session, eu, us } = group((120, 40)).await;
    open(&mut session, "@prod").await;
    us.faults().refuse(true);
    us.faults().cut_all();
    session.until("its age", |screen| screen.lines().nth(3).is_some_and(|line| line.contains("stale"))).await;
    let heads = session.line(3);
    assert!(heads.contains("live") && heads.contains("stale"), "{heads}");
    // What is known of it stays, and the other one goes on.
    let cells = session.line_with(" search ");
    assert!(cells.contains("\u{2260}9.9"), "{cells}");
    eu.store().delete(resource::DEPLOYMENTS, "production", "frontend", &DeleteOptions::now()).unwrap();
    session
        .until("it is missing in one", |screen| {
            screen.lines().any(|line| line.contains(" frontend ") && line.contains("missing"))
        })
        .await;
    us.store().delete(resource::DEPLOYMENTS, "production", "frontend", &DeleteOptions::now()).unwrap();
    us.faults().refuse(false);
    session
        .until("both are live", |screen| {
            screen.lines().nth(3).is_some_and(|line| line.matches("live").count() == 2)
        })
        .await;
    session.until_no(" frontend ").await;
    session.sees("Side by side 15");
}

#[tokio::test(start_paused = true)]
async fn what_was_not_read_is_not_called_missing() {
    let Group { mut session, us, .. } = group((120, 40)).await;
    us.faults().deny("*", "deployments", "");
    us.faults().deny("*", "deployments", "production");
    session.command("home @prod").await;
    session
        .until("it is forbidden", |screen| {
            screen.lines().nth(3).is_some_and(|line| line.contains("forbidden"))
        })
        .await;
    session.until_text("Side by side 16").await;
    session.sees_no("missing");
    assert!(session.line_with(" frontend ").contains(" ?"), "{}", session.screen());
}

#[tokio::test(start_paused = true)]
async fn where_one_left_off_may_be_side_by_side() {
    let dir = tempfile::tempdir().unwrap();
    let (lab, eu) = (story(false).await, story(false).await);
    let contexts = [("lab", &lab), ("prod-eu", &eu)];
    let start = || Setup::default().size(120, 30).contexts(&contexts).notes(dir.path());
    let mut session = start().live().await;
    session.command("home @lab,prod-eu /search").await;
    session.until_text("Side by side 1/16").await;
    drop(session);
    let mut session = start().start().await;
    session.until_text("Side by side 1/16").await;
    session.sees("filter search");
}
