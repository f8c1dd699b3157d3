//! Draws the fields of a kind: what the place is for, its fields, and the whole text of the selected one.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use unicode_width::UnicodeWidthStr as _;

use super::{Explain, Reading};
use crate::model::column::{Align, Cell, Tone};
use crate::theme::{Role, Theme};
use crate::widget::chrome::{ends, piece};
use crate::widget::grid::{self, Gutter, Heading, RowLook, put};

/// How the lines are shared out: what the place is for, the fields, what the selected field is for.
fn parts(explain: &Explain, area: Rect) -> [u16; 3] {
    let room = area.height.saturating_sub(2);
    let words = wrapped(&explain.node.description, area.width.saturating_sub(2)).len();
    let above = u16::try_from(words).unwrap_or(u16::MAX).min(room / 4);
    let below = if explain.node.fields.is_empty() { 0 } else { (room / 3).min(8) };
    [above, room - above - below, below]
}

/// How many fields are shown.
pub fn page(explain: &Explain, area: Rect) -> usize {
    usize::from(parts(explain, area)[1].saturating_sub(1))
}

/// Draws the screen.
pub fn draw(explain: &Explain, area: Rect, theme: &Theme, ascii: bool, buffer: &mut Buffer) {
    let line = |at: u16| Rect { y: area.y + at, height: 1, ..area }.intersection(area);
    let (version, kind) = (explain.resource.api_version(), &explain.node.kind);
    let left = [piece(Role::TitleFocused, format!(" Explain {}", explain.name()))];
    let (role, words) = match (&explain.reading, &explain.missing) {
        (Reading::Waiting, _) => (Role::ModeLoading, "reading…".to_owned()),
        (Reading::Failed(trouble), _) => (Role::ModeStale, trouble.to_string()),
        (Reading::Done, Some(why)) => (Role::NoticeWarn, why.clone()),
        // Where one is matters more than the version.
        (Reading::Done, None) => {
            let whole = format!("<{kind}>  {version}");
            let fits = explain.name().width() + whole.width() + 12 < usize::from(area.width);
            (Role::Dim, if fits { whole } else { format!("<{kind}>") })
        }
    };
    ends(line(0), &left, &[piece(role, format!("{words} "))], theme, buffer);
    let [above, fields, below] = parts(explain, area);
    text(&explain.node.description, Rect { y: area.y + 1, height: above, ..area }, theme, buffer);
    let top = 1 + above;
    if explain.node.fields.is_empty() {
        if !explain.node.values.is_empty() {
            let values = format!("one of {}", explain.node.values.join(", "));
            text(
                &values,
                Rect { y: area.y + top + 1, height: fields.saturating_sub(1), ..area },
                theme,
                buffer,
            );
        }
        return;
    }
    let first = |text: &str| text.lines().next().unwrap_or_default().to_owned();
    let row = |field: &crate::model::schema::Field| {
        let name = if field.leads { format!("{}.", field.name) } else { field.name.clone() };
        let required = if field.required { "required" } else { "" };
        [
            Cell::plain(name),
            Cell::toned(format!("<{}>", field.kind), Tone::Accent),
            Cell::toned(required, Tone::Warn),
            Cell::toned(first(&field.description), Tone::Dim),
        ]
    };
    let rows: Vec<[Cell<'_>; 4]> = explain.node.fields.iter().map(row).collect();
    let titles = ["FIELD", "TYPE", "", "WHAT"];
    let wanted: Vec<u16> = (0..titles.len())
        .map(|at| {
            rows.iter().map(|row| row[at].text.width()).chain([titles[at].len()]).max().unwrap_or(0) as u16
        })
        .collect();
    let widths = grid::fit(area.width, &wanted, &[32, 32, 8, 0], 0);
    let headings: Vec<Heading<'_>> = titles
        .iter()
        .zip(widths)
        .map(|(title, width)| Heading { title, align: Align::Left, width, sorted: None, rank: 0 })
        .collect();
    grid::header(line(top), &headings, theme, ascii, buffer);
    let shown = usize::from(fields.saturating_sub(1));
    let from = explain.selected.saturating_sub(shown.saturating_sub(1));
    for (at, cells) in rows.iter().enumerate().skip(from).take(shown) {
        let gutter = Gutter { cursor: at == explain.selected, ..Gutter::default() };
        let look = RowLook { gutter, focused: true, name: 0, highlights: &|_, _| Vec::new() };
        grid::row(line(top + 1 + (at - from) as u16), &headings, cells, look, theme, buffer);
    }
    let Some(field) = explain.field() else { return };
    let at = top + fields;
    let title = [piece(Role::Title, format!(" {}", field.name))];
    ends(line(at), &title, &[piece(Role::Dim, format!("<{}> ", field.kind))], theme, buffer);
    let body = Rect { y: area.y + at + 1, height: below.saturating_sub(1), ..area };
    text(&field.description, body, theme, buffer);
}

fn text(words: &str, area: Rect, theme: &Theme, buffer: &mut Buffer) {
    let width = area.width.saturating_sub(2);
    let lines = wrapped(words, width);
    let cut = lines.len() > usize::from(area.height);
    for (at, line) in lines.iter().take(area.height.into()).enumerate() {
        let last = cut && at + 1 == usize::from(area.height);
        let line = if last { format!("{line} …") } else { line.clone() };
        put(buffer, area.x + 1, area.y + at as u16, width, &line, Align::Left, theme.style(Role::Text));
    }
}

/// Text in lines of at most so many columns, cut between words.
fn wrapped(text: &str, width: u16) -> Vec<String> {
    let mut lines = Vec::new();
    for paragraph in text.lines() {
        let mut line = String::new();
        for word in paragraph.split_whitespace() {
            if !line.is_empty() && line.width() + 1 + word.width() > usize::from(width) {
                lines.push(std::mem::take(&mut line));
            }
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
        lines.push(line);
    }
    lines
}
