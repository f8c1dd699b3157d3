//! Where in a container's log one is, and what of a new answer was told before.
//!
//! The server takes whole seconds, so an answer that goes on begins with lines that were told. Times alone do not tell them
//! apart: several lines may have the same one, and those of stdout and stderr may be a little out of order.

/// So many of the last lines are known one by one; lines are never out of order over more.
const RECENT: usize = 32;

/// No time.
pub(super) const NEVER: i64 = i64::MIN;

/// A place in a log.
#[derive(Debug, Clone)]
pub(super) struct Place {
    /// The latest time that was told.
    latest: i64,
    /// So many lines with exactly that time.
    same: u64,
    /// The times of the last lines.
    recent: [i64; RECENT],
    next: usize,
    /// The last line is very long, and only so many bytes of its text were told.
    pub unfinished: Option<usize>,
}

impl Default for Place {
    fn default() -> Self {
        Self { latest: NEVER, same: 0, recent: [NEVER; RECENT], next: 0, unfinished: None }
    }
}

impl Place {
    /// A line with this time is told.
    pub fn tell(&mut self, at: i64) {
        match at.cmp(&self.latest) {
            std::cmp::Ordering::Greater => (self.latest, self.same) = (at, 1),
            std::cmp::Ordering::Equal => self.same += 1,
            std::cmp::Ordering::Less => {}
        }
        self.recent[self.next] = at;
        self.next = (self.next + 1) % RECENT;
        self.unfinished = None;
    }

    /// The second from which on to ask; none when nothing was told.
    pub fn second(&self) -> Option<i64> {
        let earliest = self.latest.div_euclid(1_000_000_000);
        (self.latest != NEVER).then_some(earliest)
    }

    /// Unix time in nanoseconds of the latest line.
    pub fn latest(&self) -> i64 {
        self.latest
    }

    fn last(&self) -> i64 {
        self.recent[(self.next + RECENT - 1) % RECENT]
    }
}

/// What an answer that goes on may repeat.
#[derive(Debug)]
pub(super) struct Told {
    latest: i64,
    /// Lines with the latest time that are still to be repeated.
    same: u64,
    /// Times of the other last lines, which are to be repeated.
    recent: Vec<i64>,
    /// What is older than all of these was told, or left out on purpose.
    oldest: i64,
    last: i64,
    unfinished: Option<usize>,
}

/// Whether a line was told.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Was {
    New,
    Told,
    /// So many bytes of its text.
    Begun(usize),
}

impl Told {
    /// What was told up to a place.
    pub fn upto(place: &Place) -> Self {
        let known = place.recent.iter().copied().filter(|at| *at != NEVER);
        let oldest = known.clone().min().unwrap_or(NEVER);
        let recent = known.filter(|at| *at != place.latest && *at != oldest).collect();
        let Place { latest, same, unfinished, .. } = *place;
        Self { latest, same, recent, oldest, last: place.last(), unfinished }
    }

    /// Whether the answer has come to where one was.
    pub fn is_reached(&self) -> bool {
        self.same == 0
    }

    /// Takes the next line of the answer.
    pub fn meet(&mut self, at: i64) -> Was {
        if at > self.latest {
            return Was::New;
        }
        if at == self.latest {
            if self.same == 0 {
                return Was::New;
            }
            self.same -= 1;
            let is_last = self.same == 0 && self.last == at;
            return match self.unfinished.take_if(|_| is_last) {
                Some(bytes) => Was::Begun(bytes),
                None => Was::Told,
            };
        }
        if at <= self.oldest {
            return Was::Told;
        }
        match self.recent.iter().position(|told| *told == at) {
            Some(known) => {
                self.recent.swap_remove(known);
                Was::Told
            }
            None => Was::New,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is told of an answer after `told` lines of `log` were.
    fn rest(log: &[i64], told: usize, answer: &[i64]) -> Vec<i64> {
        let mut place = Place::default();
        log[..told].iter().for_each(|at| place.tell(*at));
        let mut told = Told::upto(&place);
        answer.iter().copied().filter(|at| told.meet(*at) == Was::New).collect()
    }

    #[test]
    fn nothing_is_lost_or_repeated_wherever_it_is_cut() {
        let second = 1_000_000_000;
        for log in [
            vec![1, 2, 3, 4],
            vec![5, 5, 5, 5, 6, 6],
            vec![1, 3, 2, 4, 4, 3, 5],
            (0..200).map(|n| n / 50).collect(),
            (0..100).map(|n| n * second / 7).collect(),
        ] {
            for told in 1..=log.len() {
                let latest: i64 = log[..told].iter().copied().max().unwrap();
                let since = latest.div_euclid(second) * second;
                let answer: Vec<i64> = log.iter().copied().filter(|at| *at >= since).collect();
                assert_eq!(rest(&log, told, &answer), log[told..], "{log:?} cut after {told}");
            }
        }
    }

    #[test]
    fn what_the_log_no_longer_has_does_not_count() {
        // Rotated away: the answer begins after what was told.
        assert_eq!(rest(&[1, 2, 3, 3], 4, &[4, 5]), [4, 5]);
        // Before the tail with which it began.
        assert_eq!(rest(&[5, 6], 2, &[3, 4, 5, 6, 7]), [7]);
        assert_eq!(Place::default().second(), None);
    }

    #[test]
    fn a_long_line_goes_on_within() {
        let mut place = Place::default();
        for at in [1, 2, 2] {
            place.tell(at);
        }
        place.unfinished = Some(70_000);
        let mut told = Told::upto(&place);
        let was: Vec<Was> = [1, 2, 2, 2, 3].into_iter().map(|at| told.meet(at)).collect();
        assert_eq!(was, [Was::Told, Was::Told, Was::Begun(70_000), Was::New, Was::New]);
    }
}
