//! The pen and the cursor of the terminal while a frame is drawn: every step takes the fewest bytes that are safe.
//!
//! Relies on raw mode (a line feed keeps the column) and on autowrap being off. Starts every frame knowing nothing, so
//! that stray output of another program spoils one frame at most.

use crossterm::cursor::MoveTo;
use crossterm::terminal::{Clear, ClearType};

use super::encode::{Features, ansi};
use super::grid::{Glyph, Grid};
use super::pen::Pen;
use super::scroll::Shift;

/// Bytes of one frame in the making.
#[derive(Debug)]
pub(super) struct Canvas {
    out: Vec<u8>,
    width: u16,
    height: u16,
    features: Features,
    /// Unknown after the last column and after a glyph of doubtful width.
    x: Option<u16>,
    y: Option<u16>,
    pen: Option<Pen>,
}

/// Erasing a run and stepping over it takes up to ten bytes.
const MIN_ERASE: u16 = 11;
/// Stepping over a gap takes three or four bytes; writing it again may take as many.
const MAX_BRIDGE: u16 = 4;

impl Canvas {
    pub fn new(width: u16, height: u16, features: Features) -> Self {
        Self { out: Vec::new(), width, height, features, x: None, y: None, pen: None }
    }

    pub fn is_empty(&self) -> bool {
        self.out.is_empty()
    }

    pub fn len(&self) -> usize {
        self.out.len()
    }

    pub fn into_bytes(self) -> Vec<u8> {
        self.out
    }

    /// Clears the whole screen, and margins that were left behind.
    pub fn clear(&mut self) {
        self.out.extend_from_slice(b"\x1b[r\x1b[m\x1b[H\x1b[2J");
        (self.x, self.y, self.pen) = (Some(0), Some(0), Some(Pen::PLAIN));
    }

    /// Lets the terminal move a band of rows, by line feeds at its bottom or reverse ones at its top: every terminal
    /// with margins knows these.
    pub fn scroll(&mut self, shift: Shift) {
        let Shift { top, bottom, by } = shift;
        self.set_pen(Pen::PLAIN);
        let whole = top == 0 && bottom + 1 == self.height;
        if !whole {
            self.out.extend_from_slice(format!("\x1b[{};{}r", top + 1, bottom + 1).as_bytes());
            // Margins move the cursor home, which terminals place differently.
            (self.x, self.y) = (None, None);
        }
        let (edge, step): (u16, &[u8]) = if by > 0 { (bottom, b"\n") } else { (top, b"\x1bM") };
        self.move_to(0, edge);
        for _ in 0..by.unsigned_abs() {
            self.out.extend_from_slice(step);
        }
        if !whole {
            self.out.extend_from_slice(b"\x1b[r");
            (self.x, self.y) = (None, None);
        }
    }

    /// Draws what differs.
    pub fn draw(&mut self, prev: &Grid<'_>, next: &Grid<'_>) {
        for y in 0..self.height {
            let (before, after) = (prev.row(y), next.row(y));
            if before != after {
                self.draw_row(y, before, after);
            }
        }
    }

    fn draw_row(&mut self, y: u16, prev: &[Glyph<'_>], next: &[Glyph<'_>]) {
        let differs = |x: u16| prev[usize::from(x)] != next[usize::from(x)];
        let blank = |x: u16| next[usize::from(x)] == Glyph::BLANK;
        let end = (0..self.width).rfind(|x| !blank(*x)).map_or(0, |x| x + 1);
        let last = (0..self.width).rfind(|x| differs(*x)).unwrap_or(0);
        let mut x = 0;
        while x <= last {
            let glyph = &next[usize::from(x)];
            // A covered column differs only together with the glyph that covers it.
            if !differs(x) || glyph.width == 0 {
                x += 1;
                continue;
            }
            if x >= end {
                self.blank_rest(x, y, last - x + 1);
                return;
            }
            let run = (x..=last).take_while(|x| blank(*x)).count() as u16;
            let changed = (x..x + run).rfind(|x| differs(*x)).map_or(0, |last| last - x + 1);
            if self.features.erase && changed >= MIN_ERASE {
                self.move_to(x, y);
                self.set_blank_pen();
                self.out.extend_from_slice(format!("\x1b[{changed}X").as_bytes());
                x += changed;
                continue;
            }
            self.bridge(x, y, next);
            self.put(x, y, glyph);
            x += u16::from(glyph.width);
        }
    }

    /// Everything from `x` on is blank, and `changed` columns of it were not.
    fn blank_rest(&mut self, x: u16, y: u16, changed: u16) {
        self.move_to(x, y);
        self.set_blank_pen();
        if changed < 3 {
            for _ in 0..changed {
                self.out.push(b' ');
            }
            self.advance(x + changed);
        } else {
            self.out.extend_from_slice(ansi(Clear(ClearType::UntilNewLine)).as_bytes());
        }
    }

    /// Writes a short unchanged gap again when that is no longer than stepping over it.
    fn bridge(&mut self, x: u16, y: u16, row: &[Glyph<'_>]) {
        let (Some(from), Some(pen)) = (self.x, self.pen) else { return };
        if self.y != Some(y) || from >= x || x - from > MAX_BRIDGE {
            return;
        }
        let gap = &row[usize::from(from)..usize::from(x)];
        let same = |glyph: &Glyph<'_>| {
            glyph.width == 1
                && !glyph.is_risky()
                && (glyph.pen == pen || *glyph == Glyph::BLANK && pen.leaves_blank())
        };
        let stride = if x - from == 1 { 3 } else { 4 };
        if gap.iter().all(same) && gap.iter().map(|glyph| glyph.text.len()).sum::<usize>() <= stride {
            for glyph in gap {
                self.out.extend_from_slice(glyph.text.as_bytes());
            }
            self.x = Some(x);
        }
    }

    fn put(&mut self, x: u16, y: u16, glyph: &Glyph<'_>) {
        self.move_to(x, y);
        if *glyph == Glyph::BLANK {
            self.set_blank_pen();
        } else {
            self.set_pen(glyph.pen);
        }
        let risky = glyph.is_risky();
        if risky && glyph.width == 2 {
            // A terminal that thinks it narrow would leave what was in its second column.
            self.out.extend_from_slice(b"  ");
            self.x = None;
            self.move_to(x, y);
        }
        self.out.extend_from_slice(glyph.text.as_bytes());
        self.advance(x + u16::from(glyph.width));
        if risky {
            self.x = None;
        }
    }

    /// The cursor is at `x` now; behind the last column terminals disagree about where it is.
    fn advance(&mut self, x: u16) {
        self.x = (x < self.width).then_some(x);
    }

    fn set_pen(&mut self, pen: Pen) {
        pen.write(self.pen, &mut self.out);
        self.pen = Some(pen);
    }

    /// A pen with which a blank, or an erased place, looks empty, whether or not the terminal erases with colour.
    fn set_blank_pen(&mut self) {
        if !self.pen.is_some_and(Pen::leaves_blank) {
            self.set_pen(Pen::PLAIN);
        }
    }

    /// Moves the cursor by the shortest sequence.
    pub fn move_to(&mut self, x: u16, y: u16) {
        if self.x == Some(x) && self.y == Some(y) {
            return;
        }
        let mut best = match (x, y) {
            (0, 0) => b"\x1b[H".to_vec(),
            (0, y) => csi(y + 1, 'H'),
            (x, y) => ansi(MoveTo(x, y)).into_bytes(),
        };
        if let Some(from) = self.y {
            let vertical = vertical(from, y);
            for horizontal in horizontal(self.x, x).into_iter().flatten() {
                if vertical.len() + horizontal.len() < best.len() {
                    best = [vertical.as_slice(), horizontal.as_slice()].concat();
                }
            }
        }
        self.out.extend_from_slice(&best);
        (self.x, self.y) = (Some(x), Some(y));
    }
}

/// `n` is left out when it is 1.
fn csi(n: u16, last: char) -> Vec<u8> {
    if n == 1 { format!("\x1b[{last}").into_bytes() } else { format!("\x1b[{n}{last}").into_bytes() }
}

fn vertical(from: u16, to: u16) -> Vec<u8> {
    if to >= from {
        let feeds = vec![b'\n'; usize::from(to - from)];
        if feeds.len() <= 4 { feeds } else { csi(to - from, 'B') }
    } else {
        csi(from - to, 'A')
    }
}

/// The ways to get to a column; from an unknown one only by its number.
fn horizontal(from: Option<u16>, to: u16) -> [Option<Vec<u8>>; 3] {
    let step = from.map(|from| match to {
        to if to > from => csi(to - from, 'C'),
        to if from - to <= 4 => vec![8; usize::from(from - to)],
        to => csi(from - to, 'D'),
    });
    let start = match to {
        0 => b"\r".to_vec(),
        to => [b"\r".as_slice(), &csi(to, 'C')].concat(),
    };
    [step, Some(csi(to + 1, 'G')), Some(start)]
}
