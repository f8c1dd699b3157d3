//! Faults on demand: what a test wants the cluster to do wrong.
//!
//! Rules change the answer to matching requests; switches change the connections themselves.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Waker;
use std::time::Duration;

use tokio::sync::watch;

/// What happens to a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// Answer this status instead.
    Status {
        /// The HTTP status: 401, 403, 404, 409, 410, 429, 500, 503, 504.
        code: u16,
        /// Seconds for `Retry-After`.
        retry_after: Option<u32>,
        /// Do the work first, then say that it failed.
        after_work: bool,
    },
    /// Answer later.
    Delay(Duration),
    /// Take the request and never answer.
    Hang,
    /// Cut the connection after this many bytes of the body.
    CutAfter(usize),
    /// End the body after this many bytes, as if that were all.
    EndAfter(usize),
    /// One of the two above, after fewer bytes than this: another number each time, which follows from the seed.
    Break {
        /// The most bytes.
        below: usize,
        /// What chance follows from.
        seed: u64,
    },
    /// Send this many bytes of the body, then nothing more, without closing.
    StallAfter(usize),
    /// Send the body in pieces of this many bytes with a pause before each.
    Drip(usize, Duration),
}

impl Fault {
    /// A refusal without work done.
    pub fn status(code: u16) -> Self {
        Self::Status { code, retry_after: None, after_work: false }
    }
}

/// The break that a request meets as the `nth` one.
fn broken(below: usize, seed: u64, nth: u64) -> Fault {
    let chance = (seed ^ nth.wrapping_mul(0x9e37_79b9_7f4a_7c15)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let chance = (chance ^ (chance >> 29)).wrapping_mul(0x94d0_49bb_1331_11eb) >> 16;
    let bytes = (chance >> 2) as usize % below.max(1);
    if chance.is_multiple_of(4) { Fault::EndAfter(bytes) } else { Fault::CutAfter(bytes) }
}

#[derive(Debug)]
struct Rule {
    id: u64,
    method: String,
    path: String,
    left: Option<usize>,
    fault: Fault,
    fired: usize,
}

#[derive(Debug)]
struct Denial {
    verb: String,
    resource: String,
    namespace: String,
}

/// Stands for requests about all namespaces; no namespace is called so.
const ACROSS: &str = "*";

#[derive(Debug, Default)]
struct State {
    rules: Vec<Rule>,
    done: VecDeque<(u64, usize)>,
    denials: Vec<Denial>,
    next_rule: u64,
    token: Option<String>,
    refuse: bool,
    old: bool,
    silent: bool,
    /// Connections with a lower number are silent for ever.
    silent_below: u64,
    next_connection: u64,
    wakers: Vec<Waker>,
}

/// The faults of one cluster.
#[derive(Debug, Clone)]
pub struct Faults {
    state: Arc<Mutex<State>>,
    cut: watch::Sender<u64>,
}

impl Default for Faults {
    fn default() -> Self {
        Self { state: Arc::default(), cut: watch::Sender::new(0) }
    }
}

impl Faults {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a rule for requests of a method (empty: any) whose path and query contain a text, for the next `times`
    /// of them or until cleared. Rules are tried in the order in which they came.
    pub fn add(&self, method: &str, path: &str, times: Option<usize>, fault: Fault) -> u64 {
        let mut state = self.lock();
        state.next_rule += 1;
        let id = state.next_rule;
        let (method, path) = (method.to_owned(), path.to_owned());
        state.rules.push(Rule { id, method, path, left: times, fault, fired: 0 });
        id
    }

    /// How often a rule was used.
    pub fn fired(&self, id: u64) -> usize {
        let state = self.lock();
        let live = state.rules.iter().find(|rule| rule.id == id).map(|rule| rule.fired);
        live.or_else(|| state.done.iter().find(|(done, _)| *done == id).map(|(_, fired)| *fired)).unwrap_or(0)
    }

    /// Refuses a verb on a resource (`deployments/scale`, `*` for all) with 403, in a namespace or (empty) everywhere.
    pub fn deny(&self, verb: &str, resource: &str, namespace: &str) {
        let (verb, resource, namespace) = (verb.to_owned(), resource.to_owned(), namespace.to_owned());
        self.lock().denials.push(Denial { verb, resource, namespace });
    }

    /// The same for requests that are about all namespaces at once, and not for those about one.
    pub fn deny_across(&self, verb: &str, resource: &str) {
        self.deny(verb, resource, ACROSS);
    }

    /// Whether a denial covers a request; a review of all namespaces is covered by a denial in any.
    pub fn is_denied(&self, verb: &str, resource: &str, namespace: &str) -> bool {
        self.lock().denials.iter().any(|d| {
            (d.verb == "*" || d.verb == verb)
                && (d.resource == "*" || d.resource == resource)
                && (d.namespace.is_empty()
                    || d.namespace == namespace
                    || (d.namespace == ACROSS && namespace.is_empty()))
        })
    }

    /// Whether anything is denied.
    pub fn denies(&self) -> bool {
        !self.lock().denials.is_empty()
    }

    /// Asks for this bearer token from now on; any other, or none, is 401.
    pub fn require_token(&self, token: Option<&str>) {
        self.lock().token = token.map(str::to_owned);
    }

    /// Takes no new connections: they are closed at once.
    pub fn refuse(&self, refuse: bool) {
        self.lock().refuse = refuse;
    }

    /// Answers discovery as servers before aggregated discovery did.
    pub fn be_old(&self, old: bool) {
        self.lock().old = old;
    }

    /// Whether the server is one of those.
    pub(super) fn is_old(&self) -> bool {
        self.lock().old
    }

    /// All connections, open and new, stop sending until this is called with `false`.
    pub fn silence(&self, silent: bool) {
        let mut state = self.lock();
        state.silent = silent;
        state.wakers.drain(..).for_each(Waker::wake);
    }

    /// The connections that are open now never send anything again, as after a network that forgot them.
    pub fn silence_open(&self) {
        let mut state = self.lock();
        state.silent_below = state.next_connection;
    }

    /// Closes all connections.
    pub fn cut_all(&self) {
        self.cut.send_modify(|count| *count += 1);
    }

    /// Everything works again; connections that went silent for good are closed.
    pub fn clear(&self) {
        let mut state = self.lock();
        let wakers = std::mem::take(&mut state.wakers);
        let (next_rule, next_connection) = (state.next_rule, state.next_connection);
        *state = State { next_rule, next_connection, ..State::default() };
        wakers.into_iter().for_each(Waker::wake);
    }

    /// The fault that a request meets.
    pub(super) fn meet(&self, method: &str, path: &str) -> Option<Fault> {
        let mut state = self.lock();
        let at = state
            .rules
            .iter()
            .position(|r| (r.method.is_empty() || r.method == method) && path.contains(&r.path))?;
        let rule = &mut state.rules[at];
        rule.fired += 1;
        let fault = match rule.fault {
            Fault::Break { below, seed } => broken(below, seed, rule.fired as u64),
            ref other => other.clone(),
        };
        if let Some(left) = &mut rule.left {
            *left = left.saturating_sub(1);
            if *left == 0 {
                let rule = state.rules.remove(at);
                state.done.push_back((rule.id, rule.fired));
            }
        }
        Some(fault)
    }

    /// Whether an Authorization header is accepted.
    pub(super) fn admits(&self, authorization: Option<&str>) -> bool {
        let state = self.lock();
        let Some(token) = &state.token else { return true };
        authorization.and_then(|a| a.strip_prefix("Bearer ")) == Some(token.as_str())
    }

    /// Counts a new connection; none if it is refused.
    pub(super) fn connection(&self) -> Option<(u64, watch::Receiver<u64>)> {
        let mut state = self.lock();
        if state.refuse {
            return None;
        }
        state.next_connection += 1;
        Some((state.next_connection - 1, self.cut.subscribe()))
    }

    /// Changes when all connections are cut.
    pub(super) fn cuts(&self) -> watch::Receiver<u64> {
        self.cut.subscribe()
    }

    /// Whether a connection may send; if not, it is woken when it may.
    pub(super) fn may_send(&self, connection: u64, waker: &Waker) -> bool {
        let mut state = self.lock();
        if !state.silent && connection >= state.silent_below {
            return true;
        }
        if !state.wakers.iter().any(|known| known.will_wake(waker)) {
            state.wakers.push(waker.clone());
        }
        false
    }
}
