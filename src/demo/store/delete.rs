//! Deletion: preconditions, grace, finalizers, and what goes along.

use std::sync::Arc;

use serde_json::{Value, json};

use super::super::clock::seconds;
use super::super::object::{Object, metadata, text};
use super::super::resource::{self, Resource};
use super::super::status::ApiError;
use super::Store;
use super::bucket::key;

/// How dependents of a deleted object are treated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Propagation {
    /// They are collected afterwards.
    #[default]
    Background,
    /// They go first: the object waits with the finalizer `foregroundDeletion`.
    Foreground,
    /// They stay: the object waits with the finalizer `orphan`.
    Orphan,
}

/// `DeleteOptions`.
#[derive(Debug, Clone, Default)]
pub struct DeleteOptions {
    /// Delete only this one.
    pub uid: Option<String>,
    /// Delete only in this state.
    pub version: Option<String>,
    /// Seconds that a pod has to stop; zero: now.
    pub grace: Option<i64>,
    /// What becomes of dependents.
    pub propagation: Propagation,
    /// Answer what would be, and change nothing.
    pub dry_run: bool,
}

impl DeleteOptions {
    /// Delete without waiting for anybody.
    pub fn now() -> Self {
        Self { grace: Some(0), ..Self::default() }
    }
}

/// What a deletion did.
#[derive(Debug, Clone)]
pub enum Deleted {
    /// The object is gone; its last state.
    Gone(Arc<Object>),
    /// The object carries a deletion timestamp and waits for its kubelet or its finalizers.
    Marked(Arc<Object>),
}

impl Store {
    /// Deletes an object: pods on a node and objects with finalizers are marked first.
    pub fn delete(
        &self,
        res: &'static Resource,
        namespace: &str,
        name: &str,
        options: &DeleteOptions,
    ) -> Result<Deleted, ApiError> {
        let mut inner = self.lock();
        let at = key(res, namespace, name);
        let current = inner.buckets.get(&res.place()).and_then(|b| b.objects.get(&at)).cloned();
        let current = current.ok_or_else(|| ApiError::not_found(res, name))?;
        check_preconditions(res, &current, options)?;
        let mut value = current.value();
        let grace = grace(res, &value, options);
        let meta = metadata(&mut value);
        let mut finalizers = meta.get("finalizers").and_then(Value::as_array).cloned().unwrap_or_default();
        let wait_for = match options.propagation {
            Propagation::Background => None,
            Propagation::Foreground => Some("foregroundDeletion"),
            Propagation::Orphan => Some("orphan"),
        };
        if let Some(finalizer) = wait_for.filter(|f| !finalizers.iter().any(|have| have == f)) {
            finalizers.push(json!(finalizer));
            meta.insert("finalizers".to_owned(), Value::Array(finalizers.clone()));
        }
        if grace == 0 && finalizers.is_empty() {
            if options.dry_run {
                return Ok(Deleted::Gone(current));
            }
            if res == resource::NAMESPACES {
                inner.empty_namespace(name);
            }
            return Ok(Deleted::Gone(inner.remove(res, &at, None).unwrap_or(current)));
        }
        let shorter =
            meta.get("deletionGracePeriodSeconds").and_then(Value::as_i64).is_none_or(|had| grace < had);
        if meta.contains_key("deletionTimestamp") && !shorter {
            return Ok(Deleted::Marked(current));
        }
        let when = self.clock.now().saturating_add(jiff::SignedDuration::from_secs(grace));
        let when = when.map_or_else(|_| self.clock.stamp(), seconds);
        meta.insert("deletionTimestamp".to_owned(), json!(when));
        meta.insert("deletionGracePeriodSeconds".to_owned(), json!(grace));
        if let Some(generation) = meta.get("generation").and_then(Value::as_i64) {
            meta.insert("generation".to_owned(), json!(generation + 1));
        }
        if options.dry_run {
            return Ok(Deleted::Marked(inner.build(&value, current.version)));
        }
        Ok(Deleted::Marked(inner.put(res, at, value, Some(current))))
    }
}

/// Whether nothing holds a deleted object any more.
pub(super) fn is_finished(res: &Resource, value: &Value) -> bool {
    let meta = &value["metadata"];
    let held = meta["finalizers"].as_array().is_some_and(|f| !f.is_empty());
    let waits = meta["deletionGracePeriodSeconds"].as_i64().is_some_and(|s| s > 0) && res == resource::PODS;
    meta["deletionTimestamp"].is_string() && !held && !waits
}

fn check_preconditions(res: &Resource, object: &Object, options: &DeleteOptions) -> Result<(), ApiError> {
    if let Some(uid) = options.uid.as_deref().filter(|uid| **uid != *object.uid) {
        let why = format!(
            "the UID in the precondition ({uid}) does not match the UID in record ({}). The object might have been deleted and then recreated",
            object.uid
        );
        return Err(ApiError::conflict(res, &object.name, &why));
    }
    if let Some(version) = options.version.as_deref().filter(|v| **v != object.version.to_string()) {
        let why = format!(
            "the ResourceVersion in the precondition ({version}) does not match the ResourceVersion in record ({}). The object might have been modified",
            object.version
        );
        return Err(ApiError::conflict(res, &object.name, &why));
    }
    Ok(())
}

/// Seconds that a deleted object waits for its kubelet; only pods on a node do.
fn grace(res: &Resource, value: &Value, options: &DeleteOptions) -> i64 {
    let phase = text(value, "/status/phase");
    if res != resource::PODS
        || text(value, "/spec/nodeName").is_empty()
        || matches!(phase, "Succeeded" | "Failed")
    {
        return 0;
    }
    let own = value["spec"]["terminationGracePeriodSeconds"].as_i64().unwrap_or(30);
    options.grace.unwrap_or(own).max(0)
}
