//! Exec and attach: the streams of a process as WebSocket messages, and its end as a `Status`.

use std::sync::{Arc, Mutex};

use bytes::{BufMut as _, Bytes, BytesMut};
use futures::stream::{SplitSink, SplitStream};
use futures::{SinkExt as _, StreamExt as _};
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use tokio::sync::mpsc;
use tokio_tungstenite::tungstenite::Message;

use super::{Limit, Socket};
use crate::demo::body::Answer;
use crate::demo::logs;
use crate::demo::query::{Call, Query};
use crate::demo::shell::files::Files;
use crate::demo::shell::{Container, Ended, Said, Start, Typed};
use crate::demo::status::ApiError;
use crate::demo::store::Store;

const ERROR: u8 = 3;
const RESIZE: u8 = 4;
const CLOSE: u8 = 255;
/// Messages that wait in each direction.
const WAITING: usize = 32;

/// Which streams are wanted.
#[derive(Debug, Clone, Copy)]
pub(super) struct Streams {
    stdin: bool,
    stdout: bool,
    stderr: bool,
    tty: bool,
}

impl Streams {
    pub fn of(call: &Call) -> Result<Self, ApiError> {
        let is = |name: &str| call.query.get(name) == Some("true") || call.query.get(name) == Some("1");
        let it = Self { stdin: is("stdin"), stdout: is("stdout"), stderr: is("stderr"), tty: is("tty") };
        if it.tty && it.stderr {
            return Err(ApiError::bad_request("tty and stderr cannot both be true"));
        }
        if !it.stdin && !it.stdout && !it.stderr {
            return Err(ApiError::bad_request("you must specify at least 1 of stdin, stdout, stderr"));
        }
        Ok(it)
    }
}

/// The log of a container from now on, as an answer.
pub(super) fn log_from_now(store: &Store, call: &Call, container: &Container) -> Option<Answer> {
    let mut call = call.clone();
    call.query = Query::parse(&format!("container={}&follow=true&tailLines=0", container.name));
    logs::log(store, &call).ok()
}

/// One channel of exec or attach.
pub(super) struct Session {
    sink: SplitSink<Socket, Message>,
    incoming: SplitStream<Socket>,
    streams: Streams,
    limit: Limit,
}

impl Session {
    pub fn new(socket: Socket, streams: Streams, limit: Limit) -> Self {
        let (sink, incoming) = socket.split();
        Self { sink, incoming, streams, limit }
    }

    /// Runs a command.
    pub async fn exec(self, container: Container, files: Arc<Mutex<Files>>, command: Vec<String>) {
        self.process(container, files, Some(command)).await;
    }

    /// Joins the shell that is a container's process.
    pub async fn shell(self, container: Container, files: Arc<Mutex<Files>>) {
        self.process(container, files, None).await;
    }

    async fn process(self, container: Container, files: Arc<Mutex<Files>>, command: Option<Vec<String>>) {
        let Self { sink, incoming, streams, limit } = self;
        let (typed, input) = mpsc::channel(WAITING);
        let (output, said) = mpsc::channel(WAITING);
        let Streams { stdin, tty, .. } = streams;
        let start = Start { container, files, command, stdin, tty, input, output };
        let (status, ended) = tokio::sync::oneshot::channel();
        let process = async move {
            let outcome = start.run().await;
            let _ = status.send(outcome);
            std::future::pending::<()>().await;
        };
        let out = send(sink, said, streams, limit, async move {
            // A process that was dropped is not asked.
            ended.await.unwrap_or(Ended::Code(137))
        });
        tokio::select! {
            () = process => {}
            () = out => {}
            // Who has gone away takes the process along.
            () = take(incoming, typed) => {}
        }
    }

    /// Shows what a container's process says.
    pub async fn show(self, container: Container, log: Option<Answer>) {
        let Self { sink, incoming, streams, limit } = self;
        let (output, said) = mpsc::channel(WAITING);
        let copy = async move {
            let Some(log) = log else {
                return Ended::Failed(format!(
                    "unable to upgrade connection: container {} not found in pod {}",
                    container.name, container.pod
                ));
            };
            let mut body = log.into_body();
            while let Some(Ok(frame)) = body.frame().await {
                let bytes = frame.into_data().unwrap_or_default();
                let bytes = if streams.tty { crlf(&bytes) } else { bytes };
                if output.send(Said { stream: 1, bytes }).await.is_err() {
                    break;
                }
            }
            Ended::Code(0)
        };
        let (typed, mut ignored) = mpsc::channel(WAITING);
        tokio::select! {
            () = send(sink, said, streams, limit, copy) => {}
            () = take(incoming, typed) => {}
            () = async { while ignored.recv().await.is_some() {} std::future::pending().await } => {}
        }
    }
}

/// A terminal goes to the beginning of each new line.
pub(in crate::demo) fn crlf(bytes: &[u8]) -> Bytes {
    let mut out = BytesMut::with_capacity(bytes.len() + 8);
    for byte in bytes {
        if *byte == b'\n' {
            out.put_u8(b'\r');
        }
        out.put_u8(*byte);
    }
    out.freeze()
}

/// Sends what is said, then how it ended.
async fn send(
    mut sink: SplitSink<Socket, Message>,
    mut said: mpsc::Receiver<Said>,
    streams: Streams,
    mut limit: Limit,
    ended: impl Future<Output = Ended>,
) {
    let mut outcome = None;
    tokio::pin!(ended);
    loop {
        let Said { stream, bytes } = tokio::select! {
            biased;
            next = said.recv() => match next {
                Some(next) => next,
                None => break,
            },
            end = &mut ended, if outcome.is_none() => {
                outcome = Some(end);
                continue;
            }
        };
        let wanted = if stream == 2 { streams.stderr } else { streams.stdout };
        if wanted && write(&mut sink, stream, &bytes, &mut limit).await.is_none() {
            return;
        }
    }
    let outcome = match outcome {
        Some(outcome) => outcome,
        None => ended.await,
    };
    let status = status(&outcome).to_string();
    if write(&mut sink, ERROR, status.as_bytes(), &mut limit).await.is_some() {
        // Who is gone already hears it no more.
        let _ = sink.send(super::closed()).await;
    }
}

async fn write(
    sink: &mut SplitSink<Socket, Message>,
    stream: u8,
    bytes: &[u8],
    limit: &mut Limit,
) -> Option<()> {
    limit.spend(bytes.len()).await.ok()?;
    let mut frame = BytesMut::with_capacity(bytes.len() + 1);
    frame.put_u8(stream);
    frame.put_slice(bytes);
    sink.send(Message::Binary(frame.freeze())).await.ok()
}

/// Takes what is typed until the client goes.
async fn take(mut incoming: SplitStream<Socket>, typed: mpsc::Sender<Typed>) {
    while let Some(Ok(message)) = incoming.next().await {
        let Message::Binary(mut bytes) = message else {
            if message.is_close() {
                return;
            }
            continue;
        };
        if bytes.is_empty() {
            continue;
        }
        let event = match bytes.split_to(1)[0] {
            0 if bytes.is_empty() => continue,
            0 => Typed::Bytes(bytes),
            RESIZE => match serde_json::from_slice::<Value>(&bytes) {
                Ok(size) => {
                    let side = |name: &str| size[name].as_u64().unwrap_or(0) as u16;
                    Typed::Size(side("Width"), side("Height"))
                }
                Err(_) => continue,
            },
            CLOSE if bytes.first() == Some(&0) => Typed::End,
            _ => continue,
        };
        // A process that reads no more does not end the channel.
        let _ = typed.send(event).await;
    }
}

fn status(ended: &Ended) -> Value {
    match ended {
        Ended::Code(0) => json!({"metadata": {}, "status": "Success"}),
        Ended::Code(code) => json!({
            "metadata": {}, "status": "Failure", "reason": "NonZeroExitCode",
            "message": format!("command terminated with non-zero exit code: exit status {code}"),
            "details": {"causes": [{"reason": "ExitCode", "message": code.to_string()}]},
        }),
        Ended::Failed(why) => json!({
            "metadata": {}, "status": "Failure", "reason": "InternalError", "code": 500,
            "message": format!("Internal error occurred: {why}"),
            "details": {"causes": [{"message": why}]},
        }),
    }
}
