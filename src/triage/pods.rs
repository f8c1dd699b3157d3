//! Rules about pods. Each pod is spoken of by one of them: the first, which is the worst.

use super::gather::{Gathered, Hit};
use super::ground::{Ground, of_meta};
use super::rollouts;
use super::thresholds::seconds;
use crate::model::record::{Ended, Health, Kind, Pod, Seconds};

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

/// Kubelets start a container at once again when it ran for so long: it is no crash loop any more.
const SETTLED: Seconds = 600;
/// So long at least it must run well before one believes that it does.
const BELIEVED: Seconds = 60;

/// How a pod crashes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Crash {
    /// It ended and is started again, and again.
    Loop,
    /// It lies where it fell and will not be started again.
    Ended,
}

/// What crashes. A container that has ended in a pod that has not is about to be started again: that alone is no crash. Pods
/// of a Job that fell are the Job's affair: it makes others.
fn crash(ground: &Ground<'_>, pod: &Pod, out: &mut Gathered) -> Option<Crash> {
    let of_job = pod.meta.owner.as_ref().is_some_and(|owner| &*owner.kind == "Job");
    let status = word(pod);
    let fell = matches!(status, "Error" | "OOMKilled" | "DeadlineExceeded")
        || status.starts_with("ExitCode:")
        || status.starts_with("Signal:");
    match status {
        "CrashLoopBackOff" => Some(Crash::Loop),
        _ if pod.finished => (fell && !of_job && pod.health == Health::Fault).then_some(Crash::Ended),
        // The other phases of the same loop: it runs for a moment, it has just ended.
        "Running" | "NotReady" | "Completed" => is_in_a_loop(ground, pod, out).then_some(Crash::Loop),
        _ => (fell && is_in_a_loop(ground, pod, out)).then_some(Crash::Loop),
    }
}

/// Whether a pod that does not wait at this moment is in a crash loop all the same: it restarted more than once, its last run
/// was short, and it has not run well since for longer than that.
fn is_in_a_loop(ground: &Ground<'_>, pod: &Pod, out: &mut Gathered) -> bool {
    let Some(ended) = pod.ended.as_deref().filter(|ended| ended.at > 0) else { return false };
    let ran = if ended.began > 0 { ended.at.saturating_sub(ended.began) } else { 0 };
    // Of one that is ready one must know that its runs are short.
    let (least, holds) = if pod.is_ready {
        let well = if ended.began > 0 { BELIEVED.max(ran.saturating_mul(2)) } else { 0 };
        (ground.scene.thresholds.restarts, well.min(SETTLED))
    } else {
        (2, SETTLED)
    };
    let until = ended.at.max(if pod.is_ready { pod.since } else { 0 }).saturating_add(holds);
    let is = pod.restarts >= least && ran < SETTLED && until > ground.now();
    if is {
        out.turns_at(until);
    }
    is
}

/// Since when it crashes, as far back as is known: when it ceased to be ready, the restart before, the begin of its last run;
/// the phases of a loop begin anew with every turn.
fn crashes_since(pod: &Pod) -> Seconds {
    let ended = pod.ended.as_deref();
    let known = [
        since(pod),
        pod.restarted.unwrap_or(0),
        ended.map_or(0, |ended| ended.at),
        ended.map_or(0, |ended| ended.began),
    ];
    known.into_iter().filter(|at| *at > 0).min().unwrap_or(0)
}

/// How the last run ended; a pod that waits says it itself, with the container's last words.
fn last_end(pod: &Pod) -> String {
    match pod.ended.as_deref() {
        Some(ended) if matches!(word(pod), "Running" | "NotReady" | "Completed") => {
            format!("exit {} {}", ended.code, ended.reason).trim_end().to_owned()
        }
        _ => pod.reason.to_string(),
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
    format!("{count} {word}{}", if count == 1 { "" } else { "s" })
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
    each(ground, out, |pod, out| {
        if pod.meta.deleting.is_some() {
            return None;
        }
        let (what, since, end) = match crash(ground, pod, out)? {
            Crash::Loop => ("crash loop", crashes_since(pod), last_end(pod)),
            Crash::Ended => ("ended and stays so", since(pod), pod.reason.to_string()),
        };
        let mut words = vec![what.to_owned()];
        if pod.restarts > 0 {
            words.push(plural(pod.restarts, "restart"));
        }
        if !end.is_empty() {
            words.push(end);
        }
        let killed = pod.ended.as_deref().filter(|ended| &*ended.reason == "OOMKilled");
        let limit = killed.map_or_else(String::new, |ended| limit(pod, ended));
        Some(hit(ground, pod, words.join(", ") + &limit, since))
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
        let fell =
            is_thrown_out(pod) || (pod.finished && pod.health == Health::Fault && word(pod) == "Error");
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
