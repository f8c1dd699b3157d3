//! Follows a few objects as they are, whole: one by name, or those of a label. For the outcome of a change, which must be
//! seen whatever is on the screen.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;
use tokio::sync::mpsc;

use super::ClusterEvent;
use super::gather::asked_of;
use super::lines::Lines;
use super::link::{Hold, Line};
use super::read::{self, Chunks, Packing, Shape};
use crate::model::resource::encode;
use crate::model::trouble::{Trouble, TroubleKind};
use crate::release::follow::{Follow, Which};

/// A watch that is silent for longer is opened anew; what it follows is small, so that is cheap.
const SILENCE: Duration = Duration::from_mins(1);
/// After a trouble.
const AGAIN: Duration = Duration::from_secs(1);
/// After an answer that will hardly be another one soon: the right is missing, or the resource is not served.
const SELDOM: Duration = Duration::from_secs(10);

/// The task of one follow.
pub(super) struct Follower {
    pub id: u64,
    pub follow: Follow,
    pub line: Line,
    pub events: mpsc::Sender<ClusterEvent>,
}

/// A line of the watch.
#[derive(Deserialize)]
struct Told {
    #[serde(rename = "type")]
    what: String,
    object: Value,
}

#[derive(Deserialize)]
struct List {
    metadata: Value,
    #[serde(default)]
    items: Vec<Value>,
}

enum Stop {
    Closed,
    Trouble(Trouble),
}

impl From<Trouble> for Stop {
    fn from(trouble: Trouble) -> Self {
        Self::Trouble(trouble)
    }
}

impl Follower {
    /// Runs until it is cancelled or nobody listens.
    pub async fn run(mut self) {
        while let Some(hold) = self.line.hold().await {
            match self.session(&hold).await {
                Ok(()) => {}
                Err(Stop::Closed) => return,
                Err(Stop::Trouble(trouble)) => {
                    self.line.report(hold.generation, &trouble);
                    let pause = match trouble.kind {
                        TroubleKind::Forbidden | TroubleKind::NotFound => SELDOM,
                        _ => AGAIN,
                    };
                    if self.tell(Err(trouble)).await.is_err() {
                        return;
                    }
                    self.line.pause(pause).await;
                }
            }
        }
    }

    async fn tell(&self, seen: Result<Vec<Value>, Trouble>) -> Result<(), Stop> {
        let event = ClusterEvent::Seen { id: self.id, seen };
        self.events.send(event).await.map_err(|_| Stop::Closed)
    }

    fn path(&self) -> String {
        let Follow { resource, namespace, which } = &self.follow;
        let collection = resource.collection(Some(namespace));
        match which {
            Which::Named(name) => {
                format!("{collection}?fieldSelector={}", encode(&format!("metadata.name={name}")))
            }
            Which::Labelled(labels) => format!("{collection}?labelSelector={}", encode(labels)),
            Which::All => collection,
        }
    }

    /// Lists, then watches until the stream ends.
    async fn session(&mut self, hold: &Hold) -> Result<(), Stop> {
        let path = self.path();
        let asked = asked_of(&self.line, "list", &self.follow.resource, &self.follow.namespace, &path);
        let bytes = read::fetch(&mut self.line, &path, &asked, Shape::Whole).await?;
        let odd = |error: serde_json::Error| {
            Trouble::new(TroubleKind::Protocol, error.to_string()).trying(&asked.tried)
        };
        let List { metadata, items } = serde_json::from_slice(&bytes).map_err(odd)?;
        let Follow { resource, .. } = &self.follow;
        let (version, kind) = (resource.api_version(), resource.kind.to_string());
        let mut known: BTreeMap<String, Value> = BTreeMap::new();
        for item in items {
            // What is no object is nothing that could be followed.
            let Value::Object(mut object) = item else { continue };
            // Items of a list do not say what they are.
            object.insert("apiVersion".to_owned(), version.clone().into());
            object.insert("kind".to_owned(), kind.clone().into());
            let object = Value::Object(object);
            known.insert(crate::release::json::uid(&object).to_owned(), object);
        }
        self.tell(Ok(known.values().cloned().collect())).await?;
        let from = encode(crate::release::json::text(&metadata, "/resourceVersion")).to_string();
        let joint = if path.contains('?') { '&' } else { '?' };
        let watch = format!(
            "{path}{joint}watch=true&allowWatchBookmarks=true&resourceVersion={from}&timeoutSeconds=290"
        );
        let answer = read::send(&hold.client, &watch, &asked, (Shape::Whole, Packing::Plain), None).await?;
        let mut chunks = Chunks::new(answer, &self.line, hold, SILENCE, &asked);
        let mut lines = Lines::default();
        loop {
            let chunk = match chunks.next().await {
                Ok(Some(chunk)) => chunk,
                Ok(None) => return Ok(()),
                Err(trouble) if trouble.kind == TroubleKind::Silent => return Ok(()),
                Err(trouble) => return Err(trouble.into()),
            };
            let (mut changed, mut over) = (false, false);
            lines.push(&chunk, |line| {
                if line.trim_ascii().is_empty() {
                    return Ok(());
                }
                let told: Told = serde_json::from_slice(line).map_err(odd)?;
                let uid = crate::release::json::uid(&told.object).to_owned();
                match told.what.as_str() {
                    "ADDED" | "MODIFIED" if told.object.is_object() => {
                        known.insert(uid, told.object);
                        changed = true;
                    }
                    "DELETED" => changed |= known.remove(&uid).is_some(),
                    // The version is too old, or something else about this watch: a new list says how it is.
                    "ERROR" => over = true,
                    _ => {}
                }
                Ok::<(), Trouble>(())
            })?;
            if lines.waiting() > read::OBJECT {
                let said = format!("an event of the watch is longer than {} MiB", read::OBJECT >> 20);
                return Err(Trouble::new(TroubleKind::Protocol, said).trying(&asked.tried).into());
            }
            if changed {
                self.tell(Ok(known.values().cloned().collect())).await?;
            }
            if over {
                return Ok(());
            }
        }
    }
}
