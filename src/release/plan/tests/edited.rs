//! An edit or an apply says what the change it amounts to says, and has as much at stake.

use super::*;

fn edit(wanted: &Value) -> Change {
    Change::Edit { base: None, wanted: Box::new(wanted.clone()) }
}

fn apply(manifest: Value) -> Change {
    Change::Apply { manifest: Box::new(manifest), force: false, from: String::new() }
}

/// What surrounds the deployment, with one of everything that a plan may name.
fn surrounded(object: Value) -> Facts {
    let hpa = json!({"metadata": {"name": "web"}, "spec": {"minReplicas": 2, "maxReplicas": 6,
        "scaleTargetRef": {"kind": "Deployment", "name": "web"}}});
    let quota =
        json!({"metadata": {"name": "small"}, "status": {"hard": {"pods": "10"}, "used": {"pods": "9"}}});
    let budget = json!({"metadata": {"name": "web"},
        "spec": {"minAvailable": 3, "selector": {"matchLabels": {"app": "web"}}},
        "status": {"currentHealthy": 3, "expectedPods": 3, "disruptionsAllowed": 0}});
    let mut facts = facts(object);
    facts.gathered.lists = [Resource::AUTOSCALERS, Resource::RESOURCE_QUOTAS, Resource::DISRUPTION_BUDGETS]
        .into_iter()
        .zip([hpa, quota, budget])
        .map(|(resource, found)| (Query::all(resource), Found::Known(vec![found])))
        .collect();
    facts
}

fn with_image(mut object: Value, image: &str) -> Value {
    object["spec"]["template"]["spec"]["containers"][0]["image"] = json!(image);
    object
}

#[test]
fn another_count_of_replicas_says_what_scaling_says() {
    let deployment = target(Resource::DEPLOYMENTS, "web");
    for then in [0, 1, 5] {
        let scale = Change::Scale { replicas: then };
        let scaled = plan(&scale, &deployment, &surrounded(web(3))).unwrap();
        let said = words(&scaled);
        let manifest = json!({"apiVersion": "apps/v1", "kind": "Deployment",
            "metadata": {"name": "web", "namespace": "shop"}, "spec": {"replicas": then}});
        for change in [edit(&web(i64::from(then))), apply(manifest)] {
            let made = plan(&change, &deployment, &surrounded(web(3))).unwrap();
            for line in said.iter().filter(|line| !line.starts_with("replicas: ")) {
                assert!(words(&made).contains(line), "{line}\n{:#?}", words(&made));
            }
            assert!(!says(&made, "none is replaced"), "{:#?}", words(&made));
            assert_eq!(made.level, scaled.level.max(Level::Traffic), "{then}");
            assert_eq!(
                lists_for(&change, &deployment, &web(3)),
                lists_for(&scale, &deployment, &web(3)),
                "what the lines need is read"
            );
        }
    }
    let kept = web(3);
    let mut paused = kept.clone();
    paused["spec"]["paused"] = json!(true);
    let made = plan(&edit(&paused), &deployment, &surrounded(kept)).unwrap();
    assert!(says(&made, "pods: keep their template: none is replaced by it"));
    assert_eq!(made.level, Level::Traffic);
}

#[test]
fn a_replica_set_of_its_own_is_guarded_as_well() {
    let mut set = web(3);
    set["kind"] = json!("ReplicaSet");
    let mut none = set.clone();
    none["spec"]["replicas"] = json!(0);
    let made = plan(&edit(&none), &target(Resource::REPLICA_SETS, "web"), &facts(set)).unwrap();
    assert_eq!(made.level, Level::Destructive);
    assert!(says(&made, "nothing serves it then"), "{:#?}", words(&made));
}

#[test]
fn another_template_says_what_another_image_says() {
    let deployment = target(Resource::DEPLOYMENTS, "web");
    let images = vec![ContainerImage { container: "web".to_owned(), image: "web:3".to_owned() }];
    let set = Change::SetImage { images };
    let said = words(&plan(&set, &deployment, &surrounded(web(3))).unwrap());
    let made = plan(&edit(&with_image(web(3), "web:3")), &deployment, &surrounded(web(3))).unwrap();
    for line in said.iter().filter(|line| !line.starts_with("image: ")) {
        assert!(words(&made).contains(line), "{line}\n{:#?}", words(&made));
    }
    assert!(says(&made, "service web: 3/3 ready now, at least 3 meanwhile"));
}

#[test]
fn replicas_and_template_at_once_say_both() {
    let deployment = target(Resource::DEPLOYMENTS, "web");
    for (then, said) in [
        (
            2,
            &[
                "pods: 1 is ended",
                "pods: 2 are replaced, at most 1 more and 0 fewer meanwhile",
                "service web: 3/3 ready now, about 2 after",
                "service web: 3/3 ready now, at least 2 meanwhile",
                "at least 2 meanwhile, fewer than the 3 it wants: a rollout is",
                "! quota small: pods 9/10, 1 more",
            ][..],
        ),
        (
            5,
            &[
                "pods: 2 more are started",
                "pods: 5 are replaced",
                // Two that are added, and two beside the old ones meanwhile.
                "! quota small: pods 9/10, 4 more would not fit",
            ],
        ),
        (0, &["pods: 3 are ended", "about 0 after: nothing serves it then"]),
    ] {
        let made = plan(&edit(&with_image(web(then), "web:3")), &deployment, &surrounded(web(3))).unwrap();
        for said in said {
            let found = says(&made, said) || says(&made, said.trim_start_matches("! "));
            assert!(found, "{then}: {said}\n{:#?}", words(&made));
        }
        assert!(words(&made).iter().filter(|line| line.contains("quota")).count() <= 1, "counted once");
    }
}

#[test]
fn a_selector_that_leaves_too_few_is_destructive() {
    let service = |label: &str| {
        json!({"kind": "Service", "apiVersion": "v1",
            "metadata": {"name": "web", "namespace": "shop", "uid": UID, "resourceVersion": "7"},
            "spec": {"type": "ClusterIP", "selector": {"app": "web", "label": label}}})
    };
    let api = target(Resource::SERVICES, "web");
    for (label, least, level, said) in [
        ("red", 100, Level::Destructive, "! endpoints: no pod has app=web,label=red: nothing would serve"),
        (
            "green",
            100,
            Level::Destructive,
            "! endpoints: 1 pod with app=web,label=green would serve, 2 do now",
        ),
        ("green", 50, Level::Traffic, "pods: 2 ready of 2 -> 1 ready of 2"),
    ] {
        let mut manifest = service(label);
        manifest["metadata"] = json!({"name": "web", "namespace": "shop"});
        for change in [edit(&service(label)), apply(manifest)] {
            let mut facts = facts(service("blue"));
            facts.least_ready = least;
            let made = plan(&change, &api, &facts).unwrap();
            assert_eq!(made.level, level, "{label} of {least} %");
            assert!(says(&made, said), "{:#?}", words(&made));
        }
    }
}
