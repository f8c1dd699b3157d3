//! The prober's policy: plain GETs through the proxy of one pod, and nothing else; it is no second reader.

use std::task::{Context, Poll};

use futures::future::{Either, Ready, ready};
use http::{Method, Request, Uri};
use http_body::Body as HttpBody;
use tower::{BoxError, Layer, Service};

use super::{Refused, headers, segments};

/// Makes [`ProberPolicy`] services.
#[derive(Debug, Clone)]
pub(in crate::cluster) struct ProberPolicyLayer {
    base: String,
}

impl ProberPolicyLayer {
    /// `server` is the kubeconfig's server URL.
    pub fn new(server: &Uri) -> Self {
        Self { base: server.path().trim_end_matches('/').to_owned() }
    }
}

impl<S> Layer<S> for ProberPolicyLayer {
    type Service = ProberPolicy<S>;

    fn layer(&self, inner: S) -> Self::Service {
        ProberPolicy { base: self.base.clone(), inner }
    }
}

/// Refuses everything but a plain GET of `pods/proxy`.
#[derive(Debug, Clone)]
pub(in crate::cluster) struct ProberPolicy<S> {
    base: String,
    inner: S,
}

impl<S, B> Service<Request<B>> for ProberPolicy<S>
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
                tracing::error!(%refused, "refused by the prober's policy");
                Either::Right(ready(Err(refused.into())))
            }
        }
    }
}

fn judge<B: HttpBody>(base: &str, request: &Request<B>) -> Result<(), &'static str> {
    headers(request.headers())?;
    if request.method() != Method::GET || request.body().size_hint().exact() != Some(0) {
        return Err("a smoke check is a plain GET");
    }
    let path = request.uri().path().strip_prefix(base).ok_or("the path is not below the server's")?;
    let segments = segments(path)?;
    let names: Vec<&str> = segments.iter().map(String::as_str).collect();
    match names[..] {
        ["api", "v1", "namespaces", _, "pods", _, "proxy", ..] => Ok(()),
        _ => Err("it is not through the proxy of a pod"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;
    use http_body_util::Full;

    #[test]
    fn a_plain_get_through_a_pods_proxy_passes_and_nothing_else() {
        let sent = |method: &str, path: &str, header: Option<(&str, &str)>, body: &'static str| {
            let mut request = Request::builder().method(method).uri(path);
            if let Some((name, value)) = header {
                request = request.header(name, value);
            }
            judge("", &request.body(Full::new(Bytes::from_static(body.as_bytes()))).unwrap()).is_ok()
        };
        let path = "/api/v1/namespaces/shop/pods/web-1:8080/proxy/healthz?full=1";
        assert!(sent("GET", path, None, ""));
        assert!(sent("GET", "/api/v1/namespaces/shop/pods/web-1/proxy/", None, ""));
        for method in ["POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"] {
            assert!(!sent(method, path, None, ""), "{method}");
        }
        assert!(!sent("GET", path, None, "body"));
        assert!(!sent("GET", path, Some(("upgrade", "websocket")), ""));
        assert!(!sent("GET", path, Some(("x-http-method-override", "DELETE")), ""));
        for path in [
            "/api/v1/namespaces/shop/pods/web-1",
            "/api/v1/namespaces/shop/pods/web-1/log",
            "/api/v1/namespaces/shop/pods/web-1/exec?command=sh",
            "/api/v1/namespaces/shop/services/web/proxy/healthz",
            "/api/v1/nodes/n1/proxy/pods",
            "/api/v1/namespaces/shop/pods/web-1/proxy/../exec",
            "/api/v1/namespaces/shop/pods/web-1/proxy/%2e%2e/exec",
            "/api/v1/namespaces/shop/pods/web-1/proxy//a",
            "/version",
        ] {
            assert!(!sent("GET", path, None, ""), "{path}");
        }
    }
}
