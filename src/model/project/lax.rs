//! Lenient decoding: what has the wrong type counts as absent, what is unknown is skipped; only bytes that are not JSON
//! fail.
//!
//! A list of ten thousand objects must not be lost because one field of one object is odd, so no type here ever refuses
//! a value. Strings are borrowed from the bytes where they have no escapes. Knows nothing of Kubernetes.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::Deserializer;
use serde::de::{DeserializeSeed, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::model::record::Seconds;

/// A value that can be made of any JSON: what it is not made for gives its default.
pub(super) trait Lax<'a>: Default {
    /// Made of an object.
    fn map<A: MapAccess<'a>>(mut map: A) -> Result<Self, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Self::default())
    }

    /// Made of an array.
    fn seq<A: SeqAccess<'a>>(mut seq: A) -> Result<Self, A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Self::default())
    }

    /// Made of a string.
    fn text(_: Cow<'a, str>) -> Self {
        Self::default()
    }

    /// Made of a number.
    fn number(_: i64) -> Self {
        Self::default()
    }

    /// Made of `true` or `false`.
    fn boolean(_: bool) -> Self {
        Self::default()
    }
}

/// Reads a `T` from wherever the parser stands.
pub(super) struct Read<T>(PhantomData<T>);

/// The seed (and visitor) of `T`.
pub(super) fn read<T>() -> Read<T> {
    Read(PhantomData)
}

impl<'a, T: Lax<'a>> DeserializeSeed<'a> for Read<T> {
    type Value = T;

    fn deserialize<D: Deserializer<'a>>(self, deserializer: D) -> Result<T, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'a, T: Lax<'a>> Visitor<'a> for Read<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_map<A: MapAccess<'a>>(self, map: A) -> Result<T, A::Error> {
        T::map(map)
    }

    fn visit_seq<A: SeqAccess<'a>>(self, seq: A) -> Result<T, A::Error> {
        T::seq(seq)
    }

    fn visit_borrowed_str<E: Error>(self, text: &'a str) -> Result<T, E> {
        Ok(T::text(Cow::Borrowed(text)))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
        Ok(T::text(Cow::Owned(text.to_owned())))
    }

    fn visit_string<E: Error>(self, text: String) -> Result<T, E> {
        Ok(T::text(Cow::Owned(text)))
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<T, E> {
        Ok(T::boolean(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<T, E> {
        Ok(T::number(value))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<T, E> {
        Ok(T::number(i64::try_from(value).unwrap_or(i64::MAX)))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<T, E> {
        // `as` saturates; the API has no fractions where we read numbers.
        Ok(T::number(value as i64))
    }

    fn visit_unit<E: Error>(self) -> Result<T, E> {
        Ok(T::default())
    }

    fn visit_none<E: Error>(self) -> Result<T, E> {
        Ok(T::default())
    }

    fn visit_some<D: Deserializer<'a>>(self, deserializer: D) -> Result<T, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'a> Lax<'a> for Cow<'a, str> {
    fn text(text: Cow<'a, str>) -> Self {
        text
    }

    fn number(value: i64) -> Self {
        Cow::Owned(value.to_string())
    }
}

impl Lax<'_> for i64 {
    fn number(value: i64) -> Self {
        value
    }
}

impl Lax<'_> for bool {
    fn boolean(value: bool) -> Self {
        value
    }
}

impl<'a, T: Lax<'a>> Lax<'a> for Option<T> {
    fn map<A: MapAccess<'a>>(map: A) -> Result<Self, A::Error> {
        T::map(map).map(Some)
    }

    fn seq<A: SeqAccess<'a>>(seq: A) -> Result<Self, A::Error> {
        T::seq(seq).map(Some)
    }

    fn text(text: Cow<'a, str>) -> Self {
        Some(T::text(text))
    }

    fn number(value: i64) -> Self {
        Some(T::number(value))
    }

    fn boolean(value: bool) -> Self {
        Some(T::boolean(value))
    }
}

impl<'a, T: Lax<'a>> Lax<'a> for Vec<T> {
    fn seq<A: SeqAccess<'a>>(mut seq: A) -> Result<Self, A::Error> {
        let mut out = Vec::new();
        while let Some(item) = seq.next_element_seed(read::<T>())? {
            out.push(item);
        }
        Ok(out)
    }
}

/// A time (RFC 3339, with or without fractions; in protobuf, seconds since 1970), in whole seconds; `None` when it is none.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Time(pub(super) Option<Seconds>);

impl<'a> Lax<'a> for Time {
    fn text(text: Cow<'a, str>) -> Self {
        Self(text.parse::<jiff::Timestamp>().ok().map(jiff::Timestamp::as_second))
    }

    fn number(value: i64) -> Self {
        Self(Some(value))
    }
}

/// An object of which only the presence matters.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Present;

impl Lax<'_> for Present {}

/// The pairs of an object of strings, in the order of the bytes.
#[derive(Debug, Default)]
pub(super) struct Pairs<'a>(pub(super) Vec<(Cow<'a, str>, Cow<'a, str>)>);

impl<'a> Lax<'a> for Pairs<'a> {
    fn map<A: MapAccess<'a>>(mut map: A) -> Result<Self, A::Error> {
        let mut out = Vec::new();
        while let Some(key) = map.next_key_seed(read::<Cow<'a, str>>())? {
            out.push((key, map.next_value_seed(read::<Cow<'a, str>>())?));
        }
        Ok(Self(out))
    }
}
