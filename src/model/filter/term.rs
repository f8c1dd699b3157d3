//! One term of a filter: what it matches, what it marks, and when it implies another one.

use std::ops::Range;

use fuzzy_matcher::FuzzyMatcher;
use fuzzy_matcher::skim::SkimMatcherV2;
use regex::Regex;

use super::compare::Compare;
use super::needle::Needle;
use crate::model::column::{Align, Column, Cx, When};
use crate::model::labels::value_of;
use crate::model::record::Record;

/// One term.
#[derive(Debug)]
pub(super) struct Term {
    pub(super) inverse: bool,
    pub(super) what: What,
}

#[derive(Debug)]
pub(super) enum What {
    Word(Needle),
    Fuzzy(String),
    Regex(Box<Regex>),
    Label { key: String, value: String, equal: bool },
    Column { column: usize, needle: Needle },
    Compare(Compare),
}

/// A row as terms see it.
pub(super) struct Cells<'a> {
    pub(super) record: &'a Record,
    pub(super) cx: &'a Cx<'a>,
    pub(super) columns: &'static [Column],
    pub(super) wide: bool,
}

impl Cells<'_> {
    /// Whether any of the searched texts is right: name, namespace, and the cells of the visible columns. Numbers are
    /// left out unless asked for: making their text costs more than all the rest.
    fn any(&self, numbers: bool, mut right: impl FnMut(&str) -> bool) -> bool {
        let meta = self.record.meta();
        right(&meta.name)
            || right(&meta.namespace)
            || self.columns.iter().any(|column| {
                is_searched(column, self.wide, numbers) && right(&(column.cell)(self.record, self.cx).text)
            })
    }

    pub(super) fn cell(&self, column: usize, right: impl FnOnce(&str) -> bool) -> bool {
        self.columns.get(column).is_some_and(|column| right(&(column.cell)(self.record, self.cx).text))
    }
}

fn is_searched(column: &Column, wide: bool, numbers: bool) -> bool {
    let own = matches!(column.id, "name" | "namespace");
    !own && (wide || column.when != When::Wide) && (numbers || column.align == Align::Left)
}

impl Term {
    pub(super) fn matches(&self, cells: &Cells<'_>) -> bool {
        self.what.matches(cells) != self.inverse
    }

    /// The column that it is about, when it names one.
    pub(super) fn column(&self) -> Option<usize> {
        match &self.what {
            What::Column { column, .. } => Some(*column),
            What::Compare(compare) => Some(compare.column),
            _ => None,
        }
    }

    /// Whether every row that this term lets pass passes `other`.
    pub(super) fn implies(&self, other: &Self) -> bool {
        let same_or_narrower = match (&self.what, &other.what) {
            (What::Word(new), What::Word(old)) => {
                (old.has_digit() || !new.has_digit()) && self.is_narrower(new, other, old)
            }
            (What::Column { column: a, needle: new }, What::Column { column: b, needle: old }) => {
                a == b && self.is_narrower(new, other, old)
            }
            (What::Fuzzy(new), What::Fuzzy(old)) => {
                if other.inverse {
                    new == old
                } else {
                    new.starts_with(old.as_str()) && is_small(old) && new.contains('/') == old.contains('/')
                }
            }
            (What::Regex(new), What::Regex(old)) => new.as_str() == old.as_str(),
            (
                What::Label { key: a, value: new, equal: is },
                What::Label { key: b, value: old, equal: was },
            ) => a == b && new == old && is == was,
            _ => false,
        };
        self.inverse == other.inverse && same_or_narrower
    }

    fn is_narrower(&self, new: &Needle, other: &Self, old: &Needle) -> bool {
        // What must not be there: a longer text excludes less.
        if self.inverse && other.inverse { old.implies(new) && new.implies(old) } else { new.implies(old) }
    }

    /// Adds what it marks in a cell. What must not be there is not marked.
    pub(super) fn highlights(
        &self,
        column: &str,
        cell: &str,
        columns: &[Column],
        ranges: &mut Vec<Range<usize>>,
    ) {
        if self.inverse {
            return;
        }
        match &self.what {
            What::Word(needle) => {
                let number = columns.iter().any(|known| known.id == column && known.align == Align::Right);
                if needle.has_digit() || !number {
                    needle.find_all(cell, ranges);
                }
            }
            What::Regex(regex) => {
                ranges.extend(
                    regex.find_iter(cell).map(|found| found.range()).filter(|range| !range.is_empty()),
                );
            }
            What::Column { column: at, needle } => {
                if columns.get(*at).is_some_and(|known| known.id == column) {
                    needle.find_all(cell, ranges);
                }
            }
            What::Fuzzy(letters) if column == "name" => {
                let Some((_, marked)) = SkimMatcherV2::default().smart_case().fuzzy_indices(cell, letters)
                else {
                    return;
                };
                // Skim counts characters.
                let mut marked = marked.into_iter().peekable();
                for (at, (start, c)) in cell.char_indices().enumerate() {
                    if marked.next_if_eq(&at).is_some() {
                        ranges.push(start..start + c.len_utf8());
                    }
                }
            }
            What::Fuzzy(_) | What::Label { .. } | What::Compare(_) => {}
        }
    }
}

impl What {
    fn matches(&self, cells: &Cells<'_>) -> bool {
        match self {
            Self::Word(needle) => cells.any(needle.has_digit(), |text| needle.is_in(text)),
            Self::Regex(regex) => cells.any(true, |text| regex.is_match(text)),
            Self::Fuzzy(letters) => {
                let meta = cells.record.meta();
                if letters.contains('/') {
                    let path = meta.namespace.chars().chain(['/']).chain(meta.name.chars());
                    return is_fuzzy(letters, path);
                }
                is_fuzzy(letters, meta.name.chars()) || is_fuzzy(letters, meta.namespace.chars())
            }
            Self::Label { key, value, equal } => {
                let known = value_of(&cells.record.meta().labels, key);
                known.is_some_and(|known| known.as_ref() == value) == *equal
            }
            Self::Column { column, needle } => cells.cell(*column, |text| needle.is_in(text)),
            Self::Compare(compare) => compare.matches(cells),
        }
    }
}

pub(super) fn is_small(text: &str) -> bool {
    !text.chars().any(char::is_uppercase)
}

/// Whether the letters are there in this order: what Skim's matcher requires before it gives points, without the points.
pub(super) fn is_fuzzy(letters: &str, hay: impl Iterator<Item = char>) -> bool {
    let exact = !is_small(letters);
    let mut letters = letters.chars();
    let mut next = letters.next();
    for c in hay {
        let Some(wanted) = next else { return true };
        if c == wanted || !exact && c.eq_ignore_ascii_case(&wanted) {
            next = letters.next();
        }
    }
    next.is_none()
}
