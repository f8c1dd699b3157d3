//! The cluster's time: wall time at the start plus what tokio's clock counted since.
//!
//! So a test with paused time sees timestamps that fit its sleeps. Nothing else in this room reads a clock.

use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;

/// Where every timestamp of the embedded cluster comes from.
#[derive(Debug, Clone, Copy)]
pub struct Clock {
    start: Timestamp,
    base: Instant,
}

impl Clock {
    /// A clock that shows the wall time now.
    pub fn wall() -> Self {
        Self::starting_at(Timestamp::now())
    }

    /// A clock that shows `start` now.
    pub fn starting_at(start: Timestamp) -> Self {
        Self { start, base: Instant::now() }
    }

    /// The time.
    pub fn now(&self) -> Timestamp {
        self.start.saturating_add(self.base.elapsed()).unwrap_or(Timestamp::MAX)
    }

    /// The time `ago` before now.
    pub fn before(&self, ago: Duration) -> Timestamp {
        self.now().saturating_sub(ago).unwrap_or(Timestamp::MIN)
    }

    /// Now, as `metav1.Time` is written: whole seconds.
    pub fn stamp(&self) -> String {
        seconds(self.now())
    }

    /// Now, as `metav1.MicroTime` is written.
    pub fn micro_stamp(&self) -> String {
        self.now().strftime("%Y-%m-%dT%H:%M:%S.%6fZ").to_string()
    }
}

/// A timestamp as `metav1.Time` is written: whole seconds, UTC.
pub fn seconds(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn time_follows_tokio() {
        let clock = Clock::starting_at("2026-11-21T01:02:03Z".parse().unwrap());
        assert_eq!(clock.stamp(), "2026-11-21T01:02:03Z");
        tokio::time::sleep(Duration::from_mins(1)).await;
        assert_eq!(clock.stamp(), "2026-11-21T01:03:03Z");
        assert_eq!(clock.micro_stamp(), "2026-11-21T01:03:03.000000Z");
        assert_eq!(seconds(clock.before(Duration::from_secs(3))), "2026-11-21T01:03:00Z");
    }
}
