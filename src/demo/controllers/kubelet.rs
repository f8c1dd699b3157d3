//! The kubelets' decisions: what becomes of a pod on its node, from its creation to its end.
//!
//! Pure and without memory: everything follows from the pod as it is stored and the time. Nothing runs, of course;
//! how a container behaves is said by `behaviour`.

pub mod behaviour;
pub mod status;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::super::resource::PODS;
use super::json::{deleting, items, name, namespace, number, text, time, truth, uid};
use super::plan::{Decision, Note, Write, about_container};
use behaviour::{Fate, creation_delay, fate, readiness_delay, stop_delay};

/// The component that its events name.
pub const COMPONENT: &str = "kubelet";

/// The list of containers that joined later.
const EPHEMERAL: &str = "ephemeralContainers";

/// The longest time between two attempts, in seconds.
const LONGEST_BACK_OFF: i64 = 300;

fn plus(at: Timestamp, by: SignedDuration) -> Timestamp {
    at.saturating_add(by).unwrap_or(Timestamp::MAX)
}

/// Looks at a pod on a living node. `first_sight` of its deletion tells the world that its containers stop.
pub fn reconcile(pod: &Value, first_sight: bool, now: Timestamp) -> Decision {
    if deleting(pod) {
        return terminate(pod, first_sight, now);
    }
    if matches!(text(pod, "/status/phase"), "Succeeded" | "Failed") {
        return Decision::rest();
    }
    let mut after = pod.clone();
    let mut decision = Decision::rest();
    if time(pod, "/status/startTime").is_none() {
        status::begin(&mut after, now);
        tell_pulling(&after, items(&after, "/spec/initContainers").is_empty(), &mut decision);
    }
    let start = time(&after, "/status/startTime").unwrap_or(now);
    let mut worker = Worker { pod: after, now, decision };
    let initialized = worker.work_inits(start);
    if let Some(since) = initialized {
        worker.work_containers(since);
    }
    worker.work_ephemeral(start);
    let Worker { pod: mut after, mut decision, .. } = worker;
    status::conclude(&mut after, now);
    if after["status"] != pod["status"] {
        decision.writes.insert(0, Write::Update(PODS, after));
    }
    decision
}

/// Ends a container of a running pod; the kubelet then treats it as it treats every container that ended.
pub fn crash(pod: &Value, container: &str, code: i64, now: Timestamp) -> Value {
    let mut after = pod.clone();
    for found in after["status"]["containerStatuses"].as_array_mut().into_iter().flatten() {
        if text(found, "/name") == container && found["state"].get("running").is_some() {
            status::end(found, code, now);
        }
    }
    status::conclude(&mut after, now);
    after
}

fn terminate(pod: &Value, first_sight: bool, now: Timestamp) -> Decision {
    let grace = number(pod, "/metadata/deletionGracePeriodSeconds").unwrap_or(0);
    let due = time(pod, "/metadata/deletionTimestamp").unwrap_or(now);
    let asked = due.saturating_sub(SignedDuration::from_secs(grace)).unwrap_or(now);
    let gone = plus(asked, stop_delay(uid(pod), grace));
    let mut decision = Decision::rest();
    if first_sight {
        for container in items(pod, "/spec/containers") {
            let message = format!("Stopping container {}", text(container, "/name"));
            decision.writes.push(tell(pod, container, "containers", false, "Killing", message));
        }
    }
    if gone <= now {
        decision.writes.push(Write::Remove(PODS, namespace(pod).to_owned(), name(pod).to_owned()));
    } else {
        decision.look_again(gone);
    }
    decision
}

fn tell(
    pod: &Value,
    container: &Value,
    field: &str,
    warning: bool,
    reason: &'static str,
    message: String,
) -> Write {
    Write::Tell(Note {
        about: about_container(pod, text(container, "/name"), field),
        warning,
        reason,
        message,
        component: COMPONENT,
        host: text(pod, "/spec/nodeName").to_owned(),
    })
}

fn tell_pulling(pod: &Value, main: bool, decision: &mut Decision) {
    let field = if main { "containers" } else { "initContainers" };
    for container in items(pod, &format!("/spec/{field}")) {
        if text(container, "/imagePullPolicy") == "Always" || fate(pod, container, !main) == Fate::NoImage {
            let message = format!("Pulling image \"{}\"", text(container, "/image"));
            decision.writes.push(tell(pod, container, field, false, "Pulling", message));
        }
    }
}

/// One look at one pod.
struct Worker {
    pod: Value,
    now: Timestamp,
    decision: Decision,
}

impl Worker {
    /// Init containers, one after the other; gives the time since when all are done.
    fn work_inits(&mut self, start: Timestamp) -> Option<Timestamp> {
        let mut since = start;
        for index in 0..items(&self.pod, "/spec/initContainers").len() {
            let status = self.work("initContainers", "initContainerStatuses", index, since);
            match number(&status, "/state/terminated/exitCode") {
                Some(0) => since = time(&status, "/state/terminated/finishedAt").unwrap_or(since),
                _ => return None,
            }
        }
        Some(since)
    }

    fn work_containers(&mut self, since: Timestamp) {
        for index in 0..items(&self.pod, "/spec/containers").len() {
            self.work("containers", "containerStatuses", index, since);
        }
    }

    /// Containers that joined later: each is started as soon as it is seen, and never again.
    fn work_ephemeral(&mut self, start: Timestamp) {
        for index in 0..items(&self.pod, "/spec/ephemeralContainers").len() {
            let container = self.pod["spec"][EPHEMERAL][index].clone();
            let statuses = &mut self.pod["status"]["ephemeralContainerStatuses"];
            if statuses[index].is_null() {
                let waiting = status::waiting_container(&container, "ContainerCreating");
                match statuses.as_array_mut() {
                    Some(list) => list.push(waiting),
                    None => *statuses = json!([waiting]),
                }
            }
            self.work(EPHEMERAL, "ephemeralContainerStatuses", index, start);
        }
    }

    /// Moves one container as far as the time allows; gives its status.
    fn work(&mut self, field: &'static str, statuses: &str, index: usize, since: Timestamp) -> Value {
        let container = self.pod["spec"][field][index].clone();
        let mut status = self.pod["status"][statuses][index].clone();
        let fate = match field {
            // What is said of the pod's behaviour is said of its own containers.
            EPHEMERAL => fate(&Value::Null, &container, false),
            field => fate(&self.pod, &container, field == "initContainers"),
        };
        // At most: start, become ready, end, wait. Each step may make the next one due.
        for _ in 0..4 {
            let before = status.clone();
            self.step(field, &container, &mut status, fate, since);
            if status == before {
                break;
            }
        }
        self.pod["status"][statuses][index] = status.clone();
        status
    }

    fn step(&mut self, field: &str, container: &Value, status: &mut Value, fate: Fate, since: Timestamp) {
        if status["state"].get("running").is_some() {
            self.running(field, container, status, fate);
        } else if status["state"].get("terminated").is_some() {
            self.terminated(field, container, status);
        } else if text(status, "/state/waiting/reason") == "CrashLoopBackOff" {
            self.backing_off(field, container, status);
        } else if fate == Fate::NoImage {
            self.pulling_in_vain(field, container, status, since);
        } else {
            let due = plus(since, creation_delay(uid(&self.pod)));
            if self.is_due(due) {
                self.start(field, container, status, 0);
            }
        }
    }

    fn is_due(&mut self, at: Timestamp) -> bool {
        if at <= self.now {
            return true;
        }
        self.decision.look_again(at);
        false
    }

    fn tell(&mut self, field: &str, container: &Value, warning: bool, reason: &'static str, message: String) {
        let write = tell(&self.pod, container, field, warning, reason, message);
        self.decision.writes.push(write);
    }

    fn start(&mut self, field: &str, container: &Value, status: &mut Value, restarts: i64) {
        let (image, called) = (text(container, "/image"), text(container, "/name"));
        let pulled = if text(container, "/imagePullPolicy") == "Always" && restarts == 0 {
            let took = creation_delay(uid(&self.pod)).as_millis() - 400;
            format!(
                "Successfully pulled image \"{image}\" in {took}ms ({took}ms including waiting). Image size: {} bytes.",
                20_000_000 + super::names::fnv(image.as_bytes()) % 90_000_000
            )
        } else {
            format!("Container image \"{image}\" already present on machine")
        };
        self.tell(field, container, false, "Pulled", pulled);
        self.tell(field, container, false, "Created", format!("Created container: {called}"));
        self.tell(field, container, false, "Started", format!("Started container {called}"));
        status::give_address(&mut self.pod);
        status::run(status, uid(&self.pod), restarts, self.now);
    }

    fn running(&mut self, field: &str, container: &Value, status: &mut Value, fate: Fate) {
        let Some(started) = time(status, "/state/running/startedAt") else { return };
        if field == "containers" && !truth(status, "/ready") {
            match readiness_delay(fate, container, uid(&self.pod)) {
                Some(delay) => {
                    if self.is_due(plus(started, delay)) {
                        status["ready"] = json!(true);
                    }
                }
                None => self.unhealthy(field, container, started),
            }
        }
        if let Fate::Ends { after, code } = fate
            && self.is_due(plus(started, SignedDuration::from_secs(after)))
        {
            status::end(status, code, self.now);
        }
    }

    /// Every ten seconds at first, later every minute, the failed probe is reported.
    fn unhealthy(&mut self, field: &str, container: &Value, started: Timestamp) {
        let age = self.now.duration_since(started).as_secs();
        let pause = if age < 60 { 10 } else { 60 };
        if age > 0 && age % pause == 0 {
            let message = "Readiness probe failed: HTTP probe failed with statuscode: 503".to_owned();
            self.tell(field, container, true, "Unhealthy", message);
        }
        self.decision.look_again(plus(started, SignedDuration::from_secs((age / pause + 1) * pause)));
    }

    fn terminated(&mut self, field: &str, container: &Value, status: &mut Value) {
        let code = number(status, "/state/terminated/exitCode").unwrap_or(0);
        let policy = text(&self.pod, "/spec/restartPolicy");
        let restarts_it = match policy {
            "Never" => false,
            _ if field == EPHEMERAL => false,
            "OnFailure" => code != 0,
            _ => field == "containers" || code != 0,
        };
        if !restarts_it {
            return;
        }
        let Some(finished) = time(status, "/state/terminated/finishedAt") else { return };
        if !self.is_due(plus(finished, SignedDuration::from_millis(1500))) {
            return;
        }
        let restarts = number(status, "/restartCount").unwrap_or(0);
        if back_off(status, restarts) == 0 {
            self.start(field, container, status, restarts + 1);
            return;
        }
        let (called, pod) = (text(container, "/name"), status::full_name(&self.pod));
        let delay = back_off(status, restarts);
        let words = if delay < 60 { format!("{delay}s") } else { format!("{}m{}s", delay / 60, delay % 60) };
        let why = format!("back-off {words} restarting failed container={called} pod={pod}");
        status::wait(status, "CrashLoopBackOff", Some(why));
        let message = format!("Back-off restarting failed container {called} in pod {pod}");
        self.tell(field, container, true, "BackOff", message);
    }

    fn backing_off(&mut self, field: &str, container: &Value, status: &mut Value) {
        let finished = time(status, "/lastState/terminated/finishedAt").unwrap_or(self.now);
        let restarts = number(status, "/restartCount").unwrap_or(0);
        let delay = back_off(status, restarts);
        if self.is_due(plus(finished, SignedDuration::from_secs(delay))) {
            self.start(field, container, status, restarts + 1);
        }
    }

    /// Pull attempts follow each other after 10, 20, 40 ... 300 seconds, counted from the pod's start.
    fn pulling_in_vain(&mut self, field: &str, container: &Value, status: &mut Value, since: Timestamp) {
        let image = text(container, "/image").to_owned();
        let first = plus(since, creation_delay(uid(&self.pod)));
        if !self.is_due(first) {
            return;
        }
        let (mut attempt, mut delay) = (first, 10);
        while plus(attempt, SignedDuration::from_secs(delay)) <= self.now {
            attempt = plus(attempt, SignedDuration::from_secs(delay));
            delay = (delay * 2).min(LONGEST_BACK_OFF);
        }
        let next = plus(attempt, SignedDuration::from_secs(delay));
        let failed = format!(
            "failed to pull and unpack image \"{0}\": failed to resolve reference \"{0}\": {0}: not found",
            full_reference(&image)
        );
        let known = text(status, "/state/waiting/reason").to_owned();
        status::give_address(&mut self.pod);
        let gives_up = plus(attempt, SignedDuration::from_secs(3));
        if self.now < gives_up {
            if known != "ErrImagePull" {
                let what = format!("rpc error: code = NotFound desc = {failed}");
                if attempt != first {
                    self.tell(field, container, false, "Pulling", format!("Pulling image \"{image}\""));
                }
                self.tell(
                    field,
                    container,
                    true,
                    "Failed",
                    format!("Failed to pull image \"{image}\": {what}"),
                );
                self.tell(field, container, true, "Failed", "Error: ErrImagePull".to_owned());
                status::wait(status, "ErrImagePull", Some(what));
            }
            self.decision.look_again(gives_up);
            return;
        }
        if known != "ImagePullBackOff" {
            let why = format!(
                "Back-off pulling image \"{image}\": ErrImagePull: rpc error: code = NotFound desc = {failed}"
            );
            status::wait(status, "ImagePullBackOff", Some(why));
            self.tell(field, container, false, "BackOff", format!("Back-off pulling image \"{image}\""));
            self.tell(field, container, true, "Failed", "Error: ImagePullBackOff".to_owned());
        }
        self.decision.look_again(next);
    }
}

/// Seconds to wait before the next restart: none for the first, and none after ten minutes of health.
fn back_off(status: &Value, restarts: i64) -> i64 {
    let last = status["state"].get("terminated").or(status["lastState"].get("terminated"));
    let ran =
        last.and_then(|t| Some(time(t, "/finishedAt")?.duration_since(time(t, "/startedAt")?).as_secs()));
    if restarts == 0 || ran.is_some_and(|seconds| seconds >= 600) {
        return 0;
    }
    (10_i64 << (restarts - 1).min(10)).min(LONGEST_BACK_OFF)
}

/// An image's name with its registry and repository written out.
fn full_reference(image: &str) -> String {
    match image.split_once('/') {
        None => format!("docker.io/library/{image}"),
        Some((first, _)) if first.contains('.') || first.contains(':') || first == "localhost" => {
            image.to_owned()
        }
        Some(_) => format!("docker.io/{image}"),
    }
}

#[cfg(test)]
mod tests;
