//! Fields that say no more than the API says anyway: the server filled them in because nobody wrote them.
//!
//! One table of what the API's reference documents as the default of a field, by the shape that the field belongs to, and one
//! of where shapes stand. What differs from its default is never taken out, nor what says how much or what an object is although
//! it has a default too (`replicas`, `completions`, the `type` of a Service or a Secret), nor anything of `status`.

use serde_json::{Map, Value};

/// What the default of a field is.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Implied {
    /// This text.
    Text(&'static str),
    /// This number.
    Number(i64),
    /// This truth value.
    Bool(bool),
    /// An object with nothing in it, as the server wrote it.
    Empty,
    /// An object of which nothing is left, since all that was in it were defaults. It is not counted: its fields are.
    Emptied,
    /// What the field beside it has.
    As(&'static str),
    /// `Always` for an image without a tag or with `latest`, else `IfNotPresent`.
    PullPolicy,
}

use Implied as D;

/// A shape of the API, a field in it, the default, and the words of the API's reference that say so.
type Rule = (&'static str, &'static str, Implied, &'static str);

#[rustfmt::skip]
const RULES: &[Rule] = &[
    ("PodSpec", "restartPolicy", D::Text("Always"), "Default to Always."),
    ("PodSpec", "terminationGracePeriodSeconds", D::Number(30), "Defaults to 30 seconds."),
    ("PodSpec", "dnsPolicy", D::Text("ClusterFirst"), "Defaults to \"ClusterFirst\"."),
    ("PodSpec", "securityContext", D::Empty, "Optional: Defaults to empty."),
    ("PodSpec", "schedulerName", D::Text("default-scheduler"), "If not specified, the pod will be dispatched by default scheduler."),
    ("PodSpec", "enableServiceLinks", D::Bool(true), "Optional: Defaults to true."),
    ("PodSpec", "preemptionPolicy", D::Text("PreemptLowerPriority"), "Defaults to PreemptLowerPriority if unset."),
    ("PodSpec", "serviceAccount", D::As("serviceAccountName"), "A deprecated alias for ServiceAccountName."),
    ("Container", "imagePullPolicy", D::PullPolicy, "Defaults to Always if :latest tag is specified, or IfNotPresent otherwise."),
    ("Container", "terminationMessagePath", D::Text("/dev/termination-log"), "Defaults to /dev/termination-log."),
    ("Container", "terminationMessagePolicy", D::Text("File"), "Defaults to File."),
    ("Container", "resources", D::Empty, "Compute Resources required by this container."),
    ("ContainerPort", "protocol", D::Text("TCP"), "Defaults to \"TCP\"."),
    ("Probe", "failureThreshold", D::Number(3), "Defaults to 3. Minimum value is 1."),
    ("Probe", "periodSeconds", D::Number(10), "Default to 10 seconds. Minimum value is 1."),
    ("Probe", "successThreshold", D::Number(1), "Defaults to 1."),
    ("Probe", "timeoutSeconds", D::Number(1), "Defaults to 1 second. Minimum value is 1."),
    ("GRPCAction", "service", D::Text(""), "If this is not specified, the default behavior is defined by gRPC."),
    ("HTTPGetAction", "path", D::Text("/"), "Path to access on the HTTP server; set to / when empty."),
    ("HTTPGetAction", "scheme", D::Text("HTTP"), "Defaults to HTTP."),
    ("ObjectFieldSelector", "apiVersion", D::Text("v1"), "defaults to \"v1\"."),
    ("VolumeSource", "defaultMode", D::Number(420), "Defaults to 0644."),
    ("HostPathVolumeSource", "type", D::Text(""), "Defaults to \"\"."),
    ("ServiceAccountTokenProjection", "expirationSeconds", D::Number(3600), "Defaults to 1 hour and must be at least 10 minutes."),
    ("PersistentVolumeClaimSpec", "volumeMode", D::Text("Filesystem"), "Value of Filesystem is implied when not included in claim spec."),
    ("PersistentVolumeSpec", "volumeMode", D::Text("Filesystem"), "Value of Filesystem is implied when not included in spec."),
    ("DeploymentSpec", "revisionHistoryLimit", D::Number(10), "Defaults to 10."),
    ("DeploymentSpec", "progressDeadlineSeconds", D::Number(600), "Defaults to 600s."),
    ("DeploymentSpec", "strategy/rollingUpdate/maxSurge", D::Text("25%"), "Defaults to 25%."),
    ("DeploymentSpec", "strategy/rollingUpdate/maxUnavailable", D::Text("25%"), "Defaults to 25%."),
    ("DeploymentSpec", "strategy/rollingUpdate", D::Emptied, ""),
    ("DeploymentSpec", "strategy/type", D::Text("RollingUpdate"), "Default is RollingUpdate."),
    ("DeploymentSpec", "strategy", D::Emptied, ""),
    ("StatefulSetSpec", "revisionHistoryLimit", D::Number(10), "The default value is 10."),
    ("StatefulSetSpec", "podManagementPolicy", D::Text("OrderedReady"), "The default policy is OrderedReady."),
    ("StatefulSetSpec", "updateStrategy/rollingUpdate/partition", D::Number(0), "The default value is 0."),
    ("StatefulSetSpec", "updateStrategy/rollingUpdate", D::Emptied, ""),
    ("StatefulSetSpec", "updateStrategy/type", D::Text("RollingUpdate"), "Default is RollingUpdate."),
    ("StatefulSetSpec", "updateStrategy", D::Emptied, ""),
    ("StatefulSetSpec", "persistentVolumeClaimRetentionPolicy/whenDeleted", D::Text("Retain"), "The default policy of Retain."),
    ("StatefulSetSpec", "persistentVolumeClaimRetentionPolicy/whenScaled", D::Text("Retain"), "The default policy of Retain."),
    ("StatefulSetSpec", "persistentVolumeClaimRetentionPolicy", D::Emptied, ""),
    ("DaemonSetSpec", "revisionHistoryLimit", D::Number(10), "Defaults to 10."),
    ("DaemonSetSpec", "updateStrategy/rollingUpdate/maxSurge", D::Number(0), "Default value is 0."),
    ("DaemonSetSpec", "updateStrategy/rollingUpdate/maxUnavailable", D::Number(1), "Default value is 1."),
    ("DaemonSetSpec", "updateStrategy/rollingUpdate", D::Emptied, ""),
    ("DaemonSetSpec", "updateStrategy/type", D::Text("RollingUpdate"), "Default is RollingUpdate."),
    ("DaemonSetSpec", "updateStrategy", D::Emptied, ""),
    ("JobSpec", "backoffLimit", D::Number(6), "Defaults to 6."),
    ("JobSpec", "completionMode", D::Text("NonIndexed"), "`NonIndexed` (default) or `Indexed`."),
    ("JobSpec", "suspend", D::Bool(false), "Defaults to false."),
    ("JobSpec", "manualSelector", D::Bool(false), "Leave `manualSelector` unset unless you are certain what you are doing."),
    ("CronJobSpec", "concurrencyPolicy", D::Text("Allow"), "\"Allow\" (default)."),
    ("CronJobSpec", "suspend", D::Bool(false), "Defaults to false."),
    ("CronJobSpec", "successfulJobsHistoryLimit", D::Number(3), "Defaults to 3."),
    ("CronJobSpec", "failedJobsHistoryLimit", D::Number(1), "Defaults to 1."),
    ("ServiceSpec", "sessionAffinity", D::Text("None"), "Defaults to None."),
    ("ServiceSpec", "internalTrafficPolicy", D::Text("Cluster"), "The default value, \"Cluster\"."),
    ("ServiceSpec", "externalTrafficPolicy", D::Text("Cluster"), "The default value, \"Cluster\"."),
    ("ServiceSpec", "ipFamilyPolicy", D::Text("SingleStack"), "If there is no value provided, then this field will be set to SingleStack."),
    ("ServiceSpec", "allocateLoadBalancerNodePorts", D::Bool(true), "Default is \"true\"."),
    ("ServicePort", "protocol", D::Text("TCP"), "Default is TCP."),
    ("ServicePort", "targetPort", D::As("port"), "If this is not specified, the value of the 'port' field is used."),
    ("StorageClass", "reclaimPolicy", D::Text("Delete"), "Defaults to Delete."),
    ("StorageClass", "volumeBindingMode", D::Text("Immediate"), "When unset, VolumeBindingImmediate is used."),
    ("Webhook", "failurePolicy", D::Text("Fail"), "Defaults to Fail."),
    ("Webhook", "matchPolicy", D::Text("Equivalent"), "Defaults to \"Equivalent\"."),
    ("Webhook", "reinvocationPolicy", D::Text("Never"), "Defaults to \"Never\"."),
    ("Webhook", "timeoutSeconds", D::Number(10), "Default to 10 seconds."),
    ("Webhook", "namespaceSelector", D::Empty, "Default to the empty LabelSelector, which matches everything."),
    ("Webhook", "objectSelector", D::Empty, "Default to the empty LabelSelector, which matches everything."),
    ("Webhook", "clientConfig/service/port", D::Number(443), "Default to 443 for backward compatibility."),
    ("WebhookRule", "scope", D::Text("*"), "Default is \"*\"."),
    ("CustomResourceDefinitionSpec", "conversion/strategy", D::Text("None"), "`\"None\"`: The converter only change the apiVersion."),
    ("CustomResourceDefinitionSpec", "conversion", D::Emptied, ""),
];

/// A kind with its group, or a shape; a path in it; the shape that stands there. `*`: each of a list.
type Place = (&'static str, &'static str, &'static str);

#[rustfmt::skip]
const PLACES: &[Place] = &[
    ("Pod", "spec", "PodSpec"),
    ("PodTemplate", "template/spec", "PodSpec"),
    ("ReplicationController", "spec/template/spec", "PodSpec"),
    ("apps/Deployment", "spec", "DeploymentSpec"),
    ("apps/Deployment", "spec/template/spec", "PodSpec"),
    ("apps/ReplicaSet", "spec/template/spec", "PodSpec"),
    ("apps/StatefulSet", "spec", "StatefulSetSpec"),
    ("apps/StatefulSet", "spec/template/spec", "PodSpec"),
    ("apps/StatefulSet", "spec/volumeClaimTemplates/*/spec", "PersistentVolumeClaimSpec"),
    ("apps/DaemonSet", "spec", "DaemonSetSpec"),
    ("apps/DaemonSet", "spec/template/spec", "PodSpec"),
    ("batch/Job", "spec", "JobSpec"),
    ("JobSpec", "template/spec", "PodSpec"),
    ("batch/CronJob", "spec", "CronJobSpec"),
    ("batch/CronJob", "spec/jobTemplate/spec", "JobSpec"),
    ("PodSpec", "containers/*", "Container"),
    ("PodSpec", "initContainers/*", "Container"),
    ("PodSpec", "ephemeralContainers/*", "Container"),
    ("PodSpec", "volumes/*/configMap", "VolumeSource"),
    ("PodSpec", "volumes/*/secret", "VolumeSource"),
    ("PodSpec", "volumes/*/projected", "VolumeSource"),
    ("PodSpec", "volumes/*/downwardAPI", "VolumeSource"),
    ("PodSpec", "volumes/*/hostPath", "HostPathVolumeSource"),
    ("PodSpec", "volumes/*/downwardAPI/items/*/fieldRef", "ObjectFieldSelector"),
    ("PodSpec", "volumes/*/projected/sources/*/downwardAPI/items/*/fieldRef", "ObjectFieldSelector"),
    ("PodSpec", "volumes/*/projected/sources/*/serviceAccountToken", "ServiceAccountTokenProjection"),
    ("PodSpec", "volumes/*/ephemeral/volumeClaimTemplate/spec", "PersistentVolumeClaimSpec"),
    ("Container", "ports/*", "ContainerPort"),
    ("Container", "env/*/valueFrom/fieldRef", "ObjectFieldSelector"),
    ("Container", "livenessProbe", "Probe"),
    ("Container", "readinessProbe", "Probe"),
    ("Container", "startupProbe", "Probe"),
    ("Container", "lifecycle/postStart/httpGet", "HTTPGetAction"),
    ("Container", "lifecycle/preStop/httpGet", "HTTPGetAction"),
    ("Probe", "httpGet", "HTTPGetAction"),
    ("Probe", "grpc", "GRPCAction"),
    ("Service", "spec", "ServiceSpec"),
    ("Service", "spec/ports/*", "ServicePort"),
    ("Endpoints", "subsets/*/ports/*", "ContainerPort"),
    ("discovery.k8s.io/EndpointSlice", "ports/*", "ContainerPort"),
    ("networking.k8s.io/NetworkPolicy", "spec/ingress/*/ports/*", "ContainerPort"),
    ("networking.k8s.io/NetworkPolicy", "spec/egress/*/ports/*", "ContainerPort"),
    ("PersistentVolumeClaim", "spec", "PersistentVolumeClaimSpec"),
    ("PersistentVolume", "spec", "PersistentVolumeSpec"),
    ("storage.k8s.io/StorageClass", "", "StorageClass"),
    ("admissionregistration.k8s.io/ValidatingWebhookConfiguration", "webhooks/*", "Webhook"),
    ("admissionregistration.k8s.io/MutatingWebhookConfiguration", "webhooks/*", "Webhook"),
    ("Webhook", "rules/*", "WebhookRule"),
    ("apiextensions.k8s.io/CustomResourceDefinition", "spec", "CustomResourceDefinitionSpec"),
];

/// Takes every field out of an object that has the API's default; says how many these were.
pub fn fold(object: &mut Value) -> usize {
    let text = |key: &str| object.get(key).and_then(Value::as_str).unwrap_or_default();
    let group = text("apiVersion").rsplit_once('/').map(|(group, _)| group);
    let kind = match group {
        Some(group) => format!("{group}/{}", text("kind")),
        None => text("kind").to_owned(),
    };
    fold_shape(&kind, object)
}

fn fold_shape(shape: &str, value: &mut Value) -> usize {
    let mut folded = 0;
    for (_, path, inner) in PLACES.iter().filter(|(of, ..)| *of == shape) {
        each(value, path, &mut |value| folded += fold_shape(inner, value));
    }
    for (_, path, default, _) in RULES.iter().filter(|(of, ..)| *of == shape) {
        let (parent, key) = path.rsplit_once('/').unwrap_or(("", path));
        each(value, parent, &mut |value| {
            let Some(map) = value.as_object_mut() else { return };
            if has(map, key, *default) {
                map.remove(key);
                folded += usize::from(*default != D::Emptied);
            }
        });
    }
    folded
}

fn has(map: &Map<String, Value>, key: &str, default: Implied) -> bool {
    let Some(value) = map.get(key) else { return false };
    match default {
        D::Text(text) => value == text,
        D::Number(number) => value.as_i64() == Some(number),
        D::Bool(truth) => value == truth,
        D::Empty | D::Emptied => value.as_object().is_some_and(Map::is_empty),
        D::As(beside) => map.get(beside) == Some(value),
        D::PullPolicy => {
            let Some(image) = map.get("image").and_then(Value::as_str) else { return false };
            value == pull_policy(image)
        }
    }
}

fn pull_policy(image: &str) -> &'static str {
    let (name, digest) = image.split_once('@').map_or((image, None), |(name, digest)| (name, Some(digest)));
    let tag = name.rsplit('/').next().and_then(|last| last.split_once(':')).map(|(_, tag)| tag);
    match (tag, digest) {
        (Some("latest"), _) | (None, None) => "Always",
        _ => "IfNotPresent",
    }
}

/// Does something to every value at a path; an empty one is the value itself.
fn each(value: &mut Value, path: &str, act: &mut dyn FnMut(&mut Value)) {
    if path.is_empty() {
        return act(value);
    }
    let (first, rest) = path.split_once('/').unwrap_or((path, ""));
    match (first, value) {
        ("*", Value::Array(values)) => values.iter_mut().for_each(|value| each(value, rest, act)),
        (key, Value::Object(map)) => {
            if let Some(value) = map.get_mut(key) {
                each(value, rest, act);
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests;
