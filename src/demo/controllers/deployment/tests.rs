//! One sync of a Deployment at a time.

use super::*;

fn now() -> Timestamp {
    "2026-11-21T04:00:00Z".parse().unwrap()
}

fn deployment(replicas: i64, image: &str) -> Value {
    json!({
        "metadata": {"name": "web", "namespace": "shop", "uid": "d", "generation": 1},
        "spec": {
            "replicas": replicas, "progressDeadlineSeconds": 600, "revisionHistoryLimit": 10,
            "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": "25%", "maxUnavailable": "25%"}},
            "selector": {"matchLabels": {"app": "web"}},
            "template": {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [{"image": image}]}},
        },
        "status": {"conditions": [{"type": "Progressing", "status": "True", "reason": "ReplicaSetUpdated",
            "lastUpdateTime": "2026-11-21T03:59:00Z", "lastTransitionTime": "2026-11-21T03:59:00Z"}]},
    })
}

fn set(image: &str, number: i64, size: i64, available: i64) -> Value {
    json!({
        "metadata": {
            "name": format!("web-{number}"), "namespace": "shop", "uid": format!("rs{number}"),
            "creationTimestamp": format!("2026-11-2{number}T00:00:00Z"),
            "annotations": {(REVISION): number.to_string(), (DESIRED): "4", (MAX): "5"},
        },
        "spec": {"replicas": size, "template": {
            "metadata": {"labels": {"app": "web", "pod-template-hash": number.to_string()}},
            "spec": {"containers": [{"image": image}]},
        }},
        "status": {"replicas": size, "readyReplicas": available, "availableReplicas": available},
    })
}

/// The sizes that a sync gives to ReplicaSets, by name.
fn sizes(decision: &Decision) -> Vec<(String, i64)> {
    decision
        .writes
        .iter()
        .filter_map(|w| match w {
            Write::Update(r, rs) | Write::Create(r, rs) if *r == REPLICASETS => {
                Some((name(rs).to_owned(), super::super::json::number(rs, "/spec/replicas").unwrap()))
            }
            _ => None,
        })
        .collect()
}

#[test]
fn each_sync_takes_the_next_step_of_a_rolling_update() {
    let mut spoken = deployment(4, "v2");
    spoken["metadata"]["annotations"][REVISION] = json!("2");
    for (old, new, expected) in [
        // Old (size, available), new (size, available) -> which gets which size.
        ((4, 4), (0, 0), Some(("web-2", 1))),
        ((4, 4), (1, 0), Some(("web-1", 3))),
        ((3, 3), (1, 0), Some(("web-2", 2))),
        ((3, 3), (2, 0), None),
        ((3, 3), (2, 1), Some(("web-1", 2))),
        ((2, 2), (2, 2), Some(("web-2", 3))),
        ((1, 1), (4, 4), Some(("web-1", 0))),
        ((0, 0), (4, 3), None),
        // Broken pods of the old revision go first, whatever the availability.
        ((4, 3), (1, 0), Some(("web-1", 3))),
    ] {
        let sets = [set("v1", 1, old.0, old.1), set("v2", 2, new.0, new.1)];
        let decision = reconcile(&spoken, &sets, false, now());
        let expected: Vec<(String, i64)> = expected.into_iter().map(|(n, s)| (n.to_owned(), s)).collect();
        assert_eq!(sizes(&decision), expected, "old {old:?} new {new:?}");
    }
}

#[test]
fn a_new_template_gets_a_replicaset_with_the_next_number() {
    let decision = reconcile(&deployment(4, "v2"), &[set("v1", 1, 4, 4)], false, now());
    let Write::Create(_, made) = &decision.writes[0] else { panic!("{decision:?}") };
    assert_eq!(revision(made), 2);
    let hash = label(made, "pod-template-hash").unwrap();
    assert_eq!(name(made), format!("web-{hash}"));
    assert_eq!(made["spec"]["selector"]["matchLabels"]["pod-template-hash"], hash);
    assert_eq!(made["spec"]["replicas"], 1, "surge of one");
    let message = format!("Scaled up replica set web-{hash} from 0 to 1");
    assert!(decision.writes.iter().any(|w| matches!(w, Write::Tell(n) if n.message == message)));
}

#[test]
fn an_old_template_is_numbered_anew_and_remembers() {
    let sets = [set("v1", 1, 0, 0), set("v2", 2, 4, 4)];
    let decision = reconcile(&deployment(4, "v1"), &sets, false, now());
    let [Write::Update(_, again)] = decision.writes.as_slice() else { panic!("{decision:?}") };
    assert_eq!((name(again), annotation(again, REVISION), annotation(again, HISTORY)), ("web-1", "3", "1"));
}

#[test]
fn a_scale_during_a_rollout_is_shared_in_proportion() {
    let sets = [set("v1", 1, 3, 3), set("v2", 2, 2, 1)];
    let decision = reconcile(&deployment(8, "v2"), &sets, false, now());
    // 8 wanted, 10 at most: five more, three to two.
    assert_eq!(sizes(&decision), [("web-1".to_owned(), 6), ("web-2".to_owned(), 4)]);
    let decision = reconcile(&deployment(0, "v2"), &sets, false, now());
    assert_eq!(sizes(&decision), [("web-1".to_owned(), 0), ("web-2".to_owned(), 0)]);
}

#[test]
fn the_deadline_is_waited_for_and_then_named() {
    let sets = [set("v1", 1, 3, 3), set("v2", 2, 2, 0)];
    let mut spoken = deployment(4, "v2");
    spoken["metadata"]["annotations"][REVISION] = json!("2");
    let counts = json!({"replicas": 5, "updatedReplicas": 2, "readyReplicas": 3, "availableReplicas": 3});
    for (key, value) in counts.as_object().unwrap() {
        spoken["status"][key] = value.clone();
    }
    let waiting = reconcile(&spoken, &sets, false, now());
    assert_eq!(waiting.again, Some("2026-11-21T04:09:01Z".parse().unwrap()));
    let late = reconcile(&spoken, &sets, false, "2026-11-21T04:09:01Z".parse().unwrap());
    let Some(Write::Update(_, after)) = late.writes.last() else { panic!("{late:?}") };
    let condition = super::super::json::condition(after, "Progressing").unwrap();
    assert_eq!(text(condition, "/reason"), "ProgressDeadlineExceeded");
    assert_eq!(text(condition, "/message"), "ReplicaSet \"web-2\" has timed out progressing.");
}

#[test]
fn the_hash_label_does_not_make_a_template_different() {
    let deployment = deployment(4, "v1");
    assert_eq!(bare_template(&deployment), bare_template(&set("v1", 1, 4, 4)));
}
