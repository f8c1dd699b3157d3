//! The log of one container: its lines, where one reads, what is searched.

use std::collections::VecDeque;

use crate::action::Action;
use crate::effect::{LogRequest, OpId};
use crate::event::{LogChange, LogLine};
use crate::model::search::Search;
use crate::model::trouble::Trouble;
use crate::screen::scroll::Scroll;

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

/// The log screen.
#[derive(Debug, Clone)]
pub struct Logs {
    /// The operation whose answers belong here.
    pub op: OpId,
    /// Which log.
    pub request: LogRequest,
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
}

impl Logs {
    /// A log that has been asked for.
    pub fn new(op: OpId, request: LogRequest) -> Self {
        Self {
            op,
            request,
            stream: Stream::Opening,
            lines: VecDeque::new(),
            dropped: 0,
            follow: true,
            wrap: false,
            timestamps: false,
            scroll: Scroll::default(),
            search: None,
            search_error: None,
        }
    }

    /// The lines that are kept.
    pub fn lines(&self) -> &VecDeque<LogLine> {
        &self.lines
    }

    /// Takes what the stream says.
    pub fn on_change(&mut self, change: LogChange, height: usize) {
        match change {
            LogChange::Lines(lines) => {
                self.stream = Stream::Open;
                self.lines.extend(lines);
                let over = self.lines.len().saturating_sub(KEPT);
                self.lines.drain(..over);
                self.dropped += over as u64;
                // Who reads further up keeps the same lines before the eyes.
                self.scroll.top = self.scroll.top.saturating_sub(over);
            }
            LogChange::Ended => self.stream = Stream::Ended,
            LogChange::Failed(trouble) => self.stream = Stream::Failed(trouble),
        }
        self.keep_to_end(height);
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
                self.scroll = Scroll::default();
            }
            Action::SearchNext => self.find(true, height),
            Action::SearchPrevious => self.find(false, height),
            _ => {
                if !self.scroll.act(action, self.lines.len(), height) {
                    return false;
                }
                let at_end = self.scroll.top >= self.lines.len().saturating_sub(height);
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

    /// Searches for what is typed, from where one reads.
    pub fn search_for(&mut self, text: &str) {
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
        let from = self.scroll.top;
        let found = if forward {
            (from + 1..self.lines.len()).find(|at| search.is_in(&self.lines[*at].text))
        } else {
            (0..from.min(self.lines.len())).rev().find(|at| search.is_in(&self.lines[*at].text))
        };
        if let Some(line) = found {
            self.follow = false;
            self.scroll.top = line.min(self.lines.len().saturating_sub(height.min(self.lines.len())));
            // The last page cannot start at the match: it is on the screen all the same.
            self.scroll.show(line, height);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn logs(lines: usize) -> Logs {
        let request = LogRequest {
            namespace: "n".into(),
            pod: "p".into(),
            container: "c".into(),
            previous: false,
            follow: true,
            tail: 10,
        };
        let mut logs = Logs::new(1, request);
        logs.on_change(LogChange::Lines((0..lines).map(line).collect()), 10);
        logs
    }

    fn line(n: usize) -> LogLine {
        LogLine { time: "".into(), text: format!("line {n}").into() }
    }

    #[test]
    fn follows_until_one_reads_up() {
        let mut logs = logs(100);
        assert_eq!(logs.scroll.top, 90);
        logs.act(Action::Up, 10);
        assert!(!logs.follow);
        logs.on_change(LogChange::Lines(vec![line(100)]), 10);
        assert_eq!(logs.scroll.top, 89);
        logs.act(Action::Bottom, 10);
        assert!(logs.follow);
        logs.on_change(LogChange::Lines(vec![line(101)]), 10);
        assert_eq!(logs.scroll.top, 92);
    }

    #[test]
    fn what_falls_out_is_counted_and_reading_stays() {
        let mut logs = logs(KEPT);
        logs.act(Action::Up, 10);
        let reading = logs.lines()[logs.scroll.top].clone();
        logs.on_change(LogChange::Lines((0..5).map(line).collect()), 10);
        assert_eq!((logs.dropped, logs.lines().len()), (5, KEPT));
        assert_eq!(logs.lines()[logs.scroll.top], reading);
    }

    #[test]
    fn searches_both_ways() {
        let mut logs = logs(100);
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
