//! A table of cells: column titles and the visible rows. Knows columns and cells, no kind and no screen.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

use crate::model::column::{Align, Cell};
use crate::theme::{Role, Theme};

/// One column as it is drawn now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Heading<'a> {
    /// Title.
    pub title: &'a str,
    /// Where the text stands.
    pub align: Align,
    /// Its width in cells; 0 hides it.
    pub width: u16,
    /// `Some(true)`: sorted by it, ascending; `Some(false)`: descending.
    pub sorted: Option<bool>,
    /// Which of several sort columns it is, from 1; 0 where there is one.
    pub rank: usize,
}

/// A sign before a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Gutter {
    /// The cursor is here.
    pub cursor: bool,
    /// The row is marked.
    pub marked: bool,
    /// It has just come (`+`), changed (`~`) or gone (`-`).
    pub flash: Option<Flash>,
}

/// What has just happened to a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Flash {
    /// It came.
    New,
    /// It changed.
    Changed,
    /// It went.
    Gone,
}

impl Flash {
    fn sign(self) -> &'static str {
        match self {
            Self::New => "+",
            Self::Changed => "~",
            Self::Gone => "-",
        }
    }

    fn role(self) -> Role {
        match self {
            Self::New => Role::New,
            Self::Changed => Role::Changed,
            Self::Gone => Role::Gone,
        }
    }
}

/// Width of the signs before a row.
pub const GUTTER: u16 = 2;

/// Draws the column titles.
pub fn header(area: Rect, headings: &[Heading<'_>], theme: &Theme, ascii: bool, buffer: &mut Buffer) {
    if area.height == 0 {
        return;
    }
    each(area, headings, |x, width, heading| {
        let (up, down) = if ascii { ("^", "v") } else { ("↑", "↓") };
        let arrow = heading.sorted.map_or("", |ascending| if ascending { up } else { down });
        let role = if heading.sorted.is_some() { Role::HeaderSorted } else { Role::Header };
        let rank = if heading.rank > 0 { heading.rank.to_string() } else { String::new() };
        let text = format!("{}{arrow}{rank}", heading.title);
        put(buffer, x, area.y, width, &text, heading.align, theme.style(role));
    });
}

/// How one row is drawn.
#[derive(Clone, Copy)]
pub struct RowLook<'a> {
    /// The signs before it.
    pub gutter: Gutter,
    /// The pane has the keyboard.
    pub focused: bool,
    /// Index of the column that holds the name: the cursor colours it, so that moving costs few bytes.
    pub name: usize,
    /// Byte ranges to highlight in the text of the cell with this index.
    pub highlights: &'a dyn Fn(usize, &str) -> Vec<std::ops::Range<usize>>,
}

/// Draws one row into the first line of `area`.
pub fn row(
    area: Rect,
    headings: &[Heading<'_>],
    cells: &[Cell<'_>],
    look: RowLook<'_>,
    theme: &Theme,
    buffer: &mut Buffer,
) {
    if area.height == 0 || area.width == 0 {
        return;
    }
    let gone = look.gutter.flash == Some(Flash::Gone);
    let cursor = if look.focused { Role::Cursor } else { Role::CursorUnfocused };
    if look.gutter.cursor {
        put(buffer, area.x, area.y, 1, ">", Align::Left, theme.style(cursor));
    }
    let (sign, role) = match (look.gutter.marked, look.gutter.flash) {
        (true, _) => ("*", Role::Mark),
        (false, Some(flash)) => (flash.sign(), flash.role()),
        (false, None) => (" ", Role::Text),
    };
    if area.width > 1 && sign != " " {
        put(buffer, area.x + 1, area.y, 1, sign, Align::Left, theme.style(role));
    }
    let mut at = 0;
    each(area, headings, |x, width, heading| {
        let Some(cell) = cells.get(at) else { return };
        let style = match (gone, at == look.name) {
            (true, _) => theme.style(Role::Gone),
            (false, true) if look.gutter.cursor => theme.style(cursor),
            (false, true) if look.gutter.marked => theme.style(Role::Mark),
            _ => theme.style(Role::from(cell.tone)),
        };
        put(buffer, x, area.y, width, &cell.text, heading.align, style);
        for range in (look.highlights)(at, &cell.text) {
            paint(buffer, x, area.y, width, &cell.text, heading.align, range, theme.style(Role::Match));
        }
        at += 1;
    });
}

/// Calls `draw` with the place of every column that fits.
fn each(area: Rect, headings: &[Heading<'_>], mut draw: impl FnMut(u16, u16, &Heading<'_>)) {
    let end = area.right();
    let mut x = area.x.saturating_add(GUTTER);
    for heading in headings {
        let width = heading.width.min(end.saturating_sub(x));
        draw(x, width, heading);
        x = x.saturating_add(heading.width + u16::from(heading.width > 0)).min(end);
    }
}

/// So much of the growing column is worth more than the widest of the others.
const ROOM: u16 = 24;
/// No column gives way below this.
const LEAST: u16 = 16;

/// The widths of columns: what the content wants, cut to what there is; `grow` takes what is left over.
///
/// `wanted` is the widest text of each column so far; `max` its limit (0: the column that grows); `name` does not give way
/// here, since rows are told apart by it: [`cut_name`] is for when nothing else is left.
pub fn fit(available: u16, wanted: &[u16], max: &[u16], name: usize) -> Vec<u16> {
    let mut widths: Vec<u16> =
        wanted.iter().zip(max).map(|(want, max)| if *max == 0 { *want } else { (*want).min(*max) }).collect();
    let gaps = widths.len().saturating_sub(1) as u16 + GUTTER;
    let growing = max.iter().filter(|max| **max == 0).count() as u16;
    let share = |widths: &[u16]| {
        let fixed: u16 = widths.iter().zip(max).filter(|(_, max)| **max != 0).map(|(width, _)| *width).sum();
        available.saturating_sub(fixed + gaps).checked_div(growing)
    };
    let Some(mut each) = share(&widths) else { return widths };
    // The words of the growing column say what is wrong: the widest others give way to them, to a point.
    while each < ROOM && widths.iter().zip(max).any(|(width, max)| *max == 0 && *width > each) {
        let others = widths.iter().zip(max).enumerate();
        let others = others.filter(|(at, (width, max))| *at != name && **max != 0 && **width > LEAST);
        let Some((at, _)) = others.max_by_key(|(_, (width, _))| **width) else { break };
        widths[at] -= 1;
        each = share(&widths).unwrap_or(each);
    }
    for (width, max) in widths.iter_mut().zip(max) {
        if *max == 0 {
            *width = (*width).min(each);
        }
    }
    widths
}

/// A name is never cut below this.
const NAME: u16 = 24;

/// Cuts the name, where it would push other columns out of sight or leave less than `least` of one that grows; never below two
/// fifths of the room.
pub fn cut_name(available: u16, widths: &mut [u16], wanted: &[u16], max: &[u16], name: usize, least: u16) {
    let needed = |at: usize, width: u16| if max[at] == 0 { wanted[at].min(least) } else { width };
    let gaps = widths.len().saturating_sub(1) as u16 + GUTTER;
    let all: u16 = widths.iter().enumerate().map(|(at, width)| needed(at, *width)).sum();
    let over = (all + gaps).saturating_sub(available);
    let floor = NAME.max(available / 5 * 2);
    let Some(width) = widths.get_mut(name).filter(|_| max[name] != 0) else { return };
    let given = over.min(width.saturating_sub(floor));
    *width -= given;
    let mut left = available.saturating_sub(gaps + widths.iter().sum::<u16>());
    for at in 0..widths.len() {
        if max[at] == 0 {
            let more = wanted[at].saturating_sub(widths[at]).min(left);
            (widths[at], left) = (widths[at] + more, left - more);
        }
    }
}

/// Writes text into `width` cells, cut with `…` where it does not fit; wide characters are never cut in half.
pub fn put(buffer: &mut Buffer, x: u16, y: u16, width: u16, text: &str, align: Align, style: Style) {
    if width == 0 || y >= buffer.area.bottom() || x >= buffer.area.right() {
        return;
    }
    let width = width.min(buffer.area.right() - x);
    let shown = cut(text, width);
    let used = shown.width() as u16;
    let x = if align == Align::Right { x + width.saturating_sub(used) } else { x };
    buffer.set_stringn(x, y, &shown, usize::from(width), style);
}

/// The text cut to `width` cells.
pub fn cut(text: &str, width: u16) -> std::borrow::Cow<'_, str> {
    let width = usize::from(width);
    // Most text is plain ASCII: its length is its width.
    if (text.len() <= width) || text.width() <= width {
        return text.into();
    }
    if width == 0 {
        return "".into();
    }
    let mut out = String::new();
    let mut used = 0;
    for grapheme in text.graphemes(true) {
        let wide = grapheme.width();
        if used + wide > width - 1 {
            break;
        }
        used += wide;
        out.push_str(grapheme);
    }
    out.push('…');
    out.into()
}

/// Gives a byte range of a text that [`put`] has written another style.
#[allow(clippy::too_many_arguments)] // the place of a text is five numbers; a struct for one caller would not be clearer
fn paint(
    buffer: &mut Buffer,
    x: u16,
    y: u16,
    width: u16,
    text: &str,
    align: Align,
    range: std::ops::Range<usize>,
    style: Style,
) {
    let used = (cut(text, width).width() as u16).min(width);
    let start = if align == Align::Right { x + width - used } else { x };
    let before = text.get(..range.start).map_or(0, UnicodeWidthStr::width) as u16;
    let wide = text.get(range).map_or(0, UnicodeWidthStr::width) as u16;
    let from = start.saturating_add(before).min(x + used);
    let to = start.saturating_add(before + wide).min(start + used).min(buffer.area.right());
    if from < to && y < buffer.area.bottom() {
        buffer.set_style(Rect { x: from, y, width: to - from, height: 1 }, style);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::theme::Depth;

    #[test]
    fn cuts_at_cells() {
        for (text, width, shown) in [
            ("abc", 3, "abc"),
            ("abcd", 3, "ab…"),
            ("日本語", 4, "日…"),
            ("日本語", 6, "日本語"),
            ("x", 0, ""),
            ("", 0, ""),
        ] {
            assert_eq!(cut(text, width), shown, "{text} in {width}");
        }
    }

    #[test]
    fn the_growing_column_takes_what_is_left() {
        assert_eq!(fit(40, &[10, 5, 60], &[20, 8, 0], 0), [10, 5, 21]);
        assert_eq!(fit(60, &[40, 5, 60], &[40, 8, 0], 1), [27, 5, 24], "the widest gives way");
        assert_eq!(fit(60, &[40, 5, 3], &[40, 8, 0], 1), [40, 5, 3], "but only to what is wanted");
        assert_eq!(fit(40, &[30, 5, 4], &[20, 8, 0], 0), [20, 5, 4]);
        assert_eq!(fit(3, &[30, 5, 4], &[20, 8, 0], 0), [20, 5, 0]);
    }

    #[test]
    fn a_long_name_leaves_room_for_the_others() {
        for (available, wanted, max, cut) in [
            // What fits is not cut.
            (80, vec![50, 5, 8], vec![63, 5, 8], vec![50, 5, 8]),
            // Nothing that grows: all of the others stay.
            (60, vec![63, 5, 8, 10], vec![63, 5, 8, 10], vec![32, 5, 8, 10]),
            // The one that grows keeps what says something.
            (60, vec![63, 5, 8, 40], vec![63, 5, 8, 0], vec![34, 5, 8, 8]),
            // Never below two fifths, or 24.
            (60, vec![63, 30, 30, 10], vec![63, 30, 30, 10], vec![24, 30, 30, 10]),
            (100, vec![63, 40, 40, 10], vec![63, 40, 40, 10], vec![40, 40, 40, 10]),
            (30, vec![20, 30], vec![63, 30], vec![20, 30]),
        ] {
            let limit = |at: usize| if max[at] == 0 { 0 } else { wanted[at] };
            let mut widths: Vec<u16> = (0..wanted.len()).map(limit).collect();
            cut_name(available, &mut widths, &wanted, &max, 0, 8);
            assert_eq!(widths, cut, "{available} {wanted:?}");
        }
    }

    #[test]
    fn draws_at_any_size() {
        let theme = Theme::built_in(Depth::Ansi16);
        let headings = [
            Heading { title: "NAME", align: Align::Left, width: 10, sorted: Some(true), rank: 0 },
            Heading { title: "RST", align: Align::Right, width: 4, sorted: None, rank: 0 },
        ];
        let cells = [Cell::plain("日本語日本語日本"), Cell::plain("12345")];
        let found = |_: usize, text: &str| vec![0..text.len()];
        for width in 0..20 {
            for height in 0..3 {
                let area = Rect { x: 0, y: 0, width, height };
                let mut buffer = Buffer::empty(area);
                header(area, &headings, &theme, true, &mut buffer);
                let gutter = Gutter { cursor: true, marked: false, flash: Some(Flash::New) };
                let look = RowLook { gutter, focused: true, name: 0, highlights: &found };
                row(area, &headings, &cells, look, &theme, &mut buffer);
            }
        }
    }
}
