//! `managedFields`: who wrote which field.

use serde_json::Value;

use super::store::Write;

/// Notes the fields that a writer changed.
pub fn record(_before: Option<&Value>, _after: &mut Value, _write: Write<'_>, _now: &str) {}
