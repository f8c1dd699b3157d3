//! One run of a container, read to its end.

use std::time::Duration;

use tokio::time::{Instant, timeout};

use super::{ATTEMPTS, Facts, GOOD, Gone, Own, Tail};
use crate::cluster::logs::opening::Closed;
use crate::cluster::logs::place::Place;
use crate::cluster::logs::pod::{Run, Status};
use crate::cluster::logs::request::Request;
use crate::cluster::logs::session::{Pass, Stop};
use crate::model::log::{LogQuery, Since};
use crate::model::trouble::{Trouble, TroubleKind};

/// The watch tells the end of a container soon after its stream ended.
const SETTLES: Duration = Duration::from_millis(400);
/// An ended run is asked for again after so long, and each time after twice as long.
const BREATH: Duration = Duration::from_millis(50);
/// So often it is twice as long.
const PASSES: u32 = 7;

/// How long an answer was that ended in order, and what of a line was at its end.
type End = (u64, Vec<u8>);

impl Tail {
    /// Reads one run to its end.
    pub(super) async fn read_run(&mut self, run: &Run, first: bool) -> Result<(), Closed> {
        // A stream that was resumed may have been this run's before the watch told of it.
        let begun =
            run.started.is_some_and(|started| self.own.place.latest().div_euclid(1_000_000_000) >= started);
        if !begun {
            self.own.place = Place::default();
        }
        let (mut passes, mut before) = (0, None);
        loop {
            let facts = self.facts.borrow_and_update().clone();
            let current = facts.status.current.as_ref().filter(|current| current.id == run.id);
            let previous = facts.status.previous.as_ref().filter(|previous| previous.id == run.id);
            if facts.gone.is_some() || current.or(previous).is_none() {
                // It cannot be asked for once more. Of a pod that is gone, what ended in order was all.
                return self.tell_half(facts.gone == Some(Gone::Deleted)).await;
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
                    if self.is_end(&mut before) {
                        return self.tell_half(true).await;
                    }
                    if self.own.progress {
                        passes = 0;
                    } else {
                        self.line.pause(BREATH * (1 << passes)).await;
                        passes = PASSES.min(passes + 1);
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
                        return self.tell_half(false).await;
                    }
                    self.endure(trouble).await?;
                }
            }
        }
    }

    /// Whether the answer to a question about an ended run was all of it: an API server whose kubelet goes away ends an answer as
    /// if it were complete, so one is only believed that brings nothing new, and when another one ended in the same place.
    fn is_end(&self, before: &mut Option<End>) -> bool {
        let Some(answer) = self.own.answer.as_ref().filter(|answer| answer.ended) else { return true };
        let end = (answer.bytes, answer.cutter.half().to_vec());
        let before = before.replace(end.clone());
        let same_half = before.as_ref().map_or(end.1.is_empty(), |before| before.1 == end.1);
        // What was told may be no longer in the log; then it says the same twice.
        let same = before.as_ref() == Some(&end);
        !self.own.progress && (answer.cutter.is_at_place() && same_half || same)
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
    pub(super) fn request(&self, as_asked: bool) -> Request {
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
}

fn runs(status: &Status, run: &Run) -> bool {
    status.current.as_ref().is_some_and(|current| current.id == run.id && current.ended.is_none())
}
