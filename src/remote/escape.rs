//! The way out of a container that hangs, as ssh has it: at the beginning of a line the escape character, then a full stop.

/// Looks for it in what is typed, over any pieces.
#[derive(Debug)]
pub struct Escape {
    character: Option<u8>,
    state: State,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// At the beginning of a line.
    Begin,
    /// After the character there: it is held back until it is known what it means.
    Held,
    /// Within a line.
    Within,
}

impl Escape {
    /// `None`: there is no way out.
    pub fn new(character: Option<u8>) -> Self {
        Self { character, state: State::Begin }
    }

    /// What of it is meant for the other end, into `out`; true when the rest is not, since the way out was typed.
    pub fn pass(&mut self, typed: &[u8], out: &mut Vec<u8>) -> bool {
        for &byte in typed {
            let is_it = self.character == Some(byte);
            self.state = match (self.state, byte) {
                (State::Begin, _) if is_it => {
                    self.state = State::Held;
                    continue;
                }
                (State::Held, b'.') => return true,
                (State::Held, _) if is_it => State::Within,
                (State::Held, _) => {
                    out.extend(self.character);
                    after(byte)
                }
                _ => after(byte),
            };
            out.push(byte);
        }
        false
    }
}

fn after(byte: u8) -> State {
    if matches!(byte, b'\r' | b'\n') { State::Begin } else { State::Within }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_at_the_beginning_of_a_line_and_with_a_full_stop() {
        for (typed, passed, left) in [
            ("~.", "", true),
            ("ls\r~.more", "ls\r", true),
            ("ls ~.", "ls ~.", false),
            ("~~.", "~.", false),
            ("~x.", "~x.", false),
            ("~\r~.", "~\r", true),
            ("cd ~/a\r", "cd ~/a\r", false),
            ("\r~", "\r", false),
        ] {
            for size in [1, 2, 100] {
                let (mut escape, mut out) = (Escape::new(Some(b'~')), Vec::new());
                let mut gone = false;
                for piece in typed.as_bytes().chunks(size) {
                    gone = gone || escape.pass(piece, &mut out);
                }
                assert_eq!(
                    (String::from_utf8(out).unwrap().as_str(), gone),
                    (passed, left),
                    "{typed:?} by {size}"
                );
            }
        }
        let (mut none, mut out) = (Escape::new(None), Vec::new());
        assert!(!none.pass(b"\r~.", &mut out));
        assert_eq!(out, b"\r~.");
    }
}
