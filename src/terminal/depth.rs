//! What the terminal can show: how many colours, and whether UTF-8. Pure; decided once at start.
//!
//! Must not look at the environment itself: it is handed in, so that every case is a row of a test.

use std::str::FromStr;

use ratatui::style::Color;

/// How many colours the terminal shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Depth {
    /// No cursor movement at all: print one frame as plain lines, never a full screen.
    Dumb,
    /// Modifiers only (bold, reverse, underline).
    Mono,
    /// The 16 named colours.
    Ansi16,
    /// The palette of 256.
    Indexed256,
    /// Any colour.
    Rgb,
}

/// What the user asked for (`--color`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ColorChoice {
    /// Look at the environment.
    #[default]
    Auto,
    /// Exactly this depth, whatever the environment says.
    Fixed(Depth),
}

impl FromStr for ColorChoice {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Ok(match text {
            "auto" => Self::Auto,
            "never" | "mono" => Self::Fixed(Depth::Mono),
            "16" => Self::Fixed(Depth::Ansi16),
            "256" => Self::Fixed(Depth::Indexed256),
            "truecolor" | "24bit" => Self::Fixed(Depth::Rgb),
            other => return Err(format!("`{other}` is not one of auto, never, 16, 256, truecolor")),
        })
    }
}

/// How many colours to use. `env` reads one variable of the environment.
///
/// A terminal without cursor movement stays dumb whatever was asked; `NO_COLOR` yields to the flag.
pub fn depth(choice: ColorChoice, env: impl Fn(&str) -> Option<String>) -> Depth {
    let term = env("TERM").unwrap_or_default();
    if term.is_empty() || term == "dumb" {
        return Depth::Dumb;
    }
    if let ColorChoice::Fixed(depth) = choice {
        return depth;
    }
    if env("NO_COLOR").is_some_and(|value| !value.is_empty()) || is_monochrome(&term) {
        return Depth::Mono;
    }
    let in_screen = term.starts_with("screen") && env("TMUX").is_none();
    let declared = env("COLORTERM").is_some_and(|value| value == "truecolor" || value == "24bit");
    // GNU screen drops RGB, also when COLORTERM leaked through from the terminal around it.
    if !in_screen && (declared || term.ends_with("-direct") || KNOWN_RGB.contains(&term.as_str())) {
        return Depth::Rgb;
    }
    if term.contains("256") { Depth::Indexed256 } else { Depth::Ansi16 }
}

/// Terminals whose name alone says RGB: ssh and sudo keep TERM and lose COLORTERM.
const KNOWN_RGB: &[&str] = &["alacritty", "foot", "wezterm", "xterm-ghostty", "xterm-kitty"];

/// Terminals of which nobody expects more than ASCII.
const HARDWARE: &[&str] = &["ansi", "vt100", "vt102", "vt220", "vt320"];

fn is_monochrome(term: &str) -> bool {
    HARDWARE.iter().any(|name| *name == term && *name != "ansi")
        || term.ends_with("-m")
        || term.ends_with("-mono")
}

/// The characters that the terminal shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Charset {
    /// Borders, marks and names as they are.
    Utf8,
    /// Borders and icons of ASCII.
    Ascii,
}

/// Which characters to draw with.
///
/// UTF-8 is a property of the terminal, and the locale of a bastion says little about it: an unset, `C` or `POSIX`
/// locale is what a container has by default. So the answer is UTF-8, unless the flag says ASCII, the locale *names*
/// another charset, the terminal is a hardware one, or a Linux console has no UTF-8 locale (its font and its mode are
/// then those of the machine).
pub fn charset(ascii: bool, env: impl Fn(&str) -> Option<String>) -> Charset {
    if ascii {
        return Charset::Ascii;
    }
    let term = env("TERM").unwrap_or_default();
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"]
        .into_iter()
        .find_map(|name| env(name).filter(|value| !value.is_empty()))
        .unwrap_or_default();
    let named = locale.split_once('.').map(|(_, rest)| rest.split('@').next().unwrap_or_default());
    let other_charset = named.is_some_and(|charset| !is_utf8(charset));
    let bare_console = term == "linux" && !named.is_some_and(is_utf8);
    if other_charset || bare_console || HARDWARE.contains(&term.as_str()) {
        Charset::Ascii
    } else {
        Charset::Utf8
    }
}

fn is_utf8(charset: &str) -> bool {
    charset.eq_ignore_ascii_case("utf-8") || charset.eq_ignore_ascii_case("utf8")
}

/// The nearest colour that `depth` can show. Themes call it once when they load; the encoder calls it again for what
/// came another way, where it changes nothing.
pub fn downgrade(color: Color, depth: Depth) -> Color {
    match (depth, color) {
        (Depth::Rgb, color) | (_, color @ Color::Reset) => color,
        (Depth::Dumb | Depth::Mono, _) => Color::Reset,
        (Depth::Indexed256, Color::Rgb(r, g, b)) => Color::Indexed(nearest_256(r, g, b)),
        (Depth::Ansi16, Color::Rgb(r, g, b)) => NAMED[nearest_16(r, g, b)],
        (Depth::Ansi16, Color::Indexed(index @ 0..=15)) => NAMED[usize::from(index)],
        (Depth::Ansi16, Color::Indexed(index)) => {
            let (r, g, b) = palette(index);
            NAMED[nearest_16(r, g, b)]
        }
        (Depth::Indexed256 | Depth::Ansi16, color) => color,
    }
}

/// The named colours in the order of their SGR codes.
pub(super) const NAMED: [Color; 16] = [
    Color::Black,
    Color::Red,
    Color::Green,
    Color::Yellow,
    Color::Blue,
    Color::Magenta,
    Color::Cyan,
    Color::Gray,
    Color::DarkGray,
    Color::LightRed,
    Color::LightGreen,
    Color::LightYellow,
    Color::LightBlue,
    Color::LightMagenta,
    Color::LightCyan,
    Color::White,
];

/// xterm's default values of the named colours.
const NAMED_RGB: [(u8, u8, u8); 16] = [
    (0, 0, 0),
    (205, 0, 0),
    (0, 205, 0),
    (205, 205, 0),
    (0, 0, 238),
    (205, 0, 205),
    (0, 205, 205),
    (229, 229, 229),
    (127, 127, 127),
    (255, 0, 0),
    (0, 255, 0),
    (255, 255, 0),
    (92, 92, 255),
    (255, 0, 255),
    (0, 255, 255),
    (255, 255, 255),
];

/// The steps of the 6x6x6 cube.
const CUBE: [u8; 6] = [0, 95, 135, 175, 215, 255];

fn palette(index: u8) -> (u8, u8, u8) {
    match index {
        0..=15 => NAMED_RGB[usize::from(index)],
        16..=231 => {
            let n = usize::from(index - 16);
            (CUBE[n / 36], CUBE[n / 6 % 6], CUBE[n % 6])
        }
        232..=255 => {
            let grey = 8 + (index - 232) * 10;
            (grey, grey, grey)
        }
    }
}

fn nearest_256(r: u8, g: u8, b: u8) -> u8 {
    // The first 16 are what the user's terminal made of them, so only the fixed part of the palette is searched.
    (16..=255).min_by_key(|index| distance(palette(*index), (r, g, b))).unwrap_or(16)
}

fn nearest_16(r: u8, g: u8, b: u8) -> usize {
    (0..16).min_by_key(|index| distance(NAMED_RGB[*index], (r, g, b))).unwrap_or(0)
}

/// Squared distance, weighted by how strongly the eye sees each part.
fn distance(a: (u8, u8, u8), b: (u8, u8, u8)) -> u32 {
    let part = |x: u8, y: u8| u32::from(x.abs_diff(y)).pow(2);
    3 * part(a.0, b.0) + 6 * part(a.1, b.1) + part(a.2, b.2)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn env(vars: &'static str) -> impl Fn(&str) -> Option<String> {
        move |name| {
            vars.split(' ').find_map(|var| var.strip_prefix(name)?.strip_prefix('=').map(str::to_owned))
        }
    }

    #[test]
    fn decides_the_depth() {
        for (vars, expected) in [
            ("", Depth::Dumb),
            ("TERM=dumb COLORTERM=truecolor", Depth::Dumb),
            ("TERM=xterm", Depth::Ansi16),
            ("TERM=screen", Depth::Ansi16),
            ("TERM=linux", Depth::Ansi16),
            ("TERM=vt100", Depth::Mono),
            ("TERM=xterm-256color", Depth::Indexed256),
            ("TERM=xterm-256color COLORTERM=truecolor", Depth::Rgb),
            ("TERM=xterm COLORTERM=24bit", Depth::Rgb),
            ("TERM=xterm-kitty", Depth::Rgb),
            ("TERM=xterm-direct", Depth::Rgb),
            ("TERM=tmux-256color TMUX=/tmp/x", Depth::Indexed256),
            ("TERM=screen-256color TMUX=/tmp/x COLORTERM=truecolor", Depth::Rgb),
            ("TERM=screen-256color COLORTERM=truecolor", Depth::Indexed256),
            ("TERM=xterm-256color NO_COLOR=1", Depth::Mono),
            ("TERM=xterm-256color NO_COLOR=", Depth::Indexed256),
        ] {
            assert_eq!(depth(ColorChoice::Auto, env(vars)), expected, "{vars}");
        }
        let asked: ColorChoice = "256".parse().unwrap();
        assert_eq!(depth(asked, env("TERM=xterm NO_COLOR=1")), Depth::Indexed256);
        assert_eq!(depth(asked, env("TERM=dumb")), Depth::Dumb);
        assert!("blue".parse::<ColorChoice>().is_err());
    }

    #[test]
    fn decides_the_charset() {
        for (vars, expected) in [
            ("TERM=xterm", Charset::Utf8),
            ("TERM=xterm LANG=C", Charset::Utf8),
            ("TERM=xterm LC_ALL=POSIX LANG=de_DE.ISO-8859-1", Charset::Utf8),
            ("TERM=xterm LANG=de_DE.ISO-8859-1", Charset::Ascii),
            ("TERM=xterm LANG=de_DE.ISO-8859-15@euro", Charset::Ascii),
            ("TERM=xterm LC_CTYPE=C.UTF-8 LANG=de_DE.ISO-8859-1", Charset::Utf8),
            ("TERM=linux LANG=C", Charset::Ascii),
            ("TERM=linux", Charset::Ascii),
            ("TERM=linux LANG=en_GB.utf8", Charset::Utf8),
            ("TERM=vt220 LANG=en_GB.UTF-8", Charset::Ascii),
        ] {
            assert_eq!(charset(false, env(vars)), expected, "{vars}");
        }
        assert_eq!(charset(true, env("TERM=xterm LANG=C.UTF-8")), Charset::Ascii);
    }

    #[test]
    fn downgrades() {
        for (color, depth, expected) in [
            (Color::Rgb(255, 0, 0), Depth::Rgb, Color::Rgb(255, 0, 0)),
            (Color::Rgb(255, 0, 0), Depth::Indexed256, Color::Indexed(196)),
            (Color::Rgb(8, 8, 8), Depth::Indexed256, Color::Indexed(232)),
            (Color::Rgb(250, 10, 10), Depth::Ansi16, Color::LightRed),
            (Color::Rgb(0, 0, 0), Depth::Ansi16, Color::Black),
            (Color::Indexed(3), Depth::Ansi16, Color::Yellow),
            (Color::Indexed(3), Depth::Indexed256, Color::Indexed(3)),
            (Color::Indexed(46), Depth::Ansi16, Color::LightGreen),
            (Color::Indexed(255), Depth::Ansi16, Color::Gray),
            (Color::Cyan, Depth::Ansi16, Color::Cyan),
            (Color::Cyan, Depth::Mono, Color::Reset),
            (Color::Rgb(1, 2, 3), Depth::Mono, Color::Reset),
            (Color::Reset, Depth::Ansi16, Color::Reset),
        ] {
            assert_eq!(downgrade(color, depth), expected, "{color:?} {depth:?}");
        }
        for index in 0..=255 {
            let (r, g, b) = palette(index);
            if index >= 16 {
                assert_eq!(palette(nearest_256(r, g, b)), (r, g, b), "the palette is its own nearest");
            }
        }
    }
}
