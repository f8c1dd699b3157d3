//! YAML files as a tree in which every key and value knows its line.
//!
//! `config.yaml`, themes and keymaps are read through it, so that a warning names the line of what it is about. It
//! knows the syntax only; what keys mean is decided by its callers.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_saphyr::Spanned;
use serde_saphyr::options::{DuplicateKeyPolicy, MergeKeyPolicy};

use super::warning::Warnings;

/// A value and its line.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// The line it begins in, from 1.
    pub line: usize,
    /// What it is.
    pub value: Value,
}

/// A key of a map and its line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// The line, from 1.
    pub line: usize,
    /// The key as text, whatever YAML thinks it is (`1`, `y` and `no` are text too).
    pub text: String,
}

/// A YAML value. Unquoted `yes`, `no`, `on`, `off`, `y` and `n` are text; only `true` and `false` are booleans.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// `null`, `~` or nothing at all.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// Any other number.
    Float(f64),
    /// Text.
    Text(String),
    /// A list.
    List(Vec<Node>),
    /// A map, in the order of the file.
    Map(Vec<(Key, Node)>),
}

impl Value {
    /// What it is, in words for a warning.
    pub fn describe(&self) -> String {
        match self {
            Self::Null => "nothing".into(),
            Self::Bool(value) => format!("{value}"),
            Self::Int(value) => format!("the number {value}"),
            Self::Float(value) => format!("the number {value}"),
            Self::Text(value) => format!("`{value}`"),
            Self::List(_) => "a list".into(),
            Self::Map(_) => "a map".into(),
        }
    }
}

impl Node {
    /// Its entries, when it is a map; an empty value counts as an empty map. Anything else is warned about.
    pub fn entries(&self, what: &str, warnings: &mut Warnings) -> &[(Key, Node)] {
        match &self.value {
            Value::Map(entries) => entries,
            Value::Null => &[],
            other => {
                warnings.add(self.line, format!("{what} must be a map, not {}", other.describe()));
                &[]
            }
        }
    }

    /// Its text, when it is text. Anything else is warned about.
    pub fn text(&self, what: &str, warnings: &mut Warnings) -> Option<&str> {
        if let Value::Text(text) = &self.value {
            return Some(text);
        }
        warnings.add(self.line, format!("{what} must be text, not {}", self.value.describe()));
        None
    }

    /// Its boolean, when it is one. Anything else is warned about.
    pub fn bool(&self, what: &str, warnings: &mut Warnings) -> Option<bool> {
        if let Value::Bool(value) = self.value {
            return Some(value);
        }
        // With quotes, and in other words than these two, it is text.
        let text = if matches!(self.value, Value::Text(_)) { "the text " } else { "" };
        let not = self.value.describe();
        warnings.add(self.line, format!("{what} must be true or false, not {text}{not}"));
        None
    }
}

/// Reads a YAML document. A document that cannot be read gives a warning with its line, and `None`; a key that is
/// there twice gives a warning, and the later one counts. An empty document is an empty map.
pub fn parse(text: &str, warnings: &mut Warnings) -> Option<Node> {
    let error = match read(text, DuplicateKeyPolicy::Error) {
        Ok(node) => return Some(node),
        Err(error) => error,
    };
    match read(text, DuplicateKeyPolicy::LastWins) {
        Ok(node) => {
            warnings.add_at(line_of(&error), format!("{}; the last one counts", words(&error)));
            Some(node)
        }
        Err(error) => {
            warnings.add_at(line_of(&error), words(&error));
            None
        }
    }
}

fn read(text: &str, duplicates: DuplicateKeyPolicy) -> Result<Node, serde_saphyr::Error> {
    let options = serde_saphyr::options! {
        duplicate_keys: duplicates,
        merge_keys: MergeKeyPolicy::AsOrdinary,
        strict_booleans: true,
        with_snippet: false,
    };
    serde_saphyr::from_str_with_options::<Option<Spanned<Value>>>(text, options)
        .map(|read| read.map_or(Node { line: 1, value: Value::Map(Vec::new()) }, Node::from))
}

fn line_of(error: &serde_saphyr::Error) -> Option<usize> {
    error.location().and_then(|at| usize::try_from(at.line()).ok()).filter(|line| *line > 0)
}

/// The parser's words without the place, which the warning names itself.
fn words(error: &serde_saphyr::Error) -> String {
    let text = error.without_snippet().to_string();
    let first = text.lines().next().unwrap_or_default();
    let words = first.split(" at line ").next().unwrap_or(first);
    words.trim_end_matches([',', ':', ' ']).to_owned()
}

impl From<Spanned<Value>> for Node {
    fn from(spanned: Spanned<Value>) -> Self {
        Self { line: usize::try_from(spanned.referenced.line()).unwrap_or(0), value: spanned.value }
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyValue)
    }
}

struct AnyValue;

impl<'de> Visitor<'de> for AnyValue {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a YAML value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_none<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Int(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(i64::try_from(value).map_or(Value::Float(value as f64), Value::Int))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Value::Float(value))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::Text(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::Text(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Value, A::Error> {
        let mut nodes = Vec::new();
        while let Some(node) = list.next_element::<Spanned<Value>>()? {
            nodes.push(node.into());
        }
        Ok(Value::List(nodes))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut entries: Vec<(Key, Node)> = Vec::new();
        while let Some(key) = map.next_key::<Spanned<String>>()? {
            let line = usize::try_from(key.referenced.line()).unwrap_or(0);
            let key = Key { line, text: key.value };
            let node = map.next_value::<Spanned<Value>>()?.into();
            // Of a key that is there twice the parser may hand over both.
            entries.retain(|(known, _)| known.text != key.text);
            entries.push((key, node));
        }
        Ok(Value::Map(entries))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> (Option<Node>, Vec<String>) {
        let mut warnings = Warnings::new("f.yaml");
        let node = parse(text, &mut warnings);
        (node, warnings.into_iter().map(|warning| warning.to_string()).collect())
    }

    fn entries(text: &str) -> Vec<(usize, String, usize, Value)> {
        let (node, warnings) = parsed(text);
        assert_eq!(warnings, Vec::<String>::new(), "{text}");
        let Some(Node { value: Value::Map(entries), .. }) = node else { panic!("not a map: {text}") };
        entries.into_iter().map(|(key, node)| (key.line, key.text, node.line, node.value)).collect()
    }

    #[test]
    fn every_key_and_value_knows_its_line() {
        let text = "# first\na: 1\n\nb: # here\n  c: yes\n  d: [true, ~,\n    2.5]\n";
        let read = entries(text);
        assert_eq!(read[0], (2, "a".into(), 2, Value::Int(1)));
        assert_eq!((read[1].0, read[1].1.as_str()), (4, "b"));
        let Value::Map(inner) = &read[1].3 else { panic!("{read:?}") };
        assert_eq!((inner[0].0.line, &inner[0].1.value), (5, &Value::Text("yes".into())));
        let Value::List(list) = &inner[1].1.value else { panic!("{inner:?}") };
        let list: Vec<_> = list.iter().map(|node| (node.line, node.value.clone())).collect();
        assert_eq!(list, [(6, Value::Bool(true)), (6, Value::Null), (7, Value::Float(2.5))]);
    }

    #[test]
    fn keys_are_text_and_only_true_and_false_are_booleans() {
        let read = entries("1: y\nno: on\n\"?\": n\n/: 'true'\n<: 0x10\n");
        let keys: Vec<_> = read.iter().map(|entry| entry.1.as_str()).collect();
        assert_eq!(keys, ["1", "no", "?", "/", "<"]);
        let text = |text: &str| Value::Text(text.into());
        let values: Vec<_> = read.iter().map(|entry| entry.3.clone()).collect();
        assert_eq!(values, [text("y"), text("on"), text("n"), text("true"), Value::Int(16)]);
    }

    #[test]
    fn nothing_is_an_empty_map() {
        for text in ["", "# only a comment\n", "\n\n", "---\n"] {
            let (node, warnings) = parsed(text);
            assert!(warnings.is_empty(), "{text:?}: {warnings:?}");
            let node = node.unwrap();
            assert!(node.entries("it", &mut Warnings::new("f")).is_empty(), "{text:?}: {node:?}");
        }
    }

    #[test]
    fn what_cannot_be_read_has_a_line() {
        for (text, line) in
            [("a: 1\nb: [1, 2\n", 2), ("a: 1\n b: 2\n", 2), ("a: 1\n\tb: 2\n", 1), ("a: *nobody\n", 1)]
        {
            let (node, warnings) = parsed(text);
            assert_eq!(node, None, "{text:?}");
            assert_eq!(warnings.len(), 1, "{text:?}");
            assert!(warnings[0].starts_with(&format!("f.yaml:{line}: ")), "{text:?}: {}", warnings[0]);
            assert!(!warnings[0].contains(" at line"), "{}", warnings[0]);
        }
    }

    #[test]
    fn a_key_that_is_there_twice_is_said() {
        for text in ["a: 1\nb: 2\na: 3\n", "1: 1\nb: 2\n1: 3\n"] {
            let (node, warnings) = parsed(text);
            assert_eq!(warnings.len(), 1, "{warnings:?}");
            assert!(warnings[0].starts_with("f.yaml:3: "), "{warnings:?}");
            let Value::Map(entries) = node.unwrap().value else { panic!("{text}") };
            assert_eq!(entries.len(), 2, "{entries:?}");
            assert!(entries.iter().any(|(_, node)| node.value == Value::Int(3)), "{entries:?}");
        }
    }
}
