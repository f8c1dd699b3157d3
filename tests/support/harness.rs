//! A session for tests: the program's own loop, state and cluster room against an embedded cluster over real HTTP in
//! memory, on a terminal that only remembers. Keys go in, the screen comes out.
//!
//! Time is tokio's and paused: it jumps whenever nothing is left to do, so nothing here sleeps, and everything that
//! depends on time (ages, retries, marks that calm down) is the same in every run.

// Helpers of tests may unwrap as tests do; the lint only knows test functions. Not every test uses every helper.
#![allow(clippy::unwrap_used, clippy::expect_used, dead_code)]

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use dogwatch::app::{App, Clock, Leave};
use dogwatch::cluster::kubeconfig::Surroundings;
use dogwatch::cluster::target::load_in;
use dogwatch::cluster::{ConnectOptions, Endpoint, Target};
use dogwatch::config::Config;
use dogwatch::demo::{self, Cluster, Faults, resource};
use dogwatch::gate::Mode;
use dogwatch::journal::Journal;
use dogwatch::keymap::Keymaps;
use dogwatch::keymap::key::KeyPress;
use dogwatch::memory::Store;
use dogwatch::runner::{self, Outside, Runner, notes};
use dogwatch::screen;
use dogwatch::screen::plan::left::FIRST_REPEAT;
use dogwatch::state::whereabouts::Begin;
use dogwatch::state::{Choices, Settings, State};
use dogwatch::terminal::input::InputEvent;
use dogwatch::terminal::output::{Recorded, Viewer};
use dogwatch::theme::{Depth, Themes};
use jiff::Timestamp;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tokio::time::{Instant, sleep};

/// When every session begins.
pub const START: &str = "2026-11-21T02:00:30Z";
/// How long, in the session's own time, a test waits for what it expects.
const PATIENCE: Duration = Duration::from_secs(30);
/// Longer than the least time between two frames, so that what a key did is on the screen.
const KEY: Duration = Duration::from_millis(70);

/// How a session is started.
pub struct Setup {
    size: (u16, u16),
    theme: &'static str,
    keymap: &'static str,
    ascii: bool,
    depth: Depth,
    namespace: &'static str,
    lively: bool,
    target: Option<Target>,
    cluster: Option<Cluster>,
    connect: Option<Connect>,
    contexts: Vec<(&'static str, Cluster)>,
    mode: Mode,
    protected: bool,
    journal: Option<Journal>,
    journal_required: bool,
    ring_command: Vec<String>,
    memory: Option<Store>,
    columns: Vec<(&'static str, &'static str)>,
    notes: Option<PathBuf>,
    groups: BTreeMap<String, Vec<String>>,
    config: &'static str,
    on_call: bool,
    saves: Option<Arc<tempfile::TempDir>>,
}

/// Opens a connection in memory.
pub type Connect = Arc<dyn Fn() -> tokio::io::DuplexStream + Send + Sync>;

impl Default for Setup {
    fn default() -> Self {
        Self {
            size: (160, 50),
            theme: "default",
            keymap: "default",
            ascii: false,
            depth: Depth::Rgb,
            namespace: "production",
            lively: false,
            target: None,
            cluster: None,
            connect: None,
            contexts: Vec::new(),
            mode: Mode::ReadOnly,
            protected: false,
            journal: None,
            journal_required: false,
            ring_command: Vec::new(),
            memory: None,
            columns: Vec::new(),
            notes: None,
            groups: BTreeMap::new(),
            config: "",
            on_call: false,
            saves: None,
        }
    }
}

impl Setup {
    /// Columns and rows of the terminal.
    pub fn size(self, width: u16, height: u16) -> Self {
        Self { size: (width, height), ..self }
    }

    /// Changes are possible.
    pub fn writes(self) -> Self {
        Self { mode: Mode::ReadWrite, ..self }
    }

    /// Changes are possible in a protected context.
    pub fn protected(self) -> Self {
        Self { mode: Mode::ReadWrite, protected: true, ..self }
    }

    /// Changes are written down here.
    pub fn journal(self, journal: &Journal) -> Self {
        Self { journal: Some(journal.clone()), ..self }
    }

    /// Where one is is noted here, and the session opens where it was left.
    pub fn notes(self, dir: &Path) -> Self {
        Self { notes: Some(dir.to_owned()), ..self }
    }

    /// Nothing is changed that cannot be written down.
    pub fn journal_required(self) -> Self {
        Self { journal_required: true, ..self }
    }

    /// The command that is run when a change has ended.
    pub fn ring_command(self, command: &[&str]) -> Self {
        Self { ring_command: command.iter().map(|word| (*word).to_owned()).collect(), ..self }
    }

    /// Where things are remembered.
    pub fn memory(self, memory: &Store) -> Self {
        Self { memory: Some(memory.clone()), ..self }
    }

    /// The columns of a kind, as the configuration says them, separated by blanks.
    pub fn columns(mut self, kind: &'static str, columns: &'static str) -> Self {
        self.columns.push((kind, columns));
        self
    }

    /// What `config.yaml` says of columns and of what counts as wrong.
    pub fn config(self, config: &'static str) -> Self {
        Self { config, ..self }
    }

    /// As with `--on-call`.
    pub fn on_call(self) -> Self {
        Self { mode: Mode::ReadOnly, on_call: true, ..self }
    }

    /// Files that are saved under a name alone land here, where several sessions share it.
    pub fn saves(self, saves: &Arc<tempfile::TempDir>) -> Self {
        Self { saves: Some(Arc::clone(saves)), ..self }
    }

    /// A keymap by name.
    pub fn keymap(self, keymap: &'static str) -> Self {
        Self { keymap, ..self }
    }

    /// No colours, no signs beyond ASCII.
    pub fn plain(self) -> Self {
        Self { ascii: true, depth: Depth::Mono, theme: "mono", ..self }
    }

    /// A terminal of sixteen colours.
    pub fn sixteen(self) -> Self {
        Self { depth: Depth::Ansi16, ..self }
    }

    /// The namespace to begin with.
    pub fn namespace(self, namespace: &'static str) -> Self {
        Self { namespace, ..self }
    }

    /// Another target than the embedded one without credentials.
    pub fn target(self, target: Target) -> Self {
        Self { target: Some(target), ..self }
    }

    /// A cluster that was prepared before.
    pub fn cluster(self, cluster: &Cluster) -> Self {
        Self { cluster: Some(cluster.clone()), ..self }
    }

    /// A kubeconfig with these contexts, each with a cluster of its own; the session begins in the first.
    pub fn contexts(self, contexts: &[(&'static str, &Cluster)]) -> Self {
        let contexts: Vec<_> =
            contexts.iter().map(|(name, cluster)| (*name, Cluster::clone(cluster))).collect();
        Self { target: Some(kubeconfig(&contexts, self.namespace)), contexts, ..self }
    }

    /// A group of contexts.
    pub fn group(mut self, name: &str, contexts: &[&str]) -> Self {
        self.groups.insert(name.to_owned(), contexts.iter().map(|name| (*name).to_owned()).collect());
        self
    }

    /// Another server than a cluster.
    pub fn endpoint(self, connect: Connect) -> Self {
        Self { connect: Some(connect), ..self }
    }

    /// Starts the session; nothing has been drawn or answered yet.
    pub async fn start(self) -> Session {
        let cluster = match (self.cluster, self.contexts.first()) {
            (Some(cluster), _) => cluster,
            (None, Some((_, first))) => first.clone(),
            (None, None) => story(self.lively).await,
        };
        let target = self.target.unwrap_or_else(|| Target::embedded("demo", self.namespace));
        let (choices, mut settings) = choices(self.theme, self.keymap, self.depth, self.ascii);
        settings.policy.mode = self.mode;
        settings.groups = self.groups;
        settings.readonly = self.mode == Mode::ReadOnly;
        settings.readonly_contexts = vec!["*-ro".to_owned()];
        settings.journal_required = self.journal_required;
        settings.protected = match (self.protected, self.contexts.is_empty()) {
            (true, _) => vec!["demo".to_owned()],
            (false, false) => vec!["*prod*".to_owned()],
            (false, true) => Vec::new(),
        };
        let unix = cluster.store().clock().now().duration_since(Timestamp::UNIX_EPOCH);
        let clock = Clock::new(unix.unsigned_abs());
        let (sender, events) = runner::events();
        let place = runner::place(&target, true);
        if !self.config.is_empty() {
            let dir = tempfile::tempdir().unwrap();
            std::fs::write(dir.path().join("config.yaml"), self.config).unwrap();
            let loaded = dogwatch::config::load_after(None, None, Some(dir.path())).unwrap();
            assert_eq!(loaded.warnings, [], "{}", self.config);
            settings.columns = loaded.config.columns;
            settings.own_columns = loaded.config.own_columns;
            settings.rules = loaded.config.rules;
            settings.policy.reveals = loaded.config.secrets.reveal_readonly;
            settings.triage = loaded.config.triage;
        }
        let (settings_mode, reveals) = (settings.policy.mode, settings.policy.reveals);
        let own = settings.own_columns.clone();
        for (kind, columns) in &self.columns {
            let ids = columns.split_whitespace().map(str::to_owned).collect();
            settings.columns.insert((*kind).to_owned(), ids);
        }
        let (whereabouts, wrong) = self.notes.as_deref().map(notes::read).unwrap_or_default();
        let begin = Begin { whereabouts, resume: true, scoped: false, wrong, on_call: self.on_call };
        let (mut state, first) = State::begin(place, choices, settings, self.size, clock.now(), begin);
        if let Some(store) = &self.memory {
            state.recall(store.read().0);
        }
        let embedded = cluster.clone();
        let endpoint = if self.contexts.is_empty() {
            Endpoint::Memory(self.connect.unwrap_or_else(|| Arc::new(move || embedded.connect())))
        } else {
            let clusters: HashMap<_, _> = self.contexts.into_iter().collect();
            Endpoint::Several(Arc::new(move |context| clusters[context].connect()))
        };
        // What is saved under a name alone must not land where the tests are.
        let saves = self.saves.unwrap_or_else(|| Arc::new(tempfile::tempdir().unwrap()));
        let outside = Outside {
            mode: settings_mode,
            reveals,
            journal: self.journal.clone(),
            journal_required: self.journal_required,
            notes: self.notes,
            ring_command: self.ring_command,
            memory: self.memory.clone(),
            own,
            saves: Some(saves.path().to_owned()),
            aside: None,
        };
        let runner = Runner::open(target, endpoint, outside, sender);
        let (output, viewer) = Recorded::new(self.size.0, self.size.1);
        let (keys, receiver) = unbounded_channel();
        // The program is large, and futures that hold it would be.
        let app = Box::new(App::new(state, first, output, runner, receiver, events, clock));
        Session { app, viewer, keys, cluster, saves }
    }

    /// Starts the session and waits until the home screen is live.
    pub async fn live(self) -> Session {
        // What it takes to start is not carried along by every test.
        let mut session = Box::pin(self.start()).await;
        session.until_live().await;
        session
    }
}

/// What a kubeconfig with these contexts says, the first of them chosen; all of them begin in this namespace.
fn kubeconfig(contexts: &[(&'static str, Cluster)], namespace: &str) -> Target {
    use std::fmt::Write;
    let (mut named, mut clusters) = (String::new(), String::new());
    for (name, _) in contexts {
        writeln!(named, "- {{name: {name}, context: {{cluster: {name}-c, namespace: {namespace}}}}}")
            .unwrap();
        writeln!(clusters, "- {{name: {name}-c, cluster: {{server: 'http://{name}'}}}}").unwrap();
    }
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("config");
    let text = format!("current-context: {}\ncontexts:\n{named}clusters:\n{clusters}", contexts[0].0);
    std::fs::write(&path, text).unwrap();
    let options = ConnectOptions { kubeconfig: Some(path), ..ConnectOptions::default() };
    load_in(&options, Surroundings::default()).unwrap()
}

/// The embedded cluster with its story. It is played once for all tests of a program; each gets a twin of its own.
pub async fn story(lively: bool) -> Cluster {
    static STORY: OnceLock<Cluster> = OnceLock::new();
    let start = || demo::Clock::starting_at(START.parse().unwrap());
    // Not on a test's own thread: it is waited for by all of them, and no test's clock may move meanwhile.
    let first = tokio::task::spawn_blocking(move || {
        STORY.get_or_init(|| {
            let runtime =
                tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
            let options = demo::Options { pods: 0, lively: false, seed: 1 };
            let cluster = runtime.unwrap().block_on(Cluster::start_at(start(), options));
            // Jobs that come and go by themselves would be in every test's way; those that need them start them.
            for job in cluster.store().list(resource::CRONJOBS, None).1 {
                let suspend = |object: &mut serde_json::Value| {
                    object["spec"]["suspend"] = true.into();
                    Ok(())
                };
                cluster.store().update(resource::CRONJOBS, &job.namespace, &job.name, suspend).unwrap();
            }
            cluster
        })
    });
    first.await.unwrap().twin(start(), lively)
}

/// Everything that can be chosen, as the program loads it at start.
pub fn choices(theme: &str, keymap: &str, depth: Depth, ascii: bool) -> (Choices, Settings) {
    let (themes, keymaps) = (Themes::new(None), Keymaps::new(None, None));
    let theme_names = themes.names();
    let all_themes: Vec<_> =
        theme_names.iter().map(|name| (name.clone(), themes.load(name, depth, "test").0)).collect();
    let keymap_names = keymaps.names();
    let all_keymaps: Vec<_> =
        keymap_names.iter().map(|name| (name.clone(), keymaps.load(name, "test").0)).collect();
    let settings = Settings {
        theme: theme_names.iter().position(|name| name == theme).unwrap(),
        keymap: keymap_names.iter().position(|name| name == keymap).unwrap(),
        ascii,
        ..Settings::from(&Config::default())
    };
    (Choices { themes: all_themes, keymaps: all_keymaps }, settings)
}

/// One session.
pub struct Session {
    /// The loop, with its state to look into.
    pub app: Box<App<Recorded>>,
    viewer: Viewer,
    keys: UnboundedSender<InputEvent>,
    /// The cluster it talks to.
    pub cluster: Cluster,
    /// Where files land that are saved under a name alone.
    pub saves: Arc<tempfile::TempDir>,
}

impl Session {
    /// A live session at 160x50.
    pub async fn live() -> Self {
        Setup::default().live().await
    }

    /// What the cluster does wrong.
    pub fn faults(&self) -> &Faults {
        self.cluster.faults()
    }

    /// The state.
    pub fn state(&self) -> &State {
        &self.app.state
    }

    /// The screen as text, rows without blanks at their ends.
    pub fn screen(&self) -> String {
        self.viewer.shown().text
    }

    /// One line of the screen; negative from the end.
    pub fn line(&self, at: isize) -> String {
        let screen = self.screen();
        let lines: Vec<&str> = screen.lines().collect();
        let at = if at < 0 { lines.len().saturating_add_signed(at) } else { at as usize };
        lines.get(at).copied().unwrap_or_default().to_owned()
    }

    /// The first line that contains a text.
    pub fn line_with(&self, text: &str) -> String {
        let screen = self.screen();
        let found = screen.lines().find(|line| line.contains(text));
        found.unwrap_or_else(|| panic!("no line has {text:?}:\n{screen}")).to_owned()
    }

    /// Whether a text is on the screen.
    pub fn shows(&self, text: &str) -> bool {
        self.screen().contains(text)
    }

    /// Fails unless the text is on the screen.
    #[track_caller]
    pub fn sees(&self, text: &str) {
        assert!(self.shows(text), "{text:?} is not on the screen:\n{}", self.screen());
    }

    /// Fails if the text is on the screen.
    #[track_caller]
    pub fn sees_no(&self, text: &str) {
        assert!(!self.shows(text), "{text:?} is on the screen:\n{}", self.screen());
    }

    /// What has been sent to the terminal besides frames.
    pub fn sent(&self) -> Vec<u8> {
        self.viewer.shown().sent
    }

    /// How many frames were drawn and how many bytes they took.
    pub fn cost(&self) -> (usize, usize) {
        let shown = self.viewer.shown();
        (shown.frames, shown.bytes)
    }

    /// The style in which a text is drawn where it first stands on the screen.
    pub fn style_of(&self, text: &str) -> Style {
        let (width, height) = self.state().size;
        let mut buffer = Buffer::empty(Rect { x: 0, y: 0, width, height });
        screen::draw(self.state(), self.app.now(), &mut buffer);
        for row in buffer.content.chunks(usize::from(width)) {
            let symbols: Vec<&str> = row.iter().map(ratatui::buffer::Cell::symbol).collect();
            let wanted: Vec<String> = text.chars().map(String::from).collect();
            if let Some(at) = symbols.windows(wanted.len()).position(|part| part == wanted) {
                return row[at].style();
            }
        }
        panic!("{text:?} is not on the screen:\n{}", self.screen());
    }

    /// Lets the program go on for so long.
    pub async fn run_for(&mut self, time: Duration) {
        if let Some(leave) = self.run_or_leave(time).await {
            panic!("the program left: {leave:?}");
        }
    }

    /// The same; why it left, if it did.
    pub async fn run_or_leave(&mut self, time: Duration) -> Option<Leave> {
        tokio::select! {
            biased;
            leave = self.app.run() => Some(leave.unwrap()),
            () = sleep(time) => None,
        }
    }

    /// Sends one input that may make the program leave; why it left.
    pub async fn leave(&mut self, input: InputEvent) -> Option<Leave> {
        self.keys.send(input).unwrap();
        self.run_or_leave(KEY).await
    }

    /// Presses keys, written as in keymaps and separated by blanks; what each did is on the screen afterwards.
    pub async fn press(&mut self, keys: &str) {
        for key in KeyPress::parse_sequence(keys).unwrap() {
            self.send(InputEvent::Key(key)).await;
        }
    }

    /// Presses keys that make the program leave its loop for this reason.
    pub async fn press_and_leave(&mut self, keys: &str, why: Leave) {
        self.after_a_plan().await;
        for key in KeyPress::parse_sequence(keys).unwrap() {
            self.keys.send(InputEvent::Key(key)).unwrap();
        }
        assert_eq!(self.run_or_leave(PATIENCE).await, Some(why), "{}", self.screen());
    }

    /// As [`Self::press`]; no keys at all are fine too.
    pub async fn press_all(&mut self, keys: &str) {
        if !keys.is_empty() {
            self.press(keys).await;
        }
    }

    /// Types text, character by character.
    pub async fn type_text(&mut self, text: &str) {
        for c in text.chars() {
            self.send(InputEvent::Key(KeyPress::char(c))).await;
        }
    }

    /// Opens the palette, types a command and takes it.
    pub async fn command(&mut self, text: &str) {
        self.press(":").await;
        self.type_text(text).await;
        self.press("enter").await;
    }

    /// Pastes text.
    pub async fn paste(&mut self, text: &str) {
        self.send(InputEvent::Paste(text.to_owned())).await;
    }

    /// Makes the terminal another size.
    pub async fn resize(&mut self, width: u16, height: u16) {
        self.viewer.resize(width, height);
        self.send(InputEvent::Resize(width, height)).await;
    }

    /// Sends one input; after a plan as late as somebody does who has seen the screen below it.
    pub async fn send(&mut self, input: InputEvent) {
        if matches!(input, InputEvent::Key(_)) {
            self.after_a_plan().await;
        }
        self.send_at_once(input).await;
    }

    /// Waits until keys count again.
    async fn after_a_plan(&mut self) {
        if self.app.state.plan_left.is_some() {
            self.run_for(FIRST_REPEAT).await;
        }
    }

    /// Sends one input without waiting for anything.
    pub async fn send_at_once(&mut self, input: InputEvent) {
        self.keys.send(input).unwrap();
        self.run_for(KEY).await;
    }

    /// Waits until the screen is as wanted; fails with the last screen when it does not come in time.
    pub async fn until(&mut self, what: &str, wanted: impl Fn(&str) -> bool) -> Duration {
        self.within(PATIENCE, what, wanted).await
    }

    /// The same within a time; returns how long it took.
    pub async fn within(&mut self, time: Duration, what: &str, wanted: impl Fn(&str) -> bool) -> Duration {
        let start = Instant::now();
        let found = tokio::select! {
            biased;
            leave = self.app.run() => panic!("the program left: {leave:?}"),
            shown = self.viewer.until(|shown| wanted(&shown.text)) => shown.is_ok(),
            () = sleep(time) => false,
        };
        assert!(found, "not within {time:?}: {what}\n{}", self.screen());
        start.elapsed()
    }

    /// Waits until a text is on the screen.
    pub async fn until_text(&mut self, text: &str) -> Duration {
        self.until(&format!("{text:?} on the screen"), |screen| screen.contains(text)).await
    }

    /// Waits until a text has left the screen.
    pub async fn until_no(&mut self, text: &str) -> Duration {
        self.until(&format!("no {text:?} on the screen"), |screen| !screen.contains(text)).await
    }

    /// Waits until the top line says that everything on the screen is live.
    pub async fn until_live(&mut self) -> Duration {
        self.until("a live screen", is_live).await
    }
}

/// Whether the top line says live.
pub fn is_live(screen: &str) -> bool {
    screen.lines().next().is_some_and(|line| line.ends_with("live"))
}

/// Whether the word `live` is said anywhere on a screen.
pub fn says_live(screen: &str) -> bool {
    screen.split(|c: char| !c.is_alphanumeric()).any(|word| word == "live")
}
