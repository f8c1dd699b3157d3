//! Which namespaces are shown: one, several (`a,b`, `shop-*`), or all; and what stands in for all where the cluster lets one
//! list in single namespaces only.

use crate::effect::{Effect, OpId};
use crate::model::feed::{FeedKey, FeedUpdate, Region, Selectors};
use crate::model::record::Kind;
use crate::model::trouble::{Trouble, TroubleKind};
use crate::screen::Screen;
use crate::screen::home::Home;
use crate::screen::overlay::Overlay;
use crate::screen::picker::{Command, Entry, Picker, PickerKind};
use crate::state::notices::Severity;
use crate::state::patterns::matching;
use crate::state::{Now, Parked, State, remembered};

/// Each namespace of several has watches of its own: more than this are all, with a filter.
pub const MOST: usize = 30;

impl State {
    /// The feeds of a kind in the current scope.
    pub fn feed_keys(&self, kind: Kind) -> Vec<FeedKey> {
        let key = |namespace: Option<&str>| FeedKey {
            kind,
            namespace: namespace.map(Into::into),
            selectors: Selectors::default(),
            session: self.session.id,
        };
        let session = &self.session;
        if !kind.namespaced() {
            return vec![key(None)];
        }
        if session.narrowed.contains(&kind) {
            return session.stand_in.iter().map(|name| key(Some(name))).collect();
        }
        match session.several.as_slice() {
            [] => vec![key(session.namespace.as_deref())],
            several => several.iter().map(|name| key(Some(name))).collect(),
        }
    }

    /// Whether a feed brings rows of the current scope.
    pub(super) fn is_in_scope(&self, key: &FeedKey) -> bool {
        self.feed_keys(key.kind).contains(key)
    }

    /// Whether the rows of a kind that are in a namespace are among those that are followed.
    pub(super) fn covers(&self, kind: Kind, namespace: &str) -> bool {
        self.feed_keys(kind).iter().any(|key| key.namespace.as_deref().is_none_or(|scope| scope == namespace))
    }

    /// What is shown of a kind that may not be listed in all namespaces: the favourites, or the context's own namespace.
    fn instead_of_all(&self) -> Vec<String> {
        let spot = self.spot();
        let favourites =
            spot.favourites.iter().flat_map(|text| parts(text)).filter(|part| !part.contains('*'));
        let mut names: Vec<String> = favourites.take(MOST).map(str::to_owned).collect();
        names.sort();
        names.dedup();
        if names.is_empty() { vec![self.session.place.own.clone()] } else { names }
    }

    /// Where a kind is shown alone, when that is less than the scope.
    pub fn narrowed_to(&self, kind: Kind) -> Option<String> {
        self.session.narrowed.contains(&kind).then(|| self.session.stand_in.join(","))
    }

    /// A kind may not be listed in all namespaces: what is there instead is shown by itself, and that is said.
    pub(super) fn narrow_if_forbidden(
        &mut self,
        key: &FeedKey,
        update: &FeedUpdate,
        now: Now,
        effects: &mut Vec<Effect>,
    ) {
        let FeedUpdate::Interrupted(trouble) = update else { return };
        let all = key.namespace.is_none() && key.kind.namespaced();
        if !all || trouble.kind != TroubleKind::Forbidden || self.session.narrowed.contains(&key.kind) {
            return;
        }
        self.feeds.restart(key, effects);
        self.cache.clear(&[key.kind]);
        self.statuses.remove(&key.kind);
        if self.session.narrowed.is_empty() {
            self.session.stand_in = self.instead_of_all();
        }
        self.session.narrowed.push(key.kind);
        let instead = self.session.stand_in.join(",");
        if Home::KINDS.iter().all(|kind| self.session.narrowed.contains(kind)) {
            // Nothing is left of all namespaces.
            let words = format!("all namespaces: {trouble}; {instead} is shown instead");
            self.tell(Severity::Warning, words, now);
            return self.go_to_namespace(Some(&instead), now, effects);
        }
        if !self.is_said_by_triage(key.kind) {
            let (.., plural, _) = key.kind.resource();
            let words = format!("{plural} of all namespaces: {trouble}; those of {instead} are shown");
            self.tell(Severity::Warning, words, now);
        }
        self.end_overlapping(&self.feed_keys(key.kind), effects);
        self.watch_what_is_shown(now, effects);
    }

    /// Ends feeds that lingered for another scope: what they brought is in no cache of the one that they are wanted for now.
    pub(super) fn end_overlapping(&mut self, keys: &[FeedKey], effects: &mut Vec<Effect>) {
        for key in keys {
            self.feeds.restart(key, effects);
            if let Some(parked) = self.parked.get_mut(&key.namespace) {
                parked.cache.clear(&[key.kind]);
                parked.statuses.remove(&key.kind);
            }
        }
    }

    /// Goes where a text says: a namespace, several with commas between them, patterns, or (`None`) all.
    pub(super) fn go_to_namespaces(&mut self, text: Option<String>, now: Now, effects: &mut Vec<Effect>) {
        self.namespaces_wanted = None;
        match text {
            Some(text) if text.contains('*') => {
                let op = self.start_op(format!("list the namespaces for {text}"));
                self.namespaces_op = Some(op);
                self.namespaces_wanted = Some(text);
                effects.push(Effect::ListNamespaces(op));
            }
            text => self.go_to_namespace(text.as_deref(), now, effects),
        }
    }

    /// Goes to the namespaces that match the patterns, among those that are known; `follows`: these are all, and those that come
    /// later join.
    fn go_to_matching(
        &mut self,
        text: &str,
        known: &[String],
        follows: bool,
        now: Now,
        effects: &mut Vec<Effect>,
    ) {
        let names = matching(text, known);
        match names.len() {
            0 => self.tell(Severity::Warning, format!("no namespace matches {text}"), now),
            many if many > MOST => {
                let words = format!(
                    "{text} matches {many} namespaces, and at most {MOST} are watched one by one: show all, and filter"
                );
                self.tell(Severity::Warning, words, now);
            }
            many => {
                match many {
                    1 if !follows => self.go_to_namespace(names.first().map(String::as_str), now, effects),
                    _ => self.show_namespaces(None, names.clone(), now, effects),
                }
                if !self.session.several.is_empty() {
                    self.session.scope = Some(text.to_owned());
                    self.session.follows = follows;
                    self.watch_what_is_shown(now, effects);
                    // One goes there again by the pattern.
                    let spot = self.spot_mut();
                    spot.recent.retain(|known| *known != names.join(","));
                    spot.visit(text);
                }
            }
        }
    }

    /// Shows one namespace, several (with commas between them), or all. What was read of the one before is kept true for a
    /// while.
    pub(super) fn go_to_namespace(&mut self, text: Option<&str>, now: Now, effects: &mut Vec<Effect>) {
        let several: Vec<String> = match text {
            Some(text) => parts(text).map(str::to_owned).collect(),
            None => Vec::new(),
        };
        if several.len() > MOST {
            let words = format!("at most {MOST} namespaces are watched one by one");
            return self.tell(Severity::Warning, words, now);
        }
        let (namespace, several) = match several.as_slice() {
            [one] => (Some(one.clone()), Vec::new()),
            _ => (None, several),
        };
        self.show_namespaces(namespace, several, now, effects);
    }

    /// Shows one namespace, or these.
    fn show_namespaces(
        &mut self,
        namespace: Option<String>,
        several: Vec<String>,
        now: Now,
        effects: &mut Vec<Effect>,
    ) {
        let scoped = self.session.scope.is_some();
        if namespace == self.session.namespace
            && several == self.session.several
            && self.session.narrowed.is_empty()
        {
            if scoped {
                (self.session.scope, self.session.follows) = (None, false);
                self.watch_what_is_shown(now, effects);
            }
            return;
        }
        let kept = self.object().map(|record| record.meta().uid.clone());
        self.leave_namespaces(effects);
        if let Some(scope) = self.session.text() {
            self.session.narrow = Some(scope);
        }
        (self.session.namespace, self.session.several, self.session.scope) = (namespace, several, None);
        (self.session.follows, self.session.unmatched, self.session.surplus) = (false, false, 0);
        let kinds: Vec<Kind> = self.feeds.kinds();
        for kind in kinds.iter().filter(|kind| !kind.namespaced()) {
            // A kind without namespaces is in no cache of one: it is read again.
            self.feeds.restart(&self.feed_keys(*kind)[0], effects);
        }
        if self.session.several.is_empty() {
            let here = self.session.namespace.clone().map(String::into_boxed_str);
            if let Some(parked) = self.parked.remove(&here) {
                self.cache = parked.cache;
                self.statuses = parked.statuses;
            }
        } else {
            let keys: Vec<FeedKey> = kinds.iter().flat_map(|kind| self.feed_keys(*kind)).collect();
            self.end_overlapping(&keys, effects);
        }
        self.note_namespaces();
        // Details belong to the namespace that is left.
        let belongs = |screen: &Screen| {
            matches!(
                screen,
                Screen::Text(_)
                    | Screen::Containers(_)
                    | Screen::Logs(_)
                    | Screen::Canary(_)
                    | Screen::Relations(_)
                    | Screen::Recent(_)
                    | Screen::Why(_)
            )
        };
        while self.stack.last().is_some_and(belongs) {
            self.leave_screen(effects);
        }
        self.home.forget();
        self.dress_home();
        self.ahead.clear();
        self.selected.clear();
        for screen in &mut self.stack {
            if let Screen::Table(pane) = screen
                && pane.fleet.is_none()
            {
                let (columns, filter) = (pane.view.columns(), std::mem::take(&mut pane.filter_text));
                **pane = crate::screen::pane::Pane::new(pane.kind, pane.wide);
                pane.set_columns(columns);
                self.kinds.dress(pane);
                remembered::dress(pane, &self.memory, &self.settings.columns);
                pane.set_filter(&filter);
            }
        }
        // The cursor stays on its object, where that is in the new scope too.
        if let (Some(uid), None, Some(pane)) = (kept, self.stack.last(), self.home.focused_mut()) {
            pane.go_to(&uid, self.cache.table(pane.kind));
        }
        self.watch_what_is_shown(now, effects);
        self.work(now, usize::MAX);
    }

    /// Parks what was read of one namespace, or of all; several are let go, since each of them may be wanted alone.
    fn leave_namespaces(&mut self, effects: &mut Vec<Effect>) {
        let cache = std::mem::take(&mut self.cache);
        let statuses = std::mem::take(&mut self.statuses);
        let narrowed = std::mem::take(&mut self.session.narrowed);
        let stand_in = std::mem::take(&mut self.session.stand_in);
        let mut parked = Parked { cache, statuses };
        let kinds = if self.session.several.is_empty() { narrowed } else { self.feeds.kinds() };
        for kind in kinds.into_iter().filter(|kind| kind.namespaced()) {
            let several = self.session.several.iter().cloned();
            let names: Vec<String> = several.chain(stand_in.clone()).collect();
            for name in names {
                let key = FeedKey {
                    kind,
                    namespace: Some(name.into()),
                    selectors: Selectors::default(),
                    session: self.session.id,
                };
                let in_scope = self.session.several.is_empty()
                    || self.session.several.iter().any(|name| key.namespace.as_deref() == Some(name));
                if in_scope {
                    self.feeds.restart(&key, effects);
                }
            }
            parked.cache.clear(&[kind]);
            parked.statuses.remove(&kind);
        }
        if self.session.several.is_empty() {
            let before = self.session.namespace.clone().map(String::into_boxed_str);
            self.parked.insert(before, parked);
        }
    }

    /// Opens the list of namespaces: the favourites first, then the recent ones.
    pub(super) fn open_namespaces(&mut self, effects: &mut Vec<Effect>) {
        let op = self.start_op("list the namespaces");
        self.namespaces_op = Some(op);
        self.namespaces_wanted = None;
        effects.push(Effect::ListNamespaces(op));
        let mut picker = Picker::new(PickerKind::Namespaces, self.namespace_entries(self.known_namespaces()));
        "reading the namespaces…".clone_into(&mut picker.note);
        let here = self.session.text();
        picker.select(here.as_deref().unwrap_or("all"));
        self.overlay = Some(Overlay::Picker(Box::new(picker)));
    }

    /// Until they have been listed, and where that is forbidden: those that are known from what is on the screen.
    fn known_namespaces(&self) -> Vec<String> {
        let session = &self.session;
        let mut known: Vec<String> = session.namespace.iter().chain(&session.several).cloned().collect();
        known.push(session.place.own.clone());
        for kind in Home::KINDS {
            let rows = self.cache.table(kind).iter().take(5_000);
            known.extend(rows.map(|(_, record)| record.meta().namespace.to_string()));
        }
        known
    }

    /// Entries for namespaces by name: all, the favourites, the recent ones, the others.
    fn namespace_entries(&self, mut names: Vec<String>) -> Vec<Entry> {
        let spot = self.spot();
        names.extend(spot.favourites.iter().chain(&spot.recent).cloned());
        names.retain(|name| !name.is_empty());
        names.sort();
        names.dedup();
        let rank = |name: &String| {
            let recent = spot.recent.iter().position(|one| one == name);
            (!spot.favourites.contains(name), recent.unwrap_or(usize::MAX))
        };
        names.sort_by_key(rank);
        let all = Entry {
            label: "all".to_owned(),
            aliases: &["*"],
            hint: "every namespace".to_owned(),
            command: Command::Namespace(None),
        };
        let here = self.session.text();
        let named = names.into_iter().map(|name| {
            let said = [
                (here.as_deref() == Some(&name), "here"),
                (spot.favourites.contains(&name), "favourite"),
                (spot.recent.contains(&name), "recent"),
            ];
            let hint: Vec<&str> = said.iter().filter(|(said, _)| *said).map(|(_, word)| *word).collect();
            Entry {
                label: name.clone(),
                aliases: &[],
                hint: hint.join("  "),
                command: Command::Namespace(Some(name)),
            }
        });
        std::iter::once(all).chain(named).collect()
    }

    /// Marks the namespace under the cursor of the list as a favourite, or takes the mark away.
    pub(super) fn toggle_favourite(&mut self, now: Now) {
        let Some(Overlay::Picker(picker)) = &self.overlay else { return };
        let (PickerKind::Namespaces, Some(Command::Namespace(Some(name)))) =
            (picker.kind, picker.under_cursor().cloned())
        else {
            return self.tell(Severity::Info, "favourites are namespaces: mark them in the list of :ns", now);
        };
        let names = picker.names();
        self.spot_mut().toggle(&name);
        let entries = self.namespace_entries(names);
        if let Some(Overlay::Picker(picker)) = &mut self.overlay {
            picker.offer(entries);
            picker.select(&name);
        }
    }

    /// The namespaces were read.
    pub fn on_namespaces(
        &mut self,
        op: OpId,
        result: Result<Vec<String>, Trouble>,
        now: Now,
        effects: &mut Vec<Effect>,
    ) {
        self.operations.end(op);
        if self.namespaces_op != Some(op) {
            return;
        }
        self.namespaces_op = None;
        if let Some(text) = self.namespaces_wanted.take() {
            let listed = result.is_ok();
            let known = match result {
                Ok(names) => names,
                Err(trouble) if trouble.kind == TroubleKind::Cancelled => return,
                Err(trouble) => {
                    let words =
                        format!("{trouble}; {text} is looked for among the namespaces that are known");
                    self.tell(Severity::Warning, words, now);
                    let spot = self.spot();
                    let remembered = spot.favourites.iter().chain(&spot.recent).cloned();
                    self.known_namespaces().into_iter().chain(remembered.collect::<Vec<_>>()).collect()
                }
            };
            return self.go_to_matching(&text, &known, listed, now, effects);
        }
        let entries = result.map(|names| self.namespace_entries(names));
        if let Some(Overlay::Picker(picker)) = &mut self.overlay
            && picker.kind == PickerKind::Namespaces
        {
            match entries {
                Ok(entries) => picker.offer(entries),
                Err(trouble) => picker.note = format!("{trouble}; a name that is typed works all the same"),
            }
        }
    }
}

/// The names and patterns of a text.
pub(super) fn parts(text: &str) -> impl Iterator<Item = &str> {
    text.split(',').map(str::trim).filter(|part| !part.is_empty())
}

/// The region of a feed of the session's own cluster.
pub(super) fn region(key: &FeedKey) -> Region {
    Region { place: 0, namespace: key.namespace.clone() }
}
