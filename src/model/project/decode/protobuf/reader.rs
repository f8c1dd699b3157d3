//! The wire format (<https://protobuf.dev/programming-guides/encoding/>): a message as numbered values.

/// Why a message cannot be read.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(in super::super::super) enum Broken {
    /// It ends in the middle of a field.
    #[error("it ends in the middle of a field")]
    Short,
    /// A number has more bytes than numbers have.
    #[error("a number is too long")]
    Number,
    /// Fields are numbered from 1.
    #[error("a field has no number")]
    Field,
    /// A wire type that is not in use.
    #[error("the unknown wire type {0}")]
    WireType(u8),
    /// Text is not UTF-8.
    #[error("text is not UTF-8")]
    Text,
}

/// A field's value as it stands on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super::super) enum Value<'a> {
    Varint(u64),
    Bytes(&'a [u8]),
    /// Fixed width: Kubernetes has none in what is read.
    Fixed,
}

/// The fields of a message, with their numbers, in the order of the bytes.
pub(super) fn values(message: &[u8]) -> Values<'_> {
    Values { left: message }
}

pub(super) struct Values<'a> {
    left: &'a [u8],
}

impl<'a> Values<'a> {
    #[inline]
    fn take(&mut self, count: u64) -> Result<&'a [u8], Broken> {
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
        self.long_varint()
    }

    fn long_varint(&mut self) -> Result<u64, Broken> {
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

    #[inline]
    fn value(&mut self) -> Result<(u64, Value<'a>), Broken> {
        let tag = self.varint()?;
        let value = match tag & 7 {
            _ if tag >> 3 == 0 => return Err(Broken::Field),
            0 => Value::Varint(self.varint()?),
            1 => self.take(8).map(|_| Value::Fixed)?,
            2 => {
                let length = self.varint()?;
                Value::Bytes(self.take(length)?)
            }
            5 => self.take(4).map(|_| Value::Fixed)?,
            wire => return Err(Broken::WireType(wire as u8)),
        };
        Ok((tag >> 3, value))
    }
}

impl<'a> Iterator for Values<'a> {
    type Item = Result<(u64, Value<'a>), Broken>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        if self.left.is_empty() {
            return None;
        }
        let value = self.value();
        if value.is_err() {
            self.left = &[];
        }
        Some(value)
    }
}
