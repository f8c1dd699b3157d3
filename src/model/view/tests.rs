//! A view against filtering and sorting everything anew, whatever happens in whatever order.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::model::cache::Cache;
use crate::model::endpoints::Endpoints;
use crate::model::feed::{FeedUpdate, RowChange};
use crate::model::labels::LabelCounts;
use crate::model::record::{Kind, Record};
use crate::model::sample::{COLUMNS, cx, labels, meta, owned, pod, pod_of, service, slice, uid};
use crate::model::text::Text;

fn key(id: &str, descending: bool) -> SortKey {
    SortKey::find(&COLUMNS, id, descending).unwrap()
}

fn names(view: &View, table: &Table) -> Vec<String> {
    view.shown().iter().map(|slot| table.get(*slot).unwrap().meta().name.to_string()).collect()
}

fn filter(text: &str) -> Filter {
    Filter::parse(text, &COLUMNS).unwrap()
}

/// Filters and sorts everything.
fn from_scratch(spec: &Spec, table: &Table, cx: &Cx<'_>) -> (Vec<Slot>, Vec<Slot>) {
    let mut all: Vec<Slot> =
        table.iter().filter(|(_, r)| spec.scope.matches(r)).map(|(slot, _)| slot).collect();
    all.sort_by(|a, b| spec.compare(table.get(*a).unwrap(), table.get(*b).unwrap(), cx));
    let passes = |slot: &Slot| spec.passes(table.get(*slot).unwrap(), cx);
    let shown = all.iter().copied().filter(passes).collect();
    (all, shown)
}

#[test]
fn a_changed_row_moves_and_the_others_stay() {
    let endpoints = Endpoints::default();
    let cx = cx(&endpoints);
    let mut table = Table::new(Kind::Pod);
    let mut view = View::new(&COLUMNS, &[key("restarts", true)]);
    for (id, name, restarts) in [(1, "a", 5), (2, "b", 3), (3, "c", 3), (4, "d", 0)] {
        let delta = table.upsert(pod_of(meta(id, "ns", name), true, restarts)).unwrap();
        view.apply(&[delta], &table, &cx);
    }
    assert_eq!(names(&view, &table), ["a", "b", "c", "d"], "rows are shown before the first step");
    assert_eq!(view.finish(&table, &cx), Progress::Done);
    assert_eq!(view.step(&table, &cx, 1), Progress::Idle);
    let delta = table.upsert(pod_of(meta(4, "ns", "d"), true, 4)).unwrap();
    let slot = delta.slot;
    let memberships = view.apply(&[delta], &table, &cx);
    assert_eq!(memberships, [Membership { slot, was: true, is: true, was_shown: true, is_shown: true }]);
    assert_eq!(names(&view, &table), ["a", "d", "b", "c"]);
    assert_eq!((view.position(slot), view.counts()), (Some(1), (4, 4)));
    let delta = table.remove(&uid(2)).unwrap();
    assert!(!view.apply(&[delta], &table, &cx)[0].is);
    assert_eq!(names(&view, &table), ["a", "d", "c"]);
}

#[test]
fn a_batch_in_which_neighbours_change_places() {
    let endpoints = Endpoints::default();
    let cx = cx(&endpoints);
    let mut table = Table::new(Kind::Pod);
    let mut view = View::new(&COLUMNS, &[key("restarts", false)]);
    let upsert = |table: &mut Table, id: u32| {
        table.upsert(pod_of(meta(id.into(), "ns", &format!("p{id:02}")), true, id)).unwrap()
    };
    let deltas: Vec<_> = (0..20).map(|id| upsert(&mut table, id)).collect();
    view.apply(&deltas, &table, &cx);
    let turn = |table: &mut Table, id: u32| {
        table.upsert(pod_of(meta(id.into(), "ns", &format!("p{id:02}")), true, 40 - id)).unwrap()
    };
    let deltas: Vec<_> = (0..20).map(|id| turn(&mut table, id)).collect();
    view.apply(&deltas, &table, &cx);
    let expected: Vec<_> = (0..20).rev().map(|id| format!("p{id:02}")).collect();
    assert_eq!(names(&view, &table), expected);
}

#[test]
fn the_old_order_is_visible_until_the_new_one_is_done() {
    let endpoints = Endpoints::default();
    let cx = cx(&endpoints);
    let mut table = Table::new(Kind::Pod);
    for id in 0..3_000_u32 {
        table.upsert(pod_of(meta(id.into(), "ns", &format!("p{:04}", id * 7_919 % 3_000)), true, id % 50));
    }
    let mut view = View::new(&COLUMNS, &[]);
    view.finish(&table, &cx);
    let before = view.shown().to_vec();
    view.set_sort(&[key("restarts", true)]);
    view.set_filter(filter("p1"));
    let mut steps = 0;
    while view.step(&table, &cx, 100) == Progress::More {
        assert_eq!(view.shown(), before);
        assert_eq!(view.filter(), &filter("p1"), "it knows what it will be");
        steps += 1;
    }
    assert!(steps > 60, "3,000 rows gathered, merged and filtered 100 at a time: {steps}");
    let (all, shown) = from_scratch(&view.order.spec, &table, &cx);
    assert_eq!((view.all(), view.shown()), (&all[..], &shown[..]));
    assert!(!shown.is_empty() && shown.len() < all.len());
}

#[test]
fn filtering_does_not_sort_and_narrowing_looks_at_what_is_shown() {
    let endpoints = Endpoints::default();
    let cx = cx(&endpoints);
    let mut table = Table::new(Kind::Pod);
    for id in 0..2_000_u32 {
        table.upsert(pod(id.into(), "ns", &format!("pod-{id:04}")));
    }
    let mut view = View::new(&COLUMNS, &[]);
    view.finish(&table, &cx);
    view.set_filter(filter("pod-19"));
    assert_eq!(view.step(&table, &cx, 2_000), Progress::Done, "one pass over 2,000 rows");
    assert_eq!(view.counts(), (100, 2_000));
    view.set_filter(filter("pod-199"));
    assert_eq!(view.step(&table, &cx, 100), Progress::Done, "one pass over the 100 shown");
    assert_eq!(view.counts(), (10, 2_000));
    view.set_filter(filter("pod-1"));
    assert_eq!(view.step(&table, &cx, 100), Progress::More, "wider again: all rows");
}

#[test]
fn services_move_when_their_endpoints_change() {
    let mut cache = Cache::default();
    let mut view = View::new(&COLUMNS, &[key("ready", true)]);
    let mut step = |cache: &mut Cache, kind, record| {
        let changes = cache.apply(kind, FeedUpdate::Rows(vec![RowChange::Upsert(record)]));
        view.apply(changes.of(Kind::Service), cache.table(Kind::Service), &cx(cache.endpoints()));
        names(&view, cache.table(Kind::Service))
    };
    step(&mut cache, Kind::Service, service(1, "ns", "a", "app=a"));
    assert_eq!(step(&mut cache, Kind::Service, service(2, "ns", "b", "app=b")), ["a", "b"]);
    assert_eq!(step(&mut cache, Kind::EndpointSlice, slice(3, "ns", "b", 1, 1)), ["b", "a"]);
    assert_eq!(step(&mut cache, Kind::EndpointSlice, slice(4, "ns", "a", 2, 2)), ["a", "b"]);
    assert_eq!(step(&mut cache, Kind::EndpointSlice, slice(4, "ns", "a", 0, 2)), ["b", "a"]);
    view.set_faults(true);
    view.finish(cache.table(Kind::Service), &cx(cache.endpoints()));
    assert_eq!(names(&view, cache.table(Kind::Service)), ["a"]);
}

#[derive(Debug, Clone)]
enum Op {
    Rows(Vec<Change>),
    List(Vec<Change>),
    Sort(u8),
    Filter(u8),
    Faults(bool),
    Scope(u8),
    Step(u8),
}

#[derive(Debug, Clone)]
enum Change {
    Upsert { id: u8, name: u8, ready: bool, restarts: u8, labels: u8 },
    Remove(u8),
}

const LABELS: [&str; 4] = ["", "app=a", "app=a,pod-template-hash=1", "app=b,pod-template-hash=2"];
const FILTERS: [&str; 9] = ["", "1", "n1", "!n1", "n1 one", "~on", "app=a", "restarts>=2", "status:run"];

fn change() -> impl Strategy<Value = Change> {
    prop_oneof![
        4 => (0..40_u8, 0..12_u8, any::<bool>(), 0..4_u8, 0..4_u8)
            .prop_map(|(id, name, ready, restarts, labels)| Change::Upsert { id, name, ready, restarts, labels }),
        1 => (0..40_u8).prop_map(Change::Remove),
    ]
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        6 => prop::collection::vec(change(), 1..12).prop_map(Op::Rows),
        1 => prop::collection::vec(change(), 0..30).prop_map(Op::List),
        1 => (0..5_u8).prop_map(Op::Sort),
        2 => (0..FILTERS.len() as u8).prop_map(Op::Filter),
        1 => any::<bool>().prop_map(Op::Faults),
        1 => (0..6_u8).prop_map(Op::Scope),
        5 => (1..30_u8).prop_map(Op::Step),
    ]
}

fn row(change: &Change) -> RowChange {
    match *change {
        Change::Remove(id) => RowChange::Remove(uid(id.into())),
        Change::Upsert { id, name, ready, restarts, labels: set } => {
            let namespace = if id % 2 == 0 { "one" } else { "two" };
            let mut meta = meta(id.into(), namespace, &format!("n{name}"));
            meta.labels = labels(LABELS[set as usize]);
            RowChange::Upsert(pod_of(owned(meta, "ReplicaSet", u128::from(restarts)), ready, restarts.into()))
        }
    }
}

fn scope(choice: u8) -> Scope {
    match choice {
        0 | 1 => Scope::all(),
        2 => Scope::owned_by([uid(1), uid(2)]),
        3 => Scope::selected_by("one".into(), labels("app=a")),
        4 => Scope::all().and(Part::Labels(labels("app=a"))),
        _ => Scope::uids((0..10).map(uid)),
    }
}

/// A cache with a view of its pods and their counted labels, driven as the state drives them.
struct Panes {
    cache: Cache,
    view: View,
    counts: LabelCounts,
}

impl Panes {
    fn update(&mut self, update: FeedUpdate) {
        let changes = self.cache.apply(Kind::Pod, update);
        let (deltas, table) = (changes.of(Kind::Pod), self.cache.table(Kind::Pod));
        let memberships = self.view.apply(deltas, table, &cx(self.cache.endpoints()));
        self.counts.apply(&memberships, deltas, table);
    }

    fn run(&mut self, op: &Op) {
        match op {
            Op::Rows(changes) => self.update(FeedUpdate::Rows(changes.iter().map(row).collect())),
            Op::List(changes) => {
                self.update(FeedUpdate::ListStarted);
                self.update(FeedUpdate::Rows(changes.iter().map(row).collect()));
                self.update(FeedUpdate::Synced);
            }
            Op::Sort(choice) => self.view.set_sort(match choice {
                0 => &[],
                1 => &[SortKey { column: 4, descending: true }],
                2 => &[SortKey { column: 2, descending: false }, SortKey { column: 4, descending: true }],
                3 => &[SortKey { column: 1, descending: true }],
                _ => &[SortKey { column: 99, descending: true }],
            }),
            Op::Filter(choice) => self.view.set_filter(filter(FILTERS[*choice as usize])),
            Op::Faults(only) => self.view.set_faults(*only),
            Op::Scope(choice) => {
                let scope = scope(*choice);
                let candidates = self.cache.candidates(Kind::Pod, &scope);
                self.view.set_scope(scope, candidates);
            }
            Op::Step(budget) => {
                let cx = cx(self.cache.endpoints());
                if self.view.step(self.cache.table(Kind::Pod), &cx, *budget as usize) == Progress::Done {
                    self.counts.recount_rows(self.view.all(), self.cache.table(Kind::Pod));
                }
            }
        }
    }

    fn check(&self) {
        let table = self.cache.table(Kind::Pod);
        let (all, shown) = from_scratch(&self.view.order.spec, table, &cx(self.cache.endpoints()));
        assert_eq!(self.view.all(), all);
        assert_eq!(self.view.shown(), shown);
        for slot in 0..table.end() {
            assert_eq!(self.view.position(slot), shown.iter().position(|known| *known == slot));
            assert_eq!(self.view.contains(slot), all.contains(&slot));
        }
        let mut recount = LabelCounts::default();
        recount.recount_rows(&all, table);
        let rows = |counts: &LabelCounts| -> Vec<(Text, Option<Text>, u32, u32, u32)> {
            let rows = (0..counts.len()).map(|at| counts.row(at).unwrap());
            rows.map(|row| (row.key.clone(), row.value.cloned(), row.values, row.pods, row.ready)).collect()
        };
        assert_eq!(rows(&self.counts), rows(&recount));
        let mut expected = BTreeMap::<Text, (u32, u32)>::new();
        for slot in &all {
            if let Some(Record::Pod(pod)) = table.get(*slot) {
                for (key, _) in pod.meta.labels.iter() {
                    let count = expected.entry(key.clone()).or_default();
                    *count = (count.0 + 1, count.1 + u32::from(pod.is_ready));
                }
            }
        }
        let mut sums = BTreeMap::<Text, (u32, u32)>::new();
        for (key, _, _, pods, ready) in rows(&self.counts) {
            let sum = sums.entry(key).or_default();
            *sum = (sum.0 + pods, sum.1 + ready);
        }
        assert_eq!(sums, expected);
    }
}

proptest! {
    #[test]
    fn equals_filtering_and_sorting_anew(ops in prop::collection::vec(op(), 0..60)) {
        let view = View::new(&COLUMNS, &[SortKey { column: 4, descending: true }]);
        let mut panes = Panes { cache: Cache::default(), view, counts: LabelCounts::default() };
        for op in &ops {
            panes.run(op);
            panes.check();
        }
        // What was asked for is what comes in the end.
        panes.run(&Op::Step(255));
        while panes.view.pending() {
            panes.run(&Op::Step(255));
        }
        panes.check();
        let last = ops.iter().rev().find_map(|op| match op {
            Op::Filter(choice) => Some(FILTERS[*choice as usize]),
            _ => None,
        });
        prop_assert_eq!(panes.view.order.spec.filter.text(), last.unwrap_or_default());
    }
}
