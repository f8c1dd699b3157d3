//! Reads the logs of a [`LogQuery`]: finds the pods, follows each container from run to run, tells all as one stream.
//!
//! | file | owns |
//! | --- | --- |
//! | `target`, `choice` | from a workload, a service or labels to a selection of pods; a service's may become another |
//! | `service` | what a service selects, as it changes |
//! | `pods`, `pod` | the watch of a selection, and what is known of a pod |
//! | `members` | the containers that are read: who joins, who is let go |
//! | `tail` | one container: its runs, when to read on, when to wait, when to leave |
//! | `session`, `request` | one answer with a log, and how it is asked for |
//! | `cutter`, `place`, `stamp` | bytes to lines, without those that were told |
//! | `opening` | first lines of several streams in the order of time |

mod choice;
mod cutter;
mod members;
mod opening;
mod place;
mod pod;
mod pods;
mod request;
mod service;
mod session;
mod stamp;
mod tail;
mod target;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use tokio::sync::{Semaphore, mpsc, watch};
use tokio::task::JoinSet;

use self::choice::Chosen;
use self::members::Known;
use self::opening::{Closed, Outlet};
use self::place::Place;
use self::pods::Change;
use self::service::Choice;
use self::tail::{Gone, Note};
use super::ClusterEvent;
use super::link::Line;
use crate::model::log::{LogQuery, LogUpdate, SourceId};
use crate::model::trouble::{Trouble, TroubleKind};

/// Changes of pods that wait for the reader.
const WAITING: usize = 16;

/// Where the tasks of a reading tell what they see.
#[derive(Clone)]
struct Inlets {
    changes: mpsc::Sender<(usize, Change)>,
    choices: mpsc::Sender<(usize, Choice)>,
    notes: mpsc::UnboundedSender<Note>,
}

/// What they told.
struct Inbox {
    changes: mpsc::Receiver<(usize, Change)>,
    choices: mpsc::Receiver<(usize, Choice)>,
    notes: mpsc::UnboundedReceiver<Note>,
}

/// The task of one reading.
pub(super) struct Reader {
    query: Arc<LogQuery>,
    line: Line,
    outlet: Outlet,
    inlets: Inlets,
    /// How many streams may be open.
    most: watch::Receiver<usize>,
    slots: Arc<Semaphore>,
    granted: usize,
    /// The selections whose pods are read, by numbers that are never used twice.
    chosen: BTreeMap<usize, Chosen>,
    numbers: usize,
    /// By target: what the services select that are followed.
    services: BTreeMap<usize, Choice>,
    /// Some pods have been listed.
    listed: bool,
    /// It was told that pods are not seen.
    unseen: bool,
    /// By UID: which selections have a pod.
    pods: HashMap<Box<str>, BTreeSet<usize>>,
    /// By UID and container.
    sources: HashMap<(Box<str>, Box<str>), Known>,
    /// Where one was in logs that were let go; they may be wanted again.
    places: HashMap<(Box<str>, Box<str>), Place>,
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
        let (notes, told_notes) = mpsc::unbounded_channel();
        let (changes, told_changes) = mpsc::channel(WAITING);
        let (choices, told_choices) = mpsc::channel(WAITING);
        let inbox = Inbox { changes: told_changes, choices: told_choices, notes: told_notes };
        let reader = Self {
            query: Arc::new(query),
            line,
            outlet: Outlet::new(id, events),
            inlets: Inlets { changes, choices, notes },
            most,
            slots: Arc::new(Semaphore::new(granted)),
            granted,
            chosen: BTreeMap::new(),
            numbers: 0,
            services: BTreeMap::new(),
            listed: false,
            unseen: false,
            pods: HashMap::new(),
            sources: HashMap::new(),
            places: HashMap::new(),
            next: 0,
            open: 0,
            left: 0,
            refusals: Vec::new(),
            told: None,
            tails: JoinSet::new(),
        };
        (raise, async move {
            // Nobody listens: nothing to do.
            let _ = reader.run(inbox).await;
        })
    }

    /// Whether what comes is followed.
    fn follows(&self) -> bool {
        self.query.follow && !self.query.previous
    }

    /// Runs until all is read, or it fails, or it is cancelled.
    async fn run(mut self, mut inbox: Inbox) -> Result<(), Closed> {
        self.tails.spawn(self.outlet.clone().open());
        if let Err(trouble) = self.resolve().await? {
            return self.outlet.announce(LogUpdate::Failed(trouble)).await;
        }
        loop {
            tokio::select! {
                Some((number, change)) = inbox.changes.recv() => self.on_change(number, change).await?,
                Some((target, choice)) = inbox.choices.recv() => self.on_choice(target, choice).await?,
                Some(note) = inbox.notes.recv() => self.on_note(note),
                Ok(()) = self.most.changed() => self.raise(),
                Some(_) = self.tails.join_next() => {}
            }
            while let Ok(note) = inbox.notes.try_recv() {
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

    async fn on_change(&mut self, number: usize, change: Change) -> Result<(), Closed> {
        // It may have been let go while this was on its way.
        let Some(chosen) = self.chosen.get_mut(&number) else { return Ok(()) };
        match change {
            Change::Listed(pods) => {
                let first = !std::mem::replace(&mut chosen.listed, true);
                self.listed = true;
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
                if first {
                    self.let_go_before(number).await?;
                    if self.chosen.values().all(|chosen| chosen.listed) {
                        self.outlet.complete();
                    }
                }
            }
            Change::Is(pod) => self.see(number, &pod, true),
            Change::Gone(pod) => {
                let single = chosen.selection.pod.is_some();
                let deleted = single || pod.deleting || pod.ended;
                let uid = pod.uid.clone();
                // How its containers ended is in its last state.
                self.update(&pod);
                self.lose(number, &uid, if deleted { Gone::Deleted } else { Gone::Unselected });
            }
            Change::Unseen(trouble) => {
                chosen.unseen = Some(trouble.clone());
                if !std::mem::replace(&mut self.unseen, true) {
                    self.outlet.announce(LogUpdate::PodsUnseen(trouble)).await?;
                }
            }
            Change::Seen => {
                chosen.unseen = None;
                self.tell_seen().await?;
            }
            Change::Said(words) => self.outlet.tell(LogUpdate::Said(words)).await?,
        }
        Ok(())
    }

    /// Tells that the pods are seen again, when all are.
    async fn tell_seen(&mut self) -> Result<(), Closed> {
        if self.unseen && self.chosen.values().all(|chosen| chosen.unseen.is_none()) {
            self.unseen = false;
            self.outlet.announce(LogUpdate::PodsSeen).await?;
        }
        Ok(())
    }

    async fn tell_streams(&mut self) -> Result<(), Closed> {
        let of = self.next as usize - self.left;
        let now = (self.open.min(of), of);
        if !self.listed || self.told == Some(now) {
            return Ok(());
        }
        self.told = Some(now);
        self.outlet.tell(LogUpdate::Streams { open: now.0, of: now.1 }).await
    }

    /// What is told last, if nothing more can come.
    fn last(&self) -> Option<LogUpdate> {
        let unseen = || self.chosen.values().filter_map(|chosen| chosen.unseen.as_ref());
        let forbidden = unseen().filter(|trouble| trouble.kind == TroubleKind::Forbidden).count();
        if !self.listed && forbidden == self.chosen.len() {
            return unseen().next().cloned().map(LogUpdate::Failed);
        }
        if !self.chosen.values().all(|chosen| chosen.listed) || self.left < self.next as usize {
            return None;
        }
        let single = self.chosen.values().all(|chosen| chosen.selection.pod.is_some());
        if !self.services.is_empty() || self.follows() && !single {
            return None;
        }
        if self.next == 0 && single {
            return Some(LogUpdate::Failed(self.nobody()));
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
        let mut selections = self.chosen.values().map(|chosen| &chosen.selection);
        let pod = selections.clone().next().and_then(|selection| selection.pod.as_deref());
        let found = selections
            .find(|selection| !self.pods.is_empty() && selection.container.is_some())
            .and_then(|selection| selection.pod.as_ref().zip(selection.container.as_ref()));
        match found {
            Some((pod, container)) => {
                let said = format!("container {container} is not valid for pod {pod}");
                Trouble::new(TroubleKind::Rejected, said)
            }
            None => {
                let said = format!("pods \"{}\" not found", pod.unwrap_or_default());
                Trouble::new(TroubleKind::NotFound, said)
            }
        }
    }
}
