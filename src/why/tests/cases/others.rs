//! Jobs, claims, autoscalers, budgets, quotas, nodes, and any other kind.

use serde_json::json;

use super::*;

/// The rows.
pub(super) fn rows() -> Vec<Case> {
    let failed =
        |reason: &str| condition("Failed", "True", reason, "Job has reached the specified backoff limit");
    let cron = |suspend: bool| {
        object(
            "batch/v1",
            "CronJob",
            "nightly",
            &json!({"spec": {"schedule": "0 2 * * *", "suspend": suspend}}),
        )
    };
    let of_cron = with(
        job(failed("BackoffLimitExceeded"), 3),
        &json!({"metadata": {"ownerReferences": [{"kind": "CronJob", "name": "nightly", "uid": "uid-nightly", "controller": true}]}}),
    );
    let ended = || of_job(json!({"terminated": {"exitCode": 4, "reason": "Error"}}));
    let class = with(
        object(
            "storage.k8s.io/v1",
            "StorageClass",
            "fast",
            &json!({"provisioner": "x", "volumeBindingMode": "WaitForFirstConsumer"}),
        ),
        &json!({}),
    );
    vec![
        case(
            "job: done",
            &[job(condition("Complete", "True", "", ""), 0)],
            ("Job", "import"),
            "nothing is wrong with job import, as far as was looked",
            &[],
        ),
        case(
            "job: failed",
            &[job(failed("BackoffLimitExceeded"), 3), ended()],
            ("Job", "import"),
            "job import has failed because container app ended with exit 4",
            &["Failed: BackoffLimitExceeded"],
        ),
        case(
            "job: failed, and its pods are gone",
            &[job(failed("DeadlineExceeded"), 3)],
            ("Job", "import"),
            "job import has failed because it ran longer than its deadline",
            &["its pods are gone"],
        ),
        case(
            "cron: suspended",
            &[cron(true)],
            ("CronJob", "nightly"),
            "CronJob nightly starts nothing because it is suspended",
            &[],
        ),
        case(
            "cron: well",
            &[cron(false)],
            ("CronJob", "nightly"),
            "nothing is wrong with CronJob nightly, as far as was looked",
            &[],
        ),
        case(
            "cron: its last job failed",
            &[cron(false), of_cron, ended()],
            ("CronJob", "nightly"),
            "CronJob nightly fails because its last Job import failed: container app ended with exit 4",
            &[],
        ),
        case(
            "claim: bound",
            &[claim("Bound", "fast")],
            ("PersistentVolumeClaim", "data"),
            "nothing is wrong with claim data, as far as was looked",
            &[],
        ),
        case(
            "claim: no class",
            &[claim("Pending", "fast")],
            ("PersistentVolumeClaim", "data"),
            "claim data is Pending because StorageClass fast does not exist",
            &[],
        ),
        case(
            "claim: waits",
            &[claim("Pending", "fast"), class.clone()],
            ("PersistentVolumeClaim", "data"),
            "claim data is Pending perhaps because it waits for a pod that uses it to be scheduled (WaitForFirstConsumer)",
            &[],
        ),
        case(
            "claim: refused",
            &[claim("Pending", "fast"), class, event("data", "ProvisioningFailed", "out of disks", 2)],
            ("PersistentVolumeClaim", "data"),
            "claim data is Pending because ProvisioningFailed: out of disks (and 1 other cause, below)",
            &[],
        ),
        case(
            "autoscaler: no metrics",
            &[
                scaler(condition("ScalingActive", "False", "FailedGetResourceMetric", "no metrics"), 2),
                deployment("web", 2, 2),
            ],
            ("HorizontalPodAutoscaler", "web"),
            "autoscaler web does not scale because FailedGetResourceMetric: no metrics",
            &["Deployment web: it scales this: 2 replicas, 2 ready"],
        ),
        case(
            "autoscaler: at its maximum",
            &[
                scaler(condition("ScalingLimited", "True", "TooManyReplicas", "more"), 4),
                deployment("web", 4, 4),
            ],
            ("HorizontalPodAutoscaler", "web"),
            "autoscaler web is at its maximum because it wants more than its maximum of 4",
            &[],
        ),
        case(
            "autoscaler: no target",
            &[scaler(json!([]), 2)],
            ("HorizontalPodAutoscaler", "web"),
            "autoscaler web does not scale because Deployment web, which it scales, does not exist",
            &[],
        ),
        case(
            "autoscaler: well",
            &[scaler(condition("ScalingLimited", "False", "", ""), 2), deployment("web", 2, 2)],
            ("HorizontalPodAutoscaler", "web"),
            "nothing is wrong with autoscaler web, as far as was looked",
            &[],
        ),
        case(
            "budget",
            &[object(
                "policy/v1",
                "PodDisruptionBudget",
                "web",
                &json!({"status": {"disruptionsAllowed": 0, "currentHealthy": 1, "desiredHealthy": 2, "expectedPods": 3}}),
            )],
            ("PodDisruptionBudget", "web"),
            "budget web lets no pod be disrupted because 1 of 3 pods are healthy, and 2 must be",
            &[],
        ),
        case(
            "quota: full",
            &[quota("10")],
            ("ResourceQuota", "compute"),
            "quota compute is used up because pods: 10 of 10 used (compute)",
            &[],
        ),
        case(
            "quota: room",
            &[quota("9")],
            ("ResourceQuota", "compute"),
            "nothing is wrong with quota compute, as far as was looked",
            &[],
        ),
        case(
            "node: silent",
            &[node("n-4", false)],
            ("Node", "n-4"),
            "node n-4 is not ready because it says: Kubelet stopped posting node status",
            &[],
        ),
        case(
            "node: nobody says how it is",
            &[with(node("n-4", true), &json!({"status": {"conditions": []}}))],
            ("Node", "n-4"),
            "node n-4 is Unknown because it has no Ready condition",
            &["status.conditions has no Ready: nobody says whether it is"],
        ),
        case(
            "node: well",
            &[node("n-4", true)],
            ("Node", "n-4"),
            "nothing is wrong with node n-4, as far as was looked",
            &[],
        ),
        case(
            "node: cordoned",
            &[with(node("n-4", true), &json!({"spec": {"unschedulable": true}}))],
            ("Node", "n-4"),
            "node n-4 takes no new pods because somebody cordoned it",
            &[],
        ),
        case(
            "any other",
            &[object(
                "example.io/v1",
                "Widget",
                "w",
                &json!({"status": {"conditions": condition("Ready", "False", "NoPower", "unplugged")}}),
            )],
            ("Widget", "w"),
            "widget w is not well because Ready is False: NoPower: unplugged",
            &[],
        ),
        case(
            "any other: what a condition means is not known",
            &[object(
                "example.io/v1",
                "Widget",
                "w",
                &json!({"status": {"conditions": condition("Lit", "False", "Day", "")}}),
            )],
            ("Widget", "w"),
            "nothing is wrong with widget w, as far as was looked",
            &["Widget w: Lit is False: Day"],
        ),
    ]
}
