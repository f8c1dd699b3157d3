//! Which lists the relations of an object need: only what its kind can have to do with, and names where names suffice.

use serde_json::Value;

use super::uses::{pod_spec, used};
use crate::model::json::text;
use crate::model::resource::Resource;

/// A list to be read in the object's namespace, or where one looks when the object has none.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Wanted {
    /// Of what.
    pub resource: Resource,
    /// Only names, labels and owners: the content is not asked for.
    pub metadata_only: bool,
    /// A field selector as in the API; empty: all.
    pub fields: String,
}

/// Adds to the list; a resource is read once, whole when anybody needs it whole.
#[derive(Default)]
struct Wishes(Vec<Wanted>);

impl Wishes {
    fn names(&mut self, resources: &[Resource]) {
        for resource in resources {
            if !self.0.iter().any(|one| one.resource == *resource) {
                self.0.push(Wanted {
                    resource: resource.clone(),
                    metadata_only: true,
                    fields: String::new(),
                });
            }
        }
    }

    fn whole(&mut self, resources: &[Resource]) {
        self.names(resources);
        for one in self.0.iter_mut().filter(|one| resources.contains(&one.resource)) {
            one.metadata_only = false;
        }
    }
}

/// What runs pods by a template, and the pods.
const RUNNERS: [Resource; 6] = [
    Resource::DEPLOYMENTS,
    Resource::STATEFUL_SETS,
    Resource::DAEMON_SETS,
    Resource::CRON_JOBS,
    Resource::JOBS,
    Resource::PODS,
];

/// What a kind of somebody else's may own.
const OWNABLE: [Resource; 12] = [
    Resource::DEPLOYMENTS,
    Resource::STATEFUL_SETS,
    Resource::DAEMON_SETS,
    Resource::REPLICA_SETS,
    Resource::CRON_JOBS,
    Resource::JOBS,
    Resource::PODS,
    Resource::SERVICES,
    Resource::CONFIG_MAPS,
    Resource::SECRETS,
    Resource::SERVICE_ACCOUNTS,
    Resource::PERSISTENT_VOLUME_CLAIMS,
];

/// The lists that are needed for the relations of an object.
pub fn wanted(resource: &Resource, object: &Value) -> Vec<Wanted> {
    use Resource as R;
    let mut wishes = Wishes::default();
    if pod_spec(resource, object).is_some() {
        wishes.names(&used(resource, object));
        // What selects it, or scales it.
        wishes.whole(&[R::SERVICES, R::NETWORK_POLICIES, R::DISRUPTION_BUDGETS]);
        wishes.whole(&[R::AUTOSCALERS]);
    }
    match (&*resource.group, &*resource.kind) {
        ("apps", "Deployment") => wishes.names(&[R::REPLICA_SETS, R::PODS]),
        ("apps", "ReplicaSet") | ("batch", "Job") => wishes.names(&[R::PODS]),
        ("apps", "StatefulSet") => {
            wishes.names(&[R::PODS, R::CONTROLLER_REVISIONS, R::PERSISTENT_VOLUME_CLAIMS]);
        }
        ("apps", "DaemonSet") => wishes.names(&[R::PODS, R::CONTROLLER_REVISIONS]),
        ("batch", "CronJob") => wishes.names(&[R::JOBS, R::PODS]),
        ("", "Pod") => {}
        ("", "Service") => {
            wishes.names(&[R::PODS]);
            wishes.whole(&[R::ENDPOINT_SLICES, R::INGRESSES, R::HTTP_ROUTES]);
        }
        ("discovery.k8s.io", "EndpointSlice") => wishes.names(&[R::PODS, R::SERVICES]),
        ("", "ConfigMap") | ("scheduling.k8s.io", "PriorityClass") => wishes.whole(&RUNNERS),
        ("", "Secret") => {
            wishes.whole(&RUNNERS);
            wishes.whole(&[R::INGRESSES, R::SERVICE_ACCOUNTS]);
        }
        ("", "ServiceAccount") => {
            wishes.whole(&RUNNERS);
            wishes.whole(&[R::ROLE_BINDINGS]);
            wishes.names(&[R::SECRETS]);
        }
        ("", "PersistentVolumeClaim") => {
            wishes.whole(&RUNNERS);
            wishes.names(&[R::PERSISTENT_VOLUMES, R::STORAGE_CLASSES]);
        }
        ("", "PersistentVolume") => wishes.names(&[R::PERSISTENT_VOLUME_CLAIMS, R::STORAGE_CLASSES]),
        ("storage.k8s.io", "StorageClass") => {
            wishes.whole(&[R::PERSISTENT_VOLUME_CLAIMS, R::PERSISTENT_VOLUMES]);
        }
        ("", "Node") => wishes.0.push(Wanted {
            resource: R::PODS,
            metadata_only: true,
            fields: format!("spec.nodeName={}", text(object, "/metadata/name")),
        }),
        ("networking.k8s.io", "NetworkPolicy") | ("policy", "PodDisruptionBudget") => {
            wishes.names(&[R::PODS]);
        }
        ("autoscaling", "HorizontalPodAutoscaler") => {
            wishes.names(&[R::DEPLOYMENTS, R::STATEFUL_SETS, R::REPLICA_SETS]);
        }
        ("networking.k8s.io", "Ingress") => {
            wishes.names(&[R::SERVICES, R::SECRETS, R::PODS]);
            wishes.whole(&[R::ENDPOINT_SLICES]);
        }
        ("gateway.networking.k8s.io", "HTTPRoute") => {
            wishes.names(&[R::SERVICES, R::PODS, R::GATEWAYS]);
            wishes.whole(&[R::ENDPOINT_SLICES]);
        }
        ("gateway.networking.k8s.io", "Gateway") => wishes.whole(&[R::HTTP_ROUTES]),
        (group, _) if resource.namespaced && group.contains('.') && !group.ends_with(".k8s.io") => {
            wishes.names(&OWNABLE);
        }
        _ => {}
    }
    wishes.0
}
