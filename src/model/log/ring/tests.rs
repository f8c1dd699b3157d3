//! What is kept, what falls out, and what a line costs.

use super::*;

fn batch(source: SourceId, lines: &[&str]) -> Batch {
    let mut batch = Batch::new(source);
    for (nth, line) in lines.iter().enumerate() {
        batch.push(Some(nth as i64), line.as_bytes());
    }
    batch
}

fn texts(ring: &Ring) -> Vec<&str> {
    ring.range(ring.first()..ring.end()).map(|(_, row)| row.text).collect()
}

#[test]
fn keeps_the_newest_and_counts_the_others() {
    let mut ring = Ring::new(3);
    ring.push(&batch(1, &["a", "", "c"]));
    ring.push(&batch(2, &["d", "e"]));
    assert_eq!(texts(&ring), ["c", "d", "e"]);
    assert_eq!((ring.first(), ring.end(), ring.len(), ring.dropped()), (2, 5, 3, 2));
    let row = ring.get(3).unwrap();
    assert_eq!((row.text, row.source, row.time, row.note), ("d", 2, Some(0), false));
    assert_eq!((ring.get(1), ring.get(5)), (None, None));
    ring.note(7, "somebody joined");
    let row = ring.get(5).unwrap();
    assert_eq!((row.text, row.source, row.time, row.note), ("somebody joined", 7, None, true));
    ring.clear();
    assert_eq!((ring.len(), ring.first(), ring.dropped()), (0, 6, 0));
    ring.push(&batch(1, &["z"]));
    assert_eq!((ring.first(), texts(&ring)), (6, vec!["z"]));
}

#[test]
fn numbers_hold_over_many_segments() {
    let mut ring = Ring::new(20_000);
    let line = |n: u64| format!("line {n:07} {}", "x".repeat(n as usize % 97));
    for chunk in 0..500_u64 {
        let mut batch = Batch::new(chunk as u32);
        for n in chunk * 100..chunk * 100 + 100 {
            batch.push(None, line(n).as_bytes());
        }
        ring.push(&batch);
    }
    assert_eq!((ring.first(), ring.end(), ring.dropped()), (30_000, 50_000, 30_000));
    for (number, row) in ring.range(0..u64::MAX) {
        assert_eq!((row.text, u64::from(row.source)), (line(number).as_str(), number / 100));
    }
    assert_eq!(ring.range(41_234..41_236).map(|(n, _)| n).collect::<Vec<_>>(), [41_234, 41_235]);
    assert_eq!(ring.range(7..9).count(), 0);
}

#[test]
fn a_line_costs_little_more_than_itself() {
    let mut ring = Ring::new(100_000);
    let text = "x".repeat(164);
    for _ in 0..300 {
        let mut batch = Batch::new(0);
        for _ in 0..400 {
            batch.push(Some(1), text.as_bytes());
        }
        ring.push(&batch);
    }
    assert_eq!(ring.len(), 100_000);
    let each = ring.bytes() as f64 / 100_000.0;
    assert!(each < 164.0 * 1.3, "{each} bytes a line");
}

#[test]
fn very_long_lines_are_bounded_too() {
    let mut ring = Ring::new(1_000);
    let text = "y".repeat(60_000);
    for _ in 0..200 {
        ring.push(&batch(0, &[&text]));
    }
    assert!(ring.bytes() < 3 << 20, "{}", ring.bytes());
    assert_eq!(ring.dropped() + ring.len() as u64, 200);
    assert!(ring.len() > 5);
    let longer = "z".repeat(5 << 20);
    ring.push(&batch(0, &[&longer]));
    assert_eq!(texts(&ring), [&longer]);
}

#[test]
fn colours_go_with_their_lines() {
    let mut ring = Ring::new(100);
    ring.push(&batch(0, &["plain", "\u{1b}[31mred\u{1b}[0m", "\u{1b}[32mgreen", "plain \u{1b}[34m"]));
    ring.push(&batch(0, &["a \u{1b}[35mb"]));
    let spans: Vec<Vec<(Range<usize>, Option<u8>)>> =
        ring.range(0..9).map(|(_, row)| row.spans().map(|(range, sgr)| (range, sgr.fg)).collect()).collect();
    assert_eq!(spans, [vec![], vec![(0..3, Some(1))], vec![(0..5, Some(2))], vec![], vec![(2..3, Some(5))]]);
}

#[test]
fn what_goes_on_has_the_level_of_its_beginning() {
    let mut ring = Ring::new(100);
    ring.push(&batch(1, &["ERROR no database", "  at shop.Cart", "Caused by: nothing"]));
    ring.push(&batch(2, &["INFO fine"]));
    ring.push(&batch(1, &["  at shop.Main", "no level here", "  nor here"]));
    let levels: Vec<Level> = ring.range(0..9).map(|(_, row)| row.level).collect();
    assert_eq!(
        levels,
        [Level::Error, Level::Error, Level::Error, Level::Info, Level::Error, Level::None, Level::None]
    );
}
