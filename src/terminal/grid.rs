//! A frame in the form in which it is compared: every column is a glyph, covered by one, or blank.
//!
//! Reading a buffer settles once what the rest of the encoder relies on: no control character, no glyph that is wider
//! than its place, and one form for all blanks that look alike.

use ratatui::buffer::{Buffer, Cell, CellWidth};
use ratatui::style::Color;

use super::depth::Depth;
use super::pen::{Pen, VISIBLE_ON_BLANK};

/// What one column of the terminal shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Glyph<'a> {
    pub text: &'a str,
    pub pen: Pen,
    /// 1 or 2; 0 for a column that the glyph before it covers.
    pub width: u8,
}

impl Glyph<'_> {
    /// An empty place.
    pub const BLANK: Glyph<'static> = Glyph { text: " ", pen: Pen::PLAIN, width: 1 };
    const COVERED: Glyph<'static> = Glyph { text: "", pen: Pen::PLAIN, width: 0 };

    /// Whether terminals may disagree about how far it moves the cursor.
    pub fn is_risky(&self) -> bool {
        !self.text.is_ascii()
            && (self.text.chars().nth(1).is_some() || self.text.chars().any(|c| c >= '\u{1f000}'))
    }
}

/// A whole frame.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Grid<'a> {
    pub width: u16,
    pub height: u16,
    glyphs: Vec<Glyph<'a>>,
}

impl<'a> Grid<'a> {
    /// An empty screen.
    pub fn blank(width: u16, height: u16) -> Self {
        Self { width, height, glyphs: vec![Glyph::BLANK; usize::from(width) * usize::from(height)] }
    }

    /// Reads a frame for a terminal of that many colours.
    pub fn read(buffer: &'a Buffer, depth: Depth) -> Self {
        let (width, height) = (buffer.area.width, buffer.area.height);
        let mut glyphs: Vec<Glyph<'a>> = Vec::with_capacity(buffer.content.len());
        for row in buffer.content.chunks(usize::from(width).max(1)) {
            let mut covered = false;
            for (x, cell) in row.iter().enumerate() {
                if covered {
                    glyphs.push(Glyph::COVERED);
                    covered = false;
                } else {
                    let glyph = read_cell(cell, depth, x + 1 < row.len());
                    covered = glyph.width == 2;
                    glyphs.push(glyph);
                }
            }
        }
        Self { width, height, glyphs }
    }

    /// One row.
    pub fn row(&self, y: u16) -> &[Glyph<'a>] {
        let width = usize::from(self.width);
        &self.glyphs[usize::from(y) * width..][..width]
    }

    /// The screen after the rows `top..=bottom` moved up by `by` (down when negative); what is vacated is blank.
    pub fn scrolled(&self, top: u16, bottom: u16, by: i32) -> Self {
        let mut moved = self.clone();
        let width = usize::from(self.width);
        for y in top..=bottom {
            let from = i32::from(y) + by;
            let place = &mut moved.glyphs[usize::from(y) * width..][..width];
            if (i32::from(top)..=i32::from(bottom)).contains(&from) {
                place.copy_from_slice(self.row(from as u16));
            } else {
                place.fill(Glyph::BLANK);
            }
        }
        moved
    }
}

fn read_cell(cell: &Cell, depth: Depth, has_room: bool) -> Glyph<'_> {
    let mut pen = Pen { fg: depth.nearest(cell.fg), bg: depth.nearest(cell.bg), modifier: cell.modifier };
    let symbol = cell.symbol();
    let (text, width) = match symbol {
        " " => (" ", 1),
        // Text is cleaned where it comes in; this is the last door, and it is shut.
        symbol if symbol.chars().any(char::is_control) => ("?", 1),
        symbol => match symbol.cell_width() {
            1 => (symbol, 1),
            2 if has_room => (symbol, 2),
            _ => (" ", 1),
        },
    };
    if text == " " && !pen.modifier.intersects(VISIBLE_ON_BLANK) {
        pen = Pen { fg: Color::Reset, bg: pen.bg, modifier: Pen::PLAIN.modifier };
    }
    Glyph { text, pen, width }
}

#[cfg(test)]
mod tests {
    use ratatui::layout::Rect;
    use ratatui::style::{Modifier, Style};

    use super::*;

    fn texts(grid: &Grid<'_>) -> Vec<String> {
        (0..grid.height).map(|y| grid.row(y).iter().map(|glyph| glyph.text).collect()).collect()
    }

    #[test]
    fn reads_what_can_be_shown() {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 4, 2));
        buffer.set_string(0, 0, "a世b", Style::new());
        buffer[(0, 1)].set_symbol("\u{1b}[2J");
        buffer[(1, 1)].set_symbol("\u{200b}");
        buffer[(2, 1)].set_symbol("x");
        buffer[(3, 1)].set_symbol("世");
        let grid = Grid::read(&buffer, Depth::Rgb);
        assert_eq!(texts(&grid), ["a世b", "? x "]);
        assert_eq!(grid.row(0).iter().map(|glyph| glyph.width).collect::<Vec<_>>(), [1, 2, 0, 1]);
    }

    #[test]
    fn blanks_that_look_alike_are_alike() {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 4, 1));
        buffer[(0, 0)].set_fg(Color::Red).set_style(Style::new().add_modifier(Modifier::BOLD));
        buffer[(1, 0)].set_style(Style::new().add_modifier(Modifier::REVERSED));
        buffer[(2, 0)].set_bg(Color::Rgb(255, 0, 0));
        let grid = Grid::read(&buffer, Depth::Mono);
        let blank: Vec<bool> = grid.row(0).iter().map(|glyph| *glyph == Glyph::BLANK).collect();
        assert_eq!(blank, [true, false, true, true]);
    }

    #[test]
    fn scrolls_a_band() {
        let buffer = Buffer::with_lines(["0", "1", "2", "3", "4"]);
        let grid = Grid::read(&buffer, Depth::Rgb);
        assert_eq!(texts(&grid.scrolled(1, 3, 1)), ["0", "2", "3", " ", "4"]);
        assert_eq!(texts(&grid.scrolled(1, 3, -2)), ["0", " ", " ", "1", "4"]);
        assert_eq!(texts(&grid.scrolled(0, 4, 9)), [" "; 5]);
    }
}
