//! The reader's policy: what may leave the process in read-only mode (invariant 3).
//!
//! Plain GET and HEAD of paths that it understands, and the three self-subject reviews. What it does not understand it
//! refuses. It must never learn an exception for a write: the writer is another client with another policy.

use http::{Method, Request, header};
use http_body::Body as HttpBody;
use percent_encoding::percent_decode_str;

use super::{headers, segments};

pub(super) fn judge<B: HttpBody>(base: &str, request: &Request<B>) -> Result<(), &'static str> {
    headers(request.headers())?;
    let path = request.uri().path();
    let path = path.strip_prefix(base).ok_or("the path is not below the server's")?;
    let segments = segments(path)?;
    let method = request.method();
    if method == Method::GET || method == Method::HEAD {
        let length = request.headers().get(header::CONTENT_LENGTH);
        if request.body().size_hint().exact() != Some(0)
            || length.is_some_and(|length| length != "0")
            || request.headers().contains_key(header::TRANSFER_ENCODING)
        {
            return Err("a read has no body");
        }
        // Some frameworks take another method from here.
        let decoded = percent_decode_str(request.uri().query().unwrap_or_default()).decode_utf8_lossy();
        if decoded.to_ascii_lowercase().contains("_method=") {
            return Err("it overrides its method with its query");
        }
        return readable(&segments);
    }
    if method == Method::POST {
        if request.uri().query().is_some_and(|query| !query.is_empty()) {
            return Err("a self-subject review takes no query");
        }
        let names: Vec<&str> = segments.iter().map(String::as_str).collect();
        return match names[..] {
            [
                "apis",
                "authorization.k8s.io",
                "v1" | "v1beta1",
                "selfsubjectaccessreviews" | "selfsubjectrulesreviews",
            ]
            | ["apis", "authentication.k8s.io", "v1" | "v1beta1", "selfsubjectreviews"] => Ok(()),
            _ => Err("POST is a write"),
        };
    }
    Err("the method is not a read")
}

/// Whether a GET of these segments only reads.
fn readable(segments: &[String]) -> Result<(), &'static str> {
    let names: Vec<&str> = segments.iter().map(String::as_str).collect();
    let resource = match names[..] {
        ["version" | "readyz" | "livez" | "healthz" | "openapi", ..]
        | ["api" | "apis"]
        | ["api" | "apis", _]
        | ["apis", _, _] => return Ok(()),
        ["api", _, ref rest @ ..] | ["apis", _, _, ref rest @ ..] => rest,
        _ => return Err("the path is not of the Kubernetes API"),
    };
    // [namespaces, NS, RESOURCE, NAME, SUBRESOURCE] or [RESOURCE, NAME, SUBRESOURCE]; nothing readable is deeper.
    let in_object = if let ["namespaces", _, rest @ ..] = resource { rest } else { resource };
    let connects = |name: &str| {
        ["proxy", "exec", "attach", "portforward", "console", "vnc", "usbredir"]
            .iter()
            .any(|connect| name.eq_ignore_ascii_case(connect))
    };
    match in_object {
        [first, ..] if first.eq_ignore_ascii_case("proxy") => Err("it goes through the API server's proxy"),
        [_, _, subresource] if connects(subresource) => Err("it connects to a workload"),
        [_, _, subresource, ..] if connects(subresource) => Err("it goes through the API server's proxy"),
        [_, _, _, _, ..] => Err("the path is deeper than any readable one"),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;
    use http_body_util::Full;

    fn verdict(method: &str, path: &str, headers: &[(&str, &str)], body: &'static str) -> Result<(), String> {
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Full::new(Bytes::from_static(body.as_bytes()))).unwrap();
        judge("", &request).map_err(str::to_owned)
    }

    #[test]
    fn plain_reads_pass() {
        for path in [
            "/version",
            "/readyz?verbose",
            "/api",
            "/apis/apps/v1",
            "/openapi/v3/apis/apps/v1",
            "/api/v1/pods?watch=true&resourceVersion=5",
            "/api/v1/namespaces",
            "/api/v1/namespaces/proxy",
            "/api/v1/namespaces/proxy/pods",
            "/api/v1/namespaces/shop/pods/exec",
            "/api/v1/namespaces/shop/pods/proxy/log?follow=true",
            "/api/v1/nodes/proxy",
            "/apis/apps/v1/namespaces/shop/deployments/web/scale",
            "/apis/rbac.authorization.k8s.io/v1/clusterroles/system%3Anode",
            "/apis/custom.metrics.k8s.io/v1beta1/namespaces/shop/pods/*/requests",
        ] {
            assert_eq!(verdict("GET", path, &[], ""), Ok(()), "{path}");
            assert_eq!(verdict("HEAD", path, &[("connection", "keep-alive")], ""), Ok(()), "{path}");
        }
    }

    #[test]
    fn other_methods_are_refused() {
        for method in [
            "PUT",
            "PATCH",
            "DELETE",
            "POST",
            "OPTIONS",
            "TRACE",
            "CONNECT",
            "get",
            "PROPFIND",
            "DELETECOLLECTION",
        ] {
            for path in ["/api/v1/namespaces/shop/pods/web", "/version", "/api/v1/pods"] {
                assert!(verdict(method, path, &[], "").is_err(), "{method} {path}");
            }
        }
    }

    #[test]
    fn connecting_and_ambiguous_paths_are_refused() {
        for path in [
            "/api/v1/namespaces/shop/pods/web/exec?command=sh",
            "/api/v1/namespaces/shop/pods/web/EXEC",
            "/api/v1/namespaces/shop/pods/web/ex%65c",
            "/api/v1/namespaces/shop/pods/web/exec/",
            "/api/v1/namespaces/shop/pods/web/attach",
            "/api/v1/namespaces/shop/pods/web/portforward",
            "/api/v1/namespaces/shop/pods/web/proxy",
            "/api/v1/namespaces/shop/services/web:80/proxy/admin/delete",
            "/api/v1/namespaces/shop/services/web/%70roxy/",
            "/api/v1/namespaces/shop/services/web/%2570roxy/",
            "/api/v1/namespaces/shop/services/web%2Fproxy/x",
            "/api/v1/namespaces/shop/services/web//proxy",
            "/api/v1/namespaces/shop//services/web/proxy",
            "/api/v1/namespaces/shop/services/x/../web/proxy",
            "/api/v1/namespaces/shop/services/x/%2e%2e/web/proxy",
            "/api/v1/namespaces/shop/services/x/./proxy",
            "/api/v1/namespaces/shop/services/web;x/proxy",
            "/api/v1/nodes/n1/proxy/run/shop/web/c",
            "/api/v1/proxy/namespaces/shop/services/web",
            "/api/v1/nodes/n1/status/deeper",
            "/apis/subresources.kubevirt.io/v1/namespaces/shop/virtualmachineinstances/vm/console",
            "//api/v1/pods",
            "/logs/",
            "/metrics/../api/v1/pods",
            "/",
        ] {
            assert!(verdict("GET", path, &[], "").is_err(), "{path}");
        }
    }

    #[test]
    fn upgrades_overrides_and_bodies_are_refused() {
        for header in [
            ("upgrade", "websocket"),
            ("connection", "Upgrade"),
            ("connection", "keep-alive, UPGRADE"),
            ("sec-websocket-key", "x"),
            ("x-http-method-override", "DELETE"),
            ("x-method-override", "DELETE"),
            ("x-http-method", "DELETE"),
            ("x-original-url", "/api/v1/namespaces/shop"),
        ] {
            assert!(verdict("GET", "/api/v1/pods", &[header], "").is_err(), "{header:?}");
        }
        assert!(verdict("GET", "/api/v1/pods", &[], "{}").is_err());
    }

    #[test]
    fn self_subject_reviews_pass_and_nothing_beside_them() {
        for (path, passes) in [
            ("/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", true),
            ("/apis/authorization.k8s.io/v1/selfsubjectaccessreviews?", true),
            ("/apis/authorization.k8s.io/v1/selfsubjectrulesreviews", true),
            ("/apis/authentication.k8s.io/v1/selfsubjectreviews", true),
            ("/apis/authorization.k8s.io/v1/subjectaccessreviews", false),
            ("/apis/authorization.k8s.io/v1/selfsubjectaccessreviews/x", false),
            ("/apis/authorization.k8s.io/v1/selfsubjectaccessreviews?dryRun=All", false),
            ("/apis/authentication.k8s.io/v1/tokenreviews", false),
            ("/apis/authentication.k8s.io/v1/selfsubjectaccessreviews", false),
            ("/api/v1/namespaces/shop/serviceaccounts/x/token", false),
        ] {
            assert_eq!(verdict("POST", path, &[], "{}").is_ok(), passes, "{path}");
        }
        let override_header = [("x-http-method-override", "PUT")];
        let path = "/apis/authentication.k8s.io/v1/selfsubjectreviews";
        assert!(verdict("POST", path, &override_header, "{}").is_err());
    }

    #[test]
    fn the_servers_own_path_is_not_judged() {
        let get = |path: &str| Request::get(path).body(Full::<Bytes>::default()).unwrap();
        let base = "/k8s/clusters/c-1/proxy";
        assert_eq!(judge(base, &get("/k8s/clusters/c-1/proxy/api/v1/pods")), Ok(()));
        assert!(judge(base, &get("/k8s/clusters/c-2/api/v1/pods")).is_err());
        assert!(judge(base, &get("/k8s/clusters/c-1/proxy/api/v1/nodes/n/proxy")).is_err());
        assert!(judge(base, &get("/k8s/clusters/c-1/proxyx")).is_err());
    }
}
