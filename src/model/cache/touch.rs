//! Rows whose cells show what is told by other objects: they are touched when that changes, and only they.

use hashbrown::HashSet;

use super::{Cache, at, slice};
use crate::model::by_name::ByName;
use crate::model::facts::Facts;
use crate::model::record::{Kind, Meta, Pod, Record};
use crate::model::resource::Resource;
use crate::model::table::{Delta, Slot, What};
use crate::model::text::Text;
use crate::model::uid::Uid;

/// Where the rows are that others tell of by their names.
#[derive(Debug, Default)]
pub(super) struct Told {
    nodes: ByName,
    claims: ByName,
}

/// Whose rows an update changed without changing their records.
#[derive(Debug, Default)]
pub(super) struct Touched {
    /// Services, by namespace and name.
    pub(super) services: HashSet<(Text, Text)>,
    /// Nodes.
    pub(super) nodes: HashSet<Text>,
    /// Claims, by namespace and name.
    pub(super) claims: HashSet<(Text, Text)>,
    /// The first slices came, or the last ones went: until then nothing is claimed of any route.
    pub(super) every_route: bool,
    /// Pods were read completely for the first time.
    pub(super) every_load: bool,
}

impl Touched {
    fn pod(&mut self, pod: &Pod) {
        if !pod.node.is_empty() {
            self.nodes.insert(pod.node.clone());
        }
        for claim in pod.claims() {
            self.claims.insert((pod.meta.namespace.clone(), claim.clone()));
        }
    }
}

/// Whether it is a kind of this resource.
fn is(kind: Kind, resource: &Resource) -> bool {
    matches!(kind, Kind::Other(one) if one.group == resource.group && one.plural == resource.plural)
}

impl Told {
    fn index(&mut self, kind: Kind) -> Option<&mut ByName> {
        match kind {
            Kind::Node => Some(&mut self.nodes),
            kind if is(kind, &Resource::PERSISTENT_VOLUME_CLAIMS) => Some(&mut self.claims),
            _ => None,
        }
    }

    pub(super) fn clear(&mut self, kind: Kind) {
        if let Some(index) = self.index(kind) {
            index.clear();
        }
    }

    fn follow(&mut self, kind: Kind, slot: Slot, old: Option<&Meta>, new: Option<&Meta>) {
        let Some(index) = self.index(kind) else { return };
        if let Some(old) = old {
            index.remove(old, slot);
        }
        if let Some(new) = new {
            index.insert(new, slot);
        }
    }
}

impl Cache {
    /// Keeps what is summed up over the rows of a kind, and notes who shows it.
    pub(super) fn tell(&mut self, kind: Kind, delta: &Delta, touched: &mut Touched) {
        let table = match at(kind) {
            Some(at) => &self.tables[at],
            None => self.others.get(&kind).unwrap_or(&self.nothing),
        };
        let (old, new) = (delta.old.as_ref(), table.get(delta.slot));
        self.told.follow(kind, delta.slot, old.map(Record::meta), new.map(Record::meta));
        if kind == Kind::EndpointSlice {
            let (old, new) = (old.and_then(slice), new.and_then(slice));
            let before = self.endpoints.is_empty();
            for slice in old.into_iter().chain(new) {
                touched.services.insert((slice.meta.namespace.clone(), slice.service.clone()));
            }
            if let Some(old) = old {
                self.endpoints.remove(old);
            }
            if let Some(new) = new {
                self.endpoints.insert(new);
            }
            touched.every_route |= before != self.endpoints.is_empty();
        }
        if kind == Kind::Pod {
            if let Some(Record::Pod(old)) = old {
                self.placed.remove(old);
                touched.pod(old);
            }
            if let Some(Record::Pod(new)) = new {
                self.placed.insert(new);
                touched.pod(new);
            }
        }
    }

    /// Deltas for the nodes of these names.
    pub(super) fn touched_nodes<'a>(&self, names: impl Iterator<Item = &'a Text>) -> Vec<Delta> {
        let table = self.table(Kind::Node);
        let slots = names.filter_map(|name| self.told.nodes.get("", name));
        slots.filter_map(|slot| Some(touched(slot, &table.get(slot)?.meta().uid))).collect()
    }

    /// Deltas for all rows of a kind.
    pub(super) fn touched_all(&self, kind: Kind) -> Vec<Delta> {
        self.table(kind).iter().map(|(slot, record)| touched(slot, &record.meta().uid)).collect()
    }

    /// The table of this resource, as far as it was read.
    pub(super) fn kind_of(&self, resource: &Resource) -> Option<Kind> {
        self.others.keys().copied().find(|kind| is(*kind, resource))
    }

    /// Deltas for all rows that show what changed elsewhere, by kind.
    pub(super) fn touched(&self, touched: &Touched) -> Vec<(Kind, Vec<Delta>)> {
        let mut all = Vec::new();
        all.push((Kind::Service, self.touched_services(&touched.services)));
        let nodes = if touched.every_load {
            self.touched_all(Kind::Node)
        } else {
            self.touched_nodes(touched.nodes.iter())
        };
        all.push((Kind::Node, nodes));
        if let Some(kind) = self.kind_of(&Resource::PERSISTENT_VOLUME_CLAIMS) {
            let claims = if touched.every_load {
                self.touched_all(kind)
            } else {
                self.touched_claims(kind, &touched.claims)
            };
            all.push((kind, claims));
        }
        if let Some(kind) = self.kind_of(&Resource::INGRESSES) {
            let routes = if touched.every_route {
                self.touched_all(kind)
            } else {
                self.touched_routes(kind, &touched.services)
            };
            all.push((kind, routes));
        }
        all
    }

    fn touched_claims(&self, kind: Kind, names: &HashSet<(Text, Text)>) -> Vec<Delta> {
        let table = self.table(kind);
        let slots = names.iter().filter_map(|(namespace, name)| self.told.claims.get(namespace, name));
        slots.filter_map(|slot| Some(touched_row(slot, table.get(slot)?))).collect()
    }

    /// Deltas for the services whose endpoints changed.
    fn touched_services(&self, services: &HashSet<(Text, Text)>) -> Vec<Delta> {
        if services.is_empty() {
            return Vec::new();
        }
        // There are far fewer services than pods, and slices change in batches: one pass instead of one more index.
        let named = |meta: &Meta| {
            let name: Text = meta.name.as_ref().into();
            services.contains(&(meta.namespace.clone(), name))
        };
        let rows = self.table(Kind::Service).iter().filter(|(_, record)| named(record.meta()));
        rows.map(|(slot, record)| touched_row(slot, record)).collect()
    }

    /// Deltas for the ingresses that lead to these services.
    fn touched_routes(&self, kind: Kind, services: &HashSet<(Text, Text)>) -> Vec<Delta> {
        if services.is_empty() {
            return Vec::new();
        }
        // There are few ingresses: one pass, as for services.
        let leads = |record: &Record| {
            let Record::Row(row) = record else { return false };
            let Some(Facts::Ingress(ingress)) = row.facts.as_deref() else { return false };
            let namespace = &row.meta.namespace;
            ingress.routes.iter().any(|route| services.contains(&(namespace.clone(), route.service.clone())))
        };
        let rows = self.table(kind).iter().filter(|(_, record)| leads(record));
        rows.map(|(slot, record)| touched_row(slot, record)).collect()
    }
}

fn touched_row(slot: Slot, record: &Record) -> Delta {
    touched(slot, &record.meta().uid)
}

/// The row shows something else, though its record is the same.
pub(super) fn touched(slot: Slot, uid: &Uid) -> Delta {
    Delta { slot, uid: uid.clone(), what: What::Touched, old: None }
}

#[cfg(test)]
mod tests {
    use hashbrown::HashMap;

    use super::*;
    use crate::model::cache::Changes;
    use crate::model::facts::{Ingress, Route};
    use crate::model::feed::{FeedUpdate, Region, RowChange};
    use crate::model::record::{Extras, Health, Node, Row};
    use crate::model::sample::{meta, pod, service, slice};

    fn rows(records: Vec<Record>) -> FeedUpdate {
        FeedUpdate::Rows(records.into_iter().map(RowChange::Upsert).collect())
    }

    fn row(id: u128, resource: Resource, name: &str, facts: Option<Facts>) -> (Kind, Record) {
        let resource: &'static Resource = Box::leak(Box::new(resource));
        let row = Row {
            meta: meta(id, "ns", name),
            resource,
            cells: Box::default(),
            health: Health::Ok,
            telling: None,
            facts: facts.map(Box::new),
        };
        (Kind::Other(resource), Record::Row(Box::new(row)))
    }

    fn ingress(id: u128, name: &str, to: &str) -> Record {
        let routes = [Route { from: "*".into(), service: to.into() }].into();
        row(id, Resource::INGRESSES, name, Some(Facts::Ingress(Ingress { routes }))).1
    }

    fn node(id: u128, name: &str) -> Record {
        let text = || Text::from("");
        Record::Node(Box::new(Node {
            meta: crate::model::record::Meta { namespace: "".into(), ..meta(id, "", name) },
            status: text(),
            roles: text(),
            version: text(),
            internal_ip: text(),
            os_image: text(),
            kernel: text(),
            taints: text(),
            runtime: text(),
            allocatable: crate::model::record::Amounts::default(),
            most_pods: 0,
            since: 0,
            reason: text(),
            health: Health::Ok,
        }))
    }

    fn placed(id: u128, on: &str, claims: &[&str]) -> Record {
        let Record::Pod(it) = pod(id, "ns", &format!("pod-{id}")) else { panic!("no pod") };
        let claims = claims.iter().map(|claim| (*claim).into()).collect();
        let extras = Some(Box::new(Extras { claims, requests: None }));
        Record::Pod(Pod { node: on.into(), extras, ..it })
    }

    /// The names of the rows of a kind that are touched.
    fn names(cache: &Cache, changes: &Changes, kind: Kind) -> Vec<String> {
        let touched = changes.of(kind).iter().filter(|delta| delta.what == What::Touched);
        let mut names: Vec<String> =
            touched.map(|delta| cache.table(kind).get(delta.slot).unwrap().meta().name.to_string()).collect();
        names.sort();
        names
    }

    #[test]
    fn ingresses_are_touched_by_the_endpoints_of_their_services() {
        let mut cache = Cache::default();
        let (kind, _) = row(1, Resource::INGRESSES, "a", None);
        cache.apply(kind, rows(vec![ingress(1, "a", "web"), ingress(2, "b", "db"), ingress(3, "c", "")]));
        cache.apply(Kind::Service, rows(vec![service(4, "ns", "web", "app=web")]));
        let first = cache.apply(Kind::EndpointSlice, rows(vec![slice(5, "ns", "db", 1, 1)]));
        assert_eq!(names(&cache, &first, kind), ["a", "b", "c"], "nothing was claimed of any before");
        let one = cache.apply(Kind::EndpointSlice, rows(vec![slice(6, "ns", "web", 1, 1)]));
        assert_eq!(
            (names(&cache, &one, kind), names(&cache, &one, Kind::Service)),
            (vec!["a".to_owned()], vec!["web".to_owned()])
        );
        let same = cache.apply(Kind::EndpointSlice, rows(vec![slice(6, "ns", "web", 1, 1)]));
        assert!(same.is_empty());
        let all = cache.clear(&[Kind::EndpointSlice]);
        assert_eq!(names(&cache, &all, kind), ["a", "b", "c"]);
    }

    #[test]
    fn nodes_and_claims_are_touched_by_the_pods_that_change_and_no_others() {
        let mut cache = Cache::default();
        let (kind, data) = row(1, Resource::PERSISTENT_VOLUME_CLAIMS, "data", None);
        let logs = row(2, Resource::PERSISTENT_VOLUME_CLAIMS, "logs", None).1;
        cache.apply(kind, rows(vec![data, logs]));
        cache.apply(Kind::Node, rows(vec![node(3, "n-1"), node(4, "n-2"), node(5, "n-3")]));
        let begin = cache.apply(Kind::Pod, rows(vec![placed(6, "n-1", &["data"]), placed(7, "n-2", &[])]));
        assert_eq!(
            (names(&cache, &begin, Kind::Node), names(&cache, &begin, kind)),
            (vec!["n-1".to_owned(), "n-2".to_owned()], vec!["data".to_owned()])
        );
        let synced = cache.apply(Kind::Pod, FeedUpdate::Synced);
        assert_eq!(names(&cache, &synced, Kind::Node).len(), 3, "now they are known");
        // One moves (a new pod of the same name is another, but a record may change its node once).
        let moved = cache.apply(Kind::Pod, rows(vec![placed(6, "n-3", &["logs"])]));
        assert_eq!(names(&cache, &moved, Kind::Node), ["n-1", "n-3"]);
        assert_eq!(names(&cache, &moved, kind), ["data", "logs"]);
        let gone =
            cache.apply(Kind::Pod, FeedUpdate::Rows(vec![RowChange::Remove(crate::model::sample::uid(7))]));
        assert_eq!(names(&cache, &gone, Kind::Node), ["n-2"]);
        assert_eq!(gone.loads.iter().map(|name| &**name).collect::<Vec<_>>(), ["n-2"]);
        // Of pods that are kept elsewhere.
        let other = cache.touch_nodes(Some(&["n-1".into(), "n-9".into()].into_iter().collect()));
        assert_eq!(names(&cache, &other, Kind::Node), ["n-1"]);
        assert_eq!(names(&cache, &cache.touch_nodes(None), Kind::Node).len(), 3);
        // Without the pods nothing is known of any.
        let cleared = cache.clear(&[Kind::Pod]);
        assert_eq!((names(&cache, &cleared, Kind::Node).len(), names(&cache, &cleared, kind).len()), (3, 2));
        assert_eq!(cache.placed().on_node("n-1"), None);
    }

    #[test]
    fn pods_of_several_clusters_say_nothing_of_a_node() {
        let mut cache = Cache::default();
        let region = Region { place: 2, namespace: None };
        cache.apply_in(Kind::Pod, &region, FeedUpdate::ListStarted);
        cache.apply_in(Kind::Pod, &region, FeedUpdate::Synced);
        assert!(!cache.placed().knows_all());
    }

    proptest::proptest! {
        /// The sums that are kept equal those of a recount, whatever came before.
        #[test]
        fn sums_equal_a_recount(ops in proptest::collection::vec((0..12_u128, 0..3_usize, 0..4_usize, proptest::bool::ANY), 0..60)) {
            let mut cache = Cache::default();
            cache.apply(Kind::Pod, FeedUpdate::Synced);
            for (id, on, claims, gone) in ops {
                let change = if gone {
                    RowChange::Remove(crate::model::sample::uid(id))
                } else {
                    RowChange::Upsert(placed(id, ["n-1", "n-2", ""][on], &["data", "logs", "tmp"][..claims]))
                };
                cache.apply(Kind::Pod, FeedUpdate::Rows(vec![change]));
            }
            let (mut nodes, mut mounts) = (HashMap::<String, u32>::new(), HashMap::<String, usize>::new());
            for (_, record) in cache.table(Kind::Pod).iter() {
                let Record::Pod(pod) = record else { continue };
                *nodes.entry(pod.node.to_string()).or_default() += 1;
                for claim in pod.claims() {
                    *mounts.entry(claim.to_string()).or_default() += 1;
                }
            }
            for name in ["n-1", "n-2"] {
                let pods = cache.placed().on_node(name).unwrap().pods;
                proptest::prop_assert_eq!(pods, nodes.get(name).copied().unwrap_or_default());
            }
            for name in ["data", "logs", "tmp"] {
                let pods = cache.placed().mounting("ns", name).unwrap().len();
                proptest::prop_assert_eq!(pods, mounts.get(name).copied().unwrap_or_default());
            }
        }
    }
}
