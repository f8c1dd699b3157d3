//! Blue/green: what a service selects now and would select with another selector, pod by pod.
//!
//! A [`Preview`] is what the screen of a switch shows and what its plan is made from. Sources: the API's rule that every
//! key of `spec.selector` must match and that an empty one means endpoints kept by hand (`core/v1` `ServiceSpec`), and the
//! endpoint slice controller for what serves (`k8s.io/endpointslice`). Which sides there are to choose from is
//! [`super::colours`]' business, how ports are found on a pod [`ports`]'.

use serde_json::Value;

use super::change::{Change, Merge};
use super::facts::{Facts, Found, PodFact};
use super::json::{flag, name, text, texts};
use super::labelled::{self, Labels, service_selects, with, written};
use super::pod;
use super::request::{Refusal, simple};
use super::target::Target;
use crate::model::record::Seconds;
use crate::model::resource::Resource;
use ports::{Resolved, ServicePort};

pub mod ports;
pub mod side;

use side::plural;
pub use side::{SeenPod, Side};

/// The annotation by which Argo Rollouts says that it switches a service itself.
pub const ARGO_ROLLOUTS: &str = "argo-rollouts.argoproj.io/managed-by-rollouts";

/// Both sides of a switch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preview {
    /// The service, as kubectl writes it.
    pub service: String,
    /// Its ports.
    pub ports: Vec<ServicePort>,
    /// What it selects now.
    pub now: Side,
    /// What it would select.
    pub then: Side,
    /// What happens to keys that were not named.
    pub how: Merge,
    /// As a merge (`kubectl patch`).
    pub merged: Form,
    /// As a replacement (`kubectl set selector`).
    pub replaced: Form,
    /// Keys that nobody named and that keep every pod out, with their value and how many pods would match without each.
    pub stale: Vec<(String, String, usize)>,
    /// Why the pods are not known, when they are not: then neither side can be believed.
    pub unknown: Option<String>,
    /// It publishes addresses that are not ready: being ready then says nothing.
    pub publishes_not_ready: bool,
    /// It has no address of its own: clients ask DNS for the pods.
    pub headless: bool,
    /// Argo Rollouts' rollout that switches it by itself.
    pub managed_by: Option<String>,
    /// When it was made.
    pub made: Seconds,
}

/// What a selector would be, written one way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Form {
    /// The whole selector afterwards.
    pub selector: Labels,
    /// The patch, without its precondition.
    pub patch: Value,
    /// Keys that go, with their value.
    pub dropped: Labels,
    /// Keys that stay though nobody named them, with their value.
    pub kept: Labels,
    /// How many pods it selects.
    pub pods: usize,
}

/// The pods of a service's namespace, as far as they are known: those that are watched, since they are newer; what is not
/// watched of a pod (its ports, its revision) is that of the list that was read. Without a watch, those of the list.
fn seen(facts: &Facts) -> (Vec<SeenPod>, Option<String>) {
    let service = &facts.gathered.object;
    let ports = ports::of(service);
    let publish = flag(service, "/spec/publishNotReadyAddresses");
    let sets = facts.gathered.objects(&Resource::REPLICA_SETS);
    let read = facts.gathered.objects(&Resource::PODS);
    match (&facts.around.pods, facts.gathered.list(&Resource::PODS)) {
        (Some(pods), _) => {
            let whole = |pod: &PodFact| read.iter().find(|object| name(object) == pod.name);
            let pods = pods.iter().map(|pod| SeenPod::watched(pod, whole(pod), sets, &ports, publish));
            (pods.collect(), None)
        }
        (None, Found::Known(pods)) => {
            (pods.iter().map(|pod| SeenPod::of(pod, sets, &ports, publish)).collect(), None)
        }
        (None, Found::Unknown(trouble)) => (Vec::new(), Some(trouble.to_string())),
        (None, Found::NotAsked) => (Vec::new(), Some("the namespace is not on the screen".to_owned())),
    }
}

/// Refuses services whose endpoints do not follow a selector.
pub fn switchable(service: &Value, target: &Target) -> Result<(), Refusal> {
    if text(service, "/spec/type") == "ExternalName" {
        let points = text(service, "/spec/externalName");
        return Err(Refusal(format!("{target} is only another name of {points}: it selects no pods")));
    }
    if texts(service, "/spec/selector").is_empty() {
        return Err(Refusal(format!(
            "{target} has no selector: its endpoints are kept by hand, and a selector would take them over"
        )));
    }
    Ok(())
}

impl Preview {
    /// Both sides of a switch, from what was read for it; refused when there is nothing to switch.
    pub fn of(
        keys: &[(String, Option<String>)],
        how: Merge,
        target: &Target,
        facts: &Facts,
    ) -> Result<Self, Refusal> {
        let service = &facts.gathered.object;
        switchable(service, target)?;
        let now = texts(service, "/spec/selector");
        let (pods, unknown) = seen(facts);
        let form = |how| Form::of(&now, keys, how, &pods, target, service);
        let (merged, replaced) = (form(Merge::Merge)?, form(Merge::Replace)?);
        let then = if how == Merge::Merge { merged.selector.clone() } else { replaced.selector.clone() };
        if then == now {
            return Err(Refusal(format!("{target} has this selector already")));
        }
        if then.is_empty() {
            return Err(Refusal(format!(
                "that would leave {target} without a selector: its endpoints would no longer follow any pods"
            )));
        }
        let chosen = if how == Merge::Merge { &merged } else { &replaced };
        Ok(Self {
            stale: stale(chosen, &pods),
            service: target.to_string(),
            ports: ports::of(service),
            now: Side::of(now, &pods, name(service), facts),
            then: Side::of(then, &pods, name(service), facts),
            how,
            merged,
            replaced,
            unknown,
            publishes_not_ready: flag(service, "/spec/publishNotReadyAddresses"),
            headless: text(service, "/spec/clusterIP") == "None",
            managed_by: texts(service, "/metadata/annotations").remove(ARGO_ROLLOUTS),
            made: facts.now,
        })
    }

    /// The form that was chosen.
    pub fn chosen(&self) -> &Form {
        if self.how == Merge::Merge { &self.merged } else { &self.replaced }
    }

    /// The form that was not.
    pub fn other(&self) -> &Form {
        if self.how == Merge::Merge { &self.replaced } else { &self.merged }
    }

    /// Whether it makes no difference what happens to keys that were not named.
    pub fn same_either_way(&self) -> bool {
        self.merged.selector == self.replaced.selector
    }

    /// Keys that are asked for now and would be no longer, and let more pods match by that: how many more.
    pub fn widened(&self) -> Option<(String, usize)> {
        let dropped = &self.chosen().dropped;
        let with_them =
            |pod: &&SeenPod| dropped.iter().all(|(key, value)| pod.labels.get(key) == Some(value));
        let narrow = self.then.pods.iter().filter(with_them).count();
        let more = self.then.pods.len() - narrow;
        (!dropped.is_empty()).then(|| (written(dropped), more))
    }

    /// Why it is not done unless one insists: fewer pods would serve than `least_ready` percent of those that do now. `None`:
    /// nothing is against it.
    pub fn against(&self, least_ready: u32) -> Option<Refusal> {
        if let Some(why) = &self.unknown {
            return Some(Refusal(format!(
                "the pods could not be looked at ({why}): nothing shows that anything would serve {}",
                self.service
            )));
        }
        let (now, then) = (self.now.serving(), self.then.serving());
        let asked = written(&self.then.selector);
        if self.then.pods.is_empty() {
            let stale = |(key, value, pods): &(String, String, usize)| {
                format!("; {key}={value} is kept, and without it {} would match", plural(*pods, "pod"))
            };
            let hint: String = self.stale.iter().map(stale).collect();
            return Some(Refusal(format!("no pod has {asked}: nothing would serve {}{hint}", self.service)));
        }
        if then == 0 {
            let why = match self.then.ready() {
                0 => format!("0 of {} with {asked} ready", plural(self.then.pods.len(), "pod")),
                ready => format!(
                    "{} with {asked} ready, and none has a port that it asks for",
                    plural(ready, "pod")
                ),
            };
            return Some(Refusal(format!("{why}: nothing would serve {}", self.service)));
        }
        let enough = then as u64 * 100 >= now as u64 * u64::from(least_ready);
        let least = match least_ready {
            100 => "as many".to_owned(),
            percent => format!("{percent} % of them"),
        };
        (!enough).then(|| {
            let do_now = if now == 1 { "does now" } else { "do now" };
            Refusal(format!(
                "{} with {asked} would serve, {now} {do_now}: at least {least} are asked for",
                plural(then, "pod")
            ))
        })
    }
}

impl Form {
    fn of(
        now: &Labels,
        keys: &[(String, Option<String>)],
        how: Merge,
        pods: &[SeenPod],
        target: &Target,
        service: &Value,
    ) -> Result<Self, Refusal> {
        let selector = after(now, keys, how);
        let change = Change::Selector { keys: keys.to_vec(), how, insist: false };
        let mut patch = simple(&change, target, service, false)?.body;
        if let Some(map) = patch.as_object_mut() {
            map.remove("metadata");
        }
        let named = |key: &str| keys.iter().any(|(known, _)| known == key);
        let unnamed = |there: bool| -> Labels {
            let all = now.iter().filter(|(key, _)| !named(key) && selector.contains_key(*key) == there);
            all.map(|(key, value)| (key.clone(), value.clone())).collect()
        };
        Ok(Self {
            patch,
            dropped: unnamed(false),
            kept: unnamed(true),
            pods: pods.iter().filter(|pod| service_selects(&selector, &pod.labels)).count(),
            selector,
        })
    }
}

/// The whole selector afterwards. A strategic merge patch merges the map, and null takes a key away (`kubectl patch`);
/// `kubectl set selector` names every key that stays.
pub fn after(now: &Labels, keys: &[(String, Option<String>)], how: Merge) -> Labels {
    match how {
        Merge::Merge => with(now, keys),
        Merge::Replace => with(&Labels::new(), keys),
    }
}

/// Keys that nobody named and that keep every pod out, with how many would match without each. The classic accident of a
/// merge. A key that keeps only some out is no accident: without it another application's pods would match.
fn stale(form: &Form, pods: &[SeenPod]) -> Vec<(String, String, usize)> {
    if form.pods > 0 || form.kept.len() == form.selector.len() {
        return Vec::new();
    }
    let without = |key: &String| {
        let mut selector = form.selector.clone();
        selector.remove(key);
        pods.iter().filter(|pod| service_selects(&selector, &pod.labels)).count()
    };
    let all = form.kept.iter().map(|(key, value)| (key.clone(), value.clone(), without(key)));
    all.filter(|(.., pods)| *pods > 0).collect()
}

impl SeenPod {
    /// A pod that is watched, with what only the whole object says, where it was read.
    fn watched(
        pod: &PodFact,
        whole: Option<&Value>,
        sets: &[Value],
        ports: &[ServicePort],
        publish: bool,
    ) -> Self {
        let read = whole.map(|whole| Self::of(whole, sets, ports, publish));
        // Addresses that are not ready are published by what the whole object says.
        let ready = pod.ready || publish && read.as_ref().is_some_and(|read| read.ready);
        let (revision, ports) = read.map_or((None, None), |read| (read.revision, read.ports));
        Self {
            name: pod.name.clone(),
            labels: pod.labels.iter().cloned().collect(),
            ready,
            state: if ready { "ready".to_owned() } else { pod.status.clone() },
            revision,
            images: pod.images.clone(),
            created: pod.created,
            ports,
        }
    }

    /// A pod as the server has it.
    fn of(pod: &Value, sets: &[Value], ports: &[ServicePort], publish: bool) -> Self {
        let ready = pod::is_ready(pod, publish);
        Self {
            name: name(pod).to_owned(),
            labels: pod::labels(pod),
            ready,
            state: if ready { "ready".to_owned() } else { pod::state(pod) },
            revision: pod::revision(pod, sets),
            images: pod::containers(pod),
            created: pod::created(pod),
            ports: Some(ports.iter().map(|port| port.on(pod)).collect()),
        }
    }

    /// Whether traffic reaches something: it is ready, and has a port that the service asks for, as far as is known.
    pub fn serves(&self) -> bool {
        let ports = self.ports.as_deref().unwrap_or_default();
        self.ready && (ports.is_empty() || ports.iter().any(|port| *port != Resolved::Missing))
    }
}

impl Side {
    /// The side that a selector selects; `service` is the one that is switched.
    fn of(selector: Labels, pods: &[SeenPod], service: &str, facts: &Facts) -> Self {
        let mut pods: Vec<SeenPod> =
            pods.iter().filter(|pod| service_selects(&selector, &pod.labels)).cloned().collect();
        pods.sort_by(|one, other| one.name.cmp(&other.name));
        let any = |selects: &dyn Fn(&Labels) -> bool| pods.iter().any(|pod| selects(&pod.labels));
        let mut services: Vec<String> = others(facts, service)
            .into_iter()
            .filter(|(_, selector)| any(&|labels| service_selects(selector, labels)))
            .map(|(name, _)| name)
            .collect();
        services.sort();
        let budgets = facts.gathered.objects(&Resource::DISRUPTION_BUDGETS).iter();
        let mut budgets: Vec<String> = budgets
            .filter(|budget| any(&|labels| labelled::matches(budget.pointer("/spec/selector"), labels)))
            .map(|budget| name(budget).to_owned())
            .collect();
        budgets.sort();
        Self { selector, pods, services, budgets }
    }
}

/// The other services of the namespace with their selectors.
fn others(facts: &Facts, service: &str) -> Vec<(String, Labels)> {
    let all: Vec<(String, Labels)> = match facts.gathered.list(&Resource::SERVICES) {
        Found::Known(services) => services
            .iter()
            .map(|service| (name(service).to_owned(), texts(service, "/spec/selector")))
            .collect(),
        _ => facts
            .around
            .services
            .iter()
            .flatten()
            .map(|service| (service.name.clone(), service.selector.iter().cloned().collect()))
            .collect(),
    };
    all.into_iter().filter(|(name, _)| name != service).collect()
}

#[cfg(test)]
mod tests;
