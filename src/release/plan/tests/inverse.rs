//! A change and then its inverse give the object back: the requests of both, applied as a server applies them.

use proptest::prelude::*;

use super::*;
use crate::release::testing::send;

type Map = std::collections::BTreeMap<String, String>;

fn map() -> impl Strategy<Value = Map> {
    prop::collection::btree_map("[abc]", "[xyz]", 1..4)
}

fn keys() -> impl Strategy<Value = Vec<(String, Option<String>)>> {
    prop::collection::btree_map("[abcd]", prop::option::of("[xyz]"), 1..4)
        .prop_map(|map| map.into_iter().collect())
}

/// An object without what every write changes, and in which a map that holds nothing is as good as none.
fn content(object: &Value) -> Value {
    let mut object = crate::release::history::plain(object);
    object["metadata"]["resourceVersion"] = Value::Null;
    object
}

/// The inverse of a switch insists on nothing: that is the user's.
fn insisting(change: &Change) -> Change {
    match change.clone() {
        Change::Selector { keys, how, .. } => Change::Selector { keys, how, insist: true },
        change => change,
    }
}

/// Sends a change and then its inverse; `None` when the change is refused. What stood in between, and what came back.
fn there_and_back(change: &Change, target: &Target, before: &Value) -> Option<(Value, Value)> {
    let made = plan(&insisting(change), target, &facts(before.clone())).ok()?;
    let mut now = before.clone();
    send(&mut now, &made.steps[0].request).unwrap();
    let there = now.clone();
    let inverse = made.steps[0].inverse.clone().unwrap();
    let back = plan(&insisting(&inverse), target, &facts(now.clone())).unwrap();
    assert!(send(&mut before.clone(), &back.steps[0].request).is_err(), "bound to what is there then");
    send(&mut now, &back.steps[0].request).unwrap();
    Some((there, now))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn of_a_selector(now in map(), keys in keys(), replace: bool) {
        let before = json!({"kind": "Service", "metadata": {"name": "web", "uid": UID, "resourceVersion": "7"},
            "spec": {"type": "ClusterIP", "selector": now, "ports": [{"port": 80}]}});
        let how = if replace { Merge::Replace } else { Merge::Merge };
        let change = Change::Selector { keys: keys.clone(), how, insist: false };
        let then = crate::release::selector::after(&now, &keys, how);
        match there_and_back(&change, &target(Resource::SERVICES, "web"), &before) {
            Some((there, back)) => {
                prop_assert_eq!(&there["spec"]["selector"], &json!(then));
                prop_assert_eq!(content(&back), content(&before));
            }
            None => prop_assert!(then == now || then.is_empty()),
        }
    }

    #[test]
    fn of_labels_and_annotations(now in map(), keys in keys(), annotations: bool) {
        let (field, change) = if annotations {
            ("annotations", Change::Annotations { keys: keys.clone() })
        } else {
            ("labels", Change::Labels { keys: keys.clone() })
        };
        let before = json!({"kind": "Pod", "metadata": {"name": "p", "uid": UID, "resourceVersion": "7", field: now}});
        let then = crate::release::labelled::with(&now, &keys);
        match there_and_back(&change, &target(Resource::PODS, "p"), &before) {
            Some((there, back)) => {
                prop_assert_eq!(&there["metadata"][field], &json!(then));
                prop_assert_eq!(content(&back), content(&before));
            }
            None => prop_assert_eq!(then, now),
        }
    }

    /// Who selects a pod after a change of its labels is who the plan says that it leaves and joins.
    #[test]
    fn what_a_label_does_is_what_selecting_gives(now in map(), keys in keys(), selectors in prop::collection::vec(map(), 0..5)) {
        let object = json!({"kind": "Pod", "metadata": {"name": "p", "uid": UID, "resourceVersion": "7", "labels": now},
            "status": {"phase": "Running", "podIP": "10.0.0.1", "conditions": [{"type": "Ready", "status": "True"}]}});
        let mut facts = facts(object.clone());
        facts.around.services = Some(selectors.iter().enumerate().map(|(at, selector)| ServiceFact {
            name: format!("s{at}"), selector: selector.clone().into_iter().collect(), ready: 3, total: 3,
        }).collect());
        let Ok(made) = plan(&Change::Labels { keys }, &target(Resource::PODS, "p"), &facts) else { return Ok(()) };
        let mut then = object;
        send(&mut then, &made.steps[0].request).unwrap();
        let then: Map = crate::release::json::texts(&then, "/metadata/labels");
        for (at, selector) in selectors.iter().enumerate() {
            let on = |labels: &Map| selector.iter().all(|(key, value)| labels.get(key) == Some(value));
            prop_assert_eq!(says(&made, &format!("! service s{at}: it leaves")), on(&now) && !on(&then));
            prop_assert_eq!(says(&made, &format!("! service s{at}: it joins")), !on(&now) && on(&then));
        }
    }
}

#[test]
fn a_selector_comes_back_exactly_whatever_was_added_meanwhile() {
    let service = |selector: Value| json!({"kind": "Service", "metadata": {"name": "web", "uid": UID, "resourceVersion": "7"}, "spec": {"selector": selector}});
    let before = service(json!({"app": "web", "label": "blue"}));
    let change = Change::Selector {
        keys: vec![("label".to_owned(), Some("green".to_owned()))],
        how: Merge::Merge,
        insist: true,
    };
    let at = target(Resource::SERVICES, "web");
    let inverse = plan(&change, &at, &facts(before.clone())).unwrap().steps.remove(0).inverse.unwrap();
    let mut now = service(json!({"app": "web", "label": "green", "extra": "x"}));
    let back = plan(&insisting(&inverse), &at, &facts(now.clone())).unwrap();
    send(&mut now, &back.steps[0].request).unwrap();
    assert_eq!(now["spec"], before["spec"]);
}
