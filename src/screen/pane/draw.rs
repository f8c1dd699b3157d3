//! Draws a table: its title, the column titles, the visible rows. Work is for what is visible, never for all rows.

use std::time::Duration;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::{Look, Pane, events};
use crate::model::column::{Cell, Column, When};
use crate::model::record::{Health, Kind, Record};
use crate::model::units;
use crate::screen::fleet::Fleet;
use crate::screen::{Drawn, frame};
use crate::state::freshness::Freshness;
use crate::state::{Now, State};
use crate::theme::{Role, Theme};
use crate::widget::chrome::{self, Piece, piece};
use crate::widget::grid::{self, Flash, Gutter, Heading, RowLook};

/// How a pane is framed.
#[derive(Debug, Clone, Default)]
pub struct Title {
    /// The key that focuses it, e.g. `2`; empty on a screen of its own.
    pub key: &'static str,
    /// What the rows are, e.g. `Pods of api-status`.
    pub words: String,
    /// It has the keyboard.
    pub focused: bool,
}

/// Draws a pane that is a screen of its own.
pub fn draw_full(pane: &Pane, state: &State, now: Now, area: Rect, drawn: &mut Drawn, buffer: &mut Buffer) {
    let (.., kind) = pane.kind.resource();
    let kinds = units::plural(kind);
    let words = match pane.of.as_str() {
        _ if pane.groups.is_some() => format!("{kinds} by reason"),
        "" => kinds,
        of => format!("{kinds} of {of}"),
    };
    let title = Title { key: "", words, focused: true };
    draw(pane, &title, state, now, events::above(pane, area), drawn, buffer);
    let look = pane.look(&state.sight(now), 0);
    events::below(pane, &look, area, state.theme(), buffer);
}

/// Draws a pane: title, column titles, rows.
pub fn draw(
    pane: &Pane,
    title: &Title,
    state: &State,
    now: Now,
    area: Rect,
    drawn: &mut Drawn,
    buffer: &mut Buffer,
) {
    if area.height == 0 || area.width == 0 {
        return;
    }
    let theme = state.theme();
    draw_title(pane, title, state, now, area, drawn, buffer);
    let look = pane.look(&state.sight(now), crate::screen::home::layout::rows_of(area));
    let (columns, widths) = columns_that_fit(pane, look, area.width);
    let name = columns.iter().position(|(_, column)| column.id == "name").unwrap_or(0);
    let ranks = pane.ranks();
    let first = pane.view.sort().iter().find(|key| columns.iter().any(|(at, _)| *at == key.column));
    let sorted = |at: usize| {
        let key = ranks.iter().find(|key| key.column == at);
        key.or(first.filter(|key| ranks.is_empty() && key.column == at))
    };
    let headings: Vec<Heading<'_>> = columns
        .iter()
        .zip(widths)
        .map(|((at, column), width)| Heading {
            title: events::title(column, width),
            align: column.align,
            width,
            sorted: sorted(*at).map(|key| !key.descending),
            rank: ranks.iter().position(|key| key.column == *at).map_or(0, |rank| rank + 1),
        })
        .collect();
    let line = |at: usize| Rect { y: area.y + at as u16, height: 1, ..area }.intersection(area);
    grid::header(line(1), &headings, theme, state.settings.ascii, buffer);
    let filter = pane.view.filter();
    for (at, row) in visible(pane, look, now.mono).into_iter().enumerate() {
        let cells: Vec<Cell<'_>> =
            columns.iter().map(|(_, column)| (column.cell)(row.record, &look.cx)).collect();
        let highlights = |at: usize, text: &str| filter.highlights(columns[at].1.id, text);
        let look = RowLook { gutter: row.gutter, focused: title.focused, name, highlights: &highlights };
        grid::row(line(2 + at), &headings, &cells, look, theme, buffer);
        drawn.wake_at(turns(row.record, now));
    }
    drawn.wake_at(pane.flashes.next_end(now.mono));
    if pane.view.shown().is_empty() {
        empty(pane, state, now, line(2), buffer);
    }
}

/// Less than this of the column that grows says nothing.
const TELLING: u16 = 8;

/// The columns and their widths; what is dispensable gives way to the words that say what is wrong, and to what would be
/// pushed out of sight.
fn columns_that_fit(pane: &Pane, look: Look<'_>, width: u16) -> (Vec<(usize, &'static Column)>, Vec<u16>) {
    let mut columns = pane.columns(look.many_namespaces);
    if let Some(narrow) = events::narrow(pane, &columns, width) {
        return narrow;
    }
    // What gives way to a column of ours beside the server's is said by that one too.
    let telling = if matches!(pane.kind, Kind::Other(_)) { TELLING.max(width / 2) } else { TELLING };
    loop {
        let wanted: Vec<u16> = columns.iter().map(|(at, _)| pane.width(*at)).collect();
        let max: Vec<u16> = columns.iter().map(|(_, column)| column.max).collect();
        let name = columns.iter().position(|(_, column)| column.id == "name").unwrap_or(0);
        let mut widths = grid::fit(width, &wanted, &max, name);
        let starved = (0..widths.len()).any(|at| max[at] == 0 && widths[at] < wanted[at].min(telling));
        let used: u16 = widths.iter().sum::<u16>() + widths.len().saturating_sub(1) as u16 + grid::GUTTER;
        let dispensable = columns.iter().rposition(|(_, column)| column.when == When::Roomy);
        match dispensable {
            Some(at) if starved || used > width => drop(columns.remove(at)),
            _ => {
                // What says nothing needs no room beyond its title.
                let says = |(width, (_, column)): (&u16, &(usize, &Column))| {
                    if usize::from(*width) <= column.title.len() + 1 { 0 } else { *width }
                };
                let wanted: Vec<u16> = wanted.iter().zip(&columns).map(says).collect();
                grid::cut_name(width, &mut widths, &wanted, &max, name, TELLING);
                return (columns, widths);
            }
        }
    }
}

/// One row that is drawn.
struct Visible<'a> {
    record: &'a Record,
    gutter: Gutter,
}

/// The rows in view, with those that have just gone between them.
fn visible<'a>(pane: &'a Pane, look: Look<'a>, now: Duration) -> Vec<Visible<'a>> {
    let end = (pane.offset + look.height).min(pane.view.shown().len());
    let window = pane.offset..=end;
    let ghosts: Vec<_> = pane.flashes.ghosts(now).filter(|ghost| window.contains(&ghost.row)).collect();
    // The cursor stays in view: gone rows never push it out.
    let above = ghosts.iter().filter(|ghost| ghost.row <= pane.row).count();
    let ghosts = if pane.row.saturating_sub(pane.offset) + above < look.height { ghosts } else { Vec::new() };
    let mut rows = Vec::with_capacity(look.height);
    let mut ghosts = ghosts.into_iter().peekable();
    let gone = Gutter { flash: Some(Flash::Gone), ..Gutter::default() };
    for at in pane.offset..end {
        while let Some(ghost) = ghosts.next_if(|ghost| ghost.row <= at) {
            rows.push(Visible { record: &ghost.record, gutter: gone });
        }
        let Some(record) = look.table.get(pane.view.shown()[at]) else { continue };
        let uid = &record.meta().uid;
        let gutter = Gutter {
            cursor: at == pane.row,
            marked: pane.marks.contains(uid),
            flash: pane.flashes.of(uid, now),
        };
        rows.push(Visible { record, gutter });
    }
    rows.extend(ghosts.map(|ghost| Visible { record: &ghost.record, gutter: gone }));
    rows.truncate(look.height);
    rows
}

/// When a row's age, or what else goes with time, is written differently.
fn turns(record: &Record, now: Now) -> Option<Duration> {
    let since = match record {
        Record::Event(event) => event.seen,
        record => record.meta().created,
    };
    let facts = match record {
        Record::Row(row) => row.facts.as_deref(),
        _ => None,
    };
    let own = record.meta().own.iter().flat_map(|values| values.times());
    let changes = std::iter::once(since).chain(own).map(|since| units::next_change(now.unix, since));
    let changes = changes.chain(facts.and_then(|facts| facts.turns(now.unix)));
    let at = changes.filter(|at| *at > now.unix).min().unwrap_or(now.unix);
    (at > now.unix).then(|| now.mono + Duration::from_secs((at - now.unix) as u64))
}

fn draw_title(
    pane: &Pane,
    title: &Title,
    state: &State,
    now: Now,
    area: Rect,
    drawn: &mut Drawn,
    buffer: &mut Buffer,
) {
    let theme = state.theme();
    let (shown, total) = pane.view.counts();
    let role = if title.focused { Role::TitleFocused } else { Role::Title };
    let mut left =
        vec![piece(Role::Key, format!("{}{}", if title.key.is_empty() { "" } else { " " }, title.key))];
    left.push(piece(role, format!(" {} ", title.words)));
    let known = total > 0
        || match &pane.fleet {
            Some(fleet) => fleet.freshness(now.mono).iter().any(|part| part.synced),
            None => state.freshness_of(pane, now).synced,
        };
    left.push(piece(role, if known { counts(shown, total) } else { "?".to_owned() }));
    if !pane.marks.is_empty() {
        left.push(piece(Role::Mark, format!("  {} marked", pane.marks.len())));
    }
    if let Some(alone) = state.narrowed_to(pane.kind).filter(|_| pane.fleet.is_none()) {
        left.push(piece(Role::NoticeWarn, format!("  in {alone} alone")));
    }
    left.extend(narrowed(pane));
    let mut right = match &pane.fleet {
        Some(fleet) => ages(fleet, now, area.width / 2, drawn),
        None => age(&state.freshness_of(pane, now), drawn),
    };
    if right.is_empty() {
        right = essence(pane);
    }
    if let Some((words, turns)) = state.usage_age(pane, now) {
        right.insert(0, piece(Role::ModeStale, format!(" {words}")));
        drawn.wake_at(Some(turns));
    }
    rule(area, frame::border(state, title.focused), theme, state.settings.ascii, buffer);
    chrome::ends(Rect { height: 1, ..area }, &left, &right, theme, buffer);
}

/// The thin rule on which a title stands, where there is room.
pub fn rule(area: Rect, role: Role, theme: &Theme, ascii: bool, buffer: &mut Buffer) {
    let sign = if ascii { "-" } else { "─" };
    let line = sign.repeat(area.width.into());
    grid::put(
        buffer,
        area.x,
        area.y,
        area.width,
        &line,
        crate::model::column::Align::Left,
        theme.style(role),
    );
}

/// `shown/total`, or the one number when they are the same.
pub fn counts(shown: usize, total: usize) -> String {
    if shown == total {
        units::count(total as u64)
    } else {
        format!("{}/{}", units::count(shown as u64), units::count(total as u64))
    }
}

/// What narrows the rows.
pub fn narrowed(pane: &Pane) -> Vec<Piece> {
    let mut pieces = Vec::new();
    if !pane.selectors.is_empty() {
        pieces.push(piece(Role::Accent, format!("  server: {}", pane.selectors)));
    }
    if pane.view.faults() {
        pieces.push(piece(Role::NoticeWarn, "  faults only"));
    }
    if let Some(error) = &pane.filter_error {
        let (typed, meanwhile) = (&pane.filter_text, pane.shown_meanwhile());
        pieces.push(piece(Role::InputError, format!("  broken filter {typed}, {meanwhile}: {error}")));
    } else if !pane.filter_text.is_empty() && (pane.selectors.is_empty() || !pane.view.filter().is_empty()) {
        pieces.push(piece(Role::Match, format!("  filter {}", pane.filter_text)));
    }
    pieces
}

/// How old the rows are, where they are not live.
pub fn age(freshness: &Freshness, drawn: &mut Drawn) -> Vec<Piece> {
    drawn.wake_at(freshness.turns);
    if freshness.live { Vec::new() } else { vec![piece(freshness.role(), format!(" {} ", freshness.words))] }
}

/// How old the rows of each context are; where there is little room, of those that are not live, and how many are.
fn ages(fleet: &Fleet, now: Now, room: u16, drawn: &mut Drawn) -> Vec<Piece> {
    let parts = fleet.freshness(now.mono);
    let named = || fleet.members.iter().map(|member| member.context.as_str()).zip(&parts);
    let said = |(name, part): (&str, &Freshness)| piece(part.role(), format!(" {name} {} ", part.words));
    for part in &parts {
        drawn.wake_at(part.turns);
    }
    let all: Vec<Piece> = named().map(said).collect();
    if chrome::width(&all) <= room {
        return all;
    }
    let mut shown: Vec<Piece> = named().filter(|(_, part)| !part.live).map(said).collect();
    let live = parts.iter().filter(|part| part.live).count();
    if live > 0 {
        shown.push(piece(Role::ModeLive, format!(" {live} live ")));
    }
    shown
}

/// What the rows come to, in words and numbers.
pub fn essence(pane: &Pane) -> Vec<Piece> {
    let words: &[(Health, &str, Role)] = match pane.kind {
        Kind::Deployment => &[
            (Health::Fault, "failing", Role::ToneBad),
            (Health::Warning, "to look at", Role::ToneWarn),
            (Health::Progressing, "rolling", Role::ToneBusy),
            (Health::Ok, "ok", Role::ToneGood),
            (Health::Idle, "off", Role::Dim),
        ],
        Kind::Service => &[
            (Health::Fault, "without endpoints", Role::ToneBad),
            (Health::Warning, "partly ready", Role::ToneWarn),
            (Health::Ok, "ready", Role::ToneGood),
        ],
        Kind::Event => &[(Health::Warning, "warnings", Role::ToneWarn)],
        Kind::EndpointSlice => &[],
        Kind::ReplicaSet | Kind::StatefulSet | Kind::DaemonSet => &[
            (Health::Fault, "failing", Role::ToneBad),
            (Health::Warning, "not ready", Role::ToneWarn),
            (Health::Progressing, "starting", Role::ToneBusy),
            (Health::Ok, "ready", Role::ToneGood),
            (Health::Idle, "empty", Role::Dim),
        ],
        Kind::Node => &[
            (Health::Fault, "not ready", Role::ToneBad),
            (Health::Warning, "under pressure", Role::ToneWarn),
            (Health::Ok, "ready", Role::ToneGood),
            (Health::Idle, "cordoned", Role::Dim),
        ],
        Kind::Other(_) => &[
            (Health::Fault, "failing", Role::ToneBad),
            (Health::Warning, "to look at", Role::ToneWarn),
            (Health::Progressing, "on the way", Role::ToneBusy),
        ],
        Kind::Pod => &[
            (Health::Fault, "failing", Role::ToneBad),
            (Health::Warning, "not ready", Role::ToneWarn),
            (Health::Progressing, "starting", Role::ToneBusy),
            (Health::Ok, "ready", Role::ToneGood),
            (Health::Idle, "ended", Role::Dim),
        ],
    };
    let counted = words.iter().map(|(health, word, role)| (pane.tally.of(*health), word, *role));
    let pieces = counted.filter(|(count, ..)| *count > 0);
    let pieces: Vec<Piece> = pieces
        .map(|(count, word, role)| piece(role, format!(" {} {word} ", units::count(count as u64))))
        .collect();
    pieces
}

/// Says why there is no row.
fn empty(pane: &Pane, state: &State, now: Now, line: Rect, buffer: &mut Buffer) {
    let (_, total) = pane.view.counts();
    let freshness = match &pane.fleet {
        Some(fleet) => State::fleet_freshness(fleet, now),
        None => state.freshness_of(pane, now),
    };
    let (.., plural, _) = pane.kind.resource();
    let words = if total > 0 {
        "nothing matches; Esc clears the filter".to_owned()
    } else if !freshness.synced {
        freshness.words
    } else if let Some(fleet) = &pane.fleet {
        format!("no {plural} in {} of {}", fleet.scope_words(), fleet.contexts())
    } else if pane.kind.namespaced() && state.session.is_missing() {
        format!("namespace {} does not exist", state.session.scope_words())
    } else if !pane.kind.namespaced() {
        format!("no {plural} in the cluster")
    } else if pane.view.scope().is_all() {
        format!("no {plural} in {}", state.session.scope_words())
    } else {
        format!("no {plural} belong to the selection")
    };
    let cell = Rect {
        x: line.x + grid::GUTTER.min(line.width),
        width: line.width.saturating_sub(grid::GUTTER),
        ..line
    };
    chrome::line(cell, &[piece(Role::Dim, words)], state.theme(), buffer);
}
