//! Edges of a small shop, both ways, and what is said of what was not read.

use serde_json::json;

use super::*;

/// What is read around an object: everything that is wanted, from these objects.
fn around(object: &Value, resource: &Resource, others: &[(Resource, Value)]) -> Around {
    let lists = wanted(resource, object).into_iter().map(|wanted| {
        let own = others.iter().filter(|(of, _)| *of == wanted.resource);
        let objects = own.map(|(_, object)| {
            if wanted.metadata_only { json!({"metadata": object["metadata"]}) } else { object.clone() }
        });
        let read = Read::Known(objects.collect(), false);
        (wanted, read)
    });
    Around { object: object.clone(), owners: Vec::new(), lists: lists.collect() }
}

fn titles(resource: &Resource, object: &Value, others: &[(Resource, Value)]) -> Vec<String> {
    let found = relations(resource, &around(object, resource, others));
    found.edges.iter().map(|edge| format!("{}{}", "  ".repeat(edge.depth), edge.title())).collect()
}

fn object(name: &str, uid: &str, rest: Value) -> Value {
    let mut object = json!({"metadata": {"name": name, "namespace": "shop", "uid": uid}});
    let put = object.as_object_mut().unwrap();
    let Value::Object(rest) = rest else { panic!("no object") };
    for (key, value) in rest {
        if key == "metadata" {
            let own = put["metadata"].as_object_mut().unwrap();
            own.extend(value.as_object().unwrap().clone());
        } else {
            put.insert(key, value);
        }
    }
    object
}

fn owned(name: &str, uid: &str, owner: &str) -> Value {
    object(
        name,
        uid,
        json!({"metadata": {"ownerReferences": [{"uid": owner, "controller": true}],
        "labels": {"app": "web"}}}),
    )
}

fn web() -> Value {
    object(
        "web",
        "d",
        json!({"spec": {"template": {"metadata": {"labels": {"app": "web"}}, "spec": {
            "serviceAccountName": "robot",
            "containers": [{
                "env": [
                    {"name": "MESSAGE", "valueFrom": {"configMapKeyRef": {"name": "qotd", "key": "a"}}},
                    {"name": "OTHER", "valueFrom": {"configMapKeyRef": {"name": "qotd", "key": "b"}}},
                    {"name": "PASSWORD", "valueFrom": {"secretKeyRef": {"name": "db", "key": "p"}}},
                ],
                "envFrom": [{"secretRef": {"name": "extra", "optional": true}}],
            }],
            "volumes": [
                {"name": "data", "persistentVolumeClaim": {"claimName": "disk"}},
                {"name": "all", "projected": {"sources": [{"secret": {"name": "db"}}]}},
            ],
        }}}}),
    )
}

fn shop() -> Vec<(Resource, Value)> {
    use Resource as R;
    vec![
        (R::DEPLOYMENTS, web()),
        (R::REPLICA_SETS, owned("web-1", "rs", "d")),
        (R::REPLICA_SETS, owned("other-1", "o", "x")),
        (R::PODS, owned("web-1-a", "p1", "rs")),
        (R::PODS, owned("web-1-b", "p2", "rs")),
        (R::CONFIG_MAPS, object("qotd", "c", json!({}))),
        (R::SECRETS, object("db", "s", json!({}))),
        (R::SERVICE_ACCOUNTS, object("robot", "a", json!({}))),
        (R::SERVICES, object("web", "svc", json!({"spec": {"selector": {"app": "web"}}}))),
        (R::SERVICES, object("none", "svc2", json!({"spec": {}}))),
        (
            R::NETWORK_POLICIES,
            object(
                "all",
                "n",
                json!({"spec": {"podSelector": {"matchExpressions": [
                    {"key": "app", "operator": "In", "values": ["web", "api"]},
                    {"key": "old", "operator": "DoesNotExist"},
                ]}}}),
            ),
        ),
        (
            R::DISRUPTION_BUDGETS,
            object(
                "web",
                "b",
                json!({"spec": {"selector": {"matchLabels": {"app": "web"}}},
                "status": {"disruptionsAllowed": 1}}),
            ),
        ),
        (R::DISRUPTION_BUDGETS, object("nobody", "b2", json!({"spec": {}}))),
        (
            R::AUTOSCALERS,
            object(
                "web",
                "h",
                json!({"spec": {"maxReplicas": 9,
                "scaleTargetRef": {"kind": "Deployment", "name": "web"}}}),
            ),
        ),
        (
            R::ENDPOINT_SLICES,
            object(
                "web-x",
                "e",
                json!({"metadata": {"labels": {"kubernetes.io/service-name": "web"}}, "endpoints": [
                    {"conditions": {"ready": true}, "targetRef": {"kind": "Pod", "name": "web-1-a", "uid": "p1"}},
                    {"conditions": {"ready": false}, "targetRef": {"kind": "Pod", "name": "web-1-b", "uid": "p2"}},
                ]}),
            ),
        ),
        (R::GATEWAYS, object("door", "g", json!({}))),
        (
            R::HTTP_ROUTES,
            object(
                "split",
                "r",
                json!({"spec": {
                    "parentRefs": [{"name": "door"}],
                    "hostnames": ["b.example"],
                    "rules": [{"matches": [{"path": {"value": "/v2"}}], "backendRefs": [{"name": "web", "weight": 9}]}],
                }}),
            ),
        ),
        (
            R::STATEFUL_SETS,
            object(
                "db",
                "st",
                json!({"spec": {"template": {"metadata": {"labels": {"app": "db"}}, "spec": {}},
                "volumeClaimTemplates": [{"metadata": {"name": "data"}}]}}),
            ),
        ),
        (
            R::PERSISTENT_VOLUME_CLAIMS,
            object("data-db-0", "pvc", json!({"spec": {"volumeName": "vol", "storageClassName": "fast"}})),
        ),
        (R::PERSISTENT_VOLUME_CLAIMS, object("data-db-x", "pvc2", json!({}))),
        (
            R::PERSISTENT_VOLUMES,
            json!({"metadata": {"name": "vol", "uid": "v"},
                "spec": {"claimRef": {"name": "data-db-0", "namespace": "shop", "uid": "pvc"}}}),
        ),
        (
            R::PODS,
            object(
                "lone",
                "p3",
                json!({"metadata": {"labels": {"app": "api"}}, "spec": {
                    "nodeName": "n1", "priorityClassName": "high",
                    "volumes": [{"name": "v", "persistentVolumeClaim": {"claimName": "data-db-0"}}],
                }}),
            ),
        ),
        (
            R::INGRESSES,
            object(
                "front",
                "i",
                json!({"spec": {
                    "tls": [{"secretName": "db"}],
                    "rules": [{"host": "a.example", "http": {"paths": [
                        {"path": "/", "backend": {"service": {"name": "web", "port": {"number": 80}}}},
                        {"path": "/gone", "backend": {"service": {"name": "gone", "port": {"name": "http"}}}},
                    ]}}],
                }}),
            ),
        ),
    ]
}

#[test]
fn a_workload_has_what_it_owns_uses_and_what_selects_it() {
    assert_eq!(
        titles(&Resource::DEPLOYMENTS, &web(), &shop()),
        [
            "owns ReplicaSet web-1",
            "  owns Pod web-1-a",
            "  owns Pod web-1-b",
            "uses ConfigMap qotd (env MESSAGE, env OTHER)",
            "uses Secret db (env PASSWORD, volume all)",
            "uses Secret extra (env from all keys) is not there, and need not be",
            "uses PersistentVolumeClaim disk (volume data) is missing",
            "uses ServiceAccount robot (runs as)",
            "selected by Service web",
            "selected by NetworkPolicy all",
            "selected by PodDisruptionBudget web (1 may be disrupted)",
            "selected by HorizontalPodAutoscaler web (scales it, to 9 at most)",
        ]
    );
}

#[test]
fn the_other_way_round() {
    use Resource as R;
    let of = |resource: &Resource, name: &str| {
        let all = shop();
        let is_it = |(of, object): &&(Resource, Value)| of == resource && object["metadata"]["name"] == name;
        let object = all.iter().find(is_it).unwrap().1.clone();
        titles(resource, &object, &all)
    };
    for (resource, name, expected) in [
        (R::CONFIG_MAPS, "qotd", &["used by Deployment web (env MESSAGE, env OTHER)"][..]),
        (
            R::SECRETS,
            "db",
            &["used by Deployment web (env PASSWORD, volume all)", "used by Ingress front (TLS)"],
        ),
        (R::SERVICE_ACCOUNTS, "robot", &["used by Deployment web (runs as)"]),
        (
            R::SERVICES,
            "web",
            &[
                "selects Pod web-1-a (ready endpoint)",
                "selects Pod web-1-b (endpoint, not ready)",
                "routed from Ingress front (a.example/, port 80)",
                "routed from HTTPRoute split (b.example/v2, weight 9)",
            ],
        ),
        (R::SERVICES, "none", &[]),
        (R::NETWORK_POLICIES, "all", &["selects Pod web-1-a", "selects Pod web-1-b", "selects Pod lone"]),
        (R::DISRUPTION_BUDGETS, "nobody", &[]),
        (R::AUTOSCALERS, "web", &["selects Deployment web (scales it)"]),
        (
            R::INGRESSES,
            "front",
            &[
                "uses Secret db (TLS)",
                "routes to Service web (a.example/, port 80: 1 of 2 endpoints ready)",
                "  routes to Pod web-1-a (ready)",
                "  routes to Pod web-1-b (not ready)",
                "routes to Service gone (a.example/gone, port \"http\": no ready endpoint) is missing",
            ],
        ),
        (
            R::HTTP_ROUTES,
            "split",
            &[
                "routes to Service web (b.example/v2, weight 9: 1 of 2 endpoints ready)",
                "  routes to Pod web-1-a (ready)",
                "  routes to Pod web-1-b (not ready)",
                "routed from Gateway door",
            ],
        ),
        (R::GATEWAYS, "door", &["routes to HTTPRoute split"]),
        (
            R::ENDPOINT_SLICES,
            "web-x",
            &[
                "routes to Pod web-1-a (ready)",
                "routes to Pod web-1-b (not ready)",
                "routed from Service web",
            ],
        ),
        (R::STATEFUL_SETS, "db", &["uses PersistentVolumeClaim data-db-0 (claim template data)"]),
        (
            R::PERSISTENT_VOLUME_CLAIMS,
            "data-db-0",
            &[
                "uses PersistentVolume vol (bound to)",
                "uses StorageClass fast is missing",
                "used by Pod lone (volume v)",
            ],
        ),
        (R::PERSISTENT_VOLUMES, "vol", &["used by PersistentVolumeClaim data-db-0 (bound to it)"]),
        (
            R::PODS,
            "lone",
            &[
                "uses PersistentVolumeClaim data-db-0 (volume v)",
                "uses PriorityClass high (priority) is missing",
                "uses Node n1 (runs on)",
                "selected by NetworkPolicy all",
            ],
        ),
    ] {
        let expected: Vec<String> = expected.iter().map(|line| line.replace('"', "")).collect();
        assert_eq!(of(&resource, name), expected, "{resource} {name}");
    }
}

#[test]
fn what_was_not_read_is_named_and_nothing_is_claimed_of_it() {
    let resource = Resource::DEPLOYMENTS;
    let mut around = around(&web(), &resource, &shop());
    for (wanted, read) in &mut around.lists {
        match &*wanted.resource.plural {
            "secrets" => *read = Read::Not("forbidden: list secrets in namespace shop".to_owned()),
            "persistentvolumeclaims" => *read = Read::NotServed,
            "configmaps" => *read = Read::Known(Vec::new(), true),
            _ => {}
        }
    }
    let found = relations(&resource, &around);
    let presence = |kind: &str| found.edges.iter().find(|edge| edge.to.kind == kind).unwrap().presence;
    assert_eq!(presence("Secret"), Presence::NotLooked);
    assert_eq!(presence("ConfigMap"), Presence::NotLooked, "a list that was cut off says nothing");
    assert_eq!(presence("PersistentVolumeClaim"), Presence::Missing);
    assert_eq!(
        found.not_looked,
        [
            "configmaps beyond the first 0 (there are more)",
            "secrets (forbidden: list secrets in namespace shop)"
        ]
    );
}

#[test]
fn secrets_and_configmaps_are_asked_for_by_name_only() {
    for (resource, object) in shop() {
        for wanted in wanted(&resource, &object) {
            let secret = matches!(&*wanted.resource.plural, "secrets" | "configmaps");
            assert!(
                !secret || wanted.metadata_only,
                "{resource} asks for the content of {}",
                wanted.resource
            );
        }
    }
    let widget = Resource {
        group: "example.io".into(),
        version: "v1".into(),
        plural: "widgets".into(),
        kind: "Widget".into(),
        namespaced: true,
    };
    let all = wanted(&widget, &json!({}));
    assert!(all.len() > 5 && all.iter().all(|one| one.metadata_only), "{all:?}");
}

#[test]
fn owners_end_where_they_point_at_themselves() {
    let one = owned("a", "1", "2");
    let other = owned("b", "2", "1");
    let resource = Resource::DEPLOYMENTS;
    let own = object("x", "2", json!({"spec": {}}));
    let lists = [(Resource::REPLICA_SETS, one), (Resource::REPLICA_SETS, other)];
    assert_eq!(titles(&resource, &own, &lists), ["owns ReplicaSet a", "  owns ReplicaSet b"]);
}
