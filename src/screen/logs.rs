//! The logs of one or many containers as one stream of lines: what is kept, what is shown of it, where one reads.
//!
//! | file | owns |
//! | --- | --- |
//! | [`streams`] | the containers: their names, how each stream is |
//! | [`narrow`] | what is typed to see less |
//! | `updates` | what the reader tells |
//! | [`place`], `reading` | where one reads |
//! | [`rows`] | a line as rows of the screen: JSON, wrapped, coloured |
//! | [`words`] | what is said around the lines |
//! | [`take`] | lines as text for files, the clipboard, the pager |
//! | [`ask`] | values that are typed: since, tail, a file's name |
//! | [`draw`] | drawing |

use std::collections::BTreeSet;

use crate::action::Action;
use crate::config::LogsConfig;
use crate::effect::OpId;
use crate::model::log::{LogQuery, Ring, SourceId, View, json};
use crate::model::trouble::Trouble;

pub mod ask;
pub mod draw;
pub mod narrow;
pub mod place;
mod reading;
pub mod rows;
pub mod streams;
pub mod take;
mod updates;
pub mod words;

use narrow::{Narrow, Part};
use reading::Reading;
use streams::Streams;

/// The source of what the user puts between the lines.
const NOBODY: SourceId = 0x0fff_ffff;
/// Columns that one press scrolls.
const COLUMNS: usize = 8;
/// Lines that are looked at to choose the columns.
const SAMPLE: u64 = 500;

/// How the whole is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Progress {
    /// Asked for, nothing came yet.
    Opening,
    /// Lines come, or may.
    Open,
    /// Nothing more comes.
    Ended,
    /// It cannot be read.
    Failed(Trouble),
}

/// How JSON lines are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Json {
    /// As they are.
    Raw,
    /// One field per column.
    Columns,
    /// One field per row.
    Pretty,
}

/// How lines are shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Show {
    /// With their times.
    pub times: bool,
    /// Times are in UTC.
    pub utc: bool,
    /// With whose they are; `None`: when there are several.
    pub names: Option<bool>,
    /// Long ones are wrapped.
    pub wrap: bool,
    /// JSON lines.
    pub json: Json,
    /// The lines have the whole screen.
    pub full: bool,
    /// Characters scrolled to the right.
    pub left: usize,
    /// The columns of JSON lines with their widths.
    pub columns: Vec<(String, usize)>,
}

/// What is to be done when all matches are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Waiting {
    /// To the first match.
    FirstMatch,
    /// What was asked for after it.
    Act(Action),
}

/// The log screen.
#[derive(Debug, Clone)]
pub struct Logs {
    /// The operation whose answers belong here.
    pub op: OpId,
    /// What is read.
    pub query: LogQuery,
    /// Whose logs: `deployment/web`.
    pub title: String,
    /// The session that reads them and its context, where these are not the program's own.
    pub elsewhere: Option<(OpId, String)>,
    /// How the whole is.
    pub progress: Progress,
    /// The containers.
    pub streams: Streams,
    /// Why the pods are not seen just now.
    pub unseen: Option<Trouble>,
    /// The containers that can be chosen.
    pub containers: BTreeSet<String>,
    /// When the rollout began, where it is known (Unix time).
    pub rollout: Option<i64>,
    /// How lines are shown.
    pub show: Show,
    /// What is typed to see less.
    pub narrow: Narrow,
    /// The match one is at: its number, which it is, of how many, whether it was found around the end.
    pub hit: Option<(u64, usize, usize, bool)>,
    /// Numbers of the marked lines.
    pub marks: BTreeSet<u64>,
    ring: Ring,
    view: View,
    reading: Reading,
    /// Keys that came before all matches were known, in their order.
    waiting: Vec<Waiting>,
    /// Columns and rows for the whole, as of the last time it was settled.
    size: (u16, u16),
}

impl Logs {
    /// Logs that have been asked for.
    pub fn new(op: OpId, query: LogQuery, title: String, config: &LogsConfig) -> Self {
        Self {
            op,
            query,
            title,
            elsewhere: None,
            progress: Progress::Opening,
            streams: Streams::default(),
            unseen: None,
            containers: BTreeSet::new(),
            rollout: None,
            show: Show {
                times: config.timestamps,
                utc: config.utc,
                names: None,
                wrap: config.wrap,
                json: Json::Raw,
                full: false,
                left: 0,
                columns: Vec::new(),
            },
            narrow: Narrow::default(),
            hit: None,
            marks: BTreeSet::new(),
            ring: Ring::new(config.lines as usize),
            view: View::default(),
            reading: Reading::End,
            waiting: Vec::new(),
            size: (80, 24),
        }
    }

    /// Keeps fewer lines; what is there is forgotten.
    pub fn keep_at_most(&mut self, lines: usize) {
        (self.ring, self.view) = (Ring::new(lines), View::default());
        self.look_again();
    }

    /// The lines that are kept.
    pub fn ring(&self) -> &Ring {
        &self.ring
    }

    /// Those of them that are shown.
    pub fn view(&self) -> &View {
        &self.view
    }

    /// Whether nothing more comes.
    pub fn is_over(&self) -> bool {
        matches!(self.progress, Progress::Ended | Progress::Failed(_))
    }

    /// Whether the end is followed.
    pub fn follows(&self) -> bool {
        self.reading == Reading::End
    }

    /// Whether lines say whose they are.
    pub fn names(&self) -> bool {
        self.show.names.unwrap_or_else(|| self.streams.iter().nth(1).is_some())
    }

    /// The same is read anew, or something else of the same: the lines are forgotten, what is typed to see less stays.
    pub fn begin_anew(&mut self, op: OpId, query: LogQuery) {
        self.op = op;
        self.query = query;
        self.progress = Progress::Opening;
        self.streams = Streams::default();
        self.unseen = None;
        self.forget();
        self.reading = Reading::End;
    }

    fn forget(&mut self) {
        self.ring.clear();
        self.marks.clear();
        self.hit = None;
        self.waiting.clear();
        self.look_again();
    }

    fn note(&mut self, id: SourceId, words: &str) {
        self.ring.note(id, words);
        self.view.on_pushed(&self.ring);
    }

    /// Puts a line with this text at the end.
    pub fn separate(&mut self, words: &str) {
        self.note(NOBODY, words);
    }

    /// The lines are looked at again, for what is typed to see less has changed.
    fn look_again(&mut self) {
        self.view.set_query(&self.ring, self.narrow.query.clone());
        self.view.look_for(&self.ring, self.narrow.search.as_ref());
    }

    /// Goes on looking through the lines, for about so many of them; true while there is more to do.
    pub fn work(&mut self, lines: usize) -> bool {
        let more = self.view.work(&self.ring, lines);
        if !more {
            for waiting in std::mem::take(&mut self.waiting) {
                match waiting {
                    Waiting::FirstMatch => self.find_first(),
                    Waiting::Act(action) => drop(self.act(action)),
                }
            }
        }
        // What waited may have asked something else.
        more || self.view.is_looking()
    }

    /// Whether what is shown or found is still being worked out.
    pub fn is_looking(&self) -> bool {
        self.view.is_looking()
    }

    /// Looks through all lines that are left: for what has to have all that was asked for, and not only what is on the screen.
    pub fn look_to_the_end(&mut self) {
        while self.work(usize::MAX) {}
    }

    /// Takes what is typed for a part, while it is typed.
    pub fn typed(&mut self, part: Part, text: &str) {
        if part == Part::Search {
            self.hit = None;
        }
        if self.narrow.set(part, text) {
            self.look_again();
        } else {
            // So it is found when it is asked for.
            self.view.look_for(&self.ring, self.narrow.search.as_ref());
        }
    }

    /// Takes one thing away that hides lines, or the search, or the full screen: what was set last goes first. Says what it was;
    /// `None` when there was nothing.
    pub fn take_one_away(&mut self) -> Option<String> {
        if let Some(part) = self.narrow.take_one() {
            self.hit = None;
            self.look_again();
            return Some(format!("taken away: {part}"));
        }
        // That is seen.
        std::mem::take(&mut self.show.full).then(String::new)
    }

    /// The area has this size.
    pub fn settle(&mut self, size: (u16, u16)) {
        self.size = size;
    }

    /// Does what only logs can do, without asking the cluster; false when the action means nothing here.
    pub fn act(&mut self, action: Action) -> bool {
        if self.waits(action) {
            self.waiting.push(Waiting::Act(action));
            return true;
        }
        match action {
            Action::Wrap => self.show.wrap = !self.show.wrap,
            Action::Timestamps => self.show.times = !self.show.times,
            Action::Utc => {
                self.show.utc = !self.show.utc;
                self.show.times = true;
            }
            Action::Names => self.show.names = Some(!self.names()),
            Action::Zoom => self.show.full = !self.show.full,
            Action::Json => self.next_json(),
            Action::AtLeast => {
                self.narrow.next_level();
                self.look_again();
            }
            Action::MoreContext | Action::LessContext => {
                self.narrow.more_context(if action == Action::MoreContext { 1 } else { -1 });
                self.look_again();
            }
            Action::Clear => {
                self.forget();
                self.reading = Reading::End;
            }
            Action::Mark => self.mark(),
            Action::ClearMarks => self.marks.clear(),
            Action::SearchNext => self.find(true),
            Action::SearchPrevious => self.find(false),
            Action::ScrollRight => self.show.left += COLUMNS,
            Action::ScrollLeft => self.show.left = self.show.left.saturating_sub(COLUMNS),
            action => {
                let place = self.place();
                let Some(place) = self.with_page(|page| page.act(place, action)) else { return false };
                self.read_at(place);
            }
        }
        true
    }

    /// Whether an action has to wait for all matches: it goes to one, or comes after what does.
    fn waits(&self, action: Action) -> bool {
        let goes =
            matches!(action, Action::SearchNext | Action::SearchPrevious) && self.narrow.search.is_some();
        let by_place = goes || action == Action::Mark || place::MOVES.contains(&action);
        self.view.is_looking() && (goes || by_place && !self.waiting.is_empty())
    }

    fn next_json(&mut self) {
        self.show.json = match self.show.json {
            Json::Raw => Json::Columns,
            Json::Columns => Json::Pretty,
            Json::Pretty => Json::Raw,
        };
        if self.show.json == Json::Columns {
            self.choose_columns();
        }
    }

    /// Chooses the columns by the newest lines.
    fn choose_columns(&mut self) {
        let from = self.ring.end().saturating_sub(SAMPLE);
        let lines = || self.ring.range(from..self.ring.end()).map(|(_, row)| row.text);
        self.show.columns = rows::columns(&json::columns(lines()), lines());
    }
}

#[cfg(test)]
mod tests;
