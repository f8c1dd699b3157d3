//! The command line: reads what the user set, opens the terminal and the cluster, runs the loop.

pub mod args;
pub mod check;
pub mod copy;
mod editor;
mod enter;
pub mod errand;
mod findings;
pub mod get;
mod headless;
pub mod journal;
mod kept;
pub mod manual;
mod mode;
mod pager;
pub mod plan;
pub mod remote;
mod told;
mod world;
mod written;

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use clap::Parser;
use color_eyre::eyre::{Context, Result, eyre};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc::unbounded_channel;

use crate::app::{App, Clock, Leave};
use crate::cluster;
use crate::config::Tmux;
use crate::config::library::AskedBy;
use crate::config::{self, Loaded, Warning};
use crate::journal::{Journal, default_dir};
use crate::keymap::Keymaps;
use crate::memory::Store;
use crate::model::remote::What;
use crate::runner::aside::Aside;
use crate::runner::{self, Outside, Runner, notes};
use crate::state::notices::Severity;
use crate::state::whereabouts::Begin;
use crate::state::{Choices, Settings, State, Who};
use crate::terminal::depth::{self, Charset, Depth};
use crate::terminal::encode::Features;
use crate::terminal::input::{Input, InputEvent};
use crate::terminal::output::Output;
use crate::terminal::report::{self, Rescue};
use crate::terminal::session::{NoTerminal, Options, Terminal, is_gone};
use crate::terminal::signals::Signals;
use crate::theme::Themes;
use args::{Args, Inner};
use check::CheckArgs;
use headless::{For, Paper};
use world::{World, world};

/// The exit code when the terminal is gone: what a shell says of a program that SIGHUP ended.
const HUNG_UP: u8 = 129;
/// How long after a child on the terminal has ended signals may still be meant for it.
const AFTERMATH: Duration = Duration::from_millis(50);

/// The program's entry.
pub fn main() -> ExitCode {
    let args = Args::parse();
    if let Some(Inner::ExecPlugin { command }) = args.inner {
        return cluster::exec_plugin_child(command);
    }
    match start(&args) {
        Ok(code) => code,
        Err(error) => {
            // Not `eprintln!`: the terminal may be gone, and a message is not worth a panic.
            let _ = writeln!(io::stderr(), "dogwatch: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn start(args: &Args) -> Result<ExitCode> {
    let rescue = report::install()?;
    log_to_file(args)?;
    // The loop runs on this thread; watches and decoding have threads of their own.
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let code = runtime.block_on(run(args, &rescue));
    // Blocking work that hangs (a name that does not resolve) must not keep the program.
    runtime.shutdown_background();
    code
}

fn log_to_file(args: &Args) -> Result<()> {
    let Some(path) = &args.log_file else { return Ok(()) };
    let file = open_log(path).wrap_err_with(|| format!("cannot write the log file {}", path.display()))?;
    let filter = tracing_subscriber::EnvFilter::new(format!("warn,dogwatch={}", args.log_level.name()));
    tracing_subscriber::fmt().with_env_filter(filter).with_ansi(false).with_writer(Arc::new(file)).init();
    tracing::info!(version = args::VERSION, "start");
    Ok(())
}

/// Names of objects and namespaces are nobody else's business.
fn open_log(path: &Path) -> io::Result<File> {
    OpenOptions::new().create(true).append(true).mode(0o600).open(path)
}

async fn run(args: &Args, rescue: &Rescue) -> Result<ExitCode> {
    match &args.inner {
        Some(Inner::Exec { remote, command }) => {
            let what = if command.is_empty() { What::Shell } else { What::Command(command.clone()) };
            return remote::run(args, remote, what, &who(), rescue).await;
        }
        Some(Inner::Attach { remote }) => {
            return remote::run(args, remote, What::Attach, &who(), rescue).await;
        }
        Some(Inner::Cp { copy }) => return Box::pin(copy::run(args, copy, &who())).await,
        Some(Inner::Check { check }) => return Box::pin(check::run(args, check)).await,
        Some(Inner::Get { get }) => return Box::pin(get::run(args, get)).await,
        Some(Inner::Plan { plan }) => return Box::pin(plan::run(args, plan)).await,
        Some(Inner::Journal { journal }) => return journal::run(args, journal),
        Some(Inner::Completion { shell }) => return manual::print(&manual::completion(*shell)),
        Some(Inner::Man { of }) => return manual::print(&manual::page(of.as_deref())?),
        Some(Inner::ExecPlugin { .. }) | None => {}
    }
    let mut loaded = config::load(args.config.as_deref(), config::user_dir().as_deref())
        .map_err(|error| eyre!("{error}"))?;
    let env = |name: &str| std::env::var(name).ok();
    let depth = depth::depth(args.color.depth(), env);
    let ascii = depth::charset(args.ascii || loaded.config.ascii, env) == Charset::Ascii;
    let mouse = args.mouse || loaded.config.mouse;
    let term = env("TERM").unwrap_or_default();
    let terminal = match depth {
        Some(depth) => {
            match Terminal::open(Options { depth, features: Features::of(&term), mouse, focus: false }) {
                Ok(terminal) => Some(terminal),
                Err(NoTerminal::NotATerminal) => None,
                Err(error) => return Err(eyre!("{error}")),
            }
        }
        None => None,
    };
    let depth = depth.unwrap_or(Depth::Mono);
    let mut warnings = loaded.warnings.clone();
    let world = world(args).await?;
    let mode = mode::mode(args, &mut loaded.config, &world.target.context)?;
    let (choices, mut settings) = choose(args, &loaded, depth, ascii, &mut warnings);
    settings.policy.mode = mode;
    let outside = outside(args, &loaded, &mut settings, &mut warnings);
    let (whereabouts, wrong) = outside.notes.as_deref().map(notes::read).unwrap_or_default();
    let begin = Begin {
        whereabouts,
        resume: settings.resume && !args.fresh,
        scoped: args.namespace.is_some() || args.all_namespaces,
        wrong,
        on_call: args.on_call || loaded.config.on_call,
    };
    let Some(terminal) = terminal else {
        if world.served {
            return serve(&world).await;
        }
        let paper = Paper::of(args, loaded.config.ascii);
        for warning in &warnings {
            paper.say(&warning.to_string());
        }
        let headless = headless::begin(world, (choices, settings), paper, For::default());
        return Box::pin(check::tell(headless, args, &CheckArgs::default())).await;
    };
    Box::pin(full_screen(terminal, (world, begin), choices, settings, outside, &warnings, rescue)).await
}

/// Loads every theme and keymap, so that choosing another one by a key reads no file.
fn choose(
    args: &Args,
    loaded: &Loaded,
    depth: Depth,
    ascii: bool,
    warnings: &mut Vec<Warning>,
) -> (Choices, Settings) {
    let config = &loaded.config;
    let themes = Themes::new(loaded.dirs());
    let keymaps = Keymaps::new(loaded.dirs(), loaded.keys.clone());
    let mut load = |name: &str, asked_by: AskedBy| {
        let (theme, said) = themes.load(name, depth, asked_by);
        warnings.extend(said);
        (name.to_owned(), theme)
    };
    let (theme, theme_by) = match args.theme.as_deref() {
        Some(name) => (name, "--theme".into()),
        None => (config.theme.as_str(), loaded.asked_by("theme")),
    };
    let mut all_themes = vec![load(theme, theme_by)];
    all_themes
        .extend(themes.names().iter().filter(|name| *name != theme).map(|name| load(name, "themes/".into())));
    let mut load = |name: &str, asked_by: AskedBy| {
        let (keymap, said) = keymaps.load(name, asked_by);
        warnings.extend(said);
        (name.to_owned(), keymap)
    };
    let (keymap, keymap_by) = match args.keymap.as_deref() {
        Some(name) => (name, "--keymap".into()),
        None => (config.keymap.as_str(), loaded.asked_by("keymap")),
    };
    let mut all_keymaps = vec![load(keymap, keymap_by)];
    all_keymaps.extend(
        keymaps.names().iter().filter(|name| *name != keymap).map(|name| load(name, "keymaps/".into())),
    );
    // Keys of the configuration lie over every keymap, so that each says the same of them.
    let mut said = std::collections::HashSet::new();
    warnings.retain(|warning| said.insert(warning.to_string()));
    let zone = jiff::tz::TimeZone::system();
    let tmux = std::env::var_os("TMUX").is_some_and(|tmux| !tmux.is_empty()).then_some(config.exec.tmux);
    let settings = Settings { ascii, tmux, who: who(), zone, ..Settings::from(config) };
    (Choices { themes: all_themes, keymaps: all_keymaps }, settings)
}

/// Who uses the program, as this machine knows.
fn who() -> Who {
    let env = |name: &str| std::env::var(name).unwrap_or_default();
    let user = ["USER", "LOGNAME"].iter().map(|name| env(name)).find(|name| !name.is_empty());
    let uid = rustix::process::getuid().as_raw();
    Who { user: user.unwrap_or_default(), uid: Some(uid), ssh_client: env("SSH_CLIENT") }
}

/// The journal, and what the runner needs beside the cluster. A journal that cannot be written is said; whether anything
/// is changed then is the configuration's decision.
fn outside(args: &Args, loaded: &Loaded, settings: &mut Settings, warnings: &mut Vec<Warning>) -> Outside {
    let opened = match default_dir() {
        None => Err("there is no home directory".to_owned()),
        Some(dir) => Journal::open(&dir).map_err(|error| format!("{}: {error}", dir.display())),
    };
    let journal = match opened {
        Ok(journal) => Some(journal),
        Err(why) => {
            settings.policy.no_journal = settings.journal_required;
            let then = if settings.journal_required { "; nothing can be changed" } else { "" };
            let text = format!("it cannot be written: {why}{then}");
            warnings.push(Warning { file: "journal".to_owned(), line: None, text });
            settings.journal_trouble = Some(why);
            None
        }
    };
    Outside {
        mode: settings.policy.mode,
        reveals: settings.policy.reveals,
        journal,
        journal_required: settings.journal_required,
        notes: (!args.wants_demo()).then(default_dir).flatten(),
        ring_command: loaded.config.changes.ring_command.clone(),
        memory: default_dir().map(|dir| Store::in_dir(&dir)),
        own: settings.own_columns.clone(),
        saves: None,
        aside: aside(args, settings.tmux),
    }
}

/// How something is opened beside this terminal: by this program, for the same cluster and as the same user.
fn aside(args: &Args, tmux: Option<Tmux>) -> Option<Aside> {
    let mut variables = Vec::new();
    if args.kubeconfig.is_none() {
        variables.extend(std::env::var_os("KUBECONFIG").map(|value| ("KUBECONFIG".to_owned(), value)));
    }
    for name in ["PATH", "XDG_CONFIG_HOME", "XDG_STATE_HOME"] {
        variables.extend(std::env::var_os(name).map(|value| (name.to_owned(), value)));
    }
    Some(Aside { program: std::env::current_exe().ok()?, flags: args.for_another(), variables, tmux: tmux? })
}

async fn full_screen(
    mut terminal: Terminal,
    (world, begin): (World, Begin),
    choices: Choices,
    settings: Settings,
    outside: Outside,
    warnings: &[Warning],
    rescue: &Rescue,
) -> Result<ExitCode> {
    rescue.protect(terminal.restore());
    let (sender, keys) = unbounded_channel();
    let signals = Signals::start(sender.clone())?;
    let mut input = terminal.input(sender)?;
    terminal.end_on_hang_up(|| {})?;
    terminal.enter()?;
    let size = terminal.size();
    let mut app = app((world, begin), choices, settings, outside, size, terminal, keys);
    let now = app.now();
    for warning in warnings {
        app.state.tell(Severity::Warning, warning.in_a_line(), now);
    }
    let result = until_left(&mut app, &mut input, &signals).await;
    // What was typed and not taken is kept, whatever the reason for leaving.
    let kept = editor::keep(app.state.unsent_edits());
    match result {
        Ok(()) => {
            app.output.leave().or_else(|error| if is_gone(&error) { Ok(()) } else { Err(error) })?;
            for words in kept {
                // A terminal that is gone shows nothing any more.
                let _ = writeln!(io::stderr(), "{words}");
            }
            Ok(ExitCode::SUCCESS)
        }
        // Nobody is left to read a message.
        Err(error) if is_gone(&error) => {
            // What is still possible: a terminal may be there although the program was told otherwise.
            let _ = app.gone();
            let _ = app.output.leave();
            Ok(ExitCode::from(HUNG_UP))
        }
        Err(error) => {
            let _ = app.output.leave();
            for words in kept {
                let _ = writeln!(io::stderr(), "{words}");
            }
            Err(error.into())
        }
    }
}

fn app<O: Output>(
    (world, begin): (World, Begin),
    choices: Choices,
    settings: Settings,
    outside: Outside,
    size: (u16, u16),
    output: O,
    keys: tokio::sync::mpsc::UnboundedReceiver<InputEvent>,
) -> App<O> {
    let clock = Clock::system();
    let (sender, events) = runner::events();
    let place = runner::place(&world.target, world.demo);
    let (mut state, first) = State::begin(place, choices, settings, size, clock.now(), begin);
    if let Some(store) = &outside.memory {
        let (memory, wrong) = store.read();
        state.recall(memory);
        if let Some(why) = wrong {
            let words = format!("{}: {why}", store.path().display());
            state.tell(Severity::Warning, words, clock.now());
        }
    }
    for note in world.notes {
        state.tell(Severity::Info, note, clock.now());
    }
    let runner = Runner::open(world.target, world.endpoint, outside, sender);
    App::new(state, first, output, runner, keys, events, clock)
}

async fn until_left(app: &mut App<Terminal>, input: &mut Input, signals: &Signals) -> io::Result<()> {
    loop {
        match app.run().await? {
            Leave::Quit => return Ok(()),
            Leave::Gone => return Err(io::ErrorKind::BrokenPipe.into()),
            Leave::Edit => {
                let text = app.to_edit().unwrap_or_default().to_owned();
                signals.set_lent(true);
                let result = app.output.lend(input, editor::edit(&text, told_to_end()?)).await?;
                // A Ctrl-C that ended the editor was sent to us too, and may be told only now.
                tokio::time::sleep(AFTERMATH).await;
                signals.set_lent(false);
                app.edited(result)?;
                app.resumed()?;
            }
            Leave::Page => {
                let text = app.to_page().unwrap_or_default().to_owned();
                signals.set_lent(true);
                let result = app.output.lend(input, pager::page(&text, told_to_end()?)).await?;
                tokio::time::sleep(AFTERMATH).await;
                signals.set_lent(false);
                app.paged(result)?;
                app.resumed()?;
            }
            Leave::Enter => match enter::enter(app, input).await? {
                None => {}
                Some(Leave::Gone) => return Err(io::ErrorKind::BrokenPipe.into()),
                Some(_) => return Ok(()),
            },
            Leave::Suspend => {
                app.output.suspend(input).await?;
                app.resumed()?;
            }
        }
    }
}

/// Until the program is told to end. The loop hears of it too, and ends when the child that has the terminal has.
fn told_to_end() -> io::Result<impl Future<Output = ()>> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut hang_up = signal(SignalKind::hangup())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = hang_up.recv() => {}
        }
    })
}

/// The embedded cluster without a screen, until somebody ends it.
async fn serve(world: &World) -> Result<ExitCode> {
    for note in &world.notes {
        writeln!(io::stdout(), "{note}")?;
    }
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        _ = terminate.recv() => {}
        result = tokio::signal::ctrl_c() => result?,
    }
    Ok(ExitCode::SUCCESS)
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;

    #[test]
    fn the_log_file_is_for_the_user_alone() {
        use std::os::unix::fs::PermissionsExt as _;

        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("dogwatch.log");
        open_log(&path).unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn what_is_wrong_with_the_keys_of_the_configuration_is_said_once() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("config.yaml");
        std::fs::write(&file, "keys:\n  table:\n    x: dance\n    y: sing\n").unwrap();
        let loaded = config::load(None, Some(dir.path())).unwrap();
        let mut warnings = Vec::new();
        choose(&Args::try_parse_from(["dogwatch"]).unwrap(), &loaded, Depth::Rgb, false, &mut warnings);
        let said: Vec<String> = warnings.iter().map(Warning::to_string).collect();
        assert_eq!(said.len(), 2, "{said:#?}");
        assert!(
            said[0].contains("`dance` is not an action") && said[1].contains("`sing` is not an action"),
            "{said:#?}"
        );
    }

    #[test]
    fn a_name_that_is_not_there_is_warned_about_where_it_is_asked_for() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("config.yaml");
        std::fs::write(&file, "wide: true\ntheme: drak\n\nkeymap: vmi\n").unwrap();
        let loaded = config::load_after(None, None, Some(dir.path())).unwrap();
        for (line, theme, keymap) in [
            (
                "dogwatch",
                format!("{}:2: there is no theme `drak`", file.display()),
                format!("{}:4: there is no keymap `vmi`", file.display()),
            ),
            (
                "dogwatch --theme gone --keymap gone",
                "--theme: there is no theme `gone`".to_owned(),
                "--keymap: there is no keymap `gone`".to_owned(),
            ),
        ] {
            let args = Args::try_parse_from(line.split(' ')).unwrap();
            let mut warnings = Vec::new();
            choose(&args, &loaded, Depth::Rgb, false, &mut warnings);
            let said: Vec<String> = warnings.iter().map(Warning::to_string).collect();
            assert_eq!(said.len(), 2, "{said:?}");
            assert!(said[0].starts_with(&theme), "{said:?}");
            assert!(said[1].starts_with(&keymap), "{said:?}");
        }
    }
}
