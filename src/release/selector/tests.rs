//! Both sides of a switch, and which sides there are.

use serde_json::json;

use super::*;
use crate::model::uid::Uid;
use crate::release::facts::{Gathered, Query};
use crate::release::plan::{self, Line};

fn target() -> Target {
    Target {
        resource: Resource::SERVICES,
        namespace: "shop".to_owned(),
        name: "api".to_owned(),
        uid: Uid::new("svc"),
    }
}

fn service(selector: &str) -> Value {
    json!({"kind": "Service", "metadata": {"name": "api", "uid": "svc", "resourceVersion": "7"},
        "spec": {"type": "ClusterIP", "clusterIP": "10.0.0.1", "selector": labels(selector),
            "ports": [{"name": "http", "port": 80, "targetPort": "http", "protocol": "TCP"}]}})
}

fn labels(text: &str) -> Labels {
    text.split(',')
        .filter_map(|pair| pair.split_once('='))
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .collect()
}

/// A pod of a ReplicaSet with a container port of this name.
fn pod(name: &str, of: &str, set: &str, port: &str, ready: bool) -> Value {
    json!({"metadata": {"name": name, "uid": name, "labels": labels(of), "creationTimestamp": "2026-01-01T00:00:00Z",
            "ownerReferences": [{"kind": "ReplicaSet", "name": set, "uid": set, "controller": true}]},
        "spec": {"containers": [{"name": "api", "image": format!("registry.example.io/shop/api:{set}"),
            "ports": [{"name": port, "containerPort": 8080}]}]},
        "status": {"phase": "Running", "podIP": "10.1.0.1",
            "conditions": [{"type": "Ready", "status": if ready { "True" } else { "False" }}]}})
}

fn set(name: &str, revision: &str) -> Value {
    json!({"metadata": {"name": name, "uid": name, "annotations": {"deployment.kubernetes.io/revision": revision}}})
}

fn facts(service: Value, pods: Vec<Value>) -> Facts {
    let other = |name: &str, selector: &str| json!({"metadata": {"name": name}, "spec": {"selector": labels(selector)}});
    let budget = json!({"metadata": {"name": "all"}, "spec": {"selector": {"matchLabels": {"app": "api"}}}});
    let lists = [
        (Resource::PODS, pods),
        (Resource::REPLICA_SETS, vec![set("v1", "6"), set("v2", "7")]),
        (Resource::SERVICES, vec![service.clone(), other("preview", "label=green"), other("kept", "")]),
        (Resource::DISRUPTION_BUDGETS, vec![budget]),
    ];
    let lists =
        lists.into_iter().map(|(resource, list)| (Query::all(resource), Found::Known(list))).collect();
    Facts {
        gathered: Gathered { object: service, lists, ..Gathered::default() },
        // 31 days after the pods were made.
        now: 1_769_904_000,
        least_ready: 100,
        ..Facts::default()
    }
}

fn blue_and_green() -> Vec<Value> {
    vec![
        pod("b1", "app=api,label=blue", "v1", "http", true),
        pod("b2", "app=api,label=blue", "v1", "http", true),
        pod("g1", "app=api,label=green", "v2", "http", true),
        pod("g2", "app=api,label=green", "v2", "http", true),
    ]
}

fn keys(text: &str) -> Vec<(String, Option<String>)> {
    labels(text).into_iter().map(|(key, value)| (key, Some(value))).collect()
}

fn switch(to: &str, how: Merge) -> Change {
    Change::Selector { keys: keys(to), how, insist: false }
}

fn words(plan: &plan::Plan) -> Vec<String> {
    plan.lines
        .iter()
        .map(|line| match line {
            Line::Change { what, from, to } => format!("{what}: {from} -> {to}"),
            Line::Effect { what, words } => format!("{what}: {words}"),
            Line::Warning { what, words } => format!("! {what}: {words}"),
            Line::Unknown { what, why } => format!("? {what}: {why}"),
            Line::Object { words } => words.clone(),
            Line::Diff(line) => format!("{} {}", line.sign, line.text),
        })
        .collect()
}

#[test]
fn a_switch_shows_both_sides() {
    let facts = facts(service("app=api,label=blue"), blue_and_green());
    let made = plan::plan(&switch("label=green", Merge::Merge), &target(), &facts).unwrap();
    assert_eq!(
        words(&made),
        [
            "selector: app=api,label=blue -> app=api,label=green",
            "pods: 2 ready of 2 -> 2 ready of 2",
            "revision: 6  api:v1  31d -> 7  api:v2  31d",
            "port http: 8080 on 2 pods, on both sides",
            "also selected by: pdb all -> svc preview, pdb all",
            "patch: {\"spec\":{\"selector\":{\"label\":\"green\"}}}",
            "keys: merged, app=api stays; replaced it would be label=green, 2 pods",
            "- b1  ready",
            "- b2  ready",
            "+ g1  ready",
            "+ g2  ready",
            "the old side: stays up: 2 ready of 2; one key switches back",
            "open connections: may stay with the old pods until they end",
        ]
    );
    assert_eq!(made.level, plan::Level::Traffic);
    let step = &made.steps[0];
    assert_eq!(step.inverse, Some(switch("app=api,label=blue", Merge::Replace)));
    let crate::release::follow::Goal::Endpoints { selector, ready, leaving } = &step.goal else { panic!() };
    assert_eq!(selector.iter().cloned().collect::<Labels>(), labels("app=api,label=green"));
    assert_eq!((ready.join(" "), leaving.join(" ")), ("g1 g2".to_owned(), "b1 b2".to_owned()));
    let whole = plan::plan(&switch("app=api,label=green", Merge::Replace), &target(), &facts).unwrap();
    assert!(words(&whole).contains(&"keys: replaced; merged it would be the same".to_owned()));
}

#[test]
fn what_would_not_serve_is_refused_unless_insisted_on() {
    let green = |ports: [&str; 2], ready: [bool; 2]| {
        let mut pods = blue_and_green();
        pods.truncate(2);
        for at in 0..2 {
            pods.push(pod(&format!("g{at}"), "app=api,label=green", "v2", ports[at], ready[at]));
        }
        facts(service("app=api,label=blue"), pods)
    };
    for (facts, least, refused) in [
        (green(["http", "http"], [true, true]), 100, None),
        (green(["http", "http"], [true, false]), 50, None),
        (
            green(["http", "http"], [true, false]),
            100,
            Some("1 pod with app=api,label=green would serve, 2 do now"),
        ),
        (green(["http", "http"], [true, false]), 51, Some("at least 51 % of them are asked for")),
        (green(["http", "http"], [false, false]), 0, Some("0 of 2 pods with app=api,label=green ready")),
        (
            green(["web", "web"], [true, true]),
            100,
            Some("2 pods with app=api,label=green ready, and none has a port"),
        ),
        (
            green(["http", "web"], [true, true]),
            100,
            Some("1 pod with app=api,label=green would serve, 2 do now"),
        ),
    ] {
        let mut facts = facts;
        facts.least_ready = least;
        let change = switch("label=green", Merge::Merge);
        match (plan::plan(&change, &target(), &facts), refused) {
            (Ok(made), None) => assert_eq!(made.level, plan::Level::Traffic),
            (Err(Refusal(said)), Some(why)) => {
                assert!(said.contains(why), "{said}");
                let Change::Selector { keys, how, .. } = change else { unreachable!() };
                let insisting = Change::Selector { keys, how, insist: true };
                let made = plan::plan(&insisting, &target(), &facts).unwrap();
                let nothing = said.contains("nothing would serve");
                let level = if nothing { plan::Level::Destructive } else { plan::Level::Traffic };
                assert_eq!(made.level, level, "{said}");
                assert!(
                    words(&made)[0].starts_with("! endpoints: ") && words(&made)[0].ends_with(": you insist"),
                    "{:?}",
                    words(&made)
                );
            }
            (made, refused) => panic!("{made:?}, not {refused:?}"),
        }
    }
}

#[test]
fn pods_without_the_port_are_pointed_out() {
    let mut pods = blue_and_green();
    pods.push(pod("g3", "app=api,label=green", "v2", "grpc", true));
    let made = plan::plan(
        &switch("label=green", Merge::Merge),
        &target(),
        &facts(service("app=api,label=blue"), pods),
    );
    let said = words(&made.unwrap());
    let ports = "port http: 8080 on 2 pods -> 8080 on 2 pods, no port named http on 1 pod: they match and serve nothing";
    assert!(said.contains(&ports.to_owned()), "{said:#?}");
    assert!(
        said.contains(&"! endpoints: 1 pod ready and without any port that is asked for".to_owned()),
        "{said:#?}"
    );
}

#[test]
fn the_two_classic_accidents_are_named() {
    // A replacement that drops `app` widens the match.
    let mut pods = blue_and_green();
    pods.push(pod("x1", "app=pay,label=green", "v9", "http", true));
    let mut facts = facts(service("app=api,label=blue"), pods);
    let made = plan::plan(&switch("label=green", Merge::Replace), &target(), &facts).unwrap();
    let said = words(&made);
    assert!(
        said.contains(&"! selector: app=api is no longer asked for: the match widens by 1 pod".to_owned()),
        "{said:#?}"
    );
    assert!(
        said.contains(&"keys: replaced; merged it would be app=api,label=green, 2 pods".to_owned()),
        "{said:#?}"
    );
    // A merge that keeps a key which the new side has otherwise selects nothing.
    facts.gathered.object = service("app=api,label=blue,tier=old");
    let refused = plan::plan(&switch("label=green", Merge::Merge), &target(), &facts).unwrap_err();
    assert!(refused.0.contains("; tier=old is kept, and without it 2 pods would match"), "{refused}");
    assert!(!refused.0.contains("app=api is kept"), "{refused}");
}

#[test]
fn services_that_follow_no_selector_are_refused() {
    let of = |spec: Value| facts(json!({"metadata": {"uid": "svc"}, "spec": spec}), Vec::new());
    for (spec, to, said) in [
        (
            json!({"type": "ExternalName", "externalName": "db.example.com"}),
            "a=b",
            "only another name of db.example.com",
        ),
        (json!({"type": "ClusterIP"}), "a=b", "its endpoints are kept by hand"),
        (json!({"selector": {"a": "b"}}), "a=b", "has this selector already"),
    ] {
        let refused = plan::plan(&switch(to, Merge::Merge), &target(), &of(spec)).unwrap_err();
        assert!(refused.0.contains(said), "{refused}");
    }
    let nothing = Change::Selector { keys: vec![("a".to_owned(), None)], how: Merge::Merge, insist: false };
    let refused = plan::plan(&nothing, &target(), &of(json!({"selector": {"a": "b"}}))).unwrap_err();
    assert!(refused.0.contains("without a selector"), "{refused}");
    let bad = plan::plan(&switch("a=b c", Merge::Merge), &target(), &of(json!({"selector": {"a": "b"}})));
    assert!(bad.unwrap_err().0.starts_with("invalid label value: \"a=b c\""));
}

#[test]
fn pods_that_could_not_be_listed_are_those_that_are_watched_or_none() {
    use crate::model::trouble::{Trouble, TroubleKind};
    let trouble = Trouble {
        kind: TroubleKind::Forbidden,
        tried: String::new(),
        said: String::new(),
        status: Some(403),
        wait: None,
        missing: Some("list pods in namespace shop".to_owned()),
    };
    let mut facts = facts(service("app=api,label=blue"), Vec::new());
    facts.gathered.lists[0].1 = Found::Unknown(trouble);
    let change = switch("label=green", Merge::Merge);
    let refused = plan::plan(&change, &target(), &facts).unwrap_err();
    assert!(
        refused.0.contains("could not be looked at (forbidden: list pods in namespace shop)"),
        "{refused}"
    );
    let watched = PodFact {
        name: "g1".to_owned(),
        labels: labels("app=api,label=green").into_iter().collect(),
        owner: String::new(),
        ready: true,
        status: "Running".to_owned(),
        images: vec![("api".to_owned(), "api:2".to_owned())],
        created: 0,
    };
    facts.around.pods = Some(vec![watched]);
    let made = plan::plan(&change, &target(), &facts).unwrap();
    assert!(
        words(&made).iter().any(|line| line.starts_with("port http: none -> not known of 1 pod")),
        "{:?}",
        words(&made)
    );
}

#[test]
fn what_is_peculiar_about_a_service_is_said() {
    let mut odd = service("app=api,label=blue");
    odd["spec"]["publishNotReadyAddresses"] = json!(true);
    odd["spec"]["clusterIP"] = json!("None");
    odd["metadata"]["annotations"] = json!({ARGO_ROLLOUTS: "api-rollout"});
    let facts = facts(odd, blue_and_green());
    let said = words(&plan::plan(&switch("label=green", Merge::Merge), &target(), &facts).unwrap());
    for word in
        ["! endpoints: it publishes pods that are not ready", "! headless: ", "! owner: Argo Rollouts"]
    {
        assert_eq!(said.iter().filter(|line| line.starts_with(word)).count(), 1, "{word}: {said:#?}");
    }
    let preview = Preview::of(&keys("label=green"), Merge::Merge, &target(), &facts).unwrap();
    assert_eq!(preview.managed_by.as_deref(), Some("api-rollout"));
}

#[test]
fn what_is_watched_is_newer_than_what_was_read() {
    let mut facts = facts(service("app=api,label=blue"), blue_and_green());
    let watched = |name: &str, of: &str, ready: bool| PodFact {
        name: name.to_owned(),
        labels: labels(of).into_iter().collect(),
        owner: String::new(),
        ready,
        status: "Running".to_owned(),
        images: Vec::new(),
        created: 0,
    };
    facts.around.pods = Some(vec![
        watched("b1", "app=api,label=blue", true),
        watched("g1", "app=api,label=green", true),
        watched("g2", "app=api,label=green", false),
    ]);
    let preview = Preview::of(&keys("label=green"), Merge::Merge, &target(), &facts).unwrap();
    assert_eq!(
        (preview.now.count(), preview.then.count()),
        ("1 ready of 1".to_owned(), "1 ready of 2".to_owned())
    );
    assert_eq!(preview.then.pods[0].revision.as_deref(), Some("7"), "the list knows what is not watched");
    assert_eq!(preview.then.port_words(0, &preview.ports[0]), "8080 on 2 pods");
    let of = |to: &str, how| plan::lists_for(&switch(to, how), &target(), &service("app=api,label=blue"));
    assert_eq!(of("label=green", Merge::Merge)[0], Query::labelled(Resource::PODS, "app=api"));
    assert!(of("label=green", Merge::Replace).iter().all(|query| query.resource != Resource::PODS));
}

proptest::proptest! {
    #![proptest_config(proptest::test_runner::Config::with_cases(96))]

    /// What a plan says that it selects is what selecting by labels gives, by either form.
    #[test]
    fn the_preview_matches_what_labels_select(
        now in proptest::collection::btree_map("[abc]", "[xy]", 1..4),
        named in proptest::collection::btree_map("[abc]", proptest::option::of("[xy]"), 1..3),
        pods in proptest::collection::vec(proptest::collection::btree_map("[abc]", "[xy]", 0..4), 0..8),
        replace: bool,
    ) {
        let how = if replace { Merge::Replace } else { Merge::Merge };
        let written = |labels: &Labels| super::written(labels);
        let all: Vec<Value> = pods.iter().enumerate()
            .map(|(at, labels)| pod(&format!("p{at}"), &written(labels), "v1", "http", true)).collect();
        let facts = facts(service(&written(&now)), all);
        let keys: Vec<(String, Option<String>)> = named.into_iter().collect();
        let Ok(preview) = Preview::of(&keys, how, &target(), &facts) else { return Ok(()) };
        // What kubectl's patch leaves, applied to the object.
        let mut object = facts.gathered.object.clone();
        crate::release::testing::strategic(&mut object, &preview.chosen().patch);
        let selector = texts(&object, "/spec/selector");
        proptest::prop_assert_eq!(&selector, &preview.then.selector);
        let matched: Vec<String> = pods.iter().enumerate()
            .filter(|(_, labels)| selector.iter().all(|(key, value)| labels.get(key) == Some(value)))
            .map(|(at, _)| format!("p{at}")).collect();
        let shown: Vec<String> = preview.then.pods.iter().map(|pod| pod.name.clone()).collect();
        proptest::prop_assert_eq!(shown, matched);
    }
}
