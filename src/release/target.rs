//! Which object a change is for: by name and by identity.

use std::fmt;

use serde::{Deserialize, Serialize};

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
