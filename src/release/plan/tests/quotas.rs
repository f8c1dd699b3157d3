//! Whether what a change brings fits into the quotas of its namespace.

use super::*;
use crate::model::trouble::{Trouble, TroubleKind};

fn quota(hard: &Value, used: &Value) -> Value {
    json!({"metadata": {"name": "shop"}, "spec": {"hard": hard}, "status": {"hard": hard, "used": used}})
}

/// A deployment whose only container asks for this.
fn asking(replicas: i64, resources: &Value) -> Value {
    let mut object = web(replicas);
    object["spec"]["template"]["spec"]["containers"][0]["resources"] = resources.clone();
    object
}

/// What the plan of a change says of quotas.
fn said(change: &Change, object: Value, quota: Found<Vec<Value>>) -> Vec<String> {
    let mut facts = facts(object);
    facts.gathered.lists = vec![(Query::all(Resource::RESOURCE_QUOTAS), quota)];
    let made = plan(change, &target(Resource::DEPLOYMENTS, "web"), &facts).unwrap();
    words(&made).into_iter().filter(|line| line.contains("quota")).collect()
}

#[test]
fn more_pods_are_counted_with_what_they_ask_for() {
    let resources = json!({"requests": {"cpu": "200m", "memory": "128Mi"}, "limits": {"memory": "256Mi"}});
    for (hard, used, then, lines) in [
        (
            json!({"pods": "10"}),
            json!({"pods": "9"}),
            6,
            vec!["! quota shop: pods 9/10, 3 more would not fit"],
        ),
        (json!({"pods": "10"}), json!({"pods": "9"}), 4, vec!["quota shop: pods 9/10, 1 more fits"]),
        (json!({"pods": "12"}), json!({"pods": "9"}), 6, vec!["quota shop: pods 9/12, 3 more fit"]),
        (
            json!({"count/pods": "9"}),
            json!({"count/pods": "9"}),
            4,
            vec!["! quota shop: count/pods 9/9, 1 more would not fit"],
        ),
        (
            json!({"pods": "20", "requests.cpu": "2", "requests.memory": "1Gi"}),
            json!({"pods": "9", "requests.cpu": "1500m", "requests.memory": "640Mi"}),
            6,
            vec![
                "! quota shop: requests.cpu 1500m/2, 600m more would not fit",
                "quota shop: pods 9/20, 3 more; requests.memory 640Mi/1Gi, 384Mi more fit",
            ],
        ),
        // To the last byte.
        (
            json!({"memory": "1Gi"}),
            json!({"memory": "640Mi"}),
            6,
            vec!["quota shop: memory 640Mi/1Gi, 384Mi more fit"],
        ),
        (
            json!({"memory": "1073741823"}),
            json!({"memory": "640Mi"}),
            6,
            vec!["! quota shop: memory 640Mi/1073741823, 384Mi more would not fit"],
        ),
        (
            json!({"limits.memory": "1Gi"}),
            json!({"limits.memory": "512Mi"}),
            6,
            vec!["! quota shop: limits.memory 512Mi/1Gi, 768Mi more would not fit"],
        ),
        (
            json!({"limits.cpu": "4"}),
            json!({"limits.cpu": "0"}),
            6,
            vec![
                "? quota shop: limits.cpu of container web, which says none: the default of a LimitRange counts",
            ],
        ),
        (
            json!({"services": "1", "requests.storage": "1Gi"}),
            json!({"services": "1", "requests.storage": "1Gi"}),
            6,
            vec![],
        ),
        (json!({"pods": "1"}), json!({"pods": "3"}), 1, vec![]),
    ] {
        let known = Found::Known(vec![quota(&hard, &used)]);
        assert_eq!(
            said(&Change::Scale { replicas: then }, asking(3, &resources), known),
            lines,
            "{hard} to {then}"
        );
    }
}

#[test]
fn one_of_several_is_counted_alone_and_says_so() {
    let resources = json!({"requests": {"cpu": "200m"}});
    let mut facts = facts(asking(3, &resources));
    facts.several = true;
    let quota = quota(&json!({"pods": "10"}), &json!({"pods": "9"}));
    facts.gathered.lists = vec![(Query::all(Resource::RESOURCE_QUOTAS), Found::Known(vec![quota]))];
    let deployment = target(Resource::DEPLOYMENTS, "web");
    for (then, line) in [
        (4, "quota shop: pods 9/10, 1 more fits, counted alone"),
        (5, "! quota shop: pods 9/10, 2 more would not fit"),
    ] {
        let made = plan(&Change::Scale { replicas: then }, &deployment, &facts).unwrap();
        assert!(words(&made).iter().any(|said| said == line), "{:?}", words(&made));
    }
}

#[test]
fn a_rollout_needs_room_for_those_that_come_before_others_go() {
    let cpu = |cpu: &str| json!({"requests": {"cpu": cpu}});
    let edit = |from: &Value, cpu_then: &Value| {
        let mut wanted = from.clone();
        wanted["spec"]["template"]["spec"]["containers"][0]["resources"] = cpu_then.clone();
        Change::Edit { base: Some(Box::new(from.clone())), wanted: Box::new(wanted) }
    };
    // Four pods, one more at a time.
    let from = asking(4, &cpu("100m"));
    for (change, hard, line) in [
        (restart(0), "500m", "quota shop: requests.cpu 400m/500m, 100m more fit"),
        (restart(0), "499m", "! quota shop: requests.cpu 400m/499m, 100m more would not fit"),
        // All of them ask for more in the end, while one of the old ones is still there.
        (edit(&from, &cpu("200m")), "900m", "quota shop: requests.cpu 400m/900m, 500m more fit"),
        (edit(&from, &cpu("200m")), "899m", "! quota shop: requests.cpu 400m/899m, 500m more would not fit"),
        (edit(&from, &cpu("50m")), "450m", "quota shop: requests.cpu 400m/450m, 50m more fit"),
        (
            edit(&from, &json!({})),
            "900m",
            "! quota shop: it counts requests.cpu, and container web says none: unless a LimitRange does, no pod is made",
        ),
    ] {
        let known =
            Found::Known(vec![quota(&json!({"requests.cpu": hard}), &json!({"requests.cpu": "400m"}))]);
        assert_eq!(said(&change, from.clone(), known), [line], "{} {hard}", change.word());
    }
}

#[test]
fn a_quota_counts_the_pods_of_its_scopes() {
    let mut object = asking(3, &json!({"requests": {"cpu": "1"}}));
    object["spec"]["template"]["spec"]["priorityClassName"] = json!("high");
    let scopes = |scopes: &[&str]| json!({"scopes": scopes});
    let selected = |scope: &str, operator: &str, values: &[&str]| json!({"scopeSelector": {"matchExpressions": [{"scopeName": scope, "operator": operator, "values": values}]}});
    for (spec, counts) in [
        (json!({}), true),
        (scopes(&["NotTerminating"]), true),
        (scopes(&["Terminating"]), false),
        (scopes(&["NotBestEffort"]), true),
        (scopes(&["BestEffort"]), false),
        (scopes(&["NotTerminating", "BestEffort"]), false),
        (scopes(&["CrossNamespacePodAffinity"]), false),
        (selected("PriorityClass", "In", &["low", "high"]), true),
        (selected("PriorityClass", "In", &["low"]), false),
        (selected("PriorityClass", "NotIn", &["low"]), true),
        (selected("PriorityClass", "Exists", &[]), true),
        (selected("PriorityClass", "DoesNotExist", &[]), false),
    ] {
        let mut quota = quota(&json!({"pods": "3"}), &json!({"pods": "3"}));
        quota["spec"] = spec.clone();
        let lines = said(&Change::Scale { replicas: 4 }, object.clone(), Found::Known(vec![quota]));
        assert_eq!(!lines.is_empty(), counts, "{spec}");
    }
}

#[test]
fn what_may_not_be_read_is_not_known_to_be_none() {
    let deployment = target(Resource::DEPLOYMENTS, "web");
    let pod = target(Resource::PODS, "b1");
    let delete = Change::Delete { propagation: Propagation::Background, grace: None };
    for (change, target, budgets, quotas) in [
        (Change::Scale { replicas: 5 }, &deployment, true, true),
        (restart(0), &deployment, true, true),
        (Change::SetImage { images: Vec::new() }, &deployment, true, true),
        (Change::Undo { to: None }, &deployment, true, true),
        (delete.clone(), &deployment, true, false),
        (delete, &pod, true, false),
        (Change::Pause, &deployment, false, false),
    ] {
        let asked = lists_for(&change, target, &web(3));
        for (resource, wanted) in
            [(Resource::DISRUPTION_BUDGETS, budgets), (Resource::RESOURCE_QUOTAS, quotas)]
        {
            assert_eq!(
                asked.contains(&Query::all(resource.clone())),
                wanted,
                "{} of {}",
                resource.plural,
                change.word()
            );
        }
    }
    let trouble = Trouble {
        kind: TroubleKind::Forbidden,
        tried: String::new(),
        said: String::new(),
        status: Some(403),
        wait: None,
        missing: Some("list resourcequotas in namespace shop".to_owned()),
    };
    let lines = said(&Change::Scale { replicas: 5 }, web(3), Found::Unknown(trouble));
    assert_eq!(lines, ["? resourcequotas: forbidden: list resourcequotas in namespace shop"]);
}
