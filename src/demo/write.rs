//! Writes: create, replace, patch, apply, delete, scale and evict.
//!
//! Every one of them can be a dry run, and answers in the words of a real server.

use serde_json::{Value, json};

use super::body::{Answer, json as json_answer};
use super::object::{Object, metadata, string_map, text};
use super::query::Call;
use super::resource::{self, Resource};
use super::selector::LabelSelector;
use super::status::{ApiError, FieldError};
use super::store::{DeleteOptions, Deleted, Propagation, Store, Write};
use super::{apply, ephemeral, patch, protobuf, read, render, strategic, validate};

/// Answers a POST to a collection.
pub fn create(store: &Store, call: &Call) -> Result<Answer, ApiError> {
    let target = &call.target;
    let mut value = decode(call)?;
    check_kind(target.res, &value)?;
    if target.res.namespaced {
        let given = text(&value, "/metadata/namespace").to_owned();
        if !given.is_empty() && given != target.ns() {
            let message = format!(
                "the namespace of the provided object does not match the namespace sent on the request ({given} != {})",
                target.ns()
            );
            return Err(ApiError::bad_request(message));
        }
        metadata(&mut value).insert("namespace".to_owned(), json!(target.ns()));
        let space = store.get(resource::NAMESPACES, "", target.ns());
        let space = space.ok_or_else(|| ApiError::not_found(resource::NAMESPACES, target.ns()))?;
        if space.value()["metadata"]["deletionTimestamp"].is_string() {
            let name = text(&value, "/metadata/name");
            let message = format!(
                "{} \"{name}\" is forbidden: unable to create new content in namespace {} because it is being terminated",
                target.res.group_resource(),
                target.ns()
            );
            return Err(ApiError::new(403, "Forbidden", message));
        }
    }
    let meta = metadata(&mut value);
    if meta.get("resourceVersion").is_some_and(|v| v.as_str().is_some_and(|v| !v.is_empty())) {
        return Err(ApiError::new(
            500,
            "InternalError",
            "resourceVersion should not be set on objects to be created",
        ));
    }
    for owned in ["uid", "resourceVersion", "creationTimestamp", "generation", "managedFields"] {
        meta.remove(owned);
    }
    if has_status(target.res) {
        value.as_object_mut().map(|map| map.remove("status"));
    }
    validate::check(target.res, None, &value)?;
    let write = Write { manager: &call.manager, dry_run: call.query.dry_run()?, ..Write::default() };
    let made = store.create_as(target.res, value, write)?;
    Ok(render::one(target.res, call.shape, 201, &made, store.clock().now()))
}

/// Answers a PUT.
pub fn replace(store: &Store, call: &Call) -> Result<Answer, ApiError> {
    let target = &call.target;
    let value = decode(call)?;
    if text(&value, "/metadata/name") != target.name() {
        let message = format!(
            "the name of the object ({}) does not match the name on the URL ({})",
            text(&value, "/metadata/name"),
            target.name()
        );
        return Err(ApiError::bad_request(message));
    }
    check_kind(target.res, &value)?;
    let made = change(store, call, |before, after| {
        let managed = before.pointer("/metadata/managedFields").cloned();
        *after = value;
        if let Some(managed) = managed {
            metadata(after).insert("managedFields".to_owned(), managed);
        }
        Ok(())
    })?;
    Ok(render::one(target.res, call.shape, 200, &made, store.clock().now()))
}

/// Answers a PATCH of an object or its status.
pub fn patch_object(store: &Store, call: &Call) -> Result<Answer, ApiError> {
    let target = &call.target;
    if call.content_type.starts_with("application/apply-patch") {
        return server_side_apply(store, call);
    }
    let made = change(store, call, |before, after| patch_value(target.res, call, before, after))?;
    Ok(render::one(target.res, call.shape, 200, &made, store.clock().now()))
}

/// Applies the patch in a request's body to a tree.
fn patch_value(_res: &Resource, call: &Call, _before: &Value, after: &mut Value) -> Result<(), ApiError> {
    let body = decode(call)?;
    match call.content_type.as_str() {
        "application/json-patch+json" => patch::json_patch(after, &body),
        "application/merge-patch+json" => {
            patch::merge_patch(after, &body);
            Ok(())
        }
        "application/strategic-merge-patch+json" => {
            strategic::strategic_patch(after, &body);
            Ok(())
        }
        _ => {
            let accepted = "application/json-patch+json, application/merge-patch+json, application/strategic-merge-patch+json, application/apply-patch+yaml";
            let message = format!(
                "the body of the request was in an unknown format - accepted media types include: {accepted}"
            );
            Err(ApiError::new(415, "UnsupportedMediaType", message))
        }
    }
}

fn server_side_apply(store: &Store, call: &Call) -> Result<Answer, ApiError> {
    let target = &call.target;
    let Some(manager) = call.query.get("fieldManager") else {
        let error = FieldError::required("fieldManager", "is required for apply patch");
        let message = format!("PatchOptions.meta.k8s.io \"\" is invalid: {}: {}", error.field, error.message);
        return Err(ApiError::new(422, "Invalid", message));
    };
    let mut applied = decode(call)?;
    check_kind(target.res, &applied)?;
    let write = Write { manager, apply: true, subresource: &target.sub, dry_run: call.query.dry_run()? };
    if store.get(target.res, target.ns(), target.name()).is_none() {
        let meta = metadata(&mut applied);
        meta.insert("name".to_owned(), json!(target.name()));
        if target.res.namespaced {
            meta.insert("namespace".to_owned(), json!(target.ns()));
        }
        validate::check(target.res, None, &applied)?;
        let wanted = applied.clone();
        let mut value = applied;
        let now = store.clock().stamp();
        super::managed::note(&mut value, &super::managed::fields_of(&wanted), write, &now);
        let plain = Write { dry_run: write.dry_run, ..Write::default() };
        let made = store.create_as(target.res, value, plain)?;
        return Ok(render::one(target.res, call.shape, 201, &made, store.clock().now()));
    }
    let force = call.query.get("force") == Some("true");
    let plain = Write { dry_run: write.dry_run, ..Write::default() };
    let now = store.clock().stamp();
    let made = store.update_as(target.res, target.ns(), target.name(), plain, |value| {
        let before = value.clone();
        apply::apply(target.res, value, &applied, write, force, &now)?;
        validate::check(target.res, Some(&before), value)
    })?;
    Ok(render::one(target.res, call.shape, 200, &made, store.clock().now()))
}

/// Changes the target of a call; the main path cannot change the status, the status path nothing else.
fn change(
    store: &Store,
    call: &Call,
    edit: impl FnOnce(&Value, &mut Value) -> Result<(), ApiError>,
) -> Result<std::sync::Arc<Object>, ApiError> {
    let target = &call.target;
    let write = Write {
        manager: &call.manager,
        subresource: &target.sub,
        dry_run: call.query.dry_run()?,
        apply: false,
    };
    store.update_as(target.res, target.ns(), target.name(), write, |value| {
        let before = value.clone();
        edit(&before, value)?;
        if text(value, "/metadata/name") != target.name() {
            return Err(ApiError::bad_request("the name of the object cannot be changed"));
        }
        if target.sub == ephemeral::SUB {
            ephemeral::only(&before, value);
        } else if target.sub == "status" {
            let (status, version) = (value["status"].take(), value["metadata"]["resourceVersion"].clone());
            *value = before.clone();
            value["status"] = status;
            value["metadata"]["resourceVersion"] = version;
        } else if has_status(target.res) {
            match before.get("status") {
                Some(status) => value["status"] = status.clone(),
                None => drop(value.as_object_mut().map(|map| map.remove("status"))),
            }
        }
        validate::check(target.res, Some(&before), value)
    })
}

fn has_status(res: &Resource) -> bool {
    res.subresources.contains(&"status")
}

/// The body as a tree.
fn decode(call: &Call) -> Result<Value, ApiError> {
    if call.body.is_empty() {
        return Err(ApiError::bad_request("unexpected end of JSON input"));
    }
    if call.content_type.contains("yaml") {
        let text = |error: serde_yaml::Error| {
            ApiError::bad_request(format!("error converting YAML to JSON: {error}"))
        };
        return serde_yaml::from_slice(&call.body).map_err(text);
    }
    if call.content_type.contains("protobuf") {
        if let Some(value) = protobuf::decode(&call.body) {
            return Ok(value);
        }
        let message = "the body of the request was in an unknown format - accepted media types include: application/json, application/yaml";
        return Err(ApiError::new(415, "UnsupportedMediaType", message));
    }
    serde_json::from_slice(&call.body).map_err(|error| {
        if error.is_eof() {
            ApiError::bad_request("unexpected end of JSON input")
        } else {
            ApiError::bad_request(format!("error decoding the body: {error}"))
        }
    })
}

fn check_kind(res: &Resource, value: &Value) -> Result<(), ApiError> {
    let (version, kind) = (text(value, "/apiVersion"), text(value, "/kind"));
    if (!kind.is_empty() && kind != res.kind) || (!version.is_empty() && version != res.api_version()) {
        let message = format!(
            "{kind} in version \"{version}\" cannot be handled as a {}: the API version in the data ({version}) does not match the expected API version ({})",
            res.kind,
            res.api_version()
        );
        return Err(ApiError::bad_request(message));
    }
    Ok(())
}

/// `DeleteOptions` of a request. A body decides alone: beside one the query is ignored, as on a real server.
fn delete_options(call: &Call) -> Result<DeleteOptions, ApiError> {
    let mut options = DeleteOptions::default();
    let policy = if call.body.is_empty() {
        options.dry_run = call.query.dry_run()?;
        options.grace = call.query.number("gracePeriodSeconds")?.map(|n| n as i64);
        call.query.get("propagationPolicy").unwrap_or_default().to_owned()
    } else {
        let body = decode(call)?;
        options.dry_run = body["dryRun"].as_array().is_some_and(|list| list.iter().any(|v| v == "All"));
        options.grace = body["gracePeriodSeconds"].as_i64();
        options.uid = body["preconditions"]["uid"].as_str().map(str::to_owned);
        options.version = body["preconditions"]["resourceVersion"].as_str().map(str::to_owned);
        text(&body, "/propagationPolicy").to_owned()
    };
    options.propagation = match policy.as_str() {
        "Foreground" => Propagation::Foreground,
        "Orphan" => Propagation::Orphan,
        _ => Propagation::Background,
    };
    Ok(options)
}

/// Answers a DELETE of one object.
pub fn delete(store: &Store, call: &Call) -> Result<Answer, ApiError> {
    let target = &call.target;
    let options = delete_options(call)?;
    let deleted = store.delete(target.res, target.ns(), target.name(), &options)?;
    let now = store.clock().now();
    Ok(match deleted {
        Deleted::Marked(object) => render::one(target.res, call.shape, 200, &object, now),
        Deleted::Gone(object) if matches!(target.res.plural, "pods" | "services" | "serviceaccounts") => {
            render::one(target.res, call.shape, 200, &object, now)
        }
        Deleted::Gone(object) => json_answer(200, &success(target.res, &object)),
    })
}

fn success(res: &Resource, object: &Object) -> Value {
    let mut details = json!({"name": object.name, "kind": res.plural, "uid": object.uid});
    if !res.group.is_empty() {
        details["group"] = json!(res.group);
    }
    json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "details": details})
}

/// Answers a DELETE of a collection: everything that is selected goes.
pub fn delete_collection(store: &Store, call: &Call) -> Result<Answer, ApiError> {
    let options = delete_options(call)?;
    let (version, objects) = read::selected(store, call)?;
    for object in &objects {
        match store.delete(call.target.res, &object.namespace, &object.name, &options) {
            Err(error) if error.code != 404 => return Err(error),
            _ => {}
        }
    }
    let metadata = json!({"resourceVersion": version.to_string()});
    Ok(render::list(call.target.res, call.shape, &metadata, objects, store.clock().now(), call.gzip))
}

/// Answers GET, PUT and PATCH of `scale`.
pub fn scale(store: &Store, call: &Call) -> Result<Answer, ApiError> {
    let target = &call.target;
    if call.method == http::Method::GET {
        let object = store.get(target.res, target.ns(), target.name());
        let object = object.ok_or_else(|| ApiError::not_found(target.res, target.name()))?;
        return Ok(json_answer(200, &scale_of(&object.value())));
    }
    let write =
        Write { manager: &call.manager, subresource: "scale", dry_run: call.query.dry_run()?, apply: false };
    let made = store.update_as(target.res, target.ns(), target.name(), write, |value| {
        let before = scale_of(value);
        let mut after = before.clone();
        if call.method == http::Method::PUT {
            after = decode(call)?;
        } else {
            patch_value(target.res, call, &before, &mut after)?;
        }
        let replicas = after["spec"]["replicas"].as_i64().unwrap_or(0);
        if replicas < 0 {
            let why = "must be greater than or equal to 0";
            let error = FieldError::invalid("spec.replicas", &json!(replicas), why);
            let message = format!(
                "Scale.autoscaling \"{}\" is invalid: {}: {}",
                target.name(),
                error.field,
                error.message
            );
            let mut refused = ApiError::new(422, "Invalid", message);
            let cause = json!({"reason": error.reason, "message": error.message, "field": error.field});
            refused.details =
                json!({"name": target.name(), "group": "autoscaling", "kind": "Scale", "causes": [cause]});
            return Err(refused);
        }
        for field in ["resourceVersion", "uid"] {
            let asked = after["metadata"][field].clone();
            if asked.is_string() {
                value["metadata"][field] = asked;
            }
        }
        value["spec"]["replicas"] = json!(replicas);
        Ok(())
    })?;
    Ok(json_answer(200, &scale_of(&made.value())))
}

/// The `Scale` of a workload.
fn scale_of(object: &Value) -> Value {
    let meta = &object["metadata"];
    let mut metadata = serde_json::Map::new();
    for key in ["name", "namespace", "uid", "resourceVersion", "creationTimestamp"] {
        metadata.insert(key.to_owned(), meta[key].clone());
    }
    let labels = string_map(object, "/spec/selector/matchLabels");
    let selector: Vec<String> = labels.iter().map(|(k, v)| format!("{k}={v}")).collect();
    let replicas = |pointer: &str| object.pointer(pointer).and_then(Value::as_i64).unwrap_or(0);
    json!({"kind": "Scale", "apiVersion": "autoscaling/v1", "metadata": metadata,
        "spec": {"replicas": replicas("/spec/replicas")},
        "status": {"replicas": replicas("/status/replicas"), "selector": selector.join(",")}})
}

/// Answers a POST of an eviction: a deletion that asks the disruption budgets first.
pub fn evict(store: &Store, call: &Call) -> Result<Answer, ApiError> {
    let target = &call.target;
    let body = decode(call)?;
    let pod = store.get(resource::PODS, target.ns(), target.name());
    let pod = pod.ok_or_else(|| ApiError::not_found(resource::PODS, target.name()))?;
    for budget in store.list(resource::PDBS, Some(target.ns())).1 {
        let value = budget.value();
        let labels = string_map(&value, "/spec/selector/matchLabels");
        let allowed = value["status"]["disruptionsAllowed"].as_i64().unwrap_or(0);
        if allowed <= 0 && !labels.is_empty() && LabelSelector::of_pairs(&labels).matches(&pod.labels) {
            let message = "Cannot evict pod as it would violate the pod's disruption budget.";
            let mut error = ApiError::new(429, "TooManyRequests", message);
            let count = |key: &str| value["status"][key].as_i64().unwrap_or(0);
            let (needs, has) = (count("desiredHealthy"), count("currentHealthy"));
            let cause = format!(
                "The disruption budget {} needs {needs} healthy pods and has {has} currently",
                budget.name
            );
            error.details = json!({"causes": [{"reason": "DisruptionBudget", "message": cause}]});
            return Err(error);
        }
    }
    let options = &body["deleteOptions"];
    let listed = options["dryRun"].as_array().is_some_and(|list| list.iter().any(|v| v == "All"));
    let options = DeleteOptions {
        uid: options["preconditions"]["uid"].as_str().map(str::to_owned),
        grace: options["gracePeriodSeconds"].as_i64(),
        dry_run: listed || call.query.dry_run()?,
        ..DeleteOptions::default()
    };
    store.delete(resource::PODS, target.ns(), target.name(), &options)?;
    let done =
        json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "code": 201});
    Ok(json_answer(201, &done))
}
