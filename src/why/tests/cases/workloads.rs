//! Deployments and other sets, and what a pod knows of them.

use serde_json::json;

use super::*;

/// The rows.
pub(super) fn rows() -> Vec<Case> {
    let waits = || json!({"waiting": {"reason": "ImagePullBackOff", "message": "not found"}});
    let d = ("Deployment", "web");
    let stuck = with(
        deployment("web", 3, 3),
        &json!({"spec": {"template": {"spec": {"containers": [{"name": "app", "image": "web:2-rc1"}]}}},
            "status": {"updatedReplicas": 1, "conditions": condition("Progressing", "False", "ProgressDeadlineExceeded", "ReplicaSet \"web-b\" has timed out progressing.")}}),
    );
    let mut broken = pod("web-b1", "web-b", waits());
    broken["spec"]["containers"][0]["image"] = json!("registry.example/web:2-rc1");
    let failure = condition(
        "ReplicaFailure",
        "True",
        "FailedCreate",
        "pods \"web-a-x\" is forbidden: exceeded quota: compute, requested: pods=1, used: pods=10, limited: pods=10",
    );
    vec![
        case(
            "well",
            &[deployment("web", 1, 1), pod("web-1", "web-a", runs())],
            d,
            "nothing is wrong with deployment web, as far as was looked",
            &[],
        ),
        case(
            "scaled to 0",
            &[deployment("web", 0, 0)],
            d,
            "nothing is wrong with deployment web, as far as was looked",
            &["it is scaled to 0"],
        ),
        case(
            "a rollout that is stuck",
            &[
                stuck,
                replica_set("web-a", "web", 11, "web:1", 3),
                replica_set("web-b", "web", 12, "web:2-rc1", 0),
                broken,
                pod("web-1", "web-a", runs()),
            ],
            d,
            "deployment web is stuck because image web:2-rc1 does not exist (the registry says: not found); revision 11 works (3 ready)",
            &[
                "Deployment web: Progressing is False: ProgressDeadlineExceeded",
                " ReplicaSet web-b: revision 12: web:1 -> web:2-rc1",
                " ReplicaSet web-a: revision 11 works: 3 of 3 ready",
                "  Pod web-b1: ImagePullBackOff, 0 of 1 containers ready",
            ],
        ),
        case(
            "a quota",
            &[
                deployment("web", 1, 0),
                with(replica_set("web-a", "web", 1, "web:1", 0), &json!({"status": {"conditions": failure}})),
                quota("10"),
            ],
            d,
            "deployment web has none of 1 pods ready because its pods cannot be created: pods \"web-a-x\" is forbidden: exceeded quota: compute, requested: pods=1, used: pods=10, limited: pods=10",
            &[" ResourceQuota compute: pods: 10 of 10 used"],
        ),
        case(
            "paused half-way",
            &[with(
                deployment("web", 3, 3),
                &json!({"spec": {"paused": true}, "status": {"updatedReplicas": 1}}),
            )],
            d,
            "deployment web is paused with 1 of 3 pods updated because it is paused",
            &[],
        ),
        case(
            "well now, and started again and again",
            &[
                deployment("web", 1, 1),
                replica_set("web-a", "web", 1, "web:1", 1),
                container(
                    pod("web-1", "web-a", runs()),
                    &json!({"restartCount": 37, "lastState": {"terminated": parsed(OOM)}}),
                    &json!({}),
                ),
            ],
            d,
            "deployment web works now, but container app was restarted 37 times, last after exit 137 (SIGKILL), OOMKilled: out of memory, and it has no limit of its own",
            &["  Pod web-1: last run of container app"],
        ),
        case(
            "not looked at by its controller",
            &[with(deployment("web", 1, 1), &json!({"metadata": {"generation": 2}}))],
            d,
            "deployment web was not looked at by its controller since it was changed; nothing that was looked at says why",
            &[],
        ),
        case(
            "a set whose pods come one after the other",
            &[
                object(
                    "apps/v1",
                    "StatefulSet",
                    "web",
                    &json!({"spec": {"replicas": 3, "selector": {"matchLabels": {"app": "web"}}}, "status": {"updatedReplicas": 1, "readyReplicas": 0}}),
                ),
                with(
                    pod("web-0", "web", waits()),
                    &json!({"metadata": {"ownerReferences": [{"kind": "StatefulSet", "name": "web", "uid": "uid-web", "controller": true}]}}),
                ),
            ],
            ("StatefulSet", "web"),
            "StatefulSet web has 1 of 3 pods updated and none ready because image web:1 does not exist (the registry says: not found)",
            &["Pod web-0: the pods come one after the other"],
        ),
        case(
            "a pod knows its revision",
            &[
                deployment("web", 1, 0),
                replica_set("web-a", "web", 2, "web:1", 0),
                replica_set("web-0", "web", 1, "web:0", 2),
                pod("web-1", "web-a", waits()),
            ],
            ("Pod", "web-1"),
            "pod web-1 is in ImagePullBackOff because image web:1 does not exist (the registry says: not found); revision 1 works (2 ready)",
            &["ReplicaSet web-a: revision 2: web:0 -> web:1"],
        ),
    ]
}
