//! Kinds of which no output of kubectl is at hand: its words and columns as its source has them.

use serde_json::json;

use super::*;

/// What is told of an object, without its head and its events.
fn told(object: Value, read: &[(&Resource, Vec<Value>)]) -> Vec<String> {
    let beside = beside(&object, read);
    let lines = before_events(text(&lines(What::Describe, &material(object, beside, NOW))));
    let head = |line: &String| {
        ["Name:", "Namespace:", "Labels:", "Annotations:"].iter().any(|title| line.starts_with(title))
    };
    lines.into_iter().filter(|line| !head(line)).collect()
}

/// Everything before the events.
fn before_events(lines: Vec<String>) -> Vec<String> {
    lines.into_iter().take_while(|line| !line.starts_with("Events:")).collect()
}

#[allow(clippy::needless_pass_by_value, reason = "written where it is used")]
fn object(version: &str, kind: &str, rest: Value) -> Value {
    let mut object =
        json!({"apiVersion": version, "kind": kind, "metadata": {"name": "a", "namespace": "shop"}});
    for (field, value) in rest.as_object().unwrap() {
        object[field] = value.clone();
    }
    object
}

#[test]
fn an_ingress_names_its_backends_with_their_endpoints() {
    let rule = json!({"host": "shop.example.io", "http": {"paths": [
        {"path": "/", "backend": {"service": {"name": "web", "port": {"number": 80}}}},
        {"path": "/old", "backend": {"service": {"name": "gone", "port": {"name": "http"}}}},
    ]}});
    let ingress = object(
        "networking.k8s.io/v1",
        "Ingress",
        json!({"spec": {"ingressClassName": "nginx", "tls": [{"secretName": "cert", "hosts": ["shop.example.io"]}], "rules": [rule]},
            "status": {"loadBalancer": {"ingress": [{"ip": "203.0.113.7"}]}}}),
    );
    let service = json!({"metadata": {"name": "web"}, "spec": {"ports": [{"name": "http", "port": 80}]}});
    let slice = json!({"metadata": {"labels": {"kubernetes.io/service-name": "web"}}, "ports": [{"name": "http", "port": 8080}],
        "endpoints": [{"addresses": ["10.0.0.1"], "conditions": {"ready": true}},
            {"addresses": ["10.0.0.2"], "conditions": {"ready": false}}]});
    let read = [(&Resource::SERVICES, vec![service]), (&Resource::ENDPOINT_SLICES, vec![slice])];
    assert_eq!(
        told(ingress, &read),
        [
            "Address:          203.0.113.7",
            "Ingress Class:    nginx",
            "Default backend:  <default>",
            "TLS:",
            "  cert terminates shop.example.io",
            "Rules:",
            "  Host             Path  Backends",
            "  ----             ----  --------",
            "  shop.example.io",
            "                   /      web:80 (10.0.0.1:8080)",
            "                   /old   gone:http (<error: services \"gone\" not found>)",
        ]
    );
}

#[test]
fn what_configures_pods_tells_keys_and_never_a_secrets_values() {
    let map = object("v1", "ConfigMap", json!({"data": {"A": "one\ntwo"}, "binaryData": {"b": "AAEC"}}));
    assert_eq!(
        told(map, &[]),
        ["", "Data", "====", "A:", "----", "one", "two", "", "", "BinaryData", "====", "b: 3 bytes", ""]
    );
    let mut secret =
        object("v1", "Secret", json!({"type": "Opaque", "data": {"key": "aG9yc2U=", "k": "aG8="}}));
    crate::model::secret::size(&mut secret);
    assert_eq!(
        told(secret, &[]),
        ["", "Type:  Opaque", "", "Data", "====", "k:    2 bytes", "key:  5 bytes"]
    );
    // One whose values were not taken away before says nothing of them all the same.
    let open = object("v1", "Secret", json!({"type": "Opaque", "data": {"key": "aG9yc2U="}}));
    assert_eq!(told(open, &[]).last().unwrap(), "key:  ? bytes");
}

#[test]
fn bounds_are_told_in_columns() {
    let quota = object(
        "v1",
        "ResourceQuota",
        json!({"status": {"hard": {"cpu": "4", "pods": "10"}, "used": {"cpu": "3500m", "pods": "10"}}}),
    );
    assert_eq!(
        told(quota, &[])[..],
        [
            "Resource    Used   Hard",
            "--------    ----   ----",
            "cpu         3500m  4",
            "pods        10     10",
        ]
    );
    let budget = object(
        "policy/v1",
        "PodDisruptionBudget",
        json!({"spec": {"minAvailable": 2, "selector": {"matchLabels": {"app": "web"}}},
            "status": {"disruptionsAllowed": 1, "currentHealthy": 3, "desiredHealthy": 2, "expectedPods": 3}}),
    );
    assert_eq!(
        told(budget, &[]),
        [
            "Min available:  2",
            "Selector:       app=web",
            "Status:",
            "    Allowed disruptions:  1",
            "    Current:              3",
            "    Desired:              2",
            "    Total:                3",
        ]
    );
}

#[test]
fn an_autoscaler_tells_what_it_measures() {
    let metric = json!({"type": "Resource", "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 80}}});
    let current = json!({"type": "Resource", "resource": {"name": "cpu", "current": {"averageUtilization": 63, "averageValue": "126m"}}});
    let scaler = object(
        "autoscaling/v2",
        "HorizontalPodAutoscaler",
        json!({"spec": {"scaleTargetRef": {"kind": "Deployment", "name": "web"}, "minReplicas": 2, "maxReplicas": 5, "metrics": [metric]},
            "status": {"currentReplicas": 3, "desiredReplicas": 3, "currentMetrics": [current]}}),
    );
    assert_eq!(
        told(scaler, &[])[1..],
        [
            "Reference:                                             Deployment/web",
            "Metrics:                                               ( current / target )",
            "  resource cpu on pods  (as a percentage of request):  63% (126m) / 80%",
            "Min replicas:                                          2",
            "Max replicas:                                          5",
            "Deployment pods:                                       3 current / 3 desired",
        ]
    );
}

#[test]
fn roles_and_bindings_tell_who_may_do_what() {
    let role = object(
        "rbac.authorization.k8s.io/v1",
        "Role",
        json!({"rules": [
            {"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]},
            {"apiGroups": [""], "resources": ["pods"], "verbs": ["list"]},
            {"apiGroups": ["apps"], "resources": ["deployments/scale"], "resourceNames": ["web"], "verbs": ["patch"]},
        ]}),
    );
    assert_eq!(
        told(role, &[]),
        [
            "PolicyRule:",
            "  Resources               Non-Resource URLs  Resource Names  Verbs",
            "  ---------               -----------------  --------------  -----",
            "  deployments.apps/scale  []                 [web]           [patch]",
            "  pods                    []                 []              [get list]",
        ]
    );
    let binding = object(
        "rbac.authorization.k8s.io/v1",
        "RoleBinding",
        json!({"roleRef": {"kind": "Role", "name": "look"}, "subjects": [{"kind": "User", "name": "ada"}]}),
    );
    assert_eq!(
        told(binding, &[]),
        [
            "Role:",
            "  Kind:  Role",
            "  Name:  look",
            "Subjects:",
            "  Kind  Name  Namespace",
            "  ----  ----  ---------",
            "  User  ada"
        ]
    );
}

#[test]
fn a_claim_tells_who_uses_it() {
    let claim = object(
        "v1",
        "PersistentVolumeClaim",
        json!({"spec": {"storageClassName": "fast", "volumeName": "pv-1", "resources": {"requests": {"storage": "1Gi"}}},
            "status": {"phase": "Bound", "capacity": {"storage": "1Gi"}, "accessModes": ["ReadWriteOnce"]}}),
    );
    let uses = |name: &str, claim: &str| json!({"metadata": {"name": name}, "spec": {"volumes": [{"persistentVolumeClaim": {"claimName": claim}}]}});
    let pods = vec![uses("db-1", "a"), uses("db-0", "a"), uses("web", "b")];
    assert_eq!(
        told(claim, &[(&Resource::PODS, pods)]),
        [
            "StorageClass:  fast",
            "Status:        Bound",
            "Volume:        pv-1",
            "Finalizers:    []",
            "Capacity:      1Gi",
            "Access Modes:  RWO",
            "Used By:       db-0",
            "               db-1",
        ]
    );
}
