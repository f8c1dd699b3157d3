//! What this session saw change: kept as it comes, as far as it says something.

use std::collections::VecDeque;

use crate::model::feed::{FeedKey, FeedUpdate, RowChange};
use crate::model::record::Kind;
use crate::model::uid::Uid;
use crate::recent::{Seen, compare};
use crate::state::{Now, State};

/// So many changes are kept.
const MOST: usize = 2_000;

/// What was seen, the newest last.
#[derive(Debug, Default)]
pub struct SeenLog {
    log: VecDeque<Seen>,
    /// How many fell out.
    pub dropped: usize,
}

impl SeenLog {
    fn push(&mut self, seen: Seen) {
        if self.log.len() == MOST {
            self.log.pop_front();
            self.dropped += 1;
        }
        self.log.push_back(seen);
    }

    /// All, the newest first.
    pub fn newest(&self) -> impl Iterator<Item = &Seen> {
        self.log.iter().rev()
    }

    /// What was seen of an object, the newest first.
    pub fn of(&self, kind: Kind, uid: &Uid) -> impl Iterator<Item = &Seen> {
        self.newest().filter(move |seen| seen.kind == kind && seen.uid == *uid)
    }

    /// Forgets all: another cluster is looked at.
    pub fn clear(&mut self) {
        *self = Self::default();
    }
}

impl State {
    /// Compares what a live feed brings with what is known, before it is taken.
    pub(super) fn note_seen(&mut self, key: &FeedKey, update: &FeedUpdate, now: Now) {
        let FeedUpdate::Rows(rows) = update else { return };
        // Events are no objects that change.
        if key.kind == Kind::Event || key.kind == Kind::EndpointSlice {
            return;
        }
        let columns = match key.kind {
            Kind::Other(resource) => self.kinds.columns.definitions(resource),
            _ => None,
        };
        for row in rows {
            let (before, fields) = match row {
                RowChange::Upsert(after) => {
                    let Some(before) = self.cache.get(key.kind, &after.meta().uid) else { continue };
                    let fields = compare(before, after, columns.as_deref().unwrap_or_default());
                    if fields.is_empty() {
                        continue;
                    }
                    (before, fields)
                }
                // Pods come and go with their controllers: that is told by what these do.
                RowChange::Remove(_) if matches!(key.kind, Kind::Pod | Kind::ReplicaSet) => continue,
                RowChange::Remove(uid) => match self.cache.get(key.kind, uid) {
                    Some(before) => (before, Vec::new()),
                    None => continue,
                },
            };
            let meta = before.meta();
            let seen = Seen {
                at: now.unix,
                kind: key.kind,
                uid: meta.uid.clone(),
                namespace: meta.namespace.clone(),
                name: meta.name.clone(),
                fields,
            };
            self.seen.push(seen);
        }
    }
}
