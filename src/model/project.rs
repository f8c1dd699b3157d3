//! Projection: the bytes of an object to its record.
//!
//! Slim types say which fields are read; everything else is skipped by the parser. The watch loop knows only
//! [`Projector`], not the encoding.

use super::record::{Kind, Record};
use super::uid::Uid;

/// Makes records of one kind; owns the strings that its records share. One for each watch task.
#[derive(Debug)]
pub struct Projector {
    kind: Kind,
}

/// One decoded line of a watch stream.
#[derive(Debug, PartialEq, Eq)]
pub struct WatchLine {
    /// `metadata.resourceVersion` of the object or bookmark: where a cut watch goes on.
    pub version: Option<String>,
    /// What it says.
    pub what: WatchChange,
}

/// What a line of a watch stream says.
#[derive(Debug, PartialEq, Eq)]
pub enum WatchChange {
    /// ADDED or MODIFIED.
    Upsert(Record),
    /// DELETED.
    Remove(Uid),
    /// BOOKMARK; `initial_events_end` when it carries the annotation `k8s.io/initial-events-end`.
    Bookmark {
        /// The streaming list is complete.
        initial_events_end: bool,
    },
    /// ERROR with a `Status`.
    Error {
        /// HTTP code, e.g. 410.
        code: u16,
        /// `reason`, e.g. `Expired`.
        reason: String,
        /// `message`, cleaned.
        message: String,
    },
}

/// `metadata` of a list.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct ListMeta {
    /// Where a watch goes on from here.
    pub version: String,
    /// The next page, if there is one.
    pub next: Option<String>,
    /// How many items the server says are still to come.
    pub remaining: Option<u64>,
}

/// The bytes were not what the API promises.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("cannot read {what}: {why}")]
pub struct DecodeError {
    /// E.g. `a pod`.
    pub what: &'static str,
    /// The parser's words, cleaned and short.
    pub why: String,
}

impl Projector {
    /// A projector for a kind.
    pub fn new(kind: Kind) -> Self {
        Self { kind }
    }

    /// The kind it makes records of.
    pub fn kind(&self) -> Kind {
        self.kind
    }
}
