//! When a CronJob runs next: `spec.schedule` in `spec.timeZone`, read as the CronJob controller reads them.

use cronexpr::{Crontab, FallbackTimezoneOption, MakeTimestamp, ParseOptions};

use super::record::Seconds;
use super::text::Text;

/// A schedule.
#[derive(Debug, Clone)]
pub struct Schedule {
    words: Text,
    zone: Text,
    /// None where it cannot be read.
    table: Option<Box<Crontab>>,
}

impl PartialEq for Schedule {
    fn eq(&self, other: &Self) -> bool {
        (&self.words, &self.zone) == (&other.words, &other.zone)
    }
}

impl Eq for Schedule {}

impl Schedule {
    /// Reads a schedule; without a zone it is the controller's own, which is UTC nearly everywhere.
    pub fn read(words: Text, zone: Text) -> Self {
        let plain = match words.trim() {
            "@hourly" => "0 * * * *",
            "@daily" | "@midnight" => "0 0 * * *",
            "@weekly" => "0 0 * * 0",
            "@monthly" => "0 0 1 * *",
            "@yearly" | "@annually" => "0 0 1 1 *",
            other => other,
        };
        // A question mark is a star to the controller.
        let text = format!("{} {}", plain.replace('?', "*"), if zone.is_empty() { "UTC" } else { &zone });
        let mut options = ParseOptions::default();
        options.fallback_timezone_option = FallbackTimezoneOption::UTC;
        let table = cronexpr::parse_crontab_with(&text, options).ok().map(Box::new);
        Self { words, zone, table }
    }

    /// The first run after a moment; none when it never runs, or cannot be read (`@every 5m` counts from when the
    /// controller saw it).
    pub fn next(&self, after: Seconds) -> Option<Seconds> {
        let start = MakeTimestamp::from_second(after).ok()?;
        Some(self.table.as_ref()?.find_next(start).ok()?.timestamp().as_second())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_run_is_the_controllers() {
        let at = |text: &str| -> Seconds { text.parse::<jiff::Timestamp>().unwrap().as_second() };
        for (words, zone, after, next) in [
            ("* * * * *", "", "2026-11-21T04:00:30Z", "2026-11-21T04:01:00Z"),
            ("30 2 * * *", "", "2026-11-21T02:30:00Z", "2026-11-22T02:30:00Z"),
            ("30 2 * * *", "Europe/Berlin", "2026-11-21T00:00:00Z", "2026-11-21T01:30:00Z"),
            ("0 9 * * 1-5", "America/New_York", "2026-11-21T12:00:00Z", "2026-11-23T14:00:00Z"),
            ("*/15 * * * ?", "", "2026-11-21T04:16:00Z", "2026-11-21T04:30:00Z"),
            // Either day will do where both are said.
            ("0 0 13 * 5", "", "2026-11-21T00:00:00Z", "2026-11-27T00:00:00Z"),
            ("@monthly", "", "2026-11-21T00:00:00Z", "2026-12-01T00:00:00Z"),
            ("0 0 * jan sun", "", "2026-11-21T00:00:00Z", "2027-01-03T00:00:00Z"),
        ] {
            let schedule = Schedule::read(words.into(), zone.into());
            assert_eq!(schedule.next(at(after)), Some(at(next)), "{words} {zone}");
        }
        for (words, zone) in [("@every 5m", ""), ("never", ""), ("* * * * *", "Moon/Crater")] {
            assert_eq!(Schedule::read(words.into(), zone.into()).next(0), None, "{words} {zone}");
        }
    }
}
