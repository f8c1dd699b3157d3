//! The bytes that a terminal sends for a key: for keys that were read here and are meant for somebody else.

use super::{KeyCode, KeyPress};

impl KeyPress {
    /// As xterm sends it, without any of its modes; nothing for a key that has no name.
    pub fn bytes(self) -> Vec<u8> {
        let mut out = Vec::new();
        if self.alt {
            out.push(0x1b);
        }
        match self.code {
            KeyCode::Char(c) if self.ctrl && (c.is_ascii_alphabetic() || "@[\\]^_ ?".contains(c)) => {
                out.push(if c == '?' { 0x7f } else { c.to_ascii_uppercase() as u8 & 0x1f });
            }
            KeyCode::Char(c) => out.extend(c.to_string().bytes()),
            KeyCode::Enter => out.push(b'\r'),
            KeyCode::Esc => out.push(0x1b),
            KeyCode::Tab => out.push(b'\t'),
            KeyCode::Backspace => out.push(0x7f),
            KeyCode::BackTab => out.extend(b"\x1b[Z"),
            KeyCode::Up => out.extend(b"\x1b[A"),
            KeyCode::Down => out.extend(b"\x1b[B"),
            KeyCode::Right => out.extend(b"\x1b[C"),
            KeyCode::Left => out.extend(b"\x1b[D"),
            KeyCode::Home => out.extend(b"\x1b[H"),
            KeyCode::End => out.extend(b"\x1b[F"),
            KeyCode::Insert => out.extend(b"\x1b[2~"),
            KeyCode::Delete => out.extend(b"\x1b[3~"),
            KeyCode::PageUp => out.extend(b"\x1b[5~"),
            KeyCode::PageDown => out.extend(b"\x1b[6~"),
            KeyCode::F(number @ 1..=4) => out.extend([0x1b, b'O', b'P' + number - 1]),
            KeyCode::F(number) => {
                let code = [15, 17, 18, 19, 20, 21, 23, 24].get(usize::from(number).wrapping_sub(5));
                out.extend(code.map(|code: &u8| format!("\x1b[{code}~").into_bytes()).unwrap_or_default());
            }
            KeyCode::Null => out.clear(),
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_what_terminals_send() {
        let ctrl = |c| KeyPress { ctrl: true, ..KeyPress::char(c) };
        for (key, bytes) in [
            (KeyPress::char('ä'), "ä"),
            (ctrl('c'), "\x03"),
            (ctrl('['), "\x1b"),
            (KeyPress { alt: true, ..KeyPress::char('b') }, "\x1bb"),
            (KeyPress::plain(KeyCode::Enter), "\r"),
            (KeyPress::plain(KeyCode::Up), "\x1b[A"),
            (KeyPress::plain(KeyCode::F(1)), "\x1bOP"),
            (KeyPress::plain(KeyCode::F(5)), "\x1b[15~"),
            (KeyPress::plain(KeyCode::F(30)), ""),
            (KeyPress::plain(KeyCode::Null), ""),
        ] {
            assert_eq!(key.bytes(), bytes.as_bytes(), "{key:?}");
        }
    }
}
