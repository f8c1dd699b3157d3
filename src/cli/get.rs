//! `dogwatch get`: one frame of a table, with the columns that the screen shows.

use std::process::ExitCode;
use std::time::Duration;

use clap::{Args as Flags, ValueEnum};
use color_eyre::eyre::{Result, bail, eyre};
use serde_json::{Value, json};

use super::args::Args;
use super::headless::{self, For, Headless, Paper, Reached};
use super::manual;
use crate::config::duration;
use crate::model::export::Form;
use crate::model::yaml;
use crate::state::unattended::Taken;

/// How rows are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum GetOutput {
    /// Columns under their titles
    #[default]
    Text,
    /// The same with the columns of the wide form
    Wide,
    /// An array of objects with typed values
    Json,
    /// The same as YAML
    Yaml,
    /// With a line of titles
    Csv,
}

impl GetOutput {
    fn form(self) -> Form {
        match self {
            Self::Text | Self::Wide => Form::Text,
            Self::Json => Form::Json,
            Self::Yaml => Form::Yaml,
            Self::Csv => Form::Csv,
        }
    }
}

/// Which rows, and how they are told.
#[derive(Debug, Clone, PartialEq, Eq, Flags)]
pub struct GetArgs {
    /// The kind, by any name that kubectl takes: po, deployments, widgets.example.com; several with commas between
    #[arg(value_name = "KIND")]
    pub kind: String,

    /// Only the object of this name
    #[arg(value_name = "NAME")]
    pub name: Option<String>,

    /// Ask the server for the objects with these labels, as kubectl does
    #[arg(short = 'l', long, value_name = "SELECTOR")]
    pub selector: Option<String>,

    /// Only the rows that pass, as after / on the screen: restarts>=5, status=Running and age<2h
    #[arg(long, value_name = "FILTER")]
    pub filter: Option<String>,

    /// How rows are told
    #[arg(short, long, value_name = "FORM", default_value = "text")]
    pub output: GetOutput,

    /// The column to sort by, by its id; -COLUMN turns the order around
    #[arg(long, value_name = "COLUMN", allow_hyphen_values = true)]
    pub sort_by: Option<String>,

    /// How long it may take, e.g. 5s or 1m
    #[arg(long, value_name = "DURATION", value_parser = duration::parse, default_value = "10s")]
    pub timeout: Duration,
}

impl GetArgs {
    /// The filter as it is typed on the screen.
    fn typed(&self) -> Result<String> {
        let mut parts = Vec::new();
        if let Some(selector) = &self.selector {
            // A blank would end it there; it is allowed behind a comma here.
            let selector: String = selector.split_whitespace().collect();
            parts.push(format!("-l {selector}"));
        }
        if let Some(name) = &self.name {
            if name.contains(['"', '\\']) || name.contains(char::is_whitespace) {
                bail!("`{name}` is no name of an object");
            }
            parts.push(format!("name={name}"));
        }
        if let Some(filter) = self.filter.as_deref().map(str::trim).filter(|filter| !filter.is_empty()) {
            parts.push(if parts.is_empty() { filter.to_owned() } else { format!("({filter})") });
        }
        Ok(parts.join(" "))
    }
}

/// Reads the rows, and prints them: of several kinds one table below the other.
pub(super) async fn run(args: &Args, get: &GetArgs) -> Result<ExitCode> {
    let filter = get.typed()?;
    let kinds: Vec<&str> = get.kind.split(',').map(str::trim).collect();
    if kinds.iter().any(|kind| kind.is_empty()) {
        bail!("`{}` is no list of kinds", get.kind);
    }
    let wide = get.output == GetOutput::Wide;
    let mut headless = headless::open(args, For { wide, ..For::default() }).await?;
    let mut all = Vec::new();
    for kind in kinds {
        let taken = Box::pin(read(&mut headless, get, kind, &filter)).await?;
        all.push((kind, taken));
    }
    let (state, paper) = (&headless.app.state, headless.paper);
    let place =
        state.session.text().map_or_else(String::new, |namespace| format!(" in namespace {namespace}"));
    let printed = print(&all, get.output.form(), paper, &place)?;
    for note in all.iter().flat_map(|(_, taken)| taken.notes.iter().chain(&taken.asides)) {
        paper.say(note);
    }
    // What is missing makes it no whole answer.
    let whole = all.iter().all(|(_, taken)| taken.notes.is_empty());
    Ok(if whole { printed } else { ExitCode::FAILURE })
}

/// The rows of one kind.
async fn read(headless: &mut Headless, get: &GetArgs, kind: &str, filter: &str) -> Result<Taken> {
    headless.app.ask(|state, now| state.ask_rows(kind, filter, now))?;
    wait(headless, get.timeout).await?;
    if let Some(by) = &get.sort_by {
        let mut wrong = None;
        headless.app.ask(|state, now| match state.sort_rows(by, now) {
            Ok(effects) => effects,
            Err(why) => {
                wrong = Some(why);
                Vec::new()
            }
        })?;
        if let Some(why) = wrong {
            bail!("{why}");
        }
        wait(headless, get.timeout).await?;
    }
    let now = headless.app.now();
    let state = &mut headless.app.state;
    let taken = state.take_rows(now).map_err(|why| eyre!("{why}"))?;
    if taken.sheet.rows.is_empty() {
        if let Some(name) = state.missing_namespace() {
            bail!("namespace {name} does not exist");
        }
        if let Some(name) = &get.name {
            let place = state.session.text();
            let place = place.map_or_else(String::new, |namespace| format!(" in namespace {namespace}"));
            bail!("there is no {kind} called {name}{place}");
        }
    }
    Ok(taken)
}

async fn wait(headless: &mut Headless, timeout: Duration) -> Result<()> {
    match headless.until(|state, _| state.rows_known().is_some(), timeout).await? {
        Reached::Known => {}
        Reached::Lost(why) | Reached::TooLate(why) => bail!("{why}"),
    }
    match headless.app.state.rows_known() {
        Some(Err(why)) => bail!("{why}"),
        _ => Ok(()),
    }
}

fn print(all: &[(&str, Taken)], form: Form, paper: Paper, place: &str) -> Result<ExitCode> {
    let values = || -> Vec<&Value> { all.iter().flat_map(|(_, taken)| &taken.values).collect() };
    match form {
        Form::Json => manual::print(format!("{:#}\n", json!(values())).as_bytes()),
        Form::Yaml => {
            manual::print(yaml::written(&json!(values())).map_err(|why| eyre!("{why}"))?.as_bytes())
        }
        Form::Csv => {
            let tables: Vec<String> = all.iter().map(|(_, taken)| taken.sheet.write(form)).collect();
            manual::print(tables.join("\r\n").as_bytes())
        }
        Form::Text => {
            let (some, none): (Vec<_>, Vec<_>) =
                all.iter().partition(|(_, taken)| !taken.sheet.rows.is_empty());
            for (kind, _) in none {
                paper.say(&format!("no {kind}{place}"));
            }
            let tables: Vec<String> = some.iter().map(|(_, taken)| taken.sheet.write(form)).collect();
            paper.text(&tables.join("\n"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser as _;

    use crate::cli::args::Inner;

    fn get(line: &str) -> GetArgs {
        let args = Args::try_parse_from(["dogwatch", "get"].into_iter().chain(line.split('|'))).unwrap();
        let Some(Inner::Get { get }) = args.inner else { panic!("{args:?}") };
        get
    }

    #[test]
    fn what_is_asked_is_one_filter_of_the_screen() {
        for (line, typed) in [
            ("po", ""),
            ("po|web", "name=web"),
            ("po|-l|app=web, tier!=db", "-l app=web,tier!=db"),
            ("po|--filter|a or b", "a or b"),
            ("po|web|-l|a=b|--filter|restarts>=5 or old", "-l a=b name=web (restarts>=5 or old)"),
        ] {
            assert_eq!(get(line).typed().unwrap(), typed, "{line}");
        }
        assert!(get("po|we b").typed().is_err() && get("po|\"").typed().is_err());
        assert_eq!(get("po|--sort-by|-age").sort_by.as_deref(), Some("-age"));
        assert_eq!(get("po|-o|wide").output.form(), Form::Text);
    }
}
