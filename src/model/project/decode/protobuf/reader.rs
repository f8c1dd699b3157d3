//! The wire format (<https://protobuf.dev/programming-guides/encoding/>) as serde's data model.
//!
//! Repeated fields are taken to stand together, as every server in Go writes them.

use std::fmt;

use serde::Deserializer;
use serde::de::value::BorrowedStrDeserializer;
use serde::de::{self, DeserializeSeed, MapAccess, SeqAccess, Visitor};
use serde::forward_to_deserialize_any;

use super::schema::{Field, Shape};

/// The wire says what is there, whatever a visitor hoped for.
macro_rules! whatever_is_asked {
    () => {
        forward_to_deserialize_any! {
            bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit
            unit_struct newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
        }
    };
}

/// Why a message cannot be read.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Broken {
    /// It ends in the middle of a field.
    Short,
    /// A number has more bytes than numbers have.
    Number,
    /// A wire type that is not in use.
    WireType(u8),
    /// Text is not UTF-8.
    Text,
    /// A visitor's words.
    Other(String),
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Short => f.write_str("it ends in the middle of a field"),
            Self::Number => f.write_str("a number is too long"),
            Self::WireType(wire) => write!(f, "the unknown wire type {wire}"),
            Self::Text => f.write_str("text is not UTF-8"),
            Self::Other(words) => f.write_str(words),
        }
    }
}

impl std::error::Error for Broken {}

impl de::Error for Broken {
    fn custom<T: fmt::Display>(words: T) -> Self {
        Self::Other(words.to_string())
    }
}

/// A field's value as it stands on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part<'de> {
    Varint(u64),
    Bytes(&'de [u8]),
    /// Fixed width: Kubernetes has none in what is read.
    Fixed,
}

/// The fields of a message, by number.
pub(super) fn parts(message: &[u8]) -> Parts<'_> {
    Parts { left: message }
}

#[derive(Debug, Clone)]
pub(super) struct Parts<'de> {
    left: &'de [u8],
}

impl<'de> Parts<'de> {
    fn take(&mut self, count: u64) -> Result<&'de [u8], Broken> {
        let count = usize::try_from(count).map_err(|_| Broken::Short)?;
        let (head, left) = self.left.split_at_checked(count).ok_or(Broken::Short)?;
        self.left = left;
        Ok(head)
    }

    #[inline]
    fn varint(&mut self) -> Result<u64, Broken> {
        // Nearly all tags and most lengths have one byte.
        if let [byte @ ..0x80, left @ ..] = self.left {
            self.left = left;
            return Ok(u64::from(*byte));
        }
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let (byte, left) = self.left.split_first().ok_or(Broken::Short)?;
            self.left = left;
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(Broken::Number)
    }

    fn part(&mut self) -> Result<(u64, Part<'de>), Broken> {
        let tag = self.varint()?;
        let part = match tag & 7 {
            0 => Part::Varint(self.varint()?),
            1 => self.take(8).map(|_| Part::Fixed)?,
            2 => {
                let length = self.varint()?;
                Part::Bytes(self.take(length)?)
            }
            5 => self.take(4).map(|_| Part::Fixed)?,
            wire => return Err(Broken::WireType(wire as u8)),
        };
        Ok((tag >> 3, part))
    }

    /// The next part when it is of the field `number`.
    fn again(&mut self, number: u64) -> Result<Option<Part<'de>>, Broken> {
        let mut ahead = self.clone();
        if ahead.left.is_empty() || ahead.varint()? >> 3 != number {
            return Ok(None);
        }
        self.part().map(|(_, part)| Some(part))
    }
}

impl<'de> Iterator for Parts<'de> {
    type Item = Result<(u64, Part<'de>), Broken>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.left.is_empty() {
            return None;
        }
        let part = self.part();
        if part.is_err() {
            self.left = &[];
        }
        Some(part)
    }
}

/// A message as an object with the keys of its schema.
pub(super) struct Message<'de> {
    parts: Parts<'de>,
    fields: &'static [Field],
}

impl<'de> Message<'de> {
    pub(super) fn new(bytes: &'de [u8], fields: &'static [Field]) -> Self {
        Self { parts: parts(bytes), fields }
    }
}

impl<'de> Deserializer<'de> for Message<'de> {
    type Error = Broken;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Broken> {
        visitor.visit_map(Entries { parts: self.parts, fields: self.fields, from: 0, at: None })
    }

    whatever_is_asked!();
}

/// The known fields of a message, one after the other.
struct Entries<'de> {
    parts: Parts<'de>,
    fields: &'static [Field],
    /// Where the next field is looked for first: both sides are in the order of the numbers.
    from: usize,
    /// The field whose key was handed out.
    at: Option<(&'static Field, Part<'de>)>,
}

impl Entries<'_> {
    fn field(&mut self, number: u64) -> Option<&'static Field> {
        if self.from > 0 && self.fields[self.from - 1].0 >= number {
            self.from = 0;
        }
        while let Some(field) = self.fields.get(self.from).filter(|field| field.0 <= number) {
            self.from += 1;
            if field.0 == number {
                return Some(field);
            }
        }
        None
    }
}

impl<'de> MapAccess<'de> for Entries<'de> {
    type Error = Broken;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Broken> {
        while let Some(part) = self.parts.next() {
            let (number, part) = part?;
            if let Some(field) = self.field(number) {
                self.at = Some((field, part));
                return seed.deserialize(BorrowedStrDeserializer::new(field.1)).map(Some);
            }
        }
        Ok(None)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Broken> {
        let Some((field, part)) = self.at.take() else {
            return Err(de::Error::custom("a value before its key"));
        };
        match field.2 {
            Shape::Texts | Shape::Many(_) | Shape::Pairs => {
                seed.deserialize(Repeated { parts: &mut self.parts, field, first: Some(part) })
            }
            shape => seed.deserialize(Single { shape, part }),
        }
    }
}

/// One value. What does not fit the schema is shown as nothing.
struct Single<'de> {
    shape: Shape,
    part: Part<'de>,
}

impl<'de> Deserializer<'de> for Single<'de> {
    type Error = Broken;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Broken> {
        match (self.shape, self.part) {
            (Shape::Text | Shape::Texts, Part::Bytes(bytes)) => visitor.visit_borrowed_str(text(bytes)?),
            (Shape::Number, Part::Varint(value)) => visitor.visit_i64(value as i64),
            (Shape::Flag, Part::Varint(value)) => visitor.visit_bool(value != 0),
            (Shape::One(fields) | Shape::Many(fields), Part::Bytes(bytes)) => {
                Message::new(bytes, fields).deserialize_any(visitor)
            }
            (Shape::Time, Part::Bytes(bytes)) => {
                // A time that is not set is an empty message; the seconds of one that is are written even when 0.
                for part in parts(bytes) {
                    if let (1, Part::Varint(seconds)) = part? {
                        return visitor.visit_i64(seconds as i64);
                    }
                }
                visitor.visit_unit()
            }
            _ => visitor.visit_unit(),
        }
    }

    whatever_is_asked!();
}

fn text(bytes: &[u8]) -> Result<&str, Broken> {
    std::str::from_utf8(bytes).map_err(|_| Broken::Text)
}

/// A repeated field: an array, or an object when its items are pairs.
struct Repeated<'p, 'de> {
    parts: &'p mut Parts<'de>,
    field: &'static Field,
    first: Option<Part<'de>>,
}

impl<'de> Repeated<'_, 'de> {
    fn item(&mut self) -> Result<Option<Part<'de>>, Broken> {
        match self.first.take() {
            Some(first) => Ok(Some(first)),
            None => self.parts.again(self.field.0),
        }
    }
}

impl<'de> Deserializer<'de> for Repeated<'_, 'de> {
    type Error = Broken;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Broken> {
        match self.field.2 {
            Shape::Pairs => visitor.visit_map(Pairs { items: self, value: "" }),
            _ => visitor.visit_seq(self),
        }
    }

    whatever_is_asked!();
}

impl<'de> SeqAccess<'de> for Repeated<'_, 'de> {
    type Error = Broken;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Broken> {
        let shape = self.field.2;
        self.item()?.map(|part| seed.deserialize(Single { shape, part })).transpose()
    }
}

/// A map of texts: messages of a key and a value.
struct Pairs<'p, 'de> {
    items: Repeated<'p, 'de>,
    value: &'de str,
}

impl<'de> MapAccess<'de> for Pairs<'_, 'de> {
    type Error = Broken;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Broken> {
        let Some(item) = self.items.item()? else { return Ok(None) };
        let mut key = "";
        self.value = "";
        if let Part::Bytes(pair) = item {
            for part in parts(pair) {
                match part? {
                    (1, Part::Bytes(bytes)) => key = text(bytes)?,
                    (2, Part::Bytes(bytes)) => self.value = text(bytes)?,
                    _ => {}
                }
            }
        }
        seed.deserialize(BorrowedStrDeserializer::new(key)).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Broken> {
        seed.deserialize(BorrowedStrDeserializer::new(self.value))
    }
}
