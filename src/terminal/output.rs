//! What the loop draws to: the real terminal, or a recorded one whose text a test waits for.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use ratatui::buffer::{Buffer, CellWidth};
use ratatui::layout::Rect;
use tokio::sync::watch;

use super::depth::Depth;
use super::encode::{Encoder, Features};

/// A place to show frames.
pub trait Output {
    /// Columns and rows, as they are now.
    fn size(&self) -> (u16, u16);

    /// Shows a frame, with the cursor somewhere or hidden. An error means that the terminal is gone or was given back
    /// by a panic: the loop ends.
    fn present(&mut self, frame: &Buffer, cursor: Option<(u16, u16)>) -> io::Result<()>;

    /// What is shown may be spoilt: the next frame is painted whole, also when it is equal.
    fn invalidate(&mut self);

    /// Writes bytes that don't move the cursor or draw (a copy to the clipboard).
    fn send(&mut self, bytes: &[u8]) -> io::Result<()>;

    /// Gives the terminal back (to the shell, to a child), as it was before.
    fn leave(&mut self) -> io::Result<()>;

    /// Takes the terminal: for the first time, after [`Self::leave`], or again when the process was continued after a
    /// stop from outside. The next frame is painted whole.
    fn enter(&mut self) -> io::Result<()>;
}

/// The frames of a stream of buffers: the previous one, and the bytes to the next.
#[derive(Debug)]
pub(super) struct Frames {
    encoder: Encoder,
    shown: Buffer,
    bytes: Vec<u8>,
}

impl Frames {
    pub fn new(depth: Depth, features: Features) -> Self {
        Self { encoder: Encoder::new(depth, features), shown: Buffer::empty(Rect::ZERO), bytes: Vec::new() }
    }

    pub fn invalidate(&mut self) {
        self.encoder.invalidate();
    }

    /// The bytes of the next frame.
    pub fn next(&mut self, frame: &Buffer, cursor: Option<(u16, u16)>) -> &[u8] {
        self.bytes.clear();
        self.encoder.frame(&self.shown, frame, cursor, &mut self.bytes);
        if !self.bytes.is_empty() {
            self.shown.clone_from(frame);
        }
        &self.bytes
    }
}

/// No terminal: what is drawn is seen by nobody.
#[derive(Debug, Clone, Copy)]
pub struct Unseen {
    /// Columns and rows, as if there were one.
    pub size: (u16, u16),
}

impl Output for Unseen {
    fn size(&self) -> (u16, u16) {
        self.size
    }

    fn present(&mut self, _frame: &Buffer, _cursor: Option<(u16, u16)>) -> io::Result<()> {
        Ok(())
    }

    fn invalidate(&mut self) {}

    fn send(&mut self, _bytes: &[u8]) -> io::Result<()> {
        Ok(())
    }

    fn leave(&mut self) -> io::Result<()> {
        Ok(())
    }

    fn enter(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A terminal that only remembers, for tests of the loop.
#[derive(Debug)]
pub struct Recorded {
    frames: Frames,
    shown: watch::Sender<Shown>,
    size: Arc<AtomicU32>,
}

/// What a [`Recorded`] terminal shows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Shown {
    /// The rows of the last frame, without blanks at their ends.
    pub text: String,
    /// Where the cursor is, if it is shown.
    pub cursor: Option<(u16, u16)>,
    /// How many frames changed something.
    pub frames: usize,
    /// How many bytes all frames took.
    pub bytes: usize,
    /// How many bytes the last frame took.
    pub last_bytes: usize,
    /// What was sent besides frames.
    pub sent: Vec<u8>,
    /// Whether the terminal is taken.
    pub entered: bool,
}

/// The test's side of a [`Recorded`] terminal.
#[derive(Debug, Clone)]
pub struct Viewer {
    shown: watch::Receiver<Shown>,
    size: Arc<AtomicU32>,
}

impl Recorded {
    /// A terminal of that size, and its viewer.
    pub fn new(width: u16, height: u16) -> (Self, Viewer) {
        let (sender, receiver) = watch::channel(Shown::default());
        let size = Arc::new(AtomicU32::new(0));
        let viewer = Viewer { shown: receiver, size: size.clone() };
        viewer.resize(width, height);
        (Self { frames: Frames::new(Depth::Rgb, Features::default()), shown: sender, size }, viewer)
    }
}

impl Output for Recorded {
    fn size(&self) -> (u16, u16) {
        let size = self.size.load(Ordering::Relaxed);
        ((size >> 16) as u16, size as u16)
    }

    fn present(&mut self, frame: &Buffer, cursor: Option<(u16, u16)>) -> io::Result<()> {
        let bytes = self.frames.next(frame, cursor).len();
        if bytes > 0 {
            self.shown.send_modify(|shown| {
                shown.text = text(frame);
                shown.cursor = cursor;
                shown.frames += 1;
                shown.bytes += bytes;
                shown.last_bytes = bytes;
            });
        }
        Ok(())
    }

    fn invalidate(&mut self) {
        self.frames.invalidate();
    }

    fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.shown.send_modify(|shown| shown.sent.extend_from_slice(bytes));
        Ok(())
    }

    fn leave(&mut self) -> io::Result<()> {
        self.shown.send_modify(|shown| shown.entered = false);
        Ok(())
    }

    fn enter(&mut self) -> io::Result<()> {
        self.invalidate();
        self.shown.send_modify(|shown| shown.entered = true);
        Ok(())
    }
}

impl Viewer {
    /// What is shown now.
    pub fn shown(&self) -> Shown {
        self.shown.borrow().clone()
    }

    /// Waits until what is shown is as asked; the last that was shown when the terminal is dropped before.
    pub async fn until(&mut self, wanted: impl Fn(&Shown) -> bool) -> Result<Shown, Shown> {
        match self.shown.wait_for(|shown| wanted(shown)).await.map(|shown| shown.clone()) {
            Ok(shown) => Ok(shown),
            Err(_) => Err(self.shown()),
        }
    }

    /// Waits until `text` is on the screen.
    pub async fn until_text(&mut self, text: &str) -> Result<Shown, Shown> {
        self.until(|shown| shown.text.contains(text)).await
    }

    /// Makes the terminal another size; the loop learns it from a resize event.
    pub fn resize(&self, width: u16, height: u16) {
        self.size.store(u32::from(width) << 16 | u32::from(height), Ordering::Relaxed);
    }
}

/// The rows of a frame as text, without blanks at their ends: for a test, and for a terminal without a full screen.
pub fn text(frame: &Buffer) -> String {
    let mut text = String::with_capacity(frame.content.len() + usize::from(frame.area.height));
    for row in frame.content.chunks(usize::from(frame.area.width).max(1)) {
        let mut skip = 0;
        for cell in row {
            if skip == 0 {
                text.push_str(cell.symbol());
                skip = cell.cell_width();
            }
            skip = skip.saturating_sub(1);
        }
        text.truncate(text.trim_end_matches(' ').len());
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_test_waits_for_text() {
        let (mut terminal, mut viewer) = Recorded::new(12, 2);
        let drawing = async {
            terminal.enter().unwrap();
            assert_eq!(terminal.size(), (12, 2));
            terminal.present(&Buffer::with_lines(["pods   世 x  ", "line 2      "]), None).unwrap();
            tokio::task::yield_now().await;
            let frame = Buffer::with_lines(["nodes       ", "line 2      "]);
            terminal.present(&frame, Some((3, 1))).unwrap();
            terminal.present(&frame, Some((3, 1))).unwrap();
            terminal
        };
        let looking = async {
            assert_eq!(viewer.until_text("pods").await.unwrap().text, "pods   世 x\nline 2\n");
            let shown = viewer.until_text("nodes").await.unwrap();
            assert_eq!((shown.frames, shown.cursor, shown.entered), (2, Some((3, 1)), true));
            assert!(shown.last_bytes > 0 && shown.last_bytes < shown.bytes);
        };
        let (terminal, ()) = tokio::join!(drawing, looking);
        drop(terminal);
        assert!(viewer.until_text("services").await.unwrap_err().text.starts_with("nodes"));
    }
}
