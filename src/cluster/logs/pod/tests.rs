//! Pods as a reader of logs sees them.

use serde_json::{Value, json};

use super::*;

fn status(policy: &str, status: &Value) -> Status {
    let pod = json!({"metadata": {"uid": "u", "name": "p", "namespace": "n"}, "spec": {"restartPolicy": policy, "containers": [{"name": "c"}]},
        "status": {"containerStatuses": [status]}});
    let list = json!({"metadata": {"resourceVersion": "7"}, "items": [pod]}).to_string();
    page(list.as_bytes()).unwrap().pods.remove(0).containers.remove(0).status
}

fn ended(id: &str, code: i64, reason: &str) -> Value {
    json!({"terminated": {"containerID": id, "exitCode": code, "reason": reason, "startedAt": "2026-11-21T01:00:00Z"}})
}

#[test]
fn runs_are_those_whose_log_the_kubelet_gives() {
    let running = json!({"name": "c", "containerID": "b", "restartCount": 1, "state": {"running": {"startedAt": "2026-11-21T01:00:00Z"}},
        "lastState": ended("a", 137, "OOMKilled")});
    let found = status("Always", &running);
    let run = |id: &str, how: Option<&str>| {
        Some(Run { id: id.into(), started: Some(1_795_222_800), ended: how.map(Box::from) })
    };
    assert_eq!((found.current, found.previous), (run("b", None), run("a", Some("OOMKilled, exit code 137"))));
    let waits = json!({"name": "c", "containerID": "a", "restartCount": 1,
        "state": {"waiting": {"reason": "CrashLoopBackOff", "message": "back-off 10s"}}, "lastState": ended("a", 1, "Error")});
    let found = status("Always", &waits);
    assert_eq!(found.current, run("a", Some("Error, exit code 1")));
    assert_eq!((found.waits.as_deref(), found.over), (Some("CrashLoopBackOff: back-off 10s"), false));
    // A run that never began has no log; the one before it has.
    let failed = json!({"name": "c", "restartCount": 1, "state": ended("", 128, "StartError"), "lastState": ended("a", 0, "Completed")});
    assert_eq!(status("Always", &failed).current, run("a", Some("Completed")));
    // Without an id the number of restarts tells runs apart.
    let nameless = json!({"name": "c", "restartCount": 3, "state": {"running": {}}, "lastState": {"terminated": {"exitCode": 0, "signal": 9}}});
    let found = status("Always", &nameless);
    assert_eq!((&*found.current.unwrap().id, &*found.previous.as_ref().unwrap().id), ("#3", "#2"));
    assert_eq!(found.previous.unwrap().ended.as_deref(), Some("signal 9"));
}

#[test]
fn what_has_ended_for_good_is_over() {
    for (policy, code, over) in [
        ("Always", 0, false),
        ("Always", 1, false),
        ("OnFailure", 0, true),
        ("OnFailure", 1, false),
        ("Never", 0, true),
        ("Never", 1, true),
    ] {
        let status = status(policy, &json!({"name": "c", "state": ended("a", code, "Completed")}));
        assert_eq!(status.over, over, "{policy} {code}");
    }
    let pod = json!({"metadata": {"uid": "u", "name": "p", "deletionTimestamp": "2026-11-21T01:00:00Z"},
        "spec": {"initContainers": [{"name": "i"}, {"name": "s", "restartPolicy": "Always"}], "containers": [{"name": "c"}],
            "ephemeralContainers": [{"name": "e"}]},
        "status": {"initContainerStatuses": [{"name": "i", "state": ended("i", 0, "Completed")}, {"name": "s", "state": ended("s", 0, "Completed")}]}});
    let (Told::Gone(pod), version) =
        event(json!({"type": "DELETED", "object": pod}).to_string().as_bytes()).unwrap()
    else {
        panic!()
    };
    assert_eq!(version, None);
    let seen: Vec<(&str, bool, bool)> =
        pod.containers.iter().map(|found| (&*found.name, found.main, found.status.over)).collect();
    assert_eq!(seen, [("i", false, true), ("s", false, true), ("c", true, false), ("e", false, false)]);
}

#[test]
fn odd_answers_are_no_pods_and_take_no_other_with_them() {
    let list = r#"{"metadata":{"resourceVersion":"7","continue":"x"},"items":[5,null,"web",[],{"metadata":{}},{"metadata":{"uid":"u","name":"p"},
        "spec":null,"status":{"containerStatuses":null}},{"metadata":{"uid":"v","name":"q"},"spec":{"containers":null},"status":{}}]}"#;
    let page = page(list.as_bytes()).unwrap();
    assert_eq!((page.pods.len(), page.version.as_str(), page.next.as_str()), (1, "7", "x"));
    assert!(super::page(b"<html>").is_err());
    let told =
        |line: &str| event(line.as_bytes()).map(|(told, version)| (matches!(told, Told::Nothing), version));
    assert_eq!(told(r#"{"type":"ADDED","object":5}"#).unwrap(), (true, None));
    assert_eq!(
        told(r#"{"type":"BOOKMARK","object":{"metadata":{"resourceVersion":"9"}}}"#).unwrap(),
        (true, Some("9".to_owned()))
    );
    let (error, _) = event(br#"{"type":"ERROR","object":{"code":410,"reason":"Expired"}}"#).unwrap();
    assert!(matches!(error, Told::Error(410, ..)));
    assert!(event(b"{}").is_err());
}
