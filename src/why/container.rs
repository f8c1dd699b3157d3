//! What a container's status says: why it waits, how it ended, in words.

use serde_json::Value;

use super::Sure;
use super::ground::time;
use crate::model::column::Tone;
use crate::model::exit;
use crate::model::json::{flag, number, text};
use crate::model::record::Seconds;
use crate::model::units;
use crate::release::images::short;

/// What a container says.
pub(super) struct Said {
    pub sure: Sure,
    /// A clause.
    pub words: String,
    /// What shows it.
    pub lines: Vec<(String, Tone, Option<Seconds>)>,
}

/// What waits for an image.
const IMAGE: [&str; 6] = [
    "ImagePullBackOff",
    "ErrImagePull",
    "InvalidImageName",
    "ErrImageNeverPull",
    "RegistryUnavailable",
    "ImageInspectError",
];

/// What the many texts of runtimes and registries mean; the first that is found.
const PULL: [(&str, &str); 12] = [
    ("no match for platform", "is not there for the node's platform"),
    ("toomanyrequests", "is not pulled: the registry limits how often"),
    ("too many requests", "is not pulled: the registry limits how often"),
    ("no such host", "is in a registry that is not known (no such host)"),
    ("x509", "is not pulled: the registry's certificate is not accepted"),
    ("unauthorized", "may not be pulled (unauthorized)"),
    ("denied", "may not be pulled (access denied); or it does not exist"),
    ("connection refused", "is not pulled: the registry refuses the connection"),
    ("i/o timeout", "is not pulled: the registry does not answer"),
    ("no space left", "is not pulled: no space is left on the node"),
    ("not found", "does not exist (the registry says: not found)"),
    ("manifest unknown", "does not exist (the registry says: manifest unknown)"),
];

/// What is said of an image that does not come.
fn pulling(image: &str, reason: &str, messages: &[&str]) -> String {
    let image = short(image);
    let all = messages.join(" ").to_ascii_lowercase();
    if let Some((_, words)) = PULL.iter().find(|(sign, _)| all.contains(sign)) {
        return format!("image {image} {words}");
    }
    match reason {
        "InvalidImageName" => format!("{image} is no valid name of an image"),
        "ErrImageNeverPull" => format!("image {image} is not on the node and may not be pulled"),
        _ => format!("image {image} cannot be pulled"),
    }
}

/// How a run ended: `exit 137 (SIGKILL), OOMKilled`.
pub(super) fn ending(ended: &Value) -> String {
    let (code, signal) = (number(ended, "/exitCode").unwrap_or(0), number(ended, "/signal").unwrap_or(0));
    let mut words = if signal != 0 {
        let name = exit::signal(signal).map(|name| format!(" ({name})")).unwrap_or_default();
        format!("signal {signal}{name}")
    } else {
        let meaning = exit::words(code);
        let meaning = if meaning.is_empty() { String::new() } else { format!(" ({meaning})") };
        format!("exit {code}{meaning}")
    };
    let reason = text(ended, "/reason");
    if !reason.is_empty() && reason != "Error" {
        words = format!("{words}, {reason}");
    }
    words
}

/// What killed it says of its limit.
fn memory(spec: &Value, ended: &Value) -> String {
    if text(ended, "/reason") != "OOMKilled" {
        return String::new();
    }
    match text(spec, "/resources/limits/memory") {
        "" => ": out of memory, and it has no limit of its own".to_owned(),
        limit => format!(": it wanted more memory than its limit of {limit}"),
    }
}

fn last_words(ended: &Value) -> Option<String> {
    let last = text(ended, "/message").trim().lines().last().unwrap_or_default().trim();
    (!last.is_empty()).then(|| format!("its last words: {last}"))
}

/// What a container says that is not as it should be. `events`: messages about its image.
pub(super) fn said(spec: &Value, status: &Value, init: bool, events: &[&str]) -> Option<Said> {
    let name = text(status, "/name");
    let which = if init { format!("init container {name}") } else { format!("container {name}") };
    let restarts = number(status, "/restartCount").unwrap_or(0);
    let many = u64::try_from(restarts).unwrap_or(0);
    let times = units::times(many, "time");
    let ended = &status["lastState"]["terminated"];
    if let Some(waiting) = status.pointer("/state/waiting") {
        let (reason, message) = (text(waiting, "/reason"), text(waiting, "/message").trim());
        let full = if message.is_empty() { reason.to_owned() } else { format!("{reason}: {message}") };
        let line = (format!("{which} waits: {full}"), Tone::Bad, None);
        return match reason {
            "" | "ContainerCreating" | "PodInitializing" => None,
            reason if IMAGE.contains(&reason) => {
                let mut messages = vec![message];
                messages.extend(events);
                let words = pulling(text(spec, "/image"), reason, &messages);
                Some(Said { sure: Sure::Said, words, lines: vec![line] })
            }
            "CrashLoopBackOff" => {
                let (words, mut lines) = if ended.is_object() {
                    let end = format!("{}{}", ending(ended), memory(spec, ended));
                    (format!("{which} ends again and again with {end}"), vec![run(&which, ended)])
                } else {
                    (format!("{which} ends again and again"), Vec::new())
                };
                lines.insert(
                    0,
                    (
                        format!("{which} waits for its next start, {}", units::times(many, "restart")),
                        Tone::Bad,
                        None,
                    ),
                );
                lines.extend(last_words(ended).map(|words| (words, Tone::Warn, None)));
                Some(Said { sure: Sure::Said, words, lines })
            }
            reason => {
                let why = if message.is_empty() { reason } else { message };
                Some(Said {
                    sure: Sure::Said,
                    words: format!("{which} cannot be started: {why}"),
                    lines: vec![line],
                })
            }
        };
    }
    if let Some(now) = status.pointer("/state/terminated") {
        if number(now, "/exitCode").unwrap_or(0) == 0 && number(now, "/signal").unwrap_or(0) == 0 {
            return None;
        }
        let words = format!("{which} ended with {}{}", ending(now), memory(spec, now));
        let mut lines = vec![run(&which, now)];
        lines.extend(last_words(now).map(|words| (words, Tone::Warn, None)));
        return Some(Said { sure: Sure::Said, words, lines });
    }
    // It runs: what it says of the run before is good to know, and no cause of what is now.
    (restarts > 0 && ended.is_object() && !init).then(|| Said {
        sure: Sure::Perhaps,
        words: format!("{which} was restarted {times}, last after {}{}", ending(ended), memory(spec, ended)),
        lines: std::iter::once(run(&which, ended))
            .chain(last_words(ended).map(|words| (words, Tone::Warn, None)))
            .collect(),
    })
}

fn run(which: &str, ended: &Value) -> (String, Tone, Option<Seconds>) {
    (format!("last run of {which}: {}", ending(ended)), Tone::Bad, time(ended, "/finishedAt"))
}

/// What is missing for a container that runs and is not ready: which probe has not passed, as far as that is known.
pub(super) fn unready(spec: &Value, status: &Value) -> Option<String> {
    let runs = status.pointer("/state/running").is_some();
    if !runs || flag(status, "/ready") {
        return None;
    }
    let name = text(status, "/name");
    let started = status.get("started") != Some(&Value::Bool(false));
    Some(match (started, spec.get("startupProbe").is_some(), spec.get("readinessProbe").is_some()) {
        (false, true, _) => format!("the startup probe of container {name} has not passed yet"),
        (_, _, true) => format!("the readiness probe of container {name} does not pass"),
        _ => return None,
    })
}
