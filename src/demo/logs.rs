//! Logs of containers: lines that follow from the container and the time, so nothing has to be kept.
//!
//! Line `n` of a container is written `n` intervals after it started; a follower waits for the next one.

use std::io;
use std::time::Duration;

use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::body::{Answer, answer, full, streamed};
use super::clock::Clock;
use super::object::text;
use super::query::Call;
use super::resource::PODS;
use super::status::ApiError;
use super::store::Store;

/// What a kubelet keeps of a log before it rotates it away.
const KEPT: u64 = 5_000;

/// One run of one container.
#[derive(Debug, Clone)]
struct Run {
    pod: String,
    image: String,
    start: Timestamp,
    /// When it ended, and with which code.
    end: Option<(Timestamp, i64)>,
    every: Duration,
    seed: u64,
}

/// Answers a GET of a pod's log.
pub fn log(store: &Store, call: &Call) -> Result<Answer, ApiError> {
    let target = &call.target;
    let pod = store.get(PODS, target.ns(), target.name());
    let pod = pod.ok_or_else(|| ApiError::not_found(PODS, target.name()))?;
    let uid = pod.uid.to_string();
    let run = run_of(
        &pod.value(),
        call.query.get("container"),
        call.query.is("previous") && call.query.get("previous").is_some(),
    )?;
    let clock = store.clock();
    let stamps = call.query.is("timestamps") && call.query.get("timestamps").is_some();
    let follow = call.query.get("follow") == Some("true") && run.end.is_none();
    let written = run.written(clock.now());
    let mut from = written.saturating_sub(KEPT);
    if let Some(tail) = call.query.number("tailLines")? {
        from = from.max(written.saturating_sub(tail));
    }
    if let Some(seconds) = call.query.number("sinceSeconds")? {
        from = from.max(run.first_after(clock.before(Duration::from_secs(seconds))));
    }
    if let Some(since) = call.query.get("sinceTime") {
        let since: Timestamp =
            since.parse().map_err(|_| ApiError::bad_request(format!("invalid sinceTime: {since}")))?;
        from = from.max(run.first_after(since));
    }
    let mut first = String::new();
    for n in from..written {
        run.push(&mut first, n, stamps);
    }
    let mut left = call.query.number("limitBytes")?.map_or(usize::MAX, |n| n as usize);
    let mut cut = first.len().min(left);
    while !first.is_char_boundary(cut) {
        cut -= 1;
    }
    first.truncate(cut);
    left -= first.len();
    if !follow || left == 0 {
        return Ok(answer(200, "text/plain", full(first)));
    }
    let state =
        Follow { store: store.clone(), ns: target.ns().into(), uid, run, next: written, stamps, left };
    let rest = futures::stream::unfold(state, |mut state| async move {
        let piece = state.next(state.store.clock()).await?;
        Some((Ok::<_, io::Error>(piece), state))
    });
    let start = futures::stream::iter((!first.is_empty()).then(|| Ok(Bytes::from(first))));
    Ok(answer(200, "text/plain", streamed(futures::StreamExt::chain(start, rest))))
}

struct Follow {
    store: Store,
    ns: String,
    uid: String,
    run: Run,
    next: u64,
    stamps: bool,
    left: usize,
}

impl Follow {
    async fn next(&mut self, clock: Clock) -> Option<Bytes> {
        if self.left == 0 {
            return None;
        }
        let wait = self.run.time_of(self.next).duration_since(clock.now());
        tokio::time::sleep(Duration::try_from(wait).unwrap_or_default()).await;
        let pod = self.store.get(PODS, &self.ns, &self.run.pod).filter(|pod| *pod.uid == *self.uid)?;
        let container = text_of(&pod.value(), &self.run);
        if container != Some(self.run.start) {
            return None;
        }
        let mut line = String::new();
        self.run.push(&mut line, self.next, self.stamps);
        self.next += 1;
        let mut cut = line.len().min(self.left);
        while !line.is_char_boundary(cut) {
            cut -= 1;
        }
        line.truncate(cut);
        self.left -= line.len();
        Some(Bytes::from(line))
    }
}

/// When the run that is followed started, if it still runs.
fn text_of(pod: &Value, run: &Run) -> Option<Timestamp> {
    statuses(pod)
        .filter_map(|s| text(s, "/state/running/startedAt").parse().ok())
        .find(|start| *start == run.start)
}

fn statuses(pod: &Value) -> impl Iterator<Item = &Value> {
    ["/status/containerStatuses", "/status/initContainerStatuses"]
        .into_iter()
        .filter_map(|path| pod.pointer(path)?.as_array())
        .flatten()
}

/// The run of a container that a request asks for.
fn run_of(pod: &Value, container: Option<&str>, previous: bool) -> Result<Run, ApiError> {
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
    let image = spec.map(|c| text(c, "/image")).unwrap_or_default().to_owned();
    let seed = hash(&format!("{}/{name}/{start}", text(pod, "/metadata/uid")));
    // Between one line in 0.4 and one in 3.4 seconds.
    let every = Duration::from_millis(400 + seed % 3000);
    Ok(Run { pod: pod_name.to_owned(), image, start, end, every, seed })
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

fn hash(text: &str) -> u64 {
    // FNV-1a, then mixed, so that neighbours differ.
    let hash = text
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |h, b| (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3));
    (hash ^ (hash >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9) >> 8
}

impl Run {
    fn time_of(&self, n: u64) -> Timestamp {
        let millis = (self.every.as_millis() as u64).saturating_mul(n);
        self.start.saturating_add(SignedDuration::from_millis(millis as i64)).unwrap_or(Timestamp::MAX)
    }

    /// The number of lines written before a time.
    fn first_after(&self, time: Timestamp) -> u64 {
        let millis = time.duration_since(self.start).as_millis().max(0) as u64;
        millis.div_ceil(self.every.as_millis() as u64)
    }

    /// The number of lines that there are now.
    fn written(&self, now: Timestamp) -> u64 {
        let until = self.end.map_or(now, |(end, _)| end.min(now));
        if until < self.start {
            return 0;
        }
        let last_words = u64::from(self.end.is_some_and(|(_, code)| code != 0));
        until.duration_since(self.start).as_millis().max(0) as u64 / self.every.as_millis() as u64
            + 1
            + last_words
    }

    fn push(&self, out: &mut String, n: u64, stamps: bool) {
        let is_last = self.end.is_some_and(|(end, code)| code != 0 && n + 1 == self.written(end));
        let time = if is_last { self.end.map_or(self.start, |(end, _)| end) } else { self.time_of(n) };
        if stamps {
            out.push_str(&time.strftime("%Y-%m-%dT%H:%M:%S.%9fZ ").to_string());
        }
        if is_last {
            // Whom the kernel kills has no last words; the line before them tells why.
            let killed = self.end.is_some_and(|(_, code)| code == 137);
            out.push_str(if killed {
                "warning: heap 255 MiB of 256 MiB, still loading the order book\n"
            } else {
                "fatal: cannot reach the database at db:5432: connection refused\n"
            });
        } else {
            out.push_str(&self.line(n, time));
            out.push('\n');
        }
    }

    /// What a container of this image says.
    fn line(&self, n: u64, time: Timestamp) -> String {
        let r = hash(&format!("{}:{n}", self.seed));
        let name = self.image.rsplit('/').next().unwrap_or_default();
        let at = time.strftime("%Y-%m-%dT%H:%M:%S.%3fZ");
        let path = ["/", "/healthz", "/v1/users", "/v2/users", "/cart", "/status"][(r >> 8) as usize % 6];
        let status = [200, 200, 200, 200, 304, 404, 200, 500][(r >> 16) as usize % 8];
        let took = r % 180;
        match () {
            () if n == 0 => format!("{at} starting {name}"),
            () if name.contains("api") || name.contains("users") || name.contains("status") => format!(
                "{{\"level\":\"{}\",\"ts\":\"{at}\",\"msg\":\"request\",\"path\":\"{path}\",\"status\":{status},\"ms\":{took}}}",
                if status == 500 { "error" } else { "info" }
            ),
            () if name.contains("front")
                || name.contains("gb")
                || name.contains("nginx")
                || name.contains("web") =>
            {
                format!(
                    "10.210.{}.{} - - [{at}] \"GET {path} HTTP/1.1\" {status} {}",
                    r % 7,
                    r % 250,
                    took * 31
                )
            }
            () if name.contains("kafka") => {
                format!(
                    "[{at}] INFO [GroupCoordinator {}]: Stabilized group g-{} generation {n}",
                    r % 3,
                    r % 9
                )
            }
            () if name.contains("postgres") => {
                format!("{at} UTC [{}] LOG:  checkpoint complete: wrote {took} buffers", r % 900 + 20)
            }
            () => {
                let level = if r.is_multiple_of(37) { "WARN" } else { "INFO" };
                format!("{at} {level} worker-{} handled item {n} in {took} ms", r % 4)
            }
        }
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
