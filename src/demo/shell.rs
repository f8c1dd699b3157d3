//! What runs in the containers of the embedded cluster: a small shell and a few programs, on a small file system in memory.
//!
//! Enough to get inside, to look around and to copy files, with a terminal and without one. It knows nothing of WebSockets.

mod archive;
pub mod files;
mod programs;
mod script;
mod terminal;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use serde_json::Value;
use tokio::sync::{mpsc, watch};

use super::object::text;
use super::status::ApiError;
use files::Files;
use terminal::{Stdin, Typing};

/// So many containers keep their files; the one that was used least recently forgets them.
const KEPT: usize = 64;

/// A container that runs.
#[derive(Debug, Clone)]
pub struct Container {
    /// Its pod.
    pub pod: String,
    /// Its name.
    pub name: String,
    namespace: String,
    image: String,
    windows: bool,
    env: BTreeMap<String, String>,
    stdin: bool,
    /// One run of it: what it keeps ends with it.
    run: String,
}

impl Container {
    /// The container of a pod that a request means, or what an API server says when there is none.
    pub fn of(pod: &Value, name: Option<&str>) -> Result<Self, ApiError> {
        let pod_name = text(pod, "/metadata/name");
        if text(pod, "/spec/nodeName").is_empty() {
            return Err(ApiError::bad_request(format!("pod {pod_name} does not have a host assigned")));
        }
        let lists = ["containers", "initContainers", "ephemeralContainers"];
        let all = || lists.iter().filter_map(|list| pod["spec"][*list].as_array()).flatten();
        let names: Vec<&str> = all().map(|container| text(container, "/name")).collect();
        let main = pod["spec"]["containers"].as_array().map_or(0, Vec::len);
        let name = match name {
            Some(name) if names.contains(&name) => name,
            Some(name) => {
                return Err(ApiError::bad_request(format!(
                    "container {name} is not valid for pod {pod_name}"
                )));
            }
            None if main == 1 => names[0],
            None => {
                let message = format!(
                    "a container name must be specified for pod {pod_name}, choose one of: [{}]",
                    names.get(..main).unwrap_or_default().join(" ")
                );
                return Err(ApiError::bad_request(message));
            }
        };
        let spec = all().find(|container| container["name"] == name).unwrap_or(&Value::Null);
        let statuses = ["containerStatuses", "initContainerStatuses", "ephemeralContainerStatuses"];
        let status = statuses
            .iter()
            .filter_map(|list| pod["status"][*list].as_array())
            .flatten()
            .find(|status| status["name"] == name && status.pointer("/state/running").is_some());
        let pairs = spec["env"].as_array().into_iter().flatten();
        let mut env: BTreeMap<String, String> =
            pairs.map(|pair| (text(pair, "/name").to_owned(), text(pair, "/value").to_owned())).collect();
        env.insert("HOSTNAME".to_owned(), pod_name.to_owned());
        env.insert(
            "PATH".to_owned(),
            "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin".to_owned(),
        );
        env.insert("HOME".to_owned(), "/root".to_owned());
        env.insert("KUBERNETES_SERVICE_HOST".to_owned(), "10.96.0.1".to_owned());
        env.insert("KUBERNETES_SERVICE_PORT".to_owned(), "443".to_owned());
        Ok(Self {
            pod: pod_name.to_owned(),
            name: name.to_owned(),
            namespace: text(pod, "/metadata/namespace").to_owned(),
            image: text(spec, "/image").to_owned(),
            windows: pod.pointer("/spec/nodeSelector/kubernetes.io~1os").is_some_and(|os| os == "windows"),
            env,
            stdin: spec["stdin"] == true,
            run: status.map_or_else(String::new, |status| {
                format!("{}/{name}/{}", text(pod, "/metadata/uid"), text(status, "/state/running/startedAt"))
            }),
        })
    }

    /// Whether its process takes input: then it is a shell.
    pub fn reads_input(&self) -> bool {
        self.stdin
    }

    /// The shells that its image brings.
    fn shells(&self) -> &'static [&'static str] {
        let image = self.image.rsplit('/').next().unwrap_or_default();
        let is =
            |words: &[&str]| words.iter().any(|word| image.starts_with(word) || self.image.contains(word));
        if self.windows {
            &["powershell", "cmd"]
        } else if is(&["distroless", "scratch", "coredns", "pause", "kube-", "etcd"]) {
            &[]
        } else if is(&["busybox", "alpine", "memcached", "gb-frontend"]) {
            &["sh"]
        } else {
            &["bash", "sh"]
        }
    }
}

/// The files of one container.
type Shared = Arc<Mutex<Files>>;

/// The files of all containers, by their run.
#[derive(Debug, Clone, Default)]
pub struct Containers(Arc<Mutex<Vec<(String, Shared)>>>);

impl Containers {
    /// The files of a container; those of its image when nobody was in it yet.
    pub fn files(&self, container: &Container) -> Arc<Mutex<Files>> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(at) = all.iter().position(|(run, _)| *run == container.run) {
            let used = all.remove(at);
            let files = used.1.clone();
            all.push(used);
            return files;
        }
        if all.len() == KEPT {
            all.remove(0);
        }
        let files = Arc::new(Mutex::new(Files::of_image(container)));
        all.push((container.run.clone(), files.clone()));
        files
    }
}

/// Bytes that a process says: on stream 1, its output, or 2, its errors.
#[derive(Debug)]
pub struct Said {
    /// Which.
    pub stream: u8,
    /// What.
    pub bytes: Bytes,
}

/// What comes to a process.
#[derive(Debug)]
pub enum Typed {
    /// Input.
    Bytes(Bytes),
    /// No more input.
    End,
    /// The terminal has so many columns and rows.
    Size(u16, u16),
}

/// How a process ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ended {
    /// With a code.
    Code(i32),
    /// It did not begin; what the runtime says.
    Failed(String),
}

/// A process that is to begin.
pub struct Start {
    /// Where.
    pub container: Container,
    /// The container's files.
    pub files: Arc<Mutex<Files>>,
    /// What; `None`: the container's own shell.
    pub command: Option<Vec<String>>,
    /// Whether it is written to.
    pub stdin: bool,
    /// Whether it has a terminal.
    pub tty: bool,
    /// What comes to it.
    pub input: mpsc::Receiver<Typed>,
    /// What it says.
    pub output: mpsc::Sender<Said>,
}

impl Start {
    /// Runs it to its end.
    pub async fn run(self) -> Ended {
        let Self { container, files, command, stdin, tty, input, output } = self;
        if container.run.is_empty() {
            let name = &container.name;
            return Ended::Failed(format!("unable to upgrade connection: container not found (\"{name}\")"));
        }
        let command = command.unwrap_or_else(|| vec!["sh".to_owned()]);
        if let Some(why) = programs::missing(&container, &files, &command[0]) {
            return Ended::Failed(why);
        }
        let (typing, keys, interrupt, size) = Typing::new(input, output.clone(), stdin, tty);
        let cwd = files.lock().unwrap_or_else(PoisonError::into_inner).home().to_owned();
        let process = Process {
            cwd,
            env: container.env.clone(),
            container,
            files,
            stdin: keys,
            out: Out { output, tty },
            interrupt,
            size,
            last: 0,
        };
        tokio::select! {
            code = process.begin(command) => Ended::Code(code),
            () = typing.run() => Ended::Code(137),
        }
    }
}

/// Where a process writes.
#[derive(Debug, Clone)]
struct Out {
    output: mpsc::Sender<Said>,
    tty: bool,
}

impl Out {
    async fn write(&self, stream: u8, bytes: &[u8]) {
        for piece in bytes.chunks(16 << 10) {
            let (stream, bytes) = if self.tty {
                (1, super::channel::crlf(piece))
            } else {
                (stream, Bytes::copy_from_slice(piece))
            };
            // Nobody listens: the process is about to be ended.
            let _ = self.output.send(Said { stream, bytes }).await;
        }
    }

    async fn say(&self, words: &str) {
        self.write(1, words.as_bytes()).await;
    }

    async fn complain(&self, words: &str) {
        self.write(2, words.as_bytes()).await;
    }
}

/// A process that runs.
struct Process {
    container: Container,
    files: Arc<Mutex<Files>>,
    cwd: String,
    env: BTreeMap<String, String>,
    stdin: Stdin,
    out: Out,
    /// Counts Ctrl-C.
    interrupt: watch::Receiver<u64>,
    size: watch::Receiver<(u16, u16)>,
    /// The code of the last command.
    last: i32,
}

impl Process {
    async fn begin(mut self, command: Vec<String>) -> i32 {
        self.program(&command).await
    }

    fn files<T>(&self, with: impl FnOnce(&mut Files) -> T) -> T {
        with(&mut self.files.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
