//! Why an object is as it is: the conclusion in one sentence, then the chain, one step a line; below it what the step under the
//! cursor says in full, and what was not looked at.
//!
//! Holds what was read and where one is.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::action::Action;
use crate::effect::OpId;
use crate::inquiry::{Inquiry, Subject};
use crate::model::column::Tone;
use crate::model::record::Kind;
use crate::model::units;
use crate::screen::Drawn;
use crate::screen::detail::Reading;
use crate::screen::operations::{kept_in_view, moved, turns};
use crate::state::{Now, State};
use crate::theme::Role;
use crate::why::{Evidence, Why};
use crate::widget::chrome::{Piece, ends, line, piece, wrap};
use crate::widget::grid::cut;

/// The screen.
#[derive(Debug, Clone)]
pub struct WhyScreen {
    /// The operation that reads.
    pub op: OpId,
    /// Of which object.
    pub subject: Subject,
    /// Its kind, which is watched as long as this is shown, so that it is read again when it changes.
    pub kind: Option<Kind>,
    /// How far reading is.
    pub reading: Reading,
    /// It changed while it was being read: read once more.
    pub stale: bool,
    /// When it was read.
    pub read: Now,
    /// What was read; `None`: nothing yet.
    pub why: Option<Why>,
    /// The step under the cursor; `None`: the first.
    selected: Option<Evidence>,
    top: usize,
}

impl WhyScreen {
    /// Asked for, nothing read yet.
    pub fn new(op: OpId, subject: Subject, kind: Option<Kind>, now: Now) -> Self {
        Self {
            op,
            subject,
            kind,
            reading: Reading::Waiting,
            stale: false,
            read: now,
            why: None,
            selected: None,
            top: 0,
        }
    }

    /// What is asked.
    pub fn question(&self, now: Now) -> Inquiry {
        Inquiry::Why(self.subject.clone(), now.unix)
    }

    fn steps(&self) -> &[Evidence] {
        self.why.as_ref().map_or(&[], |why| &why.steps)
    }

    fn position(&self) -> usize {
        let Some(selected) = &self.selected else { return 0 };
        let steps = self.steps();
        // The same step, or one about the same object, when it is read again.
        let exact =
            steps.iter().position(|step| step.about == selected.about && step.words == selected.words);
        exact.or_else(|| steps.iter().position(|step| step.about == selected.about)).unwrap_or(0)
    }

    /// The step under the cursor.
    pub fn current(&self) -> Option<&Evidence> {
        self.steps().get(self.position())
    }

    /// Moves; false when the action means nothing here.
    pub fn act(&mut self, action: Action, area: Rect) -> bool {
        let height = self.height(area);
        let Some(to) = moved(action, self.position(), self.steps().len(), height) else { return false };
        self.selected = self.steps().get(to).cloned();
        self.top = kept_in_view(self.top, to, height);
        true
    }

    /// The conclusion and all steps, as text.
    pub fn text(&self) -> String {
        let Some(why) = &self.why else { return String::new() };
        let step = |step: &Evidence| {
            format!("{:indent$}{}: {}", "", object(step), step.words, indent = step.depth * 2)
        };
        let not = why.not_looked.iter().map(|what| format!("not looked at: {what}"));
        let lines = std::iter::once(why.conclusion.clone()).chain(why.steps.iter().map(step)).chain(not);
        lines.collect::<Vec<_>>().join("\n")
    }

    fn conclusion(&self, area: Rect) -> Vec<String> {
        let Some(why) = &self.why else { return Vec::new() };
        let mut lines = wrap(&why.conclusion, area.width.saturating_sub(2));
        lines.truncate(usize::from(area.height / 4).max(1));
        lines
    }

    /// The step under the cursor in full, where the screen is high enough.
    fn detail(&self, area: Rect) -> Vec<String> {
        let Some(step) = self.current().filter(|_| area.height >= 14) else { return Vec::new() };
        let mut lines = wrap(&format!("{}: {}", object(step), step.words), area.width.saturating_sub(2));
        lines.truncate(usize::from(area.height / 5));
        lines
    }

    fn below(&self, area: Rect) -> Vec<String> {
        let Some(why) = self.why.as_ref().filter(|why| !why.not_looked.is_empty()) else { return Vec::new() };
        let words = format!("not looked at: {}", why.not_looked.join(", "));
        let mut lines = wrap(&words, area.width.saturating_sub(2));
        lines.truncate(usize::from(area.height / 5).max(1));
        lines
    }

    /// Steps that fit.
    fn height(&self, area: Rect) -> usize {
        let detail = self.detail(area).len();
        let around =
            2 + self.conclusion(area).len() + self.below(area).len() + detail + usize::from(detail > 0);
        usize::from(area.height).saturating_sub(around)
    }
}

/// Draws the screen.
pub fn draw(screen: &WhyScreen, state: &State, now: Now, area: Rect, drawn: &mut Drawn, buffer: &mut Buffer) {
    let theme = state.theme();
    let at_line = |line: usize| Rect { y: area.y + line as u16, height: 1, ..area }.intersection(area);
    let Subject { resource, namespace, name } = &screen.subject;
    let place = if namespace.is_empty() { String::new() } else { format!("{namespace}/") };
    let title = format!(" Why {} {place}{name}", resource.kind);
    let (role, words) = match &screen.reading {
        Reading::Waiting => (Role::ModeLoading, "reading…".to_owned()),
        Reading::Failed(trouble) => (Role::ModeStale, trouble.to_string()),
        Reading::Gone => (Role::ModeStale, "gone: this is how it was".to_owned()),
        Reading::Done => {
            drawn.wake_at(turns(screen.read.unix, now));
            (Role::Dim, format!("read {} ago", units::coarse_age(now.unix, screen.read.unix)))
        }
    };
    ends(at_line(0), &[piece(Role::TitleFocused, title)], &[piece(role, format!("{words} "))], theme, buffer);
    let conclusion = screen.conclusion(area);
    let wrong = screen.why.as_ref().is_some_and(|why| why.wrong);
    for (offset, text) in conclusion.iter().enumerate() {
        let role = if wrong { Role::ToneBad } else { Role::ToneGood };
        line(at_line(1 + offset), &[piece(role, format!(" {text}"))], theme, buffer);
    }
    let steps = screen.steps();
    let from = 2 + conclusion.len();
    let (at, height) = (screen.position(), screen.height(area));
    let top = kept_in_view(screen.top, at, height);
    for (place, step) in steps.iter().enumerate().skip(top).take(height) {
        let here = at_line(from + place - top);
        let same = place > 0
            && place > top
            && steps[place - 1].about == step.about
            && steps[place - 1].depth <= step.depth;
        let age = step.at.map_or_else(String::new, |at| format!("  {} ", units::age(now.unix, at)));
        if let Some(at) = step.at {
            drawn.wake_at(turns(at, now));
        }
        ends(here, &row(step, place == at, same, area), &[piece(Role::Dim, age)], theme, buffer);
        if place == at {
            buffer.set_style(here.intersection(buffer.area), theme.style(Role::Cursor));
        }
    }
    let (detail, below) = (screen.detail(area), screen.below(area));
    let end = usize::from(area.height).saturating_sub(detail.len() + below.len());
    for (offset, text) in detail.iter().enumerate() {
        line(at_line(end + offset), &[piece(Role::Text, format!(" {text}"))], theme, buffer);
    }
    for (offset, text) in below.iter().enumerate() {
        let here = at_line(end + detail.len() + offset);
        line(here, &[piece(Role::ToneWarn, format!(" {text}"))], theme, buffer);
    }
}

fn object(step: &Evidence) -> String {
    format!("{}/{}", step.about.kind.to_ascii_lowercase(), step.about.name)
}

/// A step as a line; its object is named where it is another one than in the line above.
fn row(step: &Evidence, here: bool, same: bool, area: Rect) -> Vec<Piece> {
    let indent = " ".repeat(step.depth * 2);
    let mut out = vec![piece(Role::Text, format!("{}{indent} ", if here { ">" } else { " " }))];
    if !same {
        let width = if area.width < 100 { 26 } else { 48 };
        out.push(piece(Role::Header, format!("{}  ", cut(&object(step), width))));
    }
    out.push(piece(role(step.tone), step.words.clone()));
    out
}

fn role(tone: Tone) -> Role {
    match tone {
        Tone::Plain => Role::Text,
        Tone::Accent => Role::Accent,
        Tone::Dim => Role::Dim,
        Tone::Good => Role::ToneGood,
        Tone::Busy => Role::ToneBusy,
        Tone::Warn => Role::ToneWarn,
        Tone::Bad => Role::ToneBad,
    }
}
