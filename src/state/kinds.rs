//! The kinds that the server has: read from discovery when somebody asks for one by name, and again when what was read is
//! old, so that a new custom resource needs no restart.

use std::sync::Arc;
use std::time::Duration;

use crate::config::warning::nearest;
use crate::effect::{Effect, OpId};
use crate::model::catalogue::{Catalogue, Discovered, Served};
use crate::model::column::Column;
use crate::model::columns::own::OwnColumns;
use crate::model::columns::served::ServedColumns;
use crate::model::columns::with_context;
use crate::model::record::Kind;
use crate::model::trouble::Trouble;
use crate::screen::Screen;
use crate::screen::overlay::Overlay;
use crate::screen::pane::Pane;
use crate::screen::pane::order::fleet_sort;
use crate::screen::picker::{Command, Entry, Go, Picker, PickerKind, is_home};
use crate::screen::sides::Sides;
use crate::state::notices::Severity;
use crate::state::remembered;
use crate::state::{Now, State};

/// Older than this, discovery is read again when a name is asked for.
const YOUNG: Duration = Duration::from_secs(10);

/// What is known of the server's kinds.
#[derive(Debug, Default)]
pub struct Kinds {
    /// Their names.
    pub catalogue: Catalogue,
    /// Their columns.
    pub columns: ServedColumns,
    /// The reading that is on its way.
    op: Option<OpId>,
    /// When it was read last.
    read: Option<Duration>,
    /// The columns of tables that show several contexts: made once for each set of columns.
    with_context: Vec<(&'static [Column], &'static [Column])>,
    /// Where to go when it has been read.
    wanted: Option<Go>,
    /// What to explain then.
    pub(super) explain: Option<String>,
    /// Which right is asked about then.
    pub(super) can: Option<String>,
}

impl Kinds {
    /// With columns of the user's.
    pub(super) fn with(own: Arc<OwnColumns>) -> Self {
        Self { columns: ServedColumns::with(own), ..Self::default() }
    }

    /// Another cluster: its kinds are others.
    pub(super) fn forget(&mut self) {
        self.catalogue.forget();
        (self.op, self.read) = (None, None);
    }

    /// Where to go in another context is forgotten, unless it is this one: another is opened, or none.
    pub(super) fn go_only_to(&mut self, context: Option<&str>) {
        let stays = |go: &Go| go.context.is_none() || go.context.as_deref() == context;
        if !self.wanted.as_ref().is_some_and(stays) {
            self.wanted = None;
        }
    }

    /// Whether they are being read.
    pub(super) fn are_asked(&self) -> bool {
        self.op.is_some()
    }

    /// Whether a kind can only be listed.
    pub fn is_polled(&self, kind: Kind) -> bool {
        self.catalogue.served().iter().any(|served| served.kind == kind && !served.watched)
    }

    fn entry(served: &Served) -> Entry {
        let (group, version, plural, name) = served.kind.resource();
        let of = if group.is_empty() { version.to_owned() } else { format!("{group}/{version}") };
        Entry {
            label: plural.to_owned(),
            aliases: served.names,
            hint: format!("every {name}, {of}"),
            command: Command::Kind(served.kind),
        }
    }

    /// The palette's entries for the kinds that the program does not know by itself.
    pub(super) fn entries(&self) -> Vec<Entry> {
        let others = self.catalogue.served().iter().filter(|served| matches!(served.kind, Kind::Other(_)));
        others.map(Self::entry).collect()
    }
}

impl State {
    /// Reads discovery, unless what is known of it is young.
    pub(super) fn discover(&mut self, now: Now, effects: &mut Vec<Effect>) {
        let young = self.kinds.read.is_some_and(|read| now.mono < read + YOUNG);
        if young || self.kinds.op.is_some() {
            return;
        }
        let op = self.start_op("read which kinds the server has");
        self.kinds.op = Some(op);
        effects.push(Effect::Discover(op));
    }

    /// Discovery was read, or could not be.
    pub fn on_discovered(
        &mut self,
        op: OpId,
        result: Result<Discovered, Trouble>,
        now: Now,
        effects: &mut Vec<Effect>,
    ) {
        self.operations.end(op);
        if self.kinds.op != Some(op) {
            return;
        }
        self.kinds.op = None;
        match result {
            Ok(discovered) => {
                self.kinds.catalogue.learn(discovered);
                self.kinds.read = Some(now.mono);
            }
            Err(trouble) => {
                // Who asks again is answered by another reading; by itself this would go on and on.
                (self.kinds.explain, self.kinds.can) = (None, None);
                self.tell(Severity::Warning, format!("the server's kinds could not be read: {trouble}"), now);
            }
        }
        self.offer_kinds();
        self.triage_kinds(now, effects);
        self.go_on(now, effects);
        if let Some(typed) = self.kinds.explain.take() {
            self.explain(&typed, now, effects);
        }
        if let Some(typed) = self.kinds.can.take() {
            self.can(&typed, now, effects);
        }
    }

    /// Whether discovery is being read.
    pub(super) fn is_discovering(&self) -> bool {
        self.kinds.op.is_some()
    }

    /// Says that nothing in the palette is called so.
    /// The kind that a word is a name of, as in the palette.
    pub(super) fn kind_called(&self, word: &str) -> Option<Kind> {
        let known = Kind::ALL.into_iter().find(|kind| {
            let (.., plural, name) = kind.resource();
            plural == word || name.eq_ignore_ascii_case(word)
        });
        let named = || {
            self.palette().into_iter().find_map(|entry| match entry.command {
                Command::Kind(kind) if entry.label == word || entry.aliases.contains(&word) => Some(kind),
                _ => None,
            })
        };
        known.or_else(|| self.kinds.catalogue.find(word).map(|served| served.kind)).or_else(named)
    }

    pub(super) fn nothing_called(&self, name: &str) -> String {
        let entries = self.palette();
        let names = entries
            .iter()
            .flat_map(|entry| std::iter::once(entry.label.as_str()).chain(entry.aliases.iter().copied()));
        let near = nearest(name, names).map_or_else(String::new, |near| format!(", did you mean {near}?"));
        format!("no such kind or command: {name}{near}{}", self.unread())
    }

    /// What of discovery could not be read, as the end of a sentence.
    fn unread(&self) -> String {
        let broken: Vec<&str> = self.kinds.catalogue.broken.iter().map(|(group, _)| group.as_str()).collect();
        if broken.is_empty() { String::new() } else { format!("; {} could not be read", broken.join(", ")) }
    }

    /// Says that a kind or a resource is not there, which name is like it, and what could not be read.
    pub(super) fn not_served(&self, what: &str, name: &str) -> String {
        let served = self.kinds.catalogue.served().iter().flat_map(|served| served.names.iter().copied());
        let near = nearest(name, served).map_or_else(String::new, |near| format!(", did you mean {near}?"));
        format!("the server has no {what} called {name}{near}{}", self.unread())
    }

    /// An open palette offers what is known now.
    fn offer_kinds(&mut self) {
        // Actions have the words of what lies below the palette.
        let overlay = self.overlay.take();
        let entries = self.palette();
        self.overlay = overlay;
        if let Some(Overlay::Picker(picker)) = &mut self.overlay
            && picker.kind == PickerKind::Palette
        {
            picker.offer(entries);
        }
    }

    /// Goes to a kind by its name, in a namespace, filtered, in another context, as far as these are said.
    pub(super) fn go(&mut self, go: Go, now: Now, effects: &mut Vec<Effect>) {
        let several = go.context.as_deref().and_then(|text| self.contexts_of(text));
        if let Some(context) = &go.context
            && several.is_none()
            && *context != self.session.place.context
        {
            self.kinds.wanted = Some(go.clone());
            self.command(Command::Context(context.clone()), now, effects);
            if self.session.opening.is_none() {
                self.kinds.wanted = None;
            }
            return;
        }
        if is_home(&go.kind) {
            return match several {
                Some(names) => self.show_fleet(Sides::KIND, names, go, now, effects),
                None => self.show_home(go, now, effects),
            };
        }
        let Some(kind) = self.kind_called(&go.kind) else {
            return self.go_unknown(go, now, effects);
        };
        if let Some(names) = several {
            return self.show_fleet(kind, names, go, now, effects);
        }
        if let Some(namespace) = go.namespace {
            self.go_to_namespaces(namespace, now, effects);
        }
        self.show_kind(kind, now, effects);
        if let (Some(filter), Some(Screen::Table(pane))) = (go.filter, self.stack.last_mut()) {
            pane.set_filter(&filter);
        }
    }

    /// The four panes, in a namespace, as far as one is said.
    fn show_home(&mut self, go: Go, now: Now, effects: &mut Vec<Effect>) {
        if let Some(namespace) = go.namespace {
            self.go_to_namespaces(namespace, now, effects);
        }
        self.go_home(now, effects);
        if let (Some(filter), Some(pane)) = (go.filter, self.home.focused_mut()) {
            pane.set_filter(&filter);
        }
    }

    /// The name is a category, or none of a kind that is known; perhaps it is new.
    fn go_unknown(&mut self, go: Go, now: Now, effects: &mut Vec<Effect>) {
        let of_category: Vec<Entry> = self.kinds.catalogue.category(&go.kind).map(Kinds::entry).collect();
        if !of_category.is_empty() {
            self.overlay = Some(Overlay::Picker(Box::new(Picker::new(PickerKind::Kinds, of_category))));
            return;
        }
        self.discover(now, effects);
        if self.kinds.op.is_some() {
            self.kinds.wanted = Some(go);
            return;
        }
        let words = self.nothing_called(&go.kind);
        self.tell(Severity::Warning, words, now);
    }

    /// Shows all objects of a kind.
    pub(super) fn show_kind(&mut self, kind: Kind, now: Now, effects: &mut Vec<Effect>) {
        self.go_home(now, effects);
        let mut pane = Pane::new(kind, self.settings.wide);
        self.dress(&mut pane);
        self.ahead.clear();
        self.stack.push(Screen::Table(Box::new(pane)));
        self.watch_what_is_shown(now, effects);
    }

    /// Goes on where one wanted to after another context was opened, if anywhere.
    pub(super) fn go_on(&mut self, now: Now, effects: &mut Vec<Effect>) -> bool {
        let Some(go) = self.kinds.wanted.take() else { return false };
        self.go(go, now, effects);
        self.select_by_server(now, effects);
        true
    }

    /// Every table of a kind has the columns that the server says.
    pub(super) fn dress_tables(&mut self, kind: Kind) {
        let Self { kinds, stack, memory, settings, .. } = self;
        for screen in stack {
            if let Screen::Table(pane) = screen
                && pane.kind == kind
            {
                let before = pane.view.columns();
                kinds.dress(pane);
                if !std::ptr::eq(before, pane.view.columns()) {
                    remembered::dress(pane, memory, &settings.columns);
                }
            }
        }
    }
}

impl Kinds {
    /// Gives a table the columns of its kind, as far as they are known.
    pub(super) fn dress(&mut self, pane: &mut Pane) {
        pane.set_usual_order(self.columns.order(pane.kind));
        let known = self.columns.of(pane.kind);
        if pane.fleet.is_none() {
            return pane.set_columns(known);
        }
        let made = self.with_context.iter().find(|(of, _)| std::ptr::eq(*of, known));
        let shown = made
            .map_or_else(|| -> &'static [Column] { Box::leak(with_context(known).into()) }, |(_, made)| made);
        if made.is_none() {
            self.with_context.push((known, shown));
        }
        pane.set_columns(shown);
        pane.view.set_sort(&fleet_sort(pane.kind, shown));
    }
}
