//! Cleaned and shared text.
//!
//! Every string that comes from a cluster passes [`clean`] exactly once, where it comes in (invariant 8), and repeated
//! strings are shared by an [`Interner`], so that a row costs hundreds of bytes and not thousands.

use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::Arc;

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
