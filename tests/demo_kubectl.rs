//! The real kubectl against the embedded cluster over TCP: what it prints and what it leaves behind.
//!
//! Without kubectl on the PATH the tests say so and pass.

// Helpers of tests may unwrap as tests do; the lint only knows test functions.
#![allow(clippy::unwrap_used)]

use std::io::Write as _;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::Stdio;

use dogwatch::demo::store::{DeleteOptions, text_at};
use dogwatch::demo::{Clock, Cluster, Options, resource};
use serde_json::{Value, json};
use tokio::process::Command;

struct Kubectl {
    cluster: Cluster,
    home: tempfile::TempDir,
}

struct Said {
    out: String,
    err: String,
    ok: bool,
}

impl Kubectl {
    async fn start() -> Option<Self> {
        let found = std::process::Command::new("kubectl").args(["version", "--client"]).output();
        if !found.is_ok_and(|output| output.status.success()) {
            println!("skipped: there is no kubectl on the PATH");
            return None;
        }
        let cluster = Cluster::empty(Clock::wall(), 1);
        fill(&cluster);
        Some(Self::with(cluster).await)
    }

    async fn with(cluster: Cluster) -> Self {
        let addr = cluster.listen(SocketAddr::from(([127, 0, 0, 1], 0))).await.unwrap();
        let home = tempfile::tempdir().unwrap();
        std::fs::write(home.path().join("config"), Cluster::kubeconfig(addr)).unwrap();
        Self { cluster, home }
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new("kubectl");
        command.args(args).stdin(Stdio::null()).kill_on_drop(true);
        command.env("KUBECONFIG", self.home.path().join("config")).env("HOME", self.home.path());
        command
    }

    async fn run(&self, line: &str) -> Said {
        self.run_args(&words(line)).await
    }

    async fn run_args(&self, args: &[&str]) -> Said {
        let output = self.command(args).output().await.unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        Said { out: text(output.stdout), err: text(output.stderr), ok: output.status.success() }
    }

    /// Runs a command that must work and whose output must contain some texts.
    async fn says(&self, line: &str, texts: &[&str]) -> String {
        self.says_args(&words(line), texts).await
    }

    async fn says_args(&self, args: &[&str], texts: &[&str]) -> String {
        let said = self.run_args(args).await;
        assert!(said.ok, "kubectl {args:?} failed: {}{}", said.out, said.err);
        for text in texts {
            assert!(
                said.out.contains(text),
                "kubectl {args:?} did not say {text:?}:\n{}{}",
                said.out,
                said.err
            );
        }
        said.out
    }

    fn object(&self, res: &'static resource::Resource, name: &str) -> Value {
        self.cluster.store().get(res, "production", name).unwrap().value()
    }

    fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.home.path().join(name);
        std::fs::File::create(&path).unwrap().write_all(text.as_bytes()).unwrap();
        path
    }
}

fn words(line: &str) -> Vec<&str> {
    line.split_whitespace().collect()
}

fn template(version: &str, hash: Option<&str>) -> Value {
    let mut labels = json!({"app": "web", "version": version});
    if let Some(hash) = hash {
        labels["pod-template-hash"] = json!(hash);
    }
    json!({"metadata": {"labels": labels}, "spec": {"containers": [{"name": "web", "image": format!("web:{version}"),
        "ports": [{"name": "http", "containerPort": 8080}]}]}})
}

/// One Deployment with two revisions, three pods, a service with its endpoints, a node and an event.
fn fill(cluster: &Cluster) {
    let store = cluster.store();
    let now = store.clock().stamp();
    let put = |res, value: Value| store.create(res, value).unwrap();
    put(resource::NAMESPACES, json!({"metadata": {"name": "production"}}));
    put(
        resource::NODES,
        json!({"metadata": {"name": "n-01", "labels": {"node-role.kubernetes.io/worker": ""}},
        "status": {"conditions": [{"type": "Ready", "status": "True"}], "nodeInfo": {"kubeletVersion": "v1.36.2"}}}),
    );
    let deployment = put(
        resource::DEPLOYMENTS,
        json!({
        "metadata": {"name": "web", "namespace": "production", "labels": {"app": "web"},
            "annotations": {"deployment.kubernetes.io/revision": "2", "kubernetes.io/change-cause": "image v2"}},
        "spec": {"replicas": 3, "selector": {"matchLabels": {"app": "web"}}, "template": template("v2", None)},
        "status": {"observedGeneration": 1, "replicas": 3, "updatedReplicas": 3, "readyReplicas": 3, "availableReplicas": 3,
            "conditions": [{"type": "Available", "status": "True"}, {"type": "Progressing", "status": "True",
                "reason": "NewReplicaSetAvailable"}]}}),
    );
    let mut owner = String::new();
    for (revision, version, replicas) in [("1", "v1", 0), ("2", "v2", 3)] {
        let mut template = template(version, Some(version));
        template["metadata"]["labels"]["pod-template-hash"] = json!(version);
        let set = put(
            resource::REPLICASETS,
            json!({
            "metadata": {"name": format!("web-{version}"), "namespace": "production",
                "labels": template["metadata"]["labels"],
                "annotations": {"deployment.kubernetes.io/revision": revision,
                    "kubernetes.io/change-cause": format!("image {version}")},
                "ownerReferences": [{"apiVersion": "apps/v1", "kind": "Deployment", "name": "web",
                    "uid": deployment.uid, "controller": true, "blockOwnerDeletion": true}]},
            "spec": {"replicas": replicas, "selector": {"matchLabels": {"app": "web", "pod-template-hash": version}},
                "template": template},
            "status": {"replicas": replicas, "readyReplicas": replicas}}),
        );
        owner = set.uid.to_string();
    }
    for n in 0..3 {
        let name = format!("web-v2-{n}");
        put(
            resource::PODS,
            json!({
            "metadata": {"name": name, "namespace": "production",
                "labels": {"app": "web", "version": "v2", "pod-template-hash": "v2"},
                "ownerReferences": [{"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "web-v2",
                    "uid": owner, "controller": true}]},
            "spec": {"nodeName": "n-01", "containers": template("v2", None)["spec"]["containers"]},
            "status": {"phase": "Running", "podIP": format!("10.0.0.{n}"), "podIPs": [{"ip": format!("10.0.0.{n}")}],
                "startTime": now, "conditions": [{"type": "Ready", "status": "True"}],
                "containerStatuses": [{"name": "web", "ready": true, "started": true, "restartCount": 0,
                    "image": "web:v2", "imageID": "", "state": {"running": {"startedAt": now}}}]}}),
        );
    }
    put(
        resource::SERVICES,
        json!({"metadata": {"name": "web", "namespace": "production"},
        "spec": {"selector": {"app": "web", "version": "v2"}, "ports": [{"port": 80, "targetPort": "http"}]}}),
    );
    put(
        resource::ENDPOINTSLICES,
        json!({"metadata": {"name": "web-x1", "namespace": "production",
        "labels": {"kubernetes.io/service-name": "web"}}, "addressType": "IPv4",
        "ports": [{"name": "", "port": 8080, "protocol": "TCP"}],
        "endpoints": [{"addresses": ["10.0.0.1"], "conditions": {"ready": true}}]}),
    );
    put(
        resource::EVENTS,
        json!({"metadata": {"name": "web.1", "namespace": "production"}, "type": "Normal",
        "reason": "ScalingReplicaSet", "message": "Scaled up replica set web-v2 to 3", "count": 1,
        "firstTimestamp": now, "lastTimestamp": now, "source": {"component": "deployment-controller"},
        "involvedObject": {"kind": "Deployment", "namespace": "production", "name": "web", "apiVersion": "apps/v1",
            "uid": deployment.uid}}),
    );
    store.forget_history();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn kubectl_reads() {
    let Some(kubectl) = Kubectl::start().await else { return };
    let table: &[(&str, &[&str])] = &[
        ("get pods", &["NAME       READY   STATUS    RESTARTS   AGE", "web-v2-0   1/1     Running   0"]),
        ("get pods -o wide", &["NOMINATED NODE   READINESS GATES", "10.0.0.1", "n-01"]),
        (
            "get deploy,rs,svc,ep,endpointslices",
            &["deployment.apps/web", "3/3", "replicaset.apps/web-v1", "service/web"],
        ),
        ("get pods -A", &["NAMESPACE", "production"]),
        ("get all", &["pod/web-v2-0", "service/web", "deployment.apps/web", "replicaset.apps/web-v2"]),
        ("get deploy web -o yaml", &["kind: Deployment", "maxSurge: 25%"]),
        ("get pods -o name", &["pod/web-v2-0\npod/web-v2-1\npod/web-v2-2"]),
        ("get pods -o jsonpath={.items[*].metadata.name}", &["web-v2-0 web-v2-1 web-v2-2"]),
        ("get pods -l app=web,version!=v1 -o name", &["pod/web-v2-0"]),
        ("get rs -l pod-template-hash -o name", &["replicaset.apps/web-v1"]),
        ("get pods --field-selector spec.nodeName=n-01,metadata.name=web-v2-1 -o name", &["pod/web-v2-1\n"]),
        ("get pods --show-labels --sort-by=.metadata.name", &["app=web,pod-template-hash=v2,version=v2"]),
        ("get pods --chunk-size=2 -o name", &["pod/web-v2-2"]),
        ("get nodes", &["n-01", "Ready", "worker", "v1.36.2"]),
        ("get ns", &["production", "Active"]),
        ("get events", &["ScalingReplicaSet", "deployment/web"]),
        ("events --for deployment/web", &["Scaled up replica set web-v2 to 3"]),
        (
            "describe deployment web",
            &[
                "RollingUpdateStrategy:  25% max unavailable, 25% max surge",
                "NewReplicaSet:   web-v2 (3/3 replicas created)",
                "ScalingReplicaSet",
            ],
        ),
        ("describe pod web-v2-0", &["Controlled By:  ReplicaSet/web-v2", "Image:          web:v2"]),
        ("describe svc web", &["Endpoints:                10.0.0.1:8080"]),
        ("describe node n-01", &["Non-terminated Pods:          (3 in total)"]),
        ("describe ns production", &["Status:       Active"]),
        ("rollout status deployment/web", &["deployment \"web\" successfully rolled out"]),
        ("rollout history deployment/web", &["1         image v1", "2         image v2"]),
        ("rollout history deployment/web --revision=1", &["Image:\tweb:v1"]),
        ("logs web-v2-0", &["starting web:v2"]),
        ("logs deploy/web --all-containers --timestamps --tail=1", &["Z "]),
        ("auth can-i delete pods", &["yes"]),
        ("auth can-i --list", &["*.*"]),
        ("auth whoami", &["admin"]),
        ("api-resources", &["deployments", "deploy", "apps/v1", "endpointslices"]),
        ("api-versions", &["apps/v1", "autoscaling/v2"]),
        ("version", &["Server Version: v1.36.2"]),
        ("cluster-info", &["is running at"]),
        ("get --raw /readyz", &["ok"]),
        ("wait --for=condition=Available deploy/web --timeout=5s", &["condition met"]),
    ];
    for (line, texts) in table {
        kubectl.says(line, texts).await;
    }
    let said = kubectl.run("get pods nope").await;
    assert_eq!(said.err, "Error from server (NotFound): pods \"nope\" not found\n");
    let selected = kubectl.says("get pods -l version=v1", &[]).await;
    assert_eq!(selected, "");
    kubectl.cluster.faults().deny("patch", "deployments/scale", "");
    let said = kubectl.run("auth can-i patch deployments --subresource=scale").await;
    let asked = kubectl.cluster.requests().into_iter().rfind(|r| r.method == "POST");
    assert_eq!(said.out, "no\n", "{asked:?}");
    let said = kubectl.run("scale deploy/web --replicas=2").await;
    assert!(said.err.contains("User \"admin\" cannot patch resource \"deployments/scale\" in API group \"apps\" in the namespace \"production\""), "{}", said.err);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn kubectl_changes() {
    let Some(kubectl) = Kubectl::start().await else { return };
    let spec = |pointer: &str| {
        kubectl.object(resource::DEPLOYMENTS, "web").pointer(pointer).cloned().unwrap_or(Value::Null)
    };
    kubectl.says("scale deploy/web --replicas=5", &["deployment.apps/web scaled"]).await;
    assert_eq!((spec("/spec/replicas"), spec("/metadata/generation")), (json!(5), json!(2)));
    kubectl.says("scale deploy/web --replicas=4 --current-replicas=5", &["scaled"]).await;
    kubectl.says("scale deploy/web --replicas=9 --dry-run=server", &["scaled (server dry run)"]).await;
    assert_eq!(spec("/spec/replicas"), json!(4));
    kubectl.says("set image deploy/web web=web:v3", &["image updated"]).await;
    assert_eq!(spec("/spec/template/spec/containers/0/image"), json!("web:v3"));
    assert_eq!(spec("/spec/template/spec/containers/0/ports/0/containerPort"), json!(8080));
    kubectl.says("rollout pause deploy/web", &["paused"]).await;
    assert_eq!(spec("/spec/paused"), json!(true));
    kubectl.says("rollout resume deploy/web", &["resumed"]).await;
    assert_eq!(spec("/spec/paused"), Value::Null);
    kubectl.says("rollout restart deploy/web", &["restarted"]).await;
    assert!(spec("/spec/template/metadata/annotations/kubectl.kubernetes.io~1restartedAt").is_string());
    kubectl.says("rollout undo deploy/web --to-revision=1", &["rolled back"]).await;
    assert_eq!(spec("/spec/template/spec/containers/0/image"), json!("web:v1"));
    assert_eq!(spec("/metadata/annotations/kubernetes.io~1change-cause"), json!("image v1"));
    assert_eq!(spec("/spec/template/metadata/labels/pod-template-hash"), Value::Null);
    kubectl.says("label deploy web tier=front", &["labeled"]).await;
    assert_eq!(spec("/metadata/labels/tier"), json!("front"));
    kubectl.says("label deploy web tier-", &["unlabeled"]).await;
    assert_eq!(spec("/metadata/labels/tier"), Value::Null);
    kubectl.says("annotate deploy web who=me", &["annotated"]).await;
    let service = |pointer: &str| text_at(&kubectl.object(resource::SERVICES, "web"), pointer).to_owned();
    kubectl
        .says_args(&["patch", "svc", "web", "-p", r#"{"spec":{"selector":{"version":"v1"}}}"#], &["patched"])
        .await;
    assert_eq!(
        (service("/spec/selector/version"), service("/spec/selector/app")),
        ("v1".into(), "web".into())
    );
    kubectl.says("set selector svc web app=web", &["selector updated"]).await;
    assert_eq!(service("/spec/selector/version"), "");
    let merge = r#"{"spec":{"selector":{"version":"v2"}}}"#;
    kubectl
        .says_args(&["patch", "svc", "web", "--type=merge", "--dry-run=server", "-p", merge], &["patched"])
        .await;
    assert_eq!(service("/spec/selector/version"), "");
    let failing = r#"[{"op":"test","path":"/metadata/resourceVersion","value":"1"}]"#;
    let said = kubectl.run_args(&["patch", "svc", "web", "--type=json", "-p", failing]).await;
    assert!(
        said.err.contains(
            "The request is invalid: the server rejected our request due to an error in our request"
        ),
        "{}",
        said.err
    );
    let said = kubectl.run_args(&["patch", "deploy", "web", "-p", r#"{"spec":{"replicas":-1}}"#]).await;
    assert!(
        said.err.contains("spec.replicas: Invalid value: -1: must be greater than or equal to 0"),
        "{}",
        said.err
    );
    let said = kubectl.run("label svc web a=b --resource-version=1").await;
    assert!(said.err.contains("the object has been modified"), "{}", said.err);
    let writers = spec("/metadata/managedFields");
    let names: Vec<(&str, &str)> = writers
        .as_array()
        .unwrap()
        .iter()
        .map(|e| (text_at(e, "/manager"), text_at(e, "/subresource")))
        .collect();
    // The undo replaced what the restart had written: its manager owns nothing any more.
    assert_eq!(names, [("kubectl", "scale"), ("kubectl", ""), ("kubectl-annotate", "")]);
}

const MANIFEST: &str = "
apiVersion: v1
kind: ConfigMap
metadata: {name: made, namespace: production}
data: {a: '1', b: '2'}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: made, namespace: production}
spec:
  replicas: 2
  selector: {matchLabels: {app: made}}
  template:
    metadata: {labels: {app: made}}
    spec: {containers: [{name: c, image: 'c:1'}]}
";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn kubectl_makes_and_deletes() {
    let Some(kubectl) = Kubectl::start().await else { return };
    let file = kubectl.file("made.yaml", MANIFEST);
    let path = file.to_str().unwrap();
    kubectl
        .says_args(&["apply", "-f", path], &["configmap/made created", "deployment.apps/made created"])
        .await;
    kubectl.file("made.yaml", &MANIFEST.replace(", b: '2'", "").replace("c:1", "c:2"));
    kubectl
        .says_args(&["apply", "-f", path], &["configmap/made configured", "deployment.apps/made configured"])
        .await;
    assert_eq!(kubectl.object(resource::CONFIGMAPS, "made")["data"], json!({"a": "1"}));
    assert_eq!(
        kubectl.object(resource::DEPLOYMENTS, "made")["spec"]["template"]["spec"]["containers"][0]["image"],
        "c:2"
    );
    kubectl
        .says_args(&["apply", "-f", path], &["configmap/made unchanged", "deployment.apps/made unchanged"])
        .await;
    kubectl
        .says_args(&["apply", "--server-side", "--force-conflicts", "-f", path], &["serverside-applied"])
        .await;
    kubectl.says_args(&["diff", "-f", path], &[]).await;
    kubectl
        .says_args(
            &["delete", "-f", path],
            &["configmap \"made\" deleted", "deployment.apps \"made\" deleted"],
        )
        .await;
    assert!(kubectl.cluster.store().get(resource::CONFIGMAPS, "production", "made").is_none());
    kubectl.says("create configmap c --from-literal=k=v", &["configmap/c created"]).await;
    let said = kubectl.run("create configmap c --from-literal=k=v").await;
    assert!(said.err.contains("configmaps \"c\" already exists"), "{}", said.err);
    kubectl.says("create deployment d --image=d:1 --replicas=2", &["deployment.apps/d created"]).await;
    kubectl.says("create ns fresh", &["namespace/fresh created"]).await;
    kubectl.says("delete ns fresh", &["namespace \"fresh\" deleted"]).await;
    kubectl.says("delete svc web --dry-run=server", &["deleted (server dry run)"]).await;
    assert!(kubectl.cluster.store().get(resource::SERVICES, "production", "web").is_some());
    kubectl.says("delete pod web-v2-0 --grace-period=0 --force", &["deleted"]).await;
    // Nobody plays kubelet here: a graceful deletion only marks.
    kubectl.says("delete pod web-v2-1 --wait=false", &["deleted"]).await;
    kubectl.says("get pod web-v2-1", &["Terminating"]).await;
    kubectl.says("delete pods -l app=web --wait=false", &["web-v2-2"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn kubectl_follows() {
    use tokio::io::{AsyncBufReadExt as _, BufReader};
    let Some(kubectl) = Kubectl::start().await else { return };
    let mut watch = kubectl.command(&words("get pods -w")).stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(watch.stdout.take().unwrap()).lines();
    for expected in ["NAME", "web-v2-0", "web-v2-1", "web-v2-2"] {
        assert!(lines.next_line().await.unwrap().unwrap().starts_with(expected));
    }
    kubectl
        .cluster
        .store()
        .delete(resource::PODS, "production", "web-v2-1", &DeleteOptions::default())
        .unwrap();
    let line = lines.next_line().await.unwrap().unwrap();
    assert!(line.starts_with("web-v2-1   1/1     Terminating"), "{line}");
    watch.kill().await.unwrap();

    let mut logs = kubectl.command(&words("logs -f web-v2-0")).stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(logs.stdout.take().unwrap()).lines();
    assert!(lines.next_line().await.unwrap().unwrap().ends_with("starting web:v2"));
    assert!(lines.next_line().await.unwrap().is_some());
    logs.kill().await.unwrap();

    kubectl.says("set image deploy/web web=web:v3", &[]).await;
    let mut status =
        kubectl.command(&words("rollout status deploy/web")).stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(status.stdout.take().unwrap()).lines();
    let line = lines.next_line().await.unwrap().unwrap();
    assert!(line.starts_with("Waiting for deployment spec update to be observed"), "{line}");
    kubectl
        .cluster
        .store()
        .update(resource::DEPLOYMENTS, "production", "web", |value| {
            value["status"]["observedGeneration"] = json!(2);
            Ok(())
        })
        .unwrap();
    let mut last = String::new();
    while let Some(line) = lines.next_line().await.unwrap() {
        last = line;
    }
    assert_eq!(last, "deployment \"web\" successfully rolled out");
    assert!(status.wait().await.unwrap().success());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_story_answers_to_kubectl() {
    let Some(fixture) = Kubectl::start().await else { return };
    drop(fixture);
    let options = Options { lively: false, ..Options::default() };
    let kubectl = Kubectl::with(Cluster::start(options).await).await;
    kubectl.says("get deploy checkout -o wide", &["registry.example.io/shop/checkout:"]).await;
    kubectl.says("rollout undo deploy/checkout", &["rolled back"]).await;
    kubectl.says("rollout status deploy/checkout --timeout=60s", &["successfully rolled out"]).await;
    kubectl.says("scale deploy/web --replicas=3", &["scaled"]).await;
    kubectl.says("rollout status deploy/web --timeout=60s", &["successfully rolled out"]).await;
    kubectl.says("describe deploy web", &["ScalingReplicaSet"]).await;
    kubectl.says("get nodes", &["NotReady"]).await;
    kubectl.says("delete pod memcached-0 --timeout=90s --now", &["deleted"]).await;
}
