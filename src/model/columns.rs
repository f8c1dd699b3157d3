//! The columns of each kind: one table a kind, in the order in which they stand on the screen.
//!
//! Titles are kubectl's where kubectl has the column. Orders compare values, not texts: numbers as numbers, ages by
//! time, states by how bad they are first. Draws nothing.

mod cluster;
mod docs;
mod extra;
mod network;
pub mod own;
mod pod;
mod pod_set;
pub mod served;
mod workload;

use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt::Write as _;

use super::column::{Align, Cell, Column, Cx, Tone, When};
use super::project::image_essence;
use super::record::{Health, Image, Kind, Labels, Record};
use super::{units, usage};

pub use docs::markdown;
pub use workload::rollout_words;

/// The columns of a kind; of one that is not the program's own those that the server says are [`served::ServedColumns`]'.
pub fn columns(kind: Kind) -> &'static [Column] {
    match kind {
        Kind::Pod => pod::COLUMNS,
        Kind::Deployment => workload::DEPLOYMENT,
        Kind::ReplicaSet => workload::REPLICA_SET,
        Kind::StatefulSet => pod_set::STATEFUL_SET,
        Kind::DaemonSet => pod_set::DAEMON_SET,
        Kind::Service => network::SERVICE,
        Kind::EndpointSlice => network::ENDPOINT_SLICE,
        Kind::Node => cluster::NODE,
        Kind::Event => cluster::EVENT,
        Kind::Other(_) => served::BASE,
    }
}

/// The column of a kind by its id.
pub fn find(kind: Kind, id: &str) -> Option<&'static Column> {
    columns(kind).iter().find(|column| column.id == id)
}

/// How a health is shown.
pub fn tone(health: Health) -> Tone {
    match health {
        Health::Fault => Tone::Bad,
        Health::Warning => Tone::Warn,
        Health::Progressing => Tone::Busy,
        Health::Ok => Tone::Good,
        Health::Idle => Tone::Dim,
    }
}

/// The accessor of one kind: the record of a table is of its kind, another gives the default of what is asked.
macro_rules! accessor {
    ($name:ident: $variant:ident($record:ty)) => {
        fn $name<'a, T: Default>(record: &'a Record, get: impl FnOnce(&'a $record) -> T) -> T {
            match record {
                Record::$variant(it) => get(it),
                _ => T::default(),
            }
        }
    };
}
use accessor;

const NAMESPACE: Column = Column {
    id: "namespace",
    title: "NAMESPACE",
    help: "The namespace of the object.",
    align: Align::Left,
    when: When::ManyNamespaces,
    max: 24,
    cell: |record, _| Cell::toned(record.meta().namespace.as_ref(), Tone::Dim),
    order: |a, b, _| a.meta().namespace.cmp(&b.meta().namespace),
};

const CONTEXT: Column = Column {
    id: "context",
    title: "CONTEXT",
    help: "The context whose cluster the object is in.",
    align: Align::Left,
    when: When::Always,
    max: 24,
    cell: |record, cx| {
        let name = cx.places.get(usize::from(record.meta().place())).map_or("", String::as_str);
        Cell::toned(name, Tone::Accent)
    },
    order: |a, b, _| a.meta().place().cmp(&b.meta().place()),
};

/// The same columns with the context before them, for rows of several.
pub fn with_context(columns: &[Column]) -> Vec<Column> {
    std::iter::once(CONTEXT).chain(columns.iter().copied()).collect()
}

const NAME: Column = Column {
    id: "name",
    title: "NAME",
    help: "The name of the object.",
    align: Align::Left,
    when: When::Always,
    max: 63,
    cell: |record, _| Cell::plain(record.meta().name.as_ref()),
    order: |a, b, _| a.meta().name.cmp(&b.meta().name),
};

const AGE: Column = Column {
    id: "age",
    title: "AGE",
    help: "How long ago the object was created.",
    align: Align::Right,
    when: When::Always,
    max: 8,
    cell: |record, cx| Cell::plain(since(record.meta().created, cx)),
    // Ascending age: the youngest first.
    order: |a, b, _| b.meta().created.cmp(&a.meta().created),
};

const CPU: Column = Column {
    id: "cpu",
    title: "CPU",
    help: "What it uses of CPU, of its limit (L) or its request (R), of a node of what it has; measured while it is on the screen.",
    align: Align::Left,
    when: When::Wide,
    max: 14,
    cell: |record, cx| usage::cell(record, cx.usage, usage::What::Cpu),
    order: |a, b, cx| usage::order(a, b, cx.usage, usage::What::Cpu),
};

const MEMORY: Column = Column {
    id: "mem",
    title: "MEM",
    help: "The same of memory.",
    cell: |record, cx| usage::cell(record, cx.usage, usage::What::Memory),
    order: |a, b, cx| usage::order(a, b, cx.usage, usage::What::Memory),
    ..CPU
};

/// A coarse age; a time that is not known has none.
fn since(then: i64, cx: &Cx<'_>) -> String {
    if then == 0 { "<unknown>".to_owned() } else { units::coarse_age(cx.now, then) }
}

/// Worst first, then by text.
fn by_health<T: Ord + ?Sized>(a: &Record, b: &Record, text: impl Fn(&Record) -> &T) -> Ordering {
    a.health().cmp(&b.health()).then_with(|| text(a).cmp(text(b)))
}

/// A number; 0 is of less interest.
fn number(count: impl Into<u64>) -> Cell<'static> {
    let count = count.into();
    Cell::toned(count.to_string(), if count == 0 { Tone::Dim } else { Tone::Plain })
}

/// `2/3`: how many of how many.
fn ratio<'a>(some: impl std::fmt::Display, all: impl std::fmt::Display, tone: Tone) -> Cell<'a> {
    Cell::toned(format!("{some}/{all}"), tone)
}

/// The order of ratios: the smaller share first, then the smaller total. Nothing of nothing is whole.
fn by_share(a: (u32, u32), b: (u32, u32)) -> Ordering {
    let whole = |(some, all): (u32, u32)| if all == 0 { (1, 1) } else { (u64::from(some), u64::from(all)) };
    let ((some_a, all_a), (some_b, all_b)) = (whole(a), whole(b));
    (some_a * all_b).cmp(&(some_b * all_a)).then(a.1.cmp(&b.1))
}

/// The essence of the images: that of the first container, and how many more there are: `api:2.0.0 +1`.
fn image(images: &[Image]) -> Cow<'_, str> {
    match images {
        [] => Cow::Borrowed(""),
        [only] => image_essence(&only.image),
        [first, rest @ ..] => Cow::Owned(format!("{} +{}", image_essence(&first.image), rest.len())),
    }
}

/// Container names or whole images, as kubectl's wide form.
fn joined<'a>(parts: impl Iterator<Item = &'a str>) -> String {
    let mut out = String::new();
    for part in parts {
        if !out.is_empty() {
            out.push(',');
        }
        out.push_str(part);
    }
    out
}

/// `app=web,tier=front`; `<none>` when empty, as kubectl prints it.
fn pairs(labels: &Labels) -> String {
    if labels.is_empty() {
        return "<none>".to_owned();
    }
    let mut out = String::new();
    for (key, value) in labels.iter() {
        let comma = if out.is_empty() { "" } else { "," };
        // Writing to a string cannot fail.
        let _ = write!(out, "{comma}{key}={value}");
    }
    out
}

#[cfg(test)]
mod tests;
