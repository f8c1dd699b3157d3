//! Names and numbers that look drawn by lot and are not: template hashes, name suffixes, UIDs, addresses.
//!
//! Everything follows from a seed, so that a run of the embedded cluster can be repeated.

use std::fmt::Write as _;

use serde_json::Value;

/// The letters of which Kubernetes makes suffixes: no vowels, nothing that looks alike.
const LETTERS: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";

/// A small generator of pseudo-random numbers (splitmix64).
#[derive(Debug, Clone)]
pub struct Dice(u64);

impl Dice {
    /// Starts a sequence.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A sequence that belongs to a text, such as a UID.
    pub fn of(text: &str) -> Self {
        Self(fnv(text.as_bytes()))
    }

    /// The next number.
    pub fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `limit`.
    pub fn below(&mut self, limit: u64) -> u64 {
        if limit == 0 { 0 } else { self.roll() % limit }
    }

    /// A suffix as of a pod's name.
    pub fn suffix(&mut self, length: usize) -> String {
        (0..length).map(|_| char::from(LETTERS[self.below(LETTERS.len() as u64) as usize])).collect()
    }

    /// `digits` hexadecimal digits.
    pub fn hex(&mut self, digits: usize) -> String {
        let mut text = String::with_capacity(digits + 16);
        while text.len() < digits {
            let _ = write!(text, "{:016x}", self.roll());
        }
        text.truncate(digits);
        text
    }

    /// A UID.
    pub fn uid(&mut self) -> String {
        let hex = self.hex(31);
        format!("{}-{}-4{}-a{}-{}", &hex[..8], &hex[8..12], &hex[12..15], &hex[15..18], &hex[18..30])
    }
}

/// FNV-1a.
pub fn fnv(bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}

/// The hash of a pod template, as the label `pod-template-hash` carries it.
pub fn template_hash(template: &Value, collisions: i64) -> String {
    let mut bytes = template.to_string().into_bytes();
    if collisions > 0 {
        bytes.extend_from_slice(&collisions.to_le_bytes());
    }
    let hash = fnv(&bytes);
    let number = ((hash >> 32) ^ (hash & 0xffff_ffff)).to_string();
    number.bytes().map(|digit| char::from(LETTERS[usize::from(digit) % LETTERS.len()])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_hash_depends_on_the_template_and_on_collisions_only() {
        let one = template_hash(&json!({"spec": {"a": 1}}), 0);
        assert_eq!(one, template_hash(&json!({"spec": {"a": 1}}), 0));
        assert_ne!(one, template_hash(&json!({"spec": {"a": 2}}), 0));
        assert_ne!(one, template_hash(&json!({"spec": {"a": 1}}), 1));
        assert!((5..=10).contains(&one.len()) && one.bytes().all(|b| LETTERS.contains(&b)), "{one}");
    }

    #[test]
    fn dice_repeat_and_uids_have_their_shape() {
        let (mut a, mut b) = (Dice::new(7), Dice::new(7));
        let uid = a.uid();
        assert_eq!(uid, b.uid());
        assert_eq!(uid.len(), 36);
        assert_ne!(a.uid(), uid);
        assert_eq!(a.suffix(5).len(), 5);
    }
}
