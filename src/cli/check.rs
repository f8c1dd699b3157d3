//! `dogwatch check`: what is wrong, for scripts and login banners.

use std::io::{self, Write as _};
use std::process::ExitCode;
use std::time::Duration;

use clap::{Args as Flags, ValueEnum};
use color_eyre::eyre::Result;

use super::args::Args;
use super::findings::{self, NAMESPACE, NOT_LOOKED, Place};
use super::headless::{self, For, Headless, Reached};
use super::manual;
use crate::config::duration;
use crate::triage::{Grade, NotLooked, Report};

/// How it is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum CheckOutput {
    /// A line for each finding
    #[default]
    Table,
    /// JSON, with everything that is known
    Json,
}

/// From which grade on the exit code is 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum FailOn {
    /// Something does not work
    #[default]
    Broken,
    /// Or may stop working, or works in part
    Warning,
    /// Or is good to know
    Note,
}

impl From<FailOn> for Grade {
    fn from(fail_on: FailOn) -> Self {
        match fail_on {
            FailOn::Broken => Self::Broken,
            FailOn::Warning => Self::Warning,
            FailOn::Note => Self::Note,
        }
    }
}

/// How it is looked, and told.
#[derive(Debug, Clone, PartialEq, Eq, Flags)]
pub struct CheckArgs {
    /// How it is told
    #[arg(short, long, value_name = "FORM", default_value = "table")]
    pub output: CheckOutput,

    /// How long it may take, e.g. 5s or 1m; what was not read by then was not looked at
    #[arg(long, value_name = "DURATION", value_parser = duration::parse, default_value = "10s")]
    pub timeout: Duration,

    /// From which grade on the exit code is 1; what rules of these grades need and could not be looked at makes it 2
    #[arg(long, value_name = "GRADE", default_value = "broken")]
    pub fail_on: FailOn,
}

impl Default for CheckArgs {
    fn default() -> Self {
        Self { output: CheckOutput::Table, timeout: Duration::from_secs(10), fail_on: FailOn::Broken }
    }
}

/// Looks, and tells. What stands in the way of looking is an exit code of its own.
pub(super) async fn run(args: &Args, check: &CheckArgs) -> Result<ExitCode> {
    let opened = match headless::open(args, For::default()).await {
        Ok(opened) => Box::pin(tell(opened, args, check)).await,
        Err(error) => Err(error),
    };
    opened.or_else(|error| {
        let why = format!("{error:#}");
        // Not `eprintln!`: a message is not worth a panic.
        let _ = writeln!(io::stderr(), "dogwatch: {why}");
        if check.output == CheckOutput::Json {
            let report = not_at_all(Report::default(), &why);
            let context = args.context.as_deref().unwrap_or_default();
            let now = jiff::Timestamp::now().as_second();
            let namespace = args.namespace.as_deref();
            let fail_on = check.fail_on.into();
            let place = Place { context, namespace, by_itself: false, now, cut_short: true, fail_on };
            manual::print(findings::json(&report, place).as_bytes())?;
        }
        Ok(ExitCode::from(NOT_LOOKED))
    })
}

/// Nothing can be looked at, and why.
fn not_at_all(report: Report, why: &str) -> Report {
    let mut report = findings::ended(report, why);
    if report.not_looked.is_empty() {
        report.not_looked.push(NotLooked::everything(findings::CLUSTER, why));
    }
    report
}

/// The same with what is open already.
pub(super) async fn tell(mut headless: Headless, args: &Args, check: &CheckArgs) -> Result<ExitCode> {
    headless.app.ask(|state, now| state.ask_what_is_wrong(now))?;
    let reached = headless.until(|state, _| state.has_looked(), check.timeout).await?;
    let (app, paper) = (&headless.app, &headless.paper);
    let (state, now) = (&app.state, app.now());
    let report = state.what_is_wrong(now);
    let mut report = match &reached {
        Reached::Known => report,
        Reached::Lost(why) | Reached::TooLate(why) => not_at_all(report, why),
    };
    if let Some(name) = state.missing_namespace() {
        let why = format!("namespace {name} does not exist");
        report.not_looked.push(NotLooked::everything(NAMESPACE, why));
    }
    let namespace = state.session.text();
    let own = &state.session.place;
    let place = Place {
        context: &own.context,
        namespace: namespace.as_deref(),
        by_itself: args.namespace.is_none() && namespace.as_ref() == Some(&own.own),
        now: now.unix,
        cut_short: reached != Reached::Known,
        fail_on: check.fail_on.into(),
    };
    match check.output {
        CheckOutput::Json => manual::print(findings::json(&report, place).as_bytes())?,
        CheckOutput::Table => {
            let printed = paper.lines(&findings::table(&report, place, paper.width), state.theme())?;
            if let Some(line) = findings::not_looked(&report) {
                paper.say(&line);
            }
            printed
        }
    };
    Ok(ExitCode::from(findings::code(&report, place)))
}
