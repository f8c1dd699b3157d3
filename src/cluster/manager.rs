//! Starts and stops the tasks of a session; owns them, so that they end with it.

use std::collections::HashMap;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Notify, mpsc, watch};
use tokio::task::JoinHandle;

use super::ClusterEvent;
use super::connect::Recipe;
use super::connector::Connector;
use super::copy::Copier;
use super::credentials::Credentials;
use super::describe;
use super::discovery::{discover, kinds};
use super::explain;
use super::follow::Follower;
use super::forward::Forwarder;
use super::gather::{self, gather};
use super::inquire::inquire;
use super::link::{Line, Link, LinkState, Phase, Report};
use super::logs::Reader;
use super::probe::Prober;
use super::read::{self, ObjectRef};
use super::target::Target;
use super::transport::{Activity, Endpoint};
use super::watch::{Feed, Quirks};
use super::write::{Writer, Written};
use crate::describe::What;
use crate::gate::{Mode, Permit, Rehearsal};
use crate::inquiry::Inquiry;
use crate::model::columns::own::OwnColumns;
use crate::model::feed::FeedKey;
use crate::model::log::{LogQuery, LogUpdate};
use crate::model::resource::Resource;
use crate::model::trouble::{Trouble, TroubleKind};
use crate::reach::copy::{Copy, CopyUpdate};
use crate::reach::endpoint::Call;
use crate::reach::ports::{Forward, ForwardUpdate};
use crate::release::follow::Follow;
use crate::release::smoke::Probe;
use crate::release::{Change, Target as ChangeTarget};

/// What the session is asked to do.
#[derive(Debug)]
pub(super) enum Command {
    Own(Arc<OwnColumns>),
    Watch(FeedKey),
    Unwatch(FeedKey),
    Logs(u64, LogQuery),
    LogMost(u64, usize),
    Get(u64, ObjectRef),
    Describe(u64, ObjectRef, What),
    Namespaces(u64),
    CheckNamespace(u64, Box<str>),
    Gather(u64, ChangeTarget, Change),
    Kinds(u64, Vec<String>),
    Discover(u64),
    Explain(u64, Resource),
    Inquire(u64, Inquiry),
    Follow(u64, Follow),
    Write(u64, Permit),
    Rehearse(u64, Rehearsal),
    Probe(u64, Probe),
    Call(u64, Call),
    Whole(u64, ChangeTarget),
    Forward(u64, Forward),
    StopForward(u64),
    Copy(u64, Copy),
    ShowTraffic(bool),
    Cancel(u64),
    RetryNow,
}

/// A task that ends when its owner lets go of it.
struct Task(JoinHandle<()>);

impl Task {
    fn spawn(future: impl Future<Output = ()> + Send + 'static) -> Self {
        Self(tokio::spawn(future))
    }
}

impl Drop for Task {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// The manager's task.
pub(super) struct Manager {
    line: Line,
    events: mpsc::Sender<ClusterEvent>,
    inbox: mpsc::UnboundedReceiver<Command>,
    quirks: Arc<Quirks>,
    /// Columns of the user's.
    own: Arc<OwnColumns>,
    feeds: HashMap<FeedKey, Task>,
    operations: HashMap<u64, Task>,
    /// How many streams each reading of logs may have open.
    readings: HashMap<u64, watch::Sender<usize>>,
    /// `None` in read-only mode.
    writer: Option<Writer>,
    /// The same.
    prober: Option<Prober>,
    /// The same.
    connector: Option<Connector>,
    /// What ends each forward.
    stops: HashMap<u64, Arc<Notify>>,
    /// Whether somebody looks at the numbers of the forwards.
    shown: watch::Sender<bool>,
    _link: Task,
}

impl Manager {
    /// Starts the session's tasks; answers with the session's connector, where it may have one.
    pub fn start(
        target: Target,
        endpoint: Endpoint,
        mode: Mode,
        events: mpsc::Sender<ClusterEvent>,
        inbox: mpsc::UnboundedReceiver<Command>,
        activity: Arc<Activity>,
    ) -> Option<Connector> {
        let credentials = match Credentials::new(&target) {
            Ok(credentials) => Arc::new(credentials),
            Err(trouble) => {
                tokio::spawn(hopeless(trouble.trying(&target.server), events, inbox));
                return None;
            }
        };
        let recipe = Recipe { target: Arc::new(target), endpoint, credentials, activity };
        let (phase, phases) = watch::channel(Phase::default());
        let (reports, inquiries) = mpsc::unbounded_channel();
        let line = Line { phase: phases, reports, recipe: Arc::new(recipe.clone()) };
        let writer = match mode {
            Mode::ReadOnly => None,
            Mode::ReadWrite => Some(Writer::new(recipe.clone())),
        };
        let prober = match mode {
            Mode::ReadOnly => None,
            Mode::ReadWrite => Some(Prober::new(recipe.clone())),
        };
        let connector = match mode {
            Mode::ReadOnly => None,
            Mode::ReadWrite => Some(Connector::new(recipe.clone())),
        };
        let watcher = Link { recipe, events: events.clone(), phase, reports: inquiries };
        let manager = Self {
            line,
            events,
            inbox,
            quirks: Arc::default(),
            own: Arc::default(),
            feeds: HashMap::new(),
            operations: HashMap::new(),
            readings: HashMap::new(),
            writer,
            prober,
            connector: connector.clone(),
            stops: HashMap::new(),
            shown: watch::Sender::new(false),
            _link: Task::spawn(watcher.run()),
        };
        tokio::spawn(manager.run());
        connector
    }

    async fn run(mut self) {
        loop {
            tokio::select! {
                command = self.inbox.recv() => match command {
                    Some(command) => self.obey(command),
                    None => return,
                },
                () = self.events.closed() => return,
            }
        }
    }

    fn obey(&mut self, command: Command) {
        self.operations.retain(|_, task| !task.0.is_finished());
        self.readings.retain(|id, _| self.operations.contains_key(id));
        let (line, events) = (self.line.clone(), self.events.clone());
        match command {
            Command::Own(own) => self.own = own,
            Command::Watch(key) => {
                self.feeds.entry(key).or_insert_with_key(|key| {
                    Task::spawn(Feed::new(key.clone(), line, events, self.quirks.clone(), &self.own).run())
                });
            }
            Command::Unwatch(key) => {
                self.feeds.remove(&key);
            }
            Command::Logs(id, query) => {
                let (raise, reading) = Reader::start(id, query, line, events);
                self.operate(id, reading);
                self.readings.insert(id, raise);
            }
            Command::LogMost(id, most) => {
                if let Some(raise) = self.readings.get(&id) {
                    raise.send_replace(most);
                }
            }
            Command::Get(id, object) => self.operate(id, async move {
                let result = read::object(line, object).await;
                // Nobody listens: nothing to do.
                let _ = events.send(ClusterEvent::Object { id, result }).await;
            }),
            Command::Describe(id, object, what) => self.operate(id, async move {
                let result = describe::material(line, object, what).await.map(Box::new);
                // The same.
                let _ = events.send(ClusterEvent::Described { id, result }).await;
            }),
            Command::Namespaces(id) => self.operate(id, async move {
                let result = read::namespaces(line).await;
                // The same.
                let _ = events.send(ClusterEvent::Names { id, result }).await;
            }),
            Command::CheckNamespace(id, name) => self.operate(id, async move {
                let exists = read::namespace_exists(line, &name).await.ok();
                let _ = events.send(ClusterEvent::NamespaceChecked { id, name, exists }).await;
            }),
            Command::Gather(id, target, change) => self.operate(id, async move {
                let result = gather(line, target, change).await;
                // The same.
                let _ = events.send(ClusterEvent::Gathered { id, result }).await;
            }),
            Command::Kinds(id, api_versions) => self.operate(id, async move {
                let result = kinds(line, api_versions).await;
                // The same.
                let _ = events.send(ClusterEvent::Kinds { id, result }).await;
            }),
            Command::Inquire(id, inquiry) => self.operate(id, async move {
                let result = inquire(line, inquiry).await;
                // The same.
                let _ = events.send(ClusterEvent::Inquired { id, result }).await;
            }),
            Command::Discover(id) => self.operate(id, async move {
                let result = discover(line).await;
                // The same.
                let _ = events.send(ClusterEvent::Discovered { id, result }).await;
            }),
            Command::Explain(id, resource) => self.operate(id, async move {
                let result = explain::schemas(line, resource).await.map(Arc::new);
                // The same.
                let _ = events.send(ClusterEvent::Explained { id, result }).await;
            }),
            Command::Follow(id, follow) => self.operate(id, Follower { id, follow, line, events }.run()),
            Command::Write(id, permit) => {
                let writer = self.writer.clone();
                // Not an operation that could be cancelled: what has left cannot be called back, and its answer is
                // wanted even when the session ends.
                tokio::spawn(async move {
                    let written = match writer {
                        Some(writer) => writer.write(permit).await,
                        None => Written::Refused(read_only()),
                    };
                    let _ = events.send(ClusterEvent::Written { id, written }).await;
                });
            }
            Command::Rehearse(id, rehearsal) => {
                let writer = self.writer.clone();
                self.operate(id, async move {
                    let written = match writer {
                        Some(writer) => writer.rehearse(rehearsal).await,
                        None => Written::Refused(read_only()),
                    };
                    let _ = events.send(ClusterEvent::Written { id, written }).await;
                });
            }
            Command::Probe(id, probe) => {
                let prober = self.prober.clone();
                self.operate(id, async move {
                    let result = match prober {
                        Some(prober) => prober.probe(probe).await,
                        None => {
                            Err(Trouble::new(TroubleKind::Config, "this session only reads: it asks no pod"))
                        }
                    };
                    let _ = events.send(ClusterEvent::Probed { id, result }).await;
                });
            }
            Command::Call(id, call) => {
                let prober = self.prober.clone();
                self.operate(id, async move {
                    let result = match prober {
                        Some(prober) => prober.call(call).await,
                        None => {
                            let said = "this session only reads: it asks no pod and no service";
                            Err(Trouble::new(TroubleKind::Config, said))
                        }
                    };
                    let _ = events.send(ClusterEvent::Called { id, result }).await;
                });
            }
            Command::Whole(id, target) => self.operate(id, async move {
                let result = gather::object(line, &target).await.map(Box::new);
                // The same.
                let _ = events.send(ClusterEvent::Whole { id, result }).await;
            }),
            Command::Forward(id, forward) => {
                self.stops.retain(|id, _| self.operations.contains_key(id));
                let Some(connector) = self.connector.clone() else {
                    let update =
                        ForwardUpdate::Ended(Err("this session only reads: it forwards nothing".to_owned()));
                    return self.operate(id, async move {
                        let _ = events.send(ClusterEvent::Forward { id, update }).await;
                    });
                };
                let stop = Arc::new(Notify::new());
                self.stops.insert(id, stop.clone());
                let shown = self.shown.subscribe();
                self.operate(id, Forwarder { id, forward, connector, line, events, shown, stop }.run());
            }
            Command::Copy(id, copy) => {
                let Some(connector) = self.connector.clone() else {
                    let update =
                        CopyUpdate::Ended(Err("this session only reads: it copies nothing".to_owned()));
                    return self.operate(id, async move {
                        let _ = events.send(ClusterEvent::Copy { id, update }).await;
                    });
                };
                self.operate(id, Copier { id, copy, connector, events }.run());
            }
            Command::StopForward(id) => {
                if let Some(stop) = self.stops.remove(&id) {
                    stop.notify_one();
                }
            }
            Command::ShowTraffic(shown) => {
                self.shown.send_replace(shown);
            }
            Command::Cancel(id) => {
                self.operations.remove(&id);
            }
            Command::RetryNow => {
                // The link lives as long as this manager.
                let _ = self.line.reports.send(Report::RetryNow);
            }
        }
    }

    /// Begins an operation; an id that is used again ends the earlier one.
    fn operate(&mut self, id: u64, future: impl Future<Output = ()> + Send + 'static) {
        self.operations.insert(id, Task::spawn(future));
    }
}

fn read_only() -> Trouble {
    Trouble::new(TroubleKind::Config, "this session only reads: it has no writer")
}

/// A session whose user entry cannot be used: it says so, to everything, and tries nothing.
async fn hopeless(
    trouble: Trouble,
    events: mpsc::Sender<ClusterEvent>,
    mut inbox: mpsc::UnboundedReceiver<Command>,
) {
    let never = Duration::from_secs(u64::from(u32::MAX));
    let state = LinkState::Down { trouble: trouble.clone(), attempt: 1, retry_in: never };
    let mut next = Some(ClusterEvent::Link(state.clone()));
    loop {
        if let Some(event) = next.take()
            && events.send(event).await.is_err()
        {
            return;
        }
        let trouble = trouble.clone();
        next = match inbox.recv().await {
            None => return,
            Some(Command::Get(id, _)) => Some(ClusterEvent::Object { id, result: Err(trouble) }),
            Some(Command::Describe(id, ..)) => Some(ClusterEvent::Described { id, result: Err(trouble) }),
            Some(Command::Namespaces(id)) => Some(ClusterEvent::Names { id, result: Err(trouble) }),
            Some(Command::Logs(id, _)) => Some(ClusterEvent::Logs { id, update: LogUpdate::Failed(trouble) }),
            Some(Command::Gather(id, ..)) => Some(ClusterEvent::Gathered { id, result: Err(trouble) }),
            Some(Command::Kinds(id, _)) => Some(ClusterEvent::Kinds { id, result: Err(trouble) }),
            Some(Command::Explain(id, _)) => Some(ClusterEvent::Explained { id, result: Err(trouble) }),
            Some(Command::Inquire(id, _)) => Some(ClusterEvent::Inquired { id, result: Err(trouble) }),
            Some(Command::Discover(id)) => Some(ClusterEvent::Discovered { id, result: Err(trouble) }),
            Some(Command::Follow(id, _)) => Some(ClusterEvent::Seen { id, seen: Err(trouble) }),
            Some(Command::Write(id, _) | Command::Rehearse(id, _)) => {
                Some(ClusterEvent::Written { id, written: Written::Refused(trouble) })
            }
            Some(Command::Probe(id, _)) => Some(ClusterEvent::Probed { id, result: Err(trouble) }),
            Some(Command::Call(id, _)) => Some(ClusterEvent::Called { id, result: Err(trouble) }),
            Some(Command::Whole(id, _)) => Some(ClusterEvent::Whole { id, result: Err(trouble) }),
            Some(Command::Copy(id, _)) => {
                let update = CopyUpdate::Ended(Err(trouble.to_string()));
                Some(ClusterEvent::Copy { id, update })
            }
            Some(Command::Forward(id, _)) => {
                let update = ForwardUpdate::Ended(Err(trouble.to_string()));
                Some(ClusterEvent::Forward { id, update })
            }
            Some(Command::RetryNow) => Some(ClusterEvent::Link(state.clone())),
            Some(Command::CheckNamespace(id, name)) => {
                Some(ClusterEvent::NamespaceChecked { id, name, exists: None })
            }
            Some(
                Command::Own(_)
                | Command::Watch(_)
                | Command::Unwatch(_)
                | Command::Cancel(_)
                | Command::LogMost(..)
                | Command::StopForward(_)
                | Command::ShowTraffic(_),
            ) => None,
        };
    }
}
