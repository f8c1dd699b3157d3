//! Questions to the server that only read, and what was found: each a single operation with a single answer.

use crate::handover::Handed;
use crate::model::certificate::Ends;
use crate::model::record::Seconds;
use crate::model::relate::{Named, Relations};
use crate::model::resource::Resource;
use crate::model::rights::{Access, Rules, Verdict};
use crate::model::trouble::Trouble;
use crate::model::usage::Measured;
use crate::recent::Recent;
use crate::why::Why;

/// An object by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    /// What it is.
    pub resource: Resource,
    /// Its namespace; empty for cluster-scoped objects.
    pub namespace: String,
    /// Its name.
    pub name: String,
}

impl Subject {
    /// By the names of its group and kind.
    pub fn named(&self) -> Named {
        Named {
            group: self.resource.group.to_string(),
            kind: self.resource.kind.to_string(),
            namespace: self.namespace.clone(),
            name: self.name.clone(),
        }
    }
}

/// A question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Inquiry {
    /// What has an object to do with others?
    Relations {
        /// What it is.
        resource: Resource,
        /// Its namespace; empty for cluster-scoped objects.
        namespace: String,
        /// Its name.
        name: String,
        /// Where one looks for what is around it, when it has no namespace; `None`: everywhere.
        around: Option<String>,
    },
    /// What may the user do in a namespace?
    Rights {
        /// Which.
        namespace: String,
    },
    /// What do the pods, or the nodes, use?
    Usage {
        /// Of nodes, not of pods.
        nodes: bool,
        /// In which namespace; `None`: everywhere.
        namespace: Option<String>,
    },
    /// When do the certificates in Secrets end?
    Certificates {
        /// In which namespaces; none named: everywhere.
        namespaces: Vec<String>,
    },
    /// May the user do these?
    Access(Vec<Access>),
    /// What changed since a time?
    Recent {
        /// In which namespace; `None`: everywhere.
        namespace: Option<String>,
        /// Of this object and what it has to do with; `None`: of all.
        about: Option<Subject>,
        /// Since when.
        since: Seconds,
    },
    /// Why is an object as it is, now?
    Why(Subject, Seconds),
    /// What is handed over: why the object is as it is, its events, the log that shows it, what changed.
    Handover {
        /// The object, if there is one.
        about: Option<Subject>,
        /// In which namespace changes are looked for; `None`: everywhere.
        namespace: Option<String>,
        /// Since when.
        since: Seconds,
        /// The time.
        now: Seconds,
    },
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finding {
    /// The relations of an object.
    Relations(Relations),
    /// What may be done in the namespace.
    Rights(Rules),
    /// When certificates end.
    Certificates(Ends),
    /// What is used.
    Usage(Measured),
    /// What may be done of what was asked; or why that is not known.
    Access(Vec<(Access, Result<Verdict, Trouble>)>),
    /// What changed.
    Recent(Recent),
    /// Why it is so.
    Why(Why),
    /// What is handed over.
    Handover(Box<Handed>),
}
