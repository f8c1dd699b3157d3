//! Every kind that the server has, by every name that kubectl knows it by.

use std::time::Duration;

use dogwatch::demo::resource::{APISERVICES, CRDS, Kinds};
use dogwatch::demo::store::DeleteOptions;
use serde_json::{Value, json};

use crate::harness::{Session, Setup};

/// Opens a kind by a name and waits until its rows follow the cluster.
async fn open(session: &mut Session, name: &str, title: &str) {
    session.command(name).await;
    session
        .until(title, |screen| screen.lines().nth(1).is_some_and(|line| line.trim_start().starts_with(title)))
        .await;
    let read = |screen: &str| {
        screen.lines().nth(1).is_some_and(|line| !line.contains('?') && !line.contains("so far"))
    };
    session.until("rows that are read", read).await;
}

#[tokio::test(start_paused = true)]
async fn names_open_kinds_with_kubectls_columns() {
    let mut session = Setup::default().size(120, 30).live().await;
    for (name, title, row) in [
        ("cj", "CronJobs 2", "exchange-rates * * * * *"),
        ("hpa", "HorizontalPodAutoscalers 1", "Deployment/search cpu:"),
        ("ConfigMap", "ConfigMaps 2", "qotd"),
        ("secrets", "Secrets 2", "kubernetes.io/tls"),
        ("ingresses.networking.k8s.io", "Ingresses 2", "api.example.io"),
        ("ing.net", "Ingresses 2", "api.example.io"),
        ("namespaces", "Namespaces", "production"),
        ("sa", "ServiceAccounts", "default"),
        ("cronjobs kube-system", "CronJobs 0", "no cronjobs in kube-system"),
        ("cm production /qotd", "ConfigMaps 1/2", "filter qotd"),
        ("deploy all", "Deployments", "NAMESPACE"),
        ("crd", "CustomResourceDefinitions", "maintenances.ops.example.io"),
    ] {
        open(&mut session, name, title).await;
        session.sees(row);
    }
}

#[tokio::test(start_paused = true)]
async fn a_name_of_nothing_is_said() {
    let mut session = Session::live().await;
    session.command("gizmos").await;
    session.until_text("no such kind or command: gizmos").await;
    session.sees("Deployments 16");
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_watched_is_read_again_and_says_so() {
    let mut session = Setup::default().size(120, 30).live().await;
    session.faults().deny("watch", "configmaps", "");
    open(&mut session, "cm", "ConfigMaps 2").await;
    session.until_text("old, read every 10 s").await;
    session.faults().clear();
    session.run_for(Duration::from_secs(11)).await;
    session.until_no("read every 10 s").await;
    session.sees("ConfigMaps 2");
}

#[tokio::test(start_paused = true)]
async fn what_may_not_be_listed_names_the_right_and_breaks_nothing_else() {
    let mut session = Setup::default().size(120, 30).live().await;
    session.faults().deny("list", "secrets", "");
    session.command("secrets").await;
    session.until_text("list secrets").await;
    session.press("esc").await;
    session.sees("Deployments 16");
}

#[tokio::test(start_paused = true)]
async fn other_kinds_are_sorted_filtered_and_shown_as_yaml() {
    let mut session = Setup::default().size(120, 30).live().await;
    open(&mut session, "cj", "CronJobs 2").await;
    session.press("I").await;
    assert!(session.line(3).contains("nightly-report") && session.line(4).contains("exchange-rates"));
    session.press("/").await;
    session.type_text("active<1 schedule:30").await;
    session.press("enter").await;
    session.sees("CronJobs 1/2");
    session.press("y").await;
    session.until_text("kind: CronJob").await;
    session.sees("nightly-report");
}

/// Every kind that people who show their clusters name.
#[tokio::test(start_paused = true)]
async fn every_kind_that_is_talked_of_has_a_row() {
    let mut session = Setup::default().size(160, 40).live().await;
    for (name, title, row) in [
        ("rc", "ReplicationControllers 1", "basket"),
        ("rs all", "ReplicaSets", "coredns"),
        ("job", "Jobs", "import-catalogue"),
        ("sts", "StatefulSets", "memcached"),
        ("ds all", "DaemonSets", "kube-proxy"),
        ("ep", "Endpoints", "frontend"),
        ("endpointslices", "EndpointSlices", "frontend"),
        ("pv", "PersistentVolumes 1", "pvc-5b1f0c9e"),
        ("pvc staging", "PersistentVolumeClaims 1", "Pending"),
        ("sc", "StorageClasses 1", "gp3 (default)"),
        ("pdb production", "PodDisruptionBudgets 2", "checkout"),
        ("limits", "LimitRanges 1", "defaults"),
        ("quota", "ResourceQuotas 1", "requests.cpu"),
        ("no", "Nodes 5", "control-plane"),
        ("ev all", "Events", "Warning"),
        ("role production", "Roles 1", "releaser"),
        ("clusterrole", "ClusterRoles 1", "view"),
        ("rolebinding", "RoleBindings 1", "releasers"),
        ("clusterrolebinding", "ClusterRoleBindings 1", "on-call-view"),
        ("netpol", "NetworkPolicies 1", "db-only-from-web"),
        ("csr", "CertificateSigningRequests 2", "Approved,Issued"),
        ("crd", "CustomResourceDefinitions 3", "maintenances.ops.example.io"),
        ("apiservices", "APIServices", "v1.apps"),
        ("leases all", "Leases 3", "node-1_5f0c8f0e"),
        ("gateways all", "Gateways 2", "203.0.113.20"),
        ("httproutes production", "HTTPRoutes 2", "guestbook.example.io"),
        ("mt", "Maintenances 2", "Progressing"),
    ] {
        open(&mut session, name, title).await;
        session.sees(row);
    }
}

fn definition() -> Value {
    json!({"metadata": {"name": "gizmos.example.com"}, "spec": {"group": "example.com", "scope": "Namespaced",
        "names": {"plural": "gizmos", "singular": "gizmo", "kind": "Gizmo", "shortNames": ["gz"]},
        "versions": [{"name": "v1", "served": true, "storage": true, "additionalPrinterColumns": [
            {"name": "Colour", "type": "string", "jsonPath": ".spec.colour"}]}]}})
}

#[tokio::test(start_paused = true)]
async fn a_new_definition_is_a_new_kind_without_a_restart() {
    let mut session = Session::live().await;
    session.command("gizmos").await;
    session.until_text("no such kind or command: gizmos").await;
    let store = session.cluster.store().clone();
    store.create(CRDS, definition()).unwrap();
    let mut kinds = Kinds::default();
    kinds.define(&definition());
    let gizmos = kinds.by_plural("example.com", "v1", "gizmos").unwrap();
    let gizmo = |name: &str, colour: &str| json!({"metadata": {"name": name, "namespace": "production"}, "spec": {"colour": colour}});
    store.create(gizmos, gizmo("first", "teal")).unwrap();
    // What was read of discovery is old by then.
    session.run_for(Duration::from_secs(11)).await;
    open(&mut session, "gz", "Gizmos 1").await;
    session.sees("COLOUR");
    session.sees("teal");
    store.create(gizmos, gizmo("second", "ochre")).unwrap();
    session.until_text("ochre").await;
    store.delete(CRDS, "", "gizmos.example.com", &DeleteOptions::now()).unwrap();
    session.until_text("Gizmos 0").await;
    session.press("esc").await;
    session.run_for(Duration::from_secs(11)).await;
    session.command("gz").await;
    session.until_text("no such kind or command: gz").await;
}

fn broken() -> Value {
    json!({"metadata": {"name": "v1beta1.external.metrics.k8s.io"},
        "spec": {"group": "external.metrics.k8s.io", "version": "v1beta1", "groupPriorityMinimum": 100,
            "versionPriority": 100, "service": {"namespace": "keda", "name": "keda-metrics", "port": 443}},
        "status": {"conditions": [{"type": "Available", "status": "False", "reason": "MissingEndpoints"}]}})
}

#[tokio::test(start_paused = true)]
async fn a_broken_group_is_named_and_the_others_work() {
    for old in [false, true] {
        let mut session = Setup::default().size(120, 30).live().await;
        session.cluster.store().create(APISERVICES, broken()).unwrap();
        session.faults().be_old(old);
        open(&mut session, "cj", "CronJobs 2").await;
        open(&mut session, "gateways all", "Gateways 2").await;
        open(&mut session, "apiservices", "APIServices").await;
        session.sees("False (MissingEndpoints)");
        session.command("externals").await;
        session.until_text("external.metrics.k8s.io/v1beta1 could not be read").await;
    }
}

#[tokio::test(start_paused = true)]
async fn columns_of_our_own_say_more_than_kubectls() {
    let mut session = Setup::default().size(200, 30).live().await;
    for (name, title, rows) in [
        ("cj", "CronJobs 2", &["NEXT RUN", "LAST RESULT", "suspended"][..]),
        (
            "ing",
            "Ingresses 2",
            &["old.example.io/basket -> basket dead end, old.example.io/ -> api-status 3/3"],
        ),
        ("job production", "Jobs", &["FAILED", "DURATION", "import-catalogue"]),
        ("hpa", "HorizontalPodAutoscalers 1", &["STATE"]),
    ] {
        open(&mut session, name, title).await;
        for row in rows {
            session.sees(row);
        }
    }
    let asked = |plural: &str| {
        let of = session.cluster.requests().into_iter().filter(|r| r.path_and_query.contains(plural));
        of.filter(|r| r.path_and_query.contains("includeObject=Object")).count()
    };
    assert!(asked("/cronjobs?") > 0 && asked("/ingresses?") > 0 && asked("/secrets") == 0);
    open(&mut session, "ing production", "Ingresses 2").await;
    session.press("!").await;
    session.until_text("Ingresses 1/2").await;
    session.sees("legacy");
    session.sees_no("users-v1");
}
