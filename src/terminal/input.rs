//! What comes from the terminal: a thread that reads it, and one that notices that it is gone.
//!
//! Reads the terminal itself instead of through crossterm, whose reader spins at 100 % when the terminal is gone
//! (crossterm issue 793) and cannot be stopped while a child owns the terminal. Both threads sleep in `poll` without a
//! timeout: an idle program does not wake up.

use std::io::{self, PipeReader, PipeWriter, Read, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use tokio::sync::mpsc::UnboundedSender;

use super::key::KeyPress;
use super::parse::Parser;

/// What happened at the terminal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InputEvent {
    /// A key was pressed.
    Key(KeyPress),
    /// Text was pasted; line breaks are `\n`, nothing else is cleaned.
    Paste(String),
    /// The terminal has this many columns and rows now.
    Resize(u16, u16),
    /// The mouse, if it was asked for.
    Mouse(MouseEvent),
    /// The terminal's window got (true) or lost the focus, if that was asked for.
    Focus(bool),
    /// The process was asked to do something by a signal.
    Signal(Signal),
    /// Nothing more will come: the terminal is gone.
    Closed,
}

/// A signal that the loop answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signal {
    /// SIGTERM, SIGQUIT, or SIGINT from outside: leave in order.
    Terminate,
    /// SIGHUP: the terminal is gone, or somebody says so.
    HangUp,
    /// SIGTSTP: give the terminal back and stop.
    Suspend,
    /// SIGCONT: somebody stopped and continued the process; the terminal's modes and contents may be lost.
    Continued,
}

/// What the mouse did, and where (from 0).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MouseEvent {
    /// What it did.
    pub kind: MouseKind,
    /// Column.
    pub x: u16,
    /// Row.
    pub y: u16,
}

/// What the mouse did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MouseKind {
    /// A button went down.
    Down(MouseButton),
    /// A button went up.
    Up(MouseButton),
    /// Moved with a button down.
    Drag(MouseButton),
    /// The wheel, away from the user.
    ScrollUp,
    /// The wheel, towards the user.
    ScrollDown,
}

/// A button of the mouse.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MouseButton {
    /// The left one.
    Left,
    /// The middle one.
    Middle,
    /// The right one.
    Right,
}

/// So long is waited for the rest of a sequence that has begun; slow links cut sequences.
const SEQUENCE_WAIT: Timespec = Timespec { tv_sec: 0, tv_nsec: 40_000_000 };
/// So long after an Esc with nothing behind it, when no network is in between: a terminal on the same machine writes a
/// sequence in one piece, and the key is to be answered within a frame.
const ESC_WAIT: Timespec = Timespec { tv_sec: 0, tv_nsec: 6_000_000 };
/// How long [`Input::pause`] waits for the reader, which only ever does quick things.
const PAUSE_WAIT: Duration = Duration::from_secs(1);

/// The thread that reads the terminal; ends when dropped.
#[derive(Debug)]
pub struct Input {
    shared: Arc<Shared>,
    wake: PipeWriter,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug, Default)]
struct Shared {
    mode: Mutex<Mode>,
    changed: Condvar,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Mode {
    #[default]
    Reading,
    PauseAsked,
    Paused,
    Stopped,
}

impl Shared {
    /// A panic elsewhere does not make the mode wrong.
    fn mode(&self) -> MutexGuard<'_, Mode> {
        self.mode.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn set(&self, mode: Mode) {
        *self.mode() = mode;
        self.changed.notify_all();
    }
}

impl Input {
    /// Starts reading `tty`; `erase` is what its Backspace sends besides DEL.
    ///
    /// `far`: a network is in between, which may cut a sequence behind its Esc.
    pub fn start(
        tty: OwnedFd,
        erase: u8,
        far: bool,
        events: UnboundedSender<InputEvent>,
    ) -> io::Result<Self> {
        let (woken, wake) = io::pipe()?;
        let shared = Arc::new(Shared::default());
        let reader = Reader { tty, woken, parser: Parser::new(erase), far, events, shared: shared.clone() };
        let thread = thread::Builder::new().name("terminal-input".into()).spawn(|| reader.run())?;
        Ok(Self { shared, wake, thread: Some(thread) })
    }

    /// Stops reading, so that a child gets every key; returns when the reader has let go.
    pub fn pause(&mut self) {
        let mut mode = self.shared.mode();
        if *mode != Mode::Reading {
            return;
        }
        *mode = Mode::PauseAsked;
        // The pipe is empty or nearly so; should it ever fail, the reader is gone.
        let _ = self.wake.write_all(&[0]);
        let asked = |mode: &mut Mode| *mode == Mode::PauseAsked;
        drop(self.shared.changed.wait_timeout_while(mode, PAUSE_WAIT, asked));
    }

    /// Reads again.
    pub fn resume(&mut self) {
        let mut mode = self.shared.mode();
        if matches!(*mode, Mode::Paused | Mode::PauseAsked) {
            *mode = Mode::Reading;
            self.shared.changed.notify_all();
        }
    }
}

impl Drop for Input {
    fn drop(&mut self) {
        self.shared.set(Mode::Stopped);
        let _ = self.wake.write_all(&[0]);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

struct Reader {
    tty: OwnedFd,
    woken: PipeReader,
    parser: Parser,
    far: bool,
    events: UnboundedSender<InputEvent>,
    shared: Arc<Shared>,
}

impl Reader {
    fn run(mut self) {
        let mut bytes = [0; 4096];
        while self.may_read() {
            match self.wait() {
                Ok(Ready::Bytes) => match rustix::io::read(&self.tty, &mut bytes) {
                    Ok(0) => break,
                    Ok(count) => self.forward(Some(&bytes[..count])),
                    Err(Errno::INTR | Errno::AGAIN) => {}
                    Err(_) => break,
                },
                Ok(Ready::Woken) => {
                    let _ = self.woken.read(&mut bytes);
                }
                Ok(Ready::Quiet) => self.forward(None),
                Err(Errno::INTR) => {}
                Ok(Ready::Gone) | Err(_) => break,
            }
        }
        // A pause that was asked for meanwhile has nobody left to wait for.
        self.shared.set(Mode::Stopped);
        // Nobody listens any more when the program is on its way out.
        let _ = self.events.send(InputEvent::Closed);
    }

    /// Sleeps while paused; false when it is time to end.
    fn may_read(&mut self) -> bool {
        let mut mode = self.shared.mode();
        if *mode == Mode::PauseAsked {
            self.parser.clear();
            *mode = Mode::Paused;
            self.shared.changed.notify_all();
        }
        let paused = |mode: &mut Mode| *mode == Mode::Paused;
        mode = self.shared.changed.wait_while(mode, paused).unwrap_or_else(PoisonError::into_inner);
        *mode != Mode::Stopped
    }

    fn wait(&self) -> Result<Ready, Errno> {
        let mut fds = [PollFd::new(&self.tty, PollFlags::IN), PollFd::new(&self.woken, PollFlags::IN)];
        let wait = if self.parser.is_lone_esc() && !self.far { ESC_WAIT } else { SEQUENCE_WAIT };
        let timeout = self.parser.is_waiting().then_some(wait);
        if poll(&mut fds, timeout.as_ref())? == 0 {
            return Ok(Ready::Quiet);
        }
        let (tty, woken) = (fds[0].revents(), fds[1].revents());
        Ok(if !woken.is_empty() {
            Ready::Woken
        } else if tty.contains(PollFlags::IN) {
            Ready::Bytes
        } else {
            Ready::Gone
        })
    }

    /// Sends what `bytes` mean, or what waited when none came.
    fn forward(&mut self, bytes: Option<&[u8]>) {
        let mut events = Vec::new();
        match bytes {
            Some(bytes) => self.parser.feed(bytes, &mut events),
            None => self.parser.flush(&mut events),
        }
        for event in events {
            if self.events.send(event).is_err() {
                self.shared.set(Mode::Stopped);
            }
        }
    }
}

enum Ready {
    Bytes,
    Woken,
    Quiet,
    Gone,
}

/// Watches for the end of the terminal on a thread of its own and calls `gone` once, also when the reader is paused
/// and when SIGHUP is ignored.
pub fn on_hang_up(tty: OwnedFd, gone: impl FnOnce() + Send + 'static) -> io::Result<()> {
    let watch = move || {
        loop {
            // No events asked for: only the end is reported.
            let mut fds = [PollFd::from_borrowed_fd(tty.as_fd(), PollFlags::empty())];
            match poll(&mut fds, None) {
                Ok(0) | Err(Errno::INTR) => {}
                Ok(_) | Err(_) => break,
            }
        }
        gone();
    };
    thread::Builder::new().name("terminal-hang-up".into()).spawn(watch).map(drop)
}

#[cfg(test)]
mod tests {
    use std::os::unix::net::UnixStream;

    use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

    use super::*;

    fn start() -> (UnixStream, Input, UnboundedReceiver<InputEvent>) {
        let (ours, theirs) = UnixStream::pair().unwrap();
        let (sender, receiver) = unbounded_channel();
        (ours, Input::start(theirs.into(), 0x7f, false, sender).unwrap(), receiver)
    }

    fn char(c: char) -> InputEvent {
        InputEvent::Key(KeyPress::char(c))
    }

    #[test]
    fn reads_until_the_end() {
        let (mut terminal, _input, mut events) = start();
        terminal.write_all("aü".as_bytes()).unwrap();
        assert_eq!(events.blocking_recv(), Some(char('a')));
        assert_eq!(events.blocking_recv(), Some(char('ü')));
        terminal.write_all(b"\x1b").unwrap();
        assert_eq!(
            events.blocking_recv(),
            Some(InputEvent::Key(KeyPress::plain(super::super::key::KeyCode::Esc)))
        );
        drop(terminal);
        assert_eq!(events.blocking_recv(), Some(InputEvent::Closed));
        assert_eq!(events.blocking_recv(), None, "the thread ended");
    }

    #[test]
    fn a_pause_leaves_the_keys_to_others() {
        let (mut terminal, mut input, mut events) = start();
        input.pause();
        terminal.write_all(b"mine").unwrap();
        input.pause();
        assert!(events.try_recv().is_err());
        input.resume();
        assert_eq!(events.blocking_recv(), Some(char('m')));
    }

    #[test]
    fn ends_when_dropped() {
        let (_terminal, mut input, mut events) = start();
        input.pause();
        drop(input);
        assert_eq!(events.blocking_recv(), Some(InputEvent::Closed));
        assert_eq!(events.blocking_recv(), None);
    }

    #[test]
    fn a_pause_after_the_end_does_not_wait() {
        let (terminal, mut input, mut events) = start();
        drop(terminal);
        assert_eq!(events.blocking_recv(), Some(InputEvent::Closed));
        input.pause();
        input.resume();
    }

    #[test]
    fn notices_a_hang_up() {
        let (mut ours, theirs) = UnixStream::pair().unwrap();
        let (sender, receiver) = std::sync::mpsc::channel();
        on_hang_up(theirs.into(), move || sender.send(()).unwrap()).unwrap();
        ours.write_all(b"keys are not the end").unwrap();
        assert!(receiver.try_recv().is_err());
        drop(ours);
        receiver.recv_timeout(Duration::from_secs(10)).unwrap();
    }
}
