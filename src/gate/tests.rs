//! The gate's decisions, as tables.

use serde_json::json;

use super::rules::{Origin, Rule};
use super::testing::{changes, ground};
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
        assert_eq!(asks(ground(policy), &shown(level, 1, Order::AtOnce)), asked, "{policy:?} {level:?}");
    }
    let mut several = shown(Level::Destructive, 2, Order::AtOnce);
    several.steps[1].target.name = "db".to_owned();
    assert_eq!(asks(ground(protected), &several), Asks::Word("2 objects".to_owned()), "what goes is counted");
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
        let made = confirm(ground(policy), &shown(level, 1, Order::AtOnce), answer, rehearsed, "");
        assert_eq!(made.is_ok(), permits, "{policy:?} {level:?} {answer:?} {rehearsed}: {made:?}");
    }
    let plan = shown(Level::Reversible, 1, Order::AtOnce);
    let permits = confirm(ground(open), &plan, &key, false, "").unwrap();
    let sent: Vec<WriteRequest> = permits.into_iter().map(Permit::into_request).collect();
    assert_eq!(sent, [plan.steps[0].request.clone()], "a permit holds exactly what was shown");
}

#[test]
fn a_rehearsal_is_always_a_dry_run() {
    let open = Policy::default();
    for (steps, order, rehearsed) in [(3, Order::AtOnce, 3), (3, Order::WhenReached, 1)] {
        let made = rehearse(ground(open), &shown(Level::Traffic, steps, order)).unwrap();
        assert_eq!(made.len(), rehearsed);
        assert!(made.into_iter().all(|dry| dry.into_request().uri().contains("dryRun=All")));
    }
    let read_only = Policy { mode: Mode::ReadOnly, ..open };
    assert!(
        rehearse(ground(read_only), &shown(Level::Traffic, 1, Order::AtOnce)).is_err(),
        "a dry run is a PATCH"
    );
}

/// A rule that is for everything that the patterns of an action match.
fn rules(action: &str, rule: Rule) -> Rules {
    let origin = Origin { file: "f.yaml".to_owned(), number: 1 };
    Rules(vec![Rule { origin, actions: vec![action.to_owned()], ..rule }])
}

#[test]
fn reading_needs_no_door_and_the_rest_has_one() {
    let read_only = Policy { mode: Mode::ReadOnly, ..Policy::default() };
    let reveals = Policy { reveals: true, ..read_only };
    for info in Action::ALL {
        let by = |policy| Ground { by: info.action, ..ground(policy) };
        let looks = info.access == Access::Look;
        assert_eq!(may_begin(by(read_only), &[], "x").is_ok(), looks, "{}", info.name);
        assert_eq!(may_begin(by(Policy::default()), &[], "x"), Ok(()), "{}", info.name);
        let shown = looks || info.action == Action::Reveal;
        assert_eq!(may_begin(by(reveals), &[], "x").is_ok(), shown, "{}", info.name);
    }
}

/// By construction: whatever does something is stopped by a rule on its name, at its beginning and at its confirmation, and its
/// dry run does not leave either.
#[test]
fn a_rule_stops_every_action_that_does_something() {
    let plan = shown(Level::Reversible, 1, Order::AtOnce);
    let target = plan.target().clone();
    for action in rules::ruled() {
        let deny = Rule { deny: Some("never here".to_owned()), ..Rule::default() };
        let denying = rules(action.info().name, deny);
        let ground = Ground { rules: &denying, by: action, ..testing::open() };
        let denied = Refused::Denied("never here (rule 1 of f.yaml)".to_owned());
        for targets in [&[][..], std::slice::from_ref(&target)] {
            assert_eq!(may_begin(ground, targets, "x"), Err(denied.clone()), "{action}");
        }
        assert_eq!(rehearse(ground, &plan), Err(denied.clone()), "{action}");
        assert_eq!(confirm(ground, &plan, &Answer::Key, true, "why"), Err(denied.clone()), "{action}");
        assert_eq!(may_plan(ground, &[(target.clone(), Change::Pause)]), Err(denied), "{action}");
    }
    // What is sent is stopped by its own name, whatever it began with.
    for change in changes() {
        for action in of_change(&change) {
            let deny = Rule { deny: Some("never here".to_owned()), ..Rule::default() };
            let denying = rules(action.info().name, deny);
            let ground = Ground { rules: &denying, by: Action::Invert, ..testing::open() };
            let mut plan = plan.clone();
            plan.steps[0].change = change.clone();
            assert!(rehearse(ground, &plan).is_err(), "{change:?}");
            assert!(confirm(ground, &plan, &Answer::Key, true, "why").is_err(), "{change:?}");
            assert!(may_plan(ground, &[(target.clone(), change.clone())]).is_err(), "{change:?}");
        }
    }
}

#[test]
fn a_rule_asks_for_more_than_the_level_and_never_for_less() {
    let protected = Policy { protected: true, ..Policy::default() };
    let word = |word: &str| Asks::Word(word.to_owned());
    for (how, policy, level, asked) in [
        (Confirm::Plain, Policy::default(), Level::Reversible, Asks::KeyAfterDryRun),
        (Confirm::Name, Policy::default(), Level::Reversible, word("web")),
        (Confirm::Context, Policy::default(), Level::Traffic, word("prod")),
        (Confirm::Plain, protected, Level::Destructive, word("web")),
        (Confirm::Context, protected, Level::Destructive, word("prod")),
    ] {
        let asking = rules("scale", Rule { confirm: Some(how), ..Rule::default() });
        let ground = Ground { rules: &asking, ..ground(policy) };
        assert_eq!(asks(ground, &shown(level, 1, Order::AtOnce)), asked, "{how:?} {level:?}");
    }
    let asking = rules("scale", Rule { confirm: Some(Confirm::Context), ..Rule::default() });
    let ground = Ground { rules: &asking, ..testing::open() };
    let plan = shown(Level::Reversible, 1, Order::AtOnce);
    for (answer, rehearsed, permitted) in [
        (Answer::Key, true, false),
        (Answer::Word("web"), true, false),
        (Answer::Word("prod"), false, false),
        (Answer::Word("prod"), true, true),
    ] {
        assert_eq!(confirm(ground, &plan, &answer, rehearsed, "").is_ok(), permitted, "{answer:?}");
    }
}

#[test]
fn why_and_how_many_are_asked_at_the_confirmation() {
    let asking = rules("scale", Rule { reason: true, max_bulk: Some(1), ..Rule::default() });
    let ground = Ground { rules: &asking, ..testing::open() };
    let mut plan = shown(Level::Reversible, 2, Order::AtOnce);
    for (reason, permitted) in [("", false), ("  ", false), ("outage", true)] {
        assert_eq!(confirm(ground, &plan, &Answer::Key, true, reason).is_ok(), permitted, "{reason:?}");
    }
    plan.steps[1].target.name = "db".to_owned();
    let refused = confirm(ground, &plan, &Answer::Key, true, "outage");
    let words = "2 objects at once, and 1 may be (rule 1 of f.yaml)";
    assert_eq!(refused, Err(Refused::Denied(words.to_owned())));
}

fn target(resource: Resource) -> Target {
    Target { resource, namespace: "shop".to_owned(), name: "web".to_owned(), uid: Uid::new("u1") }
}

/// An apply of other replicas and another image.
fn applied() -> Plan {
    let meta = json!({"name": "web", "namespace": "shop", "uid": "u1", "resourceVersion": "7"});
    let spec = |replicas: u32, image: &str| json!({"replicas": replicas, "template": {"spec": {"containers": [{"name": "web", "image": image}]}}});
    let manifest = json!({"apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {"name": "web", "namespace": "shop"}, "spec": spec(5, "web:2")});
    let mut facts = Facts::default();
    facts.gathered.object =
        json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": meta, "spec": spec(3, "web:1")});
    let change = Change::Apply { manifest: Box::new(manifest), force: false, from: String::new() };
    plan(&change, &target(Resource::DEPLOYMENTS), &facts).unwrap()
}

/// By another door: what is written is judged by what it writes, for all that a rule can ask.
#[test]
fn what_is_written_by_another_door_is_held_to_the_same_rules() {
    let plan = applied();
    for action in ["scale", "set-image", "apply"] {
        let asking = |rule| rules(action, rule);
        let denying = asking(Rule { deny: Some("never here".to_owned()), ..Rule::default() });
        let by = |rules| Ground { rules, by: Action::Apply, ..testing::open() };
        let denied = Refused::Denied("never here (rule 1 of f.yaml)".to_owned());
        assert_eq!(rehearse(by(&denying), &plan), Err(denied.clone()), "{action}");
        assert_eq!(confirm(by(&denying), &plan, &Answer::Key, true, "why"), Err(denied), "{action}");
        let strict = asking(Rule { confirm: Some(Confirm::Context), reason: true, ..Rule::default() });
        assert_eq!(asks(by(&strict), &plan), Asks::Word("prod".to_owned()), "{action}");
        for (answer, reason, permitted) in [
            (Answer::Key, "why", false),
            (Answer::Word("prod"), "", false),
            (Answer::Word("prod"), "why", true),
        ] {
            let permits = confirm(by(&strict), &plan, &answer, true, reason);
            assert_eq!(permits.is_ok(), permitted, "{action} {answer:?} {reason}");
        }
        let mut two = plan.clone();
        two.steps.push(two.steps[0].clone());
        two.steps[1].target.name = "db".to_owned();
        let few = asking(Rule { max_bulk: Some(1), ..Rule::default() });
        assert!(writable(by(&few), &plan).is_ok() && writable(by(&few), &two).is_err(), "{action}");
    }
    let other = rules("restart", Rule { deny: Some("never here".to_owned()), ..Rule::default() });
    assert_eq!(writable(Ground { rules: &other, by: Action::Apply, ..testing::open() }, &plan), Ok(()));
}

/// Who may not run a command in a pod may not do so by copying or by a container of his own.
#[test]
fn what_goes_through_the_door_of_exec_is_exec() {
    let pod = target(Resource::PODS);
    for (denied, action, stopped) in [
        ("exec", Action::Exec, true),
        ("exec", Action::ExecAside, true),
        ("exec", Action::CopyFiles, true),
        ("exec", Action::Debug, true),
        ("exec", Action::Attach, false),
        ("exec", Action::Forward, false),
        ("attach", Action::Attach, true),
        ("attach", Action::AttachAside, true),
        ("attach", Action::Exec, false),
        ("debug", Action::Debug, true),
        ("debug", Action::Exec, false),
        ("copy-files", Action::CopyFiles, true),
    ] {
        let denying = rules(denied, Rule { deny: Some("never here".to_owned()), ..Rule::default() });
        let ground = Ground { rules: &denying, by: action, ..testing::open() };
        let begun = may_begin(ground, std::slice::from_ref(&pod), "x");
        assert_eq!(begun.is_err(), stopped, "{denied} {action}");
    }
}
