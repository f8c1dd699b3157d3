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
    /// A UUID of another cluster than the session's own, where the objects of several are together: a restored or copied
    /// cluster has the UIDs of the other one.
    PlacedUuid(u16, [u8; 16]),
    /// The same with any other text.
    PlacedOther(u16, Arc<str>),
}

impl Uid {
    /// Reads a UID; the text comes back unchanged from [`fmt::Display`].
    pub fn new(text: &str) -> Self {
        parse_uuid(text).map_or_else(|| Self::Other(text.into()), Self::Uuid)
    }

    /// The same in a place: 0 is the session's own cluster.
    #[must_use]
    pub fn of_place(&self, place: u16) -> Self {
        match self.clone() {
            Self::Uuid(value) | Self::PlacedUuid(_, value) if place == 0 => Self::Uuid(value),
            Self::Other(text) | Self::PlacedOther(_, text) if place == 0 => Self::Other(text),
            Self::Uuid(value) | Self::PlacedUuid(_, value) => Self::PlacedUuid(place, value),
            Self::Other(text) | Self::PlacedOther(_, text) => Self::PlacedOther(place, text),
        }
    }

    /// The place.
    pub fn place(&self) -> u16 {
        match self {
            Self::Uuid(_) | Self::Other(_) => 0,
            Self::PlacedUuid(place, _) | Self::PlacedOther(place, _) => *place,
        }
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
            Self::Other(text) | Self::PlacedOther(_, text) => f.write_str(text),
            Self::Uuid(value) | Self::PlacedUuid(_, value) => {
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
    fn places_tell_equal_ones_apart() {
        for text in ["0f0e0d0c-0b0a-4999-8888-0123456789ab", "mine"] {
            let uid = Uid::new(text);
            let placed = uid.of_place(2);
            assert_ne!((&placed, &uid.of_place(1)), (&uid, &placed));
            assert_eq!((placed.place(), placed.to_string()), (2, text.to_owned()));
            assert_eq!((uid.place(), placed.of_place(0)), (0, uid));
        }
        assert_eq!(size_of::<Uid>(), 24);
    }

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
