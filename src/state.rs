//! Everything the screen is a function of. No function here awaits, reads a clock or does I/O.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use jiff::tz::TimeZone;

use crate::action::Action;
use crate::config::{Config, LogsConfig, Tmux, TriageConfig};
use crate::effect::{Effect, OpId};
use crate::gate::{Ground, Mode, Policy, Rules};
use crate::journal::Entry;
use crate::keymap::Keymap;
use crate::keymap::key::KeyPress;
use crate::memory::Memory;
use crate::model::cache::Cache;
use crate::model::columns::own::OwnColumns;
use crate::model::feed::FeedKey;
pub(crate) use crate::model::glob::glob;
use crate::model::labels::HashKeys;
use crate::model::record::Seconds;
use crate::model::sync::Statuses;
use crate::model::whereabouts::{Spot, Whereabouts};
use crate::screen::home::Home;
use crate::screen::overlay::Overlay;
use crate::screen::pane::{Pane, Sight, events};
use crate::screen::{self, Prompt, Screen};
use crate::theme::Theme;

pub mod applies;
pub mod arrivals;
mod barred;
mod canary;
pub mod changes;
pub mod contexts;
pub mod copies;
mod details;
pub mod edits;
mod explain;
pub mod feeds;
mod fleets;
pub mod forwards;
pub mod freshness;
mod groups;
pub mod handover;
mod journalled;
pub mod keys;
pub mod kinds;
mod logs;
mod mouse;
pub mod namespaces;
pub mod notices;
mod offered;
pub mod operations;
mod patterns;
mod placed;
mod recent;
mod relations;
pub mod release;
mod remembered;
pub mod remote;
pub mod rights;
pub mod seen;
pub mod selected;
pub mod session;
mod sheets;
pub mod steer;
mod take;
mod triage;
pub mod unattended;
mod usage;
pub mod whereabouts;
mod why;

use changes::Changes;
use notices::{Notice, Notices, Severity};
use operations::Operations;
use session::{Place, Session};

/// The time, handed in: no part of the state reads a clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Now {
    /// Monotonic, since the program's start.
    pub mono: Duration,
    /// Unix time.
    pub unix: Seconds,
}

/// What can be chosen by name: loaded before the loop starts, so that a key never waits for a file.
#[derive(Debug, Clone)]
pub struct Choices {
    /// Themes, resolved for the terminal's colours.
    pub themes: Vec<(String, Theme)>,
    /// Keymaps.
    pub keymaps: Vec<(String, Keymap)>,
}

/// What the user set before the start, or by keys since.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Index into [`Choices::themes`].
    pub theme: usize,
    /// Index into [`Choices::keymaps`].
    pub keymap: usize,
    /// Borders and signs in ASCII.
    pub ascii: bool,
    /// Panes are linked.
    pub linked: bool,
    /// Wide columns.
    pub wide: bool,
    /// How logs are read and shown to begin with.
    pub logs: LogsConfig,
    /// The time zone of local times.
    pub zone: TimeZone,
    /// The image that is offered for ephemeral containers.
    pub debug_image: String,
    /// Keys of labels that are folded.
    pub folded_labels: HashKeys,
    /// How long a watch goes on after nobody looks.
    pub linger: Duration,
    /// What may be changed, and how it is confirmed.
    pub policy: Policy,
    /// Columns of kinds, by their plurals.
    pub columns: BTreeMap<String, Vec<String>>,
    /// The rules of the configuration.
    pub rules: Arc<Rules>,
    /// Nothing is changed in any context.
    pub readonly: bool,
    /// Patterns of contexts in which nothing is changed.
    pub readonly_contexts: Vec<String>,
    /// Columns of the user's.
    pub own_columns: Arc<OwnColumns>,
    /// Patterns of contexts that are protected.
    pub protected: Vec<String>,
    /// How the end of a change is announced by the terminal: `bell`, `osc9`, `osc777`.
    pub ring: Vec<String>,
    /// Without a journal nothing is changed.
    pub journal_required: bool,
    /// Why the journal cannot be written, when it cannot.
    pub journal_trouble: Option<String>,
    /// How many ready pods a service must have after a switch, in percent of now.
    pub least_ready: u32,
    /// What a smoke check asks, unless the service says it; empty: nothing.
    pub smoke_path: String,
    /// Paths of endpoints that are offered.
    pub endpoints: Vec<String>,
    /// How long a change may take until the cluster shows it.
    pub deadline: Duration,
    /// What leaves a container that hangs.
    pub escape: Option<u8>,
    /// Where in tmux an entrance opens beside; `None` when the program is not in tmux.
    pub tmux: Option<Tmux>,
    /// Who uses the program.
    pub who: Who,
    /// Contexts open where they were left.
    pub resume: bool,
    /// Contexts that are looked at together, by the names of their groups.
    pub groups: BTreeMap<String, Vec<String>>,
    /// What counts as wrong.
    pub triage: TriageConfig,
}

/// Who uses the program, as this machine knows: for the journal.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Who {
    /// The user of this machine; empty when nothing says it.
    pub user: String,
    /// The user's number on this machine.
    pub uid: Option<u32>,
    /// `SSH_CLIENT`, when it came over SSH.
    pub ssh_client: String,
}

impl Who {
    /// Who does something, and by what that is known when it is not this machine's name of its user.
    pub fn named(&self, cluster_user: &str) -> (String, &'static str) {
        match (self.user.as_str(), cluster_user, self.uid) {
            ("", "", None) => (String::new(), ""),
            ("", "", Some(uid)) => (uid.to_string(), "uid"),
            ("", user, _) => (user.to_owned(), "kubeconfig"),
            (user, ..) => (user.to_owned(), ""),
        }
    }
}

impl From<&Config> for Settings {
    /// What the configuration says; the chosen theme and keymap come first among the [`Choices`].
    fn from(config: &Config) -> Self {
        Self {
            theme: 0,
            keymap: 0,
            ascii: config.ascii,
            linked: config.linked,
            wide: config.wide,
            logs: config.logs.clone(),
            zone: TimeZone::UTC,
            debug_image: config.debug.image.clone(),
            folded_labels: HashKeys::new(config.labels.fold.iter().cloned()),
            linger: config.linger,
            policy: Policy {
                mode: if config.readonly || config.on_call { Mode::ReadOnly } else { Mode::ReadWrite },
                reveals: config.secrets.reveal_readonly,
                ..Policy::default()
            },
            columns: config.columns.clone(),
            rules: config.rules.clone(),
            readonly: config.readonly || config.on_call,
            readonly_contexts: config.readonly_contexts.clone(),
            own_columns: config.own_columns.clone(),
            protected: config.protected.clone(),
            ring: config.changes.ring.clone(),
            journal_required: config.journal.required,
            journal_trouble: None,
            least_ready: config.changes.least_ready,
            smoke_path: config.changes.smoke_path.clone(),
            endpoints: config.endpoints.clone(),
            deadline: config.changes.deadline,
            escape: config.exec.escape,
            tmux: None,
            who: Who::default(),
            resume: config.resume,
            groups: config.groups.clone(),
            triage: config.triage.clone(),
        }
    }
}

/// What was read of a namespace that is not shown now.
#[derive(Debug, Default)]
pub struct Parked {
    /// Its records.
    pub cache: Cache,
    /// How current they are.
    pub statuses: Statuses,
}

/// The whole state.
#[derive(Debug)]
pub struct State {
    /// Where one is, and the link.
    pub session: Session,
    /// The records of the namespace in scope.
    pub cache: Cache,
    /// Which watches are wanted, and those that linger.
    pub feeds: feeds::Feeds,
    /// The four panes.
    pub home: Home,
    /// The screens over the home screen, the top one last.
    pub stack: Vec<Screen>,
    /// What lies over the screen.
    pub overlay: Option<Overlay>,
    /// The line that is being typed.
    pub prompt: Option<Prompt>,
    /// Keys of an unfinished sequence.
    pub pending: Vec<KeyPress>,
    /// Messages.
    pub notices: Notices,
    /// What can be chosen.
    pub choices: Choices,
    /// What is chosen.
    pub settings: Settings,
    /// How current the rows of each kind are.
    pub statuses: Statuses,
    /// What was read of other namespaces, kept true while its watches linger.
    pub parked: HashMap<Option<Box<str>>, Parked>,
    /// What the server selected for tables of their own.
    pub selected: selected::Selected,
    /// What this session saw change.
    pub seen: seen::SeenLog,
    /// The hand-over that is being read or written.
    handover: Option<handover::Handover>,
    /// The screens that one came back from, the next one last.
    pub ahead: Vec<Screen>,
    /// What is remembered from one run to the next.
    pub memory: Memory,
    /// There is something new to remember.
    learnt: bool,
    /// Where one is in the filters that were used.
    browsing: remembered::Browsing,
    /// The list of namespaces that is being read.
    pub namespaces_op: Option<OpId>,
    /// The asking for what is used.
    pub usage: Box<usage::Asking>,
    /// What is known of the user's rights.
    pub rights: rights::Rights,
    /// The patterns for which they are read.
    namespaces_wanted: Option<String>,
    /// Where one was in each context.
    pub whereabouts: Whereabouts,
    /// What was noted last.
    noted: Option<(String, Spot)>,
    /// The kinds that the server has.
    pub kinds: kinds::Kinds,
    /// Forwarded ports.
    pub forwards: forwards::Forwards,
    /// Copies of files that are on their way.
    pub copies: Vec<copies::Copying>,
    /// Changes that were confirmed in this session.
    pub changes: Changes,
    /// The lines of the journal that this session wrote, as far as they are shown.
    pub journalled: Vec<Entry>,
    /// When and by what the last plan was confirmed or closed, until its aftermath is over.
    pub plan_left: Option<crate::screen::plan::left::Left>,
    /// The key that came last, and when.
    last_key: Option<(KeyPress, Duration)>,
    /// Where the mouse was pressed last, and when.
    clicked: Option<(u16, u16, Duration)>,
    /// What is being edited.
    pub edit: Option<edits::Edit>,
    /// What was typed for other objects and could not be taken.
    pub put_aside: Vec<edits::Edit>,
    /// The manifest that is being read for its plan.
    pub applying: Option<applies::Applying>,
    /// Getting into containers.
    pub remote: remote::Remote,
    /// Plans are told and cannot be confirmed: nobody is at the keys.
    pub told: Option<unattended::Told>,
    /// Leaving was refused once already.
    pub leaving: bool,
    /// Columns and rows of the terminal.
    pub size: (u16, u16),
    /// What is on its way.
    pub operations: Operations,
    /// The time of what is being handled.
    now: Now,
}

impl State {
    /// The state at start, and what is to be done first.
    pub fn new(
        place: Place,
        choices: Choices,
        settings: Settings,
        size: (u16, u16),
        now: Now,
    ) -> (Self, Vec<Effect>) {
        let session = Session::new(place, now.mono);
        let kinds = kinds::Kinds::with(settings.own_columns.clone());
        let mut state = Self {
            home: Home::new(&settings),
            session,
            cache: Cache::default(),
            feeds: feeds::Feeds::default(),
            stack: Vec::new(),
            overlay: None,
            prompt: None,
            pending: Vec::new(),
            notices: Notices::default(),
            choices,
            settings,
            statuses: Statuses::default(),
            parked: HashMap::new(),
            selected: selected::Selected::new(),
            seen: seen::SeenLog::default(),
            handover: None,
            ahead: Vec::new(),
            memory: Memory::default(),
            learnt: false,
            browsing: remembered::Browsing::default(),
            namespaces_op: None,
            usage: Box::default(),
            rights: rights::Rights::default(),
            namespaces_wanted: None,
            whereabouts: Whereabouts::default(),
            noted: None,
            kinds,
            forwards: forwards::Forwards::default(),
            copies: Vec::new(),
            changes: Changes::default(),
            journalled: Vec::new(),
            plan_left: None,
            last_key: None,
            clicked: None,
            edit: None,
            put_aside: Vec::new(),
            applying: None,
            remote: remote::Remote::default(),
            told: None,
            leaving: false,
            size,
            operations: Operations::default(),
            now,
        };
        state.changes.deadline = state.settings.deadline;
        state.know_protection();
        state.dress_home();
        let mut effects = Vec::new();
        state.watch_what_is_shown(now, &mut effects);
        (state, effects)
    }

    /// The theme in use.
    pub fn theme(&self) -> &Theme {
        &self.choices.themes[self.settings.theme.min(self.choices.themes.len() - 1)].1
    }

    /// The keymap in use.
    pub fn keymap(&self) -> &Keymap {
        &self.choices.keymaps[self.settings.keymap.min(self.choices.keymaps.len() - 1)].1
    }

    /// What something that begins with this action is judged by.
    pub fn ground(&self, by: Action) -> Ground<'_> {
        let (policy, rules) = (self.settings.policy, &*self.settings.rules);
        Ground { policy, rules, context: &self.session.place.context, by }
    }

    /// Begins an operation.
    pub fn start_op(&mut self, words: impl Into<String>) -> OpId {
        self.operations.begin(words, self.now)
    }

    /// What happens from here on happens now.
    pub(crate) fn set_now(&mut self, now: Now) {
        self.now = now;
    }

    /// Tells the user something.
    pub fn tell(&mut self, severity: Severity, text: impl Into<String>, now: Now) {
        self.notices.push(Notice { at: now.mono, unix: now.unix, severity, text: text.into() });
    }

    /// Wants the watches of everything that is on the screen, and lets the others linger.
    pub fn watch_what_is_shown(&mut self, now: Now, effects: &mut Vec<Effect>) {
        let shown = self.stack.iter().flat_map(Screen::kinds);
        let kinds = Home::KINDS.iter().copied().chain(shown);
        let mut wanted: Vec<FeedKey> = kinds.flat_map(|kind| self.feed_keys(kind)).collect();
        let beside = self.pods_beside();
        wanted.extend(self.pattern_feed());
        for key in &wanted {
            self.statuses.of_mut(key.kind, &namespaces::region(key), now.mono);
        }
        let tables = self.stack.iter().filter_map(|screen| match screen {
            Screen::Table(pane) if !pane.selectors.is_empty() => Some(self.feeds_of(pane)),
            _ => None,
        });
        let selected: Vec<FeedKey> = tables.flatten().collect();
        for key in &selected {
            self.keep_selected(key, now);
        }
        wanted.extend(selected);
        wanted.extend(beside);
        self.feeds.want(&wanted, now.mono, self.settings.linger, effects);
        for key in self.feeds.expire(now.mono, effects) {
            self.forget(&key);
        }
        self.note_for_triage();
    }

    /// What panes look at.
    pub fn sight(&self, now: Now) -> Sight<'_> {
        Sight::new(&self.cache, &self.selected, &self.parked, &self.session, now)
    }

    /// Goes on with what is worked out in steps, for about so many rows; true while there is more to do.
    pub fn work(&mut self, now: Now, rows: usize) -> bool {
        let sight = Sight::new(&self.cache, &self.selected, &self.parked, &self.session, now);
        let mut more = self.home.work(rows, &sight);
        for screen in self.stack.iter_mut().chain(&mut self.ahead) {
            match screen {
                Screen::Table(pane) => {
                    more |= pane.with_look(&sight, |pane, look| pane.work(rows, look)).0;
                }
                Screen::Logs(logs) => more |= logs.work(rows),
                Screen::Release(release) => {
                    more |= release.logs.as_mut().is_some_and(|logs| logs.work(rows));
                }
                _ => {}
            }
        }
        if !more {
            self.settle(now);
        }
        more
    }

    /// Brings every cursor into view. Everything that changes the state ends with this.
    pub fn settle(&mut self, now: Now) {
        let sight = Sight::new(&self.cache, &self.selected, &self.parked, &self.session, now);
        let body = screen::body(self.size);
        self.home.settle(body, &sight);
        self.home.link(&sight);
        self.settle_release();
        self.settle_canary();
        self.settle_logs();
        self.settle_triage(now);
        self.settle_text(now);
        let sight = Sight::new(&self.cache, &self.selected, &self.parked, &self.session, now);
        if let Some(Screen::Table(pane)) = self.stack.last_mut() {
            pane.height = screen::home::layout::rows_of(events::above(pane, body));
            pane.with_look(&sight, Pane::settle);
            if pane.sides().is_some()
                && let Some(fleet) = &mut pane.fleet
            {
                let height = usize::from(body.height.saturating_sub(screen::sides::ABOVE));
                fleet.settle_sides(pane.view.shown(), now.mono, height);
            }
        }
    }

    /// Measures what is in view, before it is drawn.
    pub fn measure(&mut self, now: Now) {
        let sight = Sight::new(&self.cache, &self.selected, &self.parked, &self.session, now);
        if let Some(Screen::Table(pane)) = self.stack.last_mut() {
            pane.with_look(&sight, Pane::measure);
        } else {
            self.home.measure(&sight);
        }
    }

    /// Something on the screen was due to change by itself.
    pub fn on_time(&mut self, now: Now) -> Vec<Effect> {
        self.now = now;
        let mut effects = Vec::new();
        for news in self.changes.on_time(now, &mut effects) {
            self.on_news(&news, now, &mut effects);
        }
        for key in self.feeds.expire(now.mono, &mut effects) {
            self.forget(&key);
        }
        for pane in self.home.panes_mut() {
            pane.flashes.calm_down(now.mono);
        }
        self.ask_usage(now, &mut effects);
        self.ask_certificates(now, &mut effects);
        effects
    }

    /// Nobody follows a feed any more: what it brought is let go.
    fn forget(&mut self, key: &FeedKey) {
        for screen in &mut self.ahead {
            if let Screen::Table(pane) = screen
                && pane.kind == key.kind
                && pane.selectors == key.selectors
            {
                // Its rows come again when it is shown again; cursor and marks are objects and stay.
                pane.begin_anew(key.selectors.clone());
                pane.groups = pane.groups.take().map(|_| Box::default());
                pane.view.clear();
            }
        }
        if !key.selectors.is_empty() {
            return self.forget_selected(key);
        }
        if self.is_in_scope(key) {
            self.cache.clear(&[key.kind]);
            self.statuses.remove(&key.kind);
        } else {
            if let Some(parked) = self.parked.get_mut(&key.namespace) {
                parked.cache.clear(&[key.kind]);
                parked.statuses.remove(&key.kind);
            }
            if !self.feeds.any_of(key.namespace.as_deref()) {
                self.parked.remove(&key.namespace);
            }
        }
    }
}

#[cfg(test)]
mod tests;
