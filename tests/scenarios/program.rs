//! The program around the panes: help, palette, namespaces, themes, keymaps, paste, sizes, leaving.

use std::time::Duration;

use dogwatch::app::Leave;
use dogwatch::keymap::key::{KeyCode, KeyPress};
use dogwatch::model::record::Kind;
use dogwatch::terminal::input::{InputEvent, Signal};

use crate::harness::{Session, Setup};

#[tokio::test(start_paused = true)]
async fn help_lists_the_keys_that_work_here() {
    let mut session = Setup::default().size(120, 180).live().await;
    session.press("?").await;
    for words in ["Keys that work here", "Focus the pods pane.", "Filter the rows", "Signs before a row"] {
        session.sees(words);
    }
    session.sees_no("Follow the end of the log");
    session.press("esc l").await;
    session.until_text("following").await;
    session.press("?").await;
    session.sees("Follow the end of the log");
    session.sees_no("Focus the next pane.");
    // The same key is called what it does there.
    session.sees("Search the lines that are shown");
    session.sees_no("Filter the rows: ");
    session.sees_no("Signs before a row");
    session.press("?").await;
    session.sees_no("Keys that work here");
    session.sees(" / search ");
    session.press(":").await;
    session.type_text("filter").await;
    session.sees("Search the lines that are shown");
}

#[tokio::test(start_paused = true)]
async fn no_key_is_offered_that_does_nothing_for_the_row() {
    let mut session = Setup::default().size(200, 150).live().await;
    session.press("1 ?").await;
    session.sees("Scale: so many replicas.");
    session.sees_no("Blue/green: switch");
    session.press("esc 3 ?").await;
    session.sees("Blue/green: switch");
    session.sees_no("Scale: so many replicas.");
    session.press("esc").await;
    session.command("no").await;
    session.until_live().await;
    session.press("x").await;
    session.sees("exec does not apply to a Node");
    session.press("?").await;
    for absent in ["A shell in a container", "Scale: so many", "release screen", "Sort by restarts"] {
        session.sees_no(absent);
    }
    session.sees("Sort by age");
    session.press("esc").await;
    let bottom = session.line(-1);
    assert!(
        bottom.contains(" yaml ") && !bottom.contains(" exec ") && !bottom.contains(" logs "),
        "{bottom}"
    );
}

#[tokio::test(start_paused = true)]
async fn help_scrolls_on_a_small_screen() {
    let mut session = Setup::default().size(80, 24).live().await;
    session.press("?").await;
    session.sees(" Objects");
    session.press("G").await;
    session.sees("has just gone");
    session.press("g").await;
    session.sees(" Objects");
}

#[tokio::test(start_paused = true)]
async fn the_palette_opens_every_kind() {
    let mut session = Session::live().await;
    for (typed, title, words) in [
        ("po", " Pods 4", "ImagePullBackOff"),
        ("deploy", " Deployments 16", "UPDATED"),
        ("svc", " Services 15", "CLUSTER-IP"),
        ("rs", " ReplicaSets ", "DESIRED"),
        ("eps", " EndpointSlices ", "ADDRESSTYPE"),
        ("no", " Nodes ", "NotReady"),
        ("ev", " Events ", "REASON"),
    ] {
        session.command(typed).await;
        session.until_live().await;
        assert!(session.line(1).contains(title), "{typed}: {}", session.line(1));
        session.sees(words);
    }
    session.command("home").await;
    session.sees("1 Deployments 16");
}

#[tokio::test(start_paused = true)]
async fn the_palette_narrows_and_says_what_is_not_there() {
    let mut session = Session::live().await;
    session.press(":").await;
    session.sees("Go to, or do");
    session.type_text("zzzz").await;
    session.sees("Enter: look for a kind called zzzz");
    session.press("enter").await;
    session.until_text("no such kind or command: zzzz").await;
    session.sees_no("Go to, or do");
    // Actions by their names.
    session.command("zoom").await;
    session.sees_no("2 Pods");
}

#[tokio::test(start_paused = true)]
async fn a_node_that_is_not_ready_is_seen() {
    let mut session = Session::live().await;
    session.command("no").await;
    session.until_live().await;
    session.press("!").await;
    session.sees("Nodes 1/");
    session.sees("NotReady");
    session.press("enter").await;
    session.until_text("kind: Node").await;
}

#[tokio::test(start_paused = true)]
async fn namespaces_are_switched_and_come_back_at_once() {
    let mut session = Session::live().await;
    session.press("j j").await;
    session.command("ns staging").await;
    session.until_live().await;
    assert!(session.line(0).contains("demo / staging"), "{}", session.line(0));
    session.sees("1 Deployments 6");
    session.sees_no("kafka");
    // Its watches linger: there is no waiting when one comes back.
    session.command("ns production").await;
    session.sees("1 Deployments 16");
    assert!(session.line(0).ends_with("live"), "{}", session.line(0));
    let watches = |session: &Session| {
        let requests = session.cluster.requests();
        requests.iter().filter(|r| r.path_and_query.contains("/production/pods?watch")).count()
    };
    assert_eq!(watches(&session), 1, "no second watch of the same rows");
}

#[tokio::test(start_paused = true)]
async fn namespaces_are_chosen_from_a_list() {
    let mut session = Session::live().await;
    session.press("n").await;
    session.until_text("kube-system").await;
    session.type_text("stag").await;
    session.press("enter").await;
    session.until_live().await;
    assert!(session.line(0).contains("demo / staging"), "{}", session.line(0));
}

#[tokio::test(start_paused = true)]
async fn all_namespaces_and_back() {
    let mut session = Session::live().await;
    session.press("0").await;
    session.until_live().await;
    assert!(session.line(0).contains("all namespaces"), "{}", session.line(0));
    session.sees("NAMESPACE");
    session.sees("kube-system");
    session.press("0").await;
    session.until_live().await;
    assert!(session.line(0).contains("demo / production"), "{}", session.line(0));
    session.sees_no("NAMESPACE");
}

#[tokio::test(start_paused = true)]
async fn watches_end_when_nobody_looks_for_a_while() {
    let mut session = Session::live().await;
    session.command("no").await;
    session.until_live().await;
    assert!(!session.state().cache.table(Kind::Node).is_empty());
    session.press("esc").await;
    let linger = session.state().settings.linger;
    session.run_for(linger / 2).await;
    assert!(!session.state().cache.table(Kind::Node).is_empty(), "it lingers");
    session.run_for(linger).await;
    assert!(session.state().cache.table(Kind::Node).is_empty(), "and is forgotten");
}

#[tokio::test(start_paused = true)]
async fn themes_and_keymaps_are_chosen_by_key() {
    let mut session = Session::live().await;
    let mut seen = std::collections::HashSet::new();
    for _ in 0..session.state().choices.themes.len() {
        session.press("ctrl-t").await;
        seen.insert(session.line(-1));
        session.sees("1 Deployments");
    }
    assert_eq!(seen.len(), session.state().choices.themes.len());
    session.command("theme light").await;
    assert_eq!(session.state().theme().name(), "light");
    session.command("theme nosuch").await;
    session.sees("there is no theme nosuch");
    session.press("ctrl-k").await;
    session.sees("keymap");
    session.command("keymap vim").await;
    session.press("g g").await;
    session.sees("1 Deployments 16");
}

#[tokio::test(start_paused = true)]
async fn k9s_and_vim_letters() {
    let mut session = Setup::default().keymap("k9s").live().await;
    session.press("ctrl-z").await;
    session.sees("faults only");
    session.press("ctrl-z j").await;
    session.sees("2 Pods of api-status-green 3");
    session.command("po").await;
    session.until_live().await;
    session.press("l").await;
    session.until_text("following").await;
    session.press("s").await;
    session.sees("paused here");

    let mut session = Setup::default().keymap("vim").live().await;
    session.press("G").await;
    session.sees("2 Pods of web 2");
    session.press("g").await;
    assert!(session.line(-1).contains("g …"), "{}", session.line(-1));
    session.press("g").await;
    session.sees("2 Pods of api-status-blue 3");
    session.press("L").await;
    session.until_text("following").await;
    session.press("esc").await;
    session.send(InputEvent::Key(KeyPress::char('Z'))).await;
    session.press("esc").await;
    session.sees("1 Deployments");
}

#[tokio::test(start_paused = true)]
async fn pasted_text_acts_only_where_text_is_typed() {
    let mut session = Session::live().await;
    let before = session.state().home.focus;
    session.paste("q:po\n4jjzZ!").await;
    assert_eq!(session.state().home.focus, before);
    assert!(session.state().stack.is_empty() && !session.state().home.zoom);
    session.sees("pasted text is taken only where text is typed");
    session.press("/").await;
    session.paste("kafka\n-2").await;
    assert!(session.state().prompt.is_some(), "a pasted line break is not Enter");
    session.press("esc :").await;
    session.paste("ev").await;
    session.sees(": ev");
    session.press("esc").await;
    assert!(session.state().stack.is_empty());
}

#[tokio::test(start_paused = true)]
async fn wrong_keys_are_harmless_and_answered() {
    let mut session = Session::live().await;
    let before = format!("{:?}", session.state().home.focus);
    session.press("Z").await;
    session.sees("Z does nothing here; ? shows the keys");
    for key in ["f12", "alt-x", "ctrl-g", "insert", "delete", "backspace"] {
        session.press(key).await;
    }
    session.send(InputEvent::Key(KeyPress::plain(KeyCode::Null))).await;
    session.send(InputEvent::Key(KeyPress::char('é'))).await;
    session.send(InputEvent::Key(KeyPress::char('\u{202e}'))).await;
    assert_eq!(format!("{:?}", session.state().home.focus), before);
    assert!(session.state().stack.is_empty() && session.state().overlay.is_none());
    session.run_for(Duration::from_secs(30)).await;
    assert!(session.line(-1).contains("Enter open"), "the message leaves: {}", session.line(-1));
}

#[tokio::test(start_paused = true)]
async fn every_size_on_every_screen() {
    let mut session = Session::live().await;
    let sizes = |session: &Session| {
        let now = session.app.now();
        for (width, height) in (1..=200_u16).step_by(11).flat_map(|width| {
            (1..=60_u16).step_by(if width < 40 { 3 } else { 9 }).map(move |height| (width, height))
        }) {
            let mut buffer =
                ratatui::buffer::Buffer::empty(ratatui::layout::Rect { x: 0, y: 0, width, height });
            dogwatch::screen::draw(session.state(), now, &mut buffer);
        }
    };
    for keys in
        ["tab", "3", "4", "4 z", "z ?", "esc :", "esc n", "esc m", "esc y", "esc l", "esc 2 enter", "esc /"]
    {
        session.press(keys).await;
        session.run_for(Duration::from_millis(500)).await;
        sizes(&session);
        for (width, height) in
            [(1, 1), (2, 3), (10, 2), (20, 5), (79, 23), (80, 24), (119, 17), (120, 16), (200, 60)]
        {
            session.resize(width, height).await;
            session.press("down").await;
        }
    }
    session.press("esc").await;
    session.resize(160, 50).await;
    session.sees("READ-ONLY");
}

#[tokio::test(start_paused = true)]
async fn leaving() {
    for keys in ["q", "ctrl-c"] {
        let mut session = Session::live().await;
        let key = KeyPress::parse(keys).unwrap();
        assert_eq!(session.leave(InputEvent::Key(key)).await, Some(Leave::Quit), "{keys}");
    }
    for (input, leave) in [
        (InputEvent::Signal(Signal::Terminate), Leave::Quit),
        (InputEvent::Key(KeyPress::ctrl('z')), Leave::Suspend),
        (InputEvent::Closed, Leave::Gone),
    ] {
        let mut session = Setup::default().namespace("staging").live().await;
        assert_eq!(session.leave(input).await, Some(leave));
    }
}

#[tokio::test(start_paused = true)]
async fn after_a_stop_the_screen_is_whole_and_live() {
    let mut session = Session::live().await;
    assert_eq!(session.leave(InputEvent::Key(KeyPress::ctrl('z'))).await, Some(Leave::Suspend));
    session.app.resumed().unwrap();
    session.run_for(Duration::from_secs(1)).await;
    session.until_live().await;
    session.press("j").await;
    session.sees("2 Pods of api-status-green 3");
}
