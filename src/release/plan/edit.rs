//! An edited object: what differs, line by line.

use serde_json::{Value, json};

use super::{Draft, Level, Line};
use crate::model::diff::differences;
use crate::release::edit::{merge_patch, merged};
use crate::release::facts::Facts;
use crate::release::follow::Goal;
use crate::release::json::text;
use crate::release::request::{Content, MANAGER, Method, Refusal, WriteRequest};
use crate::release::{Change, Target};

pub(super) fn draft(patch: &Value, target: &Target, facts: &Facts) -> Result<Draft, Refusal> {
    let object = &facts.gathered.object;
    let then = merged(object, patch);
    if then == *object {
        return Err(Refusal(format!("{target} is so already")));
    }
    let differing = differences(object, &then);
    // A template that changes replaces pods.
    let rolls = differing.iter().any(|one| one.path.starts_with("spec.template"));
    let secret = target.resource == crate::model::resource::Resource::SECRETS;
    let mut lines: Vec<Line> = differing
        .iter()
        .map(|one| {
            // What a Secret holds (`data`, `stringData`) is not shown.
            if secret && !one.path.starts_with("metadata") {
                Line::change(one.path.clone(), "(hidden)", "(hidden)")
            } else {
                Line::change(one.path.clone(), one.from_words(), one.to_words())
            }
        })
        .collect();
    if rolls {
        lines.push(Line::effect("pods", super::around::replacing(object)));
    }
    let mut body = patch.clone();
    body["metadata"]["uid"] = json!(target.uid.to_string());
    body["metadata"]["resourceVersion"] = json!(text(object, "/metadata/resourceVersion"));
    let rollout = rolls && super::super::history::holder(&target.resource).is_some();
    Ok(Draft {
        request: WriteRequest {
            method: Method::Patch,
            path: target.path(),
            query: vec![("fieldManager", MANAGER)],
            content: Content::Merge,
            body,
        },
        goal: if rollout { Goal::Rollout } else { Goal::Written },
        inverse: Some(Change::Edit { patch: Box::new(merge_patch(&then, object)) }),
        lines,
        level: Level::Traffic,
        kubectl: super::kubectl::command(&Change::Edit { patch: Box::new(patch.clone()) }, target),
    })
}
