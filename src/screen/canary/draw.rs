//! Draws the canary screen: the service, a line (or two) for each workload, the changes on them, and what tells the two sides
//! apart that one may want to swap.

use std::time::Duration;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::Canary;
use crate::model::record::{EventRecord, Health};
use crate::model::units;
use crate::release::canary::look::{Look, Part, Row};
use crate::screen::operations::{tone, turns};
use crate::screen::{Drawn, events};
use crate::state::changes::{Followed, Outcome};
use crate::state::{Now, State};
use crate::theme::Role;
use crate::widget::chrome::{Piece, ends, facts, line, piece};
use crate::widget::grid::cut;

mod columns;
mod details;

use columns::Columns;

/// Lines of events at most, with their title.
const EVENTS: usize = 12;
/// Below this width only what is most needed is said.
const NARROW: u16 = 60;
/// Changes that are shown at most.
const CHANGES: usize = 3;

/// What has how much room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Layout {
    /// Lines above the workloads.
    pub above: u16,
    /// Lines of a workload.
    pub each: u16,
    /// Workloads that are shown.
    pub rows: usize,
}

/// The layout of so many workloads.
pub fn layout(area: (u16, u16), workloads: usize) -> Layout {
    let (width, height) = area;
    let above = match height {
        0..=2 => height.min(1),
        3..=7 => 2,
        _ => 3,
    };
    let room = usize::from(height - above);
    // Where the lines are short, what does not fit into one stands below it.
    let two = width < columns::WIDE && room >= 2 * workloads + 6;
    let each = if two { 2 } else { 1 };
    // The lower half is for what is said of them.
    let most = (room - (room / 2).min(8)) / each;
    let rows = workloads.min(most.max(room.min(1)));
    Layout { above, each: each as u16, rows }
}

/// Draws the screen.
pub fn draw(screen: &Canary, state: &State, now: Now, area: Rect, drawn: &mut Drawn, buffer: &mut Buffer) {
    let theme = state.theme();
    let look = state.canary_look(screen);
    let at = |line: usize| {
        let line = u16::try_from(line).unwrap_or(u16::MAX).min(area.height);
        Rect { y: area.y + line, height: u16::from(line < area.height), ..area }
    };
    let (words, role) = service_words(screen, &look, state);
    let title = [
        piece(Role::TitleFocused, if area.width < NARROW { " " } else { " Canary behind " }),
        piece(Role::Text, format!("{} ", screen.target)),
        piece(Role::Dim, format!("in {}", screen.target.namespace)),
    ];
    ends(at(0), &title, &[piece(role, format!("{words} "))], theme, buffer);
    let layout = layout((area.width, area.height), look.rows.len());
    if layout.above > 2 {
        line(at(1), &service_line(screen, &look), theme, buffer);
    }
    let columns = Columns::of(area.width, &look.rows);
    if layout.above > 1 {
        line(at(usize::from(layout.above) - 1), &[piece(Role::Header, columns.heading())], theme, buffer);
    }
    let mut next = usize::from(layout.above);
    let selected = screen.position(&look);
    for (place, row) in look.rows.iter().enumerate().skip(screen.top).take(layout.rows) {
        let lines = [columns.row(row, place == selected, state.settings.ascii), below(row)];
        for pieces in lines.iter().take(layout.each.into()) {
            line(at(next), pieces, theme, buffer);
            if place == selected {
                buffer.set_style(at(next).intersection(buffer.area), theme.style(Role::Cursor));
            }
            next += 1;
        }
    }
    let hidden = look.rows.len() - layout.rows.min(look.rows.len());
    if hidden > 0 && layout.rows > 0 {
        line(
            at(next),
            &[piece(Role::Dim, format!("   {hidden} more, go there by Up and Down"))],
            theme,
            buffer,
        );
    }
    if next + usize::from(hidden > 0) < usize::from(area.height) {
        next += 1;
    }
    let changes = changes(screen, &look, state);
    for followed in &changes {
        line(at(next), &change(followed, now, area.width, drawn), theme, buffer);
        next += 1;
    }
    let known = state.knows_behind(&screen.target.namespace);
    let said = details::details(screen, &look, known, now);
    let mut lines = said
        .title
        .map(|title| vec![piece(Role::Header, format!(" {title}"))])
        .into_iter()
        .collect::<Vec<_>>();
    lines.extend(facts(&said.facts, area.width));
    let room = usize::from(area.height).saturating_sub(next);
    if !changes.is_empty() && lines.len() < room {
        next += 1;
    }
    for pieces in lines.iter().take(usize::from(area.height).saturating_sub(next)) {
        line(at(next), pieces, theme, buffer);
        next += 1;
    }
    let left = usize::from(area.height).saturating_sub(next + 1).min(EVENTS);
    if left >= 2 {
        let about = state.canary_uids(screen);
        let mine = |event: &EventRecord| event.object_uid.as_ref().is_some_and(|uid| about.contains(uid));
        events::draw(mine, state, now, Rect { height: left as u16, ..at(next + 1) }, buffer);
        drawn.wake_at(Some(now.mono + Duration::from_secs(1)));
    }
}

/// How many of its endpoints are ready, or why that is not known.
fn service_words(screen: &Canary, look: &Look, state: &State) -> (String, Role) {
    if !state.is_watched(&screen.target.namespace) {
        return (format!("namespace {} is not watched now", screen.target.namespace), Role::ModeStale);
    }
    if screen.gone {
        return ("gone: this is how it was".to_owned(), Role::ModeStale);
    }
    match look.endpoints {
        None => ("no endpoints".to_owned(), Role::ToneBad),
        Some(count) => {
            let role = match count.ready {
                0 => Role::ToneBad,
                ready if ready < count.total => Role::ToneWarn,
                _ => Role::ToneGood,
            };
            let what = if state.size.0 < NARROW { "" } else { "endpoints " };
            (format!("{} of {} {what}ready", count.ready, count.total), role)
        }
    }
}

fn service_line(screen: &Canary, look: &Look) -> Vec<Piece> {
    let service = &screen.service;
    let mut out = vec![
        piece(Role::Dim, " selects "),
        piece(Role::Text, look.selector.clone()),
        piece(Role::Dim, format!("   {} {} {}", service.kind, service.cluster_ip, service.ports)),
    ];
    // The slices follow the pods; for a moment they may say something else.
    if look.endpoints.is_some_and(|count| count.ready != look.ready) {
        out.push(piece(Role::ToneBusy, format!("   {} pods are ready", look.ready)));
    }
    out
}

/// What stands below a workload where its line is short.
fn below(row: &Row) -> Vec<Piece> {
    let mut out = vec![piece(Role::Text, columns::indent())];
    if !row.label.is_empty() {
        out.push(piece(Role::Dim, format!("{}   ", row.label)));
    }
    out.push(piece(health(row.health), row.state()));
    out
}

/// How a state is coloured; its words say it too.
fn health(health: Health) -> Role {
    match health {
        Health::Fault => Role::ToneBad,
        Health::Warning => Role::ToneWarn,
        Health::Progressing => Role::ToneBusy,
        Health::Ok => Role::ToneGood,
        Health::Idle => Role::Dim,
    }
}

/// A side in one word; a guess with a question mark.
fn side(row: &Row) -> String {
    let word = match row.part {
        Part::Only => "only",
        Part::Stable => "stable",
        Part::Canary => "canary",
        Part::Other => "-",
    };
    format!("{word}{}", if row.sure { "" } else { "?" })
}

/// The changes of this session on what is behind the service, and on it: those on their way, and the last that ended.
fn changes<'a>(screen: &Canary, look: &Look, state: &'a State) -> Vec<&'a Followed> {
    let about = |followed: &&Followed| {
        let uids = followed.steps.iter().map(|step| &step.step.target.uid);
        uids.into_iter().any(|uid| *uid == screen.target.uid || look.row(uid).is_some())
    };
    let newest = || state.changes.all().iter().rev().filter(about);
    let mut found: Vec<&Followed> =
        newest().filter(|followed| !followed.is_over()).take(CHANGES - 1).collect();
    found.extend(newest().find(|followed| followed.is_over()));
    found
}

fn change(followed: &Followed, now: Now, width: u16, drawn: &mut Drawn) -> Vec<Piece> {
    let word = followed.outcome().map_or("running", Outcome::word);
    let since = followed.ended.unwrap_or(followed.began).unix;
    drawn.wake_at(turns(since, now));
    vec![
        piece(Role::Dim, format!("   {:>5}  ", units::coarse_age(now.unix, since))),
        piece(tone(word), cut(&followed.line_within(width.saturating_sub(12)), width).into_owned()),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_layout_folds() {
        for ((width, height), workloads, wanted) in [
            ((80, 22), 2, (3, 2, 2)),
            ((200, 48), 2, (3, 1, 2)),
            ((80, 22), 9, (3, 1, 9)),
            ((80, 22), 30, (3, 1, 11)),
            ((80, 10), 2, (3, 1, 2)),
            ((80, 6), 3, (2, 1, 2)),
            ((80, 3), 2, (2, 1, 1)),
            ((80, 2), 2, (1, 1, 1)),
            ((80, 1), 2, (1, 1, 0)),
            ((80, 0), 2, (0, 1, 0)),
            ((80, 22), 0, (3, 2, 0)),
        ] {
            let Layout { above, each, rows } = layout((width, height), workloads);
            assert_eq!((above, each, rows), wanted, "{workloads} in {width}x{height}");
        }
    }
}
