//! Label pairs to the selectors that name them.

use hashbrown::HashMap;

use crate::model::labels::{contains_all, value_of};
use crate::model::record::Labels;
use crate::model::table::Slot;
use crate::model::text::Text;

/// The selectors of a table's rows (services, deployments), found by any of their pairs.
#[derive(Debug, Default)]
pub struct Selectors {
    known: HashMap<Slot, (Text, Labels)>,
    by_pair: HashMap<(Text, Text), Vec<Slot>>,
}

impl Selectors {
    /// A row has this namespace and selector now; an empty selector selects nothing.
    pub(super) fn change(&mut self, slot: Slot, new: Option<(&Text, &Labels)>) {
        if let (Some((namespace, selector)), Some((known, old))) = (new, self.known.get(&slot))
            && namespace == known
            && selector == old
        {
            return;
        }
        if let Some((_, old)) = self.known.remove(&slot) {
            for pair in old.iter() {
                if let Some(slots) = self.by_pair.get_mut(pair) {
                    slots.retain(|known| *known != slot);
                    if slots.is_empty() {
                        self.by_pair.remove(pair);
                    }
                }
            }
        }
        if let Some((namespace, selector)) = new.filter(|(_, selector)| !selector.is_empty()) {
            for pair in selector.iter() {
                self.by_pair.entry(pair.clone()).or_default().push(slot);
            }
            self.known.insert(slot, (namespace.clone(), selector.clone()));
        }
    }

    /// The selectors that name a pair: slot, namespace, selector.
    pub fn with_pair(&self, pair: &(Text, Text)) -> impl Iterator<Item = (Slot, &Text, &Labels)> {
        let slots = self.by_pair.get(pair).map_or(&[][..], Vec::as_slice);
        slots
            .iter()
            .filter_map(|slot| self.known.get(slot).map(|(namespace, selector)| (*slot, namespace, selector)))
    }

    /// The rows whose selector selects pods with these labels in this namespace.
    pub fn selecting(&self, namespace: &str, labels: &Labels) -> Vec<Slot> {
        let candidates = labels.iter().flat_map(|pair| {
            // Each selector is looked at once: from its first pair.
            self.with_pair(pair).filter(move |(_, _, selector)| selector.first() == Some(pair))
        });
        let mut slots: Vec<Slot> = candidates
            .filter(|(_, known, selector)| known.as_ref() == namespace && contains_all(labels, selector))
            .map(|(slot, ..)| slot)
            .collect();
        slots.sort_unstable();
        slots
    }

    /// The selector of a row; `None` when it has none.
    pub fn get(&self, slot: Slot) -> Option<&Labels> {
        self.known.get(&slot).map(|(_, selector)| selector)
    }

    /// The rows whose selector asks for a key with any value.
    pub fn with_key<'a>(&'a self, key: &'a str) -> impl Iterator<Item = Slot> + 'a {
        self.known
            .iter()
            .filter(move |(_, (_, labels))| value_of(labels, key).is_some())
            .map(|(slot, _)| *slot)
    }
}
