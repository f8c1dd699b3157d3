//! Takes `managedFields` out of JSON before it is parsed: nearly half the bytes of an object, and no record needs them.
//!
//! It looks for bytes, not for structure, which is many times faster than a parser; so what it leaves may, for odd names of
//! fields, be no JSON. Whoever parses it has to go back to the original then. It never leaves JSON that means something
//! else: a cut at a wrong place is in the middle of a string, and what follows does not parse.

use memchr::memmem::{Finder, find_iter};

/// Cuts `managedFields` out.
#[derive(Debug, Default)]
pub(super) struct Strip {
    out: Vec<u8>,
}

/// The key and the beginning of a list that is not empty. Inside a string its quotes would be escaped.
const BEGIN: &[u8] = b"\"managedFields\":[{";
/// Room that is kept for the next line; a page of a list gives its room back.
const KEPT: usize = 1 << 20;

impl Strip {
    /// The JSON without `managedFields`; `None` when there are none.
    pub(super) fn without<'a>(&'a mut self, json: &[u8]) -> Option<&'a [u8]> {
        self.out.clear();
        self.out.shrink_to(KEPT);
        let mut from = 0;
        let begin = Finder::new(BEGIN);
        while let Some(at) = begin.find(&json[from..]).map(|at| at + from) {
            let Some(end) = end_of(json, at + BEGIN.len()) else { break };
            self.out.extend_from_slice(&json[from..at + BEGIN.len() - 1]);
            from = end;
        }
        if from == 0 {
            return None;
        }
        self.out.extend_from_slice(&json[from..]);
        Some(&self.out)
    }
}

/// Where the list's closing bracket is.
fn end_of(json: &[u8], from: usize) -> Option<usize> {
    find_iter(&json[from..], b"}]").map(|at| from + at + 1).find(|bracket| {
        // The list is followed by the end of `metadata`, or by its next key.
        match json[*bracket + 1..] {
            [b'}', ..] => true,
            [b',', b'"', letter, ..] => letter.is_ascii_alphabetic(),
            _ => false,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn without(json: &str) -> Option<String> {
        Strip::default().without(json.as_bytes()).map(|out| String::from_utf8(out.to_vec()).unwrap())
    }

    #[test]
    fn only_managed_fields_go() {
        for (json, left) in [
            (r#"{"metadata":{"name":"a"}}"#, None),
            (r#"{"metadata":{"managedFields":[]}}"#, None),
            (
                r#"{"metadata":{"name":"a","managedFields":[{"f:x":{}},{"f:y":{"k:{\"a\":\"b\"}":{}}}]},"spec":{}}"#,
                Some(r#"{"metadata":{"name":"a","managedFields":[]},"spec":{}}"#),
            ),
            (
                r#"{"metadata":{"managedFields":[{"a":1}],"name":"a"},"spec":[{"x":[{}]}]}"#,
                Some(r#"{"metadata":{"managedFields":[],"name":"a"},"spec":[{"x":[{}]}]}"#),
            ),
            (
                r#"{"items":[{"m":{"managedFields":[{"a":1}]}},{"m":{"managedFields":[{"b":1}]}}]}"#,
                Some(r#"{"items":[{"m":{"managedFields":[]}},{"m":{"managedFields":[]}}]}"#),
            ),
            // A manifest kept in an annotation is text.
            (r#"{"a":"{\"metadata\":{\"managedFields\":[{\"b\":1}]}}"}"#, None),
            // Cut off.
            (r#"{"metadata":{"managedFields":[{"a":1}"#, None),
        ] {
            assert_eq!(without(json).as_deref(), left, "{json}");
        }
    }

    /// Values of sets become names of fields; they may hold anything.
    #[test]
    fn a_wrong_cut_never_parses() {
        for odd in ["}]}", "}],", "}],\\\"x\\\":{", "}],a", "{[{}]}", "}]},", "}]}}", "\\\\"] {
            let json = format!(
                r#"{{"metadata":{{"name":"a","managedFields":[{{"fieldsV1":{{"f:finalizers":{{"v:{odd}":{{}}}}}}}}],"uid":"u"}},"spec":{{}}}}"#
            );
            let whole: Value = serde_json::from_str(&json).unwrap();
            let Some(left) = without(&json) else { continue };
            if let Ok(mut left) = serde_json::from_str::<Value>(&left) {
                left["metadata"]["managedFields"] = whole["metadata"]["managedFields"].clone();
                assert_eq!(left, whole, "{json}");
            }
        }
        let plain = json!({"metadata": {"managedFields": [{"a": {}}], "z": 1}}).to_string();
        assert!(without(&plain).is_some());
    }
}
