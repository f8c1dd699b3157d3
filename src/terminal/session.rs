//! The modes of the real terminal: taking it, giving it back exactly as it was, and writing to it.
//!
//! The terminal is given back in order, by a panic, before the process stops, and around a child. It is written to as
//! a plain descriptor: a terminal that is gone is an error to end with, never a panic.

use std::fs::File;
use std::io::{self, IsTerminal, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crossterm::cursor::{Hide, MoveTo, Show};
use crossterm::event::{DisableBracketedPaste, DisableFocusChange, EnableBracketedPaste, EnableFocusChange};
use crossterm::terminal::{
    Clear, ClearType, DisableLineWrap, EnableLineWrap, EndSynchronizedUpdate, EnterAlternateScreen,
    LeaveAlternateScreen,
};
use ratatui::buffer::Buffer;
use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::Errno;
use rustix::process::{Signal, getpid, kill_process};
use rustix::termios::{self, LocalModes, OptionalActions, QueueSelector, SpecialCodeIndex, Termios};
use tokio::signal::unix::{SignalKind, signal};

use super::depth::Depth;
use super::encode::{Features, ansi};
use super::input::{Input, InputEvent, on_hang_up};
use super::line::{Line, Treatment};
use super::output::{Frames, Output};

/// How the terminal is used.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// Colours.
    pub depth: Depth,
    /// What the terminal understands.
    pub features: Features,
    /// Take the mouse away from the terminal's own selection.
    pub mouse: bool,
    /// Report the focus of the window.
    pub focus: bool,
}

/// Why there is no full screen.
#[derive(Debug, thiserror::Error)]
pub enum NoTerminal {
    /// Output goes to a file or a pipe: print one frame.
    #[error("standard output is not a terminal")]
    NotATerminal,
    /// Standard input is not a terminal and the process has none either.
    #[error("no terminal to read keys from: {0}")]
    NoKeys(io::Error),
    /// The terminal refused.
    #[error("cannot use the terminal: {0}")]
    Io(#[from] io::Error),
}

/// The terminal of the process.
#[derive(Debug)]
pub struct Terminal {
    tty: Arc<Tty>,
    frames: Frames,
}

/// Gives the terminal back from wherever it is called: a panic, a signal.
#[derive(Debug, Clone)]
pub struct Restore(Arc<Tty>);

impl Restore {
    /// Gives the terminal back, once. Errors are not worth a word: nobody is left to read it.
    pub fn now(&self) {
        let _ = self.0.leave();
    }

    /// The terminal is gone: nothing may be written to it any more.
    pub fn abandon(&self) {
        self.0.taken.store(false, Ordering::SeqCst);
        self.0.lent.store(false, Ordering::SeqCst);
    }
}

#[derive(Debug)]
struct Tty {
    screen: File,
    keys: OwnedFd,
    before: Termios,
    options: Options,
    taken: AtomicBool,
    /// Lent as plain bytes: the modes of the line, and whatever the other end sets, are to be undone.
    lent: AtomicBool,
}

/// Whether an error says that the terminal is gone, which is an end without a message.
pub fn is_gone(error: &io::Error) -> bool {
    let code = Errno::from_io_error(error);
    error.kind() == io::ErrorKind::BrokenPipe
        || matches!(code, Some(Errno::IO | Errno::NXIO | Errno::BADF | Errno::NODEV))
}

impl Terminal {
    /// Finds the terminal; changes nothing yet.
    pub fn open(options: Options) -> Result<Self, NoTerminal> {
        if !io::stdout().is_terminal() {
            return Err(NoTerminal::NotATerminal);
        }
        let screen = File::from(io::stdout().as_fd().try_clone_to_owned()?);
        let keys = if io::stdin().is_terminal() {
            io::stdin().as_fd().try_clone_to_owned()?
        } else {
            File::open("/dev/tty").map_err(NoTerminal::NoKeys)?.into()
        };
        let before = termios::tcgetattr(&keys).map_err(io::Error::from)?;
        let tty = Tty {
            screen,
            keys,
            before,
            options,
            taken: AtomicBool::new(false),
            lent: AtomicBool::new(false),
        };
        Ok(Self { tty: Arc::new(tty), frames: Frames::new(options.depth, options.features) })
    }

    /// What gives the terminal back from elsewhere.
    pub fn restore(&self) -> Restore {
        Restore(self.tty.clone())
    }

    /// Starts reading keys.
    pub fn input(&self, events: tokio::sync::mpsc::UnboundedSender<InputEvent>) -> io::Result<Input> {
        let erase = self.tty.before.special_codes[SpecialCodeIndex::VERASE];
        // What sshd sets, and what a multiplexer that was started over SSH passes on.
        let far = std::env::var_os("SSH_CONNECTION").is_some();
        Input::start(self.tty.keys.try_clone()?, erase, far, events)
    }

    /// Ends the process with code 129 when the terminal is gone, without touching it: `gone` is told, the program has
    /// a moment to leave by itself (to finish its journal), and is then ended from a thread that nothing can block.
    #[allow(clippy::disallowed_methods, reason = "the terminal is gone, and the main thread may hang")]
    pub fn end_on_hang_up(&self, gone: impl FnOnce() + Send + 'static) -> io::Result<()> {
        let restore = self.restore();
        on_hang_up(self.tty.keys.try_clone()?, move || {
            restore.abandon();
            gone();
            std::thread::sleep(HANG_UP_GRACE);
            std::process::exit(HANG_UP_CODE);
        })
    }

    /// Gives the terminal to `child`, and takes it again, whatever became of it. Keys that were typed for the child and
    /// not read by it are thrown away.
    pub async fn lend<T>(&mut self, input: &mut Input, child: impl Future<Output = T>) -> io::Result<T> {
        input.pause();
        self.leave()?;
        let result = child.await;
        // Without this, keys meant for the child would become actions.
        let _ = termios::tcflush(&self.tty.keys, QueueSelector::IFlush);
        self.enter()?;
        input.resume();
        Ok(result)
    }

    /// Gives the terminal as plain bytes to whoever asks, until [`Self::take_back`].
    pub fn lend_line(&mut self, input: Option<&mut Input>, treatment: Treatment) -> io::Result<Line> {
        if let Some(input) = input {
            input.pause();
        }
        self.tty.lend(treatment)?;
        Ok(Line::new(self.tty.screen.try_clone()?, self.tty.keys.try_clone()?))
    }

    /// Undoes what became of the terminal while it was lent, and gives it back as it was found.
    pub fn end_line(&mut self) -> io::Result<()> {
        self.leave()
    }

    /// Takes the terminal that was lent. Keys that were typed for the other end and not read are thrown away.
    pub fn take_back(&mut self, input: &mut Input, line: &Line) -> io::Result<()> {
        line.flush();
        self.enter()?;
        input.resume();
        Ok(())
    }

    /// Gives the terminal back, stops the process as Ctrl-Z does, and takes the terminal again when it is continued.
    pub async fn suspend(&mut self, input: &mut Input) -> io::Result<()> {
        let mut continued = signal(SignalKind::from_raw(Signal::CONT.as_raw()))?;
        input.pause();
        self.leave()?;
        kill_process(getpid(), Signal::STOP)?;
        // The stop may come a moment later than the call returns, and a process that is the init of its container is
        // never stopped: so it is the signal that is waited for, and not for ever.
        let _ = tokio::time::timeout(STOP_WAIT, continued.recv()).await;
        self.enter()?;
        input.resume();
        Ok(())
    }
}

/// The exit code of a process that ended because of SIGHUP, as shells say it.
pub const HANG_UP_CODE: i32 = 129;
const HANG_UP_GRACE: Duration = Duration::from_millis(800);
const STOP_WAIT: Duration = Duration::from_millis(500);

impl Output for Terminal {
    fn size(&self) -> (u16, u16) {
        size(&self.tty.screen)
    }

    fn present(&mut self, frame: &Buffer, cursor: Option<(u16, u16)>) -> io::Result<()> {
        if !self.tty.taken.load(Ordering::SeqCst) {
            return Err(io::Error::other("the terminal was given back"));
        }
        let bytes = self.frames.next(frame, cursor);
        self.tty.write(bytes)
    }

    fn invalidate(&mut self) {
        self.frames.invalidate();
    }

    fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        if self.tty.taken.load(Ordering::SeqCst) { self.tty.write(bytes) } else { Ok(()) }
    }

    fn leave(&mut self) -> io::Result<()> {
        self.tty.leave()
    }

    fn enter(&mut self) -> io::Result<()> {
        self.frames.invalidate();
        self.tty.enter()
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.tty.leave();
    }
}

/// Columns and rows; serial lines don't know theirs.
pub(super) fn size(screen: impl AsFd) -> (u16, u16) {
    match termios::tcgetwinsize(screen) {
        Ok(size) if size.ws_col > 0 && size.ws_row > 0 => (size.ws_col, size.ws_row),
        _ => (80, 24),
    }
}

impl Tty {
    fn enter(&self) -> io::Result<()> {
        let mut raw = self.before.clone();
        raw.make_raw();
        termios::tcsetattr(&self.keys, OptionalActions::Now, &raw)?;
        if self.lent.swap(false, Ordering::SeqCst) {
            self.write(UNDONE.as_bytes())?;
        }
        let again = self.taken.swap(true, Ordering::SeqCst);
        self.write(enter_bytes(self.options, again).as_bytes())
    }

    fn lend(&self, treatment: Treatment) -> io::Result<()> {
        let mut modes = self.before.clone();
        match treatment {
            Treatment::Raw => modes.make_raw(),
            Treatment::Look => modes.local_modes -= LocalModes::ICANON | LocalModes::ECHO | LocalModes::ISIG,
            Treatment::Lines => {}
        }
        self.lent.store(true, Ordering::SeqCst);
        // From one to the other at once: in between a key would be shown, changed or taken for a signal.
        termios::tcsetattr(&self.keys, OptionalActions::Now, &modes)?;
        if self.taken.swap(false, Ordering::SeqCst) {
            self.write(leave_bytes(self.options).as_bytes())?;
        }
        Ok(())
    }

    /// Once: a panic and an orderly end may both ask.
    fn leave(&self) -> io::Result<()> {
        if self.lent.swap(false, Ordering::SeqCst) {
            let written = self.write(UNDONE.as_bytes());
            termios::tcsetattr(&self.keys, OptionalActions::Now, &self.before)?;
            return written;
        }
        if !self.taken.swap(false, Ordering::SeqCst) {
            return Ok(());
        }
        let written = self.write(leave_bytes(self.options).as_bytes());
        // The modes of the line matter most, so they are restored also when the write failed.
        termios::tcsetattr(&self.keys, OptionalActions::Now, &self.before)?;
        written
    }

    /// Writes everything; whoever shares the terminal may have made it non-blocking.
    fn write(&self, bytes: &[u8]) -> io::Result<()> {
        write_all(&self.screen, bytes)
    }
}

/// Writes everything, also to a terminal that does not block.
pub(super) fn write_all(mut screen: &File, mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        match screen.write(bytes) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(count) => bytes = &bytes[count..],
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                let mut fds = [PollFd::new(screen, PollFlags::OUT)];
                match poll(&mut fds, None) {
                    Ok(_) | Err(Errno::INTR) => {}
                    Err(error) => return Err(error.into()),
                }
            }
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// What a program at the other end may have left behind: an unfinished update, margins, colours, another character set, keys
/// and mouse in other forms, no cursor, no wrap, the alternate screen. Resetting margins and their origin moves the cursor to
/// the top, so it is saved around these; and the alternate screen goes without its cursor: the cursor is where it is.
const UNDONE: &str = "\x1b[?2026l\x1b7\x1b[r\x1b[?6l\x1b8\x1b[m\x1b(B\x0f\x1b[?1l\x1b>\x1b[<u\x1b[>4;0m\x1b[?1000l\x1b[?1002l\
                      \x1b[?1003l\x1b[?1005l\x1b[?1006l\x1b[?1015l\x1b[?1004l\x1b[?2004l\x1b[4l\x1b[?7h\x1b[?25h\x1b[?47l";

/// Alternate screen, bracketed paste, no cursor, no autowrap. Taken `again` (the process was stopped from outside and
/// continued) without the alternate screen: that would forget where the shell's cursor was.
fn enter_bytes(options: Options, again: bool) -> String {
    let mut bytes = if again { String::new() } else { ansi(EnterAlternateScreen) };
    bytes.push_str(&ansi(EnableBracketedPaste));
    bytes.push_str(&ansi(Hide));
    bytes.push_str(&ansi(DisableLineWrap));
    if options.mouse {
        bytes.push_str(MOUSE_ON);
    }
    if options.focus {
        bytes.push_str(&ansi(EnableFocusChange));
    }
    bytes
}

/// Clicks and drags, in the form that knows no largest column. Not crossterm's mouse capture, which also asks for every
/// movement: a flood over SSH.
const MOUSE_ON: &str = "\x1b[?1000h\x1b[?1002h\x1b[?1006h";
const MOUSE_OFF: &str = "\x1b[?1006l\x1b[?1002l\x1b[?1000l";
/// The margins of the whole screen and the style of the terminal; crossterm has no shorter ones.
const NO_MARGINS_NO_STYLE: &str = "\x1b[r\x1b[m";

/// Undoes all of it, and what a frame that was cut off may have left: a synchronized update, margins, colours. The
/// screen is cleared for terminals that have no alternate one.
fn leave_bytes(options: Options) -> String {
    let mut bytes = ansi(EndSynchronizedUpdate);
    if options.focus {
        bytes.push_str(&ansi(DisableFocusChange));
    }
    if options.mouse {
        bytes.push_str(MOUSE_OFF);
    }
    bytes.push_str(&ansi(DisableBracketedPaste));
    bytes.push_str(&ansi(EnableLineWrap));
    bytes.push_str(NO_MARGINS_NO_STYLE);
    bytes.push_str(&ansi(MoveTo(0, 0)));
    bytes.push_str(&ansi(Clear(ClearType::All)));
    bytes.push_str(&ansi(LeaveAlternateScreen));
    bytes.push_str(&ansi(Show));
    bytes
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU16;

    use super::*;

    fn options(depth: Depth) -> Options {
        Options { depth, features: Features::default(), mouse: true, focus: true }
    }

    #[test]
    fn leaves_what_it_found() {
        let size = NonZeroU16::new(24).unwrap();
        let mut terminal = vt100::Parser::new(size, size, 0);
        terminal.process(b"$ dogwatch\r\n");
        let before = terminal.screen().state_formatted();
        terminal.process(enter_bytes(options(Depth::Rgb), false).as_bytes());
        assert!(terminal.screen().alternate_screen() && terminal.screen().bracketed_paste());
        assert!(terminal.screen().hide_cursor());
        assert_ne!(terminal.screen().mouse_protocol_mode(), vt100::MouseProtocolMode::None);
        // Stopped and continued from outside, then a frame that was cut off in the middle.
        terminal.process(b"\x1b[7;7Hwords of the shell");
        terminal.process(enter_bytes(options(Depth::Rgb), true).as_bytes());
        terminal.process(b"\x1b[?2026h\x1b[5;9r\x1b[1;31mred\x1b[9;1H\n\n");
        terminal.process(leave_bytes(options(Depth::Rgb)).as_bytes());
        assert_eq!(terminal.screen().state_formatted(), before);
        assert_eq!(terminal.screen().cursor_position(), (1, 0));
    }

    #[test]
    fn knows_the_end() {
        for (errno, gone) in [(Errno::IO, true), (Errno::PIPE, true), (Errno::NOSPC, false)] {
            assert_eq!(is_gone(&errno.into()), gone, "{errno:?}");
        }
    }
}
