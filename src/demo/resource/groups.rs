//! The served kinds of the named API groups.

use super::Resource;

/// `APIService` objects.
pub const APISERVICES: &Resource = &Resource {
    group: "apiregistration.k8s.io",
    version: "v1",
    plural: "apiservices",
    singular: "apiservice",
    kind: "APIService",
    namespaced: false,
    short_names: &[],
    categories: &["api-extensions"],
    subresources: &["status"],
    custom: None,
};

/// `CertificateSigningRequest` objects.
pub const SIGNING_REQUESTS: &Resource = &Resource {
    group: "certificates.k8s.io",
    version: "v1",
    plural: "certificatesigningrequests",
    singular: "certificatesigningrequest",
    kind: "CertificateSigningRequest",
    namespaced: false,
    short_names: &["csr"],
    categories: &[],
    subresources: &["approval", "status"],
    custom: None,
};

/// `ControllerRevision` objects.
pub const CONTROLLERREVISIONS: &Resource = &Resource {
    group: "apps",
    version: "v1",
    plural: "controllerrevisions",
    singular: "controllerrevision",
    kind: "ControllerRevision",
    namespaced: true,
    short_names: &[],
    categories: &[],
    subresources: &[],
    custom: None,
};

/// DaemonSet objects.
pub const DAEMONSETS: &Resource = &Resource {
    group: "apps",
    version: "v1",
    plural: "daemonsets",
    singular: "daemonset",
    kind: "DaemonSet",
    namespaced: true,
    short_names: &["ds"],
    categories: &["all"],
    subresources: &["status"],
    custom: None,
};

/// Deployment objects.
pub const DEPLOYMENTS: &Resource = &Resource {
    group: "apps",
    version: "v1",
    plural: "deployments",
    singular: "deployment",
    kind: "Deployment",
    namespaced: true,
    short_names: &["deploy"],
    categories: &["all"],
    subresources: &["scale", "status"],
    custom: None,
};

/// ReplicaSet objects.
pub const REPLICASETS: &Resource = &Resource {
    group: "apps",
    version: "v1",
    plural: "replicasets",
    singular: "replicaset",
    kind: "ReplicaSet",
    namespaced: true,
    short_names: &["rs"],
    categories: &["all"],
    subresources: &["scale", "status"],
    custom: None,
};

/// StatefulSet objects.
pub const STATEFULSETS: &Resource = &Resource {
    group: "apps",
    version: "v1",
    plural: "statefulsets",
    singular: "statefulset",
    kind: "StatefulSet",
    namespaced: true,
    short_names: &["sts"],
    categories: &["all"],
    subresources: &["scale", "status"],
    custom: None,
};

/// `HorizontalPodAutoscaler` objects.
pub const HPAS: &Resource = &Resource {
    group: "autoscaling",
    version: "v2",
    plural: "horizontalpodautoscalers",
    singular: "horizontalpodautoscaler",
    kind: "HorizontalPodAutoscaler",
    namespaced: true,
    short_names: &["hpa"],
    categories: &["all"],
    subresources: &["status"],
    custom: None,
};

/// CronJob objects.
pub const CRONJOBS: &Resource = &Resource {
    group: "batch",
    version: "v1",
    plural: "cronjobs",
    singular: "cronjob",
    kind: "CronJob",
    namespaced: true,
    short_names: &["cj"],
    categories: &["all"],
    subresources: &["status"],
    custom: None,
};

/// Job objects.
pub const JOBS: &Resource = &Resource {
    group: "batch",
    version: "v1",
    plural: "jobs",
    singular: "job",
    kind: "Job",
    namespaced: true,
    short_names: &[],
    categories: &["all"],
    subresources: &["status"],
    custom: None,
};

/// `IngressClass` objects.
pub const INGRESSCLASSES: &Resource = &Resource {
    group: "networking.k8s.io",
    version: "v1",
    plural: "ingressclasses",
    singular: "ingressclass",
    kind: "IngressClass",
    namespaced: false,
    short_names: &[],
    categories: &[],
    subresources: &[],
    custom: None,
};

/// Ingress objects.
pub const INGRESSES: &Resource = &Resource {
    group: "networking.k8s.io",
    version: "v1",
    plural: "ingresses",
    singular: "ingress",
    kind: "Ingress",
    namespaced: true,
    short_names: &["ing"],
    categories: &[],
    subresources: &["status"],
    custom: None,
};

/// `NetworkPolicy` objects.
pub const NETWORKPOLICIES: &Resource = &Resource {
    group: "networking.k8s.io",
    version: "v1",
    plural: "networkpolicies",
    singular: "networkpolicy",
    kind: "NetworkPolicy",
    namespaced: true,
    short_names: &["netpol"],
    categories: &[],
    subresources: &[],
    custom: None,
};

/// `PodDisruptionBudget` objects.
pub const PDBS: &Resource = &Resource {
    group: "policy",
    version: "v1",
    plural: "poddisruptionbudgets",
    singular: "poddisruptionbudget",
    kind: "PodDisruptionBudget",
    namespaced: true,
    short_names: &["pdb"],
    categories: &[],
    subresources: &["status"],
    custom: None,
};

/// `ClusterRoleBinding` objects.
pub const CLUSTERROLEBINDINGS: &Resource = &Resource {
    group: "rbac.authorization.k8s.io",
    version: "v1",
    plural: "clusterrolebindings",
    singular: "clusterrolebinding",
    kind: "ClusterRoleBinding",
    namespaced: false,
    short_names: &[],
    categories: &[],
    subresources: &[],
    custom: None,
};

/// `ClusterRole` objects.
pub const CLUSTERROLES: &Resource = &Resource {
    group: "rbac.authorization.k8s.io",
    version: "v1",
    plural: "clusterroles",
    singular: "clusterrole",
    kind: "ClusterRole",
    namespaced: false,
    short_names: &[],
    categories: &[],
    subresources: &[],
    custom: None,
};

/// `RoleBinding` objects.
pub const ROLEBINDINGS: &Resource = &Resource {
    group: "rbac.authorization.k8s.io",
    version: "v1",
    plural: "rolebindings",
    singular: "rolebinding",
    kind: "RoleBinding",
    namespaced: true,
    short_names: &[],
    categories: &[],
    subresources: &[],
    custom: None,
};

/// Role objects.
pub const ROLES: &Resource = &Resource {
    group: "rbac.authorization.k8s.io",
    version: "v1",
    plural: "roles",
    singular: "role",
    kind: "Role",
    namespaced: true,
    short_names: &[],
    categories: &[],
    subresources: &[],
    custom: None,
};

/// `StorageClass` objects.
pub const STORAGECLASSES: &Resource = &Resource {
    group: "storage.k8s.io",
    version: "v1",
    plural: "storageclasses",
    singular: "storageclass",
    kind: "StorageClass",
    namespaced: false,
    short_names: &["sc"],
    categories: &[],
    subresources: &[],
    custom: None,
};

/// `CustomResourceDefinition` objects.
pub const CRDS: &Resource = &Resource {
    group: "apiextensions.k8s.io",
    version: "v1",
    plural: "customresourcedefinitions",
    singular: "customresourcedefinition",
    kind: "CustomResourceDefinition",
    namespaced: false,
    short_names: &["crd", "crds"],
    categories: &["api-extensions"],
    subresources: &["status"],
    custom: None,
};

/// `PriorityClass` objects.
pub const PRIORITYCLASSES: &Resource = &Resource {
    group: "scheduling.k8s.io",
    version: "v1",
    plural: "priorityclasses",
    singular: "priorityclass",
    kind: "PriorityClass",
    namespaced: false,
    short_names: &["pc"],
    categories: &[],
    subresources: &[],
    custom: None,
};

/// Lease objects.
pub const LEASES: &Resource = &Resource {
    group: "coordination.k8s.io",
    version: "v1",
    plural: "leases",
    singular: "lease",
    kind: "Lease",
    namespaced: true,
    short_names: &[],
    categories: &[],
    subresources: &[],
    custom: None,
};

/// EndpointSlice objects.
pub const ENDPOINTSLICES: &Resource = &Resource {
    group: "discovery.k8s.io",
    version: "v1",
    plural: "endpointslices",
    singular: "endpointslice",
    kind: "EndpointSlice",
    namespaced: true,
    short_names: &[],
    categories: &[],
    subresources: &[],
    custom: None,
};
