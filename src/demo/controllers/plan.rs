//! What a controller decides: writes and events as plain values, carried out by the world.
//!
//! So every decision can be tested as values compared, without a store.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::super::resource::Resource;
use super::json::{name, namespace, text, uid};

/// One thing to do to the cluster.
#[derive(Debug, Clone, PartialEq)]
pub enum Write {
    /// A new object.
    Create(&'static Resource, Value),
    /// The whole object anew; given up when it changed meanwhile.
    Update(&'static Resource, Value),
    /// The end of an object (a pod gets its grace period).
    Delete(&'static Resource, String, String),
    /// A pod is gone: its grace is over.
    Remove(&'static Resource, String, String),
    /// Other owners for a pod (namespace, name, UID): adoption and release.
    Own(String, String, String, Value),
    /// An event about an object.
    Tell(Note),
}

/// An event as a component reports it.
#[derive(Debug, Clone, PartialEq)]
pub struct Note {
    /// `involvedObject`.
    pub about: Value,
    /// `Warning` rather than `Normal`.
    pub warning: bool,
    /// `ScalingReplicaSet`.
    pub reason: &'static str,
    /// What a person reads.
    pub message: String,
    /// `deployment-controller`.
    pub component: &'static str,
    /// The node of a kubelet; else empty.
    pub host: String,
}

impl Note {
    /// A normal event.
    pub fn normal(about: Value, component: &'static str, reason: &'static str, message: String) -> Write {
        Write::Tell(Self { about, warning: false, reason, message, component, host: String::new() })
    }

    /// A warning.
    pub fn warning(about: Value, component: &'static str, reason: &'static str, message: String) -> Write {
        Write::Tell(Self { about, warning: true, reason, message, component, host: String::new() })
    }
}

/// A reference to an object, as events carry it.
pub fn about(resource: &Resource, object: &Value) -> Value {
    let mut reference = json!({
        "kind": resource.kind, "apiVersion": resource.api_version(), "name": name(object), "uid": uid(object),
        "resourceVersion": text(object, "/metadata/resourceVersion"),
    });
    if resource.namespaced {
        reference["namespace"] = json!(namespace(object));
    }
    reference
}

/// A reference to a container of a pod.
pub fn about_container(pod: &Value, container: &str, field: &str) -> Value {
    let mut reference = about(super::super::resource::PODS, pod);
    reference["fieldPath"] = json!(format!("spec.{field}{{{container}}}"));
    reference
}

/// What to do now, and when to look again if nothing changes before.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Decision {
    /// In this order.
    pub writes: Vec<Write>,
    /// The next time at which the answer may be another one by itself.
    pub again: Option<Timestamp>,
}

impl Decision {
    /// Nothing to do.
    pub fn rest() -> Self {
        Self::default()
    }

    /// Nothing to do before a time.
    pub fn wait(until: Timestamp) -> Self {
        Self { writes: Vec::new(), again: Some(until) }
    }

    /// These writes.
    pub fn act(writes: Vec<Write>) -> Self {
        Self { writes, again: None }
    }

    /// Looks again at the earlier of the two times.
    pub fn look_again(&mut self, at: Timestamp) {
        self.again = Some(self.again.map_or(at, |known| known.min(at)));
    }
}
