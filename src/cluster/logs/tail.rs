//! The log of one container, from run to run, until no more can come from it.
//!
//! What runs is known from the watch; the stream only says what was written. A stream that ends is therefore either the end of
//! a run, which the watch confirms, or a break, after which it goes on where it was.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, watch};
use tokio::time::{Instant, timeout};

use super::cutter::Cutter;
use super::opening::{Closed, Outlet};
use super::place::Place;
use super::pod::{Run, Status};
use super::request::Request;
use super::session::{Pass, Stop};
use crate::cluster::link::Line;
use crate::model::log::{LogQuery, LogUpdate, Since, Source, SourceId};
use crate::model::trouble::{Trouble, TroubleKind};

/// The watch tells the end of a container soon after its stream ended.
const SETTLES: Duration = Duration::from_millis(400);
/// A container that waits is asked again after so long, if the watch says nothing.
const SLOWLY: Duration = Duration::from_secs(15);
/// Rights change by somebody's hand, not by asking often.
const SELDOM: Duration = Duration::from_secs(30);
/// A stream that lived for so long was a good one.
const GOOD: Duration = Duration::from_secs(10);
/// Questions about what an ended run wrote last.
const PASSES: u32 = 8;
/// Between two of them.
const BREATH: Duration = Duration::from_millis(50);
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
    /// It has ended; with the refusal when it never was answered with a log.
    Left(SourceId, Option<Trouble>),
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
    /// An answer that broke off within a line.
    pub half: Option<Cutter>,
    pub interrupted: Option<Trouble>,
    pub refused: Option<Trouble>,
    pub first_answer: Option<Instant>,
    /// Lines came of the last answer.
    pub progress: bool,
    failures: u32,
    joined: bool,
}

impl Default for Own {
    fn default() -> Self {
        Self {
            began: Instant::now(),
            place: Place::default(),
            half: None,
            interrupted: None,
            refused: None,
            first_answer: None,
            progress: false,
            failures: 0,
            joined: false,
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
        if self.own.joined && self.outlet.tell(LogUpdate::Left(self.id, words)).await.is_err() {
            return;
        }
        self.outlet.quiet(self.id);
        let refused = self.own.refused.take().filter(|_| self.own.first_answer.is_none());
        // The reader may have ended.
        let _ = self.notes.send(Note::Left(self.id, refused));
    }

    async fn follow(&mut self) -> Result<Box<str>, Closed> {
        let mut read: Option<Run> = None;
        loop {
            let facts = self.facts.borrow_and_update().clone();
            match next(&facts, read.as_ref(), self.late) {
                Next::Over(words) => return Ok(words),
                Next::Wait => self.wait_for_run(read.as_ref()).await?,
                Next::Read(run) => {
                    let Some(_slot) = self.slot().await? else { continue };
                    let first = read.is_none();
                    if let Some(before) = read {
                        let how = how_ended(&self.facts.borrow().status, &before);
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
                    self.tell_half().await?;
                    return Ok("that is all there is".into());
                }
                Err(Stop::Closed) => return Err(Closed),
                Err(Stop::Trouble(trouble)) => {
                    self.line.report(hold.generation, &trouble);
                    self.own.failures += 1;
                    let passes = trouble.kind.is_link()
                        || matches!(trouble.kind, TroubleKind::Throttled | TroubleKind::Server);
                    if !passes || self.own.failures >= ATTEMPTS {
                        self.tell_half().await?;
                        let words = trouble.to_string().into();
                        self.own.refused = Some(trouble);
                        return Ok(words);
                    }
                    self.line.pause(trouble.wait.unwrap_or(Duration::from_secs(1))).await;
                }
            }
        }
    }

    /// Reads one run to its end.
    async fn read_run(&mut self, run: &Run, first: bool) -> Result<(), Closed> {
        // A stream that was resumed may have been this run's before the watch told of it.
        let begun =
            run.started.is_some_and(|started| self.own.place.latest().div_euclid(1_000_000_000) >= started);
        if !begun {
            self.own.place = Place::default();
        }
        let (mut passes, mut half) = (0, Vec::new());
        loop {
            let facts = self.facts.borrow_and_update().clone();
            let current = facts.status.current.as_ref().filter(|current| current.id == run.id);
            let previous = facts.status.previous.as_ref().filter(|previous| previous.id == run.id);
            if facts.gone.is_some() || current.or(previous).is_none() {
                return self.tell_half().await;
            }
            let follow = current.is_some_and(|current| current.ended.is_none());
            let request = self.request(first && !self.late);
            let request = Request { follow, previous: current.is_none(), ..request };
            let hold = self.line.hold().await.ok_or(Closed)?;
            let goes_on = self.own.place.second().is_some();
            let pass = Pass { request, run: &run.id, goes_on };
            let opened = Instant::now();
            self.own.progress = false;
            let outcome = self.session(&hold, &pass).await;
            if self.own.progress || opened.elapsed() >= GOOD {
                self.own.failures = 0;
            }
            match outcome {
                Err(Stop::Closed) => return Err(Closed),
                Ok(()) if !follow => {
                    passes += 1;
                    if self.is_end(&mut half) || passes >= PASSES {
                        return self.tell_half().await;
                    }
                    if !self.own.progress {
                        self.line.pause(BREATH * passes).await;
                    }
                }
                Ok(()) => {
                    let over = |facts: &Facts| facts.gone.is_some() || !runs(&facts.status, run);
                    if timeout(SETTLES, self.facts.wait_for(over)).await.is_err() {
                        self.own.failures += 1;
                        self.line.pause(self.backoff(Duration::ZERO)).await;
                    }
                }
                Err(Stop::Trouble(trouble)) => {
                    self.line.report(hold.generation, &trouble);
                    if !follow && self.is_hopeless(&trouble) {
                        self.own.refused = Some(trouble);
                        return self.tell_half().await;
                    }
                    self.endure(trouble).await?;
                }
            }
        }
    }

    /// Whether the answer to a question about an ended run was all of it: an API server whose kubelet goes away ends an answer as
    /// if it were complete, so only one that brings nothing new is believed.
    fn is_end(&self, before: &mut Vec<u8>) -> bool {
        let Some(answer) = &self.own.half else { return true };
        let same = std::mem::replace(before, answer.half().to_vec()) == answer.half();
        !self.own.progress && answer.is_at_place() && same
    }

    /// An ended run is not worth more questions than this.
    fn is_hopeless(&self, trouble: &Trouble) -> bool {
        match trouble.kind {
            kind if kind.is_link() => false,
            TroubleKind::Throttled => false,
            TroubleKind::Server => self.own.failures >= ATTEMPTS,
            _ => true,
        }
    }

    /// Where to begin: where one is, else where the query says.
    fn request(&self, as_asked: bool) -> Request {
        let Own { place, began, first_answer, .. } = &self.own;
        let LogQuery { since, tail, .. } = *self.query;
        if let Some(second) = place.second() {
            let time = jiff::Timestamp::from_second(second).unwrap_or_default();
            return Request { since: Some(Since::Time(time)), ..Request::default() };
        }
        if !as_asked {
            return Request::default();
        }
        let passed = |since: Instant| u32::try_from(since.elapsed().as_secs()).unwrap_or(u32::MAX);
        match (first_answer, since) {
            // There was nothing; what came since then is wanted whole.
            (Some(answer), _) if (since.is_some() || tail.is_some()) && answer.elapsed() >= GOOD => {
                let since = Some(Since::Seconds(passed(*answer) + 1));
                Request { since, ..Request::default() }
            }
            (_, Some(Since::Seconds(seconds))) => {
                let since = Some(Since::Seconds(seconds.saturating_add(passed(*began))));
                Request { since, tail, ..Request::default() }
            }
            _ => Request { since, tail, ..Request::default() },
        }
    }

    /// Says that it is interrupted, and waits before the next attempt.
    async fn endure(&mut self, trouble: Trouble) -> Result<(), Closed> {
        self.own.failures += 1;
        let (kind, wait) = (trouble.kind, trouble.wait);
        self.interrupt(trouble).await?;
        let pause = match (wait, kind) {
            (Some(wait), _) => wait.max(Duration::from_secs(1)),
            // The link finds out, and a new one wakes us.
            (None, TroubleKind::Unauthorized) => Duration::from_secs(10),
            (None, kind) if kind.is_link() && self.own.failures > 1 => Duration::from_secs(1),
            (None, kind) if kind.is_link() => Duration::ZERO,
            (None, TroubleKind::Forbidden) => SELDOM,
            (None, TroubleKind::Rejected | TroubleKind::NotFound) => {
                // It is the container that is not as it should be, and the watch tells when it is.
                let _ = timeout(SLOWLY, self.facts.changed()).await;
                return Ok(());
            }
            (None, _) => self.backoff(Duration::from_secs(1)),
        };
        self.line.pause(pause).await;
        Ok(())
    }

    async fn interrupt(&mut self, trouble: Trouble) -> Result<(), Closed> {
        if self.own.interrupted.as_ref() != Some(&trouble) {
            self.own.interrupted = Some(trouble.clone());
            self.outlet.tell(LogUpdate::Interrupted(self.id, trouble)).await?;
        }
        self.outlet.quiet(self.id);
        Ok(())
    }

    /// `least` at first, then seconds that double.
    fn backoff(&self, least: Duration) -> Duration {
        match self.own.failures {
            0 | 1 => least,
            failures => Duration::from_secs(1 << (failures - 2).min(4)),
        }
    }

    /// Waits for a run: the first one, of which the server says why it does not begin, or the next one.
    async fn wait_for_run(&mut self, before: Option<&Run>) -> Result<(), Closed> {
        let status = self.facts.borrow().status.clone();
        match before {
            None => {
                let Some(_slot) = self.slot().await? else { return Ok(()) };
                let hold = self.line.hold().await.ok_or(Closed)?;
                let request = Request { follow: true, ..self.request(!self.late) };
                let pass = Pass { request, run: "", goes_on: false };
                match self.session(&hold, &pass).await {
                    Ok(()) => {}
                    Err(Stop::Closed) => return Err(Closed),
                    Err(Stop::Trouble(trouble)) if trouble.kind == TroubleKind::Rejected => {
                        self.interrupt(trouble).await?;
                    }
                    Err(Stop::Trouble(trouble)) => {
                        self.line.report(hold.generation, &trouble);
                        return self.endure(trouble).await;
                    }
                }
            }
            Some(before) => {
                let how = how_ended(&status, before).unwrap_or_else(|| "for reasons unknown".into());
                let waits = status.waits.as_ref().map(|waits| format!("; {waits}")).unwrap_or_default();
                let said = format!("the container ended ({how}) and is to run again{waits}");
                self.interrupt(Trouble::new(TroubleKind::Rejected, said)).await?;
            }
        }
        // The watch tells when it runs, or waits for something else.
        let changed = |facts: &Facts| facts.status != status || facts.gone.is_some();
        let _ = timeout(SLOWLY, self.facts.wait_for(changed)).await;
        Ok(())
    }
}

fn runs(status: &Status, run: &Run) -> bool {
    status.current.as_ref().is_some_and(|current| current.id == run.id && current.ended.is_none())
}

/// How a run ended, as far as that is known.
fn how_ended(status: &Status, run: &Run) -> Option<Box<str>> {
    let known = [&status.previous, &status.current].into_iter().flatten().find(|known| known.id == run.id);
    known.unwrap_or(run).ended.clone()
}
