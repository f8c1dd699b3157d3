//! Lines as text for a file, the clipboard or the pager: as they are shown, with times and names where those are shown.

use std::fmt::Write;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::Logs;
use crate::model::log::{Row, SourceId};

/// Which lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    /// Those that are shown.
    Shown,
    /// All that are kept.
    All,
    /// The marked ones, or the one under the cursor.
    Marked,
}

impl Logs {
    /// How many lines these are.
    pub fn count_of(&self, which: Which) -> usize {
        match which {
            Which::Shown => self.view.len(),
            Which::All => self.ring.len(),
            Which::Marked => self.marks.len().max(usize::from(!self.view.is_empty())),
        }
    }

    /// Lines as text, each with its break. What a program coloured is plain text here.
    pub fn text_of(&self, which: Which, zone: &TimeZone) -> String {
        let mut out = String::new();
        let mut add = |row: Row<'_>| self.add(&mut out, &row, zone);
        match which {
            Which::All => self.ring.range(self.ring.first()..self.ring.end()).for_each(|(_, row)| add(row)),
            Which::Shown => (0..self.view.len())
                .filter_map(|index| self.view.nth(index))
                .filter_map(|number| self.ring.get(number))
                .for_each(add),
            Which::Marked if self.marks.is_empty() => {
                self.current().and_then(|number| self.ring.get(number)).into_iter().for_each(add);
            }
            Which::Marked => {
                self.marks.iter().filter_map(|number| self.ring.get(*number)).for_each(add);
            }
        }
        out
    }

    fn add(&self, out: &mut String, row: &Row<'_>, zone: &TimeZone) {
        if row.note {
            let _ = writeln!(out, "# {}", row.text);
            return;
        }
        if self.show.times
            && let Some(time) = row.time.and_then(|time| Timestamp::from_nanosecond(time.into()).ok())
        {
            // The whole time, as the cluster wrote it: a file outlives the day.
            let _ = if self.show.utc {
                write!(out, "{time} ")
            } else {
                write!(out, "{} ", time.to_zoned(zone.clone()).strftime("%Y-%m-%dT%H:%M:%S%.f%:z"))
            };
        }
        if self.names() {
            let _ = write!(out, "[{}] ", self.name_of(row.source));
        }
        out.push_str(row.text);
        out.push('\n');
    }

    fn name_of(&self, id: SourceId) -> String {
        self.streams.whole(id)
    }

    /// A name for a file with these lines.
    pub fn file_name(&self, unix: i64) -> String {
        let title: String = self
            .title
            .chars()
            .map(|c| if c.is_ascii_alphanumeric() || matches!(c, '-' | '.') { c } else { '-' })
            .collect();
        let time = Timestamp::from_second(unix).unwrap_or_default();
        format!("{}-{}.log", title.trim_matches('-'), time.strftime("%Y%m%d-%H%M%S"))
    }
}
