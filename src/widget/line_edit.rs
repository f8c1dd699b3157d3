//! One line of text being typed: filter, palette, search. Pure editing; drawing is [`super::chrome`]'s.

use crate::keymap::key::{KeyCode, KeyPress};
use crate::model::text::clean;

/// A line of text with a cursor.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LineEdit {
    text: String,
    /// Byte offset of the cursor, always at a character boundary.
    at: usize,
    /// The text is an offer that nothing was done to yet.
    offered: Offered,
}

/// Whether a path that is typed takes the place of what stands there.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Offered {
    /// It does not.
    #[default]
    No,
    /// It does, as soon as its first sign says that it is one.
    Yes,
    /// It does if a slash follows the dot that was typed.
    Dot,
}

impl LineEdit {
    /// A line with text in it, the cursor at its end.
    pub fn with(text: &str) -> Self {
        Self { text: text.to_owned(), at: text.len(), offered: Offered::No }
    }

    /// A line with the name of a file that is offered: a path that is typed (`/…`, `~/…`, `./…`) takes its place, everything else
    /// is done to it.
    pub fn offering(name: &str) -> Self {
        Self { offered: Offered::Yes, ..Self::with(name) }
    }

    /// Takes the offer away when this is typed, or pasted, and begins a path.
    fn replace_offer(&mut self, typed: &str) {
        let (begins_path, kept) = match std::mem::take(&mut self.offered) {
            Offered::No => return,
            Offered::Yes => (typed.starts_with(['/', '~']) || typed.starts_with("./"), ""),
            Offered::Dot => (typed.starts_with('/'), "."),
        };
        if begins_path {
            kept.clone_into(&mut self.text);
            self.at = kept.len();
        } else if typed == "." && kept.is_empty() {
            self.offered = Offered::Dot;
        }
    }

    /// What has been typed.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What stands before the cursor.
    pub fn before_cursor(&self) -> &str {
        &self.text[..self.at]
    }

    /// Handles an editing key; false when the key is none.
    pub fn on_key(&mut self, key: KeyPress) -> bool {
        match (key.code, key.ctrl, key.alt) {
            (KeyCode::Char(c), false, false) => self.replace_offer(c.encode_utf8(&mut [0; 4])),
            _ => self.offered = Offered::No,
        }
        match (key.code, key.ctrl, key.alt) {
            (KeyCode::Char(c), false, false) => {
                self.text.insert(self.at, c);
                self.at += c.len_utf8();
            }
            (KeyCode::Backspace, false, false) | (KeyCode::Char('h'), true, false) => {
                if let Some(c) = self.text[..self.at].chars().next_back() {
                    self.at -= c.len_utf8();
                    self.text.remove(self.at);
                }
            }
            (KeyCode::Delete, ..) => {
                if self.at < self.text.len() {
                    self.text.remove(self.at);
                }
            }
            (KeyCode::Left, false, false) | (KeyCode::Char('b'), true, false) => {
                self.at -= self.text[..self.at].chars().next_back().map_or(0, char::len_utf8);
            }
            (KeyCode::Right, false, false) | (KeyCode::Char('f'), true, false) => {
                self.at += self.text[self.at..].chars().next().map_or(0, char::len_utf8);
            }
            (KeyCode::Home, ..) | (KeyCode::Char('a'), true, false) => self.at = 0,
            (KeyCode::End, ..) | (KeyCode::Char('e'), true, false) => self.at = self.text.len(),
            (KeyCode::Char('u'), true, false) => {
                self.text.drain(..self.at);
                self.at = 0;
            }
            (KeyCode::Char('k'), true, false) => self.text.truncate(self.at),
            (KeyCode::Char('w'), true, false) | (KeyCode::Backspace, ..) => {
                let kept = self.text[..self.at].trim_end();
                let start = kept
                    .rfind(char::is_whitespace)
                    .map_or(0, |space| space + kept[space..].chars().next().map_or(1, char::len_utf8));
                self.text.drain(start..self.at);
                self.at = start;
            }
            _ => return false,
        }
        true
    }

    /// Puts pasted text in, cleaned, as one line.
    pub fn paste(&mut self, pasted: &str) {
        let line: String = pasted.trim_end_matches(['\r', '\n']).replace(['\r', '\n'], " ");
        let line = clean(&line);
        self.replace_offer(&line);
        self.text.insert_str(self.at, &line);
        self.at += line.len();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn press(code: KeyCode, ctrl: bool) -> KeyPress {
        KeyPress { code, ctrl, alt: false, shift: false }
    }

    fn typed(text: &str) -> LineEdit {
        let mut line = LineEdit::default();
        for c in text.chars() {
            assert!(line.on_key(press(KeyCode::Char(c), false)));
        }
        line
    }

    #[test]
    fn edits() {
        let mut line = typed("größe two");
        line.on_key(press(KeyCode::Char('w'), true));
        assert_eq!(line.text(), "größe ");
        line.on_key(press(KeyCode::Backspace, false));
        line.on_key(press(KeyCode::Left, false));
        line.on_key(press(KeyCode::Backspace, false));
        assert_eq!((line.text(), line.before_cursor()), ("gröe", "grö"));
        line.on_key(press(KeyCode::Char('k'), true));
        assert_eq!(line.text(), "grö");
        line.on_key(press(KeyCode::Home, false));
        line.on_key(press(KeyCode::Delete, false));
        assert_eq!(line.text(), "rö");
        line.on_key(press(KeyCode::End, false));
        line.on_key(press(KeyCode::Char('u'), true));
        assert_eq!(line.text(), "");
        assert!(!line.on_key(press(KeyCode::Enter, false)));
    }

    #[test]
    fn a_path_takes_the_place_of_the_name_that_is_offered() {
        for (keys, text) in [
            ("/tmp/a", "/tmp/a"),
            ("~/a", "~/a"),
            ("./a", "./a"),
            (".2", "name.md.2"),
            ("..", "name.md.."),
            ("x/a", "name.mdx/a"),
            (".x/", "name.md.x/"),
        ] {
            let mut line = LineEdit::offering("name.md");
            for c in keys.chars() {
                line.on_key(press(KeyCode::Char(c), false));
            }
            assert_eq!((line.text(), line.before_cursor()), (text, text), "{keys}");
        }
        let mut line = LineEdit::offering("name.md");
        line.on_key(press(KeyCode::Home, false));
        line.on_key(press(KeyCode::Char('/'), false));
        assert_eq!(line.text(), "/name.md");
        let mut line = LineEdit::offering("name.md");
        line.paste("./x\n");
        assert_eq!(line.text(), "./x");
    }

    #[test]
    fn pastes_one_clean_line() {
        let mut line = typed("ab");
        line.on_key(press(KeyCode::Left, false));
        line.paste("x\ny\u{1b}[31m\n");
        assert_eq!(line.text(), "ax y␛[31mb");
    }

    #[test]
    fn never_panics_at_the_ends() {
        let mut line = LineEdit::default();
        for code in [KeyCode::Backspace, KeyCode::Delete, KeyCode::Left, KeyCode::Right] {
            line.on_key(press(code, false));
            line.on_key(press(code, true));
        }
        line.on_key(press(KeyCode::Char('w'), true));
        assert_eq!(line.text(), "");
    }
}
