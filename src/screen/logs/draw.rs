//! Draws a log.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use unicode_width::UnicodeWidthStr;

use jiff::Timestamp;

use super::{LogLine, Logs, Stream};
use crate::model::column::Align;
use crate::model::search::{self, Search};
use crate::theme::{Role, Theme};
use crate::widget::chrome::{ends, piece, wrap};
use crate::widget::grid::put;

/// Lines of text that fit into an area of this height: all but the title.
pub fn height(area_height: u16) -> usize {
    usize::from(area_height.saturating_sub(1))
}

/// Draws the title and the visible lines.
pub fn draw(logs: &Logs, area: Rect, theme: &Theme, buffer: &mut Buffer) {
    let run = if logs.query.previous { " (previous run)" } else { "" };
    let left = [
        piece(Role::TitleFocused, format!(" Log of {}/{}", logs.pod, logs.container)),
        piece(Role::Dim, run),
    ];
    ends(area, &left, &[piece(role(logs), status(logs))], theme, buffer);
    let body = Rect { y: area.y + 1, height: area.height.saturating_sub(1), ..area };
    if logs.lines().is_empty() {
        let words = match &logs.stream {
            Stream::Opening => "asking for the log…".to_owned(),
            Stream::Open => "no lines yet".to_owned(),
            Stream::Ended => "the log is empty".to_owned(),
            Stream::Failed(trouble) => format!("{trouble}. {}", trouble.kind.advice()),
        };
        for (at, text) in
            wrap(&words, body.width.saturating_sub(2)).iter().enumerate().take(body.height.into())
        {
            put(
                buffer,
                body.x + 1,
                body.y + at as u16,
                body.width.saturating_sub(1),
                text,
                Align::Left,
                theme.style(Role::Dim),
            );
        }
        return;
    }
    lines(logs, body, theme, buffer);
}

fn role(logs: &Logs) -> Role {
    match logs.stream {
        Stream::Opening => Role::ModeLoading,
        Stream::Open if logs.follow => Role::ModeLive,
        Stream::Failed(_) => Role::ModeStale,
        Stream::Open | Stream::Ended => Role::Dim,
    }
}

fn status(logs: &Logs) -> String {
    let stream = match &logs.stream {
        Stream::Opening => "opening".to_owned(),
        Stream::Open if logs.follow => "following".to_owned(),
        Stream::Open => "paused here, lines keep coming".to_owned(),
        Stream::Ended => "ended".to_owned(),
        // The whole story is told where the lines would be.
        Stream::Failed(trouble) if logs.lines().is_empty() => return format!("{} ", trouble.kind.word()),
        Stream::Failed(trouble) => trouble.to_string(),
    };
    let dropped =
        if logs.dropped > 0 { format!("{} older ones dropped, ", logs.dropped) } else { String::new() };
    let count = logs.lines().len();
    let last = (logs.scroll.top + 1).min(count);
    let search = search::words(logs.search.as_ref(), logs.hit);
    format!("{search}{dropped}line {last}/{count}, {stream} ")
}

fn lines(logs: &Logs, body: Rect, theme: &Theme, buffer: &mut Buffer) {
    let mut y = body.y;
    let mut hidden = 0;
    let first = if logs.wrap && logs.follow {
        // The end is followed: fill the area from below. Of a line that is taller than what is left, its end shows.
        let mut rows = 0;
        let mut count = 0;
        for line in logs.lines().iter().rev() {
            if rows >= usize::from(body.height) {
                break;
            }
            rows += wrap(&text(logs, line), body.width).len();
            count += 1;
        }
        hidden = rows.saturating_sub(body.height.into());
        logs.lines().len() - count
    } else {
        logs.scroll.top
    };
    let shown = logs.lines().iter().skip(first);
    for line in shown {
        if y >= body.bottom() {
            break;
        }
        let text = text(logs, line);
        let time = if logs.timestamps { time_part(line).len() } else { 0 };
        if logs.wrap {
            for (at, part) in wrap(&text, body.width).iter().enumerate() {
                if hidden > 0 {
                    hidden -= 1;
                    continue;
                }
                if y >= body.bottom() {
                    break;
                }
                one(body, y, part, if at == 0 { time } else { 0 }, logs.search.as_ref(), theme, buffer);
                y += 1;
            }
        } else {
            let start = text.char_indices().nth(logs.scroll.left).map_or(text.len(), |(at, _)| at);
            one(body, y, &text[start..], time.saturating_sub(start), logs.search.as_ref(), theme, buffer);
            y += 1;
        }
    }
}

/// The time to the millisecond: more digits only push the text away.
fn time_part(line: &LogLine) -> String {
    match Timestamp::from_nanosecond(line.time.into()) {
        Ok(time) if line.time != i64::MIN => time.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string(),
        _ => String::new(),
    }
}

pub(super) fn text(logs: &Logs, line: &LogLine) -> String {
    if logs.timestamps { format!("{} {}", time_part(line), line.text) } else { line.text.to_string() }
}

fn one(
    body: Rect,
    y: u16,
    text: &str,
    time: usize,
    search: Option<&Search>,
    theme: &Theme,
    buffer: &mut Buffer,
) {
    put(buffer, body.x, y, body.width, text, Align::Left, theme.style(Role::Text));
    let mut style = |range: std::ops::Range<usize>, role| {
        let from = text.get(..range.start).map_or(0, UnicodeWidthStr::width);
        let wide = text.get(range).map_or(0, UnicodeWidthStr::width);
        let place = Rect { x: body.x.saturating_add(from as u16), y, width: wide as u16, height: 1 };
        buffer.set_style(place.intersection(Rect { y, height: 1, ..body }), theme.style(role));
    };
    if time > 0 {
        style(0..time.min(text.len()), Role::LogTime);
    }
    for range in search.map(|search| search.places(text)).unwrap_or_default() {
        style(range, Role::Match);
    }
}
