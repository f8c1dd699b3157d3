//! Lines that are JSON: their fields, one after the other as they were written, and the lines of their pretty form.

use std::fmt;

use serde::Deserialize as _;
use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

/// Objects within objects are looked into so deep; what is deeper is shown as it is written.
const DEEPEST: usize = 4;
/// Columns that are looked for in so many fields at most: a line can have thousands.
const FIELDS: usize = 64;

/// A field: its name (`a.b` for what is within) and its value as text.
pub type Field = (String, String);

/// Whether a line looks like a JSON object; cheap.
pub fn is_json(line: &str) -> bool {
    let line = line.trim();
    line.starts_with('{') && line.ends_with('}')
}

/// The fields of a line in the order in which they stand there; `None` when it is no JSON object.
pub fn fields(line: &str) -> Option<Vec<Field>> {
    if !is_json(line) {
        return None;
    }
    let mut out = Vec::new();
    let mut reader = serde_json::Deserializer::from_str(line.trim());
    let all = Fields { prefix: String::new(), depth: 0, out: &mut out };
    all.deserialize(&mut reader).ok()?;
    reader.end().ok()?;
    Some(out)
}

/// The value of one field: of the very name, or of the path that its dots make. What stands before it is skipped, what follows is not
/// looked at: so a hundred thousand lines can be asked between two frames.
pub fn field(line: &str, key: &str) -> Option<String> {
    if !is_json(line) {
        return None;
    }
    let found = sonic_rs::get(line, [key]).or_else(|_| sonic_rs::get(line, key.split('.'))).ok()?;
    let raw = found.as_raw_str().trim();
    if raw.starts_with('"') { serde_json::from_str(raw).ok() } else { Some(raw.to_owned()) }
}

/// The names of the fields that the lines have, those that a reader wants first at the front, then the most frequent.
pub fn columns<'a>(lines: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    let mut seen: Vec<(String, usize)> = Vec::new();
    for line in lines {
        for (name, _) in fields(line).into_iter().flatten().take(FIELDS) {
            match seen.iter_mut().find(|(known, _)| *known == name) {
                Some((_, count)) => *count += 1,
                None => seen.push((name, 1)),
            }
        }
    }
    // The first names of each group are the better ones.
    let rank = |name: &str| {
        let lower = name.to_ascii_lowercase();
        let of = |names: &[&str]| names.contains(&lower.as_str());
        match () {
            () if of(&["ts", "time", "timestamp", "@timestamp", "t", "datetime"]) => 0,
            () if of(&["level", "severity", "lvl", "log.level", "levelname"]) => 1,
            () if of(&["msg", "message", "event"]) => 2,
            () => 3,
        }
    };
    seen.sort_by_key(|(name, count)| (rank(name), std::cmp::Reverse(*count)));
    seen.into_iter().map(|(name, _)| name).collect()
}

/// The lines of the pretty form: two blanks a level, one field a line; `None` when it is no JSON object.
pub fn pretty(line: &str) -> Option<Vec<String>> {
    if !is_json(line) {
        return None;
    }
    // A check, and nothing is kept: the form is made of the text, so that order and numbers stay as they were written.
    serde_json::from_str::<IgnoredAny>(line.trim()).ok()?;
    let mut out = vec![String::new()];
    let (mut depth, mut quoted, mut escaped) = (0_usize, false, false);
    let begin = |out: &mut Vec<String>, depth: usize| out.push("  ".repeat(depth));
    let mut chars = line.trim().chars().filter(|c| *c != '\n').peekable();
    while let Some(c) = chars.next() {
        let last = out.len() - 1;
        if quoted {
            out[last].push(c);
            quoted = escaped || c != '"';
            escaped = c == '\\' && !escaped;
            continue;
        }
        match c {
            '"' => {
                quoted = true;
                out[last].push(c);
            }
            '{' | '[' => {
                out[last].push(c);
                while chars.next_if(|next| next.is_whitespace()).is_some() {}
                if let Some(end) = chars.next_if(|next| matches!(next, '}' | ']')) {
                    out[last].push(end);
                } else {
                    depth += 1;
                    begin(&mut out, depth);
                }
            }
            '}' | ']' => {
                depth = depth.saturating_sub(1);
                begin(&mut out, depth);
                let last = out.len() - 1;
                out[last].push(c);
            }
            ',' => {
                out[last].push(c);
                begin(&mut out, depth);
            }
            ':' => out[last].push_str(": "),
            c if c.is_whitespace() => {}
            c => out[last].push(c),
        }
    }
    Some(out)
}

struct Fields<'o> {
    prefix: String,
    depth: usize,
    out: &'o mut Vec<Field>,
}

impl Fields<'_> {
    fn push(self, value: impl Into<String>) {
        self.out.push((self.prefix, value.into()));
    }
}

impl<'de> DeserializeSeed<'de> for Fields<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Fields<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        if self.depth >= DEEPEST {
            let value = Value::deserialize(MapAccessDeserializer::new(map))?;
            self.push(value.to_string());
            return Ok(());
        }
        while let Some(key) = map.next_key::<std::borrow::Cow<'de, str>>()? {
            let prefix =
                if self.prefix.is_empty() { key.into_owned() } else { format!("{}.{key}", self.prefix) };
            map.next_value_seed(Fields { prefix, depth: self.depth + 1, out: &mut *self.out })?;
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<(), A::Error> {
        let value = Value::deserialize(SeqAccessDeserializer::new(seq))?;
        self.push(value.to_string());
        Ok(())
    }

    fn visit_str<E>(self, value: &str) -> Result<(), E> {
        self.push(value);
        Ok(())
    }

    fn visit_bool<E>(self, value: bool) -> Result<(), E> {
        self.push(value.to_string());
        Ok(())
    }

    fn visit_i64<E>(self, value: i64) -> Result<(), E> {
        self.push(value.to_string());
        Ok(())
    }

    fn visit_u64<E>(self, value: u64) -> Result<(), E> {
        self.push(value.to_string());
        Ok(())
    }

    fn visit_f64<E>(self, value: f64) -> Result<(), E> {
        self.push(value.to_string());
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        self.push("null");
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_as_they_stand() {
        let line = r#" {"z":1,"a":"b","n":null,"t":true,"f":1.5,"l":[1,"x"],"o":{"p":{"q":"r"}},"m":-3} "#;
        let all = fields(line).unwrap();
        let all: Vec<(&str, &str)> =
            all.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(
            all,
            [
                ("z", "1"),
                ("a", "b"),
                ("n", "null"),
                ("t", "true"),
                ("f", "1.5"),
                ("l", "[1,\"x\"]"),
                ("o.p.q", "r"),
                ("m", "-3")
            ]
        );
        for broken in ["", "{", "[1]", "{\"a\":}", "{\"a\":1} x", "plain"] {
            assert_eq!(fields(broken), None, "{broken}");
        }
        let deep = r#"{"a":{"b":{"c":{"d":{"e":1}}}}}"#;
        assert_eq!(fields(deep), Some(vec![("a.b.c.d".to_owned(), "{\"e\":1}".to_owned())]));
    }

    #[test]
    fn one_field_is_found_without_the_others() {
        let line = r#"{"a":{"b":"c \"d\"","n":null},"a.b":"literal","status": 500 ,"l":[1, 2],"t":true}"#;
        for (key, value) in [
            ("status", Some("500")),
            ("a.b", Some("literal")),
            ("a.n", Some("null")),
            ("a", Some(r#"{"b":"c \"d\"","n":null}"#)),
            ("l", Some("[1, 2]")),
            ("t", Some("true")),
            ("b", None),
            ("", None),
            ("a.", None),
        ] {
            assert_eq!(field(line, key).as_deref(), value, "{key}");
        }
        assert_eq!(field("{\"o\":{\"p\":\"q \\u00e4\"}}", "o.p").as_deref(), Some("q ä"));
        assert_eq!(field("{\"cut\": }", "cut"), None);
    }

    #[test]
    fn columns_have_the_useful_first() {
        let lines = [
            r#"{"path":"/","level":"info","msg":"x","ts":1}"#,
            "plain",
            r#"{"level":"info","msg":"x","user":"u"}"#,
            r#"{"user":"u"}"#,
        ];
        assert_eq!(columns(lines), ["ts", "level", "msg", "user", "path"]);
    }

    #[test]
    fn pretty_keeps_order_and_numbers() {
        let line = r#"{"z":1.50,"a":{"b":[1, 2],"e":{},"s":"x, {\"y\": \\"},"l":[]}"#;
        let expected = [
            "{",
            "  \"z\": 1.50,",
            "  \"a\": {",
            "    \"b\": [",
            "      1,",
            "      2",
            "    ],",
            "    \"e\": {},",
            "    \"s\": \"x, {\\\"y\\\": \\\\\"",
            "  },",
            "  \"l\": []",
            "}",
        ];
        assert_eq!(pretty(line).unwrap(), expected);
        assert_eq!(pretty("{broken"), None);
    }
}
