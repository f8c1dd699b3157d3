//! What a reader of logs knows of a pod: its containers, what they run, and how that ended.

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;

use super::stamp;
use crate::cluster::trouble::tidy;
use crate::model::log::Containers;

/// A pod.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pod {
    pub uid: Box<str>,
    pub namespace: Box<str>,
    pub name: Box<str>,
    /// It is being deleted.
    pub deleting: bool,
    /// Nothing in it runs, or will.
    pub ended: bool,
    pub containers: Vec<Container>,
}

/// A container of a pod.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Container {
    pub name: Box<str>,
    /// Of `spec.containers`, not an init or an ephemeral one.
    pub main: bool,
    pub status: Status,
}

/// What a container does.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Status {
    /// The run whose log the kubelet gives.
    pub current: Option<Run>,
    /// The run before it, whose log the kubelet gives as the previous one.
    pub previous: Option<Run>,
    /// What it waits for.
    pub waits: Option<Box<str>>,
    /// It will not run again.
    pub over: bool,
}

/// One run of a container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Run {
    /// Its container id.
    pub id: Box<str>,
    /// Unix time in seconds.
    pub started: Option<i64>,
    /// How it ended, in words; none while it runs.
    pub ended: Option<Box<str>>,
}

impl Container {
    /// Whether a query wants it.
    pub fn is_wanted(&self, which: &Containers, only: Option<&str>) -> bool {
        match (only, which) {
            (Some(only), _) => *self.name == *only,
            (None, Containers::All { init }) => self.main || *init,
            (None, Containers::Named(names)) => names.iter().any(|name| **name == *self.name),
        }
    }
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct Meta {
    uid: Option<Box<str>>,
    name: Option<Box<str>>,
    namespace: Option<Box<str>>,
    resource_version: Option<String>,
    deletion_timestamp: Option<IgnoredAny>,
    #[serde(rename = "continue")]
    next: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct Object {
    metadata: Meta,
    spec: Spec,
    status: PodStatus,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct Spec {
    restart_policy: Option<String>,
    containers: Option<Vec<Named>>,
    init_containers: Option<Vec<Named>>,
    ephemeral_containers: Option<Vec<Named>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Named {
    name: Box<str>,
    restart_policy: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct PodStatus {
    phase: Option<String>,
    container_statuses: Option<Vec<ContainerStatus>>,
    init_container_statuses: Option<Vec<ContainerStatus>>,
    ephemeral_container_statuses: Option<Vec<ContainerStatus>>,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct ContainerStatus {
    name: String,
    #[serde(rename = "containerID")]
    container_id: Option<Box<str>>,
    restart_count: i64,
    state: Option<State>,
    last_state: Option<State>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct State {
    running: Option<Running>,
    waiting: Option<Waiting>,
    terminated: Option<Terminated>,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct Running {
    started_at: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Waiting {
    reason: Option<String>,
    message: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct Terminated {
    exit_code: i64,
    signal: Option<i64>,
    reason: Option<String>,
    started_at: Option<String>,
    #[serde(rename = "containerID")]
    container_id: Option<Box<str>>,
}

/// A page of a list.
pub(super) struct Page {
    pub pods: Vec<Pod>,
    pub version: String,
    pub next: String,
}

/// Reads a page of a list of pods.
pub(super) fn page(json: &[u8]) -> Result<Page, serde_json::Error> {
    #[derive(Deserialize)]
    struct List<'a> {
        metadata: Meta,
        #[serde(borrow)]
        items: Option<Vec<&'a RawValue>>,
    }
    let list: List = serde_json::from_slice(json)?;
    // What is no pod takes no other with it.
    let pods = list.items.unwrap_or_default().into_iter();
    let pods = pods.filter_map(|item| serde_json::from_str(item.get()).ok().and_then(pod));
    Ok(Page {
        pods: pods.collect(),
        version: list.metadata.resource_version.unwrap_or_default(),
        next: list.metadata.next.unwrap_or_default(),
    })
}

/// Reads one pod; none when it is none.
pub(super) fn one(json: &[u8]) -> Result<Option<Pod>, serde_json::Error> {
    serde_json::from_slice(json).map(pod)
}

/// What an event of a watch says.
pub(super) enum Told {
    Is(Pod),
    Gone(Pod),
    /// A bookmark, or something that is no pod.
    Nothing,
    /// The `Status` of an ERROR: its code, reason and message.
    Error(u16, String, String),
}

/// Reads an event of a watch, and the version it brings.
pub(super) fn event(json: &[u8]) -> Result<(Told, Option<String>), serde_json::Error> {
    #[derive(Deserialize)]
    struct Event<'a> {
        #[serde(rename = "type")]
        what: &'a str,
        #[serde(borrow)]
        object: &'a RawValue,
    }
    #[derive(Deserialize, Default)]
    #[serde(default)]
    struct Said {
        code: u16,
        reason: String,
        message: String,
    }
    let event: Event = serde_json::from_slice(json)?;
    if event.what == "ERROR" {
        let said: Said = serde_json::from_str(event.object.get()).unwrap_or_default();
        return Ok((Told::Error(said.code, said.reason, said.message), None));
    }
    let Ok(mut object) = serde_json::from_str::<Object>(event.object.get()) else {
        return Ok((Told::Nothing, None));
    };
    let version = object.metadata.resource_version.take();
    let told = match (event.what, pod(object)) {
        ("ADDED" | "MODIFIED", Some(pod)) => Told::Is(pod),
        ("DELETED", Some(pod)) => Told::Gone(pod),
        _ => Told::Nothing,
    };
    Ok((told, version))
}

fn pod(object: Object) -> Option<Pod> {
    let Object { metadata, spec, status } = object;
    let deleting = metadata.deletion_timestamp.is_some();
    let ended = matches!(status.phase.as_deref(), Some("Succeeded" | "Failed"));
    let policy = spec.restart_policy.as_deref().unwrap_or("Always");
    let lists = [
        (spec.init_containers, status.init_container_statuses, false, false),
        (spec.containers, status.container_statuses, true, false),
        (spec.ephemeral_containers, status.ephemeral_container_statuses, false, true),
    ];
    let mut containers = Vec::new();
    for (named, statuses, main, once) in lists {
        let statuses = statuses.unwrap_or_default();
        for Named { name, restart_policy } in named.unwrap_or_default() {
            let sidecar = restart_policy.as_deref() == Some("Always");
            let again = |code: i64| match policy {
                _ if deleting || ended || once => false,
                _ if sidecar => true,
                "Never" => false,
                "Always" if main => true,
                _ => code != 0,
            };
            let found = statuses.iter().find(|status| *status.name == *name);
            let status = match found {
                Some(found) => read(found, again),
                // Of a pod that will not run nothing is waited for.
                None => Status { over: ended, ..Status::default() },
            };
            containers.push(Container { name, main, status });
        }
    }
    let (uid, name) = (metadata.uid?, metadata.name?);
    Some(Pod { uid, namespace: metadata.namespace.unwrap_or_default(), name, deleting, ended, containers })
}

/// The runs as the kubelet chooses among them: that of `state`, and while a container waits, that of `lastState`.
fn read(status: &ContainerStatus, again: impl Fn(i64) -> bool) -> Status {
    let (state, last) = (status.state.as_ref(), status.last_state.as_ref());
    let restarts = status.restart_count;
    let last = last.and_then(|last| last.terminated.as_ref()).map(|ended| run_of(ended, restarts - 1));
    if let Some(running) = state.and_then(|state| state.running.as_ref()) {
        let id = status.container_id.clone().filter(|id| !id.is_empty());
        let id = id.unwrap_or_else(|| nameless(restarts));
        let started = running.started_at.as_deref().and_then(stamp::seconds);
        let current = Some(Run { id, started, ended: None });
        return Status { current, previous: last, waits: None, over: false };
    }
    if let Some(ended) = state.and_then(|state| state.terminated.as_ref()) {
        let over = !again(ended.exit_code);
        let never_ran = ended.container_id.as_deref().is_some_and(str::is_empty);
        return match last {
            Some(last) if never_ran => Status { current: Some(last), previous: None, waits: None, over },
            previous => Status { current: Some(run_of(ended, restarts)), previous, waits: None, over },
        };
    }
    let waits = state.and_then(|state| state.waiting.as_ref()).map(|waiting| {
        let words = [waiting.reason.as_deref(), waiting.message.as_deref()];
        tidy(&words.into_iter().flatten().collect::<Vec<_>>().join(": ")).into()
    });
    Status { current: last, previous: None, waits, over: false }
}

fn run_of(ended: &Terminated, restarts: i64) -> Run {
    let id = ended.container_id.clone().filter(|id| !id.is_empty());
    let id = id.unwrap_or_else(|| nameless(restarts));
    let started = ended.started_at.as_deref().and_then(stamp::seconds);
    Run { id, started, ended: Some(words(ended)) }
}

/// Stands for a container id that the status does not say.
fn nameless(restarts: i64) -> Box<str> {
    format!("#{restarts}").into()
}

/// `OOMKilled, exit code 137`, `Completed`, `Error, signal 9`.
fn words(ended: &Terminated) -> Box<str> {
    let reason = ended.reason.as_deref().filter(|reason| !reason.is_empty());
    let how = match (ended.signal, ended.exit_code) {
        (Some(signal @ 1..), _) => Some(format!("signal {signal}")),
        (_, 0) if reason == Some("Completed") => None,
        (_, code) => Some(format!("exit code {code}")),
    };
    let words: Vec<String> = reason.map(tidy).into_iter().chain(how).collect();
    words.join(", ").into()
}

#[cfg(test)]
mod tests;
