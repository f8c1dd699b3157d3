//! The kinds that the embedded cluster serves: one table, from which paths, discovery and storage follow. What custom
//! resource definitions add to it is [`Kinds`]'.
//!
//! Knows names only; what an object of a kind means is for the other files.

mod core;
mod custom;
mod groups;

pub use self::core::*;
pub use self::custom::{Kinds, PrinterColumn};
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
    /// Of a custom resource: the columns that its definition wishes for.
    pub custom: Option<&'static [PrinterColumn]>,
}

impl Resource {
    /// Where its objects are kept: two groups may have the same plural.
    pub fn place(&self) -> (&'static str, &'static str) {
        (self.group, self.plural)
    }

    /// Whether it is the kind that `apiVersion` and `kind` of an object name.
    pub fn is_of(&self, api_version: &str, kind: &str) -> bool {
        self.kind == kind && self.group == api_version.split_once('/').map_or("", |(group, _)| group)
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
        if self.custom.is_some() {
            return true;
        }
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
                | "podtemplates"
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
    SIGNING_REQUESTS,
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
        let kinds = Kinds::default();
        assert_eq!(kinds.by_plural("apps", "v1", "deployments"), Some(DEPLOYMENTS));
        assert_eq!(kinds.by_plural("", "v1", "deployments"), None);
        assert!(PODS.is_of("v1", "Pod") && !PODS.is_of("apps/v1", "Pod"));
        assert_eq!(DEPLOYMENTS.group_resource(), "deployments.apps");
        assert_eq!(PODS.api_version(), "v1");
    }
}
