//! The identity of an object: its `metadata.uid`, kept in 24 bytes.

use std::fmt;
use std::sync::Arc;

/// An object's UID. API servers make UUIDs (kept as their bytes); any other text is kept as it is, since the API calls a
/// UID opaque.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Uid {
    /// A canonical lower-case UUID, as bytes: a number of this size would be aligned to 16 bytes, and every record with it.
    Uuid([u8; 16]),
    /// Any other text.
    Other(Arc<str>),
}

impl Uid {
    /// Reads a UID; the text comes back unchanged from [`fmt::Display`].
    pub fn new(text: &str) -> Self {
        parse_uuid(text).map_or_else(|| Self::Other(text.into()), Self::Uuid)
    }
}

impl serde::Serialize for Uid {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'a> serde::Deserialize<'a> for Uid {
    fn deserialize<D: serde::Deserializer<'a>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'a, str>::deserialize(deserializer)?;
        Ok(Self::new(&text))
    }
}

fn parse_uuid(text: &str) -> Option<[u8; 16]> {
    let bytes = text.as_bytes();
    if bytes.len() != 36 {
        return None;
    }
    let mut value = 0_u128;
    for (at, byte) in bytes.iter().enumerate() {
        let digit = match (at, byte) {
            (8 | 13 | 18 | 23, b'-') => continue,
            (8 | 13 | 18 | 23, _) => return None,
            (_, b'0'..=b'9') => byte - b'0',
            (_, b'a'..=b'f') => byte - b'a' + 10,
            _ => return None,
        };
        value = value << 4 | u128::from(digit);
    }
    Some(value.to_be_bytes())
}

impl fmt::Display for Uid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Other(text) => f.write_str(text),
            Self::Uuid(value) => {
                let hex = format!("{:032x}", u128::from_be_bytes(*value));
                write!(f, "{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
            }
        }
    }
}

impl fmt::Debug for Uid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comes_back_unchanged() {
        for text in [
            "0f0e0d0c-0b0a-4999-8888-0123456789ab",
            "",
            "abc",
            "0F0E0D0C-0b0a-4999-8888-0123456789ab",
            "0f0e0d0c-0b0a-4999-8888-0123456789aé",
        ] {
            assert_eq!(Uid::new(text).to_string(), text);
        }
        assert!(matches!(Uid::new("0f0e0d0c-0b0a-4999-8888-0123456789ab"), Uid::Uuid(_)));
        assert_eq!(size_of::<Uid>(), 24);
        assert_ne!(Uid::new("dep-uid"), Uid::new("svc-uid"));
    }
}
