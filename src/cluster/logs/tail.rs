//! The log of one container, from run to run, until no more can come from it.
//!
//! What runs is known from the watch; the stream only says what was written. A stream that ends is therefore either the end of
//! a run, which the watch confirms, or a break, after which it goes on where it was.

mod halt;
mod run;

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, watch};
use tokio::time::Instant;

use self::halt::how_ended;
use super::opening::{Closed, Outlet};
use super::place::Place;
use super::pod::{Run, Status};
use super::request::Request;
use super::session::{Answer, Pass, Stop};
use crate::cluster::link::Line;
use crate::model::log::{LogQuery, LogUpdate, Source, SourceId};
use crate::model::trouble::{Trouble, TroubleKind};

/// A stream that lived for so long was a good one.
const GOOD: Duration = Duration::from_secs(10);
/// Attempts at what cannot be waited for.
const ATTEMPTS: u32 = 3;

/// What the watch says of a container.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Facts {
    pub status: Status,
    pub gone: Option<Gone>,
}

/// Why its pod is not seen any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Gone {
    Deleted,
    /// It lives, but no target selects it.
    Unselected,
}

/// What a tail reports.
#[derive(Debug)]
pub(super) enum Note {
    /// It has one of the streams.
    Opened,
    /// It has none any more.
    Closed,
    /// It has ended.
    Left {
        id: SourceId,
        /// When it never was answered with a log.
        refused: Option<Trouble>,
        /// When it was let go, where it was.
        place: Option<Box<Place>>,
    },
}

/// The task of one container.
pub(super) struct Tail {
    pub id: SourceId,
    pub source: Source,
    pub query: Arc<LogQuery>,
    /// It was not there at the start: all its lines are wanted.
    pub late: bool,
    pub line: Line,
    pub outlet: Outlet,
    pub facts: watch::Receiver<Facts>,
    pub slots: Arc<Semaphore>,
    pub notes: mpsc::UnboundedSender<Note>,
    pub own: Own,
}

/// What a tail keeps for itself.
pub(super) struct Own {
    pub began: Instant,
    pub place: Place,
    /// The last answer, whose last line may lack its end.
    pub answer: Option<Answer>,
    /// A line was cut off, and its end never came.
    pub broke_off: bool,
    /// What was told of why no lines come.
    pub halted: Option<LogUpdate>,
    pub refused: Option<Trouble>,
    pub first_answer: Option<Instant>,
    /// Lines came of the last answer.
    pub progress: bool,
    failures: u32,
    joined: bool,
    /// It leaves because nothing selects its pod.
    let_go: bool,
}

impl Default for Own {
    fn default() -> Self {
        Self {
            began: Instant::now(),
            place: Place::default(),
            answer: None,
            broke_off: false,
            halted: None,
            refused: None,
            first_answer: None,
            progress: false,
            failures: 0,
            joined: false,
            let_go: false,
        }
    }
}

/// One of the streams that may be open; it is given back when this is dropped.
struct Slot {
    notes: mpsc::UnboundedSender<Note>,
    _permit: OwnedSemaphorePermit,
}

impl Drop for Slot {
    fn drop(&mut self) {
        // The reader may have ended.
        let _ = self.notes.send(Note::Closed);
    }
}

/// What is to be done next.
enum Next {
    Read(Run),
    Wait,
    Over(Box<str>),
}

fn next(facts: &Facts, read: Option<&Run>, late: bool) -> Next {
    let Facts { status, gone } = facts;
    match gone {
        Some(Gone::Deleted) => return Next::Over("the pod is gone".into()),
        Some(Gone::Unselected) => return Next::Over("the pod is not selected any more".into()),
        None => {}
    }
    let unread = |run: &&Run| read.is_none_or(|read| read.id != run.id);
    if let Some(current) = status.current.as_ref().filter(unread) {
        // A run between that nobody saw.
        let between = status.previous.as_ref().filter(unread).filter(|_| read.is_some() || late);
        return Next::Read(between.unwrap_or(current).clone());
    }
    if !status.over {
        return Next::Wait;
    }
    Next::Over(match status.current.as_ref().and_then(|run| run.ended.as_deref()) {
        Some(how) => format!("the container ended: {how}").into(),
        None => "the container never ran".into(),
    })
}

impl Tail {
    /// Runs until no more can come, or nobody listens.
    pub async fn run(mut self) {
        let one_pass = !self.query.follow || self.query.previous;
        let read = if one_pass { self.once().await } else { self.follow().await };
        let Ok(words) = read else { return };
        let words = self.with_the_break(words);
        if self.own.joined && self.outlet.tell(LogUpdate::Left(self.id, words)).await.is_err() {
            return;
        }
        self.outlet.quiet(self.id);
        let refused = self.own.refused.take().filter(|_| self.own.first_answer.is_none());
        let place = self.own.let_go.then(|| Box::new(self.own.place.clone()));
        // The reader may have ended.
        let _ = self.notes.send(Note::Left { id: self.id, refused, place });
    }

    /// Words about the end of a run, and whether its last line is known.
    fn with_the_break(&mut self, words: Box<str>) -> Box<str> {
        if std::mem::take(&mut self.own.broke_off) {
            return format!("{words}; its last line broke off").into();
        }
        words
    }

    async fn follow(&mut self) -> Result<Box<str>, Closed> {
        let mut read: Option<Run> = None;
        loop {
            let facts = self.facts.borrow_and_update().clone();
            match next(&facts, read.as_ref(), self.late) {
                Next::Over(words) => {
                    self.own.let_go = facts.gone == Some(Gone::Unselected);
                    return Ok(words);
                }
                Next::Wait => self.wait_for_run(read.as_ref()).await?,
                Next::Read(run) => {
                    let Some(_slot) = self.slot().await? else { continue };
                    let first = read.is_none();
                    if let Some(before) = read {
                        let how = how_ended(&self.facts.borrow().status, &before);
                        let how = match (how, self.own.broke_off) {
                            (None, true) => Some("for reasons unknown".into()),
                            (how, _) => how,
                        };
                        let how = how.map(|how| self.with_the_break(how));
                        self.outlet.tell(LogUpdate::Restarted(self.id, how)).await?;
                    }
                    self.read_run(&run, first).await?;
                    self.outlet.quiet(self.id);
                    read = Some(run);
                }
            }
        }
    }

    /// One of the streams, as soon as there is one; none when the pod went before.
    async fn slot(&mut self) -> Result<Option<Slot>, Closed> {
        let (slots, notes) = (self.slots.clone(), self.notes.clone());
        let permit = tokio::select! {
            biased;
            permit = slots.acquire_owned() => permit.map_err(|_| Closed)?,
            _ = self.facts.wait_for(|facts| facts.gone.is_some()) => return Ok(None),
        };
        let _ = notes.send(Note::Opened);
        let slot = Slot { notes, _permit: permit };
        if !self.own.joined {
            self.own.joined = true;
            self.outlet.tell(LogUpdate::Joined(self.id, self.source.clone())).await?;
        }
        Ok(Some(slot))
    }

    /// Everything that is there, once.
    async fn once(&mut self) -> Result<Box<str>, Closed> {
        let Some(_slot) = self.slot().await? else { return Ok("the pod is gone".into()) };
        loop {
            let hold = self.line.hold().await.ok_or(Closed)?;
            let request = Request { follow: false, previous: self.query.previous, ..self.request(true) };
            let goes_on = self.own.place.second().is_some();
            match self.session(&hold, &Pass { request, run: "", goes_on }).await {
                Ok(()) => {
                    self.tell_half(true).await?;
                    return Ok("that is all there is".into());
                }
                Err(Stop::Closed) => return Err(Closed),
                Err(Stop::Trouble(trouble)) => {
                    self.line.report(hold.generation, &trouble);
                    if std::mem::take(&mut self.own.progress) {
                        self.own.failures = 0;
                    }
                    let passes = match trouble.kind {
                        kind if kind.is_link() => true,
                        TroubleKind::Throttled | TroubleKind::Server => self.own.failures + 1 < ATTEMPTS,
                        _ => false,
                    };
                    if !passes {
                        self.tell_half(false).await?;
                        let words = trouble.to_string().into();
                        self.own.refused = Some(trouble);
                        return Ok(words);
                    }
                    self.endure(trouble).await?;
                }
            }
        }
    }
}
