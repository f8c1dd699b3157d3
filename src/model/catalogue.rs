//! What the server serves, by all the names that kubectl knows it by.
//!
//! Made of discovery. Kinds that the program has tables of its own for are those; every other one becomes a
//! [`Kind::Other`]. Those live as long as the program, and each is made once, however often discovery is read.

use std::collections::{HashMap, HashSet};

use super::record::Kind;
use super::resource::Resource;

/// A resource as discovery says it (`APIResource` of `meta/v1`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiResource {
    /// Group, version, plural, kind, scope.
    pub resource: Resource,
    /// `singularName`; empty: the kind in small letters.
    pub singular: String,
    /// `shortNames`.
    pub short_names: Vec<String>,
    /// `categories`.
    pub categories: Vec<String>,
    /// `verbs`.
    pub verbs: Vec<String>,
}

/// What discovery answered.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Discovered {
    /// The resources of each group's preferred version, and those that only another version has; the core group first.
    pub resources: Vec<ApiResource>,
    /// Groups and versions that could not be read, and why: the server behind them does not answer.
    pub broken: Vec<(String, String)>,
}

/// A kind that can be shown, and its names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Served {
    /// The kind.
    pub kind: Kind,
    /// Its names beside the plural: short names, singular, kind, and plural with group.
    pub names: &'static [&'static str],
    /// Its categories, e.g. `all`.
    pub categories: &'static [&'static str],
    /// Whether it can be watched; otherwise it is listed again and again.
    pub watched: bool,
}

/// All kinds that can be shown.
#[derive(Debug, Default)]
pub struct Catalogue {
    served: Vec<Served>,
    /// Groups that could not be read, and why.
    pub broken: Vec<(String, String)>,
    read: bool,
    kept: Kept,
}

/// What was made to live as long as the program.
#[derive(Debug, Default)]
struct Kept {
    resources: HashSet<&'static Resource>,
    lists: HashMap<String, &'static [&'static str]>,
}

impl Kept {
    fn resource(&mut self, resource: Resource) -> &'static Resource {
        if let Some(known) = self.resources.get(&resource) {
            return known;
        }
        let kept: &'static Resource = Box::leak(Box::new(resource));
        self.resources.insert(kept);
        kept
    }

    fn list(&mut self, words: &[String]) -> &'static [&'static str] {
        // No name has a line break.
        let key = words.join("\n");
        if let Some(known) = self.lists.get(&key) {
            return known;
        }
        let kept = words.iter().map(|word| &*Box::leak(word.clone().into_boxed_str()));
        let kept: &'static [&'static str] = Box::leak(kept.collect());
        self.lists.insert(key, kept);
        kept
    }
}

impl Catalogue {
    /// Takes what discovery says now; what it no longer names is gone.
    pub fn learn(&mut self, discovered: Discovered) {
        let Self { served, kept, .. } = self;
        served.clear();
        let can = |one: &ApiResource, verb: &str| one.verbs.iter().any(|known| known == verb);
        for one in discovered.resources.into_iter().filter(|one| can(one, "list")) {
            let watched = can(&one, "watch");
            let names = names(&one);
            let hot = Kind::ALL.into_iter().find(|kind| {
                let (group, _, plural, _) = kind.resource();
                group == one.resource.group && plural == one.resource.plural
            });
            let kind = hot.unwrap_or_else(|| Kind::Other(kept.resource(one.resource)));
            served.push(Served {
                kind,
                names: kept.list(&names),
                categories: kept.list(&one.categories),
                watched,
            });
        }
        self.broken = discovered.broken;
        self.read = true;
    }

    /// The kind of namespaces, which every server has.
    pub fn namespaces(&mut self) -> Kind {
        Kind::Other(self.kept.resource(Resource::NAMESPACES))
    }

    /// Another cluster: nothing is known of it.
    pub fn forget(&mut self) {
        self.served.clear();
        self.broken.clear();
        self.read = false;
    }

    /// Whether discovery has been read.
    pub fn is_read(&self) -> bool {
        self.read
    }

    /// All kinds, as discovery orders them.
    pub fn served(&self) -> &[Served] {
        &self.served
    }

    /// What a name means to kubectl: a plural, singular, kind or short name, or the plural (or singular) with the group
    /// or the beginning of it: `cronjobs.batch`, `deploy.apps`. The first in discovery's order wins, the core group before
    /// all others.
    pub fn find(&self, name: &str) -> Option<&Served> {
        let name = name.to_ascii_lowercase();
        let plain = |one: &&Served, name: &str| {
            let (.., plural, _) = one.kind.resource();
            plural == name || one.names.contains(&name)
        };
        self.served.iter().find(|one| plain(one, &name)).or_else(|| {
            let (resource, group) = name.split_once('.')?;
            self.served.iter().find(|one| {
                let (own, version, ..) = one.kind.resource();
                let versioned = format!("{version}.{own}");
                plain(one, resource) && (own.starts_with(group) || versioned == group)
            })
        })
    }

    /// The kinds of a category, e.g. `all`.
    pub fn category<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Served> {
        self.served.iter().filter(move |one| one.categories.contains(&name))
    }
}

fn names(one: &ApiResource) -> Vec<String> {
    let kind = one.resource.kind.to_ascii_lowercase();
    let mut names = one.short_names.clone();
    if !one.singular.is_empty() && one.singular != kind {
        names.push(one.singular.clone());
    }
    names.push(kind);
    if !one.resource.group.is_empty() {
        names.push(format!("{}.{}", one.resource.plural, one.resource.group));
    }
    names
}

#[cfg(test)]
mod tests;
