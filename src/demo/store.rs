//! The objects of the embedded cluster and their history: what etcd and the watch cache are to a real server.
//!
//! One lock with short critical sections, one version counter, per kind a sorted map and a bounded history from
//! which watches are served. Knows nothing of HTTP, and nothing of what a kind means beyond deletion and generation.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::{Value, json};
use tokio::sync::watch;

use super::clock::Clock;
use super::object::{Labels, controller_uid, metadata, render, string_map, text};
pub use super::object::{Object, text as text_at};
use super::resource::{self, Resource};
use super::status::{ApiError, FieldError};
use super::{defaults, managed};

/// How many changes of one kind are kept for watches.
const HISTORY: usize = 8192;

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

/// How dependents of a deleted object are treated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Propagation {
    /// They are collected afterwards.
    #[default]
    Background,
    /// They go first: the object waits with the finalizer `foregroundDeletion`.
    Foreground,
    /// They stay: the object waits with the finalizer `orphan`.
    Orphan,
}

/// `DeleteOptions`.
#[derive(Debug, Clone, Default)]
pub struct DeleteOptions {
    /// Delete only this one.
    pub uid: Option<String>,
    /// Delete only in this state.
    pub version: Option<String>,
    /// Seconds that a pod has to stop; zero: now.
    pub grace: Option<i64>,
    /// What becomes of dependents.
    pub propagation: Propagation,
    /// Answer what would be, and change nothing.
    pub dry_run: bool,
}

impl DeleteOptions {
    /// Delete without waiting for anybody.
    pub fn now() -> Self {
        Self { grace: Some(0), ..Self::default() }
    }
}

/// What a deletion did.
#[derive(Debug, Clone)]
pub enum Deleted {
    /// The object is gone; its last state.
    Gone(Arc<Object>),
    /// The object carries a deletion timestamp and waits for its kubelet or its finalizers.
    Marked(Arc<Object>),
}

#[derive(Debug)]
struct Bucket {
    objects: BTreeMap<String, Arc<Object>>,
    owned: HashMap<Box<str>, BTreeSet<String>>,
    history: VecDeque<Arc<Change>>,
    /// Watches can start at this version or later.
    floor: u64,
    changed: watch::Sender<u64>,
}

impl Default for Bucket {
    fn default() -> Self {
        Self {
            objects: BTreeMap::new(),
            owned: HashMap::new(),
            history: VecDeque::new(),
            floor: 0,
            changed: watch::Sender::new(0),
        }
    }
}

#[derive(Debug)]
struct Inner {
    version: u64,
    random: u64,
    buckets: HashMap<&'static str, Bucket>,
    labels: HashSet<Arc<Labels>>,
    labels_swept: usize,
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
        let inner = Inner {
            version: 1,
            random: seed ^ 0x9e37_79b9_7f4a_7c15,
            buckets: HashMap::new(),
            labels: HashSet::new(),
            labels_swept: 256,
        };
        Self { inner: Arc::new(Mutex::new(inner)), clock }
    }

    /// An equal store of its own, without the history, on another clock: seeding is dear, copying is cheap.
    #[must_use]
    pub fn twin(&self, clock: Clock) -> Self {
        let inner = self.lock();
        let buckets = inner.buckets.iter().map(|(plural, bucket)| {
            let twin = Bucket {
                objects: bucket.objects.clone(),
                owned: bucket.owned.clone(),
                history: VecDeque::new(),
                floor: inner.version,
                changed: watch::Sender::new(inner.version),
            };
            (*plural, twin)
        });
        let twin = Inner {
            version: inner.version,
            random: inner.random,
            buckets: buckets.collect(),
            labels: inner.labels.clone(),
            labels_swept: inner.labels_swept,
        };
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

    /// The version counter.
    pub fn version(&self) -> u64 {
        self.lock().version
    }

    /// A random number from the store's seed.
    pub fn random(&self) -> u64 {
        self.lock().random()
    }

    /// One object.
    pub fn get(&self, res: &'static Resource, namespace: &str, name: &str) -> Option<Arc<Object>> {
        let inner = self.lock();
        inner.buckets.get(res.plural)?.objects.get(&key(res, namespace, name)).cloned()
    }

    /// All objects of a kind, of one namespace or of all, and the version at which this is so.
    pub fn list(&self, res: &'static Resource, namespace: Option<&str>) -> (u64, Vec<Arc<Object>>) {
        let inner = self.lock();
        let Some(bucket) = inner.buckets.get(res.plural) else { return (inner.version, Vec::new()) };
        let objects = match namespace.filter(|_| res.namespaced) {
            Some(ns) => {
                bucket.objects.range(format!("{ns}/")..format!("{ns}0")).map(|(_, o)| o.clone()).collect()
            }
            None => bucket.objects.values().cloned().collect(),
        };
        (inner.version, objects)
    }

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

    /// The objects of a kind whose controller has this uid.
    pub fn owned(&self, res: &'static Resource, owner_uid: &str) -> Vec<Arc<Object>> {
        let inner = self.lock();
        let Some(bucket) = inner.buckets.get(res.plural) else { return Vec::new() };
        let keys = bucket.owned.get(owner_uid).into_iter().flatten();
        keys.filter_map(|key| bucket.objects.get(key).cloned()).collect()
    }

    /// How many objects of a kind there are.
    pub fn count(&self, res: &'static Resource) -> usize {
        self.lock().buckets.get(res.plural).map_or(0, |b| b.objects.len())
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
        if inner.buckets.get(res.plural).is_some_and(|b| b.objects.contains_key(&at)) {
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
        let bucket = inner.buckets.entry(res.plural).or_default();
        for index in 0..count {
            version += 1;
            let object = Arc::new(make(index, version));
            let at = key(res, &object.namespace, &object.name);
            if let Some(owner) = &object.owner_uid {
                bucket.owned.entry(owner.clone()).or_default().insert(at.clone());
            }
            bucket.objects.insert(at, object);
        }
        bucket.history.clear();
        bucket.floor = version;
        bucket.changed.send_replace(version);
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
        let current = inner.buckets.get(res.plural).and_then(|b| b.objects.get(&at)).cloned();
        let current = current.ok_or_else(|| ApiError::not_found(res, name))?;
        let before = current.value();
        let mut after = before.clone();
        change(&mut after)?;
        keep_server_fields(res, name, &before, &mut after)?;
        if unchanged(&before, &after) && !write.apply {
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

    /// Deletes an object: pods on a node and objects with finalizers are marked first.
    pub fn delete(
        &self,
        res: &'static Resource,
        namespace: &str,
        name: &str,
        options: &DeleteOptions,
    ) -> Result<Deleted, ApiError> {
        let mut inner = self.lock();
        let at = key(res, namespace, name);
        let current = inner.buckets.get(res.plural).and_then(|b| b.objects.get(&at)).cloned();
        let current = current.ok_or_else(|| ApiError::not_found(res, name))?;
        check_preconditions(res, &current, options)?;
        let mut value = current.value();
        let grace = grace(res, &value, options);
        let meta = metadata(&mut value);
        let mut finalizers = meta.get("finalizers").and_then(Value::as_array).cloned().unwrap_or_default();
        let wait_for = match options.propagation {
            Propagation::Background => None,
            Propagation::Foreground => Some("foregroundDeletion"),
            Propagation::Orphan => Some("orphan"),
        };
        if let Some(finalizer) = wait_for.filter(|f| !finalizers.iter().any(|have| have == f)) {
            finalizers.push(json!(finalizer));
            meta.insert("finalizers".to_owned(), Value::Array(finalizers.clone()));
        }
        if grace == 0 && finalizers.is_empty() {
            if options.dry_run {
                return Ok(Deleted::Gone(current));
            }
            if res == resource::NAMESPACES {
                inner.empty_namespace(name);
            }
            return Ok(Deleted::Gone(inner.remove(res, &at, None).unwrap_or(current)));
        }
        let shorter =
            meta.get("deletionGracePeriodSeconds").and_then(Value::as_i64).is_none_or(|had| grace < had);
        if meta.contains_key("deletionTimestamp") && !shorter {
            return Ok(Deleted::Marked(current));
        }
        let when = self.clock.now().saturating_add(jiff::SignedDuration::from_secs(grace));
        let when = when.map_or_else(|_| self.clock.stamp(), super::clock::seconds);
        meta.insert("deletionTimestamp".to_owned(), json!(when));
        meta.insert("deletionGracePeriodSeconds".to_owned(), json!(grace));
        if let Some(generation) = meta.get("generation").and_then(Value::as_i64) {
            meta.insert("generation".to_owned(), json!(generation + 1));
        }
        if options.dry_run {
            return Ok(Deleted::Marked(inner.build(&value, current.version)));
        }
        Ok(Deleted::Marked(inner.put(res, at, value, Some(current))))
    }

    /// Watches a kind from a version on (exclusive); 410 when the history does not reach back that far.
    pub fn watch(
        &self,
        res: &'static Resource,
        namespace: Option<&str>,
        from: u64,
    ) -> Result<Watch, ApiError> {
        let mut inner = self.lock();
        let bucket = inner.buckets.entry(res.plural).or_default();
        if from < bucket.floor {
            return Err(ApiError::too_old(from, bucket.floor));
        }
        let changed = bucket.changed.subscribe();
        drop(inner);
        let namespace = namespace.filter(|_| res.namespaced).map(str::to_owned);
        Ok(Watch { store: self.clone(), res, namespace, after: from, changed })
    }

    /// The changes of a kind after a version.
    pub fn changes(&self, res: &'static Resource, after: u64) -> Result<Vec<Arc<Change>>, ApiError> {
        let inner = self.lock();
        let Some(bucket) = inner.buckets.get(res.plural) else { return Ok(Vec::new()) };
        if after < bucket.floor {
            return Err(ApiError::too_old(after, bucket.floor));
        }
        let start = bucket.history.partition_point(|c| c.version <= after);
        Ok(bucket.history.range(start..).cloned().collect())
    }

    /// Forgets the history: watches and lists that go back before now get 410.
    pub fn forget_history(&self) {
        let mut inner = self.lock();
        inner.version += 1;
        let version = inner.version;
        for res in resource::ALL {
            let bucket = inner.buckets.entry(res.plural).or_default();
            bucket.history.clear();
            bucket.floor = version;
            bucket.changed.send_replace(version);
        }
    }
}

impl Inner {
    fn random(&mut self) -> u64 {
        // splitmix64: enough for names and uids that repeat with the seed.
        self.random = self.random.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.random;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn uuid(&mut self) -> String {
        let (a, b) = (self.random(), self.random());
        let (time, mid, high) = (a >> 32, (a >> 16) & 0xffff, (a & 0x0fff) | 0x4000);
        let (variant, node) = ((b >> 48) & 0x3fff | 0x8000, b & 0xffff_ffff_ffff);
        format!("{time:08x}-{mid:04x}-{high:04x}-{variant:04x}-{node:012x}")
    }

    fn suffix(&mut self) -> String {
        const LETTERS: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";
        (0..5).map(|_| LETTERS[(self.random() % LETTERS.len() as u64) as usize] as char).collect()
    }

    fn share(&mut self, labels: Labels) -> Arc<Labels> {
        if let Some(shared) = self.labels.get(&labels) {
            return shared.clone();
        }
        if self.labels.len() >= self.labels_swept {
            self.labels.retain(|set| Arc::strong_count(set) > 1);
            self.labels_swept = (self.labels.len() * 2).max(256);
        }
        let shared = Arc::new(labels);
        self.labels.insert(shared.clone());
        shared
    }

    fn build(&mut self, value: &Value, version: u64) -> Arc<Object> {
        Arc::new(Object {
            namespace: text(value, "/metadata/namespace").into(),
            name: text(value, "/metadata/name").into(),
            uid: text(value, "/metadata/uid").into(),
            version,
            labels: self.share(string_map(value, "/metadata/labels")),
            owner_uid: controller_uid(value).map(Into::into),
            json: render(value),
        })
    }

    fn put(
        &mut self,
        res: &'static Resource,
        at: String,
        mut value: Value,
        previous: Option<Arc<Object>>,
    ) -> Arc<Object> {
        self.version += 1;
        let version = self.version;
        metadata(&mut value).insert("resourceVersion".to_owned(), json!(version.to_string()));
        let object = self.build(&value, version);
        let kind = if previous.is_some() { ChangeKind::Modified } else { ChangeKind::Added };
        let bucket = self.buckets.entry(res.plural).or_default();
        let owner_before = previous.as_ref().and_then(|p| p.owner_uid.clone());
        if owner_before != object.owner_uid {
            bucket.disown(owner_before.as_deref(), &at);
            if let Some(owner) = &object.owner_uid {
                bucket.owned.entry(owner.clone()).or_default().insert(at.clone());
            }
        }
        bucket.objects.insert(at, object.clone());
        bucket.remember(Change { version, kind, object: object.clone(), previous });
        object
    }

    fn remove(&mut self, res: &'static Resource, at: &str, last: Option<Value>) -> Option<Arc<Object>> {
        let bucket = self.buckets.entry(res.plural).or_default();
        let previous = bucket.objects.remove(at)?;
        bucket.disown(previous.owner_uid.as_deref(), at);
        self.version += 1;
        let version = self.version;
        let mut value = last.unwrap_or_else(|| previous.value());
        metadata(&mut value).insert("resourceVersion".to_owned(), json!(version.to_string()));
        let object = self.build(&value, version);
        let change =
            Change { version, kind: ChangeKind::Deleted, object: object.clone(), previous: Some(previous) };
        self.buckets.entry(res.plural).or_default().remember(change);
        Some(object)
    }

    fn empty_namespace(&mut self, name: &str) {
        let range = format!("{name}/")..format!("{name}0");
        for res in resource::ALL.iter().filter(|r| r.namespaced) {
            let Some(bucket) = self.buckets.get(res.plural) else { continue };
            let keys: Vec<String> = bucket.objects.range(range.clone()).map(|(k, _)| k.clone()).collect();
            for key in keys {
                self.remove(res, &key, None);
            }
        }
    }
}

impl Bucket {
    fn remember(&mut self, change: Change) {
        let version = change.version;
        if self.history.len() == HISTORY
            && let Some(oldest) = self.history.pop_front()
        {
            self.floor = oldest.version;
        }
        self.history.push_back(Arc::new(change));
        self.changed.send_replace(version);
    }

    fn disown(&mut self, owner: Option<&str>, at: &str) {
        let Some(owner) = owner else { return };
        if let Some(keys) = self.owned.get_mut(owner) {
            keys.remove(at);
            if keys.is_empty() {
                self.owned.remove(owner);
            }
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
    /// Waits for the next changes; 410 when this watch fell behind the history. Safe to drop while waiting.
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
            if self.changed.changed().await.is_err() {
                std::future::pending::<()>().await;
            }
        }
    }

    /// Moves on to the store's version when there is nothing to deliver before it.
    pub fn catch_up(&mut self) {
        let inner = self.store.lock();
        let last = inner.buckets.get(self.res.plural).and_then(|b| b.history.back()).map_or(0, |c| c.version);
        if last <= self.after {
            self.after = self.after.max(inner.version);
        }
    }

    /// The version up to which everything was delivered.
    pub fn version(&self) -> u64 {
        self.after
    }
}

fn key(res: &Resource, namespace: &str, name: &str) -> String {
    if res.namespaced { format!("{namespace}/{name}") } else { name.to_owned() }
}

fn unchanged(before: &Value, after: &Value) -> bool {
    before == after
}

fn keep_server_fields(res: &Resource, name: &str, before: &Value, after: &mut Value) -> Result<(), ApiError> {
    let was = &before["metadata"];
    let asked = text(after, "/metadata/resourceVersion");
    if !asked.is_empty() && asked != text(before, "/metadata/resourceVersion") {
        return Err(ApiError::stale(res, name));
    }
    let asked = text(after, "/metadata/uid");
    if !asked.is_empty() && asked != text(before, "/metadata/uid") {
        let is = text(before, "/metadata/uid");
        let why = format!("Precondition failed: UID in precondition: {asked}, UID in object meta: {is}");
        return Err(ApiError::conflict(res, name, &why));
    }
    after["apiVersion"] = before["apiVersion"].clone();
    after["kind"] = before["kind"].clone();
    let meta = metadata(after);
    let owned = [
        "name",
        "namespace",
        "uid",
        "resourceVersion",
        "creationTimestamp",
        "generation",
        "deletionTimestamp",
        "deletionGracePeriodSeconds",
        "generateName",
    ];
    for field in owned {
        match was.get(field) {
            Some(value) => meta.insert(field.to_owned(), value.clone()),
            None => meta.remove(field),
        };
    }
    for field in ["labels", "annotations", "finalizers", "ownerReferences"] {
        let empty = match meta.get(field) {
            Some(Value::Object(map)) => map.is_empty(),
            Some(Value::Array(list)) => list.is_empty(),
            Some(Value::Null) => true,
            _ => false,
        };
        if empty {
            meta.remove(field);
        }
    }
    defaults::apply(res, after);
    Ok(())
}

/// Whether nothing holds a deleted object any more.
fn is_finished(res: &Resource, value: &Value) -> bool {
    let meta = &value["metadata"];
    let held = meta["finalizers"].as_array().is_some_and(|f| !f.is_empty());
    let waits = meta["deletionGracePeriodSeconds"].as_i64().is_some_and(|s| s > 0) && res == resource::PODS;
    meta["deletionTimestamp"].is_string() && !held && !waits
}

fn check_preconditions(res: &Resource, object: &Object, options: &DeleteOptions) -> Result<(), ApiError> {
    if let Some(uid) = options.uid.as_deref().filter(|uid| **uid != *object.uid) {
        let why = format!(
            "the UID in the precondition ({uid}) does not match the UID in record ({}). The object might have been deleted and then recreated",
            object.uid
        );
        return Err(ApiError::conflict(res, &object.name, &why));
    }
    if let Some(version) = options.version.as_deref().filter(|v| **v != object.version.to_string()) {
        let why = format!(
            "the ResourceVersion in the precondition ({version}) does not match the ResourceVersion in record ({}). The object might have been modified",
            object.version
        );
        return Err(ApiError::conflict(res, &object.name, &why));
    }
    Ok(())
}

/// Seconds that a deleted object waits for its kubelet; only pods on a node do.
fn grace(res: &Resource, value: &Value, options: &DeleteOptions) -> i64 {
    let phase = text(value, "/status/phase");
    if res != resource::PODS
        || text(value, "/spec/nodeName").is_empty()
        || matches!(phase, "Succeeded" | "Failed")
    {
        return 0;
    }
    let own = value["spec"]["terminationGracePeriodSeconds"].as_i64().unwrap_or(30);
    options.grace.unwrap_or(own).max(0)
}

#[cfg(test)]
mod tests;
