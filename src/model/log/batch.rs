//! Lines of one container on their way to the screen, in one piece of memory.

use super::SourceId;
use super::colour::{self, Colour};
use super::level::{self, Level};

/// Where a line ends in its batch, and what is known of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Line {
    /// Where it ends in the text; the next one begins there.
    pub end: u32,
    /// Unix time in nanoseconds as the kubelet wrote it; [`NO_TIME`] when it wrote none.
    pub time: i64,
    /// How grave it is.
    pub level: Level,
}

/// The time of a line that has none.
pub const NO_TIME: i64 = i64::MIN;

/// Lines of one source, cleaned.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Batch {
    /// Whose.
    pub source: SourceId,
    /// All of them, one after the other, without breaks and without terminal sequences.
    pub text: String,
    /// Where each ends.
    pub lines: Vec<Line>,
    /// Where colours change, by their place in the text; every line begins without.
    pub colours: Vec<Colour>,
}

impl Batch {
    /// An empty one.
    pub fn new(source: SourceId) -> Self {
        Self { source, ..Self::default() }
    }

    /// Takes one line as it came (without its break and without its time), and cleans it (invariant 8).
    pub fn push(&mut self, time: Option<i64>, raw: &[u8]) {
        let start = self.text.len();
        match std::str::from_utf8(raw) {
            Ok(plain) if raw.iter().all(|byte| (0x20..0x7f).contains(byte)) => self.text.push_str(plain),
            Ok(text) => colour::take(text, &mut self.text, &mut self.colours),
            Err(_) => colour::take(&String::from_utf8_lossy(raw), &mut self.text, &mut self.colours),
        }
        let level = level::of(&self.text[start..]);
        let end = self.text.len() as u32;
        self.lines.push(Line { end, time: time.unwrap_or(NO_TIME), level });
    }

    /// Its lines with what is known of each.
    pub fn iter(&self) -> impl Iterator<Item = (&str, Line)> {
        let mut start = 0;
        self.lines.iter().map(move |line| {
            let text = &self.text[start..line.end as usize];
            start = line.end as usize;
            (text, *line)
        })
    }
}
