//! What the watches show around an object, as facts for its plan.

use std::collections::BTreeMap;

use crate::model::record::{Kind, Labels, Record};
use crate::model::uid::Uid;
use crate::release::Target;
use crate::release::facts::{PodFact, ServiceFact, Surroundings};
use crate::state::State;

impl State {
    /// The pods and services of the object's namespace, where they are watched and complete.
    pub(super) fn surroundings(&self, target: &Target) -> Surroundings {
        let watched = |kind: Kind| {
            self.covers(kind, &target.namespace)
                && self.statuses.get(&kind).is_some_and(|status| status.is_live())
        };
        let records = |kind: Kind| {
            self.cache
                .table(kind)
                .iter()
                .map(|(_, record)| record)
                .filter(|record| record.meta().namespace.as_ref() == target.namespace)
        };
        let pods = watched(Kind::Pod).then(|| records(Kind::Pod).filter_map(pod).collect());
        let both = watched(Kind::Service) && watched(Kind::EndpointSlice);
        let services =
            both.then(|| records(Kind::Service).filter_map(|record| self.service(record)).collect());
        let mut kinds = [Kind::Service, Kind::EndpointSlice].into_iter();
        let trouble = kinds.find_map(|kind| self.statuses.get(&kind)?.trouble());
        let services_why = trouble.map(|trouble| match &trouble.missing {
            Some(missing) => format!("{}: {missing}", trouble.kind.word()),
            None => trouble.to_string(),
        });
        Surroundings { pods, services, services_why }
    }

    /// The deployments of a namespace with the labels of their pods.
    pub(in crate::state) fn templates(&self, namespace: &str) -> Vec<(String, Vec<(String, String)>)> {
        let table = self.cache.table(Kind::Deployment);
        let records = table.iter().filter_map(|(_, record)| match record {
            Record::Deployment(deployment) => Some(deployment),
            _ => None,
        });
        records
            .filter(|deployment| deployment.meta.namespace.as_ref() == namespace)
            .map(|deployment| (deployment.meta.name.to_string(), pairs(&deployment.template_labels)))
            .collect()
    }

    /// The pods of these controllers.
    pub(in crate::state) fn pods_owned(&self, owners: impl Iterator<Item = Uid>) -> Vec<PodFact> {
        let table = self.cache.table(Kind::Pod);
        let slots = owners.flat_map(|owner| self.cache.indexes().pods_owned_by(&owner).to_vec());
        slots.filter_map(|slot| table.get(slot)).filter_map(pod).collect()
    }

    /// The services that select pods with these labels.
    pub(in crate::state) fn services_selecting(
        &self,
        namespace: &str,
        labels: BTreeMap<String, String>,
    ) -> Vec<ServiceFact> {
        let labels: Labels =
            labels.into_iter().map(|(key, value)| (key.as_str().into(), value.as_str().into())).collect();
        let slots = self.cache.indexes().services_selecting(namespace, &labels);
        let table = self.cache.table(Kind::Service);
        slots
            .into_iter()
            .filter_map(|slot| table.get(slot))
            .filter_map(|record| self.service(record))
            .collect()
    }

    fn service(&self, record: &Record) -> Option<ServiceFact> {
        let Record::Service(service) = record else { return None };
        let endpoints = self.cache.endpoints();
        let count = endpoints.of(&service.meta.namespace, &service.meta.name).unwrap_or_default();
        Some(ServiceFact {
            name: service.meta.name.to_string(),
            selector: pairs(&service.selector),
            ready: count.ready,
            total: count.total,
        })
    }
}

fn pod(record: &Record) -> Option<PodFact> {
    let Record::Pod(pod) = record else { return None };
    Some(PodFact {
        name: pod.meta.name.to_string(),
        labels: pairs(&pod.meta.labels),
        owner: pod.meta.owner.as_ref().map(|owner| owner.uid.to_string()).unwrap_or_default(),
        ready: pod.is_ready,
        status: pod.status.to_string(),
        images: pod
            .images
            .iter()
            .map(|image| (image.container.to_string(), image.image.to_string()))
            .collect(),
        created: pod.meta.created,
    })
}

fn pairs(labels: &Labels) -> Vec<(String, String)> {
    labels.iter().map(|(key, value)| (key.to_string(), value.to_string())).collect()
}
