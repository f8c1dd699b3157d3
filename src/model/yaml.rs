//! An object as highlighted YAML.
//!
//! Slow the first time (the syntax is loaded when first needed), so the runner calls it off the loop.

use std::sync::OnceLock;

use serde_json::Value;
use syntect::parsing::{ParseState, Scope, ScopeStack, SyntaxSet};

use super::column::Tone;
use super::text::clean;

/// What a piece of YAML is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Syntax {
    /// Dashes, colons, white space.
    Plain,
    /// A key of a map.
    Key,
    /// Text.
    String,
    /// Numbers, booleans, null.
    Constant,
    /// Comments.
    Comment,
    /// A value with a meaning.
    Tone(Tone),
}

/// One line, cut into pieces.
pub type Line = Vec<(Syntax, String)>;

/// An object as YAML: as its writers wrote it, and whole.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Yaml {
    /// Without `managedFields` and the fields that have the API's defaults; comments at the end count them.
    pub folded: Vec<Line>,
    /// All of it; `None`: there was nothing to fold.
    pub whole: Option<Vec<Line>>,
    /// How many fields have the API's defaults.
    pub defaults: usize,
    /// How many managers of fields are named.
    pub managers: usize,
}

/// A value as YAML, as it is. An error is the writer's words.
pub fn written(value: &Value) -> Result<String, String> {
    serde_yaml::to_string(value).map_err(|error| error.to_string())
}

/// An object given as JSON. An error is the parser's words.
pub fn yaml(json: &[u8]) -> Result<Yaml, String> {
    let mut object: Value =
        serde_json::from_slice(json).map_err(|error| clean(&error.to_string()).into_owned())?;
    super::secret::mask(&mut object);
    let mut folded = object.clone();
    let managed = folded
        .pointer_mut("/metadata")
        .and_then(Value::as_object_mut)
        .and_then(|meta| meta.remove("managedFields"));
    let managers = managed.as_ref().and_then(Value::as_array).map_or(0, Vec::len);
    let defaults = super::defaults::fold(&mut folded);
    let mut lines = highlight(&written(&folded)?);
    let mut note = |words: String| lines.push(vec![(Syntax::Comment, words)]);
    if defaults > 0 {
        note(format!("# defaults folded: {defaults} {}", if defaults == 1 { "field" } else { "fields" }));
    }
    if managed.is_some() {
        note(format!("# managedFields folded: {managers} entries"));
    }
    let whole = (defaults > 0 || managed.is_some()).then(|| written(&object)).transpose()?;
    Ok(Yaml { folded: lines, whole: whole.map(|text| highlight(&text)), defaults, managers })
}

fn highlight(text: &str) -> Vec<Line> {
    let syntaxes = syntaxes();
    let Some(yaml) = syntaxes.find_syntax_by_extension("yaml") else {
        return text.lines().map(|line| vec![(Syntax::Plain, clean(line).into_owned())]).collect();
    };
    let mut state = ParseState::new(yaml);
    let mut stack = ScopeStack::new();
    text.lines()
        .map(|line| {
            let with_end = format!("{line}\n");
            let ops = state.parse_line(&with_end, syntaxes).unwrap_or_default();
            let mut pieces: Line = Vec::new();
            let mut from = 0;
            for (at, op) in &ops {
                push(
                    &mut pieces,
                    line.get(from..(*at).min(line.len())).unwrap_or_default(),
                    classify(&stack),
                );
                from = (*at).min(line.len());
                // A scope stack that cannot take an operation only loses colour.
                let _ = stack.apply(op);
            }
            push(&mut pieces, line.get(from..).unwrap_or_default(), classify(&stack));
            pieces
        })
        .collect()
}

fn push(pieces: &mut Line, text: &str, syntax: Syntax) {
    if text.is_empty() {
        return;
    }
    let text = clean(text);
    match pieces.last_mut() {
        Some((last, piece)) if *last == syntax => piece.push_str(&text),
        _ => pieces.push((syntax, text.into_owned())),
    }
}

fn syntaxes() -> &'static SyntaxSet {
    static SYNTAXES: OnceLock<SyntaxSet> = OnceLock::new();
    SYNTAXES.get_or_init(SyntaxSet::load_defaults_newlines)
}

fn classify(stack: &ScopeStack) -> Syntax {
    static SCOPES: OnceLock<[(Option<Scope>, Syntax); 5]> = OnceLock::new();
    let scopes = SCOPES.get_or_init(|| {
        [
            ("entity.name.tag", Syntax::Key),
            ("comment", Syntax::Comment),
            ("constant", Syntax::Constant),
            ("punctuation", Syntax::Plain),
            ("string", Syntax::String),
        ]
        .map(|(name, syntax)| (Scope::new(name).ok(), syntax))
    });
    let innermost = stack.as_slice().iter().rev();
    // A key is a string too: the outer scope says that it is a key.
    if stack.as_slice().iter().any(|scope| scopes[0].0.is_some_and(|key| key.is_prefix_of(*scope))) {
        return Syntax::Key;
    }
    for scope in innermost {
        if let Some((_, syntax)) =
            scopes[1..].iter().find(|(known, _)| known.is_some_and(|known| known.is_prefix_of(*scope)))
        {
            return *syntax;
        }
    }
    Syntax::Plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_what_the_pieces_are() {
        let json = br#"{"kind":"Pod","metadata":{"name":"a","managedFields":[{},{}]},"spec":{"n":3,"on":true,"s":"x: y"}}"#;
        let lines = yaml(json).unwrap().folded;
        let find = |text: &str| {
            lines.iter().flatten().find(|(_, piece)| piece.trim() == text).map(|(syntax, _)| *syntax)
        };
        assert_eq!(find("kind"), Some(Syntax::Key));
        assert_eq!(find("Pod"), Some(Syntax::String));
        assert_eq!(find("3"), Some(Syntax::Constant));
        assert_eq!(find("true"), Some(Syntax::Constant));
        assert_eq!(find("# managedFields folded: 2 entries"), Some(Syntax::Comment));
        assert!(!lines.iter().flatten().any(|(_, piece)| piece.contains("managedFields:")));
    }

    #[test]
    fn what_is_folded_is_counted_and_the_whole_is_there() {
        let json = br#"{"apiVersion":"v1","kind":"Pod","metadata":{"name":"a","managedFields":[{"manager":"x"}]},"spec":{"dnsPolicy":"ClusterFirst","nodeName":"n"}}"#;
        let yaml = yaml(json).unwrap();
        let text = |lines: &[Line]| -> Vec<String> {
            lines.iter().map(|line| line.iter().map(|(_, piece)| piece.as_str()).collect()).collect()
        };
        let folded = text(&yaml.folded);
        assert_eq!(
            folded[folded.len() - 2..],
            ["# defaults folded: 1 field", "# managedFields folded: 1 entries"]
        );
        assert!(!folded.iter().any(|line| line.contains("dnsPolicy")));
        let whole = text(yaml.whole.as_deref().unwrap());
        assert!(whole.iter().any(|line| line == "  dnsPolicy: ClusterFirst"));
        assert!(whole.iter().any(|line| line.contains("manager: x")));
        assert!(!whole.iter().any(|line| line.starts_with('#')));
        assert_eq!((yaml.defaults, yaml.managers), (1, 1));
        assert_eq!(super::yaml(b"{\"kind\":\"A\"}").unwrap().whole, None, "nothing to fold");
    }

    #[test]
    fn text_from_the_cluster_is_cleaned() {
        let lines = yaml("{\"a\":\"\u{202e}x\"}".as_bytes()).unwrap().folded;
        assert!(!lines.iter().flatten().any(|(_, piece)| piece.contains('\u{202e}')));
    }

    #[test]
    fn no_json_is_an_error() {
        assert!(yaml(b"<html>").is_err());
    }
}
