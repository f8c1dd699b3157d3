//! Reads what changed lately: metadata of what people change, the templates of what was rolled out, the cluster's events.
//! Plain reads; of Secrets and ConfigMaps no content is asked for.

use std::collections::BTreeSet;

use futures::future::join_all;
use serde_json::Value;

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
    let (about, own) = match about {
        Some(subject) => {
            let (about, own) =
                tokio::join!(around(line.clone(), subject.clone()), whole(line.clone(), &subject));
            (Some(about?), Some((subject, own)))
        }
        None => (None, None),
    };
    let mut material = read(line.clone(), namespace.as_deref(), own.is_some()).await;
    if let Some((subject, own)) = own {
        material.subject = Some(subject.named());
        // What was read of it in a list is less.
        let list = material.lists.entry(subject.resource.clone()).or_default();
        list.retain(|object| own.as_ref().is_none_or(|own| uid(object) != uid(own)));
        list.extend(own);
    }
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

/// The object itself, with its conditions; of what is confidential its metadata.
async fn whole(line: Line, subject: &Subject) -> Option<Value> {
    let Subject { resource, namespace, name } = subject;
    let shape = if resource.is_confidential() { Shape::ObjectMetadata } else { Shape::Whole };
    object(line, resource, namespace, name, shape).await.ok()
}

/// An object and what it has to do with.
async fn around(line: Line, subject: Subject) -> Result<BTreeSet<Named>, Trouble> {
    let own = subject.named();
    let Subject { resource, namespace, name } = subject;
    let relations = relate(line, resource, namespace, name, None).await?;
    Ok(relations.edges.into_iter().map(|edge| edge.to).chain([own]).collect())
}

async fn read(line: Line, namespace: Option<&str>, of_object: bool) -> Material {
    let lists = join_all(recent::wanted(namespace, of_object).into_iter().map(|(wanted, place)| {
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
