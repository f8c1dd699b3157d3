//! Persistent volumes, their claims, and storage classes.

use serde_json::Value;

use super::Material;
use super::common::{annotations, at, at_or, bracketed, has, joined, list, names, optional, pairs, tone};
use super::sheet::Sheet;
use super::volume::source;
use crate::model::column::Tone;
use crate::model::resource::Resource;
use crate::model::units;
use crate::release::json::{items, name, text, texts};

/// Its phase, or that it is on its way out.
fn status(sheet: &mut Sheet, material: &Material) {
    let object = &material.object;
    match super::common::seconds(object, "/metadata/deletionTimestamp") {
        Some(since) => {
            let lasts = units::age(material.now, since);
            sheet.toned(0, format!("Status:\tTerminating (lasts {lasts})"), Tone::Warn);
        }
        None => {
            let phase = text(object, "/status/phase");
            sheet.toned(0, format!("Status:\t{phase}"), tone(phase));
        }
    }
}

/// Access modes by their letters.
fn modes(object: &Value, pointer: &str) -> String {
    let letters = |mode: &Value| match mode.as_str() {
        Some("ReadWriteOnce") => "RWO".to_owned(),
        Some("ReadOnlyMany") => "ROX".to_owned(),
        Some("ReadWriteMany") => "RWX".to_owned(),
        Some("ReadWriteOncePod") => "RWOP".to_owned(),
        _ => super::common::word(mode),
    };
    items(object, pointer).iter().map(letters).collect::<Vec<_>>().join(",")
}

/// A persistent volume.
pub fn volume(sheet: &mut Sheet, material: &Material) {
    let object = &material.object;
    let spec = &object["spec"];
    sheet.put(0, format!("Name:\t{}", name(object)));
    super::common::tags(sheet, object);
    sheet.put(0, format!("Finalizers:\t{}", bracketed(object, "/metadata/finalizers")));
    sheet.put(0, format!("StorageClass:\t{}", at(spec, "/storageClassName")));
    status(sheet, material);
    let claim = match spec.get("claimRef") {
        Some(claim) => format!("{}/{}", text(claim, "/namespace"), text(claim, "/name")),
        None => String::new(),
    };
    sheet.put(0, format!("Claim:\t{claim}"));
    sheet.put(0, format!("Reclaim Policy:\t{}", at(spec, "/persistentVolumeReclaimPolicy")));
    sheet.put(0, format!("Access Modes:\t{}", modes(spec, "/accessModes")));
    optional(sheet, "VolumeMode", spec, "/volumeMode");
    sheet.put(0, format!("Capacity:\t{}", at(spec, "/capacity/storage")));
    affinity(sheet, spec);
    sheet.put(0, format!("Message:\t{}", at(object, "/status/message")));
    sheet.put(0, "Source:");
    // The source is one of the fields of the spec, among those that are told above.
    let mut rest = spec.clone();
    if let Some(map) = rest.as_object_mut() {
        for told in ["capacity", "claimRef", "nodeAffinity"] {
            map.remove(told);
        }
    }
    source(sheet, 2, &rest);
}

fn affinity(sheet: &mut Sheet, spec: &Value) {
    let terms = items(spec, "/nodeAffinity/required/nodeSelectorTerms");
    if terms.is_empty() {
        return sheet.put(0, "Node Affinity:\t<none>");
    }
    sheet.put(0, "Node Affinity:\t");
    sheet.put(1, "Required Terms:\t");
    for (at, term) in terms.iter().enumerate() {
        let one = |one: &Value| {
            let (key, operator) = (text(one, "/key"), text(one, "/operator").to_lowercase());
            match joined(one, "/values", ", ") {
                values if values.is_empty() => format!("{key} {operator}"),
                values => format!("{key} {operator} [{values}]"),
            }
        };
        for (line, words) in items(term, "/matchExpressions").iter().map(one).enumerate() {
            let title = if line == 0 { format!("Term {at}:") } else { String::new() };
            sheet.put(2, format!("{title}\t{words}"));
        }
    }
}

/// A claim.
pub fn claim(sheet: &mut Sheet, material: &Material) {
    let object = &material.object;
    let (spec, bound) = (&object["spec"], has(&material.object, "/spec/volumeName"));
    names(sheet, object);
    sheet.put(0, format!("StorageClass:\t{}", at(spec, "/storageClassName")));
    status(sheet, material);
    sheet.put(0, format!("Volume:\t{}", at(spec, "/volumeName")));
    super::common::tags(sheet, object);
    sheet.put(0, format!("Finalizers:\t{}", bracketed(object, "/metadata/finalizers")));
    let capacity = if bound { at(object, "/status/capacity/storage") } else { String::new() };
    sheet.put(0, format!("Capacity:\t{capacity}"));
    let asked = at(spec, "/resources/requests/storage");
    if asked != capacity {
        sheet.note(&format!("asked for {asked}"));
    }
    sheet.put(
        0,
        format!(
            "Access Modes:\t{}",
            if bound { modes(object, "/status/accessModes") } else { String::new() }
        ),
    );
    optional(sheet, "VolumeMode", spec, "/volumeMode");
    if has(spec, "/dataSource") {
        sheet.put(0, "DataSource:");
        for (title, field) in [("  APIGroup", "/apiGroup"), ("  Kind", "/kind"), ("  Name", "/name")] {
            optional(sheet, title, &spec["dataSource"], field);
        }
    }
    if let Some(trouble) = material.trouble(&Resource::PODS) {
        sheet.toned(0, format!("Used By:\tnot known: {trouble}"), Tone::Warn);
    } else {
        let uses = |pod: &&Value| {
            let of = |volume: &Value| text(volume, "/persistentVolumeClaim/claimName") == name(object);
            items(pod, "/spec/volumes").iter().any(of)
        };
        let mut pods: Vec<String> =
            material.of(&Resource::PODS).iter().filter(uses).map(|pod| name(pod).to_owned()).collect();
        pods.sort();
        list(sheet, "Used By", &pods);
    }
    let conditions = items(object, "/status/conditions");
    if !conditions.is_empty() {
        sheet.put(0, "Conditions:");
        sheet.put(1, "Type\tStatus\tLastProbeTime\tLastTransitionTime\tReason\tMessage");
        sheet.put(1, "----\t------\t-----------------\t------------------\t------\t-------");
        for one in conditions {
            let time = |field| super::common::time(one, field);
            let (kind, status) = (text(one, "/type"), text(one, "/status"));
            let (probed, changed) = (time("/lastProbeTime"), time("/lastTransitionTime"));
            let (reason, message) = (text(one, "/reason"), text(one, "/message"));
            sheet.put(1, format!("{kind} \t{status} \t{probed} \t{changed} \t{reason} \t{message}"));
        }
    }
}

/// A storage class.
pub fn class(sheet: &mut Sheet, object: &Value) {
    sheet.put(0, format!("Name:\t{}", name(object)));
    let annotation = "storageclass.kubernetes.io/is-default-class";
    let tags = texts(object, "/metadata/annotations");
    let default = tags.get(annotation).is_some_and(|value| value == "true");
    sheet.put(0, format!("IsDefaultClass:\t{}", if default { "Yes" } else { "No" }));
    annotations(sheet, "Annotations", object, "/metadata/annotations");
    sheet.put(0, format!("Provisioner:\t{}", at(object, "/provisioner")));
    sheet.put(0, format!("Parameters:\t{}", pairs(&texts(object, "/parameters"))));
    let expands = match object["allowVolumeExpansion"].as_bool() {
        Some(expands) => super::common::truth(expands),
        None => "<unset>",
    };
    sheet.put(0, format!("AllowVolumeExpansion:\t{expands}"));
    let options = items(object, "/mountOptions");
    if options.is_empty() {
        sheet.put(0, "MountOptions:\t<none>");
    } else {
        sheet.put(0, "MountOptions:");
        for option in options {
            sheet.put(1, super::common::word(option));
        }
    }
    sheet.put(0, format!("ReclaimPolicy:\t{}", at_or(object, "/reclaimPolicy", "Delete")));
    sheet.put(0, format!("VolumeBindingMode:\t{}", at(object, "/volumeBindingMode")));
    let topologies = items(object, "/allowedTopologies");
    let term = |topology: &Value| {
        let one = |one: &Value| format!("{} in [{}]", text(one, "/key"), joined(one, "/values", ", "));
        items(topology, "/matchLabelExpressions").iter().map(one).collect::<Vec<_>>().join(", ")
    };
    if topologies.is_empty() {
        sheet.put(0, "AllowedTopologies:\t<none>");
    } else {
        sheet.put(0, "AllowedTopologies:\t");
        for (at, topology) in topologies.iter().enumerate() {
            sheet.put(1, format!("Term {at}:\t{}", term(topology)));
        }
    }
}
