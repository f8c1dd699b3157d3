//! The columns that the user has defined for a kind: what a path in the object leads to.
//!
//! Their values are read by the projection and kept with the record ([`Values`]); the columns are made once and live as long as
//! the program, as those of the server do.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::sync::Arc;

use super::since;
use crate::model::column::{Align, Cell, Column, Cx, Tone, When};
use crate::model::measure;
use crate::model::path::Path;
use crate::model::record::{Kind, Record, Seconds};
use crate::model::text::Text;
use crate::model::units;

/// So many a kind may have.
pub const MOST: usize = 16;

/// How wide one is when nothing else is said.
pub const WIDTH: u16 = 40;

/// One column of the user's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnColumn {
    /// What filters and orders call it.
    pub id: String,
    /// Its title.
    pub title: String,
    /// The path as it was written.
    pub written: String,
    /// Where its value is.
    pub path: Path,
    /// What its values are.
    pub values: ValueType,
    /// Most cells a value takes.
    pub width: u16,
    /// Whether the table is sorted by it from the start, and whether the largest comes first then.
    pub sort: Option<bool>,
}

/// What values are: how they are compared and on which side they stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ValueType {
    /// Text.
    String,
    /// Numbers.
    Number,
    /// `500m`, `1Gi`.
    Quantity,
    /// `90s`, `1h30m`.
    Duration,
    /// Times, shown as ages.
    Date,
}

impl ValueType {
    /// All of them, with the names that the configuration knows.
    pub const ALL: [(&'static str, Self); 5] = [
        ("string", Self::String),
        ("number", Self::Number),
        ("quantity", Self::Quantity),
        ("duration", Self::Duration),
        ("date", Self::Date),
    ];
}

/// The columns of the user's, by the plurals of their kinds, with or without the group.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OwnColumns(pub BTreeMap<String, Arc<[OwnColumn]>>);

impl OwnColumns {
    /// Those of a kind.
    pub fn of(&self, kind: Kind) -> &[OwnColumn] {
        self.shared(kind).map_or(&[], |columns| columns)
    }

    /// The same, to be kept.
    pub fn shared(&self, kind: Kind) -> Option<&Arc<[OwnColumn]>> {
        let (group, _, plural, _) = kind.resource();
        let full = (!group.is_empty()).then(|| format!("{plural}.{group}"));
        full.and_then(|name| self.0.get(&name)).or_else(|| self.0.get(plural))
    }
}

/// The values of the user's columns of one object, in their order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Values(pub Box<[Text]>);

impl Values {
    /// Those that are times, whose ages go on.
    pub fn times(&self) -> impl Iterator<Item = Seconds> {
        self.0.iter().filter_map(|text| time(text))
    }
}

/// The columns, and where they stand among those of the kind: before its age, or last.
pub(super) fn among(base: &[Column], own: &[OwnColumn]) -> Vec<Column> {
    let taken = |column: &&Column| own.iter().all(|one| one.id != column.id);
    let mut columns: Vec<Column> = base.iter().filter(taken).copied().collect();
    let at = columns.iter().position(|column| column.id == "age").unwrap_or(columns.len());
    columns.splice(at..at, own.iter().enumerate().take(MOST).map(|(at, column)| one(at, column)));
    columns
}

fn one(at: usize, column: &OwnColumn) -> Column {
    let kept = |text: String| -> &'static str { Box::leak(text.into_boxed_str()) };
    let by = column.values;
    Column {
        id: kept(column.id.clone()),
        title: kept(column.title.clone()),
        help: kept(format!("Of the configuration: {}", column.written)),
        align: if by == ValueType::String { Align::Left } else { Align::Right },
        when: When::Always,
        max: column.width,
        cell: if by == ValueType::Date { DATES[at] } else { CELLS[at] },
        order: match by {
            ValueType::String => TEXTS[at],
            ValueType::Number => NUMBERS[at],
            ValueType::Quantity => QUANTITIES[at],
            ValueType::Duration => DURATIONS[at],
            ValueType::Date => TIMES[at],
        },
    }
}

const NONE: &str = "<none>";

fn text<const AT: usize>(record: &Record) -> &str {
    let values = record.meta().own.as_deref();
    values.and_then(|values| values.0.get(AT)).map_or(NONE, |text| text)
}

fn cell<'a, const AT: usize>(record: &'a Record, _: &Cx<'a>) -> Cell<'a> {
    let text = text::<AT>(record);
    Cell::toned(text, if text == NONE { Tone::Dim } else { Tone::Plain })
}

fn date<'a, const AT: usize>(record: &'a Record, cx: &Cx<'a>) -> Cell<'a> {
    match time(text::<AT>(record)) {
        // Beyond what clocks differ by it is a time to come.
        Some(then) if then > cx.now + 60 => Cell::plain(format!("in {}", units::coarse_age(then, cx.now))),
        Some(then) => Cell::plain(since(then, cx)),
        None => cell::<AT>(record, cx),
    }
}

fn time(text: &str) -> Option<Seconds> {
    text.parse::<jiff::Timestamp>().ok().map(jiff::Timestamp::as_second)
}

/// What has a value comes first.
fn by<V>(
    a: &str,
    b: &str,
    value: impl Fn(&str) -> Option<V>,
    order: impl Fn(&V, &V) -> Ordering,
) -> Ordering {
    match (value(a), value(b)) {
        (Some(a), Some(b)) => order(&a, &b),
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (None, None) => a.cmp(b),
    }
}

fn texts<const AT: usize>(a: &Record, b: &Record, _: &Cx<'_>) -> Ordering {
    let some = |text: &str| (text != NONE).then(|| text.to_owned());
    by(text::<AT>(a), text::<AT>(b), some, String::cmp)
}

fn numbers<const AT: usize>(a: &Record, b: &Record, _: &Cx<'_>) -> Ordering {
    by(text::<AT>(a), text::<AT>(b), |text| text.parse().ok(), f64::total_cmp)
}

fn quantities<const AT: usize>(a: &Record, b: &Record, _: &Cx<'_>) -> Ordering {
    by(text::<AT>(a), text::<AT>(b), measure::quantity, f64::total_cmp)
}

fn durations<const AT: usize>(a: &Record, b: &Record, _: &Cx<'_>) -> Ordering {
    by(text::<AT>(a), text::<AT>(b), measure::duration, Seconds::cmp)
}

/// As ages: the youngest first.
fn times<const AT: usize>(a: &Record, b: &Record, _: &Cx<'_>) -> Ordering {
    by(text::<AT>(a), text::<AT>(b), time, |a, b| b.cmp(a))
}

macro_rules! by_place {
    ($($name:ident: $type:ty = $of:ident;)*) => {$(
        const $name: [$type; MOST] = by_place!(@ $of: 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15);
    )*};
    (@ $of:ident: $($at:literal)*) => { [$($of::<$at>,)*] };
}

type CellOf = for<'a> fn(&'a Record, &Cx<'a>) -> Cell<'a>;
type OrderOf = fn(&Record, &Record, &Cx<'_>) -> Ordering;

by_place! {
    CELLS: CellOf = cell;
    DATES: CellOf = date;
    TEXTS: OrderOf = texts;
    NUMBERS: OrderOf = numbers;
    QUANTITIES: OrderOf = quantities;
    DURATIONS: OrderOf = durations;
    TIMES: OrderOf = times;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::endpoints::Endpoints;
    use crate::model::record::Pod;
    use crate::model::sample::pod;

    fn of(value: &str) -> Record {
        let Record::Pod(it) = pod(1, "ns", "a") else { panic!("a pod") };
        let values = Values(Box::new(["x".into(), value.into()]));
        let meta = crate::model::record::Meta { own: Some(Box::new(values)), ..it.meta.clone() };
        Record::Pod(Pod { meta, ..it })
    }

    fn column(values: ValueType) -> Column {
        let path = Path::parse(".x").unwrap();
        let (id, title, written) = ("x".to_owned(), "X".to_owned(), ".x".to_owned());
        one(1, &OwnColumn { id, title, written, path, values, width: 9, sort: None })
    }

    #[test]
    fn values_are_ordered_by_their_type() {
        let endpoints = Endpoints::default();
        let cx = Cx {
            now: 1_000_000,
            endpoints: &endpoints,
            usage: crate::model::usage::NONE,
            places: &[],
            placed: None,
            server: "",
        };
        for (values, less, more) in [
            (ValueType::String, "10", "9"),
            (ValueType::String, "zz", "<none>"),
            (ValueType::Number, "9", "10"),
            (ValueType::Number, "-2", "1"),
            (ValueType::Number, "1e3", "1001"),
            (ValueType::Number, "7", "<none>"),
            (ValueType::Quantity, "500m", "1"),
            (ValueType::Quantity, "512Mi", "1Gi"),
            (ValueType::Duration, "90s", "2m"),
            (ValueType::Date, "1970-01-02T00:00:00Z", "1970-01-01T00:00:00Z"),
            (ValueType::Date, "1970-01-02T00:00:00Z", "<none>"),
        ] {
            let order = column(values).order;
            assert_eq!(order(&of(less), &of(more), &cx), Ordering::Less, "{values:?} {less} {more}");
        }
        let date = column(ValueType::Date);
        assert_eq!((date.cell)(&of("1970-01-12T12:46:40Z"), &cx).text, "60m");
        assert_eq!((date.cell)(&of("1970-02-12T13:46:40Z"), &cx).text, "in 31d");
        assert_eq!((date.cell)(&of("1970-01-12T13:46:45Z"), &cx).text, "0s");
        assert_eq!((date.cell)(&of("soon"), &cx).text, "soon");
        assert_eq!((date.cell)(&pod(1, "ns", "a"), &cx).text, "<none>");
    }
}
