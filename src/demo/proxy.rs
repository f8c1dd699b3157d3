//! GET of `pods/NAME/proxy/…`: what a pod of the story answers to plain HTTP. A ready one says so; nothing listens in another.

use serde_json::Value;

use super::body::{Answer, answer, full};
use super::object::text;
use super::query::Call;
use super::status::ApiError;
use super::store::Store;

/// Whether a subresource is the proxy, with or without a path behind it.
pub fn is_proxy(sub: &str) -> bool {
    sub == "proxy" || sub.starts_with("proxy/")
}

/// Answers as the pod would.
pub fn proxy(store: &Store, call: &Call) -> Result<Answer, ApiError> {
    let target = &call.target;
    // `NAME`, `NAME:PORT`, `SCHEME:NAME:PORT`.
    let parts: Vec<&str> = target.name().split(':').collect();
    let (name, port) = match parts[..] {
        [name] => (name, "80"),
        [name, port] | [_, name, port] => (name, port),
        _ => return Err(ApiError::bad_request(format!("invalid pod request {:?}", target.name()))),
    };
    let pod =
        store.get(target.res, target.ns(), name).ok_or_else(|| ApiError::not_found(target.res, name))?;
    let pod = pod.value();
    let conditions = pod.pointer("/status/conditions").and_then(Value::as_array);
    let ready = |one: &Value| one["type"] == "Ready" && one["status"] == "True";
    if conditions.into_iter().flatten().any(ready) {
        return Ok(answer(200, "text/plain", full(format!("ok, this is {name}\n"))));
    }
    let at = match text(&pod, "/status/podIP") {
        "" => return Err(ApiError::new(400, "BadRequest", "address not allowed")),
        ip => format!("{ip}:{port}"),
    };
    let message = format!("error trying to reach service: dial tcp {at}: connect: connection refused");
    Err(ApiError::new(503, "ServiceUnavailable", message))
}
