//! What a plan is made from: the object as the server has it, and what stands around it.
//!
//! What could not be looked at is said with its reason; no plan claims more than its facts hold.

use serde_json::Value;

use crate::model::resource::Resource;
use crate::model::trouble::Trouble;

/// Something that was looked for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Found<T> {
    /// Nobody asked for it.
    #[default]
    NotAsked,
    /// Here it is.
    Known(T),
    /// It could not be read.
    Unknown(Trouble),
}

impl<T> Found<T> {
    /// What is known.
    pub fn known(&self) -> Option<&T> {
        match self {
            Self::Known(known) => Some(known),
            Self::NotAsked | Self::Unknown(_) => None,
        }
    }

    /// Why it is not known, when it was asked for.
    pub fn trouble(&self) -> Option<&Trouble> {
        match self {
            Self::Unknown(trouble) => Some(trouble),
            Self::NotAsked | Self::Known(_) => None,
        }
    }
}

/// A list that a plan asks for, in the namespace of its object.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Query {
    /// What.
    pub resource: Resource,
    /// Only those with these labels (a label selector as in the API); all without it.
    pub labels: Option<String>,
    /// Only names and metadata: the content is not asked for (Secrets, ConfigMaps).
    pub metadata_only: bool,
}

impl Query {
    /// All objects of a resource.
    pub fn all(resource: Resource) -> Self {
        Self { resource, labels: None, metadata_only: false }
    }

    /// Those with these labels.
    pub fn labelled(resource: Resource, labels: impl Into<String>) -> Self {
        Self { resource, labels: Some(labels.into()), metadata_only: false }
    }

    /// Names and metadata of all.
    pub fn names(resource: Resource) -> Self {
        Self { resource, labels: None, metadata_only: true }
    }
}

/// What was read of the server for one plan.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Gathered {
    /// The object itself.
    pub object: Value,
    /// Lists of other objects of its namespace, in the order in which they were asked for.
    pub lists: Vec<(Query, Found<Vec<Value>>)>,
    /// Whether the user may do it, and the server's reason when not; a review that failed says nothing.
    pub allowed: Found<Result<(), String>>,
}

impl Gathered {
    /// The list of a resource.
    pub fn list(&self, resource: &Resource) -> &Found<Vec<Value>> {
        const NOT_ASKED: &Found<Vec<Value>> = &Found::NotAsked;
        self.lists.iter().find(|(query, _)| query.resource == *resource).map_or(NOT_ASKED, |(_, found)| found)
    }

    /// The objects of a resource, as far as they are known.
    pub fn objects(&self, resource: &Resource) -> &[Value] {
        self.list(resource).known().map_or(&[], Vec::as_slice)
    }
}

/// A pod, as far as plans look at it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PodFact {
    /// Its name.
    pub name: String,
    /// Its labels, sorted by key.
    pub labels: Vec<(String, String)>,
    /// UID of its controller; empty when it has none.
    pub owner: String,
    /// Whether endpoints count it.
    pub ready: bool,
    /// What kubectl shows as its status.
    pub status: String,
    /// Container and image.
    pub images: Vec<(String, String)>,
    /// When it was made.
    pub created: i64,
}

/// A service, as far as plans look at it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceFact {
    /// Its name.
    pub name: String,
    /// Its selector, sorted by key; empty: endpoints are kept by hand.
    pub selector: Vec<(String, String)>,
    /// Ready endpoints by its slices.
    pub ready: u32,
    /// All endpoints by its slices.
    pub total: u32,
}

/// What the watches of the object's namespace show now.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Surroundings {
    /// Its pods; `None`: the namespace is not watched, or not complete.
    pub pods: Option<Vec<PodFact>>,
    /// Its services; the same.
    pub services: Option<Vec<ServiceFact>>,
    /// Why the services are not known, when it is not that the namespace is not on the screen.
    pub services_why: Option<String>,
}

impl Surroundings {
    /// Why the services are not known.
    pub fn no_services(&self) -> String {
        self.services_why.clone().unwrap_or_else(|| "the namespace is not on the screen".to_owned())
    }
}

/// Everything that one plan is made from.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Facts {
    /// What was read for it.
    pub gathered: Gathered,
    /// What is watched anyway.
    pub around: Surroundings,
    /// Unix time.
    pub now: i64,
    /// How many ready pods a service must have after a switch, in percent of now.
    pub least_ready: u32,
    /// It is a later step of several: an earlier one changes the object first, so it is bound to its UID alone.
    pub later: bool,
    /// It is one of several that are planned together: what it takes and asks for is counted without the others.
    pub several: bool,
}

/// Whether all pairs of a selector are among labels; an empty selector selects nothing.
pub fn selects(selector: &[(String, String)], labels: &[(String, String)]) -> bool {
    !selector.is_empty() && selector.iter().all(|pair| labels.contains(pair))
}
