//! Which other sides there are: the values that pods have for the keys of a service's selector.
//!
//! A side is what pods (or the templates of deployments that have none just now) carry for all keys of the selector. It is a
//! candidate when it agrees with the selector in at least one key (what makes it the same application), or when the
//! selector has but one key. So keys that switch together (`label` and `version`) are one candidate, not none.

use super::{SeenPod, seen, switchable};
use crate::model::resource::Resource;
use crate::release::facts::{Facts, Query};
use crate::release::json::{name, texts};
use crate::release::labelled::{Labels, service_selects};
use crate::release::request::Refusal;
use crate::release::target::Target;

/// A side that a service could be switched to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// The keys that would have another value, with it; empty: it is the side that is selected now.
    pub keys: Vec<(String, String)>,
    /// The whole selector.
    pub selector: Labels,
    /// How many pods it selects.
    pub pods: usize,
    /// How many of them are ready.
    pub ready: usize,
    /// How many of them would really serve: ready, and with a port that the service asks for.
    pub serving: usize,
    /// The deployments whose pods it selects, as kubectl writes them.
    pub workloads: Vec<String>,
}

impl Candidate {
    /// Whether it is the side that is selected now.
    pub fn is_now(&self) -> bool {
        self.keys.is_empty()
    }
}

/// What has to be read for the candidates and for a [`super::Preview`] of each: pods and ReplicaSets that have all keys of
/// the selector, and everything of which there are few.
pub fn lists(service: &serde_json::Value) -> Vec<Query> {
    let keys: Vec<String> = texts(service, "/spec/selector").into_keys().collect();
    if keys.is_empty() {
        return Vec::new();
    }
    let has_all = keys.join(",");
    vec![
        Query::labelled(Resource::PODS, has_all.clone()),
        Query::labelled(Resource::REPLICA_SETS, has_all),
        Query::all(Resource::DEPLOYMENTS),
        Query::all(Resource::SERVICES),
        Query::all(Resource::DISRUPTION_BUDGETS),
    ]
}

/// The sides of a service: the one that it selects now first, then those that would serve, fewest changed keys first.
pub fn candidates(target: &Target, facts: &Facts) -> Result<Vec<Candidate>, Refusal> {
    let service = &facts.gathered.object;
    switchable(service, target)?;
    let now = texts(service, "/spec/selector");
    let (pods, _) = seen(facts);
    let deployments = facts.gathered.objects(&Resource::DEPLOYMENTS);
    let templates: Vec<(String, Labels)> = deployments
        .iter()
        .map(|one| (format!("deployment/{}", name(one)), texts(one, "/spec/template/metadata/labels")))
        .collect();
    let carried = pods.iter().map(|pod| &pod.labels).chain(templates.iter().map(|(_, labels)| labels));
    let mut sides: Vec<Labels> =
        carried.filter_map(|labels| side(&now, labels)).chain([now.clone()]).collect();
    sides.sort();
    sides.dedup();
    let mut all: Vec<Candidate> =
        sides.into_iter().map(|selector| candidate(selector, &now, &pods, &templates)).collect();
    all.sort_by_key(|one| (!one.is_now(), one.serving == 0, one.keys.len(), std::cmp::Reverse(one.ready)));
    Ok(all)
}

/// What labels have for the keys of a selector; `None` when they lack one, or agree in none of several.
fn side(now: &Labels, labels: &Labels) -> Option<Labels> {
    let side = now
        .keys()
        .map(|key| labels.get(key).map(|value| (key.clone(), value.clone())))
        .collect::<Option<Labels>>()?;
    let agrees = now.len() == 1 || side.iter().any(|(key, value)| now.get(key) == Some(value));
    agrees.then_some(side)
}

fn candidate(selector: Labels, now: &Labels, pods: &[SeenPod], templates: &[(String, Labels)]) -> Candidate {
    let here: Vec<&SeenPod> = pods.iter().filter(|pod| service_selects(&selector, &pod.labels)).collect();
    let other = selector.iter().filter(|(key, value)| now.get(*key) != Some(*value));
    let keys = other.map(|(key, value)| (key.clone(), value.clone())).collect();
    let of = templates.iter().filter(|(_, labels)| service_selects(&selector, labels));
    Candidate {
        keys,
        pods: here.len(),
        ready: here.iter().filter(|pod| pod.ready).count(),
        serving: here.iter().filter(|pod| pod.serves()).count(),
        workloads: of.map(|(name, _)| name.clone()).collect(),
        selector,
    }
}

/// The keys that tell the sides apart: what switches.
pub fn switching(candidates: &[Candidate]) -> Vec<String> {
    let mut keys: Vec<String> =
        candidates.iter().flat_map(|one| one.keys.iter().map(|(key, _)| key.clone())).collect();
    keys.sort();
    keys.dedup();
    keys
}
