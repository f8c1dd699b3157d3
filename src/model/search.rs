//! Finding text in lines: what is typed after `/` on a log, YAML or help screen.

use std::borrow::Cow;
use std::ops::Range;

use regex::{Regex, RegexBuilder};
use regex_automata::{Input, meta};

mod within;

/// Bytes that a pattern may take.
const SIZE: usize = 1 << 20;

/// What is looked for: plain text with smart case, or `/regex/`.
#[derive(Debug, Clone)]
pub struct Search {
    text: String,
    pattern: Regex,
    /// The same for many lines at once, with which no match goes over the end of a line; `None` where there is no such pattern.
    many: Option<meta::Regex>,
}

/// A line that has what is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hit {
    /// The line.
    pub line: usize,
    /// Which of the matching lines it is, from 1.
    pub nth: usize,
    /// How many lines match.
    pub of: usize,
    /// It was found beyond the end, from the other side.
    pub around: bool,
}

/// What a search has come to, in words.
pub fn words(search: Option<&Search>, hit: Option<Hit>) -> String {
    match (search, hit) {
        (None, _) => String::new(),
        (Some(_), Some(hit)) => {
            let around = if hit.around { ", from the other end" } else { "" };
            format!("match {} of {}{around}, ", hit.nth, hit.of)
        }
        (Some(search), None) => format!("no match for {}, ", search.text()),
    }
}

impl PartialEq for Search {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Search {
    /// Reads what was typed; `None` for nothing. An error is the regex parser's words on one line.
    pub fn parse(text: &str) -> Result<Option<Self>, String> {
        if text.is_empty() {
            return Ok(None);
        }
        let inner = text.strip_prefix('/').map(|rest| rest.strip_suffix('/').unwrap_or(rest));
        let source = inner.map_or_else(|| regex::escape(text), str::to_owned);
        // Smart case: a capital letter says that case matters.
        let any_case = !text.chars().any(char::is_uppercase);
        let pattern = RegexBuilder::new(&source)
            .case_insensitive(any_case)
            // The ends of a line, in a single one and among many.
            .multi_line(true)
            .size_limit(SIZE)
            .build()
            .map_err(|error| {
                error.to_string().lines().last().unwrap_or("not a regular expression").trim().to_owned()
            })?;
        Ok(Some(Self { text: text.to_owned(), pattern, many: within::pattern(&source, any_case, SIZE) }))
    }

    /// What was typed.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether the line has it.
    pub fn is_in(&self, line: &str) -> bool {
        self.pattern.is_match(line)
    }

    /// The lines of a text that have it, in their order: their places among all its lines, each of which ends at one of `ends`, is
    /// followed by a break and has none within. Much quicker than one line after the other: what lies between is skipped, and of a
    /// line that has it nothing is asked but where the first match ends.
    pub fn lines_in<'t>(
        &'t self,
        text: &'t str,
        ends: impl Fn(usize) -> usize + 't,
        lines: Range<usize>,
    ) -> impl Iterator<Item = usize> + 't {
        let mut line = lines.start;
        std::iter::from_fn(move || {
            let start = |line: usize| line.checked_sub(1).map_or(0, |before| ends(before) + 1);
            while line < lines.end {
                let at = match &self.many {
                    Some(many) => {
                        let rest = start(line)..ends(lines.end - 1);
                        let found = many.search_half(&Input::new(text).range(rest).earliest(true))?;
                        first_from(line..lines.end, |line| ends(line) >= found.offset())
                    }
                    None => line,
                };
                line = at + 1;
                if self.many.is_some() || self.is_in(&text[start(at)..ends(at)]) {
                    return Some(at);
                }
            }
            None
        })
    }

    /// The next match from a line on (`None`: from the first, or backwards from the last), and around the end if need be;
    /// `None` when there is none at all. `line` gives the text of a line.
    pub fn step<'t>(
        &self,
        lines: usize,
        from: Option<usize>,
        forward: bool,
        line: impl Fn(usize) -> Cow<'t, str>,
    ) -> Option<Hit> {
        let all: Vec<usize> = (0..lines).filter(|at| self.is_in(&line(*at))).collect();
        let (first, last) = (*all.first()?, *all.last()?);
        let ahead = match (from, forward) {
            (None, true) => Some(first),
            (None, false) => Some(last),
            (Some(from), true) => all.iter().copied().find(|at| *at > from),
            (Some(from), false) => all.iter().copied().rfind(|at| *at < from),
        };
        let at = ahead.unwrap_or(if forward { first } else { last });
        let nth = all.iter().position(|known| *known == at)? + 1;
        Some(Hit { line: at, nth, of: all.len(), around: ahead.is_none() })
    }

    /// Where in the line (byte ranges); empty matches are left out.
    pub fn places(&self, line: &str) -> Vec<Range<usize>> {
        self.pattern.find_iter(line).map(|found| found.range()).filter(|range| !range.is_empty()).collect()
    }
}

/// The first of some numbers for which something holds, where it holds for all that follow. It is near the beginning as a rule: so
/// it is looked for in steps that grow.
fn first_from(numbers: Range<usize>, holds: impl Fn(usize) -> bool) -> usize {
    let (mut low, mut high, mut step) = (numbers.start, numbers.start, 1);
    while high < numbers.end && !holds(high) {
        low = high + 1;
        high += step;
        step *= 2;
    }
    high = high.min(numbers.end);
    while low < high {
        let middle = low.midpoint(high);
        if holds(middle) { high = middle } else { low = middle + 1 }
    }
    low
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_around_both_ends() {
        let lines = ["a", "b", "a", "c", "a"];
        let search = Search::parse("a").unwrap().unwrap();
        let step = |from, forward| search.step(lines.len(), from, forward, |at| lines[at].into());
        let hit = |line, nth, around| Some(Hit { line, nth, of: 3, around });
        assert_eq!(step(None, true), hit(0, 1, false));
        assert_eq!(step(Some(0), true), hit(2, 2, false));
        assert_eq!(step(Some(4), true), hit(0, 1, true));
        assert_eq!(step(Some(4), false), hit(2, 2, false));
        assert_eq!(step(Some(0), false), hit(4, 3, true));
        assert_eq!(step(None, false), hit(4, 3, false));
        let none = Search::parse("x").unwrap().unwrap();
        assert_eq!(none.step(lines.len(), None, true, |at| lines[at].into()), None);
        assert_eq!(words(Some(&none), None), "no match for x, ");
        assert_eq!(words(Some(&search), step(Some(4), true)), "match 1 of 3, from the other end, ");
    }

    #[test]
    fn many_lines_at_once_are_as_one_after_the_other() {
        let lines = [
            "",
            "first a",
            "",
            "a",
            "bab",
            "b",
            "  ",
            "ab\u{e4}",
            "A x",
            "\t",
            "a a b",
            "\u{e4}\u{e4}",
            "9",
            "x\\n",
        ];
        let text: String = lines.iter().flat_map(|line| [line, "\n"]).collect();
        let ends = |at: usize| lines[..=at].iter().map(|line| line.len() + 1).sum::<usize>() - 1;
        for typed in [
            "a",
            "A",
            "b",
            "/^a$/",
            "/^/",
            "/$/",
            "/^$/",
            "/a\\s*b/",
            "/[^x]b/",
            "/\\s/",
            "/x*/",
            "/\\Aa\\z/",
            "/(?s)a.b/",
            "/(?s)^.*$/",
            "/(?s)a.*b/",
            "/(?s)./",
            "/t$/",
            "/a\\n/",
            "/\\n/",
            "/\\n?/",
            "/(a\\n)*b/",
            "/\\na|b$/",
            "/[\\n9]/",
            "/[^a]{2}/",
            "/[^a]{2,}$/",
            "/\\s+a/",
            "/a\\s+/",
            "/a\\s*$/",
            "/^\\s*$/",
            "/\\W\\W/",
            "/\\ba/",
            "/a\\b/",
            "/\\Ba/",
            "/a\\B/",
            "/\\b/",
            "/\\B/",
            "/\\b{start}a/",
            "/a\\b{end}/",
            "/\\b{end-half}/",
            "/(?-m)^a/",
            "/(?-m)a$/",
            "/(?-m)^$/",
            "/(?-i)A/",
            "/(?-u:\\s)/",
            "/(?R)a$/",
            "/(?R)^/",
            "/(?R)^.$/",
            "/\\A/",
            "/\\z/",
            "/\\z\\n\\A/",
            "/[^\\n]/",
            "/[[:^alpha:]]+a/",
            "/(|x)/",
            "/\\pL{2}/",
            "nothing",
            "\\n",
        ] {
            let search = Search::parse(typed).unwrap().unwrap();
            assert_eq!(search.many.is_some(), !typed.contains("(?R)"), "{typed}");
            for range in [0..lines.len(), 0..1, 2..5, 3..3, 6..7, 8..9, 9..lines.len()] {
                let each: Vec<usize> = range.clone().filter(|at| search.is_in(lines[*at])).collect();
                let all: Vec<usize> = search.lines_in(&text, ends, range.clone()).collect();
                assert_eq!(all, each, "{typed} in {range:?}");
            }
        }
    }

    #[test]
    fn the_first_number_is_found() {
        for end in 0..40 {
            for wanted in 0..=end {
                assert_eq!(first_from(0..end, |number| number >= wanted), wanted, "{wanted} of {end}");
            }
        }
        assert_eq!(first_from(7..9, |_| true), 7);
    }

    #[test]
    fn finds() {
        for (typed, line, places) in [
            ("err", "an ERROR, errno", vec![3..6, 10..13]),
            ("Err", "an ERROR, Errno", vec![10..13]),
            ("a.b", "aXb a.b", vec![4..7]),
            ("/a.b/", "aXb a.b", vec![0..3, 4..7]),
            ("/x*/", "abc", vec![]),
        ] {
            assert_eq!(Search::parse(typed).unwrap().unwrap().places(line), places, "{typed}");
        }
        assert_eq!(Search::parse(""), Ok(None));
        assert!(Search::parse("/(/").unwrap_err().contains("unclosed"), "{:?}", Search::parse("/(/"));
    }
}
