//! Rules about services: they select nothing, nothing of it is ready, or a port has no name to go to.

use super::gather::{Gathered, Hit};
use super::ground::{Ground, of_meta};
use crate::model::record::{Kind, Labels, Pod, Record, Service};

/// The services that select pods, where all that is needed is known.
fn selecting<'a>(ground: &Ground<'a>, kinds: &[Kind]) -> Vec<&'a Service> {
    let services = ground.records(Kind::Service).filter_map(|record| match record {
        Record::Service(it) => Some(&**it),
        _ => None,
    });
    services
        .filter(|it| !it.selector.is_empty() && &*it.kind != "ExternalName")
        .filter(|it| kinds.iter().all(|kind| ground.knows(*kind, &it.meta.namespace)))
        .collect()
}

fn words(selector: &Labels) -> String {
    selector.iter().map(|(key, value)| format!("{key}={value}")).collect::<Vec<_>>().join(",")
}

pub(super) fn no_match(ground: &Ground<'_>, out: &mut Gathered) {
    let cache = ground.scene.cache;
    for it in selecting(ground, &[Kind::Pod, Kind::Deployment]) {
        let namespace = &it.meta.namespace;
        if cache.indexes().count_selected(namespace, &it.selector).total > 0 {
            continue;
        }
        let behind = cache.indexes().deployments_behind(namespace, &it.selector);
        let of = behind.first().and_then(|slot| cache.table(Kind::Deployment).get(*slot));
        let words = match of {
            // Somebody switched it off; the service waits for it.
            Some(Record::Deployment(of)) if of.desired == 0 => continue,
            Some(of) => format!("no ready endpoints: deployment {} has no pods", of.meta().name),
            None => format!("no ready endpoints: selector {} matches nothing", words(&it.selector)),
        };
        out.push(Hit::itself(of_meta(Kind::Service, &it.meta), words, 0));
    }
}

pub(super) fn no_endpoints(ground: &Ground<'_>, out: &mut Gathered) {
    let cache = ground.scene.cache;
    for it in selecting(ground, &[Kind::Pod, Kind::EndpointSlice]) {
        let endpoints = cache.endpoints().of(&it.meta.namespace, &it.meta.name);
        if endpoints.is_some_and(|count| count.ready > 0) {
            continue;
        }
        let selected = cache.indexes().pods_selected(&it.meta.namespace, &it.selector);
        if selected.is_empty() {
            continue;
        }
        let pods = ground.pods(&selected);
        let ready = pods.iter().filter(|pod| pod.is_ready).count();
        let words = format!("no ready endpoints: {ready} of {} pods ready", pods.len());
        // It has none since the last one went.
        let since = if ready == 0 { pods.iter().map(|pod| pod.since).max().unwrap_or(0) } else { 0 };
        let mut hit = Hit::itself(of_meta(Kind::Service, &it.meta), words, since);
        if let Some(pod) = pods.first() {
            let owner = ground.owner(Kind::Pod, &pod.meta);
            hit.helps = format!("see {} {}", owner.word(), owner.name);
        }
        out.push(hit);
    }
}

pub(super) fn port(ground: &Ground<'_>, out: &mut Gathered) {
    let cache = ground.scene.cache;
    for it in selecting(ground, &[Kind::Pod]).into_iter().filter(|it| !it.named_ports.is_empty()) {
        let pods = ground.pods(&cache.indexes().pods_selected(&it.meta.namespace, &it.selector));
        // Sidecars among the init containers may have it; their ports are not kept.
        if pods.is_empty() || pods.iter().any(|pod| usize::from(pod.containers) > pod.images.len()) {
            continue;
        }
        let has = |pod: &&Pod, name: &str| {
            pod.images.iter().any(|image| image.ports.iter().any(|it| &**it == name))
        };
        let lost = it.named_ports.iter().filter(|name| !pods.iter().any(|pod| has(pod, name)));
        let lost: Vec<&str> = lost.map(|name| &**name).collect();
        let Some(first) = lost.first() else { continue };
        let words = format!("port {first}: no container of its {} pods has one of that name", pods.len());
        let mut hit = Hit::itself(of_meta(Kind::Service, &it.meta), words, 0);
        hit.count = lost.len();
        out.push(hit);
    }
}
