//! Reads what is needed to say why an object is as it is: the object, then what each answer makes necessary, all of one step at
//! once. Plain reads, bounded in number and in time; of Secrets and ConfigMaps only whether they are there.

use std::time::Duration;

use serde_json::Value;
use tokio::time::{Instant, timeout, timeout_at};

use super::describe::beside;
use super::link::Line;
use super::read::Shape;
use super::relate::object;
use crate::describe::Ask;
use crate::inquiry::Subject;
use crate::model::record::Seconds;
use crate::model::resource::Resource;
use crate::model::secret;
use crate::model::trouble::{Trouble, TroubleKind};
use crate::release::facts::Found;
use crate::why::{Material, wanted};

/// Nothing is gone into through more steps.
const STEPS: usize = 7;
/// So much is read for one answer.
const MOST: usize = 120;
/// The object itself is given so long, unless `--request-timeout` says otherwise: somebody waits for it.
const OWN: Duration = Duration::from_secs(10);
/// The answer comes after this, with what has been read until then.
const TIME: Duration = Duration::from_secs(20);

/// What is needed; an error when the object itself cannot be read.
pub(super) async fn material(line: Line, subject: &Subject, now: Seconds) -> Result<Material, Trouble> {
    let Subject { resource, namespace, name } = subject;
    let confidential = *resource == Resource::SECRETS || *resource == Resource::CONFIG_MAPS;
    let shape = if confidential { Shape::ObjectMetadata } else { Shape::Whole };
    let limit = line.recipe.target.request_timeout.unwrap_or(OWN);
    let read = timeout(limit, object(line.clone(), resource, namespace, name, shape)).await;
    let mut own: Value = read.map_err(|_| {
        let said = format!("nothing came for {} s", limit.as_secs());
        Trouble::new(TroubleKind::Slow, said).trying(&resource.collection(Some(namespace)))
    })??;
    secret::size(&mut own);
    let (resource, end) = (resource.clone(), Instant::now() + TIME);
    let mut material = Material { resource, object: own, beside: Vec::new(), cut: Vec::new(), now };
    for _ in 0..STEPS {
        let mut asks = wanted(&material);
        asks.retain(|ask| !material.beside.iter().any(|(known, _)| known == ask));
        if asks.is_empty() {
            break;
        }
        let room = MOST.saturating_sub(material.beside.len());
        let over = asks.split_off(room.min(asks.len()));
        material.beside.extend(over.into_iter().map(|ask| not(ask, "too much was to be read")));
        match timeout_at(end, beside(line.clone(), asks.clone())).await {
            Ok((found, cut)) => {
                material.beside.extend(found);
                material.cut.extend(cut);
            }
            Err(_) => material.beside.extend(asks.into_iter().map(|ask| not(ask, "no answer in time"))),
        }
    }
    Ok(material)
}

fn not(ask: Ask, why: &str) -> (Ask, Found<Vec<Value>>) {
    (ask, Found::Unknown(Trouble::new(TroubleKind::Slow, why)))
}
