//! `config.yaml` and the directory it is in: what the user has chosen, and what is wrong with it.
//!
//! Nothing here is fatal: whatever cannot be read is warned about with file and line, and the default is used. Where that
//! may be what restricts changes, the default is read-only. It reads files: called before the loop starts, or in a blocking
//! task, never by the loop. Every key is a row of [`KEYS`].

pub mod administrator;
pub mod duration;
mod kinds;
pub mod library;
mod own;
mod policy;
mod table;
pub mod warning;
pub mod yaml;

use std::collections::BTreeMap;
use std::fmt::Write;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

pub use table::{KEYS, KeyInfo};
pub use warning::Warning;

use administrator::Imposed;
use library::{AskedBy, DEFAULT, Layer};
use warning::{Warnings, did_you_mean, nearest};
use yaml::{Node, Value};

use crate::gate::Rules;
use crate::model::columns::own::OwnColumns;
use crate::model::glob::glob;
use crate::model::labels::HashKeys;
use crate::triage::Thresholds;

/// What the user has chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// The name of the theme.
    pub theme: String,
    /// The name of the keymap.
    pub keymap: String,
    /// Draw with ASCII only.
    pub ascii: bool,
    /// Use the mouse.
    pub mouse: bool,
    /// Start with linked panes.
    pub linked: bool,
    /// Start with wide columns.
    pub wide: bool,
    /// Columns of kinds, in their order, by their plurals.
    pub columns: BTreeMap<String, Vec<String>>,
    /// Columns of the user's.
    pub own_columns: Arc<OwnColumns>,
    /// How long a watch outlives its last viewer.
    pub linger: Duration,
    /// The labels pane.
    pub labels: LabelsConfig,
    /// The log screen.
    pub logs: LogsConfig,
    /// Ephemeral containers.
    pub debug: DebugConfig,
    /// Paths that are offered for the endpoints of pods and services.
    pub endpoints: Vec<String>,
    /// Nothing is ever changed.
    pub readonly: bool,
    /// Patterns of contexts in which nothing is ever changed.
    pub readonly_contexts: Vec<String>,
    /// Patterns of contexts in which what is destructive is confirmed by typing its name.
    pub protected: Vec<String>,
    /// Changes and their outcomes.
    pub changes: ChangesConfig,
    /// The journal.
    pub journal: JournalConfig,
    /// Getting into containers.
    pub exec: ExecConfig,
    /// Contexts open where they were left.
    pub resume: bool,
    /// Contexts that are looked at together, by the names of their groups.
    pub groups: BTreeMap<String, Vec<String>>,
    /// What counts as wrong.
    pub triage: TriageConfig,
    /// On call: nothing is changed, and what is wrong is shown first.
    pub on_call: bool,
    /// What Secrets hold.
    pub secrets: SecretsConfig,
    /// What is not done where, and what has to be done to confirm it.
    pub rules: Arc<Rules>,
    /// What the administrator's file says that nothing undoes.
    pub imposed: Imposed,
    /// The user's file was not understood where it may restrict changes; its name.
    pub closed: Option<String>,
}

/// What counts as wrong.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TriageConfig {
    /// From when on.
    pub thresholds: Thresholds,
    /// Whether certificates in Secrets are looked at; `None`: unless nothing may be changed.
    pub certificates: Option<bool>,
}

/// What Secrets hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SecretsConfig {
    /// One value may be shown on the screen in read-only mode too.
    pub reveal_readonly: bool,
}

/// Getting into containers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExecConfig {
    /// The character that, with a full stop behind it at the beginning of a line, leaves a container; `None`: nothing does.
    pub escape: Option<u8>,
    /// What is opened beside in tmux.
    pub tmux: Tmux,
}

/// What is opened beside in tmux.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tmux {
    /// A pane below.
    Pane,
    /// A window.
    Window,
}

/// Changes and their outcomes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangesConfig {
    /// How long a change may take until the cluster shows it.
    pub deadline: Duration,
    /// How many ready pods a service must have after a switch, in percent of now.
    pub least_ready: u32,
    /// What a smoke check asks the pods, unless their service says it; empty: nothing.
    pub smoke_path: String,
    /// How the end of a change is announced, when that is asked for: `bell`, `osc9`, `osc777`.
    pub ring: Vec<String>,
    /// A command that is run then, with what happened as its last argument.
    pub ring_command: Vec<String>,
}

/// The journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JournalConfig {
    /// Nothing is changed when it cannot be written.
    pub required: bool,
}

/// The labels pane.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LabelsConfig {
    /// Patterns of the keys of folded labels.
    pub fold: Vec<String>,
}

/// The log screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogsConfig {
    /// How many lines are kept.
    pub lines: u32,
    /// How many lines of the past a log begins with, of each container.
    pub tail: u32,
    /// From when on; zero: from anywhen.
    pub since: Duration,
    /// How many streams at once.
    pub streams: u32,
    /// Show times.
    pub timestamps: bool,
    /// Times are in UTC, not in local time.
    pub utc: bool,
    /// Wrap long lines.
    pub wrap: bool,
}

/// Ephemeral containers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DebugConfig {
    /// The image that is offered for them.
    pub image: String,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            theme: DEFAULT.to_owned(),
            keymap: DEFAULT.to_owned(),
            ascii: false,
            mouse: false,
            linked: true,
            wide: false,
            columns: BTreeMap::new(),
            own_columns: Arc::default(),
            linger: Duration::from_secs(30),
            labels: LabelsConfig { fold: HashKeys::KUBERNETES.iter().map(|&key| key.to_owned()).collect() },
            logs: LogsConfig {
                lines: 100_000,
                tail: 500,
                since: Duration::ZERO,
                streams: 20,
                timestamps: false,
                utc: false,
                wrap: false,
            },
            debug: DebugConfig { image: "busybox".to_owned() },
            endpoints: ["/healthz", "/metrics", "/info"].map(str::to_owned).to_vec(),
            readonly: false,
            readonly_contexts: Vec::new(),
            protected: vec!["*prod*".to_owned()],
            changes: ChangesConfig {
                deadline: Duration::from_mins(15),
                least_ready: 100,
                smoke_path: String::new(),
                ring: vec!["bell".to_owned()],
                ring_command: Vec::new(),
            },
            journal: JournalConfig { required: false },
            exec: ExecConfig { escape: Some(b'~'), tmux: Tmux::Pane },
            resume: true,
            groups: BTreeMap::new(),
            triage: TriageConfig::default(),
            on_call: false,
            secrets: SecretsConfig::default(),
            rules: Arc::default(),
            imposed: Imposed::default(),
            closed: None,
        }
    }
}

impl Config {
    /// Whether nothing is changed in a context.
    pub fn reads_only(&self, context: &str) -> bool {
        self.readonly || self.on_call || self.readonly_contexts.iter().any(|pattern| glob(pattern, context))
    }
}

/// What was found.
#[derive(Debug, Clone, PartialEq)]
pub struct Loaded {
    /// What the user has chosen, over the defaults.
    pub config: Config,
    /// The value of `keys:`, for [`crate::keymap::Keymaps::new`].
    pub keys: Option<Layer>,
    /// Where `themes/` and `keymaps/` are looked for, the first first.
    dirs: Vec<PathBuf>,
    /// Where the theme and the keymap are asked for.
    asked: BTreeMap<String, AskedBy>,
    /// What is wrong.
    pub warnings: Vec<Warning>,
}

/// What follows from not understanding what may restrict changes.
const CLOSED: &str = ", so nothing is changed: read-only";

impl Loaded {
    /// Where `themes/` and `keymaps/` are looked for, the first first.
    pub fn dirs(&self) -> impl Iterator<Item = &Path> {
        self.dirs.iter().map(PathBuf::as_path)
    }

    /// Where a name that is the value of this key is asked for.
    pub fn asked_by(&self, key: &str) -> AskedBy {
        self.asked.get(key).cloned().unwrap_or_else(|| "config.yaml".into())
    }
}

/// The user's configuration directory (`$XDG_CONFIG_HOME/dogwatch`, usually `~/.config/dogwatch`).
pub fn user_dir() -> Option<PathBuf> {
    Some(directories::ProjectDirs::from("", "", "dogwatch")?.config_dir().to_owned())
}

/// Reads the administrator's file ([`administrator::PATH`]) and then the user's, as [`load_after`] does.
///
/// # Errors
///
/// Those of [`load_after`].
pub fn load(asked: Option<&Path>, dir: Option<&Path>) -> Result<Loaded, String> {
    load_after(Some(Path::new(administrator::PATH)), asked, dir)
}

/// Reads the administrator's file if it is there, then the file that was asked for (`--config`), or `config.yaml` in `dir` if it is
/// there. What the first says of changes, the second cannot undo; otherwise the second wins. Themes and keymaps are
/// looked for beside the file that was asked for, and then in `dir` in any case.
///
/// # Errors
///
/// The file that was asked for cannot be read: it may be what makes the program read-only, so nothing goes on without it.
pub fn load_after(
    administrator: Option<&Path>,
    asked: Option<&Path>,
    dir: Option<&Path>,
) -> Result<Loaded, String> {
    let path = asked.map(Path::to_owned).or_else(|| dir.map(|dir| dir.join("config.yaml")));
    let mut loaded = Loaded {
        config: Config::default(),
        keys: None,
        dirs: asked.and_then(Path::parent).into_iter().chain(dir).map(Path::to_owned).collect(),
        asked: BTreeMap::new(),
        warnings: Vec::new(),
    };
    if let Some(path) = administrator {
        administrator::read(path, &mut loaded);
    }
    if let Some(path) = path {
        let mut warnings = Warnings::of(&path);
        match std::fs::read_to_string(&path) {
            Ok(text) => {
                if read(&text, &path, false, &mut loaded, &mut warnings) {
                    loaded.config.closed = Some(path.display().to_string());
                }
            }
            Err(error) if asked.is_some() => return Err(format!("cannot read {}: {error}", path.display())),
            // Having none is the usual case.
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => {
                warnings.add_at(None, format!("cannot be read: {error}{CLOSED}"));
                loaded.config.closed = Some(path.display().to_string());
            }
        }
        loaded.warnings.extend(warnings);
    }
    loaded.config.readonly |= loaded.config.closed.is_some();
    loaded.config.impose();
    Ok(loaded)
}

/// Reads a file into what is known already; `strict`: nothing in it may be there twice. Answers whether something that may restrict changes was not understood.
fn read(text: &str, path: &Path, strict: bool, loaded: &mut Loaded, warnings: &mut Warnings) -> bool {
    let said = warnings.len();
    let Some(root) = yaml::parse(text, warnings) else { return concluded(warnings, said) };
    // A key that is there twice loses what it said first; that may have been what an administrator meant to hold.
    let doubled = strict && concluded(warnings, said);
    let said = warnings.len();
    let entries = root.entries("the configuration", warnings);
    let mut closed = concluded(warnings, said) | doubled;
    for (key, node) in entries {
        if key.text == "keys" {
            let (name, file) = ("config".to_owned(), path.display().to_string());
            loaded.keys = Some(Layer { name, file, root: node.clone() });
        } else {
            if matches!(key.text.as_str(), "theme" | "keymap") {
                let asked = AskedBy { file: path.display().to_string(), line: Some(key.line) };
                loaded.asked.insert(key.text.clone(), asked);
            }
            closed |= read_key(&key.text, key.line, node, &mut loaded.config, warnings);
        }
    }
    closed
}

/// Reads a key, or a section of keys: `logs: { tail: 5 }` and `logs.tail: 5` say the same. Answers whether something that
/// restricts changes was not understood.
fn read_key(name: &str, line: usize, node: &Node, config: &mut Config, warnings: &mut Warnings) -> bool {
    let said = warnings.len();
    if let Some(info) = KEYS.iter().find(|info| info.key == name) {
        (info.set)(config, node, warnings);
        return info.restricts && concluded(warnings, said);
    }
    let prefix = format!("{name}.");
    if KEYS.iter().any(|info| info.key.starts_with(&prefix)) {
        let entries = node.entries(&format!("`{name}`"), warnings);
        let mut closed = restricts(name) && concluded(warnings, said);
        for (key, node) in entries {
            closed |= read_key(&format!("{prefix}{}", key.text), key.line, node, config, warnings);
        }
        return closed;
    }
    let meant = nearest(name, known());
    let hint = did_you_mean(name, known());
    let value = if matches!(node.value, Value::Map(_)) { " section" } else { "" };
    warnings.add(line, format!("there is no{value} key `{name}`{hint}").replace("section key", "section"));
    match meant.filter(|meant| restricts(meant)) {
        // Only the case is wrong: what is meant is plain.
        Some(meant) if meant == name.to_lowercase() => {
            warnings.conclude(said, " It counts as that.");
            read_key(meant, line, node, config, warnings)
        }
        Some(_) => concluded(warnings, said),
        None => false,
    }
}

/// Whether a key, or one of a section, restricts what is changed.
fn restricts(name: &str) -> bool {
    let is_in =
        |key: &str| key.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
    KEYS.iter().any(|info| info.restricts && is_in(info.key))
}

/// Whether anything was said since, with what follows from it.
fn concluded(warnings: &mut Warnings, said: usize) -> bool {
    warnings.conclude(said, CLOSED);
    warnings.len() > said
}

/// The names of all keys and sections.
fn known() -> impl Iterator<Item = &'static str> {
    let sections = KEYS.iter().filter_map(|info| info.key.split_once('.')).map(|(section, _)| section);
    KEYS.iter().map(|info| info.key).chain(sections).chain(["keys"])
}

/// The value that a key has by itself, as it is written; empty for what is no key.
pub fn usual(key: &str) -> String {
    let info = KEYS.iter().find(|info| info.key == key);
    info.map_or_else(String::new, |info| (info.show)(&Config::default()))
}

/// The table of keys for the docs.
pub fn markdown() -> String {
    let mut out = String::from("| key | takes | default | what it does |\n| --- | --- | --- | --- |\n");
    let config = Config::default();
    for info in KEYS {
        let shown = (info.show)(&config);
        let _ = writeln!(out, "| `{}` | {} | `{shown}` | {} |", info.key, info.takes, info.doc);
    }
    out.push_str("| `keys` | contexts of keys | | Keys of your own, laid over the keymap: `keys: { table: { x: yaml, y: null } }`. |\n");
    out
}

#[cfg(test)]
mod tests;
