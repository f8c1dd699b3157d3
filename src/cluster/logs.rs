//! Reads the logs of a [`LogQuery`]: finds the pods, follows each container from run to run, tells all as one stream.
//!
//! | file | owns |
//! | --- | --- |
//! | `target` | from a workload, a service or labels to a selection of pods |
//! | `pods`, `pod` | the watch of a selection, and what is known of a pod |
//! | `tail` | one container: its runs, when to read on, when to wait, when to leave |
//! | `session`, `request` | one answer with a log, and how it is asked for |
//! | `cutter`, `place`, `stamp` | bytes to lines, without those that were told |
//! | `opening` | first lines of several streams in the order of time |

mod cutter;
mod opening;
mod place;
mod pod;
mod pods;
mod request;
mod session;
mod stamp;
mod tail;
mod target;

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Semaphore, mpsc, watch};
use tokio::task::JoinSet;

use self::opening::{Closed, Outlet};
use self::pod::{Pod, Status};
use self::pods::{Change, Watcher};
use self::tail::{Facts, Gone, Note, Tail};
use self::target::Selection;
use super::ClusterEvent;
use super::link::Line;
use crate::model::log::{LogQuery, LogUpdate, Source, SourceId};
use crate::model::trouble::{Trouble, TroubleKind};

/// Changes of pods that wait for the reader.
const WAITING: usize = 16;
/// A workload that cannot be asked for now is asked again after so long.
const AGAIN: Duration = Duration::from_secs(1);

/// A container whose log is read, or was.
struct Known {
    id: SourceId,
    facts: watch::Sender<Facts>,
    left: bool,
}

impl Known {
    /// Nothing more can be said of it.
    fn is_past(&self) -> bool {
        self.left && self.facts.borrow().gone.is_some()
    }
}

/// The task of one reading.
pub(super) struct Reader {
    query: Arc<LogQuery>,
    line: Line,
    outlet: Outlet,
    /// How many streams may be open.
    most: watch::Receiver<usize>,
    slots: Arc<Semaphore>,
    granted: usize,
    notes: mpsc::UnboundedSender<Note>,
    selections: Vec<Selection>,
    /// Which selections have been listed.
    listed: BTreeSet<usize>,
    /// Which cannot be seen, and why.
    unseen: HashMap<usize, Trouble>,
    /// By UID: which selections have a pod.
    pods: HashMap<Box<str>, BTreeSet<usize>>,
    /// By UID and container.
    sources: HashMap<(Box<str>, Box<str>), Known>,
    next: SourceId,
    open: usize,
    left: usize,
    /// Of those that never answered with a log.
    refusals: Vec<Trouble>,
    told: Option<(usize, usize)>,
    tails: JoinSet<()>,
}

impl Reader {
    /// A reader, and what raises the number of its streams.
    pub fn start(
        id: u64,
        query: LogQuery,
        line: Line,
        events: mpsc::Sender<ClusterEvent>,
    ) -> (watch::Sender<usize>, impl Future<Output = ()> + Send + 'static) {
        let granted = query.most.clamp(1, Semaphore::MAX_PERMITS);
        let (raise, most) = watch::channel(granted);
        let (notes, reports) = mpsc::unbounded_channel();
        let reader = Self {
            query: Arc::new(query),
            line,
            outlet: Outlet::new(id, events),
            most,
            slots: Arc::new(Semaphore::new(granted)),
            granted,
            notes,
            selections: Vec::new(),
            listed: BTreeSet::new(),
            unseen: HashMap::new(),
            pods: HashMap::new(),
            sources: HashMap::new(),
            next: 0,
            open: 0,
            left: 0,
            refusals: Vec::new(),
            told: None,
            tails: JoinSet::new(),
        };
        (raise, async move {
            // Nobody listens: nothing to do.
            let _ = reader.run(reports).await;
        })
    }

    /// Runs until all is read, or it fails, or it is cancelled.
    async fn run(mut self, mut reports: mpsc::UnboundedReceiver<Note>) -> Result<(), Closed> {
        self.tails.spawn(self.outlet.clone().open());
        if let Err(trouble) = self.resolve().await? {
            return self.outlet.announce(LogUpdate::Failed(trouble)).await;
        }
        let (changes, mut inbox) = mpsc::channel(WAITING);
        for (number, selection) in self.selections.iter().cloned().enumerate() {
            let follow = self.query.follow && !self.query.previous;
            let (line, changes) = (self.line.clone(), changes.clone());
            let watcher = Watcher { number, selection, follow, line, changes, own: pods::Own::default() };
            self.tails.spawn(watcher.run());
        }
        loop {
            tokio::select! {
                Some((number, change)) = inbox.recv() => self.on_change(number, change).await?,
                Some(note) = reports.recv() => self.on_note(note),
                Ok(()) = self.most.changed() => self.raise(),
                Some(_) = self.tails.join_next() => {}
            }
            while let Ok(note) = reports.try_recv() {
                self.on_note(note);
            }
            self.tell_streams().await?;
            if let Some(last) = self.last() {
                self.outlet.complete();
                self.outlet.opened().await;
                return self.outlet.announce(last).await;
            }
        }
    }

    /// Finds the selections of the targets. One that is missing among others is told, and the others are read.
    async fn resolve(&mut self) -> Result<Result<(), Trouble>, Closed> {
        let mut missing = None;
        let query = Arc::clone(&self.query);
        for target in &query.targets {
            let mut waits = false;
            loop {
                let trouble = match target::resolve(&mut self.line, target).await {
                    Ok(selection) => {
                        if std::mem::take(&mut waits) {
                            self.outlet.announce(LogUpdate::PodsSeen).await?;
                        }
                        if !self.selections.contains(&selection) {
                            self.selections.push(selection);
                        }
                        break;
                    }
                    Err(trouble) => trouble,
                };
                let passes = trouble.kind.is_link()
                    || matches!(trouble.kind, TroubleKind::Throttled | TroubleKind::Server);
                if !passes {
                    missing = missing.or(Some(trouble));
                    break;
                }
                let pause = trouble.wait.unwrap_or(AGAIN).max(AGAIN);
                if !std::mem::replace(&mut waits, true) {
                    self.outlet.announce(LogUpdate::PodsUnseen(trouble)).await?;
                }
                self.line.pause(pause).await;
            }
        }
        match missing {
            Some(trouble) if self.selections.is_empty() => Ok(Err(trouble)),
            Some(trouble) => self.outlet.announce(LogUpdate::PodsUnseen(trouble)).await.map(Ok),
            None => Ok(Ok(())),
        }
    }

    async fn on_change(&mut self, number: usize, change: Change) -> Result<(), Closed> {
        match change {
            Change::Listed(pods) => {
                let first = self.listed.insert(number);
                let gone: Vec<Box<str>> = self
                    .pods
                    .iter()
                    .filter(|(uid, seen)| seen.contains(&number) && !pods.iter().any(|pod| pod.uid == **uid))
                    .map(|(uid, _)| uid.clone())
                    .collect();
                for uid in gone {
                    self.lose(number, &uid, Gone::Deleted);
                }
                for pod in pods {
                    self.see(number, &pod, !first);
                }
                if first && self.listed.len() == self.selections.len() {
                    self.outlet.complete();
                }
            }
            Change::Is(pod) => self.see(number, &pod, true),
            Change::Gone(pod) => {
                let single = self.selections[number].pod.is_some();
                let deleted = single || pod.deleting || pod.ended;
                let uid = pod.uid.clone();
                // How its containers ended is in its last state.
                self.update(&pod);
                self.lose(number, &uid, if deleted { Gone::Deleted } else { Gone::Unselected });
            }
            Change::Unseen(trouble) => {
                if self.unseen.insert(number, trouble.clone()).is_none() && self.unseen.len() == 1 {
                    self.outlet.announce(LogUpdate::PodsUnseen(trouble)).await?;
                }
            }
            Change::Seen => {
                if self.unseen.remove(&number).is_some() && self.unseen.is_empty() {
                    self.outlet.announce(LogUpdate::PodsSeen).await?;
                }
            }
        }
        Ok(())
    }

    /// A pod as it is now; `late` when it was not there at the start.
    fn see(&mut self, number: usize, pod: &Pod, late: bool) {
        self.pods.entry(pod.uid.clone()).or_default().insert(number);
        self.update(pod);
        let only = self.selections[number].container.clone();
        for container in &pod.containers {
            let key = (pod.uid.clone(), container.name.clone());
            let wanted = container.is_wanted(&self.query.containers, only.as_deref());
            if !wanted || self.sources.contains_key(&key) {
                continue;
            }
            let id = self.next;
            self.next += 1;
            if !late && self.sources.len() < self.granted {
                self.outlet.await_of(id);
            }
            let facts = Facts { status: container.status.clone(), gone: None };
            let (sender, facts) = watch::channel(facts);
            self.sources.insert(key, Known { id, facts: sender, left: false });
            let source = Source {
                namespace: pod.namespace.clone(),
                pod: pod.name.clone(),
                container: container.name.clone(),
            };
            let tail = Tail {
                id,
                source,
                query: self.query.clone(),
                // What begins later is wanted from its beginning.
                late: late || container.status.current.is_none(),
                line: self.line.clone(),
                outlet: self.outlet.clone(),
                facts,
                slots: self.slots.clone(),
                notes: self.notes.clone(),
                own: tail::Own::default(),
            };
            self.tails.spawn(tail.run());
        }
    }

    /// What is new about the containers of a pod.
    fn update(&self, pod: &Pod) {
        for container in &pod.containers {
            let Some(known) = self.sources.get(&(pod.uid.clone(), container.name.clone())) else { continue };
            let status: &Status = &container.status;
            known.facts.send_if_modified(|facts| {
                let changed = facts.status != *status || facts.gone.is_some();
                *facts = Facts { status: status.clone(), gone: None };
                changed
            });
        }
    }

    /// A selection does not have a pod any more.
    fn lose(&mut self, number: usize, uid: &str, gone: Gone) {
        let Some(seen) = self.pods.get_mut(uid) else { return };
        seen.remove(&number);
        if !seen.is_empty() {
            return;
        }
        self.pods.remove(uid);
        for (_, known) in self.sources.iter().filter(|((of, _), _)| **of == *uid) {
            known.facts.send_modify(|facts| facts.gone = Some(gone));
        }
        self.sources.retain(|_, known| !known.is_past());
    }

    fn on_note(&mut self, note: Note) {
        match note {
            Note::Opened => self.open += 1,
            Note::Closed => self.open -= 1,
            Note::Left(id, refused) => {
                self.left += 1;
                if let Some(known) = self.sources.values_mut().find(|known| known.id == id) {
                    known.left = true;
                }
                self.sources.retain(|_, known| !known.is_past());
                self.refusals.extend(refused);
            }
        }
    }

    /// More streams may be open. Those that are open stay, so it is never less.
    fn raise(&mut self) {
        let most = (*self.most.borrow_and_update()).min(Semaphore::MAX_PERMITS);
        if most > self.granted {
            self.slots.add_permits(most - self.granted);
            self.granted = most;
        }
    }

    async fn tell_streams(&mut self) -> Result<(), Closed> {
        let of = self.next as usize - self.left;
        let now = (self.open.min(of), of);
        if self.listed.is_empty() || self.told == Some(now) {
            return Ok(());
        }
        self.told = Some(now);
        self.outlet.tell(LogUpdate::Streams { open: now.0, of: now.1 }).await
    }

    /// What is told last, if nothing more can come.
    fn last(&self) -> Option<LogUpdate> {
        let forbidden = |trouble: &&Trouble| trouble.kind == TroubleKind::Forbidden;
        if self.listed.is_empty() && self.unseen.values().filter(forbidden).count() == self.selections.len() {
            return self.unseen.values().next().cloned().map(LogUpdate::Failed);
        }
        if self.listed.len() < self.selections.len() || self.left < self.next as usize {
            return None;
        }
        let single = self.selections.iter().all(|selection| selection.pod.is_some());
        if self.next == 0 && single {
            return Some(LogUpdate::Failed(self.nobody()));
        }
        let passes = self.query.follow && !self.query.previous;
        if passes && !single {
            return None;
        }
        match self.refusals.first() {
            Some(refusal) if self.refusals.len() == self.next as usize => {
                Some(LogUpdate::Failed(refusal.clone()))
            }
            _ => Some(LogUpdate::Ended),
        }
    }

    /// Why a single pod has no log, in the words of the API server and the kubelet.
    fn nobody(&self) -> Trouble {
        let found = |selection: &&Selection| !self.pods.is_empty() && selection.container.is_some();
        let (kind, said) = match self.selections.iter().find(found) {
            Some(Selection { pod: Some(pod), container: Some(container), .. }) => {
                (TroubleKind::Rejected, format!("container {container} is not valid for pod {pod}"))
            }
            _ => {
                let pod = self.selections.first().and_then(|selection| selection.pod.as_deref());
                (TroubleKind::NotFound, format!("pods \"{}\" not found", pod.unwrap_or_default()))
            }
        };
        Trouble::new(kind, said)
    }
}
