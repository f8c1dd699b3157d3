//! The terminal as a plain line, while somebody else has it: bytes in, bytes out, its size.
//!
//! Keys are read by a thread that stops at once when it is told to, and leaves what it has not read to whoever reads next.

use std::fs::File;
use std::io::{self, PipeReader, PipeWriter, Write as _};
use std::os::fd::OwnedFd;
use std::thread::JoinHandle;

use bytes::Bytes;
use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::Errno;
use rustix::termios::{self, QueueSelector};
use tokio::sync::mpsc;

use super::session::{size, write_all};

/// How the line treats keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Treatment {
    /// It does nothing with them, nor with what is written: everything is the other end's.
    Raw,
    /// Keys come as they are and are not shown; what is written has its lines put together.
    Look,
    /// Lines, edited and shown here; Ctrl-C is a signal.
    Lines,
}

/// A terminal that was lent.
#[derive(Debug)]
pub struct Line {
    screen: File,
    keys: OwnedFd,
}

impl Line {
    pub(super) fn new(screen: File, keys: OwnedFd) -> Self {
        Self { screen, keys }
    }

    /// Writes bytes as they are.
    pub fn write(&self, bytes: &[u8]) -> io::Result<()> {
        write_all(&self.screen, bytes)
    }

    /// Columns and rows.
    pub fn size(&self) -> (u16, u16) {
        size(&self.screen)
    }

    /// Throws away what was typed and not read.
    pub fn flush(&self) {
        // A terminal that is gone has nothing to throw away.
        let _ = termios::tcflush(&self.keys, QueueSelector::IFlush);
    }

    /// Starts reading keys.
    pub fn read(&self) -> io::Result<Typed> {
        let (woken, wake) = io::pipe()?;
        let (sender, bytes) = mpsc::channel(1);
        let tty = self.keys.try_clone()?;
        let thread = std::thread::Builder::new()
            .name("terminal-line".into())
            .spawn(move || read(&tty, &woken, &sender))?;
        Ok(Typed { bytes: Some(bytes), wake, thread: Some(thread) })
    }
}

/// What is typed, until it is dropped.
#[derive(Debug)]
pub struct Typed {
    bytes: Option<mpsc::Receiver<Bytes>>,
    wake: PipeWriter,
    thread: Option<JoinHandle<()>>,
}

impl Typed {
    /// The next bytes; empty when a line of [`Treatment::Lines`] says that there is no more; `None` when the terminal is gone.
    /// Cancel safe.
    pub async fn next(&mut self) -> Option<Bytes> {
        self.bytes.as_mut()?.recv().await
    }
}

impl Drop for Typed {
    fn drop(&mut self) {
        // First, so that the thread does not wait for somebody who takes its bytes.
        self.bytes = None;
        let _ = self.wake.write_all(&[0]);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn read(tty: &OwnedFd, woken: &PipeReader, bytes: &mpsc::Sender<Bytes>) {
    let mut buffer = [0; 4096];
    loop {
        let mut fds = [PollFd::new(tty, PollFlags::IN), PollFd::new(woken, PollFlags::IN)];
        match poll(&mut fds, None) {
            Ok(_) => {}
            Err(Errno::INTR) => continue,
            Err(_) => return,
        }
        if !fds[1].revents().is_empty() {
            return;
        }
        if !fds[0].revents().contains(PollFlags::IN) {
            return;
        }
        match rustix::io::read(tty, &mut buffer) {
            Ok(count) if bytes.blocking_send(Bytes::copy_from_slice(&buffer[..count])).is_err() => return,
            Ok(_) | Err(Errno::INTR | Errno::AGAIN) => {}
            Err(_) => return,
        }
    }
}
