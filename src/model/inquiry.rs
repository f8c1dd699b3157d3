//! Questions to the server that only read, and what was found: each a single operation with a single answer.

use super::relate::Relations;
use super::resource::Resource;

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
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finding {
    /// The relations of an object.
    Relations(Relations),
}
