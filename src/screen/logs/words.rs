//! What is said around the lines: whose they are, how the streams are, what is hidden and what was lost.

use super::streams::Streams;
use super::{Json, Logs, Progress};
use crate::model::log::{LogTarget, Since};
use crate::model::units;
use crate::theme::Role;
use crate::widget::chrome::{Piece, piece};

/// A row above the lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Head {
    /// Whose, and how it is.
    Title,
    /// What is typed to see less, and how much is hidden.
    Narrow,
    /// What is wrong.
    Trouble,
    /// The names of the columns.
    Columns,
}

/// The rows above the lines.
pub fn above(logs: &Logs) -> Vec<Head> {
    let mut out = vec![Head::Title];
    if !narrowing(logs).is_empty() || logs.view.hidden() > 0 {
        out.push(Head::Narrow);
    }
    if !logs.view.is_empty() && trouble(logs).is_some() {
        out.push(Head::Trouble);
    }
    if logs.show.json == Json::Columns && !logs.show.columns.is_empty() {
        out.push(Head::Columns);
    }
    out
}

/// Whose logs, from when on, how many streams.
pub fn title(logs: &Logs, more_key: Option<&str>) -> Vec<Piece> {
    let one = matches!(logs.query.targets.as_slice(), [LogTarget::Pod { container: Some(_), .. }]);
    let word = if one { "Log" } else { "Logs" };
    let at = logs.elsewhere.as_ref().map_or_else(String::new, |(_, context)| format!(" @{context}"));
    let mut out = vec![piece(Role::TitleFocused, format!(" {word}{at} of {}", logs.title))];
    if logs.query.previous {
        out.push(piece(Role::Dim, " (previous run)"));
    }
    out.push(piece(Role::Dim, format!("  {}", logs.span_words())));
    let (open, of) = logs.streams.counts;
    let key =
        more_key.filter(|_| of > logs.query.most).map_or_else(String::new, |key| format!(" ({key} more)"));
    match (open, of) {
        (_, 0 | 1) => {}
        (open, of) if open == of => out.push(piece(Role::Dim, format!("  {of} streams"))),
        (open, of) => out.push(piece(Role::ToneWarn, format!("  {open} of {of} streams{key}"))),
    }
    out
}

impl Logs {
    /// From when on, in words.
    pub fn span_words(&self) -> String {
        let since = match self.query.since {
            None => String::new(),
            Some(Since::Seconds(seconds)) => {
                format!(
                    "since {}",
                    crate::config::duration::show(std::time::Duration::from_secs(seconds.into()))
                )
            }
            Some(Since::Time(time)) => format!("since {}", time.strftime("%m-%d %H:%M:%SZ")),
        };
        let tail = self.query.tail.map_or_else(String::new, |tail| format!("last {tail}"));
        match (since.is_empty(), tail.is_empty()) {
            (true, true) => "all".to_owned(),
            (false, false) => format!("{since}, {tail}"),
            _ => format!("{since}{tail}"),
        }
    }
}

/// How it is: following, paused, over; where one is; what was lost.
pub fn status(logs: &Logs) -> (Role, String) {
    let (broken, _) = logs.streams.interrupted();
    let (waiting, reason) = logs.streams.waiting();
    let (role, words) = match &logs.progress {
        Progress::Opening => (Role::ModeLoading, "opening".to_owned()),
        Progress::Ended => (Role::Dim, "ended".to_owned()),
        Progress::Failed(trouble) => (Role::ModeStale, trouble.kind.word().to_owned()),
        Progress::Open if logs.unseen.is_some() => (Role::ModeStale, "pods not seen".to_owned()),
        Progress::Open if broken > 0 => {
            (Role::ModeStale, format!("{broken} of {} interrupted", logs.streams.counts.1.max(broken)))
        }
        Progress::Open if waiting > 0 => {
            let many = logs.streams.counts.1.max(waiting);
            let whose = if many > 1 { format!("{waiting} of {many} ") } else { String::new() };
            let reason = reason.map_or("", |(reason, _)| reason);
            (Role::ToneWarn, format!("{whose}waiting: {reason}"))
        }
        Progress::Open if logs.follows() => (Role::ModeLive, "following".to_owned()),
        Progress::Open if logs.size.0 < 100 => (Role::Dim, "paused here".to_owned()),
        Progress::Open => (Role::Dim, "paused here, lines keep coming".to_owned()),
    };
    let mut before = Vec::new();
    if let Some(search) = &logs.narrow.search {
        before.push(match logs.hit {
            Some((_, nth, of, around)) => {
                format!("match {nth} of {of}{}", if around { ", from the other end" } else { "" })
            }
            None if logs.is_looking() => format!("looking for {}", search.text()),
            None => format!("no match for {}", search.text()),
        });
    }
    if !logs.marks.is_empty() {
        before.push(format!("{} marked", logs.marks.len()));
    }
    let dropped = logs.ring.dropped();
    if dropped > 0 {
        before.push(format!("{} older ones dropped", units::count(dropped)));
    }
    let count = logs.view.len();
    let at = logs.current().map_or(0, |number| logs.view.index_of(number) + 1).min(count);
    before.push(format!("line {at}/{count}"));
    before.push(words);
    (role, format!("{} ", before.join(", ")))
}

/// What is typed to see less.
pub fn narrowing(logs: &Logs) -> Vec<String> {
    logs.narrow.words()
}

/// How much is hidden.
pub fn hidden(logs: &Logs) -> String {
    if logs.view.is_narrowing() {
        return format!("looking through {} lines ", units::count(logs.ring.len() as u64));
    }
    format!("{} of {} hidden ", units::count(logs.view.hidden() as u64), units::count(logs.ring.len() as u64))
}

/// What is wrong, in one line; `None` when nothing is.
pub fn trouble(logs: &Logs) -> Option<String> {
    if let Progress::Failed(trouble) = &logs.progress {
        return Some(trouble.to_string());
    }
    if let Some(trouble) = &logs.unseen {
        return Some(format!("pods that come are not seen: {trouble}"));
    }
    match logs.streams.interrupted() {
        (0, _) | (_, None) => waiting(logs),
        (1, Some(trouble)) => Some(trouble.to_string()),
        (count, Some(trouble)) => Some(format!("{count} streams, the last one: {trouble}")),
    }
}

/// What containers wait for, in one line.
fn waiting(logs: &Logs) -> Option<String> {
    match logs.streams.waiting() {
        (0, _) | (_, None) => None,
        (1, Some((_, words))) => Some(format!("waiting: {words}")),
        (count, Some((_, words))) => Some(format!("{count} containers wait, the last one: {words}")),
    }
}

/// What is said where the lines would be.
pub fn instead_of_lines(logs: &Logs) -> String {
    if logs.view.is_narrowing() {
        return "looking through the lines…".to_owned();
    }
    let hidden = logs.view.hidden();
    if hidden > 0 {
        return format!("none of the {} lines is let through", units::count(hidden as u64));
    }
    if let Progress::Failed(trouble) = &logs.progress {
        return format!("{trouble}. {}", trouble.kind.advice());
    }
    if let Some(trouble) = trouble(logs) {
        return trouble;
    }
    match (&logs.progress, any(&logs.streams)) {
        (Progress::Opening, _) => "asking for the log…".to_owned(),
        (Progress::Ended, _) => "the log is empty".to_owned(),
        (_, false) => "no containers yet: they are followed when they come".to_owned(),
        _ => "no lines yet".to_owned(),
    }
}

fn any(streams: &Streams) -> bool {
    streams.iter().next().is_some()
}
