//! The moulds of the bulk: JSON texts of pods and their owners with places for names, addresses and times.
//!
//! Pods are rendered by the kubelet's own rules, one mould per state.

use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::super::super::controllers::kubelet::{self, behaviour::ANNOTATION};
use super::super::super::controllers::names::Dice;
use super::super::super::controllers::plan::Write;
use super::super::super::controllers::pods::from_template;
use super::super::super::object::render;
use super::super::super::resource::{
    DEPLOYMENTS, ENDPOINTS, ENDPOINTSLICES, REPLICASETS, Resource, SERVICES,
};
use super::super::{object_at, seconds};

/// A text with places to fill in: `@0@`, `@1@` ...; `"@=3@"` takes JSON instead of a string.
#[derive(Debug)]
pub(super) struct Mould {
    parts: Vec<(String, Option<usize>)>,
}

impl Mould {
    fn new(text: &str) -> Self {
        let mut parts = Vec::new();
        let mut literal = String::new();
        let mut rest = text;
        while let Some(at) = rest.find('@') {
            let raw = rest[at..].starts_with("@=");
            let digit_at = at + if raw { 2 } else { 1 };
            let digit = rest[digit_at..].chars().next().and_then(|c| c.to_digit(16));
            let closes = rest.get(digit_at + 1..digit_at + 2) == Some("@");
            if let Some(slot) = digit.filter(|_| closes) {
                literal.push_str(&rest[..at - usize::from(raw)]);
                parts.push((std::mem::take(&mut literal), Some(slot as usize)));
                rest = &rest[digit_at + 2 + usize::from(raw)..];
            } else {
                literal.push_str(&rest[..=at]);
                rest = &rest[at + 1..];
            }
        }
        literal.push_str(rest);
        parts.push((literal, None));
        Self { parts }
    }

    fn of(value: &Value) -> Self {
        Self::new(&String::from_utf8_lossy(&render(value)))
    }

    pub(super) fn fill(&self, values: &[&str]) -> Bytes {
        let length =
            self.parts.iter().map(|(text, slot)| text.len() + slot.map_or(0, |s| values[s].len())).sum();
        let mut out = Vec::with_capacity(length);
        for (text, slot) in &self.parts {
            out.extend_from_slice(text.as_bytes());
            if let Some(slot) = slot {
                out.extend_from_slice(values[*slot].as_bytes());
            }
        }
        Bytes::from(out)
    }
}

/// The states that a poured pod can be in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    Running,
    Crashing,
    NoImage,
    Creating,
}

/// Slots of the pod mould: name, uid, namespace, app, hash, owner, node, host address, address, time, container, tag, version, team.
pub(super) fn pod_mould(state: State) -> Mould {
    let start = Timestamp::UNIX_EPOCH;
    let owner = json!({
        "apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "@3@-@4@", "uid": "@5@", "controller": true,
        "blockOwnerDeletion": true,
    });
    let mut pod = from_template(&template(), "@2@", "@3@-@4@-", &owner, &mut Dice::new(1));
    pod["apiVersion"] = json!("v1");
    pod["kind"] = json!("Pod");
    pod["metadata"]["name"] = json!("@0@");
    pod["metadata"]["uid"] = json!("@1@");
    pod["metadata"]["resourceVersion"] = json!("@c@");
    pod["metadata"]["creationTimestamp"] = json!("@9@");
    pod["spec"]["nodeName"] = json!("@6@");
    pod["status"]["conditions"] = json!([
        {"type": "PodScheduled", "status": "True", "lastProbeTime": null, "lastTransitionTime": "@9@"},
    ]);
    if state == State::NoImage {
        pod["metadata"]["annotations"][ANNOTATION] = json!("noimage");
    }
    let moments: &[i64] = if state == State::Creating { &[0] } else { &[0, 4, 9] };
    for second in moments {
        advance(&mut pod, start, *second);
    }
    if state == State::Crashing {
        pod["status"]["containerStatuses"][0]["restartCount"] = json!(14);
        pod = kubelet::crash(&pod, "app", 1, at(start, 9));
        advance(&mut pod, start, 11);
    }
    object_at(&mut pod, &["metadata", "annotations"]).remove(ANNOTATION);
    let status = object_at(&mut pod, &["status"]);
    status.insert("hostIP".to_owned(), json!("@7@"));
    status.insert("hostIPs".to_owned(), json!([{"ip": "@7@"}]));
    if status.contains_key("podIP") {
        status.insert("podIP".to_owned(), json!("@8@"));
        status.insert("podIPs".to_owned(), json!([{"ip": "@8@"}]));
    }
    let container = &mut status["containerStatuses"][0];
    if container.get("containerID").is_some() {
        container["containerID"] = json!("containerd://@a@");
    }
    if container["lastState"].get("terminated").is_some() {
        container["lastState"]["terminated"]["containerID"] = json!("containerd://@a@");
    }
    let mut text = String::from_utf8_lossy(&render(&pod)).into_owned();
    for second in 0..=11 {
        text = text.replace(&seconds(at(start, second)), "@9@");
    }
    Mould::new(&text)
}

fn at(start: Timestamp, second: i64) -> Timestamp {
    start.saturating_add(SignedDuration::from_secs(second)).unwrap_or(start)
}

fn advance(pod: &mut Value, start: Timestamp, second: i64) {
    for write in kubelet::reconcile(pod, false, at(start, second)).writes {
        if let Write::Update(_, next) = write {
            *pod = next;
        }
    }
}

fn template() -> Value {
    json!({
        "metadata": {
            "labels": {
                "app.kubernetes.io/name": "@3@", "app.kubernetes.io/part-of": "bulk", "app": "@3@",
                "pod-template-hash": "@4@", "team": "@d@",
            },
            "annotations": {"prometheus.io/scrape": "true", "prometheus.io/port": "8080"},
        },
        "spec": {
            "containers": [{
                "name": "app", "image": "registry.example.io/bulk/@3@:@b@", "imagePullPolicy": "IfNotPresent",
                "ports": [{"name": "http", "containerPort": 8080, "protocol": "TCP"}],
                "resources": {
                    "requests": {"cpu": "50m", "memory": "64Mi"}, "limits": {"memory": "128Mi"},
                },
                "terminationMessagePath": "/dev/termination-log", "terminationMessagePolicy": "File",
            }],
            "restartPolicy": "Always", "terminationGracePeriodSeconds": 30, "dnsPolicy": "ClusterFirst",
            "securityContext": {}, "schedulerName": "default-scheduler",
        },
    })
}

/// Slots of the owners' moulds: name, uid, namespace, app, hash, owner, size, ready, unready, time, available, tag,
/// version, team, list of endpoints.
pub(super) fn owner_moulds() -> [(&'static Resource, Mould); 5] {
    let meta = |name: &str, labels: Value, owner: Value| {
        json!({
            "name": name, "namespace": "@2@", "uid": "@1@", "resourceVersion": "@c@", "generation": 1,
            "creationTimestamp": "@9@", "labels": labels, "ownerReferences": owner,
        })
    };
    let own = json!({"app": "@3@", "team": "@d@"});
    let mut bare = template();
    object_at(&mut bare, &["metadata", "labels"]).remove("pod-template-hash");
    let selector = json!({"matchLabels": {"app": "@3@"}});
    let mut set_selector = selector.clone();
    set_selector["matchLabels"]["pod-template-hash"] = json!("@4@");
    let owner = |kind: &str, api: &str, name: &str| json!([{"apiVersion": api, "kind": kind, "name": name, "uid": "@5@", "controller": true, "blockOwnerDeletion": true}]);
    let condition = |kind: &str, status: &str, reason: &str, message: &str| {
        json!({
            "type": kind, "status": status, "reason": reason, "message": message, "lastUpdateTime": "@9@",
            "lastTransitionTime": "@9@",
        })
    };
    let mut deployment = json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": meta("@3@", own.clone(), Value::Null),
        "spec": {
            "replicas": "@=6@", "selector": selector, "template": bare, "revisionHistoryLimit": 10,
            "progressDeadlineSeconds": 600,
            "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": "25%", "maxUnavailable": "25%"}},
        },
        "status": {
            "observedGeneration": 1, "replicas": "@=6@", "updatedReplicas": "@=6@", "readyReplicas": "@=7@",
            "availableReplicas": "@=7@", "terminatingReplicas": 0,
            "conditions": [
                condition("Available", "True", "MinimumReplicasAvailable", "Deployment has minimum availability."),
                condition("Progressing", "True", "NewReplicaSetAvailable",
                    "ReplicaSet \"@3@-@4@\" has successfully progressed."),
            ],
        },
    });
    deployment["metadata"]["annotations"] = json!({"deployment.kubernetes.io/revision": "1"});
    let mut set_labels = own.clone();
    set_labels["pod-template-hash"] = json!("@4@");
    let mut set = json!({
        "apiVersion": "apps/v1", "kind": "ReplicaSet",
        "metadata": meta("@3@-@4@", set_labels, owner("Deployment", "apps/v1", "@3@")),
        "spec": {"replicas": "@=6@", "selector": set_selector, "template": template()},
        "status": {
            "observedGeneration": 1, "replicas": "@=6@", "fullyLabeledReplicas": "@=6@", "readyReplicas": "@=7@",
            "availableReplicas": "@=7@", "terminatingReplicas": 0,
        },
    });
    set["metadata"]["annotations"] = json!({
        "deployment.kubernetes.io/revision": "1", "deployment.kubernetes.io/desired-replicas": "@6@",
        "deployment.kubernetes.io/max-replicas": "@8@",
    });
    let mut service = json!({
        "apiVersion": "v1", "kind": "Service", "metadata": meta("@3@", own.clone(), Value::Null),
        "spec": {
            "type": "ClusterIP", "clusterIP": "@a@", "clusterIPs": ["@a@"], "selector": {"app": "@3@"},
            "ports": [{"name": "http", "port": 80, "protocol": "TCP", "targetPort": "http"}],
            "sessionAffinity": "None", "ipFamilies": ["IPv4"], "ipFamilyPolicy": "SingleStack",
            "internalTrafficPolicy": "Cluster",
        },
        "status": {"loadBalancer": {}},
    });
    object_at(&mut service, &["metadata"]).remove("generation");
    let mut slice_labels = own.clone();
    slice_labels["kubernetes.io/service-name"] = json!("@3@");
    slice_labels["endpointslice.kubernetes.io/managed-by"] = json!("endpointslice-controller.k8s.io");
    let slice = json!({
        "apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice",
        "metadata": meta("@3@-@4@", slice_labels, owner("Service", "v1", "@3@")),
        "addressType": "IPv4", "endpoints": "@=e@",
        "ports": [{"name": "http", "protocol": "TCP", "port": 8080}],
    });
    let mut endpoint_labels = own;
    endpoint_labels["endpoints.kubernetes.io/managed-by"] = json!("endpoint-controller");
    let mut endpoints = json!({
        "apiVersion": "v1", "kind": "Endpoints", "metadata": meta("@3@", endpoint_labels, Value::Null),
        "subsets": "@=e@",
    });
    object_at(&mut endpoints, &["metadata"]).remove("generation");
    let clean = |mut value: Value| {
        if value["metadata"]["ownerReferences"].is_null() {
            object_at(&mut value, &["metadata"]).remove("ownerReferences");
        }
        Mould::of(&value)
    };
    [
        (DEPLOYMENTS, clean(deployment)),
        (REPLICASETS, clean(set)),
        (SERVICES, clean(service)),
        (ENDPOINTSLICES, clean(slice)),
        (ENDPOINTS, clean(endpoints)),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mould_fills_strings_and_json() {
        let mould =
            Mould::of(&json!({"metadata": {"name": "@0@-x", "mail": "a@x@"}, "spec": {"replicas": "@=1@"}}));
        let filled: Value = serde_json::from_slice(&mould.fill(&["web", "3"])).unwrap();
        assert_eq!(filled, json!({"metadata": {"name": "web-x", "mail": "a@x@"}, "spec": {"replicas": 3}}));
    }

    #[test]
    fn poured_pods_are_in_the_state_that_they_should_be() {
        for (state, phase, reason) in [
            (State::Running, "Running", ""),
            (State::Crashing, "Running", "CrashLoopBackOff"),
            (State::NoImage, "Pending", "ImagePullBackOff"),
            (State::Creating, "Pending", "ContainerCreating"),
        ] {
            let text = pod_mould(state).fill(&[
                "p",
                "u",
                "n",
                "a",
                "h",
                "o",
                "node-2",
                "1.1.1.1",
                "2.2.2.2",
                "2026-11-01T00:00:00Z",
                "c",
                "t",
                "7",
                "team",
            ]);
            let pod: Value = serde_json::from_slice(&text).unwrap();
            assert_eq!(pod["status"]["phase"], phase, "{state:?}");
            let waiting = &pod["status"]["containerStatuses"][0]["state"]["waiting"]["reason"];
            assert_eq!(waiting.as_str().unwrap_or_default(), reason, "{state:?}");
            assert!(!String::from_utf8_lossy(&text).contains("1970"), "{state:?}");
            assert!((1800..4000).contains(&text.len()), "{}", text.len());
        }
    }
}
