//! Finding text in lines: what is typed after `/` on a log, YAML or help screen.

use std::ops::Range;

use regex::{Regex, RegexBuilder};

/// What is looked for: plain text with smart case, or `/regex/`.
#[derive(Debug, Clone)]
pub struct Search {
    text: String,
    pattern: Regex,
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
        let pattern = RegexBuilder::new(&source)
            .case_insensitive(!text.chars().any(char::is_uppercase))
            .size_limit(1 << 20)
            .build()
            .map_err(|error| {
                error.to_string().lines().last().unwrap_or("not a regular expression").trim().to_owned()
            })?;
        Ok(Some(Self { text: text.to_owned(), pattern }))
    }

    /// What was typed.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether the line has it.
    pub fn is_in(&self, line: &str) -> bool {
        self.pattern.is_match(line)
    }

    /// Where in the line (byte ranges); empty matches are left out.
    pub fn places(&self, line: &str) -> Vec<Range<usize>> {
        self.pattern.find_iter(line).map(|found| found.range()).filter(|range| !range.is_empty()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
