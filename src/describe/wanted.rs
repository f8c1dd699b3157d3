//! What is read beside an object, so that it can be described.

use serde_json::Value;

use crate::model::resource::Resource;
use crate::release::json::{name, text, uid};

/// Something to be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ask {
    /// What it is, for the words when it cannot be read.
    pub what: &'static str,
    /// Of which resource.
    pub resource: Resource,
    /// In which namespace; empty: in all, or of the cluster.
    pub namespace: String,
    /// Only the one of this name.
    pub name: Option<String>,
    /// Only those with these labels.
    pub labels: Option<String>,
    /// Only those with these fields.
    pub fields: Option<String>,
    /// Only the keys of its data are kept, of a Secret with the sizes of its values.
    pub keys_only: bool,
    /// Only its metadata is asked for.
    pub names_only: bool,
}

impl Ask {
    /// All objects of a resource in a namespace.
    pub fn all(what: &'static str, resource: Resource, namespace: &str) -> Self {
        Self {
            what,
            resource,
            namespace: namespace.to_owned(),
            name: None,
            labels: None,
            fields: None,
            keys_only: false,
            names_only: false,
        }
    }

    /// One object.
    pub fn one(what: &'static str, resource: Resource, namespace: &str, name: &str) -> Self {
        Self { name: Some(name.to_owned()), ..Self::all(what, resource, namespace) }
    }

    /// Nothing but its keys is kept.
    #[must_use]
    pub fn keys_only(self) -> Self {
        Self { keys_only: true, ..self }
    }

    /// Nothing but its metadata is asked for.
    #[must_use]
    pub fn names_only(self) -> Self {
        Self { names_only: true, ..self }
    }

    /// Those with these labels.
    #[must_use]
    pub fn labelled(self, labels: String) -> Self {
        Self { labels: Some(labels), ..self }
    }

    /// Those with these fields.
    #[must_use]
    pub fn with(self, fields: String) -> Self {
        Self { fields: Some(fields), ..self }
    }
}

/// The events of this very object: by its UID, so that a namesake's are none of them.
pub fn of_object(object: &Value) -> Ask {
    let namespace = match text(object, "/metadata/namespace") {
        // Events of what has no namespace are in `default`.
        "" => "default",
        namespace => namespace,
    };
    let uid = match (text(object, "/kind"), uid(object)) {
        // The kubelet writes a node's name where its UID belongs.
        ("Node", _) => format!("involvedObject.kind=Node,involvedObject.name={}", name(object)),
        (_, uid) => format!("involvedObject.uid={uid}"),
    };
    let namespace = if text(object, "/kind") == "Node" { "" } else { namespace };
    Ask::all("events", Resource::EVENTS, namespace).with(uid)
}

/// The labels of a `spec.selector` with `matchLabels` and `matchExpressions`, as a parameter.
fn selected(object: &Value) -> String {
    super::common::selector(&object["spec"]["selector"])
}

/// What is to be read beside an object.
pub fn wanted(object: &Value) -> Vec<Ask> {
    let (namespace, name) = (text(object, "/metadata/namespace"), name(object));
    let mut all = vec![of_object(object)];
    match text(object, "/kind") {
        "Deployment" => {
            all.push(Ask::all("replica sets", Resource::REPLICA_SETS, namespace).labelled(selected(object)));
            all.push(Ask::all("autoscalers", Resource::AUTOSCALERS, namespace));
        }
        "ReplicaSet" | "StatefulSet" | "DaemonSet" => {
            all.push(Ask::all("pods", Resource::PODS, namespace).labelled(selected(object)));
        }
        "Service" => {
            let labels = format!("kubernetes.io/service-name={name}");
            all.push(Ask::all("endpoints", Resource::ENDPOINT_SLICES, namespace).labelled(labels));
        }
        "Ingress" => {
            all.push(Ask::all("services", Resource::SERVICES, namespace));
            all.push(Ask::all("endpoints", Resource::ENDPOINT_SLICES, namespace));
        }
        "Node" => {
            let running = format!("spec.nodeName={name},status.phase!=Succeeded,status.phase!=Failed");
            all.push(Ask::all("pods", Resource::PODS, "").with(running));
            all.push(Ask::one("lease", Resource::LEASES, "kube-node-lease", name));
        }
        "Namespace" => {
            all.push(Ask::all("resource quotas", Resource::RESOURCE_QUOTAS, name));
            all.push(Ask::all("limit ranges", Resource::LIMIT_RANGES, name));
        }
        "PersistentVolumeClaim" => all.push(Ask::all("pods", Resource::PODS, namespace)),
        // kubectl asks for no events of these.
        "Event" | "Secret" | "Role" | "ClusterRole" | "RoleBinding" | "ClusterRoleBinding"
        | "ResourceQuota" | "LimitRange" | "NetworkPolicy" => all.clear(),
        _ => {}
    }
    all
}
