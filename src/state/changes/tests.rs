//! What becomes of confirmed changes, as lists of what happened.

use serde_json::{Value, json};

use super::*;
use crate::gate::{self, Answer};
use crate::model::resource::Resource;
use crate::model::trouble::TroubleKind;
use crate::model::uid::Uid;
use crate::release::facts::Facts;
use crate::release::plan::plan;

const UID: &str = "6d9e1a3e-3d0f-4c0b-8a51-0a2b3c4d5e6f";

fn at(seconds: u64) -> Now {
    Now { mono: Duration::from_secs(seconds), unix: 1_000 + seconds as i64 }
}

fn web(replicas: i64, ready: i64) -> Value {
    json!({"kind": "Deployment", "metadata": {"uid": UID, "resourceVersion": "7", "generation": 2},
        "spec": {"replicas": replicas},
        "status": {"observedGeneration": 2, "replicas": ready, "readyReplicas": ready}})
}

/// Scales to 3, in so many steps; the operations of step n are 10n+1 and 10n+2.
fn begun(steps: u64, order: Order) -> (Changes, Vec<Effect>) {
    let target = Target {
        resource: Resource::DEPLOYMENTS,
        namespace: "shop".to_owned(),
        name: "web".to_owned(),
        uid: Uid::new(UID),
    };
    let mut facts = Facts::default();
    facts.gathered.object = web(1, 1);
    let mut plan = plan(&Change::Scale { replicas: 3 }, &target, &facts).unwrap();
    plan.steps = vec![plan.steps[0].clone(); steps as usize];
    plan.order = order;
    let permits = gate::confirm(gate::testing::open(), &plan, &Answer::Key, true, "").unwrap();
    let steps = plan.steps.iter().cloned().zip(permits).enumerate();
    let steps =
        steps.map(|(n, (step, permit))| (step, permit, 10 * n as u64 + 1, 10 * n as u64 + 2)).collect();
    let mut changes = Changes { deadline: Duration::from_mins(10), ..Changes::default() };
    let followed = Followed {
        by: Action::Scale,
        id: 100,
        title: plan.title.clone(),
        reason: String::new(),
        context: "demo".to_owned(),
        dry_run: String::new(),
        values: Vec::new(),
        steps: Vec::new(),
        order,
        began: at(0),
        ended: None,
        rings: false,
    };
    let mut effects = Vec::new();
    changes.begin(followed, steps, at(0), &mut effects);
    (changes, effects)
}

fn sent(effects: &[Effect]) -> Vec<OpId> {
    let op = |effect: &Effect| if let Effect::Send(op, _) = effect { Some(*op) } else { None };
    effects.iter().filter_map(op).collect()
}

fn accepted() -> WriteAnswer {
    WriteAnswer::Accepted(Box::new(json!({"kind": "Scale", "metadata": {"uid": UID}})))
}

fn trouble(kind: TroubleKind, status: Option<u16>, said: &str) -> Trouble {
    Trouble { kind, tried: String::new(), said: said.to_owned(), status, wait: None, missing: None }
}

#[test]
fn done_is_what_the_cluster_shows() {
    let (mut changes, mut effects) = begun(1, Order::AtOnce);
    assert_eq!(sent(&effects), [1]);
    assert_eq!(changes.on_written(1, accepted(), at(1), &mut effects), Some(None), "accepted is not done");
    assert!(matches!(effects.last(), Some(Effect::Follow(2, _))));
    assert_eq!(changes.on_seen(2, Ok(vec![web(3, 1)]), at(2), &mut effects), Some(None));
    assert_eq!(changes.all()[0].line(), "scale deployment/web: 1 of 3 ready");
    assert_eq!(changes.on_seen(2, Ok(vec![web(3, 3)]), at(3), &mut effects), Some(Some(News::Ended(100))));
    assert_eq!(changes.all()[0].outcome(), Some(&Outcome::Done("3 of 3 ready".to_owned())));
    assert_eq!(effects.last(), Some(&Effect::Cancel(2)));
    assert_eq!(sent(&effects), [1], "sent once");
}

#[test]
fn somebody_elses_change_is_told() {
    let (mut changes, mut effects) = begun(1, Order::AtOnce);
    changes.on_written(1, accepted(), at(1), &mut effects);
    changes.on_seen(2, Ok(vec![web(5, 1)]), at(2), &mut effects);
    assert!(matches!(changes.all()[0].outcome(), Some(Outcome::Superseded(_))));
    let (mut changes, mut effects) = begun(1, Order::AtOnce);
    changes.on_written(1, accepted(), at(1), &mut effects);
    let mut namesake = web(3, 3);
    namesake["metadata"]["uid"] = json!("another");
    changes.on_seen(2, Ok(vec![namesake]), at(2), &mut effects);
    assert!(matches!(changes.all()[0].outcome(), Some(Outcome::Failed(_))), "a namesake is not it");
}

#[test]
fn a_lost_answer_is_looked_up_and_nothing_is_sent_again() {
    for (seen, shown) in [(web(3, 3), true), (web(1, 1), false)] {
        let (mut changes, mut effects) = begun(1, Order::AtOnce);
        let lost = WriteAnswer::Unknown(trouble(TroubleKind::Server, Some(504), "timeout"));
        assert_eq!(changes.on_written(1, lost, at(1), &mut effects), Some(None));
        assert!(changes.all()[0].is_uncertain());
        changes.on_seen(2, Ok(vec![seen.clone()]), at(2), &mut effects);
        assert_eq!(changes.all()[0].is_uncertain(), !shown);
        if shown {
            changes.on_seen(2, Ok(vec![seen]), at(2), &mut effects);
            assert!(matches!(changes.all()[0].outcome(), Some(Outcome::Done(_))));
        } else {
            assert_eq!(changes.next_end(), Some(Duration::from_secs(12)));
            assert_eq!(changes.on_time(at(11), &mut effects), []);
            assert_eq!(changes.on_time(at(12), &mut effects), [News::Ended(100)]);
            assert!(matches!(changes.all()[0].outcome(), Some(Outcome::NotDone(_))));
        }
        assert_eq!(sent(&effects), [1]);
    }
}

/// However late the answer's absence is noticed: nothing is called not done that was not looked for.
#[test]
fn what_could_not_be_looked_at_is_not_called_not_done() {
    let (mut changes, mut effects) = begun(1, Order::AtOnce);
    let lost = WriteAnswer::Unknown(trouble(TroubleKind::Slow, None, "no answer within 30 s"));
    changes.on_written(1, lost, at(30), &mut effects);
    let unseen = Err(trouble(TroubleKind::Unreachable, None, "no route"));
    changes.on_seen(2, unseen, at(31), &mut effects);
    assert_eq!(changes.on_time(at(599), &mut effects), []);
    assert_eq!(changes.on_time(at(600), &mut effects), [News::Ended(100)]);
    let change = &changes.all()[0];
    assert!(matches!(change.outcome(), Some(Outcome::TimedOut(_))), "{}", change.outcome_words());
    assert!(change.outcome_words().ends_with("it may be done"), "{}", change.outcome_words());
    assert_eq!(change.inverse().len(), 1, "it can be taken back");
}

#[test]
fn an_answer_that_does_not_say_whether_it_was_done_is_told_as_one() {
    for (status, said, came) in [
        (Some(500), "etcdserver: no leader", "answered 500: etcdserver: no leader"),
        (Some(503), "", "answered 503"),
        (None, "timeout", "no answer (server error)"),
    ] {
        let (mut changes, mut effects) = begun(1, Order::AtOnce);
        let unknown = WriteAnswer::Unknown(trouble(TroubleKind::Server, status, said));
        changes.on_written(1, unknown, at(1), &mut effects);
        let looks = if status.is_some() {
            "; looking at the cluster whether it was done"
        } else {
            ": looking at the cluster"
        };
        assert_eq!(changes.all()[0].line(), format!("scale deployment/web: {came}{looks}"));
        changes.on_seen(2, Ok(vec![web(1, 1)]), at(1), &mut effects);
        changes.on_time(at(11), &mut effects);
        assert_eq!(
            changes.all()[0].outcome_words(),
            format!("{came}; the cluster does not show it; it was not sent again")
        );
    }
}

#[test]
fn a_conflict_did_nothing_and_is_planned_again() {
    for (status, said) in [
        (409, "Operation cannot be fulfilled"),
        (422, "the server rejected our request due to an error in our request"),
    ] {
        let (mut changes, mut effects) = begun(1, Order::AtOnce);
        let refused = WriteAnswer::Refused(trouble(TroubleKind::Rejected, Some(status), said));
        assert_eq!(changes.on_written(1, refused, at(1), &mut effects), Some(Some(News::Conflict(100))));
        assert!(changes.all()[0].inverse().is_empty(), "nothing was done, so nothing is taken back");
    }
    let (mut changes, mut effects) = begun(1, Order::AtOnce);
    let refused = WriteAnswer::Refused(trouble(TroubleKind::Forbidden, Some(403), "no"));
    assert_eq!(changes.on_written(1, refused, at(1), &mut effects), Some(Some(News::Ended(100))));
}

#[test]
fn steps_that_wait_stop_at_the_first_failure() {
    let (mut changes, mut effects) = begun(3, Order::WhenReached);
    changes.on_written(1, accepted(), at(1), &mut effects);
    assert_eq!(sent(&effects), [1], "the next waits for the goal, not for the answer");
    changes.on_seen(2, Ok(vec![web(3, 3)]), at(2), &mut effects);
    assert_eq!(sent(&effects), [1, 11]);
    let refused = WriteAnswer::Refused(trouble(TroubleKind::Forbidden, Some(403), "no"));
    assert_eq!(changes.on_written(11, refused, at(3), &mut effects), Some(Some(News::Ended(100))));
    assert_eq!(sent(&effects), [1, 11], "the third is never sent");
    assert!(matches!(changes.all()[0].outcome(), Some(Outcome::Refused(_))));
    assert!(matches!(changes.all()[0].steps[2].outcome(), Some(Outcome::NotBegun(_))));
}

#[test]
fn the_same_change_of_several_does_not_wait_for_goals() {
    let (mut changes, mut effects) = begun(2, Order::AtOnce);
    assert_eq!(sent(&effects), [1], "one write at a time");
    changes.on_written(1, accepted(), at(1), &mut effects);
    assert_eq!(sent(&effects), [1, 11]);
}

#[test]
fn what_takes_too_long_has_timed_out() {
    let (mut changes, mut effects) = begun(1, Order::AtOnce);
    changes.on_written(1, accepted(), at(1), &mut effects);
    assert_eq!(changes.on_time(at(599), &mut effects), []);
    assert_eq!(changes.on_time(at(600), &mut effects), [News::Ended(100)]);
    assert!(matches!(changes.all()[0].outcome(), Some(Outcome::TimedOut(_))));
    assert_eq!(effects.last(), Some(&Effect::Cancel(2)));
}

#[test]
fn leaving_takes_nothing_back() {
    let (mut changes, mut effects) = begun(2, Order::WhenReached);
    changes.on_written(1, accepted(), at(1), &mut effects);
    assert_eq!(changes.leave(100, "left", at(2), &mut effects), Some(News::Ended(100)));
    assert!(matches!(changes.all()[0].steps[0].outcome(), Some(Outcome::Left(_))));
    let why = "left".to_owned();
    assert_eq!(changes.all()[0].steps[1].outcome(), Some(&Outcome::NotBegun(why)));
    assert_eq!(sent(&effects), [1]);
}
