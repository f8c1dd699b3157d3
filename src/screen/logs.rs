//! The log of one container: its lines, where one reads, what is searched.

use std::borrow::Cow;
use std::collections::VecDeque;

use crate::action::Action;
use crate::effect::OpId;
use crate::model::log::{LogQuery, LogTarget, LogUpdate};
use crate::model::search::{Hit, Search};
use crate::model::trouble::Trouble;
use crate::screen::scroll::Scroll;
use crate::widget::chrome::wrap;

pub mod draw;

/// Lines that are kept; the oldest fall out and are counted.
pub const KEPT: usize = 20_000;

/// How the stream is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stream {
    /// Asked for, nothing came yet.
    Opening,
    /// Lines come.
    Open,
    /// Complete.
    Ended,
    /// Broken.
    Failed(Trouble),
}

/// One line of a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogLine {
    /// Unix time in nanoseconds; `i64::MIN` when it has none.
    pub time: i64,
    /// The rest.
    pub text: Box<str>,
}

/// The log screen.
#[derive(Debug, Clone)]
pub struct Logs {
    /// The operation whose answers belong here.
    pub op: OpId,
    /// What was asked for.
    pub query: LogQuery,
    /// Namespace of the pod.
    pub namespace: String,
    /// The pod.
    pub pod: String,
    /// The container.
    pub container: String,
    /// How the stream is.
    pub stream: Stream,
    lines: VecDeque<LogLine>,
    /// Lines that fell out because there were more than [`KEPT`].
    pub dropped: u64,
    /// The end is followed.
    pub follow: bool,
    /// Long lines are wrapped.
    pub wrap: bool,
    /// Times are shown.
    pub timestamps: bool,
    /// Where one reads.
    pub scroll: Scroll,
    /// What is searched.
    pub search: Option<Search>,
    /// Why what was typed cannot be searched.
    pub search_error: Option<String>,
    /// The match that one is at.
    pub hit: Option<Hit>,
    /// Cells of a line on the screen, as of the last action.
    pub width: u16,
}

impl Logs {
    /// A log that has been asked for.
    pub fn new(op: OpId, query: LogQuery) -> Self {
        let (namespace, pod, container) = match query.targets.first() {
            Some(LogTarget::Pod { namespace, name, container }) => {
                (namespace.clone(), name.clone(), container.clone().unwrap_or_default())
            }
            _ => Default::default(),
        };
        Self {
            op,
            query,
            namespace,
            pod,
            container,
            stream: Stream::Opening,
            lines: VecDeque::new(),
            dropped: 0,
            follow: true,
            wrap: false,
            timestamps: false,
            scroll: Scroll::default(),
            search: None,
            search_error: None,
            hit: None,
            width: 0,
        }
    }

    /// The lines that are kept.
    pub fn lines(&self) -> &VecDeque<LogLine> {
        &self.lines
    }

    /// Takes what the stream says.
    pub fn on_change(&mut self, update: LogUpdate, height: usize) {
        match update {
            LogUpdate::Lines(batch) => {
                self.stream = Stream::Open;
                self.lines
                    .extend(batch.iter().map(|(text, line)| LogLine { time: line.time, text: text.into() }));
                let over = self.lines.len().saturating_sub(KEPT);
                self.lines.drain(..over);
                self.dropped += over as u64;
                // Who reads further up keeps the same lines before the eyes.
                self.scroll.top = self.scroll.top.saturating_sub(over);
                self.hit =
                    self.hit.filter(|hit| hit.line >= over).map(|hit| Hit { line: hit.line - over, ..hit });
            }
            LogUpdate::Joined(..) | LogUpdate::Resumed(_) | LogUpdate::Restarted(..) => {
                self.stream = Stream::Open
            }
            LogUpdate::Left(..) | LogUpdate::Ended => self.stream = Stream::Ended,
            LogUpdate::Interrupted(_, trouble) | LogUpdate::Failed(trouble) => {
                self.stream = Stream::Failed(trouble);
            }
            LogUpdate::Streams { .. } | LogUpdate::PodsUnseen(_) | LogUpdate::PodsSeen => {}
        }
        self.keep_to_end(height);
    }

    /// Whether nothing more comes.
    pub fn is_over(&self) -> bool {
        self.stream == Stream::Ended
    }

    /// Follows the end, where that is wished.
    pub fn keep_to_end(&mut self, height: usize) {
        if self.follow {
            self.scroll.top = self.lines.len().saturating_sub(height);
        }
    }

    /// Does what only a log can do; false when the action means nothing here.
    pub fn act(&mut self, action: Action, height: usize) -> bool {
        match action {
            Action::Follow => self.follow = !self.follow,
            Action::Wrap => self.wrap = !self.wrap,
            Action::Timestamps => self.timestamps = !self.timestamps,
            Action::Clear => {
                self.lines.clear();
                self.hit = None;
                self.scroll = Scroll::default();
            }
            Action::SearchNext => self.find(true, height),
            Action::SearchPrevious => self.find(false, height),
            _ => {
                let end = self.end(height);
                if !self.scroll.act(action, end + height, height) {
                    return false;
                }
                let at_end = self.scroll.top >= end;
                match action {
                    Action::ScrollLeft | Action::ScrollRight => {}
                    // Going up stops following; going to the very end takes it up again.
                    _ => {
                        self.follow = at_end
                            && matches!(
                                action,
                                Action::Bottom | Action::PageDown | Action::Down | Action::HalfPageDown
                            );
                    }
                }
            }
        }
        self.keep_to_end(height);
        true
    }

    /// The first line of the last page: wrapped lines take several rows.
    fn end(&self, height: usize) -> usize {
        let plain = self.lines.len().saturating_sub(height);
        if !self.wrap || self.width == 0 {
            return plain;
        }
        let mut rows = 0;
        for (at, line) in self.lines.iter().enumerate().rev() {
            rows += wrap(&draw::text(self, line), self.width).len();
            if rows > height {
                return (at + 1).min(self.lines.len().saturating_sub(1));
            }
        }
        0
    }

    /// Searches for what is typed, from where one reads.
    pub fn search_for(&mut self, text: &str) {
        self.hit = None;
        match Search::parse(text) {
            Ok(search) => {
                self.search = search;
                self.search_error = None;
            }
            Err(error) => self.search_error = Some(error),
        }
    }

    fn find(&mut self, forward: bool, height: usize) {
        let Some(search) = &self.search else { return };
        // From the match one is at, as long as it is on the screen; else from what is on the screen.
        let page = self.scroll.top..self.scroll.top + height.max(1);
        let from = match self.hit.map(|hit| hit.line).filter(|line| page.contains(line)) {
            Some(line) => Some(line),
            None if forward => self.scroll.top.checked_sub(1),
            None => Some(page.end),
        };
        let line = |at: usize| Cow::Borrowed(self.lines[at].text.as_ref());
        self.hit = search.step(self.lines.len(), from, forward, line);
        if let Some(hit) = self.hit {
            self.follow = false;
            self.scroll.top = hit.line.min(self.end(height));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::log::{Batch, Containers};

    fn logs(lines: usize) -> Logs {
        let query = LogQuery {
            targets: vec![LogTarget::Pod {
                namespace: "n".into(),
                name: "p".into(),
                container: Some("c".into()),
            }],
            containers: Containers::All { init: false },
            previous: false,
            follow: true,
            since: None,
            tail: Some(10),
            most: 1,
        };
        let mut logs = Logs::new(1, query);
        logs.on_change(batch((0..lines).map(line)), 10);
        logs
    }

    fn batch(lines: impl IntoIterator<Item = String>) -> LogUpdate {
        let mut batch = Batch::new(0);
        for line in lines {
            batch.push(None, line.as_bytes());
        }
        LogUpdate::Lines(batch)
    }

    fn line(n: usize) -> String {
        format!("line {n}")
    }

    #[test]
    fn follows_until_one_reads_up() {
        let mut logs = logs(100);
        assert_eq!(logs.scroll.top, 90);
        logs.act(Action::Up, 10);
        assert!(!logs.follow);
        logs.on_change(batch([line(100)]), 10);
        assert_eq!(logs.scroll.top, 89);
        logs.act(Action::Bottom, 10);
        assert!(logs.follow);
        logs.on_change(batch([line(101)]), 10);
        assert_eq!(logs.scroll.top, 92);
    }

    #[test]
    fn what_falls_out_is_counted_and_reading_stays() {
        let mut logs = logs(KEPT);
        logs.act(Action::Up, 10);
        let reading = logs.lines()[logs.scroll.top].clone();
        logs.on_change(batch((0..5).map(line)), 10);
        assert_eq!((logs.dropped, logs.lines().len()), (5, KEPT));
        assert_eq!(logs.lines()[logs.scroll.top], reading);
    }

    #[test]
    fn the_end_of_a_wrapped_log_is_reached() {
        let mut logs = logs(3);
        let long = "word ".repeat(100);
        logs.on_change(batch([long]), 10);
        (logs.wrap, logs.width) = (true, 20);
        logs.act(Action::Top, 10);
        assert!(!logs.follow);
        for _ in 0..3 {
            logs.act(Action::Down, 10);
        }
        assert!(logs.follow, "the last line is taller than the page, and its end is shown");
    }

    #[test]
    fn searches_both_ways() {
        let mut logs = logs(100);
        logs.act(Action::Top, 10);
        logs.search_for("/9[789]$/");
        for (at, nth) in [(97, 1), (98, 2), (99, 3), (97, 1)] {
            logs.act(Action::SearchNext, 10);
            assert_eq!(logs.hit.map(|hit| (hit.line, hit.nth)), Some((at, nth)), "the last page is no trap");
            assert_eq!(logs.scroll.top, 90);
        }
        logs.act(Action::Top, 10);
        logs.search_for("/5$/");
        for at in [5, 15, 25] {
            logs.act(Action::SearchNext, 10);
            assert_eq!(logs.scroll.top, at);
        }
        logs.act(Action::SearchPrevious, 10);
        assert_eq!(logs.scroll.top, 15);
        logs.search_for("/(/");
        assert!(logs.search_error.is_some() && logs.search.is_some());
    }
}
