//! The objects of the embedded cluster and their history: what etcd and the watch cache are to a real server.
//!
//! One lock with short critical sections, one version counter, per kind a sorted map and a bounded history from
//! which watches are served. Knows nothing of HTTP, and nothing of what a kind means beyond deletion and generation.

mod bucket;
mod delete;
mod history;
mod server_fields;
mod watch;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::{Value, json};

use self::bucket::{Inner, key};
use self::delete::is_finished;
pub use self::delete::{DeleteOptions, Deleted, Propagation};
pub use self::history::{Change, ChangeKind};
use self::server_fields::keep_server_fields;
pub use self::watch::Watch;
use super::clock::Clock;
pub use super::object::{Object, text as text_at};
use super::object::{metadata, text};
use super::resource::{Kinds, Resource};
use super::status::{ApiError, FieldError};
use super::{defaults, managed};

/// Who writes, and how.
#[derive(Debug, Clone, Copy, Default)]
pub struct Write<'a> {
    /// The field manager; empty: `managedFields` are left alone.
    pub manager: &'a str,
    /// Whether it is a server-side apply.
    pub apply: bool,
    /// The subresource that was written, `status` or `scale`.
    pub subresource: &'a str,
    /// Answer what would be, and change nothing.
    pub dry_run: bool,
}

/// A handle on the objects of the cluster.
#[derive(Debug, Clone)]
pub struct Store {
    inner: Arc<Mutex<Inner>>,
    clock: Clock,
}

impl Store {
    /// An empty store; uids and generated names follow from the seed.
    pub fn new(clock: Clock, seed: u64) -> Self {
        Self { inner: Arc::new(Mutex::new(Inner::new(seed))), clock }
    }

    /// An equal store of its own, without the history, on another clock: seeding is dear, copying is cheap.
    #[must_use]
    pub fn twin(&self, clock: Clock) -> Self {
        let twin = self.lock().twin();
        Self { inner: Arc::new(Mutex::new(twin)), clock }
    }

    /// The cluster's clock.
    pub fn clock(&self) -> Clock {
        self.clock
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        // A panic inside a critical section is a bug of one request; the others go on with what was stored.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The kinds that are served now.
    pub fn kinds(&self) -> Arc<Kinds> {
        self.lock().kinds.clone()
    }

    /// The version counter.
    pub fn version(&self) -> u64 {
        self.lock().version
    }

    /// A random number from the store's seed.
    pub fn random(&self) -> u64 {
        self.lock().random()
    }

    /// Does something without moving chance on: what comes afterwards has the names and uids that it would have had. Objects
    /// that are made meanwhile bring uids of their own.
    pub(super) fn aside(&self, what: impl FnOnce()) {
        let before = self.lock().chance();
        what();
        self.lock().set_chance(before);
    }

    /// One object.
    pub fn get(&self, res: &'static Resource, namespace: &str, name: &str) -> Option<Arc<Object>> {
        let inner = self.lock();
        inner.buckets.get(&res.place())?.objects.get(&key(res, namespace, name)).cloned()
    }

    /// All objects of a kind, of one namespace or of all, and the version at which this is so.
    pub fn list(&self, res: &'static Resource, namespace: Option<&str>) -> (u64, Vec<Arc<Object>>) {
        let inner = self.lock();
        let Some(bucket) = inner.buckets.get(&res.place()) else { return (inner.version, Vec::new()) };
        let objects = match namespace.filter(|_| res.namespaced) {
            Some(ns) => {
                bucket.objects.range(format!("{ns}/")..format!("{ns}0")).map(|(_, o)| o.clone()).collect()
            }
            None => bucket.objects.values().cloned().collect(),
        };
        (inner.version, objects)
    }

    /// The objects of a kind whose controller has this uid.
    pub fn owned(&self, res: &'static Resource, owner_uid: &str) -> Vec<Arc<Object>> {
        let inner = self.lock();
        let Some(bucket) = inner.buckets.get(&res.place()) else { return Vec::new() };
        let keys = bucket.owned.get(owner_uid).into_iter().flatten();
        keys.filter_map(|key| bucket.objects.get(key).cloned()).collect()
    }

    /// How many objects of a kind there are.
    pub fn count(&self, res: &'static Resource) -> usize {
        self.lock().buckets.get(&res.place()).map_or(0, |b| b.objects.len())
    }

    /// Stores a new object, as a component of the cluster does.
    pub fn create(&self, res: &'static Resource, value: Value) -> Result<Arc<Object>, ApiError> {
        self.create_as(res, value, Write::default())
    }

    /// Stores a new object: sets uid, version, creation time (if absent), generation, and a generated name.
    pub fn create_as(
        &self,
        res: &'static Resource,
        mut value: Value,
        write: Write<'_>,
    ) -> Result<Arc<Object>, ApiError> {
        value["apiVersion"] = json!(res.api_version());
        value["kind"] = json!(res.kind);
        let uid = self.lock().uuid();
        let meta = metadata(&mut value);
        meta.entry("uid").or_insert_with(|| json!(uid));
        meta.entry("creationTimestamp").or_insert(Value::Null);
        if meta["creationTimestamp"].is_null() {
            meta.insert("creationTimestamp".to_owned(), json!(self.clock.stamp()));
        }
        if meta.get("name").is_none_or(|n| n.as_str().is_none_or(str::is_empty)) {
            let Some(prefix) = meta.get("generateName").and_then(Value::as_str).map(str::to_owned) else {
                let error = FieldError::required("metadata.name", "name or generateName is required");
                return Err(ApiError::invalid(res, "", &[error]));
            };
            let suffix = self.lock().suffix();
            meta.insert("name".to_owned(), json!(format!("{prefix}{suffix}")));
        }
        if res.has_generation() {
            meta.entry("generation").or_insert(json!(1));
        }
        if !res.namespaced {
            meta.remove("namespace");
        }
        defaults::apply(res, &mut value);
        if !write.manager.is_empty() {
            managed::record(None, &mut value, write, &self.clock.stamp());
        }
        let (namespace, name) =
            (text(&value, "/metadata/namespace").to_owned(), text(&value, "/metadata/name").to_owned());
        let at = key(res, &namespace, &name);
        let mut inner = self.lock();
        if inner.buckets.get(&res.place()).is_some_and(|b| b.objects.contains_key(&at)) {
            return Err(ApiError::exists(res, &name));
        }
        if write.dry_run {
            metadata(&mut value).remove("resourceVersion");
            return Ok(inner.build(&value, 0));
        }
        Ok(inner.put(res, at, value, None))
    }

    /// Puts in many ready-made objects at once, without history: for filling a store that nobody watches yet.
    /// `make` gets the index and the version that the object has to carry.
    pub fn load(&self, res: &'static Resource, count: usize, mut make: impl FnMut(usize, u64) -> Object) {
        let mut inner = self.lock();
        let mut version = inner.version;
        let bucket = inner.buckets.entry(res.place()).or_default();
        for index in 0..count {
            version += 1;
            let object = Arc::new(make(index, version));
            let at = key(res, &object.namespace, &object.name);
            if let Some(owner) = &object.owner_uid {
                bucket.owned.entry(owner.clone()).or_default().insert(at.clone());
            }
            bucket.objects.insert(at, object);
        }
        bucket.forget(version);
        inner.version = version;
    }

    /// Changes an object, as a component of the cluster does.
    pub fn update(
        &self,
        res: &'static Resource,
        namespace: &str,
        name: &str,
        change: impl FnOnce(&mut Value) -> Result<(), ApiError>,
    ) -> Result<Arc<Object>, ApiError> {
        self.update_as(res, namespace, name, Write::default(), change)
    }

    /// Changes an object. A `resourceVersion` that the closure left different is a precondition; what the server
    /// owns (uid, creation time, generation) is put back; nothing changed means no new version. An object that is
    /// being deleted goes when its last finalizer does.
    pub fn update_as(
        &self,
        res: &'static Resource,
        namespace: &str,
        name: &str,
        write: Write<'_>,
        change: impl FnOnce(&mut Value) -> Result<(), ApiError>,
    ) -> Result<Arc<Object>, ApiError> {
        let mut inner = self.lock();
        let at = key(res, namespace, name);
        let current = inner.buckets.get(&res.place()).and_then(|b| b.objects.get(&at)).cloned();
        let current = current.ok_or_else(|| ApiError::not_found(res, name))?;
        let before = current.value();
        let mut after = before.clone();
        change(&mut after)?;
        keep_server_fields(res, name, &before, &mut after)?;
        if before == after && !write.apply {
            return Ok(current);
        }
        if res.has_generation() && before.get("spec") != after.get("spec") {
            let next = before["metadata"]["generation"].as_i64().unwrap_or(0) + 1;
            metadata(&mut after).insert("generation".to_owned(), json!(next));
        }
        if !write.manager.is_empty() {
            managed::record(Some(&before), &mut after, write, &self.clock.stamp());
        }
        if before == after {
            return Ok(current);
        }
        if write.dry_run {
            return Ok(inner.build(&after, current.version));
        }
        if is_finished(res, &after) {
            return Ok(inner.remove(res, &at, Some(after)).unwrap_or(current));
        }
        Ok(inner.put(res, at, after, Some(current)))
    }
}

#[cfg(test)]
mod tests;
