//! What is shown of what is kept, and what of it is found.

use super::*;
use crate::model::log::{Batch, FieldTest, Level, SourceId};

fn push(ring: &mut Ring, source: SourceId, lines: &[&str]) {
    let mut batch = Batch::new(source);
    for line in lines {
        batch.push(None, line.as_bytes());
    }
    ring.push(&batch);
}

fn shown(view: &View, ring: &Ring) -> Vec<String> {
    let line = |index| {
        let row = ring.get(view.nth(index).unwrap()).unwrap();
        format!("{}{}", if view.is_context(index) { "-" } else { "" }, row.text)
    };
    (0..view.len()).map(line).collect()
}

fn keep(text: &str) -> Query {
    Query { keep: Search::parse(text).unwrap(), ..Query::default() }
}

#[test]
fn everything_passes_an_empty_query() {
    let (mut ring, mut view) = (Ring::new(3), View::default());
    push(&mut ring, 0, &["a", "b", "c", "d"]);
    view.on_pushed(&ring);
    assert_eq!(shown(&view, &ring), ["b", "c", "d"]);
    assert_eq!((view.index_of(2), view.index_of(0), view.nth(3), view.hidden()), (1, 0, None, 0));
}

#[test]
fn a_query_keeps_up_with_the_ring() {
    let (mut ring, mut view) = (Ring::new(4), View::default());
    push(&mut ring, 0, &["x1", "y1", "x2"]);
    view.set_query(&ring, keep("x"));
    assert_eq!((shown(&view, &ring), view.hidden()), (vec!["x1".into(), "x2".into()], 1));
    push(&mut ring, 0, &["y2", "x3", "y3"]);
    view.on_pushed(&ring);
    assert_eq!((shown(&view, &ring), view.hidden()), (vec!["x2".into(), "x3".into()], 2));
    assert_eq!((view.index_of(3), view.index_of(4), view.index_of(99)), (1, 1, 2));
    ring.note(0, "pod joined");
    view.on_pushed(&ring);
    assert_eq!(shown(&view, &ring).last().unwrap(), "pod joined", "words about the log always pass");
    view.set_query(&ring, Query::default());
    assert_eq!(view.len(), 4);
}

#[test]
fn parts_of_a_query_hold_together() {
    let mut ring = Ring::new(99);
    push(
        &mut ring,
        0,
        &[
            r#"{"level":"error","status":500,"path":"/a"}"#,
            r#"{"level":"error","status":500,"path":"/healthz"}"#,
            r#"{"level":"info","status":500,"path":"/a"}"#,
            r#"{"level":"error","status":404,"path":"/a"}"#,
            r#"{"level":"error","status":500,"path":"/b"}"#,
        ],
    );
    let mut view = View::default();
    let query = Query {
        keep: Search::parse("/path.*a/").unwrap(),
        exclude: Search::parse("healthz").unwrap(),
        at_least: Some(Level::Warn),
        fields: FieldTest::parse_all("status>=500").unwrap(),
        context: 0,
    };
    view.set_query(&ring, query);
    assert_eq!(view.nth(0), Some(0));
    assert_eq!(view.len(), 1);
}

#[test]
fn context_is_of_the_same_container_and_stands_once() {
    let (mut ring, mut view) = (Ring::new(99), View::default());
    view.set_query(&ring, Query { context: 1, ..keep("hit") });
    push(&mut ring, 1, &["a1", "a2"]);
    push(&mut ring, 2, &["b1", "b2"]);
    view.on_pushed(&ring);
    assert!(view.is_empty());
    push(&mut ring, 1, &["hit a"]);
    push(&mut ring, 2, &["b3", "hit b"]);
    push(&mut ring, 1, &["a3", "a4", "hit a", "hit a"]);
    view.on_pushed(&ring);
    assert_eq!(shown(&view, &ring), ["-a2", "hit a", "-b3", "hit b", "-a3", "-a4", "hit a", "hit a"]);
}

#[test]
fn searches_both_ways_and_around() {
    let (mut ring, mut view) = (Ring::new(99), View::default());
    push(&mut ring, 0, &["x hit", "y", "x hit", "hit but no ex", "x"]);
    let hit = Search::parse("hit").unwrap();
    view.look_for(&ring, hit.as_ref());
    for (query, matches) in [(keep("/^x/"), vec![0, 1]), (Query::default(), vec![0, 2, 3])] {
        view.set_query(&ring, query);
        let of = matches.len();
        let last = of - 1;
        for (from, forward, nth, around) in [
            (None, true, 0, false),
            (Some(matches[0]), true, 1, false),
            (Some(matches[last]), true, 0, true),
            (Some(matches[0]), false, last, true),
            (Some(matches[last]), false, last - 1, false),
            (None, false, last, false),
        ] {
            let found = Found { index: matches[nth], nth: nth + 1, of, around };
            assert_eq!(view.find(from, forward), Some(found), "{from:?} {forward}");
        }
    }
    let none = Search::parse("nowhere").unwrap();
    view.look_for(&ring, none.as_ref());
    assert_eq!(view.find(Some(1), true), None);
    view.look_for(&ring, None);
    assert_eq!(view.find(Some(1), true), None);
}

/// Everything is looked at step by step, while lines come and fall out; what is shown and found in the end is what it is when each
/// line is asked by itself.
#[test]
fn what_is_worked_out_in_steps_is_what_each_line_says() {
    const KEPT: usize = 3 * AT_ONCE;
    let line = |n: usize| format!("{} status={} of {}", ["a hit", "b", "ab"][n % 3], 400 + n % 200, n);
    let text = |number: u64| line(number as usize);
    let (mut ring, mut view) = (Ring::new(KEPT), View::default());
    let mut come = 0;
    let mut push = |ring: &mut Ring, count: usize| {
        let lines: Vec<String> = (come..come + count).map(line).collect();
        come += count;
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        self::push(ring, 0, &lines);
    };
    push(&mut ring, KEPT);
    view.on_pushed(&ring);
    let query = Query {
        keep: Search::parse("/^a|b$/").unwrap(),
        exclude: Search::parse("/9 /").unwrap(),
        fields: FieldTest::parse_all("status>=450").unwrap(),
        ..Query::default()
    };
    view.set_query(&ring, query.clone());
    let search = Search::parse("/hit.*7$/").unwrap();
    view.look_for(&ring, search.as_ref());
    assert!(view.is_narrowing() && view.is_looking());
    assert_eq!((view.len(), view.hidden()), (KEPT, 0), "what was shown before is shown until it is answered");
    let mut steps = 0;
    while view.work(&ring, 500) {
        steps += 1;
        if steps % 3 == 0 {
            push(&mut ring, 600);
            view.on_pushed(&ring);
        }
    }
    assert!(steps > 10 && ring.dropped() > 1_000, "{steps}");
    let agree = |ring: &Ring, view: &View| {
        let all: Vec<u64> = (ring.first()..ring.end())
            .filter(|n| text(*n).starts_with('a') && !text(*n).contains("9 ") && 400 + n % 200 >= 450)
            .collect();
        let shown: Vec<u64> = (0..view.len()).filter_map(|index| view.nth(index)).collect();
        assert_eq!(shown, all);
        let found =
            (0..all.len()).filter(|at| text(all[*at]).contains("hit") && text(all[*at]).ends_with('7'));
        assert_eq!(view.found().collect::<Vec<_>>(), found.collect::<Vec<_>>());
        assert!(!view.is_looking());
    };
    agree(&ring, &view);
    push(&mut ring, 600);
    view.on_pushed(&ring);
    agree(&ring, &view);
    // What is asked anew in the middle of the work is what is answered.
    view.set_query(&ring, Query { keep: Search::parse("b").unwrap(), ..Query::default() });
    view.set_query(&ring, query);
    while view.work(&ring, 1_000) {}
    agree(&ring, &view);
    view.set_query(&ring, Query::default());
    assert_eq!((view.len(), view.is_looking()), (KEPT, false), "everything is shown at once");
    // What is forgotten in the middle of the work is not looked at.
    view.set_query(&ring, Query { keep: Search::parse("b").unwrap(), ..Query::default() });
    ring.clear();
    view.on_pushed(&ring);
    assert!(!view.work(&ring, 1) && view.is_empty(), "{}", view.len());
}
