//! The controllers' common ground: what changed, who has to look at it, and how their decisions are carried out.
//!
//! Decides nothing about objects itself. Its time is handed in, so that the story can be played in the past.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::super::clock::seconds;
use super::super::object::Object;
use super::super::resource::{
    CONTROLLERREVISIONS, CRONJOBS, DAEMONSETS, DEPLOYMENTS, ENDPOINTSLICES, HPAS, JOBS, NODES, PDBS, PODS,
    REPLICASETS, Resource, SERVICES, STATEFULSETS,
};
use super::super::store::{Change, ChangeKind, DeleteOptions, Deleted, Propagation, Store};
use super::json::{map_matches, object_at, selects};
use super::names::Dice;
use super::plan::{Decision, Write};
use super::pods::PodView;
use super::queue::{Key, Kind, Queue};
use super::recorder::Recorder;

/// The kinds whose changes somebody looks at.
pub const WATCHED: &[&Resource] =
    &[NODES, SERVICES, DEPLOYMENTS, REPLICASETS, STATEFULSETS, DAEMONSETS, JOBS, CRONJOBS, HPAS, PDBS, PODS];

/// The kinds that have controllers.
const DEPENDENTS: &[&Resource] = &[PODS, REPLICASETS, CONTROLLERREVISIONS, ENDPOINTSLICES, JOBS];

/// How many pods are kept as they were read; the store knows them all, this only saves reading them again.
const MOST_VIEWS: usize = 20_000;

/// Everything that the controllers share.
#[derive(Debug)]
pub struct World {
    /// The objects.
    pub store: Store,
    /// The time of this turn.
    pub now: Timestamp,
    /// Chance.
    pub dice: Dice,
    /// Whether things happen by themselves.
    pub lively: bool,
    /// Whether this is the past: pods go at once, because the store stamps deletions with the present.
    pub past: bool,
    /// What to look at.
    pub queue: Queue,
    /// The nodes, as trees.
    pub nodes: Vec<Value>,
    pub(super) load: HashMap<String, i64>,
    pub(super) unplaced: BTreeSet<(String, String)>,
    pub(super) stopping: HashSet<String>,
    views: HashMap<Box<str>, (u64, Arc<PodView>)>,
    recorder: Recorder,
    cursors: HashMap<&'static str, u64>,
    seen: u64,
    owners: HashMap<String, Key>,
    services: HashMap<String, Vec<(String, Value)>>,
    budgets: HashMap<String, Vec<(String, Value)>>,
}

fn kind_of(resource: &'static Resource) -> Option<Kind> {
    Some(match resource.plural {
        "pods" => Kind::Pod,
        "replicasets" => Kind::ReplicaSet,
        "deployments" => Kind::Deployment,
        "statefulsets" => Kind::StatefulSet,
        "daemonsets" => Kind::DaemonSet,
        "jobs" => Kind::Job,
        "cronjobs" => Kind::CronJob,
        "services" => Kind::Service,
        "horizontalpodautoscalers" => Kind::Hpa,
        "poddisruptionbudgets" => Kind::Pdb,
        "nodes" => Kind::Node,
        _ => return None,
    })
}

/// A label of a stored object.
fn label<'a>(object: &'a Object, key: &str) -> Option<&'a str> {
    object.labels.get(key).map(String::as_str)
}

impl World {
    /// A world that has seen nothing yet.
    pub fn new(store: Store, seed: u64, now: Timestamp) -> Self {
        Self {
            store,
            now,
            dice: Dice::new(seed),
            lively: false,
            past: false,
            queue: Queue::default(),
            nodes: Vec::new(),
            load: HashMap::new(),
            unplaced: BTreeSet::new(),
            stopping: HashSet::new(),
            views: HashMap::new(),
            recorder: Recorder::default(),
            cursors: HashMap::new(),
            seen: 0,
            owners: HashMap::new(),
            services: HashMap::new(),
            budgets: HashMap::new(),
        }
    }

    /// Learns what is there. Everything is looked at once, except in namespaces that `skip` names: what was put
    /// there is known to be settled, and there may be a hundred thousand pods.
    pub fn load(&mut self, skip: impl Fn(&str) -> bool) {
        for resource in WATCHED {
            let (version, objects) = self.store.list(resource, None);
            self.cursors.insert(resource.plural, version);
            self.seen = self.seen.max(version);
            for object in objects {
                let quiet = skip(&object.namespace);
                if quiet && *resource == PODS {
                    continue;
                }
                self.learn(resource, None, Some(&object));
                if !quiet {
                    self.route(resource, None, &object, false);
                }
            }
        }
        let look = self.recorder.load(&self.store);
        self.look_at_events(look);
    }

    /// Takes in what changed since the last time.
    pub fn drain(&mut self) {
        let version = self.store.version();
        if version == self.seen {
            return;
        }
        for resource in WATCHED {
            let after = self.cursors.get(resource.plural).copied().unwrap_or(0);
            let Ok(changes) = self.store.changes(resource, after) else {
                self.relearn(resource);
                continue;
            };
            for change in changes {
                self.cursors.insert(resource.plural, change.version);
                self.take_in(resource, &change);
            }
        }
        self.seen = version;
    }

    /// The history does not reach back to what was seen: everything of this kind is looked at again.
    fn relearn(&mut self, resource: &'static Resource) {
        let (version, objects) = self.store.list(resource, None);
        self.cursors.insert(resource.plural, version);
        if resource == PODS {
            self.load.clear();
        }
        for object in objects {
            self.learn(resource, None, Some(&object));
            self.route(resource, None, &object, false);
        }
    }

    fn take_in(&mut self, resource: &'static Resource, change: &Change) {
        let gone = change.kind == ChangeKind::Deleted;
        let present = (!gone).then_some(&change.object);
        self.learn(resource, change.previous.as_ref(), present);
        self.route(resource, change.previous.as_ref(), &change.object, gone);
        if gone {
            self.collect(&change.object.uid);
            if let Some(owner) = change.object.owner_uid.as_deref() {
                self.retry_finalizers(owner);
            }
        } else if resource != PODS && change.object.text(&["metadata", "deletionTimestamp"]).is_some() {
            self.finalize(resource, &change.object);
        }
    }

    /// Keeps the small indexes: owners, service selectors, pods per node, nodes.
    fn learn(
        &mut self,
        resource: &'static Resource,
        before: Option<&Arc<Object>>,
        after: Option<&Arc<Object>>,
    ) {
        match resource.plural {
            "pods" => {
                let node = |o: &Arc<Object>| o.text(&["spec", "nodeName"]);
                let (was, is) = (before.and_then(node), after.and_then(node));
                if was != is {
                    if let Some(count) = was.and_then(|n| self.load.get_mut(&n)) {
                        *count -= 1;
                    }
                    if let Some(node) = is {
                        *self.load.entry(node).or_default() += 1;
                    }
                }
                if let Some(gone) = before.filter(|_| after.is_none()) {
                    self.stopping.remove(&*gone.uid);
                    self.views.remove(&gone.uid);
                    self.unplaced.remove(&(gone.namespace.to_string(), gone.name.to_string()));
                }
            }
            "nodes" => {
                let Some(object) = after.or(before) else { return };
                self.nodes.retain(|known| super::json::name(known) != &*object.name);
                self.nodes.extend(after.map(|o| o.value()));
            }
            "services" | "poddisruptionbudgets" => {
                let Some(object) = after.or(before) else { return };
                let index = if resource == SERVICES { &mut self.services } else { &mut self.budgets };
                let list = index.entry(object.namespace.to_string()).or_default();
                list.retain(|(name, _)| **name != *object.name);
                if let Some(object) = after {
                    list.push((object.name.to_string(), object.value()["spec"]["selector"].clone()));
                }
            }
            _ => {
                let Some(kind) = kind_of(resource) else { return };
                match (after, before) {
                    (Some(object), _) => {
                        let key = Key::new(kind, &object.namespace, &object.name);
                        self.owners.insert(object.uid.to_string(), key);
                    }
                    (None, Some(object)) => {
                        self.owners.remove(&*object.uid);
                    }
                    (None, None) => {}
                }
            }
        }
    }

    /// Queues everybody who has to look at a change.
    fn route(
        &mut self,
        resource: &'static Resource,
        before: Option<&Arc<Object>>,
        object: &Arc<Object>,
        gone: bool,
    ) {
        if let Some(kind) = kind_of(resource).filter(|_| !gone) {
            self.queue.push(Key::new(kind, &object.namespace, &object.name));
        }
        let owners = before.into_iter().chain([object]).filter_map(|o| o.owner_uid.as_deref());
        let keys: Vec<Key> = owners.filter_map(|uid| self.owners.get(uid).cloned()).collect();
        for key in keys {
            self.queue.push(key);
        }
        match resource.plural {
            "pods" => self.route_pod(before, object, gone),
            "nodes" => self.route_node(),
            _ => {}
        }
    }

    fn route_pod(&mut self, before: Option<&Arc<Object>>, object: &Arc<Object>, gone: bool) {
        if let Some(services) = self.services.get(&*object.namespace) {
            for (name, selector) in services {
                let touched = before.into_iter().chain([object]);
                if touched.into_iter().any(|o| map_matches(selector, |key| label(o, key))) {
                    self.queue.push(Key::new(Kind::Service, &object.namespace, name));
                }
            }
        }
        if object.owner_uid.is_none() && !gone {
            for set in self.store.list(REPLICASETS, Some(&object.namespace)).1 {
                let selector = set.value()["spec"]["selector"].clone();
                if selects(&selector, |key| label(object, key)) {
                    self.queue.push(Key::new(Kind::ReplicaSet, &set.namespace, &set.name));
                }
            }
        }
        for (name, selector) in self.budgets.get(&*object.namespace).into_iter().flatten() {
            let touched = before.into_iter().chain([object]);
            if touched.into_iter().any(|o| selects(selector, |key| label(o, key))) {
                self.queue.push(Key::new(Kind::Pdb, &object.namespace, name));
            }
        }
    }

    fn route_node(&mut self) {
        let waiting: Vec<(String, String)> = self.unplaced.iter().cloned().collect();
        for (namespace, name) in waiting {
            self.queue.push(Key::new(Kind::Pod, &namespace, &name));
        }
        for set in self.store.list(DAEMONSETS, None).1 {
            self.queue.push(Key::new(Kind::DaemonSet, &set.namespace, &set.name));
        }
    }

    /// Garbage collection: whoever was controlled by this UID goes too.
    fn collect(&mut self, uid: &str) {
        for resource in DEPENDENTS {
            for object in self.store.owned(resource, uid) {
                self.delete(resource, &object.namespace, &object.name);
            }
        }
    }

    /// An object that waits for its dependents: to go first, or to be let go.
    fn finalize(&mut self, resource: &'static Resource, object: &Object) {
        let value = object.value();
        let finalizers = super::json::items(&value, "/metadata/finalizers").to_vec();
        let mut left = false;
        for finalizer in &finalizers {
            for dependents in DEPENDENTS {
                for dependent in self.store.owned(dependents, &object.uid) {
                    if finalizer == "foregroundDeletion" {
                        left = true;
                        if dependent.text(&["metadata", "deletionTimestamp"]).is_none() {
                            self.delete(dependents, &dependent.namespace, &dependent.name);
                        }
                    } else if finalizer == "orphan" {
                        self.own(
                            dependents,
                            &dependent.namespace,
                            &dependent.name,
                            &dependent.uid,
                            json!([]),
                        );
                    }
                }
            }
        }
        if left && DEPENDENTS.iter().any(|r| !self.store.owned(r, &object.uid).is_empty()) {
            return;
        }
        let kept: Vec<Value> =
            finalizers.into_iter().filter(|f| f != "foregroundDeletion" && f != "orphan").collect();
        // Gone meanwhile, or changed: then the next change brings it here again.
        let _ = self.store.update(resource, &object.namespace, &object.name, |value| {
            object_at(value, &["metadata"]).insert("finalizers".to_owned(), Value::Array(kept));
            Ok(())
        });
    }

    /// Whether the owner of a dependent that just went waits for it.
    fn retry_finalizers(&mut self, owner_uid: &str) {
        let Some(key) = self.owners.get(owner_uid).cloned() else { return };
        let resource = WATCHED.iter().copied().find(|r| kind_of(r) == Some(key.kind));
        let Some(resource) = resource else { return };
        if let Some(object) = self.store.get(resource, &key.namespace, &key.name)
            && object.text(&["metadata", "deletionTimestamp"]).is_some()
        {
            self.finalize(resource, &object);
        }
    }

    /// An object of the store as a tree.
    pub fn get(&self, resource: &'static Resource, namespace: &str, name: &str) -> Option<Value> {
        self.store.get(resource, namespace, name).map(|o| o.value())
    }

    /// What an object controls, as trees.
    pub fn owned(&self, resource: &'static Resource, uid: &str) -> Vec<Value> {
        self.store.owned(resource, uid).iter().map(|o| o.value()).collect()
    }

    /// What controllers read of a pod; read once per version, as every sync of its set and services needs it.
    pub(super) fn view(&mut self, pod: &Arc<Object>) -> Arc<PodView> {
        if let Some((version, view)) = self.views.get(&pod.uid)
            && *version == pod.version
        {
            return view.clone();
        }
        if self.views.len() >= MOST_VIEWS {
            self.views.clear();
        }
        let view = Arc::new(PodView::read(pod));
        self.views.insert(pod.uid.clone(), (pod.version, view.clone()));
        view
    }

    /// Whether there is a ready node of this name.
    pub fn node_is_alive(&self, name: &str) -> bool {
        self.nodes.iter().find(|n| super::json::name(n) == name).is_some_and(super::scheduler::is_ready)
    }

    /// Carries out a decision about the object of a key.
    pub fn carry_out(&mut self, key: Key, decision: Decision) {
        for write in decision.writes {
            self.write(write);
        }
        if let Some(at) = decision.again {
            self.queue.push_at(key, at);
        }
    }

    /// Carries out one write. One that comes too late is dropped: the change that was faster brings the object
    /// to its controller again.
    pub fn write(&mut self, write: Write) {
        match write {
            Write::Create(resource, mut value) => {
                let stamp = seconds(self.now);
                object_at(&mut value, &["metadata"]).entry("creationTimestamp").or_insert(json!(stamp));
                let _ = self.store.create(resource, value);
            }
            Write::Update(resource, value) => {
                let (namespace, name) =
                    (super::json::namespace(&value).to_owned(), super::json::name(&value).to_owned());
                let _ = self.store.update(resource, &namespace, &name, |current| {
                    *current = value;
                    Ok(())
                });
            }
            Write::Delete(resource, namespace, name) => self.delete(resource, &namespace, &name),
            Write::Remove(resource, namespace, name) => {
                let _ = self.store.delete(resource, &namespace, &name, &DeleteOptions::now());
            }
            Write::Own(namespace, name, uid, owners) => self.own(PODS, &namespace, &name, &uid, owners),
            Write::Tell(note) => {
                let look = self.recorder.tell(&self.store, &note, &mut self.dice, self.now);
                self.look_at_events(look);
            }
        }
    }

    fn own(&mut self, resource: &'static Resource, namespace: &str, name: &str, uid: &str, owners: Value) {
        let _ = self.store.update(resource, namespace, name, |object| {
            if super::json::uid(object) == uid {
                object_at(object, &["metadata"]).insert("ownerReferences".to_owned(), owners);
            }
            Ok(())
        });
    }

    fn delete(&mut self, resource: &'static Resource, namespace: &str, name: &str) {
        if self.past && resource == PODS && self.marks_only(namespace, name) {
            return;
        }
        let options = if self.past {
            DeleteOptions::now()
        } else {
            DeleteOptions { propagation: Propagation::Background, ..DeleteOptions::default() }
        };
        if let Ok(Deleted::Gone(object)) = self.store.delete(resource, namespace, name, &options)
            && !WATCHED.contains(&resource)
        {
            self.collect(&object.uid);
        }
    }

    /// In the past, a pod on a node that fell silent is put back with the mark of its deletion: nobody ends it.
    fn marks_only(&mut self, namespace: &str, name: &str) -> bool {
        let Some(mut pod) = self.get(PODS, namespace, name) else { return true };
        let node = super::json::text(&pod, "/spec/nodeName");
        if node.is_empty() || self.node_is_alive(node) || super::json::deleting(&pod) {
            return false;
        }
        let grace = super::json::number(&pod, "/spec/terminationGracePeriodSeconds").unwrap_or(30);
        let due = self.now.saturating_add(jiff::SignedDuration::from_secs(grace)).unwrap_or(self.now);
        let meta = object_at(&mut pod, &["metadata"]);
        meta.insert("deletionTimestamp".to_owned(), json!(seconds(due)));
        meta.insert("deletionGracePeriodSeconds".to_owned(), json!(grace));
        meta.remove("resourceVersion");
        if self.store.delete(PODS, namespace, name, &DeleteOptions::now()).is_ok() {
            // The name was freed just above.
            let _ = self.store.create(PODS, pod);
        }
        true
    }

    /// Lets go of the events that are too old.
    pub(super) fn expire_events(&mut self) {
        let look = self.recorder.sweep(&self.store, self.now);
        self.look_at_events(look);
    }

    fn look_at_events(&mut self, at: Option<Timestamp>) {
        if let Some(at) = at {
            self.queue.push_at(Key::new(Kind::Event, "", ""), at);
        }
    }
}
