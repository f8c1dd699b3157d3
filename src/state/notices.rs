//! Messages to the user: the newest on the bottom line for a while, all of them on the messages screen.

use std::collections::VecDeque;
use std::time::Duration;

/// How important a message is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Severity {
    /// For information.
    Info,
    /// Something is not as asked.
    Warning,
    /// Something failed.
    Error,
}

/// One message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// When it came, monotonic.
    pub at: Duration,
    /// When it came, Unix seconds.
    pub unix: i64,
    /// How important.
    pub severity: Severity,
    /// What it says.
    pub text: String,
}

/// How many messages are kept; the oldest go first.
const KEPT: usize = 500;

/// The messages of the session.
#[derive(Debug, Default)]
pub struct Notices {
    all: VecDeque<Notice>,
    /// How many have fallen out.
    pub forgotten: usize,
    dismissed: bool,
    /// Said for a moment only.
    hint: Option<Notice>,
}

impl Notices {
    /// Adds a message; it is logged too, so that what was shown can be read afterwards.
    pub fn push(&mut self, notice: Notice) {
        match notice.severity {
            Severity::Info => tracing::info!(target: "dogwatch::notice", "{}", notice.text),
            Severity::Warning => tracing::warn!(target: "dogwatch::notice", "{}", notice.text),
            Severity::Error => tracing::error!(target: "dogwatch::notice", "{}", notice.text),
        }
        if self.all.len() == KEPT {
            self.all.pop_front();
            self.forgotten += 1;
        }
        self.all.push_back(notice);
        self.dismissed = false;
        self.hint = None;
    }

    /// Says something for a moment that nobody will want to read again.
    pub fn hint(&mut self, notice: Notice) {
        self.hint = Some(notice);
    }

    /// All that are kept, oldest first.
    pub fn all(&self) -> impl DoubleEndedIterator<Item = &Notice> {
        self.all.iter()
    }

    /// The message that the bottom line shows now.
    pub fn current(&self, now: Duration) -> Option<&Notice> {
        let fresh = |notice: &&Notice| now < notice.at + Self::shown_for(notice);
        let last = self.all.back().filter(|_| !self.dismissed);
        self.hint.as_ref().filter(fresh).or(last.filter(fresh))
    }

    /// When the bottom line changes by itself.
    pub fn expires(&self, now: Duration) -> Option<Duration> {
        self.current(now).map(|notice| notice.at + Self::shown_for(notice))
    }

    /// Takes the message off the bottom line; true when there was one.
    pub fn dismiss(&mut self, now: Duration) -> bool {
        let shown = self.current(now).is_some();
        self.dismissed = true;
        self.hint = None;
        shown
    }

    fn shown_for(notice: &Notice) -> Duration {
        match notice.severity {
            Severity::Info => Duration::from_secs(4),
            Severity::Warning | Severity::Error => Duration::from_secs(12),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn notice(at: u64, severity: Severity) -> Notice {
        Notice { at: Duration::from_secs(at), unix: 0, severity, text: at.to_string() }
    }

    #[test]
    fn shows_the_newest_for_a_while() {
        let mut notices = Notices::default();
        notices.push(notice(1, Severity::Error));
        notices.push(notice(2, Severity::Info));
        assert_eq!(notices.current(Duration::from_secs(3)).map(|n| n.text.as_str()), Some("2"));
        assert_eq!(notices.expires(Duration::from_secs(3)), Some(Duration::from_secs(6)));
        assert_eq!(notices.current(Duration::from_secs(6)), None);
        assert_eq!(notices.all().count(), 2);
    }

    #[test]
    fn a_hint_is_shown_and_not_kept() {
        let mut notices = Notices::default();
        notices.hint(notice(1, Severity::Info));
        assert_eq!(notices.current(Duration::from_secs(2)).map(|n| n.text.as_str()), Some("1"));
        assert_eq!(notices.all().count(), 0);
        notices.dismiss(Duration::from_secs(2));
        assert_eq!(notices.current(Duration::from_secs(2)), None);
    }

    #[test]
    fn counts_what_it_forgets() {
        let mut notices = Notices::default();
        for at in 0..KEPT as u64 + 3 {
            notices.push(notice(at, Severity::Info));
        }
        assert_eq!((notices.all().count(), notices.forgotten), (KEPT, 3));
    }
}
