//! What is told of an object: `kubectl describe`, its events, Secrets that stay closed.

use base64::Engine as _;

use dogwatch::demo::resource;

use crate::harness::{Session, Setup};
use crate::snapshots::picture;

/// A live session with the cursor on the pod of this name, alone on the screen.
async fn on_pod(name: &str, width: u16, height: u16) -> Session {
    let mut session = Setup::default().size(width, height).live().await;
    session.command(&format!("po //^{name}-/")).await;
    session.until_text("filter").await;
    session.until_live().await;
    session
}

#[tokio::test(start_paused = true)]
async fn a_pod_is_described_with_its_events() {
    for (width, height) in [(80, 24), (200, 50)] {
        let mut session = on_pod("orders", width, height).await;
        session.press("d").await;
        session.until_text("Controlled By").await;
        session.until_live().await;
        session.sees("Description of Pod production/orders-");
        picture(&format!("describe-pod-{width}x{height}"), &session);
        session.press("/").await;
        session.type_text("Exit Code").await;
        session.press("enter").await;
        session.sees("SIGKILL");
        session.press("G").await;
        session.sees("Back-off restarting failed");
        session.press("v").await;
        session.until_text("Events of Pod production/orders-").await;
        session.sees("BackOff");
        picture(&format!("events-of-pod-{width}x{height}"), &session);
        session.press("esc").await;
        session.sees("filter");
    }
}

#[tokio::test(start_paused = true)]
async fn a_description_is_kept_fresh() {
    let mut session = Setup::default().size(120, 40).live().await;
    session.command("deploy /frontend").await;
    session.until_text("filter frontend").await;
    session.press("d").await;
    session.until_text("RollingUpdateStrategy:").await;
    session.press("G").await;
    session.sees("NewReplicaSet:");
    session.press("g").await;
    let change = |object: &mut serde_json::Value| {
        object["metadata"]["labels"]["added"] = "meanwhile".into();
        Ok(())
    };
    session.cluster.store().update(resource::DEPLOYMENTS, "production", "frontend", change).unwrap();
    session.until_text("added=meanwhile").await;
}

#[tokio::test(start_paused = true)]
async fn what_may_not_be_read_beside_it_is_named_and_breaks_nothing() {
    let mut session = on_pod("orders", 120, 40).await;
    session.faults().deny("list", "events", "");
    session.press("d").await;
    session.until_text("Controlled By").await;
    session.press("G").await;
    session.sees("Events:");
    session.sees("not known: forbidden");
    session.sees("list events");
}

#[tokio::test(start_paused = true)]
async fn a_description_is_searched_wrapped_and_copied() {
    let mut session = on_pod("orders", 80, 24).await;
    session.press("d").await;
    session.until_text("Controlled By").await;
    let lines = |session: &Session| session.line(1).trim_end().rsplit('/').next().unwrap().to_owned();
    let before: usize = lines(&session).parse().unwrap();
    session.press("w").await;
    assert!(lines(&session).parse::<usize>().unwrap() > before, "{}", session.screen());
    session.press("C").await;
    session.until_text("copied").await;
}

#[tokio::test(start_paused = true)]
async fn secrets_show_sizes_and_one_value_only_where_it_is_asked_for() {
    const VALUE: &str = "correct-horse-battery";
    const ENCODED: &str = "Y29ycmVjdC1ob3JzZS1iYXR0ZXJ5";
    let closed = |session: &Session| {
        session.sees_no(VALUE);
        session.sees_no(ENCODED);
    };
    let mut session = Setup::default().size(120, 40).writes().live().await;
    session.command("secrets /postgres").await;
    session.until_text("filter postgres").await;
    session.until_text("Opaque").await;
    session.press("d").await;
    session.until_text("POSTGRES_PASSWORD:  21 bytes").await;
    closed(&session);
    session.press("y").await;
    session.until_text("POSTGRES_PASSWORD: '**** (21 bytes)'").await;
    closed(&session);
    session.press("x").await;
    session.type_text("POSTGRES_PASSWORD").await;
    session.press("enter").await;
    session.until_text(VALUE).await;
    assert!(!format!("{:?}", session.state().stack).contains(VALUE), "it is in nobody's words");
    session.press("C").await;
    session.until_text("copied").await;
    let sent = String::from_utf8_lossy(&session.sent()).into_owned();
    let packed: Vec<&str> = sent
        .split("\u{1b}]52;c;")
        .skip(1)
        .filter_map(|rest| rest.split(['\u{7}', '\u{1b}']).next())
        .collect();
    for packed in packed {
        let copied = base64::engine::general_purpose::STANDARD.decode(packed).unwrap();
        assert!(!String::from_utf8_lossy(&copied).contains(VALUE));
    }
    session.press("x").await;
    closed(&session);
    // Where nothing may be done it stays closed.
    let mut session = Setup::default().size(120, 40).live().await;
    session.command("secrets /postgres").await;
    session.until_text("Opaque").await;
    session.press("y").await;
    session.until_text("**** (21 bytes)").await;
    session.press("x").await;
    session.until_text("read-only").await;
    closed(&session);
}

#[tokio::test(start_paused = true)]
async fn yaml_folds_what_the_api_fills_in_and_shows_it_on_a_key() {
    for (width, height) in [(80, 24), (200, 50)] {
        let mut session = Setup::default().size(width, height).live().await;
        session.command("deploy /frontend").await;
        session.until_text("filter frontend").await;
        session.press("y").await;
        session.until_text("kind: Deployment").await;
        session.sees(" defaults folded");
        picture(&format!("yaml-folded-{width}x{height}"), &session);
        session.press("/").await;
        session.type_text("terminationMessagePath").await;
        session.press("enter").await;
        session.sees("no match");
        session.press("f").await;
        session.press("n").await;
        session.sees("terminationMessagePath: /dev/termination-log");
        session.sees_no("defaults folded");
        session.press("f").await;
        session.sees(" defaults folded");
        session.press("G").await;
        session.sees("# defaults folded: ");
    }
}

#[tokio::test(start_paused = true)]
async fn a_key_for_secrets_is_offered_on_secrets_alone() {
    let mut session = Setup::default().size(200, 30).writes().live().await;
    session.command("deploy /frontend").await;
    session.until_text("filter frontend").await;
    session.press("y").await;
    session.until_text("kind: Deployment").await;
    session.sees("f all");
    session.sees_no("reveal");
    session.press("esc").await;
    session.command("secrets /postgres").await;
    session.until_text("Opaque").await;
    session.press("y").await;
    session.until_text("kind: Secret").await;
    session.sees("x reveal");
}

#[tokio::test(start_paused = true)]
async fn an_annotation_that_no_row_shows_is_news_for_the_details() {
    let mut session = Setup::default().size(120, 60).live().await;
    let annotate = |session: &Session, value: &'static str| {
        let change = |object: &mut serde_json::Value| {
            object["metadata"]["annotations"]["team.example/seen"] = value.into();
            Ok(())
        };
        session.cluster.store().update(resource::DEPLOYMENTS, "production", "frontend", change).unwrap();
    };
    session.command("deploy /frontend").await;
    session.until_text("filter frontend").await;
    session.press("y").await;
    session.until_text("kind: Deployment").await;
    annotate(&session, "in-yaml");
    session.until_text("team.example/seen: in-yaml").await;
    session.press("d").await;
    session.until_text("RollingUpdateStrategy:").await;
    annotate(&session, "in-words");
    session.until_text("team.example/seen: in-words").await;
}

#[tokio::test(start_paused = true)]
async fn more_events_than_are_read_are_said_to_be_there() {
    let mut session = Setup::default().size(120, 40).live().await;
    let store = session.cluster.store().clone();
    let uid = store.get(resource::DEPLOYMENTS, "production", "frontend").unwrap().uid.to_string();
    for number in 0..501 {
        let event = serde_json::json!({"apiVersion": "v1", "kind": "Event", "type": "Normal", "reason": "Counted",
            "metadata": {"name": format!("frontend.{number:x}"), "namespace": "production"}, "message": "one more",
            "involvedObject": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "frontend",
                "namespace": "production", "uid": uid}});
        store.create(resource::EVENTS, event).unwrap();
    }
    session.command("deploy /frontend").await;
    session.until_text("filter frontend").await;
    session.press("v").await;
    session.until_text("Counted").await;
    session.sees("the first 500 events are read and told of; there are more");
}
