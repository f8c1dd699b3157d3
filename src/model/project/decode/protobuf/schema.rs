//! Numbers of the fields that are read, under the keys of the API's JSON. A table, nothing else.
//!
//! From the `generated.proto` files of `k8s.io/api` (`core/v1`, `apps/v1`, `discovery/v1`) and `k8s.io/apimachinery`
//! (`meta/v1`). Numbers never change their meaning; a field that is missing here is skipped. In the order of the numbers.

/// Number, key, and what is there. A message's are in the order of their numbers.
pub(in super::super::super) struct Field(pub u64, pub &'static str, pub Shape);

/// What a field holds.
#[derive(Clone, Copy)]
pub(in super::super::super) enum Shape {
    Text,
    Texts,
    Number,
    Flag,
    /// `Time` or `MicroTime` of `meta/v1`.
    Time,
    /// `map<string, string>`
    Pairs,
    One(&'static [Field]),
    Many(&'static [Field]),
}

use Shape::{Flag, Many, Number, One, Pairs, Text, Texts, Time};

/// Fields in a line each, for the tables below.
macro_rules! fields {
    ($($number:literal $key:literal $shape:expr),* $(,)?) => { &[$(Field($number, $key, $shape)),*] };
}

pub(in super::super::super) const POD: &[Field] = fields![
    1 "metadata" One(META),
    2 "spec" One(POD_SPEC),
    3 "status" One(fields![
        1 "phase" Text,
        2 "conditions" Many(POD_CONDITION),
        3 "message" Text,
        4 "reason" Text,
        6 "podIP" Text,
        8 "containerStatuses" Many(CONTAINER_STATUS),
        10 "initContainerStatuses" Many(CONTAINER_STATUS),
    ]),
];

pub(in super::super::super) const DEPLOYMENT: &[Field] = fields![
    1 "metadata" One(META),
    2 "spec" One(fields![
        1 "replicas" Number,
        2 "selector" One(SELECTOR),
        3 "template" One(TEMPLATE),
        4 "strategy" One(fields![1 "type" Text]),
        7 "paused" Flag,
    ]),
    3 "status" One(fields![
        1 "observedGeneration" Number,
        2 "replicas" Number,
        3 "updatedReplicas" Number,
        4 "availableReplicas" Number,
        6 "conditions" Many(fields![
            1 "type" Text,
            2 "status" Text,
            4 "reason" Text,
            5 "message" Text,
        ]),
        7 "readyReplicas" Number,
    ]),
];

pub(in super::super::super) const REPLICA_SET: &[Field] = fields![
    1 "metadata" One(META),
    2 "spec" One(fields![
        1 "replicas" Number,
        2 "selector" One(SELECTOR),
        3 "template" One(TEMPLATE),
    ]),
    3 "status" One(fields![
        1 "replicas" Number,
        3 "observedGeneration" Number,
        4 "readyReplicas" Number,
        5 "availableReplicas" Number,
        6 "conditions" Many(SET_CONDITION),
    ]),
];

pub(in super::super::super) const STATEFUL_SET: &[Field] = fields![
    1 "metadata" One(META),
    2 "spec" One(fields![
        1 "replicas" Number,
        2 "selector" One(SELECTOR),
        3 "template" One(TEMPLATE),
        7 "updateStrategy" One(fields![
            1 "type" Text,
            2 "rollingUpdate" One(fields![1 "partition" Number]),
        ]),
    ]),
    3 "status" One(fields![
        1 "observedGeneration" Number,
        2 "replicas" Number,
        3 "readyReplicas" Number,
        5 "updatedReplicas" Number,
        6 "currentRevision" Text,
        7 "updateRevision" Text,
        10 "conditions" Many(SET_CONDITION),
        11 "availableReplicas" Number,
    ]),
];

pub(in super::super::super) const DAEMON_SET: &[Field] = fields![
    1 "metadata" One(META),
    2 "spec" One(fields![
        1 "selector" One(SELECTOR),
        2 "template" One(TEMPLATE),
        3 "updateStrategy" One(fields![1 "type" Text]),
    ]),
    3 "status" One(fields![
        1 "currentNumberScheduled" Number,
        3 "desiredNumberScheduled" Number,
        4 "numberReady" Number,
        5 "observedGeneration" Number,
        6 "updatedNumberScheduled" Number,
        7 "numberAvailable" Number,
        10 "conditions" Many(SET_CONDITION),
    ]),
];

pub(in super::super::super) const SERVICE: &[Field] = fields![
    1 "metadata" One(META),
    2 "spec" One(fields![
        1 "ports" Many(fields![
            1 "name" Text,
            2 "protocol" Text,
            3 "port" Number,
            5 "nodePort" Number,
        ]),
        2 "selector" Pairs,
        3 "clusterIP" Text,
        4 "type" Text,
        5 "externalIPs" Texts,
        10 "externalName" Text,
        18 "clusterIPs" Texts,
    ]),
    3 "status" One(fields![
        1 "loadBalancer" One(fields![
            1 "ingress" Many(fields![1 "ip" Text, 2 "hostname" Text]),
        ]),
    ]),
];

pub(in super::super::super) const ENDPOINT_SLICE: &[Field] = fields![
    1 "metadata" One(META),
    2 "endpoints" Many(fields![
        1 "addresses" Texts,
        2 "conditions" One(fields![1 "ready" Flag]),
    ]),
    3 "ports" Many(fields![
        1 "name" Text,
        2 "protocol" Text,
        3 "port" Number,
    ]),
    4 "addressType" Text,
];

pub(in super::super::super) const NODE: &[Field] = fields![
    1 "metadata" One(META),
    2 "spec" One(fields![4 "unschedulable" Flag]),
    3 "status" One(fields![
        4 "conditions" Many(POD_CONDITION),
        5 "addresses" Many(fields![1 "type" Text, 2 "address" Text]),
        7 "nodeInfo" One(fields![
            4 "kernelVersion" Text,
            5 "osImage" Text,
            6 "containerRuntimeVersion" Text,
            7 "kubeletVersion" Text,
            10 "architecture" Text,
        ]),
    ]),
];

pub(in super::super::super) const EVENT: &[Field] = fields![
    1 "metadata" One(META),
    2 "involvedObject" One(fields![1 "kind" Text, 3 "name" Text, 4 "uid" Text]),
    3 "reason" Text,
    4 "message" Text,
    6 "firstTimestamp" Time,
    7 "lastTimestamp" Time,
    8 "count" Number,
    9 "type" Text,
    10 "eventTime" Time,
    11 "series" One(fields![1 "count" Number, 2 "lastObservedTime" Time]),
];

pub(in super::super::super) const LIST_META: &[Field] = fields![
    2 "resourceVersion" Text,
    3 "continue" Text,
    4 "remainingItemCount" Number,
];

pub(in super::super::super) const STATUS: &[Field] = fields![
    3 "message" Text,
    4 "reason" Text,
    5 "details" One(fields![5 "retryAfterSeconds" Number]),
    6 "code" Number,
];

const META: &[Field] = fields![
    1 "name" Text,
    3 "namespace" Text,
    5 "uid" Text,
    6 "resourceVersion" Text,
    7 "generation" Number,
    8 "creationTimestamp" Time,
    9 "deletionTimestamp" Time,
    11 "labels" Pairs,
    12 "annotations" Pairs,
    13 "ownerReferences" Many(fields![
        1 "kind" Text,
        3 "name" Text,
        4 "uid" Text,
        6 "controller" Flag,
    ]),
];

const POD_SPEC: &[Field] = fields![
    2 "containers" Many(CONTAINER),
    7 "nodeSelector" Pairs,
    10 "nodeName" Text,
    20 "initContainers" Many(CONTAINER),
];

const CONTAINER: &[Field] = fields![
    1 "name" Text,
    2 "image" Text,
    24 "restartPolicy" Text,
];

/// Of pods and of nodes.
const POD_CONDITION: &[Field] = fields![
    1 "type" Text,
    2 "status" Text,
    5 "reason" Text,
    6 "message" Text,
];

/// Of ReplicaSets, StatefulSets and DaemonSets.
const SET_CONDITION: &[Field] = fields![
    1 "type" Text,
    2 "status" Text,
    4 "reason" Text,
    5 "message" Text,
];

const CONTAINER_STATUS: &[Field] = fields![
    1 "name" Text,
    2 "state" One(CONTAINER_STATE),
    3 "lastState" One(CONTAINER_STATE),
    4 "ready" Flag,
    5 "restartCount" Number,
    9 "started" Flag,
];

const CONTAINER_STATE: &[Field] = fields![
    1 "waiting" One(fields![1 "reason" Text, 2 "message" Text]),
    2 "running" One(&[]),
    3 "terminated" One(fields![
        1 "exitCode" Number,
        2 "signal" Number,
        3 "reason" Text,
        4 "message" Text,
        6 "finishedAt" Time,
    ]),
];

const SELECTOR: &[Field] = fields![1 "matchLabels" Pairs];

const TEMPLATE: &[Field] = fields![
    1 "metadata" One(fields![11 "labels" Pairs]),
    2 "spec" One(POD_SPEC),
];
