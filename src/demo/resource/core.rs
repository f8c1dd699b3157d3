//! The served kinds of the core group.

use super::Resource;

/// ConfigMap objects.
pub const CONFIGMAPS: &Resource = &Resource {
    group: "",
    version: "v1",
    plural: "configmaps",
    singular: "configmap",
    kind: "ConfigMap",
    namespaced: true,
    short_names: &["cm"],
    categories: &[],
    subresources: &[],
    custom: None,
};

/// Endpoints objects.
pub const ENDPOINTS: &Resource = &Resource {
    group: "",
    version: "v1",
    plural: "endpoints",
    singular: "endpoints",
    kind: "Endpoints",
    namespaced: true,
    short_names: &["ep"],
    categories: &[],
    subresources: &[],
    custom: None,
};

/// Event objects.
pub const EVENTS: &Resource = &Resource {
    group: "",
    version: "v1",
    plural: "events",
    singular: "event",
    kind: "Event",
    namespaced: true,
    short_names: &["ev"],
    categories: &[],
    subresources: &[],
    custom: None,
};

/// `LimitRange` objects.
pub const LIMITRANGES: &Resource = &Resource {
    group: "",
    version: "v1",
    plural: "limitranges",
    singular: "limitrange",
    kind: "LimitRange",
    namespaced: true,
    short_names: &["limits"],
    categories: &[],
    subresources: &[],
    custom: None,
};

/// Namespace objects.
pub const NAMESPACES: &Resource = &Resource {
    group: "",
    version: "v1",
    plural: "namespaces",
    singular: "namespace",
    kind: "Namespace",
    namespaced: false,
    short_names: &["ns"],
    categories: &[],
    subresources: &["finalize", "status"],
    custom: None,
};

/// Node objects.
pub const NODES: &Resource = &Resource {
    group: "",
    version: "v1",
    plural: "nodes",
    singular: "node",
    kind: "Node",
    namespaced: false,
    short_names: &["no"],
    categories: &[],
    subresources: &["status"],
    custom: None,
};

/// `PersistentVolumeClaim` objects.
pub const PVCS: &Resource = &Resource {
    group: "",
    version: "v1",
    plural: "persistentvolumeclaims",
    singular: "persistentvolumeclaim",
    kind: "PersistentVolumeClaim",
    namespaced: true,
    short_names: &["pvc"],
    categories: &[],
    subresources: &["status"],
    custom: None,
};

/// `PersistentVolume` objects.
pub const PVS: &Resource = &Resource {
    group: "",
    version: "v1",
    plural: "persistentvolumes",
    singular: "persistentvolume",
    kind: "PersistentVolume",
    namespaced: false,
    short_names: &["pv"],
    categories: &[],
    subresources: &["status"],
    custom: None,
};

/// Pod objects.
pub const PODS: &Resource = &Resource {
    group: "",
    version: "v1",
    plural: "pods",
    singular: "pod",
    kind: "Pod",
    namespaced: true,
    short_names: &["po"],
    categories: &["all"],
    subresources: &[
        "attach",
        "binding",
        "ephemeralcontainers",
        "eviction",
        "exec",
        "log",
        "portforward",
        "resize",
        "status",
    ],
    custom: None,
};

/// `PodTemplate` objects.
pub const PODTEMPLATES: &Resource = &Resource {
    group: "",
    version: "v1",
    plural: "podtemplates",
    singular: "podtemplate",
    kind: "PodTemplate",
    namespaced: true,
    short_names: &[],
    categories: &[],
    subresources: &[],
    custom: None,
};

/// `ReplicationController` objects.
pub const REPLICATIONCONTROLLERS: &Resource = &Resource {
    group: "",
    version: "v1",
    plural: "replicationcontrollers",
    singular: "replicationcontroller",
    kind: "ReplicationController",
    namespaced: true,
    short_names: &["rc"],
    categories: &["all"],
    subresources: &["scale", "status"],
    custom: None,
};

/// `ResourceQuota` objects.
pub const RESOURCEQUOTAS: &Resource = &Resource {
    group: "",
    version: "v1",
    plural: "resourcequotas",
    singular: "resourcequota",
    kind: "ResourceQuota",
    namespaced: true,
    short_names: &["quota"],
    categories: &[],
    subresources: &["status"],
    custom: None,
};

/// Secret objects.
pub const SECRETS: &Resource = &Resource {
    group: "",
    version: "v1",
    plural: "secrets",
    singular: "secret",
    kind: "Secret",
    namespaced: true,
    short_names: &[],
    categories: &[],
    subresources: &[],
    custom: None,
};

/// `ServiceAccount` objects.
pub const SERVICEACCOUNTS: &Resource = &Resource {
    group: "",
    version: "v1",
    plural: "serviceaccounts",
    singular: "serviceaccount",
    kind: "ServiceAccount",
    namespaced: true,
    short_names: &["sa"],
    categories: &[],
    subresources: &[],
    custom: None,
};

/// Service objects.
pub const SERVICES: &Resource = &Resource {
    group: "",
    version: "v1",
    plural: "services",
    singular: "service",
    kind: "Service",
    namespaced: true,
    short_names: &["svc"],
    categories: &["all"],
    subresources: &["status"],
    custom: None,
};
