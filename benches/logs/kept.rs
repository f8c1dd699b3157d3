//! The kept lines by themselves: taking in, memory, filter and search.

use std::time::Instant;

use dogwatch::model::log::{Batch, FieldTest, Query, Ring, View};
use dogwatch::model::search::Search;

use crate::Failure;
use crate::server::{LINE, line};
use crate::table::{Line, Table, ms, us};

/// Lines that are kept.
const KEPT: usize = 100_000;
/// Lines that come.
const COME: u64 = 1_000_000;
/// Lines of a batch.
const BATCH: u64 = 400;

/// Lines that are looked at before keys are: as the loop does.
const STEP: usize = 2_000;
/// Milliseconds that a key waits for a step.
const WAIT: f64 = 8.0;

/// How long it took to look through all lines.
#[derive(Clone, Copy)]
struct Looked {
    /// As a whole.
    whole: f64,
    /// The longest step: so long a key waits.
    step: f64,
}

impl Default for Looked {
    fn default() -> Self {
        Self { whole: f64::MAX, step: f64::MAX }
    }
}

impl Looked {
    /// Asks something, and works until it is answered.
    fn of(view: &mut View, ring: &Ring, ask: impl FnOnce(&mut View)) -> Self {
        let begun = Instant::now();
        ask(view);
        let mut looked = Self { whole: ms(begun.elapsed()), step: ms(begun.elapsed()) };
        let mut more = view.is_looking();
        while more {
            let begun = Instant::now();
            more = view.work(ring, STEP);
            let step = ms(begun.elapsed());
            looked = Self { whole: looked.whole + step, step: looked.step.max(step) };
        }
        looked
    }

    fn or(self, other: Self) -> Self {
        Self { whole: self.whole.min(other.whole), step: self.step.min(other.step) }
    }

    fn push(self, what: &str, budget: Option<f64>, table: &mut Table) {
        let lines =
            [(what.to_owned(), self.whole, budget), ("  a key waits for it".into(), self.step, Some(WAIT))];
        for (what, measured, budget) in lines {
            table.push(Line { what, measured, floor: None, budget, unit: "ms", ratio: false, least: false });
        }
    }
}

pub fn measure(table: &mut Table) -> Result<(), Failure> {
    let mut raw = Vec::new();
    let mut ends = Vec::new();
    for number in 0..COME {
        line(&mut raw, number);
        ends.push(raw.len());
    }
    // The floor: the same bytes, copied line by line.
    let begun = Instant::now();
    let (mut copy, mut from) = (Vec::with_capacity(64 << 10), 0);
    for end in &ends {
        if copy.len() > 63 << 10 {
            copy.clear();
        }
        copy.extend_from_slice(std::hint::black_box(&raw[from..*end]));
        from = *end;
    }
    let floor = begun.elapsed();

    let begun = Instant::now();
    let (mut ring, mut view, mut from) = (Ring::new(KEPT), View::default(), 0);
    for lines in ends.chunks(BATCH as usize) {
        let mut batch = Batch::new(0);
        for end in lines {
            batch.push(Some(0), &raw[from + 31..end - 1]);
            from = *end;
        }
        ring.push(&batch);
        view.on_pushed(&ring);
    }
    let taken = begun.elapsed();
    table.push(Line {
        what: "a line taken in: cleaned, judged, kept".into(),
        measured: us(taken) / COME as f64,
        floor: Some(us(floor) / COME as f64),
        budget: None,
        unit: "us",
        ratio: false,
        least: false,
    });
    assert_eq!((ring.len(), ring.dropped()), (KEPT, COME - KEPT as u64));
    table.push(Line {
        what: "memory of a line".into(),
        measured: ring.bytes() as f64 / KEPT as f64,
        floor: Some(LINE as f64),
        budget: Some(1.3),
        unit: "B",
        ratio: true,
        least: false,
    });
    for (what, typed, budget) in [
        ("search of 100,000 lines, text, none has it", "no such words", Some(10.0)),
        ("search of 100,000 lines, /regex/, none has it", "/worker-[89] handled/", Some(10.0)),
        ("search of 100,000 lines, /regex/, case ignored", "/WORKER.*order (shelf|desk)/", Some(10.0)),
        ("search of 100,000 lines, /regex/, all have it", "/item \\d+ of/", Some(10.0)),
    ] {
        let search = Search::parse(typed)?;
        let mut best = Looked::default();
        for _ in 0..5 {
            view.look_for(&ring, None);
            let looked = Looked::of(&mut view, &ring, |view| view.look_for(&ring, search.as_ref()));
            let begun = Instant::now();
            std::hint::black_box(view.find(Some(KEPT / 2), true));
            best = best.or(Looked { whole: looked.whole + ms(begun.elapsed()), ..looked });
        }
        best.push(what, budget, table);
    }
    for (what, query, budget) in [
        (
            "filter of 100,000 lines, text",
            Query { keep: Search::parse("handled item 7")?, ..Query::default() },
            Some(16.0),
        ),
        (
            "filter of 100,000 lines, two /regex/ and a level",
            Query {
                keep: Search::parse("/worker-[135]/")?,
                exclude: Search::parse("/item \\d*7 /")?,
                at_least: Some(dogwatch::model::log::Level::Info),
                ..Query::default()
            },
            None,
        ),
        (
            "filter of 100,000 lines, a field",
            Query { fields: FieldTest::parse_all("status>=500")?, ..Query::default() },
            None,
        ),
    ] {
        let mut best = Looked::default();
        for _ in 0..5 {
            best = best.or(Looked::of(&mut view, &ring, |view| view.set_query(&ring, query.clone())));
        }
        best.push(what, budget, table);
    }
    fields(table)
}

/// Fields of JSON lines: each line has to be read.
fn fields(table: &mut Table) -> Result<(), Failure> {
    let (mut ring, mut batch) = (Ring::new(KEPT), Batch::new(0));
    for number in 0..KEPT {
        let status = [200, 304, 404, 500][number % 4];
        let line = format!(
            r#"{{"level":"info","ts":"2026-11-21T01:00:00.000Z","msg":"request","path":"/v1/users/{number}","status":{status},"ms":{}}}"#,
            number % 180
        );
        batch.push(Some(0), line.as_bytes());
    }
    ring.push(&batch);
    let query = Query { fields: FieldTest::parse_all("status>=500")?, ..Query::default() };
    let (mut best, mut view) = (Looked::default(), View::default());
    for _ in 0..5 {
        best = best.or(Looked::of(&mut view, &ring, |view| view.set_query(&ring, query.clone())));
    }
    assert_eq!(view.len(), KEPT / 4);
    best.push("filter of 100,000 JSON lines, a number in each", None, table);
    Ok(())
}
