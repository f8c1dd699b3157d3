//! Who stands behind a service, shares, and plans of several steps.

use serde_json::json;

use super::*;
use crate::release::change::{Change, ContainerImage};
use crate::release::facts::Gathered;
use crate::release::follow::Goal;
use crate::release::plan::canary::{Pair, abort, promote, share};
use crate::release::plan::{Line, Order, Plan};

#[test]
fn shares_are_counted_in_pods() {
    for (percent, total, split, real) in [
        (25, 4, (3, 1), 25),
        (10, 4, (3, 1), 25),
        (1, 100, (99, 1), 1),
        (50, 5, (2, 3), 60),
        (99, 4, (1, 3), 75),
        (0, 4, (4, 0), 0),
        (100, 4, (0, 4), 100),
        (0, 1, (1, 0), 0),
        (33, 3, (2, 1), 33),
    ] {
        let made = Split::of(percent, total).unwrap();
        assert_eq!((made.stable, made.canary), split, "{percent} % of {total}");
        assert_eq!(made.percent(), real);
    }
    for (percent, total) in [(50, 1), (50, 0), (101, 4)] {
        assert!(Split::of(percent, total).is_err(), "{percent} % of {total}");
    }
}

proptest::proptest! {
    #[test]
    fn a_share_keeps_the_total_and_both_sides(percent in 0..=100_u32, total in 2..500_u32) {
        let split = Split::of(percent, total).unwrap();
        proptest::prop_assert_eq!(split.stable + split.canary, total);
        proptest::prop_assert_eq!(split.canary == 0, percent == 0);
        proptest::prop_assert_eq!(split.stable == 0, percent == 100);
        // As near as whole pods allow.
        let off = (i64::from(split.canary) * 100 - i64::from(percent) * i64::from(total)).abs();
        let forced = split.canary == 1 || split.stable == 1;
        proptest::prop_assert!(off * 2 <= 100 || forced, "{} of {}", split.canary, total);
    }
}

fn target() -> Target {
    Target {
        resource: Resource::SERVICES,
        namespace: "shop".to_owned(),
        name: "front".to_owned(),
        uid: Uid::new("svc"),
    }
}

fn deployment(name: &str, track: &str, replicas: u32, image: &str) -> Value {
    json!({"metadata": {"name": name, "uid": name, "resourceVersion": "7", "generation": 1},
        "spec": {"replicas": replicas, "template": {"metadata": {"labels": {"app": "front", "track": track}},
            "spec": {"containers": [{"name": "php", "image": image}]}}},
        "status": {"observedGeneration": 1, "updatedReplicas": replicas, "replicas": replicas}})
}

fn owned(uid: &str, kind: &str, by: &str, ready: bool) -> Value {
    json!({"metadata": {"name": uid, "uid": uid, "labels": {"app": "front"},
            "ownerReferences": [{"kind": kind, "name": by, "uid": by, "controller": true}]},
        "status": {"phase": "Running", "podIP": "10.0.0.1",
            "conditions": [{"type": "Ready", "status": if ready { "True" } else { "False" }}]}})
}

/// A stable deployment with `stable` ready pods and a canary with `canary` ready of its replicas.
fn facts(stable: u32, canary: (u32, u32), change: impl FnOnce(&mut Vec<Value>)) -> Facts {
    let mut deployments = vec![
        deployment("front-canary", "canary", canary.1, "gb:v5"),
        deployment("front", "stable", stable, "gb:v4"),
        json!({"metadata": {"name": "other", "uid": "other"}, "spec": {"template": {"metadata": {"labels": {"app": "x"}}}}}),
    ];
    change(&mut deployments);
    let sets =
        vec![owned("rs1", "Deployment", "front", true), owned("rs2", "Deployment", "front-canary", true)];
    let pods = (0..stable)
        .map(|at| owned(&format!("s{at}"), "ReplicaSet", "rs1", true))
        .chain((0..canary.1).map(|at| owned(&format!("c{at}"), "ReplicaSet", "rs2", at < canary.0)))
        .collect();
    let lists =
        [(Resource::PODS, pods), (Resource::REPLICA_SETS, sets), (Resource::DEPLOYMENTS, deployments)];
    let object = json!({"metadata": {"name": "front", "uid": "svc"}, "spec": {"selector": {"app": "front"}}});
    Facts {
        gathered: Gathered {
            object,
            lists: lists
                .into_iter()
                .map(|(resource, list)| (Query::all(resource), Found::Known(list)))
                .collect(),
            ..Gathered::default()
        },
        ..Facts::default()
    }
}

fn uids() -> (Uid, Uid) {
    (Uid::new("front"), Uid::new("front-canary"))
}

fn scale(replicas: u32) -> Change {
    Change::Scale { replicas }
}

/// Each step: its object, its change, its goal, whether it is bound to a version, and what takes it back.
fn steps(plan: &Plan) -> Vec<(String, Change, Goal, bool, Change)> {
    plan.steps
        .iter()
        .map(|step| {
            assert_eq!(
                step.request.body["metadata"]["uid"],
                json!(step.target.uid.to_string()),
                "bound to the object"
            );
            let version = step.request.body["metadata"].get("resourceVersion").is_some();
            (
                step.target.name.clone(),
                step.change.clone(),
                step.goal.clone(),
                version,
                step.inverse.clone().unwrap(),
            )
        })
        .collect()
}

fn said(plan: &Plan) -> String {
    let line = |line: &Line| match line {
        Line::Change { what, from, to } => format!("{what}: {from} -> {to}\n"),
        Line::Effect { what, words } => format!("{what}: {words}\n"),
        Line::Warning { what, words } => format!("! {what}: {words}\n"),
        Line::Unknown { what, why } => format!("? {what}: {why}\n"),
        Line::Diff(line) => format!("{} {}\n", line.sign, line.text),
    };
    plan.lines.iter().map(line).collect()
}

#[test]
fn the_members_of_a_service_are_seen_with_their_share() {
    let mut facts = facts(3, (1, 2), |_| {});
    let seen = Canary::of(&target(), &facts).unwrap();
    let all: Vec<(&str, u32, usize, usize, u32)> = seen
        .members
        .iter()
        .map(|one| (one.target.name.as_str(), one.replicas, one.pods, one.ready, one.share))
        .collect();
    assert_eq!(all, [("front", 3, 3, 3, 75), ("front-canary", 2, 2, 1, 25)]);
    let (stable, canary) = seen.pair().unwrap();
    assert_eq!((stable.target.name.as_str(), canary.target.name.as_str()), ("front", "front-canary"));
    if let Found::Known(pods) = &mut facts.gathered.lists[0].1 {
        pods.push(owned("stray", "StatefulSet", "db", true));
    }
    assert_eq!(Canary::of(&target(), &facts).unwrap().others, 1);
    facts.gathered.object["spec"]["selector"] = json!({});
    assert!(Canary::of(&target(), &facts).is_err());
    let asked = lists(&json!({"spec": {"selector": {"app": "front"}}}));
    assert_eq!(asked[0], Query::labelled(Resource::PODS, "app=front"));
}

#[test]
fn a_canary_is_known_by_its_word_or_its_size() {
    let pair = |one: (&str, &str, u32), other: (&str, &str, u32)| {
        let facts = facts(0, (0, 0), |all| {
            *all = [one, other].iter().map(|(name, track, n)| deployment(name, track, *n, "x")).collect();
        });
        let seen = Canary::of(&target(), &facts).unwrap();
        seen.pair().map(|(_, canary)| canary.target.name.clone())
    };
    assert_eq!(pair(("a", "stable", 1), ("b", "canary", 5)).as_deref(), Some("b"));
    assert_eq!(pair(("web-canary", "x", 5), ("web", "x", 1)).as_deref(), Some("web-canary"));
    assert_eq!(pair(("a", "x", 1), ("b", "x", 5)).as_deref(), Some("a"));
    assert_eq!(pair(("a", "x", 2), ("b", "x", 2)), None);
}

#[test]
fn another_share_scales_up_before_it_scales_down() {
    let (stable, canary) = uids();
    let pair = Pair { stable: &stable, canary: &canary };
    let facts = facts(3, (1, 1), |_| {});
    let made = share(50, None, pair, &target(), &facts).unwrap();
    assert_eq!(
        steps(&made),
        [
            ("front-canary".to_owned(), scale(2), Goal::Replicas(2), true, scale(1)),
            ("front".to_owned(), scale(2), Goal::Replicas(2), false, scale(3)),
        ]
    );
    assert_eq!(made.order, Order::WhenReached);
    let words = said(&made);
    for line in [
        "share: 25 %: 1 of 4 ready endpoints -> about 50 %",
        "replicas: 3 stable, 1 canary -> 2 stable, 2 canary",
        "one after the other: front-canary to 2, then front to 2",
    ] {
        assert!(words.contains(line), "{words}");
    }
    assert_eq!(
        made.kubectl,
        [
            "kubectl -n shop scale deployment/front-canary --replicas=2",
            "kubectl -n shop rollout status deployment/front-canary",
            "kubectl -n shop scale deployment/front --replicas=2",
        ]
    );
    let less = share(0, None, pair, &target(), &facts).unwrap();
    let order: Vec<String> = steps(&less).into_iter().map(|step| step.0).collect();
    assert_eq!(order, ["front", "front-canary"], "what grows comes first");
    let more = share(20, Some(10), pair, &target(), &facts).unwrap();
    assert!(said(&more).contains("8 stable, 2 canary"));
    assert!(share(25, None, pair, &target(), &facts).is_err(), "it is so already");
    assert!(
        said(&share(60, None, pair, &target(), &facts).unwrap())
            .contains("60 % is not possible with 4 pods: it is 50 %")
    );
    let same = Pair { stable: &stable, canary: &stable };
    assert!(share(50, None, same, &target(), &facts).is_err());
    let stranger = Uid::new("other");
    assert!(share(50, None, Pair { stable: &stranger, canary: &canary }, &target(), &facts).is_err());
}

#[test]
fn a_promotion_rolls_out_before_the_canary_ends() {
    let (stable, canary) = uids();
    let pair = Pair { stable: &stable, canary: &canary };
    let image = |image: &str| Change::SetImage {
        images: vec![ContainerImage { container: "php".to_owned(), image: image.to_owned() }],
    };
    let here = facts(3, (1, 1), |_| {});
    let made = promote(false, pair, &target(), &here).unwrap();
    let set = ("front".to_owned(), image("gb:v5"), Goal::Rollout, true, image("gb:v4"));
    let end = ("front-canary".to_owned(), scale(0), Goal::Replicas(0), false, scale(1));
    assert_eq!(steps(&made), [set.clone(), end.clone()]);
    assert!(said(&made).contains("image of php: gb:v4 -> gb:v5"));
    let kept = promote(true, pair, &target(), &here).unwrap();
    let grow = ("front".to_owned(), scale(4), Goal::Replicas(4), false, scale(3));
    assert_eq!(steps(&kept), [set, grow, end]);
    let back: Vec<Change> = kept.inverse().into_iter().map(|(_, change)| change).collect();
    assert_eq!(back, [scale(1), scale(3), image("gb:v4")], "the last first");
    for (change, said) in [
        (
            json!([{"name": "php", "image": "gb:v5"}, {"name": "log", "image": "l"}]),
            "their containers differ: deployment/front has php",
        ),
        (
            json!([{"name": "web", "image": "gb:v5"}]),
            "deployment/front-canary has web; set the images by hand",
        ),
    ] {
        let differs = facts(3, (1, 1), |all| all[0]["spec"]["template"]["spec"]["containers"] = change);
        let refused = promote(false, pair, &target(), &differs).unwrap_err();
        assert!(refused.0.contains(said), "{refused}");
    }
    let paused = facts(3, (1, 1), |all| all[1]["spec"]["paused"] = json!(true));
    assert!(promote(false, pair, &target(), &paused).unwrap_err().0.contains("resume it first"));
    let mut unproven = facts(3, (0, 1), |_| {});
    assert!(
        promote(false, pair, &target(), &unproven)
            .unwrap_err()
            .0
            .contains("nothing shows that its images work")
    );
    unproven.terms.insist = true;
    assert!(promote(false, pair, &target(), &unproven).is_ok());
    let done =
        facts(3, (1, 1), |all| all[1]["spec"]["template"]["spec"]["containers"][0]["image"] = json!("gb:v5"));
    assert_eq!(steps(&promote(false, pair, &target(), &done).unwrap()).len(), 1, "only the canary ends");
    let other = facts(3, (1, 1), |all| {
        all[0]["spec"]["template"]["spec"]["containers"][0]["env"] = json!([{"name": "X", "value": "on"}]);
    });
    let words = said(&promote(false, pair, &target(), &other).unwrap());
    assert!(
        words.contains("! not promoted: only images are; their templates differ also in env X of php"),
        "{words}"
    );
}

#[test]
fn a_canary_ends_when_the_stable_one_is_ready_for_it() {
    let (stable, canary) = uids();
    let pair = Pair { stable: &stable, canary: &canary };
    let here = facts(3, (1, 1), |_| {});
    let end = |version| ("front-canary".to_owned(), scale(0), Goal::Replicas(0), version, scale(1));
    assert_eq!(steps(&abort(false, pair, &target(), &here).unwrap()), [end(true)]);
    let grow = ("front".to_owned(), scale(4), Goal::Replicas(4), true, scale(3));
    assert_eq!(steps(&abort(true, pair, &target(), &here).unwrap()), [grow, end(false)]);
    let none = facts(0, (1, 1), |_| {});
    assert!(
        abort(false, pair, &target(), &none).unwrap_err().0.contains("nothing would serve service/front")
    );
    assert!(abort(true, pair, &target(), &none).is_ok());
    assert!(abort(false, pair, &target(), &facts(3, (0, 0), |_| {})).is_err());
}

#[test]
fn what_is_against_it_is_said() {
    let (stable, canary) = uids();
    let pair = Pair { stable: &stable, canary: &canary };
    let mut here = facts(3, (0, 1), |all| all[1]["status"]["updatedReplicas"] = json!(1));
    let hpa = json!({"metadata": {"name": "front"}, "spec": {"minReplicas": 3, "maxReplicas": 9,
        "scaleTargetRef": {"kind": "Deployment", "name": "front"}}});
    here.gathered.lists.push((Query::all(Resource::AUTOSCALERS), Found::Known(vec![hpa])));
    if let Found::Known(pods) = &mut here.gathered.lists[0].1 {
        pods.push(owned("stray", "StatefulSet", "db", true));
    }
    let words = said(&share(50, None, pair, &target(), &here).unwrap());
    for line in [
        "! autoscaler: HPA front (3..9) will scale it up to 3 again",
        "! rollout: deployment/front is being rolled out just now",
        "! others: 1 ready endpoint of others too: the shares are of all",
        "! canary: 0 of 1 pod ready",
    ] {
        assert!(words.contains(line), "{words}");
    }
    here.gathered.object["metadata"]["uid"] = json!("another");
    assert!(share(50, None, pair, &target(), &here).unwrap_err().0.contains("another object now"));
}
