//! The log of one container: its lines, cleaned, in batches; a cut follow goes on where it was.

use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::mpsc;

use super::ClusterEvent;
use super::lines::Lines;
use super::link::{Hold, Line};
use super::read::{self, Chunks, Packing, Shape};
use super::trouble::Asked;
use crate::model::text::{clean, without_sequences};
use crate::model::trouble::{Trouble, TroubleKind};

/// A container that has not started is asked for its log again after so long.
const NOT_STARTED: Duration = Duration::from_secs(2);
/// Lines of a batch.
const BATCH: usize = 512;
/// A longer line is cut into pieces.
const LONGEST: usize = 64 << 10;
/// A log may rightly be silent; the link notices when it is the connection.
const SILENCE: Duration = Duration::from_hours(24);

/// Whose log, and which part of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogRequest {
    /// Namespace of the pod.
    pub namespace: Box<str>,
    /// The pod.
    pub pod: Box<str>,
    /// The container; may be left out when the pod has one.
    pub container: Option<Box<str>>,
    /// Go on as lines come.
    pub follow: bool,
    /// Begin with so many of the last lines; `None`: with the first.
    pub tail: Option<u32>,
    /// Each line begins with its time.
    pub timestamps: bool,
    /// The container's previous run.
    pub previous: bool,
}

/// What a log says. Order: `Started`, `Lines`..., then `Ended` or `Failed`; an interrupted follow goes on by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LogUpdate {
    /// The server answers with the log.
    Started,
    /// Lines, oldest first, cleaned.
    Lines(Vec<Box<str>>),
    /// The follow is interrupted; it goes on by itself, without losing or repeating lines.
    Interrupted(Trouble),
    /// It goes on.
    Resumed,
    /// There is no more: the container has ended, or it was not a follow.
    Ended,
    /// It cannot be read.
    Failed(Trouble),
}

pub(super) struct Logs {
    pub id: u64,
    pub request: LogRequest,
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
    pub fn new(id: u64, request: LogRequest, line: Line, events: mpsc::Sender<ClusterEvent>) -> Self {
        Self { id, request, line, events, last: None, started: false }
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
                    if self.request.follow && !self.request.previous && trouble.kind == TroubleKind::Rejected
                    {
                        // The container has not started yet: its log is followed as soon as it has one.
                        if waits_for.as_ref() != Some(&trouble.said) {
                            waits_for = Some(trouble.said.clone());
                            if self.tell(LogUpdate::Interrupted(trouble)).await.is_err() {
                                return;
                            }
                        }
                        self.line.pause(NOT_STARTED).await;
                        continue;
                    }
                    failures += 1;
                    let goes_on = trouble.kind.is_link() || trouble.kind == TroubleKind::Throttled;
                    if goes_on && (self.started && self.request.follow || failures < 3) {
                        let wait = trouble.wait.unwrap_or(Duration::from_secs(1));
                        if self.started && self.tell(LogUpdate::Interrupted(trouble)).await.is_err() {
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

    fn path(&self) -> String {
        let LogRequest { namespace, pod, container, follow, tail, previous, .. } = &self.request;
        let (namespace, pod) = (read::encode(namespace), read::encode(pod));
        // Times are always asked for: by them an interrupted follow knows where it was.
        let mut path = format!("/api/v1/namespaces/{namespace}/pods/{pod}/log?timestamps=true");
        if let Some(container) = container {
            path = format!("{path}&container={}", read::encode(container));
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
            namespace: Some(self.request.namespace.to_string()),
            tried: format!("GET {}", read::url(&self.line.recipe.target, plain)),
        };
        let limit = self.line.recipe.target.request_timeout;
        let answer = read::send(&hold.client, &path, &asked, (Shape::Whole, Packing::Plain), limit).await?;
        let begun = if self.started { LogUpdate::Resumed } else { LogUpdate::Started };
        self.started = true;
        self.tell(begun).await?;
        let mut chunks = Chunks::new(answer, &self.line, hold, SILENCE, &asked);
        let (mut lines, mut batch) = (Lines::default(), Vec::new());
        let told = self.last;
        loop {
            let chunk = match chunks.ready() {
                Some(chunk) if batch.len() < BATCH => chunk,
                waiting => {
                    if !batch.is_empty() {
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
                if !batch.is_empty() {
                    self.tell(LogUpdate::Lines(batch)).await?;
                }
                return ended;
            }
        }
    }

    /// One line into the batch, unless it was told before the interruption.
    fn take(&mut self, line: &[u8], told: Option<Timestamp>, batch: &mut Vec<Box<str>>) {
        let text = String::from_utf8_lossy(line);
        let text = text.strip_suffix('\r').unwrap_or(&text);
        let (time, rest) = text.split_once(' ').unwrap_or((text, ""));
        let Ok(at) = time.parse::<Timestamp>() else {
            // The later pieces of a very long line, or a server that gives no times.
            batch.push(clean(&without_sequences(text)).into());
            return;
        };
        if told.is_some_and(|told| at <= told) {
            return;
        }
        self.last = Some(at);
        batch.push(clean(&without_sequences(if self.request.timestamps { text } else { rest })).into());
    }
}
