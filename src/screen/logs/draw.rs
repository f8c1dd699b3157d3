//! Draws logs: what is said above the lines, then the visible lines only.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::rows::{self, Laid, Paint, SIGNS};
use super::words::{self, Head};
use super::{Logs, place};
use crate::model::column::Align;
use crate::model::log::Row;
use crate::model::log::colour::Sgr;
use crate::theme::{Role, Theme};
use crate::widget::chrome::{Piece, ends, line, piece, wrap};
use crate::widget::grid::put;

/// What drawing needs beside the logs.
#[derive(Clone, Copy)]
pub struct Look<'a> {
    /// Colours.
    pub theme: &'a Theme,
    /// The zone of local times.
    pub zone: &'a TimeZone,
    /// The key that asks for more streams.
    pub more_key: Option<&'a str>,
    /// What stands before the title when nothing else says where one is.
    pub before: &'a [Piece],
}

/// Draws everything into the area.
pub fn draw(logs: &Logs, area: Rect, look: Look<'_>, buffer: &mut Buffer) {
    let heads = words::above(logs);
    for (at, head) in (0..area.height).zip(&heads) {
        above(logs, *head, Rect { y: area.y + at, height: 1, ..area }, look, buffer);
    }
    let taken = (heads.len() as u16).min(area.height);
    let body = Rect { y: area.y + taken, height: area.height - taken, ..area };
    if logs.view().is_empty() {
        let inner = Rect { x: body.x + 1, width: body.width.saturating_sub(2), ..body };
        for (at, text) in (0..inner.height).zip(wrap(&words::instead_of_lines(logs), inner.width)) {
            line(Rect { y: inner.y + at, height: 1, ..inner }, &[piece(Role::Dim, text)], look.theme, buffer);
        }
        return;
    }
    lines(logs, body, look, buffer);
}

fn above(logs: &Logs, head: Head, area: Rect, look: Look<'_>, buffer: &mut Buffer) {
    match head {
        Head::Title => {
            let mut left = look.before.to_vec();
            left.extend(words::title(logs, look.more_key));
            let (role, status) = words::status(logs);
            ends(area, &left, &[piece(role, status)], look.theme, buffer);
        }
        Head::Narrow => {
            let words = words::narrowing(logs).join("   ");
            let left = [piece(Role::Match, format!("   {words}"))];
            ends(area, &left, &[piece(Role::Dim, words::hidden(logs))], look.theme, buffer);
        }
        Head::Trouble => {
            let words = words::trouble(logs).unwrap_or_default();
            line(area, &[piece(Role::ToneWarn, format!("   {words}"))], look.theme, buffer);
        }
        Head::Columns => {
            let indent = (rows::indent(logs) as u16).min(area.width);
            let heading = rows::heading(logs);
            let text = from_cell(&heading, if logs.show.wrap { 0 } else { logs.show.left });
            let area = Rect { x: area.x + indent, width: area.width - indent, ..area };
            put(buffer, area.x, area.y, area.width, text, Align::Left, look.theme.style(Role::Header));
        }
    }
}

fn lines(logs: &Logs, body: Rect, look: Look<'_>, buffer: &mut Buffer) {
    let indent = rows::indent(logs);
    let width = usize::from(body.width).saturating_sub(indent).max(1);
    let ((first, skipped), cursor): (place::Spot, _) = logs.top_and_cursor();
    let mut y = body.y;
    for index in first..logs.view().len() {
        let Some(number) = logs.view().nth(index) else { break };
        let Some(row) = logs.ring().get(number) else { break };
        let laid = rows::lay(logs, &row, logs.view().is_context(index), width);
        let skip = if index == first { skipped.min(laid.rows.len() - 1) } else { 0 };
        for part in skip..laid.rows.len() {
            if y >= body.bottom() {
                return;
            }
            let area = Rect { y, height: 1, ..body };
            if part == 0 {
                let here = cursor == Some(index);
                before(logs, &row, area, here, logs.marks.contains(&number), look, buffer);
            }
            let indent = if row.note { SIGNS } else { indent } as u16;
            let text =
                Rect { x: area.x + indent.min(area.width), width: area.width.saturating_sub(indent), ..area };
            one(logs, &laid, part, text, look.theme, buffer);
            y += 1;
        }
    }
}

/// The signs, the time and the name before a line.
fn before(
    logs: &Logs,
    row: &Row<'_>,
    area: Rect,
    here: bool,
    marked: bool,
    look: Look<'_>,
    buffer: &mut Buffer,
) {
    let (sign, role) = match (here, marked) {
        (true, true) => (">", Role::Mark),
        (true, false) => (">", Role::Cursor),
        (false, true) => ("*", Role::Mark),
        (false, false) => (" ", Role::Text),
    };
    let (level, level_role) = rows::sign(row.level).unwrap_or((" ", Role::Text));
    let mut pieces = vec![piece(role, sign), piece(level_role, level), piece(Role::Text, " ")];
    if !row.note {
        let time = rows::time_width(logs);
        if time > 0 {
            let words = row.time.map(|time| time_words(time, logs.show.utc, look.zone)).unwrap_or_default();
            pieces.push(piece(Role::LogTime, format!("{words:time$}")));
        }
        let width = rows::name_width(logs);
        if width > 0 {
            let (name, role) = logs
                .streams
                .get(row.source)
                .map_or(("", Role::LogSource), |stream| (&stream.name, stream.role));
            let blanks = " ".repeat(width.saturating_sub(name.width()));
            pieces.push(piece(role, format!("{name}{blanks}")));
        }
    }
    line(area, &pieces, look.theme, buffer);
}

/// To the millisecond: more digits only push the text away.
const FORM: &str = "%m-%d %H:%M:%S%.3f";

/// `11-21 02:00:26.221`, in UTC with a `Z`.
pub fn time_words(nanoseconds: i64, utc: bool, zone: &TimeZone) -> String {
    let Ok(time) = Timestamp::from_nanosecond(i128::from(nanoseconds)) else { return String::new() };
    if utc {
        format!("{}Z", time.strftime(FORM))
    } else {
        time.to_zoned(zone.clone()).strftime(FORM).to_string()
    }
}

/// The text without its first cells.
fn from_cell(text: &str, cell: usize) -> &str {
    text.char_indices().nth(cell).map_or("", |(at, _)| &text[at..])
}

fn one(logs: &Logs, laid: &Laid<'_>, part: usize, area: Rect, theme: &Theme, buffer: &mut Buffer) {
    let row = &laid.rows[part];
    let left = if logs.show.wrap { 0 } else { logs.show.left };
    let whole = &laid.text[row.clone()];
    let shown = from_cell(whole, left);
    let start = row.start + whole.len() - shown.len();
    // A line may be very long; only what can be seen of it is measured.
    let seen = cells(shown, usize::from(area.width) + 1);
    put(buffer, area.x, area.y, area.width, seen, Align::Left, theme.style(Role::Log));
    let end = start + seen.len();
    for (range, paint) in &laid.paints {
        let (from, to) = (range.start.clamp(start, end), range.end.clamp(start, end));
        let (Some(before), Some(text)) = (laid.text.get(start..from), laid.text.get(from..to)) else {
            continue;
        };
        let place =
            Rect { x: area.x.saturating_add(before.width() as u16), width: text.width() as u16, ..area };
        buffer.set_style(place.intersection(area), style(*paint, theme));
    }
}

/// The beginning of a text that fills so many cells.
fn cells(text: &str, most: usize) -> &str {
    let mut used = 0;
    for (at, c) in text.char_indices() {
        used += c.width().unwrap_or(0);
        if used > most {
            return &text[..at];
        }
    }
    text
}

fn style(paint: Paint, theme: &Theme) -> Style {
    match paint {
        Paint::Role(role) => theme.style(role),
        Paint::Sgr(sgr) => sgr_style(sgr, theme),
    }
}

/// What a program wanted, by the roles of the theme; a background alone is shown by its colour turned around.
fn sgr_style(sgr: Sgr, theme: &Theme) -> Style {
    const ROLES: [Role; 8] = [
        Role::LogBlack,
        Role::LogRed,
        Role::LogGreen,
        Role::LogYellow,
        Role::LogBlue,
        Role::LogMagenta,
        Role::LogCyan,
        Role::LogWhite,
    ];
    let of = |colour: u8| theme.style(ROLES[usize::from(colour % 8)]);
    let mut style = sgr.fg.or(sgr.bg).map_or_else(|| theme.style(Role::Log), of);
    for (wanted, modifier) in [
        (sgr.bold, Modifier::BOLD),
        (sgr.dim, Modifier::DIM),
        (sgr.underline, Modifier::UNDERLINED),
        (sgr.reverse || sgr.bg.is_some(), Modifier::REVERSED),
    ] {
        if wanted {
            style = style.add_modifier(modifier);
        }
    }
    style
}
