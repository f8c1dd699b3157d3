//! Pods: STATUS, READY and RESTARTS by the rules of the server's printer, so that they equal what `kubectl get pods`
//! says, and the health that follows. The words of WHY are in [`super::why`].

use std::borrow::Cow;

use super::lax::Time;
use super::shared::{Shared, amounts, small};
use super::why;
use super::wire::{self, Condition, ContainerState, ContainerStatus, Terminated};
use crate::model::record::{Amounts, Ended, Extras, Health, Pod, Seconds};
use crate::model::text::Text;

/// What the printer computes.
#[derive(Debug, PartialEq, Eq)]
struct Printed<'a> {
    status: Cow<'a, str>,
    ready: u16,
    containers: u16,
    restarts: u32,
    restarted: Option<Seconds>,
}

/// The record of a pod.
pub(super) fn project(pod: &wire::Pod<'_>, shared: &mut Shared) -> Pod {
    let printed = print(pod);
    let is_ready = is_true(&pod.status.conditions, "Ready");
    let health = health(pod, &printed, is_ready);
    let reason = why::pod(pod, &printed.status, is_ready);
    Pod {
        meta: shared.meta(&pod.meta),
        status: shared.text(&printed.status),
        reason: shared.text(&reason),
        ready: printed.ready,
        containers: printed.containers,
        restarts: printed.restarts,
        restarted: printed.restarted,
        is_ready,
        node: shared.text(&pod.spec.node),
        ip: pod.status.ip.parse().ok(),
        images: shared.images(&pod.spec.containers),
        since: since(pod),
        ended: ended(pod, shared),
        health,
        finished: matches!(pod.status.phase.as_ref(), "Succeeded" | "Failed"),
        extras: extras(pod, shared),
    }
}

/// What few pods have.
fn extras(pod: &wire::Pod<'_>, shared: &mut Shared) -> Option<Box<Extras>> {
    let claim = |volume: &wire::Volume<'_>| {
        let named = volume.claim.as_ref().or(volume.source.claim.as_ref());
        let ephemeral = volume.ephemeral.is_some() || volume.source.ephemeral.is_some();
        match named {
            Some(claim) => Some(claim.name.to_string()),
            // Its claim is made for it, by this name.
            None => ephemeral.then(|| format!("{}-{}", pod.meta.name, volume.name)),
        }
    };
    let claims: Box<[Text]> =
        pod.spec.volumes.iter().filter_map(claim).map(|name| shared.text(&name)).collect();
    let spec = &pod.spec;
    let of = |container: &wire::Container<'_>| amounts(&container.resources.requests);
    let sum = spec.containers.iter().fold(Amounts::default(), |sum, one| sum.plus(of(one)));
    let all = requests(spec, sum, of);
    let requests = (all != sum).then_some(all);
    (!claims.is_empty() || requests.is_some()).then(|| Box::new(Extras { claims, requests }))
}

/// What a pod asks for, as the scheduler counts it: its containers with the sidecars; or the largest of the init containers,
/// with the sidecars before it; or what the pod says itself; and the overhead of its runtime.
fn requests(
    spec: &wire::PodSpec<'_>,
    containers: Amounts,
    of: impl Fn(&wire::Container<'_>) -> Amounts,
) -> Amounts {
    let (mut sidecars, mut starting) = (Amounts::default(), Amounts::default());
    for container in &spec.init_containers {
        let own = of(container);
        if container.restart_policy == "Always" {
            sidecars = sidecars.plus(own);
            starting = starting.at_least(sidecars);
        } else {
            starting = starting.at_least(sidecars.plus(own));
        }
    }
    let mut all = containers.plus(sidecars).at_least(starting);
    let own = amounts(&spec.resources.requests);
    if own.cpu > 0 {
        all.cpu = own.cpu;
    }
    if own.memory > 0 {
        all.memory = own.memory;
    }
    all.plus(amounts(&spec.overhead))
}

/// When it became ready, or ceased to be.
fn since(pod: &wire::Pod<'_>) -> Seconds {
    let ready = pod.status.conditions.iter().find(|condition| condition.kind == "Ready");
    ready.and_then(|condition| condition.since.0).unwrap_or(0)
}

/// The latest end of a run, of those that another followed or that are the last.
fn ended(pod: &wire::Pod<'_>, shared: &mut Shared) -> Option<Box<Ended>> {
    let of = |container: &'_ ContainerStatus<'_>| -> Option<Time> {
        let ended = container.state.terminated.as_ref().filter(|ended| ended.exit_code != 0);
        ended.or(container.last.terminated.as_ref()).map(|ended| ended.finished)
    };
    let all = pod.status.init_containers.iter().chain(&pod.status.containers);
    let latest = all.filter(|container| of(container).is_some()).max_by_key(|container| of(container))?;
    let own = latest.state.terminated.as_ref().filter(|ended| ended.exit_code != 0);
    let ended = own.or(latest.last.terminated.as_ref())?;
    Some(Box::new(Ended {
        container: shared.text(&latest.name),
        reason: shared.text(&ended.reason),
        code: i32::try_from(ended.exit_code).unwrap_or(i32::MAX),
        at: ended.finished.0.unwrap_or(0),
        began: ended.started.0.unwrap_or(0),
    }))
}

/// Whether a condition is there and True.
fn is_true(conditions: &[Condition<'_>], kind: &str) -> bool {
    conditions.iter().any(|c| c.kind == kind && c.status == "True")
}

/// Restarts of some containers and the end of the latest run that was followed by another.
#[derive(Default, Clone, Copy)]
struct Restarts {
    count: u32,
    last: Time,
}

impl Restarts {
    fn add(&mut self, container: &ContainerStatus<'_>) {
        self.count = self.count.saturating_add(small(container.restarts));
        if let Some(ended) = &container.last.terminated {
            self.last = self.last.max(ended.finished);
        }
    }
}

fn print<'a>(pod: &'a wire::Pod<'_>) -> Printed<'a> {
    let status = &pod.status;
    let mut word: Cow<'a, str> =
        Cow::Borrowed(if status.reason.is_empty() { &status.phase } else { &status.reason });
    if status.conditions.iter().any(|c| c.kind == "PodScheduled" && c.reason == "SchedulingGated") {
        word = Cow::Borrowed("SchedulingGated");
    }
    let sidecars = pod.spec.init_containers.iter().filter(|c| c.restart_policy == "Always").count();
    let init = print_init(pod);
    let mut ready = init.ready;
    let mut restarts = init.all;
    let initializing = init.word.is_some();
    if let Some(init_word) = init.word {
        word = init_word;
    }
    if !initializing || is_true(&status.conditions, "Initialized") {
        restarts = init.sidecars;
        let mut running = false;
        // From the last to the first: the first container with something to say has the last word.
        for container in status.containers.iter().rev() {
            restarts.add(container);
            match &container.state {
                ContainerState { waiting: Some(waiting), .. } if !waiting.reason.is_empty() => {
                    word = Cow::Borrowed(&waiting.reason);
                }
                ContainerState { terminated: Some(ended), .. } => word = ending(ended),
                ContainerState { running: Some(_), .. } if container.ready => {
                    running = true;
                    ready += 1;
                }
                _ => {}
            }
        }
        if word == "Completed" && running {
            let word_now = if is_true(&status.conditions, "Ready") { "Running" } else { "NotReady" };
            word = Cow::Borrowed(word_now);
        }
    }
    if pod.meta.deleting.0.is_some() {
        if status.reason == "NodeLost" {
            word = Cow::Borrowed("Unknown");
        } else if status.phase != "Succeeded" && status.phase != "Failed" {
            word = Cow::Borrowed("Terminating");
        }
    }
    Printed {
        status: word,
        ready,
        containers: (pod.spec.containers.len() + sidecars).min(usize::from(u16::MAX)) as u16,
        restarts: restarts.count,
        restarted: restarts.last.0.filter(|_| restarts.count > 0),
    }
}

/// What the init containers say.
struct Init<'a> {
    /// The status, when they are not done.
    word: Option<Cow<'a, str>>,
    ready: u16,
    all: Restarts,
    sidecars: Restarts,
}

fn print_init<'a>(pod: &'a wire::Pod<'_>) -> Init<'a> {
    let mut init = Init { word: None, ready: 0, all: Restarts::default(), sidecars: Restarts::default() };
    for (at, container) in pod.status.init_containers.iter().enumerate() {
        let is_sidecar =
            pod.spec.init_containers.iter().any(|c| c.name == container.name && c.restart_policy == "Always");
        init.all.add(container);
        if is_sidecar {
            init.sidecars.add(container);
        }
        let state = &container.state;
        init.word = Some(match (&state.terminated, &state.waiting) {
            (Some(ended), _) if ended.exit_code == 0 => continue,
            _ if is_sidecar && container.started == Some(true) => {
                init.ready += u16::from(container.ready);
                continue;
            }
            (Some(ended), _) => Cow::Owned(format!("Init:{}", ending(ended))),
            (None, Some(waiting)) if !waiting.reason.is_empty() && waiting.reason != "PodInitializing" => {
                Cow::Owned(format!("Init:{}", waiting.reason))
            }
            _ => Cow::Owned(format!("Init:{at}/{}", pod.spec.init_containers.len())),
        });
        break;
    }
    init
}

/// How a container ended, in a word.
fn ending<'a>(ended: &'a Terminated<'_>) -> Cow<'a, str> {
    if !ended.reason.is_empty() {
        Cow::Borrowed(&ended.reason)
    } else if ended.signal != 0 {
        Cow::Owned(format!("Signal:{}", ended.signal))
    } else {
        Cow::Owned(format!("ExitCode:{}", ended.exit_code))
    }
}

fn health(pod: &wire::Pod<'_>, printed: &Printed<'_>, is_ready: bool) -> Health {
    let status = &pod.status;
    let word = printed.status.strip_prefix("Init:").unwrap_or(&printed.status);
    if word == "Unknown" || status.reason == "NodeLost" {
        return Health::Fault;
    }
    if pod.meta.deleting.0.is_some() {
        return Health::Progressing;
    }
    match status.phase.as_ref() {
        "Succeeded" => return Health::Idle,
        // What was evicted or refused by a node has been replaced; the object is a note of it.
        "Failed" if !status.reason.is_empty() => return Health::Warning,
        "Failed" => return Health::Fault,
        _ => {}
    }
    match word {
        "Running" if is_ready => Health::Ok,
        "Running" if status.containers.iter().any(|c| c.started == Some(false) && c.restarts == 0) => {
            Health::Progressing
        }
        "Running" | "NotReady" | "Completed" => Health::Warning,
        "Pending" if status.conditions.iter().any(|c| c.reason == "Unschedulable" && c.status == "False") => {
            Health::Fault
        }
        "Pending" | "ContainerCreating" | "PodInitializing" | "SchedulingGated" | "" => Health::Progressing,
        // `Init:1/2`
        _ if word.len() < printed.status.len() && word.starts_with(|c: char| c.is_ascii_digit()) => {
            Health::Progressing
        }
        _ => Health::Fault,
    }
}

#[cfg(test)]
mod tests;
