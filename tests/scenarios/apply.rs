//! Applying manifests: several objects of a file are one plan, conflicts are told by manager, and nothing is read where
//! nothing may be changed.

use std::time::Duration;

use dogwatch::demo::resource;
use dogwatch::terminal::input::InputEvent;
use serde_json::{Value, json};

use crate::harness::{Session, Setup};
use crate::steer::{changes, read_the_plan};

const TWO: &str = "\
apiVersion: v1
kind: ConfigMap
metadata:
  name: greeting
data:
  words: hello
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: users-v2
spec:
  replicas: 3
";

/// A manifest on the disk.
pub fn file(text: &str) -> (tempfile::TempDir, String) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("m.yaml");
    std::fs::write(&path, text).unwrap();
    (dir, path.display().to_string())
}

/// Applies it, up to its plan.
pub async fn apply(session: &mut Session, path: &str) {
    session.press(":").await;
    session.type_text(&format!("apply {path}")).await;
    session.press("enter").await;
    // The file is read on a thread, which no clock waits for.
    let read = |session: &Session| session.state().applying.is_none();
    for _ in 0..2_000 {
        session.run_for(Duration::from_millis(1)).await;
        if read(session) {
            return;
        }
        tokio::task::spawn_blocking(std::thread::yield_now).await.unwrap();
    }
    panic!("the file was not read\n{}", session.screen());
}

fn users(session: &Session) -> Value {
    session.cluster.store().get(resource::DEPLOYMENTS, "production", "users-v2").unwrap().value().clone()
}

#[tokio::test(start_paused = true)]
async fn a_file_of_several_objects_is_one_plan_sent_followed_and_taken_back() {
    let (_dir, path) = file(TWO);
    let mut session = Setup::default().size(120, 50).writes().live().await;
    apply(&mut session, &path).await;
    read_the_plan(&mut session).await;
    session.sees("PLAN  apply 2 objects");
    session.sees("configmap/greeting is not there yet: it is made");
    session.sees("it would be made");
    session.sees("spec.replicas    2 -> 3");
    session.sees("kubectl -n production apply --server-side -f /");
    session.press("y").await;
    session.until_text("done: all 2 objects").await;
    assert_eq!(users(&session)["spec"]["replicas"], 3);
    let sent = changes(&session);
    assert_eq!(sent.len(), 2);
    assert_eq!(
        (sent[0].method.as_str(), sent[0].content_type.as_str(), sent[0].path_and_query.as_str()),
        (
            "PATCH",
            "application/apply-patch+yaml",
            "/api/v1/namespaces/production/configmaps/greeting?fieldManager=dogwatch&fieldValidation=Strict&force=false"
        )
    );
    let body: Value = serde_json::from_slice(&sent[0].body).unwrap();
    let made = json!({"apiVersion": "v1", "kind": "ConfigMap", "data": {"words": "hello"},
        "metadata": {"name": "greeting", "namespace": "production"}});
    assert_eq!(body, made, "as it is in the file, and bound to nothing, since nothing was there");
    session.press("U").await;
    read_the_plan(&mut session).await;
    session.sees("delete configmap/greeting");
    session.press("y").await;
    session.until_text("done: all 2 objects").await;
    assert_eq!(users(&session)["spec"]["replicas"], 2);
    assert!(session.cluster.store().get(resource::CONFIGMAPS, "production", "greeting").is_none());
}

/// Somebody else sets another number of replicas, and owns it from then on.
fn argo_scales_users(session: &Session, replicas: u32) {
    let write = dogwatch::demo::store::Write {
        manager: "argocd-controller",
        subresource: "",
        dry_run: false,
        apply: false,
    };
    let change = |object: &mut Value| {
        object["spec"]["replicas"] = json!(replicas);
        Ok(())
    };
    let store = session.cluster.store();
    store.update_as(resource::DEPLOYMENTS, "production", "users-v2", write, change).unwrap();
}

#[tokio::test(start_paused = true)]
async fn conflicts_are_told_by_manager_and_force_is_a_choice_of_its_own() {
    let (_dir, path) = file(&TWO.split("---\n").nth(1).unwrap().replace("replicas: 3", "replicas: 2"));
    let mut session = Setup::default().size(120, 50).writes().live().await;
    argo_scales_users(&session, 4);
    session.run_for(Duration::from_secs(30)).await;
    apply(&mut session, &path).await;
    session.until_text("owned by argocd").await;
    session.sees(".spec.replicas");
    session.press("p").await;
    session.until_text("force=false").await;
    session.run_for(Duration::from_secs(1)).await;
    session.press("p f").await;
    read_the_plan(&mut session).await;
    session.sees("affects traffic");
    session.sees("apply --server-side --force-conflicts -f");
    session.sees("are taken over");
    session.press("y").await;
    session.until_text("done: ").await;
    let sent = changes(&session);
    assert!(sent.len() == 1 && sent[0].path_and_query.ends_with("&force=true"), "{sent:?}");
    assert_eq!(users(&session)["spec"]["replicas"], 2);
}

#[tokio::test(start_paused = true)]
async fn an_unforced_conflict_is_refused_once_and_said() {
    let (_dir, path) = file(TWO.split("---\n").nth(1).unwrap());
    let mut session = Setup::default().size(120, 50).writes().live().await;
    argo_scales_users(&session, 4);
    session.run_for(Duration::from_secs(30)).await;
    apply(&mut session, &path).await;
    session.until_text("owned by argocd").await;
    session.run_for(Duration::from_secs(1)).await;
    session.press("y").await;
    session.until_text("refused: ").await;
    session.run_for(Duration::from_secs(5)).await;
    assert_eq!(changes(&session).len(), 1, "it is not sent again, and no plan comes back by itself");
    assert!(session.state().stack.is_empty());
    assert_eq!(users(&session)["spec"]["replicas"], 4);
}

#[tokio::test(start_paused = true)]
async fn a_kind_without_a_table_is_looked_up_and_faults_have_their_line() {
    let (_dir, path) = file(
        "apiVersion: batch/v1\nkind: CronJob\nmetadata: {name: nightly}\nspec:\n  schedule: '@daily'\n  suspend: true\n  jobTemplate: {spec: {template: {spec: {restartPolicy: Never, containers: [{name: a, image: 'a:1'}]}}}}\n",
    );
    let mut session = Setup::default().size(120, 50).writes().live().await;
    apply(&mut session, &path).await;
    session.until_text("cronjob/nightly is not there yet").await;
    session.press("esc").await;
    let (_dir, path) =
        file("kind: Service\n---\napiVersion: example.io/v9\nkind: Widget\nmetadata: {name: x}\n");
    apply(&mut session, &path).await;
    session.until_text("m.yaml: line 1: apiVersion not set   and 1 more").await;
    session.press("m").await;
    session.sees("line 2: no matches for kind \"Widget\" in version \"example.io/v9\"");
    session.press("esc").await;
    apply(&mut session, "/nowhere/at-all.yaml").await;
    session.sees("/nowhere/at-all.yaml: No such file");
    assert_eq!(changes(&session).len(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_manifest_is_pasted_into_the_line_that_asks_for_one() {
    let mut session = Setup::default().size(120, 50).writes().live().await;
    session.send(InputEvent::Paste(TWO.to_owned())).await;
    session.sees("pasted text is taken only where text is typed");
    session.press("M").await;
    session.sees("a file's path, or paste the manifest");
    session.send(InputEvent::Paste(TWO.replace('\n', "\r"))).await;
    session.sees("13 lines pasted");
    assert!(session.state().stack.is_empty(), "a paste begins nothing by itself");
    session.press("enter").await;
    read_the_plan(&mut session).await;
    session.sees("PLAN  apply 2 objects");
    session.sees("apply --server-side -f -");
}

#[tokio::test(start_paused = true)]
async fn read_only_reads_no_file() {
    let mut session = Setup::default().size(120, 50).live().await;
    session.press(":").await;
    session.type_text("apply /nowhere/at-all.yaml").await;
    session.press("enter").await;
    session.sees("read-only: apply needs patch");
    session.press("M").await;
    session.sees("read-only: apply needs patch");
    assert!(session.state().prompt.is_none() && session.state().stack.is_empty());
    assert_eq!(session.state().journalled.len(), 1, "a refusal is journalled, twice in a minute once");
}

#[tokio::test(start_paused = true)]
async fn pictures() {
    for (width, height) in [(80, 24), (200, 50)] {
        let mut session = Setup::default().size(width, height).writes().live().await;
        session.press("M").await;
        session.send(InputEvent::Paste(TWO.to_owned())).await;
        session.press("enter").await;
        read_the_plan(&mut session).await;
        crate::snapshots::picture(&format!("apply-{width}x{height}"), &session);
    }
}
