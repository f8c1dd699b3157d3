//! One session with a cluster, and the relay that makes the loop's events of what it tells.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::{WAITING, place};
use crate::cluster::{self, Activity, Cluster, ClusterEvent, Endpoint, LinkState, Target, Written};
use crate::effect::{ObjectRef, OpId};
use crate::event::{Event, WriteAnswer};
use crate::gate::Mode;
use crate::model::link::Link;
use crate::model::remote::Doors;
use crate::model::secret::Revealed;
use crate::model::trouble::{Trouble, TroubleKind};
use crate::model::yaml;
use crate::reach::ports;

/// How the answer to a read is to be prepared for the screen.
#[derive(Debug, Clone)]
pub(super) enum Reading {
    Yaml,
    Doors,
    /// One value of a Secret, by its key.
    Secret(String),
}

/// Which reads are on their way, and for what.
type Reads = Arc<Mutex<HashMap<OpId, Reading>>>;

/// One session with a cluster. Dropping it ends everything it does.
#[derive(Debug)]
pub(super) struct Line {
    /// What its events carry.
    pub session: OpId,
    pub target: Target,
    /// What may be done in it.
    pub mode: Mode,
    pub cluster: Cluster,
    reads: Reads,
    relay: JoinHandle<()>,
    /// What lets the relay of an attempt go on.
    begin: Option<oneshot::Sender<()>>,
}

impl Line {
    /// A session of which everything that it tells is passed on.
    pub fn open(
        session: OpId,
        target: Target,
        endpoint: &Endpoint,
        mode: Mode,
        events: &Sender<Event>,
    ) -> Self {
        let (sender, receiver) = channel(WAITING);
        let cluster = Cluster::open(target.clone(), endpoint.of(&target.context), mode, sender);
        let reads = Reads::default();
        let relay = tokio::spawn(relay(session, receiver, events.clone(), reads.clone(), cluster.activity()));
        Self { session, target, mode, cluster, reads, relay, begin: None }
    }

    /// A session that first has to answer, which is told as [`Event::Opened`]; what it tells is passed on when it begins.
    pub fn attempt(
        op: OpId,
        target: Target,
        endpoint: &Endpoint,
        mode: Mode,
        events: &Sender<Event>,
    ) -> Self {
        let (sender, mut receiver) = channel(WAITING);
        let cluster = Cluster::open(target.clone(), endpoint.of(&target.context), mode, sender);
        let reads = Reads::default();
        let (begin, begins) = oneshot::channel();
        let (known, activity) = (reads.clone(), cluster.activity());
        let (events, there) = (events.clone(), Box::new(place(&target, false)));
        let relay = tokio::spawn(async move {
            let answered = first_answer(&mut receiver).await;
            let opened = answered.as_ref().map(|_| there).map_err(Clone::clone);
            if events.send(Event::Opened(op, opened)).await.is_err() {
                return;
            }
            let (Ok(state), Ok(())) = (answered, begins.await) else { return };
            if events.send(Event::Link(op, link(state, &activity))).await.is_ok() {
                relay(op, receiver, events, known, activity).await;
            }
        });
        Self { session: op, target, mode, cluster, reads, relay, begin: Some(begin) }
    }

    /// Reads an object; what its answer is for decides how it is prepared.
    pub fn read(&self, op: OpId, object: &ObjectRef, reading: Reading) {
        self.reads.lock().unwrap_or_else(PoisonError::into_inner).insert(op, reading);
        self.cluster.get(op, whose(object));
    }

    /// It is the program's session from now on.
    pub fn begin(&mut self) {
        if let Some(begin) = self.begin.take() {
            // Its relay lives as long as this.
            let _ = begin.send(());
        }
    }
}

/// An object, as the cluster names it.
pub(super) fn whose(object: &ObjectRef) -> cluster::ObjectRef {
    let namespace = (!object.namespace.is_empty()).then(|| object.namespace.as_str().into());
    cluster::ObjectRef { kind: object.kind, namespace, name: object.name.as_str().into() }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.relay.abort();
    }
}

/// Waits until the server answers, or an attempt has failed; slowness is no failure yet.
async fn first_answer(receiver: &mut Receiver<ClusterEvent>) -> Result<LinkState, Trouble> {
    while let Some(event) = receiver.recv().await {
        match event {
            ClusterEvent::Link(state @ LinkState::Live { .. }) => return Ok(state),
            ClusterEvent::Link(LinkState::Down { trouble, retry_in, .. }) if !retry_in.is_zero() => {
                return Err(trouble);
            }
            _ => {}
        }
    }
    Err(Trouble::new(TroubleKind::Config, "the session ended before the server answered"))
}

/// Makes the loop's events of the cluster's; work that takes time (YAML) is done off every loop.
async fn relay(
    session: OpId,
    mut receiver: Receiver<ClusterEvent>,
    events: Sender<Event>,
    reads: Reads,
    activity: Arc<Activity>,
) {
    while let Some(event) = receiver.recv().await {
        let event = match event {
            ClusterEvent::Link(state) => Event::Link(session, link(state, &activity)),
            ClusterEvent::Feed { key, update } => Event::Feed(key, update),
            ClusterEvent::Logs { id, update } => Event::Log(id, update),
            ClusterEvent::Names { id, result } => {
                Event::Namespaces(id, result.map(|names| names.into_iter().map(String::from).collect()))
            }
            ClusterEvent::NamespaceChecked { id, name, exists } => {
                Event::NamespaceChecked(id, name.into(), exists)
            }
            ClusterEvent::Gathered { id, result } => Event::Gathered(id, result.map(Box::new)),
            ClusterEvent::Described { id, result } => Event::Described(id, result),
            ClusterEvent::Inquired { id, result } => Event::Inquired(id, result),
            ClusterEvent::Explained { id, result } => Event::Explained(id, result),
            ClusterEvent::Called { id, result } => Event::Called(id, result),
            ClusterEvent::Discovered { id, result } => Event::Discovered(id, result),
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
                let reading = reads.lock().unwrap_or_else(PoisonError::into_inner).remove(&id);
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

fn answer(written: Written) -> WriteAnswer {
    match written {
        Written::Accepted(object) => WriteAnswer::Accepted(object),
        Written::Refused(trouble) => WriteAnswer::Refused(trouble),
        Written::Unknown(trouble) => WriteAnswer::Unknown(trouble),
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
        Reading::Yaml => Event::Yaml(id, result.and_then(|json| yaml::yaml(json).map(Box::new).map_err(odd))),
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
