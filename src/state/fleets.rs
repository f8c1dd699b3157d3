//! Several contexts at once: which are meant by `@a,@b` and by the name of a group, and the table of their rows.

use crate::action::{Access, Action, Group};
use crate::effect::{Effect, ObjectRef, OpId};
use crate::model::feed::{FeedKey, FeedUpdate};
use crate::model::link::Link;
use crate::model::record::{Kind, Record};
use crate::screen::detail::text::{Form, Text};
use crate::screen::detail::{Reading, Subject};
use crate::screen::fleet::{Fleet, Member};
use crate::screen::pane::Pane;
use crate::screen::picker::{Go, is_home};
use crate::screen::sides::{ABOVE, Sides};
use crate::screen::{self, Screen};
use crate::state::freshness::Freshness;
use crate::state::notices::Severity;
use crate::state::{Now, State, glob};

/// Each context has a connection of its own.
const MOST: usize = 16;

impl State {
    /// The fleet that is on the screen.
    pub fn fleet(&self) -> Option<&Fleet> {
        match self.stack.last() {
            Some(Screen::Table(pane)) => pane.fleet.as_deref(),
            _ => None,
        }
    }

    /// The contexts that a text means: names, groups and patterns, with commas between them. `None`: it is one context's name.
    pub(super) fn contexts_of(&self, text: &str) -> Option<Vec<String>> {
        let place = &self.session.place;
        let is_context = |name: &str| place.contexts.iter().any(|choice| choice.name == name);
        if is_context(text) {
            return None;
        }
        let mut parts: Vec<&str> = Vec::new();
        for part in text.split(',').map(|part| part.trim().trim_start_matches('@')) {
            match self.settings.groups.get(part).filter(|_| !is_context(part)) {
                Some(group) => parts.extend(group.iter().map(String::as_str)),
                None => parts.push(part),
            }
        }
        if let [one] = parts.as_slice()
            && !one.contains('*')
            && !self.settings.groups.contains_key(text)
        {
            return None;
        }
        let mut names: Vec<String> = Vec::new();
        for part in parts.into_iter().filter(|part| !part.is_empty()) {
            let matching = place.contexts.iter().map(|choice| &choice.name).filter(|name| glob(part, name));
            let before = names.len();
            names.extend(matching.cloned());
            if names.len() == before {
                // Said when it is opened.
                names.push(part.to_owned());
            }
        }
        let mut known = std::collections::HashSet::new();
        names.retain(|name| known.insert(name.clone()));
        Some(names)
    }

    /// Shows a kind of several contexts in one table.
    pub(super) fn show_fleet(
        &mut self,
        kind: Kind,
        names: Vec<String>,
        go: Go,
        now: Now,
        effects: &mut Vec<Effect>,
    ) {
        if names.is_empty() {
            let words = format!("{} names no context", go.context.unwrap_or_default());
            return self.tell(Severity::Warning, words, now);
        }
        let namespaces = match go.namespace {
            Some(None) => Vec::new(),
            Some(Some(text)) => text.split(',').map(str::to_owned).collect(),
            None => self.session.namespace.iter().chain(&self.session.several).cloned().collect(),
        };
        if let Some(pattern) = namespaces.iter().find(|name| name.contains('*')) {
            let words = format!("{pattern}: in several contexts namespaces are named, not matched");
            return self.tell(Severity::Warning, words, now);
        }
        if names.len() > MOST {
            let words = format!("{} contexts are too many at once: at most {MOST}", names.len());
            return self.tell(Severity::Warning, words, now);
        }
        let mut members = Vec::new();
        for name in names {
            let Some(choice) = self.session.place.contexts.iter().find(|choice| choice.name == name) else {
                return self.tell(Severity::Warning, format!("the kubeconfig has no context {name}"), now);
            };
            let own = choice.namespace.clone();
            members.push(Member::new(name, self.operations.id(), own));
        }
        self.go_home(now, effects);
        let mut fleet = Fleet::new(kind, members, namespaces);
        fleet.sides = is_home(&go.kind).then(Sides::default);
        for member in &fleet.members {
            effects.push(Effect::Join(member.session, member.context.clone()));
        }
        effects.extend(fleet.watches().map(Effect::Watch));
        let mut pane = Pane::new(kind, self.settings.wide);
        pane.fleet = Some(Box::new(fleet));
        self.kinds.dress(&mut pane);
        if let Some(filter) = &go.filter {
            pane.set_filter(filter);
        }
        self.stack.push(Screen::Table(Box::new(pane)));
        self.watch_what_is_shown(now, effects);
    }

    /// The sessions of a table of several contexts end.
    pub(super) fn leave_fleet(pane: &Pane, effects: &mut Vec<Effect>) {
        let members = pane.fleet.iter().flat_map(|fleet| &fleet.members);
        effects.extend(members.map(|member| Effect::Part(member.session)));
    }

    fn fleet_pane(&mut self, session: OpId) -> Option<&mut Pane> {
        self.stack.iter_mut().find_map(|screen| match screen {
            Screen::Table(pane) if pane.fleet.as_ref().is_some_and(|fleet| fleet.knows(session)) => {
                Some(pane.as_mut())
            }
            _ => None,
        })
    }

    /// The connection of one of several contexts changed.
    pub(super) fn on_fleet_link(&mut self, session: OpId, link: Link, now: Now) {
        if let Some(fleet) = self.fleet_pane(session).and_then(|pane| pane.fleet.as_mut()) {
            fleet.on_link(session, link, now.mono);
        }
    }

    /// A feed of one of several contexts says something.
    pub(super) fn on_fleet_feed(
        &mut self,
        key: &FeedKey,
        update: FeedUpdate,
        now: Now,
        effects: &mut Vec<Effect>,
    ) {
        if let (FeedUpdate::Columns(columns), Kind::Other(resource)) = (&update, key.kind) {
            self.kinds.columns.learn(resource, columns.clone());
            return self.dress_tables(key.kind);
        }
        let Self { stack, cache, selected, parked, session, .. } = self;
        let sight = crate::screen::pane::Sight::new(cache, selected, parked, session, now);
        for screen in stack {
            let Screen::Table(pane) = screen else { continue };
            let Some(fleet) = pane.fleet.as_mut().filter(|fleet| fleet.knows(key.session)) else { continue };
            // What a list brings is no news.
            let live = fleet.is_live(key) && matches!(update, FeedUpdate::Rows(_));
            let synced = update == FeedUpdate::Synced;
            let changes = fleet.on_feed(key, update, now.mono, effects);
            if synced {
                pane.measure_anew();
            }
            let kind = pane.kind;
            pane.with_look(&sight, |pane, look| {
                pane.follow(changes.of(kind), live, now.mono, look);
            });
            return;
        }
    }

    /// How current the rows of several contexts are: as the least current of them.
    pub fn fleet_freshness(fleet: &Fleet, now: Now) -> Freshness {
        let parts = fleet.members.iter().zip(fleet.freshness(now.mono));
        let mut worst = parts.filter(|(_, part)| !part.live);
        match worst.next() {
            None => Freshness { live: true, synced: true, words: "live".to_owned(), turns: None },
            Some((member, part)) => Freshness { words: format!("{} {}", member.context, part.words), ..part },
        }
    }

    /// Does what can be done with a row of another context; false when the table itself does it.
    pub(super) fn act_on_fleet(&mut self, action: Action, now: Now, effects: &mut Vec<Effect>) -> bool {
        let Some(Screen::Table(pane)) = self.stack.last() else { return false };
        let Some(fleet) = &pane.fleet else { return false };
        if fleet.sides.is_some() && self.act_on_sides(action, now, effects) {
            return true;
        }
        let Some(Screen::Table(pane)) = self.stack.last() else { return false };
        let Some(fleet) = &pane.fleet else { return false };
        let row = pane.record(fleet.table());
        let known = row.and_then(|record| Some((record, fleet.member_of(record)?)));
        let of_an_object = matches!(
            action,
            Action::Describe
                | Action::Events
                | Action::Relations
                | Action::Explain
                | Action::CopyMenu
                | Action::Can
        );
        let needs = of_an_object || action.info().access != Access::Look || action.kinds().is_some();
        match (action, known) {
            (Action::Open, Some((record, member))) => {
                let context = member.context.clone();
                let go = go_to(record, &context);
                self.go(go, now, effects);
            }
            (Action::Yaml, Some((record, member))) => {
                let (member, record) = (member.clone(), record.clone());
                self.read_elsewhere(&member, &record, now, effects);
            }
            (Action::Logs | Action::PreviousLogs, Some(_)) => {
                self.open_logs_elsewhere(action == Action::PreviousLogs, now, effects);
            }
            (Action::CopyName, Some((record, _))) => {
                effects.push(Effect::Copy(record.meta().name.to_string()));
            }
            (_, Some((_, member))) if needs => {
                let words = format!("this is of {}: open its context first (Enter)", member.context);
                self.tell(Severity::Info, words, now);
            }
            (Action::Open | Action::Yaml | Action::CopyName, None) => {
                self.tell(Severity::Info, "nothing is selected", now);
            }
            _ => return false,
        }
        true
    }

    /// Does what can be done where rows are shown side by side; false when their table does it.
    fn act_on_sides(&mut self, action: Action, now: Now, effects: &mut Vec<Effect>) -> bool {
        let height = screen::body(self.size).height.saturating_sub(ABOVE);
        let Some(Screen::Table(pane)) = self.stack.last_mut() else { return false };
        let Some(fleet) = &mut pane.fleet else { return false };
        let clusters = fleet.members.len();
        let Some(sides) = &mut fleet.sides else { return false };
        if let Some(filter) = &mut sides.open {
            if action != Action::Back {
                return false;
            }
            let filter = std::mem::take(filter);
            sides.open = None;
            pane.set_filter(&filter);
            pane.view.set_faults(false);
            pane.marks.clear();
            self.work(now, 0);
            return true;
        }
        let current = sides.current().cloned();
        match (action, current) {
            (Action::Open, Some(line)) => {
                sides.open = Some(std::mem::take(&mut pane.filter_text));
                pane.set_filter(&Sides::filter_of(&line));
                (pane.selected, pane.row) = (None, 0);
                self.work(now, 0);
            }
            (Action::CopyName, Some(line)) => effects.push(Effect::Copy(line.name)),
            (Action::Open | Action::CopyName, None) => {
                self.tell(Severity::Info, "nothing is selected", now);
            }
            (Action::Back, _) if sides.only && pane.filter_text.is_empty() => sides.only = false,
            (Action::Back | Action::Filter, _) => return false,
            (action, _) if sides.act(action, clusters, height.into()) => {}
            (action, _) if action.info().group == Group::Program => return false,
            _ => {
                let words =
                    "side by side nothing is done to one of them: Enter shows its row in each context";
                self.tell(Severity::Info, words, now);
            }
        }
        true
    }

    /// Reads an object of another context.
    fn read_elsewhere(&mut self, member: &Member, record: &Record, now: Now, effects: &mut Vec<Effect>) {
        let meta = record.meta();
        let (namespace, name) = (meta.namespace.to_string(), meta.name.to_string());
        let op = self.start_op(format!("read {name}"));
        let object = ObjectRef { kind: record.kind(), namespace, name };
        effects.push(Effect::GetYamlIn(member.session, op, object.clone()));
        // It is asked for all the same, and comes when the cluster answers again.
        let reading = member.trouble().map_or(Reading::Waiting, |trouble| Reading::Failed(trouble.clone()));
        let subject = Subject { op, object, uid: meta.uid.clone(), reading, stale: false };
        let mut text = Text::new(subject, Form::Yaml);
        text.context = Some(member.context.clone());
        self.stack.push(Screen::Text(Box::new(text)));
        self.watch_what_is_shown(now, effects);
    }
}

/// Where a row of another context is in that one.
fn go_to(record: &Record, context: &str) -> Go {
    let (group, _, plural, _) = record.kind().resource();
    let kind = match record.kind() {
        Kind::Other(_) if !group.is_empty() => format!("{plural}.{group}"),
        _ => plural.to_owned(),
    };
    let meta = record.meta();
    Go {
        kind,
        namespace: (!meta.namespace.is_empty()).then(|| Some(meta.namespace.to_string())),
        filter: Some(meta.name.to_string()),
        context: Some(context.to_owned()),
    }
}
