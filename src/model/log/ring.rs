//! The lines that are kept: the newest so many, in segments of bytes, each line with a number that never changes.
//!
//! A line costs its bytes, its break and 16 bytes; what falls out is counted (invariant 11).

use std::collections::{HashMap, VecDeque};
use std::ops::Range;

use super::batch::Batch;
use super::colour::{self, Colour, Sgr};
use super::level::{self, Level};
use super::{NO_TIME, SourceId};
use crate::model::search::Search;

/// Bytes of a segment, unless a single line is longer.
const SEGMENT: usize = 256 << 10;
/// Bytes that a line may have on average before lines fall out sooner: a log of very long lines is bounded too.
const BYTES_A_LINE: usize = 1 << 10;
/// The same for the smallest rings.
const LEAST_BYTES: usize = 1 << 20;

/// What is known of a line, in 16 bytes.
#[derive(Debug, Clone, Copy)]
struct Meta {
    time: i64,
    /// Where it ends in the segment's text, without its break.
    end: u32,
    /// Source, level and whether it is a note.
    packed: u32,
}

impl Meta {
    fn new(time: i64, end: usize, source: SourceId, level: Level, note: bool) -> Self {
        Self { time, end: end as u32, packed: source << 4 | (level as u32) << 1 | u32::from(note) }
    }

    fn source(self) -> SourceId {
        self.packed >> 4
    }

    fn level(self) -> Level {
        Level::ALL.get((self.packed >> 1 & 7) as usize).copied().unwrap_or_default()
    }

    fn is_note(self) -> bool {
        self.packed & 1 == 1
    }
}

#[derive(Debug, Clone)]
struct Segment {
    /// The number of its first line.
    first: u64,
    /// Lines with a break after each.
    text: String,
    lines: Vec<Meta>,
    colours: Vec<Colour>,
}

impl Segment {
    fn new(first: u64, room: usize) -> Self {
        Self { first, text: String::with_capacity(room.max(SEGMENT)), lines: Vec::new(), colours: Vec::new() }
    }

    fn range(&self, at: usize) -> Range<usize> {
        let start = at.checked_sub(1).map_or(0, |before| self.lines[before].end as usize + 1);
        start..self.lines[at].end as usize
    }

    fn row(&self, at: usize) -> Row<'_> {
        let (range, meta) = (self.range(at), self.lines[at]);
        let from = self.colours.partition_point(|colour| (colour.at as usize) < range.start);
        let to = self.colours.partition_point(|colour| (colour.at as usize) < range.end);
        Row {
            text: &self.text[range.clone()],
            source: meta.source(),
            time: (meta.time != NO_TIME).then_some(meta.time),
            level: meta.level(),
            note: meta.is_note(),
            colours: &self.colours[from..to.max(from)],
            start: range.start,
        }
    }

    fn matches<'a>(
        &'a self,
        search: &'a Search,
        numbers: &Range<u64>,
    ) -> impl Iterator<Item = u64> + use<'a> {
        let from = numbers.start.saturating_sub(self.first) as usize;
        let to = (numbers.end.saturating_sub(self.first) as usize).min(self.lines.len());
        let ends = |at: usize| self.lines[at].end as usize;
        search.lines_in(&self.text, ends, from..to.max(from)).map(|at| self.first + at as u64)
    }

    fn bytes(&self) -> usize {
        self.text.capacity()
            + self.lines.capacity() * size_of::<Meta>()
            + self.colours.capacity() * size_of::<Colour>()
    }
}

/// A line that is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row<'a> {
    /// Its text, cleaned.
    pub text: &'a str,
    /// Whose it is.
    pub source: SourceId,
    /// Unix time in nanoseconds, where the kubelet wrote one.
    pub time: Option<i64>,
    /// How grave it is; what goes on from a line before has its level.
    pub level: Level,
    /// Not a line of the log: a word about it (somebody joined, a stream was cut).
    pub note: bool,
    colours: &'a [Colour],
    start: usize,
}

impl Row<'_> {
    /// The parts that a program gave a look, by bytes of the text.
    pub fn spans(&self) -> impl Iterator<Item = (Range<usize>, Sgr)> {
        colour::spans(self.colours, self.start, self.text.len())
    }
}

/// The lines that are kept.
#[derive(Debug, Clone)]
pub struct Ring {
    segments: VecDeque<Segment>,
    most: usize,
    first: u64,
    end: u64,
    dropped: u64,
    /// Of each source, the level of its last line that had one.
    levels: HashMap<SourceId, Level>,
}

impl Ring {
    /// A ring for so many lines (at least one), and for a KiB a line on average.
    pub fn new(most: usize) -> Self {
        Self {
            segments: VecDeque::new(),
            most: most.max(1),
            first: 0,
            end: 0,
            dropped: 0,
            levels: HashMap::new(),
        }
    }

    /// The number of the oldest line that is kept.
    pub fn first(&self) -> u64 {
        self.first
    }

    /// One more than the number of the newest line.
    pub fn end(&self) -> u64 {
        self.end
    }

    /// Lines that are kept.
    pub fn len(&self) -> usize {
        (self.end - self.first) as usize
    }

    /// Whether none is.
    pub fn is_empty(&self) -> bool {
        self.first == self.end
    }

    /// Lines that fell out because there was no room for more; not those that were [cleared](Self::clear).
    pub fn dropped(&self) -> u64 {
        self.dropped
    }

    /// Lines there is room for.
    pub fn capacity(&self) -> usize {
        self.most
    }

    /// Bytes of memory that the lines take.
    pub fn bytes(&self) -> usize {
        self.segments.iter().map(Segment::bytes).sum()
    }

    /// Takes lines in.
    pub fn push(&mut self, batch: &Batch) {
        let mut colours = batch.colours.iter().copied().peekable();
        let (mut start, mut last) = (0_usize, self.levels.get(&batch.source).copied().unwrap_or_default());
        for (text, line) in batch.iter() {
            let level = if line.level == Level::None && level::goes_on(text) { last } else { line.level };
            last = level;
            let segment = self.room_for(text.len());
            let at = segment.text.len();
            let end = start + text.len();
            while let Some(colour) = colours.next_if(|colour| (colour.at as usize) < end) {
                let place = (at + colour.at as usize - start) as u32;
                segment.colours.push(Colour { at: place, ..colour });
            }
            start = end;
            self.put(text, Meta::new(line.time, at + text.len(), batch.source, level, false));
        }
        self.levels.insert(batch.source, last);
        self.drop_oldest();
    }

    /// Puts a word about a source between the lines.
    pub fn note(&mut self, source: SourceId, words: &str) {
        let at = self.room_for(words.len()).text.len();
        self.put(words, Meta::new(NO_TIME, at + words.len(), source, Level::None, true));
        self.drop_oldest();
    }

    /// The line with this number, while it is kept.
    pub fn get(&self, number: u64) -> Option<Row<'_>> {
        if !(self.first..self.end).contains(&number) {
            return None;
        }
        let segment = self.segments.get(self.segment_of(number))?;
        Some(segment.row((number - segment.first) as usize))
    }

    /// The lines from one number to another, with their numbers.
    pub fn range(&self, numbers: Range<u64>) -> impl Iterator<Item = (u64, Row<'_>)> {
        let numbers = numbers.start.max(self.first)..numbers.end.min(self.end);
        self.segments.range(self.segment_of(numbers.start)..).flat_map(move |segment| {
            let from = numbers.start.max(segment.first);
            let to = numbers.end.min(segment.first + segment.lines.len() as u64);
            (from..to.max(from)).map(|number| (number, segment.row((number - segment.first) as usize)))
        })
    }

    /// The numbers of the lines that have what is looked for, in their order.
    pub fn matches<'a>(&'a self, search: &'a Search, numbers: Range<u64>) -> impl Iterator<Item = u64> + 'a {
        let numbers = numbers.start.max(self.first)..numbers.end.min(self.end);
        self.segments
            .range(self.segment_of(numbers.start)..)
            .take_while(move |segment| segment.first < numbers.end)
            .flat_map(move |segment| segment.matches(search, &numbers))
    }

    /// Forgets all lines; numbers go on.
    pub fn clear(&mut self) {
        self.segments.clear();
        self.levels.clear();
        self.first = self.end;
        self.dropped = 0;
    }

    fn segment_of(&self, number: u64) -> usize {
        self.segments.partition_point(|segment| segment.first <= number).saturating_sub(1)
    }

    fn room_for(&mut self, bytes: usize) -> &mut Segment {
        let full = self.segments.back().is_none_or(|last| last.text.len() + bytes + 1 > last.text.capacity());
        if full {
            if let Some(last) = self.segments.back_mut() {
                last.lines.shrink_to_fit();
                last.colours.shrink_to_fit();
            }
            self.segments.push_back(Segment::new(self.end, bytes + 1));
        }
        let last = self.segments.len() - 1;
        &mut self.segments[last]
    }

    fn put(&mut self, text: &str, meta: Meta) {
        if let Some(segment) = self.segments.back_mut() {
            segment.text.push_str(text);
            segment.text.push('\n');
            segment.lines.push(meta);
            self.end += 1;
        }
    }

    fn drop_oldest(&mut self) {
        let most = self.end.saturating_sub(self.most as u64);
        self.drop_before(most);
        let room = (self.most * BYTES_A_LINE).max(LEAST_BYTES);
        // The newest segment stays in any case.
        while self.segments.len() > 1 && self.bytes() > room {
            self.drop_before(self.segments[1].first);
        }
    }

    fn drop_before(&mut self, number: u64) {
        if number <= self.first {
            return;
        }
        self.dropped += number - self.first;
        self.first = number;
        while self.segments.get(1).is_some_and(|next| next.first <= number) {
            self.segments.pop_front();
        }
    }
}

#[cfg(test)]
mod tests;
