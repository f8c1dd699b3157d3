//! Reads what a plan is made from: the object, the lists around it, and whether the user may do it. Plain reads and a
//! self-subject review; the reader's client does it.

use std::time::Duration;

use futures::future::join_all;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::time::timeout;

use super::link::Line;
use super::read::{self, url};
use super::trouble::Asked;
use crate::model::resource::{Resource, encode};
use crate::model::trouble::{Trouble, TroubleKind};
use crate::release::facts::{Found, Gathered, Query};
use crate::release::plan::lists_for;
use crate::release::{Change, Target};

/// What is beside the object may not hold a plan up for longer.
const BESIDE: Duration = Duration::from_secs(5);

/// Gathers for a change of an object; an error when the object itself cannot be read.
pub(super) async fn gather(line: Line, target: Target, change: Change) -> Result<Gathered, Trouble> {
    let object = match object(line.clone(), &target).await {
        // What is applied may not be there yet.
        Err(trouble) if trouble.kind == TroubleKind::NotFound && !target.is_bound() => Value::Null,
        read => read?,
    };
    let queries = lists_for(&change, &target, &object);
    let lists = join_all(queries.into_iter().map(|query| {
        let (line, namespace) = (line.clone(), target.namespace.clone());
        async move {
            let found = list(line, &query, &namespace).await;
            (query, found)
        }
    }));
    let (lists, allowed) = tokio::join!(lists, allowed(line, &target, &change));
    Ok(Gathered { object, lists, allowed })
}

/// The object as the server has it.
pub(super) async fn object(mut line: Line, target: &Target) -> Result<Value, Trouble> {
    let path = target.path();
    let asked = asked_of(&line, "get", &target.resource, &target.namespace, &path);
    let bytes = read::fetch(&mut line, &path, &asked, read::Shape::Whole).await?;
    parsed(&bytes, &asked)
}

pub(super) async fn list(mut line: Line, query: &Query, namespace: &str) -> Found<Vec<Value>> {
    #[derive(Deserialize)]
    struct List {
        #[serde(default)]
        items: Vec<Value>,
    }
    let mut path = query.resource.collection(Some(namespace));
    if let Some(labels) = &query.labels {
        path = format!("{path}?labelSelector={}", encode(labels));
    }
    let asked = asked_of(&line, "list", &query.resource, namespace, &path);
    let shape = if query.metadata_only { read::Shape::Metadata } else { read::Shape::Whole };
    let read = async {
        let bytes = read::fetch(&mut line, &path, &asked, shape).await?;
        parsed::<List>(&bytes, &asked)
    };
    match timeout(BESIDE, read).await {
        // What is no object is nothing that could be told.
        Ok(Ok(list)) => Found::Known(list.items.into_iter().filter(Value::is_object).collect()),
        Ok(Err(trouble)) => Found::Unknown(trouble),
        Err(_) => Found::Unknown(Trouble::new(TroubleKind::Slow, "no answer in time").trying(&asked.tried)),
    }
}

/// What the server says about the user's right; it may know rules that only show at the write.
async fn allowed(mut line: Line, target: &Target, change: &Change) -> Found<Result<(), String>> {
    #[derive(Deserialize)]
    struct Review {
        status: Status,
    }
    #[derive(Deserialize)]
    struct Status {
        #[serde(default)]
        allowed: bool,
        #[serde(default)]
        reason: String,
    }
    let (verb, subresource) = change.right();
    let mut attributes = json!({
        "group": target.resource.group, "version": target.resource.version, "resource": target.resource.plural,
        "verb": verb, "name": target.name, "namespace": target.namespace,
    });
    if let Some(subresource) = subresource {
        attributes["subresource"] = json!(subresource);
    }
    let review = json!({"apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectAccessReview",
        "spec": {"resourceAttributes": attributes}});
    let asked = timeout(BESIDE, read::review(&mut line, "selfsubjectaccessreviews", &review)).await;
    let answered = match asked {
        Ok(answered) => answered.and_then(|bytes| {
            serde_json::from_slice::<Review>(&bytes)
                .map_err(|error| Trouble::new(TroubleKind::Protocol, error.to_string()))
        }),
        Err(_) => Err(Trouble::new(TroubleKind::Slow, "the review was not answered in time")),
    };
    match answered {
        Ok(Review { status }) if status.allowed => Found::Known(Ok(())),
        Ok(Review { status }) => {
            let resource = match subresource {
                Some(sub) => format!("{}/{sub}", target.resource.group_resource()),
                None => target.resource.group_resource(),
            };
            let place = if target.namespace.is_empty() {
                String::new()
            } else {
                format!(" in namespace {}", target.namespace)
            };
            let reason =
                if status.reason.is_empty() { String::new() } else { format!(" ({})", status.reason) };
            let word = change.word();
            Found::Known(Err(format!("forbidden: {word} {target} needs {verb} {resource}{place}{reason}")))
        }
        Err(trouble) => Found::Unknown(trouble),
    }
}

pub(super) fn asked_of(
    line: &Line,
    verb: &'static str,
    resource: &Resource,
    namespace: &str,
    path: &str,
) -> Asked {
    let plain = path.split('?').next().unwrap_or_default();
    Asked {
        verb,
        resource: resource.group_resource(),
        namespaced: resource.namespaced,
        namespace: (!namespace.is_empty()).then(|| namespace.to_owned()),
        tried: format!("GET {}", url(&line.recipe.target, plain)),
    }
}

fn parsed<T: serde::de::DeserializeOwned>(bytes: &[u8], asked: &Asked) -> Result<T, Trouble> {
    serde_json::from_slice(bytes)
        .map_err(|error| Trouble::new(TroubleKind::Protocol, error.to_string()).trying(&asked.tried))
}
