//! What changed lately, read from what objects themselves remember: who wrote which fields and when (`managedFields`), when
//! revisions were made, what the cluster's events say. So it tells also what happened before the program was started.
//!
//! Pure: lists of objects in, happenings out, the newest first. [`wanted`] says which lists are needed: metadata alone, so that
//! no content of a Secret or a ConfigMap is asked for. No more is claimed than is known: a manager's entry has one time for
//! all fields that it holds, so it is told which it *holds*, and that it wrote at that time.

mod event;
mod fields;
mod managed;
mod rollout;
mod seen;
mod versions;
mod wanted;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::model::record::Seconds;
use crate::model::relate::Named;
use crate::model::resource::Resource;

pub use rollout::needed;
pub use seen::{Field, Seen, compare};
pub use versions::Versions;
pub use wanted::wanted;

/// What kind of change it was. The order is that of things that happened in the same second: the cause first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum What {
    /// A template of pods was replaced by another one.
    Rollout,
    /// A number of replicas was set.
    Scale,
    /// A service selects something else.
    Selector,
    /// Fields were written.
    Fields,
    /// A condition of the object turned.
    Condition,
    /// An object was made.
    Made,
    /// An object is being deleted.
    Deleting,
    /// Something about a node.
    Node,
    /// An autoscaler moved.
    Autoscaler,
    /// This session saw it.
    Seen,
}

impl What {
    /// Its word at the beginning of a line.
    pub fn word(self) -> &'static str {
        match self {
            Self::Rollout => "rollout",
            Self::Scale => "scale",
            Self::Selector => "selector",
            Self::Fields => "edit",
            Self::Condition => "status",
            Self::Made => "created",
            Self::Deleting => "deleting",
            Self::Node => "node",
            Self::Autoscaler => "hpa",
            Self::Seen => "seen",
        }
    }
}

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Happening {
    /// When.
    pub at: Seconds,
    /// To which object.
    pub about: Named,
    /// Its UID; empty where only its name is known.
    pub uid: String,
    /// What.
    pub what: What,
    /// What, in words, cleaned.
    pub words: String,
    /// The field manager that did it (`kubectl-set`, `helm`, ...); empty where nothing says it.
    pub by: String,
}

/// What was read.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Material {
    /// Objects by their resource; of most only the metadata.
    pub lists: BTreeMap<Resource, Vec<Value>>,
    /// The object that it is about, whole where it may be.
    pub subject: Option<Named>,
    /// Whole ReplicaSets and ControllerRevisions by UID: those that [`needed`] named.
    pub templates: BTreeMap<String, Value>,
    /// What was not looked at, and why.
    pub not_looked: Vec<String>,
}

/// What changed, for a screen.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Recent {
    /// The newest first.
    pub happenings: Vec<Happening>,
    /// What was not looked at, and why.
    pub not_looked: Vec<String>,
}

/// What happened since a time. `about`: to these objects only (an object and what it has to do with); `None`: to all.
pub fn recent(material: &Material, since: Seconds, about: Option<&BTreeSet<Named>>) -> Recent {
    let mut happenings = rollout::happenings(material, since);
    let rollouts: Vec<(Named, Seconds)> = happenings.iter().map(|one| (one.about.clone(), one.at)).collect();
    for (resource, objects) in &material.lists {
        for object in objects {
            if *resource == Resource::EVENTS {
                happenings.extend(event::happening(object, since, &rollouts));
            } else {
                let subject = material.subject.as_ref();
                managed::happenings(resource, object, since, &rollouts, subject, &mut happenings);
            }
        }
    }
    if let Some(about) = about {
        happenings.retain(|one| about.contains(&one.about));
    }
    happenings.sort_by(|a, b| (b.at, a.what, &a.about, &a.by).cmp(&(a.at, b.what, &b.about, &b.by)));
    happenings.dedup();
    Recent { happenings, not_looked: material.not_looked.clone() }
}

/// An object's name, by its resource.
fn named(resource: &Resource, object: &Value) -> Named {
    use crate::model::json::{name, text};
    Named {
        group: resource.group.to_string(),
        kind: resource.kind.to_string(),
        namespace: text(object, "/metadata/namespace").to_owned(),
        name: name(object).to_owned(),
    }
}

/// A time of the API; `None` where there is none or it is no time.
fn time(value: &Value, pointer: &str) -> Option<Seconds> {
    let text = crate::model::json::text(value, pointer);
    text.parse::<jiff::Timestamp>().ok().map(|time| time.as_second())
}

#[cfg(test)]
mod tests;
