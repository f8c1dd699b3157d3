//! The logs of one or many containers as one stream of lines: what is kept, what is shown of it, where one reads.
//!
//! | file | owns |
//! | --- | --- |
//! | [`streams`] | the containers: their names, how each stream is |
//! | [`narrow`] | what is typed to see less |
//! | [`place`] | where one reads |
//! | [`rows`] | a line as rows of the screen: JSON, wrapped, coloured |
//! | [`words`] | what is said around the lines |
//! | [`take`] | lines as text for files, the clipboard, the pager |
//! | [`ask`] | values that are typed: since, tail, a file's name |
//! | [`draw`] | drawing |

use std::collections::BTreeSet;

use crate::action::Action;
use crate::config::LogsConfig;
use crate::effect::OpId;
use crate::model::log::{Found, LogQuery, LogUpdate, Ring, Since, SourceId, View, json};
use crate::model::trouble::Trouble;

pub mod ask;
pub mod draw;
pub mod narrow;
pub mod place;
pub mod rows;
pub mod streams;
pub mod take;
pub mod words;

use narrow::{Narrow, Part};
use place::{Page, Place};
use streams::{Flow, Streams};

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

/// Where one reads, by the numbers of lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reading {
    End,
    At { cursor: u64, top: (u64, usize) },
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

    /// Takes what the reader tells.
    pub fn on_update(&mut self, update: LogUpdate) {
        match update {
            LogUpdate::Joined(id, source) => {
                self.containers.insert(source.container.to_string());
                self.streams.join(id, source);
                if self.progress == Progress::Opening {
                    self.progress = Progress::Open;
                }
                // A single container needs no announcement.
                if self.streams.iter().nth(1).is_some() {
                    self.note(id, &format!("+ {}", self.streams.whole(id)));
                }
            }
            LogUpdate::Lines(batch) => {
                if self.progress == Progress::Opening {
                    self.progress = Progress::Open;
                }
                self.ring.push(&batch);
                self.view.on_pushed(&self.ring);
                if self.show.json == Json::Columns && self.show.columns.is_empty() {
                    self.choose_columns();
                }
            }
            LogUpdate::Restarted(id, why) => {
                let why = why.map_or_else(String::new, |why| format!(": {why}"));
                self.streams.set_flow(id, Flow::Open);
                self.note(id, &format!("{} restarted{why}", self.streams.whole(id)));
            }
            LogUpdate::Interrupted(id, trouble) => self.streams.set_flow(id, Flow::Interrupted(trouble)),
            LogUpdate::Resumed(id) => self.streams.set_flow(id, Flow::Open),
            LogUpdate::Left(id, why) => {
                self.streams.set_flow(id, Flow::Left);
                self.note(id, &format!("- {}: {why}", self.streams.whole(id)));
            }
            LogUpdate::Streams { open, of } => self.streams.counts = (open, of),
            LogUpdate::PodsUnseen(trouble) => self.unseen = Some(trouble),
            LogUpdate::PodsSeen => self.unseen = None,
            LogUpdate::Ended => self.progress = Progress::Ended,
            LogUpdate::Failed(trouble) => self.progress = Progress::Failed(trouble),
        }
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

    /// Takes one thing away that hides lines, or the search, or the full screen; false when there is none.
    pub fn take_one_away(&mut self) -> bool {
        if self.narrow.take_one() {
            self.hit = None;
            self.look_again();
            return true;
        }
        std::mem::take(&mut self.show.full)
    }

    /// The area has this size.
    pub fn settle(&mut self, size: (u16, u16)) {
        self.size = size;
    }

    /// Rows and columns for the text of lines.
    fn text_size(&self) -> (usize, usize) {
        let above = words::above(self).len() as u16;
        let height = self.size.1.saturating_sub(above);
        let indent = rows::indent(self) as u16;
        (usize::from(height), usize::from(self.size.0.saturating_sub(indent)).max(1))
    }

    /// Where one reads, by indices.
    fn place(&self) -> Place {
        match self.reading {
            Reading::End => Place::End,
            Reading::At { cursor, top } => {
                let (cursor, at) = (self.view.index_of(cursor), self.view.index_of(top.0));
                let row = if self.view.nth(at) == Some(top.0) { top.1 } else { 0 };
                // Where all that is still shown is older, the last page of it is read.
                let cursor = cursor.min(self.view.len().saturating_sub(1));
                let top = self.with_page(|page| page.last_top()).min((at, row));
                Place::At { cursor, top }
            }
        }
    }

    fn read_at(&mut self, place: Place) {
        let number = |index: usize| self.view.nth(index).unwrap_or_else(|| self.ring.end());
        self.reading = match place {
            Place::End => Reading::End,
            Place::At { cursor, top } => Reading::At { cursor: number(cursor), top: (number(top.0), top.1) },
        };
    }

    /// Calls `with` with what is read.
    fn with_page<T>(&self, with: impl FnOnce(Page<'_>) -> T) -> T {
        let (height, width) = self.text_size();
        let rows = |index: usize| rows::count(self, index, width);
        with(Page { len: self.view.len(), height, rows: &rows })
    }

    /// The first row on the screen, and the line under the cursor while one reads.
    pub fn top_and_cursor(&self) -> ((usize, usize), Option<usize>) {
        match self.place() {
            Place::End => (self.with_page(|page| page.last_top()), None),
            Place::At { cursor, top } => (top, Some(cursor)),
        }
    }

    /// The number of the line under the cursor: of the last one while the end is followed.
    pub fn current(&self) -> Option<u64> {
        match self.place() {
            Place::End => self.view.len().checked_sub(1).and_then(|last| self.view.nth(last)),
            Place::At { cursor, .. } => self.view.nth(cursor),
        }
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

    fn mark(&mut self) {
        let Some(number) = self.current() else { return };
        if !self.marks.remove(&number) {
            self.marks.insert(number);
        }
        let place = self.place();
        let next = if place == Place::End { Action::Follow } else { Action::Down };
        // At the last line the mark stays under the cursor.
        let moved = self.with_page(|page| page.act(place, next));
        match moved {
            Some(Place::End) | None => {}
            Some(place) => self.read_at(place),
        }
    }

    /// To the next match; the first one is looked for from what is on the screen.
    fn find(&mut self, forward: bool) {
        if self.narrow.search.is_none() {
            return;
        }
        let from = match self.place() {
            // At the end: the last one is the first to be wanted.
            Place::End => (!forward).then_some(self.view.len()),
            Place::At { cursor, .. } => Some(cursor),
        };
        self.hit = None;
        let Some(found) = self.view.find(from, forward) else { return };
        let Found { index, nth, of, around } = found;
        self.hit = self.view.nth(index).map(|number| (number, nth, of, around));
        let place = self.place();
        let place = self.with_page(|page| page.show(place, index));
        self.read_at(place);
    }

    /// What is typed is searched from where one reads: backwards from the end, and at the line under the cursor too.
    pub fn find_first(&mut self) {
        if self.view.is_looking() {
            return self.waiting.push(Waiting::FirstMatch);
        }
        match self.place() {
            Place::End => self.find(false),
            Place::At { cursor, top } => {
                let before = Place::At { cursor: cursor + 1, top };
                self.read_at(before);
                self.find(false);
            }
        }
    }

    /// From when on, in words.
    pub fn span_words(&self) -> String {
        let since = match self.query.since {
            None => String::new(),
            Some(Since::Seconds(seconds)) => {
                format!(
                    "since {}",
                    crate::config::duration::show(std::time::Duration::from_secs(seconds.into()))
                )
            }
            Some(Since::Time(time)) => format!("since {}", time.strftime("%m-%d %H:%M:%SZ")),
        };
        let tail = self.query.tail.map_or_else(String::new, |tail| format!("last {tail}"));
        match (since.is_empty(), tail.is_empty()) {
            (true, true) => "all".to_owned(),
            (false, false) => format!("{since}, {tail}"),
            _ => format!("{since}{tail}"),
        }
    }
}

#[cfg(test)]
mod tests;
