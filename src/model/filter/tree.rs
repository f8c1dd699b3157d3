//! How the terms of a filter are combined: all of them, any of them, none.

use std::ops::Range;

use super::term::{Cells, Term};
use crate::model::column::Column;

/// A combination of terms.
#[derive(Debug)]
pub(super) enum Node {
    Term(Term),
    All(Vec<Self>),
    Any(Vec<Self>),
    Not(Box<Self>),
}

impl Node {
    pub(super) fn matches(&self, cells: &Cells<'_>) -> bool {
        match self {
            Self::Term(term) => term.matches(cells),
            Self::All(nodes) => nodes.iter().all(|node| node.matches(cells)),
            Self::Any(nodes) => nodes.iter().any(|node| node.matches(cells)),
            Self::Not(node) => !node.matches(cells),
        }
    }

    /// Whether every row that this one lets pass surely passes `other`.
    pub(super) fn implies(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Any(nodes), _) => nodes.iter().all(|node| node.implies(other)),
            (_, Self::All(others)) => others.iter().all(|other| self.implies(other)),
            (_, Self::Any(others)) if others.iter().any(|other| self.implies(other)) => true,
            (Self::All(nodes), _) => nodes.iter().any(|node| node.implies(other)),
            (Self::Term(term), Self::Term(other)) => term.implies(other),
            (Self::Not(node), Self::Not(other)) => other.implies(node),
            _ => false,
        }
    }

    /// Whether any of its terms is so.
    pub(super) fn any_term(&self, is: &dyn Fn(&Term) -> bool) -> bool {
        match self {
            Self::Term(term) => is(term),
            Self::All(nodes) | Self::Any(nodes) => nodes.iter().any(|node| node.any_term(is)),
            Self::Not(node) => node.any_term(is),
        }
    }

    /// Adds what it marks in a cell. What must not be there is not marked.
    pub(super) fn highlights(
        &self,
        column: &str,
        cell: &str,
        columns: &[Column],
        ranges: &mut Vec<Range<usize>>,
    ) {
        match self {
            Self::Term(term) => term.highlights(column, cell, columns, ranges),
            Self::All(nodes) | Self::Any(nodes) => {
                for node in nodes {
                    node.highlights(column, cell, columns, ranges);
                }
            }
            Self::Not(_) => {}
        }
    }
}
