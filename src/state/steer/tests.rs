//! What reaches a plan while it is on the screen, as lists of what happened.

mod by_operation;

use serde_json::{Value, json};

use super::*;
use crate::config::Config;
use crate::effect::OpId;
use crate::event::{Event, WriteAnswer};
use crate::keymap::Keymaps;
use crate::model::resource::Resource;
use crate::model::trouble::{Trouble, TroubleKind};
use crate::model::uid::Uid;
use crate::release::change::Propagation;
use crate::release::facts::Gathered;
use crate::state::session::Place;
use crate::state::{Choices, Settings};
use crate::theme::{Depth, Themes};
use crate::update::update;

fn at(millis: u64) -> Now {
    Now { mono: std::time::Duration::from_millis(millis), unix: 1_000 }
}

fn state() -> State {
    let theme = Themes::new(None).load("default", Depth::Rgb, "test").0;
    let keymap = Keymaps::new(None, None).load("default", "test").0;
    let choices = Choices {
        themes: vec![("default".to_owned(), theme)],
        keymaps: vec![("default".to_owned(), keymap)],
    };
    let settings = Settings::from(&Config::default());
    State::new(Place::default(), choices, settings, (120, 40), at(0)).0
}

fn target(name: &str) -> Target {
    Target {
        resource: Resource::DEPLOYMENTS,
        namespace: "shop".to_owned(),
        name: name.to_owned(),
        uid: Uid::new(name),
    }
}

/// The object as it was read, with four replicas.
fn read(name: &str, version: u32) -> Value {
    json!({"metadata": {"uid": name, "resourceVersion": version.to_string(), "generation": version},
        "spec": {"replicas": 4}})
}

fn gathered(op: OpId, name: &str, version: u32) -> Event {
    Event::Gathered(op, Ok(Box::new(Gathered { object: read(name, version), ..Gathered::default() })))
}

fn trouble(kind: TroubleKind, status: Option<u16>) -> Trouble {
    Trouble { kind, tried: String::new(), said: String::new(), status, wait: None, missing: None }
}

fn refused(op: OpId, status: u16) -> Event {
    Event::Written(op, WriteAnswer::Refused(trouble(TroubleKind::Rejected, Some(status))))
}

fn unanswered(op: OpId) -> Event {
    Event::Written(op, WriteAnswer::Unknown(trouble(TroubleKind::Slow, None)))
}

fn accepted(op: OpId) -> Event {
    Event::Written(op, WriteAnswer::Accepted(Box::default()))
}

fn reads(effects: &[Effect]) -> Vec<OpId> {
    effects.iter().filter_map(|one| if let Effect::Gather(op, ..) = one { Some(*op) } else { None }).collect()
}

fn dry_runs(effects: &[Effect]) -> Vec<OpId> {
    effects
        .iter()
        .filter_map(|one| if let Effect::Rehearse(op, _) = one { Some(*op) } else { None })
        .collect()
}

fn follows(effects: &[Effect]) -> Vec<OpId> {
    effects.iter().filter_map(|one| if let Effect::Follow(op, _) = one { Some(*op) } else { None }).collect()
}

fn sent(effects: &[Effect]) -> usize {
    effects.iter().filter(|one| matches!(one, Effect::Send(..))).count()
}

/// The plan at this place of the stack.
fn plan_in(state: &State, place: usize) -> &PlanScreen {
    match &state.stack[place] {
        Screen::Plan(screen) => screen,
        other => panic!("no plan: {other:?}"),
    }
}

/// A plan of the same change of these objects, before anything of it was read; its reads.
fn begin(state: &mut State, names: &[&str], change: &Change) -> Vec<OpId> {
    let mut effects = Vec::new();
    let wanted = names.iter().map(|name| (target(name), change.clone())).collect();
    state.begin_plan(Action::Scale, wanted, Joined::Bulk, at(0), &mut effects);
    reads(&effects)
}

/// The reads are answered; what the last of them asked for.
fn answer(state: &mut State, reads: &[OpId], names: &[&str], version: u32) -> Vec<Effect> {
    let answers = reads.iter().zip(names).map(|(op, name)| gathered(*op, name, version));
    answers.map(|event| update(state, event, at(0))).last().unwrap()
}

/// A plan of several objects whose dry runs are on their way: they.
fn rehearsing(state: &mut State, names: &[&str], change: &Change) -> Vec<OpId> {
    let reads = begin(state, names, change);
    let effects = answer(state, &reads, names, 1);
    assert_eq!(dry_runs(&effects).len(), names.len());
    dry_runs(&effects)
}

const DOWN: Change = Change::Scale { replicas: 2 };
const ALL: [&str; 3] = ["a", "b", "c"];

#[test]
fn what_the_server_refused_outweighs_what_it_did_not_answer() {
    for order in [[0, 1, 2], [1, 0, 2], [2, 0, 1], [2, 1, 0], [0, 2, 1], [1, 2, 0]] {
        let mut state = state();
        let dry = rehearsing(&mut state, &ALL, &DOWN);
        let answers = [refused(dry[0], 422), unanswered(dry[1]), accepted(dry[2])];
        for at_once in order {
            update(&mut state, answers[at_once].clone(), at(1));
        }
        assert_eq!(plan_in(&state, 0).dry_run.word(), "refused", "answered in the order {order:?}");
    }
}

#[test]
fn a_dry_run_that_meets_a_newer_object_ends_the_others_which_are_asked_again() {
    let mut state = state();
    let dry = rehearsing(&mut state, &ALL, &DOWN);
    let effects = update(&mut state, refused(dry[0], 409), at(1));
    let again = reads(&effects);
    assert_eq!(again.len(), 3, "everything is read anew");
    for op in &dry[1..] {
        assert!(effects.contains(&Effect::Cancel(*op)), "{op} is not wanted any more");
    }
    // They may have been answered before they were ended.
    update(&mut state, unanswered(dry[1]), at(1));
    assert!(reads(&update(&mut state, refused(dry[2], 409), at(1))).is_empty(), "it is read already");
    let effects = answer(&mut state, &again, &ALL, 2);
    assert_eq!(dry_runs(&effects).len(), 3, "the same plan is asked for anew");
    for op in dry_runs(&effects) {
        update(&mut state, accepted(op), at(2));
    }
    assert_eq!((plan_in(&state, 0).dry_run.word(), plan_in(&state, 0).conflicts), ("accepted", 1));
}

#[test]
fn a_dry_run_is_answered_when_all_of_it_is() {
    let delete = Change::Delete { propagation: Propagation::Background, grace: None };
    for (change, protected, last) in [
        (&DOWN, false, accepted as fn(OpId) -> Event),
        (&DOWN, false, unanswered),
        (&delete, true, accepted),
        (&delete, true, unanswered),
    ] {
        for first in [unanswered as fn(OpId) -> Event, |op| refused(op, 422)] {
            let mut state = state();
            state.settings.policy.protected = protected;
            let dry = rehearsing(&mut state, &["a", "b"], change);
            let confirm = |state: &mut State, millis: u64| {
                if let Some(Screen::Plan(screen)) = state.stack.last_mut() {
                    "2 objects".clone_into(&mut screen.word);
                }
                state.on_drawn(at(millis));
                let mut effects = Vec::new();
                state.act(Action::Confirm, at(millis + 1_000), &mut effects);
                sent(&effects)
            };
            update(&mut state, first(dry[0]), at(1));
            assert_eq!(confirm(&mut state, 10), 0, "one dry run is on its way: {}", change.word());
            update(&mut state, last(dry[1]), at(2_000));
            assert_eq!(confirm(&mut state, 2_010), 1, "the first of two leaves: {}", change.word());
        }
    }
}

#[test]
fn a_plan_that_is_read_anew_is_not_confirmed() {
    for replicas in [4, 5] {
        let mut state = state();
        let wanted = begin(&mut state, &["a"], &DOWN);
        let effects = answer(&mut state, &wanted, &["a"], 1);
        let follow = follows(&effects);
        update(&mut state, accepted(dry_runs(&effects)[0]), at(1));
        let confirm = |state: &mut State, millis: u64| {
            state.on_drawn(at(millis));
            let mut effects = Vec::new();
            state.act(Action::Confirm, at(millis + 1_000), &mut effects);
            sent(&effects)
        };
        let again = reads(&update(&mut state, Event::Seen(follow[0], Ok(vec![read("a", 2)])), at(1)));
        assert_eq!(confirm(&mut state, 10), 0, "what is shown is the plan of an object that is no more");
        let mut object = read("a", 2);
        object["spec"]["replicas"] = replicas.into();
        let read = Ok(Box::new(Gathered { object, ..Gathered::default() }));
        for op in dry_runs(&update(&mut state, Event::Gathered(again[0], read), at(2_000))) {
            update(&mut state, accepted(op), at(2_001));
        }
        assert_eq!(confirm(&mut state, 2_010), 1, "the new plan stands");
    }
}

#[test]
fn what_arrives_for_a_plan_under_another_reaches_it() {
    let mut state = state();
    let lower = begin(&mut state, &["a"], &DOWN);
    state.act(Action::Operations, at(0), &mut Vec::new());
    let upper = begin(&mut state, &["b"], &DOWN);
    let effects = answer(&mut state, &lower, &["a"], 1);
    let (dry, follow) = (dry_runs(&effects), follows(&effects));
    assert_eq!((dry.len(), follow.len()), (1, 1), "it is asked for, and its object followed");
    assert_eq!(plan_in(&state, 0).ready().map(|plan| plan.title.as_str()), Some("scale deployment/a"));
    assert!(plan_in(&state, 2).plan.is_none(), "nothing was read for the other one");
    update(&mut state, accepted(dry[0]), at(1));
    assert_eq!(plan_in(&state, 0).dry_run.word(), "accepted");
    assert_eq!(plan_in(&state, 2).dry_run.word(), "not asked");
    let effects = update(&mut state, Event::Seen(follow[0], Ok(vec![read("a", 2)])), at(1));
    assert_eq!(reads(&effects).len(), 1, "its object has changed: it is read anew");
    assert!(plan_in(&state, 0).note.contains("it changed while you looked"));
    assert_eq!(plan_in(&state, 2).note, "");
    answer(&mut state, &upper, &["b"], 1);
    assert_eq!(plan_in(&state, 2).ready().map(|plan| plan.title.as_str()), Some("scale deployment/b"));
}

#[test]
fn what_is_asked_again_is_not_on_its_way_twice() {
    let mut state = state();
    let wanted = begin(&mut state, &["a"], &DOWN);
    let effects = answer(&mut state, &wanted, &["a"], 1);
    let (dry, follow) = (dry_runs(&effects), follows(&effects));
    // Somebody changes it: the follow is the first to say so, the dry run the second.
    let first = reads(&update(&mut state, Event::Seen(follow[0], Ok(vec![read("a", 2)])), at(1)));
    let effects = update(&mut state, refused(dry[0], 409), at(1));
    assert!(effects.contains(&Effect::Cancel(first[0])), "the read on its way is ended");
    let open = |state: &State| state.operations.open().map(|(op, _)| op).collect::<Vec<_>>();
    let second = reads(&effects);
    assert_eq!(open(&state), [follow[0], second[0]]);
    // Another change, while the dry run is on its way: the plan is another one.
    let effects = answer(&mut state, &second, &["a"], 2);
    let dry = dry_runs(&effects);
    assert_eq!(open(&state), [follow[0], dry[0]]);
    let third = reads(&update(&mut state, Event::Seen(follow[0], Ok(vec![read("a", 3)])), at(1)));
    let mut object = read("a", 3);
    object["spec"]["replicas"] = 5.into();
    let read = Ok(Box::new(Gathered { object, ..Gathered::default() }));
    let effects = update(&mut state, Event::Gathered(third[0], read), at(1));
    assert_eq!(open(&state), [follow[0], dry_runs(&effects)[0]], "the dry run before it is not on its way");
    let mut effects = Vec::new();
    state.act(Action::Back, at(2), &mut effects);
    assert!(open(&state).is_empty(), "{:?}", open(&state));
}
