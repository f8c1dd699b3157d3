//! HTTP: connections, the way of a request to its handler, and the faults on that way.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use futures::StreamExt as _;
use http::{HeaderMap, Method, Request, StatusCode, header};
use http_body_util::{BodyExt as _, BodyStream};
use hyper::body::Incoming;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::body::{Answer, Body, refusal, streamed};
use super::channel::{self, Wish};
use super::faults::{Fault, Faults};
use super::query::{Call, Query, Shape, Target};
use super::resource::Kinds;
use super::shell::Containers;
use super::status::ApiError;
use super::store::Store;
use super::{discovery, ephemeral, logs, metrics, proxy, read, review, write};

/// How many requests are remembered.
const REMEMBERED: usize = 20_000;

/// A request that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    /// The HTTP method.
    pub method: String,
    /// The path with its query.
    pub path_and_query: String,
    /// The media type of the body.
    pub content_type: String,
    /// What the client accepts.
    pub accept: String,
    /// The body.
    pub body: Bytes,
}

/// The API server of one cluster.
#[derive(Debug, Clone)]
pub struct Server {
    store: Store,
    faults: Faults,
    containers: Containers,
    requests: Arc<Mutex<Vec<Recorded>>>,
}

impl Server {
    /// A server of a store.
    pub fn new(store: Store, faults: Faults) -> Self {
        Self { store, faults, containers: Containers::default(), requests: Arc::default() }
    }

    /// The requests so far.
    pub fn requests(&self) -> Vec<Recorded> {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Serves a connection until it ends or is cut.
    pub async fn serve(self, io: impl AsyncRead + AsyncWrite + Unpin + Send + 'static) {
        let Some((number, mut cut)) = self.faults.connection() else { return };
        let io = Gated { io, number, faults: self.faults.clone() };
        let service = hyper::service::service_fn(move |request| {
            let server = self.clone();
            async move { server.answer(request).await }
        });
        let mut builder = hyper::server::conn::http1::Builder::new();
        builder.timer(TokioTimer::new()).header_read_timeout(None);
        let connection = builder.serve_connection(TokioIo::new(io), service).with_upgrades();
        tokio::select! {
            ended = connection => drop(ended),
            _ = cut.changed() => {}
        }
    }

    async fn answer(&self, mut request: Request<Incoming>) -> Result<Answer, io::Error> {
        let upgrade = channel::is_websocket(request.headers()).then(|| hyper::upgrade::on(&mut request));
        let (parts, body) = request.into_parts();
        let body = body.collect().await.map_err(io::Error::other)?.to_bytes();
        let path = parts.uri.path().to_owned();
        let path_and_query = parts.uri.path_and_query().map_or(path.clone(), ToString::to_string);
        self.remember(&parts.method, &path_and_query, &parts.headers, &body);
        let fault = self.faults.meet(parts.method.as_str(), &path_and_query);
        match &fault {
            Some(Fault::Hang) => std::future::pending().await,
            Some(Fault::Delay(time)) => tokio::time::sleep(*time).await,
            Some(Fault::Status { code, retry_after, after_work: false }) => {
                return Ok(refusal(&failure(*code, *retry_after, &parts.method, &path, &self.store.kinds())));
            }
            _ => {}
        }
        let query = parts.uri.query().unwrap_or_default();
        let wish = upgrade.map(|upgrade| Wish { upgrade, fault: fault.clone(), cut: self.faults.cuts() });
        let result = self.handle(&parts.method, &path, query, &parts.headers, body, wish);
        let answer = result.unwrap_or_else(|error| refusal(&error));
        Ok(match fault {
            // On a channel the fault comes later.
            _ if answer.status() == StatusCode::SWITCHING_PROTOCOLS => answer,
            Some(Fault::Status { code, retry_after, after_work: true }) => {
                refusal(&failure(code, retry_after, &parts.method, &path, &self.store.kinds()))
            }
            Some(Fault::CutAfter(bytes)) => answer.map(|body| after(body, bytes, Then::Cut)),
            Some(Fault::EndAfter(bytes)) => answer.map(|body| after(body, bytes, Then::End)),
            Some(Fault::StallAfter(bytes)) => answer.map(|body| after(body, bytes, Then::Silence)),
            Some(Fault::Drip(bytes, pause)) => answer.map(|body| drip(body, bytes.max(1), pause)),
            _ => answer,
        })
    }

    fn remember(&self, method: &Method, path_and_query: &str, headers: &HeaderMap, body: &Bytes) {
        let mut requests = self.requests.lock().unwrap_or_else(PoisonError::into_inner);
        if requests.len() < REMEMBERED {
            requests.push(Recorded {
                method: method.to_string(),
                path_and_query: path_and_query.to_owned(),
                content_type: value(headers, header::CONTENT_TYPE).to_owned(),
                accept: value(headers, header::ACCEPT).to_owned(),
                body: body.clone(),
            });
        }
    }

    fn handle(
        &self,
        method: &Method,
        path: &str,
        query: &str,
        headers: &HeaderMap,
        body: Bytes,
        wish: Option<Wish>,
    ) -> Result<Answer, ApiError> {
        let authorization = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        if !self.faults.admits(authorization) {
            return Err(ApiError::unauthorized());
        }
        let accept = value(headers, header::ACCEPT);
        let kinds = self.store.kinds();
        let user = headers.get("impersonate-user").and_then(|u| u.to_str().ok()).unwrap_or("admin");
        if method == Method::GET
            && let Some(answer) = discovery::discover(path, accept, &kinds, self.faults.is_old())
        {
            return answer;
        }
        if method == Method::POST
            && let Some(answer) = review::review(&self.store, &self.faults, path, user, &body)
        {
            return Ok(answer);
        }
        if method == Method::GET
            && let Some(answer) =
                metrics::metrics(&self.store, &self.faults, path, &Query::parse(query), user)
        {
            return answer;
        }
        let target = Target::parse(path, &kinds).ok_or_else(ApiError::no_such_path)?;
        let query = Query::parse(query);
        self.authorize(&target, method, &query, user)?;
        let agent = value(headers, header::USER_AGENT);
        let manager =
            query.get("fieldManager").unwrap_or_else(|| agent.split('/').next().unwrap_or_default());
        let manager = if manager.is_empty() { "unknown" } else { manager }.to_owned();
        let content_type = value(headers, header::CONTENT_TYPE);
        // Logs and scales are not objects: the accepted form is not theirs.
        let sub = target.sub.as_str();
        let no_object = matches!(sub, "log" | "scale") || proxy::is_proxy(sub) || channel::is_channel(sub);
        let shape = if no_object { Shape::Whole } else { Shape::of(accept, &query)? };
        let call = Call {
            method: method.clone(),
            shape,
            content_type: content_type.split(';').next().unwrap_or_default().trim().to_owned(),
            gzip: value(headers, header::ACCEPT_ENCODING).contains("gzip"),
            manager,
            body,
            target,
            query,
        };
        if matches!(*method, Method::GET | Method::POST)
            && call.target.res == super::resource::PODS
            && channel::is_channel(&call.target.sub)
        {
            return channel::open(&self.store, &self.containers, &call, headers, wish);
        }
        self.dispatch(&call)
    }

    fn authorize(&self, target: &Target, method: &Method, query: &Query, user: &str) -> Result<(), ApiError> {
        let verb = target.verb(method, query);
        let plural = target.res.plural;
        // What is behind the proxy is no part of the right.
        let sub = target.sub.split('/').next().unwrap_or_default();
        let resource = if target.sub.is_empty() { plural.to_owned() } else { format!("{plural}/{sub}") };
        // Whoever opens a channel must be allowed to create one too, whatever the method.
        let opens = channel::is_channel(sub) && self.faults.is_denied("create", &resource, target.ns());
        let verb = if opens { "create" } else { verb };
        if !opens && !self.faults.is_denied(verb, &resource, target.ns()) {
            return Ok(());
        }
        let namespace = target.namespace.as_deref();
        Err(ApiError::forbidden(user, verb, target.res, &target.sub, namespace, target.name()))
    }

    fn dispatch(&self, call: &Call) -> Result<Answer, ApiError> {
        let (store, target) = (&self.store, &call.target);
        let served = target.res.subresources.contains(&target.sub.as_str());
        match (call.method.as_str(), target.name.is_some(), target.sub.as_str()) {
            ("GET", true, "") => read::get(store, call),
            ("GET", false, "") if call.query.is("watch") && call.query.get("watch").is_some() => {
                read::watch(store, call)
            }
            ("GET", false, "") => read::list(store, call),
            ("POST", false, "") => write::create(store, call),
            ("PUT", true, "") => write::replace(store, call),
            ("PATCH", true, "") => write::patch_object(store, call),
            ("DELETE", true, "") => write::delete(store, call),
            ("DELETE", false, "") if !target.is_namespace() => write::delete_collection(store, call),
            ("GET", true, "status" | ephemeral::SUB) if served => read::get(store, call),
            ("PUT", true, "status" | ephemeral::SUB) if served => write::replace(store, call),
            ("PATCH", true, "status" | ephemeral::SUB) if served => write::patch_object(store, call),
            ("GET" | "PUT" | "PATCH", true, "scale") if served => write::scale(store, call),
            ("GET", true, sub)
                if proxy::is_proxy(sub)
                    && [super::resource::PODS, super::resource::SERVICES].contains(&target.res) =>
            {
                proxy::proxy(store, call)
            }
            ("GET", true, "log") if served => logs::log(store, call),
            ("POST", true, "eviction") if served => write::evict(store, call),
            (_, true, "status" | "scale" | "log" | "eviction" | ephemeral::SUB | "")
                if served || target.sub.is_empty() =>
            {
                Err(ApiError::method_not_allowed())
            }
            (_, false, "") => Err(ApiError::method_not_allowed()),
            _ => Err(ApiError::no_such_path()),
        }
    }
}

fn value(headers: &HeaderMap, name: header::HeaderName) -> &str {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

/// The refusal that a fault asks for, about what the request was about.
fn failure(code: u16, retry_after: Option<u32>, method: &Method, path: &str, kinds: &Kinds) -> ApiError {
    let target = Target::parse(path, kinds);
    let mut error = match (code, &target) {
        (401, _) => ApiError::unauthorized(),
        (403, Some(t)) => {
            let verb = t.verb(method, &Query::default());
            ApiError::forbidden("admin", verb, t.res, &t.sub, t.namespace.as_deref(), t.name())
        }
        (404, Some(t)) => ApiError::not_found(t.res, t.name()),
        (409, Some(t)) => ApiError::stale(t.res, t.name()),
        (410, _) => ApiError::new(410, "Expired", "The resourceVersion for the provided list is too old."),
        (429, _) => ApiError::new(429, "TooManyRequests", "Too many requests, please try again later."),
        (503, _) => {
            ApiError::new(503, "ServiceUnavailable", "the server is currently unable to handle the request")
        }
        (504, _) => ApiError::new(
            504,
            "Timeout",
            "the server was unable to return a response in the time allotted, but may still be processing the request",
        ),
        (500, _) => ApiError::new(500, "InternalError", "Internal error occurred: on demand"),
        (other, _) => ApiError::new(other, "Unknown", format!("answered {other} on demand")),
    };
    error.retry_after = retry_after;
    error
}

/// What comes after the first bytes of a body.
#[derive(Clone, Copy)]
enum Then {
    /// An error, which cuts the connection.
    Cut,
    End,
    Silence,
}

/// The first bytes of a body, then something else than the rest.
fn after(body: Body, bytes: usize, then: Then) -> Body {
    let left = Some((pieces(body), bytes));
    streamed(futures::stream::unfold(left, move |state| async move {
        let (mut pieces, left) = state?;
        if left == 0 {
            match then {
                Then::Cut => {
                    // Lets hyper send what it was given before.
                    tokio::time::sleep(Duration::from_millis(1)).await;
                    return Some((Err(io::Error::other("cut on demand")), None));
                }
                Then::End => return None,
                Then::Silence => std::future::pending::<()>().await,
            }
        }
        match pieces.next().await? {
            Ok(mut piece) => {
                piece.truncate(left);
                let left = left - piece.len();
                Some((Ok(piece), Some((pieces, left))))
            }
            Err(error) => Some((Err(error), None)),
        }
    }))
}

fn drip(body: Body, bytes: usize, pause: Duration) -> Body {
    streamed(futures::stream::unfold(
        (pieces(body), Bytes::new()),
        move |(mut pieces, mut rest)| async move {
            tokio::time::sleep(pause).await;
            while rest.is_empty() {
                rest = match pieces.next().await? {
                    Ok(piece) => piece,
                    Err(error) => return Some((Err(error), (pieces, rest))),
                };
            }
            let piece = rest.split_to(bytes.min(rest.len()));
            Some((Ok(piece), (pieces, rest)))
        },
    ))
}

type Pieces = Pin<Box<dyn futures::Stream<Item = io::Result<Bytes>> + Send>>;

fn pieces(body: Body) -> Pieces {
    Box::pin(BodyStream::new(body).filter_map(|frame| async move {
        match frame {
            Ok(frame) => frame.into_data().ok().map(Ok),
            Err(error) => Some(Err(error)),
        }
    }))
}

/// A connection that can be told to send nothing.
struct Gated<T> {
    io: T,
    number: u64,
    faults: Faults,
}

impl<T: AsyncRead + Unpin> AsyncRead for Gated<T> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_read(cx, buf)
    }
}

impl<T: AsyncWrite + Unpin> AsyncWrite for Gated<T> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        if !self.faults.may_send(self.number, cx.waker()) {
            return Poll::Pending;
        }
        Pin::new(&mut self.io).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(cx)
    }
}
