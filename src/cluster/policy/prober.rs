//! The prober's policy: plain GETs through the proxy of one pod or one service, and nothing else; it is no second reader.

use http::{Method, Request};
use http_body::Body as HttpBody;

use super::{headers, segments};

pub(super) fn judge<B: HttpBody>(base: &str, request: &Request<B>) -> Result<(), &'static str> {
    headers(request.headers())?;
    if request.method() != Method::GET || request.body().size_hint().exact() != Some(0) {
        return Err("a pod is only asked by a plain GET");
    }
    let path = request.uri().path().strip_prefix(base).ok_or("the path is not below the server's")?;
    let segments = segments(path)?;
    let names: Vec<&str> = segments.iter().map(String::as_str).collect();
    match names[..] {
        ["api", "v1", "namespaces", _, "pods" | "services", _, "proxy", ..] => Ok(()),
        _ => Err("it is not through the proxy of a pod or a service"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;
    use http_body_util::Full;

    #[test]
    fn a_plain_get_through_the_proxy_of_a_pod_or_a_service_passes_and_nothing_else() {
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
        assert!(sent("GET", "/api/v1/namespaces/shop/services/web:80/proxy/healthz", None, ""));
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
            "/api/v1/namespaces/shop/services/web",
            "/api/v1/namespaces/shop/services/web/proxy/../../x",
            "/apis/apps/v1/namespaces/shop/services/web/proxy/healthz",
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
