//! Whether an object shows a change: asked when a write was not answered, so that what is told is what the cluster has.

use serde_json::{Value, json};

use crate::release::change::{Change, Merge};
use crate::release::json::{flag, items, number, text, texts};
use crate::release::plan::Step;
use crate::release::request::{Content, RESTARTED_AT};

/// Whether the object, as it is now, is as the step wanted it.
pub fn shows(step: &Step, object: &Value) -> bool {
    match &step.change {
        Change::Scale { replicas } => number(object, "/spec/replicas") == Some(i64::from(*replicas)),
        Change::SetImage { images } => images.iter().all(|wanted| {
            ["containers", "initContainers"]
                .iter()
                .flat_map(|list| items(object, &format!("/spec/template/spec/{list}")))
                .any(|container| {
                    text(container, "/name") == wanted.container && text(container, "/image") == wanted.image
                })
        }),
        Change::Restart { .. } => {
            let pointer = ["spec", "template", "metadata", "annotations"];
            let annotation = |value: &Value| {
                let map = pointer.iter().try_fold(value, |value, key| value.get(*key));
                map.and_then(|map| map.get(RESTARTED_AT)).cloned()
            };
            annotation(object).is_some() && annotation(object) == annotation(&step.request.body)
        }
        Change::Pause => flag(object, "/spec/paused"),
        Change::Resume => !flag(object, "/spec/paused"),
        Change::Selector { keys, how, .. } => {
            let now = texts(object, "/spec/selector");
            keys.iter().all(|(key, value)| now.get(key) == value.as_ref())
                && (*how == Merge::Merge || now.keys().all(|key| keys.iter().any(|(named, _)| named == key)))
        }
        Change::Labels { keys } => {
            let now = texts(object, "/metadata/labels");
            keys.iter().all(|(key, value)| now.get(key) == value.as_ref())
        }
        // It is sent as a change of labels.
        Change::Orphan { .. } => false,
        Change::Annotations { keys } => {
            let now = texts(object, "/metadata/annotations");
            keys.iter().all(|(key, value)| now.get(key) == value.as_ref())
        }
        Change::Debug { image, name, .. } => items(object, "/spec/ephemeralContainers")
            .iter()
            .any(|one| text(one, "/name") == name && text(one, "/image") == image),
        Change::Delete { .. } => !text(object, "/metadata/deletionTimestamp").is_empty(),
        Change::Undo { .. } | Change::Strategy { .. } | Change::Edit { .. } | Change::Apply { .. } => {
            match step.request.content {
                Content::JsonPatch => replaced(&step.request.body, object),
                _ => contains(object, &without_precondition(&step.request.body)),
            }
        }
    }
}

/// Whether every `replace` and `add` of a JSON patch is so already.
fn replaced(patch: &Value, object: &Value) -> bool {
    items(patch, "").iter().filter(|op| matches!(text(op, "/op"), "replace" | "add")).all(|op| {
        let (path, wanted) = (text(op, "/path"), op.get("value"));
        let now = object.pointer(path);
        // The server fills defaults in; the controller writes annotations of its own.
        match (now, wanted) {
            (Some(now), Some(wanted)) => contains(now, wanted),
            _ => false,
        }
    })
}

fn without_precondition(body: &Value) -> Value {
    let mut body = body.clone();
    if let Some(meta) = body.get_mut("metadata").and_then(Value::as_object_mut) {
        meta.remove("resourceVersion");
        meta.remove("uid");
    }
    body
}

/// Whether everything in `part` is in `whole`; `null` in `part` means absent; directives of a patch are passed over.
fn contains(whole: &Value, part: &Value) -> bool {
    match part {
        Value::Null => whole.is_null(),
        Value::Object(map) => map
            .iter()
            .filter(|(key, _)| !key.starts_with('$') && *key != "creationTimestamp")
            .all(|(key, value)| contains(whole.get(key).unwrap_or(&Value::Null), value)),
        Value::Array(list) => {
            let named = |value: &Value| value.get("name").is_some();
            let here = whole.as_array().map_or(&[][..], Vec::as_slice);
            if list.iter().all(named) {
                list.iter().all(|wanted| {
                    here.iter().any(|value| value["name"] == wanted["name"] && contains(value, wanted))
                })
            } else {
                here.len() == list.len() && here.iter().zip(list).all(|(now, wanted)| contains(now, wanted))
            }
        }
        part => whole == part || (*part == json!({}) && whole.is_null()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_found_in_a_whole() {
        let whole = json!({"spec": {"template": {"spec": {"containers": [
            {"name": "web", "image": "web:2", "imagePullPolicy": "Always"}, {"name": "log", "image": "log:1"}]}}}});
        let image = |name: &str, image: &str| {
            json!({"spec": {"template": {"spec": {"$setElementOrder/containers": [{"name": name}],
                "containers": [{"name": name, "image": image}]}}}})
        };
        for (part, found) in [
            (image("web", "web:2"), true),
            (image("web", "web:1"), false),
            (image("job", "web:2"), false),
            (json!({"spec": {"paused": null}}), true),
            (json!({"spec": {"template": null}}), false),
        ] {
            assert_eq!(contains(&whole, &part), found, "{part}");
        }
    }

    #[test]
    fn a_json_patch_is_found_when_all_of_it_is_so() {
        let object = json!({"metadata": {"annotations": {"a": "1", "by": "controller"}}, "spec": {"template": {"x": 1}}});
        let patch = |template: Value| {
            json!([{"op": "test", "path": "/metadata/uid", "value": "u"},
                {"op": "replace", "path": "/spec/template", "value": template},
                {"op": "replace", "path": "/metadata/annotations", "value": {"a": "1"}}])
        };
        assert!(replaced(&patch(json!({"x": 1})), &object));
        assert!(!replaced(&patch(json!({"x": 2})), &object));
    }
}
