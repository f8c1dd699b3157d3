//! What is offered does something, and what is not offered does nothing: for every kind, with every action that is for objects.

use std::time::Duration;

use serde_json::{Value, json};

use super::*;
use crate::action::ActionInfo;
use crate::config::Config;
use crate::effect::Effect;
use crate::gate::Mode;
use crate::keymap::{Context, Keymaps};
use crate::model::feed::{FeedUpdate, RowChange};
use crate::model::project::Projector;
use crate::screen::picker::Command;
use crate::state::session::Place;
use crate::state::{Choices, Now, Settings};
use crate::theme::{Depth, Themes};

const NOW: Now = Now { mono: Duration::from_mins(1), unix: 1_000 };

fn state() -> State {
    let theme = Themes::new(None).load("default", Depth::Rgb, "test").0;
    let keymap = Keymaps::new(None, None).load("default", "test").0;
    let choices = Choices {
        themes: vec![("default".to_owned(), theme)],
        keymaps: vec![("default".to_owned(), keymap)],
    };
    let mut settings = Settings::from(&Config::default());
    settings.policy.mode = Mode::ReadWrite;
    let mut state = State::new(Place::default(), choices, settings, (120, 40), Now::default()).0;
    state.settings.tmux = Some(crate::config::Tmux::Pane);
    state
}

/// Two deployments behind a service, with what they make; and one of every other kind.
fn objects(kind: Kind) -> Vec<Value> {
    let uid = |number: u32| format!("6d9e1a3e-3d0f-4c0b-8a51-{number:012}");
    let meta = |number: u32, name: &str, owner: Option<(&str, u32)>| {
        let owners: Vec<Value> = owner
            .into_iter()
            .map(|(kind, owner)| json!({"kind": kind, "name": "o", "uid": uid(owner), "controller": true}))
            .collect();
        json!({"name": name, "namespace": "shop", "uid": uid(number), "labels": {"app": "web", "side": name},
            "ownerReferences": owners, "creationTimestamp": "2026-11-21T02:00:00Z"})
    };
    let containers = json!([{"name": "app", "image": "web:1"}]);
    let spec = |side: &str| {
        let labels = json!({"app": "web", "side": side});
        json!({"replicas": 1, "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": {"containers": containers}}})
    };
    match kind {
        Kind::Deployment => ["blue", "green"]
            .iter()
            .zip(10..)
            .map(|(name, number)| json!({"metadata": meta(number, name, None), "spec": spec(name)}))
            .collect(),
        Kind::ReplicaSet => ["blue", "green"]
            .iter()
            .zip(20..)
            .map(|(name, number)| {
                json!({"metadata": meta(number, name, Some(("Deployment", number - 10))), "spec": spec(name)})
            })
            .collect(),
        Kind::Pod => ["blue", "green"]
            .iter()
            .zip(30..)
            .map(|(name, number)| {
                json!({"metadata": meta(number, name, Some(("ReplicaSet", number - 10))),
                    "spec": {"containers": containers},
                    "status": {"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]}})
            })
            .chain([40, 41].map(|owner| {
                json!({"metadata": meta(owner + 10, "zz", Some(("StatefulSet", owner))),
                    "spec": {"containers": containers},
                    "status": {"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]}})
            }))
            .collect(),
        Kind::StatefulSet => vec![json!({"metadata": meta(40, "db", None), "spec": spec("db")})],
        Kind::DaemonSet => vec![json!({"metadata": meta(41, "agent", None), "spec": spec("agent")})],
        // One leads to one of them, the other to both.
        Kind::Service => vec![
            json!({"metadata": meta(60, "one", None), "spec": {"selector": {"app": "web", "side": "blue"}}}),
            json!({"metadata": meta(64, "web", None), "spec": {"selector": {"app": "web"}}}),
        ],
        Kind::EndpointSlice => {
            vec![json!({"metadata": meta(61, "web-1", None), "addressType": "IPv4", "endpoints": []})]
        }
        Kind::Node => vec![json!({"metadata": {"name": "node-1", "uid": uid(62)}})],
        Kind::Event => vec![json!({"metadata": meta(63, "web.1", None), "type": "Normal", "reason": "x",
            "message": "y", "involvedObject": {"kind": "Pod", "name": "blue"}})],
        Kind::Other(_) => vec![json!({"metadata": meta(65, "some", None)})],
    }
}

/// A table of a kind on the screen, the cursor on its first row.
fn at(kind: Kind) -> State {
    let (mut state, mut effects) = (state(), Vec::new());
    state.command(Command::Kind(kind), NOW, &mut effects);
    let shown = matches!(kind, Kind::Other(_)).then_some(kind);
    for kind in Kind::ALL.into_iter().chain(shown) {
        let mut projector = Projector::new(kind);
        let rows = objects(kind)
            .into_iter()
            .map(|object| RowChange::Upsert(projector.object(object.to_string().as_bytes()).unwrap()))
            .collect();
        let key = state.feed_keys(kind).remove(0);
        for update in [FeedUpdate::ListStarted, FeedUpdate::Rows(rows), FeedUpdate::Synced] {
            state.on_feed(&key, update, NOW, &mut effects);
        }
    }
    state.work(NOW, usize::MAX);
    assert_eq!(
        state.object().map(crate::model::record::Record::kind),
        Some(kind),
        "a row is under the cursor"
    );
    state
}

/// What of the state an action can have changed, and what it asked the world for.
fn marks(state: &State, effects: &[Effect]) -> (usize, usize, bool, bool, String) {
    let sort = match state.stack.last() {
        Some(Screen::Table(pane)) => format!("{:?}", pane.view.sort()),
        _ => String::new(),
    };
    (effects.len(), state.stack.len(), state.prompt.is_some(), state.overlay.is_some(), sort)
}

#[test]
fn what_is_offered_for_a_kind_does_something_and_nothing_else_does() {
    static CONFIG_MAPS: crate::model::resource::Resource = crate::model::resource::Resource::CONFIG_MAPS;
    let keymap = crate::keymap::Keymap::built_in();
    let by_key = keymap.rows(Context::Table.stack()).into_iter().map(|row| row.action);
    let listed: Vec<&ActionInfo> = by_key.chain(keymap.by_name()).collect();
    let about_rows = |info: &&ActionInfo| info.action.kinds().is_some() || info.action.sorts_by().is_some();
    let (mut refused, mut wrong) = (0, Vec::new());
    for kind in Kind::ALL.into_iter().chain([Kind::Other(&CONFIG_MAPS)]) {
        for info in listed.iter().copied().filter(about_rows) {
            let (mut state, mut effects) = (at(kind), Vec::new());
            let (offered, before) = (state.offers(info.action), marks(&state, &effects));
            state.act(info.action, NOW, &mut effects);
            let said = state.notices.current(NOW.mono).map(|notice| notice.text.clone()).unwrap_or_default();
            let done = marks(&state, &effects) != before;
            let says_so =
                ["does not apply to a", "means nothing here"].iter().any(|words| said.contains(words));
            refused += usize::from(!offered);
            if done != offered || says_so == offered {
                wrong.push(format!("{} on {kind:?}, offered: {offered}, done: {done}, {said:?}", info.name));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(refused > 50, "{refused}");
}

#[test]
fn the_help_leaves_out_what_is_not_offered() {
    let offers = |kind, action| at(kind).offers(action);
    assert!(offers(Kind::Deployment, Action::Scale) && !offers(Kind::Service, Action::Scale));
    assert!(offers(Kind::Service, Action::SwitchService) && !offers(Kind::Pod, Action::SwitchService));
    assert!(!offers(Kind::Node, Action::Release) && !offers(Kind::Node, Action::Exec));
    let state = at(Kind::Node);
    let lines = crate::screen::overlay::help_lines(&state, Context::Table.stack(), 200);
    let text = format!("{lines:?}");
    assert!(text.contains("The object as YAML."), "{text}");
    for absent in ["Scale: so many replicas.", "A shell in a container", ":surge", "Roll back to"] {
        assert!(!text.contains(absent), "{absent}: {text}");
    }
}

#[test]
fn a_container_and_a_label_are_no_rows_of_a_table() {
    let mut state = at(Kind::Pod);
    state.act(Action::Open, NOW, &mut Vec::new());
    assert!(state.offers(Action::Logs) && state.offers(Action::Debug) && !state.offers(Action::SortName));
    assert!(!state.offers(Action::Filter) && !state.offers(Action::Scale));
    state.command(Command::Home, NOW, &mut Vec::new());
    state.act(Action::FocusLabels, NOW, &mut Vec::new());
    assert!(state.offers(Action::Logs) && state.offers(Action::Filter) && state.offers(Action::Open));
    assert!(state.offers(Action::PreviousLogs), "of the label's pods");
    assert!(!state.offers(Action::Yaml) && !state.offers(Action::Mark) && !state.offers(Action::ScrollLeft));
}
