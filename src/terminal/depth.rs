//! What the terminal can show: how many colours, and whether UTF-8. Pure; decided once at start.
//!
//! Must not look at the environment itself: it is handed in, so that every case is a row of a test.

use ratatui::style::Color;

pub use crate::theme::Depth;

/// How many colours to use; `None` for a terminal without cursor movement, which shows one frame as plain lines whatever
/// was asked. `env` reads one variable of the environment; `asked` is `--color`, to which `NO_COLOR` yields.
pub fn depth(asked: Option<Depth>, env: impl Fn(&str) -> Option<String>) -> Option<Depth> {
    let term = env("TERM").unwrap_or_default();
    if term.is_empty() || term == "dumb" {
        return None;
    }
    if asked.is_some() {
        return asked;
    }
    if env("NO_COLOR").is_some_and(|value| !value.is_empty()) || is_monochrome(&term) {
        return Some(Depth::Mono);
    }
    let in_screen = term.starts_with("screen") && env("TMUX").is_none();
    let declared = env("COLORTERM").is_some_and(|value| value == "truecolor" || value == "24bit");
    // GNU screen drops RGB, also when COLORTERM leaked through from the terminal around it.
    if !in_screen && (declared || term.ends_with("-direct") || KNOWN_RGB.contains(&term.as_str())) {
        return Some(Depth::Rgb);
    }
    Some(if term.contains("256") { Depth::Indexed256 } else { Depth::Ansi16 })
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
            ("", None),
            ("TERM=dumb COLORTERM=truecolor", None),
            ("TERM=xterm", Some(Depth::Ansi16)),
            ("TERM=screen", Some(Depth::Ansi16)),
            ("TERM=linux", Some(Depth::Ansi16)),
            ("TERM=vt100", Some(Depth::Mono)),
            ("TERM=xterm-256color", Some(Depth::Indexed256)),
            ("TERM=xterm-256color COLORTERM=truecolor", Some(Depth::Rgb)),
            ("TERM=xterm COLORTERM=24bit", Some(Depth::Rgb)),
            ("TERM=xterm-kitty", Some(Depth::Rgb)),
            ("TERM=xterm-direct", Some(Depth::Rgb)),
            ("TERM=tmux-256color TMUX=/tmp/x", Some(Depth::Indexed256)),
            ("TERM=screen-256color TMUX=/tmp/x COLORTERM=truecolor", Some(Depth::Rgb)),
            ("TERM=screen-256color COLORTERM=truecolor", Some(Depth::Indexed256)),
            ("TERM=xterm-256color NO_COLOR=1", Some(Depth::Mono)),
            ("TERM=xterm-256color NO_COLOR=", Some(Depth::Indexed256)),
        ] {
            assert_eq!(depth(None, env(vars)), expected, "{vars}");
        }
        let asked = Some(Depth::Indexed256);
        assert_eq!(depth(asked, env("TERM=xterm NO_COLOR=1")), asked);
        assert_eq!(depth(asked, env("TERM=dumb")), None);
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
}
