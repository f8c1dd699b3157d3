//! Who uses whom by name: what pods and templates name, what volumes, accounts and certificates name.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{Edge, Presence, Seen, Way};
use crate::model::json::{flag, items, name, text, texts};
use crate::model::resource::Resource;

/// Something that is named, and by what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Use {
    /// What it is.
    pub resource: Resource,
    /// Its name.
    pub name: String,
    /// By what it is named: `env MESSAGE`.
    pub words: Vec<String>,
    /// All that name it say that it need not be there.
    pub optional: bool,
}

/// Where a kind has the spec of its pods.
fn spec_pointer(resource: &Resource) -> Option<&'static str> {
    Some(match (&*resource.group, &*resource.kind) {
        ("", "Pod") => "/spec",
        ("apps", "Deployment" | "ReplicaSet" | "StatefulSet" | "DaemonSet") | ("batch", "Job") => {
            "/spec/template/spec"
        }
        ("batch", "CronJob") => "/spec/jobTemplate/spec/template/spec",
        _ => return None,
    })
}

/// The spec of a pod, or of the pods of a template.
pub(super) fn pod_spec<'a>(resource: &Resource, object: &'a Value) -> Option<&'a Value> {
    object.pointer(spec_pointer(resource)?)
}

/// The labels of a pod, or of the pods of a template.
pub(super) fn template_labels(resource: &Resource, object: &Value) -> Option<BTreeMap<String, String>> {
    let around = spec_pointer(resource)?.strip_suffix("/spec")?;
    Some(texts(object, &format!("{around}/metadata/labels")))
}

#[derive(Default)]
struct Uses(Vec<Use>);

impl Uses {
    fn add(&mut self, resource: Resource, name: &str, words: impl Into<String>, optional: bool) {
        if name.is_empty() {
            return;
        }
        let words = words.into();
        match self.0.iter_mut().find(|one| one.resource == resource && one.name == name) {
            Some(known) => {
                known.optional &= optional;
                if !known.words.contains(&words) {
                    known.words.push(words);
                }
            }
            None => self.0.push(Use { resource, name: name.to_owned(), words: vec![words], optional }),
        }
    }
}

fn of_pod(spec: &Value) -> Vec<Use> {
    use Resource as R;
    let mut uses = Uses::default();
    let containers = ["/initContainers", "/containers", "/ephemeralContainers"];
    for container in containers.iter().flat_map(|pointer| items(spec, pointer)) {
        for variable in items(container, "/env") {
            let words = format!("env {}", text(variable, "/name"));
            for (from, resource) in [("configMapKeyRef", R::CONFIG_MAPS), ("secretKeyRef", R::SECRETS)] {
                let from = &variable["valueFrom"][from];
                uses.add(resource, text(from, "/name"), words.clone(), flag(from, "/optional"));
            }
        }
        for source in items(container, "/envFrom") {
            for (from, resource) in [("configMapRef", R::CONFIG_MAPS), ("secretRef", R::SECRETS)] {
                let from = &source[from];
                uses.add(resource, text(from, "/name"), "env from all keys", flag(from, "/optional"));
            }
        }
    }
    for volume in items(spec, "/volumes") {
        let words = format!("volume {}", text(volume, "/name"));
        let sources = items(volume, "/projected/sources").iter().chain([volume]);
        for source in sources {
            let map = &source["configMap"];
            uses.add(R::CONFIG_MAPS, text(map, "/name"), words.clone(), flag(map, "/optional"));
            // A volume says `secretName`, a projected source `name`.
            let secret = &source["secret"];
            for pointer in ["/secretName", "/name"] {
                uses.add(R::SECRETS, text(secret, pointer), words.clone(), flag(secret, "/optional"));
            }
        }
        let claim = text(volume, "/persistentVolumeClaim/claimName");
        uses.add(R::PERSISTENT_VOLUME_CLAIMS, claim, words, false);
    }
    for secret in items(spec, "/imagePullSecrets") {
        uses.add(R::SECRETS, text(secret, "/name"), "to pull images", false);
    }
    uses.add(R::SERVICE_ACCOUNTS, text(spec, "/serviceAccountName"), "runs as", false);
    uses.add(R::PRIORITY_CLASSES, text(spec, "/priorityClassName"), "priority", false);
    uses.add(R::NODES, text(spec, "/nodeName"), "runs on", false);
    uses.0
}

/// What an object names, each with all that names it.
pub fn of(resource: &Resource, object: &Value) -> Vec<Use> {
    use Resource as R;
    if let Some(spec) = pod_spec(resource, object) {
        return of_pod(spec);
    }
    let mut uses = Uses::default();
    match (&*resource.group, &*resource.kind) {
        ("networking.k8s.io", "Ingress") => {
            for tls in items(object, "/spec/tls") {
                uses.add(R::SECRETS, text(tls, "/secretName"), "TLS", false);
            }
        }
        ("", "ServiceAccount") => {
            for secret in items(object, "/imagePullSecrets") {
                uses.add(R::SECRETS, text(secret, "/name"), "to pull images", false);
            }
            for secret in items(object, "/secrets") {
                uses.add(R::SECRETS, text(secret, "/name"), "token", false);
            }
        }
        ("", "PersistentVolumeClaim") => {
            uses.add(R::PERSISTENT_VOLUMES, text(object, "/spec/volumeName"), "bound to", false);
            uses.add(R::STORAGE_CLASSES, text(object, "/spec/storageClassName"), "", false);
        }
        ("", "PersistentVolume") => {
            uses.add(R::STORAGE_CLASSES, text(object, "/spec/storageClassName"), "", false);
        }
        _ => {}
    }
    uses.0
}

/// Of which resources it names objects, so that one can see whether they are there. A node is always.
pub(super) fn used(resource: &Resource, object: &Value) -> Vec<Resource> {
    let mut out: Vec<Resource> = of(resource, object).into_iter().map(|one| one.resource).collect();
    out.sort();
    out.dedup();
    out.retain(|one| *one != Resource::NODES);
    out
}

pub(super) fn uses(seen: &Seen<'_>) -> Vec<Edge> {
    let named = of(seen.resource, seen.object());
    let mut out: Vec<Edge> = named
        .iter()
        .map(|one| seen.named(Way::Uses, &one.resource, &one.name, &joined(&one.words), one.optional))
        .collect();
    // Each pod of a StatefulSet has a claim of each template, named after both.
    if seen.is(&Resource::STATEFUL_SETS) {
        for template in items(seen.object(), "/spec/volumeClaimTemplates") {
            let prefix = format!("{}-{}-", name(template), name(seen.object()));
            let is_one = |claim: &&Value| {
                name(claim).strip_prefix(&prefix).is_some_and(|rest| rest.parse::<u32>().is_ok())
            };
            let words = format!("claim template {}", name(template));
            let claims = seen.objects(&Resource::PERSISTENT_VOLUME_CLAIMS).iter().filter(is_one);
            out.extend(
                claims.map(|claim| Seen::to(Way::Uses, &Resource::PERSISTENT_VOLUME_CLAIMS, claim, &words)),
            );
        }
    }
    out
}

/// What names the object, among the lists that were read.
pub(super) fn used_by(seen: &Seen<'_>) -> Vec<Edge> {
    let (own, kind) = (name(seen.object()), &*seen.resource.kind);
    let mut out = Vec::new();
    if seen.is(&Resource::NODES) {
        let pods = seen.objects(&Resource::PODS).iter();
        return pods.map(|pod| Seen::to(Way::UsedBy, &Resource::PODS, pod, "runs here")).collect();
    }
    // A claim is what binds a volume.
    if seen.is(&Resource::PERSISTENT_VOLUMES) {
        return bound_by(seen).into_iter().collect();
    }
    for (wanted, _) in &seen.around.lists {
        // Names alone say nothing of what is used.
        if wanted.metadata_only {
            continue;
        }
        for object in seen.objects(&wanted.resource) {
            let uses = of(&wanted.resource, object).into_iter();
            let own = uses.filter(|one| one.resource.kind == kind && one.name == own);
            out.extend(own.map(|one| Seen::to(Way::UsedBy, &wanted.resource, object, joined(&one.words))));
        }
    }
    if seen.is(&Resource::SERVICE_ACCOUNTS) {
        let subject = |one: &Value| text(one, "/kind") == "ServiceAccount" && text(one, "/name") == own;
        for binding in seen.objects(&Resource::ROLE_BINDINGS) {
            if items(binding, "/subjects").iter().any(subject) {
                let (kind, role) = (text(binding, "/roleRef/kind"), text(binding, "/roleRef/name"));
                let words = format!("gives it {kind} {role}");
                out.push(Seen::to(Way::UsedBy, &Resource::ROLE_BINDINGS, binding, words));
            }
        }
    }
    out
}

/// The claim of a volume, which may be in a namespace that was not looked at.
fn bound_by(seen: &Seen<'_>) -> Option<Edge> {
    let reference = &seen.object()["spec"]["claimRef"];
    let (claim, namespace) = (text(reference, "/name"), text(reference, "/namespace"));
    if claim.is_empty() {
        return None;
    }
    let claims = seen.objects(&Resource::PERSISTENT_VOLUME_CLAIMS).iter();
    let mut own = claims.filter(|one| name(one) == claim && text(one, "/metadata/namespace") == namespace);
    let object = json!({"metadata": {"name": claim, "namespace": namespace, "uid": text(reference, "/uid")}});
    let edge = Seen::to(Way::UsedBy, &Resource::PERSISTENT_VOLUME_CLAIMS, &object, "bound to it");
    let presence = if own.next().is_some() { Presence::There } else { Presence::NotLooked };
    Some(Edge { presence, ..edge })
}

/// So many reasons are told; more are counted.
const TOLD: usize = 4;

fn joined(words: &[String]) -> String {
    let more = words.len().saturating_sub(TOLD);
    let told = words[..words.len() - more].join(", ");
    if more > 0 { format!("{told} and {more} more") } else { told }
}
