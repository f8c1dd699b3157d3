//! One connection to a port of a pod: bytes both ways, and why it ended.
//!
//! The kubelet's port-forward protocol as WebSockets carry it: for the port a stream of data and one of errors, each begun by the
//! port's number. It has no word for "nothing more comes from here", so a connection whose near end was closed stays until the
//! far end closes: as long as that takes while it owes an answer, and for a while of silence after one, for most servers keep a
//! connection open that nobody uses any more.

use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, DuplexStream, ReadBuf};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::frames::{Frame, Frames};
use crate::model::trouble::{Trouble, TroubleKind};

const DATA: u8 = 0;
const ERROR: u8 = 1;
/// Bytes that wait in each direction.
const PIPE: usize = 64 << 10;
/// How long the far end may say nothing after the near end was closed and what it sent was answered: as long as a system keeps
/// the socket of a program that has closed it.
const LINGER: Duration = Duration::from_mins(1);
/// How long what has come may take to be read when the far end has closed.
const READ: Duration = Duration::from_secs(10);

/// An open connection to a port of a pod. Dropping it closes the connection.
pub struct Tunnel {
    near: DuplexStream,
    ended: Option<oneshot::Receiver<Trouble>>,
    task: JoinHandle<()>,
}

impl Drop for Tunnel {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Tunnel {
    pub(super) fn new(frames: Frames, port: u16) -> Self {
        let (near, far) = tokio::io::duplex(PIPE);
        let (tell, ended) = oneshot::channel();
        let task = tokio::spawn(async move {
            if let Err(trouble) = carry(frames, far, port).await {
                // Nobody asked.
                let _ = tell.send(trouble);
            }
        });
        Self { near, ended: Some(ended), task }
    }

    /// Why the connection ended: `None` when the far end closed it in order. To be asked when nothing more can be read; what
    /// nobody listens to on the port is told here (`connection refused`).
    pub async fn why(&mut self) -> Option<Trouble> {
        self.ended.take()?.await.ok()
    }
}

async fn carry(mut frames: Frames, far: DuplexStream, port: u16) -> Result<(), Trouble> {
    let outgoing = frames.outgoing();
    let (mut from_near, mut to_near) = tokio::io::split(far);
    let (closed, mut near_closed) = oneshot::channel();
    // Something was sent, and nothing has come since.
    let owed = AtomicBool::new(false);
    let send = async {
        let mut buffer = vec![0; 16 << 10];
        loop {
            match from_near.read(&mut buffer).await {
                Ok(0) | Err(_) => break,
                Ok(count) if outgoing.send(DATA, &buffer[..count]).await => {
                    owed.store(true, Ordering::Relaxed);
                }
                // That it broke is said by the other half.
                Ok(_) => break,
            }
        }
        let _ = closed.send(());
        std::future::pending::<()>().await;
    };
    let receive = async {
        let mut begun = [false; 2];
        let mut lingers = false;
        loop {
            let next = tokio::select! {
                next = frames.next() => next,
                _ = &mut near_closed, if !lingers => {
                    lingers = true;
                    continue;
                }
                () = tokio::time::sleep(LINGER), if lingers && !owed.load(Ordering::Relaxed) => break,
            };
            let Some(frame) = next else { break };
            let Frame { stream, bytes } = frame?;
            if !matches!(stream, DATA | ERROR) {
                continue;
            }
            let begun = &mut begun[usize::from(stream)];
            if !*begun {
                *begun = true;
                if *bytes == port.to_le_bytes() {
                    continue;
                }
                let said = format!("a stream of another port than {port} was begun");
                return Err(Trouble::new(TroubleKind::Protocol, said));
            }
            if stream == ERROR && !bytes.is_empty() {
                return Err(Trouble::new(TroubleKind::Refused, String::from_utf8_lossy(&bytes)));
            }
            owed.store(false, Ordering::Relaxed);
            // Nobody reads any more.
            if to_near.write_all(&bytes).await.is_err() {
                break;
            }
        }
        outgoing.close().await;
        Ok(())
    };
    let result = tokio::select! {
        result = receive => result,
        () = send => Ok(()),
    };
    let _ = timeout(READ, to_near.shutdown()).await;
    result
}

impl AsyncRead for Tunnel {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.near).poll_read(cx, buf)
    }
}

impl AsyncWrite for Tunnel {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.near).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.near).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.near).poll_shutdown(cx)
    }
}
