//! Rules about pods. Each pod is spoken of by one of them: the first, which is the worst.

use super::gather::{Gathered, Hit};
use super::ground::{Ground, of_meta};
use super::rollouts;
use super::thresholds::seconds;
use crate::model::record::{Ended, Health, Kind, Pod, Seconds};
use crate::model::units;

/// What the printer says of a pod that cannot get an image.
const IMAGE: &[&str] = &[
    "ImagePullBackOff",
    "ErrImagePull",
    "InvalidImageName",
    "ErrImageNeverPull",
    "RegistryUnavailable",
    "ImageInspectError",
];
/// Of one whose container cannot be made.
const CANNOT_START: &[&str] = &[
    "CreateContainerConfigError",
    "CreateContainerError",
    "RunContainerError",
    "StartError",
    "ContainerCannotRun",
    "PreCreateHookError",
    "PreStartHookError",
    "PostStartHookError",
];
/// Of one that its node threw out or would not have. It has been replaced; the object is a note of it.
const THROWN_OUT: &[&str] =
    &["Evicted", "Preempting", "NodeShutdown", "Shutdown", "NodeAffinity", "UnexpectedAdmissionError"];

/// What the status says, be it of an init container or not.
fn word(pod: &Pod) -> &str {
    pod.status.strip_prefix("Init:").unwrap_or(&pod.status)
}

/// Since when it is not ready: pods that were never looked at by a kubelet have no such condition.
fn since(pod: &Pod) -> Seconds {
    if pod.since > 0 { pod.since } else { pod.meta.created }
}

fn is_thrown_out(pod: &Pod) -> bool {
    THROWN_OUT.contains(&&*pod.status) || pod.status.starts_with("OutOf")
}

/// What crashes: it waits for its next start, or lies where it fell and will not be started again. Pods of a Job that fell are
/// the Job's affair: it makes others.
fn is_crashing(pod: &Pod) -> bool {
    let of_job = pod.meta.owner.as_ref().is_some_and(|owner| &*owner.kind == "Job");
    match word(pod) {
        "CrashLoopBackOff" => true,
        "Error" | "OOMKilled" | "DeadlineExceeded" => !of_job && pod.health == Health::Fault,
        other => {
            let ended = other.starts_with("ExitCode:") || other.starts_with("Signal:");
            ended && !of_job && pod.health == Health::Fault
        }
    }
}

/// Looks at the pods that no rule before has spoken of and that are not on their way out.
fn each(ground: &Ground<'_>, out: &mut Gathered, mut look: impl FnMut(&Pod, &mut Gathered) -> Option<Hit>) {
    for pod in &ground.unwell {
        if !out.is_spoken_of(&pod.meta.uid)
            && let Some(hit) = look(pod, out)
        {
            out.push(hit);
        }
    }
}

/// What a pod shows; of several the one that restarted most speaks.
fn hit(ground: &Ground<'_>, pod: &Pod, reason: String, since: Seconds) -> Hit {
    let subject = ground.owner(Kind::Pod, &pod.meta);
    let helps = rollouts::before(ground, &subject);
    let shown_by = of_meta(Kind::Pod, &pod.meta);
    Hit { subject, shown_by, reason, since, count: 1, weight: u64::from(pod.restarts), helps }
}

fn plural(count: u32, word: &str) -> String {
    units::times(u64::from(count), word)
}

/// The limit that was too little: `(limit 256Mi)`.
fn limit(pod: &Pod, ended: &Ended) -> String {
    const MEBI: u64 = 1 << 20;
    let image = pod.images.iter().find(|image| image.container == ended.container);
    match image.map_or(0, |image| image.limits.memory) {
        0 => String::new(),
        bytes if bytes % (MEBI << 10) == 0 => format!(" (limit {}Gi)", bytes / (MEBI << 10)),
        bytes if bytes % MEBI == 0 => format!(" (limit {}Mi)", bytes / MEBI),
        bytes => format!(" (limit {bytes} bytes)"),
    }
}

pub(super) fn crashes(ground: &Ground<'_>, out: &mut Gathered) {
    each(ground, out, |pod, _| {
        if pod.meta.deleting.is_some() || !is_crashing(pod) {
            return None;
        }
        let again = word(pod) == "CrashLoopBackOff";
        let mut words = vec![if again { "crash loop".to_owned() } else { "ended and stays so".to_owned() }];
        if pod.restarts > 0 {
            words.push(plural(pod.restarts, "restart"));
        }
        if !pod.reason.is_empty() {
            words.push(pod.reason.to_string());
        }
        let killed = pod.ended.as_deref().filter(|ended| &*ended.reason == "OOMKilled");
        let limit = killed.map_or_else(String::new, |ended| limit(pod, ended));
        Some(hit(ground, pod, words.join(", ") + &limit, since(pod)))
    });
}

pub(super) fn image(ground: &Ground<'_>, out: &mut Gathered) {
    each(ground, out, |pod, _| {
        let lacks = pod.meta.deleting.is_none() && IMAGE.contains(&word(pod));
        lacks.then(|| {
            let why = if pod.reason.is_empty() { &pod.status } else { &pod.reason };
            hit(ground, pod, format!("image {why}"), since(pod))
        })
    });
}

pub(super) fn cannot_start(ground: &Ground<'_>, out: &mut Gathered) {
    each(ground, out, |pod, _| {
        let cannot = pod.meta.deleting.is_none() && CANNOT_START.contains(&word(pod));
        cannot.then(|| {
            let why = if pod.reason.is_empty() { &pod.status } else { &pod.reason };
            hit(ground, pod, format!("cannot start: {why}"), since(pod))
        })
    });
}

pub(super) fn unschedulable(ground: &Ground<'_>, out: &mut Gathered) {
    each(ground, out, |pod, _| {
        let homeless =
            pod.meta.deleting.is_none() && &*pod.status == "Pending" && pod.health == Health::Fault;
        homeless.then(|| {
            let why = if pod.reason.is_empty() { "the scheduler does not say why" } else { &pod.reason };
            hit(ground, pod, format!("cannot be scheduled: {why}"), since(pod))
        })
    });
}

pub(super) fn not_ready(ground: &Ground<'_>, out: &mut Gathered) {
    let wait = seconds(ground.scene.thresholds.not_ready_for);
    each(ground, out, |pod, out| {
        let rests = pod.is_ready || pod.meta.deleting.is_some() || pod.health == Health::Idle;
        // What lies where it fell is no question of time.
        let fell = is_thrown_out(pod) || (pod.health == Health::Fault && word(pod) == "Error");
        if rests || fell {
            return None;
        }
        let due = since(pod).saturating_add(wait);
        if due > ground.now() {
            out.turns_at(due);
            return None;
        }
        let why = if pod.reason.is_empty() { String::new() } else { format!(", {}", pod.reason) };
        let words = match word(pod) {
            _ if ground.is_down(&pod.node) => format!("not ready: its node {} is not", pod.node),
            "Running" | "NotReady" if pod.reason.starts_with("runs, not ready") => pod.reason.to_string(),
            "Running" | "NotReady" => format!("not ready{why}"),
            _ => format!("not ready: {}{why}", pod.status),
        };
        Some(hit(ground, pod, words, since(pod)))
    });
}

/// When what happened then is no longer lately; `None`: it is not any more.
fn lately(ground: &Ground<'_>, at: Seconds, out: &mut Gathered) -> bool {
    let until = at.saturating_add(seconds(ground.scene.thresholds.restarts_within));
    let is = at > 0 && until > ground.now();
    if is {
        out.turns_at(until);
    }
    is
}

pub(super) fn oom_killed(ground: &Ground<'_>, out: &mut Gathered) {
    each(ground, out, |pod, out| {
        let ended = pod.ended.as_deref().filter(|ended| &*ended.reason == "OOMKilled")?;
        if pod.meta.deleting.is_some() || !lately(ground, ended.at, out) {
            return None;
        }
        let words = format!("OOMKilled{}, {}", limit(pod, ended), plural(pod.restarts, "restart"));
        Some(hit(ground, pod, words, ended.at))
    });
}

pub(super) fn restarts(ground: &Ground<'_>, out: &mut Gathered) {
    each(ground, out, |pod, out| {
        let at = pod.restarted?;
        let many = pod.restarts >= ground.scene.thresholds.restarts && pod.meta.deleting.is_none();
        if !many || !lately(ground, at, out) {
            return None;
        }
        let last = match pod.ended.as_deref() {
            Some(ended) if ended.reason.is_empty() => format!(", last exit {}", ended.code),
            Some(ended) => format!(", last exit {} {}", ended.code, ended.reason),
            None => String::new(),
        };
        Some(hit(ground, pod, format!("{}{last}", plural(pod.restarts, "restart")), at))
    });
}

pub(super) fn terminating(ground: &Ground<'_>, out: &mut Gathered) {
    let wait = seconds(ground.scene.thresholds.not_ready_for);
    each(ground, out, |pod, out| {
        let deleting = pod.meta.deleting?;
        let due = deleting.saturating_add(wait);
        if due > ground.now() {
            out.turns_at(due);
            return None;
        }
        let node = if pod.node.is_empty() { String::new() } else { format!(" on {}", pod.node) };
        Some(hit(ground, pod, format!("terminating{node}, does not go away"), deleting))
    });
}

pub(super) fn evicted(ground: &Ground<'_>, out: &mut Gathered) {
    each(ground, out, |pod, _| {
        is_thrown_out(pod).then(|| {
            let why = if pod.reason.is_empty() { String::new() } else { format!(": {}", pod.reason) };
            hit(ground, pod, format!("{}{why}", pod.status), since(pod))
        })
    });
}
