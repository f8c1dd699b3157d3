//! Channels into pods over WebSockets: exec, attach and port-forward, as the API server and a kubelet serve them.
//!
//! Owns the handshake, who is meant, and the faults on the way; what a container does is [`super::shell`]'s.

mod forward;
mod session;

use std::io;

use http::{HeaderMap, HeaderValue, StatusCode, header};
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use tokio::sync::watch;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Role};

use super::body::{Answer, full};
use super::faults::Fault;
use super::query::Call;
use super::resource::PODS;
use super::shell::{Container, Containers};
use super::status::ApiError;
use super::store::Store;
pub(super) use session::crlf;
use session::{Session, Streams};

/// A connection that its client wants to use for something else.
pub struct Wish {
    /// Resolves when the answer has been sent.
    pub upgrade: OnUpgrade,
    /// What goes wrong on it.
    pub fault: Option<Fault>,
    /// Changes when all connections are cut.
    pub cut: watch::Receiver<u64>,
}

type Socket = WebSocketStream<TokioIo<hyper::upgrade::Upgraded>>;

/// Whether a request asks for a WebSocket.
pub fn is_websocket(headers: &HeaderMap) -> bool {
    let value = headers.get(header::UPGRADE).map(HeaderValue::as_bytes);
    value.is_some_and(|value| value.eq_ignore_ascii_case(b"websocket"))
}

/// Whether a subresource is a channel.
pub fn is_channel(sub: &str) -> bool {
    matches!(sub, "exec" | "attach" | "portforward")
}

/// Answers that the connection is now a channel, and serves it.
pub fn open(
    store: &Store,
    containers: &Containers,
    call: &Call,
    headers: &HeaderMap,
    wish: Option<Wish>,
) -> Result<Answer, ApiError> {
    let target = &call.target;
    let pod = store.get(PODS, target.ns(), target.name());
    let pod = pod.ok_or_else(|| ApiError::not_found(PODS, target.name()))?;
    let value = pod.value();
    if target.sub != "portforward" {
        Container::of(&value, call.query.get("container"))?;
    }
    let (Some(wish), Some(key)) = (wish, headers.get(header::SEC_WEBSOCKET_KEY)) else {
        return Err(ApiError::bad_request("Upgrade request required"));
    };
    let spoken: &[&str] = if target.sub == "portforward" {
        &["v4.channel.k8s.io"]
    } else {
        &["v5.channel.k8s.io", "v4.channel.k8s.io"]
    };
    let offered = headers.get(header::SEC_WEBSOCKET_PROTOCOL).and_then(|value| value.to_str().ok());
    let offered = offered.unwrap_or_default().split(',').map(str::trim);
    let Some(protocol) = offered.clone().find_map(|one| spoken.iter().copied().find(|it| *it == one)) else {
        let offered: Vec<&str> = offered.collect();
        let message =
            format!("unable to negotiate protocol: client supports {offered:?}, server accepts {spoken:?}");
        return Err(ApiError::bad_request(message));
    };
    if target.sub == "portforward" {
        let ports = forward::ports(&value, call)?;
        spawn(wish, |socket, limit| forward::serve(socket, limit, ports));
        return Ok(switched(key, protocol));
    }
    let streams = Streams::of(call)?;
    let container = Container::of(&value, call.query.get("container"))?;
    if target.sub == "attach" {
        let log = session::log_from_now(store, call, &container);
        let shell = container.reads_input();
        let files = containers.files(&container);
        spawn(wish, move |socket, limit| {
            let session = Session::new(socket, streams, limit);
            async move {
                if shell { session.shell(container, files).await } else { session.show(container, log).await }
            }
        });
    } else {
        let command: Vec<String> = call.query.all("command").map(str::to_owned).collect();
        if command.is_empty() {
            return Err(ApiError::bad_request("you must specify at least 1 command for the container"));
        }
        let files = containers.files(&container);
        spawn(wish, move |socket, limit| {
            Session::new(socket, streams, limit).exec(container, files, command)
        });
    }
    Ok(switched(key, protocol))
}

/// Serves the connection when it is there, until it is cut.
fn spawn<F, S>(wish: Wish, serve: F)
where
    F: FnOnce(Socket, Limit) -> S + Send + 'static,
    S: Future<Output = ()> + Send,
{
    let Wish { upgrade, fault, mut cut } = wish;
    tokio::spawn(async move {
        let Ok(upgraded) = upgrade.await else { return };
        let socket = WebSocketStream::from_raw_socket(TokioIo::new(upgraded), Role::Server, None).await;
        tokio::select! {
            () = serve(socket, Limit::of(fault.as_ref())) => {}
            _ = cut.changed() => {}
        }
    });
}

/// The end of a channel in order.
fn closed() -> Message {
    Message::Close(Some(CloseFrame { code: CloseCode::Normal, reason: "".into() }))
}

/// How many bytes may be sent before the channel breaks.
#[derive(Debug, Clone, Copy)]
struct Limit {
    left: usize,
    /// What happens then: silence, or the end of the connection.
    silent: bool,
}

impl Limit {
    fn of(fault: Option<&Fault>) -> Self {
        match fault {
            Some(Fault::CutAfter(left)) => Self { left: *left, silent: false },
            Some(Fault::StallAfter(left)) => Self { left: *left, silent: true },
            _ => Self { left: usize::MAX, silent: false },
        }
    }

    /// Counts bytes that are to be sent; an error when the channel breaks before.
    async fn spend(&mut self, bytes: usize) -> io::Result<()> {
        if bytes <= self.left {
            self.left -= bytes;
            return Ok(());
        }
        if self.silent {
            std::future::pending::<()>().await;
        }
        Err(io::Error::other("cut on demand"))
    }
}

fn switched(key: &HeaderValue, protocol: &'static str) -> Answer {
    let mut answer = Answer::new(full(""));
    *answer.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    let headers = answer.headers_mut();
    headers.insert(header::CONNECTION, HeaderValue::from_static("Upgrade"));
    headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
    headers.insert(header::SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_static(protocol));
    if let Ok(accept) = derive_accept_key(key.as_bytes()).parse() {
        headers.insert(header::SEC_WEBSOCKET_ACCEPT, accept);
    }
    answer
}
