//! Controller revisions: the kept templates of stateful sets and daemon sets, their numbers, and which of them is the present one.

use serde_json::{Value, json};

use super::super::resource::{CONTROLLERREVISIONS, Resource};
use super::deployment::bare_template;
use super::json::{name, namespace, number, owner_reference};
use super::names::template_hash;
use super::plan::Write;

/// The present revision of a set.
#[derive(Debug, Clone, PartialEq)]
pub struct Present {
    /// The name of its revision object.
    pub name: String,
    /// The hash in that name.
    pub hash: String,
    /// What has to be written first.
    pub writes: Vec<Write>,
}

/// Finds or makes the revision of the set's template, and gives it the highest number.
pub fn present(set: &Value, resource: &'static Resource, known: &[Value]) -> Present {
    let template = bare_template(set);
    let highest = known.iter().filter_map(|r| number(r, "/revision")).max().unwrap_or(0);
    let mut data = template.clone();
    data["$patch"] = json!("replace");
    let data = json!({"spec": {"template": data}});
    if let Some(found) = known.iter().find(|r| r["data"] == data) {
        let hash = hash_of(found);
        let mut writes = Vec::new();
        if number(found, "/revision").unwrap_or(0) < highest {
            let mut raised = found.clone();
            raised["revision"] = json!(highest + 1);
            writes.push(Write::Update(CONTROLLERREVISIONS, raised));
        }
        return Present { name: name(found).to_owned(), hash, writes };
    }
    let hash = template_hash(&template, 0);
    let made = format!("{}-{hash}", name(set));
    let mut labels = template["metadata"]["labels"].clone();
    let key = if resource.plural == "daemonsets" {
        "controller-revision-hash"
    } else {
        "controller.kubernetes.io/hash"
    };
    labels[key] = json!(hash);
    let mut revision = json!({
        "apiVersion": "apps/v1", "kind": "ControllerRevision",
        "metadata": {
            "name": made, "namespace": namespace(set), "labels": labels,
            "ownerReferences": [owner_reference(set, "apps/v1", resource.kind)],
        },
        "data": data, "revision": highest + 1,
    });
    if let Some(annotations) = set["metadata"].get("annotations").filter(|a| a.is_object()) {
        revision["metadata"]["annotations"] = annotations.clone();
    }
    Present { name: made, hash, writes: vec![Write::Create(CONTROLLERREVISIONS, revision)] }
}

/// The hash of a revision.
pub fn hash_of(revision: &Value) -> String {
    let labels = &revision["metadata"]["labels"];
    let hash = labels.get("controller-revision-hash").or(labels.get("controller.kubernetes.io/hash"));
    hash.and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// Removes the oldest revisions beyond the limit, but none that pods still have.
pub fn clean(set: &Value, known: &[Value], live: &[String]) -> Vec<Write> {
    let limit = number(set, "/spec/revisionHistoryLimit").unwrap_or(10);
    let mut old: Vec<&Value> =
        known.iter().filter(|r| !live.iter().any(|l| l == name(r) || *l == hash_of(r))).collect();
    old.sort_by_key(|r| number(r, "/revision"));
    let surplus = (old.len() as i64 - limit).max(0) as usize;
    let gone = old.into_iter().take(surplus);
    gone.map(|r| Write::Delete(CONTROLLERREVISIONS, namespace(r).to_owned(), name(r).to_owned())).collect()
}
