//! Reads what is handed over: why the object is as it is, its events, the end of the log that shows it (this run and the one
//! before), what changed lately. Plain reads; what cannot be read is said in its place.

use std::collections::HashSet;

use super::gather::asked_of;
use super::link::Line;
use super::read::{self, Shape, encode};
use crate::describe::of_object;
use crate::handover::{Handed, LINES, Log, of_container};
use crate::inquiry::Subject;
use crate::model::json::{text, uid};
use crate::model::record::Seconds;
use crate::model::resource::Resource;
use crate::release::facts::Found;
use crate::why::{Shown, why};

/// A log is asked for no more than this, however long its lines are.
const BYTES: usize = 256 << 10;

/// Everything; nothing of it keeps the rest from being handed over.
pub(super) async fn handed(
    line: Line,
    about: Option<Subject>,
    namespace: Option<String>,
    since: Seconds,
    now: Seconds,
) -> Handed {
    let changes = super::recent::recent(line.clone(), namespace, None, since);
    let of_object = async {
        let Some(subject) = &about else { return Handed::default() };
        match super::why::material(line.clone(), subject, now).await {
            Ok(material) => of_material(line.clone(), material).await,
            Err(trouble) => Handed { why: Some(Err(trouble)), ..Handed::default() },
        }
    };
    let (changes, handed) = tokio::join!(changes, of_object);
    Handed { changes: Some(changes), ..handed }
}

async fn of_material(line: Line, material: crate::why::Material) -> Handed {
    let told = why(&material);
    let own = of_object(&material.itself());
    let answered = material.beside.iter().find(|(ask, _)| *ask == own);
    let mut events = answered.map(|(_, found)| found.clone()).unwrap_or_default();
    // What is said of its pods is said of it.
    let others = material.beside.iter().filter(|(ask, _)| ask.resource == Resource::EVENTS && *ask != own);
    let others = others.filter_map(|(_, found)| found.known()).flatten().cloned();
    if let Found::Known(events) = &mut events {
        events.extend(others);
        let mut seen = HashSet::new();
        events.retain(|event| seen.insert(uid(event).to_owned()));
    }
    let shown = told.shown.clone().or_else(|| first(&material));
    let (mut logs, mut container) = (Vec::new(), None);
    if let Some(shown) = shown {
        let (this, before) = tokio::join!(log(line.clone(), &shown, false), log(line.clone(), &shown, true));
        // Of a container that waits to be started again both are the log of the run that ended.
        let same = this.text.is_ok() && this.text == before.text;
        logs.extend(if same { vec![before] } else { vec![this, before] });
        container = of_container(&material, &shown);
    }
    Handed { why: Some(Ok(told)), events, logs, container, changes: None }
}

/// Of a pod that shows nothing, or the first of a workload: its first container.
fn first(material: &crate::why::Material) -> Option<Shown> {
    let own = (material.resource == Resource::PODS).then_some(&material.object);
    let pods = material.beside.iter().filter(|(ask, _)| ask.resource == Resource::PODS);
    let pod = own.or_else(|| pods.filter_map(|(_, found)| found.known()).flatten().next())?;
    Some(Shown {
        namespace: text(pod, "/metadata/namespace").to_owned(),
        pod: text(pod, "/metadata/name").to_owned(),
        container: text(pod, "/spec/containers/0/name").to_owned(),
    })
}

async fn log(mut line: Line, shown: &Shown, previous: bool) -> Log {
    let Shown { namespace, pod, container } = shown;
    let mut path = format!(
        "{}/log?container={}&tailLines={LINES}&limitBytes={BYTES}&timestamps=true",
        Resource::PODS.object(namespace, pod),
        encode(container),
    );
    if previous {
        path.push_str("&previous=true");
    }
    let mut asked = asked_of(&line, "get", &Resource::PODS, namespace, &path);
    "pods/log".clone_into(&mut asked.resource);
    let read = read::fetch(&mut line, &path, &asked, Shape::Whole).await;
    let text = read.map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    Log { shown: shown.clone(), previous, text }
}
