//! The kinds that the embedded cluster serves: one table, from which paths, discovery and storage follow.
//!
//! Knows names only; what an object of a kind means is for the other files.

/// One served kind.
#[derive(Debug, PartialEq, Eq)]
pub struct Resource {
    /// API group, empty for the core group.
    pub group: &'static str,
    /// The one version that is served.
    pub version: &'static str,
    /// As in paths: `pods`.
    pub plural: &'static str,
    /// `pod`.
    pub singular: &'static str,
    /// `Pod`.
    pub kind: &'static str,
    /// Whether its objects live in namespaces.
    pub namespaced: bool,
    /// `po`.
    pub short_names: &'static [&'static str],
    /// `all`.
    pub categories: &'static [&'static str],
    /// The subresources that are served.
    pub subresources: &'static [&'static str],
}

impl Resource {
    /// The kind served at a path.
    pub fn by_plural(group: &str, version: &str, plural: &str) -> Option<&'static Resource> {
        ALL.iter().copied().find(|r| r.plural == plural && r.group == group && r.version == version)
    }

    /// The kind of an object.
    pub fn by_kind(group: &str, kind: &str) -> Option<&'static Resource> {
        ALL.iter().copied().find(|r| r.kind == kind && r.group == group)
    }

    /// The kind that an object's `apiVersion` and `kind` name.
    pub fn by_api_version(api_version: &str, kind: &str) -> Option<&'static Resource> {
        Self::by_kind(api_version.split_once('/').map_or("", |(group, _)| group), kind)
    }

    /// `apps/v1`, `v1`.
    pub fn api_version(&self) -> String {
        if self.group.is_empty() {
            self.version.to_owned()
        } else {
            format!("{}/{}", self.group, self.version)
        }
    }

    /// `deployments.apps`, `pods`.
    pub fn group_resource(&self) -> String {
        if self.group.is_empty() { self.plural.to_owned() } else { format!("{}.{}", self.plural, self.group) }
    }

    /// `Deployment.apps`, `Pod`.
    pub fn group_kind(&self) -> String {
        if self.group.is_empty() { self.kind.to_owned() } else { format!("{}.{}", self.kind, self.group) }
    }

    /// Whether the server counts `metadata.generation` for it.
    pub fn has_generation(&self) -> bool {
        !matches!(
            self.plural,
            "configmaps"
                | "secrets"
                | "events"
                | "endpoints"
                | "services"
                | "nodes"
                | "namespaces"
                | "serviceaccounts"
                | "leases"
                | "persistentvolumes"
                | "persistentvolumeclaims"
                | "controllerrevisions"
                | "resourcequotas"
                | "limitranges"
                | "storageclasses"
                | "horizontalpodautoscalers"
                | "pods"
        ) && !self.group.starts_with("rbac")
    }
}

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
};

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
};

/// Every served kind, in the order of discovery.
pub const ALL: &[&Resource] = &[
    CONFIGMAPS,
    ENDPOINTS,
    EVENTS,
    LIMITRANGES,
    NAMESPACES,
    NODES,
    PVCS,
    PVS,
    PODS,
    PODTEMPLATES,
    REPLICATIONCONTROLLERS,
    RESOURCEQUOTAS,
    SECRETS,
    SERVICEACCOUNTS,
    SERVICES,
    APISERVICES,
    CONTROLLERREVISIONS,
    DAEMONSETS,
    DEPLOYMENTS,
    REPLICASETS,
    STATEFULSETS,
    HPAS,
    CRONJOBS,
    JOBS,
    INGRESSCLASSES,
    INGRESSES,
    NETWORKPOLICIES,
    PDBS,
    CLUSTERROLEBINDINGS,
    CLUSTERROLES,
    ROLEBINDINGS,
    ROLES,
    STORAGECLASSES,
    CRDS,
    PRIORITYCLASSES,
    LEASES,
    ENDPOINTSLICES,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lead_to_one_kind() {
        assert_eq!(Resource::by_plural("apps", "v1", "deployments"), Some(DEPLOYMENTS));
        assert_eq!(Resource::by_plural("", "v1", "deployments"), None);
        assert_eq!(Resource::by_api_version("v1", "Pod"), Some(PODS));
        assert_eq!(DEPLOYMENTS.group_resource(), "deployments.apps");
        assert_eq!(PODS.api_version(), "v1");
    }
}
