//! All records of one kind in one scope: a slab of records, found by UID.
//!
//! Owns the records and says what changed ([`Delta`]); it knows nothing of order, filters or relations. The index of
//! UIDs holds only slots (4 bytes a row), the UID itself is read from the record.

use std::hash::BuildHasher;

use hashbrown::{DefaultHashBuilder, HashTable};

use super::feed::Region;
use super::record::{Kind, Record};
use super::uid::Uid;

/// The place of a record in its table. It stays while the object lives.
pub type Slot = u32;

/// All records of one kind.
#[derive(Debug)]
pub struct Table {
    kind: Kind,
    rows: Vec<Option<Record>>,
    /// The list in which each row was last named.
    stamps: Vec<u32>,
    free: Vec<Slot>,
    /// Freed, but not given to another object before [`Table::recycle`], so that one batch of deltas names one object
    /// for each slot.
    resting: Vec<Slot>,
    index: HashTable<Slot>,
    hasher: DefaultHashBuilder,
    epoch: u32,
    /// The lists that are under way, with the epoch in which each began.
    lists: Vec<(Region, u32)>,
    synced: bool,
}

/// One row that changed. The new record is `table.get(slot)`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delta {
    /// Where.
    pub slot: Slot,
    /// Whom.
    pub uid: Uid,
    /// What happened.
    pub what: What,
    /// The record before; `None` for [`What::Added`] and [`What::Touched`].
    pub old: Option<Record>,
}

/// What happened to a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum What {
    /// It is new.
    Added,
    /// Its record is another one.
    Changed,
    /// It is gone.
    Removed,
    /// Its record is the same, but something that its cells show (the endpoints of a service) changed.
    Touched,
}

impl Table {
    /// An empty table.
    pub fn new(kind: Kind) -> Self {
        Self {
            kind,
            rows: Vec::new(),
            stamps: Vec::new(),
            free: Vec::new(),
            resting: Vec::new(),
            index: HashTable::new(),
            hasher: DefaultHashBuilder::default(),
            epoch: 0,
            lists: Vec::new(),
            synced: false,
        }
    }

    /// The kind of its records.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The object is there, new or changed. No delta when the record is equal to the known one, or of another kind.
    pub fn upsert(&mut self, record: Record) -> Option<Delta> {
        if record.kind() != self.kind {
            return None;
        }
        let uid = record.meta().uid.clone();
        if let Some(slot) = self.slot_of(&uid) {
            self.stamps[slot as usize] = self.epoch;
            let row = &mut self.rows[slot as usize];
            if row.as_ref() == Some(&record) {
                return None;
            }
            let old = row.replace(record);
            return Some(Delta { slot, uid, what: What::Changed, old });
        }
        let slot = if let Some(slot) = self.free.pop() {
            self.rows[slot as usize] = Some(record);
            self.stamps[slot as usize] = self.epoch;
            slot
        } else {
            self.rows.push(Some(record));
            self.stamps.push(self.epoch);
            (self.rows.len() - 1) as Slot
        };
        let (rows, hasher) = (&self.rows, &self.hasher);
        let hash = hasher.hash_one(Some(&uid));
        self.index.insert_unique(hash, slot, |slot| hasher.hash_one(uid_at(rows, *slot)));
        Some(Delta { slot, uid, what: What::Added, old: None })
    }

    /// The object is gone.
    pub fn remove(&mut self, uid: &Uid) -> Option<Delta> {
        let rows = &self.rows;
        let hash = self.hasher.hash_one(Some(uid));
        let entry = self.index.find_entry(hash, |slot| uid_at(rows, *slot) == Some(uid)).ok()?;
        let (slot, _) = entry.remove();
        let old = self.rows[slot as usize].take();
        self.resting.push(slot);
        Some(Delta { slot, uid: uid.clone(), what: What::Removed, old })
    }

    /// Lets the slots of removed objects be used again. To be called when all deltas so far were handed on.
    pub fn recycle(&mut self) {
        self.free.append(&mut self.resting);
    }

    /// A list of everything begins: what it does not name before [`Table::end_list`] is gone by then.
    pub fn begin_list(&mut self) {
        self.begin_list_of(&Region::default());
    }

    /// The list of everything is complete; as [`Table::end_list_of`].
    pub fn end_list(&mut self) -> Vec<Uid> {
        self.end_list_of(&Region::default())
    }

    /// A list of everything in a region begins. Lists of several regions may be under way at the same time.
    pub fn begin_list_of(&mut self, region: &Region) {
        self.epoch = self.epoch.wrapping_add(1);
        self.lists.retain(|(known, _)| known != region);
        self.lists.push((region.clone(), self.epoch));
    }

    /// The list of a region is complete. Returns the objects of the region that it did not name; they are still in the table
    /// and are to be removed one by one. Without a list that began, nothing is gone.
    pub fn end_list_of(&mut self, region: &Region) -> Vec<Uid> {
        let Some(at) = self.lists.iter().position(|(known, _)| known == region) else { return Vec::new() };
        let (_, began) = self.lists.swap_remove(at);
        self.synced = true;
        // Stamps are never far apart, so that the counter may begin anew.
        let before = |stamp: u32| stamp.wrapping_sub(began) > u32::MAX / 2;
        let stale = self.rows.iter().zip(&self.stamps).filter(|(_, stamp)| before(**stamp));
        let stale = stale.filter_map(|(row, _)| row.as_ref()).map(Record::meta);
        stale.filter(|meta| region.contains(meta)).map(|meta| meta.uid.clone()).collect()
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        *self = Self::new(self.kind);
    }

    /// The record in a slot.
    pub fn get(&self, slot: Slot) -> Option<&Record> {
        self.rows.get(slot as usize)?.as_ref()
    }

    /// Where an object is.
    pub fn slot_of(&self, uid: &Uid) -> Option<Slot> {
        let hash = self.hasher.hash_one(Some(uid));
        self.index.find(hash, |slot| uid_at(&self.rows, *slot) == Some(uid)).copied()
    }

    /// How many objects there are.
    pub fn len(&self) -> usize {
        self.index.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.index.is_empty()
    }

    /// All slots are below this.
    pub fn end(&self) -> Slot {
        self.rows.len() as Slot
    }

    /// All objects with their slots, in no particular order.
    pub fn iter(&self) -> impl Iterator<Item = (Slot, &Record)> {
        self.rows.iter().enumerate().filter_map(|(slot, row)| Some((slot as Slot, row.as_ref()?)))
    }

    /// Whether a list has been complete at least once.
    pub fn synced(&self) -> bool {
        self.synced
    }

    /// Whether a list is under way.
    pub fn listing(&self) -> bool {
        !self.lists.is_empty()
    }
}

fn uid_at(rows: &[Option<Record>], slot: Slot) -> Option<&Uid> {
    rows.get(slot as usize)?.as_ref().map(|record| &record.meta().uid)
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use proptest::prelude::*;

    use super::*;
    use crate::model::sample::{pod, uid};

    #[test]
    fn keeps_slots_and_tells_changes() {
        let mut table = Table::new(Kind::Pod);
        let added = table.upsert(pod(1, "ns", "a")).unwrap();
        assert_eq!((added.what, added.old.is_none(), table.len()), (What::Added, true, 1));
        assert_eq!(table.upsert(pod(1, "ns", "a")), None, "equal records are no change");
        let changed = table.upsert(pod(1, "ns", "b")).unwrap();
        assert_eq!((changed.slot, changed.what), (added.slot, What::Changed));
        assert_eq!(changed.old, Some(pod(1, "ns", "a")));
        assert_eq!(table.get(changed.slot), Some(&pod(1, "ns", "b")));
        let removed = table.remove(&uid(1)).unwrap();
        assert_eq!((removed.slot, removed.what, table.is_empty()), (added.slot, What::Removed, true));
        assert_eq!(table.remove(&uid(1)), None);
        let other = table.upsert(pod(2, "ns", "c")).unwrap();
        assert_ne!(other.slot, added.slot, "a slot rests until the deltas were handed on");
        table.recycle();
        assert_eq!(table.upsert(pod(3, "ns", "d")).unwrap().slot, added.slot);
        assert_eq!(table.end(), 2);
    }

    #[test]
    fn refuses_other_kinds() {
        let mut table = Table::new(Kind::Node);
        assert_eq!(table.upsert(pod(1, "ns", "a")), None);
        assert!(table.is_empty());
    }

    #[test]
    fn a_list_of_a_region_takes_only_its_own_rows() {
        let region = |namespace: &str| Region { namespace: Some(namespace.into()), ..Region::default() };
        let mut table = Table::new(Kind::Pod);
        for (id, namespace) in [(1, "a"), (2, "a"), (3, "b"), (4, "b")] {
            table.upsert(pod(id, namespace, "x"));
        }
        // Both lists are under way at the same time, and each names one of its two.
        table.begin_list_of(&region("a"));
        table.upsert(pod(1, "a", "x"));
        table.begin_list_of(&region("b"));
        assert_eq!(table.end_list_of(&region("a")), [uid(2)]);
        table.upsert(pod(4, "b", "x"));
        assert_eq!(table.end_list_of(&region("b")), [uid(3)]);
        assert_eq!(table.end_list_of(&region("b")), [], "none began");
        // One of another cluster is another's.
        table.begin_list_of(&Region { place: 1, namespace: None });
        assert_eq!(table.end_list_of(&Region { place: 1, namespace: None }), []);
    }

    #[derive(Debug, Clone)]
    enum Op {
        Upsert(u8, u8),
        Remove(u8),
        Begin,
        End,
        Recycle,
    }

    fn op() -> impl Strategy<Value = Op> {
        prop_oneof![
            8 => (0..24_u8, 0..4_u8).prop_map(|(id, name)| Op::Upsert(id, name)),
            3 => (0..24_u8).prop_map(Op::Remove),
            1 => Just(Op::Begin),
            1 => Just(Op::End),
            1 => Just(Op::Recycle),
        ]
    }

    proptest! {
        #[test]
        fn equals_a_map_through_relists(ops in prop::collection::vec(op(), 0..200)) {
            let mut table = Table::new(Kind::Pod);
            let mut map: HashMap<u8, (Record, bool)> = HashMap::new();
            let mut listing = false;
            for op in ops {
                match op {
                    Op::Upsert(id, name) => {
                        let record = pod(id.into(), "ns", &format!("n{name}"));
                        let before = map.insert(id, (record.clone(), true)).map(|(old, _)| old);
                        let delta = table.upsert(record.clone());
                        prop_assert_eq!(delta.is_some(), before.as_ref() != Some(&record));
                        if let Some(delta) = delta {
                            prop_assert_eq!(delta.old, before);
                        }
                    }
                    Op::Remove(id) => {
                        let before = map.remove(&id).map(|(old, _)| old);
                        prop_assert_eq!(table.remove(&uid(id.into())).and_then(|delta| delta.old), before);
                    }
                    Op::Begin => {
                        table.begin_list();
                        for (_, named) in map.values_mut() {
                            *named = false;
                        }
                        listing = true;
                    }
                    Op::End => {
                        for gone in table.end_list() {
                            prop_assert!(table.remove(&gone).is_some());
                        }
                        if listing {
                            map.retain(|_, (_, named)| *named);
                        }
                        listing = false;
                    }
                    Op::Recycle => table.recycle(),
                }
                prop_assert_eq!(table.len(), map.len());
                for (id, (record, _)) in &map {
                    let slot = table.slot_of(&uid((*id).into())).unwrap();
                    prop_assert_eq!(table.get(slot), Some(record));
                }
                prop_assert_eq!(table.iter().count(), map.len());
            }
        }
    }
}
