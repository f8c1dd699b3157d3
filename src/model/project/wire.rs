//! The fields of the API's objects that are read. A table, nothing else.

use std::borrow::Cow;

use super::lax::{Lax, Pairs, Present, Time, read, slim};

/// A string, borrowed from the bytes where possible.
pub(super) type Str<'a> = Cow<'a, str>;

slim! {
    /// `metadata` of an object.
    Meta {
        "name" => name: Str<'a>,
        "namespace" => namespace: Str<'a>,
        "uid" => uid: Str<'a>,
        "resourceVersion" => version: Str<'a>,
        "generation" => generation: i64,
        "creationTimestamp" => created: Time,
        "deletionTimestamp" => deleting: Time,
        "labels" => labels: Pairs<'a>,
        "annotations" => annotations: Annotations<'a>,
        "ownerReferences" => owners: Vec<OwnerReference<'a>>,
    }

    /// The annotations that are read; the others (some are whole manifests) are skipped.
    Annotations {
        "deployment.kubernetes.io/revision" => revision: Str<'a>,
        "kubernetes.io/change-cause" => cause: Str<'a>,
        "k8s.io/initial-events-end" => initial_events_end: Str<'a>,
    }

    /// One of `metadata.ownerReferences`.
    OwnerReference {
        "kind" => kind: Str<'a>,
        "name" => name: Str<'a>,
        "uid" => uid: Str<'a>,
        "controller" => controller: bool,
    }

    /// One of `status.conditions`.
    Condition {
        "type" => kind: Str<'a>,
        "status" => status: Str<'a>,
        "reason" => reason: Str<'a>,
        "message" => message: Str<'a>,
    }

    /// `v1` Pod.
    Pod {
        "metadata" => meta: Meta<'a>,
        "spec" => spec: PodSpec<'a>,
        "status" => status: PodStatus<'a>,
    }

    /// `spec` of a pod or of a pod template.
    PodSpec {
        "nodeName" => node: Str<'a>,
        "containers" => containers: Vec<Container<'a>>,
        "initContainers" => init_containers: Vec<Container<'a>>,
        "nodeSelector" => node_selector: Pairs<'a>,
    }

    /// A container of a pod's spec.
    Container {
        "name" => name: Str<'a>,
        "image" => image: Str<'a>,
        "restartPolicy" => restart_policy: Str<'a>,
    }

    /// `status` of a pod.
    PodStatus {
        "phase" => phase: Str<'a>,
        "reason" => reason: Str<'a>,
        "message" => message: Str<'a>,
        "podIP" => ip: Str<'a>,
        "conditions" => conditions: Vec<Condition<'a>>,
        "initContainerStatuses" => init_containers: Vec<ContainerStatus<'a>>,
        "containerStatuses" => containers: Vec<ContainerStatus<'a>>,
    }

    /// How a container is.
    ContainerStatus {
        "name" => name: Str<'a>,
        "ready" => ready: bool,
        "started" => started: Option<bool>,
        "restartCount" => restarts: i64,
        "state" => state: ContainerState<'a>,
        "lastState" => last: ContainerState<'a>,
    }

    /// `state` or `lastState` of a container.
    ContainerState {
        "waiting" => waiting: Option<Waiting<'a>>,
        "running" => running: Option<Present>,
        "terminated" => terminated: Option<Terminated<'a>>,
    }

    /// A container that has not started.
    Waiting {
        "reason" => reason: Str<'a>,
        "message" => message: Str<'a>,
    }

    /// A container that has ended.
    Terminated {
        "exitCode" => exit_code: i64,
        "signal" => signal: i64,
        "reason" => reason: Str<'a>,
        "message" => message: Str<'a>,
        "finishedAt" => finished: Time,
    }

    /// `apps/v1` Deployment or ReplicaSet.
    Workload {
        "metadata" => meta: Meta<'a>,
        "spec" => spec: WorkloadSpec<'a>,
        "status" => status: WorkloadStatus<'a>,
    }

    /// `spec` of a workload.
    WorkloadSpec {
        "replicas" => replicas: Option<i64>,
        "paused" => paused: bool,
        "strategy" => strategy: Strategy<'a>,
        "updateStrategy" => update_strategy: Strategy<'a>,
        "selector" => selector: Selector<'a>,
        "template" => template: Template<'a>,
    }

    /// `spec.strategy`.
    Strategy {
        "type" => kind: Str<'a>,
        "rollingUpdate" => rolling: RollingUpdate<'a>,
    }

    /// `spec.updateStrategy.rollingUpdate`.
    RollingUpdate {
        "partition" => partition: i64,
    }

    /// A label selector.
    Selector {
        "matchLabels" => labels: Pairs<'a>,
    }

    /// `spec.template`.
    Template {
        "metadata" => meta: TemplateMeta<'a>,
        "spec" => spec: PodSpec<'a>,
    }

    /// `spec.template.metadata`.
    TemplateMeta {
        "labels" => labels: Pairs<'a>,
    }

    /// `status` of a workload.
    WorkloadStatus {
        "observedGeneration" => observed: i64,
        "replicas" => replicas: i64,
        "updatedReplicas" => updated: i64,
        "readyReplicas" => ready: i64,
        "availableReplicas" => available: i64,
        "currentRevision" => current_revision: Str<'a>,
        "updateRevision" => update_revision: Str<'a>,
        "desiredNumberScheduled" => desired_scheduled: i64,
        "currentNumberScheduled" => current_scheduled: i64,
        "updatedNumberScheduled" => updated_scheduled: i64,
        "numberReady" => number_ready: i64,
        "numberAvailable" => number_available: i64,
        "conditions" => conditions: Vec<Condition<'a>>,
    }

    /// `v1` Service.
    Service {
        "metadata" => meta: Meta<'a>,
        "spec" => spec: ServiceSpec<'a>,
        "status" => status: ServiceStatus<'a>,
    }

    /// `spec` of a service.
    ServiceSpec {
        "type" => kind: Str<'a>,
        "clusterIP" => cluster_ip: Str<'a>,
        "clusterIPs" => cluster_ips: Vec<Str<'a>>,
        "externalIPs" => external_ips: Vec<Str<'a>>,
        "externalName" => external_name: Str<'a>,
        "ports" => ports: Vec<Port<'a>>,
        "selector" => selector: Pairs<'a>,
    }

    /// A port of a service or of an EndpointSlice.
    Port {
        "name" => name: Str<'a>,
        "port" => port: Option<i64>,
        "nodePort" => node_port: i64,
        "protocol" => protocol: Str<'a>,
    }

    /// `status` of a service.
    ServiceStatus {
        "loadBalancer" => load_balancer: LoadBalancer<'a>,
    }

    /// `status.loadBalancer`.
    LoadBalancer {
        "ingress" => ingress: Vec<Ingress<'a>>,
    }

    /// One way in of a load balancer.
    Ingress {
        "ip" => ip: Str<'a>,
        "hostname" => hostname: Str<'a>,
    }

    /// `discovery.k8s.io/v1` EndpointSlice.
    EndpointSlice {
        "metadata" => meta: Meta<'a>,
        "addressType" => address_type: Str<'a>,
        "endpoints" => endpoints: Vec<Endpoint<'a>>,
        "ports" => ports: Vec<Port<'a>>,
    }

    /// One endpoint of a slice.
    Endpoint {
        "addresses" => addresses: Vec<Str<'a>>,
        "conditions" => conditions: EndpointConditions<'a>,
    }

    /// Conditions of an endpoint.
    EndpointConditions {
        "ready" => ready: Option<bool>,
    }

    /// `v1` Node.
    Node {
        "metadata" => meta: Meta<'a>,
        "spec" => spec: NodeSpec<'a>,
        "status" => status: NodeStatus<'a>,
    }

    /// `spec` of a node.
    NodeSpec {
        "unschedulable" => unschedulable: bool,
    }

    /// `status` of a node.
    NodeStatus {
        "conditions" => conditions: Vec<Condition<'a>>,
        "addresses" => addresses: Vec<Address<'a>>,
        "nodeInfo" => info: NodeInfo<'a>,
    }

    /// An address of a node.
    Address {
        "type" => kind: Str<'a>,
        "address" => address: Str<'a>,
    }

    /// `status.nodeInfo`.
    NodeInfo {
        "kubeletVersion" => kubelet: Str<'a>,
        "osImage" => os_image: Str<'a>,
        "kernelVersion" => kernel: Str<'a>,
        "architecture" => architecture: Str<'a>,
        "containerRuntimeVersion" => runtime: Str<'a>,
    }

    /// `v1` Event.
    Event {
        "metadata" => meta: Meta<'a>,
        "type" => kind: Str<'a>,
        "reason" => reason: Str<'a>,
        "message" => message: Str<'a>,
        "involvedObject" => object: ObjectReference<'a>,
        "count" => count: i64,
        "firstTimestamp" => first: Time,
        "lastTimestamp" => last: Time,
        "eventTime" => time: Time,
        "series" => series: Option<Series<'a>>,
    }

    /// `involvedObject` of an event.
    ObjectReference {
        "kind" => kind: Str<'a>,
        "name" => name: Str<'a>,
        "uid" => uid: Str<'a>,
    }

    /// `series` of an event.
    Series {
        "count" => count: i64,
        "lastObservedTime" => last: Time,
    }

    /// `metadata` of a list.
    ListMeta {
        "resourceVersion" => version: Str<'a>,
        "continue" => next: Str<'a>,
        "remainingItemCount" => remaining: Option<i64>,
    }

    /// `v1` Status: a refusal.
    Status {
        "code" => code: i64,
        "reason" => reason: Str<'a>,
        "message" => message: Str<'a>,
        "details" => details: StatusDetails<'a>,
    }

    /// `details` of a refusal.
    StatusDetails {
        "retryAfterSeconds" => retry_after: Option<i64>,
    }
}
