//! The columns that the server defines for a kind: kubectl's, with an age that goes on.
//!
//! They are made once for each set of definitions and live as long as the program, as the columns of the other kinds do.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::sync::Arc;

use super::{AGE, NAME, NAMESPACE, by_health};
use crate::model::column::{Align, Cell, Column, Cx, Tone, When};
use crate::model::feed::Definition;
use crate::model::record::{Health, Record};
use crate::model::resource::Resource;

/// Columns beyond this are not shown; no kind that is known has as many.
const MOST: usize = 32;

/// Before the server has said its columns, and where it has none.
pub const BASE: &[Column] = &[NAMESPACE, NAME, AGE];

/// The columns of each kind, as far as the server has said them.
#[derive(Debug, Default)]
pub struct ServedColumns {
    known: HashMap<&'static Resource, (Arc<[Definition]>, &'static [Column])>,
}

impl ServedColumns {
    /// Takes what the server says of a kind's columns.
    pub fn learn(&mut self, resource: &'static Resource, definitions: Arc<[Definition]>) {
        if self.known.get(resource).is_none_or(|(known, _)| *known != definitions) {
            let columns = Box::leak(made(resource, &definitions).into_boxed_slice());
            self.known.insert(resource, (definitions, columns));
        }
    }

    /// The columns of a kind.
    pub fn of(&self, resource: &'static Resource) -> &'static [Column] {
        self.known.get(resource).map_or(BASE, |(_, columns)| columns)
    }
}

fn made(resource: &Resource, definitions: &[Definition]) -> Vec<Column> {
    let mut columns = Vec::new();
    if resource.namespaced {
        columns.push(NAMESPACE);
    }
    for (at, definition) in definitions.iter().enumerate().take(MOST) {
        columns.push(match (&*definition.name, &*definition.kind) {
            ("Name", _) => NAME,
            // The server's is as old as its answer.
            ("Age", _) => AGE,
            _ => one(at, definition),
        });
    }
    if !columns.iter().any(|column| column.id == NAME.id) {
        columns.insert(usize::from(resource.namespaced), NAME);
    }
    columns
}

fn one(at: usize, definition: &Definition) -> Column {
    let kept = |text: String| -> &'static str { Box::leak(text.into_boxed_str()) };
    let words: Vec<String> = definition.name.split_whitespace().map(str::to_lowercase).collect();
    let sentence = definition.help.trim_end_matches('.');
    Column {
        id: kept(words.join("-")),
        title: kept(definition.name.to_uppercase()),
        help: kept(format!("{sentence}.")),
        align: if matches!(&*definition.kind, "integer" | "number") { Align::Right } else { Align::Left },
        when: if definition.wide { When::Wide } else { When::Always },
        max: 40,
        cell: CELLS[at],
        order: ORDERS[at],
    }
}

fn text<const AT: usize>(record: &Record) -> &str {
    match record {
        Record::Row(row) => row.cells.get(AT).map_or("", |cell| cell),
        _ => "",
    }
}

fn cell<'a, const AT: usize>(record: &'a Record, _: &Cx<'a>) -> Cell<'a> {
    let text = text::<AT>(record);
    let tone = match (text, record.health()) {
        ("<none>" | "<unset>" | "", _) => Tone::Dim,
        _ => told_by(record, AT),
    };
    Cell::toned(text, tone)
}

/// The cell that says how the object is doing has the colour of it.
fn told_by(record: &Record, at: usize) -> Tone {
    let Record::Row(row) = record else { return Tone::Plain };
    if row.health == Health::Ok || row.telling != Some(at as u8) {
        return Tone::Plain;
    }
    super::tone(row.health)
}

fn order<const AT: usize>(a: &Record, b: &Record, _: &Cx<'_>) -> Ordering {
    let (left, right) = (text::<AT>(a), text::<AT>(b));
    natural(left, right).then_with(|| by_health(a, b, |record| text::<AT>(record)))
}

/// Numbers, shares, sizes and durations by what they mean, everything else as text.
fn natural(a: &str, b: &str) -> Ordering {
    match (value(a), value(b)) {
        (Some(a), Some(b)) => a.total_cmp(&b),
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (None, None) => a.cmp(b),
    }
}

/// `3`, `2/3`, `250m`, `1Gi`, `5d3h`, `80%`.
fn value(text: &str) -> Option<f64> {
    if let Some((some, all)) = text.split_once('/') {
        let (some, all): (f64, f64) = (some.parse().ok()?, all.parse().ok()?);
        return Some(if all == 0.0 { 1.0 } else { some / all });
    }
    if let Ok(number) = text.parse() {
        return Some(number);
    }
    duration(text).or_else(|| size(text))
}

fn size(text: &str) -> Option<f64> {
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.')?;
    let number: f64 = text[..end].parse().ok()?;
    let factor = match &text[end..] {
        "m" => 1e-3,
        "%" => 1.0,
        "k" => 1e3,
        "M" => 1e6,
        "G" => 1e9,
        "T" => 1e12,
        "Ki" => 1024.0,
        "Mi" => 1024.0_f64.powi(2),
        "Gi" => 1024.0_f64.powi(3),
        "Ti" => 1024.0_f64.powi(4),
        _ => return None,
    };
    Some(number * factor)
}

/// As kubectl writes durations; a lone `m` may be milli, which sorts the same.
fn duration(text: &str) -> Option<f64> {
    let (mut total, mut digits, mut units) = (0.0, String::new(), 0);
    for c in text.chars() {
        if c.is_ascii_digit() {
            digits.push(c);
            continue;
        }
        let seconds = match c {
            'y' => 365.0 * 86_400.0,
            'd' => 86_400.0,
            'h' => 3_600.0,
            'm' => 60.0,
            's' => 1.0,
            _ => return None,
        };
        total += digits.parse::<f64>().ok()? * seconds;
        digits.clear();
        units += 1;
    }
    (digits.is_empty() && units > 0).then_some(total)
}

macro_rules! by_place {
    ($of:ident: $($at:literal)*) => { [$($of::<$at>,)*] };
}

type CellOf = for<'a> fn(&'a Record, &Cx<'a>) -> Cell<'a>;
type OrderOf = fn(&Record, &Record, &Cx<'_>) -> Ordering;

const CELLS: [CellOf; MOST] =
    by_place!(cell: 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31);
const ORDERS: [OrderOf; MOST] =
    by_place!(order: 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::project::Projector;
    use crate::model::record::Kind;

    #[test]
    fn values_are_compared_by_what_they_mean() {
        for (less, more) in [
            ("9", "10"),
            ("1/3", "2/3"),
            ("59s", "2m"),
            ("23h", "1d"),
            ("512Mi", "1Gi"),
            ("b", "c"),
            ("5", "<none>"),
            ("5d3h", "6d"),
            ("20%", "100%"),
        ] {
            assert_eq!(natural(less, more), Ordering::Less, "{less} {more}");
        }
    }

    #[test]
    fn the_servers_columns_with_our_age() {
        let resource: &'static Resource = Box::leak(Box::new(Resource::AUTOSCALERS));
        let mut projector = Projector::new(Kind::Other(resource));
        let body = include_bytes!("../../../tests/data/real-api/tables/hpa.json");
        let mut rows = Vec::new();
        projector.list(body, &mut |row| rows.push(row)).unwrap();
        let mut columns = ServedColumns::default();
        assert_eq!(columns.of(resource).len(), BASE.len());
        let definitions = projector.new_columns().unwrap();
        columns.learn(resource, definitions.clone());
        let made = columns.of(resource);
        let titles: Vec<&str> = made.iter().map(|column| column.title).collect();
        assert_eq!(
            titles,
            ["NAMESPACE", "NAME", "REFERENCE", "TARGETS", "MINPODS", "MAXPODS", "REPLICAS", "AGE"]
        );
        columns.learn(resource, definitions.to_vec().into());
        assert!(std::ptr::eq(made, columns.of(resource)), "the same columns are made once");
        let endpoints = Default::default();
        let cx = Cx { now: 0, endpoints: &endpoints, places: &[] };
        let cells: Vec<String> = made
            .iter()
            .skip(2)
            .take(5)
            .map(|column| (column.cell)(&rows[0], &cx).text.into_owned())
            .collect();
        assert!(cells[0].starts_with("Deployment/"), "{cells:?}");
    }
}
