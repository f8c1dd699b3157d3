//! The embedded cluster's controllers: scheduler, kubelets, workload controllers, endpoints, autoscaler, garbage collector.
//!
//! They behave as the real ones, driven by watches of the store and by tokio's time. Every decision is a pure function
//! on objects (one file each); [`world`] carries decisions out; all run in one task, so that nothing races.

pub mod cronjob;
pub mod daemonset;
pub mod deployment;
pub mod endpoints;
pub mod hpa;
pub mod job;
pub mod json;
pub mod kubelet;
pub mod lively;
pub mod names;
pub mod plan;
pub mod pods;
pub mod queue;
pub mod recorder;
pub mod replicaset;
pub mod revisions;
pub mod scheduler;
pub mod statefulset;
mod sync;
pub mod world;

#[cfg(test)]
mod tests;

use std::time::Duration;

use futures::FutureExt;
use futures::future::{pending, select_all};
use jiff::{SignedDuration, Timestamp};
use tokio::task::JoinHandle;

use super::clock::Clock;
use super::store::{Store, Watch};
use lively::BULK;
use world::{WATCHED, World};

/// How many keys are looked at before others get their turn.
const SLICE: usize = 64;

impl World {
    /// Looks at what is due, at most `limit` keys; tells whether more is due.
    pub fn turn(&mut self, limit: usize) -> bool {
        for _ in 0..limit {
            self.drain();
            self.queue.wake(self.now);
            match self.queue.pop() {
                Some(key) => sync::sync(self, key),
                None => return false,
            }
        }
        true
    }

    /// Plays the time up to `end`, from one due thing to the next.
    pub fn play_until(&mut self, end: Timestamp) {
        loop {
            while self.turn(SLICE) {}
            match self.queue.next_timer().filter(|at| *at <= end) {
                Some(at) => self.now = self.now.max(at),
                None => break,
            }
        }
        self.now = self.now.max(end);
    }
}

/// Runs the controllers on the current runtime until the task is aborted or the runtime ends.
pub fn run(store: Store, clock: Clock, lively: bool) -> JoinHandle<()> {
    tokio::spawn(async move {
        let mut watches = open(&store);
        let mut world = World::new(store, clock.now().as_second().unsigned_abs(), clock.now());
        world.lively = lively;
        world.load(|namespace| namespace.starts_with(BULK));
        if lively {
            let (_, namespaces) = world.store.list(super::resource::NAMESPACES, None);
            lively::start(&mut world, namespaces.iter().any(|n| n.name.starts_with(BULK)));
        }
        loop {
            world.now = clock.now();
            if world.turn(SLICE) {
                tokio::task::yield_now().await;
                continue;
            }
            let timer = world.queue.next_timer().map(|at| until(at, clock.now()));
            tokio::select! {
                () = any_change(&mut watches, &world.store) => {}
                () = async { match timer { Some(wait) => tokio::time::sleep(wait).await, None => pending().await } } => {}
            }
        }
    })
}

/// The time from now to a timer, rounded up to what tokio's timers can tell apart.
fn until(at: Timestamp, now: Timestamp) -> Duration {
    let wait = at.duration_since(now).max(SignedDuration::ZERO) + SignedDuration::from_millis(1);
    Duration::try_from(wait).unwrap_or(Duration::ZERO)
}

fn open(store: &Store) -> Vec<Watch> {
    let version = store.version();
    WATCHED.iter().filter_map(|resource| store.watch(resource, None, version).ok()).collect()
}

/// Waits until something changed. What it was is read from the store's history; the watches only wake.
async fn any_change(watches: &mut Vec<Watch>, store: &Store) {
    let next: Vec<_> = watches.iter_mut().map(|watch| watch.next().boxed()).collect();
    let (woken, _, rest) = select_all(next).await;
    drop(rest);
    if woken.is_err() {
        // Too far behind the history: start again from now.
        *watches = open(store);
    }
}
