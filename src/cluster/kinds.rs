//! Which resources a group and version of the API has: for objects of kinds that the program does not name itself.

use serde::Deserialize;

use super::link::Line;
use super::read::{self, encode, url};
use super::trouble::Asked;
use crate::model::resource::Resource;
use crate::model::trouble::{Trouble, TroubleKind};

/// The resources of these `apiVersion`s (`v1`, `apps/v1`); one that the server does not have has none.
pub(super) async fn kinds(line: Line, api_versions: Vec<String>) -> Result<Vec<Resource>, Trouble> {
    let mut all = Vec::new();
    for api_version in api_versions {
        all.extend(resources(line.clone(), &api_version).await?);
    }
    Ok(all)
}

async fn resources(mut line: Line, api_version: &str) -> Result<Vec<Resource>, Trouble> {
    let (path, group, version) = match api_version.split_once('/') {
        Some((group, version)) => (format!("/apis/{}/{}", encode(group), encode(version)), group, version),
        None => (format!("/api/{}", encode(api_version)), "", api_version),
    };
    let asked = Asked {
        verb: "get",
        resource: path.clone(),
        namespaced: false,
        namespace: None,
        tried: format!("GET {}", url(&line.recipe.target, &path)),
    };
    match read::fetch(&mut line, &path, &asked, read::Shape::Whole).await {
        Err(trouble) if trouble.kind == TroubleKind::NotFound => Ok(Vec::new()),
        Err(trouble) => Err(trouble),
        Ok(bytes) => parsed(&bytes, group, version)
            .map_err(|error| Trouble::new(TroubleKind::Protocol, error.to_string()).trying(&asked.tried)),
    }
}

fn parsed(bytes: &[u8], group: &str, version: &str) -> Result<Vec<Resource>, serde_json::Error> {
    #[derive(Deserialize)]
    struct List {
        #[serde(default)]
        resources: Vec<One>,
    }
    #[derive(Deserialize)]
    struct One {
        name: String,
        kind: String,
        #[serde(default)]
        namespaced: bool,
    }
    let list: List = serde_json::from_slice(bytes)?;
    let own = |one: One| Resource {
        group: group.to_owned().into(),
        version: version.to_owned().into(),
        plural: one.name.into(),
        kind: one.kind.into(),
        namespaced: one.namespaced,
    };
    // `pods/log` is a subresource: it has no objects of its own.
    Ok(list.resources.into_iter().filter(|one| !one.name.contains('/')).map(own).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_real_answer_names_the_resources_of_its_version() {
        let answer = include_bytes!("../../tests/data/real-api/discovery-apps-v1.json");
        let all = parsed(answer, "apps", "v1").unwrap();
        assert!(all.contains(&Resource::DEPLOYMENTS) && all.contains(&Resource::CONTROLLER_REVISIONS));
        assert!(all.iter().all(|one| !one.plural.contains('/')), "{all:?}");
    }
}
