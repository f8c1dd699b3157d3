//! Signals as events of the terminal.
//!
//! SIGHUP too: what is under way is written into the journal before the program ends, and a terminal that is still there
//! gets its modes back.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rustix::process::{Signal as Number, getpid, kill_process};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc::UnboundedSender;
use tokio::task::AbortHandle;

use super::input::{InputEvent, Signal};
use super::session::size;

/// The task that turns signals into events; ends when dropped.
#[derive(Debug)]
pub struct Signals {
    task: AbortHandle,
    lent: Arc<AtomicBool>,
}

impl Signals {
    /// Starts listening; needs a tokio runtime.
    pub fn start(events: UnboundedSender<InputEvent>) -> io::Result<Self> {
        let lent = Arc::new(AtomicBool::new(false));
        let mut interrupt = signal(SignalKind::interrupt())?;
        let mut quit = signal(SignalKind::quit())?;
        let mut terminate = signal(SignalKind::terminate())?;
        let mut hang_up = signal(SignalKind::hangup())?;
        let mut resized = signal(SignalKind::window_change())?;
        let mut suspend = signal(SignalKind::from_raw(Number::TSTP.as_raw()))?;
        let mut continued = signal(SignalKind::from_raw(Number::CONT.as_raw()))?;
        let is_lent = lent.clone();
        let listen = async move {
            loop {
                // Ctrl-C and its like, typed at a child on our terminal, reach us too and are not for us.
                let (event, for_the_child) = tokio::select! {
                    _ = interrupt.recv() => (InputEvent::Signal(Signal::Terminate), true),
                    _ = quit.recv() => (InputEvent::Signal(Signal::Terminate), true),
                    _ = terminate.recv() => (InputEvent::Signal(Signal::Terminate), false),
                    _ = hang_up.recv() => (InputEvent::Signal(Signal::HangUp), false),
                    _ = suspend.recv() => (InputEvent::Signal(Signal::Suspend), true),
                    _ = continued.recv() => (InputEvent::Signal(Signal::Continued), true),
                    _ = resized.recv() => {
                        let (width, height) = size(io::stdout());
                        (InputEvent::Resize(width, height), false)
                    }
                };
                if !(for_the_child && is_lent.load(Ordering::SeqCst)) {
                    if events.send(event).is_err() {
                        return;
                    }
                } else if event == InputEvent::Signal(Signal::Suspend) {
                    // Ctrl-Z stopped the child; if we went on waiting for it, nobody would be left to continue it. The
                    // shell continues both, and the terminal's modes are the child's anyway.
                    let _ = kill_process(getpid(), Number::STOP);
                }
            }
        };
        Ok(Self { task: tokio::spawn(listen).abort_handle(), lent })
    }

    /// While a child has the terminal, what is typed at it is not for us.
    pub fn set_lent(&self, lent: bool) {
        self.lent.store(lent, Ordering::SeqCst);
    }
}

impl Drop for Signals {
    fn drop(&mut self) {
        self.task.abort();
    }
}

#[cfg(test)]
mod tests {
    use tokio::sync::mpsc::unbounded_channel;

    use super::*;

    #[tokio::test]
    async fn signals_become_events() {
        let (sender, mut events) = unbounded_channel();
        let signals = Signals::start(sender).unwrap();
        // A signal is handled for the whole process; these two disturb no other test.
        kill_process(getpid(), Number::CONT).unwrap();
        assert_eq!(events.recv().await, Some(InputEvent::Signal(Signal::Continued)));
        signals.set_lent(true);
        kill_process(getpid(), Number::CONT).unwrap();
        kill_process(getpid(), Number::WINCH).unwrap();
        assert!(matches!(events.recv().await, Some(InputEvent::Resize(..))));
    }
}
