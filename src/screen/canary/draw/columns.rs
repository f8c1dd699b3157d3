//! The columns of the workloads: which fit, and how wide they are.

use super::{health, side};
use crate::release::canary::look::Row;
use crate::theme::Role;
use crate::widget::chrome::{Piece, piece};
use crate::widget::grid::cut;

/// From this width on everything about a workload stands in one line.
pub const WIDE: u16 = 132;
/// Cells of a side's word.
const SIDE: usize = 7;
/// Cells of the bar.
const BAR: usize = 12;

/// Widths; what is 0 is not shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Columns {
    name: usize,
    label: usize,
    image: usize,
    revision: usize,
    bar: usize,
    /// State and reason stand in the line.
    wide: bool,
}

impl Columns {
    /// What fits into a width.
    pub fn of(width: u16, rows: &[Row]) -> Self {
        let longest = |of: fn(&Row) -> &str, least: usize| {
            rows.iter().map(|row| of(row).chars().count()).max().unwrap_or(0).max(least)
        };
        let (name, image) = (longest(|row| &row.name, 8), longest(|row| &row.image, 5));
        let wide = width >= WIDE;
        let label = if wide { longest(|row| &row.label, 5).min(32) } else { 0 };
        let bar = match width {
            72.. => BAR,
            60.. => 6,
            _ => 0,
        };
        let revision = if width >= 60 { 4 } else { 0 };
        let column = |width: usize| if width > 0 { width + 2 } else { 0 };
        // Sign, side, ready and percent always.
        let taken = 1 + SIDE + 1 + 9 + 5 + bar + column(revision) + column(label);
        let mut room = usize::from(width).saturating_sub(taken);
        if wide {
            // The rest is for the state and for why it is thought to be a side.
            room = room * 6 / 10;
        }
        let image = if width < 45 { 0 } else { image.min((room * 4 / 10).max(room.saturating_sub(name + 4))) };
        let name = name.min(room.saturating_sub(column(image) + 2)).max(1);
        Self { name, label, image, revision, bar, wide }
    }

    /// The titles.
    pub fn heading(&self) -> String {
        let share = if self.bar == BAR { "SHARE OF READY" } else { "SHARE" };
        let cells = [
            cell("WORKLOAD", self.name, false),
            cell("LABEL", self.label, false),
            cell("IMAGE", self.image, false),
            cell("REV", self.revision, true),
            cell("READY", 7, true),
            cell(share, self.bar + 5, self.bar == 0),
        ];
        let state = if self.wide { "STATE" } else { "" };
        format!(" {:<SIDE$} {}{state}", "SIDE", cells.concat())
    }

    /// The line of a workload.
    pub fn row(&self, row: &Row, selected: bool, ascii: bool) -> Vec<Piece> {
        let sign = if selected { ">" } else { " " };
        let wanted = row.wanted.unwrap_or(row.pods);
        let revision = if row.revision == 0 { "-".to_owned() } else { row.revision.to_string() };
        let ready = if row.ready < wanted { health(row.health) } else { Role::Text };
        let (full, empty) = if ascii { ("#", ".") } else { ("█", "·") };
        // Whoever has some shows some.
        let cells = (row.percent as usize * self.bar + 50) / 100;
        let cells = cells.max(usize::from(row.ready > 0)).min(self.bar);
        let mut out = vec![
            piece(Role::Accent, format!("{sign}{:<SIDE$} ", side(row))),
            piece(Role::Text, cell(&row.name, self.name, false)),
            piece(Role::Dim, cell(&row.label, self.label, false)),
            piece(Role::Text, cell(&row.image, self.image, false)),
            piece(Role::Dim, cell(&revision, self.revision, true)),
            piece(ready, cell(&format!("{}/{wanted}", row.ready), 7, true)),
            piece(Role::ToneGood, full.repeat(cells)),
            piece(Role::Dim, empty.repeat(self.bar - cells)),
            piece(Role::Text, format!("{:>4}%", row.percent)),
        ];
        if self.wide {
            out.push(piece(health(row.health), format!("  {}", row.state())));
            out.push(piece(Role::Dim, format!("  ({})", row.why)));
        }
        out
    }
}

/// What a line below begins with: its text stands under the name.
pub fn indent() -> String {
    " ".repeat(SIDE + 2)
}

/// A cell and the space behind it; nothing where the column is not shown.
fn cell(text: &str, width: usize, right: bool) -> String {
    let text = cut(text, width as u16);
    match (width, right) {
        (0, _) => String::new(),
        (_, true) => format!("{text:>width$}  "),
        (_, false) => format!("{text:<width$}  "),
    }
}
