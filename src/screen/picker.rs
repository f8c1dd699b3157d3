//! A list that narrows while one types: the palette, the contexts, the namespaces.
//!
//! Owns what is typed and what is offered; what a choice does is [`Command`]'s business, carried out by the state.

use fuzzy_matcher::FuzzyMatcher;
use fuzzy_matcher::skim::SkimMatcherV2;

use crate::action::Action;
use crate::keymap::Context;
use crate::keymap::words::words;
use crate::model::export::Form;
use crate::model::log::Containers;
use crate::model::record::Kind;
use crate::model::remote;
use crate::release::{Target, images};
use crate::widget::line_edit::LineEdit;

/// What the home screen is called.
pub const HOME: &str = "home";

/// Whether a word is a name of the home screen.
pub fn is_home(word: &str) -> bool {
    word == HOME || word == "dash"
}

/// The longest name of a bookmark.
const NAME: usize = 64;

/// What a choice asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Show a kind on the whole screen.
    Kind(Kind),
    /// Go to a kind by its name.
    Go(Go),
    /// The home screen.
    Home,
    /// Look at one namespace, or at all.
    Namespace(Option<String>),
    /// Connect to another context.
    Context(String),
    /// Use a theme.
    Theme(String),
    /// Use a keymap.
    Keymap(String),
    /// Apply the manifest in this file.
    Apply(String),
    /// Get into this container of the pod that was asked for.
    Door(String),
    /// Run this command in what is under the cursor.
    Exec(Vec<String>),
    /// Show this value of the Secret on the screen.
    Reveal(String),
    /// Explain this kind or field.
    Explain(String),
    /// Ask whether this may be done.
    Can(String),
    /// Show what changed in a span of time.
    Recent(String),
    /// Write a hand-over to this file.
    Bundle(String),
    /// What is wrong in this namespace, or in all.
    Triage(Option<String>),
    /// Why this object is as it is: `KIND/NAME`, and its namespace.
    Why(String),
    /// Do an action.
    Act(Action),
    /// Ask for another image of this container, which has this one now.
    Container(Target, String, String),
    /// Switch this service to pods with these labels.
    Switch(Target, Vec<(String, String)>),
    /// The canary screen of this service.
    Canary(Target),
    /// Take this pod away from its controller; whether its services keep it.
    Orphan(Target, bool),
    /// Ask for the image with which this container of a pod is debugged; empty: no container of it.
    Debug(Target, String),
    /// Ask what is copied out of this container of a pod, or into it.
    Copy(Target, String),
    /// Show the release of this workload.
    Release(Target),
    /// Give this container this image.
    Image(Target, String, String),
    /// Read the logs of these containers.
    LogContainers(Containers),
    /// Put this on the clipboard.
    CopyText(String),
    /// Put the rows on the clipboard.
    CopyTable(Form),
    /// Save the rows to a file.
    SaveTable(Form),
    /// Give what is shown a name.
    Bookmark(String),
    /// Take the name away.
    Unbookmark(String),
}

/// What can be typed to go somewhere, for the help and the docs.
pub const FORMS: &[(&str, &str)] = &[
    (":kind", "the kind, by any name that kubectl takes: `:po`, `:ingresses`, `:widgets.example.com`"),
    (":kind NS", "in this namespace; `a,b` in both, `shop-*` in those that match, `all` in all"),
    (":kind /FILTER", "filtered, as after `/`"),
    (":kind @CONTEXT", "in this context, which is opened first"),
    (":kind @A,B", "in several contexts, as one table; a group of the configuration and patterns too"),
    (":home @A,B", "the deployments of several contexts side by side, a column for each; `:@GROUP` too"),
    (":triage NS", "what is wrong in this namespace, or in `all`"),
    (":why KIND/NAME", "why this object is as it is; a namespace may follow: `:why deploy/web prod`"),
    (":ns NS", "the namespace, the namespaces, or those that match; `:ns` alone lists them"),
    (":ctx CONTEXT", "another context, when it answers; `:ctx` alone lists them"),
];

/// Where to go: what `:kind namespace /filter @context` says, in any order after the kind.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Go {
    /// The name of a kind, as kubectl takes it.
    pub kind: String,
    /// The namespace to go to, or all.
    pub namespace: Option<Option<String>>,
    /// The filter, as it is typed after `/`.
    pub filter: Option<String>,
    /// The context to open first.
    pub context: Option<String>,
}

impl Go {
    /// Reads what was typed; a filter goes to the end of the line, unless a context stands behind it.
    pub fn parse(typed: &str) -> Self {
        let (before, filter) = match typed.split_once(" /") {
            Some((before, filter)) => (before, Some(filter.trim())),
            None => (typed, None),
        };
        let (filter, behind) = match filter.and_then(|filter| filter.rsplit_once(" @")) {
            Some((filter, context)) if !context.contains(' ') => (Some(filter.trim()), Some(context)),
            _ => (filter, None),
        };
        let mut words = before.split_whitespace();
        let mut go = Self {
            kind: words.next().unwrap_or_default().to_lowercase(),
            filter: filter.filter(|filter| !filter.is_empty()).map(str::to_owned),
            context: behind.map(str::to_owned),
            ..Self::default()
        };
        for word in words {
            match word.strip_prefix('@') {
                Some(context) => {
                    let before = go.context.take().map_or_else(String::new, |before| before + ",");
                    go.context = Some(before + context);
                }
                None => go.namespace = Some(named(word)),
            }
        }
        go
    }
}

/// One thing that is offered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// What is typed to get it.
    pub label: String,
    /// Other words for it, matched too.
    pub aliases: &'static [&'static str],
    /// What it is.
    pub hint: String,
    /// What it does.
    pub command: Command,
}

/// What the list is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PickerKind {
    /// Everything, by name.
    Palette,
    /// The kubeconfig's contexts.
    Contexts,
    /// The cluster's namespaces.
    Namespaces,
    /// The containers of a template.
    Containers,
    /// The images for one of them.
    Images,
    /// The sides between which a service can be switched.
    Sides,
    /// The services behind which a deployment stands with others.
    Services,
    /// What becomes of a pod that leaves its controller.
    Orphan,
    /// The workloads behind a service.
    Releases,
    /// The containers whose logs are read.
    LogContainers,
    /// The kinds of a category.
    Kinds,
    /// What can be copied of a table.
    Copy,
    /// The keys of a Secret.
    Secret,
}

impl PickerKind {
    /// Its title.
    pub fn title(self) -> &'static str {
        match self {
            Self::Palette => "Go to, or do",
            Self::Contexts => "Context",
            Self::Namespaces => "Namespace",
            Self::Containers => "Container",
            Self::Images => "Image",
            Self::Sides => "Switch to",
            Self::Services => "Canary behind",
            Self::Orphan => "Orphan",
            Self::Releases => "Release of",
            Self::LogContainers => "Logs of",
            Self::Kinds => "Kind",
            Self::Copy => "Copy",
            Self::Secret => "Show the value of",
        }
    }
}

/// The open list.
#[derive(Debug, Clone)]
pub struct Picker {
    /// What it is for.
    pub kind: PickerKind,
    /// What has been typed.
    pub line: LineEdit,
    /// Everything that is offered.
    entries: Vec<Entry>,
    /// Indices of what matches, best first, with the matched characters of the label.
    shown: Vec<(usize, Vec<usize>)>,
    /// Which of the shown is selected.
    pub selected: usize,
    /// What is typed is like the entries that are shown, and none of them: Enter takes one only when somebody went to it.
    is_like: bool,
    /// For which container an image is chosen, and which it has now.
    pub subject: Option<(Target, String, String)>,
    /// Said under the list: still loading, why it is incomplete, why the text is no command.
    pub note: String,
}

impl Picker {
    /// An open list with nothing typed.
    pub fn new(kind: PickerKind, entries: Vec<Entry>) -> Self {
        let mut picker = Self {
            kind,
            line: LineEdit::default(),
            entries,
            shown: Vec::new(),
            selected: 0,
            is_like: false,
            subject: None,
            note: String::new(),
        };
        picker.narrow();
        picker
    }

    /// Offers other entries; what is typed stays, and where nothing is, what the cursor is on.
    pub fn offer(&mut self, entries: Vec<Entry>) {
        let here = self.shown.get(self.selected).map(|(at, _)| self.entries[*at].label.clone());
        self.entries = entries;
        self.narrow();
        if let (true, Some(label)) = (self.line.text().trim().is_empty(), here) {
            self.select(&label);
        }
    }

    /// What is shown now, with the matched character positions of each label.
    pub fn shown(&self) -> impl ExactSizeIterator<Item = (&Entry, &[usize])> {
        self.shown.iter().map(|(at, found)| (&self.entries[*at], found.as_slice()))
    }

    /// How many are offered in all.
    pub fn total(&self) -> usize {
        self.entries.len()
    }

    /// Whether an entry is selected, so that Enter takes it.
    pub fn has_cursor(&self) -> bool {
        !self.is_like
    }

    /// What the selected entry does.
    pub fn under_cursor(&self) -> Option<&Command> {
        self.shown.get(self.selected).map(|(at, _)| &self.entries[*at].command)
    }

    /// The names that are offered.
    pub fn names(&self) -> Vec<String> {
        let named = self.entries.iter().filter(|entry| matches!(entry.command, Command::Namespace(Some(_))));
        named.map(|entry| entry.label.clone()).collect()
    }

    /// Selects an entry by its label, where it is shown.
    pub fn select(&mut self, label: &str) {
        let at = self.shown().position(|(entry, _)| entry.label == label);
        self.selected = at.unwrap_or(self.selected);
    }

    /// Moves the selection, staying in the list.
    pub fn step(&mut self, by: isize) {
        let last = self.shown.len().saturating_sub(1);
        if std::mem::take(&mut self.is_like) {
            // The first step goes to the first one.
            return;
        }
        self.selected = self.selected.saturating_add_signed(by).min(last);
    }

    /// To be called after the line changed.
    pub fn narrow(&mut self) {
        self.selected = 0;
        self.is_like = false;
        self.note.clear();
        let typed = self.line.text().trim();
        if typed.is_empty() {
            self.shown = (0..self.entries.len()).map(|at| (at, Vec::new())).collect();
            return;
        }
        let matcher = SkimMatcherV2::default().smart_case();
        let mut found: Vec<(i64, usize, Vec<usize>)> = Vec::new();
        let mut is_like = self.kind == PickerKind::Palette;
        for (at, entry) in self.entries.iter().enumerate() {
            // Who types a whole word means it: `po` is pods, however well something else matches.
            if entry.label == typed || entry.aliases.contains(&typed) {
                found.push((i64::MAX, at, Vec::new()));
                is_like = false;
            } else if let Some((score, places)) = matcher.fuzzy_indices(&entry.label, typed) {
                let starts = i64::from(entry.label.starts_with(typed)) * 1_000_000;
                is_like &= !is_meant(&entry.label, typed, &places);
                found.push((score + starts, at, places));
            }
        }
        found.sort_by_key(|(score, at, _)| (std::cmp::Reverse(*score), *at));
        self.shown = found.into_iter().map(|(_, at, places)| (at, places)).collect();
        self.is_like = is_like && !self.shown.is_empty();
        if self.shown.is_empty() || self.is_like {
            self.note = match self.choose() {
                Ok(Command::Namespace(Some(name))) => format!("Enter: go to namespace {name}"),
                Ok(Command::Namespace(None)) => "Enter: all namespaces".to_owned(),
                Ok(Command::Context(name)) => format!("Enter: connect to context {name}"),
                Ok(Command::Apply(path)) => format!("Enter: the plan for the manifest in {path}"),
                Ok(Command::Explain(path)) => format!("Enter: the fields of {path}"),
                Ok(Command::Recent(span)) => format!("Enter: what changed in the last {span}"),
                Ok(Command::Bundle(path)) => format!("Enter: write a hand-over to {path}"),
                Ok(Command::Triage(Some(name))) => format!("Enter: what is wrong in {name}"),
                Ok(Command::Triage(None)) => "Enter: what is wrong in all namespaces".to_owned(),
                Ok(Command::Why(of)) => format!("Enter: why {of} is as it is"),
                Ok(Command::Can(words)) => format!("Enter: may you {words}?"),
                Ok(Command::Exec(command)) => format!("Enter: run {}", command.join(" ")),
                Ok(Command::Bookmark(name)) => {
                    format!("Enter: {name} stands for this kind, namespace and filter")
                }
                Ok(Command::Unbookmark(name)) => format!("Enter: take the bookmark {name} away"),
                Ok(Command::Go(go)) => format!("Enter: look for a kind called {}", go.kind),
                Ok(Command::Image(..)) => "Enter: the plan for what is typed".to_owned(),
                Ok(_) => String::new(),
                Err(why) => why,
            };
        }
    }

    /// What Enter means now: a namespace that is typed and not known is allowed, since one may not be allowed to list
    /// them. An error says why the text means nothing.
    pub fn choose(&self) -> Result<Command, String> {
        let typed = self.line.text().trim();
        let mut words = typed.split_whitespace();
        match (self.kind, words.next(), words.next()) {
            (PickerKind::Palette, Some("ns" | "namespace"), Some(name)) => {
                return Ok(Command::Namespace(named(name)));
            }
            (PickerKind::Palette, Some("bookmark"), Some(name)) => {
                return Ok(Command::Bookmark(name.chars().take(NAME).collect()));
            }
            (PickerKind::Palette, Some("unbookmark"), Some(name)) => {
                return Ok(Command::Unbookmark(name.to_owned()));
            }
            (PickerKind::Palette, Some("ctx" | "context"), Some(name)) => {
                return Ok(Command::Context(name.to_owned()));
            }
            // A path may have blanks in it.
            (PickerKind::Palette, Some("apply"), Some(_)) => {
                let path = typed.strip_prefix("apply").unwrap_or_default().trim();
                return Ok(Command::Apply(path.to_owned()));
            }
            (PickerKind::Palette, Some("explain"), Some(_)) => {
                let path = typed.strip_prefix("explain").unwrap_or_default().trim();
                return Ok(Command::Explain(path.to_owned()));
            }
            (PickerKind::Palette, Some("changes"), Some(span)) => {
                return Ok(Command::Recent(span.to_owned()));
            }
            (PickerKind::Palette, Some("bundle"), Some(_)) => {
                let path = typed.strip_prefix("bundle").unwrap_or_default().trim();
                return Ok(Command::Bundle(path.to_owned()));
            }
            (PickerKind::Palette, Some("triage" | "tri" | "wrong"), Some(name)) => {
                return Ok(Command::Triage(named(name)));
            }
            (PickerKind::Palette, Some("why"), Some(_)) => {
                let text = typed.strip_prefix("why").unwrap_or_default().trim();
                return Ok(Command::Why(text.to_owned()));
            }
            (PickerKind::Palette, Some("can"), Some(_)) => {
                let text = typed.strip_prefix("can").unwrap_or_default().trim();
                return Ok(Command::Can(text.to_owned()));
            }
            // What is typed is not looked into further than quotes go.
            (PickerKind::Palette, Some("exec"), Some(_)) => {
                let text = typed.strip_prefix("exec").unwrap_or_default();
                return Ok(Command::Exec(remote::words(text)));
            }
            (PickerKind::Palette, Some(kind), Some(_)) if self.names_a_kind(kind) || is_home(kind) => {
                return Ok(Command::Go(Go::parse(typed)));
            }
            (PickerKind::Palette, Some(group), _) if group.starts_with('@') => {
                return Ok(Command::Go(Go::parse(&format!("{HOME} {typed}"))));
            }
            (PickerKind::Palette, Some("theme"), Some(name)) => return Ok(Command::Theme(name.to_owned())),
            (PickerKind::Palette, Some("keymap"), Some(name)) => return Ok(Command::Keymap(name.to_owned())),
            (PickerKind::Palette, Some(word), Some(more)) if self.stands_alone(word) => {
                return Err(format!(":{word} takes nothing after it, not `{more}`"));
            }
            _ => {}
        }
        // Several, or a pattern, are none of the names, whatever else they resemble.
        if self.kind == PickerKind::Namespaces && typed.contains([',', '*']) && typed != "*" {
            return Ok(Command::Namespace(named(typed)));
        }
        if let Some((at, _)) = self.shown.get(self.selected)
            && self.has_cursor()
        {
            return Ok(self.entries[*at].command.clone());
        }
        match self.kind {
            PickerKind::Palette if !typed.is_empty() => Ok(Command::Go(Go::parse(typed))),
            PickerKind::Namespaces if !typed.is_empty() => Ok(Command::Namespace(named(typed))),
            PickerKind::Images if !typed.is_empty() && !typed.contains(char::is_whitespace) => {
                let (target, container, now) = self.subject.clone().ok_or("no container is chosen")?;
                Ok(Command::Image(target, container, images::typed(typed, &now)))
            }
            _ => Err(format!("nothing is called `{typed}`")),
        }
    }
}

impl Picker {
    /// Whether a word is a name of a kind that is offered.
    fn names_a_kind(&self, word: &str) -> bool {
        self.entries.iter().any(|entry| {
            matches!(entry.command, Command::Kind(_))
                && (entry.label == word || entry.aliases.contains(&word))
        })
    }

    /// Whether a word is a command that takes no other.
    fn stands_alone(&self, word: &str) -> bool {
        self.entries.iter().any(|entry| {
            matches!(entry.command, Command::Act(_) | Command::Namespace(_))
                && (entry.label == word || entry.aliases.contains(&word))
        })
    }
}

/// Whether who types this means an entry that it was found in: it is a part of the label, or the beginnings of its words.
fn is_meant(label: &str, typed: &str, places: &[usize]) -> bool {
    let before = |place: usize| label.chars().nth(place.checked_sub(1)?);
    let begins = |place: usize| before(place).is_none_or(|c| !c.is_alphanumeric());
    let follows = |at: usize, place: usize| at > 0 && places[at - 1] + 1 == place;
    label.to_lowercase().contains(&typed.to_lowercase())
        || places.iter().enumerate().all(|(at, place)| begins(*place) || follows(at, *place))
}

fn named(name: &str) -> Option<String> {
    (name != "all" && name != "*").then(|| name.to_owned())
}

/// The palette's entries: kinds, the program's own places, every action.
pub fn palette_entries(themes: &[String], keymaps: &[String], contexts: &[Context]) -> Vec<Entry> {
    const KINDS: [(Kind, &[&str]); 9] = [
        (Kind::Pod, &["po", "pod"]),
        (Kind::Deployment, &["deploy", "deployment", "dp"]),
        (Kind::Service, &["svc", "service"]),
        (Kind::ReplicaSet, &["rs", "replicaset"]),
        (Kind::StatefulSet, &["sts", "statefulset"]),
        (Kind::DaemonSet, &["ds", "daemonset"]),
        (Kind::EndpointSlice, &["eps", "endpointslice"]),
        (Kind::Node, &["no", "node"]),
        (Kind::Event, &["ev", "event"]),
    ];
    let entry = |label: &str, aliases: &'static [&'static str], hint: &str, command: Command| Entry {
        label: label.to_owned(),
        aliases,
        hint: hint.to_owned(),
        command,
    };
    let mut entries: Vec<Entry> = KINDS
        .iter()
        .map(|(kind, aliases)| {
            let (.., plural, name) = kind.resource();
            entry(plural, aliases, &format!("every {name}"), Command::Kind(*kind))
        })
        .collect();
    let home = "the four panes; `home @GROUP`: deployments of several contexts side by side";
    entries.push(entry(HOME, &["dash"], home, Command::Home));
    entries.push(entry("labels", &[], "the labels pane", Command::Act(Action::FocusLabels)));
    entries.push(entry(
        "ns",
        &["namespace"],
        "choose a namespace; `ns NAME` goes there",
        Command::Act(Action::Namespaces),
    ));
    entries.push(entry(
        "ctx",
        &["context", "contexts"],
        "choose a context; `ctx NAME` goes there",
        Command::Act(Action::Contexts),
    ));
    entries.push(entry(
        "bookmark",
        &[],
        "`bookmark NAME` gives this kind, namespace and filter a name",
        Command::Bookmark(String::new()),
    ));
    entries.push(entry("all", &["*"], "all namespaces", Command::Namespace(None)));
    entries.push(entry(
        "triage",
        &["tri", "wrong"],
        words(Action::Triage, contexts).help,
        Command::Act(Action::Triage),
    ));
    entries.push(entry("quit", &["q", "q!", "exit"], "leave Dogwatch", Command::Act(Action::Quit)));
    for name in themes {
        entries.push(entry(&format!("theme {name}"), &[], "use this theme", Command::Theme(name.clone())));
    }
    for name in keymaps {
        entries.push(entry(&format!("keymap {name}"), &[], "use this keymap", Command::Keymap(name.clone())));
    }
    for info in Action::ALL {
        if !matches!(
            info.action,
            Action::Palette | Action::Quit | Action::Contexts | Action::Namespaces | Action::Triage
        ) {
            entries.push(entry(info.name, &[], words(info.action, contexts).help, Command::Act(info.action)));
        }
    }
    entries
}

#[cfg(test)]
mod tests;
