//! Deleting: what goes with it, what comes back by itself, what it takes from services, and that nothing brings the rest back.
//!
//! Sources: garbage collection by `ownerReferences` and `propagationPolicy` (API concepts, "Garbage Collection"), and that a
//! deletion, other than an eviction, asks no `PodDisruptionBudget` ("Disruptions").

use serde_json::Value;

use super::budgets::{self, Going};
use super::{Draft, Level, Line, kubectl};
use crate::model::resource::Resource;
use crate::release::change::Propagation;
use crate::release::facts::{Facts, PodFact, Query};
use crate::release::follow::Goal;
use crate::release::history::{HASH, selector};
use crate::release::json::{items, name, number, text, texts, uid};
use crate::release::labelled::{Labels, service_selects};
use crate::release::labels::services;
use crate::release::pod::{controller, is_ready, labels, terminating};
use crate::release::request::{Refusal, simple};
use crate::release::selector::side::plural;
use crate::release::{Change, Target};

/// A static pod's mirror: the kubelet makes it again from its file.
const MIRROR: &str = "kubernetes.io/config.mirror";

/// What the plan asks for: what the object owns, who selects its pods, who mentions it.
pub(super) fn lists(target: &Target, object: &Value) -> Vec<Query> {
    let selected = |resource| match selector(object) {
        labels if labels.is_empty() => Query::all(resource),
        labels => Query::labelled(resource, labels),
    };
    match target.resource.kind.as_ref() {
        "Pod" => {
            let hash = labels(object).remove(HASH).map(|hash| format!("{HASH}={hash}"));
            let sets = hash.map(|hash| Query::labelled(Resource::REPLICA_SETS, hash));
            let all = [budgets::query(), Query::all(Resource::SERVICES)];
            all.into_iter().chain(sets).collect()
        }
        "Deployment" => vec![
            selected(Resource::REPLICA_SETS),
            selected(Resource::PODS),
            Query::all(Resource::SERVICES),
            Query::all(Resource::AUTOSCALERS),
            budgets::query(),
        ],
        "ReplicaSet" | "StatefulSet" | "DaemonSet" => {
            vec![selected(Resource::PODS), Query::all(Resource::SERVICES), budgets::query()]
        }
        "Job" => vec![selected(Resource::PODS)],
        "ConfigMap" | "Secret" | "PersistentVolumeClaim" | "ServiceAccount" => {
            vec![Query::all(Resource::PODS)]
        }
        "Service" => {
            let of = format!("kubernetes.io/service-name={}", target.name);
            vec![Query::labelled(Resource::ENDPOINT_SLICES, of)]
        }
        _ => Vec::new(),
    }
}

pub(super) fn draft(
    propagation: Propagation,
    grace: Option<u32>,
    change: &Change,
    target: &Target,
    facts: &Facts,
) -> Result<Draft, Refusal> {
    let object = &facts.gathered.object;
    let mut lines = Vec::new();
    if terminating(object) {
        lines.push(Line::effect("state", "it is on its way already"));
    }
    let (back, level) = comes_back(target, object, grace == Some(0), facts);
    lines.push(back);
    if target.resource == Resource::PODS {
        lines.extend(service_lines(std::slice::from_ref(object), facts));
        let going = if controller(object).is_some() { Going::Deleted } else { Going::DeletedForGood };
        lines.extend(budget_lines(std::slice::from_ref(object), facts, going));
        lines.push(containers(object, grace));
    } else {
        if grace == Some(0) {
            let words = "the server waits for nobody: what it stands for may go on, and nothing would say so";
            lines.push(Line::warning("force", words));
        }
        lines.extend(with_it(propagation, target, facts));
        lines.extend(beyond(target, facts));
    }
    let finalizers: Vec<&str> =
        items(object, "/metadata/finalizers").iter().filter_map(Value::as_str).collect();
    if !finalizers.is_empty() {
        let words = format!("it stays until the work of {} is done", finalizers.join(", "));
        lines.push(Line::effect("finalizers", words));
    }
    Ok(Draft {
        request: simple(change, target, object, true)?,
        goal: Goal::Gone,
        inverse: None,
        lines,
        level,
        kubectl: kubectl::command(change, target),
    })
}

/// Whether something takes its place, and how much is at stake by that. What is forced is always destructive: the server
/// forgets a pod whose containers may still run.
fn comes_back(target: &Target, object: &Value, forced: bool, facts: &Facts) -> (Line, Level) {
    let pod = target.resource == Resource::PODS;
    let level = if pod && !forced { Level::Traffic } else { Level::Destructive };
    if pod && texts(object, "/metadata/annotations").contains_key(MIRROR) {
        let words =
            "the kubelet makes it again from its file on the node: deleting it changes nothing for long";
        return (Line::effect("comes back", words), level);
    }
    let Some(owner) = controller(object) else {
        return (Line::warning("comes back", "no: nothing brings it back"), Level::Destructive);
    };
    let words = match owner.kind.as_str() {
        "StatefulSet" => format!("{owner} starts another one of this name once it is gone"),
        "DaemonSet" => format!("{owner} starts another one on the same node"),
        "Job" => format!("{owner} starts another one unless it is finished"),
        _ if siblings_end(&owner.uid, facts) => {
            format!("{owner} starts no other one: it has more than it needs")
        }
        _ => format!("{owner} starts another one at once"),
    };
    (Line::effect("comes back", words), level)
}

/// Whether the controller has none to start, as far as its pods are watched and it was read.
fn siblings_end(owner: &str, facts: &Facts) -> bool {
    let sets = facts.gathered.objects(&Resource::REPLICA_SETS);
    let Some(set) = sets.iter().find(|set| uid(set) == owner) else { return false };
    let pods = facts.around.pods.as_deref().unwrap_or_default();
    let kept = pods.iter().filter(|pod| pod.owner == owner).count() as i64;
    facts.around.pods.is_some() && number(set, "/spec/replicas").unwrap_or(1) < kept
}

fn containers(object: &Value, grace: Option<u32>) -> Line {
    let seconds =
        grace.map(i64::from).or(number(object, "/spec/terminationGracePeriodSeconds")).unwrap_or(30);
    if grace == Some(0) {
        let words = "the server forgets the pod at once and waits for nobody: its containers may go on, and another pod of \
            the name may run beside them";
        return Line::warning("containers", words);
    }
    Line::effect("containers", format!("have {seconds} s to end"))
}

/// What it owns, and what becomes of that.
fn with_it(propagation: Propagation, target: &Target, facts: &Facts) -> Vec<Line> {
    if let Some(all) = everything(target) {
        return vec![Line::warning("with it", all)];
    }
    let owned = owned(facts);
    let mut lines = Vec::new();
    if owned.is_empty() {
        let known = facts.gathered.lists.iter().all(|(_, found)| found.known().is_some());
        let words = if known { "nothing that is known of" } else { "what it owns could not be looked at" };
        return if has_dependents(target) { vec![Line::effect("with it", words)] } else { lines };
    }
    let pods: Vec<Value> = owned
        .iter()
        .filter(|(resource, _)| *resource == Resource::PODS)
        .map(|(_, pod)| (*pod).clone())
        .collect();
    // Other kinds by their names, in the order in which they were found.
    let mut counts: Vec<(&str, usize)> = Vec::new();
    for (resource, _) in owned.iter().filter(|(resource, _)| *resource != Resource::PODS) {
        match counts.iter_mut().find(|(kind, _)| *kind == resource.kind) {
            Some((_, count)) => *count += 1,
            None => counts.push((&*resource.kind, 1)),
        }
    }
    let mut parts: Vec<String> = counts.into_iter().map(|(kind, count)| plural(count, kind)).collect();
    if !pods.is_empty() || has_dependents(target) {
        parts.push(plural(pods.len(), "pod"));
    }
    let one = owned.len() == 1 && parts.len() == 1;
    let fate = match (propagation, one) {
        (Propagation::Background, true) => "goes after it",
        (Propagation::Background, false) => "go after it",
        (Propagation::Foreground, true) => "goes before it",
        (Propagation::Foreground, false) => "go before it",
        (Propagation::Orphan, true) => "stays, without an owner",
        (Propagation::Orphan, false) => "stay, without an owner",
    };
    lines.push(Line::effect("with it", format!("{} {fate}", parts.join(" and "))));
    if propagation != Propagation::Orphan {
        lines.extend(service_lines(&pods, facts));
        lines.extend(budget_lines(&pods, facts, Going::DeletedForGood));
    }
    lines
}

/// The disruption budgets of pods that are deleted.
fn budget_lines(pods: &[Value], facts: &Facts, going: Going) -> Vec<Line> {
    let pods: Vec<(Labels, i64)> =
        pods.iter().map(|pod| (labels(pod), i64::from(is_ready(pod, false)))).collect();
    budgets::lines(facts, &pods, going)
}

fn has_dependents(target: &Target) -> bool {
    matches!(
        target.resource.kind.as_ref(),
        "Deployment" | "ReplicaSet" | "StatefulSet" | "DaemonSet" | "Job" | "CronJob"
    )
}

/// What stands and falls with an object of a kind that holds others.
fn everything(target: &Target) -> Option<String> {
    let name = &target.name;
    Some(match target.resource.kind.as_ref() {
        "Namespace" => format!("everything in namespace {name}"),
        "CustomResourceDefinition" => format!("every {name} of every namespace"),
        "PersistentVolumeClaim" => "the volume and its data, unless its reclaim policy keeps them".to_owned(),
        "PersistentVolume" => "the data, unless its reclaim policy keeps them".to_owned(),
        "Node" => "the pods on it; the machine goes on, and its kubelet may register it again".to_owned(),
        _ => return None,
    })
}

/// What is owned by the object, directly or through others, among what was read.
fn owned(facts: &Facts) -> Vec<(Resource, &Value)> {
    let mut owners = vec![uid(&facts.gathered.object).to_owned()];
    let mut found: Vec<(Resource, &Value)> = Vec::new();
    let all = || {
        let lists = facts.gathered.lists.iter();
        lists.flat_map(|(query, found)| {
            found.known().into_iter().flatten().map(|object| (query.resource.clone(), object))
        })
    };
    let mut at = 0;
    while at < owners.len() {
        let owner = owners[at].clone();
        let of = |object: &Value| {
            items(object, "/metadata/ownerReferences").iter().any(|one| text(one, "/uid") == owner)
        };
        for (resource, object) in all().filter(|(_, object)| of(object)) {
            if !owners.iter().any(|known| known == uid(object)) {
                owners.push(uid(object).to_owned());
                found.push((resource, object));
            }
        }
        at += 1;
    }
    found
}

/// What else is touched by it: endpoints of a service, pods that need a config map, an autoscaler without a target.
fn beyond(target: &Target, facts: &Facts) -> Vec<Line> {
    match target.resource.kind.as_ref() {
        "Service" => {
            let slices = facts.gathered.objects(&Resource::ENDPOINT_SLICES);
            let ready = crate::release::follow::endpoints::ready(slices);
            let words = format!("{} behind it: clients of it fail", plural(ready.len(), "ready pod"));
            vec![Line::warning("endpoints", words)]
        }
        "ConfigMap" | "Secret" | "PersistentVolumeClaim" | "ServiceAccount" => {
            let users: Vec<&str> = facts
                .gathered
                .objects(&Resource::PODS)
                .iter()
                .filter(|pod| needs(pod, target))
                .map(name)
                .collect();
            let words = match users.as_slice() {
                [] => return vec![Line::effect("pods", "none of those that run names it")],
                users => format!(
                    "{} it: those that run go on, new ones do not start ({}{})",
                    if users.len() == 1 {
                        "1 pod needs".to_owned()
                    } else {
                        format!("{} pods need", users.len())
                    },
                    users.iter().take(3).copied().collect::<Vec<_>>().join(", "),
                    if users.len() > 3 { ", …" } else { "" },
                ),
            };
            vec![Line::warning("pods", words)]
        }
        "Deployment" => {
            let scales = |hpa: &&Value| {
                text(hpa, "/spec/scaleTargetRef/kind") == "Deployment"
                    && text(hpa, "/spec/scaleTargetRef/name") == target.name
            };
            let all = facts.gathered.objects(&Resource::AUTOSCALERS).iter();
            all.filter(scales)
                .map(|hpa| Line::effect("stays", format!("HPA {}, without a target", name(hpa))))
                .collect()
        }
        _ => Vec::new(),
    }
}

/// Whether a pod names an object of its namespace.
fn needs(pod: &Value, target: &Target) -> bool {
    let (volume, key) = match target.resource.kind.as_ref() {
        "ConfigMap" => ("configMap", "name"),
        "Secret" => ("secret", "secretName"),
        "PersistentVolumeClaim" => ("persistentVolumeClaim", "claimName"),
        _ => return text(pod, "/spec/serviceAccountName") == target.name,
    };
    let named = |value: &Value, pointer: &str| text(value, pointer) == target.name;
    let volumes = items(pod, "/spec/volumes").iter().any(|one| {
        named(one, &format!("/{volume}/{key}"))
            || items(one, "/projected/sources").iter().any(|source| named(source, &format!("/{volume}/name")))
    });
    let (all, one) = (format!("/{volume}Ref/name"), format!("/valueFrom/{volume}KeyRef/name"));
    let mut containers =
        ["containers", "initContainers"].iter().flat_map(|list| items(pod, &format!("/spec/{list}")));
    let pulls = volume == "secret"
        && items(pod, "/spec/imagePullSecrets").iter().any(|secret| named(secret, "/name"));
    volumes
        || pulls
        || containers.any(|container| {
            items(container, "/envFrom").iter().any(|from| named(from, &all))
                || items(container, "/env").iter().any(|variable| named(variable, &one))
        })
}

/// The ready endpoints that services lose with these pods.
fn service_lines(pods: &[Value], facts: &Facts) -> Vec<Line> {
    let ready: Vec<Labels> = pods.iter().filter(|pod| is_ready(pod, false)).map(labels).collect();
    let lost = |selector: &Labels| ready.iter().filter(|labels| service_selects(selector, labels)).count();
    let Some(services) = services(facts) else { return Vec::new() };
    let hit = services
        .into_iter()
        .map(|(name, selector)| (lost(&selector), name, selector))
        .filter(|(lost, ..)| *lost > 0);
    hit.map(|(lost, name, selector)| {
        let now = ready_now(&name, &selector, facts);
        let words = match now {
            Some(now) if now <= lost => format!("{now} ready now, none after: nothing serves it then"),
            Some(now) => format!("{now} ready now, {} after", now - lost),
            None => format!("{lost} fewer ready endpoints"),
        };
        let what = format!("service {name}");
        if now.is_some_and(|now| now <= lost) {
            Line::warning(what, words)
        } else {
            Line::effect(what, words)
        }
    })
    .collect()
}

/// How many pods serve a service now, by its slices or by the pods that are watched.
fn ready_now(service: &str, selector: &Labels, facts: &Facts) -> Option<usize> {
    let watched = facts.around.services.iter().flatten().find(|one| one.name == service);
    let ready =
        |pod: &&PodFact| pod.ready && service_selects(selector, &pod.labels.iter().cloned().collect());
    watched
        .map(|service| service.ready as usize)
        .or_else(|| facts.around.pods.as_ref().map(|pods| pods.iter().filter(ready).count()))
}
