//! What was read, as the rules of this room ask for it: by resource, by name, by owner.

use serde_json::Value;

use super::Material;
use crate::describe::Ask;
use crate::model::json::{controlled_by, items, name, text, uid};
use crate::model::record::Seconds;
use crate::model::relate::Named;
use crate::model::resource::Resource;
use crate::model::text::clean;
use crate::release::facts::Found;

/// What ended longer ago than this is over.
const LATELY: Seconds = 3_600;

/// What was read.
pub(super) struct Ground<'a>(pub &'a Material);

/// One object that was looked for by its name.
pub(super) enum Look<'a> {
    There(&'a Value),
    Missing,
    /// It was not read, or not asked for.
    NotLooked,
}

/// An object's name, by what it says of itself.
pub(super) fn named(object: &Value) -> Named {
    let version = text(object, "/apiVersion");
    Named {
        group: version.split_once('/').map_or("", |(group, _)| group).to_owned(),
        kind: text(object, "/kind").to_owned(),
        namespace: clean(text(object, "/metadata/namespace")).into_owned(),
        name: clean(name(object)).into_owned(),
    }
}

/// The name of an object that was not seen.
pub(super) fn unseen(resource: &Resource, namespace: &str, name: &str) -> Named {
    Named {
        group: resource.group.to_string(),
        kind: resource.kind.to_string(),
        namespace: if resource.namespaced { namespace.to_owned() } else { String::new() },
        name: clean(name).into_owned(),
    }
}

/// A time of the API.
pub(super) fn time(object: &Value, pointer: &str) -> Option<Seconds> {
    text(object, pointer).parse::<jiff::Timestamp>().ok().map(jiff::Timestamp::as_second)
}

/// A condition of an object by its type.
pub(super) fn condition<'a>(object: &'a Value, kind: &str) -> Option<&'a Value> {
    items(object, "/status/conditions").iter().find(|one| text(one, "/type") == kind)
}

/// Whether a condition has this status.
pub(super) fn is(object: &Value, kind: &str, status: &str) -> bool {
    condition(object, kind).is_some_and(|one| text(one, "/status") == status)
}

/// `reason: message` of a condition, as much as there is.
pub(super) fn said(condition: &Value) -> String {
    let (reason, message) = (text(condition, "/reason"), text(condition, "/message").trim());
    match (reason, message) {
        ("", message) => message.to_owned(),
        (reason, "") => reason.to_owned(),
        (reason, message) => format!("{reason}: {message}"),
    }
}

/// The controller of an object: kind, name, UID.
pub(super) fn controller(object: &Value) -> Option<(&str, &str, &str)> {
    let owners = items(object, "/metadata/ownerReferences").iter();
    let mut controllers = owners.filter(|owner| owner.get("controller") == Some(&Value::Bool(true)));
    controllers.next().map(|owner| (text(owner, "/kind"), text(owner, "/name"), text(owner, "/uid")))
}

impl<'a> Ground<'a> {
    /// The object that was asked for, with what it is in it.
    pub fn subject(&self) -> Value {
        self.0.itself()
    }

    /// Whether it was not long ago, so that it may have to do with what is now.
    pub fn lately(&self, at: Option<Seconds>) -> bool {
        at.is_some_and(|at| at + LATELY >= self.0.now)
    }

    /// What came of a question.
    fn found(&self, ask: &Ask) -> Option<&'a Found<Vec<Value>>> {
        self.0.beside.iter().find(|(known, _)| known == ask).map(|(_, found)| found)
    }

    /// The objects that a question found; `None`: that is not known.
    pub fn answer(&self, ask: &Ask) -> Option<&'a [Value]> {
        self.found(ask).and_then(Found::known).map(Vec::as_slice)
    }

    /// All objects of a resource that were read, each once.
    pub fn all(&self, resource: &Resource) -> Vec<&'a Value> {
        let mut out: Vec<&Value> = Vec::new();
        let asks = self.0.beside.iter().filter(|(ask, _)| ask.resource == *resource);
        let found = asks.filter_map(|(_, found)| found.known()).flatten();
        let own = (self.0.resource == *resource).then_some(&self.0.object);
        for object in own.into_iter().chain(found) {
            if !out.iter().any(|known| uid(known) == uid(object) && name(known) == name(object)) {
                out.push(object);
            }
        }
        out
    }

    /// Those that an object controls.
    pub fn owned(&self, resource: &Resource, owner: &str) -> Vec<&'a Value> {
        self.all(resource).into_iter().filter(|object| controlled_by(object, owner)).collect()
    }

    /// One object by its name.
    pub fn one(&self, resource: &Resource, namespace: &str, named: &str) -> Look<'a> {
        let found = self.all(resource).into_iter().find(|object| {
            name(object) == named
                && (!resource.namespaced || text(object, "/metadata/namespace") == namespace)
        });
        if let Some(found) = found {
            return Look::There(found);
        }
        let asked = self.0.beside.iter().find(|(ask, _)| {
            ask.resource == *resource
                && ask.name.as_deref() == Some(named)
                && (!resource.namespaced || ask.namespace == namespace)
        });
        match asked {
            Some((_, Found::Known(_))) => Look::Missing,
            _ => Look::NotLooked,
        }
    }

    /// What could not be read, each with its reason, once.
    pub fn not_looked(&self) -> Vec<String> {
        let mut out: Vec<String> = Vec::new();
        for (ask, found) in &self.0.beside {
            let Found::Unknown(trouble) = found else { continue };
            let what = match &ask.name {
                Some(name) => format!("{} {name}", ask.what),
                None => ask.what.to_owned(),
            };
            let words = clean(&format!("{what} ({trouble})")).into_owned();
            if !out.contains(&words) {
                out.push(words);
            }
        }
        out.extend(self.0.cut.iter().map(crate::describe::Cut::words));
        out
    }
}
