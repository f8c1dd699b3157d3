//! kubectl's rule for the state of a rollout (`kubectl rollout status`), for deployments, stateful sets and daemon sets.
//!
//! Source: `polymorphichelpers/rollout_status.go` of kubectl.

use serde_json::Value;

use super::Verdict;
use crate::release::json::{items, number, text};

/// Where the rollout of an object is.
pub fn status(object: &Value) -> Verdict {
    let generation = number(object, "/metadata/generation").unwrap_or_default();
    let observed = number(object, "/status/observedGeneration").unwrap_or_default();
    if generation > observed {
        return Verdict::Going("waiting for the change to be observed".to_owned());
    }
    match text(object, "/kind") {
        "StatefulSet" => stateful_set(object),
        "DaemonSet" => daemon_set(object),
        _ => deployment(object),
    }
}

fn deployment(object: &Value) -> Verdict {
    let status = |field: &str| number(object, &format!("/status/{field}")).unwrap_or_default();
    let failed = items(object, "/status/conditions").iter().find(|condition| {
        text(condition, "/type") == "Progressing" && text(condition, "/reason") == "ProgressDeadlineExceeded"
    });
    if let Some(condition) = failed {
        return Verdict::Failed(format!("exceeded its progress deadline: {}", text(condition, "/message")));
    }
    let wanted = number(object, "/spec/replicas").unwrap_or(1);
    let (updated, replicas, available) =
        (status("updatedReplicas"), status("replicas"), status("availableReplicas"));
    if updated < wanted {
        Verdict::Going(format!("{updated} of {wanted} updated"))
    } else if replicas > updated {
        Verdict::Going(format!("{} old pending termination", replicas - updated))
    } else if available < updated {
        Verdict::Going(format!("{available} of {updated} available"))
    } else {
        Verdict::Done(format!("successfully rolled out, {available} available"))
    }
}

fn stateful_set(object: &Value) -> Verdict {
    if text(object, "/spec/updateStrategy/type") == "OnDelete" {
        return Verdict::Done("OnDelete: pods are updated when they are deleted".to_owned());
    }
    let status = |field: &str| number(object, &format!("/status/{field}")).unwrap_or_default();
    let wanted = number(object, "/spec/replicas").unwrap_or(1);
    let (ready, updated) = (status("readyReplicas"), status("updatedReplicas"));
    if ready < wanted {
        return Verdict::Going(format!("{ready} of {wanted} ready"));
    }
    if let Some(partition) = number(object, "/spec/updateStrategy/rollingUpdate/partition").filter(|p| *p > 0)
    {
        let due = wanted - partition;
        return if updated < due {
            Verdict::Going(format!("partitioned: {updated} of {due} updated"))
        } else {
            Verdict::Done(format!("partitioned rollout complete: {updated} new pods have been updated"))
        };
    }
    if text(object, "/status/updateRevision") == text(object, "/status/currentRevision") {
        Verdict::Done(format!("rolling update complete, {} pods", status("currentReplicas")))
    } else {
        Verdict::Going(format!("{updated} of {wanted} updated"))
    }
}

fn daemon_set(object: &Value) -> Verdict {
    if text(object, "/spec/updateStrategy/type") == "OnDelete" {
        return Verdict::Done("OnDelete: pods are updated when they are deleted".to_owned());
    }
    let status = |field: &str| number(object, &format!("/status/{field}")).unwrap_or_default();
    let (updated, wanted) = (status("updatedNumberScheduled"), status("desiredNumberScheduled"));
    let available = status("numberAvailable");
    if updated < wanted {
        Verdict::Going(format!("{updated} of {wanted} updated"))
    } else if available < wanted {
        Verdict::Going(format!("{available} of {wanted} available"))
    } else {
        Verdict::Done(format!("successfully rolled out, {available} available"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// A deployment: generation, observed, wanted, updated, replicas, available.
    fn web(numbers: [i64; 6]) -> Value {
        let [generation, observed, wanted, updated, replicas, available] = numbers;
        json!({"kind": "Deployment", "metadata": {"generation": generation}, "spec": {"replicas": wanted},
            "status": {"observedGeneration": observed, "updatedReplicas": updated, "replicas": replicas,
                "availableReplicas": available}})
    }

    #[test]
    fn a_deployment_is_judged_as_kubectl_does() {
        for (numbers, verdict) in [
            ([2, 1, 3, 3, 3, 3], Verdict::Going("waiting for the change to be observed".into())),
            ([2, 2, 3, 1, 4, 3], Verdict::Going("1 of 3 updated".into())),
            ([2, 2, 3, 3, 4, 3], Verdict::Going("1 old pending termination".into())),
            ([2, 2, 3, 3, 3, 2], Verdict::Going("2 of 3 available".into())),
            ([2, 2, 3, 3, 3, 3], Verdict::Done("successfully rolled out, 3 available".into())),
        ] {
            assert_eq!(status(&web(numbers)), verdict, "{numbers:?}");
        }
        let mut stuck = web([2, 2, 3, 1, 4, 3]);
        stuck["status"]["conditions"] = json!([{"type": "Progressing", "status": "False",
            "reason": "ProgressDeadlineExceeded", "message": "ReplicaSet \"web-1\" has timed out progressing."}]);
        assert!(matches!(status(&stuck), Verdict::Failed(why) if why.contains("timed out")));
    }

    #[test]
    fn stateful_sets_and_daemon_sets_have_rules_of_their_own() {
        let set = |ready: i64, updated: i64, partition: i64, same: bool| {
            json!({"kind": "StatefulSet", "metadata": {"generation": 1},
                "spec": {"replicas": 3, "updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"partition": partition}}},
                "status": {"observedGeneration": 1, "readyReplicas": ready, "updatedReplicas": updated,
                    "currentRevision": "a", "updateRevision": if same { "a" } else { "b" }}})
        };
        assert!(matches!(status(&set(2, 0, 0, true)), Verdict::Going(words) if words == "2 of 3 ready"));
        assert!(matches!(status(&set(3, 1, 0, false)), Verdict::Going(words) if words == "1 of 3 updated"));
        assert!(matches!(status(&set(3, 3, 0, true)), Verdict::Done(_)));
        assert!(
            matches!(status(&set(3, 0, 2, false)), Verdict::Going(words) if words.starts_with("partitioned"))
        );
        assert!(matches!(status(&set(3, 1, 2, false)), Verdict::Done(_)));
        let daemon = |updated: i64, available: i64| {
            json!({"kind": "DaemonSet", "metadata": {"generation": 1}, "spec": {},
                "status": {"observedGeneration": 1, "desiredNumberScheduled": 5, "updatedNumberScheduled": updated,
                    "numberAvailable": available}})
        };
        assert!(matches!(status(&daemon(2, 5)), Verdict::Going(words) if words == "2 of 5 updated"));
        assert!(matches!(status(&daemon(5, 4)), Verdict::Going(words) if words == "4 of 5 available"));
        assert!(matches!(status(&daemon(5, 5)), Verdict::Done(_)));
    }
}
