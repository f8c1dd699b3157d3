//! `HorizontalPodAutoscaler` objects: which of them decides the replicas of an object.

use std::fmt;

use serde_json::Value;

use super::Target;
use super::json::{name, number, text};

/// One that scales an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scaler {
    /// Its name.
    pub name: String,
    /// `spec.minReplicas` (1 when absent).
    pub least: i64,
    /// `spec.maxReplicas`.
    pub most: i64,
}

/// Those of a namespace's autoscalers that scale `target`.
pub fn of<'a>(all: &'a [Value], target: &'a Target) -> impl Iterator<Item = Scaler> + 'a {
    let scales = |hpa: &&Value| {
        text(hpa, "/spec/scaleTargetRef/kind") == target.resource.kind
            && text(hpa, "/spec/scaleTargetRef/name") == target.name
    };
    all.iter().filter(scales).map(|hpa| Scaler {
        name: name(hpa).to_owned(),
        least: number(hpa, "/spec/minReplicas").unwrap_or(1),
        most: number(hpa, "/spec/maxReplicas").unwrap_or_default(),
    })
}

/// `HPA web (2..6)`.
impl fmt::Display for Scaler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HPA {} ({}..{})", self.name, self.least, self.most)
    }
}
