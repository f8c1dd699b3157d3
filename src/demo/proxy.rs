//! GET of `pods/NAME/proxy/…` and `services/NAME/proxy/…`: what a pod of the story answers to plain HTTP. A ready one says so;
//! nothing listens in another, and behind a service one of its ready endpoints answers.

use serde_json::{Value, json};

use super::body::{Answer, answer, full, json as json_answer};
use super::object::text;
use super::query::Call;
use super::resource::{ENDPOINTSLICES, PODS, SERVICES};
use super::status::ApiError;
use super::store::Store;
use crate::model::json::items;

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
        [name] => (name, ""),
        [name, port] | [_, name, port] => (name, port),
        _ => return Err(ApiError::bad_request(format!("invalid pod request {:?}", target.name()))),
    };
    if target.res == SERVICES {
        let pod = behind(store, target.ns(), name, port)?;
        return of_pod(store, call, &pod, "");
    }
    of_pod(store, call, name, port)
}

/// The first ready pod behind a port of a service.
fn behind(store: &Store, namespace: &str, name: &str, port: &str) -> Result<String, ApiError> {
    let service = store.get(SERVICES, namespace, name).ok_or_else(|| ApiError::not_found(SERVICES, name))?;
    let service = service.value();
    let none =
        || ApiError::new(503, "ServiceUnavailable", format!("no endpoints available for service {name:?}"));
    let has = |one: &Value| {
        text(one, "/name") == port || one["port"].as_i64().is_some_and(|number| port.parse() == Ok(number))
    };
    if !items(&service, "/spec/ports").iter().any(has) {
        return Err(none());
    }
    let (_, slices) = store.list(ENDPOINTSLICES, Some(namespace));
    let own = slices
        .iter()
        .map(|slice| slice.value())
        .filter(|slice| slice["metadata"]["labels"]["kubernetes.io/service-name"] == name);
    let mut ready: Vec<String> = own
        .flat_map(|slice| items(&slice, "/endpoints").to_vec())
        .filter(|endpoint| endpoint["conditions"]["ready"] == true)
        .map(|endpoint| text(&endpoint, "/targetRef/name").to_owned())
        .collect();
    ready.sort();
    ready.into_iter().find(|pod| !pod.is_empty()).ok_or_else(none)
}

fn of_pod(store: &Store, call: &Call, name: &str, port: &str) -> Result<Answer, ApiError> {
    let pod = store.get(PODS, call.target.ns(), name).ok_or_else(|| ApiError::not_found(PODS, name))?;
    let pod = pod.value();
    let conditions = pod.pointer("/status/conditions").and_then(Value::as_array);
    let ready = |one: &Value| one["type"] == "Ready" && one["status"] == "True";
    if conditions.into_iter().flatten().any(ready) {
        return Ok(said(call.target.sub.strip_prefix("proxy").unwrap_or_default(), name, &pod));
    }
    let port = if port.is_empty() { "80" } else { port };
    let at = match text(&pod, "/status/podIP") {
        "" => return Err(ApiError::new(400, "BadRequest", "address not allowed")),
        ip => format!("{ip}:{port}"),
    };
    let message = format!("error trying to reach service: dial tcp {at}: connect: connection refused");
    Err(ApiError::new(503, "ServiceUnavailable", message))
}

/// What is said at a path.
fn said(path: &str, name: &str, pod: &Value) -> Answer {
    match path {
        "/metrics" => {
            let text = format!(
                "# HELP http_requests_total Requests that were answered.\n\
                 # TYPE http_requests_total counter\n\
                 http_requests_total{{code=\"200\",pod=\"{name}\"}} 1204\n\
                 http_requests_total{{code=\"500\",pod=\"{name}\"}} 3\n\
                 # HELP process_open_fds Open file descriptors.\n\
                 # TYPE process_open_fds gauge\n\
                 process_open_fds 17\n"
            );
            answer(200, "text/plain; version=0.0.4; charset=utf-8", full(text))
        }
        "/info" => json_answer(200, &json!({"pod": name, "image": pod.pointer("/spec/containers/0/image")})),
        _ => answer(200, "text/plain", full(format!("ok, this is {name}\n"))),
    }
}
