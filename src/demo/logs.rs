//! Logs of containers: lines that follow from the container and the time, so nothing has to be kept.
//!
//! | file | owns |
//! | --- | --- |
//! | `run` | which run of a container is meant, when it wrote which line |
//! | `words` | what it wrote |

mod run;
mod words;

use std::io;
use std::time::Duration;

use bytes::Bytes;
use jiff::Timestamp;

use self::run::{Run, end_of, run_of};
use super::body::{Answer, answer, full, streamed};
use super::clock::Clock;
use super::query::Call;
use super::resource::PODS;
use super::status::ApiError;
use super::store::Store;

/// Whether a followed run still runs is looked at this often.
const LOOK: Duration = Duration::from_millis(250);
/// Bytes of one piece of an answer.
const PIECE: usize = 64 << 10;

/// Answers a GET of a pod's log.
pub fn log(store: &Store, call: &Call) -> Result<Answer, ApiError> {
    let target = &call.target;
    let pod = store.get(PODS, target.ns(), target.name());
    let pod = pod.ok_or_else(|| ApiError::not_found(PODS, target.name()))?;
    let uid = pod.uid.to_string();
    let run = run_of(
        &pod.value(),
        call.query.get("container"),
        call.query.is("previous") && call.query.get("previous").is_some(),
    )?;
    let clock = store.clock();
    let stamps = call.query.is("timestamps") && call.query.get("timestamps").is_some();
    let follow = call.query.get("follow") == Some("true") && run.end.is_none();
    let written = run.written(clock.now());
    // What is older was rotated away.
    let mut from = written.saturating_sub(run.kept);
    if let Some(tail) = call.query.number("tailLines")? {
        from = from.max(written.saturating_sub(tail));
    }
    if let Some(seconds) = call.query.number("sinceSeconds")? {
        from = from.max(run.first_after(clock.before(Duration::from_secs(seconds))));
    }
    if let Some(since) = call.query.get("sinceTime") {
        let since: Timestamp =
            since.parse().map_err(|_| ApiError::bad_request(format!("invalid sinceTime: {since}")))?;
        from = from.max(run.first_after(since));
    }
    let left = call.query.number("limitBytes")?.map_or(usize::MAX, |n| n as usize);
    let until = if follow { u64::MAX } else { written };
    let (store, ns) = (store.clone(), target.ns().into());
    let mut state = Writing { store, ns, uid, run, next: from, until, stamps, left };
    let first = state.piece(clock);
    if first.len() < PIECE && !follow {
        return Ok(answer(200, "text/plain", full(first)));
    }
    let rest = futures::stream::unfold(state, |mut state| async move {
        let piece = state.more(state.store.clock()).await?;
        Some((Ok::<_, io::Error>(piece), state))
    });
    let start = futures::stream::iter((!first.is_empty()).then(|| Ok(Bytes::from(first))));
    Ok(answer(200, "text/plain", streamed(futures::StreamExt::chain(start, rest))))
}

/// An answer that is being written.
struct Writing {
    store: Store,
    ns: String,
    uid: String,
    run: Run,
    next: u64,
    until: u64,
    stamps: bool,
    left: usize,
}

impl Writing {
    /// Lines that there are, and that were not written yet.
    fn piece(&mut self, clock: Clock) -> String {
        let mut piece = String::new();
        let written = self.run.written(clock.now()).min(self.until);
        while self.next < written && piece.len() < PIECE.min(self.left) {
            self.run.push(&mut piece, self.next, self.stamps);
            self.next += 1;
        }
        let mut cut = piece.len().min(self.left);
        while !piece.is_char_boundary(cut) {
            cut -= 1;
        }
        piece.truncate(cut);
        self.left -= piece.len();
        piece
    }

    /// The next piece, as soon as there is one; none when the run has ended and all of it is written.
    async fn more(&mut self, clock: Clock) -> Option<Bytes> {
        loop {
            if self.left == 0 {
                return None;
            }
            let piece = self.piece(clock);
            if !piece.is_empty() {
                return Some(Bytes::from(piece));
            }
            if self.next >= self.until || self.run.end.is_some() {
                return None;
            }
            let wait = self.run.time_of(self.next).duration_since(clock.now());
            let wait = Duration::try_from(wait).unwrap_or_default().clamp(Duration::from_millis(1), LOOK);
            tokio::time::sleep(wait).await;
            let pod = self.store.get(PODS, &self.ns, &self.run.pod).filter(|pod| *pod.uid == *self.uid);
            // What was written before the end is still told.
            self.run.end = match pod {
                Some(pod) => end_of(&pod.value(), &self.run, clock.now()),
                None => Some((clock.now(), 0)),
            };
        }
    }
}
