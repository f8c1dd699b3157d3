//! What the labels pane shows: every `key=value` on the pods in scope, with pods, ready pods, and who selects by it.

use hashbrown::HashMap;

use super::HashKeys;
use super::sets::{LabelSets, Pair, PairChange};
use crate::model::record::{Labels, Record};
use crate::model::relations::Indexes;
use crate::model::table::{Delta, Slot, Table};
use crate::model::text::Text;
use crate::model::view::Membership;

/// Counted labels of the pods in scope. Rows are ordered by key, then value, so that they stay where they are while the
/// counts change.
#[derive(Debug, Default)]
pub struct LabelCounts {
    sets: LabelSets,
    /// The rows; a folded key has one row without a value.
    rows: Vec<(Text, Option<Text>)>,
    folded: HashMap<Text, Fold>,
    hash_keys: HashKeys,
    unfold: bool,
}

#[derive(Debug, Default, Clone, Copy)]
struct Fold {
    values: u32,
    pods: u32,
    ready: u32,
}

/// One row of the labels pane.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LabelRow<'a> {
    /// The key.
    pub key: &'a Text,
    /// The value; `None` for the one row of a folded key.
    pub value: Option<&'a Text>,
    /// How many values the row stands for.
    pub values: u32,
    /// Pods that have it.
    pub pods: u32,
    /// Ready ones among them.
    pub ready: u32,
}

/// Who selects by a label, as slots of their tables.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SelectedBy {
    /// Services whose selector has the pair and selects pods in scope.
    pub services: Vec<Slot>,
    /// Deployments whose `matchLabels` have the pair and match pods in scope.
    pub deployments: Vec<Slot>,
}

impl LabelCounts {
    /// A pod came into scope.
    pub fn add(&mut self, namespace: &Text, labels: &Labels, ready: bool) {
        self.add_pods(namespace, labels, 1, u32::from(ready), true);
    }

    /// A pod left the scope.
    pub fn remove(&mut self, namespace: &Text, labels: &Labels, ready: bool) {
        let Self { sets, rows, folded, hash_keys, unfold } = self;
        let ready = u32::from(ready);
        sets.remove_with(namespace, labels, 1, ready, |pair, change| {
            let key = &pair.key_value.0;
            let folds = !*unfold && hash_keys.has(&pair.key_value.0);
            let mut row_gone = change == PairChange::Vanished;
            if folds && let Some(fold) = folded.get_mut(key) {
                fold.pods = fold.pods.saturating_sub(1);
                fold.ready = fold.ready.saturating_sub(ready);
                fold.values -= u32::from(change == PairChange::Vanished);
                row_gone = fold.values == 0;
                if row_gone {
                    folded.remove(key);
                }
            }
            if row_gone && let Ok(at) = rows.binary_search(&row_of(pair, folds)) {
                rows.remove(at);
            }
        });
    }

    fn add_pods(&mut self, namespace: &Text, labels: &Labels, pods: u32, ready: u32, in_place: bool) {
        let Self { sets, rows, folded, hash_keys, unfold } = self;
        sets.add_with(namespace, labels, pods, ready, |pair, change| {
            let folds = !*unfold && hash_keys.has(&pair.key_value.0);
            let mut row_new = change == PairChange::Appeared;
            if folds {
                let fold = folded.entry(pair.key_value.0.clone()).or_default();
                row_new = fold.values == 0;
                fold.values += u32::from(change == PairChange::Appeared);
                fold.pods += pods;
                fold.ready += ready;
            }
            if !row_new {
                return;
            }
            let row = row_of(pair, folds);
            if !in_place {
                rows.push(row);
            } else if let Err(at) = rows.binary_search(&row) {
                rows.insert(at, row);
            }
        });
    }

    /// Counts again from label sets with pods and ready pods (of the whole table: `Indexes::pods`).
    pub fn recount<'a>(&mut self, sets: impl IntoIterator<Item = (&'a Text, &'a Labels, u32, u32)>) {
        let (unfold, hash_keys) = (self.unfold, self.hash_keys.clone());
        *self = Self { hash_keys, unfold, ..Self::default() };
        for (namespace, labels, pods, ready) in sets {
            if pods > 0 {
                self.add_pods(namespace, labels, pods, ready, false);
            }
        }
        self.rows.sort_unstable();
    }

    /// Counts again from the rows of a view of pods.
    pub fn recount_rows(&mut self, slots: &[Slot], pods: &Table) {
        let rows = slots.iter().filter_map(|slot| counted(pods.get(*slot)?));
        self.recount(rows.map(|(namespace, labels, ready)| (namespace, labels, 1, u32::from(ready))));
    }

    /// Follows a view of pods: what [`crate::model::view::View::apply`] answered to `deltas`. True when a count changed.
    pub fn apply(&mut self, memberships: &[Membership], deltas: &[Delta], pods: &Table) -> bool {
        let mut changed = false;
        for (membership, delta) in memberships.iter().zip(deltas) {
            let new = pods.get(membership.slot);
            let old = delta.old.as_ref().or(new);
            let was = old.filter(|_| membership.was).and_then(counted);
            let is = new.filter(|_| membership.is).and_then(counted);
            if was == is {
                continue;
            }
            changed = true;
            // First in, then out: a pair that both have does not lose its row in between.
            if let Some((namespace, labels, ready)) = is {
                self.add(namespace, labels, ready);
            }
            if let Some((namespace, labels, ready)) = was {
                self.remove(namespace, labels, ready);
            }
        }
        changed
    }

    /// Nothing counted, with these keys folded.
    pub fn new(hash_keys: HashKeys) -> Self {
        Self { hash_keys, ..Self::default() }
    }

    /// The keys that are folded.
    pub fn hash_keys(&self) -> &HashKeys {
        &self.hash_keys
    }

    /// Shows hash labels value by value, or folds them again.
    pub fn set_unfolded(&mut self, unfold: bool) {
        if self.unfold != unfold {
            self.unfold = unfold;
            let sets = std::mem::take(&mut self.sets);
            self.recount(sets.iter().map(|(_, set)| (&set.namespace, &set.labels, set.pods, set.ready)));
        }
    }

    /// Whether hash labels are shown value by value.
    pub fn unfolded(&self) -> bool {
        self.unfold
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// A row.
    pub fn row(&self, at: usize) -> Option<LabelRow<'_>> {
        let (key, value) = self.rows.get(at)?;
        let (values, pods, ready) = match value {
            Some(value) => {
                let pair = self.sets.pair(&(key.clone(), value.clone()))?;
                (1, pair.pods, pair.ready)
            }
            None => self.folded.get(key).map(|fold| (fold.values, fold.pods, fold.ready))?,
        };
        Some(LabelRow { key, value: value.as_ref(), values, pods, ready })
    }

    /// Where a row is; without a value: the row of a folded key.
    pub fn position(&self, key: &Text, value: Option<&Text>) -> Option<usize> {
        self.rows.binary_search_by(|(k, v)| (k, v.as_ref()).cmp(&(key, value))).ok()
    }

    /// The label sets in scope.
    pub fn sets(&self) -> &LabelSets {
        &self.sets
    }

    /// Who selects by a pair: only what also selects pods in scope.
    pub fn selected_by(&self, pair: &(Text, Text), indexes: &Indexes) -> SelectedBy {
        let selecting = |selectors: &crate::model::relations::Selectors| {
            let mut slots: Vec<Slot> = selectors
                .with_pair(pair)
                .filter(|(_, namespace, selector)| self.sets.any_matches(namespace, selector))
                .map(|(slot, ..)| slot)
                .collect();
            slots.sort_unstable();
            slots
        };
        SelectedBy { services: selecting(&indexes.services), deployments: selecting(&indexes.deployments) }
    }
}

fn row_of(pair: &Pair, folds: bool) -> (Text, Option<Text>) {
    (pair.key_value.0.clone(), (!folds).then(|| pair.key_value.1.clone()))
}

/// What is counted of a pod.
fn counted(record: &Record) -> Option<(&Text, &Labels, bool)> {
    match record {
        Record::Pod(pod) => Some((&pod.meta.namespace, &pod.meta.labels, pod.is_ready)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::record::Kind;
    use crate::model::sample::{deployment, labels, service};
    use crate::model::table::Table;

    fn rows(counts: &LabelCounts) -> Vec<String> {
        (0..counts.len())
            .map(|at| {
                let row = counts.row(at).unwrap();
                assert_eq!(counts.position(row.key, row.value), Some(at));
                let value = row.value.map_or_else(|| format!("({})", row.values), ToString::to_string);
                format!("{}={value} {}/{}", row.key, row.ready, row.pods)
            })
            .collect()
    }

    #[test]
    fn counts_folds_and_unfolds() {
        let ns: Text = "ns".into();
        let mut counts = LabelCounts::default();
        counts.add(&ns, &labels("label=blue,app=api,pod-template-hash=1"), true);
        counts.add(&ns, &labels("label=blue,app=api,pod-template-hash=1"), false);
        counts.add(&ns, &labels("label=green,app=api,pod-template-hash=2"), true);
        assert_eq!(
            rows(&counts),
            ["app=api 2/3", "label=blue 1/2", "label=green 1/1", "pod-template-hash=(2) 2/3"]
        );
        counts.set_unfolded(true);
        assert_eq!(
            rows(&counts),
            [
                "app=api 2/3",
                "label=blue 1/2",
                "label=green 1/1",
                "pod-template-hash=1 1/2",
                "pod-template-hash=2 1/1"
            ]
        );
        counts.set_unfolded(false);
        counts.remove(&ns, &labels("label=green,app=api,pod-template-hash=2"), true);
        assert_eq!(rows(&counts), ["app=api 1/2", "label=blue 1/2", "pod-template-hash=(1) 1/2"]);
        counts.remove(&ns, &labels("label=blue,app=api,pod-template-hash=1"), true);
        counts.remove(&ns, &labels("label=blue,app=api,pod-template-hash=1"), false);
        assert!(counts.is_empty(), "{:?}", rows(&counts));
    }

    #[test]
    fn tells_who_selects_pods_in_scope() {
        let mut services = Table::new(Kind::Service);
        let mut deployments = Table::new(Kind::Deployment);
        let mut indexes = Indexes::default();
        for record in [
            service(1, "ns", "api", "app=api"),
            service(2, "ns", "green", "app=api,label=green"),
            service(3, "other", "api", "app=api"),
            service(4, "ns", "db", "app=db"),
        ] {
            let delta = services.upsert(record).unwrap();
            indexes.apply(&delta, &services);
        }
        let delta =
            deployments.upsert(deployment(9, "ns", "blue", "app=api,label=blue", "app=api,label=blue"));
        indexes.apply(&delta.unwrap(), &deployments);
        let mut counts = LabelCounts::default();
        counts.add(&"ns".into(), &labels("app=api,label=blue"), true);
        let who = counts.selected_by(&("app".into(), "api".into()), &indexes);
        assert_eq!(
            who,
            SelectedBy { services: vec![0], deployments: vec![0] },
            "green selects nothing in scope"
        );
        assert_eq!(counts.selected_by(&("label".into(), "green".into()), &indexes), SelectedBy::default());
        counts.add(&"ns".into(), &labels("app=api,label=green"), true);
        let who = counts.selected_by(&("label".into(), "green".into()), &indexes);
        assert_eq!(who, SelectedBy { services: vec![1], deployments: vec![] });
    }
}
