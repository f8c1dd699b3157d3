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

/// The lines of an object given as JSON; `managedFields` is folded to a comment. An error is the parser's words.
pub fn lines(json: &[u8]) -> Result<Vec<Line>, String> {
    let mut object: Value =
        serde_json::from_slice(json).map_err(|error| clean(&error.to_string()).into_owned())?;
    super::secret::mask(&mut object);
    let folded = object
        .pointer_mut("/metadata")
        .and_then(Value::as_object_mut)
        .and_then(|meta| meta.remove("managedFields"));
    let text = serde_yaml::to_string(&object).map_err(|error| error.to_string())?;
    let mut lines = highlight(&text);
    if let Some(Value::Array(managers)) = folded {
        let count = managers.len();
        lines.push(vec![(Syntax::Comment, format!("# managedFields folded: {count} entries"))]);
    }
    Ok(lines)
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
        let lines = lines(json).unwrap();
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
    fn text_from_the_cluster_is_cleaned() {
        let lines = lines("{\"a\":\"\u{202e}x\"}".as_bytes()).unwrap();
        assert!(!lines.iter().flatten().any(|(_, piece)| piece.contains('\u{202e}')));
    }

    #[test]
    fn no_json_is_an_error() {
        assert!(lines(b"<html>").is_err());
    }
}
