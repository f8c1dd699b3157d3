//! The gate's decisions, as tables.

use serde_json::json;

use super::*;
use crate::model::resource::Resource;
use crate::model::uid::Uid;
use crate::release::facts::Facts;
use crate::release::plan::{Order, plan};
use crate::release::{Change, Target};

fn shown(level: Level, steps: usize, order: Order) -> Plan {
    let target = Target {
        resource: Resource::DEPLOYMENTS,
        namespace: "shop".to_owned(),
        name: "web".to_owned(),
        uid: Uid::new("u1"),
    };
    let mut facts = Facts::default();
    facts.gathered.object =
        json!({"metadata": {"uid": "u1", "resourceVersion": "7"}, "spec": {"replicas": 1}});
    let mut plan = plan(&Change::Scale { replicas: 3 }, &target, &facts).unwrap();
    plan.level = level;
    plan.order = order;
    plan.steps = vec![plan.steps[0].clone(); steps];
    plan
}

#[test]
fn what_is_asked_follows_from_level_and_context() {
    let (open, protected) = (Policy::default(), Policy { protected: true, ..Policy::default() });
    for (policy, level, asked) in [
        (open, Level::Reversible, Asks::Key),
        (open, Level::Lasting, Asks::KeyAfterDryRun),
        (open, Level::Traffic, Asks::KeyAfterDryRun),
        (open, Level::Destructive, Asks::KeyAfterDryRun),
        (protected, Level::Reversible, Asks::Key),
        (protected, Level::Traffic, Asks::KeyAfterDryRun),
        (protected, Level::Destructive, Asks::Word("web".to_owned())),
    ] {
        assert_eq!(asks(policy, &shown(level, 1, Order::AtOnce)), asked, "{policy:?} {level:?}");
    }
    let mut several = shown(Level::Destructive, 2, Order::AtOnce);
    several.steps[1].target.name = "db".to_owned();
    assert_eq!(asks(protected, &several), Asks::Word("2 objects".to_owned()), "what goes is counted");
}

#[test]
fn a_permit_is_made_only_of_what_was_confirmed_as_asked() {
    let (open, protected) = (Policy::default(), Policy { protected: true, ..Policy::default() });
    let key = Answer::Key;
    for (policy, level, answer, rehearsed, permits) in [
        (open, Level::Reversible, &key, false, true),
        (open, Level::Lasting, &key, false, false),
        (open, Level::Lasting, &key, true, true),
        (open, Level::Traffic, &key, false, false),
        (open, Level::Traffic, &key, true, true),
        (open, Level::Destructive, &key, true, true),
        (protected, Level::Destructive, &key, true, false),
        (protected, Level::Destructive, &Answer::Word("wep"), true, false),
        (protected, Level::Destructive, &Answer::Word("web"), false, false),
        (protected, Level::Destructive, &Answer::Word("web"), true, true),
        (Policy { mode: Mode::ReadOnly, ..open }, Level::Reversible, &key, true, false),
        (Policy { no_journal: true, ..open }, Level::Reversible, &key, true, false),
    ] {
        let made = confirm(policy, &shown(level, 1, Order::AtOnce), answer, rehearsed);
        assert_eq!(made.is_ok(), permits, "{policy:?} {level:?} {answer:?} {rehearsed}: {made:?}");
    }
    let plan = shown(Level::Reversible, 1, Order::AtOnce);
    let permits = confirm(open, &plan, &key, false).unwrap();
    let sent: Vec<WriteRequest> = permits.into_iter().map(Permit::into_request).collect();
    assert_eq!(sent, [plan.steps[0].request.clone()], "a permit holds exactly what was shown");
}

#[test]
fn a_rehearsal_is_always_a_dry_run() {
    let open = Policy::default();
    for (steps, order, rehearsed) in [(3, Order::AtOnce, 3), (3, Order::WhenReached, 1)] {
        let made = rehearse(open, &shown(Level::Traffic, steps, order)).unwrap();
        assert_eq!(made.len(), rehearsed);
        assert!(made.into_iter().all(|dry| dry.into_request().uri().contains("dryRun=All")));
    }
    let read_only = Policy { mode: Mode::ReadOnly, ..open };
    assert!(rehearse(read_only, &shown(Level::Traffic, 1, Order::AtOnce)).is_err(), "a dry run is a PATCH");
}

#[test]
fn reading_needs_no_door() {
    let read_only = Policy { mode: Mode::ReadOnly, ..Policy::default() };
    assert_eq!(may_begin(read_only, Access::Look, "x"), Ok(()));
    assert!(may_begin(read_only, Access::Change, "x").is_err());
    assert!(may_begin(read_only, Access::Connect, "x").is_err());
    assert_eq!(may_begin(Policy::default(), Access::Change, "x"), Ok(()));
}
