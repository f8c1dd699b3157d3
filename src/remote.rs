//! In a container: joins a terminal, or pipes, with a process at the other end, until one of them ends.
//!
//! Between the terminal and the cluster; it knows no state and no screen. Bytes are passed as they are, both ways, and nobody
//! keeps them.

pub mod escape;
pub mod pipes;

use std::io;

use bytes::Bytes;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::time::Instant;

use crate::cluster::connector::Input;
use crate::cluster::{Channel, Connector, Remote, Said};
use crate::model::remote::{End, Ended, Entrance, What};
use crate::terminal::line::{Line, Treatment, Typed};
use escape::Escape;

/// So much may wait for a connection that takes nothing before no more is read from the terminal.
const MOST: usize = 1 << 20;
/// So much is sent at once.
const PIECE: usize = 16 << 10;
/// What Ctrl-C and Ctrl-D send where no terminal is at the other end.
const LEAVES: [u8; 2] = [3, 4];

/// How the terminal has to treat keys for an entrance.
pub fn treatment(entrance: &Entrance) -> Treatment {
    match (entrance.tty && entrance.stdin, entrance.stdin) {
        (true, _) => Treatment::Raw,
        (false, true) => Treatment::Lines,
        (false, false) => Treatment::Look,
    }
}

/// The channel for one of the commands of an entrance.
pub fn channel(entrance: &Entrance, command: &[String]) -> Channel {
    let container = Some(entrance.container.clone());
    let (stdin, tty) = (entrance.stdin, entrance.tty);
    if entrance.what == What::Attach {
        return Channel::Attach { container, stdin, tty };
    }
    Channel::Exec { container, command: command.to_vec(), stdin, tty }
}

/// One look into a container, on a terminal.
pub struct Visit<'a> {
    line: &'a Line,
    typed: Typed,
    escape: Escape,
    resized: Signal,
    interrupted: Signal,
    /// Typed and not sent yet.
    pending: Vec<u8>,
    /// Sent, and nothing was said since: a program that is not there has read none of it.
    unread: Vec<u8>,
    /// The input has ended and it was not said yet.
    ended: bool,
    /// A key is waited for at the end of what ran there.
    waits: bool,
    /// What was written last did not end its line.
    within: bool,
}

/// What the line says when it is lent: what, where, how to leave.
fn greeting(entrance: &Entrance, context: &str, escape: Option<u8>) -> String {
    let Entrance { namespace, what, .. } = entrance;
    let what = match what {
        What::Shell => "a shell in".to_owned(),
        What::Command(command) => format!("{} in", command.join(" ")),
        What::Attach => "attached to".to_owned(),
    };
    let leave = match (treatment(entrance), escape) {
        (Treatment::Raw, Some(byte)) => {
            format!("leave with its own words, or Enter {} .", char::from(byte))
        }
        (Treatment::Raw, None) => "leave with its own words".to_owned(),
        (Treatment::Look, _) => "it takes no input; Ctrl-C leaves".to_owned(),
        (Treatment::Lines, _) => "it has no terminal: lines are sent with Enter, Ctrl-C leaves".to_owned(),
    };
    let place = if context.is_empty() { String::new() } else { format!(", context {context}") };
    // Names of pods are long: two lines, neither of which breaks at 80 columns.
    format!("{what} {entrance}\r\nnamespace {namespace}{place}; {leave}\r\n")
}

impl<'a> Visit<'a> {
    /// Begins on a terminal that was lent; `ahead` was typed for it before.
    pub fn new(line: &'a Line, escape: Option<u8>, ahead: Vec<u8>) -> io::Result<Self> {
        Ok(Self {
            line,
            typed: line.read()?,
            escape: Escape::new(escape),
            resized: signal(SignalKind::window_change())?,
            interrupted: signal(SignalKind::interrupt())?,
            pending: ahead,
            unread: Vec::new(),
            ended: false,
            waits: false,
            within: false,
        })
    }

    /// The same; where it `waits`, a key is waited for at its end: what was said would be covered, or gone with its window.
    #[must_use]
    pub fn waiting(mut self, waits: bool) -> Self {
        self.waits = waits;
        self
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        if let Some(last) = bytes.last() {
            self.within = *last != b'\n';
        }
        self.line.write(bytes)
    }

    /// Says where one is, and stays until it ends.
    pub async fn run(
        mut self,
        connector: &Connector,
        entrance: &Entrance,
        context: &str,
        escape: Option<u8>,
    ) -> io::Result<Ended> {
        self.write(greeting(entrance, context, escape).as_bytes())?;
        let began = Instant::now();
        let commands = entrance.commands();
        let mut ended = Ended { command: Vec::new(), end: End::Left, took: began.elapsed() };
        let attach = [Vec::new()];
        let all = if commands.is_empty() { &attach[..] } else { &commands[..] };
        for (at, command) in all.iter().enumerate() {
            let end = self.one(connector, entrance, command).await?;
            let last = at + 1 == all.len();
            let missing = end.is_not_found() || self.never_began(&end);
            ended = Ended { command: command.clone(), end, took: began.elapsed() };
            if !missing || last {
                if missing && entrance.what == What::Shell {
                    let tried: Vec<&str> =
                        all.iter().filter_map(|command| Some(command.first()?.as_str())).collect();
                    let said =
                        format!("no shell, {} are not there; a debug container has one", tried.join(" and "));
                    ended.end = End::Failed(said.into());
                }
                break;
            }
            self.pending.splice(0..0, self.unread.drain(..));
        }
        if self.waits && !matches!(ended.end, End::Left) {
            self.wait_for_a_key(&ended, entrance).await?;
        }
        Ok(ended)
    }

    /// Whether some runtimes' way to say that there is no such program has come: a code, before anything was typed.
    fn never_began(&self, end: &End) -> bool {
        matches!(end, End::Exit(126 | 127)) && self.unread.is_empty() && self.pending.is_empty()
    }

    async fn wait_for_a_key(&mut self, ended: &Ended, entrance: &Entrance) -> io::Result<()> {
        let words = ended.words(entrance);
        // Before it is said: a key that comes at once is an answer.
        self.line.flush();
        self.write(format!("\r\n[{words}; any key returns]").as_bytes())?;
        let _ = self.typed.next().await;
        Ok(())
    }

    async fn one(
        &mut self,
        connector: &Connector,
        entrance: &Entrance,
        command: &[String],
    ) -> io::Result<End> {
        let channel = channel(entrance, command);
        let opening = connector.run(&entrance.namespace, &entrance.pod, channel);
        tokio::pin!(opening);
        loop {
            tokio::select! {
                biased;
                typed = self.typed.next() => if self.take(typed, entrance) { return Ok(End::Left) },
                _ = self.interrupted.recv() => return Ok(End::Left),
                opened = &mut opening => return match opened {
                    Ok(remote) => self.talk(remote, entrance).await,
                    Err(trouble) => Ok(End::Refused(trouble)),
                },
            }
        }
    }

    /// Takes what was typed; true when it means to leave.
    fn take(&mut self, typed: Option<Bytes>, entrance: &Entrance) -> bool {
        let Some(typed) = typed else { return true };
        match treatment(entrance) {
            Treatment::Raw => self.escape.pass(&typed, &mut self.pending),
            Treatment::Look => typed.iter().any(|byte| LEAVES.contains(byte)),
            Treatment::Lines => {
                self.ended |= typed.is_empty();
                self.pending.extend_from_slice(&typed);
                false
            }
        }
    }

    async fn talk(&mut self, remote: Remote, entrance: &Entrance) -> io::Result<End> {
        let Remote { input, mut output } = remote;
        let mut size = entrance.tty.then(|| self.line.size());
        loop {
            let full = self.pending.len() >= MOST;
            let waits = size.is_some() || !self.pending.is_empty() || self.ended;
            tokio::select! {
                biased;
                // First: what is typed is meant for a terminal as it is now.
                _ = self.resized.recv(), if entrance.tty => size = Some(self.line.size()),
                typed = self.typed.next(), if !full => if self.take(typed, entrance) { return Ok(End::Left) },
                _ = self.interrupted.recv() => return Ok(End::Left),
                () = input.ready(), if waits => self.send(&input, &mut size).await,
                said = output.next() => match said {
                    Said::Out(bytes) | Said::Err(bytes) => {
                        self.unread.clear();
                        self.write(&bytes)?;
                    }
                    Said::End(end) => return Ok(end),
                },
            }
        }
    }

    /// Sends one thing that waits; the connection takes it.
    async fn send(&mut self, input: &Input, size: &mut Option<(u16, u16)>) {
        if let Some(size) = size.take() {
            input.resize(size).await;
        } else if !self.pending.is_empty() {
            let piece: Vec<u8> = self.pending.drain(..self.pending.len().min(PIECE)).collect();
            input.send(&piece).await;
            if self.unread.len() < MOST {
                self.unread.extend(piece);
            }
        } else if self.ended {
            self.ended = false;
            input.close().await;
        }
    }
}

impl Drop for Visit<'_> {
    /// What is said next, here or by a shell, begins a line; however this ended.
    fn drop(&mut self) {
        if self.within {
            // A terminal that is gone has no lines.
            let _ = self.line.write(b"\r\n");
        }
    }
}
