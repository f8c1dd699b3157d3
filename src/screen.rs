//! Screens: a closed set, each with its own state and its own drawing. The frame around them is drawn here:
//! the top line says where one is and how old the data is, the bottom line what one can do.

use std::time::Duration;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::keymap::Context;
use crate::model::record::Kind;
use crate::state::{Now, State};
use crate::widget::line_edit::LineEdit;

pub mod ask;
pub mod canary;
pub mod columns;
pub mod detail;
pub mod events;
pub mod explain;
pub mod fleet;
pub mod forwards;
pub mod frame;
pub mod handover;
pub mod home;
pub mod journal;
pub mod logs;
pub mod manifest;
pub mod operations;
pub mod overlay;
pub mod pane;
pub mod picker;
pub mod plan;
pub mod reach;
pub mod recent;
pub mod relations;
pub mod release;
pub mod save;
pub mod scroll;
pub mod sheet;
pub mod sides;
pub mod triage;
pub mod trouble;
pub mod why;

use ask::Ask;
use canary::Canary;
use detail::Containers;
use detail::text::{Form, Text};
use explain::Explain;
use forwards::ForwardsScreen;
use handover::HandoverAsk;
use journal::JournalScreen;
use logs::Logs;
use logs::ask::LogAsk;
use manifest::ManifestAsk;
use operations::OperationsScreen;
use pane::Pane;
use plan::PlanScreen;
use reach::ReachAsk;
use recent::RecentScreen;
use relations::RelationsScreen;
use release::Release;
use save::SaveAsk;
use sheet::Sheet;
use triage::TriageScreen;
use why::WhyScreen;

/// A screen over the home screen.
#[derive(Debug)]
pub enum Screen {
    /// All objects of a kind.
    Table(Box<Pane>),
    /// A pod's containers.
    Containers(Box<Containers>),
    /// An object as text.
    Text(Box<Text>),
    /// A container's log.
    Logs(Box<Logs>),
    /// The plan of a change.
    Plan(Box<PlanScreen>),
    /// The release of a workload.
    Release(Box<Release>),
    /// What is behind a service, with the shares of its endpoints.
    Canary(Box<Canary>),
    /// The journal of changes.
    Journal(Box<JournalScreen>),
    /// What is on its way.
    Operations(OperationsScreen),
    /// Forwarded ports.
    Forwards(ForwardsScreen),
    /// The fields of a kind.
    Explain(Box<Explain>),
    /// What an object has to do with others.
    Relations(Box<RelationsScreen>),
    /// What changed lately.
    Recent(Box<RecentScreen>),
    /// Why an object is as it is.
    Why(Box<WhyScreen>),
    /// A text that was asked for once.
    Sheet(Box<Sheet>),
    /// What is wrong now.
    Triage(Box<TriageScreen>),
}

impl Screen {
    /// The kinds whose watches it needs.
    pub fn kinds(&self) -> Vec<Kind> {
        match self {
            // What the server selects for it has a feed of its own.
            Self::Table(pane) if !pane.selectors.is_empty() => Vec::new(),
            // What is read of several contexts is read in sessions of their own.
            Self::Table(pane) if pane.fleet.is_some() => Vec::new(),
            Self::Table(pane) => vec![pane.kind],
            Self::Containers(screen) => vec![screen.subject.object.kind],
            Self::Text(screen) => match screen.form {
                Form::Yaml | Form::Diff => vec![screen.subject.object.kind],
                Form::Told(_) => vec![screen.subject.object.kind, Kind::Event],
            },
            // Its pods and the like are watched for the home screen; what is done there is done with its workload.
            Self::Release(screen) => [Kind::Event].into_iter().chain(screen.kind()).collect(),
            Self::Canary(_) => vec![Kind::Event],
            // They are read again when the object changes.
            Self::Relations(screen) if screen.watched => vec![screen.kind],
            Self::Triage(screen) => screen.kinds(),
            Self::Why(screen) => screen.kind.into_iter().collect(),
            Self::Logs(_)
            | Self::Plan(_)
            | Self::Journal(_)
            | Self::Operations(_)
            | Self::Forwards(_)
            | Self::Relations(_)
            | Self::Recent(_)
            | Self::Sheet(_)
            | Self::Explain(_) => Vec::new(),
        }
    }

    /// What is read for it as long as it is shown, of those that can be shown again.
    pub fn ops(&self) -> Vec<crate::effect::OpId> {
        match self {
            Self::Text(text) => vec![text.subject.op],
            Self::Containers(containers) => vec![containers.subject.op],
            Self::Relations(relations) => vec![relations.op],
            Self::Recent(recent) => vec![recent.op],
            Self::Why(why) => vec![why.op],
            Self::Explain(explain) => vec![explain.op],
            Self::Triage(triage) => triage.op.into_iter().collect(),
            _ => Vec::new(),
        }
    }

    /// The keys that work on it.
    pub fn context(&self) -> Context {
        match self {
            Self::Table(_) => Context::Table,
            Self::Containers(_) => Context::Containers,
            Self::Text(_) => Context::Text,
            Self::Logs(_) => Context::Logs,
            Self::Plan(_) => Context::Plan,
            Self::Release(_) => Context::Release,
            Self::Canary(_) => Context::Canary,
            Self::Journal(_) => Context::Journal,
            Self::Operations(_) => Context::Operations,
            Self::Forwards(_) => Context::Forwards,
            Self::Explain(_) => Context::Explain,
            Self::Relations(_) => Context::Relations,
            Self::Recent(_) => Context::Recent,
            Self::Why(_) => Context::Why,
            Self::Sheet(_) => Context::Sheet,
            Self::Triage(_) => Context::Triage,
        }
    }
}

/// What the typed line is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Prompt {
    /// Narrows the rows of the focused table while one types.
    Filter(LineEdit),
    /// Searches the text of the screen.
    Search(LineEdit),
    /// A value for a change.
    Ask(Ask),
    /// A manifest to apply.
    Manifest(ManifestAsk),
    /// A value for logs.
    Log(LogAsk),
    /// What leads into a pod.
    Reach(ReachAsk),
    /// Where rows are to be saved.
    Save(SaveAsk),
    /// Where a hand-over is to be written.
    Handover(HandoverAsk),
    /// Why a change is made.
    Reason(LineEdit),
    /// The word that confirms a plan.
    Word(LineEdit),
}

impl Prompt {
    /// The line.
    pub fn line(&self) -> &LineEdit {
        match self {
            Self::Filter(line) | Self::Search(line) | Self::Reason(line) | Self::Word(line) => line,
            Self::Ask(ask) => &ask.line,
            Self::Manifest(ask) => &ask.line,
            Self::Log(ask) => &ask.line,
            Self::Reach(ask) => &ask.line,
            Self::Save(ask) => &ask.line,
            Self::Handover(ask) => &ask.line,
        }
    }

    /// The line, to be edited.
    pub fn line_mut(&mut self) -> &mut LineEdit {
        match self {
            Self::Filter(line) | Self::Search(line) | Self::Reason(line) | Self::Word(line) => line,
            Self::Ask(ask) => &mut ask.line,
            Self::Manifest(ask) => &mut ask.line,
            Self::Log(ask) => &mut ask.line,
            Self::Reach(ask) => &mut ask.line,
            Self::Save(ask) => &mut ask.line,
            Self::Handover(ask) => &mut ask.line,
        }
    }
}

/// What drawing tells the loop.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Drawn {
    /// Where the terminal's cursor stands; hidden when `None`.
    pub cursor: Option<(u16, u16)>,
    /// When the screen changes by itself, monotonic: an age turns, a mark calms down, a countdown counts.
    pub wake: Option<Duration>,
}

impl Drawn {
    /// The screen changes at `at`, if not before.
    pub fn wake_at(&mut self, at: Option<Duration>) {
        self.wake = match (self.wake, at) {
            (Some(one), Some(other)) => Some(one.min(other)),
            (one, other) => one.or(other),
        };
    }
}

/// Text is cut in many places; where only ASCII can be shown, the sign for it is replaced in one.
fn without_ellipses(buffer: &mut Buffer) {
    for cell in buffer.content.iter_mut().filter(|cell| cell.symbol() == "…") {
        cell.set_symbol("~");
    }
}

/// The part of the screen between the top and the bottom line.
pub fn body(size: (u16, u16)) -> Rect {
    let (width, height) = size;
    // On the lowest screens the rows are worth more than the frame.
    let top = u16::from(height >= 3);
    let bottom = u16::from(height >= 2);
    Rect { x: 0, y: top, width, height: height - top - bottom }
}

/// Where logs are drawn: the body, or everything.
pub fn logs_area(size: (u16, u16), full: bool) -> Rect {
    if full { Rect { x: 0, y: 0, width: size.0, height: size.1 } } else { body(size) }
}

fn draw_logs(screen: &Logs, state: &State, size: (u16, u16), buffer: &mut Buffer) {
    let before = if screen.show.full { frame::place(state) } else { Vec::new() };
    let key = state.keymap().keys_for(crate::action::Action::MoreStreams, Context::Logs.stack());
    let look = logs::draw::Look {
        theme: state.theme(),
        zone: &state.settings.zone,
        more_key: key.first().map(String::as_str),
        before: &before,
    };
    logs::draw::draw(screen, logs_area(size, screen.show.full), look, buffer);
}

/// Draws the whole screen: a function of the state.
pub fn draw(state: &State, now: Now, buffer: &mut Buffer) -> Drawn {
    let mut drawn = Drawn::default();
    let area = buffer.area;
    if area.width == 0 || area.height == 0 {
        return drawn;
    }
    let body = body((area.width, area.height));
    let theme = state.theme();
    match state.stack.last() {
        _ if trouble::fills_the_screen(state) => trouble::draw(state, now, body, &mut drawn, buffer),
        None => home::draw::draw(state, now, body, &mut drawn, buffer),
        Some(Screen::Table(pane)) if pane.sides().is_some() => {
            sides::draw::draw(pane, state, now, body, &mut drawn, buffer);
        }
        Some(Screen::Table(pane)) => pane::draw::draw_full(pane, state, now, body, &mut drawn, buffer),
        Some(Screen::Containers(screen)) => {
            detail::draw::containers(screen, body, theme, state.settings.ascii, buffer);
            let turns = screen.ages_in(now.unix).and_then(|seconds| u64::try_from(seconds).ok());
            drawn.wake_at(turns.map(|seconds| now.mono + Duration::from_secs(seconds)));
        }
        Some(Screen::Text(screen)) => {
            detail::draw::text(screen, body, theme, buffer);
            let turns = screen.ages_in(now.unix).and_then(|seconds| u64::try_from(seconds).ok());
            drawn.wake_at(turns.map(|seconds| now.mono + Duration::from_secs(seconds)));
        }
        Some(Screen::Logs(screen)) => draw_logs(screen, state, (area.width, area.height), buffer),
        Some(Screen::Journal(screen)) => journal::draw::draw(screen, state, now, body, &mut drawn, buffer),
        Some(Screen::Operations(screen)) => operations::draw(screen, state, now, body, &mut drawn, buffer),
        Some(Screen::Forwards(screen)) => forwards::draw(screen, state, now, body, &mut drawn, buffer),
        Some(Screen::Explain(screen)) => {
            explain::draw::draw(screen, body, theme, state.settings.ascii, buffer);
        }
        Some(Screen::Sheet(sheet)) => sheet::draw(sheet, body, theme, buffer),
        Some(Screen::Triage(screen)) => triage::draw::draw(screen, state, now, body, &mut drawn, buffer),
        Some(Screen::Relations(screen)) => relations::draw(screen, state, now, body, &mut drawn, buffer),
        Some(Screen::Recent(screen)) => recent::draw(screen, state, now, body, &mut drawn, buffer),
        Some(Screen::Why(screen)) => why::draw(screen, state, now, body, &mut drawn, buffer),
        Some(Screen::Release(screen)) => {
            release::draw::draw(screen, &state.cockpit(screen), state, now, body, &mut drawn, buffer);
        }
        Some(Screen::Canary(screen)) => canary::draw::draw(screen, state, now, body, &mut drawn, buffer),
        Some(Screen::Plan(screen)) => plan::draw::draw(screen, state, now, body, &mut drawn, buffer),
    }
    frame::draw(state, now, &mut drawn, buffer);
    if let Some(overlay) = &state.overlay {
        drawn.cursor = overlay::draw(overlay, state, now, buffer).or(drawn.cursor);
    }
    frame::seal(state, buffer);
    if state.settings.ascii {
        without_ellipses(buffer);
    }
    drawn.wake_at(state.notices.expires(now.mono));
    drawn.wake_at(state.feeds.next_end());
    drawn.wake_at(state.changes.next_end());
    drawn.wake_at(state.usage_due());
    drawn
}
