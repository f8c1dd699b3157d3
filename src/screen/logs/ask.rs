//! Values for logs that are typed in one line: from when on, how many lines, where to save.

use jiff::Timestamp;
use jiff::civil;
use jiff::tz::TimeZone;

use super::narrow::Part;
use super::take::Which;
use crate::config::duration;
use crate::model::log::Since;
use crate::widget::line_edit::LineEdit;

/// What is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Question {
    /// A part of what is typed to see less: it shows while one types.
    Narrow(Part),
    /// From when on.
    Since {
        /// When the rollout began, where it is known.
        rollout: Option<i64>,
    },
    /// How many lines of the past.
    Tail,
    /// Where to save them.
    Save {
        /// Which lines.
        which: Which,
        /// How many they are.
        count: usize,
    },
}

/// A line that is being typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogAsk {
    /// What is asked.
    pub question: Question,
    /// What has been typed.
    pub line: LineEdit,
}

impl LogAsk {
    /// What stands before the line.
    pub fn prompt(&self) -> &'static str {
        match self.question {
            Question::Narrow(Part::Search) => "search: ",
            Question::Narrow(Part::Keep) => "keep: ",
            Question::Narrow(Part::Exclude) => "exclude: ",
            Question::Narrow(Part::Fields) => "fields: ",
            Question::Since { .. } => "since: ",
            Question::Tail => "lines of the past: ",
            Question::Save { .. } => "save to: ",
        }
    }

    /// What is said at the right: how it is written, or why it means nothing.
    pub fn hint(&self, now: i64, zone: &TimeZone) -> Result<String, String> {
        let text = self.line.text().trim();
        Ok(match self.question {
            Question::Narrow(Part::Fields) => {
                "level=error status>=500 path~^/api   Enter keeps, Esc clears".to_owned()
            }
            Question::Narrow(_) => "text or /regex/   Enter keeps, Esc clears".to_owned(),
            Question::Since { rollout } if text.is_empty() => {
                let rollout = if rollout.is_some() { ", rollout" } else { "" };
                format!("90s, 2h, 14:30, 2026-01-31T14:30Z{rollout}; empty: from anywhen")
            }
            Question::Since { rollout } => match since(text, rollout, now, zone)? {
                Some(Since::Time(time)) => format!("from {time} on"),
                Some(Since::Seconds(seconds)) => format!("the last {seconds} s"),
                None => String::new(),
            },
            Question::Tail => match tail(text)? {
                Some(lines) => format!("the last {lines} of each container"),
                None => "empty: all".to_owned(),
            },
            Question::Save { which, count } => {
                let what = if which == Which::All { "all that are kept" } else { "as shown" };
                format!("{count} lines, {what}; a file that exists is not touched")
            }
        })
    }
}

/// From when on: a duration, a time of the day (the last one), a date with a time, `rollout`; `None`: from anywhen.
pub fn since(text: &str, rollout: Option<i64>, now: i64, zone: &TimeZone) -> Result<Option<Since>, String> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    if text == "rollout" {
        let start = rollout.and_then(|at| Timestamp::from_second(at).ok());
        return start
            .map(|start| Some(Since::Time(start)))
            .ok_or_else(|| "the start of the rollout is not known here".to_owned());
    }
    if let Ok(duration) = duration::parse(text) {
        let seconds = u32::try_from(duration.as_secs()).unwrap_or(u32::MAX).max(1);
        return Ok(Some(Since::Seconds(seconds)));
    }
    if let Ok(time) = text.parse::<Timestamp>() {
        return Ok(Some(Since::Time(time)));
    }
    let local = |time: civil::DateTime| zone.to_timestamp(time).ok();
    let today = Timestamp::from_second(now).unwrap_or_default().to_zoned(zone.clone()).date();
    let time = match (text.parse::<civil::Time>(), text.parse::<civil::DateTime>()) {
        (Ok(time), _) => {
            let today_at = local(today.to_datetime(time)).filter(|at| at.as_second() <= now);
            today_at.or_else(|| local(today.yesterday().ok()?.to_datetime(time)))
        }
        (_, Ok(time)) => local(time),
        _ => None,
    };
    time.map(|time| Some(Since::Time(time)))
        .ok_or_else(|| format!("`{text}` is no duration and no time: 90s, 2h, 14:30, 2026-01-31T14:30Z"))
}

/// How many lines; `None`: all.
pub fn tail(text: &str) -> Result<Option<u32>, String> {
    match text.trim() {
        "" => Ok(None),
        text => text.parse().map(Some).map_err(|_| format!("`{text}` is no number of lines")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_as_people_write_them() {
        let now: Timestamp = "2026-11-21T02:00:30Z".parse().unwrap();
        let zone = TimeZone::fixed(jiff::tz::offset(1));
        let time = |text: &str| Some(Since::Time(text.parse().unwrap()));
        for (text, wanted) in [
            ("", None),
            ("90s", Some(Since::Seconds(90))),
            ("2h", Some(Since::Seconds(7_200))),
            ("0s", Some(Since::Seconds(1))),
            ("2026-11-20T14:30:00Z", time("2026-11-20T14:30:00Z")),
            ("2026-11-20T14:30", time("2026-11-20T13:30:00Z")),
            ("02:30", time("2026-11-21T01:30:00Z")),
            ("14:30", time("2026-11-20T13:30:00Z")),
            ("rollout", time("1970-01-01T00:01:40Z")),
        ] {
            assert_eq!(since(text, Some(100), now.as_second(), &zone), Ok(wanted), "{text}");
        }
        assert!(since("soon", None, 0, &zone).unwrap_err().contains("no duration"));
        assert!(since("rollout", None, 0, &zone).unwrap_err().contains("not known"));
        assert_eq!((tail(""), tail(" 12 ")), (Ok(None), Ok(Some(12))));
        assert!(tail("many").is_err());
    }
}
