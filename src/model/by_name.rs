//! Where the objects of a kind are in their table, by namespace and name: for what is told of them by their names.

use hashbrown::HashMap;

use super::record::Meta;
use super::table::Slot;
use super::text::Text;

/// Slots by namespace and name.
#[derive(Debug, Default)]
pub struct ByName {
    slots: HashMap<Text, HashMap<Box<str>, Slot>>,
}

impl ByName {
    /// Where an object is.
    pub fn get(&self, namespace: &str, name: &str) -> Option<Slot> {
        self.slots.get(namespace)?.get(name).copied()
    }

    /// An object is there.
    pub fn insert(&mut self, meta: &Meta, slot: Slot) {
        self.slots.entry(meta.namespace.clone()).or_default().insert(meta.name.clone(), slot);
    }

    /// An object is gone from a slot. One that was made anew under the same name stays.
    pub fn remove(&mut self, meta: &Meta, slot: Slot) {
        let Some(names) = self.slots.get_mut(&meta.namespace) else { return };
        if names.get(&meta.name) == Some(&slot) {
            names.remove(&meta.name);
        }
        if names.is_empty() {
            self.slots.remove(&meta.namespace);
        }
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        self.slots.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::sample::meta;

    #[test]
    fn a_name_leads_to_the_newest() {
        let mut index = ByName::default();
        let (first, second) = (meta(1, "ns", "a"), meta(2, "ns", "a"));
        index.insert(&first, 3);
        assert_eq!((index.get("ns", "a"), index.get("other", "a")), (Some(3), None));
        // Made anew before the end of the old one was told.
        index.insert(&second, 4);
        index.remove(&first, 3);
        assert_eq!(index.get("ns", "a"), Some(4));
        index.remove(&second, 4);
        assert!(index.get("ns", "a").is_none() && index.slots.is_empty());
    }
}
