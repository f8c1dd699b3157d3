//! The shell's language, as far as it goes: words with quotes and variables, `;`, `&&`, `||`, and output into files.

use std::collections::BTreeMap;

/// How a command depends on the one before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum When {
    Always,
    Success,
    Failure,
}

/// One command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Command {
    pub when: When,
    pub words: Vec<String>,
    /// Where its output goes, and whether to the end of it.
    pub into: Option<(String, bool)>,
    /// Its errors are thrown away.
    pub quiet: bool,
}

enum Token {
    Word(String),
    Operator(&'static str),
}

/// The commands of a text.
pub(super) fn parse(text: &str, env: &BTreeMap<String, String>, last: i32) -> Result<Vec<Command>, String> {
    let mut commands = Vec::new();
    let mut next = Command { when: When::Always, words: Vec::new(), into: None, quiet: false };
    let mut tokens = tokens(text, env, last)?.into_iter();
    while let Some(token) = tokens.next() {
        match token {
            Token::Word(word) => next.words.push(word),
            Token::Operator(into @ (">" | ">>" | "2>")) => {
                let Some(Token::Word(file)) = tokens.next() else {
                    return Err("syntax error: redirection without a file".to_owned());
                };
                match (into, file.as_str()) {
                    ("2>", "/dev/null") => next.quiet = true,
                    ("2>", _) => {}
                    (into, _) => next.into = Some((file, into == ">>")),
                }
            }
            Token::Operator(operator) => {
                let when = match operator {
                    "&&" => When::Success,
                    "||" => When::Failure,
                    _ => When::Always,
                };
                let done = std::mem::replace(
                    &mut next,
                    Command { when, words: Vec::new(), into: None, quiet: false },
                );
                if !done.words.is_empty() {
                    commands.push(done);
                } else if operator != ";" {
                    return Err(format!("syntax error near unexpected token `{operator}'"));
                }
            }
        }
    }
    if !next.words.is_empty() {
        commands.push(next);
    }
    Ok(commands)
}

fn tokens(text: &str, env: &BTreeMap<String, String>, last: i32) -> Result<Vec<Token>, String> {
    let mut out = Vec::new();
    let mut word: Option<String> = None;
    let mut chars = text.chars().peekable();
    let mut finish = |word: &mut Option<String>, operator: Option<&'static str>| {
        out.extend(word.take().map(Token::Word));
        out.extend(operator.map(Token::Operator));
    };
    while let Some(c) = chars.next() {
        match c {
            ' ' | '\t' => finish(&mut word, None),
            ';' | '\n' => finish(&mut word, Some(";")),
            '#' if word.is_none() => while chars.next_if(|c| *c != '\n').is_some() {},
            '&' if chars.next_if_eq(&'&').is_some() => finish(&mut word, Some("&&")),
            '|' if chars.next_if_eq(&'|').is_some() => finish(&mut word, Some("||")),
            '|' | '&' | '(' | ')' | '`' => {
                return Err(format!("syntax error: `{c}' is more than this shell can"));
            }
            '2' if word.is_none() && chars.next_if_eq(&'>').is_some() => finish(&mut word, Some("2>")),
            '>' if chars.next_if_eq(&'>').is_some() => finish(&mut word, Some(">>")),
            '>' => finish(&mut word, Some(">")),
            '\'' => {
                let word = word.get_or_insert_default();
                loop {
                    match chars.next() {
                        Some('\'') => break,
                        Some(c) => word.push(c),
                        None => return Err("syntax error: unterminated quoted string".to_owned()),
                    }
                }
            }
            '"' => {
                let word = word.get_or_insert_default();
                loop {
                    match chars.next() {
                        Some('"') => break,
                        Some('\\') => word.extend(chars.next()),
                        Some('$') => variable(&mut chars, word, env, last),
                        Some(c) => word.push(c),
                        None => return Err("syntax error: unterminated quoted string".to_owned()),
                    }
                }
            }
            '\\' => word.get_or_insert_default().extend(chars.next()),
            '$' => variable(&mut chars, word.get_or_insert_default(), env, last),
            c => word.get_or_insert_default().push(c),
        }
    }
    finish(&mut word, None);
    Ok(out)
}

fn variable(
    chars: &mut std::iter::Peekable<std::str::Chars<'_>>,
    word: &mut String,
    env: &BTreeMap<String, String>,
    last: i32,
) {
    if chars.next_if_eq(&'?').is_some() {
        word.push_str(&last.to_string());
        return;
    }
    let braced = chars.next_if_eq(&'{').is_some();
    let mut name = String::new();
    while let Some(c) = chars.next_if(|c| c.is_ascii_alphanumeric() || *c == '_') {
        name.push(c);
    }
    if braced {
        chars.next_if_eq(&'}');
    }
    if name.is_empty() {
        word.push('$');
    } else {
        word.push_str(env.get(&name).map_or("", String::as_str));
    }
}
