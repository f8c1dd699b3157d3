//! Which lists are needed for what changed.

use crate::model::relate::Wanted;
use crate::model::resource::Resource;

/// What people and controllers change, in the order in which it is named when it could not be read. Metadata suffices.
const LISTS: &[Resource] = &[
    Resource::DEPLOYMENTS,
    Resource::REPLICA_SETS,
    Resource::STATEFUL_SETS,
    Resource::DAEMON_SETS,
    Resource::CONTROLLER_REVISIONS,
    Resource::SERVICES,
    Resource::CONFIG_MAPS,
    Resource::SECRETS,
    Resource::INGRESSES,
    Resource::AUTOSCALERS,
    Resource::CRON_JOBS,
    Resource::DISRUPTION_BUDGETS,
    Resource::NETWORK_POLICIES,
    Resource::RESOURCE_QUOTAS,
    Resource::NODES,
];

/// The namespace in which the events of nodes are, which have none.
const OF_NODES: &str = "default";

/// The lists that are read for a namespace (`None`: for all), each with the namespace in which it is read. `of_object`: what
/// changed of one object is asked.
pub fn wanted(namespace: Option<&str>, of_object: bool) -> Vec<(Wanted, Option<&str>)> {
    let metadata = |resource: &Resource| Wanted {
        resource: resource.clone(),
        metadata_only: true,
        fields: String::new(),
    };
    let events =
        |fields: &str| Wanted { resource: Resource::EVENTS, metadata_only: false, fields: fields.to_owned() };
    let mut out: Vec<(Wanted, Option<&str>)> =
        LISTS.iter().map(|resource| (metadata(resource), namespace)).collect();
    // Pods come and go with their controllers: they matter where one object is meant.
    if of_object {
        out.push((metadata(&Resource::PODS), namespace));
    }
    out.push((events(""), namespace));
    if namespace.is_some_and(|namespace| namespace != OF_NODES) {
        out.push((events("involvedObject.kind=Node"), Some(OF_NODES)));
    }
    out
}
