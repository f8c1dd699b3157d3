//! The writer: sends what a permit holds, once, and tells what the server said.
//!
//! Nothing here repeats a request: an answer that does not come may belong to a change that was made. Each write has a
//! client and a connection of its own, so that a connection that is already dead cannot make it uncertain. In read-only
//! mode there is no writer.

use std::time::Duration;

use http::{HeaderValue, Request, header};
use kube::client::Body;
use serde_json::Value;
use tokio::time::timeout;

use super::connect::Recipe;
use super::policy::Permitted;
use super::read::{self, url};
use super::trouble::Asked;
use crate::gate::{Permit, Rehearsal};
use crate::model::trouble::{Trouble, TroubleKind};
use crate::release::request::{Content, Method, WriteRequest};

/// How long an answer may take, unless `--request-timeout` says otherwise.
const DEADLINE: Duration = Duration::from_secs(30);

/// What became of a write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Written {
    /// The server did it, and answered with the object (or, for a deletion, with a `Status`).
    Accepted(Box<Value>),
    /// It was not done, and this is why.
    Refused(Trouble),
    /// Whether it was done is not known: the cluster has to be looked at.
    Unknown(Trouble),
}

/// The writer of a session.
#[derive(Clone)]
pub(super) struct Writer {
    recipe: Recipe,
}

impl Writer {
    pub fn new(recipe: Recipe) -> Self {
        Self { recipe }
    }

    /// Makes a change.
    pub async fn write(&self, permit: Permit) -> Written {
        self.send(permit.into_request()).await
    }

    /// Asks what would be, which changes nothing.
    pub async fn rehearse(&self, rehearsal: Rehearsal) -> Written {
        self.send(rehearsal.into_request()).await
    }

    async fn send(&self, write: WriteRequest) -> Written {
        let target = &self.recipe.target;
        let asked = asked(&write, &format!("{} {}", write.method.word(), url(target, &write.path)));
        let limit = target.request_timeout.unwrap_or(DEADLINE);
        let client = match timeout(limit, self.recipe.writer()).await {
            Ok(Ok(client)) => client,
            Ok(Err(trouble)) => return Written::Refused(trouble.trying(&asked.tried)),
            Err(_) => {
                let said = format!("no connection within {} s", limit.as_secs().max(1));
                return Written::Refused(Trouble::new(TroubleKind::Slow, said).trying(&asked.tried));
            }
        };
        let request = match request(&write) {
            Ok(request) => request,
            Err(error) => return Written::Refused(Trouble::config(&error).trying(&asked.tried)),
        };
        let answered = timeout(limit, async {
            let answer = client.send(request).await?;
            let (parts, body) = answer.into_parts();
            let body = read::answered(parts.status, body).await?;
            Ok::<_, kube::Error>((parts, body))
        });
        match answered.await {
            Err(_) => {
                let said = format!("no answer within {} s", limit.as_secs().max(1));
                Written::Unknown(Trouble::new(TroubleKind::Slow, said).trying(&asked.tried))
            }
            Ok(Err(error)) => {
                let trouble = Trouble::explain(&error).trying(&asked.tried);
                if never_left(&trouble, &error) {
                    Written::Refused(trouble)
                } else {
                    Written::Unknown(trouble)
                }
            }
            Ok(Ok((parts, body))) if parts.status.is_success() => match object_in(&write, &body) {
                Some(object) => Written::Accepted(Box::new(object)),
                // Something in between (a login page, a portal) answers with a success of its own.
                None => {
                    let said = "what came back is not the object, so it may not be the server that answered";
                    let mut trouble = Trouble::new(TroubleKind::Protocol, said).trying(&asked.tried);
                    trouble.status = Some(parts.status.as_u16());
                    Written::Unknown(trouble)
                }
            },
            Ok(Ok((parts, body))) => {
                let trouble = Trouble::of_answer(&asked, parts.status, &parts.headers, &body);
                // A server error may come after the work was done (504 above all).
                if parts.status.is_server_error() {
                    Written::Unknown(trouble)
                } else {
                    Written::Refused(trouble)
                }
            }
        }
    }
}

/// The object that a success answers with: it has the name that was asked for. A deletion may answer with a `Status`.
fn object_in(write: &WriteRequest, body: &[u8]) -> Option<Value> {
    let object: Value = serde_json::from_slice(body).ok()?;
    let text = |pointer: &str| object.pointer(pointer).and_then(Value::as_str);
    let kind = text("/kind").filter(|kind| !kind.is_empty())?;
    let is_it = match (write.method, kind) {
        (Method::Delete, "Status") => text("/status") == Some("Success"),
        (_, "Status") => false,
        _ => write.path.split('/').any(|part| Some(part) == text("/metadata/name")),
    };
    is_it.then_some(object)
}

/// Whether the request cannot have reached the server: no connection was made, or it was refused before.
fn never_left(trouble: &Trouble, error: &(dyn std::error::Error + 'static)) -> bool {
    let mut next = Some(error);
    while let Some(at) = next {
        if at.downcast_ref::<hyper_util::client::legacy::Error>().is_some_and(|error| error.is_connect()) {
            return true;
        }
        next = at.source();
    }
    matches!(
        trouble.kind,
        TroubleKind::UnknownHost
            | TroubleKind::Refused
            | TroubleKind::Certificate
            | TroubleKind::Proxy
            | TroubleKind::CredentialPlugin
            | TroubleKind::Config
    )
}

fn request(write: &WriteRequest) -> Result<Request<Body>, http::Error> {
    let body = if write.content == Content::Apply || !write.body.is_null() {
        Body::from(write.body.to_string().into_bytes())
    } else {
        Body::empty()
    };
    Request::builder()
        .method(write.method.word())
        .uri(write.uri())
        .header(header::ACCEPT, HeaderValue::from_static("application/json"))
        .header(header::CONTENT_TYPE, HeaderValue::from_static(write.content.media_type()))
        .extension(Permitted::new(write.method.word(), &write.path))
        .body(body)
}

/// What the request asks, for the words of its trouble: the path says it all.
fn asked(write: &WriteRequest, tried: &str) -> Asked {
    let verb = match write.method {
        Method::Patch => "patch",
        Method::Delete => "delete",
    };
    let mut parts = write.path.trim_start_matches('/').split('/');
    let group = match parts.next() {
        Some("apis") => parts.next().unwrap_or_default().to_owned(),
        _ => String::new(),
    };
    let rest: Vec<&str> = parts.skip(1).collect();
    let (namespace, rest) = match rest[..] {
        ["namespaces", namespace, ref rest @ ..] if !rest.is_empty() => (Some(namespace.to_owned()), rest),
        ref rest => (None, rest),
    };
    let mut resource = rest.first().copied().unwrap_or_default().to_owned();
    if !group.is_empty() {
        resource = format!("{resource}.{group}");
    }
    if let Some(sub) = rest.get(2) {
        resource = format!("{resource}/{sub}");
    }
    Asked { verb, resource, namespaced: namespace.is_some(), namespace, tried: tried.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_right_is_read_from_the_path() {
        for (path, resource, namespace) in [
            ("/apis/apps/v1/namespaces/shop/deployments/web/scale", "deployments.apps/scale", Some("shop")),
            ("/api/v1/namespaces/shop/pods/web", "pods", Some("shop")),
            ("/api/v1/nodes/n1", "nodes", None),
            ("/api/v1/namespaces/shop", "namespaces", None),
        ] {
            let write = WriteRequest {
                method: Method::Patch,
                path: path.to_owned(),
                query: Vec::new(),
                content: Content::Merge,
                body: json!({}),
            };
            let asked = asked(&write, "");
            assert_eq!(
                (asked.resource.as_str(), asked.namespace.as_deref()),
                (resource, namespace),
                "{path}"
            );
        }
    }
}
