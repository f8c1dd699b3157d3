//! The cache against a recount of everything, and the cases that matter one by one.

use proptest::prelude::*;

use super::*;
use crate::model::endpoints::Count;
use crate::model::labels::contains_all;
use crate::model::sample::{
    deployment, labelled_pod, labels, meta, owned, pod, pod_of, replica_set, service, slice, uid,
};

fn rows(records: Vec<Record>) -> FeedUpdate {
    FeedUpdate::Rows(records.into_iter().map(RowChange::Upsert).collect())
}

fn whats(changes: &Changes, kind: Kind) -> Vec<What> {
    changes.of(kind).iter().map(|delta| delta.what).collect()
}

#[test]
fn kinds_have_their_own_table() {
    let cache = Cache::default();
    for kind in Kind::ALL {
        assert_eq!(cache.table(kind).kind(), kind);
    }
}

#[test]
fn rows_stay_until_the_list_is_complete() {
    let mut cache = Cache::default();
    cache.apply(Kind::Pod, FeedUpdate::ListStarted);
    let changes = cache.apply(Kind::Pod, rows(vec![pod(1, "ns", "a"), pod(2, "ns", "b")]));
    assert_eq!(whats(&changes, Kind::Pod), [What::Added, What::Added]);
    assert!(!cache.table(Kind::Pod).synced());
    assert!(cache.apply(Kind::Pod, FeedUpdate::Synced).is_empty());
    assert!(cache.table(Kind::Pod).synced());

    assert!(cache.apply(Kind::Pod, FeedUpdate::ListStarted).is_empty());
    assert!(cache.apply(Kind::Pod, rows(vec![pod(2, "ns", "b")])).is_empty(), "unchanged rows are no change");
    assert_eq!(cache.table(Kind::Pod).len(), 2, "nothing is gone while the list is read");
    let changes = cache.apply(Kind::Pod, FeedUpdate::Synced);
    assert_eq!(whats(&changes, Kind::Pod), [What::Removed]);
    assert_eq!(changes.of(Kind::Pod)[0].uid, uid(1));
    assert!(cache.get(Kind::Pod, &uid(1)).is_none() && cache.get(Kind::Pod, &uid(2)).is_some());
}

#[test]
fn one_delta_for_each_row() {
    let mut cache = Cache::default();
    cache.apply(Kind::Pod, rows(vec![pod(1, "ns", "a")]));
    let changes = cache.apply(
        Kind::Pod,
        FeedUpdate::Rows(vec![
            RowChange::Upsert(pod(1, "ns", "b")),
            RowChange::Upsert(pod(1, "ns", "c")),
            RowChange::Upsert(pod(2, "ns", "x")),
            RowChange::Remove(uid(2)),
            RowChange::Remove(uid(9)),
        ]),
    );
    let deltas = changes.of(Kind::Pod);
    assert_eq!(whats(&changes, Kind::Pod), [What::Changed, What::Removed]);
    assert_eq!(deltas[0].old, Some(pod(1, "ns", "a")), "the record before the whole update");
    assert_eq!(deltas[1].old, None);
}

#[test]
fn slices_touch_their_services() {
    let mut cache = Cache::default();
    cache.apply(
        Kind::Service,
        rows(vec![service(1, "ns", "web", "app=web"), service(2, "ns", "db", "app=db")]),
    );
    let changes = cache.apply(Kind::EndpointSlice, rows(vec![slice(10, "ns", "web", 2, 3)]));
    assert_eq!(whats(&changes, Kind::Service), [What::Touched]);
    assert_eq!(changes.of(Kind::Service)[0].uid, uid(1));
    assert_eq!(cache.endpoints().of("ns", "web"), Some(Count { ready: 2, total: 3 }));
    // A slice that is another service's from now on touches both.
    let changes = cache.apply(Kind::EndpointSlice, rows(vec![slice(10, "ns", "db", 1, 1)]));
    assert_eq!(changes.of(Kind::Service).len(), 2);
    assert_eq!(cache.endpoints().of("ns", "web"), None);
    let changes = cache.clear(&[Kind::EndpointSlice]);
    assert_eq!(
        (changes.of(Kind::Service).len(), changes.cleared.as_slice()),
        (2, &[Kind::EndpointSlice][..])
    );
    assert_eq!(cache.endpoints().of("ns", "db"), None);
}

#[test]
fn knows_who_belongs_to_whom() {
    let mut cache = Cache::default();
    cache.apply(Kind::Deployment, rows(vec![deployment(1, "ns", "web", "app=web", "app=web,tier=front")]));
    cache.apply(
        Kind::ReplicaSet,
        rows(vec![replica_set(11, "ns", "web-1", 1), replica_set(12, "ns", "web-2", 1)]),
    );
    let web = |id, set| {
        let mut meta = owned(meta(id, "ns", "web"), "ReplicaSet", set);
        meta.labels = labels("app=web,tier=front");
        pod_of(meta, id != 22, 0)
    };
    cache.apply(Kind::Pod, rows(vec![web(21, 11), web(22, 12), web(23, 99), pod(24, "ns", "lone")]));
    cache.apply(
        Kind::Service,
        rows(vec![service(31, "ns", "web", "app=web"), service(32, "ns", "db", "app=db")]),
    );
    assert_eq!(cache.pods_of_deployment(&uid(1)), [0, 1]);
    assert_eq!(cache.deployment_of(&web(21, 11)), Some(0));
    assert_eq!(cache.deployment_of(&web(23, 99)), None);
    assert_eq!(cache.services_of_pods(&[0, 1, 3]), [0]);
    assert_eq!(cache.indexes().deployments_behind("ns", &labels("tier=front")), [0]);
    assert_eq!(cache.indexes().deployments_selecting("ns", &labels("app=web,x=y")), [0]);
    assert_eq!(cache.indexes().count_selected("ns", &labels("app=web")), Count { ready: 2, total: 3 });
    let scope = Scope::owned_by(cache.replica_set_uids(&uid(1)));
    let mut candidates = cache.candidates(Kind::Pod, &scope).unwrap();
    candidates.sort_unstable();
    assert_eq!(candidates, [0, 1], "in whichever order");
    assert_eq!(cache.candidates(Kind::Pod, &Scope::all()), None);
    let narrow = scope.and(Part::Labels(labels("none=such")));
    assert_eq!(cache.candidates(Kind::Pod, &narrow), Some(vec![]), "the smallest index counts");
    cache.clear(&[Kind::Pod]);
    assert!(cache.pods_of_deployment(&uid(1)).is_empty());
    assert_eq!(cache.indexes().count_selected("ns", &labels("app=web")), Count::default());
}

#[derive(Debug, Clone)]
enum Op {
    Pod { id: u8, labels: u8, ready: bool, owner: u8 },
    Service { id: u8, selector: u8 },
    Remove(u8),
    List,
    Synced,
}

const SETS: [&str; 5] = ["", "app=a", "app=a,track=x", "app=b,track=x", "app=b"];

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        6 => (0..16_u8, 0..5_u8, any::<bool>(), 0..4_u8)
            .prop_map(|(id, labels, ready, owner)| Op::Pod { id, labels, ready, owner }),
        2 => (0..8_u8, 0..5_u8).prop_map(|(id, selector)| Op::Service { id, selector }),
        3 => (0..16_u8).prop_map(Op::Remove),
        1 => Just(Op::List),
        1 => Just(Op::Synced),
    ]
}

fn run(cache: &mut Cache, op: &Op) {
    match *op {
        Op::Pod { id, labels, ready, owner } => {
            let namespace = if id % 3 == 0 { "one" } else { "two" };
            let mut record = labelled_pod(id.into(), namespace, "p", SETS[labels as usize], ready);
            if let Record::Pod(pod) = &mut record
                && owner > 0
            {
                pod.meta = owned(pod.meta.clone(), "ReplicaSet", 100 + u128::from(owner));
            }
            cache.apply(Kind::Pod, rows(vec![record]));
        }
        Op::Service { id, selector } => {
            let record = service(id.into(), "one", "s", SETS[selector as usize]);
            cache.apply(Kind::Service, rows(vec![record]));
        }
        Op::Remove(id) => {
            for kind in [Kind::Pod, Kind::Service] {
                cache.apply(kind, FeedUpdate::Rows(vec![RowChange::Remove(uid(id.into()))]));
            }
        }
        Op::List => drop(cache.apply(Kind::Pod, FeedUpdate::ListStarted)),
        Op::Synced => drop(cache.apply(Kind::Pod, FeedUpdate::Synced)),
    }
}

fn sorted(mut slots: Vec<Slot>) -> Vec<Slot> {
    slots.sort_unstable();
    slots
}

proptest! {
    #[test]
    fn indexes_equal_a_recount(ops in prop::collection::vec(op(), 0..120)) {
        let mut cache = Cache::default();
        for op in &ops {
            run(&mut cache, op);
        }
        let pods: Vec<_> = cache.table(Kind::Pod).iter().collect();
        let indexes = cache.indexes();
        for owner in 100..104 {
            let owner = uid(owner);
            let mine = pods.iter().filter(|(_, pod)| pod.meta().owner.as_ref().is_some_and(|o| o.uid == owner));
            let expected: Vec<_> = mine.map(|(slot, _)| *slot).collect();
            prop_assert_eq!(sorted(indexes.pods_owned_by(&owner).to_vec()), expected);
        }
        for (namespace, selector) in ["one", "two"].into_iter().flat_map(|n| SETS.map(|s| (n, labels(s)))) {
            let selected: Vec<_> = pods
                .iter()
                .filter(|(_, pod)| {
                    !selector.is_empty()
                        && pod.meta().namespace.as_ref() == namespace
                        && contains_all(&pod.meta().labels, &selector)
                })
                .collect();
            let expected: Vec<_> = selected.iter().map(|(slot, _)| *slot).collect();
            prop_assert_eq!(sorted(indexes.pods_selected(namespace, &selector)), expected);
            let ready = selected.iter().filter(|(_, pod)| matches!(pod, Record::Pod(pod) if pod.is_ready)).count();
            let count = Count { ready: ready as u32, total: selected.len() as u32 };
            prop_assert_eq!(indexes.count_selected(namespace, &selector), count);
            // The same labels as a pod's: which services select it?
            let services = cache.table(Kind::Service).iter().filter(|(_, record)| match record {
                Record::Service(service) => {
                    !service.selector.is_empty()
                        && service.meta.namespace.as_ref() == namespace
                        && contains_all(&selector, &service.selector)
                }
                _ => false,
            });
            let expected: Vec<_> = services.map(|(slot, _)| slot).collect();
            prop_assert_eq!(indexes.services_selecting(namespace, &selector), expected);
        }
    }
}
