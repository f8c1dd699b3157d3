//! Label sets to the rows that have them.

use crate::model::labels::LabelSets;
use crate::model::record::Labels;
use crate::model::table::Slot;
use crate::model::text::Text;

/// The rows of a table by namespace and label set.
#[derive(Debug, Default)]
pub struct Groups {
    /// The sets, counted.
    pub sets: LabelSets,
    /// The rows of each set, by its number.
    members: Vec<Vec<Slot>>,
}

type Member<'a> = (&'a Text, &'a Labels, bool);

impl Groups {
    /// A row has other labels, or another readiness, than before.
    pub(super) fn change(&mut self, slot: Slot, old: Option<Member<'_>>, new: Option<Member<'_>>) {
        if old == new {
            return;
        }
        // First in, then out: a set that the row keeps keeps its number.
        let into =
            new.map(|(namespace, labels, ready)| self.sets.add(namespace, labels, 1, u32::from(ready)));
        let out = old
            .and_then(|(namespace, labels, ready)| self.sets.remove(namespace, labels, 1, u32::from(ready)));
        if into == out {
            return;
        }
        if let Some(slots) = out.and_then(|id| self.members.get_mut(id as usize)) {
            if let Some(at) = slots.iter().position(|known| *known == slot) {
                slots.swap_remove(at);
            }
            if slots.is_empty() {
                *slots = Vec::new();
            }
        }
        if let Some(id) = into {
            if self.members.len() <= id as usize {
                self.members.resize_with(id as usize + 1, Vec::new);
            }
            self.members[id as usize].push(slot);
        }
    }

    /// The rows of a namespace (`None`: of all) that a selector selects, in no particular order.
    pub fn selected(&self, namespace: Option<&str>, selector: &[(Text, Text)]) -> Vec<Slot> {
        let sets = self.sets.matching(namespace, selector);
        sets.filter_map(|id| self.members.get(id as usize)).flatten().copied().collect()
    }
}
