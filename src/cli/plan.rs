//! `dogwatch plan`: tells what a change would do, as the plan screen does, and changes nothing.

use std::io::{self, Read as _};
use std::process::ExitCode;
use std::time::Duration;

use clap::{Args as Flags, ValueEnum};
use color_eyre::eyre::{Context as _, Result, bail, eyre};

use super::args::Args;
use super::errand::{self, Deed, With};
use super::headless::{self, For, Headless, Reached};
use super::manual;
use super::told::{self, Around};
use crate::config::duration;
use crate::gate::Mode;
use crate::screen::manifest::Source;
use crate::screen::plan::{DryRun, draw};
use crate::state::unattended::Errand;
use crate::state::{Now, State};
use crate::terminal::painted::WHOLE;
use crate::theme::Role;
use crate::widget::chrome::{Piece, piece};

/// So large may a manifest of the standard input be.
const MOST: u64 = 16 * 1024 * 1024;

/// Whether the server is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum DryRunBy {
    /// No
    #[default]
    None,
    /// By a dry run, which changes nothing either
    Server,
}

/// How a plan is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum PlanOutput {
    /// As the plan screen tells it
    #[default]
    Text,
    /// JSON
    Json,
}

/// What is to be planned, and how it is told.
#[derive(Debug, Clone, PartialEq, Eq, Flags)]
pub struct PlanArgs {
    /// What is to be done
    #[arg(value_name = "ACTION")]
    pub action: Deed,

    /// With what: KIND/NAME, or a file for apply; then CONTAINER=IMAGE for set-image, KEY=VALUE for switch
    #[arg(value_name = "TARGET...", required = true)]
    pub targets: Vec<String>,

    /// How many replicas, for scale
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(0..=0x7fff_ffff))]
    pub replicas: Option<u32>,

    /// The revision, for rollback; without it, or 0, the one before
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(i64).range(0..))]
    pub to_revision: Option<i64>,

    /// Whether the server is asked what it would do; never in read-only mode
    #[arg(long, value_name = "WHO", default_value = "none")]
    pub dry_run: DryRunBy,

    /// Tell the exact requests too
    #[arg(long)]
    pub request: bool,

    /// How the plan is told
    #[arg(short, long, value_name = "FORM", default_value = "text")]
    pub output: PlanOutput,

    /// How long it may take, e.g. 5s or 1m
    #[arg(long, value_name = "DURATION", value_parser = duration::parse, default_value = "15s")]
    pub timeout: Duration,
}

/// What is copied: it stands in one line, however narrow the terminal is.
const COPIED: [&str; 2] = ["kubectl", "request"];

/// The lines, with what is copied as it stands in the wide ones.
fn whole(narrow: Vec<Vec<Piece>>, wide: &[Vec<Piece>]) -> Vec<Vec<Piece>> {
    let label = |line: &[Piece]| match line {
        [label, text] => Some((label.text.trim().to_owned(), text.role)),
        _ => None,
    };
    let is_copied = |line: &[Piece]| label(line).is_some_and(|(label, _)| COPIED.contains(&label.as_str()));
    let mut wide = wide.iter().filter(|line| is_copied(line));
    let mut goes_on = false;
    let mut out = Vec::new();
    for line in narrow {
        if is_copied(&line) {
            goes_on = true;
            out.push(wide.next().cloned().unwrap_or(line));
        } else {
            goes_on =
                goes_on && label(&line).is_some_and(|(label, role)| label.is_empty() && role == Role::Text);
            if !goes_on {
                out.push(line);
            }
        }
    }
    out
}

/// Plans, and tells.
pub(super) async fn run(args: &Args, plan: &PlanArgs) -> Result<ExitCode> {
    let now = jiff::Timestamp::now().as_second();
    let with = With { replicas: plan.replicas, revision: plan.to_revision, now };
    let errand = errand::read(plan.action, &plan.targets, with).map_err(|why| eyre!("{why}"))?;
    let errand = if errand == Errand::Apply(Source::File("-".to_owned())) {
        Errand::Apply(Source::Pasted(standard_input()?))
    } else {
        errand
    };
    let rehearses = plan.dry_run == DryRunBy::Server;
    let mut headless = headless::open(args, For { plans: true, rehearses, ..For::default() }).await?;
    if rehearses && headless.mode == Mode::ReadOnly {
        bail!("read-only: no dry run is sent; without --dry-run the plan is told all the same");
    }
    headless.app.ask(|state, now| state.ask_surroundings(now))?;
    wait(&mut headless, plan, |state, _| state.surroundings_known()).await?;
    let mut refused = None;
    headless.app.ask(|state, now| match state.ask_plan(errand, rehearses, now) {
        Ok(effects) => effects,
        Err(why) => {
            refused = Some(why);
            Vec::new()
        }
    })?;
    if let Some(why) = refused {
        bail!("{why}");
    }
    wait(&mut headless, plan, |state, _| state.plan_known().is_some()).await?;
    tell(&mut headless, plan)
}

fn standard_input() -> Result<String> {
    let mut text = String::new();
    io::stdin().take(MOST).read_to_string(&mut text).wrap_err("the standard input cannot be read")?;
    Ok(text)
}

async fn wait(headless: &mut Headless, plan: &PlanArgs, known: impl Fn(&State, Now) -> bool) -> Result<()> {
    match headless.until(known, plan.timeout).await? {
        Reached::Known => Ok(()),
        Reached::Lost(why) | Reached::TooLate(why) => bail!("{why}"),
    }
}

fn tell(headless: &mut Headless, plan: &PlanArgs) -> Result<ExitCode> {
    headless.app.state.tell_requests(plan.request);
    let (state, paper) = (&headless.app.state, headless.paper);
    let screen = match state.plan_known() {
        Some(Ok(screen)) => screen,
        Some(Err(why)) => bail!("{why}"),
        None => bail!("there is no plan"),
    };
    let Some(ready) = screen.ready() else { bail!("there is no plan") };
    let demand = state.ground(screen.by).demand(ready);
    // What it writes may be denied although what was asked for is not.
    let denied = demand.denied();
    let policy = demand.words();
    let printed = match plan.output {
        PlanOutput::Json => {
            let around = Around {
                context: &state.session.place.context,
                denied: denied.as_deref(),
                policy,
                requests: plan.request,
            };
            manual::print(told::json(screen, ready, &around).as_bytes())?
        }
        PlanOutput::Text => {
            let level = draw::level(ready.level);
            let title = vec![piece(Role::TitleFocused, format!("PLAN  {}  ", screen.title())), level];
            let mut lines = vec![title];
            let wide = draw::lines(screen, state, WHOLE);
            lines.extend(whole(draw::lines(screen, state, paper.width), &wide));
            paper.lines(&lines, state.theme())?
        }
    };
    if let Some(why) = denied {
        bail!("policy: {why}");
    }
    // The server would not do it.
    let refused = matches!(screen.dry_run, DryRun::Refused(_) | DryRun::Unknown(_) | DryRun::Barred(_));
    Ok(if refused { ExitCode::FAILURE } else { printed })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(label: &str, role: Role, text: &str) -> Vec<Piece> {
        vec![piece(Role::Dim, format!("   {label:<16} ")), piece(role, text)]
    }

    #[test]
    fn what_is_copied_stands_in_one_line() {
        let narrow = vec![
            line("service web", Role::Text, "2 of 2"),
            line("", Role::Text, "ready"),
            line("kubectl", Role::Text, "kubectl -n shop"),
            line("", Role::Text, "scale"),
            line("kubectl", Role::Text, "short"),
            line("reason", Role::Text, "long"),
            line("", Role::Text, "reason"),
            Vec::new(),
            line("request", Role::Text, "PATCH /api"),
            line("", Role::Text, "?dryRun"),
            line("", Role::Dim, "application/json"),
            vec![piece(Role::Dim, "   {}")],
        ];
        let wide = [
            line("kubectl", Role::Text, "kubectl -n shop scale"),
            line("kubectl", Role::Text, "short"),
            line("request", Role::Text, "PATCH /api?dryRun"),
        ];
        let told: Vec<String> = whole(narrow, &wide)
            .iter()
            .map(|line| line.last().map_or(String::new(), |one| one.text.clone()))
            .collect();
        assert_eq!(
            told,
            [
                "2 of 2",
                "ready",
                "kubectl -n shop scale",
                "short",
                "long",
                "reason",
                "",
                "PATCH /api?dryRun",
                "application/json",
                "   {}"
            ]
        );
    }
}
