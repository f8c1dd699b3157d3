//! Why something is not as it should be, in few words: the essence of the messages that kubelet, scheduler and
//! controllers write, at most [`LONGEST`] characters. Empty when there is nothing to say.

use std::borrow::Cow;

use super::wire::{self, Condition, ContainerStatus, Terminated, Waiting};
use crate::model::text::clean;

/// Most characters of a reason.
pub(super) const LONGEST: usize = 240;

/// Why a pod is not ready.
pub(super) fn pod(pod: &wire::Pod<'_>, printed: &str, is_ready: bool) -> String {
    let status = &pod.status;
    let condition = |kind: &str| status.conditions.iter().find(|c| c.kind == kind && c.status != "True");
    if status.reason == "NodeLost" {
        return short(&format!("node {} lost", pod.spec.node));
    }
    if !status.message.is_empty() && !status.reason.is_empty() {
        return short(&status.message);
    }
    if printed == "Completed" || status.phase == "Succeeded" || pod.meta.deleting.0.is_some() {
        return String::new();
    }
    if let Some(scheduled) = condition("PodScheduled") {
        return scheduling(&scheduled.message);
    }
    if is_ready {
        return String::new();
    }
    let several = pod.spec.containers.len() > 1;
    let of_init = status.init_containers.iter().zip(std::iter::repeat(true));
    let of_main = status.containers.iter().zip(std::iter::repeat(several));
    if let Some((container, named, words)) =
        of_init.chain(of_main).find_map(|(c, named)| Some((c, named, container(c, pod)?)))
    {
        return if named { short(&format!("{}: {words}", container.name)) } else { short(&words) };
    }
    if !status.message.is_empty() {
        return short(&status.message);
    }
    match condition("Ready") {
        Some(ready) if status.phase == "Running" => not_ready(ready, &status.containers, several),
        _ => String::new(),
    }
}

/// What a container that is not running has to say.
fn container(container: &ContainerStatus<'_>, pod: &wire::Pod<'_>) -> Option<String> {
    if let Some(waiting) = &container.state.waiting {
        return waits(waiting, container, pod);
    }
    let ended = container.state.terminated.as_ref()?;
    (ended.exit_code != 0 || ended.signal != 0).then(|| exit(ended))
}

fn waits(waiting: &Waiting<'_>, container: &ContainerStatus<'_>, pod: &wire::Pod<'_>) -> Option<String> {
    let spec = &pod.spec;
    let message = clean(&waiting.message);
    match waiting.reason.as_ref() {
        "" | "ContainerCreating" | "PodInitializing" => (!message.is_empty()).then(|| message.into_owned()),
        "CrashLoopBackOff" => Some(match &container.last.terminated {
            Some(ended) => exit(ended),
            None => "crashes at start".to_owned(),
        }),
        "ImagePullBackOff"
        | "ErrImagePull"
        | "InvalidImageName"
        | "ErrImageNeverPull"
        | "RegistryUnavailable" => {
            let image = spec
                .containers
                .iter()
                .chain(&spec.init_containers)
                .find(|c| c.name == container.name)
                .map_or("", |c| c.image.as_ref());
            Some(format!("{} {}", image_essence(&clean(image)), pull_cause(&waiting.reason, &message)))
        }
        reason if message.is_empty() => Some(reason.to_owned()),
        _ => Some(message.into_owned()),
    }
}

/// `exit 137 OOMKilled`, with the container's own last words where it left some.
fn exit(ended: &Terminated<'_>) -> String {
    let mut words = if ended.signal != 0 && ended.exit_code == 0 {
        format!("signal {}", ended.signal)
    } else {
        format!("exit {}", ended.exit_code)
    };
    if !ended.reason.is_empty() {
        words.push(' ');
        words.push_str(&ended.reason);
    }
    if let Some(last) = ended.message.trim().lines().last().filter(|line| !line.trim().is_empty()) {
        words.push_str(": ");
        words.push_str(last.trim());
    }
    words
}

/// What the many texts of runtimes and registries mean.
const PULL_CAUSES: [(&str, &str); 17] = [
    ("no match for platform", "has no image for the node's platform"),
    ("toomanyrequests", "pull is rate limited by the registry"),
    ("too many requests", "pull is rate limited by the registry"),
    ("no such host", "registry unknown (no such host)"),
    ("x509", "registry certificate not accepted"),
    ("certificate", "registry certificate not accepted"),
    ("unauthorized", "pull not authorized"),
    ("authentication required", "pull not authorized"),
    ("authorization failed", "pull not authorized"),
    ("access denied", "pull access denied"),
    ("access is denied", "pull access denied"),
    ("forbidden", "pull access denied"),
    ("connection refused", "registry refuses the connection"),
    ("i/o timeout", "registry does not answer"),
    ("deadline exceeded", "registry does not answer"),
    ("no space left", "pull failed: no space left on the node"),
    ("pull qps exceeded", "pull waits (kubelet's limit)"),
];

fn pull_cause(reason: &str, message: &str) -> Cow<'static, str> {
    let lower = message.to_ascii_lowercase();
    if let Some((_, words)) = PULL_CAUSES.iter().find(|(sign, _)| lower.contains(sign)) {
        return Cow::Borrowed(words);
    }
    if lower.contains("not found") || lower.contains("manifest unknown") || lower.contains("does not exist") {
        return Cow::Borrowed("not found");
    }
    match reason {
        "InvalidImageName" => return Cow::Borrowed("is no valid image name"),
        "ErrImageNeverPull" => return Cow::Borrowed("is not on the node and may not be pulled"),
        _ => {}
    }
    // "Back-off pulling image "x"": the cause is not said, or is the last clause.
    match message.rsplit(": ").next().map(str::trim) {
        Some(last) if last.len() < message.trim().len() && !last.is_empty() => {
            Cow::Owned(format!("pull failed: {last}"))
        }
        _ => Cow::Borrowed("cannot be pulled"),
    }
}

/// Last path element and tag of an image; a digest shortened: `pay:3.1`, `pay@sha256:0123abc`.
pub(in crate::model) fn image_essence(image: &str) -> Cow<'_, str> {
    let last = |path: &str| path.rfind('/').map_or(0, |at| at + 1);
    match image.split_once('@') {
        None => Cow::Borrowed(&image[last(image)..]),
        Some((name, digest)) => {
            let name = &name[last(name)..];
            if name.contains(':') {
                // The tag says more to a person; that it is pinned is kept by the wide form.
                return Cow::Borrowed(name);
            }
            let (algorithm, hash) = digest.split_once(':').unwrap_or(("", digest));
            let hash: String = hash.chars().take(7).collect();
            Cow::Owned(format!("{name}@{algorithm}{}{hash}", if algorithm.is_empty() { "" } else { ":" }))
        }
    }
}

/// The scheduler's counts, without what it tried after.
fn scheduling(message: &str) -> String {
    let essence = message.split(" preemption:").next().unwrap_or(message);
    let essence = essence.trim_end_matches(", ").trim_end_matches(',').trim_end();
    let essence = essence.strip_suffix("no new claims to deallocate").map_or(essence, str::trim_end);
    short(essence.trim_end_matches('.'))
}

/// Which containers run and are not ready.
fn not_ready(ready: &Condition<'_>, containers: &[ContainerStatus<'_>], several: bool) -> String {
    if ready.reason != "ContainersNotReady" {
        return short(&ready.message);
    }
    let waiting: Vec<&ContainerStatus<'_>> =
        containers.iter().filter(|c| !c.ready && c.state.running.is_some()).collect();
    if waiting.is_empty() {
        return short(&ready.message);
    }
    let starting = waiting.iter().all(|c| c.started == Some(false));
    let mut words =
        if starting { "startup probe not passed".to_owned() } else { "runs, not ready".to_owned() };
    if several {
        let names: Vec<&str> = waiting.iter().map(|c| c.name.as_ref()).collect();
        words = format!("{}: {words}", names.join(", "));
    }
    if let Some(ended) = waiting.iter().find_map(|c| c.last.terminated.as_ref()) {
        words.push_str("; last ");
        words.push_str(&exit(ended));
    }
    short(&words)
}

/// Cleaned, at most [`LONGEST`] characters, one line.
pub(super) fn short(message: &str) -> String {
    let message = clean(message.trim());
    if message.chars().nth(LONGEST).is_none() {
        return message.into_owned();
    }
    let mut cut: String = message.chars().take(LONGEST - 1).collect();
    cut.push('…');
    cut
}

#[cfg(test)]
mod tests;
