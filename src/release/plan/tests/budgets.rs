//! What disruption budgets have to say to pods that go.

use super::*;

/// A budget of the pods of `app=web`.
fn budget(spec: &Value, healthy: i64, expected: i64, allowed: i64) -> Value {
    let mut spec = spec.clone();
    spec["selector"] = json!({"matchLabels": {"app": "web"}});
    json!({"metadata": {"name": "web"}, "spec": spec, "status": {"currentHealthy": healthy,
        "expectedPods": expected, "disruptionsAllowed": allowed}})
}

/// What the plan of a change says of a budget.
fn said(change: &Change, object: Value, budget: Value) -> Vec<String> {
    let resource = match object["kind"].as_str() {
        Some("StatefulSet") => Resource::STATEFUL_SETS,
        _ => Resource::DEPLOYMENTS,
    };
    let mut facts = facts(object);
    facts.gathered.lists = vec![(Query::all(Resource::DISRUPTION_BUDGETS), Found::Known(vec![budget]))];
    let made = plan(change, &target(resource, "web"), &facts).unwrap();
    words(&made).into_iter().filter(|line| line.contains("budget")).collect()
}

#[test]
fn a_scale_down_says_what_is_left_of_what_a_budget_wants() {
    let no = "a scale-down is not held back by it, only evictions are";
    for (spec, healthy, allowed, then, line) in [
        (
            json!({"minAvailable": 2}),
            4,
            2,
            3,
            "budget web: minAvailable 2, 4 of 4 healthy now, 2 disruptions allowed; 3 then".to_owned(),
        ),
        (
            json!({"minAvailable": 2}),
            4,
            2,
            1,
            format!(
                "! budget web: minAvailable 2, 4 of 4 healthy now, 2 disruptions allowed; 1 then, fewer than the 2 it wants: {no}"
            ),
        ),
        (
            json!({"minAvailable": 2}),
            4,
            2,
            0,
            format!(
                "! budget web: minAvailable 2, 4 of 4 healthy now, 2 disruptions allowed; 0 then, fewer than the 2 it wants: {no}"
            ),
        ),
        // A share is one of those that are wanted then.
        (
            json!({"minAvailable": "50%"}),
            4,
            2,
            2,
            "budget web: minAvailable 50%, 4 of 4 healthy now, 2 disruptions allowed; 2 then".to_owned(),
        ),
        (
            json!({"maxUnavailable": 1}),
            4,
            1,
            1,
            "budget web: maxUnavailable 1, 4 of 4 healthy now, 1 disruption allowed; 1 then".to_owned(),
        ),
        (
            json!({"maxUnavailable": 1}),
            3,
            0,
            3,
            "budget web: maxUnavailable 1, 3 of 4 healthy now, no disruption allowed; 2 then".to_owned(),
        ),
        (
            json!({"minAvailable": "75%"}),
            3,
            0,
            3,
            format!(
                "! budget web: minAvailable 75%, 3 of 4 healthy now, no disruption allowed; 2 then, fewer than the 3 it wants: {no}"
            ),
        ),
        (
            json!({}),
            4,
            1,
            3,
            "budget web: maxUnavailable 1, 4 of 4 healthy now, 1 disruption allowed; 3 then".to_owned(),
        ),
    ] {
        let lines = said(&Change::Scale { replicas: then }, web(4), budget(&spec, healthy, 4, allowed));
        assert_eq!(lines, [line], "{spec} to {then}");
    }
    assert_eq!(
        said(&Change::Scale { replicas: 9 }, web(4), budget(&json!({}), 4, 4, 1)),
        [""; 0],
        "none goes"
    );
}

#[test]
fn a_rollout_says_how_many_are_left_meanwhile() {
    let no = "a rollout is not held back by it, only evictions are";
    let least = |count: i64| json!({"minAvailable": count});
    let set = |partition: i64| {
        let mut object = web(4);
        object["kind"] = json!("StatefulSet");
        object["spec"]["updateStrategy"] = json!({"rollingUpdate": {"partition": partition}});
        object
    };
    let mut recreated = web(4);
    recreated["spec"]["strategy"] = json!({"type": "Recreate"});
    let head =
        |least: i64| format!("budget web: minAvailable {least}, 4 of 4 healthy now, 1 disruption allowed");
    let fewer = |least: i64, then: i64| {
        vec![format!("! {}; at least {then} meanwhile, fewer than the {least} it wants: {no}", head(least))]
    };
    for (object, wants, lines) in [
        (web(4), 3, vec![format!("{}; at least 3 meanwhile", head(3))]),
        (web(4), 4, fewer(4, 3)),
        (recreated, 1, fewer(1, 0)),
        (set(0), 3, vec![format!("{}; at least 3 meanwhile", head(3))]),
        (set(0), 4, fewer(4, 3)),
        (set(4), 4, Vec::new()),
    ] {
        assert_eq!(
            said(&restart(0), object.clone(), budget(&least(wants), 4, 4, 1)),
            lines,
            "{wants}: {object}"
        );
    }
}

#[test]
fn what_is_not_selected_or_not_counted_is_not_made_up() {
    let mut other = budget(&json!({}), 4, 4, 1);
    other["spec"]["selector"] = json!({"matchLabels": {"app": "other"}});
    assert_eq!(said(&restart(0), web(4), other.clone()), [""; 0]);
    other["spec"]["selector"] = json!({});
    assert_eq!(said(&restart(0), web(4), other.clone()).len(), 1, "an empty selector selects everything");
    other["spec"]["selector"] = Value::Null;
    assert_eq!(said(&restart(0), web(4), other), [""; 0], "none selects nothing");
    let mut young = budget(&json!({"minAvailable": 2}), 4, 4, 1);
    young["status"] = json!({});
    let line = "budget web: minAvailable 2: its pods are not counted yet";
    assert_eq!(said(&Change::Scale { replicas: 1 }, web(4), young), [line]);
}
