//! Distinct label sets: pods of one template have one, so questions about labels are asked of sets, not of pods.
//!
//! Each set knows how many pods have it, each `key=value` knows the sets that hold it. Adding a pod of a known set
//! costs one look-up and a few additions.

use std::hash::BuildHasher;

use hashbrown::{DefaultHashBuilder, HashTable};

use super::contains_all;
use crate::model::record::Labels;
use crate::model::text::Text;

/// A label set; the number is used again when the set is gone.
pub type SetId = u32;

type PairId = u32;

/// Counted label sets of pods by namespace.
#[derive(Debug, Default)]
pub struct LabelSets {
    sets: Vec<Option<LabelSet>>,
    free_sets: Vec<SetId>,
    by_labels: HashTable<SetId>,
    pairs: Vec<Option<Pair>>,
    free_pairs: Vec<PairId>,
    by_pair: HashTable<PairId>,
    hasher: DefaultHashBuilder,
}

/// One label set.
#[derive(Debug)]
pub struct LabelSet {
    /// Its namespace.
    pub namespace: Text,
    /// The labels.
    pub labels: Labels,
    /// Pods that have it.
    pub pods: u32,
    /// Ready ones among them.
    pub ready: u32,
    pairs: Box<[PairId]>,
}

/// One `key=value`.
#[derive(Debug)]
pub(super) struct Pair {
    pub(super) key_value: (Text, Text),
    pub(super) pods: u32,
    pub(super) ready: u32,
    sets: Vec<SetId>,
}

/// What happened to a `key=value` when pods came or went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PairChange {
    Appeared,
    Counted,
    Vanished,
}

impl LabelSets {
    /// More pods with these labels, so many of them ready.
    pub fn add(&mut self, namespace: &Text, labels: &Labels, pods: u32, ready: u32) -> SetId {
        self.add_with(namespace, labels, pods, ready, |_, _| {})
    }

    /// Fewer pods with these labels. `None` when there were none.
    pub fn remove(&mut self, namespace: &Text, labels: &Labels, pods: u32, ready: u32) -> Option<SetId> {
        self.remove_with(namespace, labels, pods, ready, |_, _| {})
    }

    /// As [`Self::add`]; `told` hears of each of the pairs.
    pub(super) fn add_with(
        &mut self,
        namespace: &Text,
        labels: &Labels,
        pods: u32,
        ready: u32,
        mut told: impl FnMut(&Pair, PairChange),
    ) -> SetId {
        let (id, new) = match self.id_of(namespace, labels) {
            Some(id) => (id, false),
            None => (self.insert_set(namespace, labels), true),
        };
        let Some(set) = self.sets[id as usize].as_mut() else { return id };
        set.pods += pods;
        set.ready += ready;
        for pair_id in &set.pairs {
            let Some(pair) = self.pairs[*pair_id as usize].as_mut() else { continue };
            let fresh = pair.sets.is_empty();
            if new {
                pair.sets.push(id);
            }
            pair.pods += pods;
            pair.ready += ready;
            told(pair, if fresh { PairChange::Appeared } else { PairChange::Counted });
        }
        id
    }

    /// As [`Self::remove`]; `told` hears of each of the pairs.
    pub(super) fn remove_with(
        &mut self,
        namespace: &Text,
        labels: &Labels,
        pods: u32,
        ready: u32,
        mut told: impl FnMut(&Pair, PairChange),
    ) -> Option<SetId> {
        let id = self.id_of(namespace, labels)?;
        let set = self.sets[id as usize].as_mut()?;
        set.pods = set.pods.saturating_sub(pods);
        set.ready = set.ready.saturating_sub(ready);
        let gone = set.pods == 0;
        let pair_ids = if gone { std::mem::take(&mut set.pairs) } else { set.pairs.clone() };
        for pair_id in &pair_ids {
            let Some(pair) = self.pairs[*pair_id as usize].as_mut() else { continue };
            pair.pods = pair.pods.saturating_sub(pods);
            pair.ready = pair.ready.saturating_sub(ready);
            if gone && let Some(at) = pair.sets.iter().position(|known| *known == id) {
                pair.sets.swap_remove(at);
            }
            if pair.sets.is_empty() {
                told(pair, PairChange::Vanished);
                self.forget_pair(*pair_id);
            } else {
                told(pair, PairChange::Counted);
            }
        }
        if gone {
            self.forget_set(id);
        }
        Some(id)
    }

    /// A set.
    pub fn get(&self, id: SetId) -> Option<&LabelSet> {
        self.sets.get(id as usize)?.as_ref()
    }

    /// The set with exactly these labels.
    pub fn id_of(&self, namespace: &str, labels: &Labels) -> Option<SetId> {
        let hash = self.hasher.hash_one((namespace, labels));
        let same = |id: &SetId| {
            self.get(*id).is_some_and(|set| set.namespace.as_ref() == namespace && set.labels == *labels)
        };
        self.by_labels.find(hash, same).copied()
    }

    /// All sets.
    pub fn iter(&self) -> impl Iterator<Item = (SetId, &LabelSet)> {
        self.sets.iter().enumerate().filter_map(|(id, set)| Some((id as SetId, set.as_ref()?)))
    }

    /// The sets of a namespace (`None`: of all) that a selector selects; none for an empty selector.
    pub fn matching<'a>(
        &'a self,
        namespace: Option<&'a str>,
        selector: &'a [(Text, Text)],
    ) -> impl Iterator<Item = SetId> + 'a {
        // The rarest pair leaves the fewest sets to look at.
        let rarest = selector
            .iter()
            .map(|pair| self.pair(pair).map_or(&[][..], |known| &known.sets[..]))
            .min_by_key(|sets| sets.len())
            .unwrap_or_default();
        rarest.iter().copied().filter(move |id| {
            self.get(*id).is_some_and(|set| {
                namespace.is_none_or(|namespace| namespace == set.namespace.as_ref())
                    && contains_all(&set.labels, selector)
            })
        })
    }

    /// Whether a selector selects any of the sets of a namespace.
    pub fn any_matches(&self, namespace: &str, selector: &[(Text, Text)]) -> bool {
        self.matching(Some(namespace), selector).next().is_some()
    }

    /// Whether both hold the same sets, whatever the counts.
    pub fn same_sets(&self, other: &Self) -> bool {
        self.by_labels.len() == other.by_labels.len()
            && self.iter().all(|(_, set)| other.id_of(&set.namespace, &set.labels).is_some())
    }

    pub(super) fn pair(&self, pair: &(Text, Text)) -> Option<&Pair> {
        self.pair_id(pair).and_then(|id| self.pairs[id as usize].as_ref())
    }

    fn pair_id(&self, pair: &(Text, Text)) -> Option<PairId> {
        let hash = self.hasher.hash_one(pair);
        let same =
            |id: &PairId| self.pairs[*id as usize].as_ref().is_some_and(|known| known.key_value == *pair);
        self.by_pair.find(hash, same).copied()
    }

    fn insert_set(&mut self, namespace: &Text, labels: &Labels) -> SetId {
        let pairs = labels.iter().map(|pair| self.pair_id(pair).unwrap_or_else(|| self.insert_pair(pair)));
        let pairs: Box<[PairId]> = pairs.collect();
        let set = LabelSet { namespace: namespace.clone(), labels: labels.clone(), pods: 0, ready: 0, pairs };
        let id = store(&mut self.sets, &mut self.free_sets, set);
        let (sets, hasher) = (&self.sets, &self.hasher);
        self.by_labels.insert_unique(hasher.hash_one((namespace.as_ref(), labels)), id, |id| {
            sets[*id as usize]
                .as_ref()
                .map_or(0, |set| hasher.hash_one((set.namespace.as_ref(), &set.labels)))
        });
        id
    }

    fn insert_pair(&mut self, pair: &(Text, Text)) -> PairId {
        let known = Pair { key_value: pair.clone(), pods: 0, ready: 0, sets: Vec::new() };
        let id = store(&mut self.pairs, &mut self.free_pairs, known);
        let (pairs, hasher) = (&self.pairs, &self.hasher);
        self.by_pair.insert_unique(hasher.hash_one(pair), id, |id| {
            pairs[*id as usize].as_ref().map_or(0, |known| hasher.hash_one(&known.key_value))
        });
        id
    }

    fn forget_pair(&mut self, id: PairId) {
        if let Some(pair) = self.pairs[id as usize].take() {
            if let Ok(entry) =
                self.by_pair.find_entry(self.hasher.hash_one(&pair.key_value), |known| *known == id)
            {
                entry.remove();
            }
            self.free_pairs.push(id);
        }
    }

    fn forget_set(&mut self, id: SetId) {
        if let Some(set) = self.sets[id as usize].take() {
            let hash = self.hasher.hash_one((set.namespace.as_ref(), &set.labels));
            if let Ok(entry) = self.by_labels.find_entry(hash, |known| *known == id) {
                entry.remove();
            }
            self.free_sets.push(id);
        }
    }
}

fn store<T>(slab: &mut Vec<Option<T>>, free: &mut Vec<u32>, value: T) -> u32 {
    if let Some(id) = free.pop() {
        slab[id as usize] = Some(value);
        id
    } else {
        slab.push(Some(value));
        (slab.len() - 1) as u32
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::sample::labels;

    #[test]
    fn counts_and_forgets() {
        let (ns, other): (Text, Text) = ("ns".into(), "other".into());
        let mut sets = LabelSets::default();
        let web = sets.add(&ns, &labels("app=web,track=stable"), 1, 1);
        assert_eq!(sets.add(&ns, &labels("app=web,track=stable"), 1, 0), web);
        let canary = sets.add(&ns, &labels("app=web,track=canary"), 1, 1);
        let elsewhere = sets.add(&other, &labels("app=web,track=stable"), 1, 1);
        sets.add(&ns, &labels(""), 1, 1);
        assert_eq!((sets.get(web).unwrap().pods, sets.get(web).unwrap().ready), (2, 1));
        let found = |sets: &LabelSets, namespace, selector: &str| {
            let selector = labels(selector);
            let mut found: Vec<_> = sets.matching(namespace, &selector).collect();
            found.sort_unstable();
            found
        };
        assert_eq!(found(&sets, Some("ns"), "app=web"), [web, canary]);
        assert_eq!(found(&sets, Some("ns"), "app=web,track=canary"), [canary]);
        assert_eq!(found(&sets, None, "app=web,track=stable"), [web, elsewhere]);
        assert!(found(&sets, Some("ns"), "").is_empty(), "an empty selector selects nothing");
        assert!(found(&sets, Some("ns"), "app=web,none=x").is_empty());
        let pair = sets.pair(&("app".into(), "web".into())).unwrap();
        assert_eq!((pair.pods, pair.ready), (4, 3));

        assert_eq!(sets.remove(&ns, &labels("app=web,track=canary"), 1, 1), Some(canary));
        assert_eq!(sets.remove(&ns, &labels("app=web,track=canary"), 1, 1), None);
        assert!(sets.pair(&("track".into(), "canary".into())).is_none());
        assert_eq!(found(&sets, Some("ns"), "app=web"), [web]);
        assert_eq!(sets.add(&ns, &labels("x=y"), 1, 1), canary, "its number is used again");
        assert_eq!(found(&sets, Some("ns"), "x=y"), [canary]);
    }
}
