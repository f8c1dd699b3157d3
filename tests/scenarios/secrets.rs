//! What Secrets hold is never written into the journal, whatever is done with them and whatever becomes of it.

use dogwatch::demo::{Fault, resource};
use dogwatch::journal::{Entry, Journal, SHOWN};
use dogwatch::model::resource::Resource;
use dogwatch::model::uid::Uid;
use dogwatch::release::change::{Change, Propagation};
use dogwatch::release::target::Target;
use serde_json::{Value, json};

use crate::harness::{Session, Setup, story};
use crate::steer::read_the_plan;

/// `data` of a Secret: these are the values that must not leave it, plain and encoded.
const PLAIN: [&str; 3] = ["correct-horse-battery", "new-horse-staple", "applied-horse"];
const ENCODED: [&str; 3] =
    ["Y29ycmVjdC1ob3JzZS1iYXR0ZXJ5", "bmV3LWhvcnNlLXN0YXBsZQ==", "YXBwbGllZC1ob3JzZQ=="];

fn secret(session: &Session) -> Option<Value> {
    session.cluster.store().get(resource::SECRETS, "production", "postgres").map(|object| object.value())
}

/// Everything that can be done with a Secret.
fn changes(object: &Value) -> Vec<Change> {
    let mut wanted = object.clone();
    wanted["data"]["POSTGRES_PASSWORD"] = json!(ENCODED[1]);
    let manifest = json!({"apiVersion": "v1", "kind": "Secret",
        "metadata": {"name": "postgres", "namespace": "production"},
        "data": {"POSTGRES_PASSWORD": ENCODED[2]}});
    // The annotation of `kubectl apply` holds the whole manifest.
    let last = object.to_string();
    let annotation = "kubectl.kubernetes.io/last-applied-configuration".to_owned();
    vec![
        Change::Edit { base: None, wanted: Box::new(wanted) },
        Change::Apply { manifest: Box::new(manifest), force: true, from: String::new() },
        Change::Labels { keys: vec![("team".to_owned(), Some("x".to_owned()))] },
        Change::Annotations { keys: vec![(annotation, Some(last))] },
        Change::Delete { propagation: Propagation::Background, grace: None },
    ]
}

/// Has a change planned as the taking back of an old one, confirms it, and waits for its end; what was written down.
async fn written(change: &Change, fault: Option<Fault>) -> (Vec<Entry>, String) {
    let dir = tempfile::tempdir().unwrap();
    let journal = Journal::open(dir.path()).unwrap();
    let cluster = story(false).await;
    let object = cluster.store().get(resource::SECRETS, "production", "postgres").unwrap();
    let target = Target {
        resource: Resource::SECRETS,
        namespace: "production".to_owned(),
        name: "postgres".to_owned(),
        uid: Uid::new(&object.uid),
    };
    // A session of its own tells what an entry has to say of its place.
    let place = Setup::default().cluster(&cluster).live().await.state().session.place.clone();
    let entry = Entry {
        id: "old".to_owned(),
        title: "old".to_owned(),
        outcome: "done".to_owned(),
        context: place.context,
        server: place.server,
        inverse: vec![(target, change.clone())],
        ..Entry::default()
    };
    journal.append(&entry).unwrap();
    let mut session =
        Setup::default().size(120, 40).writes().journal(&journal).cluster(&cluster).live().await;
    session.press("J").await;
    session.until_text("old").await;
    session.press("U").await;
    read_the_plan(&mut session).await;
    // What was typed as an annotation is shown as it was typed.
    // The request is shown without it too.
    for keys in ["home", "p", "G", "g p"] {
        session.press(keys).await;
        for value in PLAIN.iter().chain(&ENCODED).filter(|_| !matches!(change, Change::Annotations { .. })) {
            session.sees_no(value);
        }
    }
    if let Some(fault) = fault {
        for method in ["PATCH", "DELETE"] {
            session.faults().add(method, "/secrets/postgres", None, fault.clone());
        }
    }
    session.press("y").await;
    for _ in 0..1_000 {
        let read = journal.read(SHOWN).unwrap();
        if read.len() >= 3 {
            let text = std::fs::read_to_string(journal.path()).unwrap();
            // The first line was put there by the test.
            return (read[1..].to_vec(), text.lines().skip(1).collect());
        }
        session.run_for(std::time::Duration::from_millis(500)).await;
        tokio::task::spawn_blocking(std::thread::yield_now).await.unwrap();
    }
    panic!("no end of {change:?}:\n{}", session.screen());
}

#[tokio::test(start_paused = true)]
async fn nothing_that_a_secret_holds_is_written_down() {
    let session = Setup::default().live().await;
    let object = secret(&session).unwrap();
    assert_eq!(object["data"]["POSTGRES_PASSWORD"], ENCODED[0]);
    for change in changes(&object) {
        for (fault, outcome) in [(None, "done"), (Some(Fault::status(422)), "refused")] {
            let (entries, text) = Box::pin(written(&change, fault)).await;
            assert_eq!(entries[1].outcome, outcome, "{change:?}: {entries:?}");
            assert_eq!(entries[1].words.is_empty(), outcome == "refused", "what a server says may quote it");
            for entry in &entries {
                assert_eq!(entry.object, "secret/postgres", "what it was about is written down");
                assert_eq!((entry.changes.len(), entry.inverse.len(), entry.values.len()), (0, 0, 0));
            }
            for value in PLAIN.iter().chain(&ENCODED) {
                assert!(!text.contains(value), "{change:?}: {text}");
            }
        }
    }
}
