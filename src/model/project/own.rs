//! Objects to the values of the user's columns. Only the texts are kept, never the object.

use std::sync::Arc;

use serde_json::Value;

use super::shared::Shared;
use crate::model::columns::own::{OwnColumn, Values};
use crate::model::record::Record;

/// The columns of a kind that the user has defined.
#[derive(Debug, Default)]
pub(super) struct Own(Option<Arc<[OwnColumn]>>);

impl Own {
    pub(super) fn new(columns: Option<&Arc<[OwnColumn]>>) -> Self {
        Self(columns.filter(|columns| !columns.is_empty()).cloned())
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    /// Gives a record the values of its object. The object is read a second time for them, as a whole: what a path leads to is
    /// not known before.
    pub(super) fn read(&self, json: &[u8], record: &mut Record, shared: &mut Shared) {
        let Some(columns) = &self.0 else { return };
        // What cannot be read as a whole (too deep) has no values.
        let object = serde_json::from_slice(json).unwrap_or(Value::Null);
        let values = columns.iter().map(|column| shared.text(&column.path.text(&object)));
        record.meta_mut().own = Some(Box::new(Values(values.collect())));
    }
}
