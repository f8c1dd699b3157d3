//! What edits, manifests and actions amount to, as a table.

use serde_json::json;

use super::*;
use crate::model::uid::Uid;
use crate::release::facts::Gathered;
use crate::release::plan::plan;
use crate::release::testing::merge;

fn target(resource: Resource) -> Target {
    Target { resource, namespace: "shop".to_owned(), name: "web".to_owned(), uid: Uid::new("u1") }
}

fn object(resource: &Resource, spec: &Value, meta: &Value) -> Value {
    let mut object = json!({
        "apiVersion": resource.api_version(), "kind": resource.kind,
        "metadata": {"name": "web", "namespace": "shop", "uid": "u1", "resourceVersion": "7"}, "spec": spec,
    });
    merge(&mut object["metadata"], meta);
    object
}

fn names(actions: &[Action]) -> String {
    let mut names: Vec<&str> = actions.iter().map(|action| action.info().name).collect();
    names.sort_unstable();
    names.join(" ")
}

/// What the only step of the plan of a change is.
fn amounts(change: &Change, resource: &Resource, now: &Value) -> String {
    let gathered = Gathered { object: now.clone(), ..Gathered::default() };
    let facts = Facts { gathered, ..Facts::default() };
    let target = if now.is_null() {
        Target::unborn(resource.clone(), "shop".to_owned(), "web".to_owned())
    } else {
        target(resource.clone())
    };
    names(&plan(change, &target, &facts).unwrap().steps[0].amounts)
}

fn apply(resource: &Resource, spec: &Value, meta: &Value) -> Change {
    let mut manifest = object(resource, spec, meta);
    for field in ["uid", "resourceVersion", "managedFields", "ownerReferences"] {
        manifest["metadata"].as_object_mut().unwrap().remove(field);
    }
    Change::Apply { manifest: Box::new(manifest), force: false, from: String::new() }
}

fn deployed() -> Value {
    json!({
        "replicas": 3, "paused": true, "selector": {"matchLabels": {"app": "web"}},
        "strategy": {"type": "RollingUpdate"},
        "template": {
            "metadata": {"labels": {"app": "web"}},
            "spec": {"containers": [{"name": "web", "image": "web:1"}, {"name": "log", "image": "log:1"}]},
        },
    })
}

/// By an edit and by an apply alike: a row is a patch of the object and what it amounts to beside `edit` or `apply`.
#[test]
fn what_is_written_is_judged_by_what_it_writes() {
    let (deployment, service) = (Resource::DEPLOYMENTS, Resource::SERVICES);
    let served = json!({"selector": {"app": "web", "track": "blue"}, "ports": [{"port": 80}]});
    let named = json!({"labels": {"app": "web"}, "annotations": {"note": "x"}});
    let restarted =
        json!({"template": {"metadata": {"annotations": {"kubectl.kubernetes.io/restartedAt": "now"}}}});
    let imaged = json!([{"name": "web", "image": "web:2"}, {"name": "log", "image": "log:1"}]);
    let added = json!([
        {"name": "web", "image": "web:1"}, {"name": "log", "image": "log:1"}, {"name": "x", "image": "x"}
    ]);
    let turned = json!([{"name": "log", "image": "log:1"}, {"name": "web", "image": "web:1"}]);
    let env = json!([{"name": "web", "image": "web:1", "env": [{"name": "A", "value": "b"}]}, {"name": "log", "image": "log:1"}]);
    let pods = |containers: &Value| json!({"template": {"spec": {"containers": containers}}});
    let none = json!({});
    for (resource, spec, changed, meta, amounts_to) in [
        (&deployment, deployed(), json!({"replicas": 5}), &none, "scale"),
        (&deployment, deployed(), json!({"replicas": null}), &none, "scale"),
        (&deployment, deployed(), pods(&imaged), &none, "set-image"),
        (&deployment, deployed(), pods(&added), &none, "set-image"),
        (&deployment, deployed(), pods(&turned), &none, ""),
        (&deployment, deployed(), pods(&env), &none, ""),
        (&deployment, deployed(), restarted, &none, "restart"),
        (&deployment, deployed(), json!({"paused": false}), &none, "resume toggle-pause"),
        (&deployment, json!({"replicas": 3}), json!({"paused": true}), &none, "pause toggle-pause"),
        (&deployment, deployed(), json!({"strategy": {"type": "Recreate"}}), &none, "strategy"),
        (&deployment, deployed(), json!({"minReadySeconds": 3}), &none, ""),
        (&service, served.clone(), json!({"selector": {"track": "green"}}), &none, "switch"),
        (&service, served, json!({"ports": [{"port": 81}]}), &none, ""),
        (&deployment, deployed(), none.clone(), &json!({"labels": {"app": "other"}}), "label"),
        (&deployment, deployed(), none.clone(), &json!({"annotations": {"note": "y"}}), "annotate"),
        (&deployment, deployed(), json!({"replicas": 1}), &json!({"labels": {"a": "b"}}), "label scale"),
    ] {
        let now = object(resource, &spec, &named);
        let mut wanted = now.clone();
        merge(&mut wanted["spec"], &changed);
        merge(&mut wanted["metadata"], meta);
        if wanted["spec"].get("replicas").is_none() && spec.get("replicas").is_some() {
            wanted["spec"]["replicas"] = Value::Null;
        }
        let with = |word: &str| {
            let mut all: Vec<&str> = amounts_to.split_whitespace().chain([word]).collect();
            all.sort_unstable();
            all.join(" ")
        };
        let edit = Change::Edit { base: None, wanted: Box::new(wanted.clone()) };
        if wanted != now {
            assert_eq!(amounts(&edit, resource, &now), with("edit"), "{changed} {meta}");
        }
        let apply = apply(resource, &wanted["spec"], &wanted["metadata"]);
        assert_eq!(amounts(&apply, resource, &now), with("apply"), "{changed} {meta}");
    }
}

/// A manifest that no longer names what was applied from here gives it up: the server sets the default, unless somebody else
/// has it too.
#[test]
fn what_a_manifest_gives_up_counts_too() {
    let resource = Resource::DEPLOYMENTS;
    let ours = json!({"manager": "dogwatch", "operation": "Apply", "fieldsV1": {"f:spec": {
        "f:replicas": {}, "f:template": {"f:spec": {"f:containers": {"k:{\"name\":\"log\"}": {"f:image": {}}}}},
    }}});
    let scaler = json!({"manager": "hpa", "operation": "Update", "fieldsV1": {"f:spec": {"f:replicas": {}}}});
    let one = json!([{"name": "web", "image": "web:1"}]);
    for (managers, amounts_to) in [
        (json!([]), "apply"),
        (json!([ours]), "apply scale set-image"),
        (json!([ours, scaler]), "apply set-image"),
        (json!([scaler]), "apply"),
    ] {
        let now = object(&resource, &deployed(), &json!({"managedFields": managers}));
        let mut spec = deployed();
        spec.as_object_mut().unwrap().remove("replicas");
        spec["template"]["spec"]["containers"] = one.clone();
        assert_eq!(amounts(&apply(&resource, &spec, &json!({})), &resource, &now), amounts_to, "{managers}");
    }
}

#[test]
fn what_is_made_anew_is_all_that_it_brings() {
    let meta = json!({"labels": {"app": "web"}});
    let made =
        |resource: &Resource, spec: &Value| amounts(&apply(resource, spec, &meta), resource, &Value::Null);
    let mut spec = deployed();
    spec["paused"] = json!(false);
    assert_eq!(made(&Resource::DEPLOYMENTS, &spec), "apply label scale set-image strategy");
    assert_eq!(made(&Resource::SERVICES, &json!({"selector": {"app": "web"}})), "apply label switch");
}

#[test]
fn who_leaves_a_controller_is_orphaned_whichever_way() {
    let owned = json!({
        "labels": {"app": "web", "pod-template-hash": "1", "note": "x"},
        "ownerReferences": [{"kind": "ReplicaSet", "name": "web-1", "uid": "r1", "controller": true}],
    });
    let pod = object(&Resource::PODS, &json!({"containers": [{"name": "web", "image": "web:1"}]}), &owned);
    let set = json!({"metadata": {"uid": "r1", "name": "web-1"}, "spec": {"selector": {"matchLabels": {
        "app": "web", "pod-template-hash": "1"}}}});
    let label = |key: &str, value: Option<&str>| Change::Labels {
        keys: vec![(key.to_owned(), value.map(str::to_owned))],
    };
    let mut let_go = pod.clone();
    let_go["metadata"].as_object_mut().unwrap().remove("ownerReferences");
    let edit = Change::Edit { base: None, wanted: Box::new(let_go) };
    for (change, read, amounts_to) in [
        (label("app", None), true, "label orphan"),
        (label("app", Some("other")), true, "label orphan"),
        (label("note", Some("y")), true, "label"),
        // What its controller selects by is not known.
        (label("note", Some("y")), false, "label orphan"),
        (label("more", Some("y")), false, "label"),
        (edit, true, "edit orphan"),
    ] {
        let mut gathered = Gathered { object: pod.clone(), ..Gathered::default() };
        if read {
            let query = crate::release::facts::Query::all(Resource::REPLICA_SETS);
            gathered.lists.push((query, crate::release::facts::Found::Known(vec![set.clone()])));
        }
        let facts = Facts { gathered, ..Facts::default() };
        let made = plan(&change, &target(Resource::PODS), &facts).unwrap();
        assert_eq!(names(&made.steps[0].amounts), amounts_to, "{change:?} {read}");
    }
}

#[test]
fn an_action_is_also_what_it_opens() {
    for (action, all) in [
        (Action::Exec, "exec"),
        (Action::ExecAside, "exec exec-aside"),
        (Action::CopyFiles, "copy-files exec"),
        (Action::Debug, "debug exec"),
        (Action::Attach, "attach"),
        (Action::AttachAside, "attach attach-aside"),
        (Action::Forward, "forward"),
        (Action::ForceDelete, "delete force-delete"),
        (Action::Scale, "scale"),
    ] {
        assert_eq!(names(&of_action(action)), all);
    }
}
