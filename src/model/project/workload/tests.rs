//! Rollout and health of deployments by their numbers and conditions.

use crate::model::project::Projector;
use crate::model::record::{Deployment, Health, Kind, PodSet, Record, ReplicaSet, Rollout};

fn deployment(json: &str) -> Deployment {
    match Projector::new(Kind::Deployment).object(json.as_bytes()).unwrap() {
        Record::Deployment(it) => *it,
        other => panic!("{other:?}"),
    }
}

const DONE: &str = r#"{"type":"Progressing","status":"True","reason":"NewReplicaSetAvailable"}"#;
const MOVING: &str = r#"{"type":"Progressing","status":"True","reason":"ReplicaSetUpdated"}"#;
const STUCK: &str = r#"{"type":"Progressing","status":"False","reason":"ProgressDeadlineExceeded","message":"ReplicaSet \"x\" has timed out progressing."}"#;
const QUOTA: &str = r#"{"type":"ReplicaFailure","status":"True","message":"exceeded quota"}"#;
const DOWN: &str =
    r#"{"type":"Available","status":"False","message":"Deployment does not have minimum availability."}"#;

/// Numbers: wished, status.replicas, updated, ready and available.
fn of(generations: (i64, i64), numbers: [i64; 4], paused: bool, conditions: &[&str]) -> Deployment {
    let [wished, replicas, updated, ready] = numbers;
    deployment(&format!(
        r#"{{"metadata":{{"generation":{}}},"spec":{{"replicas":{wished},"paused":{paused}}},"status":{{"observedGeneration":{},"replicas":{replicas},"updatedReplicas":{updated},"readyReplicas":{ready},"availableReplicas":{ready},"conditions":[{}]}}}}"#,
        generations.0,
        generations.1,
        conditions.join(",")
    ))
}

#[test]
fn rollout_and_health() {
    let same = (2, 2);
    for (name, it, rollout, health, reason) in [
        ("new", of((1, 0), [3, 0, 0, 0], false, &[]), Rollout::Unobserved, Health::Progressing, ""),
        ("done", of(same, [3, 3, 3, 3], false, &[DONE]), Rollout::Complete, Health::Ok, ""),
        ("paused and done", of(same, [3, 3, 3, 3], true, &[DONE]), Rollout::Complete, Health::Warning, ""),
        ("off", of(same, [0, 0, 0, 0], false, &[DONE]), Rollout::Complete, Health::Idle, ""),
        ("updating", of(same, [3, 4, 1, 3], false, &[MOVING]), Rollout::Updating, Health::Progressing, ""),
        ("paused midway", of(same, [3, 4, 1, 3], true, &[MOVING]), Rollout::Updating, Health::Warning, ""),
        (
            "old ones end",
            of(same, [3, 4, 3, 4], false, &[MOVING]),
            Rollout::Terminating,
            Health::Progressing,
            "",
        ),
        (
            "not yet available",
            of(same, [3, 3, 3, 2], false, &[MOVING]),
            Rollout::Availing,
            Health::Progressing,
            "",
        ),
        (
            "stuck",
            of(same, [3, 4, 1, 3], false, &[STUCK]),
            Rollout::Stuck,
            Health::Fault,
            "ReplicaSet \"x\" has timed out progressing.",
        ),
        (
            "quota",
            of(same, [3, 2, 2, 2], false, &[MOVING, QUOTA]),
            Rollout::Updating,
            Health::Fault,
            "exceeded quota",
        ),
        ("lost one since", of(same, [3, 3, 3, 2], false, &[DONE]), Rollout::Availing, Health::Warning, ""),
        (
            "lost all since",
            of(same, [3, 3, 3, 0], false, &[DONE, DOWN]),
            Rollout::Availing,
            Health::Fault,
            "Deployment does not have minimum availability.",
        ),
        // kubectl waits while a change is not observed, whatever the old conditions say.
        (
            "changed while stuck",
            of((3, 2), [3, 4, 1, 3], false, &[STUCK]),
            Rollout::Unobserved,
            Health::Progressing,
            "",
        ),
    ] {
        assert_eq!((it.rollout, it.health, &*it.reason), (rollout, health, reason), "{name}");
    }
}

#[test]
fn absent_replicas_mean_one() {
    let it = deployment("{}");
    assert_eq!((it.desired, it.revision, it.recreate, it.paused), (1, 0, false, false));
}

#[test]
fn annotations_strategy_template() {
    let it = deployment(
        r#"{"metadata":{"annotations":{"deployment.kubernetes.io/revision":"12","kubernetes.io/change-cause":"release 3.1","kubectl.kubernetes.io/last-applied-configuration":"{\"x\":[1,2]}"}},
            "spec":{"strategy":{"type":"Recreate"},"selector":{"matchLabels":{"b":"2","a":"1"}},
            "template":{"metadata":{"labels":{"a":"1","c":"3"}},"spec":{"containers":[{"name":"m","image":"x:1"}]}}}}"#,
    );
    assert_eq!((it.revision, &*it.cause, it.recreate), (12, "release 3.1", true));
    let pair = |key: &str, value: &str| (key.into(), value.into());
    assert_eq!(*it.selector, [pair("a", "1"), pair("b", "2")]);
    assert_eq!(*it.template_labels, [pair("a", "1"), pair("c", "3")]);
    assert_eq!(&*it.images[0].image, "x:1");
}

#[test]
fn replica_sets() {
    let of = |wished: i64, replicas: i64, ready: i64, conditions: &str| -> ReplicaSet {
        let json = format!(
            r#"{{"spec":{{"replicas":{wished}}},"status":{{"replicas":{replicas},"readyReplicas":{ready},"conditions":[{conditions}]}}}}"#
        );
        match Projector::new(Kind::ReplicaSet).object(json.as_bytes()).unwrap() {
            Record::ReplicaSet(it) => *it,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(of(0, 0, 0, "").health, Health::Idle);
    assert_eq!(of(3, 3, 3, "").health, Health::Ok);
    assert_eq!(of(3, 3, 1, "").health, Health::Warning);
    assert_eq!(of(3, 1, 1, "").health, Health::Progressing);
    assert_eq!(of(3, 1, 1, QUOTA).health, Health::Fault);
}

/// kubectl's cells and rollout rule of StatefulSets and DaemonSets.
#[test]
fn sets_of_pods_say_where_their_rollout_is() {
    let set = |kind: Kind, spec: &str, status: &str| -> PodSet {
        let json = format!(
            r#"{{"metadata": {{"uid": "u", "name": "s", "generation": 2}}, "spec": {spec}, "status": {status}}}"#
        );
        match Projector::new(kind).object(json.as_bytes()).unwrap() {
            Record::StatefulSet(it) | Record::DaemonSet(it) => *it,
            other => panic!("{other:?}"),
        }
    };
    let seen = r#""observedGeneration": 2"#;
    for (spec, status, progress, health) in [
        (
            r#"{"replicas": 3}"#,
            r#""replicas": 3, "readyReplicas": 3, "updatedReplicas": 3, "currentRevision": "a", "updateRevision": "a""#,
            "",
            Health::Ok,
        ),
        (
            r#"{"replicas": 3}"#,
            r#""replicas": 3, "readyReplicas": 2, "updatedReplicas": 1, "currentRevision": "a", "updateRevision": "b""#,
            "2 of 3 ready",
            Health::Progressing,
        ),
        (
            r#"{"replicas": 3}"#,
            r#""replicas": 3, "readyReplicas": 3, "updatedReplicas": 1, "currentRevision": "a", "updateRevision": "b""#,
            "1 of 3 updated",
            Health::Progressing,
        ),
        (
            r#"{"replicas": 3, "updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"partition": 2}}}"#,
            r#""replicas": 3, "readyReplicas": 3, "updatedReplicas": 1, "currentRevision": "a", "updateRevision": "b""#,
            "partitioned: 1 updated, 2 kept",
            Health::Ok,
        ),
        (
            r#"{"replicas": 3, "updateStrategy": {"type": "OnDelete"}}"#,
            r#""replicas": 3, "readyReplicas": 3, "updatedReplicas": 1, "currentRevision": "a", "updateRevision": "b""#,
            "OnDelete: 1 of 3 are new",
            Health::Ok,
        ),
        (
            r#"{"replicas": 2}"#,
            r#""replicas": 2, "readyReplicas": 0, "updatedReplicas": 2, "currentRevision": "a", "updateRevision": "a""#,
            "0 of 2 ready",
            Health::Fault,
        ),
    ] {
        let it = set(Kind::StatefulSet, spec, &format!("{{{seen}, {status}}}"));
        assert_eq!((&*it.progress, it.health), (progress, health), "{spec} {status}");
    }
    for (status, progress, health) in [
        (
            r#""desiredNumberScheduled": 5, "currentNumberScheduled": 5, "numberReady": 5, "updatedNumberScheduled": 5, "numberAvailable": 5"#,
            "",
            Health::Ok,
        ),
        (
            r#""desiredNumberScheduled": 5, "currentNumberScheduled": 5, "numberReady": 5, "updatedNumberScheduled": 2, "numberAvailable": 5"#,
            "2 of 5 updated",
            Health::Progressing,
        ),
        (
            r#""desiredNumberScheduled": 5, "currentNumberScheduled": 5, "numberReady": 4, "updatedNumberScheduled": 5, "numberAvailable": 4"#,
            "4 of 5 available",
            Health::Warning,
        ),
    ] {
        let it = set(
            Kind::DaemonSet,
            r#"{"template": {"spec": {"nodeSelector": {"type": "fake"}}}}"#,
            &format!("{{{seen}, {status}}}"),
        );
        assert_eq!((&*it.progress, it.health, it.desired), (progress, health, 5), "{status}");
        assert_eq!(it.node_selector.len(), 1);
    }
    let unseen = set(Kind::StatefulSet, r#"{"replicas": 1}"#, r#"{"observedGeneration": 1}"#);
    assert_eq!(&*unseen.progress, "change not seen yet");
}
