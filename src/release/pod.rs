//! A pod as the API has it, read the way its controllers read it: whether it serves, who made it, what it runs.

use std::collections::BTreeMap;

use serde_json::Value;

use super::history::images;
use super::json::{flag, items, text, texts};

/// A label that `StatefulSets` and `DaemonSets` put on their pods: which of their revisions it is of.
const REVISION_HASH: &str = "controller-revision-hash";

/// A reference to the object that keeps another one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owner {
    /// Its kind.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// Its UID.
    pub uid: String,
}

/// `ReplicaSet web-7d9`.
impl std::fmt::Display for Owner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.kind, self.name)
    }
}

/// The object that controls another one (`metav1.GetControllerOf`).
pub fn controller(object: &Value) -> Option<Owner> {
    let all = items(object, "/metadata/ownerReferences");
    all.iter().find(|reference| flag(reference, "/controller")).map(|reference| Owner {
        kind: text(reference, "/kind").to_owned(),
        name: text(reference, "/name").to_owned(),
        uid: text(reference, "/uid").to_owned(),
    })
}

/// Whether a condition of an object's status is `True`.
pub fn condition(object: &Value, kind: &str) -> bool {
    items(object, "/status/conditions")
        .iter()
        .any(|condition| text(condition, "/type") == kind && text(condition, "/status") == "True")
}

/// Whether it is being ended.
pub fn terminating(object: &Value) -> bool {
    !text(object, "/metadata/deletionTimestamp").is_empty()
}

/// Whether it has an endpoint at all (`endpointslice/util/controller_utils.go`, `ShouldPodBeInEndpoints`): not when it has
/// run to its end, and not before it has an address.
pub fn has_endpoint(pod: &Value) -> bool {
    let over = matches!(text(pod, "/status/phase"), "Succeeded" | "Failed");
    let addressed = !text(pod, "/status/podIP").is_empty() || !items(pod, "/status/podIPs").is_empty();
    !over && addressed
}

/// Whether its endpoint is ready (`endpointslice/utils.go`, `podToEndpoint`): the pod is ready and is not being ended, or the
/// service publishes addresses that are not.
pub fn is_ready(pod: &Value, publish_not_ready: bool) -> bool {
    has_endpoint(pod) && (publish_not_ready || (condition(pod, "Ready") && !terminating(pod)))
}

/// What keeps it from being ready, in one word; `ready` when nothing does.
pub fn state(pod: &Value) -> String {
    if terminating(pod) {
        return "Terminating".to_owned();
    }
    let waits = ["initContainerStatuses", "containerStatuses"]
        .iter()
        .flat_map(|list| items(pod, &format!("/status/{list}")))
        .filter(|status| !flag(status, "/ready"))
        .find_map(|status| {
            let waiting = text(status, "/state/waiting/reason");
            let ended = text(status, "/state/terminated/reason");
            [waiting, ended].into_iter().find(|word| !matches!(*word, "" | "Completed" | "PodInitializing"))
        });
    match (waits, text(pod, "/status/phase")) {
        (Some(reason), _) => reason.to_owned(),
        (None, _) if condition(pod, "Ready") => "ready".to_owned(),
        (None, "Running") => "not ready".to_owned(),
        (None, "") => "Pending".to_owned(),
        (None, phase) => phase.to_owned(),
    }
}

/// Unix time of its making; 0 when it is not known.
pub fn created(object: &Value) -> i64 {
    let time = text(object, "/metadata/creationTimestamp").parse::<jiff::Timestamp>();
    time.map(jiff::Timestamp::as_second).unwrap_or_default()
}

/// Its labels.
pub fn labels(object: &Value) -> BTreeMap<String, String> {
    texts(object, "/metadata/labels")
}

/// Containers with their images, init containers last.
pub fn containers(pod: &Value) -> Vec<(String, String)> {
    images(pod)
}

/// The revision of its workload that it is of: the number of its ReplicaSet (`deployment.kubernetes.io/revision`), or the hash
/// that its StatefulSet or DaemonSet gave it.
pub fn revision(pod: &Value, replica_sets: &[Value]) -> Option<String> {
    let owner = controller(pod)?;
    let set = replica_sets.iter().find(|set| super::json::uid(set) == owner.uid);
    let number = set.and_then(|set| texts(set, "/metadata/annotations").remove(super::history::REVISION));
    number.or_else(|| labels(pod).remove(REVISION_HASH).map(|hash| short(&hash)))
}

/// `web-5d4f8c` is `5d4f8c`: a StatefulSet writes its name before the hash.
fn short(hash: &str) -> String {
    hash.rsplit('-').next().unwrap_or(hash).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn endpoints_are_ready_as_the_controller_says() {
        let pod = |phase: &str, ready: &str, ip: &str, ends: bool| {
            let mut pod = json!({"metadata": {}, "status": {"phase": phase, "podIP": ip,
                "conditions": [{"type": "Ready", "status": ready}]}});
            if ends {
                pod["metadata"]["deletionTimestamp"] = json!("2026-01-01T00:00:00Z");
            }
            pod
        };
        for (pod, ready, published) in [
            (pod("Running", "True", "10.0.0.1", false), true, true),
            (pod("Running", "False", "10.0.0.1", false), false, true),
            (pod("Running", "True", "10.0.0.1", true), false, true),
            (pod("Running", "True", "", false), false, false),
            (pod("Succeeded", "True", "10.0.0.1", false), false, false),
            (json!({}), false, false),
        ] {
            assert_eq!((is_ready(&pod, false), is_ready(&pod, true)), (ready, published), "{pod}");
        }
    }

    #[test]
    fn states_are_one_word() {
        let waiting = json!({"status": {"phase": "Pending", "containerStatuses": [
            {"ready": false, "state": {"waiting": {"reason": "ImagePullBackOff"}}}]}});
        let running =
            json!({"status": {"phase": "Running", "conditions": [{"type": "Ready", "status": "False"}]}});
        for (pod, word) in [(waiting, "ImagePullBackOff"), (running, "not ready"), (json!({}), "Pending")] {
            assert_eq!(state(&pod), word);
        }
    }

    #[test]
    fn revisions_come_from_the_owner() {
        let owned = |kind: &str, uid: &str, labels: Value| {
            json!({"metadata": {"labels": labels, "ownerReferences": [
                {"kind": "Other", "uid": "x"}, {"kind": kind, "name": "o", "uid": uid, "controller": true}]}})
        };
        let set =
            json!({"metadata": {"uid": "rs1", "annotations": {"deployment.kubernetes.io/revision": "7"}}});
        let hash = json!({"controller-revision-hash": "db-5d4f8c"});
        for (pod, number) in [
            (owned("ReplicaSet", "rs1", json!({})), Some("7")),
            (owned("ReplicaSet", "rs2", json!({})), None),
            (owned("StatefulSet", "ss", hash), Some("5d4f8c")),
            (json!({"metadata": {}}), None),
        ] {
            assert_eq!(revision(&pod, std::slice::from_ref(&set)).as_deref(), number, "{pod}");
        }
    }
}
