//! Reads what the relations of an object are made from: the object, its owners, and the lists that its kind needs. Plain
//! reads; of Secrets and ConfigMaps no content is asked for.

use std::time::Duration;

use futures::future::join_all;
use serde::Deserialize;
use serde_json::Value;
use tokio::time::timeout;

use super::discovery::kinds;
use super::gather::asked_of;
use super::link::Line;
use super::read::{self, Shape, encode};
use crate::model::json::{items, text};
use crate::model::relate::{Around, Owner, Presence, Read, Relations, Wanted, relations, wanted};
use crate::model::resource::Resource;
use crate::model::trouble::{Trouble, TroubleKind};

/// One list may not hold the answer up for longer.
const BESIDE: Duration = Duration::from_secs(10);
/// Objects in one answer.
const PAGE: usize = 500;
/// So many objects of a resource are looked at, and it is said when there are more.
const MOST: usize = 10_000;
/// Nothing is owned through more steps.
const DEEPEST: usize = 5;

/// The relations of an object; an error when the object itself cannot be read.
pub(super) async fn relate(
    line: Line,
    resource: Resource,
    namespace: String,
    name: String,
    around: Option<String>,
) -> Result<Relations, Trouble> {
    let secret = resource == Resource::SECRETS || resource == Resource::CONFIG_MAPS;
    let shape = if secret { Shape::ObjectMetadata } else { Shape::Whole };
    let object = object(line.clone(), &resource, &namespace, &name, shape).await?;
    let place = if resource.namespaced { Some(namespace.clone()) } else { around };
    let lists = join_all(wanted(&resource, &object).into_iter().map(|wanted| {
        let (line, place) = (line.clone(), place.clone());
        async move {
            let read = list(line, &wanted, place.as_deref()).await;
            (wanted, read)
        }
    }));
    let (lists, owners) = tokio::join!(lists, owners(line, &namespace, &object));
    Ok(relations(&resource, &Around { object, owners, lists }))
}

pub(super) async fn object(
    mut line: Line,
    resource: &Resource,
    namespace: &str,
    name: &str,
    shape: Shape,
) -> Result<Value, Trouble> {
    let path = resource.object(namespace, name);
    let asked = asked_of(&line, "get", resource, namespace, &path);
    let bytes = read::fetch(&mut line, &path, &asked, shape).await?;
    serde_json::from_slice(&bytes)
        .map_err(|error| Trouble::new(TroubleKind::Protocol, error.to_string()).trying(&asked.tried))
}

pub(super) async fn list(mut line: Line, wanted: &Wanted, namespace: Option<&str>) -> Read {
    #[derive(Deserialize)]
    struct List {
        #[serde(default)]
        metadata: ListMeta,
        #[serde(default)]
        items: Vec<Value>,
    }
    #[derive(Deserialize, Default)]
    #[serde(default)]
    struct ListMeta {
        #[serde(rename = "continue")]
        next: String,
    }
    let base = wanted.resource.collection(namespace);
    let asked = asked_of(&line, "list", &wanted.resource, namespace.unwrap_or_default(), &base);
    let shape = if wanted.metadata_only { Shape::Metadata } else { Shape::Whole };
    let (mut all, mut next) = (Vec::new(), String::new());
    let read = async {
        loop {
            let mut path = format!("{base}?limit={PAGE}");
            if !wanted.fields.is_empty() {
                path = format!("{path}&fieldSelector={}", encode(&wanted.fields));
            }
            if !next.is_empty() {
                path = format!("{path}&continue={}", encode(&next));
            }
            let bytes = read::fetch(&mut line, &path, &asked, shape).await?;
            let page: List = serde_json::from_slice(&bytes)
                .map_err(|error| Trouble::new(TroubleKind::Protocol, error.to_string()))?;
            all.extend(page.items.into_iter().filter(Value::is_object));
            next = page.metadata.next;
            if next.is_empty() || all.len() >= MOST {
                return Ok::<bool, Trouble>(!next.is_empty());
            }
        }
    };
    match timeout(BESIDE, read).await {
        Ok(Ok(more)) => Read::Known(all, more),
        Ok(Err(trouble)) if trouble.kind == TroubleKind::NotFound => Read::NotServed,
        Ok(Err(trouble)) => Read::Not(trouble.to_string()),
        Err(_) => Read::Not("no answer in time".to_owned()),
    }
}

/// The owners of an object, their owners, and so on.
async fn owners(line: Line, namespace: &str, object: &Value) -> Vec<Owner> {
    let mut out = Vec::new();
    let mut above: Vec<Value> = items(object, "/metadata/ownerReferences").to_vec();
    for depth in 0..DEEPEST {
        let seen = join_all(above.iter().map(|reference| owner(line.clone(), namespace, reference))).await;
        let mut next = Vec::new();
        for (reference, seen) in std::mem::take(&mut above).into_iter().zip(seen) {
            let (presence, why) = match seen {
                Ok(object) => {
                    next.extend(items(&object, "/metadata/ownerReferences").iter().cloned());
                    // A namesake is another object: the owner is gone.
                    let same = text(&object, "/metadata/uid") == text(&reference, "/uid");
                    (if same { Presence::There } else { Presence::Missing }, String::new())
                }
                Err(trouble) if trouble.kind == TroubleKind::NotFound => (Presence::Missing, String::new()),
                Err(trouble) => (Presence::NotLooked, trouble.to_string()),
            };
            out.push(Owner { depth, reference, presence, why });
        }
        above = next;
        if above.is_empty() {
            break;
        }
    }
    out
}

async fn owner(line: Line, namespace: &str, reference: &Value) -> Result<Value, Trouble> {
    let (api_version, kind) = (text(reference, "/apiVersion"), text(reference, "/kind"));
    let is_it = |one: &Resource| one.kind == kind && one.api_version() == api_version;
    let resource = match Resource::KNOWN.iter().find(|one| is_it(one)) {
        Some(known) => known.clone(),
        None => kinds(line.clone(), vec![api_version.to_owned()])
            .await?
            .into_iter()
            .find(is_it)
            .ok_or_else(|| Trouble::new(TroubleKind::NotFound, format!("{kind} of {api_version}")))?,
    };
    object(line, &resource, namespace, text(reference, "/name"), Shape::ObjectMetadata).await
}
