//! Ready endpoints of services, summed over their EndpointSlices.

use std::collections::HashMap;

use super::record::EndpointSlice;
use super::text::Text;
use super::uid::Uid;

/// Ready and all endpoints by service.
///
/// A service with two address families has slices for each, with the same pods; the family with more endpoints counts.
#[derive(Debug, Default)]
pub struct Endpoints {
    slices: HashMap<(Text, Text), Vec<(Uid, Text, Count)>>,
}

/// Endpoints that are ready, of how many.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, PartialOrd, Ord)]
pub struct Count {
    /// Ready ones.
    pub ready: u32,
    /// All.
    pub total: u32,
}

impl Endpoints {
    /// The endpoints of a service; `None` when no slice is known.
    pub fn of(&self, namespace: &Text, service: &str) -> Option<Count> {
        let slices = self.slices.get(&(namespace.clone(), Text::from(service)))?;
        let mut families: Vec<(&Text, Count)> = Vec::new();
        for (_, family, count) in slices {
            match families.iter_mut().find(|(known, _)| *known == family) {
                Some((_, sum)) => {
                    sum.ready += count.ready;
                    sum.total += count.total;
                }
                None => families.push((family, *count)),
            }
        }
        families.into_iter().map(|(_, count)| count).max_by_key(|count| (count.total, count.ready))
    }

    /// A slice is there, new or changed.
    pub fn insert(&mut self, slice: &EndpointSlice) {
        self.remove(slice);
        let count = Count { ready: slice.ready, total: slice.total };
        self.slices.entry((slice.meta.namespace.clone(), slice.service.clone())).or_default().push((
            slice.meta.uid.clone(),
            slice.address_type.clone(),
            count,
        ));
    }

    /// A slice is gone.
    pub fn remove(&mut self, slice: &EndpointSlice) {
        let key = (slice.meta.namespace.clone(), slice.service.clone());
        if let Some(slices) = self.slices.get_mut(&key) {
            slices.retain(|(uid, ..)| *uid != slice.meta.uid);
            if slices.is_empty() {
                self.slices.remove(&key);
            }
        }
    }
}
