//! Who else manages an object and will take a change back: what users of GitOps are surprised by.
//!
//! Sources: the labels and annotations that Argo CD, Flux, Helm, Argo Rollouts and Flagger document for what they manage.

use serde_json::Value;

use super::Line;
use crate::release::Change;
use crate::release::json::texts;

/// Warnings about managers of the object, for a change that they would see.
pub(super) fn lines(object: &Value, change: &Change) -> Vec<Line> {
    if matches!(change, Change::Delete { .. } | Change::Debug { .. }) && object["kind"] == "Pod" {
        return Vec::new();
    }
    let labels = texts(object, "/metadata/labels");
    let annotations = texts(object, "/metadata/annotations");
    let either = |key: &str| labels.get(key).or_else(|| annotations.get(key)).cloned();
    let mut out = Vec::new();
    let mut owner = |words: String| out.push(Line::warning("owner", words));
    if let Some(app) = either("argocd.argoproj.io/instance")
        .or_else(|| annotations.get("argocd.argoproj.io/tracking-id").map(|id| first(id)))
    {
        owner(format!("Argo CD \"{app}\" manages this object and may revert it"));
    }
    for kind in ["kustomize", "helm"] {
        if let Some(name) = either(&format!("{kind}.toolkit.fluxcd.io/name")) {
            owner(format!("Flux ({kind} \"{name}\") manages this object and will revert it"));
        }
    }
    let release = annotations.get("meta.helm.sh/release-name");
    match (release, labels.get("app.kubernetes.io/managed-by").map(String::as_str)) {
        (Some(release), _) => owner(format!("Helm release \"{release}\": the next upgrade may take it back")),
        (None, Some("Helm")) => owner("Helm: the next upgrade may take it back".to_owned()),
        _ => {}
    }
    if annotations.keys().any(|key| key.starts_with("rollout.argoproj.io/")) {
        owner("Argo Rollouts steers this object".to_owned());
    }
    if annotations.contains_key("argo-rollouts.argoproj.io/managed-by-rollouts") {
        owner("Argo Rollouts switches this service and will switch it back".to_owned());
    }
    if either("flagger.app/managed-by").is_some()
        || labels.get("app.kubernetes.io/managed-by").is_some_and(|by| by == "flagger")
    {
        owner("Flagger steers this object and may revert it".to_owned());
    }
    let edits =
        !matches!(change, Change::Scale { .. } | Change::Pause | Change::Resume | Change::Delete { .. });
    if edits && annotations.contains_key("kubectl.kubernetes.io/last-applied-configuration") {
        owner("it was made by kubectl apply: the next apply of its manifest may take this back".to_owned());
    }
    out
}

/// The application of a tracking id (`app:group/kind:namespace/name`).
fn first(id: &str) -> String {
    id.split(':').next().unwrap_or_default().to_owned()
}
