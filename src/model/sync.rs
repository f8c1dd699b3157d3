//! How current the rows of a feed are, and the words for it in a pane's title.
//!
//! Times are monotonic, handed in as the time since the program started. The word for "follows the cluster" is only
//! said in [`State::Live`].

mod statuses;

use std::time::Duration;

pub use statuses::Statuses;

use super::feed::FeedUpdate;
use super::trouble::{Trouble, TroubleKind};

/// What a feed is doing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// Nothing has come yet.
    Connecting,
    /// A list is being read.
    Listing {
        /// Rows that it named so far.
        count: usize,
    },
    /// The rows follow the cluster.
    Live,
    /// The rows are read again and again, since they cannot be watched.
    Polled {
        /// This long after each other.
        every: Duration,
    },
    /// The feed is interrupted and tries again.
    Interrupted {
        /// Why.
        trouble: Trouble,
    },
}

/// Objects that could not be read, so that no row stands for them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skipped {
    /// How many.
    pub count: u32,
    /// Why, of the last one.
    pub why: String,
}

/// The state of one feed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeedStatus {
    state: State,
    /// Since when it is in this state; repeated failures do not begin anew.
    since: Duration,
    /// When the rows last were known to follow the cluster; `None`: never yet.
    current_at: Option<Duration>,
    /// What of it could not be read since it was last listed.
    skipped: Option<Skipped>,
}

impl FeedStatus {
    /// A feed that was just asked for.
    pub fn new(now: Duration) -> Self {
        Self { state: State::Connecting, since: now, current_at: None, skipped: None }
    }

    /// Takes what the feed says. True when the title may read differently.
    pub fn apply(&mut self, update: &FeedUpdate, now: Duration) -> bool {
        if self.state == State::Live {
            self.current_at = Some(now);
        }
        match update {
            FeedUpdate::ListStarted => self.skipped = None,
            FeedUpdate::Skipped { count, why } => {
                let before = self.skipped.as_ref().map_or(0, |skipped| skipped.count);
                self.skipped = Some(Skipped { count: before.saturating_add(*count), why: why.clone() });
            }
            _ => {}
        }
        let state = match update {
            FeedUpdate::Rows(rows) => {
                let State::Listing { count } = &mut self.state else { return false };
                *count += rows.len();
                return true;
            }
            FeedUpdate::Skipped { .. } | FeedUpdate::Columns(_) => return false,
            // Each list is one of many; that they are complete is what makes the rows young again.
            FeedUpdate::ListStarted if matches!(self.state, State::Polled { .. }) => return false,
            FeedUpdate::Synced if matches!(self.state, State::Polled { .. }) => {
                self.current_at = Some(now);
                return true;
            }
            FeedUpdate::Polled(every) => State::Polled { every: *every },
            FeedUpdate::ListStarted => State::Listing { count: 0 },
            FeedUpdate::Synced | FeedUpdate::Resumed => State::Live,
            FeedUpdate::Interrupted(trouble) => State::Interrupted { trouble: trouble.clone() },
        };
        if state == State::Live {
            self.current_at = Some(now);
        }
        let same = std::mem::discriminant(&state) == std::mem::discriminant(&self.state);
        if !same || matches!(state, State::Listing { .. }) {
            self.since = now;
        }
        let changed = self.state != state;
        self.state = state;
        changed
    }

    /// What it is doing.
    pub fn state(&self) -> &State {
        &self.state
    }

    /// Since when it is in this state.
    pub fn since(&self) -> Duration {
        self.since
    }

    /// Whether the rows follow the cluster.
    pub fn is_live(&self) -> bool {
        self.state == State::Live
    }

    /// Whether rows have been complete before, so that what is shown is old and not partial.
    pub fn has_been_live(&self) -> bool {
        self.current_at.is_some()
    }

    /// How old the rows are: zero while they follow the cluster, `None` when they never did.
    pub fn age(&self, now: Duration) -> Option<Duration> {
        let current_at = self.current_at?;
        Some(if self.is_live() { Duration::ZERO } else { now.saturating_sub(current_at) })
    }

    /// What could not be read.
    pub fn skipped(&self) -> Option<&Skipped> {
        self.skipped.as_ref()
    }

    /// The trouble it has.
    pub fn trouble(&self) -> Option<&Trouble> {
        match &self.state {
            State::Interrupted { trouble } => Some(trouble),
            _ => None,
        }
    }

    /// The words for a pane's title; empty when the rows follow the cluster.
    pub fn words(&self, now: Duration) -> String {
        let age = self.age(now).map(|age| format!("stale {}", age_words(age)));
        match (&self.state, age) {
            (State::Live, _) => String::new(),
            (State::Polled { every }, _) => {
                let age = age_words(self.age(now).unwrap_or_default());
                format!("{age} old, read every {}", age_words(*every))
            }
            (State::Connecting, _) => "connecting".into(),
            (State::Listing { count }, None) => format!("{} so far", grouped(*count)),
            (State::Listing { count }, Some(age)) => format!("{age}, reading again: {}", grouped(*count)),
            (State::Interrupted { trouble }, None) => trouble_words(trouble),
            (State::Interrupted { trouble }, Some(age)) if trouble.kind == TroubleKind::Gone => {
                format!("{age}, reading again")
            }
            (State::Interrupted { trouble }, Some(age)) if trouble.kind.is_link() => {
                format!("{age}, reconnecting")
            }
            (State::Interrupted { trouble }, Some(age)) => format!("{age}, {}", trouble_words(trouble)),
        }
    }

    /// When the words read differently next if nothing happens: how long to wait from `now`.
    pub fn next_change(&self, now: Duration) -> Option<Duration> {
        let age = self.age(now).filter(|_| !self.is_live())?;
        let unit = match age.as_secs() {
            0..60 => 1,
            60..3600 => 60,
            _ => 3600,
        };
        let next = Duration::from_secs((age.as_secs() / unit + 1) * unit);
        Some(next.saturating_sub(age))
    }
}

/// A title has room for a clause; the whole story is shown elsewhere.
fn trouble_words(trouble: &Trouble) -> String {
    match &trouble.missing {
        Some(missing) => format!("forbidden: {missing}"),
        None => trouble.kind.word().into(),
    }
}

/// `14 s`, `3 min`, `2 h`: coarse, since it is drawn anew whenever it changes.
pub fn age_words(age: Duration) -> String {
    match age.as_secs() {
        seconds @ 0..60 => format!("{seconds} s"),
        seconds @ 60..3600 => format!("{} min", seconds / 60),
        seconds => format!("{} h", seconds / 3600),
    }
}

/// `1,204`.
pub fn grouped(count: usize) -> String {
    let digits = count.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::feed::RowChange;
    use crate::model::sample::uid;

    fn interrupted(kind: TroubleKind) -> FeedUpdate {
        FeedUpdate::Interrupted(Trouble {
            kind,
            tried: "GET x".into(),
            said: "no".into(),
            status: None,
            wait: None,
            missing: (kind == TroubleKind::Forbidden).then(|| "list pods".into()),
        })
    }

    fn rows(count: usize) -> FeedUpdate {
        FeedUpdate::Rows(vec![RowChange::Remove(uid(1)); count])
    }

    #[test]
    fn says_how_old_the_rows_are() {
        let at = Duration::from_secs;
        let mut feed = FeedStatus::new(at(0));
        assert_eq!(feed.words(at(5)), "connecting");
        // Each step: when, what happens, when it is read, what the title says.
        for (when, update, read, words) in [
            (1, interrupted(TroubleKind::Refused), 9, "connection refused"),
            (2, FeedUpdate::ListStarted, 2, "0 so far"),
            (3, rows(1_204), 3, "1,204 so far"),
            (4, FeedUpdate::Synced, 60, ""),
            (60, rows(1), 90, ""),
            (100, interrupted(TroubleKind::Unreachable), 100, "stale 0 s, reconnecting"),
            (110, interrupted(TroubleKind::Refused), 114, "stale 14 s, reconnecting"),
            (120, interrupted(TroubleKind::Forbidden), 250, "stale 2 min, forbidden: list pods"),
            (260, FeedUpdate::ListStarted, 260, "stale 2 min, reading again: 0"),
            (261, rows(10), 261, "stale 2 min, reading again: 10"),
            (262, FeedUpdate::Synced, 99_999, ""),
            (300, interrupted(TroubleKind::Gone), 300 + 7_300, "stale 2 h, reading again"),
            (301, FeedUpdate::Resumed, 302, ""),
        ] {
            feed.apply(&update, at(when));
            assert_eq!(feed.words(at(read)), words, "{update:?}");
            assert_eq!(feed.is_live(), words.is_empty());
        }
    }

    #[test]
    fn repeated_trouble_does_not_begin_anew() {
        let at = Duration::from_secs;
        let mut feed = FeedStatus::new(at(0));
        feed.apply(&FeedUpdate::ListStarted, at(1));
        feed.apply(&FeedUpdate::Synced, at(2));
        assert_eq!((feed.since(), feed.next_change(at(50))), (at(2), None));
        feed.apply(&interrupted(TroubleKind::Silent), at(50));
        feed.apply(&interrupted(TroubleKind::Silent), at(70));
        assert_eq!((feed.since(), feed.age(at(75))), (at(50), Some(at(25))));
        assert_eq!(feed.next_change(Duration::from_millis(75_400)), Some(Duration::from_millis(600)));
        assert_eq!(feed.next_change(at(115)), Some(at(55)));
    }

    #[test]
    fn what_could_not_be_read_counts_until_it_is_listed_anew() {
        let mut feed = FeedStatus::new(Duration::ZERO);
        let mut tell = |update: FeedUpdate| {
            feed.apply(&update, Duration::ZERO);
            feed.skipped().map_or(0, |skipped| skipped.count)
        };
        let skipped = |count| FeedUpdate::Skipped { count, why: "no number".into() };
        assert_eq!(tell(FeedUpdate::ListStarted), 0);
        assert_eq!(tell(skipped(2)), 2);
        assert_eq!(tell(FeedUpdate::Synced), 2);
        assert_eq!(tell(skipped(1)), 3);
        assert_eq!(tell(interrupted(TroubleKind::Gone)), 3);
        assert_eq!(tell(FeedUpdate::ListStarted), 0);
    }

    #[test]
    fn groups_digits() {
        for (count, words) in [(0, "0"), (999, "999"), (1_000, "1,000"), (1_234_567, "1,234,567")] {
            assert_eq!(grouped(count), words);
        }
    }
}
