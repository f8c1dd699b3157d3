//! Port-forward: for each port a stream of data and one of errors; behind every port of a container a small HTTP server, which
//! takes its time over `/after/SECONDS`.

use std::collections::HashMap;
use std::time::Duration;

use bytes::{BufMut as _, BytesMut};
use futures::stream::SplitSink;
use futures::{SinkExt as _, StreamExt as _};
use serde_json::Value;
use tokio_tungstenite::tungstenite::Message;

use super::{Limit, Socket};
use crate::demo::object::text;
use crate::demo::query::Call;
use crate::demo::status::ApiError;

/// A request's head longer than this is none.
const LONGEST: usize = 64 << 10;

/// The ports that are asked for, and whether something listens.
pub(super) struct Ports {
    pod: String,
    asked: Vec<(u16, bool)>,
}

/// Reads which ports are wanted.
pub(super) fn ports(pod: &Value, call: &Call) -> Result<Ports, ApiError> {
    let containers = pod["spec"]["containers"].as_array().into_iter().flatten();
    let open: Vec<u64> = containers
        .filter_map(|container| container["ports"].as_array())
        .flatten()
        .filter_map(|port| port["containerPort"].as_u64())
        .collect();
    let runs = text(pod, "/status/phase") == "Running";
    let name = text(pod, "/metadata/name").to_owned();
    if !runs {
        let phase = text(pod, "/status/phase");
        let message = format!("unable to forward port because pod is not running. Current status={phase}");
        return Err(ApiError::bad_request(message));
    }
    let asked = call.query.all("ports").flat_map(|ports| ports.split(','));
    let asked: Vec<(u16, bool)> = asked
        .map(|port| match port.parse() {
            Ok(port) if port > 0 => Ok((port, open.contains(&u64::from(port)))),
            _ => Err(ApiError::bad_request(format!("unable to parse {port:?} as a port"))),
        })
        .collect::<Result<_, _>>()?;
    if asked.is_empty() {
        return Err(ApiError::bad_request("query parameter \"ports\" is required"));
    }
    Ok(Ports { pod: name, asked })
}

struct Sink {
    sink: SplitSink<Socket, Message>,
    limit: Limit,
}

impl Sink {
    async fn send(&mut self, stream: usize, bytes: &[u8]) -> Option<()> {
        self.limit.spend(bytes.len()).await.ok()?;
        let mut frame = BytesMut::with_capacity(bytes.len() + 1);
        frame.put_u8(stream as u8);
        frame.put_slice(bytes);
        self.sink.send(Message::Binary(frame.freeze())).await.ok()
    }
}

/// Serves until the client goes, or nothing is left open.
pub(super) async fn serve(socket: Socket, limit: Limit, ports: Ports) {
    let (sink, mut incoming) = socket.split();
    let mut sink = Sink { sink, limit };
    let work = async {
        for (at, (port, _)) in ports.asked.iter().enumerate() {
            sink.send(2 * at, &port.to_le_bytes()).await?;
            sink.send(2 * at + 1, &port.to_le_bytes()).await?;
        }
        for (at, (port, open)) in ports.asked.iter().enumerate() {
            if !open {
                sink.send(2 * at + 1, refused(*port, &ports.pod).as_bytes()).await?;
            }
        }
        if ports.asked.iter().all(|(_, open)| !open) {
            return Some(());
        }
        let mut heads: HashMap<usize, Vec<u8>> = HashMap::new();
        while let Some(Ok(message)) = incoming.next().await {
            let Message::Binary(bytes) = message else {
                if message.is_close() {
                    break;
                }
                continue;
            };
            let Some((stream, bytes)) = bytes.split_first() else { continue };
            let stream = usize::from(*stream);
            let Some((port, true)) = ports.asked.get(stream / 2).filter(|_| stream.is_multiple_of(2)) else {
                continue;
            };
            let pending = heads.entry(stream).or_default();
            pending.extend_from_slice(bytes);
            while let Some(request) = next_request(pending) {
                tokio::time::sleep(request.takes()).await;
                sink.send(stream, answer(&request, &ports.pod, *port).as_bytes()).await?;
                if request.last {
                    return Some(());
                }
            }
            if pending.len() > LONGEST {
                return Some(());
            }
        }
        Some(())
    };
    if work.await.is_some() {
        // Who is gone already hears it no more.
        let _ = sink.sink.send(super::closed()).await;
    }
}

fn refused(port: u16, pod: &str) -> String {
    format!(
        "error forwarding port {port} to pod {pod}, uid : failed to execute portforward in network namespace \
         \"/var/run/netns/cni\": failed to connect to localhost:{port} inside namespace, IPv4: dial tcp4 127.0.0.1:{port}: \
         connect: connection refused"
    )
}

struct Request {
    line: String,
    last: bool,
}

impl Request {
    /// How long its answer takes.
    fn takes(&self) -> Duration {
        let seconds = self.line.split(' ').nth(1).and_then(|path| path.strip_prefix("/after/"));
        Duration::from_secs(seconds.and_then(|seconds| seconds.parse::<u16>().ok()).unwrap_or(0).into())
    }
}

/// Takes a whole request off the front.
fn next_request(pending: &mut Vec<u8>) -> Option<Request> {
    let end = pending.windows(4).position(|four| four == b"\r\n\r\n")? + 4;
    let head = String::from_utf8_lossy(&pending[..end]).into_owned();
    let field = |name: &str| {
        let fields = head.lines().filter_map(|line| line.split_once(':'));
        fields
            .filter(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.trim().to_owned())
            .next()
    };
    let body: usize = field("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    if pending.len() < end + body {
        return None;
    }
    pending.drain(..end + body);
    let line = head.lines().next().unwrap_or_default().to_owned();
    let last = field("connection").is_some_and(|value| value.eq_ignore_ascii_case("close"))
        || line.ends_with("/1.0");
    Some(Request { line, last })
}

fn answer(request: &Request, pod: &str, port: u16) -> String {
    let path = request.line.split(' ').nth(1).unwrap_or_default();
    let body = format!("this is {pod}, port {port}, {path}\n");
    let connection = if request.last { "close" } else { "keep-alive" };
    format!(
        "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: {}\r\nConnection: {connection}\r\n\r\n{body}",
        body.len()
    )
}
