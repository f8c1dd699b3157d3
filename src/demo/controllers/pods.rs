//! What controllers read of a pod, and how a pod is made from a template.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use super::super::object::{Labels, Object};
use super::json::{condition, condition_holds, created, deleting, items, number, object_at, text, time};
use super::names::Dice;

/// The few things of a pod that decide about it, read without making a tree of the rest.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct PodView {
    /// Its name.
    pub name: String,
    /// Its UID.
    pub uid: String,
    /// Its labels.
    pub labels: Arc<Labels>,
    /// The UID of its controller; empty where there is none.
    pub owner: String,
    /// `Running`.
    pub phase: String,
    /// The node it is on; empty before it is scheduled.
    pub node: String,
    /// Its address; empty before it has one.
    pub ip: String,
    /// Whether the condition Ready holds.
    pub ready: bool,
    /// Since when it does, or does not.
    pub ready_since: Option<Timestamp>,
    /// When it was created.
    pub created: Timestamp,
    /// Whether its deletion was asked for.
    pub deleting: bool,
    /// Restarts of all containers.
    pub restarts: i64,
    /// Named container ports, with their protocol.
    pub ports: Vec<(String, i64)>,
    /// `controller.kubernetes.io/pod-deletion-cost`.
    pub deletion_cost: i64,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[derive(Default)]
struct Slim {
    metadata: SlimMeta,
    spec: SlimSpec,
    status: SlimStatus,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct SlimMeta {
    creation_timestamp: Option<String>,
    deletion_timestamp: Option<String>,
    annotations: BTreeMap<String, String>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct SlimSpec {
    node_name: String,
    containers: Vec<SlimContainer>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct SlimContainer {
    ports: Vec<SlimPort>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct SlimPort {
    name: String,
    container_port: i64,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct SlimStatus {
    phase: String,
    #[serde(rename = "podIP")]
    pod_ip: String,
    conditions: Vec<SlimCondition>,
    container_statuses: Vec<SlimContainerStatus>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct SlimCondition {
    r#type: String,
    status: String,
    last_transition_time: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct SlimContainerStatus {
    restart_count: i64,
}

impl PodView {
    /// Reads a stored pod.
    pub fn read(object: &Object) -> Self {
        let slim: Slim = serde_json::from_slice(&object.json).unwrap_or_default();
        let instant = |text: &Option<String>| text.as_deref().and_then(|t| t.parse().ok());
        let ready = slim.status.conditions.iter().find(|c| c.r#type == "Ready");
        let cost = slim.metadata.annotations.get("controller.kubernetes.io/pod-deletion-cost");
        Self {
            name: object.name.to_string(),
            uid: object.uid.to_string(),
            labels: object.labels.clone(),
            owner: object.owner_uid.as_deref().unwrap_or_default().to_owned(),
            node: slim.spec.node_name,
            ready: ready.is_some_and(|c| c.status == "True"),
            ready_since: ready.and_then(|c| instant(&c.last_transition_time)),
            created: instant(&slim.metadata.creation_timestamp).unwrap_or(Timestamp::UNIX_EPOCH),
            deleting: slim.metadata.deletion_timestamp.is_some(),
            restarts: slim.status.container_statuses.iter().map(|c| c.restart_count).sum(),
            ports: slim
                .spec
                .containers
                .into_iter()
                .flat_map(|c| c.ports)
                .map(|p| (p.name, p.container_port))
                .collect(),
            deletion_cost: cost.and_then(|c| c.parse().ok()).unwrap_or(0),
            ip: slim.status.pod_ip,
            phase: slim.status.phase,
        }
    }

    /// Whether it runs or will: neither finished nor on its way out.
    pub fn is_active(&self) -> bool {
        !self.deleting && !self.is_finished()
    }

    /// Whether its containers ended for good.
    pub fn is_finished(&self) -> bool {
        matches!(self.phase.as_str(), "Succeeded" | "Failed")
    }

    /// Whether it has been ready for `seconds`.
    pub fn is_available(&self, seconds: i64, now: Timestamp) -> bool {
        self.ready && (seconds == 0 || self.available_at(seconds).is_some_and(|at| at <= now))
    }

    /// When it will have been ready for `seconds`.
    pub fn available_at(&self, seconds: i64) -> Option<Timestamp> {
        let since = self.ready_since.filter(|_| self.ready)?;
        since.saturating_add(jiff::SignedDuration::from_secs(seconds)).ok()
    }

    /// A label.
    pub fn label(&self, key: &str) -> Option<&str> {
        self.labels.get(key).map(String::as_str)
    }
}

/// Whether a pod (as a tree) is ready.
pub fn is_ready(pod: &Value) -> bool {
    condition_holds(pod, "Ready")
}

/// Whether a pod (as a tree) runs or will.
pub fn is_active(pod: &Value) -> bool {
    !deleting(pod) && !matches!(text(pod, "/status/phase"), "Succeeded" | "Failed")
}

/// Whether a pod (as a tree) has been ready for `seconds`.
pub fn is_available(pod: &Value, seconds: i64, now: Timestamp) -> bool {
    is_ready(pod)
        && condition(pod, "Ready")
            .and_then(|c| time(c, "/lastTransitionTime"))
            .and_then(|since| since.saturating_add(jiff::SignedDuration::from_secs(seconds)).ok())
            .is_some_and(|at| at <= now)
}

/// When a pod (as a tree) was created.
pub fn age_key(pod: &Value) -> Timestamp {
    created(pod)
}

/// A new pod from a template, for a controller.
pub fn from_template(
    template: &Value,
    namespace: &str,
    prefix: &str,
    owner: &Value,
    dice: &mut Dice,
) -> Value {
    let mut pod = json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {
            "name": format!("{prefix}{}", dice.suffix(5)), "generateName": prefix, "namespace": namespace,
            "generation": 1, "ownerReferences": [owner],
        },
        "spec": template["spec"],
        "status": {"phase": "Pending"},
    });
    for field in ["labels", "annotations"] {
        if let Some(map) = template["metadata"].get(field).filter(|m| m.is_object()) {
            pod["metadata"][field] = map.clone();
        }
    }
    admit(&mut pod, dice);
    pod
}

/// What admission adds to every new pod: service account, its token's volume, tolerations, priority.
pub fn admit(pod: &mut Value, dice: &mut Dice) {
    let account = match text(pod, "/spec/serviceAccountName") {
        "" => "default".to_owned(),
        account => account.to_owned(),
    };
    let qos = qos_class(pod);
    let volume = format!("kube-api-access-{}", dice.suffix(5));
    let has_token =
        items(pod, "/spec/volumes").iter().any(|v| text(v, "/name").starts_with("kube-api-access-"));
    let spec = object_at(pod, &["spec"]);
    spec.insert("serviceAccountName".to_owned(), json!(account));
    spec.insert("serviceAccount".to_owned(), json!(account));
    for (key, value) in [
        ("restartPolicy", json!("Always")),
        ("terminationGracePeriodSeconds", json!(30)),
        ("dnsPolicy", json!("ClusterFirst")),
        ("securityContext", json!({})),
        ("schedulerName", json!("default-scheduler")),
        ("priority", json!(0)),
        ("enableServiceLinks", json!(true)),
        ("preemptionPolicy", json!("PreemptLowerPriority")),
    ] {
        spec.entry(key).or_insert(value);
    }
    if !has_token && spec.get("automountServiceAccountToken") != Some(&json!(false)) {
        mount_token(spec, &volume);
    }
    let tolerations = spec.entry("tolerations").or_insert(json!([]));
    if let Some(list) = tolerations.as_array_mut() {
        for key in ["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"] {
            let covered = list.iter().any(|t| {
                (t["key"] == key || (t.get("key").is_none() && t["operator"] == "Exists"))
                    && (t["effect"] == "NoExecute" || t.get("effect").is_none())
            });
            if !covered {
                list.push(json!({
                    "key": key, "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300,
                }));
            }
        }
    }
    object_at(pod, &["status"]).insert("qosClass".to_owned(), json!(qos));
}

fn mount_token(spec: &mut serde_json::Map<String, Value>, volume: &str) {
    let projected = json!({
        "name": volume,
        "projected": {
            "sources": [
                {"serviceAccountToken": {"expirationSeconds": 3607, "path": "token"}},
                {"configMap": {"name": "kube-root-ca.crt", "items": [{"key": "ca.crt", "path": "ca.crt"}]}},
                {"downwardAPI": {"items": [{
                    "path": "namespace", "fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.namespace"},
                }]}},
            ],
            "defaultMode": 420,
        },
    });
    if let Some(volumes) = spec.entry("volumes").or_insert(json!([])).as_array_mut() {
        volumes.push(projected);
    }
    for field in ["initContainers", "containers"] {
        for container in spec.get_mut(field).and_then(Value::as_array_mut).into_iter().flatten() {
            let mount = json!({
                "name": volume, "readOnly": true,
                "mountPath": "/var/run/secrets/kubernetes.io/serviceaccount",
            });
            let mounts = object_at(container, &[]).entry("volumeMounts").or_insert(json!([]));
            if let Some(mounts) = mounts.as_array_mut() {
                mounts.push(mount);
            }
        }
    }
}

/// `Guaranteed`, `Burstable` or `BestEffort`.
pub fn qos_class(pod: &Value) -> &'static str {
    let containers = items(pod, "/spec/containers");
    let (mut any, mut all) = (false, !containers.is_empty());
    for container in containers {
        let (limits, requests) = (&container["resources"]["limits"], &container["resources"]["requests"]);
        any |= limits.as_object().is_some_and(|m| !m.is_empty());
        any |= requests.as_object().is_some_and(|m| !m.is_empty());
        all &= ["cpu", "memory"].iter().all(|r| {
            limits.get(*r).is_some() && requests.get(*r).is_none_or(|request| Some(request) == limits.get(*r))
        });
    }
    if all {
        "Guaranteed"
    } else if any {
        "Burstable"
    } else {
        "BestEffort"
    }
}

/// Restarts of all containers of a pod (as a tree).
pub fn restarts(pod: &Value) -> i64 {
    items(pod, "/status/containerStatuses").iter().filter_map(|c| number(c, "/restartCount")).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pod_of_a_template_gets_what_admission_adds() {
        let template = json!({
            "metadata": {"labels": {"app": "web"}},
            "spec": {"containers": [{"name": "web", "image": "web:v1"}]},
        });
        let owner = json!({"kind": "ReplicaSet", "name": "web-abc", "uid": "u", "controller": true});
        let pod = from_template(&template, "shop", "web-abc-", &owner, &mut Dice::new(1));
        assert!(pod["metadata"]["name"].as_str().unwrap().starts_with("web-abc-"));
        assert_eq!(pod["metadata"]["labels"]["app"], "web");
        assert_eq!(pod["spec"]["serviceAccountName"], "default");
        assert_eq!(pod["spec"]["tolerations"].as_array().unwrap().len(), 2);
        assert_eq!(pod["spec"]["containers"][0]["volumeMounts"].as_array().unwrap().len(), 1);
        assert_eq!(pod["status"]["qosClass"], "BestEffort");
    }

    #[test]
    fn quality_of_service_follows_requests_and_limits() {
        let pod = |resources: Value| json!({"spec": {"containers": [{"resources": resources}]}});
        for (resources, expected) in [
            (json!({}), "BestEffort"),
            (json!({"requests": {"cpu": "1"}}), "Burstable"),
            (json!({"limits": {"cpu": "1", "memory": "1Gi"}}), "Guaranteed"),
            (json!({"limits": {"cpu": "1", "memory": "1Gi"}, "requests": {"cpu": "500m"}}), "Burstable"),
        ] {
            assert_eq!(qos_class(&pod(resources.clone())), expected, "{resources}");
        }
    }
}
