//! A server for this room's tests: real HTTP over pipes in memory, answered request by request by the test.

use std::collections::VecDeque;
use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, header};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::timeout;

use super::{Cluster, ClusterEvent, Endpoint, LinkState, Target};
use crate::model::feed::{FeedKey, FeedUpdate, RowChange};
use crate::model::record::Kind;

pub(super) type Answer = Response<UnsyncBoxBody<Bytes, io::Error>>;

/// How the server behaves towards `/version`; everything else is handed to the test.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Mode {
    /// It answers.
    Up,
    /// Connections open and nothing comes.
    Silent,
    /// It answers with this status.
    Status(u16, &'static str),
}

/// One request that waits for its answer.
pub(super) struct Call {
    pub method: Method,
    pub path: String,
    pub query: String,
    pub headers: HeaderMap,
    reply: oneshot::Sender<Answer>,
}

impl Call {
    pub fn answer(self, code: u16, body: impl Into<Bytes>) {
        self.answer_with(code, &[], body);
    }

    pub fn answer_with(self, code: u16, headers: &[(&'static str, &str)], body: impl Into<Bytes>) {
        let mut answer = Response::new(Full::new(body.into()).map_err(|never| match never {}).boxed_unsync());
        *answer.status_mut() = StatusCode::from_u16(code).unwrap();
        for (name, value) in headers {
            answer.headers_mut().insert(*name, value.parse().unwrap());
        }
        let _ = self.reply.send(answer);
    }

    /// Begins a stream; dropping the handle ends it as streams end.
    pub fn stream(self) -> Stream {
        self.stream_of("application/json")
    }

    /// The same in another encoding.
    pub fn stream_of(self, content_type: &'static str) -> Stream {
        let (sender, receiver) = mpsc::unbounded_channel();
        let frames = futures::stream::unfold(receiver, |mut receiver| async move {
            receiver.recv().await.map(|item| (item, receiver))
        });
        let mut answer = Response::new(BodyExt::boxed_unsync(StreamBody::new(frames)));
        answer.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
        let _ = self.reply.send(answer);
        Stream(sender)
    }

    /// The value of a query parameter.
    pub fn param(&self, name: &str) -> Option<String> {
        self.query.split('&').find_map(|pair| pair.strip_prefix(&format!("{name}="))).map(str::to_owned)
    }
}

pub(super) struct Stream(mpsc::UnboundedSender<io::Result<Frame<Bytes>>>);

impl Stream {
    pub fn send(&self, text: impl Into<Bytes>) {
        self.0.send(Ok(Frame::data(text.into()))).unwrap();
    }

    /// Sends if somebody still reads.
    pub fn offer(&self, text: impl Into<Bytes>) -> bool {
        self.0.send(Ok(Frame::data(text.into()))).is_ok()
    }

    /// Breaks the connection in the middle.
    pub fn cut(self) {
        self.0.send(Err(io::ErrorKind::ConnectionReset.into())).unwrap();
    }

    pub async fn closed(&self) {
        self.0.closed().await;
    }
}

pub(super) struct Server {
    pub mode: watch::Sender<Mode>,
    pub endpoint: Endpoint,
    calls: mpsc::UnboundedReceiver<Call>,
    pub versions: Arc<Mutex<Vec<HeaderMap>>>,
}

impl Server {
    pub fn start() -> Self {
        let (mode, modes) = watch::channel(Mode::Up);
        let (sender, calls) = mpsc::unbounded_channel();
        let versions = Arc::new(Mutex::new(Vec::new()));
        let seen = versions.clone();
        let connect = move || {
            let (client, server) = tokio::io::duplex(64 << 10);
            let (modes, sender, seen) = (modes.clone(), sender.clone(), seen.clone());
            let serve = service_fn(move |request: Request<Incoming>| {
                answer(request, modes.clone(), sender.clone(), seen.clone())
            });
            tokio::spawn(async move {
                let http = hyper::server::conn::http1::Builder::new();
                let _ = http.serve_connection(TokioIo::new(server), serve).await;
            });
            client
        };
        Self { mode, endpoint: Endpoint::Memory(Arc::new(connect)), calls, versions }
    }

    /// The next request that is not for `/version`.
    pub async fn call(&mut self) -> Call {
        let long = Duration::from_mins(5);
        timeout(long, self.calls.recv()).await.expect("a request").unwrap()
    }

    /// Answers where the server is, which is asked before a watch goes on over a new connection.
    pub async fn is_at(&mut self, version: u32) {
        let call = self.call().await;
        assert_eq!((call.param("limit").as_deref(), call.param("watch")), (Some("1"), None));
        call.answer(200, page(&["any"], version, "more"));
    }

    /// No request within `time`.
    pub async fn no_call(&mut self, time: Duration) {
        if let Ok(Some(call)) = timeout(time, self.calls.recv()).await {
            panic!("unexpected {} {}?{}", call.method, call.path, call.query);
        }
    }
}

async fn answer(
    request: Request<Incoming>,
    mut modes: watch::Receiver<Mode>,
    calls: mpsc::UnboundedSender<Call>,
    seen: Arc<Mutex<Vec<HeaderMap>>>,
) -> Result<Answer, io::Error> {
    let (reply, answer) = oneshot::channel();
    let (parts, _) = request.into_parts();
    let call = Call {
        method: parts.method,
        path: parts.uri.path().to_owned(),
        query: parts.uri.query().unwrap_or_default().to_owned(),
        headers: parts.headers,
        reply,
    };
    if call.path == "/version" {
        seen.lock().unwrap().push(call.headers.clone());
        let mode = modes.wait_for(|mode| *mode != Mode::Silent).await.unwrap().clone();
        match mode {
            Mode::Status(code, body) => call.answer(code, body),
            _ => call.answer(200, r#"{"major":"1","minor":"36","gitVersion":"v1.36.2"}"#),
        }
    } else {
        calls.send(call).map_err(io::Error::other)?;
    }
    answer.await.map_err(io::Error::other)
}

/// A session with a [`Server`], and what it tells.
pub(super) struct Session {
    pub cluster: Cluster,
    events: mpsc::Receiver<ClusterEvent>,
    /// Events that were passed over while looking for another one.
    pub links: VecDeque<LinkState>,
}

impl Session {
    pub fn open(server: &Server) -> Self {
        Self::with(Target::embedded("test", "default"), server)
    }

    pub fn with(target: Target, server: &Server) -> Self {
        let (sender, events) = mpsc::channel(64);
        let cluster = Cluster::open(target, server.endpoint.clone(), crate::gate::Mode::ReadWrite, sender);
        Self { cluster, events, links: VecDeque::new() }
    }

    /// The next event that is not about the link (those are kept aside).
    pub async fn event(&mut self) -> ClusterEvent {
        loop {
            match self.any().await {
                ClusterEvent::Link(state) => self.links.push_back(state),
                event => return event,
            }
        }
    }

    /// The next event about the link; the others must not come before it.
    pub async fn link(&mut self) -> LinkState {
        if let Some(state) = self.links.pop_front() {
            return state;
        }
        match self.any().await {
            ClusterEvent::Link(state) => state,
            other => panic!("expected the link, got {other:?}"),
        }
    }

    pub async fn any(&mut self) -> ClusterEvent {
        let long = Duration::from_mins(5);
        timeout(long, self.events.recv()).await.expect("an event").expect("the session has ended")
    }

    /// Waits until the link is live, passing over everything else about the link.
    pub async fn live(&mut self) {
        while !matches!(self.link().await, LinkState::Live { .. }) {}
    }

    /// The next update of the only feed, shortened to a word: `list`, `+a,-uid`, `synced`, `resumed`, `!kind`.
    pub async fn feed(&mut self) -> String {
        match self.event().await {
            ClusterEvent::Feed { update, .. } => short(&update),
            other => panic!("expected a feed's update, got {other:?}"),
        }
    }
}

fn short(update: &FeedUpdate) -> String {
    match update {
        FeedUpdate::ListStarted => "list".to_owned(),
        FeedUpdate::Synced => "synced".to_owned(),
        FeedUpdate::Resumed => "resumed".to_owned(),
        FeedUpdate::Skipped { count, .. } => format!("skipped {count}"),
        FeedUpdate::Interrupted(trouble) => format!("!{:?}", trouble.kind),
        FeedUpdate::Polled(every) => format!("polled {}", every.as_secs()),
        FeedUpdate::Columns(columns) => format!("columns {}", columns.len()),
        FeedUpdate::Rows(rows) => {
            let row = |change: &RowChange| match change {
                RowChange::Upsert(record) => format!("+{}", record.meta().name),
                RowChange::Remove(uid) => format!("-{uid}"),
            };
            rows.iter().map(row).collect::<Vec<_>>().join(",")
        }
    }
}

pub(super) fn pods() -> FeedKey {
    FeedKey {
        kind: Kind::Pod,
        namespace: None,
        selectors: crate::model::feed::Selectors::default(),
        session: 0,
    }
}

/// A pod with this name, uid `u-name`, at a version.
pub(super) fn pod(name: &str, version: u32) -> serde_json::Value {
    serde_json::json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {
            "name": name, "namespace": "shop", "uid": format!("u-{name}"),
            "resourceVersion": version.to_string(), "creationTimestamp": "2026-01-01T00:00:00Z",
        },
        "spec": {"containers": [{"name": "c", "image": "i"}]},
        "status": {"phase": "Running"},
    })
}

/// A line of a watch.
pub(super) fn line(what: &str, object: &serde_json::Value) -> String {
    format!("{{\"type\":\"{what}\",\"object\":{object}}}\n")
}

pub(super) fn added(name: &str, version: u32) -> String {
    line("ADDED", &pod(name, version))
}

pub(super) fn bookmark(version: u32, end_of_list: bool) -> String {
    let mut object = serde_json::json!({"kind": "Pod", "apiVersion": "v1",
        "metadata": {"resourceVersion": version.to_string(), "creationTimestamp": null}});
    if end_of_list {
        object["metadata"]["annotations"] = serde_json::json!({"k8s.io/initial-events-end": "true"});
    }
    line("BOOKMARK", &object)
}

/// A page of a list.
pub(super) fn page(names: &[&str], version: u32, next: &str) -> String {
    let items: Vec<_> = names.iter().map(|name| pod(name, version)).collect();
    serde_json::json!({"kind": "PodList", "apiVersion": "v1",
        "metadata": {"resourceVersion": version.to_string(), "continue": next}, "items": items})
    .to_string()
}

pub(super) fn status(code: u16, reason: &str, message: &str) -> String {
    serde_json::json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
        "message": message, "reason": reason, "code": code})
    .to_string()
}
