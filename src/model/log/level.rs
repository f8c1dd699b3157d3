//! How grave a line is, by its own words: the levels that loggers write, in the forms that are met most.

use memchr::memmem;

/// How grave a line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
#[repr(u8)]
pub enum Level {
    /// It does not say.
    #[default]
    None,
    /// `TRACE`.
    Trace,
    /// `DEBUG`.
    Debug,
    /// `INFO`.
    Info,
    /// `WARN`.
    Warn,
    /// `ERROR`.
    Error,
    /// `FATAL`, `PANIC`.
    Fatal,
}

impl Level {
    /// All of them, from the least on.
    pub const ALL: [Self; 7] =
        [Self::None, Self::Trace, Self::Debug, Self::Info, Self::Warn, Self::Error, Self::Fatal];

    /// Its word; empty for none.
    pub fn word(self) -> &'static str {
        match self {
            Self::None => "",
            Self::Trace => "trace",
            Self::Debug => "debug",
            Self::Info => "info",
            Self::Warn => "warn",
            Self::Error => "error",
            Self::Fatal => "fatal",
        }
    }

    /// The level that a word names, in any case; also the numbers of bunyan and pino (10 trace ... 60 fatal).
    pub fn named(word: &str) -> Option<Self> {
        let word = word.as_bytes();
        let names: &[(&[u8], Self)] = match word.len() {
            2 => &[
                (b"10", Self::Trace),
                (b"20", Self::Debug),
                (b"30", Self::Info),
                (b"40", Self::Warn),
                (b"50", Self::Error),
                (b"60", Self::Fatal),
            ],
            3 => &[(b"err", Self::Error), (b"dbg", Self::Debug), (b"inf", Self::Info), (b"wrn", Self::Warn)],
            4 => &[
                (b"info", Self::Info),
                (b"warn", Self::Warn),
                (b"crit", Self::Fatal),
                (b"eror", Self::Error),
            ],
            5 => &[
                (b"error", Self::Error),
                (b"debug", Self::Debug),
                (b"fatal", Self::Fatal),
                (b"trace", Self::Trace),
                (b"panic", Self::Fatal),
                (b"emerg", Self::Fatal),
                (b"alert", Self::Fatal),
            ],
            6 => &[(b"notice", Self::Info), (b"severe", Self::Error)],
            7 => &[(b"warning", Self::Warn)],
            8 => &[(b"critical", Self::Fatal)],
            _ => &[],
        };
        names.iter().find(|(name, _)| word.eq_ignore_ascii_case(name)).map(|(_, level)| *level)
    }
}

/// So far a level stands from the beginning of a line that is no JSON.
const NEAR: usize = 120;
/// The same in JSON, where fields come in any order.
const NEAR_JSON: usize = 4096;

/// The level of a cleaned line.
pub fn of(line: &str) -> Level {
    let text = line.trim_start();
    if text.starts_with('{') {
        return of_json(text.as_bytes());
    }
    let bytes = text.as_bytes();
    // klog: I0102 15:04:05.000000 ...
    if let [first @ (b'I' | b'W' | b'E' | b'F'), rest @ ..] = bytes
        && rest.len() > 5
        && rest[..4].iter().all(u8::is_ascii_digit)
        && rest[4] == b' '
    {
        return match first {
            b'I' => Level::Info,
            b'W' => Level::Warn,
            b'E' => Level::Error,
            _ => Level::Fatal,
        };
    }
    of_words(&bytes[..bytes.len().min(NEAR)])
}

/// The first word that is a level and looks like one: in capitals, in brackets, before a colon, or as `level=`.
fn of_words(bytes: &[u8]) -> Level {
    let mut at = 0;
    while at < bytes.len() {
        if !bytes[at].is_ascii_alphabetic() {
            at += 1;
            continue;
        }
        let start = at;
        while at < bytes.len() && (bytes[at].is_ascii_alphanumeric() || bytes[at] == b'_') {
            at += 1;
        }
        let word = &bytes[start..at];
        if !(3..=8).contains(&word.len()) {
            continue;
        }
        // Most words are none: their first letter says so.
        if !matches!(
            word[0] | 0x20,
            b'e' | b'w' | b'i' | b'd' | b't' | b'f' | b'p' | b'n' | b's' | b'c' | b'a'
        ) {
            continue;
        }
        let before = start.checked_sub(1).map(|at| bytes[at]);
        let after = bytes.get(at).copied();
        let capitals = word.iter().all(u8::is_ascii_uppercase);
        let marked =
            matches!((before, after), (Some(b'['), Some(b']')) | (Some(b'<'), Some(b'>')) | (_, Some(b':')))
                || before == Some(b'=') && is_level_key(&bytes[..start - 1])
                || before == Some(b'"')
                    && start >= 2
                    && bytes[start - 2] == b'='
                    && is_level_key(&bytes[..start - 2]);
        if !(capitals || marked) {
            continue;
        }
        let Ok(word) = std::str::from_utf8(word) else { continue };
        if let Some(level) = Level::named(word) {
            return level;
        }
    }
    Level::None
}

fn is_level_key(before: &[u8]) -> bool {
    ["level", "lvl", "severity", "loglevel"].iter().any(|key| {
        before.len() >= key.len() && before[before.len() - key.len()..].eq_ignore_ascii_case(key.as_bytes())
    })
}

/// The value of the field that names the level.
fn of_json(bytes: &[u8]) -> Level {
    let bytes = &bytes[..bytes.len().min(NEAR_JSON)];
    for key in ["\"level\"", "\"severity\"", "\"lvl\"", "\"log.level\"", "\"loglevel\"", "\"levelname\""] {
        let Some(at) = memmem::find(bytes, key.as_bytes()) else { continue };
        let rest = bytes[at + key.len()..].trim_ascii_start();
        let Some(rest) = rest.strip_prefix(b":") else { continue };
        let rest = rest.trim_ascii_start();
        let rest = rest.strip_prefix(b"\"").unwrap_or(rest);
        let end = rest.iter().position(|byte| !byte.is_ascii_alphanumeric()).unwrap_or(rest.len());
        if let Some(level) = std::str::from_utf8(&rest[..end]).ok().and_then(Level::named) {
            return level;
        }
    }
    Level::None
}

/// Whether a line belongs to the one before it: a stack trace, an indented block.
pub fn goes_on(line: &str) -> bool {
    line.starts_with([' ', '}', ')'])
        || line.starts_with("Caused by:")
        || line.starts_with("Traceback (most recent call last)")
        || line.starts_with("goroutine ")
        || line.starts_with("... ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_as_loggers_write_them() {
        for (line, level) in [
            ("2026-11-21T01:00:00Z INFO worker-1 handled item 7 in 3 ms", Level::Info),
            ("2026-11-21 01:00:00,123 WARN  [main] c.e.Shop - slow", Level::Warn),
            ("[2026-11-21T01:00:00Z] ERROR: no", Level::Error),
            ("[error] 31#31: *1 open() failed", Level::Error),
            ("error: cannot reach the database", Level::Error),
            ("fatal: cannot reach the database at db:5432", Level::Fatal),
            ("warning: heap 255 MiB of 256 MiB", Level::Warn),
            ("panic: runtime error: index out of range", Level::Fatal),
            ("time=\"2026-11-21T01:00:00Z\" level=warning msg=\"x\"", Level::Warn),
            ("ts=1 level=\"error\" msg=x", Level::Error),
            ("ts=1 lvl=dbg msg=x", Level::Debug),
            ("E1121 01:00:00.000000       1 controller.go:114] failed", Level::Error),
            ("I1121 01:00:00.000000       1 controller.go:114] ok", Level::Info),
            ("2026-11-21 01:00:00 UTC [20] LOG:  checkpoint complete", Level::None),
            ("{\"level\":\"error\",\"msg\":\"info\"}", Level::Error),
            ("{\"msg\":\"x\", \"severity\" : \"WARNING\"}", Level::Warn),
            ("{\"msg\":\"pino\",\"level\":50}", Level::Error),
            ("{\"msg\":\"no level\"}", Level::None),
            ("an error occurred while the info was read", Level::None),
            ("GET /errors HTTP/1.1 200", Level::None),
            ("INFORMATION is no level", Level::None),
            ("", Level::None),
        ] {
            assert_eq!(of(line), level, "{line}");
        }
    }

    #[test]
    fn names_go_both_ways() {
        for level in Level::ALL.into_iter().filter(|level| *level != Level::None) {
            assert_eq!(Level::named(level.word()), Some(level));
            assert_eq!(Level::named(&level.word().to_uppercase()), Some(level));
        }
        assert_eq!(Level::named("nonsense"), None);
    }
}
