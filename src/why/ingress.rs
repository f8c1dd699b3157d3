//! Ingresses: backends that lead nowhere, and why their services have nothing ready.

use serde_json::Value;

use super::ground::{Ground, Look, unseen};
use super::{Account, Cause, Evidence, Sure, count, service};
use crate::model::column::Tone;
use crate::model::json::{items, name, text};
use crate::model::resource::Resource;

/// One backend: who is asked for what.
pub(super) struct Backend<'a> {
    /// `host/path`.
    pub way: String,
    /// The service's name.
    pub service: &'a str,
    /// `service.port` of the backend.
    port: &'a Value,
}

/// The backends of an ingress that are services, each service with each port once.
pub(super) fn backends(ingress: &Value) -> Vec<Backend<'_>> {
    let default =
        ingress.pointer("/spec/defaultBackend/service").map(|it| ("everything else".to_owned(), it));
    let rules = items(ingress, "/spec/rules").iter().flat_map(|rule| {
        let host = Some(text(rule, "/host")).filter(|host| !host.is_empty()).unwrap_or("*");
        items(rule, "/http/paths").iter().filter_map(move |path| {
            Some((format!("{host}{}", text(path, "/path")), path.pointer("/backend/service")?))
        })
    });
    let mut out: Vec<Backend<'_>> = Vec::new();
    for (way, it) in rules.chain(default) {
        let one = Backend { way, service: text(it, "/name"), port: &it["port"] };
        if !out.iter().any(|known| known.service == one.service && known.port == one.port) {
            out.push(one);
        }
    }
    out
}

/// The Secrets that hold its certificates.
pub(super) fn certificates(ingress: &Value) -> Vec<&str> {
    let names = items(ingress, "/spec/tls").iter().map(|tls| text(tls, "/secretName"));
    let mut names: Vec<&str> = names.filter(|name| !name.is_empty()).collect();
    names.dedup();
    names
}

/// What is told of an ingress.
pub(super) fn account(ground: &Ground<'_>, ingress: &Value) -> Account {
    let mut told = Account::default();
    let namespace = text(ingress, "/metadata/namespace");
    let backends = backends(ingress);
    let (mut dead, mut unwell) = (0, 0);
    for Backend { way, service: named, port } in &backends {
        let missing = |words: String| Evidence {
            depth: 0,
            about: unseen(&Resource::SERVICES, namespace, named),
            uid: String::new(),
            words,
            tone: Tone::Bad,
            at: None,
        };
        match ground.one(&Resource::SERVICES, namespace, named) {
            Look::Missing => {
                dead += 1;
                let words = format!("{way} leads to service {named}, which does not exist");
                let steps = vec![missing(format!("is missing; {way} leads there"))];
                told.causes.push(Cause { sure: Sure::Said, words, steps, shown: None });
            }
            Look::There(it) if !service::has_port(it, port) => {
                dead += 1;
                let wanted =
                    port.get("number").map_or_else(|| text(port, "/name").to_owned(), Value::to_string);
                let words =
                    format!("{way} leads to port {wanted} of service {named}, which has no such port");
                let steps =
                    vec![Evidence::of(it, format!("it has no port {wanted}; {way} leads there"), Tone::Bad)];
                told.causes.push(Cause { sure: Sure::Said, words, steps, shown: None });
            }
            Look::There(it) => {
                let of = service::account(ground, it);
                let ready = service::endpoints(ground, it);
                let Some(state) = of.state.clone() else {
                    told.tail.push(Evidence::of(it, format!("{way} leads there: it is well"), Tone::Dim));
                    continue;
                };
                if ready.is_some_and(|(ready, _)| ready == 0) {
                    dead += 1;
                } else {
                    unwell += 1;
                }
                let of = of.sorted();
                let because = of.causes.first().map(|cause| format!(" because {}", cause.words));
                let words =
                    format!("service {named}, where {way} leads, {state}{}", because.unwrap_or_default());
                let shown = of.causes.iter().find_map(|cause| cause.shown.clone());
                let sure = of.causes.first().map_or(Sure::Seen, |cause| cause.sure);
                let mut steps = vec![Evidence::of(it, format!("{way} leads there: it {state}"), Tone::Bad)];
                steps.extend(of.steps(1));
                told.causes.push(Cause { sure, words, steps, shown });
            }
            Look::NotLooked => {}
        }
    }
    for secret in certificates(ingress) {
        if let Look::Missing = ground.one(&Resource::SECRETS, namespace, secret) {
            let step = Evidence {
                depth: 0,
                about: unseen(&Resource::SECRETS, namespace, secret),
                uid: String::new(),
                words: "is missing; its certificate should be in it".to_owned(),
                tone: Tone::Bad,
                at: None,
            };
            unwell += 1;
            let words = format!("Secret {secret}, where its certificate should be, does not exist");
            told.causes.push(Cause { sure: Sure::Said, words, steps: vec![step], shown: None });
        }
    }
    if dead > 0 {
        told.state = Some(format!("leads nowhere by {dead} of {}", count(backends.len(), "way")));
    } else if unwell > 0 {
        told.state = Some("works in part".to_owned());
    }
    if items(ingress, "/status/loadBalancer/ingress").is_empty() {
        let words = format!("no controller has given {} an address", name(ingress));
        told.tail.push(Evidence::of(ingress, words, Tone::Warn));
    }
    told.tail.extend(super::events::steps(ground, ingress));
    told
}
