//! A forwarded port: listens on this machine, and opens a channel into a pod for each connection.
//!
//! Which pod is meant is looked up when a connection comes: at most every few seconds, and at once when the pod that was used
//! does not take it. Nothing runs while nothing comes.

use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};

use super::ClusterEvent;
use super::connector::{Connector, Tunnel};
use super::gather;
use super::link::Line;
use crate::model::resource::Resource;
use crate::model::trouble::Trouble;
use crate::reach::ports::{Forward, ForwardUpdate, Traffic, choose, not_listening, on_pod, selector};
use crate::release::facts::{Found, Query};
use crate::release::json::name;
use crate::release::pod::terminating;

/// The pod that was found is taken for so long without looking again.
const KNOWN: Duration = Duration::from_secs(3);
/// How often numbers are told while somebody looks at them, and while nobody does.
const SHOWN: Duration = Duration::from_secs(1);
const UNSEEN: Duration = Duration::from_secs(15);
/// After a socket could not be taken (too many files are open), before the next.
const REST: Duration = Duration::from_millis(200);

/// One forward.
pub(super) struct Forwarder {
    pub id: u64,
    pub forward: Forward,
    pub connector: Connector,
    pub line: Line,
    pub events: mpsc::Sender<ClusterEvent>,
    /// Whether somebody looks at the numbers.
    pub shown: watch::Receiver<bool>,
    /// Ends it.
    pub stop: Arc<Notify>,
}

/// What its connections share.
struct Shared {
    id: u64,
    forward: Forward,
    connector: Connector,
    line: Line,
    events: mpsc::Sender<ClusterEvent>,
    place: tokio::sync::Mutex<Place>,
    counts: Counts,
}

#[derive(Default)]
struct Counts {
    open: AtomicU64,
    all: AtomicU64,
    received: AtomicU64,
    sent: AtomicU64,
    /// The failure that was told last: one that repeats itself is told once.
    failed: Mutex<String>,
    changed: Notify,
}

/// Where it leads to.
#[derive(Default)]
struct Place {
    pod: String,
    port: u16,
    looked: Option<Instant>,
}

impl Forwarder {
    /// Runs until it is stopped, or cannot begin.
    pub async fn run(mut self) {
        let (id, events) = (self.id, self.events.clone());
        let (shown, stop) = (self.shown.clone(), self.stop.clone());
        let begun = tokio::select! {
            begun = self.begin() => begun.map(Some),
            () = stop.notified() => Ok(None),
        };
        let ended = match begun {
            Ok(Some((listeners, shared))) => Ok(serve(listeners, shared, shown, stop).await),
            Ok(None) => Ok(Traffic::default()),
            Err(why) => Err(why),
        };
        // Nobody listens: nothing to do.
        let _ = events.send(ClusterEvent::Forward { id, update: ForwardUpdate::Ended(ended) }).await;
    }

    async fn begin(&mut self) -> Result<(Vec<TcpListener>, Arc<Shared>), String> {
        let listeners = listen(&self.forward).await?;
        let shared = Arc::new(Shared {
            id: self.id,
            forward: self.forward.clone(),
            connector: self.connector.clone(),
            line: self.line.clone(),
            events: self.events.clone(),
            place: tokio::sync::Mutex::default(),
            counts: Counts::default(),
        });
        shared.place(false).await?;
        let local = listeners.iter().filter_map(|listener| listener.local_addr().ok()).collect();
        shared.tell(ForwardUpdate::Listens(local)).await;
        Ok((listeners, shared))
    }
}

/// Listens where it was asked for. The first address must be had; a second one is there when the machine has it.
async fn listen(forward: &Forward) -> Result<Vec<TcpListener>, String> {
    let mut listeners: Vec<TcpListener> = Vec::new();
    for mut at in forward.ports.addresses() {
        if let Some(first) = listeners.first().and_then(|listener| listener.local_addr().ok()) {
            at.set_port(first.port());
        }
        match TcpListener::bind(at).await {
            Ok(listener) => listeners.push(listener),
            // Somebody else would get what is meant for this one.
            Err(error)
                if listeners.is_empty()
                    || (error.kind() == io::ErrorKind::AddrInUse && forward.ports.local != 0) =>
            {
                return Err(not_listening(at, &error));
            }
            Err(_) => {}
        }
    }
    Ok(listeners)
}

async fn serve(
    listeners: Vec<TcpListener>,
    shared: Arc<Shared>,
    mut shown: watch::Receiver<bool>,
    stop: Arc<Notify>,
) -> Traffic {
    let mut connections = JoinSet::new();
    let mut told = Instant::now();
    let mut due: Option<Instant> = None;
    loop {
        let pace = if *shown.borrow() { SHOWN } else { UNSEEN };
        tokio::select! {
            () = stop.notified() => return shared.counts.now(),
            accepted = accept(&listeners) => match accepted {
                Ok(stream) => {
                    let shared = shared.clone();
                    connections.spawn(async move { shared.carry(stream).await });
                }
                Err(error) => {
                    shared.failed(&format!("a connection was not taken: {error}")).await;
                    tokio::time::sleep(REST).await;
                }
            },
            Some(_) = connections.join_next(), if !connections.is_empty() => {}
            () = shared.counts.changed.notified(), if due.is_none() => due = Some(told + pace),
            changed = shown.changed() => {
                // Whoever begins to look sees what is; the session ends with who says so.
                if changed.is_err() {
                    return shared.counts.now();
                }
                due = due.map(|due| due.min(Instant::now() + SHOWN));
            }
            () = sleep_until(due.unwrap_or(told)), if due.is_some() => {
                (due, told) = (None, Instant::now());
                shared.tell(ForwardUpdate::Traffic(shared.counts.now())).await;
            }
        }
    }
}

async fn accept(listeners: &[TcpListener]) -> io::Result<TcpStream> {
    let each = listeners.iter().map(|listener| Box::pin(listener.accept()));
    let (accepted, ..) = futures::future::select_all(each).await;
    accepted.map(|(stream, _)| stream)
}

impl Counts {
    fn now(&self) -> Traffic {
        let count = |count: &AtomicU64| count.load(Ordering::Relaxed);
        Traffic {
            open: count(&self.open),
            all: count(&self.all),
            received: count(&self.received),
            sent: count(&self.sent),
        }
    }
}

impl Shared {
    async fn tell(&self, update: ForwardUpdate) {
        // The same.
        let _ = self.events.send(ClusterEvent::Forward { id: self.id, update }).await;
    }

    async fn failed(&self, said: &str) {
        let new = {
            let mut last = self.counts.failed.lock().unwrap_or_else(PoisonError::into_inner);
            let new = *last != said;
            said.clone_into(&mut last);
            new
        };
        if new {
            self.tell(ForwardUpdate::Failed(said.to_owned())).await;
        }
    }

    /// One connection from here to the pod.
    async fn carry(&self, stream: TcpStream) {
        self.counts.open.fetch_add(1, Ordering::Relaxed);
        self.counts.all.fetch_add(1, Ordering::Relaxed);
        self.counts.changed.notify_one();
        let carried = self.through(stream).await;
        self.counts.open.fetch_sub(1, Ordering::Relaxed);
        self.counts.changed.notify_one();
        match carried {
            Ok(()) => self.counts.failed.lock().unwrap_or_else(PoisonError::into_inner).clear(),
            Err(said) => {
                self.place.lock().await.looked = None;
                self.failed(&said).await;
            }
        }
    }

    async fn through(&self, stream: TcpStream) -> Result<(), String> {
        let mut tunnel = self.open().await?;
        // Small answers are not held back for more; a socket that cannot be told so works too.
        let _ = stream.set_nodelay(true);
        let mut near = Counted { stream, counts: &self.counts };
        match tokio::io::copy_bidirectional(&mut near, &mut tunnel).await {
            Ok(_) => tunnel.why().await.map_or(Ok(()), |trouble| Err(trouble.to_string())),
            // Whoever had it open here has let go of it.
            Err(_) => Ok(()),
        }
    }

    /// A channel to the pod; to another one when this one does not take it. Nothing was sent yet, so nothing is sent twice.
    async fn open(&self) -> Result<Tunnel, String> {
        let (pod, port) = self.place(false).await?;
        let namespace = &self.forward.target.namespace;
        match self.connector.forward(namespace, &pod, port).await {
            Ok(tunnel) => Ok(tunnel),
            Err(trouble) => {
                let (other, port) = self.place(true).await?;
                if other == pod {
                    return Err(trouble.to_string());
                }
                self.connector.forward(namespace, &other, port).await.map_err(|trouble| trouble.to_string())
            }
        }
    }

    /// The pod and its port, looked up again when that was long ago or `again`.
    async fn place(&self, again: bool) -> Result<(String, u16), String> {
        let mut place = self.place.lock().await;
        if !again && place.looked.is_some_and(|at| at.elapsed() < KNOWN) {
            return Ok((place.pod.clone(), place.port));
        }
        let (pod, port) = match self.look(&place.pod).await {
            Ok(found) => found,
            // What is not known now may still be so.
            Err(Missed::Unknown(_)) if !again && !place.pod.is_empty() => {
                return Ok((place.pod.clone(), place.port));
            }
            Err(Missed::Unknown(trouble)) => return Err(trouble.to_string()),
            Err(Missed::Nothing(why)) => return Err(why),
        };
        let moved = place.pod != pod || place.port != port;
        let before = std::mem::replace(&mut place.pod, pod.clone());
        place.port = port;
        place.looked = Some(Instant::now());
        if moved {
            let why = match before.as_str() {
                "" => String::new(),
                before => format!("{before} is gone or not ready"),
            };
            self.tell(ForwardUpdate::LeadsTo { pod: pod.clone(), port, why }).await;
        }
        Ok((pod, port))
    }

    async fn look(&self, current: &str) -> Result<(String, u16), Missed> {
        let Forward { target, ports } = &self.forward;
        let object = gather::object(self.line.clone(), target).await.map_err(Missed::Unknown)?;
        let pods: Vec<Value>;
        let pod = if target.resource == Resource::PODS {
            if terminating(&object) {
                return Err(Missed::Nothing(format!("pod {} is being ended", target.name)));
            }
            &object
        } else {
            let query = Query::labelled(Resource::PODS, selector(&object).map_err(Missed::Nothing)?);
            pods = match gather::list(self.line.clone(), &query, &target.namespace).await {
                Found::Known(pods) => pods,
                Found::Unknown(trouble) => return Err(Missed::Unknown(trouble)),
                Found::NotAsked => Vec::new(),
            };
            let none = || Missed::Nothing(format!("no pod of {target} is ready"));
            choose(&pods, current).ok_or_else(none)?
        };
        let port = on_pod(&object, &ports.remote, pod).map_err(Missed::Nothing)?;
        Ok((name(pod).to_owned(), port))
    }
}

/// Why no pod was found.
enum Missed {
    /// Nobody answered.
    Unknown(Trouble),
    /// There is none.
    Nothing(String),
}

/// A local connection whose bytes are counted.
struct Counted<'a> {
    stream: TcpStream,
    counts: &'a Counts,
}

impl AsyncRead for Counted<'_> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        let polled = Pin::new(&mut self.stream).poll_read(cx, buf);
        let count = buf.filled().len() - before;
        if count > 0 {
            self.counts.sent.fetch_add(count as u64, Ordering::Relaxed);
            self.counts.changed.notify_one();
        }
        polled
    }
}

impl AsyncWrite for Counted<'_> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.stream).poll_write(cx, buf);
        if let Poll::Ready(Ok(count)) = &polled {
            self.counts.received.fetch_add(*count as u64, Ordering::Relaxed);
            self.counts.changed.notify_one();
        }
        polled
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
