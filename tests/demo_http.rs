//! The embedded cluster over HTTP in memory: recorded refusals, lists, watches, writes and faults.

// Helpers of tests may unwrap as tests do; the lint only knows test functions.
#![allow(clippy::unwrap_used)]

use std::time::Duration;

use bytes::Bytes;
use dogwatch::demo::store::DeleteOptions;
use dogwatch::demo::{Clock, Cluster, Fault, resource};
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};

const TABLE: &str = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json";
const PARTIAL: &str = "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io,application/json";

struct Client {
    cluster: Cluster,
    sender: SendRequest<Full<Bytes>>,
}

impl Client {
    async fn start() -> Self {
        let cluster = Cluster::empty(Clock::starting_at("2026-11-21T02:00:00Z".parse().unwrap()), 1);
        let store = cluster.store();
        store.create(resource::NAMESPACES, json!({"metadata": {"name": "rec"}})).unwrap();
        let deployment = json!({"metadata": {"name": "web", "namespace": "rec"}, "spec": {"replicas": 3,
            "selector": {"matchLabels": {"app": "web"}}, "template": {
                "metadata": {"labels": {"app": "web", "version": "green"}},
                "spec": {"containers": [{"name": "web", "image": "web:v1"}]}}},
            "status": {"replicas": 3}});
        store.create(resource::DEPLOYMENTS, deployment).unwrap();
        let service = json!({"metadata": {"name": "web", "namespace": "rec"},
            "spec": {"selector": {"app": "web", "version": "blue"}, "ports": [{"port": 80, "targetPort": "http"}]}});
        store.create(resource::SERVICES, service).unwrap();
        for n in 0..3 {
            store.create(resource::PODS, pod(n)).unwrap();
        }
        let sender = Self::open(&cluster).await;
        Self { cluster, sender }
    }

    async fn open(cluster: &Cluster) -> SendRequest<Full<Bytes>> {
        let (sender, connection) = handshake(TokioIo::new(cluster.connect())).await.unwrap();
        tokio::spawn(connection);
        sender
    }

    async fn send(
        &mut self,
        request: http::request::Builder,
        body: impl Into<Bytes>,
    ) -> hyper::Result<Response<Incoming>> {
        if self.sender.ready().await.is_err() {
            self.sender = Self::open(&self.cluster).await;
        }
        self.sender.send_request(request.body(Full::new(body.into())).unwrap()).await
    }

    async fn json(&mut self, method: &str, path: &str, content_type: &str, body: &str) -> (u16, Value) {
        let request = Request::builder().method(method).uri(path).header("content-type", content_type);
        let answer = self.send(request, body.to_owned()).await.unwrap();
        let status = answer.status().as_u16();
        (status, serde_json::from_slice(&whole(answer).await).unwrap())
    }

    async fn get(&mut self, path: &str) -> (u16, Value) {
        self.json("GET", path, "", "").await
    }

    async fn accept(&mut self, path: &str, accept: &str) -> Value {
        let answer = self.send(Request::get(path).header("accept", accept), "").await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK, "{path}");
        serde_json::from_slice(&whole(answer).await).unwrap()
    }

    async fn watch(&mut self, path: &str) -> Lines {
        // A watch keeps its connection: it gets one of its own.
        let mut sender = Self::open(&self.cluster).await;
        let request = Request::get(path).body(Full::new(Bytes::new())).unwrap();
        let answer = sender.send_request(request).await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK);
        Lines { body: answer.into_body(), buffer: Vec::new() }
    }
}

fn pod(n: usize) -> Value {
    json!({"metadata": {"name": format!("web-{n}"), "namespace": "rec", "labels": {"app": "web"}},
        "spec": {"nodeName": "n-01", "containers": [{"name": "web", "image": "web:v1"}]},
        "status": {"phase": "Running"}})
}

struct Lines {
    body: Incoming,
    buffer: Vec<u8>,
}

impl Lines {
    async fn next(&mut self) -> Option<Value> {
        loop {
            if let Some(at) = self.buffer.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = self.buffer.drain(..=at).collect();
                return Some(serde_json::from_slice(&line).unwrap());
            }
            let frame = self.body.frame().await?.ok()?;
            self.buffer.extend_from_slice(&frame.into_data().ok()?);
        }
    }

    async fn types(&mut self, count: usize) -> Vec<String> {
        let mut types = Vec::new();
        for _ in 0..count {
            types.push(self.next().await.unwrap()["type"].as_str().unwrap().to_owned());
        }
        types
    }
}

async fn whole(answer: Response<Incoming>) -> Bytes {
    answer.into_body().collect().await.unwrap().to_bytes()
}

fn recorded(name: &str) -> Value {
    let path = format!("{}/tests/data/real-api/{name}.json", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

#[tokio::test]
async fn refusals_are_the_recorded_ones() {
    let mut client = Client::start().await;
    let deployment = "/apis/apps/v1/namespaces/rec/deployments/web";
    let service = "/api/v1/namespaces/rec/services/web";
    let (smp, jp) = ("application/strategic-merge-patch+json", "application/json-patch+json");
    let stale = r#"{"metadata": {"resourceVersion": "1"}, "spec": {"selector": {"version": "blue"}}}"#;
    let test = r#"[{"op":"test","path":"/metadata/resourceVersion","value":"1"}]"#;
    let selector = r#"{"spec":{"selector":{"matchLabels":{"x":"y"}}}}"#;
    let scaling = format!("{deployment}/scale");
    let token = "eyJ2IjoibWV0YS5rOHMuaW8vdjEiLCJydiI6MSwic3RhcnQiOiJ3ZWItMFx1MDAwMCJ9";
    let continued = format!("/api/v1/namespaces/rec/pods?limit=1&continue={token}");
    client.cluster.store().forget_history();
    let table = [
        ("err-404", "GET", "/api/v1/namespaces/rec/services/nope", "", ""),
        ("err-405", "DELETE", scaling.as_str(), "", ""),
        ("err-409-stale", "PATCH", service, smp, stale),
        ("err-422-invalid", "PATCH", deployment, smp, r#"{"spec":{"replicas":-1}}"#),
        ("err-422-immutable", "PATCH", deployment, smp, selector),
        ("err-422-jsonpatch-test", "PATCH", deployment, jp, test),
        ("err-400-body", "PATCH", deployment, smp, r#"{"spec":"#),
        ("err-410-continue", "GET", continued.as_str(), "", ""),
    ];
    for (name, method, path, content_type, body) in table {
        let expected = recorded(name);
        let (status, answer) = client.json(method, path, content_type, body).await;
        assert_eq!((json!(status), answer), (expected["code"].clone(), expected.clone()), "{name}");
    }
    let (status, _) = client.json("PATCH", deployment, "text/plain", "{}").await;
    assert_eq!(status, 415);
    let (status, _) = client.get("/apis/none/v1/things").await;
    assert_eq!(status, 404);
    client.cluster.faults().deny("patch", "deployments/scale", "rec");
    let merge = "application/merge-patch+json";
    let (status, answer) = client.json("PATCH", &scaling, merge, r#"{"spec":{"replicas":2}}"#).await;
    let mut expected = recorded("err-403-scale");
    expected["message"] = json!(expected["message"].as_str().unwrap().replace("nobody", "admin"));
    assert_eq!((status, answer), (403, expected));
    client.cluster.faults().require_token(Some("good"));
    assert_eq!(client.get(service).await, (401, recorded("err-401")));
}

#[tokio::test]
async fn discovery_names_what_the_real_server_names() {
    let mut client = Client::start().await;
    let accept = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json";
    let ours = client.accept("/apis", accept).await;
    let apps = ours["items"].as_array().unwrap().iter().find(|g| g["metadata"]["name"] == "apps").unwrap();
    assert_eq!(*apps, recorded("discovery-apis-apps"));
    let (status, list) = client.get("/apis/apps/v1").await;
    assert_eq!((status, list["kind"].clone()), (200, json!("APIResourceList")));
}

#[tokio::test]
async fn lists_come_in_pages_and_forms() {
    let mut client = Client::start().await;
    let (_, first) = client.get("/api/v1/namespaces/rec/pods?limit=2").await;
    assert_eq!(first["metadata"]["remainingItemCount"], json!(1));
    assert!(first["items"][0].get("kind").is_none() && first["kind"] == "PodList");
    client.cluster.store().delete(resource::PODS, "rec", "web-2", &DeleteOptions::now()).unwrap();
    let token = first["metadata"]["continue"].as_str().unwrap();
    let (_, second) = client.get(&format!("/api/v1/namespaces/rec/pods?limit=2&continue={token}")).await;
    assert_eq!(second["items"][0]["metadata"]["name"], "web-2", "a page shows the list as it was");
    assert_eq!(second["metadata"]["resourceVersion"], first["metadata"]["resourceVersion"]);
    let table = client.accept("/api/v1/pods?includeObject=None", TABLE).await;
    assert_eq!((table["kind"].clone(), table["rows"][0]["object"].clone()), (json!("Table"), Value::Null));
    let table = client.accept("/api/v1/namespaces/rec/services/web", TABLE).await;
    assert_eq!(table["rows"][0]["cells"][1], "ClusterIP");
    assert_eq!(table["rows"][0]["object"]["kind"], "PartialObjectMetadata");
    let partial = client.accept("/api/v1/pods", PARTIAL).await;
    assert!(partial["items"][0]["spec"].is_null() && partial["items"][0]["metadata"]["name"] == "web-0");
    let (status, error) = client.get("/api/v1/pods?resourceVersion=999999").await;
    assert_eq!((status, error["reason"].clone()), (504, json!("Timeout")));
}

#[tokio::test]
async fn long_lists_are_compressed_when_asked() {
    use std::io::Read as _;
    let mut client = Client::start().await;
    for n in 3..500 {
        client.cluster.store().create(resource::PODS, pod(n)).unwrap();
    }
    let request = Request::get("/api/v1/pods").header("accept-encoding", "gzip");
    let answer = client.send(request, "").await.unwrap();
    assert_eq!(answer.headers()["content-encoding"], "gzip");
    let packed = whole(answer).await;
    let mut text = String::new();
    flate2::read::GzDecoder::new(&*packed).read_to_string(&mut text).unwrap();
    let list: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(list["items"].as_array().unwrap().len(), 500);
    let plain = client.send(Request::get("/api/v1/pods"), "").await.unwrap();
    assert!(!plain.headers().contains_key("content-encoding"));
    assert_eq!(whole(plain).await, text.as_bytes());
}

#[tokio::test(start_paused = true)]
async fn a_watch_streams_the_list_then_life_then_bookmarks() {
    let mut client = Client::start().await;
    let path = "/api/v1/namespaces/rec/pods?watch=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true&timeoutSeconds=100";
    let mut lines = client.watch(path).await;
    assert_eq!(lines.types(3).await, ["ADDED"; 3]);
    let end = lines.next().await.unwrap();
    assert_eq!(end["object"]["metadata"]["annotations"]["k8s.io/initial-events-end"], "true");
    let store = client.cluster.store().clone();
    store.delete(resource::PODS, "rec", "web-1", &DeleteOptions::default()).unwrap();
    store.delete(resource::PODS, "rec", "web-1", &DeleteOptions::now()).unwrap();
    assert_eq!(lines.types(2).await, ["MODIFIED", "DELETED"]);
    store.create(resource::CONFIGMAPS, json!({"metadata": {"name": "c", "namespace": "rec"}})).unwrap();
    let bookmark = lines.next().await.unwrap();
    assert_eq!(bookmark["type"], "BOOKMARK");
    assert_eq!(bookmark["object"]["metadata"]["resourceVersion"], json!(store.version().to_string()));
    assert_eq!(lines.types(1).await, ["BOOKMARK"], "one more just before the end");
    assert_eq!(lines.next().await, None);
}

#[tokio::test(start_paused = true)]
async fn a_watch_with_a_selector_sees_objects_come_and_go() {
    let mut client = Client::start().await;
    let version = client.cluster.store().version();
    let path = format!("/api/v1/pods?watch=true&labelSelector=app%3Dweb&resourceVersion={version}");
    let mut lines = client.watch(&path).await;
    let relabel = |label: &'static str| {
        client.cluster.store().update(resource::PODS, "rec", "web-0", move |pod| {
            pod["metadata"]["labels"]["app"] = json!(label);
            Ok(())
        })
    };
    relabel("orphan").unwrap();
    relabel("other").unwrap();
    relabel("web").unwrap();
    assert_eq!(lines.types(2).await, ["DELETED", "ADDED"]);
    client.cluster.store().forget_history();
    let error = lines.next().await.unwrap();
    assert_eq!((error["type"].clone(), error["object"]["code"].clone()), (json!("ERROR"), json!(410)));
    assert_eq!(lines.next().await, None);
    let mut lines = client.watch("/api/v1/namespaces/rec/pods?watch=true&resourceVersion=1").await;
    let (ours, mut theirs) = (lines.next().await.unwrap(), recorded("err-410-watch"));
    theirs["object"]["message"] =
        json!(format!("too old resource version: 1 ({})", client.cluster.store().version()));
    assert_eq!(ours, theirs);
}

#[tokio::test]
async fn writes_can_be_dry_and_deletes_listen_to_their_body() {
    let mut client = Client::start().await;
    let service = "/api/v1/namespaces/rec/services/web";
    let smp = "application/strategic-merge-patch+json";
    let patch = r#"{"spec":{"selector":{"version":"green"}}}"#;
    let before = client.get(service).await;
    let (status, dry) = client.json("PATCH", &format!("{service}?dryRun=All"), smp, patch).await;
    assert_eq!((status, dry["spec"]["selector"]["version"].clone()), (200, json!("green")));
    assert_eq!(client.get(service).await, before);
    let (_, wet) = client.json("PATCH", &format!("{service}?fieldManager=rec"), smp, patch).await;
    assert_eq!(wet["spec"]["selector"], json!({"app": "web", "version": "green"}));
    assert_eq!(wet["metadata"]["managedFields"][0]["manager"], "rec");
    let (status, _) = client.json("PATCH", &format!("{service}?dryRun=yes"), smp, patch).await;
    assert_eq!(status, 400);

    let scale = "/apis/apps/v1/namespaces/rec/deployments/web/scale";
    let merge = "application/merge-patch+json";
    let (_, scaled) = client.json("PATCH", scale, merge, r#"{"spec":{"replicas":2}}"#).await;
    let expected = recorded("scale-patch");
    assert_eq!((&scaled["spec"], &scaled["status"]), (&expected["spec"], &expected["status"]));
    let (status, error) = client.json("PATCH", scale, merge, r#"{"spec":{"replicas":-2}}"#).await;
    assert_eq!((status, error["reason"].clone()), (422, json!("Invalid")));

    let body = r#"{"dryRun":["All"]}"#;
    let (status, _) = client.json("DELETE", service, "application/json", body).await;
    assert_eq!((status, client.get(service).await.0), (200, 200));
    let body = r#"{"preconditions":{"uid":"another"}}"#;
    assert_eq!(client.json("DELETE", service, "application/json", body).await.0, 409);
    let dry_in_query = format!("{service}?dryRun=All");
    let body = r#"{"propagationPolicy":"Background"}"#;
    client.json("DELETE", &dry_in_query, "application/json", body).await;
    assert_eq!(client.get(service).await.0, 404, "beside a body the query is ignored");
}

#[tokio::test]
async fn evictions_ask_the_budget() {
    let mut client = Client::start().await;
    let budget = json!({"metadata": {"name": "web", "namespace": "rec"}, "spec": {"minAvailable": 3,
        "selector": {"matchLabels": {"app": "web"}}}, "status": {"disruptionsAllowed": 0, "desiredHealthy": 3, "currentHealthy": 3}});
    client.cluster.store().create(resource::PDBS, budget).unwrap();
    let path = "/api/v1/namespaces/rec/pods/web-0/eviction";
    let body = r#"{"apiVersion":"policy/v1","kind":"Eviction","metadata":{"name":"web-0"}}"#;
    let (status, refused) = client.json("POST", path, "application/json", body).await;
    assert_eq!((status, refused["reason"].clone()), (429, json!("TooManyRequests")));
    client.cluster.store().delete(resource::PDBS, "rec", "web", &DeleteOptions::now()).unwrap();
    assert_eq!(client.json("POST", path, "application/json", body).await.0, 201);
}

#[tokio::test(start_paused = true)]
async fn faults_change_answers() {
    let mut client = Client::start().await;
    let faults = client.cluster.faults().clone();
    let pods = "/api/v1/namespaces/rec/pods";
    for code in [401, 403, 404, 409, 410, 500, 503, 504] {
        let rule = faults.add("GET", "/pods", Some(1), Fault::status(code));
        assert_eq!(client.get(pods).await.0, code);
        assert_eq!((client.get(pods).await.0, faults.fired(rule)), (200, 1));
    }
    let busy = Fault::Status { code: 429, retry_after: Some(2), after_work: false };
    faults.add("", "", None, busy);
    let answer = client.send(Request::get(pods), "").await.unwrap();
    assert_eq!((answer.status().as_u16(), answer.headers()["retry-after"].to_str().unwrap()), (429, "2"));
    drop(whole(answer).await);
    faults.clear();
    let done = Fault::Status { code: 504, retry_after: None, after_work: true };
    faults.add("DELETE", "", Some(1), done);
    assert_eq!(client.json("DELETE", "/api/v1/namespaces/rec/services/web", "", "").await.0, 504);
    assert_eq!(client.get("/api/v1/namespaces/rec/services/web").await.0, 404, "the work was done");
    faults.add("GET", "", Some(1), Fault::Delay(Duration::from_secs(7)));
    let start = tokio::time::Instant::now();
    client.get(pods).await;
    assert_eq!(start.elapsed().as_secs(), 7);
    faults.add("GET", "", Some(1), Fault::Drip(100, Duration::from_secs(1)));
    let (_, list) = client.get(pods).await;
    assert!(start.elapsed().as_secs() > 10 && list["items"].as_array().unwrap().len() == 3);
}

#[tokio::test(start_paused = true)]
async fn faults_change_connections() {
    let mut client = Client::start().await;
    let faults = client.cluster.faults().clone();
    let pods = "/api/v1/namespaces/rec/pods";
    let patience = Duration::from_mins(1);
    faults.add("GET", "", Some(1), Fault::CutAfter(50));
    let answer = client.send(Request::get(pods), "").await.unwrap();
    assert!(answer.into_body().collect().await.is_err());
    faults.add("GET", "", Some(1), Fault::StallAfter(50));
    client.sender = Client::open(&client.cluster).await;
    let answer = client.send(Request::get(pods), "").await.unwrap();
    assert!(tokio::time::timeout(patience, answer.into_body().collect()).await.is_err());
    faults.add("GET", "", Some(1), Fault::Hang);
    client.sender = Client::open(&client.cluster).await;
    assert!(tokio::time::timeout(patience, client.send(Request::get(pods), "")).await.is_err());

    client.sender = Client::open(&client.cluster).await;
    client.get(pods).await;
    faults.silence(true);
    let silent = client.sender.send_request(Request::get(pods).body(Full::default()).unwrap());
    let mut silent = Box::pin(silent);
    assert!(tokio::time::timeout(patience, &mut silent).await.is_err());
    faults.silence(false);
    assert_eq!(silent.await.unwrap().status(), 200);

    let mut lines = client.watch("/api/v1/pods?watch=true").await;
    lines.types(3).await;
    faults.silence_open();
    client.cluster.store().delete(resource::PODS, "rec", "web-0", &DeleteOptions::now()).unwrap();
    assert!(tokio::time::timeout(patience, lines.next()).await.is_err());
    client.sender = Client::open(&client.cluster).await;
    assert_eq!(client.get(pods).await.0, 200, "new connections work");
    faults.cut_all();
    assert_eq!(lines.next().await, None);
    faults.refuse(true);
    let mut sender = Client::open(&client.cluster).await;
    assert!(sender.send_request(Request::get(pods).body(Full::default()).unwrap()).await.is_err());
}

#[tokio::test]
async fn requests_are_remembered() {
    let mut client = Client::start().await;
    client.json("PATCH", "/api/v1/namespaces/rec/services/web", "application/merge-patch+json", "{}").await;
    let requests = client.cluster.requests();
    let last = requests.last().unwrap();
    assert_eq!((last.method.as_str(), last.body.as_ref()), ("PATCH", b"{}".as_slice()));
    assert_eq!(last.content_type, "application/merge-patch+json");
}
