//! The link: one task that knows whether the server can be reached, and tells the truth about it.
//!
//! It asks the server for a sign of life when nothing has arrived for a while, opens new connections when the old ones
//! are lost, and tells everybody who reads to go over to them. It does not read resources itself.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use futures::StreamExt as _;
use futures::stream::FuturesUnordered;
use kube::Client;
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, sleep_until, timeout};

use super::ClusterEvent;
use super::connect::Recipe;
use super::read;
use crate::model::trouble::{Trouble, TroubleKind};

/// Nothing arrived for so long: ask for a sign of life.
const QUIET: Duration = Duration::from_secs(5);
/// So long may the sign take. Together: a silent link is known within ten seconds.
const SIGN: Duration = Duration::from_secs(4);
/// A new attempt begins this often, also while earlier ones hang, so that one of them meets the link's return.
const AGAIN: Duration = Duration::from_millis(1_500);
/// After an attempt that failed at once.
const FIRST_AGAIN: Duration = Duration::from_secs(1);
/// Attempts at the same time.
const AT_ONCE: usize = 8;
/// After a trouble that waiting does not mend (credentials, certificates, files): doubled up to the second.
const PATIENT: (Duration, Duration) = (Duration::from_secs(5), Duration::from_mins(1));
/// New credentials are fetched at most this often because of refusals.
const RENEW: Duration = Duration::from_secs(5);
/// The wall clock ran ahead by so much: the machine was asleep.
const SLEPT: Duration = Duration::from_secs(8);

/// How it stands with the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LinkState {
    /// Being connected to for the first time.
    Connecting {
        /// From 1.
        attempt: u32,
    },
    /// It answers.
    Live {
        /// `gitVersion`, e.g. `v1.36.2`; empty when it does not say.
        version: String,
    },
    /// It does not, or not as it should; it is tried again by itself.
    Down {
        /// Why; [`TroubleKind::Silent`] for an open connection on which nothing arrives.
        trouble: Trouble,
        /// How often it has been tried since it was live.
        attempt: u32,
        /// The next attempt, counted from this event.
        retry_in: Duration,
    },
}

/// What the readers go by.
#[derive(Clone, Default)]
pub(super) struct Phase {
    /// Counts the clients; a stream of an earlier one is to be left.
    pub generation: u64,
    /// The client, while the link is live.
    pub client: Option<Client>,
    /// Counts the user's wishes to try again now.
    pub kicks: u64,
    /// Minor version of the server, where it says.
    pub minor: Option<u32>,
}

/// What readers tell the link.
#[derive(Debug)]
pub(super) enum Report {
    /// Something went wrong on the way, with the client of this generation.
    Suspect(u64),
    /// Credentials were refused, with the client of this generation.
    Unauthorized(u64, Trouble),
    /// The user wants it tried now.
    RetryNow,
}

/// The link's task.
pub(super) struct Link {
    pub recipe: Recipe,
    pub events: mpsc::Sender<ClusterEvent>,
    pub phase: watch::Sender<Phase>,
    pub reports: mpsc::UnboundedReceiver<Report>,
}

/// Why a live link was left.
enum Left {
    Lost(Trouble),
    Renew(Trouble),
    Closed,
}

struct Alive {
    client: Client,
    version: String,
    minor: Option<u32>,
}

impl Link {
    /// Runs until everybody who could be told is gone.
    pub async fn run(mut self) {
        let mut cause = None;
        let mut renewed: Option<Instant> = None;
        while let Some(alive) = self.connect(cause.take()).await {
            let version = alive.version;
            self.phase.send_modify(|phase| {
                phase.generation += 1;
                phase.client = Some(alive.client.clone());
                phase.minor = alive.minor;
            });
            tracing::info!(%version, "live");
            if !self.tell(LinkState::Live { version }).await {
                return;
            }
            let left = self.watch(&alive.client, renewed).await;
            self.phase.send_modify(|phase| phase.client = None);
            let trouble = match left {
                Left::Closed => return,
                Left::Lost(trouble) => trouble,
                Left::Renew(trouble) => {
                    self.recipe.credentials.forget().await;
                    renewed = Some(Instant::now());
                    trouble
                }
            };
            tracing::warn!(%trouble, "link lost");
            cause = Some(trouble);
        }
    }

    async fn tell(&self, state: LinkState) -> bool {
        self.events.send(ClusterEvent::Link(state)).await.is_ok()
    }

    /// Tries until the server answers; `None` when nobody wants to know any more.
    async fn connect(&mut self, cause: Option<Trouble>) -> Option<Alive> {
        let mut trouble = cause;
        let mut attempt = 0;
        let mut patience = PATIENT.0;
        let mut next = Instant::now();
        let mut renewed = false;
        let mut tries = FuturesUnordered::new();
        loop {
            tokio::select! {
                () = sleep_until(next), if tries.len() < AT_ONCE => {
                    next = Instant::now() + AGAIN;
                    // Another try would wait for the same plugin.
                    let plugin = if tries.is_empty() { None } else { self.recipe.credentials.waits_for() };
                    if plugin.is_none() {
                        attempt += 1;
                        tries.push(try_once(self.recipe.clone()));
                    }
                    // Who gave the server more time does not want to hear of slowness before it is over.
                    let given = self.recipe.target.request_timeout.is_some_and(|limit| limit > SIGN);
                    if plugin.is_some() {
                        trouble = plugin;
                    } else if attempt > 3 && trouble.is_none() && !given {
                        // Connections that hang tell nothing: say so before they end.
                        trouble = Some(slow(&self.recipe, SIGN).trying(&self.version_url()));
                    }
                    let state = match &trouble {
                        None => LinkState::Connecting { attempt },
                        Some(trouble) => {
                            LinkState::Down { trouble: trouble.clone(), attempt, retry_in: Duration::ZERO }
                        }
                    };
                    if !self.tell(state).await {
                        return None;
                    }
                }
                Some(outcome) = tries.next() => match outcome {
                    Ok(alive) => return Some(alive),
                    Err(failure) => {
                        let patient = needs_patience(failure.kind);
                        if failure.kind == TroubleKind::Unauthorized && !renewed {
                            // Once at once with fresh credentials, then patiently.
                            renewed = true;
                            self.recipe.credentials.forget().await;
                            next = Instant::now();
                            trouble.get_or_insert(failure);
                            continue;
                        }
                        let mut pause = if patient { patience } else { pause(attempt) };
                        pause = pause.max(failure.wait.unwrap_or_default());
                        if patient {
                            patience = (patience * 2).min(PATIENT.1);
                        }
                        next = Instant::now() + pause;
                        tracing::debug!(trouble = %failure, attempt, "attempt failed");
                        let state = LinkState::Down { trouble: failure.clone(), attempt, retry_in: pause };
                        trouble = Some(failure);
                        if !self.tell(state).await {
                            return None;
                        }
                    }
                },
                report = self.reports.recv() => match report {
                    None => return None,
                    Some(Report::RetryNow) => {
                        self.phase.send_modify(|phase| phase.kicks += 1);
                        patience = PATIENT.0;
                        next = Instant::now();
                    }
                    // Old news: nothing is live.
                    Some(Report::Suspect(_) | Report::Unauthorized(..)) => {}
                },
            }
        }
    }

    /// Watches over a live link until it is lost.
    async fn watch(&mut self, client: &Client, renewed: Option<Instant>) -> Left {
        let generation = self.phase.borrow().generation;
        let mut wait_until: Option<Instant> = None;
        loop {
            let quiet = self.recipe.activity.last() + QUIET;
            let (began, wall) = (Instant::now(), SystemTime::now());
            tokio::select! {
                () = sleep_until(wait_until.unwrap_or(quiet).max(quiet)) => {
                    let ahead = wall.elapsed().unwrap_or_default().saturating_sub(began.elapsed());
                    if ahead > SLEPT {
                        let said = "this machine was asleep; the connections are opened anew";
                        return Left::Lost(Trouble::new(TroubleKind::Silent, said));
                    }
                    if self.recipe.activity.last() + QUIET > Instant::now() {
                        continue;
                    }
                }
                report = self.reports.recv() => match report {
                    None => return Left::Closed,
                    Some(Report::RetryNow) => self.phase.send_modify(|phase| phase.kicks += 1),
                    Some(Report::Suspect(of)) if of == generation => {}
                    Some(Report::Unauthorized(of, trouble)) if of == generation => {
                        if renewed.is_none_or(|renewed| renewed.elapsed() >= RENEW) {
                            return Left::Renew(trouble);
                        }
                        continue;
                    }
                    Some(_) => continue,
                },
                () = self.events.closed() => return Left::Closed,
            }
            wait_until = None;
            match timeout(SIGN, read::version(client)).await {
                Ok(Ok(_)) => {}
                Ok(Err(trouble)) if trouble.kind == TroubleKind::Unauthorized => return Left::Renew(trouble),
                Ok(Err(trouble)) if trouble.kind == TroubleKind::Throttled => {
                    // It lives; it only wants to be asked less often.
                    wait_until = Some(Instant::now() + trouble.wait.unwrap_or(QUIET));
                }
                Ok(Err(trouble)) => return Left::Lost(trouble.trying(&self.version_url())),
                Err(_) => {
                    let silent = self.recipe.activity.last().elapsed().as_secs();
                    let said = format!("nothing has arrived for {silent} s, and a question was not answered");
                    return Left::Lost(Trouble::new(TroubleKind::Silent, said).trying(&self.version_url()));
                }
            }
        }
    }

    fn version_url(&self) -> String {
        read::url(&self.recipe.target, "/version")
    }
}

/// Opens a client and asks for a sign of life.
async fn try_once(recipe: Recipe) -> Result<Alive, Trouble> {
    let tried = read::url(&recipe.target, "/version");
    let client = recipe.reader().await.map_err(|trouble| trouble.trying(&tried))?;
    let limit = recipe.target.request_timeout.unwrap_or(Duration::from_secs(10));
    match timeout(limit, read::version(&client)).await {
        Ok(Ok((version, minor))) => Ok(Alive { client, version, minor }),
        Ok(Err(trouble)) => Err(trouble.trying(&tried)),
        Err(_) => Err(slow(&recipe, limit).trying(&tried)),
    }
}

fn slow(recipe: &Recipe, limit: Duration) -> Trouble {
    let said = format!("{} did not answer within {} s", recipe.target.server, limit.as_secs().max(1));
    Trouble::new(TroubleKind::Slow, said)
}

/// What time alone does not mend, and what must not be hammered (a plugin may open a browser).
fn needs_patience(kind: TroubleKind) -> bool {
    matches!(
        kind,
        TroubleKind::Unauthorized
            | TroubleKind::CredentialPlugin
            | TroubleKind::Certificate
            | TroubleKind::Config
            | TroubleKind::Protocol
    )
}

fn pause(attempt: u32) -> Duration {
    if attempt < 4 { FIRST_AGAIN } else { AGAIN }
}

/// A reader's view of the link.
#[derive(Clone)]
pub(super) struct Line {
    pub phase: watch::Receiver<Phase>,
    pub reports: mpsc::UnboundedSender<Report>,
    pub recipe: Arc<Recipe>,
}

/// A client as long as its link lives.
#[derive(Clone)]
pub(super) struct Hold {
    pub client: Client,
    pub generation: u64,
    pub minor: Option<u32>,
}

impl Line {
    /// Waits until the link is live; `None` when it has ended.
    pub async fn hold(&mut self) -> Option<Hold> {
        let phase = self.phase.wait_for(|phase| phase.client.is_some()).await.ok()?;
        let client = phase.client.clone()?;
        Some(Hold { client, generation: phase.generation, minor: phase.minor })
    }

    /// Waits until the link has left this generation.
    pub async fn lost(&mut self, generation: u64) {
        // An ended link is lost too.
        let gone = |phase: &Phase| phase.generation != generation || phase.client.is_none();
        let _ = self.phase.wait_for(gone).await;
    }

    /// Waits for `pause`, or less when the user wants it tried now or the link changes.
    pub async fn pause(&mut self, pause: Duration) {
        let (generation, kicks) = {
            let phase = self.phase.borrow();
            (phase.generation, phase.kicks)
        };
        let changed = |phase: &Phase| phase.generation != generation || phase.kicks != kicks;
        let _ = timeout(pause, self.phase.wait_for(changed)).await;
    }

    /// Tells the link what a reader met.
    pub fn report(&self, generation: u64, trouble: &Trouble) {
        let report = match trouble.kind {
            TroubleKind::Unauthorized => Report::Unauthorized(generation, trouble.clone()),
            kind if kind.is_link() => Report::Suspect(generation),
            _ => return,
        };
        // The link outlives its readers, or the program is ending.
        let _ = self.reports.send(report);
    }
}
