//! One answer with a log: asked for, read to its end or its break, told in batches.

use std::time::Duration;

use tokio::time::{Instant, sleep_until, timeout};

use super::cutter::Cutter;
use super::opening::Closed;
use super::request::Request;
use super::tail::{Gone, Tail};
use crate::cluster::link::Hold;
use crate::cluster::read::{self, Chunks, Packing, Shape};
use crate::cluster::trouble::Asked;
use crate::model::log::{Batch, LogUpdate};
use crate::model::trouble::Trouble;

/// Bytes of a batch.
const BATCH: usize = 64 << 10;
/// A log may rightly be silent; the link notices when it is the connection.
const SILENCE: Duration = Duration::from_hours(24);
/// A stream that says nothing for so long has told what there was.
const QUIET: Duration = Duration::from_millis(40);
/// What a pod that is gone still has to say is waited for so long.
const GONE: Duration = Duration::from_secs(20);
/// And of one that lives on, and is only selected no more.
const UNSELECTED: Duration = Duration::from_secs(2);
/// The stream of a run that was followed by another one ends by itself within this.
const REPLACED: Duration = Duration::from_secs(5);

/// Why an answer is not read on.
pub(super) enum Stop {
    Closed,
    Trouble(Trouble),
}

impl From<Trouble> for Stop {
    fn from(trouble: Trouble) -> Self {
        Self::Trouble(trouble)
    }
}

impl From<Closed> for Stop {
    fn from(_: Closed) -> Self {
        Self::Closed
    }
}

/// An answer that was read, as far as it came.
pub(super) struct Answer {
    pub cutter: Cutter,
    pub bytes: u64,
    /// Its end came, and not a break.
    pub ended: bool,
}

/// One request and where its answer begins.
pub(super) struct Pass<'a> {
    pub request: Request,
    /// The run that is to be read.
    pub run: &'a str,
    /// The answer repeats what was told.
    pub goes_on: bool,
}

impl Tail {
    /// Reads one answer. `Ok` when it ended as answers do, or is not worth waiting for any more.
    pub(super) async fn session(&mut self, hold: &Hold, pass: &Pass<'_>) -> Result<(), Stop> {
        let asked = self.asked();
        let limit = self.line.recipe.target.request_timeout;
        let url = pass.request.url(&self.source);
        let answer = read::send(&hold.client, &url, &asked, (Shape::Whole, Packing::Plain), limit).await?;
        self.answered().await?;
        let mut chunks = Chunks::new(answer, &self.line, hold, SILENCE, &asked);
        let cutter = if pass.goes_on { Cutter::from(&self.own.place) } else { Cutter::anew() };
        let mut answer = Answer { cutter, bytes: 0, ended: false };
        let mut batch = Batch::new(self.id);
        let read = self.read(&mut chunks, pass, &mut answer, &mut batch).await;
        // Whether its last line is whole is seen when it is asked for again.
        self.own.answer = Some(answer);
        self.flush(&mut batch).await?;
        read
    }

    async fn read(
        &mut self,
        chunks: &mut Chunks,
        pass: &Pass<'_>,
        answer: &mut Answer,
        batch: &mut Batch,
    ) -> Result<(), Stop> {
        let mut given_up = self.gives_up(pass, None);
        loop {
            let chunk = match chunks.ready() {
                Some(chunk) => chunk,
                None => {
                    self.flush(batch).await?;
                    match self.wait(chunks, pass, &mut given_up).await {
                        Some(chunk) => chunk,
                        None => return Ok(()),
                    }
                }
            };
            let Some(chunk) = chunk? else {
                answer.ended = true;
                return Ok(());
            };
            answer.bytes += chunk.len() as u64;
            for part in chunk.chunks(BATCH) {
                answer.cutter.push(part, &mut self.own.place, batch);
                if batch.text.len() >= BATCH {
                    self.flush(batch).await?;
                    given_up = self.gives_up(pass, given_up);
                }
            }
            if given_up.is_some_and(|at| at <= Instant::now()) {
                return Ok(());
            }
        }
    }

    /// The end of a line whose break never came. It is told as it is where the answer ended in order and is believed to have been
    /// whole; of a line that was cut off nothing is told but that there was one.
    pub(super) async fn tell_half(&mut self, believed: bool) -> Result<(), Closed> {
        let Some(answer) = self.own.answer.take() else { return Ok(()) };
        if !answer.ended || !believed {
            self.own.broke_off |= answer.cutter.is_at_place() && answer.cutter.is_within_line();
            return Ok(());
        }
        let mut batch = Batch::new(self.id);
        answer.cutter.end(&mut self.own.place, &mut batch);
        self.flush(&mut batch).await
    }

    fn asked(&self) -> Asked {
        let path = Request::path(&self.source);
        Asked {
            verb: "get",
            resource: "pods/log".to_owned(),
            namespaced: true,
            namespace: Some(self.source.namespace.to_string()),
            tried: format!("GET {}", read::url(&self.line.recipe.target, &path)),
        }
    }

    async fn answered(&mut self) -> Result<(), Closed> {
        (self.own.answer, self.own.refused) = (None, None);
        self.own.first_answer.get_or_insert_with(Instant::now);
        if self.own.halted.take().is_some() {
            self.outlet.tell(LogUpdate::Resumed(self.id)).await?;
        }
        Ok(())
    }

    async fn flush(&mut self, batch: &mut Batch) -> Result<(), Closed> {
        if batch.lines.is_empty() {
            return Ok(());
        }
        // The next one will be about as long.
        let mut next = Batch::new(self.id);
        next.text.reserve(batch.text.len());
        next.lines.reserve(batch.lines.len());
        self.own.progress = true;
        self.outlet.tell(LogUpdate::Lines(std::mem::replace(batch, next))).await
    }

    /// The next bytes; `None` when they are not waited for any more.
    async fn wait(
        &mut self,
        chunks: &mut Chunks,
        pass: &Pass<'_>,
        given_up: &mut Option<Instant>,
    ) -> Option<Result<Option<bytes::Bytes>, Trouble>> {
        if self.outlet.holds() {
            if let Ok(chunk) = timeout(QUIET, chunks.next()).await {
                return Some(chunk);
            }
            self.outlet.quiet(self.id);
        }
        loop {
            *given_up = self.gives_up(pass, *given_up);
            let far = Instant::now() + SILENCE;
            tokio::select! {
                biased;
                chunk = chunks.next() => return Some(chunk),
                changed = self.facts.changed() => if changed.is_err() { return None },
                () = sleep_until(given_up.unwrap_or(far)) => return None,
            }
        }
    }

    /// Until when the stream of a run is read that should have ended.
    fn gives_up(&self, pass: &Pass<'_>, before: Option<Instant>) -> Option<Instant> {
        let facts = self.facts.borrow();
        let more = match facts.gone {
            _ if !pass.request.follow => return None,
            Some(Gone::Unselected) => UNSELECTED,
            Some(Gone::Deleted) => GONE,
            None if facts.status.current.as_ref().is_some_and(|current| *current.id != *pass.run) => REPLACED,
            None => return None,
        };
        let until = Instant::now() + more;
        Some(before.map_or(until, |before| before.min(until)))
    }
}
