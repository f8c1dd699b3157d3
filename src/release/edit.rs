//! Editing an object: its text for the editor, and what was changed in it as a patch.
//!
//! As `kubectl edit` does it (kubectl's `editoptions.go`), with two differences: `status` is left out, since the server takes
//! no changes of it there, and the patch is a JSON merge patch (RFC 7386) for every kind: lists are replaced as a whole,
//! which the precondition on the version makes safe.

use serde_json::{Map, Value};

/// What stands above the object in the editor.
const HEAD: &str = "# Please edit the object below. Lines beginning with a '#' will be ignored,\n\
    # and an empty file will abort the edit. The plan of what you changed is shown before anything is sent.\n#\n";

/// The text of an object for an editor, with what is to be said above it.
pub fn text(object: &Value, said: &str) -> Result<String, String> {
    let body = serde_yaml::to_string(&shown(object)).map_err(|error| error.to_string())?;
    Ok(format!("{}{body}", head(said)))
}

/// A text that was edited before, with what is to be said above it now.
pub fn again(edited: &str, said: &str) -> String {
    let body: String =
        edited.lines().skip_while(|line| line.starts_with('#')).fold(String::new(), |mut out, line| {
            out.push_str(line);
            out.push('\n');
            out
        });
    format!("{}{body}", head(said))
}

fn head(said: &str) -> String {
    let mut out = HEAD.to_owned();
    for line in said.lines() {
        out.push_str("# ");
        out.push_str(line);
        out.push('\n');
    }
    if !said.is_empty() {
        out.push_str("#\n");
    }
    out
}

/// The part of an object that is edited.
fn shown(object: &Value) -> Value {
    let mut object = object.clone();
    if let Some(map) = object.as_object_mut() {
        map.remove("status");
    }
    if let Some(meta) = object.pointer_mut("/metadata").and_then(Value::as_object_mut) {
        meta.remove("managedFields");
    }
    object
}

/// What was changed: a merge patch; `None` when nothing was. An error says why the text cannot be taken.
pub fn patch(original: &Value, edited: &str) -> Result<Option<Value>, String> {
    let body: String = edited.lines().filter(|line| !line.starts_with('#')).collect::<Vec<_>>().join("\n");
    if body.trim().is_empty() {
        return Ok(None);
    }
    let edited: Value = serde_yaml::from_str(&body).map_err(|error| format!("it is not YAML: {error}"))?;
    let original = shown(original);
    if !edited.is_object() {
        return Err("it is not an object".to_owned());
    }
    for pointer in ["/apiVersion", "/kind", "/metadata/name", "/metadata/namespace", "/metadata/uid"] {
        if original.pointer(pointer) != edited.pointer(pointer) {
            let what = pointer.trim_start_matches('/').replace('/', ".");
            return Err(format!("{what} cannot be changed by an edit"));
        }
    }
    let mut patch = merge_patch(&original, &edited);
    // The version is the precondition's business.
    if let Some(meta) = patch.pointer_mut("/metadata").and_then(Value::as_object_mut) {
        meta.remove("resourceVersion");
    }
    prune(&mut patch);
    Ok(patch.as_object().is_some_and(|map| !map.is_empty()).then_some(patch))
}

/// An empty `metadata` that is left over says nothing.
fn prune(patch: &mut Value) {
    if let Some(map) = patch.as_object_mut()
        && map.get("metadata").and_then(Value::as_object).is_some_and(Map::is_empty)
    {
        map.remove("metadata");
    }
}

/// The merge patch that makes `to` of `from` (RFC 7386).
pub fn merge_patch(from: &Value, to: &Value) -> Value {
    let (Value::Object(from), Value::Object(to)) = (from, to) else { return to.clone() };
    let mut patch = Map::new();
    for key in from.keys().filter(|key| !to.contains_key(*key)) {
        patch.insert(key.clone(), Value::Null);
    }
    for (key, value) in to {
        match from.get(key) {
            Some(known) if known == value => {}
            Some(known @ Value::Object(_)) if value.is_object() => {
                patch.insert(key.clone(), merge_patch(known, value));
            }
            _ => {
                patch.insert(key.clone(), value.clone());
            }
        }
    }
    Value::Object(patch)
}

/// What a merge patch makes of a tree (RFC 7386).
pub fn merged(value: &Value, patch: &Value) -> Value {
    let Value::Object(patch) = patch else { return patch.clone() };
    let mut out = value.as_object().cloned().unwrap_or_default();
    for (key, change) in patch {
        if change.is_null() {
            out.remove(key);
        } else {
            let before = out.get(key).cloned().unwrap_or(Value::Null);
            out.insert(key.clone(), merged(&before, change));
        }
    }
    Value::Object(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn object() -> Value {
        json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a", "namespace": "n", "uid": "u",
            "resourceVersion": "7", "managedFields": [{"x": 1}], "labels": {"a": "1"}},
            "data": {"k": "v", "gone": "x"}, "status": {"s": 1}})
    }

    #[test]
    fn only_what_was_changed_is_sent() {
        let text = text(&object(), "").unwrap();
        assert!(!text.contains("managedFields") && !text.contains("status"), "{text}");
        assert_eq!(patch(&object(), &text), Ok(None), "nothing was changed");
        assert_eq!(patch(&object(), "# only comments\n\n"), Ok(None), "an empty file aborts");
        let edited =
            text.replace("k: v", "k: w").replace("  gone: x\n", "").replace("a: '1'", "a: '1'\n    b: '2'");
        assert_eq!(
            patch(&object(), &edited),
            Ok(Some(json!({"data": {"k": "w", "gone": null}, "metadata": {"labels": {"b": "2"}}})))
        );
        for (from, to, said) in [
            ("name: a", "name: b", "metadata.name cannot be changed"),
            ("kind: ConfigMap", "kind: Secret", "kind cannot be changed"),
            ("data:", "data: [", "it is not YAML"),
        ] {
            let refused = patch(&object(), &text.replace(from, to)).unwrap_err();
            assert!(refused.contains(said), "{refused}");
        }
    }

    #[test]
    fn a_text_is_opened_again_with_what_was_said() {
        let edited = format!("{}data: x\n# a comment of the user's\n", head("old words"));
        let again = again(&edited, "error: line 3\nis wrong");
        assert!(again.contains("# error: line 3\n# is wrong\n") && !again.contains("old words"), "{again}");
        assert!(again.ends_with("data: x\n# a comment of the user's\n"), "{again}");
    }

    fn trees() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            any::<bool>().prop_map(Value::from),
            any::<i32>().prop_map(Value::from),
            "[a-c]{0,3}".prop_map(Value::from)
        ];
        leaf.prop_recursive(3, 16, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
                prop::collection::btree_map("[a-d]", inner, 0..4)
                    .prop_map(|map| map.into_iter().collect::<Map<_, _>>().into()),
            ]
        })
    }

    proptest! {
        #[test]
        fn a_patch_there_and_back(from in trees(), to in trees()) {
            let (from, to) = (json!({"x": from}), json!({"x": to}));
            prop_assert_eq!(merged(&from, &merge_patch(&from, &to)), to.clone());
            prop_assert_eq!(merged(&to, &merge_patch(&to, &from)), from);
        }
    }
}
