//! Watches, and lists as they were: what is served from the history.

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::sync::watch;

use super::super::object::Object;
use super::super::resource::Resource;
use super::super::status::ApiError;
use super::Store;
use super::bucket::key;
use super::history::Change;

impl Store {
    /// The state of a list at an earlier version, rebuilt from the history; 410 when that is too long ago.
    pub fn list_at(
        &self,
        res: &'static Resource,
        namespace: Option<&str>,
        version: u64,
    ) -> Result<Vec<Arc<Object>>, ApiError> {
        let (_, now) = self.list(res, namespace);
        let changes = self.changes(res, version)?;
        let mut objects: BTreeMap<String, Arc<Object>> =
            now.into_iter().map(|o| (key(res, &o.namespace, &o.name), o)).collect();
        for change in changes.iter().rev() {
            let at = key(res, &change.object.namespace, &change.object.name);
            if namespace.is_some_and(|ns| res.namespaced && *change.object.namespace != *ns) {
                continue;
            }
            match &change.previous {
                Some(previous) => objects.insert(at, previous.clone()),
                None => objects.remove(&at),
            };
        }
        Ok(objects.into_values().collect())
    }

    /// Watches a kind from a version on (exclusive); 410 when the history does not reach back that far.
    pub fn watch(
        &self,
        res: &'static Resource,
        namespace: Option<&str>,
        from: u64,
    ) -> Result<Watch, ApiError> {
        let mut inner = self.lock();
        let bucket = inner.buckets.entry(res.place()).or_default();
        let floor = bucket.history.floor();
        if from < floor {
            return Err(ApiError::too_old(from, floor));
        }
        let changed = bucket.changed.subscribe();
        drop(inner);
        let namespace = namespace.filter(|_| res.namespaced).map(str::to_owned);
        Ok(Watch { store: self.clone(), res, namespace, after: from, changed })
    }

    /// The changes of a kind after a version.
    pub fn changes(&self, res: &'static Resource, after: u64) -> Result<Vec<Arc<Change>>, ApiError> {
        let inner = self.lock();
        let Some(bucket) = inner.buckets.get(&res.place()) else { return Ok(Vec::new()) };
        let changes = bucket.history.since(after);
        changes.ok_or_else(|| ApiError::too_old(after, bucket.history.floor()))
    }

    /// Forgets the history: watches and lists that go back before now get 410.
    pub fn forget_history(&self) {
        let mut inner = self.lock();
        inner.version += 1;
        let version = inner.version;
        for res in inner.kinds.clone().all() {
            let bucket = inner.buckets.entry(res.place()).or_default();
            bucket.forget(version);
        }
    }
}

/// A watch of one kind.
#[derive(Debug)]
pub struct Watch {
    store: Store,
    res: &'static Resource,
    namespace: Option<String>,
    after: u64,
    changed: watch::Receiver<u64>,
}

impl Watch {
    /// Waits for the next changes; 410 when this watch fell behind the history; none when its kind is no longer served.
    /// Safe to drop while waiting.
    pub async fn next(&mut self) -> Result<Vec<Arc<Change>>, ApiError> {
        loop {
            self.changed.mark_unchanged();
            let mut changes = self.store.changes(self.res, self.after)?;
            if let Some(last) = changes.last() {
                self.after = last.version;
            }
            if let Some(ns) = &self.namespace {
                changes.retain(|c| *c.object.namespace == **ns);
            }
            if !changes.is_empty() {
                return Ok(changes);
            }
            if !self.store.kinds().has(self.res) {
                return Ok(Vec::new());
            }
            if self.changed.changed().await.is_err() {
                std::future::pending::<()>().await;
            }
        }
    }

    /// Moves on to the store's version when there is nothing to deliver before it.
    pub fn catch_up(&mut self) {
        let inner = self.store.lock();
        let last = inner.buckets.get(&self.res.place()).map_or(0, |b| b.history.newest());
        if last <= self.after {
            self.after = self.after.max(inner.version);
        }
    }

    /// The version up to which everything was delivered.
    pub fn version(&self) -> u64 {
        self.after
    }
}
