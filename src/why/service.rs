//! Services: which pods they select, whether these are ready, and whether the ports lead anywhere.

use serde_json::Value;

use super::ground::Ground;
use super::{Account, Cause, Evidence, Sure, count, pod, workload};
use crate::model::column::Tone;
use crate::model::json::{items, text, texts, uid};

/// The selector as the API takes it; `None`: it has none.
pub(super) fn selector(service: &Value) -> Option<String> {
    let pairs = texts(service, "/spec/selector");
    let words: Vec<String> = pairs.iter().map(|(key, value)| format!("{key}={value}")).collect();
    (!words.is_empty() && text(service, "/spec/type") != "ExternalName").then(|| words.join(","))
}

/// Ready endpoints, and all; `None`: they were not read.
pub(super) fn endpoints(ground: &Ground<'_>, service: &Value) -> Option<(usize, usize)> {
    let slices = ground.answer(&super::wanted::slices(service))?;
    let mut known: Vec<(&str, bool)> = Vec::new();
    for endpoint in slices.iter().flat_map(|slice| items(slice, "/endpoints")) {
        let of = match text(endpoint, "/targetRef/uid") {
            "" => endpoint.pointer("/addresses/0").and_then(Value::as_str).unwrap_or_default(),
            uid => uid,
        };
        let ready = endpoint.pointer("/conditions/ready").and_then(Value::as_bool).unwrap_or(true);
        if !known.iter().any(|(one, _)| *one == of) {
            known.push((of, ready));
        }
    }
    Some((known.iter().filter(|(_, ready)| *ready).count(), known.len()))
}

/// What is told of a service.
pub(super) fn account(ground: &Ground<'_>, service: &Value) -> Account {
    let mut told = Account::default();
    let Some(selector) = selector(service) else {
        let words = match text(service, "/spec/type") {
            "ExternalName" => format!("it stands for the name {}", text(service, "/spec/externalName")),
            _ => "it has no selector: its endpoints are written by somebody else".to_owned(),
        };
        told.tail.push(Evidence::of(service, words, Tone::Plain));
        return told;
    };
    let endpoints = endpoints(ground, service);
    if let Some((0, all)) = endpoints {
        told.state = Some("has no ready endpoints".to_owned());
        let words = format!("no ready endpoint, {} in all", count(all, "endpoint"));
        told.head.push(Evidence::of(service, words, Tone::Bad));
    } else if let Some((ready, all)) = endpoints {
        let step = |tone| Evidence::of(service, format!("{ready} of {} ready", count(all, "endpoint")), tone);
        if ready < all {
            told.state = Some(format!("has {ready} of {} ready", count(all, "endpoint")));
            told.head.push(step(Tone::Warn));
        } else {
            told.tail.push(step(Tone::Good));
        }
    }
    let Some(pods) = ground.answer(&super::wanted::selected(service, &selector)) else { return told };
    let pods: Vec<&Value> = pods.iter().collect();
    if pods.is_empty() {
        told.state.get_or_insert_with(|| "selects nothing".to_owned());
        let words = format!("its selector {selector} matches no pod");
        let mut steps = vec![Evidence::of(service, words.clone(), Tone::Bad)];
        steps.extend(nearly(ground, service));
        told.causes.push(Cause { sure: Sure::Said, words, steps, shown: None });
        return told;
    }
    ports(service, &pods, &mut told);
    let ready = pods.iter().filter(|pod| pod::is_well(pod)).count();
    let words = format!("{selector} selects {}, {ready} ready", count(pods.len(), "pod"));
    told.head.push(Evidence::of(service, words, if ready > 0 { Tone::Plain } else { Tone::Bad }));
    told.causes.extend(workload::of_pods(ground, &pods, 1));
    let all_ready = ready == pods.len();
    if endpoints.is_some_and(|(ready, _)| ready == 0) && all_ready && told.causes.is_empty() {
        let words = "its pods are ready and not among its endpoints".to_owned();
        let step = Evidence::of(service, words.clone(), Tone::Warn);
        told.causes.push(Cause { sure: Sure::Perhaps, words, steps: vec![step], shown: None });
    }
    told
}

/// Pods that match a part of the selector, and what the rest says.
fn nearly(ground: &Ground<'_>, service: &Value) -> Vec<Evidence> {
    let pairs = texts(service, "/spec/selector");
    let mut out: Vec<Evidence> = Vec::new();
    for (key, value) in &pairs {
        let Some(pods) = ground.answer(&super::wanted::selected(service, &format!("{key}={value}"))) else {
            continue;
        };
        let Some(first) = pods.first() else { continue };
        if out.iter().any(|step| step.uid == uid(first)) {
            continue;
        }
        let labels = texts(first, "/metadata/labels");
        let others: Vec<String> = pairs
            .iter()
            .filter(|(key, value)| labels.get(*key) != Some(value))
            .map(|(key, _)| match labels.get(key) {
                Some(other) => format!("{key}={other}"),
                None => format!("no label {key}"),
            })
            .collect();
        if pairs.len() > 1 {
            let many = count(pods.len(), "pod");
            let words = format!("{many} with {key}={value}; this one has {}", others.join(", "));
            out.push(Evidence::of(first, words, Tone::Warn).deeper(1));
        }
    }
    out
}

/// Ports by name that no container has.
fn ports(service: &Value, pods: &[&Value], told: &mut Account) {
    for port in items(service, "/spec/ports") {
        let Some(wanted) = port.get("targetPort").and_then(Value::as_str) else { continue };
        let has = |pod: &&Value| {
            let lists = ["/spec/containers", "/spec/initContainers"];
            let mut all = lists.iter().flat_map(|list| items(pod, list));
            all.any(|container| items(container, "/ports").iter().any(|one| text(one, "/name") == wanted))
        };
        if pods.iter().any(has) {
            continue;
        }
        let number = port.pointer("/port").map(Value::to_string).unwrap_or_default();
        let words =
            format!("port {number} goes to `{wanted}`, and no container of its pods has a port of that name");
        let mut steps = vec![Evidence::of(service, words.clone(), Tone::Bad)];
        if let Some(first) = pods.first() {
            let names = items(first, "/spec/containers").iter().flat_map(|one| items(one, "/ports"));
            let names: Vec<&str> =
                names.map(|one| text(one, "/name")).filter(|name| !name.is_empty()).collect();
            let words = if names.is_empty() {
                "its containers name no ports".to_owned()
            } else {
                format!("its containers name {}", names.join(", "))
            };
            steps.push(Evidence::of(first, words, Tone::Warn).deeper(1));
        }
        told.state.get_or_insert_with(|| "has a port that leads nowhere".to_owned());
        told.causes.push(Cause { sure: Sure::Said, words, steps, shown: None });
    }
}

/// Whether a service has a port, by number or by name.
pub(super) fn has_port(service: &Value, port: &Value) -> bool {
    let all = items(service, "/spec/ports");
    match (port.get("number"), text(port, "/name")) {
        (Some(number), _) => all.iter().any(|one| one.get("port") == Some(number)),
        (None, "") => true,
        (None, name) => all.iter().any(|one| text(one, "/name") == name),
    }
}
