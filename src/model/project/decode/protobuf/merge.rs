//! Values of the wire into the fields of slim types. What does not fit a field counts as absent, as it does in JSON.

use std::borrow::Cow;

use super::reader::{Broken, Value, values};
use crate::model::project::lax::{Pairs, Present, Time};

/// What a value of the wire can be put into.
///
/// `LAYOUT` says whose numbers the fields of a message have, where the kinds of the API do not agree ([`Layout`]).
///
/// [`Layout`]: super::Layout
pub(in super::super::super) trait Wire<'a>: Default {
    /// Takes one occurrence of a field: the last one counts, repeated fields and messages gather theirs.
    fn merge<const LAYOUT: usize>(&mut self, value: Value<'a>) -> Result<(), Broken>;
}

/// Hands the fields of a message on, with their numbers.
#[inline]
pub(in super::super::super) fn fields<'a>(
    message: Value<'a>,
    mut each: impl FnMut(u64, Value<'a>) -> Result<(), Broken>,
) -> Result<(), Broken> {
    let Value::Bytes(message) = message else { return Ok(()) };
    for value in values(message) {
        let (number, value) = value?;
        each(number, value)?;
    }
    Ok(())
}

/// An entry of a map of texts: a message of a key and a value.
pub(in super::super::super) fn pair(entry: Value<'_>) -> Result<(&str, &str), Broken> {
    let (mut key, mut text) = ("", "");
    fields(entry, |number, value| {
        match (number, value) {
            (1, Value::Bytes(bytes)) => key = utf8(bytes)?,
            (2, Value::Bytes(bytes)) => text = utf8(bytes)?,
            _ => {}
        }
        Ok(())
    })?;
    Ok((key, text))
}

fn utf8(bytes: &[u8]) -> Result<&str, Broken> {
    std::str::from_utf8(bytes).map_err(|_| Broken::Text)
}

impl<'a> Wire<'a> for Cow<'a, str> {
    fn merge<const LAYOUT: usize>(&mut self, value: Value<'a>) -> Result<(), Broken> {
        if let Value::Bytes(bytes) = value {
            *self = Cow::Borrowed(utf8(bytes)?);
        }
        Ok(())
    }
}

impl Wire<'_> for i64 {
    fn merge<const LAYOUT: usize>(&mut self, value: Value<'_>) -> Result<(), Broken> {
        if let Value::Varint(value) = value {
            *self = value as i64;
        }
        Ok(())
    }
}

impl Wire<'_> for bool {
    fn merge<const LAYOUT: usize>(&mut self, value: Value<'_>) -> Result<(), Broken> {
        if let Value::Varint(value) = value {
            *self = value != 0;
        }
        Ok(())
    }
}

/// `Time` or `MicroTime` of `meta/v1`. One that is not set is an empty message; the seconds of one that is are written even
/// when they are 0.
impl Wire<'_> for Time {
    fn merge<const LAYOUT: usize>(&mut self, value: Value<'_>) -> Result<(), Broken> {
        fields(value, |number, value| {
            if let (1, Value::Varint(seconds)) = (number, value) {
                self.0 = Some(seconds as i64);
            }
            Ok(())
        })
    }
}

impl Wire<'_> for Present {
    fn merge<const LAYOUT: usize>(&mut self, _: Value<'_>) -> Result<(), Broken> {
        Ok(())
    }
}

impl<'a> Wire<'a> for Pairs<'a> {
    fn merge<const LAYOUT: usize>(&mut self, value: Value<'a>) -> Result<(), Broken> {
        let (key, value) = pair(value)?;
        self.0.push((Cow::Borrowed(key), Cow::Borrowed(value)));
        Ok(())
    }
}

impl<'a, T: Wire<'a>> Wire<'a> for Option<T> {
    fn merge<const LAYOUT: usize>(&mut self, value: Value<'a>) -> Result<(), Broken> {
        self.get_or_insert_default().merge::<LAYOUT>(value)
    }
}

impl<'a, T: Wire<'a>> Wire<'a> for Vec<T> {
    fn merge<const LAYOUT: usize>(&mut self, value: Value<'a>) -> Result<(), Broken> {
        let mut item = T::default();
        item.merge::<LAYOUT>(value)?;
        self.push(item);
        Ok(())
    }
}
