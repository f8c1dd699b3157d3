//! The journal screen: what was changed, by whom, and what became of it; newest first. Changes of this session that are
//! still on their way stand above the rest, as they are now.
//!
//! Holds what was read of the file and where one is. An entry can be taken back later, as a plan of its own.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::action::Action;
use crate::effect::OpId;
use crate::journal::Entry;
use crate::model::text::clean;
use crate::model::units;
use crate::state::{Now, State};
use crate::theme::Role;
use crate::widget::chrome::{Piece, ends, line, piece, wrap};
use crate::widget::grid::cut;

/// The screen.
#[derive(Debug, Clone)]
pub struct JournalScreen {
    /// The operation that reads it.
    pub op: OpId,
    /// What was read, newest first, the lines of one change together; or why not.
    pub entries: Option<Result<Vec<Entry>, String>>,
    /// The selected row.
    pub selected: usize,
    /// The first row on the screen.
    pub top: usize,
    /// The selected entry is shown whole.
    pub open: bool,
}

/// A row of the screen.
#[derive(Debug, Clone, Copy)]
pub enum Row<'a> {
    /// A change of this session that is on its way: its number.
    Running(OpId),
    /// An entry of the file.
    Entry(&'a Entry),
}

impl JournalScreen {
    /// A screen whose journal has been asked for.
    pub fn new(op: OpId) -> Self {
        Self { op, entries: None, selected: 0, top: 0, open: false }
    }

    /// Takes what was read: lines of the same change become one entry, with what each line knows.
    pub fn on_read(&mut self, read: Result<Vec<Entry>, String>) {
        self.entries = Some(read.map(folded));
    }

    /// The rows, newest first.
    pub fn rows<'a>(&'a self, state: &State) -> Vec<Row<'a>> {
        let running = state.changes.running().rev().map(|followed| Row::Running(followed.id));
        let known = self.entries.iter().flatten().flatten().map(Row::Entry);
        running.chain(known).collect()
    }

    /// Moves and opens; false when the action means nothing here.
    pub fn act(&mut self, action: Action, rows: usize, height: usize) -> bool {
        let last = rows.saturating_sub(1);
        self.selected = match action {
            Action::Down => self.selected + 1,
            Action::Up => self.selected.saturating_sub(1),
            Action::PageDown | Action::HalfPageDown => self.selected + height.max(2) - 1,
            Action::PageUp | Action::HalfPageUp => self.selected.saturating_sub(height.max(2) - 1),
            Action::Top => 0,
            Action::Bottom => last,
            Action::Open => {
                self.open = !self.open;
                self.selected
            }
            _ => return false,
        }
        .min(last);
        if self.selected < self.top {
            self.top = self.selected;
        } else if self.selected >= self.top + height.max(1) {
            self.top = self.selected + 1 - height.max(1);
        }
        true
    }
}

/// The lines of one change as one entry: the first says what was sent, the last what became of it.
fn folded(lines: Vec<Entry>) -> Vec<Entry> {
    let mut out: Vec<Entry> = Vec::new();
    for line in lines {
        let known = out.iter_mut().rev().find(|entry| !line.id.is_empty() && entry.id == line.id);
        match known {
            Some(known) if line.outcome != "refused" || known.outcome == "sent" => {
                known.outcome = line.outcome;
                known.words = line.words;
                // What can be taken back is known better when it has ended.
                known.inverse = line.inverse;
            }
            _ => out.push(line),
        }
    }
    out.reverse();
    out
}

/// Rows that fit into an area of this height.
pub fn height(area_height: u16) -> usize {
    usize::from(area_height.saturating_sub(2))
}

/// Draws the screen.
pub fn draw(screen: &JournalScreen, state: &State, now: Now, area: Rect, buffer: &mut Buffer) {
    let theme = state.theme();
    let rows = screen.rows(state);
    let right = match &screen.entries {
        None => "reading… ".to_owned(),
        Some(Err(why)) => format!("{} ", clean(why)),
        Some(Ok(entries)) => format!("{} changes ", entries.len()),
    };
    let title = [piece(Role::TitleFocused, " Journal, newest first")];
    ends(Rect { height: area.height.min(1), ..area }, &title, &[piece(Role::Dim, right)], theme, buffer);
    if screen.open {
        if let Some(row) = rows.get(screen.selected) {
            let lines = details(*row, state, area.width);
            for (at, pieces) in lines.iter().take(usize::from(area.height.saturating_sub(1))).enumerate() {
                line(Rect { y: area.y + 1 + at as u16, height: 1, ..area }, pieces, theme, buffer);
            }
        }
        return;
    }
    if area.height > 1 {
        let heading = format!("   {:>5}  {:<10} {:<14} {}", "AGE", "OUTCOME", "CONTEXT", "CHANGE");
        line(Rect { y: area.y + 1, height: 1, ..area }, &[piece(Role::Header, heading)], theme, buffer);
    }
    if rows.is_empty() && area.height > 2 {
        let words = if screen.entries.is_some() { "   nothing has been changed yet" } else { "" };
        line(Rect { y: area.y + 2, height: 1, ..area }, &[piece(Role::Dim, words)], theme, buffer);
    }
    for (at, row) in rows.iter().enumerate().skip(screen.top).take(height(area.height)) {
        let here = Rect { y: area.y + 2 + (at - screen.top) as u16, height: 1, ..area };
        let sign = if at == screen.selected { ">" } else { " " };
        line(here, &summary(sign, *row, state, now), theme, buffer);
        if at == screen.selected {
            buffer.set_style(here.intersection(buffer.area), theme.style(Role::Cursor));
        }
    }
}

fn summary(sign: &str, row: Row<'_>, state: &State, now: Now) -> Vec<Piece> {
    match row {
        Row::Running(id) => {
            let Some(followed) = state.changes.get(id) else { return Vec::new() };
            vec![
                piece(Role::Text, format!("{sign}  {:>5}  ", units::age(now.unix, followed.began.unix))),
                piece(Role::ToneBusy, format!("{:<10} ", "running")),
                piece(Role::Dim, format!("{:<14} ", cut(&followed.context, 14))),
                piece(Role::Text, followed.line()),
            ]
        }
        Row::Entry(entry) => {
            let age = entry
                .time
                .parse::<jiff::Timestamp>()
                .map_or_else(|_| String::new(), |at| units::age(now.unix, at.as_second()));
            let values = if entry.values.is_empty() {
                String::new()
            } else {
                format!("  {}", entry.values.join(", "))
            };
            let reason =
                if entry.reason.is_empty() { String::new() } else { format!("  \"{}\"", entry.reason) };
            vec![
                piece(Role::Text, format!("{sign}  {age:>5}  ")),
                piece(tone(&entry.outcome), format!("{:<10} ", cut(&entry.outcome, 10))),
                piece(Role::Dim, format!("{:<14} ", cut(&clean(&entry.context), 14))),
                piece(Role::Text, clean(&entry.title).into_owned()),
                piece(Role::Dim, clean(&format!("{values}{reason}")).into_owned()),
            ]
        }
    }
}

fn tone(outcome: &str) -> Role {
    match outcome {
        "done" => Role::ToneGood,
        // `sent` is a line without an end: the program that wrote it has not said what became of it.
        "sent" | "superseded" | "left" | "conflict" | "refused" => Role::ToneWarn,
        _ => Role::ToneBad,
    }
}

fn details(row: Row<'_>, state: &State, width: u16) -> Vec<Vec<Piece>> {
    let mut out: Vec<Vec<Piece>> = Vec::new();
    let mut say = |label: &str, text: &str| {
        for (at, part) in wrap(&clean(text), width.saturating_sub(20)).into_iter().enumerate() {
            let label = if at == 0 { label } else { "" };
            out.push(vec![piece(Role::Dim, format!("   {label:<14} ")), piece(Role::Text, part)]);
        }
    };
    match row {
        Row::Running(id) => {
            let Some(followed) = state.changes.get(id) else { return out };
            say("change", &followed.title);
            say("context", &followed.context);
            for value in &followed.values {
                say("value", value);
            }
            for step in &followed.steps {
                let words = match step.outcome() {
                    Some(outcome) => format!("{}: {}", outcome.word(), outcome.words()),
                    None => step.progress.clone(),
                };
                say("step", &format!("{} {}: {words}", step.step.change.word(), step.step.target));
                say("request", &format!("{} {}", step.step.request.method.word(), step.step.request.uri()));
            }
        }
        Row::Entry(entry) => {
            say("change", &entry.title);
            say("time", &entry.time);
            let from = if entry.ssh_client.is_empty() {
                String::new()
            } else {
                format!(" from {}", entry.ssh_client)
            };
            say("by", &format!("{}{from}, in the cluster {}", entry.user, entry.cluster_user));
            say("context", &format!("{} ({})", entry.context, entry.server));
            say("namespace", &entry.namespace);
            say("object", &entry.object);
            for value in &entry.values {
                say("value", value);
            }
            say("reason", &entry.reason);
            for request in &entry.requests {
                say("request", request);
            }
            say("dry run", &entry.dry_run);
            say("outcome", &format!("{} {}", entry.outcome, entry.words));
            let back = match entry.inverse.as_slice() {
                [] => "nothing takes it back".to_owned(),
                all => all.iter().map(|(target, change)| change.title(target)).collect::<Vec<_>>().join(", "),
            };
            say("taken back by", &back);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lines_of_a_change_are_one_entry() {
        let line = |id: &str, outcome: &str, values: &[&str]| Entry {
            id: id.to_owned(),
            outcome: outcome.to_owned(),
            values: values.iter().map(|value| (*value).to_owned()).collect(),
            ..Entry::default()
        };
        let mut screen = JournalScreen::new(1);
        screen.on_read(Ok(vec![
            line("1", "sent", &["replicas: 1 -> 3"]),
            line("2", "sent", &[]),
            line("1", "done", &[]),
            line("3-refused", "refused", &[]),
        ]));
        let Some(Ok(entries)) = &screen.entries else { panic!("not read") };
        let shown: Vec<(&str, &str)> =
            entries.iter().map(|entry| (entry.id.as_str(), entry.outcome.as_str())).collect();
        assert_eq!(shown, [("3-refused", "refused"), ("2", "sent"), ("1", "done")]);
        assert_eq!(entries[2].values, ["replicas: 1 -> 3"], "what was sent stays known");
    }
}
