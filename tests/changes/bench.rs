//! A cluster, a plain client, and what a plan needs to be made.

use std::time::Duration;

use bytes::Bytes;
use dogwatch::demo::Cluster;
use dogwatch::model::resource::{Resource, encode};
use dogwatch::model::uid::Uid;
use dogwatch::release::change::Change;
use dogwatch::release::facts::{Facts, Found, Gathered, Query, Surroundings};
use dogwatch::release::plan::{Plan, lists_for, plan};
use dogwatch::release::request::{Refusal, WriteRequest};
use dogwatch::release::target::Target;
use http::Request;
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use serde_json::Value;

pub struct Bench {
    pub cluster: Cluster,
    sender: SendRequest<Full<Bytes>>,
}

/// Runs on a runtime of its own, whose time passes when nothing else is to be done.
pub fn run<T>(what: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    runtime.unwrap().block_on(what)
}

impl Bench {
    pub async fn of(cluster: Cluster) -> Self {
        let (sender, connection) = handshake(TokioIo::new(cluster.connect())).await.unwrap();
        tokio::spawn(connection);
        Self { cluster, sender }
    }

    /// Lets the controllers finish what they have begun.
    pub async fn settle(&self) {
        tokio::time::sleep(Duration::from_secs(45)).await;
    }

    async fn ask(&mut self, method: &str, uri: &str, content_type: &str, body: String) -> (u16, Value) {
        self.sender.ready().await.unwrap();
        let request = Request::builder().method(method).uri(uri).header("content-type", content_type);
        let answer = self.sender.send_request(request.body(Full::new(body.into())).unwrap()).await.unwrap();
        let status = answer.status().as_u16();
        let body = answer.into_body().collect().await.unwrap().to_bytes();
        (status, serde_json::from_slice(&body).unwrap())
    }

    async fn list(&mut self, query: &Query, namespace: &str) -> Vec<Value> {
        let mut path = query.resource.collection(Some(namespace));
        if let Some(labels) = &query.labels {
            path = format!("{path}?labelSelector={}", encode(labels));
        }
        let (status, mut list) = self.ask("GET", &path, "", String::new()).await;
        assert_eq!(status, 200, "{path}: {list}");
        let Value::Array(mut items) = list["items"].take() else { return Vec::new() };
        if query.metadata_only {
            for item in &mut items {
                *item = serde_json::json!({"metadata": item["metadata"]});
            }
        }
        items
    }

    /// All objects of a resource in a namespace.
    pub async fn all(&mut self, resource: Resource, namespace: &str) -> Vec<Value> {
        self.list(&Query::all(resource), namespace).await
    }

    /// The object of this name, as what a change can be meant for.
    pub async fn target(&mut self, resource: Resource, namespace: &str, name: &str) -> Target {
        let unborn = Target::unborn(resource, namespace.to_owned(), name.to_owned());
        let object = self.object(&unborn).await.unwrap_or_else(|| panic!("no {unborn}"));
        unborn.bound_to(&object)
    }

    /// The object as the server has it.
    pub async fn object(&mut self, target: &Target) -> Option<Value> {
        let (status, object) = self.ask("GET", &target.path(), "", String::new()).await;
        (status == 200).then_some(object)
    }

    /// What the plan of a change is made from.
    pub async fn facts(&mut self, change: &Change, target: &Target, around: Surroundings) -> Facts {
        let object = self.object(target).await.unwrap_or_else(|| panic!("no {target}"));
        let mut lists = Vec::new();
        for query in lists_for(change, target, &object) {
            let found = self.list(&query, &target.namespace).await;
            lists.push((query, Found::Known(found)));
        }
        let gathered = Gathered { object, lists, allowed: Found::NotAsked };
        let now = self.cluster.store().clock().now().as_second();
        Facts { gathered, around, now, least_ready: 100, later: false, several: false }
    }

    /// The plan of a change as the cluster is now.
    pub async fn plan(&mut self, change: &Change, target: &Target) -> Result<Plan, Refusal> {
        let facts = self.facts(change, target, Surroundings::default()).await;
        plan(change, target, &facts)
    }

    /// Sends a request; what the server answers.
    pub async fn send(&mut self, request: &WriteRequest) -> (u16, Value) {
        let (method, content) = (request.method.word(), request.content.media_type());
        self.ask(method, &request.uri(), content, request.body.to_string()).await
    }

    /// Plans and sends what is not refused, step by step as the plan says; `None` when it is refused.
    pub async fn change(&mut self, change: &Change, target: &Target) -> Option<Plan> {
        let made = self.plan(change, target).await.ok()?;
        for step in &made.steps {
            let (status, answer) = self.send(&step.request).await;
            assert_eq!(status, 200, "{change:?} of {target}: {answer}");
        }
        Some(made)
    }
}

/// The UID of an object.
pub fn uid(object: &Value) -> Uid {
    Uid::new(object["metadata"]["uid"].as_str().unwrap())
}
