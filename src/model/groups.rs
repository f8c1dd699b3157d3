//! Events that say the same: one line for each type, reason and kind of object, as an event of its own.
//!
//! A change of an event costs what it changes in its group, however many there are.

use std::collections::BTreeSet;

use hashbrown::HashMap;

use super::record::{EventRecord, Kind, Labels, Meta, Record, Seconds};
use super::table::{Delta, Slot, Table, What};
use super::text::Text;
use super::uid::Uid;
use super::units;

/// What the events of a group have in common.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Alike {
    /// `Normal` or `Warning`.
    pub kind: Text,
    /// The reason.
    pub reason: Text,
    /// The kind of the object, in small letters.
    pub of: Text,
}

impl Alike {
    /// What an event has in common with others.
    pub fn of(event: &EventRecord) -> Self {
        let of = of(event);
        // Objects without a name are all of their kind already.
        let of = if of.len() == event.object.len() { event.object.clone() } else { of.into() };
        Self { kind: event.kind.clone(), reason: event.reason.clone(), of }
    }

    /// Whether an event is one of these.
    pub fn matches(&self, event: &EventRecord) -> bool {
        self.kind == event.kind && self.reason == event.reason && &*self.of == of(event)
    }

    /// `BackOff of pods`.
    pub fn words(&self) -> String {
        format!("{} of {}", self.reason, units::plural(&self.of))
    }

    fn uid(&self) -> Uid {
        Uid::new(&format!("{}/{}/{}", self.kind, self.reason, self.of))
    }
}

fn of(event: &EventRecord) -> &str {
    event.object.split('/').next().unwrap_or_default()
}

/// The groups of the events of a table.
#[derive(Debug)]
pub struct Groups {
    table: Table,
    of: HashMap<Alike, Group>,
    /// What was counted of each event.
    counted: HashMap<Slot, Counted>,
}

#[derive(Debug, Default)]
struct Group {
    /// By when they were seen last.
    events: BTreeSet<(Seconds, Slot)>,
    count: u64,
    objects: HashMap<(Text, Text), u32>,
    namespaces: HashMap<Text, u32>,
}

#[derive(Debug)]
struct Counted {
    alike: Alike,
    seen: Seconds,
    count: u32,
    object: Text,
    namespace: Text,
}

impl Default for Groups {
    fn default() -> Self {
        Self { table: Table::new(Kind::Event), of: HashMap::new(), counted: HashMap::new() }
    }
}

/// One less of something.
fn take<K: std::hash::Hash + Eq>(counts: &mut HashMap<K, u32>, key: &K) {
    if let Some(count) = counts.get_mut(key) {
        *count -= 1;
        if *count == 0 {
            counts.remove(key);
        }
    }
}

impl Groups {
    /// The groups of all events of a table.
    pub fn of(events: &Table) -> Self {
        let mut groups = Self::default();
        for (slot, record) in events.iter() {
            if let Record::Event(event) = record {
                groups.count(slot, event);
            }
        }
        let all: Vec<Alike> = groups.of.keys().cloned().collect();
        for alike in all {
            groups.write(&alike, events);
        }
        groups
    }

    /// One event for each group.
    pub fn table(&self) -> &Table {
        &self.table
    }

    /// What the events behind a row have in common.
    pub fn alike(&self, record: &Record) -> Option<&Alike> {
        let Record::Event(row) = record else { return None };
        let uid = &row.meta.uid;
        // There are as many groups as lines that one reads.
        self.of.keys().find(|alike| alike.uid() == *uid)
    }

    /// Follows the events; what changed in the table of groups.
    pub fn follow(&mut self, deltas: &[Delta], events: &Table) -> Vec<Delta> {
        self.table.recycle();
        let mut changed: Vec<Alike> = Vec::new();
        for delta in deltas {
            if let Some(before) = self.uncount(delta.slot) {
                changed.push(before);
            }
            let now = events.get(delta.slot).filter(|_| delta.what != What::Removed);
            if let Some(Record::Event(event)) = now {
                changed.push(self.count(delta.slot, event));
            }
        }
        let mut written = hashbrown::HashSet::new();
        changed.retain(|alike| written.insert(alike.clone()));
        changed.iter().filter_map(|alike| self.write(alike, events)).collect()
    }

    fn count(&mut self, slot: Slot, event: &EventRecord) -> Alike {
        let alike = Alike::of(event);
        let namespace = event.meta.namespace.clone();
        let group = self.of.entry(alike.clone()).or_default();
        group.events.insert((event.seen, slot));
        group.count += u64::from(event.count);
        *group.objects.entry((namespace.clone(), event.object.clone())).or_default() += 1;
        *group.namespaces.entry(namespace.clone()).or_default() += 1;
        let (seen, count, object) = (event.seen, event.count, event.object.clone());
        self.counted.insert(slot, Counted { alike: alike.clone(), seen, count, object, namespace });
        alike
    }

    fn uncount(&mut self, slot: Slot) -> Option<Alike> {
        let Counted { alike, seen, count, object, namespace } = self.counted.remove(&slot)?;
        if let Some(group) = self.of.get_mut(&alike) {
            group.events.remove(&(seen, slot));
            group.count -= u64::from(count);
            take(&mut group.namespaces, &namespace);
            take(&mut group.objects, &(namespace, object));
        }
        Some(alike)
    }

    /// Writes the row of a group, or takes it away when it has no events any more.
    fn write(&mut self, alike: &Alike, events: &Table) -> Option<Delta> {
        let group = self.of.get(alike)?;
        let newest = group.events.last().and_then(|(_, slot)| events.get(*slot));
        let Some(Record::Event(newest)) = newest else {
            self.of.remove(alike);
            return self.table.remove(&alike.uid());
        };
        let object: Text = match group.objects.len() {
            1 => newest.object.clone(),
            many => format!("{many} {}", units::plural(&alike.of)).into(),
        };
        let namespace: Text = match group.namespaces.len() {
            1 => newest.meta.namespace.clone(),
            many => format!("{many} namespaces").into(),
        };
        let meta = Meta {
            uid: alike.uid(),
            name: "".into(),
            namespace,
            labels: Labels::from([]),
            owner: None,
            created: newest.meta.created,
            deleting: None,
            own: None,
        };
        let row = EventRecord {
            meta,
            kind: alike.kind.clone(),
            reason: alike.reason.clone(),
            object,
            object_uid: None,
            message: newest.message.clone(),
            count: u32::try_from(group.count).unwrap_or(u32::MAX),
            seen: newest.seen,
            health: newest.health,
        };
        self.table.upsert(Record::Event(Box::new(row)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::record::Health;
    use crate::model::sample;

    fn event(id: u128, reason: &str, object: &str, count: u32, seen: Seconds) -> Record {
        let warning = reason == "BackOff";
        Record::Event(Box::new(EventRecord {
            meta: sample::meta(id, if id < 10 { "shop" } else { "blog" }, &format!("event-{id}")),
            kind: if warning { "Warning" } else { "Normal" }.into(),
            reason: reason.into(),
            object: object.into(),
            object_uid: None,
            message: format!("message {id}").as_str().into(),
            count,
            seen,
            health: if warning { Health::Warning } else { Health::Ok },
        }))
    }

    /// `reason object count seen message`, sorted.
    fn words(groups: &Groups) -> Vec<String> {
        let rows = groups.table().iter().map(|(_, record)| match record {
            Record::Event(it) => format!(
                "{} {} {} {} {} {}",
                it.meta.namespace, it.reason, it.object, it.count, it.seen, it.message
            ),
            other => panic!("{other:?}"),
        });
        let mut rows: Vec<String> = rows.collect();
        rows.sort();
        rows
    }

    #[test]
    fn groups_follow_their_events() {
        let mut events = Table::new(Kind::Event);
        let mut groups = Groups::default();
        let mut step = |records: &[Record], gone: &[u128]| -> (Vec<String>, Vec<What>) {
            events.recycle();
            let mut deltas: Vec<Delta> =
                records.iter().filter_map(|record| events.upsert(record.clone())).collect();
            deltas.extend(gone.iter().filter_map(|id| events.remove(&sample::uid(*id))));
            let changed = groups.follow(&deltas, &events);
            assert_eq!(words(&groups), words(&Groups::of(&events)), "as if grouped anew");
            (words(&groups), changed.into_iter().map(|delta| delta.what).collect())
        };
        let (rows, what) = step(
            &[
                event(1, "BackOff", "pod/a", 3, 100),
                event(2, "BackOff", "pod/b", 4, 90),
                event(3, "BackOff", "job/a", 1, 95),
                event(4, "Pulled", "pod/a", 1, 80),
            ],
            &[],
        );
        assert_eq!(
            rows,
            [
                "shop BackOff 2 pods 7 100 message 1",
                "shop BackOff job/a 1 95 message 3",
                "shop Pulled pod/a 1 80 message 4",
            ]
        );
        assert_eq!(what, [What::Added; 3]);
        // One says it again, one of another namespace joins.
        let (rows, what) =
            step(&[event(2, "BackOff", "pod/b", 5, 120), event(12, "BackOff", "pod/b", 1, 60)], &[]);
        assert_eq!(rows[0], "2 namespaces BackOff 3 pods 9 120 message 2");
        assert_eq!(what, [What::Changed]);
        // The newest goes, then a whole group.
        let (rows, _) = step(&[], &[2]);
        assert_eq!(rows[0], "2 namespaces BackOff 2 pods 4 100 message 1");
        let (rows, what) = step(&[], &[3]);
        assert_eq!((rows.len(), what), (2, vec![What::Removed]));
        let (rows, _) = step(&[], &[1]);
        assert_eq!(rows[0], "blog BackOff pod/b 1 60 message 12");
    }

    #[test]
    fn an_event_is_alike_to_its_group_alone() {
        let of = |record: &Record| match record {
            Record::Event(event) => (**event).clone(),
            other => panic!("{other:?}"),
        };
        let alike = Alike::of(&of(&event(1, "BackOff", "pod/a", 1, 1)));
        assert_eq!(alike.words(), "BackOff of pods");
        for (record, is) in [
            (event(2, "BackOff", "pod/b", 1, 1), true),
            (event(2, "BackOff", "pod", 1, 1), true),
            (event(2, "BackOff", "podgroup/b", 1, 1), false),
            (event(2, "Pulled", "pod/a", 1, 1), false),
        ] {
            assert_eq!(alike.matches(&of(&record)), is, "{record:?}");
        }
        let mut events = Table::new(Kind::Event);
        events.upsert(event(1, "BackOff", "pod/a", 1, 1));
        let groups = Groups::of(&events);
        let (_, row) = groups.table().iter().next().unwrap();
        assert_eq!(groups.alike(row), Some(&alike));
    }
}
