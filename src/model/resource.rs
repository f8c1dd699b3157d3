//! A resource of the API by name: what its paths, its kind and kubectl's word for it are. Knows nothing of its objects.

use std::borrow::Cow;
use std::fmt;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::{Deserialize, Serialize};

use super::record::Kind;

/// What stays as it is in a path segment or a query value.
const KEPT: AsciiSet = NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A resource that an API server serves.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Resource {
    /// API group, empty for the core group.
    pub group: Cow<'static, str>,
    /// API version, e.g. `v1`.
    pub version: Cow<'static, str>,
    /// As in paths, e.g. `deployments`.
    pub plural: Cow<'static, str>,
    /// As in objects, e.g. `Deployment`.
    pub kind: Cow<'static, str>,
    /// Whether its objects live in namespaces.
    pub namespaced: bool,
}

/// Kinds of which no content is asked for unasked.
const CONFIDENTIAL: [&str; 2] = ["configmaps", "secrets"];

/// Whether the plural, with or without a group, may be that of a kind of which only metadata is asked for.
pub fn is_confidential(name: &str) -> bool {
    CONFIDENTIAL.contains(&name.split('.').next().unwrap_or_default())
}

impl Resource {
    /// Whether only its metadata is asked for where a table is read.
    pub fn is_confidential(&self) -> bool {
        is_confidential(&self.plural)
    }
}

macro_rules! known {
    ($($name:ident $group:literal $version:literal $plural:literal $kind:literal $namespaced:literal;)*) => {
        impl Resource {
            $(
                #[doc = concat!("`", $kind, "` of the group `", $group, "`.")]
                pub const $name: Self = Self {
                    group: Cow::Borrowed($group),
                    version: Cow::Borrowed($version),
                    plural: Cow::Borrowed($plural),
                    kind: Cow::Borrowed($kind),
                    namespaced: $namespaced,
                };
            )*

            /// The resources that the program names itself.
            pub const KNOWN: &'static [Self] = &[$(Self::$name,)*];
        }
    };
}

known! {
    PODS "" "v1" "pods" "Pod" true;
    SERVICES "" "v1" "services" "Service" true;
    NODES "" "v1" "nodes" "Node" false;
    EVENTS "" "v1" "events" "Event" true;
    NAMESPACES "" "v1" "namespaces" "Namespace" false;
    CONFIG_MAPS "" "v1" "configmaps" "ConfigMap" true;
    SECRETS "" "v1" "secrets" "Secret" true;
    RESOURCE_QUOTAS "" "v1" "resourcequotas" "ResourceQuota" true;
    LIMIT_RANGES "" "v1" "limitranges" "LimitRange" true;
    DEPLOYMENTS "apps" "v1" "deployments" "Deployment" true;
    REPLICA_SETS "apps" "v1" "replicasets" "ReplicaSet" true;
    STATEFUL_SETS "apps" "v1" "statefulsets" "StatefulSet" true;
    DAEMON_SETS "apps" "v1" "daemonsets" "DaemonSet" true;
    CONTROLLER_REVISIONS "apps" "v1" "controllerrevisions" "ControllerRevision" true;
    ENDPOINT_SLICES "discovery.k8s.io" "v1" "endpointslices" "EndpointSlice" true;
    LEASES "coordination.k8s.io" "v1" "leases" "Lease" true;
    PERSISTENT_VOLUME_CLAIMS "" "v1" "persistentvolumeclaims" "PersistentVolumeClaim" true;
    PERSISTENT_VOLUMES "" "v1" "persistentvolumes" "PersistentVolume" false;
    SERVICE_ACCOUNTS "" "v1" "serviceaccounts" "ServiceAccount" true;
    JOBS "batch" "v1" "jobs" "Job" true;
    CRON_JOBS "batch" "v1" "cronjobs" "CronJob" true;
    INGRESSES "networking.k8s.io" "v1" "ingresses" "Ingress" true;
    NETWORK_POLICIES "networking.k8s.io" "v1" "networkpolicies" "NetworkPolicy" true;
    HTTP_ROUTES "gateway.networking.k8s.io" "v1" "httproutes" "HTTPRoute" true;
    GATEWAYS "gateway.networking.k8s.io" "v1" "gateways" "Gateway" true;
    POD_METRICS "metrics.k8s.io" "v1beta1" "pods" "PodMetrics" true;
    NODE_METRICS "metrics.k8s.io" "v1beta1" "nodes" "NodeMetrics" false;
    STORAGE_CLASSES "storage.k8s.io" "v1" "storageclasses" "StorageClass" false;
    PRIORITY_CLASSES "scheduling.k8s.io" "v1" "priorityclasses" "PriorityClass" false;
    ROLE_BINDINGS "rbac.authorization.k8s.io" "v1" "rolebindings" "RoleBinding" true;
    AUTOSCALERS "autoscaling" "v2" "horizontalpodautoscalers" "HorizontalPodAutoscaler" true;
    DISRUPTION_BUDGETS "policy" "v1" "poddisruptionbudgets" "PodDisruptionBudget" true;
}

impl From<Kind> for Resource {
    fn from(kind: Kind) -> Self {
        let (group, version, plural, name) = kind.resource();
        Self {
            group: group.into(),
            version: version.into(),
            plural: plural.into(),
            kind: name.into(),
            namespaced: kind.namespaced(),
        }
    }
}

impl Resource {
    /// The path of its collection, in a namespace or everywhere.
    pub fn collection(&self, namespace: Option<&str>) -> String {
        let Self { group, version, plural, .. } = self;
        let root =
            if group.is_empty() { format!("/api/{version}") } else { format!("/apis/{group}/{version}") };
        match namespace.filter(|namespace| self.namespaced && !namespace.is_empty()) {
            Some(namespace) => format!("{root}/namespaces/{}/{plural}", encode(namespace)),
            None => format!("{root}/{plural}"),
        }
    }

    /// The path of one object; `namespace` is empty for cluster-scoped ones.
    pub fn object(&self, namespace: &str, name: &str) -> String {
        format!("{}/{}", self.collection(Some(namespace)), encode(name))
    }

    /// `deployments.apps`, `pods`: how the API server's messages and RBAC name it.
    pub fn group_resource(&self) -> String {
        if self.group.is_empty() {
            self.plural.to_string()
        } else {
            format!("{}.{}", self.plural, self.group)
        }
    }

    /// `apps/v1`, `v1`.
    pub fn api_version(&self) -> String {
        if self.group.is_empty() {
            self.version.to_string()
        } else {
            format!("{}/{}", self.group, self.version)
        }
    }

    /// The word that kubectl takes before an object's name: `deployment`, and for groups that are not Kubernetes' own
    /// `widget.example.io`, since such a name may be taken twice.
    pub fn word(&self) -> String {
        let kind = self.kind.to_ascii_lowercase();
        let own = !self.group.contains('.') || self.group.ends_with(".k8s.io");
        if own { kind } else { format!("{kind}.{}", self.group) }
    }
}

impl fmt::Display for Resource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.word())
    }
}

/// Text as a path segment or a query value.
pub fn encode(text: &str) -> impl fmt::Display {
    utf8_percent_encode(text, &KEPT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_and_words_are_the_apis() {
        for (resource, namespace, name, path, word) in [
            (Resource::PODS, "shop", "web", "/api/v1/namespaces/shop/pods/web", "pod"),
            (
                Resource::DEPLOYMENTS,
                "shop",
                "web",
                "/apis/apps/v1/namespaces/shop/deployments/web",
                "deployment",
            ),
            (Resource::NODES, "", "n1", "/api/v1/nodes/n1", "node"),
            (Resource::NODES, "ignored", "n1", "/api/v1/nodes/n1", "node"),
            (
                Resource {
                    group: "example.io".into(),
                    version: "v1".into(),
                    plural: "widgets".into(),
                    kind: "Widget".into(),
                    namespaced: true,
                },
                "a b",
                "x/y",
                "/apis/example.io/v1/namespaces/a%20b/widgets/x%2Fy",
                "widget.example.io",
            ),
        ] {
            assert_eq!(resource.object(namespace, name), path);
            assert_eq!(resource.word(), word);
        }
        assert_eq!(Resource::ENDPOINT_SLICES.group_resource(), "endpointslices.discovery.k8s.io");
        assert_eq!(Resource::ENDPOINT_SLICES.word(), "endpointslice");
    }

    #[test]
    fn hot_kinds_are_known_by_the_same_names() {
        for kind in Kind::ALL {
            assert!(Resource::KNOWN.contains(&kind.into()), "{kind:?}");
        }
    }
}
