//! What is typed to see less: kept, excluded, by fields, by level, and what is searched. Each can be taken away alone.

use crate::model::log::{FieldTest, Level, Query};
use crate::model::search::Search;

/// Which of the typed parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// What is searched.
    Search,
    /// What is kept.
    Keep,
    /// What is left out.
    Exclude,
    /// Which fields.
    Fields,
}

/// What can be taken away again: what was typed, or the level, which has a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Set {
    Typed(Part),
    Level,
}

/// More lines around a match would only be all lines.
const MOST_CONTEXT: usize = 99;

/// All parts.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Narrow {
    /// What is asked of the lines.
    pub query: Query,
    /// What was typed for the fields.
    pub fields: String,
    /// What is searched in those that are left.
    pub search: Option<Search>,
    /// Why what is being typed means nothing; what was there before it still holds.
    pub error: Option<String>,
    /// What is set; what was set last is at the end.
    order: Vec<Set>,
}

impl Narrow {
    /// What was typed for a part.
    pub fn text(&self, part: Part) -> &str {
        let text = match part {
            Part::Search => &self.search,
            Part::Keep => &self.query.keep,
            Part::Exclude => &self.query.exclude,
            Part::Fields => return &self.fields,
        };
        text.as_ref().map_or("", Search::text)
    }

    /// Takes what is typed for a part; true when the lines have to be looked at again.
    pub fn set(&mut self, part: Part, text: &str) -> bool {
        let taken = match part {
            Part::Fields => FieldTest::parse_all(text).map(|tests| {
                self.query.fields = tests;
                text.clone_into(&mut self.fields);
            }),
            part => Search::parse(text).map(|search| match part {
                Part::Keep => self.query.keep = search,
                Part::Exclude => self.query.exclude = search,
                Part::Search | Part::Fields => self.search = search,
            }),
        };
        self.error = taken.err();
        if self.error.is_none() {
            self.remember(Set::Typed(part));
        }
        self.error.is_none() && part != Part::Search
    }

    /// It was set or taken away: it is the last one now, or none.
    fn remember(&mut self, set: Set) {
        self.order.retain(|one| *one != set);
        if self.words_of(set).is_some() {
            self.order.push(set);
        }
    }

    /// Only warnings and worse, only errors and worse, all.
    pub fn next_level(&mut self) {
        self.query.at_least = match self.query.at_least {
            None => Some(Level::Warn),
            Some(Level::Warn) => Some(Level::Error),
            Some(_) => None,
        };
        self.remember(Set::Level);
    }

    /// So many lines more or fewer around each.
    pub fn more_context(&mut self, by: isize) {
        self.query.context = self.query.context.saturating_add_signed(by).min(MOST_CONTEXT);
    }

    /// Takes the part away that was set last, and says which it was; `None` when there is none.
    pub fn take_one(&mut self) -> Option<String> {
        self.error = None;
        let set = self.order.pop()?;
        let words = self.words_of(set);
        match set {
            Set::Level => self.query.at_least = None,
            Set::Typed(part) => {
                self.set(part, "");
            }
        }
        words
    }

    /// What is set, in words; `None` when it is not.
    fn words_of(&self, set: Set) -> Option<String> {
        let part = match set {
            Set::Level => return Some(format!("{} and worse", self.query.at_least?.word())),
            Set::Typed(part) => part,
        };
        let text = Some(self.text(part)).filter(|text| !text.is_empty())?;
        Some(match part {
            Part::Search => format!("search {text}"),
            Part::Keep => format!("keep {text}"),
            Part::Exclude => format!("not {text}"),
            Part::Fields => text.to_owned(),
        })
    }

    /// What lines are shown, in words; empty when all are.
    pub fn words(&self) -> Vec<String> {
        let mut out = Vec::new();
        let query = &self.query;
        let hiding = [Part::Keep, Part::Exclude, Part::Fields].map(Set::Typed);
        out.extend(hiding.into_iter().chain([Set::Level]).filter_map(|set| self.words_of(set)));
        if query.context > 0 && !query.is_empty() {
            let lines = if query.context == 1 { "line" } else { "lines" };
            out.push(format!("{} {lines} around", query.context));
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_taken_and_taken_away() {
        let mut narrow = Narrow::default();
        assert!(narrow.set(Part::Keep, "api"));
        assert!(narrow.set(Part::Exclude, "/health./"));
        assert!(narrow.set(Part::Fields, "status>=500"));
        assert!(!narrow.set(Part::Search, "cart"), "a search hides nothing");
        narrow.next_level();
        narrow.more_context(-1);
        narrow.more_context(2);
        assert_eq!(
            narrow.words(),
            ["keep api", "not /health./", "status>=500", "warn and worse", "2 lines around"]
        );
        assert!(!narrow.set(Part::Keep, "/(/"));
        assert!(narrow.error.is_some());
        assert_eq!(narrow.text(Part::Keep), "api", "what was there before still holds");
        // Set anew, it is the last one.
        assert!(narrow.set(Part::Exclude, "/ready./"));
        let taken: Vec<String> = std::iter::from_fn(|| narrow.take_one()).collect();
        assert_eq!(taken, ["not /ready./", "warn and worse", "search cart", "status>=500", "keep api"]);
        assert!(narrow.query.is_empty() && narrow.words().is_empty() && narrow.error.is_none());
    }
}
