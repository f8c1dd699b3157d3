//! The log of one container: its lines, cleaned, in batches; a cut follow goes on where it was.

use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::mpsc;

use super::ClusterEvent;
use super::lines::Lines;
use super::link::{Hold, Line};
use super::read::{self, Chunks, Packing, Shape};
use super::trouble::Asked;
use crate::model::log::{Batch, LogQuery, LogTarget, LogUpdate, Source};
use crate::model::trouble::{Trouble, TroubleKind};

/// A container that has not started is asked for its log again after so long.
const NOT_STARTED: Duration = Duration::from_secs(2);
/// Lines of a batch.
const BATCH: usize = 512;
/// A longer line is cut into pieces.
const LONGEST: usize = 64 << 10;
/// A log may rightly be silent; the link notices when it is the connection.
const SILENCE: Duration = Duration::from_hours(24);

pub(super) struct Logs {
    pub id: u64,
    pub query: LogQuery,
    pub line: Line,
    pub events: mpsc::Sender<ClusterEvent>,
    /// The time of the last line that was told.
    last: Option<Timestamp>,
    started: bool,
}

enum Stop {
    Closed,
    Trouble(Trouble),
}

impl From<Trouble> for Stop {
    fn from(trouble: Trouble) -> Self {
        Self::Trouble(trouble)
    }
}

impl Logs {
    pub fn new(id: u64, query: LogQuery, line: Line, events: mpsc::Sender<ClusterEvent>) -> Self {
        Self { id, query, line, events, last: None, started: false }
    }

    /// Runs until the log ends, fails, or is cancelled.
    pub async fn run(mut self) {
        let mut failures = 0_u32;
        let mut waits_for = None;
        while let Some(hold) = self.line.hold().await {
            let update = match self.session(&hold).await {
                Err(Stop::Closed) => return,
                Ok(()) => LogUpdate::Ended,
                Err(Stop::Trouble(trouble)) => {
                    self.line.report(hold.generation, &trouble);
                    if self.query.follow && !self.query.previous && trouble.kind == TroubleKind::Rejected {
                        // The container has not started yet: its log is followed as soon as it has one.
                        if waits_for.as_ref() != Some(&trouble.said) {
                            waits_for = Some(trouble.said.clone());
                            if self.tell(LogUpdate::Interrupted(0, trouble)).await.is_err() {
                                return;
                            }
                        }
                        self.line.pause(NOT_STARTED).await;
                        continue;
                    }
                    failures += 1;
                    let goes_on = trouble.kind.is_link() || trouble.kind == TroubleKind::Throttled;
                    if goes_on && (self.started && self.query.follow || failures < 3) {
                        let wait = trouble.wait.unwrap_or(Duration::from_secs(1));
                        if self.started && self.tell(LogUpdate::Interrupted(0, trouble)).await.is_err() {
                            return;
                        }
                        self.line.pause(wait).await;
                        continue;
                    }
                    LogUpdate::Failed(trouble)
                }
            };
            // Nobody listens: nothing to do.
            let _ = self.tell(update).await;
            return;
        }
    }

    async fn tell(&self, update: LogUpdate) -> Result<(), Stop> {
        self.events.send(ClusterEvent::Logs { id: self.id, update }).await.map_err(|_| Stop::Closed)
    }

    fn place(&self) -> (String, String, String) {
        match self.query.targets.first() {
            Some(LogTarget::Pod { namespace, name, container }) => {
                (namespace.clone(), name.clone(), container.clone().unwrap_or_default())
            }
            _ => Default::default(),
        }
    }

    fn path(&self) -> String {
        let LogQuery { follow, tail, previous, .. } = &self.query;
        let (namespace, pod, container) = self.place();
        let (namespace, pod) = (read::encode(&namespace), read::encode(&pod));
        // Times are always asked for: by them an interrupted follow knows where it was.
        let mut path = format!("/api/v1/namespaces/{namespace}/pods/{pod}/log?timestamps=true");
        if !container.is_empty() {
            path = format!("{path}&container={}", read::encode(&container));
        }
        if *follow {
            path.push_str("&follow=true");
        }
        if *previous {
            path.push_str("&previous=true");
        }
        match (self.last, tail) {
            // Whole seconds is all the server takes; what was already told is left out again below.
            (Some(last), _) => {
                let since = Timestamp::from_second(last.as_second()).unwrap_or(last);
                path = format!("{path}&sinceTime={}", read::encode(&since.to_string()));
            }
            (None, Some(tail)) => path = format!("{path}&tailLines={tail}"),
            (None, None) => {}
        }
        path
    }

    async fn session(&mut self, hold: &Hold) -> Result<(), Stop> {
        let path = self.path();
        let plain = path.split('?').next().unwrap_or_default();
        let asked = Asked {
            verb: "get",
            resource: "pods/log".to_owned(),
            namespaced: true,
            namespace: Some(self.place().0),
            tried: format!("GET {}", read::url(&self.line.recipe.target, plain)),
        };
        let limit = self.line.recipe.target.request_timeout;
        let answer = read::send(&hold.client, &path, &asked, (Shape::Whole, Packing::Plain), limit).await?;
        let (namespace, pod, container) = self.place();
        let source = Source { namespace: namespace.into(), pod: pod.into(), container: container.into() };
        let begun = if self.started { LogUpdate::Resumed(0) } else { LogUpdate::Joined(0, source) };
        self.started = true;
        self.tell(begun).await?;
        let mut chunks = Chunks::new(answer, &self.line, hold, SILENCE, &asked);
        let (mut lines, mut batch) = (Lines::default(), Batch::new(0));
        let told = self.last;
        loop {
            let chunk = match chunks.ready() {
                Some(chunk) if batch.lines.len() < BATCH => chunk,
                waiting => {
                    if !batch.lines.is_empty() {
                        self.tell(LogUpdate::Lines(std::mem::take(&mut batch))).await?;
                    }
                    match waiting {
                        Some(chunk) => chunk,
                        None => chunks.next().await,
                    }
                }
            };
            let ended = match chunk {
                Ok(Some(chunk)) => {
                    let each = |line: &[u8]| {
                        self.take(line, told, &mut batch);
                        Ok::<(), Stop>(())
                    };
                    lines.push(&chunk, each)?;
                    if lines.waiting() <= LONGEST {
                        continue;
                    }
                    None
                }
                Ok(None) => Some(Ok(())),
                Err(trouble) => Some(Err(Stop::from(trouble))),
            };
            // A cut line is told again as a whole when the follow goes on; the log's last one may lack its break.
            let piece = lines.take();
            if !piece.is_empty() && !matches!(ended, Some(Err(_))) {
                self.take(&piece, told, &mut batch);
            }
            if let Some(ended) = ended {
                if !batch.lines.is_empty() {
                    self.tell(LogUpdate::Lines(batch)).await?;
                }
                return ended;
            }
        }
    }

    /// One line into the batch, unless it was told before the interruption.
    fn take(&mut self, line: &[u8], told: Option<Timestamp>, batch: &mut Batch) {
        let text = String::from_utf8_lossy(line);
        let text = text.strip_suffix('\r').unwrap_or(&text);
        let (time, rest) = text.split_once(' ').unwrap_or((text, ""));
        let Ok(at) = time.parse::<Timestamp>() else {
            // The later pieces of a very long line, or a server that gives no times.
            batch.push(None, text.as_bytes());
            return;
        };
        if told.is_some_and(|told| at <= told) {
            return;
        }
        self.last = Some(at);
        batch.push(i64::try_from(at.as_nanosecond()).ok(), rest.as_bytes());
    }
}
