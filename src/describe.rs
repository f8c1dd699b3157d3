//! Describes an object as `kubectl describe` does: pure functions from the object and what was read beside it to lines.
//!
//! [`wanted`] says what is to be read beside an object, [`lines`] what it all says. Words and order are kubectl's
//! (`kubectl/pkg/describe`), held against its recorded outputs; what kubectl does not say (signals, why a part is missing) stands
//! in pieces of [`Syntax::Comment`](crate::model::yaml::Syntax). Values of Secrets come in as their sizes
//! ([`crate::model::secret`]) and cannot be shown.

use serde_json::Value;

use crate::model::column::Tone;
use crate::model::record::Seconds;
use crate::model::resource::Resource;
use crate::model::trouble::Trouble;
use crate::model::yaml::Line;
use crate::release::facts::Found;

mod access;
mod common;
mod config;
mod container;
mod events;
mod generic;
mod inside;
mod job;
mod limits;
mod network;
mod node;
mod pod;
mod policy;
mod probe;
mod sheet;
mod storage;
mod volume;
mod wanted;
mod workload;

pub use common::condition_tone;
pub use inside::{lines as container, sources};
pub use wanted::{Ask, of_object, wanted};

use sheet::Sheet;

/// What is told of an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum What {
    /// All that kubectl tells.
    Describe,
    /// Its events alone.
    Events,
    /// The containers of a pod, with where their environments come from.
    Containers,
    /// The object alone: what is compared with it is told elsewhere.
    Object,
}

/// An object, and what was read beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Material {
    /// The object.
    pub object: Value,
    /// What was asked for, and what came of it.
    pub beside: Vec<(Ask, Found<Vec<Value>>)>,
    /// Of what not all was read.
    pub cut: Vec<Cut>,
    /// The time that ages are relative to.
    pub now: Seconds,
}

/// A list of which only the beginning was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cut {
    /// What it is a list of, in words.
    pub what: &'static str,
    /// Of which resource.
    pub resource: Resource,
    /// How many were read.
    pub shown: usize,
    /// How many were not, where the server says so.
    pub more: Option<u64>,
}

impl Cut {
    /// In words.
    pub fn words(&self) -> String {
        match self.more {
            Some(more) => {
                format!("{} of {} {} are read and told of", self.shown, self.shown as u64 + more, self.what)
            }
            None => format!("the first {} {} are read and told of; there are more", self.shown, self.what),
        }
    }
}

impl Material {
    /// What was read of a resource.
    pub fn of(&self, resource: &Resource) -> &[Value] {
        let found = self.beside.iter().find(|(ask, _)| ask.resource == *resource);
        found.and_then(|(_, found)| found.known()).map_or(&[], Vec::as_slice)
    }

    /// Says where not everything of a resource was read.
    fn say_cut(&self, sheet: &mut Sheet, level: usize, resource: &Resource) {
        if let Some(cut) = self.cut.iter().find(|cut| cut.resource == *resource) {
            sheet.toned(level, cut.words(), Tone::Warn);
        }
    }

    /// Why something could not be read.
    pub fn trouble(&self, resource: &Resource) -> Option<&Trouble> {
        self.beside.iter().find(|(ask, _)| ask.resource == *resource).and_then(|(_, found)| found.trouble())
    }
}

/// What is told of the object.
pub fn lines(what: What, material: &Material) -> Vec<Line> {
    let mut sheet = Sheet::default();
    match what {
        What::Events => events::alone(&mut sheet, material),
        // Of each container by itself: [`container`].
        What::Containers | What::Object => {}
        What::Describe => {
            describe(&mut sheet, material);
            if material.beside.iter().any(|(ask, _)| ask.resource == Resource::EVENTS) {
                events::describe(&mut sheet, material);
            }
            // Others are named where they are missed.
            let silent = [
                Resource::AUTOSCALERS,
                Resource::SERVICES,
                Resource::RESOURCE_QUOTAS,
                Resource::LIMIT_RANGES,
            ];
            for (ask, found) in &material.beside {
                if let (Some(trouble), true) = (found.trouble(), silent.contains(&ask.resource)) {
                    sheet.remark(0, &format!("{} not known: {trouble}", ask.what));
                }
            }
            // Nothing is lost silently; of events it is said where they stand.
            for cut in material.cut.iter().filter(|cut| cut.resource != Resource::EVENTS) {
                sheet.toned(0, cut.words(), Tone::Warn);
            }
        }
    }
    sheet.lines()
}

fn describe(sheet: &mut Sheet, material: &Material) {
    let object = &material.object;
    let version = object["apiVersion"].as_str().unwrap_or_default();
    let group = version.split_once('/').map_or("", |(group, _)| group);
    let kind = object["kind"].as_str().unwrap_or_default();
    match (group, kind) {
        ("", "Pod") => pod::describe(sheet, material),
        ("", "Node") => node::describe(sheet, material),
        ("", "Service") => network::service(sheet, material),
        ("", "Endpoints") => network::endpoints_object(sheet, object),
        ("discovery.k8s.io", "EndpointSlice") => network::endpoint_slice(sheet, object),
        ("networking.k8s.io", "Ingress") => network::ingress(sheet, material),
        ("networking.k8s.io", "IngressClass") => network::ingress_class(sheet, object),
        ("networking.k8s.io", "NetworkPolicy") => policy::describe(sheet, object),
        ("apps", "Deployment") => workload::deployment(sheet, material),
        ("apps", "ReplicaSet") => workload::replica_set(sheet, material),
        ("apps", "StatefulSet") => workload::stateful_set(sheet, material),
        ("apps", "DaemonSet") => workload::daemon_set(sheet, material),
        ("batch", "Job") => job::describe(sheet, object),
        ("batch", "CronJob") => job::cron(sheet, object),
        ("", "ConfigMap") => config::config_map(sheet, object),
        ("", "Secret") => config::secret(sheet, object),
        ("", "ServiceAccount") => config::service_account(sheet, object),
        ("scheduling.k8s.io", "PriorityClass") => config::priority_class(sheet, object),
        ("", "PersistentVolume") => storage::volume(sheet, material),
        ("", "PersistentVolumeClaim") => storage::claim(sheet, material),
        ("storage.k8s.io", "StorageClass") => storage::class(sheet, object),
        ("autoscaling", "HorizontalPodAutoscaler") if version == "autoscaling/v2" => {
            limits::autoscaler(sheet, object);
        }
        ("policy", "PodDisruptionBudget") => limits::budget(sheet, object),
        ("", "ResourceQuota") => limits::quota(sheet, object),
        ("", "LimitRange") => limits::limit_range(sheet, object),
        ("", "Namespace") => limits::namespace(sheet, material),
        ("rbac.authorization.k8s.io", "Role" | "ClusterRole") => access::role(sheet, object),
        ("rbac.authorization.k8s.io", "RoleBinding" | "ClusterRoleBinding") => access::binding(sheet, object),
        _ => generic::describe(sheet, object),
    }
    common::held(sheet, object);
}

#[cfg(test)]
mod tests;
