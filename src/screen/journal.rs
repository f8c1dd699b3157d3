//! The journal screen: what was changed, by whom, and what became of it; newest first. Changes of this session that are
//! still on their way show how far they are.
//!
//! Holds what was read of the file, what was written since, and where one is. An entry can be taken back later, as a plan of
//! its own.

use crate::action::Action;
use crate::effect::OpId;
use crate::journal::Entry;
use crate::model::text::clean;
use crate::screen::operations::{kept_in_view, moved};
use crate::screen::scroll::Scroll;
use crate::state::State;

pub mod draw;

/// The screen.
#[derive(Debug, Clone)]
pub struct JournalScreen {
    /// The operation that reads it.
    pub op: OpId,
    /// How reading the file went; `None` while it is read.
    pub read: Option<Result<(), String>>,
    /// Lines of the file, and those of this session that are not in it, oldest first.
    lines: Vec<Entry>,
    /// The same, newest first, the lines of one change together.
    entries: Vec<Entry>,
    /// What narrows the rows, as typed.
    pub filter: String,
    /// The selected entry; `None`: nobody chose, the first row has the cursor.
    selected: Option<Key>,
    /// The first row on the screen.
    top: usize,
    /// The selected entry is shown whole, from here on.
    pub open: Option<Scroll>,
}

/// By what an entry is known again: ids of old files need not be unique.
type Key = (String, String, String);

/// A row of the screen.
#[derive(Debug, Clone, Copy)]
pub enum Row<'a> {
    /// A change of this session that is on its way: its number, and what was written of it.
    Running(OpId, &'a Entry),
    /// An entry of the file.
    Entry(&'a Entry),
}

impl<'a> Row<'a> {
    /// What is written of it.
    pub fn entry(self) -> &'a Entry {
        let (Self::Running(_, entry) | Self::Entry(entry)) = self;
        entry
    }

    fn key(self) -> Key {
        let Entry { id, time, title, .. } = self.entry();
        (id.clone(), time.clone(), title.clone())
    }
}

impl JournalScreen {
    /// A screen whose journal has been asked for; `lines` are those of this session.
    pub fn new(op: OpId, lines: &[Entry]) -> Self {
        Self {
            op,
            read: None,
            lines: lines.to_vec(),
            entries: folded(lines),
            filter: String::new(),
            selected: None,
            top: 0,
            open: None,
        }
    }

    /// Takes what was read of the file; the lines of this session may be in it, or not yet.
    pub fn on_read(&mut self, read: Result<Vec<Entry>, String>) {
        match read {
            Ok(mut lines) => {
                let since: Vec<Entry> = self.lines.drain(..).filter(|line| !lines.contains(line)).collect();
                lines.extend(since);
                self.lines = lines;
                self.read = Some(Ok(()));
            }
            Err(why) => self.read = Some(Err(why)),
        }
        self.entries = folded(&self.lines);
    }

    /// A line is written while the journal is on the screen.
    pub fn on_line(&mut self, line: &Entry) {
        self.lines.push(line.clone());
        self.entries = folded(&self.lines);
    }

    /// How many entries are known in all.
    pub fn total(&self) -> usize {
        self.entries.len()
    }

    /// How many changes are known in all, and how many refusals of what was never sent.
    pub fn counts(&self) -> (usize, usize) {
        let refused = self.entries.iter().filter(|entry| entry.is_refusal()).count();
        (self.entries.len() - refused, refused)
    }

    /// The rows that the filter leaves, newest first.
    pub fn rows<'a>(&'a self, state: &State) -> Vec<Row<'a>> {
        let words: Vec<&str> = self.filter.split_whitespace().collect();
        let kept = self.entries.iter().filter(|entry| words.is_empty() || matches(entry, &words));
        let running: Vec<(String, OpId)> =
            state.changes.running().map(|followed| (followed.journal_id(), followed.id)).collect();
        kept.map(|entry| match running.iter().find(|(id, _)| *id == entry.id) {
            Some((_, id)) => Row::Running(*id, entry),
            None => Row::Entry(entry),
        })
        .collect()
    }

    /// Where the cursor is among the rows.
    pub fn position(&self, rows: &[Row<'_>]) -> usize {
        let wanted = self.selected.as_ref();
        wanted.and_then(|wanted| rows.iter().position(|row| row.key() == *wanted)).unwrap_or(0)
    }

    /// Takes the filter away; true when there was one.
    pub fn clear_filter(&mut self) -> bool {
        !std::mem::take(&mut self.filter).is_empty()
    }

    /// Where a movement leads; `None`: the action is no movement.
    pub fn target(&self, action: Action, state: &State, height: usize) -> Option<(usize, Option<Key>)> {
        let rows = self.rows(state);
        let to = moved(action, self.position(&rows), rows.len(), height)?;
        Some((to, rows.get(to).map(|row| row.key())))
    }

    /// The cursor goes there.
    pub fn go(&mut self, (row, key): (usize, Option<Key>), height: usize) {
        self.selected = key;
        self.top = kept_in_view(self.top, row, height);
    }
}

/// The lines of one change as one entry: the first says what was sent, the last what became of it.
pub fn folded(lines: &[Entry]) -> Vec<Entry> {
    let mut out: Vec<Entry> = Vec::new();
    let mut known: std::collections::HashMap<&str, usize> = std::collections::HashMap::new();
    for line in lines {
        let before = known.get(line.id.as_str()).map(|at| &mut out[*at]);
        match before {
            // A refusal is a line of its own; a change that was sent may be refused by the server.
            Some(before) if line.outcome != "refused" || before.outcome == "sent" => {
                before.outcome.clone_from(&line.outcome);
                before.words.clone_from(&line.words);
                // What can be taken back is known better when it has ended.
                before.inverse.clone_from(&line.inverse);
            }
            _ => {
                if !line.id.is_empty() {
                    known.insert(&line.id, out.len());
                }
                out.push(line.clone());
            }
        }
    }
    out.reverse();
    out
}

/// Whether all words are in an entry, `!word` in none of it; a capital letter says that case matters.
fn matches(entry: &Entry, words: &[&str]) -> bool {
    let Entry { user, ssh_client, context, namespace, title, reason, outcome, words: said, .. } = entry;
    let parts = [user, ssh_client, context, namespace, title, reason, outcome, said];
    let text: String =
        parts.into_iter().chain(&entry.values).map(|part| clean(part)).collect::<Vec<_>>().join(" ");
    words.iter().all(|word| {
        let (wanted, word) = match word.strip_prefix('!') {
            Some(rest) => (false, rest),
            None => (true, *word),
        };
        let (place, word) =
            match word.split_once(':').and_then(|(name, word)| Some((column(entry, name)?, word))) {
                Some((place, word)) => (Some(clean(place)), word),
                None => (None, word),
            };
        let place = place.as_deref().unwrap_or(&text);
        let cased = word.chars().any(char::is_uppercase);
        wanted == if cased { place.contains(word) } else { place.to_lowercase().contains(word) }
    })
}

/// What an entry has in the column that a filter names, `outcome:refused`; `None`: there is no such column.
fn column<'a>(entry: &'a Entry, name: &str) -> Option<&'a str> {
    Some(match name.to_lowercase().as_str() {
        "who" => &entry.user,
        "context" => &entry.context,
        "namespace" => &entry.namespace,
        "change" => &entry.title,
        "outcome" => &entry.outcome,
        "reason" => &entry.reason,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(id: &str, outcome: &str, values: &[&str]) -> Entry {
        Entry {
            id: id.to_owned(),
            outcome: outcome.to_owned(),
            values: values.iter().map(|value| (*value).to_owned()).collect(),
            ..Entry::default()
        }
    }

    fn shown(screen: &JournalScreen) -> Vec<(&str, &str)> {
        screen.entries.iter().map(|entry| (entry.id.as_str(), entry.outcome.as_str())).collect()
    }

    #[test]
    fn the_lines_of_a_change_are_one_entry() {
        let mut screen = JournalScreen::new(1, &[]);
        screen.on_read(Ok(vec![
            line("1", "sent", &["replicas: 1 -> 3"]),
            line("2", "sent", &[]),
            line("1", "done", &[]),
            line("3-refused", "refused", &[]),
        ]));
        assert_eq!(shown(&screen), [("3-refused", "refused"), ("2", "sent"), ("1", "done")]);
        assert_eq!(screen.entries[2].values, ["replicas: 1 -> 3"], "what was sent stays known");
    }

    #[test]
    fn what_is_written_meanwhile_is_shown_once() {
        let mut screen = JournalScreen::new(1, &[]);
        screen.on_line(&line("2", "sent", &[]));
        screen.on_read(Ok(vec![line("1", "done", &[]), line("2", "sent", &[])]));
        assert_eq!(shown(&screen), [("2", "sent"), ("1", "done")]);
        screen.on_line(&line("2", "done", &[]));
        assert_eq!(shown(&screen), [("2", "done"), ("1", "done")]);
        screen.on_read(Err("gone".to_owned()));
        assert_eq!(shown(&screen).len(), 2, "an error empties nothing");
    }

    #[test]
    fn the_filter_looks_at_everything_that_is_shown() {
        let entry = Entry {
            user: "ada".to_owned(),
            context: "prod-eu".to_owned(),
            title: "scale deployment/Web".to_owned(),
            reason: "more load".to_owned(),
            outcome: "done".to_owned(),
            values: vec!["replicas: 3 -> 5".to_owned()],
            ..Entry::default()
        };
        for (words, found) in [
            ("scale web", true),
            ("Web", true),
            ("WEB", false),
            ("ada load", true),
            ("!done", false),
            ("prod !failed", true),
            ("3 -> 5", true),
            ("staging", false),
            ("outcome:done context:prod", true),
            ("outcome:scale", false),
            ("!outcome:done", false),
            ("reason:load who:Ada", false),
            ("replicas:", true),
        ] {
            let words: Vec<&str> = words.split(' ').collect();
            assert_eq!(matches(&entry, &words), found, "{words:?}");
        }
    }
}
