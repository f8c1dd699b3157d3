//! From when on something counts as wrong: the numbers of the rules, each a setting of the block `triage`.

use std::time::Duration;

use crate::model::record::Seconds;

/// The thresholds of the rules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Thresholds {
    /// A pod that is not ready for so long, a claim that is pending for so long, is wrong.
    pub not_ready_for: Duration,
    /// A workload that lacks pods for so long is wrong.
    pub short_for: Duration,
    /// So many restarts are many.
    pub restarts: u32,
    /// Restarts and kills this long ago are lately.
    pub restarts_within: Duration,
    /// A CronJob that is so late has missed its run.
    pub late_by: Duration,
    /// An autoscaler that is held back for so long is at its maximum.
    pub at_maximum_for: Duration,
    /// A quota is full from so many percent on.
    pub quota_percent: u32,
    /// A certificate that ends in so many days is near its end.
    pub certificate_days: u32,
    /// Events that were seen this long ago count.
    pub event_age: Duration,
}

impl Default for Thresholds {
    fn default() -> Self {
        Self {
            not_ready_for: Duration::from_mins(5),
            short_for: Duration::from_mins(1),
            restarts: 5,
            restarts_within: Duration::from_hours(1),
            late_by: Duration::from_mins(5),
            at_maximum_for: Duration::from_mins(15),
            quota_percent: 90,
            certificate_days: 21,
            event_age: Duration::from_mins(30),
        }
    }
}

/// As the times of the cluster are counted.
pub(super) fn seconds(duration: Duration) -> Seconds {
    Seconds::try_from(duration.as_secs()).unwrap_or(Seconds::MAX)
}
