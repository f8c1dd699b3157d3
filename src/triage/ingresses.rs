//! Rules about ingresses: they lead nowhere.

use super::gather::{Gathered, Hit};
use super::ground::{Ground, of_row};
use crate::model::facts::Facts;
use crate::model::record::Kind;
use crate::model::resource::Resource;

pub(super) fn dead(ground: &Ground<'_>, out: &mut Gathered) {
    for (row, facts) in ground.rows(&Resource::INGRESSES) {
        let namespace = &row.meta.namespace;
        let Facts::Ingress(it) = facts else { continue };
        if !ground.knows(Kind::Service, namespace) {
            continue;
        }
        let slices = ground.knows(Kind::EndpointSlice, namespace);
        let dead = it.routes.iter().filter(|route| !route.service.is_empty()).filter_map(|route| {
            let to = &route.service;
            let why = match ground.service(namespace, to) {
                None => format!("there is no service {to}"),
                // Where that leads is no affair of the cluster's.
                Some(service) if &*service.kind == "ExternalName" => return None,
                Some(_) if !slices => return None,
                Some(_) if route.endpoints(namespace, ground.scene.cache.endpoints()).0 > 0 => return None,
                Some(_) => format!("service {to} has no ready endpoints"),
            };
            Some(format!("{} leads nowhere: {why}", route.from))
        });
        let dead: Vec<String> = dead.collect();
        if let Some(first) = dead.first() {
            let mut hit = Hit::itself(of_row(row), first, 0);
            hit.count = dead.len();
            out.push(hit);
        }
    }
}
