//! The frames of a channel: binary WebSocket messages whose first byte says which stream they belong to.
//!
//! One task writes, so that what is read never waits for what is written; it also asks for signs of life. Nothing is kept that
//! nobody has read: who does not read makes the other side wait.

use std::time::Duration;

use bytes::{BufMut as _, Bytes, BytesMut};
use futures::stream::{SplitSink, SplitStream};
use futures::{SinkExt as _, StreamExt as _};
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::{MissedTickBehavior, interval, timeout};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;

use crate::model::trouble::{Trouble, TroubleKind};

/// How often a sign of life is asked for, as kubectl does.
const PING: Duration = Duration::from_secs(5);
/// Nothing came for so long from one who has given signs of life before: it is gone.
const SILENCE: Duration = Duration::from_secs(20);
/// Frames that wait to be written.
const WAITING: usize = 16;
/// So much may wait below the frames.
const FLUSHED: Duration = Duration::from_secs(2);

type Socket = WebSocketStream<TokioIo<Upgraded>>;

/// Frames, both ways. Dropping it ends the connection.
pub(super) struct Frames {
    incoming: SplitStream<Socket>,
    outgoing: mpsc::Sender<Message>,
    writer: JoinHandle<()>,
    /// It answers when it is asked for a sign of life.
    answers: bool,
    tried: String,
}

impl Drop for Frames {
    fn drop(&mut self) {
        self.writer.abort();
    }
}

/// One frame that came.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Frame {
    pub stream: u8,
    pub bytes: Bytes,
}

/// Writes frames.
#[derive(Debug, Clone)]
pub(super) struct Outgoing(mpsc::Sender<Message>);

impl Outgoing {
    /// Sends bytes on a stream; whether the connection still takes any.
    pub async fn send(&self, stream: u8, bytes: &[u8]) -> bool {
        let mut frame = BytesMut::with_capacity(bytes.len() + 1);
        frame.put_u8(stream);
        frame.put_slice(bytes);
        self.0.send(Message::Binary(frame.freeze())).await.is_ok()
    }

    /// Waits until the next frame would be taken at once, or never will be.
    pub async fn ready(&self) {
        // A connection that is gone says so where it is read.
        let _ = self.0.reserve().await;
    }

    /// Says that nothing more will be sent; the other side closes then.
    pub async fn close(&self) {
        // A connection that is gone is closed.
        let _ = self.0.send(Message::Close(None)).await;
    }
}

impl Frames {
    pub fn new(socket: Socket, tried: String) -> Self {
        let (sink, incoming) = socket.split();
        let (outgoing, waiting) = mpsc::channel(WAITING);
        let writer = tokio::spawn(write(sink, waiting));
        Self { incoming, outgoing, writer, answers: false, tried }
    }

    pub fn outgoing(&self) -> Outgoing {
        Outgoing(self.outgoing.clone())
    }

    /// The next frame; `None` when the other side has closed in order.
    pub async fn next(&mut self) -> Option<Result<Frame, Trouble>> {
        loop {
            let message = if self.answers {
                let Ok(message) = timeout(SILENCE, self.incoming.next()).await else {
                    let said = format!("nothing has arrived for {} s", SILENCE.as_secs());
                    return Some(Err(Trouble::new(TroubleKind::Silent, said).trying(&self.tried)));
                };
                message
            } else {
                self.incoming.next().await
            };
            match message? {
                Ok(Message::Binary(mut bytes)) if !bytes.is_empty() => {
                    let stream = bytes.split_to(1)[0];
                    return Some(Ok(Frame { stream, bytes }));
                }
                Ok(Message::Pong(_)) => self.answers = true,
                Ok(Message::Close(_)) => return None,
                // Pings are answered below this; text and empty frames mean nothing.
                Ok(_) => {}
                Err(error) => return Some(Err(Trouble::explain(&error).trying(&self.tried))),
            }
        }
    }
}

async fn write(mut sink: SplitSink<Socket, Message>, mut waiting: mpsc::Receiver<Message>) {
    let mut ping = interval(PING);
    ping.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ping.reset();
    loop {
        let message = tokio::select! {
            message = waiting.recv() => match message {
                Some(message) => message,
                None => break,
            },
            _ = ping.tick() => Message::Ping(Bytes::new()),
        };
        let last = message.is_close();
        // That it broke is said where it is read.
        if sink.send(message).await.is_err() || last {
            break;
        }
    }
    let _ = timeout(FLUSHED, sink.flush()).await;
}
