//! What the lock guards: the version counter, the objects of each kind by name and by owner, and their histories.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use serde_json::{Value, json};
use tokio::sync::watch;

use super::super::object::{Labels, Object, controller_uid, metadata, render, string_map, text};
use super::super::resource::{self, Kinds, Resource};
use super::history::{Change, ChangeKind, History};

/// The objects of one kind.
#[derive(Debug)]
pub(super) struct Bucket {
    pub(super) objects: BTreeMap<String, Arc<Object>>,
    /// By the uid of the owner that controls them: their keys.
    pub(super) owned: HashMap<Box<str>, BTreeSet<String>>,
    pub(super) history: History,
    /// The version of the newest change, for those who wait.
    pub(super) changed: watch::Sender<u64>,
}

impl Default for Bucket {
    fn default() -> Self {
        Self {
            objects: BTreeMap::new(),
            owned: HashMap::new(),
            history: History::default(),
            changed: watch::Sender::new(0),
        }
    }
}

#[derive(Debug)]
pub(super) struct Inner {
    pub(super) version: u64,
    random: u64,
    /// By group and plural.
    pub(super) buckets: HashMap<(&'static str, &'static str), Bucket>,
    pub(super) kinds: Arc<Kinds>,
    labels: HashSet<Arc<Labels>>,
    labels_swept: usize,
}

impl Inner {
    pub(super) fn new(seed: u64) -> Self {
        Self {
            version: 1,
            random: seed ^ 0x9e37_79b9_7f4a_7c15,
            buckets: HashMap::new(),
            kinds: Arc::default(),
            labels: HashSet::new(),
            labels_swept: 256,
        }
    }

    /// The same objects, without the history.
    pub(super) fn twin(&self) -> Self {
        let buckets = self.buckets.iter().map(|(place, bucket)| {
            let twin = Bucket {
                objects: bucket.objects.clone(),
                owned: bucket.owned.clone(),
                history: History::starting_at(self.version),
                changed: watch::Sender::new(self.version),
            };
            (*place, twin)
        });
        Self {
            version: self.version,
            random: self.random,
            buckets: buckets.collect(),
            kinds: self.kinds.clone(),
            labels: self.labels.clone(),
            labels_swept: self.labels_swept,
        }
    }

    pub(super) fn random(&mut self) -> u64 {
        // splitmix64: enough for names and uids that repeat with the seed.
        self.random = self.random.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.random;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub(super) fn chance(&self) -> u64 {
        self.random
    }

    pub(super) fn set_chance(&mut self, random: u64) {
        self.random = random;
    }

    pub(super) fn uuid(&mut self) -> String {
        let (a, b) = (self.random(), self.random());
        let (time, mid, high) = (a >> 32, (a >> 16) & 0xffff, (a & 0x0fff) | 0x4000);
        let (variant, node) = ((b >> 48) & 0x3fff | 0x8000, b & 0xffff_ffff_ffff);
        format!("{time:08x}-{mid:04x}-{high:04x}-{variant:04x}-{node:012x}")
    }

    pub(super) fn suffix(&mut self) -> String {
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

    pub(super) fn build(&mut self, value: &Value, version: u64) -> Arc<Object> {
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

    pub(super) fn put(
        &mut self,
        res: &'static Resource,
        at: String,
        mut value: Value,
        previous: Option<Arc<Object>>,
    ) -> Arc<Object> {
        self.version += 1;
        let version = self.version;
        metadata(&mut value).insert("resourceVersion".to_owned(), json!(version.to_string()));
        if res == resource::CRDS {
            Arc::make_mut(&mut self.kinds).define(&value);
        } else if res == resource::APISERVICES {
            Arc::make_mut(&mut self.kinds).learn_service(&value);
        }
        let object = self.build(&value, version);
        let kind = if previous.is_some() { ChangeKind::Modified } else { ChangeKind::Added };
        let bucket = self.buckets.entry(res.place()).or_default();
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

    pub(super) fn remove(
        &mut self,
        res: &'static Resource,
        at: &str,
        last: Option<Value>,
    ) -> Option<Arc<Object>> {
        let bucket = self.buckets.entry(res.place()).or_default();
        let previous = bucket.objects.remove(at)?;
        bucket.disown(previous.owner_uid.as_deref(), at);
        if res == resource::CRDS {
            self.end_kind(at);
        } else if res == resource::APISERVICES {
            Arc::make_mut(&mut self.kinds).forget_service(at);
        }
        self.version += 1;
        let version = self.version;
        let mut value = last.unwrap_or_else(|| previous.value());
        metadata(&mut value).insert("resourceVersion".to_owned(), json!(version.to_string()));
        let object = self.build(&value, version);
        let change =
            Change { version, kind: ChangeKind::Deleted, object: object.clone(), previous: Some(previous) };
        self.buckets.entry(res.place()).or_default().remember(change);
        Some(object)
    }

    /// A definition goes: its objects go with it, and whoever watches them is told that there is nothing more.
    fn end_kind(&mut self, definition: &str) {
        let Some(res) = Arc::make_mut(&mut self.kinds).undefine(definition) else { return };
        let keys: Vec<String> =
            self.buckets.get(&res.place()).into_iter().flat_map(|b| b.objects.keys().cloned()).collect();
        for key in keys {
            self.remove(res, &key, None);
        }
        if let Some(bucket) = self.buckets.get(&res.place()) {
            bucket.changed.send_replace(self.version);
        }
    }

    pub(super) fn empty_namespace(&mut self, name: &str) {
        let range = format!("{name}/")..format!("{name}0");
        for res in self.kinds.clone().all().filter(|r| r.namespaced) {
            let Some(bucket) = self.buckets.get(&res.place()) else { continue };
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
        self.history.push(change);
        self.changed.send_replace(version);
    }

    /// Forgets what happened before a version.
    pub(super) fn forget(&mut self, version: u64) {
        self.history = History::starting_at(version);
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

/// Where an object stands in its bucket.
pub(super) fn key(res: &Resource, namespace: &str, name: &str) -> String {
    if res.namespaced { format!("{namespace}/{name}") } else { name.to_owned() }
}
