//! Which lists of the built-in kinds are maps in disguise, and by which of their fields.
//!
//! One table for strategic merge patches, server-side apply and `managedFields`.

/// How a list is merged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ListKind {
    /// As one value.
    Atomic,
    /// A set of plain values.
    Set,
    /// By these fields of its items; the first is the key of a strategic merge patch.
    Keyed(&'static [&'static str]),
}

/// How the list at a path is merged; the path has the names of fields, without list items.
pub fn list_kind(path: &[&str]) -> ListKind {
    let Some((&name, parents)) = path.split_last() else { return ListKind::Atomic };
    let parent = parents.last().copied().unwrap_or_default();
    match (parent, name) {
        (_, "containers" | "initContainers" | "ephemeralContainers")
        | ("containers" | "initContainers" | "ephemeralContainers", "env")
        | ("spec", "volumes" | "imagePullSecrets" | "resourceClaims" | "schedulingGates") => {
            ListKind::Keyed(&["name"])
        }
        ("", "imagePullSecrets" | "secrets") => ListKind::Keyed(&["name"]),
        ("containers" | "initContainers" | "ephemeralContainers", "ports") => {
            ListKind::Keyed(&["containerPort", "protocol"])
        }
        ("spec", "ports") => ListKind::Keyed(&["port", "protocol"]),
        (_, "volumeMounts") => ListKind::Keyed(&["mountPath"]),
        (_, "volumeDevices") => ListKind::Keyed(&["devicePath"]),
        (_, "hostAliases") | ("status", "podIPs") => ListKind::Keyed(&["ip"]),
        (_, "topologySpreadConstraints") => ListKind::Keyed(&["topologyKey", "whenUnsatisfiable"]),
        ("status", "conditions" | "addresses") => ListKind::Keyed(&["type"]),
        ("metadata", "ownerReferences") => ListKind::Keyed(&["uid"]),
        ("metadata", "finalizers") => ListKind::Set,
        _ => ListKind::Atomic,
    }
}

/// Whether a map is one value: selectors and references.
pub fn is_atomic_map(path: &[&str]) -> bool {
    matches!(
        path.last().copied().unwrap_or_default(),
        "selector"
            | "nodeSelector"
            | "secretKeyRef"
            | "configMapKeyRef"
            | "fieldRef"
            | "resourceFieldRef"
            | "matchLabels"
            | "labelSelector"
            | "scaleTargetRef"
            | "involvedObject"
    )
}
