//! Draws the journal: a row for each change, or one entry whole.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use unicode_width::UnicodeWidthStr;

use super::{JournalScreen, Row};
use crate::journal::Entry;
use crate::model::text::clean;
use crate::model::units;
use crate::screen::Drawn;
use crate::screen::operations::{self, inverse_words, kept_in_view, tone, turns};
use crate::state::{Now, State};
use crate::theme::Role;
use crate::widget::chrome::{Piece, ends, facts, line, piece};
use crate::widget::grid::cut;

/// From this width on the namespace has a column of its own.
const WIDE: u16 = 100;

/// Rows that fit into an area of this height: all but the title and the column titles.
pub fn height(area_height: u16) -> usize {
    usize::from(area_height.saturating_sub(2))
}

/// The text of an entry, or of a change that is on its way.
pub fn details(row: Row<'_>, state: &State, width: u16) -> Vec<Vec<Piece>> {
    match row {
        Row::Running(id, _) => {
            state.changes.get(id).map_or_else(Vec::new, |followed| operations::details(followed, width))
        }
        Row::Entry(entry) => entry_lines(entry, width),
    }
}

/// Draws the screen.
pub fn draw(
    screen: &JournalScreen,
    state: &State,
    now: Now,
    area: Rect,
    drawn: &mut Drawn,
    buffer: &mut Buffer,
) {
    let theme = state.theme();
    let rows = screen.rows(state);
    let at = screen.position(&rows);
    title(screen, &rows, area, state, buffer);
    let below = |line: usize| Rect { y: area.y + line as u16, height: 1, ..area }.intersection(area);
    if let (Some(scroll), Some(row)) = (screen.open, rows.get(at)) {
        let lines = details(*row, state, area.width);
        let room = usize::from(area.height.saturating_sub(1));
        for (place, pieces) in lines.iter().skip(scroll.top).take(room).enumerate() {
            line(below(1 + place), pieces, theme, buffer);
        }
        return;
    }
    let widths = Widths::of(&rows, area.width);
    line(below(1), &[piece(Role::Header, widths.heading())], theme, buffer);
    if rows.is_empty() {
        let words = match (&screen.read, screen.total()) {
            (None, _) => "",
            (Some(_), 0) => "   nothing has been changed yet",
            (Some(_), _) => "   nothing matches the filter",
        };
        line(below(2), &[piece(Role::Dim, words)], theme, buffer);
    }
    let top = kept_in_view(screen.top, at, height(area.height));
    for (place, row) in rows.iter().enumerate().skip(top).take(height(area.height)) {
        let here = below(2 + place - top);
        let sign = if place == at { ">" } else { " " };
        line(here, &summary(sign, *row, state, now, widths), theme, buffer);
        if place == at {
            buffer.set_style(here.intersection(buffer.area), theme.style(Role::Cursor));
        }
        drawn.wake_at(began(row.entry()).and_then(|since| turns(since, now)));
    }
}

fn title(screen: &JournalScreen, rows: &[Row<'_>], area: Rect, state: &State, buffer: &mut Buffer) {
    let mut left = vec![piece(Role::TitleFocused, " Journal, newest first")];
    if !screen.filter.is_empty() {
        left.push(piece(Role::Match, format!("  /{}", screen.filter)));
    }
    let (role, right) = match &screen.read {
        None => (Role::ModeLoading, "reading… ".to_owned()),
        Some(Err(why)) => (Role::ModeStale, format!("{} ", clean(why))),
        Some(Ok(())) => (Role::Dim, counted(screen, rows)),
    };
    ends(Rect { height: area.height.min(1), ..area }, &left, &[piece(role, right)], state.theme(), buffer);
}

/// `14 changes, 9 refused`; `3 of 14 changes, 0 of 9 refused` when the filter hides some.
fn counted(screen: &JournalScreen, rows: &[Row<'_>]) -> String {
    let (changes, refused) = screen.counts();
    let refused_shown = rows.iter().filter(|row| row.entry().is_refusal()).count();
    let changes_shown = rows.len() - refused_shown;
    let of = |shown: usize, all: usize| {
        if rows.len() == screen.total() { all.to_string() } else { format!("{shown} of {all}") }
    };
    let word = if changes == 1 { "change" } else { "changes" };
    let changes = format!("{} {word}", of(changes_shown, changes));
    match refused {
        0 => format!("{changes} "),
        refused => format!("{changes}, {} refused ", of(refused_shown, refused)),
    }
}

/// Widths of the columns that say who and where; 0 hides one.
#[derive(Debug, Clone, Copy)]
struct Widths {
    who: usize,
    context: usize,
    namespace: usize,
}

impl Widths {
    /// As wide as what is there, so that the change itself gets the most.
    fn of(rows: &[Row<'_>], width: u16) -> Self {
        let most = if width >= WIDE { 18 } else { 9 };
        let widest = |title: &str, text: &dyn Fn(&Entry) -> String| {
            let all = rows.iter().map(|row| clean(&text(row.entry())).width());
            all.max().unwrap_or(0).min(most).max(title.len())
        };
        let namespace = if width >= WIDE { widest("NAMESPACE", &|entry| entry.namespace.clone()) } else { 0 };
        Self {
            who: widest("WHO", &who),
            context: widest("CONTEXT", &|entry| entry.context.clone()),
            namespace,
        }
    }

    fn heading(self) -> String {
        let Self { who, context, namespace } = self;
        let namespace = if namespace > 0 { format!("{:<namespace$} ", "NAMESPACE") } else { String::new() };
        format!(
            "   {:>4}  {:<10} {:<who$} {:<context$} {namespace}CHANGE",
            "AGE", "OUTCOME", "WHO", "CONTEXT"
        )
    }
}

/// When an entry was written.
fn began(entry: &Entry) -> Option<i64> {
    entry.written()
}

/// Who, and from where when it came over SSH. Older lines may name nobody on the machine.
pub fn who(entry: &Entry) -> String {
    let user = [&entry.user, &entry.cluster_user].into_iter().find(|user| !user.is_empty());
    let user = user.map_or("?", String::as_str);
    match entry.ssh_client.split(' ').next() {
        Some(from) if !from.is_empty() => format!("{user}@{from}"),
        _ => user.to_owned(),
    }
}

fn summary(sign: &str, row: Row<'_>, state: &State, now: Now, widths: Widths) -> Vec<Piece> {
    let entry = row.entry();
    let age = began(entry).map_or_else(String::new, |since| units::coarse_age(now.unix, since));
    let outcome = if matches!(row, Row::Running(..)) { "running" } else { entry.outcome.as_str() };
    let column = |text: &str, width: usize| {
        let text = clean(text);
        let shown = cut(&text, width as u16);
        format!("{shown}{} ", " ".repeat(width.saturating_sub(shown.width())))
    };
    let mut pieces = vec![
        piece(Role::Text, format!("{sign}  {age:>4}  ")),
        piece(tone(outcome), column(outcome, 10)),
        piece(Role::Dim, column(&who(entry), widths.who)),
        piece(Role::Dim, column(&entry.context, widths.context)),
    ];
    if widths.namespace > 0 {
        pieces.push(piece(Role::Dim, column(&entry.namespace, widths.namespace)));
    }
    let mut rest = Vec::new();
    if let Row::Running(id, _) = row
        && let Some(followed) = state.changes.get(id)
    {
        pieces.push(piece(Role::Text, clean(&followed.line()).into_owned()));
        return pieces;
    }
    pieces.push(piece(Role::Text, clean(&entry.title).into_owned()));
    if !entry.values.is_empty() {
        rest.push(entry.values.join(", "));
    }
    if !entry.reason.is_empty() {
        rest.push(format!("\"{}\"", entry.reason));
    }
    if outcome != "done" && !entry.words.is_empty() {
        rest.push(entry.words.clone());
    }
    if widths.namespace == 0 && !entry.namespace.is_empty() {
        rest.push(format!("in {}", entry.namespace));
    }
    if !rest.is_empty() {
        pieces.push(piece(Role::Dim, clean(&format!("  {}", rest.join("  "))).into_owned()));
    }
    pieces
}

fn entry_lines(entry: &Entry, width: u16) -> Vec<Vec<Piece>> {
    let mut all: Vec<(&str, Role, String)> = Vec::new();
    let mut say = |label, text: String| all.push((label, Role::Text, text));
    say("change", entry.title.clone());
    say("time", entry.time.clone());
    let from =
        if entry.ssh_client.is_empty() { String::new() } else { format!(" from {}", entry.ssh_client) };
    let cluster_user = match entry.cluster_user.as_str() {
        "" => String::new(),
        user => format!(", to the cluster {user}"),
    };
    let user = match (entry.user.as_str(), entry.known_by.as_str()) {
        ("", _) => "(not known)".to_owned(),
        (user, "") => user.to_owned(),
        (user, known_by) => format!("{user} (by {known_by}: this machine names no user)"),
    };
    say("by", format!("{user}{from}{cluster_user}"));
    say("context", format!("{} ({})", entry.context, entry.server));
    say("namespace", entry.namespace.clone());
    say("object", entry.object.clone());
    for value in &entry.values {
        say("value", value.clone());
    }
    if !entry.reason.is_empty() {
        say("reason", entry.reason.clone());
    }
    for request in &entry.requests {
        say("request", request.clone());
    }
    if !entry.dry_run.is_empty() {
        say("dry run", entry.dry_run.clone());
    }
    let words = match (entry.outcome.as_str(), entry.words.as_str()) {
        ("sent", _) => "sent; the program that sent it has not said what became of it".to_owned(),
        (outcome, "") => outcome.to_owned(),
        (outcome, words) => format!("{outcome}: {words}"),
    };
    all.push(("outcome", tone(&entry.outcome), words));
    // What did not happen needs nothing that undoes it.
    if !entry.inverse.is_empty()
        && !matches!(entry.outcome.as_str(), "refused" | "conflict" | "not done" | "not begun" | "read-only")
    {
        all.push(("its inverse", Role::Text, inverse_words(&entry.inverse)));
    }
    facts(&all, width)
}
