//! What an object has to do with others, one line each: owners, what it owns, uses, selects, routes to, and the other way
//! round. What could not be looked at is named below.
//!
//! Holds what was read and where one is; how the others are doing comes from the cache, as far as they are watched.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::action::Action;
use crate::effect::OpId;
use crate::model::column::Tone;
use crate::model::columns;
use crate::model::record::{Kind, Record};
use crate::model::relate::{Edge, Named, Presence, Relations, Way};
use crate::model::resource::Resource;
use crate::model::uid::Uid;
use crate::model::units;
use crate::screen::Drawn;
use crate::screen::detail::Reading;
use crate::screen::operations::{kept_in_view, moved, turns};
use crate::state::{Now, State};
use crate::theme::Role;
use crate::widget::chrome::{Piece, ends, line, piece, wrap};
use crate::widget::grid::cut;

/// The screen.
#[derive(Debug, Clone)]
pub struct RelationsScreen {
    /// The operation that reads them.
    pub op: OpId,
    /// Of what.
    pub kind: Kind,
    /// The same, as the API names it.
    pub resource: Resource,
    /// Its namespace; empty for cluster-scoped objects.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// How far reading is.
    pub reading: Reading,
    /// It changed while they were being read: read once more.
    pub stale: bool,
    /// Its kind is watched as long as they are shown, so that they are read again when it changes.
    pub watched: bool,
    /// When they were read.
    pub read: Now,
    /// What was read.
    pub relations: Relations,
    /// The selected relation: which of those to this object. `None`: nobody chose, the first has the cursor.
    pub selected: Option<(Way, Named, usize)>,
    /// The first row on the screen.
    pub top: usize,
}

impl RelationsScreen {
    /// Asked for, nothing read yet.
    pub fn new(op: OpId, kind: Kind, namespace: String, name: String, now: Now) -> Self {
        Self {
            op,
            kind,
            resource: kind.into(),
            namespace,
            name,
            reading: Reading::Waiting,
            stale: false,
            watched: true,
            read: now,
            relations: Relations::default(),
            selected: None,
            top: 0,
        }
    }

    fn position(&self) -> usize {
        let Some(selected) = &self.selected else { return 0 };
        let mut all = self.relations.edges.iter().enumerate();
        all.find_map(|(at, _)| (self.key(at).as_ref() == Some(selected)).then_some(at)).unwrap_or(0)
    }

    /// By what a relation is known again when they are read again: one object may be named twice.
    fn key(&self, at: usize) -> Option<(Way, Named, usize)> {
        let edge = self.relations.edges.get(at)?;
        let same = |one: &&Edge| one.way == edge.way && one.to == edge.to;
        let nth = self.relations.edges[..at].iter().filter(same).count();
        Some((edge.way, edge.to.clone(), nth))
    }

    /// The relation under the cursor.
    pub fn current(&self) -> Option<&Edge> {
        self.relations.edges.get(self.position())
    }

    /// Moves; false when the action means nothing here.
    pub fn act(&mut self, action: Action, area: Rect) -> bool {
        let height = self.height(area);
        let Some(to) = moved(action, self.position(), self.relations.edges.len(), height) else {
            return false;
        };
        self.selected = self.key(to);
        self.top = kept_in_view(self.top, to, height);
        true
    }

    /// What was not looked at, as lines.
    fn below(&self, area: Rect) -> Vec<String> {
        if self.relations.not_looked.is_empty() {
            return Vec::new();
        }
        let words = format!("not looked at: {}", self.relations.not_looked.join(", "));
        let mut lines = wrap(&words, area.width.saturating_sub(4));
        lines.truncate(usize::from(area.height / 3).max(1));
        lines
    }

    /// Rows that fit.
    fn height(&self, area: Rect) -> usize {
        usize::from(area.height.saturating_sub(1)).saturating_sub(self.below(area).len())
    }
}

/// Draws the screen.
pub fn draw(
    screen: &RelationsScreen,
    state: &State,
    now: Now,
    area: Rect,
    drawn: &mut Drawn,
    buffer: &mut Buffer,
) {
    let theme = state.theme();
    let edges = &screen.relations.edges;
    let place = if screen.namespace.is_empty() { String::new() } else { format!("{}/", screen.namespace) };
    let title = format!(" Relations of {} {place}{}", screen.resource.kind, screen.name);
    let (role, words) = match &screen.reading {
        Reading::Waiting => (Role::ModeLoading, "reading…".to_owned()),
        Reading::Failed(trouble) => (Role::ModeStale, trouble.to_string()),
        Reading::Gone => (Role::ModeStale, "gone: this is how it was".to_owned()),
        Reading::Done => {
            drawn.wake_at(turns(screen.read.unix, now));
            let age = units::coarse_age(now.unix, screen.read.unix);
            (Role::Dim, format!("{}, read {age} ago", edges.len()))
        }
    };
    let right = [piece(role, format!("{words} "))];
    let head = Rect { height: area.height.min(1), ..area };
    ends(head, &[piece(Role::TitleFocused, title)], &right, theme, buffer);
    let at_line = |line: usize| Rect { y: area.y + line as u16, height: 1, ..area }.intersection(area);
    if edges.is_empty() && screen.reading == Reading::Done {
        let words = "   nothing that was looked at has to do with it";
        line(at_line(1), &[piece(Role::Dim, words)], theme, buffer);
    }
    let (at, height) = (screen.position(), screen.height(area));
    let top = kept_in_view(screen.top, at, height);
    for (place, edge) in edges.iter().enumerate().skip(top).take(height) {
        let here = at_line(1 + place - top);
        let sign = if place == at { ">" } else { " " };
        let right = standing(edge, state, now);
        ends(here, &row(sign, edge, edges.get(place.wrapping_sub(1))), &right, theme, buffer);
        if place == at {
            buffer.set_style(here.intersection(buffer.area), theme.style(Role::Cursor));
        }
    }
    let below = screen.below(area);
    let from = usize::from(area.height).saturating_sub(below.len());
    for (offset, text) in below.into_iter().enumerate() {
        line(at_line(from + offset), &[piece(Role::ToneWarn, format!("   {text}"))], theme, buffer);
    }
}

/// A relation as a line; the way is said in full where it is another one than in the line above.
fn row(sign: &str, edge: &Edge, before: Option<&Edge>) -> Vec<Piece> {
    let same = before.is_some_and(|before| before.way == edge.way);
    let way = if same { Role::Dim } else { Role::Header };
    let mut out = vec![
        piece(Role::Text, format!("{sign}  ")),
        piece(way, format!("{:<12}", edge.way.word())),
        piece(Role::Text, format!("{:indent$}{} ", "", edge.to.kind, indent = edge.depth * 2)),
    ];
    let missing = matches!(edge.presence, Presence::Missing);
    out.push(piece(if missing { Role::ToneBad } else { Role::Text }, edge.to.name.clone()));
    if !edge.words.is_empty() {
        out.push(piece(Role::Dim, format!(" ({})", edge.words)));
    }
    out.push(match edge.presence {
        Presence::Missing => piece(Role::ToneBad, "  missing"),
        Presence::MissingOptional => piece(Role::ToneWarn, "  not there, need not be"),
        Presence::There | Presence::NotLooked => piece(Role::Dim, ""),
    });
    out
}

/// How the other object is doing, where it is watched.
fn standing(edge: &Edge, state: &State, now: Now) -> Vec<Piece> {
    let known = |kind: &Kind| {
        let (group, _, _, name) = kind.resource();
        group == edge.to.group && name == edge.to.kind
    };
    let record =
        Kind::ALL.into_iter().find(known).and_then(|kind| state.cache.get(kind, &Uid::new(&edge.uid)));
    let Some(record) = record else { return Vec::new() };
    let cx = state.sight(now).cx();
    let mut out = Vec::new();
    for id in ["ready", "endpoints", "state", "status"] {
        if let Some(column) = columns::find(record.kind(), id) {
            let cell = (column.cell)(record, &cx);
            let text = match record {
                // A number alone says nothing; that of a ReplicaSet is of so many that are wanted.
                Record::ReplicaSet(set) if id == "ready" => format!("{}/{}", set.ready, set.desired),
                _ => cut(&cell.text, 20).into_owned(),
            };
            out.push(piece(role(cell.tone), format!("{text}  ")));
        }
    }
    out
}

fn role(tone: Tone) -> Role {
    match tone {
        Tone::Plain | Tone::Accent => Role::Text,
        Tone::Dim => Role::Dim,
        Tone::Good => Role::ToneGood,
        Tone::Busy => Role::ToneBusy,
        Tone::Warn => Role::ToneWarn,
        Tone::Bad => Role::ToneBad,
    }
}
