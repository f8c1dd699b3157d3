//! How pods are replaced, in words: of one as of one, of several as of several.

use super::*;

/// A workload of a kind with so many replicas, or nodes, and what its strategy says.
fn workload(kind: &str, count: i64, strategy: &Value) -> Value {
    let field = if kind == "Deployment" { "strategy" } else { "updateStrategy" };
    let mut object = json!({"kind": kind, "metadata": {"name": "web", "uid": UID, "resourceVersion": "7"},
        "spec": {field: strategy, "template": web(1)["spec"]["template"]}});
    if kind == "DaemonSet" {
        object["status"] = json!({"desiredNumberScheduled": count});
    } else {
        object["spec"]["replicas"] = count.into();
    }
    object
}

#[test]
fn pods_are_counted_as_one_speaks() {
    let rolling = json!({"type": "RollingUpdate"});
    let from = |partition: i64| json!({"type": "RollingUpdate", "rollingUpdate": {"partition": partition}});
    let recreate = json!({"type": "Recreate"});
    let by_hand = json!({"type": "OnDelete"});
    let images = vec![ContainerImage { container: "web".to_owned(), image: "web:3".to_owned() }];
    for (kind, count, strategy, said) in [
        ("Deployment", 1, &rolling, "1 is replaced, at most 1 more and 0 fewer meanwhile"),
        ("Deployment", 4, &rolling, "4 are replaced, at most 1 more and 1 fewer meanwhile"),
        ("Deployment", 1, &recreate, "1 is ended first, then 1 is started (Recreate)"),
        ("Deployment", 2, &recreate, "all 2 are ended first, then 2 are started (Recreate)"),
        ("StatefulSet", 1, &rolling, "1 is replaced"),
        ("StatefulSet", 2, &rolling, "2 are replaced one after the other, the last first"),
        ("StatefulSet", 3, &from(0), "3 are replaced one after the other, the last first"),
        (
            "StatefulSet",
            5,
            &from(2),
            "3 of 5 are replaced one after the other, the last first; the partition keeps the others",
        ),
        ("StatefulSet", 3, &from(2), "the last of 3 is replaced, the partition keeps the others"),
        ("StatefulSet", 3, &from(3), "none is replaced: the partition keeps all 3 as they are"),
        ("StatefulSet", 3, &from(9), "none is replaced: the partition keeps all 3 as they are"),
        ("StatefulSet", 3, &by_hand, "none is replaced until it is deleted (OnDelete)"),
        ("DaemonSet", 1, &rolling, "1 is replaced"),
        ("DaemonSet", 3, &rolling, "3 are replaced, node by node"),
        ("DaemonSet", 3, &by_hand, "none is replaced until it is deleted (OnDelete)"),
    ] {
        let resource = match kind {
            "Deployment" => Resource::DEPLOYMENTS,
            "StatefulSet" => Resource::STATEFUL_SETS,
            _ => Resource::DAEMON_SETS,
        };
        for change in [restart(0), Change::SetImage { images: images.clone() }] {
            let object = workload(kind, count, strategy);
            let made = plan(&change, &target(resource.clone(), "web"), &facts(object)).unwrap();
            let pods = words(&made).into_iter().find(|line| line.starts_with("pods: "));
            assert_eq!(pods, Some(format!("pods: {said}")), "{} of a {kind} of {count}", change.word());
        }
    }
}

#[test]
fn what_is_made_and_what_is_so_already_is_counted_as_one_speaks() {
    for (count, started, has) in [
        (1, "pods: 1 is started", "has 1 replica already"),
        (2, "pods: 2 are started", "has 2 replicas already"),
    ] {
        let manifest = json!({"apiVersion": "apps/v1", "kind": "Deployment",
            "metadata": {"name": "web", "namespace": "shop"}, "spec": {"replicas": count}});
        let change =
            Change::Apply { manifest: Box::new(manifest), force: false, from: "web.yaml".to_owned() };
        let unborn = Target::unborn(Resource::DEPLOYMENTS, "shop".to_owned(), "web".to_owned());
        let made = plan(&change, &unborn, &Facts::default()).unwrap();
        assert!(says(&made, started), "{:?}", words(&made));
        let scale = Change::Scale { replicas: count };
        let refused =
            plan(&scale, &target(Resource::DEPLOYMENTS, "web"), &facts(web(i64::from(count)))).unwrap_err();
        assert!(refused.0.ends_with(has), "{refused}");
    }
}
