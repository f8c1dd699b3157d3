//! What is wrong with a file of the user's: never fatal, always with the file and, where there is one, the line.

use std::fmt;
use std::path::Path;

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning {
    /// The file, as it is shown.
    pub file: String,
    /// The line, from 1.
    pub line: Option<usize>,
    /// What is wrong, and what is done about it.
    pub text: String,
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "{}:{line}: {}", self.file, self.text),
            None => write!(f, "{}: {}", self.file, self.text),
        }
    }
}

impl Warning {
    /// For one line of a screen, which may be cut at its end: what is wrong and what follows from it, then the rest.
    pub fn in_a_line(&self) -> String {
        let Some(line) = self.line else { return self.to_string() };
        let (text, closed) = match self.text.strip_suffix(super::CLOSED) {
            Some(text) => (text, ": read-only"),
            None => (self.text.as_str(), ""),
        };
        let (wrong, more) = text.split_once("; ").unwrap_or((text, ""));
        let more = if more.is_empty() { String::new() } else { format!("; {more}") };
        format!("{wrong} (line {line}){closed}{more}; in {}", self.file)
    }
}

/// The warnings about one file, while it is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warnings {
    file: String,
    found: Vec<Warning>,
}

impl Warnings {
    /// For a file, or for what stands in for one (`built-in theme dark`, `--theme`).
    pub fn new(file: impl Into<String>) -> Self {
        Self { file: file.into(), found: Vec::new() }
    }

    /// For the file at a path.
    pub fn of(path: &Path) -> Self {
        Self::new(path.display().to_string())
    }

    /// The file, as it is shown.
    pub fn file(&self) -> &str {
        &self.file
    }

    /// Something is wrong at a line.
    pub fn add(&mut self, line: usize, text: impl Into<String>) {
        self.add_at(Some(line), text);
    }

    /// Something is wrong, perhaps at a line.
    pub fn add_at(&mut self, line: Option<usize>, text: impl Into<String>) {
        self.found.push(Warning { file: self.file.clone(), line, text: text.into() });
    }

    /// How many things are wrong so far.
    pub fn len(&self) -> usize {
        self.found.len()
    }

    /// Says of everything but the first `known` what follows from it.
    pub fn conclude(&mut self, known: usize, words: &str) {
        for warning in self.found.iter_mut().skip(known) {
            warning.text.push_str(words);
        }
    }

    /// Nothing is wrong so far.
    pub fn is_empty(&self) -> bool {
        self.found.is_empty()
    }
}

impl IntoIterator for Warnings {
    type Item = Warning;
    type IntoIter = std::vec::IntoIter<Warning>;

    fn into_iter(self) -> Self::IntoIter {
        self.found.into_iter()
    }
}

/// The known name that a mistyped one probably means: at most a third of its characters are wrong.
pub fn nearest<'a>(typed: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let typed = typed.to_lowercase();
    known
        .into_iter()
        .map(|name| (distance(&typed, name), name))
        .filter(|(wrong, name)| *wrong <= (name.chars().count().max(typed.chars().count()) / 3).max(1))
        .min_by_key(|(wrong, _)| *wrong)
        .map(|(_, name)| name)
}

/// `; did you mean "x"?`, or nothing.
pub fn did_you_mean<'a>(typed: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    nearest(typed, known).map_or_else(String::new, |name| format!("; did you mean `{name}`?"))
}

/// How many characters must be added, taken away, replaced or swapped with their neighbour.
fn distance(from: &str, to: &str) -> usize {
    let (from, to): (Vec<char>, Vec<char>) = (from.chars().collect(), to.chars().collect());
    let mut higher: Vec<usize> = Vec::new();
    let mut above: Vec<usize> = (0..=to.len()).collect();
    for i in 1..=from.len() {
        let mut costs = vec![i];
        for j in 1..=to.len() {
            let replaced = above[j - 1] + usize::from(from[i - 1] != to[j - 1]);
            let mut least = replaced.min(above[j] + 1).min(costs[j - 1] + 1);
            if i > 1 && j > 1 && from[i - 1] == to[j - 2] && from[i - 2] == to[j - 1] {
                least = least.min(higher[j - 2] + 1);
            }
            costs.push(least);
        }
        higher = std::mem::replace(&mut above, costs);
    }
    above[to.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_warning_says_where() {
        let mut warnings = Warnings::of(Path::new("/etc/x.yaml"));
        assert!(warnings.is_empty());
        warnings.add(3, "odd");
        warnings.add_at(None, "even");
        let said: Vec<_> = warnings.into_iter().map(|warning| warning.to_string()).collect();
        assert_eq!(said, ["/etc/x.yaml:3: odd", "/etc/x.yaml: even"]);
    }

    #[test]
    fn in_a_line_the_wrong_word_and_what_follows_come_first() {
        let mut warnings = Warnings::of(Path::new("/etc/dogwatch/config.yaml"));
        let typo = format!("`contxt` is no key of a rule; did you mean `context`?{}", super::super::CLOSED);
        warnings.add(5, typo);
        warnings.add(3, "odd");
        warnings.add_at(None, "even");
        let said: Vec<_> = warnings.into_iter().map(|warning| warning.in_a_line()).collect();
        assert_eq!(
            said,
            [
                "`contxt` is no key of a rule (line 5): read-only; did you mean `context`?; in /etc/dogwatch/config.yaml",
                "odd (line 3); in /etc/dogwatch/config.yaml",
                "/etc/dogwatch/config.yaml: even",
            ]
        );
    }

    #[test]
    fn finds_what_was_meant() {
        let known = ["theme", "keymap", "ascii", "logs", "linked"];
        for (typed, meant) in [
            ("them", Some("theme")),
            ("Theme", Some("theme")),
            ("tehme", Some("theme")),
            ("key-map", Some("keymap")),
            ("log", Some("logs")),
            ("volume", None),
            ("x", None),
            ("", None),
        ] {
            assert_eq!(nearest(typed, known), meant, "{typed}");
        }
        assert_eq!(did_you_mean("ascci", known), "; did you mean `ascii`?");
        assert_eq!(did_you_mean("volume", known), "");
    }

    #[test]
    fn counts_typing_mistakes() {
        for (a, b, wrong) in
            [("", "", 0), ("abc", "abc", 0), ("abc", "", 3), ("abc", "acb", 1), ("kitten", "sitting", 3)]
        {
            assert_eq!(distance(a, b), wrong, "{a} {b}");
            assert_eq!(distance(b, a), wrong, "{b} {a}");
        }
    }
}
