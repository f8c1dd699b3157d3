//! Ports and members of slices.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::*;

fn pod(name: &str, ports: &[(&str, i64)], ready: bool) -> PodView {
    PodView {
        name: name.to_owned(),
        uid: name.to_owned(),
        ip: "10.0.0.1".to_owned(),
        phase: "Running".to_owned(),
        labels: Arc::new(BTreeMap::from([("app".to_owned(), "web".to_owned())])),
        ports: ports.iter().map(|(n, p)| ((*n).to_owned(), *p)).collect(),
        ready,
        ..PodView::default()
    }
}

fn service(target: &Value) -> Value {
    json!({
        "metadata": {"name": "web", "namespace": "shop", "uid": "s"},
        "spec": {"selector": {"app": "web"}, "ports": [{"name": "http", "port": 80, "targetPort": target}]},
    })
}

#[test]
fn named_ports_are_resolved_pod_by_pod() {
    let old = pod("a", &[("http", 8080)], true);
    let new = pod("b", &[("http", 9090)], true);
    let none = pod("c", &[("web", 8080)], true);
    let now = Timestamp::from_second(0).unwrap();
    let decision = reconcile(&service(&json!("http")), &[old, new, none], None, &[], &mut Dice::new(1), now);
    let slices: Vec<&Value> = decision
        .writes
        .iter()
        .filter_map(|w| match w {
            Write::Create(r, v) if *r == ENDPOINTSLICES => Some(v),
            _ => None,
        })
        .collect();
    let ports: Vec<&Value> = slices.iter().map(|s| &s["ports"]).collect();
    assert_eq!(ports[0][0]["port"], 8080);
    assert_eq!(ports[1][0]["port"], 9090);
    assert_eq!(*ports[2], json!([]), "it matches and serves nothing");
    let endpoints = decision.writes.iter().find_map(|w| match w {
        Write::Create(r, v) if *r == ENDPOINTS => Some(v),
        _ => None,
    });
    assert_eq!(endpoints.unwrap()["subsets"].as_array().unwrap().len(), 2);
}

#[test]
fn target_ports_may_be_numbers_or_absent() {
    let web = pod("a", &[("http", 8080)], true);
    for (target, expected) in [(json!(7000), 7000), (Value::Null, 80), (json!("http"), 8080)] {
        let mut service = service(&target);
        if target.is_null() {
            service["spec"]["ports"][0].as_object_mut().unwrap().remove("targetPort");
        }
        assert_eq!(ports_of(&service, &web), [("http".to_owned(), "TCP".to_owned(), expected)], "{target}");
    }
}

#[test]
fn a_service_without_selector_is_left_alone() {
    let mut service = service(&json!("http"));
    service["spec"]["selector"] = json!({});
    let now = Timestamp::from_second(0).unwrap();
    let decision = reconcile(&service, &[pod("a", &[], true)], None, &[], &mut Dice::new(1), now);
    assert_eq!(decision, Decision::rest());
}
