//! What rules stand on: the scene, with what several of them ask of it worked out once.

use std::cell::OnceCell;
use std::collections::{HashMap, HashSet};

use super::{Object, Scene};
use crate::model::facts::Facts;
use crate::model::record::{EventRecord, Health, Kind, Meta, Owner, Pod, Record, Row, Seconds, Service};
use crate::model::resource::Resource;
use crate::model::sync::Skipped;
use crate::model::text::Text;
use crate::model::uid::Uid;

/// How far the rows of a kind are known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// They were read at least once.
    Looked,
    /// They are being read for the first time.
    Loading,
    /// The server has no such kind.
    NotServed,
    /// They cannot be read, and why: `forbidden: list secrets`.
    Not(String),
}

/// A kind, and how far its rows are known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Feed {
    /// The kind.
    pub kind: Kind,
    /// How far.
    pub standing: Standing,
    /// The namespaces in which alone it may be read, where that is less than what is looked at.
    pub only_in: Vec<String>,
    /// What of it could not be read: no row stands for these.
    pub skipped: Option<Skipped>,
}

/// The scene, for rules.
pub(super) struct Ground<'a> {
    /// What is looked at.
    pub scene: &'a Scene<'a>,
    /// The pods that are not plainly well: what rules about pods look at.
    pub unwell: Vec<&'a Pod>,
    events: OnceCell<HashMap<&'a Uid, &'a EventRecord>>,
    on_nodes: OnceCell<HashMap<&'a str, (usize, usize)>>,
    down: OnceCell<HashSet<&'a str>>,
    services: OnceCell<HashMap<(&'a str, &'a str), &'a Service>>,
}

impl<'a> Ground<'a> {
    pub(super) fn new(scene: &'a Scene<'a>) -> Self {
        let pods = scene.cache.table(Kind::Pod).iter().filter_map(|(_, record)| pod(record));
        let well = |pod: &Pod| {
            let health =
                pod.health == Health::Ok || (pod.health == Health::Idle && pod.meta.deleting.is_none());
            health && pod.restarts == 0 && pod.ended.is_none()
        };
        let unwell = pods.filter(|pod| !well(pod)).collect();
        Self {
            scene,
            unwell,
            events: OnceCell::new(),
            on_nodes: OnceCell::new(),
            down: OnceCell::new(),
            services: OnceCell::new(),
        }
    }

    pub(super) fn now(&self) -> Seconds {
        self.scene.now
    }

    fn feed(&self, kind: Kind) -> Option<&Feed> {
        self.scene.feeds.iter().find(|feed| feed.kind == kind)
    }

    /// Whether all rows of a kind in a namespace are known, so that what is not among them is not there.
    pub(super) fn knows(&self, kind: Kind, namespace: &str) -> bool {
        self.feed(kind).is_some_and(|feed| {
            let within = feed.only_in.is_empty() || feed.only_in.iter().any(|name| name == namespace);
            feed.standing == Standing::Looked && feed.skipped.is_none() && within
        })
    }

    /// The kind of a resource, where it is looked at.
    fn other(&self, resource: &Resource) -> Option<Kind> {
        let same = |kind: &Kind| {
            let (group, _, plural, _) = kind.resource();
            group == resource.group && plural == resource.plural
        };
        self.scene.feeds.iter().map(|feed| feed.kind).find(same)
    }

    /// The rows of a kind that has no records of its own, with what is kept of them.
    pub(super) fn rows(&self, resource: &Resource) -> impl Iterator<Item = (&'a Row, &'a Facts)> {
        let cache = self.scene.cache;
        let tables = self.other(resource).into_iter().map(|kind| cache.table(kind));
        tables.flat_map(|table| table.iter()).filter_map(|(_, record)| match record {
            Record::Row(row) => Some((&**row, row.facts.as_deref()?)),
            _ => None,
        })
    }

    /// A row of such a kind by its UID.
    pub(super) fn row(&self, resource: &Resource, uid: &Uid) -> Option<&'a Row> {
        match self.scene.cache.get(self.other(resource)?, uid)? {
            Record::Row(row) => Some(row),
            _ => None,
        }
    }

    /// The records of a kind.
    pub(super) fn records(&self, kind: Kind) -> impl Iterator<Item = &'a Record> {
        self.scene.cache.table(kind).iter().map(|(_, record)| record)
    }

    /// A service by its name.
    pub(super) fn service(&self, namespace: &str, name: &str) -> Option<&'a Service> {
        let services = self.services.get_or_init(|| {
            let all = self.records(Kind::Service).filter_map(|record| match record {
                Record::Service(it) => Some(((&*it.meta.namespace, &*it.meta.name), &**it)),
                _ => None,
            });
            all.collect()
        });
        services.get(&(namespace, name)).copied()
    }

    /// The pods in these slots.
    pub(super) fn pods(&self, slots: &[u32]) -> Vec<&'a Pod> {
        let table = self.scene.cache.table(Kind::Pod);
        slots.iter().filter_map(|slot| pod(table.get(*slot)?)).collect()
    }

    /// The table of a kind by its name in manifests.
    fn table_of(&self, kind: &str) -> Option<Kind> {
        let named = |known: &Kind| known.resource().3 == kind;
        let others = self.scene.feeds.iter().map(|feed| feed.kind);
        Kind::ALL.into_iter().chain(others).find(named)
    }

    /// What a pod, or what else has an owner, belongs to in the end: its deployment, its CronJob; itself when nothing owns it.
    pub(super) fn owner(&self, kind: Kind, meta: &Meta) -> Object {
        let Some(owner) = meta.owner.as_deref().filter(|owner| &*owner.kind != "Node") else {
            return of_meta(kind, meta);
        };
        let above = match &*owner.kind {
            "ReplicaSet" => self.scene.cache.get(Kind::ReplicaSet, &owner.uid).map(Record::meta),
            "Job" => self.row(&Resource::JOBS, &owner.uid).map(|row| &row.meta),
            _ => None,
        };
        let owner = above.and_then(|meta| meta.owner.as_deref()).unwrap_or(owner);
        self.owned_by(owner, &meta.namespace)
    }

    fn owned_by(&self, owner: &Owner, namespace: &Text) -> Object {
        Object {
            kind: owner.kind.clone(),
            namespace: namespace.clone(),
            name: owner.name.clone(),
            uid: owner.uid.clone(),
            row: self.table_of(&owner.kind),
        }
    }

    /// The event about an object that was seen last.
    pub(super) fn last_event(&self, uid: &Uid) -> Option<&'a EventRecord> {
        let events = self.events.get_or_init(|| {
            let mut last: HashMap<&Uid, &EventRecord> = HashMap::new();
            for record in self.records(Kind::Event) {
                if let Record::Event(event) = record
                    && let Some(uid) = &event.object_uid
                {
                    let known = last.entry(uid).or_insert(event);
                    if event.seen > known.seen {
                        *known = event;
                    }
                }
            }
            last
        });
        events.get(uid).copied()
    }

    /// Whether a node is known not to be ready.
    pub(super) fn is_down(&self, node: &str) -> bool {
        let down = self.down.get_or_init(|| {
            let down = self.records(Kind::Node).filter(|record| record.health() == Health::Fault);
            down.map(|record| &*record.meta().name).collect()
        });
        down.contains(node)
    }

    /// The pods on a node: all, and those that nothing keeps on every node.
    pub(super) fn on_node(&self, node: &str) -> (usize, usize) {
        let counts = self.on_nodes.get_or_init(|| {
            let mut counts: HashMap<&str, (usize, usize)> = HashMap::new();
            for pod in self.records(Kind::Pod).filter_map(pod) {
                if pod.health == Health::Idle {
                    continue;
                }
                let bound =
                    pod.meta.owner.as_ref().is_some_and(|it| matches!(&*it.kind, "DaemonSet" | "Node"));
                let count = counts.entry(&pod.node).or_default();
                *count = (count.0 + 1, count.1 + usize::from(!bound));
            }
            counts
        });
        counts.get(node).copied().unwrap_or_default()
    }
}

fn pod(record: &Record) -> Option<&Pod> {
    match record {
        Record::Pod(pod) => Some(pod),
        _ => None,
    }
}

/// A row as an object.
pub(super) fn of_meta(kind: Kind, meta: &Meta) -> Object {
    Object {
        kind: kind.resource().3.into(),
        namespace: meta.namespace.clone(),
        name: meta.name.as_ref().into(),
        uid: meta.uid.clone(),
        row: Some(kind),
    }
}

/// A row of another kind as an object.
pub(super) fn of_row(row: &Row) -> Object {
    of_meta(Kind::Other(row.resource), &row.meta)
}
