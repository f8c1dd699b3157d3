//! Asks metrics.k8s.io what pods or nodes use, page by page.

use serde_json::Value;

use super::gather::asked_of;
use super::link::Line;
use super::read::{self, Shape, encode};
use crate::model::json::text;
use crate::model::resource::Resource;
use crate::model::trouble::{Trouble, TroubleKind};
use crate::model::usage::Measured;

/// Objects in one answer.
const PAGE: usize = 500;

/// What is used in a namespace, or everywhere; a server that has no such API measures nothing.
pub(super) async fn usage(mut line: Line, nodes: bool, namespace: Option<&str>) -> Result<Measured, Trouble> {
    let resource = if nodes { Resource::NODE_METRICS } else { Resource::POD_METRICS };
    let base = resource.collection(namespace);
    let asked = asked_of(&line, "list", &resource, namespace.unwrap_or_default(), &base);
    let (mut measured, mut next) = (Measured::empty(), String::new());
    loop {
        let mut path = format!("{base}?limit={PAGE}");
        if !next.is_empty() {
            path = format!("{path}&continue={}", encode(&next));
        }
        let bytes = match read::fetch(&mut line, &path, &asked, Shape::Whole).await {
            Err(trouble) if trouble.kind == TroubleKind::NotFound => return Ok(Measured::Nothing),
            answer => answer?,
        };
        let page: Value = serde_json::from_slice(&bytes)
            .map_err(|error| Trouble::new(TroubleKind::Protocol, error.to_string()).trying(&asked.tried))?;
        measured.page(&page);
        text(&page, "/metadata/continue").clone_into(&mut next);
        if next.is_empty() {
            return Ok(measured);
        }
    }
}
