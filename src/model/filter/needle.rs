//! Substring search with smart case: small letters match both cases, a capital makes it exact.

use std::ops::Range;

use memchr::{memchr2_iter, memmem};

/// What is searched for.
#[derive(Debug)]
pub(super) struct Needle {
    text: String,
    how: How,
}

#[derive(Debug)]
enum How {
    /// As it is.
    Exact(Box<memmem::Finder<'static>>),
    /// Letters of ASCII in both cases.
    Ascii,
    /// Letters of any script in both cases; slower, and rare.
    Unicode,
}

impl Needle {
    pub(super) fn new(text: &str) -> Self {
        let how = if text.chars().any(char::is_uppercase) {
            How::Exact(Box::new(memmem::Finder::new(text.as_bytes()).into_owned()))
        } else if text.is_ascii() {
            How::Ascii
        } else {
            How::Unicode
        };
        Self { text: text.to_owned(), how }
    }

    pub(super) fn is_in(&self, hay: &str) -> bool {
        self.find(hay, 0).is_some()
    }

    /// Whether it has a digit: words without one are not searched in columns of numbers.
    pub(super) fn has_digit(&self) -> bool {
        self.text.bytes().any(|byte| byte.is_ascii_digit())
    }

    /// Whether every text that holds this one holds `other`.
    pub(super) fn implies(&self, other: &Self) -> bool {
        match (&self.how, &other.how) {
            (How::Unicode, _) | (_, How::Unicode) => self.text == other.text,
            (How::Ascii, How::Exact(_)) => false,
            _ => other.is_in(&self.text),
        }
    }

    /// The first place at or after `from`, which is the start of a character.
    pub(super) fn find(&self, hay: &str, from: usize) -> Option<Range<usize>> {
        let rest = hay.get(from..)?;
        let (needle, bytes) = (self.text.as_bytes(), rest.as_bytes());
        let found = match &self.how {
            How::Exact(finder) => finder.find(bytes).map(|at| at..at + needle.len()),
            How::Ascii => {
                let Some(first) = needle.first() else { return Some(from..from) };
                let last_start = bytes.len().checked_sub(needle.len())?;
                memchr2_iter(*first, first.to_ascii_uppercase(), &bytes[..=last_start])
                    .find(|at| bytes[*at..*at + needle.len()].eq_ignore_ascii_case(needle))
                    .map(|at| at..at + needle.len())
            }
            How::Unicode => find_folded(rest, &self.text),
        }?;
        Some(found.start + from..found.end + from)
    }

    /// All places, not overlapping.
    pub(super) fn find_all(&self, hay: &str, ranges: &mut Vec<Range<usize>>) {
        let mut from = 0;
        while let Some(range) = self.find(hay, from) {
            if range.is_empty() {
                return;
            }
            from = range.end;
            ranges.push(range);
        }
    }
}

/// Compares letter by letter in small letters; `needle` has no capitals.
fn find_folded(hay: &str, needle: &str) -> Option<Range<usize>> {
    let folded: Vec<char> = needle.chars().flat_map(char::to_lowercase).collect();
    hay.char_indices().find_map(|(start, _)| {
        let mut wanted = folded.iter();
        let mut next = wanted.next();
        for (at, c) in hay[start..].char_indices() {
            for small in c.to_lowercase() {
                if next != Some(&small) {
                    return None;
                }
                next = wanted.next();
            }
            if next.is_none() {
                return Some(start..start + at + c.len_utf8());
            }
        }
        None
    })
}
