//! Who am I, and what may I do: the reviews of oneself.
//!
//! The embedded cluster allows everything that a fault does not deny.

use serde_json::{Value, json};

use super::body::{Answer, json as json_answer};
use super::faults::Faults;
use super::object::text;
use super::protobuf;
use super::store::Store;

/// Answers a POST to a review; none if it is another path.
pub fn review(store: &Store, faults: &Faults, path: &str, user: &str, body: &[u8]) -> Option<Answer> {
    let sent: Value =
        protobuf::decode(body).or_else(|| serde_json::from_slice(body).ok()).unwrap_or_else(|| json!({}));
    let spec = sent["spec"].clone();
    let answer = match path {
        "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews" => access(faults, &spec),
        "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews" => rules(faults),
        "/apis/authentication.k8s.io/v1/selfsubjectreviews" => json!({
            "kind": "SelfSubjectReview", "apiVersion": "authentication.k8s.io/v1",
            "metadata": {"creationTimestamp": store.clock().stamp()},
            "status": {"userInfo": {"username": user, "groups": ["system:masters", "system:authenticated"]}},
        }),
        _ => return None,
    };
    Some(json_answer(201, &answer))
}

fn access(faults: &Faults, spec: &Value) -> Value {
    let asked = &spec["resourceAttributes"];
    let sub = text(asked, "/subresource");
    let resource = text(asked, "/resource");
    let resource = if sub.is_empty() { resource.to_owned() } else { format!("{resource}/{sub}") };
    let denied =
        asked.is_object() && faults.is_denied(text(asked, "/verb"), &resource, text(asked, "/namespace"));
    let status = if denied { json!({"allowed": false}) } else { json!({"allowed": true}) };
    json!({"kind": "SelfSubjectAccessReview", "apiVersion": "authorization.k8s.io/v1",
        "metadata": {}, "spec": spec, "status": status})
}

fn rules(faults: &Faults) -> Value {
    let mut resources = vec![json!({"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]})];
    if faults.denies() {
        resources = vec![json!({"verbs": ["get", "list", "watch"], "apiGroups": ["*"], "resources": ["*"]})];
    }
    resources.push(json!({"verbs": ["create"], "apiGroups": ["authorization.k8s.io"],
        "resources": ["selfsubjectaccessreviews", "selfsubjectrulesreviews"]}));
    resources.push(json!({"verbs": ["create"], "apiGroups": ["authentication.k8s.io"],
        "resources": ["selfsubjectreviews"]}));
    let urls = [
        "/api",
        "/api/*",
        "/apis",
        "/apis/*",
        "/healthz",
        "/livez",
        "/openapi",
        "/openapi/*",
        "/readyz",
        "/version",
        "/version/",
    ];
    json!({"kind": "SelfSubjectRulesReview", "apiVersion": "authorization.k8s.io/v1", "metadata": {}, "spec": {},
        "status": {"resourceRules": resources, "nonResourceRules": [{"verbs": ["get"], "nonResourceURLs": urls}],
            "incomplete": false}})
}
