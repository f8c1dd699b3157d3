//! The screen that says why there is nothing to see: what was tried, what was said, when it is tried again, what helps.

use std::time::Duration;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::Drawn;
use crate::action::Action;
use crate::keymap::Context;
use crate::keymap::words::words;
use crate::model::link::Link;
use crate::state::{Now, State};
use crate::theme::Role;
use crate::widget::chrome::{self, Piece, piece, wrap};

/// Whether the failure is all there is to show: once there are rows, they stay and the titles say how old they are.
pub fn fills_the_screen(state: &State) -> bool {
    matches!(state.session.link, Link::Lost { .. }) && !state.cache.has_rows() && state.stack.is_empty()
}

/// Draws it.
pub fn draw(state: &State, now: Now, area: Rect, drawn: &mut Drawn, buffer: &mut Buffer) {
    let Link::Lost { trouble, attempt, retry_in, .. } = &state.session.link else { return };
    let place = &state.session.place;
    let width = area.width.saturating_sub(4).min(100);
    let mut lines: Vec<Vec<Piece>> = vec![
        vec![piece(
            Role::NoticeError,
            format!("Cannot see cluster {}: {}", place.context, trouble.kind.word()),
        )],
        Vec::new(),
    ];
    let mut field = |name: &str, text: &str, role: Role| {
        for (at, part) in wrap(text, width.saturating_sub(10)).into_iter().enumerate() {
            let head = if at == 0 { format!("{name:<10}") } else { " ".repeat(10) };
            lines.push(vec![piece(Role::Dim, head), piece(role, part)]);
        }
    };
    field("tried", &trouble.tried, Role::Text);
    if !trouble.said.is_empty() {
        field("said", &trouble.said, Role::Text);
    }
    if let Some(missing) = &trouble.missing {
        field("missing", missing, Role::Text);
    }
    if !place.server.is_empty() {
        let user = if place.user.is_empty() { String::new() } else { format!(", user {}", place.user) };
        field("server", &format!("{} (cluster {}{user})", place.server, place.cluster), Role::Dim);
    }
    field("try", trouble.kind.advice(), Role::Text);
    field("next", &next_try(state, now, *attempt, *retry_in, drawn), Role::ModeLoading);
    lines.push(Vec::new());
    lines.push(keys(state));
    let top = area.y + area.height.saturating_sub(lines.len() as u16) / 3;
    for (at, line) in lines.iter().enumerate() {
        let y = top + at as u16;
        if y < area.bottom() {
            let row = Rect { x: area.x + 2, y, width: area.width.saturating_sub(2), height: 1 };
            chrome::line(row.intersection(area), line, state.theme(), buffer);
        }
    }
}

fn next_try(state: &State, now: Now, attempt: u32, retry_in: Option<Duration>, drawn: &mut Drawn) -> String {
    let tries = if attempt == 1 { "1 try so far".to_owned() } else { format!("{attempt} tries so far") };
    let Some(wait) = retry_in else { return format!("{tries}; it is not tried again by itself") };
    let left = (state.session.since + wait).saturating_sub(now.mono);
    if left.is_zero() {
        return format!("{tries}; trying now");
    }
    // Counted in whole seconds: a frame a second is enough, and none when nothing waits.
    let next = left.saturating_sub(Duration::from_secs(left.as_secs().saturating_sub(1)));
    drawn.wake_at(Some(now.mono + next));
    if left < Duration::from_secs(2) {
        return format!("{tries}; it is tried again every second or so");
    }
    format!("{tries}; again in {} s", left.as_secs())
}

fn keys(state: &State) -> Vec<Piece> {
    let mut pieces = Vec::new();
    for action in
        [Action::Retry, Action::Contexts, Action::Namespaces, Action::Messages, Action::Help, Action::Quit]
    {
        if let Some(key) = state.keymap().keys_for(action, Context::Trouble.stack()).first() {
            pieces.push(piece(Role::Key, key.clone()));
            pieces
                .push(piece(Role::KeyHint, format!(" {}   ", words(action, Context::Trouble.stack()).label)));
        }
    }
    pieces
}
