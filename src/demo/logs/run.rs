//! One run of one container: which one a request means, and when it wrote which line.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::super::controllers::json::annotation;
use super::super::object::text;
use super::super::status::ApiError;
use super::words::Voice;

/// Says how the containers of a pod log: `[container=]lines:N[:kept]` for N numbered lines a second, of which the last `kept` are
/// there.
pub const ANNOTATION: &str = "demo.dogwatch.dev/log";

/// What a kubelet keeps of a log before it rotates it away.
const KEPT: u64 = 5_000;
/// The same of numbered lines.
const KEPT_NUMBERED: u64 = 200_000;
/// Now and then some lines of so many are written at once.
const BLOCK: u64 = 12;
/// Which of them.
const BURST: std::ops::RangeInclusive<u64> = 5..=9;

/// One run of one container.
#[derive(Debug, Clone)]
pub struct Run {
    pub pod: String,
    pub voice: Voice,
    pub start: Timestamp,
    /// When it ended, and with which code.
    pub end: Option<(Timestamp, i64)>,
    /// So many of the last lines can be read.
    pub kept: u64,
    every: Duration,
    seed: u64,
}

fn statuses(pod: &Value) -> impl Iterator<Item = &Value> {
    ["/status/containerStatuses", "/status/initContainerStatuses"]
        .into_iter()
        .filter_map(|path| pod.pointer(path)?.as_array())
        .flatten()
}

/// The run of a container that a request asks for.
pub fn run_of(pod: &Value, container: Option<&str>, previous: bool) -> Result<Run, ApiError> {
    let pod_name = text(pod, "/metadata/name");
    let names: Vec<&str> =
        pod["spec"]["containers"].as_array().into_iter().flatten().map(|c| text(c, "/name")).collect();
    let inits = pod["spec"]["initContainers"].as_array().into_iter().flatten().map(|c| text(c, "/name"));
    let name = match (container, names.as_slice()) {
        (Some(name), _) if names.contains(&name) || inits.clone().any(|i| i == name) => name,
        (Some(name), _) => {
            let message = format!("container {name} is not valid for pod {pod_name}");
            return Err(ApiError::bad_request(message));
        }
        (None, [one]) => one,
        (None, many) => {
            let inits: Vec<&str> = inits.collect();
            let more = if inits.is_empty() {
                String::new()
            } else {
                format!(" or one of the init containers: [{}]", inits.join(" "))
            };
            let message = format!(
                "a container name must be specified for pod {pod_name}, choose one of: [{}]{more}",
                many.join(" ")
            );
            return Err(ApiError::bad_request(message));
        }
    };
    let spec = ["containers", "initContainers"]
        .iter()
        .filter_map(|list| pod["spec"][*list].as_array())
        .flatten()
        .find(|c| c["name"] == name);
    let status = statuses(pod).find(|s| s["name"] == name);
    let (start, end) = period(status, pod_name, name, previous)?;
    let image = spec.map(|c| text(c, "/image")).unwrap_or_default();
    let seed = hash(&format!("{}/{name}/{start}", text(pod, "/metadata/uid")));
    let pod_name = pod_name.to_owned();
    if let Some((rate, kept)) = numbered(annotation(pod, ANNOTATION), name) {
        let every = Duration::from_nanos(1_000_000_000 / rate.clamp(1, 1_000_000));
        return Ok(Run { pod: pod_name, voice: Voice::Numbered, start, end, kept, every, seed });
    }
    // Between one line in 0.4 and one in 3.4 seconds.
    let every = Duration::from_millis(400 + seed % 3000);
    Ok(Run { pod: pod_name, voice: Voice::of(image), start, end, kept: KEPT, every, seed })
}

/// Lines a second, and how many are kept.
fn numbered(rules: &str, container: &str) -> Option<(u64, u64)> {
    rules.split(',').find_map(|rule| {
        let (whom, what) = rule.split_once('=').unwrap_or((container, rule));
        let mut parts = what.strip_prefix("lines:").filter(|_| whom == container)?.split(':');
        let rate = parts.next()?.parse().ok()?;
        Some((rate, parts.next().and_then(|kept| kept.parse().ok()).unwrap_or(KEPT_NUMBERED)))
    })
}

/// When a run that was followed ended; none while it runs.
pub fn end_of(pod: &Value, run: &Run, now: Timestamp) -> Option<(Timestamp, i64)> {
    let is_it = |state: &Value| text(state, "/startedAt").parse().ok() == Some(run.start);
    let states = |which: &'static str| statuses(pod).filter_map(move |status| status.pointer(which));
    if states("/state/running").any(is_it) {
        return None;
    }
    let mut ended = states("/state/terminated").chain(states("/lastState/terminated"));
    let ended = ended.find(|state| is_it(state));
    let end =
        ended.and_then(|state| Some((text(state, "/finishedAt").parse().ok()?, state["exitCode"].as_i64()?)));
    Some(end.unwrap_or((now, 0)))
}

type Period = (Timestamp, Option<(Timestamp, i64)>);

fn period(status: Option<&Value>, pod: &str, container: &str, previous: bool) -> Result<Period, ApiError> {
    let ended = |state: Option<&Value>| -> Option<Period> {
        let state = state?.get("terminated")?;
        let end: Timestamp = text(state, "/finishedAt").parse().ok()?;
        let start = text(state, "/startedAt").parse().unwrap_or(end);
        Some((start, Some((end, state["exitCode"].as_i64().unwrap_or(0)))))
    };
    let last = ended(status.and_then(|s| s.get("lastState")));
    if previous {
        let message = format!("previous terminated container \"{container}\" in pod \"{pod}\" not found");
        return last.ok_or_else(|| ApiError::bad_request(message));
    }
    let state = status.and_then(|s| s.get("state"));
    if let Some(start) = state.and_then(|s| text(s, "/running/startedAt").parse().ok()) {
        return Ok((start, None));
    }
    // Between two runs, a crashing container shows its last one.
    ended(state).or(last).ok_or_else(|| {
        let reason = state.map(|s| text(s, "/waiting/reason")).filter(|r| !r.is_empty());
        let reason = reason.unwrap_or("ContainerCreating");
        let why = match reason {
            "ImagePullBackOff" | "ErrImagePull" => "trying and failing to pull image".to_owned(),
            other => other.to_owned(),
        };
        ApiError::bad_request(format!(
            "container \"{container}\" in pod \"{pod}\" is waiting to start: {why}"
        ))
    })
}

pub fn hash(text: &str) -> u64 {
    // FNV-1a, then mixed, so that neighbours differ.
    let hash = text
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |h, b| (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3));
    (hash ^ (hash >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9) >> 8
}

impl Run {
    /// Whether some lines of a block are written at once.
    fn bursts(&self, block: u64) -> bool {
        self.voice == Voice::Numbered || hash(&format!("{}/{block}", self.seed)).is_multiple_of(4)
    }

    /// Whether a line is one of those, and its place among them.
    fn in_burst(&self, n: u64) -> Option<u64> {
        let at = n % BLOCK;
        (BURST.contains(&at) && self.bursts(n / BLOCK)).then(|| at - BURST.start())
    }

    /// When line `n` is written.
    pub fn time_of(&self, n: u64) -> Timestamp {
        let at = n - self.in_burst(n).unwrap_or(0);
        let nanos = i64::try_from(self.every.as_nanos().saturating_mul(at.into())).unwrap_or(i64::MAX);
        self.start.saturating_add(SignedDuration::from_nanos(nanos)).unwrap_or(Timestamp::MAX)
    }

    fn since_start(&self, time: Timestamp) -> u128 {
        u128::try_from(time.duration_since(self.start).as_nanos()).unwrap_or(0)
    }

    /// The number of lines written before a time.
    pub fn first_after(&self, time: Timestamp) -> u64 {
        let n = self.since_start(time).div_ceil(self.every.as_nanos()) as u64;
        match self.in_burst(n) {
            Some(at @ 1..) => n - at + (BURST.end() - BURST.start() + 1),
            _ => n,
        }
    }

    /// The number of lines that there are now.
    pub fn written(&self, now: Timestamp) -> u64 {
        let until = self.end.map_or(now, |(end, _)| end.min(now));
        if until < self.start {
            return 0;
        }
        let last_words = u64::from(self.end.is_some_and(|(_, code)| code != 0));
        let last = (self.since_start(until) / self.every.as_nanos()) as u64;
        let last = last + self.in_burst(last).map_or(0, |at| BURST.end() - BURST.start() - at);
        last + 1 + last_words
    }

    /// Writes line `n`.
    pub fn push(&self, out: &mut String, n: u64, stamps: bool) {
        let is_last = self.end.is_some_and(|(end, code)| code != 0 && n + 1 == self.written(end));
        let time = if is_last { self.end.map_or(self.start, |(end, _)| end) } else { self.time_of(n) };
        if stamps {
            out.push_str(&time.strftime("%Y-%m-%dT%H:%M:%S.%9fZ ").to_string());
        }
        if is_last {
            // Whom the kernel kills has no last words; the line before them tells why.
            let killed = self.end.is_some_and(|(_, code)| code == 137);
            out.push_str(if killed {
                "warning: heap 255 MiB of 256 MiB, still loading the order book"
            } else {
                "fatal: cannot reach the database at db:5432: connection refused"
            });
        } else {
            self.voice.say(out, n, hash(&format!("{}:{n}", self.seed)), time, self.in_burst(n));
        }
        out.push('\n');
    }
}

/// Marks a pod's containers as running since a time, for tests.
#[cfg(test)]
fn running(pod: &mut Value, since: Timestamp) {
    let names: Vec<Value> =
        pod["spec"]["containers"].as_array().unwrap().iter().map(|c| c["name"].clone()).collect();
    let status = |name: &Value| serde_json::json!({"name": name, "state": {"running": {"startedAt": since.to_string()}}});
    pod["status"]["containerStatuses"] = names.iter().map(status).collect();
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn pod() -> Value {
        let mut pod = json!({"metadata": {"name": "p", "uid": "u"}, "spec": {"containers": [{"name": "c", "image": "api:1"}]}});
        running(&mut pod, "2026-11-21T01:00:00Z".parse().unwrap());
        pod
    }

    #[test]
    fn lines_follow_from_time() {
        let run = run_of(&pod(), None, false).unwrap();
        let now: Timestamp = "2026-11-21T01:10:00Z".parse().unwrap();
        let written = run.written(now);
        assert!(run.time_of(written - 1) <= now && run.time_of(written) > now);
        assert_eq!(run.first_after(run.time_of(7)), 7);
        let (mut a, mut b) = (String::new(), String::new());
        run.push(&mut a, 5, true);
        run_of(&pod(), Some("c"), false).unwrap().push(&mut b, 5, true);
        assert_eq!(a, b);
        let (_, line) = a.trim_end().split_once(' ').unwrap();
        assert!(serde_json::from_str::<Value>(line).is_ok(), "{line}");
    }

    #[test]
    fn what_has_no_log_says_why() {
        let mut two = pod();
        two["spec"]["containers"] = json!([{"name": "a"}, {"name": "b"}]);
        let message = run_of(&two, None, false).unwrap_err().message;
        assert_eq!(message, "a container name must be specified for pod p, choose one of: [a b]");
        assert!(run_of(&pod(), Some("x"), false).unwrap_err().message.contains("container x is not valid"));
        assert!(run_of(&pod(), None, true).unwrap_err().message.contains("previous terminated container"));
        let mut waiting = pod();
        waiting["status"]["containerStatuses"] =
            json!([{"name": "c", "state": {"waiting": {"reason": "ImagePullBackOff"}}}]);
        assert!(
            run_of(&waiting, None, false).unwrap_err().message.contains("trying and failing to pull image")
        );
    }

    #[test]
    fn a_crash_ends_with_last_words() {
        let mut pod = pod();
        pod["status"]["containerStatuses"] = json!([{"name": "c", "state": {"waiting": {"reason": "CrashLoopBackOff"}},
            "lastState": {"terminated": {"exitCode": 1, "startedAt": "2026-11-21T01:00:00Z", "finishedAt": "2026-11-21T01:00:09Z"}}}]);
        let run = run_of(&pod, None, false).unwrap();
        let written = run.written("2026-11-21T02:00:00Z".parse().unwrap());
        let mut line = String::new();
        run.push(&mut line, written - 1, false);
        assert!(line.starts_with("fatal:"), "{line}");
    }
}
