//! Where one is: the context that was pinned at start, and how its connection is.

use std::time::Duration;

use crate::effect::OpId;
use crate::model::link::Link;
use crate::model::record::Kind;

/// A context of the kubeconfig, as it was loaded. Nothing outside the program changes it (invariant 7).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Place {
    /// The context's name.
    pub context: String,
    /// The cluster's name.
    pub cluster: String,
    /// The server's URL.
    pub server: String,
    /// The user's name.
    pub user: String,
    /// The namespace to begin with; `None`: all.
    pub namespace: Option<String>,
    /// The namespace that the context itself names.
    pub own: String,
    /// All contexts that can be chosen.
    pub contexts: Vec<Choice>,
    /// It is the embedded cluster.
    pub demo: bool,
}

/// A context that can be chosen.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Choice {
    /// Its name.
    pub name: String,
    /// Its cluster's name.
    pub cluster: String,
    /// Its namespace.
    pub namespace: String,
}

/// A context that is being opened, while the session goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opening {
    /// The operation.
    pub op: OpId,
    /// The context's name.
    pub context: String,
    /// It answers, and is gone over to when nothing is being typed or confirmed for the one that is left.
    pub place: Option<Box<Place>>,
}

/// The place, the namespace and the link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Where.
    pub place: Place,
    /// What the server says of its version; empty before it has said it. It stays while the link is lost.
    pub version: String,
    /// The namespace in scope; `None`: all, or several.
    pub namespace: Option<String>,
    /// The namespaces in scope, when they are several.
    pub several: Vec<String>,
    /// The patterns that these match.
    pub scope: Option<String>,
    /// Namespaces that come and match join, and those that go leave.
    pub follows: bool,
    /// That nothing matches any more was said.
    pub unmatched: bool,
    /// So many match beyond those that can be watched.
    pub surplus: usize,
    /// Kinds that may not be listed in all namespaces: what stands in for these is shown of them.
    pub narrowed: Vec<Kind>,
    /// These namespaces.
    pub stand_in: Vec<String>,
    /// The namespaces before all were chosen, to return to.
    pub narrow: Option<String>,
    /// The connection.
    pub link: Link,
    /// When the link last said how it is, monotonic.
    pub since: Duration,
    /// When it was lost, monotonic.
    pub lost_since: Duration,
    /// The namespace whose existence was asked for, and what was answered.
    pub checked: Option<(String, Option<bool>)>,
    /// The asking that is on its way.
    pub checking: Option<OpId>,
    /// The context that is being opened.
    pub opening: Option<Opening>,
    /// What its events carry: the operation that opened it, 0 for the program's first.
    pub id: OpId,
}

impl Session {
    /// A session that has just begun.
    pub fn new(place: Place, now: Duration) -> Self {
        let namespace = place.namespace.clone();
        Self {
            narrow: namespace.clone(),
            version: String::new(),
            namespace,
            several: Vec::new(),
            scope: None,
            follows: false,
            unmatched: false,
            surplus: 0,
            narrowed: Vec::new(),
            stand_in: Vec::new(),
            place,
            link: Link::Connecting,
            since: now,
            lost_since: now,
            checked: None,
            checking: None,
            opening: None,
            id: 0,
        }
    }

    /// Whether the namespace in scope is known not to exist.
    pub fn is_missing(&self) -> bool {
        matches!((&self.checked, &self.namespace), (Some((name, Some(false))), Some(here)) if name == here)
    }

    /// The namespaces as one types them; `None`: all.
    pub fn text(&self) -> Option<String> {
        match (&self.namespace, &self.scope, self.several.as_slice()) {
            (Some(one), ..) => Some(one.clone()),
            (None, Some(scope), _) => Some(scope.clone()),
            (None, None, []) => None,
            (None, None, several) => Some(several.join(",")),
        }
    }

    /// The namespaces as they are written in the top line.
    pub fn scope_words(&self) -> String {
        self.text().unwrap_or_else(|| "all namespaces".to_owned())
    }
}
