//! The plan of an ephemeral container: what it says, and what it refuses.

use super::*;

fn pod(extra: &Value) -> Facts {
    let mut object = json!({"kind": "Pod", "metadata": {"name": "web-1", "uid": UID, "resourceVersion": "5"},
        "spec": {"containers": [{"name": "web", "image": "web:1"}, {"name": "proxy", "image": "envoy:1"}]},
        "status": {"phase": "Running"}});
    for (pointer, value) in extra.as_object().unwrap() {
        let keys: Vec<&str> = pointer.split('.').collect();
        crate::release::json::put(&mut object, &keys, value.clone());
    }
    facts(object)
}

fn debug(shared: &str) -> Change {
    Change::Debug { image: "busybox".to_owned(), target: shared.to_owned(), name: String::new() }
}

#[test]
fn it_says_what_cannot_be_taken_back() {
    let target = target(Resource::PODS, "web-1");
    let made = plan(&debug("web"), &target, &pod(&json!({}))).unwrap();
    let Change::Debug { name, .. } = &made.steps[0].change else { panic!("{made:?}") };
    assert!(name.starts_with("debugger-") && name.len() == 14, "{name}");
    assert_eq!(made.title, "debug pod/web-1");
    assert_eq!(
        made.kubectl,
        [format!("kubectl -n shop debug -it pod/web-1 --image=busybox --target=web -c {name}")]
    );
    assert!(says(&made, &format!("ephemeral: (none) -> {name} (busybox)")), "{:?}", words(&made));
    assert!(says(&made, "! stays: it cannot be changed or taken away again"));
    assert!(says(&made, "! shares: it sees the processes of web, can signal them"));
    assert_eq!(made.steps[0].inverse, None);
    assert_eq!(made.level, Level::Lasting, "no traffic moves, and nothing gives it back");
    let asked = crate::gate::asks(crate::gate::testing::open(), &made);
    assert_eq!(asked, crate::gate::Asks::KeyAfterDryRun, "the dry run is waited for");
    assert_eq!(made.steps[0].goal, crate::release::follow::Goal::Debugging(name.clone()));
    assert_eq!(made.steps[0].request.path, "/api/v1/namespaces/shop/pods/web-1/ephemeralcontainers");
    let bare = plan(&debug(""), &target, &pod(&json!({}))).unwrap();
    assert!(says(&bare, "shares: the pod's network, and no processes"), "{:?}", words(&bare));
    let open = plan(&debug(""), &target, &pod(&json!({"spec.shareProcessNamespace": true}))).unwrap();
    assert!(says(&open, "! shares: the pod's containers share their processes"), "{:?}", words(&open));
}

#[test]
fn a_name_that_is_taken_is_not_given() {
    let target = target(Resource::PODS, "web-1");
    let name = |facts: &Facts| match &plan(&debug("web"), &target, facts).unwrap().steps[0].change {
        Change::Debug { name, .. } => name.clone(),
        other => panic!("{other:?}"),
    };
    let first = name(&pod(&json!({})));
    let second = name(&pod(&json!({"spec.ephemeralContainers": [{"name": first, "image": "busybox"}]})));
    assert_ne!(first, second);
    let again = Change::Debug { image: "x".to_owned(), target: String::new(), name: "web".to_owned() };
    let refused = plan(&again, &target, &pod(&json!({}))).unwrap_err();
    assert_eq!(refused.0, "pod/web-1 has a container web already");
}

#[test]
fn what_would_come_to_nothing_is_refused() {
    for (shared, extra, said) in [
        ("nosuch", json!({}), "has no container nosuch"),
        ("web", json!({"status.phase": "Succeeded"}), "has ended (Succeeded)"),
        ("web", json!({"metadata.deletionTimestamp": "2026-11-21T02:00:00Z"}), "is on its way"),
    ] {
        let refused = plan(&debug(shared), &target(Resource::PODS, "web-1"), &pod(&extra)).unwrap_err();
        assert!(refused.0.contains(said), "{refused}");
    }
}
