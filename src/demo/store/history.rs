//! What happened to the objects of one kind, as far back as a real server's watch cache remembers.
//!
//! Bounded by count and by bytes, so that a cluster that runs for days stays as small as on its first. Who asks for
//! what fell out of the window gets 410 and lists again.

use std::collections::VecDeque;
use std::sync::Arc;

use super::super::object::Object;

/// How many changes of one kind are kept.
pub(super) const MOST_CHANGES: usize = 4096;
/// How many bytes of bodies are kept for the sake of the history alone, per kind.
pub(super) const MOST_BYTES: usize = 16 * 1024 * 1024;

/// What happened to an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChangeKind {
    /// It came.
    Added,
    /// It became different.
    Modified,
    /// It went; the object of the change is its last state, with the version of the deletion.
    Deleted,
}

/// One step of the history.
#[derive(Debug)]
pub struct Change {
    /// The counter after it.
    pub version: u64,
    /// What happened.
    pub kind: ChangeKind,
    /// The object after it.
    pub object: Arc<Object>,
    /// The object before it.
    pub previous: Option<Arc<Object>>,
}

impl Change {
    /// The bytes that only the history keeps: superseded bodies, and the last ones of deleted objects. The body after
    /// a change is either the stored one or the `previous` of a later change.
    fn bytes(&self) -> usize {
        let before = self.previous.as_ref().map_or(0, |object| object.json.len());
        let last = if self.kind == ChangeKind::Deleted { self.object.json.len() } else { 0 };
        before + last
    }
}

/// The window of changes of one kind.
#[derive(Debug, Default)]
pub(super) struct History {
    changes: VecDeque<Arc<Change>>,
    bytes: usize,
    floor: u64,
}

impl History {
    /// An empty window that begins after a version.
    pub(super) fn starting_at(floor: u64) -> Self {
        Self { floor, ..Self::default() }
    }

    /// Takes in a change, and lets go of the oldest until the bounds hold; the newest always stays.
    pub(super) fn push(&mut self, change: Change) {
        self.bytes += change.bytes();
        self.changes.push_back(Arc::new(change));
        while self.changes.len() > MOST_CHANGES || (self.bytes > MOST_BYTES && self.changes.len() > 1) {
            let Some(oldest) = self.changes.pop_front() else { break };
            self.bytes -= oldest.bytes();
            self.floor = oldest.version;
        }
    }

    /// The version after which everything is known.
    pub(super) fn floor(&self) -> u64 {
        self.floor
    }

    /// The version of the newest change in the window, zero when there is none.
    pub(super) fn newest(&self) -> u64 {
        self.changes.back().map_or(0, |change| change.version)
    }

    /// The changes after a version, or nothing when the window does not reach back that far.
    pub(super) fn since(&self, after: u64) -> Option<Vec<Arc<Change>>> {
        if after < self.floor {
            return None;
        }
        let start = self.changes.partition_point(|change| change.version <= after);
        Some(self.changes.range(start..).cloned().collect())
    }

    /// How many changes are kept, and how many bytes for their sake.
    #[cfg(test)]
    pub(super) fn size(&self) -> (usize, usize) {
        (self.changes.len(), self.bytes)
    }
}
