//! `apidiscovery.k8s.io` `APIGroupDiscoveryList`, `v2` and `v2beta1`, which have the same fields.

use serde::Deserialize;

use super::{Found, cleaned, resource};
use crate::model::catalogue::ApiResource;
use crate::model::text::clean;

#[derive(Deserialize)]
struct List {
    kind: String,
    #[serde(default)]
    items: Vec<Group>,
}

#[derive(Deserialize)]
struct Group {
    #[serde(default)]
    metadata: Metadata,
    #[serde(default)]
    versions: Vec<Version>,
}

#[derive(Deserialize, Default)]
struct Metadata {
    #[serde(default)]
    name: String,
}

#[derive(Deserialize)]
struct Version {
    #[serde(rename = "version")]
    name: String,
    #[serde(default)]
    resources: Vec<One>,
    #[serde(default)]
    freshness: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct One {
    resource: String,
    #[serde(default)]
    response_kind: Option<ResponseKind>,
    #[serde(default)]
    scope: String,
    #[serde(default)]
    singular_resource: String,
    #[serde(default)]
    short_names: Vec<String>,
    #[serde(default)]
    categories: Vec<String>,
    #[serde(default)]
    verbs: Vec<String>,
}

#[derive(Deserialize)]
struct ResponseKind {
    kind: String,
}

/// Adds what an answer says; `None` when it is not of this form.
pub(super) fn read(bytes: &[u8], found: &mut Found) -> Option<()> {
    let list: List =
        serde_json::from_slice(bytes).ok().filter(|list: &List| list.kind == "APIGroupDiscoveryList")?;
    for group in list.items {
        let name = &group.metadata.name;
        // Versions are in the order of preference.
        for version in group.versions {
            if version.freshness == "Stale" {
                // What it served last is still told; whether it answers now is not known.
                let named = format!("{}/{}", clean(name), clean(&version.name));
                found.out.broken.push((named, "its server does not answer; discovery is stale".to_owned()));
            }
            for one in version.resources {
                let Some(kind) = &one.response_kind else { continue };
                found.add(ApiResource {
                    resource: resource(
                        name,
                        &version.name,
                        &one.resource,
                        &kind.kind,
                        one.scope == "Namespaced",
                    ),
                    singular: clean(&one.singular_resource).into_owned(),
                    short_names: cleaned(&one.short_names),
                    categories: cleaned(&one.categories),
                    verbs: one.verbs,
                });
            }
        }
    }
    Some(())
}
