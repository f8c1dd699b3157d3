//! The gate at the wire: every way to write that kube's client has, tried through the reader; nothing may arrive.

use std::sync::Arc;

use http::Request;
use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::authorization::v1::SelfSubjectAccessReview;
use k8s_openapi::api::core::v1::{Namespace, Pod};
use kube::api::{Api, DeleteParams, EvictParams, ListParams, Patch, PatchParams, PostParams};
use kube::client::Body;

use super::*;
use crate::cluster::connect::Recipe;
use crate::cluster::credentials::Credentials;
use crate::cluster::policy::Refused;

async fn reader(server: &Server) -> kube::Client {
    let target = Target::embedded("test", "shop");
    let credentials = Arc::new(Credentials::new(&target).unwrap());
    let endpoint = server.endpoint.clone();
    let recipe = Recipe { target: Arc::new(target), endpoint, credentials, activity: Arc::default() };
    recipe.reader().await.unwrap()
}

/// It failed, and because the reader's policy refused it.
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
    let client = reader(&server).await;
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
