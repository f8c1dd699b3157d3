//! Workloads: deployments, replica sets, stateful sets, daemon sets.

use serde_json::Value;

use super::Material;
use super::common::{
    at, at_or, conditions, controlled, created, has, names, optional, or, pairs, selector, tags,
};
use super::pod::{statuses, template};
use super::sheet::Sheet;
use super::volume::claims;
use crate::model::column::Tone;
use crate::model::resource::Resource;
use crate::release::history;
use crate::release::json::{controlled_by, name, number, text, texts, uid};

/// A number, or how many where it is missing.
fn count(object: &Value, pointer: &str, default: i64) -> i64 {
    number(object, pointer).unwrap_or(default)
}

/// A deployment.
pub fn deployment(sheet: &mut Sheet, material: &Material) {
    let object = &material.object;
    names(sheet, object);
    created(sheet, object);
    tags(sheet, object);
    sheet.put(0, format!("Selector:\t{}", selector(&object["spec"]["selector"])));
    let status = |field: &str| count(object, &format!("/status/{field}"), 0);
    let (desired, missing) = (count(object, "/spec/replicas", 1), status("unavailableReplicas"));
    let replicas = format!(
        "Replicas:\t{desired} desired | {} updated | {} total | {} available | {missing} unavailable",
        status("updatedReplicas"),
        status("replicas"),
        status("availableReplicas"),
    );
    sheet.toned(0, replicas, if missing > 0 { Tone::Warn } else { Tone::Plain });
    sheet.put(0, format!("StrategyType:\t{}", at(object, "/spec/strategy/type")));
    sheet.put(0, format!("MinReadySeconds:\t{}", count(object, "/spec/minReadySeconds", 0)));
    if has(object, "/spec/strategy/rollingUpdate") {
        let (most, more) =
            ("/spec/strategy/rollingUpdate/maxUnavailable", "/spec/strategy/rollingUpdate/maxSurge");
        let bounds = format!(
            "{} max unavailable, {} max surge",
            at_or(object, most, "25%"),
            at_or(object, more, "25%")
        );
        sheet.put(0, format!("RollingUpdateStrategy:\t{bounds}"));
    }
    template(sheet, &object["spec"]["template"]);
    conditions(sheet, object);
    replica_sets(sheet, material);
    autoscalers(sheet, material);
}

fn replica_sets(sheet: &mut Sheet, material: &Material) {
    let object = &material.object;
    if let Some(trouble) = material.trouble(&Resource::REPLICA_SETS) {
        return sheet.toned(0, format!("OldReplicaSets:\tnot known: {trouble}"), Tone::Warn);
    }
    let own: Vec<&Value> =
        material.of(&Resource::REPLICA_SETS).iter().filter(|set| controlled_by(set, uid(object))).collect();
    let wanted = history::without_hash(&object["spec"]["template"]);
    let (mut new, mut old): (Vec<&Value>, Vec<&Value>) =
        own.into_iter().partition(|set| history::without_hash(&set["spec"]["template"]) == wanted);
    // Of several that fit the oldest is the one that is used.
    new.sort_by_key(|set| text(set, "/metadata/creationTimestamp").to_owned());
    if new.len() > 1 {
        old.extend(new.split_off(1));
    }
    old.sort_by_key(|set| text(set, "/metadata/creationTimestamp").to_owned());
    let words = |sets: &[&Value]| {
        let one = |set: &&Value| {
            let (is, wanted) = (count(set, "/status/replicas", 0), count(set, "/spec/replicas", 1));
            format!("{} ({is}/{wanted} replicas created)", name(set))
        };
        or(sets.iter().map(one).collect::<Vec<_>>().join(", "), "<none>")
    };
    sheet.put(0, format!("OldReplicaSets:\t{}", words(&old)));
    sheet.put(0, format!("NewReplicaSet:\t{}", words(&new)));
}

/// Who scales it, which kubectl does not say.
fn autoscalers(sheet: &mut Sheet, material: &Material) {
    let object = &material.object;
    let scales = |one: &&Value| {
        text(one, "/spec/scaleTargetRef/kind") == text(object, "/kind")
            && text(one, "/spec/scaleTargetRef/name") == name(object)
    };
    for one in material.of(&Resource::AUTOSCALERS).iter().filter(scales) {
        let (least, most) = (count(one, "/spec/minReplicas", 1), count(one, "/spec/maxReplicas", 0));
        sheet.remark(0, &format!("scaled by hpa {} from {least} to {most}", name(one)));
    }
}

/// How its pods are.
fn pods(sheet: &mut Sheet, material: &Material) {
    if let Some(trouble) = material.trouble(&Resource::PODS) {
        return sheet.toned(0, format!("Pods Status:\tnot known: {trouble}"), Tone::Warn);
    }
    let own = uid(&material.object);
    let pods: Vec<Value> =
        material.of(&Resource::PODS).iter().filter(|pod| controlled_by(pod, own)).cloned().collect();
    sheet.put(0, format!("Pods Status:\t{}", statuses(&pods)));
}

/// A replica set.
pub fn replica_set(sheet: &mut Sheet, material: &Material) {
    let object = &material.object;
    names(sheet, object);
    sheet.put(0, format!("Selector:\t{}", selector(&object["spec"]["selector"])));
    tags(sheet, object);
    controlled(sheet, object);
    let (is, wanted) = (count(object, "/status/replicas", 0), count(object, "/spec/replicas", 1));
    sheet.put(0, format!("Replicas:\t{is} current / {wanted} desired"));
    pods(sheet, material);
    template(sheet, &object["spec"]["template"]);
    conditions(sheet, object);
}

/// A stateful set.
pub fn stateful_set(sheet: &mut Sheet, material: &Material) {
    let object = &material.object;
    names(sheet, object);
    created(sheet, object);
    sheet.put(0, format!("Selector:\t{}", selector(&object["spec"]["selector"])));
    tags(sheet, object);
    let (wanted, is) = (count(object, "/spec/replicas", 1), count(object, "/status/replicas", 0));
    sheet.put(0, format!("Replicas:\t{wanted} desired | {is} total"));
    sheet.put(0, format!("Update Strategy:\t{}", at(object, "/spec/updateStrategy/type")));
    if has(object, "/spec/updateStrategy/rollingUpdate") {
        let of = &object["spec"]["updateStrategy"]["rollingUpdate"];
        optional(sheet, "  Partition", of, "/partition");
        optional(sheet, "  MaxUnavailable", of, "/maxUnavailable");
    }
    pods(sheet, material);
    template(sheet, &object["spec"]["template"]);
    claims(sheet, crate::release::json::items(object, "/spec/volumeClaimTemplates"));
}

/// A daemon set.
pub fn daemon_set(sheet: &mut Sheet, material: &Material) {
    let object = &material.object;
    names(sheet, object);
    sheet.put(0, format!("Selector:\t{}", selector(&object["spec"]["selector"])));
    sheet.put(0, format!("Node-Selector:\t{}", pairs(&texts(object, "/spec/template/spec/nodeSelector"))));
    tags(sheet, object);
    for (title, field) in [
        ("Desired Number of Nodes Scheduled", "desiredNumberScheduled"),
        ("Current Number of Nodes Scheduled", "currentNumberScheduled"),
        ("Number of Nodes Scheduled with Up-to-date Pods", "updatedNumberScheduled"),
        ("Number of Nodes Scheduled with Available Pods", "numberAvailable"),
        ("Number of Nodes Misscheduled", "numberMisscheduled"),
    ] {
        sheet.put(0, format!("{title}: {}", count(object, &format!("/status/{field}"), 0)));
    }
    pods(sheet, material);
    template(sheet, &object["spec"]["template"]);
}
