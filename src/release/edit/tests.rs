//! Text for the editor and back; patches that give an object back.

use serde_json::json;

use super::*;
use crate::model::resource::Resource;
use crate::model::uid::Uid;
use crate::release::facts::{Facts, Gathered};
use crate::release::plan;
use crate::release::testing::{merge, send};

fn target() -> Target {
    Target {
        resource: Resource::DEPLOYMENTS,
        namespace: "shop".to_owned(),
        name: "web".to_owned(),
        uid: Uid::new("u1"),
    }
}

fn web() -> Value {
    json!({"apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {"name": "web", "namespace": "shop", "uid": "u1", "resourceVersion": "7", "generation": 2,
            "labels": {"app": "web"}, "managedFields": [{"manager": "kubectl"}]},
        "spec": {"replicas": 3, "paused": false, "template": {"metadata": {"creationTimestamp": null},
            "spec": {"containers": [{"name": "web", "image": "web:1"}]}}},
        "status": {"readyReplicas": 3}})
}

#[test]
fn the_text_has_everything_that_can_be_edited() {
    let text = text_of(&web());
    assert!(
        text.starts_with("# Please edit the object below. Lines beginning with a '#' will be ignored,\n")
    );
    assert!(text.contains("The status is not shown"));
    assert!(!text.contains("managedFields") && !text.contains("readyReplicas"));
    assert!(
        text.contains("\n    spec:\n      containers:\n      - image: web:1\n        name: web\n"),
        "{text}"
    );
    assert_eq!(read(&text, &web(), &target()), Edited::Cancelled(NO_CHANGES));
    let commented = text.replace("  replicas: 3", "  # two are enough\n  replicas: 3");
    assert_eq!(read(&commented, &web(), &target()), Edited::Cancelled(NO_CHANGES));
}

#[test]
fn an_edited_text_is_a_change_or_a_reason() {
    let with = |from: &str, to: &str| {
        let text = text_of(&web());
        assert!(text.contains(from), "{from}");
        read(&text.replacen(from, to, 1), &web(), &target())
    };
    let again = |edited: Edited, said: &str| match edited {
        Edited::Again(why) => assert!(why.contains(said), "{why}"),
        other => panic!("{other:?}, not {said}"),
    };
    let Edited::Change(Change::Edit { base, wanted }) = with("replicas: 3", "replicas: 5") else { panic!() };
    assert_eq!(difference(&base.unwrap(), &wanted), Some(json!({"spec": {"replicas": 5}})));
    let Edited::Change(Change::Edit { base, wanted }) = with("  labels:\n    app: web\n", "") else {
        panic!()
    };
    assert_eq!(difference(&base.unwrap(), &wanted), Some(json!({"metadata": {"labels": null}})));
    assert_eq!(with("  resourceVersion: \"7\"\n", ""), Edited::Cancelled(NO_CHANGES), "it may be left out");
    again(with("name: web", "name: other"), "At least one of apiVersion, kind and name was changed");
    again(
        with("kind: Deployment", "kind: StatefulSet"),
        "At least one of apiVersion, kind and name was changed",
    );
    again(with("namespace: shop", "namespace: other"), "does not match the namespace \"shop\"");
    again(with("uid: u1", "uid: u2"), "metadata.uid: Invalid value: \"u2\"");
    again(with("generation: 2", "generation: 3"), "metadata.generation: Invalid value: 3");
    again(with("spec:", "status:\n  readyReplicas: 9\nspec:"), "status: it is what controllers report");
    again(
        with("replicas: 3", "replicas: 3\n  replicas: 4"),
        "syntax error: yaml: line 21: duplicate mapping key",
    );
    again(with("replicas: 3", "replicas: [3"), "yaml: line ");
    again(with("spec:", "---\nspec:"), "The edited file has 2 documents");
    for empty in ["", "\n\n", "# Please edit\n  # nothing else\n"] {
        assert_eq!(read(empty, &web(), &target()), Edited::Cancelled(EMPTY));
    }
    again(read("- a\n", &web(), &target()), "is no object");
}

#[test]
fn a_rejected_text_is_opened_again_and_nothing_of_it_is_lost() {
    let typed = text_of(&web()).replace("replicas: 3", "replicas: -1 # fewer\n  # mine\n");
    let why = rejected(
        &target(),
        "Deployment.apps \"web\" is invalid: [spec.replicas: Invalid value: -1: must be greater than or equal to 0, spec.x: \
         Unsupported value: \"a\": supported values: \"b\", \"c\", two\nlines]",
    );
    assert_eq!(
        why,
        "deployments.apps \"web\" was not valid:\n* spec.replicas: Invalid value: -1: must be greater than or equal to 0\n\
         * spec.x: Unsupported value: \"a\": supported values: \"b\", \"c\", two\nlines"
    );
    let once = again(&typed, &why);
    assert!(once.contains("# * spec.replicas: Invalid value: -1"), "{once}");
    assert!(once.contains("# lines\n"), "every line is a comment: {once}");
    assert_eq!(body(&once), body(&typed), "what was typed stays, its comments too");
    let twice = again(&once, "another reason");
    assert!(!twice.contains("spec.x") && twice.contains("# another reason\n"), "old reasons go");
    assert_eq!(body(&twice), body(&typed));
    let bare = again("a: 1\n", "why");
    assert_eq!(body(&bare), "a: 1\n", "also when the comments were taken away");
    assert_eq!(rejected(&target(), "no"), "deployments.apps \"web\" could not be patched: no");
    let one =
        rejected(&target(), "Deployment.apps \"web\" is invalid: spec.replicas: Invalid value: -1: too few");
    assert!(one.ends_with("was not valid:\n* spec.replicas: Invalid value: -1: too few"), "{one}");
}

fn facts(object: Value) -> Facts {
    Facts { gathered: Gathered { object, ..Gathered::default() }, ..Facts::default() }
}

fn edit(base: Option<&Value>, wanted: &Value) -> Change {
    Change::Edit { base: base.cloned().map(Box::new), wanted: Box::new(wanted.clone()) }
}

#[test]
fn an_edit_is_sent_as_what_differs() {
    let mut wanted = shown(&web());
    wanted["spec"]["template"]["spec"]["containers"][0]["image"] = json!("web:2");
    wanted["spec"].as_object_mut().unwrap().remove("paused");
    let made = plan::plan(&edit(Some(&shown(&web())), &wanted), &target(), &facts(web())).unwrap();
    assert_eq!(
        made.steps[0].request.body,
        json!({"metadata": {"uid": "u1", "resourceVersion": "7"},
            "spec": {"paused": null, "template": {"spec": {"containers": [{"name": "web", "image": "web:2"}]}}}})
    );
    assert_eq!(made.steps[0].request.content.media_type(), "application/merge-patch+json");
    assert_eq!(made.steps[0].goal, crate::release::follow::Goal::Rollout);
    assert!(
        made.kubectl[0].starts_with("kubectl -n shop patch deployment/web --type=merge -p '{\"spec\":"),
        "{:?}",
        made.kubectl
    );
    let mut back = web();
    send(&mut back, &made.steps[0].request).unwrap();
    let inverse = made.steps[0].inverse.clone().unwrap();
    let made = plan::plan(&inverse, &target(), &facts(back.clone())).unwrap();
    send(&mut back, &made.steps[0].request).unwrap();
    assert_eq!(difference(&web(), &back), None);
}

#[test]
fn what_somebody_else_changed_meanwhile_stays() {
    let base = shown(&web());
    let mut wanted = base.clone();
    wanted["spec"]["template"]["spec"]["containers"][0]["image"] = json!("web:2");
    let mut now = web();
    now["metadata"]["resourceVersion"] = json!("9");
    now["spec"]["replicas"] = json!(8);
    let made = plan::plan(&edit(Some(&base), &wanted), &target(), &facts(now.clone())).unwrap();
    assert!(made.steps[0].request.body["spec"].get("replicas").is_none(), "the other change is kept");
    now["spec"]["template"]["spec"]["containers"][0]["image"] = json!("web:hot");
    let refused = plan::plan(&edit(Some(&base), &wanted), &target(), &facts(now.clone())).unwrap_err();
    assert!(
        refused.0.contains("was changed meanwhile, where it was edited: spec.template.spec.containers"),
        "{refused}"
    );
    now["spec"]["template"]["spec"]["containers"][0]["image"] = json!("web:2");
    let refused = plan::plan(&edit(Some(&base), &wanted), &target(), &facts(now)).unwrap_err();
    assert_eq!(refused.0, "deployment/web is so already");
    let nothing = plan::plan(&edit(None, &base), &target(), &facts(web())).unwrap_err();
    assert_eq!(nothing.0, NO_CHANGES);
}

#[test]
fn an_edit_is_taken_back_although_the_server_filled_in_defaults() {
    let base = shown(&web());
    let mut wanted = base.clone();
    wanted["spec"]["template"]["spec"]["containers"]
        .as_array_mut()
        .unwrap()
        .push(json!({"name": "log", "image": "log:1"}));
    let made = plan::plan(&edit(Some(&base), &wanted), &target(), &facts(web())).unwrap();
    let mut now = web();
    send(&mut now, &made.steps[0].request).unwrap();
    now["spec"]["template"]["spec"]["containers"][1]["imagePullPolicy"] = json!("Always");
    let inverse = made.steps[0].inverse.clone().unwrap();
    let back = plan::plan(&inverse, &target(), &facts(now.clone())).unwrap();
    send(&mut now, &back.steps[0].request).unwrap();
    assert_eq!(difference(&web(), &now), None);
}

#[test]
fn an_edit_is_taken_back_although_the_server_left_out_what_it_emptied() {
    let mut before = web();
    before["metadata"]["labels"] = json!({"app": "web"});
    let mut wanted = shown(&before);
    wanted["metadata"]["labels"] = json!({});
    let made = plan::plan(&edit(Some(&shown(&before)), &wanted), &target(), &facts(before.clone())).unwrap();
    let mut now = before.clone();
    now["metadata"].as_object_mut().unwrap().remove("labels");
    now["metadata"]["resourceVersion"] = json!("8");
    let inverse = made.steps[0].inverse.clone().unwrap();
    let back = plan::plan(&inverse, &target(), &facts(now.clone())).unwrap();
    send(&mut now, &back.steps[0].request).unwrap();
    assert_eq!(now["metadata"]["labels"], before["metadata"]["labels"]);
}

#[test]
fn what_a_secret_holds_is_not_shown() {
    let secret = |value: &str| {
        json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "web", "uid": "u1", "resourceVersion": "1",
            "labels": {"app": "web"}, "annotations": {"kubectl.kubernetes.io/last-applied-configuration": value}},
            "data": {"password": value}})
    };
    let target = Target { resource: Resource::SECRETS, ..target() };
    let made = plan::plan(&edit(None, &secret("aHVudGVyMg==")), &target, &facts(secret("b2xk"))).unwrap();
    let said = format!("{:?} {:?} {}", made.lines, made.kubectl, made.title);
    assert!(!said.contains("aHVudGVyMg==") && !said.contains("b2xk"), "{said}");
    assert!(said.contains("data.password"), "{said}");
    assert_eq!(
        made.steps[0].request.body["data"]["password"],
        json!("aHVudGVyMg=="),
        "it is sent all the same"
    );
}

#[test]
fn an_edit_says_what_a_switch_or_a_label_would_say() {
    use crate::release::facts::{Found, Query};
    let service = |label: &str| {
        json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web", "uid": "u1", "resourceVersion": "1"},
            "spec": {"selector": {"app": "web", "label": label}}})
    };
    let at = Target { resource: Resource::SERVICES, ..target() };
    let change = edit(None, &service("green"));
    let asked = plan::lists_for(&change, &at, &service("blue"));
    assert!(asked.contains(&Query::labelled(Resource::PODS, "app=web")), "{asked:?}");
    let mut facts = facts(service("blue"));
    facts.gathered.lists = vec![(Query::all(Resource::PODS), Found::Known(Vec::new()))];
    let made = plan::plan(&change, &at, &facts).unwrap();
    let said = format!("{:?}", made.lines);
    assert!(said.contains("no pod has app=web,label=green: nothing would serve"), "{said}");
    assert!(matches!(made.steps[0].goal, crate::release::follow::Goal::Endpoints { .. }));
    let pod = |label: &str| {
        json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web", "uid": "u1", "labels": {"app": label},
            "ownerReferences": [{"kind": "ReplicaSet", "name": "web-1", "uid": "rs1", "controller": true}]}})
    };
    let at = Target { resource: Resource::PODS, ..target() };
    let set = json!({"metadata": {"name": "web-1", "uid": "rs1"}, "spec": {"selector": {"matchLabels": {"app": "a"}}}});
    facts.gathered.object = pod("a");
    facts.gathered.lists = vec![(Query::all(Resource::REPLICA_SETS), Found::Known(vec![set]))];
    let made = plan::plan(&edit(None, &pod("b")), &at, &facts).unwrap();
    assert!(format!("{:?}", made.lines).contains("it leaves ReplicaSet web-1"), "{:?}", made.lines);
}

/// Any tree of maps, lists and plain values, without nulls.
fn tree() -> impl proptest::strategy::Strategy<Value = Value> {
    use proptest::prelude::*;
    let leaf = prop_oneof![
        any::<bool>().prop_map(Value::from),
        (-9_i64..9).prop_map(Value::from),
        "[a-z:# \n'\"-]{0,8}".prop_map(Value::from),
        prop_oneof!["yes", "0x1f", "1_0", "null", "~", "1.5"].prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            prop::collection::btree_map("[abc]", inner, 0..4)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

fn object(spec: &Value) -> Value {
    json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web", "namespace": "shop", "uid": "u1",
        "resourceVersion": "7"}, "spec": spec})
}

proptest::proptest! {
    #![proptest_config(proptest::test_runner::Config::with_cases(256))]

    /// A patch from one tree to another makes the other of it, and nothing differs afterwards.
    #[test]
    fn a_patch_leads_from_one_to_the_other(from in tree(), to in tree()) {
        let (from, to) = (json!({"spec": from}), json!({"spec": to}));
        let mut then = from.clone();
        match merge_patch(&from, &to) {
            Some(patch) => {
                merge(&mut then, &patch);
                proptest::prop_assert_eq!(&merged(&from, &patch), &then, "both apply it alike");
            }
            None => proptest::prop_assert_eq!(&from, &to),
        }
        proptest::prop_assert_eq!(then, to);
    }

    /// What the editor is given is read as the same object, whatever is in it.
    #[test]
    fn the_text_is_the_object(spec in tree()) {
        let object = object(&spec);
        proptest::prop_assert_eq!(read(&text_of(&object), &object, &target()), Edited::Cancelled(NO_CHANGES));
    }

    /// An edit, and then its inverse, give the object back.
    #[test]
    fn the_inverse_of_an_edit_gives_the_object_back(from in tree(), to in tree()) {
        let (before, wanted) = (object(&from), object(&to));
        let mut now = before.clone();
        let Ok(made) = plan::plan(&edit(Some(&shown(&before)), &wanted), &target(), &facts(before.clone())) else {
            proptest::prop_assert_eq!(difference(&before, &wanted), None);
            return Ok(());
        };
        send(&mut now, &made.steps[0].request).unwrap();
        proptest::prop_assert_eq!(difference(&now, &wanted), None, "it is as it was wanted");
        let inverse = made.steps[0].inverse.clone().unwrap();
        let back = plan::plan(&inverse, &target(), &facts(now.clone())).unwrap();
        send(&mut now, &back.steps[0].request).unwrap();
        proptest::prop_assert_eq!(difference(&now, &before), None);
    }
}
