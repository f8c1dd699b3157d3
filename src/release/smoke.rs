//! A smoke check: what the pods of one side answer to a plain GET, before a service is switched to them.
//!
//! The request goes through the API server's proxy to the pod (`pods/proxy`, verb `get`), so nothing but the API server has to be
//! reachable. Pure: it says what is asked and what the answer means, and sends nothing.

use std::time::Duration;

use serde_json::Value;

use super::json::texts;
use crate::model::resource::{Resource, encode};

/// The annotation of a service that says what is asked.
pub const ANNOTATION: &str = "dogwatch.io/smoke-path";

/// Which path is asked: the service's own, else the configuration's; nothing when neither says one.
pub fn path_of(service: &Value, configured: &str) -> Option<String> {
    let own = texts(service, "/metadata/annotations").remove(ANNOTATION);
    let path = own.unwrap_or_else(|| configured.to_owned());
    let path = path.trim();
    (!path.is_empty()).then(|| format!("/{}", path.trim_start_matches('/')))
}

/// One question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Probe {
    /// The pod's namespace.
    pub namespace: String,
    /// The pod.
    pub pod: String,
    /// The port; `None`: the first one of the pod.
    pub port: Option<i64>,
    /// The path on the pod, with its query.
    pub path: String,
}

impl Probe {
    /// Path and query on the API server.
    pub fn uri(&self) -> String {
        let port = self.port.map(|port| format!(":{port}")).unwrap_or_default();
        let pods = Resource::PODS.collection(Some(&self.namespace));
        format!("{pods}/{}{port}/proxy{}", encode(&self.pod), self.path)
    }
}

/// What was answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The status code.
    pub code: u16,
    /// How long it took.
    pub took: Duration,
    /// The first line of the body, cleaned.
    pub line: String,
}

impl Answer {
    /// Whether the pod answered that it is well.
    pub fn is_good(&self) -> bool {
        (200..400).contains(&self.code)
    }

    /// `200 in 12 ms  ok`.
    pub fn words(&self) -> String {
        format!("{} in {} ms  {}", self.code, self.took.as_millis(), self.line).trim_end().to_owned()
    }
}

/// The first line of a body; of a refusal by the API server itself its message.
pub fn first_line(body: &[u8]) -> String {
    const LONGEST: usize = 200;
    let status: Option<Value> =
        serde_json::from_slice(body).ok().filter(|value: &Value| value["kind"] == "Status");
    let said = status.and_then(|status| status["message"].as_str().map(str::to_owned));
    let text = said.unwrap_or_else(|| String::from_utf8_lossy(body).into_owned());
    let line = text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
    crate::model::text::clean(line).chars().take(LONGEST).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_service_says_the_path_before_the_configuration() {
        let service = json!({"metadata": {"annotations": {ANNOTATION: "healthz?full=1"}}});
        assert_eq!(path_of(&service, "/ready").as_deref(), Some("/healthz?full=1"));
        assert_eq!(path_of(&json!({}), "/ready").as_deref(), Some("/ready"));
        assert_eq!(path_of(&json!({}), " "), None);
    }

    #[test]
    fn the_question_goes_through_the_pods_proxy() {
        let mut probe = Probe {
            namespace: "shop".to_owned(),
            pod: "web-1".to_owned(),
            port: Some(8080),
            path: "/healthz".to_owned(),
        };
        assert_eq!(probe.uri(), "/api/v1/namespaces/shop/pods/web-1:8080/proxy/healthz");
        probe.port = None;
        assert_eq!(probe.uri(), "/api/v1/namespaces/shop/pods/web-1/proxy/healthz");
    }

    #[test]
    fn a_line_is_told_clean_and_short() {
        assert_eq!(first_line(b"\n ok \x1b[2J\nmore"), "ok \u{241b}[2J");
        assert_eq!(first_line(br#"{"kind": "Status", "message": "no route"}"#), "no route");
        assert_eq!(first_line(&[b'a'; 5_000]).len(), 200);
    }
}
