//! Values that are masked because of the name that they have: in prose (`password is: x`), in markup (`<password>x</password>`), as a
//! variable that changed (`env API_TOKEN a -> b`), behind names that are secret by their last word (`DBPASS`, `STRIPE_KEY`).

use regex::{Captures, Regex};

use super::MASK;

/// A value in quotes, even in quotes that are escaped, or a word.
const VALUE: &str = r"(?:\\+\x22.*?\\+\x22|\x22(?:[^\x22\\]|\\.)*\x22?|'[^']*'?|[^\s,;&\x22'}\])\{\[]+)";

/// Parts of names that are secret.
const PARTS: [&str; 14] = [
    "password",
    "passwd",
    "passphrase",
    "passcode",
    "pwd",
    "secret",
    "token",
    "apikey",
    "accesskey",
    "privatekey",
    "credential",
    "bearer",
    "signingkey",
    "encryptionkey",
];
/// Names that end so are secret.
const ENDS: [&str; 6] = ["pass", "pw", "key", "auth", "creds", "jwt"];
/// These are not, though they end so.
const HARMLESS: [&str; 22] = [
    "compass",
    "bypass",
    "encompass",
    "surpass",
    "trespass",
    "primarykey",
    "foreignkey",
    "partitionkey",
    "cachekey",
    "sortkey",
    "routingkey",
    "indexkey",
    "publickey",
    "key",
    "monkey",
    "turkey",
    "hotkey",
    "idempotencykey",
    "objectkey",
    "rowkey",
    "labelkey",
    "mapkey",
];
/// What follows `password is` or `token for x:` where it is not told.
const ORDINARY: [&str; 52] = [
    "required",
    "not",
    "expired",
    "invalid",
    "incorrect",
    "wrong",
    "missing",
    "empty",
    "too",
    "set",
    "unset",
    "null",
    "correct",
    "ok",
    "the",
    "a",
    "an",
    "being",
    "stored",
    "never",
    "no",
    "now",
    "and",
    "in",
    "weak",
    "mandatory",
    "needed",
    "unchanged",
    "changed",
    "connection",
    "failed",
    "failure",
    "error",
    "timeout",
    "timed",
    "context",
    "dial",
    "unexpected",
    "forbidden",
    "unauthorized",
    "permission",
    "access",
    "denied",
    "does",
    "cannot",
    "could",
    "is",
    "get",
    "post",
    "valid",
    "about",
    "already",
];

/// Whether what has this name is not to be shown.
fn is_secret(name: &str) -> bool {
    let plain: String = name.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_lowercase();
    if HARMLESS.contains(&plain.as_str()) {
        return false;
    }
    if PARTS.iter().any(|part| plain.contains(part)) || plain == "auth" {
        return true;
    }
    // `monkey` is a word, `SSH_KEY`, `sshKey` and `DBPASS` are names.
    let apart = |end: &str| {
        let Some(at) = name.len().checked_sub(end.len()).filter(|at| name.is_char_boundary(*at)) else {
            return false;
        };
        let (before, last) = name.split_at(at);
        if !last.eq_ignore_ascii_case(end) {
            return false;
        }
        let shouted = !name.chars().any(|c| c.is_ascii_lowercase());
        let begins = last.starts_with(|c: char| c.is_ascii_uppercase());
        before.is_empty()
            || before.ends_with(['_', '-', '.'])
            || shouted
            || begins
            || matches!(end, "pass" | "pw")
    };
    ENDS.iter().any(|end| apart(end))
}

/// The patterns, made ready once.
pub(super) struct Names {
    rules: Vec<(Regex, How)>,
}

/// What a pattern has found: its first group stays, and more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum How {
    /// The second group is a name, the third stays; what follows goes.
    Named,
    /// The second group is a value, or a word that tells something.
    Prose,
}

impl Names {
    pub(super) fn new() -> Self {
        let secret =
            r"(?:passw(?:or)?d|passphrase|passcode|secret|token|api[ _\-]?key|access[ _\-]?key|credentials?)";
        let whose =
            r"(?:\s+(?:for|of)(?:\s+(?:the|user|account|role|database|db|login))*\s+[\w.@\x22'/\-]+)?";
        let rules = [
            // A variable that changed, and one that is set: what stands there may have blanks in it.
            (r"(\b)([A-Za-z_][A-Za-z0-9_.\-]*)(\s+)[^\s:].*->.*$".to_owned(), How::Named),
            (r"(^\s*env\s+)([A-Za-z_][A-Za-z0-9_.\-]*)(=).*$".to_owned(), How::Named),
            (r"(<)([A-Za-z_][\w.:\-]*)((?:\s[^<>]*)?>)[^<]+".to_owned(), How::Named),
            (
                format!(r"(\b)([A-Za-z_][A-Za-z0-9_.\-]*)(\\*[\x22']?\]?\s*(?:=>|:=|=|:)\s*){VALUE}"),
                How::Named,
            ),
            (
                format!(r"(?i)(\b{secret}{whose}\s+(?:is|was|are)(?:\s+set\s+to)?\s*[:=]?\s*)(\S.*)$"),
                How::Prose,
            ),
            (format!(r"(?i)(\b{secret}{whose}\s*[:=]\s*)(\S.*)$"), How::Prose),
        ];
        let ready = rules.into_iter().filter_map(|(pattern, how)| Some((Regex::new(&pattern).ok()?, how)));
        Self { rules: ready.collect() }
    }

    pub(super) fn line(&self, line: &str) -> String {
        let mut out = line.to_owned();
        for (rule, how) in &self.rules {
            out = everywhere(rule, *how, &out);
        }
        out
    }
}

/// Masks what a pattern finds, also what stands within something that it found and that is none.
fn everywhere(rule: &Regex, how: How, line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    let mut at = 0;
    while let Some(found) = rule.captures_at(line, at) {
        let Some(whole) = found.get(0) else { break };
        match instead(&found, how) {
            Some(shown) => {
                out.push_str(&line[at..whole.start()]);
                out.push_str(&shown);
                at = whole.end();
            }
            // Behind the name, there may be another one.
            None => {
                let end = found.get(2).map_or(whole.end(), |name| name.end());
                out.push_str(&line[at..end]);
                at = end;
            }
        }
    }
    out.push_str(&line[at..]);
    out
}

fn instead(found: &Captures<'_>, how: How) -> Option<String> {
    let group = |at: usize| found.get(at).map_or("", |group| group.as_str());
    match how {
        How::Named => is_secret(group(2)).then(|| format!("{}{}{}{MASK}", group(1), group(2), group(3))),
        How::Prose => {
            let value = group(2);
            let first: String = value.chars().take_while(char::is_ascii_alphanumeric).collect();
            let told = ORDINARY.contains(&first.to_lowercase().as_str())
                || value.starts_with(MASK)
                || value.starts_with('>');
            (!told).then(|| format!("{}{MASK}", group(1)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_can_be_read() {
        assert_eq!(Names::new().rules.len(), 6);
    }

    #[test]
    fn names_that_are_secret() {
        for name in [
            "DBPASS",
            "MY_PW",
            "STRIPE_KEY",
            "PROXY_AUTH",
            "dbPassword",
            "x-api-key",
            "auth",
            "sshKey",
            "db.pass",
        ] {
            assert!(is_secret(name), "{name}");
        }
        for name in
            ["COMPASS", "bypass", "monkey", "author", "LEVEL", "primary_key", "keyboard", "http", "passes"]
        {
            assert!(!is_secret(name), "{name}");
        }
    }
}
