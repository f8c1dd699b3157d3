//! What pods, their containers and nodes use, as metrics.k8s.io says it, against what they ask for and may use.
//!
//! Pure: pages of answers in, numbers and cells out. It says nothing of objects that were not measured.

use hashbrown::HashMap;
use serde_json::Value;

use super::column::{Cell, Tone};
use super::json::{items, name, text};
use super::quantity::Quantity;
use super::record::{Amounts, Kind, Pod, Record};
use super::text::clean;

/// The use of one object.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Used {
    /// All of it.
    pub all: Amounts,
    /// That of each container of a pod.
    pub containers: Box<[(Box<str>, Amounts)]>,
}

/// Objects by namespace and name.
type Objects = HashMap<Box<str>, HashMap<Box<str>, Used>>;

/// What was measured of one kind.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Measured {
    /// Nobody asked yet.
    #[default]
    NotAsked,
    /// Nobody measures, or tells.
    Nothing,
    /// This.
    Known(Objects),
}

impl Measured {
    /// What is known of nothing but a page yet.
    pub fn empty() -> Self {
        Self::Known(Objects::new())
    }

    /// Takes a page of a `PodMetricsList` or a `NodeMetricsList`.
    pub fn page(&mut self, list: &Value) {
        let Self::Known(objects) = self else { return };
        for item in items(list, "/items") {
            let used = used(item);
            let namespace: Box<str> = clean(text(item, "/metadata/namespace")).into();
            objects.entry(namespace).or_default().insert(clean(name(item)).into(), used);
        }
    }

    /// Whether something else is told of an object than before.
    pub(super) fn differs(&self, before: &Self, namespace: &str, name: &str) -> bool {
        // The words for nothing may be others too.
        std::mem::discriminant(before) != std::mem::discriminant(self)
            || before.of(namespace, name) != self.of(namespace, name)
    }

    fn of(&self, namespace: &str, name: &str) -> Option<&Used> {
        let Self::Known(objects) = self else { return None };
        objects.get(namespace)?.get(name)
    }
}

fn used(item: &Value) -> Used {
    let containers: Box<[(Box<str>, Amounts)]> = items(item, "/containers")
        .iter()
        .map(|one| (clean(name_of(one)).into(), amounts(&one["usage"])))
        .collect();
    let mut all = amounts(&item["usage"]);
    for (_, one) in &containers {
        all = plus(all, *one);
    }
    Used { all, containers }
}

fn name_of(container: &Value) -> &str {
    text(container, "/name")
}

fn amounts(usage: &Value) -> Amounts {
    let of = |key: &str| Quantity::of(&usage[key]).unwrap_or_default();
    Amounts { cpu: of("cpu").nano(), memory: of("memory").ones() }
}

fn plus(a: Amounts, b: Amounts) -> Amounts {
    Amounts { cpu: a.cpu.saturating_add(b.cpu), memory: a.memory.saturating_add(b.memory) }
}

/// What is known of the use of everything.
#[derive(Debug, Clone, Default)]
pub struct Usage {
    pods: Measured,
    nodes: Measured,
}

/// Nothing is known: for rows that are looked at without a cache.
pub static NONE: &Usage = &Usage { pods: Measured::NotAsked, nodes: Measured::NotAsked };

impl Usage {
    /// Takes what is measured now; what was known before.
    pub(super) fn learn(&mut self, kind: Kind, measured: Measured) -> Measured {
        std::mem::replace(if kind == Kind::Node { &mut self.nodes } else { &mut self.pods }, measured)
    }

    /// What was measured of a kind: of pods, or of nodes.
    pub fn measured(&self, kind: Kind) -> &Measured {
        if kind == Kind::Node { &self.nodes } else { &self.pods }
    }

    /// What an object uses.
    pub fn of(&self, record: &Record) -> Option<&Used> {
        let meta = record.meta();
        self.measured(record.kind()).of(&meta.namespace, &meta.name)
    }
}

/// Which of the two amounts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// CPU.
    Cpu,
    /// Memory.
    Memory,
}

impl What {
    /// The amount.
    pub fn of(self, amounts: Amounts) -> u64 {
        match self {
            Self::Cpu => amounts.cpu,
            Self::Memory => amounts.memory,
        }
    }

    /// As `kubectl top` writes it: thousandths of a CPU, MiB.
    pub fn words(self, amount: u64) -> String {
        match self {
            Self::Cpu => format!("{}m", amount.div_ceil(1_000_000)),
            Self::Memory => format!("{}Mi", amount / (1 << 20)),
        }
    }
}

/// What a record asks for, and may use at most: of a node what it has.
fn bounds(record: &Record, what: What) -> (u64, u64) {
    match record {
        Record::Pod(Pod { images, .. }) => {
            let requests = images.iter().map(|one| what.of(one.requests)).sum();
            let limits = images.iter().map(|one| what.of(one.limits));
            // A container without a limit may use everything, whatever the others may.
            let bound = limits.clone().all(|limit| limit > 0);
            (requests, if bound { limits.sum() } else { 0 })
        }
        Record::Node(node) => (0, what.of(node.allocatable)),
        _ => (0, 0),
    }
}

/// The cell of a column of use: `250m 50%L` of its limit, `250m 125%R` of its request; of a node `1200m 30%`.
pub fn cell(record: &Record, usage: &Usage, what: What) -> Cell<'static> {
    let Some(used) = usage.of(record) else {
        let words = match usage.measured(record.kind()) {
            Measured::NotAsked => "",
            Measured::Nothing => "n/a",
            Measured::Known(_) => "-",
        };
        return Cell::toned(words, Tone::Dim);
    };
    let amount = what.of(used.all);
    let percent = |of: u64| u128::from(amount) * 100 / u128::from(of.max(1));
    let (request, limit) = bounds(record, what);
    let own = what.words(amount);
    let node = matches!(record, Record::Node(_));
    match (request, limit) {
        (_, 1..) => {
            let share = percent(limit);
            let tone = match share {
                90.. => Tone::Bad,
                75.. => Tone::Warn,
                _ => Tone::Plain,
            };
            Cell::toned(format!("{own} {share}%{}", if node { "" } else { "L" }), tone)
        }
        (1.., 0) => {
            let share = percent(request);
            Cell::toned(format!("{own} {share}%R"), if share > 100 { Tone::Warn } else { Tone::Plain })
        }
        (0, 0) => Cell::plain(own),
    }
}

/// The order of two records: what was not measured comes first.
pub fn order(a: &Record, b: &Record, usage: &Usage, what: What) -> std::cmp::Ordering {
    let of = |record: &Record| usage.of(record).map(|used| what.of(used.all));
    of(a).cmp(&of(b))
}

#[cfg(test)]
mod tests;
