//! What is served: version, health, discovery in both forms, and as much OpenAPI as kubectl needs to write.

use serde_json::{Value, json};

use super::body::{Answer, answer, full, json as json_answer};
use super::metrics;
use super::resource::{ALL, Resource};

const VERBS: &[&str] = &["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"];
const AGGREGATED: &str = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";

/// Kinds that can only be created, served by `review`.
const REVIEWS: &[(&str, &str, &str)] = &[
    ("authentication.k8s.io", "selfsubjectreviews", "SelfSubjectReview"),
    ("authorization.k8s.io", "selfsubjectaccessreviews", "SelfSubjectAccessReview"),
    ("authorization.k8s.io", "selfsubjectrulesreviews", "SelfSubjectRulesReview"),
];

/// Answers a GET of anything that is not an object; none if the path is none of these.
pub fn discover(path: &str, accept: &str) -> Option<Answer> {
    let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
    let aggregated = accept.contains("as=APIGroupDiscoveryList") && accept.contains("v=v2");
    Some(match parts.as_slice() {
        ["version"] => json_answer(200, &version()),
        ["healthz" | "livez" | "readyz", ..] => answer(200, "text/plain; charset=utf-8", full("ok")),
        ["api"] if aggregated => answer(200, AGGREGATED, full(aggregate(&[""]).to_string())),
        ["apis"] if aggregated => answer(200, AGGREGATED, full(aggregate(&groups()).to_string())),
        ["api"] => json_answer(
            200,
            &json!({"kind": "APIVersions", "versions": ["v1"], "serverAddressByClientCIDRs": []}),
        ),
        ["apis"] => {
            let groups: Vec<Value> = groups().into_iter().map(group).collect();
            json_answer(200, &json!({"kind": "APIGroupList", "apiVersion": "v1", "groups": groups}))
        }
        ["apis", name] if groups().contains(name) => {
            let mut one = group(name);
            one["kind"] = json!("APIGroup");
            one["apiVersion"] = json!("v1");
            json_answer(200, &one)
        }
        ["api", "v1"] => json_answer(200, &legacy("", "v1")),
        ["apis", name, version] if groups().contains(name) && version_of(name) == *version => {
            json_answer(200, &legacy(name, version))
        }
        ["openapi", "v3"] => json_answer(200, &openapi_index()),
        ["openapi", "v3", "api", "v1"] => json_answer(200, &openapi("")),
        ["openapi", "v3", "apis", name, _] if groups().contains(name) => json_answer(200, &openapi(name)),
        ["openapi", "v2"] => json_answer(
            200,
            &json!({"swagger": "2.0", "info": {"title": "Kubernetes", "version": "v1.36.2"}, "paths": {}, "definitions": {}}),
        ),
        _ => return None,
    })
}

fn version() -> Value {
    json!({"major": "1", "minor": "36", "emulationMajor": "1", "emulationMinor": "36", "minCompatibilityMajor": "1",
        "minCompatibilityMinor": "35", "gitVersion": "v1.36.2", "gitCommit": "0000000000000000000000000000000000000000",
        "gitTreeState": "clean", "buildDate": "2026-11-21T01:07:26Z", "goVersion": "go1.26.6", "compiler": "gc",
        "platform": "linux/amd64"})
}

fn groups() -> Vec<&'static str> {
    let mut groups: Vec<&str> = Vec::new();
    let named = ALL.iter().map(|r| r.group).chain(REVIEWS.iter().map(|(group, ..)| *group));
    let named = named.chain([metrics::GROUP.0]);
    for group in named.filter(|g| !g.is_empty()) {
        if !groups.contains(&group) {
            groups.push(group);
        }
    }
    groups
}

fn version_of(group: &str) -> &'static str {
    let (metrics, version) = metrics::GROUP;
    let other = if group == metrics { version } else { "v1" };
    ALL.iter().find(|r| r.group == group).map_or(other, |r| r.version)
}

fn group(name: &str) -> Value {
    let version = version_of(name);
    let version = json!({"groupVersion": format!("{name}/{version}"), "version": version});
    json!({"name": name, "versions": [version], "preferredVersion": version})
}

fn served(group: &str) -> impl Iterator<Item = &'static Resource> {
    ALL.iter().copied().filter(move |r| r.group == group)
}

fn reviews(group: &str) -> impl Iterator<Item = (&'static str, &'static str)> {
    REVIEWS.iter().filter(move |(g, ..)| *g == group).map(|(_, plural, kind)| (*plural, *kind))
}

/// What is measured, and only read.
fn measured(group: &str) -> impl Iterator<Item = (&'static str, &'static str, bool)> {
    metrics::SERVED.into_iter().filter(move |_| group == metrics::GROUP.0)
}

/// The group, version, kind and verbs of a subresource.
fn subresource(
    res: &Resource,
    sub: &str,
) -> (&'static str, &'static str, &'static str, &'static [&'static str]) {
    let own = (res.kind, &["get", "patch", "update"][..]);
    match sub {
        "scale" => ("autoscaling", "v1", "Scale", own.1),
        "eviction" => ("policy", "v1", "Eviction", &["create"]),
        "log" => ("", "", "Pod", &["get"]),
        _ => (
            "",
            "",
            match res.kind {
                "Namespace" => "Namespace",
                _ => "",
            },
            own.1,
        ),
    }
}

fn is_served(sub: &str) -> bool {
    matches!(sub, "scale" | "status" | "log" | "eviction")
}

fn aggregate(groups: &[&str]) -> Value {
    let items: Vec<Value> = groups
        .iter()
        .map(|group| {
            let mut resources: Vec<Value> = served(group).map(aggregated_resource).collect();
            resources.extend(reviews(group).map(|(plural, kind)| {
                json!({"resource": plural, "responseKind": {"group": "", "version": "", "kind": kind},
                    "scope": "Cluster", "singularResource": kind.to_lowercase(), "verbs": ["create"]})
            }));
            resources.extend(measured(group).map(|(plural, kind, namespaced)| {
                json!({"resource": plural, "responseKind": {"group": "", "version": "", "kind": kind},
                    "scope": if namespaced { "Namespaced" } else { "Cluster" }, "singularResource": "",
                    "verbs": ["get", "list"]})
            }));
            let metadata = if group.is_empty() { json!({}) } else { json!({"name": group}) };
            json!({"metadata": metadata, "versions": [
                {"version": version_of(group), "resources": resources, "freshness": "Current"}]})
        })
        .collect();
    json!({"kind": "APIGroupDiscoveryList", "apiVersion": "apidiscovery.k8s.io/v2", "metadata": {}, "items": items})
}

fn aggregated_resource(res: &'static Resource) -> Value {
    let mut value = json!({
        "resource": res.plural, "responseKind": {"group": "", "version": "", "kind": res.kind},
        "scope": if res.namespaced { "Namespaced" } else { "Cluster" }, "singularResource": res.singular,
        "verbs": VERBS,
    });
    if !res.short_names.is_empty() {
        value["shortNames"] = json!(res.short_names);
    }
    if !res.categories.is_empty() {
        value["categories"] = json!(res.categories);
    }
    let subs: Vec<Value> = res
        .subresources
        .iter()
        .filter(|sub| is_served(sub))
        .map(|sub| {
            let (group, version, kind, verbs) = subresource(res, sub);
            let kind = if kind.is_empty() { res.kind } else { kind };
            json!({"subresource": sub, "responseKind": {"group": group, "version": version, "kind": kind},
                "verbs": verbs})
        })
        .collect();
    if !subs.is_empty() {
        value["subresources"] = json!(subs);
    }
    value
}

fn legacy(group: &str, version: &str) -> Value {
    let mut resources = Vec::new();
    for res in served(group) {
        let mut value = json!({"name": res.plural, "singularName": res.singular, "namespaced": res.namespaced,
            "kind": res.kind, "verbs": VERBS});
        if !res.short_names.is_empty() {
            value["shortNames"] = json!(res.short_names);
        }
        if !res.categories.is_empty() {
            value["categories"] = json!(res.categories);
        }
        resources.push(value);
        for sub in res.subresources.iter().filter(|sub| is_served(sub)) {
            let (group, version, kind, verbs) = subresource(res, sub);
            let kind = if kind.is_empty() { res.kind } else { kind };
            let mut value = json!({"name": format!("{}/{sub}", res.plural), "singularName": "",
                "namespaced": res.namespaced, "kind": kind, "verbs": verbs});
            if !group.is_empty() {
                value["group"] = json!(group);
                value["version"] = json!(version);
            }
            resources.push(value);
        }
    }
    for (plural, kind) in reviews(group) {
        resources.push(json!({"name": plural, "singularName": kind.to_lowercase(), "namespaced": false,
            "kind": kind, "verbs": ["create"]}));
    }
    for (plural, kind, namespaced) in measured(group) {
        resources.push(json!({"name": plural, "singularName": "", "namespaced": namespaced, "kind": kind,
            "verbs": ["get", "list"]}));
    }
    let group_version = if group.is_empty() { version.to_owned() } else { format!("{group}/{version}") };
    json!({"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": group_version, "resources": resources})
}

fn openapi_index() -> Value {
    let mut paths = json!({"api/v1": {"serverRelativeURL": "/openapi/v3/api/v1?hash=1"}});
    for group in groups() {
        let path = format!("apis/{group}/{}", version_of(group));
        paths[&path] = json!({"serverRelativeURL": format!("/openapi/v3/{path}?hash=1")});
    }
    json!({"paths": paths})
}

/// Says of every kind that its writes take `dryRun` and `fieldValidation`: kubectl asks before it sends them.
fn openapi(group: &str) -> Value {
    let parameter = |name: &str| json!({"name": name, "in": "query", "schema": {"type": "string"}});
    let parameters = json!([parameter("dryRun"), parameter("fieldManager"), parameter("fieldValidation")]);
    let mut paths = json!({});
    for res in served(group) {
        let root =
            if group.is_empty() { "/api/v1".to_owned() } else { format!("/apis/{}", res.api_version()) };
        let place = if res.namespaced { "/namespaces/{namespace}" } else { "" };
        let kind = json!({"group": group, "version": res.version, "kind": res.kind});
        let operation = |action: &str| {
            json!({"parameters": parameters, "responses": {"200": {"description": "OK"}},
                "x-kubernetes-action": action, "x-kubernetes-group-version-kind": kind})
        };
        paths[format!("{root}{place}/{}", res.plural)] = json!({"post": operation("post")});
        paths[format!("{root}{place}/{}/{{name}}", res.plural)] =
            json!({"patch": operation("patch"), "put": operation("put"), "delete": operation("delete")});
    }
    json!({"openapi": "3.0.0", "info": {"title": "Kubernetes", "version": "v1.36.2"}, "paths": paths,
        "components": {"schemas": {}}})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_served_kind_is_discovered_in_both_forms() {
        for res in ALL {
            let list = legacy(res.group, res.version);
            let names: Vec<&str> =
                list["resources"].as_array().unwrap().iter().filter_map(|r| r["name"].as_str()).collect();
            assert!(names.contains(&res.plural), "{}", res.plural);
        }
        let apps = aggregate(&["apps"]);
        let deployments = apps["items"][0]["versions"][0]["resources"].as_array().unwrap();
        let deployments = deployments.iter().find(|r| r["resource"] == "deployments").unwrap();
        assert_eq!(deployments["shortNames"], json!(["deploy"]));
        assert_eq!(deployments["subresources"][0]["responseKind"]["kind"], "Scale");
    }

    #[test]
    fn other_paths_are_not_discovery() {
        assert!(discover("/api/v1/pods", "").is_none());
        assert!(discover("/apis/apps/v9", "").is_none());
        assert!(discover("/readyz", "").is_some());
    }
}
