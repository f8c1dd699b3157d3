//! Cleaned and shared text.
//!
//! Every string that comes from a cluster passes [`clean`] exactly once, where it comes in (invariant 8), and repeated
//! strings are shared by an [`Interner`], so that a row costs hundreds of bytes and not thousands.

use std::borrow::Cow;
use std::sync::Arc;

use hashbrown::HashSet;

/// A shared, cleaned string.
pub type Text = Arc<str>;

/// Makes text from a cluster safe to show and to copy: control characters (escape sequences begin with one) and
/// characters that reorder or hide text become visible marks; tabs become a space; line breaks become `⏎`.
///
/// The class of attacks is that of CVE-2021-25743.
pub fn clean(text: &str) -> Cow<'_, str> {
    if text.bytes().all(|b| (0x20..0x7f).contains(&b)) || !text.chars().any(is_unsafe) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match c {
            '\t' => out.push(' '),
            '\n' => out.push('⏎'),
            '\r' => out.push('␍'),
            '\u{0}'..='\u{1f}' => out.push(char::from_u32(0x2400 + c as u32).unwrap_or('�')),
            '\u{7f}' => out.push('␡'),
            c if is_unsafe(c) => out.push('�'),
            c => out.push(c),
        }
    }
    Cow::Owned(out)
}

/// Takes terminal sequences (colours, cursor movement, titles) out of a line of a log: what a program wrote for its own
/// terminal is noise here. What is left still has to be [`clean`]ed.
pub fn without_sequences(text: &str) -> Cow<'_, str> {
    if !text.contains('\u{1b}') {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        if c != '\u{1b}' {
            out.push(c);
            continue;
        }
        match chars.next_if(|next| matches!(next, '[' | ']' | '(' | ')' | '\\')) {
            // CSI: parameters and intermediates, then one final byte.
            Some('[') => while chars.next_if(|next| ('\u{20}'..='\u{3f}').contains(next)).is_some() {},
            // OSC: up to BEL or ESC \, left out as a whole.
            Some(']') => while chars.next_if(|next| !matches!(next, '\u{7}' | '\u{1b}')).is_some() {},
            Some('(' | ')') => {}
            _ => continue,
        }
        chars.next_if(|next| matches!(next, '\u{40}'..='\u{7e}' | '\u{7}'));
    }
    Cow::Owned(out)
}

/// Control characters, bidi overrides and isolates, zero-width and other invisible format characters.
fn is_unsafe(c: char) -> bool {
    matches!(c,
        '\u{0}'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{ad}' | '\u{61c}' | '\u{180e}'
        | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// Shares equal strings between the records that one projection makes.
#[derive(Debug, Default)]
pub struct Interner {
    known: HashSet<Text>,
    prune_at: usize,
}

impl Interner {
    /// The cleaned, shared form of `raw`.
    pub fn text(&mut self, raw: &str) -> Text {
        let text = clean(raw);
        if let Some(known) = self.known.get(text.as_ref()) {
            return known.clone();
        }
        if self.known.len() >= self.prune_at.max(1024) {
            // What no record uses any more is let go, so that a long session with changing names does not grow.
            self.known.retain(|known| Arc::strong_count(known) > 1);
            self.prune_at = self.known.len() * 2;
        }
        let shared: Text = text.as_ref().into();
        self.known.insert(shared.clone());
        shared
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cleans() {
        for (raw, cleaned) in [
            ("plain", "plain"),
            ("größe ☸", "größe ☸"),
            ("\u{1b}[2Jx", "␛[2Jx"),
            ("a\tb\r\nc", "a b␍⏎c"),
            ("\u{202e}gpj.exe", "�gpj.exe"),
            ("zero\u{200b}width", "zero�width"),
            ("\u{9b}31m", "�31m"),
        ] {
            assert_eq!(clean(raw), cleaned);
        }
    }

    #[test]
    fn takes_sequences_out() {
        for (raw, plain) in [
            ("plain", "plain"),
            ("\u{1b}[31mred\u{1b}[0m end", "red end"),
            ("\u{1b}[1;38;5;196mx\u{1b}[K", "x"),
            ("\u{1b}]0;title\u{7}text", "text"),
            ("\u{1b}]0;title\u{1b}\\text", "text"),
            ("cut \u{1b}[3", "cut "),
            ("lone \u{1b}", "lone "),
        ] {
            assert_eq!(without_sequences(raw), plain, "{raw:?}");
        }
        // Property: nothing that could steer a terminal is left after both.
        let both = clean(&without_sequences("\u{1b}\u{1b}[31m\u{9b}2J")).into_owned();
        assert!(!both.contains(['\u{1b}', '\u{9b}']), "{both:?}");
    }

    #[test]
    fn shares_and_forgets() {
        let mut interner = Interner::default();
        let kept = interner.text("kept");
        assert!(Arc::ptr_eq(&kept, &interner.text("kept")));
        for n in 0..10_000 {
            interner.text(&n.to_string());
        }
        assert!(interner.known.len() < 2_100, "{}", interner.known.len());
        assert!(Arc::ptr_eq(&kept, &interner.text("kept")));
    }
}
