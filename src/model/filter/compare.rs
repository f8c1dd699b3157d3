//! A column against a value, by what both mean: numbers, shares, quantities, ages, words.

use std::cmp::Ordering;

use super::term::{Cells, is_small};
use crate::model::measure;
use crate::model::record::Seconds;

/// A comparison.
#[derive(Debug)]
pub(super) struct Compare {
    pub(super) column: usize,
    pub(super) op: Op,
    pub(super) wanted: Wanted,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Op {
    Equal,
    Unequal,
    Less,
    AtMost,
    More,
    AtLeast,
}

impl Op {
    fn holds(self, order: Ordering) -> bool {
        match self {
            Self::Equal => order.is_eq(),
            Self::Unequal => order.is_ne(),
            Self::Less => order.is_lt(),
            Self::AtMost => order.is_le(),
            Self::More => order.is_gt(),
            Self::AtLeast => order.is_ge(),
        }
    }
}

/// A value in everything that it may mean: `5m` is five minutes in a column of ages and five thousandths in one of CPUs.
#[derive(Debug)]
pub(super) struct Wanted {
    text: String,
    /// It has no unit.
    plain: bool,
    number: Option<f64>,
    share: Option<f64>,
    duration: Option<Seconds>,
}

impl Wanted {
    pub(super) fn new(text: &str) -> Self {
        let plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
        Self {
            text: text.to_owned(),
            plain,
            number: measure::quantity(text),
            share: measure::share(text),
            duration: measure::duration(text),
        }
    }

    /// Whether more and less can be said of it.
    pub(super) fn measures(&self) -> bool {
        self.number.is_some() || self.share.is_some() || self.duration.is_some()
    }

    /// A cell against it; `None` where they are of different sorts.
    fn order(&self, cell: &str) -> Option<Ordering> {
        let cell = cell.split_whitespace().next()?;
        if let Some(wanted) = self.share {
            return measure::share(cell)?.partial_cmp(&wanted);
        }
        if let (Some(known), Some(wanted)) = (measure::duration(cell), self.duration) {
            return Some(known.cmp(&wanted));
        }
        let number = measure::quantity(cell).or_else(|| measure::leading(cell))?;
        number.partial_cmp(&self.number?)
    }

    fn is(&self, cell: &str) -> bool {
        if self.text.is_empty() {
            return matches!(cell, "" | "<none>" | "<unset>");
        }
        cell == self.text || is_small(&self.text) && cell.to_lowercase() == self.text
    }
}

impl Compare {
    /// Rows without a value match no comparison but `!=`.
    pub(super) fn matches(&self, cells: &Cells<'_>) -> bool {
        let is_age = cells.columns.get(self.column).is_some_and(|column| column.id == "age");
        let Wanted { plain, duration, .. } = self.wanted;
        if let (true, Some(wanted)) = (is_age, duration)
            && !matches!(self.op, Op::Equal | Op::Unequal)
        {
            // The exact age; the cell rounds it.
            return self.op.holds((cells.cx.now - cells.record.meta().created).cmp(&wanted));
        }
        let mut holds = false;
        cells.cell(self.column, |text| {
            holds = match self.op {
                Op::Equal => self.is(text),
                Op::Unequal => !self.is(text),
                op if is_age && plain => {
                    let order = measure::leading(text).zip(self.wanted.number);
                    order.and_then(|(known, wanted)| known.partial_cmp(&wanted)).is_some_and(|o| op.holds(o))
                }
                op => self.wanted.order(text).is_some_and(|order| op.holds(order)),
            };
            holds
        });
        holds
    }

    /// The same text, or the same value: `restarts=5` finds `5 (2d ago)`. `1/2` is itself only, and not `2/4`.
    fn is(&self, text: &str) -> bool {
        self.wanted.is(text)
            || !self.wanted.text.contains('/') && self.wanted.order(text).is_some_and(Ordering::is_eq)
    }
}
