//! What is on a node of what it takes: its pods, and what they ask for.
//!
//! Not known, and said so with `?`, where the pods of all namespaces are not read: a part of them would be a wrong number.

use super::node;
use crate::model::column::{Align, Cell, Column, Cx, Tone, When};
use crate::model::placed::Load;
use crate::model::record::{Node, Record};
use crate::model::usage::What;

/// From so many percent on there is little room.
const FULL: u128 = 90;

pub(super) const PODS: Column = Column {
    id: "pods",
    title: "PODS",
    help: "Pods on it that have not ended, of how many it takes; `?` where the pods of all namespaces may not be read.",
    align: Align::Right,
    when: When::Wide,
    max: 10,
    cell: pods,
    order: |a, b, cx| of(a, cx).map(|load| load.pods).cmp(&of(b, cx).map(|load| load.pods)),
};

pub(super) const CPU_REQUESTS: Column = Column {
    id: "cpu-req",
    title: "CPU-REQ",
    help: "CPU that its pods ask for, of what it has for pods; `?` as above.",
    align: Align::Left,
    when: When::Wide,
    max: 14,
    cell: |record, cx| requests(record, cx, What::Cpu),
    order: |a, b, cx| asked(a, cx, What::Cpu).cmp(&asked(b, cx, What::Cpu)),
};

pub(super) const MEMORY_REQUESTS: Column = Column {
    id: "mem-req",
    title: "MEM-REQ",
    help: "The same of memory.",
    cell: |record, cx| requests(record, cx, What::Memory),
    order: |a, b, cx| asked(a, cx, What::Memory).cmp(&asked(b, cx, What::Memory)),
    ..CPU_REQUESTS
};

fn of(record: &Record, cx: &Cx<'_>) -> Option<Load> {
    matches!(record, Record::Node(_)).then(|| cx.placed?.on_node(&record.meta().name)).flatten()
}

fn asked(record: &Record, cx: &Cx<'_>, what: What) -> Option<u64> {
    of(record, cx).map(|load| what.of(load.requests))
}

fn tone(some: u64, all: u64) -> Tone {
    let (some, all) = (u128::from(some), u128::from(all));
    if all > 0 && some * 100 >= all * FULL { Tone::Warn } else { Tone::Plain }
}

fn pods<'a>(record: &'a Record, cx: &Cx<'a>) -> Cell<'a> {
    let most = node(record, |it: &Node| it.most_pods);
    let all = if most == 0 { "?".to_owned() } else { most.to_string() };
    match of(record, cx) {
        Some(load) => Cell::toned(format!("{}/{all}", load.pods), tone(load.pods.into(), most.into())),
        None => Cell::toned(format!("?/{all}"), Tone::Dim),
    }
}

fn requests<'a>(record: &'a Record, cx: &Cx<'a>, what: What) -> Cell<'a> {
    let Some(asked) = asked(record, cx, what) else { return Cell::toned("?", Tone::Dim) };
    let all = what.of(node(record, |it: &Node| it.allocatable));
    let words = what.words(asked);
    if all == 0 {
        return Cell::plain(words);
    }
    let share = u128::from(asked) * 100 / u128::from(all);
    Cell::toned(format!("{words} {share}%"), tone(asked, all))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::endpoints::Endpoints;
    use crate::model::placed::Placed;
    use crate::model::project::Projector;
    use crate::model::record::Kind;

    fn record(kind: Kind, json: &str) -> Record {
        Projector::new(kind).object(json.as_bytes()).unwrap()
    }

    #[test]
    fn loads_in_words() {
        let node = record(
            Kind::Node,
            r#"{"metadata":{"name":"n-1"},"status":{"allocatable":{"cpu":"2","memory":"4Gi","pods":"10"}}}"#,
        );
        let bare = record(Kind::Node, r#"{"metadata":{"name":"n-2"}}"#);
        let pod = |cpu: &str, phase: &str| {
            let json = format!(
                r#"{{"metadata":{{"name":"{cpu}{phase}","namespace":"a"}},"status":{{"phase":"{phase}"}},
                "spec":{{"nodeName":"n-1","containers":[{{"name":"c","resources":{{"requests":{{"cpu":"{cpu}","memory":"1Gi"}}}}}}]}}}}"#
            );
            let Record::Pod(pod) = record(Kind::Pod, &json) else { panic!("no pod") };
            pod
        };
        let mut placed = Placed::default();
        for pod in
            [pod("500m", "Running"), pod("1300m", "Pending"), pod("8", "Succeeded"), pod("8", "Failed")]
        {
            placed.insert(&pod);
        }
        let endpoints = Endpoints::default();
        let table = |placed: Option<&Placed>, rows: [(&Record, &Column, &str, Tone); 3]| {
            let cx = Cx { placed, ..crate::model::sample::cx(&endpoints) };
            for (record, column, text, tone) in rows {
                let cell = (column.cell)(record, &cx);
                assert_eq!((cell.text.as_ref(), cell.tone), (text, tone), "{}", column.id);
            }
        };
        let unknown = [
            (&node, &PODS, "?/10", Tone::Dim),
            (&node, &CPU_REQUESTS, "?", Tone::Dim),
            (&bare, &PODS, "?/?", Tone::Dim),
        ];
        table(None, unknown);
        placed.know(Some("a"));
        table(Some(&placed), unknown);
        placed.know(None);
        table(
            Some(&placed),
            [
                (&node, &PODS, "2/10", Tone::Plain),
                (&node, &CPU_REQUESTS, "1800m 90%", Tone::Warn),
                (&node, &MEMORY_REQUESTS, "2048Mi 50%", Tone::Plain),
            ],
        );
        table(
            Some(&placed),
            [
                (&bare, &PODS, "0/?", Tone::Plain),
                (&bare, &CPU_REQUESTS, "0m", Tone::Plain),
                (&bare, &MEMORY_REQUESTS, "0Mi", Tone::Plain),
            ],
        );
    }
}
