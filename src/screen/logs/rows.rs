//! A line as rows of the screen: JSON as columns or pretty, wrapped or not, with what is to be coloured.

use std::borrow::Cow;
use std::fmt::Write;
use std::ops::Range;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::{Json, Logs};
use crate::model::log::colour::Sgr;
use crate::model::log::{Level, Row, json};
use crate::model::text::clean;
use crate::theme::Role;

/// Cells of the signs before a line: the cursor or a mark, how grave it is, a blank.
pub const SIGNS: usize = 3;
/// Cells of a time: `11-21 02:00:26.221`.
const TIME: usize = 18;
/// Columns of JSON lines at most.
const MOST_COLUMNS: usize = 16;
/// Cells of a column at most.
const WIDEST: usize = 48;

/// How a part of a line is to look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Paint {
    /// By its meaning.
    Role(Role),
    /// As the program wanted it.
    Sgr(Sgr),
}

/// A line, laid out.
#[derive(Debug, Clone, PartialEq)]
pub struct Laid<'a> {
    /// Its text; of a pretty line, all of its rows without breaks.
    pub text: Cow<'a, str>,
    /// Its rows, as parts of the text.
    pub rows: Vec<Range<usize>>,
    /// What is to be coloured.
    pub paints: Vec<(Range<usize>, Paint)>,
}

/// Cells before the text of a line.
pub fn indent(logs: &Logs) -> usize {
    SIGNS + time_width(logs) + name_width(logs)
}

/// Cells of the time and the blank after it.
pub fn time_width(logs: &Logs) -> usize {
    if logs.show.times { TIME + usize::from(logs.show.utc) + 1 } else { 0 }
}

/// Cells of the name and the blank after it.
pub fn name_width(logs: &Logs) -> usize {
    if logs.names() && logs.streams.width > 0 { logs.streams.width + 1 } else { 0 }
}

/// Rows of the line at a place of the view.
pub fn count(logs: &Logs, index: usize, width: usize) -> usize {
    if !logs.show.wrap && logs.show.json != Json::Pretty {
        return 1;
    }
    let row = logs.view.nth(index).and_then(|number| logs.ring.get(number));
    row.map_or(1, |row| shape(logs, &row, width).rows.len())
}

/// The line at a place of the view, with its colours.
pub fn lay<'a>(logs: &'a Logs, row: &Row<'a>, context: bool, width: usize) -> Laid<'a> {
    let mut laid = shape(logs, row, width);
    let whole = 0..laid.text.len();
    if row.note {
        laid.paints.push((whole, Paint::Role(Role::LogNote)));
        return laid;
    }
    if matches!(laid.text, Cow::Borrowed(_)) {
        laid.paints.extend(row.spans().map(|(range, sgr)| (range, Paint::Sgr(sgr))));
    }
    if context {
        laid.paints.push((whole, Paint::Role(Role::LogContext)));
    }
    let found = logs.narrow.search.as_ref().or(logs.narrow.query.keep.as_ref());
    let places = found.map(|search| search.places(&laid.text)).unwrap_or_default();
    laid.paints.extend(places.into_iter().map(|range| (range, Paint::Role(Role::Match))));
    laid
}

/// The text and its rows, without what is found in it.
fn shape<'a>(logs: &'a Logs, row: &Row<'a>, width: usize) -> Laid<'a> {
    // A note has no time and no name before it.
    let width = if row.note { width + indent(logs) - SIGNS } else { width };
    let mut laid = match logs.show.json {
        Json::Columns if !row.note => in_columns(logs, row),
        Json::Pretty if !row.note => pretty(row),
        _ => None,
    }
    .unwrap_or_else(|| Laid {
        text: Cow::Borrowed(row.text),
        rows: vec![0..row.text.len()],
        paints: Vec::new(),
    });
    if logs.show.wrap {
        let text = &laid.text;
        laid.rows = laid.rows.iter().flat_map(|range| wrapped(text, range.clone(), width)).collect();
    }
    laid
}

/// A part of a text as rows of at most so many cells, cut at blanks where there are some.
fn wrapped(text: &str, range: Range<usize>, width: usize) -> Vec<Range<usize>> {
    let mut rows = Vec::new();
    let (mut start, mut used, mut blank) = (range.start, 0_usize, None);
    for (at, c) in text[range.clone()].char_indices() {
        let at = range.start + at;
        let cells = c.width().unwrap_or(0);
        if used + cells > width && at > start {
            // A blank that is far back would leave most of the row empty.
            let cut = blank.filter(|blank: &usize| (*blank - start) * 2 > at - start).unwrap_or(at);
            rows.push(start..cut);
            used = text[cut..at].width();
            (start, blank) = (cut, None);
        }
        used += cells;
        if c == ' ' {
            blank = Some(at + 1);
        }
    }
    rows.push(start..range.end);
    rows
}

/// The names of columns with their widths, by these lines.
pub fn columns<'a>(names: &[String], lines: impl Iterator<Item = &'a str>) -> Vec<(String, usize)> {
    let mut out: Vec<(String, usize)> =
        names.iter().take(MOST_COLUMNS).map(|name| (clean(name).into_owned(), name.width())).collect();
    for line in lines {
        for (name, value) in json::fields(line).into_iter().flatten() {
            if let Some((_, width)) = out.iter_mut().find(|(known, _)| *known == name) {
                *width = (*width).max(value.width()).min(WIDEST);
            }
        }
    }
    out
}

/// The heading over columns.
pub fn heading(logs: &Logs) -> String {
    logs.show.columns.iter().map(|(name, width)| padded(name, *width)).collect()
}

fn padded(text: &str, width: usize) -> String {
    let text = crate::widget::grid::cut(text, width as u16);
    let blanks = width.saturating_sub(text.width()) + 2;
    format!("{text}{}", " ".repeat(blanks))
}

fn in_columns<'a>(logs: &Logs, row: &Row<'_>) -> Option<Laid<'a>> {
    if logs.show.columns.is_empty() {
        return None;
    }
    let fields = json::fields(row.text)?;
    let (mut text, mut paints) = (String::new(), Vec::new());
    for (name, width) in &logs.show.columns {
        let value = fields.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value);
        let start = text.len();
        // What was escaped in the JSON is text from the cluster that has not been cleaned yet.
        text.push_str(&padded(&clean(value), *width));
        if Level::named(value).is_some()
            && let Some(role) = role_of(row.level)
        {
            paints.push((start..start + value.len(), Paint::Role(role)));
        }
    }
    // Fields without a column are not hidden silently.
    let more =
        fields.iter().filter(|(name, _)| !logs.show.columns.iter().any(|(known, _)| known == name)).count();
    if more > 0 {
        let _ = write!(text, "(+{more})");
    }
    text.truncate(text.trim_end().len());
    let rows = vec![0..text.len()];
    Some(Laid { text: text.into(), rows, paints })
}

fn pretty<'a>(row: &Row<'_>) -> Option<Laid<'a>> {
    let lines = json::pretty(row.text)?;
    let (mut text, mut rows, mut paints) = (String::new(), Vec::new(), Vec::new());
    for line in lines {
        let start = text.len();
        text.push_str(&line);
        rows.push(start..text.len());
        let blanks = line.len() - line.trim_start().len();
        if let Some(end) = line.find("\": ") {
            paints.push((start + blanks..start + end + 1, Paint::Role(Role::SyntaxKey)));
        }
    }
    Some(Laid { text: text.into(), rows, paints })
}

/// The sign of a level, and its colour.
pub fn sign(level: Level) -> Option<(&'static str, Role)> {
    let sign = match level {
        Level::Fatal => "F",
        Level::Error => "E",
        Level::Warn => "W",
        Level::Info | Level::Debug | Level::Trace | Level::None => return None,
    };
    role_of(level).map(|role| (sign, role))
}

fn role_of(level: Level) -> Option<Role> {
    match level {
        Level::Fatal | Level::Error => Some(Role::ToneBad),
        Level::Warn => Some(Role::ToneWarn),
        Level::Debug | Level::Trace => Some(Role::Dim),
        Level::Info | Level::None => None,
    }
}

#[cfg(test)]
mod tests {
    use super::wrapped;

    #[test]
    fn wraps_without_losing_a_byte() {
        for (text, width, rows) in [
            ("", 5, vec![""]),
            ("abc", 5, vec!["abc"]),
            ("one two three", 8, vec!["one two ", "three"]),
            ("abcdefgh", 3, vec!["abc", "def", "gh"]),
            ("日本語", 4, vec!["日本", "語"]),
            ("a bcdefghijkl", 8, vec!["a bcdefg", "hijkl"]),
            ("x", 0, vec!["x"]),
        ] {
            let found: Vec<&str> =
                wrapped(text, 0..text.len(), width).into_iter().map(|range| &text[range]).collect();
            assert_eq!(found, rows, "{text} in {width}");
        }
    }
}
