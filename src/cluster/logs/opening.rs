//! The beginning of a reading: what several streams have to say at first is told in the order of time, not of the answers.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap, HashSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, mpsc, watch};
use tokio::time::{Instant, sleep_until};

use crate::cluster::ClusterEvent;
use crate::model::log::{Batch, Line, LogUpdate, SourceId};

/// First lines are held back for so long at most.
const PATIENCE: Duration = Duration::from_millis(250);
/// And so many bytes of them.
const MOST: usize = 8 << 20;

/// Nobody listens any more.
#[derive(Debug)]
pub(super) struct Closed;

/// Where everything that belongs to one reading is told.
#[derive(Debug, Clone)]
pub(super) struct Outlet {
    id: u64,
    events: mpsc::Sender<ClusterEvent>,
    opening: Arc<Opening>,
}

#[derive(Debug)]
struct Opening {
    /// None when the first lines have been taken to be told.
    held: Mutex<Option<Held>>,
    ripe: Notify,
    /// They have been told.
    over: watch::Sender<bool>,
}

#[derive(Debug, Default)]
struct Held {
    lines: Vec<Batch>,
    /// What came of a source after lines that are held.
    after: Vec<LogUpdate>,
    bytes: usize,
    /// Streams that may have more present lines.
    awaited: HashSet<SourceId>,
    /// No more streams of the start will be named.
    complete: bool,
    hurry: bool,
    due: Option<Instant>,
}

impl Held {
    fn is_ripe(&self) -> bool {
        self.hurry
            || self.bytes > MOST
            || self.complete && self.awaited.is_empty()
            || self.due.is_some_and(|due| due <= Instant::now())
    }
}

impl Outlet {
    pub fn new(id: u64, events: mpsc::Sender<ClusterEvent>) -> Self {
        let opening = Opening {
            held: Mutex::new(Some(Held::default())),
            ripe: Notify::new(),
            over: watch::Sender::new(false),
        };
        Self { id, events, opening: Arc::new(opening) }
    }

    /// Tells something, or holds it back while the reading begins.
    pub async fn tell(&self, update: LogUpdate) -> Result<(), Closed> {
        if !*self.opening.over.borrow() {
            let Some(update) = self.hold(update) else { return Ok(()) };
            if !matches!(update, LogUpdate::Joined(..) | LogUpdate::Streams { .. }) {
                self.opened().await;
            }
            return self.send(update).await;
        }
        self.send(update).await
    }

    /// Gives back what is not to be held.
    fn hold(&self, update: LogUpdate) -> Option<LogUpdate> {
        let mut guard = self.opening.lock();
        let Some(held) = guard.as_mut() else { return Some(update) };
        match update {
            LogUpdate::Lines(batch) => {
                held.bytes += batch.text.len();
                held.lines.push(batch);
                held.due.get_or_insert_with(|| Instant::now() + PATIENCE);
            }
            LogUpdate::Joined(..) | LogUpdate::Streams { .. } => return Some(update),
            LogUpdate::Restarted(..) => {
                // The lines that follow are later than all of the run before.
                held.hurry = true;
                self.opening.ripe.notify_one();
                return Some(update);
            }
            other => {
                held.after.push(other);
                held.due.get_or_insert_with(|| Instant::now() + PATIENCE);
            }
        }
        self.opening.ripe.notify_one();
        None
    }

    /// Tells something that is not about one source; it waits for nothing.
    pub async fn announce(&self, update: LogUpdate) -> Result<(), Closed> {
        self.send(update).await
    }

    async fn send(&self, update: LogUpdate) -> Result<(), Closed> {
        self.events.send(ClusterEvent::Logs { id: self.id, update }).await.map_err(|_| Closed)
    }

    /// A stream of the start, which is waited for.
    pub fn await_of(&self, source: SourceId) {
        if let Some(held) = self.opening.lock().as_mut() {
            held.awaited.insert(source);
        }
    }

    /// All streams of the start have been named. One alone has no order to be put into.
    pub fn complete(&self) {
        if let Some(held) = self.opening.lock().as_mut() {
            held.complete = true;
            held.hurry |= held.awaited.len() <= 1;
        }
        self.opening.ripe.notify_one();
    }

    /// A stream has told what there was, or has nothing to tell for now.
    pub fn quiet(&self, source: SourceId) {
        if *self.opening.over.borrow() {
            return;
        }
        if let Some(held) = self.opening.lock().as_mut() {
            held.awaited.remove(&source);
        }
        self.opening.ripe.notify_one();
    }

    /// Whether first lines are held back.
    pub fn holds(&self) -> bool {
        !*self.opening.over.borrow()
    }

    /// Waits until the first lines have been told.
    pub async fn opened(&self) {
        // The sender is in this outlet.
        let _ = self.opening.over.subscribe().wait_for(|over| *over).await;
    }

    /// Tells the first lines when they are together.
    pub async fn open(self) {
        loop {
            let due = match self.opening.lock().as_ref() {
                Some(held) if !held.is_ripe() => held.due,
                _ => break,
            };
            let far = Instant::now() + Duration::from_hours(24);
            tokio::select! {
                () = self.opening.ripe.notified() => {}
                () = sleep_until(due.unwrap_or(far)) => {}
            }
        }
        let held = self.opening.lock().take().unwrap_or_default();
        let merged = merged(held.lines).into_iter().map(LogUpdate::Lines);
        for update in merged.chain(held.after) {
            if self.send(update).await.is_err() {
                break;
            }
        }
        self.opening.over.send_replace(true);
    }
}

impl Opening {
    fn lock(&self) -> MutexGuard<'_, Option<Held>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The lines of one source that are still to be told, and the time of the first of them.
struct Rest {
    batches: VecDeque<Batch>,
    at: usize,
    time: i64,
}

impl Rest {
    fn line(&self) -> Option<(&str, Line)> {
        let batch = self.batches.front()?;
        let line = *batch.lines.get(self.at)?;
        let start = self.at.checked_sub(1).map_or(0, |before| batch.lines[before].end);
        Some((&batch.text[start as usize..line.end as usize], line))
    }

    /// Goes to the next line. One without a time, or with an earlier one, stays behind the one before it.
    fn step(&mut self) {
        self.at += 1;
        self.settle();
    }

    fn settle(&mut self) {
        while self.batches.front().is_some_and(|batch| self.at >= batch.lines.len()) {
            self.batches.pop_front();
            self.at = 0;
        }
        if let Some((_, line)) = self.line() {
            self.time = self.time.max(line.time);
        }
    }
}

/// Runs of lines, in the order of time.
fn merged(batches: Vec<Batch>) -> Vec<Batch> {
    let mut rests: BTreeMap<SourceId, Rest> = BTreeMap::new();
    for batch in batches {
        let rest = rests.entry(batch.source);
        let rest = rest.or_insert_with(|| Rest { batches: VecDeque::new(), at: 0, time: i64::MIN });
        rest.batches.push_back(batch);
    }
    let mut heap = BinaryHeap::new();
    for (source, rest) in &mut rests {
        rest.settle();
        if rest.line().is_some() {
            heap.push(Reverse((rest.time, *source)));
        }
    }
    let mut runs: Vec<Batch> = Vec::new();
    while let Some(Reverse((_, source))) = heap.pop() {
        let Some(rest) = rests.get_mut(&source) else { continue };
        let until = heap.peek().map(|Reverse(next)| *next);
        let mut run = Batch::new(source);
        while let Some((text, line)) = rest.line() {
            if until.is_some_and(|until| (rest.time, source) > until) {
                heap.push(Reverse((rest.time, source)));
                break;
            }
            run.text.push_str(text);
            run.lines.push(Line { end: run.text.len() as u32, ..line });
            rest.step();
        }
        runs.push(run);
    }
    runs
}

#[cfg(test)]
mod tests {
    use super::*;

    fn batch(source: SourceId, lines: &[(i64, &str)]) -> Batch {
        let mut batch = Batch::new(source);
        for (time, text) in lines {
            batch.push((*time >= 0).then_some(*time), text.as_bytes());
        }
        batch
    }

    #[test]
    fn first_lines_are_merged_by_time_and_stay_in_the_order_of_their_log() {
        let runs = merged(vec![
            batch(2, &[(5, "c5"), (7, "c7")]),
            batch(1, &[(1, "a1"), (6, "a6"), (3, "a3 is late"), (-1, "and has no time")]),
            batch(2, &[(8, "c8")]),
            batch(3, &[]),
            batch(1, &[(9, "a9")]),
        ]);
        let told: Vec<(SourceId, Vec<&str>)> =
            runs.iter().map(|run| (run.source, run.iter().map(|(text, _)| text).collect())).collect();
        let expected: [(SourceId, Vec<&str>); 5] = [
            (1, vec!["a1"]),
            (2, vec!["c5"]),
            (1, vec!["a6", "a3 is late", "and has no time"]),
            (2, vec!["c7", "c8"]),
            (1, vec!["a9"]),
        ];
        assert_eq!(told, expected);
        assert_eq!(runs[1].lines[0].time, 5);
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_held_is_told_when_all_are_quiet_or_it_takes_too_long() {
        for slow in [false, true] {
            let (sender, mut events) = mpsc::channel(64);
            let outlet = Outlet::new(1, sender);
            for source in [1, 2] {
                outlet.await_of(source);
            }
            outlet.complete();
            tokio::spawn(outlet.clone().open());
            let began = Instant::now();
            outlet.tell(LogUpdate::Lines(batch(2, &[(2, "two")]))).await.unwrap();
            outlet.tell(LogUpdate::Left(2, "ended".into())).await.unwrap();
            outlet.quiet(2);
            outlet.tell(LogUpdate::Lines(batch(1, &[(1, "one")]))).await.unwrap();
            if !slow {
                outlet.quiet(1);
            }
            let mut told = Vec::new();
            while told.len() < 3 {
                let Some(ClusterEvent::Logs { update, .. }) = events.recv().await else { panic!() };
                told.push(update);
            }
            let expected = [
                LogUpdate::Lines(batch(1, &[(1, "one")])),
                LogUpdate::Lines(batch(2, &[(2, "two")])),
                LogUpdate::Left(2, "ended".into()),
            ];
            assert_eq!(told, expected);
            assert_eq!(began.elapsed() >= PATIENCE, slow);
            // From now on as it comes.
            outlet.tell(LogUpdate::Lines(batch(2, &[(3, "three")]))).await.unwrap();
            assert!(events.try_recv().is_ok());
        }
    }
}
