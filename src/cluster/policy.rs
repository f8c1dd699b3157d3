//! The policies of the three clients. The reader's: what may leave the process in read-only mode (invariant 3).
//!
//! It sits innermost, just above the HTTP client, below everything that could rewrite a request, and lets through
//! plain GET and HEAD of paths that it understands, and the three self-subject reviews. What it does not understand it
//! refuses. It must never learn an exception for a write: a writer is another client with another layer, which lets through
//! only what a permit holds.

mod prober;

use std::fmt;
use std::task::{Context, Poll};

use futures::future::{Either, Ready, ready};
use http::{HeaderMap, Method, Request, Uri, header};
use http_body::Body as HttpBody;
use percent_encoding::percent_decode_str;
use tower::{BoxError, Layer, Service};

pub(super) use prober::ProberPolicyLayer;

/// Why a request was not sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// The method and path, without the query.
    pub request: String,
    /// What about it is not allowed.
    pub why: &'static str,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} was not sent: {}", self.request, self.why)
    }
}

impl std::error::Error for Refused {}

/// Makes [`ReaderPolicy`] services.
#[derive(Debug, Clone)]
pub struct ReaderPolicyLayer {
    base: String,
}

impl ReaderPolicyLayer {
    /// `server` is the kubeconfig's server URL; its own path (some gateways have one) is not judged.
    pub fn new(server: &Uri) -> Self {
        Self { base: server.path().trim_end_matches('/').to_owned() }
    }
}

impl<S> Layer<S> for ReaderPolicyLayer {
    type Service = ReaderPolicy<S>;

    fn layer(&self, inner: S) -> Self::Service {
        ReaderPolicy { base: self.base.clone(), inner }
    }
}

/// Refuses everything but plain reads; nothing of a refused request reaches the inner service.
#[derive(Debug, Clone)]
pub struct ReaderPolicy<S> {
    base: String,
    inner: S,
}

impl<S, B> Service<Request<B>> for ReaderPolicy<S>
where
    S: Service<Request<B>>,
    S::Error: Into<BoxError>,
    B: HttpBody,
{
    type Response = S::Response;
    type Error = BoxError;
    type Future = Either<
        futures::future::MapErr<S::Future, fn(S::Error) -> BoxError>,
        Ready<Result<S::Response, BoxError>>,
    >;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.inner.poll_ready(cx).map_err(Into::into)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        match judge(&self.base, &request) {
            Ok(()) => {
                let into: fn(S::Error) -> BoxError = Into::into;
                Either::Left(futures::TryFutureExt::map_err(self.inner.call(request), into))
            }
            Err(why) => {
                let refused =
                    Refused { request: format!("{} {}", request.method(), request.uri().path()), why };
                tracing::warn!(%refused, "refused by the reader's policy");
                Either::Right(ready(Err(refused.into())))
            }
        }
    }
}

/// The mark of a request that comes from a permit or a rehearsal; only the writer puts it on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Permitted {
    method: &'static str,
    path: String,
}

impl Permitted {
    pub fn new(method: &'static str, path: &str) -> Self {
        Self { method, path: path.to_owned() }
    }
}

/// Makes [`WriterPolicy`] services.
#[derive(Debug, Clone)]
pub(super) struct WriterPolicyLayer {
    base: String,
}

impl WriterPolicyLayer {
    /// `server` is the kubeconfig's server URL.
    pub fn new(server: &Uri) -> Self {
        Self { base: server.path().trim_end_matches('/').to_owned() }
    }
}

impl<S> Layer<S> for WriterPolicyLayer {
    type Service = WriterPolicy<S>;

    fn layer(&self, inner: S) -> Self::Service {
        WriterPolicy { base: self.base.clone(), inner }
    }
}

/// Refuses everything that is not exactly what was permitted: a writer that is used for anything else sends nothing.
#[derive(Debug, Clone)]
pub(super) struct WriterPolicy<S> {
    base: String,
    inner: S,
}

impl<S, B> Service<Request<B>> for WriterPolicy<S>
where
    S: Service<Request<B>>,
    S::Error: Into<BoxError>,
{
    type Response = S::Response;
    type Error = BoxError;
    type Future = Either<
        futures::future::MapErr<S::Future, fn(S::Error) -> BoxError>,
        Ready<Result<S::Response, BoxError>>,
    >;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.inner.poll_ready(cx).map_err(Into::into)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        match judge_write(&self.base, &request) {
            Ok(()) => {
                let into: fn(S::Error) -> BoxError = Into::into;
                Either::Left(futures::TryFutureExt::map_err(self.inner.call(request), into))
            }
            Err(why) => {
                let refused =
                    Refused { request: format!("{} {}", request.method(), request.uri().path()), why };
                tracing::error!(%refused, "refused by the writer's policy");
                Either::Right(ready(Err(refused.into())))
            }
        }
    }
}

fn judge_write<B>(base: &str, request: &Request<B>) -> Result<(), &'static str> {
    headers(request.headers())?;
    let permitted = request.extensions().get::<Permitted>().ok_or("nothing permits it")?;
    let path = request.uri().path().strip_prefix(base).ok_or("the path is not below the server's")?;
    segments(path)?;
    if request.method().as_str() != permitted.method || path != permitted.path {
        return Err("it is not what was permitted");
    }
    Ok(())
}

fn judge<B: HttpBody>(base: &str, request: &Request<B>) -> Result<(), &'static str> {
    headers(request.headers())?;
    let path = request.uri().path();
    let path = path.strip_prefix(base).ok_or("the path is not below the server's")?;
    let segments = segments(path)?;
    let method = request.method();
    if method == Method::GET || method == Method::HEAD {
        if request.body().size_hint().exact() != Some(0) {
            return Err("a read has no body");
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

/// Headers that turn a read into something else.
fn headers(headers: &HeaderMap) -> Result<(), &'static str> {
    if headers.contains_key(header::UPGRADE)
        || headers.contains_key("http2-settings")
        || headers.keys().any(|name| name.as_str().starts_with("sec-websocket-"))
    {
        return Err("it asks for an upgrade of the connection");
    }
    for value in headers.get_all(header::CONNECTION) {
        let value = value.as_bytes().to_ascii_lowercase();
        if value.split(|b| *b == b',').any(|token| token.trim_ascii() == b"upgrade") {
            return Err("it asks for an upgrade of the connection");
        }
    }
    let overrides = |name: &header::HeaderName| {
        let name = name.as_str();
        name.contains("method-override") || name == "x-http-method" || name.starts_with("x-original-")
    };
    if headers.keys().any(overrides) {
        return Err("it overrides its method or path with a header");
    }
    Ok(())
}

/// The decoded segments of a path; refuses every spelling that two readers could understand differently.
fn segments(path: &str) -> Result<Vec<String>, &'static str> {
    let Some(path) = path.strip_prefix('/') else { return Err("the path is not absolute") };
    let mut out = Vec::new();
    for raw in path.strip_suffix('/').unwrap_or(path).split('/') {
        let Ok(segment) = percent_decode_str(raw).decode_utf8() else {
            return Err("the path is not UTF-8");
        };
        let odd = |c: char| matches!(c, '/' | '\\' | '%' | ';') || c.is_control();
        if segment.is_empty() || segment == "." || segment == ".." || segment.contains(odd) {
            return Err("the path has an ambiguous spelling");
        }
        out.push(segment.into_owned());
    }
    Ok(out)
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
    fn the_writer_sends_what_was_permitted_and_nothing_else() {
        let path = "/apis/apps/v1/namespaces/shop/deployments/web";
        let sent = |permitted: Option<Permitted>, method: &str, path: &str, header: Option<(&str, &str)>| {
            let mut request = Request::builder().method(method).uri(path);
            if let Some((name, value)) = header {
                request = request.header(name, value);
            }
            let mut request = request.body(()).unwrap();
            if let Some(permitted) = permitted {
                request.extensions_mut().insert(permitted);
            }
            judge_write("", &request).is_ok()
        };
        let permit = || Some(Permitted::new("PATCH", path));
        assert!(sent(permit(), "PATCH", path, None));
        assert!(sent(permit(), "PATCH", &format!("{path}?dryRun=All"), None));
        assert!(!sent(None, "PATCH", path, None), "nothing permits it");
        assert!(!sent(None, "GET", path, None), "it is no second reader");
        assert!(!sent(permit(), "DELETE", path, None), "another method");
        assert!(!sent(permit(), "PATCH", &format!("{path}/scale"), None), "another path");
        assert!(!sent(permit(), "PATCH", path, Some(("upgrade", "websocket"))), "an upgrade");
        assert!(
            !sent(permit(), "PATCH", path, Some(("x-http-method-override", "DELETE"))),
            "another method, hidden"
        );
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
