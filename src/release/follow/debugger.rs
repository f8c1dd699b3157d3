//! Whether an ephemeral container runs, by what its kubelet says of it.

use serde_json::Value;

use super::Verdict;
use crate::release::json::{items, number, text};

/// What is said of one that runs.
pub fn runs(name: &str) -> String {
    format!("{name} runs")
}

/// Looks at the pod for the container.
pub(super) fn judge(pod: &Value, name: &str) -> Verdict {
    let statuses = items(pod, "/status/ephemeralContainerStatuses");
    let Some(status) = statuses.iter().find(|status| text(status, "/name") == name) else {
        return match text(pod, "/status/phase") {
            phase @ ("Succeeded" | "Failed") => Verdict::Failed(format!("the pod has ended: {phase}")),
            _ => Verdict::Going("waiting for the kubelet".to_owned()),
        };
    };
    if status["state"]["running"].is_object() {
        return Verdict::Done(runs(name));
    }
    if let Some(code) = number(status, "/state/terminated/exitCode") {
        let reason = text(status, "/state/terminated/reason");
        return match code {
            0 => Verdict::Done(format!("{name} ran and has ended")),
            code => {
                Verdict::Failed(format!("{name} ended with exit code {code} {reason}").trim_end().to_owned())
            }
        };
    }
    let (reason, message) = (text(status, "/state/waiting/reason"), text(status, "/state/waiting/message"));
    let words = match (reason, message) {
        ("", _) => "waiting to be started".to_owned(),
        (reason, "") => reason.to_owned(),
        (reason, message) => format!("{reason}: {message}"),
    };
    // What the kubelet will not get right by trying again; it goes on trying, but nobody wants to wait for it.
    if matches!(reason, "ImagePullBackOff" | "InvalidImageName" | "ErrImageNeverPull") {
        Verdict::Failed(format!("{name} cannot be started: {words}"))
    } else {
        Verdict::Going(words)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_kubelet_says_whether_it_runs() {
        let pod = |state: Value| {
            json!({"status": {"phase": "Running", "ephemeralContainerStatuses": [
                {"name": "other", "state": {"running": {}}}, {"name": "d", "state": state}]}})
        };
        for (state, verdict) in [
            (json!({"running": {"startedAt": "x"}}), Verdict::Done("d runs".to_owned())),
            (
                json!({"waiting": {"reason": "ContainerCreating"}}),
                Verdict::Going("ContainerCreating".to_owned()),
            ),
            (json!({}), Verdict::Going("waiting to be started".to_owned())),
            (
                json!({"waiting": {"reason": "ErrImagePull", "message": "not found"}}),
                Verdict::Going("ErrImagePull: not found".to_owned()),
            ),
            (
                json!({"waiting": {"reason": "ImagePullBackOff"}}),
                Verdict::Failed("d cannot be started: ImagePullBackOff".to_owned()),
            ),
            (json!({"terminated": {"exitCode": 0}}), Verdict::Done("d ran and has ended".to_owned())),
            (
                json!({"terminated": {"exitCode": 127, "reason": "ContainerCannotRun"}}),
                Verdict::Failed("d ended with exit code 127 ContainerCannotRun".to_owned()),
            ),
        ] {
            assert_eq!(judge(&pod(state.clone()), "d"), verdict, "{state}");
        }
        let none = json!({"status": {"phase": "Running"}});
        assert_eq!(judge(&none, "d"), Verdict::Going("waiting for the kubelet".to_owned()));
        let ended = json!({"status": {"phase": "Failed"}});
        assert_eq!(judge(&ended, "d"), Verdict::Failed("the pod has ended: Failed".to_owned()));
    }
}
