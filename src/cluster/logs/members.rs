//! The containers that are read: who joins, what becomes of them, who is let go.

use tokio::sync::{Semaphore, watch};

use super::Reader;
use super::pod::{Pod, Status};
use super::tail::{self, Facts, Gone, Note, Tail};
use crate::model::log::{Source, SourceId};

/// So many places of logs that were let go are kept.
const PLACES: usize = 1_000;

/// A container whose log is read, or was.
pub(super) struct Known {
    id: SourceId,
    source: Source,
    facts: watch::Sender<Facts>,
    left: bool,
}

impl Known {
    /// Nothing more can be said of it.
    fn is_past(&self) -> bool {
        self.left && self.facts.borrow().gone.is_some()
    }
}

impl Reader {
    /// A pod as it is now; `late` when it was not there at the start.
    pub(super) fn see(&mut self, number: usize, pod: &Pod, late: bool) {
        self.pods.entry(pod.uid.clone()).or_default().insert(number);
        self.update(pod);
        let only = self.chosen.get(&number).and_then(|chosen| chosen.selection.container.clone());
        for container in &pod.containers {
            let key = (pod.uid.clone(), container.name.clone());
            let wanted = container.is_wanted(&self.query.containers, only.as_deref());
            if !wanted || self.sources.contains_key(&key) {
                continue;
            }
            let source = Source {
                namespace: pod.namespace.clone(),
                pod: pod.name.clone(),
                container: container.name.clone(),
            };
            self.join(key, source, container.status.clone(), late);
        }
    }

    fn join(&mut self, key: (Box<str>, Box<str>), source: Source, status: Status, late: bool) {
        let id = self.next;
        self.next += 1;
        if !late && self.sources.len() < self.granted {
            self.outlet.await_of(id);
        }
        // What begins later is wanted from its beginning.
        let late = late || status.current.is_none();
        let mut own = tail::Own::default();
        if let Some(place) = self.places.remove(&key) {
            own.place = place;
        }
        let (sender, facts) = watch::channel(Facts { status, gone: None });
        self.sources.insert(key, Known { id, source: source.clone(), facts: sender, left: false });
        let tail = Tail {
            id,
            source,
            query: self.query.clone(),
            late,
            line: self.line.clone(),
            outlet: self.outlet.clone(),
            facts,
            slots: self.slots.clone(),
            notes: self.inlets.notes.clone(),
            own,
        };
        self.tails.spawn(tail.run());
    }

    /// What is new about the containers of a pod.
    pub(super) fn update(&self, pod: &Pod) {
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
    pub(super) fn lose(&mut self, number: usize, uid: &str, gone: Gone) {
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

    pub(super) fn on_note(&mut self, note: Note) {
        match note {
            Note::Opened => self.open += 1,
            Note::Closed => self.open -= 1,
            Note::Left { id, refused, place } => {
                self.left += 1;
                self.refusals.extend(refused);
                let found = self.sources.iter_mut().find(|(_, known)| known.id == id);
                let Some((key, known)) = found else { return };
                known.left = true;
                let key = key.clone();
                let Some(place) = place else { return self.sources.retain(|_, known| !known.is_past()) };
                if self.places.len() < PLACES {
                    self.places.insert(key.clone(), *place);
                }
                // It was selected again while it left.
                let back = known.facts.borrow().gone.is_none().then(|| known.facts.borrow().status.clone());
                if let Some((known, status)) = self.sources.remove(&key).zip(back) {
                    self.join(key, known.source, status, false);
                }
            }
        }
    }

    /// More streams may be open. Those that are open stay, so it is never less.
    pub(super) fn raise(&mut self) {
        let most = (*self.most.borrow_and_update()).min(Semaphore::MAX_PERMITS);
        if most > self.granted {
            self.slots.add_permits(most - self.granted);
            self.granted = most;
        }
    }
}
