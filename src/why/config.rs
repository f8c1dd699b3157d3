//! What a pod names and cannot start without: ConfigMaps, Secrets, claims, accounts. Only whether they are there is looked at.

use serde_json::Value;

use super::ground::{Ground, Look, unseen};
use super::{Cause, Evidence, Sure, storage};
use crate::model::column::Tone;
use crate::model::json::text;
use crate::model::relate::{Use, uses};
use crate::model::resource::Resource;

/// Kinds of which a pod may name one that is missing.
const NEEDED: [Resource; 4] = [
    Resource::CONFIG_MAPS,
    Resource::SECRETS,
    Resource::PERSISTENT_VOLUME_CLAIMS,
    Resource::SERVICE_ACCOUNTS,
];

/// What a pod names and must have.
pub(super) fn needed(pod: &Value) -> Vec<Use> {
    let mut all = uses(&Resource::PODS, pod);
    all.retain(|one| NEEDED.contains(&one.resource) && !one.optional);
    all
}

/// What is missing, and which claims are not bound; and one step when all of it is there.
pub(super) fn look(ground: &Ground<'_>, pod: &Value) -> (Vec<Cause>, Option<Evidence>) {
    let namespace = text(pod, "/metadata/namespace");
    let (mut causes, mut there, mut unknown) = (Vec::new(), Vec::new(), 0);
    for Use { resource, name, words, .. } in needed(pod) {
        let by = words.join(", ");
        match ground.one(&resource, namespace, &name) {
            Look::Missing => {
                let step = Evidence {
                    depth: 0,
                    about: unseen(&resource, namespace, &name),
                    uid: String::new(),
                    words: format!("is missing; the pod names it ({by})"),
                    tone: Tone::Bad,
                    at: None,
                };
                let words = format!("{} {name} is missing ({by})", resource.kind);
                causes.push(Cause { sure: Sure::Said, words, steps: vec![step], shown: None });
            }
            Look::There(claim) if resource == Resource::PERSISTENT_VOLUME_CLAIMS => {
                let told = storage::account(ground, claim);
                if told.state.is_some() {
                    let cause = told.causes.first().map(|cause| format!(": {}", cause.words));
                    let words = format!("claim {name} is not bound{}", cause.unwrap_or_default());
                    causes.push(Cause { sure: Sure::Said, words, steps: told.steps(0), shown: None });
                } else {
                    there.push(name);
                }
            }
            Look::There(_) => there.push(name),
            Look::NotLooked => unknown += 1,
        }
    }
    let all = causes.is_empty() && unknown == 0 && !there.is_empty();
    let words = || format!("what it names is there: {}", there.join(", "));
    (causes, all.then(|| Evidence::of(pod, words(), Tone::Dim)))
}
