//! What happened, by tables, and on what a real server recorded.

use serde_json::{Value, json};

use super::fields::{paths, summary};
use super::*;

const T: Seconds = 1_795_000_000;

fn at(seconds: Seconds) -> String {
    jiff::Timestamp::from_second(T + seconds).unwrap().to_string()
}

fn entry(manager: &str, when: Seconds, fields: &Value) -> Value {
    json!({"manager": manager, "operation": "Update", "time": at(when), "fieldsType": "FieldsV1", "fieldsV1": fields})
}

fn object(name: &str, created: Seconds, entries: &[Value]) -> Value {
    json!({"metadata": {"name": name, "namespace": "shop", "uid": format!("uid-{name}"), "creationTimestamp": at(created),
        "managedFields": entries}})
}

fn replica_set(name: &str, owner: &str, created: Seconds, revision: u32, image: &str) -> Value {
    json!({"metadata": {"name": name, "namespace": "shop", "uid": format!("uid-{name}"), "creationTimestamp": at(created),
            "annotations": {"deployment.kubernetes.io/revision": revision.to_string()},
            "ownerReferences": [{"apiVersion": "apps/v1", "kind": "Deployment", "name": owner,
                "uid": format!("uid-{owner}"), "controller": true}]},
        "spec": {"template": {"metadata": {"labels": {"app": owner, "pod-template-hash": name}},
            "spec": {"containers": [{"name": "app", "image": image}]}}}})
}

fn material(lists: &[(&Resource, Vec<Value>)]) -> Material {
    let lists: BTreeMap<Resource, Vec<Value>> =
        lists.iter().map(|(resource, list)| ((*resource).clone(), list.clone())).collect();
    let templates = lists
        .get(&Resource::REPLICA_SETS)
        .into_iter()
        .flatten()
        .map(|one| (crate::model::json::uid(one).to_owned(), one.clone()))
        .collect();
    Material { lists, templates, ..Material::default() }
}

/// Lines as they are told: `-SECONDS what kind/name words (by)`.
fn told(material: &Material, since: Seconds) -> Vec<String> {
    recent(material, T + since, None)
        .happenings
        .iter()
        .map(|one| {
            let by = if one.by.is_empty() { String::new() } else { format!(" ({})", one.by) };
            format!(
                "{} {} {}/{}: {}{by}",
                one.at - T,
                one.what.word(),
                one.about.kind,
                one.about.name,
                one.words
            )
        })
        .collect()
}

#[test]
fn paths_of_fields() {
    for (fields, expected) in [
        (json!({}), vec![]),
        (json!({"f:spec": {"f:replicas": {}}}), vec!["spec.replicas"]),
        (
            json!({"f:spec": {"f:template": {"f:spec": {"f:containers": {"k:{\"name\":\"app\"}": {".": {}, "f:image": {}}}}}}}),
            vec!["spec.template.spec.containers[app].image"],
        ),
        (
            json!({"f:metadata": {"f:annotations": {".": {}, "f:team.example/note": {}}}}),
            vec!["metadata.annotations[team.example/note]"],
        ),
        (
            json!({"f:spec": {"f:ports": {"k:{\"port\":80,\"protocol\":\"TCP\"}": {".": {}}}}}),
            vec!["spec.ports[80,TCP]"],
        ),
        (json!({"f:metadata": {"f:finalizers": {"v:\"a/b\"": {}}}}), vec!["metadata.finalizers[a/b]"]),
        (json!({"f:data": {"f:\u{1b}[31mred": {}}}), vec!["data.␛[31mred"]),
        (json!("nothing"), vec![]),
    ] {
        assert_eq!(paths(&fields), expected, "{fields}");
    }
}

#[test]
fn many_fields_are_counted_below_what_they_share() {
    let few: Vec<String> = ["spec.replicas", "spec.paused"].map(str::to_owned).to_vec();
    assert_eq!(summary(&few), "spec.replicas, spec.paused");
    let many: Vec<String> =
        ["spec.template.a", "spec.template.b", "spec.template.c", "metadata.labels[app]", "spec.replicas"]
            .map(str::to_owned)
            .to_vec();
    assert_eq!(summary(&many), "spec.template (3 fields), metadata.labels, spec.replicas");
}

#[test]
fn what_managers_wrote() {
    let replicas = json!({"f:spec": {"f:replicas": {}}});
    let cases: Vec<(&str, &Resource, Value, Vec<&str>)> = vec![
        (
            "a config map was edited",
            &Resource::CONFIG_MAPS,
            object("qotd", -9000, &[entry("kubectl-edit", -60, &json!({"f:data": {"f:MESSAGE": {}}}))]),
            vec!["-60 edit ConfigMap/qotd: wrote data.MESSAGE (kubectl-edit)"],
        ),
        (
            "too long ago",
            &Resource::CONFIG_MAPS,
            object("qotd", -9000, &[entry("kubectl-edit", -3601, &json!({"f:data": {"f:MESSAGE": {}}}))]),
            vec![],
        ),
        (
            "one time stands for many fields",
            &Resource::CONFIG_MAPS,
            object("qotd", -9000, &[entry("helm", -60, &json!({"f:data": {"f:A": {}, "f:B": {}}}))]),
            vec!["-60 edit ConfigMap/qotd: wrote some of data.A, data.B (helm)"],
        ),
        (
            "scaled",
            &Resource::DEPLOYMENTS,
            object("web", -9000, &[entry("kubectl-scale", -60, &replicas)]),
            vec!["-60 scale Deployment/web: set spec.replicas (kubectl-scale)"],
        ),
        (
            "a selector was switched",
            &Resource::SERVICES,
            object("web", -9000, &[entry("kubectl-patch", -60, &json!({"f:spec": {"f:selector": {}}}))]),
            vec!["-60 selector Service/web: set spec.selector (kubectl-patch)"],
        ),
        (
            "cordoned",
            &Resource::NODES,
            object("n1", -9000, &[entry("kubectl-cordon", -60, &json!({"f:spec": {"f:unschedulable": {}}}))]),
            vec!["-60 node Node/n1: wrote spec.unschedulable (kubectl-cordon)"],
        ),
        (
            "status and bookkeeping say nothing",
            &Resource::DEPLOYMENTS,
            object(
                "web",
                -9000,
                &[
                    {
                        let mut status =
                            entry("kube-controller-manager", -5, &json!({"f:status": {"f:replicas": {}}}));
                        status["subresource"] = json!("status");
                        status
                    },
                    entry(
                        "kube-controller-manager",
                        -5,
                        &json!({"f:metadata": {"f:annotations": {".": {}, "f:deployment.kubernetes.io/revision": {}}}}),
                    ),
                ],
            ),
            vec![],
        ),
        (
            "created",
            &Resource::SERVICES,
            object("web", -30, &[entry("helm", -30, &json!({"f:spec": {"f:ports": {}}}))]),
            vec!["-30 created Service/web: was created (helm)"],
        ),
        (
            "being deleted",
            &Resource::SERVICES,
            json!({"metadata": {"name": "web", "namespace": "shop", "uid": "u", "creationTimestamp": at(-9000),
                "deletionTimestamp": at(-8), "finalizers": ["a/b"]}}),
            vec!["-8 deleting Service/web: is being deleted, waits for a/b"],
        ),
        ("nothing that is known", &Resource::SERVICES, json!({"metadata": 5}), vec![]),
    ];
    for (why, resource, object, expected) in cases {
        assert_eq!(told(&material(&[(resource, vec![object])]), -3600), expected, "{why}");
    }
}

#[test]
fn a_rollout_is_told_once_with_who_began_it() {
    let template = json!({"f:spec": {"f:template": {"f:spec": {"f:containers": {"k:{\"name\":\"app\"}": {"f:image": {}}}}}}});
    let deployment = object("pay", -90_000, &[entry("kubectl-set", -301, &template)]);
    let sets = vec![
        replica_set("pay-1", "pay", -90_000, 1, "r.example/pay:3.0"),
        replica_set("pay-2", "pay", -300, 2, "r.example/pay:3.1"),
    ];
    let material = material(&[(&Resource::DEPLOYMENTS, vec![deployment]), (&Resource::REPLICA_SETS, sets)]);
    assert_eq!(told(&material, -3600), ["-300 rollout Deployment/pay: 1 -> 2: pay:3.0 -> 3.1 (kubectl-set)"]);
    let needed: Vec<String> = needed(&material, T - 3600).into_iter().map(|(.., name, _)| name).collect();
    assert_eq!(needed, ["pay-2", "pay-1"]);
}

#[test]
fn a_rollback_gives_an_old_template_a_new_number() {
    let template = json!({"f:spec": {"f:template": {"f:spec": {"f:containers": {"k:{\"name\":\"app\"}": {"f:image": {}}}}}}});
    let deployment = object("pay", -90_000, &[entry("dogwatch", -20, &template)]);
    let sets = vec![
        replica_set("pay-1", "pay", -80_000, 3, "pay:3.0"),
        replica_set("pay-2", "pay", -7_000, 2, "pay:3.1"),
    ];
    let material = material(&[(&Resource::DEPLOYMENTS, vec![deployment]), (&Resource::REPLICA_SETS, sets)]);
    assert_eq!(told(&material, -3600), ["-20 rollout Deployment/pay: 2 -> 3: pay:3.1 -> 3.0 (dogwatch)"]);
}

/// A ReplicaSet that had other numbers before the one that it has.
fn renumbered(mut set: Value, before: &str, written: Seconds) -> Value {
    set["metadata"]["annotations"]["deployment.kubernetes.io/revision-history"] = json!(before);
    set["metadata"]["managedFields"] =
        json!([entry("kube-controller-manager", written, &json!({"f:spec": {"f:replicas": {}}}))]);
    set
}

#[test]
fn what_a_rollout_replaced_is_what_served_then() {
    // 3 served, 4 was tried, then 3 was rolled back to (as 5), then 6 came.
    let sets = vec![
        replica_set("pay-2", "pay", -90_000, 2, "pay:2.9"),
        renumbered(replica_set("pay-3", "pay", -80_000, 5, "pay:3.0"), "3", -700),
        replica_set("pay-4", "pay", -2_500, 4, "pay:3.1-bad"),
        replica_set("pay-6", "pay", -600, 6, "pay:3.2"),
    ];
    let deployment = object("pay", -99_000, &[]);
    let material = material(&[(&Resource::DEPLOYMENTS, vec![deployment]), (&Resource::REPLICA_SETS, sets)]);
    assert_eq!(
        told(&material, -3600),
        [
            "-600 rollout Deployment/pay: 5 -> 6: pay:3.0 -> 3.2",
            "-700 rollout Deployment/pay: 4 -> 5: pay:3.1-bad -> 3.0",
            "-2500 rollout Deployment/pay: 3 -> 4: pay:3.0 -> 3.1-bad",
        ]
    );
}

#[test]
fn values_that_are_called_secrets_are_not_told() {
    let with = |name: &str, when: Seconds, revision: u32, value: &str| {
        let mut set = replica_set(name, "pay", when, revision, "pay:3.0");
        set["spec"]["template"]["spec"]["containers"][0]["env"] =
            json!([{"name": "API_TOKEN", "value": value}, {"name": "COLOUR", "value": value}]);
        set
    };
    let sets = vec![with("pay-1", -90_000, 1, "old-one"), with("pay-2", -60, 2, "new-one")];
    let material = material(&[(&Resource::REPLICA_SETS, sets)]);
    assert_eq!(
        told(&material, -3600),
        ["-60 rollout Deployment/pay: 1 -> 2: env API_TOKEN **** -> ****, env COLOUR old-one -> new-one"]
    );
}

#[test]
fn of_the_object_that_is_meant_conditions_and_its_own_times_are_told() {
    let mut pod = object("web-1", -1_500, &[]);
    pod["metadata"]["ownerReferences"] = json!([{"kind": "ReplicaSet", "controller": true, "uid": "x"}]);
    pod["metadata"]["deletionTimestamp"] = json!(at(-20));
    pod["status"]["conditions"] = json!([
        {"type": "Ready", "status": "False", "reason": "ContainersNotReady", "lastTransitionTime": at(-300)},
        {"type": "PodScheduled", "status": "True", "lastTransitionTime": at(-90_000)},
    ]);
    let lists = [(&Resource::PODS, vec![pod.clone()])];
    assert_eq!(told(&material(&lists), -3600), ["-20 deleting Pod/web-1: is being deleted"]);
    let meant = Material { subject: Some(named(&Resource::PODS, &pod)), ..material(&lists) };
    assert_eq!(
        told(&meant, -3600),
        [
            "-20 deleting Pod/web-1: is being deleted",
            "-300 status Pod/web-1: Ready became False: ContainersNotReady",
            "-1500 created Pod/web-1: was created",
        ]
    );
}

#[test]
fn the_first_revision_belongs_to_its_deployment() {
    let deployment =
        object("pay", -60, &[entry("helm", -60, &json!({"f:spec": {"f:template": {"f:x": {}}}}))]);
    let sets = vec![replica_set("pay-1", "pay", -59, 1, "pay:3.0")];
    let material = material(&[(&Resource::DEPLOYMENTS, vec![deployment]), (&Resource::REPLICA_SETS, sets)]);
    assert_eq!(told(&material, -3600), ["-60 created Deployment/pay: was created (helm)"]);
}

#[test]
fn events_tell_changes_and_no_troubles() {
    let event = |kind: &str, name: &str, reason: &str, when: Seconds| {
        json!({"involvedObject": {"apiVersion": "apps/v1", "kind": kind, "namespace": "shop", "name": name},
            "reason": reason, "message": "so it was", "lastTimestamp": at(when), "source": {"component": "controller"}})
    };
    let sets = vec![
        replica_set("pay-1", "pay", -90_000, 1, "pay:3.0"),
        replica_set("pay-2", "pay", -300, 2, "pay:3.1"),
    ];
    let events = vec![
        event("Node", "n1", "NodeNotReady", -10),
        event("HorizontalPodAutoscaler", "web", "SuccessfulRescale", -20),
        event("Deployment", "web", "ScalingReplicaSet", -40),
        // A step of the rollout, told by the rollout.
        event("Deployment", "pay", "ScalingReplicaSet", -290),
        event("Pod", "web-1", "BackOff", -5),
        event("Pod", "web-1", "NodeNotReady", -6),
        event("Node", "n2", "NodeNotReady", -7200),
        json!({"reason": "NodeNotReady"}),
    ];
    let material = material(&[(&Resource::REPLICA_SETS, sets), (&Resource::EVENTS, events)]);
    assert_eq!(
        told(&material, -3600),
        [
            "-10 node Node/n1: NodeNotReady: so it was (controller)",
            "-20 hpa HorizontalPodAutoscaler/web: SuccessfulRescale: so it was (controller)",
            "-40 scale Deployment/web: ScalingReplicaSet: so it was (controller)",
            "-300 rollout Deployment/pay: 1 -> 2: pay:3.0 -> 3.1",
        ]
    );
}

#[test]
fn only_what_was_asked_about() {
    let maps = vec![
        object("a", -9000, &[entry("kubectl-edit", -60, &json!({"f:data": {"f:X": {}}}))]),
        object("b", -9000, &[entry("kubectl-edit", -50, &json!({"f:data": {"f:X": {}}}))]),
    ];
    let material = material(&[(&Resource::CONFIG_MAPS, maps.clone())]);
    let about = BTreeSet::from([named(&Resource::CONFIG_MAPS, &maps[0])]);
    let names: Vec<String> =
        recent(&material, T - 3600, Some(&about)).happenings.into_iter().map(|one| one.about.name).collect();
    assert_eq!(names, ["a"]);
}

#[test]
fn recorded_replica_sets_of_a_real_server() {
    let recorded: Value =
        serde_json::from_str(include_str!("../../tests/data/real-api/replicasets.json")).unwrap();
    let list = recorded["items"].as_array().unwrap().clone();
    let since = time(&list[0], "/metadata/creationTimestamp").unwrap() + 1;
    let material = material(&[(&Resource::REPLICA_SETS, list)]);
    let told: Vec<String> = recent(&material, since, None)
        .happenings
        .into_iter()
        .map(|one| format!("{} {}", one.about.name, one.words))
        .collect();
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].starts_with("web 1 -> 2: "), "{told:?}");
}
