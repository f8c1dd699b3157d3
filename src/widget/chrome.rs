//! Lines of styled pieces, titles, boxes: what frames the content. Dumb drawing.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use unicode_width::UnicodeWidthStr;

use super::grid::cut;
use crate::model::column::Align;
use crate::theme::{Role, Theme};

/// A piece of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// What it says.
    pub text: String,
    /// What it means.
    pub role: Role,
}

/// A piece of a line.
pub fn piece(role: Role, text: impl Into<String>) -> Piece {
    Piece { text: text.into(), role }
}

/// Cells that the pieces take.
pub fn width(pieces: &[Piece]) -> u16 {
    pieces.iter().map(|piece| piece.text.width() as u16).sum()
}

/// Draws pieces one after the other into the first line of `area`; returns where they end.
pub fn line(area: Rect, pieces: &[Piece], theme: &Theme, buffer: &mut Buffer) -> u16 {
    let mut x = area.x;
    if area.height == 0 {
        return x;
    }
    for piece in pieces {
        let left = area.right().saturating_sub(x);
        if left == 0 {
            break;
        }
        let shown = cut(&piece.text, left);
        super::grid::put(buffer, x, area.y, left, &shown, Align::Left, theme.style(piece.role));
        x += (shown.width() as u16).min(left);
    }
    x
}

/// Draws pieces at both ends of a line; where both don't fit, the right ones win from the left of `priority` on.
pub fn ends(area: Rect, left: &[Piece], right: &[Piece], theme: &Theme, buffer: &mut Buffer) {
    let right_width = width(right).min(area.width);
    let left_area =
        Rect { width: area.width.saturating_sub(right_width + u16::from(right_width > 0)), ..area };
    line(left_area, left, theme, buffer);
    let right_area = Rect { x: area.right() - right_width, width: right_width, ..area };
    line(right_area, right, theme, buffer);
}

/// Fills an area with spaces of a role.
pub fn fill(area: Rect, role: Role, theme: &Theme, buffer: &mut Buffer) {
    let area = area.intersection(buffer.area);
    for y in area.top()..area.bottom() {
        for x in area.left()..area.right() {
            if let Some(cell) = buffer.cell_mut((x, y)) {
                cell.reset();
                cell.set_style(theme.style(role));
            }
        }
    }
}

/// The characters of a frame.
struct Frame {
    corners: [&'static str; 4],
    across: &'static str,
    down: &'static str,
}

const LINES: Frame = Frame { corners: ["┌", "┐", "└", "┘"], across: "─", down: "│" };
const ASCII: Frame = Frame { corners: ["+", "+", "+", "+"], across: "-", down: "|" };

/// Clears an area, frames it in the style of a role, writes the title into the frame; returns the inside.
pub fn dialog(
    area: Rect,
    title: &str,
    border: Role,
    theme: &Theme,
    ascii: bool,
    buffer: &mut Buffer,
) -> Rect {
    let area = area.intersection(buffer.area);
    fill(area, Role::Dialog, theme, buffer);
    if area.width < 2 || area.height < 2 {
        return area;
    }
    let frame = if ascii { &ASCII } else { &LINES };
    let style = theme.style(border);
    let (left, right, top, bottom) = (area.left(), area.right() - 1, area.top(), area.bottom() - 1);
    for x in left..=right {
        buffer.set_string(x, top, frame.across, style);
        buffer.set_string(x, bottom, frame.across, style);
    }
    for y in top..=bottom {
        buffer.set_string(left, y, frame.down, style);
        buffer.set_string(right, y, frame.down, style);
    }
    for ((x, y), corner) in
        [(left, top), (right, top), (left, bottom), (right, bottom)].into_iter().zip(frame.corners)
    {
        buffer.set_string(x, y, corner, style);
    }
    if area.width > 6 {
        let place = Rect { x: left + 2, y: top, width: area.width - 4, height: 1 };
        line(place, &[piece(Role::TitleFocused, format!(" {} ", cut(title, area.width - 6)))], theme, buffer);
    }
    Rect { x: left + 1, y: top + 1, width: area.width - 2, height: area.height - 2 }
}

/// An area of at most this size in the middle of another.
pub fn centred(within: Rect, width: u16, height: u16) -> Rect {
    let (width, height) = (width.min(within.width), height.min(within.height));
    Rect {
        x: within.x + (within.width - width) / 2,
        y: within.y + (within.height - height) / 2,
        width,
        height,
    }
}

/// Cuts text into lines of at most `width` cells, at spaces where there are some.
pub fn wrap(text: &str, width: u16) -> Vec<String> {
    let width = usize::from(width.max(1));
    let mut lines = vec![String::new()];
    let mut used = 0;
    for word in text.split_inclusive(' ') {
        let wide = word.trim_end().width();
        if used > 0 && used + wide > width {
            lines.push(String::new());
            used = 0;
        }
        for c in word.chars() {
            let cell = unicode_width::UnicodeWidthChar::width(c).unwrap_or(0);
            if used + cell > width {
                if c == ' ' {
                    continue;
                }
                lines.push(String::new());
                used = 0;
            }
            if let Some(last) = lines.last_mut() {
                last.push(c);
            }
            used += cell;
        }
    }
    for line in &mut lines {
        line.truncate(line.trim_end().len());
    }
    lines
}

/// Cells of the labels of [`facts`].
const LABEL: usize = 14;

/// Labels on the left, text beside them, over as many lines as each needs; the text is cleaned.
pub fn facts(facts: &[(&str, Role, String)], width: u16) -> Vec<Vec<Piece>> {
    let room = width.saturating_sub(LABEL as u16 + 5).max(8);
    let mut out = Vec::new();
    for (label, role, text) in facts {
        for (at, part) in wrap(&crate::model::text::clean(text), room).into_iter().enumerate() {
            let label = if at == 0 { label } else { "" };
            out.push(vec![piece(Role::Dim, format!("   {label:<LABEL$} ")), piece(*role, part)]);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::theme::Depth;

    #[test]
    fn wraps_at_spaces() {
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(wrap("abcdefgh ij", 4), ["abcd", "efgh", "ij"]);
        assert_eq!(wrap("", 4), [""]);
        assert_eq!(wrap("日本語", 4), ["日本", "語"]);
        assert_eq!(wrap("x", 0), ["x"]);
    }

    #[test]
    fn draws_at_any_size() {
        let theme = Theme::built_in(Depth::Ansi16);
        for width in 0..12 {
            for height in 0..5 {
                let area = Rect { x: 0, y: 0, width, height };
                let mut buffer = Buffer::empty(area);
                dialog(area, "a long title", Role::DialogBorder, &theme, false, &mut buffer);
                let pieces = [piece(Role::Text, "left"), piece(Role::Dim, "more")];
                ends(area, &pieces, &pieces, &theme, &mut buffer);
                dialog(centred(area, 5, 3), "x", Role::DialogBorder, &theme, true, &mut buffer);
            }
        }
    }
}
