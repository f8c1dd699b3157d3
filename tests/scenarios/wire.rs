//! Every action that changes something, at the wire: nothing is sent before its plan is confirmed, whatever else is pressed,
//! and then exactly one request for each step of what was confirmed, once.

use std::time::Duration;

use dogwatch::action::{Access, Action};
use dogwatch::app::Leave;
use dogwatch::keymap::Context;
use dogwatch::release::plan::Plan;
use dogwatch::screen::Screen;
use dogwatch::theme::Depth;

use crate::harness::{Session, Setup, choices};
use crate::steer::{changes, read_the_plan};

/// One thing that is done on the way to a plan.
#[derive(Clone, Copy)]
enum Do {
    /// Presses keys that every keymap has.
    Press(&'static str),
    /// Types text.
    Type(&'static str),
    /// Pastes text.
    Paste(&'static str),
    /// Takes an action from the palette.
    Command(&'static str),
    /// Finds a deployment and stands on it.
    On(&'static str),
    /// The same with a service.
    OnService(&'static str),
    /// Gives the editor's text back with other replicas.
    Edited,
    /// Confirms the plan that is there; the request of it counts too.
    Confirmed,
}
use Do::{Command, Confirmed, Edited, On, OnService, Paste, Press, Type};

/// An object that is not there yet.
const MANIFEST: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: made\ndata:\n  a: b\n";

/// How each action gets its plan: where it is pressed, and what it asks.
const WAYS: &[(Action, &[Do], &[Do])] = &[
    (Action::Scale, &[On("users-v1")], &[Type("4"), Press("enter")]),
    (Action::Restart, &[On("users-v1")], &[]),
    (Action::Undo, &[On("checkout")], &[]),
    (Action::SetImage, &[On("users-v2")], &[Type(":2.1.1"), Press("enter")]),
    (Action::SwitchService, &[Press("3")], &[Press("enter")]),
    (Action::SetShare, &[OnService("frontend"), Press("B")], &[Type("50"), Press("enter")]),
    (Action::MoreShare, &[OnService("frontend"), Press("B")], &[Press("enter")]),
    (Action::LessShare, &[OnService("frontend"), Press("B")], &[Press("enter")]),
    (Action::Promote, &[OnService("frontend"), Press("B")], &[]),
    (Action::Abort, &[OnService("frontend"), Press("B")], &[]),
    (Action::Surge, &[On("users-v2")], &[Type("1"), Press("enter")]),
    (Action::Orphan, &[On("users-v2"), Press("2")], &[Press("enter")]),
    (Action::Edit, &[On("users-v2")], &[Edited]),
    (Action::Apply, &[On("users-v2")], &[Paste(MANIFEST), Press("enter")]),
    (Action::PauseRollout, &[On("users-v2")], &[]),
    (Action::ResumeRollout, &[On("users-v2"), Command("pause"), Confirmed], &[]),
    (Action::TogglePause, &[On("users-v2"), Press("R")], &[]),
    (Action::Strategy, &[On("web")], &[Type("surge=2 unavailable=1"), Press("enter")]),
    (Action::Label, &[On("kafka-1")], &[Type("tier=middle"), Press("enter")]),
    (Action::Annotate, &[On("kafka-1")], &[Type("team.example/note=hello"), Press("enter")]),
    (Action::Debug, &[On("users-v2"), Press("2")], &[Press("enter")]),
    (Action::Delete, &[On("kafka-1")], &[]),
    (Action::ForceDelete, &[On("users-v2"), Press("2")], &[]),
    (Action::Invert, &[On("users-v1"), Command("scale"), Type("4"), Press("enter"), Confirmed], &[]),
];

/// The plan on the screen.
fn plan(session: &Session) -> &Plan {
    let found = session.state().stack.iter().rev().find_map(|screen| match screen {
        Screen::Plan(screen) => screen.ready(),
        _ => None,
    });
    found.unwrap_or_else(|| panic!("no plan:\n{}", session.screen()))
}

async fn perform(session: &mut Session, steps: &[Do]) {
    for step in steps {
        match step {
            Press(keys) => session.press(keys).await,
            Type(text) => session.type_text(text).await,
            Paste(text) => session.paste(text).await,
            Command(name) => session.command(name).await,
            On(name) | OnService(name) => {
                session.press(if matches!(step, On(_)) { "1 /" } else { "3 /" }).await;
                session.type_text(name).await;
                session.press("enter home").await;
                session.run_for(Duration::from_millis(200)).await;
            }
            Edited => {
                let text = session.app.to_edit().unwrap().replace("  replicas: 2", "  replicas: 3");
                session.app.edited(Ok(text)).unwrap();
            }
            Confirmed => {
                read_the_plan(session).await;
                let before = changes(session).len() + plan(session).steps.len();
                session.press("y").await;
                session.run_for(Duration::from_secs(30)).await;
                assert_eq!(changes(session).len(), before, "{}", session.screen());
            }
        }
    }
}

/// From the action to the end of its change, by a key or by the palette; where it was pressed.
async fn confirmed_once(
    keymap: &'static str,
    action: Action,
    key: Option<&str>,
    to: &[Do],
    answers: &[Do],
) -> Context {
    let mut session = Setup::default().size(120, 40).keymap(keymap).writes().live().await;
    perform(&mut session, to).await;
    let context = session.state().context();
    let before = changes(&session).len();
    let what = format!("{keymap}: {action} by {key:?}");
    eprintln!("{what}");
    let name = action.to_string();
    match (key, action) {
        // The program leaves its loop for the editor.
        (Some(key), Action::Edit) => session.press_and_leave(key, Leave::Edit).await,
        (None, Action::Edit) => {
            session.press(":").await;
            session.type_text(&name).await;
            session.press_and_leave("enter", Leave::Edit).await;
        }
        (Some(key), _) => session.press(key).await,
        (None, _) => session.command(&name).await,
    }
    perform(&mut session, answers).await;
    read_the_plan(&mut session).await;
    let steps = plan(&session).steps.len();
    // Whatever is not the confirmation confirms nothing.
    session.press("enter").await;
    session.paste("y").await;
    session.press("down up").await;
    session.run_for(Duration::from_secs(2)).await;
    assert_eq!(changes(&session).len(), before, "{what}: nothing is sent before it is confirmed");
    // Pressed twice is confirmed once.
    session.press("y y").await;
    session.run_for(Duration::from_mins(2)).await;
    let sent = &changes(&session)[before..];
    let paths: Vec<&str> = sent.iter().map(|request| request.path_and_query.as_str()).collect();
    assert_eq!(paths.len(), steps, "{what}: {paths:?}\n{}", session.screen());
    context
}

#[test]
fn every_action_that_changes_something_has_a_way() {
    let missing: Vec<Action> = Action::ALL
        .iter()
        .filter(|info| info.access == Access::Change && info.action != Action::Confirm)
        .map(|info| info.action)
        .filter(|action| !WAYS.iter().any(|(known, ..)| known == action))
        .collect();
    assert_eq!(missing, [], "say in WAYS how each of them gets its plan");
}

#[tokio::test(start_paused = true)]
async fn every_confirmed_change_is_sent_once_and_nothing_before() {
    let keymaps = choices("default", "default", Depth::Mono, true).0.keymaps;
    for (action, to, answers) in WAYS {
        let context = Box::pin(confirmed_once("default", *action, None, to, answers)).await;
        let mut pressed: Vec<String> = Vec::new();
        for keymap in ["default", "k9s", "vim"] {
            let (_, map) = keymaps.iter().find(|(name, _)| name == keymap).unwrap();
            for key in map.keys_for(*action, context.stack()) {
                if !pressed.contains(&key) {
                    Box::pin(confirmed_once(keymap, *action, Some(&key), to, answers)).await;
                    pressed.push(key);
                }
            }
        }
    }
}
