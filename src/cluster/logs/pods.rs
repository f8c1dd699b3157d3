//! The pods of one selection, listed and watched; told to the reader as they are.

use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::Instant;

use super::pod::{self, Pod, Told};
use super::target::Selection;
use crate::cluster::gather::asked_of;
use crate::cluster::lines::Lines;
use crate::cluster::link::{Hold, Line};
use crate::cluster::read::{self, Chunks, Packing, Shape};
use crate::cluster::trouble::{Asked, tidy};
use crate::model::resource::Resource;
use crate::model::trouble::{Trouble, TroubleKind};

/// Pods of a page; they are small here, but not on the wire.
const PAGE: usize = 500;
/// A watch without a bookmark for so long is opened anew where it was; servers send one each minute.
const SILENCE: Duration = Duration::from_secs(90);
/// Who may list and not watch gets the list so often, and who may only get a pod gets the pod.
const POLL: Duration = Duration::from_secs(10);

/// What happens to the pods of a selection.
#[derive(Debug)]
pub(super) enum Change {
    /// All of them.
    Listed(Vec<Pod>),
    /// One as it is now.
    Is(Pod),
    /// One is gone, or is not selected any more.
    Gone(Pod),
    /// They cannot be seen, for now.
    Unseen(Trouble),
    /// They can be seen again.
    Seen,
    /// Something that the user should know.
    Said(Box<str>),
}

/// The task of one selection.
pub(super) struct Watcher {
    /// Its number among the targets.
    pub number: usize,
    pub selection: Selection,
    /// After the list, what changes.
    pub follow: bool,
    pub line: Line,
    pub changes: mpsc::Sender<(usize, Change)>,
    pub own: Own,
}

#[derive(Default)]
pub(super) struct Own {
    /// Where a cut watch goes on; none: list anew.
    version: Option<String>,
    /// The connection of the last session: another one may be to a server with another past.
    generation: u64,
    failures: u32,
    unseen: Option<Trouble>,
    /// It was said that the pod can only be asked for by its name.
    said: bool,
}

enum Stop {
    Closed,
    Relist,
    Trouble(Trouble),
}

impl From<Trouble> for Stop {
    fn from(trouble: Trouble) -> Self {
        if trouble.kind == TroubleKind::Gone { Self::Relist } else { Self::Trouble(trouble) }
    }
}

impl Watcher {
    /// Runs until nobody listens, or, when nothing is followed, until the list is told.
    pub async fn run(mut self) {
        while let Some(hold) = self.line.hold().await {
            let began = Instant::now();
            let pause = match self.session(&hold).await {
                Err(Stop::Closed) => return,
                Ok(()) if !self.follow => return,
                Ok(()) if began.elapsed() > Duration::from_secs(1) => {
                    self.own.failures = 0;
                    continue;
                }
                Ok(()) => {
                    self.own.failures += 1;
                    self.backoff(Duration::ZERO)
                }
                Err(Stop::Relist) => {
                    self.own.failures =
                        if self.own.version.take().is_some() { 1 } else { self.own.failures + 1 };
                    self.backoff(Duration::ZERO)
                }
                Err(Stop::Trouble(trouble)) if lacks_watch(&trouble) => {
                    self.own.version = None;
                    POLL
                }
                Err(Stop::Trouble(trouble)) => match self.without(&hold, trouble).await {
                    Ok(Some(pause)) => pause,
                    Ok(None) | Err(_) => return,
                },
            };
            self.line.pause(pause).await;
        }
    }

    /// They cannot be listed: a pod that is named may still be asked for. How long to pause; none when that was all.
    async fn without(&mut self, hold: &Hold, mut trouble: Trouble) -> Result<Option<Duration>, Stop> {
        if trouble.kind == TroubleKind::Forbidden
            && let Some(name) = self.selection.pod.clone()
        {
            match self.get(&name).await {
                Ok(()) if !self.follow => return Ok(None),
                Ok(()) => return Ok(Some(POLL)),
                // That it may not be listed is what the user has to know.
                Err(Stop::Trouble(other)) if other.kind == TroubleKind::Forbidden => {}
                Err(Stop::Trouble(other)) => trouble = other,
                Err(stop) => return Err(stop),
            }
        }
        self.line.report(hold.generation, &trouble);
        self.own.failures += 1;
        let pause = self.pause_after(&trouble);
        if self.own.unseen.as_ref() != Some(&trouble) {
            self.own.unseen = Some(trouble.clone());
            self.tell(Change::Unseen(trouble)).await?;
        }
        Ok(Some(pause))
    }

    /// Asks for the pod by its name.
    async fn get(&mut self, name: &str) -> Result<(), Stop> {
        let path = Resource::PODS.object(self.selection.namespace.as_deref().unwrap_or_default(), name);
        let asked = self.asked_at("get", &path);
        let found = match read::fetch(&mut self.line, &path, &asked, Shape::Whole).await {
            Ok(body) => pod::one(&body).map_err(|error| odd(&error, &asked))?,
            Err(trouble) if trouble.kind == TroubleKind::NotFound => None,
            Err(trouble) => return Err(Stop::Trouble(trouble)),
        };
        self.seen().await?;
        if self.follow && found.is_some() && !std::mem::replace(&mut self.own.said, true) {
            let every = POLL.as_secs();
            let words = format!(
                "you may not list and watch pods: {name} is asked for every {every} s, and a pod in its place is not followed"
            );
            self.tell(Change::Said(words.into())).await?;
        }
        self.tell(Change::Listed(found.into_iter().collect())).await
    }

    fn pause_after(&self, trouble: &Trouble) -> Duration {
        if let Some(wait) = trouble.wait {
            return wait.max(Duration::from_secs(1));
        }
        match trouble.kind {
            // The link finds out, and a new one wakes us.
            TroubleKind::Unauthorized => Duration::from_secs(10),
            kind if kind.is_link() && self.own.failures > 1 => Duration::from_secs(1),
            kind if kind.is_link() => Duration::ZERO,
            TroubleKind::Forbidden | TroubleKind::NotFound => Duration::from_secs(30),
            _ => self.backoff(Duration::from_secs(1)),
        }
    }

    /// `least` at first, then seconds that double.
    fn backoff(&self, least: Duration) -> Duration {
        match self.own.failures {
            0 | 1 => least,
            failures => Duration::from_secs(1 << (failures - 2).min(5)),
        }
    }

    async fn tell(&self, change: Change) -> Result<(), Stop> {
        self.changes.send((self.number, change)).await.map_err(|_| Stop::Closed)
    }

    async fn seen(&mut self) -> Result<(), Stop> {
        self.own.failures = 0;
        if self.own.unseen.take().is_some() {
            self.tell(Change::Seen).await?;
        }
        Ok(())
    }

    fn path(&self) -> String {
        let Selection { namespace, selector, .. } = &self.selection;
        format!("{}?{selector}", Resource::PODS.collection(namespace.as_deref()))
    }

    fn asked(&self, verb: &'static str) -> Asked {
        self.asked_at(verb, &self.path())
    }

    fn asked_at(&self, verb: &'static str, path: &str) -> Asked {
        let namespace = self.selection.namespace.as_deref().unwrap_or_default();
        asked_of(&self.line, verb, &Resource::PODS, namespace, path)
    }

    async fn session(&mut self, hold: &Hold) -> Result<(), Stop> {
        if self.own.generation != hold.generation {
            self.own.generation = hold.generation;
            self.own.version = None;
        }
        let version = match self.own.version.take() {
            Some(version) => version,
            None => self.list(hold).await?,
        };
        if !self.follow {
            return Ok(());
        }
        self.own.version = Some(version.clone());
        self.watch(hold, &version).await
    }

    async fn list(&mut self, hold: &Hold) -> Result<String, Stop> {
        let asked = self.asked("list");
        let limit = self.line.recipe.target.request_timeout;
        let (mut pods, mut next) = (Vec::new(), String::new());
        loop {
            let mut path = format!("{}&limit={PAGE}", self.path());
            if !next.is_empty() {
                path = format!("{path}&continue={}", read::encode(&next));
            }
            let answer =
                read::send(&hold.client, &path, &asked, (Shape::Whole, Packing::Gzip), limit).await?;
            let body = read::whole(Chunks::new(answer, &self.line, hold, SILENCE, &asked)).await?;
            let page = pod::page(&body).map_err(|error| odd(&error, &asked))?;
            pods.extend(page.pods);
            next = page.next;
            if next.is_empty() {
                self.seen().await?;
                self.tell(Change::Listed(pods)).await?;
                return Ok(page.version);
            }
        }
    }

    async fn watch(&mut self, hold: &Hold, from: &str) -> Result<(), Stop> {
        let asked = self.asked("watch");
        let path = format!(
            "{}&watch=true&allowWatchBookmarks=true&resourceVersion={}&timeoutSeconds=290",
            self.path(),
            read::encode(from)
        );
        let limit = self.line.recipe.target.request_timeout;
        let answer = read::send(&hold.client, &path, &asked, (Shape::Whole, Packing::Plain), limit).await?;
        let mut chunks = Chunks::new(answer, &self.line, hold, SILENCE, &asked);
        self.seen().await?;
        let mut lines = Lines::default();
        loop {
            let chunk = match chunks.next().await {
                Ok(Some(chunk)) => chunk,
                Ok(None) => return Ok(()),
                // Only this stream is silent: it is opened anew, and nothing was lost if that succeeds.
                Err(trouble) if trouble.kind == TroubleKind::Silent => return Ok(()),
                Err(trouble) => return Err(trouble.into()),
            };
            let mut told = Vec::new();
            let read = lines.push(&chunk, |line| {
                if !line.trim_ascii().is_empty() {
                    told.push(pod::event(line).map_err(|error| odd(&error, &asked))?);
                }
                Ok::<(), Trouble>(())
            });
            for (told, version) in told {
                if version.is_some() {
                    self.own.version = version;
                }
                match told {
                    Told::Is(pod) => self.tell(Change::Is(pod)).await?,
                    Told::Gone(pod) => self.tell(Change::Gone(pod)).await?,
                    Told::Nothing => {}
                    Told::Error(code, reason, message) => return Err(refused(code, &reason, &message)),
                }
            }
            read?;
            if lines.waiting() > read::OBJECT {
                let said = format!("an event of the watch is longer than {} MiB", read::OBJECT >> 20);
                return Err(Trouble::new(TroubleKind::Protocol, said).trying(&asked.tried).into());
            }
        }
    }
}

fn odd(error: &serde_json::Error, asked: &Asked) -> Trouble {
    Trouble::new(TroubleKind::Protocol, error.to_string()).trying(&asked.tried)
}

/// The user may list and not watch.
fn lacks_watch(trouble: &Trouble) -> bool {
    trouble.missing.as_deref().is_some_and(|missing| missing.starts_with("watch "))
}

/// An ERROR event: a place that is too old, or something else about this watch.
fn refused(code: u16, reason: &str, message: &str) -> Stop {
    if code == 410 || matches!(reason, "Expired" | "Gone") {
        return Stop::Relist;
    }
    let kind = match code {
        401 => TroubleKind::Unauthorized,
        403 => TroubleKind::Forbidden,
        429 => TroubleKind::Throttled,
        500..=599 => TroubleKind::Server,
        _ => TroubleKind::Protocol,
    };
    let said = if message.is_empty() { reason } else { message };
    Stop::Trouble(Trouble { status: Some(code), said: tidy(said), ..Trouble::new(kind, "") })
}
