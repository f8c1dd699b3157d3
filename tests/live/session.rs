//! The whole program but the terminal: the state, the runner and the loop, on a thread of their own.

use std::time::Duration;

use dogwatch::app::{App, Clock};
use dogwatch::cluster::{self, ConnectOptions, Endpoint};
use dogwatch::config::Config;
use dogwatch::keymap::{KeyPress, Keymaps};
use dogwatch::runner::{self, Outside, Runner};
use dogwatch::state::{Choices, Settings, State};
use dogwatch::terminal::input::InputEvent;
use dogwatch::terminal::output::{Recorded, Viewer};
use dogwatch::theme::{Depth, Themes};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

/// How long anything may take to show; real servers have slow moments.
const PATIENCE: Duration = Duration::from_secs(30);

/// A running program.
pub struct Session {
    keys: UnboundedSender<InputEvent>,
    viewer: Viewer,
    thread: std::thread::JoinHandle<()>,
}

impl Session {
    /// Starts the program on a terminal of this size.
    pub fn open(options: &ConnectOptions, size: (u16, u16)) -> Self {
        let target = cluster::load(options).unwrap();
        let (output, viewer) = Recorded::new(size.0, size.1);
        let (keys, receiver) = unbounded_channel();
        let run = async move {
            let clock = Clock::system();
            let (sender, events) = runner::events();
            let place = runner::place(&target, false);
            let (choices, settings) = chosen();
            let (state, first) = State::new(place, choices, settings, size, clock.now());
            let runner = Runner::open(target, Endpoint::Network, Outside::default(), sender);
            App::new(state, first, output, runner, receiver, events, clock).run().await.unwrap();
        };
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
            let runtime = runtime.unwrap();
            runtime.block_on(run);
            runtime.shutdown_background();
        });
        Self { keys, viewer, thread }
    }

    /// Presses keys, named as in keymaps, with blanks between them.
    pub fn press(&self, keys: &str) {
        for key in keys.split(' ') {
            let key = KeyPress::parse(key).unwrap_or_else(|error| panic!("{key}: {error}"));
            // A program that ended says so where its screen is awaited.
            let _ = self.keys.send(InputEvent::Key(key));
        }
    }

    /// Types text, one key for each character.
    pub fn type_text(&self, text: &str) {
        for char in text.chars() {
            let _ = self.keys.send(InputEvent::Key(KeyPress::char(char)));
        }
    }

    /// What is on the screen.
    pub fn text(&self) -> String {
        self.viewer.shown().text
    }

    /// Waits until the screen is as it should be.
    pub async fn until(&mut self, what: &str, wanted: impl Fn(&str) -> bool) {
        let seen = tokio::time::timeout(PATIENCE, self.viewer.until(|shown| wanted(&shown.text))).await;
        match seen {
            Ok(Ok(_)) => {}
            Ok(Err(last)) => panic!("the program ended before: {what}\n{}", last.text),
            Err(elapsed) => panic!("{elapsed} after {PATIENCE:?}: {what}\n{}", self.text()),
        }
    }

    /// Waits for a text.
    pub async fn sees(&mut self, text: &str) {
        self.until(text, |screen| screen.contains(text)).await;
    }

    /// Waits for a text in the top line.
    pub async fn top_says(&mut self, text: &str) {
        self.until(text, |screen| screen.lines().next().is_some_and(|top| top.contains(text))).await;
    }

    /// Waits for a row with this name and these words.
    pub async fn row(&mut self, name: &str, words: &[&str]) {
        let good = |line: &str| {
            let cells: Vec<&str> = line.split_whitespace().collect();
            cells.contains(&name) && words.iter().all(|word| cells.contains(word))
        };
        self.until(&format!("a row {name} with {words:?}"), |screen| screen.lines().any(good)).await;
    }

    /// Leaves, as a user does.
    pub async fn end(self) {
        self.press("Ctrl-c");
        let thread = self.thread;
        tokio::task::spawn_blocking(move || thread.join()).await.unwrap().expect("the program ends well");
    }
}

fn chosen() -> (Choices, Settings) {
    let (theme, _) = Themes::new(None).load("default", Depth::Rgb, "test");
    let (keymap, _) = Keymaps::new(None, None).load("default", "test");
    let settings = Settings::from(&Config::default());
    let choices =
        Choices { themes: vec![("default".into(), theme)], keymaps: vec![("default".into(), keymap)] };
    (choices, settings)
}
