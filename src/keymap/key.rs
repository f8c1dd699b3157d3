//! One key as it is pressed and as it is written: `a`, `ctrl-d`, `Shift-Tab`, `F5`, `Space`.
//!
//! Knows no terminal library: the terminal room makes these from what it reads, normalised by [`KeyPress::new`].

use std::fmt;

mod bytes;

/// A key with its modifiers, in the one form in which equal keys are equal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct KeyPress {
    /// The key.
    pub code: KeyCode,
    /// Ctrl was held.
    pub ctrl: bool,
    /// Alt was held.
    pub alt: bool,
    /// Shift was held; never set for characters, which say it themselves (`A`, `?`).
    pub shift: bool,
}

/// The key itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum KeyCode {
    /// A character, as the keyboard's layout made it.
    Char(char),
    /// Enter.
    Enter,
    /// Escape.
    Esc,
    /// Tab.
    Tab,
    /// Tab with shift.
    BackTab,
    /// Arrow up.
    Up,
    /// Arrow down.
    Down,
    /// Arrow left.
    Left,
    /// Arrow right.
    Right,
    /// Page up.
    PageUp,
    /// Page down.
    PageDown,
    /// Home.
    Home,
    /// End.
    End,
    /// Backspace.
    Backspace,
    /// Delete.
    Delete,
    /// Insert.
    Insert,
    /// A function key, from 1.
    F(u8),
    /// A key that no keymap can name.
    Null,
}

/// The names of the keys that are not characters; the first spelling of each is the one that is shown.
const NAMES: &[(&str, KeyCode)] = &[
    ("Enter", KeyCode::Enter),
    ("Return", KeyCode::Enter),
    ("Esc", KeyCode::Esc),
    ("Escape", KeyCode::Esc),
    ("Tab", KeyCode::Tab),
    ("BackTab", KeyCode::BackTab),
    ("Up", KeyCode::Up),
    ("Down", KeyCode::Down),
    ("Left", KeyCode::Left),
    ("Right", KeyCode::Right),
    ("PageUp", KeyCode::PageUp),
    ("PgUp", KeyCode::PageUp),
    ("PageDown", KeyCode::PageDown),
    ("PgDn", KeyCode::PageDown),
    ("Home", KeyCode::Home),
    ("End", KeyCode::End),
    ("Backspace", KeyCode::Backspace),
    ("Delete", KeyCode::Delete),
    ("Del", KeyCode::Delete),
    ("Insert", KeyCode::Insert),
    ("Ins", KeyCode::Insert),
    ("Space", KeyCode::Char(' ')),
];

impl KeyPress {
    /// A key without modifiers.
    pub const fn plain(code: KeyCode) -> Self {
        Self { code, ctrl: false, alt: false, shift: false }
    }

    /// A character without modifiers.
    pub const fn char(c: char) -> Self {
        Self::plain(KeyCode::Char(c))
    }

    /// A character with Ctrl.
    pub const fn ctrl(c: char) -> Self {
        Self { code: KeyCode::Char(c), ctrl: true, alt: false, shift: false }
    }

    /// The one form of a key: shift is part of a character, Shift-Tab is [`KeyCode::BackTab`], and letters with Ctrl
    /// are lower case. What terminals send as the same byte is the same key: Ctrl-i is Tab, Ctrl-m is Enter, Ctrl-4 is
    /// Ctrl-\.
    pub fn new(code: KeyCode, ctrl: bool, alt: bool, shift: bool) -> Self {
        let held = |code| Self { code, ctrl: true, alt, shift: false };
        let instead = |code| Self { code, ctrl: false, alt, shift: false };
        match code {
            KeyCode::Char('i' | 'I') if ctrl => instead(if shift { KeyCode::BackTab } else { KeyCode::Tab }),
            KeyCode::Char('m' | 'M') if ctrl => instead(KeyCode::Enter),
            KeyCode::Char('[' | '3') if ctrl => instead(KeyCode::Esc),
            KeyCode::Char('8') if ctrl => instead(KeyCode::Backspace),
            KeyCode::Char('@' | '2') if ctrl => held(KeyCode::Char(' ')),
            KeyCode::Char('4') if ctrl => held(KeyCode::Char('\\')),
            KeyCode::Char('5') if ctrl => held(KeyCode::Char(']')),
            KeyCode::Char('6') if ctrl => held(KeyCode::Char('^')),
            KeyCode::Char('7' | '/') if ctrl => held(KeyCode::Char('_')),
            KeyCode::Char(c) if ctrl => held(KeyCode::Char(c.to_ascii_lowercase())),
            KeyCode::Char(c) if shift && c.is_ascii_lowercase() => {
                Self { code: KeyCode::Char(c.to_ascii_uppercase()), ctrl, alt, shift: false }
            }
            KeyCode::Char(_) | KeyCode::BackTab => Self { code, ctrl, alt, shift: false },
            KeyCode::Tab if shift => Self { code: KeyCode::BackTab, ctrl, alt, shift: false },
            code => Self { code, ctrl, alt, shift },
        }
    }

    /// The character that it types into a text input.
    pub fn typed(self) -> Option<char> {
        match self.code {
            KeyCode::Char(c) if !self.ctrl && !self.alt => Some(c),
            _ => None,
        }
    }

    /// Reads one key, e.g. `ctrl-d`; names and modifiers in any case. The error says what is wrong.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (mut ctrl, mut alt, mut shift) = (false, false, false);
        let mut rest = text;
        while let Some((modifier, key)) = rest.split_once('-').filter(|(before, key)| {
            // `-` itself is a key, alone and after a modifier (`ctrl--`).
            !before.is_empty() && !key.is_empty()
        }) {
            let seen = match modifier.to_ascii_lowercase().as_str() {
                "ctrl" | "c" => &mut ctrl,
                "alt" | "a" | "meta" => &mut alt,
                "shift" | "s" => &mut shift,
                _ => return Err(format!("`{modifier}` in `{text}` is not ctrl, alt or shift")),
            };
            if std::mem::replace(seen, true) {
                return Err(format!("`{modifier}` is there twice in `{text}`"));
            }
            rest = key;
        }
        let code = parse_code(rest).ok_or_else(|| format!("`{text}` is not a key"))?;
        if let (KeyCode::Char(c), true) = (code, shift)
            && !c.is_ascii_alphabetic()
        {
            return Err(format!("`{text}`: write the character that shift makes"));
        }
        Ok(Self::new(code, ctrl, alt, shift))
    }

    /// Reads a sequence of keys separated by spaces, e.g. `g g`.
    pub fn parse_sequence(text: &str) -> Result<Vec<Self>, String> {
        let keys: Vec<_> = text.split_whitespace().map(Self::parse).collect::<Result<_, _>>()?;
        if keys.is_empty() { Err("no key is named; the space bar is `space`".to_owned()) } else { Ok(keys) }
    }
}

fn parse_code(name: &str) -> Option<KeyCode> {
    let mut chars = name.chars();
    if let (Some(c), None) = (chars.next(), chars.next()) {
        return (!c.is_control()).then_some(KeyCode::Char(c));
    }
    if let Some((_, code)) = NAMES.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)) {
        return Some(*code);
    }
    let number = name.strip_prefix(['f', 'F'])?.parse().ok()?;
    (1..=24).contains(&number).then_some(KeyCode::F(number))
}

impl fmt::Display for KeyPress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (held, name) in [(self.ctrl, "Ctrl-"), (self.alt, "Alt-"), (self.shift, "Shift-")] {
            if held {
                f.write_str(name)?;
            }
        }
        match self.code {
            KeyCode::BackTab => f.write_str("Shift-Tab"),
            KeyCode::F(number) => write!(f, "F{number}"),
            KeyCode::Null => f.write_str("(unknown key)"),
            code => match (NAMES.iter().find(|(_, known)| *known == code), code) {
                (Some((name, _)), _) => f.write_str(name),
                (None, KeyCode::Char(c)) => write!(f, "{c}"),
                (None, _) => Ok(()),
            },
        }
    }
}

/// How a sequence of keys is shown: `g g`.
pub fn show_sequence(keys: &[KeyPress]) -> String {
    keys.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_and_shows_keys() {
        for (text, code, mods, shown) in [
            ("a", KeyCode::Char('a'), "", "a"),
            ("A", KeyCode::Char('A'), "", "A"),
            ("shift-a", KeyCode::Char('A'), "", "A"),
            ("?", KeyCode::Char('?'), "", "?"),
            (":", KeyCode::Char(':'), "", ":"),
            ("-", KeyCode::Char('-'), "", "-"),
            ("ctrl--", KeyCode::Char('-'), "c", "Ctrl--"),
            ("ctrl-d", KeyCode::Char('d'), "c", "Ctrl-d"),
            ("CTRL-D", KeyCode::Char('d'), "c", "Ctrl-d"),
            ("c-d", KeyCode::Char('d'), "c", "Ctrl-d"),
            ("alt-x", KeyCode::Char('x'), "a", "Alt-x"),
            ("ctrl-alt-x", KeyCode::Char('x'), "ca", "Ctrl-Alt-x"),
            ("ctrl-i", KeyCode::Tab, "", "Tab"),
            ("ctrl-m", KeyCode::Enter, "", "Enter"),
            ("ctrl-[", KeyCode::Esc, "", "Esc"),
            ("ctrl-\\", KeyCode::Char('\\'), "c", "Ctrl-\\"),
            ("ctrl-4", KeyCode::Char('\\'), "c", "Ctrl-\\"),
            ("ctrl-/", KeyCode::Char('_'), "c", "Ctrl-_"),
            ("space", KeyCode::Char(' '), "", "Space"),
            ("ctrl-space", KeyCode::Char(' '), "c", "Ctrl-Space"),
            ("enter", KeyCode::Enter, "", "Enter"),
            ("escape", KeyCode::Esc, "", "Esc"),
            ("shift-tab", KeyCode::BackTab, "", "Shift-Tab"),
            ("backtab", KeyCode::BackTab, "", "Shift-Tab"),
            ("pgdn", KeyCode::PageDown, "", "PageDown"),
            ("shift-left", KeyCode::Left, "s", "Shift-Left"),
            ("f5", KeyCode::F(5), "", "F5"),
            ("F12", KeyCode::F(12), "", "F12"),
            ("ß", KeyCode::Char('ß'), "", "ß"),
        ] {
            let key = KeyPress::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
            let want = KeyPress {
                code,
                ctrl: mods.contains('c'),
                alt: mods.contains('a'),
                shift: mods.contains('s'),
            };
            assert_eq!(key, want, "{text}");
            assert_eq!(key.to_string(), shown, "{text}");
            assert_eq!(KeyPress::parse(shown), Ok(key), "what is shown can be read: {shown}");
        }
    }

    #[test]
    fn says_what_is_not_a_key() {
        for (text, said) in [
            ("ctrl-", "not a key"),
            ("foo", "not a key"),
            ("f0", "not a key"),
            ("f25", "not a key"),
            ("hyper-x", "`hyper`"),
            ("ctrl-ctrl-x", "twice"),
            ("shift-1", "character that shift makes"),
            ("", "not a key"),
            ("\u{1b}", "not a key"),
        ] {
            let error = KeyPress::parse(text).unwrap_err();
            assert!(error.contains(said), "{text}: {error}");
        }
    }

    #[test]
    fn sequences() {
        let keys = KeyPress::parse_sequence(" g  g ").unwrap();
        assert_eq!(keys, [KeyPress::char('g'), KeyPress::char('g')]);
        assert_eq!(show_sequence(&keys), "g g");
        assert!(KeyPress::parse_sequence("  ").is_err());
        assert!(KeyPress::parse_sequence("g nope").is_err());
    }

    #[test]
    fn equal_keys_are_equal() {
        let new = |code, ctrl, shift| KeyPress::new(code, ctrl, false, shift);
        assert_eq!(new(KeyCode::Char('g'), false, true), KeyPress::char('G'));
        assert_eq!(new(KeyCode::Char('G'), false, true), KeyPress::char('G'));
        assert_eq!(new(KeyCode::Char('D'), true, true), KeyPress::ctrl('d'));
        assert_eq!(new(KeyCode::Char('?'), false, true), KeyPress::char('?'));
        assert_eq!(new(KeyCode::Tab, false, true), KeyPress::plain(KeyCode::BackTab));
        assert_eq!(new(KeyCode::BackTab, false, true), KeyPress::plain(KeyCode::BackTab));
        assert_eq!(KeyPress::char('x').typed(), Some('x'));
        assert_eq!(KeyPress::ctrl('x').typed(), None);
        assert_eq!(KeyPress::plain(KeyCode::Enter).typed(), None);
    }
}
