//! What becomes of a pod, looked at whenever the kubelet asks to look.

use super::*;

fn pod(image: &str, policy: &str) -> Value {
    json!({
        "metadata": {"name": "web-1", "namespace": "shop", "uid": "3f1c", "generation": 1},
        "spec": {
            "nodeName": "node-2", "restartPolicy": policy,
            "containers": [{"name": "web", "image": image, "readinessProbe": {}}],
        },
        "status": {"phase": "Pending"},
    })
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_000_000 + second).unwrap()
}

/// Lets the kubelet look whenever it wants to; gives what it wrote, as `second: phase/state`.
fn play(pod: &mut Value, until: i64) -> Vec<String> {
    let mut lines = Vec::new();
    let mut now = at(0);
    while now <= at(until) {
        let decision = reconcile(pod, false, now);
        for write in &decision.writes {
            if let Write::Update(_, after) = write {
                *pod = after.clone();
                let status = &pod["status"]["containerStatuses"][0];
                let state = status["state"].as_object().unwrap().iter().next().unwrap();
                let reason = state.1["reason"].as_str().unwrap_or(state.0);
                let ready = if truth(status, "/ready") { " ready" } else { "" };
                lines.push(format!("{} {reason}{ready}", text(pod, "/status/phase")));
            }
        }
        let Some(next) = decision.again else { break };
        assert!(next > now, "it must not ask to look again at once");
        now = next;
    }
    lines
}

#[test]
fn a_container_is_made_runs_and_becomes_ready() {
    let mut pod = pod("web:v1", "Always");
    assert_eq!(play(&mut pod, 60), ["Pending ContainerCreating", "Running running", "Running running ready"]);
    assert!(text(&pod, "/status/podIP").starts_with("10.244.2."));
    assert_eq!(reconcile(&pod, false, at(100)), Decision::rest());
}

#[test]
fn fates_show_in_states() {
    for (image, policy, until, expected) in [
        (
            "web:bad",
            "Always",
            12,
            vec![
                "Pending ContainerCreating",
                "Pending ErrImagePull",
                "Pending ImagePullBackOff",
                "Pending ErrImagePull",
            ],
        ),
        (
            "web:crash",
            "Always",
            11,
            vec![
                "Pending ContainerCreating",
                "Running running",
                "Running running ready",
                "Running Error",
                "Running running",
                "Running running ready",
                "Running Error",
                "Running CrashLoopBackOff",
            ],
        ),
        (
            "etl:1",
            "Never",
            60,
            vec![
                "Pending ContainerCreating",
                "Running running",
                "Running running ready",
                "Succeeded Completed",
            ],
        ),
        (
            "etl:oom",
            "Never",
            60,
            vec!["Pending ContainerCreating", "Running running", "Running running ready", "Failed OOMKilled"],
        ),
        ("web:unready", "Always", 60, vec!["Pending ContainerCreating", "Running running"]),
    ] {
        assert_eq!(play(&mut pod(image, policy), until), expected, "{image}");
    }
}

#[test]
fn init_containers_come_first() {
    let mut pod = pod("web:v1", "Always");
    pod["spec"]["initContainers"] = json!([{"name": "migrate", "image": "migrate:1"}]);
    let lines = play(&mut pod, 60);
    assert_eq!(lines.first().unwrap(), "Pending PodInitializing");
    assert_eq!(lines.last().unwrap(), "Running running ready");
    assert_eq!(number(&pod, "/status/initContainerStatuses/0/state/terminated/exitCode"), Some(0));
}

#[test]
fn a_deleted_pod_stops_within_its_grace() {
    let mut pod = pod("web:v1", "Always");
    play(&mut pod, 60);
    pod["metadata"]["deletionTimestamp"] = json!(super::super::super::clock::seconds(at(130)));
    pod["metadata"]["deletionGracePeriodSeconds"] = json!(30);
    let first = reconcile(&pod, true, at(100));
    assert!(matches!(&first.writes[..], [Write::Tell(note)] if note.reason == "Killing"), "{first:?}");
    let due = first.again.unwrap();
    assert!(due > at(100) && due <= at(103));
    assert!(matches!(&reconcile(&pod, false, due).writes[..], [Write::Remove(..)]));
}

#[test]
fn a_container_that_joins_is_started_once() {
    let mut pod = pod("web:v1", "Always");
    play(&mut pod, 60);
    pod["metadata"]["annotations"] = json!({behaviour::ANNOTATION: "oom:1"});
    pod["spec"]["ephemeralContainers"] =
        json!([{"name": "debugger-1", "image": "busybox"}, {"name": "debugger-2", "image": "busybox:nope"}]);
    let decision = reconcile(&pod, false, at(61));
    let Write::Update(_, mut after) = decision.writes[0].clone() else { panic!("{decision:?}") };
    let state = |pod: &Value, at: usize| pod["status"]["ephemeralContainerStatuses"][at]["state"].clone();
    assert!(state(&after, 0)["running"].is_object(), "{after}");
    assert!(!truth(&after, "/status/ephemeralContainerStatuses/0/ready"), "it is counted by nothing");
    assert_eq!(state(&after, 1)["waiting"]["reason"], "ImagePullBackOff");
    status::end(&mut after["status"]["ephemeralContainerStatuses"][0], 1, at(62));
    let decision = reconcile(&after, false, at(99));
    let ended =
        |write: &Write| matches!(write, Write::Update(_, pod) if state(pod, 0)["running"].is_object());
    assert!(!decision.writes.iter().any(ended), "it is not started again: {decision:?}");
}
