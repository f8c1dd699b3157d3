//! What changed lately, one line each, the newest first: what objects themselves remember, and what this session saw.
//!
//! Holds what was read and where one is. What could not be looked at is named below.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::action::Action;
use crate::effect::OpId;
use crate::inquiry::{Inquiry, Subject};
use crate::model::record::{Kind, Seconds};
use crate::model::units;
use crate::recent::{Happening, Recent, Seen, What};
use crate::screen::Drawn;
use crate::screen::detail::Reading;
use crate::screen::operations::{kept_in_view, moved, turns};
use crate::state::{Now, State};
use crate::theme::Role;
use crate::widget::chrome::{Piece, ends, line, piece, width, wrap};
use crate::widget::grid::cut;

/// Lines for what is under the cursor.
const DETAIL: usize = 2;
/// What was seen within so many seconds of a rollout of the same object is that rollout.
const TOGETHER: Seconds = 10;
/// How far one looks back, in minutes.
const SPANS: [i64; 8] = [10, 30, 60, 180, 360, 1_440, 4_320, 10_080];

/// The screen.
#[derive(Debug, Clone)]
pub struct RecentScreen {
    /// The operation that reads.
    pub op: OpId,
    /// In which namespace; `None`: in all.
    pub namespace: Option<String>,
    /// Of which object and what it has to do with; `None`: of all.
    pub subject: Option<Subject>,
    /// How far back, in minutes.
    pub minutes: i64,
    /// How far reading is.
    pub reading: Reading,
    /// When it was read.
    pub read: Now,
    /// What was read.
    pub recent: Recent,
    /// The line under the cursor; `None`: the first.
    selected: Option<Happening>,
    top: usize,
}

impl RecentScreen {
    /// Asked for, nothing read yet.
    pub fn new(
        op: OpId,
        namespace: Option<String>,
        subject: Option<Subject>,
        minutes: i64,
        now: Now,
    ) -> Self {
        Self {
            op,
            namespace,
            subject,
            minutes,
            reading: Reading::Waiting,
            read: now,
            recent: Recent::default(),
            selected: None,
            top: 0,
        }
    }

    /// What is asked.
    pub fn question(&self, now: Now) -> Inquiry {
        Inquiry::Recent {
            namespace: self.namespace.clone(),
            about: self.subject.clone(),
            since: self.since(now),
        }
    }

    fn since(&self, now: Now) -> Seconds {
        now.unix - self.minutes * 60
    }

    /// Looks back further, or less far.
    pub fn turn(&mut self, longer: bool) {
        self.minutes = if longer {
            SPANS.into_iter().find(|span| *span > self.minutes).unwrap_or(self.minutes)
        } else {
            SPANS.into_iter().rev().find(|span| *span < self.minutes).unwrap_or(self.minutes)
        };
    }

    /// The lines: what was read, and what was seen since the program was started.
    pub fn lines(&self, state: &State, now: Now) -> Vec<Happening> {
        let since = self.since(now);
        let mut out: Vec<Happening> =
            self.recent.happenings.iter().filter(|one| one.at >= since).cloned().collect();
        let seen = state.seen.newest().take_while(|seen| seen.at >= since).filter(|seen| {
            let here = self
                .namespace
                .as_deref()
                .is_none_or(|name| seen.namespace.is_empty() || *seen.namespace == *name);
            let about = self.subject.as_ref().is_none_or(|subject| {
                seen.name.as_ref() == subject.name
                    && *seen.namespace == *subject.namespace
                    && seen.kind.resource().3 == subject.resource.kind
            });
            // What its controllers do to pods and ReplicaSets follows from what somebody did to their owners.
            let own = self.subject.is_some() || !matches!(seen.kind, Kind::Pod | Kind::ReplicaSet);
            here && about && own
        });
        // A rollout is told once, with its images.
        let told = |one: &Happening| {
            let mut rollouts = self.recent.happenings.iter().filter(|known| known.what == What::Rollout);
            rollouts.any(|known| known.about == one.about && (known.at - one.at).abs() <= TOGETHER)
        };
        let seen: Vec<Happening> = seen.map(Seen::happening).filter(|one| !told(one)).collect();
        out.extend(seen);
        out.sort_by(|a, b| (b.at, a.what, &a.about).cmp(&(a.at, b.what, &b.about)));
        out
    }

    fn position(&self, lines: &[Happening]) -> usize {
        let Some(selected) = &self.selected else { return 0 };
        lines.iter().position(|one| one == selected).unwrap_or(0)
    }

    /// The line under the cursor.
    pub fn current(&self, state: &State, now: Now) -> Option<Happening> {
        let mut lines = self.lines(state, now);
        let at = self.position(&lines);
        (at < lines.len()).then(|| lines.swap_remove(at))
    }

    /// Moves; false when the action means nothing here.
    pub fn act(&mut self, action: Action, lines: &[Happening], area: Rect) -> bool {
        let height = self.height(area);
        let Some(to) = moved(action, self.position(lines), lines.len(), height) else { return false };
        self.selected = lines.get(to).cloned();
        self.top = kept_in_view(self.top, to, height);
        true
    }

    fn below(&self, area: Rect) -> Vec<String> {
        if self.recent.not_looked.is_empty() {
            return Vec::new();
        }
        let words = format!("not looked at: {}", self.recent.not_looked.join(", "));
        let mut lines = wrap(&words, area.width.saturating_sub(4));
        lines.truncate(usize::from(area.height / 3).max(1));
        lines
    }

    fn height(&self, area: Rect) -> usize {
        let below = self.below(area).len() + DETAIL + 1;
        usize::from(area.height.saturating_sub(1)).saturating_sub(if area.height < 12 { 0 } else { below })
    }

    /// The line under the cursor in full.
    fn detail(one: &Happening, area: Rect) -> Vec<String> {
        let by = if one.by.is_empty() { String::new() } else { format!(" (by {})", one.by) };
        let mut lines = wrap(&format!("{}: {}{by}", object(one), one.words), area.width.saturating_sub(2));
        lines.truncate(DETAIL);
        lines
    }

    /// How far one looks back, in words.
    pub fn span(&self) -> String {
        match self.minutes {
            minutes if minutes % 1_440 == 0 => format!("{} d", minutes / 1_440),
            minutes if minutes % 60 == 0 => format!("{} h", minutes / 60),
            minutes => format!("{minutes} min"),
        }
    }
}

/// Draws the screen.
pub fn draw(
    screen: &RecentScreen,
    state: &State,
    now: Now,
    area: Rect,
    drawn: &mut Drawn,
    buffer: &mut Buffer,
) {
    let theme = state.theme();
    let lines = screen.lines(state, now);
    let of = match (&screen.subject, &screen.namespace) {
        (Some(subject), _) => format!("{} {}", subject.resource.word(), subject.name),
        (None, Some(namespace)) => namespace.clone(),
        (None, None) => "all namespaces".to_owned(),
    };
    let title = format!(" Changes of {of}, last {}", screen.span());
    let (role, words) = match &screen.reading {
        Reading::Waiting => (Role::ModeLoading, "reading…".to_owned()),
        Reading::Failed(trouble) => (Role::ModeStale, trouble.to_string()),
        Reading::Done | Reading::Gone => {
            drawn.wake_at(turns(screen.read.unix, now));
            let age = units::coarse_age(now.unix, screen.read.unix);
            (Role::Dim, format!("{}, read {age} ago", lines.len()))
        }
    };
    let head = Rect { height: area.height.min(1), ..area };
    ends(head, &[piece(Role::TitleFocused, title)], &[piece(role, format!("{words} "))], theme, buffer);
    let at_line = |line: usize| Rect { y: area.y + line as u16, height: 1, ..area }.intersection(area);
    if lines.is_empty() && screen.reading == Reading::Done {
        let words = "   nothing that was looked at has changed";
        line(at_line(1), &[piece(Role::Dim, words)], theme, buffer);
    }
    let (at, height) = (screen.position(&lines), screen.height(area));
    let top = kept_in_view(screen.top, at, height);
    let names = lines.iter().skip(top).take(height).map(|one| object(one).chars().count()).max().unwrap_or(0);
    let names = names.min(usize::from(area.width) / 3).max(10);
    for (place, happening) in lines.iter().enumerate().skip(top).take(height) {
        let here = at_line(1 + place - top);
        drawn.wake_at(turns(happening.at, now));
        let left = row(happening, place == at, names, now);
        // Who it was stands beside it where both fit; below in any case.
        let by = if happening.by.is_empty() { String::new() } else { format!("  {} ", happening.by) };
        let right = [piece(Role::Dim, by)];
        let fits = width(&left) + width(&right) <= area.width;
        ends(here, &left, if fits { &right } else { &[] }, theme, buffer);
        if place == at {
            buffer.set_style(here.intersection(buffer.area), theme.style(Role::Cursor));
        }
    }
    let below = screen.below(area);
    if let (Some(one), true) = (lines.get(at), area.height >= 12) {
        let detail = RecentScreen::detail(one, area);
        let from = usize::from(area.height).saturating_sub(below.len() + DETAIL);
        for (offset, text) in detail.into_iter().enumerate() {
            line(at_line(from + offset), &[piece(Role::Text, format!(" {text}"))], theme, buffer);
        }
    }
    let from = usize::from(area.height).saturating_sub(below.len());
    for (offset, text) in below.into_iter().enumerate() {
        line(at_line(from + offset), &[piece(Role::ToneWarn, format!("   {text}"))], theme, buffer);
    }
}

fn object(happening: &Happening) -> String {
    format!("{}/{}", happening.about.kind.to_ascii_lowercase(), happening.about.name)
}

fn row(happening: &Happening, here: bool, names: usize, now: Now) -> Vec<Piece> {
    let role = match happening.what {
        What::Rollout | What::Selector => Role::Accent,
        What::Deleting | What::Node | What::Condition => Role::ToneWarn,
        What::Seen => Role::Dim,
        What::Scale | What::Fields | What::Made | What::Autoscaler => Role::Text,
    };
    let age = units::age(now.unix, happening.at);
    vec![
        piece(Role::Text, if here { ">" } else { " " }),
        piece(Role::Dim, format!("{age:>6}  ")),
        piece(role, format!("{:<9}", happening.what.word())),
        piece(Role::Text, format!("{:<names$}  ", cut(&object(happening), names as u16))),
        piece(Role::Text, happening.words.clone()),
    ]
}
