//! What is known of one cluster: a table for each kind, the indexes between them, and the endpoints of services.
//!
//! Takes what feeds say and answers with what changed; views and counts follow from that. It keeps no order and no
//! filter, and does not know which panes exist.

use hashbrown::{HashMap, HashSet};

use super::endpoints::Endpoints;
use super::feed::{FeedUpdate, Region, RowChange};
use super::placed::Placed;
use super::record::{EndpointSlice, Kind, Record};
use super::relations::Indexes;
use super::resource::Resource;
use super::table::{Delta, Slot, Table, What};
use super::text::Text;
use super::uid::Uid;
use super::usage::{Measured, Usage};
use super::view::{Part, Scope};

mod touch;

use touch::{Told, Touched, touched};

/// The records of one cluster.
#[derive(Debug)]
pub struct Cache {
    tables: [Table; Kind::ALL.len()],
    /// The tables of other kinds, as far as they were read.
    others: HashMap<Kind, Table>,
    /// What is known of a kind that was not.
    nothing: Table,
    indexes: Indexes,
    endpoints: Endpoints,
    placed: Placed,
    told: Told,
    usage: Usage,
}

/// What an update changed: for each kind at most one delta for each row.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Changes {
    deltas: Vec<(Kind, Vec<Delta>)>,
    /// Kinds whose tables were emptied; their views are to be cleared.
    pub cleared: Vec<Kind>,
    /// The nodes whose pods changed: also where their rows are in another cache.
    pub loads: HashSet<Text>,
    /// Objects that came again with nothing new in what is kept of them: something else of them may be another one.
    same: Vec<(Kind, Uid)>,
}

impl Changes {
    /// The rows of a kind that changed.
    pub fn of(&self, kind: Kind) -> &[Delta] {
        self.deltas.iter().find(|(known, _)| *known == kind).map_or(&[], |(_, deltas)| deltas)
    }

    /// The objects of a kind that came again and are the same as far as they are kept. Who shows more of one reads it again.
    pub fn same(&self, kind: Kind) -> impl Iterator<Item = &Uid> {
        self.same.iter().filter(move |(of, _)| *of == kind).map(|(_, uid)| uid)
    }

    /// Whether nothing changed of what is kept.
    pub fn is_empty(&self) -> bool {
        self.cleared.is_empty() && self.deltas.iter().all(|(_, deltas)| deltas.is_empty())
    }

    fn push(&mut self, kind: Kind, deltas: Vec<Delta>) {
        if !deltas.is_empty() {
            self.deltas.push((kind, deltas));
        }
    }
}

impl Default for Cache {
    fn default() -> Self {
        Self {
            tables: Kind::ALL.map(Table::new),
            others: HashMap::new(),
            nothing: Table::new(Kind::Event),
            indexes: Indexes::default(),
            endpoints: Endpoints::default(),
            placed: Placed::default(),
            told: Told::default(),
            usage: Usage::default(),
        }
    }
}

impl Cache {
    /// The table of a kind.
    pub fn table(&self, kind: Kind) -> &Table {
        match at(kind) {
            Some(at) => &self.tables[at],
            None => self.others.get(&kind).unwrap_or(&self.nothing),
        }
    }

    fn table_mut(&mut self, kind: Kind) -> &mut Table {
        match at(kind) {
            Some(at) => &mut self.tables[at],
            None => self.others.entry(kind).or_insert_with(|| Table::new(kind)),
        }
    }

    fn tables(&self) -> impl Iterator<Item = &Table> {
        self.tables.iter().chain(self.others.values())
    }

    /// Who belongs to whom.
    pub fn indexes(&self) -> &Indexes {
        &self.indexes
    }

    /// Ready endpoints of services.
    pub fn endpoints(&self) -> &Endpoints {
        &self.endpoints
    }

    /// What pods put on nodes, and mount.
    pub fn placed(&self) -> &Placed {
        &self.placed
    }

    /// The rows of these nodes show something else, since pods that are kept elsewhere changed; `None`: of all nodes.
    pub fn touch_nodes(&self, names: Option<&HashSet<Text>>) -> Changes {
        let mut changes = Changes::default();
        let rows = match names {
            Some(names) => self.touched_nodes(names.iter()),
            None => self.touched_all(Kind::Node),
        };
        changes.push(Kind::Node, rows);
        changes
    }

    /// What pods and nodes use.
    pub fn usage(&self) -> &Usage {
        &self.usage
    }

    /// Takes what pods or nodes use now; the answer is to be handed to every view of the kind, as that of [`Cache::apply`].
    pub fn use_up(&mut self, kind: Kind, measured: Measured) -> Changes {
        let before = self.usage.learn(kind, measured);
        let (table, now) = (self.table(kind), self.usage.measured(kind));
        let changed = |meta: &super::record::Meta| now.differs(&before, &meta.namespace, &meta.name);
        let rows = table.iter().filter(|(_, record)| changed(record.meta()));
        let deltas = rows.map(|(slot, record)| touched(slot, &record.meta().uid)).collect();
        let mut changes = Changes::default();
        changes.push(kind, deltas);
        changes
    }

    /// Whether anything is known.
    pub fn has_rows(&self) -> bool {
        self.tables().any(|table| !table.is_empty())
    }

    /// How many kinds have rows.
    pub fn filled(&self) -> usize {
        self.tables().filter(|table| !table.is_empty()).count()
    }

    /// A record by its UID.
    pub fn get(&self, kind: Kind, uid: &Uid) -> Option<&Record> {
        let table = self.table(kind);
        table.get(table.slot_of(uid)?)
    }

    /// Takes what the feed of all objects of a kind says; as [`Cache::apply_in`].
    pub fn apply(&mut self, kind: Kind, update: FeedUpdate) -> Changes {
        self.apply_in(kind, &Region::default(), update)
    }

    /// Takes what the feed of a kind in a region says: the lists of other regions are not touched. The answer is to be handed to
    /// every view of the kinds in it before the next update is taken.
    pub fn apply_in(&mut self, kind: Kind, region: &Region, update: FeedUpdate) -> Changes {
        self.table_mut(kind).recycle();
        let (mut batch, mut same) = (Batch::default(), Vec::new());
        match update {
            FeedUpdate::ListStarted => self.table_mut(kind).begin_list_of(region),
            FeedUpdate::Rows(rows) => {
                batch.deltas.reserve(rows.len());
                for row in rows {
                    let table = self.table_mut(kind);
                    let delta = match row {
                        RowChange::Upsert(record) => {
                            let uid = record.meta().uid.clone();
                            let delta = table.upsert(record);
                            if delta.is_none() {
                                same.push((kind, uid));
                            }
                            delta
                        }
                        RowChange::Remove(uid) => table.remove(&uid),
                    };
                    self.follow(kind, delta, &mut batch);
                }
            }
            FeedUpdate::Synced => {
                for uid in self.table_mut(kind).end_list_of(region) {
                    let delta = self.table_mut(kind).remove(&uid);
                    self.follow(kind, delta, &mut batch);
                }
                // Of several clusters each has nodes of its own, perhaps of the same names.
                if kind == Kind::Pod && region.place == 0 {
                    batch.touched.every_load = self.placed.know(region.namespace.as_deref());
                }
            }
            FeedUpdate::Columns(_)
            | FeedUpdate::Skipped { .. }
            | FeedUpdate::Resumed
            | FeedUpdate::Polled(_)
            | FeedUpdate::Interrupted(_) => {}
        }
        let mut changes = Changes { same, ..Changes::default() };
        changes.push(kind, batch.deltas);
        for (kind, deltas) in self.touched(&batch.touched) {
            changes.push(kind, deltas);
        }
        changes.loads = batch.touched.nodes;
        changes
    }

    /// Forgets the records of these kinds: their feeds are about another scope from now on.
    pub fn clear(&mut self, kinds: &[Kind]) -> Changes {
        let mut changes = Changes { cleared: kinds.to_vec(), ..Changes::default() };
        for kind in kinds {
            match at(*kind) {
                Some(at) => self.tables[at].clear(),
                None => drop(self.others.remove(kind)),
            }
            self.indexes.clear(*kind);
            self.told.clear(*kind);
        }
        let mut shown_by = Vec::new();
        if kinds.contains(&Kind::EndpointSlice) {
            self.endpoints = Endpoints::default();
            shown_by.extend([Some(Kind::Service), self.kind_of(&Resource::INGRESSES)]);
        }
        if kinds.contains(&Kind::Pod) {
            self.placed = Placed::default();
            shown_by.extend([Some(Kind::Node), self.kind_of(&Resource::PERSISTENT_VOLUME_CLAIMS)]);
        }
        for kind in shown_by.into_iter().flatten().filter(|kind| !kinds.contains(kind)) {
            changes.push(kind, self.touched_all(kind));
        }
        changes
    }

    /// The only rows that can be in a scope, where an index knows them; for `View::set_scope`.
    pub fn candidates(&self, kind: Kind, scope: &Scope) -> Option<Vec<Slot>> {
        scope.parts().iter().filter_map(|part| self.part_candidates(kind, part)).min_by_key(Vec::len)
    }

    fn part_candidates(&self, kind: Kind, part: &Part) -> Option<Vec<Slot>> {
        let owned = |owners: &HashSet<Uid>, owned: &super::relations::Owners| -> Vec<Slot> {
            owners.iter().flat_map(|owner| owned.owned(owner)).copied().collect()
        };
        match (part, kind) {
            (Part::OwnedBy(owners), Kind::Pod) => Some(owned(owners, &self.indexes.pod_owners)),
            (Part::OwnedBy(owners), Kind::ReplicaSet) => {
                Some(owned(owners, &self.indexes.replica_set_owners))
            }
            (Part::SelectedBy { namespace, selector }, Kind::Pod) => {
                Some(self.indexes.pods_selected(namespace, selector))
            }
            (Part::Labels(labels), Kind::Pod) if !labels.is_empty() => {
                Some(self.indexes.pods.selected(None, labels))
            }
            (Part::TemplateLabels(labels), Kind::Deployment) if !labels.is_empty() => {
                Some(self.indexes.templates.selected(None, labels))
            }
            (Part::Uids(uids), _) => {
                let table = self.table(kind);
                Some(uids.iter().filter_map(|uid| table.slot_of(uid)).collect())
            }
            _ => None,
        }
    }

    /// The pods of a deployment: those whose controller is one of its ReplicaSets.
    pub fn pods_of_deployment(&self, deployment: &Uid) -> Vec<Slot> {
        let pods = self.replica_set_uids(deployment);
        pods.iter().flat_map(|uid| self.indexes.pods_owned_by(uid)).copied().collect()
    }

    /// The ReplicaSets of a deployment, for [`Scope::owned_by`].
    pub fn replica_set_uids(&self, deployment: &Uid) -> Vec<Uid> {
        let sets = self.table(Kind::ReplicaSet);
        let slots = self.indexes.replica_sets_of(deployment).iter();
        slots.filter_map(|slot| sets.get(*slot)).map(|record| record.meta().uid.clone()).collect()
    }

    /// The deployment that a pod belongs to, by way of its ReplicaSet.
    pub fn deployment_of(&self, pod: &Record) -> Option<Slot> {
        let set = self.get(Kind::ReplicaSet, &pod.meta().owner.as_ref()?.uid)?;
        self.table(Kind::Deployment).slot_of(&set.meta().owner.as_ref()?.uid)
    }

    /// The services that select any of these pods.
    pub fn services_of_pods(&self, pods: &[Slot]) -> Vec<Slot> {
        let table = self.table(Kind::Pod);
        let mut asked = HashSet::new();
        let mut services = Vec::new();
        for meta in pods.iter().filter_map(|slot| table.get(*slot)).map(Record::meta) {
            if asked.insert((&meta.namespace, &meta.labels)) {
                services.extend(self.indexes.services_selecting(&meta.namespace, &meta.labels));
            }
        }
        services.sort_unstable();
        services.dedup();
        services
    }

    fn follow(&mut self, kind: Kind, delta: Option<Delta>, batch: &mut Batch) {
        let Some(delta) = delta else { return };
        // Not by `table`, which would borrow the indexes too.
        let table = match at(kind) {
            Some(at) => &self.tables[at],
            None => self.others.get(&kind).unwrap_or(&self.nothing),
        };
        self.indexes.apply(&delta, table);
        self.tell(kind, &delta, &mut batch.touched);
        batch.push(delta);
    }
}

/// The place of a hot kind's table.
fn at(kind: Kind) -> Option<usize> {
    Kind::ALL.iter().position(|hot| *hot == kind)
}

fn slice(record: &Record) -> Option<&EndpointSlice> {
    match record {
        Record::EndpointSlice(slice) => Some(slice),
        _ => None,
    }
}

/// The deltas of one update, one for each row.
#[derive(Debug, Default)]
struct Batch {
    deltas: Vec<Delta>,
    known: HashMap<Slot, usize>,
    touched: Touched,
}

impl Batch {
    fn push(&mut self, delta: Delta) {
        match self.known.get(&delta.slot) {
            None => {
                self.known.insert(delta.slot, self.deltas.len());
                self.deltas.push(delta);
            }
            Some(first) => {
                let first = &mut self.deltas[*first];
                first.what = match (first.what, delta.what) {
                    // Came and went in one update: nobody has seen it, removing it again does no harm.
                    (_, What::Removed) => What::Removed,
                    (before, _) => before,
                };
            }
        }
    }
}

#[cfg(test)]
mod tests;
