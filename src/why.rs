//! Why something is as it is: the chain from what one sees to what causes it, each step with the object that shows it.
//!
//! Pure: the object and what was read around it in, a [`Why`] out. [`wanted`] says what is to be read, and more of it the more
//! is known: a workload's pods, then the worst of them with their events, their node, what they name. The most certain cause
//! comes first; what could not be read is named, and nothing is claimed of it.

mod config;
mod container;
mod events;
mod generic;
mod ground;
mod ingress;
mod job;
mod limits;
mod node;
mod pod;
mod revision;
mod service;
mod storage;
mod wanted;
mod workload;

use serde_json::Value;

use crate::describe::{Ask, Cut};
use crate::model::column::Tone;
use crate::model::record::Seconds;
use crate::model::relate::Named;
use crate::model::resource::Resource;
use crate::model::text::clean;
use crate::release::facts::Found;

use ground::Ground;
pub use wanted::wanted;

/// Words longer than this are cut: no message of a cluster is better for being longer.
const LONGEST: usize = 600;
/// So many steps are told; more would be a list, not a chain.
const MOST: usize = 60;

/// An object, and what was read around it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Material {
    /// What the object is.
    pub resource: Resource,
    /// The object.
    pub object: Value,
    /// What was asked for, and what came of it.
    pub beside: Vec<(Ask, Found<Vec<Value>>)>,
    /// Of what not all was read.
    pub cut: Vec<Cut>,
    /// When it was asked for.
    pub now: Seconds,
}

impl Material {
    /// The object, with what it is in it.
    pub fn itself(&self) -> Value {
        let mut object = self.object.clone();
        if let Some(map) = object.as_object_mut() {
            map.insert("apiVersion".to_owned(), self.resource.api_version().into());
            map.insert("kind".to_owned(), self.resource.kind.to_string().into());
        }
        object
    }
}

/// One step of the chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evidence {
    /// How deep below the object that was asked for.
    pub depth: usize,
    /// The object that shows it.
    pub about: Named,
    /// Its UID; empty where it was not seen.
    pub uid: String,
    /// What is so, cleaned.
    pub words: String,
    /// How bad that is.
    pub tone: Tone,
    /// Since when, or when last; where something says it.
    pub at: Option<Seconds>,
}

/// The container whose log shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// The pod's namespace.
    pub namespace: String,
    /// The pod.
    pub pod: String,
    /// The container.
    pub container: String,
}

/// Why.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Why {
    /// In one sentence.
    pub conclusion: String,
    /// Whether something is wrong.
    pub wrong: bool,
    /// The chain.
    pub steps: Vec<Evidence>,
    /// What was not looked at, and why.
    pub not_looked: Vec<String>,
    /// The container whose log shows it, where it is one.
    pub shown: Option<Shown>,
}

/// How sure a cause is; the surest comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Sure {
    /// The cluster says that this is why.
    Said,
    /// It was seen to fail, and what is wrong follows from that.
    Seen,
    /// It may have to do with it.
    Perhaps,
}

/// One cause.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Cause {
    sure: Sure,
    /// A clause: what stands after "because".
    words: String,
    steps: Vec<Evidence>,
    shown: Option<Shown>,
}

/// What is told of an object.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Account {
    /// What is wrong with it, a verb first: "is stuck". `None`: nothing.
    state: Option<String>,
    /// What helps, or worked before.
    helps: String,
    /// What shows the state, before the causes.
    head: Vec<Evidence>,
    causes: Vec<Cause>,
    /// What is good to know beside, after them.
    tail: Vec<Evidence>,
}

impl Account {
    /// The surest causes first; those that are equally sure as they were found.
    fn sorted(mut self) -> Self {
        self.causes.sort_by_key(|cause| cause.sure);
        self
    }

    /// All steps, so many levels deeper.
    fn steps(self, deeper: usize) -> Vec<Evidence> {
        let causes = self.causes.into_iter().flat_map(|cause| cause.steps);
        self.head.into_iter().chain(causes).chain(self.tail).map(|step| step.deeper(deeper)).collect()
    }
}

impl Evidence {
    /// A step about an object.
    fn of(object: &Value, words: impl Into<String>, tone: Tone) -> Self {
        let uid = crate::model::json::uid(object).to_owned();
        Self { depth: 0, about: ground::named(object), uid, words: words.into(), tone, at: None }
    }

    /// The same so many levels deeper.
    fn deeper(self, levels: usize) -> Self {
        Self { depth: self.depth + levels, ..self }
    }

    /// The same with its time.
    fn at(self, at: Option<Seconds>) -> Self {
        Self { at, ..self }
    }
}

/// What is told of an object by its kind.
fn account(ground: &Ground<'_>, object: &Value) -> Account {
    let about = ground::named(object);
    let told = match (about.group.as_str(), about.kind.as_str()) {
        ("", "Pod") => pod::account(ground, object),
        ("", "Node") => node::account(ground, object),
        ("", "Service") => service::account(ground, object),
        ("networking.k8s.io", "Ingress") => ingress::account(ground, object),
        ("apps", "Deployment" | "ReplicaSet" | "StatefulSet" | "DaemonSet") => {
            workload::account(ground, object)
        }
        ("batch", "Job") => job::account(ground, object),
        ("batch", "CronJob") => job::cron(ground, object),
        ("", "PersistentVolumeClaim") => storage::account(ground, object),
        ("autoscaling", "HorizontalPodAutoscaler") => limits::autoscaler(ground, object),
        ("policy", "PodDisruptionBudget") => limits::budget(ground, object),
        ("", "ResourceQuota") => limits::quota(object),
        _ => generic::account(ground, object),
    };
    told.sorted()
}

/// Why an object is as it is.
pub fn why(material: &Material) -> Why {
    let ground = Ground(material);
    let object = ground.subject();
    let told = account(&ground, &object);
    let conclusion = short(&conclusion(&object, &told));
    let wrong = told.state.is_some() || !told.causes.is_empty();
    let shown = told.causes.iter().find_map(|cause| cause.shown.clone());
    let mut steps = told.steps(0);
    let mut known: Vec<(Named, usize, String)> = Vec::new();
    steps.retain(|step| {
        let key = (step.about.clone(), step.depth, step.words.clone());
        let new = !known.contains(&key);
        known.push(key);
        new
    });
    let surplus = steps.len().saturating_sub(MOST);
    steps.truncate(MOST);
    for step in &mut steps {
        step.words = short(&step.words);
    }
    let mut not_looked = ground.not_looked();
    if surplus > 0 {
        not_looked.push(format!("{surplus} more steps (the list is cut)"));
    }
    Why { conclusion, wrong, steps, not_looked, shown }
}

fn conclusion(object: &Value, told: &Account) -> String {
    let what = format!("{} {}", kind_word(object), crate::model::json::name(object));
    let helps = if told.helps.is_empty() { String::new() } else { format!("; {}", told.helps) };
    let (first, more) = match told.causes.split_first() {
        Some((first, rest)) => {
            let mut others: Vec<&str> = rest.iter().map(|cause| cause.words.as_str()).collect();
            others.retain(|words| *words != first.words);
            others.dedup();
            let more = match others.len() {
                0 => String::new(),
                1 => " (and 1 other cause, below)".to_owned(),
                many => format!(" (and {many} other causes, below)"),
            };
            (Some(first), more)
        }
        None => (None, String::new()),
    };
    match (&told.state, first) {
        (Some(state), Some(cause)) => {
            let because = if cause.sure == Sure::Perhaps { "perhaps because" } else { "because" };
            format!("{what} {state} {because} {}{more}{helps}", cause.words)
        }
        (Some(state), None) => format!("{what} {state}; nothing that was looked at says why{helps}"),
        (None, Some(cause)) => format!("{what} works now, but {}{more}", cause.words),
        (None, None) => format!("nothing is wrong with {what}, as far as was looked"),
    }
}

/// The kind as one says it: `deployment`.
fn kind_word(object: &Value) -> String {
    let kind = ground::named(object).kind;
    match kind.as_str() {
        "ReplicaSet" | "StatefulSet" | "DaemonSet" | "CronJob" => kind,
        "HorizontalPodAutoscaler" => "autoscaler".to_owned(),
        "PodDisruptionBudget" => "budget".to_owned(),
        "PersistentVolumeClaim" => "claim".to_owned(),
        "ResourceQuota" => "quota".to_owned(),
        _ => kind.to_ascii_lowercase(),
    }
}

/// One line, cleaned, not too long.
fn short(words: &str) -> String {
    let words = clean(words.split_whitespace().collect::<Vec<_>>().join(" ").as_str()).into_owned();
    if words.chars().nth(LONGEST).is_none() {
        return words;
    }
    let mut cut: String = words.chars().take(LONGEST - 1).collect();
    cut.push('…');
    cut
}

/// `1 pod`, `3 pods`.
fn count(many: usize, what: &str) -> String {
    format!("{many} {what}{}", if many == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests;
