//! The style in which the terminal writes next, and the shortest SGR sequence from one to another.

use ratatui::style::{Color, Modifier};

use super::depth::NAMED;

/// Colours and modifiers of what is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Pen {
    pub fg: Color,
    pub bg: Color,
    pub modifier: Modifier,
}

/// What makes a blank look different from an empty place.
pub(super) const VISIBLE_ON_BLANK: Modifier =
    Modifier::REVERSED.union(Modifier::UNDERLINED).union(Modifier::CROSSED_OUT);

/// Each modifier with the code that sets it and the code that takes it away.
const MODIFIERS: [(Modifier, u8, u8); 9] = [
    (Modifier::BOLD, 1, 22),
    (Modifier::DIM, 2, 22),
    (Modifier::ITALIC, 3, 23),
    (Modifier::UNDERLINED, 4, 24),
    (Modifier::SLOW_BLINK, 5, 25),
    (Modifier::RAPID_BLINK, 6, 25),
    (Modifier::REVERSED, 7, 27),
    (Modifier::HIDDEN, 8, 28),
    (Modifier::CROSSED_OUT, 9, 29),
];

impl Pen {
    /// The terminal's own style.
    pub const PLAIN: Self = Self { fg: Color::Reset, bg: Color::Reset, modifier: Modifier::empty() };

    /// Whether a blank written (or a place erased) with it looks like an empty place.
    pub fn leaves_blank(self) -> bool {
        self.bg == Color::Reset && !self.modifier.intersects(VISIBLE_ON_BLANK)
    }

    /// Writes the shortest sequence that takes the terminal from `from` (`None`: unknown) to this pen.
    pub fn write(self, from: Option<Self>, out: &mut Vec<u8>) {
        if from == Some(self) {
            return;
        }
        if self == Self::PLAIN {
            out.extend_from_slice(b"\x1b[m");
            return;
        }
        let mut fresh = vec![b'0'];
        self.changes(Self::PLAIN, &mut fresh);
        let mut step = Vec::new();
        if let Some(from) = from {
            self.changes(from, &mut step);
        }
        let shortest = if from.is_none() || fresh.len() < step.len() { fresh } else { step };
        out.extend_from_slice(b"\x1b[");
        out.extend_from_slice(&shortest);
        out.push(b'm');
    }

    fn changes(self, from: Self, codes: &mut Vec<u8>) {
        let gone = from.modifier.difference(self.modifier);
        let mut held = from.modifier;
        for (modifier, _, off) in MODIFIERS {
            if gone.contains(modifier) && held.contains(modifier) {
                push(codes, off);
                // Bold and dim, and both blinks, share the code that takes them away.
                for (other, _, other_off) in MODIFIERS {
                    if other_off == off {
                        held.remove(other);
                    }
                }
            }
        }
        for (modifier, on, _) in MODIFIERS {
            if self.modifier.contains(modifier) && !held.contains(modifier) {
                push(codes, on);
            }
        }
        if self.fg != from.fg {
            push_color(codes, self.fg, 0);
        }
        if self.bg != from.bg {
            push_color(codes, self.bg, 10);
        }
    }
}

fn push(codes: &mut Vec<u8>, code: u8) {
    if !codes.is_empty() {
        codes.push(b';');
    }
    codes.extend_from_slice(code.to_string().as_bytes());
}

/// `layer` is 0 for the foreground and 10 for the background.
fn push_color(codes: &mut Vec<u8>, color: Color, layer: u8) {
    match color {
        Color::Reset => push(codes, 39 + layer),
        Color::Indexed(index) => {
            for code in [38 + layer, 5, index] {
                push(codes, code);
            }
        }
        Color::Rgb(r, g, b) => {
            for code in [38 + layer, 2, r, g, b] {
                push(codes, code);
            }
        }
        named => {
            let index = NAMED.iter().position(|known| *known == named).unwrap_or(7) as u8;
            push(codes, layer + if index < 8 { 30 + index } else { 90 + index - 8 });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pen(fg: Color, bg: Color, modifier: Modifier) -> Pen {
        Pen { fg, bg, modifier }
    }

    #[test]
    fn writes_the_shortest_change() {
        let red_bold = pen(Color::Red, Color::Reset, Modifier::BOLD);
        for (from, to, expected) in [
            (None, Pen::PLAIN, "\x1b[m"),
            (None, red_bold, "\x1b[0;1;31m"),
            (Some(Pen::PLAIN), Pen::PLAIN, ""),
            (Some(Pen::PLAIN), red_bold, "\x1b[1;31m"),
            (Some(red_bold), Pen::PLAIN, "\x1b[m"),
            (Some(red_bold), pen(Color::Red, Color::Reset, Modifier::empty()), "\x1b[22m"),
            (Some(red_bold), pen(Color::Red, Color::Reset, Modifier::DIM), "\x1b[22;2m"),
            (Some(red_bold), pen(Color::Reset, Color::LightBlue, Modifier::BOLD), "\x1b[39;104m"),
            (
                Some(pen(Color::Red, Color::Blue, Modifier::all())),
                pen(Color::Green, Color::Reset, Modifier::empty()),
                "\x1b[0;32m",
            ),
            (
                Some(Pen::PLAIN),
                pen(Color::Indexed(200), Color::Rgb(1, 2, 3), Modifier::empty()),
                "\x1b[38;5;200;48;2;1;2;3m",
            ),
            (Some(Pen::PLAIN), pen(Color::DarkGray, Color::Reset, Modifier::empty()), "\x1b[90m"),
        ] {
            let mut out = Vec::new();
            to.write(from, &mut out);
            assert_eq!(String::from_utf8(out).unwrap(), expected, "{from:?} -> {to:?}");
        }
    }
}
