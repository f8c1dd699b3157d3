//! Colours that a program wrote for its own terminal: kept beside the text, everything else it wrote for one is taken out.
//!
//! The rule of `ESC [ ... m` (SGR) is that of ECMA-48 8.3.117; the 256 colours and RGB are brought to the sixteen that every theme
//! has.

use std::ops::Range;

use crate::model::text;

/// How text is to look, as far as a theme can show it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub struct Sgr {
    /// Foreground: one of the sixteen, as in `ESC [ 30 m` ... and `ESC [ 90 m` ...; `None`: the terminal's.
    pub fg: Option<u8>,
    /// Background, the same.
    pub bg: Option<u8>,
    /// Bold.
    pub bold: bool,
    /// Faint.
    pub dim: bool,
    /// Underlined.
    pub underline: bool,
    /// Foreground and background change places.
    pub reverse: bool,
}

/// From here on text looks so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Colour {
    /// A place in the text.
    pub at: u32,
    /// The look.
    pub sgr: Sgr,
}

/// The parts of a line that look the same; `start` is the line's place in the text that the colours' places are of.
pub fn spans(colours: &[Colour], start: usize, len: usize) -> impl Iterator<Item = (Range<usize>, Sgr)> {
    colours.iter().enumerate().filter_map(move |(nth, colour)| {
        let from = (colour.at as usize).saturating_sub(start);
        let to = colours.get(nth + 1).map_or(len, |next| (next.at as usize - start).min(len));
        (from < to && colour.sgr != Sgr::default()).then_some((from..to, colour.sgr))
    })
}

/// Cleans a line into `out`; where its look changes goes into `colours`.
pub fn take(line: &str, out: &mut String, colours: &mut Vec<Colour>) {
    if !line.contains('\u{1b}') {
        out.push_str(&text::clean(line));
        return;
    }
    let mut sgr = Sgr::default();
    let mut rest = line;
    while let Some(at) = rest.find('\u{1b}') {
        out.push_str(&text::clean(&rest[..at]));
        let tail = &rest[at..];
        let length = sequence(tail);
        if let Some(parameters) =
            tail[..length].strip_prefix("\u{1b}[").and_then(|inner| inner.strip_suffix('m'))
        {
            let before = sgr;
            apply(parameters, &mut sgr);
            if sgr != before {
                let place = out.len() as u32;
                match colours.last_mut() {
                    // Two changes at the same place are one.
                    Some(last) if last.at == place && before != Sgr::default() => last.sgr = sgr,
                    _ => colours.push(Colour { at: place, sgr }),
                }
            }
        }
        rest = &tail[length..];
    }
    out.push_str(&text::clean(rest));
    // A change after the last character changes nothing, and would be taken for one of the next line.
    while colours.pop_if(|last| last.at as usize == out.len()).is_some() {}
}

/// The bytes of the sequence that `text` begins with.
fn sequence(text: &str) -> usize {
    let bytes = text.as_bytes();
    let run = |from: usize, what: fn(u8) -> bool| {
        bytes[from..].iter().position(|byte| !what(*byte)).map_or(bytes.len(), |length| from + length)
    };
    let end = match bytes.get(1) {
        // CSI: parameters and intermediates, then one final byte.
        Some(b'[') => run(2, |byte| (0x20..=0x3f).contains(&byte)),
        // OSC and the like: up to BEL or ESC \.
        Some(b']' | b'P' | b'^' | b'_' | b'X') => {
            let end = run(2, |byte| byte != 7 && byte != 0x1b);
            return match bytes.get(end) {
                Some(7) => end + 1,
                Some(0x1b) if bytes.get(end + 1) == Some(&b'\\') => end + 2,
                _ => end,
            };
        }
        // A character set and the like: one more byte.
        Some(b'(' | b')' | b'#' | b' ') => 2,
        // Two bytes; a lone ESC, or one before a byte of other text, is just that.
        Some(0x30..=0x7e) => return 2,
        _ => return 1,
    };
    match bytes.get(end) {
        Some(0x30..=0x7e) => end + 1,
        _ => end,
    }
}

fn apply(parameters: &str, sgr: &mut Sgr) {
    let mut numbers = parameters.split([';', ':']).map(|number| match number {
        "" => Some(0),
        number => number.parse::<u16>().ok(),
    });
    while let Some(number) = numbers.next() {
        match number {
            Some(0) => *sgr = Sgr::default(),
            Some(1) => sgr.bold = true,
            Some(2) => sgr.dim = true,
            Some(4) => sgr.underline = true,
            Some(7) => sgr.reverse = true,
            Some(22) => (sgr.bold, sgr.dim) = (false, false),
            Some(24) => sgr.underline = false,
            Some(27) => sgr.reverse = false,
            Some(n @ 30..=37) => sgr.fg = Some(n as u8 - 30),
            Some(n @ 90..=97) => sgr.fg = Some(n as u8 - 90 + 8),
            Some(39) => sgr.fg = None,
            Some(n @ 40..=47) => sgr.bg = Some(n as u8 - 40),
            Some(n @ 100..=107) => sgr.bg = Some(n as u8 - 100 + 8),
            Some(49) => sgr.bg = None,
            Some(n @ (38 | 48)) => {
                let colour = match numbers.next().flatten() {
                    Some(5) => numbers.next().flatten().map(of_256),
                    Some(2) => {
                        let mut part = || numbers.next().flatten().unwrap_or(0).min(255) as u8;
                        Some(nearest(part(), part(), part()))
                    }
                    _ => None,
                };
                if n == 38 {
                    sgr.fg = colour;
                } else {
                    sgr.bg = colour;
                }
            }
            _ => {}
        }
    }
}

fn of_256(number: u16) -> u8 {
    match number {
        0..=15 => number as u8,
        16..=231 => {
            let step = |n: u16| if n == 0 { 0 } else { (55 + n * 40) as u8 };
            let n = number - 16;
            nearest(step(n / 36), step(n / 6 % 6), step(n % 6))
        }
        _ => {
            let grey = (8 + (number.min(255) - 232) * 10) as u8;
            nearest(grey, grey, grey)
        }
    }
}

/// The nearest of the sixteen: by which parts are strong, and how strong the strongest is.
fn nearest(red: u8, green: u8, blue: u8) -> u8 {
    let most = red.max(green).max(blue);
    let least = red.min(green).min(blue);
    if most - least < 32 {
        return match most {
            0..=63 => 0,
            64..=159 => 8,
            160..=223 => 7,
            _ => 15,
        };
    }
    let strong = |part: u8| u8::from(u16::from(part) * 2 > u16::from(most) + u16::from(least));
    strong(red) | strong(green) << 1 | strong(blue) << 2 | if most > 191 { 8 } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(line: &str) -> (String, Vec<(Range<usize>, Sgr)>) {
        let (mut out, mut colours) = ("before".to_owned(), Vec::new());
        take(line, &mut out, &mut colours);
        let plain = out["before".len()..].to_owned();
        let parts = spans(&colours, "before".len(), plain.len()).collect();
        (plain, parts)
    }

    fn fg(number: u8) -> Sgr {
        Sgr { fg: Some(number), ..Sgr::default() }
    }

    #[test]
    fn colours_stand_beside_the_text() {
        for (line, plain, parts) in [
            ("plain", "plain", vec![]),
            ("\u{1b}[31mred\u{1b}[0m end", "red end", vec![(0..3, fg(1))]),
            ("a\u{1b}[32mb\u{1b}[33mc", "abc", vec![(1..2, fg(2)), (2..3, fg(3))]),
            ("\u{1b}[1;38;5;196mx\u{1b}[K", "x", vec![(0..1, Sgr { bold: true, ..fg(9) })]),
            ("\u{1b}[38;2;0;0;200mx", "x", vec![(0..1, fg(12))]),
            (
                "\u{1b}[94;7mx\u{1b}[27my\u{1b}[my",
                "xyy",
                vec![(0..1, Sgr { reverse: true, ..fg(12) }), (1..2, fg(12))],
            ),
            ("\u{1b}[1m\u{1b}[31mx", "x", vec![(0..1, Sgr { bold: true, ..fg(1) })]),
            ("\u{1b}[31m\u{1b}[mx", "x", vec![]),
            ("\u{1b}]0;title\u{7}text", "text", vec![]),
            ("\u{1b}]8;;file:///x\u{1b}\\link\u{1b}]8;;\u{1b}\\", "link", vec![]),
            ("cut \u{1b}[3", "cut ", vec![]),
            ("lone \u{1b}", "lone ", vec![]),
            ("\u{1b}(Bx\u{1b}7y", "xy", vec![]),
            ("\u{1b}ä\u{9b}31m", "ä\u{fffd}31m", vec![]),
            ("\u{1b}\u{1b}[2J\u{1b}[;;;999;38;9mx\u{202e}y", "x\u{fffd}y", vec![]),
        ] {
            assert_eq!(taken(line), (plain.to_owned(), parts), "{line:?}");
        }
    }

    #[test]
    fn nothing_steers_a_terminal() {
        // Every two bytes after an escape, and what follows them: nothing that could steer a terminal is left.
        for one in 0..=0x7f_u8 {
            for other in 0..=0x7f_u8 {
                let line = format!("a\u{1b}{}{}z\u{1b}", one as char, other as char);
                let (plain, _) = taken(&line);
                assert!(!plain.chars().any(char::is_control), "{line:?}: {plain:?}");
            }
        }
    }
}
