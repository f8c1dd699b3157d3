//! Reads an object and what is told beside it: plain reads, all at once, each of which may fail without the others.

use std::time::Duration;

use futures::future::join_all;
use serde::Deserialize;
use serde_json::Value;
use tokio::time::timeout;

use super::gather::asked_of;
use super::link::Line;
use super::read::{self, ObjectRef, Shape};
use crate::describe::{Ask, Cut, Material, What, of_object, sources, wanted};
use crate::model::resource::encode;
use crate::model::secret;
use crate::model::trouble::{Trouble, TroubleKind};
use crate::release::facts::Found;

/// What is beside the object may not hold the description up for longer.
const BESIDE: Duration = Duration::from_secs(8);
/// So many of one kind are read beside an object; kubectl reads pages of that size.
const MOST: usize = 500;

/// Everything that is told of an object. Values of Secrets do not leave this function.
pub(super) async fn material(line: Line, of: ObjectRef, what: What) -> Result<Material, Trouble> {
    let bytes = read::object(line.clone(), of).await?;
    let mut object: Value = serde_json::from_slice(&bytes)
        .map_err(|error| Trouble::new(TroubleKind::Protocol, error.to_string()))?;
    secret::size(&mut object);
    let asks = match what {
        What::Describe => wanted(&object),
        What::Events => vec![of_object(&object)],
        What::Containers => sources(&object),
        What::Object => Vec::new(),
    };
    let (beside, cut) = beside(line, asks).await;
    Ok(Material { object, beside, cut, now: 0 })
}

/// Reads all of these at once.
pub(super) async fn beside(line: Line, asks: Vec<Ask>) -> (Vec<(Ask, Found<Vec<Value>>)>, Vec<Cut>) {
    let read = join_all(asks.into_iter().map(|ask| {
        let line = line.clone();
        async move {
            let mut cut = None;
            let found = match timeout(BESIDE, read(line, &ask)).await {
                Ok(Ok((mut found, more))) => {
                    let resource = ask.resource.clone();
                    cut = more.map(|more| Cut { what: ask.what, resource, shown: found.len(), more: more.0 });
                    for object in &mut found {
                        let closed = secret::size(object);
                        if ask.keys_only && !closed {
                            secret::keys(object);
                        }
                    }
                    Found::Known(found)
                }
                // What is not there is none of them.
                Ok(Err(trouble)) if trouble.kind == TroubleKind::NotFound => Found::Known(Vec::new()),
                Ok(Err(trouble)) => Found::Unknown(trouble),
                Err(_) => Found::Unknown(Trouble::new(TroubleKind::Slow, "no answer in time")),
            };
            ((ask, found), cut)
        }
    }))
    .await;
    let (found, cut): (Vec<_>, Vec<_>) = read.into_iter().unzip();
    (found, cut.into_iter().flatten().collect())
}

/// There are more than were read: how many, where the server says it.
struct More(Option<u64>);

async fn read(mut line: Line, ask: &Ask) -> Result<(Vec<Value>, Option<More>), Trouble> {
    #[derive(Deserialize)]
    struct List {
        #[serde(default)]
        metadata: ListMeta,
        #[serde(default)]
        items: Vec<Value>,
    }
    #[derive(Deserialize, Default)]
    #[serde(default, rename_all = "camelCase")]
    struct ListMeta {
        #[serde(rename = "continue")]
        next: String,
        remaining_item_count: Option<u64>,
    }
    let (version, kind) = (ask.resource.api_version(), ask.resource.kind.to_string());
    let named = |item: Value| match item {
        // Items of a list do not say what they are, and metadata says that it is metadata.
        Value::Object(mut object) => {
            object.insert("apiVersion".to_owned(), version.clone().into());
            object.insert("kind".to_owned(), kind.clone().into());
            Some(Value::Object(object))
        }
        _ => None,
    };
    if let Some(name) = &ask.name {
        let path = ask.resource.object(&ask.namespace, name);
        let asked = asked_of(&line, "get", &ask.resource, &ask.namespace, &path);
        let shape = if ask.names_only { Shape::ObjectMetadata } else { Shape::Whole };
        let bytes = read::fetch(&mut line, &path, &asked, shape).await?;
        return Ok((named(parsed(&bytes)?).into_iter().collect(), None));
    }
    let mut path = format!("{}?limit={MOST}", ask.resource.collection(Some(&ask.namespace)));
    for (parameter, value) in [("labelSelector", &ask.labels), ("fieldSelector", &ask.fields)] {
        if let Some(value) = value {
            path = format!("{path}&{parameter}={}", encode(value));
        }
    }
    let asked = asked_of(&line, "list", &ask.resource, &ask.namespace, &path);
    let bytes = read::fetch(&mut line, &path, &asked, Shape::Whole).await?;
    let list: List = parsed(&bytes)?;
    let more = (!list.metadata.next.is_empty()).then_some(More(list.metadata.remaining_item_count));
    Ok((list.items.into_iter().filter_map(named).collect(), more))
}

fn parsed<T: serde::de::DeserializeOwned>(bytes: &[u8]) -> Result<T, Trouble> {
    serde_json::from_slice(bytes).map_err(|error| Trouble::new(TroubleKind::Protocol, error.to_string()))
}
