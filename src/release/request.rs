//! The request of a change: exactly what kubectl would send, with our field manager and a precondition.
//!
//! The source of each is `kubectl/parity.md` of the design, recorded from kubectl 1.32; golden tests hold them to the
//! recordings. The two differences are meant: `fieldManager=dogwatch`, and a precondition (`metadata.uid` and
//! `resourceVersion`, or JSON-patch `test`s), so that a change never meets an object other than the one that was shown.

use serde_json::{Map, Value, json};

use super::change::{Change, ContainerImage, Merge};
use super::json::{flag, items, text, texts};
use super::target::Target;

/// The name under which the server notes our fields.
pub const MANAGER: &str = "dogwatch";

/// The annotation that `kubectl rollout restart` writes.
pub const RESTARTED_AT: &str = "kubectl.kubernetes.io/restartedAt";

/// The method of a write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// PATCH.
    Patch,
    /// DELETE.
    Delete,
}

impl Method {
    /// As in HTTP.
    pub fn word(self) -> &'static str {
        match self {
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }
}

/// What kind of body a write has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Content {
    /// `application/merge-patch+json` (RFC 7386).
    Merge,
    /// `application/strategic-merge-patch+json`.
    Strategic,
    /// `application/json-patch+json` (RFC 6902).
    JsonPatch,
    /// `application/apply-patch+yaml`; JSON is YAML.
    Apply,
    /// `application/json`: `DeleteOptions`.
    Json,
}

impl Content {
    /// The media type.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Merge => "application/merge-patch+json",
            Self::Strategic => "application/strategic-merge-patch+json",
            Self::JsonPatch => "application/json-patch+json",
            Self::Apply => "application/apply-patch+yaml",
            Self::Json => "application/json",
        }
    }
}

/// A write, ready to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WriteRequest {
    /// Its method.
    pub method: Method,
    /// Its path, encoded.
    pub path: String,
    /// Its query.
    pub query: Vec<(&'static str, &'static str)>,
    /// What its body is.
    pub content: Content,
    /// Its body.
    pub body: Value,
}

impl WriteRequest {
    /// Path and query.
    pub fn uri(&self) -> String {
        let query: Vec<String> = self.query.iter().map(|(key, value)| format!("{key}={value}")).collect();
        if query.is_empty() { self.path.clone() } else { format!("{}?{}", self.path, query.join("&")) }
    }

    /// The same as a dry run: the server does everything but keep it.
    ///
    /// For a DELETE with a body the server ignores the query: `?dryRun=All` beside `DeleteOptions` really deletes. So it
    /// goes into the body there, as kubectl does it.
    #[must_use]
    pub fn dry_run(&self) -> Self {
        let mut dry = self.clone();
        if dry.method == Method::Delete {
            dry.body["dryRun"] = json!(["All"]);
        } else {
            dry.query.insert(0, ("dryRun", "All"));
        }
        dry
    }
}

/// Why there is no request: in kubectl's words where it has some.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Refusal(pub String);

/// The request of a change of `target`, whose object is `object` now. Undo, edit and apply have files of their own.
///
/// `at_version`: bound to the object's `resourceVersion`; without it (a later step of several) to its UID alone.
pub fn simple(
    change: &Change,
    target: &Target,
    object: &Value,
    at_version: bool,
) -> Result<WriteRequest, Refusal> {
    let bind = Bind { target, version: text(object, "/metadata/resourceVersion"), at_version };
    match change {
        Change::Scale { replicas } => Ok(bind.scale(*replicas)),
        Change::SetImage { images } => bind.set_image(object, images),
        Change::Restart { at } => {
            if flag(object, "/spec/paused") {
                return Err(Refusal(format!(
                    "{target} can't be restarted while it is paused; resume it first"
                )));
            }
            let annotations = json!({RESTARTED_AT: restarted_at(*at)});
            Ok(bind.strategic(json!({"spec": {"template": {"metadata": {"annotations": annotations}}}})))
        }
        Change::Pause if flag(object, "/spec/paused") => Err(Refusal(format!("{target} is already paused"))),
        Change::Pause => Ok(bind.strategic(json!({"spec": {"paused": true}}))),
        Change::Resume if !flag(object, "/spec/paused") => Err(Refusal(format!("{target} is not paused"))),
        Change::Resume => Ok(bind.strategic(json!({"spec": {"paused": null}}))),
        Change::Strategy { max_surge, max_unavailable } => {
            bind.strategy(object, max_surge.as_deref(), max_unavailable.as_deref())
        }
        Change::Selector { keys, how, .. } => Ok(bind.selector(object, keys, *how)),
        Change::Labels { keys } => bind.metadata(object, "labels", keys),
        Change::Annotations { keys } => bind.metadata(object, "annotations", keys),
        Change::Delete { propagation, grace } => Ok(bind.delete(propagation.word(), *grace)),
        Change::Debug { image, target: shared, name } => Ok(bind.debug(object, image, shared, name)),
        Change::Undo { .. } | Change::Edit { .. } | Change::Apply { .. } | Change::Orphan { .. } => {
            Err(Refusal(format!("{} is planned elsewhere", change.word())))
        }
    }
}

/// A merge patch of an object, bound to the version that it has.
pub fn bound(target: &Target, object: &Value, patch: Value) -> WriteRequest {
    let version = text(object, "/metadata/resourceVersion");
    Bind { target, version, at_version: true }.patch(Content::Merge, patch)
}

/// A server-side apply. Bound to the object that is there; one that is not there yet has nothing to be bound to, and a UID
/// would make the server refuse to make it (`uid mismatch: … no existing object was found`).
pub fn apply(target: &Target, object: &Value, manifest: &Value, force: bool) -> WriteRequest {
    let force = if force { "true" } else { "false" };
    let mut request = if target.is_bound() {
        bound(target, object, manifest.clone())
    } else {
        let query = vec![("fieldManager", MANAGER)];
        let (content, body) = (Content::Apply, manifest.clone());
        WriteRequest { method: Method::Patch, path: target.path(), query, content, body }
    };
    request.content = Content::Apply;
    request.query.push(("fieldValidation", "Strict"));
    request.query.push(("force", force));
    request
}

/// The object that a request is bound to.
struct Bind<'a> {
    target: &'a Target,
    version: &'a str,
    at_version: bool,
}

impl Bind<'_> {
    /// A patch of the object, with its identity as the precondition: a stale one is answered by 409.
    fn patch(&self, content: Content, mut body: Value) -> WriteRequest {
        body["metadata"]["uid"] = json!(self.target.uid.to_string());
        if self.at_version {
            body["metadata"]["resourceVersion"] = json!(self.version);
        }
        WriteRequest {
            method: Method::Patch,
            path: self.target.path(),
            query: vec![("fieldManager", MANAGER)],
            content,
            body,
        }
    }

    fn strategic(&self, body: Value) -> WriteRequest {
        self.patch(Content::Strategic, body)
    }

    fn scale(&self, replicas: u32) -> WriteRequest {
        let mut request = self.patch(Content::Merge, json!({"spec": {"replicas": replicas}}));
        request.path.push_str("/scale");
        request
    }

    fn set_image(&self, object: &Value, images: &[ContainerImage]) -> Result<WriteRequest, Refusal> {
        let mut spec = Map::new();
        for list in ["containers", "initContainers"] {
            let known = items(object, &format!("/spec/template/spec/{list}"));
            let names: Vec<&str> = known.iter().map(|container| text(container, "/name")).collect();
            let changed: Vec<Value> = images
                .iter()
                .filter(|image| names.contains(&image.container.as_str()))
                .map(|ContainerImage { container, image }| json!({"name": container, "image": image}))
                .collect();
            if !changed.is_empty() {
                let order: Vec<Value> = names.iter().map(|name| json!({"name": name})).collect();
                spec.insert(format!("$setElementOrder/{list}"), json!(order));
                spec.insert(list.to_owned(), json!(changed));
            }
        }
        let known = |name: &str| {
            ["containers", "initContainers"]
                .iter()
                .flat_map(|list| items(object, &format!("/spec/template/spec/{list}")))
                .any(|container| text(container, "/name") == name)
        };
        if let Some(unknown) = images.iter().find(|image| !known(&image.container)) {
            return Err(Refusal(format!("unable to find container named \"{}\"", unknown.container)));
        }
        if spec.is_empty() {
            return Err(Refusal("no image was chosen".to_owned()));
        }
        Ok(self.strategic(json!({"spec": {"template": {"spec": spec}}})))
    }

    fn strategy(
        &self,
        object: &Value,
        max_surge: Option<&str>,
        max_unavailable: Option<&str>,
    ) -> Result<WriteRequest, Refusal> {
        let (field, kind) = if object.pointer("/spec/updateStrategy").is_some() {
            ("updateStrategy", text(object, "/spec/updateStrategy/type"))
        } else {
            ("strategy", text(object, "/spec/strategy/type"))
        };
        if !matches!(kind, "RollingUpdate" | "") {
            return Err(Refusal(format!("{} has the strategy {kind}, which has no bounds", self.target)));
        }
        let mut bounds = Map::new();
        for (key, value) in [("maxSurge", max_surge), ("maxUnavailable", max_unavailable)] {
            if let Some(value) = value {
                bounds.insert(key.to_owned(), int_or_percent(value)?);
            }
        }
        Ok(self.strategic(json!({"spec": {field: {"rollingUpdate": bounds}}})))
    }

    fn selector(&self, object: &Value, keys: &[(String, Option<String>)], how: Merge) -> WriteRequest {
        let now = texts(object, "/spec/selector");
        let mut selector = Map::new();
        if how == Merge::Replace {
            for key in now.keys().filter(|key| !keys.iter().any(|(named, _)| named == *key)) {
                selector.insert(key.clone(), Value::Null);
            }
        }
        for (key, value) in keys {
            // kubectl's patch is the difference: what is so already is not sent.
            if now.get(key) != value.as_ref() {
                selector.insert(key.clone(), json!(value));
            }
        }
        self.strategic(json!({"spec": {"selector": selector}}))
    }

    fn metadata(
        &self,
        object: &Value,
        field: &str,
        keys: &[(String, Option<String>)],
    ) -> Result<WriteRequest, Refusal> {
        let now = texts(object, &format!("/metadata/{field}"));
        let changed: Map<String, Value> = keys
            .iter()
            .filter(|(key, value)| now.get(key) != value.as_ref())
            .map(|(key, value)| (key.clone(), json!(value)))
            .collect();
        if changed.is_empty() {
            return Err(Refusal(format!("{} has these {field} already", self.target)));
        }
        Ok(self.patch(Content::Merge, json!({"metadata": {field: changed}})))
    }

    /// Bound to the UID alone: the pod that is looked into is often one whose status never rests.
    fn debug(&self, object: &Value, image: &str, shared: &str, name: &str) -> WriteRequest {
        let mut container = json!({
            "name": name, "image": image, "resources": {}, "stdin": true, "tty": true,
            "terminationMessagePolicy": "File",
        });
        if !shared.is_empty() {
            container["targetContainerName"] = json!(shared);
        }
        let mut spec = Map::new();
        let known = items(object, "/spec/ephemeralContainers");
        if !known.is_empty() {
            let names = known.iter().map(|one| text(one, "/name")).chain([name]);
            let order: Vec<Value> = names.map(|name| json!({"name": name})).collect();
            spec.insert("$setElementOrder/ephemeralContainers".to_owned(), json!(order));
        }
        spec.insert("ephemeralContainers".to_owned(), json!([container]));
        let bind = Self { at_version: false, ..*self };
        let mut request = bind.strategic(json!({"spec": spec}));
        request.path.push_str("/ephemeralcontainers");
        request
    }

    fn delete(&self, propagation: &str, grace: Option<u32>) -> WriteRequest {
        let mut body = json!({
            "propagationPolicy": propagation,
            // Status changes of a pod that is on its way must not keep it; a namesake must.
            "preconditions": {"uid": self.target.uid.to_string()},
        });
        if let Some(grace) = grace {
            body["gracePeriodSeconds"] = json!(grace);
        }
        WriteRequest {
            method: Method::Delete,
            path: self.target.path(),
            query: Vec::new(),
            content: Content::Json,
            body,
        }
    }
}

/// `25%` or `2`, as the API takes it (`IntOrString`).
pub fn int_or_percent(text: &str) -> Result<Value, Refusal> {
    let number = text.strip_suffix('%').unwrap_or(text);
    match number.parse::<u32>() {
        Ok(_) if text.ends_with('%') => Ok(json!(text)),
        Ok(number) => Ok(json!(number)),
        Err(_) => Err(Refusal(format!("`{text}` is neither a number nor a percentage"))),
    }
}

/// RFC 3339 with whole seconds, as kubectl writes it.
fn restarted_at(at: i64) -> String {
    jiff::Timestamp::from_second(at).map(|time| time.to_string()).unwrap_or_default()
}

#[cfg(test)]
mod tests;
