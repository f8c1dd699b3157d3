//! Rollbacks against what kubectl does: the vectors of the design, and a recorded one.

use serde_json::{Value, json};

use super::*;
use crate::model::resource::Resource;

const UID: &str = "d0000000-0000-0000-0000-000000000001";

fn target(resource: Resource) -> Target {
    Target { resource, namespace: "shop".to_owned(), name: "web".to_owned(), uid: Uid::new(UID) }
}

fn template(image: &str) -> Value {
    json!({"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [{"name": "web", "image": image}]}})
}

fn deployment(image: &str, annotations: &Value) -> Value {
    json!({"kind": "Deployment", "metadata": {"name": "web", "uid": UID, "generation": 5, "resourceVersion": "50",
        "annotations": annotations}, "spec": {"template": template(image)}})
}

fn set(id: u8, number: &str, image: &str, owner: &str) -> Value {
    let mut template = template(image);
    template["metadata"]["labels"]["pod-template-hash"] = json!(format!("hash{id}"));
    json!({"metadata": {"name": format!("web-{id}"), "uid": format!("rs-{id}"),
            "creationTimestamp": format!("2026-11-21T00:00:{id:02}Z"),
            "labels": {"app": "web", "pod-template-hash": format!("hash{id}")},
            "annotations": {"deployment.kubernetes.io/revision": number,
                "deployment.kubernetes.io/desired-replicas": "9", "kubernetes.io/change-cause": format!("image {image}")},
            "ownerReferences": [{"controller": true, "uid": owner}]},
        "spec": {"replicas": 1, "template": template}})
}

fn roll_back(object: &Value, sets: &[Value], to: Option<&str>) -> Result<Undo, Refusal> {
    let to = to.map(Uid::new);
    undo(&target(Resource::DEPLOYMENTS), object, sets, to.as_ref())
}

fn replaced<'a>(undo: &'a Undo, path: &str) -> &'a Value {
    let ops = undo.request.body.as_array().unwrap();
    &ops.iter().find(|op| op["path"] == path && op["op"] != "test").unwrap()["value"]
}

#[test]
fn a_annotations_that_only_the_deployment_has_are_lost_and_its_bookkeeping_stays() {
    let now = json!({"deployment.kubernetes.io/revision": "3", "team.example/note": "only here",
        "kubectl.kubernetes.io/last-applied-configuration": "{}", "kubernetes.io/change-cause": "image v3"});
    let sets = [set(1, "1", "web:1", UID), set(2, "2", "web:2", UID), set(3, "3", "web:3", UID)];
    let undo = roll_back(&deployment("web:3", &now), &sets, None).unwrap();
    assert_eq!(undo.to.number, 2);
    assert_eq!(undo.from.as_ref().map(|from| from.number), Some(3));
    assert_eq!(
        *replaced(&undo, "/metadata/annotations"),
        json!({"deployment.kubernetes.io/revision": "3", "kubectl.kubernetes.io/last-applied-configuration": "{}",
            "kubernetes.io/change-cause": "image web:2"})
    );
}

#[test]
fn b_and_c_the_template_is_replaced_as_a_whole_without_the_hash() {
    let mut now = deployment("web:2", &json!({"deployment.kubernetes.io/revision": "2"}));
    now["spec"]["template"]["spec"]["containers"][0]["env"] = json!([{"name": "NEW", "value": "1"}]);
    let undo =
        roll_back(&now, &[set(1, "1", "web:1", UID), set(2, "2", "web:2", UID)], Some("rs-1")).unwrap();
    assert_eq!(*replaced(&undo, "/spec/template"), template("web:1"));
    let tests: Vec<&str> = undo
        .request
        .body
        .as_array()
        .unwrap()
        .iter()
        .filter(|op| op["op"] == "test")
        .map(|op| op["path"].as_str().unwrap())
        .collect();
    assert_eq!(tests, ["/metadata/uid", "/metadata/generation", "/metadata/annotations"]);
}

#[test]
fn d_and_e_what_kubectl_refuses_is_refused_in_its_words() {
    let sets = [set(1, "1", "web:1", UID), set(2, "2", "web:2", UID)];
    let mut paused = deployment("web:2", &json!({}));
    paused["spec"]["paused"] = json!(true);
    let said = |result: Result<Undo, Refusal>| result.unwrap_err().0;
    assert_eq!(
        said(roll_back(&paused, &sets, None)),
        "you cannot rollback a paused deployment; resume it first with 'kubectl rollout resume' and try again"
    );
    assert_eq!(
        said(roll_back(&deployment("web:2", &json!({})), &sets, Some("rs-2"))),
        "skipped rollback (current template already matches revision 2)"
    );
    assert_eq!(
        said(roll_back(&deployment("web:1", &json!({})), &sets[..1], None)),
        "no rollout history found for deployment \"web\""
    );
    assert!(
        said(roll_back(&deployment("web:2", &json!({})), &sets, Some("rs-9"))).contains("specified revision")
    );
}

#[test]
fn f_a_set_without_a_number_counts_as_nought() {
    let mut without = set(1, "1", "web:1", UID);
    without["metadata"]["annotations"].as_object_mut().unwrap().remove("deployment.kubernetes.io/revision");
    let all = revisions(
        &deployment("web:3", &json!({})),
        &[without, set(2, "2", "web:2", UID), set(3, "3", "web:3", UID)],
    );
    assert_eq!(all.iter().map(|revision| revision.number).collect::<Vec<_>>(), [3, 2, 0]);
}

#[test]
fn g_of_two_sets_with_the_same_template_the_newer_is_current() {
    let all =
        revisions(&deployment("web:1", &json!({})), &[set(1, "1", "web:1", UID), set(2, "2", "web:1", UID)]);
    assert_eq!(
        all.iter().map(|revision| (revision.number, revision.current)).collect::<Vec<_>>(),
        [(2, true), (1, false)]
    );
}

#[test]
fn h_sets_of_others_do_not_count() {
    let sets = [set(1, "1", "web:1", UID), set(2, "7", "web:2", "another"), set(3, "3", "web:3", UID)];
    let undo = roll_back(&deployment("web:3", &json!({})), &sets, None).unwrap();
    assert_eq!(undo.to.uid, Uid::new("rs-1"));
}

#[test]
fn i_a_stuck_rollout_can_be_rolled_back() {
    let mut stuck = deployment("web:bad", &json!({"deployment.kubernetes.io/revision": "2"}));
    stuck["status"] = json!({"conditions": [{"type": "Progressing", "reason": "ProgressDeadlineExceeded"}]});
    let undo = roll_back(&stuck, &[set(1, "1", "web:1", UID), set(2, "2", "web:bad", UID)], None).unwrap();
    assert_eq!(undo.to.number, 1);
}

#[test]
fn without_annotations_they_are_added() {
    let mut bare = deployment("web:2", &json!(null));
    bare["metadata"].as_object_mut().unwrap().remove("annotations");
    let undo = roll_back(&bare, &[set(1, "1", "web:1", UID), set(2, "2", "web:2", UID)], None).unwrap();
    assert!(undo.request.body.as_array().unwrap().iter().any(|op| op["op"] == "add"));
}

#[test]
fn a_stateful_set_gets_the_patch_of_its_revision() {
    let data = |image: &str| {
        let mut template = template(image);
        template["$patch"] = json!("replace");
        json!({"spec": {"template": template}})
    };
    let revision = |number: i64, image: &str| {
        json!({"metadata": {"name": format!("web-{number}"), "uid": format!("cr-{number}"),
                "ownerReferences": [{"controller": true, "uid": UID}]},
            "revision": number, "data": data(image)})
    };
    let object = json!({"kind": "StatefulSet", "metadata": {"uid": UID, "resourceVersion": "8"},
        "spec": {"template": template("web:3")}});
    let all = [revision(1, "web:1"), revision(2, "web:2"), revision(3, "web:3")];
    let made = undo(&target(Resource::STATEFUL_SETS), &object, &all, None).unwrap();
    assert_eq!(made.to.number, 2);
    let mut wanted = data("web:2");
    wanted["metadata"] = json!({"uid": UID, "resourceVersion": "8"});
    assert_eq!((made.request.content, made.request.body), (Content::Strategic, wanted));
    let same = undo(&target(Resource::STATEFUL_SETS), &object, &all, Some(&Uid::new("cr-3")));
    assert!(same.unwrap_err().0.starts_with("skipped rollback"));
}

/// What a broken server calls a patch.
#[test]
fn a_revision_that_holds_no_map_is_refused_and_one_without_metadata_gets_it() {
    let revision = |number: i64, data: Value| {
        json!({"metadata": {"name": format!("web-{number}"), "uid": format!("cr-{number}"),
                "ownerReferences": [{"controller": true, "uid": UID}]},
            "revision": number, "data": data})
    };
    let object =
        json!({"metadata": {"uid": UID, "resourceVersion": "8"}, "spec": {"template": template("web:3")}});
    let back = |data: Value| {
        let all = [revision(1, data), revision(2, json!({"spec": {"template": template("web:3")}}))];
        undo(&target(Resource::STATEFUL_SETS), &object, &all, None)
    };
    for odd in [json!(5), json!("x"), json!([1])] {
        let why = back(odd).unwrap_err().0;
        assert!(why.starts_with("revision 1 of ") && why.ends_with(" holds no patch"), "{why}");
    }
    let body = back(json!({"metadata": 5, "spec": {}})).unwrap().request.body;
    assert_eq!(body, json!({"metadata": {"uid": UID, "resourceVersion": "8"}, "spec": {}}));
}

/// `kubectl rollout undo` on a real server: the Deployment and its ReplicaSets before, the Deployment after.
#[test]
fn the_recorded_rollback_is_made_again() {
    let read = |text: &str| serde_json::from_str::<Value>(text).unwrap();
    let before = read(include_str!("../../../tests/data/kubectl/undo-before-deployment.json"));
    let sets = read(include_str!("../../../tests/data/kubectl/undo-before-replicasets.json"));
    let after = read(include_str!("../../../tests/data/kubectl/undo-after-deployment.json"));
    let target = Target {
        uid: Uid::new(before["metadata"]["uid"].as_str().unwrap()),
        namespace: "rec2".to_owned(),
        ..target(Resource::DEPLOYMENTS)
    };
    let undo = undo(&target, &before, sets["items"].as_array().unwrap(), None).unwrap();
    assert_eq!(*replaced(&undo, "/spec/template"), after["spec"]["template"]);
    // The controller counts the revision on afterwards.
    let mut annotations = after["metadata"]["annotations"].clone();
    annotations["deployment.kubernetes.io/revision"] =
        before["metadata"]["annotations"]["deployment.kubernetes.io/revision"].clone();
    assert_eq!(*replaced(&undo, "/metadata/annotations"), annotations);
}
