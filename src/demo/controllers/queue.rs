//! What the controllers have to look at: now, each thing once, or at a time.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};

use jiff::Timestamp;

/// Which controller has to look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// Scheduler and kubelet.
    Pod,
    /// ReplicaSet controller.
    ReplicaSet,
    /// Deployment controller.
    Deployment,
    /// StatefulSet controller.
    StatefulSet,
    /// DaemonSet controller.
    DaemonSet,
    /// Job controller.
    Job,
    /// CronJob controller.
    CronJob,
    /// Endpoints and EndpointSlices.
    Service,
    /// Horizontal autoscaler.
    Hpa,
    /// Status of disruption budgets.
    Pdb,
    /// Taints of nodes, and pods on nodes that are gone.
    Node,
    /// Events that are too old.
    Event,
    /// What happens by itself when the cluster is lively.
    Mischief,
}

/// One thing to look at.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key {
    /// By whom.
    pub kind: Kind,
    /// The namespace of the object.
    pub namespace: String,
    /// Its name.
    pub name: String,
}

impl Key {
    /// A key.
    pub fn new(kind: Kind, namespace: &str, name: &str) -> Self {
        Self { kind, namespace: namespace.to_owned(), name: name.to_owned() }
    }
}

/// The keys that are due, and those that will be.
#[derive(Debug, Default)]
pub struct Queue {
    ready: VecDeque<Key>,
    queued: HashSet<Key>,
    timers: BTreeMap<(Timestamp, u64), Key>,
    armed: HashMap<Key, (Timestamp, u64)>,
    counter: u64,
}

impl Queue {
    /// To be looked at now; once, however often it is asked.
    pub fn push(&mut self, key: Key) {
        if self.queued.insert(key.clone()) {
            self.ready.push_back(key);
        }
    }

    /// To be looked at not later than `at`.
    pub fn push_at(&mut self, key: Key, at: Timestamp) {
        if let Some(known) = self.armed.get(&key) {
            if known.0 <= at {
                return;
            }
            self.timers.remove(known);
        }
        self.counter += 1;
        let slot = (at, self.counter);
        self.armed.insert(key.clone(), slot);
        self.timers.insert(slot, key);
    }

    /// Makes ready what is due.
    pub fn wake(&mut self, now: Timestamp) {
        while let Some(entry) = self.timers.first_entry().filter(|e| e.key().0 <= now) {
            let key = entry.remove();
            self.armed.remove(&key);
            self.push(key);
        }
    }

    /// The next thing to look at.
    pub fn pop(&mut self) -> Option<Key> {
        let key = self.ready.pop_front()?;
        self.queued.remove(&key);
        Some(key)
    }

    /// Whether nothing is due.
    pub fn is_idle(&self) -> bool {
        self.ready.is_empty()
    }

    /// When the next timer is due.
    pub fn next_timer(&self) -> Option<Timestamp> {
        self.timers.first_key_value().map(|((at, _), _)| *at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_waits_once_and_its_earliest_timer_counts() {
        let at = |s: i64| Timestamp::from_second(s).unwrap();
        let key = Key::new(Kind::Pod, "shop", "web");
        let mut queue = Queue::default();
        queue.push(key.clone());
        queue.push(key.clone());
        assert_eq!(queue.pop(), Some(key.clone()));
        assert_eq!(queue.pop(), None);
        queue.push_at(key.clone(), at(20));
        queue.push_at(key.clone(), at(10));
        queue.push_at(key.clone(), at(30));
        assert_eq!(queue.next_timer(), Some(at(10)));
        queue.wake(at(9));
        assert!(queue.is_idle());
        queue.wake(at(10));
        assert_eq!(queue.pop(), Some(key));
        assert_eq!(queue.next_timer(), None);
    }
}
