//! Objects as YAML text and back, read as kubectl reads it. Knows no kinds and no fields.
//!
//! kubectl goes through `sigs.k8s.io/yaml` (go-yaml 2, YAML 1.1): `yes`, `no`, `on`, `off`, `y` and `n` are booleans and
//! `0644` is octal; a key that is there twice is an error. What is written here is quoted so that both read the same.

use serde_json::Value;
use serde_saphyr::options::{DuplicateKeyPolicy, MergeKeyPolicy};

/// A document that could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("yaml: line {line}: {words}")]
pub struct YamlError {
    /// The line, from 1; 0 when it is not known.
    pub line: usize,
    /// The parser's words.
    pub words: String,
}

/// A document of a text.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    /// The line in which it begins, from 1.
    pub line: usize,
    /// What it holds.
    pub value: Value,
}

/// An object as text.
pub fn text(value: &Value) -> String {
    let options = serde_saphyr::ser_options! { folded_wrap_chars: 100_000, yaml_12: false };
    serde_saphyr::to_string_with_options(value, options).unwrap_or_default()
}

/// The documents of a text, empty ones left out: YAML between `---` lines, or JSON values one after the other, told
/// apart as kubectl does it (`k8s.io/apimachinery/pkg/util/yaml`, `GuessJSONStream`: JSON begins with a brace).
pub fn documents(text: &str) -> Result<Vec<Document>, YamlError> {
    if text.trim_start().starts_with('{')
        && let Some(json) = json(text)
    {
        return Ok(json);
    }
    let mut documents = Vec::new();
    for (line, part) in parts(text) {
        if let Some(value) = one(part, line)? {
            documents.push(Document { line, value });
        }
    }
    Ok(documents)
}

/// JSON values one after the other; `None` when it is not JSON (a YAML flow map begins with a brace, too).
fn json(text: &str) -> Option<Vec<Document>> {
    let mut documents = Vec::new();
    let mut stream = serde_json::Deserializer::from_str(text).into_iter::<Value>();
    let mut from = 0;
    while let Some(value) = stream.next() {
        let blank = text[from..].len() - text[from..].trim_start().len();
        let line = text[..from + blank].matches('\n').count() + 1;
        documents.push(Document { line, value: value.ok()? });
        from = stream.byte_offset();
    }
    Some(documents)
}

/// The parts between `---` lines with the line in which each begins. In the first column `---` is always a separator:
/// inside of a text block it would be indented.
fn parts(text: &str) -> Vec<(usize, &str)> {
    let mut parts = Vec::new();
    let (mut from, mut first, mut at) = (0, 1, 0);
    for (number, line) in text.split_inclusive('\n').enumerate() {
        if line.starts_with("---") && line[3..].chars().next().is_none_or(char::is_whitespace) && at > from {
            parts.push((first, &text[from..at]));
            (from, first) = (at, number + 1);
        }
        at += line.len();
    }
    parts.push((first, &text[from..]));
    parts
}

/// One document that begins in `line`.
fn one(text: &str, line: usize) -> Result<Option<Value>, YamlError> {
    let options = serde_saphyr::options! {
        duplicate_keys: DuplicateKeyPolicy::Error,
        merge_keys: MergeKeyPolicy::Merge,
        legacy_octal_numbers: true,
        strict_booleans: false,
        with_snippet: false,
    };
    serde_saphyr::from_str_with_options::<Option<Value>>(text, options)
        .map(|value| value.filter(|value| !value.is_null()))
        .map_err(|error| {
            let at = error.location().and_then(|at| usize::try_from(at.line()).ok()).filter(|at| *at > 0);
            let said = error.without_snippet().to_string();
            let said = said.lines().next().unwrap_or_default();
            let said = said.split(" at line ").next().unwrap_or(said);
            let words = said
                .split(", set DuplicateKeyPolicy")
                .next()
                .unwrap_or(said)
                .trim_end_matches([',', ':', ' ']);
            YamlError { line: at.map_or(0, |at| at + line - 1), words: words.to_owned() }
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_written_is_read_again() {
        for word in [
            "yes",
            "no",
            "on",
            "y",
            "N",
            "OFF",
            "~",
            "null",
            "true",
            "0644",
            "0o17",
            "1e3",
            ".5",
            "-",
            "",
            "a: b",
            "# x",
            "x #y",
            "!x",
            "&a",
            "*b",
            "2001-01-01",
            "0x1f",
            "1_000",
            "one\ntwo\n",
            "one\ntwo",
            "  in\nout",
            "\ttab",
            "end \nx",
            "é",
            "a\u{7}b",
            "---",
            "- a",
            "?",
            "{a}",
            "[b]",
            "'",
            "\"",
            "%x",
            "@a",
            ".inf",
            "1:30",
            "08",
            "=",
            "<<",
            "a\r\nb",
            "\u{85}x",
            "\u{2028}",
            "---\nx: 1\n",
        ] {
            let value = json!({"key": word, word: 1, "list": [word, {"map": word}]});
            let written = text(&value);
            let read = documents(&written);
            assert_eq!(read, Ok(vec![Document { line: 1, value }]), "{word:?}: {written}");
        }
    }

    #[test]
    fn it_looks_as_kubectl_prints_it() {
        let value = json!({"spec": {"containers": [{"args": ["a"], "name": "x", "script": "set -e\nrun\n"}],
            "none": [], "labels": {"on": "yes"}}});
        let lines = "spec:\n  containers:\n  - args:\n    - a\n    name: x\n    script: |\n      set -e\n      run\n  \
            labels:\n    \"on\": \"yes\"\n  none: []\n";
        assert_eq!(text(&value), lines);
    }

    #[test]
    fn it_is_read_as_kubectl_reads_it() {
        for (text, value) in [
            ("a: yes", json!(true)),
            ("a: Off", json!(false)),
            ("a: 0644", json!(420)),
            ("a: '0644'", json!("0644")),
            ("a: 1.5", json!(1.5)),
            ("a: !!str 5", json!("5")),
            ("a: 2001-01-01", json!("2001-01-01")),
            ("a: ~", Value::Null),
            ("x: &x {b: 1}\na: {<<: *x, c: 2}", json!({"b": 1, "c": 2})),
        ] {
            assert_eq!(documents(text).unwrap()[0].value["a"], value, "{text}");
        }
    }

    #[test]
    fn documents_know_their_lines() {
        let lines = |text: &str| -> Vec<(usize, Value)> {
            documents(text).unwrap().into_iter().map(|one| (one.line, one.value["a"].clone())).collect()
        };
        let two = vec![(1, json!(1)), (3, json!(2))];
        for text in ["a: 1\n# x\n---\na: 2\n", "a: 1\n\n--- # second\na: 2\n---\n", "{\"a\":1}\n\n{\"a\":2}"]
        {
            assert_eq!(lines(text), two, "{text:?}");
        }
        assert_eq!(lines("---\n# nothing\n---\n\n"), []);
        assert_eq!(lines("{a: 1, b: 2}"), [(1, json!(1))], "a flow map is no JSON");
        assert_eq!(lines("b: |\n  ---\n  x\na: 1\n"), [(1, json!(1))]);
    }

    #[test]
    fn errors_name_the_line() {
        for (text, line, words) in [
            ("a: 1\nb: 2\na: 3\n", 3, "duplicate mapping key: a"),
            ("x: 1\n---\na:\n  b\n c: d\n", 5, "mapping values are not allowed"),
            ("a: [1, 2\nb: 3\n", 2, ""),
        ] {
            let error = documents(text).unwrap_err();
            assert_eq!((error.line, error.words.contains(words)), (line, true), "{text:?}: {error}");
            assert!(!error.words.contains("Options"), "{error}");
        }
    }
}
