//! Reads what changed lately: metadata of what people change, the templates of what was rolled out, the cluster's events.
//! Plain reads; of Secrets and ConfigMaps no content is asked for.

use std::collections::BTreeSet;

use futures::future::join_all;

use super::link::Line;
use super::read::Shape;
use super::relate::{list, object, relate};
use crate::inquiry::Subject;
use crate::model::json::uid;
use crate::model::record::Seconds;
use crate::model::relate::{Named, Read};
use crate::model::trouble::Trouble;
use crate::recent::{self, Material, Recent};

/// What changed since a time; an error when the object that it is about cannot be read.
pub(super) async fn recent(
    line: Line,
    namespace: Option<String>,
    about: Option<Subject>,
    since: Seconds,
) -> Result<Recent, Trouble> {
    let about = match about {
        Some(subject) => Some(around(line.clone(), subject).await?),
        None => None,
    };
    let mut material = read(line.clone(), namespace.as_deref()).await;
    let needed = recent::needed(&material, since);
    let templates = join_all(needed.into_iter().map(|(resource, namespace, name, _)| {
        let line = line.clone();
        async move { object(line, resource, &namespace, &name, Shape::Whole).await.ok() }
    }));
    // One that is gone meanwhile is not compared.
    for template in templates.await.into_iter().flatten() {
        material.templates.insert(uid(&template).to_owned(), template);
    }
    Ok(recent::recent(&material, since, about.as_ref()))
}

/// An object and what it has to do with.
async fn around(line: Line, subject: Subject) -> Result<BTreeSet<Named>, Trouble> {
    let Subject { resource, namespace, name } = subject;
    let own = Named {
        group: resource.group.to_string(),
        kind: resource.kind.to_string(),
        namespace: namespace.clone(),
        name: name.clone(),
    };
    let relations = relate(line, resource, namespace, name, None).await?;
    Ok(relations.edges.into_iter().map(|edge| edge.to).chain([own]).collect())
}

async fn read(line: Line, namespace: Option<&str>) -> Material {
    let lists = join_all(recent::wanted(namespace).into_iter().map(|(wanted, place)| {
        let line = line.clone();
        async move {
            let read = list(line, &wanted, place).await;
            (wanted.resource, read)
        }
    }));
    let mut material = Material::default();
    for (resource, read) in lists.await {
        let words = resource.group_resource();
        match read {
            Read::Known(objects, more) => {
                if more {
                    material.not_looked.push(format!("{words} beyond the first {}", objects.len()));
                }
                material.lists.entry(resource).or_default().extend(objects);
            }
            Read::Not(why) => material.not_looked.push(format!("{words} ({why})")),
            Read::NotServed => {}
        }
    }
    material
}
