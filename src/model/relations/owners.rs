//! Owner to owned.

use hashbrown::HashMap;

use crate::model::table::Slot;
use crate::model::uid::Uid;

/// The rows of a table by the UID of their controller.
#[derive(Debug, Default)]
pub struct Owners {
    owned: HashMap<Uid, Vec<Slot>>,
}

impl Owners {
    /// A row has another controller than before.
    pub(super) fn change(&mut self, slot: Slot, old: Option<&Uid>, new: Option<&Uid>) {
        if old == new {
            return;
        }
        if let Some(old) = old
            && let Some(slots) = self.owned.get_mut(old)
        {
            if let Some(at) = slots.iter().position(|known| *known == slot) {
                slots.swap_remove(at);
            }
            if slots.is_empty() {
                self.owned.remove(old);
            }
        }
        if let Some(new) = new {
            self.owned.entry(new.clone()).or_default().push(slot);
        }
    }

    /// What a controller owns.
    pub fn owned(&self, owner: &Uid) -> &[Slot] {
        self.owned.get(owner).map_or(&[], Vec::as_slice)
    }

    /// How many controllers are known.
    pub fn len(&self) -> usize {
        self.owned.len()
    }

    /// Whether none is known.
    pub fn is_empty(&self) -> bool {
        self.owned.is_empty()
    }
}
