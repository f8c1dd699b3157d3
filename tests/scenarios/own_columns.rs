//! Columns of the user's own: what they show, and what the server is asked for because of them.

use std::time::Duration;

use crate::harness::{Session, Setup};

/// Opens a kind on the whole screen and waits until its rows follow the cluster.
async fn open(session: &mut Session, command: &str, title: &str) {
    session.command(command).await;
    session
        .until(title, |screen| screen.lines().nth(1).is_some_and(|line| line.trim_start().starts_with(title)))
        .await;
    let read = |screen: &str| {
        screen.lines().nth(1).is_some_and(|line| !line.contains('?') && !line.contains("so far"))
    };
    session.until("rows that are read", read).await;
}

async fn filter(session: &mut Session, text: &str) {
    session.press("/").await;
    session.press("ctrl-u").await;
    session.type_text(text).await;
    session.press("enter").await;
}

fn titles(session: &Session) -> String {
    session.line(2).split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What the server was asked about a kind.
fn asked(session: &Session, plural: &str) -> Vec<String> {
    let paths = session.cluster.requests().into_iter().map(|request| request.path_and_query);
    paths.filter(|path| path.contains(&format!("/{plural}?"))).collect()
}

const PODS: &str = "
columns:
  pods:
  - name
  - status
  - { name: NODE IP, path: .status.hostIP, width: 12 }
  - { name: ALL IMAGES, path: '.spec.containers[*].image', sort: desc }
  - { name: STARTED, path: '{.status.startTime}', type: date }
  - { name: READY SINCE, path: '.status.conditions[?(@.type==\"Ready\")].lastTransitionTime', type: date }
";

#[tokio::test(start_paused = true)]
async fn a_hot_kind_shows_what_paths_lead_to() {
    let mut session = Setup::default().size(160, 40).config(PODS).live().await;
    open(&mut session, "po", "Pods").await;
    assert_eq!(titles(&session), "NAME STATUS NODE IP ALL IMAGES↓ STARTED READY SINCE");
    let rows: Vec<String> = (3..12).map(|row| session.line(row)).collect();
    assert!(rows.iter().all(|row| row.contains("10.") || row.contains("<none>")), "{rows:?}");
    filter(&mut session, "all-images:api-status and node-ip!= and started>1m").await;
    session.sees("api-status");
    session.sees_no("checkout-");
    session.sees_no("nothing matches");
    filter(&mut session, "node-ip:nowhere").await;
    session.until_text("nothing matches").await;
    filter(&mut session, "").await;
    session.press("ctrl-o").await;
    session.sees("Columns of pods");
    session.sees("Of the configuration: .status.hostIP");
    session.press("esc").await;
    // They follow the cluster as everything does.
    let change = |object: &mut serde_json::Value| {
        object["spec"]["containers"][0]["image"] = "zz.example.com/changed:9".into();
        Ok(())
    };
    let store = session.cluster.store();
    let pod = store.list(dogwatch::demo::resource::PODS, Some("production")).1.remove(0);
    store.update(dogwatch::demo::resource::PODS, &pod.namespace, &pod.name, change).unwrap();
    session.until_text("zz.example.com/changed:9").await;
    assert!(session.line(3).contains("zz.example.com"), "the largest comes first: {}", session.line(3));
}

#[tokio::test(start_paused = true)]
async fn a_kind_of_the_servers_has_them_beside_its_own() {
    const JOBS: &str = "
columns:
  cronjobs.batch:
  - name: HISTORY
    path: .spec.successfulJobsHistoryLimit
    type: number
  - { name: POLICY, path: .spec.concurrencyPolicy }
";
    let mut session = Setup::default().size(160, 40).config(JOBS).live().await;
    open(&mut session, "cj", "CronJobs 2").await;
    let shown = titles(&session);
    assert!(shown.starts_with("NAME↑ SCHEDULE") && shown.contains("HISTORY POLICY AGE"), "{shown}");
    session.sees("Forbid");
    filter(&mut session, "policy=Forbid").await;
    session.until_text("CronJobs 1/2").await;
    filter(&mut session, "history>=1000").await;
    session.until_text("nothing matches").await;
    let paths = asked(&session, "cronjobs");
    assert!(
        !paths.is_empty() && paths.iter().all(|path| path.contains("includeObject=Object")),
        "{paths:#?}"
    );
    // Nobody else pays for it.
    open(&mut session, "cm", "ConfigMaps 2").await;
    let paths = asked(&session, "configmaps");
    assert!(!paths.is_empty() && paths.iter().all(|path| !path.contains("includeObject")), "{paths:#?}");
    // Another namespace and back: the columns stay.
    open(&mut session, "cj all", "CronJobs").await;
    session.run_for(Duration::from_secs(1)).await;
    session.sees("HISTORY");
}

#[tokio::test(start_paused = true)]
async fn of_secrets_only_metadata_is_asked_for() {
    const SECRETS: &str = "
columns:
  secrets:
  - { name: OWNER, path: '.metadata.labels.owner' }
";
    let mut session = Setup::default().size(120, 30).config(SECRETS).live().await;
    open(&mut session, "secrets", "Secrets 2").await;
    session.sees("OWNER");
    session.sees("<none>");
    let paths = asked(&session, "secrets");
    assert!(!paths.is_empty() && paths.iter().all(|path| !path.contains("includeObject")), "{paths:#?}");
}
