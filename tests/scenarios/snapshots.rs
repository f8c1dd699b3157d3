//! Pictures of the screens, as text: `snapshots/` at the top of the repository.
//!
//! Names and ages follow from the story's seed and from the session's own time, so nothing has to be left out.

use std::time::Duration;

use dogwatch::demo::Fault;

use crate::harness::{Session, Setup, story};

/// Compares the screen with its picture.
pub fn picture(name: &str, session: &Session) {
    picture_of(name, &session.screen());
}

/// Compares a screen, in which something was replaced that is another one each time, with its picture.
pub fn picture_of(name: &str, screen: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../../snapshots");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, screen));
}

#[tokio::test(start_paused = true)]
async fn home() {
    for (name, width, height) in [("home-80x24", 80, 24), ("home-120x40", 120, 40), ("home-200x50", 200, 50)]
    {
        let mut session = Setup::default().size(width, height).live().await;
        session.press("j j").await;
        picture(name, &session);
    }
}

#[tokio::test(start_paused = true)]
async fn home_in_ascii() {
    let mut session = Setup::default().size(120, 40).plain().live().await;
    session.press("j j").await;
    assert!(session.screen().is_ascii(), "{}", session.screen());
    picture("home-ascii-120x40", &session);
}

#[tokio::test(start_paused = true)]
async fn panes() {
    for (name, keys) in [
        ("pods-wide-200x50", "= 2 ctrl-w z"),
        ("services-120x40", "3 z"),
        ("labels-120x40", "4 z"),
        ("all-namespaces-200x50", "0"),
    ] {
        let (width, height) = if name.contains("200x50") { (200, 50) } else { (120, 40) };
        let mut session = Setup::default().size(width, height).live().await;
        session.press(keys).await;
        session.until_live().await;
        picture(name, &session);
    }
}

#[tokio::test(start_paused = true)]
async fn the_first_screen_of_a_narrow_terminal_and_its_pods() {
    let mut session = Setup::default().size(80, 24).live().await;
    session.press("j j enter").await;
    picture("pods-80x24", &session);
}

#[tokio::test(start_paused = true)]
async fn kinds() {
    for (name, typed) in [("nodes-120x40", "no"), ("events-120x40", "ev"), ("replicasets-120x40", "rs")] {
        let mut session = Setup::default().size(120, 40).live().await;
        session.command(typed).await;
        session.until_live().await;
        picture(name, &session);
    }
}

#[tokio::test(start_paused = true)]
async fn details() {
    let mut session = Setup::default().size(120, 40).live().await;
    session.press("/").await;
    session.type_text("orders").await;
    session.press("enter enter enter").await;
    session.until_text("ready of").await;
    picture("containers-120x40", &session);
    session.press("esc esc esc l").await;
    session.until_text("following").await;
    session.run_for(Duration::from_secs(30)).await;
    picture("logs-120x40", &session);
    session.press("esc y").await;
    session.until_text("kind: Deployment").await;
    picture("yaml-120x40", &session);
}

#[tokio::test(start_paused = true)]
async fn overlays() {
    let mut session = Setup::default().size(120, 40).live().await;
    session.press("?").await;
    picture("help-120x40", &session);
    session.press("esc :").await;
    session.type_text("se").await;
    picture("palette-120x40", &session);
    session.press("esc n").await;
    session.until_text("kube-system").await;
    picture("namespaces-120x40", &session);
    session.press("esc /").await;
    session.type_text("kafka !-2").await;
    picture("filter-120x40", &session);
    session.press("esc m").await;
    picture("messages-120x40", &session);
}

#[tokio::test(start_paused = true)]
async fn rows() {
    for (size, width, height) in [("80x24", 80, 24), ("200x50", 200, 50)] {
        let mut session = Setup::default().size(width, height).live().await;
        session.command("po").await;
        session.until_live().await;
        session.press("S shift-down space space ctrl-o down").await;
        picture(&format!("columns-{size}"), &session);
        session.press("esc C").await;
        picture(&format!("copy-menu-{size}"), &session);
        session.press("esc /").await;
        session.type_text("-l app=kafka kafka or").await;
        picture(&format!("filter-error-{size}"), &session);
        session.press("backspace backspace backspace enter").await;
        session.until_text("server: -l app=kafka").await;
        session.until_live().await;
        picture(&format!("selected-{size}"), &session);
    }
}

#[tokio::test(start_paused = true)]
async fn trouble() {
    let cluster = story(false).await;
    cluster.faults().refuse(true);
    let mut session = Setup::default().size(80, 24).cluster(&cluster).start().await;
    session.until_text("Cannot see cluster").await;
    session.run_for(Duration::from_secs(10)).await;
    picture("trouble-80x24", &session);
    let mut session = Setup::default().size(120, 40).live().await;
    session.faults().refuse(true);
    session.faults().cut_all();
    session.run_for(Duration::from_secs(14)).await;
    picture("stale-120x40", &session);
    let cluster = story(false).await;
    cluster.faults().deny("*", "pods", "");
    cluster.faults().add("GET", "/services?", None, Fault::status(500));
    let mut session = Setup::default().size(120, 40).cluster(&cluster).start().await;
    session.run_for(Duration::from_secs(14)).await;
    picture("forbidden-120x40", &session);
}
