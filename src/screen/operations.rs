//! The list of what is on its way: the changes of this session with how far they are, then reads, follows and logs. Each can
//! be stopped from here (invariant 4).
//!
//! Holds where one is; what is listed is the state's.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::action::Action;
use crate::effect::OpId;
use crate::model::text::clean;
use crate::model::units;
use crate::screen::Drawn;
use crate::screen::scroll::Scroll;
use crate::state::changes::{Followed, Outcome, Phase, StepState};
use crate::state::{Now, State};
use crate::theme::Role;
use crate::widget::chrome::{Piece, ends, facts, line, piece};
use crate::widget::grid::cut;

/// A row: something with an id of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Row {
    /// A change of this session.
    Change(OpId),
    /// Anything else that is on its way.
    Open(OpId),
}

/// The screen.
#[derive(Debug, Clone, Default)]
pub struct OperationsScreen {
    /// The selected row; `None`: nobody chose, the first has the cursor.
    pub selected: Option<Row>,
    /// The first row on the screen.
    pub top: usize,
    /// The selected change is shown whole, from here on.
    pub open: Option<Scroll>,
}

impl OperationsScreen {
    /// The rows: changes that are on their way first, then the other changes, then the rest; the newest first.
    pub fn rows(&self, state: &State) -> Vec<Row> {
        let changes = |over: bool| {
            state
                .changes
                .all()
                .iter()
                .rev()
                .filter(move |one| one.is_over() == over)
                .map(|one| Row::Change(one.id))
        };
        let open = state.operations.open().rev().map(|(op, _)| Row::Open(op));
        changes(false).chain(open).chain(changes(true)).collect()
    }

    /// The row under the cursor.
    pub fn row(&self, state: &State) -> Option<Row> {
        let rows = self.rows(state);
        rows.get(self.position(&rows)).copied()
    }

    /// Where the cursor is; when what it was on has gone, on the first.
    fn position(&self, rows: &[Row]) -> usize {
        self.selected.and_then(|wanted| rows.iter().position(|row| *row == wanted)).unwrap_or(0)
    }

    /// Lines of the details that are shown.
    pub fn detail_len(&self, state: &State, width: u16) -> usize {
        match self.row(state) {
            Some(Row::Change(id)) => state.changes.get(id).map_or(0, |one| details(one, width).len()),
            _ => 0,
        }
    }

    /// Moves and opens; false when the action means nothing here. `lines`: of the details.
    pub fn act(&mut self, action: Action, rows: &[Row], lines: usize, height: usize) -> bool {
        if let Some(scroll) = &mut self.open {
            if action == Action::Open {
                self.open = None;
                return true;
            }
            return scroll.act(action, lines, height + 1);
        }
        let at = self.position(rows);
        let to = match action {
            Action::Open => {
                if matches!(rows.get(at), Some(Row::Change(_))) {
                    self.open = Some(Scroll::default());
                }
                at
            }
            action => match moved(action, at, rows.len(), height) {
                Some(to) => to,
                None => return false,
            },
        };
        self.selected = rows.get(to).copied();
        self.top = kept_in_view(self.top, to, height);
        true
    }
}

/// Where a movement leads in a list of `len` rows of which `height` are shown; `None`: it is no movement.
pub fn moved(action: Action, at: usize, len: usize, height: usize) -> Option<usize> {
    let (page, half) = (height.max(2) - 1, (height / 2).max(1));
    let to = match action {
        Action::Down => at + 1,
        Action::Up => at.saturating_sub(1),
        Action::PageDown => at + page,
        Action::PageUp => at.saturating_sub(page),
        Action::HalfPageDown => at + half,
        Action::HalfPageUp => at.saturating_sub(half),
        Action::Top => 0,
        Action::Bottom => len,
        _ => return None,
    };
    Some(to.min(len.saturating_sub(1)))
}

/// The first row on the screen, so that a row is in view.
pub fn kept_in_view(top: usize, row: usize, height: usize) -> usize {
    top.min(row).max((row + 1).saturating_sub(height.max(1)))
}

/// Rows that fit into an area of this height: all but the title and the column titles.
pub fn height(area_height: u16) -> usize {
    usize::from(area_height.saturating_sub(2))
}

/// How an outcome is coloured; its word says it too.
pub fn tone(outcome: &str) -> Role {
    match outcome {
        "done" => Role::ToneGood,
        "running" => Role::ToneBusy,
        // `sent` is a line without an end: the program that wrote it has not said what became of it.
        "sent" | "superseded" | "left" | "conflict" | "refused" | "not begun" => Role::ToneWarn,
        _ => Role::ToneBad,
    }
}

/// Draws the screen.
pub fn draw(
    screen: &OperationsScreen,
    state: &State,
    now: Now,
    area: Rect,
    drawn: &mut Drawn,
    buffer: &mut Buffer,
) {
    let theme = state.theme();
    let rows = screen.rows(state);
    let at = screen.position(&rows);
    let title = [piece(Role::TitleFocused, " Operations"), piece(Role::Dim, "  of this session")];
    let right = [piece(Role::Dim, counts(state))];
    ends(Rect { height: area.height.min(1), ..area }, &title, &right, theme, buffer);
    let below = |line: usize| Rect { y: area.y + line as u16, height: 1, ..area }.intersection(area);
    if let (Some(scroll), Some(Row::Change(id))) = (screen.open, rows.get(at))
        && let Some(followed) = state.changes.get(*id)
    {
        let lines = details(followed, area.width);
        let room = usize::from(area.height.saturating_sub(1));
        for (place, pieces) in lines.iter().skip(scroll.top).take(room).enumerate() {
            line(below(1 + place), pieces, theme, buffer);
        }
        return;
    }
    let heading = format!("   {:>5}  {:<10} {}", "SINCE", "STATE", "WHAT");
    line(below(1), &[piece(Role::Header, heading)], theme, buffer);
    if rows.is_empty() {
        line(
            below(2),
            &[piece(Role::Dim, "   nothing is on its way, and nothing was changed yet")],
            theme,
            buffer,
        );
    }
    let top = kept_in_view(screen.top, at, height(area.height));
    for (place, row) in rows.iter().enumerate().skip(top).take(height(area.height)) {
        let here = below(2 + place - top);
        let sign = if place == at { ">" } else { " " };
        let (since, pieces) = summary(sign, *row, state, now, area.width);
        line(here, &pieces, theme, buffer);
        if place == at {
            buffer.set_style(here.intersection(buffer.area), theme.style(Role::Cursor));
        }
        drawn.wake_at(turns(since, now));
    }
}

/// When an age is written differently.
pub fn turns(since: i64, now: Now) -> Option<std::time::Duration> {
    let at = units::next_change(now.unix, since);
    (at > now.unix).then(|| now.mono + std::time::Duration::from_secs((at - now.unix) as u64))
}

fn counts(state: &State) -> String {
    let running = state.changes.running().count();
    let over = state.changes.all().len() - running;
    let open = state.operations.open().count();
    let changes = match (running, over) {
        (0, 0) => "no changes".to_owned(),
        (running, over) => format!("changes: {running} running, {over} over"),
    };
    format!("{changes}  reads and follows: {open} ")
}

fn summary(sign: &str, row: Row, state: &State, now: Now, width: u16) -> (i64, Vec<Piece>) {
    let (since, word, words) = match row {
        Row::Change(id) => {
            let Some(followed) = state.changes.get(id) else { return (now.unix, Vec::new()) };
            let word = followed.outcome().map_or("running", Outcome::word);
            // The word stands in a column of its own.
            let line =
                followed.line_within(width.saturating_sub(24)).replacen(&format!(": {word}: "), ": ", 1);
            let rings =
                if followed.rings && !followed.is_over() { "  (its end will be announced)" } else { "" };
            (followed.began.unix, word, format!("{line}{rings}"))
        }
        Row::Open(op) => {
            let Some(operation) = state.operations.get(op) else { return (now.unix, Vec::new()) };
            (operation.since.unix, "open", operation.words.clone())
        }
    };
    let role = if word == "open" { Role::Dim } else { tone(word) };
    let pieces = vec![
        piece(Role::Text, format!("{sign}  {:>5}  ", units::coarse_age(now.unix, since))),
        piece(role, format!("{:<10} ", cut(word, 10))),
        piece(Role::Text, clean(&words).into_owned()),
    ];
    (since, pieces)
}

/// A change of this session as text: what, why, how far each of its steps is.
pub fn details(followed: &Followed, width: u16) -> Vec<Vec<Piece>> {
    let mut all: Vec<(&str, Role, String)> = Vec::new();
    let mut say = |label, role, text: String| all.push((label, role, text));
    say("change", Role::Text, followed.title.clone());
    say("context", Role::Text, followed.context.clone());
    if !followed.reason.is_empty() {
        say("reason", Role::Text, followed.reason.clone());
    }
    for value in &followed.values {
        say("value", Role::Text, value.clone());
    }
    say("dry run", Role::Text, followed.dry_run.clone());
    for (at, state) in followed.steps.iter().enumerate() {
        let (role, words) = progress(state);
        let step = &state.step;
        let number = if followed.steps.len() > 1 { format!("{}. ", at + 1) } else { String::new() };
        say("", Role::Text, String::new());
        say(
            "step",
            Role::Text,
            format!("{number}{} in {}", step.change.title(&step.target), place(&step.target)),
        );
        say("state", role, words);
        let request = &step.request;
        say("request", Role::Dim, format!("{} {}", request.method.word(), request.uri()));
    }
    say("", Role::Text, String::new());
    if let Some(outcome) = followed.outcome() {
        say("outcome", tone(outcome.word()), format!("{}: {}", outcome.word(), followed.outcome_words()));
    }
    say("announced", Role::Text, if followed.rings { "when it has ended" } else { "no" }.to_owned());
    say("its inverse", Role::Text, inverse_words(&followed.inverse()));
    facts(&all, width)
}

/// What takes a change back, in words.
pub fn inverse_words(inverse: &[(crate::release::Target, crate::release::Change)]) -> String {
    if inverse.is_empty() {
        return "nothing".to_owned();
    }
    inverse.iter().map(|(target, change)| change.title(target)).collect::<Vec<_>>().join(", ")
}

fn place(target: &crate::release::Target) -> String {
    if target.namespace.is_empty() {
        "the cluster".to_owned()
    } else {
        format!("namespace {}", target.namespace)
    }
}

fn progress(state: &StepState) -> (Role, String) {
    match &state.phase {
        Phase::Waiting(_) => (Role::Dim, "waits for its turn".to_owned()),
        Phase::Sending => (Role::ToneBusy, "sent, not answered yet".to_owned()),
        Phase::Doubtful { .. } | Phase::Following => (Role::ToneBusy, state.progress.clone()),
        Phase::Ended(outcome) => (tone(outcome.word()), format!("{}: {}", outcome.word(), outcome.words())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cursor_belongs_to_what_it_was_on() {
        let mut screen = OperationsScreen::default();
        let rows = [Row::Change(1), Row::Open(2), Row::Open(3)];
        assert!(screen.act(Action::Down, &rows, 0, 10));
        assert_eq!(screen.selected, Some(Row::Open(2)));
        // Something new stands above it now.
        let later = [Row::Change(4), Row::Change(1), Row::Open(2), Row::Open(3)];
        assert_eq!(screen.position(&later), 2);
        assert!(screen.act(Action::Down, &later, 0, 10));
        assert_eq!(screen.selected, Some(Row::Open(3)));
        assert_eq!(screen.position(&rows[..1]), 0, "what is gone gives the cursor back");
        assert!(!screen.act(Action::Yaml, &rows, 0, 10));
    }

    #[test]
    fn rows_are_kept_in_view() {
        for (top, row, height, shown) in
            [(0, 3, 4, 0), (0, 4, 4, 1), (5, 2, 4, 2), (0, 0, 0, 0), (0, 7, 1, 7)]
        {
            assert_eq!(kept_in_view(top, row, height), shown, "{row} of {height} from {top}");
        }
        assert_eq!(moved(Action::Bottom, 0, 5, 3), Some(4));
        assert_eq!(moved(Action::Down, 0, 0, 3), Some(0));
    }
}
