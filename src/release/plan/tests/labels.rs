//! What is said of labels before they are sent.

use super::*;
use crate::release::labels::orphan;

fn pod_of(labels: &Value, ready: bool) -> Value {
    json!({"kind": "Pod", "metadata": {"name": "b1", "uid": UID, "resourceVersion": "7", "labels": labels,
            "ownerReferences": [{"kind": "ReplicaSet", "name": "web-1", "uid": "rs1", "controller": true}]},
        "spec": {"nodeName": "n-03", "containers": [{"name": "web", "ports": [{"name": "http", "containerPort": 80}]}]},
        "status": {"phase": "Running", "podIP": "10.0.0.1",
            "conditions": [{"type": "Ready", "status": if ready { "True" } else { "False" }}]}})
}

fn set(name: &str, uid: &str, hash: &str, replicas: i64) -> Value {
    json!({"metadata": {"name": name, "uid": uid}, "spec": {"replicas": replicas, "selector": {"matchLabels":
        {"app": "web", "pod-template-hash": hash}}}, "status": {"replicas": replicas}})
}

fn known(object: Value, lists: Vec<(Resource, Vec<Value>)>) -> Facts {
    let mut facts = facts(object);
    facts.gathered.lists =
        lists.into_iter().map(|(resource, list)| (Query::all(resource), Found::Known(list))).collect();
    facts
}

fn label(pairs: &[(&str, Option<&str>)]) -> Change {
    Change::Labels { keys: pairs.iter().map(|(k, v)| ((*k).to_owned(), v.map(str::to_owned))).collect() }
}

#[test]
fn what_a_pod_leaves_and_joins_is_said_first() {
    let labels = || json!({"app": "web", "label": "blue", "pod-template-hash": "1"});
    let sets = || vec![set("web-1", "rs1", "1", 3), set("web-2", "rs2", "2", 2)];
    let facts_of = |ready| {
        let grpc =
            json!({"metadata": {"name": "other"}, "spec": {"ports": [{"port": 1, "targetPort": "grpc"}]}});
        known(
            pod_of(&labels(), ready),
            vec![(Resource::REPLICA_SETS, sets()), (Resource::SERVICES, vec![grpc])],
        )
    };
    let pod = target(Resource::PODS, "b1");
    let orphaned = "! orphan: it leaves ReplicaSet web-1, which starts another one at once; this pod goes on without an \
        owner, and only you end it";
    for (change, ready, level, said) in [
        (
            label(&[("app", Some("other"))]),
            true,
            Level::Traffic,
            vec![
                "! service web: it leaves: 3 ready endpoints now, 2 after",
                "! service other: it joins: 3 ready endpoints now, 4 after; it has no port named grpc and serves nothing there",
                orphaned,
                "label app: web -> other",
            ],
        ),
        (
            label(&[("app", None)]),
            false,
            Level::Traffic,
            vec![
                "! service web: it leaves; it is not ready, so its ready endpoints stay as they are",
                orphaned,
                "label app: web -> (removed)",
            ],
        ),
        (
            label(&[("pod-template-hash", Some("2"))]),
            true,
            Level::Traffic,
            vec![
                orphaned,
                "! adopted: ReplicaSet web-2 takes it, which has 3 of 2 then and ends one of them",
                "label pod-template-hash: 1 -> 2",
            ],
        ),
        (label(&[("label", Some("x"))]), true, Level::Reversible, vec!["label label: blue -> x"]),
        (label(&[("note", Some("x"))]), true, Level::Reversible, vec!["label note: (not set) -> x"]),
    ] {
        let made = plan(&change, &pod, &facts_of(ready)).unwrap();
        assert_eq!(
            (words(&made), made.level),
            (said.into_iter().map(str::to_owned).collect(), level),
            "{change:?}"
        );
        let Change::Labels { keys } = &change else { unreachable!() };
        let before: Vec<_> = keys
            .iter()
            .map(|(key, _)| (key.clone(), labels().get(key).and_then(Value::as_str).map(str::to_owned)))
            .collect();
        assert_eq!(made.steps[0].inverse, Some(Change::Labels { keys: before }));
    }
}

#[test]
fn a_pod_that_was_orphaned_is_given_back() {
    let mut object = pod_of(&json!({"app": "web"}), true);
    object["metadata"]["ownerReferences"] = json!([]);
    let back = label(&[("pod-template-hash", Some("1"))]);
    let pod = target(Resource::PODS, "b1");
    let here = known(object.clone(), vec![(Resource::REPLICA_SETS, vec![set("web-1", "rs1", "1", 3)])]);
    let made = plan(&back, &pod, &here).unwrap();
    assert!(says(&made, "! adopted: ReplicaSet web-1 takes it, which has 4 of 3 then and ends one of them"));
    let gone = known(object, vec![(Resource::REPLICA_SETS, Vec::new())]);
    let made = plan(&back, &pod, &gone).unwrap();
    assert_eq!(words(&made), ["label pod-template-hash: (not set) -> 1"], "nobody takes it");
}

#[test]
fn an_orphan_that_serves_on_loses_no_service() {
    let object = pod_of(&json!({"app": "web", "pod-template-hash": "1"}), true);
    let facts = known(object, vec![(Resource::REPLICA_SETS, vec![set("web-1", "rs1", "1", 3)])]);
    let pod = target(Resource::PODS, "b1");
    let serving = Change::Labels { keys: orphan(&facts, true).unwrap() };
    let made = plan(&serving, &pod, &facts).unwrap();
    assert!(says(&made, "! orphan") && !says(&made, "service web"), "{:?}", words(&made));
    // What is asked for is an orphan; what is sent is a change of labels, and so is what takes it back.
    let asked = plan(&Change::Orphan { keep_serving: true }, &pod, &facts).unwrap();
    assert_eq!((asked.steps, asked.title.as_str()), (made.steps, "orphan pod/b1"));
    assert_eq!(asked.kubectl, ["kubectl -n shop label pod/b1 pod-template-hash-"]);
    let away = Change::Labels { keys: orphan(&facts, false).unwrap() };
    let made = plan(&away, &pod, &facts).unwrap();
    assert!(says(&made, "! orphan") && says(&made, "! service web: it leaves"), "{:?}", words(&made));
}

#[test]
fn other_kinds_have_other_consequences() {
    let deployment =
        plan(&label(&[("a", Some("b"))]), &target(Resource::DEPLOYMENTS, "web"), &facts(web(3))).unwrap();
    assert!(says(&deployment, "pods: keep their labels"));
    assert_eq!(deployment.level, Level::Reversible);
    let node = json!({"kind": "Node", "metadata": {"name": "n1", "uid": UID, "labels": {"disk": "ssd"}}});
    let daemon = |name: &str, disk: &str| json!({"metadata": {"name": name}, "spec": {"template": {"spec": {"nodeSelector": {"disk": disk}}}}});
    let facts =
        known(node, vec![(Resource::DAEMON_SETS, vec![daemon("fast", "ssd"), daemon("slow", "hdd")])]);
    let made = plan(&label(&[("disk", Some("hdd"))]), &target(Resource::NODES, "n1"), &facts).unwrap();
    assert!(says(&made, "! daemon set fast: ends its pod here"), "{:?}", words(&made));
    assert!(says(&made, "! daemon set slow: starts a pod here"));
    let mut replica_set = set("web-1", UID, "1", 3);
    replica_set["kind"] = json!("ReplicaSet");
    replica_set["metadata"]["labels"] = json!({"app": "web"});
    replica_set["metadata"]["ownerReferences"] =
        json!([{"kind": "Deployment", "name": "web", "uid": "d1", "controller": true}]);
    let mut keeper = web(3);
    keeper["metadata"]["uid"] = json!("d1");
    let facts = known(replica_set, vec![(Resource::DEPLOYMENTS, vec![keeper])]);
    let made = plan(&label(&[("app", None)]), &target(Resource::REPLICA_SETS, "web-1"), &facts).unwrap();
    assert!(
        says(&made, "! orphan: it leaves Deployment web, which makes another ReplicaSet"),
        "{:?}",
        words(&made)
    );
}

#[test]
fn what_is_not_known_is_said() {
    let facts = known(pod_of(&json!({"app": "web"}), true), Vec::new());
    let made = plan(&label(&[("x", Some("y"))]), &target(Resource::PODS, "b1"), &facts).unwrap();
    assert!(says(&made, "? owner: ReplicaSet web-1 was not found"), "{:?}", words(&made));
    assert_eq!(made.level, Level::Traffic, "who knows");
    let annotated = Change::Annotations { keys: vec![("x".to_owned(), Some("y y".to_owned()))] };
    let made = plan(&annotated, &target(Resource::PODS, "b1"), &facts).unwrap();
    assert_eq!(
        (words(&made), made.level),
        (vec!["annotation x: (not set) -> y y".to_owned()], Level::Reversible)
    );
    for bad in ["-x", "a b", "", "a/b/c", "Upper.Case.Prefix/x"] {
        let change = label(&[(bad, Some("v"))]);
        assert!(plan(&change, &target(Resource::PODS, "b1"), &facts).is_err(), "{bad}");
    }
}

#[test]
fn few_replica_sets_are_asked_for() {
    let pod = target(Resource::PODS, "b1");
    let object = pod_of(&json!({"pod-template-hash": "1"}), true);
    let asked = |change: &Change| -> Vec<Query> { lists_for(change, &pod, &object) };
    let sets = |labels: &str| Query::labelled(Resource::REPLICA_SETS, labels);
    assert!(asked(&label(&[("pod-template-hash", None)])).contains(&sets("pod-template-hash in (1)")));
    assert!(asked(&label(&[("pod-template-hash", Some("2"))])).contains(&sets("pod-template-hash in (1,2)")));
    assert!(asked(&Change::Annotations { keys: Vec::new() }).is_empty());
    let mut bare = object.clone();
    bare["metadata"]["labels"] = json!({});
    let all = lists_for(&label(&[("a", None)]), &pod, &bare);
    assert!(all.contains(&Query::all(Resource::REPLICA_SETS)));
}
