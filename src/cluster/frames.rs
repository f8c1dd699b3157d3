//! Bytes to the events of a watch: lines of JSON, or frames of protobuf with their length (4 bytes, big-endian) before
//! them. What is whole in one chunk is not copied.

use super::lines::Lines;

/// Cuts a stream of chunks into events; keeps the beginning of one whose end has not arrived.
#[derive(Debug)]
pub(super) enum Events {
    /// JSON.
    Lines(Lines),
    /// Protobuf.
    Frames(Frames),
}

impl Events {
    /// Hands every event that ends in `chunk` to `each`. One that is, or says it will be, longer than `longest` is an
    /// error; nothing can be read behind it.
    pub fn push<E: From<TooLong>>(
        &mut self,
        chunk: &[u8],
        longest: usize,
        each: impl FnMut(&[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        let waiting = match self {
            Self::Lines(lines) => {
                lines.push(chunk, each)?;
                lines.waiting()
            }
            Self::Frames(frames) => {
                frames.push(chunk, each)?;
                frames.length()
            }
        };
        if waiting > longest { Err(TooLong(longest).into()) } else { Ok(()) }
    }
}

/// An event longer than so many bytes.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct TooLong(pub usize);

/// Cuts a stream of chunks into frames.
#[derive(Debug, Default)]
pub(super) struct Frames {
    carry: Vec<u8>,
}

/// Bytes of the length.
const HEAD: usize = 4;

impl Frames {
    fn push<E>(&mut self, mut chunk: &[u8], mut each: impl FnMut(&[u8]) -> Result<(), E>) -> Result<(), E> {
        if !self.carry.is_empty() {
            if self.carry.len() < HEAD {
                self.fill(&mut chunk, HEAD);
            }
            if self.carry.len() < HEAD {
                return Ok(());
            }
            let whole = HEAD + self.length();
            self.fill(&mut chunk, whole);
            if self.carry.len() < whole {
                return Ok(());
            }
            let done = each(&self.carry[HEAD..]);
            self.carry.clear();
            done?;
        }
        while let Some(length) = announced(chunk)
            && let Some(frame) = chunk.get(HEAD..HEAD + length)
        {
            each(frame)?;
            chunk = &chunk[HEAD + length..];
        }
        self.carry.extend_from_slice(chunk);
        Ok(())
    }

    /// Moves bytes into the carry until it has so many, or there are no more.
    fn fill(&mut self, chunk: &mut &[u8], size: usize) {
        let (head, rest) = chunk.split_at((size - self.carry.len()).min(chunk.len()));
        self.carry.extend_from_slice(head);
        *chunk = rest;
    }

    /// How long the unfinished frame will be; 0 when that is not known yet.
    fn length(&self) -> usize {
        announced(&self.carry).unwrap_or(0)
    }
}

fn announced(bytes: &[u8]) -> Option<usize> {
    bytes.first_chunk::<HEAD>().map(|head| u32::from_be_bytes(*head) as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    impl From<TooLong> for String {
        fn from(error: TooLong) -> Self {
            format!("{error:?}")
        }
    }

    #[test]
    fn the_cuts_of_the_network_do_not_matter() {
        let whole: [&[u8]; 4] = [b"one", b"", b"two\nthree", &[7; 300]];
        let mut stream = Vec::new();
        for frame in whole {
            stream.extend_from_slice(&(frame.len() as u32).to_be_bytes());
            stream.extend_from_slice(frame);
        }
        for size in 1..=stream.len() {
            let (mut events, mut got) = (Events::Frames(Frames::default()), Vec::new());
            for chunk in stream.chunks(size) {
                let each = |frame: &[u8]| {
                    got.push(frame.to_vec());
                    Ok::<(), String>(())
                };
                events.push(chunk, 1000, each).unwrap();
            }
            assert_eq!(got, whole, "chunks of {size}");
        }
    }

    #[test]
    fn what_is_too_long_is_not_waited_for() {
        let none = |_: &[u8]| Err("an event".to_owned());
        let mut frames = Events::Frames(Frames::default());
        assert_eq!(frames.push(b"<ht", 1000, none), Ok(()));
        assert_eq!(frames.push(b"ml>", 1000, none), Err("TooLong(1000)".to_owned()));
        let mut lines = Events::Lines(Lines::default());
        assert_eq!(lines.push(&[b'x'; 1000], 1000, none), Ok(()));
        assert_eq!(lines.push(b"x", 1000, none), Err("TooLong(1000)".to_owned()));
    }
}
