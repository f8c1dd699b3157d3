//! An answer belongs to the operation that asked, which need not be the newest.

use std::time::Duration;

use super::*;
use crate::release::plan::Line;
use crate::release::smoke;
use crate::screen::plan::Smoked;
use crate::state::changes::Outcome;

/// An apply of a manifest with so many replicas.
fn apply(name: &str, replicas: u32) -> (Target, Change) {
    let manifest = json!({"apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {"name": name, "namespace": "shop"}, "spec": {"replicas": replicas}});
    let target = Target::unborn(Resource::DEPLOYMENTS, "shop".to_owned(), name.to_owned());
    (target, Change::Apply { manifest: Box::new(manifest), force: false, from: "web.yaml".to_owned() })
}

/// What the dry runs of the only plan said, a word for each line.
fn said(state: &State) -> Vec<(usize, Vec<String>)> {
    let words = |line: &Line| match line {
        Line::Change { what, from, to } => format!("{what}: {from} -> {to}"),
        Line::Object { words } | Line::Effect { words, .. } | Line::Warning { words, .. } => words.clone(),
        other => format!("{other:?}"),
    };
    let answers = plan_in(state, 0).answers.iter();
    answers.map(|(at, lines)| (*at, lines.iter().map(words).collect())).collect()
}

#[test]
fn an_applied_object_is_found_by_the_operation_that_asked() {
    let mut state = state();
    let mut effects = Vec::new();
    state.begin_plan(Action::Apply, vec![apply("a", 5), apply("b", 6)], Joined::Bulk, at(0), &mut effects);
    let wanted = reads(&effects);
    // The newer one is answered first; there is only `a`.
    let nothing = Ok(Box::new(Gathered::default()));
    update(&mut state, Event::Gathered(wanted[1], nothing), at(0));
    let dry = dry_runs(&update(&mut state, gathered(wanted[0], "a", 1), at(0)));
    let bound: Vec<bool> = plan_in(&state, 0).parts.iter().map(|part| part.target.is_bound()).collect();
    assert_eq!((bound, dry.len()), (vec![true, false], 2), "what was read for `a` is `a`");
    update(&mut state, refused(dry[1], 422), at(1));
    let mut object = read("a", 1);
    object["spec"]["replicas"] = 5.into();
    update(&mut state, Event::Written(dry[0], WriteAnswer::Accepted(Box::new(object))), at(2));
    let said = said(&state);
    assert_eq!(said.iter().map(|(at, _)| *at).collect::<Vec<_>>(), [0, 1], "in the order of the objects");
    assert_eq!(said[0].1[0], "deployment/a");
    assert!(said[0].1.iter().any(|line| line.ends_with("replicas: 4 -> 5")), "{said:?}");
    assert_eq!((said[1].1[0].as_str(), said[1].1.len()), ("deployment/b", 2), "{said:?}");
}

#[test]
fn a_forced_deletion_is_found_by_the_operation_that_asked() {
    let delete = Change::Delete { propagation: Propagation::Background, grace: None };
    let mut state = state();
    let mut sends = Vec::new();
    for (name, millis) in [("a", 0), ("b", 10_000)] {
        let plain = rehearsing(&mut state, &[name], &delete);
        let mut effects = Vec::new();
        state.act(Action::ToggleForce, at(millis), &mut effects);
        let forced = dry_runs(&effects);
        assert!(effects.contains(&Effect::Cancel(plain[0])), "nobody wants to know it unforced");
        // It had been answered before it was ended.
        update(&mut state, accepted(plain[0]), at(millis));
        assert_eq!(plan_in(&state, 0).dry_run.word(), "asked", "that was the answer to another question");
        update(&mut state, accepted(forced[0]), at(millis));
        assert_eq!(plan_in(&state, 0).dry_run.word(), "accepted");
        state.on_drawn(at(millis));
        let mut effects = Vec::new();
        state.act(Action::Confirm, at(millis + 1_000), &mut effects);
        sends.extend(effects.iter().filter_map(
            |one| {
                if let Effect::Send(op, _) = one { Some(*op) } else { None }
            },
        ));
    }
    assert_eq!(sends.len(), 2);
    update(&mut state, refused(sends[0], 422), at(12_000));
    let outcomes: Vec<_> = state.changes.all().iter().map(|one| one.outcome().map(Outcome::word)).collect();
    assert_eq!(outcomes, [Some("refused"), None], "the first was refused, the newer one is on its way");
}

#[test]
fn a_smoke_check_is_found_by_the_operation_that_asked() {
    let mut state = state();
    let mut asked = Vec::new();
    for name in ["a", "b"] {
        begin(&mut state, &[name], &DOWN);
        let ops = [state.start_op("GET /"), state.start_op("GET /")];
        let smoked = ops.map(|op| Smoked { op, pod: name.to_owned(), path: "/".to_owned(), answer: None });
        state.plan_on_top().unwrap().smoked = smoked.into();
        asked.push(ops);
    }
    let answer = smoke::Answer { code: 200, took: Duration::ZERO, line: "ok".to_owned() };
    update(&mut state, Event::Probed(asked[0][1], Ok(answer)), at(1));
    update(&mut state, Event::Probed(asked[0][0], Err(trouble(TroubleKind::Slow, None))), at(2));
    let answers = |place: usize| {
        let smoked = plan_in(&state, place).smoked.iter();
        smoked.map(|one| one.answer.as_ref().map(Result::is_ok)).collect::<Vec<_>>()
    };
    assert_eq!(answers(0), [Some(false), Some(true)]);
    assert_eq!(answers(1), [None, None], "nobody answered the plan above");
}
