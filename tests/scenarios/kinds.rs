//! Every kind that the server has, by every name that kubectl knows it by.

use std::time::Duration;

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
        ("ingresses.networking.k8s.io", "Ingresses 1", "api.example.io"),
        ("ing.net", "Ingresses 1", "api.example.io"),
        ("namespaces", "Namespaces", "production"),
        ("sa", "ServiceAccounts", "default"),
        ("cronjobs kube-system", "CronJobs 0", "no cronjobs in kube-system"),
        ("cm production /qotd", "ConfigMaps 1/2", "filter qotd"),
        ("deploy all", "Deployments", "NAMESPACE"),
        ("crd", "CustomResourceDefinitions", "in the cluster"),
    ] {
        open(&mut session, name, title).await;
        session.sees(row);
    }
}

#[tokio::test(start_paused = true)]
async fn a_name_of_nothing_is_said() {
    let mut session = Session::live().await;
    session.command("gizmos").await;
    session.until_text("the server has no kind called gizmos").await;
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
