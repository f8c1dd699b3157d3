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
        let column = |width: usize| if width > 0 { width + 2 } else { 0 };
        // Sign, side, ready and percent always; where names do not fit, the bar and the revision give way.
        let room_beside = |(bar, revision): (usize, usize)| {
            usize::from(width).saturating_sub(1 + SIDE + 1 + 9 + 5 + bar + column(revision) + column(label))
        };
        let fits = |sizes: &(usize, usize)| room_beside(*sizes) >= column(name) + column(image);
        // The share is what one looks for here: its bar stays while it can.
        let last = if width >= 60 { (BAR / 2, 0) } else { (0, 0) };
        let folds = [(BAR, 4), (BAR / 2, 4), (BAR / 2, 0)];
        let (bar, revision) = folds.into_iter().take_while(|it| *it != last).find(fits).unwrap_or(last);
        let mut room = room_beside((bar, revision));
        if wide {
            // The rest is for the state and for why it is thought to be a side.
            room = room * 6 / 10;
        }
        let image =
            if width < 45 { 0 } else { image.min((room * 3 / 10).max(room.saturating_sub(name + 4))) };
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
        format!(" {:<SIDE$} {}{state}", "SIDE", cells.concat()).trim_end().to_owned()
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
            piece(Role::Text, cell(&with_tag(&row.image, self.image), self.image, false)),
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

/// An image that is too long is cut in front: its tag tells it apart.
fn with_tag(image: &str, width: usize) -> String {
    let over = image.chars().count().saturating_sub(width);
    if over == 0 || width == 0 {
        return image.to_owned();
    }
    format!("…{}", image.chars().skip(over + 1).collect::<String>())
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::record::Health;
    use crate::model::uid::Uid;
    use crate::release::canary::look::Part;

    fn row(name: &str, image: &str) -> Row {
        Row {
            uid: Uid::new(name),
            name: name.to_owned(),
            target: None,
            part: Part::Canary,
            sure: true,
            why: String::new(),
            label: "track=canary".to_owned(),
            image: image.to_owned(),
            revision: 2,
            wanted: Some(1),
            ready: 1,
            pods: 1,
            percent: 50,
            rollout: String::new(),
            health: Health::Ok,
            waits: Vec::new(),
            restarts: 0,
            restarted: None,
            side: None,
        }
    }

    #[test]
    fn columns_fold_before_names_are_cut() {
        let rows = [row("frontend", "gb:v4"), row("frontend-canary", "gb-frontend:v5")];
        for (width, wanted) in [
            (200, (15, 12, 14, 4, 12, true)),
            (80, (15, 0, 14, 4, 12, false)),
            (70, (15, 0, 14, 4, 6, false)),
            (60, (15, 0, 12, 0, 6, false)),
            (50, (15, 0, 8, 0, 0, false)),
            (44, (15, 0, 0, 0, 0, false)),
            (25, (1, 0, 0, 0, 0, false)),
            (1, (1, 0, 0, 0, 0, false)),
        ] {
            let Columns { name, label, image, revision, bar, wide } = Columns::of(width, &rows);
            assert_eq!((name, label, image, revision, bar, wide), wanted, "{width}");
        }
        let heading = Columns::of(80, &[]).heading();
        assert!(heading.contains("WORKLOAD") && heading.chars().count() <= 80, "{heading}");
    }

    #[test]
    fn a_cut_image_keeps_its_tag() {
        for (width, shown) in
            [(20, "gb-frontend:v5"), (14, "gb-frontend:v5"), (8, "…tend:v5"), (1, "…"), (0, "gb-frontend:v5")]
        {
            assert_eq!(with_tag("gb-frontend:v5", width), shown, "{width}");
        }
    }

    #[test]
    fn bars_are_shares() {
        let columns = Columns::of(80, &[row("web", "web:1")]);
        for (ready, percent, bar) in [
            (1, 50, "######......"),
            (1, 1, "#..........."),
            (0, 0, "............"),
            (9, 100, "############"),
        ] {
            let line = columns.row(&Row { ready, percent, ..row("web", "web:1") }, false, true);
            let text: String = line.iter().map(|piece| piece.text.as_str()).collect();
            assert!(text.contains(bar) && text.ends_with(&format!(" {percent}%")), "{text}");
        }
    }
}
