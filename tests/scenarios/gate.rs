//! The gate, seen from the server: in read-only mode only plain reads arrive, whatever one presses; in normal mode nothing
//! that changes anything arrives before it is confirmed.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use dogwatch::action::{Access, Action};
use dogwatch::demo::Recorded;
use dogwatch::gate::Mode;
use dogwatch::keymap::Context;
use dogwatch::keymap::key::KeyPress;
use dogwatch::terminal::input::InputEvent;

use crate::harness::{Session, Setup, story};

/// How to get from the home screen to each context.
const WAYS: &[(Context, &str)] = &[
    (Context::Home, ""),
    (Context::Labels, "4"),
    (Context::Table, ": p o enter"),
    (Context::Containers, "2 enter"),
    (Context::Logs, "l"),
    (Context::Text, "y"),
    (Context::Pager, "m"),
    (Context::Explain, "Y"),
    (Context::Release, "R"),
    (Context::Canary, "3 / f r o n t e n d enter g B"),
    (Context::Relations, "w"),
    (Context::Sheet, ": c a n enter"),
    (Context::Journal, "J"),
    (Context::Help, "?"),
    (Context::Filter, "/"),
    (Context::Palette, ":"),
];

/// Back to the home screen from wherever a key has led.
pub async fn home(session: &mut Session) {
    for _ in 0..12 {
        if session.state().stack.is_empty()
            && session.state().overlay.is_none()
            && session.state().prompt.is_none()
        {
            break;
        }
        session.press("esc").await;
    }
    let state = session.state();
    assert!(state.stack.is_empty() && state.overlay.is_none(), "{}", session.screen());
    if state.context() != Context::Home {
        session.press("1").await;
    }
}

/// What is in the directory in which the tests run.
pub fn names_here() -> BTreeSet<std::ffi::OsString> {
    std::fs::read_dir(".").unwrap().map(|entry| entry.unwrap().file_name()).collect()
}

/// A plain read, or a review of oneself.
pub fn only_reads(request: &Recorded) -> bool {
    let plain = request.method == "GET" && request.body.is_empty();
    let review = request.method == "POST"
        && request.path_and_query.starts_with("/apis/authorization.k8s.io/v1/selfsubject");
    let ways = ["/exec", "/attach", "/portforward", "/proxy", "/eviction", "/binding"];
    (plain || review) && !ways.iter().any(|way| request.path_and_query.contains(way))
}

/// A write that the server is asked only to think through.
pub fn rehearsal(request: &Recorded) -> bool {
    request.path_and_query.contains("dryRun=All")
        || (request.method == "DELETE"
            && String::from_utf8_lossy(&request.body).contains("\"dryRun\":[\"All\"]"))
}

/// Presses every action in every context, and takes every one from the palette; answers how many keys that were.
async fn walk(session: &mut Session, renew: impl AsyncFn() -> Session, all: bool, skip: &[Action]) -> usize {
    let mut pressed = 0;
    for (context, way) in WAYS.iter().take(if all { WAYS.len() } else { 1 }) {
        for info in Action::ALL {
            // These end the session.
            if matches!(info.action, Action::Quit | Action::Suspend) || skip.contains(&info.action) {
                continue;
            }
            let keys = session.state().keymap().keys_for(info.action, context.stack());
            for keys in keys {
                if session.state().context() != *context {
                    home(session).await;
                    session.press_all(way).await;
                }
                if session.state().context() != *context {
                    // What was pressed before (a filter, a namespace, only faults) has left nothing to open.
                    *session = renew().await;
                    session.press_all(way).await;
                }
                assert_eq!(session.state().context(), *context, "{way}\n{}", session.screen());
                for key in KeyPress::parse_sequence(&keys).unwrap() {
                    session.send(InputEvent::Key(key)).await;
                }
                // What was asked for is typed, so that plans are made of it.
                if session.state().context() == Context::Filter && info.access == Access::Change {
                    session.type_text("5").await;
                    session.press("enter enter").await;
                    session.run_for(Duration::from_millis(800)).await;
                }
                // Whatever it did: who may change nothing is told so.
                let reads = session.state().settings.policy.mode == Mode::ReadOnly;
                assert!(!reads || session.line(0).contains("READ-ONLY"), "{keys}\n{}", session.screen());
                pressed += 1;
            }
        }
    }
    // And by name, from the palette.
    for info in Action::ALL.iter().filter(|info| all && !skip.contains(&info.action)) {
        if matches!(info.action, Action::Quit | Action::Suspend) {
            continue;
        }
        home(session).await;
        session.command(info.name).await;
        session.run_for(Duration::from_millis(800)).await;
    }
    session.run_for(Duration::from_secs(5)).await;
    pressed
}

#[tokio::test(start_paused = true)]
async fn read_only_every_action_in_every_context_only_reads() {
    for keymap in ["default", "k9s", "vim"] {
        let cluster = story(false).await;
        let (here, saves) = (names_here(), Arc::new(tempfile::tempdir().unwrap()));
        let start = async || {
            let setup = Setup::default().size(80, 24).keymap(keymap).cluster(&cluster);
            setup.saves(&saves).live().await
        };
        let mut session = start().await;
        let all = keymap == "default";
        let pressed = Box::pin(walk(&mut session, start, all, &[])).await;
        assert!(pressed > if all { 300 } else { 50 }, "{keymap}: only {pressed} keys were pressed");
        let requests = cluster.requests();
        assert!(requests.len() > 10, "{keymap}: {}", requests.len());
        for request in requests {
            assert!(only_reads(&request), "{request:?}");
        }
        assert_eq!(names_here(), here, "{keymap}: nothing is written where the tests run");
    }
}

/// The one action that is the confirmation, and those that leave the loop for an editor, a pager and a container.
const LEAVES: [Action; 5] = [Action::Confirm, Action::Edit, Action::OpenPager, Action::Exec, Action::Attach];

#[tokio::test(start_paused = true)]
async fn nothing_is_changed_without_a_confirmation() {
    for keymap in ["default", "k9s", "vim"] {
        let cluster = story(false).await;
        let here = names_here();
        let start =
            async || Setup::default().size(80, 24).keymap(keymap).cluster(&cluster).writes().live().await;
        let mut session = start().await;
        let all = keymap == "default";
        Box::pin(walk(&mut session, start, all, &LEAVES)).await;
        let mut rehearsed = 0;
        for request in cluster.requests() {
            let dry = rehearsal(&request);
            rehearsed += usize::from(dry);
            assert!(dry || only_reads(&request), "{request:?}");
        }
        assert_eq!(names_here(), here, "{keymap}: nothing is written where the tests run");
        assert!(rehearsed > if all { 10 } else { 1 }, "{keymap}: plans were made: {rehearsed}");
    }
}
