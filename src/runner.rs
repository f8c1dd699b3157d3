//! Carries effects to the cluster and answers back: the only file that knows both sides. It decides nothing.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc::{Receiver, Sender, channel};

use crate::cluster::{ConfigTrouble, Connector, ContextChoice, Endpoint, Target};
use crate::effect::{Effect, OpId};
use crate::event::{Event, WriteAnswer};
use crate::gate::Mode;
use crate::journal::{self, Entry, Journal};
use crate::memory::Store;
use crate::model::columns::own::OwnColumns;
use crate::model::link::Link;
use crate::model::remote::Entrance;
use crate::model::trouble::{Trouble, TroubleKind};
use crate::state::session::{Choice, Place};
use crate::terminal::clipboard::{self, Way};

pub mod aside;
mod file;
mod heap;
mod keeper;
mod line;
pub mod notes;

use aside::Aside;
use heap::Heap;
use keeper::Keeper;
use line::{Line, Reading};
use notes::Notes;

/// Events that wait for the loop; when it is busy, the watches wait.
const WAITING: usize = 64;

/// What a runner needs beside the cluster.
#[derive(Debug, Clone, Default)]
pub struct Outside {
    /// Whether anything may be changed at all.
    pub mode: Mode,
    /// A value of a Secret is read in read-only mode too.
    pub reveals: bool,
    /// Where changes are written down; `None`: nowhere.
    pub journal: Option<Journal>,
    /// Nothing is sent whose line is not in the journal.
    pub journal_required: bool,
    /// The directory in which whereabouts are kept; `None`: nowhere.
    pub notes: Option<PathBuf>,
    /// The command that is run when a followed change has ended, with its words as the last argument.
    pub ring_command: Vec<String>,
    /// Where things are remembered from one run to the next; `None`: nowhere.
    pub memory: Option<Store>,
    /// Columns of the user's.
    pub own: Arc<OwnColumns>,
    /// From where the path of a file that is saved leads, where it has no beginning; `None`: from the working directory.
    pub saves: Option<PathBuf>,
    /// How something is opened beside this terminal; `None` where nothing can be.
    pub aside: Option<Aside>,
}

/// The runner.
#[derive(Debug)]
pub struct Runner {
    outside: Outside,
    scribe: Scribe,
    keeper: Keeper,
    notes: Notes,
    endpoint: Endpoint,
    own: Line,
    heap: Heap,
    /// Contexts that are tried, and those that answered and wait to be gone over to.
    tried: HashMap<OpId, Line>,
    /// Sessions that only read, beside the program's own.
    others: HashMap<OpId, Line>,
    events: Sender<Event>,
}

/// The place of a target.
pub fn place(target: &Target, demo: bool) -> Place {
    Place {
        context: if target.context.is_empty() { target.cluster.clone() } else { target.context.clone() },
        cluster: target.cluster.clone(),
        server: target.server.clone(),
        user: target.user.clone(),
        namespace: (!target.all_namespaces).then(|| target.namespace.clone()),
        own: target.namespace.clone(),
        contexts: target.contexts.iter().map(choice).collect(),
        demo,
    }
}

fn choice(choice: &ContextChoice) -> Choice {
    Choice { name: choice.name.clone(), cluster: choice.cluster.clone(), namespace: choice.namespace.clone() }
}

/// A context cannot be connected to.
fn unusable(name: &str, why: &ConfigTrouble) -> Trouble {
    let said = why.to_string().replace('\n', " ");
    Trouble::new(TroubleKind::Config, said).trying(&format!("context {name}"))
}

/// The queue of events between the runner and the loop.
pub fn events() -> (Sender<Event>, Receiver<Event>) {
    channel(WAITING)
}

impl Runner {
    /// Begins a session with a cluster and returns at once. Must be called within a tokio runtime.
    pub fn open(target: Target, endpoint: Endpoint, outside: Outside, events: Sender<Event>) -> Self {
        let own = Line::open(0, target, &endpoint, outside.mode, &events);
        own.cluster.read_own(outside.own.clone());
        let scribe = Scribe::start(outside.journal.clone(), events.clone());
        let keeper = Keeper::new(outside.memory.clone());
        let notes = Notes::start(outside.notes.clone());
        Self {
            outside,
            scribe,
            keeper,
            notes,
            endpoint,
            own,
            heap: Heap::default(),
            tried: HashMap::new(),
            others: HashMap::new(),
            events,
        }
    }

    /// Does one thing; what concerns the terminal is done by the loop.
    pub fn run(&mut self, effect: Effect) {
        match effect {
            Effect::Watch(key) => {
                if let Some(line) = self.line(key.session) {
                    line.cluster.watch(key);
                }
            }
            Effect::Unwatch(key) => {
                if let Some(line) = self.line(key.session) {
                    line.cluster.unwatch(&key);
                }
                // Its records were let go before this was asked for.
                self.heap.give_back();
            }
            Effect::Join(session, name) => self.join(session, &name),
            Effect::Part(session) => drop(self.others.remove(&session)),
            Effect::GetYamlIn(session, op, object) => {
                if let Some(line) = self.line(session) {
                    line.read(op, &object, Reading::Yaml);
                }
            }
            Effect::GetYaml(op, object) => self.own.read(op, &object, Reading::Yaml),
            Effect::GetDoors(op, object) => self.own.read(op, &object, Reading::Doors),
            Effect::OpenAside(op, entrance) => self.open_aside(op, &entrance),
            Effect::Describe(op, object, what) => self.own.cluster.describe(op, line::whose(&object), what),
            // The gate refuses it where nothing may be done; this is the second door.
            Effect::Reveal(op, object, key) if self.own.mode != Mode::ReadOnly || self.outside.reveals => {
                self.own.read(op, &object, Reading::Secret(key));
            }
            Effect::Logs(op, query) => self.own.cluster.logs(op, query),
            Effect::LogsIn(session, op, query) => {
                if let Some(line) = self.line(session) {
                    line.cluster.logs(op, query);
                }
            }
            Effect::LogMost(op, most) => self.lines().for_each(|line| line.cluster.log_most(op, most)),
            Effect::ListNamespaces(op) => self.own.cluster.namespaces(op),
            Effect::CheckNamespace(op, name) => self.own.cluster.check_namespace(op, &name),
            Effect::Gather(op, target, change) => self.own.cluster.gather(op, target, *change),
            Effect::ReadFile(op, path) => self.read_file(op, path),
            Effect::SaveFile(op, path, text) => self.save_file(op, path, text),
            Effect::Inquire(op, inquiry) => self.own.cluster.inquire(op, inquiry),
            Effect::Explain(op, resource) => self.own.cluster.explain(op, resource),
            Effect::Call(op, call) => self.own.cluster.call(op, call),
            Effect::Discover(op) => self.own.cluster.discover(op),
            Effect::Kinds(op, api_versions) => self.own.cluster.kinds(op, api_versions),
            Effect::Follow(op, follow) => self.own.cluster.follow(op, follow),
            Effect::Rehearse(op, rehearsal) => self.own.cluster.rehearse(op, rehearsal),
            Effect::Probe(op, probe) => self.own.cluster.probe(op, probe),
            Effect::ReadPorts(op, target) => self.own.cluster.whole(op, target),
            Effect::Forward(op, forward) => self.own.cluster.forward(op, forward),
            Effect::CopyFiles(op, copy) => self.own.cluster.copy_files(op, copy),
            Effect::StopForward(op) => self.own.cluster.stop_forward(op),
            Effect::ShowTraffic(shown) => self.own.cluster.show_traffic(shown),
            Effect::Send(op, permit) if self.outside.journal_required => {
                let write = self.own.cluster.held(op, permit);
                self.scribe.after_what_was_written(op, write);
            }
            Effect::Send(op, permit) => self.own.cluster.held(op, permit)(),
            Effect::Note(context, spot) => self.notes.note(context, *spot),
            Effect::Journal(entry) => self.scribe.write(entry),
            Effect::Remember(memory) => self.keeper.keep(*memory, self.events.clone()),
            Effect::ReadJournal(op) => self.read_journal(op),
            Effect::Ring(words) => self.ring(&words),
            Effect::Cancel(op) => {
                if self.tried.remove(&op).is_none() {
                    self.lines().for_each(|line| line.cluster.cancel(op));
                }
            }
            Effect::RetryNow => self.lines().for_each(|line| line.cluster.retry_now()),
            Effect::OpenContext(op, name, mode) => self.open_context(op, &name, mode),
            Effect::GoOver(op) => {
                if let Some(line) = self.tried.remove(&op) {
                    self.own = line;
                    self.own.begin();
                }
            }
            Effect::OpenEditor(..)
            | Effect::OpenPager(_)
            | Effect::Enter(..)
            | Effect::Copy(_)
            | Effect::CopyRows(..)
            | Effect::Redraw
            | Effect::Suspend
            | Effect::Quit
            | Effect::Reveal(..) => {}
        }
    }

    /// The bytes that put text on the terminal's clipboard; `None` when another way is taken, which answers by itself. Of a table
    /// it is said how many rows it has.
    pub fn copy(&self, text: &str, rows: Option<usize>) -> Option<Vec<u8>> {
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
                    answer(Ok(copied(text, rows)));
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
                    let words = result.map(|_| copied(&text, rows)).map_err(|error| error.to_string());
                    let _ = events.send(Event::Copied(words)).await;
                });
                None
            }
        }
    }

    /// What opens channels into pods; none in read-only mode.
    pub fn connector(&self) -> Option<Connector> {
        self.own.cluster.connector()
    }

    /// Opens a pane or window beside, in which this program gets into a container.
    fn open_aside(&self, op: OpId, entrance: &Entrance) {
        let opening = match &self.outside.aside {
            // In read-only mode no child is started that could change something.
            Some(aside) if self.own.mode != Mode::ReadOnly => {
                Some(aside.open(&self.own.target.context, entrance))
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
        let (base, events) = (self.outside.saves.clone(), self.events.clone());
        tokio::task::spawn_blocking(move || {
            let saved = file::save(&path, &text, base.as_deref());
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
        if self.own.mode == Mode::ReadOnly {
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

    fn lines(&self) -> impl Iterator<Item = &Line> {
        std::iter::once(&self.own).chain(self.others.values())
    }

    /// The session whose events carry this.
    fn line(&self, session: OpId) -> Option<&Line> {
        if self.own.session == session { Some(&self.own) } else { self.others.get(&session) }
    }

    /// Begins a session that only reads.
    fn join(&mut self, session: OpId, name: &str) {
        match self.own.target.switch(name) {
            Ok(target) => {
                let line = Line::open(session, target, &self.endpoint, Mode::ReadOnly, &self.events);
                line.cluster.read_own(self.outside.own.clone());
                self.others.insert(session, line);
            }
            Err(trouble) => {
                let trouble = unusable(name, &trouble);
                let link = Link::Lost { trouble, attempt: 1, quiet: Duration::ZERO, retry_in: None };
                let events = self.events.clone();
                // The loop may have ended meanwhile.
                tokio::spawn(async move { events.send(Event::Link(session, link)).await });
            }
        }
    }

    /// Only the kubeconfig as it was read at start is used: nothing outside moves the program (invariant 7).
    fn open_context(&mut self, op: OpId, name: &str, mode: Mode) {
        match self.own.target.switch(name) {
            Ok(target) => {
                let line = Line::attempt(op, target, &self.endpoint, mode, &self.events);
                line.cluster.read_own(self.outside.own.clone());
                self.tried.insert(op, line);
            }
            Err(trouble) => {
                let trouble = unusable(name, &trouble);
                let events = self.events.clone();
                tokio::spawn(async move {
                    // The loop may have ended meanwhile.
                    let _ = events.send(Event::Opened(op, Err(trouble))).await;
                });
            }
        }
    }
}

/// What was copied, in words.
fn copied(text: &str, rows: Option<usize>) -> String {
    match (rows, text.lines().count()) {
        (Some(1), _) => "copied 1 row".to_owned(),
        (Some(rows), _) => format!("copied {rows} rows"),
        (None, 0 | 1) => format!("copied {text}"),
        (None, lines) => format!("copied {lines} lines"),
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
