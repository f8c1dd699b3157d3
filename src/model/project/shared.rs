//! What the records of one projection share: strings, label sets, image lists, owners. Equal values exist once.

use std::borrow::Borrow;
use std::hash::Hash;
use std::sync::Arc;

use super::lax::Pairs;
use super::wire::{self, Container, Str};
use hashbrown::HashSet;

use crate::model::quantity::Quantity;
use crate::model::record::{Amounts, Image, Labels, Meta, Owner};
use crate::model::text::{Interner, Text, clean};
use crate::model::uid::Uid;

/// The pools.
#[derive(Debug, Default)]
pub(super) struct Shared {
    texts: Interner,
    labels: Pool<[(Text, Text)]>,
    images: Pool<[Image]>,
    owners: Pool<Owner>,
}

/// Shared values of one type; forgets those that nobody else holds.
#[derive(Debug)]
struct Pool<T: ?Sized> {
    known: HashSet<Arc<T>>,
    prune_at: usize,
}

impl<T: ?Sized> Default for Pool<T> {
    fn default() -> Self {
        Self { known: HashSet::new(), prune_at: 0 }
    }
}

impl<T: ?Sized + Hash + Eq> Pool<T> {
    fn share<V>(&mut self, value: V) -> Arc<T>
    where
        V: Borrow<T> + Into<Arc<T>>,
    {
        if let Some(known) = self.known.get(value.borrow()) {
            return known.clone();
        }
        if self.known.len() >= self.prune_at.max(1024) {
            self.known.retain(|known| Arc::strong_count(known) > 1);
            self.prune_at = self.known.len() * 2;
        }
        let shared: Arc<T> = value.into();
        self.known.insert(shared.clone());
        shared
    }
}

impl Shared {
    /// The cleaned, shared form of a string that many records have.
    pub(super) fn text(&mut self, raw: &str) -> Text {
        self.texts.text(raw)
    }

    /// The same for a list of parts; `<none>` when there are none, as kubectl prints it.
    pub(super) fn joined<'a>(&mut self, parts: impl Iterator<Item = Str<'a>>) -> Text {
        let parts: Vec<Str<'_>> = parts.collect();
        if parts.is_empty() { self.text("<none>") } else { self.text(&parts.join(",")) }
    }

    /// A label set, sorted by key.
    pub(super) fn labels(&mut self, pairs: &Pairs<'_>) -> Labels {
        let mut set: Vec<(Text, Text)> =
            pairs.0.iter().map(|(key, value)| (self.texts.text(key), self.texts.text(value))).collect();
        set.sort_unstable();
        self.labels.share(set)
    }

    /// Names and images of containers.
    pub(super) fn images(&mut self, containers: &[Container<'_>]) -> Arc<[Image]> {
        let images: Vec<Image> = containers
            .iter()
            .map(|c| Image {
                container: self.texts.text(&c.name),
                image: self.texts.text(&c.image),
                requests: amounts(&c.resources.requests),
                limits: amounts(&c.resources.limits),
                ports: (c.ports.iter().filter(|port| !port.name.is_empty()))
                    .map(|port| self.texts.text(&port.name))
                    .collect(),
            })
            .collect();
        self.images.share(images)
    }

    /// The common part.
    pub(super) fn meta(&mut self, meta: &wire::Meta<'_>) -> Meta {
        let owner = meta.owners.iter().find(|owner| owner.controller).map(|owner| {
            let owner = Owner {
                kind: self.texts.text(&owner.kind),
                name: self.texts.text(&owner.name),
                uid: Uid::new(&owner.uid),
            };
            self.owners.share(owner)
        });
        Meta {
            uid: Uid::new(&meta.uid),
            name: clean(&meta.name).into(),
            namespace: self.texts.text(&meta.namespace),
            labels: self.labels(&meta.labels),
            owner,
            created: meta.created.0.unwrap_or(0),
            deleting: meta.deleting.0,
            own: None,
        }
    }
}

/// Quantities as numbers; what is no quantity is none.
pub(super) fn amounts(raw: &wire::Amounts<'_>) -> Amounts {
    let of = |text: &str| Quantity::parse(text).unwrap_or_default();
    Amounts { cpu: of(&raw.cpu).nano(), memory: of(&raw.memory).ones() }
}

/// A count of the API as a small number: negative ones are 0.
pub(super) fn small(value: i64) -> u32 {
    u32::try_from(value.max(0)).unwrap_or(u32::MAX)
}
