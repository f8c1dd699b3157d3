//! Text to a tree of terms. Every text is either understood or refused with a reason and its place.

use regex::RegexBuilder;

use super::FilterError;
use super::compare::{Compare, Op, Wanted};
use super::needle::Needle;
use super::term::{Term, What};
use super::tree::Node;
use crate::model::column::Column;
use crate::model::feed::Selectors;

/// A regex may not compile to more than this, so that typing one never takes long.
const REGEX_LIMIT: usize = 1 << 20;

/// Deeper than this nobody nests; what is pasted may be anything.
const DEEPEST: usize = 32;

/// What a text says.
#[derive(Debug, Default)]
pub(super) struct Parsed {
    /// All of these.
    pub(super) nodes: Vec<Node>,
    /// What the server is asked for.
    pub(super) selectors: Selectors,
}

/// Reads a filter.
pub(super) fn parse(text: &str, columns: &[Column]) -> Result<Parsed, FilterError> {
    let mut parser =
        Parser { text, at: 0, columns, open: 0, deep: 0, joined: false, selectors: Selectors::default() };
    let nodes = match parser.any()? {
        Some(Node::All(nodes)) => nodes,
        node => node.into_iter().collect(),
    };
    Ok(Parsed { nodes, selectors: parser.selectors })
}

struct Parser<'a> {
    text: &'a str,
    /// Where it reads.
    at: usize,
    columns: &'a [Column],
    /// How many parentheses are open.
    open: usize,
    deep: usize,
    /// Within an `or` or a `not`.
    joined: bool,
    selectors: Selectors,
}

impl<'a> Parser<'a> {
    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn skip_blanks(&mut self) {
        self.at = self.text.len() - self.rest().trim_start().len();
    }

    /// Whether one of the words that combine stands here, in small letters or capitals.
    fn sees(&self, word: &str) -> bool {
        let rest = self.rest();
        let is = rest.get(..word.len()).is_some_and(|it| it == word || it == word.to_uppercase());
        is && rest[word.len()..].chars().next().is_none_or(|c| c.is_whitespace() || c == '(' || c == ')')
    }

    /// Steps over a combining word; its place, for what is said when nothing follows.
    fn takes(&mut self, word: &str) -> Option<usize> {
        self.skip_blanks();
        let at = self.at;
        self.sees(word).then(|| {
            self.at += word.len();
            at
        })
    }

    /// Alternatives; `None`: there is nothing.
    fn any(&mut self) -> Result<Option<Node>, FilterError> {
        let Some(first) = self.all()? else {
            return match self.takes("or") {
                Some(at) => Err(error(at, "before or goes what else may be there")),
                None => Ok(None),
            };
        };
        let mut nodes = vec![first];
        while let Some(at) = self.takes("or") {
            self.joined = true;
            let next = self.all()?;
            nodes.push(next.ok_or_else(|| error(at, "after or goes what else may be there"))?);
        }
        if nodes.len() > 1 && self.open == 0 && !self.selectors.is_empty() {
            return Err(error(0, ALONE));
        }
        Ok(if nodes.len() > 1 { Some(Node::Any(nodes)) } else { nodes.pop() })
    }

    /// What stands side by side, or is joined by `and`.
    fn all(&mut self) -> Result<Option<Node>, FilterError> {
        let (mut nodes, mut selects) = (Vec::new(), false);
        loop {
            let and = self.takes("and");
            if let (Some(at), true) = (and, nodes.is_empty() && !selects) {
                return Err(error(at, "before and goes what must be there too"));
            }
            self.skip_blanks();
            let closes = self.open > 0 && self.rest().starts_with(')');
            if self.rest().is_empty() || closes || self.sees("or") {
                if let Some(at) = and {
                    return Err(error(at, "after and goes what must be there too"));
                }
                break;
            }
            if self.selector()? {
                selects = true;
                continue;
            }
            nodes.push(self.one()?);
        }
        Ok(match nodes.len() {
            // What the server selects lets everything pass here.
            0 if selects => Some(Node::All(nodes)),
            0 | 1 => nodes.pop(),
            _ => Some(Node::All(nodes)),
        })
    }

    /// `-l app=web` and `-f status.phase=Failed`, in all forms that kubectl takes.
    fn selector(&mut self) -> Result<bool, FilterError> {
        let start = self.at;
        let word = self.rest().split(char::is_whitespace).next().unwrap_or_default();
        let (flag, attached) = match word.split_once('=') {
            Some((flag @ ("-l" | "-f" | "--selector" | "--field-selector"), value)) => (flag, Some(value)),
            Some(_) if word.starts_with("-l") => ("-l", Some(&word[2..])),
            Some(_) if word.starts_with("-f") => ("-f", Some(&word[2..])),
            _ => (word, None),
        };
        let labels = match flag {
            "-l" | "--selector" => true,
            "-f" | "--field-selector" => false,
            _ => return Ok(false),
        };
        if self.open > 0 || self.joined {
            return Err(error(start, ALONE));
        }
        self.at += word.len() - attached.map_or(0, str::len);
        if attached.is_none() {
            self.skip_blanks();
        }
        let value = match self.rest().chars().next() {
            Some(mark @ ('"' | '\'')) => {
                let open = self.at;
                let close = closing(self.text, open, mark);
                let close = close
                    .ok_or_else(|| error(open, format!("unclosed {mark}: it ends with a second one")))?;
                self.at = close + 1;
                ends(self.text, self.at, 0, "the closing quote")?;
                &self.text[open + 1..close]
            }
            _ => {
                let value = self.rest().split(char::is_whitespace).next().unwrap_or_default();
                self.at += value.len();
                let behind = self.rest().trim_start();
                if labels && ["in (", "in(", "notin (", "notin("].iter().any(|word| behind.starts_with(word))
                {
                    let why = "a selector with blanks goes between quotes: -l \"app in (web,db),tier!=old\"";
                    return Err(error(self.at, why));
                }
                value
            }
        };
        if value.is_empty() {
            let example = if labels { "app=web,tier!=db" } else { "status.phase=Failed" };
            return Err(error(start, format!("after {flag} goes what the server selects by, as {example}")));
        }
        self.selectors.add(labels, value);
        Ok(true)
    }

    /// One term, or several in parentheses.
    fn one(&mut self) -> Result<Node, FilterError> {
        self.deep += 1;
        if self.deep > DEEPEST {
            return Err(error(self.at, "that is nested too deep"));
        }
        let node = self.one_of_these();
        self.deep -= 1;
        node
    }

    fn one_of_these(&mut self) -> Result<Node, FilterError> {
        if let Some(at) = self.takes("not") {
            return self.not(at, "not");
        }
        let start = self.at;
        match self.rest().chars().next() {
            Some('!') if self.rest()[1..].starts_with('!') => Err(error(start + 1, "one ! is enough")),
            Some('!') => {
                self.at += 1;
                if self.rest().chars().next().is_none_or(char::is_whitespace) {
                    return Err(error(start, "after ! goes what must not be there"));
                }
                self.not(start, "!")
            }
            Some('(') => self.group(),
            Some(')') => Err(error(start, "no ( is open here; \"quote\" a ) to find it")),
            Some('/') => Ok(self.term(regex(self.text, start, self.open)?)),
            Some('"') => Ok(self.term(quoted(self.text, start, self.open)?)),
            _ => {
                let end = start + word_end(self.rest(), self.open > 0);
                let what = word(&self.text[start..end], start, self.columns)?;
                Ok(self.term((what, end)))
            }
        }
    }

    fn term(&mut self, (what, end): (What, usize)) -> Node {
        self.at = end;
        Node::Term(Term { inverse: false, what })
    }

    fn not(&mut self, at: usize, sign: &str) -> Result<Node, FilterError> {
        self.skip_blanks();
        let closes = self.open > 0 && self.rest().starts_with(')');
        if self.rest().is_empty() || closes || self.sees("and") || self.sees("or") {
            return Err(error(at, format!("after {sign} goes what must not be there")));
        }
        let before = std::mem::replace(&mut self.joined, true);
        if self.selector()? {
            return Err(error(at, ALONE));
        }
        let node = self.one()?;
        self.joined = before;
        Ok(match node {
            Node::Term(term) => Node::Term(Term { inverse: !term.inverse, ..term }),
            node => Node::Not(Box::new(node)),
        })
    }

    fn group(&mut self) -> Result<Node, FilterError> {
        let start = self.at;
        self.at += 1;
        self.open += 1;
        let joined = self.joined;
        let inside = self.any()?;
        self.joined = joined;
        self.skip_blanks();
        if !self.rest().starts_with(')') {
            return Err(error(start, "unclosed (: it ends with a )"));
        }
        self.at += 1;
        self.open -= 1;
        ends(self.text, self.at, self.open, "the closing )")?;
        inside.ok_or_else(|| error(start, "between ( and ) there is nothing"))
    }
}

/// Why a selector cannot stand where it does.
const ALONE: &str = "what the server selects by narrows everything: -l and -f go with no or, no not, no ( )";

/// How long a word is. A `)` ends it where one is open; those of the word itself, as in `f(x)`, are its own.
fn word_end(text: &str, in_group: bool) -> usize {
    let mut own = 0_usize;
    for (at, c) in text.char_indices() {
        match c {
            c if c.is_whitespace() => return at,
            '(' => own += 1,
            ')' if own > 0 => own -= 1,
            ')' if in_group => return at,
            _ => {}
        }
    }
    text.len()
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

/// After a closing mark goes a space or the end, or the end of a group.
fn ends(text: &str, end: usize, open: usize, what: &str) -> Result<(), FilterError> {
    match text[end..].chars().next() {
        Some(')') if open > 0 => Ok(()),
        Some(c) if !c.is_whitespace() => Err(error(end, format!("after {what} goes a space"))),
        _ => Ok(()),
    }
}

fn regex(text: &str, open: usize, groups: usize) -> Result<(What, usize), FilterError> {
    let close = closing(text, open, '/').ok_or_else(|| {
        error(open, "unclosed /regex/: it ends with a second / (write \\/ for a slash in it)")
    })?;
    let end = close + 1;
    let pattern = &text[open + 1..close];
    if pattern.is_empty() {
        return Err(error(open, "the /regex/ is empty"));
    }
    ends(text, end, groups, "the closing / of a regex")?;
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

fn quoted(text: &str, open: usize, groups: usize) -> Result<(What, usize), FilterError> {
    let close =
        closing(text, open, '"').ok_or_else(|| error(open, "unclosed \"text\": it ends with a second \""))?;
    ends(text, close + 1, groups, "the closing \"")?;
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
        b'=' => equal(left, right, at, columns),
        // `<none>` and `:8080` are texts of cells.
        _ if left.is_empty() => Ok(What::Word(Needle::new(word))),
        b':' if left == "label" && right.contains('=') => {
            let (key, value) = right.split_once('=').unwrap_or_default();
            label(key, value, at + sign + 1)
        }
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
            let (text, place) = (&word[value_at..], at + value_at);
            let wanted = Wanted::new(text);
            if !wanted.measures() {
                let why = format!(
                    "{text:?} is neither a number nor a duration like 90s, 5m, 2h, 3d, nor a quantity like 500m, 1Gi"
                );
                return Err(error(place, why));
            }
            Ok(What::Compare(Compare { column, op, wanted }))
        }
    }
}

/// `column=value` where there is such a column, and the label of that key elsewhere.
fn equal(left: &str, right: &str, at: usize, columns: &[Column]) -> Result<What, FilterError> {
    let (id, op) = left.strip_suffix('!').map_or((left, Op::Equal), |id| (id, Op::Unequal));
    if let Some(column) = columns.iter().position(|column| column.id.eq_ignore_ascii_case(id)) {
        let value = if op == Op::Equal { right.strip_prefix('=').unwrap_or(right) } else { right };
        return Ok(What::Compare(Compare { column, op, wanted: Wanted::new(value) }));
    }
    label(left, right, at)
}

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
