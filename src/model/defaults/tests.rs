//! What is folded equals the API's default, and nothing else is folded.

use serde_json::{Value, json};

use super::*;

fn recorded(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

#[test]
fn what_a_real_server_filled_in_is_folded_and_what_was_sent_is_left() {
    let mut deployment = recorded(include_str!("../../../tests/data/real-api/deploy-create.json"));
    assert_eq!(fold(&mut deployment), 15);
    let sent = json!({"replicas": 3, "selector": {"matchLabels": {"app": "web"}}, "template": {
        "metadata": {"labels": {"app": "web", "version": "blue"}},
        "spec": {"containers": [{"name": "web", "image": "web:v1",
            "ports": [{"name": "http", "containerPort": 8080}]}]}}});
    let mut left = deployment["spec"].clone();
    let meta = left["template"]["metadata"].as_object_mut().unwrap();
    meta.remove("creationTimestamp");
    assert_eq!(left["selector"], sent["selector"]);
    assert_eq!(left["template"]["spec"], sent["template"]["spec"]);
    assert_eq!(left["replicas"], 3);
    assert_eq!(left.as_object().unwrap().len(), 3, "{left:#}");
    let mut service = recorded(include_str!("../../../tests/data/real-api/svc-create.json"));
    assert!(fold(&mut service) >= 4);
    assert_eq!(service["spec"]["ports"][0], json!({"port": 80, "targetPort": "http"}));
    assert_eq!(service["spec"]["type"], "ClusterIP", "what it is stays");
    assert!(service["spec"].get("sessionAffinity").is_none());
}

#[test]
fn what_differs_from_its_default_stays() {
    let mut object = json!({"apiVersion": "apps/v1", "kind": "Deployment", "spec": {
        "replicas": 1, "revisionHistoryLimit": 3, "progressDeadlineSeconds": 601,
        "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": "25%", "maxUnavailable": 0}},
        "template": {"spec": {"dnsPolicy": "Default", "restartPolicy": "Always", "securityContext": {"runAsUser": 1},
            "serviceAccountName": "a", "serviceAccount": "b",
            "containers": [{"image": "web:v1", "imagePullPolicy": "Always", "terminationMessagePath": "/x",
                "resources": {"limits": {"cpu": "1"}}, "ports": [{"protocol": "UDP"}, {"protocol": "TCP"}],
                "livenessProbe": {"periodSeconds": 5, "timeoutSeconds": 1, "httpGet": {"path": "/a", "scheme": "HTTP"}}}]}}}});
    assert_eq!(fold(&mut object), 6);
    let left = json!({"replicas": 1, "revisionHistoryLimit": 3, "progressDeadlineSeconds": 601,
        "strategy": {"rollingUpdate": {"maxUnavailable": 0}},
        "template": {"spec": {"dnsPolicy": "Default", "securityContext": {"runAsUser": 1},
            "serviceAccountName": "a", "serviceAccount": "b",
            "containers": [{"image": "web:v1", "imagePullPolicy": "Always", "terminationMessagePath": "/x",
                "resources": {"limits": {"cpu": "1"}}, "ports": [{"protocol": "UDP"}, {}],
                "livenessProbe": {"periodSeconds": 5, "httpGet": {"path": "/a"}}}]}}});
    assert_eq!(object["spec"], left);
    let mut recreate =
        json!({"apiVersion": "apps/v1", "kind": "Deployment", "spec": {"strategy": {"type": "Recreate"}}});
    assert_eq!((fold(&mut recreate), &recreate["spec"]["strategy"]["type"]), (0, &json!("Recreate")));
}

#[test]
fn the_pull_policy_follows_from_the_tag() {
    for (image, policy) in [
        ("web", "Always"),
        ("web:latest", "Always"),
        ("host:5000/web", "Always"),
        ("host:5000/web:v1", "IfNotPresent"),
        ("web@sha256:1", "IfNotPresent"),
        ("web:latest@sha256:1", "Always"),
    ] {
        assert_eq!(pull_policy(image), policy, "{image}");
    }
}

#[test]
fn a_namesake_of_another_group_keeps_everything() {
    let mut other =
        json!({"apiVersion": "example.com/v1", "kind": "Deployment", "spec": {"revisionHistoryLimit": 10}});
    let before = other.clone();
    assert_eq!((fold(&mut other), other), (0, before));
}

#[test]
fn an_object_that_was_written_empty_stays() {
    let mut object = json!({"apiVersion": "v1", "kind": "Pod", "spec": {"volumes": [{"name": "a", "emptyDir": {}}],
        "containers": [{"image": "a:1", "securityContext": {}, "resources": {}}]}});
    assert_eq!(fold(&mut object), 1);
    let left = json!({"volumes": [{"name": "a", "emptyDir": {}}], "containers": [{"image": "a:1", "securityContext": {}}]});
    assert_eq!(object["spec"], left);
}

#[test]
fn every_shape_stands_somewhere_and_every_rule_has_its_source() {
    for (at, (shape, path, default, source)) in RULES.iter().enumerate() {
        assert!(PLACES.iter().any(|(.., inner)| inner == shape), "{shape} stands nowhere");
        assert_eq!(source.is_empty(), *default == D::Emptied, "{shape} {path}");
        assert!(
            !RULES[..at].iter().any(|(of, field, ..)| (of, field) == (shape, path)),
            "{shape} {path} twice"
        );
        // What is in an object is folded before the object is looked at.
        let inside = format!("{path}/");
        let later = RULES[at + 1..].iter().any(|(of, field, ..)| of == shape && field.starts_with(&inside));
        assert!(!(*default == D::Emptied && later), "{shape} {path} is too early");
    }
}
