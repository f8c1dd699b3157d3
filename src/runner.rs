//! Carries effects to the cluster and answers back: the only file that knows both sides. It decides nothing.

use std::collections::HashMap;
use std::sync::Arc;

use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::task::JoinHandle;

use crate::cluster::{
    self, Activity, Cluster, ClusterEvent, Connector, Endpoint, LinkState, Target, Written,
};
use crate::effect::{Effect, ObjectRef, OpId};
use crate::event::{Event, WriteAnswer};
use crate::gate::Mode;
use crate::journal::{self, Entry, Journal};
use crate::memory::Store;
use crate::model::columns::own::OwnColumns;
use crate::model::link::Link;
use crate::model::remote::{Doors, Entrance};
use crate::model::secret::Revealed;
use crate::model::trouble::{Trouble, TroubleKind};
use crate::model::yaml;
use crate::reach::ports;
use crate::state::session::Place;
use crate::terminal::clipboard::{self, Way};

pub mod aside;
mod file;
mod keeper;

use aside::Aside;
use keeper::Keeper;

/// Events that wait for the loop; when it is busy, the watches wait.
const WAITING: usize = 64;

/// How the answer to a read is to be prepared for the screen.
#[derive(Debug, Clone)]
enum Reading {
    Yaml,
    Doors,
    /// One value of a Secret, by its key.
    Secret(String),
}

/// What a runner needs beside the cluster.
#[derive(Debug, Clone, Default)]
pub struct Outside {
    /// Whether anything may be changed at all.
    pub mode: Mode,
    /// Where changes are written down; `None`: nowhere.
    pub journal: Option<Journal>,
    /// Nothing is sent whose line is not in the journal.
    pub journal_required: bool,
    /// The command that is run when a followed change has ended, with its words as the last argument.
    pub ring_command: Vec<String>,
    /// Where things are remembered from one run to the next; `None`: nowhere.
    pub memory: Option<Store>,
    /// Columns of the user's.
    pub own: Arc<OwnColumns>,
    /// How something is opened beside this terminal; `None` where nothing can be.
    pub aside: Option<Aside>,
}

/// The runner.
#[derive(Debug)]
pub struct Runner {
    outside: Outside,
    scribe: Scribe,
    keeper: Keeper,
    target: Target,
    endpoint: Endpoint,
    cluster: Cluster,
    events: Sender<Event>,
    relay: JoinHandle<()>,
    reads: std::sync::Arc<std::sync::Mutex<HashMap<OpId, Reading>>>,
}

/// The place of a target.
pub fn place(target: &Target, demo: bool) -> Place {
    Place {
        context: if target.context.is_empty() { target.cluster.clone() } else { target.context.clone() },
        cluster: target.cluster.clone(),
        server: target.server.clone(),
        user: target.user.clone(),
        namespace: (!target.all_namespaces).then(|| target.namespace.clone()),
        contexts: target.contexts.iter().map(|choice| choice.name.clone()).collect(),
        demo,
    }
}

/// The queue of events between the runner and the loop.
pub fn events() -> (Sender<Event>, Receiver<Event>) {
    channel(WAITING)
}

impl Runner {
    /// Begins a session with a cluster and returns at once. Must be called within a tokio runtime.
    pub fn open(target: Target, endpoint: Endpoint, outside: Outside, events: Sender<Event>) -> Self {
        let (sender, receiver) = channel(WAITING);
        let cluster = Cluster::open(target.clone(), endpoint.clone(), outside.mode, sender);
        cluster.read_own(outside.own.clone());
        let reads = std::sync::Arc::default();
        let relay =
            tokio::spawn(relay(receiver, events.clone(), std::sync::Arc::clone(&reads), cluster.activity()));
        let scribe = Scribe::start(outside.journal.clone(), events.clone());
        let keeper = Keeper::new(outside.memory.clone());
        Self { outside, scribe, keeper, target, endpoint, cluster, events, relay, reads }
    }

    /// Does one thing; what concerns the terminal is done by the loop.
    pub fn run(&mut self, effect: Effect) {
        match effect {
            Effect::Watch(key) => self.cluster.watch(key),
            Effect::Unwatch(key) => self.cluster.unwatch(&key),
            Effect::GetYaml(op, object) => self.read(op, &object, Reading::Yaml),
            Effect::Describe(op, object, what) => self.cluster.describe(op, whose(&object), what),
            // The gate refuses it where nothing may be done; this is the second door.
            Effect::Reveal(op, object, key) if self.outside.mode != Mode::ReadOnly => {
                self.read(op, &object, Reading::Secret(key));
            }
            Effect::Reveal(..) => {}
            Effect::GetDoors(op, object) => self.read(op, &object, Reading::Doors),
            Effect::OpenAside(op, entrance) => self.open_aside(op, &entrance),
            Effect::Logs(op, query) => self.cluster.logs(op, query),
            Effect::LogMost(op, most) => self.cluster.log_most(op, most),
            Effect::ListNamespaces(op) => self.cluster.namespaces(op),
            Effect::CheckNamespace(op, name) => self.cluster.check_namespace(op, &name),
            Effect::Gather(op, target, change) => self.cluster.gather(op, target, *change),
            Effect::ReadFile(op, path) => self.read_file(op, path),
            Effect::SaveFile(op, path, text) => self.save_file(op, path, text),
            Effect::Discover(op) => self.cluster.discover(op),
            Effect::Explain(op, resource) => self.cluster.explain(op, resource),
            Effect::Kinds(op, api_versions) => self.cluster.kinds(op, api_versions),
            Effect::Follow(op, follow) => self.cluster.follow(op, follow),
            Effect::Rehearse(op, rehearsal) => self.cluster.rehearse(op, rehearsal),
            Effect::Probe(op, probe) => self.cluster.probe(op, probe),
            Effect::ReadPorts(op, target) => self.cluster.whole(op, target),
            Effect::Forward(op, forward) => self.cluster.forward(op, forward),
            Effect::CopyFiles(op, copy) => self.cluster.copy_files(op, copy),
            Effect::StopForward(op) => self.cluster.stop_forward(op),
            Effect::ShowTraffic(shown) => self.cluster.show_traffic(shown),
            Effect::Send(op, permit) if self.outside.journal_required => {
                let write = self.cluster.held(op, permit);
                self.scribe.after_what_was_written(op, write);
            }
            Effect::Send(op, permit) => self.cluster.held(op, permit)(),
            Effect::Journal(entry) => self.scribe.write(entry),
            Effect::Remember(memory) => self.keeper.keep(*memory, self.events.clone()),
            Effect::ReadJournal(op) => self.read_journal(op),
            Effect::Ring(words) => self.ring(&words),
            Effect::Cancel(op) => self.cluster.cancel(op),
            Effect::RetryNow => self.cluster.retry_now(),
            Effect::OpenContext(name) => self.open_context(&name),
            Effect::OpenEditor(..)
            | Effect::OpenPager(_)
            | Effect::Enter(..)
            | Effect::Copy(_)
            | Effect::Redraw
            | Effect::Suspend
            | Effect::Quit => {}
        }
    }

    /// The bytes that put text on the terminal's clipboard; `None` when another way is taken, which answers by itself.
    pub fn copy(&self, text: &str) -> Option<Vec<u8>> {
        let answer = |result| {
            let events = self.events.clone();
            tokio::spawn(async move {
                // Without a loop there is nobody to tell.
                let _ = events.send(Event::Copied(result)).await;
            });
        };
        let way = match clipboard::way(|name| std::env::var(name).ok()) {
            Ok(way) => way,
            Err(error) => {
                answer(Err(error.to_string()));
                return None;
            }
        };
        match way {
            Way::Osc52 => match clipboard::osc52(text) {
                Ok(bytes) => {
                    answer(Ok(copied(text)));
                    Some(bytes)
                }
                Err(error) => {
                    answer(Err(error.to_string()));
                    None
                }
            },
            Way::Tmux => {
                let (events, text) = (self.events.clone(), text.to_owned());
                tokio::spawn(async move {
                    let result = clipboard::tmux(&text).await;
                    let words = result.map(|_| copied(&text)).map_err(|error| error.to_string());
                    let _ = events.send(Event::Copied(words)).await;
                });
                None
            }
        }
    }

    /// What opens channels into pods; none in read-only mode.
    pub fn connector(&self) -> Option<Connector> {
        self.cluster.connector()
    }

    /// Opens a pane or window beside, in which this program gets into a container.
    fn open_aside(&self, op: OpId, entrance: &Entrance) {
        let opening = match &self.outside.aside {
            // In read-only mode no child is started that could change something.
            Some(aside) if self.outside.mode != Mode::ReadOnly => {
                Some(aside.open(&self.target.context, entrance))
            }
            _ => None,
        };
        let events = self.events.clone();
        tokio::spawn(async move {
            let result = match opening {
                Some(opening) => opening.await,
                None => Err("nothing can be opened beside this terminal".to_owned()),
            };
            // The loop may have ended meanwhile.
            let _ = events.send(Event::Aside(op, result)).await;
        });
    }

    fn read_file(&self, op: OpId, path: String) {
        let events = self.events.clone();
        tokio::task::spawn_blocking(move || {
            let read = file::read(&path);
            // The loop may have ended meanwhile.
            let _ = events.blocking_send(Event::FileRead(op, read));
        });
    }

    fn save_file(&self, op: OpId, path: String, text: String) {
        let events = self.events.clone();
        tokio::task::spawn_blocking(move || {
            let saved = file::save(&path, &text);
            // The loop may have ended meanwhile.
            let _ = events.blocking_send(Event::Saved(op, saved));
        });
    }

    fn read_journal(&self, op: OpId) {
        let (journal, events) = (self.outside.journal.clone(), self.events.clone());
        tokio::task::spawn_blocking(move || {
            let read = match journal {
                None => Err("no journal is kept".to_owned()),
                Some(journal) => journal
                    .read(journal::SHOWN)
                    .map_err(|error| format!("{}: {error}", journal.path().display())),
            };
            // The loop may have ended meanwhile.
            let _ = events.blocking_send(Event::JournalRead(op, read));
        });
    }

    /// Runs the user's command for the end of a change; it has no terminal and nobody waits for it.
    fn ring(&self, words: &str) {
        // In read-only mode no child that could write is started.
        let Some((program, arguments)) = self.outside.ring_command.split_first() else { return };
        if self.outside.mode == Mode::ReadOnly {
            return;
        }
        let null = std::process::Stdio::null;
        let spawned = tokio::process::Command::new(program)
            .args(arguments)
            .arg(words)
            .stdin(null())
            .stdout(null())
            .stderr(null())
            .spawn();
        if let Err(error) = spawned {
            tracing::warn!(%error, program, "the command that rings could not be run");
        }
    }

    fn read(&mut self, op: OpId, object: &ObjectRef, reading: Reading) {
        self.reads.lock().unwrap_or_else(std::sync::PoisonError::into_inner).insert(op, reading);
        self.cluster.get(op, whose(object));
    }

    /// Only the kubeconfig as it was read at start is used: nothing outside moves the program (invariant 7).
    fn open_context(&mut self, name: &str) {
        let opened = match self.target.switch(name) {
            Ok(target) => {
                let place = place(&target, false);
                self.relay.abort();
                let (endpoint, outside) = (self.endpoint.clone(), self.outside.clone());
                *self = Self::open(target, endpoint, outside, self.events.clone());
                Ok(Box::new(place))
            }
            Err(trouble) => Err(Trouble {
                kind: TroubleKind::Config,
                tried: format!("context {name}"),
                said: trouble.to_string().replace('\n', " "),
                status: None,
                wait: None,
                missing: None,
            }),
        };
        let events = self.events.clone();
        tokio::spawn(async move {
            let _ = events.send(Event::Opened(opened)).await;
        });
    }
}

impl Drop for Runner {
    fn drop(&mut self) {
        self.relay.abort();
        if let Err(error) = self.keeper.write() {
            tracing::warn!(%error, "what is to be remembered could not be written");
        }
    }
}

/// Makes the loop's events of the cluster's; work that takes time (YAML) is done off every loop.
async fn relay(
    mut receiver: Receiver<ClusterEvent>,
    events: Sender<Event>,
    reads: std::sync::Arc<std::sync::Mutex<HashMap<OpId, Reading>>>,
    activity: std::sync::Arc<Activity>,
) {
    while let Some(event) = receiver.recv().await {
        let event = match event {
            ClusterEvent::Link(state) => Event::Link(link(state, &activity)),
            ClusterEvent::Feed { key, update } => Event::Feed(key, update),
            ClusterEvent::Logs { id, update } => Event::Log(id, update),
            ClusterEvent::Names { id, result } => {
                Event::Namespaces(id, result.map(|names| names.into_iter().map(String::from).collect()))
            }
            ClusterEvent::NamespaceChecked { id, name, exists } => {
                Event::NamespaceChecked(id, name.into(), exists)
            }
            ClusterEvent::Described { id, result } => Event::Described(id, result),
            ClusterEvent::Gathered { id, result } => Event::Gathered(id, result.map(Box::new)),
            ClusterEvent::Discovered { id, result } => Event::Discovered(id, result),
            ClusterEvent::Explained { id, result } => Event::Explained(id, result),
            ClusterEvent::Kinds { id, result } => Event::Kinds(id, result),
            ClusterEvent::Probed { id, result } => Event::Probed(id, result),
            ClusterEvent::Whole { id, result } => {
                Event::Ports(id, result.map(|object| ports::offers(&object)))
            }
            ClusterEvent::Forward { id, update } => Event::Forward(id, update),
            ClusterEvent::Copy { id, update } => Event::Copy(id, update),
            ClusterEvent::Seen { id, seen } => Event::Seen(id, seen),
            ClusterEvent::Written { id, written } => Event::Written(id, answer(written)),
            ClusterEvent::Object { id, result } => {
                let reading = reads.lock().unwrap_or_else(std::sync::PoisonError::into_inner).remove(&id);
                let Some(reading) = reading else { continue };
                let events = events.clone();
                tokio::task::spawn_blocking(move || {
                    // The loop may have ended meanwhile.
                    let _ =
                        events.blocking_send(prepared(id, reading, result.as_deref().map_err(Clone::clone)));
                });
                continue;
            }
        };
        if events.send(event).await.is_err() {
            return;
        }
    }
}

/// The object as the cluster names it.
fn whose(object: &ObjectRef) -> cluster::ObjectRef {
    let namespace = (!object.namespace.is_empty()).then(|| object.namespace.as_str().into());
    cluster::ObjectRef { kind: object.kind, namespace, name: object.name.as_str().into() }
}

/// What was copied, in words.
fn copied(text: &str) -> String {
    match text.lines().count() {
        0 | 1 => format!("copied {text}"),
        lines => format!("copied {lines} lines"),
    }
}

fn answer(written: Written) -> WriteAnswer {
    match written {
        Written::Accepted(object) => WriteAnswer::Accepted(object),
        Written::Refused(trouble) => WriteAnswer::Refused(trouble),
        Written::Unknown(trouble) => WriteAnswer::Unknown(trouble),
    }
}

/// Writes the journal's lines in their order, on a thread of its own: no disk makes a key wait. What has been handed to
/// it is written before the program ends.
#[derive(Debug)]
struct Scribe {
    jobs: Option<std::sync::mpsc::Sender<Job>>,
    thread: Option<std::thread::JoinHandle<()>>,
}

/// What a scribe does, one after the other.
enum Job {
    Line(Box<Entry>),
    /// The write of an operation, if the line before it was written.
    Write(OpId, Box<dyn FnOnce() + Send>),
}

impl Scribe {
    fn start(journal: Option<Journal>, events: Sender<Event>) -> Self {
        let Some(journal) = journal else { return Self { jobs: None, thread: None } };
        let (jobs, inbox) = std::sync::mpsc::channel::<Job>();
        let runtime = tokio::runtime::Handle::current();
        let thread = std::thread::spawn(move || {
            let (mut last, mut failed) = (Ok(()), false);
            for job in inbox {
                match job {
                    Job::Line(entry) => {
                        last = journal
                            .append(&entry)
                            .map_err(|error| format!("{}: {error}", journal.path().display()));
                        // A full queue is no reason to stop writing.
                        match &last {
                            Err(said) => {
                                failed = true;
                                let _ = events.try_send(Event::JournalFailed(said.clone()));
                            }
                            // Said with a later line when it could not be said now.
                            Ok(()) if failed => failed = events.try_send(Event::JournalWritten).is_err(),
                            Ok(()) => {}
                        }
                    }
                    Job::Write(op, write) => match &last {
                        Ok(()) => write(),
                        Err(said) => {
                            let said = format!("the journal cannot be written: {said}; nothing was sent");
                            let answer = WriteAnswer::Refused(Trouble::new(TroubleKind::Config, said));
                            let events = events.clone();
                            runtime.spawn(async move { events.send(Event::Written(op, answer)).await });
                        }
                    },
                }
            }
        });
        Self { jobs: Some(jobs), thread: Some(thread) }
    }

    fn write(&self, entry: Box<Entry>) {
        self.order(Job::Line(entry));
    }

    /// Begins a write when the lines that were handed in before it are written; refuses it when they cannot be.
    fn after_what_was_written(&self, op: OpId, write: impl FnOnce() + Send + 'static) {
        self.order(Job::Write(op, Box::new(write)));
    }

    fn order(&self, job: Job) {
        if let Some(jobs) = &self.jobs {
            // The thread lives as long as this.
            let _ = jobs.send(job);
        }
    }
}

impl Drop for Scribe {
    fn drop(&mut self) {
        self.jobs = None;
        if let Some(thread) = self.thread.take() {
            // A thread that panicked has nothing left to write.
            let _ = thread.join();
        }
    }
}

fn prepared(id: OpId, reading: Reading, result: Result<&[u8], Trouble>) -> Event {
    let odd = |said: String| Trouble {
        kind: TroubleKind::Protocol,
        tried: "reading the object".to_owned(),
        said,
        status: None,
        wait: None,
        missing: None,
    };
    match reading {
        Reading::Doors => Event::Doors(
            id,
            result.and_then(|json| {
                let pod = serde_json::from_slice(json).map_err(|error| odd(error.to_string()))?;
                Ok(Doors::of(&pod))
            }),
        ),
        Reading::Yaml => Event::Yaml(id, result.and_then(|json| yaml::lines(json).map_err(odd))),
        Reading::Secret(key) => Event::Revealed(
            id,
            result.and_then(|json| {
                let secret = serde_json::from_slice(json).map_err(|error| odd(error.to_string()))?;
                Revealed::of(&secret, &key).ok_or_else(|| odd(format!("it has no key {key} any more")))
            }),
        ),
    }
}

fn link(state: LinkState, activity: &Activity) -> Link {
    match state {
        LinkState::Connecting { .. } => Link::Connecting,
        LinkState::Live { version } => Link::Live { version },
        LinkState::Down { trouble, attempt, retry_in } => {
            Link::Lost { trouble, attempt, quiet: activity.last().elapsed(), retry_in: Some(retry_in) }
        }
    }
}
