//! Owners above, and what is owned below, by `ownerReferences`.

use std::collections::HashSet;

use serde_json::Value;

use super::{Edge, Named, Seen, Way};
use crate::model::json::{flag, items, text, uid};
use crate::model::text::clean;

/// Nothing owns so deep; what points at itself ends here.
const DEEPEST: usize = 5;

pub(super) fn owned_by(seen: &Seen<'_>) -> Vec<Edge> {
    let edge = |owner: &super::Owner| {
        let reference = &owner.reference;
        let (group, _) = text(reference, "/apiVersion").split_once('/').unwrap_or_default();
        let to = Named {
            group: group.to_owned(),
            kind: clean(text(reference, "/kind")).into_owned(),
            namespace: seen.namespace().to_owned(),
            name: clean(text(reference, "/name")).into_owned(),
        };
        let words = if flag(reference, "/controller") { "" } else { "not its controller" };
        Edge {
            way: Way::OwnedBy,
            depth: owner.depth,
            to,
            uid: text(reference, "/uid").to_owned(),
            words: words.to_owned(),
            presence: owner.presence,
        }
    };
    seen.around.owners.iter().map(edge).collect()
}

pub(super) fn owns(seen: &Seen<'_>) -> Vec<Edge> {
    let mut out = Vec::new();
    let mut known: HashSet<&str> = HashSet::new();
    below(seen, uid(seen.object()), 0, &mut known, &mut out);
    out
}

fn below<'a>(seen: &Seen<'a>, owner: &str, depth: usize, known: &mut HashSet<&'a str>, out: &mut Vec<Edge>) {
    if owner.is_empty() || depth > DEEPEST {
        return;
    }
    let is_owned = |object: &&Value| {
        items(object, "/metadata/ownerReferences").iter().any(|reference| text(reference, "/uid") == owner)
    };
    for (wanted, _) in &seen.around.lists {
        for object in seen.objects(&wanted.resource).iter().filter(is_owned) {
            if known.insert(uid(object)) {
                let edge = Seen::to(Way::Owns, &wanted.resource, object, "");
                out.push(Edge { depth, ..edge });
                below(seen, uid(object), depth + 1, known, out);
            }
        }
    }
}
