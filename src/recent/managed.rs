//! What the managers of an object's fields wrote, and when (`metadata.managedFields`).

use serde_json::Value;

use super::fields::{paths, summary};
use super::{Happening, What, named, time};
use crate::model::json::{items, text, uid};
use crate::model::record::Seconds;
use crate::model::relate::Named;
use crate::model::resource::Resource;
use crate::model::text::clean;

/// A write within so many seconds of a rollout of the same object is what began it.
const TOGETHER: Seconds = 3;

/// Adds what happened to an object since a time. Of `rollouts` the writes that began them are not told a second time.
pub(super) fn happenings(
    resource: &Resource,
    object: &Value,
    since: Seconds,
    rollouts: &[(Named, Seconds)],
    subject: Option<&Named>,
    out: &mut Vec<Happening>,
) {
    let about = named(resource, object);
    let is_subject = subject == Some(&about);
    let mut push = |at: Seconds, what: What, words: String, by: &str| {
        out.push(Happening {
            at,
            about: about.clone(),
            uid: uid(object).to_owned(),
            what,
            words,
            by: clean(by).into_owned(),
        });
    };
    // What a controller makes is told by whom it makes it for.
    let of_a_controller = items(object, "/metadata/ownerReferences")
        .iter()
        .any(|owner| owner.get("controller") == Some(&Value::Bool(true)));
    let created = time(object, "/metadata/creationTimestamp").unwrap_or(0);
    if let Some(at) = time(object, "/metadata/deletionTimestamp").filter(|at| *at >= since) {
        let finalizers: Vec<&str> =
            items(object, "/metadata/finalizers").iter().filter_map(Value::as_str).collect();
        let waits = if finalizers.is_empty() {
            String::new()
        } else {
            format!(", waits for {}", finalizers.join(", "))
        };
        push(at, What::Deleting, clean(&format!("is being deleted{waits}")).into_owned(), "");
    }
    if is_subject {
        for condition in items(object, "/status/conditions") {
            let Some(at) = time(condition, "/lastTransitionTime").filter(|at| *at >= since) else { continue };
            push(at, What::Condition, clean(&turned(condition)).into_owned(), "");
        }
    }
    if of_a_controller && !is_subject {
        return;
    }
    if created >= since && created > 0 {
        let maker = items(object, "/metadata/managedFields")
            .iter()
            .find(|entry| time(entry, "/time") == Some(created) && text(entry, "/subresource").is_empty());
        push(
            created,
            What::Made,
            "was created".to_owned(),
            maker.map_or("", |entry| text(entry, "/manager")),
        );
    }
    for entry in items(object, "/metadata/managedFields") {
        let Some(at) = time(entry, "/time").filter(|at| *at >= since) else { continue };
        let (manager, subresource) = (text(entry, "/manager"), text(entry, "/subresource"));
        if subresource == "status" || at == created {
            continue;
        }
        let Some(fields) = entry.get("fieldsV1") else { continue };
        let paths: Vec<String> = paths(fields).into_iter().filter(|path| !is_bookkeeping(path)).collect();
        if paths.is_empty() {
            continue;
        }
        let began = rollouts.iter().any(|(name, when)| *name == about && (when - at).abs() <= TOGETHER);
        if began && paths.iter().any(|path| path.starts_with("spec.template")) {
            continue;
        }
        let (what, words) = told(resource, subresource, &paths, text(entry, "/operation"));
        push(at, what, words, manager);
    }
}

/// A condition that turned, in words.
fn turned(condition: &Value) -> String {
    let said = [text(condition, "/reason"), text(condition, "/message")];
    let said: Vec<&str> = said.into_iter().filter(|word| !word.is_empty()).collect();
    let colon = if said.is_empty() { "" } else { ": " };
    format!("{} became {}{colon}{}", text(condition, "/type"), text(condition, "/status"), said.join(": "))
}

/// What was written, and in words.
fn told(resource: &Resource, subresource: &str, paths: &[String], operation: &str) -> (What, String) {
    let only = |prefix: &str| paths.iter().all(|path| path.starts_with(prefix));
    let wrote = if operation == "Apply" { "applied" } else { "wrote" };
    match () {
        () if subresource == "scale" || only("spec.replicas") => {
            (What::Scale, "set spec.replicas".to_owned())
        }
        () if *resource == Resource::SERVICES && only("spec.selector") => {
            (What::Selector, format!("set {}", summary(paths)))
        }
        () if *resource == Resource::NODES => (What::Node, format!("{wrote} {}", summary(paths))),
        // One time stands for all fields of a manager: which of them it was that time is not said.
        () if paths.len() == 1 => (What::Fields, format!("{wrote} {}", paths[0])),
        () => (What::Fields, format!("{wrote} some of {}", summary(paths))),
    }
}

/// What controllers write for themselves: it says nothing that anybody wished.
fn is_bookkeeping(path: &str) -> bool {
    const OWN: [&str; 10] = [
        // It is told with its rollout.
        "metadata.annotations[kubernetes.io/change-cause]",
        "metadata.annotations[deployment.kubernetes.io/",
        "metadata.annotations[autoscaling.alpha.kubernetes.io/",
        "metadata.annotations[endpoints.kubernetes.io/",
        "metadata.annotations[pv.kubernetes.io/",
        "metadata.annotations[volume.kubernetes.io/",
        "metadata.annotations[volume.beta.kubernetes.io/",
        "metadata.annotations[kubectl.kubernetes.io/last-applied-configuration]",
        "metadata.annotations[volumes.kubernetes.io/",
        "metadata.annotations[node.alpha.kubernetes.io/",
    ];
    path == "metadata.annotations"
        || path == "metadata.labels"
        || path.starts_with("metadata.finalizers")
        || path.starts_with("metadata.ownerReferences")
        || path.starts_with("status")
        || OWN.iter().any(|own| path.starts_with(own))
}
