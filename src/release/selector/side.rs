//! One side of a switch: the pods that a selector selects, and what can be said of them in a line.

use super::ports::{Resolved, ServicePort};
use crate::model::record::Seconds;
use crate::model::units::age;
use crate::release::labelled::Labels;

/// A pod of a side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeenPod {
    /// Its name.
    pub name: String,
    /// Its labels.
    pub labels: Labels,
    /// Whether its endpoint is ready.
    pub ready: bool,
    /// `ready`, or why it is not, in one word.
    pub state: String,
    /// The revision of its workload.
    pub revision: Option<String>,
    /// Containers with their images, init containers last.
    pub images: Vec<(String, String)>,
    /// When it was made.
    pub created: Seconds,
    /// What it has for each port of the service; `None`: its ports are not known.
    pub ports: Option<Vec<Resolved>>,
}

/// What a selector selects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Side {
    /// The selector.
    pub selector: Labels,
    /// Its pods, by name.
    pub pods: Vec<SeenPod>,
    /// Other services that select one of them.
    pub services: Vec<String>,
    /// Disruption budgets that guard one of them.
    pub budgets: Vec<String>,
}

/// Pods of one side that run the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Running {
    /// The revision, as far as it is known.
    pub revision: Option<String>,
    /// Images without their registry.
    pub images: Vec<String>,
    /// When the oldest of them was made.
    pub since: Seconds,
    /// How many pods.
    pub pods: usize,
}

impl Side {
    /// How many are ready.
    pub fn ready(&self) -> usize {
        self.pods.iter().filter(|pod| pod.ready).count()
    }

    /// How many would really serve.
    pub fn serving(&self) -> usize {
        self.pods.iter().filter(|pod| pod.serves()).count()
    }

    /// Names of those that are ready: what the slices are to show.
    pub fn ready_names(&self) -> Vec<String> {
        self.pods.iter().filter(|pod| pod.ready).map(|pod| pod.name.clone()).collect()
    }

    /// `3 ready of 3`.
    pub fn count(&self) -> String {
        format!("{} ready of {}", self.ready(), self.pods.len())
    }

    /// What runs, most pods first.
    pub fn running(&self) -> Vec<Running> {
        let mut all: Vec<Running> = Vec::new();
        for pod in &self.pods {
            let images: Vec<String> = pod.images.iter().map(|(_, image)| short_image(image)).collect();
            match all.iter_mut().find(|one| one.revision == pod.revision && one.images == images) {
                Some(one) => {
                    one.pods += 1;
                    one.since = one.since.min(pod.created);
                }
                None => {
                    all.push(Running { revision: pod.revision.clone(), images, since: pod.created, pods: 1 });
                }
            }
        }
        all.sort_by_key(|one| std::cmp::Reverse(one.pods));
        all
    }

    /// `7  api:2.0.0  4d`; what runs beside it follows.
    pub fn running_words(&self, now: Seconds) -> String {
        let all = self.running();
        let several = all.len() > 1;
        let one = |one: &Running| {
            let mut parts: Vec<String> = one.revision.clone().into_iter().collect();
            parts.push(one.images.join(" "));
            if one.since > 0 {
                parts.push(age(now, one.since));
            }
            if several {
                parts.push(format!("({})", plural(one.pods, "pod")));
            }
            parts.join("  ")
        };
        if all.is_empty() { "none".to_owned() } else { all.iter().map(one).collect::<Vec<_>>().join(", ") }
    }

    /// `8080 on 3 pods`: what the pods have for the service's port of this place.
    pub fn port_words(&self, at: usize, port: &ServicePort) -> String {
        let mut found: Vec<(Option<i64>, usize)> = Vec::new();
        let known = self.pods.iter().filter_map(|pod| pod.ports.as_ref()?.get(at));
        for number in known.map(Resolved::number) {
            match found.iter_mut().find(|(known, _)| *known == number) {
                Some((_, count)) => *count += 1,
                None => found.push((number, 1)),
            }
        }
        let words = |(number, count): &(Option<i64>, usize)| {
            let pods = plural(*count, "pod");
            match number {
                Some(number) => format!("{number} on {pods}"),
                None => {
                    format!("no port named {} on {pods}: they match and serve nothing", port.target_words())
                }
            }
        };
        let mut parts: Vec<String> = found.iter().map(words).collect();
        let unread = self.pods.len() - found.iter().map(|(_, count)| count).sum::<usize>();
        if unread > 0 {
            parts.push(format!("not known of {}", plural(unread, "pod")));
        }
        if parts.is_empty() { "none".to_owned() } else { parts.join(", ") }
    }

    /// `svc web-preview, pdb web`: what else looks at these pods.
    pub fn also(&self) -> String {
        let services = self.services.iter().map(|name| format!("svc {name}"));
        let all: Vec<String> =
            services.chain(self.budgets.iter().map(|name| format!("pdb {name}"))).collect();
        if all.is_empty() { "nothing".to_owned() } else { all.join(", ") }
    }

    /// Why pods of it are not ready, with how many: `2 ImagePullBackOff`.
    pub fn troubles(&self) -> Vec<String> {
        let mut all: Vec<(&str, usize)> = Vec::new();
        for pod in self.pods.iter().filter(|pod| !pod.ready) {
            match all.iter_mut().find(|(state, _)| *state == pod.state) {
                Some((_, count)) => *count += 1,
                None => all.push((&pod.state, 1)),
            }
        }
        all.into_iter().map(|(state, count)| format!("{count} {state}")).collect()
    }
}

/// `1 pod`, `3 pods`.
pub fn plural(count: usize, word: &str) -> String {
    if count == 1 { format!("1 {word}") } else { format!("{count} {word}s") }
}

/// An image without its registry, and with a digest that can be read.
pub fn short_image(image: &str) -> String {
    let name = image.rsplit('/').next().unwrap_or(image);
    match name.split_once("@sha256:") {
        Some((name, digest)) => format!("{name}@{}", digest.get(..8).unwrap_or(digest)),
        None => name.to_owned(),
    }
}
