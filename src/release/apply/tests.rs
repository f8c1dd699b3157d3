//! Manifests as text, and conflicts as the server tells them.

use serde_json::json;

use super::*;
use crate::model::uid::Uid;
use crate::release::facts::{Facts, Found, Gathered, Query};
use crate::release::plan::{self, Level};
use crate::release::request::Content;

fn words(text: &str) -> Vec<String> {
    match read(text, "shop", &known) {
        Ok(all) => all
            .iter()
            .map(|one| format!("{}: {} in {:?}", one.line, one.target, one.target.namespace))
            .collect(),
        Err(faults) => faults.iter().map(|fault| format!("! {fault}")).collect(),
    }
}

#[test]
fn texts_are_read_as_kubectl_reads_them() {
    let service = "apiVersion: v1\nkind: Service\nmetadata: {name: web}\n";
    let node = "apiVersion: v1\nkind: Node\nmetadata: {name: n1, namespace: shop}\n";
    let json_pair = "{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{\"name\":\"a\",\"namespace\":\"other\"}}\n\
        {\"apiVersion\":\"v1\",\"kind\":\"Secret\",\"metadata\":{\"name\":\"b\"}}";
    let list = "apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: Pod, metadata: {name: a}}\n\
        - {apiVersion: apps/v1, kind: Deployment, metadata: {name: b}}\n";
    for (text, read) in [
        (service.to_owned(), vec!["1: service/web in \"shop\""]),
        (
            format!("# two\n---\n{service}---\n{node}"),
            vec!["2: service/web in \"shop\"", "6: node/n1 in \"\""],
        ),
        (json_pair.to_owned(), vec!["1: configmap/a in \"other\"", "2: secret/b in \"shop\""]),
        (list.to_owned(), vec!["1: pod/a in \"shop\"", "1: deployment/b in \"shop\""]),
        (format!("{service}---\n{service}"), vec!["! line 4: service/web is there twice"]),
        (
            "kind: Service\n---\na: 1\n".to_owned(),
            vec!["! line 1: apiVersion not set", "! line 2: apiVersion and kind not set"],
        ),
        (
            "apiVersion: x.io/v1\nkind: Widget\nmetadata: {name: a}\n".to_owned(),
            vec![
                "! line 1: no matches for kind \"Widget\" in version \"x.io/v1\"; its definition has to be there first",
            ],
        ),
        ("apiVersion: v1\nkind: Pod\n".to_owned(), vec!["! line 1: Pod: resource name may not be empty"]),
        (
            "apiVersion: v1\nkind: Pod\nmetadata: {generateName: a-}\n".to_owned(),
            vec![
                "! line 1: Pod: resource name may not be empty: server-side apply makes no names, so generateName does not help",
            ],
        ),
        ("- a\n".to_owned(), vec!["! line 1: this is no object: a manifest is a map of fields"]),
        (String::new(), vec!["! line 0: no objects passed to apply"]),
    ] {
        assert_eq!(words(&text), read, "{text}");
    }
    assert!(words("a: 1\na: 2\n")[0].starts_with("! line 2: duplicate mapping key: a"));
}

#[test]
fn what_only_the_server_writes_is_left_out() {
    let text = "apiVersion: v1\nkind: Service\nmetadata: {name: web, namespace: shop, uid: u9, resourceVersion: '1', \
        managedFields: [], labels: {a: b}}\nspec: {type: ClusterIP}\nstatus: {loadBalancer: {}}\n";
    let one = read(text, "other", &known).unwrap().remove(0);
    assert_eq!(
        one.left_out,
        ["status", "metadata.managedFields", "metadata.uid", "metadata.resourceVersion"]
    );
    assert_eq!(
        one.object,
        json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web", "namespace": "shop",
            "labels": {"a": "b"}}, "spec": {"type": "ClusterIP"}})
    );
    assert!(!one.target.is_bound());
}

#[test]
fn a_lookup_finds_what_the_server_serves() {
    let widgets = Resource {
        group: "x.io".into(),
        version: "v1".into(),
        plural: "widgets".into(),
        kind: "Widget".into(),
        namespaced: false,
    };
    let lookup = |version: &str, kind: &str| {
        (version == "x.io/v1" && kind == "Widget").then(|| widgets.clone()).or_else(|| known(version, kind))
    };
    let text = "apiVersion: x.io/v1\nkind: Widget\nmetadata: {name: a}\n";
    assert_eq!(read(text, "shop", &lookup).unwrap()[0].target.path(), "/apis/x.io/v1/widgets/a");
}

#[test]
fn conflicts_are_told_by_manager() {
    let conflict = |manager: &str, using: &str, fields: &[&str]| Conflict {
        manager: manager.to_owned(),
        using: using.to_owned(),
        fields: fields.iter().map(|field| (*field).to_owned()).collect(),
    };
    let cause = |message: &str, field: &str| json!({"reason": "FieldManagerConflict", "message": message, "field": field});
    let client = "conflict with \"kubectl-client-side-apply\" using apps/v1 at 2026-01-01T00:00:00Z";
    let status = json!({"reason": "Conflict", "message": "Apply failed with 3 conflicts: …", "details": {"causes": [
        cause(client, ".spec.replicas"),
        cause("conflict with \"hpa\" with subresource \"scale\"", ".spec.replicas"),
        cause(client, ".spec.template.spec.containers[name=\"web\"].image")]}});
    let by_cause = conflicts(&status);
    assert_eq!(
        by_cause,
        [
            conflict(
                "kubectl-client-side-apply",
                "using apps/v1 at 2026-01-01T00:00:00Z",
                &[".spec.replicas", ".spec.template.spec.containers[name=\"web\"].image"]
            ),
            conflict("hpa", "with subresource \"scale\"", &[".spec.replicas"]),
        ]
    );
    for (message, found) in [
        (
            "Apply failed with 1 conflict: conflict with \"me\" using v1: .data.a",
            vec![conflict("me", "using v1", &[".data.a"])],
        ),
        (
            "Apply failed with 3 conflicts: conflicts with \"a \\\"b\\\"\" using v1 at 2026-01-01T00:00:00Z:\n- .x\n- \
             .y[name=\"a b\"].z\nconflicts with \"c\":\n- .x",
            vec![
                conflict("a \"b\"", "using v1 at 2026-01-01T00:00:00Z", &[".x", ".y[name=\"a b\"].z"]),
                conflict("c", "", &[".x"]),
            ],
        ),
        (
            "Apply failed with 2 conflicts: conflicts with \"a\":⏎- .x⏎conflicts with \"b\":⏎- .y",
            vec![conflict("a", "", &[".x"]), conflict("b", "", &[".y"])],
        ),
        (
            "the object has been modified; please apply your changes to the latest version and try again",
            vec![],
        ),
    ] {
        assert_eq!(conflicts_in(message), found, "{message}");
        assert_eq!(conflicts(&json!({"message": message})), found);
    }
    let Line::Warning { what, words } = by_cause[1].line() else { panic!() };
    assert_eq!(what, "owned by hpa");
    assert_eq!(words, ".spec.replicas (with subresource \"scale\"); force takes them over");
}

fn web(image: &str, replicas: i64) -> Value {
    json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web", "namespace": "shop", "uid": "u1",
            "resourceVersion": "7", "generation": 2}, "spec": {"replicas": replicas, "template": {"spec": {"containers": [
                {"name": "log", "image": "log:1"},
                {"name": "web", "image": image, "imagePullPolicy": "Always"}]}}}})
}

fn manifest(image: &str) -> Manifest {
    let text = format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: web}}\nspec:\n  template:\n    spec:\n      containers:\n      \
         - {{name: web, image: \"{image}\"}}\n"
    );
    read(&text, "shop", &known).unwrap().remove(0)
}

fn facts(object: Value) -> Facts {
    Facts { gathered: Gathered { object, ..Gathered::default() }, ..Facts::default() }
}

fn forced(one: &Manifest, force: bool) -> Change {
    Change::Apply { manifest: Box::new(one.object.clone()), force, from: "web.yaml".to_owned() }
}

#[test]
fn an_object_that_is_there_is_bound_to() {
    let one = manifest("web:2");
    for force in [false, true] {
        let made = plan::plan(&forced(&one, force), &one.target, &facts(web("web:1", 3))).unwrap();
        let step = &made.steps[0];
        assert_eq!(step.target.uid, Uid::new("u1"), "whatever has the name now is meant");
        assert_eq!(step.request.content, Content::Apply);
        let uri = format!(
            "/apis/apps/v1/namespaces/shop/deployments/web?fieldManager=dogwatch&fieldValidation=Strict&force={force}"
        );
        assert_eq!(step.request.uri(), uri);
        assert_eq!(step.request.body["metadata"]["uid"], json!("u1"));
        assert_eq!(step.request.body["metadata"]["resourceVersion"], json!("7"));
        assert_eq!(made.level, Level::Traffic);
        let said = format!("{:?}", made.lines);
        assert!(said.contains("spec.template.spec.containers[web].image"), "{said}");
        assert!(
            !said.contains("log") && !said.contains("imagePullPolicy"),
            "what it does not name is not said: {said}"
        );
        assert_eq!(said.contains("taken over"), force);
        let Some(Change::Edit { base: None, wanted }) = &step.inverse else { panic!() };
        assert_eq!(wanted["spec"], web("web:1", 3)["spec"]);
    }
    let same =
        plan::plan(&manifest("web:1").change("web.yaml"), &one.target, &facts(web("web:1", 3))).unwrap();
    assert_eq!(same.level, Level::Reversible);
    assert!(format!("{:?}", same.lines).contains("none has another value"));
}

#[test]
fn an_object_that_is_not_there_is_made_and_the_inverse_is_its_deletion() {
    let one = manifest("web:2");
    let made = plan::plan(&one.change("web.yaml"), &one.target, &facts(Value::Null)).unwrap();
    let step = &made.steps[0];
    assert!(step.request.body["metadata"].get("uid").is_none());
    assert_eq!(step.request.body, one.object);
    assert!(format!("{:?}", made.lines).contains("is not there yet: it is made"));
    let delete = step.inverse.clone().unwrap();
    assert!(matches!(delete, Change::Delete { .. }));
    // Before the answer it is not known which object that is; afterwards it is this one alone.
    let refused = plan::plan(&delete, &step.target, &facts(web("web:2", 1))).unwrap_err();
    assert!(refused.0.contains("which deployment/web is meant is not known"), "{refused}");
    let bound = step.target.bound_to(&web("web:2", 1));
    let made = plan::plan(&delete, &bound, &facts(web("web:2", 1))).unwrap();
    assert_eq!(made.steps[0].request.body["preconditions"]["uid"], json!("u1"));
    assert_eq!(crate::release::follow::Mark::of(&web("web:2", 1), "").uid, "u1");
}

#[test]
fn only_an_apply_may_be_for_nobody_yet() {
    let unborn = manifest("web:2").target;
    for change in [
        Change::Pause,
        Change::Scale { replicas: 1 },
        Change::Labels { keys: vec![("a".to_owned(), None)] },
        Change::Edit { base: None, wanted: Box::new(web("web:2", 1)) },
    ] {
        for object in [Value::Null, web("web:1", 3)] {
            assert!(plan::plan(&change, &unborn, &facts(object)).is_err(), "{change:?}");
        }
    }
    let bound = Target { uid: Uid::new("u2"), ..unborn };
    for object in [Value::Null, web("web:1", 3)] {
        let refused = plan::plan(&manifest("web:2").change("web.yaml"), &bound, &facts(object)).unwrap_err();
        assert!(refused.0.contains("is another object now"), "{refused}");
    }
    let other = Target { name: "other".to_owned(), ..bound };
    let mut object = web("web:1", 3);
    object["metadata"]["uid"] = json!("u2");
    let refused = plan::plan(&manifest("web:2").change("web.yaml"), &other, &facts(object)).unwrap_err();
    assert_eq!(refused.0, "this manifest is not for deployment/other");
}

#[test]
fn a_selector_is_replaced_as_a_whole_by_an_apply() {
    let text = "apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {selector: {label: green}}\n";
    let one = read(text, "shop", &known).unwrap().remove(0);
    let service = json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web", "namespace": "shop", "uid": "u1"},
        "spec": {"selector": {"app": "web", "label": "blue"}}});
    let mut facts = facts(service.clone());
    facts.gathered.lists = vec![(Query::all(Resource::PODS), Found::Known(Vec::new()))];
    let made = plan::plan(&one.change("web.yaml"), &one.target, &facts).unwrap();
    let said = format!("{:?}", made.lines);
    assert!(said.contains("app=web is no longer asked for"), "{said}");
    assert!(said.contains("no pod has label=green: nothing would serve"), "{said}");
    assert!(!plan::lists_for(&one.change("web.yaml"), &one.target, &service).is_empty());
}

#[test]
fn what_a_secret_would_hold_is_not_shown() {
    let text = "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\ndata: {password: aHVudGVyMg==}\n";
    let one = read(text, "shop", &known).unwrap().remove(0);
    let old = json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s", "namespace": "shop", "uid": "u1"},
        "data": {"password": "b2xk"}});
    for object in [Value::Null, old.clone()] {
        let made = plan::plan(&one.change("web.yaml"), &one.target, &facts(object)).unwrap();
        let said = format!("{:?}", made.lines);
        assert!(!said.contains("aHVudGVyMg") && !said.contains("b2xk"), "{said}");
    }
    let mut answered = old.clone();
    answered["data"]["password"] = json!("aHVudGVyMg==");
    let bound = one.target.bound_to(&old);
    let said = format!("{:?}", plan::apply::exact(&bound, &old, &answered));
    assert!(said.contains("data.password") && !said.contains("aHVudGVyMg"), "{said}");
}
