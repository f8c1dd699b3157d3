//! Draws an object as text, and a pod's containers.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use unicode_width::UnicodeWidthStr;

use super::text::Text;
use super::{Containers, Reading, Subject};
use crate::model::column::{Align, Cell, Tone};
use crate::model::search::Search;
use crate::model::yaml::{Line, Syntax};
use crate::screen::scroll::Scroll;
use crate::theme::{Role, Theme};
use crate::widget::chrome::{ends, piece};
use crate::widget::grid::{self, Gutter, Heading, RowLook, put};

/// Lines of text that fit into an area of this height: all but the title.
pub fn height(area_height: u16) -> usize {
    usize::from(area_height.saturating_sub(1))
}

fn title(what: &str, subject: &Subject, extra: &str, area: Rect, theme: &Theme, buffer: &mut Buffer) {
    let object = &subject.object;
    let (.., kind) = object.kind.resource();
    let place = if object.namespace.is_empty() { String::new() } else { format!("{}/", object.namespace) };
    let left = [piece(Role::TitleFocused, format!(" {what} of {kind} {place}{}", object.name))];
    let (role, words) = match &subject.reading {
        Reading::Waiting => (Role::ModeLoading, "reading…".to_owned()),
        Reading::Done => (Role::Dim, extra.to_owned()),
        Reading::Failed(trouble) => (Role::ModeStale, trouble.to_string()),
        Reading::Gone => (Role::ModeStale, "gone: this is how it was".to_owned()),
    };
    ends(area, &left, &[piece(role, format!("{words} "))], theme, buffer);
}

/// Draws a screen of text.
pub fn text(screen: &Text, area: Rect, theme: &Theme, buffer: &mut Buffer) {
    let count = screen.lines.len();
    let search = crate::model::search::words(screen.search.as_ref(), screen.hit);
    let folded = screen.folded();
    let folded = if folded.is_empty() { folded } else { format!("{folded}   ") };
    let extra = format!("{search}{folded}line {}/{count}", (screen.scroll.top + 1).min(count));
    let elsewhere = screen.context.as_ref().map_or_else(String::new, |context| format!(" @{context}"));
    title(&format!("{}{elsewhere}", screen.form.title()), &screen.subject, &extra, area, theme, buffer);
    let body = Rect { y: area.y + 1, height: area.height.saturating_sub(1), ..area };
    paint(&screen.lines, screen.scroll, screen.search.as_ref(), body, theme, buffer);
}

/// Draws lines from where one reads, with what a search found.
fn paint(
    lines: &[Line],
    scroll: Scroll,
    search: Option<&Search>,
    body: Rect,
    theme: &Theme,
    buffer: &mut Buffer,
) {
    for (row, line) in lines.iter().skip(scroll.top).take(body.height.into()).enumerate() {
        let y = body.y + row as u16;
        let whole: String = line.iter().map(|(_, text)| text.as_str()).collect();
        let mut at = 0_usize;
        for (syntax, text) in line {
            cells(body, y, at, scroll.left, text, role(*syntax), theme, buffer);
            at += text.width();
        }
        for place in search.map(|search| search.places(&whole)).unwrap_or_default() {
            let from = whole.get(..place.start).map_or(0, UnicodeWidthStr::width);
            let found = whole.get(place).unwrap_or_default();
            cells(body, y, from, scroll.left, found, Role::Match, theme, buffer);
        }
    }
}

/// One line of text of one role, scrolled to the right, with its matches.
pub fn text_line(
    line: Rect,
    left: usize,
    text: &str,
    role: Role,
    matches: &[std::ops::Range<usize>],
    theme: &Theme,
    buffer: &mut Buffer,
) {
    cells(line, line.y, 0, left, text, role, theme, buffer);
    for place in matches {
        let from = text.get(..place.start).map_or(0, UnicodeWidthStr::width);
        let found = text.get(place.clone()).unwrap_or_default();
        cells(line, line.y, from, left, found, Role::Match, theme, buffer);
    }
}

fn role(syntax: Syntax) -> Role {
    match syntax {
        Syntax::Plain => Role::Text,
        Syntax::Key => Role::SyntaxKey,
        Syntax::String => Role::SyntaxString,
        Syntax::Constant => Role::SyntaxConstant,
        Syntax::Comment => Role::SyntaxComment,
        Syntax::Tone(tone) => tone.into(),
    }
}

/// Writes text that begins at cell `at` of a line of which the first `left` cells are scrolled away.
#[allow(clippy::too_many_arguments)] // where, what and how: a struct for two callers would not be clearer
fn cells(
    body: Rect,
    y: u16,
    at: usize,
    left: usize,
    text: &str,
    role: Role,
    theme: &Theme,
    buffer: &mut Buffer,
) {
    let mut hidden = left.saturating_sub(at);
    let mut shown = text;
    while hidden > 0 {
        let Some(first) = shown.chars().next() else { return };
        hidden = hidden.saturating_sub(unicode_width::UnicodeWidthChar::width(first).unwrap_or(0).max(1));
        shown = &shown[first.len_utf8()..];
    }
    let x = body.x as usize + at.saturating_sub(left);
    if x < usize::from(body.right()) {
        let width = body.right() - x as u16;
        // Not `put`: a piece of a line must be cut by the border, not by an ellipsis.
        buffer.set_stringn(x as u16, y, shown, width.into(), theme.style(role));
    }
}

/// Draws the containers screen.
pub fn containers(screen: &Containers, area: Rect, theme: &Theme, ascii: bool, buffer: &mut Buffer) {
    let ready = screen.rows.iter().filter(|row| row.ready).count();
    title(
        "Containers",
        &screen.subject,
        &format!("{ready} ready of {}", screen.rows.len()),
        area,
        theme,
        buffer,
    );
    if let (Reading::Failed(trouble), true) = (&screen.subject.reading, screen.rows.is_empty()) {
        let text = format!("{trouble}. {}", trouble.kind.advice());
        put(
            buffer,
            area.x + 1,
            area.y + 2,
            area.width.saturating_sub(2),
            &text,
            Align::Left,
            theme.style(Role::Dim),
        );
        return;
    }
    let cells: Vec<[Cell<'_>; 8]> = screen.rows.iter().map(row).collect();
    let titles = ["NAME", "KIND", "READY", "STATE", "RESTARTS", "IMAGE", "LAST STATE", "PORTS"];
    let max = [40, 9, 5, 48, 8, 0, 30, 40];
    let wanted: Vec<u16> = (0..titles.len())
        .map(|at| {
            cells.iter().map(|row| row[at].text.width()).chain([titles[at].len()]).max().unwrap_or(0) as u16
        })
        .collect();
    let widths = grid::fit(area.width, &wanted, &max, 0);
    let headings: Vec<Heading<'_>> = titles
        .iter()
        .zip(widths)
        .map(|(title, width)| {
            let align = if *title == "RESTARTS" { Align::Right } else { Align::Left };
            Heading { title, align, width, sorted: None, rank: 0 }
        })
        .collect();
    let line = |at: u16| Rect { y: area.y + at, height: 1, ..area }.intersection(area);
    grid::header(line(1), &headings, theme, ascii, buffer);
    let position = screen.position();
    let shown = usize::from(listed(screen, area.height));
    let top = position.saturating_sub(shown.saturating_sub(1));
    for (at, cells) in cells.iter().enumerate().skip(top).take(shown) {
        let gutter = Gutter { cursor: at == position, ..Gutter::default() };
        let look = RowLook { gutter, focused: true, name: 0, highlights: &|_, _| Vec::new() };
        grid::row(line(2 + (at - top) as u16), &headings, cells, look, theme, buffer);
    }
    let below = 2 + listed(screen, area.height);
    if told(screen, area.height) == 0 || screen.lines.is_empty() {
        return;
    }
    let title = [piece(Role::Title, format!(" {}", screen.selected))];
    let (first, all) = (screen.scroll.top + 1, screen.lines.len());
    let last = (screen.scroll.top + told(screen, area.height)).min(all);
    let place = [piece(Role::Dim, format!("lines {first}-{last} of {all} "))];
    ends(line(below), &title, &place, theme, buffer);
    let body = Rect { y: area.y + below + 1, height: area.height - below - 1, ..area };
    paint(&screen.lines, screen.scroll, None, body, theme, buffer);
}

/// How many rows of containers are shown in so many lines: what is told of the selected one has the greater part.
fn listed(screen: &Containers, height: u16) -> u16 {
    let rows = u16::try_from(screen.rows.len()).unwrap_or(u16::MAX);
    rows.min(height.saturating_sub(2)).min((height / 3).max(3))
}

/// How many lines of what is told are shown.
pub fn told(screen: &Containers, height: u16) -> usize {
    usize::from(height.saturating_sub(3 + listed(screen, height)))
}

fn row(container: &crate::model::container::Container) -> [Cell<'_>; 8] {
    [
        Cell::plain(container.name.as_str()),
        Cell::toned(container.role.word(), Tone::Dim),
        if container.ready { Cell::toned("yes", Tone::Good) } else { Cell::toned("no", Tone::Warn) },
        Cell::toned(container.state.as_str(), container.tone),
        Cell::plain(container.restarts.to_string()),
        Cell::plain(container.image.as_str()),
        Cell::toned(container.last.as_str(), Tone::Dim),
        Cell::plain(container.ports.as_str()),
    ]
}
