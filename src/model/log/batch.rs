//! Lines of one container on their way to the screen, in one piece of memory.

use super::SourceId;

/// How grave a line is, by its own words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
#[repr(u8)]
pub enum Level {
    /// It does not say.
    #[default]
    None,
    /// `TRACE`.
    Trace,
    /// `DEBUG`.
    Debug,
    /// `INFO`.
    Info,
    /// `WARN`.
    Warn,
    /// `ERROR`.
    Error,
    /// `FATAL`, `PANIC`.
    Fatal,
}

/// Where a line ends in its batch, and what is known of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Line {
    /// Where it ends in the text; the next one begins there.
    pub end: u32,
    /// Unix time in nanoseconds as the kubelet wrote it; `i64::MIN` when it wrote none.
    pub time: i64,
    /// How grave it is.
    pub level: Level,
    /// The text holds colours (`ESC [ ... m`, and no other sequence).
    pub coloured: bool,
}

/// Lines of one source, cleaned.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Batch {
    /// Whose.
    pub source: SourceId,
    /// All of them, one after the other, without breaks.
    pub text: String,
    /// Where each ends.
    pub lines: Vec<Line>,
}

impl Batch {
    /// An empty one.
    pub fn new(source: SourceId) -> Self {
        Self { source, ..Self::default() }
    }

    /// Takes one line as it came (without its break and without its time), and cleans it (invariant 8).
    pub fn push(&mut self, time: Option<i64>, raw: &[u8]) {
        let text = String::from_utf8_lossy(raw);
        self.text.push_str(&super::super::text::clean(&super::super::text::without_sequences(&text)));
        let end = self.text.len() as u32;
        self.lines.push(Line { end, time: time.unwrap_or(i64::MIN), level: Level::None, coloured: false });
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
