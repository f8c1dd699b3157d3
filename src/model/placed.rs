//! What pods put on nodes, and which claims they mount: sums that are kept as pods come and go.
//!
//! A change of a pod costs what that pod is, however many there are. What was never read completely is not known, and nothing
//! is said of it: pods of one namespace say nothing about a node.

use hashbrown::{HashMap, HashSet};

use super::record::{Amounts, Pod};
use super::text::Text;

/// What the pods of a node come to, without those that have ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Load {
    /// How many there are.
    pub pods: u32,
    /// What they ask for.
    pub requests: Amounts,
}

/// The sums over the pods that are known.
#[derive(Debug, Default)]
pub struct Placed {
    nodes: HashMap<Text, Load>,
    /// By namespace and claim, the pods that mount it.
    mounts: HashMap<Text, HashMap<Text, Vec<Box<str>>>>,
    /// The pods of all namespaces have been read.
    all: bool,
    /// The namespaces whose pods have been read.
    namespaces: HashSet<Text>,
}

impl Placed {
    /// The pods of a namespace (`None`: of all) have been read completely. True when that was not so before.
    pub fn know(&mut self, namespace: Option<&str>) -> bool {
        match namespace {
            None => !std::mem::replace(&mut self.all, true),
            Some(name) => self.namespaces.insert(name.into()),
        }
    }

    /// Whether the pods of all namespaces are known.
    pub fn knows_all(&self) -> bool {
        self.all
    }

    /// What is on a node; `None`: not known.
    pub fn on_node(&self, node: &str) -> Option<Load> {
        self.all.then(|| self.nodes.get(node).copied().unwrap_or_default())
    }

    /// The pods that mount a claim; `None`: not known.
    pub fn mounting(&self, namespace: &str, claim: &str) -> Option<&[Box<str>]> {
        let known = self.all || self.namespaces.contains(namespace);
        let pods = || self.mounts.get(namespace)?.get(claim);
        known.then(|| pods().map_or(&[][..], Vec::as_slice))
    }

    /// A pod is there, new or changed; what it was before is to be removed first.
    pub fn insert(&mut self, pod: &Pod) {
        if counts(pod) {
            let load = self.nodes.entry(pod.node.clone()).or_default();
            load.pods += 1;
            load.requests = load.requests.plus(pod.requests());
        }
        for claim in pod.claims() {
            let claims = self.mounts.entry(pod.meta.namespace.clone()).or_default();
            let pods = claims.entry(claim.clone()).or_default();
            if let Err(at) = pods.binary_search(&pod.meta.name) {
                pods.insert(at, pod.meta.name.clone());
            }
        }
    }

    /// A pod is gone.
    pub fn remove(&mut self, pod: &Pod) {
        if counts(pod)
            && let Some(load) = self.nodes.get_mut(&pod.node)
        {
            load.pods = load.pods.saturating_sub(1);
            load.requests = load.requests.minus(pod.requests());
            if load.pods == 0 {
                self.nodes.remove(&pod.node);
            }
        }
        for claim in pod.claims() {
            let Some(claims) = self.mounts.get_mut(&pod.meta.namespace) else { break };
            if let Some(pods) = claims.get_mut(claim) {
                if let Ok(at) = pods.binary_search(&pod.meta.name) {
                    pods.remove(at);
                }
                if pods.is_empty() {
                    claims.remove(claim);
                }
            }
            if claims.is_empty() {
                self.mounts.remove(&pod.meta.namespace);
            }
        }
    }
}

/// Whether it takes something of a node.
fn counts(pod: &Pod) -> bool {
    !pod.finished && !pod.node.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::record::{Extras, Record};
    use crate::model::sample;

    fn pod(name: &str, node: &str, cpu: u64, claims: &[&str]) -> Pod {
        let Record::Pod(pod) = sample::pod(1, "shop", name) else { panic!("no pod") };
        let claims = claims.iter().map(|claim| (*claim).into()).collect();
        let requests = Some(Amounts { cpu, memory: cpu * 2 });
        Pod { node: node.into(), extras: Some(Box::new(Extras { claims, requests })), ..pod }
    }

    #[test]
    fn nothing_is_said_of_what_was_not_read() {
        let mut placed = Placed::default();
        placed.insert(&pod("a", "n-1", 10, &["data"]));
        assert_eq!((placed.on_node("n-1"), placed.mounting("shop", "data")), (None, None));
        assert!(placed.know(Some("shop")) && !placed.know(Some("shop")));
        assert_eq!(placed.on_node("n-1"), None, "pods of one namespace say nothing about a node");
        assert_eq!(placed.mounting("shop", "data").unwrap(), ["a".into()]);
        assert_eq!(placed.mounting("other", "data"), None);
        assert!(placed.know(None) && placed.knows_all());
        assert_eq!(placed.mounting("other", "data").unwrap(), [] as [Box<str>; 0]);
        assert_eq!(placed.on_node("n-2"), Some(Load::default()));
    }

    #[test]
    fn pods_come_move_end_and_go() {
        let mut placed = Placed::default();
        placed.know(None);
        let load = |pods, cpu| Load { pods, requests: Amounts { cpu, memory: cpu * 2 } };
        let (a, b) = (pod("a", "n-1", 10, &["data", "logs"]), pod("b", "n-1", 5, &["data"]));
        placed.insert(&a);
        placed.insert(&b);
        assert_eq!(placed.on_node("n-1"), Some(load(2, 15)));
        assert_eq!(placed.mounting("shop", "data").unwrap(), ["a".into(), "b".into()]);
        // One that has ended takes nothing, and still mounts.
        let ended = Pod { finished: true, ..a.clone() };
        placed.remove(&a);
        placed.insert(&ended);
        assert_eq!(placed.on_node("n-1"), Some(load(1, 5)));
        assert_eq!(placed.mounting("shop", "logs").unwrap(), ["a".into()]);
        placed.remove(&ended);
        // One that waits for a node is on none.
        placed.insert(&Pod { node: "".into(), ..b.clone() });
        placed.remove(&b);
        assert_eq!((placed.on_node("n-1"), placed.on_node("")), (Some(load(0, 0)), Some(load(0, 0))));
        assert_eq!(placed.mounting("shop", "data").unwrap(), [] as [Box<str>; 0]);
        assert!(placed.mounts.is_empty() && placed.nodes.is_empty(), "nothing is left behind");
    }
}
