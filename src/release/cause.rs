//! Why a workload is changed, as kubectl keeps it: the annotation `kubernetes.io/change-cause`, which each of its revisions carries.
//!
//! It is written where a change gives a workload a new revision, as `--record` did; the reason that the user gave is the cause.

use serde_json::{Value, json};

use super::history::CAUSE;
use super::json::text;
use super::plan::{Line, Step};
use super::request::Content;
use super::{Change, Target};

/// Writes the reason into a step that makes a new revision; what is said of it, and the kubectl command that does the same. `now`:
/// the object as it is.
pub fn with_cause(step: &mut Step, reason: &str, now: &Value) -> Option<(Line, String)> {
    let rolls = matches!(step.change, Change::SetImage { .. } | Change::Restart { .. } | Change::Undo { .. });
    if !rolls || reason.is_empty() {
        return None;
    }
    let body = &mut step.request.body;
    let annotations = match step.request.content {
        Content::JsonPatch => {
            let ops = body.as_array_mut()?.iter_mut();
            let is_last = |op: &&mut Value| op["path"] == "/metadata/annotations" && op["op"] != "test";
            &mut ops.filter(is_last).last()?["value"]
        }
        _ => &mut body["metadata"]["annotations"],
    };
    annotations[CAUSE] = json!(reason);
    let before = text(now, "/metadata/annotations/kubernetes.io~1change-cause");
    let Target { name, resource, .. } = &step.target;
    let flag = step.target.namespace_flag();
    let command = format!("kubectl annotate {resource}/{name}{flag} --overwrite {CAUSE}={}", quoted(reason));
    Some((Line::change("change cause", before, reason), command))
}

/// A word as a shell takes it.
fn quoted(word: &str) -> String {
    format!("'{}'", word.replace('\'', "'\\''"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::resource::Resource;
    use crate::model::uid::Uid;
    use crate::release::change::ContainerImage;
    use crate::release::facts::Facts;
    use crate::release::plan::{Plan, plan};

    fn made(change: &Change) -> (Plan, Value) {
        let object = json!({"metadata": {"uid": "u1", "resourceVersion": "7", "generation": 1,
            "annotations": {CAUSE: "before"}},
            "spec": {"replicas": 1, "template": {"spec": {"containers": [{"name": "web", "image": "web:1"}]}}}});
        let target = Target {
            resource: Resource::DEPLOYMENTS,
            namespace: "shop".to_owned(),
            name: "web".to_owned(),
            uid: Uid::new("u1"),
        };
        let mut facts = Facts::default();
        facts.gathered.object = object.clone();
        (plan(change, &target, &facts).unwrap(), object)
    }

    #[test]
    fn what_makes_a_revision_gets_its_cause_and_nothing_else_does() {
        let images = vec![ContainerImage { container: "web".to_owned(), image: "web:2".to_owned() }];
        for change in [Change::SetImage { images }, Change::Restart { at: 0 }] {
            let (mut plan, object) = made(&change);
            assert_eq!(with_cause(&mut plan.steps[0].clone(), "", &object), None);
            let before = plan.steps[0].request.body["spec"].clone();
            let (line, command) = with_cause(&mut plan.steps[0], "it's out", &object).unwrap();
            assert_eq!(line, Line::change("change cause", "before", "it's out"));
            assert_eq!(
                command,
                "kubectl annotate deployment/web -n shop --overwrite kubernetes.io/change-cause='it'\\''s out'"
            );
            let body = &plan.steps[0].request.body;
            assert_eq!(
                (&body["metadata"]["annotations"][CAUSE], &body["spec"]),
                (&json!("it's out"), &before)
            );
        }
        let (mut plan, object) = made(&Change::Scale { replicas: 3 });
        assert_eq!(with_cause(&mut plan.steps[0], "why", &object), None);
        // A rollback replaces all annotations at once.
        let (mut plan, object) = made(&Change::Restart { at: 0 });
        let step = &mut plan.steps[0];
        step.change = Change::Undo { to: None };
        step.request.content = Content::JsonPatch;
        step.request.body = json!([{"op": "test", "path": "/metadata/annotations", "value": {"a": "b"}},
            {"op": "replace", "path": "/metadata/annotations", "value": {"a": "b"}}]);
        with_cause(step, "why", &object).unwrap();
        assert_eq!(step.request.body[1]["value"], json!({"a": "b", CAUSE: "why"}));
        assert_eq!(step.request.body[0]["value"], json!({"a": "b"}));
    }
}
