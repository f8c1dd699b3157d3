//! What a watch tells the loop about one kind in one scope.

use std::sync::Arc;
use std::time::Duration;

use super::record::{Kind, Meta, Record};
use super::trouble::Trouble;
use super::uid::Uid;

/// What the server is asked to select by, as it was typed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Selectors {
    /// `labelSelector`; empty: none.
    pub labels: Box<str>,
    /// `fieldSelector`; the same.
    pub fields: Box<str>,
}

impl Selectors {
    /// Whether everything is selected.
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty() && self.fields.is_empty()
    }

    /// One more requirement.
    pub fn add(&mut self, labels: bool, requirement: &str) {
        let of = if labels { &mut self.labels } else { &mut self.fields };
        let comma = if of.is_empty() { "" } else { "," };
        *of = format!("{of}{comma}{requirement}").into();
    }
}

impl std::fmt::Display for Selectors {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let parts = [("-l", &self.labels), ("-f", &self.fields)];
        let mut blank = "";
        for (flag, value) in parts.into_iter().filter(|(_, value)| !value.is_empty()) {
            write!(f, "{blank}{flag} {value}")?;
            blank = " ";
        }
        Ok(())
    }
}

/// Which objects a feed is about.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct FeedKey {
    /// The kind.
    pub kind: Kind,
    /// One namespace, or `None` for all (and for cluster-scoped kinds).
    pub namespace: Option<Box<str>>,
    /// What the server is asked to select by.
    pub selectors: Selectors,
    /// The session with a cluster that it is read in: what began it, 0 for the program's first.
    pub session: u64,
}

/// The part of a table that one list names: of one cluster, in one namespace or all.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Region {
    /// As in [`Meta::place`].
    pub place: u16,
    /// The namespace; `None`: all.
    pub namespace: Option<Box<str>>,
}

impl Region {
    /// Whether an object belongs to it.
    pub fn contains(&self, meta: &Meta) -> bool {
        self.place == meta.place()
            && self.namespace.as_deref().is_none_or(|namespace| *namespace == *meta.namespace)
    }
}

/// A column of the server's table for a kind (`TableColumnDefinition` of `meta.k8s.io/v1`).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Definition {
    /// `name`, e.g. `Ready`.
    pub name: Box<str>,
    /// `type`: of OpenAPI (`string`, `integer`, `number`, `boolean`), or `date` for what custom resources define.
    pub kind: Box<str>,
    /// `description`, cleaned.
    pub help: Box<str>,
    /// `priority` is not 0: kubectl shows it with `-o wide` only.
    pub wide: bool,
}

/// One change of one object.
#[allow(clippy::large_enum_variant, reason = "nearly all of them are records, as in a table")]
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RowChange {
    /// The object is there, new or changed.
    Upsert(Record),
    /// The object is gone.
    Remove(Uid),
}

/// What happened on a feed. Order matters: `ListStarted`, `Rows`..., `Synced`, then `Rows` as they come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FeedUpdate {
    /// A list of everything has begun. Rows that it does not name before [`FeedUpdate::Synced`] are gone; until then
    /// they stay.
    ListStarted,
    /// The columns of the rows that follow, for a kind that is read as the server's table.
    Columns(Arc<[Definition]>),
    /// Changes, oldest first.
    Rows(Vec<RowChange>),
    /// The list that began with [`FeedUpdate::ListStarted`] is complete; from here on the rows follow the cluster.
    Synced,
    /// Objects that could not be read; the others are not held up by them.
    Skipped {
        /// How many.
        count: u32,
        /// Why the last of them could not be read.
        why: String,
    },
    /// The watch goes on after an interruption without a new list: the rows follow the cluster again.
    Resumed,
    /// The kind can be listed and not watched: it is listed again after this long, and only then up to date.
    Polled(Duration),
    /// The feed is interrupted; it tries again by itself.
    Interrupted(Trouble),
}
