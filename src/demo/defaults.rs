//! What the API server fills in when a writer left it out.

use serde_json::Value;

use super::resource::Resource;

/// Fills in the defaults of a kind.
pub fn apply(_res: &Resource, _value: &mut Value) {}
