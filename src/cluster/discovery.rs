//! What the server serves: aggregated discovery in two requests, or group by group where the server is older.
//!
//! <https://kubernetes.io/docs/concepts/overview/kubernetes-api/#discovery-api>. A group whose server does not answer is
//! named and does not hold up the others.

use std::collections::HashSet;

use futures::StreamExt as _;
use futures::stream;
use serde::Deserialize;

use super::link::Line;
use super::read::{self, Shape, encode, url};
use super::trouble::Asked;
use crate::model::catalogue::{ApiResource, Discovered};
use crate::model::resource::Resource;
use crate::model::text::clean;
use crate::model::trouble::{Trouble, TroubleKind};

mod aggregated;

/// Groups that are read at the same time.
const AT_ONCE: usize = 8;

/// Everything that is served.
pub(super) async fn discover(line: Line) -> Result<Discovered, Trouble> {
    let mut found = Found::default();
    for path in ["/api", "/apis"] {
        let bytes = get(line.clone(), path.to_owned(), Shape::Discovery).await?;
        if aggregated::read(&bytes, &mut found).is_none() {
            // The server knows the question in the old form only.
            return group_by_group(line).await;
        }
    }
    Ok(found.out)
}

async fn get(mut line: Line, path: String, shape: Shape) -> Result<bytes::Bytes, Trouble> {
    let asked = Asked {
        verb: "get",
        resource: path.clone(),
        namespaced: false,
        namespace: None,
        tried: format!("GET {}", url(&line.recipe.target, &path)),
    };
    read::fetch(&mut line, &path, &asked, shape).await
}

async fn group_by_group(line: Line) -> Result<Discovered, Trouble> {
    #[derive(Deserialize)]
    struct Groups {
        groups: Vec<Group>,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Group {
        #[serde(default)]
        versions: Vec<Version>,
        #[serde(default)]
        preferred_version: Option<Version>,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Version {
        group_version: String,
    }
    let bytes = get(line.clone(), "/apis".to_owned(), Shape::Whole).await?;
    let groups: Groups = serde_json::from_slice(&bytes).map_err(|error| {
        Trouble::new(TroubleKind::Protocol, format!("/apis is not an API server's: {error}"))
    })?;
    let mut versions = vec!["v1".to_owned()];
    for group in groups.groups {
        let preferred = group.preferred_version.into_iter();
        // The preferred one comes first, so that it wins where two have the same resource.
        for version in preferred.chain(group.versions).map(|version| version.group_version) {
            if !versions.contains(&version) {
                versions.push(version);
            }
        }
    }
    let reads = versions.into_iter().map(|version| {
        let line = line.clone();
        async move {
            let read = resources(line, &version).await;
            (version, read)
        }
    });
    let answers: Vec<_> = stream::iter(reads).buffered(AT_ONCE).collect().await;
    let mut found = Found::default();
    for (version, read) in answers {
        match read {
            Ok(resources) => resources.into_iter().for_each(|one| found.add(one)),
            Err(trouble) if trouble.kind.is_link() => return Err(trouble),
            Err(trouble) => found.out.broken.push((version, trouble.to_string())),
        }
    }
    Ok(found.out)
}

/// What was found so far.
#[derive(Default)]
struct Found {
    out: Discovered,
    named: HashSet<(String, String)>,
}

impl Found {
    /// Adds a resource, unless an earlier version of its group has it.
    fn add(&mut self, one: ApiResource) {
        if self.named.insert((one.resource.group.to_string(), one.resource.plural.to_string())) {
            self.out.resources.push(one);
        }
    }
}

/// The resources of these `apiVersion`s (`v1`, `apps/v1`); one that the server does not have has none.
pub(super) async fn kinds(line: Line, api_versions: Vec<String>) -> Result<Vec<Resource>, Trouble> {
    let mut all = Vec::new();
    for api_version in api_versions {
        let read = resources(line.clone(), &api_version).await?;
        all.extend(read.into_iter().map(|one| one.resource));
    }
    Ok(all)
}

async fn resources(line: Line, api_version: &str) -> Result<Vec<ApiResource>, Trouble> {
    let (path, group, version) = match api_version.split_once('/') {
        Some((group, version)) => (format!("/apis/{}/{}", encode(group), encode(version)), group, version),
        None => (format!("/api/{}", encode(api_version)), "", api_version),
    };
    let tried = format!("GET {}", url(&line.recipe.target, &path));
    match get(line, path, Shape::Whole).await {
        Err(trouble) if trouble.kind == TroubleKind::NotFound => Ok(Vec::new()),
        Err(trouble) => Err(trouble),
        Ok(bytes) => parsed(&bytes, group, version)
            .map_err(|error| Trouble::new(TroubleKind::Protocol, error.to_string()).trying(&tried)),
    }
}

fn parsed(bytes: &[u8], group: &str, version: &str) -> Result<Vec<ApiResource>, serde_json::Error> {
    #[derive(Deserialize)]
    struct List {
        #[serde(default)]
        resources: Vec<One>,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct One {
        name: String,
        kind: String,
        #[serde(default)]
        namespaced: bool,
        #[serde(default)]
        singular_name: String,
        #[serde(default)]
        short_names: Vec<String>,
        #[serde(default)]
        categories: Vec<String>,
        #[serde(default)]
        verbs: Vec<String>,
    }
    let list: List = serde_json::from_slice(bytes)?;
    let own = |one: One| ApiResource {
        resource: resource(group, version, &one.name, &one.kind, one.namespaced),
        singular: clean(&one.singular_name).into_owned(),
        short_names: cleaned(&one.short_names),
        categories: cleaned(&one.categories),
        verbs: one.verbs,
    };
    // `pods/log` is a subresource: it has no objects of its own.
    Ok(list.resources.into_iter().filter(|one| !one.name.contains('/')).map(own).collect())
}

fn resource(group: &str, version: &str, plural: &str, kind: &str, namespaced: bool) -> Resource {
    let own = |text: &str| clean(text).into_owned().into();
    Resource { group: own(group), version: own(version), plural: own(plural), kind: own(kind), namespaced }
}

fn cleaned(words: &[String]) -> Vec<String> {
    words.iter().map(|word| clean(word).into_owned()).collect()
}

#[cfg(test)]
mod tests;
