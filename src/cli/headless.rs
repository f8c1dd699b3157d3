//! The program without a screen: the same loop, state and reader, and nobody at the keys. Nothing that it opens can write,
//! unless a dry run is asked for.

use std::io::{self, IsTerminal as _, Write as _};
use std::process::ExitCode;
use std::time::Duration;

use color_eyre::eyre::{Result, eyre};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

use super::args::Args;
use super::mode::mode;
use super::world::{World, world};
use super::{app, choose, manual};
use crate::app::App;
use crate::config;
use crate::gate::Mode;
use crate::runner::Outside;
use crate::state::whereabouts::Begin;
use crate::state::{Choices, Now, Settings, State};
use crate::terminal::depth::{Charset, Depth, charset, depth};
use crate::terminal::input::InputEvent;
use crate::terminal::output::Unseen;
use crate::terminal::painted;
use crate::theme::Theme;
use crate::widget::chrome::Piece;

/// As large as the screen that nobody sees is.
const SIZE: (u16, u16) = (160, 60);

/// How it ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Reached {
    /// What was waited for is known.
    Known,
    /// The cluster cannot be reached, and why.
    Lost(String),
    /// It took too long; why, where that is known.
    TooLate(String),
}

/// What the standard output takes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Paper {
    /// Columns; [`painted::WHOLE`] where lines are whole.
    pub width: u16,
    /// Only ASCII can be shown.
    ascii: bool,
    /// How many colours; `None`: plain text.
    depth: Option<Depth>,
}

impl Paper {
    /// The standard output as it is: colours only on a terminal.
    pub fn of(args: &Args, ascii: bool) -> Self {
        let env = |name: &str| std::env::var(name).ok();
        let stdout = io::stdout();
        let depth = if stdout.is_terminal() { depth(args.color.depth(), env) } else { None };
        let ascii = charset(args.ascii || ascii, env) == Charset::Ascii;
        let depth = depth.filter(|depth| *depth != Depth::Mono);
        Self { width: painted::width(stdout, env("COLUMNS").as_deref()), ascii, depth }
    }

    /// The colours that it has.
    pub fn depth(self) -> Option<Depth> {
        self.depth
    }

    /// Prints lines.
    pub fn lines(self, lines: &[Vec<Piece>], theme: &Theme) -> Result<ExitCode> {
        self.text(&painted::text(lines, self.depth.map(|_| theme)))
    }

    /// Prints text.
    pub fn text(self, text: &str) -> Result<ExitCode> {
        if self.ascii { manual::print(in_ascii(text).as_bytes()) } else { manual::print(text.as_bytes()) }
    }

    /// Says something beside the output.
    pub fn say(self, words: &str) {
        let words = if self.ascii { in_ascii(words) } else { words.to_owned() };
        // Who does not listen misses nothing else.
        let _ = writeln!(io::stderr(), "dogwatch: {words}");
    }
}

/// What cannot be shown becomes a mark.
fn in_ascii(text: &str) -> String {
    let mark = |c: char| match c {
        c if c.is_ascii() => c,
        '…' => '~',
        _ => '?',
    };
    text.chars().map(mark).collect()
}

/// The program without a screen.
pub(super) struct Headless {
    /// Its loop.
    pub app: App<Unseen>,
    /// Where to write.
    pub paper: Paper,
    /// What may be done in the context, as flags and files say.
    pub mode: Mode,
    /// Nobody types; the loop ends when this does.
    _keys: UnboundedSender<InputEvent>,
}

/// What it is opened for.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct For {
    /// Tables have their wide columns.
    pub wide: bool,
    /// A plan is made and told. What is planned can be told in read-only mode too, for nothing can be sent.
    pub plans: bool,
    /// The server is asked what a plan would do.
    pub rehearses: bool,
}

/// Opens the cluster that the flags name.
///
/// # Errors
///
/// A file cannot be used, or a flag is refused.
pub(super) async fn open(args: &Args, what: For) -> Result<Headless> {
    let mut loaded = config::load(args.config.as_deref(), config::user_dir().as_deref())
        .map_err(|error| eyre!("{error}"))?;
    let mut warnings = loaded.warnings.clone();
    let world = world(args).await?;
    let mode = mode(args, &mut loaded.config, &world.target.context)?;
    let paper = Paper::of(args, loaded.config.ascii);
    let colours = paper.depth.unwrap_or(Depth::Mono);
    let (choices, mut settings) = choose(args, &loaded, colours, paper.ascii, &mut warnings);
    for warning in &warnings {
        paper.say(&warning.to_string());
    }
    settings.policy.mode = mode;
    Ok(begin(world, (choices, settings), paper, what))
}

/// Begins with what was read already.
pub(super) fn begin(
    world: World,
    (choices, mut settings): (Choices, Settings),
    paper: Paper,
    what: For,
) -> Headless {
    let mode = settings.policy.mode;
    settings.wide = what.wide;
    if what.plans {
        // Rules hold as they do when it is to be sent. That nothing is, the writer sees to that is not there.
        settings.policy.mode = Mode::ReadWrite;
    }
    let writer = if what.rehearses { mode } else { Mode::ReadOnly };
    let outside = Outside { mode: writer, own: settings.own_columns.clone(), ..Outside::default() };
    let (keys, receiver) = unbounded_channel();
    let output = Unseen { size: SIZE };
    let app = app((world, Begin::default()), choices, settings, outside, SIZE, output, receiver);
    Headless { app, paper, mode, _keys: keys }
}

impl Headless {
    /// Waits until the state says that something is known, the cluster cannot be reached, or so much time is over.
    pub async fn until(&mut self, known: impl Fn(&State, Now) -> bool, timeout: Duration) -> Result<Reached> {
        let ended = |state: &State, now: Now| known(state, now) || state.given_up().is_some();
        let waited = tokio::time::timeout(timeout, self.app.until(ended)).await;
        let state = &self.app.state;
        if let Some(trouble) = state.given_up() {
            return Ok(Reached::Lost(format!("{trouble} ({})", trouble.tried)));
        }
        match waited {
            Ok(left) => {
                left?;
                Ok(Reached::Known)
            }
            Err(_) => {
                let after = format!("no answer within {}", config::duration::show(timeout));
                let why =
                    state.not_reached().map(|trouble| format!("{after}: {trouble} ({})", trouble.tried));
                Ok(Reached::TooLate(why.unwrap_or(after)))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_shown_becomes_a_mark() {
        assert_eq!(in_ascii("a long na… größe\n"), "a long na~ gr??e\n");
    }
}
