//! What plans say, and what gives an object back.

use serde_json::{Value, json};

use super::*;
use crate::model::uid::Uid;
use crate::release::change::{ContainerImage, Merge, Propagation};
use crate::release::facts::{Found, Gathered, PodFact, ServiceFact, Surroundings};

mod budgets;
mod debug;
mod delete;
mod edited;
mod inverse;
mod labels;
mod quotas;
mod replacing;

const UID: &str = "u1";

fn target(resource: Resource, name: &str) -> Target {
    Target { resource, namespace: "shop".to_owned(), name: name.to_owned(), uid: Uid::new(UID) }
}

fn web(replicas: i64) -> Value {
    json!({"kind": "Deployment", "metadata": {"name": "web", "uid": UID, "resourceVersion": "7", "generation": 2},
        "spec": {"replicas": replicas, "selector": {"matchLabels": {"app": "web"}},
            "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": "25%", "maxUnavailable": "25%"}},
            "template": {"metadata": {"labels": {"app": "web"}},
                "spec": {"containers": [{"name": "web", "image": "web:2"}]}}}})
}

fn pod(name: &str, label: &str, ready: bool) -> PodFact {
    let labels = [("app", "web"), ("label", label)].map(|(key, value)| (key.to_owned(), value.to_owned()));
    PodFact {
        name: name.to_owned(),
        labels: labels.to_vec(),
        owner: "rs1".to_owned(),
        ready,
        status: "Running".to_owned(),
        images: vec![("web".to_owned(), format!("web:{label}"))],
        created: 0,
    }
}

fn facts(object: Value) -> Facts {
    let service = |name: &str, selector: &[(&str, &str)]| ServiceFact {
        name: name.to_owned(),
        selector: selector.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect(),
        ready: 3,
        total: 3,
    };
    Facts {
        gathered: Gathered { object, ..Gathered::default() },
        around: Surroundings {
            pods: Some(vec![
                pod("b1", "blue", true),
                pod("b2", "blue", true),
                pod("g1", "green", true),
                pod("g2", "green", false),
            ]),
            services: Some(vec![service("web", &[("app", "web")]), service("other", &[("app", "other")])]),
            services_why: None,
        },
        least_ready: 100,
        ..Facts::default()
    }
}

fn words(plan: &Plan) -> Vec<String> {
    plan.lines
        .iter()
        .map(|line| match line {
            Line::Change { what, from, to } => format!("{what}: {from} -> {to}"),
            Line::Effect { what, words } => format!("{what}: {words}"),
            Line::Warning { what, words } => format!("! {what}: {words}"),
            Line::Unknown { what, why } => format!("? {what}: {why}"),
            Line::Diff(line) => format!("{} {}", line.sign, line.text),
            Line::Object { words } => words.clone(),
        })
        .collect()
}

fn says(plan: &Plan, text: &str) -> bool {
    words(plan).iter().any(|line| line.contains(text))
}

#[test]
fn scaling_says_what_follows() {
    let deployment = target(Resource::DEPLOYMENTS, "web");
    for (now, then, level, said) in [
        (3, 5, Level::Reversible, "pods: 2 more are started"),
        (3, 4, Level::Reversible, "pods: 1 more is started"),
        (3, 1, Level::Traffic, "pods: 2 are ended"),
        (3, 2, Level::Traffic, "pods: 1 is ended"),
        (3, 1, Level::Traffic, "service web: 3/3 ready now, about 1 after"),
        (3, 0, Level::Destructive, "nothing serves it then"),
    ] {
        let plan = plan(&Change::Scale { replicas: then }, &deployment, &facts(web(now))).unwrap();
        assert_eq!(plan.level, level, "{now} -> {then}");
        assert!(says(&plan, said), "{:?}", words(&plan));
        assert!(says(&plan, &format!("replicas: {now} -> {then}")));
        assert_eq!(plan.steps[0].inverse, Some(Change::Scale { replicas: now as u32 }));
        assert!(!says(&plan, "other"), "services of others do not matter");
    }
    assert!(plan(&Change::Scale { replicas: 3 }, &deployment, &facts(web(3))).is_err(), "nothing to do");
}

#[test]
fn a_later_step_begins_with_what_the_earlier_ones_leave() {
    let deployment = target(Resource::DEPLOYMENTS, "web");
    let mut later = facts(web(4));
    later.later = true;
    leave(&Change::Scale { replicas: 4 }, &web(0), &mut later.around);
    let made = plan(&Change::Scale { replicas: 0 }, &deployment, &later).unwrap();
    assert!(says(&made, "service web: 7/7 ready by then, about 3 after"), "{:?}", words(&made));
    assert_eq!(made.level, Level::Traffic, "others serve it");
    // Pods that are not ready are no endpoints, and go first.
    let mut broken = web(4);
    broken["status"] = json!({"observedGeneration": 2, "replicas": 4});
    let made = plan(&Change::Scale { replicas: 0 }, &deployment, &facts(broken)).unwrap();
    assert!(says(&made, "service web: 3/3 ready now, about 3 after"), "{:?}", words(&made));
}

#[test]
fn an_autoscaler_and_a_quota_are_named() {
    let hpa = json!({"metadata": {"name": "web"}, "spec": {"minReplicas": 2, "maxReplicas": 6,
        "scaleTargetRef": {"kind": "Deployment", "name": "web"}}});
    let quota =
        json!({"metadata": {"name": "small"}, "status": {"hard": {"pods": "10"}, "used": {"pods": "9"}}});
    let mut facts = facts(web(3));
    facts.gathered.lists = vec![
        (Query::all(Resource::AUTOSCALERS), Found::Known(vec![hpa])),
        (Query::all(Resource::RESOURCE_QUOTAS), Found::Known(vec![quota])),
    ];
    let deployment = target(Resource::DEPLOYMENTS, "web");
    for (then, said) in [
        (0, "HPA web (2..6) is disabled"),
        (1, "will scale it up to 2 again"),
        (5, "decides by load"),
        (9, "will scale it down to 6"),
        (5, "! quota small: pods 9/10, 2 more would not fit"),
    ] {
        let plan = plan(&Change::Scale { replicas: then }, &deployment, &facts).unwrap();
        assert!(says(&plan, said), "{then}: {:?}", words(&plan));
    }
}

#[test]
fn who_will_take_it_back_is_said() {
    for (meta, said) in [
        (json!({"labels": {"argocd.argoproj.io/instance": "shop"}}), "Argo CD \"shop\""),
        (
            json!({"annotations": {"argocd.argoproj.io/tracking-id": "shop:apps/Deployment:shop/web"}}),
            "Argo CD \"shop\"",
        ),
        (json!({"labels": {"kustomize.toolkit.fluxcd.io/name": "apps"}}), "Flux (kustomize \"apps\")"),
        (json!({"annotations": {"meta.helm.sh/release-name": "web"}}), "Helm release \"web\""),
        (json!({"labels": {"app.kubernetes.io/managed-by": "Helm"}}), "Helm"),
        (json!({"labels": {"app.kubernetes.io/managed-by": "flagger"}}), "Flagger"),
    ] {
        let mut object = web(3);
        for (key, value) in meta.as_object().unwrap() {
            object["metadata"][key] = value.clone();
        }
        let plan = plan(&restart(0), &target(Resource::DEPLOYMENTS, "web"), &facts(object)).unwrap();
        assert!(words(&plan).iter().any(|line| line.starts_with("! owner") && line.contains(said)), "{said}");
    }
}

#[test]
fn bounds_are_rounded_as_the_controller_does() {
    for (replicas, surge, unavailable, bounds) in [
        (3, json!("25%"), json!("25%"), (1, 0)),
        (10, json!("25%"), json!("25%"), (3, 2)),
        (4, json!(1), json!(0), (1, 0)),
        (4, json!(0), json!("10%"), (0, 1)),
        (4, json!(0), json!(0), (0, 1)),
    ] {
        let mut object = web(replicas);
        object["spec"]["strategy"]["rollingUpdate"] =
            json!({"maxSurge": surge, "maxUnavailable": unavailable});
        assert_eq!(around::bounds(&object), bounds, "{replicas} {surge} {unavailable}");
    }
    let mut recreated = web(3);
    recreated["spec"]["strategy"] = json!({"type": "Recreate"});
    assert_eq!(around::bounds(&recreated), (0, 3));
    for (kind, count, update, bounds) in [
        ("StatefulSet", 10, json!({}), (0, 1)),
        ("StatefulSet", 10, json!({"rollingUpdate": {"maxUnavailable": "25%"}}), (0, 2)),
        ("StatefulSet", 10, json!({"rollingUpdate": {"partition": 10}}), (0, 0)),
        ("StatefulSet", 10, json!({"type": "OnDelete"}), (0, 0)),
        ("DaemonSet", 10, json!({}), (0, 1)),
        ("DaemonSet", 10, json!({"rollingUpdate": {"maxUnavailable": "25%"}}), (0, 3)),
        ("DaemonSet", 10, json!({"rollingUpdate": {"maxSurge": "25%", "maxUnavailable": 0}}), (3, 0)),
        ("DaemonSet", 10, json!({"type": "OnDelete"}), (0, 0)),
    ] {
        let object = json!({"kind": kind, "spec": {"replicas": count, "updateStrategy": update},
            "status": {"desiredNumberScheduled": count}});
        assert_eq!(around::bounds(&object), bounds, "{kind} {update}");
    }
}

/// What no server should say makes a plan odd, and nothing more.
#[test]
fn numbers_and_types_that_cannot_be_are_borne() {
    for replicas in [i64::MIN, -5, i64::MAX] {
        let object = json!({"kind": "StatefulSet", "spec": {"replicas": replicas,
            "updateStrategy": {"rollingUpdate": {"partition": 2, "maxUnavailable": "900%"}}}});
        assert_eq!(around::replaced(&object), if replicas < 0 { replicas } else { replicas - 2 });
        around::bounds(&object);
    }
    let set = |n: i64, image: &str| {
        json!({"metadata": {"name": format!("web-{n}"), "uid": format!("rs{n}"),
                "annotations": {"deployment.kubernetes.io/revision": n.to_string()},
                "ownerReferences": [{"controller": true, "uid": UID}]},
            "spec": {"template": {"spec": {"containers": [{"name": "web", "image": image}]}}}})
    };
    for spec in [json!(5), json!([1]), json!("x")] {
        let mut object = web(3);
        object["spec"] = spec;
        let mut facts = facts(object);
        let sets = Found::Known(vec![set(2, "web:2"), set(1, "web:1")]);
        facts.gathered.lists = vec![(Query::labelled(Resource::REPLICA_SETS, "app=web"), sets)];
        let made = plan(&Change::Undo { to: None }, &target(Resource::DEPLOYMENTS, "web"), &facts);
        assert!(made.is_ok(), "{made:?}");
    }
}

#[test]
fn a_rollback_shows_its_diff_and_what_stays() {
    let mut object = web(3);
    object["metadata"]["annotations"] =
        json!({"team.example/note": "here only", "deployment.kubernetes.io/revision": "2"});
    object["spec"]["template"]["spec"]["containers"][0]["env"] =
        json!([{"name": "FEATURE_X", "value": "on"}]);
    let set = |n: i64, image: &str, ready: i64, from: &str| {
        json!({"metadata": {"name": format!("web-{n}"), "uid": format!("rs{n}"),
                "annotations": {"deployment.kubernetes.io/revision": n.to_string()},
                "ownerReferences": [{"controller": true, "uid": UID}]},
            "spec": {"replicas": ready, "template": {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [
                {"name": "web", "image": image, "envFrom": [{"configMapRef": {"name": from}}]}]}}},
            "status": {"readyReplicas": ready}})
    };
    let mut newest = set(2, "web:2", 1, "settings");
    newest["spec"]["template"] = object["spec"]["template"].clone();
    let mut facts = facts(object);
    facts.gathered.lists = vec![
        (
            Query::labelled(Resource::REPLICA_SETS, "app=web"),
            Found::Known(vec![newest, set(1, "web:1", 3, "settings")]),
        ),
        (Query::names(Resource::CONFIG_MAPS), Found::Known(Vec::new())),
    ];
    let plan = plan(&Change::Undo { to: None }, &target(Resource::DEPLOYMENTS, "web"), &facts).unwrap();
    for said in [
        "revision: 2 -> the template of 1, which gets a new number",
        "image: web:2 -> web:1",
        "env FEATURE_X: on -> (removed)",
        "! annotation: team.example/note=here only on the deployment will be lost (as kubectl does)",
        "pods: 0 removed, 0 started (ReplicaSet web-1 already has 3 ready)",
        "! missing: ConfigMap settings, which its pods need, does not exist",
        "not rolled back: replicas, strategy, services, ConfigMap contents",
    ] {
        assert!(says(&plan, said), "{said}\n{:#?}", words(&plan));
    }
    assert_eq!(plan.steps[0].inverse, Some(Change::Undo { to: Some(Uid::new("rs2")) }));
    assert_eq!(plan.level, Level::Traffic);
}

#[test]
fn a_selector_shows_both_sides() {
    let service = |selector: Value| {
        json!({"kind": "Service", "metadata": {"uid": UID, "resourceVersion": "7"},
        "spec": {"type": "ClusterIP", "selector": selector}})
    };
    let blue = service(json!({"app": "web", "label": "blue"}));
    let switch = |value: &str, how, insist| Change::Selector {
        keys: vec![("label".to_owned(), Some(value.to_owned()))],
        how,
        insist,
    };
    let api = target(Resource::SERVICES, "web");
    let refused = plan(&switch("green", Merge::Merge, false), &api, &facts(blue.clone())).unwrap_err();
    assert_eq!(
        refused.0,
        "1 pod with app=web,label=green would serve, 2 do now: at least as many are asked for; not switched: insist to do it all the same"
    );
    let mut half = facts(blue.clone());
    half.least_ready = 50;
    let made = plan(&switch("green", Merge::Merge, false), &api, &half).unwrap();
    assert!(says(&made, "selector: app=web,label=blue -> app=web,label=green"), "{:?}", words(&made));
    assert!(says(&made, "pods: 2 ready of 2 -> 1 ready of 2"));
    assert!(says(&made, "! endpoints: 2 serve now, 1 would then"));
    assert_eq!(
        made.steps[0].goal,
        Goal::Endpoints {
            selector: vec![("app".to_owned(), "web".to_owned()), ("label".to_owned(), "green".to_owned())],
            ready: vec!["g1".to_owned()],
            leaving: vec!["b1".to_owned(), "b2".to_owned()],
        }
    );
    assert!(plan(&switch("red", Merge::Merge, false), &api, &half).is_err(), "nothing would serve");
    let nobody = plan(&switch("red", Merge::Merge, true), &api, &half).unwrap();
    assert_eq!(nobody.level, Level::Destructive);
    assert!(says(
        &nobody,
        "! endpoints: no pod has app=web,label=red: nothing would serve service/web: you insist"
    ));
    let replaced = plan(&switch("green", Merge::Replace, false), &api, &half).unwrap();
    assert!(says(&replaced, "! selector: app=web is no longer asked for; the same pods match"));
    assert!(
        plan(&switch("blue", Merge::Merge, true), &api, &facts(blue.clone())).is_err(),
        "it is so already"
    );
    assert!(
        plan(&switch("x", Merge::Merge, true), &api, &facts(service(json!({})))).is_err(),
        "kept by hand"
    );
    let mut unseen = facts(blue);
    unseen.around.pods = None;
    assert!(
        plan(&switch("green", Merge::Merge, false), &api, &unseen).is_err(),
        "nobody knows what would serve it"
    );
}

#[test]
fn what_could_not_be_looked_at_is_listed() {
    use crate::model::trouble::{Trouble, TroubleKind};
    let trouble = Trouble {
        kind: TroubleKind::Forbidden,
        tried: String::new(),
        said: String::new(),
        status: Some(403),
        wait: None,
        missing: Some("list horizontalpodautoscalers.autoscaling in namespace shop".to_owned()),
    };
    let mut facts = facts(web(3));
    facts.gathered.lists = vec![(Query::all(Resource::AUTOSCALERS), Found::Unknown(trouble))];
    facts.around.services = None;
    let made = plan(&Change::Scale { replicas: 5 }, &target(Resource::DEPLOYMENTS, "web"), &facts).unwrap();
    assert!(says(&made, "? horizontalpodautoscalers: forbidden: list horizontalpodautoscalers.autoscaling"));
    assert!(says(&made, "? services: the namespace is not on the screen"));
}

#[test]
fn a_namesake_is_refused() {
    let mut object = web(3);
    object["metadata"]["uid"] = json!("another");
    let refused = plan(&restart(0), &target(Resource::DEPLOYMENTS, "web"), &facts(object)).unwrap_err();
    assert!(refused.0.contains("another object now"));
}
