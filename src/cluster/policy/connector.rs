//! The connector's policy: a GET with `Upgrade: websocket` of `exec`, `attach` or `portforward` of one pod, and nothing else.
//!
//! It is the only policy that lets an upgrade out; it lets nothing out that is none, so that it is no second reader.

use http::{HeaderMap, Method, Request, header};
use http_body::Body as HttpBody;

use super::{overrides, segments};

pub(super) fn judge<B: HttpBody>(base: &str, request: &Request<B>) -> Result<(), &'static str> {
    overrides(request.headers())?;
    upgrade(request.headers())?;
    if request.method() != Method::GET || request.body().size_hint().exact() != Some(0) {
        return Err("a channel is opened by a plain GET");
    }
    let path = request.uri().path().strip_prefix(base).ok_or("the path is not below the server's")?;
    if path.ends_with('/') {
        return Err("the path has an ambiguous spelling");
    }
    let segments = segments(path)?;
    let names: Vec<&str> = segments.iter().map(String::as_str).collect();
    match names[..] {
        ["api", "v1", "namespaces", _, "pods", _, "exec" | "attach" | "portforward"] => Ok(()),
        _ => Err("it opens no channel into a pod"),
    }
}

/// Exactly one wish, and it is a WebSocket.
fn upgrade(headers: &HeaderMap) -> Result<(), &'static str> {
    let only = |name: header::HeaderName, value: &str| {
        let mut values = headers.get_all(name).iter();
        let it = values.next().is_some_and(|it| it.as_bytes().eq_ignore_ascii_case(value.as_bytes()));
        it && values.next().is_none()
    };
    if !only(header::UPGRADE, "websocket") || !only(header::CONNECTION, "upgrade") {
        return Err("it does not ask for a WebSocket, and for nothing else");
    }
    if headers.contains_key("http2-settings") {
        return Err("it asks for another upgrade of the connection");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;
    use http_body_util::Full;

    const ASKED: [(&str, &str); 2] = [("connection", "Upgrade"), ("upgrade", "websocket")];
    const EXEC: &str = "/api/v1/namespaces/shop/pods/web-1/exec?command=sh&stdin=true&stdout=true&tty=true";

    fn sent(method: &str, path: &str, headers: &[(&str, &str)], body: &'static str) -> bool {
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        judge("", &request.body(Full::new(Bytes::from_static(body.as_bytes()))).unwrap()).is_ok()
    }

    #[test]
    fn the_three_channels_of_a_pod_pass() {
        for path in [
            EXEC,
            "/api/v1/namespaces/shop/pods/web-1/attach?stdout=true",
            "/api/v1/namespaces/shop/pods/exec/portforward?ports=80",
            "/api/v1/namespaces/exec/pods/web-1/exec?command=kubectl&command=delete",
        ] {
            assert!(sent("GET", path, &ASKED, ""), "{path}");
        }
        let request = Request::get(format!("/gate{EXEC}"))
            .header("connection", "Upgrade")
            .header("upgrade", "websocket")
            .body(Full::<Bytes>::default())
            .unwrap();
        assert_eq!(judge("/gate", &request), Ok(()));
        assert!(judge("/other", &request).is_err());
    }

    #[test]
    fn other_methods_bodies_and_headers_are_refused() {
        for method in ["POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "CONNECT", "get"] {
            assert!(!sent(method, EXEC, &ASKED, ""), "{method}");
        }
        assert!(!sent("GET", EXEC, &ASKED, "body"));
        for headers in [
            &[][..],
            &ASKED[..1],
            &ASKED[1..],
            &[("connection", "Upgrade"), ("upgrade", "SPDY/3.1")],
            &[("connection", "Upgrade"), ("upgrade", "h2c")],
            &[("connection", "keep-alive, Upgrade"), ("upgrade", "websocket")],
            &[("connection", "Upgrade"), ("upgrade", "websocket"), ("upgrade", "h2c")],
            &[("connection", "Upgrade"), ("upgrade", "websocket, h2c")],
            &[("connection", "Upgrade"), ("upgrade", "websocket"), ("http2-settings", "AAMAAABkAAQAAP__")],
            &[("connection", "Upgrade"), ("upgrade", "websocket"), ("x-http-method-override", "DELETE")],
            &[("connection", "Upgrade"), ("upgrade", "websocket"), ("x-original-url", "/api/v1/pods")],
        ] {
            assert!(!sent("GET", EXEC, headers, ""), "{headers:?}");
        }
    }

    #[test]
    fn other_paths_and_spellings_are_refused() {
        for path in [
            "/api/v1/namespaces/shop/pods/web-1",
            "/api/v1/namespaces/shop/pods/web-1/log",
            "/api/v1/namespaces/shop/pods/web-1/proxy",
            "/api/v1/namespaces/shop/pods/web-1/ephemeralcontainers",
            "/api/v1/namespaces/shop/pods/web-1/EXEC",
            "/api/v1/namespaces/shop/pods/web-1/exec/",
            "/api/v1/namespaces/shop/pods/web-1/exec/more",
            "/api/v1/namespaces/shop/pods//exec",
            "/api/v1/namespaces//pods/web-1/exec",
            "/api/v1/namespaces/shop/pods/web-1%2Fexec",
            "/api/v1/namespaces/shop/pods/web-1;x/exec",
            "/api/v1/namespaces/shop/pods/../pods/web-1/exec",
            "/api/v1/namespaces/shop/pods/%2e%2e/exec",
            "/api/v1/namespaces/shop/pods/web%00/exec",
            "/api/v1/namespaces/shop/pods/web-1/%2565xec",
            "/api/v1/namespaces/shop/services/web/portforward",
            "/api/v1/nodes/n1/proxy/exec/shop/web/c",
            "/api/v1/pods/web-1/exec",
            "/api/v2/namespaces/shop/pods/web-1/exec",
            "/apis/v1/namespaces/shop/pods/web-1/exec",
            "/apis/subresources.kubevirt.io/v1/namespaces/shop/virtualmachineinstances/vm/console",
            "/api/v1/pods?watch=true",
            "/version",
            "/",
        ] {
            assert!(!sent("GET", path, &ASKED, ""), "{path}");
        }
    }
}
