//! A namespace of one test on the real server, and what the test does there as somebody else, past the program.

// The other side of the tests, which writes; the program's own clients only read.
#![allow(clippy::disallowed_methods, reason = "the test plays everybody else in the cluster")]

use std::future::Future;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use dogwatch::cluster::ConnectOptions;
use dogwatch::model::record::Kind;
use http::{Method, Request};
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::{Client, Config};
use serde_json::{Value, json};

/// Names the kubeconfig of a server that may be used for tests.
pub const VARIABLE: &str = "DOGWATCH_LIVE_KUBECONFIG";

/// Pods of the tests belong to no scheduler, so nothing but the test writes their status.
const NO_SCHEDULER: &str = "dogwatch-live-nobody";

/// A test's place on the server.
#[derive(Clone)]
pub struct Stage {
    /// Its namespace.
    pub name: String,
    kubeconfig: PathBuf,
    client: Client,
    namespaces: Arc<Mutex<Vec<String>>>,
}

/// Runs a test in a namespace of its own, and removes the namespace whatever happens. Skips without a server.
pub async fn on_stage<F: Future<Output = ()> + Send + 'static>(test: impl FnOnce(Stage) -> F) {
    let Some(stage) = Stage::open().await else {
        eprintln!("live: skipped, {VARIABLE} is not set");
        return;
    };
    let outcome = tokio::spawn(test(stage.clone())).await;
    let namespaces = stage.namespaces.lock().unwrap().clone();
    for name in namespaces {
        stage.delete(&format!("/api/v1/namespaces/{name}")).await;
    }
    if let Err(failure) = outcome {
        std::panic::resume_unwind(failure.into_panic());
    }
}

/// Does something so many times, a few at once.
pub async fn each<F: Future<Output = ()> + Send + 'static>(times: usize, mut one: impl FnMut(usize) -> F) {
    use futures::StreamExt as _;
    futures::stream::iter(0..times)
        .map(|at| tokio::spawn(one(at)))
        .buffer_unordered(8)
        .for_each(|done| async {
            done.unwrap();
        })
        .await;
}

impl Stage {
    /// The kubeconfig of the server, if there is one.
    pub fn kubeconfig() -> Option<PathBuf> {
        std::env::var_os(VARIABLE).filter(|path| !path.is_empty()).map(PathBuf::from)
    }

    async fn open() -> Option<Self> {
        let kubeconfig = Self::kubeconfig()?;
        // Only ring is compiled in; another test having installed it is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let read = Kubeconfig::read_from(&kubeconfig).unwrap();
        let config = Config::from_custom_kubeconfig(read, &KubeConfigOptions::default()).await.unwrap();
        let client = Client::try_from(config).unwrap();
        let stage = Self { name: String::new(), kubeconfig, client, namespaces: Arc::default() };
        let name = stage.another().await;
        Some(Self { name, ..stage })
    }

    /// One more namespace, removed with the others.
    pub async fn another(&self) -> String {
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
        let taken = self.namespaces.lock().unwrap().len();
        let thread = format!("{:?}", std::thread::current().id());
        let thread: String = thread.chars().filter(char::is_ascii_digit).collect();
        let name = format!("dogwatch-live-{}-{}{thread}{taken}", std::process::id(), since.subsec_nanos());
        self.namespaces.lock().unwrap().push(name.clone());
        self.post("/api/v1/namespaces", json!({"metadata": {"name": name}})).await;
        name
    }

    /// How the program connects.
    pub fn options(&self) -> ConnectOptions {
        ConnectOptions {
            kubeconfig: Some(self.kubeconfig.clone()),
            namespace: Some(self.name.clone()),
            ..ConnectOptions::default()
        }
    }

    async fn send(&self, method: Method, path: &str, sort: &str, body: &Value) -> Result<Value, kube::Error> {
        let body = if body.is_null() { Vec::new() } else { serde_json::to_vec(body).unwrap() };
        let request = Request::builder().method(method).uri(path).header("content-type", sort).body(body);
        self.client.request(request.unwrap()).await
    }

    /// Reads.
    pub async fn get(&self, path: &str) -> Value {
        let got = self.send(Method::GET, path, "application/json", &Value::Null).await;
        got.unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    /// The server's table of a collection, as kubectl asks for it.
    pub async fn table(&self, path: &str) -> Value {
        let accept = "application/json;as=Table;v=v1;g=meta.k8s.io";
        let path = format!("{path}?includeObject=Metadata");
        let request = Request::get(path).header("accept", accept).body(Vec::new()).unwrap();
        self.client.request(request).await.unwrap()
    }

    /// Makes an object; the answer is what it became.
    pub async fn post(&self, path: &str, object: Value) -> Value {
        // A new namespace has no service account yet, and servers have bad moments: both pass.
        for _ in 0..50 {
            match self.send(Method::POST, path, "application/json", &object).await {
                Ok(made) => return made,
                Err(kube::Error::Api(status)) if status.code == 403 || status.code >= 500 => {
                    tokio::time::sleep(Duration::from_millis(200)).await;
                }
                Err(error) => panic!("{path}: {error}"),
            }
        }
        panic!("{path}: refused for ten seconds");
    }

    async fn patch(&self, path: &str, sort: &str, change: Value) {
        let done = self.send(Method::PATCH, path, sort, &change).await;
        done.unwrap_or_else(|error| panic!("{path}: {error}"));
    }

    /// Deletes at once.
    pub async fn delete(&self, path: &str) {
        let path = format!("{path}?gracePeriodSeconds=0&propagationPolicy=Background");
        if let Err(error) = self.send(Method::DELETE, &path, "application/json", &Value::Null).await {
            eprintln!("live: not deleted: {path}: {error}");
        }
    }

    /// The collection of a kind on this stage.
    pub fn path(&self, kind: Kind) -> String {
        dogwatch::model::resource::Resource::from(kind).collection(Some(&self.name))
    }

    /// A pod that nothing but the test changes; answers its UID.
    pub async fn pod(&self, name: &str, labels: Value) -> String {
        self.pod_in(&self.name, name, labels).await
    }

    /// The same in another namespace.
    pub async fn pod_in(&self, namespace: &str, name: &str, labels: Value) -> String {
        let pod = json!({"metadata": {"name": name, "labels": labels}, "spec": unscheduled()});
        let made = self.post(&format!("/api/v1/namespaces/{namespace}/pods"), pod).await;
        made["metadata"]["uid"].as_str().unwrap().to_owned()
    }

    /// A pod with a specification and a status of its own.
    pub async fn pod_like(&self, name: &str, spec: Value, status: Value) {
        let mut whole = unscheduled();
        whole.as_object_mut().unwrap().extend(spec.as_object().unwrap().clone());
        self.post(&self.path(Kind::Pod), json!({"metadata": {"name": name}, "spec": whole})).await;
        self.pod_status(name, status).await;
    }

    /// A pod that whoever runs pods here should run; the simplest image there is. It talks, and answers on port 8080.
    pub async fn run_pod(&self, name: &str, labels: Value) {
        let script = "mkdir -p /www; echo hello > /www/index.html; httpd -p 8080 -h /www; \
                      while true; do echo hello from the pod; sleep 1; done";
        let container = json!({"name": "main", "image": "busybox", "command": ["sh", "-c", script],
            "ports": [{"containerPort": 8080}]});
        let pod = json!({"metadata": {"name": name, "labels": labels}, "spec": {"containers": [container]}});
        self.post(&self.path(Kind::Pod), pod).await;
    }

    /// Whether a pod comes to run here: false only where nobody runs pods, which is said.
    pub async fn runs(&self, name: &str) -> bool {
        let nodes = self.get(&self.path(Kind::Node)).await;
        let ready = |condition: &Value| condition["type"] == "Ready" && condition["status"] == "True";
        let works =
            |node: &Value| node["status"]["conditions"].as_array().is_some_and(|all| all.iter().any(ready));
        if !nodes["items"].as_array().unwrap().iter().any(works) {
            eprintln!("live: no kubelet runs pods here, so what needs pod {name} was not tried");
            return false;
        }
        let mut last = Value::Null;
        for _ in 0..600 {
            let pod = self.get(&format!("{}/{name}", self.path(Kind::Pod))).await;
            if pod["status"]["phase"] == "Running" {
                return true;
            }
            last = pod["status"].clone();
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        panic!("{name} does not run after two minutes, though there are nodes: {last}");
    }

    /// Plays the kubelet.
    pub async fn pod_status(&self, name: &str, status: Value) {
        let path = format!("{}/{name}/status", self.path(Kind::Pod));
        self.patch(&path, "application/merge-patch+json", json!({"status": status})).await;
    }

    /// A deployment whose pods nobody runs.
    pub async fn deployment(&self, name: &str, image: &str, replicas: u32) {
        let mut spec = unscheduled();
        spec["containers"][0]["image"] = json!(image);
        let template = json!({"metadata": {"labels": {"app": name}}, "spec": spec});
        let spec =
            json!({"replicas": replicas, "selector": {"matchLabels": {"app": name}}, "template": template});
        self.post(&self.path(Kind::Deployment), json!({"metadata": {"name": name}, "spec": spec})).await;
    }

    /// Gives a deployment another image.
    pub async fn image(&self, name: &str, image: &str) {
        let path = format!("{}/{name}", self.path(Kind::Deployment));
        let change =
            json!({"spec": {"template": {"spec": {"containers": [{"name": "main", "image": image}]}}}});
        self.patch(&path, "application/strategic-merge-patch+json", change).await;
    }

    /// A ReplicaSet that belongs to nothing.
    pub async fn replica_set(&self, name: &str) {
        let template = json!({"metadata": {"labels": {"app": name}}, "spec": unscheduled()});
        let spec = json!({"replicas": 0, "selector": {"matchLabels": {"app": name}}, "template": template});
        self.post(&self.path(Kind::ReplicaSet), json!({"metadata": {"name": name}, "spec": spec})).await;
    }

    /// A service.
    pub async fn service(&self, name: &str, selector: Value) {
        let ports = json!([{"name": "http", "port": 80}, {"name": "dns", "port": 53, "protocol": "UDP"}]);
        let spec = json!({"selector": selector, "ports": ports});
        self.post(&self.path(Kind::Service), json!({"metadata": {"name": name}, "spec": spec})).await;
    }

    /// Gives a service another selector.
    pub async fn select(&self, name: &str, selector: Value) {
        let path = format!("{}/{name}", self.path(Kind::Service));
        self.patch(&path, "application/merge-patch+json", json!({"spec": {"selector": selector}})).await;
    }

    /// A slice of endpoints.
    pub async fn endpoint_slice(&self, name: &str, service: &str) {
        let labels = json!({"kubernetes.io/service-name": service});
        let slice = json!({"metadata": {"name": name, "labels": labels}, "addressType": "IPv4",
            "endpoints": [{"addresses": ["10.9.8.7"], "conditions": {"ready": true}}],
            "ports": [{"name": "http", "port": 80}]});
        self.post(&self.path(Kind::EndpointSlice), slice).await;
    }

    /// An event about a pod.
    pub async fn event(&self, name: &str, pod: &str) {
        let object = json!({"kind": "Pod", "namespace": self.name, "name": pod, "apiVersion": "v1"});
        let event = json!({"metadata": {"name": name}, "involvedObject": object, "type": "Warning",
            "reason": "Tested", "message": "by a test", "count": 3,
            "firstTimestamp": "2026-01-02T03:04:05Z", "lastTimestamp": "2026-01-02T03:05:05Z"});
        self.post(&self.path(Kind::Event), event).await;
    }

    /// A service account that may read pods here, and nothing else; answers its user name.
    pub async fn user_who_reads_pods(&self) -> String {
        let name = &self.name;
        self.post(
            &format!("/api/v1/namespaces/{name}/serviceaccounts"),
            json!({"metadata": {"name": "reader"}}),
        )
        .await;
        let base = format!("/apis/rbac.authorization.k8s.io/v1/namespaces/{name}");
        let rules = json!([{"apiGroups": [""], "resources": ["pods"], "verbs": ["get", "list", "watch"]}]);
        self.post(&format!("{base}/roles"), json!({"metadata": {"name": "pods"}, "rules": rules})).await;
        let role = json!({"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "pods"});
        let subjects = json!([{"kind": "ServiceAccount", "name": "reader", "namespace": name}]);
        let binding = json!({"metadata": {"name": "pods"}, "roleRef": role, "subjects": subjects});
        self.post(&format!("{base}/rolebindings"), binding).await;
        format!("system:serviceaccount:{name}:reader")
    }
}

fn unscheduled() -> Value {
    json!({"schedulerName": NO_SCHEDULER, "containers": [{"name": "main", "image": "app:v1"}]})
}

/// A container's status.
pub fn container(name: &str, restarts: u32, ready: bool, state: &Value) -> Value {
    json!({"name": name, "image": "app:v1", "imageID": "x", "restartCount": restarts, "ready": ready,
        "started": ready, "state": state})
}

/// The status of a pod that crashes again and again.
pub fn crashing(restarts: u32) -> Value {
    let waiting = json!({"waiting": {"reason": "CrashLoopBackOff", "message": "back-off 10s restarting"}});
    json!({"phase": "Running", "containerStatuses": [container("main", restarts, false, &waiting)]})
}

/// The status of a pod that is well.
pub fn running() -> Value {
    let running = json!({"running": {"startedAt": "2026-01-02T03:04:05Z"}});
    json!({"phase": "Running", "podIP": "10.1.2.3", "podIPs": [{"ip": "10.1.2.3"}],
        "conditions": [{"type": "Ready", "status": "True"}],
        "containerStatuses": [container("main", 0, true, &running)]})
}
