//! The gate, seen from the server: whatever one presses, only plain reads arrive.

use std::time::Duration;

use dogwatch::action::Action;
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
    (Context::Pager, "y"),
    (Context::Help, "?"),
    (Context::Filter, "/"),
    (Context::Palette, ":"),
];

/// Back to the home screen from wherever a key has led.
async fn home(session: &mut Session) {
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

#[tokio::test(start_paused = true)]
async fn every_action_in_every_context_only_reads() {
    for keymap in ["default", "k9s", "vim"] {
        let cluster = story(false).await;
        let mut session = Setup::default().size(80, 24).keymap(keymap).cluster(&cluster).live().await;
        let mut pressed = 0;
        let all = keymap == "default";
        for (context, way) in WAYS.iter().take(if all { WAYS.len() } else { 1 }) {
            for info in Action::ALL {
                // These end the session.
                if matches!(info.action, Action::Quit | Action::Suspend) {
                    continue;
                }
                let keys = session.state().keymap().keys_for(info.action, context.stack());
                for keys in keys {
                    if session.state().context() != *context {
                        home(&mut session).await;
                        session.press_all(way).await;
                    }
                    if session.state().context() != *context {
                        // What was pressed before (a filter, a namespace, only faults) has left nothing to open.
                        session = Setup::default().size(80, 24).keymap(keymap).cluster(&cluster).live().await;
                        session.press_all(way).await;
                    }
                    assert_eq!(session.state().context(), *context, "{keymap} {way}");
                    for key in KeyPress::parse_sequence(&keys).unwrap() {
                        session.send(InputEvent::Key(key)).await;
                    }
                    pressed += 1;
                }
            }
        }
        // And by name, from the palette.
        for info in Action::ALL.iter().filter(|_| all) {
            if matches!(info.action, Action::Quit | Action::Suspend) {
                continue;
            }
            home(&mut session).await;
            session.command(info.name).await;
        }
        session.run_for(Duration::from_secs(5)).await;
        assert!(pressed > if all { 300 } else { 50 }, "{keymap}: only {pressed} keys were pressed");
        let requests = cluster.requests();
        assert!(requests.len() > 10, "{keymap}: {}", requests.len());
        for request in requests {
            assert_eq!(request.method, "GET", "{request:?}");
            assert!(request.body.is_empty(), "{request:?}");
            for way in ["/exec", "/attach", "/portforward", "/proxy", "/eviction", "/binding"] {
                assert!(!request.path_and_query.contains(way), "{request:?}");
            }
        }
    }
}
