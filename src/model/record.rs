//! What is kept of an object: a few hundred bytes, strings shared.
//!
//! Records are made by [`super::project`]; whole objects are never kept. Times are seconds of Unix time.

use std::sync::Arc;

use super::columns::own::Values;
use super::facts::{self, Facts};
use super::resource::Resource;
use super::text::Text;
use super::uid::Uid;

/// Seconds of Unix time.
pub type Seconds = i64;

/// Labels or selectors: pairs sorted by key, shared between records with the same set.
pub type Labels = Arc<[(Text, Text)]>;

/// The kinds of records: the hot ones are read through slim types of our own, all others as the server's tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// `v1` Pod.
    Pod,
    /// `apps/v1` Deployment.
    Deployment,
    /// `apps/v1` ReplicaSet.
    ReplicaSet,
    /// `apps/v1` StatefulSet.
    StatefulSet,
    /// `apps/v1` DaemonSet.
    DaemonSet,
    /// `v1` Service.
    Service,
    /// `discovery.k8s.io/v1` EndpointSlice.
    EndpointSlice,
    /// `v1` Node.
    Node,
    /// `v1` Event.
    Event,
    /// Any other kind that the server has. It lives as long as the program, so that kinds stay small and can be copied; the
    /// catalogue makes each once ([`super::catalogue`]).
    Other(&'static Resource),
}

impl Kind {
    /// The hot ones.
    pub const ALL: [Self; 9] = [
        Self::Pod,
        Self::Deployment,
        Self::ReplicaSet,
        Self::StatefulSet,
        Self::DaemonSet,
        Self::Service,
        Self::EndpointSlice,
        Self::Node,
        Self::Event,
    ];

    /// API group (empty for core), version, plural resource name, kind.
    pub fn resource(self) -> (&'static str, &'static str, &'static str, &'static str) {
        match self {
            Self::Pod => ("", "v1", "pods", "Pod"),
            Self::Deployment => ("apps", "v1", "deployments", "Deployment"),
            Self::ReplicaSet => ("apps", "v1", "replicasets", "ReplicaSet"),
            Self::StatefulSet => ("apps", "v1", "statefulsets", "StatefulSet"),
            Self::DaemonSet => ("apps", "v1", "daemonsets", "DaemonSet"),
            Self::Service => ("", "v1", "services", "Service"),
            Self::EndpointSlice => ("discovery.k8s.io", "v1", "endpointslices", "EndpointSlice"),
            Self::Node => ("", "v1", "nodes", "Node"),
            Self::Event => ("", "v1", "events", "Event"),
            Self::Other(resource) => (&resource.group, &resource.version, &resource.plural, &resource.kind),
        }
    }

    /// Whether the server's table is asked to carry the objects of the kind, since its cells do not say enough.
    pub fn needs_objects(self) -> bool {
        matches!(self, Self::Other(resource) if facts::are_kept(resource))
    }

    /// Whether objects of the kind live in a namespace.
    pub fn namespaced(self) -> bool {
        match self {
            Self::Node => false,
            Self::Other(resource) => resource.namespaced,
            _ => true,
        }
    }
}

/// What every record has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Meta {
    /// `metadata.uid`.
    pub uid: Uid,
    /// `metadata.name`, cleaned.
    pub name: Box<str>,
    /// `metadata.namespace`; empty for cluster-scoped objects.
    pub namespace: Text,
    /// `metadata.labels`.
    pub labels: Labels,
    /// The owner reference with `controller: true`.
    pub owner: Option<Arc<Owner>>,
    /// `metadata.creationTimestamp`.
    pub created: Seconds,
    /// `metadata.deletionTimestamp`.
    pub deleting: Option<Seconds>,
    /// Values of the columns that the user has defined for the kind; `None` where there are none, and costs one pointer then.
    pub own: Option<Box<Values>>,
}

/// The controller of an object.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Owner {
    /// Its kind, e.g. `ReplicaSet`.
    pub kind: Text,
    /// Its name.
    pub name: Text,
    /// Its UID.
    pub uid: Uid,
}

/// How an object is doing, in one word that colours, sorts and the faults filter share. Ordered from worst to best.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Health {
    /// Broken: needs somebody.
    Fault,
    /// Not as it should be, may mend itself.
    Warning,
    /// On its way.
    Progressing,
    /// As it should be.
    Ok,
    /// Ended or switched off on purpose.
    Idle,
}

/// A pod.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pod {
    /// Common part.
    pub meta: Meta,
    /// As kubectl's STATUS column.
    pub status: Text,
    /// Why it is not ready, in words; empty when there is nothing to say.
    pub reason: Text,
    /// Ready containers, as in kubectl's READY column.
    pub ready: u16,
    /// All containers, as in kubectl's READY column.
    pub containers: u16,
    /// As kubectl's RESTARTS column.
    pub restarts: u32,
    /// When the last restart was, where known.
    pub restarted: Option<Seconds>,
    /// Condition Ready is True: it is counted by endpoints.
    pub is_ready: bool,
    /// `spec.nodeName`.
    pub node: Text,
    /// `status.podIP`.
    pub ip: Option<std::net::IpAddr>,
    /// Images of the containers, shared between pods of the same template.
    pub images: Arc<[Image]>,
    /// Since when it is ready, or not; 0 when that is not known.
    pub since: Seconds,
    /// How its container that ended last did so, before it was started again; none has for most pods.
    pub ended: Option<Box<Ended>>,
    /// How it is doing.
    pub health: Health,
    /// It has ended, well or not: it takes nothing of its node any more.
    pub finished: bool,
    /// What few pods have; `None` where there is nothing of it, and costs one pointer then.
    pub extras: Option<Box<Extras>>,
}

/// What few pods have.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Extras {
    /// The claims that it mounts, those of its ephemeral volumes too.
    pub claims: Box<[Text]>,
    /// What it asks for in all, where that is not the sum of its containers: init containers, overhead, or the pod's own.
    pub requests: Option<Amounts>,
}

/// How a run of a container ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ended {
    /// The container.
    pub container: Text,
    /// `reason`, e.g. `OOMKilled`.
    pub reason: Text,
    /// `exitCode`.
    pub code: i32,
    /// When; 0 when that is not known.
    pub at: Seconds,
    /// When that run began; 0 when that is not known.
    pub began: Seconds,
}

/// A container's name and image, and what it asks for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Image {
    /// Container name.
    pub container: Text,
    /// Image reference as written in the spec.
    pub image: Text,
    /// What it asks for (`resources.requests`).
    pub requests: Amounts,
    /// What it may use at most (`resources.limits`).
    pub limits: Amounts,
    /// The names of its ports.
    pub ports: Box<[Text]>,
}

/// Amounts of CPU and memory; 0: nothing is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Amounts {
    /// Billionths of a CPU.
    pub cpu: u64,
    /// Bytes of memory.
    pub memory: u64,
}

impl Amounts {
    /// Both together.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        let (cpu, memory) = (self.cpu.saturating_add(other.cpu), self.memory.saturating_add(other.memory));
        Self { cpu, memory }
    }

    /// What is left of it without the other.
    #[must_use]
    pub fn minus(self, other: Self) -> Self {
        let (cpu, memory) = (self.cpu.saturating_sub(other.cpu), self.memory.saturating_sub(other.memory));
        Self { cpu, memory }
    }

    /// The larger of both, each by itself.
    #[must_use]
    pub fn at_least(self, other: Self) -> Self {
        Self { cpu: self.cpu.max(other.cpu), memory: self.memory.max(other.memory) }
    }
}

impl Pod {
    /// What it asks for, as the scheduler counts it.
    pub fn requests(&self) -> Amounts {
        let sum = || self.images.iter().fold(Amounts::default(), |sum, one| sum.plus(one.requests));
        self.extras.as_ref().and_then(|extras| extras.requests).unwrap_or_else(sum)
    }

    /// The claims that it mounts.
    pub fn claims(&self) -> &[Text] {
        self.extras.as_ref().map_or(&[], |extras| &extras.claims)
    }
}

/// A deployment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deployment {
    /// Common part.
    pub meta: Meta,
    /// `spec.replicas` (1 when absent).
    pub desired: u32,
    /// `status.replicas`.
    pub current: u32,
    /// `status.updatedReplicas`.
    pub updated: u32,
    /// `status.readyReplicas`.
    pub ready: u32,
    /// `status.availableReplicas`.
    pub available: u32,
    /// `metadata.generation` has been observed by the controller.
    pub observed: bool,
    /// `spec.paused`.
    pub paused: bool,
    /// `spec.strategy.type` is `Recreate`.
    pub recreate: bool,
    /// Annotation `deployment.kubernetes.io/revision`; 0 when absent.
    pub revision: u64,
    /// Annotation `kubernetes.io/change-cause`.
    pub cause: Text,
    /// Containers of the template.
    pub images: Arc<[Image]>,
    /// `spec.selector.matchLabels` (empty when it has expressions only).
    pub selector: Labels,
    /// Labels of the template's pods.
    pub template_labels: Labels,
    /// Where its rollout is, by kubectl's status rule.
    pub rollout: Rollout,
    /// Message of the condition that explains trouble; empty when there is none.
    pub reason: Text,
    /// Since when it lacks pods, or is past its deadline, as its conditions say; 0 when they say nothing.
    pub since: Seconds,
    /// How it is doing.
    pub health: Health,
}

/// Where a deployment's rollout is (`kubectl rollout status`' rule).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Rollout {
    /// The controller has not seen the change yet.
    Unobserved,
    /// Condition Progressing has reason `ProgressDeadlineExceeded`.
    Stuck,
    /// So many of the wished replicas are updated.
    Updating,
    /// Old replicas are pending termination.
    Terminating,
    /// Updated replicas are not yet available.
    Availing,
    /// Done.
    Complete,
}

/// A ReplicaSet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReplicaSet {
    /// Common part.
    pub meta: Meta,
    /// `spec.replicas` (1 when absent).
    pub desired: u32,
    /// `status.replicas`.
    pub current: u32,
    /// `status.readyReplicas`.
    pub ready: u32,
    /// Annotation `deployment.kubernetes.io/revision`; 0 when absent.
    pub revision: u64,
    /// Containers of the template.
    pub images: Arc<[Image]>,
    /// How it is doing.
    pub health: Health,
}

/// A StatefulSet or a DaemonSet: what owns its pods itself, and keeps its history in ControllerRevisions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PodSet {
    /// Common part.
    pub meta: Meta,
    /// Pods that are wished for: `spec.replicas` (1 when absent), or of the nodes that should have one.
    pub desired: u32,
    /// Pods that exist.
    pub current: u32,
    /// Pods that are ready.
    pub ready: u32,
    /// Pods of the newest template.
    pub updated: u32,
    /// Pods that have been ready for long enough.
    pub available: u32,
    /// `spec.updateStrategy.type` is `OnDelete`: pods are updated when somebody deletes them.
    pub on_delete: bool,
    /// `spec.updateStrategy.rollingUpdate.partition`: pods below it are not updated.
    pub partition: u32,
    /// `spec.template.spec.nodeSelector`.
    pub node_selector: Labels,
    /// Containers of the template.
    pub images: Arc<[Image]>,
    /// Where its rollout is, in words; empty when it is complete.
    pub progress: Text,
    /// How it is doing.
    pub health: Health,
}

/// A service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Service {
    /// Common part.
    pub meta: Meta,
    /// `spec.type`.
    pub kind: Text,
    /// As kubectl's CLUSTER-IP column.
    pub cluster_ip: Text,
    /// As kubectl's EXTERNAL-IP column.
    pub external_ip: Text,
    /// As kubectl's PORT(S) column.
    pub ports: Text,
    /// The names of pods' ports that it leads to (`targetPort`); numbers need no name.
    pub named_ports: Box<[Text]>,
    /// `spec.selector`; empty: endpoints are kept by hand (or it is an `ExternalName`).
    pub selector: Labels,
}

/// An EndpointSlice: how many endpoints of a service are ready.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EndpointSlice {
    /// Common part.
    pub meta: Meta,
    /// Label `kubernetes.io/service-name`.
    pub service: Text,
    /// `addressType`: IPv4, IPv6 or FQDN. Endpoints of two families are the same pods.
    pub address_type: Text,
    /// Endpoints with `conditions.ready` true or absent.
    pub ready: u32,
    /// All endpoints.
    pub total: u32,
    /// As kubectl's PORTS column.
    pub ports: Text,
    /// The first addresses, as kubectl's ENDPOINTS column.
    pub addresses: Text,
}

/// A node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// Common part.
    pub meta: Meta,
    /// As kubectl's STATUS column.
    pub status: Text,
    /// As kubectl's ROLES column.
    pub roles: Text,
    /// Kubelet version.
    pub version: Text,
    /// `InternalIP`.
    pub internal_ip: Text,
    /// `status.nodeInfo.osImage`.
    pub os_image: Text,
    /// `status.nodeInfo.kernelVersion`.
    pub kernel: Text,
    /// `spec.taints` as kubectl writes them: `key=value:Effect`.
    pub taints: Text,
    /// `status.nodeInfo.containerRuntimeVersion`.
    pub runtime: Text,
    /// `status.allocatable`.
    pub allocatable: Amounts,
    /// How many pods it takes (`status.allocatable.pods`); 0: it does not say.
    pub most_pods: u32,
    /// Pressure conditions that are True and, when not ready, the Ready condition's message.
    pub reason: Text,
    /// Since when it is not ready, or under pressure; 0 when it is well.
    pub since: Seconds,
    /// How it is doing.
    pub health: Health,
}

/// An event (`v1`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventRecord {
    /// Common part.
    pub meta: Meta,
    /// `Normal` or `Warning`.
    pub kind: Text,
    /// `reason`.
    pub reason: Text,
    /// `kind/name` of the involved object, as kubectl's OBJECT column.
    pub object: Text,
    /// UID of the involved object.
    pub object_uid: Option<Uid>,
    /// `message`, cleaned.
    pub message: Text,
    /// How often, as kubectl counts.
    pub count: u32,
    /// When last seen.
    pub seen: Seconds,
    /// How bad it is.
    pub health: Health,
}

/// An object of any other kind: what the server's table says of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Common part.
    pub meta: Meta,
    /// Its kind.
    pub resource: &'static Resource,
    /// A cell for each of the server's columns, as kubectl prints it.
    pub cells: Box<[Text]>,
    /// How it is doing, as far as its cells say.
    pub health: Health,
    /// Which cell says so.
    pub telling: Option<u8>,
    /// What our own columns of its kind are made of.
    pub facts: Option<Box<Facts>>,
}

/// A record of any kind.
#[allow(
    clippy::large_enum_variant,
    reason = "pods are most of the records; a box each would cost more than it saves"
)]
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Record {
    /// A pod; not boxed, since there are most of them.
    Pod(Pod),
    /// A deployment.
    Deployment(Box<Deployment>),
    /// A ReplicaSet.
    ReplicaSet(Box<ReplicaSet>),
    /// A StatefulSet.
    StatefulSet(Box<PodSet>),
    /// A DaemonSet.
    DaemonSet(Box<PodSet>),
    /// A service.
    Service(Box<Service>),
    /// An EndpointSlice.
    EndpointSlice(Box<EndpointSlice>),
    /// A node.
    Node(Box<Node>),
    /// An event.
    Event(Box<EventRecord>),
    /// Any other.
    Row(Box<Row>),
}

impl Meta {
    /// It is shown together with objects of other clusters, which may have the same UIDs.
    pub fn put_in(&mut self, place: u16) {
        self.uid = self.uid.of_place(place);
    }

    /// Of which cluster it is, where the rows of several are shown together; 0 elsewhere.
    pub fn place(&self) -> u16 {
        self.uid.place()
    }
}

impl Record {
    /// The common part, to be changed.
    pub fn meta_mut(&mut self) -> &mut Meta {
        match self {
            Self::Pod(record) => &mut record.meta,
            Self::Deployment(record) => &mut record.meta,
            Self::ReplicaSet(record) => &mut record.meta,
            Self::StatefulSet(record) | Self::DaemonSet(record) => &mut record.meta,
            Self::Service(record) => &mut record.meta,
            Self::EndpointSlice(record) => &mut record.meta,
            Self::Node(record) => &mut record.meta,
            Self::Event(record) => &mut record.meta,
            Self::Row(record) => &mut record.meta,
        }
    }

    /// The common part.
    pub fn meta(&self) -> &Meta {
        match self {
            Self::Pod(record) => &record.meta,
            Self::Deployment(record) => &record.meta,
            Self::ReplicaSet(record) => &record.meta,
            Self::StatefulSet(record) | Self::DaemonSet(record) => &record.meta,
            Self::Service(record) => &record.meta,
            Self::EndpointSlice(record) => &record.meta,
            Self::Node(record) => &record.meta,
            Self::Event(record) => &record.meta,
            Self::Row(record) => &record.meta,
        }
    }

    /// Its kind.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Pod(_) => Kind::Pod,
            Self::Deployment(_) => Kind::Deployment,
            Self::ReplicaSet(_) => Kind::ReplicaSet,
            Self::StatefulSet(_) => Kind::StatefulSet,
            Self::DaemonSet(_) => Kind::DaemonSet,
            Self::Service(_) => Kind::Service,
            Self::EndpointSlice(_) => Kind::EndpointSlice,
            Self::Node(_) => Kind::Node,
            Self::Event(_) => Kind::Event,
            Self::Row(record) => Kind::Other(record.resource),
        }
    }

    /// How the object is doing, as far as the record alone can say.
    pub fn health(&self) -> Health {
        match self {
            Self::Pod(record) => record.health,
            Self::Deployment(record) => record.health,
            Self::ReplicaSet(record) => record.health,
            Self::StatefulSet(record) | Self::DaemonSet(record) => record.health,
            Self::Service(_) | Self::EndpointSlice(_) => Health::Ok,
            Self::Node(record) => record.health,
            Self::Event(record) => record.health,
            Self::Row(record) => record.health,
        }
    }
}
