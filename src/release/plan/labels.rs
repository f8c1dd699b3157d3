//! Labels and annotations. What follows from a label is said before anything else: which services a pod leaves and joins,
//! and that its controller lets it go and starts another one.

use serde_json::Value;

use super::{Draft, Level, Line, kubectl};
use crate::model::resource::Resource;
use crate::release::facts::{Facts, Found, Query};
use crate::release::follow::Goal;
use crate::release::history::HASH;
use crate::release::json::{name, number, text, texts};
use crate::release::labelled::{Labels, matches, service_selects};
use crate::release::labels::{Field, adopters, after, find, keeper, services, valid};
use crate::release::pod::{Owner, controller, is_ready, labels};
use crate::release::request::{Refusal, simple};
use crate::release::selector::ports::{self, Resolved};
use crate::release::{Change, Target};

/// What the plan of labels asks for: whoever may select the object. Annotations select nothing.
pub(super) fn lists(keys: &[(String, Option<String>)], target: &Target, object: &Value) -> Vec<Query> {
    let owner = controller(object).and_then(|owner| keeper(&owner.kind));
    match target.resource.kind.as_ref() {
        "Pod" => {
            let mut lists = vec![Query::all(Resource::SERVICES), sets(keys, object)];
            lists.extend(owner.filter(|kind| *kind != Resource::REPLICA_SETS).map(Query::all));
            lists
        }
        "ReplicaSet" => owner.map(Query::all).into_iter().collect(),
        "Node" => vec![Query::all(Resource::DAEMON_SETS)],
        _ => Vec::new(),
    }
}

/// The ReplicaSets that may keep the pod now or afterwards. Those of deployments carry the hash that they select by, so few
/// are read; without a hash any may.
fn sets(keys: &[(String, Option<String>)], object: &Value) -> Query {
    let (now, then) = (labels(object), after(object, keys));
    let mut hashes: Vec<&str> =
        [&now, &then].iter().filter_map(|one| one.get(HASH)).map(String::as_str).collect();
    hashes.dedup();
    match hashes.as_slice() {
        [] => Query::all(Resource::REPLICA_SETS),
        hashes => Query::labelled(Resource::REPLICA_SETS, format!("{HASH} in ({})", hashes.join(","))),
    }
}

pub(super) fn draft(
    field: Field,
    keys: &[(String, Option<String>)],
    change: &Change,
    target: &Target,
    facts: &Facts,
) -> Result<Draft, Refusal> {
    let object = &facts.gathered.object;
    valid(keys, field)?;
    let request = simple(change, target, object, true)?;
    let now = texts(object, &format!("/metadata/{}", field.word()));
    let mut lines = match field {
        Field::Labels => consequences(keys, target, facts),
        Field::Annotations => Vec::new(),
    };
    let level = if lines.iter().any(|line| matches!(line, Line::Warning { .. } | Line::Unknown { .. })) {
        Level::Traffic
    } else {
        Level::Reversible
    };
    let word = field.word().trim_end_matches('s');
    for (key, value) in keys.iter().filter(|(key, value)| now.get(key) != value.as_ref()) {
        let from = now.get(key).map_or("(not set)", String::as_str);
        lines.push(Line::change(format!("{word} {key}"), from, value.as_deref().unwrap_or("(removed)")));
    }
    let before = keys.iter().map(|(key, _)| (key.clone(), now.get(key).cloned())).collect();
    Ok(Draft {
        request,
        goal: Goal::Metadata { field: field.word(), keys: keys.to_vec() },
        inverse: Some(match field {
            Field::Labels => Change::Labels { keys: before },
            Field::Annotations => Change::Annotations { keys: before },
        }),
        lines,
        level,
        kubectl: kubectl::command(change, target),
    })
}

/// What follows from other labels of an object.
pub(super) fn consequences(keys: &[(String, Option<String>)], target: &Target, facts: &Facts) -> Vec<Line> {
    let object = &facts.gathered.object;
    match target.resource.kind.as_ref() {
        "Pod" => {
            let then = after(object, keys);
            let mut lines = service_lines(&then, facts);
            lines.extend(owner_lines(&then, facts));
            lines
        }
        "ReplicaSet" => owner_lines(&after(object, keys), facts),
        "Node" => node_lines(&after(object, keys), facts),
        "Namespace" => vec![Line::effect("policies", "those that select namespaces by label see it at once")],
        _ if object.pointer("/spec/template/metadata").is_some() => {
            vec![Line::effect("pods", "keep their labels: only the object itself gets these")]
        }
        _ => Vec::new(),
    }
}

/// The services that a pod leaves and joins. Its endpoint counts when it is ready, and only where it has a port.
fn service_lines(then: &Labels, facts: &Facts) -> Vec<Line> {
    let object = &facts.gathered.object;
    let now = labels(object);
    let Some(services) = services(facts) else {
        // A list that failed is said by whoever asked for it.
        let asked = *facts.gathered.list(&Resource::SERVICES) != Found::NotAsked;
        let why = facts.around.no_services();
        return if asked { Vec::new() } else { vec![Line::Unknown { what: "services".to_owned(), why }] };
    };
    let moved = |(name, selector): &(String, Labels)| {
        let words = match (service_selects(selector, &now), service_selects(selector, then)) {
            (true, false) => format!("it leaves{}", count(name, facts, -1)),
            (false, true) => format!("it joins{}{}", count(name, facts, 1), deaf(name, facts)),
            _ => return None,
        };
        Some(Line::warning(format!("service {name}"), words))
    };
    services.iter().filter_map(moved).collect()
}

/// `: 3 ready endpoints now, 2 after`, as far as endpoints are watched.
fn count(service: &str, facts: &Facts, by: i64) -> String {
    let object = &facts.gathered.object;
    if !is_ready(object, false) {
        return "; it is not ready, so its ready endpoints stay as they are".to_owned();
    }
    let watched = facts.around.services.iter().flatten().find(|one| one.name == service);
    watched.map_or_else(String::new, |service| {
        let then = (i64::from(service.ready) + by).max(0);
        let nobody = if then == 0 { ": nothing serves it then" } else { "" };
        format!(": {} ready endpoints now, {then} after{nobody}", service.ready)
    })
}

/// What is to be said when a pod joins a service and has no port for it.
fn deaf(service: &str, facts: &Facts) -> String {
    let all = facts.gathered.objects(&Resource::SERVICES);
    let ports = all.iter().find(|one| name(one) == service).map(ports::of).unwrap_or_default();
    let missing = ports.iter().filter(|port| port.on(&facts.gathered.object) == Resolved::Missing);
    let names: Vec<String> = missing.map(ports::ServicePort::target_words).collect();
    if names.is_empty() {
        String::new()
    } else {
        format!("; it has no port named {} and serves nothing there", names.join(", "))
    }
}

/// Whether the controller lets it go, and who takes it.
fn owner_lines(then: &Labels, facts: &Facts) -> Vec<Line> {
    let object = &facts.gathered.object;
    let owner = controller(object);
    let mut lines = Vec::new();
    match owner.as_ref().map(|owner| (owner, find(facts, owner))) {
        // It stays where it is, and nobody else takes what has a controller.
        Some((_, Some(keeper))) if matches(keeper.pointer("/spec/selector"), then) => return lines,
        Some((owner, Some(_))) => lines.push(Line::warning("orphan", released(owner, object))),
        Some((owner, None)) => {
            let why = format!("{owner} was not found: whether its selector still matches is not known");
            lines.push(Line::Unknown { what: "owner".to_owned(), why });
            return lines;
        }
        None => {}
    }
    if text(object, "/kind") != "ReplicaSet" {
        lines.extend(adopters(facts, then).first().map(|set| Line::warning("adopted", adopted(set))));
    }
    lines
}

/// What a controller does about what it lets go.
fn released(owner: &Owner, object: &Value) -> String {
    let own = name(object);
    let next = match owner.kind.as_str() {
        "StatefulSet" => format!("which cannot make another {own} while this one has the name"),
        "DaemonSet" => format!("which starts another one on node {}", text(object, "/spec/nodeName")),
        "Deployment" => "which makes another ReplicaSet".to_owned(),
        _ => "which starts another one at once".to_owned(),
    };
    let what = if owner.kind == "Deployment" { "this one and its pods go on" } else { "this pod goes on" };
    format!("it leaves {owner}, {next}; {what} without an owner, and only you end it")
}

/// What a ReplicaSet does with a pod that comes to it.
fn adopted(set: &Value) -> String {
    let wanted = number(set, "/spec/replicas").unwrap_or(1);
    let then = number(set, "/status/replicas").unwrap_or(wanted) + 1;
    let ends = if then > wanted {
        format!(", which has {then} of {wanted} then and ends one of them")
    } else {
        String::new()
    };
    format!("ReplicaSet {} takes it{ends}", name(set))
}

/// Daemon sets that place pods by a label of the node.
fn node_lines(then: &Labels, facts: &Facts) -> Vec<Line> {
    let now = labels(&facts.gathered.object);
    let placed = |set: &Value| {
        let wants = texts(set, "/spec/template/spec/nodeSelector");
        let here = |labels: &Labels| wants.iter().all(|(key, value)| labels.get(key) == Some(value));
        let words = match (here(&now), here(then)) {
            (true, false) => "ends its pod here",
            (false, true) => "starts a pod here",
            _ => return None,
        };
        Some(Line::warning(format!("daemon set {}", name(set)), words))
    };
    let sets = facts.gathered.objects(&Resource::DAEMON_SETS);
    let mut lines: Vec<Line> = sets.iter().filter_map(placed).collect();
    lines.push(Line::effect("pods", "others that run here stay; new ones are placed by the new labels"));
    lines
}
