//! How a container behaves, since nothing really runs: read from an annotation of its pod, or from words in its image's tag.
//!
//! Annotation `demo.dogwatch.dev/behaviour: [container=]word[:seconds[:exit code]]`. Words in a tag: see [`TAG_WORDS`].

use jiff::SignedDuration;
use serde_json::Value;

use super::super::json::{annotation, number, text};
use super::super::names::Dice;

/// The annotation that says how the containers of a pod behave.
pub const ANNOTATION: &str = "demo.dogwatch.dev/behaviour";

/// What a word in an image's tag makes of the container.
pub const TAG_WORDS: &[(&str, Fate)] = &[
    ("bad", Fate::NoImage),
    ("broken", Fate::NoImage),
    ("missing", Fate::NoImage),
    ("typo", Fate::NoImage),
    ("wrong", Fate::NoImage),
    ("nope", Fate::NoImage),
    ("unknown", Fate::NoImage),
    ("invalid", Fate::NoImage),
    ("notfound", Fate::NoImage),
    ("not-found", Fate::NoImage),
    ("nonexistent", Fate::NoImage),
    ("doesnotexist", Fate::NoImage),
    ("does-not-exist", Fate::NoImage),
    ("crash", Fate::Ends { after: 3, code: 1 }),
    ("oom", Fate::Ends { after: 8, code: 137 }),
    ("unready", Fate::NeverReady),
    ("slow", Fate::Slow { after: 20 }),
];

/// What becomes of a container.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It runs, and is ready after its usual delay.
    Runs,
    /// It runs, and takes long to become ready.
    Slow {
        /// Seconds after its start.
        after: i64,
    },
    /// It runs, but its readiness probe fails.
    NeverReady,
    /// It ends by itself.
    Ends {
        /// Seconds after its start.
        after: i64,
        /// 0 is success, 137 out of memory.
        code: i64,
    },
    /// Its image cannot be pulled.
    NoImage,
}

/// The fate of a container of a pod.
pub fn fate(pod: &Value, container: &Value, is_init: bool) -> Fate {
    if let Some(fate) = by_tag(text(container, "/image")) {
        return fate;
    }
    for rule in annotation(pod, ANNOTATION).split(',').filter(|r| !r.is_empty()) {
        let (whom, what) = rule.split_once('=').unwrap_or(("", rule));
        if (whom.is_empty() && !is_init) || whom == text(container, "/name") {
            return by_word(what);
        }
    }
    let runs_to_an_end = is_init || matches!(text(pod, "/spec/restartPolicy"), "Never" | "OnFailure");
    if runs_to_an_end { Fate::Ends { after: if is_init { 1 } else { 5 }, code: 0 } } else { Fate::Runs }
}

fn by_tag(image: &str) -> Option<Fate> {
    let name = image.rsplit('/').next().unwrap_or(image);
    let tag = name.split_once([':', '@']).map_or("", |(_, tag)| tag).to_ascii_lowercase();
    TAG_WORDS.iter().find(|(word, _)| tag.contains(word)).map(|(_, fate)| *fate)
}

fn by_word(rule: &str) -> Fate {
    let mut parts = rule.split(':');
    let word = parts.next().unwrap_or_default();
    let mut next = |default: i64| parts.next().and_then(|p| p.parse().ok()).unwrap_or(default);
    match word {
        "slow" => Fate::Slow { after: next(20) },
        "unready" => Fate::NeverReady,
        "oom" => Fate::Ends { after: next(8), code: 137 },
        "exit" => Fate::Ends { after: next(3), code: next(1) },
        "noimage" => Fate::NoImage,
        _ => Fate::Runs,
    }
}

/// The reason that a kubelet gives for an exit code.
pub fn exit_reason(code: i64) -> &'static str {
    match code {
        0 => "Completed",
        137 => "OOMKilled",
        _ => "Error",
    }
}

/// How long a container takes to be ready after its start.
pub fn readiness_delay(fate: Fate, container: &Value, pod_uid: &str) -> Option<SignedDuration> {
    let seconds = match fate {
        Fate::NeverReady | Fate::NoImage => return None,
        Fate::Slow { after } => after,
        Fate::Runs | Fate::Ends { .. } if container.get("readinessProbe").is_none() => 0,
        Fate::Runs | Fate::Ends { .. } => {
            let initial = number(container, "/readinessProbe/initialDelaySeconds").unwrap_or(0).clamp(0, 10);
            1 + initial + Dice::of(pod_uid).below(2) as i64
        }
    };
    Some(SignedDuration::from_secs(seconds))
}

/// How long the image takes to be pulled and the container to be made: 1 to 2 seconds.
pub fn creation_delay(pod_uid: &str) -> SignedDuration {
    SignedDuration::from_millis(1000 + Dice::of(pod_uid).below(1000) as i64)
}

/// How long a container takes to stop: 1 to 3 seconds, never longer than its grace.
pub fn stop_delay(pod_uid: &str, grace: i64) -> SignedDuration {
    let millis = 1500 + Dice::of(pod_uid).below(1500) as i64;
    SignedDuration::from_millis(millis.min(grace.max(0) * 1000))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn fate_comes_from_the_tag_then_the_annotation_then_the_restart_policy() {
        let pod = |behaviour: &str, policy: &str| json!({"metadata": {"annotations": {ANNOTATION: behaviour}}, "spec": {"restartPolicy": policy}});
        let container = |image: &str| json!({"name": "app", "image": image});
        for (behaviour, policy, image, expected) in [
            ("", "Always", "web:v1", Fate::Runs),
            ("", "Always", "registry.example.com/bad/web:v1", Fate::Runs),
            ("", "Always", "web:v2-bad", Fate::NoImage),
            ("", "Always", "registry:5000/web:does-not-exist", Fate::NoImage),
            ("oom:25", "Always", "web:v1", Fate::Ends { after: 25, code: 137 }),
            ("exit:3:2", "Always", "web:v1", Fate::Ends { after: 3, code: 2 }),
            ("other=oom", "Always", "web:v1", Fate::Runs),
            ("app=unready", "Always", "web:v1", Fate::NeverReady),
            ("", "Never", "etl:1", Fate::Ends { after: 5, code: 0 }),
        ] {
            assert_eq!(
                fate(&pod(behaviour, policy), &container(image), false),
                expected,
                "{behaviour} {image}"
            );
        }
    }
}
