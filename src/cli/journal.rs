//! `dogwatch journal`: what was changed from this machine, by whom, and what became of it. It only reads the file.

use std::process::ExitCode;
use std::time::Duration;

use clap::{Args as Flags, ValueEnum};
use color_eyre::eyre::{Context as _, Result, eyre};
use jiff::tz::TimeZone;

use super::args::Args;
use super::headless::Paper;
use super::kept::{self, Which};
use super::manual;
use crate::config::{self, duration};
use crate::journal::{Entry, Journal, default_dir};
use crate::screen::journal::folded;
use crate::theme::{Depth, Themes};

/// How it is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum JournalOutput {
    /// A line for each change
    #[default]
    Table,
    /// JSON, with every field
    Json,
}

/// Which entries, and how they are told.
#[derive(Debug, Clone, PartialEq, Eq, Flags)]
pub struct JournalArgs {
    /// Only what was done since, e.g. 30m, 24h or 7d
    #[arg(long, value_name = "DURATION", value_parser = since)]
    pub since: Option<Duration>,

    /// How it is told
    #[arg(short, long, value_name = "FORM", default_value = "table")]
    pub output: JournalOutput,

    /// Only changes of this object, KIND/NAME
    #[arg(long, value_name = "OBJECT", value_parser = object)]
    pub object: Option<(String, String)>,
}

/// A duration; days too.
fn since(text: &str) -> Result<Duration, String> {
    match text.strip_suffix('d').map(str::parse::<u64>) {
        Some(Ok(days @ 0..=3650)) => Ok(Duration::from_hours(24 * days)),
        _ => duration::parse(text),
    }
}

fn object(text: &str) -> Result<(String, String), String> {
    match text.split_once('/') {
        Some((kind, name)) if !kind.is_empty() && !name.is_empty() => Ok((kind.to_owned(), name.to_owned())),
        _ => Err(format!("`{text}` is no object: KIND/NAME")),
    }
}

/// Reads the file, and tells.
pub(super) fn run(args: &Args, journal: &JournalArgs) -> Result<ExitCode> {
    let loaded = config::load(args.config.as_deref(), config::user_dir().as_deref())
        .map_err(|error| eyre!("{error}"))?;
    let paper = Paper::of(args, loaded.config.ascii);
    let dir = default_dir().ok_or_else(|| eyre!("there is no home directory"))?;
    let (lines, damaged) = Journal::at(&dir)
        .read_all()
        .wrap_err_with(|| format!("the journal in {} cannot be read", dir.display()))?;
    let now = jiff::Timestamp::now().as_second();
    let from =
        journal.since.map(|since| now.saturating_sub(i64::try_from(since.as_secs()).unwrap_or(i64::MAX)));
    let namespace = args.namespace.clone().filter(|_| !args.all_namespaces);
    let which = Which { from, object: journal.object.clone(), context: args.context.clone(), namespace };
    let mut entries = folded(&lines);
    entries.reverse();
    let entries: Vec<&Entry> = entries.iter().filter(|entry| which.takes(entry)).collect();
    let printed = match journal.output {
        JournalOutput::Json => manual::print(kept::json(&entries, damaged).as_bytes())?,
        JournalOutput::Table => {
            let lines = kept::table(&entries, &TimeZone::system(), paper.width);
            let depth = paper.depth();
            let themes = Themes::new(loaded.dirs());
            let (theme, _) =
                themes.load(&loaded.config.theme, depth.unwrap_or(Depth::Mono), loaded.asked_by("theme"));
            let printed = paper.lines(&lines, &theme)?;
            if entries.is_empty() {
                paper.say("the journal has no such entries");
            }
            printed
        }
    };
    match damaged {
        0 => {}
        1 => paper.say("1 line of the journal is damaged and could not be read"),
        more => paper.say(&format!("{more} lines of the journal are damaged and could not be read")),
    }
    Ok(printed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_count_too() {
        for (text, hours) in
            [("24h", Some(24)), ("7d", Some(168)), ("0d", Some(0)), ("d", None), ("soon", None)]
        {
            assert_eq!(since(text).ok(), hours.map(Duration::from_hours), "{text}");
        }
        assert!(object("deploy/web").is_ok() && object("web").is_err() && object("/web").is_err());
    }
}
