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
        let mut cutter = if pass.goes_on { Cutter::from(&self.own.place) } else { Cutter::anew() };
        let mut batch = Batch::new(self.id);
        let mut given_up = self.gives_up(pass, None);
        loop {
            let chunk = match chunks.ready() {
                Some(chunk) => chunk,
                None => {
                    self.flush(&mut batch).await?;
                    match self.wait(&mut chunks, pass, &mut given_up).await {
                        Some(chunk) => chunk,
                        None => return Ok(()),
                    }
                }
            };
            match chunk {
                Ok(Some(chunk)) => {
                    for part in chunk.chunks(BATCH) {
                        cutter.push(part, &mut self.own.place, &mut batch);
                        if batch.text.len() >= BATCH {
                            self.flush(&mut batch).await?;
                            given_up = self.gives_up(pass, given_up);
                        }
                    }
                    if given_up.is_some_and(|at| at <= Instant::now()) {
                        self.flush(&mut batch).await?;
                        return Ok(());
                    }
                }
                Ok(None) => {
                    // Whether the last line is whole is seen when it is asked for again.
                    self.own.half = Some(cutter);
                    self.flush(&mut batch).await?;
                    return Ok(());
                }
                Err(trouble) => {
                    self.own.half = Some(cutter);
                    self.flush(&mut batch).await?;
                    return Err(trouble.into());
                }
            }
        }
    }

    /// A line whose break never came is told as it is.
    pub(super) async fn tell_half(&mut self) -> Result<(), Closed> {
        let Some(half) = self.own.half.take() else { return Ok(()) };
        let mut batch = Batch::new(self.id);
        half.end(&mut self.own.place, &mut batch);
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
        (self.own.half, self.own.refused) = (None, None);
        self.own.first_answer.get_or_insert_with(Instant::now);
        if self.own.interrupted.take().is_some() {
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
