//! Asks what the user may do, by self-subject reviews: they change nothing, and are all that a reader may post.

use futures::future::join_all;
use serde_json::Value;

use super::link::Line;
use super::read;
use crate::model::rights::{Access, Rules, Verdict, rules, rules_review, verdict};
use crate::model::trouble::{Trouble, TroubleKind};

/// What may be done in a namespace.
pub(super) async fn rights(mut line: Line, namespace: &str) -> Result<Rules, Trouble> {
    let bytes = read::review(&mut line, "selfsubjectrulesreviews", &rules_review(namespace)).await?;
    Ok(rules(&parsed(&bytes)?))
}

/// Whether each of these may be done.
pub(super) async fn may(line: Line, asked: Vec<Access>) -> Vec<(Access, Result<Verdict, Trouble>)> {
    join_all(asked.into_iter().map(|access| {
        let mut line = line.clone();
        async move {
            let answer = read::review(&mut line, "selfsubjectaccessreviews", &access.review()).await;
            let verdict = answer.and_then(|bytes| parsed(&bytes)).map(|answer| verdict(&answer));
            (access, verdict)
        }
    }))
    .await
}

fn parsed(bytes: &[u8]) -> Result<Value, Trouble> {
    serde_json::from_slice(bytes).map_err(|error| Trouble::new(TroubleKind::Protocol, error.to_string()))
}
