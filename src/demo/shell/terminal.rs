//! What is typed: with a terminal as its line discipline hands it on (echo, erase, Ctrl-C, Ctrl-D), without one as it comes.

use bytes::{Bytes, BytesMut};
use tokio::sync::{mpsc, watch};

use super::{Said, Typed};

const INTERRUPT: u8 = 3;
const END: u8 = 4;
const KILL: u8 = 21;
/// Lines, or pieces, that wait to be read.
const WAITING: usize = 256;

/// What was typed after so many Ctrl-C; without bytes it is the end, which a terminal can say more than once.
type Piece = (u64, Option<Bytes>);

/// What a program reads. What was typed before the last Ctrl-C is forgotten when the key comes, not when the program learns of it:
/// what is typed right behind it stays.
#[derive(Debug)]
pub(super) struct Stdin {
    pieces: mpsc::Receiver<Piece>,
    interrupts: watch::Receiver<u64>,
    rest: BytesMut,
    /// The Ctrl-C that the rest was typed after.
    rest_after: u64,
}

impl Stdin {
    /// The next bytes; `None` at the end.
    pub async fn read(&mut self) -> Option<Bytes> {
        self.forget();
        if !self.rest.is_empty() {
            return Some(self.rest.split().freeze());
        }
        self.next().await
    }

    /// The next line with its end; the rest before the end of the input; `None` at the end. Cancel safe.
    pub async fn line(&mut self) -> Option<Bytes> {
        loop {
            self.forget();
            if let Some(at) = self.rest.iter().position(|byte| *byte == b'\n') {
                return Some(self.rest.split_to(at + 1).freeze());
            }
            match self.next().await {
                Some(piece) => self.rest.extend_from_slice(&piece),
                None if self.rest.is_empty() => return None,
                None => return Some(self.rest.split().freeze()),
            }
        }
    }

    async fn next(&mut self) -> Option<Bytes> {
        loop {
            let (after, piece) = self.pieces.recv().await?;
            if after >= *self.interrupts.borrow() {
                if after > self.rest_after {
                    self.rest.clear();
                    self.rest_after = after;
                }
                return piece;
            }
        }
    }

    /// Forgets what was typed before the last Ctrl-C.
    fn forget(&mut self) {
        if self.rest_after < *self.interrupts.borrow() {
            self.rest.clear();
        }
    }
}

/// The task that takes what is typed.
pub(super) struct Typing {
    input: mpsc::Receiver<Typed>,
    output: mpsc::Sender<Said>,
    tty: bool,
    pieces: Option<mpsc::Sender<Piece>>,
    interrupts: watch::Sender<u64>,
    sizes: watch::Sender<(u16, u16)>,
    line: Vec<u8>,
    /// The last byte was a carriage return: a line feed after it is the same key.
    returned: bool,
}

impl Typing {
    pub fn new(
        input: mpsc::Receiver<Typed>,
        output: mpsc::Sender<Said>,
        stdin: bool,
        tty: bool,
    ) -> (Self, Stdin, watch::Receiver<u64>, watch::Receiver<(u16, u16)>) {
        let (pieces, receiver) = mpsc::channel(WAITING);
        let (interrupts, interrupt) = watch::channel(0);
        let (sizes, size) = watch::channel((0, 0));
        let pieces = stdin.then_some(pieces);
        let typing =
            Self { input, output, tty, pieces, interrupts, sizes, line: Vec::new(), returned: false };
        let stdin =
            Stdin { pieces: receiver, interrupts: interrupt.clone(), rest: BytesMut::new(), rest_after: 0 };
        (typing, stdin, interrupt, size)
    }

    /// Takes what is typed; never ends by itself.
    pub async fn run(mut self) {
        while let Some(typed) = self.input.recv().await {
            match typed {
                Typed::Size(width, height) => drop(self.sizes.send_replace((width, height))),
                Typed::Bytes(bytes) if self.tty => {
                    for byte in bytes {
                        self.key(byte).await;
                    }
                }
                Typed::Bytes(bytes) => self.hand_on(Some(bytes)).await,
                Typed::End => self.pieces = None,
            }
        }
        self.pieces = None;
        std::future::pending::<()>().await;
    }

    async fn key(&mut self, byte: u8) {
        let returned = std::mem::replace(&mut self.returned, byte == b'\r');
        match byte {
            b'\n' if returned => {}
            b'\r' | b'\n' => {
                self.line.push(b'\n');
                self.echo(b"\r\n").await;
                self.hand_on_line().await;
            }
            INTERRUPT => {
                self.line.clear();
                self.echo(b"^C\r\n").await;
                self.interrupts.send_modify(|count| *count += 1);
            }
            END if self.line.is_empty() => self.hand_on(None).await,
            END => self.hand_on_line().await,
            8 | 127 => {
                while self.line.pop().is_some_and(|byte| byte & 0xc0 == 0x80) {}
                self.echo(b"\x08 \x08").await;
            }
            KILL => {
                let width = String::from_utf8_lossy(&self.line).chars().count();
                self.line.clear();
                self.echo("\x08 \x08".repeat(width).as_bytes()).await;
            }
            b'\t' | b' '.. => {
                self.line.push(byte);
                self.echo(&[byte]).await;
            }
            // Ctrl-Z, escape sequences and all others are shown as what they are.
            _ => self.echo(&[b'^', byte | 0x40]).await,
        }
    }

    async fn hand_on_line(&mut self) {
        let line = Bytes::from(std::mem::take(&mut self.line));
        self.hand_on(Some(line)).await;
    }

    async fn hand_on(&mut self, piece: Option<Bytes>) {
        let Some(pieces) = &self.pieces else { return };
        let piece = (*self.interrupts.borrow(), piece);
        if self.tty {
            // A terminal does not wait for its program: what is too much is lost.
            let _ = pieces.try_send(piece);
        } else {
            let _ = pieces.send(piece).await;
        }
    }

    async fn echo(&self, bytes: &[u8]) {
        let _ = self.output.send(Said { stream: 1, bytes: Bytes::copy_from_slice(bytes) }).await;
    }
}
