//! Ready endpoints of services, summed over their EndpointSlices.
//!
//! Sorting services asks for them often, so the sum is kept and asking allocates nothing.

use hashbrown::HashMap;

use super::record::EndpointSlice;
use super::text::Text;
use super::uid::Uid;

/// Ready and all endpoints by service.
///
/// A service with two address families has slices for each, with the same pods; the family with more endpoints counts.
#[derive(Debug, Default)]
pub struct Endpoints {
    by_namespace: HashMap<Text, HashMap<Text, Slices>>,
}

/// Endpoints that are ready, of how many.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, PartialOrd, Ord)]
pub struct Count {
    /// Ready ones.
    pub ready: u32,
    /// All.
    pub total: u32,
}

/// The slices of one service: whose, of which address family, how many.
#[derive(Debug, Default)]
struct Slices {
    slices: Vec<(Uid, Text, Count)>,
    sum: Count,
}

impl Slices {
    fn add_up(&mut self) {
        let mut families: Vec<(&Text, Count)> = Vec::new();
        for (_, family, count) in &self.slices {
            match families.iter_mut().find(|(known, _)| *known == family) {
                Some((_, sum)) => {
                    sum.ready = sum.ready.saturating_add(count.ready);
                    sum.total = sum.total.saturating_add(count.total);
                }
                None => families.push((family, *count)),
            }
        }
        self.sum = families
            .into_iter()
            .map(|(_, count)| count)
            .max_by_key(|count| (count.total, count.ready))
            .unwrap_or_default();
    }
}

impl Endpoints {
    /// The endpoints of a service; `None` when no slice is known.
    pub fn of(&self, namespace: &str, service: &str) -> Option<Count> {
        self.by_namespace.get(namespace)?.get(service).map(|slices| slices.sum)
    }

    /// Whether no slice is known at all.
    pub fn is_empty(&self) -> bool {
        self.by_namespace.is_empty()
    }

    /// A slice is there, new or changed. One that belonged to another service before is to be removed first.
    pub fn insert(&mut self, slice: &EndpointSlice) {
        let count = Count { ready: slice.ready, total: slice.total };
        let services = self.by_namespace.entry(slice.meta.namespace.clone()).or_default();
        let known = services.entry(slice.service.clone()).or_default();
        known.slices.retain(|(uid, ..)| *uid != slice.meta.uid);
        known.slices.push((slice.meta.uid.clone(), slice.address_type.clone(), count));
        known.add_up();
    }

    /// A slice is gone.
    pub fn remove(&mut self, slice: &EndpointSlice) {
        let Some(services) = self.by_namespace.get_mut(&slice.meta.namespace) else { return };
        if let Some(known) = services.get_mut(&slice.service) {
            known.slices.retain(|(uid, ..)| *uid != slice.meta.uid);
            known.add_up();
            if known.slices.is_empty() {
                services.remove(&slice.service);
            }
        }
        if services.is_empty() {
            self.by_namespace.remove(&slice.meta.namespace);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::record::Record;
    use crate::model::sample;

    fn slice(id: u128, service: &str, family: &str, ready: u32, total: u32) -> EndpointSlice {
        match sample::slice(id, "ns", service, ready, total) {
            Record::EndpointSlice(slice) => EndpointSlice { address_type: family.into(), ..*slice },
            _ => unreachable!(),
        }
    }

    #[test]
    fn sums_slices_of_a_family_and_takes_the_larger_family() {
        let mut endpoints = Endpoints::default();
        assert_eq!(endpoints.of("ns", "web"), None);
        for slice in [
            slice(1, "web", "IPv4", 2, 3),
            slice(2, "web", "IPv4", 1, 1),
            slice(3, "web", "IPv6", 1, 3),
            slice(4, "other", "IPv4", 9, 9),
        ] {
            endpoints.insert(&slice);
        }
        assert_eq!(endpoints.of("ns", "web"), Some(Count { ready: 3, total: 4 }));
        endpoints.insert(&slice(2, "web", "IPv4", 0, 1));
        assert_eq!(endpoints.of("ns", "web"), Some(Count { ready: 2, total: 4 }));
        endpoints.remove(&slice(1, "web", "IPv4", 0, 0));
        assert_eq!(endpoints.of("ns", "web"), Some(Count { ready: 1, total: 3 }), "now IPv6 has more");
        endpoints.remove(&slice(2, "web", "IPv4", 0, 0));
        endpoints.remove(&slice(3, "web", "IPv6", 0, 0));
        assert_eq!(endpoints.of("ns", "web"), None);
        assert_eq!(endpoints.of("other", "other"), None);
        assert_eq!(endpoints.of("ns", "other"), Some(Count { ready: 9, total: 9 }));
    }
}
