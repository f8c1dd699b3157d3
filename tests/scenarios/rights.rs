//! With fewer rights: everything that can be shown is shown, and what is missing is named.

use crate::harness::{Session, Setup, story};

/// What the cluster role `view` does not hold: Secrets, roles, and what belongs to the cluster and not to a namespace
/// (<https://kubernetes.io/docs/reference/access-authn-authz/rbac/#user-facing-roles>).
const BEYOND_VIEW: [&str; 9] = [
    "secrets",
    "nodes",
    "persistentvolumes",
    "storageclasses",
    "roles",
    "rolebindings",
    "clusterroles",
    "clusterrolebindings",
    "customresourcedefinitions",
];

async fn with_view() -> Session {
    let cluster = story(false).await;
    for resource in BEYOND_VIEW {
        cluster.faults().deny("*", resource, "");
    }
    for verb in ["create", "update", "patch", "delete", "deletecollection"] {
        cluster.faults().deny(verb, "*", "");
    }
    Setup::default().size(120, 40).writes().cluster(&cluster).live().await
}

#[tokio::test(start_paused = true)]
async fn the_view_role_sees_all_but_what_it_may_not() {
    let mut session = with_view().await;
    session.sees("1 Deployments 16");
    for (name, title) in
        [("cm", "ConfigMaps 2"), ("ing", "Ingresses 2"), ("cj", "CronJobs 2"), ("namespaces", "Namespaces")]
    {
        session.command(name).await;
        session.until_text(title).await;
        session.until_live().await;
    }
    for name in ["secrets", "nodes", "pv"] {
        session.command(name).await;
        session.until_text("forbidden").await;
        let said = session.screen();
        assert!(said.contains("list "), "{said}");
        session.press("esc").await;
        session.until_text("1 Deployments 16").await;
        session.until_live().await;
    }
    // A change is begun, and refused before anything is sent: the plan says why.
    session.press("1 s").await;
    session.type_text("5").await;
    session.press("enter").await;
    session.until_text("forbidden").await;
    session.sees("deployments.apps/scale in namespace production");
}

#[tokio::test(start_paused = true)]
async fn on_call_with_the_view_role_names_what_it_may_not_see() {
    let mut session = with_view().await;
    session.command("triage").await;
    session.until_text("deploy checkout").await;
    session.sees("deploy orders");
    session.sees("svc reports");
    session.until_text("not looked at: ").await;
    session.sees("nodes");
    session.sees("certificates");
    session.sees("forbidden");
    session.sees_no("node node-4");
    // Why: the workload is read, its Secrets and its node are named.
    session.command("why deploy/checkout").await;
    session.until_text("is stuck because image checkout:3.8.0-does-not-exist").await;
    session.sees("revision 3 works");
    session.press("esc").await;
    session.command("changes").await;
    session.until_text("rollout  deployment/checkout").await;
    session.until_text("not looked at: ").await;
    session.sees("secrets");
    session.sees("nodes");
}

#[tokio::test(start_paused = true)]
async fn with_no_right_at_all_it_is_said_and_nothing_ends() {
    let cluster = story(false).await;
    cluster.faults().deny("*", "*", "");
    let mut session = Setup::default().size(120, 40).cluster(&cluster).start().await;
    session.until_text("forbidden").await;
    session.command("cm").await;
    session.until_text("list configmaps").await;
    session.faults().clear();
    session
        .within(std::time::Duration::from_secs(45), "the rows", |screen| screen.contains("ConfigMaps 2"))
        .await;
}
