//! Bytes of the terminal to keys, pastes and the like. Pure: the thread that reads knows the time.
//!
//! Covers what xterm and its relatives, tmux, screen and the Linux console send. What is not known is dropped whole, so
//! that the tail of a strange sequence is never taken for keys (a key may restart a deployment).

use super::input::{InputEvent, MouseButton, MouseEvent, MouseKind};
use super::key::{KeyCode, KeyPress};

const PASTE_END: &[u8] = b"\x1b[201~";
/// A sequence that is longer than this is noise.
const MAX_SEQUENCE: usize = 64;
/// A paste that is larger than this is cut: it goes into one line of input.
const MAX_PASTE: usize = 1 << 20;

/// Keeps what is not complete yet.
#[derive(Debug)]
pub(super) struct Parser {
    buffer: Vec<u8>,
    paste: Option<Vec<u8>>,
    /// What the terminal sends for Backspace besides DEL (`stty erase`).
    erase: u8,
}

/// How far a look at the buffer came.
enum Step {
    /// The first `usize` bytes are settled, and what they mean.
    Done(usize, Option<InputEvent>),
    /// A longer sequence may be under way.
    More,
}

impl Parser {
    pub fn new(erase: u8) -> Self {
        Self { buffer: Vec::new(), paste: None, erase }
    }

    /// Whether bytes wait for others that may never come (a lone Esc); if they don't soon, [`Self::flush`].
    pub fn is_waiting(&self) -> bool {
        self.paste.is_none() && !self.buffer.is_empty()
    }

    /// Whether what waits is an Esc and nothing behind it: most likely the key.
    pub fn is_lone_esc(&self) -> bool {
        self.paste.is_none() && self.buffer == [0x1b]
    }

    /// Takes what was read and appends what it means.
    pub fn feed(&mut self, bytes: &[u8], events: &mut Vec<InputEvent>) {
        self.buffer.extend_from_slice(bytes);
        self.run(false, events);
    }

    /// Nothing more came in time: what waits is what was pressed.
    pub fn flush(&mut self, events: &mut Vec<InputEvent>) {
        self.run(true, events);
    }

    /// Forgets what is incomplete: the terminal was somebody else's in between.
    pub fn clear(&mut self) {
        self.buffer.clear();
        self.paste = None;
    }

    fn run(&mut self, last: bool, events: &mut Vec<InputEvent>) {
        loop {
            if self.paste.is_some() && !self.take_paste(events) {
                return;
            }
            if self.buffer.is_empty() {
                return;
            }
            match step(&self.buffer, self.erase, last) {
                Step::Done(used, event) => {
                    if self.buffer[..used] == *b"\x1b[200~" {
                        self.paste = Some(Vec::new());
                    }
                    self.buffer.drain(..used);
                    events.extend(event);
                }
                Step::More if self.buffer.len() > MAX_SEQUENCE => self.buffer.clear(),
                Step::More => return,
            }
        }
    }

    /// Moves pasted bytes out of the buffer; true when the paste ended.
    fn take_paste(&mut self, events: &mut Vec<InputEvent>) -> bool {
        let end = memchr::memmem::find(&self.buffer, PASTE_END);
        // The end mark may be cut between two reads: its possible beginning stays.
        let whole = end.unwrap_or_else(|| self.buffer.len().saturating_sub(PASTE_END.len() - 1));
        let Some(paste) = &mut self.paste else { return true };
        let room = MAX_PASTE.saturating_sub(paste.len());
        paste.extend_from_slice(&self.buffer[..whole.min(room)]);
        self.buffer.drain(..whole);
        if end.is_some() {
            self.buffer.drain(..PASTE_END.len());
            // Terminals send line breaks of pasted text as Enter would.
            let text = String::from_utf8_lossy(paste).replace("\r\n", "\n").replace('\r', "\n");
            events.push(InputEvent::Paste(text));
            self.paste = None;
        }
        end.is_some()
    }
}

fn step(buffer: &[u8], erase: u8, last: bool) -> Step {
    match buffer {
        [0x1b] if last => done(1, KeyCode::Esc, Mods::default()),
        [0x1b] => Step::More,
        [0x1b, b'[', rest @ ..] => csi(rest, last),
        [0x1b, b'O', rest @ ..] => ss3(rest, last),
        // Two escapes: the first was a key, the second may begin something.
        [0x1b, 0x1b, ..] => done(1, KeyCode::Esc, Mods::default()),
        [0x1b, rest @ ..] => match step(rest, erase, last) {
            Step::Done(used, Some(InputEvent::Key(key))) => {
                Step::Done(used + 1, Some(InputEvent::Key(KeyPress { alt: true, ..key })))
            }
            Step::Done(used, event) => Step::Done(used + 1, event),
            Step::More => Step::More,
        },
        [byte, ..] if *byte < 0x80 => {
            let (code, ctrl) = ascii(*byte, erase);
            done(1, code, Mods { ctrl, ..Mods::default() })
        }
        other => utf8(other, last),
    }
}

fn ascii(byte: u8, erase: u8) -> (KeyCode, bool) {
    match byte {
        0x7f => (KeyCode::Backspace, false),
        byte if byte == erase && byte < 0x20 => (KeyCode::Backspace, false),
        b'\r' => (KeyCode::Enter, false),
        b'\t' => (KeyCode::Tab, false),
        0 => (KeyCode::Char(' '), true),
        0x01..=0x1a => (KeyCode::Char(char::from(byte - 1 + b'a')), true),
        0x1b..=0x1f => (KeyCode::Char(char::from(byte - 0x1b + b'[')), true),
        byte => (KeyCode::Char(char::from(byte)), false),
    }
}

fn utf8(buffer: &[u8], last: bool) -> Step {
    let length = match buffer[0] {
        0xc2..=0xdf => 2,
        0xe0..=0xef => 3,
        0xf0..=0xf4 => 4,
        _ => return Step::Done(1, None),
    };
    let have = &buffer[..length.min(buffer.len())];
    match std::str::from_utf8(have) {
        Ok(text) => {
            let key = text.chars().next().filter(|c| !c.is_control()).map(KeyPress::char);
            Step::Done(length, key.map(InputEvent::Key))
        }
        Err(error) if error.error_len().is_none() && !last => Step::More,
        Err(_) => Step::Done(1, None),
    }
}

fn ss3(rest: &[u8], last: bool) -> Step {
    match rest {
        [] if last => done(2, KeyCode::Char('O'), Mods { alt: true, ..Mods::default() }),
        [] => Step::More,
        [byte, ..] => match letter(*byte) {
            Some(code) => done(3, code, Mods::default()),
            None => Step::Done(3, None),
        },
    }
}

/// Everything after `ESC [`.
fn csi(rest: &[u8], last: bool) -> Step {
    // The Linux console's F1 to F5.
    if let [b'[', tail @ ..] = rest {
        return match tail {
            [] if !last => Step::More,
            [byte @ b'A'..=b'E', ..] => done(4, KeyCode::F(byte - b'A' + 1), Mods::default()),
            _ => Step::Done(3 + tail.len().min(1), None),
        };
    }
    let Some(end) = rest.iter().position(|byte| !(0x20..=0x3f).contains(byte)) else {
        return match (rest, last) {
            ([], true) => done(2, KeyCode::Char('['), Mods { alt: true, ..Mods::default() }),
            (_, true) => Step::Done(2 + rest.len(), None),
            (_, false) => Step::More,
        };
    };
    let used = 2 + end + 1;
    let (parameters, last_byte) = (&rest[..end], rest[end]);
    if !(0x40..=0x7e).contains(&last_byte) {
        // Cut off by something else, which is looked at afresh.
        return Step::Done(used - 1, None);
    }
    if let Some(mouse) = parameters.strip_prefix(b"<") {
        return Step::Done(used, mouse_event(mouse, last_byte));
    }
    let numbers: Vec<u16> = numbers(parameters);
    let first = numbers.first().copied().unwrap_or(0);
    let mods = Mods::from_parameter(numbers.get(1).copied().unwrap_or(1));
    match (last_byte, parameters) {
        (b'I', []) => Step::Done(used, Some(InputEvent::Focus(true))),
        (b'O', []) => Step::Done(used, Some(InputEvent::Focus(false))),
        (b'Z', _) => done(used, KeyCode::Tab, Mods { shift: true, ..mods }),
        (b'~', _) => match tilde(first) {
            Some(code) => done(used, code, mods),
            None => Step::Done(used, None),
        },
        (b'u', _) => match unicode(first) {
            Some(code) => done(used, code, mods),
            None => Step::Done(used, None),
        },
        // Anything else with such an end is a report (where the cursor is), not a key.
        (_, _) if first > 1 || numbers.len() > 2 || numbers.get(1).is_some_and(|mods| *mods > 16) => {
            Step::Done(used, None)
        }
        (byte, _) => match letter(byte) {
            Some(code) => done(used, code, mods),
            None => Step::Done(used, None),
        },
    }
}

fn numbers(parameters: &[u8]) -> Vec<u16> {
    let text = std::str::from_utf8(parameters).unwrap_or_default();
    text.split(';').map(|part| part.split(':').next().unwrap_or_default().parse().unwrap_or(0)).collect()
}

/// The keys whose sequences end with a letter.
fn letter(byte: u8) -> Option<KeyCode> {
    Some(match byte {
        b'A' => KeyCode::Up,
        b'B' => KeyCode::Down,
        b'C' => KeyCode::Right,
        b'D' => KeyCode::Left,
        b'F' => KeyCode::End,
        b'H' => KeyCode::Home,
        b'M' => KeyCode::Enter,
        b'P'..=b'S' => KeyCode::F(byte - b'P' + 1),
        _ => return None,
    })
}

/// The keys whose sequences are a number and a tilde.
fn tilde(number: u16) -> Option<KeyCode> {
    Some(match number {
        1 | 7 => KeyCode::Home,
        2 => KeyCode::Insert,
        3 => KeyCode::Delete,
        4 | 8 => KeyCode::End,
        5 => KeyCode::PageUp,
        6 => KeyCode::PageDown,
        11..=15 => KeyCode::F((number - 10) as u8),
        17..=21 => KeyCode::F((number - 11) as u8),
        23..=24 => KeyCode::F((number - 12) as u8),
        _ => return None,
    })
}

/// The key of a code point, as terminals with extended keys send it.
fn unicode(number: u16) -> Option<KeyCode> {
    Some(match number {
        9 => KeyCode::Tab,
        13 => KeyCode::Enter,
        27 => KeyCode::Esc,
        8 | 127 => KeyCode::Backspace,
        number => KeyCode::Char(char::from_u32(u32::from(number)).filter(|c| !c.is_control())?),
    })
}

#[derive(Debug, Clone, Copy, Default)]
struct Mods {
    ctrl: bool,
    alt: bool,
    shift: bool,
}

impl Mods {
    fn from_parameter(parameter: u16) -> Self {
        let bits = parameter.saturating_sub(1);
        Self { shift: bits & 1 != 0, alt: bits & 2 != 0, ctrl: bits & 4 != 0 }
    }
}

fn done(used: usize, code: KeyCode, mods: Mods) -> Step {
    Step::Done(used, Some(InputEvent::Key(KeyPress::new(code, mods.ctrl, mods.alt, mods.shift))))
}

/// The SGR form of a mouse report: `button;column;row` and `M` (down) or `m` (up).
fn mouse_event(parameters: &[u8], last: u8) -> Option<InputEvent> {
    let [code, x, y] = numbers(parameters)[..] else { return None };
    let button = match code & 3 {
        0 => MouseButton::Left,
        1 => MouseButton::Middle,
        _ => MouseButton::Right,
    };
    let kind = match code {
        code if code & 64 != 0 => match code & 3 {
            0 => MouseKind::ScrollUp,
            1 => MouseKind::ScrollDown,
            _ => return None,
        },
        code if code & 3 == 3 => return None,
        code if code & 32 != 0 => MouseKind::Drag(button),
        _ if last == b'm' => MouseKind::Up(button),
        _ => MouseKind::Down(button),
    };
    Some(InputEvent::Mouse(MouseEvent { kind, x: x.saturating_sub(1), y: y.saturating_sub(1) }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(text: &str) -> InputEvent {
        let mut parts: Vec<&str> = text.split('-').collect();
        let name = parts.pop().unwrap();
        let code = match name {
            "Enter" => KeyCode::Enter,
            "Esc" => KeyCode::Esc,
            "Tab" => KeyCode::Tab,
            "Up" => KeyCode::Up,
            "Home" => KeyCode::Home,
            "Delete" => KeyCode::Delete,
            "Backspace" => KeyCode::Backspace,
            "PageDown" => KeyCode::PageDown,
            "F1" => KeyCode::F(1),
            "F5" => KeyCode::F(5),
            "F6" => KeyCode::F(6),
            "F12" => KeyCode::F(12),
            name => KeyCode::Char(name.chars().next().unwrap()),
        };
        InputEvent::Key(KeyPress::new(code, parts.contains(&"c"), parts.contains(&"a"), parts.contains(&"s")))
    }

    fn keys(names: &str) -> Vec<InputEvent> {
        names.split_whitespace().map(key).collect()
    }

    fn all(bytes: &[u8]) -> Vec<InputEvent> {
        let mut parser = Parser::new(0x7f);
        let mut events = Vec::new();
        parser.feed(bytes, &mut events);
        parser.flush(&mut events);
        assert!(!parser.is_waiting());
        events
    }

    #[test]
    fn an_esc_that_stands_alone_is_told_from_a_sequence() {
        let (mut parser, mut events) = (Parser::new(0x7f), Vec::new());
        for (bytes, waiting, lone) in [
            (&b"a"[..], false, false),
            (b"\x1b", true, true),
            (b"[", true, false),
            (b"A", false, false),
            (b"\x1b[200~\x1b", false, false),
        ] {
            parser.feed(bytes, &mut events);
            assert_eq!((parser.is_waiting(), parser.is_lone_esc()), (waiting, lone), "{bytes:?}");
        }
    }

    #[test]
    fn reads_keys() {
        for (bytes, expected) in [
            ("a", "a"),
            ("G?", "G ?"),
            ("ü世", "ü 世"),
            ("\r\t\x7f", "Enter Tab Backspace"),
            ("\x03\x1a", "c-c c-z"),
            ("\x08\n", "c-h c-j"),
            ("\x1c", "c-\\"),
            ("\x1b", "Esc"),
            ("\x1b\x1b", "Esc Esc"),
            ("\x1bx", "a-x"),
            ("\x1b\x04", "a-c-d"),
            ("\x1b[A\x1bOA", "Up Up"),
            ("\x1b[1;5A", "c-Up"),
            ("\x1b[1;4A", "a-s-Up"),
            ("\x1b[H\x1b[1~\x1b[7~\x1bOH", "Home Home Home Home"),
            ("\x1b[3~\x1b[3;5~", "Delete c-Delete"),
            ("\x1b[6~", "PageDown"),
            ("\x1bOP\x1b[11~\x1b[[A", "F1 F1 F1"),
            ("\x1b[15~\x1b[17~\x1b[24~", "F5 F6 F12"),
            ("\x1b[Z", "s-Tab"),
            ("\x1b[97;5u\x1b[27u", "c-a Esc"),
            ("\x1b\x1b[A", "Esc Up"),
            // Strange sequences are dropped whole.
            ("\x1b[?62;22c", ""),
            ("\x1b[12;40R", ""),
            ("\x1b[[x", ""),
            ("\x1b[12", ""),
            ("\u{9b}", ""),
        ] {
            assert_eq!(all(bytes.as_bytes()), keys(expected), "{bytes:?}");
        }
        assert_eq!(all(b"\xff\xc3x"), keys("x"));
    }

    #[test]
    fn backspace_is_what_stty_says() {
        let mut events = Vec::new();
        Parser::new(8).feed(b"\x08\x7f", &mut events);
        assert_eq!(events, keys("Backspace Backspace"));
    }

    #[test]
    fn cut_anywhere_means_the_same() {
        let bytes = "\x1b[1;5Aü\x1bOP\x1b[200~a\x1b[20b\r\nc\x1b[201~x\x1b[<0;3;4M".as_bytes();
        let whole = all(bytes);
        assert_eq!(whole.len(), 6);
        for cut in 1..bytes.len() {
            let mut parser = Parser::new(0x7f);
            let mut events = Vec::new();
            parser.feed(&bytes[..cut], &mut events);
            parser.feed(&bytes[cut..], &mut events);
            assert_eq!(events, whole, "cut at {cut}");
        }
    }

    #[test]
    fn a_paste_is_text() {
        assert_eq!(
            all(b"\x1b[200~ctrl\x03 d\rq\x1b[A\x1b[201~q"),
            [InputEvent::Paste("ctrl\x03 d\nq\x1b[A".into()), key("q"),]
        );
        let mut parser = Parser::new(0x7f);
        let mut events = Vec::new();
        parser.feed(b"\x1b[200~half", &mut events);
        assert!(!parser.is_waiting(), "a long paste is not cut by a pause");
        parser.clear();
        parser.feed(b"q", &mut events);
        assert_eq!(events, keys("q"));
    }

    #[test]
    fn reads_the_mouse_and_focus() {
        let mouse = |kind, x, y| InputEvent::Mouse(MouseEvent { kind, x, y });
        for (bytes, expected) in [
            ("\x1b[<0;3;4M", mouse(MouseKind::Down(MouseButton::Left), 2, 3)),
            ("\x1b[<0;3;4m", mouse(MouseKind::Up(MouseButton::Left), 2, 3)),
            ("\x1b[<34;1;1M", mouse(MouseKind::Drag(MouseButton::Right), 0, 0)),
            ("\x1b[<64;1;1M", mouse(MouseKind::ScrollUp, 0, 0)),
            ("\x1b[<65;9;1M", mouse(MouseKind::ScrollDown, 8, 0)),
            ("\x1b[I", InputEvent::Focus(true)),
            ("\x1b[O", InputEvent::Focus(false)),
        ] {
            assert_eq!(all(bytes.as_bytes()), [expected], "{bytes:?}");
        }
        assert_eq!(all(b"\x1b[<35;3;4M\x1b[<1M"), []);
    }
}
