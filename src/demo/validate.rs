//! What the API server refuses: names, negative replicas, immutable fields, selectors that miss their template.

use serde_json::{Value, json};

use super::ephemeral;
use super::object::{string_map, text};
use super::resource::Resource;
use super::selector::LabelSelector;
use super::status::{ApiError, FieldError};

/// Checks an object that is about to be written; `before` is what it replaces.
pub fn check(res: &Resource, before: Option<&Value>, after: &Value) -> Result<(), ApiError> {
    let mut errors = Vec::new();
    if before.is_none() {
        name(res, after, &mut errors);
    }
    labels(after, &mut errors);
    if res.custom.is_some() {
        return if errors.is_empty() {
            Ok(())
        } else {
            Err(ApiError::invalid(res, text(after, "/metadata/name"), &errors))
        };
    }
    if matches!(res.plural, "deployments" | "replicasets" | "statefulsets" | "daemonsets") {
        workload(before, after, &mut errors);
    }
    if matches!(res.plural, "deployments" | "replicasets" | "statefulsets" | "pods" | "daemonsets") {
        containers(res, after, &mut errors);
    }
    if res.plural == "pods" {
        ephemeral::check(before, after, &mut errors);
    }
    if res.plural == "services" {
        service(before, after, &mut errors);
    }
    if errors.is_empty() {
        Ok(())
    } else {
        Err(ApiError::invalid(res, text(after, "/metadata/name"), &errors))
    }
}

fn name(res: &Resource, value: &Value, errors: &mut Vec<FieldError>) {
    let name = text(value, "/metadata/name");
    if name.is_empty() {
        return; // generateName, or refused by the store
    }
    let inside = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '.');
    let edge = |c: Option<char>| c.is_some_and(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
    let free = res.group.starts_with("rbac");
    let good = name.chars().all(inside) && edge(name.chars().next()) && edge(name.chars().last());
    if !free && !good {
        let why = "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character";
        errors.push(FieldError::invalid("metadata.name", &json!(name), why));
    }
}

fn labels(value: &Value, errors: &mut Vec<FieldError>) {
    let edge = |c: Option<char>| c.is_none_or(|c| c.is_ascii_alphanumeric());
    for label in string_map(value, "/metadata/labels").values() {
        let inside = label.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'));
        if !inside || label.len() > 63 || !edge(label.chars().next()) || !edge(label.chars().last()) {
            let why = "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character";
            errors.push(FieldError::invalid("metadata.labels", &json!(label), why));
        }
    }
}

fn workload(before: Option<&Value>, after: &Value, errors: &mut Vec<FieldError>) {
    let spec = &after["spec"];
    if let Some(replicas) = spec["replicas"].as_i64().filter(|r| *r < 0) {
        errors.push(FieldError::invalid(
            "spec.replicas",
            &json!(replicas),
            "must be greater than or equal to 0",
        ));
    }
    if spec["selector"].is_null() {
        errors.push(FieldError::required("spec.selector", ""));
        return;
    }
    let selector = LabelSelector::of_pairs(&string_map(spec, "/selector/matchLabels"));
    let template = string_map(spec, "/template/metadata/labels");
    if !selector.matches(&template) {
        let why = "`selector` does not match template `labels`";
        errors.push(FieldError::invalid("spec.template.metadata.labels", &json!(template), why));
    }
    if before.is_some_and(|before| before["spec"]["selector"] != spec["selector"]) {
        errors.push(FieldError::invalid("spec.selector", &spec["selector"], "field is immutable"));
    }
}

fn containers(res: &Resource, value: &Value, errors: &mut Vec<FieldError>) {
    let at = if res.plural == "pods" { "spec" } else { "spec.template.spec" };
    let list = &value.pointer(&format!("/{}/containers", at.replace('.', "/")));
    let Some(list) = list.and_then(Value::as_array).filter(|l| !l.is_empty()) else {
        errors.push(FieldError::required(&format!("{at}.containers"), ""));
        return;
    };
    for (index, container) in list.iter().enumerate() {
        for key in ["name", "image"] {
            if text(container, &format!("/{key}")).is_empty() {
                errors.push(FieldError::required(&format!("{at}.containers[{index}].{key}"), ""));
            }
        }
    }
}

fn service(before: Option<&Value>, after: &Value, errors: &mut Vec<FieldError>) {
    let spec = &after["spec"];
    let headless = matches!(text(spec, "/clusterIP"), "None");
    let no_ports = spec["ports"].as_array().is_none_or(Vec::is_empty);
    if no_ports && !headless && spec["type"] != "ExternalName" {
        errors.push(FieldError::required("spec.ports", ""));
    }
    if let Some(before) = before {
        let (was, is) = (text(before, "/spec/clusterIP"), text(spec, "/clusterIP"));
        if !was.is_empty() && was != is && spec["type"] != "ExternalName" {
            let list = json!(spec["clusterIPs"]);
            errors.push(FieldError::invalid("spec.clusterIPs[0]", &list, "may not change once set"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::resource::{CONFIGMAPS, DEPLOYMENTS};

    fn recorded(name: &str) -> Value {
        let text = match name {
            "immutable" => include_str!("../../tests/data/real-api/err-422-immutable.json"),
            _ => include_str!("../../tests/data/real-api/err-422-invalid.json"),
        };
        serde_json::from_str(text).unwrap()
    }

    fn web() -> Value {
        json!({"metadata": {"name": "web"}, "spec": {"replicas": 3, "selector": {"matchLabels": {"app": "web"}},
            "template": {"metadata": {"labels": {"app": "web", "version": "green"}},
                "spec": {"containers": [{"name": "web", "image": "web:v2"}]}}}})
    }

    #[test]
    fn refusals_are_the_real_servers() {
        let mut negative = web();
        negative["spec"]["replicas"] = json!(-1);
        let error = check(DEPLOYMENTS, Some(&web()), &negative).unwrap_err();
        assert_eq!(error.status(), recorded("invalid"));
        let mut selector = web();
        selector["spec"]["selector"]["matchLabels"]["x"] = json!("y");
        let error = check(DEPLOYMENTS, Some(&web()), &selector).unwrap_err();
        assert_eq!(error.status(), recorded("immutable"));
        assert_eq!(check(DEPLOYMENTS, Some(&web()), &web()), Ok(()));
    }

    #[test]
    fn names_are_checked_when_an_object_is_made() {
        let bad = json!({"metadata": {"name": "Bad_Name"}});
        assert_eq!(check(CONFIGMAPS, None, &bad).unwrap_err().code, 422);
        assert_eq!(check(CONFIGMAPS, None, &json!({"metadata": {"name": "good-1.x"}})), Ok(()));
    }
}
