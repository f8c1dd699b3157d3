//! Bytes of one answer to lines of a batch, without those that were told before.

use super::place::{Place, Told, Was};
use super::stamp;
use crate::cluster::lines::Lines;
use crate::model::log::Batch;

/// A longer line is told in pieces.
const LONGEST: usize = 64 << 10;

/// Cuts one answer.
#[derive(Debug, Default)]
pub(super) struct Cutter {
    lines: Lines,
    mark: Mark,
}

/// How it stands with the line that is being read.
#[derive(Debug, Default)]
struct Mark {
    told: Option<Told>,
    /// Pieces of it were already met.
    within: bool,
    /// So many bytes of its text are left out.
    skip: usize,
    /// It has been told whole.
    known: bool,
}

impl Cutter {
    /// For an answer that begins anew.
    pub fn anew() -> Self {
        Self::default()
    }

    /// For an answer that goes on at a place.
    pub fn from(place: &Place) -> Self {
        Self { mark: Mark { told: Some(Told::upto(place)), ..Mark::default() }, lines: Lines::default() }
    }

    /// Takes bytes as they came.
    pub fn push(&mut self, bytes: &[u8], place: &mut Place, batch: &mut Batch) {
        let Self { lines, mark } = self;
        let done = lines.push(bytes, |line| {
            mark.take(line.strip_suffix(b"\r").unwrap_or(line), true, place, batch);
            Ok::<(), std::convert::Infallible>(())
        });
        match done {
            Ok(()) => {}
            Err(never) => match never {},
        }
        if lines.waiting() > LONGEST {
            mark.take(&lines.take(), false, place, batch);
        }
    }

    /// The line whose break has not come.
    pub fn half(&self) -> &[u8] {
        self.lines.carry()
    }

    /// Whether the break of a line is still to come.
    pub fn is_within_line(&self) -> bool {
        self.mark.within || !self.half().is_empty()
    }

    /// Whether the answer has come to where one was: if not, it broke off, however it ended.
    pub fn is_at_place(&self) -> bool {
        self.mark.told.as_ref().is_none_or(Told::is_reached)
    }

    /// Takes the end of the answer: the last line of a log may lack its break. One that has not even its time is none.
    pub fn end(mut self, place: &mut Place, batch: &mut Batch) {
        let rest = self.lines.take();
        let is_line = self.mark.within || place.second().is_none() || stamp::split(&rest).is_some();
        if !rest.is_empty() && is_line {
            self.mark.take(&rest, true, place, batch);
        }
    }
}

impl Mark {
    fn take(&mut self, piece: &[u8], ends: bool, place: &mut Place, batch: &mut Batch) {
        let (mut at, mut text) = (None, piece);
        if !std::mem::replace(&mut self.within, !ends) {
            if let Some((time, rest)) = stamp::split(piece) {
                (at, text) = (Some(time), rest);
            }
            let was = match (at, &mut self.told) {
                (Some(at), Some(told)) => told.meet(at),
                // What has no time is the server's own word, or of a server that gives none.
                _ => Was::New,
            };
            (self.known, self.skip) = match was {
                Was::Told => (true, 0),
                Was::Begun(bytes) => (false, bytes),
                Was::New => (false, 0),
            };
            if let (Some(at), Was::New) = (at, was) {
                place.tell(at);
            }
        }
        if self.known {
            return;
        }
        let left_out = self.skip.min(text.len());
        self.skip -= left_out;
        let rest = &text[left_out..];
        if left_out == 0 || !rest.is_empty() {
            batch.push(at.filter(|_| left_out == 0), rest);
            let before = place.unfinished.unwrap_or(0);
            place.unfinished = Some(before + rest.len());
        }
        if ends {
            place.unfinished = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn log() -> Vec<u8> {
        let mut log = Vec::new();
        for n in 0..40 {
            let second = n / 9;
            log.extend_from_slice(format!("2026-01-01T00:00:0{second}.5Z line {n:02}\n").as_bytes());
        }
        log.extend_from_slice(
            b"2026-01-01T00:00:05Z \n2026-01-01T00:00:05Z \xff\xfe\r\n2026-01-01T00:00:06Z ",
        );
        log.extend((0..200_000).map(|n| b'a' + (n % 26) as u8));
        log.extend_from_slice(b"\n2026-01-01T00:00:06Z last");
        log
    }

    fn texts(batch: &Batch) -> String {
        batch.text.clone()
    }

    #[test]
    fn wherever_an_answer_is_cut_nothing_is_lost_or_repeated() {
        let log = log();
        let mut whole = Batch::new(0);
        let mut cutter = Cutter::anew();
        cutter.push(&log, &mut Place::default(), &mut whole);
        cutter.end(&mut Place::default(), &mut whole);
        let text = texts(&whole);
        assert!(text.starts_with("line 00line 01") && text.ends_with("last"));
        let step = |at: usize| if (1_200..log.len() - 40).contains(&at) { 39_973 } else { 1 };
        let mut at = 1;
        while at < log.len() {
            let (mut place, mut batch) = (Place::default(), Batch::new(0));
            let mut cutter = Cutter::anew();
            for piece in log[..at].chunks(50_000) {
                cutter.push(piece, &mut place, &mut batch);
            }
            // The connection breaks here; the server begins with the whole second.
            let from = place.second().map_or(0, |second| {
                let stamp = jiff::Timestamp::from_second(second).unwrap().to_string();
                let stamp = stamp.trim_end_matches('Z');
                let find = stamp.as_bytes();
                let found = log.windows(find.len()).position(|window| window == find);
                found.unwrap()
            });
            let mut cutter = Cutter::from(&place);
            for piece in log[from..].chunks(70_001) {
                cutter.push(piece, &mut place, &mut batch);
            }
            cutter.end(&mut place, &mut batch);
            assert!(texts(&batch) == text, "cut after {at} bytes of {}", log.len());
            at += step(at);
        }
    }

    #[test]
    fn times_and_words_without_one() {
        let (mut place, mut batch) = (Place::default(), Batch::new(3));
        let mut cutter = Cutter::anew();
        let text = "2026-11-21T01:00:00.5Z one\nunable to retrieve container logs for containerd://x\n";
        cutter.push(text.as_bytes(), &mut place, &mut batch);
        let told: Vec<(&str, i64)> = batch.iter().map(|(text, line)| (text, line.time)).collect();
        let server = "unable to retrieve container logs for containerd://x";
        assert_eq!(told, [("one", 1_795_222_800_500_000_000), (server, i64::MIN)]);
        assert_eq!(place.second(), Some(1_795_222_800));
    }
}
