//! The list of forwarded ports: where each listens, where it leads to, and what goes through.
//!
//! Holds where one is; what is listed is the state's.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::action::Action;
use crate::effect::OpId;
use crate::keymap::Context;
use crate::model::units;
use crate::reach::ports::bytes;
use crate::screen::Drawn;
use crate::screen::operations::{kept_in_view, moved, turns};
use crate::state::forwards::Forwarding;
use crate::state::{Now, State};
use crate::theme::Role;
use crate::widget::chrome::{Piece, ends, line, piece, wrap};
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

    /// Rows that fit into an area.
    pub fn height(&self, all: &[Forwarding], now: Now, area: Rect) -> usize {
        let reason = reason(self.current(all), now, area).len();
        let below = if reason == 0 { 0 } else { reason + 1 };
        usize::from(area.height.saturating_sub(2)).saturating_sub(below) / lines_of(area)
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

/// The most lines that an error has at the bottom.
const REASON: usize = 6;

/// Why a connection of the selected forward failed, whole: a row has no room for it.
fn reason(one: Option<&Forwarding>, now: Now, area: Rect) -> Vec<String> {
    let Some((said, at)) = one.and_then(|one| one.error.as_ref()) else { return Vec::new() };
    let words = format!("{said} ({} ago)", units::coarse_age(now.unix, at.unix));
    let mut lines = wrap(&words, area.width.saturating_sub(4));
    // The list is never without a row for it.
    lines.truncate(REASON.min(usize::from(area.height.saturating_sub(3)).saturating_sub(lines_of(area))));
    lines
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
        let keys = state.keymap().keys_for(Action::Forward, Context::Table.stack());
        let key = keys.first().map_or(":forward", String::as_str);
        let words = format!("   nothing is forwarded: {key} on a pod, a service or a workload does it");
        line(below(2), &[piece(Role::Dim, words)], theme, buffer);
    }
    let (rows, each) = (screen.height(all, now, area), lines_of(area));
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
    let reason = reason(all.get(at), now, area);
    let from = usize::from(area.height).saturating_sub(reason.len());
    if let (Some(one), false) = (all.get(at), reason.is_empty()) {
        let heading = format!("   LAST ERROR of {}", one.remote_words());
        line(below(from - 1), &[piece(Role::Header, heading)], theme, buffer);
    }
    for (offset, text) in reason.into_iter().enumerate() {
        line(below(from + offset), &[piece(Role::ToneBad, format!("   {text}"))], theme, buffer);
    }
}

/// Where the numbers have a line of their own, the name of a pod has room before its port.
fn remote_width(each: usize) -> usize {
    if each == 2 { 52 } else { 32 }
}

fn heading(each: usize) -> String {
    let left = format!("   {:<22} {:<width$}", "LOCAL", "REMOTE", width = remote_width(each));
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
    let warning = one.warning().map_or_else(String::new, |warning| format!("  {warning}"));
    // On a narrow terminal the warning takes its room from the name.
    let room = remote_width(each) - if each == 2 { warning.len() } else { 0 };
    let left = format!("{sign}  {} {}", wide(&local, 22), wide(&one.remote_words(), room as u16));
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
    let error = match &one.error {
        Some((_, at)) if each == 2 => format!("  failed {} ago", units::coarse_age(now.unix, at.unix)),
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
