//! Tests of a line's fields: `level=error`, `status>=500`, `path~^/v2`. Fields are those of JSON lines (`a.b` for what is within)
//! and of logfmt (`key=value`).

use std::cmp::Ordering;

use memchr::memmem;
use regex::{Regex, RegexBuilder};

use super::json;
use super::level::Level;

/// How a field is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Op {
    Is,
    IsNot,
    Less,
    AtMost,
    More,
    AtLeast,
    Matches,
    MatchesNot,
}

/// Longer ones first, so that `>=` is not `>` and a value that begins with `=`.
const OPS: [(&str, Op); 9] = [
    ("==", Op::Is),
    ("!=", Op::IsNot),
    ("<=", Op::AtMost),
    (">=", Op::AtLeast),
    ("!~", Op::MatchesNot),
    ("=", Op::Is),
    ("<", Op::Less),
    (">", Op::More),
    ("~", Op::Matches),
];

/// A test of one field.
#[derive(Debug, Clone)]
pub struct FieldTest {
    typed: String,
    key: String,
    /// Most lines do not even have the name, the last one of a path: it is looked for before anything is parsed.
    name: memmem::Finder<'static>,
    op: Op,
    value: String,
    number: Option<f64>,
    pattern: Option<Regex>,
    level: Option<Level>,
}

impl PartialEq for FieldTest {
    fn eq(&self, other: &Self) -> bool {
        self.typed == other.typed
    }
}

impl FieldTest {
    /// Reads one test. An error says what is missing, in words.
    pub fn parse(typed: &str) -> Result<Self, String> {
        let typed = typed.trim();
        let key_end = typed.find(['=', '!', '<', '>', '~']).ok_or_else(|| {
            format!("{typed}: a test of a field is key=value, with =, !=, <, <=, >, >=, ~ (regular expression) or !~")
        })?;
        let (key, rest) = typed.split_at(key_end);
        let (sign, op) = OPS
            .into_iter()
            .find(|(sign, _)| rest.starts_with(sign))
            .ok_or_else(|| format!("{typed}: after ! comes = or ~"))?;
        let (key, value) = (key.trim(), rest[sign.len()..].trim());
        if key.is_empty() {
            return Err(format!("{typed}: a field's name comes first"));
        }
        if value.is_empty() {
            return Err(format!("{typed}: a value comes last; \"\" is the empty one"));
        }
        let value = value.strip_prefix('"').and_then(|value| value.strip_suffix('"')).unwrap_or(value);
        let pattern = match op {
            Op::Matches | Op::MatchesNot => Some(
                RegexBuilder::new(value)
                    .case_insensitive(!value.chars().any(char::is_uppercase))
                    .size_limit(1 << 20)
                    .build()
                    .map_err(|error| {
                        error
                            .to_string()
                            .lines()
                            .last()
                            .unwrap_or("not a regular expression")
                            .trim()
                            .to_owned()
                    })?,
            ),
            _ => None,
        };
        let names_level = ["level", "severity", "lvl"].iter().any(|name| key.eq_ignore_ascii_case(name));
        Ok(Self {
            typed: typed.to_owned(),
            key: key.to_owned(),
            name: memmem::Finder::new(key.rsplit('.').next().unwrap_or(key)).into_owned(),
            op,
            value: value.to_owned(),
            number: value.parse().ok(),
            pattern,
            level: if names_level { Level::named(value) } else { None },
        })
    }

    /// Reads tests with blanks between them; all of them have to hold.
    pub fn parse_all(typed: &str) -> Result<Vec<Self>, String> {
        words(typed).into_iter().map(|word| Self::parse(&word)).collect()
    }

    /// What was typed.
    pub fn typed(&self) -> &str {
        &self.typed
    }

    /// Whether it holds for a line. A field that is not there is not equal, and does not match.
    pub fn holds(&self, line: &str, level: Level) -> bool {
        // The level is known of every line that says it in whatever way.
        if let Some(wanted) = self.level {
            return level != Level::None && self.op_holds(level.cmp(&wanted))
                || level == Level::None && self.op == Op::IsNot;
        }
        let found = self
            .name
            .find(line.as_bytes())
            .and_then(|_| json::field(line, &self.key).or_else(|| logfmt(line, &self.key)));
        let Some(found) = found else { return matches!(self.op, Op::IsNot | Op::MatchesNot) };
        if let Some(pattern) = &self.pattern {
            return pattern.is_match(&found) == (self.op == Op::Matches);
        }
        match (self.number, found.parse::<f64>().ok()) {
            (Some(wanted), Some(found)) => {
                found.partial_cmp(&wanted).is_some_and(|order| self.op_holds(order))
            }
            // A number and a word are only ever different.
            (Some(_), None) | (None, Some(_)) if !matches!(self.op, Op::Is | Op::IsNot) => false,
            _ if found.eq_ignore_ascii_case(&self.value) => self.op_holds(Ordering::Equal),
            _ => self.op_holds(found.as_str().cmp(&self.value)),
        }
    }

    fn op_holds(&self, order: Ordering) -> bool {
        match self.op {
            Op::Is => order.is_eq(),
            Op::IsNot => order.is_ne(),
            Op::Less => order.is_lt(),
            Op::AtMost => order.is_le(),
            Op::More => order.is_gt(),
            Op::AtLeast => order.is_ge(),
            Op::Matches | Op::MatchesNot => false,
        }
    }
}

/// What is between blanks, where blanks within quotes are none.
fn words(typed: &str) -> Vec<String> {
    let (mut out, mut word, mut quoted) = (Vec::new(), String::new(), false);
    for c in typed.chars() {
        quoted ^= c == '"';
        if c.is_whitespace() && !quoted {
            out.extend((!word.is_empty()).then(|| std::mem::take(&mut word)));
        } else {
            word.push(c);
        }
    }
    out.extend((!word.is_empty()).then_some(word));
    out
}

/// The value of `key=value` or `key="a value"`.
fn logfmt(line: &str, key: &str) -> Option<String> {
    let mut from = 0;
    while let Some(at) = line[from..].find(key).map(|at| from + at) {
        let end = at + key.len();
        let begins = at == 0 || line[..at].ends_with([' ', ',', '[', '(', '{']);
        if begins && let Some(value) = line[end..].strip_prefix('=') {
            return Some(match value.strip_prefix('"') {
                None => value.split([' ', ',', ']', ')']).next().unwrap_or_default().to_owned(),
                Some(quoted) => {
                    let (mut out, mut escaped) = (String::new(), false);
                    for c in quoted.chars() {
                        match c {
                            '\\' if !escaped => escaped = true,
                            '"' if !escaped => break,
                            c => {
                                escaped = false;
                                out.push(c);
                            }
                        }
                    }
                    out
                }
            });
        }
        from = end;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::log::level;

    const JSON: &str =
        r#"{"level":"warn","status":500,"path":"/v2/users","took":"12ms","http":{"method":"GET"},"ok":true}"#;
    const LOGFMT: &str = r#"ts=1 level=error status=404 msg="no \"such\" user" path=/x"#;

    #[test]
    fn fields_are_tested() {
        for (typed, line, holds) in [
            ("status>=500", JSON, true),
            ("status>=500", LOGFMT, false),
            ("status<500", LOGFMT, true),
            ("status=500", JSON, true),
            ("status!=500", JSON, false),
            ("status!=500", "no status", true),
            ("status>400", "no fields", false),
            ("path=/v2/users", JSON, true),
            ("path~^/v2", JSON, true),
            ("path!~^/v2", JSON, false),
            ("PATH~x", LOGFMT, false),
            ("http.method=get", JSON, true),
            ("ok=true", JSON, true),
            ("msg=\"no \"such\" user\"", LOGFMT, true),
            ("level=warn", JSON, true),
            ("level>=warn", LOGFMT, true),
            ("level>=error", JSON, false),
            ("level=error", "2026 ERROR x", true),
            ("level!=error", "nothing", true),
            ("level=error", "nothing", false),
            ("took>5", JSON, false),
            ("tatus=404", LOGFMT, false),
        ] {
            let test = FieldTest::parse(typed).unwrap();
            assert_eq!(test.holds(line, level::of(line)), holds, "{typed} of {line}");
        }
    }

    #[test]
    fn what_is_no_test_is_said() {
        for typed in ["status", "=500", "path~(", "a!b", "", "level=", "status>="] {
            assert!(FieldTest::parse(typed).is_err(), "{typed}");
        }
        let all = FieldTest::parse_all(r#"  status>=500 msg="a b"  "#).unwrap();
        assert_eq!(all.iter().map(FieldTest::typed).collect::<Vec<_>>(), ["status>=500", "msg=\"a b\""]);
        assert!(FieldTest::parse_all("status>=500 what").is_err());
        assert_eq!(FieldTest::parse_all(""), Ok(vec![]));
    }
}
