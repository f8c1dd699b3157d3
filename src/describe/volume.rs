//! Volumes of a pod or a template, and the sources of persistent volumes.

use serde_json::Value;

use super::common::{at, at_or, has, selector, word};
use super::generic;
use super::sheet::Sheet;
use crate::release::json::{items, text};

/// What a kind of volume is, and which of its fields are told with which words where they are missing.
type Told = (&'static str, &'static str, &'static [(&'static str, &'static str, &'static str)]);

const TOLD: &[Told] = &[
    (
        "hostPath",
        "HostPath (bare host directory volume)",
        &[("Path", "/path", ""), ("HostPathType", "/type", "")],
    ),
    (
        "emptyDir",
        "EmptyDir (a temporary directory that shares a pod's lifetime)",
        &[("Medium", "/medium", ""), ("SizeLimit", "/sizeLimit", "<unset>")],
    ),
    (
        "secret",
        "Secret (a volume populated by a Secret)",
        &[("SecretName", "/secretName", ""), ("Optional", "/optional", "false")],
    ),
    (
        "configMap",
        "ConfigMap (a volume populated by a ConfigMap)",
        &[("Name", "/name", ""), ("Optional", "/optional", "false")],
    ),
    (
        "persistentVolumeClaim",
        "PersistentVolumeClaim (a reference to a PersistentVolumeClaim in the same namespace)",
        &[("ClaimName", "/claimName", ""), ("ReadOnly", "/readOnly", "false")],
    ),
    (
        "nfs",
        "NFS (an NFS mount that lasts the lifetime of a pod)",
        &[("Server", "/server", ""), ("Path", "/path", ""), ("ReadOnly", "/readOnly", "false")],
    ),
    (
        "local",
        "LocalVolume (a persistent volume backed by local storage on a node)",
        &[("Path", "/path", "")],
    ),
    (
        "image",
        "Image (a container image or OCI artifact)",
        &[("Reference", "/reference", ""), ("PullPolicy", "/pullPolicy", "")],
    ),
];

/// The volumes of a pod or a template.
pub fn volumes(sheet: &mut Sheet, spec: &Value, space: &str) {
    let all = items(spec, "/volumes");
    if all.is_empty() {
        return sheet.put(0, format!("{space}Volumes:\t<none>"));
    }
    sheet.put(0, format!("{space}Volumes:"));
    let indent = if space.is_empty() { "" } else { " " };
    for volume in all {
        sheet.put(1, format!("{indent}{}:", text(volume, "/name")));
        source(sheet, 2, volume);
    }
}

/// Where a volume comes from: the one field that says it.
pub fn source(sheet: &mut Sheet, level: usize, volume: &Value) {
    for (field, what, fields) in TOLD {
        if let Some(source) = volume.get(*field).filter(|source| source.is_object()) {
            sheet.put(level, format!("Type:\t{what}"));
            for (title, pointer, none) in *fields {
                sheet.put(level, format!("{title}:\t{}", at_or(source, pointer, none)));
            }
            return;
        }
    }
    if has(volume, "/projected") {
        projected(sheet, level, &volume["projected"]);
    } else if has(volume, "/downwardAPI") {
        sheet.put(level, "Type:\tDownwardAPI (a volume populated by information about the pod)");
        sheet.put(level, "Items:");
        for item in items(&volume["downwardAPI"], "/items") {
            let of = at_or(item, "/fieldRef/fieldPath", &at(item, "/resourceFieldRef/resource"));
            sheet.put(level + 1, format!("{of} -> {}", text(item, "/path")));
        }
    } else if has(volume, "/csi") {
        csi(sheet, level, &volume["csi"]);
    } else if has(volume, "/ephemeral") {
        let what = "an inline specification for a volume that gets created and deleted with the pod";
        sheet.put(level, format!("Type:\tEphemeralVolume ({what})"));
        let claim = &volume["ephemeral"]["volumeClaimTemplate"]["spec"];
        sheet.put(level, format!("StorageClass:\t{}", at(claim, "/storageClassName")));
        sheet.put(level, format!("Capacity:\t{}", at(claim, "/resources/requests/storage")));
    } else {
        other(sheet, level, volume);
    }
}

fn other(sheet: &mut Sheet, level: usize, volume: &Value) {
    let own = volume.as_object().into_iter().flatten().find(|(_, source)| source.is_object());
    match own {
        Some((field, source)) => {
            sheet.put(level, format!("Type:\t{}", generic::label(field)));
            generic::tree(sheet, level, source);
        }
        None => sheet.put(level, "<unknown>"),
    }
}

fn projected(sheet: &mut Sheet, level: usize, projected: &Value) {
    sheet.put(level, "Type:\tProjected (a volume that contains injected data from multiple sources)");
    for one in items(projected, "/sources") {
        if let Some(of) = one.get("secret") {
            sheet.put(level, format!("SecretName:\t{}", text(of, "/name")));
            sheet.put(level, format!("SecretOptionalName:\t{}", at_or(of, "/optional", "<nil>")));
        } else if one.get("downwardAPI").is_some() {
            sheet.put(level, "DownwardAPI:\ttrue");
        } else if let Some(of) = one.get("configMap") {
            sheet.put(level, format!("ConfigMapName:\t{}", text(of, "/name")));
            sheet.put(level, format!("ConfigMapOptional:\t{}", at_or(of, "/optional", "<nil>")));
        } else if let Some(of) = one.get("serviceAccountToken") {
            sheet.put(level, format!("TokenExpirationSeconds:\t{}", at(of, "/expirationSeconds")));
        } else if let Some(of) = one.get("clusterTrustBundle") {
            sheet.put(level, format!("ClusterTrustBundle:\t{}", at_or(of, "/name", &at(of, "/signerName"))));
        }
    }
}

fn csi(sheet: &mut Sheet, level: usize, csi: &Value) {
    sheet.put(level, "Type:\tCSI (a Container Storage Interface (CSI) volume source)");
    sheet.put(level, format!("Driver:\t{}", text(csi, "/driver")));
    sheet.put(level, format!("FSType:\t{}", text(csi, "/fsType")));
    if has(csi, "/volumeHandle") {
        sheet.put(level, format!("VolumeHandle:\t{}", text(csi, "/volumeHandle")));
    }
    sheet.put(level, format!("ReadOnly:\t{}", at_or(csi, "/readOnly", "false")));
    let attributes = csi.pointer("/volumeAttributes").and_then(Value::as_object);
    match attributes.filter(|attributes| !attributes.is_empty()) {
        None => sheet.put(level, "VolumeAttributes:\t<none>"),
        Some(attributes) => {
            for (at, (key, value)) in attributes.iter().enumerate() {
                let title = if at == 0 { "VolumeAttributes:" } else { "" };
                sheet.put(level, format!("{title}\t{key}={}", word(value)));
            }
        }
    }
}

/// A volume in few words: what it is, and which one.
pub fn words(volume: &Value) -> String {
    let own = volume.as_object().into_iter().flatten().find(|(_, source)| source.is_object());
    let Some((field, source)) = own else { return "unknown".to_owned() };
    let which = ["/secretName", "/claimName", "/name", "/path", "/driver", "/reference", "/server"]
        .iter()
        .map(|pointer| at(source, pointer))
        .find(|name| !name.is_empty());
    let kind = match field.as_str() {
        "persistentVolumeClaim" => "PVC".to_owned(),
        "emptyDir" => match text(source, "/medium") {
            "" => "an empty directory".to_owned(),
            medium => format!("an empty directory in {medium}"),
        },
        "projected" => {
            let of =
                |one: &Value| one.as_object().and_then(|map| map.keys().next().cloned()).unwrap_or_default();
            let of: Vec<String> = items(source, "/sources").iter().map(of).collect();
            return format!("projected: {}", of.join(", "));
        }
        "configMap" => "ConfigMap".to_owned(),
        "hostPath" => "of the node:".to_owned(),
        field => generic::label(field),
    };
    which.map_or(kind.clone(), |which| format!("{kind} {which}"))
}

/// Volume claims that a stateful set makes.
pub fn claims(sheet: &mut Sheet, all: &[Value]) {
    if all.is_empty() {
        return sheet.put(0, "Volume Claims:\t<none>");
    }
    sheet.put(0, "Volume Claims:");
    for claim in all {
        sheet.put(1, format!("Name:\t{}", text(claim, "/metadata/name")));
        sheet.put(1, format!("StorageClass:\t{}", at(claim, "/spec/storageClassName")));
        super::common::map(sheet, "  Labels", claim, "/metadata/labels");
        super::common::map(sheet, "  Annotations", claim, "/metadata/annotations");
        sheet.put(1, format!("Capacity:\t{}", at_or(claim, "/spec/resources/requests/storage", "<default>")));
        sheet.put(1, format!("Access Modes:\t{}", super::common::bracketed(claim, "/spec/accessModes")));
        if has(claim, "/spec/selector") {
            sheet.put(1, format!("Selector:\t{}", selector(&claim["spec"]["selector"])));
        }
    }
}
