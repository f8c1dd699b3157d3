//! Pods, and the templates of pods.

use serde_json::Value;

use super::Material;
use super::common::{
    annotations, at, condition_tone, controlled, has, map, names, optional, or, spread, tags, time,
    tolerations, tone,
};
use super::container::{containers, resources};
use super::sheet::Sheet;
use super::volume::volumes;
use crate::model::units;
use crate::release::json::{items, number, text};

/// A pod.
pub fn describe(sheet: &mut Sheet, material: &Material) {
    let pod = &material.object;
    let (spec, status) = (&pod["spec"], &pod["status"]);
    names(sheet, pod);
    optional(sheet, "Priority", spec, "/priority");
    optional(sheet, "Priority Class Name", spec, "/priorityClassName");
    optional(sheet, "Runtime Class Name", spec, "/runtimeClassName");
    optional(sheet, "Service Account", spec, "/serviceAccountName");
    match text(spec, "/nodeName") {
        "" => sheet.put(0, "Node:\t<none>"),
        node => sheet.put(0, format!("Node:\t{node}/{}", text(status, "/hostIP"))),
    }
    if has(status, "/startTime") {
        sheet.put(0, format!("Start Time:\t{}", time(status, "/startTime")));
    }
    tags(sheet, pod);
    phase(sheet, material);
    optional(sheet, "Reason", status, "/reason");
    optional(sheet, "Message", status, "/message");
    if has(spec, "/securityContext/seccompProfile") {
        optional(sheet, "SeccompProfile", spec, "/securityContext/seccompProfile/type");
        optional(sheet, "LocalhostProfile", spec, "/securityContext/seccompProfile/localhostProfile");
    }
    sheet.put(0, format!("IP:\t{}", text(status, "/podIP")));
    let addresses = items(status, "/podIPs");
    sheet.put(0, if addresses.is_empty() { "IPs:\t<none>" } else { "IPs:" });
    for address in addresses {
        sheet.put(1, format!("IP:\t{}", text(address, "/ip")));
    }
    controlled(sheet, pod);
    optional(sheet, "NominatedNodeName", status, "/nominatedNodeName");
    if has(spec, "/resources") {
        sheet.put(0, "Resources:");
        resources(sheet, 1, &spec["resources"]);
    }
    for (title, pointer, statuses) in [
        ("Init Containers", "/initContainers", "/initContainerStatuses"),
        ("Containers", "/containers", "/containerStatuses"),
        ("Ephemeral Containers", "/ephemeralContainers", "/ephemeralContainerStatuses"),
    ] {
        let all = items(spec, pointer);
        if !all.is_empty() || title == "Containers" {
            containers(sheet, title, all, items(status, statuses), Some(pod), "");
        }
    }
    gates(sheet, pod);
    let conditions = items(status, "/conditions");
    if !conditions.is_empty() {
        sheet.put(0, "Conditions:");
        sheet.put(1, "Type\tStatus");
        for one in conditions {
            let (kind, status) = (text(one, "/type"), text(one, "/status"));
            sheet.toned(1, format!("{kind} \t{status} "), condition_tone(kind, status));
            if status != "True" {
                sheet.note(&or(text(one, "/message").to_owned(), text(one, "/reason")));
            }
        }
    }
    volumes(sheet, spec, "");
    optional(sheet, "QoS Class", status, "/qosClass");
    map(sheet, "Node-Selectors", spec, "/nodeSelector");
    tolerations(sheet, "Tolerations", spec);
    spread(sheet, "", spec);
}

fn phase(sheet: &mut Sheet, material: &Material) {
    let pod = &material.object;
    if has(pod, "/metadata/deletionTimestamp") {
        let since = super::common::seconds(pod, "/metadata/deletionTimestamp").unwrap_or(material.now);
        let lasts = units::age(material.now, since.min(material.now));
        sheet.toned(0, format!("Status:\tTerminating (lasts {lasts})"), tone("Terminating"));
        let grace = number(pod, "/metadata/deletionGracePeriodSeconds").unwrap_or_default();
        sheet.put(0, format!("Termination Grace Period:\t{grace}s"));
    } else {
        let phase = text(pod, "/status/phase");
        sheet.toned(0, format!("Status:\t{phase}"), tone(phase));
    }
}

fn gates(sheet: &mut Sheet, pod: &Value) {
    let gates = items(pod, "/spec/readinessGates");
    if gates.is_empty() {
        return;
    }
    sheet.put(0, "Readiness Gates:");
    sheet.put(1, "Type\tStatus");
    for gate in gates {
        let kind = text(gate, "/conditionType");
        let condition = items(pod, "/status/conditions").iter().find(|one| text(one, "/type") == kind);
        let status = condition.map_or("<none>", |one| text(one, "/status"));
        sheet.toned(1, format!("{kind} \t{status} "), condition_tone(kind, status));
    }
}

/// The template of a workload's pods.
pub fn template(sheet: &mut Sheet, template: &Value) {
    sheet.put(0, "Pod Template:");
    map(sheet, "  Labels", template, "/metadata/labels");
    if template.pointer("/metadata/annotations").and_then(Value::as_object).is_some_and(|map| !map.is_empty())
    {
        annotations(sheet, "  Annotations", template, "/metadata/annotations");
    }
    let spec = &template["spec"];
    optional(sheet, "  Service Account", spec, "/serviceAccountName");
    let init = items(spec, "/initContainers");
    if !init.is_empty() {
        containers(sheet, "Init Containers", init, &[], None, "  ");
    }
    containers(sheet, "Containers", items(spec, "/containers"), &[], None, "  ");
    volumes(sheet, spec, "  ");
    spread(sheet, "  ", spec);
    optional(sheet, "  Priority Class Name", spec, "/priorityClassName");
    map(sheet, "  Node-Selectors", spec, "/nodeSelector");
    tolerations(sheet, "  Tolerations", spec);
}

/// How many pods are in which phase: `2 Running / 0 Waiting / 0 Succeeded / 0 Failed`.
pub fn statuses(pods: &[Value]) -> String {
    let count = |phase: &str| pods.iter().filter(|pod| at(pod, "/status/phase") == phase).count();
    let (running, waiting) = (count("Running"), count("Pending"));
    format!(
        "{running} Running / {waiting} Waiting / {} Succeeded / {} Failed",
        count("Succeeded"),
        count("Failed")
    )
}
