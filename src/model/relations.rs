//! Who belongs to whom: indexes over the tables, kept up to date by their deltas.
//!
//! Owner to owned, label sets to pods, label pairs to the selectors that name them. Every answer costs what it finds,
//! not what the cluster has. Answers are slots of the tables.

mod groups;
mod owners;
mod selectors;

pub use groups::Groups;
pub use owners::Owners;
pub use selectors::Selectors;

use super::endpoints::Count;
use super::record::{Kind, Labels, Record};
use super::table::{Delta, Slot, Table, What};
use super::text::Text;
use super::uid::Uid;

/// The indexes of one cluster.
#[derive(Debug, Default)]
pub struct Indexes {
    /// Pods by their controller.
    pub pod_owners: Owners,
    /// ReplicaSets by their deployment.
    pub replica_set_owners: Owners,
    /// Pods by label set.
    pub pods: Groups,
    /// Deployments by the label set of their pods.
    pub templates: Groups,
    /// Selectors of services.
    pub services: Selectors,
    /// `matchLabels` of deployments.
    pub deployments: Selectors,
}

impl Indexes {
    /// Follows a table; the table as it is after the delta.
    pub fn apply(&mut self, delta: &Delta, table: &Table) {
        if delta.what == What::Touched {
            return;
        }
        let (old, new) = (delta.old.as_ref(), table.get(delta.slot));
        match table.kind() {
            Kind::Pod => {
                self.pod_owners.change(delta.slot, old.and_then(owner), new.and_then(owner));
                self.pods.change(delta.slot, old.and_then(pod_labels), new.and_then(pod_labels));
            }
            Kind::ReplicaSet => {
                self.replica_set_owners.change(delta.slot, old.and_then(owner), new.and_then(owner));
            }
            Kind::Service => self.services.change(delta.slot, new.and_then(service_selector)),
            Kind::Deployment => {
                self.deployments.change(delta.slot, new.and_then(deployment_selector));
                self.templates.change(delta.slot, old.and_then(template), new.and_then(template));
            }
            Kind::StatefulSet
            | Kind::DaemonSet
            | Kind::EndpointSlice
            | Kind::Node
            | Kind::Event
            | Kind::Other(_) => {}
        }
    }

    /// Forgets what is known of a kind.
    pub fn clear(&mut self, kind: Kind) {
        match kind {
            Kind::Pod => (self.pod_owners, self.pods) = Default::default(),
            Kind::ReplicaSet => self.replica_set_owners = Owners::default(),
            Kind::Service => self.services = Selectors::default(),
            Kind::Deployment => (self.deployments, self.templates) = Default::default(),
            Kind::StatefulSet
            | Kind::DaemonSet
            | Kind::EndpointSlice
            | Kind::Node
            | Kind::Event
            | Kind::Other(_) => {}
        }
    }

    /// The ReplicaSets of a deployment.
    pub fn replica_sets_of(&self, deployment: &Uid) -> &[Slot] {
        self.replica_set_owners.owned(deployment)
    }

    /// The pods that a controller owns itself.
    pub fn pods_owned_by(&self, controller: &Uid) -> &[Slot] {
        self.pod_owners.owned(controller)
    }

    /// The services that select pods with these labels.
    pub fn services_selecting(&self, namespace: &str, labels: &Labels) -> Vec<Slot> {
        self.services.selecting(namespace, labels)
    }

    /// The deployments whose `matchLabels` match pods with these labels.
    pub fn deployments_selecting(&self, namespace: &str, labels: &Labels) -> Vec<Slot> {
        self.deployments.selecting(namespace, labels)
    }

    /// The pods that a selector selects.
    pub fn pods_selected(&self, namespace: &str, selector: &[(Text, Text)]) -> Vec<Slot> {
        self.pods.selected(Some(namespace), selector)
    }

    /// How many pods a selector selects, and how many of them are ready.
    pub fn count_selected(&self, namespace: &str, selector: &[(Text, Text)]) -> Count {
        let sets = self.pods.sets.matching(Some(namespace), selector);
        sets.filter_map(|id| self.pods.sets.get(id)).fold(Count::default(), |sum, set| Count {
            ready: sum.ready + set.ready,
            total: sum.total + set.pods,
        })
    }

    /// The deployments whose pods a service selects, also those that have no pods now.
    pub fn deployments_behind(&self, namespace: &str, selector: &[(Text, Text)]) -> Vec<Slot> {
        self.templates.selected(Some(namespace), selector)
    }
}

fn owner(record: &Record) -> Option<&Uid> {
    record.meta().owner.as_ref().map(|owner| &owner.uid)
}

fn pod_labels(record: &Record) -> Option<(&Text, &Labels, bool)> {
    match record {
        Record::Pod(pod) => Some((&pod.meta.namespace, &pod.meta.labels, pod.is_ready)),
        _ => None,
    }
}

fn template(record: &Record) -> Option<(&Text, &Labels, bool)> {
    match record {
        Record::Deployment(deployment) => {
            Some((&deployment.meta.namespace, &deployment.template_labels, deployment.ready > 0))
        }
        _ => None,
    }
}

fn service_selector(record: &Record) -> Option<(&Text, &Labels)> {
    match record {
        Record::Service(service) => Some((&service.meta.namespace, &service.selector)),
        _ => None,
    }
}

fn deployment_selector(record: &Record) -> Option<(&Text, &Labels)> {
    match record {
        Record::Deployment(deployment) => Some((&deployment.meta.namespace, &deployment.selector)),
        _ => None,
    }
}
