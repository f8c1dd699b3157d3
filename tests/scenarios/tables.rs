//! Rows: filter, sort, columns, marks, the cursor, and what has just happened.

use std::time::Duration;

use dogwatch::demo::resource;
use dogwatch::demo::store::DeleteOptions;
use serde_json::{Value, json};

use crate::harness::{Session, Setup};

/// The first words of the rows of the focused, zoomed pane.
fn names(session: &Session) -> Vec<String> {
    let screen = session.screen();
    let rows = screen.lines().skip(3).take_while(|line| !line.is_empty() && !line.contains("───"));
    rows.filter_map(|line| line.get(2..)?.split_whitespace().next().map(str::to_owned)).collect()
}

fn cursor_row(session: &Session) -> String {
    let screen = session.screen();
    let found = screen.lines().find(|line| line.starts_with('>'));
    found.unwrap_or_else(|| panic!("no cursor:\n{screen}")).to_owned()
}

fn pod(name: &str) -> Value {
    json!({"metadata": {"name": name, "namespace": "production", "labels": {"app": "extra"}},
           "spec": {"nodeName": "node-1", "containers": [{"name": "main", "image": "extra:1"}]}})
}

#[tokio::test(start_paused = true)]
async fn a_filter_narrows_while_one_types() {
    let mut session = Setup::default().size(118, 40).live().await;
    session.press("z /").await;
    for (typed, shown) in [("k", None), ("a", None), ("f", Some("3/16")), ("k", Some("3/16"))] {
        session.type_text(typed).await;
        if let Some(shown) = shown {
            session.sees(&format!("Deployments {shown}"));
        }
    }
    assert_eq!(names(&session), ["kafka-1", "kafka-2", "kafka-3"]);
    let plain = session.style_of("-1 ");
    assert_ne!(session.style_of("kafk"), plain, "what matches is highlighted");
    session.press("enter").await;
    session.sees("Deployments 3/16  filter kafk");
    session.press("esc").await;
    assert_eq!(names(&session).len(), 16);
}

#[tokio::test(start_paused = true)]
async fn all_forms_of_a_filter() {
    let mut session = Session::live().await;
    session.press("z").await;
    for (filter, expected) in [
        ("kafka !-2", vec!["kafka-1", "kafka-3"]),
        ("/^users-v[12]$/", vec!["users-v1", "users-v2"]),
        ("~kfk3", vec!["kafka-3"]),
        ("app=guestbook", vec!["frontend", "frontend-canary"]),
        ("image:postgres", vec!["db"]),
        ("ready:0/2", vec!["orders"]),
    ] {
        session.press("/").await;
        session.type_text(filter).await;
        session.press("enter").await;
        assert_eq!(names(&session), expected, "{filter}\n{}", session.screen());
        session.press("esc").await;
    }
}

#[tokio::test(start_paused = true)]
async fn an_invalid_filter_is_said_and_the_one_before_stays() {
    let mut session = Session::live().await;
    session.press("z /").await;
    session.type_text("/kafka").await;
    let before = names(&session);
    session.type_text("[/").await;
    let line = session.line(-1);
    assert!(line.contains("/kafka[/"), "{line}");
    assert!(session.state().filter_error().is_some_and(|error| line.contains(&error)), "{line}");
    assert_eq!(names(&session), before);
    session.press("esc").await;
    assert_eq!(names(&session).len(), 16);
}

#[tokio::test(start_paused = true)]
async fn a_filter_that_leaves_nothing_says_so() {
    let mut session = Session::live().await;
    session.press("z /").await;
    session.type_text("nosuchthing").await;
    session.sees("Deployments 0/16");
    session.sees("nothing matches; Esc clears the filter");
}

#[tokio::test(start_paused = true)]
async fn faults_only() {
    let mut session = Session::live().await;
    session.press("z !").await;
    assert_eq!(names(&session), ["checkout", "orders", "thumbnails"]);
    session.sees("Deployments 3/16  faults only");
    session.press("!").await;
    assert_eq!(names(&session).len(), 16);
}

#[tokio::test(start_paused = true)]
async fn sorts_by_keys() {
    let mut session = Session::live().await;
    session.press("=").await;
    session.press("2 z").await;
    let sorted = |session: &Session| {
        let header = session.line(2);
        let at = header.find(['↑', '↓']).unwrap_or_else(|| panic!("{header}"));
        header[..at + '↑'.len_utf8()].split_whitespace().next_back().unwrap().to_owned()
    };
    for (key, column) in [("A", "AGE"), ("S", "STATUS"), ("E", "READY"), ("T", "RST"), ("N", "NAME")] {
        session.press(key).await;
        let title = sorted(&session);
        assert!(title.starts_with(column), "{key} sorts by {title}");
    }
    let up = names(&session);
    session.press("I").await;
    let down = names(&session);
    assert_eq!(up.iter().min(), Some(&up[0]));
    assert_eq!(down.iter().max(), Some(&down[0]));
    session.press("S g").await;
    assert!(!cursor_row(&session).contains("Running"), "worst first: {}", cursor_row(&session));
    let before = sorted(&session);
    session.press("shift-right").await;
    assert_ne!(sorted(&session), before);
}

#[tokio::test(start_paused = true)]
async fn wide_columns_and_horizontal_scroll() {
    let mut session = Setup::default().size(200, 40).live().await;
    session.press("2 z").await;
    session.sees_no("NODE");
    session.press("ctrl-w").await;
    session.sees("NODE");
    session.sees("node-");
    session.press("ctrl-w").await;
    session.sees_no("NODE");
    session.press("right").await;
    session.sees_no("READY ");
    session.sees("NAME");
    session.press("left").await;
    session.sees("READY ");
}

#[tokio::test(start_paused = true)]
async fn marks_belong_to_objects() {
    let mut session = Session::live().await;
    session.press("= 2 z N").await;
    session.press("/").await;
    session.type_text("kafka").await;
    session.press("enter space space").await;
    session.sees("2 marked");
    let marked = |session: &Session| -> Vec<String> {
        let screen = session.screen();
        let rows = screen.lines().filter(|line| line.get(1..2) == Some("*"));
        rows.map(|line| line[2..].split_whitespace().next().unwrap().to_owned()).collect()
    };
    let before = marked(&session);
    assert_eq!(before.len(), 2);
    session.press("I").await;
    let mut after = marked(&session);
    after.reverse();
    assert_eq!(after, before, "marks move with their rows");
    let store = session.cluster.store().clone();
    store.create(resource::PODS, pod("aaa-kafka")).unwrap();
    session.until_text("aaa-kafka").await;
    let mut after = marked(&session);
    after.reverse();
    assert_eq!(after, before);
    session.press("*").await;
    session.sees("4 marked");
    session.press("ctrl-\\").await;
    session.sees_no("marked");
}

#[tokio::test(start_paused = true)]
async fn the_cursor_stays_on_its_object_while_rows_come_and_go_above() {
    let mut session = Setup::default().size(118, 16).live().await;
    session.press("= 2 z N G").await;
    session.press("k k k").await;
    let row = |session: &Session| {
        let screen = session.screen();
        screen.lines().position(|line| line.starts_with('>')).unwrap()
    };
    let name = |session: &Session| cursor_row(session)[2..].split_whitespace().next().unwrap().to_owned();
    let (before, at) = (name(&session), row(&session));
    let store = session.cluster.store().clone();
    for n in 0..5 {
        store.create(resource::PODS, pod(&format!("aaa-{n}"))).unwrap();
    }
    session.run_for(Duration::from_secs(1)).await;
    assert_eq!((name(&session), row(&session)), (before.clone(), at), "it also keeps its line of the screen");
    for n in 0..3 {
        store.delete(resource::PODS, "production", &format!("aaa-{n}"), &DeleteOptions::now()).unwrap();
    }
    session.run_for(Duration::from_secs(5)).await;
    assert_eq!((name(&session), row(&session)), (before.clone(), at));
    // Its own object goes: the next one takes the cursor, which does not jump.
    store.delete(resource::PODS, "production", &before, &DeleteOptions::now()).unwrap();
    session.run_for(Duration::from_secs(5)).await;
    assert_ne!(name(&session), before);
    // Near the end of the table, one row less may move everything down by one line.
    assert!(row(&session).abs_diff(at) <= 1);
}

#[tokio::test(start_paused = true)]
async fn what_comes_changes_and_goes_is_marked_for_a_moment() {
    let mut session = Session::live().await;
    session.press("= 2 z N").await;
    let store = session.cluster.store().clone();
    store.create(resource::PODS, pod("kafka-new")).unwrap();
    session.until_text(" +kafka-new").await;
    session.until("the mark calms down", |screen| screen.contains("  kafka-new")).await;
    store
        .update(resource::PODS, "production", "kafka-new", |pod| {
            pod["metadata"]["labels"]["app"] = json!("other");
            Ok(())
        })
        .unwrap();
    session.until_text(" ~kafka-new").await;
    session.until("the mark calms down", |screen| screen.contains("  kafka-new")).await;
    store.delete(resource::PODS, "production", "kafka-new", &DeleteOptions::now()).unwrap();
    session.until_text(" -kafka-new").await;
    session.until_no("kafka-new").await;
}

#[tokio::test(start_paused = true)]
async fn a_rollout_is_seen_while_it_happens() {
    let mut session = Setup::default().size(200, 50).live().await;
    let store = session.cluster.store().clone();
    store
        .update(resource::DEPLOYMENTS, "production", "api-status-blue", |object| {
            object["spec"]["template"]["spec"]["containers"][0]["image"] =
                json!("registry.example.io/shop/api-status:v9.9.9");
            Ok(())
        })
        .unwrap();
    session.until_text("api-status:v9.9.9").await;
    session
        .until("the rollout in the row", |screen| {
            screen.lines().any(|line| line.contains("v9.9.9") && line.contains("of 3"))
        })
        .await;
    session
        .until("its end", |screen| {
            screen
                .lines()
                .any(|line| line.contains("v9.9.9") && line.contains("3/3") && !line.contains("of 3"))
        })
        .await;
    session.until_text("Pods of api-status-blue 3").await;
}

#[tokio::test(start_paused = true)]
async fn nothing_is_drawn_when_nothing_happens() {
    let mut session = Setup::default().namespace("staging").live().await;
    session.command("svc").await;
    session.until_live().await;
    // Notices leave, marks calm down.
    session.run_for(Duration::from_secs(20)).await;
    let before = session.cost();
    session.run_for(Duration::from_secs(20)).await;
    assert_eq!(session.cost(), before);
}

#[tokio::test(start_paused = true)]
async fn a_namespace_that_does_not_exist_is_called_so() {
    let mut session = Setup::default().namespace("prodution").live().await;
    session.until_text("namespace prodution does not exist").await;
    session.command("ns staging").await;
    session.until_no("does not exist").await;
    // An empty one exists.
    session.command("ns default").await;
    session.until_text("no deployments in default").await;
    session.run_for(Duration::from_secs(1)).await;
    session.sees("no deployments in default");
}

#[tokio::test(start_paused = true)]
async fn all_namespaces_and_back_keep_the_cursor_on_its_object() {
    let mut session = Setup::default().size(120, 40).live().await;
    session.press("j j j").await;
    session.sees("> db ");
    session.press("0").await;
    session.until_live().await;
    session.run_for(Duration::from_millis(500)).await;
    assert!(session.line_with("> ").contains("db"), "{}", session.screen());
    session.press("0").await;
    session.run_for(Duration::from_millis(500)).await;
    session.sees("> db ");
}

#[tokio::test(start_paused = true)]
async fn a_key_that_means_nothing_is_said_and_not_kept() {
    let mut session = Session::live().await;
    session.press("Z").await;
    session.sees("does nothing here");
    session.press("m").await;
    session.sees_no("does nothing here");
}
