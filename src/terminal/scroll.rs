//! Finds a band of full-width rows that moved up or down, which the terminal can move by itself.
//!
//! A guess only: the encoder draws the rest of the difference and compares the bytes, so a wrong guess costs nothing
//! but time.

use super::grid::{Glyph, Grid};

/// Rows `top..=bottom` that move up by `by` (down when negative).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Shift {
    pub top: u16,
    pub bottom: u16,
    pub by: i32,
}

/// Rows that differ within a band (the old and the new selection, a changed cell) do not split it.
const MAX_GAP: i32 = 3;
/// Bands with less text than this are cheaper to draw than to move.
const MIN_TEXT: usize = 40;

/// The band whose move explains most of the text that changed.
pub(super) fn find(prev: &Grid<'_>, next: &Grid<'_>) -> Option<Shift> {
    let height = i32::from(next.height);
    let changed: Vec<bool> = (0..next.height.min(prev.height)).map(|y| prev.row(y) != next.row(y)).collect();
    if changed.iter().filter(|changed| **changed).count() < 3 {
        return None;
    }
    let before: Vec<u64> = (0..prev.height).map(|y| fingerprint(prev.row(y))).collect();
    let after: Vec<u64> = (0..next.height).map(|y| fingerprint(next.row(y))).collect();
    let text: Vec<usize> = (0..next.height)
        .map(|y| next.row(y).iter().filter(|glyph| **glyph != Glyph::BLANK).count())
        .collect();
    let mut best: Option<(usize, Shift)> = None;
    for by in (1 - height..height).filter(|by| *by != 0) {
        let moved = (0..height).filter(|y| {
            let from = y + by;
            (0..height).contains(&from)
                && after[*y as usize] == before[from as usize]
                && after[*y as usize] != before[*y as usize]
        });
        let mut band: Option<(usize, i32, i32)> = None;
        let mut settle = |band: Option<(usize, i32, i32)>| {
            if let Some((weight, first, last)) = band
                && weight >= MIN_TEXT
                && best.is_none_or(|(most, _)| weight > most)
            {
                let (top, bottom) = (first.min(first + by) as u16, last.max(last + by) as u16);
                best = Some((weight, Shift { top, bottom, by }));
            }
        };
        for y in moved {
            let weight = text[y as usize];
            band = match band {
                Some((sum, first, last)) if y - last <= MAX_GAP => Some((sum + weight, first, y)),
                ended => {
                    settle(ended);
                    Some((weight, y, y))
                }
            };
        }
        settle(band);
    }
    best.map(|(_, shift)| shift)
}

/// A quick fingerprint of a row; two rows with one fingerprint by chance make a bad guess and nothing worse.
fn fingerprint(row: &[Glyph<'_>]) -> u64 {
    use std::hash::{Hash, Hasher};
    let mut mix = Mix(0);
    for glyph in row {
        mix.write(glyph.text.as_bytes());
        glyph.pen.hash(&mut mix);
    }
    mix.finish()
}

struct Mix(u64);

impl std::hash::Hasher for Mix {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u64(u64::from(*byte));
        }
    }

    // A pen is a few small numbers: one step for each of them, not for each of their bytes.
    fn write_u8(&mut self, number: u8) {
        self.write_u64(u64::from(number));
    }

    fn write_u16(&mut self, number: u16) {
        self.write_u64(u64::from(number));
    }

    fn write_isize(&mut self, number: isize) {
        self.write_u64(number as u64);
    }

    fn write_u64(&mut self, number: u64) {
        self.0 = (self.0 ^ number).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(23);
    }
}

#[cfg(test)]
mod tests {
    use ratatui::buffer::Buffer;

    use super::*;
    use crate::terminal::depth::Depth;

    fn lines(numbers: &[u32]) -> Buffer {
        Buffer::with_lines(numbers.iter().map(|n| format!("{n:-<30}")))
    }

    #[test]
    fn finds_the_band() {
        for (before, after, expected) in [
            (&[0, 1, 2, 3, 4, 9][..], &[0, 2, 3, 4, 5, 9][..], Some((1, 4, 1))),
            (&[0, 1, 2, 3, 4, 9], &[0, 7, 8, 1, 2, 9], Some((1, 4, -2))),
            // A row that changed in the middle of the band.
            (&[0, 1, 2, 3, 4, 5, 6], &[0, 2, 3, 8, 5, 6, 7], Some((1, 6, 1))),
            (&[0, 1, 2, 3], &[0, 1, 2, 3], None),
            (&[0, 1, 2, 3], &[4, 5, 6, 7], None),
            // Two rows that changed place are not a move.
            (&[0, 1, 2, 3], &[0, 2, 1, 3], None),
        ] {
            let (before, after) = (lines(before), lines(after));
            let found = find(&Grid::read(&before, Depth::Rgb), &Grid::read(&after, Depth::Rgb));
            assert_eq!(found.map(|shift| (shift.top, shift.bottom, shift.by)), expected);
        }
    }
}
