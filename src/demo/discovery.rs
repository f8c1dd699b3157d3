//! What is served: version, health, discovery in both forms, and as much OpenAPI as kubectl needs to write.

use std::collections::HashMap;

use serde_json::{Value, json};

use super::body::{Answer, answer, full, json as json_answer};
use super::metrics;
use super::openapi;
use super::resource::{Kinds, Resource};
use super::status::ApiError;

const VERBS: &[&str] = &["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"];
const AGGREGATED: &str = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";

/// Kinds that can only be created, served by `review`.
const REVIEWS: &[(&str, &str, &str)] = &[
    ("authentication.k8s.io", "selfsubjectreviews", "SelfSubjectReview"),
    ("authorization.k8s.io", "selfsubjectaccessreviews", "SelfSubjectAccessReview"),
    ("authorization.k8s.io", "selfsubjectrulesreviews", "SelfSubjectRulesReview"),
];

/// Answers a GET of anything that is not an object; none if the path is none of these. An `old` server knows discovery
/// group by group only.
pub fn discover(path: &str, accept: &str, kinds: &Kinds, old: bool) -> Option<Result<Answer, ApiError>> {
    let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
    let aggregated = !old && accept.contains("as=APIGroupDiscoveryList") && accept.contains("v=v2");
    let groups = groups(kinds);
    let of = |name: &str| groups.iter().find(|group| group.name == name);
    Some(Ok(match parts.as_slice() {
        ["version"] => json_answer(200, &version()),
        ["healthz" | "livez" | "readyz", ..] => answer(200, "text/plain; charset=utf-8", full("ok")),
        ["api"] if aggregated => {
            let core = Group { name: "", versions: vec!["v1"] };
            answer(200, AGGREGATED, full(aggregate(&[core], kinds).to_string()))
        }
        ["apis"] if aggregated => answer(200, AGGREGATED, full(aggregate(&groups, kinds).to_string())),
        ["api"] => json_answer(
            200,
            &json!({"kind": "APIVersions", "versions": ["v1"], "serverAddressByClientCIDRs": []}),
        ),
        ["apis"] => {
            let groups: Vec<Value> = groups.iter().map(Group::listed).collect();
            json_answer(200, &json!({"kind": "APIGroupList", "apiVersion": "v1", "groups": groups}))
        }
        ["apis", name] => {
            let mut one = of(name)?.listed();
            one["kind"] = json!("APIGroup");
            one["apiVersion"] = json!("v1");
            json_answer(200, &one)
        }
        ["api", "v1"] => json_answer(200, &legacy("", "v1", kinds)),
        // Whatever is asked of it, its server does not answer.
        ["apis", name, version, ..] if is_broken(kinds, name, version) => {
            return Some(Err(ApiError::new(503, "ServiceUnavailable", "service unavailable")));
        }
        ["apis", name, version] if of(name)?.versions.contains(version) => {
            json_answer(200, &legacy(name, version, kinds))
        }
        ["openapi", "v3"] => json_answer(200, &openapi_index(&groups)),
        ["openapi", "v3", "api", "v1"] => json_answer(200, &openapi("", "v1", kinds)),
        ["openapi", "v3", "apis", name, version] if of(name).is_some() => {
            json_answer(200, &openapi(name, version, kinds))
        }
        ["openapi", "v2"] => json_answer(
            200,
            &json!({"swagger": "2.0", "info": {"title": "Kubernetes", "version": "v1.36.2"}, "paths": {}, "definitions": {}}),
        ),
        _ => return None,
    }))
}

fn version() -> Value {
    json!({"major": "1", "minor": "36", "emulationMajor": "1", "emulationMinor": "36", "minCompatibilityMajor": "1",
        "minCompatibilityMinor": "35", "gitVersion": "v1.36.2", "gitCommit": "0000000000000000000000000000000000000000",
        "gitTreeState": "clean", "buildDate": "2026-11-21T01:07:26Z", "goVersion": "go1.26.6", "compiler": "gc",
        "platform": "linux/amd64"})
}

/// An API group and its versions, the preferred one first.
struct Group<'a> {
    name: &'a str,
    versions: Vec<&'a str>,
}

impl Group<'_> {
    fn listed(&self) -> Value {
        let version =
            |version: &&str| json!({"groupVersion": format!("{}/{version}", self.name), "version": version});
        let versions: Vec<Value> = self.versions.iter().map(version).collect();
        json!({"name": self.name, "versions": versions, "preferredVersion": versions.first()})
    }
}

/// The named groups.
fn groups(kinds: &Kinds) -> Vec<Group<'_>> {
    let mut places: HashMap<&str, usize> = HashMap::new();
    let mut groups: Vec<Group<'_>> = Vec::new();
    let named = kinds.all().map(|r| (r.group, r.version));
    let named = named
        .chain(REVIEWS.iter().map(|(group, ..)| (*group, "v1")))
        .chain(kinds.broken())
        .chain([metrics::GROUP]);
    for (name, version) in named.filter(|(name, _)| !name.is_empty()) {
        let at = *places.entry(name).or_insert_with(|| {
            groups.push(Group { name, versions: Vec::new() });
            groups.len() - 1
        });
        if !groups[at].versions.contains(&version) {
            groups[at].versions.push(version);
        }
    }
    groups
}

fn is_broken(kinds: &Kinds, group: &str, version: &str) -> bool {
    kinds.broken().any(|broken| broken == (group, version))
}

fn served<'a>(kinds: &'a Kinds, group: &'a str, version: &'a str) -> impl Iterator<Item = &'static Resource> {
    kinds.all().filter(move |r| r.group == group && r.version == version)
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

fn aggregate(groups: &[Group<'_>], kinds: &Kinds) -> Value {
    // In one pass: there may be thousands of kinds.
    let mut resources: HashMap<(&str, &str), Vec<Value>> = HashMap::new();
    for res in kinds.all() {
        resources.entry((res.group, res.version)).or_default().push(aggregated_resource(res));
    }
    let items: Vec<Value> = groups
        .iter()
        .map(|group| {
            let versions = group.versions.iter().map(|version| {
                let mut resources = resources.remove(&(group.name, version)).unwrap_or_default();
                resources.extend(reviews(group.name).map(|(plural, kind)| {
                    json!({"resource": plural, "responseKind": {"group": "", "version": "", "kind": kind},
                        "scope": "Cluster", "singularResource": kind.to_lowercase(), "verbs": ["create"]})
                }));
                resources.extend(measured(group.name).map(|(plural, kind, namespaced)| {
                    json!({"resource": plural, "responseKind": {"group": "", "version": "", "kind": kind},
                        "scope": if namespaced { "Namespaced" } else { "Cluster" }, "singularResource": "",
                        "verbs": ["get", "list"]})
                }));
                let freshness = if is_broken(kinds, group.name, version) { "Stale" } else { "Current" };
                json!({"version": version, "resources": resources, "freshness": freshness})
            });
            let versions: Vec<Value> = versions.collect();
            let metadata = if group.name.is_empty() { json!({}) } else { json!({"name": group.name}) };
            json!({"metadata": metadata, "versions": versions})
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

fn legacy(group: &str, version: &str, kinds: &Kinds) -> Value {
    let mut resources = Vec::new();
    for res in served(kinds, group, version) {
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

fn openapi_index(groups: &[Group<'_>]) -> Value {
    let mut paths = json!({"api/v1": {"serverRelativeURL": "/openapi/v3/api/v1?hash=1"}});
    let versions = groups.iter().flat_map(|g| g.versions.iter().map(|version| (g.name, *version)));
    for (group, version) in versions {
        let path = format!("apis/{group}/{version}");
        paths[&path] = json!({"serverRelativeURL": format!("/openapi/v3/{path}?hash=1")});
    }
    json!({"paths": paths})
}

/// Says of every kind that its writes take `dryRun` and `fieldValidation`: kubectl asks before it sends them.
fn openapi(group: &str, version: &str, kinds: &Kinds) -> Value {
    let parameter = |name: &str| json!({"name": name, "in": "query", "schema": {"type": "string"}});
    let parameters = json!([parameter("dryRun"), parameter("fieldManager"), parameter("fieldValidation")]);
    let mut paths = json!({});
    for res in served(kinds, group, version) {
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
        "components": {"schemas": openapi::schemas(served(kinds, group, version))}})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_served_kind_is_discovered_in_both_forms() {
        let kinds = Kinds::default();
        for res in kinds.all() {
            let list = legacy(res.group, res.version, &kinds);
            let names: Vec<&str> =
                list["resources"].as_array().unwrap().iter().filter_map(|r| r["name"].as_str()).collect();
            assert!(names.contains(&res.plural), "{}", res.plural);
        }
        let apps = aggregate(&[Group { name: "apps", versions: vec!["v1"] }], &kinds);
        let deployments = apps["items"][0]["versions"][0]["resources"].as_array().unwrap();
        let deployments = deployments.iter().find(|r| r["resource"] == "deployments").unwrap();
        assert_eq!(deployments["shortNames"], json!(["deploy"]));
        assert_eq!(deployments["subresources"][0]["responseKind"]["kind"], "Scale");
    }

    #[test]
    fn other_paths_are_not_discovery() {
        let discover = |path| discover(path, "", &Kinds::default(), false);
        assert!(discover("/api/v1/pods").is_none());
        assert!(discover("/apis/apps/v9").is_none());
        assert!(discover("/readyz").is_some());
    }
}
