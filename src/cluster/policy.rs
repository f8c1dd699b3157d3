//! The policies of the four clients: what each of them lets out of the process.
//!
//! A policy sits innermost, just above the HTTP client, below everything that could rewrite a request; nothing of a refused
//! request reaches the inner service. Whose policy it is, is said once, where the client is made.

mod connector;
mod prober;
mod reader;
mod writer;

use std::fmt;
use std::task::{Context, Poll};

use futures::future::{Either, Ready, ready};
use http::{HeaderMap, Request, Uri, header};
use http_body::Body as HttpBody;
use percent_encoding::percent_decode_str;
use tower::{BoxError, Layer, Service};

pub(super) use writer::Permitted;

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

/// Whose requests are judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Of {
    /// Plain reads and self-subject reviews: all there is in read-only mode (invariant 3).
    Reader,
    /// What a permit holds.
    Writer,
    /// GETs through the proxy of one pod or one service.
    Prober,
    /// WebSockets into one pod.
    Connector,
}

/// Makes [`Policy`] services.
#[derive(Debug, Clone)]
pub(super) struct PolicyLayer {
    of: Of,
    server: Uri,
}

impl PolicyLayer {
    /// `server` is the kubeconfig's server URL; its own path (some gateways have one) is not judged.
    pub fn new(of: Of, server: &Uri) -> Self {
        Self { of, server: server.clone() }
    }
}

impl<S> Layer<S> for PolicyLayer {
    type Service = Policy<S>;

    fn layer(&self, inner: S) -> Self::Service {
        let base = self.server.path().trim_end_matches('/').to_owned();
        Policy { of: self.of, server: self.server.clone(), base, inner }
    }
}

/// Refuses what its client may not send.
#[derive(Debug, Clone)]
pub(super) struct Policy<S> {
    of: Of,
    server: Uri,
    base: String,
    inner: S,
}

impl<S, B> Service<Request<B>> for Policy<S>
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
        let verdict = same_server(&self.server, request.uri()).and_then(|()| match self.of {
            Of::Reader => reader::judge(&self.base, &request),
            Of::Writer => writer::judge(&self.base, &request),
            Of::Prober => prober::judge(&self.base, &request),
            Of::Connector => connector::judge(&self.base, &request),
        });
        match verdict {
            Ok(()) => {
                let into: fn(S::Error) -> BoxError = Into::into;
                Either::Left(futures::TryFutureExt::map_err(self.inner.call(request), into))
            }
            Err(why) => {
                let refused =
                    Refused { request: format!("{} {}", request.method(), request.uri().path()), why };
                tracing::error!(%refused, of = ?self.of, "refused by the policy");
                Either::Right(ready(Err(refused.into())))
            }
        }
    }
}

/// What names a server names the one that the client is for.
fn same_server(server: &Uri, uri: &Uri) -> Result<(), &'static str> {
    let same = uri.authority().is_none_or(|named| Some(named) == server.authority())
        && uri.scheme().is_none_or(|named| Some(named) == server.scheme());
    if same { Ok(()) } else { Err("it names another server") }
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
    overrides(headers)
}

/// Headers that make a request another one than its method and path say.
fn overrides(headers: &HeaderMap) -> Result<(), &'static str> {
    let overrides = |name: &header::HeaderName| {
        let name = name.as_str();
        name.contains("method-override")
            || name == "x-http-method"
            || ["x-original-", "x-rewrite-", "x-forwarded-"].iter().any(|prefix| name.starts_with(prefix))
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
        let odd = |c: char| matches!(c, '/' | '\\' | '%' | ';' | '?' | '#') || c.is_control();
        if segment.trim() != segment {
            return Err("the path has an ambiguous spelling");
        }
        if segment.is_empty() || segment == "." || segment == ".." || segment.contains(odd) {
            return Err("the path has an ambiguous spelling");
        }
        out.push(segment.into_owned());
    }
    Ok(out)
}
