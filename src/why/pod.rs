//! Pods: from what the pod says of itself down to its containers, its node and what it names; then up to its revision.

use serde_json::Value;

use super::container::{Said, said, unready};
use super::ground::{Ground, Look, condition, is, time};
use super::{Account, Cause, Evidence, Shown, Sure, config, events, node, revision};
use crate::model::column::Tone;
use crate::model::json::{flag, items, name, number, text};
use crate::model::resource::Resource;

/// Messages about an image.
const PULLING: [&str; 4] = ["Failed", "BackOff", "InspectFailed", "ErrImageNeverPull"];
/// What keeps the containers of a pod from being made.
const NOT_MADE: [&str; 6] = [
    "FailedMount",
    "FailedAttachVolume",
    "FailedMapVolume",
    "FailedCreatePodSandBox",
    "NetworkNotReady",
    "FailedCreatePodContainer",
];

/// Whether a pod is well: it has done its work, or it is ready.
pub(super) fn is_well(pod: &Value) -> bool {
    let done = text(pod, "/status/phase") == "Succeeded";
    done || (is(pod, "Ready", "True") && !is_leaving(pod))
}

pub(super) fn is_leaving(pod: &Value) -> bool {
    !text(pod, "/metadata/deletionTimestamp").is_empty()
}

/// The word for what a pod is in: what waits says more than the phase.
pub(super) fn word(pod: &Value) -> String {
    if is_leaving(pod) {
        return "Terminating".to_owned();
    }
    let reason = text(pod, "/status/reason");
    if !reason.is_empty() {
        return reason.to_owned();
    }
    let statuses = ["/status/initContainerStatuses", "/status/containerStatuses"];
    let all = statuses.iter().flat_map(|pointer| items(pod, pointer));
    for status in all {
        for pointer in ["/state/waiting/reason", "/state/terminated/reason"] {
            let reason = text(status, pointer);
            if !matches!(reason, "" | "Completed" | "PodInitializing") {
                return reason.to_owned();
            }
        }
    }
    text(pod, "/status/phase").to_owned()
}

/// How bad it is, the worst least; `None`: it is well.
pub(super) fn rank(pod: &Value) -> Option<u8> {
    if is_well(pod) {
        return None;
    }
    Some(match word(pod).as_str() {
        "Running" | "Pending" if is(pod, "PodScheduled", "False") => 1,
        "Terminating" => 4,
        "Running" | "ContainerCreating" | "Pending" => 3,
        "Evicted" | "Shutdown" | "NodeShutdown" | "Preempting" => 5,
        _ => 0,
    })
}

fn restarts(pod: &Value) -> i64 {
    let statuses = items(pod, "/status/containerStatuses").iter();
    statuses.filter_map(|status| number(status, "/restartCount")).sum()
}

/// The worst pods: of those that are in the same one, so many in all.
pub(super) fn worst<'a>(pods: &[&'a Value], most: usize) -> Vec<&'a Value> {
    let mut unwell: Vec<(u8, &Value)> = pods.iter().filter_map(|pod| Some((rank(pod)?, *pod))).collect();
    if unwell.is_empty() {
        // All are well now; one that was started again most says whether that lasts.
        let restarted = pods.iter().filter(|pod| restarts(pod) > 0);
        return restarted.max_by_key(|pod| (restarts(pod), name(pod))).copied().into_iter().collect();
    }
    unwell.sort_by_key(|(rank, pod)| (*rank, name(pod)));
    let mut words: Vec<String> = Vec::new();
    unwell.retain(|(_, pod)| {
        let word = word(pod);
        let new = !words.contains(&word);
        words.push(word);
        new
    });
    unwell.into_iter().take(most).map(|(_, pod)| pod).collect()
}

fn cause(sure: Sure, words: impl Into<String>, steps: Vec<Evidence>) -> Cause {
    Cause { sure, words: words.into(), steps, shown: None }
}

/// The statuses of containers with their specs; true: of an init container that is no sidecar.
fn containers(pod: &Value) -> Vec<(&Value, &Value, bool)> {
    let mut out = Vec::new();
    let lists = [
        ("/spec/initContainers", "/status/initContainerStatuses", true),
        ("/spec/containers", "/status/containerStatuses", false),
    ];
    for (specs, statuses, init) in lists {
        for status in items(pod, statuses) {
            let spec = items(pod, specs).iter().find(|spec| name_of(spec) == name_of(status));
            if let Some(spec) = spec {
                out.push((spec, status, init && text(spec, "/restartPolicy") != "Always"));
            }
        }
    }
    out
}

fn name_of(container: &Value) -> &str {
    text(container, "/name")
}

/// What is told of a pod.
pub(super) fn account(ground: &Ground<'_>, pod: &Value) -> Account {
    let mut told = own(ground, pod);
    told.tail.extend(revision::of_pod(ground, pod, &mut told.helps));
    told
}

/// The same without what it belongs to.
pub(super) fn own(ground: &Ground<'_>, pod: &Value) -> Account {
    let mut told = Account::default();
    if text(pod, "/status/phase") == "Succeeded" {
        told.tail.push(Evidence::of(pod, "it has done its work: Succeeded", Tone::Good));
        return told;
    }
    let well = is_well(pod);
    if !well {
        told.state = Some(state(pod));
        let (all, ready) = counts(pod);
        let since = condition(pod, "Ready").and_then(|one| time(one, "/lastTransitionTime"));
        let since = since.or_else(|| time(pod, "/metadata/creationTimestamp"));
        let words = format!("{}, {ready} of {all} containers ready", word(pod));
        told.head.push(Evidence::of(pod, words, Tone::Bad).at(since));
    }
    leaving(pod, &mut told);
    thrown_out(pod, &mut told);
    scheduling(ground, pod, &mut told);
    let node = text(pod, "/spec/nodeName");
    if let Look::There(node) = ground.one(&Resource::NODES, "", node) {
        let step = node::step(node).deeper(1);
        if let (Some((why, _)), false) = (node::not_ready(node), well) {
            let words = format!("its node {} is not ready: {why}", name(node));
            told.causes.push(cause(Sure::Said, words, vec![step]));
        } else {
            told.tail.push(step);
        }
    }
    of_containers(ground, pod, &mut told);
    if !well {
        before_containers(ground, pod, &mut told);
        gates(pod, &mut told);
    }
    // What a pod that is well was warned of may be long over; it is told, not blamed. What is said already is not told again.
    let mut warned: Vec<Evidence> = events::steps(ground, pod);
    warned.retain(|step| {
        let message = step.words.split_once(": ").map_or("", |(_, message)| message);
        let said = told.causes.iter().flat_map(|cause| &cause.steps);
        !said.into_iter().any(|one| one.words.contains(message))
    });
    told.tail.splice(0..0, warned.into_iter().map(|step| step.deeper(1)));
    told
}

fn state(pod: &Value) -> String {
    match word(pod).as_str() {
        "Terminating" => "is being deleted and does not go away".to_owned(),
        "Running" => "is not ready".to_owned(),
        "Failed" | "Error" => "has failed".to_owned(),
        word => format!("is in {word}"),
    }
}

fn counts(pod: &Value) -> (usize, usize) {
    let ready = items(pod, "/status/containerStatuses").iter().filter(|one| flag(one, "/ready")).count();
    (items(pod, "/spec/containers").len(), ready)
}

fn leaving(pod: &Value, told: &mut Account) {
    if !is_leaving(pod) {
        return;
    }
    let finalizers: Vec<&str> = items(pod, "/metadata/finalizers").iter().filter_map(Value::as_str).collect();
    if !finalizers.is_empty() {
        let words = format!("it waits for {}", finalizers.join(", "));
        let step = Evidence::of(pod, format!("metadata.finalizers: {}", finalizers.join(", ")), Tone::Warn);
        told.causes.push(cause(Sure::Said, words, vec![step.deeper(1)]));
    }
}

fn thrown_out(pod: &Value, told: &mut Account) {
    let (reason, message) = (text(pod, "/status/reason"), text(pod, "/status/message").trim());
    if reason.is_empty() || told.state.is_none() {
        return;
    }
    let words = if message.is_empty() { reason.to_owned() } else { format!("{reason}: {message}") };
    let step = Evidence::of(pod, format!("status: {words}"), Tone::Bad).deeper(1);
    told.causes.push(cause(Sure::Said, format!("its node says {words}"), vec![step]));
}

fn scheduling(ground: &Ground<'_>, pod: &Value, told: &mut Account) {
    let Some(condition) = condition(pod, "PodScheduled").filter(|one| text(one, "/status") == "False") else {
        return;
    };
    let message = text(condition, "/message").trim();
    let words = if text(condition, "/reason") == "SchedulingGated" {
        "its scheduling gates are not open".to_owned()
    } else {
        let essence =
            message.split(" preemption:").next().unwrap_or(message).trim_end_matches(['.', ' ', ',']);
        let essence = essence.strip_suffix("no new claims to deallocate").unwrap_or(essence);
        let essence = essence.trim_end_matches(['.', ' ', ',']);
        if essence.is_empty() {
            "no node takes it, and the scheduler does not say why".to_owned()
        } else {
            format!("no node takes it: {essence}")
        }
    };
    let said = format!("the scheduler: {message}");
    let mut steps =
        vec![Evidence::of(pod, said, Tone::Bad).at(time(condition, "/lastTransitionTime")).deeper(1)];
    let labels = selector(pod);
    if let Some(labels) = &labels {
        let wanted = super::wanted::nodes_for(labels);
        match ground.answer(&wanted) {
            Some([]) => {
                let words = format!("spec.nodeSelector asks for {labels}, and no node has that");
                steps.push(Evidence::of(pod, words, Tone::Bad).deeper(1));
            }
            Some(nodes) => {
                let words =
                    format!("spec.nodeSelector asks for {labels}: {}", super::count(nodes.len(), "node"));
                steps.push(Evidence::of(pod, words, Tone::Plain).deeper(1));
                steps.extend(nodes.iter().take(4).map(|node| node::step(node).deeper(2)));
            }
            None => {}
        }
    }
    told.causes.push(cause(Sure::Said, words, steps));
}

/// The labels that a pod wants of its node, as a selector.
pub(super) fn selector(pod: &Value) -> Option<String> {
    let pairs = crate::model::json::texts(pod, "/spec/nodeSelector");
    let words: Vec<String> = pairs.iter().map(|(key, value)| format!("{key}={value}")).collect();
    (!words.is_empty()).then(|| words.join(","))
}

fn of_containers(ground: &Ground<'_>, pod: &Value, told: &mut Account) {
    let warnings = events::warnings(ground, pod);
    for (spec, status, init) in containers(pod) {
        let pulling: Vec<&str> = warnings
            .iter()
            .filter(|event| PULLING.contains(&text(event, "/reason")))
            .map(|event| text(event, "/message"))
            .filter(|message| message.contains(text(spec, "/image")))
            .collect();
        let shown = Shown {
            namespace: text(pod, "/metadata/namespace").to_owned(),
            pod: name(pod).to_owned(),
            container: name_of(status).to_owned(),
        };
        if let Some(Said { sure, mut words, lines }) = said(spec, status, init, &pulling) {
            let step = |(words, tone, at): (String, Tone, Option<i64>)| {
                Evidence::of(pod, words, tone).at(at).deeper(1)
            };
            let mut steps: Vec<Evidence> = lines.into_iter().map(step).collect();
            let killed = matches!(
                number(status, "/lastState/terminated/exitCode"),
                Some(code) if code == 137 || code == 143
            );
            let probe = events::find(ground, pod, &["Unhealthy", "ProbeWarning"], "iveness probe failed");
            if let (true, Some(event)) = (killed && !words.contains("OOMKilled"), probe) {
                let said = text(event, "/message").trim();
                words = format!("{words}; its liveness probe fails ({said})");
                steps.push(events::step(pod, event).deeper(1));
            }
            let over =
                sure == Sure::Perhaps && !ground.lately(time(status, "/lastState/terminated/finishedAt"));
            if over {
                told.tail.extend(steps);
            } else {
                told.causes.push(Cause { sure, words, steps, shown: Some(shown.clone()) });
            }
        }
        if let Some(mut words) = unready(spec, status).filter(|_| !is_leaving(pod)) {
            let mut steps = vec![Evidence::of(pod, words.clone(), Tone::Warn).deeper(1)];
            let which = if words.contains("startup") { "tartup probe" } else { "eadiness probe" };
            if let Some(event) = events::find(ground, pod, &["Unhealthy", "ProbeWarning"], which) {
                words = format!("{words}: {}", text(event, "/message").trim());
                steps.push(events::step(pod, event).deeper(1));
            }
            let spec = probe(spec, which);
            steps.extend(spec.map(|words| Evidence::of(pod, words, Tone::Dim).deeper(1)));
            told.causes.push(Cause { sure: Sure::Seen, words, steps, shown: Some(shown) });
        }
    }
}

/// What a probe asks.
fn probe(spec: &Value, which: &str) -> Option<String> {
    let (kind, probe) = match which {
        "tartup probe" => ("startup", spec.get("startupProbe")?),
        _ => ("readiness", spec.get("readinessProbe")?),
    };
    let word = |pointer: &str| match probe.pointer(pointer) {
        Some(Value::String(text)) => text.clone(),
        Some(value) => value.to_string(),
        None => String::new(),
    };
    let asks = if probe.get("httpGet").is_some() {
        format!("GET port {} {}", word("/httpGet/port"), word("/httpGet/path"))
    } else if probe.get("tcpSocket").is_some() {
        format!("connects to port {}", word("/tcpSocket/port"))
    } else if probe.get("grpc").is_some() {
        format!("asks gRPC on port {}", word("/grpc/port"))
    } else {
        "runs a command".to_owned()
    };
    Some(format!("the {kind} probe {asks}"))
}

/// What stands before the containers: what the pod names, volumes, the network.
fn before_containers(ground: &Ground<'_>, pod: &Value, told: &mut Account) {
    if is_leaving(pod) {
        return;
    }
    if !has_started(pod) {
        let (missing, there) = config::look(ground, pod);
        told.causes.extend(missing.into_iter().map(|cause| Cause {
            steps: cause.steps.into_iter().map(|step| step.deeper(1)).collect(),
            ..cause
        }));
        told.tail.extend(there.map(|step| step.deeper(1)));
        let made = told.causes.iter().any(|cause| cause.shown.is_some());
        if let (false, Some(event)) = (made, events::find(ground, pod, &NOT_MADE, "")) {
            let words = format!("{}: {}", text(event, "/reason"), text(event, "/message").trim());
            told.causes.push(cause(Sure::Seen, words, vec![events::step(pod, event).deeper(1)]));
        }
    }
}

/// Whether all containers have run once: what it names was there then.
pub(super) fn has_started(pod: &Value) -> bool {
    let statuses = items(pod, "/status/containerStatuses");
    let ran = |one: &Value| {
        ["/state/running", "/state/terminated", "/lastState/terminated"]
            .iter()
            .any(|pointer| one.pointer(pointer).is_some())
    };
    !statuses.is_empty() && statuses.iter().all(ran)
}

fn gates(pod: &Value, told: &mut Account) {
    for gate in items(pod, "/spec/readinessGates") {
        let kind = text(gate, "/conditionType");
        if !is(pod, kind, "True") {
            let words = format!("readiness gate {kind} is not open");
            let step = Evidence::of(pod, words.clone(), Tone::Warn).deeper(1);
            told.causes.push(cause(Sure::Said, words, vec![step]));
        }
    }
}
