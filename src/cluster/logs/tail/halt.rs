//! When no lines come: why, how long to wait, and the wait for a run.

use std::time::Duration;

use tokio::time::timeout;

use super::{Facts, Tail};
use crate::cluster::logs::opening::Closed;
use crate::cluster::logs::pod::{Run, Status};
use crate::cluster::logs::request::Request;
use crate::cluster::logs::session::{Pass, Stop};
use crate::model::log::LogUpdate;
use crate::model::trouble::{Trouble, TroubleKind};

/// A container that waits is asked again after so long, if the watch says nothing.
const SLOWLY: Duration = Duration::from_secs(15);
/// Rights change by somebody's hand, not by asking often.
const SELDOM: Duration = Duration::from_secs(30);

impl Tail {
    /// Says that it is interrupted, and waits before the next attempt.
    pub(super) async fn endure(&mut self, trouble: Trouble) -> Result<(), Closed> {
        self.own.failures += 1;
        let (kind, wait) = (trouble.kind, trouble.wait);
        self.halt(LogUpdate::Interrupted(self.id, trouble)).await?;
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

    /// Tells once why no lines come.
    async fn halt(&mut self, why: LogUpdate) -> Result<(), Closed> {
        if self.own.halted.as_ref() != Some(&why) {
            self.own.halted = Some(why.clone());
            self.outlet.tell(why).await?;
        }
        self.outlet.quiet(self.id);
        Ok(())
    }

    /// `least` at first, then seconds that double.
    pub(super) fn backoff(&self, least: Duration) -> Duration {
        match self.own.failures {
            0 | 1 => least,
            failures => Duration::from_secs(1 << (failures - 2).min(4)),
        }
    }

    /// Waits for a run: the first one, of which the server says why it does not begin, or the next one.
    pub(super) async fn wait_for_run(&mut self, before: Option<&Run>) -> Result<(), Closed> {
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
                        // The watch knows the reason, the server at least that it does not run.
                        let waits = status.waits.clone();
                        let reason = waits.as_deref().map_or("its start", first_word);
                        let words = waits.clone().unwrap_or_else(|| trouble.said.as_str().into());
                        self.halt(LogUpdate::Waiting(self.id, reason.into(), words)).await?;
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
                let reason = status.waits.as_deref().map_or("its next run", first_word);
                self.halt(LogUpdate::Waiting(self.id, reason.into(), said.into())).await?;
            }
        }
        // The watch tells when it runs, or waits for something else.
        let changed = |facts: &Facts| facts.status != status || facts.gone.is_some();
        let _ = timeout(SLOWLY, self.facts.wait_for(changed)).await;
        Ok(())
    }
}

/// `ImagePullBackOff` of `ImagePullBackOff: Back-off pulling image`.
fn first_word(waits: &str) -> &str {
    waits.split(':').next().unwrap_or(waits)
}

/// How a run ended, as far as that is known.
pub(super) fn how_ended(status: &Status, run: &Run) -> Option<Box<str>> {
    let known = [&status.previous, &status.current].into_iter().flatten().find(|known| known.id == run.id);
    known.unwrap_or(run).ended.clone()
}
