//! Which lines belong to a private key that was printed into a log: those between its first and its last line, and what looks as
//! a part of it where one of these is not there. A line of the log's own between them stays as far as it is plainly one.

use super::MASK;

/// No key has more lines.
const MOST: usize = 200;
/// So many lines that are not of the key may stand in the middle of it.
const GAP: usize = 5;
/// Lines of a key are so long, and where nothing but these is known, longer.
const FULL: usize = 16;
const WIDE: usize = 48;

/// What a line is for a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Edge {
    Begin,
    End,
    /// Both stand in the line.
    Whole,
    None,
}

/// Masks the lines of keys; `None` at a line's place: it is no line of a key.
pub(super) fn masked(lines: &[String]) -> Vec<Option<String>> {
    let edges: Vec<Edge> = lines.iter().map(|line| edge(line)).collect();
    let mut out: Vec<Option<String>> = vec![None; lines.len()];
    let mut cover = |from: usize, to: usize, prefix: usize| {
        for at in from..=to.min(lines.len().saturating_sub(1)) {
            if let Some(masked) = part(&lines[at], edges[at], prefix) {
                out[at] = Some(masked);
            }
        }
    };
    let mut free = 0;
    let mut at = 0;
    while at < lines.len() {
        match edges[at] {
            Edge::None => {}
            Edge::Whole => {
                cover(at, at, 0);
                free = at + 1;
            }
            Edge::Begin => {
                let prefix = words_before(&lines[at]);
                let next = (at + 1..lines.len()).take(MOST).find(|next| edges[*next] != Edge::None);
                let last = match next {
                    Some(end) if edges[end] == Edge::End => end,
                    other => {
                        let to = other.unwrap_or(lines.len()).min(at + 1 + MOST);
                        at + reached(lines[at + 1..to].iter(), prefix)
                    }
                };
                cover(at, last, prefix);
                at = last;
                free = last + 1;
            }
            Edge::End => {
                // It began before the first line that is known.
                let prefix = words_before(&lines[at]);
                let from = at.saturating_sub(MOST).max(free);
                let back = reached(lines[from..at].iter().rev(), prefix);
                cover(at - back, at, prefix);
                free = at + 1;
            }
        }
        at += 1;
    }
    // Neither its first nor its last line is there: several long lines of base64 below each other.
    let mut at = 0;
    while at < lines.len() {
        let wide = lines[at..].iter().take_while(|line| is_wide(line)).count();
        if wide >= 2 {
            let prefix = words(&lines[at]).saturating_sub(1);
            let tail = usize::from(lines.get(at + wide).is_some_and(|line| is_plain(line, prefix)));
            cover(at, at + wide + tail - 1, prefix);
        }
        at += wide.max(1);
    }
    out
}

/// How many of these lines are the key's, from its known end on: as long as there is base64, with small gaps.
fn reached<'a>(lines: impl Iterator<Item = &'a String>, prefix: usize) -> usize {
    let (mut last, mut gap) = (0, 0);
    for (at, line) in lines.enumerate() {
        let looks = is_full(line) || is_header(line) || is_padded(line);
        if looks || (gap == 0 && is_plain(line, prefix)) {
            (last, gap) = (at + 1, 0);
        } else {
            gap += 1;
            if gap > GAP {
                break;
            }
        }
    }
    last
}

/// A line within a key as it is shown; `None`: it is plainly a line of the log.
fn part(line: &str, edge: Edge, prefix: usize) -> Option<String> {
    match edge {
        Edge::Begin | Edge::Whole => {
            let (before, _) = line.split_once("-----BEGIN ")?;
            return Some(format!("{before}{MASK} (private key)"));
        }
        // What stands before it may be the end of the body.
        Edge::End => return Some(MASK.to_owned()),
        Edge::None => {}
    }
    if line.trim().is_empty() {
        return None;
    }
    let foreign = words(line) > prefix.max(stamp_words(line)) + 1 && !is_header(line);
    if foreign {
        // Of a line of the log, what could be a piece of the key.
        let odd = |word: &str| is_base64(word, FULL) || (word.ends_with('=') && is_base64(word, 2));
        if !line.split_whitespace().any(odd) {
            return None;
        }
        let shown = line.split_whitespace().map(|word| if odd(word) { MASK } else { word });
        return Some(shown.collect::<Vec<_>>().join(" "));
    }
    let stamp: Vec<&str> = line.split_whitespace().take(stamp_words(line)).collect();
    Some(if stamp.is_empty() { MASK.to_owned() } else { format!("{} {MASK}", stamp.join(" ")) })
}

fn edge(line: &str) -> Edge {
    match (has_edge(line, "BEGIN"), has_edge(line, "END")) {
        (true, true) => Edge::Whole,
        (true, false) => Edge::Begin,
        (false, true) => Edge::End,
        (false, false) => Edge::None,
    }
}

/// Whether a line has the first or the last line of a private key.
fn has_edge(line: &str, word: &str) -> bool {
    line.split(&format!("-----{word} ")).skip(1).any(|rest| {
        rest.split_once("-----")
            .is_some_and(|(what, _)| what.ends_with("PRIVATE KEY") || what.contains("PRIVATE KEY "))
    })
}

fn words(line: &str) -> usize {
    line.split_whitespace().count()
}

/// So many words a log puts before a line.
fn words_before(line: &str) -> usize {
    line.split_once("-----").map_or(0, |(before, _)| words(before))
}

/// So many words at the beginning are a time, or what is in brackets.
fn stamp_words(line: &str) -> usize {
    let is_stamp = |word: &&str| {
        let digits = word.chars().filter(char::is_ascii_digit).count();
        let is_time = digits >= 6 && word.contains([':', '-', '/']) && !is_base64(word, 1);
        is_time || (word.starts_with('[') && word.ends_with(']'))
    };
    line.split_whitespace().take_while(is_stamp).count()
}

/// Base64 of at least so many characters, with whatever quotes and commas are around it.
fn is_base64(word: &str, least: usize) -> bool {
    let sign = |c: char| matches!(c, '"' | '\'' | ',' | ';' | '|' | '>');
    let bare = word.trim_matches(sign).replace("\\n", "").replace("\\r", "");
    let bare = bare.trim_matches(sign);
    let base64 = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '=');
    bare.len() >= least && bare.chars().all(base64)
}

fn last_word(line: &str) -> &str {
    line.split_whitespace().next_back().unwrap_or_default()
}

/// It ends as a full line of a key.
fn is_full(line: &str) -> bool {
    is_base64(last_word(line), FULL)
}

/// It ends as the last line of a key.
fn is_padded(line: &str) -> bool {
    let last = last_word(line);
    last.ends_with('=') && is_base64(last, 3)
}

/// Nothing but base64 stands behind what the log puts before it.
fn is_plain(line: &str, prefix: usize) -> bool {
    words(line) <= prefix.max(stamp_words(line)) + 1 && is_base64(last_word(line), 1)
}

/// A header of a key (`Proc-Type: 4,ENCRYPTED`).
fn is_header(line: &str) -> bool {
    line.contains("Proc-Type:") || line.contains("DEK-Info:")
}

/// It ends as no word and no digest does: long, with small and capital letters and digits.
fn is_wide(line: &str) -> bool {
    let last = last_word(line);
    let has = |what: fn(&char) -> bool| last.chars().any(|c| what(&c));
    is_base64(last, WIDE)
        && has(char::is_ascii_uppercase)
        && has(char::is_ascii_lowercase)
        && has(char::is_ascii_digit)
}

#[cfg(test)]
mod tests {
    use crate::handover::Mask;

    /// A line of the body; every piece of a key in these tests has `KEY` in it.
    const FULL: &str = "KEYvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj";
    const FOREIGN: &str = "GET /healthz answered 200 in 4 ms";

    fn masked(lines: &[String]) -> Vec<String> {
        let shown = Mask::new().lines(lines);
        assert!(!shown.iter().any(|line| line.contains("KEYv") || line.contains("KEYA")), "{shown:#?}");
        shown
    }

    /// With nothing before the lines, with a time, and with a time and words.
    fn each_way(texts: &[&str], then: impl Fn(&[String])) {
        for before in ["", "2026-11-21T02:00:00.123456789Z ", "2026-11-21 02:00:00 INFO ", "[app] "] {
            let lines: Vec<String> = texts.iter().map(|text| format!("{before}{text}")).collect();
            then(&masked(&lines));
        }
    }

    #[test]
    fn short_lines_of_a_key_are_masked() {
        let (begin, end) = ("-----BEGIN RSA PRIVATE KEY-----", "-----END RSA PRIVATE KEY-----");
        each_way(&[begin, FULL, "KEYAlast9Q==", end], |_| {});
        each_way(&[begin, "KEYA", "KEYAb", "KEYAc=", end], |_| {});
        each_way(&[begin, "Proc-Type: 4,ENCRYPTED", "DEK-Info: AES,KEYA01", "", "KEYAb", end], |_| {});
        each_way(&[begin, FULL, "KEYAlast9Q=="], |_| {});
        each_way(&[begin, "KEYA", "KEYAb"], |_| {});
    }

    #[test]
    fn a_log_that_begins_inside_a_key_is_masked_up_to_its_end() {
        let mut texts = vec![FOREIGN];
        texts.extend([FULL; 12]);
        texts.extend(["KEYAlast9Q==", "-----END PRIVATE KEY-----", FOREIGN]);
        each_way(&texts, |shown| {
            assert!(shown[0].ends_with(FOREIGN) && shown[15].ends_with(FOREIGN), "{shown:#?}");
        });
        each_way(&["KEYA", "KEYAb", "-----END PRIVATE KEY-----"], |_| {});
        let texts =
            [FULL, FOREIGN, FOREIGN, FULL, FOREIGN, "KEYAlast9Q==", FOREIGN, "-----END PRIVATE KEY-----"];
        each_way(&texts, |shown| {
            assert_eq!(shown.iter().filter(|line| line.ends_with(FOREIGN)).count(), 4, "{shown:#?}");
        });
    }

    #[test]
    fn a_line_of_the_log_within_a_key_does_not_end_it() {
        let (begin, end) = ("-----BEGIN EC PRIVATE KEY-----", "-----END EC PRIVATE KEY-----");
        let whole = [begin, FULL, FOREIGN, FULL, FOREIGN, FOREIGN, FULL, "KEYA", end, FOREIGN];
        for texts in [&whole[..], &whole[..7]] {
            each_way(texts, |shown| {
                assert!(shown[2].ends_with(FOREIGN), "{shown:#?}");
            });
        }
        each_way(&whole, |shown| assert!(shown[9].ends_with(FOREIGN)));
        // A line of the log with a piece of the key behind it.
        masked(&[begin, "a b c d KEYAlast9Q==", end].map(str::to_owned));
    }

    #[test]
    fn the_middle_of_a_key_alone_is_masked() {
        each_way(&[FOREIGN, FULL, FULL, FULL, "KEYAlast9Q==", FOREIGN], |shown| {
            assert!(shown[0].ends_with(FOREIGN) && shown[5].ends_with(FOREIGN), "{shown:#?}");
        });
        let two = ["-----BEGIN PRIVATE KEY-----", FULL, "-----BEGIN PRIVATE KEY-----", FULL, "KEYA"];
        each_way(&two, |_| {});
    }

    #[test]
    fn what_is_no_key_stays_beside_one() {
        let digest = "47150c09d53f241b63693c2df193543f0de784639c119c75b865cc99468fe4ab";
        let lines = [FOREIGN, digest, digest, "started", "ready", FOREIGN];
        assert_eq!(masked(&lines.map(str::to_owned)), lines);
        let lines =
            ["-----BEGIN PRIVATE KEY-----", FULL, "KEYA", "-----END PRIVATE KEY-----", digest, "ready"];
        assert_eq!(masked(&lines.map(str::to_owned))[4..], [digest, "ready"]);
    }
}
