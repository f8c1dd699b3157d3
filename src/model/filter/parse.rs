//! Text to terms. Every text is either understood or refused with a reason and its place.

use regex::RegexBuilder;

use super::FilterError;
use super::needle::Needle;
use super::term::{Op, Term, Value, What, duration, quantity};
use crate::model::column::Column;

/// A regex may not compile to more than this, so that typing one never takes long.
const REGEX_LIMIT: usize = 1 << 20;

/// The terms of a filter.
pub(super) fn terms(text: &str, columns: &[Column]) -> Result<Vec<Term>, FilterError> {
    let mut terms = Vec::new();
    let mut at = 0;
    while let Some(start) = text[at..].find(|c: char| !c.is_whitespace()).map(|skip| at + skip) {
        let inverse = text[start..].starts_with('!');
        let body = start + usize::from(inverse);
        let (what, end) = match text[body..].chars().next() {
            Some('/') => regex(text, body)?,
            Some('"') => quoted(text, body)?,
            Some('!') => return Err(error(body, "one ! is enough")),
            Some(c) if !c.is_whitespace() => {
                let end = text[body..].find(char::is_whitespace).map_or(text.len(), |length| body + length);
                (word(&text[body..end], body, columns)?, end)
            }
            _ => return Err(error(start, "after ! goes what must not be there")),
        };
        terms.push(Term { inverse, what });
        at = end;
    }
    Ok(terms)
}

fn error(at: usize, why: impl Into<String>) -> FilterError {
    FilterError { at, why: why.into() }
}

/// Where the text that `mark` opens at `open` is closed.
fn closing(text: &str, open: usize, mark: char) -> Option<usize> {
    let mut escaped = false;
    for (at, c) in text[open + 1..].char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' if mark == '/' => escaped = true,
            c if c == mark => return Some(open + 1 + at),
            _ => {}
        }
    }
    None
}

/// After a closing mark goes a space or the end.
fn ends(text: &str, end: usize, what: &str) -> Result<(), FilterError> {
    match text[end..].chars().next() {
        Some(c) if !c.is_whitespace() => Err(error(end, format!("after {what} goes a space"))),
        _ => Ok(()),
    }
}

fn regex(text: &str, open: usize) -> Result<(What, usize), FilterError> {
    let close = closing(text, open, '/').ok_or_else(|| {
        error(open, "unclosed /regex/: it ends with a second / (write \\/ for a slash in it)")
    })?;
    let end = close + 1;
    let pattern = &text[open + 1..close];
    if pattern.is_empty() {
        return Err(error(open, "the /regex/ is empty"));
    }
    ends(text, end, "the closing / of a regex")?;
    let regex = RegexBuilder::new(pattern)
        .case_insensitive(!has_capital(pattern))
        .size_limit(REGEX_LIMIT)
        .dfa_size_limit(REGEX_LIMIT)
        .build()
        .map_err(|why| error(open + 1, format!("/{pattern}/: {}", regex_words(&why))))?;
    Ok((What::Regex(Box::new(regex)), end))
}

/// Capitals make a regex exact; those of escapes like `\S` do not count.
fn has_capital(pattern: &str) -> bool {
    let mut escaped = false;
    pattern.chars().any(|c| {
        let counts = !escaped && c.is_uppercase();
        escaped = !escaped && c == '\\';
        counts
    })
}

/// The regex parser's own words, without the drawing of the pattern that goes before them.
fn regex_words(why: &regex::Error) -> String {
    let words = why.to_string();
    match words.lines().find_map(|line| line.trim().strip_prefix("error: ")) {
        Some(line) => line.to_owned(),
        None if matches!(why, regex::Error::CompiledTooBig(_)) => "it is too big".to_owned(),
        None => words.split_whitespace().collect::<Vec<_>>().join(" "),
    }
}

fn quoted(text: &str, open: usize) -> Result<(What, usize), FilterError> {
    let close =
        closing(text, open, '"').ok_or_else(|| error(open, "unclosed \"text\": it ends with a second \""))?;
    ends(text, close + 1, "the closing \"")?;
    if close == open + 1 {
        return Err(error(open, "between the \" there is nothing"));
    }
    Ok((What::Word(Needle::new(&text[open + 1..close])), close + 1))
}

fn word(word: &str, at: usize, columns: &[Column]) -> Result<What, FilterError> {
    if let Some(letters) = word.strip_prefix('~') {
        if letters.is_empty() {
            return Err(error(at, "after ~ go the letters of a name"));
        }
        return Ok(What::Fuzzy(letters.to_owned()));
    }
    let Some(sign) = word.find(['=', ':', '<', '>']) else {
        return Ok(What::Word(Needle::new(word)));
    };
    let (left, right) = (&word[..sign], &word[sign + 1..]);
    match word.as_bytes()[sign] {
        b'=' => label(left, right, at),
        // `<none>` and `:8080` are texts of cells.
        _ if left.is_empty() => Ok(What::Word(Needle::new(word))),
        b':' if right.is_empty() => {
            column(left, at, columns)?;
            Err(error(at + sign + 1, format!("after {left}: goes what to look for in that column")))
        }
        b':' => Ok(What::Column { column: column(left, at, columns)?, needle: Needle::new(right) }),
        sign_byte => {
            let column = column(left, at, columns)?;
            let or_equal = right.starts_with('=');
            let op = match (sign_byte, or_equal) {
                (b'<', false) => Op::Less,
                (b'<', true) => Op::AtMost,
                (_, false) => Op::More,
                (_, true) => Op::AtLeast,
            };
            let value_at = sign + 1 + usize::from(or_equal);
            let text = &word[value_at..];
            // `5m` is five thousandths of a CPU there, and five minutes elsewhere.
            let value = if QUANTITIES.contains(&columns[column].id) {
                let known = quantity(text).map(Value::Quantity);
                let why = || format!("{text:?} is no quantity like 500m, 2, 128Mi");
                known.ok_or_else(|| error(at + value_at, why()))?
            } else {
                value(text, at + value_at)?
            };
            Ok(What::Compare { column, op, value })
        }
    }
}

/// Columns whose cells are quantities of the API.
const QUANTITIES: [&str; 2] = ["cpu", "mem"];

fn label(left: &str, right: &str, at: usize) -> Result<What, FilterError> {
    let (key, equal) = left.strip_suffix('!').map_or((left, true), |key| (key, false));
    let value = if equal { right.strip_prefix('=').unwrap_or(right) } else { right };
    if key.is_empty() {
        return Err(error(at, "before = goes the key of a label"));
    }
    let is_key = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '/');
    if let Some((place, c)) = key.char_indices().find(|(_, c)| !is_key(*c)) {
        return Err(error(
            at + place,
            format!("{c} cannot be in the key of a label; \"quote\" it to find the text"),
        ));
    }
    let value_at = at + left.len() + 1 + (right.len() - value.len());
    if let Some((place, c)) = value.char_indices().find(|(_, c)| !is_key(*c) || *c == '/') {
        let why = format!("{c} cannot be in the value of a label; \"quote\" it to find the text");
        return Err(error(value_at + place, why));
    }
    Ok(What::Label { key: key.to_owned(), value: value.to_owned(), equal })
}

fn column(id: &str, at: usize, columns: &[Column]) -> Result<usize, FilterError> {
    columns.iter().position(|column| column.id.eq_ignore_ascii_case(id)).ok_or_else(|| {
        let known: Vec<_> = columns.iter().map(|column| column.id).collect();
        let known = known.join(", ");
        error(at, format!("no column {id}; there are: {known} (\"quote\" it to find the text)"))
    })
}

fn value(text: &str, at: usize) -> Result<Value, FilterError> {
    if let Some(seconds) = duration(text) {
        return Ok(Value::Duration(seconds));
    }
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    match text.parse() {
        Ok(number) if is_number => Ok(Value::Number(number)),
        _ => Err(error(at, format!("{text:?} is neither a number nor a duration like 90s, 5m, 2h, 3d"))),
    }
}
