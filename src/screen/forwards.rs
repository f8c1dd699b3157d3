//! The list of forwarded ports: where each listens, where it leads to, and what goes through.
//!
//! Holds where one is; what is listed is the state's.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::action::Action;
use crate::effect::OpId;
use crate::model::units;
use crate::reach::ports::bytes;
use crate::screen::Drawn;
use crate::screen::operations::{kept_in_view, moved, turns};
use crate::state::forwards::Forwarding;
use crate::state::{Now, State};
use crate::theme::Role;
use crate::widget::chrome::{Piece, ends, line, piece};
use crate::widget::grid::cut;

/// The screen.
#[derive(Debug, Clone, Default)]
pub struct ForwardsScreen {
    /// The selected forward; `None`: nobody chose, the first has the cursor.
    pub selected: Option<OpId>,
    /// The first row on the screen.
    pub top: usize,
}

impl ForwardsScreen {
    fn position(&self, all: &[Forwarding]) -> usize {
        self.selected.and_then(|op| all.iter().position(|one| one.op == op)).unwrap_or(0)
    }

    /// The one under the cursor.
    pub fn current<'a>(&self, all: &'a [Forwarding]) -> Option<&'a Forwarding> {
        all.get(self.position(all))
    }

    /// Moves; false when the action means nothing here.
    pub fn act(&mut self, action: Action, all: &[Forwarding], height: usize) -> bool {
        let Some(to) = moved(action, self.position(all), all.len(), height) else { return false };
        self.selected = all.get(to).map(|one| one.op);
        self.top = kept_in_view(self.top, to, height);
        true
    }
}

/// Rows of the list: one of two lines where the terminal is narrow.
fn lines_of(area: Rect) -> usize {
    if area.width < 110 { 2 } else { 1 }
}

/// Rows that fit into an area.
pub fn height(area: Rect) -> usize {
    usize::from(area.height.saturating_sub(2)) / lines_of(area)
}

/// Draws the screen.
pub fn draw(
    screen: &ForwardsScreen,
    state: &State,
    now: Now,
    area: Rect,
    drawn: &mut Drawn,
    buffer: &mut Buffer,
) {
    let theme = state.theme();
    let all = state.forwards.all();
    let at = screen.position(all);
    let title = [piece(Role::TitleFocused, " Forwards"), piece(Role::Dim, "  all end with this program")];
    let right = [piece(Role::Dim, format!("{} ", all.len()))];
    ends(Rect { height: area.height.min(1), ..area }, &title, &right, theme, buffer);
    let below = |line: usize| Rect { y: area.y + line as u16, height: 1, ..area }.intersection(area);
    line(below(1), &[piece(Role::Header, heading(lines_of(area)))], theme, buffer);
    if all.is_empty() {
        let words = "   nothing is forwarded; on a pod, a service or a workload the key of forward does it";
        line(below(2), &[piece(Role::Dim, words)], theme, buffer);
    }
    let (rows, each) = (height(area), lines_of(area));
    let top = kept_in_view(screen.top, at, rows);
    for (place, one) in all.iter().enumerate().skip(top).take(rows) {
        let sign = if place == at { ">" } else { " " };
        let row = 2 + (place - top) * each;
        for (offset, pieces) in summary(sign, one, now, each).into_iter().enumerate() {
            let here = below(row + offset);
            line(here, &pieces, theme, buffer);
            if place == at {
                buffer.set_style(here.intersection(buffer.area), theme.style(Role::Cursor));
            }
        }
        drawn.wake_at(turns(one.began.unix, now));
    }
}

fn heading(each: usize) -> String {
    let left = format!("   {:<22} {:<32}", "LOCAL", "REMOTE");
    let right = format!("{:>9} {:>9} {:>9}  {:>5}", "CONN", "IN", "OUT", "AGE");
    if each == 2 { left } else { format!("{left} {:<40} {right}  LAST ERROR", "POD") }
}

fn summary(sign: &str, one: &Forwarding, now: Now, each: usize) -> Vec<Vec<Piece>> {
    let wide = |text: &str, width: u16| {
        let text = cut(text, width);
        let missing =
            usize::from(width).saturating_sub(unicode_width::UnicodeWidthStr::width(text.as_ref() as &str));
        format!("{text}{}", " ".repeat(missing))
    };
    let local = one.local_words();
    let traffic = one.traffic;
    let left = format!("{sign}  {} {}", wide(&local, 22), wide(&one.remote_words(), 32));
    let numbers = format!(
        "{:>9} {:>9} {:>9}  {:>5}",
        format!("{}/{}", traffic.open, traffic.all),
        bytes(traffic.received),
        bytes(traffic.sent),
        units::coarse_age(now.unix, one.began.unix),
    );
    let pod = if one.pod.is_empty() {
        "(looking for a pod)".to_owned()
    } else {
        format!("{}:{}", one.pod, one.port)
    };
    let warning = one.warning().map_or_else(String::new, |warning| format!("  {warning}"));
    let error = match &one.error {
        Some((said, at)) => format!("  {said} ({} ago)", units::coarse_age(now.unix, at.unix)),
        None => String::new(),
    };
    if each == 2 {
        let room = 30;
        return vec![
            vec![piece(Role::Text, left), piece(Role::ToneWarn, warning)],
            vec![
                piece(Role::Text, format!("     {} ", wide(&pod, room))),
                piece(
                    Role::Dim,
                    format!(
                        "{}/{} conn  {} in  {} out",
                        traffic.open,
                        traffic.all,
                        bytes(traffic.received),
                        bytes(traffic.sent)
                    ),
                ),
                piece(Role::ToneBad, error),
            ],
        ];
    }
    vec![vec![
        piece(Role::Text, format!("{left} {} ", wide(&pod, 40))),
        piece(Role::Text, numbers),
        piece(Role::ToneWarn, warning),
        piece(Role::ToneBad, error),
    ]]
}
