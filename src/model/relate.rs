//! What an object has to do with others, both ways: owners and owned, uses and used by, selects and selected by, routes.
//!
//! Pure: the object and the lists around it in, edges out. [`wanted`] says which lists are needed, so that no more is read;
//! what could not be read is named, and nothing is claimed of it. Of Secrets and ConfigMaps only names are looked at.

mod owners;
mod routes;
mod selects;
mod uses;
mod wanted;

use std::collections::BTreeSet;

use serde_json::Value;

use super::json::{name, text, uid};
use super::resource::Resource;
use super::text::clean;

pub use uses::{Use, of as uses};
pub use wanted::{Wanted, wanted};

/// How one object stands to another, as seen from the first. In the order in which they are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Way {
    /// The other is in its `ownerReferences`.
    OwnedBy,
    /// It is in the `ownerReferences` of the other.
    Owns,
    /// It names the other.
    Uses,
    /// The other names it.
    UsedBy,
    /// Its selector selects the other.
    Selects,
    /// The other's selector selects it.
    SelectedBy,
    /// Requests go from it to the other.
    RoutesTo,
    /// Requests come to it from the other.
    RoutedFrom,
}

impl Way {
    /// In words, before the other's kind and name.
    pub fn word(self) -> &'static str {
        match self {
            Self::OwnedBy => "owned by",
            Self::Owns => "owns",
            Self::Uses => "uses",
            Self::UsedBy => "used by",
            Self::Selects => "selects",
            Self::SelectedBy => "selected by",
            Self::RoutesTo => "routes to",
            Self::RoutedFrom => "routed from",
        }
    }
}

/// An object by name.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Named {
    /// Its API group; empty for the core group.
    pub group: String,
    /// Its kind.
    pub kind: String,
    /// Its namespace; empty for cluster-scoped objects.
    pub namespace: String,
    /// Its name.
    pub name: String,
}

/// Whether the other object is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Presence {
    /// It was seen.
    There,
    /// It is named, and is not there.
    Missing,
    /// The same, and whoever names it says that it need not be there.
    MissingOptional,
    /// It was not looked at.
    NotLooked,
}

/// A relation to another object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edge {
    /// How.
    pub way: Way,
    /// How many steps away: an owner's owner, what is owned by the owned.
    pub depth: usize,
    /// To which object.
    pub to: Named,
    /// Its UID; empty where it was not seen.
    pub uid: String,
    /// By what, cleaned: `env MESSAGE`; empty when the way says it all.
    pub words: String,
    /// Whether it is there.
    pub presence: Presence,
}

impl Edge {
    /// `uses ConfigMap qotd (env MESSAGE)`.
    pub fn title(&self) -> String {
        let Self { way, to, words, presence, .. } = self;
        let words = if words.is_empty() { String::new() } else { format!(" ({words})") };
        let missing = match presence {
            Presence::Missing => " is missing",
            Presence::MissingOptional => " is not there, and need not be",
            Presence::There | Presence::NotLooked => "",
        };
        format!("{} {} {}{words}{missing}", way.word(), to.kind, to.name)
    }
}

/// What was read for the relations of one object.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Around {
    /// The object itself.
    pub object: Value,
    /// Owners, the nearest first: the reference, and the owner's metadata or why it was not seen.
    pub owners: Vec<Owner>,
    /// The lists that were asked for.
    pub lists: Vec<(Wanted, Read)>,
}

/// One of the owners above an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owner {
    /// How far above.
    pub depth: usize,
    /// The `ownerReferences` entry.
    pub reference: Value,
    /// Whether it was seen.
    pub presence: Presence,
    /// Why it was not looked at.
    pub why: String,
}

/// A list, as it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Read {
    /// Its objects; true: there are more than were read.
    Known(Vec<Value>, bool),
    /// The server has no such resource.
    NotServed,
    /// Why it was not read.
    Not(String),
}

/// All relations of one object.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Relations {
    /// Them, in the order in which they are shown.
    pub edges: Vec<Edge>,
    /// What was not looked at, with the reason.
    pub not_looked: Vec<String>,
}

/// One object, and what was read around it.
struct Seen<'a> {
    resource: &'a Resource,
    around: &'a Around,
}

impl<'a> Seen<'a> {
    fn object(&self) -> &'a Value {
        &self.around.object
    }

    fn namespace(&self) -> &'a str {
        text(self.object(), "/metadata/namespace")
    }

    fn is(&self, resource: &Resource) -> bool {
        self.resource.kind == resource.kind && self.resource.group == resource.group
    }

    /// The objects of a resource; `None`: they were not looked at.
    fn list(&self, resource: &Resource) -> Option<&'a [Value]> {
        let one = self.around.lists.iter().find(|(wanted, _)| wanted.resource == *resource)?;
        match &one.1 {
            Read::Known(objects, _) => Some(objects),
            Read::NotServed => Some(&[]),
            Read::Not(_) => None,
        }
    }

    fn objects(&self, resource: &Resource) -> &'a [Value] {
        self.list(resource).unwrap_or_default()
    }

    /// An edge to an object that was seen.
    fn to(way: Way, resource: &Resource, object: &Value, words: impl AsRef<str>) -> Edge {
        let to = Named {
            group: resource.group.to_string(),
            kind: resource.kind.to_string(),
            namespace: clean(text(object, "/metadata/namespace")).into_owned(),
            name: clean(name(object)).into_owned(),
        };
        let words = clean(words.as_ref()).into_owned();
        Edge { way, depth: 0, to, uid: uid(object).to_owned(), words, presence: Presence::There }
    }

    /// An edge to an object that is named: there, missing, or not looked at.
    fn named(&self, way: Way, resource: &Resource, named: &str, words: &str, optional: bool) -> Edge {
        let namespace = if resource.namespaced { self.namespace() } else { "" };
        let list = self.list(resource);
        let found = list.and_then(|list| {
            list.iter().find(|one| name(one) == named && text(one, "/metadata/namespace") == namespace)
        });
        if let Some(found) = found {
            return Self::to(way, resource, found, words);
        }
        // A list that was cut off says nothing about what is not in it.
        let whole = self.around.lists.iter().any(|(wanted, read)| {
            wanted.resource == *resource && matches!(read, Read::Known(_, false) | Read::NotServed)
        });
        let presence = match (whole, optional) {
            (false, _) => Presence::NotLooked,
            (true, false) => Presence::Missing,
            (true, true) => Presence::MissingOptional,
        };
        let to = Named {
            group: resource.group.to_string(),
            kind: resource.kind.to_string(),
            namespace: namespace.to_owned(),
            name: clean(named).into_owned(),
        };
        Edge { way, depth: 0, to, uid: String::new(), words: clean(words).into_owned(), presence }
    }
}

/// The relations of an object.
pub fn relations(resource: &Resource, around: &Around) -> Relations {
    let seen = Seen { resource, around };
    let mut edges = owners::owned_by(&seen);
    edges.extend(owners::owns(&seen));
    edges.extend(uses::uses(&seen));
    edges.extend(uses::used_by(&seen));
    edges.extend(selects::selects(&seen));
    edges.extend(selects::selected_by(&seen));
    edges.extend(routes::routes_to(&seen));
    edges.extend(routes::routed_from(&seen));
    Relations { edges, not_looked: not_looked(around) }
}

fn not_looked(around: &Around) -> Vec<String> {
    let mut out = BTreeSet::new();
    for owner in around.owners.iter().filter(|owner| !owner.why.is_empty()) {
        let (kind, name) = (text(&owner.reference, "/kind"), text(&owner.reference, "/name"));
        out.insert(clean(&format!("owner {kind} {name} ({})", owner.why)).into_owned());
    }
    for (wanted, read) in &around.lists {
        let plural = wanted.resource.group_resource();
        match read {
            Read::Not(why) => out.insert(format!("{plural} ({})", clean(why))),
            Read::Known(objects, true) => {
                out.insert(format!("{plural} beyond the first {} (there are more)", objects.len()))
            }
            Read::Known(..) | Read::NotServed => false,
        };
    }
    out.into_iter().collect()
}

#[cfg(test)]
mod tests;
