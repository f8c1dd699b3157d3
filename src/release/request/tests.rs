//! Every request equals kubectl's, recorded, but for the two differences that are meant: the field manager, and the
//! precondition.

use serde_json::{Value, json};

use super::*;
use crate::model::resource::Resource;
use crate::model::uid::Uid;
use crate::release::change::Propagation;
use crate::release::undo::undo;

const LOG: &str = include_str!("../../../tests/data/kubectl/recorded-requests.log");

/// Recorded later, from kubectl against the embedded cluster.
const DEBUG: &str = include_str!("../../../tests/data/kubectl/debug-requests.log");

/// What kubectl wrote for a command: method, path, query, content type, body.
#[derive(Debug, PartialEq)]
struct Sent {
    method: String,
    path: String,
    query: Vec<String>,
    content: String,
    body: Value,
}

/// The last write of a command of the log.
fn recorded(command: &str) -> Sent {
    let mut lines =
        LOG.lines().chain(DEBUG.lines()).skip_while(|line| *line != format!("$ kubectl {command}")).skip(1);
    let mut found = None;
    let mut block = Vec::new();
    for line in lines.by_ref() {
        if line.starts_with("$ ") {
            break;
        }
        block.push(line);
    }
    for (at, line) in block.iter().enumerate() {
        let Some((method, rest)) = line.split_once(' ') else { continue };
        if !matches!(method, "PATCH" | "PUT" | "DELETE" | "POST") {
            continue;
        }
        let (uri, content) = rest.split_once(" ct=").unwrap();
        let (path, query) = uri.split_once('?').unwrap_or((uri, ""));
        let body = block[at + 1].trim().strip_prefix("BODY ").unwrap();
        found = Some(Sent {
            method: method.to_owned(),
            path: path.to_owned(),
            query: query.split('&').filter(|part| !part.is_empty()).map(str::to_owned).collect(),
            content: content.to_owned(),
            body: serde_json::from_str(body).unwrap(),
        });
    }
    let mut sent = found.unwrap_or_else(|| panic!("no write is recorded for {command}"));
    // The field manager is kubectl's own, where it gives one.
    sent.query.retain(|part| !part.starts_with("fieldManager="));
    forget_nulls(&mut sent.body);
    sent
}

/// Go writes an unset time as null; JSON merge patches mean null, so only this key is forgotten.
fn forget_nulls(value: &mut Value) {
    match value {
        Value::Object(map) => {
            if map.get("creationTimestamp").is_some_and(Value::is_null) {
                map.remove("creationTimestamp");
            }
            map.values_mut().for_each(forget_nulls);
        }
        Value::Array(list) => list.iter_mut().for_each(forget_nulls),
        _ => {}
    }
}

/// Ours without the two differences.
fn ours(request: &WriteRequest, version: Option<&str>) -> Sent {
    let mut body = request.body.clone();
    match &mut body {
        Value::Array(ops) => ops.retain(|op| op["op"] != "test"),
        Value::Object(map) => {
            if let Some(meta) = map.get_mut("metadata").and_then(Value::as_object_mut) {
                assert!(meta.remove("uid").is_some(), "every patch is bound to the object");
                let bound = meta.remove("resourceVersion");
                if let Some(version) = version {
                    meta.insert("resourceVersion".to_owned(), json!(version));
                    assert_eq!(bound, Some(json!(version)));
                }
                if meta.is_empty() {
                    map.remove("metadata");
                }
            }
            if map.remove("preconditions").is_none() {
                assert_ne!(request.method, Method::Delete, "every deletion is bound to the object");
            }
        }
        _ => panic!("a body that is neither a list nor an object"),
    }
    let mut query: Vec<String> = request.query.iter().map(|(key, value)| format!("{key}={value}")).collect();
    if request.method == Method::Patch {
        assert!(query.contains(&"fieldManager=dogwatch".to_owned()));
    }
    query.retain(|part| !part.starts_with("fieldManager="));
    Sent {
        method: request.method.word().to_owned(),
        path: request.path.clone(),
        query,
        content: request.content.media_type().to_owned(),
        body,
    }
}

fn target(resource: Resource, name: &str) -> Target {
    Target { resource, namespace: "shop".to_owned(), name: name.to_owned(), uid: Uid::new("u1") }
}

fn web(paused: bool) -> Value {
    json!({"metadata": {"uid": "u1", "resourceVersion": "100", "generation": 2}, "spec": {"replicas": 3, "paused": paused,
        "template": {"spec": {"containers": [{"name": "web", "image": "web:v3"}]}}}})
}

fn pair(key: &str, value: Option<&str>) -> (String, Option<String>) {
    (key.to_owned(), value.map(str::to_owned))
}

#[test]
fn changes_of_a_deployment_are_kubectls() {
    let deployment = target(Resource::DEPLOYMENTS, "web");
    let restarted = recorded("rollout restart deployment/web");
    let at: jiff::Timestamp = restarted.body["spec"]["template"]["metadata"]["annotations"][RESTARTED_AT]
        .as_str()
        .unwrap()
        .parse()
        .unwrap();
    let images = vec![ContainerImage { container: "web".to_owned(), image: "web:v4".to_owned() }];
    let cause = vec![pair("kubernetes.io/change-cause", Some("rollback by oncall"))];
    for (command, change, object, dry) in [
        ("scale deployment/web --replicas=5", Change::Scale { replicas: 5 }, web(false), false),
        (
            "scale deployment/web --replicas=0 --dry-run=server",
            Change::Scale { replicas: 0 },
            web(false),
            true,
        ),
        ("set image deployment/web web=web:v4", Change::SetImage { images }, web(false), false),
        ("rollout restart deployment/web", Change::Restart { at: at.as_second() }, web(false), false),
        ("rollout pause deployment/web", Change::Pause, web(false), false),
        ("rollout resume deployment/web", Change::Resume, web(true), false),
        (
            "annotate deployment/web kubernetes.io/change-cause=rollback by oncall --overwrite",
            Change::Annotations { keys: cause },
            web(false),
            false,
        ),
    ] {
        let request = simple(&change, &deployment, &object, true).unwrap();
        let request = if dry { request.dry_run() } else { request };
        assert_eq!(ours(&request, None), recorded(command), "{command}");
    }
}

#[test]
fn changes_of_services_and_pods_are_kubectls() {
    let service = target(Resource::SERVICES, "web");
    let object = json!({"metadata": {"uid": "u1", "resourceVersion": "50"},
        "spec": {"selector": {"app": "web", "tier": "front", "version": "blue"}}});
    let keys = vec![pair("version", Some("green"))];
    let merge = simple(
        &Change::Selector { keys: keys.clone(), how: Merge::Merge, insist: false },
        &service,
        &object,
        true,
    )
    .unwrap();
    assert_eq!(
        ours(&merge, None),
        recorded(r#"patch service web -p {"spec":{"selector":{"version":"green"}}}"#)
    );
    let keys = vec![pair("app", Some("web")), pair("version", Some("green"))];
    let replace =
        simple(&Change::Selector { keys, how: Merge::Replace, insist: false }, &service, &object, true)
            .unwrap();
    assert_eq!(ours(&replace, None), recorded("set selector service web app=web,version=green"));
    assert_eq!(
        ours(&replace, Some("50")),
        recorded("set selector service web app=web,version=green --resource-version=50")
    );

    let pod = target(Resource::PODS, "web-ccc333-x");
    let object = json!({"metadata": {"uid": "u1", "resourceVersion": "10", "labels": {"version": "blue"}}});
    let label = |value| Change::Labels { keys: vec![pair("version", value)] };
    let set = simple(&label(Some("green")), &pod, &object, true).unwrap();
    assert_eq!(ours(&set, None), recorded("label pod web-ccc333-x version=green --overwrite"));
    assert_eq!(
        ours(&set, Some("10")),
        recorded("label pod web-ccc333-x version=green --overwrite --resource-version=10")
    );
    let gone = simple(&label(None), &pod, &object, true).unwrap();
    assert_eq!(ours(&gone, None), recorded("label pod web-ccc333-x version-"));
    let delete = Change::Delete { propagation: Propagation::Background, grace: None };
    let request = simple(&delete, &pod, &object, true).unwrap();
    assert_eq!(ours(&request, None), recorded("delete pod web-ccc333-x --wait=false"));
    assert_eq!(
        ours(&request.dry_run(), None),
        recorded("delete pod web-ccc333-x --wait=false --dry-run=server"),
        "the query of a DELETE with a body is ignored: the dry run is in the body"
    );
}

/// The cluster of the recordings: a Deployment at v3 with the sets of v1, v2 and v3.
#[test]
fn rollbacks_are_kubectls() {
    let template = |image: &str| {
        let mut template = recorded("rollout undo deployment/web").body[0]["value"].clone();
        template["spec"]["containers"][0]["image"] = json!(image);
        template
    };
    let deployment = json!({"metadata": {"uid": "u1", "generation": 3, "resourceVersion": "100",
            "annotations": {"deployment.kubernetes.io/revision": "3", "kubernetes.io/change-cause": "image v3"}},
        "spec": {"template": template("web:v3")}});
    let sets: Vec<Value> = (1..=3)
        .map(|n| {
            let mut template = template(&format!("web:v{n}"));
            template["metadata"]["labels"]["pod-template-hash"] = json!(format!("hash{n}"));
            json!({"metadata": {"uid": format!("rs{n}"), "ownerReferences": [{"controller": true, "uid": "u1"}],
                    "annotations": {"deployment.kubernetes.io/revision": n.to_string(),
                        "deployment.kubernetes.io/desired-replicas": "3",
                        "kubernetes.io/change-cause": format!("image v{n}")}},
                "spec": {"template": template}})
        })
        .collect();
    let web = target(Resource::DEPLOYMENTS, "web");
    for (command, to, dry) in [
        ("rollout undo deployment/web", None, false),
        ("rollout undo deployment/web --dry-run=server", None, true),
        ("rollout undo deployment/web --to-revision=1", Some("rs1"), false),
    ] {
        let request = undo(&web, &deployment, &sets, to.map(Uid::new).as_ref()).unwrap().request;
        let request = if dry { request.dry_run() } else { request };
        assert_eq!(ours(&request, None), recorded(command), "{command}");
    }
    // `--to-revision=3` is the current one: kubectl sends nothing.
    assert!(undo(&web, &deployment, &sets, Some(&Uid::new("rs3"))).is_err());
}

#[test]
fn what_kubectl_refuses_is_refused() {
    let deployment = target(Resource::DEPLOYMENTS, "web");
    let image = |container: &str| Change::SetImage {
        images: vec![ContainerImage { container: container.to_owned(), image: "x".to_owned() }],
    };
    for (change, object, said) in [
        (Change::Restart { at: 0 }, web(true), "can't be restarted while it is paused"),
        (Change::Pause, web(true), "already paused"),
        (Change::Resume, web(false), "is not paused"),
        (image("nosuch"), web(false), "unable to find container named \"nosuch\""),
    ] {
        let refused = simple(&change, &deployment, &object, true).unwrap_err();
        assert!(refused.0.contains(said), "{refused}");
    }
}

#[test]
fn init_containers_get_images_too() {
    let mut object = web(false);
    object["spec"]["template"]["spec"]["initContainers"] = json!([{"name": "setup", "image": "setup:1"}]);
    let images = vec![
        ContainerImage { container: "setup".to_owned(), image: "setup:2".to_owned() },
        ContainerImage { container: "web".to_owned(), image: "web:v4".to_owned() },
    ];
    let request =
        simple(&Change::SetImage { images }, &target(Resource::DEPLOYMENTS, "web"), &object, true).unwrap();
    let spec = &request.body["spec"]["template"]["spec"];
    assert_eq!(spec["initContainers"], json!([{"name": "setup", "image": "setup:2"}]));
    assert_eq!(spec["containers"], json!([{"name": "web", "image": "web:v4"}]));
}

#[test]
fn a_later_step_is_bound_to_the_object_and_not_to_its_version() {
    let request =
        simple(&Change::Scale { replicas: 1 }, &target(Resource::DEPLOYMENTS, "web"), &web(false), false)
            .unwrap();
    assert_eq!(request.body["metadata"], json!({"uid": "u1"}));
}

#[test]
fn an_apply_is_kubectls_server_side_one() {
    let service = target(Resource::SERVICES, "web");
    let object = json!({"metadata": {"uid": "u1", "resourceVersion": "50"}});
    let manifest = json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web", "namespace": "shop"},
        "spec": {"ports": [{"name": "http", "port": 80, "targetPort": 8080}],
            "selector": {"app": "web", "version": "green"}}});
    let unborn = Target::unborn(Resource::SERVICES, "shop".to_owned(), "web".to_owned());
    for (command, force, dry) in [
        ("apply --server-side -f d.yaml", false, false),
        ("apply --server-side --dry-run=server -f d.yaml", false, true),
        ("apply --server-side --force-conflicts -f d.yaml", true, false),
    ] {
        let request = |target, object| {
            let request = apply(target, object, &manifest, force);
            if dry { request.dry_run() } else { request }
        };
        let (bound, made) = (request(&service, &object), request(&unborn, &Value::Null));
        assert_eq!(ours(&bound, None), recorded(command), "{command}");
        // What is not there yet has nothing to be bound to: not even that differs.
        assert_eq!((made.uri(), made.body), (bound.uri(), recorded(command).body), "{command}");
    }
}

/// kubectl names the container by chance; what it named is given here.
#[test]
fn debug_containers_are_kubectls() {
    let pod = target(Resource::PODS, "web-ccc333-x");
    let there = json!([{"name": "debugger-4j4qh", "image": "busybox"}]);
    for (command, ephemeral, image, shared, name) in [
        (
            "debug -it web-ccc333-x --image=busybox --target=web",
            json!(null),
            "busybox",
            "web",
            "debugger-4j4qh",
        ),
        ("debug -it web-ccc333-x --image=alpine:3", there, "alpine:3", "", "debugger-gjt66"),
    ] {
        let object = json!({"metadata": {"uid": "u1", "resourceVersion": "10"},
            "spec": {"containers": [{"name": "web"}], "ephemeralContainers": ephemeral}});
        let change =
            Change::Debug { image: image.to_owned(), target: shared.to_owned(), name: name.to_owned() };
        let request = simple(&change, &pod, &object, true).unwrap();
        assert_eq!(ours(&request, None), recorded(command), "{command}");
        assert_eq!(
            request.body["metadata"],
            json!({"uid": "u1"}),
            "a status that never rests must not keep it"
        );
    }
}
