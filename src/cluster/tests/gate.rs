//! The gate at the wire: every way to write that kube's client has, tried through the reader; nothing may arrive.

use std::sync::Arc;

use http::Request;
use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::authorization::v1::SelfSubjectAccessReview;
use k8s_openapi::api::core::v1::{Namespace, Pod};
use kube::api::{Api, DeleteParams, EvictParams, ListParams, Patch, PatchParams, PostParams};
use kube::client::Body;

use serde_json::json;

use super::*;
use crate::cluster::Written;
use crate::cluster::connect::Recipe;
use crate::cluster::credentials::Credentials;
use crate::cluster::policy::Refused;
use crate::cluster::write::Writer;
use crate::gate::{self, Answer, Permit, Rehearsal};
use crate::model::resource::Resource;
use crate::model::uid::Uid;
use crate::release::facts::Facts;
use crate::release::plan::{Plan, plan};
use crate::release::{Change, Target as ChangeTarget};

fn recipe(server: &Server) -> Recipe {
    let target = Target::embedded("test", "shop");
    let credentials = Arc::new(Credentials::new(&target).unwrap());
    let endpoint = server.endpoint.clone();
    Recipe { target: Arc::new(target), endpoint, credentials, activity: Arc::default() }
}

/// A plan as the gate takes it.
fn scaling() -> Plan {
    let target = ChangeTarget {
        resource: Resource::DEPLOYMENTS,
        namespace: "shop".to_owned(),
        name: "web".to_owned(),
        uid: Uid::new("u1"),
    };
    let mut facts = Facts::default();
    facts.gathered.object =
        json!({"metadata": {"uid": "u1", "resourceVersion": "7"}, "spec": {"replicas": 1}});
    plan(&Change::Scale { replicas: 3 }, &target, &facts).unwrap()
}

/// The right to send it, as a confirmation gives it.
fn permit() -> Permit {
    gate::confirm(gate::testing::open(), &scaling(), &Answer::Key, true, "").unwrap().remove(0)
}

fn rehearsal() -> Rehearsal {
    gate::rehearse(gate::testing::open(), &scaling()).unwrap().remove(0)
}

/// It failed, and because the client's policy refused it.
fn refused<T>(what: &str, result: Result<T, kube::Error>) {
    let Err(error) = result else { panic!("{what} went through") };
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(&error);
    while let Some(at) = cause {
        if at.is::<Refused>() {
            return;
        }
        cause = at.source();
    }
    panic!("{what} failed otherwise: {error}");
}

#[tokio::test]
#[allow(clippy::disallowed_methods, reason = "that they are refused is what is tested")]
async fn no_write_leaves_a_reader() {
    let mut server = Server::start();
    let client = recipe(&server).reader().await.unwrap();
    let pods: Api<Pod> = Api::default_namespaced(client.clone());
    let deployments: Api<Deployment> = Api::default_namespaced(client.clone());
    let namespaces: Api<Namespace> = Api::all(client.clone());
    let (post, delete, patch) = (PostParams::default(), DeleteParams::default(), PatchParams::default());
    let merge = Patch::Merge(serde_json::json!({"spec": {"replicas": 0}}));
    let mut pod = Pod::default();
    pod.metadata.name = Some("web".into());

    refused("create", pods.create(&post, &pod).await);
    let dry = PostParams { dry_run: true, ..post.clone() };
    refused("create, dry run", pods.create(&dry, &pod).await);
    refused("replace", pods.replace("web", &post, &pod).await);
    refused("replace status", pods.replace_status("web", &post, &pod).await);
    refused("patch", deployments.patch("web", &patch, &merge).await);
    refused("patch status", deployments.patch_status("web", &patch, &merge).await);
    refused("patch scale", deployments.patch_scale("web", &patch, &merge).await);
    refused("patch subresource", deployments.patch_subresource("scale", "web", &patch, &merge).await);
    let apply = Patch::Apply(serde_json::json!({}));
    refused("apply", deployments.patch("web", &PatchParams::apply("x"), &apply).await);
    refused("restart", deployments.restart("web").await);
    refused("delete", pods.delete("web", &delete).await);
    refused("delete all", pods.delete_collection(&delete, &ListParams::default()).await);
    refused("delete namespace", namespaces.delete("shop", &delete).await);
    refused("evict", pods.evict("web", &EvictParams::default()).await);
    refused("subresource", pods.create_subresource::<Pod, Pod>("binding", "web", &post, &pod).await);
    let deployment = Deployment::default();
    refused("replace subresource", deployments.replace_subresource("scale", "web", &post, &deployment).await);
    for (method, path, header) in [
        ("GET", "/api/v1/namespaces/shop/pods/web/exec?command=sh&stdin=true", None),
        ("GET", "/api/v1/namespaces/shop/pods/web/attach", Some(("upgrade", "websocket"))),
        ("GET", "/api/v1/namespaces/shop/pods/web/portforward?ports=80", Some(("connection", "upgrade"))),
        ("GET", "/api/v1/namespaces/shop/services/web/proxy/admin", None),
        ("GET", "/api/v1/namespaces/shop/services/web/%70roxy/admin", None),
        ("GET", "/api/v1/pods", Some(("x-http-method-override", "DELETE"))),
        ("OPTIONS", "/api/v1/pods", None),
    ] {
        let mut request = Request::builder().method(method).uri(path);
        if let Some((name, value)) = header {
            request = request.header(name, value);
        }
        refused(path, client.send(request.body(Body::empty()).unwrap()).await);
    }

    // Nothing of all that arrived; what only reads, and a review of one's own rights, does.
    let reading = tokio::spawn({
        let pods = pods.clone();
        async move { pods.list(&ListParams::default()).await.map(|list| list.items.len()) }
    });
    let call = server.call().await;
    assert_eq!((call.method.as_str(), call.path.as_str()), ("GET", "/api/v1/namespaces/shop/pods"));
    call.answer(200, crate::cluster::testing::page(&["a"], 1, ""));
    assert_eq!(reading.await.unwrap().unwrap(), 1);
    let reviews: Api<SelfSubjectAccessReview> = Api::all(client);
    let reviewing = tokio::spawn(async move {
        reviews.create(&PostParams::default(), &SelfSubjectAccessReview::default()).await.is_ok()
    });
    let call = server.call().await;
    assert_eq!((call.method.as_str(), call.query.as_str()), ("POST", ""));
    call.answer(200, r#"{"metadata":{},"spec":{},"status":{"allowed":true}}"#);
    assert!(reviewing.await.unwrap());
}

const SCALE: &str = "/apis/apps/v1/namespaces/shop/deployments/web/scale";

/// The other client is no way around the first: it sends what a permit holds, and nothing that somebody else makes of it.
#[tokio::test(start_paused = true)]
#[allow(clippy::disallowed_methods, reason = "that they are refused is what is tested")]
async fn a_writer_sends_permits_and_nothing_else() {
    let mut server = Server::start();
    let client = recipe(&server).writer().await.unwrap();
    let pods: Api<Pod> = Api::default_namespaced(client.clone());
    let deployments: Api<Deployment> = Api::default_namespaced(client.clone());
    let merge = Patch::Merge(json!({"spec": {"replicas": 0}}));
    refused("a read", pods.list(&ListParams::default()).await);
    refused("patch scale", deployments.patch_scale("web", &PatchParams::default(), &merge).await);
    refused("delete", pods.delete("web", &DeleteParams::default()).await);
    refused("evict", pods.evict("web", &EvictParams::default()).await);
    for (method, path) in
        [("PATCH", SCALE), ("POST", "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews")]
    {
        let request = Request::builder().method(method).uri(path).body(Body::empty()).unwrap();
        refused(path, client.send(request).await);
    }
    server.no_call(Duration::from_secs(5)).await;

    let writer = Writer::new(recipe(&server));
    let writing = tokio::spawn({
        let writer = writer.clone();
        async move { writer.write(permit()).await }
    });
    let call = server.call().await;
    assert_eq!((call.method.as_str(), call.path.as_str()), ("PATCH", SCALE));
    assert_eq!(call.query, "fieldManager=dogwatch");
    assert_eq!(call.headers["content-type"], "application/merge-patch+json");
    call.answer(200, r#"{"kind":"Scale","metadata":{"name":"web"},"spec":{"replicas":3}}"#);
    assert!(matches!(writing.await.unwrap(), Written::Accepted(_)));

    let rehearsing = tokio::spawn(async move { writer.rehearse(rehearsal()).await });
    let call = server.call().await;
    assert_eq!(call.param("dryRun").as_deref(), Some("All"));
    call.answer(200, r#"{"kind":"Scale","metadata":{"name":"web"}}"#);
    assert!(matches!(rehearsing.await.unwrap(), Written::Accepted(_)));
}

/// An answer that does not come, or says nothing about what was done, makes nobody send it again.
#[tokio::test(start_paused = true)]
async fn a_permit_is_sent_once_whatever_is_answered() {
    let answers =
        [(409, true), (422, true), (403, true), (429, true), (500, false), (503, false), (504, false)];
    for (code, certain) in answers {
        let mut server = Server::start();
        let writer = Writer::new(recipe(&server));
        let writing = tokio::spawn(async move { writer.write(permit()).await });
        server.call().await.answer_with(code, &[("retry-after", "1")], status(code, "Status", "no"));
        let written = writing.await.unwrap();
        assert_eq!(matches!(written, Written::Refused(_)), certain, "{code}: {written:?}");
        assert_eq!(matches!(written, Written::Unknown(_)), !certain, "{code}: {written:?}");
        server.no_call(Duration::from_mins(2)).await;
    }
    // A connection that breaks while the answer is awaited.
    let mut server = Server::start();
    let writer = Writer::new(recipe(&server));
    let writing = tokio::spawn(async move { writer.write(permit()).await });
    drop(server.call().await);
    assert!(matches!(writing.await.unwrap(), Written::Unknown(_)));
    server.no_call(Duration::from_mins(2)).await;
}

/// In read-only mode there is no writer: a permit that was made all the same is refused before anything is opened.
#[tokio::test(start_paused = true)]
async fn a_read_only_session_has_no_writer() {
    let mut server = Server::start();
    let (sender, mut events) = tokio::sync::mpsc::channel(64);
    let target = Target::embedded("test", "shop");
    let cluster = Cluster::open(target, server.endpoint.clone(), gate::Mode::ReadOnly, sender);
    cluster.held(1, permit())();
    cluster.rehearse(2, rehearsal());
    let mut answered = Vec::new();
    while answered.len() < 2 {
        if let ClusterEvent::Written { id, written } = events.recv().await.unwrap() {
            let Written::Refused(trouble) = written else { panic!("{id}: {written:?}") };
            assert!(trouble.said.contains("only reads"), "{trouble}");
            answered.push(id);
        }
    }
    answered.sort_unstable();
    assert_eq!(answered, [1, 2]);
    server.no_call(Duration::from_mins(1)).await;
}

/// Nor does it ask a pod: a plain GET goes into a workload all the same.
#[tokio::test(start_paused = true)]
async fn a_read_only_session_asks_no_pod() {
    let probe = || crate::release::smoke::Probe {
        namespace: "shop".to_owned(),
        pod: "web-1".to_owned(),
        port: Some(8080),
        path: "/healthz".to_owned(),
    };
    for (mode, asks) in [(gate::Mode::ReadOnly, false), (gate::Mode::ReadWrite, true)] {
        let mut server = Server::start();
        let (sender, mut events) = tokio::sync::mpsc::channel(64);
        let cluster = Cluster::open(Target::embedded("test", "shop"), server.endpoint.clone(), mode, sender);
        cluster.probe(1, probe());
        if asks {
            let call = server.call().await;
            assert_eq!(call.path, "/api/v1/namespaces/shop/pods/web-1:8080/proxy/healthz");
            call.answer(200, "fine\nmore");
        }
        let result = loop {
            if let ClusterEvent::Probed { result, .. } = events.recv().await.unwrap() {
                break result;
            }
        };
        match result {
            Ok(answer) => assert!(asks && answer.code == 200 && answer.line == "fine", "{answer:?}"),
            Err(trouble) => assert!(!asks && trouble.said.contains("only reads"), "{trouble}"),
        }
        server.no_call(Duration::from_mins(1)).await;
    }
}

#[tokio::test]
#[allow(clippy::disallowed_methods, reason = "that they are refused is what is tested")]
async fn a_connector_opens_channels_and_nothing_else() {
    let mut server = Server::start();
    let asked = crate::cluster::trouble::Asked {
        verb: "create",
        resource: "pods/exec".to_owned(),
        namespaced: true,
        namespace: Some("shop".to_owned()),
        tried: String::new(),
    };
    let client = recipe(&server).connector(asked).await.unwrap();
    let pods: Api<Pod> = Api::default_namespaced(client.clone());
    refused("list", pods.list(&ListParams::default()).await);
    refused("delete", pods.delete("web", &DeleteParams::default()).await);
    refused("evict", pods.evict("web", &EvictParams::default()).await);
    for path in ["/api/v1/namespaces/shop/pods/web/log", "/api/v1/nodes/n1/proxy/exec/shop/web/c"] {
        refused(path, client.connect(Request::get(path).body(Vec::new()).unwrap()).await);
    }
    let reader = recipe(&server).reader().await.unwrap();
    let exec = || Request::get("/api/v1/namespaces/shop/pods/web/exec?command=sh").body(Vec::new()).unwrap();
    refused("exec by a reader", reader.connect(exec()).await);

    // Nothing of all that arrived; what it is for does, as it is.
    let opening = tokio::spawn(async move { client.connect(exec()).await.is_err() });
    let call = server.call().await;
    assert_eq!((call.method.as_str(), call.path.as_str()), ("GET", "/api/v1/namespaces/shop/pods/web/exec"));
    assert_eq!(call.headers["sec-websocket-protocol"], "v5.channel.k8s.io, v4.channel.k8s.io");
    assert!(!call.headers.contains_key("accept-encoding"));
    call.answer(403, r#"{"kind":"Status","message":"no"}"#);
    assert!(opening.await.unwrap());
}
