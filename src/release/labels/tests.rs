//! What is typed, what the API takes, and which labels part a pod from its controller.

use serde_json::json;

use super::*;
use crate::release::facts::{Gathered, Query};

fn pair(key: &str, value: Option<&str>) -> (String, Option<String>) {
    (key.to_owned(), value.map(str::to_owned))
}

#[test]
fn labels_are_typed_as_for_kubectl() {
    for (text, read) in [
        ("a=b c- d=", Ok(vec![pair("a", Some("b")), pair("c", None), pair("d", Some(""))])),
        ("  a.b/c=1  ", Ok(vec![pair("a.b/c", Some("1"))])),
        ("a=1 a=2", Ok(vec![pair("a", Some("2"))])),
        ("a", Err("unknown label spec: a")),
        ("-", Err("unknown label spec: -")),
        ("=b", Err("unknown label spec: =b")),
        ("a=b=c", Err("invalid label spec: a=b=c")),
        ("a=1 a-", Err("can not both modify and remove a label in the same command")),
        ("a='b", Err("a quote ' is open")),
        ("a=-x", Err("invalid label value: \"a=-x\": a valid label must be an empty string or consist of")),
    ] {
        match (parse(text, Field::Labels), read) {
            (Ok(read), Ok(wanted)) => assert_eq!(read, wanted, "{text}"),
            (Err(Refusal(said)), Err(why)) => assert!(said.starts_with(why), "{text}: {said}"),
            (read, wanted) => panic!("{text}: {read:?}, not {wanted:?}"),
        }
    }
}

#[test]
fn annotations_take_any_value() {
    let read = parse("note='rolled back by me' url=http://x?a=b gone- Key=x", Field::Annotations).unwrap();
    let wanted = [
        pair("note", Some("rolled back by me")),
        pair("url", Some("http://x?a=b")),
        pair("gone", None),
        pair("Key", Some("x")),
    ];
    assert_eq!(read, wanted);
    assert_eq!(parse("x", Field::Annotations).unwrap_err().0, "invalid annotation format: x");
    let long = format!("a={}", "x".repeat(ANNOTATIONS));
    assert!(parse(&long, Field::Annotations).unwrap_err().0.contains("may not be more than 262144 bytes"));
}

#[test]
fn keys_and_values_are_the_apis() {
    let long = "x".repeat(63);
    for key in
        ["a", "A_b.c-9", "example.com/name", "a-b.c/D", &long, &format!("{}/x", "a.".repeat(126) + "a")]
    {
        assert_eq!(valid_key("metadata.labels", key), Ok(()), "{key}");
    }
    for (key, said) in [
        ("", "name part must be non-empty; name part must consist of"),
        ("-a", "metadata.labels: Invalid value: \"-a\": name part must consist of alphanumeric characters"),
        ("a b", "name part must consist of"),
        ("a/b/c", "a valid label key must consist of"),
        ("/a", "prefix part must be non-empty"),
        ("Example.com/a", "prefix part a lowercase RFC 1123 subdomain must consist of"),
        ("a..b/c", "prefix part a lowercase"),
        (&"x".repeat(64), "name part must be no more than 63 bytes"),
        (&format!("{}/x", "a".repeat(254)), "prefix part must be no more than 253 bytes"),
    ] {
        let refused = valid_key("metadata.labels", key).unwrap_err().0;
        assert!(refused.contains(said), "{key}: {refused}");
    }
    for value in ["", "a", "1.2_3-x", &long] {
        assert_eq!(valid_value("k", value), Ok(()), "{value}");
    }
    for (value, said) in [
        ("a b", "invalid label value: \"k=a b\": a valid label must be an empty string"),
        ("é", "a valid label"),
        (".", "a valid label"),
        (&"x".repeat(64), "must be no more than 63 bytes"),
    ] {
        let refused = valid_value("k", value).unwrap_err().0;
        assert!(refused.contains(said), "{value}: {refused}");
    }
}

/// A pod of a deployment's ReplicaSet with these labels, behind services with these selectors.
fn facts(labels: &Value, selector: &Value, services: &[Value]) -> Facts {
    let pod = json!({"kind": "Pod", "metadata": {"name": "web-1-a", "uid": "p", "labels": labels, "ownerReferences": [
        {"kind": "ReplicaSet", "name": "web-1", "uid": "rs1", "controller": true}]}});
    let set =
        json!({"metadata": {"name": "web-1", "uid": "rs1"}, "spec": {"replicas": 3, "selector": selector}});
    let services = services
        .iter()
        .enumerate()
        .map(|(at, selector)| json!({"metadata": {"name": format!("svc{at}")}, "spec": {"selector": selector}}))
        .collect();
    let lists = vec![
        (Query::all(Resource::REPLICA_SETS), Found::Known(vec![set])),
        (Query::all(Resource::SERVICES), Found::Known(services)),
    ];
    Facts { gathered: Gathered { object: pod, lists, ..Gathered::default() }, ..Facts::default() }
}

#[test]
fn a_pod_leaves_its_controller_and_serves_on_or_not() {
    let labels = || json!({"app": "web", "label": "blue", "pod-template-hash": "1", "note": "x"});
    let selector = || json!({"matchLabels": {"app": "web", "label": "blue", "pod-template-hash": "1"}});
    let by_label = json!({"app": "web", "label": "blue"});
    let by_app = json!({"app": "web"});
    let by_note = json!({"note": "x"});
    for (services, keep, gone) in [
        (vec![by_label.clone()], true, vec!["pod-template-hash"]),
        (vec![by_app.clone()], true, vec!["label", "pod-template-hash"]),
        (vec![], true, vec!["app", "label", "pod-template-hash"]),
        (vec![by_label.clone()], false, vec!["app", "label", "pod-template-hash"]),
        (vec![by_note.clone()], false, vec!["app", "label", "pod-template-hash", "note"]),
        (vec![json!({"app": "other"})], true, vec!["app", "label", "pod-template-hash"]),
    ] {
        let facts = facts(&labels(), &selector(), &services);
        let keys = orphan(&facts, keep).unwrap();
        let wanted: Keys = gone.iter().map(|key| pair(key, None)).collect();
        assert_eq!(keys, wanted, "{services:?} {keep}");
        let then = after(&facts.gathered.object, &keys);
        assert!(adopters(&facts, &then).is_empty(), "it has left");
        for service in &services {
            let now = pod::labels(&facts.gathered.object);
            let selector = texts(service, "");
            let serves = service_selects(&selector, &then);
            assert_eq!(serves, keep && service_selects(&selector, &now), "{service} {keep}");
        }
    }
}

#[test]
fn what_cannot_be_parted_is_said() {
    let plain = json!({"matchLabels": {"app": "web"}});
    let stuck = facts(&json!({"app": "web"}), &plain, &[json!({"app": "web"})]);
    let refused = orphan(&stuck, true).unwrap_err().0;
    assert!(
        refused.contains("every label that ReplicaSet web-1 asks for is asked for by service svc0 too"),
        "{refused}"
    );
    assert_eq!(orphan(&stuck, false), Ok(vec![pair("app", None)]));
    let mut alone = stuck.clone();
    alone.gathered.object["metadata"]["ownerReferences"] = json!([]);
    assert_eq!(orphan(&alone, true).unwrap_err().0, "pod/web-1-a has no controller already");
    let mut unseen = stuck;
    unseen.gathered.lists.clear();
    assert!(orphan(&unseen, true).unwrap_err().0.contains("ReplicaSet web-1 was not found"));
}

#[test]
fn a_set_that_goes_takes_no_pod() {
    let mut facts = facts(&json!({"app": "web"}), &json!({"matchLabels": {"app": "web"}}), &[]);
    let labels = pod::labels(&facts.gathered.object);
    assert_eq!(adopters(&facts, &labels).len(), 1);
    if let Found::Known(sets) = &mut facts.gathered.lists[0].1 {
        sets[0]["metadata"]["deletionTimestamp"] = json!("2026-01-01T00:00:00Z");
    }
    assert!(adopters(&facts, &labels).is_empty());
}
