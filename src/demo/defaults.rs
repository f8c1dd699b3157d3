//! What the API server fills in when a writer left it out.
//!
//! Only fields that somebody looks at; equal to a real server's answers for workloads and services.

use serde_json::{Map, Value, json};

use super::object::text;
use super::resource::{self, Resource};

/// Fills in the defaults of a kind.
pub fn apply(res: &Resource, value: &mut Value) {
    if res == resource::PODS {
        fill(value, "status", &json!({}));
        if let Some(spec) = value.get_mut("spec") {
            pod_spec(spec);
            fill(spec, "enableServiceLinks", &json!(true));
        }
        fill(&mut value["status"], "phase", &json!("Pending"));
        return;
    }
    // A kind of somebody else may have a name that is known.
    if res.custom.is_some() {
        return;
    }
    match res.plural {
        "customresourcedefinitions" => definition(value),
        "deployments" => deployment(value),
        "replicasets" => {
            fill(&mut value["spec"], "replicas", &json!(1));
            template(value, "/spec/template");
            fill(value, "status", &json!({"replicas": 0}));
        }
        "statefulsets" => statefulset(value),
        "daemonsets" => {
            let spec = &mut value["spec"];
            fill(spec, "revisionHistoryLimit", &json!(10));
            fill(spec, "updateStrategy", &json!({"type": "RollingUpdate"}));
            if spec["updateStrategy"]["type"] == "RollingUpdate" {
                fill(
                    &mut spec["updateStrategy"],
                    "rollingUpdate",
                    &json!({"maxSurge": 0, "maxUnavailable": 1}),
                );
            }
            template(value, "/spec/template");
            let zero = json!({"currentNumberScheduled": 0, "numberMisscheduled": 0, "desiredNumberScheduled": 0,
                "numberReady": 0});
            fill(value, "status", &zero);
        }
        "jobs" => {
            let spec = &mut value["spec"];
            for (key, default) in [("parallelism", 1), ("completions", 1), ("backoffLimit", 6)] {
                fill(spec, key, &json!(default));
            }
            fill(spec, "completionMode", &json!("NonIndexed"));
            fill(spec, "suspend", &json!(false));
            template(value, "/spec/template");
            fill(value, "status", &json!({}));
        }
        "cronjobs" => {
            let spec = &mut value["spec"];
            fill(spec, "concurrencyPolicy", &json!("Allow"));
            fill(spec, "suspend", &json!(false));
            fill(spec, "successfulJobsHistoryLimit", &json!(3));
            fill(spec, "failedJobsHistoryLimit", &json!(1));
            template(value, "/spec/jobTemplate/spec/template");
            fill(value, "status", &json!({}));
        }
        "services" => service(value),
        "namespaces" => {
            let name = value["metadata"]["name"].clone();
            fill(&mut value["metadata"], "labels", &json!({}));
            fill(&mut value["metadata"]["labels"], "kubernetes.io/metadata.name", &name);
            fill(value, "spec", &json!({"finalizers": ["kubernetes"]}));
            fill(value, "status", &json!({"phase": "Active"}));
        }
        "secrets" => secret(value),
        "horizontalpodautoscalers" => {
            fill(&mut value["spec"], "minReplicas", &json!(1));
            fill(value, "status", &json!({"desiredReplicas": 0, "currentMetrics": null}));
        }
        _ => {}
    }
}

/// Sets a field that is absent or null.
fn fill(map: &mut Value, key: &str, default: &Value) {
    if map.is_null() {
        *map = Value::Object(Map::new());
    }
    if let Value::Object(map) = map
        && map.get(key).is_none_or(Value::is_null)
    {
        map.insert(key.to_owned(), default.clone());
    }
}

fn deployment(value: &mut Value) {
    let spec = &mut value["spec"];
    fill(spec, "replicas", &json!(1));
    fill(spec, "revisionHistoryLimit", &json!(10));
    fill(spec, "progressDeadlineSeconds", &json!(600));
    fill(spec, "strategy", &json!({"type": "RollingUpdate"}));
    fill(&mut spec["strategy"], "type", &json!("RollingUpdate"));
    if spec["strategy"]["type"] == "RollingUpdate" {
        fill(&mut spec["strategy"], "rollingUpdate", &json!({}));
        for key in ["maxSurge", "maxUnavailable"] {
            fill(&mut spec["strategy"]["rollingUpdate"], key, &json!("25%"));
        }
    }
    if spec["paused"] == Value::Bool(false) {
        spec.as_object_mut().map(|s| s.remove("paused"));
    }
    template(value, "/spec/template");
    fill(value, "status", &json!({}));
}

fn statefulset(value: &mut Value) {
    let spec = &mut value["spec"];
    fill(spec, "replicas", &json!(1));
    fill(spec, "revisionHistoryLimit", &json!(10));
    fill(spec, "podManagementPolicy", &json!("OrderedReady"));
    fill(spec, "updateStrategy", &json!({"type": "RollingUpdate"}));
    if spec["updateStrategy"]["type"] == "RollingUpdate" {
        fill(&mut spec["updateStrategy"], "rollingUpdate", &json!({"partition": 0}));
    }
    let retain = json!({"whenDeleted": "Retain", "whenScaled": "Retain"});
    fill(spec, "persistentVolumeClaimRetentionPolicy", &retain);
    template(value, "/spec/template");
    fill(value, "status", &json!({"replicas": 0, "availableReplicas": 0}));
}

fn template(value: &mut Value, pointer: &str) {
    if let Some(template) = value.pointer_mut(pointer) {
        if template["metadata"].get("creationTimestamp").is_some_and(Value::is_null) {
            template["metadata"].as_object_mut().map(|m| m.remove("creationTimestamp"));
        }
        if let Some(spec) = template.get_mut("spec") {
            pod_spec(spec);
        }
    }
}

fn pod_spec(spec: &mut Value) {
    fill(spec, "restartPolicy", &json!("Always"));
    fill(spec, "terminationGracePeriodSeconds", &json!(30));
    fill(spec, "dnsPolicy", &json!("ClusterFirst"));
    fill(spec, "securityContext", &json!({}));
    fill(spec, "schedulerName", &json!("default-scheduler"));
    if let Some(account) = spec.get("serviceAccountName").cloned() {
        fill(spec, "serviceAccount", &account);
    }
    for list in ["initContainers", "containers", "ephemeralContainers"] {
        for container in spec.get_mut(list).and_then(Value::as_array_mut).into_iter().flatten() {
            self::container(container);
        }
    }
    for volume in spec.get_mut("volumes").and_then(Value::as_array_mut).into_iter().flatten() {
        for source in ["configMap", "secret"] {
            if let Some(source) = volume.get_mut(source).filter(|s| s.is_object()) {
                fill(source, "defaultMode", &json!(420));
            }
        }
    }
}

fn container(container: &mut Value) {
    let image = text(container, "/image");
    let tag = image.rsplit('/').next().unwrap_or_default().split_once(':').map(|(_, tag)| tag);
    let latest = matches!(tag, None | Some("latest")) && !image.contains('@');
    fill(container, "imagePullPolicy", &json!(if latest { "Always" } else { "IfNotPresent" }));
    fill(container, "terminationMessagePath", &json!("/dev/termination-log"));
    fill(container, "terminationMessagePolicy", &json!("File"));
    fill(container, "resources", &json!({}));
    for port in container.get_mut("ports").and_then(Value::as_array_mut).into_iter().flatten() {
        fill(port, "protocol", &json!("TCP"));
    }
    for probe in ["livenessProbe", "readinessProbe", "startupProbe"] {
        let Some(probe) = container.get_mut(probe).filter(|p| p.is_object()) else { continue };
        for (key, default) in
            [("failureThreshold", 3), ("periodSeconds", 10), ("successThreshold", 1), ("timeoutSeconds", 1)]
        {
            fill(probe, key, &json!(default));
        }
        if let Some(get) = probe.get_mut("httpGet").filter(|g| g.is_object()) {
            fill(get, "path", &json!("/"));
            fill(get, "scheme", &json!("HTTP"));
        }
    }
}

fn service(value: &mut Value) {
    let uid = text(value, "/metadata/uid").to_owned();
    let spec = &mut value["spec"];
    fill(spec, "type", &json!("ClusterIP"));
    fill(spec, "sessionAffinity", &json!("None"));
    for port in spec.get_mut("ports").and_then(Value::as_array_mut).into_iter().flatten() {
        fill(port, "protocol", &json!("TCP"));
        let number = port["port"].clone();
        fill(port, "targetPort", &number);
    }
    if spec["type"] == "ExternalName" {
        fill(value, "status", &json!({"loadBalancer": {}}));
        return;
    }
    fill(spec, "internalTrafficPolicy", &json!("Cluster"));
    fill(spec, "ipFamilies", &json!(["IPv4"]));
    fill(spec, "ipFamilyPolicy", &json!("SingleStack"));
    // The address follows from the uid, so that a dry run and its write agree.
    let hash = uid.bytes().fold(5381_u32, |hash, b| hash.wrapping_mul(33) ^ u32::from(b));
    fill(spec, "clusterIP", &json!(format!("10.96.{}.{}", hash >> 8 & 0xff, hash % 254 + 1)));
    let address = spec["clusterIP"].clone();
    fill(spec, "clusterIPs", &json!([address]));
    let kind = text(spec, "/type").to_owned();
    if matches!(kind.as_str(), "NodePort" | "LoadBalancer") {
        fill(spec, "externalTrafficPolicy", &json!("Cluster"));
        for (at, port) in
            spec.get_mut("ports").and_then(Value::as_array_mut).into_iter().flatten().enumerate()
        {
            fill(port, "nodePort", &json!(30000 + (hash as usize + at) % 2767));
        }
    }
    if kind == "LoadBalancer" {
        fill(spec, "allocateLoadBalancerNodePorts", &json!(true));
    }
    fill(value, "status", &json!({"loadBalancer": {}}));
}

/// A definition is accepted and served at once.
fn definition(value: &mut Value) {
    let at = value["metadata"]["creationTimestamp"].clone();
    let names = value["spec"]["names"].clone();
    let stored = value["spec"]["versions"].as_array().into_iter().flatten().find(|v| v["storage"] == true);
    let stored = stored.map(|version| version["name"].clone());
    let condition = |kind: &str, reason: &str, message: &str| json!({"type": kind, "status": "True", "lastTransitionTime": at, "reason": reason, "message": message});
    let conditions = [
        condition("NamesAccepted", "NoConflicts", "no conflicts found"),
        condition("Established", "InitialNamesAccepted", "the initial names have been accepted"),
    ];
    let status = json!({"acceptedNames": names, "conditions": conditions, "storedVersions": [stored]});
    fill(value, "status", &status);
}

fn secret(value: &mut Value) {
    use base64::Engine as _;
    fill(value, "type", &json!("Opaque"));
    let plain = value.as_object_mut().and_then(|map| map.remove("stringData"));
    for (key, text) in plain.as_ref().and_then(Value::as_object).into_iter().flatten() {
        let encoded = base64::engine::general_purpose::STANDARD.encode(text.as_str().unwrap_or_default());
        fill(value, "data", &json!({}));
        value["data"][key] = json!(encoded);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deployment_gets_what_a_real_server_gave_it() {
        let recorded: Value =
            serde_json::from_str(include_str!("../../tests/data/real-api/deploy-create.json")).unwrap();
        let mut sent = json!({"spec": {"replicas": 3, "selector": {"matchLabels": {"app": "web"}}, "template": {
            "metadata": {"labels": {"app": "web", "version": "blue"}},
            "spec": {"containers": [{"name": "web", "image": "web:v1",
                "ports": [{"name": "http", "containerPort": 8080}]}]}}}});
        apply(resource::DEPLOYMENTS, &mut sent);
        assert_eq!(sent["spec"], recorded["spec"]);
        assert_eq!(sent["status"], recorded["status"]);
    }

    #[test]
    fn a_service_gets_what_a_real_server_gave_it() {
        let recorded: Value =
            serde_json::from_str(include_str!("../../tests/data/real-api/svc-create.json")).unwrap();
        let mut sent = json!({"metadata": {"uid": "u"}, "spec": {"selector": {"app": "web", "version": "blue"},
            "ports": [{"port": 80, "targetPort": "http"}]}});
        apply(resource::SERVICES, &mut sent);
        let (mut ours, mut theirs) = (sent["spec"].clone(), recorded["spec"].clone());
        for spec in [&mut ours, &mut theirs] {
            assert!(text(spec, "/clusterIP").starts_with("10.96."));
            assert_eq!(spec["clusterIPs"][0], spec["clusterIP"]);
            spec["clusterIP"].take();
            spec["clusterIPs"].take();
        }
        assert_eq!(ours, theirs);
    }

    #[test]
    fn secrets_encode_what_was_sent_plain() {
        let mut sent = json!({"stringData": {"k": "v"}});
        apply(resource::SECRETS, &mut sent);
        assert_eq!(sent, json!({"type": "Opaque", "data": {"k": "dg=="}}));
    }
}
