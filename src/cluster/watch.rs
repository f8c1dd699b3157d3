//! One feed: lists a kind and follows it, for as long as somebody looks.
//!
//! The order of what it says is [`FeedUpdate`]'s. A cut watch goes on where it was; a list is made anew only when the
//! server no longer knows that place. Lines go from bytes to records here and nowhere else.

mod decode;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout};

use self::decode::unreadable;
use super::ClusterEvent;
use super::frames::{Events, Frames};
use super::lines::Lines;
use super::link::{Hold, Line};
use super::read::{self, Chunks, Packing, Shape};
use crate::model::columns::own::OwnColumns;
use crate::model::feed::{FeedKey, FeedUpdate, RowChange, Selectors};
use crate::model::project::{ListMeta, Projector};
use crate::model::record::Kind;
use crate::model::trouble::{Trouble, TroubleKind};

/// Rows of a batch, and of the very first one, which somebody waits for.
const BATCH: usize = 256;
const FIRST_BATCH: usize = 32;
/// Rows of the later batches of a list: putting them in order costs a pass over all rows for each batch.
const LIST_BATCH: usize = 1024;
/// A watch without a bookmark for so long is opened anew where it was; servers send one each minute.
const SILENCE: Duration = Duration::from_secs(90);
/// A streaming list that stops for so long comes from a server that does not know streaming lists.
const LIST_SILENCE: Duration = Duration::from_secs(15);
/// A reopened watch that is going to be refused says so at once; one that says nothing for so long goes on.
const REFUSAL: Duration = Duration::from_millis(300);
/// The first page of a list is small, so that rows show early; later ones have about as many bytes as this.
const FIRST_PAGE: usize = 100;
const PAGE_BYTES: usize = 6 << 20;
/// What cannot be watched is listed this often.
const POLL: Duration = Duration::from_secs(10);
/// Servers older than this answer a streaming list with something else.
const STREAMING_SINCE: u32 = 27;

/// What was learnt about the server, shared by all feeds.
#[derive(Debug, Default)]
pub(super) struct Quirks {
    no_streaming_list: AtomicBool,
    /// What the server, or something before it, calls protobuf cannot be read.
    no_protobuf: AtomicBool,
}

/// The task of one feed.
pub(super) struct Feed {
    pub key: FeedKey,
    pub line: Line,
    pub events: mpsc::Sender<ClusterEvent>,
    pub quirks: Arc<Quirks>,
    projector: Projector,
    batch: Vec<RowChange>,
    /// Objects that could not be read, and why the last one could not: told with the next rows.
    skipped: Option<(u32, String)>,
    /// Where a cut watch goes on; none before the first list is complete.
    version: Option<String>,
    interrupted: Option<Trouble>,
    failures: u32,
    /// An event came on the stream that is open.
    heard: bool,
    /// The rows are listed again and again.
    polled: bool,
    /// The connection on which the last stream was opened.
    generation: u64,
    /// Whether the server may be another one by now, or have been put back to an earlier state.
    doubt: bool,
    /// Objects are read as a whole, for columns of the user's.
    whole: bool,
}

/// Why a session with the server ended.
enum Stop {
    /// Nobody receives events any more.
    Closed,
    /// The list has to be made anew.
    Relist,
    /// It was made, and cannot be followed.
    Poll,
    Trouble(Trouble),
}

impl From<Trouble> for Stop {
    fn from(trouble: Trouble) -> Self {
        if trouble.kind == TroubleKind::Gone { Self::Relist } else { Self::Trouble(trouble) }
    }
}

/// Whether a stream begins with everything, or where an earlier one ended.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Begin {
    WithList,
    Resume,
}

/// A page of a list.
struct Page {
    meta: ListMeta,
    rows: Vec<RowChange>,
    /// How long it was.
    bytes: usize,
}

/// Where a stream is.
struct Flow {
    /// The list at its beginning is not complete.
    listing: bool,
    /// So many rows make a batch.
    full: usize,
    /// Whether it goes on is not yet told.
    resuming: bool,
}

impl Feed {
    pub fn new(
        key: FeedKey,
        line: Line,
        events: mpsc::Sender<ClusterEvent>,
        quirks: Arc<Quirks>,
        own: &OwnColumns,
    ) -> Self {
        let own = own.shared(key.kind);
        let projector = Projector::new(key.kind).with_own(own);
        let whole = own.is_some();
        let batch = Vec::new();
        Self {
            key,
            line,
            events,
            quirks,
            projector,
            batch,
            version: None,
            skipped: None,
            interrupted: None,
            failures: 0,
            heard: false,
            polled: false,
            generation: 0,
            doubt: false,
            whole,
        }
    }

    /// Runs until it is aborted or nobody listens.
    pub async fn run(mut self) {
        while let Some(hold) = self.line.hold().await {
            let began = Instant::now();
            let outcome = self.session(&hold).await;
            // Rows of a broken batch have not been told and will come again.
            self.batch.clear();
            let pause = match outcome {
                Err(Stop::Closed) => return,
                Ok(()) if began.elapsed() > Duration::from_secs(1) => {
                    self.failures = 0;
                    continue;
                }
                Ok(()) => {
                    self.failures += 1;
                    self.backoff(Duration::ZERO)
                }
                Err(Stop::Relist) => {
                    // It is at once that a new list is asked for, however often the link failed before; only a list
                    // that is refused as outdated itself waits longer and longer.
                    self.failures = if self.version.take().is_some() { 1 } else { self.failures + 1 };
                    self.backoff(Duration::ZERO)
                }
                Err(Stop::Poll) => {
                    self.failures = 0;
                    if !std::mem::replace(&mut self.polled, true)
                        && self.tell(FeedUpdate::Polled(POLL)).await.is_err()
                    {
                        return;
                    }
                    POLL
                }
                Err(Stop::Trouble(trouble)) => {
                    let trouble = trouble.trying(&self.asked("watch").tried);
                    tracing::info!(key = ?self.key, %trouble, "feed interrupted");
                    self.line.report(hold.generation, &trouble);
                    self.doubt |= trouble.kind.is_link();
                    self.failures += 1;
                    let pause = self.pause_after(&trouble);
                    if self.interrupted.as_ref() != Some(&trouble) {
                        self.interrupted = Some(trouble.clone());
                        if self.tell(FeedUpdate::Interrupted(trouble)).await.is_err() {
                            return;
                        }
                    }
                    pause
                }
            };
            self.line.pause(pause).await;
        }
    }

    fn pause_after(&self, trouble: &Trouble) -> Duration {
        if let Some(wait) = trouble.wait {
            return wait.max(Duration::from_secs(1));
        }
        match trouble.kind {
            // The link finds out, and a new one wakes us.
            TroubleKind::Unauthorized => Duration::from_secs(10),
            kind if kind.is_link() && self.failures > 1 => Duration::from_secs(1),
            kind if kind.is_link() => Duration::ZERO,
            // Rights and resources change by somebody's hand, not by asking often.
            TroubleKind::Forbidden | TroubleKind::NotFound => Duration::from_secs(30),
            _ => self.backoff(Duration::from_secs(1)),
        }
    }

    /// `least` at first, then seconds that double; a little different for each feed.
    fn backoff(&self, least: Duration) -> Duration {
        if self.failures <= 1 {
            return least;
        }
        let seconds = 1_u64 << (self.failures - 2).min(5);
        Duration::from_millis(seconds * (800 + jitter(400)))
    }

    async fn tell(&self, update: FeedUpdate) -> Result<(), Stop> {
        let event = ClusterEvent::Feed { key: self.key.clone(), update };
        self.events.send(event).await.map_err(|_| Stop::Closed)
    }

    async fn flush(&mut self) -> Result<(), Stop> {
        if let Some((count, why)) = self.skipped.take() {
            self.tell(FeedUpdate::Skipped { count, why }).await?;
        }
        if let Some(columns) = self.projector.new_columns() {
            self.tell(FeedUpdate::Columns(columns)).await?;
        }
        if self.batch.is_empty() {
            return Ok(());
        }
        let rows = std::mem::take(&mut self.batch);
        self.tell(FeedUpdate::Rows(rows)).await
    }

    /// Lists if need be, then follows; `Ok` when the stream ended as streams do.
    async fn session(&mut self, hold: &Hold) -> Result<(), Stop> {
        self.doubt |= self.generation != hold.generation;
        self.generation = hold.generation;
        if self.doubt && self.version.is_some() && self.is_ahead(hold).await? {
            tracing::info!(key = ?self.key, "the server is behind what was seen of it: everything is listed anew");
            self.version = None;
        }
        self.doubt = false;
        if self.version.is_none() {
            if self.may_stream(hold) {
                match self.stream(hold, Begin::WithList).await {
                    Err(Stop::Trouble(trouble)) if self.version.is_none() && no_streaming(&trouble) => {
                        tracing::info!(key = ?self.key, %trouble, "no streaming lists here");
                        self.quirks.no_streaming_list.store(true, Ordering::Relaxed);
                    }
                    // Some may list and not watch: they get the list, again and again.
                    Err(Stop::Trouble(trouble)) if self.version.is_none() && lacks_watch(&trouble) => {}
                    other => return other,
                }
            }
            self.batch.clear();
            self.pages(hold).await?;
        }
        let outcome = self.stream(hold, Begin::Resume).await;
        if matches!(&outcome, Err(Stop::Trouble(trouble)) if lacks_watch(trouble)) {
            self.version = None;
            return Err(Stop::Poll);
        }
        outcome
    }

    /// Whether the server has not yet come to where the last stream was: it was put back, or another one took its place.
    /// It would take a watch from there and stay silent, which looks like a cluster in which nothing happens.
    ///
    /// Versions of one kind can be compared as numbers; those that are none say nothing
    /// (<https://kubernetes.io/docs/reference/using-api/api-concepts/#resource-versions>).
    async fn is_ahead(&mut self, hold: &Hold) -> Result<bool, Stop> {
        let page = self.page(hold, 1, "").await?;
        let number = |version: &str| version.parse::<u64>().ok();
        let (seen, now) = (self.version.as_deref().and_then(number), number(&page.meta.version));
        Ok(seen.zip(now).is_some_and(|(seen, now)| now < seen))
    }

    fn may_stream(&self, hold: &Hold) -> bool {
        // Of tables the end of a streaming list is not told by every server.
        !matches!(self.key.kind, Kind::Other(_))
            && !self.quirks.no_streaming_list.load(Ordering::Relaxed)
            && hold.minor.is_none_or(|minor| minor >= STREAMING_SINCE)
    }

    fn shape(&self) -> Shape {
        match self.key.kind {
            Kind::Other(_) => Shape::Table,
            _ if self.whole || self.quirks.no_protobuf.load(Ordering::Relaxed) => Shape::Whole,
            _ => Shape::Protobuf,
        }
    }

    /// Of kinds that have columns of our own the table carries the objects: what these are made of is not in its cells.
    fn include(&self) -> &'static str {
        if self.key.kind.needs_objects() { "&includeObject=Object" } else { "" }
    }

    fn path(&self) -> String {
        read::collection(self.key.kind, self.key.namespace.as_deref())
    }

    /// What the server selects by, as parameters, and what it sends of an object beside its cells: metadata, unless columns of
    /// the user's need more. Of Secrets and ConfigMaps it is never more.
    fn selectors(&self) -> String {
        let Selectors { labels, fields } = &self.key.selectors;
        let parameter = |name: &str, value: &str| {
            if value.is_empty() { String::new() } else { format!("&{name}={}", read::encode(value)) }
        };
        let include = match self.key.kind {
            Kind::Other(resource) if self.whole && !resource.is_confidential() => "&includeObject=Object",
            _ => "",
        };
        parameter("labelSelector", labels) + &parameter("fieldSelector", fields) + include
    }

    fn asked(&self, verb: &'static str) -> super::trouble::Asked {
        let target = &self.line.recipe.target;
        read::asked(target, verb, self.key.kind, self.key.namespace.as_deref(), &self.path())
    }

    /// A list in pages.
    async fn pages(&mut self, hold: &Hold) -> Result<(), Stop> {
        let (mut size, mut next, mut first) = (FIRST_PAGE, String::new(), true);
        loop {
            let page = self.page(hold, size, &next).await?;
            let last = page.meta.next.as_deref().unwrap_or_default().is_empty();
            if last && page.meta.version.is_empty() {
                // No watch could go on from it, and no API server makes one.
                return Err(no_api("the list has no resourceVersion")
                    .trying(&self.asked("list").tried)
                    .into());
            }
            if first {
                self.tell(FeedUpdate::ListStarted).await?;
                first = false;
            }
            if let Some(columns) = self.projector.new_columns() {
                self.tell(FeedUpdate::Columns(columns)).await?;
            }
            if let (skipped @ 1.., Some(why)) = (page.meta.skipped, page.meta.skipped_why) {
                self.tell(FeedUpdate::Skipped { count: skipped, why: why.to_string() }).await?;
            }
            size = (PAGE_BYTES / (page.bytes / page.rows.len().max(1)).max(1)).clamp(FIRST_PAGE, 500);
            let mut rows = page.rows.into_iter().peekable();
            while rows.peek().is_some() {
                self.tell(FeedUpdate::Rows(rows.by_ref().take(BATCH).collect())).await?;
            }
            next = page.meta.next.unwrap_or_default();
            if next.is_empty() {
                self.version = Some(page.meta.version);
                return self.synced().await;
            }
        }
    }

    /// One page of a list, compressed.
    async fn page(&mut self, hold: &Hold, size: usize, from: &str) -> Result<Page, Stop> {
        let asked = self.asked("list");
        let limit = self.line.recipe.target.request_timeout;
        let mut path = format!("{}?limit={size}{}{}", self.path(), self.include(), self.selectors());
        if !from.is_empty() {
            path = format!("{path}&continue={}", read::encode(from));
        }
        let answer = read::send(&hold.client, &path, &asked, (self.shape(), Packing::Gzip), limit).await?;
        let protobuf = read::is_protobuf(&answer);
        let body = read::whole(Chunks::new(answer, &self.line, hold, SILENCE, &asked)).await?;
        let mut rows = Vec::new();
        let each = &mut |record| rows.push(RowChange::Upsert(record));
        let read = if protobuf {
            self.projector.list_protobuf(&body, each)
        } else {
            self.projector.list(&body, each)
        };
        let meta = read.map_err(|error| {
            self.quirks.no_protobuf.fetch_or(protobuf, Ordering::Relaxed);
            unreadable(&error).trying(&asked.tried)
        })?;
        Ok(Page { meta, rows, bytes: body.len() })
    }

    /// The list is complete.
    async fn synced(&mut self) -> Result<(), Stop> {
        self.flush().await?;
        self.interrupted = None;
        self.failures = 0;
        self.tell(FeedUpdate::Synced).await
    }

    /// A watch, with or without the list at its beginning.
    async fn stream(&mut self, hold: &Hold, begin: Begin) -> Result<(), Stop> {
        let asked = self.asked(if begin == Begin::WithList { "list" } else { "watch" });
        let seconds = 270 + jitter(40);
        let mut path = format!(
            "{}?watch=true&allowWatchBookmarks=true&timeoutSeconds={seconds}{}",
            self.path(),
            self.include()
        );
        path.push_str(&self.selectors());
        match &self.version {
            Some(version) if begin == Begin::Resume => {
                path = format!("{path}&resourceVersion={}", read::encode(version));
            }
            _ => path.push_str("&sendInitialEvents=true&resourceVersionMatch=NotOlderThan"),
        }
        let limit = self.line.recipe.target.request_timeout;
        let answer = read::send(&hold.client, &path, &asked, (self.shape(), Packing::Plain), limit).await?;
        let mut events = if read::is_protobuf(&answer) {
            Events::Frames(Frames::default())
        } else {
            Events::Lines(Lines::default())
        };
        let listing = begin == Begin::WithList;
        if std::mem::take(&mut self.polled) {
            self.resumed().await?;
        }
        if listing {
            self.tell(FeedUpdate::ListStarted).await?;
        }
        let silence = if listing { LIST_SILENCE } else { SILENCE };
        let mut chunks = Chunks::new(answer, &self.line, hold, silence, &asked);
        let full = if listing { FIRST_BATCH } else { BATCH };
        self.heard = false;
        let mut odd = false;
        let mut flow = Flow { listing, full, resuming: self.interrupted.is_some() && !listing };
        loop {
            let chunk = match self.next_chunk(&mut chunks, &mut flow).await? {
                Ok(Some(chunk)) => chunk,
                Ok(None) => break,
                // Only this stream is silent: it is opened anew, and nothing was lost if that succeeds.
                Err(trouble) if trouble.kind == TroubleKind::Silent && !flow.listing => break,
                Err(trouble) => return Err(self.broken(trouble).await),
            };
            let list_ended = match self.decode(&chunk, &mut events, flow.listing) {
                Ok(list_ended) => list_ended,
                Err(Stop::Trouble(trouble)) => return Err(self.broken(trouble).await),
                Err(stop) => return Err(stop),
            };
            odd |= !self.heard && !chunk.trim_ascii().is_empty();
            if flow.resuming && self.heard {
                flow.resuming = false;
                self.resumed().await?;
            }
            if list_ended {
                flow.listing = false;
                chunks.set_silence(SILENCE);
                self.synced().await?;
            }
        }
        self.flush().await?;
        if !self.heard && (odd || flow.listing) {
            return Err(no_api("the stream ended without an event").trying(&asked.tried).into());
        }
        if flow.listing {
            let said = "the stream ended before the list was complete";
            return Err(Trouble::new(TroubleKind::Unreachable, said).trying(&asked.tried).into());
        }
        Ok(())
    }

    /// The next bytes. Before they are waited for, and when enough have gathered, the rows so far are told.
    async fn next_chunk(
        &mut self,
        chunks: &mut Chunks,
        flow: &mut Flow,
    ) -> Result<Result<Option<Bytes>, Trouble>, Stop> {
        let ready = chunks.ready();
        if !self.batch.is_empty() && (ready.is_none() || self.batch.len() >= flow.full) {
            self.flush().await?;
            flow.full = if flow.listing { (flow.full * 2).min(LIST_BATCH) } else { BATCH };
        }
        if let Some(chunk) = ready {
            return Ok(chunk);
        }
        if flow.resuming {
            if let Ok(chunk) = timeout(REFUSAL, chunks.next()).await {
                return Ok(chunk);
            }
            flow.resuming = false;
            self.resumed().await?;
        }
        Ok(chunks.next().await)
    }

    /// Rows that arrived before the break are told; the version they brought is where the watch goes on.
    async fn broken(&mut self, trouble: Trouble) -> Stop {
        match self.flush().await {
            Ok(()) => trouble.into(),
            Err(stop) => stop,
        }
    }

    async fn resumed(&mut self) -> Result<(), Stop> {
        self.interrupted = None;
        self.failures = 0;
        self.tell(FeedUpdate::Resumed).await
    }
}

/// Whether a failed streaming list means that the server has none.
fn no_streaming(trouble: &Trouble) -> bool {
    matches!(trouble.status, Some(400 | 405 | 422)) || trouble.kind == TroubleKind::Silent
}

/// Something answers, and it is no API server, or a broken one.
fn no_api(why: &str) -> Trouble {
    Trouble::new(TroubleKind::Protocol, format!("not an API server's answer: {why}"))
}

/// The user may list and not watch, or nobody can watch it.
fn lacks_watch(trouble: &Trouble) -> bool {
    trouble.status == Some(405)
        || trouble.missing.as_deref().is_some_and(|missing| missing.starts_with("watch "))
}

/// Below `below`, different each time; spreads what many clients do.
fn jitter(below: u64) -> u64 {
    use std::hash::{BuildHasher as _, Hasher as _};
    std::collections::hash_map::RandomState::new().build_hasher().finish() % below
}

#[cfg(test)]
mod live;
#[cfg(test)]
mod tests;
