//! The kinds that the embedded cluster serves: one table, from which paths, discovery and storage follow.
//!
//! Knows names only; what an object of a kind means is for the other files.

mod core;
mod groups;

pub use self::core::*;
pub use self::groups::*;

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
