//! The table: a world, the object that is asked for, the conclusion, and steps that must be there.

mod others;
mod pods;
mod services;
mod workloads;

use serde_json::{Value, json};

use super::world::{World, deployment, event, merge, node, object, pod, replica_set, times};

/// One row.
pub(super) struct Case {
    pub title: &'static str,
    pub world: World,
    pub kind: &'static str,
    pub name: &'static str,
    pub says: &'static str,
    pub steps: &'static [&'static str],
}

fn case(
    title: &'static str,
    objects: &[Value],
    (kind, name): (&'static str, &'static str),
    says: &'static str,
    steps: &'static [&'static str],
) -> Case {
    Case { title, world: World::new(objects), kind, name, says, steps }
}

fn with(mut object: Value, over: &Value) -> Value {
    merge(&mut object, over);
    object
}

fn runs() -> Value {
    json!({"running": {"startedAt": times(10)}})
}

/// The pod's one container, with more of its status and its spec.
fn container(mut pod: Value, status: &Value, spec: &Value) -> Value {
    merge(&mut pod["status"]["containerStatuses"][0], status);
    merge(&mut pod["spec"]["containers"][0], spec);
    pod
}

fn not_ready(mut pod: Value) -> Value {
    pod["status"]["conditions"][0]["status"] = json!("False");
    pod["status"]["containerStatuses"][0]["ready"] = json!(false);
    pod
}

fn unscheduled(message: &str) -> Value {
    let mut pod = pod("web-1", "web-a", json!({"waiting": {}}));
    pod["status"]["containerStatuses"] = json!([]);
    pod["status"]["conditions"] =
        json!([{"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": message}]);
    pod
}

fn crashed(ended: &Value) -> Value {
    let waits = json!({"waiting": {"reason": "CrashLoopBackOff", "message": "back-off 5m0s"}});
    container(
        pod("web-1", "web-a", waits),
        &json!({"restartCount": 7, "lastState": {"terminated": ended}}),
        &json!({"resources": {"limits": {"memory": "256Mi"}}}),
    )
}

fn service(selector: impl Into<Value>, target: impl Into<Value>) -> Value {
    let (selector, target): (Value, Value) = (selector.into(), target.into());
    object(
        "v1",
        "Service",
        "web",
        &json!({"spec": {"selector": selector, "ports": [{"port": 80, "targetPort": target}]}}),
    )
}

fn slice(of: &str, pods: &[(&str, bool)]) -> Value {
    let endpoints: Vec<Value> = pods
        .iter()
        .map(|(pod, ready)| json!({"conditions": {"ready": ready}, "targetRef": {"uid": format!("uid-{pod}")}}))
        .collect();
    let labels = json!({"metadata": {"labels": {"kubernetes.io/service-name": of}}, "endpoints": endpoints});
    object("discovery.k8s.io/v1", "EndpointSlice", &format!("{of}-x"), &labels)
}

fn ingress(service: &str, port: i64) -> Value {
    object(
        "networking.k8s.io/v1",
        "Ingress",
        "site",
        &json!({"spec": {"rules": [{"host": "shop.example", "http": {"paths": [{"path": "/a",
                "backend": {"service": {"name": service, "port": {"number": port}}}}]}}]},
            "status": {"loadBalancer": {"ingress": [{"ip": "203.0.113.1"}]}}}),
    )
}

fn condition(kind: &str, status: &str, reason: &str, message: &str) -> Value {
    json!([{"type": kind, "status": status, "reason": reason, "message": message, "lastTransitionTime": times(60)}])
}

fn claim(phase: &str, class: &str) -> Value {
    object(
        "v1",
        "PersistentVolumeClaim",
        "data",
        &json!({"spec": {"storageClassName": class}, "status": {"phase": phase}}),
    )
}

fn job(conditions: impl Into<Value>, failed: i64) -> Value {
    let conditions: Value = conditions.into();
    object(
        "batch/v1",
        "Job",
        "import",
        &json!({"spec": {"selector": {"matchLabels": {"job": "import"}}}, "status": {"failed": failed, "conditions": conditions}}),
    )
}

fn of_job(state: Value) -> Value {
    let mut pod = pod("import-1", "import", state);
    pod["metadata"]["labels"] = json!({"job": "import"});
    pod["metadata"]["ownerReferences"][0]["kind"] = json!("Job");
    pod["status"]["phase"] = json!("Failed");
    pod
}

fn quota(used: &str) -> Value {
    object(
        "v1",
        "ResourceQuota",
        "compute",
        &json!({"status": {"hard": {"pods": "10"}, "used": {"pods": used}}}),
    )
}

fn scaler(conditions: impl Into<Value>, current: i64) -> Value {
    let conditions: Value = conditions.into();
    object(
        "autoscaling/v2",
        "HorizontalPodAutoscaler",
        "web",
        &json!({"spec": {"maxReplicas": 4, "scaleTargetRef": {"kind": "Deployment", "name": "web"}},
            "status": {"currentReplicas": current, "conditions": conditions}}),
    )
}

const OOM: &str = r#"{"exitCode": 137, "reason": "OOMKilled", "finishedAt": "2026-11-21T02:00:00Z"}"#;

fn parsed(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

/// All rows.
pub(super) fn all() -> Vec<Case> {
    let mut out = pods::rows();
    out.extend(workloads::rows());
    out.extend(services::rows());
    out.extend(others::rows());
    out
}
