//! `pods/NAME/ephemeralcontainers`: the only way by which a container joins a pod that is there already.
//!
//! The words of the refusals are a real server's.

use serde_json::{Value, json};

use super::object::text;
use super::status::FieldError;

/// The subresource's name.
pub const SUB: &str = "ephemeralcontainers";

const FIELD: &str = "spec.ephemeralContainers";

/// What a write by this way may change: the list, and what says which object is meant.
pub fn only(before: &Value, after: &mut Value) {
    let mut kept = before.clone();
    for key in ["uid", "resourceVersion", "managedFields"] {
        if let Some(value) = after["metadata"].get(key) {
            kept["metadata"][key] = value.clone();
        }
    }
    if let Some(list) = after["spec"].get("ephemeralContainers") {
        kept["spec"]["ephemeralContainers"] = list.clone();
    }
    *after = kept;
}

fn list(pod: &Value) -> &[Value] {
    pod["spec"]["ephemeralContainers"].as_array().map_or(&[], Vec::as_slice)
}

/// Checks the list of a pod that is written; `before` is what it replaces.
pub fn check(before: Option<&Value>, after: &Value, errors: &mut Vec<FieldError>) {
    let Some(before) = before else {
        if !list(after).is_empty() {
            errors.push(forbidden(FIELD, "cannot be set on create"));
        }
        return;
    };
    if list(before) == list(after) {
        return;
    }
    let others = |at: usize| {
        let spec = &after["spec"];
        let main = ["containers", "initContainers"]
            .into_iter()
            .flat_map(|key| spec[key].as_array().into_iter().flatten());
        main.chain(&list(after)[..at]).map(|one| text(one, "/name"))
    };
    for (at, one) in list(after).iter().enumerate() {
        let name = text(one, "/name");
        for key in ["name", "image"] {
            if text(one, &format!("/{key}")).is_empty() {
                errors.push(FieldError::required(&format!("{FIELD}[{at}].{key}"), ""));
            }
        }
        if others(at).any(|other| other == name) {
            let message = format!("Duplicate value: {}", json!(name));
            let field = format!("{FIELD}[{at}].name");
            errors.push(FieldError { reason: "FieldValueDuplicate", field, message });
        }
        let shared = text(one, "/targetContainerName");
        let containers = after["spec"]["containers"].as_array();
        if !shared.is_empty() && !containers.into_iter().flatten().any(|one| text(one, "/name") == shared) {
            let message = format!("Not found: {}", json!(shared));
            let field = format!("{FIELD}[{at}].targetContainerName");
            errors.push(FieldError { reason: "FieldValueNotFound", field, message });
        }
        for key in ["ports", "livenessProbe", "readinessProbe", "startupProbe", "lifecycle"] {
            if one.get(key).is_some_and(|value| !value.is_null()) {
                let why = "cannot be set for an Ephemeral Container";
                errors.push(forbidden(&format!("{FIELD}[{at}].{key}"), why));
            }
        }
    }
    for old in list(before) {
        let name = text(old, "/name");
        match list(after).iter().find(|one| text(one, "/name") == name) {
            None => {
                errors.push(forbidden(
                    FIELD,
                    &format!("existing ephemeral containers {name:?} may not be removed\n"),
                ));
            }
            Some(new) if new != old => {
                errors.push(forbidden(
                    FIELD,
                    &format!("existing ephemeral containers {name:?} may not be changed\n"),
                ));
            }
            Some(_) => {}
        }
    }
}

fn forbidden(field: &str, why: &str) -> FieldError {
    FieldError {
        reason: "FieldValueForbidden",
        field: field.to_owned(),
        message: format!("Forbidden: {why}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pod(ephemeral: &Value) -> Value {
        json!({"metadata": {"name": "web-1", "uid": "u", "labels": {"a": "b"}}, "spec": {"nodeName": "n1",
            "containers": [{"name": "web", "image": "web:1"}], "ephemeralContainers": ephemeral}})
    }

    #[test]
    fn what_is_there_stays_as_it_is() {
        let one = json!({"name": "d1", "image": "busybox", "targetContainerName": "web"});
        let there = pod(&json!([one]));
        for (before, after, said) in [
            (pod(&json!([])), there.clone(), None),
            (there.clone(), pod(&json!([one, {"name": "d2", "image": "busybox"}])), None),
            (there.clone(), pod(&json!([])), Some("existing ephemeral containers \"d1\" may not be removed")),
            (
                there.clone(),
                pod(&json!([{"name": "d1", "image": "alpine", "targetContainerName": "web"}])),
                Some("existing ephemeral containers \"d1\" may not be changed"),
            ),
            (pod(&json!([])), pod(&json!([{"name": "web", "image": "x"}])), Some("Duplicate value: \"web\"")),
            (pod(&json!([])), pod(&json!([one, one])), Some("Duplicate value: \"d1\"")),
            (
                pod(&json!([])),
                pod(&json!([{"name": "d", "image": "x", "targetContainerName": "nosuch"}])),
                Some("Not found: \"nosuch\""),
            ),
            (pod(&json!([])), pod(&json!([{"name": "d"}])), Some("Required value")),
            (
                pod(&json!([])),
                pod(&json!([{"name": "d", "image": "x", "ports": [{"containerPort": 1}]}])),
                Some("cannot be set for an Ephemeral Container"),
            ),
        ] {
            let mut errors = Vec::new();
            check(Some(&before), &after, &mut errors);
            match said {
                None => assert!(errors.is_empty(), "{errors:?}"),
                Some(said) => assert!(errors.iter().any(|e| e.message.contains(said)), "{said}: {errors:?}"),
            }
        }
        let mut errors = Vec::new();
        check(None, &there, &mut errors);
        assert_eq!(errors[0].message, "Forbidden: cannot be set on create");
    }

    #[test]
    fn nothing_else_is_changed_by_this_way() {
        let mut after = pod(&json!([{"name": "d", "image": "x"}]));
        after["spec"]["nodeName"] = json!("n2");
        after["metadata"]["labels"]["a"] = json!("c");
        after["metadata"]["uid"] = json!("other");
        only(&pod(&json!([])), &mut after);
        assert_eq!(after["spec"]["nodeName"], "n1");
        assert_eq!(after["metadata"]["labels"]["a"], "b");
        assert_eq!(after["metadata"]["uid"], "other", "which the store compares");
        assert_eq!(after["spec"]["ephemeralContainers"][0]["name"], "d");
    }
}
