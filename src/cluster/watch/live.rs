//! What only the inside of this room can try on a real API server: both ways to list, and a write through a reader.
//!
//! Opt-in, as tests/live.rs: `DOGWATCH_LIVE_KUBECONFIG=FILE cargo test --lib live`. Nothing is changed there.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use k8s_openapi::api::core::v1::{ConfigMap, Namespace};
use kube::api::{Api, DeleteParams, PostParams};
use tokio::sync::{mpsc, watch};

use super::*;
use crate::cluster::connect::Recipe;
use crate::cluster::credentials::Credentials;
use crate::cluster::link::Phase;
use crate::cluster::policy::Refused;
use crate::cluster::{ConnectOptions, Endpoint};
use crate::model::record::Kind;
use crate::model::table::Table;

const KINDS: [Kind; 7] = [
    Kind::Pod,
    Kind::Deployment,
    Kind::ReplicaSet,
    Kind::Service,
    Kind::EndpointSlice,
    Kind::Node,
    Kind::Event,
];

fn recipe() -> Option<Recipe> {
    let Some(file) = std::env::var_os("DOGWATCH_LIVE_KUBECONFIG").filter(|file| !file.is_empty()) else {
        eprintln!("live: skipped, DOGWATCH_LIVE_KUBECONFIG is not set");
        return None;
    };
    let options = ConnectOptions { kubeconfig: Some(file.into()), ..ConnectOptions::default() };
    let target = crate::cluster::load(&options).unwrap();
    let credentials = Arc::new(Credentials::new(&target).unwrap());
    Some(Recipe {
        target: Arc::new(target),
        endpoint: Endpoint::Network,
        credentials,
        activity: Arc::default(),
    })
}

/// The records of a kind, listed in one of the two ways; the names of what they are about by UID.
async fn listed(recipe: &Recipe, kind: Kind, streaming: bool) -> BTreeMap<String, String> {
    let client = recipe.reader().await.unwrap();
    // Held for as long as the feed runs: it ends when they are gone.
    let (_phase, phases) =
        watch::channel(Phase { generation: 1, client: Some(client), kicks: 0, minor: Some(36) });
    let (reports, _inquiries) = mpsc::unbounded_channel();
    let line = Line { phase: phases, reports, recipe: Arc::new(recipe.clone()) };
    let (sender, mut events) = mpsc::channel(64);
    let quirks = Arc::new(Quirks::default());
    quirks.no_streaming_list.store(!streaming, Ordering::Relaxed);
    let feed = Feed::new(
        FeedKey { kind, namespace: None, selectors: crate::model::feed::Selectors::default(), session: 0 },
        line,
        sender,
        quirks.clone(),
        &OwnColumns::default(),
    );
    let task = tokio::spawn(feed.run());
    let mut table = Table::new(kind);
    loop {
        let event = timeout(Duration::from_mins(1), events.recv()).await.expect("a list within a minute");
        let Some(ClusterEvent::Feed { update, .. }) = event else { panic!("{event:?}") };
        match update {
            FeedUpdate::ListStarted => table.begin_list(),
            FeedUpdate::Rows(rows) => {
                for row in rows {
                    match row {
                        RowChange::Upsert(record) => drop(table.upsert(record)),
                        RowChange::Remove(uid) => drop(table.remove(&uid)),
                    }
                }
            }
            FeedUpdate::Synced => break,
            FeedUpdate::Resumed => {}
            FeedUpdate::Skipped { count, why } => panic!("{kind:?}: {count} skipped: {why}"),
            FeedUpdate::Interrupted(trouble) => panic!("{kind:?}: {trouble}"),
            FeedUpdate::Columns(_) | FeedUpdate::Polled(_) => panic!("{kind:?} is no table"),
        }
    }
    task.abort();
    // A streaming list that the server refused would have been told apart here.
    assert_eq!(quirks.no_streaming_list.load(Ordering::Relaxed), !streaming, "{kind:?}");
    table
        .iter()
        .map(|(_, record)| (record.meta().uid.to_string(), format!("{:?}", record.meta().name)))
        .collect()
}

#[tokio::test]
async fn both_ways_to_list_say_the_same() {
    let Some(recipe) = recipe() else { return };
    for kind in KINDS {
        let mut tries = 0;
        loop {
            let (streamed, paged) = (listed(&recipe, kind, true).await, listed(&recipe, kind, false).await);
            if streamed == paged {
                eprintln!("live: {} of {kind:?} both ways", paged.len());
                break;
            }
            // A busy cluster changes between the two lists.
            tries += 1;
            let first = streamed.iter().filter(|(uid, _)| !paged.contains_key(*uid)).take(3);
            assert!(tries < 5, "{kind:?}: {} streamed, {} paged; {first:?}", streamed.len(), paged.len());
        }
    }
}

#[tokio::test]
#[allow(clippy::disallowed_methods, reason = "that they are refused is what is tested")]
async fn a_reader_cannot_write_to_a_real_server() {
    let Some(recipe) = recipe() else { return };
    let client = recipe.reader().await.unwrap();
    let maps: Api<ConfigMap> = Api::namespaced(client.clone(), "default");
    let mut map = ConfigMap::default();
    map.metadata.name = Some(format!("dogwatch-live-refused-{}", std::process::id()));
    let name = map.metadata.name.clone().unwrap();
    let dry = PostParams { dry_run: true, ..PostParams::default() };
    for result in [
        maps.create(&dry, &map).await.map(drop),
        maps.delete(&name, &DeleteParams::default().dry_run()).await.map(drop),
    ] {
        let error = result.unwrap_err();
        let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(&error);
        while let Some(at) = cause.filter(|at| !at.is::<Refused>()) {
            cause = at.source();
        }
        assert!(cause.is_some(), "failed otherwise: {error}");
    }
    // The same client reads.
    assert!(maps.get_opt(&name).await.unwrap().is_none());
    let namespaces: Api<Namespace> = Api::all(client);
    assert_eq!(namespaces.get("default").await.unwrap().metadata.name.as_deref(), Some("default"));
}
