//! The columns that the server defines for a kind: kubectl's, with an age that goes on.
//!
//! They are made once for each set of definitions and live as long as the program, as the columns of the other kinds do.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::sync::Arc;

use super::own::{self, OwnColumns};
use super::{AGE, NAME, NAMESPACE, by_health, columns, extra};
use crate::model::column::{Align, Cell, Column, Cx, Tone, When};
use crate::model::feed::Definition;
use crate::model::measure;
use crate::model::record::{Health, Kind, Record};
use crate::model::resource::Resource;

/// Columns beyond this are not shown; no kind that is known has as many.
const MOST: usize = 64;

/// Before the server has said its columns, and where it has none.
pub const BASE: &[Column] = &[NAMESPACE, NAME, AGE];

/// The columns of each kind, as far as the server has said them, with those of the user's.
#[derive(Debug, Default)]
pub struct ServedColumns {
    known: HashMap<&'static Resource, (Arc<[Definition]>, &'static [Column])>,
    own: Arc<OwnColumns>,
    /// Of kinds for which the server has said nothing, with columns of the user's.
    begun: HashMap<Kind, &'static [Column]>,
}

impl ServedColumns {
    /// With columns of the user's.
    pub fn with(own: Arc<OwnColumns>) -> Self {
        Self { own, ..Self::default() }
    }

    /// Takes what the server says of a kind's columns.
    pub fn learn(&mut self, resource: &'static Resource, definitions: Arc<[Definition]>) {
        if self.known.get(resource).is_none_or(|(known, _)| *known != definitions) {
            let mut columns = made(resource, &definitions);
            let own = self.own.of(Kind::Other(resource));
            if !own.is_empty() {
                columns = own::among(&columns, own);
            }
            self.known.insert(resource, (definitions, Box::leak(columns.into_boxed_slice())));
        }
    }

    /// The server's columns of a kind, where it has said them.
    pub fn definitions(&self, resource: &'static Resource) -> Option<Arc<[Definition]>> {
        self.known.get(resource).map(|(definitions, _)| definitions.clone())
    }

    /// The columns of a kind.
    pub fn of(&mut self, kind: Kind) -> &'static [Column] {
        if let Kind::Other(resource) = kind
            && let Some((_, columns)) = self.known.get(resource)
        {
            return columns;
        }
        let own = self.own.of(kind);
        if own.is_empty() {
            return columns(kind);
        }
        let made = || &*Box::leak(own::among(columns(kind), own).into_boxed_slice());
        self.begun.entry(kind).or_insert_with(made)
    }

    /// What the user wants a kind to be sorted by: ids, and whether the largest comes first.
    pub fn order(&self, kind: Kind) -> Vec<(String, bool)> {
        let sorted = |column: &own::OwnColumn| Some((column.id.clone(), column.sort?));
        self.own.of(kind).iter().filter_map(sorted).collect()
    }
}

fn made(resource: &Resource, definitions: &[Definition]) -> Vec<Column> {
    let mut columns = Vec::new();
    if resource.namespaced {
        columns.push(NAMESPACE);
    }
    let own = extra::of(resource);
    for (at, definition) in definitions.iter().enumerate().take(MOST) {
        // Ours says the same and goes on with time.
        if let Some(ours) = own.iter().find(|column| column.title.eq_ignore_ascii_case(&definition.name)) {
            columns.push(Column { ..*ours });
            continue;
        }
        columns.push(match (&*definition.name, &*definition.kind) {
            // The server may say more than the name: `gp3 (default)`.
            ("Name", _) => Column { cell: NAMES[at], ..NAME },
            // The server's is as old as its answer.
            ("Age", _) => AGE,
            (name, _) if extra::gives_way(resource, name) => {
                Column { when: When::Roomy, ..one(at, definition) }
            }
            _ => one(at, definition),
        });
    }
    if !columns.iter().any(|column| column.id == NAME.id) {
        columns.insert(usize::from(resource.namespaced), NAME);
    }
    for ours in own {
        if !columns.iter().any(|column| column.id == ours.id) {
            columns.push(Column { ..*ours });
        }
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

/// The name as the server prints it, or as it is where it printed nothing.
fn name<'a, const AT: usize>(record: &'a Record, _: &Cx<'a>) -> Cell<'a> {
    match text::<AT>(record) {
        "" => Cell::plain(record.meta().name.as_ref()),
        printed => Cell::plain(printed),
    }
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

/// `3`, `2/3`, `250m`, `1Gi`, `5d3h`, `80%`. A lone `m` may be minutes or milli, which sorts the same.
fn value(text: &str) -> Option<f64> {
    let number = || text.parse().ok();
    measure::share(text)
        .or_else(number)
        .or_else(|| measure::duration(text).map(|seconds| seconds as f64))
        .or_else(|| measure::quantity(text))
}

macro_rules! by_place {
    ($of:ident: $($at:literal)*) => { [$($of::<$at>,)*] };
}

type CellOf = for<'a> fn(&'a Record, &Cx<'a>) -> Cell<'a>;
type OrderOf = fn(&Record, &Record, &Cx<'_>) -> Ordering;

const CELLS: [CellOf; MOST] = by_place!(cell: 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32 33 34 35 36 37 38 39 40 41 42 43 44 45 46 47 48 49 50 51 52 53 54 55 56 57 58 59 60 61 62 63);
const NAMES: [CellOf; MOST] = by_place!(name: 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32 33 34 35 36 37 38 39 40 41 42 43 44 45 46 47 48 49 50 51 52 53 54 55 56 57 58 59 60 61 62 63);
const ORDERS: [OrderOf; MOST] = by_place!(order: 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32 33 34 35 36 37 38 39 40 41 42 43 44 45 46 47 48 49 50 51 52 53 54 55 56 57 58 59 60 61 62 63);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::project::Projector;

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
        assert_eq!(columns.of(Kind::Other(resource)).len(), BASE.len());
        let definitions = projector.new_columns().unwrap();
        columns.learn(resource, definitions.clone());
        let made = columns.of(Kind::Other(resource));
        let titles: Vec<&str> = made.iter().map(|column| column.title).collect();
        assert_eq!(
            titles,
            ["NAMESPACE", "NAME", "REFERENCE", "TARGETS", "MINPODS", "MAXPODS", "REPLICAS", "AGE", "STATE"]
        );
        columns.learn(resource, definitions.to_vec().into());
        assert!(std::ptr::eq(made, columns.of(Kind::Other(resource))), "the same columns are made once");
        let endpoints = crate::model::endpoints::Endpoints::default();
        let cx = Cx {
            now: 0,
            endpoints: &endpoints,
            usage: crate::model::usage::NONE,
            places: &[],
            placed: None,
            server: "",
        };
        let cells: Vec<String> = made
            .iter()
            .skip(2)
            .take(5)
            .map(|column| (column.cell)(&rows[0], &cx).text.into_owned())
            .collect();
        assert!(cells[0].starts_with("Deployment/"), "{cells:?}");
    }
}
