//! Bytes to lines, without copying a line that is whole in one chunk.

use memchr::memchr_iter;

/// Cuts a stream of chunks into lines; keeps the beginning of a line whose end has not arrived.
#[derive(Debug, Default)]
pub(super) struct Lines {
    carry: Vec<u8>,
}

impl Lines {
    /// Hands every line that ends in `chunk` to `each`, without its line break. Empty lines are handed on too.
    pub fn push<E>(&mut self, chunk: &[u8], mut each: impl FnMut(&[u8]) -> Result<(), E>) -> Result<(), E> {
        let mut from = 0;
        for at in memchr_iter(b'\n', chunk) {
            let line = &chunk[from..at];
            from = at + 1;
            if self.carry.is_empty() {
                each(line)?;
            } else {
                self.carry.extend_from_slice(line);
                let done = each(&self.carry);
                self.carry.clear();
                done?;
            }
        }
        self.carry.extend_from_slice(&chunk[from..]);
        Ok(())
    }

    /// How much of an unfinished line is kept.
    pub fn waiting(&self) -> usize {
        self.carry.len()
    }

    /// The unfinished line so far.
    pub fn carry(&self) -> &[u8] {
        &self.carry
    }

    /// The unfinished line, when the stream has ended or the line is too long to wait for.
    pub fn take(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.carry)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cuts_of_the_network_do_not_matter() {
        let text = b"one\n\ntwo three\n\xff\r\nlast";
        let whole: [&[u8]; 4] = [b"one", b"", b"two three", b"\xff\r"];
        for size in 1..=text.len() {
            let (mut lines, mut got) = (Lines::default(), Vec::new());
            for chunk in text.chunks(size) {
                let each = |line: &[u8]| {
                    got.push(line.to_vec());
                    Ok::<(), ()>(())
                };
                lines.push(chunk, each).unwrap();
            }
            assert_eq!(got, whole, "chunks of {size}");
            assert_eq!(lines.waiting(), 4);
            assert_eq!(lines.take(), b"last");
            assert_eq!(lines.waiting(), 0);
        }
    }
}
