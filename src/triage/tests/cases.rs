//! For each rule a cluster in which it finds something, with the words, and one in which it finds nothing though it is near.

use serde_json::{Value, json};

use super::stage::{
    Stage, ago, container, crashing, deployment, ended, imageless, past_deadline, pod, replica_set, settled,
    well,
};
use crate::model::record::Kind;
use crate::triage::Standing;

/// A cluster, and what a rule says of it: the beginning of `subject: reason | helps`; `None`: nothing.
pub(super) struct Case {
    pub rule: &'static str,
    pub says: Option<&'static str>,
    pub stage: fn() -> Stage,
}

macro_rules! cases {
    ($($rule:literal $(says $says:literal)? $(silent $silent:ident)? => $stage:expr;)*) => {
        pub(super) const CASES: &[Case] = &[$(Case {
            rule: $rule,
            says: cases!(@ $($says)? $($silent)?),
            stage: || $stage,
        },)*];
    };
    (@ $says:literal) => { Some($says) };
    (@ $silent:ident) => { None };
}

fn new() -> Stage {
    Stage::new()
}

/// `web` in the middle of a rollout, with its ReplicaSets.
fn web(conditions: Value) -> Stage {
    new()
        .add("Deployment", deployment(3, 2, 1, conditions))
        .add("ReplicaSet", replica_set(10, 0))
        .add("ReplicaSet", replica_set(11, 2))
        .add("ReplicaSet", replica_set(12, 0))
}

fn node(ready: &str, pressure: &str, cordoned: bool) -> Value {
    json!({"metadata": {"name": "n-1"}, "spec": {"unschedulable": cordoned}, "status": {"conditions": [
        {"type": "Ready", "status": ready, "message": "Kubelet stopped posting node status.", "lastTransitionTime": ago(720)},
        {"type": "DiskPressure", "status": pressure, "lastTransitionTime": ago(60)}]}})
}

fn on_every_node(name: &str) -> Value {
    let mut pod = well(name);
    pod["metadata"]["ownerReferences"][0]["kind"] = json!("DaemonSet");
    pod
}

fn service(target: Value) -> Value {
    json!({"metadata": {"name": "web"}, "spec": {"selector": {"app": "web"}, "ports": [{"port": 80, "targetPort": target}]}})
}

fn slice(ready: bool) -> Value {
    json!({"metadata": {"name": "web-1", "labels": {"kubernetes.io/service-name": "web"}}, "addressType": "IPv4",
        "endpoints": [{"addresses": ["10.0.0.1"], "conditions": {"ready": ready}}]})
}

fn ingress() -> Value {
    json!({"metadata": {"name": "shop"}, "spec": {"rules": [{"host": "shop.io", "http": {"paths": [
        {"path": "/", "backend": {"service": {"name": "web"}}}]}}]}})
}

fn job(name: &str, conditions: Value, ended: &str, of_cron_job: bool) -> Value {
    let owner =
        json!([{"kind": "CronJob", "name": "nightly", "uid": "u-CronJob-nightly", "controller": true}]);
    json!({"metadata": {"name": name, "ownerReferences": if of_cron_job { owner } else { json!([]) }}, "spec": {},
        "status": {"failed": 4, "startTime": ago(900), "completionTime": if ended.is_empty() { Value::Null } else { json!(ended) }, "conditions": conditions}})
}

fn failed_job(name: &str, of_cron_job: bool) -> Value {
    let failed = json!([{"type": "Failed", "status": "True", "reason": "BackoffLimitExceeded", "lastTransitionTime": ago(600)}]);
    job(name, failed, "", of_cron_job)
}

/// Runs every hour; ran last, succeeded last so long ago.
fn cron_job(suspended: bool, last: i64, succeeded: i64) -> Value {
    json!({"metadata": {"name": "nightly"}, "spec": {"schedule": "0 * * * *", "suspend": suspended},
        "status": {"lastScheduleTime": ago(last), "lastSuccessfulTime": ago(succeeded)}})
}

fn autoscaler(current: u32, condition: Value) -> Value {
    json!({"metadata": {"name": "web"},
        "spec": {"minReplicas": 2, "maxReplicas": 10, "scaleTargetRef": {"kind": "Deployment", "name": "web"}},
        "status": {"currentReplicas": current, "desiredReplicas": current, "conditions": [condition]}})
}

fn limited(since: i64) -> Value {
    json!({"type": "ScalingLimited", "status": "True", "reason": "TooManyReplicas", "lastTransitionTime": ago(since)})
}

fn unscalable(reason: &str) -> Value {
    json!({"type": "ScalingActive", "status": "False", "reason": reason, "lastTransitionTime": ago(500)})
}

fn budget(allowed: u32, healthy: u32, wished: u32, pods: u32) -> Value {
    json!({"metadata": {"name": "web"}, "spec": {}, "status": {"disruptionsAllowed": allowed,
        "currentHealthy": healthy, "desiredHealthy": wished, "expectedPods": pods}})
}

fn claim(phase: &str, age: i64) -> Value {
    json!({"metadata": {"name": "data", "creationTimestamp": ago(age)}, "spec": {"storageClassName": "fast"},
        "status": {"phase": phase}})
}

fn quota(used: &str) -> Value {
    json!({"metadata": {"name": "compute"}, "spec": {}, "status": {
        "hard": {"pods": "200", "requests.cpu": "10", "services.nodeports": "0"},
        "used": {"pods": "38", "requests.cpu": used, "services.nodeports": "0"}}})
}

fn event(reason: &str, kind: &str, object: &str, uid: &str, seconds: i64) -> Value {
    json!({"metadata": {"name": format!("{reason}-{seconds}")}, "type": kind, "reason": reason, "message": "it happened",
        "involvedObject": {"kind": object, "name": "x", "uid": uid}, "count": 3, "lastTimestamp": ago(seconds)})
}

fn thrown_out(reason: &str) -> Value {
    pod(
        "web-a",
        false,
        900,
        json!({"phase": "Failed", "reason": reason, "message": "The node was low on memory."}),
    )
}

fn terminating(seconds: i64) -> Value {
    let mut pod = well("web-a");
    pod["metadata"]["deletionTimestamp"] = json!(ago(seconds));
    pod
}

fn waiting(reason: &str, message: &str) -> Value {
    pod(
        "web-a",
        false,
        900,
        container(false, 0, json!({"waiting": {"reason": reason, "message": message}}), json!({})),
    )
}

fn pending(condition: &str, status: &str) -> Value {
    pod(
        "web-a",
        false,
        900,
        json!({"phase": "Pending", "conditions": [{"type": "PodScheduled", "status": status,
        "reason": condition, "message": "0/3 nodes are available: 3 Insufficient memory. preemption: none."}]}),
    )
}

/// Runs, is not ready since so long.
fn unready(seconds: i64) -> Value {
    pod("web-a", false, seconds, container(false, 0, json!({"running": {}}), json!({})))
}

/// Runs and is ready; ended before, so long ago, so many times.
fn restarted(restarts: u32, last: Value) -> Value {
    pod("web-a", true, 30, container(true, restarts, json!({"running": {}}), last))
}

/// Its container has just ended, and nothing is said of a next start.
fn fallen(phase: &str, restarts: u32) -> Value {
    let mut status = container(false, restarts, ended(1, "Error", 1), json!({}));
    status["phase"] = json!(phase);
    pod("web-a", false, 1, status)
}

fn stateful_set(ready: u32) -> Value {
    json!({"metadata": {"name": "db", "generation": 1}, "spec": {"replicas": 3}, "status": {"observedGeneration": 1,
        "replicas": 3, "readyReplicas": ready, "updatedReplicas": 3, "currentRevision": "a", "updateRevision": "a"}})
}

fn paused(updated: u32) -> Value {
    let mut it = deployment(3, 3, updated, json!([]));
    it["spec"]["paused"] = json!(true);
    it
}

fn cronjobs() -> Kind {
    Kind::Other(&super::stage::OTHERS[1])
}

cases! {
    "node-not-ready" says "node n-1: NotReady, 1 pod on it | Kubelet stopped posting node status" =>
        new().add("Node", node("Unknown", "False", false)).add("Pod", well("web-a"));
    "node-not-ready" silent no => new().add("Node", node("True", "True", true));
    "node-pressure" says "node n-1: DiskPressure | " => new().add("Node", node("True", "True", false));
    "node-pressure" silent no => new().add("Node", node("True", "False", false));
    "node-cordoned" says "node n-1: cordoned, 1 pod on it | " =>
        new().add("Node", node("True", "False", true)).add("Pod", well("web-a")).add("Pod", on_every_node("agent"));
    "node-cordoned" silent no =>
        new().add("Node", node("True", "False", true)).add("Pod", on_every_node("agent"));

    "rollout-stuck" says "deploy web: rollout stuck | rev 11 worked" => web(past_deadline());
    "rollout-stuck" says "deploy web: rollout stuck: image pay:3 not found | rev 11 worked" =>
        web(past_deadline()).add("Pod", imageless("web-a"));
    "rollout-stuck" says "deploy web: rollout stuck | rev 10 was before" =>
        new().add("Deployment", deployment(3, 2, 1, past_deadline())).add("ReplicaSet", replica_set(10, 0));
    "rollout-stuck" silent no => web(json!([]));
    "rollout-paused" says "deploy web: paused with 1 of 3 pods updated" => new().add("Deployment", paused(1));
    "rollout-paused" silent no => new().add("Deployment", paused(3));
    "workload-down" says "deploy web: none of 3 ready" => new().add("Deployment", deployment(3, 0, 3, settled(120)));
    "workload-down" says "sts db: none of 3 ready" => new().add("StatefulSet", stateful_set(0));
    "workload-down" silent no => new().add("Deployment", deployment(3, 0, 3, settled(10)));
    "workload-short" says "sts db: 2 of 3 ready" => new().add("StatefulSet", stateful_set(2));
    "workload-short" says "deploy web: crash loop, 4 restarts, exit 137 OOMKilled (limit 256Mi); 2 of 3 ready" =>
        new().add("Deployment", deployment(3, 2, 3, settled(120))).add("ReplicaSet", replica_set(12, 3)).add("Pod", crashing("web-a", 4));
    "workload-short" silent no => new().add("StatefulSet", stateful_set(3)).add("Deployment", deployment(3, 2, 1, json!([])));

    "pod-crashes" says "deploy web: crash loop, 14 restarts, exit 137 OOMKilled (limit 256Mi) | rev 11 worked" =>
        web(json!([])).add("Pod", crashing("web-a", 14));
    "pod-crashes" silent no => web(json!([])).add("Pod", restarted(14, ended(1, "Error", 60)));
    "pod-crashes" says "rs web-12: ended and stays so, exit 1 Error" => new().add("Pod", fallen("Failed", 0));
    "pod-crashes" silent no => new().add("Pod", fallen("Running", 0));
    "pod-crashes" silent no => new().add("Pod", fallen("Running", 1));
    "pod-image" says "deploy web: image pay:3 not found | rev 11 worked" => web(json!([])).add("Pod", imageless("web-a"));
    "pod-image" silent no => web(json!([])).add("Pod", waiting("ContainerCreating", ""));
    "pod-cannot-start" says "rs web-12: cannot start: configmap \"web\" not found" =>
        new().add("Pod", waiting("CreateContainerConfigError", "configmap \"web\" not found"));
    "pod-cannot-start" silent no => new().add("Pod", waiting("PodInitializing", ""));
    "pod-unschedulable" says "rs web-12: cannot be scheduled: 0/3 nodes are available: 3 Insufficient memory" =>
        new().add("Pod", pending("Unschedulable", "False"));
    "pod-unschedulable" silent no => new().add("Pod", pending("", "True"));
    "pod-not-ready" says "rs web-12: runs, not ready" => new().add("Pod", unready(301));
    "pod-not-ready" says "rs web-12: not ready: ContainerCreating" => new().add("Pod", waiting("ContainerCreating", ""));
    "pod-not-ready" says "rs web-12: not ready: its node n-1 is not" =>
        new().add("Node", node("Unknown", "False", false)).add("Pod", unready(301));
    "pod-not-ready" silent no => new().add("Pod", unready(299));
    "pod-not-ready" silent no => new().add("Pod", pod("web-a", false, 900, json!({"phase": "Succeeded"})));
    "pod-oom-killed" says "rs web-12: OOMKilled (limit 256Mi), 1 restart" => new().add("Pod", restarted(1, ended(137, "OOMKilled", 60)));
    "pod-oom-killed" silent no => new().add("Pod", restarted(1, ended(137, "OOMKilled", 3_601)));
    "pod-restarts" says "rs web-12: 5 restarts, last exit 1 Error" => new().add("Pod", restarted(5, ended(1, "Error", 60)));
    "pod-restarts" silent no => new().add("Pod", restarted(4, ended(1, "Error", 60)));
    "pod-restarts" silent no => new().add("Pod", restarted(50, ended(1, "Error", 3_601)));
    "pod-terminating" says "rs web-12: terminating on n-1, does not go away" => new().add("Pod", terminating(400));
    "pod-terminating" silent no => new().add("Pod", terminating(200));
    "pod-evicted" says "rs web-12: Evicted: The node was low on memory." => new().add("Pod", thrown_out("Evicted"));
    "pod-evicted" silent no => new().add("Pod", well("web-a"));

    "service-no-match" says "svc web: no ready endpoints: selector app=web matches nothing" => new().add("Service", service(json!(80)));
    "service-no-match" says "svc web: no ready endpoints: deployment web has no pods" =>
        new().add("Service", service(json!(80))).add("Deployment", deployment(3, 0, 0, json!([])));
    "service-no-match" silent no => new().add("Service", service(json!(80))).add("Deployment", deployment(0, 0, 0, json!([])));
    "service-no-match" silent no => new().add("Service", service(json!(80))).standing(Kind::Pod, Standing::Loading);
    "service-no-endpoints" says "svc web: no ready endpoints: 0 of 1 pods ready | see deploy web" =>
        web(json!([])).add("Service", service(json!(80))).add("Pod", unready(60)).add("EndpointSlice", slice(false));
    "service-no-endpoints" silent no =>
        new().add("Service", service(json!(80))).add("Pod", well("web-a")).add("EndpointSlice", slice(true));
    "service-no-endpoints" silent no =>
        new().add("Service", service(json!(80))).add("Pod", unready(60)).standing(Kind::EndpointSlice, Standing::Not("forbidden".to_owned()));
    "service-port" says "svc web: port grpc: no container of its 1 pods has one of that name" =>
        new().add("Service", service(json!("grpc"))).add("Pod", well("web-a")).add("EndpointSlice", slice(true));
    "service-port" silent no =>
        new().add("Service", service(json!("http"))).add("Pod", well("web-a")).add("EndpointSlice", slice(true));
    "ingress-dead" says "ing shop: shop.io/ leads nowhere: there is no service web" => new().add("Ingress", ingress());
    "ingress-dead" says "ing shop: shop.io/ leads nowhere: service web has no ready endpoints" =>
        new().add("Ingress", ingress()).add("Service", service(json!(80))).add("EndpointSlice", slice(false));
    "ingress-dead" silent no => new().add("Ingress", ingress()).add("Service", service(json!(80))).add("EndpointSlice", slice(true));
    "ingress-dead" silent no => new().add("Ingress", ingress()).standing(Kind::Service, Standing::Loading);

    "job-failed" says "job import: failed: too many of its pods did (BackoffLimitExceeded), 4 pods" =>
        new().add("Job", failed_job("import", false));
    "job-failed" says "cj nightly: failed: too many of its pods did (BackoffLimitExceeded), 4 pods" =>
        new().add("CronJob", cron_job(false, 900, 5_000)).add("Job", failed_job("nightly-1", true));
    "job-failed" silent no => new().add("CronJob", cron_job(false, 300, 200)).add("Job", failed_job("nightly-1", true));
    "job-failed" silent no => new().add("Job", job("import", json!([{"type": "Complete", "status": "True"}]), &ago(60), false));
    "cronjob-failed" says "cj nightly: the last run did not succeed" => new().add("CronJob", cron_job(false, 60, 5_000));
    "cronjob-failed" silent no => new().add("CronJob", cron_job(true, 60, 5_000));
    "cronjob-failed" silent no => new().add("CronJob", cron_job(false, 60, 30)).standing(cronjobs(), Standing::Looked);
    "cronjob-missed" says "cj nightly: missed its run" => new().add("CronJob", cron_job(false, 7_300, 7_200));
    "cronjob-missed" silent no => new().add("CronJob", cron_job(false, 3_600, 3_500));

    "autoscaler-blind" says "hpa web: has no metrics (FailedGetResourceMetric) | deployment/web stays at 3" =>
        new().add("HorizontalPodAutoscaler", autoscaler(3, unscalable("FailedGetResourceMetric")));
    "autoscaler-blind" silent no => new().add("HorizontalPodAutoscaler", autoscaler(0, unscalable("ScalingDisabled")));
    "autoscaler-at-maximum" says "hpa web: at its maximum, 10/10, wants more" =>
        new().add("HorizontalPodAutoscaler", autoscaler(10, limited(1_000)));
    "autoscaler-at-maximum" silent no => new().add("HorizontalPodAutoscaler", autoscaler(10, limited(100)));
    "autoscaler-at-maximum" silent no => new().add("HorizontalPodAutoscaler", autoscaler(9, json!({})));
    "budget-blocks" says "pdb web: no pod may be evicted: 2 of 3 healthy, 2 wanted" => new().add("PodDisruptionBudget", budget(0, 2, 2, 3));
    "budget-blocks" says "pdb web: no pod may be evicted: 3 of 3 healthy, 3 wanted | it never lets one go" =>
        new().add("PodDisruptionBudget", budget(0, 3, 3, 3));
    "budget-blocks" silent no => new().add("PodDisruptionBudget", budget(1, 3, 2, 3));
    "budget-blocks" silent no => new().add("PodDisruptionBudget", budget(0, 0, 0, 0));
    "claim-lost" says "pvc data: its volume is gone (Lost)" => new().add("PersistentVolumeClaim", claim("Lost", 60));
    "claim-lost" silent no => new().add("PersistentVolumeClaim", claim("Bound", 60));
    "claim-pending" says "pvc data: has no volume of class fast" => new().add("PersistentVolumeClaim", claim("Pending", 400));
    "claim-pending" says "pvc data: has no volume: it happened" => new().add("PersistentVolumeClaim", claim("Pending", 400))
        .add("Event", event("ProvisioningFailed", "Warning", "PersistentVolumeClaim", "u-PersistentVolumeClaim-data", 60));
    "claim-pending" silent no => new().add("PersistentVolumeClaim", claim("Pending", 400))
        .add("Event", event("WaitForFirstConsumer", "Normal", "PersistentVolumeClaim", "u-PersistentVolumeClaim-data", 60));
    "claim-pending" silent no => new().add("PersistentVolumeClaim", claim("Pending", 200));
    "quota-full" says "quota compute: 96% used: 9600m of 10 requests.cpu" => new().add("ResourceQuota", quota("9600m"));
    "quota-full" silent no => new().add("ResourceQuota", quota("8"));
    "certificate-expired" says "secret web-tls: certificate has expired on 2026-11-27" => new().certificate("web-tls", -60);
    "certificate-expired" silent no => new().certificate("web-tls", 60);
    "certificate-ends" says "secret web-tls: certificate ends in 6 days, 2026-12-03" => new().certificate("web-tls", 6 * 86_400 + 60);
    "certificate-ends" silent no => new().certificate("web-tls", 22 * 86_400);
    "event-warnings" says "event Odd: widget/x: it happened (x3)" => new().add("Event", event("Odd", "Warning", "Widget", "w", 60));
    "event-warnings" silent no => new().add("Event", event("Odd", "Normal", "Widget", "w", 60));
    "event-warnings" silent no => new().add("Event", event("Odd", "Warning", "Widget", "w", 1_801));
    "event-warnings" silent no => web(json!([])).add("Pod", crashing("web-a", 4))
        .add("Event", event("BackOff", "Warning", "Pod", "u-Pod-web-a", 60));
}
