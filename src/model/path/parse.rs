//! Texts to paths.

use serde_json::Value;

use super::{Op, Path, Step, Test};

/// Tests in tests in tests are nobody's path.
const DEEPEST: usize = 4;

pub(super) fn path(text: &str) -> Result<Path, String> {
    let text = text.trim();
    let inside = match text.strip_prefix('{') {
        Some(rest) => rest.strip_suffix('}').ok_or("the brace { is not closed")?.trim(),
        None => text,
    };
    let path = steps(inside, DEEPEST)?;
    if path.steps.is_empty() { Err("it names no field".to_owned()) } else { Ok(path) }
}

fn steps(text: &str, depth: usize) -> Result<Path, String> {
    let mut rest = text.strip_prefix(['$', '@']).unwrap_or(text);
    let mut steps = Vec::new();
    // A single full stop is the whole object, and no path.
    if rest == "." {
        return Ok(Path { steps });
    }
    while !rest.is_empty() {
        if let Some(inside) = rest.strip_prefix('[') {
            let end = closing(inside).ok_or("a bracket [ is not closed")?;
            steps.push(bracket(inside[..end].trim(), depth)?);
            rest = &inside[end + 1..];
            continue;
        }
        let named = match rest.strip_prefix('.') {
            Some(after) if after.starts_with('.') => return Err("`..` is not read".to_owned()),
            Some(after) => after,
            None if steps.is_empty() => rest,
            None => return Err(format!("between ] and {rest:?} is no full stop")),
        };
        if named.starts_with('[') {
            rest = named;
            continue;
        }
        let (key, after) = field(named)?;
        steps.push(key);
        rest = after;
    }
    Ok(Path { steps })
}

/// A field's name, and what follows it.
fn field(text: &str) -> Result<(Step, &str), String> {
    let mut name = String::new();
    let mut chars = text.char_indices();
    let mut end = text.len();
    let mut escaped = false;
    while let Some((at, c)) = chars.next() {
        match c {
            '\\' => {
                let (_, next) = chars.next().ok_or("nothing follows the last backslash")?;
                name.push(next);
                escaped = true;
            }
            '.' | '[' => {
                end = at;
                break;
            }
            c if c.is_whitespace()
                || matches!(c, ']' | '{' | '}' | '$' | '@' | ',' | '(' | ')' | '\'' | '"') =>
            {
                return Err(format!("{c:?} cannot be in a field's name; quote it: ['name']"));
            }
            c => name.push(c),
        }
    }
    let step = match name.as_str() {
        "" => return Err("nothing follows a full stop".to_owned()),
        "*" if !escaped => Step::All,
        _ => Step::Key(name.into()),
    };
    Ok((step, &text[end..]))
}

/// Where the bracket is closed that was opened before the text.
fn closing(text: &str) -> Option<usize> {
    outside(text, |c, open| c == ']' && open == 0)
}

/// Where something is outside of quotes; it is told how many brackets are open there.
fn outside(text: &str, mut is_it: impl FnMut(char, usize) -> bool) -> Option<usize> {
    let (mut quote, mut open) = (None, 0_usize);
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        match (quote, c) {
            (_, '\\') => drop(chars.next()),
            (Some(mark), c) if mark == c => quote = None,
            (None, '\'' | '"') => quote = Some(c),
            (None, c) if is_it(c, open) => return Some(at),
            (None, '[') => open += 1,
            (None, ']') => open = open.saturating_sub(1),
            _ => {}
        }
    }
    None
}

fn bracket(text: &str, depth: usize) -> Result<Step, String> {
    if let Some(test) = text.strip_prefix('?') {
        let inside = test.trim().strip_prefix('(').and_then(|test| test.strip_suffix(')'));
        let inside = inside.ok_or("a test is written [?(@.field==\"value\")]")?;
        return Ok(Step::Where(self::test(inside.trim(), depth)?));
    }
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some(comma) = outside(rest, |c, _| c == ',') {
        parts.push(part(rest[..comma].trim())?);
        rest = &rest[comma + 1..];
    }
    let last = part(rest.trim())?;
    if parts.is_empty() {
        return Ok(last);
    }
    parts.push(last);
    Ok(Step::Each(parts))
}

fn part(text: &str) -> Result<Step, String> {
    if text == "*" {
        return Ok(Step::All);
    }
    if let Some(key) = quoted(text) {
        return if key.is_empty() {
            Err("a name in [''] is empty".to_owned())
        } else {
            Ok(Step::Key(key.into()))
        };
    }
    let number = |text: &str| text.trim().parse::<i64>();
    if let Ok(at) = number(text) {
        return Ok(Step::At(at));
    }
    let wrong = || format!("[{text}] is neither an item's number, a slice, * nor a name in quotes");
    let bounds: Vec<&str> = text.split(':').collect();
    let bound = |at: usize| match bounds.get(at).map(|text| text.trim()) {
        None | Some("") => Ok(None),
        Some(text) => number(text).map(Some).map_err(|_| wrong()),
    };
    if !(2..=3).contains(&bounds.len()) {
        return Err(wrong());
    }
    let by = bound(2)?.unwrap_or(1);
    let by = usize::try_from(by).ok().filter(|by| *by > 0).ok_or("the step of a slice is at least 1")?;
    Ok(Step::Slice(bound(0)?, bound(1)?, by))
}

/// What stands between quotes.
fn quoted(text: &str) -> Option<String> {
    let mark = text.chars().next().filter(|mark| matches!(mark, '\'' | '"'))?;
    let inside = text.get(1..)?.strip_suffix(mark)?;
    let mut out = String::new();
    let mut chars = inside.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => out.push(chars.next()?),
            c if c == mark => return None,
            c => out.push(c),
        }
    }
    Some(out)
}

const OPS: [(&str, Op); 7] = [
    ("==", Op::Equal),
    ("!=", Op::Unequal),
    ("<=", Op::AtMost),
    (">=", Op::AtLeast),
    ("<", Op::Less),
    (">", Op::More),
    ("=", Op::Equal),
];

fn test(text: &str, depth: usize) -> Result<Test, String> {
    let depth = depth.checked_sub(1).ok_or("tests stand in tests too deep")?;
    let sign = outside(text, |c, open| open == 0 && matches!(c, '=' | '!' | '<' | '>'));
    let Some(sign) = sign else {
        return Ok(Test { path: steps(text, depth)?, wanted: None });
    };
    let (left, rest) = text.split_at(sign);
    let known = OPS.iter().find_map(|(sign, op)| Some((*op, rest.strip_prefix(sign)?.trim())));
    let (op, right) = known.ok_or_else(|| format!("{rest:?} begins with no comparison"))?;
    let plain =
        || serde_json::from_str(right).ok().filter(|value: &Value| value.is_number() || value.is_boolean());
    let value = quoted(right).map(Value::String).or_else(plain);
    let value =
        value.ok_or_else(|| format!("{right:?} is neither a text in quotes nor a number, true or false"))?;
    Ok(Test { path: steps(left.trim(), depth)?, wanted: Some((op, value)) })
}
