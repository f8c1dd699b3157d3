//! The writer's policy: exactly what was permitted; a writer that is used for anything else sends nothing.

use http::Request;

use super::{headers, segments};

/// The mark of a request that comes from a permit or a rehearsal; only the writer puts it on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::cluster) struct Permitted {
    method: &'static str,
    path: String,
}

impl Permitted {
    pub fn new(method: &'static str, path: &str) -> Self {
        Self { method, path: path.to_owned() }
    }
}

pub(super) fn judge<B>(base: &str, request: &Request<B>) -> Result<(), &'static str> {
    headers(request.headers())?;
    let permitted = request.extensions().get::<Permitted>().ok_or("nothing permits it")?;
    let path = request.uri().path().strip_prefix(base).ok_or("the path is not below the server's")?;
    segments(path)?;
    if request.method().as_str() != permitted.method || path != permitted.path {
        return Err("it is not what was permitted");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

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
            judge("", &request).is_ok()
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
}
