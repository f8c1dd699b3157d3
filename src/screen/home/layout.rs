//! Where the four panes stand. A pure function of size and choices, used by drawing and by scrolling alike.

use ratatui::layout::Rect;

use super::PaneId;

/// From this width on, four panes are open; below, one is and the others are a line each.
pub const WIDE: u16 = 120;
/// From this height of the body on, four panes are open.
const TALL: u16 = 16;
/// The least a pane shrinks to.
const LEAST: u16 = 5;

/// Lines of a pane above its rows: title and column titles.
pub const ABOVE: u16 = 2;

/// How the panes are laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Choices {
    /// The pane that has the keyboard.
    pub focus: PaneId,
    /// It has the whole body.
    pub zoom: bool,
    /// Width of the left panes, in percent.
    pub split_x: u16,
    /// Height of the upper panes, in percent.
    pub split_y: u16,
}

/// How one pane is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spot {
    /// Title and rows.
    Open(Rect),
    /// Only a line that says the essence.
    Folded(Rect),
    /// Not at all.
    Hidden,
}

/// The places of the four panes, in the order of [`PaneId::ALL`].
pub fn spots(body: Rect, choices: Choices) -> [Spot; 4] {
    if choices.zoom {
        return PaneId::ALL.map(|pane| if pane == choices.focus { Spot::Open(body) } else { Spot::Hidden });
    }
    if body.width >= WIDE && body.height >= TALL { grid(body, choices) } else { folded(body, choices.focus) }
}

fn grid(body: Rect, choices: Choices) -> [Spot; 4] {
    let left = share(body.width, choices.split_x, 30);
    let top = share(body.height, choices.split_y, LEAST);
    let (right, bottom) = (body.width - left, body.height - top);
    let at = |x, y, width, height| Spot::Open(Rect { x: body.x + x, y: body.y + y, width, height });
    // One column stays free between left and right.
    [
        at(0, 0, left - 1, top),
        at(left, 0, right, top),
        at(0, top, left - 1, bottom),
        at(left, top, right, bottom),
    ]
}

fn share(whole: u16, percent: u16, least: u16) -> u16 {
    let part = u32::from(whole) * u32::from(percent) / 100;
    (part as u16).clamp(least.min(whole / 2), whole - least.min(whole / 2))
}

fn folded(body: Rect, focus: PaneId) -> [Spot; 4] {
    // A very low screen keeps the focused pane only.
    let lines = if body.height >= LEAST + 3 { 3 } else { 0 };
    let open = body.height - lines;
    let mut y = body.y;
    PaneId::ALL.map(|pane| {
        let height = match (pane == focus, lines) {
            (true, _) => open,
            (false, 0) => return Spot::Hidden,
            (false, _) => 1,
        };
        let area = Rect { y, height, ..body };
        y += height;
        if pane == focus { Spot::Open(area) } else { Spot::Folded(area) }
    })
}

/// Rows of a pane's area that show objects: all but the title and the column titles.
pub fn rows_of(area: Rect) -> usize {
    usize::from(area.height.saturating_sub(ABOVE))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn choices(focus: PaneId, zoom: bool) -> Choices {
        Choices { focus, zoom, split_x: 50, split_y: 50 }
    }

    #[test]
    fn every_size_has_its_layout() {
        for width in (0..=200).step_by(7) {
            for height in 0..=60 {
                let body = Rect { x: 0, y: 1, width, height };
                for focus in PaneId::ALL {
                    for zoom in [false, true] {
                        for split in [1, 50, 99] {
                            let chosen = Choices { split_x: split, split_y: split, ..choices(focus, zoom) };
                            check(body, &spots(body, chosen));
                        }
                    }
                }
            }
        }
    }

    fn check(body: Rect, spots: &[Spot]) {
        let areas: Vec<Rect> = spots
            .iter()
            .filter_map(|spot| match spot {
                Spot::Open(area) | Spot::Folded(area) => Some(*area),
                Spot::Hidden => None,
            })
            .collect();
        for (at, area) in areas.iter().enumerate() {
            assert_eq!(area.intersection(body), *area, "{area:?} leaves {body:?}");
            for other in &areas[at + 1..] {
                assert!(!area.intersects(*other), "{area:?} over {other:?}");
            }
        }
        assert!(spots.iter().any(|spot| matches!(spot, Spot::Open(_))));
    }

    #[test]
    fn narrow_terminals_fold_and_wide_ones_do_not() {
        let small = spots(Rect::new(0, 1, 80, 22), choices(PaneId::Pods, false));
        assert!(matches!(
            small,
            [Spot::Folded(_), Spot::Open(Rect { height: 19, .. }), Spot::Folded(_), Spot::Folded(_)]
        ));
        let large = spots(Rect::new(0, 1, 200, 48), choices(PaneId::Pods, false));
        assert!(large.iter().all(|spot| matches!(spot, Spot::Open(_))));
    }
}
