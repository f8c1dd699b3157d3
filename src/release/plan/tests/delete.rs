//! What is said before something is deleted.

use super::*;

fn delete(grace: Option<u32>) -> Change {
    Change::Delete { propagation: Propagation::Background, grace }
}

fn owned(kind: &str) -> Value {
    json!({"kind": "Pod", "metadata": {"name": "b1", "uid": UID, "resourceVersion": "7", "labels": {"app": "web"},
            "ownerReferences": [{"kind": kind, "name": "web-1", "uid": "rs1", "controller": true}]},
        "spec": {"terminationGracePeriodSeconds": 5},
        "status": {"phase": "Running", "podIP": "10.0.0.1", "conditions": [{"type": "Ready", "status": "True"}]}})
}

#[test]
fn a_pod_comes_back_or_not() {
    let pod = target(Resource::PODS, "b1");
    for (kind, said) in [
        ("ReplicaSet", "comes back: ReplicaSet web-1 starts another one at once"),
        ("StatefulSet", "comes back: StatefulSet web-1 starts another one of this name once it is gone"),
        ("DaemonSet", "comes back: DaemonSet web-1 starts another one on the same node"),
    ] {
        let made = plan(&delete(None), &pod, &facts(owned(kind))).unwrap();
        assert_eq!(made.level, Level::Traffic);
        for said in [said, "service web: 3 ready now, 2 after", "containers: have 5 s to end"] {
            assert!(says(&made, said), "{said}: {:?}", words(&made));
        }
        assert!(!says(&made, "service other"));
        let forced = plan(&delete(Some(0)), &pod, &facts(owned(kind))).unwrap();
        assert_eq!(forced.level, Level::Destructive);
        assert!(says(&forced, "! containers: the server forgets the pod at once"));
    }
    let mut alone = owned("ReplicaSet");
    alone["metadata"]["ownerReferences"] = json!([]);
    let made = plan(&delete(None), &pod, &facts(alone)).unwrap();
    assert_eq!((made.level, made.steps[0].inverse.clone()), (Level::Destructive, None));
    assert!(says(&made, "! comes back: no: nothing brings it back"));
    let mut mirror = owned("Node");
    mirror["metadata"]["annotations"] = json!({"kubernetes.io/config.mirror": "x"});
    assert!(says(&plan(&delete(None), &pod, &facts(mirror)).unwrap(), "the kubelet makes it again"));
}

#[test]
fn the_last_endpoint_and_a_budget_are_warned_about() {
    let budget = |allowed: i64, selector: Value| {
        json!({"metadata": {"name": "web"}, "spec": {"minAvailable": 2, "selector": selector},
            "status": {"disruptionsAllowed": allowed, "currentHealthy": 2 + allowed, "expectedPods": 2 + allowed}})
    };
    let of = |budget: Value, ready: u32| {
        let mut facts = facts(owned("ReplicaSet"));
        facts.around.services.as_mut().unwrap()[0].ready = ready;
        facts.gathered.lists = vec![(Query::all(Resource::DISRUPTION_BUDGETS), Found::Known(vec![budget]))];
        plan(&delete(None), &target(Resource::PODS, "b1"), &facts).unwrap()
    };
    let app = json!({"matchExpressions": [{"key": "app", "operator": "In", "values": ["web"]}]});
    let made = of(budget(0, app.clone()), 1);
    assert!(
        says(&made, "! service web: 1 ready now, none after: nothing serves it then"),
        "{:?}",
        words(&made)
    );
    assert!(says(
        &made,
        "! budget web: minAvailable 2, 2 of 2 healthy now, no disruption allowed; 1 until another one is ready, fewer \
         than the 2 it wants: a deletion is not held back by it, only evictions are"
    ));
    assert!(says(
        &of(budget(2, app), 3),
        "budget web: minAvailable 2, 4 of 4 healthy now, 2 disruptions allowed; 3 until another one is ready"
    ));
    assert!(!says(&of(budget(0, json!({"matchLabels": {"app": "other"}})), 3), "budget"));
}

#[test]
fn a_workload_takes_what_it_owns() {
    let owner = |kind: &str, uid: &str| json!([{"kind": kind, "name": "x", "uid": uid, "controller": true}]);
    let set =
        json!({"metadata": {"name": "web-1", "uid": "rs1", "ownerReferences": owner("Deployment", UID)}});
    let other =
        json!({"metadata": {"name": "x-1", "uid": "rs9", "ownerReferences": owner("Deployment", "another")}});
    let pod = |uid: &str, by: &str| {
        let mut pod = owned("ReplicaSet");
        pod["metadata"]["uid"] = json!(uid);
        pod["metadata"]["ownerReferences"] = owner("ReplicaSet", by);
        pod
    };
    let hpa = json!({"metadata": {"name": "web"}, "spec": {"scaleTargetRef": {"kind": "Deployment", "name": "web"}}});
    let mut facts = facts(web(3));
    facts.gathered.lists = vec![
        (Query::all(Resource::REPLICA_SETS), Found::Known(vec![set, other])),
        (
            Query::all(Resource::PODS),
            Found::Known(vec![pod("p1", "rs1"), pod("p2", "rs1"), pod("p9", "rs9")]),
        ),
        (Query::all(Resource::AUTOSCALERS), Found::Known(vec![hpa])),
    ];
    let deployment = target(Resource::DEPLOYMENTS, "web");
    for (propagation, said) in [
        (Propagation::Background, "with it: 1 ReplicaSet and 2 pods go after it"),
        (Propagation::Foreground, "with it: 1 ReplicaSet and 2 pods go before it"),
        (Propagation::Orphan, "with it: 1 ReplicaSet and 2 pods stay, without an owner"),
    ] {
        let made = plan(&Change::Delete { propagation, grace: None }, &deployment, &facts).unwrap();
        assert_eq!(made.level, Level::Destructive);
        assert!(says(&made, said), "{:?}", words(&made));
        assert!(says(&made, "! comes back: no: nothing brings it back"));
        assert!(says(&made, "stays: HPA web, without a target"));
        let loses = says(&made, "service web: 3 ready now, 1 after");
        assert_eq!(loses, propagation != Propagation::Orphan, "{:?}", words(&made));
    }
}

#[test]
fn what_holds_others_is_destructive_and_says_so() {
    let thing = |kind: &str| json!({"kind": kind, "metadata": {"name": "x", "uid": UID, "resourceVersion": "7", "finalizers": ["a/b"]}});
    let named = |group: &'static str, plural: &'static str, kind: &'static str| Resource {
        group: group.into(),
        version: "v1".into(),
        plural: plural.into(),
        kind: kind.into(),
        namespaced: false,
    };
    for (resource, said) in [
        (Resource::NAMESPACES, "! with it: everything in namespace x"),
        (Resource::NODES, "! with it: the pods on it"),
        (named("", "persistentvolumeclaims", "PersistentVolumeClaim"), "! with it: the volume and its data"),
        (
            named("apiextensions.k8s.io", "customresourcedefinitions", "CustomResourceDefinition"),
            "! with it: every x of every namespace",
        ),
    ] {
        let object = thing(&resource.kind);
        let made = plan(&delete(None), &target(resource, "x"), &facts(object)).unwrap();
        assert_eq!(made.level, Level::Destructive);
        assert!(says(&made, said), "{:?}", words(&made));
        assert!(says(&made, "finalizers: it stays until the work of a/b is done"));
    }
}

#[test]
fn what_pods_need_and_clients_use_is_said() {
    let map = json!({"kind": "ConfigMap", "metadata": {"name": "settings", "uid": UID}});
    let user = |spec: Value| json!({"metadata": {"name": "p", "uid": "p"}, "spec": spec});
    for (spec, needs) in [
        (json!({"volumes": [{"configMap": {"name": "settings"}}]}), true),
        (json!({"volumes": [{"projected": {"sources": [{"configMap": {"name": "settings"}}]}}]}), true),
        (json!({"containers": [{"envFrom": [{"configMapRef": {"name": "settings"}}]}]}), true),
        (
            json!({"initContainers": [{"env": [{"valueFrom": {"configMapKeyRef": {"name": "settings"}}}]}]}),
            true,
        ),
        (json!({"containers": [{"envFrom": [{"secretRef": {"name": "settings"}}]}]}), false),
        (json!({}), false),
    ] {
        let mut facts = facts(map.clone());
        facts.gathered.lists = vec![(Query::all(Resource::PODS), Found::Known(vec![user(spec.clone())]))];
        let made = plan(&delete(None), &target(Resource::CONFIG_MAPS, "settings"), &facts).unwrap();
        assert_eq!(
            says(&made, "! pods: 1 pod needs it: those that run go on, new ones do not start (p)"),
            needs,
            "{spec}"
        );
    }
    let service = json!({"kind": "Service", "metadata": {"name": "web", "uid": UID}});
    let slice = json!({"addressType": "IPv4", "endpoints": [
        {"targetRef": {"kind": "Pod", "name": "a"}, "conditions": {"ready": true}},
        {"targetRef": {"kind": "Pod", "name": "b"}, "conditions": {"ready": false}}]});
    let mut slice = slice;
    slice["metadata"] = json!({"name": "web-x", "uid": "s1", "ownerReferences": [{"kind": "Service", "name": "web", "uid": UID}]});
    let mut facts = facts(service);
    facts.gathered.lists = vec![(Query::all(Resource::ENDPOINT_SLICES), Found::Known(vec![slice]))];
    let made = plan(&delete(None), &target(Resource::SERVICES, "web"), &facts).unwrap();
    assert!(says(&made, "! endpoints: 1 ready pod behind it: clients of it fail"), "{:?}", words(&made));
    assert!(says(&made, "with it: 1 EndpointSlice goes after it"), "{:?}", words(&made));
    assert!(!says(&made, "ReplicaSet") && !says(&made, "0 pods"), "{:?}", words(&made));
}
