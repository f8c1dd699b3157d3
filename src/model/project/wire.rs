//! The fields of the API's objects that are read. A table, nothing else.
//!
//! Numbers are those of the `generated.proto` files of `k8s.io/api` (`core/v1`, `apps/v1`, `discovery/v1`) and
//! `k8s.io/apimachinery` (`meta/v1`); they never change their meaning.

use std::borrow::Cow;

use super::decode::protobuf::{Broken, Value, Wire, fields, pair};
use super::lax::{Lax, Pairs, Present, Time, read};
use super::slim::{keyed, slim};

/// A string, borrowed from the bytes where possible.
pub(super) type Str<'a> = Cow<'a, str>;

slim! {
    /// `metadata` of an object.
    Meta {
        1 "name" => name: Str<'a>,
        3 "namespace" => namespace: Str<'a>,
        5 "uid" => uid: Str<'a>,
        6 "resourceVersion" => version: Str<'a>,
        7 "generation" => generation: i64,
        8 "creationTimestamp" => created: Time,
        9 "deletionTimestamp" => deleting: Time,
        11 "labels" => labels: Pairs<'a>,
        12 "annotations" => annotations: Annotations<'a>,
        13 "ownerReferences" => owners: Vec<OwnerReference<'a>>,
    }

    /// One of `metadata.ownerReferences`.
    OwnerReference {
        1 "kind" => kind: Str<'a>,
        3 "name" => name: Str<'a>,
        4 "uid" => uid: Str<'a>,
        6 "controller" => controller: bool,
    }

    /// One of `status.conditions`.
    Condition {
        1 "type" => kind: Str<'a>,
        2 "status" => status: Str<'a>,
        [5, 4, 4, 4, 4] "reason" => reason: Str<'a>,
        [6, 5, 5, 5, 5] "message" => message: Str<'a>,
        [4, 7, 3, 3, 3] "lastTransitionTime" => since: Time,
    }

    /// `v1` Pod.
    Pod {
        1 "metadata" => meta: Meta<'a>,
        2 "spec" => spec: PodSpec<'a>,
        3 "status" => status: PodStatus<'a>,
    }

    /// `spec` of a pod or of a pod template.
    PodSpec {
        10 "nodeName" => node: Str<'a>,
        2 "containers" => containers: Vec<Container<'a>>,
        20 "initContainers" => init_containers: Vec<Container<'a>>,
        7 "nodeSelector" => node_selector: Pairs<'a>,
        1 "volumes" => volumes: Vec<Volume<'a>>,
        32 "overhead" => overhead: Amounts<'a>,
        40 "resources" => resources: Resources<'a>,
    }

    /// A volume of a pod. In protobuf, what it is made of is a message of its own.
    Volume {
        1 "name" => name: Str<'a>,
        2 "volumeSource" => source: VolumeSource<'a>,
        0 "persistentVolumeClaim" => claim: Option<ClaimSource<'a>>,
        0 "ephemeral" => ephemeral: Option<Present>,
    }

    /// What a volume is made of, in protobuf.
    VolumeSource {
        10 "persistentVolumeClaim" => claim: Option<ClaimSource<'a>>,
        29 "ephemeral" => ephemeral: Option<Present>,
    }

    /// The claim that a volume is of.
    ClaimSource {
        1 "claimName" => name: Str<'a>,
    }

    /// A container of a pod's spec.
    Container {
        1 "name" => name: Str<'a>,
        2 "image" => image: Str<'a>,
        24 "restartPolicy" => restart_policy: Str<'a>,
        8 "resources" => resources: Resources<'a>,
        6 "ports" => ports: Vec<ContainerPort<'a>>,
    }

    /// One of the `ports` of a container: only its name is of use, for services that name it.
    ContainerPort {
        1 "name" => name: Str<'a>,
    }

    /// `resources` of a container.
    Resources {
        1 "limits" => limits: Amounts<'a>,
        2 "requests" => requests: Amounts<'a>,
    }

    /// `status` of a pod.
    PodStatus {
        1 "phase" => phase: Str<'a>,
        4 "reason" => reason: Str<'a>,
        3 "message" => message: Str<'a>,
        6 "podIP" => ip: Str<'a>,
        2 "conditions" => conditions: Vec<Condition<'a>>,
        10 "initContainerStatuses" => init_containers: Vec<ContainerStatus<'a>>,
        8 "containerStatuses" => containers: Vec<ContainerStatus<'a>>,
    }

    /// How a container is.
    ContainerStatus {
        1 "name" => name: Str<'a>,
        4 "ready" => ready: bool,
        9 "started" => started: Option<bool>,
        5 "restartCount" => restarts: i64,
        2 "state" => state: ContainerState<'a>,
        3 "lastState" => last: ContainerState<'a>,
    }

    /// `state` or `lastState` of a container.
    ContainerState {
        1 "waiting" => waiting: Option<Waiting<'a>>,
        2 "running" => running: Option<Present>,
        3 "terminated" => terminated: Option<Terminated<'a>>,
    }

    /// A container that has not started.
    Waiting {
        1 "reason" => reason: Str<'a>,
        2 "message" => message: Str<'a>,
    }

    /// A container that has ended.
    Terminated {
        1 "exitCode" => exit_code: i64,
        2 "signal" => signal: i64,
        3 "reason" => reason: Str<'a>,
        4 "message" => message: Str<'a>,
        5 "startedAt" => started: Time,
        6 "finishedAt" => finished: Time,
    }

    /// `apps/v1` Deployment or ReplicaSet.
    Workload {
        1 "metadata" => meta: Meta<'a>,
        2 "spec" => spec: WorkloadSpec<'a>,
        3 "status" => status: WorkloadStatus<'a>,
    }

    /// `spec` of a workload.
    WorkloadSpec {
        [0, 1, 1, 1, 0] "replicas" => replicas: Option<i64>,
        [0, 7, 0, 0, 0] "paused" => paused: bool,
        [0, 4, 0, 0, 0] "strategy" => strategy: Strategy<'a>,
        [0, 0, 0, 7, 3] "updateStrategy" => update_strategy: Strategy<'a>,
        [0, 2, 2, 2, 1] "selector" => selector: Selector<'a>,
        [0, 3, 3, 3, 2] "template" => template: Template<'a>,
    }

    /// `spec.strategy`.
    Strategy {
        1 "type" => kind: Str<'a>,
        [0, 0, 0, 2, 0] "rollingUpdate" => rolling: RollingUpdate<'a>,
    }

    /// `spec.updateStrategy.rollingUpdate`.
    RollingUpdate {
        1 "partition" => partition: i64,
    }

    /// A label selector.
    Selector {
        1 "matchLabels" => labels: Pairs<'a>,
    }

    /// `spec.template`.
    Template {
        1 "metadata" => meta: TemplateMeta<'a>,
        2 "spec" => spec: PodSpec<'a>,
    }

    /// `spec.template.metadata`.
    TemplateMeta {
        11 "labels" => labels: Pairs<'a>,
    }

    /// `status` of a workload.
    WorkloadStatus {
        [0, 1, 3, 1, 5] "observedGeneration" => observed: i64,
        [0, 2, 1, 2, 0] "replicas" => replicas: i64,
        [0, 3, 0, 5, 0] "updatedReplicas" => updated: i64,
        [0, 7, 4, 3, 0] "readyReplicas" => ready: i64,
        [0, 4, 5, 11, 0] "availableReplicas" => available: i64,
        [0, 0, 0, 6, 0] "currentRevision" => current_revision: Str<'a>,
        [0, 0, 0, 7, 0] "updateRevision" => update_revision: Str<'a>,
        [0, 0, 0, 0, 3] "desiredNumberScheduled" => desired_scheduled: i64,
        [0, 0, 0, 0, 1] "currentNumberScheduled" => current_scheduled: i64,
        [0, 0, 0, 0, 6] "updatedNumberScheduled" => updated_scheduled: i64,
        [0, 0, 0, 0, 4] "numberReady" => number_ready: i64,
        [0, 0, 0, 0, 7] "numberAvailable" => number_available: i64,
        [0, 6, 6, 10, 10] "conditions" => conditions: Vec<Condition<'a>>,
    }

    /// `v1` Service.
    Service {
        1 "metadata" => meta: Meta<'a>,
        2 "spec" => spec: ServiceSpec<'a>,
        3 "status" => status: ServiceStatus<'a>,
    }

    /// `spec` of a service.
    ServiceSpec {
        4 "type" => kind: Str<'a>,
        3 "clusterIP" => cluster_ip: Str<'a>,
        18 "clusterIPs" => cluster_ips: Vec<Str<'a>>,
        5 "externalIPs" => external_ips: Vec<Str<'a>>,
        10 "externalName" => external_name: Str<'a>,
        1 "ports" => ports: Vec<ServicePort<'a>>,
        2 "selector" => selector: Pairs<'a>,
    }

    /// A port of a service.
    ServicePort {
        3 "port" => port: Option<i64>,
        5 "nodePort" => node_port: i64,
        2 "protocol" => protocol: Str<'a>,
        4 "targetPort" => target: PortName<'a>,
    }

    /// A port of an EndpointSlice.
    Port {
        1 "name" => name: Str<'a>,
        3 "port" => port: Option<i64>,
    }

    /// `status` of a service.
    ServiceStatus {
        1 "loadBalancer" => load_balancer: LoadBalancer<'a>,
    }

    /// `status.loadBalancer`.
    LoadBalancer {
        1 "ingress" => ingress: Vec<Ingress<'a>>,
    }

    /// One way in of a load balancer.
    Ingress {
        1 "ip" => ip: Str<'a>,
        2 "hostname" => hostname: Str<'a>,
    }

    /// `discovery.k8s.io/v1` EndpointSlice.
    EndpointSlice {
        1 "metadata" => meta: Meta<'a>,
        4 "addressType" => address_type: Str<'a>,
        2 "endpoints" => endpoints: Vec<Endpoint<'a>>,
        3 "ports" => ports: Vec<Port<'a>>,
    }

    /// One endpoint of a slice.
    Endpoint {
        1 "addresses" => addresses: Vec<Str<'a>>,
        2 "conditions" => conditions: EndpointConditions<'a>,
    }

    /// Conditions of an endpoint.
    EndpointConditions {
        1 "ready" => ready: Option<bool>,
    }

    /// `v1` Node.
    Node {
        1 "metadata" => meta: Meta<'a>,
        2 "spec" => spec: NodeSpec<'a>,
        3 "status" => status: NodeStatus<'a>,
    }

    /// `spec` of a node.
    NodeSpec {
        4 "unschedulable" => unschedulable: bool,
        5 "taints" => taints: Vec<Taint<'a>>,
    }

    /// A taint of a node.
    Taint {
        1 "key" => key: Str<'a>,
        2 "value" => value: Str<'a>,
        3 "effect" => effect: Str<'a>,
    }

    /// `status` of a node.
    NodeStatus {
        4 "conditions" => conditions: Vec<Condition<'a>>,
        5 "addresses" => addresses: Vec<Address<'a>>,
        2 "allocatable" => allocatable: Amounts<'a>,
        7 "nodeInfo" => info: NodeInfo<'a>,
    }

    /// An address of a node.
    Address {
        1 "type" => kind: Str<'a>,
        2 "address" => address: Str<'a>,
    }

    /// `status.nodeInfo`.
    NodeInfo {
        7 "kubeletVersion" => kubelet: Str<'a>,
        5 "osImage" => os_image: Str<'a>,
        4 "kernelVersion" => kernel: Str<'a>,
        10 "architecture" => architecture: Str<'a>,
        6 "containerRuntimeVersion" => runtime: Str<'a>,
    }

    /// `v1` Event.
    Event {
        1 "metadata" => meta: Meta<'a>,
        9 "type" => kind: Str<'a>,
        3 "reason" => reason: Str<'a>,
        4 "message" => message: Str<'a>,
        2 "involvedObject" => object: ObjectReference<'a>,
        8 "count" => count: i64,
        6 "firstTimestamp" => first: Time,
        7 "lastTimestamp" => last: Time,
        10 "eventTime" => time: Time,
        11 "series" => series: Option<Series<'a>>,
    }

    /// `involvedObject` of an event.
    ObjectReference {
        1 "kind" => kind: Str<'a>,
        3 "name" => name: Str<'a>,
        4 "uid" => uid: Str<'a>,
    }

    /// `series` of an event.
    Series {
        1 "count" => count: i64,
        2 "lastObservedTime" => last: Time,
    }

    /// `metadata` of a list.
    ListMeta {
        2 "resourceVersion" => version: Str<'a>,
        3 "continue" => next: Str<'a>,
        4 "remainingItemCount" => remaining: Option<i64>,
    }

    /// `v1` Status: a refusal.
    Status {
        6 "code" => code: i64,
        4 "reason" => reason: Str<'a>,
        3 "message" => message: Str<'a>,
        5 "details" => details: StatusDetails<'a>,
    }

    /// `details` of a refusal.
    StatusDetails {
        5 "retryAfterSeconds" => retry_after: Option<i64>,
    }
}

keyed! {
    /// The annotations that are read; the others (some are whole manifests) are skipped.
    Annotations {
        "deployment.kubernetes.io/revision" => revision: Str<'a>,
        "kubernetes.io/change-cause" => cause: Str<'a>,
        "k8s.io/initial-events-end" => initial_events_end: Str<'a>,
    }
}

keyed! {
    /// The quantities that are read of a list of resources.
    Amounts {
        "cpu" => cpu: Str<'a>,
        "memory" => memory: Str<'a>,
        "pods" => pods: Str<'a>,
    }
}

/// A port by its name (`IntOrString`); empty when it is a number.
#[derive(Debug, Default)]
pub(super) struct PortName<'a>(pub(super) Str<'a>);

impl<'a> Lax<'a> for PortName<'a> {
    fn text(text: Str<'a>) -> Self {
        Self(text)
    }
}

impl<'a> Wire<'a> for PortName<'a> {
    fn merge<const LAYOUT: usize>(&mut self, value: Value<'a>) -> Result<(), Broken> {
        // The text is empty where the number counts.
        fields(value, |number, value| match number {
            3 => self.0.merge::<LAYOUT>(value),
            _ => Ok(()),
        })
    }
}

/// In protobuf, they are pairs of a name and a message with the quantity's text.
impl<'a> Wire<'a> for Amounts<'a> {
    fn merge<const LAYOUT: usize>(&mut self, value: Value<'a>) -> Result<(), Broken> {
        let (mut name, mut amount) = (Str::default(), Str::default());
        fields(value, |number, value| match number {
            1 => name.merge::<LAYOUT>(value),
            2 => fields(value, |number, value| match number {
                1 => amount.merge::<LAYOUT>(value),
                _ => Ok(()),
            }),
            _ => Ok(()),
        })?;
        match name.as_ref() {
            "cpu" => self.cpu = amount,
            "memory" => self.memory = amount,
            "pods" => self.pods = amount,
            _ => {}
        }
        Ok(())
    }
}

/// In protobuf, annotations are pairs.
impl<'a> Wire<'a> for Annotations<'a> {
    fn merge<const LAYOUT: usize>(&mut self, value: Value<'a>) -> Result<(), Broken> {
        let (key, value) = pair(value)?;
        let field = match key {
            "deployment.kubernetes.io/revision" => &mut self.revision,
            "kubernetes.io/change-cause" => &mut self.cause,
            "k8s.io/initial-events-end" => &mut self.initial_events_end,
            _ => return Ok(()),
        };
        *field = Cow::Borrowed(value);
        Ok(())
    }
}
