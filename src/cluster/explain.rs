//! Reads what the server says of the fields of a group and version: its index of OpenAPI v3, then the document.

use serde::Deserialize;
use std::collections::BTreeMap;

use super::link::Line;
use super::read::{self, Shape, url};
use super::trouble::Asked;
use crate::model::resource::Resource;
use crate::model::schema::Schemas;
use crate::model::trouble::{Trouble, TroubleKind};

const INDEX: &str = "/openapi/v3";

/// The schemas of a resource's group and version.
pub(super) async fn schemas(line: Line, resource: Resource) -> Result<Schemas, Trouble> {
    #[derive(Deserialize)]
    struct Index {
        paths: BTreeMap<String, Document>,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Document {
        #[serde(rename = "serverRelativeURL")]
        server_relative_url: String,
    }
    let odd = |said: String| Trouble::new(TroubleKind::Protocol, said).trying(INDEX);
    let index = get(line.clone(), INDEX.to_owned()).await?;
    let index: Index = serde_json::from_slice(&index).map_err(|error| odd(error.to_string()))?;
    let version = resource.api_version();
    let root = if resource.group.is_empty() { "api" } else { "apis" };
    let Some(document) = index.paths.get(&format!("{root}/{version}")) else {
        return Err(odd(format!("the server documents nothing of {version}")));
    };
    let path = &document.server_relative_url;
    // Where to read is the server's word; only what is below the index is believed.
    if !path.starts_with("/openapi/v3/") {
        return Err(odd(format!("the document of {version} is at an odd place")));
    }
    let bytes = get(line, path.clone()).await?;
    // A document is megabytes; it is read beside what the other tasks do.
    let read = tokio::task::spawn_blocking(move || Schemas::read(&bytes)).await;
    read.map_err(|error| odd(error.to_string()))?.map_err(odd)
}

async fn get(mut line: Line, path: String) -> Result<bytes::Bytes, Trouble> {
    let plain = path.split('?').next().unwrap_or_default();
    let asked = Asked {
        verb: "get",
        resource: INDEX.to_owned(),
        namespaced: false,
        namespace: None,
        tried: format!("GET {}", url(&line.recipe.target, plain)),
    };
    read::fetch(&mut line, &path, &asked, Shape::Whole).await
}
