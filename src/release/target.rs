//! Which object a change is for: by name and by identity.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::model::record::Record;
use crate::model::resource::Resource;
use crate::model::uid::Uid;

/// One object of the cluster. The UID says which one is meant when the name is taken again.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Target {
    /// What it is.
    pub resource: Resource,
    /// Its namespace; empty for cluster-scoped objects.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// `metadata.uid`.
    pub uid: Uid,
}

impl Target {
    /// The object that a record is of.
    pub fn of(record: &Record) -> Self {
        let meta = record.meta();
        Self {
            resource: record.kind().into(),
            namespace: meta.namespace.to_string(),
            name: meta.name.to_string(),
            uid: meta.uid.clone(),
        }
    }

    /// An object of which it is not known whether there is one: what is applied may be made by it. Nothing else can be planned
    /// for it, since only a UID says which object is meant.
    pub fn unborn(resource: Resource, namespace: String, name: String) -> Self {
        Self { resource, namespace, name, uid: Uid::new("") }
    }

    /// Whether it says which object is meant.
    pub fn is_bound(&self) -> bool {
        self.uid != Uid::new("")
    }

    /// The same, bound to an object of that name: the one that was read, or the one that a write answered with.
    #[must_use]
    pub fn bound_to(&self, object: &Value) -> Self {
        if self.is_bound() {
            return self.clone();
        }
        Self { uid: Uid::new(super::json::uid(object)), ..self.clone() }
    }

    /// Its path on the server.
    pub fn path(&self) -> String {
        self.resource.object(&self.namespace, &self.name)
    }

    /// ` -n NAMESPACE`, as kubectl takes it; nothing for cluster-scoped objects.
    pub fn namespace_flag(&self) -> String {
        if self.resource.namespaced && !self.namespace.is_empty() {
            format!(" -n {}", self.namespace)
        } else {
            String::new()
        }
    }
}

/// `deployment/web`, as kubectl writes it.
impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.resource, self.name)
    }
}
